//! Several kinds of marks of one pair of cartridge cases, taken together: breech face, firing pin, aperture shear, in whatever combination a pair has.
//!
//! Every combination of kinds has a joint logistic regression of its own over the kinds' scores ([`ScoreModel`]). Ratios of single kinds are not
//! multiplied: a firearm that marks well marks well everywhere, so the kinds are not independent given one source (breech face and firing pin
//! correlate .24 within known matches of the NFI's Glock set), and a product counts their common part twice. A kind that one of
//! the two cases lacks counts neither for nor against: the pair is judged by the model of the kinds it has, whose log odds are a log
//! likelihood ratio like those of every other model, so that pairs with different combinations stand in one list. Source of the method: Morrison,
//! Australian J. Forensic Sci. 45 (2013) 173 (logistic-regression fusion and calibration); Baiker-Sorensen et al., Forensic Sci. Int. 353 (2023)
//! 111858 (the kinds of marks of one cartridge case together).
//!
//! ```text
//! scores of the kinds that both cases have --combination--> its ScoreModel --> log10 LR: unbounded ranks, bounded is told
//! ```
//!
//! Whom a fusion has seen, how the scores that enter it are made, and whether its ratios may be told at all or only rank, stand in it ([`Told`]).
//!
//! What the regression cannot see: that a mark is missing may itself depend on the firearm (a pin that hardly marks). It is left out on purpose.

use super::bounds::Bounds;
use super::calibrate::{CalibrateError, intervals, tidy};
use super::model::{Interval, ReferenceScores, interval_at, unavailable};
use super::outcome::LikelihoodRatio;
use super::scores::{Measure, Method, Pair, ScoreModel, resampled_weights};
use super::selection::Selection;
use crate::mark::Region;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Version of the form of [`Fusion`]; raised when a field changes or means something else.
pub const VERSION: u32 = 1;

/// Most kinds of marks in a fusion: each doubles the number of combinations.
const MOST_KINDS: usize = 4;

/// What the kinds of marks of one pair of cartridge cases say: the score of each kind that was compared.
///
/// A kind that one of the cases lacks, that is unsuitable, or of which no pose gave enough overlap, is absent and not 0.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Evidence(BTreeMap<Region, f64>);

impl Evidence {
    /// Evidence of nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The same with the score of a kind; larger speaks for one source. A score that is no finite number, or that says that nothing could be
    /// compared ([`super::NO_SCORE`] or less), leaves the kind out.
    #[must_use]
    pub fn with(mut self, kind: Region, score: f64) -> Self {
        if score.is_finite() && score > super::NO_SCORE {
            self.0.insert(kind, score);
        }
        self
    }

    /// The score of a kind.
    #[must_use]
    pub fn score(&self, kind: Region) -> Option<f64> {
        self.0.get(&kind).copied()
    }

    /// The kinds that are there, in the order of [`Region`].
    pub fn kinds(&self) -> impl Iterator<Item = Region> + '_ {
        self.0.keys().copied()
    }

    /// Whether all of `kinds` are there.
    #[must_use]
    pub fn has(&self, kinds: &[Region]) -> bool {
        kinds.iter().all(|kind| self.0.contains_key(kind))
    }

    /// The scores of `kinds` as the regression takes them; `None` where one is absent.
    fn measures(&self, kinds: &[Region]) -> Option<Vec<Measure>> {
        kinds.iter().map(|kind| Some(Measure { score: self.score(*kind)?, count: None })).collect()
    }
}

/// A pair of cartridge cases with known truth.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownPair {
    /// The two firearms; one name twice for a known match.
    pub firearms: (String, String),
    /// What its marks say.
    pub evidence: Evidence,
}

impl KnownPair {
    /// Whether one firearm made both.
    #[must_use]
    pub fn is_km(&self) -> bool {
        self.firearms.0 == self.firearms.1
    }

    fn seen_by(&self, kinds: &[Region]) -> Option<Pair> {
        Some(Pair { firearms: self.firearms.clone(), kinds: self.evidence.measures(kinds)? })
    }
}

/// The model of one combination of kinds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Combination {
    /// The kinds, in the order of [`Region`], which is that of the model's inputs.
    pub kinds: Vec<Region>,
    /// The joint regression with its bounds and whom it has seen.
    pub model: ScoreModel,
    /// Its unbounded ratios of the pairs it was fitted to: what a search must be corrected with.
    pub scores: ReferenceScores,
    /// 95 % intervals of its ratios, by rising score, from resampling the firearms; empty where they were not worked out.
    #[serde(default)]
    pub intervals: Vec<Interval>,
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Words {
    /// In English.
    pub english: String,
    /// In Spanish.
    pub spanish: String,
}

