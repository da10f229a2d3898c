//! Comparisons of made-up marks whose pose is known.

use super::consensus::{self, Placed, Tolerance};
use super::level::{self, Level};
use super::refine::{agreement, climb};
use super::search::{Hypothesis, distinct};
use super::*;
use crate::geometry::{Point, Pose, wrap_angle};
use crate::grid::HeightMap;
use crate::mark::{Centre, CentreBasis, Mark, Modality, Quality, Region, Suitability};
use crate::signature::CodeParameters;
use crate::workings::{Recorder, Silent};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;

/// A surface that goes on for ever: a sum of waves, so that it can be seen exactly from any pose.
pub(super) struct Relief(Vec<[f64; 4]>);

impl Relief {
    pub(super) fn of(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let wave = |_| {
            let (length, way) = (rng.random_range(70.0..150.0f64), rng.random_range(0.0..TAU));
            let k = TAU / length;
            [k * way.cos(), k * way.sin(), rng.random_range(0.0..TAU), rng.random_range(0.5..1.0)]
        };
        Self((0..48).map(wave).collect())
    }

    fn at(&self, p: Point) -> f64 {
        self.0.iter().map(|[kx, ky, phase, a]| a * (kx * p.x_um + ky * p.y_um + phase).cos()).sum()
    }

    /// A ring-shaped mark that sees the relief from a pose (`relief_from_mark`); points where `keep` says no are missing.
    pub(super) fn mark(&self, pose: Pose, keep: impl Fn(Point) -> bool) -> Mark {
        let side = |pitch: f64| (2.0 * RADIUS_UM / pitch) as usize + 3;
        let map = |pitch: f64| {
            let mut map = HeightMap::missing(side(pitch), side(pitch), pitch);
            for row in 0..map.rows() {
                for column in 0..map.columns() {
                    let p = map.point_at(row as f64, column as f64);
                    let r = p.x_um.hypot(p.y_um);
                    if r < RADIUS_UM && r > 250.0 && keep(p) {
                        map.z[[row, column]] = self.at(pose.apply(p)) as f32;
                    }
                }
            }
            map
        };
        mark_of(map(15.0), map(30.0))
    }
}

const RADIUS_UM: f64 = 900.0;

/// log10 LR from which a lead may be proposed.
const LEAD_WORTHY: f64 = 1.0;

fn mark_of(fine: HeightMap, coarse: HeightMap) -> Mark {
    Mark {
        region: Region::BreechFace,
        modality: Modality::Heights,
        coarse,
        fine,
        centre: Centre { at: Point::default(), basis: CentreBasis::Centroid, sd_um: 100.0, hole: None, rim: None },
        quality: Quality {
            valid_area_mm2: 1.0,
            rms_fine_um: 1.0,
            rms_coarse_um: 1.0,
            dropout_share: 0.0,
            outlier_share: 0.0,
            tilt_rad: 0.0,
            suitability: Suitability::Suitable,
        },
    }
}

fn prepared(mark: &Mark) -> Prepared {
    Prepared::of(mark, &CompareParameters::default())
}

fn run(a: &Mark, b: &Mark) -> Comparison {
    compare(&prepared(a), &prepared(b), &CompareParameters::default(), &Model::built_in().unwrap(), &mut Silent)
}

/// The truth `ref_from_cmp` when the reference sees the relief from where it is and the comparison from `pose`.
fn assert_pose(found: &Pose, truth: &Pose) {
    let turn = wrap_angle(found.theta_rad - truth.theta_rad).to_degrees().abs();
    let off = (found.dx_um - truth.dx_um).hypot(found.dy_um - truth.dy_um);
    assert!(turn < 0.3 && off < 5.0, "expected {truth:?}, got {found:?}: off by {turn} degrees, {off} um");
}

