//! Raw acquisitions as hurried people make them: off centre, turned, askew, cut off, noisy, at any pitch, with the truth beside them.

use super::firearm::SimulatedFirearm;
use super::part::Part;
use super::shot::SimulatedShot;
use super::stream::Stream;
use super::{AMMUNITION, SimulateError};
use crate::geometry::{Point, Pose};
use crate::surface::Surface;
use ndarray::{Array2, s};
use serde::Serialize;
use std::f64::consts::{PI, TAU};

/// Pitches that acquisitions come in, um: those of the simulated instruments, coarser settings of the same, and one between.
const PITCHES_UM: [f64; 6] = [4.5, 6.25, 7.37, 9.0, 12.5, 3.125];
/// Least half side of a field of view, um: the smallest of the published raw scans.
const LEAST_HALF_FIELD_UM: f64 = 1_900.0;
/// Half the side of the whole form, um.
const HALF_WHOLE_UM: f64 = 2_840.0;

/// How an acquisition differs from a good one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Circumstances {
    /// Distance of neighbouring points, um.
    pub pitch_um: f64,
    /// Half the side of the field of view, um.
    pub half_field_um: f64,
    /// The primer's centre in the frame of the field of view.
    pub primer: Point,
    /// How the case was turned, radians.
    pub turn_rad: f64,
    /// Slope of the head along x and y, um per um.
    pub tilt: Point,
    /// Share of the points that were taken away in blotches, 0 to 1.
    pub blotches: f64,
    /// Standard deviation of the noise that was added to the instrument's own, um.
    pub noise_um: f64,
    /// Beyond this distance from the primer's centre in one direction (rad) nothing has a value.
    pub cut: Option<(f64, f64)>,
}

/// A raw acquisition and what its places show.
#[derive(Debug, Clone)]
pub struct RawAcquisition {
    /// The scan.
    pub surface: Surface,
    /// The part at each point, shape of the heights; `None` where the acquisition was cut off.
    pub parts: Array2<Option<Part>>,
    /// How it was made.
    pub circumstances: Circumstances,
    /// Finish of the firearm.
    pub finish: super::Finish,
}

impl RawAcquisition {
    /// Acquisition `number` (from 0) under `seed`: another firearm each time, all finishes in turn.
    ///
    /// # Errors
    /// None of those of [`SimulateError`] with the pitches used here.
    pub fn new(seed: u64, number: u32) -> Result<Self, SimulateError> {
        let mut s = Stream::new(seed, "raw.acquisition", &[u64::from(number)]);
        let firearm = SimulatedFirearm::new(seed, number + 1);
        let shot = SimulatedShot::new(&firearm, 1, *s.pick(&AMMUNITION));
        Self::made(s, &firearm, shot)
    }

    /// Shot `shot` of a firearm under `seed`, acquired once: every shot in circumstances of its own.
    ///
    /// # Errors
    /// As [`RawAcquisition::new`].
    pub fn of(seed: u64, firearm: u32, shot: u32) -> Result<Self, SimulateError> {
        let mut s = Stream::new(seed, "raw.acquisition.of", &[u64::from(firearm), u64::from(shot)]);
        let firearm = SimulatedFirearm::new(seed, firearm);
        let shot = SimulatedShot::new(&firearm, shot, *s.pick(&AMMUNITION));
        Self::made(s, &firearm, shot)
    }

