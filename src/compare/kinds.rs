//! One entrance for every kind of mark: make a mark ready, compare two of a kind, take a pair's kinds together.
//!
//! ```text
//! Mark --Ready::of--> Ready                            cells and poses for areal marks, a profile for striated ones
//! Ready x Ready --MarkModels::compare--> KindComparison score, likelihood ratio of that kind alone, what was found
//! [KindComparison] --MarkModels::together--> Together   the fused score, and its ratio with an interval
//! ```
//!
//! The models of all kinds and their fusion belong together ([`MarkModels`]): the fusion takes the scores that these models give, and knows it.

use super::fusion::{Evidence, Fused, Fusion, FusionError};
use super::model::{Model, ModelError, unavailable};
use super::outcome::{Comparison, LikelihoodRatio};
use super::pair::{NO_SCORE, compare_many};
use super::parameters::CompareParameters;
use super::prepared::Prepared;
use super::profile::{Incomparable, ProfileComparison, ProfileParameters, Striated, compare_profiles};
use crate::ids::Digest;
use crate::mark::{Mark, Modality, PrepareParameters, Region};
use crate::workings::Workings;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

/// The fusion of simulated pistols, breech faces scored by [`Model::simulated`]; `fit_the_models_of_simulated_pistols` writes it.
const SIMULATED: &str = include_str!("fusion-simulated.json");
/// The same pistols, breech faces scored by [`Model::built_in`]: it orders lists of real marks and tells no ratio.
const RANKING: &str = include_str!("fusion-ranking.json");

/// A mark of any kind made ready for comparisons with the parameters of its region.
#[derive(Debug, Clone)]
pub struct Ready {
    kind: Region,
    modality: Modality,
    side: Side,
}

#[derive(Debug, Clone)]
enum Side {
    Areal(Box<Prepared>),
    Striated(Box<Striated>),
    Nothing(Incomparable),
}

impl Ready {
    /// Works a mark out: about 5 MB for a breech face, 1 MB for a firing pin, some kB for a profile. An unsuitable mark gives one that compares with nothing.
    #[must_use]
    pub fn of(mark: &Mark) -> Self {
        let side = match mark.region {
            Region::BreechFace | Region::FiringPin => {
                Side::Areal(Box::new(Prepared::of(mark, &CompareParameters::of(mark.region))))
            }
            Region::ApertureShear => match Striated::of(mark, &ProfileParameters::default()) {
                Ok(striated) => Side::Striated(Box::new(striated)),
                Err(reason) => Side::Nothing(reason),
            },
            Region::Ejector => Side::Nothing(Incomparable {
                english: "ejector marks are not compared yet".to_owned(),
                spanish: "las marcas de eyector aún no se comparan".to_owned(),
            }),
        };
        Self { kind: mark.region, modality: mark.modality, side }
    }

    /// The kind of the mark.
    #[must_use]
    pub fn kind(&self) -> Region {
        self.kind
    }
}

/// What the comparison of two marks of one kind gave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KindComparison {
    /// The kind.
    pub kind: Region,
    /// How both were imaged.
    pub modality: Modality,
    /// The score of this kind, which ranks within it and enters the fusion; none where nothing could be compared.
    pub score: Option<f64>,
    /// The ratio of this kind alone.
    pub likelihood_ratio: LikelihoodRatio,
    /// Where and how they agree.
    pub found: Found,
}

/// Where and how two marks agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum Found {
    /// Breech faces, firing pins: pose and cells.
    Areal(Box<Comparison>),
    /// Aperture shear: place of one profile on the other.
    Striated(ProfileComparison),
    /// Not comparable.
    Nothing(Incomparable),
}

/// What all kinds of marks of a pair of specimens say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Together {
    /// The scores that entered.
    pub evidence: Evidence,
    /// The fused score, which ranks, with its bounds and the kinds that were used; none where no kind could be compared.
    pub fused: Option<Fused>,
    /// The ratio that is told, with its 95 % interval, or why there is none. Of a pair that has comparable breech faces only it is the breech faces' own.
    pub likelihood_ratio: LikelihoodRatio,
}

