//! Likelihood ratios from plain scores: any matcher, any kind of mark, one kind or several together.
//!
//! A monotone logistic regression with known matches and known non-matches weighing the same in total, so that its log odds are a log likelihood
//! ratio (Morrison, Australian J. Forensic Sci. 45 (2013) 173). Several kinds of marks of one pair of cartridge cases enter one regression
//! together: their ratios are not multiplied, because a firearm that marks well marks well everywhere and the kinds are not independent. Every
//! ratio is bounded by what the data support ([`super::bounds`]).

use super::bounds::Bounds;
use super::calibrate::CalibrateError;
use super::counts::{Count, CountModel};
use super::logistic::descend;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::LN_10;

/// Version of the form of [`ScoreModel`]; raised when a field changes or means something else.
pub const VERSION: u32 = 1;

/// What one kind of mark says of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measure {
    /// The score; larger speaks for one source.
    pub score: f64,
    /// Congruent cells, where the table has them.
    pub count: Option<Count>,
}

/// Two marks, or two sets of marks, with known truth.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The two firearms; one name twice for a known match.
    pub firearms: (String, String),
    /// One measure a kind of mark, always in the same order.
    pub kinds: Vec<Measure>,
}

impl Pair {
    /// Whether one firearm made both.
    #[must_use]
    pub fn is_km(&self) -> bool {
        self.firearms.0 == self.firearms.1
    }

    /// Both firearms in the order of their names.
    #[must_use]
    pub fn key(&self) -> (&str, &str) {
        let (a, b) = (self.firearms.0.as_str(), self.firearms.1.as_str());
        if a <= b { (a, b) } else { (b, a) }
    }
}

/// What a likelihood ratio is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Logistic regression on the scores of all kinds.
    Score,
    /// Beta-binomial laws of congruent cells; with several kinds a logistic regression on the kinds' log ratios.
    Counts,
}

/// A logistic regression on standardised inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    /// What is taken off each input first.
    pub centres: Vec<f64>,
    /// What each input is divided by then.
    pub scales: Vec<f64>,
    /// log10 LR of a pair at the centres.
    pub intercept: f64,
    /// log10 LR a scale, one an input; never negative.
    pub slopes: Vec<f64>,
}

impl Logistic {
    /// log10 of the unbounded likelihood ratio of inputs.
    #[must_use]
    pub fn log10(&self, inputs: &[f64]) -> f64 {
        let each = inputs.iter().zip(&self.centres).zip(self.scales.iter().zip(&self.slopes));
        self.intercept + each.map(|((x, centre), (scale, slope))| slope * (x - centre) / scale).sum::<f64>()
    }
}

/// How far a slope may go, natural log odds a standard deviation within a kind of pair: the standard deviation of its normal prior. Equal normal laws
/// d standard deviations apart have the slope d; marks of different firearms are seldom more than 10 apart.
const PRIOR_SD: f64 = 10.0;

/// A fitted model of scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreModel {
    /// Version of its form.
    pub version: u32,
    /// What it computes ratios from.
    pub method: Method,
    /// The laws of congruent cells, one a kind of mark; empty for [`Method::Score`].
    pub counts: Vec<CountModel>,
    /// The regression; none for [`Method::Counts`] of one kind.
    pub logistic: Option<Logistic>,
    /// What the data support.
    pub bounds: Bounds,
    /// Whom the model has seen.
    pub seen: Seen,
}

/// Whom a model has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Seen {
    /// Firearms.
    pub firearms: usize,
    /// Firearms with at least one known match.
    pub firearms_with_known_matches: usize,
    /// Known matches.
    pub known_match_pairs: usize,
    /// Known non-matches.
    pub known_non_match_pairs: usize,
    /// Pairs of different firearms.
    pub known_non_match_firearm_pairs: usize,
}

