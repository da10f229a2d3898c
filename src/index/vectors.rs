//! Vectors of bits under keys in one flat array, and their heads in another.

use super::IndexError;
use super::kernel::{Block, HEAD, LANES, nearest};
use rayon::prelude::*;
use std::collections::HashSet;

pub use super::kernel::hamming;

/// Most vectors of one index: positions are 32 bits, and one value stands for "none".
pub const MOST_VECTORS: usize = u32::MAX as usize - 1;

/// Shorter vectors have no heads: to compare them in full costs little more.
const LEAST_WORDS: usize = 4 * HEAD;

/// Vectors of equally many bits under unique keys, in the order in which they were added.
///
/// Why bits: at equal memory the signs of many random projections of a mark's features rank better than few projections as
/// numbers (1 KB a mark, 103 real scans: best mates 16.5 against 12.8 standard deviations above other marks on one study, 24.6
/// against 16.5 on another), and they are compared by counting, which is exact and the same on every machine.
///
/// Why heads: any part of such a sketch is a shorter sketch, and a copy of the first 1,024 bits of every vector, an eighth more memory,
/// can be read eight times faster than the vectors ([`super::screen`]).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vectors {
    words: usize,
    keys: Vec<u64>,
    values: Vec<u64>,
    /// The first words of every vector, eight vectors a block; zeros fill the last block up. Empty for short vectors.
    heads: Vec<Block>,
    /// Whether some key is smaller than one before it, so that a new key has to be looked for among all.
    unordered: bool,
}

impl Vectors {
    /// No vectors yet; each will have `words` words of 64 bits.
    #[must_use]
    pub fn new(words: usize) -> Self {
        Self { words, ..Self::default() }
    }

    /// Vectors from their parts: keys and, `words` a key, values.
    ///
    /// # Errors
    /// [`IndexError`] for lengths that do not fit and keys that come twice.
    pub fn from_parts(words: usize, keys: Vec<u64>, values: Vec<u64>) -> Result<Self, IndexError> {
        if keys.len() > MOST_VECTORS {
            return Err(IndexError::TooMany { most: MOST_VECTORS, got: keys.len() });
        }
        if keys.len().checked_mul(words) != Some(values.len()) {
            let got = values.len() / keys.len().max(1);
            return Err(IndexError::Words { what: "all vectors".to_owned(), expected: words, got });
        }
        // Keys that rise, as those of a gallery do, need no table to be known as unique.
        let unordered = !keys.is_sorted_by(|a, b| a < b);
        if unordered {
            let mut seen = HashSet::with_capacity(keys.len());
            if let Some(&key) = keys.iter().find(|&&key| !seen.insert(key)) {
                return Err(IndexError::KeyTwice { key });
            }
        }
        let mut heads = Vec::new();
        if words >= LEAST_WORDS {
            values.par_chunks(LANES * words).map(|vectors| block_of(vectors, words)).collect_into_vec(&mut heads);
        }
        Ok(Self { words, keys, values, heads, unordered })
    }

