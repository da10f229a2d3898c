//! Trace records, firearms and decisions in the gallery.

use super::*;
use crate::engine::ports::{LinkDecision, Put, Store, StoreError};
use crate::ids::TraceId;
use crate::store::SqliteStore;
use crate::trace::{FirearmRecord, Personal, Serial, Source, TraceRecord};

fn trace(number: &str) -> TraceRecord {
    let mut record = TraceRecord::new(TraceId::new(number), Serial::read("ABC12345"));
    record.maker = Some("Ficticia Arms".to_owned());
    record.purchaser = Some(Personal::new("Ana Inventada".to_owned()));
    record
}

#[test]
fn versions_of_a_trace_are_kept_and_known_content_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap();
    let mut record = trace("T-1");
    assert_eq!(store.put_trace(&record, &stamp(1)).unwrap(), Put::New);
    record.source = Some(Source {
        file: "again.csv".into(),
        sha256: Digest::of(b"again"),
        rows: vec![2],
        other_rows: Default::default(),
    });
    assert_eq!(store.put_trace(&record, &stamp(2)).unwrap(), Put::Unchanged, "same content, other file");
    let mut changed = record.clone();
    changed.model = Some("Modelo 9".to_owned());
    assert_eq!(store.put_trace(&changed, &stamp(3)).unwrap(), Put::Changed);
    assert_eq!(store.put_trace(&record, &stamp(4)).unwrap(), Put::Unchanged, "the old file again");
    store.put_trace(&trace("T-0"), &stamp(5)).unwrap();

    let versions = store.trace(&record.trace).unwrap();
    assert_eq!(versions.iter().map(|v| v.version).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(versions[1].record, changed);
    assert_eq!(versions[0].record.purchaser, Some(Personal::new("Ana Inventada".to_owned())), "names come back");
    assert_eq!((versions[0].imported, versions[0].content), (time(1), record.content_hash()));
    let all: Vec<_> = store.traces().unwrap().into_iter().map(|v| (v.record.trace, v.version)).collect();
    assert_eq!(all, [(TraceId::new("T-0"), 1), (TraceId::new("T-1"), 1), (TraceId::new("T-1"), 2)]);
    assert!(matches!(store.trace(&TraceId::new("T-9")), Err(StoreError::NotFound { kind: "trace", .. })));

    let log = format!("{:?}", store.audit(1, 100).unwrap());
    assert!(!log.contains("Inventada"), "the audit log holds no personal data");
    let database = rusqlite::Connection::open(folder.path().join("gallery.sqlite3")).unwrap();
    let documents: String =
        database.query_row("SELECT group_concat(document) FROM trace", [], |row| row.get(0)).unwrap();
    assert!(!documents.contains("Inventada") && documents.contains("Ficticia Arms"), "personal data lie apart");
}

#[test]
fn a_changed_trace_row_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap();
    store.put_trace(&trace("T-1"), &stamp(1)).unwrap();
    let database = rusqlite::Connection::open(folder.path().join("gallery.sqlite3")).unwrap();
    database.execute("UPDATE trace SET document = replace(document, 'Ficticia', 'Otra')", []).unwrap();
    let error = store.traces().unwrap_err();
    assert!(
        matches!(error, StoreError::Damaged { .. }) && error.to_string().contains("trace T-1 version 1"),
        "{error}"
    );
}

#[test]
fn the_latest_firearm_record_and_the_latest_decision_hold() {
    let store = SqliteStore::in_memory().unwrap();
    let mut firearm = FirearmRecord::new(FirearmId::new("F-1"), Serial::read("ABC12345"));
    assert_eq!(store.put_firearm(&firearm, &stamp(1)).unwrap(), Put::New);
    firearm.maker = Some("Ficticia Arms".to_owned());
    assert_eq!(store.put_firearm(&firearm, &stamp(2)).unwrap(), Put::Changed);
    assert_eq!(store.put_firearm(&firearm, &stamp(3)).unwrap(), Put::Unchanged);
    assert_eq!(store.firearm(&firearm.firearm).unwrap(), firearm);
    assert_eq!(store.firearms().unwrap(), [firearm.clone()]);
    assert!(matches!(store.firearm(&FirearmId::new("F-9")), Err(StoreError::NotFound { .. })));

    let decision = |verdict: &str, second| LinkDecision {
        firearm: FirearmId::new("F-1"),
        trace: TraceId::new("T-1"),
        at: time(second),
        by: "Ana Lista".to_owned(),
        decision: serde_json::json!({ "verdict": verdict, "bits": 17.3 }),
    };
    assert!(matches!(
        store.put_link_decision(&decision("linked", 5), &stamp(5)),
        Err(StoreError::NotFound { kind: "trace", .. })
    ));
    store.put_trace(&trace("T-1"), &stamp(6)).unwrap();
    assert_eq!(store.put_link_decision(&decision("linked", 7), &stamp(7)).unwrap(), Put::New);
    assert_eq!(store.put_link_decision(&decision("linked", 7), &stamp(8)).unwrap(), Put::Unchanged);
    assert_eq!(store.put_link_decision(&decision("refused", 9), &stamp(9)).unwrap(), Put::Changed);
    assert_eq!(store.link_decisions().unwrap(), [decision("refused", 9)]);
    store.check().unwrap();
}
