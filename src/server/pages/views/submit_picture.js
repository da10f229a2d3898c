// The picture of an acquisition with its outlines drawn over it.

import { get, part } from "../lib/api.js";
import { h, s } from "../lib/dom.js";
import { number } from "../lib/words.js";
import { boxOf, PARTS, path } from "./submit_shapes.js";
import { partName, t } from "./submit_words.js";

const surface = (specimen, pixels) => `/api/v1/specimens/${part(specimen)}/surface.png?pixels=${pixels}`;

/** The outlines of a specimen as the service answers them. */
export const outlineOf = (specimen, signal) => get(`/api/v1/specimens/${part(specimen)}/outline`, { signal });

/** Parts of a drawing in their order, each with the number that stands on the picture and in the legend. */
export const numbered = (drawing) => PARTS.filter((name) => drawing[name]).map((name) => ({ name, shape: drawing[name], n: PARTS.indexOf(name) + 1 }));

/** The part of the plane that a picture shows, as an SVG's viewBox. */
export const viewBox = ({ width_um: w, height_um: d }) => `${-w / 2} ${-d / 2} ${w} ${d}`;

/** The line of a part: a dark one beneath keeps it visible on bright metal, and each part has a dash of its own beside its colour. */
export const line = (name, shape) => [s("path", { class: "under", d: path(shape) }), s("path", { class: `line part-${name}`, d: path(shape) })];

/**
 * A picture with outlines. `tags` adds the numbers of the legend.
 */
export function picture(specimen, outline, { pixels, tags = false, lazy = false }) {
  const { frame, drawing } = outline;
  const parts = numbered(drawing ?? {});
  const box = h(
    "div",
    { class: "relief", style: { "aspect-ratio": `${frame.width_um} / ${frame.height_um}` } },
    h("img", { src: surface(specimen, pixels), alt: t("picture_of", { specimen }), loading: lazy ? "lazy" : null, decoding: "async" }),
    s("svg", { viewBox: viewBox(frame), "aria-hidden": "true", preserveAspectRatio: "none" }, parts.map(({ name, shape }) => line(name, shape)), tags && parts.map((one) => tag(one, frame))),
  );
  return box;
}

/** The number of a part, set on its outline: each at an angle of its own so that they do not cover each other. */
export function tag({ shape, n }, frame, size = Math.min(frame.width_um, frame.height_um) / 24) {
  const box = boxOf(shape);
  const angle = (-0.75 + 0.22 * (n - 1)) * Math.PI;
  const clamp = (value, half) => Math.min(half - size, Math.max(size - half, value));
  const x = clamp((box.left + box.right) / 2 + (Math.cos(angle) * (box.right - box.left)) / 2, frame.width_um / 2);
  const y = clamp((box.top + box.bottom) / 2 + (Math.sin(angle) * (box.bottom - box.top)) / 2, frame.height_um / 2);
  return s("g", { class: "tag" }, s("circle", { cx: x, cy: y, r: size * 0.62 }), s("text", { x, y, "font-size": size * 0.85 }, String(n)));
}

/** The line of a part as the legend shows it. */
export const swatch = (name) =>
  s("svg", { class: "swatch", viewBox: "0 0 44 12", "aria-hidden": "true" }, s("path", { class: "under", d: "M1 6H43" }), s("path", { class: `line part-${name}`, d: "M1 6H43" }));

/** What the outlines are, in words. */
export function legend(outline) {
  const found = new Map(outline.parts.map((one) => [one.part, one]));
  const parts = numbered(outline.drawing ?? {});
  if (parts.length === 0) return h("p", { class: "muted" }, outline.finding || t("no_outlines"));
  return h(
    "ul",
    { class: "legend" },
    parts.map(({ name, n }) => {
      const one = found.get(name);
      return h(
        "li",
        {},
        h("span", { class: "n" }, n), swatch(name),
        h("span", {}, h("strong", {}, one?.name ?? partName(name)), one && h("span", { class: "muted" }, ` · ${t("confidence", { n: `${number(one.confidence * 100, 0)} %` })}`),
          one?.reasons.length > 0 && h("span", { class: "small muted block" }, one.reasons.join("; "))),
      );
    }),
  );
}
