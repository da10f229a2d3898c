//! Analyse: flows, times, indicators and clusters over time from everything the store holds.

use super::error::EngineError;
use super::ports::Store;
use super::story::{Joined, joined};
use crate::trace::analysis::{
    ClusterHistory, DealerFlow, Flows, GunTimes, Level, Threshold, cluster_histories, dealer_flows, flows, gun_times,
    traced_guns,
};
use crate::trace::graph::LinkGraph;
use crate::trace::indicators::Indicator;
use serde::Serialize;

/// Flows between places, and dealers behind many of the guns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlowsFound {
    /// Between states or countries.
    pub flows: Flows,
    /// Dealers behind at least as many guns as the threshold says; none where they were not asked for.
    pub dealers: Vec<DealerFlow>,
}

/// The inputs with the graph over them, ready to be analysed.
#[derive(Debug, Clone)]
pub struct Analysis {
    joined: Joined,
    graph: LinkGraph,
}

impl Analysis {
    /// Reads the store and joins everything.
    ///
    /// # Errors
    /// Those of the store; a link that names what is not there.
    pub fn of(store: &dyn Store) -> Result<Self, EngineError> {
        let joined = joined(store)?;
        let graph = LinkGraph::build(&joined.input())?;
        Ok(Self { joined, graph })
    }

    /// Flows from the place of first sale to the place of recovery. With `dealers`, which is for those who may see the
    /// records: the guns of a dealer are part of a row of the table, and beside it tell what it withholds.
    ///
    /// # Errors
    /// Catalogues that do not hold together.
    pub fn flows(&self, level: Level, threshold: Threshold, dealers: bool) -> Result<FlowsFound, EngineError> {
        let catalogues = self.joined.catalogues()?;
        let places = catalogues.places();
        let all = traced_guns(&self.graph, &self.joined.traces, &self.joined.record_links, &catalogues);
        Ok(FlowsFound {
            flows: flows(&all.guns, all.waiting, places, level, threshold),
            dealers: if dealers { dealer_flows(&all.guns, places, threshold) } else { Vec::new() },
        })
    }

    /// The times of every traced gun.
    ///
    /// # Errors
    /// Catalogues that do not hold together.
    pub fn times(&self) -> Result<Vec<GunTimes>, EngineError> {
        let all = traced_guns(&self.graph, &self.joined.traces, &self.joined.record_links, &self.joined.catalogues()?);
        Ok(gun_times(&all.guns, &self.graph))
    }

    /// Indicators over all traced guns; never findings.
    ///
    /// # Errors
    /// Catalogues that do not hold together.
    pub fn indicators(&self) -> Result<Vec<Indicator>, EngineError> {
        self.joined.indicators(&self.graph)
    }

    /// Clusters over time.
    #[must_use]
    pub fn clusters(&self) -> Vec<ClusterHistory> {
        cluster_histories(&self.graph, &self.joined.incidents)
    }
}
