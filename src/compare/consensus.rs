//! The pose on which the cells agree, found exhaustively and refined by least squares.

use super::CompareParameters;
use crate::geometry::{Point, Pose, wrap_angle};

/// A cell of the reference mark and where it was found in the comparison mark; both in the frames of the hubs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    /// Centre in the reference mark.
    pub centre: Point,
    /// Where that centre was found in the comparison mark.
    pub found: Point,
    /// Turn of the comparison mark against the cell (`cmp_from_ref`), radians.
    pub turn_rad: f64,
    /// Correlation there.
    pub ccf: f64,
    /// Correlation that it must reach.
    pub needed: f64,
    /// Whether cell and comparison mark had enough points in common anywhere.
    pub meets: bool,
}

impl Placed {
    /// How far the cell lies from where a pose (`ref_from_cmp`) would put it: x, y (um, reference frame) and turn (radians).
    pub fn residual(&self, pose: &Pose) -> (Point, f64) {
        let back = pose.apply(self.found);
        (
            Point::new(back.x_um - self.centre.x_um, back.y_um - self.centre.y_um),
            wrap_angle(self.turn_rad + pose.theta_rad),
        )
    }

    /// Whether the cell reaches its correlation.
    pub fn correlated(&self) -> bool {
        self.meets && self.ccf >= self.needed
    }

    fn agrees(&self, pose: &Pose, parameters: &CompareParameters) -> bool {
        let (off, turn) = self.residual(pose);
        off.x_um.hypot(off.y_um) <= parameters.cell_tolerance_um
            && turn.abs() <= parameters.cell_tolerance_deg.to_radians()
    }
}

/// The consensus: a pose (`ref_from_cmp`) and which cells are congruent with it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Consensus {
    pub pose: Pose,
    pub congruent: Vec<bool>,
}

impl Consensus {
    pub fn count(&self) -> usize {
        self.congruent.iter().filter(|c| **c).count()
    }
}

/// Rounds of least squares at most; it converges in two or three.
const ROUNDS: usize = 8;

/// Finds the rigid pose on which the correlated cells agree best.
///
/// Every pair of correlated cells proposes a pose (so does every single cell with its own turn, and the registered pose): some thousand proposals
/// for fifty cells, all tried. A cell counts the more the nearer it lies (1 at the proposal, 0 at the tolerance), because a plain count lets a pose
/// drift by most of the tolerance to catch one stray more. The best is refined by least squares over its congruent cells until it no longer
/// gets better, and the refined pose is the one that counts.
pub(super) fn find(cells: &[Placed], registered: &Pose, parameters: &CompareParameters) -> Consensus {
    let able: Vec<&Placed> = cells.iter().filter(|c| c.correlated()).collect();
    let mut best = (support(&able, registered, parameters), *registered);
    let mut consider = |pose: Pose| {
        let found = support(&able, &pose, parameters);
        if found > best.0 {
            best = (found, pose);
        }
    };
    for (i, a) in able.iter().enumerate() {
        consider(single(a));
        for b in &able[i + 1..] {
            // Two cells whose turns differ by more than the tolerances allow cannot agree on one pose.
            let apart = wrap_angle(a.turn_rad - b.turn_rad).abs();
            if apart <= 2.0 * parameters.cell_tolerance_deg.to_radians()
                && let Some(pose) = fit(&[*a, *b])
            {
                consider(pose);
            }
        }
    }
    let (mut most, mut pose) = best;
    for _ in 0..ROUNDS {
        let members: Vec<&Placed> = able.iter().copied().filter(|c| c.agrees(&pose, parameters)).collect();
        let Some(next) = (if members.len() >= 2 { fit(&members) } else { None }) else { break };
        let refined = support(&able, &next, parameters);
        if refined <= most {
            break;
        }
        (pose, most) = (next, refined);
    }
    let congruent = cells.iter().map(|c| c.correlated() && c.agrees(&pose, parameters)).collect();
    Consensus { pose, congruent }
}

/// Support of a pose: each cell that agrees counts one less the square of its distance in units of the tolerance.
fn support(cells: &[&Placed], pose: &Pose, parameters: &CompareParameters) -> f64 {
    let square = parameters.cell_tolerance_um.powi(2).max(1e-9);
    cells
        .iter()
        .filter(|c| c.agrees(pose, parameters))
        .map(|c| {
            let (off, _) = c.residual(pose);
            1.0 - (off.x_um.powi(2) + off.y_um.powi(2)) / square
        })
        .sum()
}

/// The pose that one cell alone proposes.
fn single(cell: &Placed) -> Pose {
    let turned = Pose::new(-cell.turn_rad, 0.0, 0.0).apply(cell.found);
    Pose::new(-cell.turn_rad, cell.centre.x_um - turned.x_um, cell.centre.y_um - turned.y_um)
}

/// The rigid pose of least squares, cells weighted by their correlation (Horn 1987 in the plane), `None` where places coincide.
///
/// Where the cells' places span little, their own turns decide: each adds the leverage of a cell's own size.
fn fit(cells: &[&Placed]) -> Option<Pose> {
    let weight: f64 = cells.iter().map(|c| c.ccf).sum();
    if weight <= 0.0 {
        return None;
    }
    let mean = |f: &dyn Fn(&Placed) -> f64| cells.iter().map(|c| c.ccf * f(c)).sum::<f64>() / weight;
    let (cx, cy) = (mean(&|c| c.centre.x_um), mean(&|c| c.centre.y_um));
    let (fx, fy) = (mean(&|c| c.found.x_um), mean(&|c| c.found.y_um));
    let (mut dot, mut turn) = (0.0, 0.0);
    for c in cells {
        let (ax, ay) = (c.found.x_um - fx, c.found.y_um - fy);
        let (bx, by) = (c.centre.x_um - cx, c.centre.y_um - cy);
        let own = c.ccf * OWN_LEVER_UM * OWN_LEVER_UM;
        dot += c.ccf * (ax * bx + ay * by) + own * (-c.turn_rad).cos();
        turn += c.ccf * (ax * by - ay * bx) + own * (-c.turn_rad).sin();
    }
    if dot.hypot(turn) <= 0.0 {
        return None;
    }
    let theta = turn.atan2(dot);
    let moved = Pose::new(theta, 0.0, 0.0).apply(Point::new(fx, fy));
    Some(Pose::new(theta, cx - moved.x_um, cy - moved.y_um))
}

/// How much a cell's own turn counts against the places of cells: as much as two points this far apart. Its own turn is known to about 1 degree and
/// its place to about 5 um, so 5 um / 1 degree = 290 um.
const OWN_LEVER_UM: f64 = 290.0;
