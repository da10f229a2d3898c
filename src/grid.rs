//! Height maps: a regular grid of heights in um with missing points.

use crate::geometry::Point;
use ndarray::Array2;

/// Heights on a square grid; NaN where the instrument has no value or the point lies outside the mark.
///
/// Rows run along y and columns along x; the frame's origin is the centre of the grid (see [`crate::geometry`]).
#[derive(Debug, Clone)]
pub struct HeightMap {
    /// Heights, um, shape (rows, columns); NaN where missing. Band-passed photographs carry reflectance here instead.
    pub z: Array2<f32>,
    /// Distance of neighbouring points along both axes, um.
    pub pitch_um: f64,
}

impl HeightMap {
    /// A map of `rows` x `columns` points, all missing.
    #[must_use]
    pub fn missing(rows: usize, columns: usize, pitch_um: f64) -> Self {
        Self { z: Array2::from_elem((rows, columns), f32::NAN), pitch_um }
    }

    /// Rows (along y).
    #[must_use]
    pub fn rows(&self) -> usize {
        self.z.nrows()
    }

    /// Columns (along x).
    #[must_use]
    pub fn columns(&self) -> usize {
        self.z.ncols()
    }

    /// The place of a (fractional) row and column in the frame, um.
    #[must_use]
    pub fn point_at(&self, row: f64, column: f64) -> Point {
        Point::new(
            (column - (self.columns() as f64 - 1.0) / 2.0) * self.pitch_um,
            (row - (self.rows() as f64 - 1.0) / 2.0) * self.pitch_um,
        )
    }

    /// The (fractional) row and column of a place in the frame.
    #[must_use]
    pub fn index_of(&self, p: Point) -> (f64, f64) {
        (
            p.y_um / self.pitch_um + (self.rows() as f64 - 1.0) / 2.0,
            p.x_um / self.pitch_um + (self.columns() as f64 - 1.0) / 2.0,
        )
    }

    /// How many points have a value.
    #[must_use]
    pub fn valid_count(&self) -> usize {
        self.z.iter().filter(|z| z.is_finite()).count()
    }

    /// The area that has values, mm2.
    #[must_use]
    pub fn valid_area_mm2(&self) -> f64 {
        self.valid_count() as f64 * self.pitch_um * self.pitch_um * 1e-6
    }
}
