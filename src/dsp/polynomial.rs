//! Robust removal of a polynomial form of high order: the cup of a firing pin, whatever the pin's shape.
//!
//! The cup of a hemispherical, elliptical or chisel-shaped pin, drawn out by drag, is no plane and no one sphere; over the cup a polynomial of
//! order six follows all of them to a few um and is far too stiff (its shortest half-wave is a sixth of the cup) to follow the
//! pattern in the band that is compared. A robust second-order surface ([`super::level`]) comes first, so that flanks, dust and
//! dropouts in a third of the points cannot bend it; the polynomial is then fitted to the rest by reweighted least squares with Tukey's
//! biweight.

use super::level::{self, FormKind, median_of};
use crate::grid::HeightMap;

/// Highest order offered: 66 terms, beyond which a fit to a few thousand points follows the pattern.
pub const MOST_ORDER: usize = 10;
/// Most points that a fit looks at; larger maps are read at a regular stride.
const MOST_POINTS: usize = 6_000;
/// Points for each term, at least.
const LEAST_POINTS_PER_TERM: usize = 4;
/// Median absolute deviation to standard deviation of a normal distribution, 1 / Phi^-1(3/4).
const MAD_TO_SD: f64 = 1.482_602_218_505_602;
/// Tukey's constant: 95 % efficiency on normal residuals.
const BIWEIGHT: f64 = 4.685;
/// Reweighted fits; the scale settles within a handful.
const REWEIGHTS: usize = 8;
/// Pull of every coefficient to 0, as a share of the mean weight: keeps a direction that the points do not determine from running away, and moves
/// the others by a millionth.
const RIDGE: f64 = 1e-6;

/// What was removed.
#[derive(Debug, Clone, PartialEq)]
pub struct Removed {
    /// Robust standard deviation of the residuals, um.
    pub residual_sd_um: f64,
    /// Angle between the tangent of the second-order start at the centre and the plane of the map, radians.
    pub tilt_rad: f64,
}

