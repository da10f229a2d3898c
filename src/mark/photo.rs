//! Marks from reflectance photographs: the outline of the breech face in a photograph is not found yet.

use super::{Mark, MarkError, PrepareParameters};
use crate::grid::HeightMap;
use crate::workings::Workings;

/// Prepares a mark from a photograph given as luminance (0 to 1) on a grid, missing points outside the breech face.
///
/// Photographs show the whole head of the case and carry no mask of their own, and no stage finds the breech face in them yet, so this
/// always refuses, saying first what is wrong with the pitch if anything is.
///
/// # Errors
/// [`MarkError::Pitch`] without a positive pitch; else [`MarkError::Photo`]: outlines of photographs are not supported yet.
pub fn prepare_photo(
    luminance: &HeightMap,
    parameters: &PrepareParameters,
    _workings: &mut dyn Workings,
) -> Result<Mark, MarkError> {
    parameters.validate()?;
    super::prepare::check(luminance)?;
    Err(MarkError::Photo {
        field: "outline",
        expected: "a breech face cut out of the picture",
        got: "a whole picture: outlines of photographs are not supported yet".to_owned(),
    })
}
