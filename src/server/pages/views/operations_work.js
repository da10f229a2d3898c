// Work that is late, the latest first.

import { part } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { moment, number, ratio } from "../lib/words.js";
import { lively } from "./operations_data.js";
import { o } from "./operations_words.js";

export const show = (place, context) => lively(place, context, draw);

/** How late, in days or hours. */
function late(due) {
  const hours = (Date.now() - new Date(due)) / 3_600_000;
  return hours >= 48 ? o("days", { n: number(hours / 24, 0) }) : o("hours", { n: number(Math.max(hours, 0), 0) });
}

function draw(all) {
  const { overdue } = all;
  if (overdue.length === 0) return h("p", { class: "card empty" }, o("overdue_none"));
  const row = (lead) => h("tr", {},
    h("td", {}, h("a", { href: `/leads/${part(lead.id)}` }, lead.incidents.join(" – ") || lead.id), lead.firearm && h("span", { class: "small muted block" }, `${o("firearm")} ${lead.firearm}`)),
    h("td", {}, o(lead.state)),
    h("td", {}, lead.due ? moment(lead.due) : "–"),
    h("td", { class: "n" }, h("span", { class: "badge bad" }, late(lead.due))),
    h("td", {}, lead.by ?? "–"),
    h("td", { class: "n" }, ratio(lead.log10_lr, null, lead.log10_lr_at_bound)));
  const count = all.overdue_count ?? overdue.length;
  return h("div", { class: "card scroll" },
    h("p", { class: "muted" }, count > overdue.length ? o("of_count", { n: overdue.length, all: number(count, 0) }) : o("overdue_count", { n: count })),
    h("table", {}, h("thead", {}, h("tr", {}, ["lead", "state", "due", "late", "last_by", "log10_lr"].map((name) => h("th", { scope: "col", class: ["late", "log10_lr"].includes(name) ? "n" : null }, o(name))))), h("tbody", {}, overdue.map(row))));
}
