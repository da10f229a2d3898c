//! What an acquisition shows where it shows no breech face.

use super::coarse::{self, Coarse};
use super::face::Candidate;
use super::level::{Level, bent};
use super::{Finding, OutlineParameters};
use crate::dsp::morphology;
use crate::mark::centre;
use ndarray::{Array2, Zip};

/// Least area with values about which anything can be said, mm2.
const LEAST_AREA_MM2: f64 = 0.3;
/// An outlined map has no step: this share of its cells lies within [`STEP_UM`] of one gently curved surface. The published processed scans have .99 and
/// more, the raw ones at most .85.
const ONE_LEVEL: f64 = 0.98;
/// Height of a step, um.
const STEP_UM: f32 = 15.0;
/// Share of the cells that are missing in an outlined map: a circle in its square leaves .21.
const LEAST_MISSING: f64 = 0.2;
/// Share of the cells along the border of an outlined map that have values: where it touches its bounding box.
const MOST_BORDER: f64 = 0.4;
/// Radius from which a hole is the mouth of a case and no aperture, um; the narrowest mouths in use (5.56 mm) have 2.8 mm.
const MOUTH_RADIUS_UM: (f64, f64) = (2_700.0, 8_000.0);
/// Width of the wall around a mouth, as a share of its radius: walls of .3 to .4 mm make .07 to .14. A breech face saved at a wrong pitch has half its hole or
/// more.
const MOUTH_WALL: f64 = 0.25;
/// Radii of curvature of bullets, um: .17 to .50 inch in diameter, with a margin.
const BULLET_RADIUS_UM: (f64, f64) = (1_800.0, 9_000.0);
/// Share of the cells that must lie near the fitted cylinder.
const LEAST_ON_CYLINDER: f64 = 0.6;
/// Wavelengths of friction ridges, um: 0.4 to 0.6 mm, seen at an angle.
const RIDGE_WAVES_UM: (f64, f64) = (280.0, 900.0);
/// Least height of friction ridges (one deviation), um.
const LEAST_RIDGE_UM: f64 = 10.0;
/// Ridges are told on skin that is in view: what is seen of a narrow rim has waves of any length. Least share of the cells with values.
const LEAST_SKIN: f64 = 0.3;
/// From which height on what should be a pit stands out of the face, um: a plug alone stands up to 70 um high.
const STANDS_OUT_UM: f32 = 85.0;
/// How far a hill in the middle of the hole stands out of what lies around it, um: far beyond shear and lip.
const HILL_UM: f32 = 25.0;
/// Where that lies, as shares of the hole's radius: pins are narrower.
const AROUND_PIN: std::ops::Range<f64> = 0.7..0.95;
/// Cells that tell its height.
const LEAST_AROUND: usize = 20;
/// Share of the turn on which the edge of a primer without a hole must be seen: in a square field of view that is hardly wider than it the corners show some.
const UNFIRED_COVER: f64 = 0.2;
/// Cells beyond that edge that must show that the level ends there.
const LEAST_BEYOND: usize = 100;
/// Depth of strokes of letters, um.
const STROKE_UM: f32 = 20.0;
/// Share of the cells in strokes, least and most.
const STROKES: (f64, f64) = (0.015, 0.4);

