//! Benches of the comparison: the transform, the preparation of a mark, one against many.

use brasslink::compare::{CompareParameters, Model, Prepared, Reference};
use brasslink::dsp::fft::{Plan, Scratch};
use brasslink::geometry::{Point, Pose};
use brasslink::grid::HeightMap;
use brasslink::mark::{Centre, CentreBasis, Mark, Modality, Quality, Region, Suitability};
use brasslink::workings::Silent;
use criterion::Criterion;
use std::f64::consts::TAU;
use std::hint::black_box;

/// A ring-shaped mark of 3.6 mm, a sum of waves of 70 to 150 um seen from a pose.
fn mark(seed: u64, pose: Pose) -> Mark {
    let random = |i: u64| {
        let mut z = (seed * 1000 + i).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z >> 11) as f64 / (1u64 << 53) as f64
    };
    let waves: Vec<[f64; 3]> = (0..40)
        .map(|i| {
            let (k, way) = (TAU / (70.0 + 80.0 * random(3 * i)), TAU * random(3 * i + 1));
            [k * way.cos(), k * way.sin(), TAU * random(3 * i + 2)]
        })
        .collect();
    let map = |pitch_um: f64| {
        let side = (3600.0 / pitch_um) as usize + 1;
        let mut map = HeightMap::missing(side, side, pitch_um);
        for row in 0..side {
            for column in 0..side {
                let p = map.point_at(row as f64, column as f64);
                let r = p.x_um.hypot(p.y_um);
                if r < 1800.0 && r > 800.0 {
                    let q = pose.apply(p);
                    map.z[[row, column]] =
                        waves.iter().map(|w| (w[0] * q.x_um + w[1] * q.y_um + w[2]).cos()).sum::<f64>() as f32;
                }
            }
        }
        map
    };
    Mark {
        region: Region::BreechFace,
        modality: Modality::Heights,
        coarse: map(30.0),
        fine: map(15.0),
        centre: Centre { at: Point::default(), basis: CentreBasis::Centroid, sd_um: 100.0, hole: None, rim: None },
        quality: Quality {
            valid_area_mm2: 8.0,
            rms_fine_um: 1.0,
            rms_coarse_um: 1.0,
            dropout_share: 0.0,
            outlier_share: 0.0,
            tilt_rad: 0.0,
            suitability: Suitability::Suitable,
        },
    }
}

/// The benches of this room.
pub fn benches(c: &mut Criterion) {
    let (plan, mut scratch) = (Plan::of(160, 160), Scratch::default());
    let flat = vec![1.0f32; 160 * 160];
    let spectrum = plan.forward(&flat, 160, 160, &mut scratch);
    let mut out = Vec::new();
    plan.inverse_window(|out| out.copy_from_slice(&spectrum.values), 23, &mut out, &mut scratch);
    assert!(out.len() == 47 * 47 && out.iter().all(|v| (v - 1.0).abs() < 1e-4));
    c.bench_function("dsp/fft forward 160", |b| {
        b.iter(|| plan.forward(black_box(&flat), 160, 160, &mut scratch).values[0]);
    });
    c.bench_function("dsp/fft inverse window 160", |b| {
        b.iter(|| plan.inverse_window(|out| out.copy_from_slice(&spectrum.values), 23, &mut out, &mut scratch));
    });

    let parameters = CompareParameters::default();
    let Ok(model) = Model::built_in() else { return };
    let truth = Pose::new(2.0, 120.0, -60.0);
    let (a, b, other) = (mark(1, Pose::IDENTITY), mark(1, truth), mark(2, truth));
    c.bench_function("compare/prepare", |bench| bench.iter(|| Prepared::of(black_box(&a), &parameters).area_mm2()));
    let (a, b, other) =
        (Prepared::of(&a, &parameters), Prepared::of(&b, &parameters), Prepared::of(&other, &parameters));
    c.bench_function("compare/reference", |bench| bench.iter(|| Reference::of(black_box(&a), [&b], &parameters)));
    let ready = Reference::of(&a, [&b], &parameters);
    let found = ready.compare(&b, &model, &mut Silent);
    assert!((found.pose.theta_rad - 2.0).abs() < 0.01 && (found.pose.dx_um - 120.0).abs() < 5.0);
    assert!(found.score > ready.compare(&other, &model, &mut Silent).score);
    c.bench_function("compare/known match", |bench| {
        bench.iter(|| ready.compare(black_box(&b), &model, &mut Silent).score)
    });
    c.bench_function("compare/known non-match", |bench| {
        bench.iter(|| ready.compare(black_box(&other), &model, &mut Silent).score);
    });
}
