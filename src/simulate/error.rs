//! What can go wrong in this room.

use crate::surface::SurfaceError;

/// Finest pitch that is rendered, um; finer ones would show nothing that a primer takes up.
pub const FINEST_PITCH_UM: f64 = 1.5;
/// Coarsest pitch that is rendered, um.
pub const COARSEST_PITCH_UM: f64 = 100.0;

/// An error of the generator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// A parameter is out of its bounds.
    #[error("{name}: expected {low} to {high}, got {got}")]
    Parameter {
        /// Name of the parameter.
        name: &'static str,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
        /// What was given.
        got: f64,
    },
    /// A simulated scan or photograph could not be encoded.
    #[error("encoding a simulated acquisition: {0}")]
    Encode(#[from] SurfaceError),
    /// A simulated photograph could not be encoded.
    #[error("encoding a simulated photograph: {0}")]
    Picture(#[from] image::ImageError),
    /// The manifest could not be written.
    #[error("writing the manifest of the fixtures: {0}")]
    Manifest(#[from] serde_json::Error),
}

/// Refuses a value out of its bounds, and one that is not a number.
pub(super) fn within(name: &'static str, got: f64, low: f64, high: f64) -> Result<(), SimulateError> {
    if got >= low && got <= high { Ok(()) } else { Err(SimulateError::Parameter { name, low, high, got }) }
}
