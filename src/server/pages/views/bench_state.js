// What the bench shows, and what follows from it: panes, lights, ranges. No page.

import { apart, extent } from "./bench_heights.js";
import { STILL, fitted, panned, placed, seenPose, toWorld, turned, unplaced, zoomed } from "./bench_view.js";

/** Arrangements of two marks. */
export const ARRANGEMENTS = ["side", "split", "flicker", "difference"];
/** What is looked at. */
export const LAYERS = ["surface", "coarse", "fine"];
/** From the upper left, 40 degrees high, as in reports. */
const LIGHT = Object.freeze({ azimuth_rad: -0.75 * Math.PI, elevation_rad: (40 * Math.PI) / 180 });
/** The slope to which relief is stretched at strength 1. */
const SLOPE = 0.55;
/** Space between two panes, CSS pixels. */
const GAP = 4;

/** A bench for a pair; `pose` takes the comparison to the reference. */
export function bench(pair, pose) {
  return {
    pair,
    pose,
    maps: [null, null],
    photographs: [false, false],
    cameras: null,
    size: { width: 800, height: 500 },
    arrangement: "split",
    look: "lit",
    layer: "surface",
    lights: [{ ...LIGHT }, { ...LIGHT }],
    sameLight: true,
    relief: 1,
    locked: true,
    active: 1,
    divider: 0.5,
    flickers: false,
    shown: 0,
    rate: 2,
    cells: true,
    tool: null,
    line: null,
    distances: [],
    begun: null,
    difference: null,
  };
}

/** The poses of both marks in the world. */
export const poses = (state) => [STILL, state.pose];

/** Where each side is drawn: whole for one picture, half for two. */
export function paneOf(state, side) {
  const { width, height } = state.size;
  if (state.arrangement !== "side") return { x: 0, y: 0, width, height };
  const half = (width - GAP) / 2;
  return { x: side * (half + GAP), y: 0, width: half, height };
}

/** The side under a point of the screen. */
export function sideAt(state, x) {
  if (state.arrangement === "side") return x < state.size.width / 2 ? 0 : 1;
  if (state.arrangement === "split") return x < state.divider * state.size.width ? 0 : 1;
  return state.arrangement === "flicker" ? state.shown : state.active;
}

/** The parts of the screen with the side that is seen there. */
export function seen(state) {
  const whole = paneOf(state, 0);
  const at = state.divider * whole.width;
  if (state.arrangement === "side") return [0, 1].map((side) => ({ side, clip: paneOf(state, side) }));
  if (state.arrangement === "split") {
    return [
      { side: 0, clip: { ...whole, width: at } },
      { side: 1, clip: { ...whole, x: at, width: whole.width - at } },
    ];
  }
  return [{ side: state.arrangement === "flicker" ? state.shown : 0, clip: whole }];
}

/** What a drawing module is told. */
export function scene(state) {
  const ranges = state.look === "tinted" || state.arrangement === "difference" ? rangeOf(state) : null;
  const panes = seen(state).map(({ side, clip }) => {
    const pane = part(state, side, clip);
    if (state.arrangement === "difference") return { ...pane, look: "difference", range: ranges, other: part(state, 1, clip) };
    // Brightness of a photograph is no relief: it is shown as it is.
    const tinted = state.look === "tinted" || state.photographs[side];
    return { ...pane, look: tinted ? "tinted" : "lit", range: ranges ?? rangeOf(state) };
  });
  return { ...state.size, panes };
}

function part(state, side, clip) {
  const pose = poses(state)[side];
  const camera = state.cameras[side];
  return {
    side,
    clip,
    rect: paneOf(state, side),
    camera,
    pose,
    turn_rad: pose.theta_rad + camera.turn_rad,
    relief: stretch(state),
    light: towards(state.lights[state.sameLight ? 0 : side]),
  };
}

/** By how much relief is stretched; the same for both marks, so that they stay comparable. */
export function stretch(state) {
  const slopes = state.maps.filter(Boolean).map((map) => map.slope);
  if (!slopes.length) return 1;
  const middle = Math.exp(slopes.reduce((sum, slope) => sum + Math.log(slope), 0) / slopes.length);
  return (state.relief * SLOPE) / middle;
}

