//! Tests of the preparation of firing-pin impressions, and of cutting regions out.

use super::*;
use crate::workings::Silent;
use ndarray::Array2;
use std::f64::consts::TAU;

fn pattern(x: f64, y: f64) -> f64 {
    let wave = |k: i32| {
        let way = 2.4 * f64::from(k);
        (TAU * (x * way.cos() + y * way.sin()) / (28.0 + 7.0 * f64::from(k)) + f64::from(k * k)).sin()
    };
    (0..10).map(wave).sum::<f64>() * 0.35
}

/// A primer with a cup of `depth_um`, stretched and tilted, at 5 um; the mask of the cup's inside.
fn primer(depth_um: f64, stretch: f64, tilt: f64) -> (HeightMap, Array2<bool>) {
    let mut map = HeightMap::missing(281, 261, 5.0);
    let mut mask = Array2::from_elem((281, 261), false);
    let ball = (430.0 * 430.0 + depth_um * depth_um) / (2.0 * depth_um);
    for row in 0..281 {
        for column in 0..261 {
            let p = map.point_at(row as f64, column as f64);
            let (x, y) = (p.x_um - 60.0, p.y_um + 45.0);
            let r = (x * x * stretch + y * y / stretch).sqrt();
            let cup = if r < 430.0 { ball - depth_um - (ball * ball - r * r).sqrt() } else { 0.0 };
            map.z[(row, column)] = (500.0 + tilt * x + cup + pattern(x, y)) as f32;
            mask[(row, column)] = r < 400.0;
        }
    }
    (map, mask)
}

fn pin(map: &HeightMap, mask: &Array2<bool>) -> Mark {
    let cut = cut_out(map, mask).unwrap();
    prepare(&cut.map, &PrepareParameters::of(Region::FiringPin), &mut Silent).unwrap()
}

fn correlation(a: &HeightMap, b: &HeightMap) -> f64 {
    assert_eq!(a.z.dim(), b.z.dim());
    let pairs: Vec<(f64, f64)> =
        a.z.iter()
            .zip(&b.z)
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .map(|(x, y)| (f64::from(*x), f64::from(*y)))
            .collect();
    let n = pairs.len() as f64;
    let (a, b) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let sum = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>();
    sum(&|p| (p.0 - a) * (p.1 - b)) / (sum(&|p| (p.0 - a).powi(2)) * sum(&|p| (p.1 - b).powi(2))).sqrt()
}

#[test]
fn the_same_pattern_comes_out_of_cups_of_any_depth_shape_and_tilt() {
    let (flat_map, mask) = primer(1.0, 1.0, 0.0);
    let flat = pin(&flat_map, &mask);
    assert!(flat.suitable() && flat.region == Region::FiringPin && flat.centre.hole.is_none(), "{:?}", flat.quality);
    assert!((0.38..0.51).contains(&flat.quality.valid_area_mm2), "{:?}", flat.quality);
    for (depth, tilt) in [(120.0, 0.03), (200.0, 0.0), (260.0, 0.05)] {
        let (map, mask) = primer(depth, 1.0, tilt);
        let deep = pin(&map, &mask);
        assert!(deep.suitable(), "{:?}", deep.quality);
        for (a, b) in [(&flat.fine, &deep.fine), (&flat.coarse, &deep.coarse)] {
            let found = correlation(a, b);
            assert!(found > 0.97, "{depth} {found}");
        }
        assert!(deep.quality.rms_fine_um < 1.15 * flat.quality.rms_fine_um, "{:?}", deep.quality);
    }
    let (map, mask) = primer(200.0, 1.25, 0.02);
    let (long_flat, _) = primer(1.0, 1.25, 0.0);
    let found = correlation(&pin(&map, &mask).fine, &pin(&long_flat, &mask).fine);
    assert!(found > 0.97, "an oval cup: {found}");
}

#[test]
fn a_pin_that_left_too_little_is_unsuitable() {
    let (map, mut mask) = primer(200.0, 1.0, 0.0);
    mask.indexed_iter_mut()
        .for_each(|((row, column), inside)| *inside &= row < 140 && (100..130).contains(&column) && row > 110);
    let sliver = pin(&map, &mask);
    assert!(matches!(&sliver.quality.suitability, Suitability::Unsuitable { code, .. } if code == "area.too_small"));
    let nothing = pin(&map, &Array2::from_elem(mask.dim(), false));
    assert!(matches!(&nothing.quality.suitability, Suitability::Unsuitable { code, .. } if code == "points.none"));
}

#[test]
fn a_cut_out_region_lies_where_it_lay() {
    let (map, mask) = primer(200.0, 1.0, 0.0);
    let cut = cut_out(&map, &mask).unwrap();
    assert_eq!((cut.map.rows(), cut.map.columns()), (159, 159));
    assert_eq!(cut.map.valid_count(), mask.iter().filter(|inside| **inside).count());
    // The cup's middle lies at (60, -45) of the whole map.
    let middle = cut.place(Point::new(60.0, -45.0));
    assert!(middle.x_um.abs() < 5.0 && middle.y_um.abs() < 5.0, "{middle:?}");
    let (row, column) = cut.map.index_of(middle);
    let (whole_row, whole_column) = map.index_of(Point::new(60.0, -45.0));
    let at = |map: &HeightMap, row: f64, column: f64| map.z[(row.round() as usize, column.round() as usize)];
    assert_eq!(at(&cut.map, row, column), at(&map, whole_row, whole_column));
    let wrong = cut_out(&map, &Array2::from_elem((3, 4), true)).unwrap_err().to_string();
    assert!(wrong.contains("mask") && wrong.contains("3 x 4 for 281 x 261"), "{wrong}");
}

#[test]
fn every_region_has_parameters_in_their_ranges_and_those_of_the_breech_face_stay() {
    for region in [Region::BreechFace, Region::FiringPin, Region::ApertureShear, Region::Ejector] {
        let parameters = PrepareParameters::of(region);
        parameters.validate().unwrap();
        assert_eq!(parameters.region, region);
    }
    assert_eq!(PrepareParameters::of(Region::BreechFace), PrepareParameters::default());
}
