//! A hundred kills under every kind of work, with a reader beside: what was acknowledged stays, what was expunged is gone.

use super::crash::{line, process, told};
use super::leads::lead;
use super::pairs::pair;
use super::*;
use crate::engine::ports::{Block, MarkFilter, Put, Store, StoreError};
use crate::store::SqliteStore;
use crate::store::caches::Cached;
use std::collections::{BTreeMap, HashMap};
use std::io::{BufReader, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

/// Kills.
const ROUNDS: u64 = 100;
/// Numbers of a round's submissions begin at the round times this.
const EACH: u64 = 1_000;
const CACHE: &str = "index";

/// Work, as the child announces it before and acknowledges it after.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Work {
    Submit(u64),
    Expunge(u64),
    /// A submission's mark signed anew, with a signature that follows from the second number.
    Sign(u64, u64),
    /// A field of its incident filled in.
    Complete(u64),
    /// A list of one that finds the other, their score, and a lead.
    Correlate(u64, u64),
    Cache,
}

impl Work {
    fn words(self) -> String {
        match self {
            Work::Submit(n) => format!("submit {n} 0"),
            Work::Expunge(n) => format!("expunge {n} 0"),
            Work::Sign(n, seed) => format!("sign {n} {seed}"),
            Work::Complete(n) => format!("complete {n} 0"),
            Work::Correlate(n, m) => format!("correlate {n} {m}"),
            Work::Cache => "cache 0 0".to_owned(),
        }
    }

    fn of(words: &str) -> Self {
        let parts: Vec<&str> = words.split(' ').collect();
        let [n, m] = [1, 2].map(|at| parts[at].parse().unwrap());
        match parts[0] {
            "submit" => Work::Submit(n),
            "expunge" => Work::Expunge(n),
            "sign" => Work::Sign(n, m),
            "complete" => Work::Complete(n),
            "correlate" => Work::Correlate(n, m),
            "cache" => Work::Cache,
            other => panic!("{other}"),
        }
    }

    /// Chooses among the numbers that are there.
    fn choose(random: u64, next: u64, there: &[u64]) -> Self {
        let one = |by: u64| there[(random / by) as usize % there.len()];
        match random % 16 {
            _ if there.len() < 4 => Work::Submit(next),
            0..=5 => Work::Submit(next),
            6..=7 => Work::Expunge(one(16)),
            8..=9 => Work::Sign(one(16), random),
            10..=11 => Work::Complete(one(16)),
            12..=13 if one(16) != one(4096) => Work::Correlate(one(16), one(4096)),
            _ => Work::Cache,
        }
    }

