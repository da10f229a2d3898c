//! The gallery search and its ranked result.

use crate::geometry::Pose;
use crate::ids::{Digest, ExhibitId, MarkId, SpecimenId};
use serde::{Deserialize, Serialize};

/// The result of one gallery search, kept as it was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CorrelationResult {
    /// The mark that was asked with.
    pub query: MarkId,
    /// When the search ended.
    pub at: jiff::Timestamp,
    /// Version of the software.
    pub version: String,
    /// Digest of all parameters of the run.
    pub parameters: Digest,
    /// The generation of the gallery that was searched.
    pub generation: u64,
    /// What was eligible, filtered, searched and compared at each stage.
    pub receipt: serde_json::Value,
    /// The ranked candidates, best first; rank is the place in this list plus one.
    pub candidates: Vec<Candidate>,
}

/// One rank of a correlation: a number, not yet a judgement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The mark found.
    pub mark: MarkId,
    /// The specimen that carries it.
    pub specimen: SpecimenId,
    /// The exhibit of that specimen.
    pub exhibit: ExhibitId,
    /// The fused score that ranks; larger speaks for one source.
    pub score: f64,
    /// log10 of the likelihood ratio, where a reference population supports one.
    pub log10_lr: Option<f64>,
    /// Lower and upper end of its 95 % interval.
    pub log10_lr_interval: Option<(f64, f64)>,
    /// log10 of the likelihood ratio for having been picked as the best of the gallery that is left below the candidates ahead of it; none in lists of
    /// earlier versions.
    #[serde(default)]
    pub log10_lr_of_search: Option<f64>,
    /// If a mate of the query is among the eligible marks: the estimated chance, 0 to 1, that it is not among the candidates down to and including this one;
    /// none where the recall of the search was not measured, and in lists of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mate_below: Option<f64>,
    /// Congruent matching cells.
    pub cmc: u32,
    /// Cells searched.
    pub cells: u32,
    /// Consensus pose, `ref_from_cmp`: the query is the reference.
    pub pose: Pose,
}
