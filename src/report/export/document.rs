//! The one document behind every format, and its schema.

use super::scope::{Scope, nodes_of};
use crate::engine::error::EngineError;
use crate::engine::story::Story;
use crate::ids::{SpecimenId, TraceId};
use crate::report::gather::links::file_name;
use crate::trace::custody::{ChainStep, chain_of_sale};
use crate::trace::graph::{Confidence, EdgeKind, EdgeStatus, NodeId, NodeKind, persons_of_transfers};
use crate::trace::{CustodyRecord, PartyName, Personal, Purpose};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Version of the shape of the document; raised when a reader would have to change.
pub const FORMAT: &str = "brasslink link graph 1";

/// What every reader has to know, in English; stands in the document because the document travels alone.
const CAVEAT: &str = "Leads are not identifications: only an examiner, on the physical specimens, confirms a hit. Every edge stands for itself and carries \
                      its own confidence, of its own kind. Traced firearms are not a random sample of firearms or of firearms used in crime (ATF), and who \
                      is named in a trace has not for that reason done anything wrong.";

/// A part of the link graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// Name and version of the shape.
    pub format: String,
    /// What made it, from what.
    pub origin: Origin,
    /// How it must be read.
    pub caveat: String,
    /// Whether names of persons are in it.
    pub names_shown: bool,
    /// Nodes, ascending by kind and identifier.
    pub nodes: Vec<NodeOut>,
    /// Edges, in the order of the graph.
    pub edges: Vec<EdgeOut>,
    /// Cases that leads, hits and test fires claim to come from one gun.
    pub clusters: Vec<ClusterOut>,
    /// What records say against each other.
    pub conflicts: Vec<ConflictOut>,
    /// Rules that fired; never findings.
    pub indicators: Vec<IndicatorOut>,
}

/// What made a document.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// Version of brasslink.
    pub version: String,
    /// SHA-256 of all parameters of the run, in hexadecimal digits.
    pub parameters: String,
    /// When, RFC 3339; as the caller's clock says.
    pub made: String,
    /// Last event of the audit chain: its number and hash.
    pub audit: String,
    /// What it is about: `all`, or a lead, firearm or incident.
    pub scope: String,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct NodeOut {
    /// Unique: kind and key with a colon between them.
    pub id: String,
    /// incident, specimen, test_fire, firearm, trace, party or place.
    pub kind: String,
    /// What people read; a person is `person 3`, or the name itself where names are shown.
    pub label: String,
    /// Whether a person stands behind it.
    pub person: bool,
    /// First possible day, ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_day: Option<String>,
    /// Last possible day; equal to the first where the day is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_day: Option<String>,
    /// Degrees north, where the record states them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub latitude: Option<f64>,
    /// Degrees east.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub longitude: Option<f64>,
    /// City, state and country, as far as recorded.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub place: String,
    /// Number of its cluster, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cluster: Option<u32>,
}

/// An edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EdgeOut {
    /// `e` and the number within the graph.
    pub id: String,
    /// found_at, ballistic_lead, ballistic_hit, test_fire_custody, record_link, disposition, possession, custody_given,
    /// custody_taken, transferred_by, acquired_by, recovered_in, recovery or member_of.
    pub kind: String,
    /// Identifier of a node.
    pub from: String,
    /// Identifier of a node.
    pub to: String,
    /// confirmed, automatic, unconfirmed, under_review or withdrawn.
    pub status: String,
    /// Of its own kind; two kinds are never put into one number.
    pub confidence: ConfidenceOut,
    /// The person or program behind it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub author: Option<String>,
    /// When it was made or decided, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<String>,
    /// First possible day of what it says (fired, handed over, sold), ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_day: Option<String>,
    /// Last possible day; equal to the first where the day is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_day: Option<String>,
    /// What supports it.
    pub evidence: Vec<String>,
}

/// Confidence of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ConfidenceOut {
    /// log10 of a likelihood ratio, one firearm against two.
    LikelihoodRatio {
        /// log10 LR.
        log10: f64,
    },
    /// Linkage of records.
    Linkage {
        /// Bits of the waterfall.
        bits: f64,
        /// Probability under the weights.
        probability: f64,
    },
    /// A record states it.
    Recorded,
    /// Nothing was measured.
    NotMeasured,
}

/// A cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterOut {
    /// From 1.
    pub number: u32,
    /// Its cases.
    pub specimens: Vec<String>,
    /// Their incidents.
    pub incidents: Vec<String>,
    /// Firearms whose test fires are among them; more than one is a contradiction.
    pub firearms: Vec<String>,
}

/// A conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConflictOut {
    /// A stable word.
    pub kind: String,
    /// In English.
    pub english: String,
    /// In Spanish.
    pub spanish: String,
    /// What it concerns.
    pub subjects: Vec<String>,
}

