//! The link chart: incidents, cases, test fires, firearms, traces and parties in layers, every edge with its own status.

use super::Frame;
use super::plan::{MARGIN, Plan, TAG_H, plan};
use crate::language::Language;
use crate::report::lettering::{fitted, text_width};
use crate::report::palette::{BLUE, GREEN, INK, MUTED, ORANGE, PAPER, PURPLE, RULE, SURFACE, VERMILLION};
use crate::report::svg::{Anchor, Paint, Svg, Type};
use crate::report::view::{Disclosure, EdgeStatus, Name, Phrase};
use crate::report::{Drawing, ReportError};

/// What a node stands for; the order is the order of the layers from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeKind {
    /// A shooting.
    Incident,
    /// A case (or exhibit) found at a scene.
    Case,
    /// A case fired by a laboratory.
    TestFire,
    /// A firearm in custody or known by its record.
    Firearm,
    /// A trace record.
    Trace,
    /// A maker, dealer, purchaser or possessor.
    Party,
}

impl NodeKind {
    pub(super) const ALL: [NodeKind; 6] =
        [Self::Incident, Self::Case, Self::TestFire, Self::Firearm, Self::Trace, Self::Party];

    /// The heading of the layer.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            NodeKind::Incident => language.pick("Incidents", "Incidentes"),
            NodeKind::Case => language.pick("Cases", "Casquillos"),
            NodeKind::TestFire => language.pick("Test fires", "Disparos de prueba"),
            NodeKind::Firearm => language.pick("Firearm", "Arma"),
            NodeKind::Trace => language.pick("Trace", "Rastreo"),
            NodeKind::Party => language.pick("Parties", "Partes"),
        }
    }

    fn colour(self) -> &'static str {
        match self {
            NodeKind::Incident => VERMILLION,
            NodeKind::Case => BLUE,
            NodeKind::TestFire => GREEN,
            NodeKind::Firearm => INK,
            NodeKind::Trace => PURPLE,
            NodeKind::Party => ORANGE,
        }
    }
}

/// What an edge says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeKind {
    /// A case was found at an incident.
    FoundAt,
    /// Two cases bear similar marks: a lead or a hit.
    Ballistic,
    /// A laboratory fired the case from the firearm.
    TestFireOf,
    /// A firearm was recovered at or after an incident.
    Recovered,
    /// A firearm and a trace record speak of one object.
    RecordLink,
    /// A party sold or bought the firearm.
    Sale,
    /// A party had the firearm.
    Possession,
}

impl EdgeKind {
    const ALL: [EdgeKind; 7] = [
        Self::FoundAt,
        Self::Ballistic,
        Self::TestFireOf,
        Self::Recovered,
        Self::RecordLink,
        Self::Sale,
        Self::Possession,
    ];

    /// The kind in words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            EdgeKind::FoundAt => language.pick("found at", "hallado en"),
            EdgeKind::Ballistic => language.pick("ballistic association", "asociación balística"),
            EdgeKind::TestFireOf => language.pick("test fire of", "disparo de prueba de"),
            EdgeKind::Recovered => language.pick("recovered", "asegurada"),
            EdgeKind::RecordLink => language.pick("record link", "enlace de registros"),
            EdgeKind::Sale => language.pick("sale", "venta"),
            EdgeKind::Possession => language.pick("possession", "posesión"),
        }
    }

    fn colour(self) -> &'static str {
        match self {
            EdgeKind::FoundAt => MUTED,
            EdgeKind::Ballistic => BLUE,
            EdgeKind::TestFireOf => GREEN,
            EdgeKind::Recovered => INK,
            EdgeKind::RecordLink => PURPLE,
            EdgeKind::Sale => ORANGE,
            EdgeKind::Possession => VERMILLION,
        }
    }
}

/// A node of the chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What edges call it; unique in the chart, never shown.
    pub key: String,
    /// What it stands for.
    pub kind: NodeKind,
    /// First line.
    pub label: Name,
    /// Second line: a date, a place, a model.
    pub detail: Phrase,
}

