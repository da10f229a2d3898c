//! The chance of k congruent cells among n: the beta-binomial law, and the likelihood ratio of two of them.
//!
//! Song, Vorburger, Chu, Yen, Soons, Ott and Zhang (Forensic Sci. Int. 284 (2018) 15) model congruent matching cells of known matches and known
//! non-matches by binomial laws; Chen, Chu, Thompson and Soons (2017) and later work find that the cells of known matches spread more than one
//! share of success for all pairs allows: some firearms mark better than others. The beta-binomial law lets the share itself vary between
//! pairs. Its spread may be zero: then it is the binomial law, so that one fit serves both.

use serde::{Deserialize, Serialize};

/// Congruent cells among the cells searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Count {
    /// Congruent cells, at most `cells`.
    pub cmc: u32,
    /// Cells searched.
    pub cells: u32,
}

/// A beta-binomial law: the share of success is drawn anew for each pair from a beta law with mean `mean` and shape parameters `mean / spread` and
/// `(1 - mean) / spread`. Spread 0 is the binomial law.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BetaBinomial {
    /// Mean share of congruent cells, above 0 and below 1.
    pub mean: f64,
    /// How much the share varies between pairs, 0 or more, at most [`WIDEST`].
    pub spread: f64,
}

/// Greatest spread that is tried; there the law has all but all its weight on none or all of the cells.
pub const WIDEST: f64 = 100.0;
/// Least distance of a mean from 0 and 1: a law that calls something impossible could never be corrected by evidence.
const EDGE: f64 = 1e-6;
/// Steps of each search by golden section: the bracket shrinks by 0.618 a step, to a 1e-9th of itself.
const STEPS: usize = 44;

impl BetaBinomial {
    /// Natural logarithm of the chance of this count. The binomial coefficient and rising factorials are summed term by term, which keeps spread
    /// 0 exact; cost grows with the number of cells.
    #[must_use]
    pub fn ln_chance(&self, count: Count) -> f64 {
        let mut coefficient = 0.0;
        for i in 0..count.cmc.min(count.cells) {
            coefficient += (f64::from(count.cells - i) / f64::from(i + 1)).ln();
        }
        coefficient + self.ln_kernel(count)
    }

    /// [`Self::ln_chance`] without the binomial coefficient, which cancels in a likelihood ratio.
    fn ln_kernel(&self, count: Count) -> f64 {
        let sum = |start: f64, n: u32| (0..n).map(|i| (start + f64::from(i) * self.spread).ln()).sum::<f64>();
        let (hits, misses) = (count.cmc.min(count.cells), count.cells.saturating_sub(count.cmc));
        sum(self.mean, hits) + sum(1.0 - self.mean, misses) - sum(1.0, count.cells)
    }

    /// The law under which weighted counts are likeliest (maximum likelihood; the sums are those of Smith, Applied Statistics 32 (1983) 196,
    /// algorithm AS 189, here maximised by golden sections: over the spread, and for each spread over the mean).
    ///
    /// `None` where no cell was searched.
    #[must_use]
    pub fn fit(counts: &[(Count, f64)]) -> Option<Self> {
        let tally = Tally::of(counts);
        if tally.cells.is_empty() {
            return None;
        }
        // The mean is searched on the scale of log odds, the spread as s / (1 + s): both then change evenly over their range.
        let edge = (EDGE / (1.0 - EDGE)).ln();
        let law = |odds: f64, part: f64| Self {
            mean: (1.0 / (1.0 + libm::exp(-odds))).clamp(EDGE, 1.0 - EDGE),
            spread: (part / (1.0 - part)).min(WIDEST),
        };
        let best_mean = |part: f64| greatest(edge, -edge, &|odds| tally.ln_likelihood(&law(odds, part)));
        let profile = |part: f64| tally.ln_likelihood(&law(best_mean(part), part));
        let part = greatest(0.0, WIDEST / (1.0 + WIDEST), &profile);
        // A golden section never touches its ends: the binomial law itself is tried too.
        let part = if profile(0.0) >= profile(part) { 0.0 } else { part };
        Some(law(best_mean(part), part))
    }
}

/// Where a function of one hump is greatest between two ends.
fn greatest(low: f64, high: f64, f: &dyn Fn(f64) -> f64) -> f64 {
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (low, high);
    let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
    let (mut fa, mut fb) = (f(a), f(b));
    for _ in 0..STEPS {
        if fa >= fb {
            (high, b, fb) = (b, a, fa);
            a = high - golden * (high - low);
            fa = f(a);
        } else {
            (low, a, fa) = (a, b, fb);
            b = low + golden * (high - low);
            fb = f(b);
        }
    }
    (low + high) / 2.0
}

/// The weight of all counts with more than i hits, misses or cells: all that the likelihood needs.
struct Tally {
    hits: Vec<f64>,
    misses: Vec<f64>,
    cells: Vec<f64>,
}

impl Tally {
    fn of(counts: &[(Count, f64)]) -> Self {
        let beyond = |number: &dyn Fn(&Count) -> u32| {
            let most = counts.iter().map(|c| number(&c.0)).max().unwrap_or(0);
            let mut at = vec![0.0; most as usize];
            for (count, weight) in counts {
                at.iter_mut().take(number(count) as usize).for_each(|w| *w += weight);
            }
            at
        };
        Self {
            hits: beyond(&|c| c.cmc.min(c.cells)),
            misses: beyond(&|c| c.cells.saturating_sub(c.cmc)),
            cells: beyond(&|c| c.cells),
        }
    }

