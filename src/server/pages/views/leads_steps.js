// The steps of a lead: which a person may take now, why not the others, and the dialogs in which they are taken.
//
// The service decides; what is told here only spares people an attempt that it would refuse.

import { post } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { words } from "../lib/words.js";
import { CONCLUSIONS, conclusionWord } from "./leads_words.js";

const t = words({
  judge: ["Make it a lead", "Declararlo pista"],
  examine: ["Take the specimens for examination", "Tomar los indicios para peritaje"],
  conclude: ["Conclude on the physical specimens", "Concluir sobre los indicios físicos"],
  agree: ["Review: agree", "Revisión: de acuerdo"],
  disagree: ["Review: disagree", "Revisión: en desacuerdo"],
  review: ["Review the conclusion", "Revisar la conclusión"],
  withdraw: ["Withdraw", "Retirar"],
  about_judge: ["You judged the two marks on screen. A lead is an unconfirmed association: it tells investigators where to look.", "Usted juzgó las dos marcas en pantalla. Una pista es una asociación sin confirmar: indica a la investigación dónde mirar."],
  about_examine: ["You take the physical specimens to the comparison microscope. The lead is under examination until an examiner concludes.", "Usted lleva los indicios físicos al microscopio de comparación. La pista queda en examen hasta que un perito concluya."],
  about_conclude: ["You state what you yourself saw of both physical specimens under a comparison microscope. A second examiner reviews every conclusion before it stands; you cannot review your own.", "Usted declara lo que vio en ambos indicios físicos bajo el microscopio de comparación. Un segundo perito revisa toda conclusión antes de que valga; usted no puede revisar la suya."],
  about_agree: ["You reviewed the conclusion “{conclusion}” of {who}. With your agreement it stands: {after}.", "Usted revisó la conclusión «{conclusion}» de {who}. Con su acuerdo queda firme: {after}."],
  about_disagree: ["You do not share the conclusion “{conclusion}” of {who}. The lead goes back to examination.", "Usted no comparte la conclusión «{conclusion}» de {who}. La pista vuelve a examen."],
  about_withdraw: ["The lead is taken back. What was inherited through it, such as a trace, goes with it; the history stays.", "La pista se retira. Lo heredado por ella, como un rastreo, se va con ella; el historial permanece."],
  after_identification: ["the lead becomes a hit", "la pista pasa a coincidencia confirmada"],
  after_inconclusive: ["the lead is inconclusive", "la pista queda no concluyente"],
  after_elimination: ["the lead is excluded", "la pista queda excluida"],
  identification_about: ["Agreement of individual characteristics enough for one source, after AFTE.", "Concordancia suficiente de características individuales para una misma fuente, según AFTE."],
  inconclusive_a_about: ["Some agreement of individual characteristics, not enough for an identification.", "Cierta concordancia de características individuales, insuficiente para una identificación."],
  inconclusive_b_about: ["Class characteristics agree; individual ones neither agree nor disagree.", "Concuerdan las de clase; las individuales ni concuerdan ni discrepan."],
  inconclusive_c_about: ["Class characteristics agree; some individual ones disagree, not enough for an elimination.", "Concuerdan las de clase; algunas individuales discrepan, sin bastar para eliminar."],
  elimination_about: ["Different firearms: class or individual characteristics disagree.", "Armas distintas: discrepan características de clase o individuales."],
  unsuitable_about: ["The specimens do not bear an examination. Nothing is reviewed; the lead is withdrawn for that reason.", "Los indicios no permiten el examen. No hay revisión; la pista se retira por ese motivo."],
  conclusion: ["Conclusion (AFTE)", "Conclusión (AFTE)"],
  choose: ["Choose a conclusion.", "Elija una conclusión."],
  reason_wanted: ["Write the reason; it stays in the record.", "Escriba el motivo; queda en el registro."],
  send_hint: ["Ctrl+Enter sends", "Ctrl+Intro envía"],
  why_auditor: ["Auditors read everything and change nothing.", "Quien audita lee todo y no cambia nada."],
  why_examiner: ["The next step, “{step}”, is an examiner's; you are signed in as {role}.", "El paso siguiente, «{step}», corresponde a un perito; usted entró como {role}."],
  why_same: ["You concluded on this lead, so you cannot review it: another examiner must.", "Usted concluyó sobre esta pista; por eso no puede revisarla: debe hacerlo otro perito."],
  why_over: ["The lead is at its end: {state}. It can only be withdrawn, with a reason.", "La pista llegó a su fin: {state}. Solo puede retirarse, con un motivo."],
  why_withdrawn: ["The lead was withdrawn; nothing more can be done with it here. The same pair can be made a lead anew.", "La pista fue retirada; aquí no queda nada por hacer. El mismo par puede declararse pista de nuevo."],
});

/** Steps by their names, with the key that takes each. */
const KEYS = { judge: "j", examine: "e", conclude: "c", agree: "a", disagree: "d", withdraw: "w" };
const NEXT = { candidate: ["judge"], lead: ["examine"], under_examination: ["conclude"], under_review: ["agree", "disagree"] };

const same = (a, b) => a?.toLowerCase() === b?.toLowerCase();

