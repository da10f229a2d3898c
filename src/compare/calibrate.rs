//! Fitting a [`Model`] to comparisons of marks whose firearms are known.
//!
//! A regularised logistic regression with coefficients that cannot be negative (so that the score rises with every feature), known matches and
//! known non-matches weighing the same in total, so that its log odds are a log likelihood ratio. Everything is deterministic: Newton's method, a bootstrap from a counter. Groups are *firearms*, never pairs: the pairs of one firearm are not independent.

use super::CompareParameters;
use super::model::{Interval, Model, Population, ReferenceScores, TERMS, Term, VERSION, phi};
use super::outcome::Features;
use crate::mark::{Modality, Region};
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::LN_10;

/// One comparison with known truth.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The firearm of the reference mark, unique over all studies (such as `fadul-3`).
    pub reference_firearm: String,
    /// The firearm of the comparison mark.
    pub comparison_firearm: String,
    /// Study of the reference mark.
    pub reference_study: String,
    /// Study of the comparison mark.
    pub comparison_study: String,
    /// What the comparison found.
    pub features: Features,
}

impl Row {
    /// Whether both marks are of one firearm.
    #[must_use]
    pub fn is_km(&self) -> bool {
        self.reference_firearm == self.comparison_firearm
    }
}

/// Why no model could be fitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalibrateError {
    /// Too little data.
    #[error("calibration: {field}: expected at least {expected}, got {got}")]
    TooFew {
        /// What there is too little of.
        field: &'static str,
        /// The least number.
        expected: usize,
        /// The number found.
        got: usize,
    },
    /// A feature is not a number.
    #[error("calibration: row {row}: expected finite features, got {feature} = {value}")]
    NotFinite {
        /// Index of the row.
        row: usize,
        /// Name of the feature.
        feature: &'static str,
        /// Its value in words.
        value: String,
    },
}

/// How strongly coefficients are pulled to 0, for features from 0 to 1 and classes of total weight 1: a normal prior with standard deviation 10 (a full
/// term may change the odds by e to the 10th) against some twenty independent firearms, 1 / (10 x 10 x 20). Without it, separable data drive the coefficients
/// to infinity.
const RIDGE: f64 = 5e-4;

/// A fitted logistic regression: natural log odds = intercept + sum of coefficient x feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Intercept.
    pub intercept: f64,
    /// One a feature, never negative.
    pub coefficients: Vec<f64>,
}

impl Fit {
    /// Natural log odds of features.
    #[must_use]
    pub fn log_odds(&self, x: &[f64]) -> f64 {
        self.intercept + self.coefficients.iter().zip(x).map(|(c, v)| c * v).sum::<f64>()
    }
}

/// Minimises weighted logistic loss plus `ridge / 2` times the squared coefficients, coefficients at least 0, by Newton's method.
///
/// `rows` are features, whether the row is positive, and its weight.
#[must_use]
pub fn fit(rows: &[(Vec<f64>, bool, f64)], ridge: f64) -> Fit {
    let mut coefficients = super::logistic::descend(rows, ridge);
    let intercept = coefficients.pop().unwrap_or(0.0);
    Fit { intercept, coefficients }
}

/// Rows with the weights of a calibration: the known matches weigh 1/2 together and so do the known non-matches; within each, every firearm
/// (or pair of firearms) weighs the same, times `multiplicity` of its firearms.
fn weighted<'a>(
    rows: impl IntoIterator<Item = &'a Row>,
    multiplicity: &dyn Fn(&str) -> f64,
) -> Vec<(Vec<f64>, bool, f64)> {
    let mut groups: BTreeMap<(&str, &str), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let (a, b) = (row.reference_firearm.as_str(), row.comparison_firearm.as_str());
        groups.entry(if a <= b { (a, b) } else { (b, a) }).or_default().push(row);
    }
    let weight = |key: &(&str, &str)| {
        if key.0 == key.1 { multiplicity(key.0) } else { multiplicity(key.0) * multiplicity(key.1) }
    };
    let mut totals = [0.0, 0.0];
    for key in groups.keys() {
        totals[usize::from(key.0 == key.1)] += weight(key);
    }
    let mut out = Vec::new();
    for (key, members) in &groups {
        let km = key.0 == key.1;
        let each = 0.5 * weight(key) / (totals[usize::from(km)] * members.len() as f64);
        if each > 0.0 && each.is_finite() {
            out.extend(members.iter().map(|r| (phi(&r.features).to_vec(), km, each)));
        }
    }
    out
}

fn firearms(rows: &[Row]) -> BTreeSet<&str> {
    rows.iter().flat_map(|r| [r.reference_firearm.as_str(), r.comparison_firearm.as_str()]).collect()
}

fn check(rows: &[Row]) -> Result<(), CalibrateError> {
    for (index, row) in rows.iter().enumerate() {
        for (term, value) in TERMS.iter().zip(phi(&row.features)) {
            if !value.is_finite() {
                return Err(CalibrateError::NotFinite { row: index, feature: term.name, value: value.to_string() });
            }
        }
    }
    let matched: BTreeSet<&str> = rows.iter().filter(|r| r.is_km()).map(|r| r.reference_firearm.as_str()).collect();
    for (field, expected, got) in [
        ("firearms with known matches", 3, matched.len()),
        ("known non-matches", 3, rows.iter().filter(|r| !r.is_km()).count()),
    ] {
        if got < expected {
            return Err(CalibrateError::TooFew { field, expected, got });
        }
    }
    Ok(())
}

