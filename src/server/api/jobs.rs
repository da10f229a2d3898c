//! Long work: queued, watched and stopped.

use super::investigation::Tongue;
use super::{Hall, Problem, told};
use crate::casework::Role;
use crate::engine::error::EngineError;
use crate::engine::ports::{Clock as _, Stamp, Store as _};
use crate::language::Language;
use crate::server::given::{Asked, Given, Named};
use crate::server::guard::Signed;
use crate::server::worker::{AUDIT_FUNNEL, CORRELATE, CorrelateJob, FunnelAuditJob};
use crate::store::service::Job;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::{Extension, Json};
use serde::Serialize;
use serde_json::Value;
use std::convert::Infallible;
use std::sync::Arc;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::{Stream, StreamExt as _};
use utoipa::ToSchema;

/// Most jobs that wait at the same time.
const MOST_WAITING: u64 = 1_000;
/// Most past searches that one audit of the funnel does again.
const MOST_SAMPLED: usize = 1_000;
/// Jobs of a list.
const LISTED: u32 = 100;

/// A job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JobView {
    /// Its number.
    pub id: i64,
    /// What is done: `correlate` or `audit_funnel`.
    pub kind: String,
    /// `queued`, `running`, `done`, `failed` or `stopped`.
    pub state: &'static str,
    /// Who asked for it.
    pub by: String,
    /// What was asked.
    pub request: Value,
    /// The stage that it is at.
    pub stage: String,
    /// The stage in the reader's language.
    pub stage_words: String,
    /// Steps of that stage that are done.
    pub done: u64,
    /// Steps of that stage.
    pub total: u64,
    /// Comparisons of the step under way that are made.
    pub compared: u64,
    /// Comparisons of the step under way; 0 where none is under way.
    pub to_compare: u64,
    /// When it was asked for, RFC 3339.
    pub created: String,
    /// When it was begun.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// What came of it; of a job that failed the problem, in the reader's language.
    pub result: Option<Value>,
}

/// A stage of a job in a reader's language. A stage that has no words yet stands as it is.
fn stage_words(stage: &str, language: Language) -> String {
    match stage {
        "correlate" => language.pick("searching", "buscando"),
        "audit" => {
            language.pick("searching again without leaving anything out", "buscando de nuevo sin descartar nada")
        }
        other => other,
    }
    .to_owned()
}

/// What came of a job, for a reader: failures are kept in both languages.
fn result_of(mut result: Value, language: Language) -> Value {
    if let Some(fields) = result.as_object_mut()
        && let Some(spanish) = fields.remove("spanish")
        && language == Language::Es
    {
        return spanish;
    }
    result
}

impl JobView {
    /// A job as a reader is told of it.
    pub(super) fn of(job: Job, language: Language) -> Self {
        Self {
            stage_words: stage_words(&job.stage, language),
            compared: job.compared,
            to_compare: job.to_compare,
            id: job.id,
            kind: job.kind,
            state: job.state.word(),
            by: job.by,
            request: job.request,
            stage: job.stage,
            done: job.done,
            total: job.total,
            created: job.created.to_string(),
            started: job.started.map(|at| at.to_string()),
            ended: job.ended.map(|at| at.to_string()),
            result: job.result.map(|result| result_of(result, language)),
        }
    }
}

/// The newest jobs, the newest first.
///
/// # Errors
/// Those of the queue.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", responses((status = 200, body = Vec<JobView>)))]
pub async fn list(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
) -> Result<Json<Vec<JobView>>, Problem> {
    let all = told(signed.language, move || Ok(hall.service.jobs(LISTED)?)).await?;
    Ok(Json(all.into_iter().map(|job| JobView::of(job, signed.language)).collect()))
}

