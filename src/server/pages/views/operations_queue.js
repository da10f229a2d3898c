// The queue: what runs, waits and has ended.

import { get, jobNews, part, post } from "../lib/api.js";
import { h, notice, put } from "../lib/dom.js";
import { moment, number } from "../lib/words.js";
import { o } from "./operations_words.js";

const LIVE = ["running", "queued"];
const KINDS = { running: "warn", done: "good", failed: "bad" };
const NAMED = 3;
const EVERY_MS = 15_000;

export async function show(place, { who, signal, onEnd, takeKeys }) {
  const jobs = new Map();
  const rows = new Map();
  const now = h("tbody", {});
  const past = h("tbody", {});
  const none = h("p", { class: "muted" }, o("queue_empty"));
  const heard = h("p", { class: "heard", role: "status", "aria-live": "polite" });
  const table = (body, label) => h("div", { class: "scroll" }, h("table", { "aria-label": label }, h("thead", {}, h("tr", {}, ["number", "what", "by", "state", "progress", "asked", "took", "deed"].map((name) => h("th", { scope: "col" }, o(name))))), body));
  const live = h("div", {}, none, table(now, o("queue_now")));

  function told(job) {
    const before = jobs.get(job.id);
    jobs.set(job.id, job);
    const body = LIVE.includes(job.state) ? now : past;
    let row = rows.get(job.id);
    if (!row) {
      row = h("tr", {});
      rows.set(job.id, row);
    }
    // The bar alone moves while a job runs, so that the stop button keeps its focus.
    const bar = row.querySelector("progress");
    if (before?.state === "running" && job.state === "running" && bar && job.total > 0) {
      Object.assign(bar, { max: job.total, value: share(job) });
      bar.nextSibling.textContent = steps(job);
    } else put(row, cells(job, who));
    // What waits stands in its turn; of what has ended, the newest comes first.
    if (row.parentNode !== body) body[body === now ? "append" : "prepend"](row);
    if (before && before.state !== job.state) heard.textContent = o("job_became", { n: job.id, state: o(job.state) });
    none.hidden = now.childElementCount > 0;
    now.closest(".scroll").hidden = now.childElementCount === 0;
  }

  put(place, h("section", { class: "card" }, h("h3", {}, o("queue_now")), live), h("section", { class: "card" }, h("h3", {}, o("queue_past")), table(past, o("queue_past"))), heard);
  const fetchAll = async () => {
    for (const job of (await get("/api/v1/jobs", { signal })).reverse()) told(job);
  };
  onEnd(jobNews(told));
  // News tell of jobs that move; the list also holds those that were queued meanwhile.
  const timer = setInterval(() => document.visibilityState === "visible" && fetchAll().catch(() => {}), EVERY_MS);
  onEnd(() => clearInterval(timer));
  takeKeys([{ key: "r", label: o("refresh"), act: () => fetchAll().catch((error) => notice(error.message, "bad")) }]);
  await fetchAll();
  none.hidden = now.childElementCount > 0;
  now.closest(".scroll").hidden = now.childElementCount === 0;
}

const fine = (job) => job.to_compare > 0 && o("comparisons", { n: number(job.compared, 0), all: number(job.to_compare, 0) });
const steps = (job) => [o("of_count", { n: number(job.done, 0), all: number(job.total, 0) }), fine(job)].filter(Boolean).join(" · ");
/** How far a job is, in its steps; within a step by its comparisons. */
const share = (job) => Math.min(job.total, job.done + (job.to_compare > 0 ? job.compared / job.to_compare : 0));

function cells(job, who) {
  const stop = async (event) => {
    event.target.disabled = true;
    await post(`/api/v1/jobs/${job.id}/stop`).catch((error) => notice(error.message, "bad"));
  };
  const mayStop = LIVE.includes(job.state) && (job.by === who.name || who.administrator);
  const running = job.state === "running";
  return [
    h("td", { class: "n" }, job.id),
    h("td", { class: "what" }, ...asked(job)),
    h("td", { class: "by" }, job.by),
    h("td", {}, h("span", { class: `badge ${KINDS[job.state] ?? ""}` }, o(job.state))),
    h("td", { class: "progress" }, running && [h("progress", { max: job.total || 1, value: job.total ? share(job) : null, "aria-label": o("progress") }), h("span", { class: "small muted" }, job.total ? steps(job) : job.stage_words)], outcome(job)),
    h("td", { class: "by" }, moment(job.created)),
    h("td", { class: "n" }, took(job)),
    h("td", {}, mayStop && h("button", { class: "danger quiet", "aria-label": o("stop_job", { n: job.id }), onclick: stop }, o("stop"))),
  ];
}

/** What was asked, in words. */
function asked({ kind, request, state }) {
  if (kind === "audit_funnel") return [o("audit_funnel"), h("span", { class: "small muted block" }, o("audit_asked", { n: number(request?.sample ?? 0, 0), seed: request?.seed ?? 0 }))];
  const asks = request?.exhibits ?? [];
  const filters = Object.values(request?.filter ?? {}).filter(Boolean);
  const more = [request?.exhaustive && o("exhaustive"), filters.length > 0 && o("filtered", { by: filters.join(", ") })].filter(Boolean).join(" · ");
  const links = asks.slice(0, NAMED).flatMap((id, index) => [index > 0 ? ", " : "", state === "done" ? h("a", { href: `/lists/${part(id)}` }, id) : id]);
  return [
    o("correlate"), " ", asks.length === 0 ? o("whole_gallery") : links, asks.length > NAMED && ` ${o("and_more", { n: asks.length - NAMED })}`,
    more && h("span", { class: "small muted block" }, more),
  ];
}

function outcome(job) {
  const { result } = job;
  if (job.state === "failed") return h("span", { class: "small" }, [result?.title, result?.detail].filter(Boolean).join(": "));
  if (job.state !== "done" || !result) return null;
  if (job.kind === "audit_funnel") return h("a", { class: "small", href: "/operations/funnel" }, o("audit_found", { missed: number(result.missed?.length ?? 0, 0), n: number(result.mates ?? 0, 0) }));
  const told = [result.searches !== undefined && o("searches", { n: number(result.searches, 0) }), result.proposed && o("proposed", { n: number(result.proposed.length, 0) })];
  return h("span", { class: "small" }, told.filter(Boolean).join(" · "));
}

function took(job) {
  if (!job.started || !job.ended) return "–";
  const seconds = (new Date(job.ended) - new Date(job.started)) / 1000;
  return seconds < 60 ? `${number(seconds, 1)} s` : `${number(seconds / 60, 1)} min`;
}
