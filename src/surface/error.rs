//! What can be wrong with a file, in words that name the file, the field, what was expected and what was there.

/// Longest piece of a file's own text that a message quotes, characters.
const QUOTED: usize = 60;

/// Why bytes could not be decoded to a surface or photograph, or a surface not be written.
///
/// Every message reads `FILE: FIELD: expected X, got Y`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SurfaceError {
    /// The bytes are of no format that is read here.
    #[error("{file}: format: expected X3P, PNG, TIFF, BMP or JPEG, got {got}")]
    Format {
        /// Name given by the caller.
        file: String,
        /// What the bytes look like.
        got: String,
    },
    /// A field says something that cannot be, or that contradicts another.
    #[error("{file}: {field}: expected {expected}, got {got}")]
    Field {
        /// Name given by the caller.
        file: String,
        /// Part of the file, such as `Record3/MatrixDimension/SizeX`.
        field: String,
        /// What would have been right.
        expected: String,
        /// What was there.
        got: String,
    },
    /// A stated or found size is above a limit; nothing of that size was allocated.
    #[error("{file}: {field}: expected at most {limit}, got {got} (raise the limit if the file is trusted)")]
    Limit {
        /// Name given by the caller.
        file: String,
        /// Part of the file.
        field: String,
        /// The limit with its unit.
        limit: String,
        /// The size with its unit.
        got: String,
    },
    /// A checksum stated in the file differs from the checksum of what is there.
    #[error(
        "{file}: {field}: expected MD5 {expected}, got {got}; the file was changed or damaged after it was written"
    )]
    Checksum {
        /// Name given by the caller.
        file: String,
        /// Part of the file.
        field: String,
        /// Checksum stated in the file.
        expected: String,
        /// Checksum of the content.
        got: String,
    },
    /// A part of the file ends early or is not well formed.
    #[error("{file}: {field}: expected a readable part, got {got}")]
    Damaged {
        /// Name given by the caller.
        file: String,
        /// Part of the file.
        field: String,
        /// What the reader met.
        got: String,
    },
    /// A surface cannot be written.
    #[error("surface: {field}: expected {expected}, got {got}")]
    Write {
        /// Part of the surface or of the options.
        field: String,
        /// What would have been right.
        expected: String,
        /// What was there.
        got: String,
    },
}

/// Makes errors about one file; keeps the name out of every signature below.
#[derive(Debug, Clone)]
pub(crate) struct Blame {
    file: String,
}

impl Blame {
    pub(crate) fn new(name: &str) -> Self {
        Self { file: quoted(name) }
    }

    pub(crate) fn format(&self, got: impl Into<String>) -> SurfaceError {
        SurfaceError::Format { file: self.file.clone(), got: got.into() }
    }

    pub(crate) fn field(
        &self,
        field: impl Into<String>,
        expected: impl Into<String>,
        got: impl ToString,
    ) -> SurfaceError {
        SurfaceError::Field {
            file: self.file.clone(),
            field: field.into(),
            expected: expected.into(),
            got: quoted(&got.to_string()),
        }
    }

    pub(crate) fn limit(&self, field: impl Into<String>, limit: impl ToString, got: impl ToString) -> SurfaceError {
        SurfaceError::Limit {
            file: self.file.clone(),
            field: field.into(),
            limit: limit.to_string(),
            got: got.to_string(),
        }
    }

    pub(crate) fn checksum(&self, field: impl Into<String>, expected: &str, got: &str) -> SurfaceError {
        SurfaceError::Checksum {
            file: self.file.clone(),
            field: field.into(),
            expected: quoted(expected),
            got: got.to_owned(),
        }
    }

    pub(crate) fn damaged(&self, field: impl Into<String>, got: impl ToString) -> SurfaceError {
        SurfaceError::Damaged { file: self.file.clone(), field: field.into(), got: quoted(&got.to_string()) }
    }
}

/// Text of unknown origin made fit for a message: control characters escaped, long text cut.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == 2 * QUOTED {
            out.push_str("...");
            break;
        }
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_file_field_expected_and_got() {
        let error = Blame::new("a.x3p").field("SizeX", "a whole number above 0", "-3");
        assert_eq!(error.to_string(), "a.x3p: SizeX: expected a whole number above 0, got -3");
    }

    #[test]
    fn quoted_text_is_short_and_without_control_characters() {
        let out = quoted(&"\u{1b}[31mred\n".repeat(1000));
        assert!(out.len() < 1000, "{} bytes", out.len());
        assert!(!out.chars().any(char::is_control));
    }
}
