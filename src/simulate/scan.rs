//! The instrument: a grid of points, noise that grows on flanks, dropouts, outliers, tilt, and the record of the scan.

use super::lattice::{Lattice, RUN, Run};
use super::shot::{Instrument, SimulatedShot};
use super::stream::{GENERATOR, Stream};
use crate::grid::HeightMap;
use crate::ids::Digest;
use crate::surface::{Metadata, Provenance, Surface};
use crate::units::LengthUnit;
use ndarray::Axis;
use rayon::prelude::*;

/// Up to [`RUN`] places of one row of a grid, in its frame.
pub(super) struct Places {
    /// How many; the others repeat the last one.
    pub(super) count: usize,
    pub(super) x_um: Run<f64>,
    pub(super) y_um: f64,
}

/// Fills in `height` at the points of the grid at which something `stands`; the others stay as they are. Rows in parallel, each
/// point by itself, so that neither the number of threads nor the cut of the runs can show.
pub(super) fn render<Z: Copy + Into<f64>>(
    map: &mut HeightMap,
    stands: impl Fn(f64, f64) -> bool + Sync,
    height: impl Fn(&Places) -> Run<Z> + Sync,
) {
    let (rows, columns, pitch) = (map.rows(), map.columns(), map.pitch_um);
    let (half_row, half_column) = ((rows as f64 - 1.0) / 2.0, (columns as f64 - 1.0) / 2.0);
    let x_of = |column: usize| (column as f64 - half_column) * pitch;
    map.z.axis_iter_mut(Axis(0)).into_par_iter().enumerate().for_each(|(row, mut line)| {
        let y_um = (row as f64 - half_row) * pitch;
        let standing: Vec<usize> = (0..columns).filter(|&column| stands(x_of(column), y_um)).collect();
        for run in standing.chunks(RUN) {
            let x_um = std::array::from_fn(|k| x_of(run[k.min(run.len() - 1)]));
            let heights = height(&Places { count: run.len(), x_um, y_um });
            for (&column, z) in run.iter().zip(heights) {
                line[column] = z.into() as f32;
            }
        }
    });
}

/// Removes the least-squares plane through the valid points.
pub(super) fn level(map: &mut HeightMap) {
    let mut sums = [0.0f64; 9];
    for ((row, column), &z) in map.z.indexed_iter() {
        if z.is_finite() {
            let p = map.point_at(row as f64, column as f64);
            let (x, y, z) = (p.x_um, p.y_um, f64::from(z));
            for (sum, term) in sums.iter_mut().zip([1.0, x, y, x * x, x * y, y * y, z, x * z, y * z]) {
                *sum += term;
            }
        }
    }
    let [n, x, y, xx, xy, yy, z, xz, yz] = sums;
    if n < 3.0 {
        return;
    }
    let (mx, my, mz) = (x / n, y / n, z / n);
    let (cxx, cxy, cyy, cxz, cyz) =
        (xx - n * mx * mx, xy - n * mx * my, yy - n * my * my, xz - n * mx * mz, yz - n * my * mz);
    let determinant = cxx * cyy - cxy * cxy;
    let (a, b) = if determinant.abs() > 1e-9 {
        ((cxz * cyy - cyz * cxy) / determinant, (cyz * cxx - cxz * cxy) / determinant)
    } else {
        (0.0, 0.0)
    };
    let (rows, columns, pitch) = (map.rows(), map.columns(), map.pitch_um);
    for ((row, column), height) in map.z.indexed_iter_mut() {
        let px = (column as f64 - (columns as f64 - 1.0) / 2.0) * pitch;
        let py = (row as f64 - (rows as f64 - 1.0) / 2.0) * pitch;
        *height -= (mz + a * (px - mx) + b * (py - my)) as f32;
    }
}

/// How an instrument spoils a surface.
pub(super) struct ScanNoise {
    pub(super) noise_um: f64,
    pub(super) slope_limit: f64,
    pub(super) dropout_share: f64,
    pub(super) outlier_share: f64,
    pub(super) tilt: (f64, f64),
}

impl ScanNoise {
    /// That of a shot's own instrument.
    pub(super) fn of(shot: &SimulatedShot) -> Self {
        let Instrument { noise_um, slope_limit, .. } = shot.instrument;
        Self {
            noise_um,
            slope_limit,
            dropout_share: shot.dropout_share,
            outlier_share: shot.outlier_share,
            tilt: (shot.tilt.x_um, shot.tilt.y_um),
        }
    }

