//! Submitting: one file with all it belongs to, or several of them, or nothing.

use super::documents::{self, Was};
use super::fault::Fault;
use super::{audit, blob, marks, outlines};
use crate::casework::{Exhibit, ExhibitKind, Incident, Origin, Specimen};
use crate::engine::ports::{Acquisition, Put, Stamp, Submission, Submitted};
use crate::ids::{AcquisitionId, Digest, SpecimenId};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

/// A submission that holds together, hashed and compressed before the transaction begins, so that others wait less.
pub(super) struct Ready<'a> {
    submission: &'a Submission,
    received: blob::Encoded<'a>,
    marks: Vec<marks::Encoded<'a>>,
}

/// Makes a submission ready to be put.
pub(super) fn ready(submission: &Submission) -> Result<Ready<'_>, Fault> {
    let received = blob::encode(&submission.acquisition.file_name, &submission.received)?;
    check(submission)?;
    Ok(Ready { submission, received, marks: marks::encode(&submission.marks)? })
}

/// What is wrong with a submission whatever the gallery holds.
fn check(submission: &Submission) -> Result<(), Fault> {
    let Submission { incident, exhibit, specimen, acquisition, outline, received, marks } = submission;
    exhibit.check()?;
    specimen.check()?;
    if let Some(incident) = incident {
        incident.check()?;
        if exhibit.origin.incident() != Some(&incident.id) {
            let origin = match &exhibit.origin {
                Origin::Evidence { incident } => format!("incident {incident}"),
                Origin::TestFire { firearm } => format!("test fires of firearm {firearm}"),
            };
            let why = format!("expected an exhibit of incident {}, got {origin}", incident.id);
            return Err(Fault::invalid(format!("exhibit {}", exhibit.id), why));
        }
    }
    let agree = |what: String, expected: &str, got: &str| {
        if expected == got {
            return Ok(());
        }
        Err(Fault::invalid(what, format!("expected {expected}, got {got}")))
    };
    agree(format!("specimen {}: exhibit", specimen.id), exhibit.id.as_str(), specimen.exhibit.as_str())?;
    agree(format!("acquisition {}: specimen", acquisition.id), specimen.id.as_str(), acquisition.specimen.as_str())?;
    if acquisition.id.as_str().is_empty() {
        return Err(Fault::invalid("acquisition", "expected an identifier, got nothing"));
    }
    let digest = Digest::of(received);
    agree(
        format!("acquisition {}: SHA-256 of the received bytes", acquisition.id),
        &digest.to_hex(),
        &acquisition.sha256.to_hex(),
    )?;
    if let Some(outline) = outline {
        agree("outlines: acquisition".to_owned(), acquisition.id.as_str(), outline.acquisition.as_str())?;
        agree("outlines: version".to_owned(), "1", &outline.version.to_string())?;
    }
    for mark in marks {
        agree(
            format!("mark {}: acquisition", mark.record.id),
            acquisition.id.as_str(),
            mark.record.acquisition.as_str(),
        )?;
    }
    Ok(())
}

/// Puts one submission, with an event of its own.
pub(super) fn submit(tx: &Connection, ready: &Ready<'_>, stamp: &Stamp) -> Result<Submitted, Fault> {
    let Ready { submission, marks, .. } = ready;
    let (done, new) = put(tx, ready)?;
    let completed = &done.completed;
    count(tx, !completed.is_empty(), done.put == Put::New && !marks.is_empty())?;
    if done.put != Put::Unchanged {
        let Submission { exhibit, specimen, acquisition, .. } = submission;
        let details = json!({
            "specimen": specimen.id, "exhibit": exhibit.id, "incident": exhibit.origin.incident(),
            "firearm": exhibit.origin.firearm(), "sha256": acquisition.sha256, "new": new, "completed": completed,
            "marks": marks.iter().map(|mark| &mark.record.id).collect::<Vec<_>>(),
            "gate": acquisition.gate.as_ref().map(|gate| json!({
                "verdict": gate.verdict, "codes": gate.reasons.iter().map(|r| r.code).collect::<Vec<_>>(), "forced": gate.forced,
            })),
        });
        let action = if done.put == Put::New { "acquisition.submitted" } else { "acquisition.completed" };
        audit::append(tx, stamp, action, &format!("acquisition {}", done.acquisition), &details)?;
    }
    Ok(done)
}

