//! Submit: from received bytes through the quality gate to a stored mark with its signature.

use super::Context;
use super::error::EngineError;
use super::gallery::Gallery;
use super::manifest::Entry;
use super::outline::{findings_of, other_mark, other_marks, outlined};
use super::parameters::Parameters;
use super::photographs::read_photo;
use super::ports::{
    Acquisition, MarkRecord, NewMark, NewSignature, OutlineRecord, Put, Stamp, Submission, region_word,
};
use super::twin::{Entered, Twins};
use crate::ids::{AcquisitionId, Digest, ExhibitId, SpecimenId};
use crate::language::Language;
use crate::mark::gate::{self, Figures, Findings, GateVerdict, Judgement};
use crate::mark::outline::{Finding, OUTLINE_VERSION, Outlines};
use crate::mark::{Mark, Modality, Quality, Suitability};
use crate::signature::{Signature, sign};
use crate::surface::{Acquired, DecodeOptions, Metadata, Note, Provenance, Surface, decode_known};
use crate::trace::text::fold;
use crate::workings::{Silent, Workings};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeSet;

/// Files decoded at a time: enough to keep every core busy, few enough to bound memory (about 20 MB each).
pub const BLOCK: usize = 16;

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
        /// What the gate said: accepted, accepted with reservations, or rejected and kept all the same for a reason that a person gave.
        gate: Box<Judgement>,
    },
    /// Stored because a person gave a reason, but its mark cannot be compared; the reason is in the quality.
    Unsuitable {
        /// Figures of merit with the reason.
        quality: Quality,
        /// What the gate said.
        gate: Box<Judgement>,
    },
    /// The gate rejected it; nothing was stored.
    Rejected {
        /// What the gate said, with what to do about it.
        gate: Box<Judgement>,
    },
    /// The very same bytes were there already; nothing was changed.
    AlreadyThere,
    /// Nothing was stored.
    Failed {
        /// File, field, expected, got.
        why: String,
        /// The same in Spanish, where it is told so.
        why_spanish: String,
    },
    /// Not begun when the person asked to stop.
    NotBegun,
}

impl Verdict {
    /// What the gate said, of a file that came as far as the gate.
    #[must_use]
    pub fn gate(&self) -> Option<&Judgement> {
        match self {
            Verdict::Accepted { gate, .. } | Verdict::Unsuitable { gate, .. } | Verdict::Rejected { gate } => {
                Some(gate)
            }
            Verdict::AlreadyThere | Verdict::Failed { .. } | Verdict::NotBegun => None,
        }
    }
}

/// How a batch is submitted.
#[derive(Clone, Copy)]
pub struct Submitting<'a> {
    /// How files are decoded.
    pub options: &'a DecodeOptions,
    /// The gallery as opened, in which twins are sought; without one they are sought in the batch alone.
    pub gallery: Option<&'a Gallery>,
    /// Why what the gate rejects is kept all the same; none to leave it out.
    pub forced: Option<&'a str>,
    /// Files decoded at a time, 1 to [`BLOCK`]; as many again are decoded while these are stored.
    pub together: usize,
}

/// An acquisition that was read: its mark, and what is kept beside it.
#[derive(Debug, Clone)]
pub struct Read {
    /// The mark.
    pub mark: Mark,
    /// The marks of other regions that it shows beside the breech face.
    pub others: Vec<Mark>,
    /// Where the parts of the case lie on it; none of a photograph in which no breech face was found.
    pub outlines: Option<Outlines>,
    /// What was measured for the quality gate.
    pub figures: Figures,
    /// What reading found that bears on the gate's verdict.
    pub findings: Findings,
    /// The parameters it was prepared with: those asked for, or [`Parameters::photographs`].
    pub parameters: Parameters,
    /// Distance of neighbouring points along x, um.
    pub pitch_um: f64,
    /// What the file says of its making.
    pub metadata: Metadata,
    /// Where the numbers came from, with oddities.
    pub provenance: Provenance,
}

/// What reading an acquisition gives.
pub(super) enum Reading {
    /// Off any scale, or a photograph of nothing known: nothing could be prepared.
    OffScale(Box<Judgement>, Vec<Note>),
    Read(Box<Read>),
}

