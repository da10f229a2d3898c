// What can be done at the bench, by button or key.

import { go } from "../app.js";
import { address, part } from "../lib/api.js";
import { mark } from "./bench_hands.js";
import { calm } from "./bench_panel.js";
import { LAYERS, pan, paneOf, reset, turn, worlds, zoom } from "./bench_state.js";

/** The deeds of a bench. */
export function deeds(bench) {
  const { state, stage } = bench;
  let flicker = 0;
  const shown = () => bench.shown();
  const moved = () => state.cameras && stage.moved();
  const beat = () => {
    clearInterval(flicker);
    if (!state.flickers || state.arrangement !== "flicker") return;
    const rate = calm() ? Math.min(state.rate, 1) : state.rate;
    flicker = setInterval(() => {
      state.shown = 1 - state.shown;
      stage.still();
    }, 1000 / rate);
  };
  const act = {
    arrange(to) {
      const before = paneOf(state, 0);
      state.arrangement = to;
      state.begun = null;
      const now = paneOf(state, 0);
      // Two halves show as much of the marks as one whole.
      const factor = Math.min(now.width / before.width, now.height / before.height);
      const fits = Math.min(now.width, now.height) / Math.min(before.width, before.height);
      for (const camera of state.cameras ?? []) camera.px_per_um *= factor < 1 ? fits : Math.max(1, fits);
      // Flicker begins by itself only where motion is welcome.
      if (to === "flicker" && !calm()) state.flickers = true;
      beat();
      shown();
    },
    look(to) {
      state.look = to;
      shown();
    },
    async layer(to) {
      if (to === state.layer) return;
      await bench.heights(to);
      bench.drawn("line");
      shown();
    },
    nextLayer: () => act.layer(LAYERS[(LAYERS.indexOf(state.layer) + 1) % LAYERS.length]),
    divide(to) {
      state.divider = Math.min(0.98, Math.max(0.02, to));
      bench.parts.toolbar.show();
      moved();
    },
    rate(to) {
      state.rate = to;
      beat();
      bench.parts.toolbar.show();
    },
    flicker() {
      if (state.arrangement !== "flicker") {
        state.flickers = true;
        act.arrange("flicker");
        return;
      }
      state.flickers = !state.flickers;
      beat();
      shown();
    },
    swapShown() {
      if (state.arrangement !== "flicker") return;
      state.shown = 1 - state.shown;
      stage.still();
    },
    lit: moved,
    rest: () => stage.still(),
    relief(to) {
      state.relief = Math.min(8, Math.max(0.25, to));
      bench.parts.light.show();
      moved();
    },
    /** Moves the lamp by keys: left and right around, up and down in height. */
    shine(dx, dy) {
      for (const light of state.lights) {
        light.azimuth_rad = Math.atan2(Math.sin(light.azimuth_rad - dx * 0.09), Math.cos(light.azimuth_rad - dx * 0.09));
        light.elevation_rad = Math.min(Math.PI / 2, Math.max(0.09, light.elevation_rad + dy * 0.06));
      }
      bench.parts.light.show();
      moved();
    },
    pan(dx, dy) {
      if (!state.cameras) return;
      pan(state, state.active, dx, dy);
      moved();
    },
    zoom(factor) {
      if (!state.cameras) return;
      zoom(state, state.active, factor);
      moved();
    },
    turn(angle) {
      if (!state.cameras) return;
      turn(state, state.active, (angle * Math.PI) / 180);
      moved();
    },
    lock(on) {
      state.locked = on;
      bench.parts.position.show();
    },
    side(to) {
      state.active = to;
      bench.parts.position.show();
      if (state.tool) stage.still();
    },
    cells() {
      state.cells = !state.cells;
      shown();
    },
    tool(which) {
      state.tool = state.tool === which ? null : which;
      state.begun = null;
      stage.over.classList.toggle("drawing", Boolean(state.tool));
      bench.drawn("tool");
      shown();
    },
    /** Marks a point where the cross is. */
    markMiddle() {
      if (!state.tool || !state.cameras) return;
      const pane = paneOf(state, state.active);
      mark(state, state.active, pane.x + pane.width / 2, pane.y + pane.height / 2, (what) => bench.drawn(what));
    },
    /** Lays the line of the profile through the middle. */
    through(angle) {
      if (!state.cameras) return;
      const pane = paneOf(state, 0);
      // Not under the dividing line, where an upright one would hide.
      const hidden = state.arrangement === "split" && angle !== 0 && Math.abs(state.divider - 0.5) * pane.width < 12;
      const [x, y] = [pane.x + pane.width / 2 - (hidden ? 16 : 0), pane.y + pane.height / 2];
      const reach = 0.4 * Math.min(pane.width, pane.height);
      const [dx, dy] = [reach * Math.cos(angle), reach * Math.sin(angle)];
      state.line = { from: worlds(state, 0, x - dx, y - dy), to: worlds(state, 0, x + dx, y + dy) };
      bench.drawn("line");
    },
    clear() {
      Object.assign(state, { line: null, distances: [], begun: null });
      bench.drawn("line");
    },
    reset() {
      reset(state);
      shown();
    },
    step(by) {
      const next = bench.list?.candidates[bench.list.at + by];
      if (next) go(address("/bench", { reference: state.pair.reference, comparison: next.specimen }));
    },
    back: () => go(`/lists/${part(state.pair.reference)}`),
    judge: () => bench.parts.saving.judge(),
    save: () => bench.parts.saving.store(),
    keep: () => state.cameras && bench.parts.saving.keep(),
    end: () => clearInterval(flicker),
  };
  return act;
}