/// Puts several submissions, with one event for all of them: how many, the first and the last, and the digest of all.
pub(super) fn submit_all(tx: &Connection, all: &[Ready<'_>], stamp: &Stamp) -> Result<Vec<Submitted>, Fault> {
    let mut done = Vec::with_capacity(all.len());
    let (mut specimens, mut acquisitions, mut marks) = (0u64, 0u64, 0u64);
    let (mut completed, mut changed, mut content) = (Vec::new(), Vec::new(), String::new());
    for ready in all {
        let (submitted, _) = put(tx, ready)?;
        specimens += u64::from(submitted.new_specimen);
        if submitted.put == Put::New {
            acquisitions += 1;
            marks += ready.marks.len() as u64;
        }
        if submitted.put != Put::Unchanged {
            content.push_str(&format!("{} {}\n", submitted.acquisition, ready.submission.acquisition.sha256));
            changed.push(submitted.acquisition.clone());
        }
        completed.extend_from_slice(&submitted.completed);
        done.push(submitted);
    }
    count(tx, !completed.is_empty(), marks > 0)?;
    if !changed.is_empty() {
        let details = json!({
            "new_specimens": specimens, "new_acquisitions": acquisitions, "new_marks": marks, "completed": completed,
            "first": changed.first(), "last": changed.last(), "content": Digest::of(content.as_bytes()),
        });
        audit::append(tx, stamp, "acquisitions.submitted", "gallery", &details)?;
    }
    Ok(done)
}

/// A new generation where what is known of a stored case, or the set of marks, has changed.
fn count(tx: &Connection, completed: bool, more_marks: bool) -> Result<(), Fault> {
    if completed {
        marks::rewrite(tx)?;
    } else if more_marks {
        marks::next_generation(tx)?;
    }
    Ok(())
}

/// Puts the rows of a submission; gives what became of it, and the names of the records that are new.
fn put(tx: &Connection, ready: &Ready<'_>) -> Result<(Submitted, Vec<String>), Fault> {
    let Ready { submission, received, marks } = ready;
    let Submission { incident, exhibit, specimen, acquisition, outline, .. } = submission;
    let mut completed = Vec::new();
    let mut new = Vec::new();
    if let Some(incident) = incident {
        note("incident", incident.id.as_str(), put_incident(tx, incident)?, &mut new, &mut completed);
    } else if let Some(id) = exhibit.origin.incident() {
        documents::get::<Incident>(tx, "incident", id.as_str())?;
    }
    note("exhibit", exhibit.id.as_str(), put_exhibit(tx, exhibit)?, &mut new, &mut completed);
    let was = put_specimen(tx, specimen)?;
    let new_specimen = matches!(was, Was::New);
    note("specimen", specimen.id.as_str(), was, &mut new, &mut completed);

    let same_bytes_under = holders(tx, &acquisition.sha256, Some(&specimen.id))?;
    let known = known(tx, &specimen.id, &acquisition.sha256)?;
    let put = match (&known, completed.is_empty()) {
        (Some(_), true) => Put::Unchanged,
        (Some(_), false) => Put::Changed,
        (None, _) => Put::New,
    };
    if known.is_none() {
        put_acquisition(tx, acquisition, received)?;
        outline.iter().try_for_each(|outline| outlines::insert(tx, outline))?;
        marks::insert(tx, marks)?;
    }
    let acquisition = known.unwrap_or_else(|| acquisition.id.clone());
    Ok((Submitted { acquisition, put, new_specimen, completed, same_bytes_under }, new))
}

/// The last specimen, in the order of identifiers, whose identifier begins so.
pub(super) fn last_specimen(tx: &Connection, prefix: &str) -> Result<Option<SpecimenId>, Fault> {
    let id: Option<String> = tx
        .prepare_cached("SELECT id FROM specimen WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT 1")?
        // No text sorts behind the last character there is.
        .query_row(params![prefix, format!("{prefix}{}", char::MAX)], |row| row.get(0))
        .optional()?;
    Ok(id.map(SpecimenId::new))
}

/// The acquisition of a specimen with the same bytes.
pub(super) fn known(tx: &Connection, specimen: &SpecimenId, sha256: &Digest) -> Result<Option<AcquisitionId>, Fault> {
    let id: Option<String> = tx
        .prepare_cached("SELECT id FROM acquisition WHERE specimen = ?1 AND sha256 = ?2")?
        .query_row(params![specimen.as_str(), sha256.0], |row| row.get(0))
        .optional()?;
    Ok(id.map(AcquisitionId::new))
}

/// The specimens that hold these bytes, but for one.
pub(super) fn holders(tx: &Connection, sha256: &Digest, but: Option<&SpecimenId>) -> Result<Vec<SpecimenId>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT specimen FROM acquisition WHERE sha256 = ?1 AND specimen IS NOT ?2 ORDER BY specimen",
    )?;
    let rows = statement.query_map(params![sha256.0, but.map(SpecimenId::as_str)], |row| row.get::<_, String>(0))?;
    rows.map(|id| Ok(SpecimenId::new(id?))).collect()
}

