//! The pose on which the cells of both marks agree, found exhaustively and refined by least squares.

use super::CompareParameters;
use crate::geometry::{Point, Pose, wrap_angle};

/// An ellipse of allowed offsets: `xx x^2 + 2 xy x y + yy y^2 <= 1`, um.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tolerance {
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Tolerance {
    /// The ellipse for a structure tensor (xx, xy, yy): of the area of a circle of `radius_um`, its axes along those of the tensor, the longer at most
    /// `most` times the shorter.
    pub fn of(tensor: [f64; 3], radius_um: f64, most: f64) -> Self {
        let [xx, xy, yy] = tensor;
        let (mean, apart) = ((xx + yy) / 2.0, ((xx - yy) / 2.0).hypot(xy));
        let (steep, flat) = (mean + apart, (mean - apart).max(0.0));
        // A broad peak is one over its curvature wide: widths go like the root of one over the eigenvalues.
        let ratio = if steep > 0.0 && flat * most * most > steep {
            (steep / flat).sqrt()
        } else if steep > 0.0 {
            most
        } else {
            1.0
        };
        let radius = radius_um.max(1e-3);
        let (across, along) = (1.0 / (radius * radius / ratio), 1.0 / (radius * radius * ratio));
        let way = 0.5 * (2.0 * xy).atan2(xx - yy);
        let (s, c) = way.sin_cos();
        Self { xx: across * c * c + along * s * s, xy: (across - along) * s * c, yy: across * s * s + along * c * c }
    }

    /// The same ellipse seen from a frame in which this one is turned by `theta_rad`.
    pub fn turned(&self, theta_rad: f64) -> Self {
        let (s, c) = theta_rad.sin_cos();
        Self {
            xx: c * c * self.xx - 2.0 * s * c * self.xy + s * s * self.yy,
            xy: s * c * (self.xx - self.yy) + (c * c - s * s) * self.xy,
            yy: s * s * self.xx + 2.0 * s * c * self.xy + c * c * self.yy,
        }
    }

    /// The square of an offset in units of the ellipse: 1 on its edge.
    fn square(&self, off: Point) -> f64 {
        self.xx * off.x_um * off.x_um + 2.0 * self.xy * off.x_um * off.y_um + self.yy * off.y_um * off.y_um
    }
}

/// A cell of one mark and where it was found in the other; both in the frames of the hubs.
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
    /// Area with values, in any unit.
    pub area: f64,
    /// How far it may lie off, in the reference mark's frame.
    pub tolerance: Tolerance,
}

impl Placed {
    /// A cell of the comparison mark that was sought in the reference mark, told as if it had been sought the other way.
    pub fn reversed(&self) -> Self {
        Self {
            centre: self.found,
            found: self.centre,
            turn_rad: -self.turn_rad,
            tolerance: self.tolerance.turned(self.turn_rad),
            ..*self
        }
    }

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

    /// Whether the cell reaches its correlation where a pose puts it.
    pub fn congruent(&self, pose: &Pose, parameters: &CompareParameters) -> bool {
        self.correlated() && Trial::of(pose, parameters).square(self) <= 1.0
    }
}

/// A pose on trial, its sine and cosine worked out.
struct Trial {
    pose: Pose,
    sin: f64,
    cos: f64,
    most_turn: f64,
}

impl Trial {
    fn of(pose: &Pose, parameters: &CompareParameters) -> Self {
        let (sin, cos) = pose.theta_rad.sin_cos();
        Self { pose: *pose, sin, cos, most_turn: parameters.cell_tolerance_deg.to_radians() }
    }

    /// The square of a cell's offset in units of its tolerance; infinite where its turn is off.
    fn square(&self, cell: &Placed) -> f64 {
        let turn = wrap_angle(cell.turn_rad + self.pose.theta_rad);
        // False for NaN too.
        if turn.abs() <= self.most_turn { cell.tolerance.square(self.offset(cell)) } else { f64::INFINITY }
    }

    fn offset(&self, cell: &Placed) -> Point {
        let (x, y) = (cell.found.x_um, cell.found.y_um);
        Point::new(
            self.cos * x - self.sin * y + self.pose.dx_um - cell.centre.x_um,
            self.sin * x + self.cos * y + self.pose.dy_um - cell.centre.y_um,
        )
    }

    /// Each cell that agrees counts one less the square of its offset, because a plain count lets a pose drift by most of the tolerance to catch one
    /// stray more.
    fn support(&self, cells: &[&Placed]) -> f64 {
        cells.iter().map(|c| (1.0 - self.square(c)).max(0.0)).sum()
    }
}

/// Rounds of least squares at most; it converges in two or three.
const ROUNDS: usize = 8;

