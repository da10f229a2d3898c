//! Mask-aware Gaussian regression filters (ISO 16610-21, -61; orders 1 and 2 after ISO 16610-31).
//!
//! A Gaussian filter of order p fits a polynomial of degree p around each point, weighting its neighbours with a Gaussian and
//! missing neighbours with nothing, and keeps the polynomial's value at the point. Order 0 is G*(zM) / G*M. Orders 1 and 2 follow
//! slopes and curvature, so that they do not bend at the edge of the mask. All moments of the normal equations are separable
//! convolutions, so the cost grows with the width of the kernel and not with its area.

use crate::grid::HeightMap;
use ndarray::Array2;
use rayon::prelude::*;
use std::f64::consts::TAU;

/// Half-width of the truncated kernels in standard deviations; the weight beyond is below 0.3 % of the peak.
const REACH_SD: f64 = 3.5;
/// Points handled together in the inner loops, so that they stay in vector registers and blank stretches are skipped.
const BLOCK: usize = 32;
/// A pivot below this share of its diagonal means that the neighbours do not determine that coefficient (a line of points, a
/// thin bridge); the next lower order is used instead. Single-precision moments carry errors near 1e-6, far below it.
const PIVOT_SHARE: f64 = 1e-3;

/// Degree of the polynomial of a Gaussian regression filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Weighted mean: preserves constants.
    Zero,
    /// Weighted plane: preserves tilt at mask edges.
    One,
    /// Weighted second-order surface: preserves curvature at mask edges.
    Two,
}

impl Order {
    /// Standard deviation of the Gaussian weight, in the unit of the cutoff, that transmits 50 % at wavelength `cutoff_um`.
    ///
    /// Orders 0 and 1: alpha / sqrt(2 pi) = 0.1874 with alpha = 0.4697 (ISO 16610-21). Order 2 transmits
    /// (1 + u) exp(-u) with u = (2 pi sigma / L)^2 / 2, which is one half at sigma = 0.2916 L (alpha = 0.7309, ISO 16610-31).
    #[must_use]
    pub fn sigma_um(self, cutoff_um: f64) -> f64 {
        let alpha = match self {
            Order::Zero | Order::One => 0.469_718_64,
            Order::Two => 0.730_921_35,
        };
        alpha / TAU.sqrt() * cutoff_um
    }

    fn degree(self) -> usize {
        match self {
            Order::Zero => 0,
            Order::One => 1,
            Order::Two => 2,
        }
    }
}

/// The Gaussian regression low-pass of a map, um, on the same grid; missing points stay missing.
///
/// `cutoff_um` is the ISO cutoff (50 % transmission). Points whose valid neighbours carry less than `min_support` (0 to 1) of the
/// Gaussian weight become missing; where the neighbours do not determine a polynomial of the order asked for, the next lower one
/// serves. A cutoff that is not a positive number leaves the map as it is.
#[must_use]
pub fn low_pass(map: &HeightMap, cutoff_um: f64, order: Order, min_support: f64) -> HeightMap {
    let sigma_px = order.sigma_um(cutoff_um) / map.pitch_um;
    if !(sigma_px > 0.0 && sigma_px.is_finite()) {
        return map.clone();
    }
    let z = Regression::new(map, sigma_px, order).evaluate(min_support);
    HeightMap { z, pitch_um: map.pitch_um }
}

/// What a Gaussian regression low-pass takes away: the map minus [`low_pass`], um.
#[must_use]
pub fn high_pass(map: &HeightMap, cutoff_um: f64, order: Order, min_support: f64) -> HeightMap {
    let mut rest = low_pass(map, cutoff_um, order, min_support);
    ndarray::Zip::from(&mut rest.z).and(&map.z).for_each(|low, &z| *low = z - *low);
    rest
}

