//! Instrument control in the database: check standards, their runs, flags.

use super::fault::Fault;
use super::{audit, blob, documents};
use crate::casework::control::{ControlFlag, ControlRun, ControlStandard, FlagStep, Lifted};
use crate::engine::ports::{Acquisition, Put, Stamp, StoreError};
use crate::ids::Digest;
use crate::trace::text::fold;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

/// A name as it is looked up: accents and capitals aside.
fn key(kind: &'static str, name: &str) -> Result<String, Fault> {
    match fold(name) {
        folded if folded.is_empty() => Err(Fault::invalid(kind, "expected a name, got nothing")),
        folded => Ok(folded),
    }
}

/// Bytes that are those of their digest, encoded before the transaction begins.
pub(super) fn ready<'a>(name: &str, sha256: &Digest, received: &'a [u8]) -> Result<blob::Encoded<'a>, Fault> {
    let found = Digest::of(received);
    if found != *sha256 {
        return Err(Fault::invalid(name, format!("SHA-256: expected {sha256}, got {found}")));
    }
    blob::encode(name, received)
}

fn put_received(tx: &Connection, sha256: Digest, received: &blob::Encoded<'_>) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO received (sha256, encoding, length, bytes) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?
    .execute(params![sha256.0, received.encoding, received.length, received.bytes])?;
    Ok(())
}

/// Keeps a check standard.
pub(super) fn put_standard(
    tx: &Connection,
    standard: &ControlStandard,
    received: &blob::Encoded<'_>,
    stamp: &Stamp,
) -> Result<Put, Fault> {
    let id = key("check standard", &standard.name)?;
    if let Some(stored) = documents::find::<ControlStandard>(tx, "control_standard", &id)? {
        if stored.sha256 == standard.sha256 {
            return Ok(Put::Unchanged);
        }
        return Err(Fault::conflict("check standard", &standard.name, "sha256", stored.sha256, standard.sha256));
    }
    put_received(tx, standard.sha256, received)?;
    tx.prepare_cached("INSERT INTO control_standard (id, sha256, document) VALUES (?1, ?2, ?3)")?.execute(params![
        id,
        standard.sha256.0,
        documents::write("check standard", standard)?
    ])?;
    let details = json!({ "file": standard.file_name, "sha256": standard.sha256 });
    audit::append(tx, stamp, "control.standard", &format!("check standard {}", standard.name), &details)?;
    Ok(Put::New)
}

/// All check standards.
pub(super) fn standards(tx: &Connection) -> Result<Vec<ControlStandard>, Fault> {
    documents::list(tx, "check standard", "SELECT document FROM control_standard ORDER BY id", &[])
}

