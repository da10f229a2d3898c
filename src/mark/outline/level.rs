//! The levels of an acquisition: planes that hold many cells, and the gently curved surface that each of them belongs to.
//!
//! A breech face is flat, so what it pressed lies on one plane but for the primer's springing back; flow-back, plug, roll-off, pocket and head lie on
//! others or on none. Planes are found one after the other by random sampling (Fischler and Bolles 1981) from a fixed sequence.

use super::OutlineParameters;
use super::coarse::Coarse;
use crate::geometry::Point;
use ndarray::{Array2, Zip};

/// Unit of places in the polynomials, um.
const UNIT_UM: f64 = 2_000.0;
/// Planes looked for: head, breech face, plug and floor of the pocket.
const PLANES: usize = 5;
/// Planes tried for each.
const HYPOTHESES: usize = 400;
/// Cells that judge a plane.
const JURY: usize = 1_500;
/// Steepest plane, um per um: an acquisition that is more askew is not worth outlining.
const STEEPEST: f64 = 0.18;
/// Fewest cells on a plane.
const LEAST_CELLS: usize = 300;
/// Cells that a fit looks at.
const MOST_CELLS: usize = 8_000;
/// Tukey's constant: 95 % efficiency on normal residuals.
const BIWEIGHT: f64 = 4.685;
/// Median absolute deviation to standard deviation.
const MAD_TO_SD: f64 = 1.4826;

/// A gently curved surface: coefficients of {1, x, y, x2, xy, y2}, um, x and y in units of 2 mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level(pub [f64; 6]);

impl Level {
    /// Height, um.
    pub fn at(&self, place: Point) -> f64 {
        terms(place).iter().zip(&self.0).map(|(t, c)| t * c).sum()
    }

    /// Slope of the surface at the origin, um per um.
    pub fn slope(&self) -> f64 {
        self.0[1].hypot(self.0[2]) / UNIT_UM
    }

    /// Greatest and least curvature, 1/um.
    pub fn curvatures(&self) -> (f64, f64) {
        let [_, _, _, xx, xy, yy] = self.0;
        let (mean, half) = (xx + yy, (xx - yy).hypot(xy));
        let (a, b) = ((mean + half) / (UNIT_UM * UNIT_UM), (mean - half) / (UNIT_UM * UNIT_UM));
        if a.abs() > b.abs() { (a, b) } else { (b, a) }
    }

    /// Heights above it, um.
    pub fn residuals(&self, coarse: &Coarse) -> Array2<f32> {
        let map = &coarse.map;
        let mut out = map.z.clone();
        for ((row, column), z) in out.indexed_iter_mut() {
            *z = (f64::from(*z) - self.at(map.point_at(row as f64, column as f64))) as f32;
        }
        out
    }
}

fn terms(place: Point) -> [f64; 6] {
    let (x, y) = (place.x_um / UNIT_UM, place.y_um / UNIT_UM);
    [1.0, x, y, x * x, x * y, y * y]
}

struct Cell {
    at: Point,
    z: f64,
}

fn cells(coarse: &Coarse, mask: &Array2<bool>, most: usize) -> Vec<Cell> {
    let all: Vec<(usize, usize)> =
        mask.indexed_iter().filter(|(at, m)| **m && coarse.map.z[*at].is_finite()).map(|(at, _)| at).collect();
    let stride = (all.len() / most).max(1);
    all.iter()
        .step_by(stride)
        .map(|&(r, c)| Cell { at: coarse.map.point_at(r as f64, c as f64), z: f64::from(coarse.map.z[(r, c)]) })
        .collect()
}

