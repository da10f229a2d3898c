//! The whole primer: breech-face impression, flow-back, aperture shear, firing-pin impression, rounded edge, pocket, head.

use super::firearm::SimulatedFirearm;
use super::headstamp::Headstamp;
use super::impression::Impression;
use super::lattice::{Lattice, RUN, Run, smoothstep};
use super::part::{BEYOND_CONTACT_UM, Part, RIDGE_UM, SHEAR_UM};
use super::scan::{Places, ScanNoise, render, surface_of};
use super::shot::SimulatedShot;
use super::stream::Stream;
use crate::grid::HeightMap;
use crate::surface::Surface;
use std::f64::consts::TAU;

/// Half the side of the field of view, um: primer, pocket and the inner ends of the headstamp.
pub(super) const HALF_FIELD_UM: f64 = 2_850.0;
/// Width of the gap between primer and pocket, um.
const GAP_UM: f64 = 70.0;
/// Depth of the gap that an instrument still sees, um.
const GAP_DEPTH_UM: f64 = 235.0;
/// Width of the chamfer of the pocket, um.
const CHAMFER_UM: f64 = 330.0;
/// How fast contact is lost on the rounded edge: share lost per width of the edge.
const TOUCH_LOSS: f64 = 2.5;
/// Depth of the headstamp, um.
const STAMP_DEPTH_UM: f64 = 75.0;

/// Weight of the finest grain, um.
const MICRO_UM: f64 = 0.16;

/// Median and logarithmic spread of the height of what is the primer's own in a firing-pin impression, over that of the pin's pattern. Two shots then
/// correlate 1 / (1 + share^2): .83 in the median and .5 in one of twenty, as the 196 firearms of the NFI's Glock set do (.80, .42).
const PIN_OWN_SHARE: (f64, f64) = (0.45, 0.5);
/// Width of the rim of a firing-pin impression in which the metal's own texture gives way to that of the pin, um.
const COINED_WITHIN_UM: f64 = 60.0;
/// Root mean square of the pin's pattern, um: that of the two lattices of [`WholePrimer::crater`].
const PIN_PATTERN_UM: f64 = 1.0;

/// Heights of the whole primer as a function of the place in the scan's frame.
pub(super) struct WholePrimer<'a> {
    pub(super) impression: Impression<'a>,
    stamp: Headstamp,
    head_um: f64,
    doming_um: f64,
    plug_um: f64,
    crater_um: f64,
    pin_drag: (f64, f64),
    /// What the pin did not leave: the primer's own grain in the impression, and its height over that of the pin's pattern.
    pin_own: (Lattice, f64),
    head_texture: [Lattice; 3],
    pin_texture: [Lattice; 2],
    micro: Lattice,
}

impl<'a> WholePrimer<'a> {
    pub(super) fn new(firearm: &'a SimulatedFirearm, shot: &'a SimulatedShot, pitch_um: f64) -> Self {
        let mut s = shot.stream("shot.whole");
        let turn = s.between(0.0, TAU);
        let head_um = s.between(20.0, 130.0);
        let doming_um = s.between(2.0, 9.0);
        let plug_um = s.between(25.0, 70.0);
        let crater_um = s.between(190.0, 300.0) * (1.1 - 0.2 * shot.ammunition.hardness);
        // The pin is still out when the barrel drops: its impression is longer towards the drag.
        let reach = (3.0 * shot.drag_um).min(190.0);
        let mut pin = Stream::new(firearm.seed, "firearm.pin", &[u64::from(firearm.number)]);
        let mut own = shot.stream("shot.pin");
        let pin_own_share = own.log_normal(PIN_OWN_SHARE.0, PIN_OWN_SHARE.1);
        Self {
            impression: Impression::new(firearm, shot, pitch_um),
            stamp: Headstamp::new(shot.ammunition.headstamp, turn),
            head_um,
            doming_um,
            plug_um,
            crater_um,
            pin_drag: (firearm.drag.x_um * reach, firearm.drag.y_um * reach),
            head_texture: [
                Lattice::new(&mut s, 14.0, 400.0, 16_000.0),
                Lattice::new(&mut s, 40.0, 40.0, 16_000.0),
                Lattice::new(&mut s, 110.0, 110.0, 16_000.0),
            ],
            pin_texture: [Lattice::closed(&mut pin, 16.0, 1_500.0, 6), Lattice::new(&mut pin, 30.0, 30.0, 3_000.0)],
            pin_own: (Lattice::new(&mut own, 26.0, 26.0, 3_000.0), pin_own_share),
            micro: Lattice::new(&mut s, 7.0, 7.0, 12_000.0),
        }
    }

