//! Acquisitions that went wrong: what a quality gate has to tell from sound ones. Things that are no cartridge case are told in [`super::Foreign`].

use super::stream::Stream;
use crate::dsp::filter::{Order, low_pass};
use crate::dsp::resample;
use crate::geometry::Pose;
use crate::grid::HeightMap;
use serde::Serialize;
use std::f64::consts::TAU;

/// What went wrong with an acquisition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoiled {
    /// Nothing.
    Not,
    /// White noise of 2 to 6 um, twenty to sixty times an instrument's own.
    Noisy,
    /// Out of focus: waves shorter than 120 to 250 um are gone.
    Defocused,
    /// Askew by 5 to 12 degrees.
    Tilted,
    /// 55 to 85 % of the points have no value.
    Holed,
    /// Only 3 to 12 % of the mark was in view.
    Cut,
    /// 10 to 30 % of the points are spikes.
    Spiked,
    /// Points 20 to 28 um apart.
    Coarse,
    /// Heights a thousand times too large.
    HeightsTooLarge,
    /// Heights a thousand times too small.
    HeightsTooSmall,
    /// Pitch three to ten times too large.
    PitchTooLarge,
    /// Pitch three to ten times too small.
    PitchTooSmall,
    /// The same acquisition turned and saved at another pitch.
    Resaved,
}

impl Spoiled {
    /// Every kind.
    pub const ALL: [Spoiled; 13] = [
        Spoiled::Not,
        Spoiled::Noisy,
        Spoiled::Defocused,
        Spoiled::Tilted,
        Spoiled::Holed,
        Spoiled::Cut,
        Spoiled::Spiked,
        Spoiled::Coarse,
        Spoiled::HeightsTooLarge,
        Spoiled::HeightsTooSmall,
        Spoiled::PitchTooLarge,
        Spoiled::PitchTooSmall,
        Spoiled::Resaved,
    ];

    /// The map (um) spoiled so; the same for the same seed and number.
    #[must_use]
    pub fn of(self, map: &HeightMap, seed: u64, number: u64) -> HeightMap {
        let mut s = Stream::new(seed, "spoiled", &[number, self as u64]);
        let mut out = map.clone();
        match self {
            Spoiled::Not => {}
            Spoiled::Noisy => {
                let sd_um = s.between(2.0, 6.0);
                noise(&mut out, sd_um, &mut s);
            }
            Spoiled::Defocused => out = low_pass(map, s.between(120.0, 250.0), Order::Zero, 0.0),
            Spoiled::Tilted => {
                let (slope, azimuth) = (s.between(5.0, 12.0).to_radians().tan(), s.between(0.0, TAU));
                let (sin, cos) = (libm::sin(azimuth), libm::cos(azimuth));
                each(&mut out, |x, y, z| z + slope * (x * cos + y * sin));
            }
            Spoiled::Holed => {
                let share = s.between(0.55, 0.85);
                holes(&mut out, share, &mut s);
            }
            Spoiled::Cut => {
                let (share, azimuth) = (s.between(0.03, 0.12), s.between(0.0, TAU));
                cut(&mut out, share, azimuth);
            }
            Spoiled::Spiked => {
                let share = s.between(0.1, 0.3);
                for z in &mut out.z {
                    if s.chance(share) {
                        *z += (s.log_normal(40.0, 0.7) * if s.chance(0.5) { 1.0 } else { -1.0 }) as f32;
                    }
                }
            }
            Spoiled::Coarse => out = resample::to_pitch(map, s.between(20.0, 28.0)),
            Spoiled::HeightsTooLarge => each(&mut out, |_, _, z| 1e3 * z),
            Spoiled::HeightsTooSmall => each(&mut out, |_, _, z| 1e-3 * z),
            Spoiled::PitchTooLarge => out.pitch_um *= s.between(3.0, 10.0),
            Spoiled::PitchTooSmall => out.pitch_um /= s.between(3.0, 10.0),
            Spoiled::Resaved => {
                let pose = Pose::new(s.between(0.0, TAU), s.between(-80.0, 80.0), s.between(-80.0, 80.0));
                let pitch_um = map.pitch_um * s.between(0.8, 1.3);
                out = resaved(map, &pose, pitch_um);
            }
        }
        out
    }
}

