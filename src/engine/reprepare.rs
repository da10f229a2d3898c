//! Prepare again: marks of the present preparation from the scans that a gallery keeps, so that a gallery made before an upgrade can be searched after it.
//!
//! ```text
//! received bytes --as on submission--> marks (present preparation), beside those of earlier ones, which stay as records
//!        \-- where a person corrected the outlines: cut along the newest correction
//! ```
//!
//! A search sees marks of one preparation alone and says how many it had to leave out for want of one ([`super::gallery::Gallery::unprepared`]). The quality gate
//! is not asked again: what it said on submission was said of the acquisition, which is the same. Where the program outlines an acquisition otherwise than it
//! did, its new outlines become the next version beside the earlier ones.

use super::Context;
use super::error::EngineError;
use super::gallery::Gallery;
use super::outline::{decoded_map, mark_along, other_mark, other_marks, region_hash};
use super::parameters::Parameters;
use super::ports::{Acquisition, MarkFilter, NewMark, OutlineRecord, Put, Stamp, Store};
use super::submit::{Read, mark_of, signed_mark};
use crate::ids::{AcquisitionId, Digest, ExhibitId, SpecimenId};
use crate::mark::outline::{Finding, OUTLINE_VERSION};
use crate::mark::{Mark, Modality, Region};
use crate::signature::sign;
use crate::surface::{Checksums, DecodeOptions};
use crate::workings::Silent;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeSet;

/// Acquisitions decoded at a time, as on submission.
const BLOCK: usize = 16;

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reprepared {
    /// Acquisitions that were given marks of the present preparation.
    pub prepared: usize,
    /// Of these, such whose breech-face mark cannot be compared: it says why in its quality.
    pub unsuitable: usize,
    /// Of these, such that are outlined otherwise than before.
    pub outlined_anew: usize,
    /// Acquisitions that had them already.
    pub there: usize,
    /// Resampled ones: they keep no scan.
    pub without_scan: usize,
    /// Acquisitions that could not be prepared, and why.
    pub failed: Vec<Unprepared>,
}

/// An acquisition that has no mark of the present preparation still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unprepared {
    /// The acquisition.
    pub acquisition: AcquisitionId,
    /// Why.
    pub why: String,
}

/// Prepares and signs every acquisition that lacks marks of the present preparation. Each is kept as soon as it is done, whole or not at all: stopped or killed,
/// it goes on where it was when it is run again.
///
/// # Errors
/// Those of the store; [`EngineError::Stopped`]. An acquisition that cannot be prepared is reported and the rest goes on.
pub fn reprepare(context: &Context<'_>) -> Result<Reprepared, EngineError> {
    let Context { store, progress, .. } = *context;
    let mut done = Reprepared::default();
    let all = store.acquisitions(None)?;
    progress.begin("prepare", all.len() as u64);
    for block in all.chunks(BLOCK) {
        if progress.stop_requested() {
            return Err(EngineError::Stopped);
        }
        let made: Vec<Result<Made, EngineError>> = block.par_iter().map(|one| made(context, one)).collect();
        for (acquisition, made) in block.iter().zip(made) {
            match made.and_then(|made| keep(context, acquisition, made, &mut done)) {
                Ok(()) => {}
                Err(error) if error.fault() == super::error::Fault::Input => {
                    done.failed.push(Unprepared { acquisition: acquisition.id.clone(), why: error.to_string() });
                }
                Err(error) => return Err(error),
            }
            progress.advance();
        }
    }
    Ok(done)
}

/// Whether an exhibit or a specimen has marks of other preparations alone, so that searches cannot see it until [`reprepare`] was run.
///
/// # Errors
/// Those of the store.
pub fn awaits(store: &dyn Store, parameters: &Parameters, name: &str) -> Result<bool, EngineError> {
    let all = Gallery::filter(parameters);
    let exhibit = MarkFilter { exhibit: Some(ExhibitId::new(name)), ..all.clone() };
    let specimen = MarkFilter { specimen: Some(SpecimenId::new(name)), ..all };
    Ok(store.count_unprepared(&exhibit)? > 0 || store.count_unprepared(&specimen)? > 0)
}

/// What became of one acquisition before it is kept.
enum Made {
    There,
    WithoutScan,
    Fresh { marks: Vec<NewMark>, outlines: Option<OutlineRecord>, suitable: bool },
}

fn keep(
    context: &Context<'_>,
    acquisition: &Acquisition,
    made: Made,
    done: &mut Reprepared,
) -> Result<(), EngineError> {
    let Context { store, clock, actor, .. } = *context;
    let (marks, outlines, suitable) = match made {
        Made::There => {
            done.there += 1;
            return Ok(());
        }
        Made::WithoutScan => {
            done.without_scan += 1;
            return Ok(());
        }
        Made::Fresh { marks, outlines, suitable } => (marks, outlines, suitable),
    };
    let stamp = Stamp::new(clock.now(), actor);
    match &outlines {
        Some(drawn) => store.put_outlines(std::slice::from_ref(drawn), &marks, &stamp)?,
        // Another process may be at the same work.
        None if store.put_marks(&acquisition.id, &marks, &stamp)? == Put::Unchanged => {
            done.there += 1;
            return Ok(());
        }
        None => {}
    }
    done.prepared += 1;
    done.unsuitable += usize::from(!suitable);
    done.outlined_anew += usize::from(outlines.is_some());
    Ok(())
}