/// An indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IndicatorOut {
    /// The rule, a stable word.
    pub rule: String,
    /// In English.
    pub english: String,
    /// In Spanish.
    pub spanish: String,
    /// Firearms it is about.
    pub firearms: Vec<String>,
    /// Traces it rests on.
    pub traces: Vec<String>,
}

/// The schema of the document (JSON Schema 2020-12), made from its types.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}

/// Gathers what a scope holds; names of persons only for a stated purpose.
///
/// # Errors
/// [`EngineError::Input`] for a scope that is not there.
pub fn document(
    story: &Story,
    scope: &Scope,
    purpose: Option<&Purpose>,
    origin: Origin,
) -> Result<Document, EngineError> {
    let inside = nodes_of(story, scope)?;
    let names = purpose.map(|p| persons(story, p)).unwrap_or_default();
    let within = |list: &[String]| list.iter().any(|s| inside.iter().any(|n| n.key == *s));
    let clusters: Vec<ClusterOut> = story
        .graph
        .clusters
        .iter()
        .zip(1..)
        .map(|(cluster, number)| ClusterOut {
            number,
            specimens: cluster.specimens.iter().map(ToString::to_string).collect(),
            incidents: cluster.incidents.iter().map(ToString::to_string).collect(),
            firearms: cluster.firearms.iter().map(ToString::to_string).collect(),
        })
        .filter(|c| within(&c.specimens))
        .collect();
    let mut of_case: BTreeMap<&str, u32> = BTreeMap::new();
    for cluster in &clusters {
        for id in cluster.specimens.iter().chain(&cluster.firearms) {
            of_case.entry(id.as_str()).or_insert(cluster.number);
        }
    }
    let nodes = story
        .graph
        .nodes
        .iter()
        .filter(|n| inside.contains(&n.id))
        .map(|n| NodeOut { cluster: of_case.get(n.id.key.as_str()).copied(), ..node(story, n, &names) })
        .collect();
    let edges =
        story.graph.edges.iter().filter(|e| inside.contains(&e.from) && inside.contains(&e.to)).map(edge).collect();
    let conflicts = story
        .graph
        .conflicts
        .iter()
        .filter(|c| within(&c.subjects))
        .map(|c| ConflictOut {
            kind: c.kind.to_string(),
            english: c.text.en.clone(),
            spanish: c.text.es.clone(),
            subjects: c.subjects.clone(),
        })
        .collect();
    let indicators = story
        .indicators
        .iter()
        .map(|i| IndicatorOut {
            rule: i.rule.to_string(),
            english: i.text.en.clone(),
            spanish: i.text.es.clone(),
            firearms: i.firearms.iter().map(ToString::to_string).collect(),
            traces: i.traces.iter().map(ToString::to_string).collect(),
        })
        .filter(|i| within(&i.firearms) || within(&i.traces))
        .collect();
    Ok(Document {
        format: FORMAT.to_owned(),
        origin,
        caveat: CAVEAT.to_owned(),
        names_shown: purpose.is_some(),
        nodes,
        edges,
        clusters,
        conflicts,
        indicators,
    })
}

fn node(story: &Story, node: &crate::trace::graph::Node, names: &BTreeMap<NodeId, String>) -> NodeOut {
    let incident =
        story.incidents.values().find(|i| node.id.kind == NodeKind::Incident && i.id.as_str() == node.id.key);
    let place = match node.id.kind {
        NodeKind::Incident => incident.map(|i| joined(&[&i.place, &i.state, &i.country])),
        NodeKind::Firearm => story
            .firearms
            .values()
            .find(|f| f.firearm.as_str() == node.id.key)
            .map(|f| joined(&[&f.recovered_at.city, &f.recovered_at.state, &f.recovered_at.country])),
        NodeKind::Place => Some(node.label.clone()),
        _ => None,
    };
    NodeOut {
        id: node.id.to_string(),
        kind: node.id.kind.to_string(),
        label: names.get(&node.id).unwrap_or(&node.label).clone(),
        person: is_person(&node.id),
        first_day: node.date.map(|d| d.first().to_string()),
        last_day: node.date.map(|d| d.last().to_string()),
        latitude: incident.and_then(|i| i.latitude),
        longitude: incident.and_then(|i| i.longitude),
        place: place.unwrap_or_default(),
        cluster: None,
    }
}

fn joined(parts: &[&Option<String>]) -> String {
    parts.iter().filter_map(|p| p.as_deref()).collect::<Vec<_>>().join(", ")
}

/// Whether a node is a person: the graph names those by numbers.
#[must_use]
pub fn is_person(id: &NodeId) -> bool {
    id.kind == NodeKind::Party && id.key.strip_prefix("person ").is_some_and(|n| n.parse::<usize>().is_ok())
}

