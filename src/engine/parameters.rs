//! All parameters of a run in one place, and the hash that every result carries.

use super::ports::SignatureVersion;
use crate::compare::{CompareParameters, Model, ModelError};
use crate::ids::Digest;
use crate::mark::PrepareParameters;
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
    /// Marks that pass from the quick look to the search of the polar code. 200: a sixth of a second of a core.
    pub to_code: usize,
    /// Marks that pass from the polar code to the precise comparison. 16: on the real scans every mate led every non-mate by its
    /// code, and this leaves room for a dozen test fires and scenes of one pistol, at about a second of a core.
    pub to_compare: usize,
}

impl Default for Funnel {
    fn default() -> Self {
        Self { to_quick: 5_000, to_code: 200, to_compare: 16 }
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
}

impl Parameters {
    /// The parameters that come with the program.
    ///
    /// # Errors
    /// None in a program that passed its tests: the model's file is part of it.
    pub fn built_in() -> Result<Self, ModelError> {
        Ok(Self {
            prepare: PrepareParameters::default(),
            signature: SignatureParameters::default(),
            quick: QuickParameters::default(),
            search: SearchParameters::default(),
            funnel: Funnel::default(),
            compare: CompareParameters::default(),
            model: Model::built_in()?,
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

    /// The version of signatures made with these parameters; signatures of different versions are never compared.
    #[must_use]
    pub fn signature_version(&self) -> SignatureVersion {
        let hash = digest("signature", &(self.prepare.canonical(), &self.signature)).to_hex();
        SignatureVersion(format!("{}-{}", crate::signature::VERSION, hash.get(..12).unwrap_or(&hash)))
    }
}

fn digest(label: &str, value: &impl Serialize) -> Digest {
    // The parameters are plain numbers and words: they always serialise. An error would give one hash for all, so it is
    // made visible in the hash itself.
    let json = serde_json::to_string(value).unwrap_or_else(|e| format!("not serialisable: {e}"));
    Digest::of(format!("{label} {VERSION} {json}").as_bytes())
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
    }
}
