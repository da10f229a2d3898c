//! What casework refuses.

use super::{LeadState, Role};

/// A rule of casework that was about to be broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CaseworkError {
    /// The lead is in a state from which the step does not lead on.
    #[error("lead {lead}: cannot {step} while it is {state}")]
    IllegalStep {
        /// The lead.
        lead: String,
        /// The step that was tried.
        step: &'static str,
        /// Where the lead stands.
        state: LeadState,
    },
    /// The person may not do this.
    #[error("{person}: expected {expected} to {step}, got {got}")]
    WrongRole {
        /// The person.
        person: String,
        /// What the person tried.
        step: &'static str,
        /// Who may.
        expected: &'static str,
        /// The person's role.
        got: Role,
    },
    /// The second person is the first one.
    #[error("lead {lead}: the review needs a second person, got {person}, who concluded")]
    SamePerson {
        /// The lead.
        lead: String,
        /// The person.
        person: String,
    },
    /// A reason, name or identifier is blank.
    #[error("{field}: expected text, got nothing")]
    Blank {
        /// Which field.
        field: &'static str,
    },
    /// A step lies before the one it follows.
    #[error("lead {lead}: expected a time not before {earliest}, got {got}")]
    TimeBackwards {
        /// The lead.
        lead: String,
        /// The time of the step before.
        earliest: jiff::Timestamp,
        /// The time given.
        got: jiff::Timestamp,
    },
    /// The two sides cannot be joined.
    #[error("{first} and {second}: {why}")]
    NotJoinable {
        /// One specimen.
        first: String,
        /// The other.
        second: String,
        /// Why not.
        why: String,
    },
    /// The examiner's record speaks of other specimens than the lead.
    #[error("lead {lead}: expected a conclusion on {expected}, got one on {got}")]
    OtherSpecimens {
        /// The lead.
        lead: String,
        /// The specimens of the lead.
        expected: String,
        /// The specimens of the record.
        got: String,
    },
    /// A history that the state machine cannot have written.
    #[error("lead {lead}: damaged history at step {index}: {why}")]
    DamagedHistory {
        /// The lead.
        lead: String,
        /// Which step, counted from 0.
        index: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A value that cannot be.
    #[error("{field}: expected {expected}, got {got}")]
    BadValue {
        /// Which field.
        field: &'static str,
        /// What it should be.
        expected: String,
        /// What it is.
        got: String,
    },
}
