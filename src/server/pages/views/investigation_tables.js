// The lists of an investigation: each says in words what a drawing beside it shows.

import { h } from "../lib/dom.js";
import { day, number, words } from "../lib/words.js";
import { capital } from "./leads_words.js";

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
  named: ["Named", "Nombre"],
  status: ["Status", "Estado"],
  stretches: ["Stretches of time", "Lapsos"],
  from: ["From", "Desde"],
  to: ["To", "Hasta"],
  coordinates: ["Latitude, longitude", "Latitud, longitud"],
  number: ["No.", "Núm."],
  joined: ["Joins", "Une"],
  link_kind: ["Kind", "Clase"],
  rests_on: ["Rests on", "Se apoya en"],
  stated_by: ["Stated by", "Afirmado por"],
  sum: ["Sum {bits} bits, probability {probability}", "Suma {bits} bits, probabilidad {probability}"],
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

/** The course of events as the timeline shows it, with the stretches between them. */
export function courseTable(view, label) {
  return [
    table(label, [t("when"), t("what"), t("named"), t("status")], view.events.map((one) => [one.when ? day(one.when) : t("no_date"), one.kind, one.label || "–", one.status])),
    view.intervals.length > 0 && table(t("stretches"), [t("from"), t("to"), t("what"), t("status")], view.intervals.map((one) => [day(one.from), day(one.to), one.label, one.status])),
  ];
}

/** A probability that is never rounded to certainty. */
const chance = (share) => (share > 0.9999 ? `> ${number(0.9999, 4)}` : share < 0.0001 ? `< ${number(0.0001, 4)}` : number(share, 4));

/** The steps of a record link. */
export function waterfallTable(one, label) {
  const signed = (bits) => `${bits < 0 ? "−" : "+"}${number(Math.abs(bits), 1)}`;
  return folded(t("in_words"), table(label, [t("field"), t("found"), t("bits")], one.steps.map((step) => [step.field, step.text || "–", signed(step.bits)])),
    h("p", { class: "small" }, t("sum", { bits: signed(one.bits), probability: chance(one.probability) })), one.decision && h("p", { class: "muted small" }, one.decision));
}

/** The places that the map shows. */
export function placeTable(view, label) {
  return folded(t("in_words"), table(label, [t("what"), t("where"), t("coordinates")], view.places.map((one) => [capital(one.kind), one.name, `${number(one.latitude, 3)}, ${number(one.longitude, 3)}`])));
}

/** The links with their numbers in the chart, each with its own status. */
export function linkTable(view, label) {
  return folded(t("links_in_words"), table(label, [t("number"), t("joined"), t("link_kind"), t("status"), t("rests_on"), t("stated_by")], view.links.map((one) => [
    one.number, `${one.from ?? "–"} – ${one.to ?? "–"}`, one.kind, one.status, one.evidence || "–", [one.author, one.stated].filter(Boolean).join(", ") || "–"])));
}

/** Something that is unfolded on demand. */
export function folded(title, ...held) {
  return h("details", { class: "in-words" }, h("summary", {}, title), ...held);
}
