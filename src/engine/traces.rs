//! Traces: the newest version of every record, and the catalogues by which a site reads them.

use super::error::EngineError;
use super::ports::Store;
use crate::ids::TraceId;
use crate::trace::TraceRecord;
use crate::trace::catalogue::Catalogues;
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

/// The catalogues of makers, calibres, types and places, with the site's own tables over those of the program.
///
/// # Errors
/// A table of the site that cannot be used: file, row and field; those of the store.
pub fn catalogues(store: &dyn Store) -> Result<Catalogues, EngineError> {
    Ok(Catalogues::layered(&store.catalogue_tables()?)?)
}
