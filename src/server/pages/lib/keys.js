// Keys: a view names them while it is shown, and "?" lists them.

import { dialog, h } from "./dom.js";
import { words } from "./words.js";

let active = [];
const t = words({});

/**
 * The keys of the view that is shown: [{ key: "j", label: "next", act: () => ... }]. Keys are not taken while somebody writes in a field.
 */
export function keys(list) {
  active = list;
}

function writing(target) {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

export function listen() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") {
      event.preventDefault();
      help();
      return;
    }
    const found = active.find((one) => one.key === event.key);
    if (!found) return;
    event.preventDefault();
    found.act(event);
  });
}

export function help() {
  const shown = active.filter((one) => one.label);
  dialog(t("keys"), (close) => [
    h("table", { class: "keys" }, h("tbody", {}, shown.map((one) => h("tr", {}, h("th", { scope: "row" }, h("kbd", {}, one.shown ?? one.key)), h("td", {}, one.label))))),
    h("div", { class: "row end" }, h("button", { class: "main", autofocus: true, onclick: () => close(null) }, t("close"))),
  ]);
}
