//! The model that turns features into a score and a bounded likelihood ratio: data with provenance.

use super::CompareParameters;
use super::fusion::Words;
use super::outcome::{Features, LikelihoodRatio};
use super::selection::Selection;
use crate::mark::{Modality, Region};
use serde::{Deserialize, Serialize};

/// Version of the form of the model; raised when a field or the meaning of a term changes.
pub const VERSION: u32 = 2;

/// A term of the score: a feature cut to a range and brought to 0 to 1.
///
/// The ranges say where more of a feature stops meaning more. Their ends are not fitted: the lower one is what unrelated marks reach, the upper one
/// a value that no unrelated pair comes near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TermKind {
    pub name: &'static str,
    pub low: f64,
    pub high: f64,
}

/// The terms, in the order of [`phi`].
pub(super) const TERMS: [TermKind; 7] = [
    // Standard deviations above chance. The greatest of the few hundred thousand poses searched lies near 4 to 6 for unrelated marks.
    TermKind { name: "peak_z", low: 0.0, high: 30.0 },
    TermKind { name: "search_z", low: 0.0, high: 20.0 },
    TermKind { name: "cmc_share", low: 0.0, high: 1.0 },
    // Correlation of the long-wave band at a pose that the short-wave band alone has chosen: evidence of its own.
    TermKind { name: "ccf_coarse", low: 0.0, high: 1.0 },
    TermKind { name: "agree_share", low: 0.0, high: 1.0 },
    // Correlation of signs, which no single deep pit decides; about 5 for unrelated marks.
    TermKind { name: "code_z", low: 0.0, high: 25.0 },
    // Best pose over the best other one: 1 says that chance could as well have put it elsewhere.
    TermKind { name: "peak_ratio", low: 1.0, high: 3.0 },
];

/// The terms' values, each from 0 to 1 and rising with the evidence; never NaN.
pub(super) fn phi(f: &Features) -> [f64; TERMS.len()] {
    let values = [f.peak_z, f.search_z, f.cmc_share, f.ccf_coarse, f.agree_share, f.code_z, f.peak_ratio];
    let mut out = [0.0; TERMS.len()];
    for ((o, v), t) in out.iter_mut().zip(values).zip(&TERMS) {
        let share = (v - t.low) / (t.high - t.low);
        *o = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
    }
    out
}

/// One fitted term.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// Name of the feature, a field of [`Features`].
    pub name: String,
    /// Value that counts 0.
    pub low: f64,
    /// Value that counts 1.
    pub high: f64,
    /// What a full term adds to the log10 LR; never negative.
    pub coefficient: f64,
}

/// The 95 % interval of the log10 LR at a score, from resampling the firearms of the reference population.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Score.
    pub score: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Whom the model has seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Population {
    /// In English words.
    pub english: String,
    /// In Spanish words.
    pub spanish: String,
    /// Names of the studies.
    pub studies: Vec<String>,
    /// Firearms.
    pub firearms: usize,
    /// Firearms with at least one known match.
    pub firearms_with_known_matches: usize,
    /// Pairs of marks of one firearm.
    pub known_match_pairs: usize,
    /// Pairs of marks of two firearms.
    pub known_non_match_pairs: usize,
    /// Pairs of two firearms of one study; pairs across studies are too easy to support a weight of evidence.
    pub known_non_match_firearm_pairs: usize,
}

/// Scores of the reference population under the model, by rising value: what a search must be corrected with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReferenceScores {
    /// Of known matches; at most [`Self::MOST`] quantiles.
    pub known_matches: Vec<f64>,
    /// Of known non-matches of one study, as many at most; pairs across studies are too easy to stand for a gallery of like pistols.
    pub known_non_matches: Vec<f64>,
}

impl ReferenceScores {
    /// Most scores kept of either kind: the tenth of highest ones, which the correction extrapolates, is then fifty.
    pub const MOST: usize = 500;

