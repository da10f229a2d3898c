//! Smooth random fields, read at one place or at a run of places side by side.

use super::stream::Stream;

/// Root mean square of a cubic B-spline surface over white lattice values of variance 1: the mean over all offsets of the
/// squared weights along one axis is 151/315, and a surface has two axes.
const SPLINE_RMS: f32 = 151.0 / 315.0;

/// The largest magnitude that a field can have: white values are bounded by 2.45, the weights of a spline sum to 1.
pub(super) const LARGEST: f64 = 2.45 * 315.0 / 151.0 + 0.01;

/// Places that are worked on side by side: enough to fill vector registers, few enough that the last run of a row wastes little.
pub(super) const RUN: usize = 32;

/// One number for each place of a run.
pub(super) type Run<T> = [T; RUN];

/// Points that go through the sums together, one vector register of SSE.
const LANES: usize = 4;

/// From 0 to 1 without a bend at either end, where `u` goes there.
pub(super) fn smoothstep(u: f64) -> f64 {
    let u = u.clamp(0.0, 1.0);
    u * u * (3.0 - 2.0 * u)
}

/// A smooth random field of mean 0 and variance 1: white values on a periodic lattice under cubic B-splines.
///
/// A lattice of spacing d carries wavelengths from about 2 d upwards, strongest near 3 to 5 d. Unequal spacings give grooves.
pub(super) struct Lattice {
    /// Column by column, with the first three columns and rows repeated after the last, so that sixteen neighbours are never cut.
    values: Vec<f32>,
    columns: usize,
    rows: usize,
    spacing_x_um: f64,
    spacing_y_um: f64,
}

impl Lattice {
    /// A field that does not repeat within `extent_um`.
    pub(super) fn new(stream: &mut Stream, spacing_x_um: f64, spacing_y_um: f64, extent_um: f64) -> Self {
        let columns = (extent_um / spacing_x_um) as usize + 5;
        let rows = (extent_um / spacing_y_um) as usize + 5;
        Self { values: laid_out(stream, columns, rows), columns, rows, spacing_x_um, spacing_y_um }
    }

    /// A field that does not repeat along x within `extent_um` and closes along y after `cells` cells of length 1.
    pub(super) fn closed(stream: &mut Stream, spacing_x_um: f64, extent_um: f64, cells: usize) -> Self {
        let columns = (extent_um / spacing_x_um) as usize + 5;
        let rows = cells.max(4);
        Self { values: laid_out(stream, columns, rows), columns, rows, spacing_x_um, spacing_y_um: 1.0 }
    }

    /// The field at a place.
    pub(super) fn value(&self, x_um: f64, y_um: f64) -> f32 {
        let (ix, wx) = spline(x_um / self.spacing_x_um);
        let (iy, wy) = spline(y_um / self.spacing_y_um);
        let stride = self.rows + REPEATED;
        let (ix, iy) = (wrapped(ix, self.columns as i32) as usize, wrapped(iy, self.rows as i32) as usize);
        let near = &self.values[ix * stride + iy..];
        let mut sum = 0.0;
        for (row, wy) in wy.iter().enumerate() {
            let mut across = 0.0;
            for (column, wx) in wx.iter().enumerate() {
                across += wx * near[column * stride + row];
            }
            sum += wy * across;
        }
        sum
    }

    /// The field at a run of places; the bits of [`Lattice::value`].
    pub(super) fn values(&self, x_um: &Run<f64>, y_um: &Run<f64>) -> Run<f32> {
        self.read(&self.footing(x_um, y_um))
    }

    /// The field at a run of places of one row; the bits of [`Lattice::value`].
    pub(super) fn values_along(&self, x_um: &Run<f64>, y_um: f64) -> Run<f32> {
        let (first, weights) = spline(y_um / self.spacing_y_um);
        let rows = Axis { first: [first; RUN], weights: weights.map(|w| [w; RUN]) };
        self.read(&Footing { columns: Axis::of(x_um, self.spacing_x_um), rows })
    }

    /// Where a run of places stands; the same for all lattices of these spacings.
    pub(super) fn footing(&self, x_um: &Run<f64>, y_um: &Run<f64>) -> Footing {
        Footing { columns: Axis::of(x_um, self.spacing_x_um), rows: Axis::of(y_um, self.spacing_y_um) }
    }

    /// The field where a run stands; the bits of [`Lattice::value`].
    pub(super) fn read(&self, at: &Footing) -> Run<f32> {
        let stride = self.rows + REPEATED;
        let (columns, rows) = (at.columns.wrapped(self.columns), at.rows.wrapped(self.rows));
        sixteen(&self.values, stride, (&columns, &at.columns.weights), (&rows, &at.rows.weights))
    }
}

