//! One gun per cluster: where two firearms stand in one ballistic cluster, the weakest leads whose exclusion would part them.
//!
//! A least cut between the firearms, by augmenting paths (Ford and Fulkerson 1956, in breadth: Edmonds and Karp 1972). For
//! more than two firearms each is cut off in turn and the dearest of these cuts is left out (Dahlhaus et al. 1994: at most
//! 2 - 2/k times the least), then every lead that is not needed is put back. The cut is a proposal of where to look first,
//! never a finding that a lead is wrong.

use super::ordered::Ordered;
use super::reach::{Sets, cluster_of};
use super::{Cluster, Confidence, EdgeKind, EdgeStatus};
use crate::ids::{FirearmId, LeadId, SpecimenId};
use crate::trace::Wording;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// Firearms in one cluster beyond which no cut is sought: a cluster that holds more is wrong in more than a few leads.
const MOST_FIREARMS: usize = 32;
/// Worth of a hit over that of any number of leads, thousandths of log10 LR: a cut takes a hit only where leads do not do.
const HIT: u64 = 1_000_000_000;
/// Worth of a lead that nobody measured, log10 LR: the bound from which software proposes a candidate at all.
const UNMEASURED: f64 = 1.0;
/// Largest log10 LR that counts.
const MOST_LOG10: f64 = 20.0;

/// A lead or hit whose exclusion helps to part two firearms.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeakLink {
    /// The lead.
    pub lead: LeadId,
    /// One specimen.
    pub a: SpecimenId,
    /// The other.
    pub b: SpecimenId,
    /// Lead or hit.
    pub kind: EdgeKind,
    /// Its status.
    pub status: EdgeStatus,
    /// Its confidence.
    pub confidence: Confidence,
}

/// How a cluster with several firearms would come apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Separation {
    /// The firearms of the cluster, ascending.
    pub firearms: Vec<FirearmId>,
    /// Firearms among them whose register states one and the same whole serial number: perhaps one gun entered twice.
    pub same_serial: Vec<FirearmId>,
    /// The leads to look at first; empty where no exclusion of leads parts the firearms, or too many firearms are in it.
    pub cut: Vec<WeakLink>,
    /// Whether no other set of leads is as weak; none where that was not asked (more than two firearms).
    pub only_one: Option<bool>,
    /// The cluster after these exclusions, single cases included.
    pub parts: Vec<Cluster>,
    /// The explanation for people.
    pub text: Wording,
}

/// What a lead is worth: the evidence for it in thousandths of log10 LR, at least 1.
fn worth(confidence: Confidence, hit: bool) -> u64 {
    let log10 = match confidence {
        Confidence::LikelihoodRatio { log10 } => log10,
        _ => UNMEASURED,
    };
    let evidence = (log10.clamp(0.0, MOST_LOG10) * 1000.0).round();
    // Between 0 and 20,000, so that the cast is exact.
    let evidence = 1 + if evidence.is_finite() { evidence as u64 } else { 0 };
    if hit { HIT + evidence } else { evidence }
}

/// An edge of the cluster between two nodes, a node being a scene case or a firearm with all its test fires.
#[derive(Clone, Copy)]
struct Tie {
    a: usize,
    b: usize,
    worth: u64,
    lead: usize,
}

/// The separation of every cluster with more than one firearm, in the order of the clusters.
pub(super) fn separations(input: &Ordered<'_>, clusters: &[Cluster]) -> Vec<Separation> {
    let several: Vec<&Cluster> = clusters.iter().filter(|c| c.firearms.len() > 1).collect();
    if several.is_empty() {
        return Vec::new();
    }
    let mut cluster_of: HashMap<usize, usize> = HashMap::new();
    for (n, cluster) in several.iter().enumerate() {
        cluster_of.extend(cluster.specimens.iter().filter_map(|s| input.place(s)).map(|place| (place, n)));
    }
    let mut leads: Vec<Vec<usize>> = vec![Vec::new(); several.len()];
    for (at, edge) in input.ballistic.iter().enumerate().filter(|(_, e)| e.state.carries().is_some()) {
        if let Some(n) = input.place(&edge.a).and_then(|place| cluster_of.get(&place)) {
            leads[*n].push(at);
        }
    }
    several.iter().zip(leads).map(|(cluster, leads)| separate(input, cluster, &leads)).collect()
}

