// Operations: what whoever runs the service, or vouches for it, looks at. Each section has an address of its own and fetches only what it shows.

import { go } from "../app.js";
import { h, put } from "../lib/dom.js";
import { keys } from "../lib/keys.js";
import { sheet } from "../lib/sheet.js";
import { o } from "./operations_words.js";

/** Sections with who may see them; the others are not offered. */
const SECTIONS = [
  { name: "overview", load: () => import("./operations_overview.js") },
  { name: "queue", load: () => import("./operations_queue.js") },
  { name: "overdue", load: () => import("./operations_work.js") },
  { name: "control", load: () => import("./operations_control.js") },
  { name: "funnel", load: () => import("./operations_control.js") },
  { name: "service", load: () => import("./operations_service.js") },
  { name: "accounts", load: () => import("./operations_accounts.js"), for: (who) => who.administrator },
  { name: "log", load: () => import("./operations_log.js"), for: (who) => who.administrator || who.role === "auditor" },
];

/** What was shown before: going from section to section keeps the reader's place. */
let last = null;

export async function show(main, rest, session) {
  await sheet("/assets/views/operations.css");
  const who = session.account;
  const mine = SECTIONS.filter((one) => !one.for || one.for(who));
  const section = mine.find((one) => one.name === rest[0]) ?? mine[0];
  const title = h("h2", { id: "section", tabindex: -1 }, o(section.name));
  const place = h("div", { class: "section", "aria-busy": "true" }, h("p", { class: "muted" }, o("loading")));
  put(
    main,
    h("h1", {}, o("operations")),
    h("nav", { class: "sections", "aria-label": o("sections") }, mine.map((one, index) => h("a", { href: `/operations/${one.name}`, "aria-current": one === section ? "page" : null, "aria-keyshortcuts": String(index + 1) }, o(one.name)))),
    h("section", { "aria-labelledby": "section" }, title, place),
  );
  if (last !== null && last !== section.name) title.focus();
  last = section.name;
  const stop = new AbortController();
  const ends = [() => stop.abort()];
  const own = [];
  const goTo = (name) => go(`/operations/${name}`);
  const showKeys = () => keys([...mine.map((one, index) => ({ key: String(index + 1), label: o(one.name), act: () => goTo(one.name) })), ...own]);
  showKeys();
  const context = { who, section: section.name, signal: stop.signal, onEnd: (end) => ends.push(end), takeKeys: (list) => {
    own.splice(0, own.length, ...list);
    showKeys();
  } };
  try {
    const module = await section.load();
    if (!stop.signal.aborted) await module.show(place, context);
  } catch (error) {
    if (!stop.signal.aborted) put(place, h("p", { class: "fault", role: "alert" }, error.message));
  }
  place.removeAttribute("aria-busy");
  return () => {
    for (const end of ends) end();
    if (!location.pathname.startsWith("/operations")) last = null;
  };
}
