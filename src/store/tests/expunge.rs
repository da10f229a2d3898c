//! Expungement and caches.

use super::leads::lead;
use super::pairs::pair;
use super::*;
use crate::casework::LeadState;
use crate::engine::ports::{Block, MarkFilter, PairScore, Store, StoreError};
use crate::store::SqliteStore;
use crate::store::caches::Cached;
use std::fs;
use std::path::Path;

/// Whether any file of the gallery holds these bytes.
fn lies_anywhere(folder: &Path, needle: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            lies_anywhere(&path, needle)
        } else {
            fs::read(&path).unwrap().windows(needle.len()).any(|window| window == needle)
        }
    })
}

#[test]
fn an_expunged_specimen_leaves_no_byte_and_an_event() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap();
    let (one, two, three) = (submission(1), submission(2), test_fire(3, "F-3"));
    for s in [&one, &two, &three] {
        store.submit(s, &stamp(1)).unwrap();
    }
    store.put_correlation(&correlation(&one, &[&two, &three], 5), &stamp(5)).unwrap();
    store.put_correlation(&correlation(&two, &[&one, &three], 6), &stamp(6)).unwrap();
    store.put_correlation(&correlation(&three, &[&two], 7), &stamp(7)).unwrap();
    let (touched, other) = (lead(&one, &two, 8), lead(&two, &three, 8));
    store.put_lead(&touched, &stamp(8)).unwrap();
    store.put_lead(&other, &stamp(8)).unwrap();
    let pairs = [pair(2, 1), pair(3, 1), pair(3, 2)];
    let comparison = Digest::of(b"comparison");
    store.put_block(Block { results: &[], comparison, pairs: &pairs, leads: &[] }, &stamp(8)).unwrap();
    let caches = store.caches().unwrap();
    let generation = store.generation().unwrap();
    assert!(caches.write("index", generation, |w| w.write_all(&one.received)).unwrap());
    let traces = [&one.received[100..132], &one.marks[0].signatures[0].bytes[64..96], &bytes(1, 3000)[2000..2032]];
    assert!(traces.iter().all(|needle| lies_anywhere(folder.path(), needle)), "stored before");
    // Numbers lie in the file as they are in memory of a big-endian machine.
    let score = |pair: &PairScore| lies_anywhere(folder.path(), &pair.outcome.score.to_be_bytes());
    assert_eq!(pairs.each_ref().map(score), [true; 3]);

    let analyst = person(Role::Analyst);
    assert!(matches!(store.expunge(&one.specimen.id, &analyst, " ", &stamp(9)), Err(StoreError::Invalid { .. })));
    let gone = store.expunge(&one.specimen.id, &analyst, "court order 12", &stamp(9)).unwrap();
    assert_eq!((gone.acquisitions, gone.marks, gone.correlations, gone.redacted), (1, 1, 1, 1));
    assert_eq!(gone.leads, [touched.id().clone()]);
    assert!(!traces.iter().any(|needle| lies_anywhere(folder.path(), needle)), "gone after");
    assert_eq!(pairs.each_ref().map(score), [false, false, true]);
    assert_eq!(store.check().unwrap().pairs, 1);

    assert!(matches!(store.specimen(&one.specimen.id), Err(StoreError::NotFound { .. })));
    assert_eq!(store.marks(&MarkFilter::default()).unwrap().len(), 2);
    assert!(store.generation().unwrap() > generation);
    assert_eq!(store.lead(touched.id()).unwrap().state(), LeadState::Withdrawn);
    assert_eq!(store.lead(other.id()).unwrap().state(), LeadState::Candidate);
    let redacted = &store.correlations(&mark_of(&two)).unwrap()[0];
    assert_eq!(redacted.candidates.len(), 1);
    assert_eq!(redacted.receipt["expunged"], 1);
    assert_eq!(store.check().unwrap().received, 2);
    let last = store.audit(1, 100).unwrap().pop().unwrap();
    assert_eq!((last.entry.action.as_str(), last.entry.subject.as_str()), ("specimen.expunged", "specimen S-1"));
    assert!(matches!(store.expunge(&one.specimen.id, &analyst, "again", &stamp(10)), Err(StoreError::NotFound { .. })));
    // It may be entered again, and is then new; its old place in the order of entry is never used again.
    store.submit(&one, &stamp(11)).unwrap();
    assert_eq!(store.mark(&mark_of(&one)).unwrap().sequence, 4);
}

#[test]
fn rows_that_moved_between_pages_leave_no_copy() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap();
    for n in 1..=2 {
        store.submit(&submission(n), &stamp(1)).unwrap();
    }
    // Signatures of other versions come, change their length and go, until SQLite has divided and merged many pages.
    let (mut gone, mut there) = (Vec::new(), Vec::new());
    let churn = |tx: &rusqlite::Connection| {
        for step in 0..12_000u64 {
            let random = u64::from_le_bytes(bytes(step + 1, 8).try_into().unwrap()) as usize;
            let content = bytes(step + 100_000, if random % 16 < 7 { 256 } else { 300 });
            let needle = content[..16].to_vec();
            let name = |step: u64| format!("v{step}");
            let of = random / 16 % there.len().max(1);
            match random % 16 {
                0..=6 => {
                    tx.execute("INSERT INTO signature VALUES (?1, 1, zeroblob(32), ?2)", (name(step), content))?;
                    there.push((step, needle));
                }
                7..=9 if !there.is_empty() => {
                    let (version, needle) = there.swap_remove(of);
                    tx.execute("DELETE FROM signature WHERE version = ?1", [name(version)])?;
                    gone.push(needle);
                }
                10..=15 if !there.is_empty() => {
                    let (version, old) = &mut there[of];
                    tx.execute("UPDATE signature SET bytes = ?2 WHERE version = ?1", (name(*version), content))?;
                    gone.push(std::mem::replace(old, needle));
                }
                _ => {}
            }
        }
        Ok(())
    };
    store.write("change signatures", churn).unwrap();
    let remains = || {
        store.empty_log().unwrap();
        let content = fs::read(folder.path().join("gallery.sqlite3")).unwrap();
        let found: std::collections::HashSet<&[u8]> = content.windows(16).collect();
        gone.iter().filter(|needle| found.contains(needle.as_slice())).count()
    };
    assert!(remains() > 0, "SQLite leaves no copies any more: nothing has to be written anew");
    store.expunge(&submission(2).specimen.id, &person(Role::Analyst), "court order", &stamp(2)).unwrap();
    assert_eq!(remains(), 0);
}

