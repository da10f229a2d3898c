//! Correlations in the database.

use super::fault::Fault;
use super::{audit, documents, marks};
use crate::casework::CorrelationResult;
use crate::engine::ports::{Put, Stamp};
use crate::ids::MarkId;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

/// Keeps a correlation.
pub(super) fn put(tx: &Connection, result: &CorrelationResult, stamp: &Stamp) -> Result<Put, Fault> {
    let query = marks::sequence_of(tx, &result.query)?;
    let document = documents::write("correlation", result)?;
    let at_us = result.at.as_microsecond();
    let stored: Option<String> = tx
        .prepare_cached("SELECT document FROM correlation WHERE query = ?1 AND at_us = ?2 AND parameters = ?3")?
        .query_row(params![query, at_us, result.parameters.0], |row| row.get(0))
        .optional()?;
    match stored {
        Some(stored) if stored == document => return Ok(Put::Unchanged),
        Some(_) => {
            let given = format!("another of {} candidates", result.candidates.len());
            return Err(Fault::conflict(
                "correlation",
                &result.query,
                "result",
                format!("one of {}", result.at),
                given,
            ));
        }
        None => {}
    }
    tx.prepare_cached("INSERT INTO correlation (query, at_us, parameters, document) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![query, at_us, result.parameters.0, document])?;
    let details = json!({
        "at": result.at, "version": result.version, "parameters": result.parameters, "generation": result.generation,
        "candidates": result.candidates.len(),
    });
    audit::append(tx, stamp, "correlation.kept", &format!("mark {}", result.query), &details)?;
    Ok(Put::New)
}

/// The correlations of one mark, latest first.
pub(super) fn of(tx: &Connection, query: &MarkId) -> Result<Vec<CorrelationResult>, Fault> {
    documents::list(
        tx,
        "correlation",
        "SELECT c.document FROM correlation c JOIN mark m ON m.sequence = c.query WHERE m.id = ?1
         ORDER BY c.at_us DESC, c.sequence DESC",
        &[&query.as_str()],
    )
}

/// The latest correlation of every mark that has one, in the order of the marks' identifiers.
pub(super) fn latest(tx: &Connection) -> Result<Vec<CorrelationResult>, Fault> {
    documents::list(
        tx,
        "correlation",
        "SELECT c.document FROM correlation c JOIN mark m ON m.sequence = c.query
         WHERE c.sequence = (SELECT d.sequence FROM correlation d WHERE d.query = c.query
                             ORDER BY d.at_us DESC, d.sequence DESC LIMIT 1)
         ORDER BY m.id",
        &[],
    )
}