    fn done(self, store: &SqliteStore) {
        // After every step of the leads, which are withdrawn when one of their specimens is expunged.
        let at = stamp(9);
        match self {
            Work::Submit(n) => assert_eq!(store.submit(&submission(n), &at).unwrap().put, Put::New),
            Work::Expunge(n) => {
                let gone = store.expunge(&submission(n).specimen.id, &person(Role::Analyst), "court order", &at);
                assert!(gone.is_ok(), "{gone:?}");
            }
            Work::Sign(n, seed) => {
                store.put_signature(&mark_of(&submission(n)), &signature(seed), &at).unwrap();
            }
            Work::Complete(n) => {
                store.submit(&completed(n), &at).unwrap();
            }
            Work::Correlate(n, m) => {
                let (one, other) = (submission(n), submission(m));
                let [a, b] = [&one, &other].map(|s| store.mark(&mark_of(s)).unwrap().sequence);
                let generation = store.generation().unwrap();
                let results = [CorrelationResult { generation, ..correlation(&one, &[&other], 5) }];
                let (pairs, leads) = ([pair(a.max(b), a.min(b))], [lead(&one, &other, 5)]);
                let block = Block { results: &results, comparison: Digest::of(b"c"), pairs: &pairs, leads: &leads };
                // The same list may have been kept by an earlier round of another generation.
                match store.put_block(block, &at) {
                    Ok(_) | Err(StoreError::Conflict { .. }) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            Work::Cache => {
                let (generation, rows) = walk(store, None);
                let text = rows.iter().map(|(at, what)| format!("{at} {what}\n")).collect::<String>();
                store.caches().unwrap().write(CACHE, generation, |out| out.write_all(text.as_bytes())).unwrap();
            }
        }
    }
}

fn signature(seed: u64) -> NewSignature {
    NewSignature { version: version(), bytes: bytes(seed, 300) }
}

fn completed(n: u64) -> Submission {
    let mut fuller = submission(n);
    fuller.incident.as_mut().unwrap().state = Some("Sonora".to_owned());
    fuller
}

/// What a gallery is built from, in one snapshot: place of each mark, and whatever of it a search may ask. Up to a place, or all.
fn walk(store: &SqliteStore, up_to: Option<u64>) -> (u64, Vec<(u64, String)>) {
    let mut rows = Vec::new();
    let generation = store.visit_signatures(&version(), &MarkFilter::default(), &mut |row| {
        let content = Digest::of(&row.bytes).to_hex();
        if up_to.is_none_or(|last| row.context.sequence <= last) {
            rows.push((row.context.sequence, format!("{} {content} {:?}", row.context.specimen, row.facts)));
        }
        ControlFlow::Continue(())
    });
    (generation.unwrap(), rows)
}

#[test]
#[ignore = "the other process of a_hundred_kills_under_load_lose_nothing_and_bring_nothing_back"]
fn works_until_killed() {
    let Some((folder, start)) = told() else { return };
    let store = SqliteStore::open(folder).unwrap();
    let mut out = std::io::stdout().lock();
    let mut say = |words: String| {
        writeln!(out, "{words}").unwrap();
        out.flush().unwrap();
    };
    let (mut there, mut next) = (Vec::new(), start);
    for step in 0.. {
        let random = u64::from_le_bytes(bytes(start + step, 8).try_into().unwrap());
        let work = Work::choose(random, next, &there);
        say(format!("begun {}", work.words()));
        work.done(&store);
        say(format!("acknowledged {}", work.words()));
        match work {
            Work::Submit(n) => {
                there.push(n);
                next += 1;
            }
            Work::Expunge(n) => there.retain(|other| *other != n),
            _ => {}
        }
    }
}

#[test]
#[ignore = "the reader of a_hundred_kills_under_load_lose_nothing_and_bring_nothing_back"]
fn reads_until_killed() {
    let Some((folder, _)) = told() else { return };
    let store = SqliteStore::open(folder).unwrap();
    let mut last = (0, 0);
    loop {
        // One snapshot: references, digests, and the chain whose end another table remembers.
        let health = store.check().unwrap();
        let now = (health.generation, health.audit.sequence);
        assert!(now >= last, "{now:?} after {last:?}");
        last = now;
        let (generation, rows) = walk(&store, None);
        assert!(generation >= now.0 && rows.is_sorted() && rows.len() as u64 <= generation);
        println!("whole {}", now.0);
        // Who empties the log waits for a moment without readers.
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What must be there of a submission.
#[derive(Debug, Clone, Default)]
struct Kept {
    /// Seed of its last signature; none for the one it came with.
    signed: Option<u64>,
    complete: bool,
}

/// What the parent knows from what the children said.
#[derive(Default)]
struct Known {
    there: BTreeMap<u64, Kept>,
    gone: Vec<u64>,
}

impl Known {
    fn take(&mut self, work: Work) {
        match work {
            Work::Submit(n) => drop(self.there.insert(n, Kept::default())),
            Work::Expunge(n) => {
                self.there.remove(&n);
                self.gone.push(n);
            }
            Work::Sign(n, seed) => self.there.get_mut(&n).unwrap().signed = Some(seed),
            Work::Complete(n) => self.there.get_mut(&n).unwrap().complete = true,
            Work::Correlate(..) | Work::Cache => {}
        }
    }

    /// Whether work that was begun and not acknowledged was done.
    fn was_done(store: &SqliteStore, work: Work) -> bool {
        let there = |n: u64| store.specimen(&submission(n).specimen.id).is_ok();
        match work {
            Work::Submit(n) => there(n),
            Work::Expunge(n) => !there(n),
            Work::Sign(n, seed) => {
                store.signature(&mark_of(&submission(n)), &version()).unwrap() == signature(seed).bytes
            }
            Work::Complete(n) => store.incident(&submission(n).incident.unwrap().id).unwrap().state.is_some(),
            Work::Correlate(..) | Work::Cache => true,
        }
    }

    /// The content of the gallery, byte for byte; nothing more and nothing less.
    fn check(&self, store: &SqliteStore) {
        let health = store.check().unwrap();
        assert_eq!(health.marks, self.there.len() as u64);
        for (&n, kept) in &self.there {
            let one = submission(n);
            assert_eq!(store.received_bytes(&one.acquisition.id).unwrap(), one.received, "submission {n}");
            assert_eq!(Some(store.mark_bytes(&mark_of(&one)).unwrap()), one.marks[0].bytes, "submission {n}");
            let signed = kept.signed.map_or_else(|| one.marks[0].signatures[0].bytes.clone(), |s| signature(s).bytes);
            assert_eq!(store.signature(&mark_of(&one), &version()).unwrap(), signed, "submission {n}");
            let incident = if kept.complete { completed(n).incident } else { one.incident };
            assert_eq!(store.incident(&incident.as_ref().unwrap().id).unwrap(), incident.unwrap());
        }
        for result in store.latest_correlations().unwrap() {
            assert!(result.candidates.iter().all(|c| store.mark(&c.mark).is_ok()), "{result:?}");
        }
    }

    /// No file holds the beginning of anything expunged.
    fn check_gone(&self, folder: &Path) {
        let needles: HashMap<Vec<u8>, u64> = self
            .gone
            .iter()
            .flat_map(|&n| {
                let received = bytes(n, 3000);
                // Content is cut at the borders of pages, and a mark is the received bytes changed.
                [100, 1400, 2800].map(|at| (received[at..at + 16].to_vec(), n))
            })
            .collect();
        for file in ["gallery.sqlite3", "gallery.sqlite3-wal", "caches/index"] {
            let Ok(content) = std::fs::read(folder.join(file)) else { continue };
            for window in content.windows(16) {
                let found = needles.get(window);
                assert!(found.is_none(), "{file} holds the expunged submission {found:?}");
            }
        }
    }
}

/// A cache is of no generation that it may not be of, and where it may be extended it is the beginning of what is there.
fn check_cache(store: &SqliteStore) -> bool {
    let (generation, payload) = match store.caches().unwrap().read(CACHE).unwrap() {
        Cached::Absent => return false,
        Cached::Damaged(why) => panic!("{why}"),
        Cached::Found { generation, payload } => (generation, payload),
    };
    assert!(generation <= store.generation().unwrap());
    if generation < store.rewritten().unwrap() {
        return false;
    }
    let text = String::from_utf8(payload).unwrap();
    let last = text.lines().last().map_or(0, |row| row.split(' ').next().unwrap().parse().unwrap());
    let (_, rows) = walk(store, Some(last));
    assert_eq!(text, rows.iter().map(|(at, what)| format!("{at} {what}\n")).collect::<String>());
    true
}

/// Unfinished files: left alone while they are fresh, removed once nobody has written to them for long.
fn sweep(folder: &Path) -> usize {
    let unfinished = || -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder.join("caches")).into_iter().flatten();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(".unfinished-")).collect()
    };
    let found = unfinished();
    drop(SqliteStore::open(folder).unwrap());
    assert_eq!(unfinished().len(), found.len(), "somebody may be writing them");
    for path in &found {
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(3_600)).unwrap();
    }
    drop(SqliteStore::open(folder).unwrap());
    assert_eq!(unfinished().len(), 0);
    found.len()
}

