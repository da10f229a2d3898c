//! Tampering with the log is seen, and where.

use super::*;
use crate::engine::ports::{Store, StoreError};
use crate::store::SqliteStore;
use rusqlite::{Connection, types::Value};
use std::path::Path;

/// A gallery with some events, closed, and its database opened by somebody who takes the triggers away.
fn tampered(folder: &Path) -> Connection {
    let store = SqliteStore::create(folder).unwrap();
    for n in 1..=3 {
        store.submit(&submission(n), &stamp(n as i64)).unwrap();
    }
    store.log("report.printed", "lead L-1", &serde_json::json!({ "pages": 2 }), &stamp(9)).unwrap();
    assert_eq!(store.verify_audit().unwrap().sequence, 5);
    drop(store);
    let database = Connection::open(folder.join("gallery.sqlite3")).unwrap();
    for sql in ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"] {
        let refused = database.execute(sql, []).unwrap_err().to_string();
        assert!(refused.contains("audit log is never"), "{refused}");
    }
    database
        .execute_batch(
            "DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_shortened;
             PRAGMA ignore_check_constraints = ON;",
        )
        .unwrap();
    database
}

fn broken_at(store: &SqliteStore) -> u64 {
    match store.verify_audit().unwrap_err() {
        StoreError::BrokenChain { broken, .. } => broken.sequence,
        other => panic!("{other}"),
    }
}

#[test]
fn any_changed_byte_of_any_row_names_its_event() {
    let folder = tempfile::tempdir().unwrap();
    let database = tampered(folder.path());
    let store = SqliteStore::open(folder.path()).unwrap();
    let mut tried = 0;
    for sequence in 1..=5i64 {
        for column in ["previous", "at", "actor", "action", "subject", "details", "hash"] {
            let query = format!("SELECT {column} FROM audit WHERE sequence = ?1");
            let was: Value = database.query_row(&query, [sequence], |row| row.get(0)).unwrap();
            let length = match &was {
                Value::Text(text) => text.len(),
                Value::Blob(blob) => blob.len(),
                other => panic!("{other:?}"),
            };
            let update = format!("UPDATE audit SET {column} = ?2 WHERE sequence = ?1");
            for place in 0..length {
                let now = match &was {
                    Value::Text(text) => {
                        let mut bytes = text.clone().into_bytes();
                        bytes[place] ^= 1;
                        match String::from_utf8(bytes) {
                            Ok(text) => Value::Text(text),
                            Err(_) => continue,
                        }
                    }
                    Value::Blob(blob) => {
                        let mut bytes = blob.clone();
                        bytes[place] ^= 0x80;
                        Value::Blob(bytes)
                    }
                    other => panic!("{other:?}"),
                };
                database.execute(&update, rusqlite::params![sequence, now]).unwrap();
                assert_eq!(broken_at(&store), sequence.unsigned_abs(), "{column} byte {place}");
                tried += 1;
            }
            database.execute(&update, rusqlite::params![sequence, was]).unwrap();
        }
    }
    assert!(tried > 1000, "{tried}");
    store.verify_audit().unwrap();
}

#[test]
fn another_spelling_of_the_same_time_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let database = tampered(folder.path());
    let changed =
        database.execute("UPDATE audit SET at = replace(at, ':01Z', ':01.000Z') WHERE sequence = 2", []).unwrap();
    assert_eq!(changed, 1);
    assert_eq!(broken_at(&SqliteStore::open(folder.path()).unwrap()), 2);
}

#[test]
fn removed_events_are_seen_in_the_middle_and_at_the_end() {
    for (gone, named) in [(1, 1), (3, 3), (5, 5)] {
        let folder = tempfile::tempdir().unwrap();
        let database = tampered(folder.path());
        database.execute("DELETE FROM audit WHERE sequence = ?1", [gone]).unwrap();
        let store = SqliteStore::open(folder.path()).unwrap();
        assert_eq!(broken_at(&store), named);
        assert!(matches!(store.check(), Err(StoreError::BrokenChain { .. })));
    }
}

#[test]
fn pages_of_the_log_follow_each_other() {
    let store = SqliteStore::in_memory().unwrap();
    for n in 0..10 {
        store.log("look", &format!("trace T-{n}"), &serde_json::Value::Null, &stamp(n)).unwrap();
    }
    let (first, rest) = (store.audit(1, 4).unwrap(), store.audit(5, 100).unwrap());
    assert_eq!((first.len(), rest.len()), (4, 7));
    crate::casework::verify_chain(first.iter().chain(&rest)).unwrap();
    assert!(matches!(store.log("", "x", &serde_json::Value::Null, &stamp(0)), Err(StoreError::Invalid { .. })));
}