/// Why models do not go together.
#[derive(Debug, thiserror::Error)]
pub enum MarkModelsError {
    /// A model could not be read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The fusion could not be read.
    #[error(transparent)]
    Fusion(#[from] FusionError),
    /// The fusion was fitted to scores made otherwise.
    #[error("fusion: scores of {kind:?}: expected those of digest {expected}, got a fusion of {got}")]
    Made {
        /// Which kind.
        kind: Region,
        /// Digest of how scores are made now.
        expected: String,
        /// Digest of how those of the fusion were made.
        got: String,
    },
}

/// The models of all kinds of marks and the fusion of their scores.
#[derive(Debug, Clone, PartialEq)]
pub struct MarkModels {
    face: Model,
    pin: Model,
    fusion: Fusion,
}

impl MarkModels {
    /// Brings models together: `face` of breech faces, `pin` of firing pins, and the fusion of their scores and of profiles' ones.
    ///
    /// # Errors
    /// The fusion says that its scores were made with other parameters or models.
    pub fn new(face: Model, pin: Model, fusion: Fusion) -> Result<Self, MarkModelsError> {
        let made = Self::made(&face, &pin);
        for (kind, got) in &fusion.told.made {
            let expected = made.get(kind).cloned().unwrap_or_default();
            if expected != *got {
                return Err(MarkModelsError::Made { kind: *kind, expected, got: got.clone() });
            }
        }
        Ok(Self { face, pin, fusion })
    }

    /// Models for real marks. Breech faces have the reference population of [`Model::built_in`]. No population of real firing-pin impressions or of real
    /// aperture shear, compared by this program, has been fitted: their scores order lists, through a fusion of simulated pistols, and no
    /// likelihood ratio is told of them.
    ///
    /// # Errors
    /// None in a program that passed its tests: the files are part of it.
    pub fn built_in() -> Result<Self, MarkModelsError> {
        Self::new(Model::built_in()?, Model::simulated_pin()?, Fusion::from_json(RANKING)?)
    }

    /// Models for simulated galleries, every kind and their fusion calibrated on simulated pistols.
    ///
    /// # Errors
    /// As [`Self::built_in`].
    pub fn simulated() -> Result<Self, MarkModelsError> {
        Self::new(Model::simulated()?, Model::simulated_pin()?, Fusion::from_json(SIMULATED)?)
    }

    /// The models that go with a model of breech faces; none for a laboratory's own, as no fusion was fitted to its scores.
    ///
    /// # Errors
    /// As [`Self::built_in`].
    pub fn of_face(face: &Model) -> Result<Option<Self>, MarkModelsError> {
        for models in [Self::built_in()?, Self::simulated()?] {
            if models.face == *face {
                return Ok(Some(models));
            }
        }
        Ok(None)
    }

    /// The model that a search of firing pins is ranked by beside a model of breech faces. It tells the ratio of a pin where the fusion that goes with `face`
    /// tells ratios; beside a laboratory's own model, as beside that of real breech faces, it only ranks.
    ///
    /// # Errors
    /// As [`Self::built_in`].
    pub fn pin_beside(face: &Model) -> Result<Model, MarkModelsError> {
        let models = Self::of_face(face)?.map_or_else(Self::built_in, Ok)?;
        Ok(Model { only_ranks: models.fusion.told.only_ranks, ..models.pin })
    }

    /// Digests of how the scores of each kind are made with these models: preparation, comparison, model.
    #[must_use]
    pub fn made(face: &Model, pin: &Model) -> BTreeMap<Region, String> {
        let one = |kind: Region, compared: String, model: Option<&Model>| {
            let model = model.and_then(|m| serde_json::to_string(m).ok()).unwrap_or_default();
            let text = format!("{} {compared} {model}", PrepareParameters::of(kind).canonical());
            (kind, Digest::of(text.as_bytes()).to_hex())
        };
        let areal = |kind: Region, model| one(kind, CompareParameters::of(kind).hash(), Some(model));
        [
            areal(Region::BreechFace, face),
            areal(Region::FiringPin, pin),
            one(Region::ApertureShear, ProfileParameters::default().hash(), None),
        ]
        .into()
    }

    /// The fusion.
    #[must_use]
    pub fn fusion(&self) -> &Fusion {
        &self.fusion
    }

    /// Compares two marks of one kind. Marks of two kinds, or imaged in two ways, give a result that says so.
    #[must_use]
    pub fn compare(&self, reference: &Ready, comparison: &Ready, workings: &mut dyn Workings) -> KindComparison {
        match (&reference.side, &comparison.side) {
            (Side::Areal(ours), Side::Areal(theirs)) if alike(reference, comparison) => {
                let parameters = CompareParameters::of(reference.kind);
                self.areal(reference, super::compare(ours, theirs, &parameters, self.model(reference.kind), workings))
            }
            _ => self.striated(reference, comparison),
        }
    }

