//! Likelihood ratios from plain scores: any matcher, any kind of mark, one kind or several together.
//!
//! A monotone logistic regression with known matches and known non-matches weighing the same in total, so that its log odds are a log likelihood
//! ratio (Morrison, Australian J. Forensic Sci. 45 (2013) 173). Several kinds of marks of one pair of cartridge cases enter one regression
//! together: their ratios are not multiplied, because a firearm that marks well marks well everywhere and the kinds are not independent. Every
//! ratio is bounded by what the data support ([`super::bounds`]).

use super::bounds::Bounds;
use super::calibrate::CalibrateError;
use super::counts::{Count, CountModel};
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

/// Newton steps at most; five to ten suffice.
const NEWTON_STEPS: usize = 200;

/// Weighted logistic loss plus `ridge / 2` times the squared slopes, of slopes followed by the intercept.
fn loss(rows: &[(Vec<f64>, bool, f64)], at: &[f64], ridge: f64) -> f64 {
    let one = |(x, km, w): &(Vec<f64>, bool, f64)| {
        let odds = if *km { -log_odds(x, at) } else { log_odds(x, at) };
        // ln(1 + e^odds) without overflow.
        w * (odds.max(0.0) + libm::log1p(libm::exp(-odds.abs())))
    };
    let slopes = at.split_last().map_or(&[][..], |(_, slopes)| slopes);
    rows.iter().map(one).sum::<f64>() + ridge / 2.0 * slopes.iter().map(|c| c * c).sum::<f64>()
}

fn log_odds(x: &[f64], at: &[f64]) -> f64 {
    let intercept = at.last().copied().unwrap_or(0.0);
    intercept + x.iter().zip(at).map(|(v, c)| v * c).sum::<f64>()
}

/// Where [`loss`] is least with no slope below 0: Newton's method over the slopes that are free to move, steps cut at 0 and halved until the loss
/// falls. Kinds of marks that are almost separable bend the loss so little in one direction that steps one coordinate at a time
/// ([`super::calibrate::fit`]) would need thousands of rounds.
fn descend(rows: &[(Vec<f64>, bool, f64)], ridge: f64) -> Vec<f64> {
    let terms = rows.first().map_or(0, |r| r.0.len());
    let mut at = vec![0.0; terms + 1];
    let mut now = loss(rows, &at, ridge);
    for _ in 0..NEWTON_STEPS {
        let mut slope = vec![0.0; terms + 1];
        let mut bend = vec![vec![0.0; terms + 1]; terms + 1];
        for (x, km, w) in rows {
            let p = 1.0 / (1.0 + libm::exp(-log_odds(x, &at)));
            let value = |i: usize| x.get(i).copied().unwrap_or(1.0);
            for (i, row) in bend.iter_mut().enumerate() {
                slope[i] += w * (p - f64::from(u8::from(*km))) * value(i);
                for (j, cell) in row.iter_mut().enumerate() {
                    *cell += w * p * (1.0 - p) * value(i) * value(j);
                }
            }
        }
        for i in 0..terms {
            slope[i] += ridge * at[i];
            bend[i][i] += ridge;
        }
        // A slope at 0 that the loss would push below stays; a little bend keeps a flat direction from dividing by nothing.
        let free: Vec<usize> = (0..=terms).filter(|i| *i == terms || at[*i] > 0.0 || slope[*i] < 0.0).collect();
        let system =
            free.iter().map(|i| free.iter().map(|j| bend[*i][*j] + if i == j { 1e-12 } else { 0.0 }).collect());
        let step = solved(system.collect(), free.iter().map(|i| slope[*i]).collect());
        // Cut at 0, a Newton step may point uphill; a step scaled coordinate by coordinate never does.
        let plain: Vec<f64> = free.iter().map(|i| slope[*i] / bend[*i][*i].max(1e-12)).collect();
        let moved = |step: &[f64], share: f64| {
            let mut next = at.clone();
            for (i, d) in free.iter().zip(step) {
                next[*i] -= share * d;
                if *i < terms {
                    next[*i] = next[*i].max(0.0);
                }
            }
            next
        };
        let tried = [&step, &plain]
            .into_iter()
            .flat_map(|step| (0..40).map(move |halvings| (step, halvings)))
            .map(|(step, halvings)| moved(step, 0.5f64.powi(halvings)))
            .map(|n| (loss(rows, &n, ridge), n))
            .find(|n| n.0 < now);
        let Some((lower, next)) = tried else { break };
        let settled = now - lower < 1e-15;
        (now, at) = (lower, next);
        if settled {
            break;
        }
    }
    at
}

/// Solves a symmetric system with positive diagonal by elimination.
fn solved(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for pivot in 0..n {
        let (done, rest) = a.split_at_mut(pivot + 1);
        let own = &done[pivot];
        for (at, row) in rest.iter_mut().enumerate() {
            let share = row[pivot] / own[pivot];
            row.iter_mut().zip(own).skip(pivot).for_each(|(x, above)| *x -= share * above);
            b[pivot + 1 + at] -= share * b[pivot];
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|column| a[row][column] * b[column]).sum();
        b[row] = (b[row] - known) / a[row][row];
    }
    b
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
