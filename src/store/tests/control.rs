//! Instrument control: standards, runs, flags, and what they leave in a gallery of an earlier version.

use super::*;
use crate::casework::control::{ControlFlag, ControlRule, ControlRun, ControlStandard, FlagStep, Lifted};
use crate::engine::ports::{Put, Store, StoreError};
use crate::store::{SCHEMA_VERSION, SqliteStore, schema};
use rusqlite::Connection;

fn standard() -> (ControlStandard, Vec<u8>) {
    let received = bytes(77, 500);
    let standard = ControlStandard {
        name: "SRM 2461 Nº 12".to_owned(),
        file_name: "srm.x3p".to_owned(),
        sha256: Digest::of(&received),
        at: time(0),
        by: "Tomás Técnico".to_owned(),
    };
    (standard, received)
}

fn run(second: i64) -> (ControlRun, Vec<u8>) {
    let received = bytes(1_000 + second.unsigned_abs(), 500);
    let run = ControlRun {
        instrument: "Confocal 1".to_owned(),
        standard: "srm 2461 nº 12".to_owned(),
        at: time(second),
        by: "Tomás Técnico".to_owned(),
        file_name: format!("{second}.x3p"),
        sha256: Digest::of(&received),
        score: Some(0.95),
        cells: (20, 24),
        comparison: Digest::of(b"comparison"),
        restart: None,
    };
    (run, received)
}

fn raise(runs: &[ControlRun], _: &[ControlFlag]) -> FlagStep {
    let last = runs.last().unwrap();
    FlagStep::Raise(Box::new(ControlFlag {
        number: 0,
        instrument: last.instrument.clone(),
        standard: last.standard.clone(),
        raised: last.at,
        rules: vec![ControlRule::BeyondThree],
        from: Some(time(5)),
        until: None,
        lifted: None,
    }))
}

fn actions(store: &SqliteStore) -> Vec<String> {
    let events = store.audit(0, usize::MAX).unwrap();
    events.into_iter().map(|e| e.entry.action).filter(|a| a.starts_with("control.")).collect()
}

#[test]
fn a_run_and_what_it_does_to_the_flags_are_kept_together() {
    let store = SqliteStore::in_memory().unwrap();
    let (standard, reference) = standard();
    let (first, image) = run(1);
    let leave = |_: &[ControlRun], _: &[ControlFlag]| FlagStep::Leave;
    let unknown = store.put_control_run(&first, &image, &leave, &stamp(1)).unwrap_err();
    assert!(matches!(unknown, StoreError::NotFound { kind: "check standard", .. }), "{unknown}");
    assert_eq!(store.put_standard(&standard, &reference, &stamp(0)).unwrap(), Put::New);
    assert_eq!(store.put_standard(&standard, &reference, &stamp(0)).unwrap(), Put::Unchanged);
    let other = ControlStandard { sha256: Digest::of(b"x"), name: "srm-2461 nº 12".to_owned(), ..standard.clone() };
    assert!(matches!(store.put_standard(&other, b"x", &stamp(0)), Err(StoreError::Conflict { .. })));
    assert!(matches!(store.put_standard(&other, b"y", &stamp(0)), Err(StoreError::Invalid { .. })), "other bytes");
    assert_eq!(store.standard_bytes("srm 2461, nº 12").unwrap(), reference, "however it is written");

    // The judge sees the new run last, and only those of its instrument.
    let elsewhere = ControlRun { instrument: "Confocal 2".to_owned(), ..first.clone() };
    store.put_control_run(&elsewhere, &image, &leave, &stamp(1)).unwrap();
    assert_eq!(store.put_control_run(&first, &image, &leave, &stamp(1)).unwrap(), Put::New);
    let (second, image) = run(2);
    let seen = std::sync::Mutex::new(Vec::new());
    let judge = |runs: &[ControlRun], flags: &[ControlFlag]| {
        *seen.lock().unwrap() = runs.iter().map(|r| r.at).collect();
        raise(runs, flags)
    };
    assert_eq!(store.put_control_run(&second, &image, &judge, &stamp(2)).unwrap(), Put::New);
    assert_eq!(*seen.lock().unwrap(), [time(1), time(2)]);
    let twice = |_: &[ControlRun], _: &[ControlFlag]| -> FlagStep { panic!("not asked of what is known") };
    assert_eq!(store.put_control_run(&second, &image, &twice, &stamp(3)).unwrap(), Put::Unchanged);
    let flags = store.control_flags().unwrap();
    assert_eq!((flags.len(), flags[0].number, flags[0].until), (1, 1, None));
    let (third, image) = run(3);
    store.put_control_run(&third, &image, &|_, _| FlagStep::End, &stamp(3)).unwrap();
    assert_eq!(store.control_flags().unwrap()[0].until, Some(time(3)));
    assert_eq!(store.control_runs().unwrap().len(), 4);
    let wanted = ["standard", "run", "run", "run", "out_of_control", "run", "restored"];
    assert_eq!(actions(&store), wanted.map(|w| format!("control.{w}")));
    store.check().unwrap();
}

