//! The audit chain, for auditors and administrators.

use super::{Hall, Problem, told};
use crate::casework::Role;
use crate::engine::ports::Store as _;
use crate::server::given::Asked;
use crate::server::guard::Signed;
use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Most events of one answer.
const MOST: usize = 1_000;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// Number of the first event; 1 for the beginning.
    #[serde(default)]
    from: u64,
    /// How many, at most 1,000.
    #[serde(default = "usual")]
    limit: usize,
}

fn usual() -> usize {
    100
}

/// The end of the chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct Head {
    /// Number of the last event.
    pub sequence: u64,
    /// Its hash, in hexadecimal.
    pub hash: String,
}

fn may_read(signed: &Signed) -> Result<(), Problem> {
    if signed.account.administrator { Ok(()) } else { signed.must_be(&[Role::Auditor]) }
}

/// Events of the chain.
///
/// # Errors
/// `not-allowed`.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(Part),
    responses((status = 200, body = Vec<Value>), (status = 403, body = Problem)))]
pub async fn events(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Asked(part): Asked<Part>,
) -> Result<Json<Vec<Value>>, Problem> {
    may_read(&signed)?;
    let events = told(signed.language, move || Ok(hall.store.audit(part.from, part.limit.min(MOST))?)).await?;
    Ok(Json(events.iter().map(|event| serde_json::to_value(event).unwrap_or_default()).collect()))
}

/// Verifies the whole chain.
///
/// # Errors
/// `not-allowed`; `gallery` when the chain is broken.
#[utoipa::path(get, path = "/api/v1/audit/verified", tag = "audit",
    responses((status = 200, body = Head), (status = 403, body = Problem), (status = 503, body = Problem)))]
pub async fn verify(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
) -> Result<Json<Head>, Problem> {
    may_read(&signed)?;
    let head = told(signed.language, move || Ok(hall.store.verify_audit()?)).await?;
    Ok(Json(Head { sequence: head.sequence, hash: head.hash.to_string() }))
}