impl Words {
    /// Both of them.
    #[must_use]
    pub fn new(english: &str, spanish: &str) -> Self {
        Self { english: english.to_owned(), spanish: spanish.to_owned() }
    }
}

/// What a fusion tells of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Told {
    /// Whom it has seen.
    pub population: Words,
    /// How the scores of each kind are made: a digest of the parameters and the model of its comparisons. Scores made otherwise mean something else.
    pub made: BTreeMap<Region, String>,
    /// Why its ratios only rank and are told to nobody, where that is so.
    pub only_ranks: Option<Words>,
}

/// A model for every combination of kinds that the data support.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fusion {
    /// Version of its form.
    pub version: u32,
    /// Whom it has seen and what it is good for.
    #[serde(default)]
    pub told: Told,
    /// By rising number of kinds, then in the order of [`Region`].
    pub combinations: Vec<Combination>,
}

/// What a fusion makes of a pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fused {
    /// log10 of the likelihood ratio before bounds: ranks candidates.
    pub score: f64,
    /// log10 of the likelihood ratio, bounded by what the data of this combination support.
    pub log10_lr: f64,
    /// Its 95 % interval, bounded in the same way; none where the fusion holds none.
    pub interval: Option<(f64, f64)>,
    /// The bounds.
    pub bounds: Bounds,
    /// The kinds that entered.
    pub used: Vec<Region>,
    /// The kinds that were there and did not enter, because no model knows them together with the others.
    pub unused: Vec<Region>,
}

/// Why a fusion could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FusionError {
    /// Not the JSON of a fusion.
    #[error("fusion: {0}")]
    Json(#[from] serde_json::Error),
    /// Readable, but not a fusion of this program.
    #[error("fusion: {field}: expected {expected}, got {got}")]
    Field {
        /// Which field.
        field: &'static str,
        /// What it should be.
        expected: String,
        /// What it is.
        got: String,
    },
}

impl Fusion {
    /// Fits a model to every combination of the kinds that occur in `pairs`; a combination is fitted to all pairs that have at least its kinds. Those with
    /// too few firearms get no model.
    ///
    /// # Errors
    /// That of the first combination, where none could be fitted.
    pub fn fit(pairs: &[&KnownPair]) -> Result<Self, CalibrateError> {
        let kinds: BTreeSet<Region> = pairs.iter().flat_map(|pair| pair.evidence.kinds()).collect();
        let kinds: Vec<Region> = kinds.into_iter().take(MOST_KINDS).collect();
        let (mut combinations, mut refused) = (Vec::new(), None);
        for chosen in subsets(&kinds) {
            let seen: Vec<Pair> = pairs.iter().filter_map(|pair| pair.seen_by(&chosen)).collect();
            match ScoreModel::fit(&seen.iter().collect::<Vec<_>>(), Method::Score) {
                Ok(model) => {
                    let of = |km: bool| -> Vec<f64> {
                        seen.iter().filter(|p| p.is_km() == km).map(|p| model.unbounded(p)).collect()
                    };
                    let scores = ReferenceScores::of(&of(true), &of(false));
                    combinations.push(Combination { kinds: chosen, model, scores, intervals: Vec::new() });
                }
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        if combinations.is_empty() {
            let field = "pairs with marks";
            return Err(refused.unwrap_or(CalibrateError::TooFew { field, expected: 1, got: pairs.len() }));
        }
        Ok(Self { version: VERSION, told: Told::default(), combinations })
    }

    /// The same with intervals, and with what it is to tell of itself: a fusion that is kept.
    ///
    /// # Errors
    /// As [`Self::fit`].
    pub fn train(pairs: &[&KnownPair], told: Told) -> Result<Self, CalibrateError> {
        let mut fusion = Self { told, ..Self::fit(pairs)? };
        for combination in &mut fusion.combinations {
            let seen: Vec<Pair> = pairs.iter().filter_map(|pair| pair.seen_by(&combination.kinds)).collect();
            let seen: Vec<&Pair> = seen.iter().collect();
            let scores: Vec<f64> = seen.iter().map(|pair| combination.model.unbounded(pair)).collect();
            let names: BTreeSet<&str> = seen.iter().flat_map(|pair| <[&str; 2]>::from(pair.key())).collect();
            let range = scores.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), s| (l.min(*s), h.max(*s)));
            let scored = |times: &dyn Fn(&str) -> f64| -> Vec<(f64, bool, f64)> {
                let weights = resampled_weights(&seen, times);
                let all = scores.iter().zip(&seen).zip(weights).map(|((score, pair), w)| (*score, pair.is_km(), w));
                all.filter(|(.., weight)| *weight > 0.0).collect()
            };
            combination.intervals = intervals(&names.into_iter().collect::<Vec<_>>(), range, &scored);
            let ReferenceScores { known_matches, known_non_matches } = &mut combination.scores;
            known_matches.iter_mut().chain(known_non_matches).for_each(|score| *score = tidy(*score));
        }
        Ok(fusion)
    }

