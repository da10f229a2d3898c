//! Closed paths along edges about a centre, for outlines that are no circles.

use super::circles::{Bright, Voted};
use crate::geometry::{Circle, Point};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// Directions of a path: two degrees each.
pub(super) const DIRECTIONS: usize = 180;
/// Half the distance over which the step of an edge is measured, pixels.
const HALF_STEP: usize = 2;
/// Step of log-luminance that counts as a whole edge: brightness changes by a factor of 1.6.
pub(super) const WHOLE_EDGE: f32 = 0.5;
/// No edge counts for more than this, so that one gleam does not draw the path to it.
const MOST_EDGE: f32 = 0.8;
/// Furthest that a path moves from one direction to the next, pixels, and what a pixel costs.
const JUMP: usize = 2;
const JUMP_COST: f32 = 0.12;
/// How near to a dark line, and how far inwards and outwards of it, the bright metal beside it is looked for, pixels of the sharp picture.
const GROOVE_BESIDE: usize = 2;
const GROOVE_INWARDS: usize = 12;
const GROOVE_OUTWARDS: usize = 6;
/// A line five times darker than the metal beside it is a groove for certain; scratches of the shear inside are not as dark.
const MOST_GROOVE: f32 = 1.6;
/// The same as [`JUMP`] and [`JUMP_COST`] for grooves, which are twice as deep and of whose pixels two make one.
const GROOVE_JUMP: usize = 3;
const GROOVE_JUMP_COST: f32 = 0.16;
/// Directions on either side whose median smooths a path.
const SMOOTHING: usize = 9;

/// A closed path that every ray from its centre meets once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contour {
    /// The centre of the rays, in the frame of the photograph.
    pub centre: Point,
    /// Distance along each of equally spaced rays, um; the first runs along +x, the next is turned towards +y.
    pub radii_um: Vec<f64>,
}

impl Contour {
    /// Distance of the path from its centre in a direction, um, by straight lines between the rays.
    #[must_use]
    pub fn radius_um(&self, turn: f64) -> f64 {
        let rays = self.radii_um.len();
        if rays == 0 {
            return 0.0;
        }
        let at = turn.rem_euclid(1.0) * rays as f64;
        let (low, share) = (at as usize % rays, at.fract());
        self.radii_um[low] * (1.0 - share) + self.radii_um[(low + 1) % rays] * share
    }

    /// How far a point lies outside the path along its ray, um; negative inside.
    #[must_use]
    pub fn beyond_um(&self, p: Point) -> f64 {
        let (x, y) = (p.x_um - self.centre.x_um, p.y_um - self.centre.y_um);
        (x * x + y * y).sqrt() - self.radius_um(libm::atan2(y, x) / TAU)
    }

    /// The corners of the path as a polygon, in the frame of the photograph.
    #[must_use]
    pub fn polygon(&self) -> Vec<Point> {
        let rays = self.radii_um.len().max(1) as f64;
        let corner = |(at, r): (usize, &f64)| {
            let (s, c) = libm::sincos(TAU * at as f64 / rays);
            Point::new(self.centre.x_um + r * c, self.centre.y_um + r * s)
        };
        self.radii_um.iter().enumerate().map(corner).collect()
    }

    /// The circle that follows the path best: the mean radius, moved by the first harmonic.
    #[must_use]
    pub fn circle(&self) -> Circle {
        let rays = self.radii_um.len().max(1) as f64;
        let (mut mean, mut x, mut y) = (0.0, 0.0, 0.0);
        for (at, r) in self.radii_um.iter().enumerate() {
            let (s, c) = libm::sincos(TAU * at as f64 / rays);
            mean += r / rays;
            x += 2.0 * r * c / rays;
            y += 2.0 * r * s / rays;
        }
        Circle { centre: Point::new(self.centre.x_um + x, self.centre.y_um + y), radius_um: mean }
    }
}

/// Log-luminance about a centre: rows are radii a pixel apart, columns directions; places outside the picture repeat the darkest.
fn polar(picture: &Array2<f32>, (x, y): (f64, f64), radii: (f64, usize), directions: usize) -> Array2<f32> {
    let darkest = picture.iter().copied().fold(f32::INFINITY, f32::min);
    let rays: Vec<(f64, f64)> = (0..directions).map(|at| libm::sincos(TAU * at as f64 / directions as f64)).collect();
    Array2::from_shape_fn((radii.1, directions), |(ring, at)| {
        let r = radii.0 + ring as f64;
        bilinear(picture, x + r * rays[at].1, y + r * rays[at].0).unwrap_or(darkest)
    })
}

