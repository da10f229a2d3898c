//! Errors inside a transaction, before they know which gallery they speak of.

use crate::casework::{BrokenChain, CaseworkError};
use crate::engine::ports::StoreError;
use rusqlite::ErrorCode;
use std::time::Duration;

/// An error inside a transaction.
#[derive(Debug)]
pub(super) enum Fault {
    /// What SQLite said.
    Sql(rusqlite::Error),
    /// A refusal that is complete as it is.
    Refused(StoreError),
    /// A row that is not what was once written.
    Damaged(String),
    /// The audit log is not what was once written.
    Chain(BrokenChain),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Fault::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Fault::Refused(error)
    }
}

impl From<CaseworkError> for Fault {
    fn from(error: CaseworkError) -> Self {
        Fault::Refused(error.into())
    }
}

impl From<BrokenChain> for Fault {
    fn from(broken: BrokenChain) -> Self {
        Fault::Chain(broken)
    }
}

impl Fault {
    /// The error as a caller reads it.
    pub(super) fn at(self, place: &str, doing: &str, patience: Duration) -> StoreError {
        let place = place.to_owned();
        match self {
            Fault::Refused(error) => error,
            Fault::Damaged(what) => StoreError::Damaged { place, what },
            Fault::Chain(broken) => StoreError::BrokenChain { place, broken },
            Fault::Sql(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    StoreError::Busy { place, waited_s: patience.as_secs_f64() }
                }
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    StoreError::Damaged { place, what: format!("while trying to {doing}: {error}") }
                }
                _ if matches!(
                    error,
                    rusqlite::Error::FromSqlConversionFailure(..)
                        | rusqlite::Error::InvalidColumnType(..)
                        | rusqlite::Error::IntegralValueOutOfRange(..)
                        | rusqlite::Error::Utf8Error(..)
                ) =>
                {
                    StoreError::Damaged { place, what: format!("while trying to {doing}: {error}") }
                }
                _ => StoreError::Backend { place, doing: doing.to_owned(), message: error.to_string() },
            },
        }
    }

    /// There is no such thing.
    pub(super) fn not_found(kind: &'static str, id: impl std::fmt::Display) -> Self {
        Fault::Refused(StoreError::NotFound { kind, id: id.to_string() })
    }

    /// What is given cannot be.
    pub(super) fn invalid(what: impl Into<String>, why: impl Into<String>) -> Self {
        Fault::Refused(StoreError::Invalid { what: what.into(), why: why.into() })
    }

    /// The gallery holds something else under the same name.
    pub(super) fn conflict(
        kind: &'static str,
        id: impl std::fmt::Display,
        field: &str,
        stored: impl std::fmt::Display,
        given: impl std::fmt::Display,
    ) -> Self {
        Fault::Refused(StoreError::Conflict {
            kind,
            id: id.to_string(),
            field: field.to_owned(),
            stored: stored.to_string(),
            given: given.to_string(),
        })
    }
}
