// One lead: both marks, what people did about it, and what may be done now.

import { account, go } from "../app.js";
import { get } from "../lib/api.js";
import { h, notice, put } from "../lib/dom.js";
import { keys } from "../lib/keys.js";
import { day, moment, number, ratio, words } from "../lib/words.js";
import { fetchDrawing, lazyPicture, zoom } from "./leads_picture.js";
import { decisions, savedViews, twoPersons, whatIf } from "./leads_parts.js";
import { stepsFor, takeStep } from "./leads_steps.js";
import { age, benchOf, CARRYING, clockMark, conclusionWord, face, gaveUp, joins, stateBadge, weight, wind } from "./leads_words.js";

const t = words({
  title: ["Lead {id}", "Pista {id}"],
  candidate_title: ["Candidate {id}", "Candidato {id}"],
  board: ["All leads", "Todas las pistas"],
  concluded: ["concluded: {conclusion}", "conclusión: {conclusion}"],
  since: ["In this state for {age}, since {at}", "En este estado desde hace {age}, {at}"],
  marks: ["Both marks", "Ambas marcas"],
  to_bench: ["Compare on the bench", "Comparar en el banco"],
  to_investigation: ["Investigation", "Investigación"],
  no_investigation: ["An investigation shows what hangs on a lead that somebody judged.", "La investigación muestra lo que depende de una pista ya juzgada."],
  found: ["What software found", "Lo que halló el programa"],
  likelihood: ["log10 likelihood ratio of the pair, 95 %", "log10 de la razón de verosimilitud, 95 %"],
  of_search: ["The same, as picked from the gallery", "La misma, al elegirse de la galería"],
  cells: ["congruent cells", "celdas congruentes"],
  rank: ["rank in the list", "lugar en la lista"],
  correlated: ["correlated", "correlacionado"],
  breech_of: ["Breech face of {specimen}, under virtual light", "Cara de recámara de {specimen}, con luz virtual"],
  fired_by: ["test fire of {firearm}", "disparo de prueba de {firearm}"],
  pair: ["The pair explained", "El par explicado"],
  pair_alt: ["Both breech faces aligned, their congruent cells and their differences: {n} congruent cells, {weight}.", "Ambas caras de recámara alineadas, sus celdas congruentes y sus diferencias: {n} celdas congruentes, {weight}."],
  no_pair: ["The pair cannot be drawn: {why}", "No se puede dibujar el par: {why}"],
  enlarge: ["Enlarge", "Ampliar"],
  now: ["What can be done now", "Qué puede hacerse ahora"],
  taken: ["Done: {step}. The lead is now {state}.", "Hecho: {step}. Estado de la pista: {state}."],
  refused: ["Not done. {why} The page shows the lead as it is now ({state}). What you wrote is kept.", "No se hizo. {why} La página muestra la pista como está ahora ({state}). Lo escrito se conserva."],
  gone: ["There is no such lead.", "No existe esa pista."],
  k_up: ["back to all leads", "volver a todas las pistas"],
  k_zoom: ["enlarge the pair", "ampliar el par"],
  k_refresh: ["refresh", "actualizar"],
  ask: ["What would go if it were excluded", "Qué se iría si se excluyera"],
  k_what_if: ["what would go if it were excluded", "qué se iría si se excluyera"],
});

/** A figure that rounds to nought has no sign. */
const unsigned = (value) => (value !== null && value !== undefined && Math.abs(value) < 0.05 ? 0 : value);

/** Shows one lead; gives a function that ends it. */
export async function showLead(main, id, _session) {
  const page = new LeadPage(main, id);
  await page.load();
  return () => page.end();
}

class LeadPage {
  constructor(main, id) {
    Object.assign(this, { main, id, path: `/api/v1/leads/${encodeURIComponent(id)}`, ending: new AbortController(), pairAt: null });
    this.minute = setInterval(() => wind(main), 30_000);
  }

