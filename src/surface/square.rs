//! Bringing a grid of two pitches to a square one.

use ndarray::Array2;

/// Relative difference of the pitches below which the grid counts as square.
/// 0.1 %: over a 4 mm mark the last point is then off by 4 um, less than a point of a usual scan.
pub const SQUARE_WITHIN: f64 = 1e-3;

/// How often one pitch may be the other; grids beyond are brought to a coarser pitch so that memory stays bounded.
const MAX_RATIO: f64 = 16.0;

/// The heights on a square grid and its pitch, um.
///
/// Linear interpolation to the finer of the two pitches, from the first row and column on. A point is missing where any
/// neighbour that has weight is missing, so that no height is invented over a gap.
pub(crate) fn squared(heights: &Array2<f64>, pitch_x_um: f64, pitch_y_um: f64) -> (Array2<f32>, f64) {
    let differ = (pitch_x_um - pitch_y_um).abs() > SQUARE_WITHIN * pitch_x_um.min(pitch_y_um);
    let usable = pitch_x_um.is_finite() && pitch_y_um.is_finite() && pitch_x_um > 0.0 && pitch_y_um > 0.0;
    if !differ || !usable || heights.is_empty() {
        return (heights.mapv(|z| z as f32), pitch_x_um);
    }
    let pitch = pitch_x_um.min(pitch_y_um).max(pitch_x_um.max(pitch_y_um) / MAX_RATIO);
    let down = taps(heights.nrows(), pitch_y_um, pitch);
    let across = taps(heights.ncols(), pitch_x_um, pitch);
    let mut out = Array2::from_elem((down.len(), across.len()), f32::NAN);
    for (r, &(r0, wr)) in down.iter().enumerate() {
        for (c, &(c0, wc)) in across.iter().enumerate() {
            let row = |r: usize| between(heights[(r, c0)], || heights[(r, c0 + 1)], wc);
            out[(r, c)] = between(row(r0), || row(r0 + 1), wr) as f32;
        }
    }
    (out, pitch)
}

/// Linear interpolation that does not look at the second value where it has no weight (it may be missing or outside).
fn between(a: f64, b: impl FnOnce() -> f64, weight: f64) -> f64 {
    if weight == 0.0 { a } else { a + weight * (b() - a) }
}

/// For each new point: the old point before it, and the weight of the one after it, 0 to 1.
fn taps(count: usize, pitch: f64, new_pitch: f64) -> Vec<(usize, f64)> {
    /// Weights nearer than this to an old point are that point: rounding must not reach for a neighbour.
    const SNAP: f64 = 1e-9;
    let last = count - 1;
    let new_count = (last as f64 * pitch / new_pitch + SNAP).floor() as usize + 1;
    (0..new_count)
        .map(|i| {
            let at = (i as f64 * new_pitch / pitch).min(last as f64);
            let base = at.floor();
            let weight = at - base;
            if weight < SNAP {
                (base as usize, 0.0)
            } else if weight > 1.0 - SNAP {
                (base as usize + 1, 0.0)
            } else {
                (base as usize, weight)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plane(rows: usize, columns: usize, px: f64, py: f64) -> Array2<f64> {
        Array2::from_shape_fn((rows, columns), |(r, c)| 3.0 + 0.5 * c as f64 * px - 0.25 * r as f64 * py)
    }

    #[test]
    fn square_grids_pass_untouched() {
        let z = plane(4, 5, 2.0, 2.0);
        let (out, pitch) = squared(&z, 2.0, 2.0015);
        assert_eq!((out.dim(), pitch), ((4, 5), 2.0));
        assert_eq!(out, z.mapv(|z| z as f32));
    }

    #[test]
    fn a_gap_spreads_to_the_points_that_lean_on_it_and_no_further() {
        let mut z = plane(5, 3, 1.0, 2.0);
        z[(2, 1)] = f64::NAN;
        let (out, pitch) = squared(&z, 1.0, 2.0);
        assert_eq!((out.dim(), pitch), ((9, 3), 1.0));
        let missing: Vec<_> = out.indexed_iter().filter(|(_, z)| z.is_nan()).map(|(i, _)| i).collect();
        assert_eq!(missing, [(3, 1), (4, 1), (5, 1)]);
    }

    #[test]
    fn single_rows_and_columns_survive() {
        assert_eq!(squared(&plane(1, 1, 1.0, 2.0), 1.0, 2.0).0.dim(), (1, 1));
        assert_eq!(squared(&plane(1, 4, 3.0, 1.0), 3.0, 1.0).0.dim(), (1, 10));
    }

    proptest! {
        #[test]
        fn a_plane_stays_the_same_plane(rows in 1usize..12, columns in 1usize..12, px in 0.5f64..8.0, py in 0.5f64..8.0) {
            let (out, pitch) = squared(&plane(rows, columns, px, py), px, py);
            if (px - py).abs() > SQUARE_WITHIN * px.min(py) {
                prop_assert!((pitch - px.min(py)).abs() < 1e-12);
                for ((r, c), z) in out.indexed_iter() {
                    let want = 3.0 + 0.5 * c as f64 * pitch - 0.25 * r as f64 * pitch;
                    prop_assert!((f64::from(*z) - want).abs() < 1e-4, "{z} {want}");
                }
                prop_assert!((out.nrows() as f64 - 1.0) * pitch <= (rows as f64 - 1.0) * py + 1e-6);
                prop_assert!(out.nrows() as f64 * pitch > (rows as f64 - 1.0) * py - 1e-6);
            }
        }
    }
}
