// The comparison bench: a virtual comparison microscope on heights.

import { address, get, part, post } from "../lib/api.js";
import { h, notice, put } from "../lib/dom.js";
import { keys } from "../lib/keys.js";
import { sheet } from "../lib/sheet.js";
import { number } from "../lib/words.js";
import { choose } from "./bench_choose.js";
import { deeds } from "./bench_deeds.js";
import { figures, lie } from "./bench_figures.js";
import { hands } from "./bench_hands.js";
import { heights } from "./bench_heights.js";
import { benchKeys } from "./bench_keys.js";
import { lightCard, positionCard, toolbar, tools } from "./bench_panel.js";
import { plot } from "./bench_profile.js";
import { saving } from "./bench_save.js";
import { stage as makeStage } from "./bench_stage.js";
import { bench, reset } from "./bench_state.js";
import { STILL } from "./bench_view.js";
import { t } from "./bench_words.js";

/** So long somebody must have looked at a pair for it to count as seen. */
const LOOKED_MS = 1000;

export async function show(main, rest, session) {
  await sheet("/assets/views/bench.css");
  const asked = new URLSearchParams(location.search);
  const pair = { reference: asked.get("reference"), comparison: asked.get("comparison") };
  if (!pair.reference || !pair.comparison || pair.reference === pair.comparison) {
    choose(main, pair);
    return null;
  }
  return new Bench(main, pair, session).begin();
}

class Bench {
  constructor(main, pair, session) {
    this.state = bench(pair, STILL);
    this.stop = new AbortController();
    this.main = main;
    this.session = session;
    this.found = null;
    this.held = { lead: null };
    this.stage = makeStage(this.state, t);
    this.act = deeds(this);
    this.parts = { toolbar: toolbar(this.state, this.act), light: lightCard(this.state, this.act), position: positionCard(this.state, this.act), tools: tools(this.state, this.act) };
    this.parts.saving = saving(this.stage, this.held, () => this.found, session);
    this.figures = h("section", { class: "card tight", "aria-live": "polite" });
    this.plot = h("div", { class: "plot", "aria-live": "polite" });
    this.measured = h("ul", { class: "measured small", "aria-live": "polite" });
    this.place = h("div", { class: "row wrap place" });
    this.busy = h("p", { class: "busy", role: "status" }, t("reading"));
  }

  begin() {
    this.layOut();
    this.stage.chosen = (side) => this.act.side(side);
    this.stage.dividerMoved = () => this.parts.toolbar.show();
    this.stage.told = () => this.says();
    hands(this.stage, (what) => this.drawn(what));
    keys(benchKeys(this.state, this.act));
    figures(this.figures, null);
    this.drawn("line");
    this.load();
    this.neighbours();
    return () => this.end();
  }

  layOut() {
    const { pair } = this.state;
    put(
      this.main,
      h("header", { class: "row wrap spread head" }, h("h1", {}, pair.reference, h("span", { class: "muted" }, " · "), pair.comparison), this.place),
      h(
        "div",
        { class: "bench-grid" },
        h("div", { class: "bench-left" }, this.parts.toolbar.box, h("div", { class: "stage-room" }, this.stage.box, this.busy), this.parts.tools.box, this.plot, this.measured),
        h("div", { class: "bench-right" }, this.figures, this.parts.light.box, this.parts.position.box, this.parts.saving.box),
      ),
    );
  }

  /** Heights and comparison come together; heights alone are shown unaligned where a comparison is refused. */
  async load() {
    const { pair } = this.state;
    const compared = get(address("/api/v1/comparison", pair), { signal: this.stop.signal }).then((found) => this.compared(found), (error) => this.uncompared(error));
    const photographs = [pair.reference, pair.comparison].map((id, side) => this.photographed(id, side));
    await Promise.all([this.heights("surface"), compared, ...photographs]);
    if (this.stop.signal.aborted) return;
    this.state.cameras = null;
    reset(this.state);
    this.shown();
    this.looked();
  }

