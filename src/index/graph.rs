//! The graph index: HNSW graphs built by `hnsw_rs`, kept and walked as flat arrays.
//!
//! **Segments.** The vectors are cut into segments of a fixed size in the order in which they were added; each segment
//! gets its own graph, and a query walks them all. That buys three things:
//!
//! - *Parallel and deterministic at once.* Parallel insertion into one graph depends on the timing of threads. Here every
//!   graph is filled by one thread in a fixed order (`hnsw_rs` draws its levels from a fixed seed), while many graphs are
//!   filled at the same time. The same vectors give the same bytes on any number of threads.
//! - *Growth.* A full segment never changes: adding marks rebuilds the last segment only.
//! - *Bounded build time a segment*. The price: a query costs a walk a segment.
//!
//! **Flat arrays.** What `hnsw_rs` builds is copied into arrays of neighbours (`walk`), which are searched four
//! times faster and written to a checksummed file ([`super::bytes`]); its own dump can end the process when damaged.
//!
//! **Nothing unreachable.** Some per cent of the vectors of such a graph are in no other vector's list, so that no walk
//! finds them. After the build every vector is put into the list of its own nearest neighbour, and what a walk over all
//! links still does not reach is linked from the nearest vector that is reached.

use super::kernel::hamming;
use super::receipt::{Best, Candidate};
use super::walk::{Layer, Segment};
use super::{CandidateIndex, Filter, Found, IndexError, Method, Reason, SearchReceipt, Vectors};
use hnsw_rs::prelude::{Distance, Hnsw};
use rayon::prelude::*;
use std::sync::Arc;

/// Most layers of a graph, as in `hnsw_rs`.
pub(super) const MOST_LAYERS: usize = 16;

/// How graphs are built and walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GraphParameters {
    /// Vectors of a segment.
    pub segment: usize,
    /// Fewer vectors than this after the last full segment get no graph and are scanned.
    pub tail: usize,
    /// Links a vector and layer (M of Malkov and Yashunin), twice as many on the full layer; 2 to 128.
    pub connections: usize,
    /// Width of the beam while building.
    pub build_width: usize,
    /// Least width of the beam while searching.
    pub search_width: usize,
}

impl Default for GraphParameters {
    /// Segments of 131,072: a query costs a walk a segment, and a walk costs little more in a large graph than in a small one. M 16 and width 128
    /// as measured best for this crate.
    fn default() -> Self {
        Self { segment: 131_072, tail: 4_096, connections: 16, build_width: 128, search_width: 64 }
    }
}

impl GraphParameters {
    /// Checks the parameters against what the method allows.
    ///
    /// # Errors
    /// [`IndexError::Parameter`].
    pub fn validate(&self) -> Result<(), IndexError> {
        let within = |field, got: usize, least: usize, most: usize, expected| {
            if (least..=most).contains(&got) { Ok(()) } else { Err(IndexError::Parameter { field, expected, got }) }
        };
        within("segment", self.segment, 2, 1 << 24, "2 to 16777216")?;
        within("tail", self.tail, 1, self.segment, "1 to the segment's size")?;
        within("connections", self.connections, 2, 128, "2 to 128")?;
        within("build_width", self.build_width, 1, 1 << 16, "1 to 65536")?;
        within("search_width", self.search_width, 1, 1 << 16, "1 to 65536")
    }
}

/// Differing bits as `hnsw_rs` wants them; counts below 2^24 are exact in f32.
#[derive(Debug, Clone, Copy)]
struct DifferingBits;

impl Distance<u64> for DifferingBits {
    fn eval(&self, a: &[u64], b: &[u64]) -> f32 {
        hamming(a, b) as f32
    }
}

/// HNSW graphs over segments of the vectors.
#[derive(Debug, Clone)]
pub struct HnswIndex {
    pub(super) vectors: Arc<Vectors>,
    pub(super) segments: Vec<Segment>,
    pub(super) parameters: GraphParameters,
}

impl HnswIndex {
    /// Builds the graphs, segments in parallel.
    ///
    /// # Errors
    /// [`IndexError::Parameter`].
    pub fn build(vectors: Arc<Vectors>, parameters: GraphParameters) -> Result<Self, IndexError> {
        Self::build_after(&[], vectors, parameters)
    }

