//! The worker: takes jobs from the queue, one after the other, each on all cores.

use super::hall::Hall;
use super::problem::Problem;
use crate::casework::ExhibitKind;
use crate::date::PartialDate;
use crate::engine::Context;
use crate::engine::batch::{Batch, batch};
use crate::engine::by_pin::has_pins;
use crate::engine::correlate::Request;
use crate::engine::error::EngineError;
use crate::engine::filter::Filter;
use crate::engine::funnel_audit::audit_funnel;
use crate::engine::gallery::Gallery;
use crate::engine::parameters::Parameters;
use crate::engine::ports::{Clock as _, SearchedAs, Store as _};
use crate::engine::progress::Progress;
use crate::engine::review::PROPOSE_FROM_LOG10_LR;
use crate::engine::signature_only::able_to_ask;
use crate::language::Language;
use crate::store::service::{Job, Outcome};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use utoipa::ToSchema;

/// The word of searches among the kinds of jobs.
pub(super) const CORRELATE: &str = "correlate";
/// The word of audits of the funnel.
pub(super) const AUDIT_FUNNEL: &str = "audit_funnel";
/// How often the file is told how far a job is; readers of events hear it as often.
const TOLD: Duration = Duration::from_millis(500);
/// Candidates kept in each list.
const TOP: usize = 50;

/// An audit of the funnel as a job: past searches done again without leaving anything out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelAuditJob {
    /// How many past searches, 1 to 1,000.
    #[serde(default = "usual_sample")]
    pub sample: usize,
    /// Seed by which they are drawn; the same draws the same among the same searches.
    #[serde(default)]
    pub seed: u64,
}

/// Past searches that an audit does again unless told otherwise.
fn usual_sample() -> usize {
    20
}

/// A search as a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrelateJob {
    /// Exhibits, specimens or incidents to ask with; none for the whole gallery, where what was asked before is not asked again.
    #[serde(default)]
    pub exhibits: Vec<String>,
    /// Compare with everything: no stage leaves anything out.
    #[serde(default)]
    pub exhaustive: bool,
    /// What candidates must be; what is not known of a case stays in.
    #[serde(default)]
    pub filter: JobFilter,
}

/// What candidates of a search must be; what is left open passes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JobFilter {
    /// Calibre as entered.
    pub calibre: Option<String>,
    /// Country of the incident, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Federal state or entity of the incident.
    pub state: Option<String>,
    /// Not surely before this day: YYYY-MM-DD, YYYY-MM or YYYY.
    pub from: Option<String>,
    /// Not surely after this day.
    pub to: Option<String>,
    /// `evidence` or `test_fire`.
    #[schema(value_type = Option<String>)]
    pub kind: Option<ExhibitKind>,
}

impl JobFilter {
    /// As the engine takes it.
    ///
    /// # Errors
    /// A date that is none.
    pub fn filter(&self) -> Result<Filter, EngineError> {
        let said = |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        let date = |field: &str, text: &Option<String>| {
            let wrong = |got: &str| EngineError::Input {
                what: format!("filter, {field}"),
                expected: "YYYY-MM-DD, YYYY-MM or YYYY".to_owned(),
                got: got.to_owned(),
            };
            said(text).map(|text| text.parse::<PartialDate>().map_err(|_| wrong(&text))).transpose()
        };
        Ok(Filter {
            calibre: said(&self.calibre),
            country: said(&self.country),
            state: said(&self.state),
            from: date("from", &self.from)?,
            to: date("to", &self.to)?,
            kind: self.kind,
            ..Filter::default()
        })
    }
}

pub(super) fn start(hall: Arc<Hall>) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("worker".to_owned()).spawn(move || {
        while !hall.ending() {
            match hall.service.take_job(hall.clock.now()) {
                Ok(Some(job)) => work(&hall, job),
                Ok(None) => hall.wait(),
                Err(error) => {
                    eprintln!("queue: {error}");
                    hall.wait();
                }
            }
        }
    })
}

fn work(hall: &Hall, job: Job) {
    let id = job.id;
    let flag = hall.running(id);
    hall.tell(job.clone());
    let watch = Watch { hall, job: Mutex::new((job.clone(), Instant::now())), done: AtomicU64::new(0), flag: &flag };
    let outcome = match done(hall, &job, &watch) {
        Ok(value) => Outcome::Done(value),
        Err(EngineError::Stopped) if flag.load(Ordering::SeqCst) => Outcome::Stopped,
        Err(EngineError::Stopped) => Outcome::CutOff,
        Err(error) => Outcome::Failed(failure(&error)),
    };
    hall.over(id);
    hall.counts.jobs.fetch_add(1, Ordering::Relaxed);
    match hall.service.end_job(id, &outcome, hall.clock.now()) {
        Ok(job) => hall.tell(job),
        Err(error) => eprintln!("queue: {error}"),
    }
}

/// Why a job failed, told in both languages: who reads it may speak either.
fn failure(error: &EngineError) -> Value {
    let told = |language| serde_json::to_value(Problem::of(error, language)).unwrap_or_default();
    let mut failure = told(Language::En);
    failure["spanish"] = told(Language::Es);
    failure
}

