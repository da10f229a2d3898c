//! Lists of candidates with all that a reader weighs, and the record of who looked at what.

use super::leads::lead_of_pair;
use super::specimens::row_of;
use super::{Hall, Problem, pictures, told};
use crate::casework::{Candidate, CorrelationResult, Role};
use crate::compare::at_bound;
use crate::engine::all_marks::by_all_marks;
use crate::engine::correlate::Receipt;
use crate::engine::error::EngineError;
use crate::engine::filter::Field;
use crate::engine::ports::{Clock as _, MarkFilter, SpecimenRows, Stamp, Store as _, StoreError};
use crate::ids::SpecimenId;
use crate::language::Language;
use crate::mark::Region;
use crate::server::given::{Given, Named};
use crate::server::guard::Signed;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use utoipa::ToSchema;

/// The latest list of candidates of a specimen: each with what is known of its case, the lead on the pair, and whether the reader has looked at it; the
/// receipt of the search in numbers and words; and where firing pins or aperture shear were imaged, what the firing pin found besides, the receipt of each
/// search, and all that was found in one order by all marks of the cases.
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
        let lists = newest(&hall, &specimen)?;
        shown(&hall, &specimen, &lists, &name, language)
    })
    .await?;
    Ok(Json(list))
}

/// The latest list of each kind of mark that the specimen was asked with, the breech face first.
fn newest(hall: &Hall, specimen: &SpecimenId) -> Result<Vec<(Region, CorrelationResult)>, EngineError> {
    let filter = MarkFilter { specimen: Some(specimen.clone()), suitable_only: true, ..MarkFilter::default() };
    let mut newest: BTreeMap<Region, CorrelationResult> = BTreeMap::new();
    for context in hall.store.marks(&filter)? {
        let Some(list) = hall.store.correlations(&context.mark.id)?.into_iter().next() else { continue };
        match newest.entry(context.mark.region) {
            Entry::Vacant(entry) => {
                entry.insert(list);
            }
            Entry::Occupied(mut entry) if list.at >= entry.get().at => {
                entry.insert(list);
            }
            Entry::Occupied(_) => {}
        }
    }
    if newest.is_empty() {
        return Err(StoreError::NotFound { kind: "correlation of specimen", id: specimen.to_string() }.into());
    }
    Ok(newest.into_iter().collect())
}

fn shown(
    hall: &Hall,
    specimen: &SpecimenId,
    lists: &[(Region, CorrelationResult)],
    reader: &str,
    language: Language,
) -> Result<Value, EngineError> {
    let Some(((kind, list), others)) = lists.split_first() else {
        return Err(StoreError::NotFound { kind: "correlation of specimen", id: specimen.to_string() }.into());
    };
    let query = row_of(hall, specimen)?;
    let listed = |of: &SpecimenId| list.candidates.iter().any(|one| one.specimen == *of);
    let also: Vec<(Region, &Candidate)> = others
        .iter()
        .flat_map(|(kind, list)| list.candidates.iter().map(move |one| (*kind, one)))
        .filter(|(_, one)| !listed(&one.specimen))
        .collect();
    let ids: Vec<SpecimenId> =
        list.candidates.iter().chain(also.iter().map(|one| one.1)).map(|one| one.specimen.clone()).collect();
    let rows = hall.store.specimen_rows(SpecimenRows::These(&ids))?;
    let viewed = hall.service.views_of(reader, specimen)?;
    let told = |at: usize, candidate: &Candidate| {
        let about = rows.binary_search_by(|row| row.id.cmp(&candidate.specimen)).ok().and_then(|at| rows.get(at));
        let lead = about.and_then(|about| lead_of_pair(hall, &query, about));
        let mut value = serde_json::to_value(candidate).unwrap_or_default();
        value["rank"] = json!(at + 1);
        value["log10_lr_at_bound"] =
            json!(candidate.log10_lr.is_some_and(|lr| at_bound(lr, candidate.log10_lr_interval)));
        value["about"] = json!(about);
        value["lead"] = json!(lead.map(|lead| json!({ "id": lead.id(), "state": lead.state().word() })));
        value["viewed"] = json!(viewed.get(&candidate.specimen));
        value
    };
    let candidates: Vec<Value> = list.candidates.iter().enumerate().map(|(at, one)| told(at, one)).collect();
    let also: Vec<Value> = also
        .iter()
        .enumerate()
        .map(|(at, (kind, one))| {
            let mut value = told(candidates.len() + at, one);
            value["found_by"] = json!(kind);
            value
        })
        .collect();
    let searches: Vec<Value> = lists
        .iter()
        .map(|(kind, list)| {
            json!({
                "kind": kind, "query": list.query, "at": list.at, "parameters": list.parameters, "receipt": list.receipt,
                "receipt_words": words(list, language), "candidates": list.candidates.len(),
            })
        })
        .collect();
    let receipt: Option<Receipt> = serde_json::from_value(list.receipt.clone()).ok();
    let population = &hall.parameters.model.population;
    Ok(json!({
        "query": query, "at": list.at, "version": list.version, "parameters": list.parameters, "generation": list.generation,
        "filter": receipt.as_ref().map(|receipt| filter_of(receipt, language)),
        "exhaustive": receipt.is_some_and(|receipt| receipt.exhaustive), "receipt": list.receipt, "receipt_words": words(list, language),
        "kind": kind, "candidates": candidates, "also": also, "searches": searches, "all_marks": all_marks(hall, lists, reader, language)?,
        "population": language.pick(&population.english, &population.spanish),
    }))
}

/// What the filter of a search asked, field by field; empty where there was none.
fn filter_of(receipt: &Receipt, language: Language) -> Value {
    let told =
        |(field, asked): (Field, String)| json!({ "field": field, "name": field.words(language), "asked": asked });
    receipt.asked().into_iter().map(told).collect::<Vec<_>>().into()
}

/// The receipt of a list in words, a line each.
fn words(list: &CorrelationResult, language: Language) -> Vec<String> {
    serde_json::from_value::<Receipt>(list.receipt.clone())
        .map(|receipt| receipt.words(language).lines().map(|line| line.trim().to_owned()).collect())
        .unwrap_or_default()
}

/// What the lists found in one order by all marks of the cases, with the score of each kind.
fn all_marks(
    hall: &Hall,
    lists: &[(Region, CorrelationResult)],
    reader: &str,
    language: Language,
) -> Result<Option<Value>, EngineError> {
    let top = lists.iter().map(|(_, list)| list.candidates.len()).sum();
    let lists: Vec<&CorrelationResult> = lists.iter().map(|(_, list)| list).collect();
    let Some(found) = by_all_marks(&pictures::context(hall, reader), &lists, top)? else {
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
    Ok(Some(json!({
        "began": found.began, "kinds": found.kinds, "words": found.words(language), "candidates": candidates,
    })))
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
