//! Import of trace records and firearm registers from CSV as agencies in the United States and Mexico write it.
//!
//! ```text
//! bytes --table--> rows of cells --fields--> mapping of columns --values--> records, rejects, notes
//! ```
//!
//! A bad row is refused with its number and the reason, and the good ones load; a column that no mapping knows is reported
//! and kept. Nothing is guessed that a person could mean otherwise: an order of day and month that the column does not
//! show must be stated.

mod fields;
mod firearms;
mod rows;
mod table;
mod traces;
mod values;

pub use fields::{Dictionary, Field, TableKind};
pub use values::DayOrder;

use super::wording::Wording;
use super::{FirearmRecord, TraceError, TraceRecord};
use crate::ids::Digest;
use crate::language::Language;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the importer is told beside the bytes.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Name of the file, for messages and the source of each record.
    pub file: String,
    /// Order of day and month for columns that do not show it.
    pub day_order: Option<DayOrder>,
    /// Field of a column by its header as it stands in the file, where a person overrules the dictionary; `None` keeps
    /// the column as an extra one.
    pub columns: BTreeMap<String, Option<Field>>,
    /// Headers and words; the embedded ones when absent.
    pub dictionary: Option<Dictionary>,
}

impl ImportOptions {
    /// Options for a file of this name, all else decided from its content.
    #[must_use]
    pub fn named(file: impl Into<String>) -> Self {
        Self { file: file.into(), ..Self::default() }
    }
}

/// What came of an import.
#[derive(Debug, Clone, Serialize)]
pub struct ImportOutcome<R> {
    /// The records that loaded, in the order of their first rows.
    pub records: Vec<R>,
    /// The rows that did not.
    pub rejects: Vec<Reject>,
    /// What each column was taken for.
    pub mapping: Vec<ColumnMapping>,
    /// What was decided on the way and what a person should look at.
    pub notes: Vec<Note>,
    /// Rows below the header that have content.
    pub rows: u64,
    /// Digest of the bytes as received: the same file twice changes nothing.
    pub sha256: Digest,
}

/// A row that did not load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// Row as a spreadsheet counts it.
    pub row: u64,
    /// Field at fault, or `None` for the row as a whole.
    #[serde(default)]
    pub field: Option<Field>,
    /// What would have been accepted.
    pub expected: Wording,
    /// What was there; letters are hidden where the cell might name a person.
    pub got: String,
}

impl Reject {
    /// One line for people.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let field = self.field.as_ref().map_or(language.pick("row", "fila"), |f| f.name(language));
        let (row, expected, got) = (self.row, self.expected.pick(language), &self.got);
        match language {
            Language::En => format!("row {row}, {field}: expected {expected}, got \"{got}\""),
            Language::Es => format!("fila {row}, {field}: se esperaba {expected}, se encontró «{got}»"),
        }
    }
}

/// What a column was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnMapping {
    /// Header as it stands in the file.
    pub header: String,
    /// Field, or `None` for a column that is kept under its header.
    pub field: Option<Field>,
    /// Order of day and month, where the column is one of dates that needed it.
    pub day_order: Option<DayOrder>,
}

/// Something decided on the way, or to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Row, where it concerns one.
    pub row: Option<u64>,
    /// The sentence.
    pub text: Wording,
}

/// Imports trace records: one row a trace, repeated for further steps of its chain of sale.
///
/// # Errors
/// [`TraceError::File`] where the bytes are no table with a column of trace numbers and one of serial numbers;
/// [`TraceError::AmbiguousDates`] and [`TraceError::MixedDates`] where the order of day and month must be stated.
pub fn import_traces(bytes: &[u8], options: &ImportOptions) -> Result<ImportOutcome<TraceRecord>, TraceError> {
    let sheet = rows::Sheet::open(bytes, options, TableKind::Traces)?;
    Ok(traces::assemble(sheet))
}

/// Imports the laboratory's register of firearms: one row a firearm.
///
/// # Errors
/// As [`import_traces`], with a column of firearm numbers in place of trace numbers.
pub fn import_firearms(bytes: &[u8], options: &ImportOptions) -> Result<ImportOutcome<FirearmRecord>, TraceError> {
    let sheet = rows::Sheet::open(bytes, options, TableKind::Firearms)?;
    Ok(firearms::assemble(sheet))
}

/// The rejects as a CSV file that a person corrects: row, field, what was expected, what was there.
#[must_use]
pub fn rejects_csv(rejects: &[Reject], language: Language) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut out = language.pick("row,field,expected,got\n", "fila,campo,esperado,encontrado\n").to_owned();
    for reject in rejects {
        let field = reject.field.as_ref().map_or("", |f| f.name(language));
        let cells = [quoted(field), quoted(reject.expected.pick(language)), quoted(&reject.got)];
        out.push_str(&format!("{},{}\n", reject.row, cells.join(",")));
    }
    out
}

#[cfg(test)]
mod tests;
