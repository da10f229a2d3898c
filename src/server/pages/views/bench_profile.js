// Heights of both marks along a line, and how well they agree.

import { h, put, s } from "../lib/dom.js";
import { number } from "../lib/words.js";
import { heightAt } from "./bench_heights.js";
import { inMark } from "./bench_state.js";

const POINTS = 400;
/** How far the two profiles may be slid against each other, as a share of the line. */
const SLIDE = 0.1;
/** Least share of the line that both marks must cover for a figure. */
const COVERED = 0.12;

/** Samples both marks along the line of a state: { length_um, curves: [[um]], shared, r, slid: { r, um } } or null. */
export function profile(state) {
  if (!state.line || state.maps.some((map) => !map)) return null;
  const ends = [0, 1].map((side) => [inMark(state, side, state.line.from[side]), inMark(state, side, state.line.to[side])]);
  const [[x0, y0], [x1, y1]] = ends[0];
  const length_um = Math.hypot(x1 - x0, y1 - y0);
  if (!(length_um > 0)) return null;
  const curves = ends.map(([a, b], side) => {
    const values = Array.from({ length: POINTS }, (_, i) => {
      const share = i / (POINTS - 1);
      return heightAt(state.maps[side], a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share);
    });
    const known = values.filter(Number.isFinite);
    const mean = known.reduce((sum, v) => sum + v, 0) / Math.max(known.length, 1);
    return values.map((v) => v - mean);
  });
  const shared = curves[0].filter((v, i) => Number.isFinite(v) && Number.isFinite(curves[1][i])).length / POINTS;
  return { length_um, curves, shared, r: correlation(curves[0], curves[1], 0), slid: best(curves, length_um) };
}

/** Pearson's coefficient of two rows, the second slid by so many points; NaN where they share too little. */
export function correlation(one, other, slide) {
  let [n, sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < one.length; i += 1) {
    const [a, b] = [one[i], other[i + slide]];
    if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
    n += 1;
    sa += a;
    sb += b;
    saa += a * a;
    sbb += b * b;
    sab += a * b;
  }
  if (n < COVERED * one.length) return NaN;
  const spread = Math.sqrt((saa - (sa * sa) / n) * (sbb - (sb * sb) / n));
  return spread > 0 ? (sab - (sa * sb) / n) / spread : NaN;
}

function best(curves, length_um) {
  const reach = Math.round(SLIDE * POINTS);
  let found = { r: NaN, um: 0 };
  for (let slide = -reach; slide <= reach; slide += 1) {
    const r = correlation(curves[0], curves[1], slide);
    if (Number.isFinite(r) && !(r <= found.r)) found = { r, um: (slide / (POINTS - 1)) * length_um };
  }
  return found;
}

/** Draws the profiles of a state into a box. */
export function plot(box, state, words) {
  const found = profile(state);
  if (!found) {
    put(box, h("p", { class: "muted small" }, words("profile_how")));
    return null;
  }
  const told = words(Number.isFinite(found.r) ? "profile_said" : "profile_little", {
    shared: number(found.shared * 100, 0),
    length: number(found.length_um, 0),
    r: number(found.r, 2),
    best: number(found.slid.r, 2),
    slide: number(found.slid.um, 0),
  });
  put(
    box,
    h(
      "div",
      { class: "row wrap small profile-key" },
      h("span", { class: "key first" }, words("reference_solid")),
      h("span", { class: "key second" }, words("comparison_broken")),
      h("span", { class: "grow" }, told),
    ),
    drawing(found, words, state, Math.max(480, box.clientWidth || 900)),
  );
  return told;
}

function drawing(found, words, state, width) {
  const [height, left, bottom] = [190, 56, 34];
  const known = found.curves.flat().filter(Number.isFinite);
  const reach = Math.max(...known.map(Math.abs), 0.01);
  const x = (i) => left + (i / (POINTS - 1)) * (width - left - 12);
  const y = (um) => 10 + (1 - (um / reach + 1) / 2) * (height - bottom - 18);
  const path = (values) => {
    let pen = false;
    return values.map((v, i) => {
      if (!Number.isFinite(v)) {
        pen = false;
        return "";
      }
      const step = `${pen ? "L" : "M"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
      pen = true;
      return step;
    }).join("");
  };
  const unit = state.photographs.some(Boolean) ? words("brightness") : "µm";
  const across = steps(found.length_um, 6);
  const up = steps(reach, 2);
  return s(
    "svg",
    { class: "profile", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words("profile_label") },
    [...up.map((v) => -v).filter((v) => v < 0), ...up].map((v) => [
      s("line", { class: "grid", x1: left, x2: width - 12, y1: y(v), y2: y(v) }),
      s("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, number(v, reach < 2 ? 2 : reach < 20 ? 1 : 0)),
    ]),
    across.map((v) => s("text", { x: x((v / found.length_um) * (POINTS - 1)), y: height - 16, "text-anchor": "middle" }, number(v, 0))),
    s("text", { x: left - 6, y: height - 16, "text-anchor": "end" }, unit),
    s("text", { x: width - 12, y: height - 2, "text-anchor": "end" }, words("along")),
    s("path", { class: "curve first", d: path(found.curves[0]) }),
    s("path", { class: "curve second", d: path(found.curves[1]) }),
  );
}

function steps(most, about) {
  const raw = most / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((one) => one * power >= raw) ?? 10) * power;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}
