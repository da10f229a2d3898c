//! A synthetic firearm: its breech face with aperture, finish of its lot and defects of its own.

use super::aperture::{Aperture, GRID_PITCH_UM, GRID_POINTS};
use super::defect::add_defects;
use super::finish::{Finish, Streams, relief};
use super::stream::Stream;
use super::texture::{PairedMaps, smoothed};
use crate::geometry::Point;
use crate::grid::HeightMap;
use std::f64::consts::TAU;
use std::sync::OnceLock;

/// Slides made one after the other with the same tool share the subclass texture of their lot.
pub const LOT_SIZE: u32 = 2;

/// Standard deviation of the smooth part of a face, um: a hard primer that hardly flows shows little more than this part.
const SMOOTH_SIGMA_UM: f64 = 22.0;

/// A firearm as far as it marks cartridge cases.
///
/// The frame of the face has its origin at the centre of the firing-pin aperture; heights are positive towards the cartridge.
/// Firearm `number` of a seed is the same whatever else is simulated. The face is rendered when first asked for and kept.
#[derive(Debug, Clone)]
pub struct SimulatedFirearm {
    /// Seed of the population.
    pub seed: u64,
    /// Number in the population, from 1.
    pub number: u32,
    /// Production lot; slides of one lot share model, finish and part of the texture.
    pub lot: u32,
    /// Finish of the breech face.
    pub finish: Finish,
    /// The firing-pin aperture.
    pub aperture: Aperture,
    /// Where the centre of a primer comes to lie in the face's frame, before the play of each shot.
    pub primer_offset: Point,
    /// Root mean square of the tool's texture, um, before defects.
    pub rms_um: f64,
    /// Direction in which the unlocking barrel drags the case, as a unit vector in the face's frame.
    pub drag: Point,
    /// Typical drag, um.
    pub drag_um: f64,
    /// Typical height of the primer metal flowing back into the aperture, um.
    pub flow_back_um: f64,
    /// Radius of the impression of the firing pin, um.
    pub pin_radius_um: f64,
    /// Where the pin strikes in the face's frame.
    pub pin_offset: Point,
    /// The rendered face, and the same without its short waves.
    face: OnceLock<PairedMaps>,
}

impl SimulatedFirearm {
    /// Firearm `number` (from 1) of the population of `seed`; the finishes of five successive lots are all different.
    #[must_use]
    pub fn new(seed: u64, number: u32) -> Self {
        let lot = lot_of(number);
        let block = u64::from(lot) / Finish::ALL.len() as u64;
        let order = Stream::new(seed, "lot.finishes", &[block]).permutation(Finish::ALL.len());
        Self::with_finish(seed, number, Finish::ALL[order[lot as usize % Finish::ALL.len()]])
    }

    /// The same firearm number with a finish of the caller's choice.
    #[must_use]
    pub fn with_finish(seed: u64, number: u32, finish: Finish) -> Self {
        let lot = lot_of(number);
        let (lot_key, own_key) = ([u64::from(lot)], [u64::from(number)]);
        let mut model = Stream::new(seed, "lot.model", &lot_key);
        let mut aperture = Aperture::draw(&mut model);
        let offset = (model.between(60.0, 340.0), model.between(0.0, TAU));
        let lot_rms = model.log_normal(1.9, 0.3).clamp(1.0, 3.2);
        let drag_azimuth = model.between(0.0, TAU);
        let lot_drag = model.between(0.0, 1.0);
        let lot_flow = model.between(10.0, 55.0);
        let pin_radius_um = model.between(400.0, 520.0);

        let mut own = Stream::new(seed, "firearm", &own_key);
        let tolerance = 1.0 + 0.008 * own.normal();
        aperture.half_x_um *= tolerance;
        aperture.half_y_um *= tolerance;
        let primer_offset = Point::new(
            offset.0 * libm::cos(offset.1) + 25.0 * own.normal(),
            offset.0 * libm::sin(offset.1) + 25.0 * own.normal(),
        );
        // One pistol in twelve hardly marks at all: in ACES one of fifteen caused three quarters of the misses.
        let weak = own.chance(1.0 / 12.0);
        let rms_um = lot_rms * own.between(0.85, 1.15) * if weak { 0.42 } else { 1.0 };
        let azimuth = drag_azimuth + 0.08 * own.normal();
        let drag_um = 22.0 * lot_drag * lot_drag * own.between(0.6, 1.4);
        let flow_back_um = lot_flow * own.between(0.8, 1.2);
        let pin_offset = Point::new(45.0 * own.normal(), 45.0 * own.normal());

        Self {
            seed,
            number,
            lot,
            finish,
            aperture,
            primer_offset,
            rms_um,
            drag: Point::new(libm::cos(azimuth), libm::sin(azimuth)),
            drag_um,
            flow_back_um,
            pin_radius_um,
            pin_offset,
            face: OnceLock::new(),
        }
    }

    /// The breech face itself, um, positive towards the cartridge, in the face's frame.
    #[must_use]
    pub fn breech_face(&self) -> &HeightMap {
        self.face().first()
    }

    /// The rendered face, and the same without its short waves.
    pub(super) fn face(&self) -> &PairedMaps {
        self.face.get_or_init(|| {
            let (lot_key, own_key) = ([u64::from(self.lot)], [u64::from(self.number)]);
            let mut fine = HeightMap::missing(GRID_POINTS, GRID_POINTS, GRID_PITCH_UM);
            let mut streams = Streams {
                lot: Stream::new(self.seed, "lot.finish", &lot_key),
                own: Stream::new(self.seed, "firearm.finish", &own_key),
            };
            relief(self.finish, &self.aperture, &mut streams, &mut fine, self.rms_um);
            let mut defects = Stream::new(self.seed, "firearm.defects", &own_key);
            add_defects(self.finish, &self.aperture, &mut defects, &mut fine);
            let smooth = smoothed(&fine, SMOOTH_SIGMA_UM);
            PairedMaps::new(fine, smooth)
        })
    }
}

/// The lot of a firearm number.
#[must_use]
pub fn lot_of(number: u32) -> u32 {
    number.saturating_sub(1) / LOT_SIZE
}
