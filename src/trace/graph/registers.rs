//! The registers in the graph: who fired which case from which firearm and when, who handed it to whom, who sold it to whom.
//!
//! A transfer of custody is two dated edges from the item, to the hands that gave it and to those that took it; a transaction
//! likewise. What the registers say against casework and traces is a contradiction, and a stretch that nobody accounts for a gap.

use super::assemble::Desk;
use super::ordered::Ordered;
use super::{Confidence, EdgeKind, EdgeStatus, GunSummary, NodeId, NodeKind, PartyRole};
use crate::ids::FirearmId;
use crate::trace::conflict::{Conflict, ConflictKind};
use crate::trace::custody::{first_purchase, shown_trace};
use crate::trace::stored::Written;
use crate::trace::{
    CustodyRecord, Disposition, DispositionKind, FirearmRecord, PartialDate, PartyName, Personal, TestFireRecord,
    TransactionRecord,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The registers beside the traces.
#[derive(Debug, Clone, Copy, Default)]
pub struct Registers<'a> {
    /// Test fires.
    pub test_fires: &'a [TestFireRecord],
    /// Transfers of items from hand to hand.
    pub custody: &'a [CustodyRecord],
    /// Transactions that were found to be of a firearm of the register.
    pub transactions: &'a [TransactionInput],
}

/// A transaction and the firearm that it is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransactionInput {
    /// The firearm.
    pub firearm: FirearmId,
    /// Whether it can only be that one: the serial number is the same and no other firearm of the transactions fits.
    pub sure: bool,
    /// The transaction.
    pub record: TransactionRecord,
}

/// The node that a transfer is about: the firearm it names, else the cartridge case or other item that it numbers.
pub(super) fn item_of(input: &Ordered<'_>, record: &CustodyRecord) -> Option<NodeId> {
    if let Some(firearm) = &record.firearm {
        return Some(NodeId::new(NodeKind::Firearm, firearm));
    }
    let specimen = crate::ids::SpecimenId::new(record.item.as_deref()?);
    let at = input.place(&specimen)?;
    let kind = if input.specimens[at].test_fire.is_some() { NodeKind::TestFire } else { NodeKind::Specimen };
    Some(NodeId::new(kind, &specimen))
}

/// Transfers in the order of time; those of one day by the hour as written, and where there is none in the order of the
/// rows of the register. What they say decides last, so that names order nothing that rows do.
#[must_use]
pub fn custody_in_order<'a>(records: impl IntoIterator<Item = &'a CustodyRecord>) -> Vec<&'a CustodyRecord> {
    let mut all: Vec<&CustodyRecord> = records.into_iter().collect();
    all.sort_by_cached_key(|r| {
        let row = r.source.as_ref().map(|s| (s.file.clone(), s.rows.clone()));
        let item = (r.firearm.clone(), r.item.clone());
        (item, r.date.first(), r.date.last(), r.time.clone(), row, Written::of(*r).content)
    });
    all.dedup();
    all
}

/// Whether nobody accounts for the item between two transfers that follow one another: another person hands it over than the
/// one that took it. `None` where it is not recorded who handed it over.
#[must_use]
pub fn custody_breaks(before: &CustodyRecord, after: &CustodyRecord) -> Option<bool> {
    before.to.same_name(after.from.as_ref()?).map(|same| !same)
}

/// Puts the registers into the graph.
pub(super) fn enter(desk: &mut Desk, input: &Ordered<'_>) {
    let mut known = desk.places_of(EdgeKind::TestFireCustody);
    for record in &input.test_fires {
        test_fire(desk, input, record, &mut known);
    }
    for record in &input.custody {
        let Some(item) = item_of(input, record) else { continue };
        let mut evidence = super::assemble::rows_of(&record.source);
        evidence.extend(record.reason.iter().cloned());
        for (kind, person) in
            [(EdgeKind::CustodyGiven, record.from.as_ref()), (EdgeKind::CustodyTaken, Some(&record.to))]
        {
            if let Some(party) = person.and_then(|p| desk.person(p, PartyRole::Custodian)) {
                desk.recorded(kind, item.clone(), party, evidence.clone()).date = Some(record.date);
            }
        }
    }
    for one in &input.transactions {
        transaction(desk, one);
    }
}

