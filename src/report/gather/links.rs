//! Parts of the link graph as charts.

use crate::engine::story::Story;
use crate::language::Language;
use crate::report::chart::{Edge, EdgeKind, LinkChart, Node, NodeKind};
use crate::report::export::{is_person, persons};
use crate::report::view::{EdgeStatus, Name, Phrase, probability as written};
use crate::trace::graph::EdgeKind as K;
use crate::trace::graph::{self, Confidence, NodeId};
use crate::trace::personal::MASK;
use crate::trace::{DispositionKind, Purpose};
use std::collections::{BTreeMap, BTreeSet};

/// The status as charts and tables show it.
#[must_use]
pub fn status(status: graph::EdgeStatus) -> EdgeStatus {
    match status {
        graph::EdgeStatus::Confirmed => EdgeStatus::Confirmed,
        graph::EdgeStatus::Automatic => EdgeStatus::Automatic,
        graph::EdgeStatus::Unconfirmed => EdgeStatus::Unconfirmed,
        graph::EdgeStatus::UnderReview => EdgeStatus::Review,
        graph::EdgeStatus::Withdrawn => EdgeStatus::Withdrawn,
    }
}

pub(super) fn node_kind(kind: &graph::NodeKind) -> Option<NodeKind> {
    match kind {
        graph::NodeKind::Incident => Some(NodeKind::Incident),
        graph::NodeKind::Specimen => Some(NodeKind::Case),
        graph::NodeKind::TestFire => Some(NodeKind::TestFire),
        graph::NodeKind::Firearm => Some(NodeKind::Firearm),
        graph::NodeKind::Trace => Some(NodeKind::Trace),
        graph::NodeKind::Party => Some(NodeKind::Party),
        _ => None,
    }
}

pub(super) fn edge_kind(kind: &graph::EdgeKind) -> Option<EdgeKind> {
    match kind {
        graph::EdgeKind::FoundAt => Some(EdgeKind::FoundAt),
        graph::EdgeKind::BallisticLead | graph::EdgeKind::BallisticHit => Some(EdgeKind::Ballistic),
        graph::EdgeKind::TestFireCustody => Some(EdgeKind::TestFireOf),
        graph::EdgeKind::RecordLink => Some(EdgeKind::RecordLink),
        graph::EdgeKind::Disposition | graph::EdgeKind::TransferredBy | graph::EdgeKind::AcquiredBy => {
            Some(EdgeKind::Sale)
        }
        graph::EdgeKind::CustodyGiven | graph::EdgeKind::CustodyTaken => Some(EdgeKind::Custody),
        graph::EdgeKind::Possession => Some(EdgeKind::Possession),
        _ => None,
    }
}

/// A person stands under its number, and under its name where that was revealed; everything else under its label.
fn label(node: &graph::Node, names: &BTreeMap<NodeId, String>) -> Name {
    match (is_person(&node.id), node.id.key.strip_prefix("person ")) {
        (true, Some(number)) => Name::Personal {
            name: names.get(&node.id).cloned().unwrap_or_else(|| MASK.to_owned()),
            alias: alias(number),
        },
        _ => Name::Open(node.label.clone()),
    }
}

/// The chart of the nodes chosen and of the edges between them; places stand on the map alone.
#[must_use]
pub fn chart_of(story: &Story, inside: &BTreeSet<NodeId>, purpose: Option<&Purpose>) -> LinkChart {
    let names = purpose.map(|p| persons(story, p)).unwrap_or_default();
    let nodes: Vec<Node> = story
        .graph
        .nodes
        .iter()
        .filter(|n| inside.contains(&n.id))
        .filter_map(|n| {
            Some(Node {
                key: n.id.to_string(),
                kind: node_kind(&n.id.kind)?,
                label: label(n, &names),
                detail: n.date.map_or_else(Phrase::default, |d| Phrase::same(d.to_string())),
            })
        })
        .collect();
    let there: BTreeSet<&str> = nodes.iter().map(|n| n.key.as_str()).collect();
    let edges = story
        .graph
        .edges
        .iter()
        .filter_map(|e| {
            let (from, to) = (e.from.to_string(), e.to.to_string());
            (there.contains(from.as_str()) && there.contains(to.as_str())).then_some(())?;
            Some(Edge {
                from,
                to,
                kind: edge_kind(&e.kind)?,
                status: status(e.status),
                evidence: evidence(story, e),
                author: author(e.author.as_deref().unwrap_or_default()),
                stated: e.at.map(|t| t.strftime("%Y-%m-%d").to_string()).unwrap_or_default(),
            })
        })
        .collect();
    LinkChart { title: Phrase::new("Link chart", "Diagrama de vínculos"), nodes, edges }
}

