//! Where a lead leads: firearm, traces, chain of sale, times, places, indicators and conflicts; drawings, reports and exports.
//!
//! Names of persons are masked. An examiner or analyst who states purpose and case number in the headers `X-Purpose` and `X-Case-Number` (UTF-8, percent-
//! encoded) sees them; every such look is logged before it is granted, and one that is refused is logged too.

use super::investigation_told::Found;
use super::leads::LeadRow;
use super::{Hall, Problem, told};
use crate::casework::Lead;
use crate::engine::error::EngineError;
use crate::engine::parameters::VERSION;
use crate::engine::ports::{Clock as _, Store as _};
use crate::engine::purpose::stated_purpose;
use crate::ids::LeadId;
use crate::language::Language;
use crate::report::Drawing;
use crate::report::chart::{chain_of_sale, link_chart, place_map, timeline, waterfall};
use crate::report::export::{Origin, Scope, document, edges_csv, geojson, graphml, nodes_csv, nodes_of};
use crate::report::gather::lead::{
    Sources, disclosed, lead_custody, lead_dossier, lead_history, lead_pair, lead_view, undrawn,
};
use crate::report::gather::links::chart_of;
use crate::report::html::{Dossier, LeadReport, lead_report};
use crate::report::pdf::lead_pdf;
use crate::report::view::Disclosure;
use crate::server::given::{Asked, Named};
use crate::server::guard::Signed;
use crate::trace::Purpose;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::IntoParams;

/// Headers of a stated purpose.
const PURPOSE: &str = "x-purpose";
const CASE_NUMBER: &str = "x-case-number";
/// Most bytes of each.
const MOST_STATED: usize = 600;

/// Purpose and case number as a request states them.
#[derive(Default)]
struct Stated {
    purpose: Option<String>,
    case: Option<String>,
}

impl Stated {
    fn of(headers: &HeaderMap, signed: &Signed) -> Result<Self, Problem> {
        let one = |name: &'static str| -> Result<Option<String>, Problem> {
            let bad = || {
                let detail = format!("header {name}: expected percent-encoded UTF-8 of at most {MOST_STATED} bytes");
                Problem::new("bad-input", detail, signed.language)
            };
            let Some(value) = headers.get(name) else { return Ok(None) };
            let text = value.to_str().map_err(|_| bad())?;
            let text = percent_encoding::percent_decode_str(text).decode_utf8().map_err(|_| bad())?;
            if text.len() > MOST_STATED || text.chars().any(char::is_control) {
                return Err(bad());
            }
            Ok(Some(text.into_owned()))
        };
        Ok(Self { purpose: one(PURPOSE)?, case: one(CASE_NUMBER)? })
    }

    /// The purpose, logged.
    fn logged(&self, hall: &Hall, signed: &Signed, what: &str) -> Result<Option<Purpose>, EngineError> {
        if self.purpose.is_some() != self.case.is_some() {
            return Err(EngineError::Input {
                what: format!("headers {PURPOSE} and {CASE_NUMBER}"),
                expected: "both or neither".to_owned(),
                got: "one of them".to_owned(),
            });
        }
        let who = (signed.account.name.as_str(), signed.account.role);
        stated_purpose(&hall.store, &hall.clock, who, (self.purpose.as_deref(), self.case.as_deref()), what)
    }
}

fn sources(hall: &Hall, language: Language) -> Sources<'_> {
    Sources {
        store: &hall.store,
        parameters: &hall.parameters,
        now: hall.clock.now(),
        gallery: "brasslink".to_owned(),
        language,
    }
}

/// The purpose of a look at a lead, logged. An unknown lead is refused before.
fn purpose_of(hall: &Hall, signed: &Signed, stated: &Stated, lead: &Lead) -> Result<Option<Purpose>, EngineError> {
    stated.logged(hall, signed, &format!("lead {}", lead.id()))
}

/// The report of a lead, its names shown where a purpose was stated and logged.
fn report_of(hall: &Hall, signed: &Signed, stated: &Stated, id: &LeadId) -> Result<LeadReport, EngineError> {
    let lead = hall.store.lead(id)?;
    let purpose = purpose_of(hall, signed, stated, &lead)?;
    let story = hall.story()?;
    let names = (purpose.as_ref(), disclosed(purpose.as_ref()));
    lead_view(&sources(hall, signed.language), &story, id, names)
}