/// Author and time of the edge that casework has; the edge itself, and the case, where only the register knows of it.
fn test_fire(desk: &mut Desk, input: &Ordered<'_>, record: &TestFireRecord, places: &mut HashMap<NodeId, usize>) {
    let firearm = NodeId::new(NodeKind::Firearm, &record.firearm);
    let known = input.place(&record.specimen).map(|at| input.specimens[at]);
    // What casework says otherwise stands; the register's word is a contradiction and no second edge.
    let agrees = known.is_none_or(|s| s.test_fire.as_ref().is_some_and(|t| t.firearm == record.firearm));
    if !agrees {
        return;
    }
    let author = record.fired_by.as_ref().and_then(|name| desk.number_of(name)).map(|n| format!("person {n}"));
    let id = desk.node(NodeKind::TestFire, &record.specimen, record.specimen.to_string(), record.fired_on);
    let rows = super::assemble::rows_of(&record.source);
    let at = *places
        .entry(id.clone())
        .or_insert_with(|| desk.recorded(EdgeKind::TestFireCustody, id, firearm, Vec::new()).id);
    let Some(edge) = desk.edge_at(at) else { return };
    edge.author = edge.author.take().or(author);
    edge.date = edge.date.or(record.fired_on);
    edge.evidence.extend(rows);
}

fn transaction(desk: &mut Desk, one: &TransactionInput) {
    let record = &one.record;
    let firearm = NodeId::new(NodeKind::Firearm, &one.firearm);
    let mut evidence = super::assemble::rows_of(&record.source);
    evidence.extend(record.document.iter().cloned());
    let side = |kind: DispositionKind, name: &PartyName, ffl| Disposition {
        kind,
        name: Some(name.clone()),
        place: Default::default(),
        ffl,
        date: Some(record.date),
    };
    let other = DispositionKind::Other(String::new());
    let from =
        record.from.as_ref().map(|name| side(record.from_kind.clone().unwrap_or(other), name, record.from_ffl.clone()));
    let to = side(record.to_kind.clone(), &record.to, record.to_ffl.clone());
    for (kind, side) in [(EdgeKind::TransferredBy, from), (EdgeKind::AcquiredBy, Some(to))] {
        let Some(party) = side.and_then(|s| desk.party(&s)) else { continue };
        let edge = desk.recorded(kind, firearm.clone(), party, evidence.clone());
        edge.date = Some(record.date);
        // The record states who sold to whom; that it was this firearm is the program's reading of a serial number.
        edge.status = if one.sure { EdgeStatus::Automatic } else { EdgeStatus::UnderReview };
        edge.confidence = Confidence::NotMeasured;
        edge.author = Some("brasslink".to_owned());
    }
}

/// The persons that the registers name, in the order of the edges that lead to them: for whoever may see the names.
#[must_use]
pub fn persons_of_transfers<'a>(
    custody: impl IntoIterator<Item = &'a CustodyRecord>,
    transactions: impl IntoIterator<Item = &'a TransactionInput>,
) -> (Vec<Personal<String>>, Vec<Personal<String>>) {
    let hands = custody_in_order(custody).into_iter().flat_map(|r| r.from.iter().chain([&r.to]));
    let hands = hands.filter(|p| p.name_key().is_some()).cloned().collect();
    let traders =
        transactions_in_order(transactions).into_iter().flat_map(|t| t.record.from.iter().chain([&t.record.to]));
    let traders = traders.filter_map(|name| match name {
        PartyName::Person(name) => Some(name.clone()),
        PartyName::Business(_) => None,
    });
    (hands, traders.filter(|p| p.name_key().is_some()).collect())
}

/// Transactions in the order of time, by firearm.
pub(super) fn transactions_in_order<'a>(
    all: impl IntoIterator<Item = &'a TransactionInput>,
) -> Vec<&'a TransactionInput> {
    let mut all: Vec<&TransactionInput> = all.into_iter().collect();
    all.sort_by_cached_key(|t| {
        (t.firearm.clone(), t.record.date.first(), t.record.date.last(), Written::of(&t.record).content)
    });
    all.dedup();
    all
}

/// What the registers say against casework: a test fire of another firearm, or of evidence from a scene.
pub(super) fn of_test_fires(input: &Ordered<'_>, found: &mut Vec<Conflict>) {
    for record in &input.test_fires {
        let Some(at) = input.place(&record.specimen) else { continue };
        let specimen = input.specimens[at];
        let other = match (&specimen.test_fire, &specimen.incident) {
            (Some(test), _) if test.firearm == record.firearm => continue,
            (Some(test), _) => test.firearm.to_string(),
            (None, Some(incident)) => incident.to_string(),
            (None, None) => continue,
        };
        let subjects = vec![record.specimen.to_string(), record.firearm.to_string(), other.clone()];
        let (en, es) = (
            format!("{}: register {}, casework {other}", record.specimen, record.firearm),
            format!("{}: registro {}, expediente {other}", record.specimen, record.firearm),
        );
        found.push(Conflict::new(ConflictKind::TestFireOfAnother, subjects, &en, &es));
    }
}

