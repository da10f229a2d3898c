//! What hangs together: clusters of specimens, ballistic paths from scenes to test fires, traces inherited along them.

use super::inputs::{BallisticEdge, GraphInput, SpecimenInput};
use super::{Cluster, EdgeStatus, InheritedTrace};
use crate::ids::{FirearmId, LeadId, SpecimenId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A way from a scene's case to a test fire of a firearm over leads and hits.
pub(super) struct Path<'a> {
    pub start: &'a SpecimenInput,
    pub firearm: &'a FirearmId,
    /// Confirmed where it walks hits alone, else unconfirmed.
    pub status: EdgeStatus,
    pub leads: Vec<LeadId>,
}

/// Neighbours of each specimen over edges that carry, in a fixed order.
fn neighbours<'a>(
    input: &GraphInput<'a>,
    weakest: EdgeStatus,
) -> BTreeMap<&'a SpecimenId, Vec<(&'a SpecimenId, &'a LeadId)>> {
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for BallisticEdge { lead, a, b, state, .. } in input.ballistic {
        if state.carries().is_some_and(|s| s <= weakest) {
            all.entry(a).or_default().push((b, lead));
            all.entry(b).or_default().push((a, lead));
        }
    }
    all.values_mut().for_each(|list| list.sort());
    all
}

/// For every scene case the best path to each firearm it reaches: over hits alone where there is one, else over leads
/// too; of those the shortest. A path ends at the first test fire, because from there on it would speak of that firearm.
pub(super) fn paths<'a>(input: &GraphInput<'a>) -> Vec<Path<'a>> {
    let specimens: BTreeMap<&SpecimenId, &SpecimenInput> = input.specimens.iter().map(|s| (&s.specimen, s)).collect();
    let mut best: BTreeMap<(&SpecimenId, &FirearmId), Path<'a>> = BTreeMap::new();
    for weakest in [EdgeStatus::Confirmed, EdgeStatus::Unconfirmed] {
        let next = neighbours(input, weakest);
        for start in input.specimens.iter().filter(|s| s.test_fire.is_none()) {
            if !next.contains_key(&start.specimen) {
                continue;
            }
            let mut from: BTreeMap<&SpecimenId, (&SpecimenId, &LeadId)> = BTreeMap::new();
            let mut queue = VecDeque::from([&start.specimen]);
            let mut seen = BTreeSet::from([&start.specimen]);
            while let Some(here) = queue.pop_front() {
                if let Some(test) = specimens.get(here).and_then(|s| s.test_fire.as_ref()) {
                    best.entry((&start.specimen, &test.firearm)).or_insert_with(|| Path {
                        start,
                        firearm: &test.firearm,
                        status: weakest,
                        leads: walked(&from, &start.specimen, here),
                    });
                    continue;
                }
                for (there, lead) in next.get(here).into_iter().flatten() {
                    if seen.insert(there) {
                        from.insert(there, (here, lead));
                        queue.push_back(there);
                    }
                }
            }
        }
    }
    best.into_values().collect()
}

fn walked(from: &BTreeMap<&SpecimenId, (&SpecimenId, &LeadId)>, start: &SpecimenId, end: &SpecimenId) -> Vec<LeadId> {
    let mut leads = Vec::new();
    let mut here = end;
    while here != start {
        let Some((before, lead)) = from.get(here) else { break };
        leads.push((*lead).clone());
        here = before;
    }
    leads.reverse();
    leads
}

/// Traces that incidents inherit, one entry for each incident, firearm and trace, over the best of their paths.
pub(super) fn inherited(input: &GraphInput<'_>, paths: &[Path<'_>]) -> Vec<InheritedTrace> {
    let mut best: BTreeMap<_, InheritedTrace> = BTreeMap::new();
    for path in paths {
        let Some(incident) = &path.start.incident else { continue };
        for linked in input.record_links.iter().filter(|l| l.link.firearm == *path.firearm) {
            let Some(link_status) = linked.status().filter(|s| *s != EdgeStatus::Withdrawn) else { continue };
            let status = path.status.max(link_status);
            let found = InheritedTrace {
                incident: incident.clone(),
                firearm: path.firearm.clone(),
                trace: linked.link.trace.clone(),
                status,
                specimen: path.start.specimen.clone(),
                leads: path.leads.clone(),
            };
            let rank = |i: &InheritedTrace| (i.status, i.leads.len(), i.specimen.clone(), i.leads.clone());
            let key = (found.incident.clone(), found.firearm.clone(), found.trace.clone());
            match best.get_mut(&key) {
                Some(held) if rank(held) <= rank(&found) => {}
                Some(held) => *held = found,
                None => {
                    best.insert(key, found);
                }
            }
        }
    }
    best.into_values().collect()
}

/// Connected components over accepted leads, hits and the custody of test fires.
pub(super) fn clusters(input: &GraphInput<'_>) -> Vec<Cluster> {
    let at: BTreeMap<&SpecimenId, usize> = input.specimens.iter().enumerate().map(|(n, s)| (&s.specimen, n)).collect();
    let mut parent: Vec<usize> = (0..input.specimens.len()).collect();
    fn root(parent: &mut [usize], mut n: usize) -> usize {
        while parent[n] != n {
            parent[n] = parent[parent[n]];
            n = parent[n];
        }
        n
    }
    let mut join = |a: usize, b: usize| {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        parent[a.max(b)] = a.min(b);
    };
    for edge in input.ballistic.iter().filter(|e| e.state.carries().is_some()) {
        if let (Some(a), Some(b)) = (at.get(&edge.a), at.get(&edge.b)) {
            join(*a, *b);
        }
    }
    let mut first_of: BTreeMap<&FirearmId, usize> = BTreeMap::new();
    for (n, specimen) in input.specimens.iter().enumerate() {
        if let Some(test) = &specimen.test_fire {
            join(*first_of.entry(&test.firearm).or_insert(n), n);
        }
    }
    let mut members: BTreeMap<usize, Vec<&SpecimenInput>> = BTreeMap::new();
    for (n, specimen) in input.specimens.iter().enumerate() {
        members.entry(root(&mut parent, n)).or_default().push(specimen);
    }
    let mut clusters: Vec<Cluster> = members
        .into_values()
        .filter(|all| all.len() >= 2)
        .map(|all| {
            let specimens: BTreeSet<_> = all.iter().map(|s| s.specimen.clone()).collect();
            let incidents: BTreeSet<_> = all.iter().filter_map(|s| s.incident.clone()).collect();
            let firearms: BTreeSet<_> =
                all.iter().filter_map(|s| s.test_fire.as_ref().map(|t| t.firearm.clone())).collect();
            Cluster {
                specimens: specimens.into_iter().collect(),
                incidents: incidents.into_iter().collect(),
                firearms: firearms.into_iter().collect(),
            }
        })
        .collect();
    clusters.sort_by(|a, b| a.specimens.cmp(&b.specimens));
    clusters
}
