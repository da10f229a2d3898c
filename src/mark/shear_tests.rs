//! Profiles of made-up sheared metal.

use super::*;
use crate::mark::{Region, prepare};
use crate::workings::{Recorder, Silent};
use std::f64::consts::TAU;

/// Height of a stria at `u` um across.
fn stria(u: f64) -> f64 {
    (0..12).map(|k| (TAU * u / (26.0 + 11.0 * f64::from(k)) + f64::from(k * k)).sin()).sum::<f64>() * 0.3
}

/// A sheared crescent of 5 um pitch whose striae run in direction `along` (radians), on a domed and tilted plug, with grain of its own and spikes.
fn crescent(along: f64, grain: f64) -> HeightMap {
    let mut map = HeightMap::missing(300, 300, 5.0);
    let (c, s) = (along.cos(), along.sin());
    for row in 0..300 {
        for column in 0..300 {
            let p = map.point_at(row as f64, column as f64);
            let (forth, across) = (c * p.x_um + s * p.y_um, c * p.y_um - s * p.x_um);
            let r = p.x_um.hypot(p.y_um);
            // The side of the ring to which the striae point.
            if (420.0..700.0).contains(&r) && forth > 100.0 {
                let noise = ((row * 7919 + column * 104_729) % 1009) as f64 / 504.5 - 1.0;
                let dome = 30.0 - r * r / 40_000.0 + 0.02 * p.x_um;
                map.z[(row, column)] = (dome + stria(across) + grain * noise) as f32;
            }
        }
    }
    map.z[(150, 260)] += 90.0;
    map
}

fn ready(map: &HeightMap, hole: Option<Circle>) -> (Mark, serde_json::Value) {
    let mut told = Recorder::default();
    let mark = prepare_shear(map, hole, &PrepareParameters::aperture_shear(), &mut told).unwrap();
    let facts = told.items.iter().find_map(|(key, item)| match item {
        Item::Facts(facts) if key == "mark.shear" => Some(facts.clone()),
        _ => None,
    });
    (mark, facts.unwrap_or_default())
}

const HOLE: Option<Circle> = Some(Circle { centre: Point { x_um: 0.0, y_um: 0.0 }, radius_um: 720.0 });

/// Correlation of the profile with the true striae at the best shift, read from left to right or the other way.
fn likeness(mark: &Mark, backwards: bool) -> f64 {
    let values: Vec<f64> = mark.fine.z.iter().map(|z| f64::from(*z)).collect();
    let n = values.len();
    let mut best = f64::NEG_INFINITY;
    for shift in -200..200 {
        let true_at = |k: usize| {
            let u = (k as f64 - (n as f64 - 1.0) / 2.0) * 5.0 + f64::from(shift) * 2.5;
            stria(if backwards { -u } else { u })
        };
        let pairs: Vec<(f64, f64)> =
            (0..n).filter(|k| values[*k].is_finite()).map(|k| (values[k], true_at(k))).collect();
        let m = pairs.len() as f64;
        let (a, b) = (pairs.iter().map(|p| p.0).sum::<f64>() / m, pairs.iter().map(|p| p.1).sum::<f64>() / m);
        let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
        for (x, y) in pairs {
            aa += (x - a).powi(2);
            bb += (y - b).powi(2);
            ab += (x - a) * (y - b);
        }
        best = best.max(ab / (aa * bb).sqrt());
    }
    best
}

#[test]
fn striae_are_found_in_any_direction_and_read_from_the_right_end() {
    for degrees in [0.0f64, 33.0, 90.0, 141.0, 180.0, 250.0, 333.0] {
        let (mark, facts) = ready(&crescent(degrees.to_radians(), 0.4), HOLE);
        assert!(mark.suitable(), "{:?}", mark.quality);
        // y points along the striae away from the hole, so x lies a quarter turn before them.
        let found = facts["across_deg"].as_f64().unwrap();
        let off = wrap_angle((found - degrees + 90.0).to_radians()).to_degrees();
        assert!(off.abs() < 1.5, "{degrees}: {found}");
        // Across is counted against x there: the profile runs from right to left of the true one.
        let (one, other) = (likeness(&mark, true), likeness(&mark, false));
        assert!(one > 0.95 && other < 0.9, "{degrees}: {one} {other}");
        assert!(
            facts["length_um"].as_f64().unwrap() > 1_000.0 && facts["width_um"].as_f64().unwrap() > 150.0,
            "{facts}"
        );
        assert!(mark.centre.hole.unwrap().centre.y_um < -200.0, "the hole lies before the striae");
    }
}

