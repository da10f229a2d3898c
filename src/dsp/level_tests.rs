//! Tests of the neighbouring module.

use super::*;
use proptest::prelude::*;

fn noise(r: usize, c: usize) -> f64 {
    let mut h = (r as u64) << 32 | c as u64;
    for _ in 0..3 {
        h = (h ^ (h >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9).wrapping_add(0x9E37_79B9);
    }
    (h >> 11) as f64 / (1u64 << 53) as f64 - 0.5
}

fn tilted(rows: usize, columns: usize, slope_x: f64, slope_y: f64) -> HeightMap {
    let mut map = HeightMap::missing(rows, columns, 10.0);
    for row in 0..rows {
        for column in 0..columns {
            let p = map.point_at(row as f64, column as f64);
            map.z[(row, column)] = (50.0 + slope_x * p.x_um + slope_y * p.y_um + noise(row, column)) as f32;
        }
    }
    map
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_plane_is_found_under_a_quarter_of_foreign_points(
        sx in -0.05..0.05f64, sy in -0.05..0.05f64, height in 5.0..200.0f64, side in 0usize..4,
    ) {
        let mut map = tilted(90, 80, sx, sy);
        // Flow-back along one side, up to some 25 % of the points.
        for ((r, c), z) in map.z.indexed_iter_mut() {
            let foreign = match side { 0 => r < 22, 1 => r >= 68, 2 => c < 20, _ => c >= 60 };
            if foreign { *z += height as f32 * (1.0 + 0.2 * noise(c, r) as f32); }
            if (30..50).contains(&r) && (30..50).contains(&c) { *z = f32::NAN; }
        }
        let form = remove(&mut map, FormKind::Plane).unwrap();
        let tilt = sx.hypot(sy).atan();
        prop_assert!((form.tilt_rad() - tilt).abs() < 1e-3, "{} {}", form.tilt_rad(), tilt);
        prop_assert!(map.z[(60, 40)].abs() < 1.0 && map.z[(40, 25)].abs() < 1.0);
    }
}

#[test]
fn least_squares_alone_would_be_misled() {
    let mut map = tilted(60, 60, 0.0, 0.0);
    map.z.slice_mut(ndarray::s![..12, ..]).mapv_inplace(|z| z + 100.0);
    let plain = least_squares(&sample(&map, 295.0), None, 3).unwrap();
    assert!(plain[2].abs() > 10.0);
    assert!(fit(&map, FormKind::Plane).unwrap().coefficients[2].abs() < 0.2);
}

#[test]
fn curvature_goes_with_the_second_order_form_only() {
    let mut map = tilted(80, 80, 0.01, -0.02);
    for row in 0..80 {
        for column in 0..80 {
            let p = map.point_at(row as f64, column as f64);
            map.z[(row, column)] += (p.x_um * p.x_um * 1e-4 - p.x_um * p.y_um * 5e-5) as f32;
        }
    }
    let mut flat = map.clone();
    let form = remove(&mut flat, FormKind::SecondOrder).unwrap();
    assert!(flat.z.iter().all(|z| z.abs() < 1.0));
    assert!((form.at(100.0, 0.0) - (50.0 + 1.0 + 1.0)).abs() < 0.2);
    remove(&mut map, FormKind::Plane).unwrap();
    assert!(map.z.iter().any(|z| z.abs() > 5.0));
}

#[test]
fn points_that_span_no_plane_give_none() {
    let mut line = HeightMap::missing(20, 20, 5.0);
    assert!(fit(&line, FormKind::Plane).is_none());
    line.z.row_mut(7).fill(1.0);
    assert!(fit(&line, FormKind::Plane).is_none());
    assert!(fit(&HeightMap::missing(1, 1, 5.0), FormKind::Plane).is_none());
    assert!(fit(&HeightMap::missing(0, 0, 5.0), FormKind::Plane).is_none());
    let constant = HeightMap { z: Array2::from_elem((20, 20), 3.5), pitch_um: 5.0 };
    let form = fit(&constant, FormKind::Plane).unwrap();
    assert!((form.at(10.0, 10.0) - 3.5).abs() < 1e-9 && form.residual_sd_um < 1e-9);
}

#[test]
fn location_and_scale_of_normal_heights() {
    let sum = |r: usize, c: usize| (0..12).map(|k| noise(r * 12 + k, c)).sum::<f64>();
    let map =
        HeightMap { z: Array2::from_shape_fn((400, 400), |(r, c)| (7.0 + 2.0 * sum(r, c)) as f32), pitch_um: 1.0 };
    let (median, sd) = location_and_scale(&map).unwrap();
    assert!((median - 7.0).abs() < 0.05 && (sd - 2.0).abs() < 0.06, "{median} {sd}");
    let clipped = clipped(&map, 1.0);
    assert!(clipped.z.iter().all(|z| (f64::from(*z) - median).abs() <= sd + 1e-4));
    assert_eq!(clipped.z[(0, 0)].is_nan(), map.z[(0, 0)].is_nan());
    assert!(location_and_scale(&HeightMap::missing(3, 3, 1.0)).is_none());
}

proptest! {
    #[test]
    fn nine_are_sorted_to_their_median(values in prop::array::uniform9(-100.0f32..100.0)) {
        let mut sorted = values;
        sorted.sort_by(f32::total_cmp);
        prop_assert_eq!(median_of_nine(values.map(|v| [v; LANES])), [sorted[4]; LANES]);
    }

    #[test]
    fn local_deviations_equal_the_sorted_neighbourhood(
        rows in 1usize..9, columns in 1usize..40, values in prop::collection::vec(-50i8..50, 360),
    ) {
        let z = Array2::from_shape_fn((rows, columns), |(r, c)| {
            let v = values[r * columns + c];
            if v > 40 { f32::NAN } else { f32::from(v) }
        });
        let map = HeightMap { z: z.clone(), pitch_um: 1.0 };
        let fast = local_deviation(&map);
        for ((r, c), &own) in z.indexed_iter() {
            let mut near = Vec::new();
            for i in r as i64 - 1..=r as i64 + 1 {
                for j in c as i64 - 1..=c as i64 + 1 {
                    // Beyond the grid stands its edge.
                    let at = (i.clamp(0, rows as i64 - 1) as usize, j.clamp(0, columns as i64 - 1) as usize);
                    near.push(if z[at].is_nan() { own } else { z[at] });
                }
            }
            near.sort_by(f32::total_cmp);
            let expected = own - near[4];
            prop_assert!(fast[(r, c)] == expected || (own.is_nan() && fast[(r, c)].is_nan()));
        }
    }
}

#[test]
fn a_spike_stands_out_from_its_neighbours_and_an_edge_does_not() {
    let mut map = tilted(30, 30, 0.0, 0.0);
    map.z.slice_mut(ndarray::s![.., 15..]).mapv_inplace(|z| z + 20.0);
    map.z[(10, 7)] += 50.0;
    map.z[(20, 20)] = f32::NAN;
    let deviation = local_deviation(&map);
    assert!(deviation[(10, 7)] > 48.0);
    assert!(deviation[(12, 15)].abs() < 2.0 && deviation[(12, 14)].abs() < 2.0);
    assert!(deviation[(20, 20)].is_nan() && deviation[(20, 21)].abs() < 2.0);
}
