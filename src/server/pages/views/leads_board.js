// The board: a column for each state, filled a page at a time.

import { go } from "../app.js";
import { address, get } from "../lib/api.js";
import { h, notice, put } from "../lib/dom.js";
import { keys } from "../lib/keys.js";
import { number, words } from "../lib/words.js";
import { card } from "./leads_card.js";
import { benchOf, capital, FINISHED, gaveUp, STATES, wind } from "./leads_words.js";

const t = words({
  filter: ["Specimen, incident, firearm", "Espécimen, incidente, arma"],
  filter_label: ["Filter by text", "Filtrar por texto"],
  overdue_only: ["Overdue only", "Solo vencidas"],
  refresh: ["Refresh", "Actualizar"],
  board: ["Board of leads by state", "Tablero de pistas por estado"],
  column: ["{state}, {n}", "{state}, {n}"],
  fold: ["Fold {state}", "Plegar {state}"],
  unfold: ["Unfold {state}, {n}", "Desplegar {state}, {n}"],
  empty: ["None", "Ninguna"],
  none_found: ["None of those shown", "Ninguna de las mostradas"],
  look_on: ["Look further", "Buscar más"],
  shown: ["{n} leads shown, {late} of them overdue", "{n} pistas mostradas, {late} de ellas vencidas"],
  one_shown: ["1 lead shown, {late} overdue", "1 pista mostrada, {late} vencidas"],
  late_all: ["{n} overdue in all", "{n} vencidas en total"],
  goals: ["Goals: a candidate is judged within 2 days; a lead is examined within 14; a conclusion is reviewed within 7.", "Metas: un candidato se juzga en 2 días; una pista se examina en 14; una conclusión se revisa en 7."],
  k_columns: ["column to the left, to the right", "columna a la izquierda, a la derecha"],
  k_cards: ["card above, below", "tarjeta de arriba, de abajo"],
  k_open: ["open the lead", "abrir la pista"],
  k_filter: ["filter by text", "filtrar por texto"],
  k_overdue: ["overdue only", "solo vencidas"],
  k_more: ["more of this column", "más de esta columna"],
  k_fold: ["fold or unfold this column", "plegar o desplegar esta columna"],
  k_bench: ["both marks on the bench", "ambas marcas en el banco"],
  k_investigation: ["investigation of the lead", "investigación de la pista"],
  k_refresh: ["refresh", "actualizar"],
});

/** Rows of one request. */
const PAGE = 40;
/** Milliseconds between a keystroke in the filter and the request. */
const PAUSE = 250;
/** Milliseconds after which a board that was out of sight is filled anew. */
const STALE = 60_000;
/** What somebody folded or unfolded, while these pages are open. */
const foldedByHand = new Map();
/** The filter and the lead that was opened last, so that coming back finds the same place. */
const kept = { text: "", overdue: false, at: null };

/** Shows the board; gives a function that ends it. */
export function showBoard(main) {
  const board = new Board(main);
  board.fill();
  return () => board.end();
}

class Board {
  constructor(main) {
    this.ending = new AbortController();
    this.columns = STATES.map((state) => ({ state, rows: [], last: null, more: false, total: null, loading: true, fault: null }));
    this.asked = null;
    this.build(main);
    keys(this.keyList());
    this.minute = setInterval(() => wind(this.place), 30_000);
    this.back = () => document.visibilityState === "visible" && Date.now() - this.filled > STALE && this.fill();
    document.addEventListener("visibilitychange", this.back);
  }

  end() {
    this.ending.abort();
    this.asked?.abort();
    clearInterval(this.minute);
    clearTimeout(this.pause);
    document.removeEventListener("visibilitychange", this.back);
  }

  build(main) {
    this.text = h("input", { id: "lead-filter", type: "search", value: kept.text, placeholder: t("filter"), "aria-label": t("filter_label"), oninput: () => this.filterSoon(), onkeydown: (event) => this.leaveFilter(event) });
    this.overdue = h("button", { "aria-pressed": String(kept.overdue), onclick: () => this.toggleOverdue() }, t("overdue_only"), " ", h("kbd", { "aria-hidden": "true" }, "o"));
    this.told = h("p", { class: "muted small told", role: "status" });
    this.late = h("span", {});
    this.place = h("div", { class: "board", role: "group", "aria-label": t("board") });
    main.append(
      h("div", { class: "row wrap spread board-head" },
        h("div", {}, h("h1", {}, t("leads")), h("p", { class: "muted small" }, t("lead_note"))),
        h("div", { class: "row wrap", role: "search" }, this.text, this.overdue,
          h("button", { onclick: () => this.fill() }, t("refresh"), " ", h("kbd", { "aria-hidden": "true" }, "r")))),
      h("div", { class: "row wrap spread" }, this.told, h("p", { class: "muted small" }, this.late, t("goals"))),
      this.place,
    );
    for (const column of this.columns) {
      column.element = h("section", { class: "column", data: { state: column.state } });
      this.place.append(column.element);
      this.draw(column);
    }
  }

