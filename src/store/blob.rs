//! Bytes in the database: compressed where that helps, with a digest where it does not come with them.

use super::fault::Fault;
use crate::engine::ports::StoreError;
use crate::ids::Digest;
use std::borrow::Cow;

/// No file of a cartridge case is larger; SQLite itself stops at 1,000,000,000 bytes.
pub(super) const MOST_BYTES: u64 = 512 << 20;

/// zstd level 3, the library's default: higher levels gain 1-2 % on height maps for several times the time.
const LEVEL: i32 = 3;

/// Beginnings of files that are compressed already: zip (X3P), PNG, JPEG.
const COMPRESSED: [&[u8]; 3] = [b"PK\x03\x04", b"\x89PNG", b"\xFF\xD8\xFF"];

/// Bytes as a row holds them.
pub(super) struct Encoded<'a> {
    /// `raw` or `zstd`.
    pub(super) encoding: &'static str,
    /// Length of the plain bytes.
    pub(super) length: i64,
    /// What is stored.
    pub(super) bytes: Cow<'a, [u8]>,
}

/// Encodes bytes; those already compressed stay as they are.
pub(super) fn encode<'a>(what: &str, plain: &'a [u8]) -> Result<Encoded<'a>, Fault> {
    let length = plain.len() as u64;
    if length > MOST_BYTES {
        return Err(StoreError::TooLarge { what: what.to_owned(), limit: MOST_BYTES, got: length }.into());
    }
    let raw = Encoded { encoding: "raw", length: length as i64, bytes: Cow::Borrowed(plain) };
    if COMPRESSED.iter().any(|magic| plain.starts_with(magic)) {
        return Ok(raw);
    }
    match zstd::bulk::compress(plain, LEVEL) {
        Ok(packed) if packed.len() < plain.len() => Ok(Encoded { encoding: "zstd", bytes: Cow::Owned(packed), ..raw }),
        _ => Ok(raw),
    }
}

/// The plain bytes, with their digest checked.
pub(super) fn decode(
    what: &str,
    encoding: &str,
    length: i64,
    bytes: Vec<u8>,
    digest: Digest,
) -> Result<Vec<u8>, Fault> {
    let damaged = |why: String| Fault::Damaged(format!("{what}: {why}"));
    let length = usize::try_from(length)
        .ok()
        .filter(|l| *l as u64 <= MOST_BYTES)
        .ok_or_else(|| damaged(format!("length {length}")))?;
    let plain = match encoding {
        "raw" => bytes,
        "zstd" => zstd::bulk::decompress(&bytes, length).map_err(|e| damaged(e.to_string()))?,
        other => return Err(damaged(format!("encoding: expected raw or zstd, got {other}"))),
    };
    if plain.len() != length {
        return Err(damaged(format!("expected {length} bytes, got {}", plain.len())));
    }
    let found = Digest::of(&plain);
    if found != digest {
        return Err(damaged(format!("expected SHA-256 {digest}, got {found}")));
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_come_back(plain in proptest::collection::vec(0u8..4, 0..3000)) {
            let encoded = encode("test", &plain).unwrap();
            let back = decode("test", encoded.encoding, encoded.length, encoded.bytes.to_vec(), Digest::of(&plain));
            prop_assert_eq!(back.unwrap(), plain);
        }
    }

    #[test]
    fn a_zip_stays_as_it_is_and_a_flipped_byte_is_seen() {
        let zip = [b"PK\x03\x04".as_slice(), &[0; 500]].concat();
        assert_eq!(encode("zip", &zip).unwrap().encoding, "raw");
        let plain = vec![7u8; 5000];
        let encoded = encode("plain", &plain).unwrap();
        assert_eq!(encoded.encoding, "zstd");
        for at in 0..encoded.bytes.len() {
            let mut bytes = encoded.bytes.to_vec();
            bytes[at] ^= 1;
            // A flip that the decompressor ignores (a reserved bit) may still give the right bytes, never wrong ones.
            if let Ok(back) = decode("plain", "zstd", 5000, bytes, Digest::of(&plain)) {
                assert_eq!(back, plain);
            }
        }
        assert!(decode("plain", "raw", 5000, vec![8u8; 5000], Digest::of(&plain)).is_err());
        assert!(decode("plain", "raw", -1, vec![], Digest::of(b"")).is_err());
    }
}
