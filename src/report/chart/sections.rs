//! The sections of a link chart: one a group, several for a group too large for a page; every link is drawn in one, or counted as folded.

use super::groups::{Groups, Sets, groups};
use super::link::LinkChart;
use crate::report::chart::NodeKind;
use std::collections::{BTreeMap, BTreeSet};

/// Nodes that may be repeated in every part of a large group before its parts are cut without regard to them.
const MOST_HUBS: usize = 8;

/// A part of the chart that is laid out by itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Section {
    /// Its group, from 0.
    pub group: usize,
    /// Which part of the group, from 0, and how many there are.
    pub part: usize,
    pub parts: usize,
    /// Places of its nodes, ascending.
    pub nodes: Vec<usize>,
    /// Those among them that other sections show too.
    pub repeated: BTreeSet<usize>,
    /// Places of the edges drawn in it, ascending.
    pub edges: Vec<usize>,
}

/// The whole chart in sections.
pub(super) struct Sections {
    pub all: Vec<Section>,
    pub groups: Groups,
    /// Edges that are drawn nowhere, ascending: between groups, or closing a circle in a group of very many links.
    pub folded: Vec<usize>,
}

/// Cuts the chart into sections of at most `rows` boxes in a layer where that can be done.
pub(super) fn sections(chart: &LinkChart, ends: &[(usize, usize)], layer: &[usize], rows: usize) -> Sections {
    let groups = groups(chart, ends);
    let mut all = Vec::new();
    let mut drawn = vec![false; ends.len()];
    for group in 0..groups.count {
        let members: Vec<usize> = (0..chart.nodes.len()).filter(|n| groups.of[*n].contains(&group)).collect();
        let own: Vec<usize> = (0..ends.len())
            .filter(|e| members.binary_search(&ends[*e].0).is_ok() && members.binary_search(&ends[*e].1).is_ok())
            .collect();
        let own = without_circles(chart, ends, layer, &own, members.len());
        let parts = cut(chart, ends, layer, (&members, &own), rows);
        let count = parts.len();
        for (part, nodes) in parts.into_iter().enumerate() {
            let inside = |node: &usize| nodes.binary_search(node).is_ok();
            let edges: Vec<usize> =
                own.iter().copied().filter(|e| inside(&ends[*e].0) && inside(&ends[*e].1)).collect();
            edges.iter().for_each(|e| drawn[*e] = true);
            all.push(Section { group, part, parts: count, nodes, repeated: BTreeSet::new(), edges });
        }
    }
    let mut shown = vec![0usize; chart.nodes.len()];
    all.iter().flat_map(|s| &s.nodes).for_each(|n| shown[*n] += 1);
    for section in &mut all {
        section.repeated = section.nodes.iter().copied().filter(|n| shown[*n] > 1).collect();
    }
    let folded = drawn.iter().enumerate().filter(|(_, d)| !**d).map(|(e, _)| e).collect();
    Sections { all, groups, folded }
}

/// Where more links than nodes run within layers, those that close a circle are left out, the weakest first.
fn without_circles(
    chart: &LinkChart,
    ends: &[(usize, usize)],
    layer: &[usize],
    own: &[usize],
    nodes: usize,
) -> Vec<usize> {
    let within = |e: &usize| layer[ends[*e].0] == layer[ends[*e].1];
    let mut arcs: Vec<usize> = own.iter().copied().filter(|e| within(e)).collect();
    if arcs.len() <= nodes {
        return own.to_vec();
    }
    arcs.sort_by_key(|e| (chart.edges[*e].status, *e));
    let mut sets = Sets::apart(layer.len());
    let kept: BTreeSet<usize> = arcs.into_iter().filter(|e| sets.join(ends[*e].0, ends[*e].1)).collect();
    own.iter().copied().filter(|e| !within(e) || kept.contains(e)).collect()
}

