// The audit log: who saw, changed and decided what, and whether its chain is whole.

import { get } from "../lib/api.js";
import { h, put } from "../lib/dom.js";
import { language, number } from "../lib/words.js";
import { o } from "./operations_words.js";

const PAGE = 100;
const at = (from, limit, signal) => get(`/api/v1/audit?from=${from}&limit=${limit}`, { signal });

/** The number of the last event: leaps until the log ends, then halves the rest. A few events are asked for, never the log. */
async function lastNumber(signal) {
  const isThere = async (n) => (await at(n, 1, signal)).length > 0;
  if (!(await isThere(1))) return 0;
  let [there, beyond] = [1, PAGE];
  while (await isThere(beyond)) [there, beyond] = [beyond, beyond * 4];
  while (beyond - there > PAGE) {
    const middle = Math.floor((there + beyond) / 2);
    if (await isThere(middle)) there = middle;
    else beyond = middle;
  }
  return (await at(there, PAGE + 1, signal)).at(-1).sequence;
}

export async function show(place, { signal, takeKeys }) {
  let events = [];
  let from = 1;
  let end = await lastNumber(signal);
  const body = h("tbody", {});
  const range = h("span", { class: "muted small", role: "status" });
  const head = h("p", { role: "status", class: "chain" });
  const fault = h("p", { class: "fault", role: "alert" });
  const filter = (id) => h("input", { id, list: `${id}-list`, autocomplete: "off", spellcheck: "false", oninput: draw });
  const [actor, action] = [filter("log-actor"), filter("log-action")];
  const lists = [h("datalist", { id: "log-actor-list" }), h("datalist", { id: "log-action-list" })];
  const button = (label, act, key) => h("button", { class: "quiet", onclick: act, "aria-keyshortcuts": key }, o(label));
  const older = button("older", () => load(from - PAGE), "p");
  const newer = button("newer", () => load(from + PAGE), "n");
  const verifying = h("button", { class: "main", onclick: verify }, o("verify"));

  async function load(wanted) {
    const next = Math.max(1, wanted);
    try {
      events = (await at(next, PAGE, signal)).reverse();
      from = next;
      end = Math.max(end, events[0]?.sequence ?? 0);
      fault.textContent = "";
      put(lists[0], unique("actor"));
      put(lists[1], unique("action"));
      draw();
    } catch (error) {
      if (!signal.aborted) fault.textContent = error.message;
    }
  }

  const unique = (field) => [...new Set(events.map((one) => one[field]))].sort().map((value) => h("option", { value }));

  function draw() {
    const holds = (text, wanted) => text.toLowerCase().includes(wanted.value.trim().toLowerCase());
    const shown = events.filter((one) => holds(one.actor, actor) && holds(one.action, action));
    put(body, shown.map(row), shown.length === 0 && h("tr", {}, h("td", { colspan: 5, class: "muted" }, o("log_none"))));
    const filtered = shown.length < events.length ? ` · ${o("log_filtered", { n: shown.length })}` : "";
    range.textContent = o("log_range", { from: number(events.at(-1)?.sequence ?? 0, 0), to: number(events[0]?.sequence ?? 0, 0), all: number(end, 0) }) + filtered;
    older.disabled = from <= 1;
    newer.disabled = from + PAGE > end;
  }

  async function verify() {
    verifying.disabled = true;
    head.className = "chain";
    head.textContent = o("verifying");
    try {
      const found = await get("/api/v1/audit/verified", { signal });
      head.classList.add("good");
      put(head, h("strong", {}, `✓ ${o("chain_whole", { n: number(found.sequence, 0), at: new Date().toLocaleTimeString(language()) })}`), h("span", { class: "block small" }, `${o("head")} `, h("code", {}, found.hash)));
      end = found.sequence;
      draw();
    } catch (error) {
      if (signal.aborted) return;
      head.classList.add("bad");
      put(head, h("strong", {}, `✕ ${error.message}`));
    } finally {
      verifying.disabled = false;
    }
  }

  const newest = () => load(end - PAGE + 1);
  put(
    place,
    h("div", { class: "card" }, h("div", { class: "row wrap" }, verifying, h("span", { class: "small muted" }, o("verify_note"))), head),
    h("div", { class: "card" },
      h("div", { class: "row wrap log-bar" },
        h("label", { for: "log-actor" }, o("actor")), actor, h("label", { for: "log-action" }, o("action")), action, h("span", { class: "small muted" }, o("log_filter_note")), lists),
      h("nav", { class: "row wrap log-bar", "aria-label": o("pages_of_log") }, button("newest", newest, "g"), newer, older, button("oldest", () => load(1), "b"), range),
      fault,
      h("div", { class: "scroll" }, h("table", { class: "log" }, h("thead", {}, h("tr", {}, ["number", "when", "actor", "action", "subject"].map((name) => h("th", { scope: "col", class: name === "number" ? "n" : null }, o(name))))), body))),
  );
  takeKeys([
    { key: "v", label: o("verify"), act: verify }, { key: "n", label: o("newer"), act: () => !newer.disabled && newer.click() }, { key: "p", label: o("older"), act: () => !older.disabled && older.click() },
    { key: "g", label: o("newest"), act: newest }, { key: "b", label: o("oldest"), act: () => load(1) }, { key: "/", label: o("log_filter"), act: () => actor.focus() },
  ]);
  await newest();
}

function row(event) {
  return h("tr", {},
    h("td", { class: "n" }, number(event.sequence, 0)),
    h("td", { class: "when" }, new Date(event.at).toLocaleString(language(), { dateStyle: "short", timeStyle: "medium" })),
    h("td", {}, event.actor),
    h("td", {}, h("code", {}, event.action)),
    h("td", { class: "what" }, event.subject, h("details", {}, h("summary", {}, o("details")), h("pre", {}, spread(event.details)), h("p", { class: "small" }, `${o("hash")} `, h("code", {}, event.hash)), h("p", { class: "small" }, `${o("previous")} `, h("code", {}, event.previous)))));
}

/** Details as lines that can be read; they are kept as JSON text. */
function spread(details) {
  try {
    return JSON.stringify(typeof details === "string" ? JSON.parse(details) : details, null, 2);
  } catch {
    return String(details);
  }
}
