//! Every constant of the preparation of photographs, with unit, reason and source.

use crate::mark::MarkError;
use crate::mark::parameters::within;
use serde::{Deserialize, Serialize};

/// Parameters of the outline and the flattening of photographs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoParameters {
    /// Coarsest pitch at which the light is flattened, um; finer pictures are averaged down to it. 7.5: a quarter of the shortest wave that is kept.
    pub work_pitch_um: f64,
    /// Least and greatest radius of the flat part of a primer, um. Small primers (4.45 mm, SAAMI) have about 1,830, large ones (5.33 mm) about 2,270; what was
    /// pressed hard reaches the edge of the pocket.
    pub face_radius_um: (f64, f64),
    /// Width left out inside the outer edge of the flat, um: the bright burr where the cup begins to round off.
    pub edge_margin_um: f64,
    /// Width left out outside the edge of the firing-pin aperture, um: flow-back leans over it and shines.
    pub aperture_margin_um: f64,
    /// Confidence below which no breech face counts as found, 0 to 1.
    pub least_confidence: f64,
    /// Luminance added before the logarithm is taken, so that the noise of black pixels does not grow without bound.
    pub floor: f64,
    /// Width of the rings whose means are the circular symmetry, um.
    pub ring_um: f64,
    /// Standard deviation of the smoothing of those means along the radius, um.
    pub ring_smoothing_um: f64,
    /// Reflectance further than this many robust standard deviations from the mean is cut to it: flecks saturate the camera, and how far means nothing.
    pub clip_sd: f64,
}

impl Default for PhotoParameters {
    fn default() -> Self {
        Self {
            work_pitch_um: 7.5,
            face_radius_um: (1_200.0, 2_700.0),
            edge_margin_um: 60.0,
            aperture_margin_um: 90.0,
            least_confidence: 0.35,
            floor: 0.05,
            ring_um: 15.0,
            ring_smoothing_um: 30.0,
            clip_sd: 2.5,
        }
    }
}

impl PhotoParameters {
    /// Checks every range.
    ///
    /// # Errors
    /// [`MarkError::Parameter`] names the first field out of its range.
    pub fn validate(&self) -> Result<(), MarkError> {
        within("photo.work_pitch_um", self.work_pitch_um, 1.0, 100.0, "1 to 100 um")?;
        within("photo.face_radius_um.0", self.face_radius_um.0, 100.0, 10_000.0, "100 to 10000 um")?;
        within("photo.face_radius_um.1", self.face_radius_um.1, self.face_radius_um.0, 10_000.0, "up to 10000 um")?;
        within("photo.edge_margin_um", self.edge_margin_um, 0.0, 1_000.0, "0 to 1000 um")?;
        within("photo.aperture_margin_um", self.aperture_margin_um, 0.0, 1_000.0, "0 to 1000 um")?;
        within("photo.least_confidence", self.least_confidence, 0.0, 1.0, "0 to 1")?;
        within("photo.floor", self.floor, 1e-6, 1.0, "1e-6 to 1")?;
        within("photo.ring_um", self.ring_um, 1.0, 1_000.0, "1 to 1000 um")?;
        within("photo.ring_smoothing_um", self.ring_smoothing_um, 0.0, 10_000.0, "0 to 10000 um")?;
        within("photo.clip_sd", self.clip_sd, 0.5, 1e6, "0.5 to 1e6")
    }
}
