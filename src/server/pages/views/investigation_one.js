// The investigation of one lead: everything it leads to, each link unconfirmed until there is a hit.

import { account, go } from "../app.js";
import { get } from "../lib/api.js";
import { h, notice, put } from "../lib/dom.js";
import { keys } from "../lib/keys.js";
import { words } from "../lib/words.js";
import { Drawings } from "./investigation_drawing.js";
import { Files } from "./investigation_files.js";
import { askPurpose, mayShowNames, namesBanner, namesButton, purposeHeaders } from "./investigation_names.js";
import { chainTable, conflictList, courseTable, custodyTable, folded, historyTable, indicatorTable, linkTable, placeTable, waterfallTable } from "./investigation_tables.js";
import { benchOf, clockMark, gaveUp, joins, stateBadge, weight } from "./leads_words.js";

const t = words({
  choose: ["Another lead", "Otra pista"],
  sections: ["Sections", "Secciones"],
  summary: ["Summary", "Resumen"],
  conflicts: ["Conflicts", "Conflictos"],
  links: ["Link chart", "Diagrama de vínculos"],
  timeline: ["Timeline", "Línea de tiempo"],
  map: ["Map", "Mapa"],
  chain: ["Chain of sale", "Cadena de venta"],
  custody: ["Custody", "Cadena de custodia"],
  indicators: ["Indicators", "Indicadores"],
  pair: ["The marks", "Las marcas"],
  records: ["Record links", "Vínculos de registros"],
  history: ["Decisions", "Decisiones"],
  files: ["Report and files", "Informe y archivos"],
  waterfall: ["Record link {n}", "Vínculo de registro {n}"],
  in_words: ["The same in words", "Lo mismo en palabras"],
  indicators_note: ["Indicators, never findings: each says which rule, of which version, these records meet. None says that anybody did anything.", "Indicadores, nunca conclusiones: cada uno dice qué regla, de qué versión, cumplen estos registros. Ninguno afirma que alguien hizo algo."],
  records_note: ["Why trace records are joined to the firearm, in bits of the record link alone; they say nothing of the marks.", "Por qué los rastreos se unen al arma, en bits solo del vínculo de registros; nada dicen de las marcas."],
  links_note: ["Every link keeps its own kind and status; no figure blends them.", "Cada vínculo conserva su clase y estado; ninguna cifra los mezcla."],
  hard_ahead: ["Hard conflicts: {n}. Read them before anything else.", "Conflictos graves: {n}. Léalos antes que nada."],
  none_conflicts: ["No conflict was found in the records.", "No se halló conflicto en los registros."],
  none_indicators: ["No rule is met by these records.", "Ninguna regla se cumple con estos registros."],
  none_chain: ["No chain of sale is recorded.", "No consta cadena de venta."],
  none_drawing: ["There is nothing to draw.", "No hay nada que dibujar."],
  none_records: ["No trace record is linked.", "No hay rastreo vinculado."],
  unconfirmed: ["What is shown is inherited through an unconfirmed lead and goes if the lead is excluded.", "Lo mostrado se hereda por una pista sin confirmar y se va si la pista se excluye."],
  confirmed: ["The lead is a hit, confirmed by examiners on the physical specimens.", "La pista es coincidencia confirmada por peritos sobre los indicios físicos."],
  names_not: ["Names of persons are hidden. Examiners and analysts may ask for them.", "Los nombres de personas están ocultos. Peritos y analistas pueden pedirlos."],
  names_hidden: ["Names of persons are hidden.", "Los nombres de personas están ocultos."],
  now_hidden: ["Names of persons are hidden again.", "Los nombres de personas están ocultos de nuevo."],
  to_lead: ["The lead", "La pista"],
  to_bench: ["Bench", "Banco"],
  gone: ["There is no such lead.", "No existe esa pista."],
  k_digit: ["to a section", "a una sección"],
  k_next: ["next, previous section", "sección siguiente, anterior"],
  k_zoom: ["enlarge the drawing of this section", "ampliar el dibujo de esta sección"],
  k_names: ["show or hide names of persons", "mostrar u ocultar nombres de personas"],
  k_report: ["report", "informe"],
  k_pdf: ["report as PDF", "informe en PDF"],
  k_lead: ["to the lead", "a la pista"],
  k_bench: ["both marks on the bench", "ambas marcas en el banco"],
  k_up: ["choose another lead", "elegir otra pista"],
});

/** Shows the investigation of a lead; gives a function that ends it. */
export async function showInvestigation(main, id) {
  const page = new Investigation(main, id);
  await page.load();
  return () => page.end();
}

