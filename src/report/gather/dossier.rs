//! One firearm with everything around it: link chart, timeline, chain of sale, map, measures, indicators, conflicts.

use super::links::{chart_of, edge_kind, node_kind};
use super::{phrase, when};
use crate::engine::story::Story;
use crate::ids::{FirearmId, IncidentId, SpecimenId};
use crate::language::Language;
use crate::report::chart::{
    ChainItem, ChainOfSale, EdgeKind, Event, EventKind, Flow, Interval, LinkChart, NodeKind, Place, PlaceKind,
    PlaceMap, SaleStep, StepKind, Timeline, Waterfall, WaterfallStep, middle_of,
};
use crate::report::html::{Conflict, Dossier, Indicator, Measure};
use crate::report::view::{EdgeStatus, Name, Phrase};
use crate::trace::catalogue::Places;
use crate::trace::conflict::Severity;
use crate::trace::custody::{ChainStep, chain_of_sale, first_purchase};
use crate::trace::graph;
use crate::trace::linkage::Decision;
use crate::trace::record::PartyName;
use crate::trace::{DispositionKind, FirearmRecord, Personal, Purpose, TraceRecord};
use std::collections::{BTreeMap, BTreeSet};

/// The dossier of a firearm; names of persons are given to the page only for a stated purpose.
#[must_use]
pub fn dossier(story: &Story, firearm: &FirearmId, purpose: Option<&Purpose>) -> Dossier {
    let Some(record) = story.firearms.get(firearm) else { return Dossier::default() };
    let scene = Scene::around(story, firearm);
    let gun = story.graph.guns.iter().find(|g| g.firearm == *firearm);
    let shown = gun.and_then(|g| g.shown_trace.as_ref()).and_then(|t| story.traces.get(t));
    Dossier {
        heading: heading(record),
        summary: summary(story, record, &scene, shown),
        chart: link_chart(story, &scene, purpose),
        timeline: timeline(story, record, &scene, shown, purpose),
        chain: shown.map(|t| chain(t, purpose)).unwrap_or_default(),
        map: map(story, record, &scene, shown),
        waterfalls: waterfalls(story, firearm),
        measures: measures(gun),
        indicators: story
            .indicators
            .iter()
            .filter(|i| i.firearms.contains(firearm))
            .map(|i| Indicator {
                name: Phrase::new(i.rule.name(Language::En), i.rule.name(Language::Es)),
                rule: Phrase::new(format!("rules version {}", i.version), format!("reglas, versión {}", i.version)),
                value: phrase(&i.text),
                records: i.traces.iter().map(ToString::to_string).collect(),
                status: EdgeStatus::Unconfirmed,
            })
            .collect(),
        conflicts: conflicts(story, &scene),
        truth: Phrase::default(),
    }
}

/// What belongs to one firearm's page.
struct Scene {
    firearm: FirearmId,
    specimens: BTreeSet<SpecimenId>,
    incidents: BTreeSet<IncidentId>,
}

impl Scene {
    /// The firearm's test fires, the cases joined to them over leads and hits, and their incidents.
    fn around(story: &Story, firearm: &FirearmId) -> Self {
        let mut specimens: BTreeSet<SpecimenId> = story
            .specimens
            .values()
            .filter(|s| story.exhibits.get(&s.exhibit).and_then(|e| e.origin.firearm()).is_some_and(|f| f == firearm))
            .map(|s| s.id.clone())
            .collect();
        for cluster in story.graph.clusters.iter().filter(|c| c.firearms.contains(firearm)) {
            specimens.extend(cluster.specimens.iter().cloned());
        }
        let incidents = specimens
            .iter()
            .filter_map(|s| story.specimens.get(s))
            .filter_map(|s| story.exhibits.get(&s.exhibit).and_then(|e| e.origin.incident()).cloned())
            .collect();
        Self { firearm: firearm.clone(), specimens, incidents }
    }
}

fn heading(record: &FirearmRecord) -> Phrase {
    let what: Vec<&str> =
        [&record.maker, &record.model, &record.calibre].into_iter().flatten().map(String::as_str).collect();
    let what = what.join(" ");
    Phrase::new(format!("Firearm {} · {what}", record.firearm), format!("Arma {} · {what}", record.firearm))
}

