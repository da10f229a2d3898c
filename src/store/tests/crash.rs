//! Second processes: killed ones, and ones that write at the same time.
//!
//! The tests start this test binary again with one ignored test and a folder in the environment.

use super::*;
use crate::engine::ports::{Put, Store, StoreError};
use crate::language::Language;
use crate::store::SqliteStore;
use rusqlite::Connection;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Tells a child which gallery it works on, and from which number on it submits.
const FOLDER: &str = "BRASSLINK_TEST_GALLERY";
const START: &str = "BRASSLINK_TEST_START";

fn child(test: &str, folder: &Path, start: u64) -> Child {
    process(&format!("crash::{test}"), folder, start)
}

/// This test binary again with one ignored test of the room.
pub(super) fn process(test: &str, folder: &Path, start: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("store::tests::{test}"), "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(START, start.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

pub(super) fn told() -> Option<(PathBuf, u64)> {
    Some((std::env::var_os(FOLDER)?.into(), std::env::var(START).ok()?.parse().ok()?))
}

/// The next line of a child that begins with a word of ours; `None` when it has ended.
pub(super) fn line(from: &mut impl BufRead, word: &str) -> Option<String> {
    let mut text = String::new();
    loop {
        text.clear();
        if from.read_line(&mut text).unwrap() == 0 {
            return None;
        }
        // The test harness writes "test ... " in front of the first line, without a line end.
        if let Some((_, rest)) = text.split_once(word) {
            // A line that the kill has cut off was not acknowledged.
            return text.ends_with('\n').then(|| rest.trim().to_owned());
        }
    }
}

#[test]
#[ignore = "the other process of a_killed_submitter_loses_nothing_it_acknowledged"]
fn submits_until_killed() {
    let Some((folder, start)) = told() else { return };
    let store = SqliteStore::open(folder).unwrap();
    let mut out = std::io::stdout().lock();
    for n in start.. {
        store.submit(&submission(n), &stamp(1)).unwrap();
        writeln!(out, "acknowledged {n}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn a_killed_submitter_loses_nothing_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    drop(SqliteStore::create(folder.path()).unwrap());
    let mut acknowledged = Vec::new();
    for round in 0..6u64 {
        let start = 1 + round * 1_000_000;
        let mut process = child("submits_until_killed", folder.path(), start);
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let first: u64 = line(&mut out, "acknowledged ").unwrap().parse().unwrap();
        assert_eq!(first, start);
        acknowledged.push(first);
        // Not at a line: somewhere within a submission.
        std::thread::sleep(Duration::from_micros(3_000 + u64::from(bytes(round, 3)[2]) * 137));
        process.kill().unwrap(); // SIGKILL
        process.wait().unwrap();
        while let Some(n) = line(&mut out, "acknowledged ") {
            acknowledged.push(n.parse().unwrap());
        }
        let store = SqliteStore::open(folder.path()).unwrap();
        let health = store.check().unwrap();
        for n in &acknowledged {
            let one = submission(*n);
            assert_eq!(store.received_bytes(&one.acquisition.id).unwrap(), one.received, "submission {n}");
        }
        // At most the one in flight is there besides, whole; nothing is half-written.
        let extra = health.marks - acknowledged.len() as u64;
        assert!(extra <= round + 1, "{extra}");
        assert_eq!((health.marks, health.received), (health.generation, health.generation));
        assert_eq!(health.audit.sequence, health.generation + 1, "one event each, and the creation");
        // The same command again finds what was done.
        assert_eq!(store.submit(&submission(start), &stamp(2)).unwrap().put, Put::Unchanged);
    }
}

#[test]
#[ignore = "the other process of a_second_writing_process_waits_or_is_refused"]
fn holds_the_gallery() {
    let Some((folder, _)) = told() else { return };
    let database = Connection::open(folder.join("gallery.sqlite3")).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    println!("holding now");
    // Until the other side closes, or sends something.
    let _ = std::io::stdin().read(&mut [0]);
    database.execute_batch("COMMIT").unwrap();
    println!("released now");
}

#[test]
fn a_second_writing_process_waits_or_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap().with_patience(Duration::from_millis(200)).unwrap();
    let mut process = child("holds_the_gallery", folder.path(), 0);
    let mut out = BufReader::new(process.stdout.take().unwrap());
    line(&mut out, "holding ").unwrap();

    let start = Instant::now();
    let error = store.submit(&submission(1), &stamp(1)).unwrap_err();
    assert!(start.elapsed() >= Duration::from_millis(200));
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    let place = folder.path().display().to_string();
    for (language, words) in [(Language::En, "another process"), (Language::Es, "otro proceso")] {
        assert!(error.say(language).contains(words) && error.say(language).contains(&place), "{error}");
    }
    assert_eq!(store.incidents().unwrap().len(), 0, "reading goes on");

    let store = store.with_patience(Duration::from_secs(20)).unwrap();
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(150));
        drop(process.stdin.take());
        process.wait().unwrap()
    });
    assert_eq!(store.submit(&submission(1), &stamp(1)).unwrap().put, Put::New, "it waited");
    assert!(release.join().unwrap().success());
    store.check().unwrap();
}

#[test]
#[ignore = "the other process of two_processes_submit_at_once"]
fn submits_twenty() {
    let Some((folder, start)) = told() else { return };
    let store = SqliteStore::open_or_create(folder).unwrap();
    for n in start..start + 20 {
        store.submit(&submission(n), &stamp(1)).unwrap();
    }
    println!("finished all");
}

#[test]
fn two_processes_make_and_fill_one_gallery_at_once() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("gallery");
    let mut processes: Vec<Child> = (0..3).map(|k| child("submits_twenty", &folder, 1 + k * 15)).collect();
    for process in &mut processes {
        let mut out = BufReader::new(process.stdout.take().unwrap());
        assert!(line(&mut out, "finished ").is_some());
        process.wait().unwrap();
    }
    let health = SqliteStore::open(&folder).unwrap().check().unwrap();
    assert_eq!((health.marks, health.audit.sequence), (50, 51), "the overlapping ones are there once");
}
