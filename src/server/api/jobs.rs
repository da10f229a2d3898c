//! Long work: queued, watched and stopped.

use super::{Hall, Problem, told};
use crate::casework::Role;
use crate::engine::ports::{Clock as _, Stamp, Store as _};
use crate::server::given::{Given, Named};
use crate::server::guard::Signed;
use crate::server::worker::{CORRELATE, CorrelateJob};
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
/// Jobs of a list.
const LISTED: u32 = 100;

/// A job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JobView {
    /// Its number.
    pub id: i64,
    /// What is done: `correlate`.
    pub kind: String,
    /// `queued`, `running`, `done`, `failed` or `stopped`.
    pub state: &'static str,
    /// Who asked for it.
    pub by: String,
    /// What was asked.
    pub request: Value,
    /// The stage that it is at.
    pub stage: String,
    /// Steps of that stage that are done.
    pub done: u64,
    /// Steps of that stage.
    pub total: u64,
    /// When it was asked for, RFC 3339.
    pub created: String,
    /// When it was begun.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// What came of it.
    pub result: Option<Value>,
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self {
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
            result: job.result,
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
    Ok(Json(all.into_iter().map(JobView::from).collect()))
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
    let shared = Arc::clone(&hall);
    let job = told(signed.language, move || {
        asked.filter.filter()?;
        let (now, name) = (shared.clock.now(), &signed.account.name);
        let request = serde_json::to_value(&asked).unwrap_or_default();
        let job = shared.service.queue(CORRELATE, &request, name, MOST_WAITING, now)?;
        shared.store.log("job.queued", &job.id.to_string(), &request, &Stamp::new(now, name))?;
        Ok(job)
    })
    .await?;
    hall.tell(job.clone());
    hall.wake();
    Ok((StatusCode::ACCEPTED, Json(job.into())))
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
    Ok(Json(job.into()))
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
    let job = told(signed.language, move || {
        let now = hall.clock.now();
        hall.store.log("job.stopped", &id.to_string(), &Value::Null, &Stamp::new(now, &signed.account.name))?;
        let running = hall.stop(id);
        let job = if running { hall.service.job(id)? } else { hall.service.stop_waiting(id, now)? };
        hall.tell(job.clone());
        Ok(job)
    })
    .await?;
    Ok((StatusCode::ACCEPTED, Json(job.into())))
}

/// News of all jobs as server-sent events named `job`, each a job as JSON.
#[utoipa::path(get, path = "/api/v1/jobs/events", tag = "jobs",
    responses((status = 200, body = String, content_type = "text/event-stream")))]
pub async fn events(State(hall): State<Arc<Hall>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    // Who lags behind misses some; each event tells the whole job, so nothing is lost but time.
    let ended = Arc::clone(&hall);
    let news = BroadcastStream::new(hall.news()).take_while(move |_| !ended.ending()).filter_map(Result::ok);
    let events = news.filter_map(|job| Event::default().event("job").json_data(JobView::from(job)).ok().map(Ok));
    Sse::new(events).keep_alive(KeepAlive::default())
}
