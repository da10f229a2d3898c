//! What holds of every graph, whatever the records: tried on small random cities.

use super::trial::City;
use super::*;
use crate::trace::linkage::Decision;
use crate::trace::{PartialDate, Personal, TraceStatus};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn graph(city: &City) -> LinkGraph {
    city.build().unwrap()
}

const STATES: [BallisticState; 7] = [
    BallisticState::Candidate,
    BallisticState::Lead,
    BallisticState::UnderExamination,
    BallisticState::Hit,
    BallisticState::Inconclusive,
    BallisticState::Excluded,
    BallisticState::Withdrawn,
];
const DECISIONS: [Decision; 3] = [Decision::Automatic, Decision::Review, Decision::None];

prop_compose! {
    fn city()(
        scenes in 1usize..7,
        guns in 1usize..4,
        leads in proptest::collection::vec((0usize..12, 0usize..12, 0usize..7, proptest::option::of(-1.0..8.0f64)), 0..14),
        links in proptest::collection::vec((0usize..3, 0usize..4, 0usize..3, proptest::option::of(any::<bool>())), 0..6),
        years in proptest::collection::vec(2015i16..2022, 12),
    ) -> City {
        let incident = |n: usize| format!("I{}", n / 2);
        let year = |n: usize| PartialDate::year(years[n % years.len()]);
        let firearm = |n: usize| format!("F{n}");
        let mut city = City::default();
        (0..scenes.div_ceil(2)).for_each(|n| city.incident(&incident(2 * n), year(n)));
        (0..scenes).for_each(|n| city.case(&incident(n), &format!("C{n}")));
        (0..guns).for_each(|n| city.gun(&firearm(n), "ABC12345"));
        // Two test fires of each gun.
        (0..2 * guns).for_each(|n| city.test_fire(&firearm(n / 2), &format!("TF{n}")));
        let cases: Vec<String> = city.specimens.iter().map(|s| s.specimen.to_string()).collect();
        for (n, (a, b, state, log10_lr)) in leads.iter().enumerate() {
            let ends = (cases[a % cases.len()].as_str(), cases[b % cases.len()].as_str());
            if ends.0 != ends.1 {
                city.lead(&format!("L{n}"), ends, STATES[*state], *log10_lr);
            }
        }
        for n in 0..4 {
            city.trace(&format!("T{n}"), &format!("ABC1234{n}"));
            let record = &mut city.traces[n];
            record.status = TraceStatus::Completed;
            record.purchaser = Some(Personal::new(format!("Ana Inventada {}", ["Ruiz", "Sol"][n % 2])));
            record.possessor = Some(Personal::new(["Ana Inventada", "Beto Inventado"][n / 2].to_owned()));
            record.purchased_on = year(n + 3);
            record.recovered_on = year(n + 7);
        }
        let mut seen = BTreeSet::new();
        for (f, t, decision, verdict) in &links {
            if seen.insert((f % guns, *t)) {
                city.link(&format!("T{t}"), &firearm(f % guns), DECISIONS[*decision]);
                let verdict = verdict.map(|accepted| Verdict {
                    accepted,
                    author: "a".to_owned(),
                    at: None,
                    reason: "r".to_owned(),
                });
                city.record_links.iter_mut().next_back().unwrap().verdict = verdict;
            }
        }
        city
    }
}

type Key = (IncidentId, FirearmId, TraceId);

fn statuses(graph: &LinkGraph) -> BTreeMap<Key, EdgeStatus> {
    graph.inherited.iter().map(|i| ((i.incident.clone(), i.firearm.clone(), i.trace.clone()), i.status)).collect()
}

