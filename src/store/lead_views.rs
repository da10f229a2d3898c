//! Saved views in the database.

use super::fault::Fault;
use super::{audit, documents, leads};
use crate::engine::ports::{LeadView, MOST_VIEW_BYTES, Put, Stamp};
use crate::ids::{Digest, LeadId, SpecimenId};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

/// Keeps a view of a lead that is alive.
pub(super) fn put(tx: &Connection, view: &LeadView, png: &[u8], stamp: &Stamp) -> Result<Put, Fault> {
    leads::one(tx, &view.lead)?;
    let what = || format!("view of lead {}", view.lead);
    if png.len() > MOST_VIEW_BYTES {
        return Err(Fault::invalid(what(), format!("expected at most {MOST_VIEW_BYTES} bytes, got {}", png.len())));
    }
    let found = Digest::of(png);
    if found != view.digest {
        return Err(Fault::invalid(what(), format!("SHA-256: expected {}, got {found}", view.digest)));
    }
    let new = tx
        .prepare_cached("INSERT OR IGNORE INTO lead_view (lead, sha256, document, png) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![view.lead.as_str(), view.digest.0, documents::write("view", view)?, png])?;
    if new == 0 {
        return Ok(Put::Unchanged);
    }
    let details = json!({ "picture": view.digest, "caption": view.caption });
    audit::append(tx, stamp, "lead.view_saved", &format!("lead {}", view.lead), &details)?;
    Ok(Put::New)
}

/// The views of a lead in the order in which they were saved.
pub(super) fn of(tx: &Connection, lead: &LeadId) -> Result<Vec<LeadView>, Fault> {
    let query = "SELECT document FROM lead_view WHERE lead = ?1 ORDER BY sequence";
    documents::list(tx, "view", query, &[&lead.as_str()])
}

/// The picture of a view, as it was saved.
pub(super) fn picture(tx: &Connection, lead: &LeadId, digest: &Digest) -> Result<Vec<u8>, Fault> {
    let png: Option<Vec<u8>> = tx
        .prepare_cached("SELECT png FROM lead_view WHERE lead = ?1 AND sha256 = ?2")?
        .query_row(params![lead.as_str(), digest.0], |row| row.get(0))
        .optional()?;
    let png = png.ok_or_else(|| Fault::not_found("view", digest))?;
    let found = Digest::of(&png);
    if found == *digest {
        Ok(png)
    } else {
        Err(Fault::Damaged(format!("view of lead {lead}: SHA-256 expected {digest}, got {found}")))
    }
}

/// Removes the pictures that show a specimen.
pub(super) fn expunge(tx: &Connection, specimen: &SpecimenId) -> Result<(), Fault> {
    let showing = "DELETE FROM lead_view WHERE lead IN (SELECT id FROM lead WHERE first = ?1 OR second = ?1)";
    tx.execute(showing, [specimen.as_str()])?;
    Ok(())
}
