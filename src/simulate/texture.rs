//! Smooth random fields and the sampling of rendered grids: the stuff that surfaces are made of.

use super::stream::Stream;
use crate::grid::HeightMap;

/// Root mean square of a cubic B-spline surface over white lattice values of variance 1: the mean over all offsets of the
/// squared weights along one axis is 151/315, and a surface has two axes.
const SPLINE_RMS: f32 = 151.0 / 315.0;

/// A smooth random field of mean 0 and variance 1: white values on a periodic lattice under cubic B-splines.
///
/// A lattice of spacing d carries wavelengths from about 2 d upwards, strongest near 3 to 5 d. Unequal spacings give grooves.
pub(crate) struct Lattice {
    values: Vec<f32>,
    columns: usize,
    rows: usize,
    spacing_x_um: f64,
    spacing_y_um: f64,
}

impl Lattice {
    /// A field that does not repeat within `extent_um`.
    pub(crate) fn new(stream: &mut Stream, spacing_x_um: f64, spacing_y_um: f64, extent_um: f64) -> Self {
        let columns = (extent_um / spacing_x_um) as usize + 5;
        let rows = (extent_um / spacing_y_um) as usize + 5;
        Self { values: normalised(stream.white(columns * rows)), columns, rows, spacing_x_um, spacing_y_um }
    }

    /// A field that does not repeat along x within `extent_um` and closes along y after `cells` cells of length 1.
    pub(crate) fn closed(stream: &mut Stream, spacing_x_um: f64, extent_um: f64, cells: usize) -> Self {
        let columns = (extent_um / spacing_x_um) as usize + 5;
        let rows = cells.max(4);
        Self { values: normalised(stream.white(columns * rows)), columns, rows, spacing_x_um, spacing_y_um: 1.0 }
    }

    /// The field at a place.
    pub(crate) fn value(&self, x_um: f64, y_um: f64) -> f32 {
        let (ix, wx) = spline(x_um / self.spacing_x_um, self.columns);
        let (iy, wy) = spline(y_um / self.spacing_y_um, self.rows);
        let mut sum = 0.0;
        let mut row = iy;
        for wy in wy {
            let line = &self.values[row * self.columns..(row + 1) * self.columns];
            let mut column = ix;
            let mut across = 0.0;
            for wx in wx {
                across += wx * line[column];
                column = if column + 1 == self.columns { 0 } else { column + 1 };
            }
            sum += wy * across;
            row = if row + 1 == self.rows { 0 } else { row + 1 };
        }
        sum
    }
}

fn normalised(mut values: Vec<f32>) -> Vec<f32> {
    for value in &mut values {
        *value /= SPLINE_RMS;
    }
    values
}

/// First lattice index (wrapped into 0..count) and the four cubic B-spline weights of a place in lattice units.
fn spline(place: f64, count: usize) -> (usize, [f32; 4]) {
    let floor = place.floor();
    let t = (place - floor) as f32;
    let (t2, t3) = (t * t, t * t * t);
    // Extents are chosen so that places lie within one period or two: steps are cheaper than a division.
    let (mut first, period) = (floor as i64 - 1, count as i64);
    while first < 0 {
        first += period;
    }
    while first >= period {
        first -= period;
    }
    let first = first as usize;
    let s = 1.0 - t;
    (
        first,
        [s * s * s / 6.0, (3.0 * t3 - 6.0 * t2 + 4.0) / 6.0, (-3.0 * t3 + 3.0 * t2 + 3.0 * t + 1.0) / 6.0, t3 / 6.0],
    )
}

