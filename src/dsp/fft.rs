//! Real two-dimensional Fourier transforms with cached plans.
//!
//! Rows go through `realfft`, the half spectrum is transposed block by block, and columns (now contiguous) through `rustfft`. A spectrum
//! stays transposed: products of spectra do not care, and one transposition each way is saved. Sizes have the factors 2, 3 and 5 only;
//! measured, 480 is faster than 512, so pure powers of two are not preferred.

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftPlanner};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Side of the square blocks in which a spectrum is transposed: 16 x 16 complex numbers of 8 bytes are 2 KiB and stay in the first cache.
const BLOCK: usize = 16;

/// The smallest number not below `at_least` whose only prime factors are 2, 3 and 5 and which is even.
#[must_use]
pub fn fast_size(at_least: usize) -> usize {
    let mut size = at_least.max(2).next_multiple_of(2);
    loop {
        let mut rest = size;
        for prime in [2, 3, 5] {
            while rest.is_multiple_of(prime) {
                rest /= prime;
            }
        }
        if rest == 1 {
            return size;
        }
        size += 2;
    }
}

/// A transform of one size; cheap to share, and the same for every thread.
pub struct Plan {
    rows: usize,
    columns: usize,
    row_forward: Arc<dyn RealToComplex<f32>>,
    row_inverse: Arc<dyn ComplexToReal<f32>>,
    column_forward: Arc<dyn Fft<f32>>,
    column_inverse: Arc<dyn Fft<f32>>,
    scratch: usize,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plan({} x {})", self.rows, self.columns)
    }
}

/// The half spectrum of a real map, transposed: `columns / 2 + 1` runs of `rows` numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// The numbers, column frequency by column frequency.
    pub values: Vec<Complex<f32>>,
}

/// Buffers of one thread, reused from transform to transform.
#[derive(Debug, Default)]
pub struct Scratch {
    line: Vec<f32>,
    half: Vec<Complex<f32>>,
    columns: Vec<Complex<f32>>,
    work: Vec<Complex<f32>>,
}

type Plans = Mutex<BTreeMap<(usize, usize), Arc<Plan>>>;

impl Plan {
    /// The plan for maps of `rows` x `columns` points, made on first use and kept for the life of the process.
    ///
    /// Any size above 0 works; use [`fast_size`] for speed. An odd number of columns is allowed.
    #[must_use]
    pub fn of(rows: usize, columns: usize) -> Arc<Plan> {
        static PLANS: OnceLock<Plans> = OnceLock::new();
        let (rows, columns) = (rows.max(1), columns.max(1));
        let mut plans = PLANS.get_or_init(Plans::default).lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(plans.entry((rows, columns)).or_insert_with(|| Arc::new(Plan::new(rows, columns))))
    }

    fn new(rows: usize, columns: usize) -> Self {
        let mut real = RealFftPlanner::<f32>::new();
        let mut complex = FftPlanner::<f32>::new();
        let row_forward = real.plan_fft_forward(columns);
        let row_inverse = real.plan_fft_inverse(columns);
        let column_forward = complex.plan_fft_forward(rows);
        let column_inverse = complex.plan_fft_inverse(rows);
        let scratch = [
            row_forward.get_scratch_len(),
            row_inverse.get_scratch_len(),
            column_forward.get_inplace_scratch_len(),
            column_inverse.get_inplace_scratch_len(),
        ]
        .into_iter()
        .max()
        .unwrap_or(0);
        Self { rows, columns, row_forward, row_inverse, column_forward, column_inverse, scratch }
    }

    /// Rows of the maps.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns of the maps.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Frequencies along a row that are kept.
    #[must_use]
    pub fn half(&self) -> usize {
        self.columns / 2 + 1
    }

    fn ready(&self, scratch: &mut Scratch) {
        scratch.line.resize(self.columns, 0.0);
        scratch.half.resize(self.half() * self.rows, Complex::default());
        scratch.columns.resize(self.half() * self.rows, Complex::default());
        scratch.work.resize(self.scratch.max(scratch.work.len()), Complex::default());
    }

    /// The spectrum of a map of `map_rows` x `map_columns` points (row by row in `map`), filled up with zeros to the size of the plan.
    ///
    /// Points beyond the plan's size are ignored; rows that hold nothing cost nothing.
    #[must_use]
    pub fn forward(&self, map: &[f32], map_rows: usize, map_columns: usize, scratch: &mut Scratch) -> Spectrum {
        self.ready(scratch);
        let half = self.half();
        let (used_rows, used) = (map_rows.min(self.rows), map_columns.min(self.columns));
        for row in 0..self.rows {
            let out = &mut scratch.half[row * half..(row + 1) * half];
            let source = if row < used_rows { map.get(row * map_columns..row * map_columns + used) } else { None };
            let Some(source) = source.filter(|s| s.iter().any(|v| *v != 0.0)) else {
                out.fill(Complex::default());
                continue;
            };
            scratch.line[..used].copy_from_slice(source);
            scratch.line[used..self.columns].fill(0.0);
            // The lengths are those of the plan, the only way in which this call can fail.
            if self.row_forward.process_with_scratch(&mut scratch.line[..self.columns], out, &mut scratch.work).is_err()
            {
                out.fill(Complex::default());
            }
        }
        let mut values = vec![Complex::default(); half * self.rows];
        transpose(&scratch.half[..half * self.rows], self.rows, half, &mut values);
        self.column_forward.process_with_scratch(&mut values, &mut scratch.work);
        Spectrum { values }
    }

