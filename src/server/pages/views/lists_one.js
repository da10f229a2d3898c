// The candidates of one specimen.

import { go } from "../app.js";
import { get, part, post } from "../lib/api.js";
import { h, notice, put } from "../lib/dom.js";
import { keys } from "../lib/keys.js";
import { day } from "../lib/words.js";
import { choice } from "./bench_controls.js";
import { benchOf, card, markOf, picture } from "./lists_card.js";
import { asked, filterForm, passes } from "./lists_filter.js";
import { runner } from "./lists_job.js";
import { makeLead, mayJudge, openLead } from "./lists_lead.js";
import { axis, axisOf } from "./lists_ratio.js";
import { receipt } from "./lists_receipt.js";
import { facts, percent, t } from "./lists_words.js";

/** So long somebody must stay on a candidate for it to count as looked at. */
const LOOKED_MS = 1000;
const STOPS = [0.2, 0.1, 0.05, 0.01];

export function list(main, id, session) {
  return new List(main, id, session).begin();
}

class List {
  constructor(main, id, session) {
    Object.assign(this, { main, id, cards: [], shown: [], at: -1, order: "face", stopAt: 0.05, may: mayJudge(session) });
    this.stop = new AbortController();
    this.head = h("header", { class: "row wrap spread head" });
    this.jobs = h("div", { class: "jobs", "aria-live": "polite" });
    this.left = h("div", { class: "left" });
    this.top = h("div", { class: "list-top row wrap spread" });
    this.rows = h("ol", { class: "candidates", "aria-label": t("candidates") });
    this.news = h("p", { class: "hidden", role: "status", "aria-live": "polite" });
    this.pinned = { query: h("figure", { class: "pin" }), chosen: h("figure", { class: "pin" }) };
    this.form = filterForm({ changed: () => this.refill(), anew: (filter, exhaustive) => this.run.correlate([this.id], { filter, exhaustive }), may: this.may });
  }

  begin() {
    put(this.main, this.head, this.jobs, this.news, h("div", { class: "list-grid" }, this.left, h("div", { class: "right" }, this.top, this.rows)));
    put(this.head, h("h1", {}, this.id), h("a", { class: "button", href: "/lists" }, t("all_lists")));
    this.run = runner(this.jobs, (job) => {
      if (!job.request?.exhibits?.length || job.request.exhibits.includes(this.id)) this.load();
    });
    keys([
      { key: "j", shown: "j ↓", label: t("k_next"), act: () => this.step(1) },
      { key: "ArrowDown", act: () => this.step(1) },
      { key: "k", shown: "k ↑", label: t("k_before"), act: () => this.step(-1) },
      { key: "ArrowUp", act: () => this.step(-1) },
      { key: "Enter", label: t("k_bench"), act: (event) => this.enter(event) },
      { key: "l", label: t("make_lead"), act: () => this.now && this.lead(this.now) },
      { key: "n", label: t("k_nothing"), act: () => this.now && this.nothing(this.now) },
      { key: "v", label: t("k_viewed"), act: () => this.now && this.viewed(this.now) },
      { key: "c", label: t("correlate"), act: () => this.correlate() },
      { key: "b", label: t("k_back"), act: () => go("/lists") },
    ]);
    this.load();
    return () => {
      this.stop.abort();
      clearTimeout(this.timer);
      this.run.end();
    };
  }

  get now() {
    return this.shown[this.at]?.candidate ?? null;
  }

  correlate() {
    if (this.may) this.run.correlate([this.id]);
  }

