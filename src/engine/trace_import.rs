//! Import of tables of traces and of the registers beside them: parsed, weighed against the gallery, kept in whole batches.
//!
//! An import that is cut off leaves whole batches, each with its audit event; the same command again finishes it, because
//! known content changes nothing.

use super::error::EngineError;
use super::ports::{Clock, ImportedFile, Put, RecordBatch, Stamp, Store};
use crate::ids::{Digest, TraceId};
use crate::trace::TraceRecord;
use crate::trace::import::{
    ColumnMapping, DayOrder, ImportOptions, ImportOutcome, Note, Profile, Received, Records, Reject, TableKind,
    import_table,
};
use crate::trace::version::{FieldChange, diff};
use serde::Serialize;
use std::num::NonZeroUsize;

/// Largest table that is read, bytes: some million rows.
pub const MOST_BYTES: u64 = 1 << 29;
/// Records of one transaction: large enough that its costs vanish, small enough that others wait less than a second.
pub const BATCH: usize = 10_000;
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
    /// The file.
    pub file: String,
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
    let mut done = begun(name, outcome);
    let file = ImportedFile {
        file: name.to_owned(),
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

/// What a new version says otherwise than the one before it.
fn change(store: &dyn Store, trace: &TraceRecord, kept: bool) -> Result<Change, EngineError> {
    let mut versions = store.trace(&trace.trace)?;
    if kept {
        versions.pop();
    }
    let fields = versions.last().map(|before| diff(&before.record, trace)).unwrap_or_default();
    Ok(Change { trace: trace.trace.clone(), fields })
}

fn begun(name: &str, outcome: ImportOutcome<()>) -> Imported {
    Imported {
        file: name.to_owned(),
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
