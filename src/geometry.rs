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

impl Circle {
    /// The smallest circle around all points; `None` without any.
    ///
    /// E. Welzl, "Smallest enclosing disks (balls and ellipsoids)", LNCS 555 (1991), as three nested loops. The points are taken in a fixed scattered
    /// order, so that the expected number of steps is proportional to theirs and the result the same every time.
    #[must_use]
    pub fn around(points: &[Point]) -> Option<Self> {
        let n = points.len();
        // Steps of the golden ratio visit all places when they share no factor with n.
        let mut step = (n as f64 * 0.618_033_988_75) as usize | 1;
        while n > 1 && !coprime(step, n) {
            step += 2;
        }
        let order: Vec<Point> = (0..n).map(|k| points[k * step % n]).collect();
        let mut circle = Self { centre: *order.first()?, radius_um: 0.0 };
        for (i, &p) in order.iter().enumerate().filter(|(_, p)| p.x_um.is_finite() && p.y_um.is_finite()) {
            if circle.holds(p) {
                continue;
            }
            circle = Self { centre: p, radius_um: 0.0 };
            for (j, &q) in order[..i].iter().enumerate() {
                if circle.holds(q) {
                    continue;
                }
                circle = Self::of_two(p, q);
                for &r in &order[..j] {
                    if !circle.holds(r) {
                        circle = Self::through(p, q, r);
                    }
                }
            }
        }
        Some(circle)
    }

    /// Whether a point lies in it, but for rounding.
    fn holds(&self, p: Point) -> bool {
        p.distance_um(self.centre) <= self.radius_um * (1.0 + 1e-12) + 1e-9
    }

    fn of_two(p: Point, q: Point) -> Self {
        let centre = Point::new((p.x_um + q.x_um) / 2.0, (p.y_um + q.y_um) / 2.0);
        Self { centre, radius_um: p.distance_um(q) / 2.0 }
    }

    /// The circle through three points; of points on a line, that of the two farthest apart.
    fn through(p: Point, q: Point, r: Point) -> Self {
        let (bx, by) = (q.x_um - p.x_um, q.y_um - p.y_um);
        let (cx, cy) = (r.x_um - p.x_um, r.y_um - p.y_um);
        let d = 2.0 * (bx * cy - by * cx);
        let (bb, cc) = (bx * bx + by * by, cx * cx + cy * cy);
        let off = Point::new((cy * bb - by * cc) / d, (bx * cc - cx * bb) / d);
        if off.x_um.is_finite() && off.y_um.is_finite() {
            let centre = Point::new(p.x_um + off.x_um, p.y_um + off.y_um);
            return Self { centre, radius_um: off.x_um.hypot(off.y_um) };
        }
        let pairs = [Self::of_two(p, q), Self::of_two(p, r), Self::of_two(q, r)];
        pairs.into_iter().max_by(|a, b| a.radius_um.total_cmp(&b.radius_um)).unwrap_or(pairs[0])
    }
}

fn coprime(a: usize, b: usize) -> bool {
    let (mut a, mut b) = (a, b);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a == 1
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
        fn the_enclosing_circle_is_the_smallest_of_all_that_two_or_three_points_span(
            raw in prop::collection::vec((-9i32..9, -9i32..9), 1..14),
        ) {
            let points: Vec<Point> = raw.iter().map(|&(x, y)| Point::new(f64::from(x), f64::from(y))).collect();
            let found = Circle::around(&points).unwrap();
            let holds_all = |c: &Circle| points.iter().all(|p| p.distance_um(c.centre) <= c.radius_um + 1e-6);
            prop_assert!(holds_all(&found), "{found:?}");
            let mut spanned = vec![Circle { centre: points[0], radius_um: 0.0 }];
            for (i, &p) in points.iter().enumerate() {
                for (j, &q) in points[..i].iter().enumerate() {
                    spanned.push(Circle::of_two(p, q));
                    spanned.extend(points[..j].iter().map(|&r| Circle::through(p, q, r)));
                }
            }
            let least = spanned.iter().filter(|c| holds_all(c)).map(|c| c.radius_um).fold(f64::INFINITY, f64::min);
            prop_assert!((found.radius_um - least).abs() < 1e-6, "{} for {least}", found.radius_um);
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
