//! The search for the poses at which two codes agree: all rotations, all centre offsets, and how surprising the best are.

use super::query::QueryCode;
use super::spectrum::{CodeSpectrum, products};
use super::{PolarCode, SignatureError};
use crate::geometry::{Point, Pose, wrap_angle};
use rustfft::num_complex::Complex32;
use serde::{Deserialize, Serialize};

/// Correlations beyond this many standard deviations are left out of the estimate of what chance gives.
const CHANCE_CLIP: f64 = 3.0;
/// Only local maxima above this z are listed beside the best one: lower ones are as common as rotations.
const LEAST_SECOND_Z: f64 = 2.5;

/// How peaks are chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchParameters {
    /// How many peaks are returned at most.
    pub peaks: usize,
    /// Two peaks differ in pose when they differ by more than this angle, radians ...
    pub distinct_rad: f64,
    /// ... or by more than this shift of the centre, um.
    pub distinct_um: f64,
    /// Least overlap, share of the known samples of the code that has fewer, 0 to 1.
    pub least_overlap_share: f64,
}

impl Default for SearchParameters {
    /// Five peaks; 3 degrees or 75 um apart, the width of a true peak in the band 30-150 um; at least 30 % overlap:
    /// below that the best of 10,000 poses is too often chance.
    fn default() -> Self {
        Self { peaks: 5, distinct_rad: 3.0_f64.to_radians(), distinct_um: 75.0, least_overlap_share: 0.30 }
    }
}

/// A pose at which two codes agree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CodePeak {
    /// The pose of the gallery mark (comparison) in the frame of the query mark (reference).
    pub ref_from_cmp: Pose,
    /// How far the agreement lies above chance, in standard deviations of what chance gives for these two codes: the
    /// correlation over its spread among all poses tried, at equal overlap.
    pub z: f64,
    /// Correlation of the signs under the overlap, -1 to 1.
    pub correlation: f64,
    /// Samples under the overlap.
    pub overlap_points: u32,
    /// Samples under the overlap over the known samples of the code that has fewer, 0 to 1.
    pub overlap_share: f64,
    /// Independent samples under the overlap: neighbouring signs are alike, so fewer than `overlap_points`.
    pub independent_points: f64,
    /// Offset of the query's centre at the peak, um; a true peak at the lattice's edge hints at a wrong centre.
    pub offset: Point,
}

impl PolarCode {
    /// The best poses of a gallery code under a query, best first; empty when they nowhere overlap enough.
    ///
    /// Masked correlation of signs (the numerator and the overlap of Padfield 2012, IEEE TIP 21(5), in one dimension: the
    /// angle) at every rotation for every offset of the query's centre. Both are whole numbers that the transforms give
    /// to within .01, so rounding makes the result exact and the same on every machine.
    ///
    /// # Errors
    /// [`SignatureError::GridsDiffer`] when the two were drawn on different grids.
    pub fn search(
        query: &QueryCode,
        gallery: &PolarCode,
        parameters: &SearchParameters,
    ) -> Result<Vec<CodePeak>, SignatureError> {
        if query.grid != gallery.grid {
            return Err(SignatureError::GridsDiffer { query: query.grid, gallery: gallery.grid });
        }
        query.search(&CodeSpectrum::with(gallery, &query.transform), parameters)
    }
}

/// The correlations of one pair: `values[slot * angles + rotation]`, NaN where the overlap is too small.
pub(super) struct Correlations {
    /// Sum of sign products over the square root of the overlap: unit variance were the samples independent.
    pub scaled: Vec<f32>,
    /// Overlap, samples.
    pub overlap: Vec<u32>,
    /// Indices of the query's offsets, one a slot.
    pub offsets: Vec<usize>,
    /// Offsets along one side of the lattice that was searched.
    pub side: usize,
}