/** Lowest and highest height on the scale of colours, um. */
export function rangeOf(state) {
  if (state.arrangement === "difference") {
    const { offset_um, reach_um } = state.difference ?? { offset_um: 0, reach_um: 1 };
    return [offset_um - reach_um, offset_um + reach_um];
  }
  const maps = state.maps.filter(Boolean);
  return [Math.min(...maps.map((map) => map.low_um)), Math.max(...maps.map((map) => map.high_um))];
}

function towards({ azimuth_rad, elevation_rad }) {
  const [flat, up] = [Math.cos(elevation_rad), Math.sin(elevation_rad)];
  const to = [flat * Math.cos(azimuth_rad), flat * Math.sin(azimuth_rad), up];
  const length = Math.hypot(to[0], to[1], to[2] + 1);
  return { towards: to, halfway: [to[0] / length, to[1] / length, (to[2] + 1) / length] };
}

/** Shows both marks whole and aligned. */
export function reset(state) {
  const first = state.maps[0] ?? state.maps[1];
  if (!first) return;
  // Both marks lie about the world's origin; what is shown holds the larger of them.
  const wholes = state.maps.filter(Boolean).map(extent);
  const most = (name) => Math.max(...wholes.map((whole) => whole[name]));
  const camera = fitted({ ...extent(first), width_um: most("width_um"), height_um: most("height_um") }, paneOf(state, 0));
  state.cameras = [{ ...camera }, { ...camera }];
}

/** Keeps what is seen in the middle when the room for it changes. */
export function resized(state, size) {
  const before = paneOf(state, 0);
  state.size = size;
  if (!state.cameras) return reset(state);
  const now = paneOf(state, 0);
  const factor = Math.min(now.width / before.width, now.height / before.height);
  for (const camera of state.cameras) camera.px_per_um *= factor;
}

function moving(state, side) {
  return state.locked ? [0, 1] : [side];
}

/** Moves what lies under a hand by pixels. */
export function pan(state, side, dx, dy) {
  for (const one of moving(state, side)) state.cameras[one] = panned(state.cameras[one], dx, dy);
}

/** Enlarges about a point; without a point about the middle. */
export function zoom(state, side, factor, at = null) {
  about(state, side, at, (camera, pane, x, y) => zoomed(camera, pane, factor, x, y));
}

/** Turns about a point; without a point about the middle. */
export function turn(state, side, angle, at = null) {
  about(state, side, at, (camera, pane, x, y) => turned(camera, pane, angle, x, y));
}

function about(state, side, at, change) {
  const own = paneOf(state, side);
  const [x, y] = at ?? [own.x + own.width / 2, own.y + own.height / 2];
  for (const one of moving(state, side)) {
    const pane = paneOf(state, one);
    state.cameras[one] = change(state.cameras[one], pane, x - own.x + pane.x, y - own.y + pane.y);
  }
}

/** A point of the screen in the worlds of both cameras, as a line or a distance is kept. */
export function worlds(state, side, x, y) {
  const own = paneOf(state, side);
  return [0, 1].map((one) => {
    const pane = paneOf(state, one);
    return toWorld(state.cameras[one], pane, x - own.x + pane.x, y - own.y + pane.y);
  });
}

/** A place of the world in a mark's own frame. */
export function inMark(state, side, [x, y]) {
  return unplaced(poses(state)[side], x, y);
}

/** How the comparison lies on the reference as it is seen now. */
export function nowPose(state) {
  return seenPose(state.pose, state.cameras);
}

/** Weighs the difference anew after marks were moved. */
export function weigh(state) {
  const [first, second] = state.maps;
  if (!first || !second) return;
  const { cameras, pose } = state;
  const none = { x: 0, y: 0, width: 0, height: 0 };
  const moved = (x, y) => {
    const [sx, sy] = placed({ theta_rad: cameras[0].turn_rad, dx_um: 0, dy_um: 0 }, x - cameras[0].x_um, y - cameras[0].y_um);
    const scale = cameras[0].px_per_um;
    return unplaced(pose, ...toWorld(cameras[1], none, sx * scale, sy * scale));
  };
  state.difference = apart(first, second, moved);
}
