//! `submit --watch`: a folder watched for new files, each taken once it has come to rest; nothing is ever moved or deleted.
//!
//! A file is at rest when size and time have not changed for some seconds of watching, so that a copy under way is never read. Its casework comes from the
//! manifest of the folder, from a table of its own beside it, or from the arguments; without any the file waits. What was taken before, by this process or an
//! earlier one, is there already and is not entered twice.

use super::words::verdict_words;
use super::{entry_by_arguments, forced, gallery_for_twins, take_in};
use crate::cli::Desk;
use crate::cli::arguments::SubmitArgs;
use crate::cli::decode_options;
use crate::cli::failure::{Failure, read_file};
use crate::cli::progress::Bar;
use crate::engine::manifest::{self, Entry, Manifest};
use crate::engine::submit::{BLOCK, Outcome, Submitting, Verdict};
use crate::language::Language;
use crate::trace::wording::Wording;
use clap::Args;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Arguments of watching.
#[derive(Debug, Clone, Default, Args)]
pub struct WatchArgs {
    /// Watch this folder and take new files until Ctrl-C. Casework comes from its manifest.csv (or --manifest), from a table NAME.csv beside NAME.x3p,
    /// or from the arguments; a file without any waits. Files are never moved or deleted.
    #[arg(long, value_name = "DIR", conflicts_with = "files")]
    pub watch: Option<PathBuf>,
    /// Seconds without a change after which a file is taken.
    #[arg(long, value_name = "SECONDS", default_value_t = 3.0, requires = "watch")]
    pub settle: f64,
    /// End when everything in the folder is at rest and taken, instead of waiting for more.
    #[arg(long, requires = "watch")]
    pub once: bool,
}

/// Time between two looks at the folder.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Most files of one folder that are watched: a year of a laboratory's work belongs into more than one folder.
const MOST_FILES: usize = 100_000;

/// Extensions of scans and photographs.
const SCANS: [&str; 7] = ["x3p", "png", "tif", "tiff", "bmp", "jpg", "jpeg"];

/// Names of the folder's own manifest.
const MANIFESTS: [&str; 4] = ["manifest.csv", "manifiesto.csv", "manifest.CSV", "manifiesto.CSV"];

/// Largest table of casework, bytes.
const MOST_MANIFEST_BYTES: u64 = 1 << 26;

/// What a look at a file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    bytes: u64,
    changed: Option<SystemTime>,
}

/// A file since it was last seen to change.
#[derive(Debug, Clone, Copy)]
struct Seen {
    state: State,
    since: Duration,
    taken: bool,
}

/// Which files are at rest, and which of them were taken.
#[derive(Debug, Default)]
struct Watched {
    files: BTreeMap<PathBuf, Seen>,
}

impl Watched {
    /// Takes a look: `found` is what lies there now, `now` the time since the watch began. A file that is gone is forgotten, and one that changed after it was
    /// taken is new.
    fn look(&mut self, found: Vec<(PathBuf, State)>, now: Duration) {
        let before = std::mem::take(&mut self.files);
        for (path, state) in found {
            let seen = match before.get(&path) {
                Some(seen) if seen.state == state => *seen,
                _ => Seen { state, since: now, taken: false },
            };
            self.files.insert(path, seen);
        }
    }

    /// Whether a file has rested so long.
    fn rests(&self, path: &Path, now: Duration, settle: Duration) -> bool {
        self.files.get(path).is_some_and(|seen| now.saturating_sub(seen.since) >= settle)
    }

    /// Scans at rest that were not taken yet, in the order of their names.
    fn ripe(&self, now: Duration, settle: Duration) -> Vec<PathBuf> {
        let open = self.files.iter().filter(|(path, seen)| !seen.taken && is_scan(path));
        open.filter(|(path, _)| self.rests(path, now, settle)).map(|(path, _)| path.clone()).collect()
    }

    fn take(&mut self, path: &Path) {
        if let Some(seen) = self.files.get_mut(path) {
            seen.taken = true;
        }
    }

    /// Whether anything still has to come to rest.
    fn unrest(&self, now: Duration, settle: Duration) -> bool {
        self.files.keys().any(|path| !self.rests(path, now, settle))
    }
}

fn extension(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn is_scan(path: &Path) -> bool {
    SCANS.contains(&extension(path).as_str())
}

/// Scans and tables of a folder; hidden files and folders in it are left alone.
fn listing(folder: &Path) -> Result<Vec<(PathBuf, State)>, Failure> {
    let fault = |source| Failure::Io { place: folder.display().to_string(), doing: "look into the folder", source };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with(['.', '~']);
        if hidden || !(is_scan(&path) || extension(&path) == "csv") {
            continue;
        }
        // Gone between the two looks, or not readable yet: the next look sees it.
        let Ok(known) = std::fs::metadata(&path) else { continue };
        if known.is_file() {
            found.push((path, State { bytes: known.len(), changed: known.modified().ok() }));
        }
        if found.len() > MOST_FILES {
            return Err(Failure::Usage {
                what: "--watch".to_owned(),
                expected: format!("a folder of at most {MOST_FILES} files"),
                got: "more".to_owned(),
            });
        }
    }
    Ok(found)
}