fn bilinear(picture: &Array2<f32>, x: f64, y: f64) -> Option<f32> {
    if !(x >= 0.0 && y >= 0.0) {
        return None;
    }
    let (column, row) = (x as usize, y as usize);
    let (right, down) = ((x - column as f64) as f32, (y - row as f64) as f32);
    let at = |r: usize, c: usize| picture.get([r, c]).copied();
    let (a, b, c, d) = (at(row, column)?, at(row, column + 1)?, at(row + 1, column)?, at(row + 1, column + 1)?);
    Some((a * (1.0 - right) + b * right) * (1.0 - down) + (c * (1.0 - right) + d * right) * down)
}

/// Steps of brightness in the wanted sense, each the mean over three directions.
fn steps(polar: &Array2<f32>, bright: Bright) -> Array2<f32> {
    let (rings, directions) = polar.dim();
    let mut out = Array2::<f32>::zeros((rings, directions));
    for ring in HALF_STEP..rings.saturating_sub(HALF_STEP) {
        for at in 0..directions {
            let step = |k: usize| polar[[ring - HALF_STEP, k]] - polar[[ring + HALF_STEP, k]];
            let sum = step((at + directions - 1) % directions) + step(at) + step((at + 1) % directions);
            out[[ring, at]] = bright.sign() * sum / 3.0;
        }
    }
    out
}

/// The share of the directions, 0 to 1, in which an edge of the right sense lies within a twentieth of a circle's radius.
pub(super) fn support(picture: &Array2<f32>, circle: &Voted, bright: Bright) -> f64 {
    let width = (0.05 * circle.r).max(3.0) + 1.0 + HALF_STEP as f64;
    let start = (circle.r - width).max(1.0);
    let rings = (circle.r + width - start) as usize + 1;
    let steps = steps(&polar(picture, (circle.x, circle.y), (start, rings), DIRECTIONS), bright);
    let best = |lane: ndarray::ArrayView1<'_, f32>| lane.iter().copied().fold(0.0f32, f32::max);
    let sum: f32 = steps.columns().into_iter().map(|lane| (best(lane) / WHOLE_EDGE).min(1.0)).sum();
    f64::from(sum) / DIRECTIONS as f64
}

/// Mean log-luminance just inside less that just outside, over shells of .80 to .95 and 1.05 to 1.20 radii.
pub(super) fn contrast(picture: &Array2<f32>, circle: &Voted) -> f64 {
    shells(picture, circle, (0.80, 0.95))
}

/// The same for the disc within .80 radii, ring by ring, less what is just outside: a ring about a dark middle has none, a face has.
pub(super) fn filling(picture: &Array2<f32>, circle: &Voted) -> f64 {
    shells(picture, circle, (0.10, 0.80))
}

/// Mean log-luminance over a shell less that over the shell of 1.05 to 1.20 radii; 0 where either lies outside the picture.
fn shells(picture: &Array2<f32>, circle: &Voted, (from, to): (f64, f64)) -> f64 {
    let shell = |from: f64, to: f64| {
        let (mut sum, mut count) = (0.0, 0usize);
        for ring in 0..6 {
            let r = circle.r * (from + (to - from) * f64::from(ring) / 5.0);
            for at in 0..DIRECTIONS / 2 {
                let (s, c) = libm::sincos(TAU * at as f64 / (DIRECTIONS / 2) as f64);
                if let Some(v) = bilinear(picture, circle.x + r * c, circle.y + r * s) {
                    sum += f64::from(v);
                    count += 1;
                }
            }
        }
        (count > 0).then(|| sum / count as f64)
    };
    shell(from, to).zip(shell(1.05, 1.20)).map_or(0.0, |(inside, outside)| inside - outside)
}

/// A path in pixels: its radius and its edge in each direction.
pub(super) struct Path {
    pub(super) radii: Vec<f64>,
    /// 0 to [`MOST_EDGE`].
    pub(super) edges: Vec<f32>,
}

impl Path {
    /// The share of the directions with half an edge at least.
    pub(super) fn share(&self) -> f64 {
        self.share_of(WHOLE_EDGE / 2.0)
    }

    /// The share of the directions with such an edge at least.
    pub(super) fn share_of(&self, least: f32) -> f64 {
        self.edges.iter().filter(|e| **e >= least).count() as f64 / self.edges.len().max(1) as f64
    }

    /// Medians over the neighbouring directions: a burr or a scratch does not bend the outline.
    pub(super) fn smoothed(&self) -> Vec<f64> {
        let n = self.radii.len();
        let median = |at: usize| {
            let mut near: Vec<f64> =
                (0..=2 * SMOOTHING).map(|k| self.radii[(at + n + k - SMOOTHING % n) % n]).collect();
            crate::dsp::level::median_of(&mut near).unwrap_or(0.0)
        };
        (0..n).map(median).collect()
    }
}

