//! The breech face: the level whose cells surround a firing-pin hole.

use super::OutlineParameters;
use super::coarse::{self, Coarse};
use super::level::{self, Level};
use crate::dsp::morphology;
use crate::geometry::{Circle, Point};
use crate::mark::centre::{self, Fit};
use ndarray::{Array2, Zip};

/// Slope up to which a cell may belong to a level, um per um: 14 degrees, the flank of a coarse groove on top of a tilt of some degrees.
const FLAT_SLOPE: f32 = 0.25;
/// Radius by which bridges between levels are broken before planes are looked for, um.
const BRIDGE_UM: f64 = 20.0;
/// Share of the least cover that two edges must show which lie as hole and edge of a primer do.
const BOTH_COVER: f64 = 0.75;
/// How far the hole's centre may lie from the edge's, and how large the hole may be, as shares of the edge's radius: play and a worn pistol move it by .45 mm.
const WITHIN_EDGE: (f64, f64) = (0.3, 0.75);
/// Share of the hole's inner disc that may lie on the level of the face: what fills the hole is plug or pit, not face.
const MOST_FILLED: f64 = 0.4;
/// Share of the disc about the centre of the hole that is looked at for that.
const INNER_SHARE: f64 = 0.75;
/// Pieces nearer than this to the largest one belong to the same impression, um: drag and missing points cut it apart.
const PIECE_REACH_UM: f64 = 150.0;
/// Smallest piece, mm2.
const PIECE_MM2: f64 = 0.01;
/// Pieces smaller than this share of the largest one are dropped in the end.
const PIECE_SHARE: f64 = 0.02;

/// A level and the cells on it.
pub(super) struct Candidate {
    /// The surface.
    pub level: Level,
    /// Heights above it, medians of 5 x 5 cells, um.
    pub above: Array2<f32>,
    /// How far a cell of the face may lie off it, um.
    pub tolerance_um: f64,
    /// The cells on the level.
    pub on: Array2<bool>,
    /// Those of the largest connected piece.
    pub piece: Array2<bool>,
    /// Circles of that piece.
    pub hole: Option<Fit>,
    /// The same for its outer edge.
    pub rim: Option<Fit>,
}

impl Candidate {
    /// Area of the largest piece, mm2.
    pub fn area_mm2(&self, coarse: &Coarse) -> f64 {
        coarse.area_mm2(coarse::count(&self.piece))
    }
}

/// Cells that may belong to any level.
pub(super) fn flat(coarse: &Coarse) -> Array2<bool> {
    let cell_um = coarse.cell_um();
    let slopes = coarse::slopes(&coarse::smoothed(&coarse.map.z), cell_um);
    let gentle = Zip::from(&coarse.map.z).and(&slopes).map_collect(|z, &s| z.is_finite() && s < FLAT_SLOPE);
    coarse::opened(&gentle, cell_um, BRIDGE_UM)
}

/// The levels of an acquisition, the one with most cells first.
pub(super) fn candidates(coarse: &Coarse, parameters: &OutlineParameters) -> Vec<Candidate> {
    let planes = level::planes(coarse, &flat(coarse), parameters);
    planes.into_iter().filter_map(|(plane, near)| candidate(coarse, plane, &near, parameters)).collect()
}

/// The level near a plane and what lies on it.
pub(super) fn candidate(
    coarse: &Coarse,
    plane: Level,
    near: &Array2<bool>,
    parameters: &OutlineParameters,
) -> Option<Candidate> {
    let cell_um = coarse.cell_um();
    let (level, _) = level::bent(coarse, near, plane, parameters.bend_um);
    let above = coarse::medians(&level.residuals(coarse));
    let mut core: Vec<f32> = Zip::from(near)
        .and(&above)
        .map_collect(|&n, &r| if n { r } else { f32::NAN })
        .into_iter()
        .filter(|r| r.abs() < parameters.plane_um as f32)
        .collect();
    if core.len() < 50 {
        return None;
    }
    let middle = coarse::median(&mut core);
    core.iter_mut().for_each(|r| *r = (*r - middle).abs());
    let sd_um = 1.4826 * f64::from(coarse::median(&mut core));
    let tolerance_um = (parameters.relief_sd * sd_um).clamp(parameters.level_um.0, parameters.level_um.1);
    let near_level = above.mapv(|r| f64::from(r.abs()) < tolerance_um);
    let on = coarse::opened(&near_level, cell_um, parameters.open_um);
    let piece = largest(&on)?;
    let whole = morphology::fill_gaps(&piece, cell_um, parameters.gap_mm2 * 1e6);
    let circles = centre::circles(&whole, cell_um, parameters.hole_radius_um)?;
    Some(Candidate { level, above, tolerance_um, on, piece, hole: circles.hole, rim: circles.rim })
}

