//! Congruent matching cells: where each cell of one mark lies in the other.
//!
//! Source: J. Song, "Proposed NIST ballistics identification system", AFTE J. 45 (2013); J. Song et al., Forensic Sci. Int. 284 (2018). Each cell
//! is searched about the registered pose over all shifts of a window and a few turns on a coarse level, then settled to a fraction of a point and
//! degree on the fine one. Every correlation is masked on both sides, numerator and denominator alike, so that a partly empty cell is neither
//! punished nor favoured.
//!
//! The search is a plain sum over the cell's points for every shift: at 30 um a cell has 225 points and a window 225 shifts, fewer operations than
//! one small Fourier transform, and the inner loop runs along shifts, which the compiler turns into vector instructions.

use super::CompareParameters;
use super::consensus::{Placed, Tolerance};
use super::level::{Known, Level, Motion, Points, resample};
use crate::dsp::correlate::{MaskedMap, coefficient};
use crate::dsp::lanes::{LANES, Lanes, kernel};
use crate::geometry::{Point, Pose};
use crate::grid::HeightMap;
use std::collections::BTreeMap;

/// Pitch of the level on which cells are searched, um: carries the waves from 75 um on.
const SEARCH_PITCH_UM: f64 = 30.0;
/// Step of the search over turns, degrees: half a step moves a point of a cell at its mean distance from the centre (170 um) by 7 um, a tenth of
/// the shorter waves.
const TURN_STEP_DEG: f64 = 5.0;
/// Least share of a cell's known points that must meet known points of the other mark.
const MEETING_SHARE: f32 = 0.5;
/// Shifts along a row that the inner loop does at once; windows are padded to it.
const SHIFTS: usize = 2 * LANES;

/// The cells of a mark, and the mark as other marks' cells search it.
#[derive(Debug, Clone)]
pub(super) struct CellGrid {
    cells: Vec<CellPatch>,
    /// Points along a cell's side on the search level.
    side: usize,
    /// Largest shift, points of the search level.
    reach: usize,
    pitch_um: f64,
    level: Level,
}

#[derive(Debug, Clone)]
struct CellPatch {
    centre: Point,
    /// Known points on the search level.
    known: f32,
    /// Correlation that the cell must reach.
    needed: f64,
    /// Search level, row by row, mean taken out, 0 where missing.
    values: Vec<f32>,
    /// 1 where known; empty when all are.
    mask: Vec<f32>,
    /// Known points of the fine level, relative to the centre, um, with their value; see [`spread_out`].
    points: Points,
    /// How far the cell may lie off, in the own mark's frame.
    tolerance: Tolerance,
}

/// The other mark, seen in the frame of the cells at every turn of the search.
struct Views {
    turns: Vec<(f64, MaskedMap)>,
    half: isize,
}

