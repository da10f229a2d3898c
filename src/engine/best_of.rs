//! The first candidate of a gallery, measured: galleries drawn from pairs that a model has not seen, and the cost of its ratios with and without the
//! correction for having picked the best.

use crate::compare::metrics;
use crate::compare::selection::Selection;
use rand::seq::index::sample;
use rand::{Rng, SeedableRng};
use serde::Serialize;
use std::collections::BTreeMap;

/// Galleries drawn.
const GALLERIES: usize = 4000;

/// Figures of the ratios of the first candidates of galleries drawn from unseen pairs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct BestOf {
    /// Marks of other firearms in a gallery.
    pub gallery: usize,
    /// Galleries drawn.
    pub galleries: usize,
    /// Share of them whose non-mates are the query's own comparisons; for others, too sparsely compared, any unseen known non-matches are drawn.
    pub own_comparisons: f64,
    /// Share of the galleries with a mate in which the mate comes first.
    pub mate_first: f64,
    /// The same as the model foresees.
    pub mate_first_foreseen: f64,
    /// Cost when the ratio of a single pair is read off the first candidate.
    pub cllr_uncorrected: Option<f64>,
    /// Cost of the ratio corrected for selection.
    pub cllr_corrected: Option<f64>,
    /// The same without bounds. The bounded one also pays for how few independent galleries the known non-matches make up.
    pub cllr_corrected_unbounded: Option<f64>,
    /// Cost after the best monotone recalibration of the corrected ratio without bounds.
    pub cllr_min: Option<f64>,
    /// Share of first candidates that are no mates and have an LR above 1, uncorrected.
    pub misleading_uncorrected: Option<f64>,
    /// The same, corrected.
    pub misleading_corrected: Option<f64>,
}

impl BestOf {
    /// The mean over splits of every figure that all of them have; none where there are none. Galleries are summed.
    #[must_use]
    pub fn mean<'a>(splits: impl Iterator<Item = &'a BestOf>) -> Option<BestOf> {
        let splits: Vec<&BestOf> = splits.collect();
        let first = splits.first()?;
        let of = |value: &dyn Fn(&BestOf) -> Option<f64>| -> Option<f64> {
            let values: Option<Vec<f64>> = splits.iter().map(|s| value(s)).collect();
            values.map(|v| v.iter().sum::<f64>() / v.len() as f64)
        };
        let every = |value: &dyn Fn(&BestOf) -> f64| of(&|b| Some(value(b))).unwrap_or(0.0);
        Some(BestOf {
            gallery: first.gallery,
            galleries: splits.iter().map(|b| b.galleries).sum(),
            own_comparisons: every(&|b| b.own_comparisons),
            mate_first: every(&|b| b.mate_first),
            mate_first_foreseen: every(&|b| b.mate_first_foreseen),
            cllr_uncorrected: of(&|b| b.cllr_uncorrected),
            cllr_corrected: of(&|b| b.cllr_corrected),
            cllr_corrected_unbounded: of(&|b| b.cllr_corrected_unbounded),
            cllr_min: of(&|b| b.cllr_min),
            misleading_uncorrected: of(&|b| b.misleading_uncorrected),
            misleading_corrected: of(&|b| b.misleading_corrected),
        })
    }
}

/// Scores of pairs that a model has not seen, by firearm.
#[derive(Debug, Clone, Default)]
pub struct Unseen<'a> {
    mates: BTreeMap<&'a str, Vec<f64>>,
    others: BTreeMap<&'a str, Vec<f64>>,
    any: Vec<f64>,
}

impl<'a> Unseen<'a> {
    /// Sorts pairs, each with the names of its two firearms.
    #[must_use]
    pub fn of(pairs: impl Iterator<Item = ((&'a str, &'a str), f64)>) -> Self {
        let mut unseen = Self::default();
        for ((a, b), score) in pairs {
            if a == b {
                unseen.mates.entry(a).or_default().push(score);
            } else {
                [a, b].into_iter().for_each(|name| unseen.others.entry(name).or_default().push(score));
                unseen.any.push(score);
            }
        }
        unseen
    }

    /// Draws galleries as `selection` describes them and measures the ratios of their first candidates, where `single` is the bounded log10 LR of a pair by
    /// its score; none where there is no pair of a kind.
    #[must_use]
    pub fn best_of(&self, selection: &Selection, single: &dyn Fn(f64) -> f64) -> Option<BestOf> {
        let gallery = selection.cost().gallery;
        let queries: Vec<(&[f64], &[f64])> = self
            .mates
            .iter()
            .map(|(name, km)| (km.as_slice(), self.others.get(name).map_or(&[][..], Vec::as_slice)))
            .collect();
        if queries.is_empty() || self.any.is_empty() {
            return None;
        }
        let mut rng = rand_chacha::ChaCha12Rng::seed_from_u64(1);
        let mut drawn = BestOf { gallery, galleries: GALLERIES, ..BestOf::default() };
        drawn.mate_first_foreseen = selection.cost().mate_first;
        // Ratios of first candidates, uncorrected, corrected, and corrected without bounds: that are no mates, and that are.
        let mut found: [[Vec<f64>; 3]; 2] = Default::default();
        let (mut with_mate, mut mate_first) = (0.0, 0.0);
        for _ in 0..GALLERIES {
            let Some((own_mates, own_others)) = queries.get(rng.random_range(0..queries.len())) else { continue };
            let best = if own_others.len() >= gallery {
                drawn.own_comparisons += 1.0 / GALLERIES as f64;
                let chosen = sample(&mut rng, own_others.len(), gallery);
                chosen.iter().filter_map(|at| own_others.get(at)).copied().fold(f64::NEG_INFINITY, f64::max)
            } else {
                let chosen = (0..gallery).filter_map(|_| self.any.get(rng.random_range(0..self.any.len())));
                chosen.copied().fold(f64::NEG_INFINITY, f64::max)
            };
            let mate = rng.random_bool(selection.mate_share());
            let mate = mate.then(|| own_mates.get(rng.random_range(0..own_mates.len()))).flatten().copied();
            let is_mate = mate.is_some_and(|score| score > best);
            with_mate += f64::from(u8::from(mate.is_some()));
            mate_first += f64::from(u8::from(is_mate));
            let score = mate.map_or(best, |score| score.max(best));
            let ratios = [single(score), selection.log10(score, single(score)), selection.log10(score, score)];
            found[usize::from(is_mate)].iter_mut().zip(ratios).for_each(|(list, ratio)| list.push(ratio));
        }
        let [[other_plain, other_corrected, other_unbounded], [mate_plain, mate_corrected, mate_unbounded]] = &found;
        drawn.mate_first = if with_mate > 0.0 { mate_first / with_mate } else { 0.0 };
        drawn.cllr_uncorrected = metrics::cllr(mate_plain, other_plain);
        drawn.cllr_corrected = metrics::cllr(mate_corrected, other_corrected);
        drawn.cllr_corrected_unbounded = metrics::cllr(mate_unbounded, other_unbounded);
        drawn.cllr_min = metrics::cllr_min(mate_unbounded, other_unbounded);
        drawn.misleading_uncorrected = metrics::misleading(mate_plain, other_plain).map(|m| m.1);
        drawn.misleading_corrected = metrics::misleading(mate_corrected, other_corrected).map(|m| m.1);
        Some(drawn)
    }
}