/// What is told at the end.
#[derive(Debug, Default, Serialize)]
struct Total {
    accepted: usize,
    reservations: usize,
    rejected: usize,
    already_there: usize,
    failed: usize,
    /// Files at rest for which no casework was found.
    waiting: BTreeSet<PathBuf>,
}

/// Watches a folder.
///
/// # Errors
/// A folder that cannot be read, and what concerns the gallery as a whole; what concerns one file is told and the watch goes on.
pub(super) fn run(desk: &Desk, args: &SubmitArgs, folder: &Path) -> Result<(), Failure> {
    let forced = forced(desk, &args.imaged)?;
    if !(0.0..=3_600.0).contains(&args.watching.settle) {
        return Err(Failure::Usage {
            what: "--settle".to_owned(),
            expected: "0 to 3600 seconds".to_owned(),
            got: args.watching.settle.to_string(),
        });
    }
    let settle = Duration::from_secs_f64(args.watching.settle);
    let store = desk.store(true)?;
    let options = decode_options(&args.read);
    let (began, mut watched, mut total) = (Instant::now(), Watched::default(), Total::default());
    let mut told = BTreeSet::new();
    while !Bar::interrupted() {
        let now = began.elapsed();
        watched.look(listing(folder)?, now);
        let ripe = watched.ripe(now, settle);
        let tables = if ripe.is_empty() { Tables::default() } else { Tables::of(args, folder, &watched, now, settle)? };
        for complaint in &tables.complaints {
            let complaint = complaint.pick(desk.output.language).to_owned();
            if told.insert(complaint.clone()) {
                eprintln!("{complaint}");
            }
        }
        let mut entries = Vec::new();
        total.waiting.clear();
        for path in ripe {
            match tables.entry(args, &path)? {
                Some(mut entry) => {
                    args.imaged.complete(&mut entry.imaging);
                    watched.take(&path);
                    entries.push(entry);
                }
                None => {
                    let words = desk.output.language.pick(
                        "waits: no manifest lists it, and no exhibit is stated",
                        "espera: ningún manifiesto la lista ni se indicó un indicio",
                    );
                    let words = format!("{}: {words}", path.display());
                    if told.insert(words.clone()) {
                        eprintln!("{words}");
                    }
                    total.waiting.insert(path);
                }
            }
        }
        if !entries.is_empty() {
            let gallery = gallery_for_twins(desk, &store)?;
            let how = Submitting { options: &options, gallery: gallery.as_ref(), forced, together: BLOCK };
            let done = take_in(desk, &store, &entries, Path::new(""), Manifest::default(), how)?;
            total.accepted += done.accepted;
            total.reservations += done.reservations;
            total.rejected += done.rejected;
            total.already_there += done.already_there;
            total.failed += done.failed;
            for outcome in &done.files {
                tell(desk, outcome)?;
            }
            continue;
        }
        if args.watching.once && !watched.unrest(now, settle) {
            break;
        }
        std::thread::sleep(LOOK_EVERY.min(settle.max(Duration::from_millis(20))));
    }
    tell_total(desk, &total)?;
    match total.failed + total.rejected {
        // Who watches has been told of each file; the end of a watch is no failure.
        _ if !args.watching.once => Ok(()),
        0 => Ok(()),
        failed => Err(Failure::Part { failed, all: failed + total.accepted + total.already_there }),
    }
}

/// Casework of the folder: rows by the place of their file.
#[derive(Debug, Default)]
struct Tables {
    rows: BTreeMap<PathBuf, Entry>,
    complaints: Vec<Wording>,
}

impl Tables {
    /// Reads the tables that are at rest: a half-written one could cut a number short.
    fn of(
        args: &SubmitArgs,
        folder: &Path,
        watched: &Watched,
        now: Duration,
        settle: Duration,
    ) -> Result<Self, Failure> {
        let mut tables = Self::default();
        match &args.manifest {
            Some(path) => tables.add(path, &read_file(path, MOST_MANIFEST_BYTES)?),
            None => {
                let own = MANIFESTS.iter().map(|name| folder.join(name)).filter(|p| watched.rests(p, now, settle));
                own.for_each(|path| tables.read(&path));
            }
        }
        // A table of its own speaks for a file before the manifest does.
        let beside = watched.files.keys().filter(|path| is_scan(path)).map(|path| path.with_extension("csv"));
        beside.filter(|path| watched.rests(path, now, settle)).for_each(|path| tables.read(&path));
        Ok(tables)
    }

    fn read(&mut self, path: &Path) {
        match read_file(path, MOST_MANIFEST_BYTES) {
            Ok(bytes) => self.add(path, &bytes),
            Err(failure) => self.complaints.push(Wording::new(failure.say(Language::En), failure.say(Language::Es))),
        }
    }

