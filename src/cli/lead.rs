//! `lead`: what people decide about candidates.

use super::Desk;
use super::arguments::{ConclusionArg, LeadCommand, PolicyArg};
use super::failure::Failure;
use super::present::{lr_words, picked_words, table};
use crate::casework::{Conclusion, InconclusiveGrade, Lead, ReviewPolicy, Step};
use crate::engine::ports::Store as _;
use crate::engine::review::{Move, make, step_and_tell};
use crate::engine::what_if::WhatIf;
use crate::ids::{LeadId, SpecimenId};
use crate::language::Language;

/// Runs the command.
///
/// # Errors
/// An unknown lead, an illegal step, a person who may not.
pub fn run(desk: &Desk, command: LeadCommand) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let mut went: Option<WhatIf> = None;
    let mut moved = |lead: &str, what: Move| -> Result<Lead, Failure> {
        let (lead, told) = step_and_tell(&store, &desk.clock, &desk.person()?, &LeadId::new(lead), what)?;
        went = told;
        Ok(lead)
    };
    let lead = match command {
        LeadCommand::List { state } => {
            let mut leads = store.leads()?;
            if let Some(state) = &state {
                leads.retain(|l| l.state().word() == state);
            }
            desk.output.show(&leads, |language| list(&leads, language))?;
            return Ok(());
        }
        LeadCommand::Show { lead } => store.lead(&LeadId::new(lead))?,
        LeadCommand::Make { a, b, reason } => {
            let pair = [&SpecimenId::new(a), &SpecimenId::new(b)];
            make(&store, &desk.clock, &desk.person()?, pair, &reason, &desk.parameters)?
        }
        LeadCommand::Examine { lead } => moved(&lead, Move::Examine)?,
        LeadCommand::Conclude { lead, conclusion, reason, policy } => {
            moved(&lead, Move::Conclude { conclusion: conclusion_of(conclusion), reason, policy: policy_of(policy) })?
        }
        LeadCommand::Review { lead, disagree, reason } => moved(&lead, Move::Review { agrees: !disagree, reason })?,
        LeadCommand::Withdraw { lead, reason } => moved(&lead, Move::Withdraw { reason })?,
    };
    let shown = Shown { lead: &lead, went_with_it: went.as_ref() };
    desk.output.show(&shown, |language| {
        let mut text = show(&lead, language);
        if let Some(told) = &went {
            let head = language.pick("What went with it:", "Lo que se fue con ella:");
            text.push_str(&format!("{head}\n{}", crate::report::gather::what_if::words(told, language)));
        }
        text
    })?;
    Ok(())
}

/// A lead, and what went with it where it carries nothing any more.
#[derive(serde::Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    lead: &'a Lead,
    #[serde(skip_serializing_if = "Option::is_none")]
    went_with_it: Option<&'a WhatIf>,
}

fn conclusion_of(arg: ConclusionArg) -> Conclusion {
    match arg {
        ConclusionArg::Identification => Conclusion::Identification,
        ConclusionArg::InconclusiveA => Conclusion::Inconclusive(InconclusiveGrade::A),
        ConclusionArg::InconclusiveB => Conclusion::Inconclusive(InconclusiveGrade::B),
        ConclusionArg::InconclusiveC => Conclusion::Inconclusive(InconclusiveGrade::C),
        ConclusionArg::Elimination => Conclusion::Elimination,
        ConclusionArg::Unsuitable => Conclusion::Unsuitable,
    }
}

fn policy_of(arg: PolicyArg) -> ReviewPolicy {
    match arg {
        PolicyArg::All => ReviewPolicy::ALL,
        PolicyArg::Identifications => ReviewPolicy { identification: true, ..ReviewPolicy::NONE },
        PolicyArg::None => ReviewPolicy::NONE,
    }
}

/// The state in a person's language.
#[must_use]
pub fn state_words(lead: &Lead, language: Language) -> String {
    let english = lead.state().to_string();
    let spanish = match lead.state().word() {
        "candidate" => "candidato",
        "lead" => "pista",
        "under_examination" => "en examen",
        "under_review" => "en revisión",
        "hit" => "coincidencia confirmada (hit)",
        "inconclusive" => "no concluyente",
        "excluded" => "excluida",
        _ => "retirada",
    };
    language.pick(english, spanish.to_owned())
}

fn list(leads: &[Lead], language: Language) -> String {
    let mut drawn = table([
        language.pick("lead", "pista"),
        language.pick("state", "estado"),
        language.pick("joins", "une"),
        "log10 LR",
        language.pick("congruent cells", "celdas congruentes"),
        language.pick("changed", "modificada"),
    ]);
    for lead in leads {
        let [a, b] = lead.joins().sides();
        drawn.add_row([
            lead.id().to_string(),
            state_words(lead, language),
            format!("{} - {}", a.specimen, b.specimen),
            lr_words(lead.basis().log10_lr, lead.basis().log10_lr_interval),
            lead.basis().cmc.to_string(),
            lead.changed().strftime("%Y-%m-%d %H:%M UTC").to_string(),
        ]);
    }
    format!("{drawn}\n{} {}\n", leads.len(), language.pick("leads and candidates", "pistas y candidatos"))
}

fn show(lead: &Lead, language: Language) -> String {
    let mut text = format!("{}: {}\n", lead.id(), state_words(lead, language));
    for side in lead.joins().sides() {
        let origin = match (side.origin.incident(), side.origin.firearm()) {
            (Some(incident), _) => format!("{} {incident}", language.pick("incident", "incidente")),
            (_, Some(firearm)) => format!("{} {firearm}", language.pick("test fire of", "disparo de prueba de")),
            _ => String::new(),
        };
        text.push_str(&format!("  {}  {}  {origin}\n", side.specimen, side.exhibit));
    }
    let basis = lead.basis();
    text.push_str(&format!(
        "{}: {} {}, {} {:.2}, log10 LR {}, {} {}, {} {}\n",
        language.pick("proposed on", "propuesta por"),
        language.pick("rank", "rango"),
        basis.rank,
        language.pick("score", "puntuación"),
        basis.score,
        lr_words(basis.log10_lr, basis.log10_lr_interval),
        language.pick("as picked", "al elegirla"),
        picked_words(basis.log10_lr_of_search, basis.log10_lr, basis.log10_lr_interval),
        basis.cmc,
        language.pick("congruent cells", "celdas congruentes"),
    ));
    for event in lead.history() {
        let reason = match &event.step {
            Step::Judged { reason, .. } | Step::Reviewed { reason, .. } | Step::Withdrawn { reason, .. } => {
                reason.clone()
            }
            Step::Opened { .. } => String::new(),
            Step::Concluded { record, .. } => format!("{}: {}", record.conclusion(), record.reason()),
        };
        let by = event.step.by();
        text.push_str(&format!(
            "  {}  {} ({})  {}  {reason}\n",
            event.at.strftime("%Y-%m-%d %H:%M UTC"),
            by.name(),
            by.role(),
            event.step.word()
        ));
    }
    text
}
