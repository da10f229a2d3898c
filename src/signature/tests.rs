//! Tests of signatures on synthetic marks.

use super::code::draw_signs;
use super::query::QueryCode;
use super::spectrum::CodeSpectrum;
use super::*;
use crate::dsp::polar::Sampler;
use crate::geometry::{Point, Pose, wrap_angle};
use crate::grid::HeightMap;
use crate::index::vectors::hamming;
use crate::mark::{Centre, CentreBasis, Modality, Quality, Region, Suitability};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::OnceLock;

/// A face without end: plane waves of the fine band in all directions.
struct Face(Vec<[f64; 4]>);

impl Face {
    fn new(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        Face(
            (0..80)
                .map(|_| {
                    let k = std::f64::consts::TAU / random.random_range(60.0..150.0);
                    let (direction, phase) = (random.random_range(0.0..6.3f64), random.random_range(0.0..6.3));
                    [k * direction.cos(), k * direction.sin(), phase, random.random_range(0.5..1.0)]
                })
                .collect(),
        )
    }

    fn height(&self, p: Point) -> f64 {
        self.0.iter().map(|[kx, ky, phase, size]| size * (kx * p.x_um + ky * p.y_um + phase).cos()).sum()
    }
}

/// A mark of a face: the frame's points lie at `face_from_mark` on the face, the ring of metal about the face's origin
/// is kept, `noise` is added, and the centre is off by `centre_error` (in the mark's frame).
fn mark(face: &Face, face_from_mark: Pose, centre_error: Point, noise: f64, seed: u64) -> Mark {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut fine = HeightMap::missing(190, 200, 24.0);
    for r in 0..fine.rows() {
        for c in 0..fine.columns() {
            let p = face_from_mark.apply(fine.point_at(r as f64, c as f64));
            let radius = p.distance_um(Point::default());
            // A cut on one side, so that the mask is not round.
            if (700.0..2000.0).contains(&radius) && p.x_um < 1700.0 {
                fine.z[(r, c)] = (face.height(p) + noise * random.random_range(-10.0..10.0)) as f32;
            }
        }
    }
    let origin = face_from_mark.inverse().apply(Point::default());
    Mark {
        region: Region::BreechFace,
        modality: Modality::Heights,
        coarse: fine.clone(),
        fine,
        centre: Centre {
            at: Point::new(origin.x_um + centre_error.x_um, origin.y_um + centre_error.y_um),
            basis: CentreBasis::Hole,
            sd_um: 30.0,
            hole: None,
            rim: None,
        },
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

fn small() -> CodeParameters {
    CodeParameters {
        grid: PolarGrid { rings: 12, angles: 60, inner_um: 700.0, outer_um: 2000.0 },
        offset_half_least: 1,
        ..CodeParameters::default()
    }
}

/// One mark and its query, shared because drawing takes a moment.
fn reference() -> &'static (Mark, QueryCode) {
    static REFERENCE: OnceLock<(Mark, QueryCode)> = OnceLock::new();
    REFERENCE.get_or_init(|| {
        let mark = mark(&Face::new(1), Pose::new(0.4, 35.0, -60.0), Point::new(12.0, -9.0), 0.3, 7);
        let query = QueryCode::of(&mark, 30.0, &CodeParameters::default());
        (mark, query)
    })
}

/// Correlation from its definition: for every rotation the products and the overlap of the signs, counted.
fn correlate_directly(query: &[i8], gallery: &[i8], grid: &PolarGrid) -> Vec<(i64, i64)> {
    (0..grid.angles)
        .map(|rotation| {
            let (mut products, mut overlap) = (0, 0);
            for ring in 0..grid.rings {
                for angle in 0..grid.angles {
                    let q = i64::from(query[ring * grid.angles + (angle + rotation) % grid.angles]);
                    let g = i64::from(gallery[ring * grid.angles + angle]);
                    products += q * g;
                    overlap += (q * g).abs();
                }
            }
            (products, overlap)
        })
        .collect()
}

#[test]
fn a_known_pose_comes_back() {
    let (reference, query) = reference();
    let face_from_ref = Pose::new(0.4, 35.0, -60.0);
    for (turn, dx, dy, error) in
        [(0.0, 0.0, 0.0, (0.0, 0.0)), (2.0, 80.0, 30.0, (25.0, -10.0)), (-1.2, -70.0, 55.0, (-30.0, 30.0))]
    {
        let truth = Pose::new(turn, dx, dy);
        let comparison = mark(&Face::new(1), face_from_ref.after(&truth), Point::new(error.0, error.1), 0.3, 99);
        let code = PolarCode::of(&comparison, &CodeParameters::default());
        let peaks = PolarCode::search(query, &code, &SearchParameters::default()).unwrap();
        let peak = peaks[0];
        let off = wrap_angle(peak.ref_from_cmp.theta_rad - turn).to_degrees().abs();
        assert!(off < 1.0, "{off} degrees, {peak:?}");
        for place in [Point::default(), comparison.centre.at, Point::new(1500.0, 0.0)] {
            let miss = peak.ref_from_cmp.apply(place).distance_um(truth.apply(place));
            assert!(miss < 30.0, "{miss} um, {peak:?}");
        }
        assert!(peak.z > 12.0 && peak.correlation > 0.35 && peak.overlap_share > 0.8, "{peak:?}");
        assert!(peaks.len() <= 5 && peaks.windows(2).all(|w| w[0].z >= w[1].z));
        assert!(peaks[1].z < 0.5 * peak.z, "{peaks:?}");
        // The other way round the inverse pose comes out.
        let back = QueryCode::of(&comparison, 30.0, &CodeParameters::default());
        let other = PolarCode::search(
            &back,
            &PolarCode::of(reference, &CodeParameters::default()),
            &SearchParameters::default(),
        )
        .unwrap()[0];
        let there_and_back = other.ref_from_cmp.after(&truth).apply(comparison.centre.at);
        assert!(there_and_back.distance_um(comparison.centre.at) < 30.0, "{other:?}");
    }
}

#[test]
fn another_face_gives_what_chance_gives() {
    let (_, query) = reference();
    for seed in 2..5 {
        let other = mark(&Face::new(seed), Pose::new(1.0, 0.0, 0.0), Point::default(), 0.3, seed);
        let code = PolarCode::of(&other, &CodeParameters::default());
        let peak = PolarCode::search(query, &code, &SearchParameters::default()).unwrap()[0];
        assert!(peak.z < 7.0 && peak.independent_points < f64::from(peak.overlap_points), "{peak:?}");
    }
}

#[test]
fn the_lattice_grows_with_the_doubt_about_the_centres_and_stays_bounded() {
    let parameters = CodeParameters::default();
    assert_eq!(parameters.offset_half(25.0, 25.0), 2);
    assert_eq!(parameters.offset_half(108.0, 30.0), 5);
    assert_eq!(parameters.offset_half(f64::INFINITY, 30.0), 6);
    assert_eq!(parameters.offset_half(f64::NAN, 30.0), 6);
    // A mark centred on its rim, 150 um off, is found by the wider lattice only.
    let (reference, narrow) = reference();
    let off = Point::new(140.0, -100.0);
    let mut comparison = mark(&Face::new(1), Pose::new(0.4, 35.0, -60.0), off, 0.3, 5);
    let hole = PolarCode::of(&comparison, &parameters);
    comparison.centre.sd_um = 110.0;
    let rim = PolarCode::of(&comparison, &parameters);
    let wide = QueryCode::of(reference, 110.0, &parameters);
    assert_eq!((narrow.offset_count(), wide.offset_count()), (25, 121));
    let best =
        |query: &QueryCode, code: &PolarCode| PolarCode::search(query, code, &SearchParameters::default()).unwrap()[0];
    assert!(best(&wide, &rim).z > 12.0, "{:?}", best(&wide, &rim));
    // The wide query looks as far as the pair's centres call for, so both give the same for a well-centred mark.
    assert_eq!(best(&wide, &hole), best(narrow, &hole));
}

#[test]
fn a_blank_mark_has_a_blank_signature_and_no_peaks() {
    let (reference, query) = reference();
    let mut blank = reference.clone();
    blank.fine.z.fill(f32::NAN);
    blank.coarse = blank.fine.clone();
    let signature = sign(&blank, &SignatureParameters::default());
    assert!(signature.is_blank() && signature.vector.iter().all(|&v| v == 0));
    assert_eq!(PolarCode::search(query, &signature.code, &SearchParameters::default()).unwrap(), vec![]);
    assert_eq!(Signature::from_bytes(&signature.to_bytes()).unwrap(), signature);
    // A map of one height has no shape either.
    blank.fine.z.fill(0.0);
    assert!(sign(&blank, &SignatureParameters::default()).is_blank());
    let other = PolarCode::of(reference, &small());
    assert!(matches!(
        PolarCode::search(query, &other, &SearchParameters::default()),
        Err(SignatureError::GridsDiffer { .. })
    ));
}

#[test]
fn the_vector_does_not_see_the_turn_but_the_face() {
    let face_from_ref = Pose::new(0.4, 35.0, -60.0);
    let parameters = SignatureParameters::default();
    let likeness = |a: &[u64], b: &[u64]| 1.0 - f64::from(hamming(a, b)) / (32 * a.len()) as f64;
    let reference = &reference().0;
    let first = sign(reference, &parameters).vector;
    assert_eq!(likeness(&first, &first), 1.0);
    // Its centre is 40 um off against that of the reference, which the lattice of the query makes good.
    let turned = mark(&Face::new(1), face_from_ref.after(&Pose::new(2.5, 40.0, 10.0)), Point::new(30.0, 20.0), 0.3, 8);
    let other = mark(&Face::new(2), face_from_ref, Point::default(), 0.3, 9);
    let query = vector::draw_query(reference, 30.0, &parameters.vector);
    assert_eq!((query.len(), &query[0]), (9, &first));
    let best = |signature: &Signature| query.iter().map(|q| likeness(q, &signature.vector)).fold(-1.0, f64::max);
    let (same, different) = (best(&sign(&turned, &parameters)), best(&sign(&other, &parameters)));
    assert!(same > 0.2 && different < 0.1, "{same} {different}");
    assert!(same > likeness(&first, &sign(&turned, &parameters).vector) + 0.05);
    let blind = Mark { centre: Centre { sd_um: f64::INFINITY, ..reference.centre }, ..reference.clone() };
    assert_eq!(vector::draw_query(&blind, 30.0, &parameters.vector).len(), 25);
}

#[test]
fn signatures_are_the_same_bytes_on_any_number_of_threads() {
    let marks: Vec<Mark> =
        (0..3).map(|i| mark(&Face::new(i), Pose::new(i as f64, 0.0, 0.0), Point::default(), 0.1, i)).collect();
    let run = |threads: usize| -> Vec<Vec<u8>> {
        use rayon::prelude::*;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| marks.par_iter().map(|m| sign(m, &SignatureParameters::default()).to_bytes()).collect())
    };
    assert_eq!(run(1), run(4));
}