  keyList() {
    return [
      { key: "ArrowLeft", shown: "← →", label: t("k_columns"), act: () => this.sideways(-1) },
      { key: "ArrowRight", act: () => this.sideways(1) },
      { key: "ArrowUp", shown: "↑ ↓", label: t("k_cards"), act: () => this.upDown(-1) },
      { key: "ArrowDown", act: () => this.upDown(1) },
      { key: "k", act: () => this.upDown(-1) },
      { key: "j", act: () => this.upDown(1) },
      { key: "h", act: () => this.sideways(-1) },
      { key: "l", act: () => this.sideways(1) },
      { key: "Enter", label: t("k_open"), act: () => document.activeElement?.click?.() },
      { key: "b", label: t("k_bench"), act: () => this.withCard((row) => go(benchOf(row.specimens))) },
      { key: "i", label: t("k_investigation"), act: () => this.withCard((row) => go(`/investigation/${encodeURIComponent(row.id)}`)) },
      { key: "/", label: t("k_filter"), act: () => this.text.select() },
      { key: "o", label: t("k_overdue"), act: () => this.toggleOverdue() },
      { key: "m", label: t("k_more"), act: () => this.here()?.more && this.page(this.here(), true) },
      { key: "f", label: t("k_fold"), act: () => this.here() && this.fold(this.here()) },
      { key: "r", label: t("k_refresh"), act: () => this.fill() },
    ];
  }

