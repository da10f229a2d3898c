//! What the joined records say against each other, and what they tell of each gun.

use super::inputs::BallisticState;
use super::ordered::Ordered;
use super::reach::Path;
use super::registers;
use super::separation::Separation;
use super::{Cluster, EdgeStatus, GunSummary};
use crate::ids::{FirearmId, IncidentId, SpecimenId, TraceId};
use crate::trace::conflict::{Conflict, ConflictKind};
use crate::trace::custody::{LinkedShooting, chain_of_sale, first_purchase, shown_trace, time_to_first_shooting};
use crate::trace::{FirearmRecord, PartialDate, TraceRecord};
use std::collections::{BTreeMap, BTreeSet};

/// What the join tells of each firearm, ascending.
pub(super) fn guns(input: &Ordered<'_>, paths: &[Path<'_>]) -> Vec<GunSummary> {
    let mut linked: BTreeMap<&FirearmId, BTreeMap<&IncidentId, bool>> = BTreeMap::new();
    for path in paths {
        if let Some(incident) = &input.specimens[path.start].incident {
            *linked.entry(path.firearm).or_default().entry(incident).or_default() |=
                path.status == EdgeStatus::Confirmed;
        }
    }
    input.firearms.iter().map(|f| gun(input, f, linked.remove(&f.firearm).unwrap_or_default())).collect()
}

fn gun(input: &Ordered<'_>, firearm: &FirearmRecord, linked: BTreeMap<&IncidentId, bool>) -> GunSummary {
    let records = input.joined(&firearm.firearm);
    let (mut shootings, mut undated_shootings) = (Vec::new(), Vec::new());
    for (incident, confirmed) in linked {
        match input.date(incident) {
            Some(date) => shootings.push(LinkedShooting { incident: incident.clone(), date, confirmed }),
            None => undated_shootings.push(incident.clone()),
        }
    }
    shootings.sort_by_key(|s| (s.date.first(), s.incident.clone()));
    let disputed = records.iter().enumerate().any(|(n, a)| records[n + 1..].iter().any(|b| different_purchasers(a, b)));
    let shown = shown_trace(records.iter().copied());
    // Where purchasers are disputed no purchase is the gun's, and no time runs from one.
    let purchased = shown.filter(|_| !disputed).and_then(first_purchase).and_then(|p| p.date);
    let (confirmed, unconfirmed) = purchased.map_or((None, None), |date| time_to_first_shooting(date, &shootings));
    GunSummary {
        firearm: firearm.firearm.clone(),
        traces: records.iter().map(|r| r.trace.clone()).collect(),
        shown_trace: shown.map(|t| t.trace.clone()),
        purchasers_disputed: disputed,
        time_to_crime: shown.filter(|_| !disputed).and_then(|t| chain_of_sale(t).time_to_crime),
        shootings,
        undated_shootings,
        to_first_confirmed_shooting: confirmed,
        to_first_unconfirmed_shooting: unconfirmed,
    }
}

fn different_purchasers(a: &TraceRecord, b: &TraceRecord) -> bool {
    let name = |t| first_purchase(t).and_then(|p| p.purchaser);
    name(a).zip(name(b)).and_then(|(a, b)| a.same_name(&b)) == Some(false)
}

/// All contradictions, the hardest first.
pub(super) fn find(
    input: &Ordered<'_>,
    clusters: &[Cluster],
    separations: &[Separation],
    guns: &[GunSummary],
) -> Vec<Conflict> {
    let mut found = Vec::new();
    for separation in separations {
        let subjects: Vec<String> = separation.firearms.iter().map(ToString::to_string).collect();
        found.push(Conflict::new(ConflictKind::TwoGunsOneCluster, subjects, &separation.text.en, &separation.text.es));
    }
    of_clusters(input, clusters, &mut found);
    of_claims(input, &mut found);
    registers::of_test_fires(input, &mut found);
    for (firearm, gun) in input.firearms.iter().zip(guns) {
        of_gun(input, firearm, gun, &mut found);
        registers::of_gun(input, firearm, gun, &mut found);
    }
    found.sort_by(|a, b| {
        b.severity.cmp(&a.severity).then_with(|| a.kind.cmp(&b.kind)).then_with(|| a.subjects.cmp(&b.subjects))
    });
    found.dedup();
    found
}

fn of_clusters(input: &Ordered<'_>, clusters: &[Cluster], found: &mut Vec<Conflict>) {
    let mut cluster_of: BTreeMap<&SpecimenId, usize> = BTreeMap::new();
    for (n, cluster) in clusters.iter().enumerate() {
        cluster_of.extend(cluster.specimens.iter().map(|s| (s, n)));
    }
    for edge in input.ballistic.iter().filter(|e| e.state == BallisticState::Excluded) {
        if let (Some(a), Some(b)) = (cluster_of.get(&edge.a), cluster_of.get(&edge.b))
            && a == b
        {
            let subjects = vec![edge.a.to_string(), edge.b.to_string()];
            let (en, es) = (format!("{} and {}", edge.a, edge.b), format!("{} y {}", edge.a, edge.b));
            found.push(Conflict::new(ConflictKind::ExcludedWithinCluster, subjects, &en, &es));
        }
    }
}

