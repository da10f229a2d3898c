//! Outlines of a specimen's acquisition, shown and corrected.

use super::{Hall, Problem, pictures, told};
use crate::engine::error::EngineError;
use crate::engine::outline::{Drawing, draw, received_map};
use crate::engine::ports::{OutlineRecord, Store as _};
use crate::engine::relief::newest_acquisition;
use crate::grid::HeightMap;
use crate::ids::SpecimenId;
use crate::language::Language;
use crate::mark::Suitability;
use crate::mark::outline::{Outlines, PartOutline};
use crate::report::outlined::{finding, name, reason};
use crate::server::given::{Given, Named};
use crate::server::guard::Signed;
use axum::extract::State;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// A person's outlines.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// Shapes of the parts in um about the middle of the acquisition, as `drawing` of the answer. An empty object takes corrections back: the outlines are those
    /// again that the program found, or none where the scan was cropped already.
    pub drawing: Value,
    /// Why; kept with the version and in the audit chain.
    pub reason: String,
}

fn version(record: &OutlineRecord) -> Value {
    json!({ "number": record.version, "by": record.by, "at": record.at, "reason": record.reason, "drawing": Drawing::of(&record.outlines) })
}

fn part(found: &PartOutline, language: Language) -> Value {
    let reasons: Vec<&str> = found.reasons.iter().map(|why| reason(*why, language)).collect();
    json!({
        "part": found.part, "name": name(found.part, language), "confidence": found.confidence, "reasons": reasons,
        "shape": found.shape,
    })
}

/// Where the parts of the case lie on the newest acquisition of a specimen, with every earlier version.
///
/// # Errors
/// `not-found`.
#[utoipa::path(get, path = "/api/v1/specimens/{id}/outline", tag = "gallery",
    params(("id" = String, Path, description = "Its identifier.")),
    responses((status = 200, body = Value), (status = 404, body = Problem)))]
pub async fn show(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
) -> Result<Json<Value>, Problem> {
    let language = signed.language;
    let view = told(language, move || {
        let context = pictures::context(&hall, &signed.account.name);
        let acquisition = newest_acquisition(&context, &SpecimenId::new(id))?;
        let versions = hall.store.outlines(&acquisition.id)?;
        let (map, _) = received_map(&context, &acquisition)?;
        let none =
            Outlines { finding: crate::mark::outline::Finding::AlreadyOutlined, parts: Vec::new(), tilt_rad: 0.0 };
        let newest = versions.last().map_or(&none, |newest| &newest.outlines);
        Ok(json!({
            "acquisition": acquisition.id, "number": versions.last().map(|newest| newest.version),
            "versions": versions.iter().map(version).collect::<Vec<_>>(), "frame": frame(&map),
            "finding": finding(newest.finding, language),
            "parts": newest.parts.iter().map(|found| part(found, language)).collect::<Vec<_>>(),
            "drawing": Drawing::of(newest),
        }))
    })
    .await?;
    Ok(Json(view))
}

/// What a picture of the whole acquisition covers, um; its middle is the origin.
fn frame(map: &HeightMap) -> Value {
    let side = |points: usize| points as f64 * map.pitch_um;
    json!({ "width_um": side(map.columns()), "height_um": side(map.rows()), "pitch_um": map.pitch_um })
}

/// Corrects the outlines: a new version beside the earlier ones, and the marks cut anew along it.
///
/// # Errors
/// `not-allowed` for auditors, `not-found`, `bad-input` for shapes that are none, no breech face, or no reason.
#[utoipa::path(put, path = "/api/v1/specimens/{id}/outline", tag = "gallery", request_body = Correction,
    params(("id" = String, Path, description = "Its identifier.")),
    responses((status = 200, body = Value), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn correct(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
    Given(correction): Given<Correction>,
) -> Result<Json<Value>, Problem> {
    let (language, person) = (signed.language, signed.person()?);
    let view = told(language, move || {
        let context = pictures::context(&hall, &signed.account.name);
        let acquisition = newest_acquisition(&context, &SpecimenId::new(id))?;
        let drawing = Drawing::from_json(&correction.drawing.to_string(), "drawing")?;
        let (record, mark) = draw(&context, &person, &acquisition.id, &drawing, &correction.reason)?;
        let suitability = match &mark.quality.suitability {
            Suitability::Suitable => language.pick("can be compared", "se puede comparar").to_owned(),
            Suitability::Unsuitable { english, spanish, .. } => language.pick(english, spanish).clone(),
        };
        let mut value = version(&record);
        value["suitability"] = json!(suitability);
        value["suitable"] = json!(mark.suitable());
        value["quality"] = json!(mark.quality);
        Ok::<_, EngineError>(value)
    })
    .await?;
    Ok(Json(view))
}
