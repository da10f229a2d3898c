//! Masked normalised cross-correlation over all shifts by Fourier transform.
//!
//! Source: D. Padfield, "Masked object registration in the Fourier domain", IEEE Trans. Image Process. 21 (2012) 2706-2718. With A, B
//! zero where masked, Ma, Mb the masks and (.) cross-correlation: N = Ma(.)Mb, Sa = A(.)Mb, Sb = Ma(.)B, Saa = A2(.)Mb, Sbb = Ma(.)B2,
//! Sab = A(.)B, and r = (Sab - Sa Sb / N) / sqrt((Saa - Sa2 / N)(Sbb - Sb2 / N)) wherever N reaches a floor. Numerator and denominator
//! see the same points, so a partly empty map is not punished.

use crate::dsp::fft::{Plan, Scratch, Spectrum};
use crate::grid::HeightMap;
use rustfft::num_complex::Complex;
use std::sync::Arc;

/// A map whose missing points are zero, with its mask; rows of numbers one after another.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskedMap {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Values, 0 where missing.
    pub values: Vec<f32>,
    /// 1 where there is a value, else 0.
    pub mask: Vec<f32>,
}

impl MaskedMap {
    /// Takes over a height map; NaN and infinities become missing.
    #[must_use]
    pub fn of(map: &HeightMap) -> Self {
        let (rows, columns) = map.z.dim();
        let values = map.z.iter().map(|z| if z.is_finite() { *z } else { 0.0 }).collect();
        let mask = map.z.iter().map(|z| if z.is_finite() { 1.0 } else { 0.0 }).collect();
        Self { rows, columns, values, mask }
    }

    /// How many points have a value.
    #[must_use]
    pub fn count(&self) -> usize {
        self.mask.iter().filter(|m| **m > 0.0).count()
    }
}

/// The three transforms of one side that every correlation with another map needs.
#[derive(Debug, Clone)]
pub struct MaskedSpectra {
    plan: Arc<Plan>,
    values: Spectrum,
    squares: Spectrum,
    mask: Spectrum,
}

impl MaskedSpectra {
    /// Transforms a map with a plan; both sides of a correlation must use the same plan, at least as large as the larger map plus the reach.
    #[must_use]
    pub fn of(map: &MaskedMap, plan: &Arc<Plan>, scratch: &mut Scratch) -> Self {
        let squares: Vec<f32> = map.values.iter().map(|v| v * v).collect();
        Self {
            plan: Arc::clone(plan),
            values: plan.forward(&map.values, map.rows, map.columns, scratch),
            squares: plan.forward(&squares, map.rows, map.columns, scratch),
            mask: plan.forward(&map.mask, map.rows, map.columns, scratch),
        }
    }
}

/// A figure for every shift from `-reach` to `+reach` along both axes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShiftMap {
    /// Largest shift, points.
    pub reach: usize,
    /// Correlation -1 to 1, row by row; 0 where the overlap is below the floor.
    pub r: Vec<f32>,
    /// Points in common.
    pub overlap: Vec<f32>,
}

impl ShiftMap {
    /// Numbers in a row.
    #[must_use]
    pub fn side(&self) -> usize {
        2 * self.reach + 1
    }

    /// Row and column shift (points by which the comparison map moves) of an index.
    #[must_use]
    pub fn shift_of(&self, index: usize) -> (i32, i32) {
        let side = self.side();
        ((index / side) as i32 - self.reach as i32, (index % side) as i32 - self.reach as i32)
    }
}

/// Plain cross-correlation, sum over p of `a(p + s) b(p)`, for all shifts s up to `reach` along both axes.
///
/// For maps of signs (-1, 0, 1) this over the common points is already the correlation of the signs.
pub fn cross(plan: &Plan, a: &Spectrum, b: &Spectrum, reach: usize, out: &mut Vec<f32>, scratch: &mut Scratch) {
    plan.inverse_window(|out| multiply(&a.values, &b.values, out), reach, out, scratch);
}

/// `out = a * conj(b)`, number by number.
#[multiversion::multiversion(targets("x86_64+avx2"))]
fn multiply(a: &[Complex<f32>], b: &[Complex<f32>], out: &mut [Complex<f32>]) {
    for (out, (a, b)) in out.iter_mut().zip(a.iter().zip(b)) {
        *out = Complex::new(a.re * b.re + a.im * b.im, a.im * b.re - a.re * b.im);
    }
}

