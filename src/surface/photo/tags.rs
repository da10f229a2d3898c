//! What the headers of photographs say of pixel size and origin; anything unreadable is taken as not said.

use crate::surface::Metadata;
use image::ImageFormat;

/// Micrometres in an inch.
const UM_PER_INCH: f64 = 25_400.0;
/// Micrometres in a centimetre.
const UM_PER_CM: f64 = 10_000.0;
/// Longest text of a tag that is kept, bytes.
const LONGEST_TEXT: usize = 4096;

/// What the headers say.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tags {
    /// Size of a pixel along x and y, um.
    pub(super) pitch_um: Option<[f64; 2]>,
    /// Exif orientation, 1 for upright.
    pub(super) orientation: Option<u16>,
    /// Whether there are further pages.
    pub(super) pages: bool,
    /// Free text.
    pub(super) description: Option<String>,
    /// Date, maker, model, software and artist.
    pub(super) metadata: Metadata,
}

pub(super) fn read(bytes: &[u8], format: ImageFormat) -> Tags {
    match format {
        ImageFormat::Tiff => tiff(bytes).unwrap_or_default(),
        ImageFormat::Png => png(bytes),
        ImageFormat::Jpeg => jpeg(bytes),
        ImageFormat::Bmp => Tags { pitch_um: bmp(bytes), ..Tags::default() },
        _ => Tags::default(),
    }
}

/// Pixel size from pixels in a length of `um`.
fn per_length(x: f64, y: f64, um: f64) -> Option<[f64; 2]> {
    let pitch = [um / x, um / y];
    pitch.iter().all(|p| p.is_finite() && *p > 0.0).then_some(pitch)
}

/// Numbers in the byte order of a TIFF.
struct Ordered<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl Ordered<'_> {
    fn u16(&self, at: usize) -> Option<u16> {
        let b = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.little { u16::from_le_bytes(b) } else { u16::from_be_bytes(b) })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let b = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) })
    }

    fn rational(&self, at: usize) -> Option<f64> {
        Some(f64::from(self.u32(at)?) / f64::from(self.u32(at.checked_add(4)?)?))
    }
}

/// The first directory of a TIFF (TIFF 6.0), which is also what Exif is; `None` for BigTIFF or where cut short.
fn tiff(bytes: &[u8]) -> Option<Tags> {
    let from = Ordered { bytes, little: bytes.starts_with(b"II") };
    if from.u16(2)? != 42 {
        return None;
    }
    let at = from.u32(4)? as usize;
    let count = usize::from(from.u16(at)?);
    let mut tags = Tags::default();
    let (mut x, mut y, mut unit) = (None, None, 2);
    for i in 0..count {
        let entry = at.checked_add(2 + 12 * i)?;
        let (tag, kind, values) = (from.u16(entry)?, from.u16(entry + 2)?, from.u32(entry + 4)? as usize);
        let value = from.u32(entry + 8)? as usize;
        let text = || -> Option<String> {
            if kind != 2 || values > LONGEST_TEXT {
                return None;
            }
            let start = if values <= 4 { entry + 8 } else { value };
            let text = String::from_utf8_lossy(bytes.get(start..start.checked_add(values)?)?).into_owned();
            Some(text.trim_matches(['\0', ' ', '\n', '\r', '\t']).to_owned()).filter(|t| !t.is_empty())
        };
        match tag {
            270 => tags.description = text(),
            271 => tags.metadata.instrument_maker = text(),
            272 => tags.metadata.instrument_model = text(),
            274 => tags.orientation = from.u16(entry + 8),
            282 if kind == 5 => x = from.rational(value),
            283 if kind == 5 => y = from.rational(value),
            296 => unit = from.u16(entry + 8)?,
            305 => tags.metadata.instrument_version = text(),
            306 => tags.metadata.date = text(),
            315 => tags.metadata.creator = text(),
            _ => {}
        }
    }
    let um = match unit {
        2 => Some(UM_PER_INCH),
        3 => Some(UM_PER_CM),
        _ => None,
    };
    if let (Some(x), Some(y), Some(um)) = (x, y, um) {
        tags.pitch_um = per_length(x, y, um);
    }
    tags.pages = from.u32(at + 2 + 12 * count).is_some_and(|next| next != 0);
    Some(tags)
}

/// Chunks `pHYs` (pixels a metre), `eXIf`, and `tEXt` of known keywords, up to the first image data.
fn png(bytes: &[u8]) -> Tags {
    let mut tags = Tags::default();
    let mut at = 8usize;
    while let Some(head) = bytes.get(at..at.saturating_add(8)) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some(body) = bytes.get(at + 8..(at + 8).saturating_add(length)) else { break };
        match &head[4..8] {
            b"pHYs" if length == 9 && body[8] == 1 => {
                let x = u32::from_be_bytes([body[0], body[1], body[2], body[3]]);
                let y = u32::from_be_bytes([body[4], body[5], body[6], body[7]]);
                tags.pitch_um = per_length(f64::from(x), f64::from(y), crate::units::UM_PER_M);
            }
            b"eXIf" => tags.orientation = tiff(body).and_then(|exif| exif.orientation),
            b"tEXt" if length <= LONGEST_TEXT => {
                let text: String = body.iter().map(|&b| char::from(b)).collect();
                match text.split_once('\0') {
                    Some(("Creation Time", v)) => tags.metadata.date = Some(v.to_owned()),
                    Some(("Author", v)) => tags.metadata.creator = Some(v.to_owned()),
                    Some(("Source", v)) => tags.metadata.instrument_model = Some(v.to_owned()),
                    Some(("Software", v)) => tags.metadata.instrument_version = Some(v.to_owned()),
                    Some(("Description" | "Comment", v)) => tags.description = Some(v.to_owned()),
                    _ => {}
                }
            }
            b"IDAT" => break,
            _ => {}
        }
        at += 12 + length;
    }
    tags
}

/// Segments `APP0` (JFIF density) and `APP1` (Exif) up to the image data; Exif says more and wins.
fn jpeg(bytes: &[u8]) -> Tags {
    let mut tags = Tags::default();
    let mut jfif = None;
    let mut at = 2usize;
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..at.saturating_add(4)) {
        if marker == 0xda {
            break;
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        let Some(body) = bytes.get(at + 4..(at + 2).saturating_add(length)) else { break };
        if marker == 0xe0 && body.starts_with(b"JFIF\0") && body.len() >= 12 {
            let x = f64::from(u16::from_be_bytes([body[8], body[9]]));
            let y = f64::from(u16::from_be_bytes([body[10], body[11]]));
            jfif = match body[7] {
                1 => per_length(x, y, UM_PER_INCH),
                2 => per_length(x, y, UM_PER_CM),
                _ => None,
            };
        } else if marker == 0xe1
            && let Some(exif) = body.strip_prefix(b"Exif\0\0").and_then(tiff)
        {
            tags = Tags { pages: false, ..exif };
        }
        at += 2 + length;
    }
    tags.pitch_um = tags.pitch_um.or(jfif);
    tags
}

/// `biXPelsPerMeter` and `biYPelsPerMeter` of the info header.
fn bmp(bytes: &[u8]) -> Option<[f64; 2]> {
    let from = Ordered { bytes, little: true };
    if from.u32(14)? < 40 {
        return None;
    }
    per_length(f64::from(from.u32(38)?), f64::from(from.u32(42)?), crate::units::UM_PER_M)
}
