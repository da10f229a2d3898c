// The lists of an investigation: each says in words what a drawing beside it shows.

import { send } from "../lib/api.js";
import { h, put } from "../lib/dom.js";
import { day, words } from "../lib/words.js";
import { partTitles, textRows } from "./investigation_drawing.js";
import { capital, gaveUp } from "./leads_words.js";

const t = words({
  when: ["When", "Cuándo"],
  what: ["What", "Qué"],
  who: ["Who", "Quién"],
  where: ["Where", "Dónde"],
  record: ["Record", "Registro"],
  item: ["Item", "Indicio u objeto"],
  held: ["Held by", "En poder de"],
  link: ["Step", "Paso"],
  gap: ["Gap", "Hueco"],
  no_date: ["no date", "sin fecha"],
  shooting: ["Shooting", "Disparos"],
  custody_what: ["{action}: {item}", "{action}: {item}"],
  indicator: ["Indicator", "Indicador"],
  here: ["Here", "En este caso"],
  rule: ["Rule", "Regla"],
  records: ["Records", "Registros"],
  hard: ["hard conflict", "conflicto grave"],
  soft: ["to be cleared up", "por aclarar"],
  state: ["State", "Estado"],
  reason_column: ["Reason", "Motivo"],
  audit: ["Audit event", "Evento de auditoría"],
  field: ["Field", "Campo"],
  found: ["What was found", "Lo encontrado"],
  bits: ["Bits", "Bits"],
  in_words: ["The same in words", "Lo mismo en palabras"],
  links_in_words: ["The links in words, each with its own status", "Los vínculos en palabras, cada uno con su estado"],
  places: ["Places", "Lugares"],
});

/** A table with a head; cells are text or elements. */
export function table(label, head, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": label }, h("table", { class: head[0] === t("when") ? "dated" : null },
    h("thead", {}, h("tr", {}, head.map((one) => h("th", { scope: "col" }, one)))),
    h("tbody", {}, rows.map((row) => h("tr", { class: row.kind ?? null }, (row.cells ?? row).map((cell) => h("td", {}, cell)))))));
}

const records = (list) => (list ?? []).map((one, at) => [at > 0 && ", ", h("code", {}, one)]);

/** Chain of sale; gaps are rows of their own. */
export function chainTable(view, label) {
  return table(label, [t("when"), t("link"), t("who"), t("where"), t("record")], view.chain.map((one) => one.gap
    ? { kind: "gap", cells: [one.when ? day(one.when) : "–", h("strong", {}, t("gap")), one.text, "", ""] }
    : [one.when ? day(one.when) : t("no_date"), one.kind, h("span", {}, one.name, one.text && h("span", { class: "muted small sub" }, one.text)), one.place, records([one.record].filter(Boolean))]));
}

/** Chain of custody. */
export function custodyTable(view, label) {
  return table(label, [t("when"), t("item"), t("what"), t("held"), t("record")], view.custody.map((one) => ({
    kind: one.gap ? "gap" : null,
    cells: [one.when ? day(one.when) : t("no_date"), one.item, [one.gap && h("strong", {}, `${t("gap")}: `), one.action], one.holder || "–", records([one.record].filter(Boolean))],
  })));
}

/** Indicators, each with its rule and records. */
export function indicatorTable(view, label) {
  const here = (one) => one.value?.startsWith(`${one.name}: `) ? one.value.slice(one.name.length + 2) : one.value;
  return table(label, [t("indicator"), t("here"), t("rule"), t("records")], view.indicators.map((one) => [capital(one.name), here(one), one.rule, records(one.records)]));
}

/** Conflicts, the hard ones first. */
export function conflictList(view) {
  const sorted = view.conflicts.toSorted((a, b) => Number(b.hard) - Number(a.hard));
  return h("ul", { class: "conflicts" }, sorted.map((one) => h("li", { class: one.hard ? "hard" : null },
    h("span", { class: `badge ${one.hard ? "bad" : "warn"}` }, t(one.hard ? "hard" : "soft")), " ", one.text, one.records?.length > 0 && h("span", { class: "muted small sub" }, t("records"), ": ", records(one.records)))));
}