/// Resamplings of the firearms behind an interval.
const RESAMPLES: u64 = 200;
/// Points at which the interval is kept.
const KNOTS: usize = 41;

/// Fits a model to labelled comparisons, made with `parameters`, of marks of one region and modality.
///
/// # Errors
/// Too few firearms, or features that are no numbers.
pub fn train(
    rows: &[Row],
    parameters: &CompareParameters,
    region: Region,
    modality: Modality,
    english: &str,
    spanish: &str,
) -> Result<Model, CalibrateError> {
    check(rows)?;
    let all = fit(&weighted(rows, &|_| 1.0), RIDGE);
    let names: Vec<&str> = firearms(rows).into_iter().collect();
    let score = |f: &Fit, features: &Features| f.log_odds(&phi(features)) / LN_10;
    let scores: Vec<f64> = rows.iter().map(|r| score(&all, &r.features)).collect();
    let (low, high) = scores.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), s| (l.min(*s), h.max(*s)));
    let scored = |times: &dyn Fn(&str) -> f64| -> Vec<(f64, bool, f64)> {
        weighted(rows, times).into_iter().map(|(x, km, w)| (all.log_odds(&x) / LN_10, km, w)).collect()
    };
    let intervals = intervals(&names, (low, high), &scored);
    let kept = reference_scores(rows, &scores);
    let matched: BTreeSet<&str> = rows.iter().filter(|r| r.is_km()).map(|r| r.reference_firearm.as_str()).collect();
    let studies: BTreeSet<&str> =
        rows.iter().flat_map(|r| [r.reference_study.as_str(), r.comparison_study.as_str()]).collect();
    Ok(Model {
        version: VERSION,
        region,
        modality,
        parameters_hash: parameters.hash(),
        terms: TERMS
            .iter()
            .zip(&all.coefficients)
            .map(|(t, c)| Term { name: t.name.to_owned(), low: t.low, high: t.high, coefficient: tidy(c / LN_10) })
            .collect(),
        intercept: tidy(all.intercept / LN_10),
        intervals,
        scores: kept,
        population: Population {
            english: english.to_owned(),
            spanish: spanish.to_owned(),
            studies: studies.into_iter().map(str::to_owned).collect(),
            firearms: names.len(),
            firearms_with_known_matches: matched.len(),
            known_match_pairs: rows.iter().filter(|r| r.is_km()).count(),
            known_non_match_pairs: rows.iter().filter(|r| !r.is_km()).count(),
            known_non_match_firearm_pairs: firearm_pairs(rows),
        },
        only_ranks: None,
    })
}

/// The 95 % intervals of the log10 LR at scores from the least to the greatest in `range`, by resampling the firearms `names`; `scored` gives every pair's
/// score, whether it is a known match, and its weight, where each firearm counts as often as it was drawn.
///
/// The bootstrap refits the line from score to log odds, which is what the limited number of firearms leaves uncertain; what counts is how far
/// a resample moves that line from where all firearms put it.
pub(super) fn intervals(names: &[&str], range: (f64, f64), scored: &Scored<'_>) -> Vec<Interval> {
    let (low, high) = range;
    let straight = |pairs: Vec<(f64, bool, f64)>| -> Fit {
        let on_score = |(score, km, w): (f64, bool, f64)| (vec![score / SCORE_SCALE], km, w);
        fit(&pairs.into_iter().map(on_score).collect::<Vec<_>>(), RIDGE)
    };
    let base = straight(scored(&|_| 1.0));
    let knots: Vec<f64> = (0..KNOTS).map(|i| low + (high - low) * i as f64 / (KNOTS - 1) as f64).collect();
    let mut drawn: Vec<Vec<f64>> = vec![Vec::new(); KNOTS];
    for resample in 0..RESAMPLES {
        let mut times: BTreeMap<&str, f64> = BTreeMap::new();
        for draw in 0..names.len() as u64 {
            let index = scramble(resample.wrapping_mul(1_000_003).wrapping_add(draw)) % names.len() as u64;
            *times.entry(names[index as usize]).or_default() += 1.0;
        }
        let pairs = scored(&|name| times.get(name).copied().unwrap_or(0.0));
        if !pairs.iter().any(|w| w.1) || !pairs.iter().any(|w| !w.1) {
            continue;
        }
        let refit = straight(pairs);
        for (knot, values) in knots.iter().zip(&mut drawn) {
            let moved = refit.log_odds(&[knot / SCORE_SCALE]) - base.log_odds(&[knot / SCORE_SCALE]);
            values.push(knot + moved / LN_10);
        }
    }
    knots
        .iter()
        .zip(&mut drawn)
        .map(|(knot, values)| {
            values.sort_by(f64::total_cmp);
            let at = |q: f64| {
                values.get(((values.len() as f64 - 1.0) * q).round().max(0.0) as usize).copied().unwrap_or(*knot)
            };
            Interval { score: tidy(*knot), low: tidy(at(0.025).min(*knot)), high: tidy(at(0.975).max(*knot)) }
        })
        .collect()
}

