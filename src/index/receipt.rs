//! What a search returns: neighbours, and a receipt that says how they were found.

use super::Vectors;
use crate::language::Language;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A vector near a query.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Its key.
    pub key: u64,
    /// Likeness to the query, the greatest over its vectors: 1 less twice the share of bits that differ, -1 to 1.
    pub similarity: f32,
}

/// How a search was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Every eligible vector was compared: nothing can be missed.
    Exact,
    /// The heads of every eligible vector were compared, and those in full that came nearest: a neighbour can be missed.
    Screened,
    /// Graphs were walked: a neighbour can be missed.
    Graph,
}

/// Why a search was done as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    /// The caller asked for this method.
    Asked,
    /// Fewer eligible vectors than a graph pays for.
    FewEligible {
        /// Graphs pay from this many on.
        exact_below: usize,
    },
    /// So few of the vectors are eligible that a walk would mostly meet others.
    SelectiveFilter {
        /// Least share of eligible vectors for a walk, per cent.
        least_percent: u32,
    },
    /// So many neighbours are asked for that a walk would visit most vectors.
    DeepList {
        /// A walk is worth it for at most one neighbour asked in this many eligible vectors.
        eligible_per_neighbour: usize,
    },
    /// No graph has been built.
    NoGraph,
    /// So many eligible vectors that comparing all in full takes long.
    LargeGallery {
        /// Screening pays from this many on.
        screened_from: usize,
    },
    /// Many eligible vectors.
    ManyEligible {
        /// Graphs pay from this many on.
        exact_below: usize,
    },
}

impl Reason {
    /// The reason in words.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match self {
            Reason::Asked => language.pick("asked for", "pedido así").to_owned(),
            Reason::FewEligible { exact_below } => language.pick(
                format!("fewer than {exact_below} eligible marks: all were compared"),
                format!("menos de {exact_below} marcas elegibles: se compararon todas"),
            ),
            Reason::SelectiveFilter { least_percent } => language.pick(
                format!("the filter leaves less than {least_percent} % of the marks: all of those were compared"),
                format!("el filtro deja menos del {least_percent} % de las marcas: se compararon todas ellas"),
            ),
            Reason::DeepList { eligible_per_neighbour } => language.pick(
                format!("more than one in {eligible_per_neighbour} eligible marks was asked for: all were compared"),
                format!("se pidió más de una de cada {eligible_per_neighbour} marcas elegibles: se compararon todas"),
            ),
            Reason::NoGraph => language
                .pick(
                    "no graph has been built: all were compared",
                    "no se ha construido ningún grafo: se compararon todas",
                )
                .to_owned(),
            Reason::LargeGallery { screened_from } => language.pick(
                format!(
                    "{screened_from} or more eligible marks: the first 1,024 bits of all were compared, the rest of the nearest; \
                     a neighbour can be missed"
                ),
                format!(
                    "{screened_from} o más marcas elegibles: se compararon los primeros 1.024 bits de todas y el resto de las más \
                     próximas; puede faltar algún vecino"
                ),
            ),
            Reason::ManyEligible { exact_below } => language.pick(
                format!("{exact_below} or more eligible marks: graphs were walked, a neighbour can be missed"),
                format!("{exact_below} o más marcas elegibles: se recorrieron grafos, puede faltar algún vecino"),
            ),
        }
    }
}

/// How the neighbours of one query were found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchReceipt {
    /// How.
    pub method: Method,
    /// Why so.
    pub reason: Reason,
    /// Vectors in the index.
    pub vectors: usize,
    /// Vectors that the filter let through.
    pub eligible: usize,
    /// Vectors whose head was compared; 0 where nothing was screened.
    #[serde(default)]
    pub screened: usize,
    /// Vectors that were compared in full.
    pub visited: usize,
    /// Neighbours asked for.
    pub asked: usize,
    /// Neighbours returned.
    pub returned: usize,
}

/// A position and its distance, ordered so that the greatest is the best: the smaller distance, then the smaller key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub distance: u32,
    pub key: u64,
    pub position: u32,
}

impl Candidate {
    /// The vector at a position as a candidate for a query.
    pub fn of(vectors: &Vectors, query: &[Vec<u64>], position: u32) -> Self {
        let at = position as usize;
        Self { distance: vectors.distance(query, at), key: vectors.key(at), position }
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        other.distance.cmp(&self.distance).then_with(|| other.key.cmp(&self.key))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

/// The best few candidates seen so far.
#[derive(Debug)]
pub(super) struct Best {
    most: usize,
    /// The worst of them on top.
    heap: BinaryHeap<std::cmp::Reverse<Candidate>>,
}

impl Best {
    /// Room for `most` candidates; memory is taken as they come.
    pub fn new(most: usize) -> Self {
        Self { most, heap: BinaryHeap::new() }
    }

    pub fn is_full(&self) -> bool {
        self.heap.len() >= self.most
    }

    /// The worst candidate kept.
    pub fn worst(&self) -> Option<&Candidate> {
        self.heap.peek().map(|reversed| &reversed.0)
    }

    /// Whether a candidate would be kept.
    pub fn wants(&self, candidate: &Candidate) -> bool {
        self.most > 0 && (!self.is_full() || self.worst().is_some_and(|worst| candidate > worst))
    }

    pub fn offer(&mut self, candidate: Candidate) {
        if self.wants(&candidate) {
            if self.is_full() {
                self.heap.pop();
            }
            self.heap.push(std::cmp::Reverse(candidate));
        }
    }

    /// Best first.
    pub fn into_neighbours(self, vectors: &Vectors) -> Vec<Neighbour> {
        self.heap
            .into_sorted_vec()
            .into_iter()
            .map(|std::cmp::Reverse(c)| Neighbour { key: c.key, similarity: vectors.similarity(c.distance) })
            .collect()
    }
}