/// The wavelengths between two ISO cutoffs, um: order 0 low-pass at the short one, then high-pass of `long_order` at the long one.
///
/// The short end is of order 0 because smoothing of noise must not overshoot; the long end is of order 1 or 2 so that form does
/// not leak into the band at mask edges (the order of operations of the NFI "scratch" toolbox).
#[must_use]
pub fn band_pass(
    map: &HeightMap,
    short_cutoff_um: f64,
    long_cutoff_um: f64,
    long_order: Order,
    min_support: f64,
) -> HeightMap {
    high_pass(&low_pass(map, short_cutoff_um, Order::Zero, 0.0), long_cutoff_um, long_order, min_support)
}

/// Gaussian weights times powers of the distance: `powers[a][t]` = g(t - radius) ((t - radius) / sigma)^a, sum of g = 1.
struct Kernels {
    radius: usize,
    powers: Vec<Vec<f32>>,
}

impl Kernels {
    fn new(sigma_px: f64, highest_power: usize, widest: usize) -> Self {
        let radius = ((REACH_SD * sigma_px).ceil() as usize).min(widest).max(1);
        let at = |t: usize| (t as f64 - radius as f64) / sigma_px;
        let weights: Vec<f64> = (0..=2 * radius).map(|t| (-0.5 * at(t) * at(t)).exp()).collect();
        let total: f64 = weights.iter().sum();
        let powers = (0..=highest_power)
            .map(|a| weights.iter().enumerate().map(|(t, w)| (w / total * at(t).powi(a as i32)) as f32).collect())
            .collect();
        Self { radius, powers }
    }
}

/// The row-convolved moments of a map, waiting for the column pass.
struct Regression {
    rows: usize,
    columns: usize,
    stride: usize,
    degree: usize,
    kernels: Kernels,
    /// Mean of the valid heights, taken off so that single precision suffices.
    offset: f64,
    valid: Vec<bool>,
    /// Row by row: `2 degree + 1` planes of the mask, then `degree + 1` planes of the heights, each `stride` long.
    moments: Vec<f32>,
}

impl Regression {
    fn new(map: &HeightMap, sigma_px: f64, order: Order) -> Self {
        let (rows, columns) = map.z.dim();
        let degree = order.degree();
        let stride = columns.div_ceil(BLOCK) * BLOCK;
        let kernels = Kernels::new(sigma_px, 2 * degree, rows.max(columns));
        let (sum, count) =
            map.z.iter().filter(|z| z.is_finite()).fold((0.0, 0usize), |(s, n), &z| (s + f64::from(z), n + 1));
        let offset = if count > 0 { sum / count as f64 } else { 0.0 };
        let valid: Vec<bool> = map.z.iter().map(|z| z.is_finite()).collect();
        let heights: Vec<f32> =
            map.z.iter().map(|&z| if z.is_finite() { (f64::from(z) - offset) as f32 } else { 0.0 }).collect();
        let mut this = Self { rows, columns, stride, degree, kernels, offset, valid, moments: Vec::new() };
        this.convolve_rows(&heights);
        this
    }

    fn planes(&self) -> usize {
        3 * self.degree + 2
    }

    fn convolve_rows(&mut self, heights: &[f32]) {
        let (columns, stride, degree, radius) = (self.columns, self.stride, self.degree, self.kernels.radius);
        let row_length = self.planes() * stride;
        let mut moments = vec![0f32; self.rows * row_length];
        if columns == 0 {
            return;
        }
        let (kernels, valid) = (&self.kernels, &self.valid);
        moments.par_chunks_mut(row_length).enumerate().for_each(|(row, out)| {
            let valid = &valid[row * columns..][..columns];
            if !valid.contains(&true) {
                return;
            }
            let mut mask = vec![0f32; stride + 2 * radius];
            let mut data = vec![0f32; stride + 2 * radius];
            for (to, &v) in mask[radius..].iter_mut().zip(valid) {
                *to = f32::from(u8::from(v));
            }
            data[radius..radius + columns].copy_from_slice(&heights[row * columns..][..columns]);
            for start in (0..stride).step_by(BLOCK) {
                let reach = start..start + BLOCK + 2 * radius;
                if mask[reach.clone()].iter().all(|&m| m == 0.0) {
                    continue;
                }
                let (mask, data) = (&mask[reach.clone()], &data[reach]);
                let mut put = |plane: usize, sums: &[[f32; BLOCK]]| {
                    for (k, sum) in sums.iter().enumerate() {
                        out[(plane + k) * stride + start..][..BLOCK].copy_from_slice(sum);
                    }
                };
                match degree {
                    0 => {
                        put(0, &convolve_block::<1>(mask, &kernels.powers));
                        put(1, &convolve_block::<1>(data, &kernels.powers));
                    }
                    1 => {
                        put(0, &convolve_block::<3>(mask, &kernels.powers));
                        put(3, &convolve_block::<2>(data, &kernels.powers));
                    }
                    _ => {
                        put(0, &convolve_block::<5>(mask, &kernels.powers));
                        put(5, &convolve_block::<3>(data, &kernels.powers));
                    }
                }
            }
        });
        self.moments = moments;
    }

