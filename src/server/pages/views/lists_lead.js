// Making a lead of a pair: a person judges, and says why.

import { go } from "../app.js";
import { post } from "../lib/api.js";
import { dialog, h, notice } from "../lib/dom.js";
import { words } from "../lib/words.js";

const t = words({
  make: ["Make a lead", "Crear una pista"],
  what: ["A lead is an unconfirmed association that a person judged on screen. It becomes a hit only when examiners confirm it on the physical specimens.", "Una pista es una asociación no confirmada que una persona juzgó en pantalla. Solo se vuelve coincidencia confirmada cuando los peritos la confirman en los casquillos físicos."],
  why: ["On what grounds", "Con qué fundamento"],
  hint: ["For example: continuous striae at the upper left of the breech face", "Por ejemplo: estrías continuas arriba a la izquierda de la cara de recámara"],
  made: ["Lead {id} made.", "Pista {id} creada."],
  needed: ["Say why: the reason goes into the record.", "Indique el motivo: queda en el registro."],
});

/** Accounts that may judge a pair and ask for searches. */
export const mayJudge = (session) => ["technician", "examiner", "analyst"].includes(session?.account.role);

/** Asks for the reason and makes the lead. Gives { id, state }, or null where nobody did. */
export function makeLead(first, second) {
  return dialog(t("make"), (close) => {
    const reason = h("textarea", { id: "lead-reason", rows: 4, required: true, autofocus: true, placeholder: t("hint") });
    const said = h("p", { class: "fault", role: "alert" });
    const button = h("button", { class: "main", type: "submit" }, t("make"));
    const send = async (event) => {
      event.preventDefault();
      if (!reason.value.trim()) {
        said.textContent = t("needed");
        reason.focus();
        return;
      }
      button.disabled = true;
      try {
        const lead = await post("/api/v1/leads", { first, second, reason: reason.value.trim() });
        notice(t("made", { id: lead.id }));
        close({ id: lead.id, state: lead.state ?? "lead" });
      } catch (error) {
        said.textContent = error.message;
        button.disabled = false;
      }
    };
    return h(
      "form",
      { class: "lead-form", novalidate: true, onsubmit: send },
      h("p", {}, h("strong", {}, first), " · ", h("strong", {}, second)),
      h("p", { class: "muted small" }, t("what")),
      h("label", { for: "lead-reason" }, t("why")),
      reason,
      said,
      h("div", { class: "row end" }, h("button", { type: "button", onclick: () => close(null) }, t("cancel")), button),
    );
  });
}

/** Goes to a lead. */
export const openLead = (id) => go(`/leads/${encodeURIComponent(id)}`);