impl QueryCode {
    /// As [`PolarCode::search`], for a gallery code whose spectra are at hand.
    ///
    /// # Errors
    /// [`SignatureError::GridsDiffer`] when the two were drawn on different grids.
    pub fn search(
        &self,
        gallery: &CodeSpectrum,
        parameters: &SearchParameters,
    ) -> Result<Vec<CodePeak>, SignatureError> {
        if self.grid != gallery.grid {
            return Err(SignatureError::GridsDiffer { query: self.grid, gallery: gallery.grid });
        }
        let correlations = self.correlate(gallery, parameters.least_overlap_share);
        Ok(self.peaks(&correlations, gallery, parameters))
    }

    /// Correlates at every rotation for the offsets that this pair's centres call for.
    pub(super) fn correlate(&self, gallery: &CodeSpectrum, least_overlap_share: f64) -> Correlations {
        let half = self.parameters.offset_half(self.centre_sd_um, gallery.centre_sd_um).min(self.half);
        let side = 2 * half + 1;
        let inset = self.half - half;
        let (angles, bins) = (self.transform.angles, self.transform.bins());
        let mut signs = vec![Complex32::default(); bins];
        let mut mask = vec![Complex32::default(); bins];
        let mut products_ring = vec![0f32; angles];
        let mut overlap_ring = vec![0f32; angles];
        let mut work = Vec::new();
        let mut found = Correlations {
            scaled: Vec::with_capacity(side * side * angles),
            overlap: Vec::with_capacity(side * side * angles),
            offsets: Vec::with_capacity(side * side),
            side,
        };
        let per_angle = 1.0 / angles as f32;
        for slot in 0..side * side {
            let index = (slot / side + inset) * self.side() + slot % side + inset;
            let offset = &self.offsets[index];
            let least = least_overlap(offset.valid_count, gallery.valid_count, least_overlap_share);
            products(&offset.blocks, &gallery.blocks, self.grid.rings, &mut signs, &mut mask);
            self.transform.inverse_with(&mut signs, &mut products_ring, &mut work);
            self.transform.inverse_with(&mut mask, &mut overlap_ring, &mut work);
            found.overlap.extend(overlap_ring.iter().map(|&overlap| nearest(overlap * per_angle) as u32));
            found.scaled.extend(products_ring.iter().zip(&overlap_ring).map(|(&product, &overlap)| {
                let overlap = nearest(overlap * per_angle);
                if overlap >= least { nearest(product * per_angle) / overlap.sqrt() } else { f32::NAN }
            }));
            found.offsets.push(index);
        }
        found
    }

    /// Chooses the peaks of the correlations.
    fn peaks(&self, found: &Correlations, gallery: &CodeSpectrum, parameters: &SearchParameters) -> Vec<CodePeak> {
        let angles = self.transform.angles;
        let Some(sd) = chance_sd(&found.scaled) else { return Vec::new() };
        // Local maxima over the rotation, best first; ties in the order of offset and rotation.
        let floor = (LEAST_SECOND_Z * sd) as f32;
        let mut maxima: Vec<(f32, usize)> = Vec::new();
        let mut best: Option<(f32, usize)> = None;
        for (slot, ring) in found.scaled.chunks_exact(angles).enumerate() {
            for (rotation, &value) in ring.iter().enumerate() {
                // False for NaN.
                if value > best.map_or(f32::NEG_INFINITY, |(top, _)| top) {
                    best = Some((value, slot * angles + rotation));
                }
                if value > floor {
                    let (before, after) = (ring[(rotation + angles - 1) % angles], ring[(rotation + 1) % angles]);
                    // `max` passes over NaN, so a missing neighbour does not hide a maximum.
                    if value >= value.max(before).max(after) {
                        maxima.push((value, slot * angles + rotation));
                    }
                }
            }
        }
        maxima.extend(best);
        maxima.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut peaks: Vec<CodePeak> = Vec::with_capacity(parameters.peaks);
        for (_, at) in maxima {
            if peaks.len() >= parameters.peaks {
                break;
            }
            let peak = self.peak(found, at, sd, gallery);
            let known = peaks.iter().any(|other| {
                wrap_angle(other.ref_from_cmp.theta_rad - peak.ref_from_cmp.theta_rad).abs() <= parameters.distinct_rad
                    && other.offset.distance_um(peak.offset) <= parameters.distinct_um
            });
            if !known {
                peaks.push(peak);
            }
        }
        peaks
    }

