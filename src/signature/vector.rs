//! The rotation-invariant vector of a mark: cross-spectra of neighbouring rings, projected.
//!
//! Turning a mark by `a` multiplies the angular spectrum `F_r(k)` of every ring by `exp(-i k a)`. The product
//! `F_r(k) conj F_{r+l}(k)` of two rings does not see the turn, but unlike the power spectrum keeps how the rings lie
//! against each other in phase, which is where the individuality of a mark is. The products of rings one to four apart are
//! brought to a handy length by a subsampled randomised Hadamard transform (Ailon and Chazelle 2009, SIAM J. Comput.
//! 39(1); Tropp 2011, Adv. Adapt. Data Anal. 3), which keeps inner products within their sampling error and needs neither
//! training nor a stored matrix.
//!
//! The vector is drawn from the **coarse** band. It has one centre only, and the centres of two marks of one pistol lie 24 um
//! apart in the median (44 at 90 %): short waves lose their phase over that, waves of 75 um and more keep it.

use super::code::{clip, take_out_ring_means};
use super::spectrum::AngleTransform;
use crate::dsp::polar::{self, PolarGrid};
use crate::mark::Mark;
use rustfft::num_complex::Complex32;
use serde::{Deserialize, Serialize};

/// Longest vector that the projection may make.
pub const GREATEST_DIMENSIONS: usize = 4096;
/// Seed of the projection; part of version 1, since vectors of different seeds cannot be compared.
const PROJECTION_SEED: u64 = 0x6272_6173_736c_696e;

/// How the vector is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VectorParameters {
    /// Rings and angles of the polar map.
    pub grid: PolarGrid,
    /// Lowest angular frequency that is used, cycles a turn.
    pub frequency_least: usize,
    /// Highest angular frequency that is used, cycles a turn.
    pub frequency_most: usize,
    /// Rings are multiplied with those up to this many rings further out.
    pub ring_lag_most: usize,
    /// Exponent of the products' magnitudes, 0 to 1: below one, single strong products weigh less.
    pub magnitude_exponent: f64,
    /// Length of the vector.
    pub dimensions: usize,
}

impl Default for VectorParameters {
    /// 32 rings 48 um apart, up to four apart: products reach 190 um, half the longest wave of the coarse band; nearer rings
    /// alone say more of the band than of the mark. Frequencies from 2 (0 and 1 are form and centre error) to 90, a wave of
    /// 75 um on a ring of 1.1 mm. 1,024 numbers: measured on 103 scans of three studies, 4,096 rank hardly better.
    fn default() -> Self {
        Self {
            grid: PolarGrid { rings: 32, angles: 256, inner_um: 600.0, outer_um: 2100.0 },
            frequency_least: 2,
            frequency_most: 90,
            ring_lag_most: 4,
            magnitude_exponent: 1.0,
            dimensions: 1024,
        }
    }
}

/// Draws the vector of a mark about its centre: unit length, or all zeros when there is no surface on the rings.
#[must_use]
pub fn draw(mark: &Mark, parameters: &VectorParameters) -> Vec<f32> {
    let products = cross_spectra(mark, parameters);
    let mut vector = project(&products, parameters.dimensions.min(GREATEST_DIMENSIONS));
    to_unit_length(&mut vector);
    vector
}

/// The products of neighbouring rings: for each lag, ring and frequency the real and the imaginary part.
#[must_use]
pub fn cross_spectra(mark: &Mark, parameters: &VectorParameters) -> Vec<f32> {
    let mut map = polar::sample(&mark.coarse, mark.centre.at, &parameters.grid);
    clip(&mut map);
    take_out_ring_means(&mut map);
    let transform = AngleTransform::new(parameters.grid.angles);
    let bins = transform.bins();
    let mut spectra = vec![Complex32::default(); parameters.grid.rings * bins];
    let mut ring_values = vec![0f32; parameters.grid.angles];
    for (row, spectrum) in map.rows().into_iter().zip(spectra.chunks_exact_mut(bins)) {
        for (value, &z) in ring_values.iter_mut().zip(row) {
            *value = if z.is_finite() { z } else { 0.0 };
        }
        transform.forward(&mut ring_values, spectrum);
    }
    let frequencies = parameters.frequency_least..=parameters.frequency_most.min(bins.saturating_sub(1));
    let mut products = Vec::new();
    for lag in 1..=parameters.ring_lag_most {
        for ring in 0..parameters.grid.rings.saturating_sub(lag) {
            for k in frequencies.clone() {
                let product = spectra[ring * bins + k] * spectra[(ring + lag) * bins + k].conj();
                let product = damped(product, parameters.magnitude_exponent);
                products.extend([product.re, product.im]);
            }
        }
    }
    products
}

