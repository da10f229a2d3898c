//! One shot: how the primer lay against the breech face, how hard, and how the case was later scanned.

use super::ammunition::Ammunition;
use super::firearm::SimulatedFirearm;
use super::stream::Stream;
use crate::geometry::{Point, Pose};
use serde::Serialize;
use std::f64::consts::{PI, TAU};

/// An instrument of the simulated laboratories.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Instrument {
    /// Model written to the scan's record.
    pub model: &'static str,
    /// Pitch, um.
    pub pitch_um: f64,
    /// Standard deviation of the height noise on a level surface, um.
    pub noise_um: f64,
    /// Slope beyond which points go missing, um per um; steep flanks return no light to a confocal objective.
    pub slope_limit: f64,
}

/// The three kinds of instrument that scans come from.
pub const INSTRUMENTS: [Instrument; 3] = [
    Instrument { model: "SIM confocal 20x", pitch_um: 3.125, noise_um: 0.10, slope_limit: 0.55 },
    Instrument { model: "SIM confocal 10x", pitch_um: 6.25, noise_um: 0.14, slope_limit: 0.5 },
    Instrument { model: "SIM photometric stereo", pitch_um: 7.37, noise_um: 0.05, slope_limit: f64::INFINITY },
];

/// The conditions of one shot and of the imaging of its case; all of them are plain numbers that a test may change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SimulatedShot {
    /// Seed of the population.
    pub seed: u64,
    /// Number of the firearm, from 1.
    pub firearm: u32,
    /// Number of the shot with that firearm, from 1.
    pub number: u32,
    /// What was fired.
    pub ammunition: Ammunition,
    /// The scan's frame (origin at the primer's centre) in the face's frame: the true pose.
    pub face_from_scan: Pose,
    /// How far the mean plane of the face was pressed into the primer, um; below 0 only the peaks touched.
    pub pressure_um: f64,
    /// Pressure gradient across the primer, um per mm.
    pub lean: Point,
    /// Share of the short waves that the primer took up, 0 to 1.
    pub fine_transfer: f64,
    /// Share of the height that remained after springing back, 0 to 1.
    pub gain: f64,
    /// Drag of the case along the face while unlocking, um.
    pub drag_um: f64,
    /// Height of the ridge around the aperture, um.
    pub flow_back_um: f64,
    /// Height of the shear marks beside the aperture, um.
    pub shear_um: f64,
    /// Outer radius of the cropped mark, um.
    pub crop_radius_um: f64,
    /// Width cut away around the aperture in the cropped form, um.
    pub crop_margin_um: f64,
    /// Unevenness of the cropped outline, um.
    pub crop_jitter_um: f64,
    /// Part of the primer that did not touch the face: direction (rad) and distance of the limit from the centre, um.
    pub no_contact: Option<(f64, f64)>,
    /// Share of points without a value, beyond those on steep flanks.
    pub dropout_share: f64,
    /// Share of points with a wildly wrong value.
    pub outlier_share: f64,
    /// Residual tilt of the levelled scan along x and y, rad.
    pub tilt: Point,
    /// What it was scanned with.
    pub instrument: Instrument,
}

impl SimulatedShot {
    /// Draws the conditions of shot `number` (from 1) of a firearm.
    #[must_use]
    pub fn new(firearm: &SimulatedFirearm, number: u32, ammunition: Ammunition) -> Self {
        let mut s = Stream::new(firearm.seed, "shot", &[u64::from(firearm.number), u64::from(number)]);
        // A technician turns the case to a standard position by eye; some cases lie anyhow.
        let theta_rad = if s.chance(0.08) { s.between(-PI, PI) } else { 0.21 * s.normal() };
        // Play of the primer against the face: between two shots the outer edge moves by about 0.1 mm.
        let (dx, dy) = (55.0 * s.normal(), 55.0 * s.normal());
        let weak = s.chance(0.07);
        let pressure_um = if weak { s.between(-0.7, 0.1) } else { 1.7 - 1.1 * ammunition.hardness + 0.5 * s.normal() };
        let lean_azimuth = s.between(0.0, TAU);
        let lean_size = 0.45 * s.normal().abs();
        let fine_transfer = (0.95 - 0.35 * ammunition.hardness + 0.1 * s.normal()).clamp(0.2, 1.0);
        let gain =
            (0.92 - 0.25 * ammunition.hardness + 0.08 * s.normal()).clamp(0.35, 1.0) * if weak { 0.75 } else { 1.0 };
        let drag_um = (firearm.drag_um * s.log_normal(1.0, 0.6)).min(90.0);
        let flow_back_um = firearm.flow_back_um * s.between(0.6, 1.5);
        let shear_um = (0.12 * firearm.drag_um + 0.5) * s.log_normal(1.0, 0.5);
        let crop_radius_um = s.between(1_620.0, 1_810.0);
        let crop_margin_um = s.between(80.0, 210.0);
        let crop_jitter_um = s.between(3.0, 32.0);
        let partial = s.chance(0.12);
        let no_contact = (s.between(-PI, PI), s.between(700.0, 1_500.0));
        let dropout_share = s.log_normal(0.004, 0.9).min(0.06);
        let outlier_share = s.log_normal(0.000_15, 0.8).min(0.003);
        let tilt = Point::new(0.000_15 * s.normal(), 0.000_15 * s.normal());
        let instrument = INSTRUMENTS[s.below(INSTRUMENTS.len())];
        Self {
            seed: firearm.seed,
            firearm: firearm.number,
            number,
            ammunition,
            face_from_scan: Pose::new(theta_rad, firearm.primer_offset.x_um + dx, firearm.primer_offset.y_um + dy),
            pressure_um,
            lean: Point::new(lean_size * libm::cos(lean_azimuth), lean_size * libm::sin(lean_azimuth)),
            fine_transfer,
            gain,
            drag_um,
            flow_back_um,
            shear_um,
            crop_radius_um,
            crop_margin_um,
            crop_jitter_um,
            no_contact: partial.then_some(no_contact),
            dropout_share,
            outlier_share,
            tilt,
            instrument,
        }
    }

    /// The true pose of another shot of the same firearm in this one's frame (`ref_from_cmp`, this one being the reference).
    #[must_use]
    pub fn pose_of(&self, comparison: &SimulatedShot) -> Pose {
        self.face_from_scan.inverse().after(&comparison.face_from_scan)
    }

    /// A stream of this shot for one purpose.
    pub(super) fn stream(&self, purpose: &str) -> Stream {
        Stream::new(self.seed, purpose, &[u64::from(self.firearm), u64::from(self.number)])
    }
}
