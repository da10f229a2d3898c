//! Several marks taken together, over a gallery in the store.

use super::shelves::searched;
use super::*;
use crate::casework::Origin;
use crate::engine::event::together;
use crate::engine::gallery::Gallery;
use crate::engine::parameters::Parameters;
use crate::engine::ports::Store;
use crate::store::SqliteStore;

#[test]
fn an_event_points_where_its_best_pair_does_and_counts_the_specimens_that_agree() {
    let (store, parameters) = (SqliteStore::in_memory().unwrap(), Parameters::built_in().unwrap());
    let all: Vec<Submission> = (1..9).map(|n| searched(n, &parameters)).collect();
    for one in &all {
        store.submit(one, &stamp(1)).unwrap();
    }
    let gallery = Gallery::open(&store, &parameters, None).unwrap();
    let at = |n: usize| &all[n - 1];
    // Marks 1 and 2 ask; 5 is a test fire of F-1, the others are of one incident each.
    let mut first = correlation(at(1), &[at(5), at(3), at(4)], 5);
    let mut second = correlation(at(2), &[at(3), at(5)], 5);
    for (list, scores) in [(&mut first, vec![3.0, 1.0, 0.5]), (&mut second, vec![4.0, 2.0])] {
        list.receipt = serde_json::json!({
            "gallery": 7, "own": 0, "eligible": 6, "visited": 6, "coded": 6, "compared": 3, "exhaustive": false,
            "first_stage": { "stage": "not_needed" },
        });
        for (candidate, score) in list.candidates.iter_mut().zip(scores) {
            (candidate.score, candidate.log10_lr) = (score, Some(score / 2.0));
        }
    }
    let event = together(&gallery, &[first.clone(), second.clone()], &parameters.model);
    let incident = |n: u64| Origin::Evidence { incident: IncidentId::new(format!("I-{n}")) };
    let pistol = Origin::TestFire { firearm: FirearmId::new("F-1") };
    let told: Vec<_> = event.iter().map(|p| (p.origin.clone(), p.best.score, p.specimens, p.found)).collect();
    // Bound 1.0: scores from 2.0 on. The pistol reaches it with both marks, by one specimen of its own.
    assert_eq!(told, [(incident(3), 4.0, 1, 1), (pistol, 3.0, 2, 1), (incident(4), 0.5, 0, 0)]);
    assert_eq!((&event[0].query, &event[1].query), (&second.query, &first.query));
    // Picked among all twelve pairs, not among the six of one mark.
    let picked = |pairs: usize| parameters.model.picked_from(pairs).log10(4.0, 2.0);
    assert_eq!(event[0].log10_lr_of_event, Some(picked(12)));
    assert!(picked(12) < picked(6));
    assert_eq!(together(&gallery, &[], &parameters.model), []);
}
