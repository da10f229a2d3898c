// The service's API. Errors are problems (RFC 9457), told in the person's language.

import { language } from "./words.js";

/** A refusal of the service. */
export class Problem extends Error {
  constructor(body, status) {
    super([body.title, body.detail].filter(Boolean).join(": ") || `HTTP ${status}`);
    this.kind = body.type ?? "fault";
    this.status = status;
    this.retryAfter = body.retry_after_s;
  }
}

let csrf = null;
let signedOut = () => {};

/** What requests that change something repeat. */
export function setCsrf(secret) {
  csrf = secret;
}

/** What to do when the session has ended. */
export function onSignedOut(then) {
  signedOut = then;
}

/** An identifier within a path. */
export const part = (id) => encodeURIComponent(id);

/**
 * Sends a request and gives the answer, or throws a Problem. `given` is sent as JSON, or as it is (FormData, Blob, ArrayBuffer).
 */
export async function send(method, path, given, { headers = {}, signal } = {}) {
  const all = { "accept-language": language(), ...headers };
  let body;
  if (given instanceof FormData || given instanceof Blob || given instanceof ArrayBuffer) body = given;
  else if (given !== undefined && given !== null) {
    body = JSON.stringify(given);
    all["content-type"] = "application/json";
  }
  if (csrf && method !== "GET") all["x-csrf-token"] = csrf;
  const answer = await fetch(path, { method, headers: all, body, signal, credentials: "same-origin" });
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  const problem = new Problem(said, answer.status);
  if (problem.kind === "sign-in-required") signedOut();
  throw problem;
}

/** JSON of an address. */
export async function get(path, options) {
  return (await send("GET", path, undefined, options)).json();
}

/** Sends JSON and gives JSON; null for an answer without one. */
export async function post(path, given, options) {
  return read(await send("POST", path, given, options));
}

/** See `post`. */
export async function putTo(path, given, options) {
  return read(await send("PUT", path, given, options));
}

async function read(answer) {
  return answer.status === 204 || answer.headers.get("content-length") === "0" ? null : answer.json();
}

/** An address with a query; what is empty is left out. */
export function address(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(given).toString();
  return text ? `${path}?${text}` : path;
}

/** Stores an answer as a file on this computer. */
export async function download(path, name, options) {
  const blob = await (await send("GET", path, undefined, options)).blob();
  const at = URL.createObjectURL(blob);
  const link = document.createElement("a");
  Object.assign(link, { href: at, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(at), 10_000);
}

/**
 * News of jobs as they come; gives a function that ends listening. Reconnects by itself.
 */
export function jobNews(told) {
  const source = new EventSource(`/api/v1/jobs/events?language=${language()}`);
  source.addEventListener("job", (event) => told(JSON.parse(event.data)));
  return () => source.close();
}
