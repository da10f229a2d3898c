//! The link chart: incidents, cases, test fires, firearms, traces and parties in layers, every edge with its own status.

use super::Frame;
use super::layers::{Arrangement, arrange};
use crate::language::Language;
use crate::report::palette::{BLUE, GREEN, INK, MUTED, ORANGE, PAPER, PURPLE, RULE, SURFACE, VERMILLION};
use crate::report::svg::{Anchor, Paint, Svg, Type, fitted, text_width};
use crate::report::view::{Disclosure, EdgeStatus, Name, Phrase};
use crate::report::{Drawing, ReportError};
use std::collections::BTreeMap;

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
    const ALL: [NodeKind; 6] = [Self::Incident, Self::Case, Self::TestFire, Self::Firearm, Self::Trace, Self::Party];

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

const BOX_W: f64 = 142.0;
const BOX_H: f64 = 44.0;
const GAP: f64 = 76.0;
const MARGIN: f64 = 14.0;
const HEAD: f64 = 40.0;
const TAG_H: f64 = 15.0;

/// Where the parts of a chart stand.
pub(super) struct Plan {
    /// One box a node.
    pub boxes: Vec<Frame>,
    /// One number tag an edge; none where there was no free place on its line.
    pub tags: Vec<Option<Frame>>,
    segments: Vec<Vec<Segment>>,
    columns: Vec<(NodeKind, f64)>,
    width: f64,
    height: f64,
}

#[derive(Clone, Copy)]
struct Segment {
    a: (f64, f64),
    b: (f64, f64),
    c: (f64, f64),
    d: (f64, f64),
}

impl Segment {
    fn across(a: (f64, f64), d: (f64, f64)) -> Self {
        let reach = (d.0 - a.0) * 0.5;
        Self { a, b: (a.0 + reach, a.1), c: (d.0 - reach, d.1), d }
    }

    fn at(&self, t: f64) -> (f64, f64) {
        let s = 1.0 - t;
        let (wa, wb, wc, wd) = (s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t);
        (
            wa * self.a.0 + wb * self.b.0 + wc * self.c.0 + wd * self.d.0,
            wa * self.a.1 + wb * self.b.1 + wc * self.c.1 + wd * self.d.1,
        )
    }
}

/// Draws the chart. The width depends on the layers in use (at most 1,250 px), the height on the fullest layer.
///
/// # Errors
/// An edge to an unknown key, a key used twice, or more than [`NODE_LIMIT`] nodes.
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
        svg.rect(*x - 10.0, 6.0, BOX_W + 20.0, plan.height - 12.0, 6.0, Paint::fill(SURFACE));
        svg.text(
            x + BOX_W / 2.0,
            26.0,
            kind.words(language),
            Type::of(12.0).colour(MUTED).bold().anchor(Anchor::Middle),
        );
    }
    for (edge, segments) in chart.edges.iter().zip(&plan.segments) {
        for s in segments {
            svg.curve(s.a, s.b, s.c, s.d, stroke(edge.kind, edge.status));
        }
    }
    for (node, frame) in chart.nodes.iter().zip(&plan.boxes) {
        draw_node(&mut svg, node, frame, disclosure, language);
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
    let paint = Paint::stroke(kind.colour(), width);
    match status {
        EdgeStatus::Confirmed => paint,
        EdgeStatus::Unconfirmed => paint.dashed("8 5"),
        EdgeStatus::Review => paint.dashed("1.5 4"),
    }
}

fn draw_node(svg: &mut Svg, node: &Node, frame: &Frame, disclosure: &Disclosure, language: Language) {
    svg.rect(frame.x, frame.y, frame.w, frame.h, 4.0, Paint::stroke(RULE, 1.0).filled(PAPER));
    svg.rect(frame.x, frame.y + 4.0, 3.5, frame.h - 8.0, 1.5, Paint::fill(node.kind.colour()));
    let room = frame.w - 18.0;
    let label = node.label.shown(disclosure, language);
    let detail = node.detail.pick(language);
    let line = if detail.is_empty() { frame.y + 26.5 } else { frame.y + 18.5 };
    svg.text_with_title(frame.x + 11.0, line, &fitted(&label, 12.5, room * 0.97), Some(&label), Type::of(12.5).bold());
    if !detail.is_empty() {
        let set = Type::of(11.0).colour(MUTED);
        svg.text_with_title(frame.x + 11.0, frame.y + 34.5, &fitted(detail, 11.0, room), Some(detail), set);
    }
}

