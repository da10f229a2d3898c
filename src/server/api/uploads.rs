//! Files in pieces: a connection that breaks costs one piece, not the file.

use super::submissions::{MOST_BYTES, plain_name};
use super::{Hall, Problem, told};
use crate::casework::Role;
use crate::engine::error::EngineError;
use crate::engine::ports::Clock as _;
use crate::ids::Digest;
use crate::server::given::{Given, Named};
use crate::server::guard::Signed;
use crate::store::service::{Upload, random};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Largest piece, bytes.
pub const MOST_PIECE: usize = 8 << 20;
/// Most files of an account that are not submitted yet.
const MOST_OPEN: u64 = 64;
/// Header that says where a piece begins.
const OFFSET: &str = "upload-offset";

/// A file to come.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUpload {
    /// Its name.
    pub name: String,
    /// Its length, bytes.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal digits; checked when the file is submitted.
    #[serde(default)]
    pub sha256: Option<String>,
}

/// How far a file has come.
#[derive(Serialize, ToSchema)]
pub struct UploadView {
    /// Its identifier, for the next pieces and for the form field `upload` of a submission.
    pub id: String,
    /// Bytes that are there: the next piece begins here.
    pub offset: u64,
    /// Its length, bytes.
    pub bytes: u64,
}

/// Begins a file.
///
/// # Errors
/// `not-allowed` for analysts and auditors; `bad-input` for too large a file or too many that are not submitted.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "submission", request_body = NewUpload,
    responses((status = 201, body = UploadView), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn begin(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Given(new): Given<NewUpload>,
) -> Result<(StatusCode, Json<UploadView>), Problem> {
    signed.must_be(&[Role::Technician, Role::Examiner])?;
    let view = told(signed.language, move || {
        let input =
            |what: &str, expected: String, got: String| EngineError::Input { what: what.to_owned(), expected, got };
        if new.bytes == 0 || new.bytes > MOST_BYTES as u64 {
            return Err(input("bytes", format!("1 to {MOST_BYTES}"), new.bytes.to_string()));
        }
        let sha256 = new.sha256.map(|hex| {
            hex.parse::<Digest>()
                .map_err(|_| input("sha256", "64 hexadecimal digits".to_owned(), "something else".to_owned()))
        });
        let now = hall.clock.now();
        hall.uploads.sweep(&hall.service.sweep_uploads(now)?);
        let upload = Upload {
            id: hex::encode(random::<16>()?),
            account: signed.account.name.clone(),
            name: plain_name(&new.name),
            bytes: new.bytes,
            sha256: sha256.transpose()?,
            created: now,
        };
        hall.service.begin_upload(&upload, MOST_OPEN)?;
        hall.uploads.begin(&upload.id)?;
        Ok(UploadView { id: upload.id, offset: 0, bytes: upload.bytes })
    })
    .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// How far a file has come; its own account's alone.
///
/// # Errors
/// `not-found`.
#[utoipa::path(get, path = "/api/v1/uploads/{id}", tag = "submission", params(("id" = String, Path, description = "Its identifier.")),
    responses((status = 200, body = UploadView), (status = 404, body = Problem)))]
pub async fn show(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
) -> Result<Json<UploadView>, Problem> {
    let view = told(signed.language, move || {
        let Upload { id, bytes, .. } = hall.service.upload(&id, &signed.account.name)?;
        Ok(UploadView { offset: hall.uploads.offset(&id)?, id, bytes })
    })
    .await?;
    Ok(Json(view))
}

/// Adds a piece of at most 8 MiB, which begins where the header `Upload-Offset` says.
///
/// # Errors
/// `not-found`; `conflict` where the file ends elsewhere or would grow beyond its length: ask how far it has come and go on from there.
#[utoipa::path(patch, path = "/api/v1/uploads/{id}", tag = "submission",
    params(("id" = String, Path, description = "Its identifier."), ("Upload-Offset" = u64, Header, description = "Where the piece begins.")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = UploadView), (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub async fn append(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
    headers: HeaderMap,
    piece: Bytes,
) -> Result<Json<UploadView>, Problem> {
    let language = signed.language;
    let at = headers.get(OFFSET).and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<u64>().ok());
    let at = at.ok_or_else(|| Problem::new("bad-input", format!("header {OFFSET}: expected a number"), language))?;
    let (view, fits) = told(language, move || {
        let upload = hall.service.upload(&id, &signed.account.name)?;
        let end = hall.uploads.append(&upload, at, &piece)?;
        let (Ok(offset) | Err(offset)) = end;
        Ok((UploadView { id: upload.id, offset, bytes: upload.bytes }, end.is_ok()))
    })
    .await?;
    if fits {
        return Ok(Json(view));
    }
    let detail = format!("{OFFSET}: expected {}, and no more than {} bytes in all", view.offset, view.bytes);
    Err(Problem::new("conflict", detail, language))
}

/// Gives a file up.
///
/// # Errors
/// `not-found`.
#[utoipa::path(delete, path = "/api/v1/uploads/{id}", tag = "submission", params(("id" = String, Path, description = "Its identifier.")),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn end(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    told(signed.language, move || {
        let upload = hall.service.upload(&id, &signed.account.name)?;
        hall.service.end_upload(&upload.id)?;
        hall.uploads.end(&upload.id);
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
