//! A mark's map at one pitch, made ready for being sampled at any pose.

use crate::dsp::correlate::MaskedMap;
use crate::dsp::lanes::{Eight, LANES, Lanes, Pair, Plain, kernel};
use crate::geometry::{Point, Pose};
use crate::grid::HeightMap;

/// Standard deviation of a normal distribution over its median absolute deviation.
const SD_PER_MAD: f32 = 1.4826;

/// A known point: place (x, y, um) in the frame that its holder names, and value.
pub(super) type Known = (f32, f32, f32);

/// Known points, coordinate by coordinate, filled up to whole groups of [`LANES`] with points so far out that they meet nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Points {
    x: Vec<f32>,
    y: Vec<f32>,
    v: Vec<f32>,
    count: usize,
}

/// Coordinate of the points that fill a group up, um: a kilometre.
const NOWHERE_UM: f32 = 1e9;

impl Points {
    /// How many there are, without those that fill up.
    pub fn len(&self) -> usize {
        self.count
    }

    /// One after another.
    pub fn iter(&self) -> impl Iterator<Item = Known> {
        let places = self.x.iter().zip(&self.y);
        places.zip(&self.v).take(self.count).map(|((x, y), v)| (*x, *y, *v))
    }

    /// The groups: x, y and value.
    #[inline(always)]
    pub fn groups(&self) -> (&[Eight], &[Eight], &[Eight]) {
        (self.x.as_chunks().0, self.y.as_chunks().0, self.v.as_chunks().0)
    }
}

impl Points {
    /// With room for `count` of them, and one.
    fn with_room(count: usize) -> Self {
        let room = || vec![0.0; count + 1];
        Self { x: room(), y: room(), v: room(), count: 0 }
    }

    /// Takes the known ones of a line. Without a branch, which would be guessed wrong at every dropout.
    fn take_line(&mut self, line: &[f32], xs: &[f64], y: f32) {
        for (v, x) in line.iter().zip(xs) {
            let at = self.count;
            if let (Some(x_at), Some(y_at), Some(v_at)) = (self.x.get_mut(at), self.y.get_mut(at), self.v.get_mut(at)) {
                (*x_at, *y_at, *v_at) = (*x as f32, y, *v);
            }
            self.count += usize::from(!v.is_nan());
        }
    }

    fn push(&mut self, (x, y, v): Known) {
        self.x.push(x);
        self.y.push(y);
        self.v.push(v);
        self.count += 1;
    }

    /// To whole groups; nothing is pushed afterwards.
    fn fill_up(&mut self) {
        let whole = self.count.next_multiple_of(LANES);
        for list in [&mut self.x, &mut self.y, &mut self.v] {
            list.truncate(self.count);
        }
        self.x.resize(whole, NOWHERE_UM);
        self.y.resize(whole, NOWHERE_UM);
        self.v.resize(whole, 0.0);
    }
}

impl FromIterator<Known> for Points {
    fn from_iter<I: IntoIterator<Item = Known>>(points: I) -> Self {
        let mut all = Self::default();
        points.into_iter().for_each(|point| all.push(point));
        all.fill_up();
        all
    }
}

/// A rigid motion in single precision: what the inner loops need of a [`Pose`].
#[derive(Clone, Copy)]
pub(super) struct Motion {
    pub sin: f32,
    pub cos: f32,
    pub dx: f32,
    pub dy: f32,
}

impl Motion {
    pub fn of(pose: &Pose) -> Self {
        let (sin, cos) = pose.theta_rad.sin_cos();
        Self { sin: sin as f32, cos: cos as f32, dx: pose.dx_um as f32, dy: pose.dy_um as f32 }
    }

    /// Where places come to lie.
    #[inline(always)]
    pub fn apply<L: Lanes>(&self, x: L, y: L) -> (L, L) {
        let (sin, cos) = (L::splat(self.sin), L::splat(self.cos));
        (
            cos.times(x).minus(sin.times(y)).plus(L::splat(self.dx)),
            sin.times(x).plus(cos.times(y)).plus(L::splat(self.dy)),
        )
    }
}

