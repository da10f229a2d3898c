//! Candidate search: exact scan, screening scan and parallel HNSW behind one interface.
//!
//! [`PlannedIndex`] is what the engine uses: it scans exactly while the gallery (or what a filter leaves of it) is small; when it is
//! large it screens it by the heads of the vectors, or walks HNSW graphs for short lists; and its [`SearchReceipt`] says which and why.
//! Whichever it is, distances are exact counts of differing bits, ties fall to the smaller key, and the answer is the same bytes on any
//! number of threads: what a screening keeps is found by counting ([`screen`]), graphs are built by serial insertion, many segments at a
//! time (see [`graph`]).

pub mod bytes;
pub mod exact;
pub mod graph;
mod kernel;
pub mod planner;
pub mod receipt;
pub mod screen;
mod select;
pub mod vectors;
mod walk;

pub use exact::ExactIndex;
pub use graph::{GraphParameters, HnswIndex};
pub use planner::{PlannedIndex, Planner};
pub use receipt::{Method, Neighbour, Reason, SearchReceipt};
pub use screen::Screening;
pub use vectors::Vectors;

use rayon::prelude::*;

/// What can go wrong with an index.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IndexError {
    /// A vector has another length than the index.
    #[error("index: {what}: expected {expected} words of 64 bits, got {got}")]
    Words {
        /// Which vector.
        what: String,
        /// Words of the index's vectors.
        expected: usize,
        /// Words of the vector.
        got: usize,
    },
    /// Two vectors have the same key.
    #[error("index: key {key}: expected once, got again")]
    KeyTwice {
        /// The key.
        key: u64,
    },
    /// More vectors than an index numbers.
    #[error("index: expected at most {most} vectors, got {got}")]
    TooMany {
        /// Most vectors.
        most: usize,
        /// Vectors offered.
        got: usize,
    },
    /// A parameter is outside what the method allows.
    #[error("index: parameter {field}: expected {expected}, got {got}")]
    Parameter {
        /// Which parameter.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        got: usize,
    },
    /// The bytes are not an index file, or not a whole one: build the index anew from the store.
    #[error("index file: {field}: expected {expected}, got {got}; build the index anew")]
    Damaged {
        /// Which field.
        field: &'static str,
        /// What it should be.
        expected: String,
        /// What it is.
        got: String,
    },
    /// The file is whole but belongs to another state of the gallery: build the index anew from the store.
    #[error("index file: generation: expected {expected}, got {got}; build the index anew")]
    Stale {
        /// Generation of the database.
        expected: u64,
        /// Generation the file was written for.
        got: u64,
    },
}

/// Says which keys may be returned.
pub type Filter<'a> = &'a (dyn Fn(u64) -> bool + Sync);

/// The neighbours of one query, best first, and how they were found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Sorted by similarity, greatest first, then by key.
    pub neighbours: Vec<Neighbour>,
    /// How they were found.
    pub receipt: SearchReceipt,
}

/// An index of vectors of bits under keys.
pub trait CandidateIndex: Sync {
    /// The vectors that are searched.
    fn vectors(&self) -> &Vectors;

    /// The `k` eligible vectors nearest to `query`: one or more vectors of one mark, of which the nearest counts.
    ///
    /// # Errors
    /// [`IndexError::Words`] for a query that does not fit.
    fn search(&self, query: &[Vec<u64>], k: usize, eligible: Option<Filter<'_>>) -> Result<Found, IndexError>;

    /// Many queries with one filter, in parallel; the answers stand in the order of the queries and do not depend on the
    /// number of threads.
    ///
    /// # Errors
    /// As [`CandidateIndex::search`]; the first query that fails names itself.
    fn search_many(
        &self,
        queries: &[&[Vec<u64>]],
        k: usize,
        eligible: Option<Filter<'_>>,
    ) -> Result<Vec<Found>, IndexError> {
        let answers: Vec<Result<Found, IndexError>> =
            queries.par_iter().map(|query| self.search(query, k, eligible)).collect();
        answers.into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
