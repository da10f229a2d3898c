//! Records of imported tables on their way into the database, in whole batches, and those of the registers back out.
//!
//! Records are written, hashed and parted from their personal values by all threads before the transaction begins; the
//! transaction itself only compares digests and inserts.

use super::fault::Fault;
use super::{audit, documents};
use crate::engine::ports::{ImportedFile, Put, RecordBatch, Stamp};
use crate::ids::Digest;
use crate::trace::serial::search_key;
use crate::trace::stored::Kept;
use crate::trace::{CustodyRecord, FirearmRecord, TestFireRecord, TraceRecord, TransactionRecord, Written};
use rayon::prelude::*;
use rusqlite::{Connection, params};
use serde_json::json;

/// A record written, with what its row is found by.
pub(super) struct Ready {
    /// Its number; the digest where it has none, so that the same content is the same record.
    id: String,
    /// Serial number, firearm or item, as queries ask by it.
    key: String,
    written: Written,
}

/// A batch of one table, ready to be put.
pub(super) struct ReadyBatch {
    kind: &'static str,
    action: &'static str,
    rows: Vec<Ready>,
}

/// Which table holds a kind of records. Traces and firearms have tables of their own since the first version.
fn own_table(kind: &str) -> bool {
    matches!(kind, "trace" | "firearm")
}

/// Reads a record back from its two texts.
pub(super) fn read_back<R: Kept>(what: &str, document: &str, personal: &str) -> Result<R, Fault> {
    Written::read(document, personal).map_err(|e| Fault::Damaged(format!("{what}: {e}")))
}

/// Writes the records of a batch.
pub(super) fn ready(batch: &RecordBatch<'_>) -> Result<ReadyBatch, Fault> {
    fn rows<R: Kept + Sync>(
        kind: &'static str,
        records: &[R],
        name: impl Fn(&R) -> Option<(String, String)> + Sync,
    ) -> Result<ReadyBatch, Fault> {
        let ready = |record: &R| {
            let written = Written::of(record);
            let (id, key) = name(record).unwrap_or_default();
            Ready { id, key, written }
        };
        let rows: Vec<Ready> = records.par_iter().map(ready).collect();
        if rows.iter().any(|row| row.id.is_empty() && own_table(kind)) {
            return Err(Fault::invalid(kind, "expected a number, got nothing"));
        }
        let action = match kind {
            "trace" => "traces.imported",
            "firearm" => "firearms.imported",
            "test_fire" => "test_fires.imported",
            "custody" => "custody.imported",
            _ => "transactions.imported",
        };
        Ok(ReadyBatch { kind, action, rows })
    }
    match batch {
        RecordBatch::Traces(all) => {
            rows("trace", all, |r: &TraceRecord| Some((r.trace.to_string(), r.serial.to_string())))
        }
        RecordBatch::Firearms(all) => {
            rows("firearm", all, |r: &FirearmRecord| Some((r.firearm.to_string(), r.serial.to_string())))
        }
        RecordBatch::TestFires(all) => {
            rows("test_fire", all, |r: &TestFireRecord| Some((r.specimen.to_string(), r.firearm.to_string())))
        }
        RecordBatch::Custody(all) => rows("custody", all, |r: &CustodyRecord| {
            let key = r.firearm.as_ref().map(ToString::to_string).or_else(|| r.item.clone());
            Some((String::new(), key.unwrap_or_default()))
        }),
        RecordBatch::Transactions(all) => {
            rows("transaction", all, |r: &TransactionRecord| Some((String::new(), search_key(&r.serial))))
        }
    }
}

/// What would become of each record: the transaction's work without its writing.
pub(super) fn weigh(tx: &Connection, batch: &ReadyBatch) -> Result<Vec<Put>, Fault> {
    let mut known = Known::of(tx, batch.kind)?;
    batch.rows.iter().map(|row| Ok(known.look(row)?.0)).collect()
}

