//! What storage refuses, or fails to do.

use crate::casework::{BrokenChain, CaseworkError};
use crate::language::Language;

/// What storage refuses, or fails to do. `Display` is English; [`StoreError::say`] speaks both languages.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The place is not a gallery.
    #[error("{place} is not a gallery: {found}")]
    NotAGallery {
        /// The folder or file.
        place: String,
        /// What is there instead.
        found: String,
    },
    /// A later brasslink has written the gallery.
    #[error(
        "gallery {place} has schema version {found}, this brasslink reads up to {supported}: use a later brasslink; nothing was changed"
    )]
    NewerSchema {
        /// The gallery.
        place: String,
        /// Version found.
        found: i64,
        /// Latest version known here.
        supported: i64,
    },
    /// The database is not what was once written.
    #[error("gallery {place} is damaged: {what}")]
    Damaged {
        /// The gallery.
        place: String,
        /// What was found, and where.
        what: String,
    },
    /// The audit log is not what was once written.
    #[error("gallery {place}: {broken}")]
    BrokenChain {
        /// The gallery.
        place: String,
        /// The first event that is wrong.
        broken: BrokenChain,
    },
    /// Another process is writing.
    #[error(
        "gallery {place} is in use: another process has been writing to it for more than {waited_s:.1} s; try again when it has ended"
    )]
    Busy {
        /// The gallery.
        place: String,
        /// How long was waited, seconds.
        waited_s: f64,
    },
    /// What is given contradicts what is stored.
    #[error("{kind} {id}: {field} is stored as {stored}, got {given}; nothing was changed")]
    Conflict {
        /// `incident`, `exhibit`, `specimen`, ...
        kind: &'static str,
        /// Its identifier.
        id: String,
        /// The field.
        field: String,
        /// The stored value.
        stored: String,
        /// The given value.
        given: String,
    },
    /// There is no such thing.
    #[error("{kind} {id} is not in the gallery")]
    NotFound {
        /// `incident`, `exhibit`, `specimen`, ...
        kind: &'static str,
        /// Its identifier.
        id: String,
    },
    /// Somebody else has changed it since it was read.
    #[error("{kind} {id} has changed since it was read: {what}; read it again")]
    Stale {
        /// `lead`.
        kind: &'static str,
        /// Its identifier.
        id: String,
        /// What has changed.
        what: String,
    },
    /// What is given cannot be.
    #[error("{what}: {why}")]
    Invalid {
        /// What was given.
        what: String,
        /// Why it cannot be.
        why: String,
    },
    /// A value over the limit.
    #[error("{what}: expected at most {limit} bytes, got {got}")]
    TooLarge {
        /// What was given.
        what: String,
        /// The limit, bytes.
        limit: u64,
        /// Its size, bytes.
        got: u64,
    },
    /// The operating system refused.
    #[error("{place}: cannot {doing}: {source}")]
    Io {
        /// The folder or file.
        place: String,
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database refused for a reason of its own.
    #[error("gallery {place}: cannot {doing}: {message}")]
    Backend {
        /// The gallery.
        place: String,
        /// What was tried.
        doing: String,
        /// What it said.
        message: String,
    },
}

impl From<CaseworkError> for StoreError {
    fn from(error: CaseworkError) -> Self {
        StoreError::Invalid { what: "casework".to_owned(), why: error.to_string() }
    }
}

impl StoreError {
    /// The message in a person's language.
    #[must_use]
    pub fn say(&self, language: Language) -> String {
        let spanish = match self {
            StoreError::NotAGallery { place, found } => format!("{place} no es una galería: {found}"),
            StoreError::NewerSchema { place, found, supported } => format!(
                "la galería {place} tiene la versión de esquema {found}; este brasslink lee hasta la {supported}: use un brasslink posterior; no se cambió nada"
            ),
            StoreError::Damaged { place, what } => format!("la galería {place} está dañada: {what}"),
            StoreError::BrokenChain { place, broken } => {
                format!("galería {place}: registro de auditoría roto en el evento {}: {}", broken.sequence, broken.what)
            }
            StoreError::Busy { place, waited_s } => format!(
                "la galería {place} está en uso: otro proceso lleva más de {waited_s:.1} s escribiendo en ella; intente de nuevo cuando termine"
            ),
            StoreError::Conflict { kind, id, field, stored, given } => format!(
                "{} {id}: {field} está guardado como {stored}, se recibió {given}; no se cambió nada",
                kind_in_spanish(kind)
            ),
            StoreError::NotFound { kind, id } => format!("{} {id} no está en la galería", kind_in_spanish(kind)),
            StoreError::Stale { kind, id, what } => {
                format!("{} {id} cambió después de leerse: {what}; vuelva a leer", kind_in_spanish(kind))
            }
            StoreError::Invalid { what, why } => format!("{what}: {why}"),
            StoreError::TooLarge { what, limit, got } => {
                format!("{what}: se esperaban como máximo {limit} bytes, se recibieron {got}")
            }
            StoreError::Io { place, doing, source } => format!("{place}: no se pudo ({doing}): {source}"),
            StoreError::Backend { place, doing, message } => {
                format!("galería {place}: no se pudo ({doing}): {message}")
            }
        };
        language.pick(self.to_string(), spanish)
    }
}

fn kind_in_spanish(kind: &str) -> &str {
    match kind {
        "incident" => "incidente",
        "exhibit" => "indicio",
        "specimen" => "espécimen",
        "acquisition" => "adquisición",
        "mark" => "marca",
        "signature" => "firma",
        "correlation" => "correlación",
        "lead" => "pista",
        "trace" => "rastreo",
        "firearm" => "arma",
        "check standard" => "patrón de control",
        "control flag" => "aviso de control",
        "outlines" => "contornos",
        other => other,
    }
}
