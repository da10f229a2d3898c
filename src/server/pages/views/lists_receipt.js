// The receipt of a search: what was eligible, what each stage kept, in numbers and words.

import { h } from "../lib/dom.js";
import { moment } from "../lib/words.js";
import { t } from "./lists_words.js";

/** In the order in which a search goes; those of the second list are told of only where they are not 0. */
const STAGES = ["gallery", "unsigned", "unprepared", "other_modality", "own", "eligible", "screened", "visited", "quick", "coded", "signature_only", "compared", "known"];
const SELDOM = ["unsigned", "unprepared", "other_modality", "screened", "quick", "signature_only"];

/** The receipt of a list, unfolded. */
export function receipt(list) {
  const numbers = STAGES.filter((name) => Number.isFinite(list.receipt?.[name]) && (list.receipt[name] > 0 || !SELDOM.includes(name)));
  const most = Math.max(1, ...numbers.map((name) => list.receipt[name]));
  return h(
    "details",
    { class: "card tight receipt", open: true },
    h("summary", {}, h("h2", {}, t("receipt"))),
    h("p", { class: "small" }, t("searched", { at: moment(list.at) }), list.exhaustive && ` · ${t("exhaustive")}`),
    list.filter?.length > 0 && h("p", { class: "small" }, h("strong", {}, `${t("filtered_by")}: `), list.filter.map((one) => `${one.name} ${one.asked}`).join(" · ")),
    h("table", { class: "small stages" }, h("tbody", {}, numbers.map((name) => h("tr", {}, h("th", { scope: "row" }, t(`r_${name}`)), h("td", { class: "n" }, list.receipt[name].toLocaleString()), h("td", { class: "share" }, h("meter", { min: 0, max: most, value: list.receipt[name], "aria-hidden": "true" })))))),
    h("ul", { class: "small words" }, [...(list.receipt_words ?? []), list.all_marks?.words, ...(list.searches ?? []).slice(1).flatMap((one) => [`${t(one.kind)}:`, ...one.receipt_words])].filter(Boolean).map((line) => h("li", {}, line))),
    h("p", { class: "small" }, h("strong", {}, `${t("population")}: `), list.population ?? "–"),
    h("p", { class: "small muted" }, `${t("version")} ${list.version} · ${t("generation")} ${list.generation} · ${t("parameters")} `, h("code", { title: list.parameters }, String(list.parameters).slice(0, 16))),
  );
}