fn little() -> Signature {
    let grid = PolarGrid { rings: 3, angles: 50, inner_um: 700.0, outer_um: 2000.0 };
    let signs: Vec<i8> = (0..grid.len()).map(|i| ((i * i + i / 3) % 3) as i8 - 1).collect();
    Signature {
        version: VERSION,
        vector: vec![6, 0, u64::MAX],
        code: PolarCode::from_signs(&signs, grid, Point::new(3.0, -4.0), 30.0),
    }
}

#[test]
fn bytes_come_back_and_every_flipped_bit_is_noticed() {
    let signature = little();
    let bytes = signature.to_bytes();
    assert_eq!(Signature::from_bytes(&bytes).unwrap(), signature);
    assert_eq!(signature.code.signs().len(), 150);
    for length in 0..bytes.len() {
        assert!(Signature::from_bytes(&bytes[..length]).is_err(), "{length} bytes");
    }
    for bit in 0..8 * bytes.len() {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(Signature::from_bytes(&flipped).is_err(), "bit {bit}");
    }
}

/// The checksum made right again, so that the checks behind it are reached.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - 4;
    let crc = crc32fast::hash(&bytes[..end]);
    bytes[end..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

proptest! {
    #[test]
    fn hostile_bytes_with_a_right_checksum_are_refused_or_read_back(
        changes in prop::collection::vec((0usize..130, any::<u8>()), 1..6)
    ) {
        let mut bytes = little().to_bytes();
        for (at, value) in changes {
            if at + 4 < bytes.len() {
                bytes[at] = value;
            }
        }
        let bytes = sealed(bytes);
        if let Ok(signature) = Signature::from_bytes(&bytes) {
            prop_assert_eq!(signature.to_bytes(), bytes);
        }
    }

    #[test]
    fn garbage_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Signature::from_bytes(&bytes).is_err());
    }

    #[test]
    fn the_fast_correlation_is_the_direct_one(
        seed in any::<u64>(),
        rings in 1usize..7,
        angles in prop::sample::select(vec![8usize, 15, 30, 48, 64]),
        missing in 0u8..80,
    ) {
        let grid = PolarGrid { rings, angles, inner_um: 700.0, outer_um: 2000.0 };
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = || -> Vec<i8> {
            let mut sign = || if random.random_range(0..100) < missing { 0 } else { 2 * random.random_range(0..2) - 1 };
            (0..grid.len()).map(|_| sign()).collect()
        };
        let (q, g) = (draw(), draw());
        let code = |signs: &[i8]| PolarCode::from_signs(signs, grid, Point::default(), 0.0);
        prop_assert_eq!(&code(&q).signs(), &q);
        let query = QueryCode::of_code(&code(&q), &small());
        let fast = query.correlate(&CodeSpectrum::of(&code(&g)), 0.0);
        for (rotation, (products, overlap)) in correlate_directly(&q, &g, &grid).into_iter().enumerate() {
            prop_assert_eq!(i64::from(fast.overlap[rotation]), overlap);
            let scaled = fast.scaled[rotation];
            if overlap == 0 {
                prop_assert!(scaled.is_nan());
            } else {
                prop_assert_eq!(scaled, products as f32 / (overlap as f32).sqrt());
            }
        }
    }
}