class Investigation {
  constructor(main, id) {
    Object.assign(this, { main, id, path: `/api/v1/leads/${encodeURIComponent(id)}`, ending: new AbortController(), stated: null, at: 0 });
  }

  end() {
    this.stated = null;
    this.ending.abort();
    this.drawings?.end();
    this.seen?.disconnect();
  }

  headers() {
    return purposeHeaders(this.stated);
  }

  async load() {
    put(this.main, h("p", { class: "muted" }, t("loading")));
    const { signal } = this.ending;
    try {
      this.view = await get(`${this.path}/investigation`, { headers: this.headers(), signal });
    } catch (error) {
      if (gaveUp(error)) return;
      if (this.stated) {
        // A purpose that was refused is forgotten; the page comes back without names.
        notice(error.message, "bad");
        this.stated = null;
        await this.load();
        return;
      }
      put(this.main, h("p", {}, h("a", { href: "/investigation" }, "‹ ", t("choose"))), h("p", { class: "empty", role: "alert" }, error.status === 404 ? t("gone") : error.message));
      keys([{ key: "u", label: t("k_up"), act: () => go("/investigation") }]);
      return;
    }
    this.draw();
  }

  draw() {
    this.drawings?.end();
    this.drawings = new Drawings(this.path, () => this.headers());
    this.files = new Files(this.id, this.path, () => this.headers(), this.stated);
    document.title = `${this.view.heading} · brasslink`;
    this.sections = this.parts().map(([name, ...held], at) => ({ name, held, at }));
    const nav = h("nav", { class: "dossier-nav", "aria-label": t("sections") }, h("ul", {}, this.sections.map((one) => h("li", {}, this.navButton(one)))));
    put(this.main,
      this.view.names_shown && this.stated && namesBanner(this.stated, () => this.names()),
      this.heading(),
      h("div", { class: "dossier" }, nav, h("div", { class: "dossier-body" }, this.sections.map((one) => this.section(one)))));
    this.watch();
    this.setKeys();
  }

  navButton(one) {
    one.button = h("button", { class: "plain", onclick: () => this.goTo(one.at) }, one.at < 9 && h("kbd", { "aria-hidden": "true" }, one.at + 1), h("span", {}, t(one.name)), this.tally(one.name));
    return one.button;
  }

  /** How many entries a section of the list has, where that is worth knowing ahead. */
  tally(name) {
    const count = { conflicts: this.view.conflicts, indicators: this.view.indicators }[name]?.length;
    const kind = name === "conflicts" && this.view.conflicts.some((one) => one.hard) ? "bad" : "quiet";
    return count ? h("span", { class: `badge ${kind}` }, count) : null;
  }

  section(one) {
    one.heading = h("h2", { id: `part-${one.name}`, tabindex: "-1" }, t(one.name));
    one.element = h("section", { class: "card part", "aria-labelledby": `part-${one.name}`, data: { at: one.at } }, one.heading, one.held);
    return one.element;
  }

  heading() {
    const { lead, heading, conflicts } = this.view;
    const hard = conflicts.filter((one) => one.hard).length;
    const names = this.view.names_shown ? null : mayShowNames(account())
      ? [h("span", { class: "muted small" }, t("names_hidden")), namesButton(() => this.names())]
      : h("span", { class: "muted small" }, t("names_not"));
    const key = (text) => h("kbd", { "aria-hidden": "true" }, text);
    return h("header", { class: "lead-heading" },
      h("p", { class: "back" }, h("a", { href: "/investigation" }, "‹ ", t("choose")), " ", key("u")),
      h("div", { class: "row wrap spread" }, h("div", {}, h("h1", {}, heading),
        h("p", { class: "row wrap" }, h("strong", {}, joins(lead)), stateBadge(lead.state), clockMark(lead), h("span", { class: "muted" }, weight(lead)))),
      h("div", { class: "row wrap" }, h("a", { class: "button", href: `/leads/${encodeURIComponent(this.id)}` }, t("to_lead"), " ", key("l")), h("a", { class: "button", href: benchOf(lead.specimens) }, t("to_bench"), " ", key("b")), names)),
      h("p", { class: "banner" }, t(lead.state === "hit" ? "confirmed" : "unconfirmed")),
      hard > 0 && h("p", { class: "banner hard", role: "alert" }, t("hard_ahead", { n: hard })));
  }

