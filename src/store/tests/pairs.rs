//! Scores of pairs, blocks of correlations, and which searches are done.

use super::leads::lead;
use super::*;
use crate::engine::ports::{Block, PairOutcome, PairScore, Put, SearchedAs, Store, StoreError};
use crate::store::SqliteStore;

/// An outcome of which no number is simple.
pub(super) fn outcome(seed: u64) -> PairOutcome {
    let part = seed as f64 / 7.0;
    PairOutcome {
        score: -1.234_567_890_123 + part,
        log10_lr: (!seed.is_multiple_of(3)).then_some(0.1 + 0.2 * part),
        log10_lr_interval: (seed % 3 == 1).then_some((-1.0 / 3.0, f64::MIN_POSITIVE)),
        cmc: seed as u32 % 40,
        cells: 41,
        pose: Pose { theta_rad: -3.0 + part / 100.0, dx_um: 1.0e3, dy_um: -0.1 * part },
    }
}

pub(super) fn pair(later: u64, earlier: u64) -> PairScore {
    PairScore { later, earlier, outcome: outcome(later * 100 + earlier) }
}

fn comparison() -> Digest {
    Digest::of(b"comparison 1")
}

fn block<'a>(results: &'a [CorrelationResult], pairs: &'a [PairScore]) -> Block<'a> {
    Block { results, comparison: comparison(), pairs, leads: &[] }
}

fn four() -> (SqliteStore, Vec<Submission>) {
    let store = SqliteStore::in_memory().unwrap();
    let all: Vec<Submission> = (1..=4).map(submission).collect();
    all.iter().for_each(|s| assert_eq!(store.submit(s, &stamp(1)).unwrap().put, Put::New));
    (store, all)
}

#[test]
fn outcomes_come_back_to_the_last_bit_in_the_order_asked() {
    let (store, all) = four();
    let pairs = [pair(2, 1), pair(3, 1), pair(4, 3)];
    let kept = store.put_block(block(&[correlation(&all[1], &[&all[0]], 5)], &pairs), &stamp(5)).unwrap();
    assert_eq!(kept.results, [Put::New]);
    let asked = [(4, 3), (4, 1), (2, 1), (3, 1), (1, 2)];
    let known = store.pair_outcomes(&comparison(), &asked).unwrap();
    assert_eq!(known, [Some(outcome(403)), None, Some(outcome(201)), Some(outcome(301)), None]);
    let bits = |o: &PairOutcome| [o.score, o.pose.theta_rad, o.pose.dx_um, o.pose.dy_um].map(f64::to_bits);
    assert_eq!(known[2].as_ref().map(bits), Some(bits(&outcome(201))));
    let other = Digest::of(b"comparison 2");
    assert_eq!(store.pair_outcomes(&other, &asked).unwrap(), [None; 5], "other parameters are another comparison");
    // The first outcome stays, and other parameters have their own.
    let again = PairScore { outcome: outcome(999), ..pairs[0] };
    store.put_block(block(&[], &[again]), &stamp(6)).unwrap();
    store.put_block(Block { comparison: other, ..block(&[], &[again]) }, &stamp(6)).unwrap();
    assert_eq!(store.pair_outcomes(&comparison(), &[(2, 1)]).unwrap(), [Some(outcome(201))]);
    assert_eq!(store.pair_outcomes(&other, &[(2, 1)]).unwrap(), [Some(outcome(999))]);
    assert_eq!(store.check().unwrap().pairs, 4);
}

