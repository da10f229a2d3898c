//! Leads: the one place where a step is taken or refused.

use super::person::said;
use super::verdict::must_be_examiner;
use super::{
    Association, Basis, CaseworkError, Conclusion, ExaminerRecord, Hit, LeadEvent, LeadState, Person, ReviewPolicy,
    Role, Step,
};
use crate::ids::LeadId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An association of two specimens and all that people have done about it.
///
/// The state follows from the history; a stored lead is read by taking its steps again, so that a history that the rules
/// could not have written is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept")]
pub struct Lead {
    id: LeadId,
    joins: Association,
    basis: Basis,
    proposed: Timestamp,
    #[serde(flatten)]
    state: LeadState,
    history: Vec<LeadEvent>,
}

#[derive(Deserialize)]
struct Kept {
    id: LeadId,
    joins: Association,
    basis: Basis,
    proposed: Timestamp,
    #[serde(flatten)]
    state: LeadState,
    history: Vec<LeadEvent>,
}

impl TryFrom<Kept> for Lead {
    type Error = CaseworkError;

    fn try_from(kept: Kept) -> Result<Self, Self::Error> {
        let mut lead = Lead::propose(kept.joins, kept.basis, kept.proposed);
        let damaged =
            |index: usize, why: String| CaseworkError::DamagedHistory { lead: kept.id.to_string(), index, why };
        if lead.id != kept.id {
            return Err(damaged(0, format!("expected identifier {}, got {}", lead.id, kept.id)));
        }
        let steps = kept.history.len();
        for (index, event) in kept.history.into_iter().enumerate() {
            lead.take(event).map_err(|e| damaged(index, e.to_string()))?;
        }
        if lead.state != kept.state {
            return Err(damaged(steps, format!("expected state {}, got {}", lead.state, kept.state)));
        }
        Ok(lead)
    }
}

impl Lead {
    /// Software's part, and all of it: a candidate.
    #[must_use]
    pub fn propose(joins: Association, basis: Basis, at: Timestamp) -> Self {
        Self { id: joins.lead_id(), joins, basis, proposed: at, state: LeadState::Candidate, history: Vec::new() }
    }

    /// A person has judged the candidate on screen: it is a lead.
    ///
    /// # Errors
    /// When it is no candidate, the person is an auditor, the reason is blank, or the time lies before the last step.
    pub fn judge(&mut self, by: &Person, at: Timestamp, reason: &str) -> Result<(), CaseworkError> {
        self.take(LeadEvent { at, step: Step::Judged { by: by.clone(), reason: reason.trim().to_owned() } })
    }

    /// An examiner takes the physical specimens.
    ///
    /// # Errors
    /// When it is no lead, the person is not an examiner, or the time lies before the last step.
    pub fn open_examination(&mut self, by: &Person, at: Timestamp) -> Result<(), CaseworkError> {
        self.take(LeadEvent { at, step: Step::Opened { by: by.clone() } })
    }

    /// An examiner's record closes the examination, or sends it to a second examiner where policy asks for that.
    ///
    /// An identification makes a hit, an elimination excludes; where the specimens were unsuitable the lead is withdrawn
    /// for that reason.
    ///
    /// # Errors
    /// When the lead is not under examination, the record speaks of other specimens, or its time lies before the last step.
    pub fn conclude(&mut self, record: ExaminerRecord, policy: ReviewPolicy) -> Result<(), CaseworkError> {
        let review_asked = policy.asks_for(record.conclusion());
        self.take(LeadEvent { at: record.at(), step: Step::Concluded { record, review_asked } })
    }

    /// A second examiner agrees, and the conclusion stands; or disagrees, and the lead is under examination again.
    ///
    /// # Errors
    /// When nothing waits for review, the person is no examiner or is the one who concluded, the reason is blank, or the
    /// time lies before the last step.
    pub fn review(&mut self, by: &Person, agrees: bool, at: Timestamp, reason: &str) -> Result<(), CaseworkError> {
        self.take(LeadEvent { at, step: Step::Reviewed { by: by.clone(), agrees, reason: reason.trim().to_owned() } })
    }

    /// A person takes the lead back, whatever its state.
    ///
    /// # Errors
    /// When it is withdrawn already, the person is an auditor, the reason is blank, or the time lies before the last step.
    pub fn withdraw(&mut self, by: &Person, at: Timestamp, reason: &str) -> Result<(), CaseworkError> {
        self.take(LeadEvent { at, step: Step::Withdrawn { by: by.clone(), reason: reason.trim().to_owned() } })
    }

    /// Takes one step, or none of it.
    fn take(&mut self, event: LeadEvent) -> Result<(), CaseworkError> {
        let next = self.after(&event)?;
        self.state = next;
        self.history.push(event);
        Ok(())
    }

