//! Where the boxes, lines and number tags of a link chart stand.

use super::Frame;
use super::groups::{Band, stacked};
use super::layers::Arrangement;
use super::link::{LinkChart, NODE_LIMIT, NodeKind};
use crate::report::ReportError;
use crate::report::lettering::text_width;
use std::collections::BTreeMap;

const BOX_W: f64 = 146.0;
const BOX_H: f64 = 44.0;
/// Height of a box in a chart of many nodes, whose label and detail share a line, px.
const LOW_BOX_H: f64 = 26.0;
/// Nodes from which on boxes are low.
const MANY: usize = 60;
/// Width of a low box, px.
const LOW_BOX_W: f64 = 168.0;
/// Least room between two layers, px.
const GAP: f64 = 66.0;
/// Further room for every line beyond the eighth between two layers, up to a limit, px.
const GAP_PER_LINE: f64 = 4.0;
const GAP_MORE: f64 = 70.0;
pub(super) const MARGIN: f64 = 14.0;
const HEAD: f64 = 40.0;
pub(super) const TAG_H: f64 = 15.0;

/// Where the parts of a chart stand.
pub(super) struct Plan {
    /// One box a node.
    pub boxes: Vec<Frame>,
    /// One number tag an edge; none where there was no free place on its line.
    pub tags: Vec<Option<Frame>>,
    pub segments: Vec<Vec<Segment>>,
    pub columns: Vec<(NodeKind, f64)>,
    /// Width of a box, px.
    pub box_w: f64,
    /// Whether label and detail of a box share a line.
    pub low: bool,
    /// Upper and lower edges of the groups on the page; one group has no frame.
    pub bands: Vec<Band>,
    pub width: f64,
    pub height: f64,
}

/// A cubic piece of a line.
#[derive(Clone, Copy)]
pub(super) struct Segment {
    pub a: (f64, f64),
    pub b: (f64, f64),
    pub c: (f64, f64),
    pub d: (f64, f64),
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
    let low = chart.nodes.len() > MANY;
    let (box_w, box_h) = if low { (LOW_BOX_W, LOW_BOX_H) } else { (BOX_W, BOX_H) };
    let of_nodes: Vec<NodeKind> = chart.nodes.iter().map(|node| node.kind).collect();
    let (arrangement, bands) = stacked(&of_nodes, &layer, &vec![box_h; layer.len()], &ends);
    // With several groups the first one, too, has a name above it.
    let head = if bands.len() > 1 { HEAD + 24.0 } else { HEAD };
    let columns = columns(&layer, &arrangement, kinds.len(), box_w);
    let column = |l: usize| columns[l.min(columns.len() - 1)];
    let boxes: Vec<Frame> = layer
        .iter()
        .zip(&arrangement.centre)
        .map(|(&l, &c)| Frame { x: column(l), y: head + c - box_h / 2.0, w: box_w, h: box_h })
        .collect();
    let segments = lines(&arrangement, &boxes, &layer, (&column, box_w, head), kinds.len());
    let tags = tags(&segments, &boxes, &starts(&arrangement, layer.len()));
    let within = ends.iter().any(|&(a, b)| layer[a] == layer[b] && layer[a] + 1 == kinds.len());
    let width = column(kinds.len().max(1) - 1) + box_w + 10.0 + MARGIN + if within { GAP } else { 0.0 };
    Ok(Plan {
        boxes,
        tags,
        segments,
        columns: kinds.iter().zip(&columns).map(|(kind, x)| (*kind, *x)).collect(),
        width: width.max(420.0),
        height: head + arrangement.height + 22.0,
        box_w,
        low,
        bands: bands.iter().map(|b| Band { top: head + b.top, bottom: head + b.bottom, ..*b }).collect(),
    })
}

/// Left edges of the layers; the more lines run between two layers, the wider they stand apart.
fn columns(layer: &[usize], arrangement: &Arrangement, count: usize, box_w: f64) -> Vec<f64> {
    let mut lines = vec![0usize; count.max(1)];
    for route in &arrangement.routes {
        let (first, last) = (layer[route[0]], layer[route[route.len() - 1]]);
        for gap in first..last.max(first + 1) {
            lines[gap.min(count - 1)] += 1;
        }
    }
    let mut x = MARGIN + 10.0;
    lines
        .iter()
        .map(|n| {
            let here = x;
            x += box_w + GAP + (n.saturating_sub(8) as f64 * GAP_PER_LINE).min(GAP_MORE);
            here
        })
        .collect()
}

/// The curves of every edge, with ports spread along the sides of the boxes.
fn lines(
    arrangement: &Arrangement,
    boxes: &[Frame],
    layer: &[usize],
    (column, box_w, head): (&dyn Fn(usize) -> f64, f64, f64),
    columns: usize,
) -> Vec<Vec<Segment>> {
    let y_of = |item: usize| head + arrangement.centre[item];
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
        let step = (8.0f64).min((boxes[node].h - 12.0) / edges.len() as f64);
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
            let right = |node: usize| boxes[node].x + boxes[node].w;
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
                    let beyond = (column(l) + box_w, to.1);
                    out.push(Segment { a: to, b: to, c: beyond, d: beyond });
                    from = beyond;
                }
            }
            out
        })
        .collect()
}

/// Where on its line the number of every edge looks for a place first: nearer to the end at which fewer lines meet.
fn starts(arrangement: &Arrangement, nodes: usize) -> Vec<f64> {
    let mut degree = vec![0i64; nodes];
    for route in &arrangement.routes {
        degree[route[0]] += 1;
        degree[route[route.len() - 1]] += 1;
    }
    let lean = |route: &Vec<usize>| (degree[route[0]] - degree[route[route.len() - 1]]).clamp(-4, 4) as f64 * 0.05;
    arrangement.routes.iter().map(|route| 0.5 + lean(route)).collect()
}

/// A free place for every number on its own line: where it starts, then ever further out.
fn tags(segments: &[Vec<Segment>], boxes: &[Frame], starts: &[f64]) -> Vec<Option<Frame>> {
    let mut placed: Vec<Frame> = Vec::new();
    let mut out = Vec::with_capacity(segments.len());
    for (e, line) in segments.iter().enumerate() {
        let w = text_width(&(e + 1).to_string(), 10.5) + 10.0;
        let found = (0..=80)
            .map(|i| starts[e] + f64::from((i + 1) / 2) * 0.02 * if i % 2 == 0 { 1.0 } else { -1.0 })
            .filter(|t| (0.06..=0.94).contains(t))
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