  compared(found) {
    this.found = found;
    this.state.pose = found.pose ?? { theta_rad: (found.rotation_deg * Math.PI) / 180, dx_um: found.shift_um[0], dy_um: found.shift_um[1] };
    this.state.cellList = found.cell_list ?? [];
    if (found.lead !== undefined) this.held.lead = found.lead;
    figures(this.figures, found);
    this.parts.saving.show();
  }

  uncompared(error) {
    if (error.name !== "AbortError") figures(this.figures, null, error.message);
  }

  /** What was photographed has brightness in place of heights. */
  async photographed(id, side) {
    const about = await get(`/api/v1/specimens/${part(id)}`, { signal: this.stop.signal }).catch(() => null);
    const newest = about?.acquisitions?.at(-1);
    this.state.photographs[side] = Boolean(newest) && ["png", "jpeg", "jpg", "tiff", "bmp", "photograph"].includes(String(newest.format).toLowerCase());
    if (this.state.photographs[side]) notice(t("no_height", { side: t(side ? "comparison" : "reference") }));
  }

  async heights(layer) {
    const { pair } = this.state;
    this.busy.hidden = false;
    try {
      const of = (id) => heights(id, layer, Math.min(2048, this.stage.drawer.most), this.stop.signal);
      const maps = await Promise.all([of(pair.reference), of(pair.comparison)]);
      if (this.stop.signal.aborted) return;
      this.state.layer = layer;
      maps.forEach((map, side) => this.stage.load(side, map));
    } catch (error) {
      if (error.name !== "AbortError") notice(error.message, "bad");
    } finally {
      this.busy.hidden = true;
    }
  }

  /** Where the comparison stands in the reference's list, and the lead on the pair. */
  async neighbours() {
    const { pair } = this.state;
    const [list, turned] = await Promise.all(
      [pair.reference, pair.comparison].map((id) => get(`/api/v1/specimens/${part(id)}/correlation`, { signal: this.stop.signal }).catch(() => null)),
    );
    if (this.stop.signal.aborted) return;
    const at = list?.candidates.findIndex((one) => one.specimen === pair.comparison) ?? -1;
    this.list = at < 0 ? null : { candidates: list.candidates, at };
    this.held.lead ??= list?.candidates[at]?.lead ?? turned?.candidates.find((one) => one.specimen === pair.reference)?.lead ?? null;
    this.parts.saving.show();
    const step = (by, text) => h("button", { type: "button", disabled: !list.candidates[at + by], title: by > 0 ? "j" : "k", onclick: () => this.act.step(by) }, text);
    put(
      this.place,
      at >= 0 && [step(-1, t("before")), h("span", { class: "small" }, t("place", { rank: at + 1, all: list.candidates.length })), step(1, t("after"))],
      h("a", { class: "button", href: `/lists/${part(pair.reference)}` }, t("whole_list")),
      h("a", { class: "button", href: address("/bench", { reference: pair.comparison, comparison: pair.reference }) }, t("swap")),
    );
  }

  looked() {
    this.timer = setTimeout(() => {
      if (document.visibilityState === "visible") post("/api/v1/views", this.state.pair).catch(() => {});
    }, LOOKED_MS);
  }

  /** Controls and picture follow the state. */
  shown() {
    for (const one of Object.values(this.parts)) if (one !== this.parts.saving) one.show();
    this.stage.still();
  }

  says() {
    const text = lie(this.state, this.found);
    if (this.stage.full !== undefined && this.parts.position.says.textContent !== text) this.parts.position.says.textContent = text;
  }

  /** A line or a distance was drawn. */
  drawn(what) {
    const { state } = this;
    if (what === "line") plot(this.plot, state, t);
    const lines = state.distances.map((one) => h("li", {}, t("measured", { um: number(one.um, one.um < 100 ? 1 : 0), side: t(one.side ? "comparison" : "reference").toLowerCase() })));
    put(this.measured, state.begun && h("li", { class: "muted" }, t("first_point")), lines);
    this.stage.still();
  }

  end() {
    this.stop.abort();
    clearTimeout(this.timer);
    this.act.end();
    this.stage.end();
  }
}