    /// Compares one mark with many, in parallel; the order of results is that of `comparisons`, and each is what [`Self::compare`] gives.
    #[must_use]
    pub fn compare_many(&self, reference: &Ready, comparisons: &[&Ready]) -> Vec<KindComparison> {
        let Side::Areal(ours) = &reference.side else {
            return comparisons.par_iter().map(|other| self.striated(reference, other)).collect();
        };
        let theirs: Vec<(usize, &Prepared)> = comparisons
            .iter()
            .enumerate()
            .filter_map(|(at, other)| match &other.side {
                Side::Areal(theirs) if alike(reference, other) => Some((at, theirs.as_ref())),
                _ => None,
            })
            .collect();
        let marks: Vec<&Prepared> = theirs.iter().map(|(_, mark)| *mark).collect();
        let parameters = CompareParameters::of(reference.kind);
        let found = compare_many(ours, &marks, &parameters, self.model(reference.kind));
        let mut compared: BTreeMap<usize, Comparison> = theirs.iter().map(|(at, _)| *at).zip(found).collect();
        let each = comparisons.iter().enumerate().map(|(at, other)| match compared.remove(&at) {
            Some(comparison) => self.areal(reference, comparison),
            None => self.striated(reference, other),
        });
        each.collect()
    }

    /// What the kinds of marks of a pair of specimens say together. Of several comparisons of one kind the best counts. Photographs do not enter: the fusion has
    /// seen heights only.
    #[must_use]
    pub fn together(&self, kinds: &[KindComparison]) -> Together {
        let mut evidence = Evidence::none();
        let heights = kinds.iter().filter(|k| k.modality == Modality::Heights);
        for (kind, score) in heights.filter_map(|k| Some((k.kind, k.score?))) {
            if evidence.score(kind).is_none_or(|best| score > best) {
                evidence = evidence.with(kind, score);
            }
        }
        let fused = self.fusion.judge(&evidence);
        let faces = kinds.iter().filter(|k| k.kind == Region::BreechFace && k.score == evidence.score(k.kind));
        let likelihood_ratio = match &fused {
            None => unavailable(
                "no kind of mark of the two specimens could be compared as heights",
                "ningún tipo de marca de los dos especímenes pudo compararse como alturas",
            ),
            Some(fused) if fused.used == [Region::BreechFace] => faces
                .map(|face| face.likelihood_ratio.clone())
                .next()
                .unwrap_or_else(|| self.fusion.likelihood_ratio(fused)),
            Some(fused) => self.fusion.likelihood_ratio(fused),
        };
        Together { evidence, fused, likelihood_ratio }
    }

    fn model(&self, kind: Region) -> &Model {
        if kind == Region::FiringPin { &self.pin } else { &self.face }
    }

    fn areal(&self, reference: &Ready, mut found: Comparison) -> KindComparison {
        // A ratio of the firing-pin model is told where the fusion's are: both are of one population.
        if let (Region::FiringPin, Some(words)) = (reference.kind, &self.fusion.told.only_ranks)
            && found.likelihood_ratio.log10().is_some()
        {
            found.likelihood_ratio = unavailable(&words.english, &words.spanish);
        }
        KindComparison {
            kind: reference.kind,
            modality: reference.modality,
            score: (found.score > NO_SCORE).then_some(found.score),
            likelihood_ratio: found.likelihood_ratio.clone(),
            found: Found::Areal(Box::new(found)),
        }
    }

    /// Compares profiles, and says why of whatever cannot be compared.
    fn striated(&self, reference: &Ready, comparison: &Ready) -> KindComparison {
        let found = match (&reference.side, &comparison.side) {
            _ if !alike(reference, comparison) => Err(Incomparable {
                english: "two kinds of marks, or heights and a photograph, are not compared with each other".to_owned(),
                spanish: "no se comparan entre sí dos tipos de marcas, ni alturas con una fotografía".to_owned(),
            }),
            (Side::Striated(ours), Side::Striated(theirs)) => {
                compare_profiles(ours, theirs, &ProfileParameters::default())
            }
            (Side::Nothing(reason), _) | (_, Side::Nothing(reason)) => Err(reason.clone()),
            // One region has one form.
            _ => {
                Err(Incomparable { english: "nothing to compare".to_owned(), spanish: "nada que comparar".to_owned() })
            }
        };
        let kind = reference.kind;
        let (score, likelihood_ratio, found) = match found {
            Ok(found) => {
                let judged = self.fusion.judge(&Evidence::none().with(kind, found.score));
                let ratio = judged.map_or_else(
                    || {
                        unavailable(
                            "no reference population for this kind of mark",
                            "no hay población de referencia para este tipo de marca",
                        )
                    },
                    |judged| self.fusion.likelihood_ratio(&judged),
                );
                (Some(found.score), ratio, Found::Striated(found))
            }
            Err(reason) => (None, unavailable(&reason.english, &reason.spanish), Found::Nothing(reason)),
        };
        KindComparison { kind, modality: reference.modality, score, likelihood_ratio, found }
    }
}

fn alike(a: &Ready, b: &Ready) -> bool {
    (a.kind, a.modality) == (b.kind, b.modality)
}

#[cfg(test)]
#[path = "kinds_tests.rs"]
mod tests;
