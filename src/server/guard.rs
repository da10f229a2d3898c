//! Who asks, whether they may, how often; and the headers that every answer carries.

use super::hall::Hall;
use super::problem::Problem;
use crate::casework::{Person, Role};
use crate::engine::error::EngineError;
use crate::engine::ports::Clock as _;
use crate::language::Language;
use crate::store::service::Account;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Name of the cookie.
pub(super) const COOKIE: &str = "brasslink_session";
/// Header by which pages prove that a request is theirs.
pub(super) const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
/// What is open without signing in.
const OPEN: &[(&Method, &str)] =
    &[(&Method::GET, "/health"), (&Method::GET, "/api/v1/openapi.json"), (&Method::POST, "/api/v1/session")];
/// What is open to somebody who must change the password first.
const BEFORE_CHANGE: &[&str] = &["/api/v1/session", "/api/v1/session/password"];

/// Who has signed in.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The account.
    pub account: Account,
    /// What requests that change something must repeat; none for programs, which send no cookies.
    pub csrf: Option<String>,
    /// The language of answers.
    pub language: Language,
}

impl Signed {
    /// The person, as casework knows them.
    ///
    /// # Errors
    /// None for the name of an account.
    pub fn person(&self) -> Result<Person, Problem> {
        Person::new(&self.account.name, self.account.role).map_err(|e| self.problem(&e.into()))
    }

    /// An error in the person's language.
    #[must_use]
    pub fn problem(&self, error: &EngineError) -> Problem {
        Problem::of(error, self.language)
    }

    /// Refuses everybody but these roles.
    ///
    /// # Errors
    /// `not-allowed`.
    pub fn must_be(&self, roles: &[Role]) -> Result<(), Problem> {
        if roles.contains(&self.account.role) { Ok(()) } else { Err(self.not_allowed()) }
    }

    /// Refuses everybody but administrators.
    ///
    /// # Errors
    /// `not-allowed`.
    pub fn must_administrate(&self) -> Result<(), Problem> {
        if self.account.administrator { Ok(()) } else { Err(self.not_allowed()) }
    }

    fn not_allowed(&self) -> Problem {
        Problem::new("not-allowed", "", self.language)
    }
}

/// The language that a request asks for.
pub(super) fn asked_language(headers: &HeaderMap) -> Option<Language> {
    let text = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    text.split(',').find_map(|part| part.trim().get(..2)?.parse().ok())
}

/// The secret of the session in a request's cookies.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|text| text.split(';')).find_map(|one| one.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

async fn who(hall: &Arc<Hall>, headers: &HeaderMap) -> Result<Option<Signed>, Problem> {
    let token = bearer(headers).map(str::to_owned);
    let session = cookie(headers).map(str::to_owned);
    if token.is_none() && session.is_none() {
        return Ok(None);
    }
    let asked = asked_language(headers);
    let hall = Arc::clone(hall);
    super::api::told(Language::En, move || {
        let now = hall.clock.now();
        let found = if let Some(token) = token {
            hall.service.token_account(&token, now)?.map(|account| (account, None))
        } else {
            let session = hall.service.session(session.as_deref().unwrap_or_default(), now)?;
            session.map(|session| (session.account, Some(session.csrf)))
        };
        Ok(found.map(|(account, csrf)| Signed { language: asked.unwrap_or(account.language), account, csrf }))
    })
    .await
}

/// Lets a request pass, or says why not.
pub(super) async fn guard(State(hall): State<Arc<Hall>>, mut request: Request, next: Next) -> Response {
    let answer = match pass(&hall, &mut request).await {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let class = usize::from(answer.status().as_u16() / 100).clamp(1, 5) - 1;
    hall.counts.requests[class].fetch_add(1, Ordering::Relaxed);
    armoured(answer, hall.secure)
}

async fn pass(hall: &Arc<Hall>, request: &mut Request) -> Result<(), Problem> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let language = asked_language(request.headers()).unwrap_or_default();
    let page = method == Method::GET && super::pages::is_page(&path);
    if page || OPEN.iter().any(|(open, at)| **open == method && *at == path) {
        return Ok(());
    }
    let Some(signed) = who(hall, request.headers()).await? else {
        return Err(Problem::new("sign-in-required", "", language));
    };
    if !hall.limits.account(&signed.account.name) {
        return Err(Problem { retry_after_s: Some(1), ..Problem::new("too-many", "", signed.language) });
    }
    let changes = !matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
    if let Some(csrf) = signed.csrf.as_deref().filter(|_| changes) {
        let sent = request.headers().get(&CSRF).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !same(csrf, sent) {
            return Err(Problem::new("csrf", "", signed.language));
        }
    }
    if signed.account.must_change && !BEFORE_CHANGE.contains(&path.as_str()) {
        return Err(Problem::new("password-change-required", "", signed.language));
    }
    request.extensions_mut().insert(signed);
    Ok(())
}

/// Compares secrets without telling by time where they differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

/// The headers of every answer: nothing is kept by caches, framed, sniffed, or loaded from elsewhere.
fn armoured(mut answer: Response, secure: bool) -> Response {
    let headers = answer.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CACHE_CONTROL, "no-store");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if secure {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    answer
}
