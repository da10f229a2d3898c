// What is filled in once for all files of an exhibit.

import { h, put } from "../lib/dom.js";
import { t } from "./submit_words.js";

const DATE = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/;
const CALIBRES = ["9mm Luger", ".380 Auto", ".40 S&W", ".45 Auto", ".25 Auto", ".32 Auto", ".22 LR", "10mm Auto", ".38 Super", "5.7x28mm", "7.62x39mm", "5.56x45mm NATO"];
const INSTRUMENT = "brasslink.instrument";

/** What is still missing before anything can be sent, in words; empty when nothing is. */
export function missing(fields) {
  const needed = [["exhibit", "exhibit_number"], fields.kind === "test_fire" ? ["firearm", "firearm_number"] : ["incident", "incident_number"]];
  const absent = needed.filter(([name]) => !fields[name]?.trim()).map(([, label]) => t(label).toLowerCase());
  if (absent.length > 0) return t("missing", { what: absent.join(", ") });
  if (fields.kind !== "test_fire" && fields.incident_date && !DATE.test(fields.incident_date.trim())) return t("bad_date");
  return "";
}

/** The form over the tray's fields; `changed` hears of every stroke. */
export function exhibitForm(tray, changed) {
  if (!tray.fields.instrument) tray.fields.instrument = localStorage.getItem(INSTRUMENT) ?? "";
  const origin = h("div", { class: "fields" });
  const set = (name) => (event) => {
    tray.setFields({ [name]: event.target.value.trim() });
    if (name === "instrument") localStorage.setItem(INSTRUMENT, event.target.value.trim());
    changed();
  };
  const field = (name, label, { hint, ...more } = {}) =>
    h("div", {}, h("label", { for: `f-${name}` }, t(label)), h("input", { id: `f-${name}`, name, value: tray.fields[name] ?? "", autocomplete: "off", spellcheck: "false", maxlength: 200, oninput: set(name), "aria-describedby": hint ? `h-${name}` : null, ...more }),
      hint && h("span", { class: "small muted", id: `h-${name}` }, hint));
  const showOrigin = () =>
    put(origin, tray.fields.kind === "test_fire"
      ? field("firearm", "firearm_number", { required: true })
      : [field("incident", "incident_number", { required: true }), field("incident_date", "incident_date", { hint: t("date_hint"), pattern: DATE.source.slice(1, -1), inputmode: "numeric" })]);
  const choice = (value, label) =>
    h("label", { class: "choice" }, h("input", { type: "radio", name: "kind", value, checked: tray.fields.kind === value, onchange: () => {
      tray.setFields({ kind: value });
      showOrigin();
      changed();
    } }), t(label));
  showOrigin();
  return h(
    "form",
    { class: "exhibit-form", onsubmit: (event) => event.preventDefault() },
    h("div", { class: "fields" }, field("exhibit", "exhibit_number", { required: true })),
    h("fieldset", {}, h("legend", {}, t("origin")), choice("evidence", "from_scene"), choice("test_fire", "from_firearm")),
    origin,
    h("div", { class: "fields" }, field("calibre", "calibre_label", { list: "calibres", hint: t("optional") }), field("instrument", "instrument", { hint: t("instrument_hint") })),
    h("datalist", { id: "calibres" }, CALIBRES.map((one) => h("option", { value: one }))),
  );
}