/** Decisions with their audit events. */
export function historyTable(view, label) {
  return table(label, [t("when"), t("state"), t("who"), t("reason_column"), t("audit")], view.history.map((one) => [one.when, one.to, one.person, one.reason || "–", one.audit_hash ? h("code", { title: one.audit_hash }, `${one.audit_hash.slice(0, 12)}…`) : "–"]));
}

/** The course of events in words, from what is recorded of sale, shootings, custody and decisions. */
export function courseTable(view, sides, label) {
  const shootings = new Map((sides ?? []).filter((side) => side.incident).map((side) => [side.incident, { when: side.date, what: `${t("shooting")} ${side.incident}`, where: [side.place ?? side.municipality, side.state, side.country].filter(Boolean).join(", ") }]));
  const sale = view.chain.filter((one) => !one.gap).map((one) => ({ when: one.when, what: `${one.kind}: ${one.name}`, where: one.place }));
  const custody = view.custody.map((one) => ({ when: one.when, what: t("custody_what", { action: capital(one.action), item: one.item }), where: one.holder }));
  const decided = view.history.map((one) => ({ when: one.when?.slice(0, 10), what: capital(one.to), where: one.person }));
  const all = [...sale, ...shootings.values(), ...custody, ...decided].toSorted((a, b) => (a.when ?? "9999").localeCompare(b.when ?? "9999"));
  return table(label, [t("when"), t("what"), `${t("where")} / ${t("who").toLowerCase()}`], all.map((one) => [one.when ? day(one.when) : t("no_date"), one.what, one.where || "–"]));
}

/** The steps of a record link, read from its drawing. */
export function waterfallWords(svg, label) {
  const rows = textRows(svg).slice(1);
  const steps = rows.filter((row) => row.length > 1).map(([field, ...rest]) => [field, rest.filter((one) => !isBits(one)).join(" "), rest.find(isBits) ?? ""]);
  const notes = rows.filter((row) => row.length === 1).map(([note]) => h("p", { class: "muted small" }, note));
  return folded(t("in_words"), table(label, [t("field"), t("found"), t("bits")], steps), notes);
}

const isBits = (text) => /^[+−-]\d+([.,]\d+)?$/.test(text);

/** The places that a map names. */
export function placeWords(svg) {
  return [h("h3", {}, t("places")), h("ul", { class: "lines" }, partTitles(svg).map((one) => h("li", {}, one)))];
}

/** Something that is unfolded on demand. */
export function folded(title, ...held) {
  return h("details", { class: "in-words" }, h("summary", {}, title), ...held);
}

/** The table of links, as the report words it: read from the report when somebody unfolds it. */
export function linkWords(path, headers, signal) {
  const place = h("div", { "aria-live": "polite" });
  const box = folded(t("links_in_words"), place);
  box.addEventListener("toggle", async () => {
    if (!box.open || place.firstChild) return;
    put(place, h("p", { class: "muted" }, t("loading")));
    try {
      const page = await (await send("GET", `${path}/report.html`, undefined, { headers: headers(), signal })).text();
      const found = tableOf(page, "links");
      put(place, found ? copied(found) : h("p", { class: "muted" }, t("nothing")));
    } catch (error) {
      if (!gaveUp(error)) put(place, h("p", { class: "fault" }, error.message));
    }
  });
  return box;
}

/** The first table of a section of the report. Only the table is parsed: the page around it brings a style that is none of ours. */
function tableOf(page, section) {
  const from = page.indexOf("<table", page.indexOf(`<section id="${section}"`));
  const to = page.indexOf("</table>", from);
  if (from < 0 || to < 0) return null;
  return new DOMParser().parseFromString(page.slice(from, to), "text/html").querySelector("table");
}

/** A table of the report, its text alone. */
function copied(from) {
  const text = (cell) => [...cell.childNodes].map((node) => node.textContent.trim()).filter(Boolean).join(" · ");
  const rows = [...from.querySelectorAll("tbody tr")].map((row) => [...row.cells].map(text));
  return table(t("links_in_words"), [...from.querySelectorAll("thead th")].map(text), rows);
}
