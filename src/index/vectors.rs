//! Vectors under keys in one flat array, and their inner product.

use super::IndexError;
use std::collections::HashSet;

/// Most vectors of one index: positions are 32 bits, and one value stands for "none".
pub const MOST_VECTORS: usize = u32::MAX as usize - 1;
/// Products that are summed side by side: sixteen f32 fill one AVX-512 register, two AVX or four SSE registers.
const LANES: usize = 16;

/// Vectors of equal length under unique keys, in the order in which they were added.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vectors {
    dimensions: usize,
    keys: Vec<u64>,
    values: Vec<f32>,
}

impl Vectors {
    /// No vectors yet.
    #[must_use]
    pub fn new(dimensions: usize) -> Self {
        Self { dimensions, keys: Vec::new(), values: Vec::new() }
    }

    /// Vectors from their parts: keys and, `dimensions` a key, values.
    ///
    /// # Errors
    /// [`IndexError`] for lengths that do not fit, keys that come twice and values that are no finite numbers.
    pub fn from_parts(dimensions: usize, keys: Vec<u64>, values: Vec<f32>) -> Result<Self, IndexError> {
        if keys.len() > MOST_VECTORS {
            return Err(IndexError::TooMany { most: MOST_VECTORS, got: keys.len() });
        }
        if keys.len().checked_mul(dimensions) != Some(values.len()) {
            let got = values.len() / keys.len().max(1);
            return Err(IndexError::Dimensions { what: "all vectors".to_owned(), expected: dimensions, got });
        }
        let mut seen = HashSet::with_capacity(keys.len());
        if let Some(&key) = keys.iter().find(|&&key| !seen.insert(key)) {
            return Err(IndexError::KeyTwice { key });
        }
        let vectors = Self { dimensions, keys, values };
        for position in 0..vectors.len() {
            check(vectors.get(position), dimensions, || format!("vector of key {}", vectors.key(position)))?;
        }
        Ok(vectors)
    }

    /// The same vectors followed by more.
    ///
    /// # Errors
    /// As [`Vectors::from_parts`].
    pub fn with<'a>(&self, more: impl IntoIterator<Item = (u64, &'a [f32])>) -> Result<Self, IndexError> {
        let (mut keys, mut values) = (self.keys.clone(), self.values.clone());
        for (key, vector) in more {
            check(vector, self.dimensions, || format!("vector of key {key}"))?;
            keys.push(key);
            values.extend_from_slice(vector);
        }
        Self::from_parts(self.dimensions, keys, values)
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

    /// Length of every vector.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// All keys in order.
    #[must_use]
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// All values, vector by vector.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The vector at a position; empty beyond the end.
    #[must_use]
    pub fn get(&self, position: usize) -> &[f32] {
        let from = position.saturating_mul(self.dimensions);
        self.values.get(from..from.saturating_add(self.dimensions)).unwrap_or(&[])
    }

    /// The key at a position; 0 beyond the end.
    #[must_use]
    pub fn key(&self, position: usize) -> u64 {
        self.keys.get(position).copied().unwrap_or(0)
    }

    /// Checks a query against these vectors.
    ///
    /// # Errors
    /// [`IndexError::Dimensions`] and [`IndexError::NotFinite`].
    pub fn check_query(&self, query: &[f32]) -> Result<(), IndexError> {
        check(query, self.dimensions, || "query".to_owned())
    }
}

fn check(vector: &[f32], dimensions: usize, what: impl Fn() -> String) -> Result<(), IndexError> {
    if vector.len() != dimensions {
        return Err(IndexError::Dimensions { what: what(), expected: dimensions, got: vector.len() });
    }
    match vector.iter().position(|v| !v.is_finite()) {
        Some(component) => Err(IndexError::NotFinite { what: what(), component, got: vector[component] }),
        None => Ok(()),
    }
}

/// Inner product in sixteen lanes that are added pairwise at the end. The order of all sums is fixed and no fused
/// multiply-add is used, so the bits do not depend on how wide the machine's registers are.
#[must_use]
pub fn inner_product(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0f32; LANES];
    let (whole_a, rest_a) = a.as_chunks::<LANES>();
    let (whole_b, rest_b) = b.as_chunks::<LANES>();
    for (a, b) in whole_a.iter().zip(whole_b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    for (lane, (a, b)) in lanes.iter_mut().zip(rest_a.iter().zip(rest_b)) {
        *lane += a * b;
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}