/// Changes every height by its place.
fn each(map: &mut HeightMap, mut height: impl FnMut(f64, f64, f64) -> f64) {
    let (half_row, half_column) = ((map.rows() as f64 - 1.0) / 2.0, (map.columns() as f64 - 1.0) / 2.0);
    let pitch = map.pitch_um;
    for ((row, column), z) in map.z.indexed_iter_mut().filter(|(_, z)| z.is_finite()) {
        *z = height((column as f64 - half_column) * pitch, (row as f64 - half_row) * pitch, f64::from(*z)) as f32;
    }
}

fn noise(map: &mut HeightMap, sd_um: f64, s: &mut Stream) {
    let white = s.white(map.z.len());
    for (z, noise) in map.z.iter_mut().zip(white) {
        *z += (sd_um * f64::from(noise)) as f32;
    }
}

/// Squares of 30 to 150 um without values, until the wanted share is gone.
fn holes(map: &mut HeightMap, share: f64, s: &mut Stream) {
    let (rows, columns, valid) = (map.rows(), map.columns(), map.valid_count());
    let mut left = ((1.0 - share) * valid as f64) as usize;
    let mut now = valid;
    // A square meets what is left of the mark less and less often; the bound ends what cannot be reached.
    for _ in 0..40_000 {
        if now <= left.max(1) {
            break;
        }
        let side = (s.between(30.0, 150.0) / map.pitch_um).ceil() as usize;
        let (row, column) = (s.below(rows), s.below(columns));
        for r in row..(row + side).min(rows) {
            for c in column..(column + side).min(columns) {
                let z = &mut map.z[[r, c]];
                now -= usize::from(z.is_finite());
                *z = f32::NAN;
            }
        }
        left = left.min(now);
    }
}

/// Leaves a share of the mark, on one side of a line.
fn cut(map: &mut HeightMap, share: f64, azimuth: f64) {
    let (sin, cos) = (libm::sin(azimuth), libm::cos(azimuth));
    let along = |map: &HeightMap, row: usize, column: usize| {
        let p = map.point_at(row as f64, column as f64);
        p.x_um * cos + p.y_um * sin
    };
    let mut places: Vec<f64> =
        map.z.indexed_iter().filter(|(_, z)| z.is_finite()).map(|((r, c), _)| along(map, r, c)).collect();
    let kept = (share * places.len() as f64) as usize;
    if places.is_empty() {
        return;
    }
    let limit = *places.select_nth_unstable_by(kept.min(map.valid_count() - 1), f64::total_cmp).1;
    let frame = HeightMap { z: map.z.clone(), pitch_um: map.pitch_um };
    for ((row, column), z) in map.z.indexed_iter_mut() {
        if along(&frame, row, column) > limit {
            *z = f32::NAN;
        }
    }
}

/// The map turned, shifted and sampled at another pitch, by straight interpolation as viewers do.
fn resaved(map: &HeightMap, pose: &Pose, pitch_um: f64) -> HeightMap {
    let side = |points: usize| (points as f64 * map.pitch_um * 1.5 / pitch_um) as usize;
    let mut out = HeightMap::missing(side(map.rows()), side(map.columns()), pitch_um);
    let back = pose.inverse();
    let (rows, columns) = (out.rows(), out.columns());
    for row in 0..rows {
        for column in 0..columns {
            let at = out.point_at(row as f64, column as f64);
            out.z[[row, column]] = crate::dsp::polar::bilinear(map, back.apply(at));
        }
    }
    out
}