#[test]
fn the_fast_correlation_is_exact_at_full_size() {
    let (mark, query) = reference();
    let parameters = CodeParameters::default();
    let code = PolarCode::of(mark, &parameters);
    let fast = query.correlate(&CodeSpectrum::of(&code), 0.0);
    for slot in [0, 12, 18] {
        let offset = query.offset(slot);
        let about = Point::new(mark.centre.at.x_um + offset.x_um, mark.centre.at.y_um + offset.y_um);
        let signs = draw_signs(&Sampler::of(&mark.fine, &parameters.grid), about);
        for (rotation, (products, overlap)) in
            correlate_directly(&signs, &code.signs(), &parameters.grid).into_iter().enumerate().step_by(7)
        {
            let at = slot * parameters.grid.angles + rotation;
            assert_eq!(i64::from(fast.overlap[at]), overlap);
            assert_eq!(fast.scaled[at], products as f32 / (overlap as f32).sqrt());
        }
    }
}

#[test]
fn a_quick_look_tells_a_turned_mark_from_another() {
    let (reference, _) = reference();
    let face_from_ref = Pose::new(0.4, 35.0, -60.0);
    let (code, quick) = (CodeParameters::default(), QuickParameters::default());
    let query = QuickQuery::of(reference, 30.0, &code, &quick);
    let coder = QuickCoder::new(code.grid);
    let seen = |mark: &Mark| query.look(&coder.code(&PolarCode::of(mark, &code)).0, &mut QuickRoom::default());
    let turned = mark(&Face::new(1), face_from_ref.after(&Pose::new(2.5, 40.0, 10.0)), Point::new(20.0, 20.0), 0.3, 8);
    let other = mark(&Face::new(2), face_from_ref, Point::default(), 0.3, 9);
    assert!(seen(&turned) > 12.0 && seen(&other) < 6.0, "{} {}", seen(&turned), seen(&other));
    let mut blank = turned.clone();
    blank.fine.z.fill(f32::NAN);
    assert_eq!(seen(&blank), 0.0);
    // Of another grid: nothing is seen, neither in codes of its own coder nor in what this one makes of them.
    let foreign = PolarCode::of(&turned, &small());
    for coder in [&coder, &QuickCoder::new(small().grid)] {
        assert_eq!(query.look(&coder.code(&foreign).0, &mut QuickRoom::default()), 0.0);
    }
}

