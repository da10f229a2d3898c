//! Correlations in the database.

use super::fault::Fault;
use super::{audit, documents, marks};
use crate::casework::CorrelationResult;
use crate::engine::ports::{Put, SearchedAs, Stamp};
use crate::ids::MarkId;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

/// Keeps a correlation, without the candidates that were expunged since the gallery was read for it.
pub(super) fn put(tx: &Connection, result: &CorrelationResult, stamp: &Stamp) -> Result<Put, Fault> {
    let query = marks::sequence_of(tx, &result.query)?;
    let without = without_gone(tx, result)?;
    let result = without.as_ref().unwrap_or(result);
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
    tx.prepare_cached(
        "INSERT INTO correlation (query, at_us, parameters, document, generation, exhaustive, asked)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        query,
        at_us,
        result.parameters.0,
        document,
        i64::try_from(result.generation).unwrap_or(i64::MAX),
        result.receipt.get("exhaustive").and_then(Value::as_bool).unwrap_or(false),
        asked_words(&asked_in(&result.receipt))
    ])?;
    let details = json!({
        "at": result.at, "version": result.version, "parameters": result.parameters, "generation": result.generation,
        "candidates": result.candidates.len(),
    });
    audit::append(tx, stamp, "correlation.kept", &format!("mark {}", result.query), &details)?;
    Ok(Put::New)
}

/// The list without candidates that are gone; none where nothing is.
fn without_gone(tx: &Connection, result: &CorrelationResult) -> Result<Option<CorrelationResult>, Fault> {
    if result.generation >= marks::expunged(tx)? {
        return Ok(None);
    }
    let mut there = tx.prepare_cached("SELECT 1 FROM mark WHERE id = ?1")?;
    let mut kept = Vec::with_capacity(result.candidates.len());
    for candidate in &result.candidates {
        if there.exists([candidate.mark.as_str()])? {
            kept.push(candidate.clone());
        }
    }
    let mut without = CorrelationResult { candidates: kept, ..result.clone() };
    let gone = result.candidates.len() - without.candidates.len();
    count_expunged(&mut without.receipt, gone);
    Ok((gone > 0).then_some(without))
}

/// The receipt says how many candidates of its list were expunged.
pub(super) fn count_expunged(receipt: &mut Value, gone: usize) {
    if let Some(receipt) = receipt.as_object_mut().filter(|_| gone > 0) {
        let earlier = receipt.get("expunged").and_then(Value::as_u64).unwrap_or(0);
        receipt.insert("expunged".to_owned(), json!(earlier + gone as u64));
    }
}

/// What the filter of a search asked, from its receipt: words of fields and words asked.
fn asked_in(receipt: &Value) -> Vec<(String, String)> {
    let word = |tally: &Value, of: &str| tally.get(of).and_then(Value::as_str).unwrap_or_default().to_owned();
    let tallies = receipt.get("filters").and_then(Value::as_array);
    tallies.into_iter().flatten().map(|tally| (word(tally, "field"), word(tally, "asked"))).collect()
}

/// The same as the column keeps it.
fn asked_words(asked: &[(String, String)]) -> String {
    json!(asked).to_string()
}

/// The marks whose latest correlation was done so, from columns alone.
pub(super) fn searched(tx: &Connection, how: &SearchedAs) -> Result<Vec<u64>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT c.query FROM correlation c
         WHERE c.parameters = ?1 AND c.generation = ?2 AND c.exhaustive >= ?3 AND c.asked = ?4
           AND c.sequence = (SELECT d.sequence FROM correlation d WHERE d.query = c.query
                             ORDER BY d.at_us DESC, d.sequence DESC LIMIT 1)
         ORDER BY c.query",
    )?;
    let generation = i64::try_from(how.generation).unwrap_or(i64::MAX);
    let values = params![how.parameters.0, generation, how.exhaustive, asked_words(&how.asked)];
    let rows = statement.query_map(values, |row| row.get::<_, i64>(0))?;
    rows.map(|query| Ok(query?.unsigned_abs())).collect()
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
