// Parts of the page of one lead: the two persons, the decisions, the saved views, and what would go.

import { get } from "../lib/api.js";
import { h, put } from "../lib/dom.js";
import { moment, number, words } from "../lib/words.js";
import { lazyPicture, zoom } from "./leads_picture.js";
import { lastConclusion } from "./leads_steps.js";
import { conclusionWord, gaveUp } from "./leads_words.js";

const t = words({
  two: ["Two persons confirm", "Dos personas confirman"],
  two_note: ["One examiner concludes on the physical specimens; a second examiner, never the same person, reviews. Only then is there a hit.", "Un perito concluye sobre los indicios físicos; un segundo perito, nunca la misma persona, revisa. Solo entonces hay coincidencia confirmada."],
  first: ["Concludes", "Concluye"],
  second: ["Reviews", "Revisa"],
  waits: ["nobody yet", "nadie todavía"],
  waits_other: ["waiting for an examiner other than {who}", "en espera de un perito que no sea {who}"],
  waits_you: ["waiting: you may review, since {who} concluded", "en espera: usted puede revisar, pues concluyó {who}"],
  waits_not_you: ["waiting for another examiner: you concluded", "en espera de otro perito: usted concluyó"],
  agreed: ["agreed", "de acuerdo"],
  disagreed: ["disagreed", "en desacuerdo"],
  not_asked: ["not reviewed: none is asked for this conclusion", "sin revisión: esta conclusión no la pide"],
  decisions: ["Decisions", "Decisiones"],
  proposed: ["Proposed by software", "Propuesto por el programa"],
  proposed_about: ["rank {rank} of the list, score {score}", "lugar {rank} de la lista, puntaje {score}"],
  judged: ["Judged a lead on screen", "Declarada pista en pantalla"],
  opened: ["Specimens taken for examination", "Indicios tomados para peritaje"],
  concluded: ["Concluded: {conclusion}", "Conclusión: {conclusion}"],
  reviewed_yes: ["Review: agreed", "Revisión: de acuerdo"],
  reviewed_no: ["Review: disagreed; back to examination", "Revisión: en desacuerdo; vuelve a examen"],
  withdrawn_step: ["Withdrawn", "Retirada"],
  views: ["Views saved on the bench", "Vistas guardadas en el banco"],
  views_note: ["They go into the report.", "Se incluyen en el informe."],
  no_views: ["None yet. On the bench a view can be kept with a caption.", "Aún ninguna. En el banco puede guardarse una vista con leyenda."],
  no_caption: ["Without caption", "Sin leyenda"],
  by_at: ["{by}, {at}", "{by}, {at}"],
  if_title: ["If this lead were excluded", "Si esta pista se excluyera"],
  if_nothing: ["Nothing would go: nothing was inherited through it.", "Nada se iría: nada se heredó por ella."],
  if_unchanged: ["Nothing is changed by asking.", "Preguntar no cambia nada."],
  before: ["Before", "Antes"],
  after: ["After", "Después"],
});

const same = (a, b) => a?.toLowerCase() === b?.toLowerCase();
const person = (who) => `${who.name} (${t(who.role)})`;

/** Who concluded and who reviewed, or who is still wanted: told before anybody tries. Nothing for a candidate. */
export function twoPersons(lead, who) {
  const record = lastConclusion(lead);
  if (!record && !["lead", "under_examination"].includes(lead.state)) return null;
  // After a disagreement the examination begins again: the earlier conclusion no longer waits for anybody.
  const standing = lead.state === "under_examination" ? null : record;
  const at = lead.history.findLastIndex((one) => one.step === "concluded");
  const review = standing ? lead.history.slice(at + 1).find((one) => one.step === "reviewed") : null;
  return h("section", { class: "card", "aria-labelledby": "two" }, h("h2", { id: "two" }, t("two")), h("p", { class: "muted small" }, t("two_note")),
    h("ol", { class: "two" },
      stage(t("first"), standing && [person(standing.examiner), conclusionWord(standing.conclusion), moment(standing.at)], t("waits")),
      stage(t("second"), review && [person(review.by), t(review.agrees ? "agreed" : "disagreed"), moment(review.at)], wantedReviewer(lead, standing, who))));
}

function stage(name, done, wanted) {
  return h("li", { class: done ? "done" : "wanting" }, h("strong", {}, name), h("span", {}, done ? done.join(" · ") : wanted));
}

