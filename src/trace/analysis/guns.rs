//! One entry a gun: the guns of the register with their shown trace, then the traces that no firearm of the register has.

use crate::ids::{FirearmId, TraceId};
use crate::trace::TraceRecord;
use crate::trace::catalogue::Catalogues;
use crate::trace::custody::{first_purchase, shown_trace};
use crate::trace::graph::{EdgeStatus, LinkGraph, RecordLinkInput};
use crate::trace::indicators::TracedGun;
use std::collections::{BTreeMap, BTreeSet};

/// All traced guns, each once.
#[derive(Debug, Clone)]
pub struct TracedGuns<'a> {
    /// The guns: those of the register first, then the others by their shown trace.
    pub guns: Vec<TracedGun<'a>>,
    /// Guns outside of the register whose record link waits for a person: they may be guns that are counted already.
    pub waiting: usize,
}

/// Every gun that a trace tells of, once: of several traces of one gun the newest completed one is shown.
///
/// Traces that are joined to no firearm of the register are one gun where maker and whole serial number are the same, and
/// otherwise one each; two without a serial number are never one gun.
#[must_use]
pub fn traced_guns<'a>(
    graph: &'a LinkGraph,
    traces: &'a [TraceRecord],
    record_links: &[RecordLinkInput],
    catalogues: &Catalogues,
) -> TracedGuns<'a> {
    let mut guns = graph.traced_guns(traces);
    let mut joined: BTreeSet<&TraceId> = graph.guns.iter().flat_map(|g| &g.traces).collect();
    let waits: BTreeMap<&TraceId, &FirearmId> = record_links
        .iter()
        .filter(|l| l.status() == Some(EdgeStatus::UnderReview))
        .map(|l| (&l.link.trace, &l.link.firearm))
        .collect();
    let mut alike: BTreeMap<(String, String), Vec<&TraceRecord>> = BTreeMap::new();
    for trace in traces {
        if !joined.insert(&trace.trace) {
            continue;
        }
        let maker = trace.maker.as_deref().and_then(|m| catalogues.maker(m)).map(|m| m.family);
        let key = match maker {
            Some(maker) if trace.serial.is_whole() => (maker, trace.serial.normal.clone()),
            _ => (String::new(), trace.trace.to_string()),
        };
        alike.entry(key).or_default().push(trace);
    }
    let mut others: Vec<TracedGun<'a>> = Vec::new();
    let mut waiting = 0;
    for group in alike.into_values() {
        let Some(shown) = shown_trace(group.iter().copied()) else { continue };
        let buyers: Vec<_> = group.iter().filter_map(|t| first_purchase(t).and_then(|p| p.purchaser)).collect();
        let purchasers_disputed =
            buyers.iter().enumerate().any(|(n, a)| buyers[n + 1..].iter().any(|b| a.same_name(b) == Some(false)));
        waiting += usize::from(group.iter().any(|t| waits.contains_key(&t.trace)));
        others.push(TracedGun {
            firearm: None,
            trace: shown,
            purchasers_disputed,
            incidents: Vec::new(),
            one_with: None,
        });
    }
    others.sort_by(|a, b| a.trace.trace.cmp(&b.trace.trace));
    guns.extend(others);
    TracedGuns { guns, waiting }
}