/// The planes that hold most of the cells of `flat`, one after the other, with the cells near them.
pub(super) fn planes(
    coarse: &Coarse,
    flat: &Array2<bool>,
    parameters: &OutlineParameters,
) -> Vec<(Level, Array2<bool>)> {
    let mut left = flat.clone();
    let mut found = Vec::new();
    for _ in 0..PLANES {
        let Some(level) = plane(&cells(coarse, &left, JURY), parameters.plane_um) else { break };
        let off = level.residuals(coarse);
        let near = Zip::from(&left).and(&off).map_collect(|&l, r| l && f64::from(r.abs()) < 1.5 * parameters.plane_um);
        if near.iter().filter(|m| **m).count() < LEAST_CELLS {
            break;
        }
        Zip::from(&mut left).and(&near).for_each(|l, &n| *l &= !n);
        found.push((level, near));
    }
    found
}

/// The plane with the most cells within `near_um`.
fn plane(cells: &[Cell], near_um: f64) -> Option<Level> {
    if cells.len() < 12 {
        return None;
    }
    // The same fixed sequence (Knuth's MMIX constants) for every map.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        &cells[((state >> 33) as usize) % cells.len()]
    };
    let mut best: Option<(usize, Level)> = None;
    for _ in 0..HYPOTHESES {
        let Some(level) = through([draw(), draw(), draw()]).filter(|l| l.slope() < STEEPEST) else { continue };
        let votes = cells.iter().filter(|c| (c.z - level.at(c.at)).abs() < near_um).count();
        if best.is_none_or(|(most, _)| votes > most) {
            best = Some((votes, level));
        }
    }
    let mut level = best?.1;
    for _ in 0..3 {
        let weights: Vec<f64> =
            cells.iter().map(|c| f64::from(u8::from((c.z - level.at(c.at)).abs() < near_um))).collect();
        let Some(next) = least_squares(cells, &weights, 3, 0.0) else { break };
        level = next;
    }
    Some(level)
}

/// The plane through three cells that are not nearly on a line.
fn through([a, b, c]: [&Cell; 3]) -> Option<Level> {
    let (bx, by, bz) = (b.at.x_um - a.at.x_um, b.at.y_um - a.at.y_um, b.z - a.z);
    let (cx, cy, cz) = (c.at.x_um - a.at.x_um, c.at.y_um - a.at.y_um, c.z - a.z);
    let twice_area = bx * cy - by * cx;
    // Smaller triangles, um2, say little about a plane millimetres wide.
    if twice_area.abs() < 150_000.0 {
        return None;
    }
    let (sx, sy) = ((bz * cy - by * cz) / twice_area, (bx * cz - bz * cx) / twice_area);
    Some(Level([a.z - sx * a.at.x_um - sy * a.at.y_um, sx * UNIT_UM, sy * UNIT_UM, 0.0, 0.0, 0.0]))
}

/// A surface of second order through most cells of a mask, from a plane near them; `bend_um` is the deviation of its curvature that is
/// expected (height over 2 mm), infinite for any. Gives the surface and the robust deviation of the cells from it, um.
pub(super) fn bent(coarse: &Coarse, mask: &Array2<bool>, start: Level, bend_um: f64) -> (Level, f64) {
    let cells = cells(coarse, mask, MOST_CELLS);
    let (mut level, mut sd) = (start, 0.0);
    let mut off: Vec<f32> = Vec::with_capacity(cells.len());
    if cells.is_empty() {
        return (level, f64::MAX);
    }
    for _ in 0..8 {
        off.clear();
        off.extend(cells.iter().map(|c| (c.z - level.at(c.at)).abs() as f32));
        // Half a pitch of a height encoder is the best that any cell has.
        sd = (MAD_TO_SD * f64::from(super::coarse::median(&mut off))).max(0.3);
        let weights: Vec<f64> = cells
            .iter()
            .map(|c| {
                let u = (c.z - level.at(c.at)) / (BIWEIGHT * sd);
                if u.abs() < 1.0 { (1.0 - u * u) * (1.0 - u * u) } else { 0.0 }
            })
            .collect();
        let total: f64 = weights.iter().sum();
        // As many independent cells as the form has waves, some fifty; each weighs against the expected curvature.
        let ridge = total / 50.0 * (sd / bend_um) * (sd / bend_um);
        let Some(next) = least_squares(&cells, &weights, 6, ridge) else { break };
        level = next;
    }
    (level, sd)
}

