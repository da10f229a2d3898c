//! Pairs of marks compared in parallel, each reference readied once for all of its pairs.

use super::error::EngineError;
use super::parameters::Parameters;
use super::progress::Progress;
use crate::compare::{Comparison, Prepared, Reference};
use crate::workings::Silent;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Comparisons that share one readied reference and one turn of a thread: enough to make readying cheap beside them, few enough that the
/// threads end together.
const RUN: usize = 24;

/// Compares pairs of places, whose marks `reference` and `comparison` give, and returns what `judge` makes of each, in the order of the references and then as given.
///
/// # Errors
/// [`EngineError::Stopped`] when `progress` asks to stop, or when there is no mark at a place.
pub(super) fn compare_pairs<'a, T: Send>(
    pairs: impl IntoIterator<Item = (usize, usize)>,
    reference: &(dyn Fn(usize) -> Option<&'a Prepared> + Sync),
    comparison: &(dyn Fn(usize) -> Option<&'a Prepared> + Sync),
    parameters: &Parameters,
    progress: &dyn Progress,
    judge: &(dyn Fn(usize, usize, Comparison) -> T + Sync),
) -> Result<Vec<T>, EngineError> {
    let mut by_reference: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (first, second) in pairs {
        by_reference.entry(first).or_default().push(second);
    }
    let runs: Vec<(usize, &[usize])> =
        by_reference.iter().flat_map(|(at, others)| others.chunks(RUN).map(move |run| (*at, run))).collect();
    let found: Vec<Vec<T>> = runs
        .par_iter()
        .map(|&(at, others)| {
            let own = reference(at).ok_or(EngineError::Stopped)?;
            let sides: Vec<&Prepared> = others.iter().filter_map(|&other| comparison(other)).collect();
            if sides.len() < others.len() {
                return Err(EngineError::Stopped);
            }
            let ready = Reference::of(own, sides.iter().copied(), &parameters.compare);
            // In parallel here too: the thread that ends first helps with the last run.
            others
                .par_iter()
                .zip(sides)
                .map(|(&other, side)| {
                    if progress.stop_requested() {
                        return Err(EngineError::Stopped);
                    }
                    Ok(judge(at, other, ready.compare(side, &parameters.model, &mut Silent)))
                })
                .collect::<Result<_, EngineError>>()
        })
        .collect::<Result<_, EngineError>>()?;
    Ok(found.into_iter().flatten().collect())
}
