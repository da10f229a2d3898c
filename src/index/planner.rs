//! The planner: exact scan, screening scan or graphs, by the number of eligible vectors, the filter and the depth of the list.

use super::graph::eligible_positions;
use super::screen::{Screening, screened};
use super::{CandidateIndex, Filter, Found, GraphParameters, HnswIndex, IndexError, Method, Reason, Vectors, exact};
use std::sync::Arc;

/// When graphs are walked, and when vectors are screened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Planner {
    /// Fewer eligible vectors than this are scanned, and a smaller gallery gets no graph at all.
    pub exact_below: usize,
    /// A filter that leaves a smaller share than this is no case for graphs, per cent.
    pub least_percent: u32,
    /// Graphs are walked for a list when at most one in this many eligible vectors is asked for.
    pub eligible_per_neighbour: usize,
    /// How many are screened and kept where graphs do not pay.
    pub screening: Screening,
}

impl Default for Planner {
    /// 25,000: where a walk begins to beat a scan for short lists. Below a quarter eligible a walk meets mostly others; a list of more than
    /// one in 10,000 makes it visit vectors all over the memory, at no gain over a screening that is worth graphs of hours: the list of 5,000
    /// of a search is screened in galleries of ten million, too.
    fn default() -> Self {
        Self { exact_below: 25_000, least_percent: 25, eligible_per_neighbour: 10_000, screening: Screening::default() }
    }
}

impl Planner {
    /// How to search, and why.
    #[must_use]
    pub fn plan(&self, vectors: usize, eligible: usize, k: usize, has_graph: bool) -> (Method, Reason) {
        let deep = k.saturating_mul(self.eligible_per_neighbour) > eligible;
        let selective = (eligible as u128) * 100 < (vectors as u128) * u128::from(self.least_percent);
        if eligible >= self.exact_below && has_graph && !selective && !deep {
            return (Method::Graph, Reason::ManyEligible { exact_below: self.exact_below });
        }
        if self.screening.pays(eligible, k) {
            return (Method::Screened, Reason::LargeGallery { screened_from: self.screening.from });
        }
        let reason = if eligible < self.exact_below {
            Reason::FewEligible { exact_below: self.exact_below }
        } else if !has_graph {
            Reason::NoGraph
        } else if selective {
            Reason::SelectiveFilter { least_percent: self.least_percent }
        } else {
            Reason::DeepList { eligible_per_neighbour: self.eligible_per_neighbour }
        };
        (Method::Exact, reason)
    }

    /// Whether graphs over so many vectors would ever be walked for lists of `list` or more.
    #[must_use]
    pub fn wants_graphs(&self, vectors: usize, list: usize) -> bool {
        vectors > 0 && self.plan(vectors, vectors, list, true).0 == Method::Graph
    }
}

/// Scans and graphs over the same vectors, chosen query by query.
#[derive(Debug, Clone)]
pub struct PlannedIndex {
    pub(super) graph: HnswIndex,
    pub(super) planner: Planner,
    pub(super) list: usize,
}

impl PlannedIndex {
    /// Builds what the planner will use for lists of `list` neighbours or more: graphs, which take minutes for every hundred thousand vectors,
    /// only where it would walk them.
    ///
    /// # Errors
    /// [`IndexError::Parameter`].
    pub fn build(
        vectors: Arc<Vectors>,
        graph: GraphParameters,
        planner: Planner,
        list: usize,
    ) -> Result<Self, IndexError> {
        graph.validate()?;
        let graph = if planner.wants_graphs(vectors.len(), list) {
            HnswIndex::build(vectors, graph)?
        } else {
            HnswIndex { vectors, segments: Vec::new(), parameters: graph }
        };
        Ok(Self { graph, planner, list })
    }

    /// The index of more vectors, of which this index's are the first; what [`PlannedIndex::build`] gives, with full
    /// segments kept.
    ///
    /// # Errors
    /// As [`HnswIndex::extended`].
    pub fn extended(&self, vectors: Arc<Vectors>) -> Result<Self, IndexError> {
        if !self.planner.wants_graphs(vectors.len(), self.list) {
            return Self::build(vectors, self.graph.parameters, self.planner, self.list);
        }
        Ok(Self { graph: self.graph.extended(vectors)?, planner: self.planner, list: self.list })
    }

    /// Adds vectors in place; they are copied only if somebody else holds the index's vectors. New vectors are scanned beside the graphs until
    /// there are as many as [`GraphParameters::tail`] and half as many as the last graph has; then that is built anew with them, which costs no
    /// more than a few insertions a vector in the long run. So the graphs depend on the steps of growth,
    /// where [`PlannedIndex::extended`] gives those of a build at once.
    ///
    /// # Errors
    /// As [`Vectors::append`]; the index is unchanged then.
    pub fn append<'a>(&mut self, more: impl IntoIterator<Item = (u64, &'a [u64])>) -> Result<(), IndexError> {
        Arc::make_mut(&mut self.graph.vectors).append(more)?;
        let vectors = self.graph.vectors.len();
        let alone = vectors - self.graph.tail_from();
        let last = self.graph.segments.last().map_or(0, |s| s.count as usize % self.graph.parameters.segment);
        if alone >= self.graph.parameters.tail.max(last / 2) && self.planner.wants_graphs(vectors, self.list) {
            self.graph.rebuild_tail()?;
        }
        Ok(())
    }

    /// How many segments have a graph.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        self.graph.segment_count()
    }
}

impl CandidateIndex for PlannedIndex {
    fn vectors(&self) -> &Vectors {
        &self.graph.vectors
    }

    fn search(&self, query: &[Vec<u64>], k: usize, eligible: Option<Filter<'_>>) -> Result<Found, IndexError> {
        let vectors = self.vectors();
        vectors.check_query(query)?;
        // A filter that lets everything through is none.
        let positions = eligible.map(|f| eligible_positions(vectors, f)).filter(|list| list.len() < vectors.len());
        let count = positions.as_ref().map_or(vectors.len(), Vec::len);
        let (method, reason) = self.planner.plan(vectors.len(), count, k, self.graph.segment_count() > 0);
        let positions = positions.as_deref();
        Ok(match method {
            Method::Graph => self.graph.walk(query, k, positions, reason),
            Method::Screened => screened(vectors, query, k, positions, &self.planner.screening, reason),
            Method::Exact => exact::scan(vectors, query, k, positions, reason),
        })
    }
}
