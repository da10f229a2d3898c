//! Submit: from received bytes to a stored mark with its signature.

use super::Context;
use super::error::EngineError;
use super::manifest::Entry;
use super::parameters::Parameters;
use super::photographs::read_photo;
use super::ports::{Acquisition, MarkRecord, NewMark, NewSignature, Put, Stamp, Submission, region_word};
use crate::ids::{Digest, ExhibitId, SpecimenId};
use crate::mark::{Mark, Modality, Quality, Suitability, prepare};
use crate::signature::sign;
use crate::surface::{Acquired, DecodeOptions, Metadata, Note, Provenance, Surface, decode_known};
use crate::workings::{Silent, Workings};
use rayon::prelude::*;
use serde::Serialize;

/// Files decoded at a time: enough to keep every core busy, few enough to bound memory (about 20 MB each).
const BLOCK: usize = 16;

/// Gives the bytes of an entry's file, or says why not. The engine itself reads no files.
pub type Load<'a> = dyn Fn(&Entry) -> Result<Vec<u8>, EngineError> + Sync + 'a;

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The file as named.
    pub file: String,
    /// The exhibit.
    pub exhibit: ExhibitId,
    /// The specimen.
    pub specimen: SpecimenId,
    /// What was done.
    #[serde(flatten)]
    pub result: Verdict,
    /// Oddities of the file.
    pub notes: Vec<Note>,
}

/// What was done with one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Verdict {
    /// Stored, prepared and signed.
    Accepted {
        /// Figures of merit.
        quality: Quality,
    },
    /// Stored, but its mark cannot be compared; the reason is in the quality.
    Unsuitable {
        /// Figures of merit with the reason.
        quality: Quality,
    },
    /// The very same bytes were there already; nothing was changed.
    AlreadyThere,
    /// Nothing was stored.
    Failed {
        /// File, field, expected, got.
        why: String,
    },
    /// Not begun when the person asked to stop.
    NotBegun,
}

/// An acquisition that was read: its mark, and what is kept beside it.
#[derive(Debug, Clone)]
pub struct Read {
    /// The mark.
    pub mark: Mark,
    /// The parameters it was prepared with: those asked for, or [`Parameters::photographs`].
    pub parameters: Parameters,
    /// Distance of neighbouring points along x, um.
    pub pitch_um: f64,
    /// What the file says of its making.
    pub metadata: Metadata,
    /// Where the numbers came from, with oddities.
    pub provenance: Provenance,
}

/// From received bytes to a mark: decode, prepare. The calibre, where known, helps to estimate the pitch of a photograph that states none.
///
/// # Errors
/// Those of decoding and preparing.
pub fn mark_of(
    bytes: &[u8],
    name: &str,
    calibre: Option<&str>,
    options: &DecodeOptions,
    parameters: &Parameters,
    workings: &mut dyn Workings,
) -> Result<Read, EngineError> {
    mark_of_known((bytes, Digest::of(bytes)), name, calibre, options, parameters, workings)
}

/// The same for bytes whose digest is known.
fn mark_of_known(
    (bytes, sha256): (&[u8], Digest),
    name: &str,
    calibre: Option<&str>,
    options: &DecodeOptions,
    parameters: &Parameters,
    workings: &mut dyn Workings,
) -> Result<Read, EngineError> {
    match decode_known(bytes, sha256, name, options)? {
        Acquired::Surface(surface) => {
            let parameters = parameters.imaged(Modality::Heights)?;
            let mark = prepare(&surface.height_map(), &parameters.prepare, workings)?;
            let Surface { pitch_x_um: pitch_um, metadata, provenance, .. } = surface;
            Ok(Read { mark, parameters, pitch_um, metadata, provenance })
        }
        Acquired::Photo(photo) => read_photo(photo, name, calibre, parameters, workings),
    }
}

/// Submits a batch: files are decoded and prepared in parallel and stored one by one in the order of `entries`; a bad file is
/// reported and the rest goes on. What is reported as accepted is stored for good.
///
/// # Errors
/// Only what concerns the gallery as a whole: it is in use, damaged or full. What concerns one file is in its [`Outcome`].
pub fn submit(
    context: &Context<'_>,
    entries: &[Entry],
    load: &Load<'_>,
    options: &DecodeOptions,
) -> Result<Vec<Outcome>, EngineError> {
    let progress = context.progress;
    progress.begin("submit", entries.len() as u64);
    let mut outcomes = Vec::with_capacity(entries.len());
    let prepare = |block: &[Entry]| -> Vec<Result<Prepared, EngineError>> {
        block.par_iter().map(|entry| prepare_entry(context, entry, load, options)).collect()
    };
    let mut blocks = entries.chunks(BLOCK);
    let mut block = blocks.next().unwrap_or_default();
    let mut prepared = if progress.stop_requested() { Vec::new() } else { prepare(block) };
    while !prepared.is_empty() {
        let next = blocks.next().unwrap_or_default();
        // Storing waits for the disk: the next block is decoded meanwhile.
        let (kept, ahead) = rayon::join(
            || -> Result<Vec<Outcome>, EngineError> {
                let keep = |(entry, prepared)| {
                    let kept = keep(context, entry, prepared);
                    progress.advance();
                    kept
                };
                block.iter().zip(prepared).map(keep).collect()
            },
            || if progress.stop_requested() { Vec::new() } else { prepare(next) },
        );
        outcomes.extend(kept?);
        (block, prepared) = (next, ahead);
    }
    let not_begun = entries.iter().skip(outcomes.len());
    outcomes.extend(not_begun.map(|entry| outcome(entry, Verdict::NotBegun, Vec::new())));
    Ok(outcomes)
}

