//! Nodes and edges from the inputs, each edge with its own status, confidence, author and evidence.

use super::inputs::{BallisticState, GraphInput};
use super::{Confidence, Edge, EdgeKind, EdgeStatus, Node, NodeId, NodeKind};
use crate::ids::TraceId;
use crate::trace::custody::{ChainStep, chain_of_sale};
use crate::trace::text::fold;
use crate::trace::{Disposition, PartyName, Personal, TraceRecord};
use std::collections::{BTreeMap, BTreeSet};

/// Nodes ascending, edges numbered in the order of the inputs.
pub(super) fn nodes_and_edges(input: &GraphInput<'_>) -> (Vec<Node>, Vec<Edge>) {
    let mut desk = Desk::default();
    for incident in input.incidents {
        desk.node(NodeKind::Incident, &incident.incident, incident.incident.to_string(), incident.date);
    }
    for firearm in input.firearms {
        let named = [firearm.maker.as_deref(), firearm.model.as_deref()].into_iter().flatten();
        let label = std::iter::once(firearm.firearm.as_str()).chain(named).collect::<Vec<_>>().join(" ");
        desk.node(NodeKind::Firearm, &firearm.firearm, label, firearm.recovered_on);
    }
    for specimen in input.specimens {
        let kind = if specimen.test_fire.is_some() { NodeKind::TestFire } else { NodeKind::Specimen };
        let id = desk.node(kind, &specimen.specimen, specimen.specimen.to_string(), None);
        if let Some(incident) = &specimen.incident {
            desk.recorded(EdgeKind::FoundAt, id.clone(), NodeId::new(NodeKind::Incident, incident), Vec::new());
        }
        if let Some(test) = &specimen.test_fire {
            let edge =
                desk.recorded(EdgeKind::TestFireCustody, id, NodeId::new(NodeKind::Firearm, &test.firearm), Vec::new());
            edge.author.clone_from(&test.author);
            edge.at = test.at;
        }
    }
    ballistic(&mut desk, input);
    records(&mut desk, input);
    (desk.nodes.into_values().collect(), desk.edges)
}

fn ballistic(desk: &mut Desk, input: &GraphInput<'_>) {
    let kinds: BTreeMap<_, _> = input
        .specimens
        .iter()
        .map(|s| (&s.specimen, if s.test_fire.is_some() { NodeKind::TestFire } else { NodeKind::Specimen }))
        .collect();
    let node = |id| NodeId::new(kinds.get(id).cloned().unwrap_or(NodeKind::Specimen), id);
    for lead in input.ballistic {
        let Some(status) = lead.state.status() else { continue };
        let kind = if lead.state == BallisticState::Hit { EdgeKind::BallisticHit } else { EdgeKind::BallisticLead };
        let evidence = std::iter::once(lead.lead.to_string()).chain(lead.evidence.iter().cloned()).collect();
        let edge = desk.recorded(kind, node(&lead.a), node(&lead.b), evidence);
        edge.status = status;
        edge.confidence = lead.log10_lr.map_or(Confidence::NotMeasured, |log10| Confidence::LikelihoodRatio { log10 });
        edge.author.clone_from(&lead.author);
        edge.at = lead.at;
    }
}

fn records(desk: &mut Desk, input: &GraphInput<'_>) {
    let traces: BTreeMap<&TraceId, &TraceRecord> = input.traces.iter().map(|t| (&t.trace, t)).collect();
    let mut shown = BTreeSet::new();
    for linked in input.record_links {
        let Some(status) = linked.status() else { continue };
        let Some(record) = traces.get(&linked.link.trace) else { continue };
        let id = desk.node(NodeKind::Trace, &record.trace, record.trace.to_string(), record.recovered_on);
        let reasons = linked.link.reasons.iter().map(|r| r.en.clone()).collect();
        let edge = desk.recorded(
            EdgeKind::RecordLink,
            NodeId::new(NodeKind::Firearm, &linked.link.firearm),
            id.clone(),
            reasons,
        );
        edge.status = status;
        edge.confidence = Confidence::Linkage { bits: linked.link.bits, probability: linked.link.probability };
        edge.author = Some("linkage".to_owned());
        if let Some(verdict) = &linked.verdict {
            edge.author = Some(verdict.author.clone());
            edge.at = verdict.at;
            edge.evidence.push(verdict.reason.clone());
        }
        // A rejected trace is shown as such, without the parties it names.
        if status != EdgeStatus::Withdrawn && shown.insert(&record.trace) {
            parties(desk, id, record);
        }
    }
}

