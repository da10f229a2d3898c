//! Trace records, firearm records and decisions on their links in the database.

use super::fault::Fault;
use super::records::read_back;
use super::{audit, documents};
use crate::engine::ports::{LinkDecision, Put, RecordContents, Stamp, TraceVersion};
use crate::ids::{Digest, FirearmId, TraceId};
use crate::trace::{FirearmRecord, TraceRecord, Written};
use jiff::Timestamp;
use rayon::prelude::*;
use rusqlite::{Connection, OptionalExtension};
use serde_json::json;
use std::collections::BTreeMap;

/// The versions of one trace record, or of all.
pub(super) fn traces(tx: &Connection, of: Option<&TraceId>) -> Result<Vec<TraceVersion>, Fault> {
    // Two queries: one that asked for all where no number is given would read every row for each number.
    let mut statement = tx.prepare_cached(match of {
        Some(_) => {
            "SELECT trace, version, content, imported, document, personal FROM trace
             WHERE trace = ?1 ORDER BY version"
        }
        None => {
            "SELECT trace, version, content, imported, document, personal FROM trace
             WHERE ?1 IS NULL ORDER BY trace, version"
        }
    })?;
    let mut rows = statement.query([of.map(TraceId::as_str)])?;
    let mut texts = Vec::new();
    while let Some(row) = rows.next()? {
        texts.push(Row::of(row)?);
    }
    let versions: Vec<TraceVersion> = texts.into_par_iter().map(Row::read).collect::<Result<_, _>>()?;
    match of {
        Some(id) if versions.is_empty() => Err(Fault::not_found("trace", id)),
        _ => Ok(versions),
    }
}

/// The traces of which some version bears this serial number.
pub(super) fn of_serial(tx: &Connection, serial: &str) -> Result<Vec<TraceId>, Fault> {
    let mut statement = tx.prepare_cached("SELECT DISTINCT trace FROM trace WHERE serial = ?1 ORDER BY trace")?;
    let rows = statement.query_map([serial], |row| row.get::<_, String>(0))?;
    rows.map(|id| Ok(TraceId::new(id?))).collect()
}

/// A version as it lies in the database. Reading one takes longer than fetching it, and all threads read.
struct Row {
    id: String,
    version: u32,
    content: [u8; 32],
    imported: String,
    document: String,
    personal: String,
}

impl Row {
    fn of(row: &rusqlite::Row<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: row.get(0)?,
            version: row.get(1)?,
            content: row.get(2)?,
            imported: row.get(3)?,
            document: row.get(4)?,
            personal: row.get(5)?,
        })
    }

    fn read(self) -> Result<TraceVersion, Fault> {
        let Self { id, version, content, imported, document, personal } = self;
        let what = format!("trace {id} version {version}");
        let imported: Timestamp = imported.parse().map_err(|e| Fault::Damaged(format!("{what}: imported: {e}")))?;
        let record: TraceRecord = read_back(&what, &document, &personal)?;
        let (content, found) = (Digest(content), Written::of(&record).content);
        if found != content {
            return Err(Fault::Damaged(format!("{what}: expected content {content}, got {found}")));
        }
        Ok(TraceVersion { version, content, imported, record })
    }
}

/// The digests of the newest versions of all records.
pub(super) fn contents(tx: &Connection) -> Result<RecordContents, Fault> {
    fn of<I: Ord>(tx: &Connection, query: &str, id: fn(String) -> I) -> Result<BTreeMap<I, Digest>, Fault> {
        let mut statement = tx.prepare_cached(query)?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, [u8; 32]>(1)?)))?;
        rows.map(|row| row.map(|(name, content)| (id(name), Digest(content))).map_err(Fault::from)).collect()
    }
    Ok(RecordContents {
        firearms: of(tx, "SELECT firearm, content, max(version) FROM firearm GROUP BY firearm", FirearmId::new)?,
        traces: of(tx, "SELECT trace, content, max(version) FROM trace GROUP BY trace", TraceId::new)?,
    })
}

/// The latest version of one firearm record, or of all.
pub(super) fn firearms(tx: &Connection, of: Option<&FirearmId>) -> Result<Vec<FirearmRecord>, Fault> {
    let mut statement = tx.prepare_cached(match of {
        Some(_) => "SELECT firearm, document, personal, max(version) FROM firearm WHERE firearm = ?1 GROUP BY firearm",
        None => {
            "SELECT firearm, document, personal, max(version) FROM firearm
             WHERE ?1 IS NULL GROUP BY firearm ORDER BY firearm"
        }
    })?;
    let mut rows = statement.query([of.map(FirearmId::as_str)])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, document, personal): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        records.push(read_back(&format!("firearm {id}"), &document, &personal)?);
    }
    Ok(records)
}

/// Keeps a decision on a link.
pub(super) fn put_decision(tx: &Connection, decision: &LinkDecision, stamp: &Stamp) -> Result<Put, Fault> {
    let (firearm, trace) = (decision.firearm.as_str(), decision.trace.as_str());
    traces(tx, Some(&decision.trace))?;
    if firearms(tx, Some(&decision.firearm))?.is_empty() {
        return Err(Fault::not_found("firearm", firearm));
    }
    let document = documents::write("link decision", decision)?;
    let stored: Option<String> = tx
        .prepare_cached(
            "SELECT document FROM link_decision WHERE firearm = ?1 AND trace = ?2 ORDER BY sequence DESC LIMIT 1",
        )?
        .query_row([firearm, trace], |row| row.get(0))
        .optional()?;
    let put = match stored {
        Some(stored) if stored == document => return Ok(Put::Unchanged),
        Some(_) => Put::Changed,
        None => Put::New,
    };
    tx.prepare_cached("INSERT INTO link_decision (firearm, trace, document) VALUES (?1, ?2, ?3)")?
        .execute([firearm, trace, &document])?;
    let details = json!({ "by": decision.by, "content": Digest::of(document.as_bytes()) });
    audit::append(tx, stamp, "link.decided", &format!("firearm {firearm}, trace {trace}"), &details)?;
    Ok(put)
}

/// The decision that holds for every pair.
pub(super) fn decisions(tx: &Connection) -> Result<Vec<LinkDecision>, Fault> {
    documents::list(
        tx,
        "link decision",
        "SELECT document FROM link_decision
         WHERE sequence IN (SELECT max(sequence) FROM link_decision GROUP BY firearm, trace)
         ORDER BY firearm, trace",
        &[],
    )
}