#[test]
fn a_known_pose_is_found_and_all_cells_agree() {
    let relief = Relief::of(1);
    let all = |_: Point| true;
    for truth in [Pose::new(2.4, 180.0, -90.0), Pose::new(-3.1, -60.0, 200.0)] {
        let found = run(&relief.mark(Pose::IDENTITY, all), &relief.mark(truth, all));
        assert_pose(&found.pose, &truth);
        assert!(
            found.cells.len() >= 8 && found.features.cmc_share > 0.85,
            "{} cells, {:?}",
            found.cells.len(),
            found.features
        );
        assert_eq!(found.cmc as usize, found.cells.iter().filter(|c| c.state == CellState::Congruent).count());
        let other = run(&relief.mark(Pose::IDENTITY, all), &Relief::of(2).mark(truth, all));
        assert!(other.score < found.score && other.cmc <= 3, "unrelated: {} of {}", other.cmc, other.score);
        assert!(other.features.peak_z < 0.5 * found.features.peak_z);
    }
}

#[test]
fn half_a_mark_that_lies_off_the_middle_is_still_found() {
    let relief = Relief::of(3);
    let truth = Pose::new(1.0, 40.0, 30.0);
    let half = relief.mark(truth, |p| p.x_um > 0.0);
    let found = run(&relief.mark(Pose::IDENTITY, |_| true), &half);
    assert_pose(&found.pose, &truth);
    assert!(found.features.overlap_share > 0.8 && found.features.cmc_share > 0.8, "{:?}", found.features);
}

#[test]
fn the_polar_codes_find_what_the_search_may_not_reach() {
    let relief = Relief::of(8);
    // Off by more than the search may reach here, less than the codes' lattice does.
    let truth = Pose::new(-1.2, 110.0, -100.0);
    let model = Model::built_in().unwrap();
    let with = |code: CodeParameters| {
        let parameters = CompareParameters { search_reach_um: 10.0, code, ..CompareParameters::default() };
        let ready = |pose: Pose| Prepared::of(&relief.mark(pose, |_| true), &parameters);
        compare(&ready(Pose::IDENTITY), &ready(truth), &parameters, &model, &mut Silent)
    };
    let usual = CodeParameters { offset_half_least: 4, offset_half_most: 4, ..CodeParameters::default() };
    let found = with(usual.clone());
    assert_pose(&found.pose, &truth);
    // Rings outside of the mark: no code.
    let mut nowhere = usual;
    nowhere.grid.inner_um = 5_000.0;
    nowhere.grid.outer_um = 6_000.0;
    let lost = with(nowhere);
    assert_eq!(lost.features.code_z, 0.0);
    assert!(found.features.peak_z > 2.0 * lost.features.peak_z && found.features.code_z > 5.0, "{:?}", found.features);
}

#[test]
fn what_cannot_be_compared_gets_a_reason_and_no_number() {
    let relief = Relief::of(4);
    let mark = relief.mark(Pose::IDENTITY, |_| true);
    let mut pin = mark.clone();
    pin.region = Region::FiringPin;
    let mut photo = mark.clone();
    photo.modality = Modality::Reflectance;
    let mut unfit = mark.clone();
    unfit.quality.suitability =
        Suitability::Unsuitable { code: "x".into(), english: "too small".into(), spanish: "muy chica".into() };
    let empty = mark_of(HeightMap::missing(9, 9, 15.0), HeightMap::missing(5, 5, 30.0));
    for other in [pin, photo, unfit, empty] {
        let found = run(&mark, &other);
        assert_eq!((found.score, found.likelihood_ratio.log10(), found.cmc), (NO_SCORE, None, 0));
        let LikelihoodRatio::Unavailable { english, spanish } = found.likelihood_ratio else { panic!("a number") };
        assert!(!english.is_empty() && !spanish.is_empty() && english != spanish);
    }
}

#[test]
fn many_at_once_give_what_each_gives_alone_at_any_number_of_threads() {
    let marks: Vec<Mark> = (0..4u64)
        .map(|i| Relief::of(i / 2).mark(Pose::new(i as f64, 10.0, 0.0), |p| p.y_um < 300.0 + 150.0 * i as f64))
        .collect();
    let ready: Vec<Prepared> = marks.iter().map(prepared).collect();
    let others: Vec<&Prepared> = ready[1..].iter().collect();
    let (parameters, model) = (CompareParameters::default(), Model::built_in().unwrap());
    let text = |found: Vec<Comparison>| found.iter().map(|c| serde_json::to_string(c).unwrap()).collect::<Vec<_>>();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        text(pool.install(|| compare_many(&ready[0], &others, &parameters, &model)))
    };
    let alone: Vec<_> = others.iter().map(|o| compare(&ready[0], o, &parameters, &model, &mut Silent)).collect();
    let one = with(1);
    assert_eq!(one, with(3));
    assert_eq!(one, text(alone));
}