impl CellGrid {
    /// Cuts a mark (`map` is its fine band, `fine` the level made of it about `hub`) into cells, centred on its hub, and keeps those that have enough
    /// values.
    pub fn of(map: &HeightMap, fine: &Level, hub: Point, parameters: &CompareParameters) -> Self {
        let pitch_um = SEARCH_PITCH_UM;
        let level = Level::of(&resample(map, pitch_um), hub, parameters.clip_sd);
        let cell_um = parameters.cell_um.max(4.0 * pitch_um);
        let side = (cell_um / pitch_um).round().clamp(4.0, 64.0) as usize;
        let reach = (parameters.cell_reach_um / pitch_um).round().clamp(1.0, 64.0) as usize;
        // A cell's points are binned in one pass over the mark.
        let mut inside: BTreeMap<(i32, i32), Vec<Known>> = BTreeMap::new();
        // Points come row by row: some thirty of one cell follow each other, strictly between its borders.
        let (mut run, mut run_of, mut borders) = (Vec::new(), (0, 0), [0f32; 4]);
        for (x, y, v) in fine.points.iter() {
            let [left, right, top, bottom] = borders;
            if !(left < x && x < right && top < y && y < bottom) {
                let at = |p: f32| (f64::from(p) / cell_um).round().clamp(-64.0, 64.0);
                let (column, row) = (at(x), at(y));
                let cell = (row as i32, column as i32);
                if cell != run_of && !run.is_empty() {
                    inside.entry(run_of).or_default().append(&mut run);
                }
                run_of = cell;
                borders = [column - 0.5, column + 0.5, row - 0.5, row + 0.5].map(|border| (border * cell_um) as f32);
            }
            let centre = |of: i32| (f64::from(of) * cell_um) as f32;
            run.push((x - centre(run_of.1), y - centre(run_of.0), v));
        }
        if !run.is_empty() {
            inside.entry(run_of).or_default().append(&mut run);
        }
        let full = (side * side) as f64;
        let mut map = MaskedMap { rows: 0, columns: 0, values: vec![], mask: vec![] };
        let mut cells = Vec::new();
        for ((row, column), points) in inside {
            let centre = Point::new(f64::from(column) * cell_um, f64::from(row) * cell_um);
            level.view(&Pose::IDENTITY, centre, side, pitch_um, &mut map);
            let known: f32 = map.mask.iter().sum();
            if f64::from(known) < parameters.cell_floor * full {
                continue;
            }
            // The mean of the cell is taken out, so that the search needs no further sums for it.
            let mean = map.values.iter().sum::<f32>() / known.max(1.0);
            map.values.iter_mut().zip(&map.mask).for_each(|(v, m)| *v -= mean * m);
            let complete = map.mask.iter().all(|m| *m > 0.0);
            cells.push(CellPatch {
                centre,
                known,
                // Chance correlates like one over the root of the points, so a half-empty cell has to reach more.
                needed: (parameters.cell_ccf * (full / f64::from(known)).sqrt()).min(1.0),
                tolerance: tolerance(fine, centre, &points, parameters),
                points: spread_out(&points),
                values: map.values.clone(),
                mask: if complete { Vec::new() } else { map.mask.clone() },
            });
        }
        Self { cells, side, reach, pitch_um, level }
    }

    /// Finds every cell in another mark about a registered pose (`own_from_other`, between hubs).
    ///
    /// A cell with too little overlap at every place has correlation 0 and `meets` false.
    pub fn search(
        &self,
        other: &CellGrid,
        fine: &Level,
        registered: &Pose,
        parameters: &CompareParameters,
    ) -> Vec<Placed> {
        let other_from_own = registered.inverse();
        let views = self.views(&other.level, &other_from_own, parameters);
        let mut work = Work::default();
        self.cells.iter().map(|cell| self.place(cell, &views, fine, &other_from_own, &mut work)).collect()
    }

    /// The other mark turned by every turn of the search, on a grid whose middle is the own hub: one view serves all cells.
    fn views(&self, other: &Level, other_from_own: &Pose, parameters: &CompareParameters) -> Views {
        let turns = (parameters.cell_reach_deg / TURN_STEP_DEG).round().clamp(0.0, 60.0) as i32;
        let farthest = self.cells.iter().map(|c| c.centre.x_um.hypot(c.centre.y_um)).fold(0.0, f64::max);
        let half = (farthest / self.pitch_um).ceil() as usize + self.side / 2 + self.reach + 2;
        let seen = |turn: i32| {
            let angle = (f64::from(turn) * TURN_STEP_DEG).to_radians();
            let pose = Pose::new(other_from_own.theta_rad + angle, other_from_own.dx_um, other_from_own.dy_um);
            let mut map = MaskedMap { rows: 0, columns: 0, values: vec![], mask: vec![] };
            other.view(&pose, Point::default(), 2 * half + 1, self.pitch_um, &mut map);
            (angle, map)
        };
        Views { turns: (-turns..=turns).map(seen).collect(), half: half as isize }
    }

