//! Polar maps about a centre.

use super::lanes::{LANES, Lanes, Pair, kernel};
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

/// Samples a map on the rings of `grid` about `centre`: shape (rings, angles), NaN where the map has no value; see [`Sampler`], which is quicker for several
/// centres.
#[must_use]
pub fn sample(map: &HeightMap, centre: Point, grid: &PolarGrid) -> Array2<f32> {
    Sampler::of(map, grid).about(centre)
}

/// Samples one map on the rings of one grid about any centre.
///
/// Bilinear between the four points around a sample. Missing points carry no weight; a sample is missing when less than
/// half of its weight rests on points with a value, so that a gap neither leaks into nor eats its surroundings. The same
/// map gives the same bits on every machine: only sums and products in a fixed order are used.
#[derive(Debug)]
pub struct Sampler<'a> {
    map: &'a HeightMap,
    grid: &'a PolarGrid,
    /// Each point with the one below it row by row, the last row left out; NaN where there is no value.
    pairs: Vec<Pair>,
    /// Sines and cosines of the angles.
    directions: [Vec<f64>; 2],
}

impl<'a> Sampler<'a> {
    /// Readies a map, which costs a third of a sampling.
    #[must_use]
    pub fn of(map: &'a HeightMap, grid: &'a PolarGrid) -> Self {
        let known = |z: &f32| if z.is_finite() { *z } else { f32::NAN };
        let (sin, cos) = (0..grid.angles).map(|angle| libm::sincos(grid.angle_rad(angle))).unzip();
        let z = map.z.as_standard_layout();
        let all = z.as_slice().unwrap_or_default();
        let below = all.get(map.columns()..).unwrap_or_default();
        let pairs = all.iter().zip(below).map(|(z, below)| [known(z), known(below)]).collect();
        Self { map, grid, pairs, directions: [sin, cos] }
    }

    /// The samples about a centre: shape (rings, angles), NaN where the map has no value.
    #[must_use]
    pub fn about(&self, centre: Point) -> Array2<f32> {
        let (grid, [sin, cos]) = (self.grid, &self.directions);
        let mut room = Room::default();
        let mut polar = vec![f32::NAN; grid.len()];
        for (ring, values) in polar.chunks_exact_mut(grid.angles.max(1)).enumerate() {
            let radius = grid.radius_um(ring);
            let places = Places { sin, cos, centre, radius };
            if inner(self.map, &self.pairs, &places, &mut room, values) {
                continue;
            }
            for (angle, value) in values.iter_mut().enumerate() {
                if room.first.get(angle) == Some(&OUTSIDE) {
                    *value = bilinear(self.map, places.at(angle));
                }
            }
        }
        // As many values as rings times angles.
        Array2::from_shape_vec((grid.rings, grid.angles), polar).unwrap_or_default()
    }
}

/// Places on one ring.
struct Places<'a> {
    sin: &'a [f64],
    cos: &'a [f64],
    centre: Point,
    radius: f64,
}

impl Places<'_> {
    fn at(&self, angle: usize) -> Point {
        Point::new(self.centre.x_um + self.radius * self.cos[angle], self.centre.y_um + self.radius * self.sin[angle])
    }
}

/// What is known of the places of a ring, in whole groups of [`LANES`].
#[derive(Default)]
struct Room {
    /// The point above and left of a place, or [`OUTSIDE`].
    first: Vec<u32>,
    down: Vec<f32>,
    right: Vec<f32>,
}

/// A place at the edge of the map or beyond, which [`bilinear`] is asked for.
const OUTSIDE: u32 = u32::MAX;

/// 2^52: adding it to a smaller positive number leaves the whole part in the mantissa.
const WHOLE: f64 = 4_503_599_627_370_496.0;

