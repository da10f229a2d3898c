//! Submission of files, judged by the quality gate while the person waits.

use super::{Hall, Problem, told};
use crate::casework::{Exhibit, Incident, Role, Specimen};
use crate::engine::Context;
use crate::engine::error::EngineError;
use crate::engine::manifest::{Entry, Imaging, specimen_from};
use crate::engine::ports::Clock as _;
use crate::engine::progress::Unwatched;
use crate::engine::submit::{Outcome, Submitting, Verdict, submit_with};
use crate::ids::{Digest, ExhibitId, FirearmId, IncidentId, SpecimenId};
use crate::language::Language;
use crate::mark::gate::{Twin, TwinKind};
use crate::server::guard::Signed;
use crate::server::uploads::{Received, Source};
use crate::store::service::{Answer, Asked, Upload};
use crate::surface::DecodeOptions;
use axum::Extension;
use axum::extract::multipart::{Field, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use utoipa::ToSchema;

/// Most bytes of one submission: the decoder's own limit for a file and room for the fields.
pub const MOST_BYTES: usize = 300 << 20;
/// Most bytes of a field that is no file.
const MOST_FIELD: usize = 4_096;
/// Most bytes of a key by which a request is known again.
const MOST_KEY: usize = 256;
/// Bytes of files that a submission holds in memory, unless a single one is larger.
const MOST_IN_MEMORY: u64 = 128 << 20;
/// Bytes of a file that go to the disk together.
const PIECE: usize = 1 << 20;
/// Most files of one submission; a tray goes in several.
const MOST_FILES: usize = 64;

/// The fields of the form. Files of one exhibit go together; without a specimen, its number follows from exhibit and file.
#[derive(Deserialize, ToSchema)]
#[allow(dead_code, reason = "describes the form; its parts are read one by one")]
pub struct SubmissionForm {
    /// The exhibit.
    exhibit: String,
    /// The incident of evidence; evidence of a stored exhibit needs none.
    incident: Option<String>,
    /// Date of the incident: YYYY-MM-DD, YYYY-MM or YYYY.
    incident_date: Option<String>,
    /// The firearm of test fires, instead of an incident.
    firearm: Option<String>,
    /// The specimen, of a single file.
    specimen: Option<String>,
    /// Calibre, such as `9mm Luger`.
    calibre: Option<String>,
    /// Instrument of files that state none.
    instrument: Option<String>,
    /// Scans (X3P) or photographs (PNG, JPEG, TIFF, BMP).
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<Vec<u8>>,
    /// Instead of a file: the identifier of one that came in pieces.
    upload: Option<Vec<String>>,
}

/// What came with a request.
#[derive(Default)]
struct Form {
    fields: BTreeMap<String, String>,
    files: Vec<Received>,
    /// Identifiers of files that came in pieces.
    uploads: Vec<String>,
}

/// The last part of a path, without anything that could steer a terminal.
pub(super) fn plain_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or("file");
    let plain: String = last.chars().filter(|c| !c.is_control()).take(200).collect();
    if plain.is_empty() { "file".to_owned() } else { plain }
}

impl Form {
    /// Reads the form; files go to the disk as they come.
    async fn read(mut multipart: Multipart, hall: &Arc<Hall>, signed: &Signed) -> Result<Self, Problem> {
        let bad = |detail: String| Problem::new("bad-input", detail, signed.language);
        let mut form = Self::default();
        loop {
            let part = multipart.next_field().await.map_err(|e| refused(&e, signed))?;
            let Some(mut part) = part else { return Ok(form) };
            let name = part.name().unwrap_or_default().to_owned();
            if name == "file" {
                let file = plain_name(part.file_name().unwrap_or("file"));
                form.files.push(kept(&mut part, file, hall, signed).await?);
                if form.files.len() + form.uploads.len() > MOST_FILES {
                    return Err(bad(format!("file: expected at most {MOST_FILES}, got more")));
                }
                continue;
            }
            let text = part.text().await.map_err(|e| refused(&e, signed))?;
            if name == "upload" && text.len() <= MOST_FIELD && form.files.len() + form.uploads.len() < MOST_FILES {
                form.uploads.push(text.trim().to_owned());
                continue;
            }
            let known = ["exhibit", "incident", "incident_date", "firearm", "specimen", "calibre", "instrument"];
            if !known.contains(&name.as_str()) || text.len() > MOST_FIELD {
                return Err(bad(format!(
                    "form: expected fields {}, file, upload, of up to {MOST_FIELD} bytes",
                    known.join(", ")
                )));
            }
            if !text.trim().is_empty() {
                form.fields.insert(name, text.trim().to_owned());
            }
        }
    }

