//! Aperture shear: a striated mark, turned into a profile across its striae.
//!
//! When the barrel unlocks, the edge of the aperture shears the primer metal that flowed into it and leaves parallel striae, as a tool does. What is
//! of the firearm in them lies along one line: the mean over the length of the striae, against the place across them (Baiker et
//! al., Forensic Sci. Int. 242 (2014) 186; NFI scratch). Striae are found without knowing the case's orientation:
//!
//! ```text
//! heights inside the outline --level, band-pass--> relief
//!    |  structure tensor: where heights change most      its axis lies across the striae
//!    |  within +-12 degrees the turn that leaves the sharpest mean
//!    v
//! strip, striae along y --robust mean of every column--> profile across, gaps where too few points are
//! ```
//!
//! The [`Mark`] carries the profile as its fine level (one row) and the strip as its coarse level, in one frame.

use super::prepare::{Frame, bring_to_band, check, drop_outliers, dropout_share, root_mean_square, tell, unsuitable};
use super::{
    Centre, CentreBasis, Mark, MarkError, Modality, PrepareParameters, Quality, Suitability, quantise, suitability,
};
use crate::dsp::level::{self, median_of};
use crate::dsp::resample::{Interpolation, rigid};
use crate::geometry::{Circle, Point, Pose, wrap_angle};
use crate::grid::HeightMap;
use crate::workings::{Item, Workings};
use ndarray::ArrayView1;
use std::f64::consts::PI;

/// Share of the gradients whose size counts in full; larger ones count as much as the largest of these, so that a scratch or a flank does not decide.
const FULL_GRADIENTS: f64 = 0.9;
/// How far from the structure tensor's axis the sharpest mean is sought, degrees, and the two steps of the search.
const REFINE_DEG: [(f64, f64); 2] = [(12.0, 1.0), (1.0, 0.25)];
/// Heights beyond this many times their 95 % quantile count as this much while directions are judged.
const CLIP_TIMES: f64 = 2.0;
/// Least length of the striae behind a point of the profile, um: ten points of the strip, of which no three decide.
const LEAST_STRIA_UM: f64 = 50.0;
/// Points of a column further than this many robust standard deviations from its median do not enter its mean (the usual 2.5, Huber 1981).
const COLUMN_SD: f64 = 2.5;
/// Least length of a profile that can be compared, um: six waves of the middle of the band (50 um), about what the shortest published toolmark
/// profiles carry.
const LEAST_PROFILE_UM: f64 = 300.0;
/// Least share of the relief that the profile explains. Unstriated metal gives .05 to .1 at the best of all turns.
pub(super) const LEAST_EXPLAINED: f64 = 0.15;

/// Where the striae run and how clear they are.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
struct Lay {
    /// Direction across the striae in the acquisition's frame, radians.
    across_rad: f64,
    /// Anisotropy of the gradients, 0 (none) to 1 (all along one axis).
    coherence: f64,
    /// Share of the relief's variance that the mean over the striae explains, less what chance would.
    explained: f64,
}

