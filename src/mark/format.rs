//! A mark as bytes: compact, versioned, checked.
//!
//! All numbers are little-endian; f64 and f32 are IEEE 754 bit patterns.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 4 | `BLMK` |
//! | 4 | 2 | version of this format, 1 |
//! | 6 | 1 | region: 0 breech face, 1 firing pin, 2 aperture shear, 3 ejector |
//! | 7 | 1 | modality: 0 heights, 1 reflectance |
//! | 8 | 4 | length of the body, bytes |
//! | 12 | n | body |
//! | 12 + n | 4 | CRC-32 (IEEE) of everything before it |
//!
//! Body: centre (x, y, sd: f64 each, um; basis u8: 0 hole, 1 rim, 2 centroid; then hole and rim, each u8 0 or 1 and, when 1, centre x, y and
//! radius, f64 um); quality (valid area mm2, RMS fine um, RMS coarse um, dropout share, outlier share, tilt rad: f64 each; suitability u8: 0
//! suitable, 1 unsuitable followed by code, English and Spanish, each u32 length and UTF-8); then the fine and the coarse level.
//!
//! Level: rows u32, columns u32, pitch f64 um, exponent of the step i8 (step = 2^exponent um), packed length u32, and a zstd frame of that length. The
//! frame holds the mask, one bit a point row by row, lowest bit first, padded to a byte; then for each valid point the difference of its
//! integer height from the previous valid one's (from 0 for the first), modulo 2^16: first all low bytes, then all high bytes.

use super::{Centre, CentreBasis, Mark, MarkError, Modality, Quality, Region, Suitability, quantise};
use crate::geometry::{Circle, Point};
use crate::grid::HeightMap;
use ndarray::Array2;
use std::io::Read;

const MAGIC: &[u8; 4] = b"BLMK";
const VERSION: u16 = 1;
const HEADER: usize = 12;
/// Most points of one level: 50 mm at 6 um, far beyond any mark; bounds what a lying header can make us allocate (192 MiB).
const MOST_POINTS: usize = 1 << 26;
/// Longest reason, bytes.
const MOST_TEXT: usize = 4_096;
/// zstd's default effort: a mark takes about 60 kB in a millisecond.
const EFFORT: i32 = 3;

const REGIONS: [Region; 4] = [Region::BreechFace, Region::FiringPin, Region::ApertureShear, Region::Ejector];
const MODALITIES: [Modality; 2] = [Modality::Heights, Modality::Reflectance];
const BASES: [CentreBasis; 3] = [CentreBasis::Hole, CentreBasis::Rim, CentreBasis::Centroid];

impl Mark {
    /// The mark as bytes, as the module's table lays them out.
    ///
    /// Heights are rounded to the level's step; those of [`super::prepare()`] already are, so nothing is lost.
    ///
    /// # Errors
    /// [`MarkError::Format`] when a level has more points than the format allows, or the compressor fails.
    pub fn to_bytes(&self) -> Result<Vec<u8>, MarkError> {
        let mut body = Vec::new();
        put_centre(&mut body, &self.centre);
        put_quality(&mut body, &self.quality);
        put_level(&mut body, "fine", &self.fine)?;
        put_level(&mut body, "coarse", &self.coarse)?;
        let length =
            u32::try_from(body.len()).map_err(|_| wrong("body", "less than 4 GiB", format!("{} bytes", body.len())))?;
        let mut bytes = Vec::with_capacity(HEADER + body.len() + 4);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.push(code(&REGIONS, &self.region));
        bytes.push(code(&MODALITIES, &self.modality));
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&body);
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        Ok(bytes)
    }

    /// The mark that [`Mark::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`MarkError::Format`] names the field, what it should hold and what it does; nothing is allocated on the word of an unchecked length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Mark, MarkError> {
        if bytes.len() < HEADER + 4 {
            return Err(wrong("length", "at least 16 bytes", format!("{} bytes", bytes.len())));
        }
        if &bytes[..4] != MAGIC {
            return Err(wrong("magic", "BLMK", String::from_utf8_lossy(&bytes[..4]).into_owned()));
        }
        let (checked, crc) = bytes.split_at(bytes.len() - 4);
        let mut header = Cursor { bytes: &checked[4..HEADER] };
        let version = u16::from_le_bytes(header.take("version")?);
        if version != VERSION {
            return Err(wrong("version", VERSION, version));
        }
        let region = pick(&REGIONS, "region", header.byte("region")?)?;
        let modality = pick(&MODALITIES, "modality", header.byte("modality")?)?;
        let length = u32::from_le_bytes(header.take("body length")?) as usize;
        if length != checked.len() - HEADER {
            return Err(wrong("body length", format!("{length} bytes"), format!("{} bytes", checked.len() - HEADER)));
        }
        let (found, stated) = (crc32fast::hash(checked), Cursor { bytes: crc }.u32("crc")?);
        if found != stated {
            return Err(wrong("crc", format!("{stated:08x}"), format!("{found:08x}")));
        }
        let mut body = Cursor { bytes: &checked[HEADER..] };
        let centre = take_centre(&mut body)?;
        let quality = take_quality(&mut body)?;
        let fine = take_level(&mut body, "fine")?;
        let coarse = take_level(&mut body, "coarse")?;
        if !body.bytes.is_empty() {
            return Err(wrong("body", "nothing after the levels", format!("{} bytes", body.bytes.len())));
        }
        Ok(Mark { region, modality, coarse, fine, centre, quality })
    }
}