/// The closed path of strongest edges about a place between two radii (pixels).
pub(super) fn path(picture: &Array2<f32>, centre: (f64, f64), (least, most): (f64, f64), bright: Bright) -> Path {
    let start = least.max(1.0);
    let rings = ((most - start).max(0.0) as usize + 1).max(2 * HALF_STEP + 2);
    let edges = steps(&polar(picture, centre, (start, rings), DIRECTIONS), bright);
    walk(&edges.mapv(|e| e.clamp(0.0, MOST_EDGE)), start, (JUMP, JUMP_COST))
}

/// The closed dark line about a place that lies beyond `floor` (pixels, one for each direction) and within `most`: in every direction darker than the brightest
/// that lies a little further in, and than the brightest a little further out.
///
/// Under a ring light the wall of the metal that was pushed into the aperture is such a line, 30 to 60 um wide: too narrow to be an edge in a picture in which
/// texture is smoothed away, and all the clearer in a sharp one, as texture forms no closed line.
pub(super) fn groove(picture: &Array2<f32>, centre: (f64, f64), floor: &[f64], most: f64) -> Path {
    let floor_at = |at: usize| floor.get(at).copied().unwrap_or(0.0);
    let least = (0..DIRECTIONS).map(floor_at).fold(f64::INFINITY, f64::min);
    let start = (least - GROOVE_INWARDS as f64).max(1.0);
    let rings = ((most - start).max(0.0) as usize + 1).max(GROOVE_INWARDS + GROOVE_OUTWARDS + 2);
    let polar = polar(picture, centre, (start, rings), DIRECTIONS);
    let brightest = |at: usize, rings: std::ops::RangeInclusive<usize>| {
        rings.filter_map(|ring| polar.get([ring, at])).copied().fold(f32::NEG_INFINITY, f32::max)
    };
    let depth = Array2::from_shape_fn((rings, DIRECTIONS), |(ring, at)| {
        if ring < GROOVE_INWARDS || ring + GROOVE_OUTWARDS >= rings || start + (ring as f64) < floor_at(at) {
            return 0.0;
        }
        let inwards = brightest(at, ring - GROOVE_INWARDS..=ring - GROOVE_BESIDE);
        let outwards = brightest(at, ring + GROOVE_BESIDE..=ring + GROOVE_OUTWARDS);
        (inwards.min(outwards) - polar[[ring, at]]).max(0.0)
    });
    let mean = Array2::from_shape_fn((rings, DIRECTIONS), |(ring, at)| {
        let beside = depth[[ring, (at + DIRECTIONS - 1) % DIRECTIONS]] + depth[[ring, (at + 1) % DIRECTIONS]];
        ((depth[[ring, at]] + beside) / 3.0).min(MOST_GROOVE)
    });
    let mut path = walk(&mean, start, (GROOVE_JUMP, GROOVE_JUMP_COST));
    // From the middle of the line to its outer edge.
    for (at, radius) in path.radii.iter_mut().enumerate() {
        let middle = (*radius - start) as usize;
        let rise = |ring: usize| {
            let value = |ring: usize| polar.get([ring, at]).copied().unwrap_or(f32::NEG_INFINITY);
            value(ring + 1) - value(ring.saturating_sub(1))
        };
        let steepest = (middle..=middle + GROOVE_OUTWARDS).rev().max_by(|a, b| rise(*a).total_cmp(&rise(*b)));
        *radius = start + steepest.unwrap_or(middle) as f64;
    }
    path
}