/// From received bytes to a mark: decode, outline, prepare. The calibre, where known, helps to estimate the pitch of a photograph that states none.
///
/// # Errors
/// Those of decoding, outlining and preparing; [`EngineError::Input`] for heights so far off any scale that nothing can be prepared.
pub fn mark_of(
    bytes: &[u8],
    name: &str,
    calibre: Option<&str>,
    options: &DecodeOptions,
    parameters: &Parameters,
    workings: &mut dyn Workings,
) -> Result<Read, EngineError> {
    match read((bytes, Digest::of(bytes)), name, calibre, options, parameters, workings)? {
        Reading::Read(read) => Ok(*read),
        Reading::OffScale(judgement, _) => Err(EngineError::Input {
            what: name.to_owned(),
            expected: "the heights or the photograph of a primer".to_owned(),
            got: judgement.reasons.into_iter().next().map_or_else(String::new, |reason| reason.english),
        }),
    }
}

/// The same for bytes whose digest is known.
fn read(
    (bytes, sha256): (&[u8], Digest),
    name: &str,
    calibre: Option<&str>,
    options: &DecodeOptions,
    parameters: &Parameters,
    workings: &mut dyn Workings,
) -> Result<Reading, EngineError> {
    match decode_known(bytes, sha256, name, options)? {
        Acquired::Surface(surface) => {
            let parameters = parameters.imaged(Modality::Heights)?;
            let map = surface.height_map();
            let Surface { pitch_x_um: pitch_um, mask, metadata, provenance, .. } = surface;
            if let Some(judgement) = gate::off_any_scale(&map) {
                return Ok(Reading::OffScale(Box::new(judgement), provenance.notes));
            }
            let (outlines, face, mark) = outlined(&map, mask.as_ref(), &parameters, workings)?;
            let others = other_marks(&map, &outlines)?;
            let figures = gate::measure(&face, &mark, &parameters.prepare.fine);
            let findings = findings_of(&outlines);
            let outlines = Some(outlines);
            Ok(Reading::Read(Box::new(Read {
                mark,
                others,
                outlines,
                figures,
                findings,
                parameters,
                pitch_um,
                metadata,
                provenance,
            })))
        }
        Acquired::Photo(photo) => read_photo(photo, calibre, parameters, workings),
    }
}

/// Submits a batch without a gallery to seek twins in, and without force: see [`submit_with`].
///
/// # Errors
/// As [`submit_with`].
pub fn submit(
    context: &Context<'_>,
    entries: &[Entry],
    load: &Load<'_>,
    options: &DecodeOptions,
) -> Result<Vec<Outcome>, EngineError> {
    submit_with(context, entries, load, Submitting { options, gallery: None, forced: None, together: BLOCK })
}

