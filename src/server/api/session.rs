//! Signing in and out, and one's own password.

use super::{Hall, Problem, told};
use crate::casework::Role;
use crate::engine::ports::{Clock as _, Stamp, Store as _};
use crate::language::Language;
use crate::server::given::Given;
use crate::server::guard::{COOKIE, Signed, asked_language, cookie};
use crate::store::service::{Account, Refusal};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use utoipa::ToSchema;

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
}

/// A change of one's own password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password so far.
    pub current: String,
    /// The password from now on: twelve characters or more.
    pub new: String,
}

/// An account, as everybody may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// The name.
    pub name: String,
    /// `technician`, `examiner`, `analyst` or `auditor`.
    #[schema(value_type = String)]
    pub role: Role,
    /// Whether the person manages accounts.
    pub administrator: bool,
    /// Whether nothing but changing the password is open to the person.
    pub must_change_password: bool,
    /// Whether the account is closed.
    pub disabled: bool,
    /// `en` or `es`.
    #[schema(value_type = String)]
    pub language: Language,
}

impl From<&Account> for AccountView {
    fn from(account: &Account) -> Self {
        Self {
            name: account.name.clone(),
            role: account.role,
            administrator: account.administrator,
            must_change_password: account.must_change,
            disabled: account.disabled,
            language: account.language,
        }
    }
}

/// Who has signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// The account.
    pub account: AccountView,
    /// What requests that change something repeat in the header `X-CSRF-Token`; none for tokens.
    pub csrf: Option<String>,
}

/// Signs in with name and password. The answer sets a cookie.
///
/// # Errors
/// `sign-in-refused`, `too-many`.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", security(()),
    request_body = SignIn,
    responses((status = 200, body = SessionView), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn open(
    State(hall): State<Arc<Hall>>,
    from: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Given(given): Given<SignIn>,
) -> Result<Response, Problem> {
    let language = asked_language(&headers).unwrap_or_default();
    let limited = |seconds| Problem { retry_after_s: Some(seconds), ..Problem::new("too-many", "", language) };
    if let Some(Extension(ConnectInfo(at))) = from
        && !hall.limits.sign_in(at.ip())
    {
        return Err(limited(60));
    }
    let shared = Arc::clone(&hall);
    let signed = told(language, move || {
        let now = shared.clock.now();
        let found = shared.service.verify(&given.name, &given.password, now)?;
        let (action, subject) = match &found {
            Ok(account) => ("session.opened", account.name.clone()),
            // A name that nobody has may be a password typed into the wrong field: it is not kept.
            Err(_) => ("session.refused", "account".to_owned()),
        };
        let stamp = Stamp::new(now, found.as_ref().map_or("brasslink", |account| account.name.as_str()));
        shared.store.log(action, &subject, &serde_json::json!({}), &stamp)?;
        let Ok(account) = found else { return Ok(Err(found.err())) };
        let new = shared.service.open_session(&account.name, now)?;
        Ok(Ok((account, new)))
    })
    .await?;
    match signed {
        Ok((account, new)) => {
            let view = SessionView { account: AccountView::from(&account), csrf: Some(new.csrf) };
            Ok(with_cookie(Json(view).into_response(), &new.secret, hall.secure, None))
        }
        Err(refusal) => {
            hall.counts.refused.fetch_add(1, Ordering::Relaxed);
            match refusal {
                Some(Refusal::Locked(seconds)) => Err(limited(seconds.max(1) as u64)),
                _ => Err(Problem::new("sign-in-refused", "", language)),
            }
        }
    }
}

fn with_cookie(mut answer: Response, secret: &str, secure: bool, age: Option<u32>) -> Response {
    let secure = if secure { "; Secure" } else { "" };
    let age = age.map_or(String::new(), |seconds| format!("; Max-Age={seconds}"));
    let text = format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Strict{secure}{age}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        answer.headers_mut().insert(header::SET_COOKIE, value);
    }
    answer
}

/// Who has signed in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session",
    responses((status = 200, body = SessionView), (status = 401, body = Problem)))]
pub async fn show(Extension(signed): Extension<Signed>) -> Json<SessionView> {
    Json(SessionView { account: AccountView::from(&signed.account), csrf: signed.csrf })
}

/// Signs out.
///
/// # Errors
/// Those of the accounts.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204), (status = 401, body = Problem)))]
pub async fn close(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let secure = hall.secure;
    if let Some(secret) = cookie(&headers).map(str::to_owned) {
        told(signed.language, move || Ok(hall.service.close_session(&secret)?)).await?;
    }
    Ok(with_cookie(StatusCode::NO_CONTENT.into_response(), "", secure, Some(0)))
}

/// Changes one's own password; all sessions of the account end.
///
/// # Errors
/// `sign-in-refused` for a wrong current one, `bad-input` for a short new one.
#[utoipa::path(post, path = "/api/v1/session/password", tag = "session", request_body = PasswordChange,
    responses((status = 204), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn change_password(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Given(given): Given<PasswordChange>,
) -> Result<StatusCode, Problem> {
    let language = signed.language;
    let right = told(language, move || {
        let (now, name) = (hall.clock.now(), &signed.account.name);
        if hall.service.verify(name, &given.current, now)?.is_err() {
            return Ok(false);
        }
        hall.service.set_password(name, &given.new, false)?;
        hall.store.log("password.changed", name, &serde_json::json!({}), &Stamp::new(now, name))?;
        Ok(true)
    })
    .await?;
    if right { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::new("sign-in-refused", "", language)) }
}
