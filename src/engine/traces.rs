//! Traces: the links between the register of firearms and the trace records.

use super::error::EngineError;
use super::ports::{Clock, LinkDecision, Stamp, Store};
use crate::ids::TraceId;
use crate::trace::TraceRecord;
use crate::trace::catalogue::Catalogues;
use crate::trace::linkage::{Decision, LinkOptions, RecordLink, link};
use serde::Serialize;
use std::collections::BTreeMap;

/// The author of links that software decides.
pub const LINKER: &str = "brasslink linker 1";

/// What linking found.
#[derive(Debug, Clone, Serialize)]
pub struct Linked {
    /// Firearms of the register.
    pub firearms: usize,
    /// Trace records, the newest version of each.
    pub traces: usize,
    /// Links joined without a person.
    pub automatic: usize,
    /// Links that wait for a person.
    pub review: usize,
    /// Every link with its waterfall.
    pub links: Vec<RecordLink>,
}

/// The newest version of every trace record.
///
/// # Errors
/// Those of the store.
pub fn newest_traces(store: &dyn Store) -> Result<Vec<TraceRecord>, EngineError> {
    let mut newest: BTreeMap<TraceId, (u32, TraceRecord)> = BTreeMap::new();
    for version in store.traces()? {
        let known = newest.get(&version.record.trace).map_or(0, |(v, _)| *v);
        if version.version > known {
            newest.insert(version.record.trace.clone(), (version.version, version.record));
        }
    }
    Ok(newest.into_values().map(|(_, record)| record).collect())
}

/// Links the register to the traces and keeps every decision. What a person has decided on a pair stays.
///
/// # Errors
/// Those of linkage and of the store.
pub fn link_records(store: &dyn Store, clock: &dyn Clock) -> Result<Linked, EngineError> {
    let firearms = store.firearms()?;
    let traces = newest_traces(store)?;
    let catalogues = Catalogues::embedded()?;
    let links = link(&firearms, &traces, &catalogues, &LinkOptions::default())?;
    let standing: BTreeMap<_, _> =
        store.link_decisions()?.into_iter().map(|d| ((d.firearm.clone(), d.trace.clone()), d)).collect();
    for found in &links {
        let former = standing.get(&(found.firearm.clone(), found.trace.clone()));
        let decision = serde_json::to_value(found).unwrap_or_default();
        if former.is_some_and(|d| d.by != LINKER || d.decision == decision) {
            continue;
        }
        let at = clock.now();
        let decided = LinkDecision {
            firearm: found.firearm.clone(),
            trace: found.trace.clone(),
            at,
            by: LINKER.to_owned(),
            decision,
        };
        store.put_link_decision(&decided, &Stamp::new(at, LINKER))?;
    }
    let count = |wanted: Decision| links.iter().filter(|l| l.decision == wanted).count();
    Ok(Linked {
        firearms: firearms.len(),
        traces: traces.len(),
        automatic: count(Decision::Automatic),
        review: count(Decision::Review),
        links,
    })
}