#[test]
fn a_block_is_kept_whole_or_not_at_all() {
    let (store, all) = four();
    let before = store.verify_audit().unwrap();
    let good = correlation(&all[0], &[&all[1]], 5);
    let mut unknown = good.clone();
    unknown.query = MarkId::new("none");
    let refused = store.put_block(block(&[good.clone(), unknown], &[pair(2, 1)]), &stamp(5));
    assert!(matches!(refused, Err(StoreError::NotFound { kind: "mark", .. })));
    let mut broken = pair(3, 2);
    broken.outcome.pose.dx_um = f64::NAN;
    let unordered = PairScore { later: 1, earlier: 2, outcome: outcome(1) };
    for bad in [broken, unordered] {
        let refused = store.put_block(block(std::slice::from_ref(&good), &[pair(2, 1), bad]), &stamp(5));
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{bad:?}");
    }
    assert_eq!(store.pair_outcomes(&comparison(), &[(2, 1)]).unwrap(), [None]);
    assert_eq!(store.verify_audit().unwrap(), before);
    assert!(store.latest_correlations().unwrap().is_empty());

    let results = [good.clone(), correlation(&all[2], &[&all[1]], 6)];
    assert_eq!(store.put_block(block(&results, &[]), &stamp(6)).unwrap().results, [Put::New, Put::New]);
    assert_eq!(store.put_block(block(&results[..1], &[]), &stamp(7)).unwrap().results, [Put::Unchanged]);
    assert_eq!(store.verify_audit().unwrap().sequence, before.sequence + 2);
}

#[test]
fn what_was_expunged_meanwhile_is_not_kept_again() {
    let (store, all) = four();
    let generation = store.generation().unwrap();
    let late = |second| CorrelationResult { generation, ..correlation(&all[0], &[&all[1], &all[2]], second) };
    store.expunge(&all[1].specimen.id, &person(Role::Analyst), "court order", &stamp(4)).unwrap();
    // The gallery was read before the expungement, its results come after it.
    let pairs = [pair(2, 1), pair(3, 2), pair(3, 1)];
    let leads = [lead(&all[0], &all[1], 5), lead(&all[0], &all[2], 5)];
    let done = store.put_block(Block { leads: &leads, ..block(&[late(5)], &pairs) }, &stamp(5)).unwrap();
    assert_eq!((done.results, done.leads), (vec![Put::New], vec![Put::Unchanged, Put::New]));
    assert_eq!(store.leads().unwrap(), leads[1..]);
    let kept = &store.correlations(&mark_of(&all[0])).unwrap()[0];
    assert_eq!(kept.candidates.iter().map(|c| c.specimen.as_str()).collect::<Vec<_>>(), ["S-3"]);
    assert_eq!(kept.receipt["expunged"], 1);
    assert_eq!(store.put_block(block(&[late(5)], &[]), &stamp(6)).unwrap().results, [Put::Unchanged]);
    assert_eq!(store.put_correlation(&late(7), &stamp(7)).unwrap(), Put::New);
    assert_eq!(store.correlations(&mark_of(&all[0])).unwrap()[0].candidates.len(), 1);
    let asked = [(2, 1), (3, 2), (3, 1)];
    let known: Vec<bool> = store.pair_outcomes(&comparison(), &asked).unwrap().iter().map(Option::is_some).collect();
    assert_eq!(known, [false, false, true]);
    assert_eq!(store.check().unwrap().pairs, 1);
}

#[test]
fn searches_that_are_done_are_found_without_their_documents() {
    let (store, all) = four();
    let as_asked = |asked: &[(&str, &str)], exhaustive: bool| SearchedAs {
        parameters: Digest::of(b"parameters"),
        generation: 3,
        exhaustive,
        asked: asked.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
    };
    let put = |at: usize, second: i64, receipt: serde_json::Value| {
        let result = CorrelationResult { receipt, ..correlation(&all[at], &[], second) };
        store.put_block(block(&[result], &[]), &stamp(second)).unwrap();
    };
    let filtered = serde_json::json!({ "exhaustive": false, "filters": [
        { "field": "calibre", "asked": "9mm \"corto\" ñ", "left_out": 3, "unknown_kept": 0 },
        { "field": "date", "asked": "2024-01-01..", "left_out": 3, "unknown_kept": 0 }] });
    let asked = [("calibre", "9mm \"corto\" ñ"), ("date", "2024-01-01..")];
    put(0, 1, serde_json::json!({ "exhaustive": true }));
    put(1, 1, serde_json::json!({ "exhaustive": false }));
    put(2, 1, filtered.clone());
    // Only the latest of a mark counts.
    put(3, 1, serde_json::json!({}));
    put(3, 2, filtered);
    assert_eq!(store.searched(&as_asked(&[], false)).unwrap(), [1, 2], "more thorough than asked will do");
    assert_eq!(store.searched(&as_asked(&[], true)).unwrap(), [1]);
    assert_eq!(store.searched(&as_asked(&asked, false)).unwrap(), [3, 4]);
    assert_eq!(store.searched(&as_asked(&asked[..1], false)).unwrap(), [0u64; 0]);
    let later = SearchedAs { generation: 4, ..as_asked(&[], false) };
    assert_eq!(store.searched(&later).unwrap(), [0u64; 0]);
    let other = SearchedAs { parameters: Digest::of(b"other"), ..as_asked(&[], false) };
    assert_eq!(store.searched(&other).unwrap(), [0u64; 0]);
}

