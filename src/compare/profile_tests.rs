//! Comparisons of made-up striae.

use super::*;
use crate::geometry::{Circle, Point};
use crate::mark::{Centre, CentreBasis, Modality, Quality};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;

/// Striae that go on for ever: a sum of waves from 24 to 200 um.
struct Striae(Vec<[f64; 3]>);

impl Striae {
    fn of(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let wave = |_| [TAU / rng.random_range(24.0..200.0f64), rng.random_range(0.0..TAU), rng.random_range(0.3..1.0)];
        Self((0..40).map(wave).collect())
    }

    fn at(&self, x: f64) -> f64 {
        self.0.iter().map(|[k, phase, a]| a * (k * x + phase).cos()).sum()
    }

    /// A mark of `columns` points of 5 um that begins at `from` um, its striae drawn apart by `scale` and leaning by `lean`; columns where `keep` says no are
    /// missing.
    fn mark(&self, from: f64, columns: usize, scale: f64, lean: f64, keep: impl Fn(usize) -> bool) -> Mark {
        let mut strip = HeightMap::missing(61, columns, 5.0);
        for ((row, column), z) in strip.z.indexed_iter_mut() {
            if keep(column) {
                let aside = lean * (row as f64 - 30.0) * 5.0;
                *z = self.at(from + (column as f64 * 5.0 - aside) / scale) as f32;
            }
        }
        mark_of(strip)
    }
}

fn mark_of(strip: HeightMap) -> Mark {
    Mark {
        region: Region::ApertureShear,
        modality: Modality::Heights,
        fine: HeightMap { z: column_means(&strip, 0.0), pitch_um: strip.pitch_um },
        coarse: strip,
        centre: Centre {
            at: Point::default(),
            basis: CentreBasis::Centroid,
            sd_um: f64::MAX,
            hole: Some(Circle { centre: Point::new(0.0, -500.0), radius_um: 900.0 }),
            rim: None,
        },
        quality: Quality {
            valid_area_mm2: 0.2,
            rms_fine_um: 1.0,
            rms_coarse_um: 1.0,
            dropout_share: 0.0,
            outlier_share: 0.0,
            tilt_rad: 0.0,
            suitability: Suitability::Suitable,
        },
    }
}

fn compared(a: &Mark, b: &Mark) -> Result<ProfileComparison, Incomparable> {
    let p = ProfileParameters::default();
    compare_profiles(&Striated::of(a, &p)?, &Striated::of(b, &p)?, &p)
}

#[test]
fn the_place_of_one_striated_mark_on_another_is_found() {
    let striae = Striae::of(1);
    let whole = striae.mark(0.0, 241, 1.0, 0.0, |_| true);
    // The comparison begins 300 um later: its middle (at 300 + 400) lies 100 um beyond the reference's (600).
    let later = striae.mark(300.0, 161, 1.0, 0.0, |_| true);
    let found = compared(&whole, &later).unwrap();
    assert!(found.ccf > 0.999 && (found.shift_um - 100.0).abs() < 1e-9 && found.scale == 1.0, "{found:?}");
    assert!((found.overlap_um - 805.0).abs() < 6.0 && found.overlap_share > 0.99 && !found.reversed, "{found:?}");
    let drawn = striae.mark(300.0, 161, 1.03, 0.0, |_| true);
    let found = compared(&whole, &drawn).unwrap();
    assert!(found.ccf > 0.99 && (1.0 / found.scale - 1.03).abs() < 0.006, "{found:?}");
    let leaning = striae.mark(300.0, 161, 1.0, 2f64.to_radians().tan(), |_| true);
    let straight = ProfileParameters { shear_steps: 1, ..ProfileParameters::default() };
    let ready = |m: &Mark, p: &ProfileParameters| Striated::of(m, p).unwrap();
    let without = compare_profiles(&ready(&whole, &straight), &ready(&leaning, &straight), &straight).unwrap();
    let with = compared(&whole, &leaning).unwrap();
    assert!(with.ccf >= without.ccf, "{with:?} {without:?}");
    assert!(with.ccf > 0.98, "{with:?}");
}

