// Accounts, which administrators manage.

import { get, part, post, putTo } from "../lib/api.js";
import { dialog, h, notice, put } from "../lib/dom.js";
import { o } from "./operations_words.js";

const ROLES = ["technician", "examiner", "analyst", "auditor"];
// No letter that is taken for another when somebody reads it aloud.
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

/** A first password to hand over; the person must choose another at once. */
function firstPassword() {
  const letters = [...crypto.getRandomValues(new Uint8Array(64))].filter((one) => one < 8 * LETTERS.length).map((one) => LETTERS[one % LETTERS.length]);
  return letters.slice(0, 16).join("").replace(/(.{4})(?=.)/g, "$1-");
}

export async function show(place, { who, signal, takeKeys }) {
  const list = h("div", { class: "card scroll" });
  const heard = h("p", { role: "status", class: "secret" });
  const load = async () => put(list, table(await get("/api/v1/accounts", { signal }), who, setClosed));

  async function setClosed(account, disabled) {
    const title = o(disabled ? "close_account" : "open_account", { name: account.name });
    const sure = !disabled || (await dialog(title, (close) => [
      h("p", {}, o("close_note")),
      h("div", { class: "row end" }, h("button", { onclick: () => close(null) }, o("cancel")), h("button", { class: "danger", onclick: () => close(true) }, o("do_close"))),
    ]));
    if (!sure) return;
    try {
      await putTo(`/api/v1/accounts/${part(account.name)}/disabled`, { disabled });
      await load();
      heard.textContent = o(disabled ? "account_closed" : "account_opened", { name: account.name });
    } catch (error) {
      notice(error.message, "bad");
    }
  }

  const form = newAccount(async (given) => {
    await post("/api/v1/accounts", given);
    await load();
    put(heard, `${o("account_made", { name: given.name })} `, h("code", {}, given.password));
  });
  put(place, list, heard, form);
  takeKeys([{ key: "n", label: o("new_account"), act: () => form.querySelector("input").focus() }]);
  await load();
}

function table(accounts, who, setClosed) {
  return h("table", {},
    h("thead", {}, h("tr", {}, ["name", "role", "language", "state", "deed"].map((name) => h("th", { scope: "col" }, o(name))))),
    h("tbody", {}, accounts.map((one) => h("tr", {},
      h("th", { scope: "row" }, one.name, one.name === who.name && h("span", { class: "small muted" }, ` (${o("you")})`)),
      h("td", {}, o(one.role), one.administrator && ` · ${o("administrator")}`),
      h("td", {}, one.language === "es" ? "Español" : "English"),
      h("td", {}, h("span", { class: `badge ${one.disabled ? "bad" : "good"}` }, o(one.disabled ? "closed" : "open")), one.must_change_password && h("span", { class: "small muted" }, ` ${o("must_change")}`)),
      h("td", {}, one.name !== who.name && h("button", { class: one.disabled ? "quiet" : "quiet danger", "aria-label": o(one.disabled ? "open_account" : "close_account", { name: one.name }), onclick: () => setClosed(one, !one.disabled) }, o(one.disabled ? "do_open" : "do_close")))))));
}

/** The form of a new account; `make` sends it. */
function newAccount(make) {
  const name = h("input", { id: "a-name", required: true, maxlength: 80, autocomplete: "off" });
  const role = h("select", { id: "a-role" }, ROLES.map((one) => h("option", { value: one }, o(one))));
  const language = h("select", { id: "a-language" }, h("option", { value: "es" }, "Español"), h("option", { value: "en" }, "English"));
  const administrator = h("input", { id: "a-admin", type: "checkbox" });
  const password = h("input", { id: "a-password", required: true, minlength: 12, autocomplete: "off", spellcheck: "false", value: firstPassword() });
  const fault = h("p", { class: "fault", role: "alert" });
  const send = async (event) => {
    event.preventDefault();
    fault.textContent = "";
    try {
      await make({ name: name.value.trim(), role: role.value, administrator: administrator.checked, password: password.value, language: language.value });
      Object.assign(name, { value: "" });
      administrator.checked = false;
      password.value = firstPassword();
    } catch (error) {
      // What was typed stays.
      fault.textContent = error.message;
    }
  };
  const field = (label, input) => h("div", {}, h("label", { for: input.id }, o(label)), input);
  return h("form", { class: "card", onsubmit: send }, h("h3", {}, o("new_account")),
    h("div", { class: "fields" }, field("name", name), field("role", role), field("language", language), field("first_password", password),
      h("div", {}, h("label", { class: "row tick" }, administrator, o("is_administrator"))), h("div", {}, h("button", { class: "main" }, o("make_account")))),
    h("p", { class: "small muted" }, o("first_password_note")), fault);
}
