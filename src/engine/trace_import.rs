//! Import of tables of traces and of the registers beside them.

use super::error::EngineError;
use super::ports::{Clock, Put, Stamp, Store};
use crate::ids::Digest;
use crate::trace::TraceError;
use crate::trace::import::{
    ColumnMapping, DayOrder, ImportOptions, ImportOutcome, Note, Reject, import_firearms, import_traces,
};
use serde::Serialize;

/// Largest table that is read, bytes: some million rows.
pub const MOST_BYTES: u64 = 1 << 30;

/// What a table held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Trace records.
    Traces,
    /// The laboratory's register of firearms.
    Firearms,
}

/// What came of one table.
#[derive(Debug, Clone, Serialize)]
pub struct Imported {
    /// The file.
    pub file: String,
    /// What it held.
    pub kind: Kind,
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
    /// Rows that did not load.
    pub rejects: Vec<Reject>,
    /// What each column was taken for.
    pub mapping: Vec<ColumnMapping>,
    /// What was decided on the way.
    pub notes: Vec<Note>,
}

/// Imports a table of traces, or a register of firearms where it has no column of trace numbers.
///
/// With `keep` false nothing is stored, and the counts say what would be new were the gallery empty.
///
/// # Errors
/// A table that is neither; an order of day and month that must be stated; those of the store.
pub fn import(
    store: &dyn Store,
    clock: &dyn Clock,
    actor: &str,
    name: &str,
    bytes: &[u8],
    day_order: Option<DayOrder>,
    keep: bool,
) -> Result<Imported, EngineError> {
    let options = ImportOptions { day_order, ..ImportOptions::named(name) };
    match import_traces(bytes, &options) {
        Ok(outcome) => kept(name, Kind::Traces, outcome, |record| {
            if keep { Ok(store.put_trace(record, &Stamp::new(clock.now(), actor))?) } else { Ok(Put::New) }
        }),
        Err(TraceError::File { .. }) => {
            let outcome = import_firearms(bytes, &options)?;
            kept(name, Kind::Firearms, outcome, |record| {
                if keep { Ok(store.put_firearm(record, &Stamp::new(clock.now(), actor))?) } else { Ok(Put::New) }
            })
        }
        Err(other) => Err(other.into()),
    }
}

fn kept<R>(
    name: &str,
    kind: Kind,
    outcome: ImportOutcome<R>,
    mut put: impl FnMut(&R) -> Result<Put, EngineError>,
) -> Result<Imported, EngineError> {
    let mut done = Imported {
        file: name.to_owned(),
        kind,
        sha256: outcome.sha256,
        rows: outcome.rows,
        new: 0,
        changed: 0,
        unchanged: 0,
        rejects: outcome.rejects,
        mapping: outcome.mapping,
        notes: outcome.notes,
    };
    for record in &outcome.records {
        match put(record)? {
            Put::New => done.new += 1,
            Put::Changed => done.changed += 1,
            Put::Unchanged => done.unchanged += 1,
        }
    }
    Ok(done)
}
