// What is drawn over the marks: the dividing line, cells, lines, distances, scale bar and scale of colours. It becomes part of saved views.

import { number } from "../lib/words.js";
import { DIVERGING, SEQUENTIAL, colourAt } from "./bench_colour.js";
import { paneOf, rangeOf, seen } from "./bench_state.js";
import { toScreen } from "./bench_view.js";

const FONT = "12px system-ui, 'Liberation Sans', 'DejaVu Sans', sans-serif";
/** How each verdict on a cell is drawn: solid and numbered means congruent, everything else is broken. */
export const CELLS = {
  congruent: { colour: "#56b4e9", width: 2.2, dash: [] },
  displaced: { colour: "#e69f00", width: 1.7, dash: [7, 4] },
  uncorrelated: { colour: "#ff7f4d", width: 1.4, dash: [2, 4] },
  no_overlap: { colour: "#b8bec6", width: 1, dash: [1, 4] },
};
/** Colours of the two marks in lines and plots. */
export const SIDES = ["#ffd24a", "#7fd4ff"];

/** Draws all of it into a canvas of `detail` pixels for each CSS pixel. */
export function overlay(canvas, state, words, detail, software) {
  const { width, height } = state.size;
  const [w, hgt] = [Math.round(width * detail), Math.round(height * detail)];
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== hgt) canvas.height = hgt;
  // Where software stands in for the graphics processor, lines and letters are quicker drawn without it.
  const pen = canvas.getContext("2d", { willReadFrequently: software });
  pen.setTransform(detail, 0, 0, detail, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = FONT;
  for (const { side, clip } of seen(state)) {
    pen.save();
    pen.beginPath();
    pen.rect(clip.x, clip.y, clip.width, clip.height);
    pen.clip();
    if (state.cells) cells(pen, state, side);
    line(pen, state, side);
    distances(pen, state, side);
    pen.restore();
  }
  dividing(pen, state);
  names(pen, state, words);
  bars(pen, state);
  if (state.look === "tinted" || state.arrangement === "difference") legend(pen, state, words);
  if (state.tool) cross(pen, state);
}

function at(state, side, place) {
  return toScreen(state.cameras[side], paneOf(state, side), ...place);
}

/** On the reference a cell lies where it was cut, on the comparison where it was found; one that was found nowhere has no place there. */
function cells(pen, state, side) {
  const { px_per_um, turn_rad } = state.cameras[side];
  state.cellList?.forEach((cell, index) => {
    const found = cell.state === "congruent" || cell.state === "displaced";
    if (side === 1 && !found) return;
    const off = side === 1 ? [cell.residual_x_um, cell.residual_y_um] : [0, 0];
    const [x, y] = at(state, side, [cell.x_um + off[0], cell.y_um + off[1]]);
    // A little smaller than cut, so that neighbours stay apart.
    const half = cell.side_um * 0.5 * 0.93 * px_per_um;
    pen.save();
    pen.translate(x, y);
    pen.rotate(turn_rad + (side === 1 ? cell.residual_rad : 0));
    if (cell.state === "congruent") square(pen, half, { colour: "rgb(0 0 0 / .55)", width: 4, dash: [] });
    square(pen, half, CELLS[cell.state] ?? CELLS.no_overlap);
    if (found && half > 13) label(pen, String(index + 1), -half + 4, -half + 13, CELLS[cell.state].colour);
    pen.restore();
  });
}

function square(pen, half, { colour, width, dash }) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.strokeRect(-half, -half, 2 * half, 2 * half);
  pen.setLineDash([]);
}

function label(pen, text, x, y, colour = "#fff", align = "left") {
  pen.textAlign = align;
  pen.lineJoin = "round";
  pen.strokeStyle = "rgb(0 0 0 / .8)";
  pen.lineWidth = 3;
  pen.strokeText(text, x, y);
  pen.fillStyle = colour;
  pen.fillText(text, x, y);
}

function stroke(pen, from, to, colour, dash = []) {
  for (const [style, width] of [["rgb(0 0 0 / .7)", 4], [colour, 2]]) {
    pen.strokeStyle = style;
    pen.lineWidth = width;
    pen.setLineDash(width === 2 ? dash : []);
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...to);
    pen.stroke();
  }
  pen.setLineDash([]);
}

/** The line of the profile: solid on the reference, broken on the comparison. */
function line(pen, state, side) {
  if (!state.line) return;
  const [a, b] = [at(state, side, state.line.from[side]), at(state, side, state.line.to[side])];
  stroke(pen, a, b, SIDES[side], side === 1 ? [8, 4] : []);
  for (const [text, [x, y]] of [["A", a], ["B", b]]) {
    pen.beginPath();
    pen.arc(x, y, 4, 0, 2 * Math.PI);
    pen.fillStyle = SIDES[side];
    pen.fill();
    label(pen, text, x + 7, y - 6);
  }
}

function distances(pen, state, side) {
  const open = state.begun ? [{ side: state.begun.side, from: state.begun.place, to: state.begun.place }] : [];
  for (const one of [...state.distances, ...open]) {
    if (one.side !== side) continue;
    const [a, b] = [at(state, side, one.from), at(state, side, one.to)];
    stroke(pen, a, b, "#ffffff");
    for (const [x, y] of [a, b]) {
      pen.strokeStyle = "#fff";
      pen.lineWidth = 1.5;
      pen.strokeRect(x - 3, y - 3, 6, 6);
    }
    if (one.um !== undefined) label(pen, `${number(one.um, one.um < 100 ? 1 : 0)} µm`, (a[0] + b[0]) / 2 + 6, (a[1] + b[1]) / 2 - 6);
  }
}