    fn place(&self, cell: &CellPatch, views: &Views, fine: &Level, other_from_own: &Pose, work: &mut Work) -> Placed {
        // Pose of the cell: a point at `p` from its centre lies in the other mark at `home + R(theta + turn) (p + shift)`.
        let home = other_from_own.apply(cell.centre);
        let mut placed = Placed {
            centre: cell.centre,
            found: home,
            turn_rad: other_from_own.theta_rad,
            ccf: 0.0,
            needed: cell.needed,
            meets: false,
            area: f64::from(cell.known),
            tolerance: cell.tolerance,
        };
        let mut best: Option<(f32, f64, Point)> = None;
        let shifts = 2 * self.reach + 1;
        for (turn, view) in &views.turns {
            // The view turns about the hub, not about the cell: the cell's home lies elsewhere in it, between points of its grid.
            let there = Pose::new(-turn, 0.0, 0.0).apply(cell.centre);
            // With an even number of points along a side, a cell's first point lies half a point off its centre.
            let first = |p: f64| p / self.pitch_um - (self.side as f64 - 1.0) / 2.0;
            let (column, row) = (first(there.x_um).round(), first(there.y_um).round());
            let off =
                Point::new((column - first(there.x_um)) * self.pitch_um, (row - first(there.y_um)) * self.pitch_um);
            let corner = |p: f64| p as isize + views.half - self.reach as isize;
            let Some((strength, i)) = work.best(self, cell, view, corner(row), corner(column)) else { continue };
            if best.is_none_or(|b| strength > b.0) {
                let step = |n: usize| (n as f64 - self.reach as f64) * self.pitch_um;
                let shift = Point::new(step(i % shifts) + off.x_um, step(i / shifts) + off.y_um);
                best = Some((strength, *turn, shift));
            }
        }
        let Some((_, start, shift)) = best else { return placed };
        let (ccf, turn, shift) = settle(cell, fine, other_from_own.theta_rad, home, start, shift);
        let angle = other_from_own.theta_rad + turn;
        placed.found = Pose::new(angle, home.x_um, home.y_um).apply(shift);
        placed.turn_rad = angle;
        placed.ccf = ccf;
        placed.meets = true;
        placed
    }
}

/// Buffers of the search of one cell.
#[derive(Default)]
struct Work {
    window: Vec<f32>,
    known: Vec<f32>,
    sums: Vec<f32>,
    overlap: Vec<f32>,
}

impl Work {
    /// The best shift of a cell in a view: its strength (correlation sum over the root of the overlap) and its index.
    fn best(
        &mut self,
        grid: &CellGrid,
        cell: &CellPatch,
        view: &MaskedMap,
        row: isize,
        column: isize,
    ) -> Option<(f32, usize)> {
        let shifts = 2 * grid.reach + 1;
        let side = grid.side + 2 * grid.reach;
        let wide = side + SHIFTS;
        self.window.clear();
        self.window.resize(side * wide, 0.0);
        self.known.clear();
        self.known.resize(side * wide, 0.0);
        let mut count = 0.0;
        for r in 0..side {
            let from = row + r as isize;
            if from < 0 || from >= view.rows as isize {
                continue;
            }
            let (low, high) = (column.max(0), (column + side as isize).min(view.columns as isize));
            if low >= high {
                continue;
            }
            let source = from as usize * view.columns + low as usize..from as usize * view.columns + high as usize;
            let target = r * wide + (low - column) as usize;
            let length = (high - low) as usize;
            self.window[target..target + length].copy_from_slice(&view.values[source.clone()]);
            self.known[target..target + length].copy_from_slice(&view.mask[source]);
            count += self.known[target..target + length].iter().sum::<f32>();
        }
        let least = MEETING_SHARE * cell.known;
        if count < least {
            return None;
        }
        slide(&self.window, wide, &cell.values, grid.side, shifts, &mut self.sums);
        let all_known = count >= (side * side) as f32;
        if !all_known {
            if cell.mask.is_empty() {
                boxes(&self.known, wide, grid.side, shifts, &mut self.overlap);
            } else {
                slide(&self.known, wide, &cell.mask, grid.side, shifts, &mut self.overlap);
            }
        }
        let mut best: Option<(f32, usize)> = None;
        for (i, sum) in self.sums.iter().enumerate() {
            let n = if all_known { cell.known } else { self.overlap[i] };
            if n >= least && *sum > 0.0 {
                let strength = sum / n.sqrt();
                if best.is_none_or(|b| strength > b.0) {
                    best = Some((strength, i));
                }
            }
        }
        best
    }
}

