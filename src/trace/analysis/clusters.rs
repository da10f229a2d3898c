//! Clusters over time: when each was first and last seen, how it grew, where.

use crate::date::{DaySpan, PartialDate};
use crate::ids::{FirearmId, IncidentId, SpecimenId};
use crate::trace::graph::{EdgeStatus, IncidentInput, LinkGraph};
use crate::trace::text::fold;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// One more incident of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Growth {
    /// The incident.
    pub incident: IncidentId,
    /// When.
    pub date: PartialDate,
    /// Where, as the record says.
    pub place: String,
    /// Dated incidents so far, this one with them.
    pub so_far: usize,
}

/// A cluster over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterHistory {
    /// Its first specimen, by which it is called.
    pub cluster: SpecimenId,
    /// Confirmed where hits and test fires alone hold it together.
    pub status: EdgeStatus,
    /// Cases in it, test fires included.
    pub specimens: usize,
    /// Firearms whose test fires are in it.
    pub firearms: Vec<FirearmId>,
    /// Earliest incident.
    pub first_seen: Option<PartialDate>,
    /// Latest incident.
    pub last_seen: Option<PartialDate>,
    /// Days from the earliest to the latest incident; an interval where days are not known.
    pub span: Option<DaySpan>,
    /// Its dated incidents in the order of their first possible days.
    pub growth: Vec<Growth>,
    /// Incidents whose date is not known, ascending.
    pub undated: Vec<IncidentId>,
    /// Places of its incidents with how many incidents each, by name; one spelling stands for all that fold alike.
    pub places: BTreeMap<String, usize>,
    /// Incidents a year, over the years in which the incident surely was; others are not counted here.
    pub by_year: BTreeMap<i16, usize>,
}

/// The history of every cluster with incidents: the most incidents first, then the latest seen.
#[must_use]
pub fn cluster_histories(graph: &LinkGraph, incidents: &[IncidentInput]) -> Vec<ClusterHistory> {
    let known: HashMap<&IncidentId, &IncidentInput> = incidents.iter().map(|i| (&i.incident, i)).collect();
    let mut histories: Vec<ClusterHistory> = graph
        .clusters
        .iter()
        .filter(|c| !c.incidents.is_empty())
        .filter_map(|cluster| {
            let mut dated: Vec<(&IncidentInput, PartialDate)> = Vec::new();
            let mut undated = Vec::new();
            let mut places: BTreeMap<String, (String, usize)> = BTreeMap::new();
            let mut by_year: BTreeMap<i16, usize> = BTreeMap::new();
            for incident in cluster.incidents.iter().filter_map(|i| known.get(i)) {
                match incident.date {
                    Some(date) => dated.push((incident, date)),
                    None => undated.push(incident.incident.clone()),
                }
                if let Some(date) = incident.date.filter(|d| d.first().year() == d.last().year()) {
                    *by_year.entry(date.first().year()).or_default() += 1;
                }
                if !incident.place.is_empty() {
                    let name = incident.place.to_string();
                    places.entry(fold(&name)).or_insert_with(|| (name, 0)).1 += 1;
                }
            }
            dated.sort_by(|a, b| {
                (a.1.first(), a.1.last(), &a.0.incident).cmp(&(b.1.first(), b.1.last(), &b.0.incident))
            });
            let growth = dated.iter().enumerate().map(|(n, (incident, date))| Growth {
                incident: incident.incident.clone(),
                date: *date,
                place: incident.place.to_string(),
                so_far: n + 1,
            });
            Some(ClusterHistory {
                cluster: cluster.specimens.first()?.clone(),
                status: cluster.status,
                specimens: cluster.specimens.len(),
                firearms: cluster.firearms.clone(),
                first_seen: cluster.first_seen,
                last_seen: cluster.last_seen,
                span: span(dated.iter().map(|(_, d)| *d)),
                growth: growth.collect(),
                undated,
                places: places.into_values().collect(),
                by_year,
            })
        })
        .collect();
    histories.sort_by(|a, b| {
        let size = |h: &ClusterHistory| h.growth.len() + h.undated.len();
        let last = |h: &ClusterHistory| h.last_seen.map(PartialDate::last);
        size(b).cmp(&size(a)).then_with(|| last(b).cmp(&last(a))).then_with(|| a.cluster.cmp(&b.cluster))
    });
    histories
}

/// Days from the earliest to the latest of several dates, whichever days they are.
fn span(dates: impl Iterator<Item = PartialDate> + Clone) -> Option<DaySpan> {
    let earliest = (dates.clone().map(PartialDate::first).min()?, dates.clone().map(PartialDate::last).min()?);
    let latest = (dates.clone().map(PartialDate::first).max()?, dates.map(PartialDate::last).max()?);
    let least = PartialDate::from(earliest.1).days_until(latest.0.into()).least.max(0);
    let most = PartialDate::from(earliest.0).days_until(latest.1.into()).most;
    Some(DaySpan { least, most })
}