fn wrong(field: &'static str, expected: impl ToString, got: impl ToString) -> MarkError {
    MarkError::Format { field, expected: expected.to_string(), got: got.to_string() }
}

fn code<T: PartialEq>(values: &[T], value: &T) -> u8 {
    values.iter().position(|v| v == value).unwrap_or(values.len()) as u8
}

fn pick<T: Copy>(values: &[T], field: &'static str, code: u8) -> Result<T, MarkError> {
    let found = values.get(usize::from(code)).copied();
    found.ok_or_else(|| wrong(field, format!("0 to {}", values.len() - 1), code))
}

fn put_f64(body: &mut Vec<u8>, values: &[f64]) {
    values.iter().for_each(|v| body.extend_from_slice(&v.to_le_bytes()));
}

fn put_centre(body: &mut Vec<u8>, centre: &Centre) {
    put_f64(body, &[centre.at.x_um, centre.at.y_um, centre.sd_um]);
    body.push(code(&BASES, &centre.basis));
    for circle in [centre.hole, centre.rim] {
        body.push(u8::from(circle.is_some()));
        if let Some(c) = circle {
            put_f64(body, &[c.centre.x_um, c.centre.y_um, c.radius_um]);
        }
    }
}

fn put_quality(body: &mut Vec<u8>, q: &Quality) {
    put_f64(body, &[q.valid_area_mm2, q.rms_fine_um, q.rms_coarse_um, q.dropout_share, q.outlier_share, q.tilt_rad]);
    match &q.suitability {
        Suitability::Suitable => body.push(0),
        Suitability::Unsuitable { code, english, spanish } => {
            body.push(1);
            for text in [code, english, spanish] {
                let mut end = text.len().min(MOST_TEXT);
                while !text.is_char_boundary(end) {
                    end -= 1;
                }
                body.extend_from_slice(&(end as u32).to_le_bytes());
                body.extend_from_slice(&text.as_bytes()[..end]);
            }
        }
    }
}

fn put_level(body: &mut Vec<u8>, field: &'static str, map: &HeightMap) -> Result<(), MarkError> {
    if map.z.len() > MOST_POINTS {
        return Err(wrong(field, format!("at most {MOST_POINTS} points"), map.z.len()));
    }
    let exponent = quantise::exponent(map);
    let step = quantise::step(exponent);
    let mut mask = vec![0u8; map.z.len().div_ceil(8)];
    let (mut low, mut high, mut previous) = (Vec::new(), Vec::new(), 0i16);
    for (k, &z) in map.z.iter().enumerate().filter(|(_, z)| z.is_finite()) {
        mask[k / 8] |= 1 << (k % 8);
        let height = (z / step).round() as i16;
        let [l, h] = height.wrapping_sub(previous).to_le_bytes();
        low.push(l);
        high.push(h);
        previous = height;
    }
    mask.extend_from_slice(&low);
    mask.extend_from_slice(&high);
    let packed = zstd::bulk::compress(&mask, EFFORT).map_err(|e| wrong(field, "data that compresses", e))?;
    body.extend_from_slice(&(map.rows() as u32).to_le_bytes());
    body.extend_from_slice(&(map.columns() as u32).to_le_bytes());
    put_f64(body, &[map.pitch_um]);
    body.push((exponent as i8).to_le_bytes()[0]);
    body.extend_from_slice(&(packed.len() as u32).to_le_bytes());
    body.extend_from_slice(&packed);
    Ok(())
}

/// Bytes not yet read.
struct Cursor<'a> {
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn slice(&mut self, field: &'static str, length: usize) -> Result<&'a [u8], MarkError> {
        let missing = || wrong(field, format!("{length} more bytes"), self.bytes.len());
        let (head, rest) = self.bytes.split_at_checked(length).ok_or_else(missing)?;
        self.bytes = rest;
        Ok(head)
    }

    fn take<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], MarkError> {
        let mut out = [0u8; N];
        out.copy_from_slice(self.slice(field, N)?);
        Ok(out)
    }

    fn byte(&mut self, field: &'static str) -> Result<u8, MarkError> {
        Ok(self.take::<1>(field)?[0])
    }

    fn u32(&mut self, field: &'static str) -> Result<u32, MarkError> {
        Ok(u32::from_le_bytes(self.take(field)?))
    }

    fn finite(&mut self, field: &'static str) -> Result<f64, MarkError> {
        let value = f64::from_le_bytes(self.take(field)?);
        if value.is_finite() { Ok(value) } else { Err(wrong(field, "a finite number", value)) }
    }

    fn text(&mut self, field: &'static str) -> Result<String, MarkError> {
        let length = self.u32(field)? as usize;
        if length > MOST_TEXT {
            return Err(wrong(field, format!("at most {MOST_TEXT} bytes"), length));
        }
        String::from_utf8(self.slice(field, length)?.to_vec()).map_err(|e| wrong(field, "UTF-8", e))
    }
}

