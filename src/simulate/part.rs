//! The truth of a whole acquisition: which part of the fired case a place shows.

use super::firearm::SimulatedFirearm;
use super::shot::SimulatedShot;
use super::whole::{HALF_FIELD_UM, WholePrimer};
use crate::geometry::Point;
use crate::mark::Region;
use ndarray::Array2;
use serde::Serialize;

/// The part of a fired case that a place of a whole acquisition shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Touched by the breech face, level, and free of what follows.
    BreechFace,
    /// Where the face would have left its mark, but did not touch: only the primer's own texture tells it from the breech face.
    Untouched,
    /// The ridge of metal around the aperture where it stands more than [`RIDGE_UM`] above the breech face.
    FlowBack,
    /// Outside the aperture, but sheared more than [`SHEAR_UM`] deep.
    Shear,
    /// The metal pushed into the aperture, sheared along its edge.
    Plug,
    /// The impression of the firing pin with its drag.
    Pin,
    /// The rounded edge of the primer, on which more than half of the face's relief is lost.
    RollOff,
    /// The gap between primer and pocket.
    Gap,
    /// The head of the case.
    Head,
}

/// Height above the breech face beyond which metal counts as flow-back, um: what stands that far above the face's own plane was not made by it.
pub const RIDGE_UM: f64 = 3.0;
/// Depth of shear beyond which it drowns the breech face's marks, um: the root mean square of a face's relief is 1 to 3 um.
pub const SHEAR_UM: f64 = 2.0;
/// How far beyond the limit of contact a place counts as untouched, um; nearer the peaks of the face still touched.
pub(super) const BEYOND_CONTACT_UM: f64 = 60.0;

/// Width left out inside the pin's edge, um: there the wall is too steep for the pattern of the tip to show.
const PIN_EDGE_UM: f64 = 15.0;
/// Width left out between the aperture's edge and the shear inside it, um: the wall of the plug is some 30 um wide.
const WALL_UM: f64 = 35.0;
/// Width of the lip around the firing-pin impression, um; it falls off over 45 um.
const LIP_UM: f64 = 60.0;
/// How far the shear reaches past the middle of the aperture towards the drag, um; there it has four tenths of its full height.
const SHEARED_UM: f64 = 120.0;

/// The parts of one shot's whole acquisition, as a function of the place in its frame.
pub struct Parts<'a>(WholePrimer<'a>);

impl Parts<'_> {
    /// The part at a place in the frame of [`SimulatedShot::whole`].
    #[must_use]
    pub fn at(&self, place: Point) -> Part {
        self.0.part(place.x_um, place.y_um)
    }

    /// Whether a place belongs to the mark of a region, by the geometry of the shot: of the pin and of the shear without the walls and lips beside them, on which
    /// nothing shows of what made the mark. Ejector marks are not simulated.
    #[must_use]
    pub fn shows(&self, region: Region, place: Point) -> bool {
        let primer = &self.0;
        let firearm = primer.impression.firearm;
        let (fx, fy) = primer.impression.on_face(place.x_um, place.y_um);
        match region {
            Region::BreechFace => self.at(place) == Part::BreechFace,
            Region::FiringPin => primer.on_pin(fx, fy).0 < firearm.pin_radius_um - PIN_EDGE_UM,
            Region::ApertureShear => {
                firearm.aperture.distance_um(fx, fy) < -WALL_UM
                    && fx * firearm.drag.x_um + fy * firearm.drag.y_um < SHEARED_UM
                    && primer.on_pin(fx, fy).0 > firearm.pin_radius_um + LIP_UM
            }
            Region::Ejector => false,
        }
    }

    /// Which points of [`SimulatedShot::whole`] at `pitch_um` belong to the mark of a region.
    #[must_use]
    pub fn mask(&self, region: Region, pitch_um: f64) -> Array2<bool> {
        let half = (HALF_FIELD_UM / pitch_um).ceil();
        let points = 2 * half as usize + 1;
        Array2::from_shape_fn((points, points), |(row, column)| {
            self.shows(region, Point::new((column as f64 - half) * pitch_um, (row as f64 - half) * pitch_um))
        })
    }
}

