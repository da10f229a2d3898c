// One's own account: password and tokens.

import { go, signedIn } from "../app.js";
import { get, post, send } from "../lib/api.js";
import { h, notice, put } from "../lib/dom.js";
import { moment, words } from "../lib/words.js";

const t = words({
  title: ["Your account", "Su cuenta"],
  must: ["Choose a password of your own before you go on.", "Elija una contraseña propia antes de continuar."],
  current: ["Password so far", "Contraseña actual"],
  fresh: ["New password, twelve characters or more", "Contraseña nueva, doce caracteres o más"],
  change: ["Change password", "Cambiar contraseña"],
  changed: ["Changed. Sign in with the new password.", "Cambiada. Inicie sesión con la contraseña nueva."],
  tokens: ["Tokens for programs", "Claves para programas"],
  token_note: ["A token acts with your role. Its secret is shown once.", "Una clave actúa con su función. Su secreto se muestra una vez."],
  label: ["What it is for", "Para qué es"],
  days: ["Days until it ends", "Días hasta que termine"],
  make: ["Make a token", "Crear clave"],
  made: ["Copy it now; it is not shown again:", "Cópiela ahora; no se muestra de nuevo:"],
  ends: ["ends", "termina"],
  revoke: ["Take back", "Retirar"],
  revoked: ["taken back", "retirada"],
});

export async function show(main, _rest, session) {
  const must = session.account.must_change_password;
  main.append(h("h1", {}, t("title")), h("p", { class: "muted" }, `${session.account.name} · ${t(session.account.role)}${session.account.administrator ? ` · ${t("administrator")}` : ""}`));
  if (must) main.append(h("p", { class: "banner" }, t("must")));
  const pair = h("div", { class: "pair" }, passwordForm());
  main.append(pair);
  if (!must) {
    const list = h("section", { class: "card" });
    pair.append(list);
    await tokens(list);
  }
}

function passwordForm() {
  const current = h("input", { id: "current", type: "password", autocomplete: "current-password", required: true });
  const fresh = h("input", { id: "fresh", type: "password", autocomplete: "new-password", minlength: 12, required: true });
  const said = h("p", { class: "fault", role: "alert" });
  const change = async (event) => {
    event.preventDefault();
    said.textContent = "";
    try {
      await send("POST", "/api/v1/session/password", { current: current.value, new: fresh.value });
      notice(t("changed"));
      signedIn(null);
      go("/sign-in");
    } catch (error) {
      said.textContent = error.message;
    }
  };
  return h("form", { class: "card narrow", onsubmit: change },
    h("h2", {}, t("change")),
    h("label", { for: "current" }, t("current")), current,
    h("label", { for: "fresh" }, t("fresh")), fresh, said,
    h("button", { class: "main" }, t("change")));
}

async function tokens(list) {
  const all = await get("/api/v1/tokens");
  const label = h("input", { id: "label", required: true, maxlength: 80 });
  const days = h("input", { id: "days", type: "number", min: 1, max: 366, value: 90, required: true });
  const secret = h("p", { class: "secret", role: "status" });
  const make = async (event) => {
    event.preventDefault();
    try {
      const made = await post("/api/v1/tokens", { label: label.value, days: Number(days.value) });
      await tokens(list);
      list.querySelector(".secret").replaceChildren(`${t("made")} `, h("code", {}, made.secret));
    } catch (error) {
      notice(error.message, "bad");
    }
  };
  const revoke = async (id) => {
    try {
      await send("DELETE", `/api/v1/tokens/${id}`);
      await tokens(list);
    } catch (error) {
      notice(error.message, "bad");
    }
  };
  put(list,
    h("h2", {}, t("tokens")), h("p", { class: "muted" }, t("token_note")),
    all.length === 0 && h("p", { class: "muted" }, t("nothing")),
    h("ul", { class: "plain-list" }, all.map((one) => h("li", { class: "row" },
      h("strong", {}, one.label), h("span", { class: "muted grow" }, one.revoked ? t("revoked") : `${t("ends")} ${moment(one.expires)}`),
      !one.revoked && h("button", { class: "danger", "aria-label": `${t("revoke")}: ${one.label}`, onclick: () => revoke(one.id) }, t("revoke"))))),
    h("form", { class: "fields", onsubmit: make },
      h("div", {}, h("label", { for: "label" }, t("label")), label),
      h("div", {}, h("label", { for: "days" }, t("days")), days),
      h("div", {}, h("button", { class: "main" }, t("make")))),
    secret);
}