  filterSoon() {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.fill(), PAUSE);
  }

  leaveFilter(event) {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    event.preventDefault();
    if (event.key === "Escape") this.text.value = "";
    this.fill();
    this.text.blur();
    this.upDown(0);
  }

  toggleOverdue() {
    kept.overdue = !kept.overdue;
    this.overdue.setAttribute("aria-pressed", String(kept.overdue));
    this.fill();
  }

  /** Asks for the first page of every column anew; what was asked before is given up. */
  async fill() {
    clearTimeout(this.pause);
    this.asked?.abort();
    this.asked = new AbortController();
    this.filled = Date.now();
    kept.at = document.activeElement?.closest?.("a.lead-card")?.dataset.id ?? kept.at;
    kept.text = this.text.value.trim();
    this.totals(this.asked.signal);
    await Promise.all(this.columns.map((column) => this.page(column, false)));
    if (!this.asked.signal.aborted) this.findPlace();
  }

  /** The service's own counts, where it gives them; without them a column counts what it has loaded. */
  async totals(signal) {
    try {
      const { leads, overdue } = await get("/api/v1/operations", { signal });
      for (const column of this.columns) {
        column.total = leads?.[column.state] ?? (leads ? 0 : null);
        this.head(column);
      }
      put(this.late, overdue?.length ? `${t("late_all", { n: overdue.length >= 50 ? "50+" : overdue.length })}. ` : "");
    } catch {
      // Counts of what is loaded remain.
    }
  }

  async page(column, further) {
    const { signal } = this.asked;
    column.loading = true;
    if (!further) Object.assign(column, { last: null, more: false });
    try {
      const asked = { state: column.state, limit: PAGE, after: further ? column.last : null, contains: kept.text, overdue: kept.overdue ? "true" : null };
      const rows = await get(address("/api/v1/leads", asked), { signal });
      if (signal.aborted) return;
      const wanted = rows.filter(isWanted);
      Object.assign(column, { rows: further ? [...column.rows, ...wanted] : wanted, last: rows.at(-1)?.id ?? column.last, more: rows.length === PAGE, fault: null });
    } catch (error) {
      if (gaveUp(error) || signal.aborted) return;
      column.fault = error.message;
      notice(error.message, "bad");
    }
    column.loading = false;
    const from = further ? document.activeElement?.closest?.("a.lead-card")?.dataset.id : null;
    this.draw(column);
    if (from) this.place.querySelector(`[data-id="${CSS.escape(from)}"]`)?.focus();
    this.tell();
  }

  isFolded(column) {
    return foldedByHand.get(column.state) ?? (column.rows.length === 0 || (FINISHED.includes(column.state) && !["hit"].includes(column.state) && kept.text === "" && !kept.overdue));
  }

  fold(column) {
    foldedByHand.set(column.state, !this.isFolded(column));
    this.draw(column);
    column.element.querySelector(this.isFolded(column) ? "button" : "a.lead-card, button")?.focus();
  }

  /** "40+", or "40 of 217". */
  count(column) {
    const n = number(column.rows.length, 0);
    const all = kept.text === "" && !kept.overdue ? column.total : null;
    if (all !== null && all > column.rows.length) return t("of_count", { n, all: number(all, 0) });
    return column.more ? `${n}+` : n;
  }

  head(column) {
    const n = column.loading && column.rows.length === 0 ? "…" : this.count(column);
    const folded = this.isFolded(column);
    const name = capital(t(column.state));
    const label = folded ? t("unfold", { state: name, n }) : t("fold", { state: name });
    const fold = h("button", { class: "plain fold", "aria-expanded": String(!folded), "aria-label": label, title: label, onclick: () => this.fold(column) },
      folded ? [h("span", { class: "fold-name" }, name), h("span", { class: "badge quiet" }, n)] : "‹");
    const head = folded ? fold : [h("h2", {}, name, " ", h("span", { class: "badge quiet" }, n)), fold];
    const place = column.element.querySelector(".column-head");
    if (place) put(place, head);
    return head;
  }

  draw(column) {
    const folded = this.isFolded(column);
    column.element.classList.toggle("folded", folded);
    column.element.setAttribute("aria-label", t("column", { state: capital(t(column.state)), n: this.count(column) }));
    put(column.element, h("div", { class: "column-head" }, this.head(column)), !folded && this.body(column));
    column.element.setAttribute("aria-busy", String(column.loading));
  }

  body(column) {
    const none = column.fault ?? (column.loading ? t("loading") : kept.text || kept.overdue ? t("none_found") : t("empty"));
    return [
      column.rows.length === 0 ? h("p", { class: "muted small column-empty" }, none) : h("ul", { class: "cards" }, column.rows.map((row) => h("li", {}, card(row, () => (kept.at = row.id))))),
      column.more && h("button", { class: "more", onclick: () => this.page(column, true) }, kept.text || kept.overdue ? t("look_on") : t("more"), " ", h("kbd", { "aria-hidden": "true" }, "m")),
    ];
  }

  tell() {
    const rows = this.columns.flatMap((column) => column.rows);
    const late = rows.filter((row) => row.overdue).length;
    this.told.textContent = t(rows.length === 1 ? "one_shown" : "shown", { n: number(rows.length, 0), late: number(late, 0) });
  }

  // Moving about

  here() {
    const state = document.activeElement?.closest?.(".column")?.dataset.state;
    return this.columns.find((column) => column.state === state) ?? null;
  }

  withCard(act) {
    const id = document.activeElement?.closest?.("a.lead-card")?.dataset.id;
    const row = this.columns.flatMap((column) => column.rows).find((one) => one.id === id);
    if (!row) return;
    kept.at = id;
    act(row);
  }

  /** The things of a column that take focus: its cards, or the button that unfolds it. */
  stops(column) {
    const cards = [...column.element.querySelectorAll("a.lead-card")];
    return cards.length > 0 ? [...cards, ...column.element.querySelectorAll("button.more")] : [...column.element.querySelectorAll("button.fold")];
  }

  focus(stop) {
    stop?.focus({ preventScroll: true });
    stop?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  upDown(by) {
    const column = this.here();
    if (!column) {
      this.focus(this.place.querySelector("a.lead-card") ?? this.place.querySelector("button.fold"));
      return;
    }
    const stops = this.stops(column);
    const at = stops.indexOf(document.activeElement);
    this.focus(stops[Math.min(stops.length - 1, Math.max(0, at + by * abreast(stops)))]);
  }

  sideways(by) {
    const column = this.here();
    if (!column) {
      this.upDown(0);
      return;
    }
    const mine = this.stops(column);
    const at = Math.max(0, mine.indexOf(document.activeElement));
    // A wide column has several cards abreast: the neighbour in the row comes before the next column.
    if (mine[at + by] && mine[at + by].offsetTop === mine[at].offsetTop) {
      this.focus(mine[at + by]);
      return;
    }
    const next = this.columns[this.columns.indexOf(column) + by];
    if (!next) return;
    const stops = this.stops(next);
    this.focus(stops[Math.min(at, stops.length - 1)]);
  }

  /** Coming back from a lead, its card has the focus again. */
  findPlace() {
    if (!kept.at || document.activeElement !== document.body) return;
    this.focus(this.place.querySelector(`a.lead-card[data-id="${CSS.escape(kept.at)}"]`));
  }
}

/** How many cards of a column lie abreast. */
function abreast(stops) {
  return Math.max(1, stops.filter((stop) => stop.offsetTop === stops[0]?.offsetTop).length);
}

/** The same filter as the service's, for services that do not know it yet. */
function isWanted(row) {
  if (kept.overdue && !row.overdue) return false;
  if (!kept.text) return true;
  const text = kept.text.toLowerCase();
  return [row.id, row.firearm, row.by, ...row.specimens, ...row.incidents].some((one) => one?.toLowerCase().includes(text));
}
