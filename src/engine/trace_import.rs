//! Import of tables of traces and of the registers beside them: parsed, weighed against the gallery, kept in whole batches.
//!
//! An import that is cut off leaves whole batches, each with its audit event; the same command again finishes it, because
//! known content changes nothing.

use super::error::EngineError;
use super::ports::{Clock, ImportedFile, Put, RecordBatch, Stamp, Store};
use super::traces::catalogues;
use crate::ids::{Digest, TraceId};
use crate::trace::TraceRecord;
use crate::trace::catalogue::Catalogues;
use crate::trace::import::{
    ColumnMapping, DayOrder, ImportOptions, ImportOutcome, Note, Profile, Received, Records, Reject, TableKind,
    import_table,
};
use crate::trace::version::{FieldChange, diff};
use crate::trace::wording::Wording;
use serde::Serialize;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

/// Largest table that is read, bytes: some million rows.
pub const MOST_BYTES: u64 = 1 << 29;
/// Records of one transaction: large enough that its costs vanish, small enough that others wait less than a second.
pub const BATCH: usize = 10_000;
/// Misspelled names that are told.
const MOST_NAMES: usize = 12;
/// Changed traces of which the fields are listed; of all of them the history is kept.
const MOST_CHANGES: usize = 200;

/// What a person says of a table beside its bytes.
#[derive(Debug, Clone, Default)]
pub struct ImportRequest {
    /// Order of day and month for columns that do not show it.
    pub day_order: Option<DayOrder>,
    /// Century of years written with two digits.
    pub century: Option<i16>,
    /// The profile named.
    pub profile: Option<Profile>,
    /// Profiles that may be detected.
    pub profiles: Vec<Profile>,
    /// Which table it is.
    pub table: Option<TableKind>,
    /// Which sheet of a workbook.
    pub sheet: Option<String>,
    /// Records of one transaction; [`BATCH`] when left out.
    pub batch: Option<NonZeroUsize>,
}

/// A trace of which a further version was kept, or would be.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// The trace.
    pub trace: TraceId,
    /// What it says otherwise than its version before; personal values masked.
    pub fields: Vec<FieldChange>,
}

/// What came of one table.
#[derive(Debug, Clone, Serialize)]
pub struct Imported {
    /// The file, and of a workbook from which several sheets are read also the sheet.
    pub file: String,
    /// Other sheets of the workbook that have the same header.
    #[serde(skip)]
    pub alike: Vec<String>,
    /// What it held.
    pub kind: TableKind,
    /// The profile used, where one was named or detected.
    pub profile: Option<String>,
    /// SHA-256 of the bytes as received.
    pub sha256: Digest,
    /// Rows below the header that have content.
    pub rows: u64,
    /// Records that were new.
    pub new: usize,
    /// Records that were known with other content; the former version is kept.
    pub changed: usize,
    /// Records that were known just so.
    pub unchanged: usize,
    /// What changed in traces, the first two hundred.
    pub changes: Vec<Change>,
    /// Rows that did not load.
    pub rejects: Vec<Reject>,
    /// What each column was taken for.
    pub mapping: Vec<ColumnMapping>,
    /// What was decided on the way.
    pub notes: Vec<Note>,
    /// The rejected rows as they were received.
    #[serde(skip)]
    pub received: Received,
}

/// Imports a file: a table, or every sheet of a workbook that has the header of the one with the best header.
///
/// # Errors
/// As [`import`]; then the sheets before it are kept, and the same command again changes nothing of theirs.
pub fn import_file(
    store: Option<&dyn Store>,
    clock: &dyn Clock,
    actor: &str,
    name: &str,
    bytes: &[u8],
    request: &ImportRequest,
    keep: bool,
) -> Result<Vec<Imported>, EngineError> {
    let mut done = vec![import(store, clock, actor, name, bytes, request, keep)?];
    for sheet in done[0].alike.clone() {
        let request = ImportRequest { sheet: Some(sheet), ..request.clone() };
        done.push(import(store, clock, actor, name, bytes, &request, keep)?);
    }
    Ok(done)
}

