// What became of a file: picture, verdict, reasons, advice and figures.

import { h, put } from "../lib/dom.js";
import { language, moment, number } from "../lib/words.js";
import { legend, outlineOf, picture } from "./submit_picture.js";
import { badge, mayRetry, sentence, wordOf } from "./submit_row.js";
import { isComparable, isStored, verdictOf } from "./submit_tray.js";
import { part } from "../lib/api.js";
import { t } from "./submit_words.js";

const um = (digits) => (value) => `${number(value, digits)} µm`;
const share = (digits) => (value) => `${number(value * 100, digits)} %`;
/** How each figure is told. */
const FIGURES = {
  pitch_um: um(2), extent_um: (value) => `${number(value / 1000, 2)} mm`, valid_area_mm2: (value) => `${number(value, 2)} mm²`, coverage: share(1), relief_um: um(1), noise_um: um(2),
  signal_to_noise: (value) => number(value, 1), sharpness: (value) => number(value, 2), tilt_rad: (value) => `${number((value * 180) / Math.PI, 1)}°`, outlier_share: share(1), rms_fine_um: um(2), rms_coarse_um: um(2),
};
const spoken = (record, name) => record[`${name}${language() === "es" ? "spanish" : "english"}`];

/** Figures of the gate and of the mark, in words of the field; what was not measured is left out. */
export function figures(outcome) {
  const all = { ...outcome.gate?.figures, ...outcome.quality };
  const known = Object.entries(FIGURES).filter(([name]) => typeof all[name] === "number");
  if (known.length === 0) return null;
  return h("section", {}, h("h3", {}, t("figures")), h("dl", { class: "figures" }, known.map(([name, say]) => h("div", {}, h("dt", {}, t(name)), h("dd", {}, say(all[name]))))));
}

/** Reasons of the gate, each with what to do about it. */
export function reasons(outcome) {
  const all = outcome.gate?.reasons ?? [];
  if (all.length === 0) return null;
  return h("section", {}, h("h3", {}, t("reasons")), h("ul", { class: "reasons" }, all.map((one) => h("li", {}, h("p", {}, spoken(one, "")), h("p", { class: "advice" }, h("strong", {}, `${t("advice")}: `), spoken(one, "advice_"))))));
}

function notes(outcome) {
  if (!outcome.notes?.length) return null;
  return h("section", {}, h("h3", {}, t("notes")), h("ul", { class: "small" }, outcome.notes.map((one) => h("li", {}, spoken(one, "") ?? one.code))));
}

/** Fills the pane for an item; gives a function that ends what it began. */
export function detail(pane, item, deeds) {
  const stop = new AbortController();
  let local = null;
  if (!item) {
    put(pane, h("p", { class: "empty" }, t("choose_row")));
    return () => {};
  }
  const outcome = item.state === "done" ? item.outcome : null;
  const place = h("div", { class: "figure-place" });
  const said = h("div", { class: "legend-place" });
  const specimen = outcome?.specimen;
  const correct = h("a", { class: "button", href: `/submit/outline/${part(specimen ?? "")}` }, t("correct"));
  put(
    pane,
    h("header", { class: "row wrap spread" }, h("h2", { tabindex: -1, class: "name" }, item.name), badge(item)),
    h("p", { class: `verdict ${wordOf(item)}` }, outcome ? t(`says_${verdictOf(outcome)}`) : sentence(item, language())),
    outcome?.why && h("p", { class: "fault" }, outcome.why),
    isStored(item) && h("p", { class: "small muted" }, `${t("specimen")} ${specimen}`),
    outcome?.twin && outcome.twin.specimen !== specimen && h("p", { class: "small" }, t(`twin_${outcome.twin.kind}`), " ", h("a", { href: `/lists/${part(outcome.twin.specimen)}` }, outcome.twin.specimen)),
    h("div", { class: "row wrap deeds" }, isStored(item) && outcome.status !== "already_there" && correct,
      isComparable(item) && h("a", { class: "button", href: `/lists/${part(specimen)}` }, t("open_list")),
      mayRetry(item) && h("button", { onclick: () => deeds.again(item) }, t("retry"))),
    h("div", { class: "columns" }, h("div", {}, place, said), outcome && h("div", {}, reasons(outcome), figures(outcome), notes(outcome))),
  );
  if (isStored(item)) showStored();
  else local = showLocal(place, item);
  async function showStored() {
    place.append(h("p", { class: "muted" }, t("loading")));
    try {
      const outline = await outlineOf(specimen, stop.signal);
      put(place, picture(specimen, outline, { pixels: 700, tags: true }));
      const last = outline.versions.at(-1);
      put(said, h("h3", {}, t("outlines")), legend(outline),
        last && h("p", { class: "small muted" }, `${t("drawn_by", { n: last.number, by: last.by ?? t("automatic") })} · ${moment(last.at)}${last.reason ? ` · ${last.reason}` : ""}`));
    } catch (error) {
      if (!stop.signal.aborted) put(place, h("p", { class: "muted" }, error.status === 404 && outcome.status === "already_there" ? t("elsewhere") : error.message));
    }
  }
  return () => {
    stop.abort();
    if (local) URL.revokeObjectURL(local);
  };
}

/** A photograph that is not stored is shown from this computer. */
function showLocal(place, item) {
  if (item.file && /\.(png|jpe?g|bmp)$/i.test(item.name)) {
    const address = URL.createObjectURL(item.file);
    place.append(h("div", { class: "relief" }, h("img", { src: address, alt: item.name })));
    return address;
  }
  if (item.state === "done") place.append(h("p", { class: "muted no-picture" }, t("no_picture")));
  return null;
}
