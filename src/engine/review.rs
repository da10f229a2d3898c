//! Review: candidates that software proposes, and the steps that people take with them.

use super::error::EngineError;
use super::gallery::Gallery;
use super::parameters::Parameters;
use super::ports::{Clock, Expunged, Put, Stamp, Store, Told};
use super::story::ballistic_state;
use super::what_if::{WhatIf, what_if};
use crate::casework::{
    Association, Basis, Conclusion, CorrelationResult, ExaminerRecord, Lead, LeadState, Person, ReviewPolicy,
    must_not_be_auditor,
};
use crate::compare::{Prepared, compare};
use crate::ids::{LeadId, MarkId, SpecimenId};
use crate::mark::Mark;
use crate::trace::graph::Change;
use crate::workings::Silent;

/// log10 of the likelihood ratio from which software proposes a candidate: the marks are ten times more probable if one pistol
/// made both. The built-in reference data support no more than 1.8 in either direction, and no known non-match of theirs
/// reaches -1.4 under a model that has not seen it. A candidate costs a person a minute; a lead needs that person's judgement.
pub const PROPOSE_FROM_LOG10_LR: f64 = 1.0;

/// Removes a specimen for good, with all that speaks of it; the audit chain keeps who did it and why.
///
/// # Errors
/// An auditor; those of the store.
pub fn expunge(
    store: &dyn Store,
    clock: &dyn Clock,
    by: &Person,
    specimen: &SpecimenId,
    reason: &str,
) -> Result<Expunged, EngineError> {
    must_not_be_auditor(by, "expunge a specimen")?;
    Ok(store.expunge(specimen, by, reason, &Stamp::new(clock.now(), by.name()))?)
}

/// Proposes the candidates of a correlation that reach the bound, and gives those that were new.
///
/// # Errors
/// Those of the store.
pub fn propose(
    store: &dyn Store,
    clock: &dyn Clock,
    actor: &str,
    gallery: &Gallery,
    result: &CorrelationResult,
    from_log10_lr: f64,
) -> Result<Vec<Lead>, EngineError> {
    let mut fresh = Vec::new();
    for lead in candidates(clock, gallery, result, from_log10_lr) {
        if store.put_lead(&lead, &Stamp::new(clock.now(), actor))? == Put::New {
            fresh.push(lead);
        }
    }
    Ok(fresh)
}

/// The candidates of a correlation that reach the bound, known or not.
pub(super) fn candidates(
    clock: &dyn Clock,
    gallery: &Gallery,
    result: &CorrelationResult,
    from_log10_lr: f64,
) -> Vec<Lead> {
    let mut leads = Vec::new();
    for (at, candidate) in result.candidates.iter().enumerate() {
        if candidate.log10_lr.is_none_or(|lr| lr < from_log10_lr) {
            continue;
        }
        let member = |mark: &MarkId| gallery.place(mark).and_then(|at| gallery.members.get(at));
        let (Some(query), Some(found)) = (member(&result.query), member(&candidate.mark)) else { continue };
        let Some(joins) = query.joined(&found) else { continue };
        let basis = Basis {
            query: result.query.clone(),
            found: candidate.mark.clone(),
            correlated: result.at,
            parameters: result.parameters,
            rank: at as u32 + 1,
            score: candidate.score,
            log10_lr: candidate.log10_lr,
            log10_lr_interval: candidate.log10_lr_interval,
            log10_lr_of_search: candidate.log10_lr_of_search,
            cmc: candidate.cmc,
        };
        leads.push(Lead::propose(joins, basis, clock.now()));
    }
    leads
}

/// A person makes a lead of two specimens, whether software proposed them or not; the comparison is made when there is none yet.
///
/// # Errors
/// Unknown specimens, two that cannot be joined, a blank reason, a person who may not; a pair that is a lead already.
pub fn make(
    store: &dyn Store,
    clock: &dyn Clock,
    by: &Person,
    pair: [&SpecimenId; 2],
    reason: &str,
    parameters: &Parameters,
) -> Result<Lead, EngineError> {
    let [one, other] = pair;
    let (one, other) = (store.specimen(one)?, store.specimen(other)?);
    let exhibits = (store.exhibit(&one.exhibit)?, store.exhibit(&other.exhibit)?);
    let joins = Association::between((&one, &exhibits.0), (&other, &exhibits.1))?;
    let known = store.lead(&joins.lead_id()).ok().filter(|lead| lead.state() != LeadState::Withdrawn);
    let mut lead = match known {
        Some(lead) => lead,
        None => {
            let (first, second, parameters) = marks_to_compare(store, [&one.id, &other.id], parameters)?;
            let outcome = compare(
                &Prepared::of(&first.1, &parameters.compare),
                &Prepared::of(&second.1, &parameters.compare),
                &parameters.compare,
                &parameters.model,
                &mut Silent,
            );
            let basis = Basis {
                query: first.0,
                found: second.0,
                correlated: clock.now(),
                parameters: parameters.hash(),
                rank: 1,
                score: outcome.score,
                log10_lr: outcome.likelihood_ratio.log10(),
                log10_lr_interval: outcome.likelihood_ratio.interval(),
                log10_lr_of_search: None,
                cmc: outcome.cmc,
            };
            let lead = Lead::propose(joins, basis, clock.now());
            store.put_lead(&lead, &Stamp::new(clock.now(), "brasslink"))?;
            lead
        }
    };
    lead.judge(by, clock.now(), reason)?;
    store.update_lead(&lead, &Stamp::new(clock.now(), by.name()))?;
    Ok(lead)
}

