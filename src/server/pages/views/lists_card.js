// One candidate of a list.

import { address, part } from "../lib/api.js";
import { h, put } from "../lib/dom.js";
import { day, moment, number } from "../lib/words.js";
import { bar } from "./lists_ratio.js";
import { facts, percent, t } from "./lists_words.js";

/** A figure without the sign of a nought. */
const tenth = (value) => number(Number.isFinite(value) ? Math.round(value * 10) / 10 + 0 : value, 1);
const ratio = (value, interval, atBound) => `${atBound ? (value < 0 ? "≤ " : "≥ ") : ""}${tenth(value)}${interval ? ` [${tenth(interval[0])}, ${tenth(interval[1])}]` : ""}`;

/** The mark of a specimen that a search looked at: the breech face, or the firing pin where that found it. */
export const markOf = (specimen, kind, query) => address(`/api/v1/specimens/${part(specimen)}/breech-face.png`, { ...query, kind: kind === "firing_pin" ? kind : null });

/** The picture of a candidate, turned into the query's frame; `kind` is what its list was searched by. */
export function picture(candidate, query, pixels, kind) {
  const { theta_rad, dx_um, dy_um } = candidate.pose;
  return markOf(candidate.specimen, candidate.found_by ?? kind, { pixels, like: query, theta_rad, dx_um, dy_um });
}

/** The bench for a candidate. */
export const benchOf = (candidate, query) => address("/bench", { reference: query, comparison: candidate.specimen });

/**
 * A card: { box, show }. `list` holds { query, kind, range, kinds, scores(specimen) }; `act` holds { choose, bench, lead, nothing, viewed }.
 */
export function card(candidate, list, act) {
  const { rank, specimen } = candidate;
  const tick = h("span", { class: "looked small" });
  const lead = h("span", { class: "lead-state" });
  const deed = (text, title, does, main) => h("button", { type: "button", class: main ? "main" : null, title, tabindex: -1, onclick: () => does(candidate) }, text);
  const makes = act.may && deed(t("make_lead"), "l", act.lead);
  const box = h(
    "li",
    { class: "candidate", tabindex: -1, "aria-label": `${t("rank", { n: rank })}, ${specimen}`, onclick: (event) => !event.target.closest("a, button") && act.choose(candidate), onfocusin: () => act.choose(candidate, false) },
    h("div", { class: "rank", "aria-hidden": "true" }, rank),
    h("a", { href: benchOf(candidate, list.query), tabindex: -1, class: "thumb", "aria-label": `${t("compare")} ${specimen}` }, h("img", { src: picture(candidate, list.query, 160, list.kind), alt: "", loading: "lazy", decoding: "async", width: 112, height: 112 })),
    h("div", { class: "who" }, h("strong", {}, specimen), h("div", { class: "small muted" }, origin(candidate)), (candidate.found_by ?? list.kind) === "firing_pin" && h("div", { class: "small" }, t("found_by_pin")), known(candidate.about), h("div", { class: "states" }, lead, tick)),
    h("div", { class: "scores" }, scores(candidate, list)),
    h("div", { class: "ratios" }, ratios(candidate, list)),
    h("div", { class: "below" }, below(candidate)),
    h("div", { class: "deeds" }, h("a", { class: "button", title: "Enter", tabindex: -1, href: benchOf(candidate, list.query) }, t("compare")), makes, deed(t("nothing_here"), `n · ${t("nothing_tip")}`, act.nothing), deed(t("mark_viewed"), "v", act.viewed)),
  );
  const show = () => {
    put(tick, candidate.viewed && `✓ ${t("viewed_at", { at: moment(candidate.viewed) })}`);
    put(lead, candidate.lead && h("a", { class: `badge ${tone(candidate.lead.state)}`, href: `/leads/${part(candidate.lead.id)}`, tabindex: -1 }, t(candidate.lead.state)));
    box.classList.toggle("was-viewed", Boolean(candidate.viewed));
    if (makes) makes.hidden = Boolean(candidate.lead);
  };
  show();
  return { box, show, candidate };
}

function origin(candidate) {
  const { about } = candidate;
  return [about?.exhibit ?? candidate.exhibit, about?.incident ?? about?.firearm].filter(Boolean).join(" · ");
}

function known(about) {
  const { place, calibre, date, kind, imaging } = facts(about);
  return h("div", { class: "small" }, [kind && t(kind), imaging, calibre ?? `${t("calibre")}: ${t("unknown")}`, date ? day(date) : t("unknown_date"), place].filter(Boolean).join(" · "));
}

const tone = (state) => (state === "hit" ? "good" : ["excluded", "withdrawn"].includes(state) ? "bad" : "warn");

// The score of marks that could not be compared.
const NO_SCORE = -99;

function scores(candidate, list) {
  const all = list.scores(candidate.specimen);
  const row = (name, value, strong) => h("tr", { class: strong ? "fused" : null }, h("th", { scope: "row" }, name), h("td", { class: "n" }, number(value > NO_SCORE ? value : null)));
  return h("table", { class: "small" }, h("tbody", {},
    all ? [row(t("fused"), all.score, true), list.kinds.map((kind) => row(t(kind), all.scores?.[kind] ?? (kind === (candidate.found_by ?? list.kind) ? candidate.score : null)))] : row(t("score"), candidate.score, true),
    h("tr", {}, h("th", { scope: "row" }, t("cells")), h("td", { class: "n" }, t("of_count", { n: candidate.cmc, all: candidate.cells })))));
}

function ratios(candidate, list) {
  if (candidate.log10_lr === null || candidate.log10_lr === undefined) return h("p", { class: "small muted" }, t("no_ratio"));
  const value = ratio(candidate.log10_lr, candidate.log10_lr_interval, candidate.log10_lr_at_bound);
  const picked = tenth(candidate.log10_lr_of_search);
  return [
    bar(candidate, list.range, `${t("ratio_long")}: ${value}; ${t("as_picked")}: ${picked}`),
    h("div", { class: "small" }, `● ${t("ratio")} ${value}`),
    h("div", { class: "small muted" }, `◇ ${picked} ${t("as_picked")}`),
  ];
}

function below(candidate) {
  const share = candidate.mate_below;
  if (share === null || share === undefined) return h("span", { class: "small muted" }, t("below_none"));
  return [
    h("div", { class: "figure-big", title: t("below") }, percent(share)),
    h("meter", { min: 0, max: 1, value: share, "aria-label": t("below") }),
    h("div", { class: "small muted" }, t("below_short")),
  ];
}
