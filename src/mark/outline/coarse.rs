//! A raw acquisition at the pitch at which its outline is looked for: medians of cells, and what is read off them.

use crate::dsp::morphology;
use crate::geometry::Point;
use crate::grid::HeightMap;
use ndarray::{Array2, Zip};
use rayon::prelude::*;

/// Share of a cell's points that must have values; less is a flank that the instrument lost.
const LEAST_SHARE: f64 = 1.0 / 3.0;
/// Half the side of the window of medians, cells.
const MEDIAN_REACH: usize = 2;
/// Points of that window that must have values, of 25: a little more than a third, so that straight edges stay where they are.
const LEAST_IN_WINDOW: usize = 9;

/// The acquisition in cells.
pub(super) struct Coarse {
    /// Median height of each cell, um.
    pub map: HeightMap,
    /// The centre of this map in the frame of the acquisition.
    pub origin: Point,
    /// Median over the cells of the mean absolute deviation of the points in a cell from its median, um.
    pub within_um: f64,
}

impl Coarse {
    /// Cells of about `cell_um`, at least one point a side.
    pub fn of(map: &HeightMap, cell_um: f64) -> Self {
        let side = ((cell_um / map.pitch_um).round() as usize).max(1);
        let (rows, columns) = (map.rows() / side, map.columns() / side);
        let (top, left) = ((map.rows() - rows * side) / 2, (map.columns() - columns * side) / 2);
        let least = ((side * side) as f64 * LEAST_SHARE).max(1.0);
        let mut cells = vec![(f32::NAN, f32::NAN); rows * columns];
        if columns > 0 {
            cells.par_chunks_mut(columns).enumerate().for_each(|(row, line)| {
                let mut points: Vec<f32> = Vec::with_capacity(side * side);
                for (column, cell) in line.iter_mut().enumerate() {
                    points.clear();
                    for r in 0..side {
                        let from = left + column * side;
                        let of = map.z.row(top + row * side + r);
                        points.extend(of.iter().skip(from).take(side).filter(|z| z.is_finite()));
                    }
                    if points.len() as f64 >= least {
                        let median = median(&mut points);
                        let off: f32 = points.iter().map(|z| (z - median).abs()).sum();
                        *cell = (median, off / points.len() as f32);
                    }
                }
            });
        }
        let mut spreads: Vec<f32> = cells.iter().map(|c| c.1).filter(|s| s.is_finite()).collect();
        let within_um = if spreads.is_empty() { 0.0 } else { f64::from(median(&mut spreads)) };
        let z = Array2::from_shape_fn((rows, columns), |(r, c)| cells[r * columns + c].0);
        let map_of = HeightMap { z, pitch_um: side as f64 * map.pitch_um };
        let middle = |first: usize, count: usize| first as f64 + (count * side) as f64 / 2.0 - 0.5;
        let origin = map.point_at(middle(top, rows), middle(left, columns));
        Self { map: map_of, origin, within_um }
    }

    /// Side of a cell, um.
    pub fn cell_um(&self) -> f64 {
        self.map.pitch_um
    }

    /// Area of so many cells, mm2.
    pub fn area_mm2(&self, cells: usize) -> f64 {
        cells as f64 * self.cell_um() * self.cell_um() * 1e-6
    }
}

/// The median; of an even number the upper of the middle two. `values` must not be empty and is left in another order.
pub(super) fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// The value that a third of the values exceed. As [`median`].
pub(super) fn upper_third(values: &mut [f32]) -> f32 {
    let at = 2 * values.len() / 3;
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}

