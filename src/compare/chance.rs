//! What correlation chance gives: how many independent points an overlap holds.

use super::level::Level;
use crate::dsp::correlate::cross;
use crate::dsp::fft::{Plan, Scratch, fast_size};
use crate::geometry::{Point, Pose};

/// Largest lag of the autocorrelation that is kept, um: the longest wave of the fine band.
const LAG_UM: f64 = 150.0;

/// Largest side that is measured; a larger map is represented by its first corner.
const MOST_POINTS: usize = 1200;

/// The autocorrelation of a mark's fine band.
#[derive(Debug, Clone)]
pub(super) struct Chance {
    reach: usize,
    pitch_um: f64,
    /// Normalised to 1 at lag 0, `2 reach + 1` squared, row by row.
    lags: Vec<f32>,
}

impl Chance {
    /// Measures a level.
    pub fn of(level: &Level) -> Self {
        let reach = ((LAG_UM / level.pitch_um).round() as usize).clamp(1, 32);
        let map = level.masked();
        let (rows, columns) = (map.rows.min(MOST_POINTS), map.columns.min(MOST_POINTS));
        let size = |points: usize| fast_size((points + reach + 1).max(2 * reach + 2));
        let plan = Plan::of(size(rows), size(columns));
        let mut scratch = Scratch::default();
        let values = plan.forward(&map.values, map.rows, map.columns, &mut scratch);
        let mask = plan.forward(&map.mask, map.rows, map.columns, &mut scratch);
        let (mut sums, mut counts) = (Vec::new(), Vec::new());
        cross(&plan, &values, &values, reach, &mut sums, &mut scratch);
        cross(&plan, &mask, &mask, reach, &mut counts, &mut scratch);
        let middle = sums.len() / 2;
        let power = sums.get(middle).copied().unwrap_or(0.0) / counts.get(middle).copied().unwrap_or(0.0).max(1.0);
        let lags = sums
            .iter()
            .zip(&counts)
            .map(|(s, n)| if *n >= 16.0 && power > 0.0 { (s / n / power).clamp(-1.0, 1.0) } else { 0.0 })
            .collect();
        Self { reach, pitch_um: level.pitch_um, lags }
    }

    fn at(&self, x_um: f64, y_um: f64) -> f64 {
        let reach = self.reach as f64;
        let (column, row) = (x_um / self.pitch_um + reach, y_um / self.pitch_um + reach);
        if !(column >= 0.0 && row >= 0.0 && column < 2.0 * reach && row < 2.0 * reach) {
            return 0.0;
        }
        let (c, r) = (column as usize, row as usize);
        let (fx, fy) = (column - c as f64, row - r as f64);
        let side = 2 * self.reach + 1;
        let v = |r: usize, c: usize| f64::from(self.lags[r * side + c]);
        (v(r, c) * (1.0 - fx) + v(r, c + 1) * fx) * (1.0 - fy) + (v(r + 1, c) * (1.0 - fx) + v(r + 1, c + 1) * fx) * fy
    }

    /// Independent points among `n` common ones when `comparison` lies at `pose`: by Bartlett (1946) the variance of the correlation of two
    /// unrelated stationary fields is the sum of the product of their autocorrelations over n.
    pub fn independent_points(&self, comparison: &Chance, pose: &Pose, n: f64) -> f64 {
        let turn = Pose::new(pose.theta_rad, 0.0, 0.0);
        let reach = comparison.reach as i32;
        let side = 2 * comparison.reach + 1;
        let mut sum = 0.0;
        for row in -reach..=reach {
            for column in -reach..=reach {
                let there = turn
                    .apply(Point::new(f64::from(column) * comparison.pitch_um, f64::from(row) * comparison.pitch_um));
                let own = comparison.lags[(row + reach) as usize * side + (column + reach) as usize];
                sum += f64::from(own) * self.at(there.x_um, there.y_um);
            }
        }
        n / sum.max(1.0)
    }
}