    fn add(&mut self, path: &Path, bytes: &[u8]) {
        let name = path.display().to_string();
        match manifest::read(&name, bytes) {
            Err(error) => self.complaints.push(error.0),
            Ok(read) => {
                let rows = read.rejected.iter().map(|r| {
                    let at = format!("{name}: {}: {}", r.row, r.file);
                    Wording::new(format!("{at} {}", r.why.en), format!("{at} {}", r.why.es))
                });
                self.complaints.extend(rows);
                let folder = path.parent().unwrap_or(Path::new(""));
                self.rows.extend(read.entries.into_iter().map(|entry| (place(&folder.join(&entry.file)), entry)));
            }
        }
    }

    /// The casework of a file; none where nothing says it.
    fn entry(&self, args: &SubmitArgs, path: &Path) -> Result<Option<Entry>, Failure> {
        if let Some(entry) = self.rows.get(&place(path)) {
            return Ok(Some(Entry { file: path.display().to_string(), ..entry.clone() }));
        }
        let stated = args.exhibit.is_some() || args.incident.is_some() || args.firearm.is_some();
        if stated { entry_by_arguments(args, path).map(Some) } else { Ok(None) }
    }
}

fn place(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// One line a file; one JSON document a line where JSON is asked for.
fn tell(desk: &Desk, outcome: &Outcome) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if desk.output.json {
        serde_json::to_writer(&mut out, outcome).map_err(std::io::Error::other)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", line(outcome, desk.output.language))?;
    }
    out.flush()?;
    Ok(())
}

fn line(outcome: &Outcome, language: Language) -> String {
    let what = match &outcome.result {
        Verdict::AlreadyThere => language.pick("already there", "ya estaba").to_owned(),
        Verdict::NotBegun => language.pick("not begun", "sin empezar").to_owned(),
        Verdict::Failed { why, why_spanish } => {
            format!("{}: {}", language.pick("failed", "fallido"), language.pick(why, why_spanish))
        }
        result => {
            let gate = result.gate();
            let mut words = gate.map_or("", |gate| verdict_words(result, gate, language)).to_owned();
            for reason in gate.iter().flat_map(|gate| &gate.reasons) {
                let why = language.pick(&reason.english, &reason.spanish);
                let advice = language.pick(&reason.advice_english, &reason.advice_spanish);
                words.push_str(&format!("\n    {why}\n    -> {advice}"));
            }
            words
        }
    };
    format!("{} ({}): {what}\n", outcome.file, outcome.specimen)
}

fn tell_total(desk: &Desk, total: &Total) -> Result<(), Failure> {
    let Total { accepted, reservations, rejected, already_there, failed, waiting } = total;
    let mut out = std::io::stdout().lock();
    if desk.output.json {
        serde_json::to_writer(&mut out, &serde_json::json!({ "total": total })).map_err(std::io::Error::other)?;
        writeln!(out)?;
    } else {
        let waiting = waiting.len();
        let words = desk.output.language.pick(
            format!("{accepted} accepted ({reservations} of them with reservations), {rejected} rejected, {already_there} already there, {failed} failed, {waiting} waiting"),
            format!("{accepted} aceptados ({reservations} de ellos con reservas), {rejected} rechazados, {already_there} ya estaban, {failed} fallidos, {waiting} en espera"),
        );
        writeln!(out, "{words}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(bytes: u64) -> State {
        State { bytes, changed: None }
    }

    #[test]
    fn a_file_is_taken_once_when_it_has_come_to_rest() {
        let (mut watched, settle) = (Watched::default(), Duration::from_secs(3));
        let at = Duration::from_secs;
        let look = |watched: &mut Watched, second: u64, files: &[(&str, u64)]| {
            watched.look(files.iter().map(|(name, bytes)| (PathBuf::from(name), state(*bytes))).collect(), at(second));
            watched.ripe(at(second), settle)
        };
        assert!(look(&mut watched, 0, &[("a.x3p", 10)]).is_empty());
        assert!(look(&mut watched, 2, &[("a.x3p", 20), ("b.X3P", 5)]).is_empty(), "it grows");
        assert!(look(&mut watched, 4, &[("a.x3p", 20), ("b.X3P", 5)]).is_empty());
        assert!(watched.unrest(at(4), settle));
        assert_eq!(look(&mut watched, 5, &[("a.x3p", 20), ("b.X3P", 5)]), ["a.x3p", "b.X3P"].map(PathBuf::from));
        watched.take(Path::new("a.x3p"));
        assert_eq!(look(&mut watched, 9, &[("a.x3p", 20), ("b.X3P", 5), ("t.csv", 1)]), [PathBuf::from("b.X3P")]);
        // Written anew: it is another file under the same name.
        assert_eq!(look(&mut watched, 10, &[("a.x3p", 21)]), Vec::<PathBuf>::new());
        assert_eq!(look(&mut watched, 13, &[("a.x3p", 21)]), [PathBuf::from("a.x3p")]);
        assert!(!watched.unrest(at(13), settle));
    }
}
