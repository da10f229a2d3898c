//! From a hypothesis to a pose of sub-pixel accuracy: ascent of the correlation.

use super::level::{Level, Motion, Points};
use crate::dsp::lanes::{LANES, Lanes, kernel};
use crate::geometry::Pose;

/// What two levels have in common at a pose.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Agreement {
    /// Points in common.
    pub n: f64,
    /// Masked normalised correlation, means taken out.
    pub ccf: f64,
    /// Correlation sum over the root of the overlap and of both energies: `ccf` without means times the root of `n`.
    pub strength: f64,
    /// Correlation of the signs.
    pub sign: f64,
}

/// Measures two levels at a pose (between hubs), comparing every known point of `comparison`.
pub(super) fn agreement(reference: &Level, comparison: &Level, pose: &Pose) -> Agreement {
    sampled(reference, comparison, pose, 1)
}

/// The same from every `stride`-th run of points; `n` and `strength` are those of the points used.
pub(super) fn sampled(reference: &Level, comparison: &Level, pose: &Pose, stride: usize) -> Agreement {
    let [n, a, b, aa, bb, ab, sign] = sums(reference, &comparison.points, &Motion::of(pose), stride);
    Agreement { sign: if n > 0.0 { sign / n } else { 0.0 }, ..Agreement::of([n, a, b, aa, bb, ab]) }
}

impl Agreement {
    /// From the number of common points and the sums of reference and comparison values, of their squares and of their products.
    fn of([n, a, b, aa, bb, ab]: [f64; 6]) -> Self {
        if n < 8.0 || aa <= 0.0 || bb <= 0.0 {
            return Self { n, ..Self::default() };
        }
        let (va, vb) = (aa - a * a / n, bb - b * b / n);
        let ccf =
            if va > 1e-6 * aa && vb > 1e-6 * bb { ((ab - a * b / n) / (va * vb).sqrt()).clamp(-1.0, 1.0) } else { 0.0 };
        Self { n, ccf, strength: ab / (aa * bb).sqrt() * n.sqrt(), sign: 0.0 }
    }
}

/// Groups of points in a run: about a third of a row, so that every other run still covers the whole mark, and short enough for sums in single
/// precision.
const RUN: usize = 8;

/// The sum of eight, pairwise and in a fixed order.
#[inline(always)]
fn total<L: Lanes>(lanes: L) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes.store();
    f64::from(((a + e) + (b + f)) + ((c + g) + (d + h)))
}
const _: () = assert!(LANES == 8, "see `total`");

kernel! {
    /// Number of common points, sums of reference and comparison values, of their squares, products and of the signs of these.
    fn sums = sums_of(reference: &Level, comparison: &Points, motion: &Motion, stride: usize) -> [f64; 7]
}

#[inline(always)]
fn sums_of<L: Lanes>(reference: &Level, comparison: &Points, motion: &Motion, stride: usize) -> [f64; 7] {
    let (xs, ys, vs) = comparison.groups();
    let mut all = [0f64; 7];
    for ((xs, ys), vs) in xs.chunks(RUN).zip(ys.chunks(RUN)).zip(vs.chunks(RUN)).step_by(stride) {
        let [mut n, mut a, mut b, mut aa, mut bb, mut ab, mut sign] = [L::zero(); 7];
        for ((x, y), v) in xs.iter().zip(ys).zip(vs) {
            let (there_x, there_y) = motion.apply(L::load(x), L::load(y));
            let found = reference.values_at(there_x, there_y);
            let (w, r) = (found.known(), found.filled());
            let c = L::load(v).times(w);
            let both = r.times(c);
            n = n.plus(w);
            a = a.plus(r);
            b = b.plus(c);
            aa = aa.plus_product(r, r);
            bb = bb.plus_product(c, c);
            ab = ab.plus(both);
            sign = sign.plus(both.sign());
        }
        for (all, run) in all.iter_mut().zip([n, a, b, aa, bb, ab, sign]) {
            *all += total(run);
        }
    }
    all
}

/// What two levels have in common at a pose, and which way is up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slope {
    pub agreement: Agreement,
    /// J'J of the reference's slopes along x, y and the turn (x um, y um, thousandths of a radian): xx, xy, xt, yy, yt, tt.
    pub curvature: [f64; 6],
    /// J'b.
    gradient: [f64; 3],
}