impl Seen {
    /// Counts pairs.
    #[must_use]
    pub fn of(pairs: &[&Pair]) -> Self {
        let firearms: BTreeSet<&str> = pairs.iter().flat_map(|p| <[&str; 2]>::from(p.key())).collect();
        let (km, knm): (Vec<&Pair>, Vec<&Pair>) = pairs.iter().copied().partition(|p| p.is_km());
        let distinct = |list: &[&Pair]| list.iter().map(|p| p.key()).collect::<BTreeSet<_>>().len();
        Self {
            firearms: firearms.len(),
            firearms_with_known_matches: distinct(&km),
            known_match_pairs: km.len(),
            known_non_match_pairs: knm.len(),
            known_non_match_firearm_pairs: distinct(&knm),
        }
    }
}

/// Weights of pairs: known matches weigh 1/2 together and so do known non-matches, and within each every firearm (or pair of firearms) the same.
fn weights(pairs: &[&Pair]) -> Vec<f64> {
    let mut members: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    pairs.iter().for_each(|p| *members.entry(p.key()).or_default() += 1.0);
    let groups = |km: bool| members.keys().filter(|k| (k.0 == k.1) == km).count().max(1) as f64;
    let each = [0.5 / groups(false), 0.5 / groups(true)];
    pairs.iter().map(|p| each[usize::from(p.is_km())] / members.get(&p.key()).copied().unwrap_or(1.0)).collect()
}

/// The same where each firearm counts as often as `times` says, a pair of two firearms as often as both together; pairs that count nothing weigh 0.
pub(super) fn resampled_weights(pairs: &[&Pair], times: &dyn Fn(&str) -> f64) -> Vec<f64> {
    let often = |p: &Pair| if p.is_km() { times(p.key().0) } else { times(p.key().0) * times(p.key().1) };
    let mut raw: Vec<f64> = weights(pairs).iter().zip(pairs).map(|(w, p)| w * often(p)).collect();
    for km in [false, true] {
        let side = |at: usize| pairs.get(at).is_some_and(|p| p.is_km() == km);
        let total: f64 = raw.iter().enumerate().filter(|(at, _)| side(*at)).map(|(_, w)| w).sum();
        if total > 0.0 {
            raw.iter_mut().enumerate().filter(|(at, _)| side(*at)).for_each(|(_, w)| *w *= 0.5 / total);
        }
    }
    raw
}

/// Weighted mean and variance.
fn moments(values: impl Iterator<Item = (f64, f64)> + Clone) -> (f64, f64) {
    let total: f64 = values.clone().map(|v| v.1).sum::<f64>().max(f64::MIN_POSITIVE);
    let mean = values.clone().map(|(x, w)| x * w).sum::<f64>() / total;
    (mean, values.map(|(x, w)| (x - mean) * (x - mean) * w).sum::<f64>() / total)
}

/// Fits the regression; `matched` firearms with known matches set how much data stand against the prior.
fn regress(inputs: &[Vec<f64>], km: &[bool], weights: &[f64], matched: usize) -> Logistic {
    let terms = inputs.first().map_or(0, Vec::len);
    let (mut centres, mut scales) = (Vec::new(), Vec::new());
    for term in 0..terms {
        let of = |side: bool| {
            inputs.iter().zip(km).zip(weights).filter(move |r| *r.0.1 == side).map(move |((x, _), w)| (x[term], *w))
        };
        let ((m1, v1), (m0, v0)) = (moments(of(true)), moments(of(false)));
        // Half way between the kinds the intercept is near 0 and does not depend on the slope, which makes the fit quick and exact.
        centres.push((m1 + m0) / 2.0);
        let within = ((v1 + v0) / 2.0).sqrt();
        scales.push(if within > 0.0 { within } else { 1.0 });
    }
    let rows: Vec<(Vec<f64>, bool, f64)> = inputs
        .iter()
        .zip(km)
        .zip(weights)
        .map(|((x, y), w)| {
            (x.iter().zip(&centres).zip(&scales).map(|((v, centre), scale)| (v - centre) / scale).collect(), *y, *w)
        })
        .collect();
    let found = descend(&rows, 1.0 / (PRIOR_SD * PRIOR_SD * matched.max(1) as f64));
    let (intercept, slopes) = found.split_last().map_or((0.0, &[][..]), |(last, rest)| (*last, rest));
    Logistic { centres, scales, intercept: intercept / LN_10, slopes: slopes.iter().map(|c| c / LN_10).collect() }
}

