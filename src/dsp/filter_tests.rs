//! Tests of the neighbouring module.

use super::*;
use proptest::prelude::*;

fn map_from(rows: usize, columns: usize, pitch_um: f64, z: impl Fn(usize, usize) -> f32) -> HeightMap {
    HeightMap { z: Array2::from_shape_fn((rows, columns), |(r, c)| z(r, c)), pitch_um }
}

/// Weighted least squares at every point, straight from the definition, in double precision.
fn naive(map: &HeightMap, cutoff_um: f64, order: Order, min_support: f64) -> Array2<f32> {
    let sigma = order.sigma_um(cutoff_um) / map.pitch_um;
    let (rows, columns) = map.z.dim();
    let radius = ((REACH_SD * sigma).ceil() as i64).min(rows.max(columns) as i64).max(1);
    let weight = |d: i64| (-0.5 * (d as f64 / sigma).powi(2)).exp();
    let total: f64 = (-radius..=radius).map(weight).sum::<f64>().powi(2);
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        if !map.z[(row, column)].is_finite() {
            return f32::NAN;
        }
        let mut points = Vec::new();
        for r in 0..rows as i64 {
            for c in 0..columns as i64 {
                let (y, x) = (r - row as i64, c - column as i64);
                let z = map.z[(r as usize, c as usize)];
                if y.abs() <= radius && x.abs() <= radius && z.is_finite() {
                    points.push((x as f64 / sigma, y as f64 / sigma, f64::from(z), weight(x) * weight(y)));
                }
            }
        }
        if points.iter().map(|p| p.3).sum::<f64>() / total < min_support {
            return f32::NAN;
        }
        let moment = |a: usize, b: usize| {
            points.iter().map(|p| p.3 * p.0.powi(a as i32) * p.1.powi(b as i32)).sum::<f64>() / total
        };
        let data = |a: usize, b: usize| {
            points.iter().map(|p| p.3 * p.2 * p.0.powi(a as i32) * p.1.powi(b as i32)).sum::<f64>() / total
        };
        value_at_centre(order.degree(), &moment, &data).map_or(f32::NAN, |v| v as f32)
    })
}