/// Prepares a mark of aperture shear from heights that are already cropped to it: the map's missing points are its outline.
///
/// `hole`, in the frame of the map, is the firing-pin aperture where it is known: it settles which end of the profile comes first, as striae point away from
/// its centre; without it the profile may run either way, and comparisons try both (the mark's `centre.hole` tells). Pitch of profile and strip, um, and
/// their band are those of `parameters.fine`. Too little surface, a short profile or no striae give a mark whose
/// [`Quality::suitability`] says why. Workings: `mark.input`, `mark.levelled`, `mark.frame`, `mark.relief`, `mark.shear`, `mark.strip`,
/// `mark.profile`, `mark.quality`.
///
/// # Errors
/// A pitch that is no length, a map larger than 50 mm, a parameter out of its range.
pub fn prepare_shear(
    map: &HeightMap,
    hole: Option<Circle>,
    parameters: &PrepareParameters,
    workings: &mut dyn Workings,
) -> Result<Mark, MarkError> {
    parameters.validate()?;
    check(map)?;
    tell(workings, "mark.input", map);
    let valid = map.valid_count();
    if let Some(reason) = suitability::of_input(map, valid, parameters) {
        return Ok(unsuitable(reason, parameters, Modality::Heights));
    }
    let none = |reason| Ok(unsuitable(reason, parameters, Modality::Heights));
    let mut levelled = map.clone();
    let Some(form) = level::remove(&mut levelled, parameters.form) else {
        return none(suitability::undetermined(valid));
    };
    let dropped = drop_outliers(&mut levelled, parameters);
    tell(workings, "mark.levelled", &levelled);
    let Some(frame) = Frame::around(&levelled) else { return none(suitability::undetermined(valid)) };
    frame.tell(workings);
    let relief = bring_to_band(&levelled, &frame, &parameters.fine, parameters);
    tell(workings, "mark.relief", &relief.map);
    let Some(lay) = lay_of(&relief.map) else {
        return none(suitability::too_small(relief.map.valid_area_mm2(), parameters.least_area_mm2));
    };
    let no_hole = Centre { at: Point::default(), basis: CentreBasis::Centroid, sd_um: f64::MAX, hole: None, rim: None };
    let dropout_share = dropout_share(map, &frame, &relief.outline, &no_hole, parameters);
    let hole = hole.map(|h| Circle { centre: frame.place(h.centre), ..h });
    let (mut strip, strip_from_relief) = turned(&relief.map, lay.across_rad, hole.map(|h| h.centre));
    let mut profile = HeightMap { z: column_means(&strip, 0.0), pitch_um: strip.pitch_um };
    centre_heights(&mut profile);
    quantise::quantise(&mut profile);
    quantise::quantise(&mut strip);
    if workings.listening() {
        let direction = wrap_angle(-strip_from_relief.theta_rad).to_degrees();
        let facts = serde_json::json!({
            "across_deg": direction, "coherence": lay.coherence, "explained": lay.explained,
            "length_um": length_um(&profile), "width_um": width_um(&strip), "oriented": hole.is_some(),
        });
        workings.take("mark.shear", Item::Facts(facts));
    }
    tell(workings, "mark.strip", &strip);
    tell(workings, "mark.profile", &profile);
    let hole = hole.map(|h| Circle { centre: strip_from_relief.apply(h.centre), ..h });
    let centre = Centre { hole, ..no_hole };
    let mut quality = Quality {
        valid_area_mm2: relief.map.valid_area_mm2(),
        rms_fine_um: root_mean_square(&profile),
        rms_coarse_um: root_mean_square(&strip),
        dropout_share,
        outlier_share: dropped as f64 / valid as f64,
        tilt_rad: form.tilt_rad(),
        suitability: Suitability::Suitable,
    };
    quality.suitability = match suitability::of_mark(&quality, strip.valid_count(), parameters) {
        Suitability::Suitable => {
            suitability::of_profile(length_um(&profile), LEAST_PROFILE_UM, lay.explained, LEAST_EXPLAINED)
        }
        reason => reason,
    };
    if workings.listening() {
        workings.take("mark.quality", Item::Facts(serde_json::json!(quality)));
    }
    Ok(Mark { region: parameters.region, modality: Modality::Heights, coarse: strip, fine: profile, centre, quality })
}

/// Length of the points of a profile, um, gaps not counted.
fn length_um(profile: &HeightMap) -> f64 {
    profile.valid_count() as f64 * profile.pitch_um
}

/// Median length of the striae behind the columns of a strip that have any, um.
fn width_um(strip: &HeightMap) -> f64 {
    let mut lengths: Vec<f64> = strip
        .z
        .columns()
        .into_iter()
        .map(|column| column.iter().filter(|z| z.is_finite()).count() as f64 * strip.pitch_um)
        .filter(|length| *length > 0.0)
        .collect();
    median_of(&mut lengths).unwrap_or(0.0)
}

