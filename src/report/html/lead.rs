//! The report of one lead, for a prosecutor.

use super::dossier::{courses, findings, links, summary, waterfalls};
use super::model::{Dossier, Figure};
use super::page::{Head, Section, caveats, page};
use super::parts::{figure, state};
use crate::language::Language;
use crate::report::ReportError;
use crate::report::view::{Disclosure, LeadState, Name, Phrase, Provenance, When};
use maud::{Markup, html};

/// One change of the lead's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// When, as the log has it.
    pub when: String,
    /// The new state.
    pub to: LeadState,
    /// Who.
    pub person: String,
    /// Why.
    pub reason: String,
    /// Hash of the event in the audit chain; may be empty.
    pub audit_hash: String,
}

/// One station of the chain of custody of the evidence or of the firearm.
#[derive(Debug, Clone, PartialEq)]
pub struct Custody {
    /// When, as far as known.
    pub when: Option<When>,
    /// What: a case, a firearm, a test fire.
    pub item: String,
    /// What happened: collected, received, imaged, test-fired, returned. Empty words with `gap` mark a break.
    pub action: Phrase,
    /// Who held it.
    pub holder: Name,
    /// The record that says so.
    pub record: String,
    /// Whether nothing documents this stretch.
    pub gap: bool,
}

/// The view model of a lead report.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadReport {
    /// The lead's identifier.
    pub lead: String,
    /// A line below the title: the incidents it joins.
    pub subtitle: Phrase,
    /// Where it stands.
    pub state: LeadState,
    /// Summary, charts, measures, indicators, conflicts.
    pub dossier: Dossier,
    /// How it came to stand there.
    pub history: Vec<StateChange>,
    /// Chain of custody.
    pub custody: Vec<Custody>,
    /// The pair, and further pairs of the same items, made in the language of the page.
    pub pairs: Vec<Figure>,
    /// Version, hashes, sources.
    pub provenance: Provenance,
    /// Whether names of persons are shown.
    pub disclosure: Disclosure,
}

/// The page.
///
/// # Errors
/// A chart that cannot be drawn (see [`crate::report::chart`]).
pub fn lead_report(view: &LeadReport, language: Language) -> Result<String, ReportError> {
    let pick = |english: &'static str, spanish: &'static str| language.pick(english, spanish);
    let dossier = &view.dossier;
    let mut sections = vec![Section {
        id: "summary",
        heading: pick("Summary", "Resumen"),
        body: html! {
            p { (pick("State of the lead: ", "Estado de la pista: ")) (state(view.state, language)) }
            (summary(&dossier.summary, language))
            (findings(dossier, language))
            (disclosure(&view.disclosure, language))
        },
    }];
    if !view.pairs.is_empty() {
        let body = html! { @for pair in &view.pairs { (figure(pair, true, language)) } };
        sections.push(Section { id: "pairs", heading: pick("The marks", "Las marcas"), body });
    }
    if !dossier.chart.nodes.is_empty() {
        let body = links(&dossier.chart, &view.disclosure, language)?;
        sections.push(Section {
            id: "links",
            heading: pick("Links, each with its own status", "Enlaces, cada uno con su estado"),
            body,
        });
    }
    if !dossier.waterfalls.is_empty() {
        let body = waterfalls(dossier, language)?;
        sections.push(Section {
            id: "records",
            heading: pick("Why these records are joined", "Por qué se unen estos registros"),
            body,
        });
    }
    let body = courses(dossier, &view.disclosure, language)?;
    if !body.0.is_empty() {
        sections.push(Section { id: "course", heading: pick("Course of events", "Curso de los hechos"), body });
    }
    if !view.custody.is_empty() {
        let body = custody(&view.custody, &view.disclosure, language);
        sections.push(Section { id: "custody", heading: pick("Chain of custody", "Cadena de custodia"), body });
    }
    if !view.history.is_empty() {
        sections.push(Section {
            id: "history",
            heading: pick("Decisions", "Decisiones"),
            body: history(&view.history, language),
        });
    }
    sections.push(Section {
        id: "caveats",
        heading: pick("How to read this", "Cómo leer esto"),
        body: caveats(true, language),
    });
    let title = format!("{} {}", pick("Lead", "Pista"), view.lead);
    let head =
        Head { kind: pick("Lead report", "Informe de pista"), title: &title, subtitle: view.subtitle.pick(language) };
    Ok(page(&head, sections, &view.provenance, language))
}

/// Whether names are shown, and on whose word.
fn disclosure(disclosure: &Disclosure, language: Language) -> Markup {
    match disclosure {
        Disclosure::Revealed { purpose, case_number, person } if disclosure.reveals() => html! {
            p class="warning" {
                strong { (language.pick("Names of persons are shown. ", "Se muestran nombres de personas. ")) }
                (language.pick("Purpose: ", "Finalidad: ")) (purpose)
                (language.pick("; case number: ", "; número de caso: ")) (case_number)
                @if !person.is_empty() { (language.pick("; requested by: ", "; solicitado por: ")) (person) }
                ". " (language.pick("This look was recorded in the audit log.", "Esta consulta quedó en el registro de auditoría."))
            }
        },
        _ => html! {
            p class="quiet" {
                (language.pick(
                    "Names of persons are withheld. They are shown with a case number and a purpose, and every look is recorded.",
                    "Los nombres de personas están reservados. Se muestran con número de caso y finalidad, y cada consulta se registra.",
                ))
            }
        },
    }
}

fn custody(list: &[Custody], disclosure: &Disclosure, language: Language) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="region" aria-label=(language.pick("Chain of custody", "Cadena de custodia")) {
            table {
                thead { tr {
                    th scope="col" { (language.pick("When", "Cuándo")) }
                    th scope="col" { (language.pick("Item", "Elemento")) }
                    th scope="col" { (language.pick("What", "Qué")) }
                    th scope="col" { (language.pick("Held by", "En poder de")) }
                    th scope="col" { (language.pick("Record", "Registro")) }
                } }
                tbody { @for step in list { tr {
                    td { (step.when.map_or_else(|| "–".to_owned(), |when| when.to_string())) }
                    td { (step.item) }
                    td {
                        @if step.gap { span class="badge review" { (language.pick("gap", "hueco")) } " " }
                        (step.action.pick(language))
                    }
                    td { (step.holder.shown(disclosure, language)) }
                    td class="mono" { (step.record) }
                } } }
            }
        }
    }
}

fn history(list: &[StateChange], language: Language) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="region" aria-label=(language.pick("Decisions", "Decisiones")) {
            table {
                thead { tr {
                    th scope="col" { (language.pick("When", "Cuándo")) }
                    th scope="col" { (language.pick("State", "Estado")) }
                    th scope="col" { (language.pick("Person", "Persona")) }
                    th scope="col" { (language.pick("Reason", "Razón")) }
                    th scope="col" { (language.pick("Audit event", "Evento de auditoría")) }
                } }
                tbody { @for change in list { tr {
                    td { (change.when) }
                    td { (state(change.to, language)) }
                    td { (change.person) }
                    td { (change.reason) }
                    td class="mono" { (super::page::short(&change.audit_hash)) }
                } } }
            }
        }
    }
}