#[test]
fn a_flag_is_lifted_once_by_a_person_with_a_reason() {
    let store = SqliteStore::in_memory().unwrap();
    let (standard, reference) = standard();
    store.put_standard(&standard, &reference, &stamp(0)).unwrap();
    let (first, image) = run(1);
    store.put_control_run(&first, &image, &raise, &stamp(1)).unwrap();
    let lifted = |reason: &str| Lifted { by: person(Role::Technician), at: time(9), reason: reason.to_owned() };
    assert!(matches!(store.lift_flag(2, &lifted("dust"), &stamp(9)), Err(StoreError::NotFound { .. })));
    assert!(matches!(store.lift_flag(1, &lifted("  "), &stamp(9)), Err(StoreError::Invalid { .. })));
    let flag = store.lift_flag(1, &lifted("dust"), &stamp(9)).unwrap();
    assert!(!flag.covers(time(6)) && !flag.open());
    assert!(matches!(store.lift_flag(1, &lifted("dust"), &stamp(9)), Err(StoreError::Stale { .. })));
    assert_eq!(store.control_flags().unwrap(), [flag]);
    assert_eq!(actions(&store).last().unwrap(), "control.lifted");
}

#[test]
fn expunging_a_specimen_leaves_the_images_of_standards() {
    let store = SqliteStore::in_memory().unwrap();
    let (standard, reference) = standard();
    store.put_standard(&standard, &reference, &stamp(0)).unwrap();
    let (first, image) = run(1);
    store.put_control_run(&first, &image, &raise, &stamp(1)).unwrap();
    store.submit(&submission(1), &stamp(2)).unwrap();
    store.expunge(&SpecimenId::new("S-1"), &person(Role::Technician), "order", &stamp(3)).unwrap();
    assert_eq!(store.standard_bytes(&standard.name).unwrap(), reference);
    assert_eq!(store.check().unwrap().received, 2);
}

#[test]
fn acquisitions_are_found_by_the_time_of_their_entry() {
    let store = SqliteStore::in_memory().unwrap();
    for n in 1..=4 {
        let mut one = submission(n);
        one.acquisition.received = time(10 * n as i64);
        store.submit(&one, &stamp(0)).unwrap();
    }
    let between = |from: Option<i64>, until: Option<i64>| {
        let found = store.acquisitions_between(from.map(time), until.map(time)).unwrap();
        found.into_iter().map(|a| a.specimen.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(between(Some(10), Some(40)), ["S-2", "S-3"], "neither end is in it");
    assert_eq!(between(None, Some(11)), ["S-1"]);
    assert_eq!(between(Some(30), None), ["S-4"]);
}

#[test]
fn a_gallery_of_version_2_gets_its_tables_and_keeps_its_acquisitions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gallery.sqlite3");
    let mut database = Connection::open(&path).unwrap();
    schema::bring_up_to_date(&mut database, "g", &schema::STEPS[..2], &stamp(0)).unwrap();
    // As version 2 wrote an acquisition: nothing of instrument and gate.
    let one = submission(1);
    let mut document = serde_json::to_value(&one.acquisition).unwrap();
    for new in ["instrument", "objective", "light", "gate"] {
        assert!(document.as_object_mut().unwrap().remove(new).is_some(), "{new}");
    }
    document["metadata"]["instrument_model"] = "usurf".into();
    database.pragma_update(None, "foreign_keys", false).unwrap();
    database
        .execute(
            "INSERT INTO acquisition (id, specimen, sha256, received_us, document) VALUES ('a', 'S-1', ?1, 5, ?2)",
            rusqlite::params![one.acquisition.sha256.0, document.to_string()],
        )
        .unwrap();
    drop(database);
    let store = SqliteStore::open(folder.path()).unwrap();
    let kept = store.acquisitions(None).unwrap();
    assert_eq!((kept[0].imaged_with().as_deref(), kept[0].gate.is_none()), (Some("usurf"), true));
    assert!(store.control_runs().unwrap().is_empty() && store.control_flags().unwrap().is_empty());
    assert!(store.outlines(&kept[0].id).unwrap().is_empty());
    assert_eq!(SCHEMA_VERSION, 7);
}