fn assert_close(fast: &Array2<f32>, slow: &Array2<f32>, tolerance: f32) {
    for ((at, a), b) in fast.indexed_iter().zip(slow) {
        assert_eq!(a.is_nan(), b.is_nan(), "at {at:?}: {a} against {b}");
        assert!(a.is_nan() || (a - b).abs() <= tolerance, "at {at:?}: {a} against {b}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_separable_filter_equals_its_definition(
        rows in 1usize..40, columns in 1usize..40, seed in 0u64..1_000_000, share in 0.0..1.0f64,
        cutoff in 5.0..120.0f64, order in prop::sample::select(vec![Order::Zero, Order::One, Order::Two]),
    ) {
        let hash = |r: usize, c: usize| {
            let mut h = seed ^ ((r as u64) << 32) ^ (c as u64);
            for _ in 0..3 {
                h = (h ^ (h >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            }
            h ^ (h >> 31)
        };
        let map = map_from(rows, columns, 6.25, |r, c| {
            let h = hash(r, c);
            if (h % 1000) as f64 / 1000.0 < 0.7 * share { f32::NAN } else { 100.0 + (h >> 40) as f32 / 2e6 }
        });
        // Lone points would make the naive and the fast pivots fall on either side of their floor.
        let fast = low_pass(&map, cutoff, order, 0.2);
        let slow = naive(&map, cutoff, order, 0.2);
        let mut worst = 0f32;
        for (a, b) in fast.z.iter().zip(&slow) {
            if a.is_finite() && b.is_finite() {
                worst = worst.max((a - b).abs());
            }
        }
        prop_assert!(worst < 0.02, "{worst}");
    }
}

#[test]
fn a_ring_is_filtered_as_defined() {
    let map = map_from(70, 61, 15.0, |r, c| {
        let d = (r as f64 - 34.0).hypot(c as f64 - 30.0);
        let z = 3.0 + 0.02 * r as f32 + ((r * 7 + c * 13) % 11) as f32 * 0.1;
        if (12.0..29.0).contains(&d) { z } else { f32::NAN }
    });
    for order in [Order::Zero, Order::One, Order::Two] {
        assert_close(&low_pass(&map, 150.0, order, 0.1).z, &naive(&map, 150.0, order, 0.1), 2e-4);
    }
}

#[test]
fn each_order_reproduces_its_polynomials_up_to_the_edge() {
    let inside = |r: usize, c: usize| (r as f64 - 30.0).hypot(c as f64 - 25.0) < 24.0 && r + c > 20;
    let make = |z: fn(f32, f32) -> f32| {
        map_from(60, 50, 10.0, |r, c| if inside(r, c) { z(c as f32 / 10.0, r as f32 / 10.0) } else { f32::NAN })
    };
    for (order, map) in [
        (Order::Zero, make(|_, _| 4.25)),
        (Order::One, make(|x, y| 1.0 - 0.7 * x + 0.3 * y)),
        (Order::Two, make(|x, y| 2.0 + x - y + 0.2 * x * x - 0.3 * x * y + 0.1 * y * y)),
    ] {
        assert_close(&low_pass(&map, 120.0, order, 0.05).z, &map.z, 2e-3);
    }
}

#[test]
fn half_of_a_wave_at_the_cutoff_passes_in_every_order() {
    let wavelength = 20.0;
    let map = map_from(200, 200, 1.0, |_, c| (TAU * c as f64 / wavelength).sin() as f32);
    for order in [Order::Zero, Order::One, Order::Two] {
        let low = low_pass(&map, wavelength, order, 0.5);
        let gain = f64::from(low.z[(100, 105)] / map.z[(100, 105)]);
        assert!((gain - 0.5).abs() < 0.01, "{order:?}: {gain}");
    }
}

#[test]
fn thin_support_becomes_missing_and_absurd_cutoffs_change_nothing() {
    let mut map = HeightMap::missing(40, 40, 10.0);
    map.z[(20, 20)] = 1.0;
    assert_eq!(low_pass(&map, 100.0, Order::Two, 0.5).valid_count(), 0);
    assert_eq!(low_pass(&map, 100.0, Order::Two, 0.0).z[(20, 20)], 1.0);
    for cutoff in [f64::NAN, 0.0, -3.0, f64::INFINITY] {
        assert_eq!(low_pass(&map, cutoff, Order::One, 0.0).z[(20, 20)], 1.0);
    }
    assert_eq!(low_pass(&HeightMap::missing(0, 0, 1.0), 10.0, Order::Two, 0.0).z.len(), 0);
    assert_eq!(low_pass(&HeightMap::missing(0, 5, 1.0), 10.0, Order::Two, 0.0).z.dim(), (0, 5));
    assert_eq!(low_pass(&HeightMap::missing(5, 0, 1.0), 10.0, Order::Two, 0.0).z.dim(), (5, 0));
}

#[test]
fn the_band_pass_keeps_its_band_and_drops_the_rest() {
    let rms = |wavelength: f64| {
        let map = map_from(200, 200, 5.0, |_, c| (TAU * c as f64 * 5.0 / wavelength).sin() as f32);
        let band = band_pass(&map, 30.0, 150.0, Order::Two, 0.5);
        let middle = band.z.slice(ndarray::s![100, 60..140]);
        (middle.iter().map(|z| z * z).sum::<f32>() / 80.0).sqrt() * 2f32.sqrt()
    };
    assert!(rms(70.0) > 0.75);
    assert!(rms(600.0) < 0.02);
    assert!(rms(12.0) < 0.05);
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let map = map_from(90, 77, 10.0, |r, c| if (r * c) % 7 == 3 { f32::NAN } else { ((r * 31 + c * 17) % 23) as f32 });
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| low_pass(&map, 130.0, Order::Two, 0.1).z.mapv(f32::to_bits))
    };
    assert_eq!(with(1), with(4));
}
