//! The inputs in one fixed order with the ways to look them up: what is built from them never depends on the order given.

use super::inputs::{BallisticEdge, GraphInput, IncidentInput, RecordLinkInput, SpecimenInput};
use super::registers::{TransactionInput, custody_in_order, transactions_in_order};
use crate::ids::{FirearmId, IncidentId, SpecimenId, TraceId};
use crate::trace::stored::Written;
use crate::trace::{CustodyRecord, FirearmRecord, PartialDate, TestFireRecord, TraceRecord};
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
    /// Ascending by specimen and firearm.
    pub test_fires: Vec<&'a TestFireRecord>,
    /// By item, then in the order of time.
    pub custody: Vec<&'a CustodyRecord>,
    /// By firearm, then in the order of time.
    pub transactions: Vec<&'a TransactionInput>,
    tested: HashMap<&'a FirearmId, Vec<&'a TestFireRecord>>,
    handed: HashMap<&'a FirearmId, Vec<&'a CustodyRecord>>,
    sold: HashMap<&'a FirearmId, Vec<&'a TransactionInput>>,
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
        let mut test_fires: Vec<_> = input.registers.test_fires.iter().collect();
        test_fires.sort_by_cached_key(|t| (t.specimen.clone(), t.firearm.clone(), Written::of(*t).content));
        let custody = custody_in_order(input.registers.custody);
        let transactions = transactions_in_order(input.registers.transactions);
        let mut tested: HashMap<_, Vec<_>> = HashMap::new();
        test_fires.iter().for_each(|t| tested.entry(&t.firearm).or_default().push(*t));
        let mut handed: HashMap<_, Vec<_>> = HashMap::new();
        custody.iter().for_each(|c| c.firearm.iter().for_each(|f| handed.entry(f).or_default().push(*c)));
        let mut sold: HashMap<_, Vec<_>> = HashMap::new();
        transactions.iter().for_each(|t| sold.entry(&t.firearm).or_default().push(*t));
        let places = specimens.iter().enumerate().map(|(n, s)| (&s.specimen, n)).collect();
        let dates = incidents.iter().filter_map(|i| i.date.map(|d| (&i.incident, d))).collect();
        let traces = input.traces.iter().map(|t| (&t.trace, t)).collect();
        Self {
            incidents,
            specimens,
            ballistic,
            firearms,
            traces,
            record_links,
            test_fires,
            custody,
            transactions,
            tested,
            handed,
            sold,
            places,
            dates,
        }
    }

    /// Where a specimen stands in the order.
    pub(super) fn place(&self, specimen: &SpecimenId) -> Option<usize> {
        self.places.get(specimen).copied()
    }

    /// When an incident was, as far as known.
    pub(super) fn date(&self, incident: &IncidentId) -> Option<PartialDate> {
        self.dates.get(incident).copied()
    }

    /// What the register of test fires says of a firearm.
    pub(super) fn test_fires_of(&self, firearm: &FirearmId) -> &[&'a TestFireRecord] {
        self.tested.get(firearm).map_or(&[], Vec::as_slice)
    }

    /// The transfers of a firearm in the order of time.
    pub(super) fn custody_of(&self, firearm: &FirearmId) -> &[&'a CustodyRecord] {
        self.handed.get(firearm).map_or(&[], Vec::as_slice)
    }

    /// The transactions of a firearm in the order of time.
    pub(super) fn transactions_of(&self, firearm: &FirearmId) -> &[&'a TransactionInput] {
        self.sold.get(firearm).map_or(&[], Vec::as_slice)
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
