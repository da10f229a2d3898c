//! How to decode: what a person states beside the file, and how much a file may cost.

use crate::units::LengthUnit;

/// What a person states beside the file, and what to allow.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DecodeOptions {
    /// The unit in which increments and heights are written; overrides recognition of both.
    pub unit: Option<LengthUnit>,
    /// The pitch of a photograph, um per pixel; overrides its tags. Ignored for surfaces.
    pub pitch_um: Option<f64>,
    /// What to do where a stated MD5 differs.
    pub checksums: Checksums,
    /// How much a file may cost.
    pub limits: Limits,
}

/// What to do where a stated MD5 differs from that of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checksums {
    /// Refuse the file: evidence that changed after it was written must not slip in.
    #[default]
    Required,
    /// Go on and leave a note; for files repaired by hand.
    Noted,
}

/// How much a file may cost; every size is checked before memory of that size is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Received bytes. 1 GiB: ten times the largest raw scan of a whole case head known to us.
    pub bytes: u64,
    /// Points or pixels. 64 Mi: a 6 mm primer at 0.75 um; 512 MiB as doubles.
    pub pixels: u64,
    /// Bytes of any one entry after inflation. 1 GiB: three absolute doubles for a third of the points.
    pub entry_bytes: u64,
    /// Inflated over deflated size, above which an entry larger than `ratio_from_bytes` is taken for a zip bomb.
    /// 200: real heights reach 12; deflate itself cannot pass 1032.
    pub zip_ratio: u64,
    /// Inflated size below which the ratio is not looked at, bytes. 16 MiB: an all-missing scan of 1400 x 1400 points
    /// compresses a thousandfold and is honest.
    pub ratio_from_bytes: u64,
    /// Entries of the zip. 64: the standard has five, vendors add some.
    pub entries: u64,
    /// Bytes of `main.xml`. 64 MiB: a point list of a million heights in text.
    pub xml_bytes: u64,
    /// How often one pitch may be the other. 16: profilers step coarser across than along, never more.
    pub anisotropy: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 1 << 30,
            pixels: 1 << 26,
            entry_bytes: 1 << 30,
            zip_ratio: 200,
            ratio_from_bytes: 16 << 20,
            entries: 64,
            xml_bytes: 64 << 20,
            anisotropy: 16.0,
        }
    }
}
