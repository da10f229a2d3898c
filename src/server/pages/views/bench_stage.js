// The stage: the picture, what is drawn over it, and when. Nothing is drawn while nothing changes. While something moves, detail is as high as thirty frames
// a second allow; at rest it is full.

import { h } from "../lib/dom.js";
import { flat } from "./bench_flat.js";
import { graphics } from "./bench_gl.js";
import { overlay } from "./bench_overlay.js";
import { resized, scene, weigh } from "./bench_state.js";

/** After so long without a change the picture is drawn in full. */
const REST_MS = 160;
/** A hand that holds the picture still may go on: full detail waits longer. */
const HELD_MS = 700;
/** Between these frame times detail stays; 33 ms are thirty frames a second. */
const [SLOW_MS, FAST_MS] = [28, 22];
/** Least detail, pixels for each CSS pixel. */
const LEAST = 0.3;

/** Makes the stage for a state; `words` are those of the bench. */
export function stage(state, words) {
  return new Stage(state, words);
}

class Stage {
  constructor(state, words) {
    Object.assign(this, { state, words, asked: 0, frames: 0, changed: 0, drawn: false, last: 0, mean: 24, full: false, held: false, ended: false, dirty: false });
    this.over = h("canvas", { class: "over", tabindex: 0, role: "application", "aria-label": words("stage"), "aria-describedby": "bench-says" });
    this.box = h("div", { class: "stage" });
    this.build(new URLSearchParams(location.search).get("draw") === "flat");
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.box);
  }

  /** Picks what draws. A browser without WebGL 2, or one that loses it, draws pixel by pixel. */
  build(plainly) {
    this.picture = h("canvas", { class: "picture", "aria-hidden": "true" });
    this.drawer = (!plainly && graphics(this.picture, () => this.fallBack())) || null;
    if (!this.drawer) {
      // A canvas that once had another context gives no 2D one.
      this.picture = h("canvas", { class: "picture", "aria-hidden": "true" });
      this.drawer = flat(this.picture);
    }
    this.box.replaceChildren(this.picture, this.over);
    this.rest = this.drawer.flat ? 0.8 : this.drawer.software ? 1 : Math.min(devicePixelRatio || 1, 2);
    this.move = this.drawer.flat ? 0.4 : this.drawer.software ? 0.6 : this.rest;
  }

  fallBack() {
    if (this.ended) return;
    this.build(true);
    this.state.maps.forEach((map, side) => this.drawer.load(side, map));
    this.still();
  }

  resize() {
    const { width, height } = this.box.getBoundingClientRect();
    if (!(width > 10 && height > 10)) return;
    resized(this.state, { width, height });
    this.still();
  }

  /** Takes the map of a side. */
  load(side, map) {
    this.state.maps[side] = map;
    this.drawer.load(side, map);
  }

  /** Something moves: draw soon, as finely as it can be done quickly. */
  moved() {
    this.changed = performance.now();
    this.full = false;
    this.dirty = true;
    this.ask();
  }

  /** Something changed at once: draw in full. */
  still() {
    this.changed = -Infinity;
    this.full = false;
    this.dirty = true;
    this.ask();
  }

  ask() {
    if (!this.asked && !this.ended) this.asked = requestAnimationFrame((now) => this.frame(now));
  }

  frame(now) {
    this.asked = 0;
    if (this.ended || !this.state.cameras) return;
    const between = now - this.last;
    this.last = now;
    const resting = performance.now() - this.changed > (this.held ? HELD_MS : REST_MS);
    if (resting) {
      if (!this.full) this.draw(this.rest, false);
      this.full = true;
      this.drawn = false;
      return;
    }
    // The time between two frames says how long the one before took, if it was drawn.
    if (this.drawn) this.adapt(between);
    this.drawn = this.dirty;
    if (this.dirty) this.draw(this.move, true);
    this.ask();
  }

  adapt(between) {
    // One late frame is no reason: what counts is the run of them.
    this.mean += (between - this.mean) * 0.25;
    if (this.mean > SLOW_MS) this.move = Math.max(LEAST, this.move * (this.mean > 60 ? 0.7 : 0.93));
    else if (this.mean < FAST_MS) this.move = Math.min(this.rest, this.move * 1.03);
  }

  draw(detail, quick) {
    const { state } = this;
    if (!quick && state.arrangement === "difference") weigh(state);
    this.drawer.draw(scene(state), detail, quick);
    const { software } = this.drawer;
    overlay(this.over, state, this.words, software ? (quick ? 0.6 : 1) : Math.min(devicePixelRatio || 1, 2), software);
    this.dirty = false;
    this.frames += 1;
    this.box.dataset.frames = this.frames;
    this.box.dataset.detail = detail.toFixed(2);
    this.told?.();
  }

  /** The view as one picture, drawn in full. */
  snapshot() {
    const { state } = this;
    const detail = Math.max(1, this.rest);
    if (state.arrangement === "difference") weigh(state);
    // Read back within the same turn: the browser keeps the picture no longer.
    this.drawer.draw(scene(state), detail, false);
    overlay(this.over, state, this.words, detail, this.drawer.software);
    const { width, height } = this.over;
    const made = h("canvas", { width, height });
    const context = made.getContext("2d");
    context.drawImage(this.picture, 0, 0, width, height);
    context.drawImage(this.over, 0, 0, width, height);
    this.still();
    return { canvas: made, detail };
  }

  end() {
    this.ended = true;
    cancelAnimationFrame(this.asked);
    this.watch.disconnect();
    this.drawer.end();
  }
}
