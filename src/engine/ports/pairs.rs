//! What batches of correlations ask of storage: scores of pairs that are known, searches that are done.

use super::{CorrelationResult, Digest, Lead, Put};
use crate::geometry::Pose;
use serde::{Deserialize, Serialize};

/// What the comparison of one pair gave: what a list says of a candidate, without the cells.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairOutcome {
    /// The fused score.
    pub score: f64,
    /// log10 of the likelihood ratio, where a reference population supports one.
    pub log10_lr: Option<f64>,
    /// Lower and upper end of its 95 % interval.
    pub log10_lr_interval: Option<(f64, f64)>,
    /// Congruent matching cells.
    pub cmc: u32,
    /// Cells searched.
    pub cells: u32,
    /// Consensus pose, `ref_from_cmp`, with the mark entered later as reference.
    pub pose: Pose,
}

/// The outcome of a pair of marks, named by their places in the order of entry (see [`super::MarkContext::sequence`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairScore {
    /// The mark entered later: the reference.
    pub later: u64,
    /// The mark entered earlier.
    pub earlier: u64,
    /// What the comparison gave.
    pub outcome: PairOutcome,
}

/// What is kept together: lists of a batch, the pairs that were compared for them, and the candidates that they propose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block<'a> {
    /// The lists.
    pub results: &'a [CorrelationResult],
    /// What the comparisons depended on, see [`crate::engine::parameters::Parameters::comparison_hash`].
    pub comparison: Digest,
    /// The pairs; those known already stay as they are.
    pub pairs: &'a [PairScore],
    /// Candidates that the lists propose; one whose specimen is gone is left out.
    pub leads: &'a [Lead],
}

/// What became of a block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptBlock {
    /// Of each list.
    pub results: Vec<Put>,
    /// Of each candidate, as of [`super::Store::put_lead`].
    pub leads: Vec<Put>,
}

/// How a search was done: those that agree in all of it need not be done again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchedAs {
    /// Digest of all parameters.
    pub parameters: Digest,
    /// The generation of the gallery that was searched.
    pub generation: u64,
    /// Only searches that compared everything eligible.
    pub exhaustive: bool,
    /// What the filter asked, field by field, as (word of the field, word asked).
    pub asked: Vec<(String, String)>,
}
