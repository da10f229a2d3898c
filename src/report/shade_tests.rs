//! Tests of the neighbouring module.

use super::*;
use crate::report::invented;
use proptest::prelude::*;

fn decoded(picture: &Picture) -> image::RgbaImage {
    image::load_from_memory(&picture.png).unwrap().to_rgba8()
}

#[test]
fn a_slope_towards_the_light_is_brighter_and_missing_points_are_clear() {
    let mut map = HeightMap::missing(40, 40, 10.0);
    for ((r, c), z) in map.z.indexed_iter_mut() {
        // A ridge along the middle column; the left flank faces light from the left.
        *z = if r == 0 { f32::NAN } else { -((c as f32) - 20.0).abs() * 3.0 };
    }
    let light = Light { azimuth_rad: PI, ..Light::default() };
    let picture = decoded(&shaded(&map, &light, 100).unwrap());
    assert!(picture.get_pixel(10, 20).0[0] > picture.get_pixel(30, 20).0[0] + 40);
    assert_eq!(picture.get_pixel(10, 0).0[3], 0);
    assert_eq!(picture.get_pixel(10, 20).0[3], 255);
}

#[test]
fn pictures_are_the_same_bytes_twice_and_obey_the_limit_of_pixels() {
    let map = invented::texture(7, 180, 6.25);
    let a = shaded(&map, &Light::default(), 60).unwrap();
    assert_eq!(a, shaded(&map, &Light::default(), 60).unwrap());
    assert_eq!((a.width, a.pitch_um), (60, 18.75));
    let colours = coloured(&map, ColourMap::Sequential, robust_range(&map, 0.02), 60).unwrap();
    assert_eq!(colours, coloured(&map, ColourMap::Sequential, robust_range(&map, 0.02), 60).unwrap());
}

#[test]
fn nothing_to_draw_is_an_error() {
    let map = HeightMap::missing(5, 6, 1.0);
    assert!(matches!(shaded(&map, &Light::default(), 10), Err(ReportError::EmptyMap { rows: 5, columns: 6, .. })));
    let map = invented::texture(1, 20, 5.0);
    assert!(matches!(coloured(&map, ColourMap::Diverging, (1.0, 1.0), 10), Err(ReportError::BadValue { .. })));
    assert!(difference(&map, &HeightMap::missing(3, 3, 5.0)).is_err());
}

#[test]
fn a_figure_has_a_scale_bar_and_a_colour_bar() {
    let map = invented::texture(3, 120, 12.5);
    let title = Phrase::new("Heights", "Alturas");
    let svg =
        figure(&map, Rendering::Coloured(ColourMap::Sequential, (-2.0, 2.0)), "um", &title, Language::Es).unwrap();
    assert!(svg.contains("0.5 mm") && svg.contains("Alturas") && svg.contains(">um<") && svg.contains("\u{2212}2.0"));
}

proptest! {
    #[test]
    fn local_correlation_agrees_with_sums_over_each_window(
        seed in 0u64..50,
        reach in 1usize..5,
        holes in proptest::collection::vec((0usize..14, 0usize..17), 0..40),
    ) {
        let (rows, columns) = (14, 17);
        let mut a = invented::noise(seed, rows, columns, 10.0);
        let b = invented::noise(seed + 1000, rows, columns, 10.0);
        for (r, c) in holes {
            a.z[[r, c]] = f32::NAN;
        }
        let fast = local_correlation(&a, &b, reach as f64 * 20.0).unwrap();
        for r in 0..rows {
            for c in 0..columns {
                let mut pairs = Vec::new();
                for y in r.saturating_sub(reach)..(r + reach + 1).min(rows) {
                    for x in c.saturating_sub(reach)..(c + reach + 1).min(columns) {
                        if a.z[[y, x]].is_finite() {
                            pairs.push((f64::from(a.z[[y, x]]), f64::from(b.z[[y, x]])));
                        }
                    }
                }
                let enough = pairs.len() * 2 >= (2 * reach + 1).pow(2) && a.z[[r, c]].is_finite();
                prop_assert_eq!(fast.z[[r, c]].is_finite(), enough);
                if enough {
                    let n = pairs.len() as f64;
                    let (ma, mb) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
                    let cov: f64 = pairs.iter().map(|p| (p.0 - ma) * (p.1 - mb)).sum();
                    let va: f64 = pairs.iter().map(|p| (p.0 - ma).powi(2)).sum();
                    let vb: f64 = pairs.iter().map(|p| (p.1 - mb).powi(2)).sum();
                    prop_assert!((f64::from(fast.z[[r, c]]) - cov / (va * vb).sqrt()).abs() < 1e-6);
                }
            }
        }
    }
}
