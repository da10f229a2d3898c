//! What hangs together: clusters of specimens, ballistic paths from scenes to test fires, traces inherited along them.

use super::ordered::Ordered;
use super::{Cluster, EdgeStatus, InheritedTrace};
use crate::ids::{FirearmId, SpecimenId};
use crate::trace::PartialDate;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// A way from a scene's case to a test fire of a firearm over leads and hits.
pub(super) struct Path<'a> {
    /// Place of the scene's case among the specimens.
    pub start: usize,
    pub firearm: &'a FirearmId,
    /// Confirmed where it walks hits alone, else unconfirmed.
    pub status: EdgeStatus,
    /// Places of the leads walked, from the scene on.
    pub leads: Vec<usize>,
}

/// Neighbours of each specimen over edges that carry, as places of specimen and lead, ascending.
fn neighbours(input: &Ordered<'_>, weakest: EdgeStatus) -> Vec<Vec<(usize, usize)>> {
    let mut all = vec![Vec::new(); input.specimens.len()];
    for (lead, edge) in input.ballistic.iter().enumerate() {
        if let (true, Some(a), Some(b)) =
            (edge.state.carries().is_some_and(|s| s <= weakest), input.place(&edge.a), input.place(&edge.b))
        {
            all[a].push((b, lead));
            all[b].push((a, lead));
        }
    }
    all.iter_mut().for_each(|list| list.sort_unstable());
    all
}

/// Test fires of each firearm, as places of specimens.
fn test_fires<'a>(input: &Ordered<'a>) -> BTreeMap<&'a FirearmId, Vec<usize>> {
    let mut all: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (n, specimen) in input.specimens.iter().enumerate() {
        if let Some(test) = &specimen.test_fire {
            all.entry(&test.firearm).or_default().push(n);
        }
    }
    all
}

/// For every firearm and every scene case that reaches it the best path: over hits alone where there is one, else over
/// leads too; of those the shortest. A path walks scene cases alone and ends at the first test fire, because from there on
/// it would speak of that firearm.
///
/// One search in breadth a firearm, from all its test fires at once: the work grows with what is found, and cases that
/// reach no firearm are never looked at.
pub(super) fn paths<'a>(input: &Ordered<'a>) -> Vec<Path<'a>> {
    let steps = [EdgeStatus::Confirmed, EdgeStatus::Unconfirmed].map(|weakest| (weakest, neighbours(input, weakest)));
    let mut found = Vec::new();
    for (firearm, sources) in test_fires(input) {
        let mut best: BTreeMap<usize, Path<'a>> = BTreeMap::new();
        for (weakest, next) in &steps {
            let mut toward: HashMap<usize, (usize, usize)> = HashMap::new();
            let mut queue: VecDeque<usize> = sources.iter().copied().collect();
            let mut seen: std::collections::HashSet<usize> = sources.iter().copied().collect();
            while let Some(here) = queue.pop_front() {
                for &(there, lead) in &next[here] {
                    let specimen = input.specimens[there];
                    if specimen.test_fire.is_some() || specimen.incident.is_none() || !seen.insert(there) {
                        continue;
                    }
                    toward.insert(there, (here, lead));
                    queue.push_back(there);
                    best.entry(there).or_insert_with(|| Path {
                        start: there,
                        firearm,
                        status: *weakest,
                        leads: walked(&toward, there),
                    });
                }
            }
        }
        found.extend(best.into_values());
    }
    found
}

fn walked(toward: &HashMap<usize, (usize, usize)>, start: usize) -> Vec<usize> {
    let mut leads = Vec::new();
    let mut here = start;
    while let Some((next, lead)) = toward.get(&here) {
        leads.push(*lead);
        here = *next;
    }
    leads
}

