//! Individual defects of a breech face: pits, dents, scratches and burrs that came with wear and belong to one slide.

use super::aperture::Aperture;
use super::finish::Finish;
use super::stream::Stream;
use crate::grid::HeightMap;
use std::f64::consts::{PI, TAU};

/// One stroke of a file or one scratch: a groove with raised shoulders along a slightly bent line.
pub(super) struct Stroke {
    pub(super) x_um: f64,
    pub(super) y_um: f64,
    pub(super) angle_rad: f64,
    pub(super) length_um: f64,
    pub(super) half_width_um: f64,
    pub(super) depth_um: f64,
    /// Half the curvature, 1/um.
    pub(super) bend: f64,
    /// Height of the shoulders, share of the depth.
    pub(super) shoulder: f64,
}

impl Stroke {
    /// Cuts the groove into the relief.
    pub(super) fn cut(&self, map: &mut HeightMap) {
        let (sin, cos) = (libm::sin(self.angle_rad), libm::cos(self.angle_rad));
        let half = self.length_um / 2.0;
        let reach = 2.6 * self.half_width_um;
        let sag = self.bend.abs() * half * half + reach;
        // The stroke is visited row by row (or column by column when it runs downwards) so that only near points are touched.
        let (rows, columns) = map.z.dim();
        let steep = sin.abs() > cos.abs();
        let (lines, across) = if steep { (rows, columns) } else { (columns, rows) };
        let (main, other) = if steep { (sin, cos) } else { (cos, sin) };
        let (m0, o0) = if steep { (self.y_um, self.x_um) } else { (self.x_um, self.y_um) };
        let pitch = map.pitch_um;
        let (half_lines, half_across) = ((lines as f64 - 1.0) / 2.0, (across as f64 - 1.0) / 2.0);
        let span = half * main.abs() + reach * other.abs() + sag;
        let first = (((m0 - span) / pitch + half_lines).ceil().max(0.0)) as usize;
        let last = ((m0 + span) / pitch + half_lines).floor();
        if last < 0.0 {
            return;
        }
        for line in first..=(last as usize).min(lines - 1) {
            let m = (line as f64 - half_lines) * pitch;
            let middle = o0 + (m - m0) / main * other;
            let width = (reach + sag) / main.abs();
            let low = (((middle - width) / pitch + half_across).ceil().max(0.0)) as usize;
            let high = ((middle + width) / pitch + half_across).floor();
            if high < 0.0 {
                continue;
            }
            for cross in low..=(high as usize).min(across - 1) {
                let o = (cross as f64 - half_across) * pitch;
                let (x, y) = if steep { (o, m) } else { (m, o) };
                let (dx, dy) = (x - self.x_um, y - self.y_um);
                let along = cos * dx + sin * dy;
                let off = (cos * dy - sin * dx + self.bend * along * along) / self.half_width_um;
                let taper = 1.0 - (along / half) * (along / half);
                if taper <= 0.0 || off.abs() > 2.6 {
                    continue;
                }
                let u = off * off;
                let groove = if u < 1.0 { -(1.0 - u) * (1.0 - u) } else { 0.0 };
                let ridge = if u > 0.5 && u < 6.0 { self.shoulder * (u - 0.5) * (6.0 - u) / 7.6 } else { 0.0 };
                let z = if steep { &mut map.z[[line, cross]] } else { &mut map.z[[cross, line]] };
                *z += (self.depth_um * taper.sqrt() * (groove + ridge)) as f32;
            }
        }
    }
}

/// A round dent or bump: `height_um` at its centre, irregular outline, with a rim of opposite sign.
struct Dent {
    x_um: f64,
    y_um: f64,
    radius_um: f64,
    height_um: f64,
    /// Third harmonic of the outline, share of the radius, and its phase.
    lobe: (f64, f64),
    /// Elongation and its direction as cosine and sine of twice the angle.
    stretch: (f64, f64),
    rim: f64,
}