    /// The map that belongs to a product of spectra, which `product` writes into a transposed half spectrum.
    ///
    /// Only the rows from `-reach` to `+reach` (cyclic) and in them the columns from `-reach` to `+reach` are computed and returned, as
    /// `2 reach + 1` rows of `2 reach + 1` numbers; already divided by the number of points. A reach too large for the plan is cut to what it holds.
    pub fn inverse_window(
        &self,
        product: impl FnOnce(&mut [Complex<f32>]),
        reach: usize,
        out: &mut Vec<f32>,
        scratch: &mut Scratch,
    ) {
        let before = reach.min(self.max_reach());
        let side = 2 * before + 1;
        self.ready(scratch);
        let half = self.half();
        product(&mut scratch.columns[..half * self.rows]);
        self.column_inverse.process_with_scratch(&mut scratch.columns[..half * self.rows], &mut scratch.work);
        let scale = 1.0 / (self.rows * self.columns) as f32;
        out.clear();
        out.reserve(side * side);
        // Sixteen wanted rows at a time, so that the strided reads of one block of columns serve all of them.
        let mut first = 0;
        while first < side {
            let count = BLOCK.min(side - first);
            for c in 0..half {
                let column = &scratch.columns[c * self.rows..(c + 1) * self.rows];
                for i in 0..count {
                    let row = (first + i + self.rows - before) % self.rows;
                    scratch.half[i * half + c] = column[row];
                }
            }
            for i in 0..count {
                let line = &mut scratch.half[i * half..(i + 1) * half];
                // These are real for a real map but for rounding, and the real transform insists.
                line[0].im = 0.0;
                if self.columns.is_multiple_of(2) {
                    line[half - 1].im = 0.0;
                }
                let real = &mut scratch.line[..self.columns];
                if self.row_inverse.process_with_scratch(line, real, &mut scratch.work).is_err() {
                    real.fill(0.0);
                }
                out.extend(real[self.columns - before..].iter().map(|v| v * scale));
                out.extend(real[..side - before].iter().map(|v| v * scale));
            }
            first += count;
        }
    }

    /// The largest reach that [`Plan::inverse_window`] can give.
    #[must_use]
    pub fn max_reach(&self) -> usize {
        (self.rows.min(self.columns) - 1) / 2
    }
}

/// `target[c][r] = source[r][c]`, in blocks.
fn transpose(source: &[Complex<f32>], rows: usize, columns: usize, target: &mut [Complex<f32>]) {
    for block_row in (0..rows).step_by(BLOCK) {
        for block_column in (0..columns).step_by(BLOCK) {
            for column in block_column..(block_column + BLOCK).min(columns) {
                for row in block_row..(block_row + BLOCK).min(rows) {
                    target[column * rows + row] = source[row * columns + column];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    #[test]
    fn fast_sizes_have_small_factors() {
        assert_eq!([1, 2, 7, 17, 164, 361, 481].map(fast_size), [2, 2, 8, 18, 180, 384, 486]);
    }

    fn naive(map: &[f32], rows: usize, columns: usize, u: usize, v: usize) -> Complex<f64> {
        let mut sum = Complex::new(0.0, 0.0);
        for r in 0..rows {
            for c in 0..columns {
                let angle = -TAU * ((u * r) as f64 / rows as f64 + (v * c) as f64 / columns as f64);
                sum += Complex::from_polar(f64::from(map[r * columns + c]), angle);
            }
        }
        sum
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_spectrum_is_that_of_the_definition(rows in 1usize..14, columns in 1usize..14, seed in prop::collection::vec(-1.0..1.0f32, 196)) {
            let plan = Plan::of(rows, columns);
            let spectrum = plan.forward(&seed[..rows * columns], rows, columns, &mut Scratch::default());
            for u in 0..rows {
                for v in 0..plan.half() {
                    let expected = naive(&seed, rows, columns, u, v);
                    let got = spectrum.values[v * rows + u];
                    prop_assert!((f64::from(got.re) - expected.re).abs() < 1e-3 && (f64::from(got.im) - expected.im).abs() < 1e-3);
                }
            }
        }

        #[test]
        fn forward_then_inverse_gives_the_map_back(rows in 1usize..40, columns in 1usize..40, seed in prop::collection::vec(-1.0..1.0f32, 1600)) {
            let plan = Plan::of(rows, columns);
            let mut scratch = Scratch::default();
            let spectrum = plan.forward(&seed, rows, columns, &mut scratch);
            let mut window = Vec::new();
            let reach = plan.max_reach();
            plan.inverse_window(|out| out.copy_from_slice(&spectrum.values), reach, &mut window, &mut scratch);
            let side = 2 * reach + 1;
            prop_assert_eq!(window.len(), side * side);
            for r in 0..side {
                for c in 0..side {
                    let row = (r + rows - reach) % rows;
                    let column = (c + columns - reach) % columns;
                    prop_assert!((window[r * side + c] - seed[row * columns + column]).abs() < 1e-4);
                }
            }
        }
    }
}
