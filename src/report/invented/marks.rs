//! Invented marks and comparisons.

use crate::compare::{Ambiguity, Cell, CellState, Comparison, Features, LikelihoodRatio};
use crate::geometry::{Point, Pose};
use crate::grid::HeightMap;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// White noise, no hole.
pub fn noise(seed: u64, rows: usize, columns: usize, pitch_um: f64) -> HeightMap {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut map = HeightMap::missing(rows, columns, pitch_um);
    map.z.iter_mut().for_each(|z| *z = rng.random_range(-1.0..1.0));
    map
}

fn blurred(map: &HeightMap, reach: usize) -> HeightMap {
    let mut map = map.clone();
    for _ in 0..3 {
        for transpose in [false, true] {
            let mut view = if transpose { map.z.view_mut().reversed_axes() } else { map.z.view_mut() };
            for mut row in view.rows_mut() {
                let old: Vec<f32> = row.to_vec();
                for (i, z) in row.iter_mut().enumerate() {
                    let (a, b) = (i.saturating_sub(reach), (i + reach + 1).min(old.len()));
                    *z = old[a..b].iter().sum::<f32>() / (b - a) as f32;
                }
            }
        }
    }
    map
}

/// A ring of granular texture, some um high, with a firing-pin hole off the centre.
pub fn texture(seed: u64, side: usize, pitch_um: f64) -> HeightMap {
    let white = noise(seed, side, side, pitch_um);
    let (fine, coarse) =
        (blurred(&white, (18.0 / pitch_um).ceil() as usize), blurred(&white, (60.0 / pitch_um).ceil() as usize));
    let mut map = HeightMap::missing(side, side, pitch_um);
    let radius = side as f64 * pitch_um * 0.47;
    for r in 0..side {
        for c in 0..side {
            let p = map.point_at(r as f64, c as f64);
            let hole = p.distance_um(Point::new(radius * 0.12, -radius * 0.05));
            if p.distance_um(Point::default()) < radius && hole > radius * 0.38 {
                map.z[[r, c]] = fine.z[[r, c]] * 9.0 + coarse.z[[r, c]] * 22.0;
            }
        }
    }
    map
}

/// A reference mark, a turned and weathered second shot, and what a comparison might have found.
pub fn pair(same: bool) -> (HeightMap, HeightMap, Comparison) {
    let (side, pitch) = (260, 12.5);
    let reference = texture(11, side, pitch);
    let pose = Pose::new(0.62, 85.0, -60.0);
    let source = if same { reference.clone() } else { texture(12, side, pitch) };
    let extra = blurred(&noise(99, side, side, pitch), 2);
    let mut comparison = HeightMap::missing(side, side, pitch);
    for r in 0..side {
        for c in 0..side {
            let (row, column) = source.index_of(pose.apply(comparison.point_at(r as f64, c as f64)));
            let (row, column) = (row.round(), column.round());
            if row >= 0.0 && column >= 0.0 && row < side as f64 && column < side as f64 {
                comparison.z[[r, c]] = source.z[[row as usize, column as usize]] + extra.z[[r, c]] * 1.2;
            }
        }
    }
    let mut cells = Vec::new();
    for i in -3i32..=3 {
        for j in -3i32..=3 {
            let centre = Point::new(f64::from(j) * 440.0, f64::from(i) * 440.0);
            let far = centre.distance_um(Point::default());
            if !(560.0..1480.0).contains(&far) {
                continue;
            }
            let k = (i * 7 + j + 50) as f64;
            let state = match (same, (i + 2 * j).rem_euclid(7)) {
                (true, 0) => CellState::Displaced,
                (true, 3) if far > 1300.0 => CellState::NoOverlap,
                (true, _) => CellState::Congruent,
                (false, 0) => CellState::Displaced,
                (false, _) => CellState::Uncorrelated,
            };
            let off = if state == CellState::Displaced { 190.0 } else { 14.0 };
            cells.push(Cell {
                centre,
                side_um: 440.0,
                ccf: 0.6,
                residual: Point::new(off * (k * 1.7).sin(), off * (k * 2.3).cos()),
                residual_rad: 0.05 * (k * 3.1).sin(),
                state,
            });
        }
    }
    let cmc = cells.iter().filter(|c| c.state == CellState::Congruent).count() as u32;
    let features = Features {
        ccf_fine: if same { 0.612 } else { 0.083 },
        ccf_coarse: if same { 0.701 } else { 0.214 },
        overlap_mm2: 6.41,
        overlap_share: 0.91,
        ..Features::default()
    };
    let likelihood_ratio = if same {
        LikelihoodRatio::Calibrated {
            log10: 4.6,
            low: 3.4,
            high: 5.2,
            bounded: false,
            population_english: "120 simulated pistols, granular breech faces, 9 mm".into(),
            population_spanish: "120 pistolas simuladas, caras de recámara granulares, 9 mm".into(),
        }
    } else {
        LikelihoodRatio::Unavailable {
            english: "no validated reference population of this instrument and ammunition".into(),
            spanish: "sin población de referencia validada para este instrumento y munición".into(),
        }
    };
    let score = if same { 0.874 } else { 0.112 };
    (
        reference,
        comparison,
        Comparison {
            score,
            likelihood_ratio,
            pose,
            cmc,
            cmc_backward: cmc,
            cells_backward: cells.len() as u32,
            cells,
            ambiguity: Ambiguity::default(),
            features,
        },
    )
}