    /// Heights of the case's head, um.
    pub(super) fn heights(&self, at: &Places) -> Run<f64> {
        let primer_radius_um = self.impression.shot.ammunition.primer_radius_um;
        let pocket = primer_radius_um + GAP_UM;
        let y = at.y_um;
        let radii = at.x_um.map(|x| (x * x + y * y).sqrt());
        let micro = self.micro.values_along(&at.x_um, y);
        let some_primer = radii[..at.count].iter().any(|r| *r < primer_radius_um);
        let plateau = if some_primer { self.impression.plateau(at) } else { [0.0; RUN] };
        let mut heights = [-GAP_DEPTH_UM; RUN];
        for k in 0..at.count {
            let (x, r) = (at.x_um[k], radii[k]);
            let micro = MICRO_UM * f64::from(micro[k]);
            if r >= pocket {
                heights[k] = self.head(x, y, r - pocket) + micro;
            } else if r < primer_radius_um {
                heights[k] = self.primer(x, y, r, plateau[k]) + micro;
            }
        }
        heights
    }

    /// Height of the primer `r` from its centre, um, on which the breech face left `texture`.
    fn primer(&self, x: f64, y: f64, r: f64, texture: f64) -> f64 {
        let ammunition = &self.impression.shot.ammunition;
        let dome = -self.doming_um * r * r / (2_000.0 * 2_000.0);
        let flat = ammunition.primer_radius_um - ammunition.rounding_um;
        let u = ((r - flat) / ammunition.rounding_um).max(0.0);
        // A quarter of an ellipse; on it the face does not touch, and the impression fades out.
        let edge = GAP_DEPTH_UM * (1.0 - (1.0 - u * u).max(0.0).sqrt());
        let (fx, fy) = self.impression.on_face(x, y);
        let away = self.impression.firearm.aperture.distance_um(fx, fy);
        let touched = (1.0 - TOUCH_LOSS * u).max(0.0);
        let kept = texture * touched.max(0.12);
        if away >= 45.0 {
            return dome - edge + kept;
        }
        let on_pin = self.on_pin(fx, fy);
        let pressed = self.pressed(on_pin.0);
        dome - edge + kept * (1.0 - pressed) + self.plug((fx, fy), away, on_pin, pressed)
    }

    /// The metal pushed into the aperture with shear on it and the firing-pin impression in it.
    fn plug(&self, (fx, fy): (f64, f64), away: f64, on_pin: (f64, f64), pressed: f64) -> f64 {
        let shot = self.impression.shot;
        let firearm = self.impression.firearm;
        // The wall of the plug is steep, some 30 um wide, with a shallow ditch outside where the edge pressed in.
        let wall = smoothstep(-away / 30.0);
        let ditch = if away.abs() < 45.0 { -6.0 * (1.0 - (away / 45.0) * (away / 45.0)) } else { 0.0 };
        let along = fx * firearm.drag.x_um + fy * firearm.drag.y_um;
        let sheared = (0.5 - along / 1_200.0).clamp(0.0, 1.0);
        let shear = (0.8 + 0.6 * shot.shear_um) * sheared * self.impression.shear_inside(fx, fy);
        let tilt = -along * 0.018;
        let plug = wall * (self.plug_um + shear * (1.0 - pressed) + tilt);
        plug + ditch + self.crater(fx, fy, on_pin)
    }

    /// How far the pin has coined a place `rho` from its axis ([`Self::on_pin`]), 0 to 1: there the metal has the form of its tip, and of what it was before only what
    /// [`PIN_OWN_SHARE`] says is left.
    fn pressed(&self, rho: f64) -> f64 {
        smoothstep((self.impression.firearm.pin_radius_um - rho) / COINED_WITHIN_UM)
    }

    /// A place of the face as the pin sees it: its distance from the axis of the pin (brought to a round one of the pin's radius), um, and how far along the
    /// drag it lies, 0 to 1.
    pub(super) fn on_pin(&self, fx: f64, fy: f64) -> (f64, f64) {
        let firearm = self.impression.firearm;
        let (x, y) = (fx - firearm.pin_offset.x_um, fy - firearm.pin_offset.y_um);
        let (dx, dy) = self.pin_drag;
        let length2 = dx * dx + dy * dy;
        let t = if length2 > 0.0 { ((x * dx + y * dy) / length2).clamp(0.0, 1.0) } else { 0.0 };
        let (ex, ey) = (x - t * dx, y - t * dy);
        // An elongated aperture goes with an elongated pin.
        let (sx, sy) = match firearm.aperture.shape {
            super::ApertureShape::Round => (1.0, 1.0),
            super::ApertureShape::Elliptical => (0.85, 1.2),
            super::ApertureShape::Rectangular => (1.3, 0.8),
        };
        ((ex * ex * sx * sx + ey * ey * sy * sy).sqrt(), t)
    }