    /// The same vectors followed by more.
    ///
    /// # Errors
    /// As [`Vectors::append`].
    pub fn with<'a>(&self, more: impl IntoIterator<Item = (u64, &'a [u64])>) -> Result<Self, IndexError> {
        let mut all = self.clone();
        all.append(more)?;
        Ok(all)
    }

    /// Adds vectors at the end, without copying those that are there: memory grows by doubling. Keys that rise are known as unique at once;
    /// any other is looked for among all.
    ///
    /// # Errors
    /// [`IndexError`] for a vector of another length, a key that is there already, and too many; nothing is added then.
    pub fn append<'a>(&mut self, more: impl IntoIterator<Item = (u64, &'a [u64])>) -> Result<(), IndexError> {
        let before = (self.len(), self.unordered);
        let added = more.into_iter().try_for_each(|(key, vector)| self.push(key, vector));
        if added.is_err() {
            self.keys.truncate(before.0);
            self.unordered = before.1;
            self.values.truncate(before.0 * self.words);
            self.heads.truncate(before.0.div_ceil(LANES));
            // The last block may hold words of vectors that are gone.
            if let (Some(last), true) = (self.heads.last_mut(), !before.0.is_multiple_of(LANES)) {
                *last = block_of(self.values.get((before.0 / LANES) * LANES * self.words..).unwrap_or(&[]), self.words);
            }
        }
        added
    }

    fn push(&mut self, key: u64, vector: &[u64]) -> Result<(), IndexError> {
        check(vector, self.words, || format!("vector of key {key}"))?;
        if self.len() >= MOST_VECTORS {
            return Err(IndexError::TooMany { most: MOST_VECTORS, got: self.len() + 1 });
        }
        let rises = self.keys.last().is_none_or(|&last| last < key);
        if (self.unordered || !rises) && self.keys.contains(&key) {
            return Err(IndexError::KeyTwice { key });
        }
        self.unordered |= !rises;
        if self.words >= LEAST_WORDS {
            let lane = self.len() % LANES;
            if lane == 0 {
                self.heads.push([[0; LANES]; HEAD]);
            }
            if let Some(block) = self.heads.last_mut() {
                block.iter_mut().zip(vector).for_each(|(row, word)| row[lane] = *word);
            }
        }
        self.keys.push(key);
        self.values.extend_from_slice(vector);
        Ok(())
    }

    /// How many vectors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Words of 64 bits of every vector.
    #[must_use]
    pub fn words(&self) -> usize {
        self.words
    }

    /// All keys in order.
    #[must_use]
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// All values, vector by vector.
    #[must_use]
    pub fn values(&self) -> &[u64] {
        &self.values
    }

    /// The first 1,024 bits of all vectors, eight vectors a block; none where vectors are too short for it to pay.
    pub(super) fn heads(&self) -> Option<&[Block]> {
        (self.words >= LEAST_WORDS).then_some(self.heads.as_slice())
    }

    /// The vector at a position; empty beyond the end.
    #[must_use]
    pub fn get(&self, position: usize) -> &[u64] {
        let from = position.saturating_mul(self.words);
        self.values.get(from..from.saturating_add(self.words)).unwrap_or(&[])
    }

    /// The key at a position; 0 beyond the end.
    #[must_use]
    pub fn key(&self, position: usize) -> u64 {
        self.keys.get(position).copied().unwrap_or(0)
    }

    /// Checks a query, one or more vectors of one mark, against these vectors.
    ///
    /// # Errors
    /// [`IndexError::Words`], also for a query without vectors.
    pub fn check_query(&self, query: &[Vec<u64>]) -> Result<(), IndexError> {
        if query.is_empty() {
            return Err(IndexError::Words { what: "query without vectors".to_owned(), expected: self.words, got: 0 });
        }
        query.iter().try_for_each(|vector| check(vector, self.words, || "query".to_owned()))
    }

    /// Distance of the vector at a position from the nearest vector of a query.
    pub(super) fn distance(&self, query: &[Vec<u64>], position: usize) -> u32 {
        nearest(query, self.get(position))
    }

    /// The cosine that a distance stands for if bits were signs: 1 for equal vectors, 0 for as many equal as different bits.
    pub(super) fn similarity(&self, distance: u32) -> f32 {
        let bits = (64 * self.words).max(1);
        (1.0 - 2.0 * f64::from(distance) / bits as f64) as f32
    }
}

fn check(vector: &[u64], words: usize, what: impl Fn() -> String) -> Result<(), IndexError> {
    if vector.len() == words {
        return Ok(());
    }
    Err(IndexError::Words { what: what(), expected: words, got: vector.len() })
}

/// The heads of up to eight vectors.
fn block_of(vectors: &[u64], words: usize) -> Block {
    let mut block = [[0; LANES]; HEAD];
    for (lane, vector) in vectors.chunks_exact(words.max(1)).enumerate().take(LANES) {
        block.iter_mut().zip(vector).for_each(|(row, word)| row[lane] = *word);
    }
    block
}
