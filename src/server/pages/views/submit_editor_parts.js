// The parts of a drawing: which one is in hand, and adding or removing one.

import { h, put } from "../lib/dom.js";
import { numbered, swatch } from "./submit_picture.js";
import { PARTS } from "./submit_shapes.js";
import { e } from "./submit_editor_words.js";
import { partName } from "./submit_words.js";

/** Fills the panel; the keyboard keeps its place in it. */
export function partsPanel(panel, drawing, current, { may, choose, add, remove }) {
  const there = numbered(drawing);
  const absent = PARTS.filter((name) => !drawing[name]);
  const held = panel.contains(document.activeElement);
  const choice = ({ name, n }) =>
    h("div", { class: "row part-row" },
      h("label", { class: "choice grow" }, h("input", { type: "radio", name: "part", value: name, checked: name === current, onchange: () => choose(name) }), h("span", { class: "n" }, n), swatch(name), partName(name)),
      may && h("button", { class: "quiet", "aria-label": `${e("remove_part")}: ${partName(name)}`, onclick: () => remove(name) }, e("remove_part")));
  const pick = h("select", { id: "absent" }, absent.map((name) => h("option", { value: name }, partName(name))));
  put(panel, h("legend", {}, e(may ? "parts" : "outlines")),
    there.length === 0 && h("p", { class: "small muted" }, e("no_parts")),
    there.map(choice),
    may && absent.length > 0 && h("div", { class: "row wrap add" }, h("label", { for: "absent", class: "small" }, e("add_part")), pick, h("button", { class: "quiet", onclick: () => add(pick.value) }, e("add"))));
  if (held) panel.querySelector("input:checked")?.focus();
}
