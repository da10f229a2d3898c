//! The polar code of a mark: the sign of every polar sample, and where there is none.

use super::CodeParameters;
use crate::dsp::polar::{PolarGrid, Sampler};
use crate::geometry::Point;
use crate::mark::Mark;
use ndarray::{Array2, Axis};

/// Bits in a word of a bit plane.
const WORD: usize = 64;
/// Standard deviation of a normal distribution over its median absolute deviation.
const SD_PER_MAD: f32 = 1.4826;
/// A ring needs values on this share of its angles before its mean says anything about the ring.
const LEAST_RING_SHARE: f64 = 0.125;

/// Signs of a mark's fine band on rings about its centre, in two bit planes (value known, value positive).
///
/// Signs are used because they beat heights on weak marks: no single deep pit or flow-back ridge can dominate the
/// correlation, which thereby is Kendall-like in its robustness at one bit a sample. Each ring's mean is taken out
/// first: what is constant around the centre (a lathe-turned face) correlates at every rotation and says nothing of
/// the pose.
#[derive(Debug, Clone, PartialEq)]
pub struct PolarCode {
    pub(super) grid: PolarGrid,
    pub(super) centre: Point,
    pub(super) centre_sd_um: f64,
    /// Bit `ring * angles + angle`, least significant first: the sample has a sign.
    pub(super) known: Vec<u64>,
    /// The same order: the sign is positive; a subset of `known`.
    pub(super) positive: Vec<u64>,
}

impl PolarCode {
    /// Draws the code of a mark about its centre, from the fine band.
    #[must_use]
    pub fn of(mark: &Mark, parameters: &CodeParameters) -> Self {
        let signs = draw_signs(&Sampler::of(&mark.fine, &parameters.grid), mark.centre.at);
        Self::from_signs(&signs, parameters.grid, mark.centre.at, mark.centre.sd_um)
    }

    /// A code from its signs (`rings * angles` of -1, 0 for missing, +1); missing where `signs` is too short.
    ///
    /// A centre without a place is taken for the frame's origin, and any doubt about it that is no number for infinite.
    #[must_use]
    pub fn from_signs(signs: &[i8], grid: PolarGrid, centre: Point, centre_sd_um: f64) -> Self {
        let words = grid.len().div_ceil(WORD);
        let (mut known, mut positive) = (vec![0u64; words], vec![0u64; words]);
        for (index, &sign) in signs.iter().take(grid.len()).enumerate() {
            known[index / WORD] |= u64::from(sign != 0) << (index % WORD);
            positive[index / WORD] |= u64::from(sign > 0) << (index % WORD);
        }
        let placed = centre.x_um.is_finite() && centre.y_um.is_finite();
        Self {
            grid,
            centre: if placed { centre } else { Point::default() },
            centre_sd_um: if centre_sd_um.is_finite() { centre_sd_um } else { f64::INFINITY },
            known,
            positive,
        }
    }

    /// The signs, `rings * angles` of -1, 0 for missing, +1, ring by ring.
    #[must_use]
    pub fn signs(&self) -> Vec<i8> {
        let mut signs = Vec::with_capacity(self.known.len() * WORD);
        for (&known, &positive) in self.known.iter().zip(&self.positive) {
            signs.extend((0..WORD).map(|at| 2 * (positive >> at & 1) as i8 - (known >> at & 1) as i8));
        }
        signs.truncate(self.grid.len());
        signs
    }

    /// Where the code was sampled, relative to [`Self::centre`].
    #[must_use]
    pub fn grid(&self) -> &PolarGrid {
        &self.grid
    }

    /// The centre about which the code was drawn, in the mark's frame.
    #[must_use]
    pub fn centre(&self) -> Point {
        self.centre
    }

    /// Expected error of the centre (one standard deviation), um.
    #[must_use]
    pub fn centre_sd_um(&self) -> f64 {
        self.centre_sd_um
    }

    /// How many samples have a sign.
    #[must_use]
    pub fn valid_count(&self) -> u32 {
        self.known.iter().map(|word| word.count_ones()).sum()
    }
}

/// The signs of a mark's fine band about a place, ring means taken out: -1, 0 where missing, +1.
pub(super) fn draw_signs(fine: &Sampler<'_>, about: Point) -> Vec<i8> {
    signs_of_map(fine.about(about))
}

/// The signs of a polar map of heights, ring means taken out.
pub(super) fn signs_of_map(mut map: Array2<f32>) -> Vec<i8> {
    clip(&mut map);
    take_out_ring_means(&mut map);
    let mut signs = vec![0i8; map.len()];
    match map.as_slice() {
        Some(values) => signs_of(values, &mut signs),
        None => signs.iter_mut().zip(&map).for_each(|(sign, z)| signs_of(&[*z], std::slice::from_mut(sign))),
    }
    signs
}

#[multiversion::multiversion(targets("x86_64+avx2"))]
fn signs_of(values: &[f32], signs: &mut [i8]) {
    for (sign, z) in signs.iter_mut().zip(values) {
        *sign = i8::from(*z > 0.0) - i8::from(*z < 0.0);
    }
}

/// Clips the values to plus or minus one robust standard deviation and divides by it; a map without spread becomes missing.
pub(super) fn clip(map: &mut Array2<f32>) {
    // Numbers that are not negative have the order of their bits, which compare faster; known ones move to the front without a branch.
    let mut bits = vec![0u32; map.len()];
    let mut count = 0;
    for z in &*map {
        bits[count] = z.abs().to_bits();
        count += usize::from(z.is_finite());
    }
    bits.truncate(count);
    if bits.is_empty() {
        return;
    }
    let sd = SD_PER_MAD * f32::from_bits(*bits.select_nth_unstable(count / 2).1);
    let scale = if sd > 0.0 { 1.0 / sd } else { f32::NAN };
    map.mapv_inplace(|z| (z * scale).clamp(-1.0, 1.0));
}

/// Rings summed side by side: an addition takes four times as long as the processor needs between two that do not wait for each other.
const SIDE_BY_SIDE: usize = 4;

/// Subtracts from each ring its own mean, where enough of the ring is known.
pub(super) fn take_out_ring_means(map: &mut Array2<f32>) {
    let least = LEAST_RING_SHARE * map.ncols() as f64;
    for mut rings in map.axis_chunks_iter_mut(Axis(0), SIDE_BY_SIDE) {
        let mut sums = [(0f64, 0u32); SIDE_BY_SIDE];
        for at in 0..rings.ncols() {
            for (ring, (sum, count)) in sums.iter_mut().enumerate() {
                let z = rings.get((ring, at)).copied().unwrap_or(f32::NAN);
                *sum += if z.is_finite() { f64::from(z) } else { 0.0 };
                *count += u32::from(z.is_finite());
            }
        }
        for (mut ring, (sum, count)) in rings.rows_mut().into_iter().zip(sums) {
            let count = f64::from(count);
            if count >= least && count > 0.0 {
                let mean = (sum / count) as f32;
                ring.mapv_inplace(|z| z - mean);
            }
        }
    }
}
