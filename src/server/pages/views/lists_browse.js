// The specimens of the gallery, page by page: which were correlated and which wait.

import { go } from "../app.js";
import { address, get, part } from "../lib/api.js";
import { dialog, h, notice, put } from "../lib/dom.js";
import { keys } from "../lib/keys.js";
import { day } from "../lib/words.js";
import { runner } from "./lists_job.js";
import { mayJudge } from "./lists_lead.js";
import { facts, t } from "./lists_words.js";

const PAGE = 40;

export function browse(main, session) {
  const state = { afters: [""], rows: [], at: 0, contains: new URLSearchParams(location.search).get("contains") ?? "", more: false };
  const may = mayJudge(session);
  let asked = null;
  let wait = 0;
  const body = h("tbody", {});
  const foot = h("div", { class: "row spread" });
  const said = h("p", { class: "small muted", role: "status" });
  const jobs = h("div", { class: "jobs", "aria-live": "polite" });
  const run = runner(jobs, () => load(true));
  const search = h("input", { id: "find", type: "search", value: state.contains, placeholder: t("find_hint"), autocomplete: "off", oninput: () => {
    clearTimeout(wait);
    wait = setTimeout(() => {
      state.contains = search.value.trim();
      state.afters = [""];
      history.replaceState(null, "", address("/lists", { contains: state.contains }));
      load();
    }, 180);
  } });
  put(
    main,
    h("header", { class: "row wrap spread" }, h("h1", {}, t("lists")), may && h("button", { type: "button", onclick: () => all() }, t("correlate_all"))),
    h("p", { class: "muted what" }, t("what")),
    jobs,
    h("section", { class: "card" },
      h("div", { class: "row wrap find-row" }, h("label", { for: "find" }, t("find")), search, said),
      h("div", { class: "scroll" }, h("table", { class: "specimens" },
        h("caption", { class: "hidden" }, t("specimens")),
        h("thead", {}, h("tr", {}, ["specimen", "incident", "kind", "calibre", "date", "place", "marks", "list"].map((name) => h("th", { scope: "col", class: name === "marks" ? "n" : null }, t(name))))),
        body)),
      foot),
  );
  const correlate = async (row) => {
    if (!may || !row) return;
    if (!row.marks) return notice(t("unsuitable"), "bad");
    if (await run.correlate([row.id])) draw();
  };
  const all = async () => {
    const yes = await dialog(t("correlate_all"), (close) => [
      h("p", {}, t("correlate_all_ask")),
      h("div", { class: "row end" }, h("button", { type: "button", onclick: () => close(null) }, t("cancel")), h("button", { type: "button", class: "main", onclick: () => close(true) }, t("start"))),
    ]);
    if (yes) run.correlate([]);
  };
  const line = (row, index) => {
    const about = facts(row);
    const origin = row.incident ?? row.firearm;
    const badge = row.correlated ? h("span", { class: "badge good" }, `✓ ${t("correlated")}`) : row.marks === 0 ? h("span", { class: "badge warn" }, t("unsuitable")) : h("span", { class: "badge" }, `… ${t("waits")}`);
    return h(
      "tr",
      { data: { index }, tabindex: index === state.at ? 0 : -1, "aria-current": index === state.at ? "true" : null, onfocus: (event) => event.target === event.currentTarget && choose(index, false), ondblclick: () => go(`/lists/${part(row.id)}`) },
      h("th", { scope: "row" }, h("a", { href: `/lists/${part(row.id)}`, tabindex: -1 }, row.id), h("div", { class: "small muted" }, row.exhibit)),
      h("td", {}, origin ?? "–"),
      h("td", {}, row.kind ? t(row.kind) : "–", about.imaging && h("div", { class: "small muted" }, about.imaging)),
      h("td", {}, about.calibre ?? "–"),
      h("td", {}, about.date ? day(about.date) : "–"),
      h("td", {}, about.place ?? "–"),
      h("td", { class: "n" }, row.marks ?? "–"),
      h("td", { class: "state" }, badge, may && row.marks !== 0 && h("button", { type: "button", class: "small-button", disabled: run.runs(row.id), "aria-label": `${t("correlate")} ${row.id}`, onclick: () => correlate(row) }, row.correlated ? t("again") : t("correlate"))),
    );
  };
  const draw = () => {
    put(body, state.rows.map(line));
    const page = state.afters.length;
    put(
      foot,
      h("button", { type: "button", disabled: page < 2, onclick: back }, `← ${t("page_before")}`),
      h("span", { class: "small muted" }, t("page", { n: page })),
      h("button", { type: "button", disabled: !state.more, onclick: next }, `${t("next_page")} →`),
    );
  };
  const load = async (quietly = false) => {
    asked?.abort();
    asked = new AbortController();
    if (!quietly) said.textContent = t("loading");
    try {
      // One more than is shown says whether there is a further page.
      const rows = await get(address("/api/v1/specimens", { after: state.afters.at(-1), limit: PAGE + 1, contains: state.contains }), { signal: asked.signal });
      state.more = rows.length > PAGE;
      state.rows = rows.slice(0, PAGE);
      if (!quietly) state.at = 0;
      said.textContent = rows.length ? "" : state.contains ? t("none_found", { text: state.contains }) : t("none_yet");
      draw();
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = error.message;
    }
  };
  const choose = (index, focus = true) => {
    if (!state.rows[index]) return;
    state.at = index;
    [...body.children].forEach((row, i) => {
      row.tabIndex = i === index ? 0 : -1;
      if (i === index) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
    if (focus) body.children[index].focus();
  };
  const next = () => {
    if (!state.more) return;
    state.afters.push(state.rows.at(-1).id);
    load();
  };
  const back = () => {
    if (state.afters.length < 2) return;
    state.afters.pop();
    load();
  };
  const step = (by) => choose(Math.min(state.rows.length - 1, Math.max(0, document.activeElement?.closest("tr[data-index]") ? state.at + by : state.at)));
  const open = (event) => {
    // A key on a button is the button's.
    if (event?.target.closest?.("button, a")) return event.target.click();
    const row = state.rows[state.at];
    if (row) go(`/lists/${part(row.id)}`);
  };
  keys([
    { key: "j", shown: "j ↓", label: t("k_next"), act: () => step(1) },
    { key: "ArrowDown", act: () => step(1) },
    { key: "k", shown: "k ↑", label: t("k_before"), act: () => step(-1) },
    { key: "ArrowUp", act: () => step(-1) },
    { key: "Enter", label: t("open"), act: open },
    { key: "c", label: t("correlate"), act: () => correlate(state.rows[state.at]) },
    { key: "/", label: t("k_search"), act: () => search.focus() },
    { key: "ArrowRight", shown: "→", label: t("next_page"), act: next },
    { key: "ArrowLeft", shown: "←", label: t("page_before"), act: back },
  ]);
  load();
  return () => {
    asked?.abort();
    clearTimeout(wait);
    run.end();
  };
}
