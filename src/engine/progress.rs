//! How long work tells how far it is, and learns that it should stop.

/// Receives the progress of long work; implementations may be called from several threads.
pub trait Progress: Sync {
    /// A stage of `total` steps begins.
    fn begin(&self, stage: &str, total: u64);

    /// One step of the current stage is done.
    fn advance(&self);

    /// Steps that were done together are: an estimate of the time left must not be made between them.
    fn advance_by(&self, steps: u64) {
        (0..steps).for_each(|_| self.advance());
    }

    /// Within a step that takes long: of its comparisons, `done` of `total` are made.
    fn compared(&self, done: u64, total: u64) {
        let _ = (done, total);
    }

    /// Whether the person has asked to stop; work then ends after what is under way, keeping what is done.
    fn stop_requested(&self) -> bool;
}

/// Tells nobody and never stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn begin(&self, _stage: &str, _total: u64) {}

    fn advance(&self) {}

    fn stop_requested(&self) -> bool {
        false
    }
}
