//! Opening what is, and what is not, a gallery.

use super::*;
use crate::engine::ports::{Put, Store, StoreError};
use crate::language::Language;
use crate::store::fault::Fault;
use crate::store::{SCHEMA_VERSION, SqliteStore, schema};
use rusqlite::Connection;
use std::fs;

fn refuse(folder: &std::path::Path, says: &str) {
    for result in [SqliteStore::open(folder), SqliteStore::open_or_create(folder)] {
        match result {
            Err(error @ StoreError::NotAGallery { .. }) => {
                assert!(error.to_string().contains(says), "{error}");
                assert!(error.to_string().contains(&folder.display().to_string()), "{error}");
            }
            other => panic!("{says}: {other:?}"),
        }
    }
}

#[test]
fn what_is_not_a_gallery_is_named_and_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let missing = root.path().join("missing");
    assert!(matches!(SqliteStore::open(&missing), Err(StoreError::NotAGallery { .. })));
    assert!(!missing.exists(), "opening makes nothing");

    let full = root.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("letter.txt"), "hello").unwrap();
    assert!(SqliteStore::open(&full).unwrap_err().to_string().contains("has no gallery.sqlite3"));
    assert!(SqliteStore::open_or_create(&full).unwrap_err().to_string().contains("letter.txt"));
    assert_eq!(fs::read_dir(&full).unwrap().count(), 1);

    let text = root.path().join("text");
    fs::create_dir(&text).unwrap();
    fs::write(text.join("gallery.sqlite3"), "this is a text that calls itself a gallery").unwrap();
    refuse(&text, "not an SQLite database");

    let foreign = root.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    let database = Connection::open(foreign.join("gallery.sqlite3")).unwrap();
    database.execute_batch("CREATE TABLE recipe (name TEXT); INSERT INTO recipe VALUES ('mole')").unwrap();
    drop(database);
    let before = fs::read(foreign.join("gallery.sqlite3")).unwrap();
    refuse(&foreign, "database of another program");
    assert_eq!(fs::read(foreign.join("gallery.sqlite3")).unwrap(), before);

    let file = root.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(SqliteStore::open(&file).unwrap_err().to_string().contains("not a folder"));
    assert!(matches!(SqliteStore::open_or_create(&file), Err(StoreError::Io { .. })));
}

#[test]
fn a_creation_that_was_cut_off_is_finished_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("gallery.sqlite3"), "").unwrap();
    assert!(SqliteStore::open(folder.path()).unwrap_err().to_string().contains("cut off"));
    let store = SqliteStore::create(folder.path()).unwrap();
    store.submit(&submission(1), &stamp(1)).unwrap();
    drop(store);
    assert!(matches!(SqliteStore::create(folder.path()), Err(StoreError::Invalid { .. })), "it exists already");
    let store = SqliteStore::open_or_create(folder.path()).unwrap();
    assert_eq!(store.submit(&submission(1), &stamp(2)).unwrap().put, Put::Unchanged);
}