#[test]
fn a_cut_off_expungement_is_finished_by_the_next_opening() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap();
    store.submit(&submission(1), &stamp(1)).unwrap();
    store.expunge(&submission(1).specimen.id, &person(Role::Analyst), "court order", &stamp(2)).unwrap();
    let unscrubbed = |store: &SqliteStore| store.read("look", crate::store::marks::unscrubbed).unwrap();
    assert!(!unscrubbed(&store));
    store.write("forget", |tx| Ok(tx.execute("UPDATE gallery SET scrubbed = 0", [])?)).unwrap();
    assert!(unscrubbed(&store));
    drop(store);
    assert!(!unscrubbed(&SqliteStore::open(folder.path()).unwrap()));
}

#[test]
fn bytes_that_another_specimen_shares_stay() {
    let store = SqliteStore::in_memory().unwrap();
    let one = submission(1);
    let mut two = submission(2);
    two.received.clone_from(&one.received);
    two.acquisition.sha256 = one.acquisition.sha256;
    two.marks.clear();
    store.submit(&one, &stamp(1)).unwrap();
    store.submit(&two, &stamp(2)).unwrap();
    store.expunge(&one.specimen.id, &person(Role::Examiner), "entered twice", &stamp(3)).unwrap();
    assert_eq!(store.received_bytes(&two.acquisition.id).unwrap(), two.received);
}

#[test]
fn caches_come_back_whole_or_say_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap();
    store.submit(&submission(1), &stamp(1)).unwrap();
    let caches = store.caches().unwrap();
    assert_eq!(caches.read("index").unwrap(), Cached::Absent);
    let payload = bytes(5, 100_000);
    assert!(caches.write("index", 1, |w| payload.chunks(777).try_for_each(|c| w.write_all(c))).unwrap());
    assert_eq!(caches.read("index").unwrap(), Cached::Found { generation: 1, payload: payload.clone() });
    // A failing writer leaves the old cache and no unfinished file.
    let failed = caches.write("index", 1, |w| {
        w.write_all(b"half")?;
        Err(std::io::Error::other("disk full"))
    });
    assert!(failed.unwrap_err().to_string().contains("disk full"));
    assert!(matches!(caches.read("index").unwrap(), Cached::Found { .. }));
    let path = folder.path().join("caches/index");
    assert_eq!(fs::read_dir(folder.path().join("caches")).unwrap().count(), 1);

    let whole = fs::read(&path).unwrap();
    for cut in [0, 7, 31, 32, 5000, whole.len() - 1] {
        fs::write(&path, &whole[..cut]).unwrap();
        assert!(matches!(caches.read("index").unwrap(), Cached::Damaged(_)), "cut at {cut}");
    }
    for place in (0..12).chain(20..40).chain([whole.len() - 1]) {
        let mut bytes = whole.clone();
        bytes[place] ^= 4;
        fs::write(&path, &bytes).unwrap();
        assert!(matches!(caches.read("index").unwrap(), Cached::Damaged(_)), "byte {place}");
    }
    // A generation that the gallery has not reached: its database was put back from a backup.
    assert!(caches.write("index", 99, |w| w.write_all(b"x")).unwrap());
    assert_eq!(caches.read("index").unwrap(), Cached::Absent);
    for bad in ["", "..", "../x", ".hidden", "a/b", "ñ"] {
        assert!(matches!(caches.read(bad), Err(StoreError::Invalid { .. })), "{bad}");
    }
    caches.clear().unwrap();
    assert_eq!(caches.read("index").unwrap(), Cached::Absent);
}

#[test]
fn a_cache_older_than_an_expungement_is_neither_kept_nor_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path()).unwrap();
    let one = submission(1);
    store.submit(&one, &stamp(1)).unwrap();
    let generation = store.generation().unwrap();
    store.caches().unwrap().write("left", generation, |w| w.write_all(b"vectors")).unwrap();
    let left = fs::read(folder.path().join("caches/left")).unwrap();
    store.expunge(&one.specimen.id, &person(Role::Examiner), "court order", &stamp(2)).unwrap();
    let caches = store.caches().unwrap();
    assert!(!caches.write("late", generation, |w| w.write_all(b"vectors")).unwrap());
    assert_eq!(fs::read_dir(folder.path().join("caches")).unwrap().count(), 0);
    // As if the expungement had been cut off before it came to the caches.
    fs::write(folder.path().join("caches/left"), left).unwrap();
    assert_eq!(caches.read("left").unwrap(), Cached::Absent);
    drop(store);
    let _store = SqliteStore::open(folder.path()).unwrap();
    assert!(!folder.path().join("caches/left").exists(), "swept when the gallery is opened");
}