/// Puts a batch with one event for all of it, and nothing where nothing is new.
pub(super) fn put(
    tx: &Connection,
    batch: &ReadyBatch,
    file: Option<&ImportedFile>,
    stamp: &Stamp,
) -> Result<Vec<Put>, Fault> {
    let kind = batch.kind;
    let mut known = Known::of(tx, kind)?;
    let mut insert = if own_table(kind) {
        tx.prepare_cached(&format!(
            "INSERT INTO {kind} (version, content, serial, imported, document, personal, {kind})
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        ))?
    } else {
        tx.prepare_cached(
            "INSERT INTO register_record (version, content, search, imported, document, personal, id, kind)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
    };
    let at = stamp.at.to_string();
    let mut done = Vec::with_capacity(batch.rows.len());
    let (mut new, mut changed, mut contents) = (0u64, 0u64, Vec::new());
    let mut ends: (Option<&str>, Option<&str>) = (None, None);
    for row in &batch.rows {
        let (put, last) = known.look(row)?;
        match put {
            Put::Unchanged => {}
            Put::New => new += 1,
            Put::Changed => changed += 1,
        }
        if put != Put::Unchanged {
            let Written { content, document, personal } = &row.written;
            let id = row.name();
            if own_table(kind) {
                insert.execute(params![last + 1, content.0, row.key, at, document, personal, id])?;
            } else {
                insert.execute(params![last + 1, content.0, row.key, at, document, personal, id, kind])?;
            }
            contents.extend_from_slice(&content.0);
            ends = (ends.0.or(Some(&row.id)), Some(&row.id));
        }
        done.push(put);
    }
    if new + changed > 0 {
        let digest = Digest::of(&contents);
        let counts = json!({
            "new": new, "changed": changed, "unchanged": done.len() as u64 - new - changed, "content": digest,
            "first": ends.0, "last": ends.1, "file": file.map(|f| &f.file), "sha256": file.map(|f| f.sha256),
        });
        let subject = file.map_or_else(|| "gallery".to_owned(), |f| format!("file {}", f.sha256));
        audit::append(tx, stamp, batch.action, &subject, &counts)?;
    }
    if let Some(file) = file.filter(|_| new + changed > 0) {
        tx.prepare_cached(
            "INSERT INTO imported_file (sha256, kind, document) VALUES (?1, ?2, ?3)
             ON CONFLICT (sha256, kind) DO NOTHING",
        )?
        .execute(params![file.sha256.0, kind, documents::write("imported file", file)?])?;
    }
    Ok(done)
}

impl Ready {
    fn name(&self) -> String {
        if self.id.is_empty() { self.written.content.to_hex() } else { self.id.clone() }
    }
}

/// Looks up the versions of records, one statement for all.
struct Known<'a> {
    statement: rusqlite::CachedStatement<'a>,
}

impl<'a> Known<'a> {
    fn of(tx: &'a Connection, kind: &'static str) -> Result<Self, Fault> {
        let query = if own_table(kind) {
            format!("SELECT version, content FROM {kind} WHERE {kind} = ?1")
        } else {
            // The kind is one of this room's own words.
            format!("SELECT version, content FROM register_record WHERE kind = '{kind}' AND id = ?1")
        };
        Ok(Self { statement: tx.prepare_cached(&query)? })
    }

    /// What a record is beside its stored versions, and the number of the last of them.
    fn look(&mut self, row: &Ready) -> Result<(Put, i64), Fault> {
        let mut last = 0;
        let name = row.name();
        let mut versions = self.statement.query([&name])?;
        while let Some(version) = versions.next()? {
            last = last.max(version.get::<_, i64>(0)?);
            if version.get_ref(1)?.as_blob().is_ok_and(|content| content == row.written.content.0) {
                return Ok((Put::Unchanged, last));
            }
        }
        Ok((if last == 0 { Put::New } else { Put::Changed }, last))
    }
}

/// The latest version of every record of a kind, or of those under one key, in the order of their names.
pub(super) fn of_kind<R: Kept>(tx: &Connection, kind: &str, key: Option<&str>) -> Result<Vec<R>, Fault> {
    let query = match key {
        Some(_) => {
            "SELECT id, content, document, personal, max(version) FROM register_record
             WHERE kind = ?1 AND search = ?2 GROUP BY id ORDER BY id"
        }
        None => {
            "SELECT id, content, document, personal, max(version) FROM register_record
             WHERE kind = ?1 AND ?2 IS NULL GROUP BY id ORDER BY id"
        }
    };
    let mut statement = tx.prepare_cached(query)?;
    let mut rows = statement.query(params![kind, key])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, content): (String, [u8; 32]) = (row.get(0)?, row.get(1)?);
        let (document, personal): (String, String) = (row.get(2)?, row.get(3)?);
        let what = format!("{kind} {id}");
        let record: R = read_back(&what, &document, &personal)?;
        let found = Written::of(&record).content;
        if found != Digest(content) {
            return Err(Fault::Damaged(format!("{what}: expected content {}, got {found}", Digest(content))));
        }
        records.push(record);
    }
    Ok(records)
}

/// The keys of every record of a kind, ascending, each once.
pub(super) fn keys(tx: &Connection, kind: &str) -> Result<Vec<String>, Fault> {
    let mut statement =
        tx.prepare_cached("SELECT DISTINCT search FROM register_record WHERE kind = ?1 ORDER BY search")?;
    let rows = statement.query_map([kind], |row| row.get(0))?;
    rows.map(|key| Ok(key?)).collect()
}

/// Every file that records came from, in the order of import.
pub(super) fn files(tx: &Connection) -> Result<Vec<ImportedFile>, Fault> {
    documents::list(tx, "imported file", "SELECT document FROM imported_file ORDER BY sequence", &[])
}

/// Reads every register record, so that damage is found.
pub(super) fn check(tx: &Connection) -> Result<(), Fault> {
    of_kind::<TestFireRecord>(tx, "test_fire", None)?;
    of_kind::<CustodyRecord>(tx, "custody", None)?;
    of_kind::<TransactionRecord>(tx, "transaction", None)?;
    files(tx)?;
    Ok(())
}
