//! Whether the service lives, and its numbers for operations.

use super::{Hall, Problem, told};
use crate::casework::Role;
use crate::engine::parameters::VERSION;
use crate::engine::ports::{MarkFilter, Store as _};
use crate::server::guard::Signed;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde::Serialize;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use utoipa::ToSchema;

/// Whether the service lives.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`, or `ending`.
    pub status: &'static str,
    /// Version of brasslink.
    pub version: &'static str,
}

/// Whether the service lives. Open to anyone, and tells nothing of the gallery.
#[utoipa::path(get, path = "/health", tag = "operations", security(()), responses((status = 200, body = Health)))]
pub async fn health(State(hall): State<Arc<Hall>>) -> Json<Health> {
    Json(Health { status: if hall.ending() { "ending" } else { "ok" }, version: VERSION })
}

/// Numbers in the text format of Prometheus; for auditors and administrators.
///
/// # Errors
/// `not-allowed`; those of the store.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, body = String, content_type = "text/plain"), (status = 403, body = Problem)))]
pub async fn metrics(State(hall): State<Arc<Hall>>, Extension(signed): Extension<Signed>) -> Result<Response, Problem> {
    if !signed.account.administrator {
        signed.must_be(&[Role::Auditor])?;
    }
    let shared = Arc::clone(&hall);
    let (marks, waiting) = told(signed.language, move || {
        let marks = shared.store.count_marks(&MarkFilter { suitable_only: true, ..MarkFilter::default() })?;
        let waiting = shared.service.jobs(1_000)?.iter().filter(|job| !job.state.ended()).count();
        Ok((marks, waiting))
    })
    .await?;
    let mut text = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, values: &[(String, u64)]| {
        let _ = writeln!(text, "# HELP brasslink_{name} {help}\n# TYPE brasslink_{name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(text, "brasslink_{name}{labels} {value}");
        }
    };
    let of = |count: &std::sync::atomic::AtomicU64| vec![(String::new(), count.load(Ordering::Relaxed))];
    let counts = &hall.counts;
    let requests: Vec<(String, u64)> = counts
        .requests
        .iter()
        .enumerate()
        .map(|(class, count)| (format!("{{status=\"{}xx\"}}", class + 1), count.load(Ordering::Relaxed)))
        .collect();
    metric("requests_total", "counter", "Requests by class of their status.", &requests);
    metric("sign_ins_refused_total", "counter", "Sign-ins that were refused.", &of(&counts.refused));
    metric("files_submitted_total", "counter", "Files that were submitted.", &of(&counts.submitted));
    metric("jobs_ended_total", "counter", "Jobs that ended.", &of(&counts.jobs));
    metric("jobs_waiting", "gauge", "Jobs that wait or run.", &[(String::new(), waiting as u64)]);
    metric("marks", "gauge", "Marks that can be searched.", &[(String::new(), marks)]);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