fn take_centre(body: &mut Cursor<'_>) -> Result<Centre, MarkError> {
    let at = Point::new(body.finite("centre.x")?, body.finite("centre.y")?);
    let sd_um = body.finite("centre.sd")?;
    let basis = pick(&BASES, "centre.basis", body.byte("centre.basis")?)?;
    let mut circle = |field: &'static str| -> Result<Option<Circle>, MarkError> {
        match body.byte(field)? {
            0 => Ok(None),
            1 => {
                let centre = Point::new(body.finite(field)?, body.finite(field)?);
                Ok(Some(Circle { centre, radius_um: body.finite(field)? }))
            }
            other => Err(wrong(field, "0 or 1", other)),
        }
    };
    Ok(Centre { at, basis, sd_um, hole: circle("centre.hole")?, rim: circle("centre.rim")? })
}

fn take_quality(body: &mut Cursor<'_>) -> Result<Quality, MarkError> {
    Ok(Quality {
        valid_area_mm2: body.finite("quality.valid_area_mm2")?,
        rms_fine_um: body.finite("quality.rms_fine_um")?,
        rms_coarse_um: body.finite("quality.rms_coarse_um")?,
        dropout_share: body.finite("quality.dropout_share")?,
        outlier_share: body.finite("quality.outlier_share")?,
        tilt_rad: body.finite("quality.tilt_rad")?,
        suitability: match body.byte("quality.suitability")? {
            0 => Suitability::Suitable,
            1 => Suitability::Unsuitable {
                code: body.text("suitability.code")?,
                english: body.text("suitability.english")?,
                spanish: body.text("suitability.spanish")?,
            },
            other => return Err(wrong("quality.suitability", "0 or 1", other)),
        },
    })
}

fn take_level(body: &mut Cursor<'_>, field: &'static str) -> Result<HeightMap, MarkError> {
    let (rows, columns) = (body.u32(field)? as usize, body.u32(field)? as usize);
    let points = rows.checked_mul(columns).filter(|points| *points <= MOST_POINTS);
    let points =
        points.ok_or_else(|| wrong(field, format!("at most {MOST_POINTS} points"), format!("{rows} x {columns}")))?;
    let pitch_um = body.finite(field)?;
    if pitch_um <= 0.0 {
        return Err(wrong(field, "a positive pitch", pitch_um));
    }
    let exponent = i32::from(i8::from_le_bytes(body.take(field)?));
    if exponent.abs() > quantise::COARSEST_EXPONENT {
        return Err(wrong(field, "an exponent from -12 to 12", exponent));
    }
    let length = body.u32(field)? as usize;
    let packed = body.slice(field, length)?;
    let plain = unpack(packed, points.div_ceil(8) + 2 * points, field)?;
    let mask_length = points.div_ceil(8);
    let Some((mask, deltas)) = plain.split_at_checked(mask_length) else {
        return Err(wrong(field, format!("{mask_length} bytes of mask"), plain.len()));
    };
    let valid: usize = mask.iter().map(|b| b.count_ones() as usize).sum();
    if deltas.len() != 2 * valid {
        return Err(wrong(field, format!("{} bytes of heights", 2 * valid), deltas.len()));
    }
    let (low, high) = deltas.split_at(valid);
    let step = quantise::step(exponent);
    let (mut height, mut next) = (0i16, low.iter().zip(high));
    let mut z = vec![f32::NAN; points];
    for (k, z) in z.iter_mut().enumerate() {
        if mask[k / 8] >> (k % 8) & 1 == 1
            && let Some((&l, &h)) = next.next()
        {
            height = height.wrapping_add(i16::from_le_bytes([l, h]));
            *z = f32::from(height) * step;
        }
    }
    // A set bit in the padding would leave a height over.
    if next.next().is_some() {
        return Err(wrong(field, "zeros in the padding of the mask", "ones"));
    }
    let z = Array2::from_shape_vec((rows, columns), z).map_err(|e| wrong(field, "rows x columns points", e))?;
    Ok(HeightMap { z, pitch_um })
}

/// Decompresses to at most `most` bytes, growing with what really comes out and not with what the frame promises.
fn unpack(packed: &[u8], most: usize, field: &'static str) -> Result<Vec<u8>, MarkError> {
    let broken = |e: std::io::Error| wrong(field, "a zstd frame", e);
    let mut plain = Vec::new();
    let decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(broken)?;
    decoder.single_frame().take(most as u64 + 1).read_to_end(&mut plain).map_err(broken)?;
    if plain.len() > most {
        return Err(wrong(field, format!("at most {most} bytes unpacked"), "more"));
    }
    Ok(plain)
}