#[test]
fn the_quick_look_is_the_greatest_of_direct_sums() {
    let (reference, _) = reference();
    let code = CodeParameters { offset_step_um: 35.0, ..small() };
    let quick = QuickParameters { offset_half_least: 0, offset_half_most: 0 };
    let other = mark(&Face::new(3), Pose::new(0.4, 35.0, -60.0), Point::default(), 0.3, 9);
    let query = QuickQuery::of(reference, 30.0, &code, &quick);
    let summed = |mark: &Mark| -> Vec<Vec<f64>> {
        let signs = PolarCode::of(mark, &code).signs();
        let block = |ring: usize, angle: usize| {
            let at = |r: usize, a: usize| f64::from(signs[(2 * ring + r) * 60 + 2 * angle + a]);
            at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)
        };
        let ring = |ring: usize| {
            let values: Vec<f64> = (0..30).map(|angle| block(ring, angle)).collect();
            let mean = values.iter().sum::<f64>() / 30.0;
            values.iter().map(|v| v - mean).collect()
        };
        (0..6).map(ring).collect()
    };
    let (q, g) = (summed(reference), summed(&other));
    let product =
        |turn: usize| -> f64 { (0..6).map(|r| (0..30).map(|a| q[r][(a + turn) % 30] * g[r][a]).sum::<f64>()).sum() };
    let all: Vec<f64> = (0..30).map(product).collect();
    let sd = (all.iter().map(|v| v * v).sum::<f64>() / 30.0).sqrt();
    let direct = all.iter().copied().fold(0.0, f64::max) / sd;
    let coder = QuickCoder::new(code.grid);
    let kept = coder.code(&PolarCode::of(&other, &code));
    assert_eq!(kept.0.len(), coder.bytes());
    let fast = f64::from(query.look(&kept.0, &mut QuickRoom::default()));
    // The gallery's side is rounded to a byte a part: a two-hundredth of its spread.
    assert!((fast - direct).abs() < 0.02 * direct, "{fast} {direct}");
}
