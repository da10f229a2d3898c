//! Audit of the funnel: past searches done again without leaving anything out, to see what their stages lost.

use super::Context;
use super::correlate::{Receipt, Request, Search};
use super::error::EngineError;
use super::gallery::Gallery;
use super::ports::Stamp;
use super::review::{PROPOSE_FROM_LOG10_LR, propose};
use crate::casework::{CorrelationResult, Lead};
use crate::ids::{MarkId, SpecimenId};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use serde::Serialize;

/// Candidates that the new list of an audited query keeps.
const KEPT: usize = 20;
/// The quantile of the normal distribution behind a 95 % interval.
const Z: f64 = 1.96;

/// What an audit found.
#[derive(Debug, Clone, Serialize)]
pub struct FunnelAudit {
    /// Past searches that could be done again: of this version and these parameters, not exhaustive, without a filter.
    pub searches: usize,
    /// Of these, done again.
    pub sampled: usize,
    /// Seed of the sample.
    pub seed: u64,
    /// Pairs that were compared for it.
    pub compared: usize,
    /// From which log10 LR a candidate counts as a mate.
    pub from_log10_lr: f64,
    /// Mates that belonged into the past lists: in the gallery then, and ranked no lower than the list was long.
    pub mates: usize,
    /// Of these, missing there.
    pub missed: Vec<Missed>,
    /// Share of mates missed; none without mates.
    pub share: Option<f64>,
    /// Its 95 % interval (Wilson 1927), mates taken as independent.
    pub interval: Option<(f64, f64)>,
    /// Candidates that were proposed because of it.
    pub proposed: Vec<Lead>,
}

/// A mate that a search lost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Missed {
    /// The mark that was asked with.
    pub query: MarkId,
    /// The mark that was lost.
    pub mark: MarkId,
    /// Its specimen.
    pub specimen: SpecimenId,
    /// Rank that it belonged to, from 1.
    pub rank: usize,
    /// Score of the comparison.
    pub score: f64,
    /// log10 LR of the pair.
    pub log10_lr: Option<f64>,
}

/// Does up to `sample` past searches again, drawn by `seed`, comparing with everything eligible. The new lists are kept, and candidates that reach the bound
/// for a lead are proposed: what an audit finds is not lost again.
///
/// # Errors
/// Those of the store; [`EngineError::Stopped`] after the search under way was kept.
pub fn audit_funnel(
    context: &Context<'_>,
    gallery: &Gallery,
    sample: usize,
    seed: u64,
) -> Result<FunnelAudit, EngineError> {
    let Context { store, clock, actor, parameters, progress } = *context;
    let hash = parameters.hash();
    let again = |result: &CorrelationResult| {
        let receipt = serde_json::from_value::<Receipt>(result.receipt.clone());
        result.parameters == hash
            && gallery.place(&result.query).is_some()
            && receipt.is_ok_and(|r| !r.exhaustive && r.filters.is_empty())
    };
    let mut past: Vec<CorrelationResult> = store.latest_correlations()?.into_iter().filter(again).collect();
    let searches = past.len();
    past.sort_by(|a, b| a.query.cmp(&b.query));
    past.shuffle(&mut rand_chacha::ChaCha12Rng::seed_from_u64(seed));
    past.truncate(sample);
    progress.begin("audit", past.len() as u64);
    let mut search = Search::new(context, gallery, Request { top: usize::MAX, exhaustive: true, filter: None });
    let (mut mates, mut compared) = (0, 0);
    let (mut missed, mut proposed) = (Vec::new(), Vec::new());
    for old in &past {
        if progress.stop_requested() {
            return Err(EngineError::Stopped);
        }
        let Some(query) = gallery.place(&old.query) else { continue };
        let mut found = search.block(&[query])?;
        for new in &mut found.results {
            compared += new.candidates.len();
            let was_there = |mark: &MarkId| {
                let member = gallery.place(mark).and_then(|at| gallery.members.get(at));
                member.is_some_and(|m| m.received <= old.at)
            };
            let then = new.candidates.iter().filter(|c| was_there(&c.mark)).take(old.candidates.len());
            for (at, candidate) in then.enumerate() {
                if candidate.log10_lr.is_none_or(|lr| lr < PROPOSE_FROM_LOG10_LR) {
                    continue;
                }
                mates += 1;
                if !old.candidates.iter().any(|known| known.mark == candidate.mark) {
                    missed.push(Missed {
                        query: old.query.clone(),
                        mark: candidate.mark.clone(),
                        specimen: candidate.specimen.clone(),
                        rank: at + 1,
                        score: candidate.score,
                        log10_lr: candidate.log10_lr,
                    });
                }
            }
            new.candidates.truncate(KEPT);
        }
        search.keep(&found, &[])?;
        for new in &found.results {
            proposed.extend(propose(store, clock, "brasslink", gallery, new, PROPOSE_FROM_LOG10_LR)?);
        }
        progress.advance();
    }
    let share = (mates > 0).then(|| missed.len() as f64 / mates as f64);
    let found = FunnelAudit {
        searches,
        sampled: past.len(),
        seed,
        compared,
        from_log10_lr: PROPOSE_FROM_LOG10_LR,
        mates,
        share,
        interval: wilson(missed.len(), mates),
        missed,
        proposed,
    };
    let details = serde_json::json!({
        "searches": found.searches, "sampled": found.sampled, "seed": seed, "compared": compared, "mates": mates,
        "missed": found.missed.len(), "interval": found.interval, "parameters": hash,
    });
    store.log("funnel.audited", "gallery", &details, &Stamp::new(clock.now(), actor))?;
    Ok(found)
}

/// The 95 % interval of a share (Wilson 1927, JASA 22, 209); none of nothing.
#[must_use]
pub fn wilson(hits: usize, of: usize) -> Option<(f64, f64)> {
    if of == 0 {
        return None;
    }
    let (n, p, z2) = (of as f64, hits as f64 / of as f64, Z * Z);
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    Some(((middle - half).max(0.0), (middle + half).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_the_published_one() {
        assert_eq!(wilson(0, 0), None);
        // Newcombe 1998, Statistics in Medicine 17, 857, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (hits, of, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let (got_low, got_high) = wilson(hits, of).unwrap();
            assert!(
                (got_low - low).abs() < 1e-4 && (got_high - high).abs() < 1e-4,
                "{hits}/{of}: {got_low} {got_high}"
            );
        }
    }
}
