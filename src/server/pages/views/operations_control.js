// Whether the instruments are in control, and what the stages of the search miss.

import { h } from "../lib/dom.js";
import { moment, number } from "../lib/words.js";
import { lively } from "./operations_data.js";
import { o } from "./operations_words.js";

export const show = (place, context) => lively(place, context, context.section === "control" ? charts : audits);

function charts({ control }) {
  if (control.length === 0) return h("p", { class: "card empty" }, o("control_none_long"));
  const stamp = Date.now();
  return h("div", { class: "charts" }, control.map((one, index) => {
    const out = one.flags > 0 || one.last?.out;
    return h("article", { class: "card" },
      h("div", { class: "row wrap spread" }, h("h3", {}, `${one.standard} · ${one.instrument}`),
        h("span", { class: `badge ${out ? "bad" : one.limits ? "good" : ""}` }, out ? `✕ ${o("out_of_control")}` : one.limits ? `✓ ${o("in_control")}` : o("no_limits"))),
      h("p", { class: "small muted" }, [o("runs", { n: one.runs }), one.last && o("last_run", { at: moment(one.last.at), score: number(one.last.score, 3) }), one.limits && o("limits", { centre: number(one.limits.centre, 3), sd: number(one.limits.sd, 4) }), one.flags > 0 && o("flags", { n: one.flags })].filter(Boolean).join(" · ")),
      h("img", { class: "figure", loading: "lazy", src: `/api/v1/control/${index}.svg?at=${stamp}`, alt: o("chart_of", { standard: one.standard, instrument: one.instrument }), onerror: (event) => event.target.replaceWith(h("p", { class: "muted" }, o("no_chart"))) }));
  }));
}

function audits(all) {
  if (all.funnel_audits.length === 0) return h("p", { class: "card empty" }, o("funnel_none"));
  return h("div", {}, h("p", { class: "muted" }, o("funnel_note")), all.funnel_audits.map((one) => h("article", { class: "card" },
    h("h3", {}, moment(one.at)), h("p", { class: "small muted" }, one.by), one.text ? h("p", {}, one.text) : audit(one.details ?? {}))));
}

/** An audit of the funnel: how many mates the past searches missed, with the interval. */
function audit(details) {
  const percent = (value) => `${number(value * 100, 1)} %`;
  const missed = Array.isArray(details.missed) ? details.missed.length : details.missed;
  const given = (value) => typeof value === "number";
  const share = details.mates > 0 && given(missed) ? missed / details.mates : null;
  return [
    share !== null && h("p", {}, h("strong", { class: "big" }, percent(share)), " ", o("funnel_missed"), Array.isArray(details.interval) && ` ${o("interval", { low: percent(details.interval[0]), high: percent(details.interval[1]) })}`),
    h("p", { class: "small" }, [given(details.sampled) && o("funnel_sampled", { n: number(details.sampled, 0), all: number(details.searches ?? details.sampled, 0) }), given(details.mates) && o("funnel_mates", { missed: number(missed ?? 0, 0), n: number(details.mates, 0) }), given(details.compared) && o("funnel_compared", { n: number(details.compared, 0) })].filter(Boolean).join(" · ")),
  ];
}
