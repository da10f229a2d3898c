//! The exact scan: every eligible vector is compared. Default of small galleries and oracle of everything else.

use super::kernel::{nearest, soon};
use super::receipt::Candidate;
use super::select::{threshold, up_to};
use super::{CandidateIndex, Filter, Found, IndexError, Method, Neighbour, Reason, SearchReceipt, Vectors};
use rayon::prelude::*;
use std::sync::Arc;

/// Vectors that one task compares: some hundred microseconds of work, so that tasks cost nothing and cores share evenly.
const TASK: usize = 2_048;
/// How many vectors ahead the memory is asked: a vector is compared in some hundred nanoseconds, about what memory takes.
const AHEAD: usize = 4;

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

/// Compares a query with the vectors at some positions, or with all, on all cores.
pub(super) fn scan(
    vectors: &Vectors,
    query: &[Vec<u64>],
    k: usize,
    positions: Option<&[u32]>,
    reason: Reason,
) -> Found {
    let count = positions.map_or(vectors.len(), <[u32]>::len);
    let neighbours = compared(vectors, query, k, positions);
    let receipt = SearchReceipt {
        method: Method::Exact,
        reason,
        vectors: vectors.len(),
        eligible: count,
        screened: 0,
        visited: count,
        asked: k,
        returned: neighbours.len(),
    };
    Found { neighbours, receipt }
}

/// The `k` nearest of the vectors at some positions, or of all: every distance first, then the least of them. Which task computed a distance
/// leaves no trace.
pub(super) fn compared(vectors: &Vectors, query: &[Vec<u64>], k: usize, positions: Option<&[u32]>) -> Vec<Neighbour> {
    let count = positions.map_or(vectors.len(), <[u32]>::len);
    let position = |at: usize| positions.map_or(Some(at as u32), |list| list.get(at).copied());
    let mut distances = vec![0u32; count];
    distances.par_chunks_mut(TASK).enumerate().for_each(|(task, part)| {
        for (at, distance) in (task * TASK..).zip(part) {
            // The machine does not look across pages by itself, nor over gaps.
            if let Some(next) = position(at + AHEAD) {
                soon(vectors.get(next as usize));
            }
            *distance = position(at).map_or(u32::MAX, |p| nearest(query, vectors.get(p as usize)));
        }
    });
    let Some(most) = threshold(&distances, 64 * vectors.words() + 1, k) else { return Vec::new() };
    let mut best: Vec<Candidate> = up_to(&distances, most)
        .into_iter()
        .filter_map(|at| {
            let (distance, position) = (*distances.get(at as usize)?, position(at as usize)?);
            Some(Candidate { distance, key: vectors.key(position as usize), position })
        })
        .collect();
    best.par_sort_unstable_by(|a, b| b.cmp(a));
    best.truncate(k);
    best.into_iter().map(|c| Neighbour { key: c.key, similarity: vectors.similarity(c.distance) }).collect()
}
