// The state of things at a glance.

import { h, s } from "../lib/dom.js";
import { number } from "../lib/words.js";
import { lively } from "./operations_data.js";
import { o } from "./operations_words.js";

/** States of a lead in the order in which it goes through them. */
const STATES = ["candidate", "lead", "under_examination", "under_review", "hit", "inconclusive", "excluded", "withdrawn"];

export const show = (place, context) => lively(place, context, draw);

const tile = (label, value, note, to) => h("div", {}, h("dt", {}, to ? h("a", { href: to }, label) : label), h("dd", {}, value), note && h("dd", { class: "small" }, note));
const whole = (value) => number(value, 0);

function draw(all) {
  const { gallery, queue, overdue } = all;
  const late = all.overdue_count ?? overdue.length;
  const flagged = all.control.filter((one) => one.flags > 0 || one.last?.out).length;
  return [
    h("dl", { class: "tiles" },
      tile(o("specimens"), whole(gallery.specimens), gallery.incidents === undefined ? null : o("of_incidents", { n: whole(gallery.incidents) })),
      tile(o("marks"), whole(gallery.marks), o("searchable")),
      tile(o("queue"), whole(queue.running + queue.queued), o("queue_note", { running: whole(queue.running), queued: whole(queue.queued) }), "/operations/queue"),
      tile(o("overdue"), whole(late), late > 0 ? o("overdue_some") : o("overdue_none"), "/operations/overdue"),
      tile(o("control"), whole(all.control.length), all.control.length === 0 ? o("control_none") : flagged > 0 ? o("control_flagged", { n: flagged }) : o("control_good"), "/operations/control")),
    h("div", { class: "halves" },
      h("section", { class: "card" }, h("h3", {}, o("confirmation")), confirmation(all.confirmation)),
      h("section", { class: "card" }, h("h3", {}, o("leads_by_state")), byState(all.leads))),
  ];
}

/** The share of leads that examiners confirmed, with its interval as a bar. */
function confirmation({ confirmed, refuted, inconclusive, open, share, interval }) {
  if (share === null || share === undefined) return h("p", { class: "muted" }, o("confirmation_none"));
  const percent = (value) => `${number(value * 100, 0)} %`;
  const [low, high] = interval ?? [share, share];
  const x = (value) => 10 + value * 300;
  return [
    h("p", {}, h("strong", { class: "big" }, percent(share)), interval && ` ${o("interval", { low: percent(low), high: percent(high) })}`),
    s("svg", { class: "interval", viewBox: "0 0 320 44", role: "img", "aria-label": `${percent(share)}, ${o("interval", { low: percent(low), high: percent(high) })}` },
      s("line", { class: "axis", x1: x(0), x2: x(1), y1: 14, y2: 14 }),
      [0, 0.25, 0.5, 0.75, 1].map((at) => [s("line", { class: "axis", x1: x(at), x2: x(at), y1: 20, y2: 24 }), s("text", { x: x(at), y: 38 }, `${at * 100}`)]),
      s("line", { class: "range", x1: x(low), x2: x(high), y1: 14, y2: 14 }),
      s("circle", { class: "point", cx: x(share), cy: 14, r: 6 })),
    h("p", { class: "small muted" }, o("confirmation_note", { confirmed: whole(confirmed), refuted: whole(refuted), open: whole(open), inconclusive: whole(inconclusive ?? 0) })),
  ];
}

function byState(leads) {
  const most = Math.max(1, ...Object.values(leads));
  const known = STATES.filter((state) => leads[state] > 0);
  if (known.length === 0) return h("p", { class: "muted" }, o("nothing"));
  return h("table", { class: "bars" }, h("tbody", {}, known.map((state) => h("tr", {},
    h("th", { scope: "row" }, h("a", { href: `/leads?state=${state}` }, o(state))),
    h("td", { class: "n" }, whole(leads[state])),
    h("td", { class: "bar-cell", "aria-hidden": "true" }, h("span", { class: "bar", style: { width: `${(leads[state] / most) * 100}%` } }))))));
}
