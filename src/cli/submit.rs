//! `submit`: files and a manifest into the gallery, with what the quality gate says of each and what failed and why.

mod watch;
mod words;

pub use watch::WatchArgs;
pub use words::words;

use super::Desk;
use super::arguments::SubmitArgs;
use super::decode_options;
use super::failure::{Failure, read_file};
use crate::casework::{Exhibit, Incident, Specimen};
use crate::engine::error::EngineError;
use crate::engine::gallery::Gallery;
use crate::engine::manifest::{self, Entry, Imaging, Manifest};
use crate::engine::ports::{MarkFilter, Store as _};
use crate::engine::submit::{BLOCK, Outcome, Submitting, Verdict, submit_with};
use crate::ids::{ExhibitId, FirearmId, IncidentId};
use crate::mark::gate::GateVerdict;
use clap::Args;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How files were imaged, and what the quality gate may let through.
#[derive(Debug, Clone, Default, Args)]
pub struct ImagedArgs {
    /// Keep files that the quality gate rejects, for this reason; the audit chain keeps it.
    #[arg(long, value_name = "REASON")]
    pub force: Option<String>,
    /// Instrument of files that state none (or of all, where the manifest states none): the name under which its control chart is kept.
    #[arg(long, value_name = "NAME")]
    pub instrument: Option<String>,
    /// Objective, lens or stylus of that instrument.
    #[arg(long, value_name = "NAME")]
    pub objective: Option<String>,
    /// Light: ring, coaxial, side, ...
    #[arg(long, value_name = "NAME")]
    pub light: Option<String>,
    /// Who imaged the cases.
    #[arg(long, value_name = "NAME")]
    pub operator: Option<String>,
}

impl ImagedArgs {
    /// What a manifest leaves open, filled in.
    fn complete(&self, imaging: &mut Imaging) {
        let fill = |open: &mut Option<String>, said: &Option<String>| {
            if open.is_none() {
                open.clone_from(said);
            }
        };
        fill(&mut imaging.instrument, &self.instrument);
        fill(&mut imaging.objective, &self.objective);
        fill(&mut imaging.light, &self.light);
        fill(&mut imaging.operator, &self.operator);
    }
}

