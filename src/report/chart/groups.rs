//! Groups of a link chart: what standing links hold together, without the parties that deal with many.
//!
//! A link that a person has still to decide, or that was taken back, joins nothing here: guns between which only such links
//! run stand apart. What they run between is counted and listed, never dropped in silence.

use super::link::{LinkChart, NodeKind};
use crate::report::view::EdgeStatus;
use std::collections::{BTreeMap, BTreeSet};

/// The nodes of a chart by groups.
pub(super) struct Groups {
    /// Groups of every node, ascending, numbered from 0 by first appearance; several for a party that deals with several.
    pub of: Vec<Vec<usize>>,
    pub count: usize,
    /// The group of single nodes that several groups claim, or none; it hangs together by nothing.
    pub loose: Option<usize>,
}

/// Whether a link holds its ends together.
pub(super) fn stands(status: EdgeStatus) -> bool {
    !matches!(status, EdgeStatus::Review | EdgeStatus::Withdrawn)
}

/// What has been joined so far, by the first place of each set.
pub(super) struct Sets(Vec<usize>);

impl Sets {
    /// Every place by itself.
    pub(super) fn apart(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    /// Joins two sets, and says whether they were apart.
    pub(super) fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
        a != b
    }
}

/// Groups the nodes; `ends` are the places of the ends of every edge.
pub(super) fn groups(chart: &LinkChart, ends: &[(usize, usize)]) -> Groups {
    let count = chart.nodes.len();
    let is_party = |node: usize| chart.nodes[node].kind == NodeKind::Party;
    let standing = |e: usize| stands(chart.edges[e].status);
    let mut sets = Sets::apart(count);
    for (e, &(a, b)) in ends.iter().enumerate() {
        if standing(e) && !is_party(a) && !is_party(b) {
            sets.join(a, b);
        }
    }
    adopt(chart, ends, &mut sets);
    // Parties go where the standing links lead, else where the others do.
    let mut homes: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
    for asked in [true, false] {
        let settled: Vec<bool> = homes.iter().map(|h| !h.is_empty()).collect();
        for (_, &(a, b)) in ends.iter().enumerate().filter(|(e, _)| standing(*e) == asked) {
            for (party, other) in [(a, b), (b, a)] {
                if is_party(party) && !is_party(other) && !settled[party] {
                    homes[party].insert(sets.root(other));
                }
            }
        }
    }
    let mut size: BTreeMap<usize, usize> = BTreeMap::new();
    for node in (0..count).filter(|n| !is_party(*n)) {
        homes[node].insert(sets.root(node));
        *size.entry(sets.root(node)).or_default() += 1;
    }
    let alone = |root: usize| size.get(&root) == Some(&1) && chart.nodes[root].kind != NodeKind::Firearm;
    numbered(&homes, &alone)
}

/// A part without a firearm that undecided links claim for one group alone is shown with that group.
fn adopt(chart: &LinkChart, ends: &[(usize, usize)], sets: &mut Sets) {
    let is_party = |node: usize| chart.nodes[node].kind == NodeKind::Party;
    let with_firearm: BTreeSet<usize> =
        (0..chart.nodes.len()).filter(|n| chart.nodes[*n].kind == NodeKind::Firearm).map(|n| sets.root(n)).collect();
    let mut claims: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (e, &(a, b)) in ends.iter().enumerate() {
        if stands(chart.edges[e].status) || is_party(a) || is_party(b) {
            continue;
        }
        let (a, b) = (sets.root(a), sets.root(b));
        for (part, other) in [(a, b), (b, a)] {
            if part != other && !with_firearm.contains(&part) {
                claims.entry(part).or_default().insert(other);
            }
        }
    }
    for (part, claimed) in claims {
        if let (1, Some(home)) = (claimed.len(), claimed.first())
            && with_firearm.contains(home)
        {
            sets.join(part, *home);
        }
    }
}

fn numbered(homes: &[BTreeSet<usize>], alone: &dyn Fn(usize) -> bool) -> Groups {
    const LOOSE: usize = usize::MAX;
    let several = homes.iter().flatten().collect::<BTreeSet<_>>().len() > 1;
    let home = |root: usize| if several && alone(root) { LOOSE } else { root };
    let mut number: BTreeMap<usize, usize> = BTreeMap::new();
    for root in homes.iter().flatten().map(|r| home(*r)).filter(|r| *r != LOOSE) {
        let next = number.len();
        number.entry(root).or_insert(next);
    }
    let loose = homes.iter().any(|h| h.is_empty() || h.iter().any(|r| home(*r) == LOOSE)).then_some(number.len());
    if let Some(last) = loose {
        number.insert(LOOSE, last);
    }
    let of = homes
        .iter()
        .map(|h| {
            let all: BTreeSet<usize> = h.iter().map(|r| number[&home(*r)]).collect();
            if all.is_empty() { loose.into_iter().collect() } else { all.into_iter().collect() }
        })
        .collect();
    Groups { of, count: number.len(), loose }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::EdgeKind;
    use crate::report::invented;
    use NodeKind::{Case, Firearm, Incident, Party, Trace};

    fn chart(kinds: &[NodeKind], ends: &[(usize, usize, EdgeStatus)]) -> (LinkChart, Vec<(usize, usize)>) {
        let nodes =
            kinds.iter().enumerate().map(|(i, kind)| invented::node(&format!("n{i}"), *kind, "label")).collect();
        let edges = ends
            .iter()
            .map(|(a, b, s)| invented::edge(&format!("n{a}"), &format!("n{b}"), EdgeKind::RecordLink, *s))
            .collect();
        (LinkChart { title: "t".into(), nodes, edges }, ends.iter().map(|(a, b, _)| (*a, *b)).collect())
    }

    #[test]
    fn a_dealer_of_two_guns_does_not_make_them_one_group() {
        let kinds = [Case, Firearm, Trace, Case, Firearm, Trace, Party, Party, Incident];
        let ends = [(0, 1), (1, 2), (3, 4), (4, 5), (2, 6), (5, 6), (5, 7), (8, 3)];
        let (chart, ends) = chart(&kinds, &ends.map(|(a, b)| (a, b, EdgeStatus::Confirmed)));
        let groups = groups(&chart, &ends);
        let of: Vec<&[usize]> = groups.of.iter().map(Vec::as_slice).collect();
        assert_eq!(of, [&[0][..], &[0], &[0], &[1], &[1], &[1], &[0, 1], &[1], &[1]]);
        assert_eq!((groups.count, groups.loose), (2, None));
    }

    #[test]
    fn a_link_that_nobody_decided_joins_no_two_guns() {
        let kinds = [Firearm, Trace, Firearm, Trace];
        let sure = EdgeStatus::Automatic;
        let open = EdgeStatus::Review;
        let (chart, ends) = chart(&kinds, &[(0, 1, sure), (2, 3, sure), (0, 3, open), (2, 1, EdgeStatus::Withdrawn)]);
        let groups = groups(&chart, &ends);
        assert_eq!(groups.of, [[0], [0], [1], [1]]);
    }

    #[test]
    fn a_record_that_one_gun_alone_claims_stands_with_it_and_one_that_two_claim_with_neither() {
        let kinds = [Firearm, Firearm, Trace, Trace, Party];
        let open = EdgeStatus::Review;
        let ends = [(0, 2, open), (0, 3, open), (1, 3, open), (3, 4, EdgeStatus::Confirmed)];
        let (chart, ends) = chart(&kinds, &ends);
        let groups = groups(&chart, &ends);
        assert_eq!(groups.of, [[0], [1], [0], [2], [2]]);
        assert_eq!(groups.loose, Some(2));
    }
}
