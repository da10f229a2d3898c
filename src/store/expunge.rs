//! Removing a specimen for good.

use super::fault::Fault;
use super::{audit, correlations, documents, lead_views, leads, marks, pairs};
use crate::casework::{CorrelationResult, LeadState, Person, Specimen};
use crate::engine::ports::{Expunged, Stamp};
use crate::ids::SpecimenId;
use rusqlite::{Connection, params};
use serde_json::json;

/// The marks of the specimen `?1`.
const ITS_MARKS: &str =
    "SELECT m.sequence FROM mark m JOIN acquisition a ON a.id = m.acquisition WHERE a.specimen = ?1";

/// Deletes everything that speaks of the specimen. The caller writes the database anew and empties the write-ahead log and the caches afterwards.
pub(super) fn expunge(
    tx: &Connection,
    specimen: &SpecimenId,
    by: &Person,
    reason: &str,
    stamp: &Stamp,
) -> Result<Expunged, Fault> {
    if reason.trim().is_empty() {
        return Err(Fault::invalid("reason", "expected text, got nothing"));
    }
    documents::get::<Specimen>(tx, "specimen", specimen.as_str())?;
    let id = specimen.as_str();
    let delete = |query: String| tx.execute(&query, [id]).map(|rows| rows as u64);

    let mut withdrawn = Vec::new();
    for (sequence, mut lead) in leads::on(tx, specimen)? {
        if lead.state() != LeadState::Withdrawn {
            lead.withdraw(by, stamp.at, &format!("specimen {specimen} expunged: {reason}"))?;
            leads::keep(tx, sequence, &lead)?;
            withdrawn.push(lead.id().clone());
        }
    }
    lead_views::expunge(tx, specimen)?;
    let correlations = delete(format!("DELETE FROM correlation WHERE query IN ({ITS_MARKS})"))?;
    let redacted = redact(tx, specimen)?;
    delete(format!("DELETE FROM signature WHERE mark IN ({ITS_MARKS})"))?;
    delete(format!("DELETE FROM mark_bytes WHERE mark IN ({ITS_MARKS})"))?;
    let gone_marks = delete(format!("DELETE FROM mark WHERE sequence IN ({ITS_MARKS})"))?;
    pairs::forget_gone(tx)?;
    delete("DELETE FROM outline WHERE acquisition IN (SELECT id FROM acquisition WHERE specimen = ?1)".to_owned())?;
    let acquisitions = delete("DELETE FROM acquisition WHERE specimen = ?1".to_owned())?;
    // Images of check standards are no part of any case.
    tx.execute(
        "DELETE FROM received WHERE sha256 NOT IN (SELECT sha256 FROM acquisition)
           AND sha256 NOT IN (SELECT sha256 FROM control_run) AND sha256 NOT IN (SELECT sha256 FROM control_standard)",
        [],
    )?;
    delete("DELETE FROM specimen WHERE id = ?1".to_owned())?;
    let generation = marks::rewrite(tx)?;
    tx.execute("UPDATE gallery SET expunged = generation", [])?;

    let expunged = Expunged { acquisitions, marks: gone_marks, correlations, redacted, leads: withdrawn };
    let details = json!({ "by": by, "reason": reason.trim(), "removed": expunged, "generation": generation });
    audit::append(tx, stamp, "specimen.expunged", &format!("specimen {specimen}"), &details)?;
    Ok(expunged)
}

/// Takes the specimen out of the lists of others; the receipt says how many candidates are missing.
fn redact(tx: &Connection, specimen: &SpecimenId) -> Result<u64, Fault> {
    let mut redacted = Vec::new();
    let mut statement = tx.prepare("SELECT sequence, document FROM correlation")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (sequence, text): (i64, String) = (row.get(0)?, row.get(1)?);
        let mut result: CorrelationResult = documents::read(format_args!("correlation {sequence}"), &text)?;
        let before = result.candidates.len();
        result.candidates.retain(|candidate| candidate.specimen != *specimen);
        let missing = before - result.candidates.len();
        if missing > 0 {
            correlations::count_expunged(&mut result.receipt, missing);
            redacted.push((sequence, documents::write("correlation", &result)?));
        }
    }
    for (sequence, document) in &redacted {
        tx.execute("UPDATE correlation SET document = ?2 WHERE sequence = ?1", params![sequence, document])?;
    }
    Ok(redacted.len() as u64)
}