    fn evaluate(&self, min_support: f64) -> Array2<f32> {
        let mut out = Array2::from_elem((self.rows, self.columns), f32::NAN);
        let Some(values) = out.as_slice_mut() else { return out };
        if self.columns == 0 {
            return out;
        }
        values.par_chunks_mut(self.columns).enumerate().for_each(|(row, line)| match self.degree {
            0 => self.evaluate_row::<0, 1>(row, line, min_support),
            1 => self.evaluate_row::<1, 3>(row, line, min_support),
            _ => self.evaluate_row::<2, 6>(row, line, min_support),
        });
        out
    }

    /// One row of the result; `N` is the number of polynomial terms of degree `D`.
    fn evaluate_row<const D: usize, const N: usize>(&self, row: usize, line: &mut [f32], min_support: f64) {
        for (block, out) in line.chunks_mut(BLOCK).enumerate() {
            let valid = &self.valid[row * self.columns + block * BLOCK..][..out.len()];
            if !valid.contains(&true) {
                continue;
            }
            let mut mask = [[[0f32; BLOCK]; 5]; 5];
            let mut data = [[[0f32; BLOCK]; 3]; 3];
            self.sum_columns::<D>(row, block * BLOCK, &mut mask, &mut data);
            for (lane, to) in out.iter_mut().enumerate().filter(|(lane, _)| valid[*lane]) {
                if f64::from(mask[0][0][lane]) < min_support {
                    continue;
                }
                let m = |a: usize, b: usize| f64::from(mask[a][b][lane]);
                let d = |a: usize, b: usize| f64::from(data[a][b][lane]);
                if let Some(value) = value_at_centre(D, &m, &d) {
                    *to = (value + self.offset) as f32;
                }
            }
        }
    }

    /// The column pass of one block: `mask[a][b]` with a + b <= 2 D, `data[a][b]` with a + b <= D.
    ///
    /// The rows above and below at the same distance meet the same weight, with opposite sign where b is odd.
    fn sum_columns<const D: usize>(
        &self,
        row: usize,
        start: usize,
        mask: &mut [[[f32; BLOCK]; 5]; 5],
        data: &mut [[[f32; BLOCK]; 3]; 3],
    ) {
        const BLANK: [f32; BLOCK] = [0.0; BLOCK];
        let radius = self.kernels.radius;
        let row_length = self.planes() * self.stride;
        let block = |source: Option<usize>, plane: usize| -> &[f32; BLOCK] {
            source
                .filter(|source| *source < self.rows)
                .and_then(|source| self.moments[source * row_length + plane * self.stride + start..].first_chunk())
                .unwrap_or(&BLANK)
        };
        let blank = |block: &[f32; BLOCK]| block.iter().all(|&m| m == 0.0);
        for away in 0..=radius {
            let (above, below) = (if away == 0 { None } else { row.checked_sub(away) }, Some(row + away));
            if blank(block(above, 0)) && blank(block(below, 0)) {
                continue;
            }
            let tap = radius + away;
            for (a, sums) in mask.iter_mut().enumerate().take(2 * D + 1) {
                let (even, odd) = fold(block(above, a), block(below, a));
                for (b, sum) in sums.iter_mut().enumerate().take(2 * D + 1 - a) {
                    add_scaled(sum, self.kernels.powers[b][tap], if b % 2 == 0 { &even } else { &odd });
                }
            }
            for (a, sums) in data.iter_mut().enumerate().take(D + 1) {
                let plane = 2 * D + 1 + a;
                let (even, odd) = fold(block(above, plane), block(below, plane));
                for (b, sum) in sums.iter_mut().enumerate().take(D + 1 - a) {
                    add_scaled(sum, self.kernels.powers[b][tap], if b % 2 == 0 { &even } else { &odd });
                }
            }
        }
    }
}

