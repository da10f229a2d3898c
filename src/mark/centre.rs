//! The centre of a mark: a circle fitted to the edge of the firing-pin hole, else to the rim, else the centroid.
//!
//! The hole belongs to the breech face, the rim to the primer: after registration the holes' centres of two mates lie 28 um apart in the
//! median (59 at 90 %), the rims' 88 um (166), over 95 pairs of the Fadul, Weller and DFSC scans. The edge of a hole is told from a rim by
//! the side on which points are missing, so holes that are open to one side (a crescent) are found as well as closed ones.

use super::{Centre, CentreBasis, PrepareParameters};
use crate::dsp::morphology::{self, EdgePoint};
use crate::geometry::{Circle, Point};
use ndarray::Array2;

/// Distance within which an edge point speaks for a circle, um: twice the raggedness of hand-drawn masks.
const TOLERANCE_UM: f64 = 60.0;
/// Distance over which the raggedness of a mask is correlated, um: about the side of the polygons people draw.
const RAGGED_UM: f64 = 150.0;
/// Angular bins in which support is counted, so that no stretch of edge counts twice.
const BINS: usize = 72;
/// Share of the full turn that must carry edge points: a hole that is cut away on more than six tenths has no sure centre.
const LEAST_HOLE_COVER: f64 = 0.4;
/// Share of the full turn from which on a closed hole is round, and its circle surer than its centroid, which bays at the drag displace: from there on the two
/// lie 20 um apart at most in nine of ten simulated marks, below it 150 to 230 um in the median, and every closed hole of 103 real scans lies above.
const ROUND_COVER: f64 = 0.6;
/// The same for the rim.
const LEAST_RIM_COVER: f64 = 0.4;
/// Circles tried.
const HYPOTHESES: usize = 1_200;
/// Edge points that judge a circle during the search.
const JURY: usize = 400;
/// Error of a hole's centre that a fit cannot see, one standard deviation an axis, um: 90 % of mates within 59 um, and 59 / 2.146 / sqrt 2.
const HOLE_SD_UM: f64 = 19.0;
/// The same for the rim: 166 / 2.146 / sqrt 2.
const RIM_SD_UM: f64 = 55.0;
/// Error of a centroid as a share of the mark's radius: it wanders with every missing piece.
const CENTROID_SD_SHARE: f64 = 0.15;

/// Which side of a circle's edge is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    Inside,
    Outside,
}

/// A fitted circle and how well it is borne out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    /// The circle.
    pub circle: Circle,
    /// Share of the full turn with edge points near the circle.
    pub cover: f64,
    /// Robust standard deviation of the edge about the circle, um.
    pub residual_sd_um: f64,
    /// Standard deviation of the centre an axis that follows from the two, um.
    pub sd_um: f64,
}

/// Finds the centre of a mask whose dropouts are filled, in the frame of its grid.
pub(super) fn find(mask: &Array2<bool>, pitch_um: f64, parameters: &PrepareParameters) -> (Centre, Option<Fit>) {
    let Some(Circles { middle, hole, rim }) = circles(mask, pitch_um, parameters.hole_radius_um) else {
        let centre =
            Centre { at: Point::default(), basis: CentreBasis::Centroid, sd_um: f64::MAX, hole: None, rim: None };
        return (centre, None);
    };
    let hole = hole.filter(|f| f.cover >= LEAST_HOLE_COVER);
    let rim = rim.filter(|f| f.cover >= LEAST_RIM_COVER);
    let enclosed = match &hole {
        Some(f) if f.cover >= ROUND_COVER => None,
        _ => enclosed(mask, pitch_um, parameters.hole_radius_um, &middle),
    };
    let (at, basis, sd_um) = match (&enclosed, &hole, &rim) {
        (Some(circle), ..) => (circle.centre, CentreBasis::Hole, HOLE_SD_UM),
        (None, Some(f), _) => (f.circle.centre, CentreBasis::Hole, f.sd_um.hypot(HOLE_SD_UM)),
        (None, None, Some(f)) => (f.circle.centre, CentreBasis::Rim, f.sd_um.hypot(RIM_SD_UM)),
        (None, None, None) => (middle.centroid, CentreBasis::Centroid, CENTROID_SD_SHARE * middle.radius_um),
    };
    let circle = enclosed.or(hole.map(|f| f.circle));
    (Centre { at, basis, sd_um, hole: circle, rim: rim.map(|f| f.circle) }, hole)
}