    /// Keeps the scores, or where there are more than [`Self::MOST`] so many quantiles, each in the middle of its share.
    #[must_use]
    pub fn of(known_matches: &[f64], known_non_matches: &[f64]) -> Self {
        let kept = |scores: &[f64]| -> Vec<f64> {
            let mut sorted: Vec<f64> = scores.iter().copied().filter(|s| s.is_finite()).collect();
            sorted.sort_by(f64::total_cmp);
            let (n, most) = (sorted.len(), Self::MOST);
            if n <= most {
                return sorted;
            }
            (0..most).filter_map(|i| sorted.get((2 * i + 1) * n / (2 * most))).copied().collect()
        };
        Self { known_matches: kept(known_matches), known_non_matches: kept(known_non_matches) }
    }

    /// Whether both kinds are there, no more than are kept, finite and by rising value.
    pub(super) fn in_order(&self) -> bool {
        [&self.known_matches, &self.known_non_matches].into_iter().all(|list| {
            !list.is_empty() && list.len() <= Self::MOST && list.iter().all(|s| s.is_finite()) && list.is_sorted()
        })
    }
}

/// Share of searches that have a mate in their gallery, where a ratio needs one: nobody knows it, and the ratio hardly depends on it.
pub const MATE_SHARE: f64 = 0.5;

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Version of its form.
    pub version: u32,
    /// Region of the marks it was fitted to.
    pub region: Region,
    /// Modality of those marks.
    pub modality: Modality,
    /// Hash of the parameters of the comparisons it was fitted to.
    pub parameters_hash: String,
    /// log10 LR of a pair all of whose terms are 0.
    pub intercept: f64,
    /// Terms.
    pub terms: Vec<Term>,
    /// Intervals, by rising score.
    pub intervals: Vec<Interval>,
    /// Scores of the reference population.
    pub scores: ReferenceScores,
    /// Whom the model has seen.
    pub population: Population,
    /// Why its scores only rank and no ratio is told of them, where that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_ranks: Option<Words>,
}

/// The model that comes with the program.
const BUILT_IN: &str = include_str!("model.json");

/// The model of simulated marks: `simulate --firearms 40 --shots 3 --seed 77`, each finish a study, then `evaluate --rotate 3 --model-out`.
const SIMULATED: &str = include_str!("model-simulated.json");

/// The same of simulated firing pins: `fit_the_models_of_simulated_pistols` in `engine/tests/fuse_simulated.rs` writes it.
const SIMULATED_PIN: &str = include_str!("model-simulated-pin.json");

/// The model of photographs: `simulate --firearms 45 --shots 3 --seed 23`, each finish a study, then `evaluate --photographs --pairs 5000 --model-out`, which
/// photographs the scans under a ring light.
const PHOTOGRAPHS: &str = include_str!("model-photographs.json");

/// Why a model could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Not the JSON of a model.
    #[error("model: {0}")]
    Json(#[from] serde_json::Error),
    /// Readable, but not a model of this program.
    #[error("model: {field}: expected {expected}, got {got}")]
    Field {
        /// Which field.
        field: &'static str,
        /// What it should be.
        expected: String,
        /// What it is.
        got: String,
    },
}

impl Model {
    /// The model that comes with the program: breech-face impressions measured as heights.
    ///
    /// # Errors
    /// None in a program that passed its tests: the file is part of it.
    pub fn built_in() -> Result<Self, ModelError> {
        Self::from_json(BUILT_IN)
    }

    /// The model of simulated breech faces of five finishes, for simulated galleries.
    ///
    /// # Errors
    /// As [`Self::built_in`].
    pub fn simulated() -> Result<Self, ModelError> {
        Self::from_json(SIMULATED)
    }

    /// The model of photographs under a ring light, fitted to simulated ones.
    ///
    /// # Errors
    /// As [`Self::built_in`].
    pub fn photographs() -> Result<Self, ModelError> {
        Self::from_json(PHOTOGRAPHS)
    }

