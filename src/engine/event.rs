//! Several specimens asked as one event: which incidents and firearms they point to, taken together.
//!
//! An event may have seen several pistols, so nothing is averaged: an incident or firearm ranks by the best pair that joins it to the event, told as
//! picked among all pairs of the event's marks with the gallery; beside it stands how many of the event's specimens point there on their own.

use super::correlate::Receipt;
use super::gallery::Gallery;
use super::review::PROPOSE_FROM_LOG10_LR;
use crate::casework::{Candidate, CorrelationResult, Origin};
use crate::compare::Model;
use crate::ids::{MarkId, SpecimenId};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// An incident or firearm that an event points to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pointed {
    /// Where it points.
    pub origin: Origin,
    /// The mark of the event in the best pair ...
    pub query: MarkId,
    /// ... and the candidate it found.
    pub best: Candidate,
    /// log10 of the likelihood ratio for having been picked as the best of all pairs of the event with the gallery left below those ahead.
    pub log10_lr_of_event: Option<f64>,
    /// Specimens of the event of which a pair with it reaches the bound for a lead.
    pub specimens: usize,
    /// Specimens on its side in such pairs.
    pub found: usize,
}

/// Takes the lists of an event together, best first; ties fall to the smaller mark. `results` are those of its marks.
#[must_use]
pub fn together(gallery: &Gallery, results: &[CorrelationResult], model: &Model) -> Vec<Pointed> {
    let member = |mark: &MarkId| gallery.place(mark).and_then(|at| gallery.members.get(at));
    let eligible = |result: &CorrelationResult| {
        serde_json::from_value::<Receipt>(result.receipt.clone()).map_or(0, |receipt| receipt.eligible)
    };
    let pairs: usize = results.iter().map(eligible).sum();
    struct Side<'a> {
        best: (&'a MarkId, &'a Candidate),
        asked: BTreeSet<SpecimenId>,
        found: BTreeSet<&'a SpecimenId>,
    }
    let mut sides: BTreeMap<Origin, Side<'_>> = BTreeMap::new();
    for result in results {
        let Some(query) = member(&result.query) else { continue };
        for candidate in &result.candidates {
            let Some(side) = member(&candidate.mark).and_then(|m| m.side()) else { continue };
            let known = sides.entry(side.origin).or_insert_with(|| Side {
                best: (&result.query, candidate),
                asked: BTreeSet::new(),
                found: BTreeSet::new(),
            });
            if candidate.score > known.best.1.score {
                known.best = (&result.query, candidate);
            }
            if candidate.log10_lr.is_some_and(|lr| lr >= PROPOSE_FROM_LOG10_LR) {
                known.asked.insert(query.specimen_id());
                known.found.insert(&candidate.specimen);
            }
        }
    }
    let mut pointed: Vec<Pointed> = sides
        .into_iter()
        .map(|(origin, side)| Pointed {
            origin,
            query: side.best.0.clone(),
            best: side.best.1.clone(),
            log10_lr_of_event: None,
            specimens: side.asked.len(),
            found: side.found.len(),
        })
        .collect();
    pointed.sort_by(|a, b| b.best.score.total_cmp(&a.best.score).then_with(|| a.best.mark.cmp(&b.best.mark)));
    for (ahead, one) in pointed.iter_mut().enumerate() {
        let picked = model.picked_from(pairs.saturating_sub(ahead).max(1));
        one.log10_lr_of_event = one.best.log10_lr.map(|single| picked.log10(one.best.score, single));
    }
    pointed
}