#[test]
fn the_workings_show_every_stage() {
    let relief = Relief::of(6);
    let mark = prepared(&relief.mark(Pose::IDENTITY, |_| true));
    let mut recorder = Recorder::default();
    let model = Model::built_in().unwrap();
    let loud = compare(&mark, &mark, &CompareParameters::default(), &model, &mut recorder);
    assert_eq!(loud, compare(&mark, &mark, &CompareParameters::default(), &model, &mut Silent));
    let keys: Vec<&str> = recorder.items.iter().map(|i| i.0.as_str()).collect();
    let expected = ["hypotheses", "registration", "reference", "aligned", "difference", "cells", "features"];
    assert_eq!(keys, expected.map(|k| format!("compare.{k}")));
}

#[test]
fn the_models_that_come_with_the_program_belong_to_its_parameters() {
    for model in [Model::built_in().unwrap(), Model::simulated().unwrap()] {
        assert_eq!(model.parameters_hash, CompareParameters::default().hash(), "fit the models anew");
        assert!(model.bound() > 1.0 && model.population.firearms >= 20);
    }
    assert!(Model::simulated().unwrap().population.english.contains("simulated"));
}

fn damaged(rows: usize, columns: usize) -> impl Strategy<Value = HeightMap> {
    let point = prop_oneof![4 => -2.0..2.0f32, 2 => Just(f32::NAN), 1 => Just(1.0f32), 1 => prop_oneof![Just(f32::INFINITY), Just(1e30f32), Just(1e-30f32)]];
    (
        prop::collection::vec(point, rows * columns),
        prop::bool::weighted(0.2),
        prop_oneof![Just(15.0), Just(40.0), Just(3.0)],
    )
        .prop_map(move |(z, flat, pitch_um)| {
            let z = if flat { vec![0.25; rows * columns] } else { z };
            HeightMap { z: ndarray::Array2::from_shape_vec((rows, columns), z).unwrap(), pitch_um }
        })
}