    /// The index of more vectors, of which this index's are the first: full segments are kept, the rest is built.
    /// Gives what [`HnswIndex::build`] gives.
    ///
    /// # Errors
    /// [`IndexError::Parameter`]; also when `vectors` does not begin with this index's own.
    pub fn extended(&self, vectors: Arc<Vectors>) -> Result<Self, IndexError> {
        let (keys, values) = (self.vectors.keys(), self.vectors.values());
        if !vectors.keys().starts_with(keys) || !vectors.values().starts_with(values) {
            let expected = "vectors that begin with those of the index";
            return Err(IndexError::Parameter { field: "vectors", expected, got: vectors.len() });
        }
        let full = self.segments.iter().take_while(|s| s.count as usize == self.parameters.segment).count();
        Self::build_after(&self.segments[..full], vectors, self.parameters)
    }

    /// Builds graphs over what follows the last full segment.
    pub(super) fn rebuild_tail(&mut self) -> Result<(), IndexError> {
        self.segments
            .truncate(self.segments.iter().take_while(|s| s.count as usize == self.parameters.segment).count());
        *self = Self::build_after(&self.segments, self.vectors.clone(), self.parameters)?;
        Ok(())
    }

    fn build_after(kept: &[Segment], vectors: Arc<Vectors>, parameters: GraphParameters) -> Result<Self, IndexError> {
        parameters.validate()?;
        let from = kept.len() * parameters.segment;
        let starts: Vec<usize> = (from..vectors.len()).step_by(parameters.segment).collect();
        let built: Vec<Option<Segment>> = starts
            .par_iter()
            .map(|&first| {
                let count = parameters.segment.min(vectors.len() - first);
                (count >= parameters.tail).then(|| build_segment(&vectors, first, count, &parameters))
            })
            .collect();
        let segments = kept.iter().cloned().chain(built.into_iter().flatten()).collect();
        Ok(Self { vectors, segments, parameters })
    }

    /// How many segments have a graph.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        self.segments.len()
    }

    /// Walks with another least width of the beam from now on; the graphs stay as they are.
    ///
    /// # Errors
    /// [`IndexError::Parameter`].
    pub fn set_search_width(&mut self, search_width: usize) -> Result<(), IndexError> {
        let parameters = GraphParameters { search_width, ..self.parameters };
        parameters.validate()?;
        self.parameters = parameters;
        Ok(())
    }

    /// How the graphs were built.
    #[must_use]
    pub fn parameters(&self) -> &GraphParameters {
        &self.parameters
    }

    /// First position that no graph covers.
    pub(super) fn tail_from(&self) -> usize {
        self.segments.last().map_or(0, |s| s.first as usize + s.count as usize)
    }

    /// Walks all graphs and scans the tail; `eligible` are the positions that may be returned.
    pub(super) fn walk(&self, query: &[Vec<u64>], k: usize, eligible: Option<&[u32]>, reason: Reason) -> Found {
        let vectors = &self.vectors;
        let bits = eligible.map(|positions| {
            let mut bits = vec![0u64; vectors.len().div_ceil(64)];
            for &position in positions {
                bits[position as usize / 64] |= 1 << (position % 64);
            }
            bits
        });
        let count = eligible.map_or(vectors.len(), <[u32]>::len);
        // The fewer are eligible, the wider the beam has to be to meet k of them. Twice that, because the last of a list
        // as long as the beam are the first to be missed (recall@100 .94 with a beam of 100).
        let crowd = vectors.len().div_ceil(count.max(1));
        let width = self.parameters.search_width.max(k.saturating_mul(2 * crowd)).min(self.parameters.segment);
        let mut best = Best::new(k);
        let mut visited = 0;
        for segment in &self.segments {
            visited += segment.walk(vectors, query, width, bits.as_deref(), &mut best);
        }
        let may = |p: &u32| bits.as_ref().is_none_or(|bits| bits[*p as usize / 64] >> (p % 64) & 1 == 1);
        for position in (self.tail_from() as u32..vectors.len() as u32).filter(may) {
            visited += 1;
            best.offer(Candidate::of(vectors, query, position));
        }
        let neighbours = best.into_neighbours(vectors);
        let receipt = SearchReceipt {
            method: if self.segments.is_empty() { Method::Exact } else { Method::Graph },
            reason,
            vectors: vectors.len(),
            eligible: count,
            screened: 0,
            visited,
            asked: k,
            returned: neighbours.len(),
        };
        Found { neighbours, receipt }
    }
}

