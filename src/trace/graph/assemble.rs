//! Nodes and edges from the inputs, each edge with its own status, confidence, author and evidence.

use super::inputs::BallisticState;
use super::ordered::Ordered;
use super::registers;
use super::{Cluster, Confidence, Edge, EdgeKind, EdgeStatus, Node, NodeId, NodeKind, PartyRole};
use crate::ids::{FirearmId, TraceId};
use crate::trace::custody::{ChainStep, chain_of_sale};
use crate::trace::text::fold;
use crate::trace::{Disposition, PartialDate, PartyName, Personal, Place, TraceRecord};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Nodes ascending, edges numbered in the order of the ordered inputs.
pub(super) fn nodes_and_edges(input: &Ordered<'_>, clusters: &[Cluster]) -> (Vec<Node>, Vec<Edge>) {
    let mut desk = Desk::default();
    for incident in &input.incidents {
        desk.node(NodeKind::Incident, &incident.incident, incident.incident.to_string(), incident.date);
    }
    for firearm in &input.firearms {
        let named = [firearm.maker.as_deref(), firearm.model.as_deref()].into_iter().flatten();
        let label = std::iter::once(firearm.firearm.as_str()).chain(named).collect::<Vec<_>>().join(" ");
        let id = desk.node(NodeKind::Firearm, &firearm.firearm, label, firearm.recovered_on);
        desk.recovery(id, &firearm.firearm, firearm.recovered_on, &firearm.recovered_at, rows_of(&firearm.source));
    }
    for specimen in &input.specimens {
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
    registers::enter(&mut desk, input);
    members(&mut desk, input, clusters);
    (desk.nodes.into_values().collect(), desk.edges)
}

/// The node of a cartridge case.
fn specimen_node(input: &Ordered<'_>, id: &crate::ids::SpecimenId) -> NodeId {
    let fired = input.place(id).is_some_and(|place| input.specimens[place].test_fire.is_some());
    NodeId::new(if fired { NodeKind::TestFire } else { NodeKind::Specimen }, id)
}

/// The clusters, each with its cases. That a case belongs to one is as good as the weakest tie that holds the cluster.
fn members(desk: &mut Desk, input: &Ordered<'_>, clusters: &[Cluster]) {
    for cluster in clusters {
        let Some(first) = cluster.specimens.first() else { continue };
        let label = format!("{first} +{}", cluster.specimens.len() - 1);
        let id = desk.node(NodeKind::Cluster, first, label, cluster.first_seen);
        for specimen in &cluster.specimens {
            let edge = desk.recorded(EdgeKind::MemberOf, specimen_node(input, specimen), id.clone(), Vec::new());
            edge.status = cluster.status;
            edge.confidence = Confidence::NotMeasured;
            edge.author = Some("brasslink".to_owned());
        }
    }
}

/// The file and rows of a record, as edges have them among their evidence; nothing where the record came from none.
#[must_use]
pub fn rows_of(source: &Option<crate::trace::Source>) -> Vec<String> {
    let rows = |rows: &[u64]| rows.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    source.iter().map(|s| format!("{} rows {}", s.file, rows(&s.rows))).collect()
}

fn ballistic(desk: &mut Desk, input: &Ordered<'_>) {
    let node = |id| specimen_node(input, id);
    for lead in &input.ballistic {
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

fn records(desk: &mut Desk, input: &Ordered<'_>) {
    // The firearm that a trace is joined to; a recovery that both state is one recovery.
    let mut joined: HashMap<&TraceId, &FirearmId> = HashMap::new();
    for linked in input.record_links.iter().filter(|l| l.joined()) {
        joined.entry(&linked.link.trace).or_insert(&linked.link.firearm);
    }
    let mut shown = BTreeSet::new();
    for linked in &input.record_links {
        let Some(status) = linked.status() else { continue };
        let Some(record) = input.traces.get(&linked.link.trace).copied() else { continue };
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
            parties(desk, id, record, joined.get(&record.trace).copied());
        }
    }
}

fn parties(desk: &mut Desk, trace: NodeId, record: &TraceRecord, firearm: Option<&FirearmId>) {
    let evidence = rows_of(&record.source);
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
                match firearm {
                    Some(firearm) => desk.recovery(trace.clone(), firearm, date, &place, evidence.clone()),
                    None => desk.recovery(trace.clone(), &record.trace, date, &place, evidence.clone()),
                }
                if let Some(person) = possessor.and_then(|p| desk.person(&p, PartyRole::Possessor)) {
                    desk.recorded(EdgeKind::Possession, trace.clone(), person, evidence.clone());
                }
            }
            ChainStep::Gap { .. } => {}
        }
    }
}

