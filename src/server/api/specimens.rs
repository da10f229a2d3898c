//! What the gallery holds: numbers, specimens, pictures, received files, lists.

use super::{Hall, Problem, told};
use crate::casework::CorrelationResult;
use crate::engine::error::EngineError;
use crate::engine::parameters::VERSION;
use crate::engine::ports::{MarkFilter, Store as _, StoreError};
use crate::engine::review::mark_of;
use crate::ids::{AcquisitionId, SpecimenId};
use crate::report::shade::{Light, shaded};
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
    after: Option<String>,
    /// How many, at most 500.
    #[serde(default = "usual")]
    limit: usize,
}

fn usual() -> usize {
    100
}

/// How large a picture.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Size {
    /// Most pixels along one side, 32 to 2,048.
    #[serde(default = "thumbnail")]
    pixels: u32,
}

fn thumbnail() -> u32 {
    256
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
) -> Result<Json<Vec<Value>>, Problem> {
    let all = told(signed.language, move || {
        let all = hall.store.specimens(None)?;
        let behind = |id: &str| page.after.as_deref().is_none_or(|after| id > after);
        let wanted = all.into_iter().filter(|s| behind(s.id.as_str())).take(page.limit.min(MOST));
        Ok(wanted.map(|s| serde_json::to_value(s).unwrap_or_default()).collect())
    })
    .await?;
    Ok(Json(all))
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
        Ok(json!({ "specimen": specimen, "exhibit": exhibit, "acquisitions": acquisitions }))
    })
    .await?;
    Ok(Json(view))
}

/// The breech face of a specimen under virtual light.
///
/// # Errors
/// `not-found`, `bad-input` where it has no suitable mark.
#[utoipa::path(get, path = "/api/v1/specimens/{id}/breech-face.png", tag = "gallery",
    params(("id" = String, Path, description = "Its identifier."), Size),
    responses((status = 200, body = Vec<u8>, content_type = "image/png"), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn picture(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
    Asked(size): Asked<Size>,
) -> Result<Response, Problem> {
    let png = told(signed.language, move || {
        let mark = mark_of(&hall.store, &SpecimenId::new(id), &hall.parameters)?.1;
        let drawn = shaded(&mark.coarse, &Light::default(), size.pixels.clamp(32, 2_048));
        drawn.map(|picture| picture.png).map_err(|error| EngineError::Input {
            what: "picture".to_owned(),
            expected: "a mark with values".to_owned(),
            got: error.to_string(),
        })
    })
    .await?;
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
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

/// The latest list of candidates of a specimen, with the receipt of its search.
///
/// # Errors
/// `not-found` where it was not searched yet.
#[utoipa::path(get, path = "/api/v1/specimens/{id}/correlation", tag = "gallery",
    params(("id" = String, Path, description = "Its identifier.")),
    responses((status = 200, body = Value), (status = 404, body = Problem)))]
pub async fn correlation(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
) -> Result<Json<Value>, Problem> {
    let list = told(signed.language, move || {
        let specimen = hall.store.specimen(&SpecimenId::new(&id))?.id;
        let filter = MarkFilter { specimen: Some(specimen), suitable_only: true, ..MarkFilter::default() };
        let mut newest: Option<CorrelationResult> = None;
        for context in hall.store.marks(&filter)? {
            let of = hall.store.correlations(&context.mark.id)?.into_iter().next();
            newest = newest.into_iter().chain(of).max_by_key(|list| list.at);
        }
        newest.ok_or_else(|| EngineError::from(StoreError::NotFound { kind: "correlation of specimen", id }))
    })
    .await?;
    Ok(Json(serde_json::to_value(list).unwrap_or_default()))
}
