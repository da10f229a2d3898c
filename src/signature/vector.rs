//! The rotation-invariant vector of a mark: signs of random projections of the cross-spectra of its rings.
//!
//! Turning a mark by `a` multiplies the angular spectrum `F_r(k)` of every ring by `exp(-i k a)`. The product
//! `F_r(k) conj F_{r+l}(k)` of two rings does not see the turn, but unlike the power spectrum keeps how the rings lie
//! against each other in phase, which is where the individuality of a mark is.
//!
//! The products are brought to a handy length by a subsampled randomised Hadamard transform (Ailon and Chazelle 2009, SIAM J. Comput.
//! 39(1); Tropp 2011, Adv. Adapt. Data Anal. 3), which needs neither training nor a stored matrix, and of each projection the sign is kept:
//! the share of signs that differ is the angle between the products of two marks over pi (Charikar 2002, STOC). At equal memory many
//! signs keep the order of marks better than few numbers, because what blurs it is the number of projections, not their precision.
//!
//! The vector is drawn from the **coarse** band, and a query is drawn about **several centres** of which the nearest counts. The centres of
//! two marks of one pistol lie 24 um apart in the median (44 at 90 %), and that, not the number of bits, is what hides weak marks: on real
//! scans of weak marks the best mate lies 3.2 standard deviations above other marks with one centre, 6.4 with nine (least: 1.4 and 5.3).

use super::code::{clip, take_out_ring_means};
use super::lattice_half;
use super::spectrum::AngleTransform;
use crate::dsp::polar::{self, PolarGrid, Sampler};
use crate::geometry::Point;
use crate::mark::Mark;
use ndarray::Array2;
use rayon::prelude::*;
use rustfft::num_complex::Complex32;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Longest vector that the projection may make, words of 64 bits.
pub const GREATEST_WORDS: usize = 1024;
/// Seed of the projection; part of the version, since vectors of different seeds cannot be compared.
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
    /// Rings are multiplied with those this many rings further out, and with those at multiples of it ...
    pub ring_lag_step: usize,
    /// ... up to so many times.
    pub ring_lags: usize,
    /// Length of the vector, words of 64 bits.
    pub words: usize,
    /// Step of the lattice of centres of a query, um.
    pub offset_step_um: f64,
    /// Least half-width of the lattice, steps; 1 makes 3 x 3 centres.
    pub offset_half_least: usize,
    /// Greatest half-width of the lattice, steps.
    pub offset_half_most: usize,
    /// The lattice reaches this many standard deviations of the two centres' distance.
    pub offset_reach_sd: f64,
}

impl Default for VectorParameters {
    /// The grid of the code, multiplied at lags of 64 to 320 um: the coarse band's shortest wave is 75 um, so nearer rings say more of the band than
    /// of the mark. Frequencies from 2 (0 and 1 are form and centre error) to 90, a wave of 75 um on a ring of 1.1 mm. 8,192 bits, 1 KB a mark:
    /// half as many cost one standard deviation in eight. Centres 35 um apart: with 70 um between them weak marks fall through, and more than
    /// 3 x 3 gain little for centres known to some 25 um; those of a torn rim (100 um) get 5 x 5.
    fn default() -> Self {
        Self {
            grid: PolarGrid { rings: 48, angles: 384, inner_um: 600.0, outer_um: 2100.0 },
            frequency_least: 2,
            frequency_most: 90,
            ring_lag_step: 2,
            ring_lags: 5,
            words: 128,
            offset_step_um: 35.0,
            offset_half_least: 1,
            offset_half_most: 2,
            offset_reach_sd: 1.0,
        }
    }
}

/// Draws the vector of a mark about its centre; all zeros when there is no surface on the rings.
#[must_use]
pub fn draw(mark: &Mark, parameters: &VectorParameters) -> Vec<u64> {
    of_map(polar::sample(&mark.coarse, mark.centre.at, &parameters.grid), parameters)
}

/// Draws the vectors of a query: about its centre first, then about the others of a lattice wide enough for gallery marks whose centres have a standard
/// deviation of up to `widest_gallery_sd_um`. Some 2 ms a centre.
#[must_use]
pub fn draw_query(mark: &Mark, widest_gallery_sd_um: f64, parameters: &VectorParameters) -> Vec<Vec<u64>> {
    let p = parameters;
    let reach = p.offset_reach_sd * mark.centre.sd_um.hypot(widest_gallery_sd_um);
    let half = lattice_half(reach, p.offset_step_um, p.offset_half_least, p.offset_half_most) as i32;
    let mut centres: Vec<(i32, i32)> = (-half..=half).flat_map(|y| (-half..=half).map(move |x| (x, y))).collect();
    centres.sort_by_key(|(x, y)| x * x + y * y);
    let at = |steps: i32| f64::from(steps) * p.offset_step_um;
    let about = |(x, y): (i32, i32)| Point::new(mark.centre.at.x_um + at(x), mark.centre.at.y_um + at(y));
    let coarse = Sampler::of(&mark.coarse, &p.grid);
    centres.into_par_iter().map(|centre| of_map(coarse.about(about(centre)), p)).collect()
}

/// The vector of a polar map of heights (rings, angles), NaN where missing.
#[must_use]
pub fn of_map(map: Array2<f32>, parameters: &VectorParameters) -> Vec<u64> {
    signs_of_projections(&cross_spectra(map, parameters), parameters.words.min(GREATEST_WORDS))
}

