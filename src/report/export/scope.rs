//! Which part of the graph is written.

use crate::engine::error::EngineError;
use crate::engine::story::Story;
use crate::ids::{FirearmId, IncidentId, LeadId, SpecimenId};
use crate::trace::graph::{EdgeStatus, NodeId, NodeKind};
use std::collections::{BTreeMap, BTreeSet};

/// What an export is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The whole graph.
    All,
    /// One lead, and what its two cases are joined to.
    Lead(LeadId),
    /// One firearm, and what it is joined to.
    Firearm(FirearmId),
    /// One incident, and what its cases are joined to.
    Incident(IncidentId),
}

/// The nodes of a scope: from where it begins over edges that stand, through cases, clusters, firearms, recoveries and traces. Incidents, parties and places are taken in and not
/// walked through, for a dealer would join everything with everything. Edges that were withdrawn are not walked either; those between nodes taken in are shown.
///
/// # Errors
/// [`EngineError::Input`] for a lead, firearm or incident that is not there.
pub fn nodes_of(story: &Story, scope: &Scope) -> Result<BTreeSet<NodeId>, EngineError> {
    let unknown = |what: &str, name: &str| EngineError::Input {
        what: format!("{what} \"{name}\""),
        expected: "one of this gallery".to_owned(),
        got: "an unknown one".to_owned(),
    };
    let case = |id: &SpecimenId| {
        let test =
            story.specimens.get(id).and_then(|s| story.exhibits.get(&s.exhibit)).and_then(|e| e.origin.firearm());
        NodeId::new(if test.is_some() { NodeKind::TestFire } else { NodeKind::Specimen }, id)
    };
    let begin: Vec<NodeId> = match scope {
        Scope::All => return Ok(story.graph.nodes.iter().map(|n| n.id.clone()).collect()),
        Scope::Lead(id) => {
            let lead = story.leads.iter().find(|l| l.id() == id).ok_or_else(|| unknown("lead", id.as_str()))?;
            lead.joins().sides().iter().map(|side| case(&side.specimen)).collect()
        }
        Scope::Firearm(id) if story.firearms.contains_key(id) => vec![NodeId::new(NodeKind::Firearm, id)],
        Scope::Firearm(id) => return Err(unknown("firearm", id.as_str())),
        Scope::Incident(id) if story.incidents.contains_key(id) => vec![NodeId::new(NodeKind::Incident, id)],
        Scope::Incident(id) => return Err(unknown("incident", id.as_str())),
    };
    let mut next: BTreeMap<&NodeId, Vec<&NodeId>> = BTreeMap::new();
    for edge in story.graph.edges.iter().filter(|e| e.status != EdgeStatus::Withdrawn) {
        next.entry(&edge.from).or_default().push(&edge.to);
        next.entry(&edge.to).or_default().push(&edge.from);
    }
    let known: BTreeSet<&NodeId> = story.graph.nodes.iter().map(|n| &n.id).collect();
    let mut inside: BTreeSet<NodeId> = begin.iter().filter(|id| known.contains(id)).cloned().collect();
    let mut open: Vec<NodeId> = begin;
    let begun = open.len();
    let mut at = 0;
    while at < open.len() {
        let node = open[at].clone();
        let through = matches!(
            node.kind,
            NodeKind::Specimen
                | NodeKind::TestFire
                | NodeKind::Firearm
                | NodeKind::Trace
                | NodeKind::Recovery
                | NodeKind::Cluster
        );
        if through || at < begun {
            for other in next.get(&node).into_iter().flatten() {
                if inside.insert((*other).clone()) {
                    open.push((*other).clone());
                }
            }
        }
        at += 1;
    }
    Ok(inside)
}
