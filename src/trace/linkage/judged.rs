//! A link as it is kept: with the weights behind it, the records it was drawn on, and what a person decided.

use super::{Decision, RecordLink};
use crate::ids::Digest;
use crate::trace::TraceError;
use serde::{Deserialize, Serialize};

/// The weights behind a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightsUsed {
    /// Version; 0 is the proposals that come with the program.
    pub version: u32,
    /// SHA-256 of the weights.
    pub sha256: Digest,
}

/// What a person decided on a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Whether both records are one firearm.
    pub accepted: bool,
    /// On what grounds; never blank.
    pub reason: String,
    /// What the person is entrusted with.
    pub role: String,
}

/// A link as it is kept. Its `link` part reads as a plain [`RecordLink`]; accepted links read [`Decision::Automatic`] and
/// rejected ones [`Decision::None`], beside an author who is not the linker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptLink {
    /// The pair with its waterfall.
    #[serde(flatten)]
    pub link: RecordLink,
    /// The weights; none in decisions of former releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<WeightsUsed>,
    /// Content of the firearm record and of the trace record that were compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<(Digest, Digest)>,
    /// A person's decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Judgement>,
}

impl KeptLink {
    /// The same pair under a person's decision.
    ///
    /// # Errors
    /// [`TraceError::Value`] for a blank reason.
    pub fn judge(mut self, accepted: bool, reason: &str, role: &str) -> Result<Self, TraceError> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(TraceError::Value { field: "reason", expected: "a few words".to_owned(), got: String::new() });
        }
        self.link.decision = if accepted { Decision::Automatic } else { Decision::None };
        self.judged = Some(Judgement { accepted, reason: reason.to_owned(), role: role.to_owned() });
        Ok(self)
    }
}
