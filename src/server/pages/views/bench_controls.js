// Small controls: rows of buttons of which one is chosen, sliders with their figure, and the lamp.

import { h, put, s } from "../lib/dom.js";

/** Buttons of which one is chosen; `chosen()` says which. Gives { box, show }. */
export function choice(label, options, chosen, pick) {
  const buttons = options.map(([value, text, title]) => h("button", { type: "button", title, data: { value }, onclick: () => pick(value) }, text));
  const show = () => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.value === String(chosen())));
  };
  show();
  return { box: h("div", { class: "choice", role: "group", "aria-label": label }, buttons), show };
}

/** A slider with its figure. Gives { box, show }. */
export function slider(label, { min, max, step, value, text, set }) {
  const input = h("input", { type: "range", min, max, step, "aria-label": label, oninput: () => set(Number(input.value)) });
  const figure = h("output", { class: "small" });
  const show = () => {
    input.value = value();
    figure.textContent = text(value());
    input.setAttribute("aria-valuetext", figure.textContent);
  };
  show();
  return { box: h("div", { class: "slider" }, h("span", { class: "small" }, label), input, figure), show };
}

/** Switches. Gives { box, show }. */
export function tick(label, value, set) {
  const input = h("input", { type: "checkbox", onchange: () => set(input.checked) });
  const show = () => {
    input.checked = value();
  };
  show();
  return { box: h("label", { class: "tick" }, input, label), show };
}

/**
 * The lamp seen from above: the middle is straight above the mark, the rim grazes it. `light()` gives { azimuth_rad, elevation_rad }. Sliders beside it do
 * the same for those who cannot drag, so it hides from readers of the screen.
 */
export function lamp(title, light, moved, ended) {
  const [side, middle, reach] = [104, 52, 44];
  const dot = s("circle", { r: 7, class: "lamp-dot" });
  const ray = s("line", { x1: middle, y1: middle, class: "lamp-ray" });
  const box = s(
    "svg",
    { class: "lamp", viewBox: `0 0 ${side} ${side}`, width: side, height: side, "aria-hidden": "true" },
    s("title", {}, title),
    s("circle", { cx: middle, cy: middle, r: reach, class: "lamp-dome" }),
    s("circle", { cx: middle, cy: middle, r: reach * Math.cos(Math.PI / 4), class: "lamp-ring" }),
    s("circle", { cx: middle, cy: middle, r: reach * Math.cos(Math.PI / 3), class: "lamp-ring" }),
    ray,
    dot,
  );
  const show = () => {
    const { azimuth_rad, elevation_rad } = light();
    const [x, y] = [Math.cos(azimuth_rad), Math.sin(azimuth_rad)].map((part) => middle + part * reach * Math.cos(elevation_rad));
    for (const [name, value] of [["cx", x], ["cy", y]]) dot.setAttribute(name, value);
    for (const [name, value] of [["x2", x], ["y2", y]]) ray.setAttribute(name, value);
  };
  const drag = (event) => {
    if (!box.hasPointerCapture(event.pointerId)) return;
    const place = box.getBoundingClientRect();
    const [x, y] = [event.clientX - place.left - middle, event.clientY - place.top - middle];
    const far = Math.min(1, Math.hypot(x, y) / reach);
    moved({ azimuth_rad: Math.atan2(y, x), elevation_rad: Math.max((5 * Math.PI) / 180, Math.acos(far)) });
  };
  box.addEventListener("pointerdown", (event) => {
    box.setPointerCapture(event.pointerId);
    drag(event);
    event.preventDefault();
  });
  box.addEventListener("pointermove", drag);
  box.addEventListener("pointerup", ended);
  show();
  return { box, show };
}

/** A card with a heading. */
export function card(title, ...children) {
  return put(h("section", { class: "card tight" }), h("h2", {}, title), ...children);
}