/// A clipped map in units of its own spread in a frame whose origin is the middle of the mark (its *hub*).
///
/// Between points it is bilinear, and missing (NaN) wherever one of the four points around is.
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
    /// Largest column and row of the bordered grid that have a next one.
    most: (f32, f32),
    /// Values, NaN where missing, with a border of one missing point all round; each with the one below it, the last row left out.
    pairs: Vec<Pair>,
    /// Known points, in the hub's frame, with their value.
    pub points: Points,
    /// Largest distance of a known point from the hub, um.
    pub radius_um: f64,
}

/// A missing point with at least so many known ones among its eight neighbours is bridged by their mean: a dropout must not cost the four places
/// around it, and the straight edge of a mark (three of eight) must not grow.
const BRIDGED_FROM: usize = 5;

impl Level {
    /// Takes a map, with the hub given in the map's frame; values are divided by their robust spread and clipped.
    pub fn of(map: &HeightMap, hub: Point, clip_sd: f64) -> Self {
        let (rows, columns) = (map.rows(), map.columns());
        let (count, median) = known_and_median(map);
        let spread = SD_PER_MAD * median;
        // A map without spread has nothing to compare: all missing.
        let spread = if spread > 0.0 && spread.is_finite() { spread } else { f32::NAN };
        let wide = columns + 2;
        let mut values = vec![f32::NAN; (rows + 2) * wide];
        let clip = clip_sd as f32;
        let corner = map.point_at(0.0, 0.0);
        let first = Point::new(corner.x_um - hub.x_um, corner.y_um - hub.y_um);
        let xs: Vec<f64> = (0..columns).map(|column| first.x_um + column as f64 * map.pitch_um).collect();
        let (mut farthest, mut farthest_square) = ((0f64, 0f64), 0f64);
        let mut points = Points::with_room(count);
        for (row, heights) in map.z.rows().into_iter().enumerate() {
            let y = first.y_um + row as f64 * map.pitch_um;
            let line = &mut values[(row + 1) * wide + 1..][..columns];
            for (value, z) in line.iter_mut().zip(heights) {
                *value = if z.is_finite() { (z / spread).clamp(-clip, clip) } else { f32::NAN };
            }
            points.take_line(line, &xs, y as f32);
            // No point of a row lies farther than both of its ends.
            let known = |v: &f32| !v.is_nan();
            for end in [line.iter().position(known), line.iter().rposition(known)].into_iter().flatten() {
                let square = xs[end] * xs[end] + y * y;
                if square > farthest_square {
                    (farthest, farthest_square) = ((xs[end], y), square);
                }
            }
        }
        points.fill_up();
        bridge(&mut values, rows, columns);
        Self {
            pitch_um: map.pitch_um,
            rows,
            columns,
            first,
            scale: (1.0 / map.pitch_um) as f32,
            origin: ((1.0 - first.x_um / map.pitch_um) as f32, (1.0 - first.y_um / map.pitch_um) as f32),
            most: (columns as f32 + 0.5, rows as f32 + 0.5),
            pairs: values.iter().zip(&values[wide..]).map(|(above, below)| [*above, *below]).collect(),
            points,
            radius_um: farthest.0.hypot(farthest.1),
        }
    }

    /// Value of a point of the grid, NaN where missing.
    pub fn value(&self, row: usize, column: usize) -> f32 {
        self.pairs.get((row + 1) * (self.columns + 2) + column + 1).map_or(f32::NAN, |pair| pair[0])
    }

    /// The map itself, point by point.
    pub fn masked(&self) -> MaskedMap {
        let points = (0..self.rows).flat_map(|row| (0..self.columns).map(move |column| self.value(row, column)));
        let (values, mask) = points.map(|v| if v.is_nan() { (0.0, 0.0) } else { (v, 1.0) }).unzip();
        MaskedMap { rows: self.rows, columns: self.columns, values, mask }
    }

    /// Place of a point of the grid in the hub's frame.
    pub fn place(&self, row: usize, column: usize) -> Point {
        Point::new(self.first.x_um + column as f64 * self.pitch_um, self.first.y_um + row as f64 * self.pitch_um)
    }