/// The value of a grid at a place in its frame by Catmull-Rom interpolation; the edge value beyond the edge.
pub(crate) fn sample(map: &HeightMap, x_um: f64, y_um: f64) -> f32 {
    let (rows, columns) = map.z.dim();
    let column = x_um / map.pitch_um + (columns as f64 - 1.0) / 2.0;
    let row = y_um / map.pitch_um + (rows as f64 - 1.0) / 2.0;
    let (c0, r0) = (column.floor(), row.floor());
    let (wc, wr) = (catmull_rom((column - c0) as f32), catmull_rom((row - r0) as f32));
    let (c0, r0) = (c0 as i64 - 1, r0 as i64 - 1);
    let Some(z) = map.z.as_slice() else { return 0.0 };
    let mut sum = 0.0;
    if c0 >= 0 && r0 >= 0 && c0 + 3 < columns as i64 && r0 + 3 < rows as i64 {
        for (j, wr) in wr.iter().enumerate() {
            let start = (r0 as usize + j) * columns + c0 as usize;
            let line = &z[start..start + 4];
            sum += wr * (wc[0] * line[0] + wc[1] * line[1] + wc[2] * line[2] + wc[3] * line[3]);
        }
        return sum;
    }
    for (j, wr) in wr.iter().enumerate() {
        let r = (r0 + j as i64).clamp(0, rows as i64 - 1) as usize;
        for (i, wc) in wc.iter().enumerate() {
            let c = (c0 + i as i64).clamp(0, columns as i64 - 1) as usize;
            sum += wr * wc * z[r * columns + c];
        }
    }
    sum
}

/// Weights of the four neighbours (Catmull and Rom 1974).
fn catmull_rom(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [0.5 * (-t3 + 2.0 * t2 - t), 0.5 * (3.0 * t3 - 5.0 * t2 + 2.0), 0.5 * (-3.0 * t3 + 4.0 * t2 + t), 0.5 * (t3 - t2)]
}

/// Gaussian smoothing of a grid without missing points by three running means with fractional ends (Gwosdek 2011); exact
/// in its standard deviation, edge values repeated outside. One fixed order of additions, so one result on every machine.
pub(crate) fn smoothed(map: &HeightMap, sigma_um: f64) -> HeightMap {
    let (rows, columns) = map.z.dim();
    let sigma = sigma_um / map.pitch_um;
    let z: Vec<f32> = map.z.iter().copied().collect();
    let down = smooth_down(z, rows, columns, sigma);
    let across = smooth_down(transposed(&down, rows, columns), columns, rows, sigma);
    let z = transposed(&across, columns, rows);
    let mut out = HeightMap::missing(rows, columns, map.pitch_um);
    for (to, from) in out.z.iter_mut().zip(z) {
        *to = from;
    }
    out
}

fn transposed(z: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut out = vec![0.0; z.len()];
    const BLOCK: usize = 32;
    for r0 in (0..rows).step_by(BLOCK) {
        for c0 in (0..columns).step_by(BLOCK) {
            for r in r0..(r0 + BLOCK).min(rows) {
                for c in c0..(c0 + BLOCK).min(columns) {
                    out[c * rows + r] = z[r * columns + c];
                }
            }
        }
    }
    out
}

