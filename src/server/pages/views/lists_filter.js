// The filter of a list. What is not known of a candidate stays in, and is counted.

import { h, put } from "../lib/dom.js";
import { t } from "./lists_words.js";

/** Whether a specimen passes: "in", "out", or "unknown" where a filtered fact is not known of it. */
export function passes(about, filter) {
  let unknown = false;
  for (const name of ["calibre", "kind", "country", "state"]) {
    if (!filter[name]) continue;
    const value = about?.[name];
    if (!value) unknown = true;
    else if (value !== filter[name]) return "out";
  }
  if (filter.from || filter.to) {
    const date = about?.date;
    if (!date) unknown = true;
    // Partial dates (2021, 2021-05) are compared as far as they are known.
    else if (filter.from && date < filter.from.slice(0, date.length)) return "out";
    else if (filter.to && date.slice(0, filter.to.length) > filter.to) return "out";
  }
  return unknown ? "unknown" : "in";
}

/** The filter as the service takes it; null where nothing is filtered. */
export function asked(filter) {
  const given = Object.entries(filter).filter(([, value]) => value);
  return given.length ? Object.fromEntries(given) : null;
}

/** The form: { box, filter, offer(candidates) }. `changed()` is told; `anew(filter, exhaustive)` searches the gallery with it. */
export function filterForm({ changed, anew, may }) {
  const filter = { calibre: "", kind: "", country: "", state: "", from: "", to: "" };
  const set = (name) => (event) => {
    filter[name] = event.target.value;
    changed();
  };
  const pick = (name) => h("select", { id: `filter-${name}`, onchange: set(name) });
  const picks = Object.fromEntries(["calibre", "kind", "country", "state"].map((name) => [name, pick(name)]));
  const dates = Object.fromEntries(["from", "to"].map((name) => [name, h("input", { id: `filter-${name}`, type: "date", onchange: set(name) })]));
  const all = { ...picks, ...dates };
  const exhaustive = h("input", { type: "checkbox", id: "filter-everything" });
  const box = h(
    "section",
    { class: "card tight filter", "aria-label": t("filter") },
    h("h2", {}, t("filter")),
    h("p", { class: "muted small" }, t("filter_note")),
    h("div", { class: "fields" }, Object.entries(all).map(([name, input]) => h("div", {}, h("label", { for: `filter-${name}` }, t(name)), input))),
    h("button", { type: "button", class: "plain small-button", onclick: () => {
      for (const [name, input] of Object.entries(all)) {
        filter[name] = "";
        input.value = "";
      }
      changed();
    } }, t("clear")),
    may && h("div", { class: "anew" },
      h("label", { class: "tick" }, exhaustive, t("everything")),
      h("button", { type: "button", onclick: () => anew(asked(filter), exhaustive.checked) }, t("anew"))),
  );
  const offer = (candidates) => {
    for (const [name, select] of Object.entries(picks)) {
      const values = [...new Set(candidates.map((one) => one.about?.[name]).filter(Boolean))].sort();
      put(select, h("option", { value: "" }, t("any")), values.map((value) => h("option", { value }, name === "kind" ? t(value) : value)));
      select.value = filter[name];
    }
  };
  return { box, filter, offer };
}
