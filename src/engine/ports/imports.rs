//! Records of imported tables on their way into storage.

use crate::ids::Digest;
use crate::trace::import::{ColumnMapping, TableKind};
use crate::trace::{CustodyRecord, FirearmRecord, TestFireRecord, TraceRecord, TransactionRecord};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Records of one table.
#[derive(Debug, Clone, Copy)]
pub enum RecordBatch<'a> {
    /// Trace records.
    Traces(&'a [TraceRecord]),
    /// The laboratory's register of firearms.
    Firearms(&'a [FirearmRecord]),
    /// Which specimen was fired from which firearm.
    TestFires(&'a [TestFireRecord]),
    /// Who handed which item to whom.
    Custody(&'a [CustodyRecord]),
    /// Who sold which firearm to whom.
    Transactions(&'a [TransactionRecord]),
}

/// A file that records came from, with what each of its columns was taken for: together with file and row of a record, the
/// provenance of each of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedFile {
    /// Name of the file as the person knew it.
    pub file: String,
    /// SHA-256 of its bytes as received.
    pub sha256: Digest,
    /// What it held.
    pub kind: TableKind,
    /// The profile that was used.
    pub profile: Option<String>,
    /// What each column was taken for, without samples.
    pub mapping: Vec<ColumnMapping>,
    /// Rows below the header that have content.
    pub rows: u64,
    /// When.
    pub imported: Timestamp,
    /// Who imported it.
    pub by: String,
}
