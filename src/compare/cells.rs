//! Congruent matching cells: where each cell of the reference mark lies in the comparison mark.
//!
//! Source: J. Song, "Proposed NIST ballistics identification system", AFTE J. 45 (2013); J. Song et al., Forensic Sci. Int. 284 (2018). Each cell
//! is searched about the registered pose over all shifts of a window and a few turns on the fine level, then settled to a fraction of a point and
//! degree. Every correlation is masked on both sides, numerator and denominator alike, so that a partly empty cell is neither punished nor favoured.

use super::CompareParameters;
use super::consensus::Placed;
use super::level::Level;
use crate::dsp::correlate::{MaskedMap, coefficient};
use crate::dsp::fft::{Plan, Scratch, Spectrum, fast_size};
use crate::geometry::{Point, Pose};
use std::sync::Arc;

/// Step of the search over turns, degrees: half a step moves a point of a cell at its mean distance from the centre (170 um) by 7 um, a tenth of
/// the shorter waves.
const TURN_STEP_DEG: f64 = 5.0;
/// Least share of a cell's known points that must meet known points of the comparison mark.
const MEETING_SHARE: f32 = 0.5;

/// The cells of a reference mark, transformed for the search.
#[derive(Debug)]
pub(super) struct CellGrid {
    cells: Vec<CellPatch>,
    plan: Arc<Plan>,
    side: usize,
    reach: usize,
    pitch_um: f64,
}

#[derive(Debug)]
struct CellPatch {
    centre: Point,
    known: f32,
    /// Correlation that the cell must reach.
    needed: f64,
    values: Spectrum,
    mask: Spectrum,
    /// Known points, relative to the centre, um, with their value.
    points: Vec<(f32, f32, f32)>,
}

impl CellGrid {
    /// Cuts the reference mark into cells, centred on its hub, and keeps those that have enough values.
    pub fn of(fine: &Level, parameters: &CompareParameters) -> Self {
        let pitch_um = fine.pitch_um;
        let cell_um = parameters.cell_um.max(4.0 * pitch_um);
        let side = (cell_um / pitch_um).round().clamp(4.0, 128.0) as usize;
        let reach = (parameters.cell_reach_um / pitch_um).round().clamp(1.0, 128.0) as usize;
        let size = fast_size(side + 2 * reach);
        let plan = Plan::of(size, size);
        let each_way = ((fine.radius_um / cell_um).ceil() as i32).clamp(0, 64);
        let mut scratch = Scratch::default();
        let mut map = MaskedMap { rows: 0, columns: 0, values: vec![], mask: vec![] };
        let mut cells = Vec::new();
        for row in -each_way..=each_way {
            for column in -each_way..=each_way {
                let centre = Point::new(f64::from(column) * cell_um, f64::from(row) * cell_um);
                fine.view(&Pose::IDENTITY, centre, side, pitch_um, &mut map);
                let known: f32 = map.mask.iter().sum();
                if f64::from(known) < parameters.cell_floor * (side * side) as f64 {
                    continue;
                }
                let half = (cell_um / 2.0) as f32;
                let inside = fine.points.iter().filter_map(|&(x, y, v)| {
                    let (x, y) = (x - centre.x_um as f32, y - centre.y_um as f32);
                    (x >= -half && x < half && y >= -half && y < half).then_some((x, y, v))
                });
                // The mean of the cell is taken out, so that the search needs no further sums for it.
                let mean = map.values.iter().sum::<f32>() / known.max(1.0);
                map.values.iter_mut().zip(&map.mask).for_each(|(v, m)| *v -= mean * m);
                cells.push(CellPatch {
                    centre,
                    known,
                    // Chance correlates like one over the root of the points, so a half-empty cell has to reach more.
                    needed: (parameters.cell_ccf * ((side * side) as f64 / f64::from(known)).sqrt()).min(1.0),
                    values: plan.forward(&map.values, side, side, &mut scratch),
                    mask: plan.forward(&map.mask, side, side, &mut scratch),
                    points: inside.collect(),
                });
            }
        }
        Self { cells, plan, side, reach, pitch_um }
    }

    /// Finds every cell in the comparison mark about a registered pose (`ref_from_cmp`, between hubs).
    ///
    /// A cell with too little overlap at every place has correlation 0 and `meets` false.
    pub fn search(
        &self,
        comparison: &Level,
        registered: &Pose,
        parameters: &CompareParameters,
        scratch: &mut Scratch,
    ) -> Vec<Placed> {
        let cmp_from_ref = registered.inverse();
        self.cells.iter().map(|cell| self.place(cell, comparison, &cmp_from_ref, parameters, scratch)).collect()
    }

