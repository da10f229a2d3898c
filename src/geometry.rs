//! Rigid poses, circles and angles in the plane of a mark.
//!
//! A mark's frame has its origin at the centre of its map, x along columns, y along rows (downwards on a screen), in um.
//! A positive angle turns +x towards +y, which a person sees as clockwise.

use serde::{Deserialize, Serialize};
use std::f64::consts::{PI, TAU};

/// Wraps an angle in radians to the half-open interval (-pi, pi].
#[must_use]
pub fn wrap_angle(rad: f64) -> f64 {
    let wrapped = rad - TAU * ((rad + PI) / TAU).floor();
    if wrapped <= -PI { wrapped + TAU } else { wrapped }
}

/// A point in a mark's frame, um.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Point {
    /// Along columns, um.
    pub x_um: f64,
    /// Along rows, um.
    pub y_um: f64,
}

impl Point {
    /// A point from its coordinates in um.
    #[must_use]
    pub const fn new(x_um: f64, y_um: f64) -> Self {
        Self { x_um, y_um }
    }

    /// Euclidean distance to another point, um.
    #[must_use]
    pub fn distance_um(self, other: Point) -> f64 {
        (self.x_um - other.x_um).hypot(self.y_um - other.y_um)
    }
}

/// A rigid motion of the plane: first a turn about the origin, then a shift.
///
/// Written `ref_from_cmp` when it takes points of the comparison mark to the reference mark.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Pose {
    /// Turn, radians in (-pi, pi].
    pub theta_rad: f64,
    /// Shift along x, um.
    pub dx_um: f64,
    /// Shift along y, um.
    pub dy_um: f64,
}

impl Pose {
    /// The motion that moves nothing.
    pub const IDENTITY: Pose = Pose { theta_rad: 0.0, dx_um: 0.0, dy_um: 0.0 };

    /// A pose with its angle wrapped.
    #[must_use]
    pub fn new(theta_rad: f64, dx_um: f64, dy_um: f64) -> Self {
        Self { theta_rad: wrap_angle(theta_rad), dx_um, dy_um }
    }

    /// The image of a point.
    #[must_use]
    pub fn apply(&self, p: Point) -> Point {
        let (s, c) = self.theta_rad.sin_cos();
        Point::new(c * p.x_um - s * p.y_um + self.dx_um, s * p.x_um + c * p.y_um + self.dy_um)
    }

    /// The motion that undoes this one.
    #[must_use]
    pub fn inverse(&self) -> Pose {
        let (s, c) = self.theta_rad.sin_cos();
        Pose::new(-self.theta_rad, -(c * self.dx_um + s * self.dy_um), s * self.dx_um - c * self.dy_um)
    }

    /// First `inner`, then `self`.
    #[must_use]
    pub fn after(&self, inner: &Pose) -> Pose {
        let moved = self.apply(Point::new(inner.dx_um, inner.dy_um));
        Pose::new(self.theta_rad + inner.theta_rad, moved.x_um, moved.y_um)
    }
}

/// A circle in a mark's frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Circle {
    /// Centre.
    pub centre: Point,
    /// Radius, um.
    pub radius_um: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wrapped_angles_stay_in_the_half_open_interval(rad in -1e3..1e3f64) {
            let wrapped = wrap_angle(rad);
            prop_assert!(wrapped > -PI && wrapped <= PI);
            prop_assert!(((rad - wrapped) / TAU - ((rad - wrapped) / TAU).round()).abs() < 1e-9);
        }

        #[test]
        fn a_pose_after_its_inverse_moves_nothing(t in -3.0..3.0f64, dx in -500.0..500.0f64, dy in -500.0..500.0f64) {
            let pose = Pose::new(t, dx, dy);
            let p = Point::new(123.0, -45.0);
            let q = pose.after(&pose.inverse()).apply(p);
            prop_assert!(p.distance_um(q) < 1e-9);
            let r = pose.inverse().apply(pose.apply(p));
            prop_assert!(p.distance_um(r) < 1e-9);
        }
    }
}
