// Versions of an outline: the automatic one and every correction, none of which is ever lost.

import { h, put } from "../lib/dom.js";
import { moment } from "../lib/words.js";
import { e } from "./submit_editor_words.js";

/** Lists the versions, the newest first. */
export function versions(place, outline, { may, shown, look, back }) {
  const all = [...outline.versions].reverse();
  put(
    place,
    h("h2", {}, e("versions")),
    all.length === 0 && h("p", { class: "small muted" }, e("no_versions")),
    h("ol", { class: "plain-list versions" }, all.map((one) => {
      const newest = one.number === outline.number;
      const isShown = shown?.number === one.number;
      return h("li", {},
        h("div", { class: "row wrap spread" },
          h("strong", {}, e("version", { n: one.number }), newest && h("span", { class: "badge good" }, e("in_force"))),
          !newest && one.drawing && h("span", { class: "row" },
            h("button", { class: "quiet", "aria-pressed": String(isShown), "aria-label": `${e("look")}: ${e("version", { n: one.number })}`, onclick: () => look(one) }, e("look")),
            may && h("button", { class: "quiet", "aria-label": `${e("take_back")}: ${e("version", { n: one.number })}`, onclick: () => back(one) }, e("take_back")))),
        h("p", { class: "small muted" }, `${one.by ?? e("automatic")} · ${moment(one.at)}`),
        one.reason && h("p", { class: "small" }, one.reason));
    })),
  );
}