    /// The peak at one entry of the correlations, its pose refined between the entries.
    fn peak(&self, found: &Correlations, at: usize, sd: f64, gallery: &CodeSpectrum) -> CodePeak {
        let angles = self.transform.angles;
        let (slot, rotation) = (at / angles, at % angles);
        let (row, column) = (slot / found.side, slot % found.side);
        let value = |row: usize, column: usize, rotation: usize| {
            found.scaled[(row * found.side + column) * angles + rotation % angles]
        };
        let middle = value(row, column, rotation);
        let turn = vertex(value(row, column, rotation + angles - 1), middle, value(row, column, rotation + 1));
        let along = |here: usize, pick: &dyn Fn(usize) -> f32| {
            if here == 0 || here + 1 >= found.side { 0.0 } else { vertex(pick(here - 1), middle, pick(here + 1)) }
        };
        let right = along(column, &|c| value(row, c, rotation));
        let down = along(row, &|r| value(r, column, rotation));
        let step = self.parameters.offset_step_um;
        let lattice = self.offset(found.offsets[slot]);
        let offset = Point::new(lattice.x_um + right * step, lattice.y_um + down * step);
        let theta = (rotation as f64 + turn) * self.grid.step_rad();
        // A place p of the gallery mark, at c_g + r u(a), is found at c_q + offset + r u(a + theta) of the query mark.
        let turned = Pose::new(theta, 0.0, 0.0).apply(gallery.centre);
        let pose = Pose::new(
            theta,
            self.centre.x_um + offset.x_um - turned.x_um,
            self.centre.y_um + offset.y_um - turned.y_um,
        );
        let overlap = found.overlap[at];
        let fewer = self.offsets[found.offsets[slot]].valid_count.min(gallery.valid_count).max(1);
        CodePeak {
            ref_from_cmp: pose,
            z: f64::from(middle) / sd,
            correlation: f64::from(middle) / f64::from(overlap.max(1)).sqrt(),
            overlap_points: overlap,
            overlap_share: f64::from(overlap) / f64::from(fewer),
            independent_points: f64::from(overlap) / (sd * sd),
            offset,
        }
    }
}

/// The nearest whole number, for magnitudes below 2^22: adding 1.5 x 2^23 leaves no bits for fractions. Unlike `round` it
/// is two additions on every machine.
fn nearest(value: f32) -> f32 {
    const NO_FRACTION: f32 = 12_582_912.0;
    (value + NO_FRACTION) - NO_FRACTION
}

/// Least overlap, samples; never less than one.
fn least_overlap(query: u32, gallery: u32, share: f64) -> f32 {
    (f64::from(query.min(gallery)) * share).max(1.0) as f32
}

/// The standard deviation of the scaled correlations under chance, taken from the pair itself: nearly all of its poses are
/// wrong ones. The few that stand out are left out in a second pass. At least one, what independent samples would give.
fn chance_sd(scaled: &[f32]) -> Option<f64> {
    let spread = |limit: f64| {
        let (mut sum, mut count) = (0f64, 0u32);
        for &value in scaled {
            let value = f64::from(value);
            // False for NaN.
            if value.abs() <= limit {
                sum += value * value;
                count += 1;
            }
        }
        (count > 0).then(|| (sum / f64::from(count)).sqrt())
    };
    let all = spread(f64::INFINITY)?;
    let most = spread(CHANCE_CLIP * all)?;
    Some(most.max(1.0))
}

/// Where the parabola through three equidistant values has its vertex, -.5 to .5; 0 when the middle is not the greatest.
fn vertex(before: f32, middle: f32, after: f32) -> f64 {
    let (before, middle, after) = (f64::from(before), f64::from(middle), f64::from(after));
    let bend = before - 2.0 * middle + after;
    // False for NaN too.
    if bend < 0.0 && before <= middle && after <= middle {
        (0.5 * (before - after) / bend).clamp(-0.5, 0.5)
    } else {
        0.0
    }
}
