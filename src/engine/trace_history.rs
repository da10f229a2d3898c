//! The versions of a trace record, and the provenance of each of its fields: version, file, row and column.

use super::error::EngineError;
use super::ports::{ImportedFile, Store};
use crate::ids::{Digest, TraceId};
use crate::trace::import::Field;
use crate::trace::version::{FieldChange, FieldValue, diff, fields};
use crate::trace::wording::Wording;
use crate::trace::{Purpose, Source};
use jiff::Timestamp;
use serde::Serialize;

/// One version of a trace.
#[derive(Debug, Clone, Serialize)]
pub struct Version {
    /// Its number, from 1.
    pub version: u32,
    /// Digest of what it states.
    pub content: Digest,
    /// When it was imported.
    pub imported: Timestamp,
    /// Where it came from.
    pub source: Option<Source>,
    /// What it says otherwise than the version before; personal values masked.
    pub changes: Vec<FieldChange>,
}

/// A field as the newest version states it, and where that came from.
#[derive(Debug, Clone, Serialize)]
pub struct Provenance {
    /// Path of the field.
    pub field: String,
    /// Its name for people.
    pub name: Wording,
    /// Its value; masked where personal and no purpose was stated.
    pub value: String,
    /// The first version since which it says so without a break.
    pub version: u32,
    /// The file.
    pub file: Option<String>,
    /// SHA-256 of the file.
    pub sha256: Option<Digest>,
    /// Row of the file.
    pub row: Option<u64>,
    /// Header of the column.
    pub column: Option<String>,
}

/// Everything that is known of how a trace came to say what it says.
#[derive(Debug, Clone, Serialize)]
pub struct History {
    /// The trace.
    pub trace: TraceId,
    /// Its versions, the first first.
    pub versions: Vec<Version>,
    /// The fields of the newest, ascending by path.
    pub fields: Vec<Provenance>,
}

/// The history of a trace. The caller logs the purpose as one audited look.
///
/// # Errors
/// Those of the store.
pub fn history(store: &dyn Store, trace: &TraceId, purpose: Option<&Purpose>) -> Result<History, EngineError> {
    let kept = store.trace(trace)?;
    let files = store.imported_files()?;
    let mut versions = Vec::with_capacity(kept.len());
    // Of each field the value, the version since which it stands, and where that version came from.
    let mut standing: Vec<(FieldValue, u32, Option<Source>)> = Vec::new();
    for (at, version) in kept.iter().enumerate() {
        let changes = at.checked_sub(1).map(|before| diff(&kept[before].record, &version.record)).unwrap_or_default();
        versions.push(Version {
            version: version.version,
            content: version.content,
            imported: version.imported,
            source: version.record.source.clone(),
            changes,
        });
        let said = fields(&version.record);
        standing = said
            .into_iter()
            .map(|field| {
                let before = standing.iter().find(|(known, _, _)| known.same(&field)).cloned();
                before.unwrap_or_else(|| (field, version.version, version.record.source.clone()))
            })
            .collect();
    }
    let fields =
        standing.into_iter().map(|(field, since, source)| told(&field, since, source, &files, purpose)).collect();
    Ok(History { trace: trace.clone(), versions, fields })
}

fn told(
    field: &FieldValue,
    version: u32,
    source: Option<Source>,
    files: &[ImportedFile],
    purpose: Option<&Purpose>,
) -> Provenance {
    let column = source.as_ref().and_then(|s| files.iter().find(|f| f.sha256 == s.sha256)).and_then(|file| {
        let path = field.path.as_str();
        if let Some(header) = path.strip_prefix("extra.") {
            return Some(header.to_owned());
        }
        let wanted = column_of(path)?;
        file.mapping.iter().find(|c| c.field.as_ref() == Some(&wanted)).map(|c| c.header.clone())
    });
    Provenance {
        field: field.path.clone(),
        name: field.name.clone(),
        value: field.shown(purpose),
        version,
        row: source.as_ref().and_then(|s| s.row_of(&field.path)),
        sha256: source.as_ref().map(|s| s.sha256),
        file: source.map(|s| s.file),
        column,
    }
}

/// The column that gives a field.
fn column_of(path: &str) -> Option<Field> {
    let parts: Vec<&str> = path.split('.').collect();
    match parts[..] {
        ["recovered_at", "city"] => Some(Field::RecoveryCity),
        ["recovered_at", "state"] => Some(Field::RecoveryState),
        ["recovered_at", "country"] => Some(Field::RecoveryCountry),
        ["dispositions", _, "kind"] => Some(Field::DispositionKind),
        ["dispositions", _, "name", ..] => Some(Field::DispositionName),
        ["dispositions", _, "ffl"] => Some(Field::Ffl),
        ["dispositions", _, "date"] => Some(Field::DispositionDate),
        ["dispositions", _, "place", "city"] => Some(Field::DispositionCity),
        ["dispositions", _, "place", "state"] => Some(Field::DispositionState),
        ["dispositions", _, "place", "country"] => Some(Field::DispositionCountry),
        ["stated_time_to_crime_days"] => Some(Field::TimeToCrime),
        [head, ..] => Field::from_code(head),
        [] => None,
    }
}