/// Finds the rigid pose on which the correlated cells (of both directions, see [`Placed::reversed`]) agree best.
///
/// The registered pose is refined by least squares over the cells that agree with it. Where more than half of all cells then agree, no other pose can
/// have more of them. Else every pair of cells that lie equally far apart in both marks proposes a pose, and so does every single cell with its own turn:
/// all are tried, and the best is refined until it no longer gets better.
pub(super) fn find(cells: &[Placed], registered: &Pose, parameters: &CompareParameters) -> Pose {
    let able: Vec<&Placed> = cells.iter().filter(|c| c.correlated()).collect();
    let mut best = refined(&able, *registered, parameters);
    let trial = Trial::of(&best.1, parameters);
    if 2 * able.iter().filter(|c| trial.square(c) <= 1.0).count() > able.len() {
        return best.1;
    }
    let mut proposed = best;
    let mut consider = |pose: Pose| {
        let found = Trial::of(&pose, parameters).support(&able);
        if found > proposed.0 {
            proposed = (found, pose);
        }
    };
    let most_turn = 2.0 * parameters.cell_tolerance_deg.to_radians();
    let most_apart = 2.0 * parameters.cell_tolerance_um;
    for (i, a) in able.iter().enumerate() {
        consider(single(a));
        for b in &able[i + 1..] {
            // Two cells whose distances or turns differ by more than the tolerances allow cannot agree on one pose.
            let apart = a.centre.distance_um(b.centre) - a.found.distance_um(b.found);
            if apart.abs() <= most_apart
                && wrap_angle(a.turn_rad - b.turn_rad).abs() <= most_turn
                && let Some(pose) = fit(&[*a, *b])
            {
                consider(pose);
            }
        }
    }
    if proposed.0 > best.0 {
        best = refined(&able, proposed.1, parameters);
    }
    best.1
}

/// Least squares over the cells that agree, as long as their support grows.
fn refined(able: &[&Placed], start: Pose, parameters: &CompareParameters) -> (f64, Pose) {
    let mut best = (Trial::of(&start, parameters).support(able), start);
    for _ in 0..ROUNDS {
        let trial = Trial::of(&best.1, parameters);
        let members: Vec<&Placed> = able.iter().copied().filter(|c| trial.square(c) <= 1.0).collect();
        let Some(next) = (if members.len() >= 2 { step(&trial, &members) } else { None }) else { break };
        let support = Trial::of(&next, parameters).support(able);
        if support <= best.0 {
            break;
        }
        best = (support, next);
    }
    best
}

/// One Gauss-Newton step from a pose: least squares of the members' offsets in units of their tolerances, weighted by their correlations, so that a cell
/// which may slide along a groove says nothing about that direction. Each cell's own turn counts with [`OWN_LEVER_UM`].
fn step(trial: &Trial, members: &[&Placed]) -> Option<Pose> {
    let mut h = [[0f64; 3]; 3];
    let mut g = [0f64; 3];
    for cell in members {
        let off = trial.offset(cell);
        let t = &cell.tolerance;
        // How the offset moves with the turn, in um a milliradian, so that the sums are of one size.
        let turned = (cell.centre.x_um + off.x_um - trial.pose.dx_um, cell.centre.y_um + off.y_um - trial.pose.dy_um);
        let columns = [(1.0, 0.0), (0.0, 1.0), (-turned.1 * 1e-3, turned.0 * 1e-3)];
        let weighted = |p: (f64, f64)| (t.xx * p.0 + t.xy * p.1, t.xy * p.0 + t.yy * p.1);
        for (i, a) in columns.iter().enumerate() {
            let w = weighted(*a);
            for (j, b) in columns.iter().enumerate() {
                h[i][j] += cell.ccf * (w.0 * b.0 + w.1 * b.1);
            }
            g[i] -= cell.ccf * (w.0 * off.x_um + w.1 * off.y_um);
        }
        let own = cell.ccf * (t.xx + t.yy) / 2.0 * OWN_LEVER_UM * OWN_LEVER_UM * 1e-6;
        h[2][2] += own;
        g[2] -= own * wrap_angle(cell.turn_rad + trial.pose.theta_rad) * 1e3;
    }
    let upper = [h[0][0], h[0][1], h[0][2], h[1][1], h[1][2], h[2][2]];
    let [dx, dy, turn] = super::refine::solve(upper, g, 1e-9)?;
    Some(Pose::new(trial.pose.theta_rad + turn * 1e-3, trial.pose.dx_um + dx, trial.pose.dy_um + dy))
}

/// The pose that some cells alone agree on, from where all agree: for telling how well the two directions do.
pub(super) fn of_some(cells: &[&Placed], start: &Pose, parameters: &CompareParameters) -> Option<Pose> {
    if cells.len() < 3 {
        return None;
    }
    let mut pose = *start;
    for _ in 0..2 {
        pose = step(&Trial::of(&pose, parameters), cells)?;
    }
    Some(pose)
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
