//! `submit`: files and a manifest into the gallery, with a table of what failed and why.

use super::Desk;
use super::arguments::SubmitArgs;
use super::decode_options;
use super::failure::{Failure, read_file};
use super::present::table;
use crate::casework::{Exhibit, Incident, Specimen};
use crate::engine::error::EngineError;
use crate::engine::manifest::{self, Entry, Manifest};
use crate::engine::submit::{Outcome, Verdict, submit};
use crate::ids::{ExhibitId, FirearmId, IncidentId};
use crate::language::Language;
use crate::mark::Suitability;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What `submit --json` prints.
#[derive(Debug, Serialize)]
pub struct Submitted {
    /// Files stored whose mark can be compared.
    pub accepted: usize,
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
    let (entries, folder, manifest) = entries(args)?;
    let store = desk.store(true)?;
    let options = decode_options(&args.read);
    let done = take_in(desk, &store, &entries, &folder, manifest, &options)?;
    desk.output.show(&done, |language| words(&done, language))?;
    if done.not_begun > 0 {
        return Err(EngineError::Stopped.into());
    }
    match done.failed {
        0 => Ok(()),
        failed => Err(Failure::Part { failed, all: done.files.len() + done.rejected_rows.len() }),
    }
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
    options: &crate::surface::DecodeOptions,
) -> Result<Submitted, Failure> {
    let load = |entry: &Entry| {
        read_file(&folder.join(&entry.file), options.limits.bytes).map_err(|failure| match failure {
            Failure::Engine(error) => error,
            other => EngineError::Input {
                what: entry.file.clone(),
                expected: "a file that can be read".to_owned(),
                got: other.to_string(),
            },
        })
    };
    let files = submit(&desk.context(store), entries, &load, options)?;
    desk.bar.finish();
    let count = |wanted: fn(&Verdict) -> bool| files.iter().filter(|f| wanted(&f.result)).count();
    Ok(Submitted {
        accepted: count(|v| matches!(v, Verdict::Accepted { .. })),
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
    if args.files.is_empty() && args.manifest.is_none() {
        return Err(Failure::Usage {
            what: "submit".to_owned(),
            expected: "files, or --manifest".to_owned(),
            got: "neither".to_owned(),
        });
    }
    let Some(path) = &args.manifest else {
        let entries = args.files.iter().map(|f| own_entry(args, f)).collect::<Result<_, _>>()?;
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
            None => own_entry(args, file)?,
        });
    }
    Ok((entries, PathBuf::new(), read))
}

/// The casework of a file that no manifest lists, from the arguments; without any, the file stands for an incident of its own.
fn own_entry(args: &SubmitArgs, file: &Path) -> Result<Entry, Failure> {
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
    Ok(Entry { row: 0, file: name, incident, exhibit, specimen, operator: None })
}

/// The result as text.
#[must_use]
pub fn words(done: &Submitted, language: Language) -> String {
    let mut text = String::new();
    let noted: Vec<_> = done.files.iter().flat_map(|f| f.notes.iter().map(move |n| (f, n))).collect();
    let failed: Vec<(String, String, String)> = done
        .rejected_rows
        .iter()
        .map(|r| (r.file.clone(), language.pick(format!("row {}", r.row), format!("fila {}", r.row)), r.why.clone()))
        .chain(done.files.iter().filter_map(|f| match &f.result {
            Verdict::Failed { why } => Some((f.file.clone(), f.specimen.to_string(), why.clone())),
            _ => None,
        }))
        .collect();
    let unsuitable: Vec<(String, String, String)> = done
        .files
        .iter()
        .filter_map(|f| match &f.result {
            Verdict::Unsuitable { quality } => match &quality.suitability {
                Suitability::Unsuitable { english, spanish, .. } => {
                    Some((f.file.clone(), f.specimen.to_string(), language.pick(english, spanish).clone()))
                }
                Suitability::Suitable => None,
            },
            _ => None,
        })
        .collect();
    let mut section = |title: &str, rows: Vec<(String, String, String)>| {
        if rows.is_empty() {
            return;
        }
        let mut drawn = table([language.pick("file", "archivo"), language.pick("specimen", "espécimen"), title]);
        for (a, b, c) in rows {
            drawn.add_row([a, b, c]);
        }
        text.push_str(&format!("{drawn}\n"));
    };
    section(
        language.pick("noticed", "observado"),
        noted
            .into_iter()
            .map(|(f, n)| (f.file.clone(), f.specimen.to_string(), language.pick(&n.english, &n.spanish).clone()))
            .collect(),
    );
    section(language.pick("stored, but unsuitable for comparison", "guardado, pero no apto para comparar"), unsuitable);
    section(language.pick("not stored, and why", "no guardado, y por qué"), failed);
    if !done.unknown_columns.is_empty() {
        text.push_str(&format!(
            "{}: {}\n",
            language.pick("manifest columns not used", "columnas del manifiesto no usadas"),
            done.unknown_columns.join(", ")
        ));
    }
    text.push_str(&language.pick(
        format!(
            "{} accepted, {} stored but unsuitable, {} already there, {} failed",
            done.accepted, done.unsuitable, done.already_there, done.failed
        ),
        format!(
            "{} aceptados, {} guardados pero no aptos, {} ya estaban, {} fallidos",
            done.accepted, done.unsuitable, done.already_there, done.failed
        ),
    ));
    if done.not_begun > 0 {
        text.push_str(&language.pick(
            format!(", {} not begun (run the same command again)", done.not_begun),
            format!(", {} sin empezar (repita la misma orden)", done.not_begun),
        ));
    }
    text.push('\n');
    text
}
