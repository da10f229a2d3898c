//! What a comparison found.

use crate::geometry::{Point, Pose};
use serde::{Deserialize, Serialize};

/// The result of comparing one mark (`reference`, which carries the cells) with another (`comparison`, which is searched).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The fused score that ranks candidates; larger speaks for one source. Unit-free.
    pub score: f64,
    /// Weight of evidence, where a reference population supports one.
    pub likelihood_ratio: LikelihoodRatio,
    /// Consensus pose, `ref_from_cmp`, of the comparison mark in the reference mark's frame.
    pub pose: Pose,
    /// Congruent matching cells.
    pub cmc: u32,
    /// Cells of the reference mark with enough valid area to be searched.
    pub cells: Vec<Cell>,
    /// The figures behind the score.
    pub features: Features,
}

/// One cell of the reference mark and where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Centre of the cell in the reference mark's frame.
    pub centre: Point,
    /// Side of the square cell, um.
    pub side_um: f64,
    /// Correlation (masked, normalised) at its best place, -1 to 1; NaN never occurs, an unsearched cell is not listed.
    pub ccf: f64,
    /// Residual against the consensus pose: how far the cell's own best place lies off, um along x and y.
    pub residual: Point,
    /// Residual turn against the consensus pose, radians.
    pub residual_rad: f64,
    /// Verdict on the cell.
    pub state: CellState,
}

/// Verdict on one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellState {
    /// Correlation reached and pose agrees with the consensus.
    Congruent,
    /// Correlation reached, but elsewhere.
    Displaced,
    /// Correlation not reached.
    Uncorrelated,
    /// Too little overlap with the comparison mark to say.
    NoOverlap,
}

/// The figures behind a score, all at the consensus pose.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Features {
    /// Masked normalised cross-correlation of the fine band, -1 to 1.
    pub ccf_fine: f64,
    /// The same of the coarse band.
    pub ccf_coarse: f64,
    /// Correlation of the signs of the fine band, -1 to 1.
    pub sign_fine: f64,
    /// Overlap of the two marks, mm2.
    pub overlap_mm2: f64,
    /// Overlap over the smaller of the two areas, 0 to 1.
    pub overlap_share: f64,
    /// Fine-band correlation at the pose in standard deviations of the correlation under chance: times the root of the independent points in
    /// the overlap.
    pub peak_z: f64,
    /// Best peak over the best one at another pose.
    pub peak_ratio: f64,
    /// Congruent cells over cells searched, 0 to 1.
    pub cmc_share: f64,
    /// Mean correlation of the cells.
    pub cell_ccf_mean: f64,
    /// Spread (median absolute deviation) of the congruent cells' places about the consensus, um.
    pub cell_spread_um: f64,
    /// Height of the best peak of the search over all rotations and shifts, in standard deviations over all poses searched.
    #[serde(default)]
    pub search_z: f64,
}

/// Weight of evidence for one source against different sources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum LikelihoodRatio {
    /// Calibrated, and bounded by what the reference data support.
    Calibrated {
        /// log10 of the likelihood ratio, bounded.
        log10: f64,
        /// Lower end of the 95 % interval.
        low: f64,
        /// Upper end of the 95 % interval.
        high: f64,
        /// Whether the bound of the reference data was reached.
        bounded: bool,
        /// The reference population in words.
        population: String,
    },
    /// No validated reference population, or no comparable area: no number is given.
    Unavailable {
        /// Why, in English.
        english: String,
        /// Why, in Spanish.
        spanish: String,
    },
}

impl LikelihoodRatio {
    /// log10 of the likelihood ratio, where there is one.
    #[must_use]
    pub fn log10(&self) -> Option<f64> {
        match self {
            LikelihoodRatio::Calibrated { log10, .. } => Some(*log10),
            LikelihoodRatio::Unavailable { .. } => None,
        }
    }
}
