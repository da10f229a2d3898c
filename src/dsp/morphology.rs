//! Erosion, regions and distances of masks.
//!
//! A mask is an array of booleans, `true` where a map has a value. Distances are exact Euclidean distances between points of the grid;
//! the edge of a mask is taken to lie half a pitch before the first missing point, and everything beyond the grid is missing.

use crate::geometry::Point;
use crate::grid::HeightMap;
use ndarray::Array2;
use rayon::prelude::*;

/// Where a map has values.
#[must_use]
pub fn mask_of(map: &HeightMap) -> Array2<bool> {
    map.z.mapv(f32::is_finite)
}

/// Squared distance, in points, from every point to the nearest missing one; points beyond the grid are missing.
///
/// Exact, in two separable passes over rows and columns (Felzenszwalb and Huttenlocher 2012).
#[must_use]
pub fn squared_distance_to_missing(mask: &Array2<bool>) -> Array2<f32> {
    let (rows, columns) = mask.dim();
    // Along each row the distance to the nearest missing point, squared.
    let mut along_rows = vec![0f32; rows * columns];
    if rows * columns == 0 {
        return Array2::zeros((rows, columns));
    }
    for (line, to) in mask.rows().into_iter().zip(along_rows.chunks_mut(columns)) {
        let mut distance = 0f32;
        for (&m, d) in line.iter().zip(to.iter_mut()) {
            distance = if m { distance + 1.0 } else { 0.0 };
            *d = distance;
        }
        distance = 0.0;
        for (&m, d) in line.iter().zip(to.iter_mut()).rev() {
            distance = if m { distance + 1.0 } else { 0.0 };
            *d = d.min(distance);
        }
        to.iter_mut().for_each(|d| *d *= *d);
    }
    // Down each column the lower envelope of the parabolas that stand on those.
    let mut transposed = vec![0f32; rows * columns];
    transposed.par_chunks_mut(rows).enumerate().for_each(|(column, to)| {
        let heights: Vec<f32> = std::iter::once(0.0)
            .chain((0..rows).map(|row| along_rows[row * columns + column]))
            .chain(std::iter::once(0.0))
            .collect();
        lower_envelope(&heights, to);
    });
    Array2::from_shape_fn((rows, columns), |(row, column)| transposed[column * rows + row])
}

/// `to[i]` = min over j of `(i + 1 - j)^2 + heights[j]`: heights carry one guard at either end.
fn lower_envelope(heights: &[f32], to: &mut [f32]) {
    let mut vertices: Vec<usize> = Vec::with_capacity(heights.len());
    let mut starts: Vec<f32> = Vec::with_capacity(heights.len());
    for (j, &h) in heights.iter().enumerate() {
        let mut start = f32::NEG_INFINITY;
        while let Some(&v) = vertices.last() {
            let (jf, vf) = (j as f32, v as f32);
            start = ((h + jf * jf) - (heights[v] + vf * vf)) / (2.0 * (jf - vf));
            if start > starts.last().copied().unwrap_or(f32::NEG_INFINITY) {
                break;
            }
            vertices.pop();
            starts.pop();
            start = f32::NEG_INFINITY;
        }
        vertices.push(j);
        starts.push(start);
    }
    let mut k = 0;
    for (i, d) in to.iter_mut().enumerate() {
        let at = (i + 1) as f32;
        while k + 1 < vertices.len() && starts[k + 1] < at {
            k += 1;
        }
        let step = at - vertices[k] as f32;
        *d = step * step + heights[vertices[k]];
    }
}

/// The mask without the points closer than `radius_um` to its edge.
#[must_use]
pub fn erode(mask: &Array2<bool>, pitch_um: f64, radius_um: f64) -> Array2<bool> {
    let limit = radius_um / pitch_um + 0.5;
    let limit = (limit * limit - 1e-6) as f32;
    let distance = squared_distance_to_missing(mask);
    ndarray::Zip::from(mask).and(&distance).map_collect(|&m, &d| m && d >= limit)
}

/// A connected set of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blob {
    /// Number of points.
    pub points: usize,
    /// Whether it reaches the edge of the grid.
    pub touches_edge: bool,
}

/// The connected regions of a mask: a label for each point (0 where `false`, region k has label k + 1) and the regions.
#[derive(Debug, Clone)]
pub struct Blobs {
    /// Labels, shape of the mask.
    pub labels: Array2<u32>,
    /// The regions in the order in which a row-by-row reading first meets them.
    pub blobs: Vec<Blob>,
}