    fn ln_likelihood(&self, law: &BetaBinomial) -> f64 {
        let sum = |start: f64, weights: &[f64]| {
            weights.iter().enumerate().map(|(i, w)| w * (start + i as f64 * law.spread).ln()).sum::<f64>()
        };
        sum(law.mean, &self.hits) + sum(1.0 - law.mean, &self.misses) - sum(1.0, &self.cells)
    }
}

/// Two laws: of known matches and of known non-matches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CountModel {
    /// Known matches.
    pub km: BetaBinomial,
    /// Known non-matches.
    pub knm: BetaBinomial,
}

impl CountModel {
    /// Fits both laws to weighted counts; `None` where one side has no cells.
    #[must_use]
    pub fn fit(km: &[(Count, f64)], knm: &[(Count, f64)]) -> Option<Self> {
        Some(Self { km: BetaBinomial::fit(km)?, knm: BetaBinomial::fit(knm)? })
    }

    /// log10 of the unbounded likelihood ratio of a count; never falls as congruent cells are added.
    ///
    /// Far out in the tails two beta-binomial laws may cross again, and one congruent cell more would speak against one source. That is the laws'
    /// shape and no evidence: the greatest ratio of any count up to this one is given.
    #[must_use]
    pub fn log10(&self, count: Count) -> f64 {
        let ratio = |cmc| {
            let c = Count { cmc, cells: count.cells };
            self.km.ln_kernel(c) - self.knm.ln_kernel(c)
        };
        (0..=count.cmc.min(count.cells)).map(ratio).fold(f64::NEG_INFINITY, f64::max) / std::f64::consts::LN_10
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts() -> impl Strategy<Value = Vec<(Count, f64)>> {
        prop::collection::vec((1u32..30, 0.0..1.0f64, 0.1..2.0f64), 2..25).prop_map(|rows| {
            rows.into_iter()
                .map(|(cells, share, w)| (Count { cmc: (share * f64::from(cells + 1)) as u32, cells }, w))
                .map(|(c, w)| (Count { cmc: c.cmc.min(c.cells), ..c }, w))
                .collect()
        })
    }

    fn ln_likelihood(law: &BetaBinomial, rows: &[(Count, f64)]) -> f64 {
        rows.iter().map(|(c, w)| w * law.ln_chance(*c)).sum()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn chances_sum_to_one(mean in 0.001..0.999f64, spread in 0.0..20.0f64, cells in 0u32..60) {
            let law = BetaBinomial { mean, spread };
            let sum: f64 = (0..=cells).map(|cmc| law.ln_chance(Count { cmc, cells }).exp()).sum();
            prop_assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        }

        #[test]
        fn the_chance_is_the_textbook_formula(mean in 0.01..0.99f64, spread in 0.001..5.0f64, cells in 1u32..40, part in 0.0..1.0f64) {
            let cmc = (part * f64::from(cells)) as u32;
            let (a, b) = (mean / spread, (1.0 - mean) / spread);
            let (k, n) = (f64::from(cmc), f64::from(cells));
            let beta = |x: f64, y: f64| libm::lgamma(x) + libm::lgamma(y) - libm::lgamma(x + y);
            let choose = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
            let expected = choose + beta(k + a, n - k + b) - beta(a, b);
            let got = BetaBinomial { mean, spread }.ln_chance(Count { cmc, cells });
            prop_assert!((got - expected).abs() < 1e-7 * expected.abs().max(1.0), "{got} {expected}");
        }

        #[test]
        fn no_neighbour_is_likelier(rows in counts()) {
            let best = BetaBinomial::fit(&rows).unwrap();
            let most = ln_likelihood(&best, &rows);
            for mean in [0.97, 1.0, 1.03] {
                for spread in [-0.02, 0.0, 0.02] {
                    let other = BetaBinomial {
                        mean: (best.mean * mean).clamp(EDGE, 1.0 - EDGE),
                        spread: (best.spread * (1.0 + spread) + spread * 0.1).clamp(0.0, WIDEST),
                    };
                    prop_assert!(ln_likelihood(&other, &rows) <= most + 1e-6, "{best:?} {other:?}");
                }
            }
        }

        #[test]
        fn the_ratio_never_falls_with_congruent_cells(
            a in 0.01..0.99f64, b in 0.01..0.99f64, s in 0.0..3.0f64, t in 0.0..3.0f64, cells in 1u32..50,
        ) {
            let model = CountModel { km: BetaBinomial { mean: a, spread: s }, knm: BetaBinomial { mean: b, spread: t } };
            let ratios: Vec<f64> = (0..=cells).map(|cmc| model.log10(Count { cmc, cells })).collect();
            prop_assert!(ratios.windows(2).all(|w| w[1] >= w[0]));
        }
    }

    #[test]
    fn binomial_counts_need_no_spread_and_nothing_searched_has_no_law() {
        // The exact binomial expectation of 10,000 pairs of 4 cells at a share of 1/4.
        let rows: Vec<(Count, f64)> = [3164.0, 4219.0, 2109.0, 469.0, 39.0]
            .into_iter()
            .enumerate()
            .map(|(k, w)| (Count { cmc: k as u32, cells: 4 }, w))
            .collect();
        let law = BetaBinomial::fit(&rows).unwrap();
        assert!((law.mean - 0.25).abs() < 1e-4 && law.spread < 1e-3, "{law:?}");
        assert_eq!(BetaBinomial::fit(&[(Count { cmc: 0, cells: 0 }, 1.0)]), None);
        assert_eq!(BetaBinomial::fit(&[]), None);
        let none = BetaBinomial::fit(&[(Count { cmc: 0, cells: 30 }, 1.0)]).unwrap();
        assert!(none.mean > 0.0 && none.ln_chance(Count { cmc: 30, cells: 30 }).is_finite());
    }
}
