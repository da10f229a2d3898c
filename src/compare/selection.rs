//! The best of a gallery is not a pair drawn at random: likelihood ratios of the first candidate of a search.
//!
//! Among N marks of other firearms one looks more alike than the rest, by chance alone: where a single pair of different firearms scores at most s with
//! chance F(s), the best of N does with chance F(s)^N. A ratio calibrated on single pairs misleads when it is read off the first candidate. Let f1
//! and f0 be the densities of the score of known matches and known non-matches, F1 and F0 the chances of at most s, and let the mate be in the gallery
//! with chance m beside N others. The first candidate has score s and is the mate with density m f1 F0^N; it is not the mate with density
//! N F0^(N-1) f0 ((1 - m) + m F1): there is no mate, or it was beaten. Each divided by its own total,
//!
//! ```text
//!                      f1(s)     F0(s)                 1            (1 - m) + m (1 - P)
//! LR of the first  =  ------- x ------- x  ----------------------  x -------------------,   P = E[F0(s of a mate)^N]
//!                      f0(s)       N                 P             (1 - m) + m F1(s)
//! ```
//!
//! The first factor is the ratio of a single pair. So a search of N costs about log10 N, and a score below which non-matches seldom stay loses more. That
//! the ratio of a database search divides by its size when its question is "is it the one found?" is the argument of Stockmarr (Biometrics 55
//! (1999) 671); against other questions (Balding and Donnelly 1996) the list of all candidates keeps the ratio of each pair, with prior odds
//! shared among N.

use serde::Serialize;

/// Share of the known non-matches, the highest, that the tail of their scores is fitted to.
const TAIL_SHARE: f64 = 0.1;
/// Least scores in the tail; with fewer the largest scores alone say how fast it falls.
const TAIL_LEAST: usize = 10;

/// The law of the scores of pairs of different firearms: as observed, and beyond the tenth of highest scores an exponential tail (Pickands, Annals
/// of Statistics 3 (1975) 119, with shape 0: the tail of the normal, logistic and every other law that falls at an even rate), because F^N for
/// large N asks for scores that were never seen.
#[derive(Debug, Clone, PartialEq)]
struct Law {
    sorted: Vec<f64>,
    /// Where the tail begins, the chance of staying at or below it, and the mean excess beyond.
    start: f64,
    below: f64,
    mean_excess: f64,
}

impl Law {
    fn of(scores: &[f64]) -> Self {
        let mut sorted: Vec<f64> = scores.iter().copied().filter(|s| s.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        let tail = ((n as f64 * TAIL_SHARE) as usize).max(TAIL_LEAST).min(n / 2);
        let start = n.checked_sub(tail + 1).and_then(|at| sorted.get(at)).copied().unwrap_or(f64::NEG_INFINITY);
        let excess: Vec<f64> = sorted.iter().filter(|s| **s > start).map(|s| s - start).collect();
        let mean_excess = excess.iter().sum::<f64>() / excess.len().max(1) as f64;
        let below = 1.0 - excess.len() as f64 / n.max(1) as f64;
        Self { sorted, start, below, mean_excess }
    }

    /// Chance of a score of at most `score`; above 0 everywhere, as if one score more had been seen, half of it here.
    fn at_most(&self, score: f64) -> f64 {
        let n = self.sorted.len() as f64;
        if score > self.start && self.mean_excess > 0.0 {
            let above = (1.0 - self.below) * libm::exp(-(score - self.start) / self.mean_excess);
            return 1.0 - above;
        }
        (self.sorted.partition_point(|s| *s <= score) as f64 + 0.5) / (n + 1.0)
    }
}

/// The correction of likelihood ratios for having chosen the best of a gallery.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    gallery: usize,
    mate_share: f64,
    knm: Law,
    /// Scores of known matches, by rising value.
    km: Vec<f64>,
    /// P, the chance that a mate is first.
    first: f64,
}

/// What a gallery of `gallery` non-mates does to the first candidate, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// Marks of other firearms.
    pub gallery: usize,
    /// Chance that a mate in it comes out first.
    pub mate_first: f64,
}

