//! The sampling and smoothing of rendered grids.

use super::lattice::{RUN, Run, floor, sixteen};
use crate::grid::HeightMap;

/// The value of a grid at a place in its frame by Catmull-Rom interpolation; the edge value beyond the edge.
pub(super) fn sample(map: &HeightMap, x_um: f64, y_um: f64) -> f32 {
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

/// Two maps of one grid, sampled together: place and weights are worked out once for both.
#[derive(Debug, Clone)]
pub(super) struct PairedMaps {
    /// Their values, column by column: the four rows of a sample lie side by side.
    values: [Vec<f32>; 2],
    maps: [HeightMap; 2],
}

impl PairedMaps {
    /// Pairs two maps, which must have the same shape and pitch.
    pub(super) fn new(first: HeightMap, second: HeightMap) -> Self {
        let (rows, columns) = first.z.dim();
        debug_assert_eq!(first.z.dim(), second.z.dim());
        let maps = [first, second];
        let values = maps.each_ref().map(|map| transposed(&map.z.iter().copied().collect::<Vec<_>>(), rows, columns));
        Self { values, maps }
    }

    /// The first of the two maps.
    pub(super) fn first(&self) -> &HeightMap {
        &self.maps[0]
    }

    /// Both maps at a run of places, with the bits of [`sample`].
    pub(super) fn sample(&self, x_um: &Run<f64>, y_um: &Run<f64>) -> [Run<f32>; 2] {
        let (rows, columns) = self.maps[0].z.dim();
        let pitch = self.maps[0].pitch_um;
        let (columns_of, rows_of) = (Nodes::of(x_um, pitch, columns), Nodes::of(y_um, pitch, rows));
        let inside = |place: usize| {
            let (column, row) = (columns_of.first[place], rows_of.first[place]);
            column >= 0 && row >= 0 && column as usize + 3 < columns && row as usize + 3 < rows
        };
        if columns < 4 || rows < 4 || !(0..RUN).all(inside) {
            return self.maps.each_ref().map(|map| std::array::from_fn(|k| sample(map, x_um[k], y_um[k])));
        }
        self.values.each_ref().map(|values| {
            sixteen(values, rows, (&columns_of.first, &columns_of.weights), (&rows_of.first, &rows_of.weights))
        })
    }
}

/// First of the four nodes along one axis and their weights, for a run of places.
struct Nodes {
    first: Run<i32>,
    weights: [Run<f32>; 4],
}

impl Nodes {
    #[inline]
    fn of(places_um: &Run<f64>, pitch_um: f64, count: usize) -> Self {
        let middle = (count as f64 - 1.0) / 2.0;
        let mut nodes = Self { first: [0; RUN], weights: [[0.0; RUN]; 4] };
        let mut offsets = [0f32; RUN];
        for ((place, first), t) in places_um.iter().zip(&mut nodes.first).zip(&mut offsets) {
            let place = place / pitch_um + middle;
            let (floor, index) = floor(place);
            *first = index - 1;
            *t = (place - floor) as f32;
        }
        let [wa, wb, wc, wd] = &mut nodes.weights;
        for k in 0..RUN {
            [wa[k], wb[k], wc[k], wd[k]] = catmull_rom(offsets[k]);
        }
        nodes
    }
}

/// Weights of the four neighbours (Catmull and Rom 1974).
fn catmull_rom(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [0.5 * (-t3 + 2.0 * t2 - t), 0.5 * (3.0 * t3 - 5.0 * t2 + 2.0), 0.5 * (-3.0 * t3 + 4.0 * t2 + t), 0.5 * (t3 - t2)]
}

/// Gaussian smoothing of a grid without missing points by three running means with fractional ends (Gwosdek 2011); exact
/// in its standard deviation, edge values repeated outside. One fixed order of additions, so one result on every machine.
pub(super) fn smoothed(map: &HeightMap, sigma_um: f64) -> HeightMap {
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
    use crate::simulate::stream::Stream;

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
    fn paired_maps_are_sampled_with_the_bits_of_each() {
        let mut stream = Stream::new(1, "pairs", &[]);
        let [first, second] = [0, 1].map(|_| {
            let mut map = HeightMap::missing(31, 23, 2.0);
            let white = stream.white(31 * 23);
            map.z.iter_mut().zip(&white).for_each(|(z, w)| *z = *w);
            map
        });
        let pair = PairedMaps::new(first.clone(), second.clone());
        for _ in 0..100 {
            // Some of the places lie on the border of the grid and beyond it.
            let xs: Run<f64> = std::array::from_fn(|_| stream.between(-30.0, 30.0));
            let ys: Run<f64> = std::array::from_fn(|_| stream.between(-36.0, 36.0));
            let [a, b] = pair.sample(&xs, &ys);
            for place in 0..RUN {
                assert_eq!(a[place].to_bits(), sample(&first, xs[place], ys[place]).to_bits());
                assert_eq!(b[place].to_bits(), sample(&second, xs[place], ys[place]).to_bits());
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
