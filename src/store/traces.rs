//! Trace records, firearm records and decisions on their links in the database.

use super::fault::Fault;
use super::{audit, documents};
use crate::engine::ports::{LinkDecision, Put, Stamp, TraceVersion};
use crate::ids::{Digest, FirearmId, TraceId};
use crate::trace::{FirearmRecord, StoredFirearm, StoredTrace, TraceRecord};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A record on its way in: the document, and the personal values apart.
struct Version<'a> {
    kind: &'static str,
    id: &'a str,
    content: Digest,
    serial: String,
    document: String,
    personal: String,
}

/// Takes the personal values out of a stored form `{record, personal}`.
fn apart<T: Serialize + DeserializeOwned>(kind: &'static str, stored: &T) -> Result<(String, String), Fault> {
    let text = documents::write(kind, stored)?;
    let mut whole: Value = documents::read(kind, &text)?;
    let mut take = |key: &str| {
        whole.get_mut(key).map(|v| v.take().to_string()).ok_or_else(|| Fault::invalid(kind, format!("no {key} part")))
    };
    Ok((take("record")?, take("personal")?))
}

/// Puts the two parts together again.
fn together<T: DeserializeOwned>(what: &str, document: &str, personal: &str) -> Result<T, Fault> {
    documents::read(what, &format!("{{\"record\":{document},\"personal\":{personal}}}"))
}

fn put(tx: &Connection, version: &Version<'_>, stamp: &Stamp) -> Result<Put, Fault> {
    let Version { kind, id, content, serial, document, personal } = version;
    if id.is_empty() {
        return Err(Fault::invalid(*kind, "expected a number, got nothing"));
    }
    let known: Option<i64> = tx
        .prepare_cached(&format!("SELECT version FROM {kind} WHERE {kind} = ?1 AND content = ?2"))?
        .query_row(params![id, content.0], |row| row.get(0))
        .optional()?;
    if known.is_some() {
        return Ok(Put::Unchanged);
    }
    let last: i64 = tx
        .prepare_cached(&format!("SELECT coalesce(max(version), 0) FROM {kind} WHERE {kind} = ?1"))?
        .query_row([id], |row| row.get(0))?;
    tx.prepare_cached(&format!(
        "INSERT INTO {kind} ({kind}, version, content, serial, imported, document, personal)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    ))?
    .execute(params![id, last + 1, content.0, serial, stamp.at.to_string(), document, personal])?;
    let details = json!({ "version": last + 1, "content": content });
    audit::append(tx, stamp, &format!("{kind}.imported"), &format!("{kind} {id}"), &details)?;
    Ok(if last == 0 { Put::New } else { Put::Changed })
}

/// Keeps a trace record.
pub(super) fn put_trace(tx: &Connection, record: &TraceRecord, stamp: &Stamp) -> Result<Put, Fault> {
    let (document, personal) = apart("trace", &StoredTrace::from(record))?;
    let (id, content) = (record.trace.as_str(), record.content_hash());
    let serial = record.serial.to_string();
    put(tx, &Version { kind: "trace", id, content, serial, document, personal }, stamp)
}

/// Keeps a firearm record.
pub(super) fn put_firearm(tx: &Connection, record: &FirearmRecord, stamp: &Stamp) -> Result<Put, Fault> {
    let (document, personal) = apart("firearm", &StoredFirearm::from(record))?;
    let (id, content) = (record.firearm.as_str(), record.content_hash());
    let serial = record.serial.to_string();
    put(tx, &Version { kind: "firearm", id, content, serial, document, personal }, stamp)
}

/// The versions of one trace record, or of all.
pub(super) fn traces(tx: &Connection, of: Option<&TraceId>) -> Result<Vec<TraceVersion>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT trace, version, content, imported, document, personal FROM trace
         WHERE ?1 IS NULL OR trace = ?1 ORDER BY trace, version",
    )?;
    let mut rows = statement.query([of.map(TraceId::as_str)])?;
    let mut versions = Vec::new();
    while let Some(row) = rows.next()? {
        versions.push(trace_version(row)?);
    }
    match of {
        Some(id) if versions.is_empty() => Err(Fault::not_found("trace", id)),
        _ => Ok(versions),
    }
}

fn trace_version(row: &Row<'_>) -> Result<TraceVersion, Fault> {
    let (id, version, imported): (String, u32, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
    let (document, personal): (String, String) = (row.get(4)?, row.get(5)?);
    let what = format!("trace {id} version {version}");
    let imported: Timestamp = imported.parse().map_err(|e| Fault::Damaged(format!("{what}: imported: {e}")))?;
    let record = together::<StoredTrace>(&what, &document, &personal)?.into_record();
    let content = Digest(row.get(2)?);
    let found = record.content_hash();
    if found != content {
        return Err(Fault::Damaged(format!("{what}: expected content {content}, got {found}")));
    }
    Ok(TraceVersion { version, content, imported, record })
}

/// The latest version of one firearm record, or of all.
pub(super) fn firearms(tx: &Connection, of: Option<&FirearmId>) -> Result<Vec<FirearmRecord>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT firearm, document, personal, max(version) FROM firearm
         WHERE ?1 IS NULL OR firearm = ?1 GROUP BY firearm ORDER BY firearm",
    )?;
    let mut rows = statement.query([of.map(FirearmId::as_str)])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, document, personal): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        records.push(together::<StoredFirearm>(&format!("firearm {id}"), &document, &personal)?.into_record());
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