fn any_damaged() -> impl Strategy<Value = Mark> {
    (0usize..40, 0usize..40, 0usize..9)
        .prop_flat_map(|(rows, columns, small)| (damaged(rows, columns), damaged(small, small)))
        .prop_map(|(fine, coarse)| mark_of(fine, coarse))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_damage_leads_to_a_panic_or_to_something_that_is_no_number(a in any_damaged(), b in any_damaged()) {
        let found = run(&a, &b);
        let text = serde_json::to_value(&found).unwrap();
        fn finite(v: &serde_json::Value) -> bool {
            match v {
                serde_json::Value::Null => false,
                serde_json::Value::Array(a) => a.iter().all(finite),
                serde_json::Value::Object(o) => o.values().all(finite),
                _ => true,
            }
        }
        prop_assert!(finite(&text), "{text}");
        prop_assert!(found.cmc as usize <= found.cells.len() && found.cmc_backward <= found.cells_backward);
        prop_assert!(found.likelihood_ratio.log10().is_none_or(|lr| lr < LEAD_WORTHY), "noise against noise: {text}");
        prop_assert!((0.0..=1.0).contains(&found.features.cmc_share) && found.features.ccf_fine.abs() <= 1.0);
    }

    #[test]
    fn no_damage_makes_a_mark_lead_worthy_against_another_or_against_noise(seed in 0u64..1000, noisy in any::<bool>(), cut in -400.0..700.0f64, pits in 0usize..300, step in 1usize..40) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut damage = |mut mark: Mark| {
            let (rows, columns) = (mark.fine.rows(), mark.fine.columns());
            for i in 0..pits {
                let at = [rng.random_range(0..rows), rng.random_range(0..columns)];
                mark.fine.z[at] = [f32::NAN, 1e6, -1e6, 0.0][i % 4];
            }
            // A saturated strip, as a scanner that loses focus leaves it.
            for row in (0..rows).step_by(step).take(6) {
                mark.fine.z.row_mut(row).fill(0.5);
            }
            mark
        };
        let a = damage(Relief::of(2 * seed).mark(Pose::IDENTITY, |p| p.x_um > -cut));
        let b = if noisy {
            let mut white = HeightMap::missing(120, 120, 15.0);
            let mut noise = ChaCha8Rng::seed_from_u64(seed + 7);
            white.z.mapv_inplace(|_| noise.random_range(-1.0..1.0));
            mark_of(white.clone(), white)
        } else {
            damage(Relief::of(2 * seed + 1).mark(Pose::new(1.0, 20.0, 0.0), |_| true))
        };
        let found = run(&a, &b);
        prop_assert!(found.score.is_finite());
        prop_assert!(found.likelihood_ratio.log10().is_none_or(|lr| lr < LEAD_WORTHY), "{:?}", found.features);
    }

    #[test]
    fn agreement_is_the_correlation_of_the_common_places(a in damaged_plain(13, 11), b in damaged_plain(9, 12), dx in -4i32..4, dy in -4i32..4, fx in 0.1..0.9f64, fy in 0.1..0.9f64) {
        let (la, lb) = (Level::of(&a, Point::default(), 1e6), Level::of(&b, Point::default(), 1e6));
        // Between points, so that rounding cannot choose other points. The grids' middles lie half a point apart where their numbers are odd and even.
        let half = |m: usize, n: usize| if m % 2 == n % 2 { 0.0 } else { 0.5 };
        let off = |d: i32, f: f64, m: usize, n: usize| (f64::from(d) + f + half(m, n)) * 15.0;
        let pose = Pose::new(0.0, off(dx, fx, a.columns(), b.columns()), off(dy, fy, a.rows(), b.rows()));
        let found = agreement(&la, &lb, &pose);
        let mut pairs = Vec::new();
        for ((row, column), z) in b.z.indexed_iter() {
            let other = between_points(&a, pose.apply(b.point_at(row as f64, column as f64)));
            if let (true, Some(other)) = (z.is_finite(), other) { pairs.push((other, f64::from(*z))); }
        }
        prop_assert_eq!(found.n, pairs.len() as f64);
        if pairs.len() >= 8 {
            let n = pairs.len() as f64;
            let (ma, mb) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
            let ab: f64 = pairs.iter().map(|p| (p.0 - ma) * (p.1 - mb)).sum();
            let aa: f64 = pairs.iter().map(|p| (p.0 - ma).powi(2)).sum();
            let bb: f64 = pairs.iter().map(|p| (p.1 - mb).powi(2)).sum();
            prop_assert!((found.ccf - ab / (aa * bb).sqrt()).abs() < 1e-3, "{found:?}");
            let same = pairs.iter().map(|p| (p.0 * p.1).partial_cmp(&0.0).map_or(0.0, |o| o as i8 as f64)).sum::<f64>() / n;
            prop_assert!((found.sign - same).abs() < 1e-3, "{found:?} {same}");
        }
    }

    #[test]
    fn cells_that_were_planted_on_one_pose_are_found_among_strays(
        theta in -3.2..3.2f64, dx in -300.0..300.0f64, dy in -300.0..300.0f64,
        strays in prop::collection::vec((-200.0..200.0f64, -200.0..200.0f64, -6.0..6.0f64), 0..12),
    ) {
        let parameters = CompareParameters::default();
        let truth = Pose::new(theta, dx, dy);
        let back = truth.inverse();
        let cell = |i: usize, off: Point, turn_deg: f64| {
            let centre = Point::new((i % 5) as f64 * 450.0 - 900.0, (i / 5) as f64 * 450.0 - 900.0);
            let home = back.apply(centre);
            Placed { centre, found: Point::new(home.x_um + off.x_um, home.y_um + off.y_um), turn_rad: wrap_angle(back.theta_rad + turn_deg.to_radians()), ccf: 0.7, needed: 0.3, meets: true, area: 1.0, tolerance: Tolerance::of([1.0, 0.0, 1.0], parameters.cell_tolerance_um, 1.0) }
        };
        let mut cells: Vec<Placed> = (0..13).map(|i| cell(i, Point::new((i as f64 * 1.7).sin() * 6.0, (i as f64 * 2.3).cos() * 6.0), (i as f64).sin())).collect();
        cells.extend(strays.iter().enumerate().map(|(i, s)| cell(13 + i, Point::new(s.0, s.1), s.2)));
        // The registered pose is off, as it may be.
        let registered = Pose::new(truth.theta_rad + 0.03, truth.dx_um + 40.0, truth.dy_um - 30.0);
        let found = consensus::find(&cells, &registered, &parameters);
        prop_assert!(cells[..13].iter().all(|c| c.congruent(&found, &parameters)), "{found:?}");
        for placed in &cells {
            let (off, turn) = placed.residual(&found);
            let near = off.x_um.hypot(off.y_um) <= parameters.cell_tolerance_um && turn.abs() <= parameters.cell_tolerance_deg.to_radians();
            prop_assert_eq!(near, placed.congruent(&found, &parameters));
        }
    }
}