/// Masked normalised cross-correlation of `reference` with `comparison` moved by every shift up to `reach`.
///
/// Shifts with fewer common points than `floor` (at least 3) get correlation 0. Never NaN: where one side is constant the correlation is 0.
/// Maps prepared with different plans have no correlation: the result is empty of overlap.
#[must_use]
pub fn correlate(
    reference: &MaskedSpectra,
    comparison: &MaskedSpectra,
    reach: usize,
    floor: f32,
    scratch: &mut Scratch,
) -> ShiftMap {
    let plan = &reference.plan;
    let reach = reach.min(plan.max_reach());
    let points = (2 * reach + 1) * (2 * reach + 1);
    let mut found = ShiftMap { reach, r: vec![0.0; points], overlap: vec![0.0; points] };
    if comparison.plan.rows() != plan.rows() || comparison.plan.columns() != plan.columns() {
        return found;
    }
    let (mut sa, mut sb, mut saa, mut sbb, mut sab) = (vec![], vec![], vec![], vec![], vec![]);
    cross(plan, &reference.mask, &comparison.mask, reach, &mut found.overlap, scratch);
    cross(plan, &reference.values, &comparison.mask, reach, &mut sa, scratch);
    cross(plan, &reference.mask, &comparison.values, reach, &mut sb, scratch);
    cross(plan, &reference.squares, &comparison.mask, reach, &mut saa, scratch);
    cross(plan, &reference.mask, &comparison.squares, reach, &mut sbb, scratch);
    cross(plan, &reference.values, &comparison.values, reach, &mut sab, scratch);
    let floor = floor.max(3.0);
    for i in 0..points {
        let n = found.overlap[i].round();
        found.overlap[i] = n.max(0.0);
        if n >= floor {
            found.r[i] = coefficient(n, sa[i], sb[i], saa[i], sbb[i], sab[i]);
        }
    }
    found
}

/// Share of the raw energy that must remain after the mean is taken out; below it the side counts as constant, because what is left
/// is rounding of 24-bit numbers.
const CONSTANT: f32 = 1e-5;

/// The correlation coefficient from the six sums over `n` common points; 0 where one side is constant.
#[must_use]
pub fn coefficient(n: f32, sa: f32, sb: f32, saa: f32, sbb: f32, sab: f32) -> f32 {
    if n <= 0.0 {
        return 0.0;
    }
    let (va, vb) = (saa - sa * sa / n, sbb - sb * sb / n);
    if va <= CONSTANT * saa.max(f32::MIN_POSITIVE) || vb <= CONSTANT * sbb.max(f32::MIN_POSITIVE) {
        return 0.0;
    }
    let r = (sab - sa * sb / n) / (va.sqrt() * vb.sqrt());
    if r.is_finite() { r.clamp(-1.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::fft::fast_size;
    use proptest::prelude::*;

    /// The definition, point by point, in double precision.
    fn slow(a: &MaskedMap, b: &MaskedMap, dy: i32, dx: i32) -> (f64, f64) {
        let mut pairs = Vec::new();
        for row in 0..b.rows as i32 {
            for column in 0..b.columns as i32 {
                let (r, c) = (row + dy, column + dx);
                if r < 0 || c < 0 || r >= a.rows as i32 || c >= a.columns as i32 {
                    continue;
                }
                let (i, j) = (r as usize * a.columns + c as usize, row as usize * b.columns + column as usize);
                if a.mask[i] > 0.0 && b.mask[j] > 0.0 {
                    pairs.push((f64::from(a.values[i]), f64::from(b.values[j])));
                }
            }
        }
        let n = pairs.len() as f64;
        let ma = pairs.iter().map(|p| p.0).sum::<f64>() / n;
        let mb = pairs.iter().map(|p| p.1).sum::<f64>() / n;
        let ab: f64 = pairs.iter().map(|p| (p.0 - ma) * (p.1 - mb)).sum();
        let aa: f64 = pairs.iter().map(|p| (p.0 - ma).powi(2)).sum();
        let bb: f64 = pairs.iter().map(|p| (p.1 - mb).powi(2)).sum();
        (n, if aa > 0.0 && bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 })
    }

    fn map(rows: usize, columns: usize) -> impl Strategy<Value = MaskedMap> {
        prop::collection::vec(prop::option::weighted(0.8, -3.0..3.0f32), rows * columns).prop_map(move |v| MaskedMap {
            rows,
            columns,
            values: v.iter().map(|x| x.unwrap_or(0.0)).collect(),
            mask: v.iter().map(|x| if x.is_some() { 1.0 } else { 0.0 }).collect(),
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn the_fast_correlation_equals_the_definition(a in map(11, 9), b in map(8, 12)) {
            let reach = 5;
            let size = fast_size(12 + reach);
            let plan = Plan::of(size, size);
            let mut scratch = Scratch::default();
            let found = correlate(&MaskedSpectra::of(&a, &plan, &mut scratch), &MaskedSpectra::of(&b, &plan, &mut scratch), reach, 6.0, &mut scratch);
            for i in 0..found.r.len() {
                let (dy, dx) = found.shift_of(i);
                let (n, r) = slow(&a, &b, dy, dx);
                prop_assert!((f64::from(found.overlap[i]) - n).abs() < 0.5);
                let expected = if n >= 6.0 { r } else { 0.0 };
                prop_assert!((f64::from(found.r[i]) - expected).abs() < 2e-3, "shift {dy} {dx}: expected {expected}, got {}", found.r[i]);
            }
        }
    }

    #[test]
    fn a_constant_side_correlates_with_nothing_and_is_no_nan() {
        let flat = MaskedMap { rows: 8, columns: 8, values: vec![2.5; 64], mask: vec![1.0; 64] };
        let empty = MaskedMap { rows: 8, columns: 8, values: vec![0.0; 64], mask: vec![0.0; 64] };
        let plan = Plan::of(12, 12);
        let mut scratch = Scratch::default();
        let (f, e) = (MaskedSpectra::of(&flat, &plan, &mut scratch), MaskedSpectra::of(&empty, &plan, &mut scratch));
        for other in [&f, &e] {
            assert!(correlate(&f, other, 4, 3.0, &mut scratch).r.iter().all(|r| *r == 0.0));
        }
    }
}
