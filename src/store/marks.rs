//! Marks and signatures in the database.

use super::fault::Fault;
use super::{blob, documents, entry};
use crate::casework::{ExhibitKind, FiringPinShape, PartialDate};
use crate::engine::ports::{
    Facts, MarkContext, MarkFilter, MarkRecord, NewMark, NewSignature, Put, SignatureRow, SignatureVersion, region_word,
};
use crate::ids::{Digest, ExhibitId, FirearmId, IncidentId, MarkId, SpecimenId};
use crate::mark::{Modality, Suitability};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params, params_from_iter};
use serde::Deserialize;
use std::ops::ControlFlow;

/// A mark ready to be inserted; encoded before the transaction begins, so that others wait less.
pub(super) struct Encoded<'a> {
    /// The record.
    pub(super) record: &'a MarkRecord,
    bytes: Option<(Digest, blob::Encoded<'a>)>,
    signatures: &'a [NewSignature],
}

/// Encodes marks for insertion.
pub(super) fn encode(marks: &[NewMark]) -> Result<Vec<Encoded<'_>>, Fault> {
    marks
        .iter()
        .map(|mark| {
            let bytes = match &mark.bytes {
                Some(bytes) => Some((Digest::of(bytes), blob::encode(&format!("mark {}", mark.record.id), bytes)?)),
                None => None,
            };
            if mark.record.id.as_str().is_empty() {
                return Err(Fault::invalid("mark", "expected an identifier, got nothing"));
            }
            for signature in &mark.signatures {
                fits(&mark.record.id, signature)?;
            }
            Ok(Encoded { record: &mark.record, bytes, signatures: &mark.signatures })
        })
        .collect()
}

/// A signature is a few kilobytes; one of megabytes is a mistake.
const MOST_SIGNATURE_BYTES: usize = 16 << 20;

/// Whether a signature can be stored.
pub(super) fn fits(mark: &MarkId, signature: &NewSignature) -> Result<(), Fault> {
    if signature.bytes.len() > MOST_SIGNATURE_BYTES {
        return Err(crate::engine::ports::StoreError::TooLarge {
            what: format!("mark {mark}: signature {}", signature.version),
            limit: MOST_SIGNATURE_BYTES as u64,
            got: signature.bytes.len() as u64,
        }
        .into());
    }
    if signature.version.0.trim().is_empty() {
        return Err(Fault::invalid(format!("mark {mark}: signature version"), "expected text, got nothing"));
    }
    Ok(())
}

