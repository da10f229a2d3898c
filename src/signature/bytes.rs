//! The byte form of a signature, as it is kept with a mark.
//!
//! All numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `BLSG` |
//! | 2 | version of this layout, 2 |
//! | 2 | version of the signature |
//! | 4 | words of 64 bits of the vector, 1 to 1024 |
//! | 4, 4 | rings (1 to 1024) and angles (2 to 4096) of the code |
//! | 8, 8 | radius of the first and of the last ring, um, f64 |
//! | 8, 8, 8 | centre x, y and its standard deviation, um, f64 |
//! | 8 n | the vector |
//! | ceil(rings angles / 8) | bit plane "sign known", least significant bit first |
//! | the same | bit plane "sign positive" |
//! | 4 | CRC-32 (ISO-HDLC) of everything before |

use super::vector::GREATEST_WORDS;
use super::{PolarCode, Signature, SignatureError};
use crate::dsp::polar::PolarGrid;
use crate::geometry::Point;

const MAGIC: &[u8; 4] = b"BLSG";
/// Version of the layout above.
const LAYOUT: u16 = 2;
/// Bytes before the vector.
const HEADER: usize = 4 + 2 + 2 + 3 * 4 + 5 * 8;
/// Bytes of the checksum.
const CRC: usize = 4;
/// Most rings that are read; bounds the memory a damaged header can ask for.
const GREATEST_RINGS: usize = 1024;
/// Most angles that are read.
const GREATEST_ANGLES: usize = 4096;

impl Signature {
    /// The bytes of this signature; see the module for the layout.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let code = &self.code;
        let plane_bytes = code.grid.len().div_ceil(8);
        let mut bytes = Vec::with_capacity(HEADER + 8 * self.vector.len() + 2 * plane_bytes + CRC);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&LAYOUT.to_le_bytes());
        bytes.extend_from_slice(&self.version.to_le_bytes());
        for count in [self.vector.len(), code.grid.rings, code.grid.angles] {
            bytes.extend_from_slice(&(count as u32).to_le_bytes());
        }
        for value in [code.grid.inner_um, code.grid.outer_um, code.centre.x_um, code.centre.y_um, code.centre_sd_um] {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        for value in &self.vector {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        for plane in [&code.known, &code.positive] {
            bytes.extend(plane.iter().flat_map(|word| word.to_le_bytes()).take(plane_bytes));
        }
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    /// Reads the bytes of a signature.
    ///
    /// # Errors
    /// [`SignatureError::Damaged`] for anything that [`Signature::to_bytes`] cannot have written.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SignatureError> {
        if bytes.get(..4) != Some(MAGIC.as_slice()) {
            return Err(damaged("magic", "BLSG", format!("{:02x?}", bytes.get(..4).unwrap_or(bytes))));
        }
        if bytes.len() < HEADER + CRC {
            return Err(damaged(
                "length",
                format!("at least {} bytes", HEADER + CRC),
                format!("{} bytes", bytes.len()),
            ));
        }
        let (body, crc) = bytes.split_at(bytes.len() - CRC);
        let (stated, computed) = (u32_at(crc, 0), crc32fast::hash(body));
        if stated != computed {
            return Err(damaged("checksum", format!("{computed:08x}"), format!("{stated:08x}")));
        }
        let layout = u16_at(body, 4);
        if layout != LAYOUT {
            return Err(damaged("layout version", LAYOUT, layout));
        }
        let version = u16_at(body, 6);
        let length = count("words", u32_at(body, 8), 1, GREATEST_WORDS)?;
        let rings = count("rings", u32_at(body, 12), 1, GREATEST_RINGS)?;
        let angles = count("angles", u32_at(body, 16), 2, GREATEST_ANGLES)?;
        let mut numbers = [0f64; 5];
        for (i, number) in numbers.iter_mut().enumerate() {
            *number = f64::from_le_bytes(array_at(body, 20 + 8 * i));
            // The standard deviation alone may be infinite: nothing known of the centre.
            let unknown_centre = i == 4 && *number == f64::INFINITY;
            if !number.is_finite() && !unknown_centre {
                return Err(damaged("grid and centre", "finite numbers", *number));
            }
        }
        let [inner_um, outer_um, x_um, y_um, centre_sd_um] = numbers;
        let grid = PolarGrid { rings, angles, inner_um, outer_um };
        let plane_bytes = grid.len().div_ceil(8);
        let expected = HEADER + 8 * length + 2 * plane_bytes;
        if body.len() != expected {
            return Err(damaged("length", format!("{} bytes", expected + CRC), format!("{} bytes", bytes.len())));
        }
        let (vector, planes) = body[HEADER..].split_at(8 * length);
        let vector = words(vector);
        let (known, positive) = planes.split_at(plane_bytes);
        let (known, positive) = (words(known), words(positive));
        let beyond = grid.len() % 64;
        let spare = if beyond == 0 { 0 } else { u64::MAX << beyond };
        if known.last().is_some_and(|last| last & spare != 0) || known.iter().zip(&positive).any(|(k, p)| p & !k != 0) {
            return Err(damaged("code", "signs only where known and on the grid", "others"));
        }
        let code = PolarCode { grid, centre: Point::new(x_um, y_um), centre_sd_um, known, positive };
        Ok(Self { version, vector, code })
    }
}

fn damaged(field: &'static str, expected: impl ToString, got: impl ToString) -> SignatureError {
    SignatureError::Damaged { field, expected: expected.to_string(), got: got.to_string() }
}

fn count(field: &'static str, value: u32, least: usize, most: usize) -> Result<usize, SignatureError> {
    let value = value as usize;
    if (least..=most).contains(&value) { Ok(value) } else { Err(damaged(field, format!("{least} to {most}"), value)) }
}

/// Words of 64 bits from bytes, the last one filled up with zeros.
fn words(bytes: &[u8]) -> Vec<u64> {
    bytes
        .chunks(8)
        .map(|chunk| {
            let mut word = [0u8; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(word)
        })
        .collect()
}

/// `N` bytes from a place that the caller has checked to exist; zeros otherwise.
fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..at + N).and_then(|slice| slice.try_into().ok()).unwrap_or([0; N])
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array_at(bytes, at))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, at))
}
