//! Inputs of a graph put together by hand: one builder for its tests, its properties and its bench.

use super::{
    BallisticEdge, BallisticState, GraphInput, IncidentInput, LinkGraph, RecordLinkInput, Registers, SpecimenInput,
    TestFireInput, TransactionInput,
};
use crate::ids::{FirearmId, IncidentId, LeadId, SpecimenId, TraceId};
use crate::trace::linkage::{Decision, RecordLink};
use crate::trace::serial::SerialComparison;
use crate::trace::{CustodyRecord, FirearmRecord, PartialDate, Serial, TestFireRecord, TraceError, TraceRecord};

/// A city under construction. Identifiers are taken as given and checked by the graph alone.
#[derive(Debug, Clone, Default)]
pub struct City {
    /// Shootings.
    pub incidents: Vec<IncidentInput>,
    /// Cases from scenes and test fires.
    pub specimens: Vec<SpecimenInput>,
    /// Leads.
    pub ballistic: Vec<BallisticEdge>,
    /// The register.
    pub firearms: Vec<FirearmRecord>,
    /// Traces.
    pub traces: Vec<TraceRecord>,
    /// Record links.
    pub record_links: Vec<RecordLinkInput>,
    /// The register of test fires.
    pub test_fires: Vec<TestFireRecord>,
    /// The register of custody.
    pub custody: Vec<CustodyRecord>,
    /// Transactions of the firearms.
    pub transactions: Vec<TransactionInput>,
}

impl City {
    /// A shooting without a case.
    pub fn incident(&mut self, incident: &str, date: Option<PartialDate>) {
        let incident = IncidentId::new(incident);
        self.incidents.push(IncidentInput { incident, date, place: Default::default() });
    }

    /// A case found at a shooting.
    pub fn case(&mut self, incident: &str, specimen: &str) {
        let incident = Some(IncidentId::new(incident));
        self.specimens.push(SpecimenInput { specimen: SpecimenId::new(specimen), incident, test_fire: None });
    }

    /// A shooting with one case.
    pub fn scene(&mut self, incident: &str, date: Option<PartialDate>, specimen: &str) {
        self.incident(incident, date);
        self.case(incident, specimen);
    }

    /// A firearm of the register.
    pub fn gun(&mut self, firearm: &str, serial: &str) {
        self.firearms.push(FirearmRecord::new(FirearmId::new(firearm), Serial::read(serial)));
    }

    /// A case that a laboratory fired from a firearm.
    pub fn test_fire(&mut self, firearm: &str, specimen: &str) {
        let author = Some("lab 3".to_owned());
        let test_fire = Some(TestFireInput { firearm: FirearmId::new(firearm), author, at: None });
        self.specimens.push(SpecimenInput { specimen: SpecimenId::new(specimen), incident: None, test_fire });
    }

    /// A trace of a serial number, with nothing else in it.
    pub fn trace(&mut self, trace: &str, serial: &str) {
        self.traces.push(TraceRecord::new(TraceId::new(trace), Serial::read(serial)));
    }

    /// A record link on the same serial number.
    pub fn link(&mut self, trace: &str, firearm: &str, decision: Decision) {
        self.record_links.push(RecordLinkInput {
            link: RecordLink {
                firearm: FirearmId::new(firearm),
                trace: TraceId::new(trace),
                decision,
                bits: 9.0,
                probability: 0.998,
                serial: SerialComparison::Exact,
                waterfall: Vec::new(),
                reasons: Vec::new(),
            },
            verdict: None,
        });
    }

    /// A lead between two cases.
    pub fn lead(&mut self, lead: &str, (a, b): (&str, &str), state: BallisticState, log10_lr: Option<f64>) {
        self.ballistic.push(BallisticEdge {
            lead: LeadId::new(lead),
            a: SpecimenId::new(a),
            b: SpecimenId::new(b),
            state,
            log10_lr,
            author: Some("examiner 1".to_owned()),
            at: None,
            evidence: Vec::new(),
        });
    }

    /// The inputs of the graph.
    #[must_use]
    pub fn input(&self) -> GraphInput<'_> {
        GraphInput {
            incidents: &self.incidents,
            specimens: &self.specimens,
            ballistic: &self.ballistic,
            firearms: &self.firearms,
            traces: &self.traces,
            record_links: &self.record_links,
            registers: Registers {
                test_fires: &self.test_fires,
                custody: &self.custody,
                transactions: &self.transactions,
            },
        }
    }

    /// The graph.
    ///
    /// # Errors
    /// An edge to something that is not there.
    pub fn build(&self) -> Result<LinkGraph, TraceError> {
        LinkGraph::build(&self.input())
    }
}
