//! The impression of a breech face on a primer, and its cropped scan.

use super::firearm::SimulatedFirearm;
use super::lattice::{LARGEST, Lattice, RUN, Run};
use super::scan::{Places, ScanNoise, surface_of};
use super::shot::SimulatedShot;
use super::texture::PairedMaps;
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
/// Median and logarithmic spread of the share that is a shot's own in the striae sheared inside the aperture. The profiles of two shots then correlate
/// 1 / (1 + share^2): .92 in the median and .7 in one of twenty, as the 199 firearms of the NFI's Glock set do (.92, .69).
const SHEAR_OWN_SHARE: (f64, f64) = (0.3, 0.45);
/// No lattice repeats within this length, um.
const EXTENT_UM: f64 = 8_000.0;

/// The primer after the shot, as a function of the place in the scan's frame.
pub(super) struct Impression<'a> {
    pub(super) shot: &'a SimulatedShot,
    pub(super) firearm: &'a SimulatedFirearm,
    /// The face, fine and smooth.
    face: &'a PairedMaps,
    /// Share of the short waves that primer and instrument let through.
    fine: f32,
    turn: (f64, f64),
    own: [(Lattice, f32); 4],
    lay: (f64, f64),
    /// Direction and distance of the limit beyond which the face did not touch.
    no_contact: Option<(f64, f64, f64)>,
    unevenness: Lattice,
    filling: Lattice,
    form: Lattice,
    ridge: Lattice,
    shear: [Lattice; 2],
    /// Height of the striae inside the aperture that are of this shot alone, over that of those the edge of the aperture makes each time.
    shear_own: f32,
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
            no_contact: shot.no_contact.map(|(azimuth, limit)| (libm::cos(azimuth), libm::sin(azimuth), limit)),
            unevenness: Lattice::new(&mut s, 420.0, 420.0, EXTENT_UM),
            filling: Lattice::new(&mut s, 45.0, 45.0, EXTENT_UM),
            form: Lattice::new(&mut s, 700.0, 700.0, EXTENT_UM),
            ridge: closed(&mut s, 26),
            shear: [
                Lattice::new(&mut firearm_shear, 16.0, 420.0, EXTENT_UM),
                Lattice::new(&mut s, 24.0, 260.0, EXTENT_UM),
            ],
            outline: [closed(&mut s, 34), closed(&mut s, 30)],
            shear_own: shot.stream("shot.striae").log_normal(SHEAR_OWN_SHARE.0, SHEAR_OWN_SHARE.1) as f32,
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
    fn felt(&self, fx: &Run<f64>, fy: &Run<f64>) -> Run<f64> {
        let fine = self.fine;
        let at = |x: &Run<f64>, y: &Run<f64>| -> Run<f64> {
            let [sharp, smooth] = self.face.sample(x, y);
            std::array::from_fn(|k| f64::from(smooth[k] + fine * (sharp[k] - smooth[k])))
        };
        let here = at(fx, fy);
        if self.shot.drag_um < 6.0 {
            return here;
        }
        let step = self.shot.drag_um / 3.0;
        let (dx, dy) = (self.firearm.drag.x_um * step, self.firearm.drag.y_um * step);
        let before = at(&fx.map(|x| x - dx), &fy.map(|y| y - dy));
        let earlier = at(&fx.map(|x| x - 2.0 * dx), &fy.map(|y| y - 2.0 * dy));
        std::array::from_fn(|k| 0.5 * here[k] + 0.3 * before[k] + 0.2 * earlier[k])
    }

    /// How hard the metal was pressed where it met the face's mean plane, um.
    fn pressures(&self, at: &Places, fx: &Run<f64>, fy: &Run<f64>) -> Run<f64> {
        let shot = self.shot;
        let unevenness = self.unevenness.values(fx, fy);
        let mut pressures = std::array::from_fn(|k| {
            shot.pressure_um
                + (shot.lean.x_um * fx[k] + shot.lean.y_um * fy[k]) * 1e-3
                + 0.45 * f64::from(unevenness[k])
        });
        if let Some((cos, sin, limit)) = self.no_contact {
            for (pressure, x) in pressures.iter_mut().zip(at.x_um) {
                let beyond = cos * x + sin * at.y_um - limit;
                *pressure -= 4.0 * (beyond / 180.0).clamp(0.0, 1.0);
            }
        }
        pressures
    }

    /// Heights of the primer in the area that the breech face may touch, um; places in the scan's frame.
    pub(super) fn plateau(&self, at: &Places) -> Run<f64> {
        let (x, y) = (&at.x_um, at.y_um);
        let shot = self.shot;
        let on_face = x.map(|x| self.on_face(x, y));
        let (fx, fy) = (on_face.map(|p| p.0), on_face.map(|p| p.1));
        let (lx, ly) = (x.map(|x| self.lay.0 * x + self.lay.1 * y), x.map(|x| self.lay.0 * y - self.lay.1 * x));
        let mut own = [0f32; RUN];
        for (lattice, weight) in &self.own {
            for (own, value) in own.iter_mut().zip(lattice.values(&lx, &ly)) {
                *own += weight * value;
            }
        }
        let pressures = self.pressures(at, &fx, &fy);
        let filling = self.filling.values_along(x, y);
        let felt = self.felt(&fx, &fy);
        let form = self.form.values_along(x, y);
        let mut heights = [0.0; RUN];
        let mut away = [0.0; RUN];
        for k in 0..at.count {
            let pressure = pressures[k];
            let filled = (1.0 + LOCAL_GAIN_SD * f64::from(filling[k])).max(0.0);
            let pushed = (filled * felt[k] + pressure) / CONTACT_WIDTH_UM;
            // Soft contact: log(1 + e^u) of depth and its derivative as the share of contact.
            let (depth, contact) = if pushed > 30.0 {
                (pushed, 1.0)
            } else {
                let e = libm::exp(pushed);
                (libm::log1p(e), e / (1.0 + e))
            };
            let indented = shot.gain * (depth * CONTACT_WIDTH_UM - pressure.max(0.0));
            let texture = f64::from(own[k]) * (1.0 - (1.0 - SURVIVING_TEXTURE) * contact);
            away[k] = self.firearm.aperture.distance_um(fx[k], fy[k]).max(0.0);
            heights[k] = texture - indented + 0.45 * f64::from(form[k]) + self.rim(fx[k], fy[k], away[k]);
        }
        self.add_shear_marks(&fx, &fy, &away, at.count, &mut heights);
        heights
    }

    /// The ridge of metal that flowed back into the gap around the firing pin.
    pub(super) fn rim(&self, fx: f64, fy: f64, away: f64) -> f64 {
        if away > 8.0 * FLOW_BACK_REACH_UM {
            return 0.0;
        }
        let swell = 1.0 + 0.5 * f64::from(self.ridge.value(0.0, Self::azimuth(fx, fy, 26.0)));
        self.shot.flow_back_um * swell.max(0.0) * libm::exp(-away / FLOW_BACK_REACH_UM)
    }

    /// Shear beside the aperture on the side to which the case was dragged.
    fn add_shear_marks(&self, fx: &Run<f64>, fy: &Run<f64>, away: &Run<f64>, count: usize, heights: &mut Run<f64>) {
        let drag = self.firearm.drag;
        let along: Run<f64> = std::array::from_fn(|k| fx[k] * drag.x_um + fy[k] * drag.y_um);
        let across: Run<f64> = std::array::from_fn(|k| fy[k] * drag.x_um - fx[k] * drag.y_um);
        let reached = |k: usize| away[k] <= 6.0 * SHEAR_REACH_UM && along[k] > 0.0;
        if !(0..count).any(reached) {
            return;
        }
        let (kept, new) = (self.shear[0].values(&across, &along), self.shear[1].values(&across, &along));
        for k in (0..count).filter(|&k| reached(k)) {
            let side = along[k] / (along[k] * along[k] + across[k] * across[k]).sqrt().max(1.0);
            let striae = kept[k] + 0.7 * new[k];
            heights[k] += self.shot.shear_um * f64::from(striae) * side * side * libm::exp(-away[k] / SHEAR_REACH_UM);
        }
    }

    /// How deep the shear beside the aperture is (one deviation of its striae), um; 0 where there is none.
    pub(super) fn shear_depth_um(&self, fx: f64, fy: f64, away: f64) -> f64 {
        let drag = self.firearm.drag;
        let along = fx * drag.x_um + fy * drag.y_um;
        let side = (along / (fx * fx + fy * fy).sqrt().max(1.0)).max(0.0);
        self.shot.shear_um * side * side * libm::exp(-away.max(0.0) / SHEAR_REACH_UM)
    }

    /// How far a place lies beyond the limit up to which the face touched, um; `None` where it touched all round.
    pub(super) fn beyond_contact_um(&self, x: f64, y: f64) -> Option<f64> {
        self.no_contact.map(|(cos, sin, limit)| cos * x + sin * y - limit)
    }

    /// Height of the striae that the edge of the aperture shears into the metal inside it, um.
    pub(super) fn shear_inside(&self, fx: f64, fy: f64) -> f64 {
        let drag = self.firearm.drag;
        let along = fx * drag.x_um + fy * drag.y_um;
        let across = fy * drag.x_um - fx * drag.y_um;
        f64::from(
            self.shear[0].value(across, along * 0.35) + self.shear_own * self.shear[1].value(across, along * 0.35),
        )
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
        // Where the jitter can change nothing, neither it nor its azimuth is worked out.
        let most = LARGEST * shot.crop_jitter_um.abs();
        if let Some((cos, sin, limit)) = self.no_contact {
            // What was not touched is cropped away, some 60 um beyond the limit that a technician sees.
            let beyond = cos * x + sin * y - limit;
            if beyond + most > 60.0 && beyond + jitter(&self.outline[0], Self::azimuth(x, y, 34.0)) > 60.0 {
                return false;
            }
        }
        let safe = (shot.crop_radius_um - most).max(0.0);
        let within = r2 < safe * safe || {
            let outer = shot.crop_radius_um + jitter(&self.outline[0], Self::azimuth(x, y, 34.0));
            r2 < outer * outer
        };
        within && (away > most || away + jitter(&self.outline[1], Self::azimuth(fx, fy, 30.0)) > 0.0)
    }
}

/// The scan of a case cropped to its breech-face mark (a ring, NaN outside), levelled but not filtered.
pub(super) fn cropped(firearm: &SimulatedFirearm, shot: &SimulatedShot, pitch_um: f64) -> Surface {
    let impression = Impression::new(firearm, shot, pitch_um);
    let half = shot.crop_radius_um + 2.5 * shot.crop_jitter_um;
    let points = 2 * (half / pitch_um).ceil() as usize + 1;
    let mut map = HeightMap::missing(points, points, pitch_um);
    super::scan::render(&mut map, |x, y| impression.in_crop(x, y), |at| impression.plateau(at));
    super::scan::level(&mut map);
    ScanNoise::of(shot).apply(shot, &mut map);
    surface_of(shot, map, "cropped")
}
