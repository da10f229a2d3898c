//! What all requests share: the gallery, the accounts, the queue, and who is told how far jobs are.

use super::known::{Known, changes_leads, changes_story};
use super::limits::Limits;
use super::uploads::Uploads;
use crate::casework::Lead;
use crate::engine::by_pin::{Searched, has_pins};
use crate::engine::error::EngineError;
use crate::engine::gallery::Gallery;
use crate::engine::parameters::Parameters;
use crate::engine::ports::{CacheFiles, Store as _};
use crate::engine::story::{Story, story_of_tied};
use crate::store::service::{Job, ServiceStore};
use crate::store::{SqliteStore, SystemClock};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, broadcast};

/// Submissions that are decoded at the same time; others wait, so that memory stays bounded (some 200 MB each at worst).
const SUBMISSIONS: usize = 4;
/// Events that a slow reader may lag behind before it misses some.
const EVENTS: usize = 256;

/// Shared by all requests.
pub struct Hall {
    /// The gallery's store.
    pub store: SqliteStore,
    /// Accounts and jobs.
    pub service: ServiceStore,
    /// Parameters of all searches and comparisons.
    pub parameters: Parameters,
    /// The computer's clock.
    pub clock: SystemClock,
    /// Whether browsers reach the service through TLS, so that cookies must too.
    pub secure: bool,
    /// Room for submissions.
    pub submissions: Semaphore,
    /// Files that come in pieces.
    pub uploads: Uploads,
    /// How often somebody may ask.
    pub limits: Limits,
    /// Numbers for operations.
    pub counts: Counts,
    opened: Mutex<Option<Arc<Gallery>>>,
    pins: Mutex<Option<Arc<Searched>>>,
    told: Known<Story>,
    leads: Known<Vec<Lead>>,
    /// Which running jobs were asked to stop.
    stopping: Mutex<HashMap<i64, Arc<AtomicBool>>>,
    events: broadcast::Sender<Job>,
    ending: AtomicBool,
    waiting: Mutex<()>,
    woken: Condvar,
}

/// Numbers for operations; counted since the start.
#[derive(Debug, Default)]
pub struct Counts {
    /// Requests by the first digit of their status, from 1 to 5.
    pub requests: [AtomicU64; 5],
    /// Sign-ins that were refused.
    pub refused: AtomicU64,
    /// Files that were submitted.
    pub submitted: AtomicU64,
    /// Jobs that ended.
    pub jobs: AtomicU64,
}

impl Hall {
    pub(super) fn new(
        store: SqliteStore,
        service: ServiceStore,
        (parameters, gallery): (Parameters, &Path),
        secure: bool,
    ) -> Self {
        Self {
            store,
            service,
            parameters,
            clock: SystemClock,
            secure,
            submissions: Semaphore::new(SUBMISSIONS),
            uploads: Uploads::beside(gallery),
            limits: Limits::default(),
            counts: Counts::default(),
            opened: Mutex::default(),
            pins: Mutex::default(),
            told: Known::default(),
            leads: Known::default(),
            stopping: Mutex::default(),
            events: broadcast::Sender::new(EVENTS),
            ending: AtomicBool::new(false),
            waiting: Mutex::default(),
            woken: Condvar::new(),
        }
    }

    /// The gallery as it is now: opened once, and again when marks or signatures have changed. Takes seconds for a million marks the first time.
    ///
    /// # Errors
    /// Those of store and index.
    pub fn gallery(&self) -> Result<Arc<Gallery>, EngineError> {
        let mut opened = lock(&self.opened);
        let generation = self.store.generation()?;
        if let Some(gallery) = opened.as_ref().filter(|gallery| gallery.generation == generation) {
            return Ok(Arc::clone(gallery));
        }
        let caches = self.store.caches();
        let caches = caches.as_ref().map(|caches| caches as &dyn CacheFiles);
        let gallery = Arc::new(Gallery::open(&self.store, &self.parameters, caches)?);
        *opened = Some(Arc::clone(&gallery));
        Ok(gallery)
    }