kernel! {
    /// `out[dy][dx] = sum over r, c of cell[r][c] * window[r + dy][c + dx]` for all shifts from 0 to `shifts - 1`.
    fn slide = slide_of(window: &[f32], wide: usize, cell: &[f32], side: usize, shifts: usize, out: &mut Vec<f32>)
}

/// Rows of shifts that the inner loop does at once: their sums are independent, so that none waits for another's addition.
const ROWS: usize = 3;

#[inline(always)]
fn slide_of<L: Lanes>(window: &[f32], wide: usize, cell: &[f32], side: usize, shifts: usize, out: &mut Vec<f32>) {
    out.clear();
    out.resize(shifts * shifts, 0.0);
    for first in (0..shifts).step_by(SHIFTS) {
        let count = SHIFTS.min(shifts - first);
        for dy in (0..shifts).step_by(ROWS) {
            let mut sums = [[L::zero(); 2]; ROWS];
            for (r, values) in cell.chunks_exact(side).enumerate() {
                let mut lines = [&window[..0]; ROWS];
                for (more, line) in lines.iter_mut().enumerate() {
                    // A row beyond the window's last one belongs to a shift that is not asked for.
                    let row = (r + dy + more).min(side + shifts - 2);
                    *line = &window[row * wide + first..row * wide + first + side + SHIFTS - 1];
                }
                for (c, &value) in values.iter().enumerate() {
                    let value = L::splat(value);
                    for (sums, line) in sums.iter_mut().zip(&lines) {
                        let (near, _) = line[c..c + SHIFTS].as_chunks::<LANES>();
                        sums[0] = sums[0].plus_product(value, L::load(&near[0]));
                        sums[1] = sums[1].plus_product(value, L::load(&near[1]));
                    }
                }
            }
            for (more, sums) in sums.iter().enumerate().take(shifts - dy) {
                let at = (dy + more) * shifts + first;
                let all = [sums[0].store(), sums[1].store()];
                out[at..at + count].copy_from_slice(&all.as_flattened()[..count]);
            }
        }
    }
}

/// [`slide`] for a cell all of whose points are known: sums over boxes, first along rows, then along columns.
fn boxes(known: &[f32], wide: usize, side: usize, shifts: usize, out: &mut Vec<f32>) {
    let rows = side + shifts - 1;
    let along: Vec<f32> = (0..rows)
        .flat_map(|r| (0..shifts).map(move |dx| known[r * wide + dx..r * wide + dx + side].iter().sum::<f32>()))
        .collect();
    out.clear();
    for dy in 0..shifts {
        for dx in 0..shifts {
            out.push((0..side).map(|r| along[(r + dy) * shifts + dx]).sum());
        }
    }
}

/// How far a cell may lie off the consensus: an ellipse as large as the circle of `cell_tolerance_um`, drawn out along the direction in which the
/// cell's correlation peak is broad.
///
/// The curvature of a cell's own correlation peak is the sum of the squares of its slopes (its structure tensor). On a granular face it is the same in all
/// directions and the ellipse a circle; on a striated one the cell is free to slide along the groove and well placed across it. The area stays, so that chance
/// brings unrelated cells into the ellipse as often as into the circle.
fn tolerance(fine: &Level, centre: Point, points: &[Known], parameters: &CompareParameters) -> Tolerance {
    let tensor = structure(fine, centre, points);
    Tolerance::of(tensor, parameters.cell_tolerance_um, parameters.cell_anisotropy.max(1.0))
}

