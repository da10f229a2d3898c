// Hands on the stage: drag, wheel and click. What each does to the state stands in bench_state.js.

import { inMark, pan, sideAt, turn, worlds, zoom } from "./bench_state.js";

/** How near to the dividing line a hand takes it, CSS pixels. */
const NEAR = 9;

/** Listens on the stage; `said(what)` is told of lines and distances that were drawn. */
export function hands(stage, said) {
  const { over: canvas, state } = stage;
  let held = null;
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const onDivider = (x) => state.arrangement === "split" && !state.tool && Math.abs(x - state.divider * state.size.width) <= NEAR;

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 && event.button !== 1) return;
    if (!state.cameras) return;
    const [x, y] = point(event);
    const side = sideAt(state, x);
    const what = onDivider(x) ? "divider" : event.shiftKey ? "turn" : state.tool === "profile" ? "line" : "pan";
    held = { what, side, x, y, from: [x, y], far: false };
    if (!state.locked && what !== "divider") stage.chosen?.(side);
    stage.held = true;
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = point(event);
    if (!held) {
      canvas.classList.toggle("on-divider", onDivider(x));
      return;
    }
    held.far ||= Math.hypot(x - held.from[0], y - held.from[1]) > 3;
    if (held.far) dragged(stage, held, x, y);
    Object.assign(held, { x, y });
  });
  canvas.addEventListener("pointerup", (event) => {
    const was = held;
    held = null;
    stage.held = false;
    if (!was) return;
    const [x, y] = point(event);
    if (was.what === "line" && was.far) said("line");
    else if (!was.far && state.tool === "measure") mark(state, was.side, x, y, said);
    stage.still();
  });
  canvas.addEventListener("pointercancel", () => {
    held = null;
    stage.held = false;
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      if (!state.cameras) return;
      const [x, y] = point(event);
      const lines = event.deltaMode === 1 ? event.deltaY * 30 : event.deltaY;
      zoom(state, sideAt(state, x), Math.exp(-Math.max(-240, Math.min(240, lines)) * 0.0016), [x, y]);
      stage.moved();
    },
    { passive: false },
  );
  // Without dragging: a double click brings a place to the middle.
  canvas.addEventListener("dblclick", (event) => {
    if (state.tool || !state.cameras) return;
    const [x, y] = point(event);
    const side = sideAt(state, x);
    const offset = state.arrangement === "side" && side === 1 ? state.size.width / 2 : 0;
    const middle = state.arrangement === "side" ? state.size.width / 4 : state.size.width / 2;
    pan(state, side, middle - (x - offset), state.size.height / 2 - y);
    stage.still();
  });
}

function dragged(stage, held, x, y) {
  const { state } = stage;
  if (held.what === "divider") {
    state.divider = Math.min(0.98, Math.max(0.02, x / state.size.width));
    stage.dividerMoved?.();
  } else if (held.what === "turn") turn(state, held.side, (x - held.x) * 0.006);
  else if (held.what === "pan") pan(state, held.side, x - held.x, y - held.y);
  else state.line = { from: worlds(state, held.side, ...held.from), to: worlds(state, held.side, x, y) };
  stage.moved();
}

/** Marks a point: the first begins a distance or a line, the second ends it. */
export function mark(state, side, x, y, said) {
  const both = worlds(state, side, x, y);
  const place = both[side];
  const { begun } = state;
  if (!begun || begun.side !== side) {
    state.begun = { side, place, both };
    said("begun");
    return;
  }
  state.begun = null;
  if (state.tool === "profile") {
    state.line = { from: begun.both, to: both };
    said("line");
    return;
  }
  const [a, b] = [inMark(state, side, begun.place), inMark(state, side, place)];
  state.distances.push({ side, from: begun.place, to: place, um: Math.hypot(b[0] - a[0], b[1] - a[1]) });
  said("distance");
}
