// Whether the instruments are in control, and what the stages of the search miss.

import { get, jobNews, post } from "../lib/api.js";
import { h, notice, put } from "../lib/dom.js";
import { moment, number } from "../lib/words.js";
import { lively } from "./operations_data.js";
import { o } from "./operations_words.js";

export const show = (place, context) => (context.section === "control" ? lively(place, context, charts) : showAudits(place, context));

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

/** Audits of the funnel; who may begins one, and everybody sees how far it is. */
async function showAudits(place, context) {
  const form = h("div", {});
  const list = h("div", {});
  put(place, list, form);
  await lively(list, context, audits);
  auditForm(form, context);
}

/** The form that begins an audit, and how far the one under way is. */
function auditForm(place, { who, signal, onEnd }) {
  const heard = h("p", { class: "small", role: "status", "aria-live": "polite" });
  const bar = h("progress", { "aria-label": o("audit_runs"), hidden: true });
  const told = (job) => {
    if (job.kind !== "audit_funnel") return;
    const open = ["queued", "running"].includes(job.state);
    bar.hidden = !open;
    if (job.total > 0) Object.assign(bar, { max: job.total, value: job.done + (job.to_compare > 0 ? job.compared / job.to_compare : 0) });
    const steps = [job.total > 0 && o("of_count", { n: number(job.done, 0), all: number(job.total, 0) }), job.to_compare > 0 && o("comparisons", { n: number(job.compared, 0), all: number(job.to_compare, 0) })];
    heard.textContent = open ? [o("audit_runs"), o(job.state), ...steps].filter(Boolean).join(" · ") : [o("job_became", { n: job.id, state: o(job.state) }), job.state === "failed" && job.result?.detail].filter(Boolean).join(" · ");
  };
  onEnd(jobNews(told));
  get("/api/v1/jobs", { signal }).then((all) => all.filter((job) => ["queued", "running"].includes(job.state)).forEach(told), () => {});
  const may = who.administrator || who.role === "examiner";
  const sample = h("input", { id: "audit-sample", type: "number", min: 1, max: 1000, value: 20, required: true });
  const seed = h("input", { id: "audit-seed", type: "number", min: 0, value: 1, required: true });
  const begin = async (event) => {
    event.preventDefault();
    try {
      told(await post("/api/v1/funnel-audits", { sample: Number(sample.value), seed: Number(seed.value) }));
    } catch (error) {
      notice(error.message, "bad");
    }
  };
  put(place, h("section", { class: "card" },
    may && [h("h3", {}, o("audit_begin")), h("p", { class: "small muted" }, o("audit_cost")),
      h("form", { class: "row wrap", onsubmit: begin }, h("label", { for: "audit-sample" }, o("audit_sample")), sample, h("label", { for: "audit-seed" }, o("audit_seed")), seed, h("button", { class: "main", type: "submit" }, o("audit_begin")))],
    bar, heard));
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
