//! Figures of merit of scores with known truth: pairs, weights of evidence, retrieval.
//!
//! Everything here is plain arithmetic on sorted numbers, exact with ties. Scores that are not numbers count as the lowest there is: a comparison
//! that failed must not flatter a method.

use std::cmp::Ordering;

/// A point of the receiver operating characteristic: what calling every score at or above a threshold positive does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RocPoint {
    /// The threshold; positive infinity for the first point.
    pub threshold: f64,
    /// Share of known non-matches at or above it.
    pub false_positive_rate: f64,
    /// Share of known matches at or above it.
    pub true_positive_rate: f64,
}

fn clean(scores: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = scores.iter().map(|s| if s.is_nan() { f64::NEG_INFINITY } else { *s }).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted
}

/// The receiver operating characteristic, from (0, 0) to (1, 1), one point for each distinct score; empty if either side is.
#[must_use]
pub fn roc(km: &[f64], knm: &[f64]) -> Vec<RocPoint> {
    let (km, knm) = (clean(km), clean(knm));
    if km.is_empty() || knm.is_empty() {
        return Vec::new();
    }
    let mut points = vec![RocPoint { threshold: f64::INFINITY, false_positive_rate: 0.0, true_positive_rate: 0.0 }];
    let (mut i, mut j) = (0, 0);
    while i < km.len() || j < knm.len() {
        let threshold = match (km.get(i), knm.get(j)) {
            (Some(a), Some(b)) => a.max(*b),
            (Some(a), None) => *a,
            (None, Some(b)) => *b,
            (None, None) => break,
        };
        while km.get(i).is_some_and(|s| *s >= threshold) {
            i += 1;
        }
        while knm.get(j).is_some_and(|s| *s >= threshold) {
            j += 1;
        }
        points.push(RocPoint {
            threshold,
            false_positive_rate: j as f64 / knm.len() as f64,
            true_positive_rate: i as f64 / km.len() as f64,
        });
    }
    points
}

/// Area under the characteristic: the chance that a known match scores above a known non-match, ties counted half; `None` if either is empty.
#[must_use]
pub fn auc(km: &[f64], knm: &[f64]) -> Option<f64> {
    let points = roc(km, knm);
    let area = |w: &[RocPoint]| {
        (w[1].false_positive_rate - w[0].false_positive_rate) * (w[1].true_positive_rate + w[0].true_positive_rate)
            / 2.0
    };
    (!points.is_empty()).then(|| points.windows(2).map(area).sum())
}

/// Equal error rate: where the straight line between neighbouring points of the characteristic meets missed = false; `None` if either side is empty.
#[must_use]
pub fn eer(km: &[f64], knm: &[f64]) -> Option<f64> {
    let points = roc(km, knm);
    for w in points.windows(2) {
        let gap = |p: &RocPoint| p.false_positive_rate - (1.0 - p.true_positive_rate);
        let (before, after) = (gap(&w[0]), gap(&w[1]));
        if after >= 0.0 {
            let share = if after > before { -before / (after - before) } else { 0.0 };
            return Some(w[0].false_positive_rate + share * (w[1].false_positive_rate - w[0].false_positive_rate));
        }
    }
    None
}

/// Highest share of known matches at or above a threshold that at most the share `fpr` of known non-matches reaches; `None` if either is empty.
#[must_use]
pub fn tpr_at_fpr(km: &[f64], knm: &[f64], fpr: f64) -> Option<f64> {
    roc(km, knm).iter().filter(|p| p.false_positive_rate <= fpr).map(|p| p.true_positive_rate).max_by(f64::total_cmp)
}

/// Cost of log10 likelihood ratios (Brummer and du Preez, Comput. Speech Lang. 20 (2006) 230): 0 is perfect, 1 says nothing; `None` if either is empty.
#[must_use]
pub fn cllr(km: &[f64], knm: &[f64]) -> Option<f64> {
    if km.is_empty() || knm.is_empty() {
        return None;
    }
    let clean = |x: f64| if x.is_nan() { f64::NEG_INFINITY } else { x };
    let missed: f64 = km.iter().map(|x| log2_one_plus_ten_to(-clean(*x))).sum::<f64>() / km.len() as f64;
    let misled: f64 = knm.iter().map(|x| log2_one_plus_ten_to(clean(*x))).sum::<f64>() / knm.len() as f64;
    Some((missed + misled) / 2.0)
}

