//! The exact scan: every eligible vector is compared. Default of small galleries and oracle of the graph.

use super::receipt::{Best, Candidate};
use super::vectors::inner_product;
use super::{CandidateIndex, Filter, Found, IndexError, Method, Reason, SearchReceipt, Vectors};
use std::sync::Arc;

/// Compares a query with every eligible vector.
#[derive(Debug, Clone)]
pub struct ExactIndex {
    vectors: Arc<Vectors>,
}

impl ExactIndex {
    /// An index of these vectors; nothing is built.
    #[must_use]
    pub fn new(vectors: Arc<Vectors>) -> Self {
        Self { vectors }
    }
}

impl CandidateIndex for ExactIndex {
    fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    fn search(&self, query: &[f32], k: usize, eligible: Option<Filter<'_>>) -> Result<Found, IndexError> {
        self.vectors.check_query(query)?;
        let positions = 0..self.vectors.len() as u32;
        Ok(match eligible {
            None => scan(&self.vectors, query, k, positions, Reason::Asked),
            Some(filter) => {
                let positions = positions.filter(|&p| filter(self.vectors.key(p as usize)));
                scan(&self.vectors, query, k, positions, Reason::Asked)
            }
        })
    }
}

/// Compares a query with the vectors at some positions.
pub(super) fn scan(
    vectors: &Vectors,
    query: &[f32],
    k: usize,
    positions: impl Iterator<Item = u32>,
    reason: Reason,
) -> Found {
    let mut best = Best::new(k);
    let visited = offer_all(vectors, query, positions, &mut best);
    let neighbours = best.into_neighbours();
    let receipt = SearchReceipt {
        method: Method::Exact,
        reason,
        vectors: vectors.len(),
        eligible: visited,
        visited,
        asked: k,
        returned: neighbours.len(),
    };
    Found { neighbours, receipt }
}

/// Offers the vectors at some positions; returns how many there were.
pub(super) fn offer_all(
    vectors: &Vectors,
    query: &[f32],
    positions: impl Iterator<Item = u32>,
    best: &mut Best,
) -> usize {
    let mut visited = 0;
    for position in positions {
        let similarity = inner_product(query, vectors.get(position as usize));
        best.offer(Candidate { similarity, key: vectors.key(position as usize), position });
        visited += 1;
    }
    visited
}
