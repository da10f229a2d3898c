//! Polar maps about a centre.

use crate::geometry::Point;
use crate::grid::HeightMap;
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// Least share of a sample's bilinear weight that must rest on points with a value.
///
/// One half: the sample then lies nearer to measured ground than to a gap.
const LEAST_VALID_WEIGHT: f32 = 0.5;

/// Where a polar map is sampled: rings of equal spacing, each with the same number of angles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PolarGrid {
    /// Number of rings.
    pub rings: usize,
    /// Number of angles on each ring.
    pub angles: usize,
    /// Radius of the first ring, um.
    pub inner_um: f64,
    /// Radius of the last ring, um.
    pub outer_um: f64,
}

impl PolarGrid {
    /// Number of samples, rings times angles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rings * self.angles
    }

    /// Whether the grid has no samples at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Radius of a ring, um.
    #[must_use]
    pub fn radius_um(&self, ring: usize) -> f64 {
        if self.rings < 2 {
            return self.inner_um;
        }
        self.inner_um + (self.outer_um - self.inner_um) * ring as f64 / (self.rings - 1) as f64
    }

    /// Direction of an angle index, radians from +x towards +y (see [`crate::geometry`]).
    #[must_use]
    pub fn angle_rad(&self, angle: usize) -> f64 {
        TAU * angle as f64 / self.angles as f64
    }

    /// Distance of neighbouring angle indices, radians.
    #[must_use]
    pub fn step_rad(&self) -> f64 {
        TAU / self.angles as f64
    }
}

/// Samples a map on the rings of `grid` about `centre`: shape (rings, angles), NaN where the map has no value.
///
/// Bilinear between the four points around a sample. Missing points carry no weight; a sample is missing when less than
/// half of its weight rests on points with a value, so that a gap neither leaks into nor eats its surroundings. The same
/// map gives the same bits on every machine: only sums and products in a fixed order are used.
#[must_use]
pub fn sample(map: &HeightMap, centre: Point, grid: &PolarGrid) -> Array2<f32> {
    let directions: Vec<(f64, f64)> = (0..grid.angles).map(|angle| libm::sincos(grid.angle_rad(angle))).collect();
    let mut polar = Array2::from_elem((grid.rings, grid.angles), f32::NAN);
    for (ring, mut row) in polar.rows_mut().into_iter().enumerate() {
        let radius = grid.radius_um(ring);
        for (value, &(sin, cos)) in row.iter_mut().zip(&directions) {
            *value = bilinear(map, Point::new(centre.x_um + radius * cos, centre.y_um + radius * sin));
        }
    }
    polar
}

/// The four points about a place, where there are four and all have values.
#[inline]
fn inner(map: &HeightMap, row: usize, column: usize) -> Option<[f32; 4]> {
    let columns = map.columns();
    let all = map.z.as_slice()?;
    let first = row * columns + column;
    let (above, below) = (all.get(first..first + 2)?, all.get(first + columns..first + columns + 2)?);
    let four = [above[0], above[1], below[0], below[1]];
    // Points of the next row are no neighbours of the last column.
    (column + 1 < columns && four.iter().all(|z| z.is_finite())).then_some(four)
}

