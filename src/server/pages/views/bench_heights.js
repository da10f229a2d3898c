// Maps of heights as the service sends them: read, weighed and sampled.

import { part, send } from "../lib/api.js";

const HEADER = 44;
/** The step that means "the instrument has no value here". */
export const MISSING = -32768;
/** Points that figures of a whole map are taken from. */
const SAMPLED = 60_000;

/**
 * Fetches the heights of a specimen: { columns, rows, pitch_um, x0_um, y0_um, scale_um, steps, middle_um, low_um, high_um, slope }.
 * `middle_um` is the median, `low_um`/`high_um` bound nearly all heights against it, and `slope` is what a steep place of it has.
 */
export async function heights(specimen, layer, most, signal) {
  const answer = await send("GET", `/api/v1/specimens/${part(specimen)}/heights?layer=${layer}&most=${most}`, undefined, { signal });
  return read(await answer.arrayBuffer());
}

/** Reads the format of the service. */
export function read(buffer) {
  const view = new DataView(buffer);
  const begins = String.fromCharCode(...new Uint8Array(buffer, 0, 4));
  if (begins !== "BLH1") throw new Error(`heights: ${begins}`);
  const [columns, rows] = [view.getUint32(4, true), view.getUint32(8, true)];
  const [pitch_um, x0_um, y0_um, scale_um] = [12, 20, 28, 36].map((at) => view.getFloat64(at, true));
  const map = { columns, rows, pitch_um, x0_um, y0_um, scale_um, steps: new Int16Array(buffer, HEADER, columns * rows) };
  return Object.assign(map, figures(map));
}

/** The middle of a map in its frame, um, and its sides. */
export function extent(map) {
  const [width_um, height_um] = [map.columns * map.pitch_um, map.rows * map.pitch_um];
  return {
    x_um: map.x0_um + (width_um - map.pitch_um) / 2,
    y_um: map.y0_um + (height_um - map.pitch_um) / 2,
    width_um,
    height_um,
  };
}

/** Height at a place of the mark's frame, um against the median, between four points; NaN where one of them is missing. */
export function heightAt(map, x_um, y_um) {
  const u = (x_um - map.x0_um) / map.pitch_um;
  const v = (y_um - map.y0_um) / map.pitch_um;
  const [c, r] = [Math.floor(u), Math.floor(v)];
  if (!(c >= 0 && r >= 0 && c + 1 < map.columns && r + 1 < map.rows)) return NaN;
  const at = r * map.columns + c;
  const four = [map.steps[at], map.steps[at + 1], map.steps[at + map.columns], map.steps[at + map.columns + 1]];
  if (four.includes(MISSING)) return NaN;
  const [a, b] = [u - c, v - r];
  const step = (four[0] * (1 - a) + four[1] * a) * (1 - b) + (four[2] * (1 - a) + four[3] * a) * b;
  return step * map.scale_um - map.middle_um;
}

/** The value below which a share of sorted values lies. */
export function quantile(sorted, share) {
  return sorted.length ? sorted[Math.round(share * (sorted.length - 1))] : NaN;
}

/**
 * What two maps differ by over their overlap: { offset_um, reach_um }; `moved(x, y)` takes a place of the first to the second's frame.
 * Both were levelled by themselves, so the offset between them says nothing and is taken away.
 */
export function apart(first, second, moved) {
  const found = [];
  const side = 160;
  const whole = extent(first);
  for (let i = 0; i < side; i += 1) {
    for (let j = 0; j < side; j += 1) {
      const x = first.x0_um + (whole.width_um * (i + 0.5)) / side;
      const y = first.y0_um + (whole.height_um * (j + 0.5)) / side;
      const difference = heightAt(first, x, y) - heightAt(second, ...moved(x, y));
      if (Number.isFinite(difference)) found.push(difference);
    }
  }
  if (!found.length) return { offset_um: 0, reach_um: 1, points: 0 };
  found.sort((a, b) => a - b);
  const offset_um = quantile(found, 0.5);
  const reach_um = Math.max(quantile(found, 0.97) - offset_um, offset_um - quantile(found, 0.03), 1e-3);
  return { offset_um, reach_um, points: found.length };
}

function figures(map) {
  const stride = Math.max(1, Math.floor((map.columns * map.rows) / SAMPLED));
  const values = [];
  const slopes = [];
  for (let at = 0; at < map.steps.length; at += stride) {
    const here = map.steps[at];
    if (here === MISSING) continue;
    values.push(here);
    const column = at % map.columns;
    const [right, below] = [map.steps[at + 1], map.steps[at + map.columns]];
    if (column + 1 < map.columns && right !== MISSING) slopes.push(Math.abs(right - here));
    if (below !== undefined && below !== MISSING) slopes.push(Math.abs(below - here));
  }
  values.sort((a, b) => a - b);
  slopes.sort((a, b) => a - b);
  const middle = quantile(values, 0.5) || 0;
  const low = (quantile(values, 0.02) - middle) * map.scale_um;
  const high = (quantile(values, 0.98) - middle) * map.scale_um;
  // Cliffs at the edge of a raw acquisition must not flatten its relief: four fifths of all places lie below this slope.
  const slope = Math.max((quantile(slopes, 0.8) * map.scale_um) / map.pitch_um, 1e-6) || 1e-6;
  return { middle_um: middle * map.scale_um, low_um: low || -0.5, high_um: high || 0.5, slope, valid: values.length > 0 };
}
