//! Import of trace records and of the registers beside them from tables as agencies in the United States and Mexico write
//! them: CSV, XLSX, JSON.
//!
//! ```text
//! bytes --table--> rows of cells --sheet--> header, mapping of columns --rows, values--> records, rejects, notes
//! ```
//!
//! A bad row is refused with its number and the reason, and the good ones load; a column that no mapping knows is reported
//! and kept. Nothing is guessed that a person could mean otherwise: an order of day and month that the column does not
//! show must be stated.

mod dictionary;
mod fields;
mod firearms;
mod header;
mod profile;
mod registers;
mod rejects;
mod rows;
mod sheet;
mod table;
mod traces;
mod values;
mod weeding;

pub use dictionary::Dictionary;
pub use fields::{Field, TableKind};
pub use profile::{MOST_PROFILE_BYTES, Profile};
pub use rejects::{Received, Reject, rejects_csv};
pub use values::DayOrder;

use super::wording::Wording;
use super::{CustodyRecord, FirearmRecord, TestFireRecord, TraceError, TraceRecord, TransactionRecord};
use crate::ids::Digest;
use serde::{Deserialize, Serialize};
use sheet::Sheet;
use std::collections::BTreeMap;

/// What the importer is told beside the bytes.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Name of the file, for messages and the source of each record.
    pub file: String,
    /// Order of day and month for columns that do not show it.
    pub day_order: Option<DayOrder>,
    /// Century of years written with two digits, such as 20; without one, and without one of a profile, they are refused.
    pub century: Option<i16>,
    /// Field of a column by its header as it stands in the file, where a person overrules the dictionary; `None` keeps
    /// the column as an extra one.
    pub columns: BTreeMap<String, Option<Field>>,
    /// Headers and words; the embedded ones when absent.
    pub dictionary: Option<Dictionary>,
    /// The profile that a person named.
    pub profile: Option<Profile>,
    /// Profiles that may be detected by their headers where none was named.
    pub profiles: Vec<Profile>,
    /// Which table the file holds, where a person says so.
    pub table: Option<TableKind>,
    /// Which sheet of a workbook, where a person says so.
    pub sheet: Option<String>,
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
    /// The file, and of a workbook from which several sheets are read also the sheet.
    pub file: String,
    /// Other sheets that have the same header; each is read by its name.
    pub alike: Vec<String>,
    /// Which table it was.
    pub kind: TableKind,
    /// The profile that was used, where one was named or detected.
    pub profile: Option<String>,
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
    /// The rejected rows as they were received.
    #[serde(skip)]
    pub received: Received,
}

/// What a column was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnMapping {
    /// Header as it stands in the file.
    pub header: String,
    /// Field, or `None` for a column that is kept under its header.
    pub field: Option<Field>,
    /// The field that an earlier column gives already, where this one is a second one of it.
    #[serde(default)]
    pub second_of: Option<Field>,
    /// Order of day and month, where the column is one of dates that needed it.
    pub day_order: Option<DayOrder>,
    /// Whether the column is not read at all.
    #[serde(default)]
    pub ignored: bool,
    /// Some of its values; masked where they may name a person.
    #[serde(default)]
    pub samples: Vec<String>,
}

impl ColumnMapping {
    fn of(header: &str) -> Self {
        Self {
            header: header.to_owned(),
            field: None,
            second_of: None,
            day_order: None,
            ignored: false,
            samples: Vec::new(),
        }
    }
}

/// Something decided on the way, or to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Row, where it concerns one.
    pub row: Option<u64>,
    /// The sentence.
    pub text: Wording,
}

impl<R> ImportOutcome<R> {
    fn of(sheet: Sheet, rows: &[table::TableRow], records: Vec<R>, rejects: Vec<Reject>) -> Self {
        Self {
            file: sheet.file.clone(),
            alike: sheet.alike.clone(),
            kind: sheet.kind,
            profile: sheet.profile.clone(),
            received: sheet.received(rejects.iter().map(|r| r.row), rows),
            records,
            rejects,
            mapping: sheet.mapping,
            notes: sheet.notes,
            rows: rows.len() as u64,
            sha256: sheet.sha256,
        }
    }

    /// The records apart from all else.
    fn parted(mut self) -> (Vec<R>, ImportOutcome<()>) {
        let records = std::mem::take(&mut self.records);
        let Self { file, alike, kind, profile, rejects, mapping, notes, rows, sha256, received, .. } = self;
        let apart = Vec::new();
        (
            records,
            ImportOutcome {
                file,
                alike,
                kind,
                profile,
                records: apart,
                rejects,
                mapping,
                notes,
                rows,
                sha256,
                received,
            },
        )
    }
}

/// The records of one table.
#[derive(Debug, Clone, PartialEq)]
pub enum Records {
    /// Trace records.
    Traces(Vec<TraceRecord>),
    /// The laboratory's register of firearms.
    Firearms(Vec<FirearmRecord>),
    /// Which specimen was fired from which firearm.
    TestFires(Vec<TestFireRecord>),
    /// Who handed which item to whom.
    Custody(Vec<CustodyRecord>),
    /// Who sold which firearm to whom.
    Transactions(Vec<TransactionRecord>),
}

/// Imports a table of whichever kind its header says, or the options state: one row a record, but for traces, whose rows
/// repeat for further steps of the chain of sale.
///
/// # Errors
/// [`TraceError::File`] where the bytes are no table with the columns that some kind needs;
/// [`TraceError::AmbiguousDates`] and [`TraceError::MixedDates`] where the order of day and month must be stated;
/// [`TraceError::Profile`] for a profile that does not hold together.
pub fn import_table(bytes: &[u8], options: &ImportOptions) -> Result<(Records, ImportOutcome<()>), TraceError> {
    let sheet = Sheet::open(bytes, options, None)?;
    Ok(match sheet.kind {
        TableKind::Traces => {
            let (records, outcome) = traces::assemble(sheet).parted();
            (Records::Traces(records), outcome)
        }
        TableKind::Firearms => {
            let (records, outcome) = firearms::assemble(sheet).parted();
            (Records::Firearms(records), outcome)
        }
        TableKind::TestFires => {
            let (records, outcome) = registers::test_fires(sheet).parted();
            (Records::TestFires(records), outcome)
        }
        TableKind::Custody => {
            let (records, outcome) = registers::custody(sheet).parted();
            (Records::Custody(records), outcome)
        }
        TableKind::Transactions => {
            let (records, outcome) = registers::transactions(sheet).parted();
            (Records::Transactions(records), outcome)
        }
    })
}

/// Imports trace records: one row a trace, repeated for further steps of its chain of sale.
///
/// # Errors
/// As [`import_table`].
pub fn import_traces(bytes: &[u8], options: &ImportOptions) -> Result<ImportOutcome<TraceRecord>, TraceError> {
    Ok(traces::assemble(Sheet::open(bytes, options, Some(TableKind::Traces))?))
}

/// Imports the laboratory's register of firearms: one row a firearm.
///
/// # Errors
/// As [`import_table`].
pub fn import_firearms(bytes: &[u8], options: &ImportOptions) -> Result<ImportOutcome<FirearmRecord>, TraceError> {
    Ok(firearms::assemble(Sheet::open(bytes, options, Some(TableKind::Firearms))?))
}

#[cfg(test)]
mod tests;