/// The parts of a group: nodes at which very much hangs, and the firearms beside them, stand again in every part.
fn cut(
    chart: &LinkChart,
    ends: &[(usize, usize)],
    layer: &[usize],
    (members, own): (&[usize], &[usize]),
    rows: usize,
) -> Vec<Vec<usize>> {
    if fullest(layer, members.iter()) <= rows {
        return vec![members.to_vec()];
    }
    let mut near: BTreeMap<usize, BTreeSet<usize>> = members.iter().map(|n| (*n, BTreeSet::new())).collect();
    for e in own {
        let (a, b) = ends[*e];
        for (from, to) in [(a, b), (b, a)] {
            near.entry(from).or_default().insert(to);
        }
    }
    let mut hubs: BTreeSet<usize> = BTreeSet::new();
    let pieces = loop {
        let pieces = components(members, &near, &hubs);
        if pieces.iter().all(|piece| fullest(layer, piece.iter()) * 2 <= rows) {
            break pieces;
        }
        let degree = |n: &usize| near[n].iter().filter(|m| !hubs.contains(m)).count();
        let next = members.iter().filter(|n| !hubs.contains(n)).max_by_key(|n| (degree(n), std::cmp::Reverse(**n)));
        match next {
            Some(hub) if hubs.len() < MOST_HUBS => hubs.insert(*hub),
            _ => {
                hubs.clear();
                break members.iter().map(|n| vec![*n]).collect();
            }
        };
    };
    let beside = |piece: &[usize]| -> BTreeSet<usize> {
        let held: BTreeSet<usize> = piece.iter().flat_map(|n| &near[n]).copied().filter(|n| hubs.contains(n)).collect();
        let firearms = held.iter().flat_map(|h| &near[h]).copied();
        let firearms: Vec<usize> = firearms.filter(|n| chart.nodes[*n].kind == NodeKind::Firearm).collect();
        held.into_iter().chain(firearms).collect()
    };
    let mut parts: Vec<BTreeSet<usize>> = Vec::new();
    for piece in pieces {
        let with: BTreeSet<usize> = piece.iter().copied().chain(beside(&piece)).collect();
        match parts.last_mut() {
            Some(part) if fullest(layer, part.union(&with)) <= rows => part.extend(with),
            _ => parts.push(with),
        }
    }
    // Hubs that only hubs are joined to.
    for hub in &hubs {
        if let (false, Some(first)) = (parts.iter().any(|p| p.contains(hub)), parts.first_mut()) {
            first.insert(*hub);
        }
    }
    parts.into_iter().map(|part| part.into_iter().collect()).collect()
}

/// What hangs together without the hubs, each piece by its first node.
fn components(members: &[usize], near: &BTreeMap<usize, BTreeSet<usize>>, hubs: &BTreeSet<usize>) -> Vec<Vec<usize>> {
    let mut seen: BTreeSet<usize> = hubs.clone();
    let mut all = Vec::new();
    for start in members {
        if !seen.insert(*start) {
            continue;
        }
        let (mut piece, mut open) = (Vec::new(), vec![*start]);
        while let Some(node) = open.pop() {
            piece.push(node);
            open.extend(near[&node].iter().copied().filter(|n| seen.insert(*n)));
        }
        piece.sort_unstable();
        all.push(piece);
    }
    all
}

/// Nodes of the fullest layer.
fn fullest<'n>(layer: &[usize], nodes: impl Iterator<Item = &'n usize>) -> usize {
    let mut count: BTreeMap<usize, usize> = BTreeMap::new();
    nodes.for_each(|n| *count.entry(layer[*n]).or_default() += 1);
    count.into_values().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::{EdgeKind, LinkChart};
    use crate::report::invented;
    use crate::report::view::EdgeStatus;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_node_is_shown_and_every_link_is_drawn_or_counted(
            kinds in proptest::collection::vec(0usize..6, 1..60),
            picks in proptest::collection::vec((0usize..60, 0usize..60, 0usize..5), 0..120),
            rows in 3usize..20,
        ) {
            let n = kinds.len();
            let nodes = kinds.iter().enumerate().map(|(i, k)| invented::node(&format!("n{i}"), NodeKind::ALL[*k], "x"));
            let edge = |(a, b, s): &(usize, usize, usize)| {
                invented::edge(&format!("n{}", a % n), &format!("n{}", b % n), EdgeKind::Sale, EdgeStatus::ALL[*s])
            };
            let chart = LinkChart { title: "t".into(), nodes: nodes.collect(), edges: picks.iter().map(edge).collect() };
            let ends: Vec<(usize, usize)> = picks.iter().map(|(a, b, _)| (a % n, b % n)).collect();
            let cut = sections(&chart, &ends, &kinds, rows);
            let shown: BTreeSet<usize> = cut.all.iter().flat_map(|s| s.nodes.iter().copied()).collect();
            prop_assert_eq!(shown.len(), n);
            let drawn: BTreeSet<usize> = cut.all.iter().flat_map(|s| s.edges.iter().copied()).collect();
            let folded: BTreeSet<usize> = cut.folded.iter().copied().collect();
            prop_assert!(drawn.is_disjoint(&folded));
            prop_assert_eq!(drawn.len() + folded.len(), ends.len());
        }
    }

    #[test]
    fn a_gun_of_very_many_cases_is_shown_in_parts_that_repeat_its_test_fires() {
        let chart = invented::chart(150);
        let place = |key: &str| chart.nodes.iter().position(|n| n.key == key).unwrap();
        let ends: Vec<(usize, usize)> = chart.edges.iter().map(|e| (place(&e.from), place(&e.to))).collect();
        let layer: Vec<usize> = chart.nodes.iter().map(|n| n.kind as usize).collect();
        let cut = sections(&chart, &ends, &layer, 18);
        assert!(cut.all.len() > 4 && cut.folded.is_empty(), "{} parts, {} folded", cut.all.len(), cut.folded.len());
        for section in &cut.all {
            assert!(section.nodes.contains(&place("fa")), "the firearm stands in every part");
            assert!(fullest(&layer, section.nodes.iter()) <= 18);
        }
    }
}