    /// The four points around each place, and how far it lies between them.
    #[inline(always)]
    fn around<L: Lanes>(&self, x_um: L, y_um: L) -> Around<L> {
        let index = |place: L, origin: f32| place.times(L::splat(self.scale)).plus(L::splat(origin));
        let (column, along) = index(x_um, self.origin.0).split(L::splat(self.most.0));
        let (row, down) = index(y_um, self.origin.1).split(L::splat(self.most.1));
        let corners = L::corners(&self.pairs, (self.columns + 2) as u32, row, column);
        Around { corners, along, down }
    }

    /// Values at places in the hub's frame, NaN where missing.
    #[inline(always)]
    pub fn values_at<L: Lanes>(&self, x_um: L, y_um: L) -> L {
        self.around(x_um, y_um).values()
    }

    /// Values and slopes along x and y (per um), NaN where missing.
    #[inline(always)]
    pub fn slopes_at<L: Lanes>(&self, x_um: L, y_um: L) -> (L, L, L) {
        let around = self.around(x_um, y_um);
        let (gx, gy) = around.slopes(L::splat(self.scale));
        (around.values(), gx, gy)
    }

    /// Value at one place in the hub's frame, NaN where missing.
    pub fn at(&self, place: Point) -> f32 {
        self.values_at(Plain::splat(place.x_um as f32), Plain::splat(place.y_um as f32)).store()[0]
    }

    /// The map seen from another frame: point q of the result lies at `pose.apply(q)` here. The result is square with `side` points, its
    /// middle at the origin of that frame plus `middle`.
    pub fn view(&self, pose: &Pose, middle: Point, side: usize, pitch_um: f64, out: &mut MaskedMap) {
        let half = (side as f64 - 1.0) / 2.0;
        let first = pose.apply(Point::new(middle.x_um - half * pitch_um, middle.y_um - half * pitch_um));
        out.rows = side;
        out.columns = side;
        out.values.clear();
        out.mask.clear();
        out.values.resize(side * side, 0.0);
        out.mask.resize(side * side, 0.0);
        look(self, &Motion::of(&Pose::new(pose.theta_rad, first.x_um, first.y_um)), side, pitch_um as f32, out);
    }
}

kernel! {
    /// Fills a square view whose first point lies at the origin of `motion`.
    fn look = look_of(level: &Level, motion: &Motion, side: usize, pitch_um: f32, out: &mut MaskedMap)
}

#[inline(always)]
fn look_of<L: Lanes>(level: &Level, motion: &Motion, side: usize, pitch_um: f32, out: &mut MaskedMap) {
    let mut x = [0f32; LANES];
    for row in 0..side {
        let y = L::splat(row as f32 * pitch_um);
        let (values, mask) = (&mut out.values[row * side..], &mut out.mask[row * side..]);
        for first in (0..side).step_by(LANES) {
            for (k, x) in x.iter_mut().enumerate() {
                *x = (first + k) as f32 * pitch_um;
            }
            let (there_x, there_y) = motion.apply(L::load(&x), y);
            let found = level.values_at(there_x, there_y);
            let (v, known) = (found.filled().store(), found.known().store());
            let count = LANES.min(side - first);
            values[first..first + count].copy_from_slice(&v[..count]);
            mask[first..first + count].copy_from_slice(&known[..count]);
        }
    }
}

/// Points around places.
struct Around<L> {
    /// Upper left, upper right, lower left, lower right.
    corners: [L; 4],
    /// How far the place lies from the left towards the right, 0 to 1.
    along: L,
    /// How far from above to below.
    down: L,
}

impl<L: Lanes> Around<L> {
    #[inline(always)]
    fn values(&self) -> L {
        let [a, b, c, d] = self.corners;
        let above = a.plus_product(self.along, b.minus(a));
        let below = c.plus_product(self.along, d.minus(c));
        above.plus_product(self.down, below.minus(above))
    }

