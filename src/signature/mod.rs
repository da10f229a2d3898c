//! Signatures: a compact rotation-invariant vector for the candidate search, and a polar code for the second look.
//!
//! Version 2; nothing in it is trained. Both halves are drawn about the centre of a mark ([`crate::mark::Centre`]):
//!
//! - the **vector** ([`vector`]), from the coarse band, answers "which marks of the gallery deserve a look" by counting bits that
//!   differ, for the query drawn about each centre of a small lattice;
//! - the **code** ([`PolarCode`]), from the fine band, answers "at which pose do these two marks agree, and how surprising is that" by
//!   correlating signs over all rotations and a lattice of centre offsets ([`PolarCode::search`]).
//!
//! Only marks of the same region and modality are worth comparing; the caller sees to that.

pub mod bytes;
pub mod code;
pub mod query;
pub mod quick;
pub mod search;
pub mod spectrum;
pub mod surrogate;
pub mod vector;
#[cfg(target_arch = "x86_64")]
mod wide;

pub use code::PolarCode;
pub use query::QueryCode;
pub use quick::{QuickCode, QuickCoder, QuickParameters, QuickQuery, QuickRoom};
pub use search::{CodePeak, SearchParameters};
pub use spectrum::CodeSpectrum;

use crate::dsp::polar::PolarGrid;
use crate::mark::{Mark, Region};
use serde::{Deserialize, Serialize};

/// Version of the signatures that [`sign`] makes; kept with every signature so that two versions can live side by side.
pub const VERSION: u16 = 2;

/// What can go wrong with signatures.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SignatureError {
    /// The bytes are not a signature, or not a whole one.
    #[error("signature: {field}: expected {expected}, got {got}")]
    Damaged {
        /// Which field.
        field: &'static str,
        /// What it should be.
        expected: String,
        /// What it is.
        got: String,
    },
    /// Two codes were drawn on different grids, so one has to be drawn anew.
    #[error("signature: codes on different grids: query {query:?}, gallery {gallery:?}")]
    GridsDiffer {
        /// Grid of the query.
        query: PolarGrid,
        /// Grid of the gallery code.
        gallery: PolarGrid,
    },
    /// A parameter is outside what the method allows.
    #[error("signature: parameter {field}: expected {expected}, got {got}")]
    Parameter {
        /// Which parameter.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
}

/// How the polar code is drawn and how far the query's centre is moved about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodeParameters {
    /// Rings and angles of the code.
    pub grid: PolarGrid,
    /// Step of the lattice of centre offsets, um.
    pub offset_step_um: f64,
    /// Least half-width of the lattice, steps; 2 makes 5 x 5 offsets.
    pub offset_half_least: usize,
    /// Greatest half-width of the lattice, steps; bounds the work for marks with a poorly known centre.
    pub offset_half_most: usize,
    /// The lattice reaches this many standard deviations of the two centres' distance.
    pub offset_reach_sd: f64,
}

impl Default for CodeParameters {
    /// 48 rings x 384 angles from 600 to 2100 um: the ring of breech face between the firing-pin hole and the edge of
    /// the primer of every calibre from 9 mm to .45. The rings lie 32 um apart and the angles 10 to 34 um, about half the
    /// shortest wavelength of the fine band, so that neighbouring signs are nearly independent; 384 = 2^7 x 3 is a good
    /// length for Fourier transforms. Offsets of 35 um, one ring: a finer lattice costs more and finds no more.
    fn default() -> Self {
        Self {
            grid: PolarGrid { rings: 48, angles: 384, inner_um: 600.0, outer_um: 2100.0 },
            offset_step_um: 35.0,
            offset_half_least: 2,
            offset_half_most: 6,
            offset_reach_sd: 1.5,
        }
    }
}

impl CodeParameters {
    /// Half-width of the offset lattice, steps, for two centres with these standard deviations (um).
    #[must_use]
    pub fn offset_half(&self, query_sd_um: f64, gallery_sd_um: f64) -> usize {
        let reach = self.offset_reach_sd * query_sd_um.hypot(gallery_sd_um);
        lattice_half(reach, self.offset_step_um, self.offset_half_least, self.offset_half_most)
    }
}

/// Half-width, steps, of a lattice of centre offsets that reaches at least so far, um; as wide as allowed where nothing is known of the reach.
fn lattice_half(reach_um: f64, step_um: f64, least: usize, most: usize) -> usize {
    // Infinite or NaN.
    if !reach_um.is_finite() {
        return most;
    }
    ((reach_um / step_um).round() as usize).clamp(least.min(most), most)
}

/// How a signature is drawn; hashed into every report with the other parameters of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SignatureParameters {
    /// The polar code.
    pub code: CodeParameters,
    /// The vector.
    pub vector: vector::VectorParameters,
}

impl SignatureParameters {
    /// The parameters for marks of a region.
    #[must_use]
    pub fn of(region: Region) -> Self {
        match region {
            Region::FiringPin => Self::firing_pin(),
            Region::BreechFace | Region::ApertureShear | Region::Ejector => Self::default(),
        }
    }

    /// Those of a firing pin, chosen on 80 simulated impressions of 40 pins, each with one mate (`lengths_of_pin_signatures`):
    ///
    /// - rings from 60 to 460 um: an impression has no hole in its middle and ends about 450 um from it; with rings from 40 um, or to 380 um, mates stand
    ///   lower (5 and 5 deviations above other pins in the median, against 6);
    /// - 49 offsets of the code, 20 um apart: the centre of an impression is that of its outline, which is known to some 55 um. Of mates .675 lead and .912
    ///   are among the first twenty; with steps of 10 um (81 offsets) .650 and .838, with 25 offsets of 10 um .567 and .833;
    /// - lags of the vector from 34 um on, as the coarse band's shortest wave is 40 um: of mates .82 are among the first twenty, with lags from 17 um .75.
    ///   More offsets, or wider ones, find no more.
    fn firing_pin() -> Self {
        let usual = Self::default();
        let grid = PolarGrid { inner_um: 60.0, outer_um: 460.0, ..usual.code.grid };
        let code =
            CodeParameters { grid, offset_step_um: 20.0, offset_half_least: 3, offset_half_most: 3, ..usual.code };
        let vector = vector::VectorParameters {
            grid,
            ring_lag_step: 4,
            offset_step_um: 10.0,
            offset_half_least: 2,
            ..usual.vector
        };
        Self { code, vector }
    }
}

/// The signature of one mark.
#[derive(Debug, Clone, PartialEq)]
pub struct Signature {
    /// Version of the method, see [`VERSION`].
    pub version: u16,
    /// Rotation-invariant vector of bits; all zeros when the mark has no surface on the rings.
    pub vector: Vec<u64>,
    /// The polar code.
    pub code: PolarCode,
}

impl Signature {
    /// Whether the mark had no surface on the rings, so that nothing can be found by this signature.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.code.valid_count() == 0
    }
}

/// Draws the signature of a mark.
///
/// Never fails: a mark without surface on the rings has a blank signature ([`Signature::is_blank`]), which is a result.
#[must_use]
pub fn sign(mark: &Mark, parameters: &SignatureParameters) -> Signature {
    Signature {
        version: VERSION,
        vector: vector::draw(mark, &parameters.vector),
        code: PolarCode::of(mark, &parameters.code),
    }
}

#[cfg(test)]
mod tests;