/// All that a lead leads to, in words: of every picture (`drawings` names those that there are) what it shows stands here too, as `links`, `events` with
/// `intervals`, `places`, `chain` and `waterfalls`. `history` gives each step with the hash of its audit event; the chain is not verified for it.
///
/// # Errors
/// `not-found`; `not-allowed` for a stated purpose of somebody who is neither examiner nor analyst.
#[utoipa::path(get, path = "/api/v1/leads/{id}/investigation", tag = "investigation",
    params(("id" = String, Path, description = "The lead."), ("X-Purpose" = Option<String>, Header, description = "Why names of persons are needed."),
        ("X-Case-Number" = Option<String>, Header, description = "The case for which.")),
    responses((status = 200, body = Value), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn show(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
    Named(id): Named<String>,
) -> Result<Json<Value>, Problem> {
    let stated = Stated::of(&headers, &signed)?;
    let view = told(signed.language, move || {
        let id = LeadId::new(id);
        let lead = hall.store.lead(&id)?;
        let purpose = purpose_of(&hall, &signed, &stated, &lead)?;
        let story = hall.story()?;
        let (firearm, dossier) = lead_dossier(&story, &lead, purpose.as_ref());
        let found = Found {
            custody: lead_custody(&hall.store, &story, &lead, (firearm.as_ref(), purpose.as_ref()))?,
            history: lead_history(&hall.store, &lead)?,
            drawings: drawings_of(&dossier),
            disclosure: disclosed(purpose.as_ref()),
            dossier,
        };
        Ok(found.told(&LeadRow::of(&lead, hall.clock.now()), signed.language))
    })
    .await?;
    Ok(Json(view))
}

/// The pictures that there are of a dossier; the pair there always is.
fn drawings_of(dossier: &Dossier) -> Vec<String> {
    let mut names = vec!["pair".to_owned()];
    let mut name = |there: bool, name: &str| {
        if there {
            names.push(name.to_owned());
        }
    };
    name(!dossier.chart.nodes.is_empty(), "links");
    name(!dossier.timeline.events.is_empty() || !dossier.timeline.intervals.is_empty(), "timeline");
    name(!dossier.chain.items.is_empty(), "chain");
    name(!dossier.map.places.is_empty(), "map");
    names.extend((0..dossier.waterfalls.len()).map(|at| format!("waterfall-{at}")));
    names
}

/// One picture of a lead: `pair`, `links`, `timeline`, `chain`, `map`, `waterfall-0` and on.
///
/// # Errors
/// As [`show`]; `not-found` for a picture that there is not.
#[utoipa::path(get, path = "/api/v1/leads/{id}/drawings/{name}", tag = "investigation",
    params(("id" = String, Path, description = "The lead."), ("name" = String, Path, description = "The picture, with `.svg`."),
        ("X-Purpose" = Option<String>, Header, description = "Why names of persons are needed."),
        ("X-Case-Number" = Option<String>, Header, description = "The case for which.")),
    responses((status = 200, body = String, content_type = "image/svg+xml"), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn drawing(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
    Named((id, name)): Named<(String, String)>,
) -> Result<Response, Problem> {
    let stated = Stated::of(&headers, &signed)?;
    let language = signed.language;
    let drawn = told(language, move || {
        let lead = hall.store.lead(&LeadId::new(id))?;
        let purpose = purpose_of(&hall, &signed, &stated, &lead)?;
        let name = name.strip_suffix(".svg").unwrap_or(&name);
        if name == "pair" {
            // The marks alone; what firearms and traces tell is no part of it.
            return Ok(Some(lead_pair(&sources(&hall, language), &lead)?.drawing));
        }
        let (_, dossier) = lead_dossier(&*hall.story()?, &lead, purpose.as_ref());
        drawn(&dossier, &disclosed(purpose.as_ref()), name, language)
    })
    .await?;
    let drawn = drawn.ok_or_else(|| Problem::new("not-found", "", language))?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], drawn.into_string()).into_response())
}

fn drawn(
    dossier: &Dossier,
    disclosure: &Disclosure,
    name: &str,
    language: Language,
) -> Result<Option<Drawing>, EngineError> {
    if !drawings_of(dossier).iter().any(|there| there == name) {
        return Ok(None);
    }
    let drawn = match name {
        "links" => link_chart(&dossier.chart, disclosure, language),
        "timeline" => timeline(&dossier.timeline, disclosure, language),
        "chain" => chain_of_sale(&dossier.chain, disclosure, language),
        "map" => place_map(&dossier.map, language),
        _ => {
            let at = name.strip_prefix("waterfall-").and_then(|at| at.parse::<usize>().ok());
            let Some(one) = at.and_then(|at| dossier.waterfalls.get(at)) else { return Ok(None) };
            waterfall(one, language)
        }
    };
    drawn.map(Some).map_err(undrawn)
}

/// The language of what a browser opens by its address alone.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Tongue {
    /// `en` or `es`; otherwise that of the request.
    #[param(value_type = Option<String>)]
    pub(super) language: Option<Language>,
}