/// Agreement (without signs) and slope, from every `stride`-th run of points.
pub(super) fn slope(reference: &Level, comparison: &Level, pose: &Pose, stride: usize) -> Slope {
    let [n, a, b, aa, bb, ab, xx, xy, xt, yy, yt, tt, x, y, t] =
        slope_sums(reference, &comparison.points, &Motion::of(pose), stride);
    Slope { agreement: Agreement::of([n, a, b, aa, bb, ab]), curvature: [xx, xy, xt, yy, yt, tt], gradient: [x, y, t] }
}

kernel! {
    /// [`sums`] without signs, the curvature and the gradient of a [`Slope`].
    fn slope_sums = slope_sums_of(reference: &Level, comparison: &Points, motion: &Motion, stride: usize) -> [f64; 15]
}

#[inline(always)]
fn slope_sums_of<L: Lanes>(reference: &Level, comparison: &Points, motion: &Motion, stride: usize) -> [f64; 15] {
    let (xs, ys, vs) = comparison.groups();
    let mut all = [0f64; 15];
    for ((xs, ys), vs) in xs.chunks(RUN).zip(ys.chunks(RUN)).zip(vs.chunks(RUN)).step_by(stride) {
        let [mut n, mut a, mut b, mut aa, mut bb, mut ab] = [L::zero(); 6];
        let [mut xx, mut xy, mut xt, mut yy, mut yt, mut tt] = [L::zero(); 6];
        let [mut xb, mut yb, mut tb] = [L::zero(); 3];
        for ((x, y), v) in xs.iter().zip(ys).zip(vs) {
            let (there_x, there_y) = motion.apply(L::load(x), L::load(y));
            let (found, slope_x, slope_y) = reference.slopes_at(there_x, there_y);
            let (w, r) = (found.known(), found.filled());
            let c = L::load(v).times(w);
            let (gx, gy) = (slope_x.filled(), slope_y.filled());
            let (lever_x, lever_y) = (there_x.minus(L::splat(motion.dx)), there_y.minus(L::splat(motion.dy)));
            // Millimetres for the lever keep the sums of one size.
            let gt = gy.times(lever_x).minus(gx.times(lever_y)).times(L::splat(1e-3));
            n = n.plus(w);
            a = a.plus(r);
            b = b.plus(c);
            aa = aa.plus_product(r, r);
            bb = bb.plus_product(c, c);
            ab = ab.plus_product(r, c);
            xx = xx.plus_product(gx, gx);
            xy = xy.plus_product(gx, gy);
            xt = xt.plus_product(gx, gt);
            yy = yy.plus_product(gy, gy);
            yt = yt.plus_product(gy, gt);
            tt = tt.plus_product(gt, gt);
            xb = xb.plus_product(gx, c);
            yb = yb.plus_product(gy, c);
            tb = tb.plus_product(gt, c);
        }
        let run = [n, a, b, aa, bb, ab, xx, xy, xt, yy, yt, tt, xb, yb, tb];
        for (all, run) in all.iter_mut().zip(run) {
            *all += total(run);
        }
    }
    all
}

impl Slope {
    /// The Newton step (x, y in um, angle in radians).
    ///
    /// The gradient of the correlation sum is J'b; its curvature is taken as the correlation times J'J (exact for equal marks), so that the step does
    /// not depend on the curvature of noise.
    fn step(&self) -> Option<[f64; 3]> {
        let [x, y, t] = solve(self.curvature, self.gradient, 1e-3)?;
        let scale = 1.0 / self.agreement.ccf.max(LEAST_CCF);
        Some([x * scale, y * scale, t * 1e-3 * scale])
    }
}

/// A step is not lengthened by more than one over this.
const LEAST_CCF: f64 = 0.02;
/// Largest single step along x and y, um, as a share of the level's pitch.
const STEP_PITCHES: f64 = 0.75;

