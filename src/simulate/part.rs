//! The truth of a whole acquisition: which part of the fired case a place shows.

use super::firearm::SimulatedFirearm;
use super::shot::SimulatedShot;
use super::whole::WholePrimer;
use crate::geometry::Point;
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

/// The parts of one shot's whole acquisition, as a function of the place in its frame.
pub struct Parts<'a>(WholePrimer<'a>);

impl Parts<'_> {
    /// The part at a place in the frame of [`SimulatedShot::whole`].
    #[must_use]
    pub fn at(&self, place: Point) -> Part {
        self.0.part(place.x_um, place.y_um)
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
}
