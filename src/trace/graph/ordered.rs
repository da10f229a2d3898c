//! The inputs in one fixed order with the ways to look them up: what is built from them never depends on the order given.

use super::inputs::{BallisticEdge, GraphInput, IncidentInput, RecordLinkInput, SpecimenInput};
use crate::ids::{FirearmId, IncidentId, SpecimenId, TraceId};
use crate::trace::{FirearmRecord, PartialDate, TraceRecord};
use std::collections::{BTreeMap, HashMap};

/// Inputs ascending by their identifiers.
pub(super) struct Ordered<'a> {
    pub incidents: Vec<&'a IncidentInput>,
    pub specimens: Vec<&'a SpecimenInput>,
    /// Ascending by lead, then by the time of the last step: a lead that was withdrawn and made again stands twice.
    pub ballistic: Vec<&'a BallisticEdge>,
    pub firearms: Vec<&'a FirearmRecord>,
    pub traces: BTreeMap<&'a TraceId, &'a TraceRecord>,
    /// Ascending by firearm and trace.
    pub record_links: Vec<&'a RecordLinkInput>,
    places: HashMap<&'a SpecimenId, usize>,
    dates: HashMap<&'a IncidentId, PartialDate>,
}

impl<'a> Ordered<'a> {
    pub(super) fn of(input: &GraphInput<'a>) -> Self {
        let mut incidents: Vec<_> = input.incidents.iter().collect();
        incidents.sort_by(|a, b| a.incident.cmp(&b.incident));
        let mut specimens: Vec<_> = input.specimens.iter().collect();
        specimens.sort_by(|a, b| a.specimen.cmp(&b.specimen));
        let mut ballistic: Vec<_> = input.ballistic.iter().collect();
        ballistic.sort_by(|a, b| {
            let key = |e: &'a BallisticEdge| (&e.lead, e.at, e.state, &e.a, &e.b);
            key(a).cmp(&key(b)).then_with(|| a.log10_lr.partial_cmp(&b.log10_lr).unwrap_or(std::cmp::Ordering::Equal))
        });
        let mut firearms: Vec<_> = input.firearms.iter().collect();
        firearms.sort_by(|a, b| a.firearm.cmp(&b.firearm));
        let mut record_links: Vec<_> = input.record_links.iter().collect();
        record_links.sort_by(|a, b| (&a.link.firearm, &a.link.trace).cmp(&(&b.link.firearm, &b.link.trace)));
        let places = specimens.iter().enumerate().map(|(n, s)| (&s.specimen, n)).collect();
        let dates = incidents.iter().filter_map(|i| i.date.map(|d| (&i.incident, d))).collect();
        let traces = input.traces.iter().map(|t| (&t.trace, t)).collect();
        Self { incidents, specimens, ballistic, firearms, traces, record_links, places, dates }
    }

    /// Where a specimen stands in the order.
    pub(super) fn place(&self, specimen: &SpecimenId) -> Option<usize> {
        self.places.get(specimen).copied()
    }

    /// When an incident was, as far as known.
    pub(super) fn date(&self, incident: &IncidentId) -> Option<PartialDate> {
        self.dates.get(incident).copied()
    }

    /// The record links of a firearm, ascending by trace.
    pub(super) fn links_of(&self, firearm: &FirearmId) -> &[&'a RecordLinkInput] {
        let from = self.record_links.partition_point(|l| l.link.firearm < *firearm);
        let until = self.record_links.partition_point(|l| l.link.firearm <= *firearm);
        &self.record_links[from..until]
    }

    /// Records joined to a firearm, automatically or by a person, ascending.
    pub(super) fn joined(&self, firearm: &FirearmId) -> Vec<&'a TraceRecord> {
        let mut records: Vec<&TraceRecord> = self
            .links_of(firearm)
            .iter()
            .filter(|l| l.joined())
            .filter_map(|l| self.traces.get(&l.link.trace).copied())
            .collect();
        records.dedup_by(|a, b| a.trace == b.trace);
        records
    }
}
