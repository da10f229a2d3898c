//! Nouns as JSON documents in rows: putting, completing, reading.

use super::fault::Fault;
use rusqlite::{Connection, OptionalExtension, ToSql, params_from_iter};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What became of a document that was put.
pub(super) enum Was<T> {
    /// It is new.
    New,
    /// Everything given was known.
    Same,
    /// Fields were filled in for the first time.
    Completed {
        /// Which.
        fields: Vec<String>,
        /// The whole document now.
        document: T,
    },
}

/// The JSON text of a noun, read back before it is kept: a number that is not finite would be lost in JSON.
pub(super) fn write<T: Serialize + DeserializeOwned>(what: &str, value: &T) -> Result<String, Fault> {
    let text = serde_json::to_string(value).map_err(|e| Fault::invalid(what, format!("cannot be kept: {e}")))?;
    match serde_json::from_str::<T>(&text) {
        Ok(_) => Ok(text),
        Err(e) => Err(Fault::invalid(what, format!("cannot be kept, is every number finite? {e}"))),
    }
}

/// The noun of a JSON text.
pub(super) fn read<T: DeserializeOwned>(what: impl std::fmt::Display, text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|e| Fault::Damaged(format!("{what}: {e}")))
}

/// The document of one thing.
pub(super) fn get<T: DeserializeOwned>(tx: &Connection, kind: &'static str, id: &str) -> Result<T, Fault> {
    find(tx, kind, id)?.ok_or_else(|| Fault::not_found(kind, id))
}

/// The document of one thing, where there is one.
pub(super) fn find<T: DeserializeOwned>(tx: &Connection, kind: &'static str, id: &str) -> Result<Option<T>, Fault> {
    text(tx, kind, id)?.map(|text| read(format_args!("{kind} {id}"), &text)).transpose()
}

fn text(tx: &Connection, kind: &'static str, id: &str) -> Result<Option<String>, Fault> {
    // The name of the table is one of this room's own words.
    let mut statement = tx.prepare_cached(&format!("SELECT document FROM {kind} WHERE id = ?1"))?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?)
}

/// The documents of a query whose only column they are.
pub(super) fn list<T: DeserializeOwned>(
    tx: &Connection,
    kind: &'static str,
    query: &str,
    with: &[&dyn ToSql],
) -> Result<Vec<T>, Fault> {
    let mut statement = tx.prepare_cached(query)?;
    let rows = statement.query_map(params_from_iter(with), |row| row.get::<_, String>(0))?;
    rows.map(|text| read(kind, &text?)).collect()
}

/// Compares what is given with what is stored: a field left open says nothing, a field filled in for the first time completes
/// it, two different values are a conflict.
pub(super) fn reconcile<T: Serialize + DeserializeOwned>(
    tx: &Connection,
    kind: &'static str,
    id: &str,
    given: &T,
) -> Result<Was<T>, Fault> {
    let Some(stored) = text(tx, kind, id)? else { return Ok(Was::New) };
    let damaged = || Fault::Damaged(format!("{kind} {id}: not a JSON object"));
    let Value::Object(mut stored) = read::<Value>(format_args!("{kind} {id}"), &stored)? else {
        return Err(damaged());
    };
    let Value::Object(given) = read::<Value>(kind, &write(kind, given)?)? else { return Err(damaged()) };
    let mut fields = Vec::new();
    for (field, value) in given {
        let known = stored.get(&field).cloned().unwrap_or(Value::Null);
        if value.is_null() || value == known {
            continue;
        }
        if !known.is_null() {
            return Err(Fault::conflict(kind, id, &field, &known, &value));
        }
        stored.insert(field.clone(), value);
        fields.push(field);
    }
    if fields.is_empty() {
        return Ok(Was::Same);
    }
    let document =
        serde_json::from_value(Value::Object(stored)).map_err(|e| Fault::Damaged(format!("{kind} {id}: {e}")))?;
    Ok(Was::Completed { fields, document })
}