#[test]
fn a_gallery_of_a_later_brasslink_is_refused_and_untouched() {
    let folder = tempfile::tempdir().unwrap();
    drop(SqliteStore::create(folder.path()).unwrap());
    let path = folder.path().join("gallery.sqlite3");
    let database = Connection::open(&path).unwrap();
    database.pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
    drop(database);
    let before = fs::read(&path).unwrap();
    for result in [SqliteStore::open(folder.path()), SqliteStore::open_or_create(folder.path())] {
        let error = result.unwrap_err();
        assert!(matches!(error, StoreError::NewerSchema { .. }), "{error}");
        assert!(error.say(Language::Es).contains("versión de esquema"), "{error}");
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn an_older_gallery_is_brought_forward_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap();
    store.submit(&submission(1), &stamp(1)).unwrap();
    drop(store);
    let mut database = Connection::open(folder.path().join("gallery.sqlite3")).unwrap();
    let mut steps = schema::STEPS.to_vec();
    steps.push("ALTER TABLE incident ADD COLUMN agency TEXT; CREATE TABLE no such syntax");
    let failed = schema::bring_up_to_date(&mut database, "g", &steps, &stamp(5)).unwrap_err();
    assert!(matches!(failed, Fault::Sql(_)), "{failed:?}");
    assert_eq!(schema::identity(&database).unwrap(), schema::Identity::Gallery(SCHEMA_VERSION));
    assert!(database.prepare("SELECT agency FROM incident").is_err(), "the half-taken step is undone");

    steps.pop();
    steps.push("ALTER TABLE incident ADD COLUMN agency TEXT");
    schema::bring_up_to_date(&mut database, "g", &steps, &stamp(6)).unwrap();
    assert_eq!(schema::identity(&database).unwrap(), schema::Identity::Gallery(SCHEMA_VERSION + 1));
    let (incidents, migrated): (i64, i64) = database
        .query_row(
            "SELECT (SELECT count(agency IS NULL) FROM incident),
                    (SELECT count(*) FROM audit WHERE action = 'gallery.migrated')",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!((incidents, migrated), (1, 1));
    // A second call has nothing to do, and an earlier brasslink refuses.
    schema::bring_up_to_date(&mut database, "g", &steps, &stamp(7)).unwrap();
    let old = schema::bring_up_to_date(&mut database, "g", schema::STEPS, &stamp(8)).unwrap_err();
    assert!(matches!(old, Fault::Refused(StoreError::NewerSchema { .. })), "{old:?}");
}

#[test]
fn a_gallery_of_version_1_gets_its_columns_from_its_documents() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gallery.sqlite3");
    let mut database = Connection::open(&path).unwrap();
    schema::bring_up_to_date(&mut database, "g", &schema::STEPS[..1], &stamp(0)).unwrap();
    // As version 1 wrote them; the constraints on what they refer to are not of interest here.
    database.pragma_update(None, "foreign_keys", false).unwrap();
    database.execute_batch("UPDATE gallery SET generation = 7").unwrap();
    let receipts = [
        serde_json::json!({ "exhaustive": true, "filters": [
            { "field": "calibre", "asked": "9mm \"corto\" ñ", "left_out": 1, "unknown_kept": 2 },
            { "field": "kind", "asked": "test fire", "left_out": 1, "unknown_kept": 2 }] }),
        serde_json::json!({ "eligible": 3 }),
    ];
    for (query, receipt) in (1i64..).zip(receipts) {
        let result = CorrelationResult { receipt, ..correlation(&submission(1), &[], query) };
        database
            .execute(
                "INSERT INTO correlation (query, at_us, parameters, document) VALUES (?1, ?1, ?2, ?3)",
                rusqlite::params![query, result.parameters.0, serde_json::to_string(&result).unwrap()],
            )
            .unwrap();
    }
    drop(database);
    let store = SqliteStore::open(folder.path()).unwrap();
    assert_eq!((store.generation().unwrap(), store.rewritten().unwrap()), (7, 7), "no older cache may be extended");
    let asked = [("calibre", "9mm \"corto\" ñ"), ("kind", "test fire")];
    let mut how = crate::engine::ports::SearchedAs {
        parameters: Digest::of(b"parameters"),
        generation: 3,
        exhaustive: true,
        asked: asked.map(|(field, word)| (field.to_owned(), word.to_owned())).to_vec(),
    };
    assert_eq!(store.searched(&how).unwrap(), [1]);
    how = crate::engine::ports::SearchedAs { exhaustive: false, asked: Vec::new(), ..how };
    assert_eq!(store.searched(&how).unwrap(), [2]);
    assert_eq!(store.verify_audit().unwrap().sequence, 2, "made and brought forward");
}

#[test]
fn a_damaged_database_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap();
    for n in 1..=16 {
        store.submit(&submission(n), &stamp(1)).unwrap();
    }
    drop(store);
    let path = folder.path().join("gallery.sqlite3");
    let whole = fs::read(&path).unwrap();
    let mut found = 0;
    let mut tries = 0;
    let check = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        match SqliteStore::open(folder.path()) {
            Ok(store) => store.check().map(|_| ()),
            Err(error) => Err(error),
        }
    };
    assert!(check(&whole).is_ok());
    for cut in [50, 100, 4096, whole.len() / 2, whole.len() - 4096] {
        let error = check(&whole[..cut]).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "cut at {cut}: {error}");
    }
    for page in 1..whole.len() / 4096 {
        let mut bytes = whole.clone();
        // The end of a page, where its content lies; the middle may be unused.
        for byte in &mut bytes[page * 4096 + 3_600..(page + 1) * 4096] {
            *byte = byte.wrapping_mul(31).wrapping_add(171);
        }
        tries += 1;
        found += usize::from(check(&bytes).is_err());
    }
    // The pages of empty tables have no content.
    assert!(found * 10 >= tries * 6 && tries > 30, "{found} of {tries}");
    assert!(check(&whole).is_ok());
}

#[test]
fn readers_work_while_a_writer_is_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap();
    store.submit(&submission(1), &stamp(1)).unwrap();
    let other = Connection::open(folder.path().join("gallery.sqlite3")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE gallery SET generation = 77").unwrap();
    assert_eq!(store.generation().unwrap(), 1, "the snapshot before");
    assert_eq!(store.incidents().unwrap().len(), 1);
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(store.generation().unwrap(), 77);
}

#[test]
fn threads_submit_and_read_together() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap();
    std::thread::scope(|scope| {
        for worker in 0..4u64 {
            let store = &store;
            scope.spawn(move || {
                for n in 0..10 {
                    store.submit(&submission(worker * 100 + n), &stamp(1)).unwrap();
                    assert!(store.specimens(None).unwrap().len() as u64 > n);
                }
            });
        }
    });
    assert_eq!((store.generation().unwrap(), store.check().unwrap().marks), (40, 40));
}
