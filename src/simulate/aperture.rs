//! The firing-pin aperture of a breech face and the grid on which faces are rendered.

use super::stream::Stream;
use serde::{Deserialize, Serialize};

/// Pitch of the grid of a rendered breech face, um: finer than what a primer reproduces (about 15 um), so that scans at
/// 3.1 um lose nothing that they could show.
pub(super) const GRID_PITCH_UM: f64 = 7.5;
/// Points along each side of that grid: 5.28 mm, the largest primer with its largest offset and shift.
pub(super) const GRID_POINTS: usize = 705;

/// The outline of the firing-pin aperture, a class characteristic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApertureShape {
    /// Drilled.
    Round,
    /// Longer than wide.
    Elliptical,
    /// Milled with rounded corners, as in striker-fired pistols with a bladed pin.
    Rectangular,
}

impl ApertureShape {
    /// The name written to manifests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ApertureShape::Round => "round",
            ApertureShape::Elliptical => "elliptical",
            ApertureShape::Rectangular => "rectangular",
        }
    }
}

/// The firing-pin aperture, centred on the origin of the breech face's frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Aperture {
    /// Its outline.
    pub shape: ApertureShape,
    /// Half its extent along x before turning, um.
    pub half_x_um: f64,
    /// Half its extent along y before turning, um.
    pub half_y_um: f64,
    /// Radius of the corners, um (rectangular only).
    pub corner_um: f64,
    /// Cosine and sine of its turn in the frame.
    pub turn: (f64, f64),
}

impl Aperture {
    /// Draws the aperture of a model of pistol.
    pub(super) fn draw(stream: &mut Stream) -> Self {
        let shape = match stream.uniform() {
            u if u < 0.62 => ApertureShape::Round,
            u if u < 0.8 => ApertureShape::Elliptical,
            _ => ApertureShape::Rectangular,
        };
        let angle = stream.between(-0.05, 0.05);
        let turn = (libm::cos(angle), libm::sin(angle));
        // Radii of 0.7 to 1.15 mm as measured on processed scans of two pistol models and a third study.
        match shape {
            ApertureShape::Round => {
                let radius = stream.between(790.0, 1_130.0);
                Self { shape, half_x_um: radius, half_y_um: radius, corner_um: 0.0, turn }
            }
            ApertureShape::Elliptical => {
                let short = stream.between(700.0, 880.0);
                let long = short * stream.between(1.15, 1.4);
                Self { shape, half_x_um: long, half_y_um: short, corner_um: 0.0, turn }
            }
            ApertureShape::Rectangular => {
                let short = stream.between(610.0, 750.0);
                let long = short * stream.between(1.2, 1.4);
                Self { shape, half_x_um: short, half_y_um: long, corner_um: stream.between(120.0, 320.0), turn }
            }
        }
    }

    /// Distance of a place in the face's frame from the aperture's edge, um; negative inside (exact for round and
    /// rectangular outlines, a first-order estimate for elliptical ones).
    #[must_use]
    pub fn distance_um(&self, x_um: f64, y_um: f64) -> f64 {
        let (c, s) = self.turn;
        let (x, y) = (c * x_um + s * y_um, c * y_um - s * x_um);
        match self.shape {
            ApertureShape::Round => (x * x + y * y).sqrt() - self.half_x_um,
            ApertureShape::Elliptical => {
                let (u, v) = (x / self.half_x_um, y / self.half_y_um);
                let k = (u * u + v * v).sqrt();
                let (gu, gv) = (u / self.half_x_um, v / self.half_y_um);
                let g = (gu * gu + gv * gv).sqrt();
                if g > 0.0 { k * (k - 1.0) / g } else { -self.half_y_um }
            }
            ApertureShape::Rectangular => {
                let (qx, qy) = (x.abs() - self.half_x_um + self.corner_um, y.abs() - self.half_y_um + self.corner_um);
                let (ox, oy) = (qx.max(0.0), qy.max(0.0));
                (ox * ox + oy * oy).sqrt() + qx.max(qy).min(0.0) - self.corner_um
            }
        }
    }

    /// Distance from the centre to the edge in the direction of a unit vector, um.
    #[must_use]
    pub fn radius_towards(&self, x: f64, y: f64) -> f64 {
        let (mut low, mut high) = (0.0, 2_000.0);
        for _ in 0..30 {
            let middle = (low + high) / 2.0;
            if self.distance_um(x * middle, y * middle) < 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        (low + high) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outline_is_negative_inside_and_grows_outwards() {
        for number in 0..60 {
            let aperture = Aperture::draw(&mut Stream::new(5, "aperture", &[number]));
            assert!(aperture.distance_um(0.0, 0.0) < -400.0, "{aperture:?}");
            for step in 0..24 {
                let angle = f64::from(step) * std::f64::consts::TAU / 24.0;
                let (x, y) = (libm::cos(angle), libm::sin(angle));
                let radius = aperture.radius_towards(x, y);
                assert!((500.0..1_260.0).contains(&radius), "{aperture:?}: radius {radius}");
                assert!(aperture.distance_um(x * (radius + 50.0), y * (radius + 50.0)) > 20.0);
            }
        }
    }
}