#[test]
fn a_hundred_kills_under_load_lose_nothing_and_bring_nothing_back() {
    let folder = tempfile::tempdir().unwrap();
    drop(SqliteStore::create(folder.path()).unwrap());
    let mut reader = process("killed::reads_until_killed", folder.path(), 0);
    let mut known = Known::default();
    let (mut acknowledged, mut extended, mut unfinished) = (0u32, 0u32, 0);
    let start = Instant::now();
    for round in 1..=ROUNDS {
        let mut worker = process("killed::works_until_killed", folder.path(), round * EACH);
        let mut out = BufReader::new(worker.stdout.take().unwrap());
        let mut begun = line(&mut out, "begun ").map(|words| Work::of(&words));
        assert!(begun.is_some(), "round {round}: the worker ended before it began");
        std::thread::sleep(Duration::from_micros(5_000 + u64::from(bytes(round, 3)[2]) * 400));
        worker.kill().unwrap(); // SIGKILL
        worker.wait().unwrap();
        while let Some(words) = line(&mut out, "acknowledged ") {
            let work = Work::of(&words);
            assert_eq!(begun, Some(work), "round {round}");
            known.take(work);
            acknowledged += 1;
            begun = line(&mut out, "begun ").map(|words| Work::of(&words));
        }
        let store = SqliteStore::open(folder.path()).unwrap();
        if let Some(work) = begun.filter(|work| Known::was_done(&store, *work)) {
            known.take(work);
        }
        known.check(&store);
        extended += u32::from(check_cache(&store));
        if round % 10 == 0 {
            unfinished += sweep(folder.path());
            // An expungement that was cut off is finished by running it again, whatever the reader is doing.
            if let Some(Work::Expunge(n)) = begun {
                let again = store.expunge(&submission(n).specimen.id, &person(Role::Analyst), "again", &stamp(9));
                assert!(matches!(again, Ok(_) | Err(StoreError::NotFound { .. })), "{again:?}");
                if again.is_ok() {
                    known.take(Work::Expunge(n));
                }
            }
        }
        assert!(reader.try_wait().unwrap().is_none(), "round {round}: the reader met something that is not whole");
    }
    reader.kill().unwrap();
    reader.wait().unwrap();
    let mut said = BufReader::new(reader.stdout.take().unwrap());
    let looks = std::iter::from_fn(|| line(&mut said, "whole ")).count();
    // Opening finishes whatever was cut off; closing leaves one file.
    drop(SqliteStore::open(folder.path()).unwrap());
    known.check_gone(folder.path());
    let (there, gone) = (known.there.len(), known.gone.len());
    println!(
        "{ROUNDS} kills in {:?}: {acknowledged} acknowledged, {there} there, {gone} expunged, {extended} caches could be \
         extended, {unfinished} unfinished ones swept, {looks} looks of the reader",
        start.elapsed()
    );
    assert!(acknowledged > 200 && gone > 8 && extended > 3 && looks > 20, "too little was going on");
}