/// Scores of pairs, whether they are known matches, and their weights, for firearms that count as often as a function says.
pub(super) type Scored<'a> = dyn Fn(&dyn Fn(&str) -> f64) -> Vec<(f64, bool, f64)> + 'a;

/// Pairs of different firearms of one study: as many as the bound of the ratios counts.
#[must_use]
pub fn firearm_pairs<'a>(rows: impl IntoIterator<Item = &'a Row>) -> usize {
    let within = rows.into_iter().filter(|r| !r.is_km() && r.reference_study == r.comparison_study);
    let pairs: BTreeSet<(&str, &str)> = within
        .map(|r| {
            let (a, b) = (r.reference_firearm.as_str(), r.comparison_firearm.as_str());
            if a < b { (a, b) } else { (b, a) }
        })
        .collect();
    pairs.len()
}

/// The scores that a search is corrected with: of known matches, and of known non-matches of one study, or of any where no study has two firearms.
fn reference_scores(rows: &[Row], scores: &[f64]) -> ReferenceScores {
    let of = |wanted: &dyn Fn(&Row) -> bool| -> Vec<f64> {
        rows.iter().zip(scores).filter(|(row, _)| wanted(row)).map(|(_, score)| tidy(*score)).collect()
    };
    let within = of(&|r| !r.is_km() && r.reference_study == r.comparison_study);
    let others = if within.is_empty() { of(&|r| !r.is_km()) } else { within };
    ReferenceScores::of(&of(&Row::is_km), &others)
}

/// Scores are divided by this before the interval's line is fitted, so that the pull to 0 acts on both fits alike.
const SCORE_SCALE: f64 = 4.0;

/// Six decimals: more than any of these figures deserves, and short enough to survive being written as text and read back.
pub(super) fn tidy(x: f64) -> f64 {
    (x * 1e6).round() / 1e6
}

/// Well mixed bits of a counter (the finaliser of splitmix64, Steele 2014).
fn scramble(counter: u64) -> u64 {
    let mut z = counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Scores (log10 LR, unbounded) of rows by a model that never saw their firearms, each with the place of its row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fold {
    /// Of the rows that the model has not seen.
    pub held: Vec<(usize, f64)>,
    /// Of those it was fitted to.
    pub trained: Vec<(usize, f64)>,
}

impl Fold {
    /// Scores of the unseen known matches, and of the unseen known non-matches.
    #[must_use]
    pub fn sides(&self, rows: &[Row]) -> (Vec<f64>, Vec<f64>) {
        let of = |km: bool| -> Vec<f64> {
            let side = self.held.iter().filter(|(at, _)| rows.get(*at).is_some_and(|r| r.is_km() == km));
            side.map(|(_, score)| *score).collect()
        };
        (of(true), of(false))
    }
}

fn hold_out(rows: &[Row], out: &dyn Fn(&Row) -> (bool, bool)) -> Fold {
    // `out` says of a row whether it belongs to the test set and whether to the training set; rows that straddle belong to neither.
    let train = weighted(rows.iter().filter(|r| out(r).1), &|_| 1.0);
    if !train.iter().any(|t| t.1) || !train.iter().any(|t| !t.1) {
        return Fold::default();
    }
    let model = fit(&train, RIDGE);
    let scored = |wanted: &dyn Fn(&Row) -> bool| -> Vec<(usize, f64)> {
        let rows = rows.iter().enumerate().filter(|(_, row)| wanted(row));
        rows.map(|(at, row)| (at, model.log_odds(&phi(&row.features)) / LN_10)).collect()
    };
    Fold { held: scored(&|r| out(r).0), trained: scored(&|r| out(r).1) }
}

/// Leaves one study out at a time: the rows within `study`, scored by a model of all rows that do not touch it.
#[must_use]
pub fn leave_study_out(rows: &[Row], study: &str) -> Fold {
    hold_out(rows, &|r| {
        let touches = [&r.reference_study, &r.comparison_study].map(|s| s == study);
        (touches[0] && touches[1], !touches[0] && !touches[1])
    })
}

/// Folds of firearms: a row is tested by the model of the fold that contains both its firearms, trained on the rows that contain neither.
#[must_use]
pub fn firearm_folds(rows: &[Row], folds: usize) -> Vec<Fold> {
    let fold_of: BTreeMap<&str, usize> =
        firearms(rows).into_iter().enumerate().map(|(i, name)| (name, i % folds.max(2))).collect();
    (0..folds.max(2))
        .map(|fold| {
            hold_out(rows, &|r| {
                let inside = [&r.reference_firearm, &r.comparison_firearm]
                    .map(|f| fold_of.get(f.as_str()).is_some_and(|x| *x == fold));
                (inside[0] && inside[1], !inside[0] && !inside[1])
            })
        })
        .collect()
}

#[cfg(test)]
#[path = "calibrate_tests.rs"]
mod tests;
