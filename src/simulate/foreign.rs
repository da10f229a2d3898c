//! What else comes under an instrument: regions of a case that carry no breech face, and things that are no case.

use super::headstamp::Headstamp;
use super::lattice::{Lattice, RUN, Run};
use super::scan::{Places, render};
use super::stream::Stream;
use super::{AMMUNITION, SimulateError, within};
use crate::grid::HeightMap;
use crate::surface::Surface;
use serde::Serialize;
use std::f64::consts::TAU;

/// Something that is no fired primer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Foreign {
    /// The head of a case beside its primer: turned metal with stamped letters.
    Headstamp,
    /// A flat plate with a grain, such as the stage of the instrument.
    Flat,
    /// A primer that no firing pin struck, in its pocket.
    Unfired,
    /// A case that stands upside down: the rim of its mouth around a hole without values.
    Mouth,
    /// The side of a bullet: a cylinder with striae along it.
    Bullet,
    /// Heights that have nothing to do with their neighbours.
    Noise,
    /// The ball of a thumb: ridges half a millimetre apart on a curved ground.
    Thumb,
}

impl Foreign {
    /// All of them, in the order of their declaration.
    pub const ALL: [Foreign; 7] = [
        Foreign::Headstamp,
        Foreign::Flat,
        Foreign::Unfired,
        Foreign::Mouth,
        Foreign::Bullet,
        Foreign::Noise,
        Foreign::Thumb,
    ];

    /// Acquisition `number` of it under `seed`, `pitch_um` apart (as [`super::SimulatedShot::whole`]).
    ///
    /// # Errors
    /// [`SimulateError`] for a pitch out of its range.
    pub fn surface(self, seed: u64, number: u32, pitch_um: f64) -> Result<Surface, SimulateError> {
        within("pitch_um", pitch_um, super::FINEST_PITCH_UM, super::COARSEST_PITCH_UM)?;
        let mut s = Stream::new(seed, "foreign", &[self as u64, u64::from(number)]);
        let half_um = if self == Foreign::Mouth { 5_200.0 } else { s.between(1_400.0, 2_800.0) };
        let points = 2 * (half_um / pitch_um).ceil() as usize + 1;
        let mut map = HeightMap::missing(points, points, pitch_um);
        let thing = Thing::new(self, &mut s, half_um);
        render(&mut map, |_, _| true, |at| thing.heights(at));
        let white = s.white(points * points);
        let (noise, tilt) = (s.between(0.05, 0.3), (0.01 * s.normal(), 0.01 * s.normal()));
        for (((row, column), z), white) in map.z.indexed_iter_mut().zip(white) {
            let place = |k: usize| (k as f64 - (points as f64 - 1.0) / 2.0) * pitch_um;
            *z += (noise * f64::from(white) + tilt.0 * place(column) + tilt.1 * place(row)) as f32;
        }
        if self == Foreign::Noise {
            let size = s.log_normal(20.0, 0.8);
            for (z, white) in map.z.iter_mut().zip(s.white(points * points)) {
                *z = (size * f64::from(white)) as f32;
            }
        }
        Ok(Surface::from_heights(map.z.mapv(f64::from), pitch_um))
    }
}

/// What the heights of a thing are made of.
struct Thing {
    kind: Foreign,
    stamp: Headstamp,
    /// Where the middle of the field lies on the thing, um.
    from: (f64, f64),
    turn: (f64, f64),
    grain: [Lattice; 3],
    /// A size that each thing has its own use for, um.
    size_um: f64,
}

