//! Sixteen-bit heights: the resolution in which marks are kept and compared.

use crate::grid::HeightMap;

/// Finest step, as a power of two of um: 2^-12 um = 0.24 nm, well below the noise of every instrument. A power of two, so that step
/// times integer is exact in single precision.
const FINEST_EXPONENT: i32 = -12;
/// Coarsest step, 2^12 um: more than any band-passed height needs.
pub(super) const COARSEST_EXPONENT: i32 = 12;
/// Largest integer kept; -32768 is left free.
const MOST: f32 = 32_767.0;

/// The exponent of the step that holds the largest height of a map.
pub(super) fn exponent(map: &HeightMap) -> i32 {
    let largest = map.z.iter().filter(|z| z.is_finite()).fold(0f32, |m, z| m.max(z.abs()));
    (FINEST_EXPONENT..COARSEST_EXPONENT).find(|e| largest <= MOST * step(*e)).unwrap_or(COARSEST_EXPONENT)
}

/// 2^exponent, um.
pub(super) fn step(exponent: i32) -> f32 {
    f32::powi(2.0, exponent)
}

/// Rounds every height to the map's step; heights beyond 134 mm saturate.
pub(super) fn quantise(map: &mut HeightMap) {
    let step = step(exponent(map));
    map.z.mapv_inplace(|z| if z.is_finite() { (z / step).round().clamp(-MOST, MOST) * step + 0.0 } else { f32::NAN });
}
