//! How a command ends when it does not end well: one table from faults to exit codes.

use crate::engine::error::{EngineError, Fault};
use crate::language::Language;
use std::path::Path;

/// Why a command did not end well.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A use case failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Standard output, or a file, could not be written or read.
    #[error("{place}: cannot {doing}: {source}")]
    Io {
        /// File or stream.
        place: String,
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Part of a batch failed; the rest was done and the table of failures printed.
    #[error("{failed} of {all} could not be used; the others were done")]
    Part {
        /// How many failed.
        failed: usize,
        /// Of how many.
        all: usize,
    },
    /// A replay of an evidence bundle did not come out equal; what differs was shown.
    #[error("lead {0}: the replay differs from the bundle")]
    Differs(String),
    /// An accuracy gate failed.
    #[error("accuracy gate: {0}")]
    Gate(String),
    /// An argument that clap cannot check.
    #[error("{what}: expected {expected}, got {got}")]
    Usage {
        /// The argument.
        what: String,
        /// What would do.
        expected: String,
        /// What was given.
        got: String,
    },
}

impl From<crate::engine::ports::StoreError> for Failure {
    fn from(error: crate::engine::ports::StoreError) -> Self {
        Failure::Engine(error.into())
    }
}

impl From<crate::casework::CaseworkError> for Failure {
    fn from(error: crate::casework::CaseworkError) -> Self {
        Failure::Engine(error.into())
    }
}

impl From<std::io::Error> for Failure {
    fn from(source: std::io::Error) -> Self {
        Failure::Io { place: "standard output".to_owned(), doing: "write", source }
    }
}

impl Failure {
    /// The exit code, as the help states it.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Engine(error) => match error.fault() {
                Fault::Input => 3,
                Fault::Gallery => 5,
                Fault::Internal => 1,
                Fault::Stopped => 130,
            },
            // Who reads through a pipe may stop reading: that is no fault.
            Failure::Io { source, .. } if source.kind() == std::io::ErrorKind::BrokenPipe => 0,
            Failure::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => 3,
            Failure::Io { .. } => 1,
            Failure::Part { .. } => 3,
            Failure::Gate(_) | Failure::Differs(_) => 4,
            Failure::Usage { .. } => 2,
        }
    }

    /// The message in a person's language.
    #[must_use]
    pub fn say(&self, language: Language) -> String {
        match self {
            Failure::Engine(error) => error.say(language),
            Failure::Part { failed, all } => {
                let could = if *failed == 1 { "no se pudo usar" } else { "no se pudieron usar" };
                language.pick(self.to_string(), format!("{failed} de {all} {could}; lo demás se hizo"))
            }
            Failure::Usage { what, expected, got } => {
                language.pick(self.to_string(), format!("{what}: se esperaba {expected}, se recibió {got}"))
            }
            Failure::Differs(lead) => {
                language.pick(self.to_string(), format!("pista {lead}: la repetición difiere del paquete"))
            }
            other => other.to_string(),
        }
    }
}

/// Reads a whole file, at most `most` bytes.
///
/// # Errors
/// [`Failure::Io`]; [`EngineError::Input`] for a larger file.
pub fn read_file(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let fault = |source| Failure::Io { place: path.display().to_string(), doing: "read", source };
    let file = std::fs::File::open(path).map_err(fault)?;
    let size = file.metadata().map_err(fault)?.len();
    let too_large = |got: u64| {
        Failure::Engine(EngineError::Input {
            what: format!("{}: size", path.display()),
            expected: format!("at most {most} bytes"),
            got: got.to_string(),
        })
    };
    if size > most {
        return Err(too_large(size));
    }
    let mut bytes = Vec::new();
    // A file may grow while it is read, and a pipe has no size: the limit holds all the same.
    file.take(most + 1).read_to_end(&mut bytes).map_err(fault)?;
    if bytes.len() as u64 > most { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
}

/// Writes a whole file: beside it first, then renamed, so that no half-written file is ever seen.
///
/// # Errors
/// [`Failure::Io`].
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    use std::io::Write as _;
    let fault = |source| Failure::Io { place: path.display().to_string(), doing: "write", source };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(fault)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fault)?;
    file.write_all(bytes).map_err(fault)?;
    file.as_file().sync_all().map_err(fault)?;
    // Temporary files are private to their maker; what is kept gets the usual permissions.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644)).map_err(fault)?;
    }
    file.persist(path).map_err(|e| fault(e.error))?;
    Ok(())
}

/// Writes a value as indented JSON, the way of [`write_file`].
///
/// # Errors
/// [`Failure::Io`].
pub fn write_json<T: serde::Serialize>(path: &Path, value: &T) -> Result<(), Failure> {
    let bytes = serde_json::to_vec_pretty(value).map_err(|e| Failure::Io {
        place: path.display().to_string(),
        doing: "write",
        source: e.into(),
    })?;
    write_file(path, &bytes)
}