/// Traces that incidents inherit, one entry for each incident, firearm and trace, over the best of their paths.
pub(super) fn inherited(input: &Ordered<'_>, paths: &[Path<'_>]) -> Vec<InheritedTrace> {
    let mut best: BTreeMap<_, (EdgeStatus, &Path<'_>)> = BTreeMap::new();
    for path in paths {
        let Some(incident) = &input.specimens[path.start].incident else { continue };
        for linked in input.links_of(path.firearm) {
            let Some(link_status) = linked.status().filter(|s| *s != EdgeStatus::Withdrawn) else { continue };
            let status = path.status.max(link_status);
            let rank = |(status, path): (EdgeStatus, &Path<'_>)| (status, path.leads.len(), path.start);
            best.entry((incident, path.firearm, &linked.link.trace))
                .and_modify(|held| {
                    if rank((status, path)) < rank(*held) {
                        *held = (status, path);
                    }
                })
                .or_insert((status, path));
        }
    }
    best.into_iter()
        .map(|((incident, firearm, trace), (status, path))| InheritedTrace {
            incident: incident.clone(),
            firearm: firearm.clone(),
            trace: trace.clone(),
            status,
            specimen: input.specimens[path.start].specimen.clone(),
            leads: path.leads.iter().map(|lead| input.ballistic[*lead].lead.clone()).collect(),
        })
        .collect()
}

/// Disjoint sets of specimens (union by the lower place, path halving: Tarjan 1975).
pub(super) struct Sets(Vec<usize>);

impl Sets {
    pub(super) fn of(count: usize) -> Self {
        Self((0..count).collect())
    }

    pub(super) fn root(&mut self, mut n: usize) -> usize {
        while self.0[n] != n {
            self.0[n] = self.0[self.0[n]];
            n = self.0[n];
        }
        n
    }

    pub(super) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

fn sets_over(input: &Ordered<'_>, weakest: EdgeStatus) -> Sets {
    let mut sets = Sets::of(input.specimens.len());
    for edge in input.ballistic.iter().filter(|e| e.state.carries().is_some_and(|s| s <= weakest)) {
        if let (Some(a), Some(b)) = (input.place(&edge.a), input.place(&edge.b)) {
            sets.join(a, b);
        }
    }
    for places in test_fires(input).into_values() {
        for pair in places.windows(2) {
            sets.join(pair[0], pair[1]);
        }
    }
    sets
}

/// Connected components over accepted leads, hits and the custody of test fires.
pub(super) fn clusters(input: &Ordered<'_>) -> Vec<Cluster> {
    let mut sets = sets_over(input, EdgeStatus::Unconfirmed);
    let mut firm = sets_over(input, EdgeStatus::Confirmed);
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for n in 0..input.specimens.len() {
        members.entry(sets.root(n)).or_default().push(n);
    }
    members
        .into_values()
        .filter(|all| all.len() >= 2)
        .map(|all| {
            let first = firm.root(all[0]);
            let held = all.iter().all(|n| firm.root(*n) == first);
            let status = if held { EdgeStatus::Confirmed } else { EdgeStatus::Unconfirmed };
            cluster_of(input, &all, status)
        })
        .collect()
}

/// The cluster of these specimens, which are given ascending.
pub(super) fn cluster_of(input: &Ordered<'_>, all: &[usize], status: EdgeStatus) -> Cluster {
    let specimens: Vec<SpecimenId> = all.iter().map(|n| input.specimens[*n].specimen.clone()).collect();
    let incidents: BTreeSet<_> = all.iter().filter_map(|n| input.specimens[*n].incident.as_ref()).collect();
    let firearms: BTreeSet<_> =
        all.iter().filter_map(|n| input.specimens[*n].test_fire.as_ref().map(|t| &t.firearm)).collect();
    let dates: Vec<PartialDate> = incidents.iter().filter_map(|i| input.date(i)).collect();
    Cluster {
        specimens,
        status,
        first_seen: dates.iter().min_by_key(|d| (d.first(), d.last())).copied(),
        last_seen: dates.iter().max_by_key(|d| (d.last(), d.first())).copied(),
        incidents: incidents.into_iter().cloned().collect(),
        firearms: firearms.into_iter().cloned().collect(),
    }
}