/// A map between its points by the definition: bilinear of four known or bridged points.
fn between_points(map: &HeightMap, place: Point) -> Option<f64> {
    let at = |row: i64, column: i64| -> Option<f64> {
        let z = *map.z.get((usize::try_from(row).ok()?, usize::try_from(column).ok()?))?;
        z.is_finite().then_some(f64::from(z))
    };
    let bridged = |row: i64, column: i64| -> Option<f64> {
        let inside = row >= 0 && column >= 0 && row < map.rows() as i64 && column < map.columns() as i64;
        let around = (-1..=1).flat_map(|r| (-1..=1).map(move |c| (r, c)));
        let near: Vec<f64> = around.filter_map(|(r, c)| at(row + r, column + c)).collect();
        at(row, column).or((inside && near.len() >= 5).then(|| near.iter().sum::<f64>() / near.len() as f64))
    };
    let (row, column) = map.index_of(place);
    let (r, c) = (row.floor() as i64, column.floor() as i64);
    let (fy, fx) = (row - row.floor(), column - column.floor());
    let above = bridged(r, c)? * (1.0 - fx) + bridged(r, c + 1)? * fx;
    let below = bridged(r + 1, c)? * (1.0 - fx) + bridged(r + 1, c + 1)? * fx;
    Some(above * (1.0 - fy) + below * fy)
}

fn damaged_plain(rows: usize, columns: usize) -> impl Strategy<Value = HeightMap> {
    prop::collection::vec(prop::option::weighted(0.85, -2.0..2.0f32), rows * columns).prop_map(move |v| HeightMap {
        z: ndarray::Array2::from_shape_vec((rows, columns), v.iter().map(|z| z.unwrap_or(f32::NAN)).collect()).unwrap(),
        pitch_um: 15.0,
    })
}

#[test]
fn climbing_never_ends_lower_and_finds_the_top_of_a_hill() {
    let relief = Relief::of(9);
    let truth = Pose::new(0.4, 35.0, -20.0);
    let (a, b) = (prepared(&relief.mark(Pose::IDENTITY, |_| true)), prepared(&relief.mark(truth, |_| true)));
    let start = Pose::new(0.4 + 0.012, 35.0 + 9.0, -20.0 - 8.0);
    let before = agreement(&a.fine, &b.fine, &start);
    let (pose, after) = climb(&a.fine, &b.fine, start, 10.0, 12, 1);
    assert!(after.strength >= before.strength && after.ccf > 0.95, "{before:?} {after:?}");
    assert_pose(&pose, &truth);
}

#[test]
fn hypotheses_that_say_the_same_are_one_also_across_half_a_turn() {
    let at = |deg: f64, dx: f64, strength: f64| Hypothesis { pose: Pose::new(deg.to_radians(), dx, 0.0), strength };
    let kept = distinct(vec![at(179.5, 0.0, 3.0), at(-179.5, 10.0, 5.0), at(179.0, 200.0, 4.0), at(0.0, 0.0, 1.0)], 8);
    assert_eq!(kept.iter().map(|h| h.strength).collect::<Vec<_>>(), [5.0, 4.0, 1.0]);
}

#[test]
fn resampling_keeps_place_and_leaves_long_waves_alone() {
    let relief = Relief(vec![[TAU / 400.0, 0.0, 0.3, 1.0]]);
    let mark = relief.mark(Pose::IDENTITY, |_| true);
    let coarse = level::resample(&mark.fine, 30.0);
    for ((row, column), z) in coarse.z.indexed_iter() {
        let p = coarse.point_at(row as f64, column as f64);
        let r = p.x_um.hypot(p.y_um);
        if r > 320.0 && r < 830.0 {
            assert!(z.is_finite() && (f64::from(*z) - relief.at(p)).abs() < 0.05, "at {p:?}: {z} for {}", relief.at(p));
        }
    }
}