/// Mask-aware smoothing with the binomial weights 1 4 6 4 1 along both axes (a deviation of one cell); missing where less than a third of
/// the weight has values.
pub(super) fn smoothed(z: &Array2<f32>) -> Array2<f32> {
    const WEIGHTS: [f32; 5] = [1.0, 4.0, 6.0, 4.0, 1.0];
    let (rows, columns) = z.dim();
    let pass = |value: &Array2<f32>, weight: &Array2<f32>, step: (usize, usize)| {
        let mut sums = (Array2::<f32>::zeros((rows, columns)), Array2::<f32>::zeros((rows, columns)));
        for row in 0..rows {
            for column in 0..columns {
                let (mut v, mut w) = (0.0, 0.0);
                for (k, of) in WEIGHTS.iter().enumerate() {
                    let at =
                        ((row + k * step.0).wrapping_sub(2 * step.0), (column + k * step.1).wrapping_sub(2 * step.1));
                    if at.0 < rows && at.1 < columns {
                        v += of * value[at];
                        w += of * weight[at];
                    }
                }
                sums.0[(row, column)] = v;
                sums.1[(row, column)] = w;
            }
        }
        sums
    };
    let weight = z.mapv(|z| f32::from(u8::from(z.is_finite())));
    let value = z.mapv(|z| if z.is_finite() { z } else { 0.0 });
    let (value, weight) = pass(&value, &weight, (0, 1));
    let (value, weight) = pass(&value, &weight, (1, 0));
    Zip::from(&value).and(&weight).map_collect(|&v, &w| if w > 256.0 / 3.0 { v / w } else { f32::NAN })
}

/// Steepest slope at each cell, um per um, from central differences (one-sided beside missing cells); NaN where nothing is known.
pub(super) fn slopes(z: &Array2<f32>, cell_um: f64) -> Array2<f32> {
    let (rows, columns) = z.dim();
    let get = |r: usize, c: usize| if r < rows && c < columns { z[(r, c)] } else { f32::NAN };
    let along = |before: f32, here: f32, after: f32| {
        let both = (after - before) / 2.0;
        [both, after - here, here - before].into_iter().find(|d| d.is_finite()).unwrap_or(f32::NAN)
    };
    Array2::from_shape_fn((rows, columns), |(r, c)| {
        let here = z[(r, c)];
        let dx = along(get(r, c.wrapping_sub(1)), here, get(r, c + 1));
        let dy = along(get(r.wrapping_sub(1), c), here, get(r + 1, c));
        (dx * dx + dy * dy).sqrt() / cell_um as f32
    })
}

/// Medians of 5 x 5 cells: texture goes, steps stay where they are.
pub(super) fn medians(z: &Array2<f32>) -> Array2<f32> {
    let (rows, columns) = z.dim();
    let mut out = vec![f32::NAN; rows * columns];
    if columns > 0 {
        out.par_chunks_mut(columns).enumerate().for_each(|(row, line)| {
            let mut near: Vec<f32> = Vec::with_capacity(25);
            for (column, to) in line.iter_mut().enumerate() {
                near.clear();
                for r in row.saturating_sub(MEDIAN_REACH)..(row + MEDIAN_REACH + 1).min(rows) {
                    for c in column.saturating_sub(MEDIAN_REACH)..(column + MEDIAN_REACH + 1).min(columns) {
                        if z[(r, c)].is_finite() {
                            near.push(z[(r, c)]);
                        }
                    }
                }
                if near.len() >= LEAST_IN_WINDOW {
                    *to = median(&mut near);
                }
            }
        });
    }
    Array2::from_shape_fn((rows, columns), |(r, c)| out[r * columns + c])
}

/// The cells within `radius_um` of a mask.
pub(super) fn dilate(mask: &Array2<bool>, cell_um: f64, radius_um: f64) -> Array2<bool> {
    let (rows, columns) = mask.dim();
    let pad = (radius_um / cell_um).ceil() as usize + 2;
    // Beyond the grid there is no mask: a margin that is wide enough says so to the distances.
    let mut rest = Array2::from_elem((rows + 2 * pad, columns + 2 * pad), true);
    for ((r, c), &m) in mask.indexed_iter() {
        rest[(r + pad, c + pad)] = !m;
    }
    let kept = morphology::erode(&rest, cell_um, radius_um);
    Array2::from_shape_fn((rows, columns), |(r, c)| !kept[(r + pad, c + pad)])
}

