//! Change of pitch and rigid resampling with anti-aliasing.

use super::filter::Order;
use crate::geometry::{Point, Pose};
use crate::grid::HeightMap;
use ndarray::Array2;
use rayon::prelude::*;

/// Half-width of the smoothing kernel in standard deviations.
const REACH_SD: f64 = 3.5;
/// Least standard deviation of a sampled Gaussian, in points of the input: below it the sum over samples depends visibly on where
/// the output point falls between them (more than 0.2 % at 0.6), so the input is refined first.
const LEAST_SD_POINTS: f64 = 0.6;
/// Most points along one side of any map made here: 16,384 x 16,384 x 4 bytes = 1 GiB.
const MOST_SIDE: usize = 16_384;

/// How values between the points of a map are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// Mean of the four neighbours weighted by closeness; missing ones are left out while they weigh less than half.
    Bilinear,
    /// Catmull-Rom over sixteen neighbours (Keys 1981, a = -1/2); bilinear where any of them is missing.
    Bicubic,
}

/// A grid to resample onto: `rows` x `columns` points `pitch_um` apart whose centre lies at `centre` of the source's frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Place of the new grid's centre in the source's frame.
    pub centre: Point,
    /// Rows (along y), at most 16,384.
    pub rows: usize,
    /// Columns (along x), at most 16,384.
    pub columns: usize,
    /// Distance of neighbouring points, um.
    pub pitch_um: f64,
}

/// The map at another pitch, coarser or finer, over the same place: the frame's origin stays where it is.
///
/// Coarser grids are smoothed with an order-0 Gaussian whose ISO cutoff is the shortest wavelength the new grid can carry (two
/// pitches); finer grids are interpolated with [`Interpolation::Bicubic`]. A point is valid where at least half the weight is. A pitch
/// that is not a positive number leaves the map as it is.
#[must_use]
pub fn to_pitch(map: &HeightMap, pitch_um: f64) -> HeightMap {
    if !(pitch_um > 0.0 && pitch_um.is_finite()) || (pitch_um / map.pitch_um - 1.0).abs() < 1e-9 {
        return map.clone();
    }
    let side = |points: usize| side_at(points, map.pitch_um, pitch_um);
    let grid = Grid { centre: Point::default(), rows: side(map.rows()), columns: side(map.columns()), pitch_um };
    if pitch_um > map.pitch_um {
        low_pass_onto(map, 2.0 * pitch_um, &grid, 0.5)
    } else {
        rigid(map, Pose::IDENTITY, grid.rows, grid.columns, pitch_um, Interpolation::Bicubic)
    }
}

/// Points at the new pitch that fit between the first and last of the old ones.
fn side_at(points: usize, old_um: f64, new_um: f64) -> usize {
    if points == 0 {
        return 0;
    }
    let fitting = ((points - 1) as f64 * old_um / new_um + 1e-9).floor() as usize + 1;
    fitting.min(MOST_SIDE)
}

/// Smooths with an order-0 Gaussian of ISO cutoff `cutoff_um` (mask-aware, G*(zM) / G*M) and samples the result on another grid.
///
/// Both steps in one: every output point is the weighted mean of its neighbours at their true distances. Points where less than
/// `min_support` (0 to 1) of the weight falls on valid points become missing; so small gaps are filled and lone points dropped.
#[must_use]
pub fn low_pass_onto(map: &HeightMap, cutoff_um: f64, grid: &Grid, min_support: f64) -> HeightMap {
    let sigma_um = Order::Zero.sigma_um(cutoff_um);
    let (rows, columns) = (grid.rows.min(MOST_SIDE), grid.columns.min(MOST_SIDE));
    let refinement = (LEAST_SD_POINTS * map.pitch_um / sigma_um).ceil();
    if refinement > 1.0 && refinement < 64.0 {
        let fine_um = map.pitch_um / refinement;
        let (fine_rows, fine_columns) =
            (side_at(map.rows(), map.pitch_um, fine_um), side_at(map.columns(), map.pitch_um, fine_um));
        let fine = rigid(map, Pose::IDENTITY, fine_rows, fine_columns, fine_um, Interpolation::Bicubic);
        return low_pass_onto(&fine, cutoff_um, grid, min_support);
    }
    let along_y = taps(rows, grid.centre.y_um, grid.pitch_um, map.rows(), map.pitch_um, sigma_um);
    let along_x = taps(columns, grid.centre.x_um, grid.pitch_um, map.columns(), map.pitch_um, sigma_um);
    let mut z = Array2::from_elem((rows, columns), f32::NAN);
    if let Some(values) = z.as_slice_mut()
        && rows * columns > 0
    {
        let source = Source::new(map);
        values.par_chunks_mut(columns).zip(&along_y).for_each(|(line, tap)| {
            source.smooth_row(tap, &along_x, min_support, line);
        });
    }
    HeightMap { z, pitch_um: grid.pitch_um }
}