/// The lay of a relief; `None` where it has too few points side by side.
fn lay_of(relief: &HeightMap) -> Option<Lay> {
    let (angle, coherence) = axis_of_gradients(relief)?;
    let points = Points::of(relief)?;
    let mut best = (angle, f64::NEG_INFINITY);
    for (reach, step) in REFINE_DEG {
        let about = best.0;
        let steps = (reach / step).round() as i32;
        // From the middle outwards, so that of equal turns the smallest stands.
        for k in (0..=2 * steps).map(|k| if k % 2 == 0 { k / 2 } else { -(k + 1) / 2 }) {
            let turn = about + (f64::from(k) * step).to_radians();
            let explained = points.explained(turn);
            if explained > best.1 {
                best = (turn, explained);
            }
        }
    }
    Some(Lay { across_rad: best.0, coherence, explained: best.1.max(0.0) })
}

/// The axis along which heights change most (structure tensor), radians, and how much more than across it.
fn axis_of_gradients(relief: &HeightMap) -> Option<(f64, f64)> {
    let mut gradients = Vec::new();
    for row in 1..relief.rows().saturating_sub(1) {
        for column in 1..relief.columns().saturating_sub(1) {
            let z = |r: usize, c: usize| f64::from(relief.z[(r, c)]);
            let gx = z(row, column + 1) - z(row, column - 1);
            let gy = z(row + 1, column) - z(row - 1, column);
            if gx.is_finite() && gy.is_finite() && relief.z[(row, column)].is_finite() {
                gradients.push((gx, gy, gx.hypot(gy)));
            }
        }
    }
    let mut sizes: Vec<f64> = gradients.iter().map(|g| g.2).collect();
    sizes.sort_by(f64::total_cmp);
    let most = *sizes.get((sizes.len() as f64 * FULL_GRADIENTS) as usize)?;
    if most <= 0.0 {
        return None;
    }
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (gx, gy, size) in gradients {
        let weight = if size > most { (most / size) * (most / size) } else { 1.0 };
        xx += weight * gx * gx;
        xy += weight * gx * gy;
        yy += weight * gy * gy;
    }
    let apart = ((xx - yy) * (xx - yy) + 4.0 * xy * xy).sqrt();
    Some((0.5 * libm::atan2(2.0 * xy, xx - yy), apart / (xx + yy)))
}

/// The valid points of a relief: place and clipped height, mean taken out.
struct Points {
    all: Vec<(f64, f64, f64)>,
    pitch_um: f64,
    power: f64,
}