#[test]
fn gaps_neither_help_nor_harm() {
    let striae = Striae::of(2);
    let gappy = striae.mark(0.0, 241, 1.0, 0.0, |c| !(60..90).contains(&c) && !(150..155).contains(&c));
    let found = compared(&gappy, &striae.mark(200.0, 201, 1.0, 0.0, |c| c % 40 > 6)).unwrap();
    assert!(found.ccf > 0.999 && (found.shift_um - 100.0).abs() < 5.1, "{found:?}");
}

#[test]
fn the_other_way_round_is_tried_only_where_an_orientation_is_not_known() {
    let striae = Striae::of(3);
    let whole = striae.mark(0.0, 241, 1.0, 0.0, |_| true);
    let mut turned = striae.mark(100.0, 201, 1.0, 0.0, |_| true);
    turned.coarse.z.invert_axis(ndarray::Axis(0));
    turned.coarse.z.invert_axis(ndarray::Axis(1));
    turned.fine.z.invert_axis(ndarray::Axis(1));
    assert!(compared(&whole, &turned).unwrap().ccf < 0.8);
    turned.centre.hole = None;
    let found = compared(&whole, &turned).unwrap();
    assert!(found.ccf > 0.999 && found.reversed, "{found:?}");
}

#[test]
fn mates_stand_apart_from_others() {
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for seed in 0..8 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut shot = |from: f64| {
            let mut mark = Striae::of(seed).mark(from, 181, 1.0, 0.0, |_| true);
            let own = Striae::of(1000 + rng.random_range(0..1_000_000u64));
            for ((_, column), z) in mark.coarse.z.indexed_iter_mut() {
                *z += 0.4 * own.at(column as f64 * 5.0) as f32;
            }
            mark_of(mark.coarse)
        };
        let (a, b) = (shot(0.0), shot(70.0));
        least = least.min(compared(&a, &b).unwrap().score);
        let other = Striae::of(seed + 50).mark(0.0, 181, 1.0, 0.0, |_| true);
        most = most.max(compared(&a, &other).unwrap().score);
    }
    assert!(least > most + 1.0, "{least} {most}");
}

#[test]
fn what_cannot_be_compared_is_a_result_with_a_reason() {
    let striae = Striae::of(4);
    let good = striae.mark(0.0, 201, 1.0, 0.0, |_| true);
    let short = striae.mark(0.0, 30, 1.0, 0.0, |_| true);
    assert!(compared(&good, &short).unwrap_err().english.contains("length in common"));
    let face = Mark { region: Region::BreechFace, ..good.clone() };
    assert!(compared(&good, &face).unwrap_err().english.contains("aperture shear"));
    let mut unfit = good.clone();
    unfit.quality.suitability = Suitability::Unsuitable {
        code: "striae.none".to_owned(),
        english: "no striae".to_owned(),
        spanish: "sin estrías".to_owned(),
    };
    assert!(compared(&good, &unfit).unwrap_err().spanish.contains("sin estrías"));
    let flat = mark_of(HeightMap { z: ndarray::Array2::zeros((61, 201)), pitch_um: 5.0 });
    assert!(compared(&good, &flat).is_err(), "a flat profile correlates with nothing");
    let mut coarse = good.clone();
    coarse.fine.pitch_um = 7.0;
    assert!(compared(&good, &coarse).unwrap_err().english.contains("pitches"));
}