/// The report of a lead as one self-contained page.
///
/// # Errors
/// As [`show`].
#[utoipa::path(get, path = "/api/v1/leads/{id}/report.html", tag = "investigation",
    params(("id" = String, Path, description = "The lead."), Tongue, ("X-Purpose" = Option<String>, Header, description = "Why names of persons are needed."),
        ("X-Case-Number" = Option<String>, Header, description = "The case for which.")),
    responses((status = 200, body = String, content_type = "text/html"), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn report_page(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
    Named(id): Named<String>,
    Asked(Tongue { language }): Asked<Tongue>,
) -> Result<Response, Problem> {
    let stated = Stated::of(&headers, &signed)?;
    let signed = Signed { language: language.unwrap_or(signed.language), ..signed };
    let language = signed.language;
    let page = told(language, move || {
        let view = report_of(&hall, &signed, &stated, &LeadId::new(id))?;
        lead_report(&view, language).map_err(undrawn)
    })
    .await?;
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, REPORT_POLICY)];
    Ok((headers, page).into_response())
}

/// The report of a lead as PDF.
///
/// # Errors
/// As [`show`].
#[utoipa::path(get, path = "/api/v1/leads/{id}/report.pdf", tag = "investigation",
    params(("id" = String, Path, description = "The lead."), ("X-Purpose" = Option<String>, Header, description = "Why names of persons are needed."),
        ("X-Case-Number" = Option<String>, Header, description = "The case for which.")),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf"), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn report_pdf(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let stated = Stated::of(&headers, &signed)?;
    let language = signed.language;
    let pdf = told(language, move || {
        let view = report_of(&hall, &signed, &stated, &LeadId::new(id))?;
        lead_pdf(&view, Some(hall.clock.now()), language).map_err(undrawn)
    })
    .await?;
    Ok(([(header::CONTENT_TYPE, "application/pdf")], pdf).into_response())
}

/// A report is one page that brings its style along and runs nothing.
const REPORT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

/// What a lead is joined to, for other programs: `graphml`, `nodes.csv`, `edges.csv`, `geojson`, `json` or `svg`.
///
/// # Errors
/// As [`show`].
#[utoipa::path(get, path = "/api/v1/leads/{id}/export/{file}", tag = "investigation",
    params(("id" = String, Path, description = "The lead."), ("file" = String, Path, description = "The file."),
        ("X-Purpose" = Option<String>, Header, description = "Why names of persons are needed."),
        ("X-Case-Number" = Option<String>, Header, description = "The case for which.")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn export(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
    Named((id, file)): Named<(String, String)>,
) -> Result<Response, Problem> {
    let stated = Stated::of(&headers, &signed)?;
    let language = signed.language;
    let written = told(language, move || exported(&hall, &signed, &stated, &LeadId::new(id), &file)).await?;
    let (kind, bytes) = written.ok_or_else(|| Problem::new("not-found", "", language))?;
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, "attachment")], bytes).into_response())
}

fn exported(
    hall: &Hall,
    signed: &Signed,
    stated: &Stated,
    id: &LeadId,
    file: &str,
) -> Result<Option<(&'static str, Vec<u8>)>, EngineError> {
    let kind = match file {
        "graphml" => "application/graphml+xml",
        "nodes.csv" | "edges.csv" => "text/csv; charset=utf-8",
        "geojson" => "application/geo+json",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        _ => return Ok(None),
    };
    hall.store.lead(id)?;
    let purpose = stated.logged(hall, signed, &format!("export lead {id}"))?;
    let (story, scope) = (hall.story()?, Scope::Lead(id.clone()));
    let head = hall.store.verify_audit()?;
    let origin = Origin {
        version: VERSION.to_owned(),
        parameters: hall.parameters.hash().to_hex(),
        made: hall.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        audit: format!("{} {}", head.sequence, head.hash),
        scope: format!("lead {id}"),
    };
    let document = document(&story, &scope, purpose.as_ref(), origin)?;
    let bytes = match file {
        "graphml" => graphml(&document).into_bytes(),
        "nodes.csv" => nodes_csv(&document).map_err(undrawn)?.into_bytes(),
        "edges.csv" => edges_csv(&document).map_err(undrawn)?.into_bytes(),
        "geojson" => serde_json::to_vec_pretty(&geojson(&story, &scope, &document)?).unwrap_or_default(),
        "json" => serde_json::to_vec_pretty(&document).unwrap_or_default(),
        _ => {
            let chart = chart_of(&story, &nodes_of(&story, &scope)?, purpose.as_ref());
            let drawn = link_chart(&chart, &disclosed(purpose.as_ref()), signed.language).map_err(undrawn)?;
            drawn.into_string().into_bytes()
        }
    };
    Ok(Some((kind, bytes)))
}