/// Does what a job asks.
fn done(hall: &Hall, job: &Job, progress: &Watch<'_>) -> Result<Value, EngineError> {
    if job.kind != AUDIT_FUNNEL {
        return correlated(hall, job, progress);
    }
    let asked: FunnelAuditJob = serde_json::from_value(job.request.clone()).map_err(|e| EngineError::Input {
        what: format!("job {}", job.id),
        expected: "an audit of the funnel".to_owned(),
        got: e.to_string(),
    })?;
    let gallery = hall.gallery()?;
    let context =
        Context { store: &hall.store, clock: &hall.clock, actor: &job.by, parameters: &hall.parameters, progress };
    let found = audit_funnel(&context, &gallery, asked.sample, asked.seed)?;
    Ok(serde_json::to_value(found).unwrap_or_default())
}

fn correlated(hall: &Hall, job: &Job, progress: &Watch<'_>) -> Result<Value, EngineError> {
    let asked: CorrelateJob = serde_json::from_value(job.request.clone()).map_err(|e| EngineError::Input {
        what: format!("job {}", job.id),
        expected: "a search".to_owned(),
        got: e.to_string(),
    })?;
    let filter = asked.filter.filter()?;
    let gallery = hall.gallery()?;
    // Opened only where somebody asks with a pin.
    let pins = hall.parameters.firing_pins()?;
    let mut by_pin = asked.exhibits.is_empty();
    for name in &asked.exhibits {
        by_pin = by_pin || has_pins(&hall.store, &pins, Some(name))?;
    }
    let pins = if by_pin { hall.pins()? } else { None };
    let kinds: Vec<(&Parameters, &Gallery)> = std::iter::once((&hall.parameters, gallery.as_ref()))
        .chain(pins.as_deref().map(|pins| (&pins.parameters, &pins.gallery)))
        .collect();
    for name in &asked.exhibits {
        if kinds.iter().all(|(_, gallery)| gallery.members.places_of(name).is_empty()) {
            return Err(EngineError::Input {
                what: format!("exhibit, specimen or incident \"{name}\""),
                expected: "one of this gallery with a suitable mark".to_owned(),
                got: "none".to_owned(),
            });
        }
    }
    let (mut done, mut signature_only) = (Batch::default(), 0);
    for (parameters, gallery) in kinds {
        let mut places: Vec<usize> = asked.exhibits.iter().flat_map(|name| gallery.members.places_of(name)).collect();
        if asked.exhibits.is_empty() {
            let how = SearchedAs {
                parameters: parameters.hash(),
                generation: gallery.generation,
                exhaustive: asked.exhaustive,
                asked: filter.asked().into_iter().map(|(field, asked)| (field.word(), asked)).collect(),
            };
            let done: std::collections::HashSet<u64> = hall.store.searched(&how)?.into_iter().collect();
            let open = |at: &usize| gallery.members.get(*at).is_some_and(|m| !done.contains(&m.sequence));
            places = (0..gallery.members.len()).filter(open).collect();
        }
        places.sort_unstable();
        places.dedup();
        let (places, bare) = able_to_ask(&hall.store, gallery, places)?;
        signature_only += bare;
        let context = Context { store: &hall.store, clock: &hall.clock, actor: &job.by, parameters, progress };
        let filtered = (!filter.is_open()).then(|| filter.apply(gallery));
        let request = Request { top: TOP, exhaustive: asked.exhaustive, filter: filtered.as_ref() };
        done.and(batch(&context, gallery, &places, request, Some(PROPOSE_FROM_LOG10_LR), &mut |_| {})?);
        if done.stopped {
            return Err(EngineError::Stopped);
        }
    }
    let proposed: Vec<String> = done.proposed.iter().map(|lead| lead.id().to_string()).collect();
    Ok(json!({
        "searches": done.totals.queries, "signature_only": signature_only, "proposed": proposed, "totals": done.totals,
    }))
}

/// Tells file and readers how far a job is, and the job whether to stop.
struct Watch<'a> {
    hall: &'a Hall,
    job: Mutex<(Job, Instant)>,
    done: AtomicU64,
    flag: &'a AtomicBool,
}

impl Watch<'_> {
    fn tell(&self, always: bool, change: impl FnOnce(&mut Job)) {
        let mut held = self.job.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut held.0);
        if always || held.1.elapsed() > TOLD {
            held.1 = Instant::now();
            let job = held.0.clone();
            // A missed note is no reason to end the work; the next one comes.
            let _ = self.hall.service.note_progress(&job);
            self.hall.tell(job);
        }
    }
}

impl Progress for Watch<'_> {
    fn begin(&self, stage: &str, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.tell(true, |job| {
            (job.stage, job.done, job.total) = (stage.to_owned(), 0, total);
            (job.compared, job.to_compare) = (0, 0);
        });
    }

    fn advance(&self) {
        self.advance_by(1);
    }

    fn advance_by(&self, steps: u64) {
        let done = self.done.fetch_add(steps, Ordering::Relaxed) + steps;
        self.tell(false, |job| job.done = done);
    }

    fn compared(&self, done: u64, total: u64) {
        self.tell(false, |job| (job.compared, job.to_compare) = (done, total));
    }

    fn stop_requested(&self) -> bool {
        self.flag.load(Ordering::SeqCst) || self.hall.ending()
    }
}
