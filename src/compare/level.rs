//! A mark's map at one pitch, made ready for being sampled at any pose.

use crate::dsp::correlate::MaskedMap;
use crate::geometry::{Point, Pose};
use crate::grid::HeightMap;

/// Standard deviation of a normal distribution over its median absolute deviation.
const SD_PER_MAD: f32 = 1.4826;

/// Value and weight (1 known, 0 missing) of a point, or its slopes along x and y per um.
type Texel = [f32; 2];

/// A known point: place (x, y, um) in the frame that its holder names, and value.
pub(super) type Known = (f32, f32, f32);

/// A clipped map in units of its own spread, zero where missing, in a frame whose origin is the middle of the mark (its *hub*).
#[derive(Debug, Clone)]
pub(super) struct Level {
    pub pitch_um: f64,
    /// Rows and columns without the border.
    pub rows: usize,
    pub columns: usize,
    /// Place of the first row and column in the hub's frame, um.
    first: Point,
    /// Points of the bordered grid per um, and the bordered grid's index of the hub: what sampling needs, worked out once.
    scale: f32,
    /// See [`Self::scale`]: column and row.
    origin: (f32, f32),
    /// Values and weights, with a border of one missing point all round.
    texels: Vec<Texel>,
    /// Slopes, the same way; kept apart so that sampling values alone touches half the memory.
    slopes: Vec<Texel>,
    /// Known points, in the hub's frame, with their value.
    pub points: Vec<Known>,
    /// Largest distance of a known point from the hub, um.
    pub radius_um: f64,
}

impl Level {
    /// Takes a map, with the hub given in the map's frame; values are divided by their robust spread and clipped.
    pub fn of(map: &HeightMap, hub: Point, clip_sd: f64) -> Self {
        let (rows, columns) = (map.rows(), map.columns());
        let mut magnitudes: Vec<f32> = map.z.iter().filter(|z| z.is_finite()).map(|z| z.abs()).collect();
        let spread = if magnitudes.is_empty() {
            0.0
        } else {
            let middle = magnitudes.len() / 2;
            SD_PER_MAD * *magnitudes.select_nth_unstable_by(middle, f32::total_cmp).1
        };
        // A map without spread has nothing to compare: all missing.
        let known = |z: f32| z.is_finite() && spread > 0.0 && spread.is_finite();
        let wide = columns + 2;
        let mut texels = vec![[0.0; 2]; (rows + 2) * wide];
        let clip = clip_sd as f32;
        for ((row, column), &z) in map.z.indexed_iter() {
            if known(z) {
                let t = &mut texels[(row + 1) * wide + column + 1];
                t[0] = (z / spread).clamp(-clip, clip);
                t[1] = 1.0;
            }
        }
        let corner = map.point_at(0.0, 0.0);
        let first = Point::new(corner.x_um - hub.x_um, corner.y_um - hub.y_um);
        let mut level = Self {
            pitch_um: map.pitch_um,
            rows,
            columns,
            first,
            scale: (1.0 / map.pitch_um) as f32,
            origin: ((1.0 - first.x_um / map.pitch_um) as f32, (1.0 - first.y_um / map.pitch_um) as f32),
            slopes: vec![[0.0; 2]; texels.len()],
            texels,
            points: Vec::new(),
            radius_um: 0.0,
        };
        level.find_slopes();
        for row in 0..rows {
            for column in 0..columns {
                let t = level.texels[(row + 1) * wide + column + 1];
                if t[1] > 0.0 {
                    let (x, y) = (first.x_um + column as f64 * map.pitch_um, first.y_um + row as f64 * map.pitch_um);
                    level.points.push((x as f32, y as f32, t[0]));
                    level.radius_um = level.radius_um.max(x.hypot(y));
                }
            }
        }
        level
    }

    /// Central differences where both neighbours are known, else 0.
    fn find_slopes(&mut self) {
        let wide = self.columns + 2;
        let half = (0.5 / self.pitch_um) as f32;
        for row in 1..=self.rows {
            for column in 1..=self.columns {
                let i = row * wide + column;
                if self.texels[i][1] == 0.0 {
                    continue;
                }
                for (axis, step) in [(0, 1), (1, wide)] {
                    let (before, after) = (self.texels[i - step], self.texels[i + step]);
                    if before[1] > 0.0 && after[1] > 0.0 {
                        self.slopes[i][axis] = (after[0] - before[0]) * half;
                    }
                }
            }
        }
    }

    /// The map itself, point by point.
    pub fn masked(&self) -> MaskedMap {
        let inner = (1..=self.rows).flat_map(|row| {
            let first = row * (self.columns + 2) + 1;
            self.texels.get(first..first + self.columns).unwrap_or_default()
        });
        let (values, mask) = inner.map(|t| (t[0], t[1])).unzip();
        MaskedMap { rows: self.rows, columns: self.columns, values, mask }
    }

    /// Place of a point of the grid in the hub's frame.
    pub fn place(&self, row: usize, column: usize) -> Point {
        Point::new(self.first.x_um + column as f64 * self.pitch_um, self.first.y_um + row as f64 * self.pitch_um)
    }

