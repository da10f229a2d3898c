//! Relief: the acquisition of a specimen as a person looks at it, levelled and in the frame of its mark.

use super::Context;
use super::error::EngineError;
use super::outline::{received_map, stored_face};
use super::ports::{Acquisition, StoreError};
use crate::dsp::level::{self, FormKind};
use crate::geometry::Point;
use crate::grid::HeightMap;
use crate::ids::SpecimenId;
use crate::mark::Modality;

/// An acquisition as it was received, levelled to its breech face.
#[derive(Debug, Clone)]
pub struct Relief {
    /// Heights, um, or luminance of a photograph; everything the instrument saw, flow-back and firing-pin hole included.
    pub map: HeightMap,
    /// How imaged.
    pub modality: Modality,
    /// The origin of the breech-face mark in the frame of `map`, um.
    pub origin: Point,
}

/// The newest acquisition of a specimen.
///
/// # Errors
/// An unknown specimen, or one that was never imaged.
pub fn newest_acquisition(context: &Context<'_>, specimen: &SpecimenId) -> Result<Acquisition, EngineError> {
    let specimen = context.store.specimen(specimen)?.id;
    let newest = context.store.acquisitions(Some(&specimen))?.pop();
    newest.ok_or_else(|| StoreError::NotFound { kind: "acquisition of specimen", id: specimen.to_string() }.into())
}

/// The newest acquisition of a specimen, levelled to the plane of its breech face.
///
/// # Errors
/// As [`newest_acquisition`]; those of decoding and preparing.
pub fn relief(context: &Context<'_>, specimen: &SpecimenId) -> Result<Relief, EngineError> {
    let acquisition = newest_acquisition(context, specimen)?;
    let (mut map, modality) = received_map(context, &acquisition)?;
    if modality == Modality::Reflectance {
        return Ok(Relief { map, modality, origin: Point::new(0.0, 0.0) });
    }
    let face = stored_face(context, &acquisition, &map)?;
    if let Some(form) = level::fit(&face, FormKind::Plane) {
        form.remove_from(&mut map);
    }
    let origin = crate::mark::origin_of(&face, &context.parameters.prepare).unwrap_or(Point::new(0.0, 0.0));
    Ok(Relief { map, modality, origin })
}
