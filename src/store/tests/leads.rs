//! Correlations and leads in the gallery.

use super::*;
use crate::casework::{Association, Basis, Conclusion, ExaminerRecord, Lead, LeadState, ReviewPolicy};
use crate::engine::ports::{Put, Store, StoreError};
use crate::store::SqliteStore;

pub(super) fn lead(one: &Submission, other: &Submission, second: i64) -> Lead {
    let joins = Association::between((&one.specimen, &one.exhibit), (&other.specimen, &other.exhibit)).unwrap();
    let basis = Basis {
        query: mark_of(one),
        found: mark_of(other),
        correlated: time(second),
        parameters: Digest::of(b"parameters"),
        rank: 1,
        score: 0.1 + 0.2,
        log10_lr: None,
        log10_lr_interval: None,
        log10_lr_of_search: None,
        cmc: 22,
    };
    Lead::propose(joins, basis, time(second))
}

fn gallery() -> (SqliteStore, Submission, Submission) {
    let store = SqliteStore::in_memory().unwrap();
    let (one, two) = (submission(1), test_fire(2, "F-2"));
    store.submit(&one, &stamp(1)).unwrap();
    store.submit(&two, &stamp(2)).unwrap();
    (store, one, two)
}

#[test]
fn correlations_are_kept_as_given_latest_first() {
    let (store, one, two) = gallery();
    let (early, late) = (correlation(&one, &[&two], 10), correlation(&one, &[], 20));
    assert_eq!(store.put_correlation(&late, &stamp(20)).unwrap(), Put::New);
    assert_eq!(store.put_correlation(&early, &stamp(21)).unwrap(), Put::New);
    assert_eq!(store.put_correlation(&early, &stamp(22)).unwrap(), Put::Unchanged);
    assert_eq!(store.correlations(&mark_of(&one)).unwrap(), [late.clone(), early.clone()]);
    let back = correlation(&two, &[&one], 5);
    store.put_correlation(&back, &stamp(23)).unwrap();
    assert_eq!(store.latest_correlations().unwrap(), [late, back]);

    let mut other = early.clone();
    other.candidates[0].score = 9.0;
    assert!(matches!(store.put_correlation(&other, &stamp(24)), Err(StoreError::Conflict { .. })));
    other.candidates[0].score = f64::INFINITY;
    other.at = time(30);
    assert!(matches!(store.put_correlation(&other, &stamp(24)), Err(StoreError::Invalid { .. })));
    other.query = MarkId::new("none");
    assert!(matches!(store.put_correlation(&other, &stamp(24)), Err(StoreError::NotFound { .. })));
    assert_eq!(store.verify_audit().unwrap().sequence, 6);
}

#[test]
fn a_lead_goes_its_way_and_every_step_is_an_event() {
    let (store, one, two) = gallery();
    let mut lead = lead(&one, &two, 10);
    assert_eq!(store.put_lead(&lead, &stamp(10)).unwrap(), Put::New);
    assert_eq!(store.put_lead(&lead, &stamp(11)).unwrap(), Put::Unchanged);
    let examiner = person(Role::Examiner);
    lead.judge(&person(Role::Technician), time(20), "striae agree").unwrap();
    assert_eq!(store.update_lead(&lead, &stamp(20)).unwrap(), Put::Changed);
    assert_eq!(store.update_lead(&lead, &stamp(20)).unwrap(), Put::Unchanged);
    lead.open_examination(&examiner, time(30)).unwrap();
    let specimens = [one.specimen.id.clone(), two.specimen.id.clone()];
    let record =
        ExaminerRecord::new(&examiner, specimens, Conclusion::Identification, time(40), "under the scope").unwrap();
    lead.conclude(record, ReviewPolicy::NONE).unwrap();
    store.update_lead(&lead, &stamp(40)).unwrap();
    let stored = store.lead(lead.id()).unwrap();
    assert_eq!(stored, lead);
    assert_eq!(stored.hit().unwrap().joins().firearm(), Some(&FirearmId::new("F-2")));
    let actions: Vec<String> = store.audit(1, 100).unwrap().into_iter().map(|e| e.entry.action).collect();
    assert_eq!(
        actions[3..],
        ["lead.proposed".to_owned(), "lead.judged".into(), "lead.opened".into(), "lead.concluded".into()]
    );
    let triage = store.triage().unwrap();
    assert_eq!(triage.len(), 2);
    assert!(triage.iter().all(|t| t.first_lead == Some(time(20)) && t.entered == Some(time(0))));
    assert!(triage.iter().all(|t| t.correlated.is_none()));
}

#[test]
fn a_step_on_an_outdated_lead_is_refused() {
    let (store, one, two) = gallery();
    let mut mine = lead(&one, &two, 10);
    store.put_lead(&mine, &stamp(10)).unwrap();
    let mut theirs = mine.clone();
    theirs.judge(&person(Role::Analyst), time(20), "agree").unwrap();
    store.update_lead(&theirs, &stamp(20)).unwrap();
    mine.withdraw(&person(Role::Technician), time(30), "nothing in common").unwrap();
    let before = store.verify_audit().unwrap();
    assert!(matches!(store.update_lead(&mine, &stamp(30)), Err(StoreError::Stale { .. })));
    assert_eq!(store.lead(mine.id()).unwrap(), theirs);
    assert_eq!(store.verify_audit().unwrap(), before);
    let unknown = lead(&submission(7), &submission(8), 0);
    assert!(matches!(store.update_lead(&unknown, &stamp(1)), Err(StoreError::NotFound { .. })));
    assert!(matches!(store.put_lead(&unknown, &stamp(1)), Err(StoreError::NotFound { kind: "specimen", .. })));
    assert!(matches!(store.put_lead(&theirs, &stamp(1)), Err(StoreError::Invalid { .. })));
}

#[test]
fn a_withdrawn_lead_stays_beside_its_successor() {
    let (store, one, two) = gallery();
    let mut first = lead(&one, &two, 10);
    store.put_lead(&first, &stamp(10)).unwrap();
    first.withdraw(&person(Role::Technician), time(20), "wrong scan").unwrap();
    store.update_lead(&first, &stamp(20)).unwrap();
    let second = lead(&two, &one, 30);
    assert_eq!(second.id(), first.id());
    assert_eq!(store.put_lead(&second, &stamp(30)).unwrap(), Put::Changed);
    assert_eq!(store.lead(first.id()).unwrap().state(), LeadState::Candidate);
    assert_eq!(store.leads().unwrap(), [first.clone(), second]);
    assert!(matches!(store.update_lead(&first, &stamp(40)), Err(StoreError::Stale { .. })));
}
