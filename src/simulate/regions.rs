//! Where the firing-pin and aperture-shear marks of a simulated case really lie.

use super::firearm::SimulatedFirearm;
use super::shot::SimulatedShot;
use super::whole::{HALF_FIELD_UM, WholePrimer};
use crate::mark::Region;
use ndarray::Array2;

/// Width left out inside the pin's edge, um: there the wall is too steep for the pattern of the tip to show.
const PIN_EDGE_UM: f64 = 15.0;
/// Width left out between the aperture's edge and the shear inside it, um: the wall of the plug is some 30 um wide.
const WALL_UM: f64 = 35.0;
/// Width of the lip around the firing-pin impression, um; it falls off over 45 um.
const LIP_UM: f64 = 60.0;
/// How far the shear reaches past the middle of the aperture towards the drag, um; there it has four tenths of its full height.
const SHEARED_UM: f64 = 120.0;

impl SimulatedShot {
    /// Which points of [`SimulatedShot::whole`] at `pitch_um` belong to a mark, by the geometry of the shot: the inside of the firing-pin impression, or the sheared
    /// part of the metal that was pushed into the aperture. `None` for regions whose truth is not told here.
    #[must_use]
    pub fn truth(&self, firearm: &SimulatedFirearm, region: Region, pitch_um: f64) -> Option<Array2<bool>> {
        let primer = WholePrimer::new(firearm, self, pitch_um);
        let inside: &dyn Fn(f64, f64) -> bool = match region {
            Region::FiringPin => &|fx, fy| primer.on_pin(fx, fy).0 < firearm.pin_radius_um - PIN_EDGE_UM,
            Region::ApertureShear => &|fx, fy| {
                firearm.aperture.distance_um(fx, fy) < -WALL_UM
                    && fx * firearm.drag.x_um + fy * firearm.drag.y_um < SHEARED_UM
                    && primer.on_pin(fx, fy).0 > firearm.pin_radius_um + LIP_UM
            },
            Region::BreechFace | Region::Ejector => return None,
        };
        let half = (HALF_FIELD_UM / pitch_um).ceil();
        let points = 2 * half as usize + 1;
        Some(Array2::from_shape_fn((points, points), |(row, column)| {
            let (fx, fy) = primer.impression.on_face((column as f64 - half) * pitch_um, (row as f64 - half) * pitch_um);
            inside(fx, fy)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::AMMUNITION;

    #[test]
    fn the_marks_lie_where_the_heights_say() {
        for number in 1..=10 {
            let firearm = SimulatedFirearm::new(3, number);
            let shot = SimulatedShot::new(&firearm, 1, AMMUNITION[number as usize % AMMUNITION.len()]);
            let map = shot.whole(&firearm, 20.0).height_map();
            let of = |region| shot.truth(&firearm, region, 20.0).unwrap();
            let (pin, shear) = (of(Region::FiringPin), of(Region::ApertureShear));
            assert_eq!((pin.dim(), shear.dim()), (map.z.dim(), map.z.dim()));
            let mean = |mask: &Array2<bool>| {
                let z = map.z.iter().zip(mask).filter(|(z, m)| **m && z.is_finite()).map(|(z, _)| f64::from(*z));
                let (sum, count) = z.fold((0.0, 0), |(s, n), z| (s + z, n + 1));
                sum / f64::from(count)
            };
            assert!(mean(&shear) - mean(&pin) > 60.0, "{number}: the impression is deep, the shear is not");
            assert!(pin.iter().zip(&shear).all(|(p, s)| !(*p && *s)), "{number}");
            let area = |mask: &Array2<bool>| mask.iter().filter(|m| **m).count() as f64 * 4e-4;
            assert!((0.3..1.4).contains(&area(&pin)), "{number}: {}", area(&pin));
            assert!((0.15..1.6).contains(&area(&shear)), "{number}: {}", area(&shear));
        }
        assert_eq!(
            SimulatedShot::new(&SimulatedFirearm::new(3, 1), 1, AMMUNITION[0]).truth(
                &SimulatedFirearm::new(3, 1),
                Region::BreechFace,
                20.0
            ),
            None
        );
    }
}