/// The circle of equal area about the centroid of the largest region without values that a mask encloses, where it has the size of a firing-pin hole.
///
/// Milled and broached apertures are rectangles and ovals. No circle lies along their edge, and the one of most support changes with the way the case lay under
/// the instrument; the centroid does not.
fn enclosed(mask: &Array2<bool>, pitch_um: f64, radius_um: (f64, f64), middle: &Middle) -> Option<Circle> {
    let gaps = morphology::blobs(&mask.mapv(|m| !m), true);
    let (label, gap) =
        (1u32..).zip(&gaps.blobs).filter(|(_, gap)| !gap.touches_edge).max_by_key(|(_, gap)| gap.points)?;
    let points = gap.points as f64;
    let radius = (points * pitch_um * pitch_um / std::f64::consts::PI).sqrt();
    let (mut row_sum, mut column_sum) = (0.0, 0.0);
    for ((row, column), _) in gaps.labels.indexed_iter().filter(|(_, l)| **l == label) {
        row_sum += row as f64;
        column_sum += column as f64;
    }
    let centre = place(mask.dim(), row_sum / points, column_sum / points, pitch_um);
    let plausible = (radius_um.0..=radius_um.1).contains(&radius)
        && centre.distance_um(middle.box_centre) <= 0.6 * middle.radius_um;
    plausible.then_some(Circle { centre, radius_um: radius })
}

/// The circles that the edges of a mask speak for, however little of them is seen.
pub(super) struct Circles {
    /// Rough place and size of the mask.
    middle: Middle,
    /// The firing-pin hole.
    pub hole: Option<Fit>,
    /// The outer edge.
    pub rim: Option<Fit>,
}

/// Fits both circles in the frame of the mask's grid; `None` for an empty mask.
pub(super) fn circles(mask: &Array2<bool>, pitch_um: f64, hole_radius_um: (f64, f64)) -> Option<Circles> {
    let edges = morphology::edge_points(mask, pitch_um, (45.0 / pitch_um).round() as usize);
    let middle = Middle::of(mask, pitch_um)?;
    let hole_radius = (hole_radius_um.0, hole_radius_um.1.min(middle.radius_um));
    let hole = fit(&edges, Missing::Inside, hole_radius, &middle);
    let rim = fit(&edges, Missing::Outside, (0.6 * middle.radius_um, 1.6 * middle.radius_um), &middle);
    Some(Circles { middle, hole, rim })
}

/// A place of a grid (rows, columns) in its frame, whose origin is its middle.
pub(super) fn place((rows, columns): (usize, usize), row: f64, column: f64, pitch_um: f64) -> Point {
    let along = |k: f64, points: usize| (k - (points as f64 - 1.0) / 2.0) * pitch_um;
    Point::new(along(column, columns), along(row, rows))
}

/// Rough place and size of a mask.
struct Middle {
    /// Centre of the bounding box.
    box_centre: Point,
    /// Mean of the valid points.
    centroid: Point,
    /// Half the longer side of the bounding box, um.
    radius_um: f64,
}