/// Whether an acquisition has a mark of the present preparation of every kind that it has any of; only what is cut along its newest outlines counts.
fn up_to_date(context: &Context<'_>, acquisition: &Acquisition, outline: Option<u32>) -> Result<bool, EngineError> {
    let of_specimen = MarkFilter { specimen: Some(acquisition.specimen.clone()), ..MarkFilter::default() };
    let (mut kinds, mut now) = (BTreeSet::new(), BTreeSet::new());
    for found in context.store.marks(&of_specimen)? {
        let mark = found.mark;
        if mark.acquisition != acquisition.id || mark.outline.max(Some(1)) != outline.max(Some(1)) {
            continue;
        }
        kinds.insert(mark.region);
        if mark.parameters == hash_of(mark.region, mark.modality, context.parameters)? {
            now.insert(mark.region);
        }
    }
    Ok(now.contains(&Region::BreechFace) && kinds == now)
}

/// The digest of the present preparation of a region.
fn hash_of(region: Region, modality: Modality, parameters: &Parameters) -> Result<Digest, EngineError> {
    match region {
        Region::BreechFace => Ok(parameters.imaged(modality)?.mark_hash()),
        other => Ok(region_hash(other)),
    }
}

/// The marks of one acquisition, where it lacks any.
fn made(context: &Context<'_>, acquisition: &Acquisition) -> Result<Made, EngineError> {
    let Context { store, .. } = *context;
    if acquisition.format == super::grow::FORMAT {
        return Ok(Made::WithoutScan);
    }
    let newest = store.outlines(&acquisition.id)?.pop();
    if up_to_date(context, acquisition, newest.as_ref().map(|outline| outline.version))? {
        return Ok(Made::There);
    }
    let bytes = store.received_bytes(&acquisition.id)?;
    match newest {
        Some(drawn) if drawn.by.is_some() => along(context, acquisition, &bytes, &drawn),
        newest => as_submitted(context, acquisition, &bytes, newest.as_ref()),
    }
}

/// Along what a person drew.
fn along(
    context: &Context<'_>,
    acquisition: &Acquisition,
    bytes: &[u8],
    drawn: &OutlineRecord,
) -> Result<Made, EngineError> {
    // The store has checked the bytes by a digest of its own.
    let (map, modality) = decoded_map(bytes, acquisition, Checksums::Noted)?;
    let parameters = context.parameters.imaged(modality)?;
    let mark = mark_along(&map, modality, &drawn.outlines, &parameters)?;
    let others = if modality == Modality::Heights { other_marks(&map, &drawn.outlines)? } else { Vec::new() };
    fresh(acquisition, (&mark, &others), &parameters, Some(drawn.version), None)
}

/// As if it were submitted now, with the unit and the pitch that were taken then.
fn as_submitted(
    context: &Context<'_>,
    acquisition: &Acquisition,
    bytes: &[u8],
    newest: Option<&OutlineRecord>,
) -> Result<Made, EngineError> {
    let calibre = context.store.specimen(&acquisition.specimen)?.calibre;
    let options =
        DecodeOptions { pitch_um: acquisition.pitch_um, checksums: Checksums::Noted, ..DecodeOptions::default() };
    let read = |options: &DecodeOptions| {
        mark_of(bytes, &acquisition.file_name, calibre.as_deref(), options, context.parameters, &mut Silent)
    };
    let mut found = read(&options)?;
    if found.provenance.unit != acquisition.unit {
        found = read(&DecodeOptions { unit: Some(acquisition.unit), ..options })?;
    }
    let Read { mark, others, outlines, parameters, .. } = found;
    let outlines = outlines.filter(|outlines| outlines.finding != Finding::AlreadyOutlined);
    let known = newest.map(|outline| outline.version);
    // Nothing to draw again: the acquisition is its own outline, or was outlined in the same way.
    let same = |outlines: &crate::mark::outline::Outlines| newest.is_some_and(|known| known.outlines == *outlines);
    let anew = outlines.filter(|outlines| !same(outlines)).map(|outlines| OutlineRecord {
        acquisition: acquisition.id.clone(),
        version: known.unwrap_or(0) + 1,
        by: None,
        reason: None,
        method: OUTLINE_VERSION,
        at: context.clock.now(),
        outlines,
    });
    let version = anew.as_ref().map(|outline| outline.version).or(known);
    fresh(acquisition, (&mark, &others), &parameters, version, anew)
}

fn fresh(
    acquisition: &Acquisition,
    (mark, others): (&Mark, &[Mark]),
    parameters: &Parameters,
    version: Option<u32>,
    outlines: Option<OutlineRecord>,
) -> Result<Made, EngineError> {
    let signature = mark.suitable().then(|| sign(mark, &parameters.signature));
    let mut marks = vec![signed_mark(&acquisition.id, mark, signature.as_ref(), parameters, version)?];
    for other in others {
        marks.push(other_mark(&acquisition.id, other, version)?);
    }
    Ok(Made::Fresh { marks, outlines, suitable: mark.suitable() })
}