/// log2(1 + 10^x) without overflow.
fn log2_one_plus_ten_to(x: f64) -> f64 {
    let nat = x * std::f64::consts::LN_10;
    let value = if nat > 0.0 { nat + libm::log1p(libm::exp(-nat)) } else { libm::log1p(libm::exp(nat)) };
    value / std::f64::consts::LN_2
}

/// The optimal monotone calibration: a posterior for each score by pooling adjacent violators (Ayer 1955), as `(score, share of KM)` of blocks, highest first.
///
/// Equal scores fall into one block.
#[must_use]
pub fn pooled(km: &[f64], knm: &[f64]) -> Vec<(f64, f64)> {
    let blocks = pool(km, knm);
    blocks.iter().map(|b| (b.lowest, b.km / (b.km + b.knm))).collect()
}

struct Block {
    lowest: f64,
    km: f64,
    knm: f64,
}

fn pool(km: &[f64], knm: &[f64]) -> Vec<Block> {
    let (km, knm) = (clean(km), clean(knm));
    let mut all: Vec<(f64, bool)> = km.iter().map(|s| (*s, true)).chain(knm.iter().map(|s| (*s, false))).collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut blocks: Vec<Block> = Vec::new();
    let mut last = None;
    for (score, is_km) in all {
        let (k, n) = if is_km { (1.0, 0.0) } else { (0.0, 1.0) };
        match blocks.last_mut() {
            Some(block) if last == Some(score) => {
                block.km += k;
                block.knm += n;
            }
            _ => blocks.push(Block { lowest: score, km: k, knm: n }),
        }
        last = Some(score);
    }
    let mut pooled: Vec<Block> = Vec::new();
    for mut block in blocks {
        // The share of known matches must not rise as scores fall; a / b < c / d written without division.
        while let Some(above) = pooled.last() {
            if above.km * (block.km + block.knm) > block.km * (above.km + above.knm) {
                break;
            }
            block.km += above.km;
            block.knm += above.knm;
            pooled.pop();
        }
        pooled.push(block);
    }
    pooled
}

/// Cost after the best monotone calibration of the same scores: what discrimination alone leaves; `None` if either side is empty.
#[must_use]
pub fn cllr_min(km: &[f64], knm: &[f64]) -> Option<f64> {
    if km.is_empty() || knm.is_empty() {
        return None;
    }
    let (n_km, n_knm) = (km.len() as f64, knm.len() as f64);
    let mut cost = 0.0;
    for block in pool(km, knm) {
        // Likelihood ratio of the block: (km / n_km) / (knm / n_knm).
        let (a, b) = (block.km / n_km, block.knm / n_knm);
        if a > 0.0 {
            cost += a * ((a + b) / a).log2();
        }
        if b > 0.0 {
            cost += b * ((a + b) / b).log2();
        }
    }
    Some(cost / 2.0)
}

/// Shares of misleading evidence: known matches with an LR below 1, known non-matches with an LR above 1; `None` if either side is empty.
#[must_use]
pub fn misleading(km: &[f64], knm: &[f64]) -> Option<(f64, f64)> {
    let share = |values: &[f64], wrong: fn(&f64) -> bool| {
        values.iter().filter(|x| wrong(x)).count() as f64 / values.len() as f64
    };
    // An LR that is no number misleads, whichever side it is on.
    (!km.is_empty() && !knm.is_empty())
        .then(|| (share(km, |x| x.is_nan() || *x < 0.0), share(knm, |x| x.is_nan() || *x > 0.0)))
}

