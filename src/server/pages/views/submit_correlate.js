// Searching the gallery for what was accepted, watched while it runs.

import { get, jobNews, part, post } from "../lib/api.js";
import { h, notice, put } from "../lib/dom.js";
import { isComparable } from "./submit_tray.js";
import { t } from "./submit_words.js";

const ended = (job) => !["queued", "running"].includes(job.state);

/** Watches the jobs of a tray; gives { of, start, end }. `changed` hears of each that moved on. */
export function correlations(tray, changed) {
  const remember = (group, job) => {
    tray.jobs[group] = { id: job.id, state: job.state, stage: job.stage, done: job.done, total: job.total };
    tray.keep();
    changed(group);
  };
  const stopNews = jobNews((job) => {
    const group = Object.keys(tray.jobs).find((key) => tray.jobs[key].id === job.id);
    if (group !== undefined) remember(group, job);
  });
  // What moved on while nobody listened.
  for (const [group, job] of Object.entries(tray.jobs)) {
    if (!ended(job)) get(`/api/v1/jobs/${job.id}`).then((now) => remember(group, now)).catch(() => {});
  }
  return {
    of: (group) => tray.jobs[group],
    async start(group, items) {
      try {
        remember(group, await post("/api/v1/jobs", { exhibits: items.filter(isComparable).map((item) => item.outcome.specimen) }));
      } catch (error) {
        notice(error.message, "bad");
      }
    },
    end: stopNews,
  };
}

/** A group's search: the button that begins it, or how far it is. */
export function correlation(place, group, items, watch) {
  const ready = items.filter(isComparable);
  const job = watch.of(group);
  const again = !job || ended(job);
  // Only the numbers of a running search are told again and again; the button keeps its focus.
  const held = place.contains(document.activeElement);
  put(
    place,
    ready.length > 0 && again && h("button", { class: job ? "" : "main", onclick: () => watch.start(group, items) }, t("correlate", { n: ready.length })),
    job && h("span", { class: "small", role: "status" }, `${t("correlating")}: ${t(`job_${job.state}`)}`),
    job?.state === "running" && h("progress", { max: job.total || 1, value: job.total ? job.done : null, "aria-label": t("correlating") }),
    job && !ended(job) && h("button", { onclick: () => post(`/api/v1/jobs/${job.id}/stop`).catch((error) => notice(error.message, "bad")) }, t("stop")),
    job?.state === "done" && ready[0] && h("a", { class: "button main", href: `/lists/${part(ready[0].outcome.specimen)}` }, t("open_list")),
  );
  if (held) place.querySelector("button, a")?.focus();
}
