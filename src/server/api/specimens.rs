//! What the gallery holds: numbers, specimens, received files.

use super::{Hall, Problem, told};
use crate::engine::error::EngineError;
use crate::engine::parameters::VERSION;
use crate::engine::ports::{MarkFilter, SpecimenRow, SpecimenRows, Store as _, StoreError};
use crate::ids::{AcquisitionId, SpecimenId};
use crate::server::given::{Asked, Named};
use crate::server::guard::Signed;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Most specimens of one answer.
const MOST: usize = 500;

/// Numbers of the gallery.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusView {
    /// Marks that can be searched.
    pub marks: u64,
    /// Generation of the gallery: it grows with every change.
    pub generation: u64,
    /// Version of brasslink.
    pub version: &'static str,
    /// Hash of the parameters of searches and comparisons.
    pub parameters: String,
}

/// Which specimens.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// Only identifiers behind this one, in their order.
    #[serde(default)]
    after: String,
    /// Only those with this text in specimen, exhibit, incident or firearm.
    #[serde(default)]
    contains: String,
    /// How many, at most 500.
    #[serde(default = "usual")]
    limit: usize,
}

fn usual() -> usize {
    100
}

/// What the gallery holds, in numbers.
///
/// # Errors
/// Those of the store.
#[utoipa::path(get, path = "/api/v1/status", tag = "gallery", responses((status = 200, body = StatusView)))]
pub async fn status(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
) -> Result<Json<StatusView>, Problem> {
    let view = told(signed.language, move || {
        Ok(StatusView {
            marks: hall.store.count_marks(&MarkFilter { suitable_only: true, ..MarkFilter::default() })?,
            generation: hall.store.generation()?,
            version: VERSION,
            parameters: hall.parameters.hash().to_hex(),
        })
    })
    .await?;
    Ok(Json(view))
}

/// Specimens in the order of their identifiers, a page at a time.
///
/// # Errors
/// Those of the store.
#[utoipa::path(get, path = "/api/v1/specimens", tag = "gallery", params(Page), responses((status = 200, body = Vec<Value>)))]
pub async fn list(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Asked(page): Asked<Page>,
) -> Result<Json<Vec<SpecimenRow>>, Problem> {
    let rows = told(signed.language, move || {
        let (after, containing) = (page.after.as_str(), page.contains.as_str());
        Ok(hall.store.specimen_rows(SpecimenRows::Page { after, containing, limit: page.limit.min(MOST) })?)
    })
    .await?;
    Ok(Json(rows))
}

/// A specimen with its exhibit, acquisitions and what the quality gate said of each.
///
/// # Errors
/// `not-found`.
#[utoipa::path(get, path = "/api/v1/specimens/{id}", tag = "gallery", params(("id" = String, Path, description = "Its identifier.")),
    responses((status = 200, body = Value), (status = 404, body = Problem)))]
pub async fn show(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
) -> Result<Json<Value>, Problem> {
    let view = told(signed.language, move || {
        let specimen = hall.store.specimen(&SpecimenId::new(id))?;
        let exhibit = hall.store.exhibit(&specimen.exhibit)?;
        let acquisitions = hall.store.acquisitions(Some(&specimen.id))?;
        let about = row_of(&hall, &specimen.id)?;
        Ok(json!({ "specimen": specimen, "exhibit": exhibit, "acquisitions": acquisitions, "about": about }))
    })
    .await?;
    Ok(Json(view))
}

/// A specimen in a row.
pub(super) fn row_of(hall: &Hall, id: &SpecimenId) -> Result<SpecimenRow, EngineError> {
    let row = hall.store.specimen_rows(SpecimenRows::These(std::slice::from_ref(id)))?.pop();
    row.ok_or_else(|| StoreError::NotFound { kind: "specimen", id: id.to_string() }.into())
}

/// The bytes of an acquisition exactly as received.
///
/// # Errors
/// `not-found`, `gallery` when they no longer have their digest.
#[utoipa::path(get, path = "/api/v1/acquisitions/{id}/received", tag = "gallery",
    params(("id" = String, Path, description = "Its identifier.")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
pub async fn received(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let bytes = told(signed.language, move || Ok(hall.store.received_bytes(&AcquisitionId::new(id))?)).await?;
    // A browser stores it and never shows it: whatever somebody submitted stays data.
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CONTENT_DISPOSITION, "attachment")];
    Ok((headers, bytes).into_response())
}
