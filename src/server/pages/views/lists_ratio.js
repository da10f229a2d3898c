// Likelihood ratios as small bars on one axis, so that a glance down the list compares them.

import { s } from "../lib/dom.js";
import { number } from "../lib/words.js";

const [WIDTH, HEIGHT, MARGIN] = [210, 30, 12];

/** The axis that all candidates of a list fit on: { low, high }, whole powers of ten with 0 within. */
export function axisOf(candidates) {
  const values = candidates.flatMap((one) => [one.log10_lr, ...(one.log10_lr_interval ?? []), one.log10_lr_of_search]).filter(Number.isFinite);
  return { low: Math.floor(Math.min(-1, ...values)), high: Math.ceil(Math.max(1, ...values)) };
}

const along = ({ low, high }) => (value) => MARGIN + ((value - low) / (high - low)) * (WIDTH - 2 * MARGIN);

/** The axis with its figures, once above the list. */
export function axis(range) {
  const x = along(range);
  const step = Math.max(1, Math.ceil((range.high - range.low) / 6));
  const ticks = [];
  for (let v = Math.ceil(range.low / step) * step; v <= range.high; v += step) ticks.push(v);
  return s(
    "svg",
    { class: "ratio-axis", viewBox: `0 0 ${WIDTH} 22`, width: WIDTH, height: 22, "aria-hidden": "true" },
    s("line", { class: "rule", x1: MARGIN, x2: WIDTH - MARGIN, y1: 20, y2: 20 }),
    ticks.map((v) => [s("line", { class: "rule", x1: x(v), x2: x(v), y1: 15, y2: 20 }), s("text", { x: x(v), y: 12, "text-anchor": "middle" }, number(v, 0))]),
  );
}

/** One candidate's bar: a dot in its interval, and an open diamond for the ratio as picked from the gallery. `label` says it in words. */
export function bar(candidate, range, label) {
  const x = along(range);
  const middle = HEIGHT / 2;
  const [low, high] = candidate.log10_lr_interval ?? [candidate.log10_lr, candidate.log10_lr];
  const known = Number.isFinite(candidate.log10_lr);
  const picked = candidate.log10_lr_of_search;
  return s(
    "svg",
    { class: "ratio", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: "img", "aria-label": label },
    s("line", { class: "rule", x1: MARGIN, x2: WIDTH - MARGIN, y1: middle, y2: middle }),
    s("line", { class: "zero", x1: x(0), x2: x(0), y1: 2, y2: HEIGHT - 2 }),
    known && [
      s("line", { class: "interval", x1: x(low), x2: x(high), y1: middle, y2: middle }),
      [low, high].map((v) => s("line", { class: "end", x1: x(v), x2: x(v), y1: middle - 5, y2: middle + 5 })),
      s("circle", { class: "value", cx: x(candidate.log10_lr), cy: middle, r: 4.5 }),
    ],
    Number.isFinite(picked) && s("path", { class: "picked", d: `M${x(picked)} ${middle - 6}l6 6l-6 6l-6 -6z` }),
  );
}
