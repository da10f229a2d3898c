//! Specimens in rows, joined in the database so that a page costs the same in a gallery of any size.

use super::documents;
use super::fault::Fault;
use crate::casework::{Exhibit, Incident, Specimen};
use crate::engine::ports::{Cases, SpecimenRow, SpecimenRows};
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

/// Columns of a row; what follows says which. Specimens come first and marks by their acquisition: left to itself the planner looks through all marks
/// of the gallery for each row (`CROSS JOIN` and the pluses are SQLite's ways to say so).
const COLUMNS: &str = "
SELECT s.document, e.document, i.document,
    (SELECT count(*) FROM acquisition a WHERE a.specimen = s.id),
    (SELECT max(a.received_us) FROM acquisition a WHERE a.specimen = s.id),
    (SELECT count(*) FROM acquisition a CROSS JOIN mark m ON m.acquisition = a.id
        WHERE a.specimen = s.id AND +m.suitable = 1 AND +m.region = 'breech_face'),
    EXISTS (SELECT 1 FROM acquisition a CROSS JOIN mark m ON m.acquisition = a.id CROSS JOIN correlation c ON c.query = m.sequence
        WHERE a.specimen = s.id),
    (SELECT m.modality FROM acquisition a CROSS JOIN mark m ON m.acquisition = a.id WHERE a.specimen = s.id ORDER BY m.sequence DESC LIMIT 1)
FROM specimen s CROSS JOIN exhibit e ON e.id = s.exhibit LEFT JOIN incident i ON i.id = e.incident";

/// The rows that are asked for.
pub(super) fn specimens(tx: &Connection, which: SpecimenRows<'_>) -> Result<Vec<SpecimenRow>, Fault> {
    match which {
        SpecimenRows::Page { after, containing, limit } => {
            let sql = format!(
                "{COLUMNS} WHERE s.id > ?1 AND (?2 = '' OR instr(lower(s.id), ?2) OR instr(lower(s.exhibit), ?2)
                   OR instr(lower(coalesce(e.incident, e.firearm, '')), ?2)) ORDER BY s.id LIMIT ?3"
            );
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut statement = tx.prepare_cached(&sql)?;
            let rows = statement.query_map(params![after, containing.to_lowercase(), limit], |row| Ok(read(row)))?;
            rows.map(|row| row?).collect()
        }
        SpecimenRows::These(ids) => {
            let mut statement = tx.prepare_cached(&format!("{COLUMNS} WHERE s.id = ?1"))?;
            let mut rows = Vec::with_capacity(ids.len());
            for id in ids {
                let found = statement.query_map([id.as_str()], |row| Ok(read(row)))?;
                for row in found {
                    rows.push(row??);
                }
            }
            rows.sort_by(|a: &SpecimenRow, b| a.id.cmp(&b.id));
            rows.dedup_by(|a, b| a.id == b.id);
            Ok(rows)
        }
    }
}

/// The exhibits of tied cases, whole incidents at a time. Each branch begins with the smaller table and goes to the larger by its key.
const TIED: &str = "
WITH tied (exhibit) AS MATERIALIZED (
    SELECT s.exhibit FROM lead l CROSS JOIN specimen s ON s.id = l.first
    UNION SELECT s.exhibit FROM lead l CROSS JOIN specimen s ON s.id = l.second
    UNION SELECT id FROM exhibit WHERE firearm IS NOT NULL
    UNION SELECT s.exhibit FROM register_record r CROSS JOIN specimen s ON s.id = r.id WHERE r.kind = 'test_fire'
    UNION SELECT s.exhibit FROM register_record r CROSS JOIN specimen s ON s.id = r.search WHERE r.kind = 'custody'
), whole (exhibit) AS MATERIALIZED (
    SELECT exhibit FROM tied
    UNION SELECT other.id FROM tied CROSS JOIN exhibit e ON e.id = tied.exhibit CROSS JOIN exhibit other ON other.incident = e.incident
)";

/// The cases that something ties, with their exhibits and incidents.
pub(super) fn tied(tx: &Connection) -> Result<Cases, Fault> {
    let exhibits =
        format!("{TIED} SELECT e.document FROM whole CROSS JOIN exhibit e ON e.id = whole.exhibit ORDER BY e.id");
    let specimens =
        format!("{TIED} SELECT s.document FROM whole CROSS JOIN specimen s ON s.exhibit = whole.exhibit ORDER BY s.id");
    let incidents = format!(
        "{TIED} SELECT i.document FROM (SELECT DISTINCT e.incident FROM whole CROSS JOIN exhibit e ON e.id = whole.exhibit) named
           CROSS JOIN incident i ON i.id = named.incident ORDER BY i.id"
    );
    Ok(Cases {
        incidents: documents::list(tx, "incident", &incidents, &[])?,
        exhibits: documents::list(tx, "exhibit", &exhibits, &[])?,
        specimens: documents::list(tx, "specimen", &specimens, &[])?,
    })
}

fn read(row: &Row<'_>) -> Result<SpecimenRow, Fault> {
    let specimen: Specimen = documents::read("specimen", &row.get::<_, String>(0)?)?;
    let exhibit: Exhibit = documents::read("exhibit", &row.get::<_, String>(1)?)?;
    let incident: Option<String> = row.get(2)?;
    let incident: Option<Incident> = incident.map(|text| documents::read("incident", &text)).transpose()?;
    let entered: Option<i64> = row.get(4)?;
    let count = |column: usize| row.get::<_, i64>(column).map(i64::unsigned_abs);
    Ok(SpecimenRow {
        kind: exhibit.origin.kind(),
        incident: exhibit.origin.incident().cloned(),
        firearm: exhibit.origin.firearm().cloned(),
        date: incident.as_ref().and_then(|i| i.date),
        country: incident.as_ref().and_then(|i| i.country.clone()),
        state: incident.as_ref().and_then(|i| i.state.clone()),
        place: incident.and_then(|i| i.place),
        calibre: specimen.calibre,
        acquisitions: count(3)?,
        marks: count(5)?,
        correlated: row.get(6)?,
        modality: row
            .get::<_, Option<String>>(7)?
            .map(|word| documents::read("modality", &format!("\"{word}\"")))
            .transpose()?,
        entered: entered.and_then(|us| Timestamp::from_microsecond(us).ok()),
        id: specimen.id,
        exhibit: exhibit.id,
    })
}