enum Prepared {
    Known,
    Fresh(Box<Submission>),
}

fn prepare_entry(
    context: &Context<'_>,
    entry: &Entry,
    load: &Load<'_>,
    options: &DecodeOptions,
) -> Result<Prepared, EngineError> {
    let Context { store, clock, parameters, .. } = *context;
    let received = load(entry)?;
    let sha256 = Digest::of(&received);
    if store.known(&entry.specimen.id, &sha256)?.is_some() {
        return Ok(Prepared::Known);
    }
    let calibre = entry.specimen.calibre.as_deref();
    let Read { mark, parameters, pitch_um, metadata, provenance } =
        mark_of_known((&received, sha256), &entry.file, calibre, options, parameters, &mut Silent)?;
    let id = Acquisition::id_for(&entry.specimen.id, &sha256);
    let acquisition = Acquisition {
        id: id.clone(),
        specimen: entry.specimen.id.clone(),
        sha256,
        file_name: entry.file.clone(),
        format: provenance.format,
        unit: provenance.unit,
        pitch_um: Some(pitch_um),
        operator: entry.operator.clone(),
        captured: metadata.date.as_deref().and_then(|d| d.get(..10)).and_then(|d| d.parse().ok()),
        received: clock.now(),
        metadata,
        notes: provenance.notes,
    };
    let marks = vec![new_mark(&acquisition, &mark, &parameters)?];
    Ok(Prepared::Fresh(Box::new(Submission {
        incident: entry.incident.clone(),
        exhibit: entry.exhibit.clone(),
        specimen: entry.specimen.clone(),
        acquisition,
        received,
        marks,
    })))
}

/// The record, bytes and signature of a mark. An unsuitable mark keeps its record, so that its reason can be read.
///
/// # Errors
/// A mark that is too large to be kept.
pub fn new_mark(acquisition: &Acquisition, mark: &Mark, parameters: &Parameters) -> Result<NewMark, EngineError> {
    let hash = parameters.mark_hash();
    let record = MarkRecord {
        id: MarkRecord::id_for(&acquisition.id, mark.region, &hash),
        acquisition: acquisition.id.clone(),
        region: mark.region,
        modality: mark.modality,
        version: format!("{}/{}", region_word(mark.region), crate::mark::PREPARATION_VERSION),
        parameters: hash,
        quality: mark.quality.clone(),
    };
    if !mark.suitable() {
        return Ok(NewMark { record, bytes: None, signatures: Vec::new() });
    }
    let signature = sign(mark, &parameters.signature);
    Ok(NewMark {
        record,
        bytes: Some(mark.to_bytes()?),
        signatures: vec![NewSignature { version: parameters.signature_version(), bytes: signature.to_bytes() }],
    })
}

fn keep(context: &Context<'_>, entry: &Entry, prepared: Result<Prepared, EngineError>) -> Result<Outcome, EngineError> {
    let Context { store, clock, actor, .. } = *context;
    let submission = match prepared {
        Ok(Prepared::Known) => return Ok(outcome(entry, Verdict::AlreadyThere, Vec::new())),
        Ok(Prepared::Fresh(submission)) => submission,
        Err(error) => return failed(entry, error),
    };
    let notes = submission.acquisition.notes.clone();
    match store.submit(&submission, &Stamp::new(clock.now(), actor)) {
        // As if it had been known before it was decoded: which of the two depends on how far storing has come.
        Ok(done) if done.put == Put::Unchanged => Ok(outcome(entry, Verdict::AlreadyThere, Vec::new())),
        Ok(done) => {
            let mut notes = notes;
            if !done.same_bytes_under.is_empty() {
                let others = done.same_bytes_under.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                notes.push(Note {
                    code: "bytes.duplicate".to_owned(),
                    english: format!("the same bytes are stored under another specimen: {others}"),
                    spanish: format!("los mismos bytes están guardados con otro espécimen: {others}"),
                });
            }
            let Some(quality) = submission.marks.into_iter().next().map(|m| m.record.quality) else {
                return Ok(outcome(entry, Verdict::Failed { why: "no mark was found".to_owned() }, notes));
            };
            let verdict = if quality.suitability == Suitability::Suitable {
                Verdict::Accepted { quality }
            } else {
                Verdict::Unsuitable { quality }
            };
            Ok(outcome(entry, verdict, notes))
        }
        Err(error) => failed(entry, error.into()),
    }
}

/// One file's fault is its outcome; the gallery's fault ends the batch.
fn failed(entry: &Entry, error: EngineError) -> Result<Outcome, EngineError> {
    match error.fault() {
        super::error::Fault::Input => Ok(outcome(entry, Verdict::Failed { why: error.to_string() }, Vec::new())),
        _ => Err(error),
    }
}

fn outcome(entry: &Entry, result: Verdict, notes: Vec<Note>) -> Outcome {
    Outcome {
        file: entry.file.clone(),
        exhibit: entry.exhibit.id.clone(),
        specimen: entry.specimen.id.clone(),
        result,
        notes,
    }
}
