//! What the gate measures of an acquisition and its mark.

use crate::dsp::filter::{Order, low_pass};
use crate::dsp::level::{self, FormKind};
use crate::grid::HeightMap;
use crate::mark::Mark;
use crate::mark::parameters::Band;
use serde::{Deserialize, Serialize};

/// Shorter waves of the fine band than this are what a loss of focus takes first, um (ISO cutoff); half way, in octaves, between its ends.
const SHORT_WAVES_UM: f64 = 60.0;
/// Points at which the noise is read; more do not make its median surer than 1 %.
const MOST_READ: usize = 60_000;
/// Fewest points that tell a noise.
const LEAST_READ: usize = 200;
/// Shares of the heights cut off at either end of the relief, as where units are recognised.
const TRIMMED: f64 = 0.005;
/// Median absolute value to standard deviation of a normal distribution, 1 / Phi^-1(3/4).
const MEDIAN_TO_SD: f64 = 1.482_602_218_505_602;

/// What is measured of an acquisition and its mark; what only heights have is open for photographs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Distance of neighbouring points, um.
    pub pitch_um: f64,
    /// Longer side of the box around the valid points, um.
    pub extent_um: f64,
    /// Area of the mark that has values, mm2.
    pub valid_area_mm2: f64,
    /// Share of the points inside the outline that have a value, 0 to 1.
    pub coverage: f64,
    /// 99.5th less .5th percentile of the heights over the plane, um; none without enough points.
    pub relief_um: Option<f64>,
    /// White noise of a point, standard deviation, um.
    pub noise_um: Option<f64>,
    /// That noise over the standard deviation of the heights over the plane, 0 to about 1.
    pub whiteness: Option<f64>,
    /// Root mean square of the fine band over that of the noise in it.
    pub signal_to_noise: Option<f64>,
    /// Root mean square of the waves below 60 um over that of the whole fine band, 0 to 1.
    pub sharpness: Option<f64>,
    /// Tilt that was removed, radians.
    pub tilt_rad: f64,
    /// Principal curvatures of the whole, the stronger first, 1/um.
    pub curvature_per_um: Option<(f64, f64)>,
    /// Points dropped as outliers, share of the valid ones, 0 to 1.
    pub outlier_share: f64,
}

/// What is measured of the light of a photograph.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Light {
    /// Share of the pixels at the upper end of the scale, 0 to 1.
    pub saturated_share: f64,
    /// Median luminance, 0 to 1.
    pub median: f64,
}

/// Measures a map of heights (um) that is cropped to its mark, and the mark that was prepared from it with this fine band.
#[must_use]
pub fn measure(map: &HeightMap, mark: &Mark, fine: &Band) -> Figures {
    let plane = level::fit(map, FormKind::Plane);
    let heights = plane.map(|plane| over(map, &plane));
    let noise_um = noise_um(map);
    let quality = &mark.quality;
    let in_band = noise_um.map(|noise| noise * share_in_band(fine, map.pitch_um));
    Figures {
        pitch_um: map.pitch_um,
        extent_um: extent_um(map),
        valid_area_mm2: quality.valid_area_mm2,
        coverage: 1.0 - quality.dropout_share,
        relief_um: heights.as_ref().map(|heights| heights.relief_um),
        noise_um,
        whiteness: heights.as_ref().zip(noise_um).and_then(|(h, noise)| (h.sd_um > 0.0).then(|| noise / h.sd_um)),
        // A scan that somebody smoothed has less noise than numbers tell apart: no ratio means anything then.
        signal_to_noise: in_band
            .filter(|noise| *noise > 0.0)
            .map(|noise| (quality.rms_fine_um / noise).min(MOST_RATIO)),
        sharpness: sharpness(&mark.fine, quality.rms_fine_um),
        tilt_rad: plane.map_or(quality.tilt_rad, |plane| plane.tilt_rad()),
        curvature_per_um: level::fit(map, FormKind::SecondOrder).map(|form| curvatures(&form)),
        outlier_share: quality.outlier_share,
    }
}

/// Measures a photograph and the mark that was prepared from it. Heights, and with them noise, tilt and curvature, are not to be had from it.
#[must_use]
pub fn measure_photograph(luminance: &HeightMap, mark: &Mark) -> Figures {
    Figures {
        pitch_um: luminance.pitch_um,
        extent_um: extent_um(&mark.fine),
        valid_area_mm2: mark.quality.valid_area_mm2,
        coverage: 1.0 - mark.quality.dropout_share,
        relief_um: None,
        noise_um: None,
        whiteness: None,
        signal_to_noise: None,
        sharpness: None,
        tilt_rad: 0.0,
        curvature_per_um: None,
        outlier_share: mark.quality.outlier_share,
    }
}

/// Greatest ratio that is told.
const MOST_RATIO: f64 = 1_000.0;

/// Measures the luminance (0 black to 1 saturated) of the pixels that have one.
#[must_use]
pub fn measure_light(luminance: &HeightMap) -> Option<Light> {
    /// One step below the top of eight bits.
    const FULL: f32 = 254.5 / 255.0;
    let mut values: Vec<f64> = luminance.z.iter().filter(|v| v.is_finite()).map(|&v| f64::from(v)).collect();
    let full = values.iter().filter(|v| **v >= f64::from(FULL)).count();
    let saturated_share = full as f64 / values.len().max(1) as f64;
    Some(Light { saturated_share, median: level::median_of(&mut values)? })
}

