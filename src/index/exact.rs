//! The exact scan: every eligible vector is compared. Default of small galleries and oracle of the graph.

use super::receipt::{Best, Candidate};
use super::{CandidateIndex, Filter, Found, IndexError, Method, Reason, SearchReceipt, Vectors};
use rayon::prelude::*;
use std::sync::Arc;

/// Vectors that one task scans: some hundred microseconds of work, so that tasks cost nothing and cores share evenly.
const TASK: usize = 8_192;

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

    fn search(&self, query: &[Vec<u64>], k: usize, eligible: Option<Filter<'_>>) -> Result<Found, IndexError> {
        self.vectors.check_query(query)?;
        let positions = eligible.map(|filter| super::graph::eligible_positions(&self.vectors, filter));
        Ok(scan(&self.vectors, query, k, positions.as_deref(), Reason::Asked))
    }
}

/// Compares a query with the vectors at some positions, or with all, on all cores. The best of the parts are the best of the whole, so the
/// answer does not depend on how it was shared.
pub(super) fn scan(
    vectors: &Vectors,
    query: &[Vec<u64>],
    k: usize,
    positions: Option<&[u32]>,
    reason: Reason,
) -> Found {
    let count = positions.map_or(vectors.len(), <[u32]>::len);
    let part = |from: usize| -> Best {
        let mut best = Best::new(k);
        for at in from..(from + TASK).min(count) {
            let position = positions.map_or(Some(at as u32), |list| list.get(at).copied());
            if let Some(position) = position {
                best.offer(Candidate::of(vectors, query, position));
            }
        }
        best
    };
    let starts: Vec<usize> = (0..count).step_by(TASK).collect();
    let best = starts.into_par_iter().map(part).reduce(|| Best::new(k), Best::merged);
    let neighbours = best.into_neighbours(vectors);
    let receipt = SearchReceipt {
        method: Method::Exact,
        reason,
        vectors: vectors.len(),
        eligible: count,
        visited: count,
        asked: k,
        returned: neighbours.len(),
    };
    Found { neighbours, receipt }
}