kernel! {
    /// The sums over a cell's points of the products of the slopes of `fine` there: xx, xy, yy.
    fn structure = structure_of(fine: &Level, centre: Point, points: &[Known]) -> [f64; 3]
}

#[inline(always)]
fn structure_of<L: Lanes>(fine: &Level, centre: Point, points: &[Known]) -> [f64; 3] {
    let (mut xx, mut xy, mut yy) = (0f64, 0f64, 0f64);
    for group in points.chunks(LANES) {
        let (mut x, mut y) = ([f64::INFINITY; LANES], [f64::INFINITY; LANES]);
        for (k, point) in group.iter().enumerate() {
            (x[k], y[k]) = (centre.x_um + f64::from(point.0), centre.y_um + f64::from(point.1));
        }
        // Central differences: those of neighbouring points are half noise. Without a closure, which would not be inlined.
        let mut around = [[0f32; LANES]; 4];
        let steps = [(fine.pitch_um, 0.0), (-fine.pitch_um, 0.0), (0.0, fine.pitch_um), (0.0, -fine.pitch_um)];
        for (value, (along, down)) in around.iter_mut().zip(steps) {
            let (mut there_x, mut there_y) = ([0f32; LANES], [0f32; LANES]);
            for k in 0..LANES {
                (there_x[k], there_y[k]) = ((x[k] + along) as f32, (y[k] + down) as f32);
            }
            *value = fine.values_at(L::load(&there_x), L::load(&there_y)).store();
        }
        let [right, left, below, above] = around;
        for k in 0..group.len() {
            let (gx, gy) = (f64::from(right[k] - left[k]), f64::from(below[k] - above[k]));
            if gx.is_finite() && gy.is_finite() {
                xx += gx * gx;
                xy += gx * gy;
                yy += gy * gy;
            }
        }
    }
    [xx, xy, yy]
}

/// Points in such an order that a leading part of them covers the cell evenly: every third, then the next ones, then the rest.
fn spread_out(points: &[Known]) -> Points {
    (0..3).flat_map(|first| points.iter().copied().skip(first).step_by(3)).collect()
}

/// Correlation of the leading `share` of a cell's fine points with the other mark at a turn and shift.
fn fine_ccf(cell: &CellPatch, fine: &Level, theta_rad: f64, home: Point, shift: (f64, f64), share: f64) -> f64 {
    let at = Pose::new(theta_rad, home.x_um, home.y_um);
    let corner = at.apply(Point::new(shift.0, shift.1));
    let motion = Motion::of(&Pose::new(theta_rad, corner.x_um, corner.y_um));
    let groups = (cell.points.len() as f64 * share / LANES as f64).ceil() as usize;
    let [n, a, b, aa, bb, ab] = cell_sums(&cell.points, groups, fine, &motion);
    if n < MEETING_SHARE * (groups * LANES).min(cell.points.len()) as f32 {
        return 0.0;
    }
    f64::from(coefficient(n, a, b, aa, bb, ab))
}

kernel! {
    /// Number of common points and sums of own and other values, of their squares and products, over the first `groups` of points.
    fn cell_sums = cell_sums_of(points: &Points, groups: usize, fine: &Level, motion: &Motion) -> [f32; 6]
}