/// The marks that two specimens are compared by, with the parameters of their kind: the breech faces or, where one of them has none, the firing pins.
fn marks_to_compare(
    store: &dyn Store,
    [a, b]: [&SpecimenId; 2],
    parameters: &Parameters,
) -> Result<(CutMark, CutMark, Parameters), EngineError> {
    let both = |parameters: &Parameters| Ok((mark_of(store, a, parameters)?, mark_of(store, b, parameters)?));
    let missing = match both(parameters) {
        Ok((first, second)) => return Ok((first, second, parameters.clone())),
        Err(missing @ (EngineError::Input { .. } | EngineError::SignatureOnly { .. })) => missing,
        Err(error) => return Err(error),
    };
    let pins = parameters.firing_pins()?;
    match both(&pins) {
        Ok((first, second)) => Ok((first, second, pins)),
        // That there are no breech faces is what a person is told.
        Err(EngineError::Input { .. } | EngineError::SignatureOnly { .. }) => Err(missing),
        Err(error) => Err(error),
    }
}

/// A mark and its identifier.
type CutMark = (MarkId, Mark);

/// The newest suitable mark of a specimen that was prepared with these parameters.
///
/// # Errors
/// [`EngineError::Input`] when there is none; [`EngineError::SignatureOnly`] when nothing but signatures is kept of it.
pub fn mark_of(
    store: &dyn Store,
    specimen: &SpecimenId,
    parameters: &Parameters,
) -> Result<(MarkId, Mark), EngineError> {
    let filter = super::ports::MarkFilter {
        specimen: Some(specimen.clone()),
        parameters: Some(parameters.mark_hash()),
        suitable_only: true,
        with_bytes: true,
        ..Default::default()
    };
    let Some(context) = store.marks(&filter)?.pop() else {
        store.specimen(specimen)?;
        if store.count_marks(&super::ports::MarkFilter { with_bytes: false, ..filter })? > 0 {
            return Err(EngineError::SignatureOnly { what: format!("specimen {specimen}") });
        }
        return Err(EngineError::Input {
            what: format!("specimen {specimen}"),
            expected: "a suitable mark prepared with the present parameters".to_owned(),
            got: "none".to_owned(),
        });
    };
    let mark = Mark::from_bytes(&store.mark_bytes(&context.mark.id)?)?;
    Ok((context.mark.id, mark))
}

/// One step that a person takes with a lead.
#[derive(Debug, Clone)]
pub enum Move {
    /// Make a lead of a candidate.
    Judge {
        /// On what grounds.
        reason: String,
    },
    /// Take the physical specimens.
    Examine,
    /// Conclude on them.
    Conclude {
        /// The verdict.
        conclusion: Conclusion,
        /// On what grounds.
        reason: String,
        /// Which conclusions a second examiner reviews.
        policy: ReviewPolicy,
    },
    /// Review another's conclusion.
    Review {
        /// Whether it stands.
        agrees: bool,
        /// On what grounds.
        reason: String,
    },
    /// Take the lead back.
    Withdraw {
        /// Why.
        reason: String,
    },
}

/// Takes a step with a stored lead; the rules are the lead's own.
///
/// # Errors
/// An unknown lead, an illegal step, a person who may not.
pub fn step(store: &dyn Store, clock: &dyn Clock, by: &Person, lead: &LeadId, step: Move) -> Result<Lead, EngineError> {
    Ok(step_and_tell(store, clock, by, lead, step)?.0)
}

/// The same, and what went with it where a lead that carried something carries it no longer. What went is kept in the audit
/// log beside the step, as identifiers.
///
/// # Errors
/// An unknown lead, an illegal step, a person who may not.
pub fn step_and_tell(
    store: &dyn Store,
    clock: &dyn Clock,
    by: &Person,
    lead: &LeadId,
    step: Move,
) -> Result<(Lead, Option<WhatIf>), EngineError> {
    let mut lead = store.lead(lead)?;
    let now = clock.now();
    let before = ballistic_state(lead.state());
    match step {
        Move::Judge { reason } => lead.judge(by, now, &reason)?,
        Move::Examine => lead.open_examination(by, now)?,
        Move::Conclude { conclusion, reason, policy } => {
            let sides = lead.joins().sides();
            let specimens = sides.map(|side| side.specimen.clone());
            lead.conclude(ExaminerRecord::new(by, specimens, conclusion, now, &reason)?, policy)?;
        }
        Move::Review { agrees, reason } => lead.review(by, agrees, now, &reason)?,
        Move::Withdraw { reason } => lead.withdraw(by, now, &reason)?,
    }
    let after = ballistic_state(lead.state());
    let stamp = Stamp::new(now, by.name());
    if !before.carries_traces() || after.carries_traces() {
        store.update_lead(&lead, &stamp)?;
        return Ok((lead, None));
    }
    let change = Change::Lead { lead: lead.id().clone(), state: after };
    // Read before the step. A person's step never waits for a record that cannot be read elsewhere in the gallery.
    let told = what_if(store, &change);
    let details = match &told {
        Ok(told) => told.for_audit(),
        Err(error) => serde_json::json!({ "not_known": error.to_string() }),
    };
    let event = Told { action: "lead.cascade", subject: format!("lead {}", lead.id()), details };
    store.update_lead_telling(&lead, &event, &stamp)?;
    Ok((lead, told.ok()))
}