#[test]
fn independent_points_of_white_noise_are_all_points_and_of_smooth_relief_fewer() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut white = HeightMap::missing(100, 100, 15.0);
    white.z.mapv_inplace(|_| rng.random_range(-1.0..1.0));
    let (white, smooth) =
        (prepared(&mark_of(white.clone(), white)), prepared(&Relief::of(7).mark(Pose::IDENTITY, |_| true)));
    let own = white.chance.independent_points(&white.chance, &Pose::IDENTITY, 1000.0);
    assert!(own > 900.0 && own <= 1000.0, "{own}");
    let fewer = smooth.chance.independent_points(&smooth.chance, &Pose::IDENTITY, 1000.0);
    assert!(fewer < 200.0 && fewer > 5.0, "{fewer}");
}

#[test]
fn a_firing_pin_is_compared_as_a_breech_face_of_three_point_six_times_its_size() {
    let relief = Relief::of(21);
    let faces = [Pose::IDENTITY, Pose::new(0.4, 60.0, -30.0)].map(|pose| relief.mark(pose, |_| true));
    let pins = faces.clone().map(|mut mark| {
        mark.region = Region::FiringPin;
        mark.fine.pitch_um /= 3.6;
        mark.coarse.pitch_um /= 3.6;
        mark.centre.sd_um /= 3.6;
        mark
    });
    let (parameters, model) = (CompareParameters::default(), Model::built_in().unwrap());
    let of = |marks: &[Mark; 2]| {
        let ready = |mark: &Mark| Prepared::of(mark, &parameters);
        let mut told = Recorder::default();
        let found = compare(&ready(&marks[0]), &ready(&marks[1]), &parameters, &model, &mut told);
        (found, ready(&marks[0]).area_mm2(), told)
    };
    let ((face, face_mm2, _), (pin, pin_mm2, told)) = (of(&faces), of(&pins));
    assert!(face.cmc > 5 && (face.score - pin.score).abs() < 1e-6, "{} {}", face.score, pin.score);
    assert_eq!((face.cmc, face.cells.len(), face.cmc_backward), (pin.cmc, pin.cells.len(), pin.cmc_backward));
    let smaller = |large: f64, small: f64, by: f64| (large - by * small).abs() <= 1e-6 * large.abs() + 1e-9;
    assert!(smaller(face.pose.dx_um, pin.pose.dx_um, 3.6) && smaller(face.pose.dy_um, pin.pose.dy_um, 3.6));
    assert!((face.pose.theta_rad - pin.pose.theta_rad).abs() < 1e-9);
    assert!((pin.cells[0].side_um - 125.0).abs() < 1e-9);
    assert!(smaller(face.cells[0].centre.x_um, pin.cells[0].centre.x_um, 3.6));
    assert!(smaller(face.features.overlap_mm2, pin.features.overlap_mm2, 3.6 * 3.6));
    assert!(smaller(face_mm2, pin_mm2, 3.6 * 3.6));
    assert_eq!(pin.likelihood_ratio.log10(), None, "the model is one of breech faces");
    let shown = told.items.iter().find_map(|(key, item)| match item {
        crate::workings::Item::Map(map) if key == "compare.reference" => Some(map.pitch_um),
        _ => None,
    });
    assert!((shown.unwrap() - 15.0 / 3.6).abs() < 1e-9);
    let other = compare(
        &Prepared::of(&faces[0], &parameters),
        &Prepared::of(&pins[1], &parameters),
        &parameters,
        &model,
        &mut Silent,
    );
    assert_eq!(other.score, NO_SCORE);
}

#[test]
fn every_region_has_parameters_and_those_of_the_breech_face_stay() {
    let usual = CompareParameters::default();
    assert_eq!(CompareParameters::of(Region::BreechFace), usual);
    let pin = CompareParameters::of(Region::FiringPin);
    assert!(pin.code.grid.inner_um < usual.code.grid.inner_um && pin.hash() != usual.hash());
}