/// An edge of the chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// Key of one end.
    pub from: String,
    /// Key of the other.
    pub to: String,
    /// What it says.
    pub kind: EdgeKind,
    /// How far it is settled.
    pub status: EdgeStatus,
    /// What it rests on, in words: `log10 LR 4.2 [3.1, 5.0], lead of 2024-03-05`.
    pub evidence: Phrase,
    /// Who stands behind it: a person, a record, a program with its version.
    pub author: String,
    /// When it was stated; may be empty.
    pub stated: String,
}

/// The view model of a link chart. Edges are numbered from 1 in the order given, on the chart and in the table beside it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LinkChart {
    /// Heading.
    pub title: Phrase,
    /// Nodes.
    pub nodes: Vec<Node>,
    /// Edges.
    pub edges: Vec<Edge>,
}

/// Most nodes that one chart may hold; more cannot be read on one page.
pub const NODE_LIMIT: usize = 400;

/// Draws the chart. The width depends on the layers in use (at most 1,250 px), the height on the fullest layer.
///
/// # Errors
/// An edge to an unknown key, a key used twice, or more than `NODE_LIMIT` nodes.
pub fn link_chart(chart: &LinkChart, disclosure: &Disclosure, language: Language) -> Result<Drawing, ReportError> {
    let plan = plan(chart)?;
    let description = language.pick(
        format!(
            "{} nodes and {} links; the table of links says the same in words.",
            chart.nodes.len(),
            chart.edges.len()
        ),
        format!(
            "{} nodos y {} enlaces; la tabla de enlaces dice lo mismo en palabras.",
            chart.nodes.len(),
            chart.edges.len()
        ),
    );
    let legend_height = 64.0;
    let mut svg = Svg::new(plan.width, plan.height + legend_height, chart.title.pick(language), &description);
    for (kind, x) in &plan.columns {
        svg.rect(*x - 10.0, 6.0, plan.box_w + 20.0, plan.height - 12.0, 6.0, Paint::fill(SURFACE));
        svg.text(
            x + plan.box_w / 2.0,
            26.0,
            kind.words(language),
            Type::of(12.0).colour(MUTED).bold().anchor(Anchor::Middle),
        );
    }
    bands(&mut svg, chart, &plan, disclosure, language);
    for (edge, segments) in chart.edges.iter().zip(&plan.segments) {
        for s in segments {
            svg.curve(s.a, s.b, s.c, s.d, stroke(edge.kind, edge.status));
        }
    }
    for (node, frame) in chart.nodes.iter().zip(&plan.boxes) {
        draw_node(&mut svg, node, frame, plan.low, disclosure, language);
    }
    for (i, tag) in plan.tags.iter().enumerate() {
        if let Some(tag) = tag {
            let outline = Paint::stroke(chart.edges[i].kind.colour(), 1.0).filled(PAPER);
            svg.rect(tag.x, tag.y, tag.w, tag.h, TAG_H / 2.0, outline);
            let middle = Type::of(10.5).anchor(Anchor::Middle);
            svg.text(tag.x + tag.w / 2.0, tag.y + 11.2, &(i + 1).to_string(), middle);
        }
    }
    legend(&mut svg, chart, plan.height + 6.0, plan.width, language);
    Ok(svg.finish())
}

fn stroke(kind: EdgeKind, status: EdgeStatus) -> Paint {
    let width = if kind == EdgeKind::Ballistic { 2.4 } else { 1.7 };
    let width = if status == EdgeStatus::Withdrawn { 1.1 } else { width };
    Paint::stroke(kind.colour(), width).dashed(status.dash())
}