    /// The state after a step; every rule of the state machine stands here.
    fn after(&self, event: &LeadEvent) -> Result<LeadState, CaseworkError> {
        let next = match (self.state, &event.step) {
            (LeadState::Candidate, Step::Judged { by, reason }) => {
                must_not_be_auditor(by, "judge a candidate")?;
                said("reason", reason)?;
                LeadState::Lead
            }
            (LeadState::Lead, Step::Opened { by }) => {
                must_be_examiner(by, "open an examination")?;
                LeadState::UnderExamination
            }
            (LeadState::UnderExamination, Step::Concluded { record, review_asked }) => {
                self.must_be_of_this_pair(record)?;
                if event.at != record.at() {
                    return Err(CaseworkError::BadValue {
                        field: "time of the conclusion",
                        expected: record.at().to_string(),
                        got: event.at.to_string(),
                    });
                }
                if *review_asked {
                    LeadState::UnderReview { conclusion: record.conclusion() }
                } else {
                    standing(record.conclusion())
                }
            }
            (LeadState::UnderReview { conclusion }, Step::Reviewed { by, agrees, reason }) => {
                must_be_examiner(by, "review a conclusion")?;
                said("reason", reason)?;
                if self.last_record().is_some_and(|record| record.examiner().is(by)) {
                    return Err(CaseworkError::SamePerson { lead: self.id.to_string(), person: by.name().to_owned() });
                }
                if *agrees { standing(conclusion) } else { LeadState::UnderExamination }
            }
            (state, Step::Withdrawn { by, reason }) if state != LeadState::Withdrawn => {
                must_not_be_auditor(by, "withdraw a lead")?;
                said("reason", reason)?;
                LeadState::Withdrawn
            }
            (state, step) => {
                return Err(CaseworkError::IllegalStep { lead: self.id.to_string(), step: step.attempt(), state });
            }
        };
        let earliest = self.changed();
        if event.at < earliest {
            return Err(CaseworkError::TimeBackwards { lead: self.id.to_string(), earliest, got: event.at });
        }
        Ok(next)
    }

    fn must_be_of_this_pair(&self, record: &ExaminerRecord) -> Result<(), CaseworkError> {
        let expected = self.joins.sides().map(|side| &side.specimen);
        let [a, b] = record.specimens();
        if expected == [a, b] {
            return Ok(());
        }
        Err(CaseworkError::OtherSpecimens {
            lead: self.id.to_string(),
            expected: format!("{} and {}", expected[0], expected[1]),
            got: format!("{a} and {b}"),
        })
    }

    fn last_record(&self) -> Option<&ExaminerRecord> {
        self.history.iter().rev().find_map(|event| match &event.step {
            Step::Concluded { record, .. } => Some(record),
            _ => None,
        })
    }

    /// Its identifier, which follows from the pair.
    #[must_use]
    pub fn id(&self) -> &LeadId {
        &self.id
    }

    /// What it joins.
    #[must_use]
    pub fn joins(&self) -> &Association {
        &self.joins
    }

    /// What software found.
    #[must_use]
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// When it was proposed.
    #[must_use]
    pub fn proposed(&self) -> Timestamp {
        self.proposed
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> LeadState {
        self.state
    }

    /// What people have done about it, first to last.
    #[must_use]
    pub fn history(&self) -> &[LeadEvent] {
        &self.history
    }

    /// When it last changed.
    #[must_use]
    pub fn changed(&self) -> Timestamp {
        self.history.last().map_or(self.proposed, |event| event.at)
    }

    /// The hit, where an examiner's record has made one.
    #[must_use]
    pub fn hit(&self) -> Option<Hit> {
        if self.state != LeadState::Hit {
            return None;
        }
        let record = self.last_record()?.clone();
        let reviewer = match self.history.last() {
            Some(LeadEvent { step: Step::Reviewed { by, .. }, .. }) => Some(by.clone()),
            _ => None,
        };
        Some(Hit::of(self.id.clone(), self.joins.clone(), record, reviewer))
    }
}

/// The state in which a conclusion that stands leaves the lead.
fn standing(conclusion: Conclusion) -> LeadState {
    match conclusion {
        Conclusion::Identification => LeadState::Hit,
        Conclusion::Inconclusive(grade) => LeadState::Inconclusive { grade },
        Conclusion::Elimination => LeadState::Excluded,
        // Nothing can be said of the pair: the lead goes no further, and the record says why.
        Conclusion::Unsuitable => LeadState::Withdrawn,
    }
}

/// Auditors read everything and change nothing.
pub(crate) fn must_not_be_auditor(person: &Person, step: &'static str) -> Result<(), CaseworkError> {
    if person.role() != Role::Auditor {
        return Ok(());
    }
    Err(CaseworkError::WrongRole {
        person: person.name().to_owned(),
        step,
        expected: "a technician, examiner or analyst",
        got: person.role(),
    })
}