fn separate(input: &Ordered<'_>, cluster: &Cluster, leads: &[usize]) -> Separation {
    let count = cluster.firearms.len();
    // Firearms first, then the scene cases.
    let mut node_of: HashMap<usize, usize> = HashMap::new();
    let mut nodes = count;
    for place in cluster.specimens.iter().filter_map(|s| input.place(s)) {
        let firearm = input.specimens[place].test_fire.as_ref().map(|t| &t.firearm);
        let node = firearm.and_then(|f| cluster.firearms.binary_search(f).ok()).unwrap_or(nodes);
        nodes = nodes.max(node + 1);
        node_of.insert(place, node);
    }
    let node = |id: &SpecimenId| input.place(id).and_then(|place| node_of.get(&place)).copied();
    let ties: Vec<Tie> = leads
        .iter()
        .filter_map(|lead| {
            let edge = input.ballistic[*lead];
            let (a, b) = (node(&edge.a)?, node(&edge.b)?);
            let hit = edge.state.carries() == Some(EdgeStatus::Confirmed);
            (a != b).then(|| Tie { a, b, worth: worth(confidence(edge.log10_lr), hit), lead: *lead })
        })
        .collect();
    let (cut, only_one) = if count > MOST_FIREARMS { (BTreeSet::new(), None) } else { cut_apart(nodes, count, &ties) };
    let cut: Vec<WeakLink> = cut.iter().map(|n| weak_link(input, ties[*n].lead)).collect();
    let without: BTreeSet<&LeadId> = cut.iter().map(|w| &w.lead).collect();
    let parts = parts_without(input, cluster, leads, &without);
    let same_serial = same_serial(input, cluster);
    let text = explained(cluster, &same_serial, &cut, only_one);
    Separation { firearms: cluster.firearms.clone(), same_serial, cut, only_one, parts, text }
}

fn confidence(log10_lr: Option<f64>) -> Confidence {
    log10_lr.map_or(Confidence::NotMeasured, |log10| Confidence::LikelihoodRatio { log10 })
}

fn weak_link(input: &Ordered<'_>, lead: usize) -> WeakLink {
    let edge = input.ballistic[lead];
    let status = edge.state.carries().unwrap_or(EdgeStatus::Withdrawn);
    let kind = if status == EdgeStatus::Confirmed { EdgeKind::BallisticHit } else { EdgeKind::BallisticLead };
    let (lead, a, b) = (edge.lead.clone(), edge.a.clone(), edge.b.clone());
    WeakLink { lead, a, b, kind, status, confidence: confidence(edge.log10_lr) }
}

/// Numbers of the ties that part the first `firearms` nodes from one another.
fn cut_apart(nodes: usize, firearms: usize, ties: &[Tie]) -> (BTreeSet<usize>, Option<bool>) {
    if firearms == 2 {
        let cut = least_cut(nodes, ties, 0, &[1]);
        return (cut.ties, Some(cut.only_one));
    }
    let mut cuts: Vec<Cut> = (0..firearms)
        .map(|one| {
            let others: Vec<usize> = (0..firearms).filter(|n| *n != one).collect();
            least_cut(nodes, ties, one, &others)
        })
        .collect();
    // The dearest is not needed: where all others are cut off, the last one is too.
    if let Some((dearest, _)) = cuts.iter().enumerate().max_by_key(|(n, cut)| (cut.worth, *n)) {
        cuts.remove(dearest);
    }
    let mut cut: BTreeSet<usize> = cuts.into_iter().flat_map(|c| c.ties).collect();
    let mut dearest_first: Vec<usize> = cut.iter().copied().collect();
    dearest_first.sort_by_key(|n| (std::cmp::Reverse(ties[*n].worth), *n));
    let mut sets = Sets::of(nodes);
    for (_, tie) in ties.iter().enumerate().filter(|(n, _)| !cut.contains(n)) {
        sets.join(tie.a, tie.b);
    }
    for n in dearest_first {
        let (a, b) = (sets.root(ties[n].a), sets.root(ties[n].b));
        let holds = |sets: &mut Sets, root: usize| (0..firearms).any(|f| sets.root(f) == root);
        if a == b || !(holds(&mut sets, a) && holds(&mut sets, b)) {
            sets.join(a, b);
            cut.remove(&n);
        }
    }
    (cut, None)
}

/// A least cut: the ties in it, their worth together, whether it is the only one as cheap.
struct Cut {
    ties: BTreeSet<usize>,
    worth: u64,
    only_one: bool,
}