/// Imports a table of whichever kind its header, its profile or the person says.
///
/// With `keep` false nothing is stored, and the counts say what would be new, changed and unchanged; without a store, what
/// would be were the gallery empty.
///
/// # Errors
/// A file that is no such table; an order of day and month that must be stated; those of the store.
pub fn import(
    store: Option<&dyn Store>,
    clock: &dyn Clock,
    actor: &str,
    name: &str,
    bytes: &[u8],
    request: &ImportRequest,
    keep: bool,
) -> Result<Imported, EngineError> {
    let options = ImportOptions {
        day_order: request.day_order,
        century: request.century,
        profile: request.profile.clone(),
        profiles: request.profiles.clone(),
        table: request.table,
        sheet: request.sheet.clone(),
        ..ImportOptions::named(name)
    };
    let (records, outcome) = import_table(bytes, &options)?;
    let mut done = begun(outcome);
    done.notes.extend(unknown_names(&records, store)?);
    let file = ImportedFile {
        file: done.file.clone(),
        sha256: done.sha256,
        kind: done.kind,
        profile: done.profile.clone(),
        mapping: done.mapping.iter().map(|c| ColumnMapping { samples: Vec::new(), ..c.clone() }).collect(),
        rows: done.rows,
        imported: clock.now(),
        by: actor.to_owned(),
    };
    for batch in batches(&records, request.batch.map_or(BATCH, NonZeroUsize::get)) {
        let Some(store) = store else {
            done.new += length(&batch);
            continue;
        };
        let puts = if keep {
            store.put_records(batch, Some(&file), &Stamp::new(clock.now(), actor))?
        } else {
            store.weigh_records(batch)?
        };
        for put in &puts {
            match put {
                Put::New => done.new += 1,
                Put::Changed => done.changed += 1,
                Put::Unchanged => done.unchanged += 1,
            }
        }
        if let RecordBatch::Traces(traces) = batch {
            let changed = traces.iter().zip(&puts).filter(|(_, put)| **put == Put::Changed).map(|(t, _)| t);
            for trace in changed.take(MOST_CHANGES - done.changes.len()) {
                done.changes.push(change(store, trace, keep)?);
            }
        }
    }
    Ok(done)
}

/// Names of makers that the catalogue does not know and that are nearly one that it knows: an alias in the site's own table, or a
/// correction, lets their records be linked. Others are not repeated, for a row may have slipped and a person stand there.
fn unknown_names(records: &Records, store: Option<&dyn Store>) -> Result<Vec<Note>, EngineError> {
    let makers: Vec<&str> = match records {
        Records::Traces(all) => all.iter().filter_map(|r| r.maker.as_deref()).collect(),
        Records::Firearms(all) => all.iter().filter_map(|r| r.maker.as_deref()).collect(),
        Records::Transactions(all) => all.iter().filter_map(|r| r.maker.as_deref()).collect(),
        Records::TestFires(_) | Records::Custody(_) => return Ok(Vec::new()),
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for maker in makers {
        *counts.entry(maker).or_default() += 1;
    }
    if counts.is_empty() {
        return Ok(Vec::new());
    }
    let catalogues = store.map_or_else(|| Ok(Catalogues::embedded()?), catalogues)?;
    let near = counts.into_iter().filter_map(|(maker, n)| Some((maker, n, catalogues.nearly_maker(maker)?)));
    Ok(near
        .take(MOST_NAMES)
        .map(|(maker, n, known)| Note {
            row: None,
            text: Wording::new(
                format!(
                    "manufacturer \"{maker}\" (records: {n}) is not in the catalogue; is it {known}? it is kept as written, and a row \
                     in catalogues/makers.csv of the gallery makes it known"
                ),
                format!(
                    "la marca «{maker}» (registros: {n}) no está en el catálogo; ¿es {known}? se conserva como se escribió, y un \
                     renglón en catalogues/makers.csv de la galería la da a conocer"
                ),
            ),
        })
        .collect())
}

/// What a new version says otherwise than the one before it.
fn change(store: &dyn Store, trace: &TraceRecord, kept: bool) -> Result<Change, EngineError> {
    let mut versions = store.trace(&trace.trace)?;
    if kept {
        versions.pop();
    }
    let fields = versions.last().map(|before| diff(&before.record, trace)).unwrap_or_default();
    Ok(Change { trace: trace.trace.clone(), fields })
}

fn begun(outcome: ImportOutcome<()>) -> Imported {
    Imported {
        file: outcome.file,
        alike: outcome.alike,
        kind: outcome.kind,
        profile: outcome.profile,
        sha256: outcome.sha256,
        rows: outcome.rows,
        new: 0,
        changed: 0,
        unchanged: 0,
        changes: Vec::new(),
        rejects: outcome.rejects,
        mapping: outcome.mapping,
        notes: outcome.notes,
        received: outcome.received,
    }
}

/// The records in batches of so many.
fn batches(records: &Records, most: usize) -> Vec<RecordBatch<'_>> {
    match records {
        Records::Traces(all) => all.chunks(most).map(RecordBatch::Traces).collect(),
        Records::Firearms(all) => all.chunks(most).map(RecordBatch::Firearms).collect(),
        Records::TestFires(all) => all.chunks(most).map(RecordBatch::TestFires).collect(),
        Records::Custody(all) => all.chunks(most).map(RecordBatch::Custody).collect(),
        Records::Transactions(all) => all.chunks(most).map(RecordBatch::Transactions).collect(),
    }
}

fn length(batch: &RecordBatch<'_>) -> usize {
    match batch {
        RecordBatch::Traces(all) => all.len(),
        RecordBatch::Firearms(all) => all.len(),
        RecordBatch::TestFires(all) => all.len(),
        RecordBatch::Custody(all) => all.len(),
        RecordBatch::Transactions(all) => all.len(),
    }
}