    /// The model of the firing pins of simulated pistols, for simulated galleries.
    ///
    /// # Errors
    /// As [`Self::built_in`].
    pub fn simulated_pin() -> Result<Self, ModelError> {
        Self::from_json(SIMULATED_PIN)
    }

    /// Reads a model.
    ///
    /// # Errors
    /// Not JSON, another version, other terms, a negative coefficient, a number that is none.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        let model: Model = serde_json::from_str(text)?;
        let bad = |field, expected: String, got: String| Err(ModelError::Field { field, expected, got });
        if model.version != VERSION {
            return bad("version", VERSION.to_string(), model.version.to_string());
        }
        let names: Vec<&str> = model.terms.iter().map(|t| t.name.as_str()).collect();
        let expected: Vec<&str> = TERMS.iter().map(|t| t.name).collect();
        if names != expected {
            return bad("terms", expected.join(", "), names.join(", "));
        }
        for (term, kind) in model.terms.iter().zip(&TERMS) {
            if !(term.coefficient >= 0.0 && term.coefficient.is_finite()) {
                return bad("coefficient", "a number not below 0".to_owned(), term.coefficient.to_string());
            }
            if (term.low, term.high) != (kind.low, kind.high) {
                return bad(
                    "range",
                    format!("{} to {}", kind.low, kind.high),
                    format!("{} to {}", term.low, term.high),
                );
            }
        }
        if !model.intercept.is_finite() || model.intervals.iter().any(|i| !(i.low <= i.high && i.score.is_finite())) {
            return bad("intervals", "finite numbers, low not above high".to_owned(), "others".to_owned());
        }
        if !model.scores.in_order() {
            let expected = format!("1 to {} finite numbers of either kind, by rising value", ReferenceScores::MOST);
            return bad("scores", expected, "others".to_owned());
        }
        Ok(model)
    }

    /// The score: log10 of the unbounded likelihood ratio under the model; rises with every feature, and ranks.
    #[must_use]
    pub fn score(&self, features: &Features) -> f64 {
        let terms = self.terms.iter().zip(phi(features));
        self.intercept + terms.map(|(t, x)| t.coefficient * x).sum::<f64>()
    }

    /// Largest log10 LR in either direction that the reference population supports: log10 of its pairs of different firearms of one study.
    #[must_use]
    pub fn bound(&self) -> f64 {
        (self.population.known_non_match_firearm_pairs.max(1) as f64).log10()
    }

    /// The bounded likelihood ratio of a score, or why there is none.
    #[must_use]
    pub fn likelihood_ratio(
        &self,
        score: f64,
        region: Region,
        modality: Modality,
        parameters: &CompareParameters,
    ) -> LikelihoodRatio {
        if (region, modality) != (self.region, self.modality) {
            return unavailable(
                "no validated reference population for this region and kind of imaging",
                "no hay población de referencia validada para esta región y este tipo de imagen",
            );
        }
        if parameters.hash() != self.parameters_hash {
            return unavailable(
                "the reference population was compared with other parameters",
                "la población de referencia se comparó con otros parámetros",
            );
        }
        if let Some(Words { english, spanish }) = &self.only_ranks {
            return unavailable(english, spanish);
        }
        let bound = self.bound();
        let (low, high) = interval_at(&self.intervals, score);
        LikelihoodRatio::Calibrated {
            log10: score.clamp(-bound, bound),
            low: low.clamp(-bound, bound),
            high: high.clamp(-bound, bound),
            bounded: score.abs() >= bound,
            population_english: self.population.english.clone(),
            population_spanish: self.population.spanish.clone(),
        }
    }

    /// What having been picked from a gallery of `gallery` marks does to ratios of this model: its [`Selection::log10`] of a score and of
    /// its bounded ratio is the ratio of the first candidate.
    #[must_use]
    pub fn picked_from(&self, gallery: usize) -> Selection {
        Selection::of(&self.scores.known_matches, &self.scores.known_non_matches, gallery, MATE_SHARE)
    }
}