impl Selection {
    /// Learns the two laws from scores (or unbounded log10 LRs) of pairs with known truth, for galleries of `gallery` marks of other firearms that hold a mate
    /// with chance `mate_share` (brought into 0.01 to 0.99).
    #[must_use]
    pub fn of(km: &[f64], knm: &[f64], gallery: usize, mate_share: f64) -> Self {
        let law = Law::of(knm);
        let mut sorted: Vec<f64> = km.iter().copied().filter(|s| s.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let n = gallery.max(1) as f64;
        let first = sorted.iter().map(|s| law.at_most(*s).powf(n)).sum::<f64>() / sorted.len().max(1) as f64;
        let mate_share = if mate_share.is_nan() { 0.5 } else { mate_share.clamp(0.01, 0.99) };
        Self { gallery: gallery.max(1), mate_share, knm: law, km: sorted, first: first.max(f64::MIN_POSITIVE) }
    }

    /// The numbers behind it.
    #[must_use]
    pub fn cost(&self) -> Cost {
        Cost { gallery: self.gallery, mate_first: self.first }
    }

    /// Share of the galleries that hold a mate.
    #[must_use]
    pub fn mate_share(&self) -> f64 {
        self.mate_share
    }

    /// Chance that the best of the gallery's non-mates scores at most `score`: F0(score)^N.
    #[must_use]
    pub fn best_at_most(&self, score: f64) -> f64 {
        self.knm.at_most(score).powf(self.gallery as f64)
    }

    /// log10 LR that the first candidate is the mate against that it is not, from the log10 LR that a single pair of its `score` would have. Bounds belong on
    /// `single`: n pairs of different firearms make up only n / N independent galleries, so that what the data support shrinks by N as well.
    #[must_use]
    pub fn log10(&self, score: f64, single: f64) -> f64 {
        let km_at_most = self.km.partition_point(|s| *s <= score) as f64 / self.km.len().max(1) as f64;
        let m = self.mate_share;
        let beaten = ((1.0 - m) + m * (1.0 - self.first)) / ((1.0 - m) + m * km_at_most);
        single + (self.knm.at_most(score) / self.gallery as f64).log10() - self.first.log10() + beaten.log10()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::metrics;
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};

    /// A logistic variate by inverting its law.
    fn drawn(rng: &mut rand_chacha::ChaCha12Rng, centre: f64) -> f64 {
        let u: f64 = rng.random_range(1e-9..1.0 - 1e-9);
        centre + (u / (1.0 - u)).ln()
    }

    #[test]
    fn the_chance_of_the_best_is_what_drawing_galleries_gives() {
        let mut rng = rand_chacha::ChaCha12Rng::seed_from_u64(11);
        let knm: Vec<f64> = (0..4000).map(|_| drawn(&mut rng, 0.0)).collect();
        let selection = Selection::of(&[5.0, 6.0], &knm, 20, 0.5);
        let best: Vec<f64> =
            (0..20_000).map(|_| (0..20).map(|_| drawn(&mut rng, 0.0)).fold(f64::NEG_INFINITY, f64::max)).collect();
        for score in [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0] {
            let share = best.iter().filter(|s| **s <= score).count() as f64 / best.len() as f64;
            assert!((selection.best_at_most(score) - share).abs() < 0.02, "{score}: {share}");
        }
    }

    #[test]
    fn corrected_ratios_of_the_first_candidate_are_calibrated_and_uncorrected_ones_are_not() {
        let mut rng = rand_chacha::ChaCha12Rng::seed_from_u64(12);
        // Two logistic laws 8 apart: the true ratio of a single pair is known.
        let density = |s: f64, centre: f64| {
            let e = (-(s - centre).abs()).exp();
            e / ((1.0 + e) * (1.0 + e))
        };
        let single = |s: f64| (density(s, 8.0) / density(s, 0.0)).log10();
        let km: Vec<f64> = (0..3000).map(|_| drawn(&mut rng, 8.0)).collect();
        let knm: Vec<f64> = (0..3000).map(|_| drawn(&mut rng, 0.0)).collect();
        let selection = Selection::of(&km, &knm, 100, 0.5);
        let (mut corrected, mut plain) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
        for trial in 0..6000 {
            let best = (0..100).map(|_| drawn(&mut rng, 0.0)).fold(f64::NEG_INFINITY, f64::max);
            let mate = if trial % 2 == 0 { drawn(&mut rng, 8.0) } else { f64::NEG_INFINITY };
            let (score, is_mate) = (best.max(mate), usize::from(mate > best));
            corrected[is_mate].push(selection.log10(score, single(score)));
            plain[is_mate].push(single(score));
        }
        let cost = |lr: &[Vec<f64>; 2]| metrics::cllr(&lr[1], &lr[0]).unwrap();
        let least = metrics::cllr_min(&corrected[1], &corrected[0]).unwrap();
        assert!(cost(&corrected) < least + 0.05, "{} {least}", cost(&corrected));
        assert!(cost(&plain) > cost(&corrected) + 0.3, "{} {}", cost(&plain), cost(&corrected));
    }

    proptest! {
        #[test]
        fn chances_rise_with_the_score_and_larger_galleries_cost_more(
            knm in prop::collection::vec(-5.0..5.0f64, 1..80), km in prop::collection::vec(0.0..9.0f64, 1..20), a in -9.0..15.0f64, b in -9.0..15.0f64,
        ) {
            let (low, high) = (a.min(b), a.max(b));
            let law = Law::of(&knm);
            prop_assert!(law.at_most(low) <= law.at_most(high) + 0.5 / knm.len() as f64);
            prop_assert!(law.at_most(low) > 0.0 && law.at_most(high) <= 1.0);
            let [few, many] = [10, 1000].map(|n| Selection::of(&km, &knm, n, 0.5));
            prop_assert!(many.cost().mate_first <= few.cost().mate_first);
            prop_assert!(many.best_at_most(a) <= few.best_at_most(a));
            prop_assert!(few.log10(a, 1.0).is_finite() && many.log10(a, 1.0).is_finite());
        }
    }
}