function dividing(pen, state) {
  if (state.arrangement !== "split") return;
  const { width, height } = state.size;
  const x = Math.round(state.divider * width) + 0.5;
  stroke(pen, [x, 0], [x, height], "#ffffff");
  pen.fillStyle = "#fff";
  pen.strokeStyle = "rgb(0 0 0 / .8)";
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.roundRect(x - 7, height / 2 - 17, 14, 34, 7);
  pen.fill();
  pen.stroke();
  pen.beginPath();
  for (const dx of [-2, 2]) {
    pen.moveTo(x + dx, height / 2 - 7);
    pen.lineTo(x + dx, height / 2 + 7);
  }
  pen.stroke();
}

function names(pen, state, words) {
  const { width } = state.size;
  const [first, second] = [`${words("reference_short")} ${state.pair.reference}`, `${words("comparison_short")} ${state.pair.comparison}`];
  const chip = (text, x, align) => {
    const room = pen.measureText(text).width + 14;
    const left = align === "right" ? x - room : x;
    pen.fillStyle = "rgb(16 18 21 / .78)";
    pen.beginPath();
    pen.roundRect(left, 8, room, 22, 6);
    pen.fill();
    pen.textAlign = "left";
    pen.fillStyle = "#fff";
    pen.fillText(text, left + 7, 23);
  };
  if (state.arrangement === "flicker") chip(state.shown === 0 ? first : second, 8, "left");
  else if (state.arrangement === "difference") chip(`${first} − ${second}`, 8, "left");
  else {
    chip(first, 8, "left");
    chip(second, state.arrangement === "side" ? paneOf(state, 1).x + 8 : width - 8, state.arrangement === "side" ? "left" : "right");
  }
}

/** One bar where both marks have one scale, otherwise one for each. */
function bars(pen, state) {
  const same = Math.abs(state.cameras[0].px_per_um / state.cameras[1].px_per_um - 1) < 1e-3;
  bar(pen, state, state.cameras[0].px_per_um, paneOf(state, 0).x + 14, "left");
  if (same && state.arrangement !== "side") return;
  const pane = paneOf(state, 1);
  const beside = state.arrangement === "side" ? [pane.x + 14, "left"] : [pane.width - 14, "right"];
  if (state.arrangement === "side" || state.arrangement === "split") bar(pen, state, state.cameras[1].px_per_um, ...beside);
}

function bar(pen, state, px_per_um, x, align) {
  const um = round(110 / px_per_um);
  const length = um * px_per_um;
  const [left, y] = [align === "left" ? x : x - length, state.size.height - 16];
  pen.fillStyle = "rgb(16 18 21 / .78)";
  pen.beginPath();
  pen.roundRect(left - 8, y - 24, length + 16, 34, 6);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.fillRect(left, y - 1, length, 4);
  pen.fillRect(left, y - 5, 2, 12);
  pen.fillRect(left + length - 2, y - 5, 2, 12);
  pen.textAlign = "center";
  pen.fillText(`${number(um, um < 1 ? 2 : 0)} µm`, left + length / 2, y - 9);
}

/** The next lower of 1, 2, 5 times a power of ten. */
function round(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [5, 2, 1].find((one) => one * power <= value) ?? 1;
  return step * power;
}

function legend(pen, state, words) {
  const [low, high] = rangeOf(state);
  const difference = state.arrangement === "difference";
  const anchors = difference ? DIVERGING : SEQUENTIAL;
  const { width, height } = state.size;
  const [x, top, tall] = [width - 62, Math.max(44, height - 210), Math.min(150, height - 110)];
  pen.fillStyle = "rgb(16 18 21 / .78)";
  pen.beginPath();
  pen.roundRect(x - 12, top - 26, 66, tall + 42, 6);
  pen.fill();
  for (let i = 0; i < tall; i += 1) {
    pen.fillStyle = `rgb(${colourAt(anchors, 1 - i / (tall - 1)).map(Math.round).join(" ")})`;
    pen.fillRect(x, top + i, 14, 1.5);
  }
  // Heights are told against the median; the offset of two marks that were levelled apart says nothing.
  const middle = difference ? (low + high) / 2 : 0;
  pen.fillStyle = "#fff";
  pen.textAlign = "left";
  pen.fillText(state.photographs.some(Boolean) ? words("brightness") : "µm", x, top - 10);
  for (const share of [0, 0.5, 1]) {
    const value = low + (high - low) * share - middle;
    pen.fillText(number(value, high - low < 10 ? 1 : 0), x + 19, top + (1 - share) * tall + 4);
  }
}

/** Where a key press would mark a point. */
function cross(pen, state) {
  const pane = paneOf(state, state.active);
  const [x, y] = [pane.x + pane.width / 2, pane.y + pane.height / 2];
  stroke(pen, [x - 9, y], [x + 9, y], "#fff");
  stroke(pen, [x, y - 9], [x, y + 9], "#fff");
}