/// Least firearms with known matches, and least pairs of different firearms, that a model may be fitted to.
const LEAST: usize = 3;

impl ScoreModel {
    /// Fits a model to pairs with known truth.
    ///
    /// # Errors
    /// Too few firearms of either sort; counts wanted of pairs that have none.
    pub fn fit(pairs: &[&Pair], method: Method) -> Result<Self, CalibrateError> {
        let seen = Seen::of(pairs);
        for (field, got) in [
            ("firearms with known matches", seen.firearms_with_known_matches),
            ("pairs of different firearms", seen.known_non_match_firearm_pairs),
        ] {
            if got < LEAST {
                return Err(CalibrateError::TooFew { field, expected: LEAST, got });
            }
        }
        let weights = weights(pairs);
        let kinds = pairs.first().map_or(0, |p| p.kinds.len());
        let counts = match method {
            Method::Score => Vec::new(),
            Method::Counts => (0..kinds).map(|kind| laws(pairs, &weights, kind)).collect::<Result<_, _>>()?,
        };
        let mut model =
            Self { version: VERSION, method, counts, logistic: None, bounds: Bounds { low: 0.0, high: 0.0 }, seen };
        if method == Method::Score || kinds > 1 {
            let inputs: Vec<Vec<f64>> = pairs.iter().map(|p| model.inputs(p)).collect();
            let km: Vec<bool> = pairs.iter().map(|p| p.is_km()).collect();
            model.logistic = Some(regress(&inputs, &km, &weights, seen.firearms_with_known_matches));
        }
        let (km, knm): (Vec<&Pair>, Vec<&Pair>) = pairs.iter().copied().partition(|p| p.is_km());
        let ratios = |list: &[&Pair]| list.iter().map(|p| model.unbounded(p)).collect::<Vec<_>>();
        model.bounds = Bounds::of(&ratios(&km), &ratios(&knm), seen.known_non_match_firearm_pairs);
        Ok(model)
    }

    /// What enters the regression.
    fn inputs(&self, pair: &Pair) -> Vec<f64> {
        match self.method {
            Method::Score => pair.kinds.iter().map(|m| m.score).collect(),
            Method::Counts => {
                let each = pair.kinds.iter().zip(&self.counts);
                each.map(|(m, laws)| m.count.map_or(0.0, |count| laws.log10(count))).collect()
            }
        }
    }

    /// log10 of the likelihood ratio as the model has it, without bounds: for ranking, and for measuring what bounds cost.
    #[must_use]
    pub fn unbounded(&self, pair: &Pair) -> f64 {
        let inputs = self.inputs(pair);
        match &self.logistic {
            Some(regression) => regression.log10(&inputs),
            None => inputs.iter().sum(),
        }
    }

    /// log10 of the likelihood ratio, bounded.
    #[must_use]
    pub fn log10(&self, pair: &Pair) -> f64 {
        self.bounds.apply(self.unbounded(pair))
    }
}

fn laws(pairs: &[&Pair], weights: &[f64], kind: usize) -> Result<CountModel, CalibrateError> {
    let of = |km: bool| -> Vec<(Count, f64)> {
        let side = pairs.iter().zip(weights).filter(|(p, _)| p.is_km() == km);
        side.filter_map(|(p, w)| Some((p.kinds.get(kind)?.count?, *w))).collect()
    };
    let (km, knm) = (of(true), of(false));
    let got = km.len().min(knm.len());
    CountModel::fit(&km, &knm).ok_or(CalibrateError::TooFew { field: "pairs with counts of cells", expected: 1, got })
}

#[cfg(test)]
#[path = "scores_tests.rs"]
mod tests;
