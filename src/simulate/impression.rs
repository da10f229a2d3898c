//! The impression of a breech face on a primer, and its cropped scan.

use super::firearm::{Face, SimulatedFirearm};
use super::scan::{ScanNoise, surface_of};
use super::shot::SimulatedShot;
use super::texture::{Lattice, sample};
use crate::grid::HeightMap;
use crate::surface::Surface;
use std::f64::consts::TAU;

/// Width of the transition from no contact to contact, um.
const CONTACT_WIDTH_UM: f64 = 0.45;
/// Share of the primer's own texture that survives full contact.
const SURVIVING_TEXTURE: f64 = 0.6;
/// Deviation of the local share of the relief that a primer takes up: no two shots fill the same grooves to the same height.
const LOCAL_GAIN_SD: f64 = 0.3;
/// Distance over which the ridge of flown-back metal falls off outside the aperture, um.
const FLOW_BACK_REACH_UM: f64 = 38.0;
/// Distance over which shear marks fade away from the aperture, um.
const SHEAR_REACH_UM: f64 = 130.0;
/// No lattice repeats within this length, um.
const EXTENT_UM: f64 = 8_000.0;

/// The primer after the shot, as a function of the place in the scan's frame.
pub(super) struct Impression<'a> {
    pub(super) shot: &'a SimulatedShot,
    pub(super) firearm: &'a SimulatedFirearm,
    face: &'a Face,
    /// Share of the short waves that primer and instrument let through.
    fine: f32,
    turn: (f64, f64),
    own: [(Lattice, f32); 4],
    lay: (f64, f64),
    unevenness: Lattice,
    filling: Lattice,
    form: Lattice,
    ridge: Lattice,
    shear: [Lattice; 2],
    outline: [Lattice; 2],
}

impl<'a> Impression<'a> {
    pub(super) fn new(firearm: &'a SimulatedFirearm, shot: &'a SimulatedShot, pitch_um: f64) -> Self {
        let theta = shot.face_from_scan.theta_rad;
        let ammunition = &shot.ammunition;
        let mut s = shot.stream("shot.primer");
        let lay_angle = s.between(0.0, TAU);
        let mut own = |spacing: f64, weight: f64| {
            (
                Lattice::new(&mut s, spacing * ammunition.lay, spacing, EXTENT_UM),
                (weight * ammunition.texture_um) as f32,
            )
        };
        let grain = ammunition.grain_um;
        let own = [own(grain * 0.55, 0.5), own(grain, 0.7), own(grain * 2.3, 0.65), own(grain * 5.0, 0.45)];
        let mut s = shot.stream("shot.contact");
        let closed = |s: &mut super::stream::Stream, cells: usize| Lattice::closed(s, 1.0, 1.0, cells);
        let mut firearm_shear = super::stream::Stream::new(firearm.seed, "firearm.shear", &[u64::from(firearm.number)]);
        Self {
            shot,
            firearm,
            face: firearm.face(),
            // An instrument of coarse pitch averages over its points: the short waves fade instead of folding over.
            fine: (shot.fine_transfer * (10.0 / pitch_um).min(1.0)) as f32,
            turn: (libm::cos(theta), libm::sin(theta)),
            own,
            lay: (libm::cos(lay_angle), libm::sin(lay_angle)),
            unevenness: Lattice::new(&mut s, 420.0, 420.0, EXTENT_UM),
            filling: Lattice::new(&mut s, 45.0, 45.0, EXTENT_UM),
            form: Lattice::new(&mut s, 700.0, 700.0, EXTENT_UM),
            ridge: closed(&mut s, 26),
            shear: [
                Lattice::new(&mut firearm_shear, 16.0, 420.0, EXTENT_UM),
                Lattice::new(&mut s, 24.0, 260.0, EXTENT_UM),
            ],
            outline: [closed(&mut s, 34), closed(&mut s, 30)],
        }
    }

    /// A place of the scan in the face's frame, by `libm` so that bytes are the same everywhere.
    pub(super) fn on_face(&self, x: f64, y: f64) -> (f64, f64) {
        let (c, s) = self.turn;
        let pose = &self.shot.face_from_scan;
        (c * x - s * y + pose.dx_um, s * x + c * y + pose.dy_um)
    }

    /// Azimuth of a place about the aperture as lattice cells of `cells` a turn.
    fn azimuth(fx: f64, fy: f64, cells: f64) -> f64 {
        (libm::atan2(fy, fx) / TAU + 0.5) * cells
    }

    /// Height of the face as the primer felt it, um: smoothed by hardness, smeared by drag.
    fn felt(&self, fx: f64, fy: f64) -> f64 {
        let fine = self.fine;
        let at = |x: f64, y: f64| {
            let smooth = sample(&self.face.smooth, x, y);
            f64::from(smooth + fine * (sample(&self.face.fine, x, y) - smooth))
        };
        if self.shot.drag_um < 6.0 {
            return at(fx, fy);
        }
        let step = self.shot.drag_um / 3.0;
        let (dx, dy) = (self.firearm.drag.x_um * step, self.firearm.drag.y_um * step);
        0.5 * at(fx, fy) + 0.3 * at(fx - dx, fy - dy) + 0.2 * at(fx - 2.0 * dx, fy - 2.0 * dy)
    }

