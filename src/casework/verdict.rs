//! What an examiner concludes on the physical specimens, and what follows from it.

use super::person::said;
use super::{Association, CaseworkError, Person, Role};
use crate::ids::{LeadId, SpecimenId};
use serde::{Deserialize, Serialize};

/// The three grades of an inconclusive comparison (AFTE Theory of Identification, range of conclusions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum InconclusiveGrade {
    /// Some agreement of individual characteristics, not enough for an identification.
    A,
    /// Agreement of class characteristics, neither agreement nor disagreement of individual ones.
    B,
    /// Agreement of class characteristics, some disagreement of individual ones, not enough for an elimination.
    C,
}

/// A person's verdict on two physical specimens (AFTE range of conclusions). Software never gives one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "conclusion", content = "grade", rename_all = "snake_case")]
pub enum Conclusion {
    /// One firearm.
    Identification,
    /// Neither way.
    Inconclusive(InconclusiveGrade),
    /// Different firearms.
    Elimination,
    /// The specimens do not bear an examination.
    Unsuitable,
}

impl std::fmt::Display for Conclusion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Conclusion::Identification => "identification",
            Conclusion::Inconclusive(InconclusiveGrade::A) => "inconclusive A",
            Conclusion::Inconclusive(InconclusiveGrade::B) => "inconclusive B",
            Conclusion::Inconclusive(InconclusiveGrade::C) => "inconclusive C",
            Conclusion::Elimination => "elimination",
            Conclusion::Unsuitable => "unsuitable",
        })
    }
}

/// An examiner's signed record of having examined two physical specimens. There is no other way to a [`Hit`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct ExaminerRecord {
    examiner: Person,
    specimens: [SpecimenId; 2],
    conclusion: Conclusion,
    at: jiff::Timestamp,
    reason: String,
}

#[derive(Deserialize)]
struct Written {
    examiner: Person,
    specimens: [SpecimenId; 2],
    conclusion: Conclusion,
    at: jiff::Timestamp,
    reason: String,
}

impl TryFrom<Written> for ExaminerRecord {
    type Error = CaseworkError;

    fn try_from(w: Written) -> Result<Self, Self::Error> {
        ExaminerRecord::new(&w.examiner, w.specimens, w.conclusion, w.at, &w.reason)
    }
}

impl ExaminerRecord {
    /// The record of a person who examined both physical specimens under a comparison microscope.
    ///
    /// # Errors
    /// When the person is not an examiner, or gives no reason.
    pub fn new(
        examiner: &Person,
        specimens: [SpecimenId; 2],
        conclusion: Conclusion,
        at: jiff::Timestamp,
        reason: &str,
    ) -> Result<Self, CaseworkError> {
        must_be_examiner(examiner, "conclude on the physical specimens")?;
        let reason = said("reason", reason)?;
        let mut specimens = specimens;
        specimens.sort();
        Ok(Self { examiner: examiner.clone(), specimens, conclusion, at, reason })
    }

    /// Who examined.
    #[must_use]
    pub fn examiner(&self) -> &Person {
        &self.examiner
    }

    /// The two specimens, the smaller identifier first.
    #[must_use]
    pub fn specimens(&self) -> &[SpecimenId; 2] {
        &self.specimens
    }

    /// The verdict.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        self.conclusion
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> jiff::Timestamp {
        self.at
    }

    /// On what grounds.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

pub(super) fn must_be_examiner(person: &Person, step: &'static str) -> Result<(), CaseworkError> {
    if person.role() == Role::Examiner {
        return Ok(());
    }
    Err(CaseworkError::WrongRole {
        person: person.name().to_owned(),
        step,
        expected: "an examiner",
        got: person.role(),
    })
}

/// Which conclusions the laboratory's policy has a second examiner review before they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReviewPolicy {
    /// Identifications.
    pub identification: bool,
    /// Inconclusive comparisons.
    pub inconclusive: bool,
    /// Eliminations.
    pub elimination: bool,
}

impl ReviewPolicy {
    /// Every conclusion is reviewed.
    pub const ALL: ReviewPolicy = ReviewPolicy { identification: true, inconclusive: true, elimination: true };
    /// None is.
    pub const NONE: ReviewPolicy = ReviewPolicy { identification: false, inconclusive: false, elimination: false };

    /// Whether this conclusion is reviewed.
    #[must_use]
    pub fn asks_for(self, conclusion: Conclusion) -> bool {
        match conclusion {
            Conclusion::Identification => self.identification,
            Conclusion::Inconclusive(_) => self.inconclusive,
            Conclusion::Elimination => self.elimination,
            // Nothing is concluded on the pair, so there is nothing to review.
            Conclusion::Unsuitable => false,
        }
    }
}

/// Two incidents, or an incident and a test-fired firearm, joined by an examiner.
///
/// It has no public constructor: [`super::Lead::hit`] gives one of a lead that an examiner's record has confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hit {
    lead: LeadId,
    joins: Association,
    record: ExaminerRecord,
    reviewer: Option<Person>,
}

impl Hit {
    pub(super) fn of(lead: LeadId, joins: Association, record: ExaminerRecord, reviewer: Option<Person>) -> Self {
        Self { lead, joins, record, reviewer }
    }

    /// The lead that was confirmed.
    #[must_use]
    pub fn lead(&self) -> &LeadId {
        &self.lead
    }

    /// What is joined.
    #[must_use]
    pub fn joins(&self) -> &Association {
        &self.joins
    }

    /// The record that confirmed it.
    #[must_use]
    pub fn record(&self) -> &ExaminerRecord {
        &self.record
    }

    /// The second examiner, where policy asked for one.
    #[must_use]
    pub fn reviewer(&self) -> Option<&Person> {
        self.reviewer.as_ref()
    }
}
