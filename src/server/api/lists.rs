//! Lists of candidates with all that a reader weighs, and the record of who looked at what.

use super::leads::lead_of_pair;
use super::specimens::row_of;
use super::{Hall, Problem, pictures, told};
use crate::casework::{CorrelationResult, Role};
use crate::compare::at_bound;
use crate::engine::all_marks::by_all_marks;
use crate::engine::correlate::Receipt;
use crate::engine::error::EngineError;
use crate::engine::filter::Field;
use crate::engine::ports::{Clock as _, MarkFilter, SpecimenRows, Stamp, Store as _, StoreError};
use crate::ids::SpecimenId;
use crate::language::Language;
use crate::server::given::{Given, Named};
use crate::server::guard::Signed;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// The latest list of candidates of a specimen: each with what is known of its case, the lead on the pair, and whether the reader has looked at it; the
/// receipt of the search in numbers and words; and the same candidates by all marks of the cases, where firing pins or aperture shear were imaged.
///
/// # Errors
/// `not-found` where it was not searched yet.
#[utoipa::path(get, path = "/api/v1/specimens/{id}/correlation", tag = "gallery",
    params(("id" = String, Path, description = "Its identifier.")),
    responses((status = 200, body = Value), (status = 404, body = Problem)))]
pub async fn correlation(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
) -> Result<Json<Value>, Problem> {
    let (language, name) = (signed.language, signed.account.name.clone());
    let list = told(language, move || {
        let specimen = hall.store.specimen(&SpecimenId::new(id))?.id;
        let list = newest(&hall, &specimen)?;
        shown(&hall, &specimen, &list, &name, language)
    })
    .await?;
    Ok(Json(list))
}

fn newest(hall: &Hall, specimen: &SpecimenId) -> Result<CorrelationResult, EngineError> {
    let filter = MarkFilter { specimen: Some(specimen.clone()), suitable_only: true, ..MarkFilter::default() };
    let mut newest: Option<CorrelationResult> = None;
    for context in hall.store.marks(&filter)? {
        let of = hall.store.correlations(&context.mark.id)?.into_iter().next();
        newest = newest.into_iter().chain(of).max_by_key(|list| list.at);
    }
    newest.ok_or_else(|| StoreError::NotFound { kind: "correlation of specimen", id: specimen.to_string() }.into())
}

fn shown(
    hall: &Hall,
    specimen: &SpecimenId,
    list: &CorrelationResult,
    reader: &str,
    language: Language,
) -> Result<Value, EngineError> {
    let query = row_of(hall, specimen)?;
    let ids: Vec<SpecimenId> = list.candidates.iter().map(|c| c.specimen.clone()).collect();
    let rows = hall.store.specimen_rows(SpecimenRows::These(&ids))?;
    let viewed = hall.service.views_of(reader, specimen)?;
    let mut candidates = Vec::with_capacity(list.candidates.len());
    for (at, candidate) in list.candidates.iter().enumerate() {
        let about = rows.binary_search_by(|row| row.id.cmp(&candidate.specimen)).ok().and_then(|at| rows.get(at));
        let lead = about.and_then(|about| lead_of_pair(hall, &query, about));
        let mut value = serde_json::to_value(candidate).unwrap_or_default();
        value["rank"] = json!(at + 1);
        value["log10_lr_at_bound"] =
            json!(candidate.log10_lr.is_some_and(|lr| at_bound(lr, candidate.log10_lr_interval)));
        value["about"] = json!(about);
        value["lead"] = json!(lead.map(|lead| json!({ "id": lead.id(), "state": lead.state().word() })));
        value["viewed"] = json!(viewed.get(&candidate.specimen));
        candidates.push(value);
    }
    let receipt: Option<Receipt> = serde_json::from_value(list.receipt.clone()).ok();
    let words: Vec<String> = receipt
        .as_ref()
        .map(|receipt| receipt.words(language).lines().map(|line| line.trim().to_owned()).collect())
        .unwrap_or_default();
    let population = &hall.parameters.model.population;
    Ok(json!({
        "query": query, "at": list.at, "version": list.version, "parameters": list.parameters, "generation": list.generation,
        "filter": receipt.as_ref().map(|receipt| filter_of(receipt, language)),
        "exhaustive": receipt.is_some_and(|receipt| receipt.exhaustive), "receipt": list.receipt, "receipt_words": words,
        "candidates": candidates, "all_marks": all_marks(hall, list, reader)?,
        "population": language.pick(&population.english, &population.spanish),
    }))
}

/// What the filter of a search asked, field by field; empty where there was none.
fn filter_of(receipt: &Receipt, language: Language) -> Value {
    let told =
        |(field, asked): (Field, String)| json!({ "field": field, "name": field.words(language), "asked": asked });
    receipt.asked().into_iter().map(told).collect::<Vec<_>>().into()
}

/// The same candidates ordered by all marks of the cases, with the score of each kind.
fn all_marks(hall: &Hall, list: &CorrelationResult, reader: &str) -> Result<Option<Value>, EngineError> {
    let Some(found) = by_all_marks(&pictures::context(hall, reader), list, list.candidates.len())? else {
        return Ok(None);
    };
    let candidates: Vec<Value> = found
        .candidates
        .iter()
        .map(|candidate| {
            let scores: serde_json::Map<String, Value> = found
                .kinds
                .iter()
                .filter_map(|kind| {
                    let word = serde_json::to_value(kind).ok()?.as_str()?.to_owned();
                    Some((word, json!(candidate.found.evidence.score(*kind)?)))
                })
                .collect();
            json!({
                "specimen": candidate.found.specimen, "score": candidate.found.fused.score,
                "log10_lr": candidate.likelihood_ratio.log10(), "scores": scores,
            })
        })
        .collect();
    Ok(Some(json!({ "kinds": found.kinds, "candidates": candidates })))
}

/// A pair that somebody looked at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Looked {
    /// One specimen.
    pub reference: String,
    /// The other.
    pub comparison: String,
}

/// Records that the person looked at a pair, in the audit chain; once for each pair and person.
///
/// # Errors
/// `not-found`.
#[utoipa::path(post, path = "/api/v1/views", tag = "comparison", request_body = Looked,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn viewed(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Given(looked): Given<Looked>,
) -> Result<StatusCode, Problem> {
    signed.must_be(&[Role::Technician, Role::Examiner, Role::Analyst, Role::Auditor])?;
    told(signed.language, move || {
        let pair = [SpecimenId::new(looked.reference), SpecimenId::new(looked.comparison)];
        for specimen in &pair {
            hall.store.specimen(specimen)?;
        }
        let (now, name) = (hall.clock.now(), &signed.account.name);
        if hall.service.keep_view(name, [&pair[0], &pair[1]], now)? {
            let subject = format!("specimens {} and {}", pair[0], pair[1]);
            hall.store.log("pair.viewed", &subject, &Value::Null, &Stamp::new(now, name))?;
        }
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
