//! Firearm trace records: import, linkage, chain of sale, the link graph.
//!
//! A case from a scene has no serial number. The only path from it to a trace record is
//!
//! ```text
//! scene case --(ballistic lead or hit)-- test fire --(custody)-- firearm --(record link)-- trace record
//! ```
//!
//! and every edge of it keeps its own kind, status, confidence and author: never one blended percentage. A trace may be
//! inherited along a lead only as unconfirmed, and it disappears when the lead is excluded.
//!
//! There is no published export format of eTrace, and none is claimed here: files come in through a mapping of columns
//! that people can read and correct. Names of people are [`Personal`]: masked wherever people read, shown only for a stated
//! [`Purpose`], stored only through [`StoredTrace`].

pub mod date;
pub mod personal;
pub mod record;
pub mod serial;
mod text;
pub mod vocabulary;

pub use date::{DaySpan, PartialDate};
pub use personal::{Personal, Purpose};
pub use record::{Disposition, Ffl, FirearmRecord, PartyName, Place, Source, StoredFirearm, StoredTrace, TraceRecord};
pub use serial::Serial;
pub use vocabulary::{CloseReason, DispositionKind, FirearmType, SerialState, TraceStatus};

/// What can go wrong in this room, with whose fault it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The file cannot be read as a table of records at all.
    #[error("{file}: {problem}; expected {expected}, got {got}")]
    File {
        /// Name of the file as the person knows it.
        file: String,
        /// What is wrong with it.
        problem: String,
        /// What this software can read.
        expected: String,
        /// What was there.
        got: String,
    },
    /// The order of day and month cannot be read off a column, and nobody has stated it.
    #[error(
        "{file}: column \"{column}\" may be day/month or month/day (no value has a day above 12); \
         state the order of the dates (dmy or mdy)"
    )]
    AmbiguousDates {
        /// Name of the file.
        file: String,
        /// Header of the column as it stands in the file.
        column: String,
    },
    /// A value given by the caller is unusable.
    #[error("{field}: expected {expected}, got \"{got}\"")]
    Value {
        /// The name of the value.
        field: &'static str,
        /// What would have been accepted.
        expected: String,
        /// What was given.
        got: String,
    },
    /// A catalogue of makers, calibres or types does not hold together.
    #[error("catalogue {catalogue}: {problem}")]
    Catalogue {
        /// Which catalogue.
        catalogue: String,
        /// What is wrong with it.
        problem: String,
    },
}
