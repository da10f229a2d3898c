//! An investigation in words and tables: what the pictures of a dossier show, for readers and programs that see none.

use super::leads::LeadRow;
use crate::language::Language;
use crate::report::chart::{ChainItem, Event, LinkChart, Waterfall};
use crate::report::html::{Custody, Dossier, StateChange};
use crate::report::view::{Disclosure, Name};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What was found of a lead.
pub(super) struct Found {
    pub dossier: Dossier,
    pub custody: Vec<Custody>,
    pub history: Vec<StateChange>,
    /// Names of the pictures.
    pub drawings: Vec<String>,
    pub disclosure: Disclosure,
}

impl Found {
    /// The answer, in a person's language.
    pub fn told(&self, row: &LeadRow, language: Language) -> Value {
        let Dossier {
            heading, summary, measures, indicators, conflicts, chain, chart, timeline, map, waterfalls, ..
        } = &self.dossier;
        let disclosure = &self.disclosure;
        let mut conflicts: Vec<_> = conflicts.iter().collect();
        conflicts.sort_by_key(|conflict| !conflict.hard);
        let mut events: Vec<&Event> = timeline.events.iter().collect();
        events.sort_by_key(|event| event.when);
        json!({
            "lead": row,
            "heading": heading.pick(language),
            "summary": summary.iter().map(|line| line.pick(language)).collect::<Vec<_>>(),
            "measures": measures.iter().map(|m| json!({
                "name": m.name.pick(language), "value": m.value.pick(language), "note": m.note.pick(language),
            })).collect::<Vec<_>>(),
            "indicators": indicators.iter().map(|i| json!({
                "name": i.name.pick(language), "rule": i.rule.pick(language), "value": i.value.pick(language), "records": i.records,
            })).collect::<Vec<_>>(),
            "conflicts": conflicts.iter().map(|c| json!({
                "text": c.text.pick(language), "records": c.records, "hard": c.hard,
            })).collect::<Vec<_>>(),
            "links": links(chart, disclosure, language),
            "events": events.iter().map(|e| json!({
                "when": e.when.to_string(), "kind": e.kind.words(language), "label": e.label.shown(disclosure, language),
                "status": e.status.words(language),
            })).collect::<Vec<_>>(),
            "intervals": timeline.intervals.iter().map(|i| json!({
                "from": i.from.to_string(), "to": i.to.to_string(), "label": i.label.pick(language), "status": i.status.words(language),
            })).collect::<Vec<_>>(),
            "places": map.places.iter().map(|p| json!({
                "kind": p.kind.words(language), "name": p.name, "latitude": p.latitude, "longitude": p.longitude,
            })).collect::<Vec<_>>(),
            "waterfalls": waterfalls.iter().map(|w| waterfall(w, language)).collect::<Vec<_>>(),
            "chain": chain.items.iter().map(|item| chain_item(item, disclosure, language)).collect::<Vec<_>>(),
            "custody": self.custody.iter().map(|c| station(c, disclosure, language)).collect::<Vec<_>>(),
            "history": self.history.iter().map(|change| state_change(change, language)).collect::<Vec<_>>(),
            "drawings": self.drawings,
            "names_shown": disclosure.reveals(),
        })
    }
}

/// Every link with the number that it has in the chart.
fn links(chart: &LinkChart, disclosure: &Disclosure, language: Language) -> Vec<Value> {
    let names: BTreeMap<&str, &Name> = chart.nodes.iter().map(|node| (node.key.as_str(), &node.label)).collect();
    let name = |key: &str| names.get(key).map(|name| name.shown(disclosure, language));
    let link = |(at, edge): (usize, &crate::report::chart::Edge)| {
        json!({
            "number": at + 1, "from": name(&edge.from), "to": name(&edge.to), "kind": edge.kind.words(language),
            "status": edge.status.words(language), "evidence": edge.evidence.pick(language), "author": edge.author.pick(language),
            "stated": edge.stated,
        })
    };
    chart.edges.iter().enumerate().map(link).collect()
}

fn waterfall(one: &Waterfall, language: Language) -> Value {
    json!({
        "title": one.title.pick(language), "bits": one.bits, "probability": one.probability, "decision": one.decision.pick(language),
        "steps": one.steps.iter().map(|step| json!({
            "field": step.field.pick(language), "text": step.text.pick(language), "bits": step.bits,
        })).collect::<Vec<_>>(),
    })
}

fn chain_item(item: &ChainItem, disclosure: &Disclosure, language: Language) -> Value {
    match item {
        ChainItem::Gap { reason, when } => json!({
            "gap": true, "when": when.map(|when| when.to_string()), "text": reason.pick(language),
        }),
        ChainItem::Step(step) => json!({
            "gap": false, "when": step.when.map(|when| when.to_string()), "kind": step.kind.words(language),
            "name": step.name.shown(disclosure, language), "place": step.place, "text": step.note.pick(language),
            "record": step.source,
        }),
    }
}

fn station(custody: &Custody, disclosure: &Disclosure, language: Language) -> Value {
    json!({
        "when": custody.when.map(|when| when.to_string()), "item": custody.item, "action": custody.action.pick(language),
        "holder": custody.holder.shown(disclosure, language), "record": custody.record, "gap": custody.gap,
    })
}

fn state_change(change: &StateChange, language: Language) -> Value {
    json!({
        "when": change.when, "to": change.to.words(language), "person": change.person, "reason": change.reason,
        "audit_hash": change.audit_hash,
    })
}