fn summary(story: &Story, record: &FirearmRecord, scene: &Scene, shown: Option<&TraceRecord>) -> Vec<Phrase> {
    let mut lines = Vec::new();
    let hits = scene_leads(story, scene).filter(|l| l.hit().is_some()).count();
    let leads = scene_leads(story, scene).filter(|l| l.state().carries() && l.hit().is_none()).count();
    let counted = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    lines.push(Phrase::new(
        format!(
            "{} joined to this firearm over {} and {}.",
            counted(scene.incidents.len(), "incident is", "incidents are"),
            counted(leads, "unconfirmed lead", "unconfirmed leads"),
            counted(hits, "hit", "hits"),
        ),
        format!(
            "{} a esta arma por {} y {}.",
            counted(scene.incidents.len(), "incidente está unido", "incidentes están unidos"),
            counted(leads, "pista sin confirmar", "pistas sin confirmar"),
            counted(hits, "coincidencia confirmada", "coincidencias confirmadas"),
        ),
    ));
    lines.push(match shown {
        None => Phrase::new("No trace record is linked to it.", "Ningún registro de rastreo está vinculado a ella."),
        Some(trace) => {
            let serial = if record.serial.is_number() { record.serial.raw.clone() } else { "–".to_owned() };
            let end = first_purchase(trace).is_some();
            Phrase::new(
                format!(
                    "Trace {} of serial number {serial} {}.",
                    trace.trace,
                    if end { "reaches a first purchaser" } else { "ends without a purchaser" }
                ),
                format!(
                    "El rastreo {} del número de serie {serial} {}.",
                    trace.trace,
                    if end { "llega a un primer comprador" } else { "termina sin comprador" }
                ),
            )
        }
    });
    lines
}

fn scene_leads<'a>(story: &'a Story, scene: &'a Scene) -> impl Iterator<Item = &'a crate::casework::Lead> {
    story.leads.iter().filter(|l| l.joins().sides().iter().all(|side| scene.specimens.contains(&side.specimen)))
}

/// The part of the graph that is reached from the firearm: its cases and incidents, its traces and their parties.
fn link_chart(story: &Story, scene: &Scene, purpose: Option<&Purpose>) -> LinkChart {
    use graph::NodeId;
    let mut inside: BTreeSet<NodeId> = BTreeSet::new();
    inside.insert(NodeId::new(graph::NodeKind::Firearm, &scene.firearm));
    for specimen in &scene.specimens {
        inside.insert(NodeId::new(graph::NodeKind::Specimen, specimen));
        inside.insert(NodeId::new(graph::NodeKind::TestFire, specimen));
    }
    for incident in &scene.incidents {
        inside.insert(NodeId::new(graph::NodeKind::Incident, incident));
    }
    let firearm = NodeId::new(graph::NodeKind::Firearm, &scene.firearm);
    for edge in story.graph.edges.iter().filter(|e| edge_kind(&e.kind) == Some(EdgeKind::RecordLink)) {
        if edge.from == firearm || edge.to == firearm {
            inside.insert(edge.from.clone());
            inside.insert(edge.to.clone());
        }
    }
    let traces: BTreeSet<NodeId> =
        inside.iter().filter(|n| node_kind(&n.kind) == Some(NodeKind::Trace)).cloned().collect();
    for edge in &story.graph.edges {
        if matches!(edge_kind(&edge.kind), Some(EdgeKind::Sale | EdgeKind::Possession))
            && (traces.contains(&edge.from) || traces.contains(&edge.to))
        {
            inside.insert(edge.from.clone());
            inside.insert(edge.to.clone());
        }
    }
    // Cases that only the register of test fires knows of.
    let fired = story.graph.edges.iter().filter(|e| e.kind == graph::EdgeKind::TestFireCustody && e.to == firearm);
    inside.extend(fired.map(|e| e.from.clone()));
    let of_registers = |kind| matches!(edge_kind(kind), Some(EdgeKind::Sale | EdgeKind::Custody));
    let own: Vec<&graph::Edge> = story
        .graph
        .edges
        .iter()
        .filter(|e| inside.contains(&e.from) && e.to.kind == graph::NodeKind::Party && of_registers(&e.kind))
        .collect();
    inside.extend(own.iter().map(|e| e.to.clone()));
    chart_of(story, &inside, purpose)
}

/// A person as the page may show them: the name itself only for a stated purpose.
pub(super) fn person(name: &Personal<String>, purpose: Option<&Purpose>, alias: Phrase) -> Name {
    let name = purpose.and_then(|p| name.reveal(p)).cloned().unwrap_or_default();
    if name.is_empty() {
        // Nothing to reveal: what stands for the person is all there is.
        return Name::Personal { name: "***".to_owned(), alias };
    }
    Name::Personal { name, alias }
}

