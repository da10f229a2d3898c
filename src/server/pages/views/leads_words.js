// Words, times and small pieces that the board, one lead and the investigation share.

import { h } from "../lib/dom.js";
import { language, moment, number, words } from "../lib/words.js";

/** The columns of the board, in the order in which a lead goes through them. */
export const STATES = ["candidate", "lead", "under_examination", "under_review", "hit", "inconclusive", "excluded", "withdrawn"];

/** States in which nothing more is to be done. */
export const FINISHED = ["hit", "inconclusive", "excluded", "withdrawn"];

/** States through which something may be inherited: a trace, an indicator. */
export const CARRYING = ["lead", "under_examination", "under_review", "hit", "inconclusive"];

/** Conclusions of the AFTE range, as the service takes them. They are a person's, on the physical specimens. */
export const CONCLUSIONS = ["identification", "inconclusive_a", "inconclusive_b", "inconclusive_c", "elimination", "unsuitable"];

const t = words({
  overdue: ["Overdue by {span}", "Vencida hace {span}"],
  due: ["Due in {span}", "Vence en {span}"],
  just_now: ["less than a minute", "menos de un minuto"],
  no_due: ["Nothing is due", "Nada pendiente"],
  due_at: ["Due {at}", "Vence {at}"],
  identification: ["Identification", "Identificación"],
  inconclusive_a: ["Inconclusive A", "No concluyente A"],
  inconclusive_b: ["Inconclusive B", "No concluyente B"],
  inconclusive_c: ["Inconclusive C", "No concluyente C"],
  elimination: ["Elimination", "Eliminación"],
  unsuitable: ["Unsuitable", "No apto"],
  confirmed: ["confirmed", "confirmada"],
  unconfirmed: ["unconfirmed", "sin confirmar"],
});

/** The word of a conclusion as it was sent (`inconclusive_a`) or as it is kept ({conclusion: "inconclusive", grade: "A"}). */
export function conclusionWord(given) {
  if (!given) return "–";
  if (typeof given === "string") return t(given);
  return t(given.grade ? `${given.conclusion}_${String(given.grade).toLowerCase()}` : given.conclusion);
}

/** A length of time in the largest unit that says enough: minutes, hours, then days. */
export function span(hours) {
  if (hours < 1 / 60) return t("just_now");
  const [value, unit] = hours < 1 ? [hours * 60, "minute"] : hours < 48 ? [hours, "hour"] : [hours / 24, "day"];
  return new Intl.NumberFormat(language(), { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 }).format(Math.floor(value));
}

const hoursSince = (text) => (Date.now() - new Date(text).getTime()) / 3_600_000;

/** A word as it begins a line. */
export const capital = (text) => (text ? text.slice(0, 1).toLocaleUpperCase() + text.slice(1) : text);

/** How long ago something was, in words. */
export const age = (since) => span(Math.max(0, hoursSince(since)));

/** What the clock of a lead says: its words, and whether the time has passed. */
export function clock(row) {
  if (!row.due) return { text: t("no_due"), overdue: false, due: null };
  const late = hoursSince(row.due);
  const overdue = late > 0;
  return { text: t(overdue ? "overdue" : "due", { span: span(Math.abs(late)) }), overdue, due: row.due };
}

/** The clock as an element that can be wound on with `wind`. */
export function clockMark(row) {
  const told = clock(row);
  if (!told.due) return null;
  return h("time", { class: `badge clock ${told.overdue ? "bad" : "quiet"}`, datetime: row.due, title: t("due_at", { at: moment(row.due) }), data: { due: row.due } }, told.text);
}

/** Brings every clock and age below an element up to the minute. */
export function wind(below) {
  for (const mark of below.querySelectorAll("[data-due]")) {
    const told = clock({ due: mark.dataset.due });
    mark.textContent = told.text;
    mark.classList.toggle("bad", told.overdue);
    mark.classList.toggle("quiet", !told.overdue);
  }
  for (const mark of below.querySelectorAll("[data-since]")) mark.textContent = age(mark.dataset.since);
}

/** A state as a badge; colour only repeats the word. */
export function stateBadge(state) {
  const kind = { hit: "good", under_review: "warn", under_examination: "warn" }[state] ?? "quiet";
  return h("span", { class: `badge ${kind}` }, t(state));
}

/** Weight of evidence in short: "log10 LR 2.1 [2.0, 2.1]", or the score where there is no ratio. */
export function weight(row, { interval = false } = {}) {
  if (row.log10_lr === null || row.log10_lr === undefined) return row.score === null || row.score === undefined ? "LR –" : `${t("score")} ${number(row.score, 2)}`;
  const around = interval && row.log10_lr_interval ? ` [${row.log10_lr_interval.map((one) => number(one, 1)).join(", ")}]` : "";
  const sign = row.log10_lr_at_bound ? (row.log10_lr < 0 ? "≤ " : "≥ ") : "";
  return `log10 LR ${sign}${number(row.log10_lr, 1)}${around}`;
}

/** What a lead joins: its incidents, and the firearm where one side is a test fire. */
export function joins(row) {
  const named = [...row.incidents, row.firearm && `${t("firearm")} ${row.firearm}`].filter(Boolean);
  return named.map((one, at) => [at > 0 && " · ", h("span", { class: "whole" }, one)]);
}

/** Address of the picture of a breech face. */
export const face = (specimen, pixels) => `/api/v1/specimens/${encodeURIComponent(specimen)}/breech-face.png?pixels=${pixels}`;

/** Address of the comparison bench for the two specimens of a lead. */
export const benchOf = ([reference, comparison]) => `/bench?reference=${encodeURIComponent(reference)}&comparison=${encodeURIComponent(comparison)}`;

/** Whether a request was given up because nobody wants its answer any more. */
export const gaveUp = (error) => error?.name === "AbortError";