fn edge(edge: &crate::trace::graph::Edge) -> EdgeOut {
    EdgeOut {
        id: format!("e{}", edge.id),
        kind: edge.kind.to_string(),
        from: edge.from.to_string(),
        to: edge.to.to_string(),
        status: match edge.status {
            EdgeStatus::Confirmed => "confirmed",
            EdgeStatus::Automatic => "automatic",
            EdgeStatus::Unconfirmed => "unconfirmed",
            EdgeStatus::UnderReview => "under_review",
            EdgeStatus::Withdrawn => "withdrawn",
        }
        .to_owned(),
        confidence: match edge.confidence {
            Confidence::LikelihoodRatio { log10 } => ConfidenceOut::LikelihoodRatio { log10 },
            Confidence::Linkage { bits, probability } => ConfidenceOut::Linkage { bits, probability },
            Confidence::Recorded => ConfidenceOut::Recorded,
            Confidence::NotMeasured => ConfidenceOut::NotMeasured,
        },
        author: edge.author.clone(),
        at: edge.at.map(|at| at.to_string()),
        first_day: edge.date.map(|d| d.first().to_string()),
        last_day: edge.date.map(|d| d.last().to_string()),
        // Where a table lay is nobody's business who reads the export: its name alone is told.
        evidence: edge
            .evidence
            .iter()
            .map(|text| match text.split_once(" rows ") {
                Some((file, rows)) => format!("{} rows {rows}", file_name(file)),
                None => text.clone(),
            })
            .collect(),
    }
}

/// Names of the persons of the graph. The graph numbers persons in the order in which its traces name them; the same order gives the names back. Where the
/// two do not agree in number, the names of that trace stay withheld.
#[must_use]
pub fn persons(story: &Story, purpose: &Purpose) -> BTreeMap<NodeId, String> {
    let mut names: BTreeMap<NodeId, BTreeSet<String>> = BTreeMap::new();
    let traces: BTreeSet<&str> =
        story.graph.nodes.iter().filter(|n| n.id.kind == NodeKind::Trace).map(|n| n.id.key.as_str()).collect();
    for trace in traces {
        let Some(record) = story.traces.get(&TraceId::new(trace)) else { continue };
        let persons: Vec<String> = chain_of_sale(record)
            .steps
            .into_iter()
            .filter_map(|step| match step {
                ChainStep::Party { disposition, .. } => match disposition.name {
                    Some(PartyName::Person(name)) => name.reveal(purpose).cloned(),
                    _ => None,
                },
                ChainStep::Recovery { possessor, .. } => possessor.and_then(|p| p.reveal(purpose).cloned()),
                ChainStep::Gap { .. } => None,
            })
            .filter(|name| name.chars().any(char::is_alphanumeric))
            .collect();
        let of_trace = NodeId::new(NodeKind::Trace, trace);
        let numbered: Vec<&NodeId> = story
            .graph
            .edges
            .iter()
            .filter(|e| matches!(e.kind, EdgeKind::Disposition | EdgeKind::Possession) && e.from == of_trace)
            .map(|e| &e.to)
            .filter(|id| is_person(id))
            .collect();
        if numbered.len() == persons.len() {
            for (id, name) in numbered.into_iter().zip(persons) {
                names.entry(id.clone()).or_default().insert(name);
            }
        }
    }
    for (kinds, named) in transfers(story, purpose) {
        let numbered: Vec<&NodeId> = story
            .graph
            .edges
            .iter()
            .filter(|e| kinds.contains(&e.kind))
            .map(|e| &e.to)
            .filter(|id| is_person(id))
            .collect();
        if numbered.len() == named.len() {
            for (id, name) in numbered.into_iter().zip(named) {
                names.entry(id.clone()).or_default().insert(name);
            }
        }
    }
    // Spellings of one node stand side by side: that they are alike says not that the people are one.
    names.into_iter().map(|(id, all)| (id, all.into_iter().collect::<Vec<_>>().join(" / "))).collect()
}

/// Names of those who handed items over or traded firearms, in the order of the edges of each register that lead to them.
fn transfers(story: &Story, purpose: &Purpose) -> [([EdgeKind; 2], Vec<String>); 2] {
    let there = |r: &&CustodyRecord| {
        let case = |item: &String| story.specimens.contains_key(&SpecimenId::new(item));
        r.firearm.is_some() || r.item.as_ref().is_some_and(case)
    };
    let (hands, traders) = persons_of_transfers(story.custody.iter().filter(there), &story.transactions);
    let shown = |all: Vec<Personal<String>>| all.iter().filter_map(|p| p.reveal(purpose).cloned()).collect();
    [
        ([EdgeKind::CustodyGiven, EdgeKind::CustodyTaken], shown(hands)),
        ([EdgeKind::TransferredBy, EdgeKind::AcquiredBy], shown(traders)),
    ]
}