/// Empirical cross-entropy of log10 likelihood ratios, bits, at prior odds 10^`prior` (Ramos, Gonzalez-Rodriguez, Zadora and Aitken, J. Forensic
/// Sci. 58 (2013) 1503): what is still unknown about the truth of a pair once its LR is known. At prior odds 1 it is [`cllr`]; `None` if either is empty.
#[must_use]
pub fn cross_entropy(km: &[f64], knm: &[f64], prior: f64) -> Option<f64> {
    let raised = |values: &[f64]| values.iter().map(|x| x + prior).collect::<Vec<_>>();
    let chance = 1.0 / (1.0 + 10f64.powf(-prior));
    let mean = |values: &[f64], sign: f64| {
        let clean = |x: f64| if x.is_nan() { f64::NEG_INFINITY } else { x };
        raised(values).iter().map(|x| log2_one_plus_ten_to(sign * clean(*x))).sum::<f64>() / values.len() as f64
    };
    (!km.is_empty() && !knm.is_empty()).then(|| chance * mean(km, -1.0) + (1.0 - chance) * mean(knm, 1.0))
}

/// The log10 LR that the best monotone calibration gives to each known match and each known non-match, in their order; infinite where a block of
/// [`pooled`] holds one kind only. Empty if either side is.
#[must_use]
pub fn pooled_log10(km: &[f64], knm: &[f64]) -> (Vec<f64>, Vec<f64>) {
    if km.is_empty() || knm.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let blocks = pool(km, knm);
    let ratio = |score: &f64| {
        let score = if score.is_nan() { f64::NEG_INFINITY } else { *score };
        let at = blocks.partition_point(|b| b.lowest > score);
        blocks
            .get(at)
            .map_or(f64::NEG_INFINITY, |b| (b.km / km.len() as f64).log10() - (b.knm / knm.len() as f64).log10())
    };
    (km.iter().map(ratio).collect(), knm.iter().map(ratio).collect())
}

/// A point of a Tippett plot: the shares of known matches and known non-matches whose log10 LR is at least `log10`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TippettPoint {
    /// log10 of the likelihood ratio.
    pub log10: f64,
    /// Share of known matches at or above it.
    pub km_share: f64,
    /// Share of known non-matches at or above it.
    pub knm_share: f64,
}

/// The points of a Tippett plot, highest LR first; empty if either side is.
#[must_use]
pub fn tippett(km: &[f64], knm: &[f64]) -> Vec<TippettPoint> {
    let points = roc(km, knm);
    points
        .iter()
        .skip(1)
        .map(|p| TippettPoint { log10: p.threshold, km_share: p.true_positive_rate, knm_share: p.false_positive_rate })
        .collect()
}

/// Retrieval of the mates of a set of queries.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Retrieval {
    /// Queries that have a mate in the gallery; all shares are of these.
    pub queries: usize,
    /// Share whose first candidate is a mate.
    pub top1: f64,
    /// Share with a mate among the first ten.
    pub recall_at_10: f64,
    /// Share with a mate among the first hundred.
    pub recall_at_100: f64,
    /// Mean share of a query's mates among the first twenty.
    pub mates_in_top20: f64,
}

/// Measures ranked lists: for each query whether each candidate, best first, is a mate, and how many mates the gallery holds.
///
/// Queries without a mate do not count. A list may be shorter than the gallery; mates that it lacks are missed.
#[must_use]
pub fn retrieval<'a>(lists: impl IntoIterator<Item = (&'a [bool], usize)>) -> Retrieval {
    let mut sum = Retrieval::default();
    for (list, mates) in lists {
        if mates == 0 {
            continue;
        }
        let within = |n: usize| list.iter().take(n).filter(|m| **m).count();
        let any = |n: usize| f64::from(u8::from(within(n) > 0));
        sum.queries += 1;
        sum.top1 += any(1);
        sum.recall_at_10 += any(10);
        sum.recall_at_100 += any(100);
        sum.mates_in_top20 += within(20).min(mates) as f64 / mates as f64;
    }
    if sum.queries > 0 {
        let n = sum.queries as f64;
        sum.top1 /= n;
        sum.recall_at_10 /= n;
        sum.recall_at_100 /= n;
        sum.mates_in_top20 /= n;
    }
    sum
}