impl Dent {
    fn press(&self, map: &mut HeightMap) {
        let (rows, columns) = map.z.dim();
        let reach = 2.2 * self.radius_um;
        let half = (rows as f64 - 1.0) / 2.0;
        let low = |v: f64| ((v - reach) / map.pitch_um + half).ceil().max(0.0) as usize;
        let high =
            |v: f64, n: usize| (((v + reach) / map.pitch_um + half).floor().max(-1.0) + 1.0).min(n as f64) as usize;
        for row in low(self.y_um)..high(self.y_um, rows) {
            for column in low(self.x_um)..high(self.x_um, columns) {
                let p = map.point_at(row as f64, column as f64);
                let (dx, dy) = (p.x_um - self.x_um, p.y_um - self.y_um);
                let r2 = dx * dx + dy * dy;
                let twice = if r2 > 0.0 { ((dx * dx - dy * dy) / r2, 2.0 * dx * dy / r2) } else { (1.0, 0.0) };
                let outline = 1.0
                    + self.stretch.0 * twice.0
                    + self.stretch.1 * twice.1
                    + self.lobe.0 * libm::cos(3.0 * libm::atan2(dy, dx) + self.lobe.1);
                let radius = self.radius_um * outline.max(0.4);
                let u = r2 / (radius * radius);
                if u < 1.0 {
                    map.z[[row, column]] += (self.height_um * (1.0 - u) * (1.0 - u)) as f32;
                } else if u < 3.0 {
                    map.z[[row, column]] -= (self.rim * self.height_um * (u - 1.0) * (3.0 - u)) as f32;
                }
            }
        }
    }
}

/// Adds the individual defects of one slide to its relief.
pub(super) fn add_defects(finish: Finish, aperture: &Aperture, stream: &mut Stream, map: &mut HeightMap) {
    let wear = stream.log_normal(1.0, 0.45).clamp(0.35, 2.5);
    let (pits, dents) = match finish {
        Finish::Granular => (140.0, 60.0),
        Finish::Milled | Finish::Broached => (95.0, 20.0),
        Finish::Turned => (130.0, 30.0),
        Finish::Filed => (60.0, 20.0),
    };
    let count = |stream: &mut Stream, mean: f64| (mean * wear * stream.between(0.7, 1.3)) as usize;
    for _ in 0..count(stream, pits) {
        let radius = stream.log_normal(19.0, 0.5).clamp(8.0, 70.0);
        let depth = (radius * stream.between(0.03, 0.1)).min(5.0);
        dent(stream, radius, -depth, 0.05).press(map);
    }
    for _ in 0..count(stream, dents) {
        // Broad shallow dents and swells: the long-wave part of the individual detail.
        let radius = stream.log_normal(110.0, 0.4).clamp(50.0, 320.0);
        let height = stream.normal() * 1.1;
        dent(stream, radius, height, 0.02).press(map);
    }
    for _ in 0..3 + count(stream, 12.0) {
        Stroke {
            x_um: stream.between(-2_500.0, 2_500.0),
            y_um: stream.between(-2_500.0, 2_500.0),
            angle_rad: stream.between(0.0, PI),
            length_um: stream.log_normal(600.0, 0.7).min(4_000.0),
            half_width_um: stream.log_normal(10.0, 0.4).clamp(5.0, 30.0),
            depth_um: stream.log_normal(1.6, 0.5).min(7.0),
            bend: stream.normal() * 1.0e-4,
            shoulder: stream.between(0.1, 0.5),
        }
        .cut(map);
    }
    // Burrs stand where the aperture was drilled through.
    for _ in 0..4 + stream.below(10) {
        let azimuth = stream.between(0.0, TAU);
        let (sin, cos) = (libm::sin(azimuth), libm::cos(azimuth));
        let edge = aperture.radius_towards(cos, sin) + stream.between(15.0, 190.0);
        let (radius, height) = (stream.between(18.0, 60.0), stream.between(1.0, 4.5));
        let mut burr = dent(stream, radius, height, 0.03);
        (burr.x_um, burr.y_um) = (edge * cos, edge * sin);
        burr.press(map);
    }
}

fn dent(stream: &mut Stream, radius_um: f64, height_um: f64, rim: f64) -> Dent {
    Dent {
        x_um: stream.between(-2_600.0, 2_600.0),
        y_um: stream.between(-2_600.0, 2_600.0),
        radius_um,
        height_um,
        lobe: (stream.between(0.0, 0.18), stream.between(0.0, TAU)),
        stretch: (stream.between(-0.25, 0.25), stream.between(-0.25, 0.25)),
        rim,
    }
}