    /// The ratio of a pair as it is told to people.
    #[must_use]
    pub fn likelihood_ratio(&self, fused: &Fused) -> LikelihoodRatio {
        if let Some(Words { english, spanish }) = &self.told.only_ranks {
            return unavailable(english, spanish);
        }
        let Bounds { low: least, high: most } = fused.bounds;
        // Where nothing is known of it, the interval is all that the data support.
        let (low, high) = fused.interval.unwrap_or((least, most));
        LikelihoodRatio::Calibrated {
            log10: fused.log10_lr,
            low,
            high,
            bounded: !(fused.score > least && fused.score < most),
            population_english: self.told.population.english.clone(),
            population_spanish: self.told.population.spanish.clone(),
        }
    }

    /// What a pair's marks say together; `None` where no model knows any of its kinds.
    ///
    /// The model is that of exactly its kinds or, where there is none, of as many of them as any model has (the tighter bound then
    /// decides, as it was fitted to less).
    #[must_use]
    pub fn judge(&self, evidence: &Evidence) -> Option<Fused> {
        let chosen = self.chosen(evidence)?;
        let pair = Pair { firearms: (String::new(), String::new()), kinds: evidence.measures(&chosen.kinds)? };
        let score = chosen.model.unbounded(&pair);
        let bounds = chosen.model.bounds;
        let interval = (!chosen.intervals.is_empty()).then(|| interval_at(&chosen.intervals, score));
        Some(Fused {
            score,
            log10_lr: bounds.apply(score),
            interval: interval.map(|(low, high)| (bounds.apply(low), bounds.apply(high))),
            bounds,
            used: chosen.kinds.clone(),
            unused: evidence.kinds().filter(|kind| !chosen.kinds.contains(kind)).collect(),
        })
    }

    /// The model that a pair is judged by.
    #[must_use]
    pub fn chosen(&self, evidence: &Evidence) -> Option<&Combination> {
        let fits = self.combinations.iter().filter(|c| evidence.has(&c.kinds));
        // The last of equals is taken; they come in the order of their kinds, so the choice does not depend on how they were stored.
        fits.max_by(|a, b| {
            let size = a.kinds.len().cmp(&b.kinds.len());
            size.then_with(|| b.model.bounds.high.total_cmp(&a.model.bounds.high)).then_with(|| a.kinds.cmp(&b.kinds))
        })
    }

    /// What having been picked from a gallery of `gallery` cases does to the ratio of a pair with these marks; see [`Selection`].
    #[must_use]
    pub fn picked_from(&self, evidence: &Evidence, gallery: usize) -> Option<Selection> {
        let scores = &self.chosen(evidence)?.scores;
        let (km, knm) = (&scores.known_matches, &scores.known_non_matches);
        Some(Selection::of(km, knm, gallery, super::MATE_SHARE))
    }

