//! Accounts, which administrators manage, and one's own tokens.

use super::session::AccountView;
use super::{Hall, Problem, told};
use crate::casework::Role;
use crate::engine::ports::{Clock as _, Stamp, Store as _};
use crate::language::Language;
use crate::server::given::{Given, Named};
use crate::server::guard::Signed;
use crate::store::service::Token;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// The name, as the audit chain will write it.
    pub name: String,
    /// `technician`, `examiner`, `analyst` or `auditor`.
    #[schema(value_type = String)]
    pub role: Role,
    /// Whether the person also manages accounts.
    #[serde(default)]
    pub administrator: bool,
    /// A first password of twelve characters or more, to be changed at the first sign-in.
    pub password: String,
    /// `en` or `es`.
    #[serde(default)]
    #[schema(value_type = String)]
    pub language: Language,
}

/// Whether an account is closed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// Closed or open.
    pub disabled: bool,
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub label: String,
    /// Days until it ends, 1 to 366.
    pub days: u16,
}

/// A token; never its secret.
#[derive(Serialize, ToSchema)]
pub struct TokenView {
    /// Its number.
    pub id: i64,
    /// What it is for.
    pub label: String,
    /// When it was made, RFC 3339.
    pub created: String,
    /// When it ends, RFC 3339.
    pub expires: String,
    /// Whether it was taken back.
    pub revoked: bool,
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        Self {
            id: token.id,
            label: token.label,
            created: token.created.to_string(),
            expires: token.expires.to_string(),
            revoked: token.revoked,
        }
    }
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub struct MadeToken {
    /// The token.
    pub token: TokenView,
    /// Its secret, told this once.
    pub secret: String,
}

/// All accounts; for administrators.
///
/// # Errors
/// `not-allowed`.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "people",
    responses((status = 200, body = Vec<AccountView>), (status = 403, body = Problem)))]
pub async fn accounts(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
) -> Result<Json<Vec<AccountView>>, Problem> {
    signed.must_administrate()?;
    let all = told(signed.language, move || Ok(hall.service.accounts()?)).await?;
    Ok(Json(all.iter().map(AccountView::from).collect()))
}

/// Makes an account; for administrators.
///
/// # Errors
/// `not-allowed`, `conflict`, `bad-input`.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "people", request_body = NewAccount,
    responses((status = 201, body = AccountView), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn make_account(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Given(new): Given<NewAccount>,
) -> Result<(StatusCode, Json<AccountView>), Problem> {
    signed.must_administrate()?;
    let made = told(signed.language, move || {
        let now = hall.clock.now();
        let rights = (new.role, new.administrator);
        let made = hall.service.make_account(&new.name, rights, (&new.password, true), new.language, now)?;
        let details = serde_json::json!({ "role": made.role, "administrator": made.administrator });
        hall.store.log("account.made", &made.name, &details, &Stamp::new(now, &signed.account.name))?;
        Ok(made)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(AccountView::from(&made))))
}

/// Closes or opens an account; for administrators. Closing ends its sessions and takes its tokens back.
///
/// # Errors
/// `not-allowed`, `not-found`, `bad-input` for the last administrator.
#[utoipa::path(put, path = "/api/v1/accounts/{name}/disabled", tag = "people", params(("name" = String, Path, description = "The name.")),
    request_body = Closing, responses((status = 200, body = AccountView), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn set_disabled(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(name): Named<String>,
    Given(closing): Given<Closing>,
) -> Result<Json<AccountView>, Problem> {
    signed.must_administrate()?;
    let done = told(signed.language, move || {
        let done = hall.service.set_disabled(&name, closing.disabled)?;
        let action = if closing.disabled { "account.closed" } else { "account.opened" };
        let stamp = Stamp::new(hall.clock.now(), &signed.account.name);
        hall.store.log(action, &done.name, &serde_json::json!({}), &stamp)?;
        Ok(done)
    })
    .await?;
    Ok(Json(AccountView::from(&done)))
}

/// One's own tokens.
///
/// # Errors
/// Those of the accounts.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "people", responses((status = 200, body = Vec<TokenView>)))]
pub async fn tokens(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
) -> Result<Json<Vec<TokenView>>, Problem> {
    let all = told(signed.language, move || Ok(hall.service.tokens(&signed.account.name)?)).await?;
    Ok(Json(all.into_iter().map(TokenView::from).collect()))
}

/// Makes a token that acts with one's own role. Only somebody who has signed in with a password may: a stolen token makes no others.
///
/// # Errors
/// `not-allowed`, `bad-input`.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "people", request_body = NewToken,
    responses((status = 201, body = MadeToken), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn make_token(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Given(new): Given<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    if signed.csrf.is_none() {
        return Err(Problem::new("not-allowed", "", signed.language));
    }
    let (token, secret) = told(signed.language, move || {
        let (now, name) = (hall.clock.now(), &signed.account.name);
        let made = hall.service.make_token(name, &new.label, new.days, now)?;
        let details = serde_json::json!({ "token": made.0.id, "label": made.0.label, "expires": made.0.expires });
        hall.store.log("token.made", name, &details, &Stamp::new(now, name))?;
        Ok(made)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(MadeToken { token: token.into(), secret })))
}

/// Takes one's own token back.
///
/// # Errors
/// `not-found`.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "people", params(("id" = i64, Path, description = "Its number.")),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn revoke_token(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<i64>,
) -> Result<StatusCode, Problem> {
    told(signed.language, move || {
        let name = &signed.account.name;
        hall.service.revoke_token(name, id)?;
        let stamp = Stamp::new(hall.clock.now(), name);
        hall.store.log("token.revoked", name, &serde_json::json!({ "token": id }), &stamp)?;
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