/// Who is behind an edge: a person under the number of its node, the program's own words in both languages.
fn author(name: &str) -> Phrase {
    match name.strip_prefix("person ") {
        Some(number) if number.parse::<usize>().is_ok() => alias(number),
        _ if name == "linkage" => Phrase::new(name, "vinculación"),
        _ => Phrase::same(name),
    }
}

/// What stands for a person of the graph.
pub(super) fn alias(number: &str) -> Phrase {
    Phrase::new(format!("person {number}"), format!("persona {number}"))
}

fn evidence(story: &Story, edge: &graph::Edge) -> Phrase {
    let mut records = records(story, edge);
    // When it was fired, handed over or sold, which is another day than that on which somebody says so.
    if let Some(date) = edge.date {
        for text in [&mut records.english, &mut records.spanish] {
            *text = if text.is_empty() { date.to_string() } else { format!("{date}, {text}") };
        }
    }
    // The chart has one kind for both directions; the word says which.
    if matches!(edge.kind, K::CustodyGiven | K::CustodyTaken | K::TransferredBy | K::AcquiredBy) {
        for (text, language) in [(&mut records.english, Language::En), (&mut records.spanish, Language::Es)] {
            *text = if text.is_empty() {
                edge.kind.name(language).to_owned()
            } else {
                format!("{}, {text}", edge.kind.name(language))
            };
        }
    }
    let mut phrase = match edge.confidence {
        Confidence::LikelihoodRatio { log10 } => Phrase::same(format!("log10 LR {log10:.1}")),
        Confidence::Linkage { bits, probability } => Phrase::new(
            format!("{bits:.1} bits, probability {}", written(probability)),
            format!("{bits:.1} bits, probabilidad {}", written(probability)),
        ),
        Confidence::Recorded => Phrase::new("as recorded", "según el registro"),
        Confidence::NotMeasured => Phrase::new("not measured", "sin medir"),
    };
    for (text, more) in [(&mut phrase.english, records.english), (&mut phrase.spanish, records.spanish)] {
        if !more.is_empty() {
            text.push_str(&format!(", {more}"));
        }
    }
    phrase
}

/// What supports an edge. The graph keeps it in English; what it takes from a vocabulary or from the linkage is said here in both languages.
fn records(story: &Story, edge: &graph::Edge) -> Phrase {
    if edge.kind == graph::EdgeKind::RecordLink {
        let own = |l: &&crate::trace::graph::RecordLinkInput| {
            l.link.firearm.as_str() == edge.from.key && l.link.trace.as_str() == edge.to.key
        };
        if let Some(linked) = story.record_links.iter().find(own) {
            let said = |language| linked.link.reasons.iter().map(|r| r.pick(language).to_owned()).collect::<Vec<_>>();
            let reason = linked.verdict.as_ref().map(|v| v.reason.clone()).filter(|r| !r.is_empty());
            let all = |language| said(language).into_iter().chain(reason.clone()).collect::<Vec<_>>().join(", ");
            return Phrase::new(all(Language::En), all(Language::Es));
        }
    }
    let said = |language: Language| {
        let words = edge.evidence.iter().map(|text| {
            let (code, rest) = text.split_once(' ').unwrap_or((text, ""));
            match DispositionKind::ALL.iter().find(|kind| kind.to_string() == code) {
                Some(kind) => format!("{} {rest}", kind.name(language)).trim_end().to_owned(),
                None => match text.split_once(" rows ") {
                    // The name alone: where the table lay is nobody's business who reads the report.
                    Some((file, rows)) => {
                        let file = file_name(file);
                        let many = rows.contains(',');
                        language.pick(
                            format!("{file} {} {rows}", if many { "rows" } else { "row" }),
                            format!("{file}, {} {rows}", if many { "filas" } else { "fila" }),
                        )
                    }
                    None => text.clone(),
                },
            }
        });
        words.collect::<Vec<_>>().join(", ")
    };
    Phrase::new(said(Language::En), said(Language::Es))
}

/// The last part of a path.
#[must_use]
pub fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