    /// Takes the files that came in pieces in, and gives their identifiers. One that is not there any more was submitted with an earlier request of the
    /// same key: then the answer to that is given again.
    fn gather(&mut self, hall: &Hall, account: &str) -> Result<Vec<String>, EngineError> {
        let mut taken = Vec::with_capacity(self.uploads.len());
        for id in &self.uploads {
            let upload = hall.service.upload(id, account)?;
            let sha256 = hall.uploads.digest(&upload)?;
            taken.push(upload.id.clone());
            let Upload { id, name, bytes, .. } = upload;
            self.files.push(Received { name, bytes, sha256, source: Source::InPieces(id) });
        }
        Ok(taken)
    }

    /// The digest of all that was sent: the same request again has the same.
    fn digest(&self) -> Digest {
        let mut text = format!("{:?}", self.fields);
        for Received { name, sha256, .. } in &self.files {
            text.push_str(&format!("\n{name:?} {sha256}"));
        }
        Digest::of(text.as_bytes())
    }

    fn entries(&self) -> Result<Vec<Entry>, EngineError> {
        let input = |what: &str, expected: &str, got: &str| EngineError::Input {
            what: what.to_owned(),
            expected: expected.to_owned(),
            got: got.to_owned(),
        };
        let field = |name: &str| self.fields.get(name).map(String::as_str);
        let id = ExhibitId::new(field("exhibit").ok_or_else(|| input("exhibit", "its number", "nothing"))?);
        if self.files.is_empty() {
            return Err(input("file", "at least one", "none"));
        }
        let (incident, exhibit) = match (field("firearm"), field("incident")) {
            (Some(firearm), None) => (None, Exhibit::test_fires(id, FirearmId::new(firearm))),
            (None, Some(number)) => {
                let mut incident = Incident::numbered(IncidentId::new(number));
                if let Some(text) = field("incident_date") {
                    let date = text.parse().map_err(|_| input("incident_date", "YYYY-MM-DD, YYYY-MM or YYYY", text))?;
                    incident.date = Some(date);
                }
                let exhibit = Exhibit::evidence(id, incident.id.clone());
                (Some(incident), exhibit)
            }
            (Some(_), Some(_)) => return Err(input("incident and firearm", "one of them", "both")),
            (None, None) => return Err(input("incident or firearm", "one of them", "neither")),
        };
        if field("specimen").is_some() && self.files.len() > 1 {
            return Err(input("specimen", "none for several files", "one"));
        }
        let entry = |Received { name, .. }: &Received| {
            let number = field("specimen").map_or_else(|| specimen_from(&exhibit.id, name), SpecimenId::new);
            let mut specimen = Specimen::numbered(number, exhibit.id.clone());
            specimen.calibre = field("calibre").map(str::to_owned);
            Entry {
                row: 0,
                file: name.clone(),
                incident: incident.clone(),
                exhibit: exhibit.clone(),
                specimen,
                imaging: Imaging { instrument: field("instrument").map(str::to_owned), ..Imaging::default() },
            }
        };
        Ok(self.files.iter().map(entry).collect())
    }
}

/// Writes a file of the form to the disk as it comes.
async fn kept(part: &mut Field<'_>, name: String, hall: &Arc<Hall>, signed: &Signed) -> Result<Received, Problem> {
    let language = signed.language;
    let begin = Arc::clone(hall);
    let mut incoming = told(language, move || begin.uploads.incoming()).await?;
    let mut held = Vec::with_capacity(PIECE);
    loop {
        let chunk = part.chunk().await.map_err(|e| refused(&e, signed))?;
        held.extend_from_slice(chunk.as_deref().unwrap_or_default());
        if chunk.is_none() || held.len() >= PIECE {
            let hall = Arc::clone(hall);
            (incoming, held) = told(language, move || {
                incoming.write(&held, &hall.uploads)?;
                held.clear();
                Ok((incoming, held))
            })
            .await?;
        }
        if chunk.is_none() {
            return Ok(incoming.end(name));
        }
    }
}

fn refused(error: &axum::extract::multipart::MultipartError, signed: &Signed) -> Problem {
    let large = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
    let detail =
        if large { format!("expected at most {MOST_BYTES} bytes") } else { "form: it could not be read".to_owned() };
    Problem::new(if large { "too-large" } else { "bad-input" }, detail, signed.language)
}