/// The least cut between `source` and all of `sinks`, the one nearest to the source where there are several.
fn least_cut(nodes: usize, ties: &[Tie], source: usize, sinks: &[usize]) -> Cut {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for (n, tie) in ties.iter().enumerate() {
        next[tie.a].push(n);
        next[tie.b].push(n);
    }
    // What is left of each tie from a to b and from b to a.
    let mut left: Vec<[u64; 2]> = ties.iter().map(|t| [t.worth; 2]).collect();
    let mut is_sink = vec![false; nodes];
    sinks.iter().for_each(|s| is_sink[*s] = true);
    let mut worth = 0;
    let near = loop {
        let mut came: Vec<Option<usize>> = vec![None; nodes];
        let mut seen = vec![false; nodes];
        seen[source] = true;
        let mut queue = VecDeque::from([source]);
        let mut reached = None;
        'search: while let Some(here) = queue.pop_front() {
            for &n in &next[here] {
                let (way, there) = if ties[n].a == here { (0, ties[n].b) } else { (1, ties[n].a) };
                if left[n][way] > 0 && !seen[there] {
                    seen[there] = true;
                    came[there] = Some(n);
                    if is_sink[there] {
                        reached = Some(there);
                        break 'search;
                    }
                    queue.push_back(there);
                }
            }
        }
        let Some(sink) = reached else { break seen };
        let steps: Vec<(usize, usize)> = {
            let mut steps = Vec::new();
            let mut here = sink;
            while let Some(n) = came[here] {
                let way = usize::from(ties[n].b != here);
                steps.push((n, way));
                here = if way == 0 { ties[n].a } else { ties[n].b };
            }
            steps
        };
        let flow = steps.iter().map(|(n, way)| left[*n][*way]).min().unwrap_or(0);
        for (n, way) in steps {
            left[n][way] -= flow;
            left[n][1 - way] += flow;
        }
        worth += flow;
    };
    // From the sinks backwards: another least cut there means that more than one is as weak.
    let mut far = is_sink.clone();
    let mut queue: VecDeque<usize> = sinks.iter().copied().collect();
    while let Some(here) = queue.pop_front() {
        for &n in &next[here] {
            let (way, there) = if ties[n].b == here { (0, ties[n].a) } else { (1, ties[n].b) };
            if left[n][way] > 0 && !far[there] {
                far[there] = true;
                queue.push_back(there);
            }
        }
    }
    let across = |side: &[bool]| -> BTreeSet<usize> {
        ties.iter().enumerate().filter(|(_, t)| side[t.a] != side[t.b]).map(|(n, _)| n).collect()
    };
    let (ties, other) = (across(&near), across(&far));
    Cut { only_one: ties == other, ties, worth }
}

/// The cluster as it falls apart without some leads.
fn parts_without(input: &Ordered<'_>, cluster: &Cluster, leads: &[usize], without: &BTreeSet<&LeadId>) -> Vec<Cluster> {
    let places: Vec<usize> = cluster.specimens.iter().filter_map(|s| input.place(s)).collect();
    let at: HashMap<usize, usize> = places.iter().enumerate().map(|(n, place)| (*place, n)).collect();
    let (mut sets, mut firm) = (Sets::of(places.len()), Sets::of(places.len()));
    for edge in leads.iter().map(|lead| input.ballistic[*lead]).filter(|e| !without.contains(&e.lead)) {
        let place = |id: &SpecimenId| input.place(id).and_then(|p| at.get(&p)).copied();
        if let (Some(a), Some(b)) = (place(&edge.a), place(&edge.b)) {
            sets.join(a, b);
            if edge.state.carries() == Some(EdgeStatus::Confirmed) {
                firm.join(a, b);
            }
        }
    }
    let mut first: BTreeMap<&FirearmId, usize> = BTreeMap::new();
    for (n, place) in places.iter().enumerate() {
        if let Some(test) = &input.specimens[*place].test_fire {
            let before = *first.entry(&test.firearm).or_insert(n);
            sets.join(before, n);
            firm.join(before, n);
        }
    }
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for n in 0..places.len() {
        parts.entry(sets.root(n)).or_default().push(n);
    }
    parts
        .into_values()
        .map(|part| {
            let held = part.iter().all(|n| firm.root(*n) == firm.root(part[0]));
            let status = if held { EdgeStatus::Confirmed } else { EdgeStatus::Unconfirmed };
            let part: Vec<usize> = part.into_iter().map(|n| places[n]).collect();
            cluster_of(input, &part, status)
        })
        .collect()
}

fn same_serial(input: &Ordered<'_>, cluster: &Cluster) -> Vec<FirearmId> {
    let mut by_serial: BTreeMap<&str, Vec<&FirearmId>> = BTreeMap::new();
    for id in &cluster.firearms {
        let at = input.firearms.partition_point(|f| f.firearm < *id);
        if let Some(firearm) = input.firearms.get(at).filter(|f| f.firearm == *id && f.serial.is_whole()) {
            by_serial.entry(firearm.serial.normal.as_str()).or_default().push(id);
        }
    }
    let mut twins: Vec<FirearmId> = by_serial.into_values().filter(|all| all.len() > 1).flatten().cloned().collect();
    twins.sort();
    twins
}