/// The value with its magnitude raised to a power.
fn damped(value: Complex32, exponent: f64) -> Complex32 {
    let squared = f64::from(value.norm_sqr());
    if exponent == 1.0 || squared <= 0.0 {
        return value;
    }
    value * libm::pow(squared, 0.5 * (exponent - 1.0)) as f32
}

/// Subsampled randomised Hadamard transform: random signs, Walsh-Hadamard transform, a random choice of `dimensions`
/// entries. Signs and choice are fixed by the version's seed and the length of `values`.
fn project(values: &[f32], dimensions: usize) -> Vec<f32> {
    let length = values.len().max(dimensions).next_power_of_two();
    let mut random = SplitMix(PROJECTION_SEED);
    let mut mixed = vec![0f32; length];
    for (to, &value) in mixed.iter_mut().zip(values) {
        *to = if random.next() >> 63 == 0 { value } else { -value };
    }
    walsh_hadamard(&mut mixed);
    // The first `dimensions` of a Fisher-Yates shuffle of all entries.
    let mut order: Vec<u32> = (0..length as u32).collect();
    (0..dimensions)
        .map(|i| {
            let j = i + (random.next() % (length - i) as u64) as usize;
            order.swap(i, j);
            mixed[order[i] as usize]
        })
        .collect()
}

/// Walsh-Hadamard transform in place, without a factor; the length is a power of two.
fn walsh_hadamard(values: &mut [f32]) {
    let mut half = 1;
    while half < values.len() {
        for pair in values.chunks_exact_mut(2 * half) {
            let (low, high) = pair.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}

/// Scales to unit length; zeros when the length is zero or not finite.
pub(crate) fn to_unit_length(vector: &mut [f32]) {
    let squared: f64 = vector.iter().map(|&v| f64::from(v) * f64::from(v)).sum();
    let scale = if squared > 0.0 && squared.is_finite() { 1.0 / squared.sqrt() } else { 0.0 };
    for value in vector.iter_mut() {
        *value = if scale > 0.0 { (f64::from(*value) * scale) as f32 } else { 0.0 };
    }
}

/// Steele, Lea and Flood 2014 (OOPSLA): a small generator whose numbers never change with a crate's version.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_hadamard_transform_is_the_matrix_of_sign_products() {
        let values: Vec<f32> = (0..16).map(|i| ((i * 7) % 5) as f32 - 2.0).collect();
        let mut fast = values.clone();
        walsh_hadamard(&mut fast);
        for (row, &got) in fast.iter().enumerate() {
            let slow: f32 = values
                .iter()
                .enumerate()
                .map(|(column, &v)| if (row & column).count_ones() % 2 == 0 { v } else { -v })
                .sum();
            assert_eq!(got, slow, "row {row}");
        }
    }

    #[test]
    fn the_projection_keeps_inner_products() {
        let mut random = SplitMix(5);
        let mut draw = || -> Vec<f32> { (0..3000).map(|_| (random.next() >> 40) as f32 / 8_388_608.0 - 1.0).collect() };
        let (a, noise) = (draw(), draw());
        let b: Vec<f32> = a.iter().zip(&noise).map(|(a, n)| 0.6 * a + 0.8 * n).collect();
        let cosine = |a: &[f32], b: &[f32]| -> f32 {
            let (mut a, mut b) = (a.to_vec(), b.to_vec());
            to_unit_length(&mut a);
            to_unit_length(&mut b);
            a.iter().zip(&b).map(|(a, b)| a * b).sum()
        };
        let (full, projected) = (cosine(&a, &b), cosine(&project(&a, 1024), &project(&b, 1024)));
        // The standard error of a cosine from 1024 random signs is at most 1 / 32.
        assert!((full - projected).abs() < 0.1, "{full} {projected}");
    }

    #[test]
    fn the_generator_is_the_published_one() {
        // First outputs for seed 1234567, as the reference implementation gives them.
        let mut random = SplitMix(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }
}