    /// The firing-pin impression at a place of the face: a spherical cap with a lip, drawn out towards the drag.
    fn crater(&self, fx: f64, fy: f64, (rho, t): (f64, f64)) -> f64 {
        let firearm = self.impression.firearm;
        let (x, y) = (fx - firearm.pin_offset.x_um, fy - firearm.pin_offset.y_um);
        let radius = firearm.pin_radius_um;
        let (dx, dy) = self.pin_drag;
        // Where the pin only slid it did not go in as deep.
        let depth = self.crater_um * (1.0 - 0.3 * t * ((dx * dx + dy * dy).sqrt() / 190.0).min(1.0));
        if rho >= radius {
            return 14.0 * libm::exp(-(rho - radius) / 45.0);
        }
        let sphere = (radius * radius + depth * depth) / (2.0 * depth);
        let cap = depth - sphere + (sphere * sphere - rho * rho).max(0.0).sqrt();
        let turn = (libm::atan2(y, x) / TAU + 0.5) * 6.0;
        let pattern = 0.8 * self.pin_texture[0].value(rho, turn) + 0.6 * self.pin_texture[1].value(x, y);
        // The pattern of the pin's turning runs out at its centre; the primer's grain does not.
        let own = PIN_PATTERN_UM * self.pin_own.1 * f64::from(self.pin_own.0.value(x, y));
        14.0 - cap + f64::from(pattern) * (rho / 90.0).min(1.0) + own
    }

    /// Which part of the case a place shows.
    pub(super) fn part(&self, x: f64, y: f64) -> Part {
        let impression = &self.impression;
        let ammunition = &impression.shot.ammunition;
        let r = (x * x + y * y).sqrt();
        if r >= ammunition.primer_radius_um + GAP_UM {
            return Part::Head;
        }
        if r >= ammunition.primer_radius_um {
            return Part::Gap;
        }
        let u = (r - ammunition.primer_radius_um + ammunition.rounding_um) / ammunition.rounding_um;
        if 1.0 - TOUCH_LOSS * u < 0.5 {
            return Part::RollOff;
        }
        let (fx, fy) = impression.on_face(x, y);
        let away = impression.firearm.aperture.distance_um(fx, fy);
        if away < 0.0 {
            return if self.crater(fx, fy, self.on_pin(fx, fy)) < 0.0 { Part::Pin } else { Part::Plug };
        }
        if impression.rim(fx, fy, away) > RIDGE_UM {
            return Part::FlowBack;
        }
        if impression.shear_depth_um(fx, fy, away) > SHEAR_UM {
            return Part::Shear;
        }
        if impression.beyond_contact_um(x, y).is_some_and(|beyond| beyond > BEYOND_CONTACT_UM) {
            return Part::Untouched;
        }
        Part::BreechFace
    }

    /// The head of the case `beyond` um outside the pocket.
    fn head(&self, x: f64, y: f64, beyond: f64) -> f64 {
        let u = (1.0 - beyond / CHAMFER_UM).clamp(0.0, 1.0);
        let chamfer = 165.0 * u * u;
        let r = (x * x + y * y).sqrt();
        let turned = self.head_texture[0].value(r, libm::atan2(y, x) * r.min(3_000.0));
        let grain = self.head_texture[1].value(x, y) + 0.8 * self.head_texture[2].value(x, y);
        let stamped = self.stamp.depth(x, y);
        self.head_um - chamfer - STAMP_DEPTH_UM * stamped
            + (1.0 - 0.7 * stamped) * (0.5 * f64::from(turned) + 1.4 * f64::from(grain))
    }
}

/// The scan of the whole primer as an instrument delivers it: not cropped, not levelled.
pub(super) fn whole(firearm: &SimulatedFirearm, shot: &SimulatedShot, pitch_um: f64) -> Surface {
    let primer = WholePrimer::new(firearm, shot, pitch_um);
    let points = 2 * (HALF_FIELD_UM / pitch_um).ceil() as usize + 1;
    let mut map = HeightMap::missing(points, points, pitch_um);
    render(&mut map, |_, _| true, |at| primer.heights(at));
    let mut noise = ScanNoise::of(shot);
    // The case stands askew under the instrument: some tenths of a degree.
    noise.tilt = (22.0 * shot.tilt.x_um, 22.0 * shot.tilt.y_um);
    noise.apply(shot, &mut map);
    surface_of(shot, map, "whole primer")
}