/// The weighted sums of the sixteen neighbours of a run of places: along each row of four first, then over the rows.
///
/// `values` stands column by column, `stride` apart; first index and weights are those of the columns and of the rows.
pub(super) fn sixteen(
    values: &[f32],
    stride: usize,
    (columns, wx): (&Run<i32>, &[Run<f32>; 4]),
    (rows, wy): (&Run<i32>, &[Run<f32>; 4]),
) -> Run<f32> {
    // Two loops rather than one: each becomes vector instructions, over four rows here and over four places below.
    let mut across = [[0f32; LANES]; RUN];
    for (place, sums) in across.iter_mut().enumerate() {
        let from = columns[place] as usize * stride + rows[place] as usize;
        let near = &values[from..from + 3 * stride + LANES];
        let column = |k: usize| -> &[f32] { &near[k * stride..k * stride + LANES] };
        let (a, b, c, d) = (column(0), column(1), column(2), column(3));
        let (wa, wb, wc, wd) = (wx[0][place], wx[1][place], wx[2][place], wx[3][place]);
        for (row, sum) in sums.iter_mut().enumerate() {
            *sum = wa * a[row] + wb * b[row] + wc * c[row] + wd * d[row];
        }
    }
    let mut out = [0.0; RUN];
    for (place, (of, out)) in across.iter().zip(&mut out).enumerate() {
        *out = wy[0][place] * of[0] + wy[1][place] * of[1] + wy[2][place] * of[2] + wy[3][place] * of[3];
    }
    out
}

/// Where a run of places stands on lattices of one pair of spacings.
pub(super) struct Footing {
    columns: Axis,
    rows: Axis,
}

/// First lattice index (not wrapped) and the four cubic B-spline weights of every place along one axis.
struct Axis {
    first: Run<i32>,
    weights: [Run<f32>; 4],
}

impl Axis {
    #[inline]
    fn of(places_um: &Run<f64>, spacing_um: f64) -> Self {
        let mut axis = Self { first: [0; RUN], weights: [[0.0; RUN]; 4] };
        let mut offsets = [0f32; RUN];
        for ((place, first), t) in places_um.iter().zip(&mut axis.first).zip(&mut offsets) {
            let place = place / spacing_um;
            let (floor, index) = floor(place);
            *first = index - 1;
            *t = (place - floor) as f32;
        }
        let [wa, wb, wc, wd] = &mut axis.weights;
        for k in 0..RUN {
            [wa[k], wb[k], wc[k], wd[k]] = cubic(offsets[k]);
        }
        axis
    }
}

impl Axis {
    /// The first indices wrapped into 0..count.
    fn wrapped(&self, count: usize) -> Run<i32> {
        let count = count as i32;
        let mut first = self.first;
        let mut far = false;
        for index in &mut first {
            *index = stepped(*index, count);
            far |= *index < 0 || *index >= count;
        }
        if far { self.first.map(|index| wrapped(index, count)) } else { first }
    }
}

/// Columns and rows that stand again after the last.
const REPEATED: usize = 3;

/// White values of variance 1 under the splines, as [`Lattice::values`] keeps them.
fn laid_out(stream: &mut Stream, columns: usize, rows: usize) -> Vec<f32> {
    /// Side of the squares in which rows are turned into columns, so that neither side leaves the cache.
    const BLOCK: usize = 32;
    let white = stream.white(columns * rows);
    let stride = rows + REPEATED;
    let mut values = vec![0.0; (columns + REPEATED) * stride];
    for r0 in (0..rows).step_by(BLOCK) {
        for c0 in (0..columns).step_by(BLOCK) {
            let block = r0..(r0 + BLOCK).min(rows);
            for c in c0..(c0 + BLOCK).min(columns) {
                let to = &mut values[c * stride..(c + 1) * stride];
                for r in block.clone() {
                    to[r] = white[r * columns + c] / SPLINE_RMS;
                }
            }
        }
    }
    for column in values.chunks_exact_mut(stride) {
        column.copy_within(..REPEATED, rows);
    }
    values.copy_within(..REPEATED * stride, columns * stride);
    values
}

/// An index wrapped into 0..count.
fn wrapped(first: i32, count: i32) -> i32 {
    let near = stepped(first, count);
    if (0..count).contains(&near) { near } else { first.rem_euclid(count) }
}

/// One period up or down: extents are chosen so that this is enough nearly always, and it needs neither branch nor division.
#[inline(always)]
fn stepped(first: i32, count: i32) -> i32 {
    let up = if first < 0 { first + count } else { first };
    if up >= count { up - count } else { up }
}