impl Middle {
    fn of(mask: &Array2<bool>, pitch_um: f64) -> Option<Self> {
        let (rows, columns) = mask.dim();
        let (mut low, mut high, mut sum, mut count) = ([usize::MAX; 2], [0usize; 2], [0f64; 2], 0usize);
        for ((row, column), _) in mask.indexed_iter().filter(|(_, m)| **m) {
            for (k, at) in [column, row].into_iter().enumerate() {
                low[k] = low[k].min(at);
                high[k] = high[k].max(at);
                sum[k] += at as f64;
            }
            count += 1;
        }
        if count == 0 {
            return None;
        }
        let place = |column: f64, row: f64| place((rows, columns), row, column, pitch_um);
        let mid = |k: usize| (low[k] + high[k]) as f64 / 2.0;
        let side = (0..2).map(|k| high[k] - low[k] + 1).max().unwrap_or(1);
        Some(Self {
            box_centre: place(mid(0), mid(1)),
            centroid: place(sum[0] / count as f64, sum[1] / count as f64),
            radius_um: side as f64 / 2.0 * pitch_um,
        })
    }
}

/// Residual of an edge point from a circle, um, and the bin it stands in; `None` when points are missing on the wrong side.
fn residual(edge: &EdgePoint, circle: &Circle, missing: Missing) -> Option<(f64, usize)> {
    let (dx, dy) = (edge.at.x_um - circle.centre.x_um, edge.at.y_um - circle.centre.y_um);
    let distance = (dx * dx + dy * dy).sqrt().max(1e-9);
    let along = (edge.outward[0] * dx + edge.outward[1] * dy) / distance;
    let agrees = match missing {
        Missing::Inside => along < -0.5,
        Missing::Outside => along > 0.5,
    };
    agrees.then(|| (distance - circle.radius_um, bin_of(dx, dy)))
}

/// The bin of a direction by its place on the diamond |x| + |y| = 1: monotone in the angle, bins between 3.6 and 7.2 degrees wide.
fn bin_of(dx: f64, dy: f64) -> usize {
    let place = dx / (dx.abs() + dy.abs()).max(1e-9);
    let turn = if dy >= 0.0 { 1.0 - place } else { 3.0 + place } / 4.0;
    ((turn * BINS as f64) as usize).min(BINS - 1)
}

/// Search over circles through three edge points, then iteratively reweighted geometric fit.
fn fit(edges: &[EdgePoint], missing: Missing, radius_um: (f64, f64), middle: &Middle) -> Option<Fit> {
    if edges.len() < 12 {
        return None;
    }
    let stride = edges.len().div_ceil(JURY);
    let jury: Vec<EdgePoint> = edges.iter().step_by(stride).copied().collect();
    let plausible = |c: &Circle| {
        (radius_um.0..=radius_um.1).contains(&c.radius_um)
            && c.centre.distance_um(middle.box_centre) <= 0.6 * middle.radius_um
    };
    // A fixed linear congruential sequence (Knuth's MMIX constants): the same mask always meets the same hypotheses.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        edges[((state >> 33) as usize) % edges.len()]
    };
    let mut best: Option<(f64, Circle)> = None;
    for _ in 0..HYPOTHESES {
        let three = [draw(), draw(), draw()];
        let Some(circle) = circumcircle(three.map(|e| e.at)).filter(&plausible) else { continue };
        // Most triples mix hole, rim and bays: their directions disagree, and no jury need look at them.
        if three.iter().any(|e| residual(e, &circle, missing).is_none()) {
            continue;
        }
        let score = support(&jury, &circle, missing);
        if best.is_none_or(|(most, _)| score > most) {
            best = Some((score, circle));
        }
    }
    refine(edges, best?.1, missing).filter(|f| plausible(&f.circle))
}

