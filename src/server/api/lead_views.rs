//! Views saved at the comparison bench: kept with the lead, and shown in its report.

use super::{Hall, Problem, told};
use crate::casework::Role;
use crate::engine::error::EngineError;
use crate::engine::ports::{Clock as _, LeadView, MOST_VIEW_BYTES, Stamp, Store as _};
use crate::ids::{Digest, LeadId};
use crate::report::shade::png_size;
use crate::server::given::{Given, Named};
use crate::server::guard::Signed;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use base64::Engine as _;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What a picture is sent as.
const PREFIX: &str = "data:image/png;base64,";
/// Largest body: the picture in base64 and room for the words.
pub const MOST_BYTES: usize = MOST_VIEW_BYTES / 3 * 4 + (64 << 10);
/// Most characters of a caption.
const MOST_CAPTION: usize = 1_000;

/// A view to be saved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewView {
    /// The picture as `data:image/png;base64,...`.
    pub picture: String,
    /// What it shows, in the person's words.
    pub caption: String,
}

/// The views of a lead in the order in which they were saved.
///
/// # Errors
/// `not-found`.
#[utoipa::path(get, path = "/api/v1/leads/{id}/views", tag = "leads", params(("id" = String, Path, description = "The lead.")),
    responses((status = 200, body = Vec<Value>), (status = 404, body = Problem)))]
pub async fn list(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
) -> Result<Json<Vec<LeadView>>, Problem> {
    let views = told(signed.language, move || {
        let id = hall.store.lead(&LeadId::new(id))?.id().clone();
        Ok(hall.store.lead_views(&id)?)
    })
    .await?;
    Ok(Json(views))
}

/// Saves a view.
///
/// # Errors
/// `not-allowed` for auditors, `not-found`, `bad-input` for what is no PNG of at most 4,096 x 4,096.
#[utoipa::path(post, path = "/api/v1/leads/{id}/views", tag = "leads", request_body = NewView,
    params(("id" = String, Path, description = "The lead.")),
    responses((status = 201, body = Value), (status = 403, body = Problem), (status = 404, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub async fn save(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
    Given(new): Given<NewView>,
) -> Result<(StatusCode, Json<LeadView>), Problem> {
    signed.must_be(&[Role::Technician, Role::Examiner, Role::Analyst])?;
    let view = told(signed.language, move || {
        let input =
            |what: &str, expected: String, got: String| EngineError::Input { what: what.to_owned(), expected, got };
        let caption = new.caption.trim().to_owned();
        if caption.chars().count() > MOST_CAPTION {
            return Err(input(
                "caption",
                format!("at most {MOST_CAPTION} characters"),
                caption.chars().count().to_string(),
            ));
        }
        let coded = new.picture.strip_prefix(PREFIX);
        let png = coded.and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
        let png = png.ok_or_else(|| input("picture", format!("{PREFIX}..."), "something else".to_owned()))?;
        png_size(&png).map_err(|e| input("picture", "a PNG of at most 4,096 x 4,096".to_owned(), e.to_string()))?;
        let (now, by) = (hall.clock.now(), signed.account.name.clone());
        let view = LeadView { lead: LeadId::new(id), digest: Digest::of(&png), caption, by, at: now };
        hall.store.put_lead_view(&view, &png, &Stamp::new(now, &view.by))?;
        Ok(view)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// The picture of a saved view.
///
/// # Errors
/// `not-found`.
#[utoipa::path(get, path = "/api/v1/leads/{id}/views/{picture}", tag = "leads",
    params(("id" = String, Path, description = "The lead."), ("picture" = String, Path, description = "The digest, with `.png`.")),
    responses((status = 200, body = Vec<u8>, content_type = "image/png"), (status = 404, body = Problem)))]
pub async fn picture(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named((id, name)): Named<(String, String)>,
) -> Result<Response, Problem> {
    let nothing = || Problem::new("not-found", "", signed.language);
    let digest: Digest = name.strip_suffix(".png").and_then(|hex| hex.parse().ok()).ok_or_else(nothing)?;
    let png = told(signed.language, move || Ok(hall.store.lead_view_picture(&LeadId::new(id), &digest)?)).await?;
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}