/// The largest whole number not above `place`, as a number and as an index; places are below 2^31 in magnitude.
///
/// Adding and taking away 1.5 * 2^52 rounds to the nearest whole number in registers; the floor of the standard library is a call
/// on processors without SSE 4.1, which the build must serve.
#[inline(always)]
pub(super) fn floor(place: f64) -> (f64, i32) {
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    let nearest = (place + SHIFT) - SHIFT;
    let floor = if nearest > place { nearest - 1.0 } else { nearest };
    // The low half of the shifted number's bits is the whole number in two's complement.
    (floor, (floor + SHIFT).to_bits() as u32 as i32)
}

/// First lattice index (not wrapped) and the four weights of a place in lattice units.
fn spline(place: f64) -> (i32, [f32; 4]) {
    let (floor, index) = floor(place);
    (index - 1, cubic((place - floor) as f32))
}

/// The four cubic B-spline weights at `t` of a cell.
#[inline(always)]
fn cubic(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    let s = 1.0 - t;
    [s * s * s / 6.0, (3.0 * t3 - 6.0 * t2 + 4.0) / 6.0, (-3.0 * t3 + 3.0 * t2 + 3.0 * t + 1.0) / 6.0, t3 / 6.0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lattice_has_unit_variance_and_repeats_only_beyond_its_extent() {
        let lattice = Lattice::new(&mut Stream::new(1, "t", &[]), 10.0, 10.0, 4_000.0);
        let mut sum = 0.0;
        for i in 0..200 {
            for j in 0..200 {
                let v = f64::from(lattice.value(f64::from(i) * 13.7 - 1_300.0, f64::from(j) * 11.3 - 1_000.0));
                sum += v * v;
            }
        }
        let variance = sum / 40_000.0;
        assert!((variance - 1.0).abs() < 0.06, "variance {variance}");
    }

    #[test]
    fn a_closed_lattice_meets_itself_after_one_turn() {
        let lattice = Lattice::closed(&mut Stream::new(1, "c", &[]), 10.0, 500.0, 9);
        for i in 0..50 {
            let x = f64::from(i) * 7.0;
            assert!((lattice.value(x, 0.25) - lattice.value(x, 9.25)).abs() < 1e-4);
        }
    }

    #[test]
    fn a_run_has_the_bits_of_its_places_and_of_the_plain_double_sum() {
        let mut stream = Stream::new(4, "runs", &[]);
        let white = Stream::new(4, "lattice", &[]).white(45 * 25);
        let lattice = Lattice::new(&mut Stream::new(4, "lattice", &[]), 10.0, 20.0, 400.0);
        // Rows by columns as drawn, wrapped place by place: what the padded columns must amount to.
        let plain = |x: f64, y: f64| {
            let (column, wx) = spline(x / 10.0);
            let (row, wy) = spline(y / 20.0);
            let mut sum = 0.0f32;
            for (j, wy) in (0..).zip(wy) {
                let mut across = 0.0f32;
                for (i, wx) in (0..).zip(wx) {
                    let at = (row + j).rem_euclid(25) * 45 + (column + i).rem_euclid(45);
                    across += wx * (white[at as usize] / SPLINE_RMS);
                }
                sum += wy * across;
            }
            sum
        };
        for _ in 0..200 {
            let xs: Run<f64> = std::array::from_fn(|_| stream.between(-900.0, 900.0));
            let ys: Run<f64> = std::array::from_fn(|_| stream.between(-900.0, 900.0));
            let (free, along) = (lattice.values(&xs, &ys), lattice.values_along(&xs, ys[0]));
            for place in 0..RUN {
                let one = lattice.value(xs[place], ys[place]);
                assert_eq!(one.to_bits(), plain(xs[place], ys[place]).to_bits());
                assert_eq!(free[place].to_bits(), one.to_bits());
                assert_eq!(along[place].to_bits(), lattice.value(xs[place], ys[0]).to_bits());
                assert!(f64::from(one.abs()) <= LARGEST);
            }
        }
    }

    #[test]
    fn floors_are_those_of_the_standard_library() {
        let mut stream = Stream::new(5, "floors", &[]);
        let edges = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.5, -2.5, 1e9, -1e9, 3.0f64.next_down(), (-3.0f64).next_up()];
        for place in edges.into_iter().chain((0..10_000).map(|_| stream.between(-5_000.0, 5_000.0))) {
            let (whole, index) = floor(place);
            assert_eq!(whole, place.floor());
            assert_eq!(f64::from(index), place.floor(), "{place}");
        }
    }
}
