//! The audit log in the database, and the check of the whole gallery.

use super::fault::Fault;
use super::{blob, control, documents, leads, marks, outlines, pairs, records, traces};
use crate::casework::{
    AuditEvent, BrokenChain, ChainHead, CorrelationResult, Entry, Exhibit, Incident, Specimen, verify_next,
};
use crate::engine::ports::{Acquisition, Stamp, StoreHealth};
use crate::ids::Digest;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::de::DeserializeOwned;

/// Appends one event in the caller's transaction.
pub(super) fn append(
    tx: &Connection,
    stamp: &Stamp,
    action: &str,
    subject: &str,
    details: &serde_json::Value,
) -> Result<ChainHead, Fault> {
    let event = head(tx)?.next(Entry::new(stamp.at, &stamp.actor, action, subject, details)?);
    let entry = &event.entry;
    tx.prepare_cached(
        "INSERT INTO audit (sequence, previous, at, actor, action, subject, details, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        event.sequence as i64,
        event.previous.0,
        entry.at.to_string(),
        entry.actor,
        entry.action,
        entry.subject,
        entry.details,
        event.hash.0
    ])?;
    tx.prepare_cached("UPDATE gallery SET audit_sequence = ?1, audit_hash = ?2")?
        .execute(params![event.sequence as i64, event.hash.0])?;
    Ok(event.head())
}

/// The end of the chain as the gallery remembers it.
pub(super) fn head(tx: &Connection) -> Result<ChainHead, Fault> {
    Ok(tx.prepare_cached("SELECT audit_sequence, audit_hash FROM gallery")?.query_row([], |row| {
        Ok(ChainHead { sequence: row.get::<_, i64>(0)?.unsigned_abs(), hash: Digest(row.get(1)?) })
    })?)
}

/// Events from a place in the chain on.
pub(super) fn events(tx: &Connection, from: u64, limit: usize) -> Result<Vec<AuditEvent>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT sequence, previous, at, actor, action, subject, details, hash FROM audit
         WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![i64::try_from(from).unwrap_or(i64::MAX), limit], |row| Ok(event(row)))?;
    rows.map(|row| Ok(row??)).collect()
}

/// The newest events of one action, the newest first.
pub(super) fn newest(tx: &Connection, action: &str, limit: usize) -> Result<Vec<AuditEvent>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT sequence, previous, at, actor, action, subject, details, hash FROM audit
         WHERE action = ?1 ORDER BY sequence DESC LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![action, limit], |row| Ok(event(row)))?;
    rows.map(|row| Ok(row??)).collect()
}

/// All events on one subject, the oldest first.
pub(super) fn on(tx: &Connection, subject: &str) -> Result<Vec<AuditEvent>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT sequence, previous, at, actor, action, subject, details, hash FROM audit
         WHERE subject = ?1 ORDER BY sequence",
    )?;
    let rows = statement.query_map([subject], |row| Ok(event(row)))?;
    rows.map(|row| Ok(row??)).collect()
}

/// One row; what cannot be read as it was written is a break of the chain, not a lesser error.
fn event(row: &Row<'_>) -> Result<AuditEvent, BrokenChain> {
    let sequence = row.get::<_, i64>(0).unwrap_or_default().unsigned_abs();
    let broken = |what: String| BrokenChain { sequence, what: format!("altered: {what}") };
    let sql = |e: rusqlite::Error| broken(e.to_string());
    let text: String = row.get(2).map_err(sql)?;
    let at: Timestamp = text.parse().map_err(|e: jiff::Error| broken(e.to_string()))?;
    // Another spelling of the same instant would hash the same.
    if at.to_string() != text {
        return Err(broken(format!("time: expected {at}, got {text}")));
    }
    Ok(AuditEvent {
        sequence,
        previous: Digest(row.get(1).map_err(sql)?),
        entry: Entry {
            at,
            actor: row.get(3).map_err(sql)?,
            action: row.get(4).map_err(sql)?,
            subject: row.get(5).map_err(sql)?,
            details: row.get(6).map_err(sql)?,
        },
        hash: Digest(row.get(7).map_err(sql)?),
    })
}

/// Verifies the whole chain, event by event, and that its end is the one the gallery remembers.
pub(super) fn verify(tx: &Connection) -> Result<ChainHead, Fault> {
    let mut statement = tx
        .prepare("SELECT sequence, previous, at, actor, action, subject, details, hash FROM audit ORDER BY sequence")?;
    let mut rows = statement.query([])?;
    let mut end = ChainHead::EMPTY;
    while let Some(row) = rows.next()? {
        end = verify_next(end, &event(row)?)?;
    }
    let remembered = head(tx)?;
    if end == remembered {
        return Ok(end);
    }
    let what = if end.sequence < remembered.sequence {
        format!("missing; the gallery remembers {} events", remembered.sequence)
    } else {
        format!("not the end that the gallery remembers ({} events, hash {})", remembered.sequence, remembered.hash)
    };
    Err(BrokenChain { sequence: end.sequence.min(remembered.sequence) + 1, what }.into())
}

/// Reads every document of a table, one at a time.
fn every<T: DeserializeOwned>(tx: &Connection, table: &'static str) -> Result<(), Fault> {
    // The name of the table is one of this room's own words.
    let mut statement = tx.prepare(&format!("SELECT document FROM {table}"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        documents::read::<T>(table, &row.get::<_, String>(0)?)?;
    }
    Ok(())
}

/// Checks pages, references, documents, digests, histories and the chain.
pub(super) fn check(tx: &Connection, generation: u64) -> Result<StoreHealth, Fault> {
    let verdict: String = tx.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(Fault::Damaged(verdict));
    }
    let mut statement = tx.prepare("PRAGMA foreign_key_check")?;
    if let Some(row) = statement.query([])?.next()? {
        let (table, id): (String, Option<i64>) = (row.get(0)?, row.get(1)?);
        return Err(Fault::Damaged(format!("{table}: row {id:?} refers to something that is not there")));
    }
    every::<Incident>(tx, "incident")?;
    every::<Exhibit>(tx, "exhibit")?;
    every::<Specimen>(tx, "specimen")?;
    every::<Acquisition>(tx, "acquisition")?;
    every::<CorrelationResult>(tx, "correlation")?;
    traces::traces(tx, None)?;
    traces::firearms(tx, None)?;
    traces::decisions(tx)?;
    records::check(tx)?;
    control::check(tx)?;
    outlines::check(tx)?;
    let mut received = 0;
    let mut statement = tx.prepare("SELECT sha256, encoding, length, bytes FROM received")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let digest = Digest(row.get(0)?);
        let encoding: String = row.get(1)?;
        blob::decode(&format!("received bytes {digest}"), &encoding, row.get(2)?, row.get(3)?, digest)?;
        received += 1;
    }
    Ok(StoreHealth {
        schema: tx.query_row("PRAGMA user_version", [], |row| row.get(0))?,
        received,
        marks: marks::check(tx)?,
        pairs: pairs::check(tx)?,
        leads: leads::all(tx)?.len() as u64,
        audit: verify(tx)?,
        generation,
    })
}
