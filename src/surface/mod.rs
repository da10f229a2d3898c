//! Decoded acquisitions: 3-D surfaces (X3P, ISO 25178-72) and reflectance photographs.

use crate::grid::HeightMap;
use crate::ids::Digest;
use crate::units::LengthUnit;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// What a file decodes to.
#[derive(Debug, Clone)]
pub enum Acquired {
    /// Heights.
    Surface(Surface),
    /// Reflectance.
    Photo(Photo),
}

/// A measured surface as its file states it, heights converted to um.
#[derive(Debug, Clone)]
pub struct Surface {
    /// Heights, um, shape (rows along y, columns along x); NaN where missing.
    pub heights_um: Array2<f64>,
    /// Distance of neighbouring columns, um.
    pub pitch_x_um: f64,
    /// Distance of neighbouring rows, um.
    pub pitch_y_um: f64,
    /// What the file says of its making.
    pub metadata: Metadata,
    /// Where the numbers came from.
    pub provenance: Provenance,
}

/// A reflectance photograph.
#[derive(Debug, Clone)]
pub struct Photo {
    /// Luminance, 0 (black) to 1 (saturated), shape (rows, columns).
    pub luminance: Array2<f32>,
    /// Distance of neighbouring pixels, um; stated on submission, or read from the file's resolution.
    pub pitch_um: Option<f64>,
    /// What the file says of its making.
    pub metadata: Metadata,
    /// Where the numbers came from.
    pub provenance: Provenance,
}

/// Record 2 of ISO 25178-72, or what a photograph's tags say of the same.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// Date and time of measurement as written in the file.
    pub date: Option<String>,
    /// Person or program that made the file.
    pub creator: Option<String>,
    /// Maker of the instrument.
    pub instrument_maker: Option<String>,
    /// Model of the instrument.
    pub instrument_model: Option<String>,
    /// Serial number of the instrument.
    pub instrument_serial: Option<String>,
    /// Software or firmware version of the instrument.
    pub instrument_version: Option<String>,
    /// Date of the last calibration as written.
    pub calibration_date: Option<String>,
    /// `Contacting`, `NonContacting` or `Software`.
    pub probing_type: Option<String>,
    /// Objective or stylus.
    pub probing_identification: Option<String>,
    /// Free text.
    pub comment: Option<String>,
}

/// Where the numbers of a surface or photograph came from, and what was noticed on the way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// SHA-256 of the received bytes.
    pub sha256: Digest,
    /// `x3p`, `png`, `tiff`, `bmp`, `jpeg` or `simulated`.
    pub format: String,
    /// The unit in which lengths were taken to be written.
    pub unit: LengthUnit,
    /// Oddities that did not stop the decoding but that a person should know of.
    pub notes: Vec<Note>,
}

/// One oddity, in words and as a stable code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Stable code, such as `unit.recognised`.
    pub code: String,
    /// What was found and what was done about it, in English.
    pub english: String,
    /// The same in Spanish.
    pub spanish: String,
}

impl Surface {
    /// The surface on a square grid, as the later stages use it; resampled only where the two pitches differ.
    #[must_use]
    pub fn height_map(&self) -> HeightMap {
        HeightMap { z: self.heights_um.mapv(|z| z as f32), pitch_um: self.pitch_x_um }
    }
}
