// A file on the tray: a line with its thumbnail, its state and what may be done with it.

import { h, put } from "../lib/dom.js";
import { outlineOf, picture } from "./submit_picture.js";
import { isStored, verdictOf } from "./submit_tray.js";
import { t } from "./submit_words.js";
import { number } from "../lib/words.js";

const KINDS = { accepted: "good", reservations: "warn", unsuitable: "warn", duplicate: "warn", rejected: "bad", failed: "bad", lost: "warn" };
// A sign beside the word, so that colour is never all there is.
const SIGNS = { accepted: "✓", reservations: "!", unsuitable: "!", duplicate: "=", rejected: "✕", failed: "✕", lost: "↻" };

/** The word for an item's state or verdict. */
export const wordOf = (item) => (item.state === "done" ? verdictOf(item.outcome) : item.state);

/** State or verdict as a badge. */
export function badge(item) {
  const word = wordOf(item);
  return h("span", { class: `badge ${KINDS[word] ?? ""}` }, SIGNS[word] && h("span", { "aria-hidden": "true" }, `${SIGNS[word]} `), t(word));
}

/** The size of a file in words. */
export const sizeOf = (bytes) => (bytes >= 1e6 ? `${number(bytes / 1e6, 1)} MB` : `${number(bytes / 1e3, 0)} kB`);

/** Why an item stands as it does, in one sentence. */
export function sentence(item, language) {
  if (item.state === "lost") return t(item.sent ? "lost_note" : "lost_staged");
  if (item.state === "failed") return item.cut ? t("cut_note") : item.why;
  if (item.state !== "done") return sizeOf(item.size);
  const { outcome } = item;
  if (outcome.why) return outcome.why;
  const first = outcome.gate?.reasons[0];
  return first ? first[language === "es" ? "spanish" : "english"] : t(`says_${verdictOf(outcome)}`);
}

/** Whether a second try makes sense. */
export const mayRetry = (item) => item.state === "failed" || (item.state === "done" && ["rejected", "failed"].includes(verdictOf(item.outcome)));

/**
 * The line of an item: { element, refresh, progress, end }. `watch` is told when the line comes into view.
 */
export function row(tray, item, { chosen, language, seen }) {
  const bar = h("progress", { max: 1, "aria-label": item.name });
  const thumb = h("div", { class: "thumb", "aria-hidden": "true" });
  const element = h("li", { class: "file" });
  const stop = new AbortController();
  let shownFor = null;

  async function loadThumb() {
    if (!isStored(item) || shownFor === item.outcome.specimen) return;
    shownFor = item.outcome.specimen;
    try {
      put(thumb, picture(item.outcome.specimen, await outlineOf(item.outcome.specimen, stop.signal), { pixels: 160, lazy: true }));
    } catch {
      shownFor = stop.signal.aborted ? null : shownFor;
    }
  }

  function refresh() {
    if (!isStored(item)) put(thumb, SIGNS[wordOf(item)] ?? "");
    const button = (label, act, kind = "") => h("button", { class: `quiet ${kind}`, "aria-label": `${t(label)}: ${item.name}`, onclick: act }, t(label));
    const held = element.contains(document.activeElement);
    const open = h(
      "button",
      { class: "open", "aria-current": chosen() === item ? "true" : null, onclick: () => seen.choose(item) },
      h("span", { class: "row wrap" }, h("strong", { class: "name" }, item.name), badge(item)),
      h("span", { class: "small muted said" }, sentence(item, language)),
    );
    const moving = ["sending", "examining"].includes(item.state);
    if (item.state === "examining") bar.removeAttribute("value");
    put(
      element, thumb,
      h("div", { class: "grow said-of" }, open, moving && bar,
        h("div", { class: "row wrap deeds" },
          mayRetry(item) && button("retry", () => tray.again(item)),
          mayRetry(item) && button("restage", () => tray.restage(item)),
          item.state === "lost" && button("choose", seen.pick),
          (["staged", "lost", "failed"].includes(item.state) || (item.state === "done" && !isStored(item))) && button("remove", () => tray.remove(item)),
          (moving || item.state === "waiting") && button("cancel_file", () => tray.remove(item)))),
    );
    if (held) open.focus();
    seen.observe(element, loadThumb);
  }

  const progress = () => {
    if (item.state === "sending") bar.value = item.share;
  };
  refresh();
  progress();
  return { element, refresh, progress, end: () => stop.abort() };
}