    /// Height of the primer in the area that the breech face may touch, um; `(x, y)` in the scan's frame.
    pub(super) fn plateau(&self, x: f64, y: f64) -> f64 {
        let (fx, fy) = self.on_face(x, y);
        let shot = self.shot;
        let (lx, ly) = (self.lay.0 * x + self.lay.1 * y, self.lay.0 * y - self.lay.1 * x);
        let own: f32 = self.own.iter().map(|(lattice, weight)| weight * lattice.value(lx, ly)).sum();
        let mut pressure = shot.pressure_um
            + (shot.lean.x_um * fx + shot.lean.y_um * fy) * 1e-3
            + 0.45 * f64::from(self.unevenness.value(fx, fy));
        if let Some((azimuth, limit)) = shot.no_contact {
            let beyond = libm::cos(azimuth) * x + libm::sin(azimuth) * y - limit;
            pressure -= 4.0 * (beyond / 180.0).clamp(0.0, 1.0);
        }
        let filled = (1.0 + LOCAL_GAIN_SD * f64::from(self.filling.value(x, y))).max(0.0);
        let pushed = (filled * self.felt(fx, fy) + pressure) / CONTACT_WIDTH_UM;
        // Soft contact: log(1 + e^u) of depth and its derivative as the share of contact.
        let (depth, contact) = if pushed > 30.0 {
            (pushed, 1.0)
        } else {
            let e = libm::exp(pushed);
            (libm::log1p(e), e / (1.0 + e))
        };
        let indented = shot.gain * (depth * CONTACT_WIDTH_UM - pressure.max(0.0));
        let texture = f64::from(own) * (1.0 - (1.0 - SURVIVING_TEXTURE) * contact);
        let form = 0.45 * f64::from(self.form.value(x, y));
        let away = self.firearm.aperture.distance_um(fx, fy).max(0.0);
        texture - indented + form + self.rim(fx, fy, away) + self.shear_mark(fx, fy, away)
    }

    /// The ridge of metal that flowed back into the gap around the firing pin.
    fn rim(&self, fx: f64, fy: f64, away: f64) -> f64 {
        if away > 8.0 * FLOW_BACK_REACH_UM {
            return 0.0;
        }
        let swell = 1.0 + 0.5 * f64::from(self.ridge.value(0.0, Self::azimuth(fx, fy, 26.0)));
        self.shot.flow_back_um * swell.max(0.0) * libm::exp(-away / FLOW_BACK_REACH_UM)
    }

    /// Shear beside the aperture on the side to which the case was dragged.
    fn shear_mark(&self, fx: f64, fy: f64, away: f64) -> f64 {
        if away > 6.0 * SHEAR_REACH_UM {
            return 0.0;
        }
        let drag = self.firearm.drag;
        let along = fx * drag.x_um + fy * drag.y_um;
        let across = fy * drag.x_um - fx * drag.y_um;
        let side = along / (along * along + across * across).sqrt().max(1.0);
        if side <= 0.0 {
            return 0.0;
        }
        let striae = self.shear[0].value(across, along) + 0.7 * self.shear[1].value(across, along);
        self.shot.shear_um * f64::from(striae) * side * side * libm::exp(-away / SHEAR_REACH_UM)
    }

    /// Height of the striae that the edge of the aperture shears into the metal inside it, um.
    pub(super) fn shear_inside(&self, fx: f64, fy: f64) -> f64 {
        let drag = self.firearm.drag;
        let along = fx * drag.x_um + fy * drag.y_um;
        let across = fy * drag.x_um - fx * drag.y_um;
        f64::from(self.shear[0].value(across, along * 0.35) + 0.25 * self.shear[1].value(across, along))
    }

    /// Whether a place belongs to the cropped mark: inside the outer outline, outside the aperture with its margin.
    fn in_crop(&self, x: f64, y: f64) -> bool {
        let r2 = x * x + y * y;
        let shot = self.shot;
        let widest = shot.crop_radius_um + 3.0 * shot.crop_jitter_um;
        if r2 > widest * widest {
            return false;
        }
        let (fx, fy) = self.on_face(x, y);
        let away = self.firearm.aperture.distance_um(fx, fy) - shot.crop_margin_um;
        if away < -3.0 * shot.crop_jitter_um {
            return false;
        }
        let jitter = |lattice: &Lattice, turn: f64| shot.crop_jitter_um * f64::from(lattice.value(0.0, turn));
        if let Some((azimuth, limit)) = shot.no_contact {
            // What was not touched is cropped away, some 60 um beyond the limit that a technician sees.
            let beyond = libm::cos(azimuth) * x + libm::sin(azimuth) * y - limit;
            if beyond + jitter(&self.outline[0], Self::azimuth(x, y, 34.0)) > 60.0 {
                return false;
            }
        }
        let outer = shot.crop_radius_um + jitter(&self.outline[0], Self::azimuth(x, y, 34.0));
        r2 < outer * outer && away + jitter(&self.outline[1], Self::azimuth(fx, fy, 30.0)) > 0.0
    }
}

/// The scan of a case cropped to its breech-face mark (a ring, NaN outside), levelled but not filtered.
pub(super) fn cropped(firearm: &SimulatedFirearm, shot: &SimulatedShot, pitch_um: f64) -> Surface {
    let impression = Impression::new(firearm, shot, pitch_um);
    let half = shot.crop_radius_um + 2.5 * shot.crop_jitter_um;
    let points = 2 * (half / pitch_um).ceil() as usize + 1;
    let mut map = HeightMap::missing(points, points, pitch_um);
    super::scan::render(
        &mut map,
        |x, y| {
            if impression.in_crop(x, y) { impression.plateau(x, y) as f32 } else { f32::NAN }
        },
    );
    super::scan::level(&mut map);
    ScanNoise::of(shot).apply(shot, &mut map);
    surface_of(shot, map, "cropped")
}