/// A lead or hit with its evidence, for the sentence.
fn told(link: &WeakLink) -> (String, String) {
    let number = match link.confidence {
        Confidence::LikelihoodRatio { log10 } => (format!("log10 LR {log10:.1}"), format!("log10 LR {log10:.1}")),
        _ => ("not measured".to_owned(), "sin medir".to_owned()),
    };
    let (en, es) = if link.status == EdgeStatus::Confirmed { ("hit", "hit") } else { ("lead", "pista") };
    (format!("{en} {} ({})", link.lead, number.0), format!("{es} {} ({})", link.lead, number.1))
}

fn explained(cluster: &Cluster, same: &[FirearmId], cut: &[WeakLink], only_one: Option<bool>) -> Wording {
    let join = |all: &[FirearmId]| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let names = join(&cluster.firearms);
    let (mut en, mut es) = (names.clone(), names);
    if cut.is_empty() {
        en.push_str(
            "; no exclusion of a few leads parts them: look at the custody of the test fires and at the register",
        );
        es.push_str(
            "; ninguna exclusión de pocas pistas las separa: revise la custodia de los disparos de prueba y el registro",
        );
    } else {
        let (a, b): (Vec<_>, Vec<_>) = cut.iter().map(told).unzip();
        en.push_str(&format!("; the weakest way to part them is to exclude {}", a.join(" and ")));
        es.push_str(&format!("; la forma más débil de separarlas es excluir {}", b.join(" y ")));
        if only_one == Some(false) {
            en.push_str(", and another set is as weak");
            es.push_str(", y otro conjunto es igual de débil");
        }
    }
    if !same.is_empty() {
        let names = join(same);
        en.push_str(&format!("; {names} bear one serial number and may be one gun entered twice"));
        es.push_str(&format!("; {names} llevan un mismo número de serie y pueden ser un arma registrada dos veces"));
    }
    Wording::new(en, es)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether the firearms stand apart without these ties.
    fn apart(nodes: usize, firearms: usize, ties: &[Tie], cut: &BTreeSet<usize>) -> bool {
        let mut sets = Sets::of(nodes);
        for (n, tie) in ties.iter().enumerate() {
            if !cut.contains(&n) {
                sets.join(tie.a, tie.b);
            }
        }
        let roots: BTreeSet<usize> = (0..firearms).map(|f| sets.root(f)).collect();
        roots.len() == firearms
    }

    /// The least worth of all cuts, by trying every set of ties.
    fn tried(nodes: usize, firearms: usize, ties: &[Tie]) -> (u64, usize) {
        let mut best = (u64::MAX, 0);
        for set in 0u32..1 << ties.len() {
            let cut: BTreeSet<usize> = (0..ties.len()).filter(|n| set >> n & 1 == 1).collect();
            let worth: u64 = cut.iter().map(|n| ties[*n].worth).sum();
            if apart(nodes, firearms, ties, &cut) {
                match worth.cmp(&best.0) {
                    std::cmp::Ordering::Less => best = (worth, 1),
                    std::cmp::Ordering::Equal => best.1 += 1,
                    std::cmp::Ordering::Greater => {}
                }
            }
        }
        best
    }

    proptest! {
        #[test]
        fn no_set_of_leads_is_weaker_than_the_cut_that_is_named(
            firearms in 2usize..4,
            drawn in proptest::collection::vec((0usize..7, 0usize..7, 1u64..5), 0..11),
        ) {
            let ties: Vec<Tie> = drawn
                .into_iter()
                .enumerate()
                .filter(|(_, (a, b, _))| a != b)
                .map(|(lead, (a, b, worth))| Tie { a, b, worth, lead })
                .collect();
            let (cut, only_one) = cut_apart(7, firearms, &ties);
            prop_assert!(apart(7, firearms, &ties, &cut));
            let worth: u64 = cut.iter().map(|n| ties[*n].worth).sum();
            let (least, sets) = tried(7, firearms, &ties);
            if firearms == 2 {
                prop_assert_eq!(worth, least);
                prop_assert_eq!(only_one, Some(sets == 1));
            } else {
                prop_assert!(3 * worth <= 4 * least, "at most 2 - 2/3 times the least: {} {}", worth, least);
            }
            for n in &cut {
                let mut fewer = cut.clone();
                fewer.remove(n);
                prop_assert!(!apart(7, firearms, &ties, &fewer), "every lead of the cut is needed");
            }
        }
    }

    #[test]
    fn leads_give_way_before_a_hit() {
        let tie = |a, b, worth| Tie { a, b, worth, lead: 0 };
        let many: Vec<Tie> = (0..50).map(|n| tie(0, 2, worth(confidence(Some(20.0)), n > 49))).collect();
        let mut ties = many;
        ties.push(tie(2, 1, worth(confidence(None), true)));
        assert_eq!(cut_apart(3, 2, &ties).0.len(), 50);
        assert!(worth(confidence(Some(f64::NAN)), false) >= 1);
    }
}
