//! What the joined records say against each other, and what they tell of each gun.

use super::inputs::{BallisticState, GraphInput};
use super::reach::Path;
use super::{Cluster, EdgeStatus, GunSummary};
use crate::ids::{FirearmId, IncidentId, SpecimenId, TraceId};
use crate::trace::conflict::{Conflict, ConflictKind};
use crate::trace::custody::{LinkedShooting, chain_of_sale, first_purchase, shown_trace, time_to_first_shooting};
use crate::trace::{FirearmRecord, PartialDate, TraceRecord};
use std::collections::{BTreeMap, BTreeSet};

/// Records joined to a firearm, automatically or by a person.
fn joined<'a>(input: &GraphInput<'a>, firearm: &FirearmId) -> Vec<&'a TraceRecord> {
    let ids: BTreeSet<&TraceId> =
        input.record_links.iter().filter(|l| l.joined() && l.link.firearm == *firearm).map(|l| &l.link.trace).collect();
    if ids.is_empty() {
        return Vec::new();
    }
    input.traces.iter().filter(|t| ids.contains(&t.trace)).collect()
}

/// What the join tells of each firearm, ascending.
pub(super) fn guns(input: &GraphInput<'_>, paths: &[Path<'_>]) -> Vec<GunSummary> {
    let dates: BTreeMap<&IncidentId, PartialDate> =
        input.incidents.iter().filter_map(|i| i.date.map(|d| (&i.incident, d))).collect();
    let mut guns: Vec<GunSummary> = input
        .firearms
        .iter()
        .map(|firearm| {
            let records = joined(input, &firearm.firearm);
            let mut linked: BTreeMap<&IncidentId, bool> = BTreeMap::new();
            for path in paths.iter().filter(|p| *p.firearm == firearm.firearm) {
                if let Some(incident) = &path.start.incident {
                    *linked.entry(incident).or_default() |= path.status == EdgeStatus::Confirmed;
                }
            }
            let mut shootings: Vec<LinkedShooting> = linked
                .into_iter()
                .filter_map(|(incident, confirmed)| {
                    dates.get(incident).map(|date| LinkedShooting {
                        incident: incident.clone(),
                        date: *date,
                        confirmed,
                    })
                })
                .collect();
            shootings.sort_by_key(|s| (s.date.first(), s.incident.clone()));
            let disputed =
                records.iter().enumerate().any(|(n, a)| records[n + 1..].iter().any(|b| different_purchasers(a, b)));
            let shown = shown_trace(records.iter().copied());
            let purchased = shown.and_then(first_purchase).and_then(|p| p.date);
            let (confirmed, unconfirmed) =
                purchased.map_or((None, None), |date| time_to_first_shooting(date, &shootings));
            let mut traces: Vec<TraceId> = records.iter().map(|r| r.trace.clone()).collect();
            traces.sort();
            GunSummary {
                firearm: firearm.firearm.clone(),
                traces,
                shown_trace: shown.map(|t| t.trace.clone()),
                purchasers_disputed: disputed,
                time_to_crime: shown.and_then(|t| chain_of_sale(t).time_to_crime),
                shootings,
                to_first_confirmed_shooting: confirmed,
                to_first_unconfirmed_shooting: unconfirmed,
            }
        })
        .collect();
    guns.sort_by(|a, b| a.firearm.cmp(&b.firearm));
    guns
}

fn different_purchasers(a: &TraceRecord, b: &TraceRecord) -> bool {
    let name = |t| first_purchase(t).and_then(|p| p.purchaser);
    name(a).zip(name(b)).and_then(|(a, b)| a.same_name(&b)) == Some(false)
}

/// All contradictions, the hardest first.
pub(super) fn find(input: &GraphInput<'_>, clusters: &[Cluster], guns: &[GunSummary]) -> Vec<Conflict> {
    let mut found = Vec::new();
    of_clusters(input, clusters, &mut found);
    of_claims(input, &mut found);
    let summaries: BTreeMap<&FirearmId, &GunSummary> = guns.iter().map(|g| (&g.firearm, g)).collect();
    for firearm in input.firearms {
        if let Some(gun) = summaries.get(&firearm.firearm) {
            of_gun(input, firearm, gun, &mut found);
        }
    }
    found.sort_by(|a, b| {
        b.severity.cmp(&a.severity).then_with(|| a.kind.cmp(&b.kind)).then_with(|| a.subjects.cmp(&b.subjects))
    });
    found.dedup();
    found
}

fn of_clusters(input: &GraphInput<'_>, clusters: &[Cluster], found: &mut Vec<Conflict>) {
    let mut cluster_of: BTreeMap<&SpecimenId, usize> = BTreeMap::new();
    for (n, cluster) in clusters.iter().enumerate() {
        cluster_of.extend(cluster.specimens.iter().map(|s| (s, n)));
        if cluster.firearms.len() > 1 {
            let subjects: Vec<String> = cluster.firearms.iter().map(ToString::to_string).collect();
            let names = subjects.join(", ");
            found.push(Conflict::new(ConflictKind::TwoGunsOneCluster, subjects, &names, &names));
        }
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

fn of_claims(input: &GraphInput<'_>, found: &mut Vec<Conflict>) {
    let mut claims: BTreeMap<&TraceId, BTreeSet<&FirearmId>> = BTreeMap::new();
    for linked in input.record_links {
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

fn of_gun(input: &GraphInput<'_>, firearm: &FirearmRecord, gun: &GunSummary, found: &mut Vec<Conflict>) {
    let records = joined(input, &firearm.firearm);
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