fn of_claims(input: &Ordered<'_>, found: &mut Vec<Conflict>) {
    let mut claims: BTreeMap<&TraceId, BTreeSet<&FirearmId>> = BTreeMap::new();
    for linked in &input.record_links {
        // A claim that waits for a person is a claim too where the number itself is the same.
        let waits = linked.status() == Some(EdgeStatus::UnderReview)
            && linked.link.serial == crate::trace::serial::SerialComparison::Exact;
        if linked.joined() || waits {
            claims.entry(&linked.link.trace).or_default().insert(&linked.link.firearm);
        }
    }
    for (trace, firearms) in claims.into_iter().filter(|(_, f)| f.len() > 1) {
        let names: Vec<String> = firearms.iter().map(ToString::to_string).collect();
        let detail = format!("{trace}: {}", names.join(", "));
        let subjects = std::iter::once(trace.to_string()).chain(names).collect();
        found.push(Conflict::new(ConflictKind::TraceClaimedTwice, subjects, &detail, &detail));
    }
}

fn of_gun(input: &Ordered<'_>, firearm: &FirearmRecord, gun: &GunSummary, found: &mut Vec<Conflict>) {
    let records = input.joined(&firearm.firearm);
    let id = firearm.firearm.to_string();
    for record in &records {
        found.extend(chain_of_sale(record).conflicts);
    }
    if gun.purchasers_disputed {
        let subjects = std::iter::once(id.clone()).chain(gun.traces.iter().map(ToString::to_string)).collect();
        let names = gun.traces.iter().map(TraceId::as_str).collect::<Vec<_>>().join(", ");
        found.push(Conflict::new(ConflictKind::PurchasersDiffer, subjects, &names, &names));
    }
    let frames = std::iter::once(&firearm.serial).chain(records.iter().map(|r| &r.serial));
    let slides = firearm.slide_serial.iter().chain(records.iter().filter_map(|r| r.slide_serial.as_ref()));
    let frames: Vec<_> = frames.filter(|s| s.is_number()).collect();
    for slide in slides.filter(|s| s.is_number()) {
        if !frames.is_empty() && frames.iter().all(|frame| frame.normal != slide.normal) {
            let (en, es) = (
                format!("slide {slide}, frame {}: the breech mark follows the slide, the trace the frame", frames[0]),
                format!(
                    "corredera {slide}, armazón {}: la marca sigue a la corredera, el rastreo al armazón",
                    frames[0]
                ),
            );
            found.push(Conflict::new(ConflictKind::SlideSerialDiffers, vec![id.clone()], &en, &es));
        }
    }
    let mut recoveries: Vec<PartialDate> =
        firearm.recovered_on.into_iter().chain(records.iter().filter_map(|r| r.recovered_on)).collect();
    recoveries.sort();
    let again = recoveries.windows(2).any(|pair| pair[0].surely_before(pair[1]));
    let last = recoveries.iter().max_by_key(|d| d.last()).copied();
    if let (true, Some(first), Some(last)) = (again, recoveries.first(), last) {
        let (en, es) = (format!("{id}, {first} and {last}"), format!("{id}, {first} y {last}"));
        found.push(Conflict::new(ConflictKind::RecoveredAgain, vec![id.clone()], &en, &es));
    }
    // Where purchasers are disputed no purchase date is the gun's.
    let shown = records.iter().find(|r| Some(&r.trace) == gun.shown_trace.as_ref() && !gun.purchasers_disputed);
    let purchased = shown.and_then(|t| first_purchase(t)).and_then(|p| p.date);
    for shooting in &gun.shootings {
        let subjects = || vec![id.clone(), shooting.incident.to_string()];
        let date = shooting.date;
        // Only the last recovery ends its time in the street; between two it was returned.
        if let Some(last) = last.filter(|last| last.surely_before(date)) {
            let (en, es) = (
                format!("{id} recovered {last}, {} on {date}", shooting.incident),
                format!("{id} asegurada {last}, {} el {date}", shooting.incident),
            );
            found.push(Conflict::new(ConflictKind::ShootingAfterRecovery, subjects(), &en, &es));
        }
        if let Some(purchased) = purchased.filter(|p| date.surely_before(*p)) {
            let (en, es) = (
                format!("{} on {date}, {id} purchased {purchased}", shooting.incident),
                format!("{} el {date}, {id} comprada {purchased}", shooting.incident),
            );
            found.push(Conflict::new(ConflictKind::ShootingBeforePurchase, subjects(), &en, &es));
        }
    }
}