impl Points {
    fn of(relief: &HeightMap) -> Option<Self> {
        let known = relief.z.indexed_iter().filter(|(_, z)| z.is_finite());
        let mut all: Vec<(f64, f64, f64)> = known
            .map(|((row, column), z)| {
                let p = relief.point_at(row as f64, column as f64);
                (p.x_um, p.y_um, f64::from(*z))
            })
            .collect();
        let mut sizes: Vec<f64> = all.iter().map(|p| p.2.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        let limit = CLIP_TIMES * sizes.get(sizes.len() * 95 / 100)?;
        let mean = all.iter().map(|p| p.2.clamp(-limit, limit)).sum::<f64>() / all.len() as f64;
        all.iter_mut().for_each(|p| p.2 = p.2.clamp(-limit, limit) - mean);
        let power: f64 = all.iter().map(|p| p.2 * p.2).sum();
        (power > 0.0).then_some(Self { all, pitch_um: relief.pitch_um, power })
    }

    /// Share of the power that the means of lines across direction `turn` explain, less the share that as many means of noise would.
    fn explained(&self, turn: f64) -> f64 {
        let (c, s) = (libm::cos(turn), libm::sin(turn));
        let mut lines: std::collections::BTreeMap<i64, (f64, f64)> = std::collections::BTreeMap::new();
        for (x, y, z) in &self.all {
            let line = lines.entry(((c * x + s * y) / self.pitch_um).round() as i64).or_default();
            line.0 += z;
            line.1 += 1.0;
        }
        let means: f64 = lines.values().map(|(sum, n)| sum * sum / n).sum();
        means / self.power - lines.len() as f64 / self.all.len() as f64
    }
}

/// The relief turned so that what lies `across` the striae runs along x, and the motion there; where the aperture's centre is known, y points away from it.
fn turned(relief: &HeightMap, across_rad: f64, hole: Option<Point>) -> (HeightMap, Pose) {
    let mut theta = -across_rad;
    if let Some(hole) = hole {
        // The mark's frame has its origin in the middle of the outline's box.
        let there = Pose::new(theta, 0.0, 0.0).apply(hole);
        if there.y_um > 0.0 {
            theta += PI;
        }
    }
    let half = (relief.rows().max(relief.columns()) as f64) * std::f64::consts::FRAC_1_SQRT_2 + 1.0;
    let side = 2 * half.ceil() as usize + 1;
    let pose = Pose::new(theta, 0.0, 0.0);
    let whole = rigid(relief, pose, side, side, relief.pitch_um, Interpolation::Bicubic);
    // Cut to what is there.
    let finite = |line: ArrayView1<'_, f32>| line.iter().any(|z| z.is_finite());
    let rows: Vec<usize> = (0..side).filter(|r| finite(whole.z.row(*r))).collect();
    let columns: Vec<usize> = (0..side).filter(|c| finite(whole.z.column(*c))).collect();
    let (Some((&top, &bottom)), Some((&left, &right))) =
        (rows.first().zip(rows.last()), columns.first().zip(columns.last()))
    else {
        return (whole, pose);
    };
    let z = whole.z.slice(ndarray::s![top..=bottom, left..=right]).to_owned();
    let origin = whole.point_at((top + bottom) as f64 / 2.0, (left + right) as f64 / 2.0);
    (HeightMap { z, pitch_um: whole.pitch_um }, Pose::new(theta, -origin.x_um, -origin.y_um))
}

/// The profile of a strip whose striae lean by `lean` (um along x for each um along y): robust means of its lines, one row; missing where a line has too few
/// points.
#[must_use]
pub(crate) fn column_means(strip: &HeightMap, lean: f64) -> ndarray::Array2<f32> {
    let (rows, columns) = strip.z.dim();
    let least = (LEAST_STRIA_UM / strip.pitch_um).ceil() as usize;
    let mut out = ndarray::Array2::from_elem((1, columns), f32::NAN);
    let mut line: Vec<f64> = Vec::with_capacity(rows);
    let mut apart: Vec<f64> = Vec::with_capacity(rows);
    for (column, mean) in out.iter_mut().enumerate() {
        line.clear();
        for row in 0..rows {
            // Leaning striae are followed to the nearest column.
            let aside = (lean * (row as f64 - (rows as f64 - 1.0) / 2.0)).round() as i64;
            let at = column as i64 + aside;
            let z = usize::try_from(at).ok().and_then(|at| strip.z.get((row, at))).copied().unwrap_or(f32::NAN);
            if z.is_finite() {
                line.push(f64::from(z));
            }
        }
        if line.len() < least.max(1) {
            continue;
        }
        let Some(median) = median_of(&mut line) else { continue };
        apart.clear();
        apart.extend(line.iter().map(|z| (z - median).abs()));
        let reach = COLUMN_SD * 1.4826 * median_of(&mut apart).unwrap_or(0.0);
        let near = line.iter().filter(|z| (*z - median).abs() <= reach);
        let (sum, count) = near.fold((0.0, 0.0), |(s, n), z| (s + z, n + 1.0));
        *mean = if count > 0.0 { (sum / count) as f32 } else { median as f32 };
    }
    out
}

/// Takes the median off.
fn centre_heights(profile: &mut HeightMap) {
    if let Some((median, _)) = level::location_and_scale(profile) {
        profile.z.mapv_inplace(|z| z - median as f32);
    }
}

#[cfg(test)]
#[path = "shear_tests.rs"]
mod tests;
