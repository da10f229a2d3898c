//! Code searches against loops over all rotations.

use super::Race;
use brasslink::dsp::polar::PolarGrid;
use brasslink::geometry::{Point, Pose};
use brasslink::grid::HeightMap;
use brasslink::mark::{Centre, CentreBasis, Mark, Modality, Quality, Region, Suitability};
use brasslink::signature::{
    CodeParameters, CodeSpectrum, PolarCode, QueryCode, QuickCoder, QuickParameters, QuickQuery, QuickRoom,
    SearchParameters,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A ring of plane waves, turned.
fn mark(turn_rad: f64) -> Mark {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let waves: Vec<[f64; 3]> = (0..40)
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
                let z: f64 = waves.iter().map(|[x, y, phase]| (x * p.x_um + y * p.y_um + phase).cos()).sum();
                fine.z[(r, c)] = z as f32;
            }
        }
    }
    Mark {
        region: Region::BreechFace,
        modality: Modality::Heights,
        coarse: fine.clone(),
        fine,
        centre: Centre { at: Point::default(), basis: CentreBasis::Hole, sd_um: 5.0, hole: None, rim: None },
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

/// Correlation and overlap at the rotation where the correlation lies farthest above chance.
fn slow_search(query: &[i8], gallery: &[i8], grid: &PolarGrid, least_overlap: u32) -> (f64, u32) {
    let angles = grid.angles;
    // Every ring twice over, so that a turned ring is a slice.
    let twice: Vec<i8> = gallery.chunks_exact(angles).flat_map(|ring| [ring, ring].concat()).collect();
    let mut best = (f64::MIN, 0.0, 0);
    for turn in 0..angles {
        let (mut sum, mut overlap) = (0i32, 0i32);
        for (q, g) in query.chunks_exact(angles).zip(twice.chunks_exact(2 * angles)) {
            for (&q, &g) in q.iter().zip(&g[turn..]) {
                let product = i32::from(q) * i32::from(g);
                sum += product;
                overlap += product.abs();
            }
        }
        let scaled = f64::from(sum) / f64::from(overlap.max(1)).sqrt();
        if overlap as u32 >= least_overlap && scaled > best.0 {
            best = (scaled, f64::from(sum) / f64::from(overlap.max(1)), overlap as u32);
        }
    }
    (best.1, best.2)
}

/// Signs summed over blocks of two rings and two angles.
fn blocks_of_signs(code: &PolarCode) -> Vec<f32> {
    let (signs, grid) = (code.signs(), code.grid());
    let mut out = Vec::new();
    for ring in 0..grid.rings / 2 {
        for angle in 0..grid.angles / 2 {
            let at = 2 * ring * grid.angles + 2 * angle;
            out.push([0, 1, grid.angles, grid.angles + 1].iter().map(|step| f32::from(signs[at + step])).sum());
        }
    }
    out
}

/// The greatest correlation over its spread, from sums over all rotations about every centre.
fn slow_look(centres: &[Vec<f32>], gallery: &[f32], angles: usize) -> f32 {
    let (mut greatest, mut squares) = (0f64, 0f64);
    let twice: Vec<f32> = gallery.chunks_exact(angles).flat_map(|ring| [ring, ring].concat()).collect();
    for centre in centres {
        let sums: Vec<f64> = (0..angles)
            .map(|turn| {
                let ring = |(q, g): (&[f32], &[f32])| -> f32 { q.iter().zip(&g[turn..]).map(|(q, g)| q * g).sum() };
                f64::from(centre.chunks_exact(angles).zip(twice.chunks_exact(2 * angles)).map(ring).sum::<f32>())
            })
            .collect();
        let mean = sums.iter().sum::<f64>() / angles as f64;
        for sum in sums {
            greatest = greatest.max(sum - mean);
            squares += (sum - mean).powi(2);
        }
    }
    (greatest / (squares / (centres.len() * angles) as f64).sqrt()) as f32
}

/// What the races of this module run on.
pub struct Data {
    mark: Mark,
    code: PolarCode,
    turned: PolarCode,
    parameters: CodeParameters,
}

impl Data {
    pub fn new() -> Self {
        let parameters = CodeParameters::default();
        let mark = mark(0.0);
        Self {
            code: PolarCode::of(&mark, &parameters),
            turned: PolarCode::of(&self::mark(1.0), &parameters),
            mark,
            parameters,
        }
    }

    pub fn races(&self) -> Vec<Race<'_>> {
        let Self { mark, code, turned, parameters } = self;
        let grid = code.grid();
        let query = QueryCode::of_code(code, parameters);
        let (spectrum, search) = (CodeSpectrum::of(turned), SearchParameters::default());
        let least =
            (search.least_overlap_share * f64::from(code.valid_count().min(turned.valid_count()))).ceil() as u32;
        let (own, other) = (code.signs(), turned.signs());
        let peak = query.search(&spectrum, &search).expect("one grid")[0];
        let (correlation, overlap) = slow_search(&own, &other, grid, least);
        assert!(
            (peak.correlation - correlation).abs() < 1e-4 && peak.overlap_points == overlap,
            "{peak:?} {correlation}"
        );
        assert!(correlation > 0.3, "{correlation}");

        let quick = QuickParameters { offset_half_least: 1, offset_half_most: 1 };
        let look = QuickQuery::of(mark, 5.0, parameters, &quick);
        let (quick_code, mut room) = (QuickCoder::new(*grid).code(turned), QuickRoom::default());
        let step = |i: i32| f64::from(i) * parameters.offset_step_um;
        let about = |x: i32, y: i32| {
            let mut moved = mark.clone();
            moved.centre.at = Point::new(mark.centre.at.x_um + step(x), mark.centre.at.y_um + step(y));
            blocks_of_signs(&PolarCode::of(&moved, parameters))
        };
        let centres: Vec<Vec<f32>> =
            (-1..=1).flat_map(|y| (-1..=1).map(move |x| (x, y))).map(|(x, y)| about(x, y)).collect();
        let (sums, angles) = (blocks_of_signs(turned), grid.angles / 2);
        let (fast, slow) = (look.look(&quick_code.0, &mut room), slow_look(&centres, &sums, angles));
        // The gallery side is rounded to bytes.
        assert!((fast - slow).abs() < 0.02 * slow && slow > 8.0, "{fast} against {slow}");
        let codes = (own, other);
        vec![
            Race::new(
                "code search against a loop over rotations",
                move || query.search(&spectrum, &search).map(|peaks| peaks.len()),
                move || slow_search(&codes.0, &codes.1, grid, least),
            ),
            Race::new(
                "quick look against a loop over rotations",
                move || look.look(&quick_code.0, &mut room),
                move || slow_look(&centres, &sums, angles),
            ),
        ]
    }
}
