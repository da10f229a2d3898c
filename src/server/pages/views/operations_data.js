// The numbers of operations, fetched anew at intervals while somebody looks.

import { get } from "../lib/api.js";
import { h, put } from "../lib/dom.js";
import { language } from "../lib/words.js";
import { o } from "./operations_words.js";

const EVERY_MS = 30_000;

/** Draws with fresh numbers now, at intervals, and when asked; `draw(numbers)` gives what to show. */
export async function lively(place, { signal, onEnd, takeKeys }, draw) {
  const body = h("div", {});
  const asOf = h("span", { class: "small muted" });
  const fault = h("p", { class: "fault", role: "alert" });
  const again = async () => {
    try {
      const numbers = await get("/api/v1/operations", { signal });
      // Somebody who is within the section with the keyboard keeps their place: the numbers are drawn when they have left it.
      if (!body.contains(document.activeElement)) put(body, draw(numbers));
      asOf.textContent = o("as_of", { at: new Date().toLocaleTimeString(language()) });
      fault.textContent = "";
    } catch (error) {
      if (!signal.aborted) fault.textContent = error.message;
    }
  };
  put(place, h("div", { class: "row as-of" }, asOf, h("button", { class: "quiet", onclick: again }, o("refresh"))), fault, body);
  await again();
  const timer = setInterval(() => document.visibilityState === "visible" && again(), EVERY_MS);
  onEnd(() => clearInterval(timer));
  takeKeys([{ key: "r", label: o("refresh"), act: again }]);
}