fn share(count: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

fn valid(coarse: &Coarse) -> Array2<bool> {
    morphology::mask_of(&coarse.map)
}

/// Whether there is too little to say anything.
pub(super) fn is_empty(coarse: &Coarse) -> bool {
    coarse.area_mm2(coarse.map.valid_count()) < LEAST_AREA_MM2
}

/// Whether the map is the narrow rim of a hole that is too wide for an aperture: a case that stands upside down.
pub(super) fn is_mouth(coarse: &Coarse) -> bool {
    let valid = valid(coarse);
    let cells = coarse::count(&valid);
    let narrow = |hole: &centre::Fit| {
        let edge_um = std::f64::consts::TAU * hole.circle.radius_um * hole.cover;
        1e6 * coarse.area_mm2(cells) < MOUTH_WALL * hole.circle.radius_um * edge_um
    };
    share(cells, valid.len()) < 0.5
        && centre::circles(&valid, coarse.cell_um(), MOUTH_RADIUS_UM)
            .and_then(|c| c.hole)
            .is_some_and(|hole| hole.cover > 0.3 && narrow(&hole))
}

/// Whether the map's own missing points are its outline: one level, nothing around it.
pub(super) fn is_outlined(coarse: &Coarse, parameters: &OutlineParameters) -> bool {
    let mask = valid(coarse);
    let (rows, columns) = mask.dim();
    let all = coarse::count(&mask);
    if 1.0 - share(all, mask.len()) < LEAST_MISSING {
        return false;
    }
    let border = mask.indexed_iter().filter(|((r, c), _)| *r == 0 || *c == 0 || *r + 1 == rows || *c + 1 == columns);
    let (on, count) = border.fold((0usize, 0usize), |(on, n), (_, m)| (on + usize::from(*m), n + 1));
    if share(on, count) > MOST_BORDER {
        return false;
    }
    let (level, _) = bent(coarse, &mask, beginning(coarse), parameters.bend_um);
    let near = level.residuals(coarse).iter().filter(|r| r.abs() < STEP_UM).count();
    share(near, all) >= ONE_LEVEL
}

/// A level plane at the median height.
fn beginning(coarse: &Coarse) -> Level {
    let mut heights: Vec<f32> = coarse.map.z.iter().copied().filter(|z| z.is_finite()).collect();
    let height = if heights.is_empty() { 0.0 } else { f64::from(coarse::median(&mut heights)) };
    Level([height, 0.0, 0.0, 0.0, 0.0, 0.0])
}

/// Whether heights are the wrong way up: what should be a pit stands out of the face, and out of the metal around it.
pub(super) fn is_inverted(coarse: &Coarse, face: &Candidate) -> bool {
    let Some(hole) = face.hole else { return false };
    let (mut inner, mut all, mut around): (Vec<f32>, usize, Vec<f32>) = (Vec::new(), 0, Vec::new());
    for ((row, column), a) in face.above.indexed_iter() {
        let away = coarse.map.point_at(row as f64, column as f64).distance_um(hole.circle.centre);
        let share = away / hole.circle.radius_um;
        if share < 0.3 {
            all += 1;
            inner.extend(a.is_finite().then_some(*a));
        } else if AROUND_PIN.contains(&share) {
            around.extend(a.is_finite().then_some(*a));
        }
    }
    // Metal that flowed back far carries the floor of its pit above the face; still a pin has struck its middle down.
    2 * inner.len() > all && {
        let middle = coarse::median(&mut inner);
        let pit = around.len() >= LEAST_AROUND && middle < coarse::upper_third(&mut around) + HILL_UM;
        middle > STANDS_OUT_UM && !pit
    }
}

/// What there is instead of a breech face.
pub(super) fn what(coarse: &Coarse, candidates: &[Candidate], parameters: &OutlineParameters) -> Finding {
    let mask = valid(coarse);
    let all = coarse::count(&mask);
    let medians = coarse::medians(&coarse.map.z);
    let (level, sd) = bent(coarse, &mask, beginning(coarse), parameters.bend_um);
    if is_noise(coarse, &level, sd, &medians) {
        return Finding::Noise;
    }
    if is_cylinder(coarse, &mask, all) {
        return Finding::Cylinder;
    }
    let Some(main) = candidates.iter().max_by_key(|c| coarse::count(&c.on)) else {
        return if is_ridged(coarse, &medians) { Finding::Ridges } else { Finding::Unclear };
    };
    let on = share(coarse::count(&main.on), all);
    let low = Zip::from(&main.above).and(&main.on).fold(0usize, |n, &a, &on| n + usize::from(!on && a < -STROKE_UM));
    // Before ridges: the step from primer to head counts for waves.
    if candidates.iter().any(|c| is_unfired(coarse, c)) {
        return Finding::Unfired;
    }
    if on < 0.6 && is_ridged(coarse, &medians) {
        return Finding::Ridges;
    }
    if on > 0.35 && (STROKES.0..STROKES.1).contains(&share(low, all)) {
        return Finding::Headstamp;
    }
    if on > 0.8 {
        return Finding::Flat;
    }
    if is_ridged(coarse, &medians) { Finding::Ridges } else { Finding::Unclear }
}

/// Heights without neighbourhood: their local medians vary far less than they do.
fn is_noise(coarse: &Coarse, level: &Level, sd: f64, medians: &Array2<f32>) -> bool {
    let mut off: Vec<f32> = Zip::from(medians)
        .and(&coarse.map.z)
        .and(&level.residuals(coarse))
        .map_collect(|&m, &z, &r| (m - z + r).abs())
        .into_iter()
        .filter(|v| v.is_finite())
        .collect();
    if off.is_empty() {
        return false;
    }
    let of_medians = 1.4826 * f64::from(coarse::median(&mut off));
    sd > 1.0 && of_medians < 0.45 * sd && coarse.within_um > 0.6 * sd
}

/// A surface that is bent one way only, as strongly as a bullet.
fn is_cylinder(coarse: &Coarse, mask: &Array2<bool>, all: usize) -> bool {
    let (level, sd) = bent(coarse, mask, beginning(coarse), f64::INFINITY);
    let (most, least) = level.curvatures();
    let radius = 1.0 / most.abs().max(1e-12);
    let near = level.residuals(coarse).iter().filter(|r| f64::from(r.abs()) < 40.0).count();
    (BULLET_RADIUS_UM.0..BULLET_RADIUS_UM.1).contains(&radius)
        && least.abs() < 0.35 * most.abs()
        && sd < 30.0
        && share(near, all) > LEAST_ON_CYLINDER
}

/// Waves of half a millimetre, tens of micrometres high.
fn is_ridged(coarse: &Coarse, medians: &Array2<f32>) -> bool {
    let (rows, columns) = medians.dim();
    if share(coarse.map.valid_count(), coarse.map.z.len()) < LEAST_SKIN {
        return false;
    }
    // The ground is the mean over a square a little wider than a ridge.
    let reach = (500.0 / coarse.cell_um()).round() as usize;
    let mut sums = Array2::<(f64, u32)>::from_elem((rows + 1, columns + 1), (0.0, 0));
    for r in 0..rows {
        for c in 0..columns {
            let z = medians[(r, c)];
            let own = if z.is_finite() { (f64::from(z), 1) } else { (0.0, 0) };
            let (up, left, both) = (sums[(r, c + 1)], sums[(r + 1, c)], sums[(r, c)]);
            sums[(r + 1, c + 1)] = (own.0 + up.0 + left.0 - both.0, own.1 + up.1 + left.1 - both.1);
        }
    }
    let ground = |r: usize, c: usize| {
        let (top, bottom) = (r.saturating_sub(reach), (r + reach + 1).min(rows));
        let (left, right) = (c.saturating_sub(reach), (c + reach + 1).min(columns));
        let (a, b, d, e) = (sums[(bottom, right)], sums[(top, right)], sums[(bottom, left)], sums[(top, left)]);
        (a.0 - b.0 - d.0 + e.0) / f64::from((a.1 + e.1) - (b.1 + d.1))
    };
    let waves = Array2::from_shape_fn((rows, columns), |(r, c)| (f64::from(medians[(r, c)]) - ground(r, c)) as f32);
    let mut sizes: Vec<f32> = waves.iter().filter(|v| v.is_finite()).map(|v| v.abs()).collect();
    if sizes.len() < 200 || 1.4826 * f64::from(coarse::median(&mut sizes)) < LEAST_RIDGE_UM {
        return false;
    }
    let crossings = |lines: ndarray::iter::Lanes<'_, f32, ndarray::Ix1>| {
        let (mut steps, mut changes) = (0usize, 0usize);
        for line in lines {
            for (a, b) in line.iter().zip(line.iter().skip(1)) {
                if a.is_finite() && b.is_finite() {
                    steps += 1;
                    changes += usize::from((*a > 0.0) != (*b > 0.0));
                }
            }
        }
        share(changes, steps)
    };
    // The rate of sign changes is the length of a vector across the ridges.
    let (across, down) = (crossings(waves.rows()), crossings(waves.columns()));
    let wave_um = 2.0 * coarse.cell_um() / across.hypot(down).max(1e-9);
    (RIDGE_WAVES_UM.0..RIDGE_WAVES_UM.1).contains(&wave_um)
}

/// A disc without a hole that ends at a primer's radius wherever more than that is in view.
fn is_unfired(coarse: &Coarse, candidate: &Candidate) -> bool {
    let Some(rim) =
        candidate.rim.filter(|r| r.cover > UNFIRED_COVER && (1_300.0..4_100.0).contains(&r.circle.radius_um))
    else {
        return false;
    };
    let (mut inside, mut inner, mut outside, mut outer) = (0usize, 0usize, 0usize, 0usize);
    for ((row, column), &on) in candidate.on.indexed_iter() {
        let off = coarse.map.point_at(row as f64, column as f64).distance_um(rim.circle.centre) - rim.circle.radius_um;
        if off < -60.0 {
            inner += 1;
            inside += usize::from(on);
        } else if (80.0..250.0).contains(&off) {
            outer += 1;
            outside += usize::from(on);
        }
    }
    share(inside, inner) > 0.85 && outer >= LEAST_BEYOND && share(outside, outer) < 0.1
}
