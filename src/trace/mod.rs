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

pub mod analysis;
pub mod catalogue;
pub mod conflict;
pub mod custody;
pub mod description;
pub mod graph;
pub mod import;
pub mod indicators;
pub mod linkage;
pub mod personal;
pub mod pseudonym;
pub mod record;
pub mod register;
pub mod serial;
pub mod stored;
pub mod text;
pub mod transaction;
pub mod version;
pub mod vocabulary;
pub mod wording;

pub use crate::date::{DaySpan, PartialDate};
pub use personal::{Personal, Purpose};
pub use record::{Disposition, Ffl, FirearmRecord, PartyName, Place, Source, TraceRecord};
pub use register::{CustodyRecord, TestFireRecord};
pub use serial::Serial;
pub use stored::{StoredTrace, Written};
pub use transaction::TransactionRecord;
pub use vocabulary::{CloseReason, DispositionKind, FirearmType, SerialState, TraceStatus};
pub use wording::Wording;

use crate::language::Language;

/// Why a file cannot be read as a table of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What is wrong with it.
    pub problem: Wording,
    /// What this software can read.
    pub expected: Wording,
    /// What was there.
    pub got: Wording,
}

/// What can go wrong in this room, with whose fault it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The file cannot be read as a table of records at all.
    #[error("{file}: {}; expected {}, got {}", .why.problem.en, .why.expected.en, .why.got.en)]
    File {
        /// Name of the file as the person knows it.
        file: String,
        /// Why not. Boxed, because errors travel in every result and three sentences in two languages are large.
        why: Box<Unreadable>,
    },
    /// A mapping profile does not hold together.
    #[error("profile {file}: {}", .problem.en)]
    Profile {
        /// Its file.
        file: String,
        /// What is wrong with it.
        problem: Wording,
    },
    /// What was asked of own transactions cannot be answered.
    #[error("{}", .said.en)]
    Search {
        /// Why, with what would be needed.
        said: Wording,
    },
    /// The order of day and month cannot be read off a column, and nobody has stated it.
    #[error(
        "{file}: column \"{column}\" may be day/month or month/day (no value has a day above 12, see row {row}); \
         state the order with --dates day-first or --dates month-first, or with a profile"
    )]
    AmbiguousDates {
        /// Name of the file.
        file: String,
        /// Header of the column as it stands in the file.
        column: String,
        /// Row of the first date that reads both ways.
        row: u64,
    },
    /// A column holds dates that are only possible day first and others that are only possible month first.
    #[error(
        "{file}: column \"{column}\" holds day/month dates (row {day_row}) and month/day dates (row {month_row}); \
         correct the file, or state the order (--dates) and the other rows are refused"
    )]
    MixedDates {
        /// Name of the file.
        file: String,
        /// Header of the column as it stands in the file.
        column: String,
        /// Row of a date with the day first.
        day_row: u64,
        /// Row of a date with the month first.
        month_row: u64,
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
    /// Weights cannot be learned from records that state so little.
    #[error(
        "expectation and maximisation needs records of which both sides state at least {fewest} fields, here are: {got}; pairs of one \
         firearm and neighbouring ones look alike otherwise. Learn by counts over decided pairs (--by counts)"
    )]
    Untold {
        /// Fields that are needed.
        fewest: usize,
        /// Fields that are stated.
        got: String,
    },
    /// The records do not tell pairs of one firearm from neighbours.
    #[error(
        "the records do not tell pairs of one firearm from neighbouring ones: {found} pairs would be taken for one firearm where the \
         weights in use expect {expected}; nothing was learned. Learn by counts over decided pairs (--by counts)"
    )]
    Neighbours {
        /// Pairs that would be taken for one firearm.
        found: u64,
        /// Pairs that the weights in use expect.
        expected: u64,
    },
    /// A catalogue of makers, calibres or types does not hold together.
    #[error("catalogue {catalogue}: {}", .problem.en)]
    Catalogue {
        /// Which catalogue.
        catalogue: String,
        /// What is wrong with it.
        problem: Wording,
    },
}

impl TraceError {
    /// The message in the reader's language; English is the same as `Display`.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        if language == Language::En {
            return self.to_string();
        }
        match self {
            Self::File { file, why } => {
                format!("{file}: {}; se esperaba {}, se encontró {}", why.problem.es, why.expected.es, why.got.es)
            }
            Self::Profile { file, problem } => format!("perfil {file}: {}", problem.es),
            Self::Search { said } => said.es.clone(),
            Self::AmbiguousDates { file, column, row } => format!(
                "{file}: la columna «{column}» puede ser día/mes o mes/día (ningún valor tiene un día mayor que 12, vea la fila {row}); \
                 indique el orden con --dates day-first o --dates month-first, o con un perfil"
            ),
            Self::MixedDates { file, column, day_row, month_row } => format!(
                "{file}: la columna «{column}» mezcla fechas día/mes (fila {day_row}) y mes/día (fila {month_row}); \
                 corrija el archivo o indique el orden (--dates) y las demás filas se rechazan"
            ),
            Self::Value { field, expected, got } => format!("{field}: se esperaba {expected}, se encontró «{got}»"),
            Self::Untold { fewest, got } => format!(
                "la esperanza y maximización necesita registros en que ambos lados indiquen al menos {fewest} campos, aquí son: {got}; de \
                 otro modo los pares de una misma arma y los de armas contiguas se ven igual. Aprenda por conteo de pares decididos \
                 (--by counts)"
            ),
            Self::Neighbours { found, expected } => format!(
                "los registros no distinguen los pares de una misma arma de los de armas contiguas: se tomarían {found} pares por una \
                 misma arma donde los pesos en uso esperan {expected}; no se aprendió nada. Aprenda por conteo de pares decididos \
                 (--by counts)"
            ),
            Self::Catalogue { catalogue, problem } => format!("catálogo {catalogue}: {}", problem.es),
        }
    }
}