/// The 95 % interval at a score, between the kept points by straight lines, beyond them at the distance of the last.
pub(super) fn interval_at(intervals: &[Interval], score: f64) -> (f64, f64) {
    let at = |i: &Interval| (i.low - i.score + score, i.high - i.score + score);
    let after = intervals.partition_point(|i| i.score < score);
    match (after.checked_sub(1).and_then(|i| intervals.get(i)), intervals.get(after)) {
        (Some(a), Some(b)) if b.score > a.score => {
            let share = (score - a.score) / (b.score - a.score);
            (a.low + share * (b.low - a.low), a.high + share * (b.high - a.high))
        }
        (Some(only), _) | (None, Some(only)) => at(only),
        (None, None) => (score, score),
    }
}

pub(super) fn unavailable(english: &str, spanish: &str) -> LikelihoodRatio {
    LikelihoodRatio::Unavailable { english: english.to_owned(), spanish: spanish.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_score_rises_with_every_feature_and_the_ratio_stays_within_its_bound(
            z in -5.0..50.0f64, s in -5.0..50.0f64, share in 0.0..1.0f64, coarse in -1.0..1.0f64, more in 0.0..5.0f64, which in 0usize..4,
        ) {
            let model = Model::built_in().unwrap();
            let less = Features { peak_z: z, search_z: s, cmc_share: share, ccf_coarse: coarse, ..Features::default() };
            let mut greater = less;
            match which {
                0 => greater.peak_z += more,
                1 => greater.search_z += more,
                2 => greater.cmc_share += more,
                _ => greater.ccf_coarse += more,
            }
            let score = model.score(&less);
            prop_assert!(model.score(&greater) >= score);
            let parameters = CompareParameters::default();
            let ratio = model.likelihood_ratio(score, Region::BreechFace, Modality::Heights, &parameters);
            let LikelihoodRatio::Calibrated { log10, low, high, bounded, .. } = ratio else { return Err(TestCaseError::fail("no number")) };
            prop_assert!(low <= log10 && log10 <= high && low >= -model.bound() && high <= model.bound());
            prop_assert_eq!(bounded, score.abs() >= model.bound());
        }
    }

    #[test]
    fn features_that_are_no_numbers_count_nothing() {
        let model = Model::built_in().unwrap();
        let broken = Features { peak_z: f64::NAN, search_z: f64::NEG_INFINITY, ..Features::default() };
        assert_eq!(model.score(&broken), model.score(&Features::default()));
    }

    #[test]
    fn other_parameters_regions_and_modalities_get_no_number() {
        let model = Model::built_in().unwrap();
        let parameters = CompareParameters::default();
        let other = CompareParameters { cell_um: 300.0, ..parameters.clone() };
        let ratio = |region, modality, p: &CompareParameters| model.likelihood_ratio(1.0, region, modality, p).log10();
        assert!(ratio(Region::BreechFace, Modality::Heights, &parameters).is_some());
        assert_eq!(ratio(Region::BreechFace, Modality::Heights, &other), None);
        assert_eq!(ratio(Region::FiringPin, Modality::Heights, &parameters), None);
        assert_eq!(ratio(Region::BreechFace, Modality::Reflectance, &parameters), None);
    }

    #[test]
    fn a_damaged_model_is_refused_with_the_field_that_is_wrong() {
        let text = serde_json::to_string(&Model::built_in().unwrap()).unwrap();
        let spoil = |from: &str, to: &str| Model::from_json(&text.replacen(from, to, 1)).map_err(|e| e.to_string());
        assert!(Model::from_json(&text).is_ok());
        assert!(spoil("\"version\":2", "\"version\":9").unwrap_err().contains("version: expected 2, got 9"));
        assert!(spoil("peak_z", "peak_y").unwrap_err().contains("terms"));
        assert!(spoil("\"coefficient\":", "\"coefficient\":-").unwrap_err().contains("coefficient"));
        assert!(spoil("{", "").is_err());
    }
}