    /// The slopes of that bilinear surface; `scale` is points per um.
    #[inline(always)]
    fn slopes(&self, scale: L) -> (L, L) {
        let [a, b, c, d] = self.corners;
        let (above, below) = (b.minus(a), d.minus(c));
        let (left, right) = (c.minus(a), d.minus(b));
        (
            above.plus_product(self.down, below.minus(above)).times(scale),
            left.plus_product(self.along, right.minus(left)).times(scale),
        )
    }
}

/// How many values are known, and the median of their magnitudes; 0 where there are none.
fn known_and_median(map: &HeightMap) -> (usize, f32) {
    // Numbers that are not negative have the order of their bits, which compare faster.
    let mut bits: Vec<u32> = map.z.iter().filter(|z| z.is_finite()).map(|z| z.abs().to_bits()).collect();
    let (count, middle) = (bits.len(), bits.len() / 2);
    (count, if bits.is_empty() { 0.0 } else { f32::from_bits(*bits.select_nth_unstable(middle).1) })
}

/// See [`BRIDGED_FROM`]; works on the bordered grid.
fn bridge(values: &mut [f32], rows: usize, columns: usize) {
    let wide = columns + 2;
    let mut bridges = Vec::new();
    // Known points of three rows, column by column: few places are missing and have as many around them.
    let mut threes = vec![0u8; wide];
    for row in 1..=rows {
        let (above, here, below) = (&values[(row - 1) * wide..], &values[row * wide..], &values[(row + 1) * wide..]);
        for (three, ((a, b), c)) in threes.iter_mut().zip(above.iter().zip(here).zip(below)) {
            *three = u8::from(!a.is_nan()) + u8::from(!b.is_nan()) + u8::from(!c.is_nan());
        }
        for (column, (around, middle)) in threes.windows(3).zip(&here[1..=columns]).enumerate() {
            if !middle.is_nan() || usize::from(around[0] + around[1] + around[2]) < BRIDGED_FROM {
                continue;
            }
            let i = row * wide + column + 1;
            let (mut sum, mut known) = (0f32, 0usize);
            for around in [i - wide - 1, i - wide, i - wide + 1, i - 1, i + 1, i + wide - 1, i + wide, i + wide + 1] {
                if !values[around].is_nan() {
                    sum += values[around];
                    known += 1;
                }
            }
            bridges.push((i, sum / known as f32));
        }
    }
    for (i, value) in bridges {
        values[i] = value;
    }
}

/// A mask-aware Gaussian average of `map` on a grid of another pitch (same centre); a point is known where half its weight is.
///
/// The standard deviation is half the larger pitch, which damps what the new grid cannot carry (wavelength 2 pitches) to 29 % and leaves four
/// pitches at 73 %. Along columns first, then along rows.
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
    let (mut sums, mut known) = (vec![0f32; columns], vec![0f32; columns]);
    let downs: Vec<_> = (0..out.rows()).map(|r| weights(map.index_of(out.point_at(r as f64, 0.0)).0, rows)).collect();
    let z = map.z.as_standard_layout();
    let z = z.as_slice().unwrap_or_default();
    for ((first, down), mut heights) in downs.into_iter().zip(out.z.rows_mut()) {
        sums.fill(0.0);
        known.fill(0.0);
        for (line, w) in z.chunks_exact(columns).skip(first).zip(&down) {
            add_known(line, *w, &mut sums, &mut known);
        }
        for (z, (first, along)) in heights.iter_mut().zip(&across) {
            let (mut sum, mut weight) = (0f32, 0f32);
            for ((w, s), k) in along.iter().zip(&sums[*first..]).zip(&known[*first..]) {
                sum += w * s;
                weight += w * k;
            }
            if weight > 0.5 * full * full {
                *z = sum / weight;
            }
        }
    }
    out
}

/// Adds the known values of a line and their number, both times `w`.
#[multiversion::multiversion(targets("x86_64+avx2"))]
fn add_known(line: &[f32], w: f32, sums: &mut [f32], known: &mut [f32]) {
    for ((z, sum), known) in line.iter().zip(sums).zip(known) {
        let there = z.is_finite();
        *sum += if there { w * z } else { 0.0 };
        *known += if there { w } else { 0.0 };
    }
}