#[test]
fn without_the_hole_the_profile_is_the_same_or_its_mirror() {
    let map = crescent(1.0, 0.3);
    let (a, b) =
        (ready(&map, HOLE).0, prepare(&map, &PrepareParameters::of(Region::ApertureShear), &mut Silent).unwrap());
    assert!(b.centre.hole.is_none() && b.suitable());
    let row = |m: &Mark| m.fine.z.iter().copied().collect::<Vec<f32>>();
    let (a, mut b) = (row(&a), row(&b));
    let apart = |a: &[f32], b: &[f32]| -> f64 {
        if a.len().abs_diff(b.len()) > 1 {
            return f64::INFINITY;
        }
        let both: Vec<f64> = a
            .iter()
            .zip(b)
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .map(|(x, y)| f64::from(x - y).abs())
            .collect();
        both.iter().sum::<f64>() / both.len() as f64
    };
    let straight = apart(&a, &b);
    b.reverse();
    assert!(straight.min(apart(&a, &b)) < 0.05, "{straight} {}", apart(&a, &b));
}

#[test]
fn metal_without_striae_a_sliver_and_nothing_are_unsuitable_with_the_reason() {
    let code = |mark: &Mark| match &mark.quality.suitability {
        Suitability::Suitable => "suitable".to_owned(),
        Suitability::Unsuitable { code, .. } => code.clone(),
    };
    let mut plain = crescent(0.3, 0.0);
    for ((row, column), z) in plain.z.indexed_iter_mut() {
        let (x, y) = (column as f64 * 5.0, row as f64 * 5.0);
        let blobs: f64 = (0..14)
            .map(|k| {
                let way = 2.4 * f64::from(k);
                (TAU * (x * way.cos() + y * way.sin()) / (40.0 + 5.0 * f64::from(k)) + f64::from(k * k)).sin()
            })
            .sum();
        *z = if z.is_finite() { blobs as f32 } else { f32::NAN };
    }
    assert_eq!(code(&ready(&plain, HOLE).0), "striae.none");
    let mut narrow = crescent(0.0, 0.2);
    narrow.z.indexed_iter_mut().filter(|((row, _), _)| !(125..175).contains(row)).for_each(|(_, z)| *z = f32::NAN);
    assert_eq!(code(&ready(&narrow, HOLE).0), "profile.too_short");
    assert_eq!(code(&ready(&HeightMap::missing(50, 50, 5.0), None).0), "points.none");
    let few = HeightMap { z: crescent(0.0, 0.2).z.slice(ndarray::s![140..160, 235..260]).to_owned(), pitch_um: 5.0 };
    assert_eq!(code(&ready(&few, None).0), "area.too_small");
}

#[test]
fn a_stored_shear_mark_reads_back_as_it_was() {
    let (mark, _) = ready(&crescent(2.0, 0.4), HOLE);
    let back = Mark::from_bytes(&mark.to_bytes().unwrap()).unwrap();
    let bits = |m: &Mark| {
        [&m.fine, &m.coarse]
            .map(|map| map.z.iter().map(|z| if z.is_finite() { z.to_bits() } else { 0 }).collect::<Vec<_>>())
    };
    assert_eq!(bits(&mark), bits(&back));
    assert_eq!((back.region, back.centre.hole), (Region::ApertureShear, mark.centre.hole));
    assert_eq!((mark.fine.rows(), mark.fine.columns()), (1, mark.coarse.columns()));
}

#[test]
fn a_damaged_shear_mark_is_refused_wherever_it_is_damaged() {
    let (mark, _) = ready(&crescent(2.0, 0.4), HOLE);
    let bytes = mark.to_bytes().unwrap();
    let refused = |bytes: &[u8]| matches!(Mark::from_bytes(bytes), Err(MarkError::Format { .. }));
    for length in 0..bytes.len() {
        assert!(refused(&bytes[..length]), "cut at {length}");
    }
    // A checksum costs the whole length: every byte of the head and the quality, some of the packed levels.
    for at in (0..bytes.len()).filter(|at| *at < 300 || at % 97 == 0) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x20;
        assert!(refused(&changed), "changed at {at}");
    }
    let mut newer = bytes.clone();
    newer[4] = 9;
    let body = newer.len() - 4;
    let crc = crc32fast::hash(&newer[..body]);
    newer[body..].copy_from_slice(&crc.to_le_bytes());
    let says = Mark::from_bytes(&newer).unwrap_err().to_string();
    assert!(says.contains("version") && says.contains('9'), "{says}");
}

#[test]
fn a_column_mean_forgets_a_scratch_and_follows_a_lean() {
    let mut strip = HeightMap::missing(40, 30, 5.0);
    for ((row, column), z) in strip.z.indexed_iter_mut() {
        *z = column as f32 + if row % 9 == 3 { 50.0 } else { 0.0 };
    }
    let means = column_means(&strip, 0.0);
    assert!(means.iter().enumerate().all(|(k, m)| (m - k as f32).abs() < 1e-5), "{means}");
    // Lines that lean by half a column a row see columns on either side of their own.
    let leaning = column_means(&strip, 0.5);
    assert!((leaning[(0, 15)] - 15.0).abs() < 0.3, "{leaning}");
    strip.z.slice_mut(ndarray::s![9.., 4]).fill(f32::NAN);
    assert!(column_means(&strip, 0.0)[(0, 4)].is_nan(), "nine points are 45 um");
}