/// The map's value at a place, NaN where less than half of the bilinear weight rests on points with a value.
#[must_use]
pub fn bilinear(map: &HeightMap, at: Point) -> f32 {
    let (row, column) = map.index_of(at);
    // Written so that NaN places fail the test too.
    let inside = row >= -1.0 && column >= -1.0 && row < map.rows() as f64 && column < map.columns() as f64;
    if !inside {
        return f32::NAN;
    }
    // Rounds towards zero, and so down after a shift to where nothing is negative; a call of `floor` would cost as much as the rest.
    let floor = |v: f64| if v < 0.0 { -1.0 } else { (v as usize) as f64 };
    let (row_floor, column_floor) = (floor(row), floor(column));
    let (down, right) = ((row - row_floor) as f32, (column - column_floor) as f32);
    if row >= 0.0
        && column >= 0.0
        && let Some(four) = inner(map, row_floor as usize, column_floor as usize)
    {
        // The usual case, with the sums of the general one in the same order.
        let weights = [(1.0 - down) * (1.0 - right), (1.0 - down) * right, down * (1.0 - right), down * right];
        let sum = four.iter().zip(weights).fold(0f32, |sum, (z, w)| sum + w * z);
        let weight = weights.iter().fold(0f32, |sum, w| sum + w);
        return sum / weight;
    }
    let (mut sum, mut weight) = (0f32, 0f32);
    for (step_row, weight_row) in [(0.0, 1.0 - down), (1.0, down)] {
        for (step_column, weight_column) in [(0.0, 1.0 - right), (1.0, right)] {
            let (r, c) = (row_floor + step_row, column_floor + step_column);
            if r < 0.0 || c < 0.0 {
                continue;
            }
            if let Some(&z) = map.z.get((r as usize, c as usize))
                && z.is_finite()
            {
                sum += weight_row * weight_column * z;
                weight += weight_row * weight_column;
            }
        }
    }
    if weight >= LEAST_VALID_WEIGHT { sum / weight } else { f32::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GRID: PolarGrid = PolarGrid { rings: 5, angles: 36, inner_um: 40.0, outer_um: 200.0 };

    fn plane(rows: usize, columns: usize) -> HeightMap {
        let mut map = HeightMap::missing(rows, columns, 10.0);
        for r in 0..rows {
            for c in 0..columns {
                let p = map.point_at(r as f64, c as f64);
                map.z[(r, c)] = (0.01 * p.x_um - 0.02 * p.y_um + 1.0) as f32;
            }
        }
        map
    }

    #[test]
    fn rings_and_angles_lie_where_the_frame_says() {
        assert_eq!(GRID.radius_um(0), 40.0);
        assert_eq!(GRID.radius_um(4), 200.0);
        // Index 9 of 36 is a quarter turn from +x towards +y: straight down the rows.
        let mut map = HeightMap::missing(101, 101, 10.0);
        map.z.fill(0.0);
        let (row, column) = map.index_of(Point::new(0.0, 40.0));
        map.z[(row as usize, column as usize)] = 7.0;
        let polar = sample(&map, Point::default(), &GRID);
        assert!((polar[(0, 9)] - 7.0).abs() < 1e-4, "{}", polar[(0, 9)]);
        assert_eq!(polar[(0, 27)], 0.0);
    }

    #[test]
    fn a_gap_stays_a_gap_and_does_not_leak() {
        let mut map = plane(61, 61);
        for c in 0..61 {
            for r in 0..30 {
                map.z[(r, c)] = f32::NAN;
            }
        }
        let polar = sample(&map, Point::default(), &GRID);
        for ((ring, angle), &value) in polar.indexed_iter() {
            let y = GRID.radius_um(ring) * GRID.angle_rad(angle).sin();
            if y >= 0.0 {
                assert!(value.is_finite(), "ring {ring} angle {angle}");
            }
            if y < -10.0 {
                assert!(value.is_nan(), "ring {ring} angle {angle}");
            }
        }
    }

    #[test]
    fn places_off_the_map_are_missing() {
        let map = plane(21, 21);
        for p in
            [Point::new(1e9, 0.0), Point::new(0.0, -1e9), Point::new(f64::NAN, 0.0), Point::new(0.0, f64::INFINITY)]
        {
            assert!(bilinear(&map, p).is_nan());
        }
        assert!(bilinear(&HeightMap::missing(0, 0, 10.0), Point::default()).is_nan());
    }

    proptest! {
        #[test]
        fn a_plane_is_sampled_exactly(x in -80.0..80.0f64, y in -80.0..80.0f64) {
            let map = plane(41, 41);
            let expected = 0.01 * x - 0.02 * y + 1.0;
            prop_assert!((f64::from(bilinear(&map, Point::new(x, y))) - expected).abs() < 1e-4);
        }
    }
}
