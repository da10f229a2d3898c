//! Record linkage: which trace records belong to which firearms of the register.
//!
//! After Fellegi and Sunter (1969, "A theory for record linkage", JASA 64): every field adds bits of evidence, a prior of
//! `-log2(N)` stands against them, and the whole sum is shown as a waterfall. What a program may join alone is fenced by
//! gates that no sum of bits opens: neighbouring serial numbers are really different guns, and two blanks say nothing.
//!
//! ```text
//! firearms, traces --blocking--> pairs that share a key --weights--> waterfall --gates--> automatic | review | none
//! ```

mod blocking;
mod gates;
mod judged;
mod learn;
mod levels;
mod score;
mod side;
mod since;
mod weights;

pub use blocking::SkippedBlock;
pub use judged::{Judgement, KeptLink, WeightsUsed};
pub use learn::{Labels, Learned, LearnedLevel, Method, learn};
pub use levels::{LEVELS, Level};
pub use since::{Common, Extent, Former, link_since, link_traces_since};
pub use weights::{Step, StepField, Weights};

use super::catalogue::Catalogues;
use super::serial::SerialComparison;
use super::wording::Wording;
use super::{FirearmRecord, TraceError, TraceRecord};
use crate::ids::{FirearmId, TraceId};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a program may do with a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Joined without a person, and shown as such.
    Automatic,
    /// A person decides.
    Review,
    /// Not joined.
    None,
}

/// A pair of records with everything that speaks for and against it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordLink {
    /// The firearm.
    pub firearm: FirearmId,
    /// The trace.
    pub trace: TraceId,
    /// What may be done.
    pub decision: Decision,
    /// Sum of the waterfall in bits, prior included.
    pub bits: f64,
    /// Probability that both are the same firearm under the weights, in (0, 1).
    pub probability: f64,
    /// How the serial numbers compare.
    pub serial: SerialComparison,
    /// The prior and every field, in order; their bits sum to `bits`.
    pub waterfall: Vec<Step>,
    /// Why the decision is what it is.
    pub reasons: Vec<Wording>,
}

/// What linkage is told beside the records.
#[derive(Debug, Clone, Default)]
pub struct LinkOptions {
    /// Weights; the proposals of this module when absent.
    pub weights: Weights,
    /// Trace records a firearm might have belonged to, when `traces` is only a part of them.
    pub population: Option<usize>,
}

/// What linkage found.
#[derive(Debug, Clone, PartialEq)]
pub struct Linkage {
    /// Links to join or to look at, ordered by firearm, then bits.
    pub links: Vec<RecordLink>,
    /// Pairs that shared a key and were scored.
    pub pairs: usize,
    /// Keys that too many records shared.
    pub skipped: Vec<SkippedBlock>,
    /// Which pairs were decided.
    pub extent: Extent,
    /// Pairs that stood and were decided against now, explained.
    pub gone: Vec<RecordLink>,
    /// What all scores rest on together.
    pub common: Common,
}

/// Links firearms to traces. Pairs decided [`Decision::None`] are left out; the rest is ordered by firearm, then bits.
///
/// # Errors
/// As [`link_all`].
pub fn link(
    firearms: &[FirearmRecord],
    traces: &[TraceRecord],
    catalogues: &Catalogues,
    options: &LinkOptions,
) -> Result<Vec<RecordLink>, TraceError> {
    Ok(link_all(firearms, traces, catalogues, options)?.links)
}

/// Links firearms to traces and says what was looked at.
///
/// Linear in the records for all practical purposes: pairs are only formed where both share a key (serial number in some
/// form, trace, NIC or case number, or date and state of recovery where a number is missing), and no key brings more pairs
/// than a bound. The result is the same for any number of threads.
///
/// # Errors
/// [`TraceError::Value`] where there are more than four thousand million records, or a weight is out of its limits.
pub fn link_all(
    firearms: &[FirearmRecord],
    traces: &[TraceRecord],
    catalogues: &Catalogues,
    options: &LinkOptions,
) -> Result<Linkage, TraceError> {
    link_since(firearms, traces, catalogues, options, None, &[])
}

/// A pair with its waterfall, its sentences and its decision.
fn explained(
    bench: &score::Bench<'_>,
    (f, t): (usize, usize),
    firearm: &FirearmRecord,
    trace: &TraceRecord,
) -> RecordLink {
    let scored = bench.score(f, t, true);
    let (decision, reasons) = gates::decide(&bench.firearms[f], &bench.traces[t], &trace.status, &scored);
    RecordLink {
        firearm: firearm.firearm.clone(),
        trace: trace.trace.clone(),
        decision,
        bits: scored.bits,
        probability: scored.probability(),
        serial: scored.serial,
        waterfall: scored.steps(),
        reasons,
    }
}

/// Scores one pair as [`link`] would, whatever the decision; for the explanation of a pair that a person asks about.
#[must_use]
pub fn explain(
    firearm: &FirearmRecord,
    trace: &TraceRecord,
    catalogues: &Catalogues,
    options: &LinkOptions,
) -> RecordLink {
    let bench = score::Bench::new(std::slice::from_ref(firearm), std::slice::from_ref(trace), catalogues, options);
    explained(&bench, (0, 0), firearm, trace)
}

/// Scores given pairs (indices of firearm and trace) with the frequencies of all traces, as [`link_all`] does.
///
/// Pairs that name no record are left out.
#[must_use]
pub fn explain_among(
    firearms: &[FirearmRecord],
    traces: &[TraceRecord],
    pairs: &[(usize, usize)],
    catalogues: &Catalogues,
    options: &LinkOptions,
) -> Vec<RecordLink> {
    let bench = score::Bench::new(firearms, traces, catalogues, options);
    let known = pairs.par_iter().filter(|(f, t)| *f < firearms.len() && *t < traces.len());
    known.map(|(f, t)| explained(&bench, (*f, *t), &firearms[*f], &traces[*t])).collect()
}

/// One trace is one firearm: where several would claim it automatically, a person decides between them.
fn hold_back_rival_claims<'a>(links: impl Iterator<Item = &'a mut RecordLink>) {
    let mut links: Vec<&mut RecordLink> = links.filter(|l| l.decision == Decision::Automatic).collect();
    let mut claims: BTreeMap<TraceId, BTreeSet<FirearmId>> = BTreeMap::new();
    for link in &links {
        claims.entry(link.trace.clone()).or_default().insert(link.firearm.clone());
    }
    for link in &mut links {
        let rivals: Vec<&str> = claims
            .get(&link.trace)
            .into_iter()
            .flatten()
            .filter(|f| **f != link.firearm)
            .map(FirearmId::as_str)
            .collect();
        if !rivals.is_empty() {
            let names = rivals.join(", ");
            link.decision = Decision::Review;
            link.reasons.push(Wording::new(
                format!("the same trace is claimed by firearm {names} too"),
                format!("el mismo rastreo también lo reclama el arma {names}"),
            ));
        }
    }
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod tests;