/// What the registers say of one firearm against its recoveries, its traces and the shootings it is joined to.
pub(super) fn of_gun(input: &Ordered<'_>, firearm: &FirearmRecord, gun: &GunSummary, found: &mut Vec<Conflict>) {
    let id = firearm.firearm.to_string();
    let traces = input.joined(&firearm.firearm);
    let recoveries = firearm.recovered_on.into_iter().chain(traces.iter().filter_map(|t| t.recovered_on));
    let recoveries: Vec<PartialDate> = recoveries.collect();
    let first = recoveries.iter().min_by_key(|d| (d.first(), d.last())).copied();
    for record in input.test_fires_of(&firearm.firearm) {
        if let Some((fired, recovered)) = record.fired_on.zip(first).filter(|(f, r)| f.surely_before(*r)) {
            let subjects = vec![id.clone(), record.specimen.to_string()];
            let (en, es) = (
                format!("{} fired {fired}, {id} recovered {recovered}", record.specimen),
                format!("{} disparado {fired}, {id} asegurada {recovered}", record.specimen),
            );
            found.push(Conflict::new(ConflictKind::TestFireBeforeRecovery, subjects, &en, &es));
        }
    }
    let hands = input.custody_of(&firearm.firearm);
    of_hands(&id, hands, gun, found);
    let taken = hands.first().map(|r| r.date);
    let last = recoveries.iter().max_by_key(|d| d.last()).copied().or(taken);
    let own = input.transactions_of(&firearm.firearm).iter().filter(|t| t.sure);
    for one in own {
        let date = one.record.date;
        if let Some(recovered) = last.filter(|r| r.surely_before(date)) {
            let (en, es) = (
                format!("{id} recovered {recovered}, sold {date}"),
                format!("{id} asegurada {recovered}, vendida {date}"),
            );
            found.push(Conflict::new(ConflictKind::SoldAfterRecovery, vec![id.clone()], &en, &es));
        }
        let shown = shown_trace(traces.iter().copied());
        let traced = shown.and_then(first_purchase).and_then(|p| p.purchaser);
        let bought = match &one.record.to {
            PartyName::Person(name) if one.record.to_kind == DispositionKind::FirstPurchaser => Some(name),
            _ => None,
        };
        if let (Some(trace), Some(false)) = (shown, traced.zip(bought).and_then(|(a, b)| a.same_name(b))) {
            let subjects = vec![id.clone(), trace.trace.to_string()];
            let (en, es) = (
                format!("trace {}, transaction of {date}", trace.trace),
                format!("rastreo {}, operación de {date}", trace.trace),
            );
            found.push(Conflict::new(ConflictKind::PurchasersDiffer, subjects, &en, &es));
        }
    }
}

/// The hands a firearm went through: breaks, and shootings while somebody accounts for it.
fn of_hands(id: &str, hands: &[&CustodyRecord], gun: &GunSummary, found: &mut Vec<Conflict>) {
    for pair in hands.windows(2) {
        let [before, after] = pair else { continue };
        let (from, until) = (before.date, after.date);
        let broken = custody_breaks(before, after);
        if broken == Some(true) {
            let (en, es) = (format!("{id}, {from} to {until}"), format!("{id}, {from} a {until}"));
            found.push(Conflict::new(ConflictKind::CustodyGap, vec![id.to_owned()], &en, &es));
            continue;
        }
        for shooting in gun.shootings.iter().filter(|s| from.surely_before(s.date) && s.date.surely_before(until)) {
            let subjects = vec![id.to_owned(), shooting.incident.to_string()];
            let (en, es) = (
                format!("{id} in custody {from} to {until}, {} on {}", shooting.incident, shooting.date),
                format!("{id} en custodia {from} a {until}, {} el {}", shooting.incident, shooting.date),
            );
            let kind =
                if broken.is_none() { ConflictKind::ShootingAfterCustody } else { ConflictKind::ShootingInCustody };
            found.push(Conflict::new(kind, subjects, &en, &es));
        }
    }
    let Some(last) = hands.last().map(|r| r.date) else { return };
    for shooting in gun.shootings.iter().filter(|s| last.surely_before(s.date)) {
        let subjects = vec![id.to_owned(), shooting.incident.to_string()];
        let (en, es) = (
            format!("{id} last handed over {last}, {} on {}", shooting.incident, shooting.date),
            format!("{id} entregada por última vez {last}, {} el {}", shooting.incident, shooting.date),
        );
        found.push(Conflict::new(ConflictKind::ShootingAfterCustody, subjects, &en, &es));
    }
}