/// The products of rings: for each lag, ring and frequency the real and the imaginary part, each product divided by the fourth root of its magnitude
/// so that single strong ones weigh less.
fn cross_spectra(mut map: Array2<f32>, parameters: &VectorParameters) -> Vec<f32> {
    clip(&mut map);
    take_out_ring_means(&mut map);
    let (rings, angles) = map.dim();
    let transform = AngleTransform::of(angles);
    let bins = transform.bins();
    let mut spectra = vec![Complex32::default(); rings * bins];
    let mut ring_values = vec![0f32; angles];
    for (row, spectrum) in map.rows().into_iter().zip(spectra.chunks_exact_mut(bins)) {
        for (value, &z) in ring_values.iter_mut().zip(row) {
            *value = if z.is_finite() { z } else { 0.0 };
        }
        transform.forward(&mut ring_values, spectrum);
    }
    let most = parameters.frequency_most.min(bins.saturating_sub(1));
    let mut products = Vec::new();
    for lag in (1..=parameters.ring_lags).map(|n| n * parameters.ring_lag_step) {
        for (inner, outer) in spectra.chunks_exact(bins).zip(spectra.chunks_exact(bins).skip(lag)) {
            let pairs = inner.iter().zip(outer).take(most + 1).skip(parameters.frequency_least);
            products.extend(pairs.flat_map(|(a, b)| {
                let product = damped(a * b.conj());
                [product.re, product.im]
            }));
        }
    }
    products
}

/// The value divided by the fourth root of its magnitude, by square roots alone: those are the same on every machine.
fn damped(value: Complex32) -> Complex32 {
    let eighth_root = value.norm_sqr().sqrt().sqrt().sqrt();
    if eighth_root > 0.0 { value / eighth_root } else { value }
}

/// Random signs and a random choice of entries, fixed by the version's seed, the length of what is projected and the number of words.
struct Projection {
    /// Values whose bit is set change their sign.
    flipped: Vec<bool>,
    /// Which entries of the transform count, one a bit.
    chosen: Vec<u32>,
}

impl Projection {
    /// The projection of `count` values to `words`, made on first use and kept for the life of the process.
    fn of(count: usize, length: usize, words: usize) -> Arc<Self> {
        static KEPT: Mutex<BTreeMap<(usize, usize), Arc<Projection>>> = Mutex::new(BTreeMap::new());
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(kept.entry((count, words)).or_insert_with(|| Arc::new(Self::new(count, length, words))))
    }

    fn new(count: usize, length: usize, words: usize) -> Self {
        let mut random = SplitMix(PROJECTION_SEED);
        let flipped = (0..count).map(|_| random.next() >> 63 == 1).collect();
        // The first of a Fisher-Yates shuffle of all entries.
        let mut order: Vec<u32> = (0..length as u32).collect();
        let bits = 64 * words;
        for i in 0..bits {
            let j = i + (random.next() % (length - i) as u64) as usize;
            order.swap(i, j);
        }
        order.truncate(bits);
        Self { flipped, chosen: order }
    }
}

/// Subsampled randomised Hadamard transform: random signs, Walsh-Hadamard transform, the signs of a random choice of `64 words` entries. Signs and choice
/// are fixed by the version's seed and the length of `values`; a shorter vector is the beginning of a longer one.
fn signs_of_projections(values: &[f32], words: usize) -> Vec<u64> {
    let length = values.len().max(64 * words).next_power_of_two();
    let projection = Projection::of(values.len(), length, words);
    let mut mixed: Vec<f32> = values.iter().zip(&projection.flipped).map(|(v, f)| if *f { -v } else { *v }).collect();
    mixed.resize(length, 0.0);
    walsh_hadamard(&mut mixed);
    let bits = projection.chosen.chunks(64);
    bits.map(|chosen| chosen.iter().rev().fold(0, |word, at| word << 1 | u64::from(mixed[*at as usize] > 0.0)))
        .collect()
}

/// Walsh-Hadamard transform in place, without a factor; the length is a power of two.
#[multiversion::multiversion(targets("x86_64+avx2"))]
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
    fn the_share_of_differing_signs_is_the_angle_over_pi() {
        let mut random = SplitMix(5);
        let mut draw = || -> Vec<f32> { (0..3000).map(|_| (random.next() >> 40) as f32 / 8_388_608.0 - 1.0).collect() };
        let (a, noise) = (draw(), draw());
        for mix in [1.0f32, 0.9, 0.6, 0.2, 0.0, -0.5] {
            let b: Vec<f32> = a.iter().zip(&noise).map(|(a, n)| mix * a + (1.0 - mix * mix).sqrt() * n).collect();
            let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| f64::from(x * y)).sum::<f64>();
            let angle = (dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()).min(1.0).acos() / std::f64::consts::PI;
            let (x, y) = (signs_of_projections(&a, 64), signs_of_projections(&b, 64));
            let share = f64::from(crate::index::vectors::hamming(&x, &y)) / 4096.0;
            // Four standard errors of a share of 4,096.
            assert!((share - angle).abs() < 0.032, "{mix}: {share} {angle}");
            assert_eq!(signs_of_projections(&a, 8), x[..8], "a shorter vector is the beginning of a longer one");
        }
    }

    #[test]
    fn the_generator_is_the_published_one() {
        // First outputs for seed 1234567, as the reference implementation gives them.
        let mut random = SplitMix(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }
}
