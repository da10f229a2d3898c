//! Circles in a picture, by the votes of its edges.
//!
//! Every place on an edge votes for the centres that lie straight inwards or outwards of it at every radius, as D. H. Ballard, "Generalizing the Hough
//! transform to detect arbitrary shapes" (Pattern Recognition 13, 1981) does with the direction of the gradient. A circle of which half is missing still
//! collects the votes of its other half, and texture votes for everything alike.

use ndarray::{Array2, Array3, Axis};
use rayon::prelude::*;

/// A circle in pixels of the picture that was searched, with its votes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Voted {
    /// Votes over the root of the radius.
    pub votes: f32,
    /// Centre, columns.
    pub x: f64,
    /// Centre, rows.
    pub y: f64,
    /// Radius.
    pub r: f64,
}

/// On which side of an edge it is bright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bright {
    /// Bright inside, dark outside: the edge of the flat of the primer.
    Inside,
    /// Dark inside, bright outside: the edge of the aperture, of the pin's impression, of the pocket.
    Outside,
}

impl Bright {
    /// +1 where brightness falls outwards.
    pub(super) fn sign(self) -> f32 {
        match self {
            Bright::Inside => 1.0,
            Bright::Outside => -1.0,
        }
    }
}

/// Share of the places, those of steepest brightness, that vote.
const VOTERS: f64 = 0.35;
/// Of those, the quantile above which a steeper edge has no more weight.
const FULL_WEIGHT: f64 = 0.7;
/// Pixels of the picture along one cell of the centres, and steps of the radius.
const CELL: usize = 2;

/// Edges of a picture: column, row, unit vector towards the bright side, weight.
pub(super) struct Edges {
    places: Vec<([f32; 2], [f32; 2], f32)>,
    shape: (usize, usize),
}

impl Edges {
    /// The steepest places of a picture of log-luminance.
    pub(super) fn of(picture: &Array2<f32>) -> Self {
        let (rows, columns) = picture.dim();
        let mut all = Vec::with_capacity(rows * columns);
        for row in 1..rows.saturating_sub(1) {
            for column in 1..columns.saturating_sub(1) {
                let gx = (picture[[row, column + 1]] - picture[[row, column - 1]]) / 2.0;
                let gy = (picture[[row + 1, column]] - picture[[row - 1, column]]) / 2.0;
                all.push(((column as f32, row as f32), (gx, gy), (gx * gx + gy * gy).sqrt()));
            }
        }
        let mut sizes: Vec<f32> = all.iter().map(|e| e.2).collect();
        let least = quantile(&mut sizes, 1.0 - VOTERS).max(1e-4);
        let most = quantile(&mut sizes, 1.0 - VOTERS * (1.0 - FULL_WEIGHT));
        let voter = |&((x, y), (gx, gy), size): &((f32, f32), (f32, f32), f32)| {
            (size > least).then(|| ([x, y], [gx / size, gy / size], size.min(most)))
        };
        Self { places: all.iter().filter_map(voter).collect(), shape: (rows, columns) }
    }

    /// The `most` circles with the most votes, radii from `least_px` to `most_px`, best first.
    pub(super) fn circles(&self, bright: Bright, (least_px, most_px): (f64, f64), most: usize) -> Vec<Voted> {
        let steps = ((most_px - least_px) / CELL as f64).max(0.0) as usize + 1;
        let radius = |step: usize| least_px + (step * CELL) as f64;
        let (rows, columns) = (self.shape.0 / CELL + 1, self.shape.1 / CELL + 1);
        let layers: Vec<Array2<f32>> = (0..steps)
            .into_par_iter()
            .map(|step| {
                let mut layer = Array2::<f32>::zeros((rows, columns));
                let reach = bright.sign() * radius(step) as f32;
                for ([x, y], [ux, uy], weight) in &self.places {
                    let (cx, cy) = (x + reach * ux, y + reach * uy);
                    if cx >= 0.0
                        && cy >= 0.0
                        && let Some(cell) = layer.get_mut([cy as usize / CELL, cx as usize / CELL])
                    {
                        *cell += weight;
                    }
                }
                for _ in 0..3 {
                    soften(&mut layer);
                }
                layer
            })
            .collect();
        let mut votes = Array3::<f32>::zeros((steps, rows, columns));
        for step in 0..steps {
            let scale = 1.0 / (4.0 * radius(step).max(1.0).sqrt()) as f32;
            let (before, after) = (&layers[step.saturating_sub(1)], &layers[(step + 1).min(steps - 1)]);
            ndarray::Zip::from(votes.index_axis_mut(Axis(0), step))
                .and(before)
                .and(&layers[step])
                .and(after)
                .for_each(|v, &b, &h, &a| *v = scale * (b + 2.0 * h + a));
        }
        best(&mut votes, &radius, most)
    }
}