/// Places boxes, lines and number tags.
pub(super) fn plan(chart: &LinkChart) -> Result<Plan, ReportError> {
    if chart.nodes.len() > NODE_LIMIT {
        return Err(ReportError::TooLarge {
            what: "link chart, nodes".into(),
            limit: NODE_LIMIT,
            got: chart.nodes.len(),
        });
    }
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, node) in chart.nodes.iter().enumerate() {
        if index.insert(&node.key, i).is_some() {
            return Err(ReportError::DuplicateNode { key: node.key.clone() });
        }
    }
    let find = |key: &str, edge: usize| {
        index.get(key).copied().ok_or_else(|| ReportError::UnknownNode { key: key.to_owned(), edge })
    };
    let mut ends = Vec::with_capacity(chart.edges.len());
    for (i, edge) in chart.edges.iter().enumerate() {
        ends.push((find(&edge.from, i + 1)?, find(&edge.to, i + 1)?));
    }
    let kinds: Vec<NodeKind> =
        NodeKind::ALL.into_iter().filter(|kind| chart.nodes.iter().any(|node| node.kind == *kind)).collect();
    let layer: Vec<usize> =
        chart.nodes.iter().map(|node| kinds.iter().position(|kind| *kind == node.kind).unwrap_or(0)).collect();
    let arrangement = arrange(&layer, &vec![BOX_H; layer.len()], &ends);
    let column = |l: usize| MARGIN + 10.0 + l as f64 * (BOX_W + GAP);
    let boxes: Vec<Frame> = layer
        .iter()
        .zip(&arrangement.centre)
        .map(|(&l, &c)| Frame { x: column(l), y: HEAD + c - BOX_H / 2.0, w: BOX_W, h: BOX_H })
        .collect();
    let segments = lines(&arrangement, &boxes, &layer, &column, kinds.len());
    let tags = tags(&segments, &boxes);
    let within = ends.iter().any(|&(a, b)| layer[a] == layer[b] && layer[a] + 1 == kinds.len());
    let width = column(kinds.len().max(1) - 1) + BOX_W + 10.0 + MARGIN + if within { GAP } else { 0.0 };
    Ok(Plan {
        boxes,
        tags,
        segments,
        columns: kinds.iter().enumerate().map(|(l, kind)| (*kind, column(l))).collect(),
        width: width.max(420.0),
        height: HEAD + arrangement.height + 22.0,
    })
}

/// The curves of every edge, with ports spread along the sides of the boxes.
fn lines(
    arrangement: &Arrangement,
    boxes: &[Frame],
    layer: &[usize],
    column: &dyn Fn(usize) -> f64,
    columns: usize,
) -> Vec<Vec<Segment>> {
    let y_of = |item: usize| HEAD + arrangement.centre[item];
    // Ports: (node, right side?) -> edges that leave there, sorted by the height of what they lead to.
    let mut sides: BTreeMap<(usize, bool), Vec<(f64, usize)>> = BTreeMap::new();
    for (e, route) in arrangement.routes.iter().enumerate() {
        let (first, last) = (route[0], route[route.len() - 1]);
        if first == last {
            continue;
        }
        if layer[first] == layer[last] {
            sides.entry((first, true)).or_default().push((y_of(last), e));
            sides.entry((last, true)).or_default().push((y_of(first), e));
        } else {
            sides.entry((first, true)).or_default().push((y_of(route[1]), e));
            sides.entry((last, false)).or_default().push((y_of(route[route.len() - 2]), e));
        }
    }
    let mut port: BTreeMap<(usize, bool, usize), f64> = BTreeMap::new();
    for ((node, right), mut edges) in sides {
        edges.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let step = (8.0f64).min((BOX_H - 12.0) / edges.len() as f64);
        for (i, (_, e)) in edges.iter().enumerate() {
            let offset = (i as f64 - (edges.len() as f64 - 1.0) / 2.0) * step;
            port.insert((node, right, *e), y_of(node) + offset);
        }
    }
    let at = |node: usize, right: bool, e: usize| port.get(&(node, right, e)).copied().unwrap_or_else(|| y_of(node));
    arrangement
        .routes
        .iter()
        .enumerate()
        .map(|(e, route)| {
            let (first, last) = (route[0], route[route.len() - 1]);
            if first == last {
                return Vec::new();
            }
            let right = |node: usize| boxes[node].x + BOX_W;
            if layer[first] == layer[last] {
                let (a, d) = ((right(first), at(first, true, e)), (right(last), at(last, true, e)));
                let reach = (18.0 + (a.1 - d.1).abs() * 0.22).min(GAP * 1.15);
                return vec![Segment { a, b: (a.0 + reach, a.1), c: (d.0 + reach, d.1), d }];
            }
            let mut out = Vec::new();
            let mut from = (right(first), at(first, true, e));
            for (step, &item) in route.iter().enumerate().skip(1) {
                let l = (layer[first] + step).min(columns - 1);
                let to = if item == last { (boxes[last].x, at(last, false, e)) } else { (column(l), y_of(item)) };
                out.push(Segment::across(from, to));
                if item != last {
                    let beyond = (column(l) + BOX_W, to.1);
                    out.push(Segment { a: to, b: to, c: beyond, d: beyond });
                    from = beyond;
                }
            }
            out
        })
        .collect()
}

/// A free place for every number on its own line: the middle first, then ever further out.
fn tags(segments: &[Vec<Segment>], boxes: &[Frame]) -> Vec<Option<Frame>> {
    let mut placed: Vec<Frame> = Vec::new();
    let mut out = Vec::with_capacity(segments.len());
    for (e, line) in segments.iter().enumerate() {
        let w = text_width(&(e + 1).to_string(), 10.5) + 10.0;
        let found = (0..=40)
            .map(|i| 0.5 + f64::from((i + 1) / 2) * 0.02 * if i % 2 == 0 { 1.0 } else { -1.0 })
            .flat_map(|t| line.iter().map(move |s| s.at(t)))
            .map(|p| Frame { x: p.0 - w / 2.0, y: p.1 - TAG_H / 2.0, w, h: TAG_H })
            .find(|f| !placed.iter().any(|p| p.overlaps(f)) && !boxes.iter().any(|b| b.overlaps(f)));
        if let Some(frame) = found {
            placed.push(frame);
        }
        out.push(found);
    }
    out
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
