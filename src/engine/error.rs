//! What can go wrong in a use case, and whose fault it is.

use super::manifest::ManifestError;
use super::ports::StoreError;
use super::recall::RecallError;
use crate::casework::CaseworkError;
use crate::compare::ModelError;
use crate::compare::calibrate::CalibrateError;
use crate::compare::kinds::MarkModelsError;
use crate::index::IndexError;
use crate::language::Language;
use crate::mark::MarkError;
use crate::signature::SignatureError;
use crate::surface::SurfaceError;
use crate::trace::TraceError;
use crate::trace::wording::Wording;

/// What can go wrong in a use case.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A file could not be decoded.
    #[error(transparent)]
    Surface(#[from] SurfaceError),
    /// A mark could not be prepared or read back.
    #[error(transparent)]
    Mark(#[from] MarkError),
    /// A signature could not be read back.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The candidate index refused.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The model of the comparison could not be read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The models of the kinds of marks do not go together.
    #[error(transparent)]
    MarkModels(#[from] MarkModelsError),
    /// Measured recalls could not be read.
    #[error(transparent)]
    Recall(#[from] RecallError),
    /// No model could be fitted.
    #[error(transparent)]
    Calibrate(#[from] CalibrateError),
    /// Storage refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A rule of casework.
    #[error(transparent)]
    Casework(#[from] CaseworkError),
    /// The manifest could not be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Trace records could not be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A file, row or identifier that a person gave.
    #[error("{what}: expected {expected}, got {got}")]
    Input {
        /// File and field, or the identifier.
        what: String,
        /// What would do.
        expected: String,
        /// What was given.
        got: String,
    },
    /// A file that a person gave, with a sentence in both languages: what a library said of it stands in parentheses.
    #[error("{}", .0.en)]
    Told(Wording),
    /// A mark of which nothing but a signature is kept, where the mark itself is needed.
    #[error("{what} holds only a signature: searches pass over it, and it can be neither compared nor asked with")]
    SignatureOnly {
        /// The mark, specimen or exhibit.
        what: String,
    },
    /// The person asked to stop; what was done is kept.
    #[error("stopped on request; what was done is kept, the same command goes on from there")]
    Stopped,
}

/// Whose fault an error is: one table for exit codes now and for HTTP statuses later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// What was given cannot be used.
    Input,
    /// The gallery is in use, damaged, or none.
    Gallery,
    /// brasslink or the machine.
    Internal,
    /// Nobody's: it was stopped.
    Stopped,
}

impl EngineError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            EngineError::Surface(_)
            | EngineError::Mark(_)
            | EngineError::Calibrate(_)
            | EngineError::Casework(_)
            | EngineError::Manifest(_)
            | EngineError::Trace(_)
            | EngineError::SignatureOnly { .. }
            | EngineError::Told(_)
            | EngineError::Input { .. } => Fault::Input,
            EngineError::Store(error) => match error {
                StoreError::Conflict { .. }
                | StoreError::NotFound { .. }
                | StoreError::Stale { .. }
                | StoreError::Invalid { .. }
                | StoreError::TooLarge { .. } => Fault::Input,
                StoreError::NotAGallery { .. }
                | StoreError::NewerSchema { .. }
                | StoreError::Damaged { .. }
                | StoreError::BrokenChain { .. }
                | StoreError::Busy { .. } => Fault::Gallery,
                StoreError::Io { .. } | StoreError::Backend { .. } => Fault::Internal,
            },
            EngineError::Signature(_) | EngineError::Index(_) => Fault::Gallery,
            EngineError::Model(_) | EngineError::MarkModels(_) | EngineError::Recall(_) => Fault::Internal,
            EngineError::Stopped => Fault::Stopped,
        }
    }

    /// The message in a person's language, where one exists; otherwise in English.
    #[must_use]
    pub fn say(&self, language: Language) -> String {
        match self {
            EngineError::Store(error) => error.say(language),
            EngineError::Trace(error) => error.message(language),
            EngineError::Casework(error) => error.message(language),
            EngineError::Input { what, expected, got } => {
                language.pick(self.to_string(), format!("{what}: se esperaba {expected}, se recibió {got}"))
            }
            EngineError::Manifest(error) => error.0.pick(language).to_owned(),
            EngineError::Told(said) => said.pick(language).to_owned(),
            EngineError::SignatureOnly { what } => language.pick(
                self.to_string(),
                format!("{what} solo guarda una firma: las búsquedas la pasan por alto, y no se puede comparar ni consultar con ella"),
            ),
            EngineError::Stopped => language.pick(
                self.to_string(),
                "detenido a petición; lo hecho se conserva, la misma orden continúa desde ahí".to_owned(),
            ),
            other => other.to_string(),
        }
    }
}