/// The closed path of the greatest sum of `worth` (rows are radii a pixel apart from `start` on, columns directions), by dynamic programming over the
/// directions; from one to the next it moves `jump` pixels at most, and each costs.
///
/// Two turns are walked and the middle one kept, so that the path closes wherever it began.
fn walk(worth: &Array2<f32>, start: f64, (jump, cost): (usize, f32)) -> Path {
    let rings = worth.nrows();
    let walked = 2 * DIRECTIONS;
    let mut sums: Vec<f32> = worth.column(0).to_vec();
    let mut from = Array2::<u16>::zeros((walked, rings));
    for step in 1..walked {
        let mut next = vec![f32::NEG_INFINITY; rings];
        for (ring, sum) in next.iter_mut().enumerate() {
            let first = ring.saturating_sub(jump);
            for (before, so_far) in (first..).zip(&sums[first..=(ring + jump).min(rings - 1)]) {
                let reached = so_far - cost * before.abs_diff(ring) as f32;
                if reached > *sum {
                    *sum = reached;
                    from[[step, ring]] = before as u16;
                }
            }
            *sum += worth[[ring, step % DIRECTIONS]];
        }
        sums = next;
    }
    let mut ring = (0..rings).rev().max_by(|a, b| sums[*a].total_cmp(&sums[*b])).unwrap_or(0);
    let mut radii = vec![start; DIRECTIONS];
    let mut strengths = vec![0.0; DIRECTIONS];
    for step in (1..walked).rev() {
        if (DIRECTIONS / 2..DIRECTIONS / 2 + DIRECTIONS).contains(&step) {
            radii[step % DIRECTIONS] = start + ring as f64;
            strengths[step % DIRECTIONS] = worth[[ring, step % DIRECTIONS]];
        }
        ring = usize::from(from[[step, ring]]);
    }
    Path { radii, edges: strengths }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dark ellipse on bright ground, softest where its edge lies, and no stronger than edges are told apart.
    fn ellipse() -> Array2<f32> {
        Array2::from_shape_fn((160, 160), |(r, c)| {
            let (x, y) = ((c as f64 - 80.0) / 40.0, (r as f64 - 76.0) / 28.0);
            0.35 * libm::tanh(12.0 * (x.hypot(y) - 1.0)) as f32
        })
    }

    #[test]
    fn a_path_follows_an_ellipse_and_closes() {
        let found = path(&ellipse(), (78.0, 77.0), (14.0, 56.0), Bright::Outside);
        assert!(found.share() > 0.98, "{}", found.share());
        let contour = Contour { centre: Point::new(78.0, 77.0), radii_um: found.smoothed() };
        assert!((contour.radius_um(0.0) - 42.0).abs() < 2.5, "{}", contour.radius_um(0.0));
        assert!((contour.radius_um(0.25) - 27.0).abs() < 2.5, "{}", contour.radius_um(0.25));
        let circle = contour.circle();
        assert!(circle.centre.distance_um(Point::new(80.0, 76.0)) < 1.5, "{circle:?}");
        assert_eq!(contour.polygon().len(), DIRECTIONS);
    }

    #[test]
    fn a_groove_is_followed_round_a_rectangle_beyond_the_pit_and_texture_is_none() {
        // A dark pit, and around it bright textured metal with or without a dark line, three pixels wide.
        let picture = |line: bool| {
            Array2::from_shape_fn((200, 200), |(r, c)| {
                let (x, y) = ((c as f64 - 104.0).abs(), (r as f64 - 97.0).abs());
                let texture = ((r * 7_919 + c * 104_729 + r * c) % 251) as f32 / 500.0;
                let dark = x.hypot(y) < 20.0 || (line && ((x / 45.0).max(y / 32.0) - 1.0).abs() < 0.04);
                if dark { -1.2 } else { texture }
            })
        };
        let floor = vec![24.0; DIRECTIONS];
        let found = groove(&picture(true), (102.0, 98.0), &floor, 80.0);
        assert!(found.share_of(WHOLE_EDGE) > 0.9, "{:?}", found.edges);
        let contour = Contour { centre: Point::new(102.0, 98.0), radii_um: found.smoothed() };
        assert!((contour.radius_um(0.0) - 47.0).abs() < 3.0, "{}", contour.radius_um(0.0));
        assert!((contour.radius_um(0.25) - 31.0).abs() < 3.0, "{}", contour.radius_um(0.25));
        let none = groove(&picture(false), (102.0, 98.0), &floor, 80.0);
        assert!(none.share_of(WHOLE_EDGE) < 0.3, "{:?}", none.edges);
    }

    #[test]
    fn the_radius_between_rays_is_theirs_and_beyond_is_signed() {
        let contour = Contour { centre: Point::new(10.0, 0.0), radii_um: vec![100.0, 200.0, 100.0, 200.0] };
        assert!((contour.radius_um(0.125) - 150.0).abs() < 1e-9);
        assert!((contour.radius_um(-0.25) - 200.0).abs() < 1e-9);
        assert!((contour.beyond_um(Point::new(130.0, 0.0)) - 20.0).abs() < 1e-9);
        assert!((contour.beyond_um(Point::new(10.0, 150.0)) + 50.0).abs() < 1e-6);
    }

    #[test]
    fn support_tells_the_sense_of_an_edge() {
        let circle = Voted { votes: 1.0, x: 80.0, y: 76.0, r: 33.0 };
        let (right, wrong) =
            (support(&ellipse(), &circle, Bright::Outside), support(&ellipse(), &circle, Bright::Inside));
        assert!(right > 0.3 && wrong < 0.05, "{right} {wrong}");
        assert!(contrast(&ellipse(), &circle) < 0.0);
    }
}