    /// Index of the upper left of the four neighbours of a place, and their weights; `None` outside.
    #[inline]
    fn neighbours(&self, x_um: f32, y_um: f32) -> Option<(usize, [f32; 4])> {
        let column = x_um * self.scale + self.origin.0;
        let row = y_um * self.scale + self.origin.1;
        if !(column >= 0.0 && row >= 0.0) {
            return None;
        }
        let (c, r) = (column as usize, row as usize);
        if c > self.columns || r > self.rows {
            return None;
        }
        let (fx, fy) = (column - c as f32, row - r as f32);
        let weights = [(1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy];
        Some((r * (self.columns + 2) + c, weights))
    }

    #[inline]
    fn blend(&self, map: &[Texel], i: usize, weights: &[f32; 4]) -> Texel {
        let below = i + self.columns + 2;
        let (Some([a, b]), Some([d, e])) = (map.get(i..i + 2), map.get(below..below + 2)) else { return [0.0; 2] };
        let sum = |k: usize| weights[0] * a[k] + weights[1] * b[k] + weights[2] * d[k] + weights[3] * e[k];
        [sum(0), sum(1)]
    }

    /// Value and weight (1 or 0) at a place in the hub's frame, bilinear; both 0 outside or where less than half is known.
    #[inline]
    pub fn at(&self, x_um: f32, y_um: f32) -> Texel {
        let Some((i, weights)) = self.neighbours(x_um, y_um) else { return [0.0; 2] };
        let [value, weight] = self.blend(&self.texels, i, &weights);
        if weight < 0.5 { [0.0; 2] } else { [value / weight, 1.0] }
    }

    /// Slopes along x and y at a place in the hub's frame, per um; 0 where there is no value.
    #[inline]
    pub fn slopes_at(&self, x_um: f32, y_um: f32) -> Texel {
        let Some((i, weights)) = self.neighbours(x_um, y_um) else { return [0.0; 2] };
        let [_, weight] = self.blend(&self.texels, i, &weights);
        if weight < 0.5 { [0.0; 2] } else { self.blend(&self.slopes, i, &weights) }
    }

    /// The map seen from another frame: point q of the result lies at `pose.apply(q)` here. The result is square with `side` points, its
    /// middle at the origin of that frame plus `middle`.
    pub fn view(&self, pose: &Pose, middle: Point, side: usize, pitch_um: f64, out: &mut MaskedMap) {
        out.rows = side;
        out.columns = side;
        out.values.clear();
        out.mask.clear();
        let half = (side as f64 - 1.0) / 2.0;
        let start = pose.apply(Point::new(middle.x_um - half * pitch_um, middle.y_um - half * pitch_um));
        let (s, c) = pose.theta_rad.sin_cos();
        let (sx, sy) = ((c * pitch_um) as f32, (s * pitch_um) as f32);
        for row in 0..side {
            let (x0, y0) = (start.x_um as f32 - sy * row as f32, start.y_um as f32 + sx * row as f32);
            for column in 0..side {
                let t = self.at(x0 + sx * column as f32, y0 + sy * column as f32);
                out.values.push(t[0]);
                out.mask.push(t[1]);
            }
        }
    }
}

/// A mask-aware Gaussian average of `map` on a grid of another pitch (same centre); a point is known where half its weight is.
///
/// The standard deviation is half the larger pitch, which damps what the new grid cannot carry (wavelength 2 pitches) to 29 % and leaves four
/// pitches at 73 %.
pub(super) fn resample(map: &HeightMap, pitch_um: f64) -> HeightMap {
    let (rows, columns) = (map.rows(), map.columns());
    let fits = map.pitch_um > 0.0 && map.pitch_um.is_finite() && rows > 0 && columns > 0;
    if !fits || (map.pitch_um - pitch_um).abs() < 1e-9 * pitch_um {
        return map.clone();
    }
    let count = |n: usize| (((n as f64 - 1.0) * map.pitch_um / pitch_um).floor() as usize + 1).max(1);
    let mut out = HeightMap::missing(count(rows), count(columns), pitch_um);
    let sigma = 0.5 * pitch_um.max(map.pitch_um) / map.pitch_um;
    let reach = (2.5 * sigma).ceil() as isize;
    let weights = |centre: f64, n: usize| -> (usize, Vec<f32>) {
        let middle = centre.round() as isize;
        let from = (middle - reach).clamp(0, n as isize - 1);
        let to = (middle + reach).clamp(0, n as isize - 1);
        let w = (from..=to).map(|i| (-0.5 * ((i as f64 - centre) / sigma).powi(2)).exp() as f32).collect();
        (from as usize, w)
    };
    let across: Vec<_> =
        (0..out.columns()).map(|c| weights(map.index_of(out.point_at(0.0, c as f64)).1, columns)).collect();
    let full: f32 = {
        let (_, w) = weights((columns / 2) as f64, columns.max(2 * reach as usize + 1));
        w.iter().sum()
    };
    for row in 0..out.rows() {
        let (first_row, down) = weights(map.index_of(out.point_at(row as f64, 0.0)).0, rows);
        for (column, (first_column, along)) in across.iter().enumerate() {
            let (mut sum, mut weight) = (0f32, 0f32);
            for (i, wy) in down.iter().enumerate() {
                for (j, wx) in along.iter().enumerate() {
                    let z = map.z[[first_row + i, first_column + j]];
                    if z.is_finite() {
                        sum += wy * wx * z;
                        weight += wy * wx;
                    }
                }
            }
            if weight > 0.5 * full * full {
                out.z[[row, column]] = sum / weight;
            }
        }
    }
    out
}
