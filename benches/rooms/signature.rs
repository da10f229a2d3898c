//! Signatures: drawing one, preparing a query, and the code search over all rotations and offsets.
#![allow(clippy::expect_used, reason = "a bench whose data are unsound has to stop")]

use brasslink::geometry::{Point, Pose, wrap_angle};
use brasslink::grid::HeightMap;
use brasslink::index::vectors::hamming;
use brasslink::mark::{Centre, CentreBasis, Mark, Modality, Quality, Region, Suitability};
use brasslink::signature::vector::draw_query;
use brasslink::signature::{
    CodeParameters, CodeSpectrum, PolarCode, QueryCode, SearchParameters, SignatureParameters, sign,
};
use criterion::Criterion;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;

/// A mark of a face of plane waves, turned by `turn_rad`.
fn mark(seed: u64, turn_rad: f64) -> Mark {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let waves: Vec<[f64; 3]> = (0..60)
        .map(|_| {
            let k = std::f64::consts::TAU / random.random_range(60.0..150.0);
            let direction: f64 = random.random_range(0.0..6.3);
            [k * direction.cos(), k * direction.sin(), random.random_range(0.0..6.3)]
        })
        .collect();
    let pose = Pose::new(turn_rad, 0.0, 0.0);
    let mut fine = HeightMap::missing(220, 220, 20.0);
    for r in 0..fine.rows() {
        for c in 0..fine.columns() {
            let p = pose.apply(fine.point_at(r as f64, c as f64));
            if (700.0..2050.0).contains(&p.x_um.hypot(p.y_um)) {
                fine.z[(r, c)] =
                    waves.iter().map(|[x, y, phase]| (x * p.x_um + y * p.y_um + phase).cos()).sum::<f64>() as f32;
            }
        }
    }
    Mark {
        region: Region::BreechFace,
        modality: Modality::Heights,
        coarse: fine.clone(),
        fine,
        centre: Centre { at: Point::default(), basis: CentreBasis::Hole, sd_um: 22.0, hole: None, rim: None },
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

/// The benches of this room.
pub fn benches(c: &mut Criterion) {
    let (first, turned, other) = (mark(1, 0.0), mark(1, 1.0), mark(2, 0.0));
    let parameters = SignatureParameters::default();
    let signature = sign(&turned, &parameters);
    let likeness = |a: &[u64], b: &[u64]| 1.0 - f64::from(hamming(a, b)) / (32 * a.len()) as f64;
    let vector = sign(&first, &parameters).vector;
    assert!(likeness(&vector, &signature.vector) > 0.3);
    assert!(likeness(&vector, &sign(&other, &parameters).vector) < 0.15);
    c.bench_function("signature: draw the vectors of a query", |b| {
        b.iter(|| draw_query(black_box(&first), 22.0, &parameters.vector))
    });
    c.bench_function("signature: draw one", |b| b.iter(|| sign(black_box(&first), &parameters)));

    let query = QueryCode::of(&first, 22.0, &CodeParameters::default());
    assert_eq!(query.offset_count(), 25);
    c.bench_function("signature: prepare a query of 25 offsets", |b| {
        b.iter(|| QueryCode::of(black_box(&first), 22.0, &CodeParameters::default()))
    });

    let search = SearchParameters::default();
    let spectrum = CodeSpectrum::of(&signature.code);
    let peak = query.search(&spectrum, &search).expect("one grid")[0];
    assert!(wrap_angle(peak.ref_from_cmp.theta_rad - 1.0).abs() < 0.02 && peak.z > 20.0, "{peak:?}");
    c.bench_function("signature: spectra of a stored code", |b| {
        b.iter(|| CodeSpectrum::of(black_box(&signature.code)))
    });
    c.bench_function("signature: search a pair, 384 rotations x 25 offsets", |b| {
        b.iter(|| query.search(black_box(&spectrum), &search))
    });
    let bytes = signature.to_bytes();
    c.bench_function("signature: read from bytes", |b| b.iter(|| brasslink::signature::Signature::from_bytes(&bytes)));
    let read = PolarCode::search(&query, &signature.code, &search).expect("one grid")[0];
    assert_eq!(read, peak);
}