    /// Adds noise, dropouts, outliers and tilt.
    pub(super) fn apply(&self, shot: &SimulatedShot, map: &mut HeightMap) {
        let (rows, columns, pitch) = (map.rows(), map.columns(), map.pitch_um);
        let clean = map.z.clone();
        let mut stream = shot.stream("shot.noise");
        let patches = Lattice::new(&mut stream, 22.0, 22.0, 9_000.0);
        let white = stream.white(rows * columns);
        // The patches have variance 1: this threshold leaves out about the wanted share.
        let threshold = upper_quantile(self.dropout_share);
        // Photometric stereo gives every point a height, right or wrong.
        let dense = self.slope_limit.is_infinite();
        let mut chance = shot.stream("shot.outliers");
        let x_of = |column: usize| (column as f64 - (columns as f64 - 1.0) / 2.0) * pitch;
        let mut standing = Vec::with_capacity(columns);
        for row in 0..rows {
            let y = (row as f64 - (rows as f64 - 1.0) / 2.0) * pitch;
            standing.clear();
            standing.extend((0..columns).filter(|&column| clean[[row, column]].is_finite()));
            for run in standing.chunks(RUN) {
                let x: Run<f64> = std::array::from_fn(|k| x_of(run[k.min(run.len() - 1)]));
                let patches = if dense { [0.0; RUN] } else { patches.values_along(&x, y) };
                for ((&column, x), patch) in run.iter().zip(x).zip(patches) {
                    let z = clean[[row, column]];
                    let slope = slope_at(&clean, row, column, pitch);
                    let flank = (slope / 0.12).min(6.0);
                    let noise = self.noise_um * (1.0 + flank) * f64::from(white[row * columns + column]);
                    let patch = f64::from(patch) + 0.5 * flank.min(3.0);
                    let steep = slope > self.slope_limit * (1.0 + 0.35 * patch.abs());
                    let missing = !dense && (patch > threshold || steep);
                    let mut value = f64::from(z) + noise + self.tilt.0 * x + self.tilt.1 * y;
                    if chance.chance(self.outlier_share) {
                        let size = chance.log_normal(9.0, 0.7);
                        value += if chance.chance(0.6) { size } else { -size };
                    }
                    map.z[[row, column]] = if missing { f32::NAN } else { value as f32 };
                }
            }
        }
    }
}

/// Steepest of the four one-sided slopes at a point, um per um; missing neighbours do not count.
fn slope_at(z: &ndarray::Array2<f32>, row: usize, column: usize, pitch: f64) -> f64 {
    let here = z[[row, column]];
    let mut steepest = 0.0f32;
    let mut look = |r: usize, c: usize| {
        if let Some(&there) = z.get([r, c]) {
            let step = (there - here).abs();
            if step > steepest {
                steepest = step;
            }
        }
    };
    look(row.wrapping_sub(1), column);
    look(row + 1, column);
    look(row, column.wrapping_sub(1));
    look(row, column + 1);
    f64::from(steepest) / pitch
}

/// The value that a standard normal exceeds with probability `share` (Abramowitz and Stegun 26.2.23, error below 5e-4).
fn upper_quantile(share: f64) -> f64 {
    if share <= 0.0 {
        return f64::INFINITY;
    }
    let t = (-2.0 * libm::log(share.min(0.5))).sqrt();
    t - (2.515_517 + 0.802_853 * t + 0.010_328 * t * t)
        / (1.0 + 1.432_788 * t + 0.189_269 * t * t + 0.001_308 * t * t * t)
}

/// The finished scan with its record.
pub(super) fn surface_of(shot: &SimulatedShot, map: HeightMap, form: &str) -> Surface {
    let heights_um = map.z.mapv(f64::from);
    let mut bytes = Vec::with_capacity(heights_um.len() * 4);
    for z in &map.z {
        bytes.extend_from_slice(&z.to_le_bytes());
    }
    Surface {
        heights_um,
        pitch_x_um: map.pitch_um,
        pitch_y_um: map.pitch_um,
        metadata: metadata(shot, form),
        provenance: Provenance {
            sha256: Digest::of(&bytes),
            format: "simulated".to_owned(),
            unit: LengthUnit::Micrometre,
            notes: Vec::new(),
        },
        mask: None,
        origin: None,
        rotation: None,
        stored: None,
    }
}

/// What the scan says of its making; the clock is part of the simulation.
pub(super) fn metadata(shot: &SimulatedShot, form: &str) -> Metadata {
    let mut stream: Stream = shot.stream("shot.record");
    let (month, day) = (stream.whole(1, 12), stream.whole(1, 28));
    let (hour, minute) = (stream.whole(8, 17), stream.whole(0, 59));
    Metadata {
        date: Some(format!("2025-{month:02}-{day:02}T{hour:02}:{minute:02}:00")),
        creator: Some(GENERATOR.to_owned()),
        instrument_maker: Some("simulated".to_owned()),
        instrument_model: Some(shot.instrument.model.to_owned()),
        instrument_serial: Some(format!("SIM-{}", shot.instrument.pitch_um)),
        instrument_version: Some(GENERATOR.to_owned()),
        calibration_date: Some(format!("2025-{month:02}-01T07:00:00")),
        probing_type: Some("Software".to_owned()),
        probing_identification: None,
        comment: Some(format!(
            "synthetic {form} mark, seed {}, firearm {}, shot {}, {}",
            shot.seed, shot.firearm, shot.number, shot.ammunition.name
        )),
    }
}