#[inline(always)]
fn fold(above: &[f32; BLOCK], below: &[f32; BLOCK]) -> ([f32; BLOCK], [f32; BLOCK]) {
    (std::array::from_fn(|k| below[k] + above[k]), std::array::from_fn(|k| below[k] - above[k]))
}

/// One block of a row convolved with every power of the kernel up to `P - 1`: `source` holds the block and the reach on both sides.
fn convolve_block<const P: usize>(source: &[f32], powers: &[Vec<f32>]) -> [[f32; BLOCK]; P] {
    const HALF: usize = BLOCK / 2;
    let mut sums = [[0f32; BLOCK]; P];
    let taps = powers[0].len();
    for (sums, powers) in sums.iter_mut().zip(powers) {
        for half in 0..2 {
            // Half a block at a time stays in registers over the whole kernel.
            let mut sum = [0f32; HALF];
            let windows = source[half * HALF..].windows(HALF).take(taps);
            for (&weight, window) in powers.iter().zip(windows) {
                for (s, &w) in sum.iter_mut().zip(window) {
                    *s += weight * w;
                }
            }
            sums[half * HALF..][..HALF].copy_from_slice(&sum);
        }
    }
    sums
}

#[inline(always)]
fn add_scaled(sum: &mut [f32; BLOCK], weight: f32, from: &[f32; BLOCK]) {
    for k in 0..BLOCK {
        sum[k] += weight * from[k];
    }
}

/// Value at the origin of the weighted least-squares polynomial of the highest degree, up to `degree`, that the moments determine.
fn value_at_centre(
    degree: usize,
    mask: &impl Fn(usize, usize) -> f64,
    data: &impl Fn(usize, usize) -> f64,
) -> Option<f64> {
    // The constant stands last, so that forward elimination alone yields it.
    const TERMS: [(usize, usize); 6] = [(2, 0), (1, 1), (0, 2), (1, 0), (0, 1), (0, 0)];
    let two = if degree >= 2 { solve_last::<6>(&TERMS, mask, data) } else { None };
    let one = two.or_else(|| if degree >= 1 { solve_last::<3>(&TERMS[3..], mask, data) } else { None });
    one.or_else(|| solve_last::<1>(&TERMS[5..], mask, data))
}

/// The last unknown of the normal equations, or `None` where a pivot vanishes.
fn solve_last<const N: usize>(
    terms: &[(usize, usize)],
    mask: &impl Fn(usize, usize) -> f64,
    data: &impl Fn(usize, usize) -> f64,
) -> Option<f64> {
    let mut matrix = [[0f64; N]; N];
    let mut right = [0f64; N];
    for i in 0..N {
        for (j, m) in matrix[i].iter_mut().enumerate().skip(i) {
            *m = mask(terms[i].0 + terms[j].0, terms[i].1 + terms[j].1);
        }
        right[i] = data(terms[i].0, terms[i].1);
    }
    let floor: [f64; N] = std::array::from_fn(|i| PIVOT_SHARE * matrix[i][i]);
    for k in 0..N {
        let pivot = matrix[k][k];
        if pivot <= floor[k] || pivot <= f64::MIN_POSITIVE {
            return None;
        }
        if k + 1 == N {
            return Some(right[k] / pivot);
        }
        let pivot_row = matrix[k];
        for i in k + 1..N {
            let factor = pivot_row[i] / pivot;
            matrix[i].iter_mut().zip(&pivot_row).skip(i).for_each(|(m, p)| *m -= factor * p);
            right[i] -= factor * right[k];
        }
    }
    None
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