/// Three running means down the columns.
fn smooth_down(mut z: Vec<f32>, rows: usize, columns: usize, sigma: f64) -> Vec<f32> {
    // A mean over 2 r + 1 points with weight a for one more at each end has variance
    // ((2r+1)^3 - (2r+1) + 24 a (r+1)^2) / (12 (2r + 1 + 2a)); three of them must sum to sigma^2.
    let wanted = sigma * sigma / 3.0;
    let mut radius = 0usize;
    while ((2 * radius + 3) as f64 * (2 * radius + 3) as f64 - 1.0) / 12.0 <= wanted {
        radius += 1;
    }
    let n = (2 * radius + 1) as f64;
    let next = (radius + 1) as f64;
    let end = (12.0 * wanted * n - n * n * n + n) / (24.0 * (next * next - wanted));
    let norm = 1.0 / (n + 2.0 * end);
    let line = |z: &[f32], row: i64| -> std::ops::Range<usize> {
        let r = row.clamp(0, rows as i64 - 1) as usize;
        debug_assert!((r + 1) * columns <= z.len());
        r * columns..(r + 1) * columns
    };
    let mut out = vec![0.0f32; z.len()];
    let radius = radius as i64;
    for _ in 0..3 {
        let mut sums = vec![0.0f64; columns];
        for row in -radius..=radius {
            for (sum, value) in sums.iter_mut().zip(&z[line(&z, row)]) {
                *sum += f64::from(*value);
            }
        }
        for row in 0..rows as i64 {
            let before = &z[line(&z, row - radius - 1)];
            let after = &z[line(&z, row + radius + 1)];
            let first = &z[line(&z, row - radius)];
            let to = &mut out[row as usize * columns..(row as usize + 1) * columns];
            for c in 0..columns {
                to[c] = ((sums[c] + end * (f64::from(before[c]) + f64::from(after[c]))) * norm) as f32;
                sums[c] += f64::from(after[c]) - f64::from(first[c]);
            }
        }
        std::mem::swap(&mut z, &mut out);
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lattice_has_unit_variance_and_repeats_only_beyond_its_extent() {
        let lattice = Lattice::new(&mut Stream::new(1, "t", &[]), 10.0, 10.0, 4_000.0);
        let mut sum = 0.0;
        for i in 0..200 {
            for j in 0..200 {
                let v = f64::from(lattice.value(f64::from(i) * 13.7 - 1_300.0, f64::from(j) * 11.3 - 1_000.0));
                sum += v * v;
            }
        }
        let variance = sum / 40_000.0;
        assert!((variance - 1.0).abs() < 0.06, "variance {variance}");
    }

    #[test]
    fn a_closed_lattice_meets_itself_after_one_turn() {
        let lattice = Lattice::closed(&mut Stream::new(1, "c", &[]), 10.0, 500.0, 9);
        for i in 0..50 {
            let x = f64::from(i) * 7.0;
            assert!((lattice.value(x, 0.25) - lattice.value(x, 9.25)).abs() < 1e-4);
        }
    }

    #[test]
    fn sampling_at_the_nodes_gives_the_nodes() {
        let mut map = HeightMap::missing(9, 7, 2.0);
        let white = Stream::new(1, "s", &[]).white(63);
        map.z.iter_mut().zip(&white).for_each(|(z, w)| *z = *w);
        for r in 0..9 {
            for c in 0..7 {
                let p = map.point_at(r as f64, c as f64);
                assert!((sample(&map, p.x_um, p.y_um) - map.z[[r, c]]).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn smoothing_has_the_stated_deviation_and_keeps_the_sum() {
        for sigma in [0.8, 1.7, 3.3, 6.05] {
            let mut map = HeightMap::missing(81, 81, 2.0);
            map.z.fill(0.0);
            map.z[[40, 40]] = 1.0;
            let (mut sum, mut second) = (0.0, 0.0);
            for ((row, _), z) in smoothed(&map, 2.0 * sigma).z.indexed_iter() {
                sum += f64::from(*z);
                second += f64::from(*z) * (row as f64 - 40.0) * (row as f64 - 40.0);
            }
            assert!(
                (sum - 1.0).abs() < 1e-4 && (second - sigma * sigma).abs() < 1e-3 * sigma * sigma,
                "{sigma}: {second}"
            );
        }
    }

    #[test]
    fn smoothing_agrees_with_a_plain_gaussian_sum() {
        let n = 61usize;
        let mut map = HeightMap::missing(n, n, 1.0);
        let white = Stream::new(2, "g", &[]).white(n * n);
        map.z.iter_mut().zip(&white).for_each(|(z, w)| *z = *w);
        let sigma = 3.3;
        let fast = smoothed(&map, sigma);
        let mut worst: f64 = 0.0;
        for r in 25..36usize {
            for c in 25..36usize {
                let (mut sum, mut weights) = (0.0, 0.0);
                for i in 0..n {
                    for j in 0..n {
                        let d2 = (i as f64 - r as f64).powi(2) + (j as f64 - c as f64).powi(2);
                        let w = libm::exp(-d2 / (2.0 * sigma * sigma));
                        sum += w * f64::from(map.z[[i, j]]);
                        weights += w;
                    }
                }
                worst = worst.max((sum / weights - f64::from(fast.z[[r, c]])).abs());
            }
        }
        // The kernel's own rms on white noise is about 0.085; three means differ from a Gaussian by some percent of that.
        assert!(worst < 0.018, "largest difference {worst}");
    }
}
