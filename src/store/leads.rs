//! Leads in the database.

use super::fault::Fault;
use super::{audit, documents};
use crate::casework::{Lead, LeadState};
use crate::engine::ports::{Put, Stamp, StoreError};
use crate::ids::{LeadId, SpecimenId};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

/// Keeps a new candidate, unless a lead on the pair is alive.
pub(super) fn put(tx: &Connection, lead: &Lead, stamp: &Stamp) -> Result<Put, Fault> {
    if lead.state() != LeadState::Candidate {
        let why = format!("expected a new candidate, got one that is {}; use update_lead", lead.state());
        return Err(Fault::invalid(format!("lead {}", lead.id()), why));
    }
    for side in lead.joins().sides() {
        if documents::find::<serde_json::Value>(tx, "specimen", side.specimen.as_str())?.is_none() {
            return Err(Fault::not_found("specimen", &side.specimen));
        }
    }
    let mut put = Put::New;
    if let Some((sequence, stored)) = current(tx, lead.id())? {
        if stored.state() != LeadState::Withdrawn {
            return Ok(Put::Unchanged);
        }
        tx.prepare_cached("UPDATE lead SET current = 0 WHERE sequence = ?1")?.execute([sequence])?;
        put = Put::Changed;
    }
    let [first, second] = lead.joins().sides();
    tx.prepare_cached("INSERT INTO lead (id, current, state, first, second, document) VALUES (?1, 1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            lead.id().as_str(),
            lead.state().word(),
            first.specimen.as_str(),
            second.specimen.as_str(),
            documents::write("lead", lead)?
        ])?;
    let details = json!({ "joins": [first.specimen, second.specimen], "basis": lead.basis() });
    audit::append(tx, stamp, "lead.proposed", &format!("lead {}", lead.id()), &details)?;
    Ok(put)
}

/// The same of a candidate that a batch found: where a specimen was expunged meanwhile, nothing is kept.
pub(super) fn put_if_there(tx: &Connection, lead: &Lead, stamp: &Stamp) -> Result<Put, Fault> {
    match put(tx, lead, stamp) {
        Err(Fault::Refused(StoreError::NotFound { kind: "specimen", .. })) => Ok(Put::Unchanged),
        done => done,
    }
}

/// Keeps the steps taken since the lead was read.
pub(super) fn update(tx: &Connection, lead: &Lead, stamp: &Stamp) -> Result<Put, Fault> {
    let (sequence, stored) = current(tx, lead.id())?.ok_or_else(|| Fault::not_found("lead", lead.id()))?;
    let stale = |what: String| StoreError::Stale { kind: "lead", id: lead.id().to_string(), what };
    if stored.proposed() != lead.proposed() || stored.joins() != lead.joins() {
        return Err(stale(format!("it was proposed again at {}", stored.proposed())).into());
    }
    let (known, given) = (stored.history(), lead.history());
    let Some(steps) = given.strip_prefix(known) else {
        return Err(stale(format!("it is {} since {}", stored.state(), stored.changed())).into());
    };
    if steps.is_empty() {
        return Ok(Put::Unchanged);
    }
    keep(tx, sequence, lead)?;
    for event in steps {
        let details = json!({ "at": event.at, "step": event, "state": lead.state() });
        let action = format!("lead.{}", event.step.word());
        audit::append(tx, stamp, &action, &format!("lead {}", lead.id()), &details)?;
    }
    Ok(Put::Changed)
}

/// Writes a lead back to its row.
pub(super) fn keep(tx: &Connection, sequence: i64, lead: &Lead) -> Result<(), Fault> {
    tx.prepare_cached("UPDATE lead SET state = ?2, document = ?3 WHERE sequence = ?1")?.execute(params![
        sequence,
        lead.state().word(),
        documents::write("lead", lead)?
    ])?;
    Ok(())
}

/// The current lead on a pair.
pub(super) fn one(tx: &Connection, id: &LeadId) -> Result<Lead, Fault> {
    current(tx, id)?.map(|(_, lead)| lead).ok_or_else(|| Fault::not_found("lead", id))
}

fn current(tx: &Connection, id: &LeadId) -> Result<Option<(i64, Lead)>, Fault> {
    let row: Option<(i64, String)> = tx
        .prepare_cached("SELECT sequence, document FROM lead WHERE id = ?1 AND current = 1")?
        .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    row.map(|(sequence, text)| Ok((sequence, documents::read(format_args!("lead {id}"), &text)?))).transpose()
}

/// Every lead, in the order in which they were proposed.
pub(super) fn all(tx: &Connection) -> Result<Vec<Lead>, Fault> {
    documents::list(tx, "lead", "SELECT document FROM lead ORDER BY sequence", &[])
}

/// The leads on a specimen with their rows, superseded ones included.
pub(super) fn on(tx: &Connection, specimen: &SpecimenId) -> Result<Vec<(i64, Lead)>, Fault> {
    let mut statement =
        tx.prepare_cached("SELECT sequence, document FROM lead WHERE first = ?1 OR second = ?1 ORDER BY sequence")?;
    let rows = statement.query_map([specimen.as_str()], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (sequence, text) = row?;
        Ok((sequence, documents::read(format_args!("lead on {specimen}"), &text)?))
    })
    .collect()
}