/// The slow twin: the points that meet are written down and Pearson's correlation is taken of them.
fn slow(a: &Line, b: &Line, reach: (i64, i64), floor: f64) -> Option<(f64, f64, i64)> {
    let mut best: Option<(f64, f64, i64)> = None;
    for shift in reach.0..=reach.1 {
        let mut pairs = Vec::new();
        for (i, (x, m)) in a.values.iter().zip(&a.known).enumerate() {
            let j = i as i64 - shift;
            if j >= 0 && (j as usize) < b.values.len() && *m > 0.0 && b.known[j as usize] > 0.0 {
                pairs.push((f64::from(*x), f64::from(b.values[j as usize])));
            }
        }
        let n = pairs.len() as f64;
        if n < floor.max(4.0) {
            continue;
        }
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
        let (ma, mb) = (mean(&|p| p.0), mean(&|p| p.1));
        let (va, vb) = (mean(&|p| (p.0 - ma).powi(2)), mean(&|p| (p.1 - mb).powi(2)));
        if va <= 1e-9 || vb <= 1e-9 {
            continue;
        }
        let ccf = mean(&|p| (p.0 - ma) * (p.1 - mb)) / (va * vb).sqrt();
        if best.is_none_or(|(c, ..)| ccf > c) {
            best = Some((ccf, n, shift));
        }
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_search_of_shifts_is_that_of_its_slow_twin(
        seed in 0u64..10_000, na in 5usize..90, nb in 5usize..90, missing in 0.0..0.6f64, floor in 4.0..30.0f64,
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut line = |n: usize| {
            let profile: Vec<f32> =
                (0..n).map(|_| if rng.random::<f64>() < missing { f32::NAN } else { rng.random_range(-2.0..2.0f32) }).collect();
            Line::of(&profile, 3.0)
        };
        let (a, b) = (line(na), line(nb));
        let reach = (-(nb as i64), na as i64);
        match (best_shift(&a, &b, reach, floor), slow(&a, &b, reach, floor)) {
            (None, None) => {}
            (Some(fast), Some(slow)) => {
                prop_assert!((fast.0 - slow.0).abs() < 1e-4, "{fast:?} {slow:?}");
                // Another shift may do as well to rounding.
                prop_assert!(fast.1 == slow.1 || (fast.0 - slow.0).abs() < 1e-4);
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn exchanging_the_marks_gives_the_same_figures_and_the_inverse_place(seed in 0u64..1000, from in 0.0..300.0f64, scale in 0.96..1.04f64) {
        let a = Striae::of(seed).mark(0.0, 181, 1.0, 0.0, |c| c != 50);
        let b = Striae::of(seed % 3).mark(from, 161, scale, 0.01, |_| true);
        let (there, back) = (compared(&a, &b).unwrap(), compared(&b, &a).unwrap());
        prop_assert!((there.ccf - back.ccf).abs() < 1e-5, "{there:?} {back:?}");
        if (there.overlap_um - back.overlap_um).abs() < 1e-6 && (there.scale * back.scale - 1.0).abs() < 1e-9 {
            prop_assert!((there.score - back.score).abs() < 2e-2 + 1e-2 * there.score.abs());
            prop_assert!((there.shear_rad + back.shear_rad).abs() < 1e-9, "{there:?} {back:?}");
        } else {
            prop_assert!(there.ccf < 0.9, "only unlike profiles have two best places: {there:?} {back:?}");
        }
    }

    #[test]
    fn stretching_keeps_the_values_where_they_were(by in 0.9..1.1f64, points in 20usize..80) {
        let line = Line { values: (0..points).map(|k| k as f32).collect(), known: vec![1.0; points] };
        let stretched = line.stretched(by);
        let (old, new) = ((points as f64 - 1.0) / 2.0, (stretched.values.len() as f64 - 1.0) / 2.0);
        for (at, (v, k)) in stretched.values.iter().zip(&stretched.known).enumerate() {
            if *k > 0.0 {
                prop_assert!((f64::from(*v) - ((at as f64 - new) / by + old)).abs() < 1e-3);
            }
        }
        prop_assert!(stretched.count() > by * points as f64 - 4.0);
    }
}
