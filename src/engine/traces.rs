//! Traces: import of tables, and the links between the register of firearms and the trace records.

use super::error::EngineError;
use super::ports::{Clock, LinkDecision, Put, Stamp, Store};
use crate::ids::{Digest, TraceId};
use crate::trace::catalogue::Catalogues;
use crate::trace::import::{
    ColumnMapping, DayOrder, ImportOptions, ImportOutcome, Note, Reject, import_firearms, import_traces,
};
use crate::trace::linkage::{Decision, LinkOptions, RecordLink, link};
use crate::trace::{TraceError, TraceRecord};
use serde::Serialize;
use std::collections::BTreeMap;

/// The author of links that software decides.
pub const LINKER: &str = "brasslink linker 1";

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

/// What linking found.
#[derive(Debug, Clone, Serialize)]
pub struct Linked {
    /// Firearms of the register.
    pub firearms: usize,
    /// Trace records, the newest version of each.
    pub traces: usize,
    /// Links joined without a person.
    pub automatic: usize,
    /// Links that wait for a person.
    pub review: usize,
    /// Every link with its waterfall.
    pub links: Vec<RecordLink>,
}

/// The newest version of every trace record.
///
/// # Errors
/// Those of the store.
pub fn newest_traces(store: &dyn Store) -> Result<Vec<TraceRecord>, EngineError> {
    let mut newest: BTreeMap<TraceId, (u32, TraceRecord)> = BTreeMap::new();
    for version in store.traces()? {
        let known = newest.get(&version.record.trace).map_or(0, |(v, _)| *v);
        if version.version > known {
            newest.insert(version.record.trace.clone(), (version.version, version.record));
        }
    }
    Ok(newest.into_values().map(|(_, record)| record).collect())
}

/// Links the register to the traces and keeps every decision. What a person has decided on a pair stays.
///
/// # Errors
/// Those of linkage and of the store.
pub fn link_records(store: &dyn Store, clock: &dyn Clock) -> Result<Linked, EngineError> {
    let firearms = store.firearms()?;
    let traces = newest_traces(store)?;
    let catalogues = Catalogues::embedded()?;
    let links = link(&firearms, &traces, &catalogues, &LinkOptions::default())?;
    let standing: BTreeMap<_, _> =
        store.link_decisions()?.into_iter().map(|d| ((d.firearm.clone(), d.trace.clone()), d)).collect();
    for found in &links {
        let former = standing.get(&(found.firearm.clone(), found.trace.clone()));
        let decision = serde_json::to_value(found).unwrap_or_default();
        if former.is_some_and(|d| d.by != LINKER || d.decision == decision) {
            continue;
        }
        let at = clock.now();
        let decided = LinkDecision {
            firearm: found.firearm.clone(),
            trace: found.trace.clone(),
            at,
            by: LINKER.to_owned(),
            decision,
        };
        store.put_link_decision(&decided, &Stamp::new(at, LINKER))?;
    }
    let count = |wanted: Decision| links.iter().filter(|l| l.decision == wanted).count();
    Ok(Linked {
        firearms: firearms.len(),
        traces: traces.len(),
        automatic: count(Decision::Automatic),
        review: count(Decision::Review),
        links,
    })
}
