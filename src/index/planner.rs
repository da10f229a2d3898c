//! The planner: exact scan or graphs, by the number of eligible vectors, the filter and the depth of the list.

use super::graph::eligible_positions;
use super::{CandidateIndex, Filter, Found, GraphParameters, HnswIndex, IndexError, Method, Reason, Vectors, exact};
use std::sync::Arc;

/// When graphs are walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Planner {
    /// Fewer eligible vectors than this are scanned, and a smaller gallery gets no graph at all.
    pub exact_below: usize,
    /// A filter that leaves a smaller share than this is scanned, per cent.
    pub least_percent: u32,
    /// A list is walked for when at most one in this many eligible vectors is asked for.
    pub eligible_per_neighbour: usize,
}

impl Default for Planner {
    /// 25,000: where a walk begins to beat a scan for short lists (at 1,024 dimensions a scan of so many takes some 15 ms
    /// of one core, which nobody sees). Below a quarter eligible a walk meets mostly others; a list of more than one in 100 makes it
    /// visit a good part of the vectors.
    fn default() -> Self {
        Self { exact_below: 25_000, least_percent: 25, eligible_per_neighbour: 100 }
    }
}

impl Planner {
    /// How to search, and why.
    #[must_use]
    pub fn plan(&self, vectors: usize, eligible: usize, k: usize, has_graph: bool) -> (Method, Reason) {
        let exact = |reason| (Method::Exact, reason);
        if eligible < self.exact_below {
            exact(Reason::FewEligible { exact_below: self.exact_below })
        } else if !has_graph {
            exact(Reason::NoGraph)
        } else if (eligible as u128) * 100 < (vectors as u128) * u128::from(self.least_percent) {
            exact(Reason::SelectiveFilter { least_percent: self.least_percent })
        } else if k.saturating_mul(self.eligible_per_neighbour) > eligible {
            exact(Reason::DeepList { eligible_per_neighbour: self.eligible_per_neighbour })
        } else {
            (Method::Graph, Reason::ManyEligible { exact_below: self.exact_below })
        }
    }
}

/// Exact scan and graphs over the same vectors, chosen query by query.
#[derive(Debug, Clone)]
pub struct PlannedIndex {
    pub(super) graph: HnswIndex,
    pub(super) planner: Planner,
}

impl PlannedIndex {
    /// Builds what the planner will use: graphs only for as many vectors as [`Planner::exact_below`].
    ///
    /// # Errors
    /// [`IndexError::Parameter`].
    pub fn build(vectors: Arc<Vectors>, graph: GraphParameters, planner: Planner) -> Result<Self, IndexError> {
        graph.validate()?;
        let graph = if vectors.len() < planner.exact_below {
            HnswIndex { vectors, segments: Vec::new(), parameters: graph }
        } else {
            HnswIndex::build(vectors, graph)?
        };
        Ok(Self { graph, planner })
    }

    /// The index of more vectors, of which this index's are the first; what [`PlannedIndex::build`] gives, with full
    /// segments kept.
    ///
    /// # Errors
    /// As [`HnswIndex::extended`].
    pub fn extended(&self, vectors: Arc<Vectors>) -> Result<Self, IndexError> {
        if vectors.len() < self.planner.exact_below {
            return Self::build(vectors, self.graph.parameters, self.planner);
        }
        Ok(Self { graph: self.graph.extended(vectors)?, planner: self.planner })
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
        let positions = eligible.map(|filter| eligible_positions(vectors, filter));
        let count = positions.as_ref().map_or(vectors.len(), Vec::len);
        let (method, reason) = self.planner.plan(vectors.len(), count, k, self.graph.segment_count() > 0);
        Ok(match (method, &positions) {
            (Method::Graph, _) => self.graph.walk(query, k, positions.as_deref(), reason),
            (Method::Exact, positions) => exact::scan(vectors, query, k, positions.as_deref(), reason),
        })
    }
}
