//! Decoded acquisitions: 3-D surfaces (X3P, ISO 25178-72) and reflectance photographs.
//!
//! ```text
//! bytes --sniff--> zip  -> x3p: container -> manifest -> samples -> unit, validity, origin --> Surface --x3p::write--> bytes
//!              \-> PNG, TIFF, BMP, JPEG -> photo: pixels -> luminance, resolution tags ------> Photo
//! ```
//!
//! Every size that a file states is checked against [`Limits`] before memory of that size is asked for, and whatever a
//! file says that cannot be true is a [`SurfaceError`] naming the field. Oddities with one sensible reading become a
//! [`Note`] in English and Spanish instead.

mod error;
mod making;
mod mask;
mod options;
pub mod photo;
mod square;
mod unit;
pub mod x3p;

pub use error::SurfaceError;
pub use mask::MaskLayer;
pub use options::{Checksums, DecodeOptions, Limits};
pub use square::SQUARE_WITHIN;

use crate::grid::HeightMap;
use crate::ids::Digest;
use crate::units::LengthUnit;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// What a file decodes to.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one at a time is passed on, and its arrays on the heap outweigh it")]
pub enum Acquired {
    /// Heights.
    Surface(Surface),
    /// Reflectance.
    Photo(Photo),
}

/// A measured surface as its file states it, heights converted to um.
///
/// Rows and columns are as seen on the specimen: the first row is at the top, the first column at the left (origin NW,
/// x to the right, y downwards). Files that state another [`Origin`] are turned over while decoding, so that two
/// instruments never see mirror images of one another; files that state none are taken as NW.
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
    /// Annotation beside the heights, where the file has one; never applied while decoding.
    pub mask: Option<MaskLayer>,
    /// The corner of the specimen at which the file's first sample lies, where the file says so.
    pub origin: Option<Origin>,
    /// Rotation of the file's axes, row by row (`Axes/Rotation`), where stated; kept, not applied.
    pub rotation: Option<[[f64; 3]; 3]>,
    /// The samples as the file holds them, so that they can be written back bit for bit; `None` for simulated surfaces.
    pub stored: Option<x3p::Stored>,
}

/// The corner of the specimen, as a person sees it, at which the first sample of a file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Top left: rows run down, columns to the right.
    NW,
    /// Top right.
    NE,
    /// Bottom left.
    SW,
    /// Bottom right.
    SE,
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
    /// A surface that no file stands behind: heights in um, shape (rows along y, columns along x), on a square grid.
    ///
    /// The digest is that of the shape, the pitch and the heights as little-endian bytes, so equal surfaces have equal
    /// provenance.
    #[must_use]
    pub fn from_heights(heights_um: Array2<f64>, pitch_um: f64) -> Self {
        let mut bytes = Vec::with_capacity(24 + 8 * heights_um.len());
        bytes.extend((heights_um.nrows() as u64).to_le_bytes());
        bytes.extend((heights_um.ncols() as u64).to_le_bytes());
        bytes.extend(pitch_um.to_le_bytes());
        for z in &heights_um {
            bytes.extend(z.to_le_bytes());
        }
        Self {
            heights_um,
            pitch_x_um: pitch_um,
            pitch_y_um: pitch_um,
            metadata: Metadata::default(),
            provenance: Provenance {
                sha256: Digest::of(&bytes),
                format: "simulated".to_owned(),
                unit: LengthUnit::Micrometre,
                notes: Vec::new(),
            },
            mask: None,
            origin: None,
            rotation: None,
            stored: None,
        }
    }

    /// The same surface with other words on its making.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// The surface on a square grid, as the later stages use it.
    ///
    /// Resampled only where the two pitches differ by more than [`SQUARE_WITHIN`]: linear interpolation to the finer
    /// pitch, missing where any neighbour with weight is missing.
    #[must_use]
    pub fn height_map(&self) -> HeightMap {
        let (z, pitch_um) = square::squared(&self.heights_um, self.pitch_x_um, self.pitch_y_um);
        HeightMap { z, pitch_um }
    }
}

impl Note {
    fn new(code: &str, english: impl Into<String>, spanish: impl Into<String>) -> Self {
        Self { code: code.to_owned(), english: english.into(), spanish: spanish.into() }
    }
}

impl Acquired {
    /// Where the numbers came from.
    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        match self {
            Acquired::Surface(surface) => &surface.provenance,
            Acquired::Photo(photo) => &photo.provenance,
        }
    }

    /// What the file says of its making.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        match self {
            Acquired::Surface(surface) => &surface.metadata,
            Acquired::Photo(photo) => &photo.metadata,
        }
    }
}

/// Decodes an acquisition, recognised by its first bytes; `name` is used in messages only.
///
/// # Errors
/// [`SurfaceError`] for bytes of no known format, above a limit, cut short, or stating what cannot be.
pub fn decode(bytes: &[u8], name: &str, options: &DecodeOptions) -> Result<Acquired, SurfaceError> {
    decode_known(bytes, Digest::of(bytes), name, options)
}

/// The same for bytes whose digest is known: a large scan takes longer to digest than to unpack.
///
/// # Errors
/// As [`decode`].
pub fn decode_known(
    bytes: &[u8],
    sha256: Digest,
    name: &str,
    options: &DecodeOptions,
) -> Result<Acquired, SurfaceError> {
    let blame = error::Blame::new(name);
    if bytes.len() as u64 > options.limits.bytes {
        return Err(blame.limit("size", format!("{} bytes", options.limits.bytes), format!("{} bytes", bytes.len())));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return x3p::read(bytes, sha256, &blame, options).map(Acquired::Surface);
    }
    if let Some(format) = photo::sniff(bytes) {
        return photo::read(bytes, sha256, format, &blame, options).map(Acquired::Photo);
    }
    Err(blame.format(looks_like(bytes)))
}

/// What bytes of no known format look like, for the message.
fn looks_like(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "an empty file".to_owned();
    }
    let head = &bytes[..bytes.len().min(16)];
    if head.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) {
        return format!("text beginning \"{}\"", error::quoted(&String::from_utf8_lossy(head)));
    }
    format!("bytes beginning {}", hex::encode(head))
}

#[cfg(test)]
mod tests;