/// The input points that one output row or column is made of: weights of `first..first + weights.len()`, sum at most 1.
struct Tap {
    first: usize,
    weights: Vec<f32>,
}

/// The taps of every output point along one axis. Weights are normalised as if the input went on for ever, so that their sum over
/// valid points is the support.
fn taps(out: usize, centre_um: f64, out_um: f64, points: usize, pitch_um: f64, sigma_um: f64) -> Vec<Tap> {
    let reach = REACH_SD * sigma_um / pitch_um;
    (0..out)
        .map(|k| {
            let at_um = centre_um + (k as f64 - (out as f64 - 1.0) / 2.0) * out_um;
            let at = at_um / pitch_um + (points as f64 - 1.0) / 2.0;
            let (low, high) = ((at - reach).ceil() as i64, (at + reach).floor() as i64);
            let weight = |i: i64| {
                let d = (i as f64 - at) * pitch_um / sigma_um;
                (-0.5 * d * d).exp()
            };
            let total: f64 = (low..=high).map(weight).sum();
            let (from, to) = (low.max(0), high.min(points as i64 - 1));
            if total <= 0.0 || to < from {
                return Tap { first: 0, weights: Vec::new() };
            }
            Tap { first: from as usize, weights: (from..=to).map(|i| (weight(i) / total) as f32).collect() }
        })
        .collect()
}

/// A map split into mask and zero-filled heights about their mean.
struct Source {
    columns: usize,
    offset: f64,
    mask: Vec<f32>,
    data: Vec<f32>,
}

impl Source {
    fn new(map: &HeightMap) -> Self {
        let (sum, count) =
            map.z.iter().filter(|z| z.is_finite()).fold((0.0, 0usize), |(s, n), &z| (s + f64::from(z), n + 1));
        let offset = if count > 0 { sum / count as f64 } else { 0.0 };
        let mask = map.z.iter().map(|z| f32::from(u8::from(z.is_finite()))).collect();
        let data = map.z.iter().map(|&z| if z.is_finite() { (f64::from(z) - offset) as f32 } else { 0.0 }).collect();
        Self { columns: map.columns(), offset, mask, data }
    }

    fn smooth_row(&self, tap: &Tap, along_x: &[Tap], min_support: f64, line: &mut [f32]) {
        let mut mask = vec![0f32; self.columns];
        let mut data = vec![0f32; self.columns];
        for (i, &weight) in tap.weights.iter().enumerate() {
            let from = (tap.first + i) * self.columns;
            add_scaled(&mut mask, weight, &self.mask[from..from + self.columns]);
            add_scaled(&mut data, weight, &self.data[from..from + self.columns]);
        }
        for (to, tap) in line.iter_mut().zip(along_x) {
            let span = tap.first..tap.first + tap.weights.len();
            let (mut m, mut d) = (0f32, 0f32);
            for ((&w, &mask), &data) in tap.weights.iter().zip(&mask[span.clone()]).zip(&data[span]) {
                m += w * mask;
                d += w * data;
            }
            if m > 0.0 && f64::from(m) >= min_support {
                *to = (f64::from(d) / f64::from(m) + self.offset) as f32;
            }
        }
    }
}

fn add_scaled(sum: &mut [f32], weight: f32, from: &[f32]) {
    for (s, &f) in sum.iter_mut().zip(from) {
        *s += weight * f;
    }
}