/// The heights over a plane: relief and standard deviation.
struct Heights {
    relief_um: f64,
    sd_um: f64,
}

fn over(map: &HeightMap, plane: &level::Form) -> Heights {
    // A stride that shares no factor with the number of columns visits all of them.
    let stride = stride_of(map.valid_count(), map.columns());
    let mut values: Vec<f64> = map
        .z
        .indexed_iter()
        .step_by(stride)
        .filter(|(_, z)| z.is_finite())
        .map(|((row, column), &z)| {
            let at = map.point_at(row as f64, column as f64);
            f64::from(z) - plane.at(at.x_um, at.y_um)
        })
        .collect();
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let sd_um = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt();
    if values.is_empty() {
        return Heights { relief_um: 0.0, sd_um };
    }
    let cut = (count * TRIMMED) as usize;
    let last = values.len() - 1;
    let low = *values.select_nth_unstable_by(cut, f64::total_cmp).1;
    let high = *values.select_nth_unstable_by(last - cut, f64::total_cmp).1;
    Heights { relief_um: high - low, sd_um }
}

fn stride_of(points: usize, columns: usize) -> usize {
    let least = (points / MOST_READ).max(1);
    (least..).find(|s| gcd(*s, columns.max(1)) == 1).unwrap_or(1)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Standard deviation of the white noise of a point, um: the difference of two Laplacians, which no plane and hardly any curve moves (Immerkaer 1996, CVIU 64(2)),
/// read by its median so that edges and spikes do not count. `None` where too few points have all their neighbours.
fn noise_um(map: &HeightMap) -> Option<f64> {
    let (rows, columns) = map.z.dim();
    if rows < 3 || columns < 3 {
        return None;
    }
    let stride = stride_of(map.valid_count(), columns - 2);
    let inner = (1..rows - 1).flat_map(|row| (1..columns - 1).map(move |column| (row, column)));
    let mut differences: Vec<f64> = inner
        .step_by(stride)
        .filter_map(|(row, column)| {
            let at = |r: usize, c: usize| f64::from(map.z[[r, c]]);
            let corners =
                at(row - 1, column - 1) + at(row - 1, column + 1) + at(row + 1, column - 1) + at(row + 1, column + 1);
            let sides = at(row - 1, column) + at(row + 1, column) + at(row, column - 1) + at(row, column + 1);
            let difference = 4.0 * at(row, column) - 2.0 * sides + corners;
            difference.is_finite().then_some(difference.abs())
        })
        .collect();
    if differences.len() < LEAST_READ {
        return None;
    }
    // The weights' squares add up to 36.
    Some(MEDIAN_TO_SD * level::median_of(&mut differences)? / 6.0)
}

/// What the low-pass of the fine band leaves of the standard deviation of white noise at this pitch: the noise of one Gaussian-weighted mean,
/// pitch / (2 sqrt(pi) sigma). The high-pass takes next to nothing of it.
fn share_in_band(fine: &Band, pitch_um: f64) -> f64 {
    let sigma_um = Order::Zero.sigma_um(fine.short_um);
    (pitch_um / (2.0 * std::f64::consts::PI.sqrt() * sigma_um)).min(1.0)
}

fn sharpness(fine: &HeightMap, rms_um: f64) -> Option<f64> {
    if rms_um <= 0.0 || rms_um.is_nan() {
        return None;
    }
    let long = low_pass(fine, SHORT_WAVES_UM, Order::Zero, 0.5);
    let (mut short, mut all, mut count) = (0f64, 0f64, 0usize);
    for (&z, &l) in fine.z.iter().zip(&long.z).filter(|(_, l)| l.is_finite()) {
        let (z, l) = (f64::from(z), f64::from(l));
        short += (z - l) * (z - l);
        all += z * z;
        count += 1;
    }
    (count > 0 && all > 0.0).then(|| (short / all).sqrt())
}

/// Principal curvatures, the stronger first, 1/um.
fn curvatures(form: &level::Form) -> (f64, f64) {
    let scale = form.scale_um * form.scale_um;
    let [_, _, _, xx, xy, yy] = form.coefficients.map(|c| c / scale);
    let (mean, half) = (xx + yy, ((xx - yy) * (xx - yy) + xy * xy).sqrt());
    let (a, b) = (mean + half, mean - half);
    if a.abs() >= b.abs() { (a, b) } else { (b, a) }
}

fn extent_um(map: &HeightMap) -> f64 {
    let (mut low, mut high) = ([usize::MAX; 2], [0usize; 2]);
    for ((row, column), _) in map.z.indexed_iter().filter(|(_, z)| z.is_finite()) {
        for (k, at) in [column, row].into_iter().enumerate() {
            low[k] = low[k].min(at);
            high[k] = high[k].max(at);
        }
    }
    let side = |k: usize| if low[k] > high[k] { 0.0 } else { (high[k] - low[k] + 1) as f64 * map.pitch_um };
    side(0).max(side(1))
}
