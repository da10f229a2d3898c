// The choice of an investigation: leads that carry something, those that reach a firearm first, gathered by firearm.

import { address, get } from "../lib/api.js";
import { h, put } from "../lib/dom.js";
import { keys } from "../lib/keys.js";
import { number, words } from "../lib/words.js";
import { capital, CARRYING, gaveUp, stateBadge, weight } from "./leads_words.js";

const t = words({
  about: ["A lead that reaches a test-fired firearm reaches its serial number and traces. What is shown through a lead stays unconfirmed until there is a hit.", "Una pista que llega a un arma con disparo de prueba llega a su número de serie y sus rastreos. Lo mostrado por una pista queda sin confirmar hasta que haya coincidencia confirmada."],
  filter: ["Firearm, incident, specimen", "Arma, incidente, espécimen"],
  filter_label: ["Filter by text", "Filtrar por texto"],
  with: ["Leads that reach a firearm", "Pistas que llegan a un arma"],
  without: ["Leads between incidents, without a firearm", "Pistas entre incidentes, sin arma"],
  leads_of: ["{n} leads", "{n} pistas"],
  one_lead: ["1 lead", "1 pista"],
  incidents: ["Incidents", "Incidentes"],
  leads_column: ["Leads, the strongest first", "Pistas, la más fuerte primero"],
  more_leads: ["and {n} more", "y {n} más"],
  none: ["No lead carries anything yet. A candidate becomes a lead when a person judges it.", "Ninguna pista lleva a nada todavía. Un candidato pasa a pista cuando una persona lo juzga."],
  none_found: ["None of those shown.", "Ninguna de las mostradas."],
  told: ["{guns} firearms and {pairs} pairs of incidents, from {n} leads", "{guns} armas y {pairs} pares de incidentes, de {n} pistas"],
  k_move: ["next, previous lead", "pista siguiente, anterior"],
  k_open: ["open the investigation", "abrir la investigación"],
  k_filter: ["filter by text", "filtrar por texto"],
  k_more: ["more leads", "más pistas"],
});

/** Leads of one request. */
const PAGE = 200;
/** Leads of one firearm that are listed at once. */
const LISTED = 6;
const PAUSE = 250;

/** Shows the choice; gives a function that ends it. */
export function showChoice(main) {
  const choice = new Choice(main);
  choice.fill();
  return () => choice.end();
}

class Choice {
  constructor(main) {
    this.rows = [];
    this.text = h("input", { class: "choice-search", type: "search", placeholder: t("filter"), "aria-label": t("filter_label"), oninput: () => this.soon(), onkeydown: (event) => this.leave(event) });
    this.told = h("p", { class: "muted small", role: "status" });
    this.place = h("div", { class: "choice-list" }, h("p", { class: "muted" }, t("loading")));
    main.append(h("div", { class: "row wrap spread" }, h("h1", {}, t("investigation")), this.text), h("p", { class: "muted" }, t("about")), this.told, this.place);
    keys([
      { key: "j", shown: "j k ↓ ↑", label: t("k_move"), act: () => this.move(1) },
      { key: "k", act: () => this.move(-1) },
      { key: "ArrowDown", act: () => this.move(1) },
      { key: "ArrowUp", act: () => this.move(-1) },
      { key: "Enter", label: t("k_open"), act: () => document.activeElement?.click?.() },
      { key: "/", label: t("k_filter"), act: () => this.text.select() },
      { key: "m", label: t("k_more"), act: () => this.more && this.page(true) },
    ]);
  }

  end() {
    clearTimeout(this.pause);
    this.asked?.abort();
  }