/// The map as it lies after a rigid motion, on a new grid of `out_rows` x `out_columns` points `out_pitch_um` apart.
///
/// `ref_from_cmp` takes the map's frame to the frame of the result, whose origin is the centre of the new grid. Values are interpolated, not
/// smoothed: bring the map to a pitch near `out_pitch_um` first ([`to_pitch`]). Points that fall outside or among missing ones
/// are missing.
#[must_use]
pub fn rigid(
    map: &HeightMap,
    ref_from_cmp: Pose,
    out_rows: usize,
    out_columns: usize,
    out_pitch_um: f64,
    interpolation: Interpolation,
) -> HeightMap {
    let mut out = HeightMap::missing(out_rows.min(MOST_SIDE), out_columns.min(MOST_SIDE), out_pitch_um);
    let cmp_from_ref = ref_from_cmp.inverse();
    let (rows, columns) = (out.rows(), out.columns());
    let sampler = Sampler::new(map);
    let step = out_pitch_um / map.pitch_um;
    let (step_row, step_column) = (cmp_from_ref.theta_rad.sin() * step, cmp_from_ref.theta_rad.cos() * step);
    let Some(values) = out.z.as_slice_mut() else { return out };
    if rows * columns == 0 {
        return out;
    }
    values.par_chunks_mut(columns).enumerate().for_each(|(row, line)| {
        let first = Point::new(
            -0.5 * (columns as f64 - 1.0) * out_pitch_um,
            (row as f64 - 0.5 * (rows as f64 - 1.0)) * out_pitch_um,
        );
        let (row_0, column_0) = map.index_of(cmp_from_ref.apply(first));
        for (k, to) in line.iter_mut().enumerate() {
            let (r, c) = (row_0 + k as f64 * step_row, column_0 + k as f64 * step_column);
            *to = match interpolation {
                Interpolation::Bilinear => sampler.bilinear(r, c),
                Interpolation::Bicubic => sampler.bicubic(r, c),
            };
        }
    });
    out
}

/// Reads a map between its points.
struct Sampler {
    rows: isize,
    columns: isize,
    z: Vec<f32>,
}

impl Sampler {
    fn new(map: &HeightMap) -> Self {
        Self { rows: map.rows() as isize, columns: map.columns() as isize, z: map.z.iter().copied().collect() }
    }

    fn get(&self, row: isize, column: isize) -> f32 {
        if row < 0 || column < 0 || row >= self.rows || column >= self.columns {
            return f32::NAN;
        }
        self.z[(row * self.columns + column) as usize]
    }

    fn bilinear(&self, r: f64, c: f64) -> f32 {
        // Within rounding of the outermost points still counts as inside.
        let inside = |at: f64, points: isize| at > -1e-6 && at < points as f64 - 1.0 + 1e-6;
        if !inside(r, self.rows) || !inside(c, self.columns) {
            return f32::NAN;
        }
        let (row, column) = (r.floor(), c.floor());
        let (fr, fc) = ((r - row) as f32, (c - column) as f32);
        let (row, column) = (row as isize, column as isize);
        let (mut sum, mut weight) = (0f32, 0f32);
        for (dr, wr) in [(0, 1.0 - fr), (1, fr)] {
            for (dc, wc) in [(0, 1.0 - fc), (1, fc)] {
                let z = self.get(row + dr, column + dc);
                if z.is_finite() {
                    sum += wr * wc * z;
                    weight += wr * wc;
                }
            }
        }
        if weight >= 0.5 { sum / weight } else { f32::NAN }
    }

    fn bicubic(&self, r: f64, c: f64) -> f32 {
        let (row, column) = (r.floor(), c.floor());
        let (wr, wc) = (catmull_rom((r - row) as f32), catmull_rom((c - column) as f32));
        let (row, column) = (row as isize - 1, column as isize - 1);
        if row < 0 || column < 0 || row + 3 >= self.rows || column + 3 >= self.columns {
            return self.bilinear(r, c);
        }
        let mut sum = 0f32;
        for (i, w) in wr.iter().enumerate() {
            let start = ((row + i as isize) * self.columns + column) as usize;
            let line = &self.z[start..start + 4];
            sum += w * (wc[0] * line[0] + wc[1] * line[1] + wc[2] * line[2] + wc[3] * line[3]);
        }
        if sum.is_finite() { sum } else { self.bilinear(r, c) }
    }
}

/// Weights of four neighbours at -1, 0, 1, 2 for a place `t` (0 to 1) between the middle two.
fn catmull_rom(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [0.5 * (2.0 * t2 - t - t3), 1.0 + 1.5 * t3 - 2.5 * t2, 0.5 * (t + 4.0 * t2 - 3.0 * t3), 0.5 * (t3 - t2)]
}

#[cfg(test)]
#[path = "resample_tests.rs"]
mod tests;
