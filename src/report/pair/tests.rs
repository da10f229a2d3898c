//! Tests of the neighbouring module.

use super::frame::{panels, seen_through};
use super::*;
use crate::compare::{CellState, LikelihoodRatio};
use crate::geometry::{Point, Pose};
use crate::report::invented;
use proptest::prelude::*;

fn view<'a>(reference: &'a HeightMap, comparison: &'a HeightMap, found: &'a Comparison) -> PairView<'a> {
    PairView {
        reference_name: "A-1",
        comparison_name: "B-1",
        reference,
        comparison,
        modality: Modality::Heights,
        found,
    }
}

fn grey(picture: &crate::report::shade::Picture) -> Vec<f64> {
    let image = image::load_from_memory(&picture.png).unwrap().to_luma_alpha8();
    image.pixels().map(|p| if p.0[1] == 0 { f64::NAN } else { f64::from(p.0[0]) }).collect()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let both: Vec<(f64, f64)> =
        a.iter().zip(b).filter(|(x, y)| x.is_finite() && y.is_finite()).map(|(x, y)| (*x, *y)).collect();
    let n = both.len() as f64;
    let (ma, mb) = (both.iter().map(|p| p.0).sum::<f64>() / n, both.iter().map(|p| p.1).sum::<f64>() / n);
    let sum = |f: &dyn Fn(f64, f64) -> f64| both.iter().map(|p| f(p.0 - ma, p.1 - mb)).sum::<f64>();
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

#[test]
fn the_pose_brings_both_marks_into_one_frame() {
    let (reference, comparison, mut found) = invented::pair(true);
    let style = PairStyle { pixels: 200, ..PairStyle::default() };
    let drawn = panels(&view(&reference, &comparison, &found), &style).unwrap();
    let right = correlation(&grey(&drawn.reference), &grey(&drawn.comparison));
    assert!(right > 0.8, "with the pose: {right}");
    found.pose = found.pose.inverse();
    let drawn = panels(&view(&reference, &comparison, &found), &style).unwrap();
    let wrong = correlation(&grey(&drawn.reference), &grey(&drawn.comparison));
    assert!(wrong < 0.3, "with its inverse: {wrong}");
}

#[test]
fn cells_are_drawn_by_their_verdict_and_counted() {
    let (reference, comparison, found) = invented::pair(true);
    let style = PairStyle { pixels: 64, ..PairStyle::default() };
    let svg = explained_pair(&view(&reference, &comparison, &found), &style, Language::En).unwrap();
    let count = |state| found.cells.iter().filter(|c| c.state == state).count();
    assert!(svg.contains(&format!("congruent: {}<", count(CellState::Congruent))));
    assert!(svg.contains(&format!("similar, but elsewhere: {}<", count(CellState::Displaced))));
    // Blue outlines: every congruent cell on both marks, and the legend.
    let blue = format!("stroke=\"{}\" stroke-width=\"2\"", crate::report::palette::BLUE);
    assert_eq!(svg.matches(&blue).count(), 2 * count(CellState::Congruent) + 1);
    assert!(svg.contains(&format!("{} of {}", found.cmc, found.cells.len())));
    assert!(
        svg.contains("35.5°") && svg.contains("85 µm") && svg.contains("4.6") && svg.contains("120 simulated pistols")
    );
}

#[test]
fn a_pair_without_a_ratio_says_why() {
    let (reference, comparison, found) = invented::pair(false);
    let style = PairStyle { pixels: 64, ..PairStyle::default() };
    let svg = explained_pair(&view(&reference, &comparison, &found), &style, Language::Es).unwrap();
    assert!(svg.contains("ninguno") && svg.contains("sin población de referencia"), "{svg}");
}

#[test]
fn pictures_are_the_same_bytes_for_one_thread_and_for_three() {
    let (reference, comparison, found) = invented::pair(true);
    let style = PairStyle { pixels: 96, ..PairStyle::default() };
    let draw = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| explained_pair(&view(&reference, &comparison, &found), &style, Language::En).unwrap())
    };
    assert_eq!(draw(1), draw(3));
}

#[test]
fn marks_that_do_not_meet_are_still_drawn() {
    let (reference, comparison, mut found) = invented::pair(true);
    found.pose = Pose::new(0.0, 2_900.0, 0.0);
    let style = PairStyle { pixels: 64, ..PairStyle::default() };
    // Far enough to have no overlap inside the window, near enough to be partly in it.
    let drawn = explained_pair(&view(&reference, &comparison, &found), &style, Language::En);
    assert!(drawn.is_ok(), "{drawn:?}");
    found.pose = Pose::new(0.0, 90_000.0, 0.0);
    let error = explained_pair(&view(&reference, &comparison, &found), &style, Language::En).unwrap_err();
    assert!(matches!(error, ReportError::EmptyMap { .. }), "{error}");
    found.pose = Pose { theta_rad: f64::NAN, dx_um: 0.0, dy_um: 0.0 };
    let error = explained_pair(&view(&reference, &comparison, &found), &style, Language::En).unwrap_err();
    assert!(matches!(error, ReportError::BadValue { .. }), "{error}");
}

#[test]
fn the_words_of_a_bounded_ratio_say_so() {
    let ratio = |log10| LikelihoodRatio::Calibrated {
        log10,
        low: log10 - 1.0,
        high: log10 + 1.0,
        bounded: true,
        population_english: "P".into(),
        population_spanish: "P".into(),
    };
    assert_eq!(likelihood_words(&ratio(6.0), Language::En), "≥ 6.0 [5.0, 7.0], against P");
    assert_eq!(likelihood_words(&ratio(-3.0), Language::Es), "≤ \u{2212}3.0 [\u{2212}4.0, \u{2212}2.0], frente a P");
}

proptest! {
    #[test]
    fn a_window_on_the_own_grid_copies(dr in -3i32..4, dc in -3i32..4) {
        let map = invented::noise(5, 21, 21, 7.0);
        let centre = Point::new(f64::from(dc) * 7.0, f64::from(dr) * 7.0);
        let seen = seen_through(&map, &Pose::IDENTITY, &super::frame::Window { centre, side_um: 35.0 }, 7.0);
        for r in 0..5i32 {
            for c in 0..5i32 {
                let original = map.z[[(8 + r + dr) as usize, (8 + c + dc) as usize]];
                prop_assert!((seen.z[[r as usize, c as usize]] - original).abs() < 1e-5);
            }
        }
    }
}