/// Plain twin of the search: which traces each incident inherits, and how firmly, by spreading until nothing changes.
fn plain(city: &City) -> BTreeMap<Key, EdgeStatus> {
    let mut found: BTreeMap<Key, EdgeStatus> = BTreeMap::new();
    for firearm in &city.firearms {
        let fires = |s: &SpecimenInput| s.test_fire.as_ref().is_some_and(|t| t.firearm == firearm.firearm);
        let mut reached: BTreeMap<&SpecimenId, EdgeStatus> = BTreeMap::new();
        for s in city.specimens.iter().filter(|s| fires(s)) {
            reached.insert(&s.specimen, EdgeStatus::Confirmed);
        }
        let scene: BTreeMap<&SpecimenId, &SpecimenInput> =
            city.specimens.iter().filter(|s| s.incident.is_some()).map(|s| (&s.specimen, s)).collect();
        loop {
            let mut grown = reached.clone();
            for edge in &city.ballistic {
                let status = match edge.state {
                    BallisticState::Hit => EdgeStatus::Confirmed,
                    BallisticState::Lead | BallisticState::UnderExamination => EdgeStatus::Unconfirmed,
                    _ => continue,
                };
                for (from, to) in [(&edge.a, &edge.b), (&edge.b, &edge.a)] {
                    if let (Some(held), true) = (reached.get(from), scene.contains_key(to)) {
                        let worth = (*held).max(status);
                        let best = grown.entry(to).or_insert(worth);
                        *best = (*best).min(worth);
                    }
                }
            }
            if grown == reached {
                break;
            }
            reached = grown;
        }
        for linked in city.record_links.iter().filter(|l| l.link.firearm == firearm.firearm) {
            let Some(status) = linked.status().filter(|s| *s != EdgeStatus::Withdrawn) else { continue };
            for (specimen, held) in &reached {
                let Some(incident) = scene.get(specimen).and_then(|s| s.incident.clone()) else { continue };
                let key = (incident, firearm.firearm.clone(), linked.link.trace.clone());
                let worth = status.max(*held);
                let best = found.entry(key).or_insert(worth);
                *best = (*best).min(worth);
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn inherited_traces_and_their_statuses_are_those_of_the_plain_twin(city in city()) {
        prop_assert_eq!(statuses(&graph(&city)), plain(&city));
    }

    #[test]
    fn a_trace_reaches_an_incident_only_over_leads_a_test_fire_a_firearm_and_a_record_link(city in city()) {
        let graph = graph(&city);
        for inherited in &graph.inherited {
            // Walk the leads from the case of the incident; every step must be there and carry.
            let start = city.specimens.iter().find(|s| s.specimen == inherited.specimen).unwrap();
            prop_assert_eq!(start.incident.as_ref(), Some(&inherited.incident));
            prop_assert!(!inherited.leads.is_empty());
            let mut here = &inherited.specimen;
            let mut weakest = EdgeStatus::Confirmed;
            for lead in &inherited.leads {
                let edge = city.ballistic.iter().find(|e| e.lead == *lead && (e.a == *here || e.b == *here)).unwrap();
                weakest = weakest.max(edge.state.status().unwrap());
                here = if edge.a == *here { &edge.b } else { &edge.a };
            }
            let end = city.specimens.iter().find(|s| s.specimen == *here).unwrap();
            prop_assert_eq!(&end.test_fire.as_ref().unwrap().firearm, &inherited.firearm);
            let link = city.record_links.iter()
                .find(|l| l.link.firearm == inherited.firearm && l.link.trace == inherited.trace).unwrap();
            weakest = weakest.max(link.status().unwrap());
            prop_assert_eq!(inherited.status, weakest, "the weakest on the path");
            prop_assert!(weakest < EdgeStatus::Withdrawn);
        }
    }

    #[test]
    fn removing_any_edge_never_adds_an_inherited_trace_nor_makes_one_firmer(city in city()) {
        let before = statuses(&graph(&city));
        let mut thinned: Vec<City> = Vec::new();
        for n in 0..city.ballistic.len() {
            let mut less = city.clone();
            less.ballistic.remove(n);
            thinned.push(less);
        }
        for n in 0..city.record_links.len() {
            let mut less = city.clone();
            less.record_links.remove(n);
            thinned.push(less);
        }
        for n in 0..city.specimens.len() {
            let mut less = city.clone();
            // The edge to the incident or the firearm, whichever there is.
            less.specimens[n].incident = None;
            less.specimens[n].test_fire = None;
            thinned.push(less);
        }
        for less in thinned {
            for (key, status) in statuses(&graph(&less)) {
                prop_assert!(before.get(&key).is_some_and(|held| *held <= status), "{:?} {:?}", key, status);
            }
        }
    }

    #[test]
    fn the_order_of_the_inputs_never_changes_the_graph(city in city(), turn in 0usize..8) {
        let mut other = city.clone();
        fn shuffle<T>(all: &mut [T], turn: usize) {
            if !all.is_empty() {
                let by = turn % all.len();
                all.rotate_left(by);
            }
            if turn % 2 == 1 {
                all.reverse();
            }
        }
        shuffle(&mut other.incidents, turn);
        shuffle(&mut other.specimens, turn + 1);
        shuffle(&mut other.ballistic, turn + 2);
        shuffle(&mut other.firearms, turn + 3);
        shuffle(&mut other.traces, turn + 4);
        shuffle(&mut other.record_links, turn + 5);
        prop_assert_eq!(graph(&city), graph(&other));
    }

    #[test]
    fn what_a_change_is_said_to_do_is_what_it_does(city in city(), which in 0usize..14, state in 0usize..7) {
        if city.ballistic.is_empty() {
            return Ok(());
        }
        let n = which % city.ballistic.len();
        let lead = city.ballistic[n].lead.clone();
        let told = cascade(&city.input(), &Change::Lead { lead, state: STATES[state] }).unwrap();
        let mut after = city.clone();
        after.ballistic[n].state = STATES[state];
        let (old, new) = (graph(&city), graph(&after));
        prop_assert_eq!(&told.after, &new);
        let (a, b) = (statuses(&old), statuses(&new));
        prop_assert_eq!(told.lost.len(), a.keys().filter(|k| !b.contains_key(k)).count());
        prop_assert_eq!(told.gained.len(), b.keys().filter(|k| !a.contains_key(k)).count());
        for change in &told.split {
            prop_assert!(change.parts.len() > 1 && old.clusters.contains(&change.whole));
            let mut all: Vec<_> = change.parts.iter().flat_map(|p| p.specimens.clone()).collect();
            all.sort();
            prop_assert_eq!(&all, &change.whole.specimens);
        }
        for separation in &new.separations {
            for part in &separation.parts {
                prop_assert!(separation.cut.is_empty() || part.firearms.len() <= 1);
            }
        }
    }
}