kernel! {
    /// What [`bilinear`] gives, by the same sums in the same order, of the places that lie well inside the map; which do not, `room` says. Whether all do.
    fn inner = inner_of(map: &HeightMap, pairs: &[Pair], places: &Places<'_>, room: &mut Room, values: &mut [f32]) -> bool
}

#[inline(always)]
fn inner_of<L: Lanes>(
    map: &HeightMap,
    pairs: &[Pair],
    places: &Places<'_>,
    room: &mut Room,
    values: &mut [f32],
) -> bool {
    let n = values.len().min(places.sin.len()).min(places.cos.len());
    let (rows, columns) = (map.rows(), map.columns());
    let whole = n.next_multiple_of(LANES);
    room.first.clear();
    room.first.resize(whole, OUTSIDE);
    if rows < 2 || columns < 2 || pairs.len() >= OUTSIDE as usize {
        return false;
    }
    [&mut room.down, &mut room.right].into_iter().for_each(|each| each.resize(whole, 0.0));
    let (first, down, right) = (&mut room.first[..n], &mut room.down[..n], &mut room.right[..n]);
    let (sin, cos, centre, radius) = (&places.sin[..n], &places.cos[..n], places.centre, places.radius);
    let (middle_row, middle_column) = ((rows as f64 - 1.0) / 2.0, (columns as f64 - 1.0) / 2.0);
    let (last_row, last_column) = (rows as f64 - 1.001, columns as f64 - 1.001);
    let mut all = true;
    for k in 0..n {
        let row = (centre.y_um + radius * sin[k]) / map.pitch_um + middle_row;
        let column = (centre.x_um + radius * cos[k]) / map.pitch_um + middle_column;
        // Half a point from the edge at least, so that the whole parts below cannot fall outside; NaN fails too.
        let inside = (row >= 0.5) & (column >= 0.5) & (row < last_row) & (column < last_column);
        let (floor_row, floor_column) = ((row - 0.5) + WHOLE - WHOLE, (column - 0.5) + WHOLE - WHOLE);
        down[k] = (row - floor_row) as f32;
        right[k] = (column - floor_column) as f32;
        // Whole numbers below 2^32, exact in double precision.
        let at = floor_row * columns as f64 + floor_column + WHOLE;
        first[k] = if inside { (at.to_bits() & 0xffff_ffff) as u32 } else { OUTSIDE };
        all &= inside;
    }
    let (one, least) = (L::splat(1.0), L::splat(LEAST_VALID_WEIGHT));
    let places = room.first.as_chunks().0.iter().zip(room.down.as_chunks().0).zip(room.right.as_chunks().0);
    for (((first, down), right), values) in places.zip(values[..n].chunks_mut(LANES)) {
        let [a, b, c, d] = L::corners_from(pairs, first);
        let (down, right) = (L::load(down), L::load(right));
        let (up, left) = (one.minus(down), one.minus(right));
        let a_weight = up.times(left).times(a.known());
        let b_weight = up.times(right).times(b.known());
        let c_weight = down.times(left).times(c.known());
        let d_weight = down.times(right).times(d.known());
        // From 0, as a sum that is added to begins: the sign of a zero is that of the twin.
        let sum = L::zero()
            .plus_product(a_weight, a.filled())
            .plus_product(b_weight, b.filled())
            .plus_product(c_weight, c.filled())
            .plus_product(d_weight, d.filled());
        let weight = a_weight.plus(b_weight).plus(c_weight).plus(d_weight);
        let found = sum.over(weight, least).store();
        values.copy_from_slice(&found[..values.len()]);
    }
    all
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
        fn many_places_at_once_have_the_bits_of_one_by_one(
            rows in 1usize..14, columns in 1usize..14, z in prop::collection::vec(prop::option::weighted(0.9, -2.0..2.0f32), 196),
            x in -20.0..20.0f64, y in -20.0..20.0f64, whole in any::<bool>(),
        ) {
            let mut map = HeightMap::missing(rows, columns, 10.0);
            map.z.iter_mut().zip(&z).for_each(|(to, from)| *to = from.unwrap_or(f32::NAN));
            // Places on points and between them.
            let centre = if whole { Point::new(x.round() * 5.0, y.round() * 5.0) } else { Point::new(x, y) };
            let grid = PolarGrid { rings: 6, angles: 21, inner_um: 0.0, outer_um: 100.0 };
            let polar = sample(&map, centre, &grid);
            for ((ring, angle), value) in polar.indexed_iter() {
                let (sin, cos) = libm::sincos(grid.angle_rad(angle));
                let radius = grid.radius_um(ring);
                let one = bilinear(&map, Point::new(centre.x_um + radius * cos, centre.y_um + radius * sin));
                prop_assert!(value.to_bits() == one.to_bits() || (value.is_nan() && one.is_nan()), "{value} for {one}");
            }
        }

        #[test]
        fn a_plane_is_sampled_exactly(x in -80.0..80.0f64, y in -80.0..80.0f64) {
            let map = plane(41, 41);
            let expected = 0.01 * x - 0.02 * y + 1.0;
            prop_assert!((f64::from(bilinear(&map, Point::new(x, y))) - expected).abs() < 1e-4);
        }
    }
}