/// Climbs from `start` to a nearby maximum of the correlation in at most `steps` Newton steps; never returns a worse pose.
///
/// A step that does not help is shortened. Uses every `stride`-th run of points on the way and all of them for the agreement that it returns.
pub(super) fn climb(
    reference: &Level,
    comparison: &Level,
    start: Pose,
    floor: f64,
    steps: usize,
    stride: usize,
) -> (Pose, Agreement) {
    let floor = floor / stride as f64;
    let mut pose = start;
    let mut now = slope(reference, comparison, &pose, stride);
    let lever = comparison.radius_um.max(1.0);
    let most = STEP_PITCHES * reference.pitch_um;
    for _ in 0..steps {
        let Some(step) = now.step() else { break };
        let long = step[0].hypot(step[1]).max(step[2].abs() * lever) / most;
        let mut share = if long > 1.0 { 1.0 / long } else { 1.0 };
        let mut better = None;
        for _ in 0..3 {
            let next =
                Pose::new(pose.theta_rad + share * step[2], pose.dx_um + share * step[0], pose.dy_um + share * step[1]);
            let then = slope(reference, comparison, &next, stride);
            if then.agreement.n >= floor && then.agreement.strength > now.agreement.strength {
                better = Some((next, then));
                break;
            }
            share *= 0.4;
        }
        let Some((next, then)) = better else { break };
        let gain = then.agreement.strength - now.agreement.strength;
        (pose, now) = (next, then);
        if gain < 1e-3 * now.agreement.strength.abs() {
            break;
        }
    }
    let found = if stride > 1 { agreement(reference, comparison, &pose) } else { now.agreement };
    (pose, found)
}

/// Solves a symmetric 3 x 3 system (upper triangle row by row) after adding a `share` of the mean of its diagonal to the diagonal.
pub(super) fn solve(h: [f64; 6], g: [f64; 3], share: f64) -> Option<[f64; 3]> {
    let ridge = share * (h[0] + h[3] + h[5]) / 3.0;
    let [a, b, c, d, e, f] = [h[0] + ridge, h[1], h[2], h[3] + ridge, h[4], h[5] + ridge];
    let (m0, m1, m2) = (d * f - e * e, c * e - b * f, b * e - c * d);
    let det = a * m0 + b * m1 + c * m2;
    if !(det.is_finite() && det > 0.0) {
        return None;
    }
    let (m4, m5, m8) = (a * f - c * c, b * c - a * e, a * d - b * b);
    let x = [
        (m0 * g[0] + m1 * g[1] + m2 * g[2]) / det,
        (m1 * g[0] + m4 * g[1] + m5 * g[2]) / det,
        (m2 * g[0] + m5 * g[1] + m8 * g[2]) / det,
    ];
    x.iter().all(|v| v.is_finite()).then_some(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;
    use crate::grid::HeightMap;

    fn level(seed: f32, side: usize) -> Level {
        let mut map = HeightMap::missing(side, side, 15.0);
        for ((row, column), z) in map.z.indexed_iter_mut() {
            let (r, c) = (row as f32, column as f32);
            *z = (0.11 * r + seed).sin() + (0.07 * c - seed).cos() + (0.05 * (r - c)).sin();
        }
        Level::of(&map, Point::default(), 10.0)
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_correlation_sum() {
        // The smaller map stays inside the larger one: no point comes or goes.
        let (a, b) = (level(0.3, 90), level(1.1, 50));
        let pose = Pose::new(0.2, 31.0, -17.0);
        let product = |pose: &Pose| sums(&a, &b.points, &Motion::of(pose), 1)[5];
        let found = slope(&a, &b, &pose, 1);
        let steps = [(0.0, 0.05, 0.0), (0.0, 0.0, 0.05), (5e-5, 0.0, 0.0)];
        for ((turn, x, y), expected) in steps.into_iter().zip(found.gradient) {
            let at = |s: f64| product(&Pose::new(pose.theta_rad + s * turn, pose.dx_um + s * x, pose.dy_um + s * y));
            // The gradient counts the turn in thousandths of a radian.
            let measured = (at(1.0) - at(-1.0)) / 2.0 / (turn * 1e3 + x + y);
            assert!((measured - expected).abs() < 0.03 * expected.abs() + 0.5, "{measured} for {expected}");
        }
    }

    #[test]
    fn every_other_run_tells_about_the_same() {
        let (a, b) = (level(0.3, 90), level(0.4, 90));
        let (all, some) = (agreement(&a, &b, &Pose::IDENTITY), sampled(&a, &b, &Pose::IDENTITY, 4));
        assert!((all.ccf - some.ccf).abs() < 0.05 && (some.n - all.n / 4.0).abs() < 0.1 * all.n, "{all:?} {some:?}");
        let sloped = slope(&a, &b, &Pose::IDENTITY, 1).agreement;
        assert!((sloped.ccf - all.ccf).abs() < 1e-6 && sloped.n == all.n);
    }
}