/// Submits files of one exhibit. Each is outlined, prepared and judged by the quality gate before the answer comes; a file that cannot be used is
/// reported and the others are stored. With the header `Idempotency-Key` the same request again gets the same answer.
///
/// # Errors
/// `not-allowed` for analysts and auditors; `bad-input`, `too-large`; `conflict` for a key that was used for another request.
#[utoipa::path(post, path = "/api/v1/submissions", tag = "submission",
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of the client's own for this request.")),
    request_body(content = SubmissionForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Vec<serde_json::Value>, description = "What became of each file."), (status = 403, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub async fn submit(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
    multipart: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    signed.must_be(&[Role::Technician, Role::Examiner])?;
    // Waiting here holds the client back before its bytes are read.
    let _room = hall.submissions.acquire().await.map_err(|_| Problem::new("ending", "", signed.language))?;
    let bad = |detail: String| Problem::new("bad-input", detail, signed.language);
    let multipart =
        multipart.map_err(|_| bad("header Content-Type: expected multipart/form-data with a boundary".to_owned()))?;
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::to_owned);
    if key.as_ref().is_some_and(|key| key.len() > MOST_KEY) {
        return Err(bad(format!("header Idempotency-Key: expected at most {MOST_KEY} bytes")));
    }
    let mut form = Form::read(multipart, &hall, &signed).await?;
    let shared = Arc::clone(&hall);
    let language = signed.language;
    let answered = told(language, move || {
        let name = &signed.account.name;
        let uploads = form.gather(&shared, name)?;
        let answered = answer(&shared, (name, language), &form, key.as_deref())?;
        for id in uploads.iter().filter(|_| answered.is_some()) {
            shared.service.end_upload(id)?;
            shared.uploads.end(id);
        }
        Ok(answered)
    })
    .await?;
    let Some(Answer { status, body }) = answered else {
        return Err(Problem::new("conflict", "Idempotency-Key: it was used for another request", language));
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    Ok((status, [(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// What became of a file, for a reader: why it failed in their language, and as `twin` the stored specimen that it duplicates with how it does
/// (`bytes`, `acquisition`, `case`).
fn outcome_told(outcome: &Outcome, language: Language) -> Value {
    let mut value = serde_json::to_value(outcome).unwrap_or_default();
    let twin = match &outcome.result {
        Verdict::AlreadyThere => {
            Some(Twin { kind: TwinKind::Bytes, specimen: outcome.specimen.to_string(), correlation: 1.0 })
        }
        result => result.gate().and_then(|gate| gate.twin.clone()),
    };
    value["twin"] = serde_json::to_value(twin).unwrap_or_default();
    if let Verdict::Failed { why, why_spanish } = &outcome.result {
        value["why"] = Value::from(language.pick(why, why_spanish).as_str());
        if let Some(fields) = value.as_object_mut() {
            fields.remove("why_spanish");
        }
    }
    value
}

/// None where the key belongs to another request.
fn answer(
    hall: &Hall,
    (actor, language): (&str, Language),
    form: &Form,
    key: Option<&str>,
) -> Result<Option<Answer>, EngineError> {
    let digest = form.digest();
    if let Some(key) = key {
        match hall.service.asked(actor, key, &digest)? {
            Asked::New => {}
            Asked::Again(answer) => return Ok(Some(answer)),
            Asked::Otherwise => return Ok(None),
        }
    }
    let entries = form.entries()?;
    let gallery = hall.gallery()?;
    let context =
        Context { store: &hall.store, clock: &hall.clock, actor, parameters: &hall.parameters, progress: &Unwatched };
    let bytes = |entry: &Entry| {
        let found = form
            .files
            .iter()
            .zip(&entries)
            .find(|(_, listed)| listed.specimen.id == entry.specimen.id && listed.file == entry.file);
        let (received, _) = found.ok_or_else(|| EngineError::Input {
            what: entry.file.clone(),
            expected: "a file of this submission".to_owned(),
            got: "none".to_owned(),
        })?;
        hall.uploads.read(received)
    };
    // While some are stored the next are read: two blocks are in memory.
    let largest = form.files.iter().map(|file| file.bytes).max().unwrap_or_default().max(1);
    let together = usize::try_from(MOST_IN_MEMORY / (2 * largest)).unwrap_or(usize::MAX);

    let options = DecodeOptions::default();
    let how = Submitting { options: &options, gallery: Some(&gallery), forced: None, together };
    let outcomes = submit_with(&context, &entries, &bytes, how)?;
    hall.counts.submitted.fetch_add(outcomes.len() as u64, Ordering::Relaxed);
    let told: Vec<Value> = outcomes.iter().map(|outcome| outcome_told(outcome, language)).collect();
    let answer = Answer { status: 200, body: Value::from(told).to_string() };
    if let Some(key) = key {
        hall.service.keep_answer(actor, key, &digest, &answer, hall.clock.now())?;
    }
    Ok(Some(answer))
}
