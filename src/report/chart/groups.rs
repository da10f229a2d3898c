//! Groups of a link chart: what hangs together without the parties that deal with many, each laid out by itself and stacked.

use super::layers::{Arrangement, arrange};
use super::link::NodeKind;

/// Space between two groups, px; holds the name of the lower one.
pub(super) const BETWEEN: f64 = 44.0;

/// A group's part of the chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Band {
    /// Upper and lower edge, px, of its boxes.
    pub top: f64,
    pub bottom: f64,
    /// Whether it holds the parties that belong to several groups.
    pub shared: bool,
}

/// The number of the group of every node, ascending by first appearance; parties that join several groups, or none, form the last one.
pub(super) fn groups(kinds: &[NodeKind], ends: &[(usize, usize)]) -> (Vec<usize>, Vec<bool>) {
    let mut root: Vec<usize> = (0..kinds.len()).collect();
    fn find(root: &mut [usize], mut at: usize) -> usize {
        while root[at] != at {
            root[at] = root[root[at]];
            at = root[at];
        }
        at
    }
    let is_party = |node: usize| kinds[node] == NodeKind::Party;
    for &(a, b) in ends.iter().filter(|(a, b)| !is_party(*a) && !is_party(*b)) {
        let (a, b) = (find(&mut root, a), find(&mut root, b));
        root[a.max(b)] = a.min(b);
    }
    let mut near: Vec<Vec<usize>> = vec![Vec::new(); kinds.len()];
    for &(a, b) in ends {
        for (party, other) in [(a, b), (b, a)] {
            if is_party(party) && !is_party(other) {
                near[party].push(find(&mut root, other));
            }
        }
    }
    let mut number: Vec<Option<usize>> = vec![None; kinds.len()];
    let mut of: Vec<Option<usize>> = Vec::with_capacity(kinds.len());
    let mut count = 0;
    for (node, near) in near.iter().enumerate() {
        let home = if is_party(node) {
            let mut homes = near.clone();
            homes.sort_unstable();
            homes.dedup();
            if let [one] = homes[..] { Some(one) } else { None }
        } else {
            Some(find(&mut root, node))
        };
        of.push(home.map(|home| {
            *number[home].get_or_insert_with(|| {
                count += 1;
                count - 1
            })
        }));
    }
    let mut shared = vec![false; count];
    if of.iter().any(Option::is_none) {
        shared.push(true);
    }
    (of.into_iter().map(|group| group.unwrap_or(count)).collect(), shared)
}

/// Lays out every group by itself and stacks them; gives the whole as one arrangement, and the bands of the groups.
pub(super) fn stacked(
    kinds: &[NodeKind],
    layer: &[usize],
    heights: &[f64],
    ends: &[(usize, usize)],
) -> (Arrangement, Vec<Band>) {
    let (of, shared) = groups(kinds, ends);
    if shared.len() <= 1 {
        let whole = arrange(layer, heights, ends);
        let band = Band { top: 0.0, bottom: whole.height, shared: false };
        return (whole, vec![band]);
    }
    let mut centre = vec![0.0; layer.len()];
    let mut passages: Vec<f64> = Vec::new();
    let mut routes: Vec<Vec<usize>> = vec![Vec::new(); ends.len()];
    let mut bands = Vec::with_capacity(shared.len());
    let mut top = 0.0;
    for (group, is_shared) in shared.iter().enumerate() {
        let members: Vec<usize> = (0..layer.len()).filter(|node| of[*node] == group).collect();
        let place = |node: usize| members.iter().position(|m| *m == node);
        let own: Vec<(usize, (usize, usize))> =
            ends.iter().enumerate().filter_map(|(e, (a, b))| Some((e, (place(*a)?, place(*b)?)))).collect();
        let part = arrange(
            &members.iter().map(|m| layer[*m]).collect::<Vec<_>>(),
            &members.iter().map(|m| heights[*m]).collect::<Vec<_>>(),
            &own.iter().map(|(_, pair)| *pair).collect::<Vec<_>>(),
        );
        for (i, node) in members.iter().enumerate() {
            centre[*node] = top + part.centre[i];
        }
        let first = layer.len() + passages.len();
        passages.extend(part.centre[members.len()..].iter().map(|c| top + c));
        let global = |item: usize| members.get(item).copied().unwrap_or_else(|| first + item - members.len());
        for ((e, _), route) in own.iter().zip(&part.routes) {
            routes[*e] = route.iter().map(|item| global(*item)).collect();
        }
        bands.push(Band { top, bottom: top + part.height, shared: *is_shared });
        top += part.height + BETWEEN;
    }
    // Lines between groups pass the layers between their ends in the gap below the group they leave.
    for (e, &(a, b)) in ends.iter().enumerate().filter(|(_, (a, b))| of[*a] != of[*b]) {
        let (from, to) = if layer[a] <= layer[b] { (a, b) } else { (b, a) };
        let mut route = vec![from];
        for _ in layer[from] + 1..layer[to] {
            route.push(layer.len() + passages.len());
            passages.push(bands[of[from]].bottom + 8.0);
        }
        route.push(to);
        routes[e] = route;
    }
    centre.extend(passages);
    (Arrangement { centre, routes, height: top - BETWEEN }, bands)
}

#[cfg(test)]
mod tests {
    use super::*;
    use NodeKind::{Case, Firearm, Incident, Party, Trace};

    #[test]
    fn a_dealer_of_two_guns_does_not_make_them_one_group() {
        let kinds = [Case, Firearm, Trace, Case, Firearm, Trace, Party, Party, Incident];
        let ends = [(0, 1), (1, 2), (3, 4), (4, 5), (2, 6), (5, 6), (5, 7), (8, 3)];
        let (of, shared) = groups(&kinds, &ends);
        assert_eq!(of, [0, 0, 0, 1, 1, 1, 2, 1, 1]);
        assert_eq!(shared, [false, false, true]);
    }

    #[test]
    fn groups_are_stacked_without_overlap_and_every_line_has_its_route() {
        let kinds = [Case, Firearm, Trace, Case, Firearm, Trace, Party];
        let layer = [0, 1, 2, 0, 1, 2, 3];
        let ends = [(0, 1), (1, 2), (3, 4), (4, 5), (2, 6), (5, 6)];
        let (whole, bands) = stacked(&kinds, &layer, &[40.0; 7], &ends);
        assert_eq!(bands.len(), 3);
        assert!(bands.windows(2).all(|pair| pair[0].bottom + BETWEEN <= pair[1].top + 1e-9));
        for (route, (a, b)) in whole.routes.iter().zip(ends) {
            assert_eq!((route[0], route[route.len() - 1]), (a, b));
            assert_eq!(route.len(), layer[b] - layer[a] + 1);
        }
        assert!(whole.centre.iter().all(|c| *c >= 0.0 && *c <= whole.height));
    }
}