impl CandidateIndex for HnswIndex {
    fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    fn search(&self, query: &[Vec<u64>], k: usize, eligible: Option<Filter<'_>>) -> Result<Found, IndexError> {
        self.vectors.check_query(query)?;
        let positions = eligible.map(|filter| eligible_positions(&self.vectors, filter));
        Ok(self.walk(query, k, positions.as_deref(), Reason::Asked))
    }
}

/// The positions whose keys a filter lets through, ascending.
pub(super) fn eligible_positions(vectors: &Vectors, filter: Filter<'_>) -> Vec<u32> {
    (0..vectors.len() as u32).into_par_iter().filter(|&p| filter(vectors.key(p as usize))).collect()
}

/// Builds one graph by serial insertion and copies it into flat arrays.
fn build_segment(vectors: &Vectors, first: usize, count: usize, parameters: &GraphParameters) -> Segment {
    let graph: Hnsw<'_, u64, DifferingBits> =
        Hnsw::new(parameters.connections, count, MOST_LAYERS, parameters.build_width, DifferingBits);
    for node in 0..count {
        graph.insert((vectors.get(first + node), node));
    }
    let top = usize::from(graph.get_max_level_observed());
    let points = graph.get_point_indexation();
    // The entry is the first vector that was drawn on the highest layer: what `hnsw_rs` uses too.
    let entry = points.get_layer_iterator(top).map(|p| p.get_origin_id()).min().unwrap_or(0);
    let mut lists = vec![vec![Vec::new(); count]; top + 1];
    for level in 0..=top {
        for point in points.get_layer_iterator(level) {
            let node = point.get_origin_id();
            // A vector on layer `level` is on all layers below; links above its own layer are leftovers of the build.
            for (layer, links) in point.get_neighborhood_id().into_iter().enumerate().take(level + 1) {
                lists[layer][node] = links.into_iter().map(|n| n.d_id as u32).filter(|&n| n as usize != node).collect();
            }
        }
    }
    let distance = |a: u32, b: u32| hamming(vectors.get(first + a as usize), vectors.get(first + b as usize));
    if let Some(full) = lists.first_mut() {
        make_reachable(full, entry as u32, distance);
    }
    Segment {
        first: first as u32,
        count: count as u32,
        entry: entry as u32,
        layers: lists.iter().map(|l| Layer::from_lists(l)).collect(),
    }
}

/// Adds links until a walk from `entry` can reach every node; see the module.
pub(super) fn make_reachable(lists: &mut [Vec<u32>], entry: u32, distance: impl Fn(u32, u32) -> u32) {
    for node in 0..lists.len() as u32 {
        if let Some(nearest) = lists[node as usize].first().copied()
            && !lists[nearest as usize].contains(&node)
        {
            lists[nearest as usize].push(node);
        }
    }
    let mut reached = vec![false; lists.len()];
    let mut open = Vec::new();
    let visit = |from: u32, lists: &[Vec<u32>], reached: &mut [bool], open: &mut Vec<u32>| {
        reached[from as usize] = true;
        open.push(from);
        while let Some(node) = open.pop() {
            for &next in &lists[node as usize] {
                if !std::mem::replace(&mut reached[next as usize], true) {
                    open.push(next);
                }
            }
        }
    };
    visit(entry, lists, &mut reached, &mut open);
    for node in 0..lists.len() as u32 {
        if reached[node as usize] {
            continue;
        }
        let anchor = (0..lists.len() as u32)
            .filter(|&other| reached[other as usize])
            .map(|other| Candidate { distance: distance(node, other), key: u64::from(other), position: other })
            .max();
        if let Some(anchor) = anchor {
            lists[anchor.position as usize].push(node);
        }
        visit(node, lists, &mut reached, &mut open);
    }
}
