//! From a hypothesis to a pose of sub-pixel accuracy: ascent of the correlation.

use super::level::Level;
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
    let (s, c) = pose.theta_rad.sin_cos();
    let (s, c, dx, dy) = (s as f32, c as f32, pose.dx_um as f32, pose.dy_um as f32);
    let (mut n, mut sign) = (0f64, 0f64);
    let (mut sa, mut sb, mut saa, mut sbb, mut sab) = (0f64, 0f64, 0f64, 0f64, 0f64);
    // Runs keep single-precision sums short.
    for block in comparison.points.chunks(RUN).step_by(stride) {
        let mut t = [0f32; 7];
        for &(x, y, b) in block {
            let [a, w] = reference.at(c * x - s * y + dx, s * x + c * y + dy);
            t[0] += w;
            t[1] += a;
            t[2] += b * w;
            t[3] += a * a;
            t[4] += b * b * w;
            t[5] += a * b;
            t[6] += if a * b > 0.0 {
                1.0
            } else if a * b < 0.0 {
                -1.0
            } else {
                0.0
            };
        }
        n += f64::from(t[0]);
        sa += f64::from(t[1]);
        sb += f64::from(t[2]);
        saa += f64::from(t[3]);
        sbb += f64::from(t[4]);
        sab += f64::from(t[5]);
        sign += f64::from(t[6]);
    }
    if n < 8.0 || saa <= 0.0 || sbb <= 0.0 {
        return Agreement { n, ..Agreement::default() };
    }
    let (va, vb) = (saa - sa * sa / n, sbb - sb * sb / n);
    let ccf = if va > 1e-6 * saa && vb > 1e-6 * sbb {
        ((sab - sa * sb / n) / (va * vb).sqrt()).clamp(-1.0, 1.0)
    } else {
        0.0
    };
    Agreement { n, ccf, strength: sab / (saa * sbb).sqrt() * n.sqrt(), sign: sign / n }
}

/// Points in a run: about a third of a row, so that every other run still covers the whole mark.
const RUN: usize = 64;

/// Largest single step along x and y, um, as a share of the level's pitch.
const STEP_PITCHES: f64 = 0.75;

/// Climbs from `start` to a nearby maximum of the correlation in at most `steps` Newton steps; never returns a worse pose.
///
/// The gradient of the correlation sum is J'b with J the slopes of the reference along the pose; its curvature is taken as the correlation
/// times J'J (exact for equal marks), so that the step does not depend on the curvature of noise. A step that does not help is shortened. Uses every
/// `stride`-th run of points on the way and all of them for the agreement that it returns.
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
    let mut now = sampled(reference, comparison, &pose, stride);
    let lever = comparison.radius_um.max(1.0);
    let most = STEP_PITCHES * reference.pitch_um;
    for _ in 0..steps {
        let Some(step) = newton(reference, comparison, &pose, now.ccf.max(0.02), stride) else { break };
        let long = step[0].hypot(step[1]).max(step[2].abs() * lever) / most;
        let mut share = if long > 1.0 { 1.0 / long } else { 1.0 };
        let mut better = None;
        for _ in 0..3 {
            let next =
                Pose::new(pose.theta_rad + share * step[2], pose.dx_um + share * step[0], pose.dy_um + share * step[1]);
            let then = sampled(reference, comparison, &next, stride);
            if then.n >= floor && then.strength > now.strength {
                better = Some((next, then));
                break;
            }
            share *= 0.4;
        }
        let Some((next, then)) = better else { break };
        let gain = then.strength - now.strength;
        (pose, now) = (next, then);
        if gain < 1e-3 * now.strength.abs() {
            break;
        }
    }
    if stride > 1 {
        now = agreement(reference, comparison, &pose);
    }
    (pose, now)
}

/// The Newton step (x, y in um, angle in radians) at a pose.
fn newton(reference: &Level, comparison: &Level, pose: &Pose, correlation: f64, stride: usize) -> Option<[f64; 3]> {
    let (s, c) = pose.theta_rad.sin_cos();
    let (s, c, dx, dy) = (s as f32, c as f32, pose.dx_um as f32, pose.dy_um as f32);
    let mut h = [0f64; 6];
    let mut g = [0f64; 3];
    for block in comparison.points.chunks(RUN).step_by(stride) {
        let mut t = [0f32; 9];
        for &(x, y, b) in block {
            let (rx, ry) = (c * x - s * y, s * x + c * y);
            let [gx, gy] = reference.slopes_at(rx + dx, ry + dy);
            // Millimetres for the lever keep the sums of one size.
            let gt = (gy * rx - gx * ry) * 1e-3;
            t[0] += gx * gx;
            t[1] += gx * gy;
            t[2] += gx * gt;
            t[3] += gy * gy;
            t[4] += gy * gt;
            t[5] += gt * gt;
            t[6] += gx * b;
            t[7] += gy * b;
            t[8] += gt * b;
        }
        for k in 0..6 {
            h[k] += f64::from(t[k]);
        }
        for k in 0..3 {
            g[k] += f64::from(t[6 + k]);
        }
    }
    let [step_x, step_y, step_t] = solve(h, g, 1e-3)?;
    let scale = 1.0 / correlation;
    Some([step_x * scale, step_y * scale, step_t * 1e-3 * scale])
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
