//! Traces: the newest version of every record.

use super::error::EngineError;
use super::ports::Store;
use crate::ids::TraceId;
use crate::trace::TraceRecord;
use std::collections::BTreeMap;

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
