//! Errors as answers: `application/problem+json` (RFC 9457), from one table of faults.

use crate::casework::CaseworkError;
use crate::engine::error::{EngineError, Fault};
use crate::engine::ports::StoreError;
use crate::language::Language;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// An error as an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem it is: a word that stays the same in all languages and versions.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for people.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What exactly: file, field, expected, got.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Seconds after which asking again makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

/// Kind, status and titles of every problem.
const TABLE: &[(&str, StatusCode, &str, &str)] = &[
    ("sign-in-required", StatusCode::UNAUTHORIZED, "Sign in first", "Primero inicie sesión"),
    ("sign-in-refused", StatusCode::UNAUTHORIZED, "Name or password is wrong", "Nombre o contraseña incorrectos"),
    ("password-change-required", StatusCode::FORBIDDEN, "Change the password first", "Primero cambie la contraseña"),
    ("not-allowed", StatusCode::FORBIDDEN, "Your role does not allow this", "Su función no lo permite"),
    (
        "csrf",
        StatusCode::FORBIDDEN,
        "The request does not come from this service's pages",
        "La petición no viene de las páginas de este servicio",
    ),
    ("not-found", StatusCode::NOT_FOUND, "There is no such thing", "No existe"),
    ("conflict", StatusCode::CONFLICT, "Something else is kept under that name", "Bajo ese nombre se guarda otra cosa"),
    ("stale", StatusCode::CONFLICT, "Somebody else changed it meanwhile", "Otra persona lo cambió entretanto"),
    ("bad-input", StatusCode::UNPROCESSABLE_ENTITY, "What was given cannot be used", "Lo enviado no se puede usar"),
    ("too-large", StatusCode::PAYLOAD_TOO_LARGE, "Too large", "Demasiado grande"),
    ("too-many", StatusCode::TOO_MANY_REQUESTS, "Too many requests", "Demasiadas peticiones"),
    ("gallery", StatusCode::SERVICE_UNAVAILABLE, "The gallery is in use or damaged", "La galería está en uso o dañada"),
    ("ending", StatusCode::SERVICE_UNAVAILABLE, "The service is ending", "El servicio está terminando"),
    ("fault", StatusCode::INTERNAL_SERVER_ERROR, "A fault of the service", "Un fallo del servicio"),
];

impl Problem {
    /// A problem of a kind of the table; an unknown kind is a fault.
    #[must_use]
    pub fn new(kind: &str, detail: impl Into<String>, language: Language) -> Self {
        let known = TABLE.iter().find(|(word, ..)| *word == kind).or(TABLE.last());
        let (kind, status, english, spanish) =
            known.copied().unwrap_or(("fault", StatusCode::INTERNAL_SERVER_ERROR, "", ""));
        Self {
            kind: kind.to_owned(),
            title: language.pick(english, spanish).to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            retry_after_s: None,
        }
    }

    /// A use case's error. What is the service's own fault is told to the log and not to the caller: it may name files of the machine.
    #[must_use]
    pub fn of(error: &EngineError, language: Language) -> Self {
        let said = error.say(language);
        let kind = match error {
            EngineError::Store(StoreError::NotFound { .. }) => "not-found",
            EngineError::Store(StoreError::Conflict { .. }) => "conflict",
            EngineError::Store(StoreError::Stale { .. }) => "stale",
            EngineError::Store(StoreError::TooLarge { .. }) => "too-large",
            EngineError::Casework(CaseworkError::WrongRole { .. } | CaseworkError::SamePerson { .. }) => "not-allowed",
            other => match other.fault() {
                Fault::Input => "bad-input",
                Fault::Gallery => "gallery",
                Fault::Stopped => "ending",
                Fault::Internal => "fault",
            },
        };
        if matches!(kind, "fault" | "gallery") {
            eprintln!("{kind}: {error}");
            return Self::new(kind, "", language);
        }
        Self::new(kind, said, language)
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        Self::of(&error, Language::En)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::of(&error.into(), Language::En)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let wait = self.retry_after_s;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"brasslink\""));
        }
        if let Some(seconds) = wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
