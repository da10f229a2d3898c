//! What whoever runs the service looks at: gallery, queue, overdue work, confirmation, instruments, audits of the funnel.

use super::leads::LeadRow;
use super::{Hall, Problem, told};
use crate::casework::{Conclusion, Lead, LeadState, Step};
use crate::engine::control::views;
use crate::engine::funnel_audit::wilson;
use crate::engine::parameters::VERSION;
use crate::engine::ports::{Clock as _, MarkFilter, Store as _};
use crate::report::gather::control::control_chart;
use crate::report::gather::lead::undrawn;
use crate::server::given::Named;
use crate::server::guard::Signed;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Overdue leads of an answer.
const MOST_OVERDUE: usize = 50;
/// Audits of the funnel of an answer, the newest.
const MOST_AUDITS: usize = 20;

/// Numbers for operations.
///
/// # Errors
/// Those of the store.
#[utoipa::path(get, path = "/api/v1/operations", tag = "operations", responses((status = 200, body = Value)))]
pub async fn show(State(hall): State<Arc<Hall>>, Extension(signed): Extension<Signed>) -> Result<Json<Value>, Problem> {
    let view = told(signed.language, move || {
        let now = hall.clock.now();
        let leads = hall.leads()?;
        let mut by_state: BTreeMap<&str, usize> = BTreeMap::new();
        leads.iter().for_each(|lead| *by_state.entry(lead.state().word()).or_default() += 1);
        let mut overdue: Vec<LeadRow> =
            leads.iter().map(|lead| LeadRow::of(lead, now)).filter(|row| row.overdue).collect();
        overdue.sort_by(|a, b| a.due.cmp(&b.due));
        let all_overdue = overdue.len();
        overdue.truncate(MOST_OVERDUE);
        let jobs = hall.service.jobs(1_000)?;
        let waiting = |word: &str| jobs.iter().filter(|job| job.state.word() == word).count();
        let control: Vec<Value> = views(&hall.store, &hall.parameters)?.iter().map(|chart| {
            let last = chart.points.last().map(|p| json!({ "at": p.run.at, "by": p.run.by, "score": p.run.score, "out": p.state.is_out() }));
            json!({
                "standard": chart.standard, "instrument": chart.instrument, "runs": chart.points.len(), "last": last,
                "limits": chart.limits.map(|l| json!({ "centre": l.centre, "sd": l.sd })),
                "flags": chart.flags.iter().filter(|flag| flag.open()).count(),
            })
        }).collect();
        let audits: Vec<Value> = hall.store.audit_of("funnel.audited", MOST_AUDITS)?.into_iter().map(|event| {
            let details: Value = serde_json::from_str(&event.entry.details).unwrap_or_default();
            json!({ "at": event.entry.at, "by": event.entry.actor, "details": details })
        }).collect();
        let count = |c: &std::sync::atomic::AtomicU64| c.load(Ordering::Relaxed);
        Ok(json!({
            "gallery": {
                "marks": hall.store.count_marks(&MarkFilter { suitable_only: true, ..MarkFilter::default() })?,
                "specimens": hall.store.count_specimens()?, "incidents": hall.store.count_incidents()?, "audit_sequence": hall.store.audit_head()?.sequence, "generation": hall.store.generation()?, "version": VERSION,
                "parameters": hall.parameters.hash(),
            },
            "leads": by_state, "overdue": overdue, "overdue_count": all_overdue, "confirmation": confirmation(&leads),
            "queue": { "queued": waiting("queued"), "running": waiting("running") },
            "control": control, "funnel_audits": audits,
            "service": {
                "requests": hall.counts.requests.iter().map(count).collect::<Vec<_>>(), "refused_sign_ins": count(&hall.counts.refused),
                "submitted": count(&hall.counts.submitted), "jobs": count(&hall.counts.jobs),
            },
        }))
    })
    .await?;
    Ok(Json(view))
}

/// How many leads that examiners concluded on were confirmed: the share of hits among hits and exclusions, with its 95 % interval.
fn confirmation(leads: &[Lead]) -> Value {
    let concluded = |lead: &&Lead| lead.history().iter().any(|event| matches!(event.step, Step::Concluded { .. }));
    let eliminated = |lead: &&Lead| {
        lead.history().iter().any(|event| match &event.step {
            Step::Concluded { record, .. } => record.conclusion() == Conclusion::Elimination,
            _ => false,
        })
    };
    let confirmed = leads.iter().filter(|lead| lead.state() == LeadState::Hit).count();
    let refuted = leads.iter().filter(|lead| lead.state() == LeadState::Excluded).filter(eliminated).count();
    let inconclusive = leads.iter().filter(|lead| matches!(lead.state(), LeadState::Inconclusive { .. })).count();
    let open = leads
        .iter()
        .filter(|lead| {
            matches!(lead.state(), LeadState::Lead | LeadState::UnderExamination | LeadState::UnderReview { .. })
        })
        .count();
    let of = confirmed + refuted;
    json!({
        "confirmed": confirmed, "refuted": refuted, "inconclusive": inconclusive, "open": open,
        "concluded": leads.iter().filter(concluded).count(),
        "share": (of > 0).then(|| confirmed as f64 / of as f64), "interval": wilson(confirmed, of),
    })
}

/// A control chart, by its place in the list of `operations`.
///
/// # Errors
/// `not-found`; `bad-input` where no image of it could be compared.
#[utoipa::path(get, path = "/api/v1/control/{file}", tag = "operations", params(("file" = String, Path, description = "The place, with `.svg`.")),
    responses((status = 200, body = String, content_type = "image/svg+xml"), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn chart(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(file): Named<String>,
) -> Result<Response, Problem> {
    let language = signed.language;
    let drawn = told(language, move || {
        let charts = views(&hall.store, &hall.parameters)?;
        let at = file.strip_suffix(".svg").and_then(|at| at.parse::<usize>().ok());
        at.and_then(|at| charts.get(at)).map(|chart| control_chart(chart, language).map_err(undrawn)).transpose()
    })
    .await?;
    let drawn = drawn.ok_or_else(|| Problem::new("not-found", "", language))?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], drawn.into_string()).into_response())
}
