//! Where the boxes, lines and number tags of a link chart stand: every section by itself, all in common columns.

use super::Frame;
use super::layers::{Arrangement, arrange};
use super::link::{LinkChart, NODE_LIMIT, NodeKind};
use super::sections::{Section, Sections, sections};
use crate::report::ReportError;
use crate::report::lettering::text_width;
use std::collections::BTreeMap;

const BOX_W: f64 = 146.0;
const BOX_H: f64 = 44.0;
/// Height of a box in a chart of many nodes, whose label and detail share a line, px.
const LOW_BOX_H: f64 = 26.0;
/// Nodes from which on boxes are low.
const MANY: usize = 30;
/// Width of a low box, px.
const LOW_BOX_W: f64 = 150.0;
/// Least room between two boxes of a layer, px; a number tag fits between the lines that end there.
const SPACING: f64 = 14.0;
const LOW_SPACING: f64 = 10.0;
/// Least room between two layers, px.
const GAP: f64 = 54.0;
/// Further room for every line beyond the sixth between two layers, up to a limit, px.
const GAP_PER_LINE: f64 = 6.0;
const GAP_MORE: f64 = 64.0;
pub(super) const MARGIN: f64 = 14.0;
pub(super) const TAG_H: f64 = 15.0;
/// Height of the boxes of one section, px, beyond which it is cut into parts: a Letter page laid across, letters of 5.5 pt.
const SECTION_H: f64 = 620.0;
/// Boxes a layer below which no section is cut further.
const LEAST_ROWS: usize = 6;

/// Where the parts of a chart stand.
pub(super) struct Plan {
    pub panels: Vec<Panel>,
    pub sections: Sections,
    pub ends: Vec<(usize, usize)>,
    pub columns: Vec<(NodeKind, f64)>,
    /// Width of a box, px.
    pub box_w: f64,
    /// Whether label and detail of a box share a line.
    pub low: bool,
    pub width: f64,
}

/// One section laid out; heights count from the upper edge of its boxes.
pub(super) struct Panel {
    pub section: Section,
    /// Nodes with their boxes.
    pub boxes: Vec<(usize, Frame)>,
    /// Edges with the curves they consist of.
    pub lines: Vec<(usize, Vec<Segment>)>,
    /// Edges with their number tags; none where there was no free place on the line.
    pub tags: Vec<(usize, Frame)>,
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

    pub(super) fn at(&self, t: f64) -> (f64, f64) {
        let s = 1.0 - t;
        let (wa, wb, wc, wd) = (s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t);
        (
            wa * self.a.0 + wb * self.b.0 + wc * self.c.0 + wd * self.d.0,
            wa * self.a.1 + wb * self.b.1 + wc * self.c.1 + wd * self.d.1,
        )
    }

    /// Points along it, close enough that no letter fits between two.
    pub(super) fn points(self) -> impl Iterator<Item = (f64, f64)> {
        let long = (self.d.0 - self.a.0).abs() + (self.d.1 - self.a.1).abs();
        let steps = (long / 3.0).ceil().clamp(8.0, 400.0) as u32;
        (0..=steps).map(move |i| self.at(f64::from(i) / f64::from(steps)))
    }
}

/// Places boxes, lines and number tags.
pub(super) fn plan(chart: &LinkChart) -> Result<Plan, ReportError> {
    let ends = ends(chart)?;
    let kinds: Vec<NodeKind> =
        NodeKind::ALL.into_iter().filter(|kind| chart.nodes.iter().any(|node| node.kind == *kind)).collect();
    let layer: Vec<usize> =
        chart.nodes.iter().map(|node| kinds.iter().position(|kind| *kind == node.kind).unwrap_or(0)).collect();
    let low = chart.nodes.len() > MANY;
    let (box_w, box_h, spacing) = if low { (LOW_BOX_W, LOW_BOX_H, LOW_SPACING) } else { (BOX_W, BOX_H, SPACING) };
    let arranged = |section: &Section| {
        let place = |node: usize| section.nodes.binary_search(&node).unwrap_or(0);
        let layers: Vec<usize> = section.nodes.iter().map(|n| layer[*n]).collect();
        let own: Vec<(usize, usize)> = section.edges.iter().map(|e| (place(ends[*e].0), place(ends[*e].1))).collect();
        let arrangement = arrange(&layers, &vec![box_h; layers.len()], &own, spacing);
        (layers, arrangement)
    };
    let mut rows = (SECTION_H / (box_h + spacing)) as usize;
    let (sections, arranged) = loop {
        let cut = sections(chart, &ends, &layer, rows);
        let all: Vec<(Vec<usize>, Arrangement)> = cut.all.iter().map(arranged).collect();
        if rows <= LEAST_ROWS || all.iter().all(|(_, a)| a.height <= SECTION_H) {
            break (cut, all);
        }
        rows -= 1;
    };
    let columns = columns(&arranged, kinds.len(), box_w);
    let within = sections.all.iter().flat_map(|s| &s.edges).any(|e| {
        let (a, b) = (layer[ends[*e].0], layer[ends[*e].1]);
        a == b && a + 1 == kinds.len()
    });
    let last = columns.last().copied().unwrap_or(MARGIN);
    let width = last + box_w + 10.0 + MARGIN + if within { GAP } else { 0.0 };
    let panels =
        sections.all.iter().zip(&arranged).map(|(s, (l, a))| panel(s, l, a, (&columns, box_w, box_h))).collect();
    Ok(Plan {
        panels,
        sections,
        ends,
        columns: kinds.iter().zip(&columns).map(|(kind, x)| (*kind, *x)).collect(),
        box_w,
        low,
        width: width.max(420.0),
    })
}