/// The circle that most of the points lie near (within `near_um`), fitted to those by least squares (Kasa 1976); `None` for fewer than six.
pub(super) fn through_most(points: &[Point], near_um: f64) -> Option<Circle> {
    if points.len() < 6 {
        return None;
    }
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        points[((state >> 33) as usize) % points.len()]
    };
    let near = |c: &Circle, p: &Point| (p.distance_um(c.centre) - c.radius_um).abs() < near_um;
    let mut best: Option<(usize, Circle)> = None;
    for _ in 0..HYPOTHESES / 3 {
        let Some(circle) = circumcircle([draw(), draw(), draw()]) else { continue };
        let votes = points.iter().filter(|p| near(&circle, p)).count();
        if best.is_none_or(|(most, _)| votes > most) {
            best = Some((votes, circle));
        }
    }
    let mut circle = best?.1;
    for _ in 0..4 {
        let mut normal = [[0f64; 4]; 3];
        for p in points.iter().filter(|p| near(&circle, p)) {
            let (x, y) = (p.x_um - circle.centre.x_um, p.y_um - circle.centre.y_um);
            let row = [x, y, circle.radius_um];
            for i in 0..3 {
                for j in 0..3 {
                    normal[i][j] += row[i] * row[j];
                }
                normal[i][3] += row[i] * (x * x + y * y) / 2.0;
            }
        }
        let Some(([x, y, k], _)) = solve(normal) else { break };
        let radius2 = 2.0 * k * circle.radius_um + x * x + y * y;
        if !(radius2 > 0.0 && radius2.is_finite()) {
            break;
        }
        circle.centre = Point::new(circle.centre.x_um + x, circle.centre.y_um + y);
        circle.radius_um = radius2.sqrt();
    }
    Some(circle)
}

/// Sum over the angular bins of the best closeness (1 on the circle, 0 at the tolerance) found there.
fn support(jury: &[EdgePoint], circle: &Circle, missing: Missing) -> f64 {
    let mut bins = [0f64; BINS];
    for edge in jury {
        let (dx, dy) = (edge.at.x_um - circle.centre.x_um, edge.at.y_um - circle.centre.y_um);
        let near = ((dx * dx + dy * dy).sqrt() - circle.radius_um).abs() < TOLERANCE_UM;
        if near && let Some((r, bin)) = residual(edge, circle, missing) {
            bins[bin] = bins[bin].max(1.0 - (r / TOLERANCE_UM).powi(2));
        }
    }
    bins.iter().sum()
}

/// The circle through three points; `None` when they lie on a line.
fn circumcircle([a, b, c]: [Point; 3]) -> Option<Circle> {
    let (bx, by) = (b.x_um - a.x_um, b.y_um - a.y_um);
    let (cx, cy) = (c.x_um - a.x_um, c.y_um - a.y_um);
    let twice_area = 2.0 * (bx * cy - by * cx);
    if twice_area.abs() < 1.0 {
        return None;
    }
    let (b2, c2) = (bx * bx + by * by, cx * cx + cy * cy);
    let (ux, uy) = ((cy * b2 - by * c2) / twice_area, (bx * c2 - cx * b2) / twice_area);
    Some(Circle { centre: Point::new(a.x_um + ux, a.y_um + uy), radius_um: ux.hypot(uy) })
}

/// Gauss-Newton on the distances to the circle with Tukey weights; every angular bin weighs the same, however long its edge.
fn refine(edges: &[EdgePoint], start: Circle, missing: Missing) -> Option<Fit> {
    let mut circle = start;
    let mut fit = None;
    let mut scale_um = TOLERANCE_UM;
    for _ in 0..25 {
        let near: Vec<(f64, usize, f64, f64)> = edges
            .iter()
            .filter_map(|edge| {
                let (r, bin) = residual(edge, &circle, missing)?;
                let distance = r + circle.radius_um;
                let direction =
                    ((edge.at.x_um - circle.centre.x_um) / distance, (edge.at.y_um - circle.centre.y_um) / distance);
                (r.abs() < 3.0 * scale_um).then_some((r, bin, direction.0, direction.1))
            })
            .collect();
        let mut counts = [0usize; BINS];
        near.iter().for_each(|n| counts[n.1] += 1);
        let covered = counts.iter().filter(|c| **c > 0).count();
        let mut normal = [[0f64; 4]; 3];
        let mut weight_sum = 0.0;
        for &(r, bin, ux, uy) in &near {
            let weight = (1.0 - (r / (3.0 * scale_um)).powi(2)).powi(2) / counts[bin] as f64;
            let row = [ux, uy, 1.0];
            for i in 0..3 {
                for j in 0..3 {
                    normal[i][j] += weight * row[i] * row[j];
                }
                normal[i][3] += weight * row[i] * r;
            }
            weight_sum += weight;
        }
        let (step, inverse_trace) = solve(normal)?;
        circle.centre.x_um += step[0];
        circle.centre.y_um += step[1];
        circle.radius_um += step[2];
        if !(circle.radius_um.is_finite() && circle.radius_um > 0.0) {
            return None;
        }
        let mut sizes: Vec<f64> = near.iter().map(|n| n.0.abs()).collect();
        let residual_sd_um = 1.4826 * crate::dsp::level::median_of(&mut sizes)?;
        // Half a pitch of raggedness is the best any mask has; the scale shrinks slowly so that a poor start can still move.
        scale_um = residual_sd_um.clamp(8.0, 0.9 * scale_um.max(9.0));
        let cover = covered as f64 / BINS as f64;
        let independent = (cover * std::f64::consts::TAU * circle.radius_um / RAGGED_UM).max(1.0);
        let sd_um = residual_sd_um * (inverse_trace / 2.0 * weight_sum / independent).sqrt();
        fit = Some(Fit { circle, cover, residual_sd_um, sd_um });
    }
    fit
}

