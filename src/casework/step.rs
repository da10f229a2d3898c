//! The states of a lead, the steps between them, and what a candidate rests on.

use super::{Conclusion, ExaminerRecord, InconclusiveGrade, Person};
use crate::ids::{Digest, MarkId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a lead stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LeadState {
    /// A rank in a list.
    Candidate,
    /// An unconfirmed association, judged on screen by a person.
    Lead,
    /// An examiner has the physical specimens.
    UnderExamination,
    /// Concluded, and waiting for the second examiner that policy asks for.
    UnderReview {
        /// What was concluded.
        conclusion: Conclusion,
    },
    /// Confirmed by an examiner on the physical specimens.
    Hit,
    /// Neither confirmed nor excluded.
    Inconclusive {
        /// Grade.
        grade: InconclusiveGrade,
    },
    /// Different firearms. What was inherited through the lead goes with it.
    Excluded,
    /// Taken back, with a reason. What was inherited through the lead goes with it.
    Withdrawn,
}

impl LeadState {
    /// A stable word for columns and filters.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            LeadState::Candidate => "candidate",
            LeadState::Lead => "lead",
            LeadState::UnderExamination => "under_examination",
            LeadState::UnderReview { .. } => "under_review",
            LeadState::Hit => "hit",
            LeadState::Inconclusive { .. } => "inconclusive",
            LeadState::Excluded => "excluded",
            LeadState::Withdrawn => "withdrawn",
        }
    }

    /// Whether something may be inherited through a lead in this state, as "unconfirmed" unless it is a hit.
    #[must_use]
    pub fn carries(self) -> bool {
        !matches!(self, LeadState::Candidate | LeadState::Excluded | LeadState::Withdrawn)
    }
}

impl std::fmt::Display for LeadState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LeadState::UnderReview { conclusion } => write!(f, "under review ({conclusion})"),
            LeadState::Inconclusive { grade } => write!(f, "inconclusive {grade:?}"),
            other => f.write_str(&other.word().replace('_', " ")),
        }
    }
}

/// What software found that made it propose the candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Basis {
    /// The mark that was asked with.
    pub query: MarkId,
    /// The mark that was found.
    pub found: MarkId,
    /// The time of the correlation.
    pub correlated: Timestamp,
    /// Digest of its parameters.
    pub parameters: Digest,
    /// The place in its list, from 1.
    pub rank: u32,
    /// The fused score.
    pub score: f64,
    /// log10 of the likelihood ratio, where there is one.
    pub log10_lr: Option<f64>,
    /// Lower and upper end of its 95 % interval; none in leads of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log10_lr_interval: Option<(f64, f64)>,
    /// The same ratio for having been picked from a gallery; none where a person picked the pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log10_lr_of_search: Option<f64>,
    /// Congruent matching cells.
    pub cmc: u32,
}

/// One step in a lead's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// A person judged the candidate on screen and made a lead of it.
    Judged {
        /// Who.
        by: Person,
        /// On what grounds.
        reason: String,
    },
    /// An examiner took the physical specimens.
    Opened {
        /// Who.
        by: Person,
    },
    /// An examiner concluded on the physical specimens.
    Concluded {
        /// The record.
        record: ExaminerRecord,
        /// Whether the policy of the day asked for a second examiner.
        review_asked: bool,
    },
    /// A second examiner agreed or disagreed.
    Reviewed {
        /// Who.
        by: Person,
        /// Whether the conclusion stands.
        agrees: bool,
        /// On what grounds.
        reason: String,
    },
    /// Somebody took the lead back.
    Withdrawn {
        /// Who.
        by: Person,
        /// Why.
        reason: String,
    },
}

impl Step {
    /// A stable word for the audit log.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Step::Judged { .. } => "judged",
            Step::Opened { .. } => "opened",
            Step::Concluded { .. } => "concluded",
            Step::Reviewed { .. } => "reviewed",
            Step::Withdrawn { .. } => "withdrawn",
        }
    }

    /// What the step tries to do, in words that follow "cannot".
    pub(super) fn attempt(&self) -> &'static str {
        match self {
            Step::Judged { .. } => "make a lead of it",
            Step::Opened { .. } => "open the examination",
            Step::Concluded { .. } => "conclude on it",
            Step::Reviewed { .. } => "review it",
            Step::Withdrawn { .. } => "withdraw it",
        }
    }

    /// Who took the step.
    #[must_use]
    pub fn by(&self) -> &Person {
        match self {
            Step::Judged { by, .. } | Step::Opened { by } | Step::Reviewed { by, .. } | Step::Withdrawn { by, .. } => {
                by
            }
            Step::Concluded { record, .. } => record.examiner(),
        }
    }
}

/// A step and its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub step: Step,
}
