//! What can go wrong while a mark is prepared or read back.

/// Errors of this room; whether a mark is good enough to compare is a result ([`super::Suitability`]), not an error.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MarkError {
    /// The map's pitch is not a length.
    #[error("pitch_um: expected a positive number, got {got}")]
    Pitch {
        /// What the map says.
        got: f64,
    },
    /// The map is too large to be one cartridge case.
    #[error("side of the map: expected at most {most_um} um, got {got_um} um")]
    Extent {
        /// Longest side allowed, um.
        most_um: f64,
        /// Longer side of the map, um.
        got_um: f64,
    },
    /// A parameter is out of its range.
    #[error("parameter {field}: expected {expected}, got {got}")]
    Parameter {
        /// Name of the field.
        field: &'static str,
        /// Its range in words.
        expected: &'static str,
        /// Its value.
        got: String,
    },
    /// Stored bytes are not a mark.
    #[error("stored mark, {field}: expected {expected}, got {got}")]
    Format {
        /// Which part of the format.
        field: &'static str,
        /// What should stand there.
        expected: String,
        /// What does.
        got: String,
    },
    /// A photograph cannot be prepared.
    #[error("photograph, {field}: expected {expected}, got {got}")]
    Photo {
        /// Which property.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
}
