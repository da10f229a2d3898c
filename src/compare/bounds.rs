//! How far a likelihood ratio may go: what the reference data support, and no further.
//!
//! Two limits, the narrower of which counts. The first is the one of [`Model::bound`](super::Model::bound): log10 of the number of pairs of different
//! firearms that were compared. The second is the empirical lower and upper bound (ELUB) of Vergeer, van Es, de Jongh, Alberink and Stoel,
//! "Numerical likelihood ratios outputted by LR systems are often based on extrapolation: when to stop extrapolating?", Science & Justice 56
//! (2016) 482: an LR is supported as long as deciding by it costs less than deciding without any evidence, even if one more pair of each
//! kind had misled without limit.

use serde::{Deserialize, Serialize};

/// The range of log10 LR that data support; always holds 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Least log10 LR, 0 or below.
    pub low: f64,
    /// Greatest log10 LR, 0 or above.
    pub high: f64,
}

impl Bounds {
    /// The bounds of a system whose log10 LRs of known matches and known non-matches are these, and which saw `pairs` independent pairs of
    /// different firearms.
    #[must_use]
    pub fn of(km: &[f64], knm: &[f64], pairs: usize) -> Self {
        let most = (pairs.max(1) as f64).log10();
        // What holds for LRs above 1 holds for their reciprocals with the two kinds of pairs exchanged.
        let turned = |values: &[f64]| values.iter().map(|x| -x).collect::<Vec<_>>();
        let high = upper(km, knm).min(most);
        let low = -upper(&turned(knm), &turned(km)).min(most);
        Self { low, high }
    }

    /// The nearest supported value; NaN becomes 0, which says nothing.
    #[must_use]
    pub fn apply(&self, log10: f64) -> f64 {
        if log10.is_nan() { 0.0 } else { log10.clamp(self.low, self.high) }
    }
}

/// The empirical upper bound, log10: the first threshold t above 1 at which t x (share of KNM above t) + (share of KM at or below t) reaches 1,
/// the cost of deciding without evidence; both shares with one more misleading pair than was seen.
fn upper(km: &[f64], knm: &[f64]) -> f64 {
    let mut steps: Vec<f64> = km.iter().chain(knm).copied().filter(|x| *x > 0.0).collect();
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    let (n_km, n_knm) = (km.len() as f64 + 1.0, knm.len() as f64 + 1.0);
    let mut start = 0.0;
    // Between two observed LRs the shares stand still and the cost grows in proportion to t: the crossing is exact.
    for end in steps.into_iter().chain([f64::INFINITY]) {
        let missed = (km.iter().filter(|x| x.is_nan() || **x <= start).count() as f64 + 1.0) / n_km;
        let misled = (knm.iter().filter(|x| **x > start).count() as f64 + 1.0) / n_knm;
        if missed >= 1.0 {
            return start;
        }
        let crossing = ((1.0 - missed) / misled).log10();
        if crossing < end {
            return crossing.max(start);
        }
        start = end;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The cost of deciding by LRs at a threshold (its log10), with one more misleading pair of each kind; deciding without them costs 1.
    fn cost(km: &[f64], knm: &[f64], at: f64) -> f64 {
        let missed = (km.iter().filter(|x| **x <= at).count() as f64 + 1.0) / (km.len() as f64 + 1.0);
        let misled = (knm.iter().filter(|x| **x > at).count() as f64 + 1.0) / (knm.len() as f64 + 1.0);
        10f64.powf(at) * misled + missed
    }

    /// The first point of a fine grid at which the cost reaches 1: the definition, walked.
    fn walked(km: &[f64], knm: &[f64]) -> f64 {
        (0..9000).map(|i| f64::from(i) * 0.001).find(|at| cost(km, knm, *at) >= 1.0).unwrap_or(9.0)
    }

    proptest! {
        #[test]
        fn the_bound_is_where_the_walk_ends(
            km in prop::collection::vec(-2.0..5.0f64, 1..40), knm in prop::collection::vec(-5.0..2.0f64, 1..60),
        ) {
            let (exact, slow) = (upper(&km, &knm), walked(&km, &knm));
            // The walk may step over a crossing between two observations closer than its step, but finds none before the exact one.
            prop_assert!(slow >= exact - 1e-9 && cost(&km, &knm, exact + 1e-9) >= 1.0 - 1e-6, "{exact} {slow}");
        }

        #[test]
        fn bounds_hold_zero_and_never_pass_the_number_of_pairs(
            km in prop::collection::vec(-9.0..9.0f64, 0..20), knm in prop::collection::vec(-9.0..9.0f64, 0..20), pairs in 0usize..1000, x in -20.0..20.0f64,
        ) {
            let bounds = Bounds::of(&km, &knm, pairs);
            let most = (pairs.max(1) as f64).log10();
            prop_assert!(bounds.low <= 0.0 && bounds.high >= 0.0 && bounds.high <= most && bounds.low >= -most);
            let got = bounds.apply(x);
            prop_assert!(got >= bounds.low && got <= bounds.high);
        }
    }

    #[test]
    fn perfect_separation_supports_about_the_number_of_non_matches() {
        // (1 - 1/100) / (1/1000): no more, however large the LRs are.
        let bounds = Bounds::of(&[8.0; 99], &[-8.0; 999], 1_000_000);
        assert!((bounds.high - 990f64.log10()).abs() < 1e-12, "{bounds:?}");
        assert!((bounds.low + 99.9f64.log10()).abs() < 1e-12, "{bounds:?}");
        assert_eq!(bounds.apply(f64::NAN), 0.0);
        assert_eq!(Bounds::of(&[], &[], 5), Bounds { low: 0.0, high: 0.0 });
    }
}