  /** The sections in their order, each its name and what it holds. */
  parts() {
    const { view } = this;
    const has = (name) => view.drawings.includes(name);
    const figure = (name, told) => (has(name) ? this.drawings.figure(name, t(name), told) : h("p", { class: "muted" }, t("none_drawing")));
    const waterfalls = view.drawings.filter((name) => name.startsWith("waterfall-"));
    return [
      ["summary", h("ul", { class: "summary" }, view.summary.map((line) => h("li", {}, line))), this.measures()],
      ["conflicts", view.conflicts.length > 0 ? conflictList(view) : h("p", { class: "muted" }, t("none_conflicts"))],
      ["links", h("p", { class: "muted small" }, t("links_note")), figure("links"), view.links.length > 0 && linkTable(view, t("links"))],
      ["timeline", figure("timeline"), view.events.length > 0 && folded(t("in_words"), courseTable(view, t("timeline")))],
      ["map", figure("map"), view.places.length > 0 && placeTable(view, t("map"))],
      ["chain", has("chain") ? [figure("chain"), chainTable(view, t("chain"))] : h("p", { class: "muted" }, t("none_chain"))],
      ["custody", view.custody.length > 0 ? custodyTable(view, t("custody")) : h("p", { class: "muted" }, t("none"))],
      ["indicators", h("p", { class: "muted small" }, t("indicators_note")), view.indicators.length > 0 ? indicatorTable(view, t("indicators")) : h("p", { class: "muted" }, t("none_indicators"))],
      ["pair", figure("pair"), h("p", { class: "muted small" }, t("lead_note"))],
      ["records", h("p", { class: "muted small" }, t("records_note")), waterfalls.length > 0 ? waterfalls.map((name, at) => this.waterfall(name, at + 1)) : h("p", { class: "muted" }, t("none_records"))],
      ["history", view.history.length > 0 ? historyTable(view, t("history")) : h("p", { class: "muted" }, t("none"))],
      ["files", this.files.list()],
    ];
  }

  waterfall(name, n) {
    const title = t("waterfall", { n });
    const link = this.view.waterfalls[n - 1];
    return [h("h3", {}, link?.title ?? title), this.drawings.figure(name, title), link && waterfallTable(link, title)];
  }

  measures() {
    const { measures } = this.view;
    return measures.length > 0 && h("dl", { class: "measures" }, measures.map((one) => h("div", {}, h("dt", {}, one.name), h("dd", {}, one.value), h("dd", { class: "muted small" }, one.note))));
  }

  /** Shows names after a stated purpose, or hides them again at once. */
  async names() {
    if (this.stated) {
      this.stated = null;
      this.drawings.end();
      put(this.main, h("p", { class: "muted" }, t("loading")));
      await this.load();
      notice(t("now_hidden"));
      return;
    }
    if (!mayShowNames(account())) return;
    const stated = await askPurpose();
    if (!stated || this.ending.signal.aborted) return;
    this.stated = stated;
    this.drawings.end();
    await this.load();
    window.scrollTo(0, 0);
  }

  // Moving about

  goTo(at) {
    const one = this.sections[Math.min(this.sections.length - 1, Math.max(0, at))];
    this.at = one.at;
    one.element.scrollIntoView({ block: "start" });
    one.heading.focus({ preventScroll: true });
    this.mark();
  }

  mark() {
    for (const one of this.sections) one.button.setAttribute("aria-current", String(one.at === this.at));
  }

  /** Follows which section is read. */
  watch() {
    this.seen?.disconnect();
    this.seen = new IntersectionObserver((entries) => {
      const now = entries.find((entry) => entry.isIntersecting);
      if (!now) return;
      this.at = Number(now.target.dataset.at);
      this.mark();
    }, { rootMargin: "-25% 0px -70% 0px" });
    for (const one of this.sections) this.seen.observe(one.element);
    this.mark();
  }

  setKeys() {
    keys([
      ...this.sections.slice(0, 9).map((one) => ({ key: String(one.at + 1), shown: one.at === 0 ? "1 – 9" : undefined, label: one.at === 0 ? t("k_digit") : null, act: () => this.goTo(one.at) })),
      { key: "j", shown: "j k", label: t("k_next"), act: () => this.goTo(this.at + 1) },
      { key: "k", act: () => this.goTo(this.at - 1) },
      { key: "z", label: t("k_zoom"), act: () => this.sections[this.at].element.querySelector("figure.drawing")?.enlarge?.() },
      { key: "s", label: mayShowNames(account()) ? t("k_names") : null, act: () => this.names() },
      { key: "g", label: t("k_report"), act: () => this.files.report() },
      { key: "p", label: t("k_pdf"), act: () => this.files.pdf() },
      { key: "l", label: t("k_lead"), act: () => go(`/leads/${encodeURIComponent(this.id)}`) },
      { key: "b", label: t("k_bench"), act: () => go(benchOf(this.view.lead.specimens)) },
      { key: "u", label: t("k_up"), act: () => go("/investigation") },
    ]);
  }
}