/// The mask without what is narrower than twice `radius_um`.
pub(super) fn opened(mask: &Array2<bool>, cell_um: f64, radius_um: f64) -> Array2<bool> {
    dilate(&morphology::erode(mask, cell_um, radius_um), cell_um, radius_um)
}

/// The mask with what is narrower than twice `radius_um` filled.
pub(super) fn closed(mask: &Array2<bool>, cell_um: f64, radius_um: f64) -> Array2<bool> {
    let (rows, columns) = mask.dim();
    let pad = (radius_um / cell_um).ceil() as usize + 2;
    let mut wide = Array2::from_elem((rows + 2 * pad, columns + 2 * pad), false);
    wide.slice_mut(ndarray::s![pad..pad + rows, pad..pad + columns]).assign(mask);
    let grown = dilate(&wide, cell_um, radius_um);
    // The margin is lost again to the edge of the grid, and only the margin.
    let back = morphology::erode(&grown, cell_um, radius_um);
    Array2::from_shape_fn((rows, columns), |(r, c)| back[(r + pad, c + pad)] || mask[(r, c)])
}

/// How many cells a mask has.
pub(super) fn count(mask: &Array2<bool>) -> usize {
    mask.iter().filter(|m| **m).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The plain twin: a cell is in the dilation when some cell of the mask is near enough.
    fn plain_dilation(mask: &Array2<bool>, limit: f64) -> Array2<bool> {
        Array2::from_shape_fn(mask.dim(), |(r, c)| {
            mask.indexed_iter().any(|((i, j), m)| *m && (i as f64 - r as f64).hypot(j as f64 - c as f64) < limit - 1e-7)
        })
    }

    proptest! {
        #[test]
        fn dilation_reaches_as_far_as_distances_say(bits in prop::collection::vec(any::<bool>(), 63), radius in 0.0f64..4.0) {
            let mask = Array2::from_shape_vec((7, 9), bits).unwrap();
            prop_assume!(mask.iter().any(|m| *m));
            prop_assert_eq!(dilate(&mask, 1.0, radius), plain_dilation(&mask, radius + 0.5));
        }

        #[test]
        fn opening_takes_away_and_closing_adds(bits in prop::collection::vec(any::<bool>(), 120), radius in 0.0f64..3.0) {
            let mask = Array2::from_shape_vec((10, 12), bits).unwrap();
            let (less, more) = (opened(&mask, 1.0, radius), closed(&mask, 1.0, radius));
            for ((at, m), o) in mask.indexed_iter().zip(&less) {
                prop_assert!(!o || *m, "{at:?}");
                prop_assert!(more[at] || !m, "{at:?}");
            }
        }
    }

    #[test]
    fn cells_are_medians_about_the_same_middle() {
        let map = HeightMap {
            z: Array2::from_shape_fn((11, 14), |(r, c)| if (r, c) == (5, 5) { 900.0 } else { (2 * r + c) as f32 }),
            pitch_um: 5.0,
        };
        let coarse = Coarse::of(&map, 15.0);
        assert_eq!((coarse.map.z.dim(), coarse.cell_um()), ((3, 4), 15.0));
        for ((r, c), &z) in coarse.map.z.indexed_iter() {
            let p = coarse.map.point_at(r as f64, c as f64);
            let (row, column) = map.index_of(Point::new(p.x_um + coarse.origin.x_um, p.y_um + coarse.origin.y_um));
            assert!((f64::from(z) - (2.0 * row + column)).abs() <= 1.0, "{r} {c}: {z} for {row} {column}");
        }
    }

    #[test]
    fn medians_keep_a_step_and_slopes_see_it() {
        let z = Array2::from_shape_fn((12, 12), |(_, c)| if c < 6 { 0.0 } else { 40.0 });
        assert_eq!(medians(&z), z);
        let slope = slopes(&z, 20.0);
        assert!((slope[(5, 5)] - 1.0).abs() < 1e-6 && slope[(5, 2)].abs() < 1e-6);
        assert!(smoothed(&z).iter().all(|z| (0.0..=40.0).contains(z)));
    }
}