#[test]
fn what_rewrites_the_gallery_says_so_and_what_adds_to_it_does_not() {
    let (store, all) = four();
    let state = || (store.generation().unwrap(), store.rewritten().unwrap());
    assert_eq!(state(), (4, 0), "further marks extend");
    let mut fuller = all[0].clone();
    fuller.incident.as_mut().unwrap().state = Some("Sonora".to_owned());
    store.submit(&fuller, &stamp(2)).unwrap();
    assert_eq!(state(), (5, 5), "a field filled in");
    // A new file of a stored exhibit and specimen that fills in a field does both at once.
    let mut both = again(&all[1], 99);
    both.specimen.remark = Some("scratched".to_owned());
    store.submit(&both, &stamp(3)).unwrap();
    assert_eq!(state(), (6, 6));
    store.submit(&again(&all[1], 98), &stamp(3)).unwrap();
    assert_eq!(state(), (7, 6));
    let mut exhibit = all[2].clone();
    exhibit.exhibit.description = Some("one case".to_owned());
    store.submit(&exhibit, &stamp(4)).unwrap();
    assert_eq!(state(), (8, 8));
    let signature = NewSignature { version: SignatureVersion("polar/2".into()), bytes: vec![1; 9] };
    store.put_signature(&mark_of(&all[0]), &signature, &stamp(5)).unwrap();
    assert_eq!(state(), (9, 9));
    store.put_signature(&mark_of(&all[0]), &signature, &stamp(6)).unwrap();
    store.submit(&fuller, &stamp(6)).unwrap();
    assert_eq!(state(), (9, 9), "nothing new");
    store.submit(&submission(5), &stamp(7)).unwrap();
    assert_eq!(state(), (10, 9));
    store.expunge(&all[0].specimen.id, &person(Role::Analyst), "court order", &stamp(8)).unwrap();
    assert_eq!(state(), (11, 11));
}

#[test]
fn the_walk_over_signatures_brings_what_filters_ask() {
    use crate::casework::FiringPinShape;
    use crate::engine::ports::{Facts, MarkFilter};
    let store = SqliteStore::in_memory().unwrap();
    let mut one = submission(1);
    let incident = one.incident.as_mut().unwrap();
    (incident.state, incident.agency) = (Some("Sonora".to_owned()), Some("FGE".to_owned()));
    one.specimen.firing_pin_shape = Some(FiringPinShape::Elliptical);
    store.submit(&one, &stamp(1)).unwrap();
    store.submit(&test_fire(2, "F-2"), &stamp(2)).unwrap();
    let mut all = Vec::new();
    store
        .visit_signatures(&version(), &MarkFilter::default(), &mut |row| {
            all.push(row.facts);
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    let first = Facts {
        country: Some("MX".to_owned()),
        state: Some("Sonora".to_owned()),
        agency: Some("FGE".to_owned()),
        date: Some(PartialDate::month(2025, 7).unwrap()),
        firing_pin: Some(FiringPinShape::Elliptical),
    };
    assert_eq!(all, [first, Facts::default()]);
}