/// The frames of the groups, each named after its firearms.
fn bands(svg: &mut Svg, chart: &LinkChart, plan: &Plan, disclosure: &Disclosure, language: Language) {
    if plan.bands.len() < 2 {
        return;
    }
    for (i, band) in plan.bands.iter().enumerate() {
        let y = band.top - 24.0;
        let outline = Paint::stroke(MUTED, 0.9).dashed(if band.shared { "3 3" } else { "" });
        svg.rect(MARGIN - 8.0, y, plan.width - 2.0 * (MARGIN - 8.0), band.bottom - y + 10.0, 8.0, outline);
        let inside = |frame: &Frame| frame.y >= band.top - 0.5 && frame.y + frame.h <= band.bottom + 0.5;
        let named: Vec<String> = chart
            .nodes
            .iter()
            .zip(&plan.boxes)
            .filter(|(node, frame)| node.kind == NodeKind::Firearm && inside(frame))
            .map(|(node, _)| node.label.shown(disclosure, language))
            .collect();
        let count = plan.boxes.iter().filter(|frame| inside(frame)).count();
        let words = match (band.shared, named.is_empty()) {
            (true, _) => language.pick("Parties of several groups", "Partes de varios grupos").to_owned(),
            (_, true) => language.pick(format!("Group {}, no firearm", i + 1), format!("Grupo {}, sin arma", i + 1)),
            _ => language.pick(
                format!("Group {}: {}", i + 1, named.join(", ")),
                format!("Grupo {}: {}", i + 1, named.join(", ")),
            ),
        };
        let words = language.pick(format!("{words} · {count} nodes"), format!("{words} · {count} nodos"));
        svg.text(MARGIN, y + 15.0, &fitted(&words, 12.0, plan.width - 60.0), Type::of(12.0).bold());
    }
}

fn draw_node(svg: &mut Svg, node: &Node, frame: &Frame, low: bool, disclosure: &Disclosure, language: Language) {
    svg.rect(frame.x, frame.y, frame.w, frame.h, 4.0, Paint::stroke(RULE, 1.0).filled(PAPER));
    svg.rect(frame.x, frame.y + 4.0, 3.5, frame.h - 8.0, 1.5, Paint::fill(node.kind.colour()));
    let room = frame.w - 18.0;
    let label = node.label.shown(disclosure, language);
    let detail = node.detail.pick(language);
    if low {
        let line = frame.y + frame.h / 2.0 + 4.2;
        let cut = fitted(&label, 11.5, room * 0.97);
        svg.text_with_title(frame.x + 10.0, line, &cut, Some(&label), Type::of(11.5).bold());
        let used = text_width(&cut, 11.5) * 1.06 + 6.0;
        // Half a date says less than none.
        if !detail.is_empty() && used + text_width(detail, 10.0) <= room {
            svg.text(frame.x + 10.0 + used, line, detail, Type::of(10.0).colour(MUTED));
        }
        return;
    }
    let line = if detail.is_empty() { frame.y + 26.5 } else { frame.y + 18.5 };
    svg.text_with_title(frame.x + 11.0, line, &fitted(&label, 13.0, room * 0.97), Some(&label), Type::of(13.0).bold());
    if !detail.is_empty() {
        let set = Type::of(11.5).colour(MUTED);
        svg.text_with_title(frame.x + 11.0, frame.y + 34.5, &fitted(detail, 11.5, room), Some(detail), set);
    }
}

fn legend(svg: &mut Svg, chart: &LinkChart, top: f64, width: f64, language: Language) {
    let set = Type::of(11.5).colour(MUTED);
    let mut at = (MARGIN, top + 14.0);
    let mut entry = |svg: &mut Svg, paint: Paint, words: &str| {
        let wide = 34.0 + text_width(words, 11.5) + 18.0;
        if at.0 + wide > width - MARGIN && at.0 > MARGIN {
            at = (MARGIN, at.1 + 20.0);
        }
        svg.line((at.0, at.1 - 4.0), (at.0 + 28.0, at.1 - 4.0), paint);
        svg.text(at.0 + 34.0, at.1, words, set);
        at.0 += wide;
    };
    for status in EdgeStatus::ALL {
        let rare = matches!(status, EdgeStatus::Automatic | EdgeStatus::Withdrawn);
        if rare && !chart.edges.iter().any(|edge| edge.status == status) {
            continue;
        }
        let neutral = Paint { stroke: INK, ..stroke(EdgeKind::FoundAt, status) };
        entry(svg, neutral, status.words(language));
    }
    for kind in EdgeKind::ALL {
        if chart.edges.iter().any(|edge| edge.kind == kind) {
            entry(svg, stroke(kind, EdgeStatus::Confirmed), kind.words(language));
        }
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
