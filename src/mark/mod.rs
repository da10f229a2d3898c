//! Marks: a region of an acquisition, levelled, band-passed and brought to common pitches.
//!
//! ```text
//! a raw acquisition
//!    |  the breech face, and what is not            outline
//! a map whose missing points are the outline
//!    |  robust plane, outliers dropped          level, prepare
//!    |  low-pass onto the pitch of each band    resample
//!    |  order-2 high-pass, erosion, plane       filter, morphology
//!    v
//! Mark { coarse, fine, centre, quality }        centre, suitability, format (bytes)
//! ```
//!
//! Photographs go the same way once `photo` has found the breech face in them and flattened its light.
//!
//! A firing-pin impression loses its cup first (`dsp::polynomial`) and then goes the same way in a band of its own; aperture shear becomes a profile across
//! its striae (`shear`). [`PrepareParameters::of`] has the bands of each region, [`prepare_region`] takes a region out along a mask and prepares it.
//!
//! A raw acquisition shows the whole head of the case: [`outline::outline()`] finds the breech face in it and hands [`prepare()`] a map in which all
//! else is missing. A scan that is cropped already is left as it is.

mod centre;
mod cut;
mod error;
mod format;
pub mod gate;
pub mod outline;
mod parameters;
pub mod photo;
mod prepare;
mod quantise;
mod shear;
mod suitability;
pub mod surrogate;

pub use cut::{CutOut, cut_out, prepare_region};
pub use error::MarkError;
pub use parameters::{Band, PREPARATION_VERSION, PrepareParameters};
pub use photo::{PhotoOutline, PhotoParameters};
pub use prepare::{origin_of, prepare, without_region};
pub(crate) use shear::column_means;
pub use shear::prepare_shear;

use crate::geometry::{Circle, Point};
use crate::grid::HeightMap;
use crate::language::Language;
use serde::{Deserialize, Serialize};

/// The region of the cartridge case that carries the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// The impression of the breech face on the primer.
    BreechFace,
    /// The impression of the firing pin.
    FiringPin,
    /// The striated shear of the firing-pin aperture.
    ApertureShear,
    /// The mark of the ejector.
    Ejector,
}

impl Region {
    /// In a person's language.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            Region::BreechFace => language.pick("breech face", "cara de recámara"),
            Region::FiringPin => language.pick("firing pin", "percutor"),
            Region::ApertureShear => language.pick("aperture shear", "cizallamiento"),
            Region::Ejector => language.pick("ejector", "eyector"),
        }
    }
}

/// How the mark was imaged; marks of different modality are never compared without saying so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// Measured heights.
    Heights,
    /// Reflectance under a ring light.
    Reflectance,
}

/// A prepared mark.
///
/// Both levels are maps of the same region in the same frame (origin at the centre of each map, same place on the primer).
#[derive(Debug, Clone)]
pub struct Mark {
    /// Which region.
    pub region: Region,
    /// How imaged.
    pub modality: Modality,
    /// Long-wave band at a coarse pitch, um; NaN outside the mark. Of aperture shear the strip that the profile was averaged from, striae along y.
    pub coarse: HeightMap,
    /// Short-wave band at a fine pitch, um; NaN outside the mark. Of aperture shear the profile across the striae: one row.
    pub fine: HeightMap,
    /// The centre about which polar codes are drawn.
    pub centre: Centre,
    /// Figures of merit.
    pub quality: Quality,
}

impl Mark {
    /// Whether the mark can be compared; [`Quality::suitability`] says why not.
    #[must_use]
    pub fn suitable(&self) -> bool {
        self.quality.suitability == Suitability::Suitable
    }
}

/// The centre of the mark and how it was found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Centre {
    /// Place in the mark's frame.
    pub at: Point,
    /// What it was fitted to.
    pub basis: CentreBasis,
    /// Expected error (one standard deviation), um.
    pub sd_um: f64,
    /// The firing-pin hole, where one was found.
    pub hole: Option<Circle>,
    /// The outer edge of the mark, where one was found.
    pub rim: Option<Circle>,
}

/// What the centre was fitted to, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CentreBasis {
    /// The firing-pin hole: part of the breech face, so the same on every case of the pistol.
    Hole,
    /// The outer edge: part of the primer, so it moves from case to case.
    Rim,
    /// The centroid of the valid points, when neither edge was found.
    Centroid,
}

/// Figures of merit of a mark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Area with values, mm2.
    pub valid_area_mm2: f64,
    /// Root mean square of the fine band, um.
    pub rms_fine_um: f64,
    /// Root mean square of the coarse band, um.
    pub rms_coarse_um: f64,
    /// Share of points inside the mark's outline that have no value, 0 to 1.
    pub dropout_share: f64,
    /// Points replaced as outliers, share of the valid ones, 0 to 1.
    pub outlier_share: f64,
    /// Tilt that was removed, radians.
    pub tilt_rad: f64,
    /// Whether the mark can be compared at all; a result, not an error.
    pub suitability: Suitability,
}

/// Whether a mark can be compared at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Suitability {
    /// It can.
    Suitable,
    /// It cannot, and why.
    Unsuitable {
        /// Stable code, such as `area.too_small`.
        code: String,
        /// The reason in English, with the figure found and the figure needed.
        english: String,
        /// The same in Spanish.
        spanish: String,
    },
}

#[cfg(test)]
mod region_tests;
#[cfg(test)]
mod tests;