/// Weighted least squares on the first `unknowns` terms; `ridge` weighs against curvature. `None` where nothing is determined.
fn least_squares(cells: &[Cell], weights: &[f64], unknowns: usize, ridge: f64) -> Option<Level> {
    let mut normal = [[0f64; 7]; 6];
    for (cell, &w) in cells.iter().zip(weights).filter(|(_, w)| **w > 0.0) {
        let t = terms(cell.at);
        for i in 0..unknowns {
            for j in 0..unknowns {
                normal[i][j] += w * t[i] * t[j];
            }
            normal[i][6] += w * t[i] * cell.z;
        }
    }
    for (i, row) in normal.iter_mut().enumerate().skip(3) {
        row[i] += ridge;
    }
    // Gauss and Jordan with pivots of the diagonal: the matrix is symmetric and positive.
    for k in 0..unknowns {
        let pivot = normal[k][k];
        if pivot.is_nan() || pivot <= 1e-9 * (1.0 + normal[0][0]) * 1e-3 {
            return None;
        }
        let pivot_row = normal[k].map(|v| v / pivot);
        for (i, row) in normal.iter_mut().enumerate().take(unknowns) {
            if i == k {
                *row = pivot_row;
            } else {
                let factor = row[k];
                row.iter_mut().zip(&pivot_row).for_each(|(a, b)| *a -= factor * b);
            }
        }
    }
    Some(Level(std::array::from_fn(|i| if i < unknowns { normal[i][6] } else { 0.0 })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::HeightMap;

    fn coarse(height: impl Fn(Point) -> f64) -> Coarse {
        let mut map = HeightMap::missing(120, 130, 20.0);
        for row in 0..120 {
            for column in 0..130 {
                let at = map.point_at(row as f64, column as f64);
                map.z[(row, column)] = height(at) as f32;
            }
        }
        Coarse::of(&map, 20.0)
    }

    #[test]
    fn two_planes_are_told_apart_and_the_larger_comes_first() {
        let made = coarse(|p| if p.x_um < 300.0 { 5.0 + 0.01 * p.y_um } else { 60.0 - 0.02 * p.x_um });
        let all = Array2::from_elem(made.map.z.dim(), true);
        let found = planes(&made, &all, &OutlineParameters::default());
        assert_eq!(found.len(), 2);
        assert!((found[0].0.0[2] - 20.0).abs() < 0.5, "{:?}", found[0].0);
        assert!((found[1].0.0[1] + 40.0).abs() < 0.5, "{:?}", found[1].0);
        assert!(found[0].1.iter().zip(&found[1].1).all(|(a, b)| !(a & b)));
    }

    #[test]
    fn a_dome_is_followed_and_a_third_of_other_heights_does_not_move_it() {
        let dome = |p: Point| 3.0 - 8.0 * (p.x_um * p.x_um + p.y_um * p.y_um) / 4e6;
        let made = coarse(|p| if p.x_um > 500.0 { 70.0 } else { dome(p) });
        let all = Array2::from_elem(made.map.z.dim(), true);
        let (level, sd) = bent(&made, &all, Level([0.0; 6]), 15.0);
        for p in [Point::new(-900.0, 200.0), Point::new(0.0, 0.0), Point::new(400.0, -900.0)] {
            assert!((level.at(p) - dome(p)).abs() < 0.4, "{p:?}: {} for {}", level.at(p), dome(p));
        }
        assert!(sd < 1.0);
        let (first, second) = Level([0.0, 0.0, 0.0, -400.0, 0.0, 0.0]).curvatures();
        assert!((first + 2e-4).abs() < 1e-9 && second.abs() < 1e-12);
    }
}
