//! What is read from the gallery once and kept until something of it was written.

use super::hall::lock;
use crate::engine::error::EngineError;
use crate::engine::ports::Store;
use std::sync::{Arc, Mutex};

/// Events that are looked through to see whether something was written; after more it is read again without looking.
const LOOKED_THROUGH: usize = 512;

/// Begins of actions of the audit chain that say nothing of cases, leads, firearms or traces. Every other action may: one that is not known yet counts as
/// a change.
const SAYS_NOTHING: &[&str] = &[
    "account.",
    "control.",
    "correlation.kept",
    "funnel.audited",
    "gallery.backed_up",
    "job.",
    "lead.view_saved",
    "mark.signed",
    "marks.prepared",
    "outline.drawn",
    "pair.viewed",
    "password.",
    "personal data ",
    "session.",
    "token.",
    "transactions searched",
];

/// Whether an action changes what leads, firearms and traces tell together.
pub(super) fn changes_story(action: &str) -> bool {
    !SAYS_NOTHING.iter().any(|nothing| action.starts_with(nothing))
}

/// Whether an action changes leads. Expungement withdraws those of the specimen.
pub(super) fn changes_leads(action: &str) -> bool {
    changes_story(action)
        && (action.starts_with("lead.") || action == "specimen.expunged" || action.starts_with("gallery."))
}

/// Something read, and the place in the audit chain up to which it holds.
#[derive(Debug)]
pub(super) struct Known<T>(Mutex<Option<(u64, Arc<T>)>>);

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Known<T> {
    /// As it is now: `read` the first time, and again when an action that `changes` it was written since. Who asks meanwhile waits for the one reading.
    ///
    /// # Errors
    /// Those of the store and of reading.
    pub fn now(
        &self,
        store: &dyn Store,
        changes: impl Fn(&str) -> bool,
        read: impl FnOnce() -> Result<T, EngineError>,
    ) -> Result<Arc<T>, EngineError> {
        let mut known = lock(&self.0);
        let at = store.audit_head()?.sequence;
        if let Some((until, value)) = known.as_mut()
            && (*until == at || (*until < at && !changed(store, *until, &changes)?))
        {
            *until = at;
            return Ok(Arc::clone(value));
        }
        let value = Arc::new(read()?);
        *known = Some((at, Arc::clone(&value)));
        Ok(value)
    }
}

/// Whether something that `changes` it was written behind a place of the chain.
fn changed(store: &dyn Store, until: u64, changes: impl Fn(&str) -> bool) -> Result<bool, EngineError> {
    let since = store.audit(until + 1, LOOKED_THROUGH)?;
    Ok(since.len() == LOOKED_THROUGH || since.iter().any(|event| changes(&event.entry.action)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ports::Stamp;
    use crate::store::SqliteStore;
    use std::cell::Cell;

    #[test]
    fn what_is_known_is_read_again_only_when_something_of_it_was_written() {
        let store = SqliteStore::in_memory().unwrap();
        let (known, reads) = (Known::default(), Cell::new(0));
        let read = |expected: u32| {
            let read = || {
                reads.set(reads.get() + 1);
                Ok(reads.get())
            };
            assert_eq!(*known.now(&store, changes_story, read).unwrap(), expected);
        };
        let log = |action: &str, times: usize| {
            for _ in 0..times {
                store
                    .log(action, "x", &serde_json::Value::Null, &Stamp::new(jiff::Timestamp::UNIX_EPOCH, "x"))
                    .unwrap();
            }
        };
        read(1);
        log("session.opened", 3);
        log("pair.viewed", 1);
        read(1);
        log("something new", 1);
        read(2);
        read(2);
        log("personal data shown", LOOKED_THROUGH);
        read(3);
        log("lead.judged", 1);
        log("job.queued", 1);
        read(4);
    }

    #[test]
    fn leads_change_with_their_steps_and_with_expungement_alone() {
        for (action, changes) in [
            ("lead.judged", true),
            ("lead.proposed", true),
            ("lead.view_saved", false),
            ("specimen.expunged", true),
            ("gallery.migrated", true),
            ("gallery.backed_up", false),
            ("traces.imported", false),
            ("acquisitions.submitted", false),
        ] {
            assert_eq!(changes_leads(action), changes, "{action}");
        }
    }
}