fn parties(desk: &mut Desk, trace: NodeId, record: &TraceRecord) {
    let evidence: Vec<String> = record
        .source
        .iter()
        .map(|s| format!("{} rows {}", s.file, s.rows.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")))
        .collect();
    for step in chain_of_sale(record).steps {
        match step {
            ChainStep::Party { disposition, .. } => {
                let Some(party) = desk.party(&disposition) else { continue };
                let kind = disposition.kind.to_string();
                let when = disposition.date.map_or_else(String::new, |d| format!(" {d}"));
                let mut evidence = evidence.clone();
                evidence.push(format!("{kind}{when}"));
                desk.recorded(EdgeKind::Disposition, trace.clone(), party, evidence);
            }
            ChainStep::Recovery { date, place, possessor } => {
                if !place.is_empty() {
                    let key = fold(&place.to_string());
                    let id = desk.node(NodeKind::Place, &key, place.to_string(), date);
                    desk.recorded(EdgeKind::Recovery, trace.clone(), id, evidence.clone());
                }
                if let Some(person) = possessor.and_then(|p| desk.person(&p)) {
                    desk.recorded(EdgeKind::Possession, trace.clone(), person, evidence.clone());
                }
            }
            ChainStep::Gap { .. } => {}
        }
    }
}

/// Nodes and edges as they come.
#[derive(Default)]
struct Desk {
    nodes: BTreeMap<NodeId, Node>,
    edges: Vec<Edge>,
    /// Persons by the folded spelling of their names, in order of appearance; never leaves this room.
    persons: BTreeMap<String, usize>,
    people: Vec<Personal<String>>,
}

impl Desk {
    fn node(
        &mut self,
        kind: NodeKind,
        key: &impl ToString,
        label: String,
        date: Option<crate::trace::PartialDate>,
    ) -> NodeId {
        let id = NodeId::new(kind, key.to_string());
        self.nodes.entry(id.clone()).or_insert_with(|| Node { id: id.clone(), label, date });
        id
    }

    fn recorded(&mut self, kind: EdgeKind, from: NodeId, to: NodeId, evidence: Vec<String>) -> &mut Edge {
        let at = self.edges.len();
        self.edges.push(Edge {
            id: at,
            kind,
            from,
            to,
            status: EdgeStatus::Confirmed,
            confidence: Confidence::Recorded,
            author: None,
            at: None,
            evidence,
        });
        &mut self.edges[at]
    }

    /// The node of a party: a licensee by the lasting part of its licence, a business by its name, a person masked.
    fn party(&mut self, disposition: &Disposition) -> Option<NodeId> {
        match disposition.name.as_ref()? {
            PartyName::Person(name) => self.person(name),
            PartyName::Business(name) => {
                let licence = disposition.ffl.as_ref().and_then(crate::trace::Ffl::lasting);
                let key = licence.map_or_else(|| fold(name), |l| format!("ffl {l}"));
                Some(self.node(NodeKind::Party, &key, name.clone(), None))
            }
        }
    }

    /// Equal spellings are one node. That says the names are alike, not that the people are one.
    fn person(&mut self, name: &Personal<String>) -> Option<NodeId> {
        let key = name.name_key()?;
        let alike = self.people.iter().rev().take(NAMES_LOOKED_BACK).position(|p| p.same_name(name) == Some(true));
        let number = match (self.persons.get(&key), alike) {
            (Some(number), _) => *number,
            (None, Some(back)) => self.people.len() - back,
            (None, None) => {
                self.people.push(name.clone());
                self.people.len()
            }
        };
        self.persons.insert(key, number);
        Some(self.node(NodeKind::Party, &format!("person {number}"), format!("person {number}"), None))
    }
}

/// Names that a shortened spelling (one surname of two) is compared with: those of the same record and its neighbours. A
/// short spelling further back is more likely somebody else of that name.
const NAMES_LOOKED_BACK: usize = 4;