/** The examiner's record that was made last, with its time; null where nobody has concluded. */
export function lastConclusion(lead) {
  const event = lead.history.findLast((one) => one.step === "concluded");
  return event ? { ...event.record, at: event.at } : null;
}

/** What this person may do with the lead now, and in words why not the next step. */
export function stepsFor(lead, who) {
  const next = NEXT[lead.state] ?? [];
  if (who.role === "auditor") return { steps: [], why: t("why_auditor") };
  const withdraw = lead.state === "withdrawn" ? [] : ["withdraw"];
  const why = refusal(lead, who, next);
  return { steps: [...(why ? [] : next), ...withdraw].map((name) => ({ name, key: KEYS[name], label: t(name), danger: name === "withdraw" })), why };
}

function refusal(lead, who, next) {
  if (lead.state === "withdrawn") return t("why_withdrawn");
  if (next.length === 0) return t("why_over", { state: t(lead.state) });
  if (next[0] === "judge") return null;
  if (who.role !== "examiner") return t("why_examiner", { step: t(next[0] === "agree" ? "review" : next[0]), role: t(who.role) });
  if (next[0] === "agree" && same(lastConclusion(lead)?.examiner.name, who.name)) return t("why_same");
  return null;
}

/** What has been written for a step that the service then refused: nobody writes a reason twice. */
const drafts = new Map();

/**
 * Asks for what a step needs and takes it. Resolves to true when it was taken, to a Problem when the service refused, to null when the person gave up.
 */
export function takeStep(lead, name) {
  return new Promise((resolve) => {
    const form = new StepForm(lead, name, resolve);
    document.body.append(form.box);
    form.box.showModal();
    form.first()?.focus();
  });
}

class StepForm {
  constructor(lead, name, resolve) {
    Object.assign(this, { lead, name, draft: `${lead.id} ${name}`, outcome: null });
    this.said = h("p", { class: "fault", role: "alert" });
    this.reason = name === "examine" ? null : h("textarea", { id: "step-reason", rows: name === "conclude" ? 3 : 4, value: drafts.get(this.draft) ?? "", maxlength: 2000, "aria-required": "true" });
    this.go = h("button", { class: name === "withdraw" ? "danger" : "main", type: "submit" }, t(name));
    this.box = h("dialog", { class: "lead-step", "aria-labelledby": "step-title" },
      h("form", { onsubmit: (event) => this.send(event), onkeydown: (event) => this.sendByKey(event) },
        h("h2", { id: "step-title" }, t(name)),
        h("p", {}, this.about()),
        name === "conclude" && this.range(),
        this.reason && [h("label", { for: "step-reason" }, t("reason")), this.reason, h("p", { class: "muted small" }, t("send_hint"))],
        this.said,
        h("div", { class: "row end" }, h("button", { type: "button", onclick: () => this.box.close() }, t("cancel")), this.go)));
    this.box.addEventListener("close", () => {
      if (this.reason && this.outcome !== true) drafts.set(this.draft, this.reason.value);
      this.box.remove();
      resolve(this.outcome);
    });
  }

  about() {
    const record = lastConclusion(this.lead);
    if (this.name !== "agree" && this.name !== "disagree") return t(`about_${this.name}`);
    const kind = record.conclusion.conclusion;
    return t(`about_${this.name}`, { conclusion: conclusionWord(record.conclusion), who: record.examiner.name, after: t(`after_${kind}`) });
  }

  range() {
    return h("fieldset", { class: "range" }, h("legend", {}, t("conclusion")), CONCLUSIONS.map((one) => h("label", { class: "range-choice" },
      h("input", { type: "radio", name: "conclusion", value: one }), h("span", {}, h("strong", {}, conclusionWord(one)), h("span", { class: "muted small" }, t(`${one}_about`))))));
  }

  first() {
    return this.box.querySelector("input[type=radio]") ?? this.reason ?? this.go;
  }

  sendByKey(event) {
    if (event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      this.box.querySelector("form").requestSubmit();
    }
  }

  /** The step as the service takes it; null when something is wanting, which is said. */
  given() {
    const reason = this.reason?.value.trim();
    const conclusion = this.box.querySelector("input[name=conclusion]:checked")?.value;
    if (this.name === "conclude" && !conclusion) return this.wants(t("choose"), this.first());
    if (this.reason && !reason) return this.wants(t("reason_wanted"), this.reason);
    if (this.name === "examine") return { step: "examine" };
    if (this.name === "agree" || this.name === "disagree") return { step: "review", agrees: this.name === "agree", reason };
    return this.name === "conclude" ? { step: "conclude", conclusion, reason } : { step: this.name, reason };
  }

  wants(text, field) {
    this.said.textContent = text;
    field.focus();
    return null;
  }

  async send(event) {
    event.preventDefault();
    const step = this.given();
    if (!step || this.go.disabled) return;
    this.go.disabled = true;
    this.said.textContent = "";
    try {
      await post(`/api/v1/leads/${encodeURIComponent(this.lead.id)}/steps`, step);
      drafts.delete(this.draft);
      this.outcome = true;
      this.box.close();
    } catch (problem) {
      this.go.disabled = false;
      if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) {
        this.outcome = problem;
        this.box.close();
      } else {
        this.said.textContent = problem.message;
      }
    }
  }
}
