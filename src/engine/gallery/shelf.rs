//! Shelves: files from which a gallery is opened without reading every signature from the store.
//!
//! A shelf holds [`MARKS`] members in the order of entry and never changes; members after the last full shelf are read from the store. It is a cache
//! of the store in every respect: damaged, missing or of another state of the gallery, it is made anew. The payload of the cache file, numbers
//! little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 4, 4 | `BLSH`, version of this layout, 1 |
//! | 4 x 4 | marks n, words of 64 bits a vector, bytes a quick code, bytes of the front |
//! | front | rows and widest doubt about a centre (postcard 1) |
//! | 8 n words | vectors |
//! | 4 | CRC-32 (ISO-HDLC) of everything before |
//! | n times: bytes, 4 | quick code and its CRC-32 |
//!
//! Quick codes stay in the file until they are looked at.

use super::members::Row;
use crate::engine::error::EngineError;
use crate::engine::ports::{CacheFile, CachedBytes, SignatureRow};
use crate::signature::{QuickCoder, Signature};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};

/// Members of a shelf: a hundred megabytes, so that ten million make some six hundred files, and what is read from the store instead takes a second.
pub(super) const MARKS: usize = 16_384;
const MAGIC: &[u8; 4] = b"BLSH";
const LAYOUT: u32 = 1;
/// Bytes before the front.
const HEADER: usize = 6 * 4;
/// Bytes of a checksum.
const CRC: usize = 4;
/// Longest front that is read, bytes a mark: bounds what a damaged header can ask for.
const MOST_FRONT: u64 = 16_384;

/// What a shelf says of its members in words; those read from one stay in its bytes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Front<S = String> {
    pub rows: Vec<Row<S>>,
    pub widest_centre_sd_um: f64,
}

/// Members on their way into a gallery.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub front: Front,
    pub vectors: Vec<u64>,
    pub looks: Vec<u8>,
}

impl Batch {
    /// Takes rows of the store apart, in parallel.
    pub fn of(rows: Vec<SignatureRow>, coder: &QuickCoder, shape: Shape) -> Result<Self, EngineError> {
        let words = shape.words;
        let parts: Vec<(Row, Signature, Vec<u8>)> = rows
            .into_par_iter()
            .map(|row| {
                let wrong = |expected: String, got: String| EngineError::Input {
                    what: format!("signature of mark {}", row.context.mark.id),
                    expected,
                    got,
                };
                let whole = "a whole signature; submit the file again to make it anew";
                let signature =
                    Signature::from_bytes(&row.bytes).map_err(|e| wrong(whole.to_owned(), e.to_string()))?;
                if signature.vector.len() != words {
                    return Err(wrong(format!("{words} words"), signature.vector.len().to_string()));
                }
                let look = coder.code(&signature.code).0;
                Ok((Row::of(&row), signature, look))
            })
            .collect::<Result<_, EngineError>>()?;
        let mut batch = Self::default();
        for (row, signature, look) in parts {
            batch.front.widest_centre_sd_um = batch.front.widest_centre_sd_um.max(signature.code.centre_sd_um());
            batch.front.rows.push(row);
            batch.vectors.extend_from_slice(&signature.vector);
            batch.looks.extend_from_slice(&look);
        }
        Ok(batch)
    }

    /// Writes a shelf; see the module for the layout.
    pub fn write(&self, shape: Shape, out: &mut dyn Write) -> io::Result<()> {
        let Shape { words, look_bytes, .. } = shape;
        let front = postcard::to_allocvec(&self.front).map_err(io::Error::other)?;
        let mut sum = crc32fast::Hasher::new();
        let mut put = |bytes: &[u8], sum: &mut crc32fast::Hasher| {
            sum.update(bytes);
            out.write_all(bytes)
        };
        put(MAGIC, &mut sum)?;
        for number in [LAYOUT as usize, self.front.rows.len(), words, look_bytes, front.len()] {
            put(&u32::try_from(number).map_err(io::Error::other)?.to_le_bytes(), &mut sum)?;
        }
        put(&front, &mut sum)?;
        let bytes: Vec<u8> = self.vectors.iter().flat_map(|word| word.to_le_bytes()).collect();
        put(&bytes, &mut sum)?;
        out.write_all(&sum.finalize().to_le_bytes())?;
        for look in self.looks.chunks_exact(look_bytes.max(1)) {
            out.write_all(look)?;
            out.write_all(&crc32fast::hash(look).to_le_bytes())?;
        }
        Ok(())
    }
}

