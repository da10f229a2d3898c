//! Marks from reflectance photographs under a ring light.
//!
//! ```text
//! luminance of the whole head of a case
//!    |  circles by the votes of edges, closed paths along them    circles, contour, outline
//!    |  what light and lens did is taken off                      illumination
//!    v
//! reflectance of the breech face, nothing outside it              then as heights: bands, erosion, centre
//! ```
//!
//! Under a ring light the brightness of a place tells how steep it is and hardly which way it faces, so that it neither turns with the case nor can be
//! compared with heights.

mod circles;
mod contour;
mod illumination;
mod outline;
mod parameters;
mod pitch;

pub use contour::Contour;
pub use outline::{PhotoOutline, Reason, Ring, find};
pub use parameters::PhotoParameters;
pub use pitch::{EstimatedPitch, Primer, estimate};

use super::prepare::{check, tell, to_mark, unsuitable};
use super::{Mark, MarkError, Modality, PrepareParameters, Suitability};
use crate::geometry::{Circle, Point};
use crate::grid::HeightMap;
use crate::language::Language;
use crate::workings::{Item, Workings};
use ndarray::Array2;

/// Prepares a mark from the luminance (0 to 1, missing points count as black) of a whole photograph at a known pitch.
///
/// The breech face is found, see [`find`]; its light is flattened as D. Tai and W. F. Eddy, "A fully automatic method for comparing cartridge case images"
/// (J. Forensic Sci. 63, 2018) do; and what is left goes through the bands that heights go through. A picture in which no breech face is found gives an
/// unsuitable mark with the reason. Workings: `photo.outline`, `photo.flattened`, and those of [`super::prepare()`].
///
/// Gives what was found in the photograph, or why nothing was, beside the mark.
///
/// # Errors
/// A pitch that is no length, a picture larger than 50 mm, a parameter out of its range.
pub fn prepare_photo(
    luminance: &HeightMap,
    parameters: &PrepareParameters,
    photo: &PhotoParameters,
    workings: &mut dyn Workings,
) -> Result<(Result<PhotoOutline, Reason>, Mark), MarkError> {
    parameters.validate()?;
    check(luminance)?;
    tell(workings, "photo.input", luminance);
    let outline = match find(luminance, photo) {
        Ok(outline) => outline,
        Err(reason) => return Ok((Err(reason), unsuitable(because(reason), parameters, Modality::Reflectance))),
    };
    if workings.listening() {
        workings.take("photo.outline", Item::Facts(serde_json::json!(outline)));
    }
    let mut face = at_work_pitch(luminance, photo);
    outline.cut(&mut face, photo);
    let mark = flattened(face, outline.face.circle.centre, parameters, photo, workings);
    Ok((Ok(outline), mark))
}

/// The same where a person drew the breech face: `face` gives which points of a grid (rows, columns, pitch in um) about the middle of the photograph lie
/// on it. Nothing is sought, and no margin is left out beside what was drawn.
///
/// # Errors
/// As [`prepare_photo`].
pub fn prepare_drawn(
    luminance: &HeightMap,
    face: &dyn Fn(usize, usize, f64) -> Array2<bool>,
    parameters: &PrepareParameters,
    photo: &PhotoParameters,
    workings: &mut dyn Workings,
) -> Result<Mark, MarkError> {
    parameters.validate()?;
    check(luminance)?;
    tell(workings, "photo.input", luminance);
    let mut map = at_work_pitch(luminance, photo);
    let inside = face(map.rows(), map.columns(), map.pitch_um);
    let mut ends: Vec<Point> = Vec::new();
    for ((row, line), z) in inside.rows().into_iter().enumerate().zip(map.z.rows_mut()) {
        let columns = line.iter().position(|inside| *inside).into_iter().chain(line.iter().rposition(|inside| *inside));
        ends.extend(columns.map(|column| {
            let along = |k: usize, points: usize| (k as f64 - (points as f64 - 1.0) / 2.0) * map.pitch_um;
            Point::new(along(column, inside.ncols()), along(row, inside.nrows()))
        }));
        ndarray::Zip::from(z).and(line).for_each(|z, inside| {
            if !inside {
                *z = f32::NAN;
            }
        });
    }
    let centre = Circle::around(&ends).map_or(Point::default(), |circle| circle.centre);
    Ok(flattened(map, centre, parameters, photo, workings))
}

/// The luminance at the pitch at which light is flattened.
fn at_work_pitch(luminance: &HeightMap, photo: &PhotoParameters) -> HeightMap {
    coarser(luminance, ((photo.work_pitch_um / luminance.pitch_um).floor() as usize).max(1))
}

/// The mark of a cut-out face about its centre.
fn flattened(
    mut face: HeightMap,
    centre: Point,
    parameters: &PrepareParameters,
    photo: &PhotoParameters,
    workings: &mut dyn Workings,
) -> Mark {
    illumination::flatten(&mut face, centre, photo);
    tell(workings, "photo.flattened", &face);
    to_mark(&face, parameters, Modality::Reflectance, workings)
}

/// Why a photograph gives no mark, as a result.
fn because(reason: Reason) -> Suitability {
    Suitability::Unsuitable {
        code: reason.code().to_owned(),
        english: reason.words(Language::En).to_owned(),
        spanish: reason.words(Language::Es).to_owned(),
    }
}

/// Means of blocks of `times` x `times` pixels about the same centre; a block with any missing pixel takes it as black.
fn coarser(map: &HeightMap, times: usize) -> HeightMap {
    if times < 2 {
        return HeightMap { z: map.z.mapv(|v| if v.is_finite() { v } else { 0.0 }), pitch_um: map.pitch_um };
    }
    let (rows, columns) = (map.rows() / times, map.columns() / times);
    // What does not fill a block is left out on both sides alike, or the centre would move.
    let (top, left) = ((map.rows() - rows * times) / 2, (map.columns() - columns * times) / 2);
    let mut z = Array2::<f32>::zeros((rows, columns));
    for ((row, column), mean) in z.indexed_iter_mut() {
        let (r, c) = (top + row * times, left + column * times);
        let block = map.z.slice(ndarray::s![r..r + times, c..c + times]);
        let sum: f32 = block.iter().map(|v| if v.is_finite() { *v } else { 0.0 }).sum();
        *mean = sum / (times * times) as f32;
    }
    HeightMap { z, pitch_um: map.pitch_um * times as f64 }
}

#[cfg(test)]
mod tests;