    /// The circumstances that the stream draws next.
    fn made(mut s: Stream, firearm: &SimulatedFirearm, mut shot: SimulatedShot) -> Result<Self, SimulateError> {
        let pose = shot.face_from_scan;
        // The case lies as it fell.
        let turn_rad = s.between(-PI, PI);
        let moved = Pose::new(turn_rad, pose.dx_um, pose.dy_um);
        shot.face_from_scan = moved;
        let pitch_um = *s.pick(&PITCHES_UM);
        super::within("pitch_um", pitch_um, super::FINEST_PITCH_UM, super::COARSEST_PITCH_UM)?;
        let narrow = s.chance(0.6);
        let half_field_um = if narrow { s.between(LEAST_HALF_FIELD_UM, HALF_WHOLE_UM) } else { HALF_WHOLE_UM };
        // What is seen of the whole form; the breech face stays in the field but for a tenth of it.
        let room = (HALF_WHOLE_UM - half_field_um).min(half_field_um - 1_700.0).max(0.0);
        let wanted = Point::new(s.between(-room, room), s.between(-room, room));
        let tilt = Point::new(0.015 * s.normal(), 0.015 * s.normal());
        let lift = s.between(-300.0, 300.0);
        let spoiled = s.chance(0.5);
        let (blotches, noise_um) =
            if spoiled { (s.between(0.0, 0.15), s.log_normal(0.15, 0.7).min(0.8)) } else { (0.0, 0.0) };
        let cut = s.chance(0.15).then(|| (s.between(0.0, TAU), s.between(800.0, 1_700.0)));

        let whole = shot.whole(firearm, pitch_um).heights_um;
        let (side, half) = (whole.nrows(), (half_field_um / pitch_um).floor() as usize);
        let middle = (side - 1) / 2;
        let shift = |um: f64| (um / pitch_um).round() as isize;
        let first = |um: f64| {
            let from = middle as isize + shift(um) - half as isize;
            from.clamp(0, (side - 2 * half - 1) as isize) as usize
        };
        let (top, left) = (first(wanted.y_um), first(wanted.x_um));
        let mut z = whole.slice(s![top..=top + 2 * half, left..=left + 2 * half]).to_owned();
        let offset = |from: usize| (from as f64 + half as f64 - middle as f64) * pitch_um;
        let primer = Point::new(-offset(left), -offset(top));

        let parts = shot.parts(firearm);
        let gone = super::lattice::Lattice::new(&mut s, 60.0, 60.0, 9_000.0);
        // The quantile of a normal distribution near its middle, good enough for a share of at most .15.
        let threshold = 1.0 + 2.2 * (0.15 - blotches);
        let white = s.white(z.len());
        let mut truth = Array2::from_elem(z.dim(), None);
        for (((row, column), z), white) in z.indexed_iter_mut().zip(white) {
            let here = |k: usize| (k as f64 - half as f64) * pitch_um;
            let (x, y) = (here(column), here(row));
            let on_primer = Point::new(x - primer.x_um, y - primer.y_um);
            let seen = cut.is_none_or(|(angle, beyond)| {
                on_primer.x_um * libm::cos(angle) + on_primer.y_um * libm::sin(angle) < beyond
            });
            if seen {
                truth[(row, column)] = Some(parts.at(on_primer));
            }
            let blotted = blotches > 0.0 && f64::from(gone.value(x, y)) > threshold;
            if !seen || blotted {
                *z = f64::NAN;
            } else {
                *z += lift + tilt.x_um * x + tilt.y_um * y + noise_um * f64::from(white);
            }
        }
        let circumstances = Circumstances { pitch_um, half_field_um, primer, turn_rad, tilt, blotches, noise_um, cut };
        let surface = Surface::from_heights(z, pitch_um);
        Ok(Self { surface, parts: truth, circumstances, finish: firearm.finish })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acquisitions_show_a_breech_face_and_their_truth_has_their_shape() {
        for number in 0..3 {
            let raw = RawAcquisition::new(5, number).unwrap();
            assert_eq!(raw.parts.dim(), raw.surface.heights_um.dim());
            let pitch = raw.circumstances.pitch_um;
            let face = raw.parts.iter().filter(|p| **p == Some(Part::BreechFace)).count() as f64 * pitch * pitch * 1e-6;
            assert!((1.5..10.0).contains(&face), "{number}: {face} mm2");
            let cut = raw.parts.iter().zip(&raw.surface.heights_um).filter(|(p, _)| p.is_none());
            assert!(cut.clone().all(|(_, z)| z.is_nan()), "{number}");
            assert_eq!(cut.count() > 0, raw.circumstances.cut.is_some(), "{number}");
        }
    }
}