impl Thing {
    fn new(kind: Foreign, s: &mut Stream, half_um: f64) -> Self {
        let product = s.pick(&AMMUNITION);
        let (stamp_turn, angle) = (s.between(0.0, TAU), s.between(0.0, TAU));
        let direction = (libm::cos(angle), libm::sin(angle));
        // The nearest corner of the field stays clear of the primer's pocket.
        let away = match kind {
            Foreign::Headstamp => (3_450.0f64).max(2_700.0 + half_um),
            _ => 120.0 * s.normal(),
        };
        let size_um = match kind {
            Foreign::Bullet => s.between(4_400.0, 5_700.0),
            Foreign::Thumb => s.between(7_000.0, 11_000.0),
            Foreign::Mouth => s.between(4_450.0, 4_550.0),
            _ => product.primer_radius_um,
        };
        Self {
            kind,
            stamp: Headstamp::new(product.headstamp, stamp_turn),
            from: (away * direction.0, away * direction.1),
            turn: direction,
            grain: [
                Lattice::new(s, 20.0, 3_000.0, 16_000.0),
                Lattice::new(s, 40.0, 40.0, 16_000.0),
                Lattice::new(s, 700.0, 700.0, 16_000.0),
            ],
            size_um,
        }
    }

    fn heights(&self, at: &Places) -> Run<f64> {
        let mut heights = [0.0; RUN];
        for (height, x_um) in heights.iter_mut().zip(&at.x_um).take(at.count) {
            *height = self.height(x_um + self.from.0, at.y_um + self.from.1);
        }
        heights
    }

    fn height(&self, x: f64, y: f64) -> f64 {
        let (c, s) = self.turn;
        let (along, across) = (c * x + s * y, c * y - s * x);
        let grain = f64::from(self.grain[1].value(x, y));
        let slow = f64::from(self.grain[2].value(x, y));
        let r = (x * x + y * y).sqrt();
        match self.kind {
            Foreign::Headstamp => {
                let turned = f64::from(self.grain[0].value(r, 0.0));
                0.7 * turned + 1.4 * grain - 75.0 * self.stamp.depth(x, y)
            }
            Foreign::Flat => 0.8 * grain + 0.6 * slow,
            Foreign::Unfired => {
                let u = ((r - self.size_um + 400.0) / 400.0).clamp(0.0, 1.0);
                let primer = -235.0 * (1.0 - (1.0 - u * u).max(0.0).sqrt()) - 5.0 * (r / 2_000.0) * (r / 2_000.0);
                if r < self.size_um {
                    primer + 0.8 * grain + 0.5 * slow
                } else if r < self.size_um + 70.0 {
                    -235.0
                } else {
                    60.0 + 1.4 * grain
                }
            }
            Foreign::Mouth => {
                let off = (r - self.size_um).abs();
                if off > 170.0 { f64::NAN } else { -0.002 * off * off + 1.2 * grain }
            }
            Foreign::Bullet => {
                let lift = (self.size_um * self.size_um - across * across).max(0.0).sqrt() - self.size_um;
                lift + 1.5 * f64::from(self.grain[0].value(across, along)) + 0.4 * grain
            }
            // Drawn afterwards, point by point.
            Foreign::Noise => 0.0,
            Foreign::Thumb => {
                let bent = across + 0.000_08 * along * along + 60.0 * slow;
                let ridge = 45.0 * libm::cos(TAU * bent / 470.0);
                -r * r / (2.0 * self.size_um) + ridge + 6.0 * grain
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_foreign_thing_can_be_drawn_and_is_the_same_each_time() {
        for kind in Foreign::ALL {
            let map = kind.surface(3, 1, 40.0).unwrap().height_map();
            assert!(map.valid_count() > 1_000, "{kind:?}");
            let again = kind.surface(3, 1, 40.0).unwrap().height_map();
            assert!(map.z.iter().zip(&again.z).all(|(a, b)| a.to_bits() == b.to_bits()), "{kind:?}");
            let other = kind.surface(3, 2, 40.0).unwrap().height_map();
            assert!(map.z.iter().zip(&other.z).any(|(a, b)| a.to_bits() != b.to_bits()), "{kind:?}");
        }
        assert!(Foreign::Flat.surface(3, 1, 0.0).is_err());
    }
}
