//! Tests of the neighbouring module.

use super::*;
use proptest::prelude::*;

fn map_from(rows: usize, columns: usize, pitch_um: f64, z: impl Fn(f64, f64) -> f64) -> HeightMap {
    let mut map = HeightMap::missing(rows, columns, pitch_um);
    for row in 0..rows {
        for column in 0..columns {
            let p = map.point_at(row as f64, column as f64);
            map.z[(row, column)] = z(p.x_um, p.y_um) as f32;
        }
    }
    map
}

fn wavy(x: f64, y: f64) -> f64 {
    (x / 70.0).sin() + (y / 90.0).cos() * 0.5
}

#[test]
fn places_stay_where_they_are_at_any_pitch() {
    let map = map_from(201, 181, 6.25, wavy);
    for pitch_um in [3.125, 5.0, 7.37, 12.5, 15.0] {
        let other = to_pitch(&map, pitch_um);
        assert_eq!(other.pitch_um, pitch_um);
        let truth = map_from(other.rows(), other.columns(), pitch_um, wavy);
        let (rows, columns) = (other.rows(), other.columns());
        for row in rows / 5..rows - rows / 5 {
            for column in columns / 5..columns - columns / 5 {
                let (a, b) = (other.z[(row, column)], truth.z[(row, column)]);
                // Smoothing takes a little of the amplitude at the coarser pitches.
                assert!((a - b).abs() < 0.02, "{pitch_um}: {a} against {b}");
            }
        }
    }
    assert_eq!(to_pitch(&map, f64::NAN).pitch_um, 6.25);
    assert_eq!(to_pitch(&HeightMap::missing(0, 0, 1.0), 2.0).z.len(), 0);
}

#[test]
fn waves_too_short_for_the_new_pitch_do_not_come_back_as_long_ones() {
    let map = map_from(300, 300, 5.0, |x, _| (std::f64::consts::TAU * x / 18.0).sin());
    let coarse = to_pitch(&map, 20.0);
    let worst = coarse.z.slice(ndarray::s![20..50, 20..50]).iter().fold(0f32, |m, z| m.max(z.abs()));
    assert!(worst < 0.04, "{worst}");
}

/// The weighted mean straight from the definition.
fn naive_low_pass(map: &HeightMap, cutoff_um: f64, at: Point) -> Option<(f64, f64)> {
    let sigma = Order::Zero.sigma_um(cutoff_um);
    let (row, column) = map.index_of(at);
    let reach = REACH_SD * sigma / map.pitch_um;
    let (mut all, mut valid, mut sum) = (0.0, 0.0, 0.0);
    for r in (row - reach).ceil() as i64..=(row + reach).floor() as i64 {
        for c in (column - reach).ceil() as i64..=(column + reach).floor() as i64 {
            let d2 = ((r as f64 - row).powi(2) + (c as f64 - column).powi(2)) * map.pitch_um.powi(2);
            let w = (-0.5 * d2 / sigma / sigma).exp();
            all += w;
            if let Some(&z) = usize::try_from(r).ok().zip(usize::try_from(c).ok()).and_then(|at| map.z.get(at))
                && z.is_finite()
            {
                valid += w;
                sum += w * f64::from(z);
            }
        }
    }
    (valid > 0.0).then(|| (sum / valid, valid / all))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn smoothing_onto_a_grid_equals_its_definition(
        pitch in 4.0..7.0f64, x in -60.0..60.0f64, y in -60.0..60.0f64, gap in 2usize..9, cutoff in 25.0..80.0f64,
    ) {
        let mut map = map_from(40, 47, pitch, wavy);
        for ((r, c), z) in map.z.indexed_iter_mut() {
            if (r * 5 + c) % gap == 0 || r + c < 20 { *z = f32::NAN }
        }
        let grid = Grid { centre: Point::new(x, y), rows: 23, columns: 19, pitch_um: 11.0 };
        let out = low_pass_onto(&map, cutoff, &grid, 0.4);
        prop_assert_eq!(out.z.dim(), (23, 19));
        for ((r, c), &z) in out.z.indexed_iter() {
            let p = out.point_at(r as f64, c as f64);
            match naive_low_pass(&map, cutoff, Point::new(p.x_um + x, p.y_um + y)) {
                Some((value, share)) if share > 0.4001 => prop_assert!((f64::from(z) - value).abs() < 1e-4, "{} {}", z, value),
                Some((_, share)) if share > 0.3999 => {}
                _ => prop_assert!(z.is_nan()),
            }
        }
    }

    #[test]
    fn a_rigid_motion_and_its_inverse_bring_the_map_back(t in -3.1..3.1f64, dx in -80.0..80.0f64, dy in -80.0..80.0f64) {
        let map = map_from(121, 131, 10.0, wavy);
        let pose = Pose::new(t, dx, dy);
        let there = rigid(&map, pose, 201, 201, 10.0, Interpolation::Bicubic);
        // A place of the map lies at its image.
        let p = Point::new(105.0, -85.0);
        let (r, c) = there.index_of(pose.apply(p));
        let near = there.point_at(r.round(), c.round());
        let truth = { let q = pose.inverse().apply(near); wavy(q.x_um, q.y_um) };
        prop_assert!((f64::from(there.z[(r.round() as usize, c.round() as usize)]) - truth).abs() < 5e-3);
        let back = rigid(&there, pose.inverse(), 121, 131, 10.0, Interpolation::Bicubic);
        for row in 40..80 {
            for column in 45..85 {
                prop_assert!((back.z[(row, column)] - map.z[(row, column)]).abs() < 0.01);
            }
        }
    }
}

#[test]
fn nothing_moves_under_the_identity_and_gaps_stay_gaps() {
    let mut map = map_from(33, 35, 10.0, wavy);
    map.z[(10, 12)] = f32::NAN;
    for interpolation in [Interpolation::Bilinear, Interpolation::Bicubic] {
        let same = rigid(&map, Pose::IDENTITY, 33, 35, 10.0, interpolation);
        for (a, b) in same.z.iter().zip(&map.z) {
            assert_eq!(a.is_nan(), b.is_nan());
            assert!(a.is_nan() || (a - b).abs() < 1e-5);
        }
    }
}

#[test]
fn quarter_turns_are_exact_permutations() {
    let map = map_from(21, 31, 10.0, wavy);
    let turned = rigid(&map, Pose::new(std::f64::consts::FRAC_PI_2, 0.0, 0.0), 31, 21, 10.0, Interpolation::Bilinear);
    for row in 0..21 {
        for column in 0..31 {
            // +x turns towards +y: column k of the map becomes row k.
            assert!((turned.z[(column, 20 - row)] - map.z[(row, column)]).abs() < 1e-5);
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let map = map_from(64, 64, 6.25, wavy);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let coarse = to_pitch(&map, 15.0);
            rigid(&coarse, Pose::new(0.3, 5.0, 7.0), 40, 40, 15.0, Interpolation::Bicubic).z.mapv(f32::to_bits)
        })
    };
    assert_eq!(with(1), with(4));
}
