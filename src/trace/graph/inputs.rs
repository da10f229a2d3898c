//! What the graph is built from: plain values that the casework, the register and the linkage give.

use crate::ids::{FirearmId, IncidentId, LeadId, SpecimenId, TraceId};
use crate::trace::linkage::{Decision, RecordLink};
use crate::trace::{FirearmRecord, PartialDate, Place, TraceError, TraceRecord};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::{EdgeStatus, Registers};

/// Everything the graph is built from.
#[derive(Debug, Clone, Copy)]
pub struct GraphInput<'a> {
    /// Shootings.
    pub incidents: &'a [IncidentInput],
    /// Cartridge cases, from scenes and test fires.
    pub specimens: &'a [SpecimenInput],
    /// Leads in all their states.
    pub ballistic: &'a [BallisticEdge],
    /// The register.
    pub firearms: &'a [FirearmRecord],
    /// Trace records; those without a record link are left out of the graph.
    pub traces: &'a [TraceRecord],
    /// Record links, with the verdicts of people.
    pub record_links: &'a [RecordLinkInput],
    /// The registers of test fires, custody and transactions.
    pub registers: Registers<'a>,
}

/// A shooting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentInput {
    /// Identifier.
    pub incident: IncidentId,
    /// When.
    pub date: Option<PartialDate>,
    /// Where.
    #[serde(default)]
    pub place: Place,
}

/// A cartridge case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecimenInput {
    /// Identifier.
    pub specimen: SpecimenId,
    /// Incident it was found at; none for a test fire.
    pub incident: Option<IncidentId>,
    /// Firearm it was fired from by the laboratory.
    pub test_fire: Option<TestFireInput>,
}

/// The custody edge from a test fire to its firearm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestFireInput {
    /// The firearm.
    pub firearm: FirearmId,
    /// Who fired it.
    pub author: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
}

/// State of a lead, as casework keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BallisticState {
    /// A rank in a list; no edge.
    Candidate,
    /// Judged on screen by a person.
    Lead,
    /// With an examiner.
    UnderExamination,
    /// Confirmed on the physical specimens.
    Hit,
    /// Examined without a conclusion; no longer carries anything, and excludes nothing.
    Inconclusive,
    /// Eliminated.
    Excluded,
    /// Taken back.
    Withdrawn,
}

impl BallisticState {
    /// Status of its edge; none for a candidate.
    #[must_use]
    pub const fn status(self) -> Option<EdgeStatus> {
        match self {
            Self::Candidate => None,
            Self::Hit => Some(EdgeStatus::Confirmed),
            Self::Lead | Self::UnderExamination => Some(EdgeStatus::Unconfirmed),
            Self::Inconclusive => Some(EdgeStatus::UnderReview),
            Self::Excluded | Self::Withdrawn => Some(EdgeStatus::Withdrawn),
        }
    }

    /// Whether a trace may be inherited along a lead in this state.
    #[must_use]
    pub const fn carries_traces(self) -> bool {
        matches!(self, Self::Lead | Self::UnderExamination | Self::Hit)
    }

    /// Status with which it carries a trace; none where it carries nothing.
    pub(super) fn carries(self) -> Option<EdgeStatus> {
        self.status().filter(|s| matches!(s, EdgeStatus::Confirmed | EdgeStatus::Unconfirmed))
    }
}

/// A lead between two specimens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BallisticEdge {
    /// The lead.
    pub lead: LeadId,
    /// One specimen.
    pub a: SpecimenId,
    /// The other.
    pub b: SpecimenId,
    /// Its state.
    pub state: BallisticState,
    /// log10 of the likelihood ratio, where it was calibrated.
    pub log10_lr: Option<f64>,
    /// Who decided the state.
    pub author: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// Comparisons and notes behind it.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// A record link with what a person decided about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordLinkInput {
    /// The link as linkage made it.
    pub link: RecordLink,
    /// A person's decision, which stands over the program's.
    pub verdict: Option<Verdict>,
}

/// A person's decision about a record link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the trace is about the firearm.
    pub accepted: bool,
    /// Who decided.
    pub author: String,
    /// When.
    pub at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

impl RecordLinkInput {
    /// Status of its edge; none for a pair that linkage did not join and nobody accepted.
    #[must_use]
    pub fn status(&self) -> Option<EdgeStatus> {
        match (&self.verdict, self.link.decision) {
            (Some(verdict), _) if verdict.accepted => Some(EdgeStatus::Confirmed),
            (Some(_), _) => Some(EdgeStatus::Withdrawn),
            (None, Decision::Automatic) => Some(EdgeStatus::Automatic),
            (None, Decision::Review) => Some(EdgeStatus::UnderReview),
            (None, Decision::None) => None,
        }
    }

    /// Whether the trace counts as one of the firearm.
    pub(super) fn joined(&self) -> bool {
        matches!(self.status(), Some(EdgeStatus::Confirmed | EdgeStatus::Automatic))
    }
}

/// Refuses inputs whose edges hang in the air.
pub(super) fn check(input: &GraphInput<'_>) -> Result<(), TraceError> {
    fn known<'a, T: Ord + std::fmt::Display>(
        field: &'static str,
        all: &BTreeSet<&'a T>,
        id: &'a T,
    ) -> Result<(), TraceError> {
        if all.contains(id) {
            return Ok(());
        }
        Err(TraceError::Value {
            field,
            expected: "one of the inputs of the link graph".to_owned(),
            got: id.to_string(),
        })
    }
    let incidents: BTreeSet<&IncidentId> = input.incidents.iter().map(|i| &i.incident).collect();
    let specimens: BTreeSet<&SpecimenId> = input.specimens.iter().map(|s| &s.specimen).collect();
    let firearms: BTreeSet<&FirearmId> = input.firearms.iter().map(|f| &f.firearm).collect();
    let traces: BTreeSet<&TraceId> = input.traces.iter().map(|t| &t.trace).collect();
    for specimen in input.specimens {
        specimen.incident.iter().try_for_each(|i| known("incident of a specimen", &incidents, i))?;
        specimen.test_fire.iter().try_for_each(|t| known("firearm of a test fire", &firearms, &t.firearm))?;
    }
    for edge in input.ballistic {
        known("specimen of a lead", &specimens, &edge.a)?;
        known("specimen of a lead", &specimens, &edge.b)?;
    }
    for test in input.registers.test_fires {
        known("firearm of the register of test fires", &firearms, &test.firearm)?;
    }
    for transfer in input.registers.custody {
        transfer.firearm.iter().try_for_each(|f| known("firearm of the register of custody", &firearms, f))?;
    }
    for transaction in input.registers.transactions {
        known("firearm of a transaction", &firearms, &transaction.firearm)?;
    }
    for link in input.record_links {
        known("firearm of a record link", &firearms, &link.link.firearm)?;
        known("trace of a record link", &traces, &link.link.trace)?;
    }
    Ok(())
}
