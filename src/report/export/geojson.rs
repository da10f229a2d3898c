//! GeoJSON (RFC 7946): where shootings were, where firearms were recovered and bought, and the way between.

use super::document::Document;
use super::scope::{Scope, nodes_of};
use crate::engine::error::EngineError;
use crate::engine::story::Story;
use crate::report::chart::middle_of;
use crate::trace::catalogue::Places;
use crate::trace::custody::first_purchase;
use crate::trace::graph::{NodeId, NodeKind};
use serde_json::{Value, json};

/// The scope as a collection of features. A place of which no coordinates are recorded stands in the middle of its state, with `precision` saying so; a
/// place of which not even a known state is recorded is left out, and counted.
///
/// # Errors
/// As [`nodes_of`].
pub fn geojson(story: &Story, scope: &Scope, document: &Document) -> Result<Value, EngineError> {
    let inside = nodes_of(story, scope)?;
    let places = Places::embedded()?;
    let mut features = Vec::new();
    let mut unplaced: Vec<String> = Vec::new();
    let of_state = |place: &crate::trace::Place| places.region(place).state.as_deref().and_then(middle_of);
    for incident in story.incidents.values() {
        if !inside.contains(&NodeId::new(NodeKind::Incident, &incident.id)) {
            continue;
        }
        let place = crate::trace::Place {
            city: incident.place.clone(),
            state: incident.state.clone(),
            country: incident.country.clone(),
        };
        let at = match (incident.longitude, incident.latitude) {
            (Some(longitude), Some(latitude)) => Some(((longitude, latitude), "recorded")),
            _ => of_state(&place).map(|p| (p, "state")),
        };
        match at {
            Some((point, precision)) => features.push(json!({
                "type": "Feature",
                "id": format!("incident:{}", incident.id),
                "geometry": { "type": "Point", "coordinates": [point.0, point.1] },
                "properties": {
                    "kind": "incident", "label": incident.id, "place": place.to_string(), "precision": precision,
                    "first_day": incident.date.map(|d| d.first().to_string()),
                    "last_day": incident.date.map(|d| d.last().to_string()),
                },
            })),
            None => unplaced.push(format!("incident:{}", incident.id)),
        }
    }
    for gun in &story.graph.guns {
        if !inside.contains(&NodeId::new(NodeKind::Firearm, &gun.firearm)) {
            continue;
        }
        let record = story.firearms.get(&gun.firearm);
        let shown = gun.shown_trace.as_ref().and_then(|t| story.traces.get(t));
        let bought = shown.and_then(first_purchase);
        let recovered = record
            .map(|f| (&f.recovered_at, f.recovered_on))
            .filter(|(place, _)| !place.is_empty())
            .or_else(|| shown.map(|t| (&t.recovered_at, t.recovered_on)).filter(|(place, _)| !place.is_empty()));
        let purchase = bought.as_ref().map(|b| (&b.place, b.date)).filter(|(place, _)| !place.is_empty());
        let mut ends = Vec::new();
        for (kind, found) in [("purchase", purchase), ("recovery", recovered)] {
            let Some((place, date)) = found else { continue };
            let id = format!("{kind}:{}", gun.firearm);
            let Some(point) = of_state(place) else {
                unplaced.push(id);
                continue;
            };
            ends.push(point);
            features.push(json!({
                "type": "Feature",
                "id": id,
                "geometry": { "type": "Point", "coordinates": [point.0, point.1] },
                "properties": {
                    "kind": kind, "label": gun.firearm, "place": place.to_string(), "precision": "state",
                    "trace": gun.shown_trace,
                    "first_day": date.map(|d| d.first().to_string()),
                    "last_day": date.map(|d| d.last().to_string()),
                },
            }));
        }
        if let [from, to] = ends[..] {
            features.push(json!({
                "type": "Feature",
                "id": format!("route:{}", gun.firearm),
                "geometry": { "type": "LineString", "coordinates": [[from.0, from.1], [to.0, to.1]] },
                "properties": { "kind": "route", "label": gun.firearm, "trace": gun.shown_trace },
            }));
        }
    }
    Ok(json!({
        "type": "FeatureCollection",
        "brasslink": {
            "format": document.format, "origin": document.origin, "caveat": document.caveat, "without_place": unplaced,
        },
        "features": features,
    }))
}