/// What a shelf must be to be used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Members.
    pub marks: usize,
    /// Words of 64 bits of a vector.
    pub words: usize,
    /// Bytes of a quick code.
    pub look_bytes: usize,
}

impl Shape {
    /// Words of all vectors of a shelf.
    pub fn vectors(self) -> usize {
        self.marks * self.words
    }
}

/// A shelf whose vectors were taken out.
pub(super) struct Taken {
    front: Vec<u8>,
    pub looks: Looks,
}

impl Taken {
    /// The members; says why they cannot be used.
    pub fn front(&self, shape: Shape) -> Result<Front<&str>, String> {
        let front: Front<&str> = postcard::from_bytes(&self.front).map_err(|e| e.to_string())?;
        if front.rows.len() != shape.marks {
            return Err(format!("expected {} rows, got {}", shape.marks, front.rows.len()));
        }
        Ok(front)
    }
}

/// Vectors read at a time, bytes: they are summed and taken apart while they are in the core's own cache.
const READ: usize = 1 << 18;

/// Reads the front of a shelf, and its vectors into `vectors`, of just their length; says why it cannot be used.
pub(super) fn read(cache: CacheFile, shape: Shape, vectors: &mut [u64]) -> Result<Taken, String> {
    let CacheFile { payload, length, .. } = cache;
    let Shape { marks, words, look_bytes } = shape;
    let io = |e: io::Error| e.to_string();
    let mut header = [0; HEADER];
    payload.read_at(&mut header, 0).map_err(io)?;
    let number = |at: usize| u32::from_le_bytes(array(&header[4 * at..4 * at + 4]));
    let expected = [LAYOUT, marks as u32, words as u32, look_bytes as u32];
    let got = [number(1), number(2), number(3), number(4)];
    if header[..4] != *MAGIC || got != expected {
        return Err(format!("expected layout, marks, words and bytes {expected:?}, got {got:?}"));
    }
    let (front_bytes, vector_bytes) = (u64::from(number(5)), 8 * words * marks);
    let vectors_from = HEADER as u64 + front_bytes;
    let looks_from = vectors_from + (vector_bytes + CRC) as u64;
    let stated = looks_from + (marks * (look_bytes + CRC)) as u64;
    if front_bytes > MOST_FRONT * marks as u64 || stated != length {
        return Err(format!("expected {stated} bytes, got {length}"));
    }
    let mut sum = crc32fast::Hasher::new();
    sum.update(&header);
    let mut front = vec![0; front_bytes as usize];
    payload.read_at(&mut front, HEADER as u64).map_err(io)?;
    sum.update(&front);
    let (mut bytes, mut from) = (vec![0; READ], vectors_from);
    for part in vectors.chunks_mut(READ / 8) {
        let bytes = &mut bytes[..8 * part.len()];
        payload.read_at(bytes, from).map_err(io)?;
        sum.update(bytes);
        part.iter_mut().zip(bytes.as_chunks().0).for_each(|(word, bytes)| *word = u64::from_le_bytes(*bytes));
        from += bytes.len() as u64;
    }
    let mut crc = [0; CRC];
    payload.read_at(&mut crc, from).map_err(io)?;
    if sum.finalize() != u32::from_le_bytes(crc) {
        return Err("CRC-32: expected another".to_owned());
    }
    Ok(Taken { front, looks: Looks { payload, from: looks_from } })
}

/// The quick codes of a shelf, in its file.
#[derive(Debug)]
pub(super) struct Looks {
    payload: Box<dyn CachedBytes>,
    from: u64,
}

impl Looks {
    /// Reads the quick code of a member of the shelf.
    pub fn read(&self, member: usize, look: &mut Vec<u8>, look_bytes: usize) -> Result<(), String> {
        look.resize(look_bytes + CRC, 0);
        let at = self.from + (member * (look_bytes + CRC)) as u64;
        self.payload.read_at(look, at).map_err(|e| e.to_string())?;
        let crc = u32::from_le_bytes(array(&look[look_bytes..]));
        look.truncate(look_bytes);
        if crc32fast::hash(look) == crc { Ok(()) } else { Err("CRC-32: expected another".to_owned()) }
    }
}

/// `N` bytes of a slice that the caller has cut to that length; zeros otherwise.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap_or([0; N])
}