    /// The firing pins as they are now, opened as [`Hall::gallery`] is and only when first asked for; none where there are none.
    ///
    /// # Errors
    /// Those of store and index.
    pub fn pins(&self) -> Result<Option<Arc<Searched>>, EngineError> {
        let mut opened = lock(&self.pins);
        let generation = self.store.generation()?;
        if let Some(pins) = opened.as_ref().filter(|pins| pins.gallery.generation == generation) {
            return Ok(Some(Arc::clone(pins)));
        }
        let parameters = self.parameters.firing_pins()?;
        if !has_pins(&self.store, &parameters, None)? {
            return Ok(None);
        }
        let caches = self.store.caches();
        let caches = caches.as_ref().map(|caches| caches as &dyn CacheFiles);
        let gallery = Gallery::open(&self.store, &parameters, caches)?;
        let pins = Arc::new(Searched { parameters, gallery });
        *opened = Some(Arc::clone(&pins));
        Ok(Some(pins))
    }

    /// What leads, firearms and traces tell together, as it is now, of the cases that something ties ([`story_of_tied`]): put together once, and again when
    /// something of it was written, which the audit chain tells.
    ///
    /// # Errors
    /// Those of the store; a record that cannot be read.
    pub fn story(&self) -> Result<Arc<Story>, EngineError> {
        self.told.now(&self.store, changes_story, || story_of_tied(&self.store))
    }

    /// All leads and candidates, those that changed last first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn leads(&self) -> Result<Arc<Vec<Lead>>, EngineError> {
        self.leads.now(&self.store, changes_leads, || {
            let mut leads = self.store.leads()?;
            leads.sort_by(|a, b| b.changed().cmp(&a.changed()).then_with(|| a.id().cmp(b.id())));
            Ok(leads)
        })
    }

    /// Puts together, before anybody waits for it, what first requests would wait for; and again after every write, once it is quiet. Until the service ends.
    pub(super) fn keep_warm(&self) {
        let mut warm = None;
        let mut seen = None;
        let mut opened = false;
        while !self.ending() {
            // What cannot be read now is told to whoever asks for it.
            let head = self.store.audit_head().ok();
            if head != warm && (head == seen || warm.is_none()) {
                let _ = self.story();
                let _ = self.leads();
                warm = head;
            }
            seen = head;
            if !std::mem::replace(&mut opened, true) {
                let _ = self.gallery();
            }
            self.wait();
        }
    }

    /// News of jobs from now on.
    #[must_use]
    pub fn news(&self) -> broadcast::Receiver<Job> {
        self.events.subscribe()
    }

    /// Tells everybody who listens how far a job is.
    pub(super) fn tell(&self, job: Job) {
        // Nobody may be listening.
        let _ = self.events.send(job);
    }

    /// Wakes the worker: there is something to do, or the service ends.
    pub fn wake(&self) {
        let _guard = lock(&self.waiting);
        self.woken.notify_all();
    }

    /// Waits until somebody wakes the worker, or a second has passed.
    pub(super) fn wait(&self) {
        let guard = lock(&self.waiting);
        drop(self.woken.wait_timeout(guard, Duration::from_secs(1)));
    }

    /// Ends the service: running jobs stop at their next step and wait for the next start.
    pub fn end(&self) {
        self.ending.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Whether the service ends.
    #[must_use]
    pub fn ending(&self) -> bool {
        self.ending.load(Ordering::SeqCst)
    }

    /// The flag by which a running job is stopped.
    pub(super) fn running(&self, job: i64) -> Arc<AtomicBool> {
        Arc::clone(lock(&self.stopping).entry(job).or_default())
    }

    /// A job is no longer running.
    pub(super) fn over(&self, job: i64) {
        lock(&self.stopping).remove(&job);
    }

    /// Asks a running job to stop; gives whether it runs.
    #[must_use]
    pub fn stop(&self, job: i64) -> bool {
        lock(&self.stopping).get(&job).map(|flag| flag.store(true, Ordering::SeqCst)).is_some()
    }
}

/// A thread that panicked left nothing half-written behind these locks.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
