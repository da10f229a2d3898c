//! Filters and correlations against their definitions.

use super::Race;
use brasslink::dsp::correlate::{MaskedMap, MaskedSpectra, coefficient, correlate};
use brasslink::dsp::fft::{Plan, Scratch};
use brasslink::dsp::filter::{Order, low_pass};
use brasslink::dsp::level::median_of;
use brasslink::grid::HeightMap;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// Points along a side of the maps.
const SIDE: usize = 96;
/// Shifts that are correlated, points.
const REACH: usize = 24;
/// Least overlap, points.
const FLOOR: f32 = 400.0;
/// Cutoff of the filter, um, at a pitch of 6.25 um.
const CUTOFF: f64 = 150.0;

/// Smooth noise with holes.
fn map(seed: u64) -> HeightMap {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut map = HeightMap::missing(SIDE, SIDE, 6.25);
    map.z.iter_mut().for_each(|z| *z = random.random_range(-1.0..1.0));
    let mut smooth = low_pass(&map, 40.0, Order::Zero, 0.0);
    for (at, z) in smooth.z.indexed_iter_mut() {
        if (at.0 / 9 + at.1 / 11) % 7 == 0 {
            *z = f32::NAN;
        }
    }
    smooth
}

/// The masked correlation at every shift, summed over the common points.
fn slow_correlation(a: &MaskedMap, b: &MaskedMap) -> Vec<f32> {
    let reach = REACH as i32;
    let mut out = Vec::new();
    for (down, right) in (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| (y, x))) {
        let [mut n, mut sa, mut sb, mut saa, mut sbb, mut sab] = [0f32; 6];
        for row in 0..SIDE as i32 {
            for column in 0..SIDE as i32 {
                let (r, c) = (row + down, column + right);
                if (0..SIDE as i32).contains(&r) && (0..SIDE as i32).contains(&c) {
                    let (p, q) = (r as usize * SIDE + c as usize, row as usize * SIDE + column as usize);
                    let both = a.mask[p] * b.mask[q];
                    n += both;
                    sa += a.values[p] * both;
                    sb += b.values[q] * both;
                    saa += a.values[p] * a.values[p] * both;
                    sbb += b.values[q] * b.values[q] * both;
                    sab += a.values[p] * b.values[q];
                }
            }
        }
        out.push(if n >= FLOOR { coefficient(n, sa, sb, saa, sbb, sab) } else { 0.0 });
    }
    out
}

/// The Gaussian mean of the points there are, in two dimensions at once.
fn slow_low_pass(map: &HeightMap) -> Vec<f32> {
    let sigma = Order::Zero.sigma_um(CUTOFF) / map.pitch_um;
    let radius = (3.5 * sigma).ceil() as usize;
    let weight: Vec<f32> = (0..=radius).map(|d| (-0.5 * (d as f64 / sigma).powi(2)).exp() as f32).collect();
    let side = 0..SIDE;
    side.clone()
        .flat_map(|row| side.clone().map(move |column| (row, column)))
        .map(|(row, column)| {
            if map.z[(row, column)].is_nan() {
                return f32::NAN;
            }
            let (mut sum, mut total) = (0f32, 0f32);
            for r in row.saturating_sub(radius)..(row + radius + 1).min(SIDE) {
                for c in column.saturating_sub(radius)..(column + radius + 1).min(SIDE) {
                    let z = map.z[(r, c)];
                    if !z.is_nan() {
                        let w = weight[r.abs_diff(row)] * weight[c.abs_diff(column)];
                        sum += w * z;
                        total += w;
                    }
                }
            }
            sum / total
        })
        .collect()
}

fn slow_median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.is_empty() {
        None
    } else if values.len() % 2 == 1 {
        Some(values[half])
    } else {
        Some((values[half - 1] + values[half]) / 2.0)
    }
}

fn assert_near(what: &str, a: &[f32], b: &[f32], most: f32) {
    assert_eq!(a.len(), b.len(), "{what}");
    for (at, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a.is_nan() && b.is_nan()) || (a - b).abs() <= most, "{what} at {at}: {a} against {b}");
    }
}

/// What the races of this module run on.
pub struct Data {
    height: HeightMap,
    maps: [MaskedMap; 2],
    plan: Arc<Plan>,
    values: Vec<f64>,
}

impl Data {
    pub fn new() -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(9);
        let values = (0..20_001).map(|_| random.random_range(-1.0..1.0)).collect();
        let maps = [MaskedMap::of(&map(1)), MaskedMap::of(&map(2))];
        Self { height: map(3), maps, plan: Plan::of(SIDE + REACH, SIDE + REACH), values }
    }

    pub fn races(&self) -> Vec<Race<'_>> {
        let Self { height, maps: [a, b], plan, values } = self;
        let fast = move || {
            let mut scratch = Scratch::default();
            let [a, b] = [a, b].map(|map| MaskedSpectra::of(map, plan, &mut scratch));
            correlate(&a, &b, REACH, FLOOR, &mut scratch).r
        };
        assert_near("correlation", &fast(), &slow_correlation(a, b), 2e-3);
        let filtered = move || low_pass(height, CUTOFF, Order::Zero, 0.0);
        assert_near("filter", filtered().z.as_slice().expect("in rows"), &slow_low_pass(height), 1e-4);
        assert_eq!(median_of(&mut values.clone()), slow_median(&mut values.clone()));
        vec![
            Race::new("masked correlation against its sums", fast, || slow_correlation(a, b)),
            Race::new("Gaussian filter against its definition", filtered, || slow_low_pass(height)),
            Race::new("median against sorting", || median_of(&mut values.clone()), || slow_median(&mut values.clone())),
        ]
    }
}