/// Finds the connected regions of a mask; corners connect only when `diagonal` is set.
#[must_use]
pub fn blobs(mask: &Array2<bool>, diagonal: bool) -> Blobs {
    let (rows, columns) = mask.dim();
    let mut labels = Array2::<u32>::zeros((rows, columns));
    let mut found = Vec::new();
    let mut open = Vec::new();
    for start in ndarray::indices((rows, columns)) {
        if !mask[start] || labels[start] != 0 {
            continue;
        }
        let label = found.len() as u32 + 1;
        let mut blob = Blob { points: 0, touches_edge: false };
        labels[start] = label;
        open.push(start);
        while let Some((row, column)) = open.pop() {
            blob.points += 1;
            blob.touches_edge |= row == 0 || column == 0 || row + 1 == rows || column + 1 == columns;
            for r in row.saturating_sub(1)..(row + 2).min(rows) {
                for c in column.saturating_sub(1)..(column + 2).min(columns) {
                    let neighbour = diagonal || r == row || c == column;
                    if neighbour && mask[(r, c)] && labels[(r, c)] == 0 {
                        labels[(r, c)] = label;
                        open.push((r, c));
                    }
                }
            }
        }
        found.push(blob);
    }
    Blobs { labels, blobs: found }
}

/// The mask with enclosed gaps of at most `most_um2` filled; gaps that reach the edge of the grid stay.
#[must_use]
pub fn fill_gaps(mask: &Array2<bool>, pitch_um: f64, most_um2: f64) -> Array2<bool> {
    let gaps = blobs(&mask.mapv(|m| !m), true);
    let fills = |label: u32| {
        let gap = gaps.blobs[label as usize - 1];
        !gap.touches_edge && gap.points as f64 * pitch_um * pitch_um <= most_um2
    };
    ndarray::Zip::from(mask).and(&gaps.labels).map_collect(|&m, &label| m || (label > 0 && fills(label)))
}

/// The mask without connected regions of less than `least_um2`.
#[must_use]
pub fn drop_islands(mask: &Array2<bool>, pitch_um: f64, least_um2: f64) -> Array2<bool> {
    let found = blobs(mask, false);
    found
        .labels
        .mapv(|label| label > 0 && found.blobs[label as usize - 1].points as f64 * pitch_um * pitch_um >= least_um2)
}

/// A point on the edge of a mask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EdgePoint {
    /// Place in the frame of the map (origin at the centre of the grid).
    pub at: Point,
    /// Unit vector from the valid to the missing side, x and y.
    pub outward: [f64; 2],
}

/// The edge of a mask, half a pitch beyond its outermost points, with directions smoothed over a few points.
///
/// One entry for each pair of a valid and a missing neighbour along rows or columns, row by row. The direction runs from the centroid
/// of the valid to that of the missing points in the square of side 2 `smoothing` + 1 around the point.
#[must_use]
pub fn edge_points(mask: &Array2<bool>, pitch_um: f64, smoothing: usize) -> Vec<EdgePoint> {
    let (rows, columns) = mask.dim();
    let valid = |r: isize, c: isize| {
        r >= 0 && c >= 0 && (r as usize) < rows && (c as usize) < columns && mask[(r as usize, c as usize)]
    };
    let reach = smoothing.max(1) as isize;
    let mut edges = Vec::new();
    for ((row, column), &m) in mask.indexed_iter() {
        if !m {
            continue;
        }
        let (r, c) = (row as isize, column as isize);
        for (dr, dc) in [(-1, 0), (0, -1), (0, 1), (1, 0)] {
            if valid(r + dr, c + dc) {
                continue;
            }
            let at_row = row as f64 + 0.5 * dr as f64;
            let at_column = column as f64 + 0.5 * dc as f64;
            let (mut gx, mut gy) = (0.0, 0.0);
            for i in r - reach..=r + reach {
                for j in c - reach..=c + reach {
                    if !valid(i, j) {
                        gx += j as f64 - at_column;
                        gy += i as f64 - at_row;
                    } else {
                        gx -= j as f64 - at_column;
                        gy -= i as f64 - at_row;
                    }
                }
            }
            let length = f64::hypot(gx, gy);
            if length > 0.0 {
                let at = Point::new(
                    (at_column - (columns as f64 - 1.0) / 2.0) * pitch_um,
                    (at_row - (rows as f64 - 1.0) / 2.0) * pitch_um,
                );
                edges.push(EdgePoint { at, outward: [gx / length, gy / length] });
            }
        }
    }
    edges
}

#[cfg(test)]
#[path = "morphology_tests.rs"]
mod tests;
