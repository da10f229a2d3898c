//! Cascades: what a change takes away, shown before it is made and after.

use super::inputs::{BallisticState, GraphInput, Verdict};
use super::ordered::Ordered;
use super::reach::cluster_of;
use super::{Cluster, EdgeStatus, GunSummary, InheritedTrace, LinkGraph};
use crate::ids::{FirearmId, LeadId, SpecimenId, TraceId};
use crate::trace::TraceError;
use crate::trace::conflict::Conflict;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// A change to one edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A lead takes another state.
    Lead {
        /// The lead.
        lead: LeadId,
        /// Its new state.
        state: BallisticState,
    },
    /// A person accepts or rejects a record link.
    RecordLink {
        /// Its firearm.
        firearm: FirearmId,
        /// Its trace.
        trace: TraceId,
        /// The decision.
        verdict: Verdict,
    },
}

/// An inherited trace whose status changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Weakened {
    /// As it was.
    pub before: InheritedTrace,
    /// As it is then.
    pub after: InheritedTrace,
}

/// A cluster that comes apart, or one that grows together: the whole and what it consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterChange {
    /// The cluster in one piece.
    pub whole: Cluster,
    /// Its pieces, by their first specimen; a case that stands alone is a piece of one.
    pub parts: Vec<Cluster>,
}

impl ClusterChange {
    /// Incidents by the piece that holds them, for pieces that hold any; two incidents in no common piece are separated.
    #[must_use]
    pub fn incident_groups(&self) -> Vec<&[crate::ids::IncidentId]> {
        self.parts.iter().map(|p| p.incidents.as_slice()).filter(|i| !i.is_empty()).collect()
    }
}

/// A firearm of which the change alters what is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GunChange {
    /// As it was.
    pub before: GunSummary,
    /// As it is then.
    pub after: GunSummary,
}

/// Everything that one change does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cascade {
    /// Inherited traces that disappear.
    pub lost: Vec<InheritedTrace>,
    /// Inherited traces that stay with another status or along another path.
    pub changed: Vec<Weakened>,
    /// Inherited traces that appear.
    pub gained: Vec<InheritedTrace>,
    /// Contradictions that the change settles.
    pub settled: Vec<Conflict>,
    /// Contradictions that it raises.
    pub raised: Vec<Conflict>,
    /// Clusters that come apart, and with them the incidents that they held together.
    pub split: Vec<ClusterChange>,
    /// Clusters that grow together.
    pub merged: Vec<ClusterChange>,
    /// Firearms whose shootings, shown trace or times change.
    pub guns: Vec<GunChange>,
    /// The graph before the change.
    #[serde(skip)]
    pub before: LinkGraph,
    /// The graph after the change.
    #[serde(skip)]
    pub after: LinkGraph,
}

impl Cascade {
    /// Whether anything that was inherited is lost or weaker than before.
    #[must_use]
    pub fn takes_away(&self) -> bool {
        let rank = |i: &InheritedTrace| -> EdgeStatus { i.status };
        !self.lost.is_empty() || self.changed.iter().any(|w| rank(&w.after) > rank(&w.before))
    }
}

/// What a change would do to the graph of these inputs.
///
/// # Errors
/// [`TraceError::Value`] where the inputs do not hold the edge that changes, or as [`LinkGraph::build`].
pub fn cascade(input: &GraphInput<'_>, change: &Change) -> Result<Cascade, TraceError> {
    let missing = |field: &'static str, got: String| TraceError::Value {
        field,
        expected: "an edge of the link graph".to_owned(),
        got,
    };
    let before = LinkGraph::build(input)?;
    let mut ballistic = input.ballistic.to_vec();
    let mut record_links = input.record_links.to_vec();
    match change {
        Change::Lead { lead, state } => {
            // A lead that was withdrawn and made again stands twice; the change is one of the latest.
            let latest = ballistic.iter_mut().filter(|e| e.lead == *lead);
            let latest = latest.max_by_key(|e| (e.state != BallisticState::Withdrawn, e.at));
            latest.ok_or_else(|| missing("lead", lead.to_string()))?.state = *state;
        }
        Change::RecordLink { firearm, trace, verdict } => {
            let link = record_links.iter_mut().find(|l| l.link.firearm == *firearm && l.link.trace == *trace);
            link.ok_or_else(|| missing("record link", format!("{firearm}, {trace}")))?.verdict = Some(verdict.clone());
        }
    }
    let after = LinkGraph::build(&GraphInput { ballistic: &ballistic, record_links: &record_links, ..*input })?;
    let keyed = |graph: &LinkGraph| -> BTreeMap<_, InheritedTrace> {
        let key = |i: &InheritedTrace| (i.incident.clone(), i.firearm.clone(), i.trace.clone());
        graph.inherited.iter().map(|i| (key(i), i.clone())).collect()
    };
    let (old, new) = (keyed(&before), keyed(&after));
    let only = |a: &BTreeMap<_, InheritedTrace>, b: &BTreeMap<_, InheritedTrace>| -> Vec<InheritedTrace> {
        a.iter().filter(|(key, _)| !b.contains_key(*key)).map(|(_, i)| i.clone()).collect()
    };
    let changed = old
        .iter()
        .filter_map(|(key, before)| new.get(key).map(|after| (before, after)))
        .filter(|(before, after)| before != after)
        .map(|(before, after)| Weakened { before: before.clone(), after: after.clone() })
        .collect();
    let beside = |a: &LinkGraph, b: &LinkGraph| -> Vec<Conflict> {
        a.conflicts.iter().filter(|c| !b.conflicts.contains(c)).cloned().collect()
    };
    let ordered = Ordered::of(input);
    let guns = before.guns.iter().zip(&after.guns).filter(|(old, new)| old != new);
    let guns = guns.map(|(old, new)| GunChange { before: old.clone(), after: new.clone() }).collect();
    Ok(Cascade {
        lost: only(&old, &new),
        changed,
        gained: only(&new, &old),
        settled: beside(&before, &after),
        raised: beside(&after, &before),
        split: come_apart(&ordered, &before.clusters, &after.clusters),
        merged: come_apart(&ordered, &after.clusters, &before.clusters),
        guns,
        before,
        after,
    })
}

/// Clusters of the first list whose specimens the second does not hold in one piece.
fn come_apart(input: &Ordered<'_>, whole: &[Cluster], pieces: &[Cluster]) -> Vec<ClusterChange> {
    let piece_of: HashMap<&SpecimenId, usize> =
        pieces.iter().enumerate().flat_map(|(n, c)| c.specimens.iter().map(move |s| (s, n))).collect();
    let mut changes = Vec::new();
    for cluster in whole {
        let first = cluster.specimens.first().and_then(|s| piece_of.get(s));
        if first.is_some() && cluster.specimens.iter().all(|s| piece_of.get(s) == first) {
            continue;
        }
        let mut parts: BTreeMap<&SpecimenId, Cluster> = BTreeMap::new();
        for specimen in &cluster.specimens {
            let piece = piece_of.get(specimen).and_then(|n| pieces.get(*n));
            let key = piece.and_then(|p| p.specimens.first()).unwrap_or(specimen);
            let alone = || input.place(specimen).map(|place| cluster_of(input, &[place], EdgeStatus::Confirmed));
            if let (false, Some(part)) = (parts.contains_key(key), piece.cloned().or_else(alone)) {
                parts.insert(key, part);
            }
        }
        changes.push(ClusterChange { whole: cluster.clone(), parts: parts.into_values().collect() });
    }
    changes
}