/// Inserts marks; says whether any was new. A known identifier must be the same preparation.
pub(super) fn insert(tx: &Connection, marks: &[Encoded<'_>]) -> Result<bool, Fault> {
    let mut any = false;
    for Encoded { record, bytes, signatures } in marks {
        if let Some(stored) = documents::find::<MarkRecord>(tx, "mark", record.id.as_str())? {
            if stored.acquisition != record.acquisition {
                return Err(Fault::conflict(
                    "mark",
                    &record.id,
                    "acquisition",
                    &stored.acquisition,
                    &record.acquisition,
                ));
            }
            if stored.parameters != record.parameters {
                return Err(Fault::conflict("mark", &record.id, "parameters", stored.parameters, record.parameters));
            }
            continue;
        }
        any = true;
        tx.prepare_cached(
            "INSERT INTO mark (id, acquisition, region, modality, parameters, suitable, document)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            record.id.as_str(),
            record.acquisition.as_str(),
            region_word(record.region),
            modality_word(record.modality),
            record.parameters.0,
            record.quality.suitability == Suitability::Suitable,
            documents::write::<MarkRecord>("mark", record)?
        ])?;
        let sequence = tx.last_insert_rowid();
        if let Some((digest, bytes)) = bytes {
            tx.prepare_cached(
                "INSERT INTO mark_bytes (mark, sha256, encoding, length, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![sequence, digest.0, bytes.encoding, bytes.length, bytes.bytes])?;
        }
        for signature in *signatures {
            put_signature(tx, sequence, signature)?;
        }
    }
    Ok(any)
}

/// Adds or replaces a signature of a mark known by its place in the order of entry.
pub(super) fn put_signature(tx: &Connection, sequence: i64, signature: &NewSignature) -> Result<Put, Fault> {
    let version = &signature.version.0;
    let digest = Digest::of(&signature.bytes);
    let stored: Option<[u8; 32]> = tx
        .prepare_cached("SELECT sha256 FROM signature WHERE version = ?1 AND mark = ?2")?
        .query_row(params![version, sequence], |row| row.get(0))
        .optional()?;
    let put = match stored {
        Some(stored) if stored == digest.0 => return Ok(Put::Unchanged),
        Some(_) => Put::Changed,
        None => Put::New,
    };
    tx.prepare_cached(
        "INSERT INTO signature (version, mark, sha256, bytes) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (version, mark) DO UPDATE SET sha256 = excluded.sha256, bytes = excluded.bytes",
    )?
    .execute(params![version, sequence, digest.0, signature.bytes])?;
    Ok(put)
}

/// The place of a mark in the order of entry.
pub(super) fn sequence_of(tx: &Connection, id: &MarkId) -> Result<i64, Fault> {
    tx.prepare_cached("SELECT sequence FROM mark WHERE id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| Fault::not_found("mark", id))
}

/// The generation of the set of marks.
pub(super) fn generation(tx: &Connection) -> Result<u64, Fault> {
    let generation: i64 = tx.prepare_cached("SELECT generation FROM gallery")?.query_row([], |row| row.get(0))?;
    Ok(generation.unsigned_abs())
}

/// The set of marks or signatures has changed.
pub(super) fn next_generation(tx: &Connection) -> Result<u64, Fault> {
    tx.prepare_cached("UPDATE gallery SET generation = generation + 1")?.execute([])?;
    generation(tx)
}

/// The generation of the last change to what was searchable before.
pub(super) fn rewritten(tx: &Connection) -> Result<u64, Fault> {
    let generation: i64 = tx.prepare_cached("SELECT rewritten FROM gallery")?.query_row([], |row| row.get(0))?;
    Ok(generation.unsigned_abs())
}

/// The generation of the last expungement.
pub(super) fn expunged(tx: &Connection) -> Result<u64, Fault> {
    let generation: i64 = tx.prepare_cached("SELECT expunged FROM gallery")?.query_row([], |row| row.get(0))?;
    Ok(generation.unsigned_abs())
}

/// Whether traces of what was expunged may still lie in the file.
pub(super) fn unscrubbed(tx: &Connection) -> Result<bool, Fault> {
    Ok(tx.prepare_cached("SELECT expunged > scrubbed FROM gallery")?.query_row([], |row| row.get(0))?)
}

/// Something that was searchable before has changed: a new generation, and nothing built from an earlier one can be extended.
pub(super) fn rewrite(tx: &Connection) -> Result<u64, Fault> {
    tx.prepare_cached("UPDATE gallery SET generation = generation + 1, rewritten = generation + 1")?.execute([])?;
    generation(tx)
}

/// Encoded bytes of a mark.
pub(super) fn bytes(tx: &Connection, id: &MarkId) -> Result<Vec<u8>, Fault> {
    let sequence = sequence_of(tx, id)?;
    let row = tx
        .prepare_cached("SELECT sha256, encoding, length, bytes FROM mark_bytes WHERE mark = ?1")?
        .query_row([sequence], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let (digest, encoding, length, bytes) = row.ok_or_else(|| Fault::not_found("mark", format!("{id} (its bytes)")))?;
    blob::decode(&format!("mark {id}"), &encoding, length, bytes, Digest(digest))
}

/// Whether the bytes of marks, by their places in the order of entry, are kept. So it says of a mark that is gone, which whoever reads it is told.
pub(super) fn have_bytes(tx: &Connection, marks: &[u64]) -> Result<Vec<bool>, Fault> {
    let mut kept = tx.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM mark_bytes WHERE mark = ?1) OR NOT EXISTS (SELECT 1 FROM mark WHERE sequence = ?1)",
    )?;
    let place = |mark: u64| i64::try_from(mark).unwrap_or(i64::MAX);
    marks.iter().map(|mark| Ok(kept.query_row([place(*mark)], |row| row.get(0))?)).collect()
}

/// The signature of a mark.
pub(super) fn signature(tx: &Connection, id: &MarkId, version: &SignatureVersion) -> Result<Vec<u8>, Fault> {
    let sequence = sequence_of(tx, id)?;
    let row: Option<([u8; 32], Vec<u8>)> = tx
        .prepare_cached("SELECT sha256, bytes FROM signature WHERE version = ?1 AND mark = ?2")?
        .query_row(params![version.0, sequence], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (digest, bytes) = row.ok_or_else(|| Fault::not_found("signature", format!("{version} of mark {id}")))?;
    whole(format!("signature {version} of mark {id}"), &bytes, Digest(digest))?;
    Ok(bytes)
}

/// What a filter asks about each mark.
const CONTEXT: &str =
    "m.document, m.sequence, s.id, s.exhibit, e.kind, e.incident, e.firearm, s.calibre, a.received_us";
/// Where it comes from.
const JOINED: &str = "mark m JOIN acquisition a ON a.id = m.acquisition
    JOIN specimen s ON s.id = a.specimen JOIN exhibit e ON e.id = s.exhibit";
/// The same of a few specimens: from them to their marks. Left to itself the planner goes through all suitable marks of the gallery to find those of one case.
const JOINED_OF_CASES: &str =
    "specimen s CROSS JOIN exhibit e ON e.id = s.exhibit CROSS JOIN acquisition a ON a.specimen = s.id
    CROSS JOIN mark m INDEXED BY mark_acquisition ON m.acquisition = a.id";

/// What a filter is asked of.
fn joined(filter: &MarkFilter) -> &'static str {
    if filter.specimen.is_some() || filter.exhibit.is_some() { JOINED_OF_CASES } else { JOINED }
}

fn context(row: &Row<'_>) -> Result<MarkContext, Fault> {
    let sequence: i64 = row.get(1)?;
    let received: i64 = row.get(8)?;
    let kind: String = row.get(4)?;
    Ok(MarkContext {
        mark: documents::read(format_args!("mark at {sequence}"), &row.get::<_, String>(0)?)?,
        sequence: sequence.unsigned_abs(),
        specimen: SpecimenId::new(row.get::<_, String>(2)?),
        exhibit: ExhibitId::new(row.get::<_, String>(3)?),
        kind: if kind == "evidence" { ExhibitKind::Evidence } else { ExhibitKind::TestFire },
        incident: row.get::<_, Option<String>>(5)?.map(IncidentId::new),
        firearm: row.get::<_, Option<String>>(6)?.map(FirearmId::new),
        calibre: row.get(7)?,
        received: Timestamp::from_microsecond(received)
            .map_err(|e| Fault::Damaged(format!("mark at {sequence}: received: {e}")))?,
    })
}

/// What filters ask of an incident's document.
#[derive(Deserialize)]
struct OfIncident {
    country: Option<String>,
    state: Option<String>,
    agency: Option<String>,
    date: Option<PartialDate>,
}

/// What filters ask of a specimen's document.
#[derive(Deserialize)]
struct OfSpecimen {
    firing_pin_shape: Option<FiringPinShape>,
}

/// A column of text as it lies there, without a copy.
fn text_at<'a>(row: &'a Row<'_>, at: usize) -> Result<Option<&'a str>, Fault> {
    Ok(row.get_ref(at)?.as_str_or_null().map_err(rusqlite::Error::from)?)
}

/// What is known of the case of a mark: columns after those of the context and the bytes.
fn facts(row: &Row<'_>, context: &MarkContext) -> Result<Facts, Fault> {
    let specimen = text_at(row, 10)?;
    let incident = text_at(row, 11)?;
    let specimen: Option<OfSpecimen> =
        specimen.map(|text| documents::read(format_args!("specimen {}", context.specimen), text)).transpose()?;
    let incident: Option<OfIncident> =
        incident.map(|text| documents::read(format_args!("incident of {}", context.exhibit), text)).transpose()?;
    let firing_pin = specimen.and_then(|s| s.firing_pin_shape);
    Ok(match incident {
        Some(OfIncident { country, state, agency, date }) => Facts { country, state, agency, date, firing_pin },
        None => Facts { firing_pin, ..Facts::default() },
    })
}

/// The conditions of a filter with their values.
fn conditions(filter: &MarkFilter) -> (String, Vec<Box<dyn ToSql>>) {
    let mut text = String::from("1");
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut and = |condition: &str, value: Box<dyn ToSql>| {
        values.push(value);
        text.push_str(&format!(" AND {condition} ?{}", values.len()));
    };
    if let Some(region) = filter.region {
        and("m.region =", Box::new(region_word(region)));
    }
    if let Some(modality) = filter.modality {
        and("m.modality =", Box::new(modality_word(modality)));
    }
    if let Some(parameters) = filter.parameters {
        and("m.parameters =", Box::new(parameters.0));
    }
    if filter.suitable_only {
        and("m.suitable =", Box::new(1i64));
    }
    if let Some(exhibit) = &filter.exhibit {
        and("s.exhibit =", Box::new(exhibit.as_str().to_owned()));
    }
    if let Some(specimen) = &filter.specimen {
        and("s.id =", Box::new(specimen.as_str().to_owned()));
    }
    if let Some(kind) = filter.kind {
        and("e.kind =", Box::new(entry::kind_word(kind)));
    }
    if let Some(since) = filter.since {
        and("a.received_us >=", Box::new(since.as_microsecond()));
    }
    if let Some(after) = filter.after {
        and("m.sequence >", Box::new(i64::try_from(after).unwrap_or(i64::MAX)));
    }
    if filter.with_bytes {
        text.push_str(" AND EXISTS (SELECT 1 FROM mark_bytes b WHERE b.mark = m.sequence)");
    }
    (text, values)
}

/// One mark.
pub(super) fn one(tx: &Connection, id: &MarkId) -> Result<MarkContext, Fault> {
    let mut statement = tx.prepare_cached(&format!("SELECT {CONTEXT} FROM {JOINED} WHERE m.id = ?1"))?;
    let mut rows = statement.query([id.as_str()])?;
    match rows.next()? {
        Some(row) => context(row),
        None => Err(Fault::not_found("mark", id)),
    }
}

/// The marks that pass a filter.
pub(super) fn list(tx: &Connection, filter: &MarkFilter) -> Result<Vec<MarkContext>, Fault> {
    let (conditions, values) = conditions(filter);
    let query = format!("SELECT {CONTEXT} FROM {} WHERE {conditions} ORDER BY m.sequence", joined(filter));
    let mut statement = tx.prepare_cached(&query)?;
    let mut rows = statement.query(params_from_iter(values.iter().map(AsRef::as_ref)))?;
    let mut marks = Vec::new();
    while let Some(row) = rows.next()? {
        marks.push(context(row)?);
    }
    Ok(marks)
}

/// How many marks pass a filter; from an index alone where the filter asks nothing of exhibits.
pub(super) fn count(tx: &Connection, filter: &MarkFilter) -> Result<u64, Fault> {
    let (conditions, values) = conditions(filter);
    let of_cases =
        filter.exhibit.is_some() || filter.specimen.is_some() || filter.kind.is_some() || filter.since.is_some();
    let from = if of_cases { joined(filter) } else { "mark m" };
    let mut statement = tx.prepare_cached(&format!("SELECT count(*) FROM {from} WHERE {conditions}"))?;
    let count: i64 = statement.query_row(params_from_iter(values.iter().map(AsRef::as_ref)), |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// How many acquisitions have marks of other preparations that pass a filter, and none of the preparation that it asks for, suitable or not.
pub(super) fn unprepared(tx: &Connection, filter: &MarkFilter) -> Result<u64, Fault> {
    let Some(parameters) = filter.parameters else {
        return Err(Fault::invalid("preparation", "expected one to count without, got none"));
    };
    let any = MarkFilter { parameters: None, ..filter.clone() };
    // From the index alone in a gallery of one preparation, as nearly every one is.
    if count(tx, &any)? == count(tx, filter)? {
        return Ok(0);
    }
    let (conditions, mut values) = conditions(&any);
    values.push(Box::new(parameters.0));
    let own = values.len();
    let query = format!(
        "SELECT count(DISTINCT m.acquisition) FROM {} WHERE {conditions} AND m.parameters <> ?{own}
         AND NOT EXISTS (SELECT 1 FROM mark o WHERE o.acquisition = m.acquisition AND o.region = m.region
                         AND o.modality = m.modality AND o.parameters = ?{own})",
        joined(&any)
    );
    let mut statement = tx.prepare_cached(&query)?;
    let count: i64 = statement.query_row(params_from_iter(values.iter().map(AsRef::as_ref)), |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// The marks that pass a filter and have no signature of a version.
pub(super) fn unsigned(tx: &Connection, version: &SignatureVersion, filter: &MarkFilter) -> Result<Vec<MarkId>, Fault> {
    let (conditions, mut values) = conditions(filter);
    values.push(Box::new(version.0.clone()));
    let query = format!(
        "SELECT m.id FROM {} WHERE {conditions}
         AND NOT EXISTS (SELECT 1 FROM signature g WHERE g.version = ?{} AND g.mark = m.sequence) ORDER BY m.sequence",
        joined(filter),
        values.len()
    );
    let mut statement = tx.prepare_cached(&query)?;
    let rows =
        statement.query_map(params_from_iter(values.iter().map(AsRef::as_ref)), |row| row.get::<_, String>(0))?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().map(MarkId::new).collect())
}

/// The walk over signatures, in the order of its index: sorting would gather every signature in memory first.
pub(super) fn visit_query(version: &SignatureVersion, filter: &MarkFilter) -> (String, Vec<Box<dyn ToSql>>) {
    let (conditions, mut values) = conditions(filter);
    values.push(Box::new(version.0.clone()));
    let version_at = values.len();
    values.push(Box::new(filter.after.map_or(0, |after| i64::try_from(after).unwrap_or(i64::MAX))));
    let query = format!(
        "SELECT {CONTEXT}, g.bytes, s.document, i.document FROM {JOINED} JOIN signature g ON g.mark = m.sequence
         LEFT JOIN incident i ON i.id = e.incident
         WHERE {conditions} AND g.version = ?{version_at} AND g.mark > ?{} ORDER BY g.mark",
        values.len()
    );
    (query, values)
}

/// Walks the signatures of one version.
pub(super) fn visit_signatures(
    tx: &Connection,
    version: &SignatureVersion,
    filter: &MarkFilter,
    visit: &mut dyn FnMut(SignatureRow) -> ControlFlow<()>,
) -> Result<u64, Fault> {
    let (query, values) = visit_query(version, filter);
    let generation = generation(tx)?;
    let mut statement = tx.prepare_cached(&query)?;
    let mut rows = statement.query(params_from_iter(values.iter().map(AsRef::as_ref)))?;
    while let Some(row) = rows.next()? {
        let context = context(row)?;
        let facts = facts(row, &context)?;
        if visit(SignatureRow { context, facts, bytes: row.get(9)? }).is_break() {
            break;
        }
    }
    Ok(generation)
}

fn whole(what: String, bytes: &[u8], expected: Digest) -> Result<(), Fault> {
    let found = Digest::of(bytes);
    if found == expected {
        return Ok(());
    }
    Err(Fault::Damaged(format!("{what}: expected SHA-256 {expected}, got {found}")))
}

/// Checks every mark's document and bytes, and every signature; gives the number of marks.
pub(super) fn check(tx: &Connection) -> Result<u64, Fault> {
    let ids = list(tx, &MarkFilter::default())?;
    let mut statement = tx.prepare("SELECT mark, sha256, encoding, length, bytes FROM mark_bytes")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (sequence, encoding): (i64, String) = (row.get(0)?, row.get(2)?);
        blob::decode(&format!("mark at {sequence}"), &encoding, row.get(3)?, row.get(4)?, Digest(row.get(1)?))?;
    }
    let mut statement = tx.prepare("SELECT version, mark, sha256, bytes FROM signature")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (version, sequence, bytes): (String, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(3)?);
        whole(format!("signature {version} of the mark at {sequence}"), &bytes, Digest(row.get(2)?))?;
    }
    Ok(ids.len() as u64)
}

fn modality_word(modality: Modality) -> &'static str {
    match modality {
        Modality::Heights => "heights",
        Modality::Reflectance => "reflectance",
    }
}