    fn place(
        &self,
        cell: &CellPatch,
        comparison: &Level,
        cmp_from_ref: &Pose,
        parameters: &CompareParameters,
        scratch: &mut Scratch,
    ) -> Placed {
        // Pose of the cell: a point at `p` from its centre lies in the comparison mark at `home + R(theta + turn) (p + shift)`.
        let home = cmp_from_ref.apply(cell.centre);
        let nowhere = Placed {
            centre: cell.centre,
            found: home,
            turn_rad: cmp_from_ref.theta_rad,
            ccf: 0.0,
            needed: cell.needed,
            meets: false,
        };
        let window = self.side + 2 * self.reach;
        let turns = (parameters.cell_reach_deg / TURN_STEP_DEG).round().clamp(0.0, 60.0) as i32;
        let mut map = MaskedMap { rows: 0, columns: 0, values: vec![], mask: vec![] };
        let (mut overlap, mut sums) = (Vec::new(), Vec::new());
        let mut best: Option<(f32, i32, usize)> = None;
        let side = 2 * self.reach + 1;
        for turn in -turns..=turns {
            let angle = cmp_from_ref.theta_rad + (f64::from(turn) * TURN_STEP_DEG).to_radians();
            let view = Pose::new(angle, home.x_um, home.y_um);
            comparison.view(&view, Point::default(), window, self.pitch_um, &mut map);
            if map.mask.iter().sum::<f32>() < MEETING_SHARE * cell.known {
                continue;
            }
            let values = self.plan.forward(&map.values, window, window, scratch);
            if map.mask.iter().all(|m| *m > 0.0) {
                overlap.clear();
                overlap.resize(side * side, cell.known);
            } else {
                let mask = self.plan.forward(&map.mask, window, window, scratch);
                self.slide(&mask, &cell.mask, &mut overlap, scratch);
            }
            self.slide(&values, &cell.values, &mut sums, scratch);
            for (i, (sum, n)) in sums.iter().zip(&overlap).enumerate() {
                if *n >= MEETING_SHARE * cell.known && *sum > 0.0 {
                    let strength = sum / n.sqrt();
                    if best.is_none_or(|b| strength > b.0) {
                        best = Some((strength, turn, i));
                    }
                }
            }
        }
        let Some((_, turn, i)) = best else { return nowhere };
        let shift = Point::new(
            ((i % side) as f64 - self.reach as f64) * self.pitch_um,
            ((i / side) as f64 - self.reach as f64) * self.pitch_um,
        );
        let start = (f64::from(turn) * TURN_STEP_DEG).to_radians();
        let (ccf, turn, shift) = settle(cell, comparison, cmp_from_ref.theta_rad, home, start, shift);
        let angle = cmp_from_ref.theta_rad + turn;
        Placed {
            centre: cell.centre,
            found: Pose::new(angle, home.x_um, home.y_um).apply(shift),
            turn_rad: angle,
            ccf,
            needed: cell.needed,
            meets: true,
        }
    }

    /// Correlation of a window with a cell for every place of the cell's corner in it, row by row, from corner to corner.
    fn slide(&self, window: &Spectrum, cell: &Spectrum, out: &mut Vec<f32>, scratch: &mut Scratch) {
        self.plan.inverse_corner(|i| window.values[i] * cell.values[i].conj(), 2 * self.reach + 1, out, scratch);
    }
}

/// Correlation of a cell's fine points with the comparison mark at a turn and shift.
fn fine_ccf(cell: &CellPatch, fine: &Level, theta_rad: f64, home: Point, shift: (f64, f64)) -> f64 {
    let at = Pose::new(theta_rad, home.x_um, home.y_um);
    let corner = at.apply(Point::new(shift.0, shift.1));
    let (s, c) = theta_rad.sin_cos();
    let (s, c, x0, y0) = (s as f32, c as f32, corner.x_um as f32, corner.y_um as f32);
    let mut t = [0f32; 6];
    for &(x, y, a) in &cell.points {
        let [b, w] = fine.at(x0 + c * x - s * y, y0 + s * x + c * y);
        t[0] += w;
        t[1] += a * w;
        t[2] += b;
        t[3] += a * a * w;
        t[4] += b * b;
        t[5] += a * b;
    }
    if t[0] < MEETING_SHARE * cell.points.len() as f32 {
        return 0.0;
    }
    f64::from(coefficient(t[0], t[1], t[2], t[3], t[4], t[5]))
}

/// Climbs from the place found on the grid: along x, y and turn in ever smaller steps; returns correlation, turn and shift.
fn settle(cell: &CellPatch, fine: &Level, theta_rad: f64, home: Point, turn: f64, shift: Point) -> (f64, f64, Point) {
    let mut at = [shift.x_um, shift.y_um, turn];
    let value = |p: &[f64; 3]| fine_ccf(cell, fine, theta_rad + p[2], home, (p[0], p[1]));
    let mut now = value(&at);
    let mut step = [fine.pitch_um * 0.8, fine.pitch_um * 0.8, TURN_STEP_DEG.to_radians() / 2.0];
    for _ in 0..2 {
        for axis in 0..3 {
            let (mut before, mut after) = (at, at);
            before[axis] -= step[axis];
            after[axis] += step[axis];
            let (low, high) = (value(&before), value(&after));
            let bend = low - 2.0 * now + high;
            let share = if bend < 0.0 {
                (0.5 * (low - high) / bend).clamp(-1.0, 1.0)
            } else if high > low {
                1.0
            } else {
                -1.0
            };
            let mut next = at;
            next[axis] += share * step[axis];
            for (place, ccf) in [(next, value(&next)), (before, low), (after, high)] {
                if ccf > now {
                    (at, now) = (place, ccf);
                }
            }
        }
        step = step.map(|s| s * 0.5);
    }
    (now, at[2], Point::new(at[0], at[1]))
}