/// Solves three normal equations; also gives the first two diagonal elements of the inverse, summed.
fn solve(mut m: [[f64; 4]; 3]) -> Option<([f64; 3], f64)> {
    let mut wide = [[0f64; 7]; 3];
    for i in 0..3 {
        wide[i][..4].copy_from_slice(&m[i]);
        wide[i][4 + i] = 1.0;
    }
    let floor: [f64; 3] = std::array::from_fn(|i| 1e-6 * m[i][i]);
    for k in 0..3 {
        if wide[k][k] <= floor[k] || wide[k][k] <= 0.0 {
            return None;
        }
        let pivot_row = wide[k].map(|v| v / wide[k][k]);
        for (i, row) in wide.iter_mut().enumerate() {
            let factor = if i == k { 0.0 } else { row[k] };
            if i == k {
                *row = pivot_row;
            } else {
                row.iter_mut().zip(&pivot_row).for_each(|(a, b)| *a -= factor * b);
            }
        }
    }
    for i in 0..3 {
        m[i][3] = wide[i][3];
    }
    Some(([m[0][3], m[1][3], m[2][3]], wide[0][4] + wide[1][5]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disc with a hole of half extents `half_um` turned by `turn`, at a place off its middle.
    fn pierced(half_um: (f64, f64), corner: i32, turn: f64) -> (Array2<bool>, Point) {
        let pitch_um = 15.0;
        let (s, c) = libm::sincos(turn);
        // The case turns, and what is off its middle with it.
        let at = Point::new(180.0 * c - 90.0 * s, 180.0 * s + 90.0 * c);
        let mask = Array2::from_shape_fn((260, 260), |(row, column)| {
            let (x, y) = ((column as f64 - 129.5) * pitch_um, (row as f64 - 129.5) * pitch_um);
            let (dx, dy) = (x - at.x_um, y - at.y_um);
            let (u, v) = ((c * dx + s * dy) / half_um.0, (c * dy - s * dx) / half_um.1);
            x.hypot(y) < 1_750.0 && u.abs().powi(corner) + v.abs().powi(corner) > 1.0
        });
        (mask, at)
    }

    #[test]
    fn a_hole_of_any_form_has_one_centre_however_the_case_lies() {
        // Round, oval, and a rectangle with rounded corners.
        for (half_um, corner) in [((900.0, 900.0), 2), ((700.0, 1_050.0), 2), ((620.0, 1_000.0), 8)] {
            for step in 0..12 {
                let (mask, at) = pierced(half_um, corner, 0.55 * f64::from(step));
                let (centre, _) = find(&mask, 15.0, &PrepareParameters::default());
                assert_eq!(centre.basis, CentreBasis::Hole, "{half_um:?} {step}");
                assert!(centre.at.distance_um(at) < 12.0, "{half_um:?} {step}: {:?} for {at:?}", centre.at);
            }
        }
    }
}