/// What `submit --json` prints.
#[derive(Debug, Serialize)]
pub struct Submitted {
    /// Files stored whose mark can be compared.
    pub accepted: usize,
    /// Those of them that are accepted with reservations.
    pub reservations: usize,
    /// Files that the gate rejected and that were kept for a person's reason.
    pub forced: usize,
    /// Files that the gate rejected; they were not stored.
    pub rejected: usize,
    /// Files stored whose mark cannot be compared.
    pub unsuitable: usize,
    /// Files that were there already.
    pub already_there: usize,
    /// Files and rows that could not be used.
    pub failed: usize,
    /// Files not begun when asked to stop.
    pub not_begun: usize,
    /// Manifest columns that mean nothing to brasslink.
    pub unknown_columns: Vec<String>,
    /// Manifest rows that could not be used.
    pub rejected_rows: Vec<manifest::RejectedRow>,
    /// Every file.
    pub files: Vec<Outcome>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Part`] when some files could not be used; the others were stored.
pub fn run(desk: &Desk, args: &SubmitArgs) -> Result<(), Failure> {
    if let Some(folder) = &args.watching.watch {
        return watch::run(desk, args, folder);
    }
    let forced = forced(desk, &args.imaged)?;
    let (entries, folder, manifest) = entries(args)?;
    let store = desk.store(true)?;
    let options = decode_options(&args.read);
    let gallery = gallery_for_twins(desk, &store)?;
    let how = Submitting { options: &options, gallery: gallery.as_ref(), forced, together: BLOCK };
    let done = take_in(desk, &store, &entries, &folder, manifest, how)?;
    desk.output.show(&done, |language| words(&done, language))?;
    if done.not_begun > 0 {
        return Err(EngineError::Stopped.into());
    }
    match done.failed + done.rejected {
        0 => Ok(()),
        failed => Err(Failure::Part { failed, all: done.files.len() + done.rejected_rows.len() }),
    }
}

/// Why rejected files are kept all the same. An auditor keeps nothing.
fn forced<'a>(desk: &Desk, args: &'a ImagedArgs) -> Result<Option<&'a str>, Failure> {
    let Some(reason) = args.force.as_deref() else { return Ok(None) };
    crate::casework::must_not_be_auditor(&desk.person()?, "keep a rejected file")?;
    match reason.trim() {
        "" => Err(Failure::Usage {
            what: "--force".to_owned(),
            expected: "a reason".to_owned(),
            got: "nothing".to_owned(),
        }),
        reason => Ok(Some(reason)),
    }
}

/// The gallery in which twins are sought; none while it is empty.
pub(super) fn gallery_for_twins(desk: &Desk, store: &crate::store::SqliteStore) -> Result<Option<Gallery>, Failure> {
    let any = store.count_marks(&MarkFilter { suitable_only: true, ..MarkFilter::default() })? > 0;
    if any { desk.open_gallery(store).map(Some) } else { Ok(None) }
}

/// Submits entries whose files lie in `folder`.
///
/// # Errors
/// What concerns the gallery as a whole.
pub fn take_in(
    desk: &Desk,
    store: &crate::store::SqliteStore,
    entries: &[Entry],
    folder: &Path,
    manifest: Manifest,
    how: Submitting<'_>,
) -> Result<Submitted, Failure> {
    let load = |entry: &Entry| {
        read_file(&folder.join(&entry.file), how.options.limits.bytes).map_err(|failure| match failure {
            Failure::Engine(error) => error,
            other => EngineError::Input {
                what: entry.file.clone(),
                expected: "a file that can be read".to_owned(),
                got: other.to_string(),
            },
        })
    };
    let files = submit_with(&desk.context(store), entries, &load, how)?;
    desk.bar.finish();
    let count = |wanted: fn(&Verdict) -> bool| files.iter().filter(|f| wanted(&f.result)).count();
    let of_gate = |wanted: fn(&crate::mark::gate::Judgement) -> bool| {
        let stored = files.iter().filter(|f| !matches!(f.result, Verdict::Rejected { .. }));
        stored.filter_map(|f| f.result.gate()).filter(|gate| wanted(gate)).count()
    };
    Ok(Submitted {
        accepted: count(|v| matches!(v, Verdict::Accepted { .. })),
        reservations: of_gate(|gate| gate.verdict == GateVerdict::Reservations),
        forced: of_gate(|gate| gate.forced.is_some()),
        rejected: count(|v| matches!(v, Verdict::Rejected { .. })),
        unsuitable: count(|v| matches!(v, Verdict::Unsuitable { .. })),
        already_there: count(|v| matches!(v, Verdict::AlreadyThere)),
        failed: count(|v| matches!(v, Verdict::Failed { .. })) + manifest.rejected.len(),
        not_begun: count(|v| matches!(v, Verdict::NotBegun)),
        unknown_columns: manifest.unknown_columns,
        rejected_rows: manifest.rejected,
        files,
    })
}

/// What to submit: the manifest's rows for the files named, all of its rows when none is named, and files of their own.
fn entries(args: &SubmitArgs) -> Result<(Vec<Entry>, PathBuf, Manifest), Failure> {
    let (mut entries, folder, manifest) = listed(args)?;
    entries.iter_mut().for_each(|entry| args.imaged.complete(&mut entry.imaging));
    Ok((entries, folder, manifest))
}

fn listed(args: &SubmitArgs) -> Result<(Vec<Entry>, PathBuf, Manifest), Failure> {
    if args.files.is_empty() && args.manifest.is_none() {
        return Err(Failure::Usage {
            what: "submit".to_owned(),
            expected: "files, --manifest or --watch".to_owned(),
            got: "neither".to_owned(),
        });
    }
    let Some(path) = &args.manifest else {
        let entries = args.files.iter().map(|f| entry_by_arguments(args, f)).collect::<Result<_, _>>()?;
        return Ok((entries, PathBuf::new(), Manifest::default()));
    };
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let mut read = manifest::read(&path.display().to_string(), &read_file(path, 1 << 26)?)
        .map_err(|e| Failure::Engine(e.into()))?;
    let listed = std::mem::take(&mut read.entries);
    if args.files.is_empty() {
        return Ok((listed, folder, read));
    }
    // A file on the command line is the manifest's when both lead to one place, however the path is written.
    let place = |p: &Path| std::fs::canonicalize(p).unwrap_or_else(|_| p.to_path_buf());
    let by_place: BTreeMap<PathBuf, Entry> = listed.into_iter().map(|e| (place(&folder.join(&e.file)), e)).collect();
    let mut seen = BTreeSet::new();
    let mut entries = Vec::new();
    for file in &args.files {
        let at = place(file);
        if !seen.insert(at.clone()) {
            continue;
        }
        entries.push(match by_place.get(&at) {
            Some(entry) => Entry { file: file.display().to_string(), ..entry.clone() },
            None => entry_by_arguments(args, file)?,
        });
    }
    Ok((entries, PathBuf::new(), read))
}

/// The casework of a file that no manifest lists, from the arguments; without any, the file stands for an incident of its own.
fn entry_by_arguments(args: &SubmitArgs, file: &Path) -> Result<Entry, Failure> {
    let name = file.display().to_string();
    let stem = file.file_stem().map_or_else(|| name.clone(), |s| s.to_string_lossy().into_owned());
    let exhibit_id = ExhibitId::new(args.exhibit.as_deref().unwrap_or(&stem));
    let specimen_id = if args.exhibit.is_some() {
        manifest::specimen_from(&exhibit_id, &name)
    } else {
        crate::ids::SpecimenId::new(&stem)
    };
    let (incident, exhibit) = match &args.firearm {
        Some(firearm) => (None, Exhibit::test_fires(exhibit_id, FirearmId::new(firearm))),
        None => {
            let id = args.incident.clone().unwrap_or_else(|| format!("unassigned/{exhibit_id}"));
            let mut incident = Incident::numbered(IncidentId::new(id));
            incident.date = args
                .incident_date
                .as_deref()
                .map(|text| {
                    text.parse().map_err(|_| Failure::Usage {
                        what: "--incident-date".to_owned(),
                        expected: "YYYY-MM-DD, YYYY-MM or YYYY".to_owned(),
                        got: text.to_owned(),
                    })
                })
                .transpose()?;
            let exhibit = Exhibit::evidence(exhibit_id, incident.id.clone());
            (Some(incident), exhibit)
        }
    };
    let specimen = Specimen::numbered(specimen_id, exhibit.id.clone());
    Ok(Entry { row: 0, file: name, incident, exhibit, specimen, imaging: Imaging::default() })
}