/// Submits a batch: files are decoded, prepared and measured in parallel, and judged and stored one by one in the order of `entries`; a bad file is
/// reported and the rest goes on. What is reported as accepted is stored for good; what the gate rejects is not stored unless a reason is given.
///
/// # Errors
/// Only what concerns the gallery as a whole: it is in use, damaged or full. What concerns one file is in its [`Outcome`].
pub fn submit_with(
    context: &Context<'_>,
    entries: &[Entry],
    load: &Load<'_>,
    how: Submitting<'_>,
) -> Result<Vec<Outcome>, EngineError> {
    let progress = context.progress;
    progress.begin("submit", entries.len() as u64);
    let mut outcomes = Vec::with_capacity(entries.len());
    let out_of_control = super::control::out_of_control(context.store)?;
    let mut twins = Twins::among(how.gallery);
    let prepare = |block: &[Entry]| -> Vec<Result<Prepared, EngineError>> {
        block.par_iter().map(|entry| prepare_entry(context, entry, load, how)).collect()
    };
    let mut blocks = entries.chunks(how.together.clamp(1, BLOCK));
    let mut block = blocks.next().unwrap_or_default();
    let mut prepared = if progress.stop_requested() { Vec::new() } else { prepare(block) };
    while !prepared.is_empty() {
        let next = blocks.next().unwrap_or_default();
        // Storing waits for the disk: the next block is decoded meanwhile.
        let (kept, ahead) = rayon::join(
            || -> Result<Vec<Outcome>, EngineError> {
                let mut keep = |(entry, prepared)| {
                    let records = Records { out_of_control: &out_of_control, twins: &mut twins };
                    let kept = keep(context, entry, prepared, how, records);
                    progress.advance();
                    kept
                };
                block.iter().zip(prepared).map(&mut keep).collect()
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
    /// Off any scale: nothing could be prepared.
    Rejected(Box<Judgement>, Vec<Note>),
    Fresh(Box<Fresh>),
}

/// All that one file brings, before it is judged.
struct Fresh {
    submission: Submission,
    mark: Mark,
    signature: Option<Signature>,
    /// What to ask for twins with; none of a mark that cannot be compared.
    asked: Vec<Vec<u64>>,
    figures: Figures,
    findings: Findings,
}

/// What the gallery knows that bears on a new acquisition.
struct Records<'a, 'b> {
    out_of_control: &'a BTreeSet<String>,
    twins: &'a mut Twins<'b>,
}

fn prepare_entry(
    context: &Context<'_>,
    entry: &Entry,
    load: &Load<'_>,
    how: Submitting<'_>,
) -> Result<Prepared, EngineError> {
    let Context { store, clock, parameters, .. } = *context;
    let received = load(entry)?;
    let sha256 = Digest::of(&received);
    if store.known(&entry.specimen.id, &sha256)?.is_some() {
        return Ok(Prepared::Known);
    }
    let calibre = entry.specimen.calibre.as_deref();
    let read = match read((&received, sha256), &entry.file, calibre, how.options, parameters, &mut Silent)? {
        Reading::OffScale(judgement, notes) => return Ok(Prepared::Rejected(judgement, notes)),
        Reading::Read(read) => *read,
    };
    let Read { mark, others, outlines, figures, findings, parameters, pitch_um, metadata, provenance } = read;
    let id = Acquisition::id_for(&entry.specimen.id, &sha256);
    let acquisition = Acquisition {
        id: id.clone(),
        specimen: entry.specimen.id.clone(),
        sha256,
        file_name: entry.file.clone(),
        format: provenance.format,
        unit: provenance.unit,
        pitch_um: Some(pitch_um),
        instrument: entry.imaging.instrument.clone().or_else(|| metadata.instrument()),
        objective: entry.imaging.objective.clone().or_else(|| metadata.objective()),
        light: entry.imaging.light.clone().or_else(|| metadata.light()),
        notes: provenance.notes,
        operator: entry.imaging.operator.clone().or_else(|| metadata.creator.clone()),
        captured: metadata.date.as_deref().and_then(|d| d.get(..10)).and_then(|d| d.parse().ok()),
        metadata,
        received: clock.now(),
        gate: None,
    };
    let signature = mark.suitable().then(|| sign(&mark, &parameters.signature));
    let asked = if mark.suitable() { Twins::asked(how.gallery, &parameters, &mark) } else { Vec::new() };
    // An acquisition that is its own outline has nothing to keep or to correct.
    let outlines = outlines.filter(|outlines| outlines.finding != Finding::AlreadyOutlined);
    let outline = outlines.map(|outlines| OutlineRecord {
        acquisition: id.clone(),
        version: 1,
        by: None,
        reason: None,
        method: OUTLINE_VERSION,
        at: acquisition.received,
        outlines,
    });
    let version = outline.as_ref().map(|outline| outline.version);
    let mut marks = vec![signed_mark(&id, &mark, signature.as_ref(), &parameters, version)?];
    for other in &others {
        marks.push(other_mark(&id, other, version)?);
    }
    let submission = Submission {
        incident: entry.incident.clone(),
        exhibit: entry.exhibit.clone(),
        specimen: entry.specimen.clone(),
        acquisition,
        outline,
        received,
        marks,
    };
    Ok(Prepared::Fresh(Box::new(Fresh { submission, mark, signature, asked, figures, findings })))
}

/// What the gate says of a file, with what the records know of it.
fn judged(
    context: &Context<'_>,
    entry: &Entry,
    fresh: &Fresh,
    records: &Records<'_, '_>,
) -> Result<Judgement, EngineError> {
    let acquisition = &fresh.submission.acquisition;
    let mark = Some((&fresh.mark, fresh.asked.as_slice())).filter(|(mark, _)| mark.suitable());
    let findings = Findings {
        twin: records.twins.of(context, &entry.specimen.id, &acquisition.sha256, mark)?,
        out_of_control: acquisition.instrument.clone().filter(|name| records.out_of_control.contains(&fold(name))),
        ..fresh.findings.clone()
    };
    let suitability = &fresh.mark.quality.suitability;
    Ok(gate::judge(&fresh.figures, &findings, suitability, &context.parameters.gate))
}

/// The record, bytes and signature of a mark. An unsuitable mark keeps its record, so that its reason can be read.
///
/// # Errors
/// A mark that is too large to be kept.
pub fn new_mark(acquisition: &Acquisition, mark: &Mark, parameters: &Parameters) -> Result<NewMark, EngineError> {
    let signature = mark.suitable().then(|| sign(mark, &parameters.signature));
    signed_mark(&acquisition.id, mark, signature.as_ref(), parameters, None)
}

/// The same with the signature that was drawn already, of a mark cut along a version of the outlines.
pub(super) fn signed_mark(
    acquisition: &AcquisitionId,
    mark: &Mark,
    signature: Option<&Signature>,
    parameters: &Parameters,
    outline: Option<u32>,
) -> Result<NewMark, EngineError> {
    let hash = parameters.mark_hash();
    let record = MarkRecord {
        id: MarkRecord::id_along(acquisition, mark.region, &hash, outline),
        acquisition: acquisition.clone(),
        region: mark.region,
        modality: mark.modality,
        version: format!("{}/{}", region_word(mark.region), crate::mark::PREPARATION_VERSION),
        parameters: hash,
        outline,
        quality: mark.quality.clone(),
    };
    let Some(signature) = signature else {
        return Ok(NewMark { record, bytes: None, signatures: Vec::new() });
    };
    Ok(NewMark {
        record,
        bytes: Some(mark.to_bytes()?),
        signatures: vec![NewSignature { version: parameters.signature_version(), bytes: signature.to_bytes() }],
    })
}

fn keep(
    context: &Context<'_>,
    entry: &Entry,
    prepared: Result<Prepared, EngineError>,
    how: Submitting<'_>,
    records: Records<'_, '_>,
) -> Result<Outcome, EngineError> {
    let Context { store, clock, actor, .. } = *context;
    let mut fresh = match prepared {
        Ok(Prepared::Known) => return Ok(outcome(entry, Verdict::AlreadyThere, Vec::new())),
        Ok(Prepared::Rejected(gate, notes)) => {
            return Ok(outcome(entry, Verdict::Rejected { gate }, notes));
        }
        Ok(Prepared::Fresh(fresh)) => *fresh,
        Err(error) => return failed(entry, error),
    };
    let notes = fresh.submission.acquisition.notes.clone();
    let mut gate = judged(context, entry, &fresh, &records)?;
    if gate.verdict == GateVerdict::Rejected {
        match how.forced {
            None => return Ok(outcome(entry, Verdict::Rejected { gate: Box::new(gate) }, notes)),
            Some(reason) => gate.forced = Some(reason.to_owned()),
        }
    }
    fresh.submission.acquisition.gate = Some(gate.clone());
    let gate = Box::new(gate);
    match store.submit(&fresh.submission, &Stamp::new(clock.now(), actor)) {
        // As if it had been known before it was decoded: which of the two depends on how far storing has come.
        Ok(done) if done.put == Put::Unchanged => Ok(outcome(entry, Verdict::AlreadyThere, Vec::new())),
        Ok(_) => {
            if let (Some(signature), Some(mark)) = (fresh.signature, fresh.submission.marks.first()) {
                let (specimen, modality) = (entry.specimen.id.clone(), fresh.mark.modality);
                records.twins.entered(specimen, modality, signature, Entered::Stored(mark.record.id.clone()));
            }
            let quality = fresh.mark.quality;
            let verdict = if quality.suitability == Suitability::Suitable {
                Verdict::Accepted { quality, gate }
            } else {
                Verdict::Unsuitable { quality, gate }
            };
            Ok(outcome(entry, verdict, notes))
        }
        Err(error) => failed(entry, error.into()),
    }
}

/// One file's fault is its outcome; the gallery's fault ends the batch.
fn failed(entry: &Entry, error: EngineError) -> Result<Outcome, EngineError> {
    match error.fault() {
        super::error::Fault::Input => {
            let (why, why_spanish) = (error.to_string(), error.say(Language::Es));
            Ok(outcome(entry, Verdict::Failed { why, why_spanish }, Vec::new()))
        }
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
