//! The linker's decisions in one transaction, and the history of a pair.

use super::fault::Fault;
use super::{audit, documents};
use crate::engine::ports::{LinkDecision, Stamp};
use crate::ids::{Digest, FirearmId, TraceId};
use rusqlite::{Connection, OptionalExtension};
use serde_json::json;

/// Keeps many decisions; gives how many were not known just so.
pub(super) fn put_all(tx: &Connection, decisions: &[LinkDecision], stamp: &Stamp) -> Result<usize, Fault> {
    let mut known = [
        tx.prepare("SELECT 1 FROM firearm WHERE firearm = ?1 LIMIT 1")?,
        tx.prepare("SELECT 1 FROM trace WHERE trace = ?1 LIMIT 1")?,
    ];
    let mut last = tx.prepare(
        "SELECT document FROM link_decision WHERE firearm = ?1 AND trace = ?2 ORDER BY sequence DESC LIMIT 1",
    )?;
    let mut insert = tx.prepare("INSERT INTO link_decision (firearm, trace, document) VALUES (?1, ?2, ?3)")?;
    let mut written = String::new();
    let mut count = 0;
    for decision in decisions {
        let (firearm, trace) = (decision.firearm.as_str(), decision.trace.as_str());
        if !known[0].exists([firearm])? {
            return Err(Fault::not_found("firearm", firearm));
        }
        if !known[1].exists([trace])? {
            return Err(Fault::not_found("trace", trace));
        }
        let document = documents::write("link decision", decision)?;
        let stored: Option<String> = last.query_row([firearm, trace], |row| row.get(0)).optional()?;
        if stored.as_deref() == Some(document.as_str()) {
            continue;
        }
        insert.execute([firearm, trace, &document])?;
        written.push_str(&Digest::of(document.as_bytes()).to_hex());
        written.push('\n');
        count += 1;
    }
    if count > 0 {
        let details = json!({ "decisions": count, "content": Digest::of(written.as_bytes()) });
        audit::append(tx, stamp, "links.decided", &format!("{count} links"), &details)?;
    }
    Ok(count)
}

/// Every decision on one pair, the oldest first.
pub(super) fn history(tx: &Connection, firearm: &FirearmId, trace: &TraceId) -> Result<Vec<LinkDecision>, Fault> {
    documents::list(
        tx,
        "link decision",
        "SELECT document FROM link_decision WHERE firearm = ?1 AND trace = ?2 ORDER BY sequence",
        &[&firearm.as_str(), &trace.as_str()],
    )
}