fn note<T>(kind: &str, id: &str, was: Was<T>, new: &mut Vec<String>, completed: &mut Vec<String>) {
    match was {
        Was::New => new.push(format!("{kind} {id}")),
        Was::Same => {}
        Was::Completed { fields, .. } => {
            completed.extend(fields.into_iter().map(|field| format!("{kind} {id}: {field}")));
        }
    }
}

fn put_incident(tx: &Connection, incident: &Incident) -> Result<Was<Incident>, Fault> {
    let id = incident.id.as_str();
    let was = documents::reconcile(tx, "incident", id, incident)?;
    match &was {
        Was::New => {
            tx.prepare_cached("INSERT INTO incident (id, document) VALUES (?1, ?2)")?
                .execute(params![id, documents::write("incident", incident)?])?;
        }
        Was::Completed { document, .. } => {
            document.check()?;
            tx.prepare_cached("UPDATE incident SET document = ?2 WHERE id = ?1")?
                .execute(params![id, documents::write("incident", document)?])?;
        }
        Was::Same => {}
    }
    Ok(was)
}

fn put_exhibit(tx: &Connection, exhibit: &Exhibit) -> Result<Was<Exhibit>, Fault> {
    let id = exhibit.id.as_str();
    let was = documents::reconcile(tx, "exhibit", id, exhibit)?;
    match &was {
        Was::New => {
            tx.prepare_cached(
                "INSERT INTO exhibit (id, kind, incident, firearm, document) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                id,
                kind_word(exhibit.origin.kind()),
                exhibit.origin.incident().map(|i| i.as_str()),
                exhibit.origin.firearm().map(|f| f.as_str()),
                documents::write("exhibit", exhibit)?
            ])?;
        }
        // The origin is never open, so it cannot be completed: the key columns stay.
        Was::Completed { document, .. } => {
            tx.prepare_cached("UPDATE exhibit SET document = ?2 WHERE id = ?1")?
                .execute(params![id, documents::write("exhibit", document)?])?;
        }
        Was::Same => {}
    }
    Ok(was)
}

fn put_specimen(tx: &Connection, specimen: &Specimen) -> Result<Was<Specimen>, Fault> {
    let id = specimen.id.as_str();
    let was = documents::reconcile(tx, "specimen", id, specimen)?;
    match &was {
        Was::New => {
            tx.prepare_cached("INSERT INTO specimen (id, exhibit, calibre, document) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![
                    id,
                    specimen.exhibit.as_str(),
                    specimen.calibre,
                    documents::write("specimen", specimen)?
                ])?;
        }
        Was::Completed { document, .. } => {
            tx.prepare_cached("UPDATE specimen SET calibre = ?2, document = ?3 WHERE id = ?1")?.execute(params![
                id,
                document.calibre,
                documents::write("specimen", document)?
            ])?;
        }
        Was::Same => {}
    }
    Ok(was)
}

fn put_acquisition(tx: &Connection, acquisition: &Acquisition, received: &blob::Encoded<'_>) -> Result<(), Fault> {
    let id = acquisition.id.as_str();
    if let Some(stored) = documents::find::<Acquisition>(tx, "acquisition", id)? {
        return Err(Fault::conflict("acquisition", id, "sha256", stored.sha256, acquisition.sha256));
    }
    tx.prepare_cached(
        "INSERT INTO received (sha256, encoding, length, bytes) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?
    .execute(params![acquisition.sha256.0, received.encoding, received.length, received.bytes])?;
    tx.prepare_cached(
        "INSERT INTO acquisition (id, specimen, sha256, received_us, document) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        id,
        acquisition.specimen.as_str(),
        acquisition.sha256.0,
        acquisition.received.as_microsecond(),
        documents::write("acquisition", acquisition)?
    ])?;
    Ok(())
}

/// The word of a kind as in the column.
pub(super) fn kind_word(kind: ExhibitKind) -> &'static str {
    match kind {
        ExhibitKind::Evidence => "evidence",
        ExhibitKind::TestFire => "test_fire",
    }
}