/// Nodes and edges as they come.
#[derive(Default)]
pub(super) struct Desk {
    nodes: BTreeMap<NodeId, Node>,
    edges: Vec<Edge>,
    /// Persons by the folded spelling of their names, in order of appearance; never leaves this room.
    persons: BTreeMap<String, usize>,
    people: Vec<Personal<String>>,
}

impl Desk {
    pub(super) fn node(
        &mut self,
        kind: NodeKind,
        key: &impl ToString,
        label: String,
        date: Option<PartialDate>,
    ) -> NodeId {
        let id = NodeId::new(kind, key.to_string());
        let roles = BTreeSet::new();
        self.nodes.entry(id.clone()).or_insert_with(|| Node { id: id.clone(), label, date, roles });
        id
    }

    /// A recovery of a gun at a date and place, joined to what states it; the same from two records is one.
    fn recovery(
        &mut self,
        from: NodeId,
        gun: &impl ToString,
        date: Option<PartialDate>,
        place: &Place,
        evidence: Vec<String>,
    ) {
        if date.is_none() && place.is_empty() {
            return;
        }
        let when = date.map_or_else(|| "-".to_owned(), |d| d.to_string());
        let where_to = place.to_string();
        let key = format!("{} {when} {}", gun.to_string(), fold(&where_to));
        let label = if place.is_empty() { when.clone() } else { format!("{when}, {where_to}") };
        let id = NodeId::new(NodeKind::Recovery, key.trim_end());
        let known = self.nodes.contains_key(&id);
        let id = self.node(NodeKind::Recovery, &id.key, label, date);
        self.recorded(EdgeKind::RecoveredIn, from, id.clone(), evidence.clone());
        if !known && !place.is_empty() {
            let at = self.node(NodeKind::Place, &fold(&where_to), where_to, None);
            self.recorded(EdgeKind::Recovery, id, at, evidence);
        }
    }

    pub(super) fn recorded(&mut self, kind: EdgeKind, from: NodeId, to: NodeId, evidence: Vec<String>) -> &mut Edge {
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
            date: None,
            evidence,
        });
        &mut self.edges[at]
    }

    /// Where the edges of a kind stand, by the node they come from.
    pub(super) fn places_of(&self, kind: EdgeKind) -> HashMap<NodeId, usize> {
        self.edges.iter().filter(|e| e.kind == kind).map(|e| (e.from.clone(), e.id)).collect()
    }

    pub(super) fn edge_at(&mut self, at: usize) -> Option<&mut Edge> {
        self.edges.get_mut(at)
    }

    /// The node of a party: a licensee by the lasting part of its licence, a business by its name, a person masked.
    pub(super) fn party(&mut self, disposition: &Disposition) -> Option<NodeId> {
        let role = PartyRole::of(&disposition.kind);
        match disposition.name.as_ref()? {
            PartyName::Person(name) => self.person(name, role),
            PartyName::Business(name) => {
                let licence = disposition.ffl.as_ref().and_then(crate::trace::Ffl::lasting);
                let key = licence.map_or_else(|| fold(name), |l| format!("ffl {l}"));
                Some(self.played(&key, name.clone(), role))
            }
        }
    }

    /// Equal spellings are one node. That says the names are alike, not that the people are one.
    pub(super) fn person(&mut self, name: &Personal<String>, role: PartyRole) -> Option<NodeId> {
        let number = self.number_of(name)?;
        Some(self.played(&format!("person {number}"), format!("person {number}"), role))
    }

    /// The number under which a person stands everywhere.
    pub(super) fn number_of(&mut self, name: &Personal<String>) -> Option<usize> {
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
        Some(number)
    }

    /// A party with one more role: one that imports and sells, or buys and possesses, is one party.
    fn played(&mut self, key: &str, label: String, role: PartyRole) -> NodeId {
        let id = self.node(NodeKind::Party, &key, label, None);
        if let Some(node) = self.nodes.get_mut(&id) {
            node.roles.insert(role);
        }
        id
    }
}

/// Names that a shortened spelling (one surname of two) is compared with: those of the same record and its neighbours. A
/// short spelling further back is more likely somebody else of that name.
const NAMES_LOOKED_BACK: usize = 4;