pub(super) fn party(name: Option<&PartyName>, purpose: Option<&Purpose>, alias: Phrase) -> Name {
    match name {
        Some(PartyName::Business(name)) => Name::Open(name.clone()),
        Some(PartyName::Person(name)) => person(name, purpose, alias),
        None => Name::Open("–".to_owned()),
    }
}

pub(super) fn step_kind(kind: &DispositionKind) -> StepKind {
    match kind {
        DispositionKind::Manufacturer => StepKind::Manufacturer,
        DispositionKind::Importer => StepKind::Importer,
        DispositionKind::Wholesaler => StepKind::Wholesaler,
        DispositionKind::Retailer => StepKind::Retailer,
        DispositionKind::Pawnbroker => StepKind::Pawnbroker,
        DispositionKind::Government => StepKind::Government,
        DispositionKind::FirstPurchaser => StepKind::FirstPurchaser,
        _ => StepKind::LaterPurchaser,
    }
}

fn place_words(place: &crate::trace::Place) -> String {
    [&place.city, &place.state, &place.country].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn chain(trace: &TraceRecord, purpose: Option<&Purpose>) -> ChainOfSale {
    let items = chain_of_sale(trace)
        .steps
        .into_iter()
        .map(|step| match step {
            ChainStep::Gap { text } => ChainItem::Gap { reason: phrase(&text), when: None },
            ChainStep::Party { disposition, .. } => {
                let kind = step_kind(&disposition.kind);
                let alias = Phrase::new(kind.words(Language::En), kind.words(Language::Es));
                ChainItem::Step(SaleStep {
                    kind,
                    name: party(disposition.name.as_ref(), purpose, alias),
                    when: disposition.date.map(when),
                    place: place_words(&disposition.place),
                    note: disposition
                        .ffl
                        .as_ref()
                        .map_or_else(Phrase::default, |f| Phrase::same(format!("FFL {}", f.as_str()))),
                    source: trace.trace.to_string(),
                })
            }
            ChainStep::Recovery { date, place, possessor } => ChainItem::Step(SaleStep {
                kind: StepKind::Recovery,
                name: possessor.as_ref().map_or_else(
                    || Name::Open("–".to_owned()),
                    |p| person(p, purpose, Phrase::new("Possessor", "Poseedor")),
                ),
                when: date.map(when),
                place: place_words(&place),
                note: Phrase::default(),
                source: trace.trace.to_string(),
            }),
        })
        .collect();
    ChainOfSale { title: Phrase::new("Chain of sale", "Cadena de venta"), items }
}

fn timeline(
    story: &Story,
    record: &FirearmRecord,
    scene: &Scene,
    shown: Option<&TraceRecord>,
    purpose: Option<&Purpose>,
) -> Timeline {
    let mut events = Vec::new();
    let mut intervals = Vec::new();
    for incident in scene.incidents.iter().filter_map(|i| story.incidents.get(i)) {
        let Some(date) = incident.date else { continue };
        let confirmed = story.graph.guns.iter().any(|g| {
            g.firearm == scene.firearm && g.shootings.iter().any(|s| s.incident == incident.id && s.confirmed)
        });
        let place = incident.place.as_deref().unwrap_or("");
        events.push(Event {
            when: when(date),
            kind: EventKind::Incident,
            label: Name::Open(format!("{} {place}", incident.id).trim_end().to_owned()),
            status: if confirmed { EdgeStatus::Confirmed } else { EdgeStatus::Unconfirmed },
        });
    }
    let recovered = record.recovered_on.or_else(|| shown.and_then(|t| t.recovered_on));
    if let Some(date) = recovered {
        events.push(Event {
            when: when(date),
            kind: EventKind::Recovery,
            label: Name::Open(record.firearm.to_string()),
            status: EdgeStatus::Confirmed,
        });
    }
    let linked = EdgeStatus::Unconfirmed;
    if let Some(trace) = shown {
        for step in trace.dispositions.iter().filter(|d| d.kind != DispositionKind::FirstPurchaser) {
            let Some(date) = step.date else { continue };
            let kind = step_kind(&step.kind);
            let alias = Phrase::new(kind.words(Language::En), kind.words(Language::Es));
            let event = if kind == StepKind::LaterPurchaser { EventKind::Purchase } else { EventKind::Trade };
            events.push(Event {
                when: when(date),
                kind: event,
                label: party(step.name.as_ref(), purpose, alias),
                status: linked,
            });
        }
        if let Some((purchase, date)) = first_purchase(trace).and_then(|p| p.date.map(|d| (p, d))) {
            let alias = Phrase::new("First purchaser", "Primer comprador");
            let label = purchase
                .purchaser
                .as_ref()
                .map_or_else(|| Name::Open(trace.trace.to_string()), |p| person(p, purpose, alias));
            events.push(Event { when: when(date), kind: EventKind::Purchase, label, status: linked });
            if let Some(end) = recovered {
                let days = date.days_until(end);
                intervals.push(Interval {
                    from: date.first(),
                    to: end.last(),
                    label: Phrase::new(
                        format!("time-to-crime {}", super::days(&days, Language::En)),
                        format!("tiempo al delito {}", super::days(&days, Language::Es)),
                    ),
                    status: linked,
                });
            }
            let gun = story.graph.guns.iter().find(|g| g.firearm == scene.firearm);
            let first =
                gun.and_then(|g| g.to_first_unconfirmed_shooting.as_ref().or(g.to_first_confirmed_shooting.as_ref()));
            if let Some(first) = first {
                intervals.push(Interval {
                    from: date.first(),
                    to: first.shooting.date.last(),
                    label: Phrase::new(
                        format!("to the first linked shooting {}", super::days(&first.days, Language::En)),
                        format!("al primer disparo vinculado {}", super::days(&first.days, Language::Es)),
                    ),
                    status: if first.shooting.confirmed { EdgeStatus::Confirmed } else { linked },
                });
            }
        }
    }
    events.extend(super::custody::events(story, &scene.firearm, purpose));
    for lead in scene_leads(story, scene) {
        for event in lead.history() {
            let day = event.at.to_zoned(jiff::tz::TimeZone::UTC).date();
            events.push(Event {
                when: crate::report::view::When::day(day),
                kind: EventKind::Decision,
                label: Name::Open(lead.id().to_string()),
                status: EdgeStatus::Confirmed,
            });
        }
    }
    // Decisions of one day tell one thing: the page has their history in a table.
    let mut seen = BTreeSet::new();
    events.retain(|e| e.kind != EventKind::Decision || seen.insert(e.when));
    Timeline { title: Phrase::new("Timeline", "Línea de tiempo"), events, intervals }
}

/// A place of which the records state no coordinates, drawn in the middle of its state; a name that begins with ≈ says so.
fn in_state(place: &crate::trace::Place, kind: PlaceKind) -> Option<Place> {
    let region = Places::embedded().ok()?.region(place);
    let (longitude, latitude) = middle_of(region.state.as_deref()?)?;
    Some(Place { name: format!("≈ {}", place_words(place)), latitude, longitude, kind })
}

/// Where the firearm was bought and recovered, and where it is joined to shootings; lines run from the purchase over the shootings by date to the recovery.
fn map(story: &Story, record: &FirearmRecord, scene: &Scene, shown: Option<&TraceRecord>) -> PlaceMap {
    let mut places = Vec::new();
    let mut order: BTreeMap<&IncidentId, usize> = BTreeMap::new();
    let mut dated: Vec<_> = scene.incidents.iter().filter_map(|i| story.incidents.get(i)).collect();
    dated.sort_by_key(|i| (i.date.map(|d| d.first()), i.id.clone()));
    for incident in &dated {
        let (Some(latitude), Some(longitude)) = (incident.latitude, incident.longitude) else { continue };
        order.insert(&incident.id, places.len());
        let name = format!("{} {}", incident.place.as_deref().unwrap_or(""), incident.id).trim().to_owned();
        places.push(Place { name, latitude, longitude, kind: PlaceKind::Incident });
    }
    let mut stations: Vec<usize> = dated.iter().filter_map(|i| order.get(&i.id).copied()).collect();
    let bought = shown.and_then(first_purchase).and_then(|p| in_state(&p.place, PlaceKind::Sale));
    if let Some(place) = bought {
        stations.insert(0, places.len());
        places.push(place);
    }
    let recovered = [Some(&record.recovered_at), shown.map(|t| &t.recovered_at)];
    if let Some(place) = recovered.into_iter().flatten().find_map(|p| in_state(p, PlaceKind::Recovery)) {
        stations.push(places.len());
        places.push(place);
    }
    let flows = stations
        .windows(2)
        .filter_map(|pair| match pair {
            [from, to] => Some(Flow { from: *from, to: *to, status: EdgeStatus::Unconfirmed }),
            _ => None,
        })
        .collect();
    PlaceMap {
        title: Phrase::new(
            format!("Places of firearm {}", record.firearm),
            format!("Lugares del arma {}", record.firearm),
        ),
        places,
        flows,
    }
}

/// Why each trace record is held to be about the firearm, or waits for a person.
fn waterfalls(story: &Story, firearm: &FirearmId) -> Vec<Waterfall> {
    let own = story.record_links.iter().filter(|l| l.link.firearm == *firearm);
    own.map(|linked| {
        let link = &linked.link;
        let reasons = |language: Language| {
            link.reasons.iter().map(|r| r.pick(language).to_owned()).collect::<Vec<_>>().join("; ")
        };
        let decided = |language: Language| {
            let word = match &linked.verdict {
                Some(verdict) if verdict.accepted => {
                    language.pick(format!("accepted by {}", verdict.author), format!("aceptado por {}", verdict.author))
                }
                Some(verdict) => language
                    .pick(format!("rejected by {}", verdict.author), format!("rechazado por {}", verdict.author)),
                None if link.decision == Decision::Automatic => {
                    language.pick("joined by rule", "unido por regla").to_owned()
                }
                None => language.pick("a person has still to decide", "falta que una persona decida").to_owned(),
            };
            let why = linked.verdict.as_ref().map(|v| v.reason.clone()).filter(|r| !r.is_empty());
            [Some(word), why, Some(reasons(language)).filter(|r| !r.is_empty())]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(": ")
        };
        Waterfall {
            title: Phrase::new(
                format!("Record link of firearm {} and trace {}", link.firearm, link.trace),
                format!("Vínculo de registros del arma {} y el rastreo {}", link.firearm, link.trace),
            ),
            steps: link
                .waterfall
                .iter()
                .map(|step| WaterfallStep {
                    field: Phrase::new(step.field.name(Language::En), step.field.name(Language::Es)),
                    text: phrase(&step.text),
                    bits: step.bits,
                })
                .collect(),
            bits: link.bits,
            probability: link.probability,
            decision: Phrase::new(decided(Language::En), decided(Language::Es)),
        }
    })
    .collect()
}

fn measures(gun: Option<&graph::GunSummary>) -> Vec<Measure> {
    let Some(gun) = gun else { return Vec::new() };
    let mut measures = Vec::new();
    if let Some(days) = &gun.time_to_crime {
        measures.push(Measure {
            name: Phrase::new("Time-to-crime", "Tiempo al delito"),
            value: Phrase::new(super::days(days, Language::En), super::days(days, Language::Es)),
            note: Phrase::new("first purchase to recovery", "primera compra a aseguramiento"),
        });
    }
    for (first, basis) in [
        (&gun.to_first_confirmed_shooting, Phrase::new("over hits alone", "solo por coincidencias confirmadas")),
        (&gun.to_first_unconfirmed_shooting, Phrase::new("over an unconfirmed lead", "por una pista sin confirmar")),
    ] {
        if let Some(first) = first {
            measures.push(Measure {
                name: Phrase::new("Purchase to first linked shooting", "Compra al primer disparo vinculado"),
                value: Phrase::new(super::days(&first.days, Language::En), super::days(&first.days, Language::Es)),
                note: Phrase::new(
                    format!("{}, {}", first.shooting.incident, basis.english),
                    format!("{}, {}", first.shooting.incident, basis.spanish),
                ),
            });
        }
    }
    measures
}

fn conflicts(story: &Story, scene: &Scene) -> Vec<Conflict> {
    let mut own: BTreeSet<&str> = BTreeSet::from([scene.firearm.as_str()]);
    own.extend(scene.specimens.iter().map(SpecimenId::as_str));
    own.extend(scene.incidents.iter().map(IncidentId::as_str));
    let gun = story.graph.guns.iter().find(|g| g.firearm == scene.firearm);
    own.extend(gun.iter().flat_map(|g| g.traces.iter().map(|t| t.as_str())));
    let shown = gun.and_then(|g| g.shown_trace.as_ref()).and_then(|t| story.traces.get(t));
    let within = shown.map(|t| chain_of_sale(t).conflicts).unwrap_or_default();
    let mut seen = BTreeSet::new();
    story
        .graph
        .conflicts
        .iter()
        .filter(|c| c.subjects.iter().any(|s| own.contains(s.as_str())))
        .chain(&within)
        .filter(|c| seen.insert((c.text.en.clone(), c.subjects.clone())))
        .map(|c| Conflict { text: phrase(&c.text), records: c.subjects.clone(), hard: c.severity == Severity::Hard })
        .collect()
}