  end() {
    this.ending.abort();
    clearInterval(this.minute);
    if (this.pairAt) URL.revokeObjectURL(this.pairAt);
  }

  async load() {
    try {
      this.lead = await get(this.path, { signal: this.ending.signal });
    } catch (error) {
      if (gaveUp(error)) return;
      put(this.main, this.backLink(), h("p", { class: "empty", role: "alert" }, error.status === 404 ? t("gone") : error.message));
      keys([{ key: "u", label: t("k_up"), act: () => go("/leads") }]);
      return;
    }
    this.draw();
  }

  backLink() {
    return h("p", { class: "back" }, h("a", { href: "/leads" }, "‹ ", t("board")), " ", h("kbd", { "aria-hidden": "true" }, "u"));
  }

  draw() {
    const { lead } = this;
    const { steps, why } = stepsFor(lead, account());
    this.consequence = h("div", { class: "what-if", "aria-live": "polite" });
    document.title = `${lead.id} · ${t(lead.state)} · brasslink`;
    put(this.main, this.backLink(), this.heading(),
      h("div", { class: "lead-page" },
        h("div", { class: "lead-left" }, this.marks(), this.pair(), savedViews(this.path, this.ending.signal)),
        h("div", { class: "lead-right" }, this.now(steps, why), twoPersons(lead, account()), this.found(), decisions(lead))));
    this.setKeys(steps);
  }

  heading() {
    const { row, id, state, conclusion } = this.lead;
    return h("header", { class: "lead-heading" },
      h("div", { class: "row wrap" }, h("h1", {}, t(state === "candidate" ? "candidate_title" : "title", { id })), stateBadge(state),
        state === "under_review" && h("span", { class: "badge quiet" }, t("concluded", { conclusion: conclusionWord(conclusion) })), clockMark(row)),
      h("p", {}, h("strong", {}, joins(row)), " · ", weight(row)),
      h("p", { class: "muted small" }, t("since", { age: age(row.since), at: moment(row.since) })));
  }

  marks() {
    const { lead } = this;
    return h("section", { class: "card", "aria-labelledby": "marks" },
      h("div", { class: "row wrap spread" }, h("h2", { id: "marks" }, t("marks")),
        h("div", { class: "row wrap" },
          h("a", { class: "button", href: benchOf(lead.row.specimens) }, t("to_bench"), " ", h("kbd", { "aria-hidden": "true" }, "b")),
          CARRYING.includes(lead.state) && h("a", { class: "button", href: `/investigation/${encodeURIComponent(lead.id)}` }, t("to_investigation"), " ", h("kbd", { "aria-hidden": "true" }, "i")))),
      h("div", { class: "both" }, lead.sides.map((side) => this.side(side))),
      lead.state === "candidate" && h("p", { class: "muted small" }, t("no_investigation")));
  }

  side(side) {
    const where = [side.place ?? side.municipality, side.state, side.country].filter(Boolean).join(", ");
    const origin = side.kind === "test_fire" || side.firearm ? t("fired_by", { firearm: side.firearm }) : `${t("incident")} ${side.incident ?? "–"}`;
    return h("figure", {},
      lazyPicture(face(side.id, 512), { alt: t("breech_of", { specimen: side.id }), class: "figure face", width: 512, height: 512 }),
      h("figcaption", {}, h("strong", {}, side.id), h("span", {}, origin), h("span", { class: "muted small" }, [`${t("exhibit")} ${side.exhibit}`, side.calibre, side.date && day(side.date), where].filter(Boolean).join(" · "))));
  }

  pair() {
    const place = h("div", { class: "pair", "aria-busy": "true" }, h("p", { class: "muted" }, t("loading")));
    const section = h("section", { class: "card", "aria-labelledby": "pair" }, h("div", { class: "row spread" }, h("h2", { id: "pair" }, t("pair"))), place);
    this.drawPair(place);
    return section;
  }

