// Draws marks without a graphics processor: every pixel is computed here, so there are fewer of them.

import { DIVERGING, GROUND, SEQUENTIAL, strip } from "./bench_colour.js";
import { MISSING } from "./bench_heights.js";
import { screenToTexture } from "./bench_view.js";

const SCALES = { tinted: strip(SEQUENTIAL), difference: strip(DIVERGING) };

/** What draws into a canvas without WebGL. */
export function flat(canvas) {
  return new Flat(canvas);
}

class Flat {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.maps = [null, null];
    Object.assign(this, { name: "2D", software: true, flat: true, most: 1024 });
  }

  load(side, map) {
    this.maps[side] = map;
  }

  draw(scene, detail) {
    const [width, height] = [Math.max(1, Math.round(scene.width * detail)), Math.max(1, Math.round(scene.height * detail))];
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const picture = this.context.createImageData(width, height);
    const pixels = new Uint32Array(picture.data.buffer).fill(packed(...GROUND));
    for (const pane of scene.panes) {
      const map = this.maps[pane.side];
      if (!map) continue;
      const span = [Math.max(0, Math.round(pane.clip.x * detail)), Math.min(width, Math.round((pane.clip.x + pane.clip.width) * detail))];
      const rows = walk(map, screenToTexture(pane.camera, pane.rect, pane.pose, map), detail);
      if (pane.look === "lit") each(pixels, width, height, span, rows, lit(map, pane));
      else if (pane.look === "tinted") each(pixels, width, height, span, rows, tinted(map, pane));
      else this.difference(pixels, width, height, span, rows, map, pane, detail);
    }
    this.context.putImageData(picture, 0, 0);
  }

  difference(pixels, width, height, span, rows, map, pane, detail) {
    const other = this.maps[pane.other.side];
    if (!other) return;
    const there = walk(other, screenToTexture(pane.other.camera, pane.rect, pane.other.pose, other), detail);
    const [low, high] = pane.range;
    const alone = packed(...GROUND.map((c) => c + 41));
    each(pixels, width, height, span, rows, (at, x, y) => {
      const beside = there(x, y);
      const [a, b] = [at < 0 ? MISSING : map.steps[at], beside < 0 ? MISSING : other.steps[beside]];
      if (a === MISSING && b === MISSING) return null;
      if (a === MISSING || b === MISSING) return alone;
      const apart = a * map.scale_um - map.middle_um - (b * other.scale_um - other.middle_um);
      return onScale(SCALES.difference, (apart - low) / (high - low));
    }, true);
  }

  end() {}
}

/** Gives the point of a map (its place among the steps, or -1) under a pixel. */
function walk(map, place, detail) {
  const [a, b, , c, d, , e, f] = place;
  return (x, y) => {
    const [px, py] = [(x + 0.5) / detail, (y + 0.5) / detail];
    const column = Math.floor((a * px + c * py + e) * map.columns);
    const row = Math.floor((b * px + d * py + f) * map.rows);
    return column < 0 || row < 0 || column >= map.columns || row >= map.rows ? -1 : row * map.columns + column;
  };
}

function each(pixels, width, height, [left, right], rows, colour, everywhere = false) {
  for (let y = 0; y < height; y += 1) {
    for (let x = left; x < right; x += 1) {
      const at = rows(x, y);
      if (at < 0 && !everywhere) continue;
      const made = colour(at, x, y);
      if (made !== null) pixels[y * width + x] = made;
    }
  }
}

/** Lambert's cosine and a little gloss, as the graphics processor draws it. */
function lit(map, pane) {
  const { steps, columns } = map;
  const [c, s] = [Math.cos(pane.turn_rad), Math.sin(pane.turn_rad)];
  const factor = (pane.relief * map.scale_um) / map.pitch_um / 2;
  const [lx, ly, lz] = pane.light.towards;
  const [hx, hy, hz] = pane.light.halfway;
  return (at) => {
    const here = steps[at];
    if (here === MISSING) return null;
    const value = (to) => (to === undefined || to === MISSING ? here : to);
    const p = (value(steps[at + 1]) - value(steps[at - 1])) * factor;
    const q = (value(steps[at + columns]) - value(steps[at - columns])) * factor;
    const [u, v] = [c * p - s * q, s * p + c * q];
    const length = 1 / Math.sqrt(1 + u * u + v * v);
    const cosine = Math.max(0, (lz - lx * u - ly * v) * length);
    const gloss = Math.max(0, (hz - hx * u - hy * v) * length) ** 32;
    const grey = Math.min(255, 255 * (((0.56 * cosine) / Math.max(lz, 0.05)) ** 0.85 + 0.1 * gloss));
    return packed(grey, grey, grey);
  };
}

function tinted(map, pane) {
  const [low, high] = pane.range;
  return (at) => (map.steps[at] === MISSING ? null : onScale(SCALES.tinted, (map.steps[at] * map.scale_um - map.middle_um - low) / (high - low)));
}

function onScale(scale, share) {
  const at = 4 * Math.round(255 * Math.min(1, Math.max(0, share)));
  return packed(scale[at], scale[at + 1], scale[at + 2]);
}

function packed(r, g, b) {
  return (255 << 24) | (b << 16) | (g << 8) | r;
}
