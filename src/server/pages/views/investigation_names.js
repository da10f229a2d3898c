// Names of persons: hidden until somebody states why and for which case. The statement lives in memory and ends with the view.

import { h } from "../lib/dom.js";
import { words } from "../lib/words.js";

const t = words({
  show: ["Show names of persons", "Mostrar nombres de personas"],
  about: ["Purchasers and possessors are personal data; by law they are for law enforcement only. Who is named in a trace has not for that reason done anything wrong.", "Compradores y poseedores son datos personales, reservados por ley a las autoridades. Quien figura en un rastreo no ha hecho por ello nada indebido."],
  logged: ["This look, and every file stored while names are shown, is logged with your name, the purpose and the case number.", "Esta consulta, y cada archivo guardado mientras se muestran nombres, se registra con su nombre, el propósito y el número de caso."],
  purpose: ["Purpose", "Propósito"],
  case: ["Case number", "Número de carpeta o caso"],
  do: ["Show, and log the look", "Mostrar y registrar la consulta"],
  wanted: ["Purpose and case number are both needed.", "Se necesitan el propósito y el número de caso."],
  shown: ["Names of persons are shown.", "Se muestran nombres de personas."],
  shown_for: ["Case {number}: {purpose}. Every look is logged with your name.", "Caso {number}: {purpose}. Cada consulta se registra con su nombre."],
  hide: ["Hide again", "Ocultar de nuevo"],
});

/** Roles that may see names, after stating a purpose. */
export const mayShowNames = (who) => ["examiner", "analyst"].includes(who?.role);

/** Headers of a stated purpose; none without one. */
export function purposeHeaders(stated) {
  return stated ? { "x-purpose": encodeURIComponent(stated.purpose), "x-case-number": encodeURIComponent(stated.number) } : {};
}

/** Asks for purpose and case number; resolves to them, or to null. */
export function askPurpose() {
  return new Promise((resolve) => {
    let stated = null;
    const purpose = h("textarea", { id: "purpose", rows: 3, maxlength: 180, "aria-required": "true", autocomplete: "off" });
    const number = h("input", { id: "case-number", maxlength: 60, "aria-required": "true", autocomplete: "off" });
    const said = h("p", { class: "fault", role: "alert" });
    const send = (event) => {
      event.preventDefault();
      // A header holds one line.
      const given = { purpose: purpose.value.trim().replace(/\s+/g, " "), number: number.value.trim() };
      if (!given.purpose || !given.number) {
        said.textContent = t("wanted");
        (given.purpose ? number : purpose).focus();
        return;
      }
      stated = given;
      box.close();
    };
    const box = h("dialog", { class: "lead-step", "aria-labelledby": "names-title" }, h("form", { onsubmit: send },
      h("h2", { id: "names-title" }, t("show")), h("p", {}, t("about")), h("p", { class: "banner" }, t("logged")),
      h("label", { for: "purpose" }, t("purpose")), purpose, h("label", { for: "case-number" }, t("case")), number, said,
      h("div", { class: "row end" }, h("button", { type: "button", onclick: () => box.close() }, t("cancel")), h("button", { class: "main" }, t("do")))));
    box.addEventListener("close", () => {
      box.remove();
      resolve(stated);
    });
    document.body.append(box);
    box.showModal();
    purpose.focus();
  });
}

/** The banner that stands as long as names are shown. */
export function namesBanner(stated, hide) {
  return h("div", { class: "names-banner", role: "alert" },
    h("span", {}, h("strong", {}, "⚠ ", t("shown")), " ", t("shown_for", stated)),
    h("button", { onclick: hide }, t("hide"), " ", h("kbd", { "aria-hidden": "true" }, "s")));
}

/** The button that asks for names. */
export function namesButton(show) {
  return h("button", { onclick: show }, t("show"), " ", h("kbd", { "aria-hidden": "true" }, "s"));
}
