//! Cascades: what a change takes away, shown before it is made and after.

use super::inputs::{BallisticState, GraphInput, Verdict};
use super::{EdgeStatus, InheritedTrace, LinkGraph};
use crate::ids::{FirearmId, LeadId, TraceId};
use crate::trace::TraceError;
use crate::trace::conflict::Conflict;
use serde::Serialize;
use std::collections::BTreeMap;

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
    /// The graph after the change.
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
            let edge = ballistic.iter_mut().find(|e| e.lead == *lead);
            edge.ok_or_else(|| missing("lead", lead.to_string()))?.state = *state;
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
    Ok(Cascade {
        lost: only(&old, &new),
        changed,
        gained: only(&new, &old),
        settled: beside(&before, &after),
        raised: beside(&after, &before),
        after,
    })
}