  soon() {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.fill(), PAUSE);
  }

  leave(event) {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    event.preventDefault();
    if (event.key === "Escape") this.text.value = "";
    this.fill();
    this.text.blur();
    this.move(1);
  }

  fill() {
    clearTimeout(this.pause);
    this.asked?.abort();
    this.asked = new AbortController();
    return this.page(false);
  }

  async page(further) {
    const { signal } = this.asked;
    try {
      const rows = await get(address("/api/v1/leads", { limit: PAGE, after: further ? this.last : null, contains: this.text.value.trim() }), { signal });
      if (signal.aborted) return;
      this.rows = further ? [...this.rows, ...rows] : rows;
      this.last = rows.at(-1)?.id ?? this.last;
      this.more = rows.length === PAGE;
      this.draw();
    } catch (error) {
      if (!gaveUp(error)) put(this.place, h("p", { class: "empty", role: "alert" }, error.message));
    }
  }

  draw() {
    const text = this.text.value.trim().toLowerCase();
    const found = (row) => !text || [row.id, row.firearm, ...row.specimens, ...row.incidents].some((one) => one?.toLowerCase().includes(text));
    const rows = this.rows.filter((row) => CARRYING.includes(row.state) && found(row));
    const guns = gathered(rows.filter((row) => row.firearm), (row) => row.firearm);
    const pairs = gathered(rows.filter((row) => !row.firearm), (row) => row.incidents.join(" · "));
    this.told.textContent = t("told", { guns: number(guns.length, 0), pairs: number(pairs.length, 0), n: number(rows.length, 0) });
    put(this.place,
      guns.length > 0 && this.group("with", t("firearm"), guns),
      pairs.length > 0 && this.group("without", t("incidents"), pairs),
      rows.length === 0 && h("p", { class: "empty" }, t(text ? "none_found" : "none")),
      this.more && h("button", { onclick: () => this.page(true) }, t("more"), " ", h("kbd", { "aria-hidden": "true" }, "m")));
  }

  group(title, first, groups) {
    const guns = title === "with";
    return h("section", { class: "card", "aria-labelledby": title }, h("h2", { id: title }, t(title)), h("div", { class: "scroll" },
      h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, capital(first)), guns && h("th", { scope: "col" }, t("incidents")), h("th", { scope: "col" }, t("leads_column")))),
        h("tbody", {}, groups.map((group) => h("tr", {}, h("th", { scope: "row" }, group.name, h("span", { class: "muted small sub" }, group.rows.length === 1 ? t("one_lead") : t("leads_of", { n: number(group.rows.length, 0) }))),
          guns && h("td", {}, [...new Set(group.rows.flatMap((row) => row.incidents))].join(", ")),
          h("td", {}, h("ul", { class: "chosen-leads" }, group.rows.slice(0, LISTED).map(chosen)), group.rows.length > LISTED && h("details", {}, h("summary", { class: "small" }, t("more_leads", { n: number(group.rows.length - LISTED, 0) })), h("ul", { class: "chosen-leads" }, group.rows.slice(LISTED).map(chosen))))))))));
  }

  move(by) {
    const links = [...this.place.querySelectorAll("a.chosen-lead")].filter((link) => link.offsetParent !== null);
    const at = links.indexOf(document.activeElement);
    const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  }
}

function chosen(row) {
  return h("li", {}, h("a", { class: "chosen-lead", href: `/investigation/${encodeURIComponent(row.id)}` }, row.specimens.join(" – ")), " ", stateBadge(row.state), h("span", { class: "muted small" }, weight(row)));
}

/** Rows gathered by a name, those with a hit first, then by their strongest lead. */
function gathered(rows, nameOf) {
  const groups = new Map();
  for (const row of rows) groups.set(nameOf(row), [...(groups.get(nameOf(row)) ?? []), row]);
  const strength = (row) => (row.state === "hit" ? 1000 : 0) + (row.log10_lr ?? -100);
  const all = [...groups].map(([name, of]) => ({ name, rows: of.toSorted((a, b) => strength(b) - strength(a) || (b.score ?? 0) - (a.score ?? 0)) }));
  return all.toSorted((a, b) => strength(b.rows[0]) - strength(a.rows[0]) || a.name.localeCompare(b.name));
}