/// Takes a polynomial of total order `order` (at most [`MOST_ORDER`]) in x and y off a map; `None` and an untouched map where too few points are there to
/// determine it.
#[must_use]
pub fn remove(map: &mut HeightMap, order: usize) -> Option<Removed> {
    let order = order.min(MOST_ORDER);
    let unknowns = (order + 1) * (order + 2) / 2;
    let frame = Frame::of(map)?;
    let mut rough = map.clone();
    let start = level::remove(&mut rough, FormKind::SecondOrder)?;
    let points = frame.sample(&rough);
    if points.len() < LEAST_POINTS_PER_TERM * unknowns {
        return None;
    }
    let rows: Vec<Vec<f64>> = points.iter().map(|p| terms(p.0, p.1, order)).collect();
    let mut coefficients = vec![0.0; unknowns];
    let mut residuals: Vec<f64> = points.iter().map(|p| p.2).collect();
    let mut scratch = Vec::with_capacity(points.len());
    let mut sd = 0.0;
    for _ in 0..REWEIGHTS {
        scratch.clear();
        scratch.extend(residuals.iter().map(|r| r.abs()));
        sd = MAD_TO_SD * median_of(&mut scratch)?;
        let reach = (BIWEIGHT * sd).max(f64::MIN_POSITIVE);
        let weight = |r: f64| {
            let u = r / reach;
            if u.abs() < 1.0 { (1.0 - u * u).powi(2) } else { 0.0 }
        };
        let weights: Vec<f64> = residuals.iter().map(|r| weight(*r)).collect();
        let Some(next) = least_squares(&rows, &points, &weights, unknowns) else { break };
        coefficients = next;
        for ((residual, row), p) in residuals.iter_mut().zip(&rows).zip(&points) {
            *residual = p.2 - dot(row, &coefficients);
        }
    }
    frame.subtract(&mut rough, &coefficients, order);
    *map = rough;
    Some(Removed { residual_sd_um: sd, tilt_rad: start.tilt_rad() })
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Chebyshev polynomials 0 to `order` at `x`.
fn chebyshev(x: f64, order: usize) -> [f64; MOST_ORDER + 1] {
    let mut t = [1.0; MOST_ORDER + 1];
    t[1] = x;
    for k in 2..=order.max(1) {
        t[k] = 2.0 * x * t[k - 1] - t[k - 2];
    }
    t
}

/// The products T_i(x) T_j(y) with i + j at most `order`: a basis of all polynomials of that order, and a well-conditioned one.
fn terms(x: f64, y: f64, order: usize) -> Vec<f64> {
    let (tx, ty) = (chebyshev(x, order), chebyshev(y, order));
    (0..=order).flat_map(|i| (0..=order - i).map(move |j| tx[i] * ty[j])).collect()
}

/// The box of the valid points, brought to -1 to 1.
struct Frame {
    low: [f64; 2],
    half: [f64; 2],
}

impl Frame {
    fn of(map: &HeightMap) -> Option<Self> {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for ((row, column), _) in map.z.indexed_iter().filter(|(_, z)| z.is_finite()) {
            for (k, at) in [column as f64, row as f64].into_iter().enumerate() {
                low[k] = low[k].min(at);
                high[k] = high[k].max(at);
            }
        }
        let half = [(high[0] - low[0]) / 2.0, (high[1] - low[1]) / 2.0];
        (half[0] > 0.0 && half[1] > 0.0).then_some(Self { low, half })
    }

    fn unit(&self, axis: usize, at: usize) -> f64 {
        (at as f64 - self.low[axis]) / self.half[axis] - 1.0
    }

    /// Valid points at a stride that keeps them below the limit: x, y, height.
    fn sample(&self, map: &HeightMap) -> Vec<(f64, f64, f64)> {
        let stride = ((map.valid_count() as f64 / MOST_POINTS as f64).sqrt().ceil() as usize).max(1);
        let mut points = Vec::new();
        for row in (0..map.rows()).step_by(stride) {
            for column in (0..map.columns()).step_by(stride) {
                let z = map.z[(row, column)];
                if z.is_finite() {
                    points.push((self.unit(0, column), self.unit(1, row), f64::from(z)));
                }
            }
        }
        points
    }

    fn subtract(&self, map: &mut HeightMap, coefficients: &[f64], order: usize) {
        for (row, mut line) in map.z.rows_mut().into_iter().enumerate() {
            let ty = chebyshev(self.unit(1, row), order);
            // Of each power of x the sum over those of y, once a row.
            let mut along = [0.0; MOST_ORDER + 1];
            let mut next = coefficients.iter();
            for (i, sum) in along.iter_mut().enumerate().take(order + 1) {
                *sum = next.by_ref().take(order + 1 - i).zip(&ty).map(|(c, t)| c * t).sum();
            }
            for (column, z) in line.iter_mut().enumerate().filter(|(_, z)| z.is_finite()) {
                let tx = chebyshev(self.unit(0, column), order);
                *z = (f64::from(*z) - dot(&tx[..=order], &along[..=order])) as f32;
            }
        }
    }
}

/// Weighted least squares by Cholesky's decomposition of the normal equations; `None` where they are not positive.
fn least_squares(rows: &[Vec<f64>], points: &[(f64, f64, f64)], weights: &[f64], unknowns: usize) -> Option<Vec<f64>> {
    let mut a = vec![vec![0.0; unknowns]; unknowns];
    let mut b = vec![0.0; unknowns];
    let mut total = 0.0;
    for ((row, p), &w) in rows.iter().zip(points).zip(weights).filter(|(_, w)| **w > 0.0) {
        total += w;
        for (i, (line, x)) in a.iter_mut().zip(row).enumerate() {
            b[i] += w * x * p.2;
            line[..=i].iter_mut().zip(row).for_each(|(cell, y)| *cell += w * x * y);
        }
    }
    for (i, line) in a.iter_mut().enumerate() {
        line[i] += RIDGE * total;
    }
    for i in 0..unknowns {
        let (done, rest) = a.split_at_mut(i);
        let line = &mut rest[0];
        for (j, other) in done.iter().enumerate() {
            let known = dot(&line[..j], &other[..j]);
            line[j] = (line[j] - known) / other[j];
        }
        let left = line[i] - dot(&line[..i], &line[..i]);
        if !(left > 0.0 && left.is_finite()) {
            return None;
        }
        line[i] = left.sqrt();
    }
    for i in 0..unknowns {
        b[i] = (b[i] - dot(&a[i][..i], &b[..i])) / a[i][i];
    }
    for i in (0..unknowns).rev() {
        let known: f64 = (i + 1..unknowns).map(|k| a[k][i] * b[k]).sum();
        b[i] = (b[i] - known) / a[i][i];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A cup of half the radius of its ball, 60 x 60 points of 15 um, with `texture` on it.
    fn cup(texture: impl Fn(f64, f64) -> f64) -> HeightMap {
        let mut map = HeightMap::missing(60, 60, 15.0);
        for row in 0..60 {
            for column in 0..60 {
                let p = map.point_at(row as f64, column as f64);
                let r2 = p.x_um * p.x_um + 1.3 * p.y_um * p.y_um;
                if r2 < 380.0 * 380.0 {
                    let depth = (600f64 * 600.0 - r2).sqrt();
                    map.z[(row, column)] = (40.0 - depth + 0.05 * p.x_um + texture(p.x_um, p.y_um)) as f32;
                }
            }
        }
        map
    }

    fn spread(map: &HeightMap) -> f64 {
        let values: Vec<f64> = map.z.iter().filter(|z| z.is_finite()).map(|z| f64::from(*z)).collect();
        (values.iter().map(|z| z * z).sum::<f64>() / values.len() as f64).sqrt()
    }

    #[test]
    fn the_cup_of_a_pin_goes_and_its_pattern_stays() {
        let pattern = |x: f64, y: f64| ((x + 0.4 * y) / 9.0).sin() + (y / 13.0).cos();
        let (mut bare, mut marked) = (cup(|_, _| 0.0), cup(pattern));
        let sphere = spread(&bare);
        remove(&mut bare, 6).unwrap();
        assert!(spread(&bare) < 0.1 && sphere > 100.0, "{} of {sphere}", spread(&bare));
        let kept = remove(&mut marked, 6).unwrap();
        let mut off = 0.0f64;
        for ((row, column), z) in marked.z.indexed_iter().filter(|(_, z)| z.is_finite()) {
            let p = marked.point_at(row as f64, column as f64);
            off += (f64::from(*z) - pattern(p.x_um, p.y_um)).powi(2);
        }
        let off = (off / marked.valid_count() as f64).sqrt();
        assert!(off < 0.25 && (0.6..1.4).contains(&kept.residual_sd_um), "{off} {kept:?}");
    }

    #[test]
    fn a_flank_and_spikes_do_not_bend_it() {
        let (mut clean, mut spoilt) =
            (cup(|x, y| (x / 11.0).sin() * (y / 9.0).cos()), cup(|x, y| (x / 11.0).sin() * (y / 9.0).cos()));
        let bad = |row: usize, column: usize| column > 45 || (row * 31 + column * 17).is_multiple_of(23);
        for ((row, column), z) in spoilt.z.indexed_iter_mut() {
            if bad(row, column) {
                *z += 60.0 + (row % 7) as f32 * 9.0;
            }
        }
        remove(&mut clean, 6).unwrap();
        remove(&mut spoilt, 6).unwrap();
        let mut worst = 0f32;
        for ((row, column), z) in clean.z.indexed_iter() {
            if column < 40 && !bad(row, column) && z.is_finite() {
                worst = worst.max((z - spoilt.z[(row, column)]).abs());
            }
        }
        assert!(worst < 0.5, "{worst}");
    }

    #[test]
    fn too_few_points_leave_the_map_untouched() {
        let mut map = HeightMap::missing(8, 8, 5.0);
        map.z.slice_mut(ndarray::s![2..6, 2..6]).fill(3.0);
        let before = map.z.clone();
        assert_eq!(remove(&mut map, 6), None);
        assert!(map.z.iter().zip(&before).all(|(a, b)| a.to_bits() == b.to_bits()));
        assert_eq!(remove(&mut HeightMap::missing(3, 3, 5.0), 2), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// The slow twin: powers of x and y, fitted by Gauss-Jordan elimination without weights.
        #[test]
        fn without_outliers_it_is_the_least_squares_fit_of_powers(seed in 0u64..1000, order in 2usize..5) {
            let mut map = HeightMap::missing(24, 20, 10.0);
            for ((row, column), z) in map.z.indexed_iter_mut() {
                let (x, y) = (column as f64 / 10.0 - 0.95, row as f64 / 12.0 - 0.95);
                // A surface of second order and grain: what is left is noise, as the weights of the biweight suppose.
                let grain = (seed as f64 * 0.37 + (row * 24 + column) as f64 * 0.618_033_988_749_895).fract() - 0.5;
                let wave = 3.0 * x * x - 2.0 * x * y + y + grain;
                *z = wave as f32;
            }
            let smooth = map.clone();
            prop_assume!(remove(&mut map, order).is_some());
            let powers = |x: f64, y: f64| -> Vec<f64> {
                (0..=order).flat_map(|i| (0..=order - i).map(move |j| x.powi(i as i32) * y.powi(j as i32))).collect()
            };
            let place = |row: usize, column: usize| (column as f64 / 9.5 - 1.0, row as f64 / 11.5 - 1.0);
            let n = (order + 1) * (order + 2) / 2;
            let mut a = vec![vec![0.0; n + 1]; n];
            for ((row, column), z) in smooth.z.indexed_iter() {
                let (x, y) = place(row, column);
                let p = powers(x, y);
                for i in 0..n {
                    for j in 0..n { a[i][j] += p[i] * p[j]; }
                    a[i][n] += p[i] * f64::from(*z);
                }
            }
            for i in 0..n {
                let pivot = a[i].clone();
                for (k, line) in a.iter_mut().enumerate() {
                    let share = if k == i { 1.0 - 1.0 / pivot[i] } else { line[i] / pivot[i] };
                    for j in 0..=n { line[j] -= share * pivot[j]; }
                }
            }
            // The biweight takes a little weight off large residuals: the fits differ by a share of the residual.
            let (mut apart, mut left) = (0.0, 0.0);
            for ((row, column), z) in smooth.z.indexed_iter() {
                let (x, y) = place(row, column);
                let fitted: f64 = powers(x, y).iter().zip(&a).map(|(p, line)| p * line[n]).sum();
                let own = f64::from(*z) - fitted;
                apart += (own - f64::from(map.z[(row, column)])).powi(2);
                left += own * own;
            }
            prop_assert!(apart <= 0.15 * left + 1e-9, "{apart} {left}");
        }
    }
}