/// Queues a search of exhibits, or of the whole gallery.
///
/// # Errors
/// `not-allowed` for auditors; `bad-input` when too many jobs wait.
#[utoipa::path(post, path = "/api/v1/jobs", tag = "jobs", request_body = CorrelateJob,
    responses((status = 202, body = JobView), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn queue(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Given(asked): Given<CorrelateJob>,
) -> Result<(StatusCode, Json<JobView>), Problem> {
    signed.must_be(&[Role::Technician, Role::Examiner, Role::Analyst])?;
    asked.filter.filter().map_err(|error| signed.problem(&error))?;
    queued(hall, signed, CORRELATE, serde_json::to_value(&asked).unwrap_or_default()).await
}

/// Queues an audit of the funnel: past searches, drawn by a seed, are done again comparing with everything eligible, to see what their stages lost. The new
/// lists are kept, and leads that were lost are proposed. For examiners and administrators.
///
/// # Errors
/// `not-allowed`; `bad-input` for a sample of none or too many, or when too many jobs wait.
#[utoipa::path(post, path = "/api/v1/funnel-audits", tag = "jobs", request_body = FunnelAuditJob,
    responses((status = 202, body = JobView), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn audit_funnel(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Given(asked): Given<FunnelAuditJob>,
) -> Result<(StatusCode, Json<JobView>), Problem> {
    if !signed.account.administrator {
        signed.must_be(&[Role::Examiner])?;
    }
    if asked.sample == 0 || asked.sample > MOST_SAMPLED {
        let wrong = EngineError::Input {
            what: "sample".to_owned(),
            expected: format!("1 – {MOST_SAMPLED}"),
            got: asked.sample.to_string(),
        };
        return Err(signed.problem(&wrong));
    }
    queued(hall, signed, AUDIT_FUNNEL, serde_json::to_value(&asked).unwrap_or_default()).await
}

async fn queued(
    hall: Arc<Hall>,
    signed: Signed,
    kind: &'static str,
    request: Value,
) -> Result<(StatusCode, Json<JobView>), Problem> {
    let (shared, language) = (Arc::clone(&hall), signed.language);
    let job = told(language, move || {
        let (now, name) = (shared.clock.now(), &signed.account.name);
        let job = shared.service.queue(kind, &request, name, MOST_WAITING, now)?;
        shared.store.log("job.queued", &job.id.to_string(), &request, &Stamp::new(now, name))?;
        Ok(job)
    })
    .await?;
    hall.tell(job.clone());
    hall.wake();
    Ok((StatusCode::ACCEPTED, Json(JobView::of(job, language))))
}

/// A job.
///
/// # Errors
/// `not-found`.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = i64, Path, description = "Its number.")),
    responses((status = 200, body = JobView), (status = 404, body = Problem)))]
pub async fn show(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<i64>,
) -> Result<Json<JobView>, Problem> {
    let job = told(signed.language, move || Ok(hall.service.job(id)?)).await?;
    Ok(Json(JobView::of(job, signed.language)))
}

/// Stops a job that waits or runs; what it has done is kept. For who asked for it, and for administrators.
///
/// # Errors
/// `not-allowed`, `not-found`.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/stop", tag = "jobs", params(("id" = i64, Path, description = "Its number.")),
    responses((status = 202, body = JobView), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn stop(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<i64>,
) -> Result<(StatusCode, Json<JobView>), Problem> {
    let shared = Arc::clone(&hall);
    let job = told(signed.language, move || Ok(shared.service.job(id)?)).await?;
    if job.by != signed.account.name {
        signed.must_administrate()?;
    }
    let language = signed.language;
    let job = told(language, move || {
        let now = hall.clock.now();
        hall.store.log("job.stopped", &id.to_string(), &Value::Null, &Stamp::new(now, &signed.account.name))?;
        let running = hall.stop(id);
        let job = if running { hall.service.job(id)? } else { hall.service.stop_waiting(id, now)? };
        hall.tell(job.clone());
        Ok(job)
    })
    .await?;
    Ok((StatusCode::ACCEPTED, Json(JobView::of(job, language))))
}

/// News of all jobs as server-sent events named `job`, each a job as JSON.
#[utoipa::path(get, path = "/api/v1/jobs/events", tag = "jobs", params(Tongue),
    responses((status = 200, body = String, content_type = "text/event-stream")))]
pub async fn events(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Asked(Tongue { language }): Asked<Tongue>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    // Who lags behind misses some; each event tells the whole job, so nothing is lost but time.
    let language = language.unwrap_or(signed.language);
    let ended = Arc::clone(&hall);
    let news = BroadcastStream::new(hall.news()).take_while(move |_| !ended.ending()).filter_map(Result::ok);
    let events =
        news.filter_map(move |job| Event::default().event("job").json_data(JobView::of(job, language)).ok().map(Ok));
    Sse::new(events).keep_alive(KeepAlive::default())
}
