//! All parameters of a run in one place, and the hash that every result carries.

use super::error::EngineError;
use super::ports::SignatureVersion;
use super::recall::MeasuredRecalls;
use crate::compare::{CompareParameters, Model};
use crate::ids::Digest;
use crate::index::Planner;
use crate::mark::PrepareParameters;
use crate::mark::gate::GateParameters;
use crate::signature::{QuickParameters, SearchParameters, SignatureParameters};
use serde::{Deserialize, Serialize};

/// Version of brasslink, as every result carries it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How many marks pass each stage of the candidate search.
///
/// The defaults follow the recall measured on real scans: the vector alone finds weak marks late (mates within the first
/// hundreds), the polar code finds them first, and the precise comparison costs tens of milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funnel {
    /// Marks that pass from the vector to the quick look at their polar codes. 5,000: less than a tenth of a second of a core, and in galleries up to this
    /// size the first stage leaves nothing out.
    pub to_quick: usize,
    /// Marks that pass from the quick look to the search of the polar code. 100: among 100,000 resampled signatures the quick looks put a mate of every real
    /// scan, weak ones included, in the first place (`evaluate --distractors`); a fifteenth of a second of a core.
    pub to_code: usize,
    /// Marks that pass from the polar code to the precise comparison. 20: on the real scans every mate led every non-mate by its
    /// code, and this leaves room for a dozen test fires and scenes of one pistol, at a third of a second of a core.
    pub to_compare: usize,
}

impl Default for Funnel {
    fn default() -> Self {
        Self { to_quick: 5_000, to_code: 100, to_compare: 20 }
    }
}

/// Everything that a result depends on beside the input and the version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// From surface to mark.
    pub prepare: PrepareParameters,
    /// From mark to signature.
    pub signature: SignatureParameters,
    /// How the quick look is taken.
    pub quick: QuickParameters,
    /// How peaks of the polar code are chosen.
    pub search: SearchParameters,
    /// The cuts of the candidate search.
    pub funnel: Funnel,
    /// The precise comparison.
    pub compare: CompareParameters,
    /// The model that fuses features and calibrates them.
    pub model: Model,
    /// What was measured of the funnel; says of a search what it may have lost and decides nothing of it, so it is no part of any hash.
    #[serde(skip)]
    pub recalls: MeasuredRecalls,
    /// The bounds of the quality gate; decides what is kept and nothing of what a kept mark gives, so it is no part of any hash.
    #[serde(skip)]
    pub gate: GateParameters,
}

impl Parameters {
    /// The parameters that come with the program.
    ///
    /// # Errors
    /// None in a program that passed its tests: the files of model and recalls are part of it.
    pub fn built_in() -> Result<Self, EngineError> {
        Ok(Self {
            prepare: PrepareParameters::default(),
            signature: SignatureParameters::default(),
            quick: QuickParameters::default(),
            search: SearchParameters::default(),
            funnel: Funnel::default(),
            compare: CompareParameters::default(),
            model: Model::built_in()?,
            recalls: MeasuredRecalls::built_in()?,
            gate: GateParameters::default(),
        })
    }

    /// The hash that results carry: SHA-256 over version and parameters as JSON in the order of declaration.
    #[must_use]
    pub fn hash(&self) -> Digest {
        digest("brasslink", self)
    }

    /// The hash of what a mark depends on.
    #[must_use]
    pub fn mark_hash(&self) -> Digest {
        Digest::of(self.prepare.canonical().as_bytes())
    }

    /// The hash of what the comparison of two marks depends on, and nothing else: neither the funnel nor the signature decides what a pair scores.
    #[must_use]
    pub fn comparison_hash(&self) -> Digest {
        digest("comparison", &(self.prepare.canonical(), self.compare.hash(), &self.model))
    }

    /// The hash of what decides how far a mate gets before it is compared: marks, signatures, how they are searched, and the cuts. The version of the program
    /// is no part of it, so that a release that leaves all that alone keeps what was measured; one that changes signatures raises
    /// [`crate::signature::VERSION`].
    #[must_use]
    pub fn funnel_hash(&self) -> Digest {
        let Self { prepare, signature, quick, search, funnel, .. } = self;
        let label = format!("funnel {}", crate::signature::VERSION);
        digest_of(&label, &(prepare.canonical(), signature, quick, search, funnel, Planner::default()))
    }

    /// The version of signatures made with these parameters; signatures of different versions are never compared.
    #[must_use]
    pub fn signature_version(&self) -> SignatureVersion {
        version_of(&self.prepare, &self.signature)
    }
}

/// The version of signatures that are drawn so from marks that are prepared so.
pub(super) fn version_of(prepare: &PrepareParameters, signature: &SignatureParameters) -> SignatureVersion {
    let hash = digest("signature", &(prepare.canonical(), signature)).to_hex();
    SignatureVersion(format!("{}-{}", crate::signature::VERSION, hash.get(..12).unwrap_or(&hash)))
}

fn digest(label: &str, value: &impl Serialize) -> Digest {
    digest_of(&format!("{label} {VERSION}"), value)
}

fn digest_of(label: &str, value: &impl Serialize) -> Digest {
    // The parameters are plain numbers and words: they always serialise. An error would give one hash for all, so it is
    // made visible in the hash itself.
    let json = serde_json::to_string(value).unwrap_or_else(|e| format!("not serialisable: {e}"));
    Digest::of(format!("{label} {json}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_reaches_the_hash() {
        let usual = Parameters::built_in().unwrap();
        let mut other = usual.clone();
        assert_eq!(usual.hash(), other.hash());
        other.funnel.to_compare += 1;
        assert_ne!(usual.hash(), other.hash());
        assert_eq!(usual.signature_version(), other.signature_version(), "the funnel does not touch signatures");
        assert_eq!(usual.comparison_hash(), other.comparison_hash(), "nor what a pair scores");
        assert_ne!(usual.comparison_hash(), usual.hash());
        other.prepare.erosion_um += 1.0;
        assert_ne!(usual.mark_hash(), other.mark_hash());
        assert_ne!(usual.signature_version(), other.signature_version());
        assert_ne!(usual.comparison_hash(), other.comparison_hash());
        let mut other = usual.clone();
        other.model.population.english.push('.');
        assert_ne!(usual.comparison_hash(), other.comparison_hash());
        let mut other = usual.clone();
        other.compare.clip_sd += 1.0;
        assert_ne!(usual.comparison_hash(), other.comparison_hash());
        assert_eq!(usual.funnel_hash(), other.funnel_hash(), "what a pair scores does not decide what is compared");
    }

    #[test]
    fn what_decides_the_funnel_reaches_its_hash_and_what_was_measured_reaches_none() {
        let usual = Parameters::built_in().unwrap();
        let changes: [fn(&mut Parameters); 5] = [
            |p| p.prepare.erosion_um += 1.0,
            |p| p.signature.vector.offset_half_least += 1,
            |p| p.quick.offset_half_least += 1,
            |p| p.search.peaks += 1,
            |p| p.funnel.to_code += 1,
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let mut other = usual.clone();
            change(&mut other);
            assert_ne!(usual.funnel_hash(), other.funnel_hash(), "change {at}");
        }
        let mut other = usual.clone();
        other.recalls.runs.clear();
        assert_eq!((usual.hash(), usual.funnel_hash()), (other.hash(), other.funnel_hash()));
    }
}