/// Places of the ends of every edge among the nodes.
fn ends(chart: &LinkChart) -> Result<Vec<(usize, usize)>, ReportError> {
    if chart.nodes.len() > NODE_LIMIT {
        let got = chart.nodes.len();
        return Err(ReportError::TooLarge { what: "link chart, nodes".into(), limit: NODE_LIMIT, got });
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
    chart.edges.iter().enumerate().map(|(i, e)| Ok((find(&e.from, i + 1)?, find(&e.to, i + 1)?))).collect()
}

/// Left edges of the layers; the more lines run between two layers in one section, the wider they stand apart.
fn columns(arranged: &[(Vec<usize>, Arrangement)], count: usize, box_w: f64) -> Vec<f64> {
    let mut most = vec![0usize; count.max(1)];
    for (layer, arrangement) in arranged {
        let mut lines = vec![0usize; count.max(1)];
        for route in &arrangement.routes {
            let (first, last) = (layer[route[0]], layer[route[route.len() - 1]]);
            for gap in first..last.max(first + 1) {
                lines[gap.min(count - 1)] += 1;
            }
        }
        most.iter_mut().zip(lines).for_each(|(m, n)| *m = (*m).max(n));
    }
    let mut x = MARGIN + 10.0;
    most.iter()
        .map(|n| {
            let here = x;
            x += box_w + GAP + (n.saturating_sub(6) as f64 * GAP_PER_LINE).min(GAP_MORE);
            here
        })
        .collect()
}

fn panel(
    section: &Section,
    layer: &[usize],
    arrangement: &Arrangement,
    (columns, box_w, box_h): (&[f64], f64, f64),
) -> Panel {
    let column = |l: usize| columns[l.min(columns.len() - 1)];
    let boxes: Vec<Frame> = layer
        .iter()
        .zip(&arrangement.centre)
        .map(|(&l, &c)| Frame { x: column(l), y: c - box_h / 2.0, w: box_w, h: box_h })
        .collect();
    let segments = lines(arrangement, &boxes, layer, (&column, box_w), columns.len());
    let tags = tags(&section.edges, &segments, &boxes, &starts(arrangement, layer.len()));
    Panel {
        boxes: section.nodes.iter().copied().zip(boxes).collect(),
        lines: section.edges.iter().copied().zip(segments).collect(),
        tags: section.edges.iter().copied().zip(tags).filter_map(|(e, tag)| Some((e, tag?))).collect(),
        height: arrangement.height,
        section: section.clone(),
    }
}

/// The curves of every edge, with ports spread along the sides of the boxes.
fn lines(
    arrangement: &Arrangement,
    boxes: &[Frame],
    layer: &[usize],
    (column, box_w): (&dyn Fn(usize) -> f64, f64),
    columns: usize,
) -> Vec<Vec<Segment>> {
    let y_of = |item: usize| arrangement.centre[item];
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
        let step = (8.0f64).min((boxes[node].h - 8.0) / edges.len() as f64);
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
    let lean = |route: &Vec<usize>| (degree[route[0]] - degree[route[route.len() - 1]]).clamp(-4, 4) as f64 * 0.06;
    arrangement.routes.iter().map(|route| 0.5 + lean(route)).collect()
}

/// A free place for every number on its own line: where it starts, then ever further out; a place that no other line crosses
/// where there is one.
fn tags(edges: &[usize], segments: &[Vec<Segment>], boxes: &[Frame], starts: &[f64]) -> Vec<Option<Frame>> {
    let points: Vec<Vec<(f64, f64)>> =
        segments.iter().map(|line| line.iter().flat_map(|s| s.points()).collect()).collect();
    let holds = |f: &Frame, p: &(f64, f64)| p.0 > f.x && p.0 < f.x + f.w && p.1 > f.y && p.1 < f.y + f.h;
    // Places on each line that no box covers, with the number of other lines that cross them, nearest to the start first.
    let places: Vec<Vec<(usize, Frame)>> = segments
        .iter()
        .enumerate()
        .map(|(i, line)| {
            let w = text_width(&(edges[i] + 1).to_string(), 10.5) + 10.0;
            let crossing = |f: &Frame| {
                let others = points.iter().enumerate().filter(|(other, _)| *other != i);
                others.filter(|(_, all)| all.iter().any(|p| holds(f, p))).count()
            };
            (0..=88)
                .map(|n| starts[i] + f64::from((n + 1) / 2) * 0.02 * if n % 2 == 0 { 1.0 } else { -1.0 })
                .filter(|t| (0.04..=0.96).contains(t))
                .flat_map(|t| line.iter().map(move |s| s.at(t)))
                .map(|p| Frame { x: p.0 - w / 2.0, y: p.1 - TAG_H / 2.0, w, h: TAG_H })
                .filter(|f| !boxes.iter().any(|b| b.overlaps(f)))
                .map(|f| (crossing(&f), f))
                .collect()
        })
        .collect();
    // Those with the fewest clear places choose first.
    let clear = |i: &usize| places[*i].iter().filter(|(lines, _)| *lines == 0).count();
    let mut order: Vec<usize> = (0..segments.len()).collect();
    order.sort_by_key(|i| (clear(i), *i));
    let mut placed: Vec<Frame> = Vec::new();
    let mut out = vec![None; segments.len()];
    for i in order {
        let free = places[i].iter().filter(|(_, f)| !placed.iter().any(|p| p.overlaps(f)));
        let found = free.min_by_key(|(lines, _)| *lines).map(|(_, f)| *f);
        placed.extend(found);
        out[i] = found;
    }
    out
}