impl SimulatedShot {
    /// The truth about [`SimulatedShot::whole`], place by place.
    #[must_use]
    pub fn parts<'a>(&'a self, firearm: &'a SimulatedFirearm) -> Parts<'a> {
        // The parts have no short waves, so that any pitch gives the same.
        Parts(WholePrimer::new(firearm, self, 10.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::{AMMUNITION, INSTRUMENTS};

    #[test]
    fn parts_agree_with_the_heights_of_the_whole_form() {
        let firearm = SimulatedFirearm::new(9, 4);
        let mut shot = SimulatedShot::new(&firearm, 1, AMMUNITION[0]);
        shot.instrument = INSTRUMENTS[2];
        shot.no_contact = None;
        let map = shot.whole(&firearm, 30.0).height_map();
        let parts = shot.parts(&firearm);
        let mut heights: Vec<(Part, f32)> = Vec::new();
        for ((row, column), z) in map.z.indexed_iter() {
            if z.is_finite() {
                heights.push((parts.at(map.point_at(row as f64, column as f64)), *z));
            }
        }
        let mean = |part: Part| {
            let of: Vec<f32> = heights.iter().filter(|(p, _)| *p == part).map(|(_, z)| *z).collect();
            assert!(of.len() > 20, "{part:?}: {} points", of.len());
            of.iter().sum::<f32>() / of.len() as f32
        };
        let face = mean(Part::BreechFace);
        assert!(mean(Part::FlowBack) > face + 2.0);
        assert!(mean(Part::Pin) < mean(Part::Plug) - 40.0);
        assert!(mean(Part::RollOff) < face - 20.0);
        assert!(mean(Part::Gap) < face - 150.0);
        // An area as people draw it: between 3 and 10 mm2.
        let area = heights.iter().filter(|(p, _)| *p == Part::BreechFace).count() as f64 * 900e-6;
        assert!((3.0..10.0).contains(&area), "{area}");
    }

    #[test]
    fn the_marks_lie_where_the_heights_say() {
        for number in 1..=10 {
            let firearm = SimulatedFirearm::new(3, number);
            let shot = SimulatedShot::new(&firearm, 1, AMMUNITION[number as usize % AMMUNITION.len()]);
            let map = shot.whole(&firearm, 20.0).height_map();
            let parts = shot.parts(&firearm);
            let of = |region| parts.mask(region, 20.0);
            let (pin, shear, face) = (of(Region::FiringPin), of(Region::ApertureShear), of(Region::BreechFace));
            assert_eq!((pin.dim(), shear.dim()), (map.z.dim(), map.z.dim()));
            let mean = |mask: &Array2<bool>| {
                let z = map.z.iter().zip(mask).filter(|(z, m)| **m && z.is_finite()).map(|(z, _)| f64::from(*z));
                let (sum, count) = z.fold((0.0, 0), |(s, n), z| (s + z, n + 1));
                sum / f64::from(count)
            };
            assert!(mean(&shear) - mean(&pin) > 60.0, "{number}: the impression is deep, the shear is not");
            let all = pin.iter().zip(&shear).zip(&face);
            assert!(all.clone().all(|((p, s), f)| u8::from(*p) + u8::from(*s) + u8::from(*f) <= 1), "{number}");
            let area = |mask: &Array2<bool>| mask.iter().filter(|m| **m).count() as f64 * 4e-4;
            assert!((0.3..1.4).contains(&area(&pin)), "{number}: {}", area(&pin));
            assert!((0.15..1.6).contains(&area(&shear)), "{number}: {}", area(&shear));
            assert!((2.0..11.0).contains(&area(&face)), "{number}: {}", area(&face));
        }
    }
}