/// The largest connected piece of a mask.
pub(super) fn largest(mask: &Array2<bool>) -> Option<Array2<bool>> {
    let blobs = morphology::blobs(mask, false);
    let best = (0..blobs.blobs.len()).max_by_key(|&k| (blobs.blobs[k].points, usize::MAX - k))?;
    Some(blobs.labels.mapv(|l| l as usize == best + 1))
}

/// Whether a candidate can be a breech face: enough of it, around a hole that it does not fill.
pub(super) fn is_face(coarse: &Coarse, candidate: &Candidate, parameters: &OutlineParameters) -> bool {
    let Some(hole) = candidate.hole else { return false };
    let seen = hole.cover >= parameters.least_cover
        || candidate.rim.is_some_and(|rim| {
            let surely = hole.cover >= 0.6 * parameters.least_cover && rim.cover >= parameters.least_cover;
            surely || (hole.cover.min(rim.cover) >= BOTH_COVER * parameters.least_cover && is_within(&hole, &rim))
        });
    seen && candidate.area_mm2(coarse) >= parameters.least_area_mm2
        && filled(coarse, candidate, &hole.circle) <= MOST_FILLED
}

/// Whether two circles lie to each other as the hole and the edge of a primer do.
fn is_within(hole: &Fit, edge: &Fit) -> bool {
    let (hole, edge) = (&hole.circle, &edge.circle);
    hole.centre.distance_um(edge.centre) < WITHIN_EDGE.0 * edge.radius_um
        && hole.radius_um < WITHIN_EDGE.1 * edge.radius_um
}

/// Share of the inner disc of the hole that lies on the level, of its cells inside the grid.
fn filled(coarse: &Coarse, candidate: &Candidate, hole: &Circle) -> f64 {
    let (mut on, mut all) = (0usize, 0usize);
    for ((row, column), &m) in candidate.on.indexed_iter() {
        let at = coarse.map.point_at(row as f64, column as f64);
        if at.distance_um(hole.centre) < INNER_SHARE * hole.radius_um {
            all += 1;
            on += usize::from(m);
        }
    }
    if all == 0 { 1.0 } else { on as f64 / all as f64 }
}

/// The cells of the breech face: all pieces of the level that lie around the hole, cleaned.
pub(super) fn cells_of(
    coarse: &Coarse,
    face: &Candidate,
    hole: &Circle,
    parameters: &OutlineParameters,
) -> Array2<bool> {
    let cell_um = coarse.cell_um();
    let mut cells = face.piece.clone();
    let blobs = morphology::blobs(&face.on, false);
    let reach = coarse::dilate(&face.piece, cell_um, PIECE_REACH_UM);
    // Of each piece: cells, whether it comes near the largest one, cells inside the hole.
    let mut pieces = vec![(0usize, false, 0usize); blobs.blobs.len()];
    for ((row, column), &label) in blobs.labels.indexed_iter().filter(|(_, l)| **l > 0) {
        let piece = &mut pieces[label as usize - 1];
        let at = coarse.map.point_at(row as f64, column as f64);
        piece.0 += 1;
        piece.1 |= reach[(row, column)];
        piece.2 += usize::from(at.distance_um(hole.centre) < 0.95 * hole.radius_um);
    }
    let belongs = |label: u32| {
        label > 0 && {
            let (all, near, within) = pieces[label as usize - 1];
            near && coarse.area_mm2(all) >= PIECE_MM2 && 5 * within <= all
        }
    };
    Zip::from(&mut cells).and(&blobs.labels).for_each(|c, &label| *c |= belongs(label));
    let cells = coarse::closed(&cells, cell_um, parameters.close_um);
    let cells = morphology::fill_gaps(&cells, cell_um, parameters.gap_mm2 * 1e6);
    let cells = coarse::opened(&cells, cell_um, parameters.close_um);
    let most = largest(&cells).map_or(0, |piece| coarse::count(&piece));
    let least_um2 = PIECE_SHARE * coarse.area_mm2(most) * 1e6;
    morphology::drop_islands(&cells, cell_um, least_um2)
}

/// Share of the ring between hole and rim that the face covers, of what lies inside the grid.
pub(super) fn completeness(coarse: &Coarse, cells: &Array2<bool>, hole: &Circle, rim: Option<&Circle>) -> f64 {
    let middle = rim.map_or(hole.centre, |r| r.centre);
    let outer = rim.map_or(hole.radius_um + 400.0, |r| r.radius_um);
    let (mut on, mut all) = (0usize, 0usize);
    for ((row, column), &m) in cells.indexed_iter() {
        let at: Point = coarse.map.point_at(row as f64, column as f64);
        if at.distance_um(hole.centre) > hole.radius_um && at.distance_um(middle) < outer {
            all += 1;
            on += usize::from(m);
        }
    }
    if all == 0 { 0.0 } else { on as f64 / all as f64 }
}