/// Takes the greatest, wipes out its neighbourhood, and goes on.
fn best(votes: &mut Array3<f32>, radius: &(dyn Fn(usize) -> f64 + Sync), most: usize) -> Vec<Voted> {
    let (steps, rows, columns) = votes.dim();
    // The greatest of each layer is kept, so that only layers that were touched are looked through again.
    let greatest = |layer: ndarray::ArrayView2<'_, f32>| {
        layer.indexed_iter().fold((0.0f32, 0, 0), |best, ((r, c), &v)| if v > best.0 { (v, r, c) } else { best })
    };
    let mut tops: Vec<(f32, usize, usize)> =
        (0..steps).into_par_iter().map(|s| greatest(votes.index_axis(Axis(0), s))).collect();
    let mut found = Vec::with_capacity(most);
    for _ in 0..most {
        let Some((step, &(value, row, column))) =
            tops.iter().enumerate().rev().max_by(|a, b| a.1.0.total_cmp(&b.1.0)).filter(|(_, top)| top.0 > 0.0)
        else {
            break;
        };
        let r = radius(step);
        let middle = |cell: usize| (cell * CELL) as f64 + (CELL as f64 - 1.0) / 2.0;
        found.push(Voted { votes: value, x: middle(column), y: middle(row), r });
        let near = 0.15 * r / CELL as f64 + 2.0;
        for (at, top) in tops.iter_mut().enumerate().filter(|(at, _)| (radius(*at) - r).abs() < 0.12 * r) {
            let mut layer = votes.index_axis_mut(Axis(0), at);
            let low = |k: usize| k.saturating_sub(near as usize);
            for r in low(row)..(row + near as usize + 1).min(rows) {
                for c in low(column)..(column + near as usize + 1).min(columns) {
                    let (dr, dc) = (r as f64 - row as f64, c as f64 - column as f64);
                    if dr * dr + dc * dc < near * near {
                        layer[[r, c]] = 0.0;
                    }
                }
            }
            *top = greatest(layer.view());
        }
    }
    found
}

/// One pass of the weights 1, 2, 1 along both axes, a variance of half a cell each.
fn soften(layer: &mut Array2<f32>) {
    for axis in [Axis(0), Axis(1)] {
        for mut lane in layer.lanes_mut(axis) {
            let mut before = lane.first().copied().unwrap_or(0.0);
            for at in 0..lane.len() {
                let here = lane[at];
                let after = lane.get(at + 1).copied().unwrap_or(here);
                lane[at] = (before + 2.0 * here + after) / 4.0;
                before = here;
            }
        }
    }
}

/// The value below which a share of the values lies; 0 of none.
pub(super) fn quantile(values: &mut [f32], share: f64) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let at = ((share * values.len() as f64) as usize).min(values.len() - 1);
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disc_of_which_a_third_is_missing_is_found_where_it_is() {
        let picture = Array2::from_shape_fn((120, 160), |(r, c)| {
            let (x, y) = (c as f64 - 70.0, r as f64 - 55.0);
            // A soft edge, as pictures have them that were smoothed.
            let soft = |inside: f64| (0.5 + inside / 4.0).clamp(0.0, 1.0);
            // And texture, or there would be no gradients to be steeper than.
            let texture = ((r * 7_919 + c * 104_729 + r * c) % 251) as f64 / 251.0;
            (soft(31.0 - x.hypot(y)) * soft(12.0 - x) + 0.02 * texture) as f32
        });
        let edges = Edges::of(&picture);
        let found = edges.circles(Bright::Inside, (8.0, 60.0), 4);
        let first = found.first().unwrap();
        assert!(
            (first.x - 70.0).abs() < 3.0 && (first.y - 55.0).abs() < 3.0 && (first.r - 31.0).abs() < 3.0,
            "{first:?}"
        );
        let others = edges.circles(Bright::Outside, (8.0, 60.0), 4);
        assert!(others.iter().all(|o| o.votes < 0.7 * first.votes), "{others:?}");
    }

    #[test]
    fn quantiles_are_those_of_the_sorted_values() {
        let mut values = vec![5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(quantile(&mut values, 0.0), 1.0);
        assert_eq!(quantile(&mut values, 0.5), 3.0);
        assert_eq!(quantile(&mut values, 1.0), 5.0);
        assert_eq!(quantile(&mut [], 0.5), 0.0);
    }
}
