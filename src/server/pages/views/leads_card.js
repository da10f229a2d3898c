// One lead as a card of the board.

import { h } from "../lib/dom.js";
import { words } from "../lib/words.js";
import { lazyPicture } from "./leads_picture.js";
import { age, clockMark, face, joins, weight } from "./leads_words.js";

const t = words({
  since: ["for", "desde hace"],
});

/** A card; the whole of it is the link to the lead. */
export function card(row, opened) {
  return h("a", { class: `lead-card${row.overdue ? " late" : ""}`, href: `/leads/${encodeURIComponent(row.id)}`, data: { id: row.id }, onclick: opened },
    h("span", { class: "row spread card-top" }, h("strong", {}, weight(row)), clockMark(row)),
    h("span", { class: "sides" }, row.specimens.map((specimen) => side(specimen))),
    h("span", { class: "card-joins" }, joins(row)),
    h("span", { class: "muted small" }, `${t("since")} `, h("span", { data: { since: row.since } }, age(row.since)), row.by && ` · ${row.by}`),
  );
}

function side(specimen) {
  return h("span", { class: "side" }, lazyPicture(face(specimen, 96), { alt: "", width: 56, height: 56 }), h("span", { class: "id" }, specimen));
}
