// Signing in.

import { go, signedIn } from "../app.js";
import { post } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { words } from "../lib/words.js";

const t = words({
  name: ["Name", "Nombre"],
  password: ["Password", "Contraseña"],
  what: ["Open ballistic image comparison", "Comparación balística abierta"],
});

export function show(main) {
  const said = h("p", { class: "fault", role: "alert" });
  const name = h("input", { id: "name", name: "name", autocomplete: "username", required: true, autofocus: true });
  const password = h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true });
  const button = h("button", { class: "main", type: "submit" }, t("sign_in"));
  const enter = async (event) => {
    event.preventDefault();
    button.disabled = true;
    said.textContent = "";
    try {
      signedIn(await post("/api/v1/session", { name: name.value.trim(), password: password.value }));
      await go(location.pathname === "/sign-in" ? "/lists" : location.pathname + location.search, { replace: true });
    } catch (error) {
      said.textContent = error.message;
      password.value = "";
      password.focus();
    } finally {
      button.disabled = false;
    }
  };
  main.append(
    h(
      "form",
      { class: "card narrow", onsubmit: enter },
      h("h1", {}, h("img", { src: "/assets/icon.svg", alt: "", width: 36, height: 36 }), "brasslink"),
      h("p", { class: "muted" }, t("what")),
      h("label", { for: "name" }, t("name")),
      name,
      h("label", { for: "password" }, t("password")),
      password,
      said,
      button,
      h("p", { class: "muted small" }, t("lead_note")),
    ),
  );
  name.focus();
}
