//! How well the pose of a pair is determined: a groove along which the mark slides, a lathe face that turns, a second pose as good.

use super::level::Level;
use super::outcome::Ambiguity;
use super::prepared::Prepared;
use super::refine::{agreement, climb, sampled, slope};
use crate::geometry::Pose;

/// How far the mark is slid, um: one dominant wave of the fine band, where the correlation of a granular face is gone.
const SLIDE_UM: f64 = 100.0;
/// How far it is turned, degrees: moves the middle of the ring (1.2 mm) by 170 um and 340 um.
const TURNS_DEG: [f64; 4] = [-16.0, -8.0, 8.0, 16.0];
/// Every so many runs of points tell enough.
const STRIDE: usize = 3;

/// Measures the ambiguity of a pose (`ref_from_cmp` between hubs); `other_left` is what the registration found for the second pose.
pub(super) fn measure(reference: &Prepared, comparison: &Prepared, pose: &Pose, other_left: f64) -> Ambiguity {
    let way = flattest(&reference.fine, &comparison.fine, pose);
    let left = |strength: f64, best: f64| if best > 0.0 { (strength / best).clamp(0.0, 1.0) } else { 0.0 };
    let here = sampled(&reference.fine, &comparison.fine, pose, STRIDE).strength;
    let slid = [-SLIDE_UM, SLIDE_UM].map(|by| {
        let moved = Pose::new(pose.theta_rad, pose.dx_um + by * way.cos(), pose.dy_um + by * way.sin());
        sampled(&reference.fine, &comparison.fine, &moved, STRIDE).strength
    });
    let search = agreement(&reference.search, &comparison.search, pose).strength;
    let turned = TURNS_DEG.map(|by| {
        let start = Pose::new(by.to_radians(), 0.0, 0.0).after(pose);
        // A lathe's axis need not be the middle of the mark: the shift may follow.
        climb(&reference.search, &comparison.search, start, 8.0, 3, 1).1.strength
    });
    let most = |all: &[f64]| all.iter().copied().fold(0.0, f64::max);
    Ambiguity {
        slide_rad: way,
        slide_left: left(most(&slid), here),
        turn_left: left(most(&turned), search),
        other_left: if other_left.is_finite() { other_left.clamp(0.0, 1.0) } else { 0.0 },
    }
}

/// The direction (radians, 0 to pi, reference frame) in which the common surface changes least: the weak axis of its structure tensor.
fn flattest(reference: &Level, comparison: &Level, pose: &Pose) -> f64 {
    let [xx, xy, _, yy, ..] = slope(reference, comparison, pose, STRIDE).curvature;
    let steep = 0.5 * (2.0 * xy).atan2(xx - yy);
    (steep + std::f64::consts::FRAC_PI_2).rem_euclid(std::f64::consts::PI)
}
