//! GraphML (graphml.graphdrawing.org), which link-chart and network programs read.

use super::document::{ConfidenceOut, Document, EdgeOut, NodeOut};
use crate::report::svg::escaped;
use std::fmt::Write as _;

/// Attributes of nodes: name and type.
const NODE_KEYS: [(&str, &str); 9] = [
    ("kind", "string"),
    ("label", "string"),
    ("person", "boolean"),
    ("first_day", "string"),
    ("last_day", "string"),
    ("latitude", "double"),
    ("longitude", "double"),
    ("place", "string"),
    ("cluster", "int"),
];

/// Attributes of edges.
const EDGE_KEYS: [(&str, &str); 11] = [
    ("kind", "string"),
    ("status", "string"),
    ("confidence", "string"),
    ("log10_lr", "double"),
    ("bits", "double"),
    ("probability", "double"),
    ("author", "string"),
    ("at", "string"),
    ("first_day", "string"),
    ("last_day", "string"),
    ("evidence", "string"),
];

/// The document as GraphML. Edges have a direction: from the case to its incident, from the firearm to its trace.
#[must_use]
pub fn graphml(document: &Document) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str("<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n");
    let origin = &document.origin;
    let about = format!(
        "{}; brasslink {}, parameters {}, made {}, audit {}, scope {}. {}",
        document.format, origin.version, origin.parameters, origin.made, origin.audit, origin.scope, document.caveat
    );
    let _ = writeln!(out, "<desc>{}</desc>", escaped(&about));
    for (of, keys) in [("node", &NODE_KEYS[..]), ("edge", &EDGE_KEYS)] {
        for (name, kind) in keys {
            let _ = writeln!(out, "<key id=\"{of}_{name}\" for=\"{of}\" attr.name=\"{name}\" attr.type=\"{kind}\"/>");
        }
    }
    out.push_str("<graph id=\"links\" edgedefault=\"directed\">\n");
    for node in &document.nodes {
        let _ = writeln!(out, "<node id=\"{}\">", escaped(&node.id));
        data(&mut out, "node", &node_values(node));
        out.push_str("</node>\n");
    }
    for edge in &document.edges {
        let _ = writeln!(
            out,
            "<edge id=\"{}\" source=\"{}\" target=\"{}\">",
            escaped(&edge.id),
            escaped(&edge.from),
            escaped(&edge.to)
        );
        data(&mut out, "edge", &edge_values(edge));
        out.push_str("</edge>\n");
    }
    out.push_str("</graph>\n</graphml>\n");
    out
}

fn data(out: &mut String, of: &str, values: &[(&str, Option<String>)]) {
    for (name, value) in values {
        if let Some(value) = value {
            let _ = writeln!(out, "<data key=\"{of}_{name}\">{}</data>", escaped(value));
        }
    }
}

/// The attributes of a node, in the order of the columns of all formats.
pub(super) fn node_values(node: &NodeOut) -> Vec<(&'static str, Option<String>)> {
    let number = |value: Option<f64>| value.map(|v| v.to_string());
    let values = [
        Some(node.kind.clone()),
        Some(node.label.clone()),
        Some(node.person.to_string()),
        node.first_day.clone(),
        node.last_day.clone(),
        number(node.latitude),
        number(node.longitude),
        Some(node.place.clone()).filter(|p| !p.is_empty()),
        node.cluster.map(|c| c.to_string()),
    ];
    NODE_KEYS.iter().map(|(name, _)| *name).zip(values).collect()
}

/// The attributes of an edge.
pub(super) fn edge_values(edge: &EdgeOut) -> Vec<(&'static str, Option<String>)> {
    let (word, log10, bits, probability) = match edge.confidence {
        ConfidenceOut::LikelihoodRatio { log10 } => ("likelihood_ratio", Some(log10), None, None),
        ConfidenceOut::Linkage { bits, probability } => ("linkage", None, Some(bits), Some(probability)),
        ConfidenceOut::Recorded => ("recorded", None, None, None),
        ConfidenceOut::NotMeasured => ("not_measured", None, None, None),
    };
    let number = |value: Option<f64>| value.map(|v| v.to_string());
    let values = [
        Some(edge.kind.clone()),
        Some(edge.status.clone()),
        Some(word.to_owned()),
        number(log10),
        number(bits),
        number(probability),
        edge.author.clone(),
        edge.at.clone(),
        edge.first_day.clone(),
        edge.last_day.clone(),
        Some(edge.evidence.join("; ")).filter(|e| !e.is_empty()),
    ];
    EDGE_KEYS.iter().map(|(name, _)| *name).zip(values).collect()
}