#[inline(always)]
fn cell_sums_of<L: Lanes>(points: &Points, groups: usize, fine: &Level, motion: &Motion) -> [f32; 6] {
    let [mut n, mut a, mut b, mut aa, mut bb, mut ab] = [L::zero(); 6];
    let (xs, ys, vs) = points.groups();
    for ((x, y), v) in xs.iter().zip(ys).zip(vs).take(groups) {
        let (there_x, there_y) = motion.apply(L::load(x), L::load(y));
        let found = fine.values_at(there_x, there_y);
        let (w, other) = (found.known(), found.filled());
        let own = L::load(v).times(w);
        n = n.plus(w);
        a = a.plus(own);
        b = b.plus(other);
        aa = aa.plus_product(own, own);
        bb = bb.plus_product(other, other);
        ab = ab.plus_product(own, other);
    }
    [n, a, b, aa, bb, ab].map(|lanes| lanes.store().iter().sum())
}

/// A cell whose correlation after the first round lies below this share of what it needs is left there: the second round adds some hundredths.
const HOPELESS_SHARE: f64 = 0.7;

/// Climbs from the place found on the grid: along x, y and turn, first by a third of the points, then by half of them in half the steps; returns the
/// correlation of all points, turn and shift.
fn settle(cell: &CellPatch, fine: &Level, theta_rad: f64, home: Point, turn: f64, shift: Point) -> (f64, f64, Point) {
    let mut at = [shift.x_um, shift.y_um, turn];
    let mut step = [fine.pitch_um * 0.8, fine.pitch_um * 0.8, TURN_STEP_DEG.to_radians() / 2.0];
    for share in [1.0 / 3.0, 0.5] {
        let value = |p: &[f64; 3]| fine_ccf(cell, fine, theta_rad + p[2], home, (p[0], p[1]), share);
        let mut now = value(&at);
        for axis in 0..3 {
            let (mut before, mut after) = (at, at);
            before[axis] -= step[axis];
            after[axis] += step[axis];
            let (low, high) = (value(&before), value(&after));
            let bend = low - 2.0 * now + high;
            let part = if bend < 0.0 {
                (0.5 * (low - high) / bend).clamp(-1.0, 1.0)
            } else if high > low {
                1.0
            } else {
                -1.0
            };
            let mut next = at;
            next[axis] += part * step[axis];
            for (place, ccf) in [(next, value(&next)), (before, low), (after, high)] {
                if ccf > now {
                    (at, now) = (place, ccf);
                }
            }
        }
        if now < HOPELESS_SHARE * cell.needed {
            break;
        }
        step = step.map(|s| s * 0.5);
    }
    let all = fine_ccf(cell, fine, theta_rad + at[2], home, (at[0], at[1]), 1.0);
    (all, at[2], Point::new(at[0], at[1]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn the_sliding_sums_are_those_of_the_definition(side in 1usize..9, reach in 0usize..11, seed in prop::collection::vec(-2.0..2.0f32, 2000)) {
            let shifts = 2 * reach + 1;
            let rows = side + shifts - 1;
            let wide = rows + SHIFTS;
            let cell = &seed[..side * side];
            let mut window = vec![0.0; rows * wide];
            let mut known = window.clone();
            for r in 0..rows {
                for c in 0..rows {
                    window[r * wide + c] = seed[100 + r * rows + c];
                    known[r * wide + c] = f32::from(u8::from(seed[100 + r * rows + c] > -1.0));
                }
            }
            let (mut sums, mut counts) = (Vec::new(), Vec::new());
            slide(&window, wide, cell, side, shifts, &mut sums);
            boxes(&known, wide, side, shifts, &mut counts);
            prop_assert_eq!(sums.len(), shifts * shifts);
            for dy in 0..shifts {
                for dx in 0..shifts {
                    let (mut sum, mut count) = (0f64, 0f32);
                    for r in 0..side {
                        for c in 0..side {
                            sum += f64::from(cell[r * side + c] * window[(r + dy) * wide + c + dx]);
                            count += known[(r + dy) * wide + c + dx];
                        }
                    }
                    prop_assert!((f64::from(sums[dy * shifts + dx]) - sum).abs() < 1e-3);
                    prop_assert_eq!(counts[dy * shifts + dx], count);
                }
            }
        }
    }
}
