// The shell: who has signed in, which view is shown, language and keys.

import { get, onSignedOut, send, setCsrf } from "./lib/api.js";
import { h, notice, put } from "./lib/dom.js";
import { help, keys, listen } from "./lib/keys.js";
import { isChosen, language, setLanguage, words } from "./lib/words.js";

const t = words({
  skip: ["Skip to content", "Ir al contenido"],
  lost: ["There is no such page.", "Esa página no existe."],
  places: ["Pages", "Páginas"],
  language: ["Español", "English"],
});

/** Views by the first part of the address. Each module exports `show(main, rest, session)` and gives a function that ends it, or nothing. */
const VIEWS = {
  submit: () => import("./views/submit.js"),
  lists: () => import("./views/lists.js"),
  bench: () => import("./views/bench.js"),
  leads: () => import("./views/leads.js"),
  investigation: () => import("./views/investigation.js"),
  operations: () => import("./views/operations.js"),
  account: () => import("./views/account.js"),
  "sign-in": () => import("./views/sign_in.js"),
};
const IN_BAR = ["submit", "lists", "bench", "leads", "investigation", "operations"];

let session = null;
let ended = null;
let turn = 0;

/** Goes to an address of the service's pages. */
export function go(to, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", to);
  return shown();
}

/** The account that has signed in, or null. */
export const account = () => session?.account ?? null;

/** Takes the answer of a sign-in. */
export function signedIn(view) {
  session = view;
  setCsrf(view?.csrf ?? null);
  if (view && !isChosen()) setLanguage(view.account.language);
}

async function signOut() {
  await send("DELETE", "/api/v1/session").catch(() => {});
  signedIn(null);
  go("/sign-in");
}

function bar(place) {
  const who = account();
  const links = who && !who.must_change_password ? IN_BAR : [];
  put(
    document.getElementById("bar"),
    h("a", { class: "brand", href: "/lists", "data-go": true }, h("img", { src: "/assets/icon.svg", alt: "", width: 22, height: 22 }), "brasslink"),
    h("nav", { "aria-label": t("places") }, links.map((name) => h("a", { href: `/${name}`, "aria-current": name === place ? "page" : null }, t(name)))),
    h(
      "div",
      { class: "row" },
      h("button", { class: "plain", lang: language() === "en" ? "es" : "en", onclick: () => { setLanguage(language() === "en" ? "es" : "en"); shown(); } }, t("language")),
      who && h("button", { class: "plain", title: t("keys"), "aria-label": t("keys"), onclick: help }, "?"),
      who && h("a", { href: "/account", "aria-current": place === "account" ? "page" : null }, who.name),
      who && h("button", { class: "plain", onclick: signOut }, t("sign_out")),
    ),
  );
  document.documentElement.lang = language();
  document.getElementById("skip").textContent = t("skip");
}

async function shown() {
  const mine = ++turn;
  ended?.();
  ended = null;
  keys([]);
  const [first = "", ...rest] = location.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  let place = first === "" ? "lists" : first;
  if (!session && place !== "sign-in") place = "sign-in";
  if (session?.account.must_change_password) place = "account";
  bar(place);
  const main = document.getElementById("main");
  const load = VIEWS[place];
  if (!load) {
    put(main, h("p", { class: "empty" }, t("lost")));
    return;
  }
  try {
    const view = await load();
    if (mine !== turn) return;
    main.className = place;
    put(main);
    document.title = `${t(place === "sign-in" ? "sign_in" : place)} · brasslink`;
    // The end of a view may be told late: it is kept only if the view still stands.
    const end = await view.show(main, rest, session);
    if (mine === turn) ended = end ?? null;
    else end?.();
  } catch (error) {
    if (mine !== turn) return;
    notice(error.message, "bad");
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0 || link.target || link.hasAttribute("download")) return;
  const to = new URL(link.href, location.href);
  if (to.origin !== location.origin || to.pathname.startsWith("/api/") || to.pathname.startsWith("/assets/") || link.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  go(to.pathname + to.search);
});
window.addEventListener("popstate", shown);
onSignedOut(() => {
  if (!session) return;
  signedIn(null);
  go("/sign-in");
});
listen();
try {
  signedIn(await get("/api/v1/session"));
} catch {
  signedIn(null);
}
shown();
