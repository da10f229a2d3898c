//! The HTTP API, version 1: handlers, and the OpenAPI document made from them.

pub mod audit;
pub mod compare;
pub mod health;
pub mod investigation;
mod investigation_told;
pub mod jobs;
pub mod lead_views;
pub mod leads;
pub mod lists;
pub mod operations;
pub mod outlines;
pub mod people;
pub mod pictures;
pub mod session;
pub mod specimens;
pub mod submissions;
pub mod traces;
pub mod uploads;

use super::guard::guard;
use super::hall::Hall;
use super::problem::Problem;
use crate::engine::error::EngineError;
use crate::language::Language;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router, middleware};
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Largest body that is not a submission, bytes.
const MOST_BODY: usize = 1 << 20;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "brasslink",
        description = "Open ballistic image matching. Candidates and leads are for people to judge; nothing here is an identification. \
                       Programs send a token (`Authorization: Bearer brl_...`); pages sign in with a cookie and repeat the header \
                       `X-CSRF-Token` in requests that change something. Errors are `application/problem+json` (RFC 9457)."
    ),
    modifiers(&Schemes),
    security(("token" = []), ("session" = []))
)]
struct Document;

struct Schemes;

impl utoipa::Modify for Schemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let token = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        components.add_security_scheme("token", token);
        let session = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(super::guard::COOKIE)));
        components.add_security_scheme("session", session);
        openapi.info.version = crate::engine::parameters::VERSION.to_owned();
    }
}

/// All routes of version 1, with their document.
fn version_1() -> OpenApiRouter<Arc<Hall>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(session::open, session::show, session::close))
        .routes(routes!(session::change_password))
        .routes(routes!(people::accounts, people::make_account))
        .routes(routes!(people::set_disabled))
        .routes(routes!(people::tokens, people::make_token))
        .routes(routes!(people::revoke_token))
        .routes(routes!(specimens::status))
        .routes(routes!(specimens::list))
        .routes(routes!(specimens::show))
        .routes(routes!(specimens::received))
        .routes(routes!(pictures::breech_face))
        .routes(routes!(pictures::surface))
        .routes(routes!(pictures::heights))
        .routes(routes!(outlines::show, outlines::correct))
        .routes(routes!(lists::correlation))
        .routes(routes!(lists::viewed))
        .routes(routes!(compare::compare))
        .routes(routes!(compare::picture))
        .routes(routes!(leads::list, leads::make))
        .routes(routes!(leads::show))
        .routes(routes!(leads::step))
        .routes(routes!(leads::what_if_excluded))
        .routes(routes!(investigation::show))
        .routes(routes!(investigation::drawing))
        .routes(routes!(investigation::report_page))
        .routes(routes!(investigation::report_pdf))
        .routes(routes!(investigation::export))
        .routes(routes!(traces::show))
        .routes(routes!(lead_views::picture))
        .routes(routes!(uploads::begin))
        .routes(routes!(operations::show))
        .routes(routes!(operations::chart))
        .routes(routes!(jobs::list, jobs::queue))
        .routes(routes!(jobs::audit_funnel))
        .routes(routes!(jobs::show))
        .routes(routes!(jobs::stop))
        .routes(routes!(jobs::events))
        .routes(routes!(audit::events))
        .routes(routes!(audit::verify))
        .routes(routes!(health::health))
        .routes(routes!(health::metrics))
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(submissions::submit))
                .layer(DefaultBodyLimit::max(submissions::MOST_BYTES)),
        )
        .merge(
            OpenApiRouter::new()
                .routes(routes!(uploads::show, uploads::append, uploads::end))
                .layer(DefaultBodyLimit::max(uploads::MOST_PIECE)),
        )
        .merge(
            OpenApiRouter::new()
                .routes(routes!(lead_views::list, lead_views::save))
                .layer(DefaultBodyLimit::max(lead_views::MOST_BYTES)),
        )
}

/// The OpenAPI document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = version_1().split_for_parts().1;
    with_problems(&mut document);
    document
}

/// What every address but the open ones may answer beside what it states itself.
const EVERYWHERE: &[(&str, &str)] = &[
    ("401", "Nobody has signed in."),
    ("403", "The role does not allow it, or the request does not come from the service's pages."),
    ("422", "What was given cannot be used."),
    ("429", "Too many requests."),
    ("503", "The gallery is in use or damaged, or the service is ending."),
];

/// Refusals are `application/problem+json`, and those that any request may meet are told of each.
fn with_problems(document: &mut utoipa::openapi::OpenApi) {
    use utoipa::openapi::{Content, Ref, RefOr, Response};
    let problem = || Content::new(Some(Ref::from_schema_name("Problem")));
    for item in document.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten();
        for operation in operations {
            let responses = &mut operation.responses.responses;
            for (status, response) in responses.iter_mut() {
                if let RefOr::T(response) = response
                    && status.starts_with(['4', '5'])
                {
                    response.content.clear();
                    response.content.insert("application/problem+json".to_owned(), problem());
                }
            }
            for (status, words) in EVERYWHERE {
                let mut response = Response::new(*words);
                response.content.insert("application/problem+json".to_owned(), problem());
                responses.entry((*status).to_owned()).or_insert(RefOr::T(response));
            }
        }
    }
}

/// All routes behind the guard.
pub fn router(hall: Arc<Hall>) -> Router {
    let routes = version_1().split_for_parts().0;
    let document = Arc::new(document());
    routes
        .route("/api/v1/openapi.json", axum::routing::get(move || async move { Json((*document).clone()) }))
        .fallback(elsewhere)
        .method_not_allowed_fallback(nothing)
        .layer(middleware::from_fn_with_state(Arc::clone(&hall), guard))
        .with_state(hall)
}

/// What is none of the API's: a page, or nothing.
async fn elsewhere(request: axum::extract::Request) -> Response {
    if request.method() == axum::http::Method::GET { super::pages::page(request).await } else { nothing().await }
}

async fn nothing() -> Response {
    Problem::new("not-found", "", Language::En).into_response()
}

/// Runs work that takes files or time on a thread of its own; errors are told in a language.
///
/// # Errors
/// Those of the work; `fault` when it panicked.
pub(super) async fn told<T: Send + 'static>(
    language: Language,
    work: impl FnOnce() -> Result<T, EngineError> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| Problem::of(&error, language)),
        Err(_) => Err(Problem::new("fault", "", language)),
    }
}
