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
    /// Congruent cells of the comparison mark, sought in the reference mark, on the same consensus pose.
    #[serde(default)]
    pub cmc_backward: u32,
    /// Cells of the comparison mark that were sought.
    #[serde(default)]
    pub cells_backward: u32,
    /// How well the pose is determined.
    #[serde(default)]
    pub ambiguity: Ambiguity,
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
    /// Congruent cells over cells that met the other mark, both directions together, 0 to 1.
    pub cmc_share: f64,
    /// The same by area (NCMA): area of the congruent cells over area of the cells that met.
    #[serde(default)]
    pub ncma: f64,
    /// Mean correlation of the cells.
    pub cell_ccf_mean: f64,
    /// Spread (median absolute deviation) of the congruent cells' places about the consensus, um.
    pub cell_spread_um: f64,
    /// Height of the best peak of the search over all rotations and shifts, in standard deviations over all poses searched.
    #[serde(default)]
    pub search_z: f64,
    /// Height of the best peak of the polar codes, in standard deviations over all their poses; 0 where they overlap nowhere.
    #[serde(default)]
    pub code_z: f64,
    /// Share of the overlap whose blocks of 225 um agree (correlation from .35 on).
    #[serde(default)]
    pub agree_share: f64,
    /// Largest connected region of agreeing blocks, mm2.
    #[serde(default)]
    pub agree_mm2: f64,
    /// Share of the overlap whose blocks disagree (correlation below 0).
    #[serde(default)]
    pub disagree_share: f64,
    /// Largest connected region of disagreeing blocks, mm2.
    #[serde(default)]
    pub disagree_mm2: f64,
    /// How far apart the poses of the two directions put a point at the mark's edge, um; 0 where a direction has fewer than three congruent cells.
    #[serde(default)]
    pub direction_gap_um: f64,
}

/// How well a pair's pose is determined. Shares are of the correlation at the pose: 0 means that nothing is left and the pose is sharp, 1 that the other
/// place is as good.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Ambiguity {
    /// Direction in which the common surface changes least, such as that of its grooves: radians from 0 to pi, in the reference mark's frame.
    pub slide_rad: f64,
    /// What is left after a slide by 100 um along that direction.
    pub slide_left: f64,
    /// What is left after a turn by 8 or 16 degrees.
    pub turn_left: f64,
    /// What the best distinct other pose has.
    pub other_left: f64,
}

impl Ambiguity {
    /// From this share on a slide, turn or other pose is worth a word to a person.
    pub const WORTH_A_WORD: f64 = 0.5;
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
        /// The reference population, in English.
        population_english: String,
        /// The reference population, in Spanish.
        population_spanish: String,
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

    /// Lower and upper end of its 95 % interval, where there is a number.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        match self {
            LikelihoodRatio::Calibrated { low, high, .. } => Some((*low, *high)),
            LikelihoodRatio::Unavailable { .. } => None,
        }
    }
}

/// Whether a log10 LR that was kept with its 95 % interval stands at the bound of its reference data: there the interval ends at the number itself,
/// elsewhere it reaches beyond. Of a number without an interval nothing is known.
#[must_use]
pub fn at_bound(log10: f64, interval: Option<(f64, f64)>) -> bool {
    interval.is_some_and(|(low, high)| if log10 < 0.0 { low >= log10 } else { high <= log10 })
}
