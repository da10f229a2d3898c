// Sending files: small ones whole with their form, large ones in pieces that go on where they were cut off.

import { get, part, post, Problem, send } from "../lib/api.js";
import { language } from "../lib/words.js";

/** Files above this go in pieces. */
export const WHOLE_BYTES = 8 << 20;
const PIECE_BYTES = 4 << 20;
const TRIES = 5;
const KEPT_DAYS = 7;

/** The connection broke before an answer came: the same request may be sent again. */
export class Interrupted extends Error {}

const pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

/**
 * Posts a form and gives the JSON of the answer. `told(share)` hears how much is sent; fetch does not tell it, XMLHttpRequest does.
 */
function postForm(form, { key, csrf, told, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/submissions");
    request.setRequestHeader("accept-language", language());
    request.setRequestHeader("idempotency-key", key);
    if (csrf) request.setRequestHeader("x-csrf-token", csrf);
    request.upload.onprogress = (event) => told(event.total ? event.loaded / event.total : 0);
    request.upload.onload = () => told(1);
    request.onerror = () => reject(new Interrupted());
    request.onabort = () => reject(signal.reason);
    request.onload = () => {
      let said = {};
      try {
        said = JSON.parse(request.responseText);
      } catch {
        // An answer cut off on its way is no answer.
        if (request.status < 400) return reject(new Interrupted());
      }
      if (request.status < 400) return resolve(said);
      // Asking who has signed in leads to the sign-in page where nobody has.
      if (request.status === 401) get("/api/v1/session").catch(() => {});
      reject(new Problem(said, request.status));
    };
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/** Whether the same request may succeed a little later. */
const passing = (error) => error instanceof Interrupted || error instanceof TypeError || [429, 502, 503, 504].includes(error.status);

/** Does something again after a pause while the connection or the service is away for a moment. */
async function persistently(act, signal) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await act();
    } catch (error) {
      if (signal.aborted || tried >= TRIES || !passing(error)) throw error instanceof TypeError ? new Interrupted() : error;
      await pause(error.retryAfter ? error.retryAfter * 1000 : 500 * 2 ** tried, signal);
    }
  }
}

/**
 * Sends a file with its fields and gives what became of it. The key makes a request that is sent again the same request, so nothing is stored twice.
 */
export async function submitFile(file, fields, { key, csrf, owner, told, signal }) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value) form.append(name, value);
  const pieces = file.size > WHOLE_BYTES;
  if (pieces) form.append("upload", await sendPieces(file, owner, (share) => told(share * 0.99), signal));
  else form.append("file", file, file.name);
  const [outcome] = await persistently(() => postForm(form, { key, csrf, told: pieces ? () => told(1) : told, signal }), signal);
  if (pieces) forget(file, owner);
  return outcome;
}

/** Sends a file in pieces, from where an earlier try ended, and gives the number of the upload. */
async function sendPieces(file, owner, told, signal) {
  const upload = await begin(file, owner, signal);
  let { offset } = upload;
  let lost = 0;
  while (offset < file.size) {
    told(offset / file.size);
    try {
      const piece = file.slice(offset, offset + PIECE_BYTES);
      const headers = { "upload-offset": String(offset), "content-type": "application/octet-stream" };
      const answer = await send("PATCH", `/api/v1/uploads/${part(upload.id)}`, piece, { headers, signal });
      ({ offset } = await answer.json());
      lost = 0;
    } catch (error) {
      lost += 1;
      if (signal.aborted || lost >= TRIES || !(passing(error) || error.status === 409)) {
        if (error.status === 404) forget(file, owner);
        throw error instanceof TypeError ? new Interrupted() : error;
      }
      await pause(error.retryAfter ? error.retryAfter * 1000 : 500 * 2 ** lost, signal);
      // The service says how far it has come; the piece may have arrived although its answer did not.
      ({ offset } = await persistently(() => get(`/api/v1/uploads/${part(upload.id)}`, { signal }), signal));
    }
  }
  told(1);
  return upload.id;
}

async function begin(file, owner, signal) {
  const known = recall(owner)[printOf(file)];
  if (known) {
    try {
      const upload = await persistently(() => get(`/api/v1/uploads/${part(known.id)}`, { signal }), signal);
      if (upload.bytes === file.size) return upload;
    } catch (error) {
      if (error.status !== 404) throw error;
    }
    forget(file, owner);
  }
  const upload = await persistently(() => post("/api/v1/uploads", { name: file.name, bytes: file.size }, { signal }), signal);
  keep(owner, { ...recall(owner), [printOf(file)]: { id: upload.id, at: Date.now() } });
  return upload;
}

// Uploads that are under way are known to this browser by name, size and time of the file, for the person who began them.

/** What tells one file from another without reading it. */
export const printOf = (file) => `${file.name}|${file.size}|${file.lastModified}`;
const place = (owner) => `brasslink.uploads.${owner}`;

function recall(owner) {
  try {
    const all = Object.entries(JSON.parse(localStorage.getItem(place(owner)) ?? "{}"));
    return Object.fromEntries(all.filter(([, one]) => Date.now() - one.at < KEPT_DAYS * 86_400_000));
  } catch {
    return {};
  }
}

function keep(owner, all) {
  localStorage.setItem(place(owner), JSON.stringify(all));
}

function forget(file, owner) {
  const { [printOf(file)]: _gone, ...rest } = recall(owner);
  keep(owner, rest);
}

/** Drops an upload that nobody wants any longer. */
export async function dropUpload(file, owner) {
  const known = recall(owner)[printOf(file)];
  if (!known) return;
  forget(file, owner);
  await send("DELETE", `/api/v1/uploads/${part(known.id)}`).catch(() => {});
}