/// The bytes of a check standard's reference.
pub(super) fn standard_bytes(tx: &Connection, name: &str) -> Result<Vec<u8>, Fault> {
    let row = tx
        .prepare_cached(
            "SELECT r.sha256, r.encoding, r.length, r.bytes FROM control_standard s
             JOIN received r ON r.sha256 = s.sha256 WHERE s.id = ?1",
        )?
        .query_row([key("check standard", name)?], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let (sha256, encoding, length, bytes) = row.ok_or_else(|| Fault::not_found("check standard", name))?;
    blob::decode(&format!("check standard {name}"), &encoding, length, bytes, Digest(sha256))
}

/// Keeps a run and what it does to the flags.
pub(super) fn put_run(
    tx: &Connection,
    run: &ControlRun,
    received: &blob::Encoded<'_>,
    judge: &dyn Fn(&[ControlRun], &[ControlFlag]) -> FlagStep,
    stamp: &Stamp,
) -> Result<Put, Fault> {
    let (instrument, standard) = (key("instrument", &run.instrument)?, key("check standard", &run.standard)?);
    if documents::find::<ControlStandard>(tx, "control_standard", &standard)?.is_none() {
        return Err(Fault::not_found("check standard", &run.standard));
    }
    let known: Option<i64> = tx
        .prepare_cached("SELECT sequence FROM control_run WHERE instrument = ?1 AND standard = ?2 AND sha256 = ?3")?
        .query_row(params![instrument, standard, run.sha256.0], |row| row.get(0))
        .optional()?;
    if known.is_some() {
        return Ok(Put::Unchanged);
    }
    put_received(tx, run.sha256, received)?;
    tx.prepare_cached("INSERT INTO control_run (instrument, standard, sha256, document) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![instrument, standard, run.sha256.0, documents::write("control run", run)?])?;
    let sequence = tx.last_insert_rowid();
    let subject = format!("instrument {}", run.instrument);
    let details = json!({
        "standard": run.standard, "file": run.file_name, "sha256": run.sha256, "score": run.score, "restart": run.restart,
    });
    audit::append(tx, stamp, "control.run", &subject, &details)?;

    let with: [&dyn rusqlite::ToSql; 2] = [&instrument, &standard];
    let runs = documents::list(
        tx,
        "control run",
        "SELECT document FROM control_run WHERE instrument = ?1 AND standard = ?2 ORDER BY sequence",
        &with,
    )?;
    let flags: Vec<ControlFlag> = documents::list(
        tx,
        "control flag",
        "SELECT document FROM control_flag WHERE instrument = ?1 AND standard = ?2 ORDER BY number",
        &with,
    )?;
    match judge(&runs, &flags) {
        FlagStep::Leave => {}
        FlagStep::Raise(flag) => {
            let number: i64 =
                tx.query_row("SELECT coalesce(max(number), 0) + 1 FROM control_flag", [], |row| row.get(0))?;
            let flag = ControlFlag { number: number.unsigned_abs(), ..*flag };
            tx.prepare_cached(
                "INSERT INTO control_flag (number, instrument, standard, run, document) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                number,
                instrument,
                standard,
                sequence,
                documents::write("control flag", &flag)?
            ])?;
            audit::append(tx, stamp, "control.out_of_control", &subject, &json!({ "flag": flag }))?;
        }
        FlagStep::End => {
            for flag in flags.into_iter().filter(|flag| flag.until.is_none()) {
                let ended = ControlFlag { until: Some(run.at), ..flag };
                keep(tx, &ended)?;
                audit::append(
                    tx,
                    stamp,
                    "control.restored",
                    &subject,
                    &json!({ "flag": ended.number, "until": run.at }),
                )?;
            }
        }
    }
    Ok(Put::New)
}

fn keep(tx: &Connection, flag: &ControlFlag) -> Result<(), Fault> {
    tx.prepare_cached("UPDATE control_flag SET document = ?2 WHERE number = ?1")?
        .execute(params![flag.number as i64, documents::write("control flag", flag)?])?;
    Ok(())
}

/// All runs, in the order of entry.
pub(super) fn runs(tx: &Connection) -> Result<Vec<ControlRun>, Fault> {
    documents::list(tx, "control run", "SELECT document FROM control_run ORDER BY sequence", &[])
}

/// All flags, in the order in which they were raised.
pub(super) fn flags(tx: &Connection) -> Result<Vec<ControlFlag>, Fault> {
    documents::list(tx, "control flag", "SELECT document FROM control_flag ORDER BY number", &[])
}

/// Takes a flag back.
pub(super) fn lift(tx: &Connection, number: u64, lifted: &Lifted, stamp: &Stamp) -> Result<ControlFlag, Fault> {
    if lifted.reason.trim().is_empty() {
        return Err(Fault::invalid("reason", "expected text, got nothing"));
    }
    let text: Option<String> = tx
        .prepare_cached("SELECT document FROM control_flag WHERE number = ?1")?
        .query_row([i64::try_from(number).unwrap_or(i64::MAX)], |row| row.get(0))
        .optional()?;
    let text = text.ok_or_else(|| Fault::not_found("control flag", number))?;
    let flag: ControlFlag = documents::read(format_args!("control flag {number}"), &text)?;
    if let Some(before) = &flag.lifted {
        let what = format!("it was lifted by {} at {}", before.by, before.at);
        return Err(StoreError::Stale { kind: "control flag", id: number.to_string(), what }.into());
    }
    let flag = ControlFlag { lifted: Some(lifted.clone()), ..flag };
    keep(tx, &flag)?;
    let details = json!({ "flag": number, "by": lifted.by, "reason": lifted.reason.trim() });
    audit::append(tx, stamp, "control.lifted", &format!("instrument {}", flag.instrument), &details)?;
    Ok(flag)
}

/// The acquisitions entered after one time and before another.
pub(super) fn acquisitions_between(
    tx: &Connection,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Result<Vec<Acquisition>, Fault> {
    let (from, until) =
        (from.map_or(i64::MIN, Timestamp::as_microsecond), until.map_or(i64::MAX, Timestamp::as_microsecond));
    documents::list(
        tx,
        "acquisition",
        "SELECT document FROM acquisition WHERE received_us > ?1 AND received_us < ?2 ORDER BY sequence",
        &[&from, &until],
    )
}

/// Reads every document, and the numbers of flags.
pub(super) fn check(tx: &Connection) -> Result<(), Fault> {
    standards(tx)?;
    runs(tx)?;
    let mut statement = tx.prepare("SELECT number, document FROM control_flag")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (number, text): (i64, String) = (row.get(0)?, row.get(1)?);
        let flag: ControlFlag = documents::read(format_args!("control flag {number}"), &text)?;
        if flag.number != number.unsigned_abs() {
            return Err(Fault::Damaged(format!("control flag {number}: its document says {}", flag.number)));
        }
    }
    Ok(())
}