    /// Reads a fusion.
    ///
    /// # Errors
    /// Not JSON, another version, kinds out of order or twice, numbers that are none, a slope below 0, bounds that do not hold 0.
    pub fn from_json(text: &str) -> Result<Self, FusionError> {
        let fusion: Fusion = serde_json::from_str(text)?;
        let bad =
            |field, expected: &str, got: String| Err(FusionError::Field { field, expected: expected.into(), got });
        if fusion.version != VERSION {
            return bad("version", &VERSION.to_string(), fusion.version.to_string());
        }
        let mut seen = BTreeSet::new();
        for Combination { kinds, model, scores, intervals } in &fusion.combinations {
            let rising = kinds.windows(2).all(|two| two[0] < two[1]);
            if kinds.is_empty() || kinds.len() > MOST_KINDS || !rising || !seen.insert(kinds) {
                return bad("kinds", "different kinds in their order, each combination once", format!("{kinds:?}"));
            }
            if model.version != super::scores::VERSION {
                return bad("model.version", &super::scores::VERSION.to_string(), model.version.to_string());
            }
            let Some(regression) = model.logistic.as_ref().filter(|_| model.method == Method::Score) else {
                return bad("model.method", "a regression of scores", format!("{:?}", model.method));
            };
            let parts = [&regression.centres, &regression.scales, &regression.slopes];
            let finite = parts.iter().all(|part| part.len() == kinds.len() && part.iter().all(|x| x.is_finite()));
            let positive = regression.scales.iter().all(|x| *x > 0.0) && regression.slopes.iter().all(|x| *x >= 0.0);
            if !(finite && positive && regression.intercept.is_finite()) {
                let expected = "a finite number a kind, scales above 0, slopes not below 0";
                return bad("model.logistic", expected, format!("{regression:?}"));
            }
            let Bounds { low, high } = model.bounds;
            if !(low <= 0.0 && high >= 0.0 && low.is_finite() && high.is_finite()) {
                return bad("model.bounds", "finite numbers around 0", format!("{low} to {high}"));
            }
            if !scores.in_order() {
                return bad("scores", "finite numbers of either kind, by rising value", "others".to_owned());
            }
            let ordered = intervals.windows(2).all(|two| two[0].score <= two[1].score);
            let held = intervals.iter().all(|i| i.low <= i.high && i.low.is_finite() && i.high.is_finite());
            if !(ordered && held && intervals.iter().all(|i| i.score.is_finite())) {
                return bad("intervals", "finite numbers by rising score, low not above high", "others".to_owned());
            }
        }
        if fusion.combinations.is_empty() {
            return bad("combinations", "at least one", "none".to_owned());
        }
        Ok(fusion)
    }
}

/// Every combination of at least one kind, by rising number of kinds, then in the order of the kinds.
fn subsets(kinds: &[Region]) -> Vec<Vec<Region>> {
    let mut all: Vec<Vec<Region>> = (1u32..1 << kinds.len())
        .map(|bits| kinds.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, kind)| *kind).collect())
        .collect();
    all.sort_by(|a: &Vec<Region>, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    all
}

/// What a fusion that never saw a pair's firearms makes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Unseen {
    /// Place of the pair.
    pub pair: usize,
    /// The fold whose fusion judged it; unbounded ratios of different folds are of different models.
    pub fold: usize,
    /// What it made of it.
    pub fused: Fused,
}

/// Folds of firearms: a pair is judged by the fusion of the fold that holds both its firearms, fitted to the pairs that have neither there. Firearms are
/// dealt out in the order of their names, so that neighbours of one series fall into different folds. `seen_through` chooses what of a pair's
/// marks may be used, so that single kinds are measured on the very pairs and folds of all together.
///
/// # Errors
/// As [`Fusion::fit`], for the first fold that fails.
pub fn unseen(
    pairs: &[KnownPair],
    folds: usize,
    seen_through: &dyn Fn(&Evidence) -> Evidence,
) -> Result<Vec<Unseen>, CalibrateError> {
    let folds = folds.max(2);
    let names: BTreeSet<&str> = pairs.iter().flat_map(|p| [p.firearms.0.as_str(), p.firearms.1.as_str()]).collect();
    let fold_of: BTreeMap<&str, usize> = names.into_iter().enumerate().map(|(at, name)| (name, at % folds)).collect();
    let shown: Vec<KnownPair> =
        pairs.iter().map(|p| KnownPair { firearms: p.firearms.clone(), evidence: seen_through(&p.evidence) }).collect();
    let mut judged = Vec::new();
    for fold in 0..folds {
        let inside = |pair: &KnownPair| {
            [&pair.firearms.0, &pair.firearms.1].map(|name| fold_of.get(name.as_str()) == Some(&fold))
        };
        let train: Vec<&KnownPair> = shown.iter().filter(|pair| inside(pair) == [false, false]).collect();
        let fusion = Fusion::fit(&train)?;
        for (pair, known) in shown.iter().enumerate().filter(|(_, known)| inside(known) == [true, true]) {
            judged.extend(fusion.judge(&known.evidence).map(|fused| Unseen { pair, fold, fused }));
        }
    }
    judged.sort_by_key(|unseen| unseen.pair);
    Ok(judged)
}

#[cfg(test)]
#[path = "fusion_tests.rs"]
mod tests;
