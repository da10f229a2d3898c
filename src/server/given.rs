//! Bodies, queries and paths of requests, with refusals as problems.

use super::guard::asked_language;
use super::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// A JSON body.
pub struct Given<T>(pub T);

/// The query of an address.
pub struct Asked<T>(pub T);

/// The variable part of an address.
pub struct Named<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Given<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let language = asked_language(request.headers()).unwrap_or_default();
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => {
                let large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
                // What serde says of a body may quote it, and a body may hold a password: only the place is told.
                let detail = match &rejection {
                    JsonRejection::JsonDataError(error) => place(&error.body_text()),
                    JsonRejection::JsonSyntaxError(_) => "body: expected JSON".to_owned(),
                    JsonRejection::MissingJsonContentType(_) => {
                        "header Content-Type: expected application/json".to_owned()
                    }
                    _ => "body: it could not be read".to_owned(),
                };
                Err(Problem::new(if large { "too-large" } else { "bad-input" }, detail, language))
            }
        }
    }
}

/// Which field of a body is wrong, without what stood in it.
fn place(said: &str) -> String {
    let known =
        ["missing field", "unknown field", "unknown variant", "invalid type", "invalid value", "invalid length"];
    let field = said.rsplit_once(": ").map_or("", |(before, _)| before);
    let field = field.strip_prefix("Failed to deserialize the JSON body into the target type").unwrap_or("");
    let field = field.trim_start_matches(": ").split(':').next().unwrap_or("").trim();
    let what = known.into_iter().find(|word| said.contains(word)).unwrap_or("wrong");
    let named = said.split('`').nth(1).filter(|_| what.ends_with("field")).unwrap_or(field);
    format!("body, {named}: {what}")
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let language = asked_language(&parts.headers).unwrap_or_default();
        let read = Query::<T>::from_request_parts(parts, state).await;
        read.map(|Query(value)| Self(value)).map_err(|e| Problem::new("bad-input", e.body_text(), language))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let language = asked_language(&parts.headers).unwrap_or_default();
        let read = Path::<T>::from_request_parts(parts, state).await;
        // An address that cannot be read names nothing.
        read.map(|Path(value)| Self(value)).map_err(|_| Problem::new("not-found", "", language))
    }
}