function wantedReviewer(lead, record, who) {
  if (!record) return t("waits");
  if (lead.state !== "under_review") return t("not_asked");
  if (same(record.examiner.name, who.name)) return t("waits_not_you");
  return t(who.role === "examiner" ? "waits_you" : "waits_other", { who: record.examiner.name });
}

/** Everything that was done about the lead, first to last. */
export function decisions(lead) {
  const { basis } = lead;
  const first = h("li", {}, h("strong", {}, t("proposed")), h("span", { class: "muted small" }, `${t("proposed_about", { rank: number(basis.rank, 0), score: number(basis.score, 2) })} · ${moment(lead.proposed)}`));
  return h("section", { class: "card", "aria-labelledby": "decisions" }, h("h2", { id: "decisions" }, t("decisions")), h("ol", { class: "decisions" }, first, lead.history.map(decision)));
}

function decision(event) {
  const told = {
    judged: () => [t("judged"), event.by, event.reason],
    opened: () => [t("opened"), event.by, null],
    concluded: () => [t("concluded", { conclusion: conclusionWord(event.record.conclusion) }), event.record.examiner, event.record.reason],
    reviewed: () => [t(event.agrees ? "reviewed_yes" : "reviewed_no"), event.by, event.reason],
    withdrawn: () => [t("withdrawn_step"), event.by, event.reason],
  }[event.step];
  return told ? entry(event.at, ...told()) : entry(event.at, event.step, event.by, event.reason);
}

function entry(at, what, who, reason) {
  return h("li", {}, h("strong", {}, what), h("span", { class: "muted small" }, [who && person(who), moment(at)].filter(Boolean).join(" · ")), reason && h("q", {}, reason));
}

/** Views that were kept on the bench for this lead. */
export function savedViews(path, signal) {
  const place = h("div", { class: "saved", "aria-busy": "true" }, h("p", { class: "muted" }, t("loading")));
  fillViews(path, place, signal);
  return h("section", { class: "card", "aria-labelledby": "views" }, h("h2", { id: "views" }, t("views")), place);
}

async function fillViews(path, place, signal) {
  try {
    const all = await get(`${path}/views`, { signal });
    put(place, all.length === 0 ? h("p", { class: "muted" }, t("no_views")) : [h("p", { class: "muted small" }, t("views_note")), h("ul", { class: "saved-list" }, all.map((one) => saved(path, one)))]);
  } catch (error) {
    if (gaveUp(error)) return;
    put(place, h("p", { class: "muted" }, error.status === 404 ? t("no_views") : error.message));
  }
  place.removeAttribute("aria-busy");
}

function saved(path, one) {
  const from = `${path}/views/${encodeURIComponent(one.digest)}.png`;
  const caption = one.caption || t("no_caption");
  return h("li", {}, h("button", { class: "picture-button", onclick: () => zoom(caption, from, caption) }, lazyPicture(from, { alt: caption, class: "figure", width: 280, height: 170 })),
    h("span", {}, caption), h("span", { class: "muted small" }, t("by_at", { by: one.by, at: moment(one.at) })));
}

/** Asks what would go and come if the lead were excluded, and tells it side by side. */
export async function whatIf(path, place, signal) {
  put(place, h("p", { class: "muted" }, t("loading")));
  try {
    const told = await get(`${path}/what-if`, { signal });
    put(place, h("h3", {}, t("if_title")), consequences(told), h("p", { class: "muted small" }, t("if_unchanged")));
    place.scrollIntoView({ block: "nearest" });
  } catch (error) {
    if (!gaveUp(error)) put(place, h("p", { class: "fault", role: "alert" }, error.message));
  }
}

function consequences(told) {
  const list = (lines) => h("ul", { class: "lines" }, lines.map((line) => h("li", {}, line)));
  const sides = [told.before, told.after].filter((side) => side?.length > 0);
  if (sides.length > 0) return h("div", { class: "before-after" }, [["before", told.before], ["after", told.after]].map(([name, lines]) => h("div", {}, h("h4", {}, t(name)), lines?.length ? list(lines) : h("p", { class: "muted" }, t("none")))));
  return told.nothing !== false || !told.lines?.length ? h("p", {}, t("if_nothing")) : list(told.lines);
}
