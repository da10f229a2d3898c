//! Files that can be made again from the store.

use super::Stored;
use std::io::{self, Write};

/// Bytes of a cache that stay where they are until they are asked for.
pub trait CachedBytes: Send + Sync + std::fmt::Debug {
    /// Fills `bytes` from place `at` of the payload on.
    ///
    /// # Errors
    /// Those of the storage; a payload that ends before.
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()>;
}

/// A cache that was found: written whole, from a state of the gallery that no expungement has made unlawful.
#[derive(Debug)]
pub struct CacheFile {
    /// Generation of the gallery from which it was made.
    pub generation: u64,
    /// Length of the payload, bytes.
    pub length: u64,
    /// The payload. Its content has not been checked.
    pub payload: Box<dyn CachedBytes>,
}

/// Where caches of a gallery are kept.
pub trait CacheFiles {
    /// What lies under a name; none where that is nothing, damaged in its header or its length, or from before an expungement.
    ///
    /// # Errors
    /// Those of the storage itself.
    fn open(&self, name: &str) -> Stored<Option<CacheFile>>;

    /// Writes a cache made from a generation of the gallery, whole or not at all. `false`: a specimen has been expunged since, and nothing was kept.
    ///
    /// # Errors
    /// Those of the storage itself.
    fn write_file(
        &self,
        name: &str,
        generation: u64,
        payload: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Stored<bool>;
}