  async drawPair(place) {
    const { row } = this.lead;
    const [reference, comparison] = row.specimens.map(encodeURIComponent);
    try {
      const { at } = await fetchDrawing(`/api/v1/comparison.svg?reference=${reference}&comparison=${comparison}`, { signal: this.ending.signal });
      if (this.pairAt) URL.revokeObjectURL(this.pairAt);
      this.pairAt = at;
      const alt = t("pair_alt", { n: row.congruent_cells ?? this.lead.basis.cmc, weight: weight(row) });
      this.enlarge = () => zoom(t("pair"), at, alt);
      put(place, h("button", { class: "picture-button", "aria-label": `${t("enlarge")}: ${t("pair")}`, onclick: this.enlarge }, h("img", { class: "figure", src: at, alt })),
        h("p", { class: "muted small" }, h("button", { class: "plain", onclick: this.enlarge }, t("enlarge"), " ", h("kbd", { "aria-hidden": "true" }, "z"))));
    } catch (error) {
      if (!gaveUp(error)) put(place, h("p", { class: "muted" }, t("no_pair", { why: error.message })));
    }
    place.removeAttribute("aria-busy");
  }

  now(steps, why) {
    const button = (step) => h("button", { class: step.danger ? "danger" : "main", onclick: () => this.take(step) }, step.label, " ", h("kbd", { "aria-hidden": "true" }, step.key));
    return h("section", { class: "card now", "aria-labelledby": "now" }, h("h2", { id: "now" }, t("now")),
      why && h("p", { class: "banner" }, why),
      h("div", { class: "steps" }, steps.map(button), h("button", { onclick: () => this.ask() }, t("ask"), " ", h("kbd", { "aria-hidden": "true" }, "x"))),
      this.consequence);
  }

  found() {
    const { basis } = this.lead;
    const line = (name, value) => [h("dt", {}, name), h("dd", {}, value)];
    return h("section", { class: "card", "aria-labelledby": "found" }, h("h2", { id: "found" }, t("found")),
      h("dl", { class: "facts" },
        line(t("likelihood"), ratio(basis.log10_lr, basis.log10_lr_interval, this.lead.row?.log10_lr_at_bound)),
        line(t("of_search"), number(unsigned(basis.log10_lr_of_search), 1)),
        line(t("score"), number(basis.score, 2)), line(t("cells"), number(basis.cmc, 0)), line(t("rank"), number(basis.rank, 0)), line(t("correlated"), moment(basis.correlated))),
      h("p", { class: "muted small" }, t("lead_note")));
  }

  async take(step) {
    const outcome = await takeStep(this.lead, step.name);
    if (outcome === null || this.ending.signal.aborted) return;
    await this.load();
    if (outcome === true) notice(t("taken", { step: step.label, state: t(this.lead.state) }));
    else notice(t("refused", { why: `${outcome.message}.`, state: t(this.lead.state) }), "bad");
    this.main.querySelector("#now")?.closest("section").querySelector("button")?.focus();
  }

  ask() {
    return whatIf(this.path, this.consequence, this.ending.signal);
  }

  setKeys(steps) {
    keys([
      ...steps.map((step) => ({ key: step.key, label: step.label, act: () => this.take(step) })),
      { key: "x", label: t("k_what_if"), act: () => this.ask() },
      { key: "b", label: t("to_bench"), act: () => go(benchOf(this.lead.row.specimens)) },
      { key: "i", label: CARRYING.includes(this.lead.state) ? t("to_investigation") : null, act: () => CARRYING.includes(this.lead.state) && go(`/investigation/${encodeURIComponent(this.id)}`) },
      { key: "z", label: t("k_zoom"), act: () => this.enlarge?.() },
      { key: "r", label: t("k_refresh"), act: () => this.load() },
      { key: "u", label: t("k_up"), act: () => go("/leads") },
    ]);
  }
}