  async load() {
    try {
      this.found = await get(`/api/v1/specimens/${part(this.id)}/correlation`, { signal: this.stop.signal });
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.status !== 404) return notice(error.message, "bad");
      this.missing(error);
      return;
    }
    this.fill();
  }

  /** Not searched yet, or not there at all. */
  async missing(error) {
    const about = await get(`/api/v1/specimens/${part(this.id)}`, { signal: this.stop.signal }).catch(() => null);
    put(this.rows);
    put(this.left);
    put(this.top, h("div", { class: "card empty" }, about ? [h("p", {}, t("not_yet")), this.may && h("button", { type: "button", class: "main", onclick: () => this.correlate() }, t("correlate"))] : h("p", {}, error.message)));
  }

  fill() {
    const { found } = this;
    const all = new Map((found.all_marks?.candidates ?? []).map((one, rank) => [one.specimen, { ...one, rank }]));
    const about = {
      query: this.id,
      kind: found.kind ?? "breech_face",
      range: axisOf(found.candidates),
      kinds: found.all_marks?.kinds ?? ["breech_face"],
      scores: (specimen) => all.get(specimen) ?? null,
    };
    const act = { may: this.may, choose: (one, focus) => this.choose(one, focus), lead: (one) => this.lead(one), nothing: (one) => this.nothing(one), viewed: (one) => this.viewed(one) };
    this.all = all;
    // What the firing pin alone found stands behind the list of the breech face, and in its place in the order by all marks.
    const candidates = [...found.candidates, ...(found.also ?? [])];
    this.cards = candidates.map((one) => card(one, about, act));
    this.form.offer(candidates);
    this.header();
    this.pinQuery();
    put(this.left, h("div", { class: "pins card tight" }, this.pinned.query, this.pinned.chosen), this.form.box, receipt(found));
    this.refill();
  }

  header() {
    const { found } = this;
    const { place, calibre, date, kind, imaging } = facts(found.query);
    put(
      this.head,
      h("div", {}, h("h1", {}, this.id), h("p", { class: "muted small" }, [found.query?.exhibit, found.query?.incident ?? found.query?.firearm, kind && t(kind), imaging, calibre, date && day(date), place].filter(Boolean).join(" · "))),
      h("div", { class: "row" }, this.may && h("button", { type: "button", title: "c", onclick: () => this.correlate() }, t("again")), h("a", { class: "button", href: "/lists" }, t("all_lists"))),
    );
  }

  pinQuery() {
    const src = markOf(this.id, this.found.kind, { pixels: 400 });
    put(this.pinned.query, h("img", { src, alt: `${t("query")} ${this.id}`, width: 240, height: 240 }), h("figcaption", { class: "small" }, h("strong", {}, t("query")), ` ${this.id}`));
  }

  pinChosen(candidate) {
    const src = picture(candidate, this.id, 400, this.found.kind);
    put(this.pinned.chosen, h("img", { src, alt: `${t("rank", { n: candidate.rank })} ${candidate.specimen}`, width: 240, height: 240 }), h("figcaption", { class: "small", title: t("as_chosen") }, h("strong", {}, t("rank", { n: candidate.rank })), ` ${candidate.specimen}`));
  }

  /** Fills the rows by filter and order; the stopping line stands where the chance falls below it. */
  refill() {
    const { filter } = this.form;
    const kept = this.cards.map((one) => [one, passes(one.candidate.about, filter)]).filter(([, how]) => how !== "out");
    const unknown = kept.filter(([, how]) => how === "unknown").length;
    const before = this.now;
    this.shown = kept.map(([one]) => one);
    const place = (one) => this.all.get(one.candidate.specimen)?.rank ?? Infinity;
    if (this.order === "all") this.shown.sort((a, b) => place(a) - place(b));
    this.overview(unknown, Boolean(asked(filter)));
    put(this.rows, this.withStop());
    this.at = -1;
    const again = before ? this.shown.find((one) => one.candidate.specimen === before.specimen) : null;
    const first = again ?? this.shown[0];
    if (first) this.choose(first.candidate, false);
    else put(this.pinned.chosen);
  }

  withStop() {
    const { candidates } = this.found;
    if (!candidates.length) return [h("li", { class: "empty" }, t("empty_list"))];
    if (!this.shown.length) return [h("li", { class: "empty" }, t("none_pass"))];
    const items = this.shown.map((one) => one.box);
    // The chance is told along the order of the search; in another order the line would say nothing.
    if (this.order !== "face") return items;
    const at = candidates.findIndex((one) => Number.isFinite(one.mate_below) && one.mate_below <= this.stopAt);
    const last = candidates.at(-1).mate_below;
    if (at < 0) return Number.isFinite(last) ? [...items, h("li", { class: "stop-line open" }, t("stop_never", { p: percent(last) }))] : items;
    const rank = candidates[at].rank;
    const index = this.shown.filter((one) => one.candidate.rank <= rank).length;
    return [...items.slice(0, index), h("li", { class: "stop-line" }, t("stop_here", { p: percent(this.stopAt) })), ...items.slice(index)];
  }

  overview(unknown, filtered) {
    const stops = h("select", { id: "stop-at", onchange: () => {
      this.stopAt = Number(stops.value);
      this.refill();
    } }, STOPS.map((share) => h("option", { value: share, selected: share === this.stopAt }, percent(share))));
    const order = choice(t("order"), [["face", t("by_face")], ["all", t("by_all")]], () => this.order, (to) => {
      this.order = to;
      this.refill();
    });
    put(
      this.top,
      h("p", { class: "small muted what" }, t("what")),
      h("div", { class: "row wrap spread full" },
        h("p", { class: "small", role: "status" }, t("shown_of", { n: this.shown.length, all: this.cards.length }), filtered && unknown > 0 && ` · ${t("unknowns", { n: unknown })}`),
        h("div", { class: "row wrap" }, this.all.size > 0 && order.box, h("label", { class: "small", for: "stop-at" }, t("stop_at")), stops)),
      h("div", { class: "axis-row full" }, h("span", { class: "small muted" }, t("axis")), axis(axisOf(this.found.candidates))),
    );
  }

  step(by) {
    const to = Math.min(this.shown.length - 1, Math.max(0, this.at + by));
    if (this.shown[to]) this.choose(this.shown[to].candidate);
  }

  enter(event) {
    if (event.target.closest?.("a, button")) return event.target.click();
    if (this.now) go(benchOf(this.now, this.id));
  }

  choose(candidate, focus = true) {
    const at = this.shown.findIndex((one) => one.candidate === candidate);
    if (at < 0) return;
    if (at !== this.at) {
      this.shown.forEach((one, i) => {
        one.box.tabIndex = i === at ? 0 : -1;
        for (const each of one.box.querySelectorAll("a, button")) each.tabIndex = i === at ? 0 : -1;
        if (i === at) one.box.setAttribute("aria-current", "true");
        else one.box.removeAttribute("aria-current");
      });
      this.at = at;
      this.pinChosen(candidate);
      this.stay(candidate);
    }
    if (focus) {
      this.shown[at].box.focus({ preventScroll: true });
      this.shown[at].box.scrollIntoView({ block: "nearest" });
    }
  }

  /** Who stays on a candidate has looked at it. */
  stay(candidate) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.now === candidate && !candidate.viewed && document.visibilityState === "visible") this.viewed(candidate);
    }, LOOKED_MS);
  }

  async viewed(candidate) {
    if (candidate.viewed) return;
    try {
      await post("/api/v1/views", { reference: this.id, comparison: candidate.specimen });
      candidate.viewed = new Date().toISOString();
      this.cards.find((one) => one.candidate === candidate)?.show();
      this.news.textContent = t("viewed_said", { n: candidate.rank });
    } catch (error) {
      notice(error.message, "bad");
    }
  }

  nothing(candidate) {
    this.viewed(candidate);
    this.choose(candidate, false);
    this.step(1);
  }

  async lead(candidate) {
    if (!this.may) return;
    if (candidate.lead) return openLead(candidate.lead.id);
    const made = await makeLead(this.id, candidate.specimen);
    if (!made) return;
    candidate.lead = made;
    this.cards.find((one) => one.candidate === candidate)?.show();
    this.choose(candidate);
  }
}
