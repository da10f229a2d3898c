//! A region cut out of an acquisition along its outline.

use super::{Mark, MarkError, PrepareParameters, Region, prepare, prepare_shear};
use crate::geometry::{Circle, Point};
use crate::grid::HeightMap;
use crate::workings::Workings;
use ndarray::{Array2, Zip};

/// A region of an acquisition: a map whose missing points are its outline, and where it lay.
#[derive(Debug, Clone)]
pub struct CutOut {
    /// The points inside the outline, cut to their box; missing outside.
    pub map: HeightMap,
    /// The middle of that box in the acquisition's frame.
    pub origin: Point,
}

impl CutOut {
    /// A place of the acquisition's frame in that of the cut-out map.
    #[must_use]
    pub fn place(&self, p: Point) -> Point {
        Point::new(p.x_um - self.origin.x_um, p.y_um - self.origin.y_um)
    }
}

/// Prepares the mark of one region of a raw acquisition: `map` in um, `mask` (one value a point, same rows and columns) what an outline calls inside, the
/// region that of `parameters` ([`PrepareParameters::of`]).
///
/// `aperture` is the circle of the firing-pin aperture in the acquisition's frame (origin in its middle, um), where it is known: it settles which end of a
/// profile of aperture shear comes first, see [`prepare_shear`]; the other regions do not look at it.
///
/// # Errors
/// A mask of another shape than the map, and those of [`prepare()`].
pub fn prepare_region(
    map: &HeightMap,
    mask: &Array2<bool>,
    aperture: Option<Circle>,
    parameters: &PrepareParameters,
    workings: &mut dyn Workings,
) -> Result<Mark, MarkError> {
    let cut = cut_out(map, mask)?;
    if parameters.region == Region::ApertureShear {
        let hole = aperture.map(|circle| Circle { centre: cut.place(circle.centre), ..circle });
        return prepare_shear(&cut.map, hole, parameters, workings);
    }
    prepare(&cut.map, parameters, workings)
}

/// Cuts the points of `map` out that `mask` (one value a point, same rows and columns) calls inside. A mask without any gives a map of one missing
/// point, which no preparation finds suitable.
///
/// # Errors
/// [`MarkError::Parameter`]: a mask of another shape than the map.
pub fn cut_out(map: &HeightMap, mask: &Array2<bool>) -> Result<CutOut, MarkError> {
    if mask.dim() != map.z.dim() {
        let (rows, columns) = mask.dim();
        return Err(MarkError::Parameter {
            field: "mask",
            expected: "as many rows and columns as the map has",
            got: format!("{rows} x {columns} for {} x {}", map.rows(), map.columns()),
        });
    }
    let (mut low, mut high) = ([usize::MAX; 2], [0usize; 2]);
    for ((row, column), _) in mask.indexed_iter().filter(|(_, inside)| **inside) {
        for (k, at) in [row, column].into_iter().enumerate() {
            low[k] = low[k].min(at);
            high[k] = high[k].max(at);
        }
    }
    if low[0] > high[0] {
        return Ok(CutOut { map: HeightMap::missing(1, 1, map.pitch_um), origin: Point::default() });
    }
    let window = ndarray::s![low[0]..=high[0], low[1]..=high[1]];
    let z = Zip::from(map.z.slice(window))
        .and(mask.slice(window))
        .map_collect(|&z, &inside| if inside { z } else { f32::NAN });
    let origin = map.point_at((low[0] + high[0]) as f64 / 2.0, (low[1] + high[1]) as f64 / 2.0);
    Ok(CutOut { map: HeightMap { z, pitch_um: map.pitch_um }, origin })
}
