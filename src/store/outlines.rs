//! Outlines in the database, in all their versions.

use super::audit;
use super::documents;
use super::fault::Fault;
use super::marks::{self, Encoded};
use crate::engine::ports::{Acquisition, OutlineRecord, Stamp, StoreError};
use crate::ids::AcquisitionId;
use rusqlite::{Connection, params};
use serde_json::json;

/// Puts a version; that it is the next is for the caller to see.
pub(super) fn insert(tx: &Connection, outline: &OutlineRecord) -> Result<(), Fault> {
    tx.prepare_cached("INSERT INTO outline (acquisition, version, document) VALUES (?1, ?2, ?3)")?.execute(params![
        outline.acquisition.as_str(),
        outline.version,
        documents::write("outlines", outline)?
    ])?;
    Ok(())
}

/// All versions of an acquisition, the first first.
pub(super) fn list(tx: &Connection, acquisition: &AcquisitionId) -> Result<Vec<OutlineRecord>, Fault> {
    let query = "SELECT document FROM outline WHERE acquisition = ?1 ORDER BY version";
    documents::list(tx, "outline", query, &[&acquisition.as_str()])
}

/// Puts the next versions with the marks of the last, which take the place of those cut along earlier ones.
pub(super) fn put(tx: &Connection, drawn: &[OutlineRecord], new: &[Encoded<'_>], stamp: &Stamp) -> Result<(), Fault> {
    let Some(last) = drawn.last() else { return Err(Fault::invalid("outlines", "expected a version, got none")) };
    let acquisition = &last.acquisition;
    let what = || format!("outlines of acquisition {acquisition}");
    documents::get::<Acquisition>(tx, "acquisition", acquisition.as_str())?;
    let others = drawn.iter().map(|one| &one.acquisition).chain(new.iter().map(|mark| &mark.record.acquisition));
    if let Some(other) = others.into_iter().find(|other| *other != acquisition) {
        return Err(Fault::invalid(what(), format!("expected acquisition {acquisition}, got {other}")));
    }
    let known = list(tx, acquisition)?.last().map_or(0, |known| known.version);
    for (outline, next) in drawn.iter().zip(known + 1..) {
        if outline.version != next {
            return Err(StoreError::Stale {
                kind: "outlines",
                id: acquisition.to_string(),
                what: format!("the next version is {next}, not {}", outline.version),
            }
            .into());
        }
        insert(tx, outline)?;
    }
    let superseded = tx
        .prepare_cached("UPDATE mark SET suitable = 0 WHERE acquisition = ?1 AND suitable = 1")?
        .execute([acquisition.as_str()])?;
    marks::insert(tx, new)?;
    let generation = marks::rewrite(tx)?;
    let details = json!({
        "version": last.version, "reason": last.reason, "superseded": superseded, "generation": generation,
        "marks": new.iter().map(|mark| &mark.record.id).collect::<Vec<_>>(),
    });
    audit::append(tx, stamp, "outline.drawn", &format!("acquisition {acquisition}"), &details)?;
    Ok(())
}

/// Checks every document, and that the versions of each acquisition follow one another.
pub(super) fn check(tx: &Connection) -> Result<(), Fault> {
    let mut statement =
        tx.prepare("SELECT acquisition, version, document FROM outline ORDER BY acquisition, version")?;
    let mut rows = statement.query([])?;
    let mut before: Option<(String, u32)> = None;
    while let Some(row) = rows.next()? {
        let (acquisition, version): (String, u32) = (row.get(0)?, row.get(1)?);
        let what = format!("outlines {version} of acquisition {acquisition}");
        let outline: OutlineRecord = documents::read(&what, &row.get::<_, String>(2)?)?;
        let expected = before.filter(|(last, _)| *last == acquisition).map_or(1, |(_, last)| last + 1);
        if version != expected || outline.version != version || outline.acquisition.as_str() != acquisition {
            return Err(Fault::Damaged(format!("{what}: expected version {expected} in column and document")));
        }
        before = Some((acquisition, version));
    }
    Ok(())
}
