// Correlations as they run: progress comes as events.

import { get, jobNews, post } from "../lib/api.js";
import { h, notice, put } from "../lib/dom.js";
import { number } from "../lib/words.js";
import { t } from "./lists_words.js";

const OPEN = ["queued", "running"];

/**
 * Shows the jobs that run in a box and tells `ended(job)` when one is over. Gives { correlate(exhibits, options), end }.
 */
export function runner(box, ended) {
  const jobs = new Map();
  const whatOf = (job) => (job.request?.exhibits?.length ? job.request.exhibits.slice(0, 2).join(", ") + (job.request.exhibits.length > 2 ? " …" : "") : t("whole_gallery"));
  const take = (job) => {
    const before = jobs.get(job.id);
    if (OPEN.includes(job.state)) jobs.set(job.id, job);
    else jobs.delete(job.id);
    draw();
    if (before && !OPEN.includes(job.state)) {
      if (job.state === "failed") notice(t("job_failed", { what: whatOf(job), why: [job.result?.title, job.result?.detail].filter(Boolean).join(": ") }), "bad");
      else if (job.state === "done") notice(t("job_done", { what: whatOf(job) }));
      ended(job);
    }
  };
  const draw = () => put(box, [...jobs.values()].slice(0, 5).map((job) => line(job, whatOf(job))));
  const stop = jobNews(take);
  get("/api/v1/jobs").then((all) => all.filter((job) => OPEN.includes(job.state)).forEach(take), () => {});
  return {
    async correlate(exhibits, { exhaustive = false, filter } = {}) {
      try {
        take(await post("/api/v1/jobs", { exhibits, exhaustive, ...(filter ? { filter } : {}) }));
        return true;
      } catch (error) {
        notice(error.message, "bad");
        return false;
      }
    },
    runs: (id) => [...jobs.values()].some((job) => job.request?.exhibits?.includes(id)),
    end: stop,
  };
}

function line(job, what) {
  const known = job.total > 0;
  // A search that compares with everything tells how many comparisons of the step are made: its steps alone would stand still for minutes.
  const fine = job.state === "running" && job.to_compare > 0;
  const share = known ? Math.min(job.total, job.done + (fine ? job.compared / job.to_compare : 0)) : null;
  return h(
    "div",
    { class: "job card", role: "group", "aria-label": t("job", { id: job.id, what }) },
    h("span", {}, t("job", { id: job.id, what })),
    h("progress", known ? { max: job.total, value: share, "aria-label": what } : { "aria-label": what }),
    h("span", { class: "muted small grow" }, `${t(job.state)}${job.stage_words ? ` · ${job.stage_words}` : ""}${known ? ` · ${t("of_count", { n: job.done, all: job.total })}` : ""}${fine ? ` · ${t("comparisons", { n: number(job.compared, 0), all: number(job.to_compare, 0) })}` : ""}`),
    h("button", { type: "button", onclick: () => post(`/api/v1/jobs/${job.id}/stop`).catch((error) => notice(error.message, "bad")) }, t("stop")),
  );
}