/// Order of candidates: higher score first, equal scores by their place in the gallery, so that a ranking never depends on how it was computed.
#[must_use]
pub fn candidate_order(a: (f64, usize), b: (f64, usize)) -> Ordering {
    let clean = |x: f64| if x.is_nan() { f64::NEG_INFINITY } else { x };
    clean(b.0).total_cmp(&clean(a.0)).then(a.1.cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Few distinct values, so that ties are common.
    fn scores() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec((-6i32..6).prop_map(f64::from), 1..25)
    }

    proptest! {
        #[test]
        fn auc_is_the_chance_that_a_match_scores_higher(km in scores(), knm in scores()) {
            let mut sum = 0.0;
            for a in &km {
                for b in &knm {
                    sum += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
                }
            }
            let expected = sum / (km.len() * knm.len()) as f64;
            prop_assert!((auc(&km, &knm).unwrap() - expected).abs() < 1e-12);
        }

        #[test]
        fn tpr_at_fpr_is_the_best_threshold_tried_one_by_one(km in scores(), knm in scores(), fpr in 0.0..1.0f64) {
            let share = |s: &[f64], t: f64| s.iter().filter(|x| **x >= t).count() as f64 / s.len() as f64;
            let best = km.iter().chain(&knm).filter(|t| share(&knm, **t) <= fpr).map(|t| share(&km, *t)).fold(0.0, f64::max);
            prop_assert_eq!(tpr_at_fpr(&km, &knm, fpr).unwrap(), best);
        }

        #[test]
        fn eer_lies_between_the_errors_at_neighbouring_thresholds(km in scores(), knm in scores()) {
            let e = eer(&km, &knm).unwrap();
            let points = roc(&km, &knm);
            let bracket = points.windows(2).any(|w| {
                e >= w[0].false_positive_rate - 1e-12 && e <= w[1].false_positive_rate + 1e-12
                    && e <= 1.0 - w[0].true_positive_rate + 1e-12 && e >= 1.0 - w[1].true_positive_rate - 1e-12
            });
            prop_assert!(bracket, "{e} {points:?}");
        }

        #[test]
        fn cllr_is_the_definition(km in scores(), knm in scores()) {
            let a: f64 = km.iter().map(|x| (1.0 + 10f64.powf(-x)).log2()).sum::<f64>() / km.len() as f64;
            let b: f64 = knm.iter().map(|x| (1.0 + 10f64.powf(*x)).log2()).sum::<f64>() / knm.len() as f64;
            prop_assert!((cllr(&km, &knm).unwrap() - (a + b) / 2.0).abs() < 1e-9);
        }

        #[test]
        fn cross_entropy_at_even_odds_is_the_cost_and_pooled_ratios_reach_the_least_cost(km in scores(), knm in scores(), prior in -2.0..2.0f64) {
            prop_assert!((cross_entropy(&km, &knm, 0.0).unwrap() - cllr(&km, &knm).unwrap()).abs() < 1e-9);
            let (a, b) = pooled_log10(&km, &knm);
            prop_assert!((cllr(&a, &b).unwrap() - cllr_min(&km, &knm).unwrap()).abs() < 1e-9);
            // The definition: entropy of the posterior, weighted by the prior.
            let odds = 10f64.powf(prior);
            let p = odds / (1.0 + odds);
            let one: f64 = km.iter().map(|x| (1.0 + 1.0 / (odds * 10f64.powf(*x))).log2()).sum::<f64>() / km.len() as f64;
            let other: f64 = knm.iter().map(|x| (1.0 + odds * 10f64.powf(*x)).log2()).sum::<f64>() / knm.len() as f64;
            prop_assert!((cross_entropy(&km, &knm, prior).unwrap() - (p * one + (1.0 - p) * other)).abs() < 1e-9);
            // No evidence leaves the entropy of the prior; the best calibration never leaves more.
            let neutral = cross_entropy(&[0.0], &[0.0], prior).unwrap();
            prop_assert!(cross_entropy(&a, &b, prior).unwrap() <= neutral + 1e-9);
        }

        #[test]
        fn no_monotone_calibration_beats_the_pooled_one(km in scores(), knm in scores(), slope in 0.1..2.0f64, shift in -2.0..2.0f64) {
            let least = cllr_min(&km, &knm).unwrap();
            let bent = |s: &[f64]| s.iter().map(|x| slope * x + shift).collect::<Vec<_>>();
            prop_assert!(least <= cllr(&bent(&km), &bent(&knm)).unwrap() + 1e-9);
            prop_assert!((-1e-12..=1.0 + 1e-12).contains(&least));
        }

        #[test]
        fn pooling_gives_the_min_max_formula(km in scores(), knm in scores()) {
            // Isotonic regression as max over lower ends of min over upper ends of means (Robertson 1988), on distinct scores.
            let mut distinct: Vec<f64> = km.iter().chain(&knm).copied().collect();
            distinct.sort_by(f64::total_cmp);
            distinct.dedup();
            let share = |low: f64, high: f64| {
                let count = |s: &[f64]| s.iter().filter(|x| **x >= low && **x <= high).count() as f64;
                count(&km) / (count(&km) + count(&knm))
            };
            let blocks = pooled(&km, &knm);
            for s in &distinct {
                let expected = distinct.iter().filter(|l| *l <= s).map(|l| {
                    distinct.iter().filter(|h| *h >= s).map(|h| share(*l, *h)).fold(f64::INFINITY, f64::min)
                }).fold(f64::NEG_INFINITY, f64::max);
                let got = blocks.iter().find(|b| b.0 <= *s).unwrap().1;
                prop_assert!((got - expected).abs() < 1e-12, "score {s}: expected {expected}, got {got}");
            }
        }

        #[test]
        fn retrieval_counts_as_by_hand(lists in prop::collection::vec((prop::collection::vec(any::<bool>(), 0..130), 0usize..3), 1..6)) {
            let with: Vec<(&[bool], usize)> = lists.iter().map(|(l, extra)| (&l[..], l.iter().filter(|m| **m).count() + extra)).collect();
            let got = retrieval(with.clone());
            let counted: Vec<_> = with.iter().filter(|l| l.1 > 0).collect();
            prop_assert_eq!(got.queries, counted.len());
            if !counted.is_empty() {
                let n = counted.len() as f64;
                let hit = |depth: usize| counted.iter().filter(|(l, _)| l[..depth.min(l.len())].contains(&true)).count() as f64 / n;
                prop_assert!((got.top1 - hit(1)).abs() < 1e-12 && (got.recall_at_10 - hit(10)).abs() < 1e-12 && (got.recall_at_100 - hit(100)).abs() < 1e-12);
                let share: f64 = counted.iter().map(|(l, m)| l[..20.min(l.len())].iter().filter(|x| **x).count() as f64 / *m as f64).sum();
                prop_assert!((got.mates_in_top20 - share / n).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn scores_that_are_no_numbers_count_as_lowest_and_empty_sides_have_no_figures() {
        assert_eq!(auc(&[f64::NAN], &[0.0]), Some(0.0));
        assert_eq!(auc(&[], &[0.0]), None);
        assert_eq!((eer(&[], &[1.0]), cllr(&[1.0], &[]), cllr_min(&[], &[])), (None, None, None));
        assert_eq!(eer(&[2.0, 3.0], &[0.0, 1.0]), Some(0.0));
        assert_eq!(misleading(&[1.0, -1.0, f64::NAN, 0.0], &[0.5, -3.0]), Some((0.5, 0.5)));
        assert_eq!((misleading(&[], &[1.0]), cross_entropy(&[], &[], 0.0)), (None, None));
        assert_eq!(pooled_log10(&[2.0], &[1.0]), (vec![f64::INFINITY], vec![f64::NEG_INFINITY]));
        assert!(tippett(&[1.0], &[]).is_empty());
        assert_eq!(tippett(&[2.0], &[-1.0]).len(), 2);
    }
}
