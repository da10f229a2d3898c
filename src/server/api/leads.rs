//! Leads: what people decide about candidates.

use super::{Hall, Problem, told};
use crate::casework::{Association, Conclusion, InconclusiveGrade, Lead, Origin, ReviewPolicy, Role, Side};
use crate::compare::at_bound;
use crate::engine::ports::{Clock as _, SpecimenRow, SpecimenRows, Store as _};
use crate::engine::review::{self, Move};
use crate::engine::what_if::what_if;
use crate::ids::{LeadId, SpecimenId};
use crate::report::gather::lead::reason_of;
use crate::report::gather::what_if::words;
use crate::server::given::{Asked, Given, Named};
use crate::server::guard::Signed;
use crate::trace::graph::{BallisticState, Change};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Most leads of one answer.
const MOST: usize = 1_000;

/// Within how many days a lead should leave a state: goals of the laboratory, which the board counts against. A candidate is to be judged within two days,
/// the practice that leads are to reach investigators 24 to 48 hours after recovery.
const DUE_DAYS: &[(&str, i64)] = &[("candidate", 2), ("lead", 14), ("under_examination", 14), ("under_review", 7)];

/// Which leads.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only those in this state: `candidate`, `lead`, `under_examination`, `under_review`, `hit`, `inconclusive`, `excluded`, `withdrawn`.
    state: Option<String>,
    /// Only those with this text in specimens, incidents, firearm or identifier.
    contains: Option<String>,
    /// Only those that should have left their state by now.
    #[serde(default)]
    overdue: bool,
    /// Only those that a test fire joins to a firearm.
    #[serde(default)]
    firearm: bool,
    /// Only those behind this one in the order of the answer.
    after: Option<String>,
    /// How many, at most 1,000.
    #[serde(default = "usual")]
    limit: usize,
}

fn usual() -> usize {
    200
}

/// A lead in one row.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadRow {
    /// Its identifier.
    pub id: String,
    /// Its state.
    pub state: &'static str,
    /// When it came into that state, RFC 3339.
    pub since: String,
    /// When it was proposed.
    pub proposed: String,
    /// The incidents that it joins.
    pub incidents: Vec<String>,
    /// The two specimens.
    pub specimens: Vec<String>,
    /// The test-fired firearm, where one side is a test fire.
    pub firearm: Option<String>,
    /// log10 of the likelihood ratio of the pair, where there is one.
    pub log10_lr: Option<f64>,
    /// Its 95 % interval.
    pub log10_lr_interval: Option<(f64, f64)>,
    /// Whether it stands at the bound of its reference data: the ratio is at least this, or at most where it is negative.
    pub log10_lr_at_bound: bool,
    /// The fused score.
    pub score: f64,
    /// Congruent cells.
    pub congruent_cells: u32,
    /// Hours since it came into its state.
    pub age_hours: f64,
    /// When it should have left it; none in states that need nothing.
    pub due: Option<String>,
    /// Whether that time has passed.
    pub overdue: bool,
    /// Who took the last step.
    pub by: Option<String>,
    /// On what grounds.
    pub reason: Option<String>,
}

impl LeadRow {
    /// The row at a time.
    pub(super) fn of(lead: &Lead, now: Timestamp) -> Self {
        let state = lead.state().word();
        let days = DUE_DAYS.iter().find(|(word, _)| *word == state).map(|(_, days)| *days);
        let due = days.and_then(|days| lead.changed().checked_add(jiff::SignedDuration::from_hours(24 * days)).ok());
        let last = lead.history().last().map(|event| &event.step);
        Self {
            id: lead.id().to_string(),
            state,
            since: lead.changed().to_string(),
            proposed: lead.proposed().to_string(),
            incidents: lead.joins().incidents().iter().map(ToString::to_string).collect(),
            specimens: lead.joins().sides().iter().map(|side| side.specimen.to_string()).collect(),
            firearm: lead.joins().firearm().map(ToString::to_string),
            log10_lr: lead.basis().log10_lr,
            log10_lr_interval: lead.basis().log10_lr_interval,
            log10_lr_at_bound: lead.basis().log10_lr.is_some_and(|lr| at_bound(lr, lead.basis().log10_lr_interval)),
            score: lead.basis().score,
            congruent_cells: lead.basis().cmc,
            age_hours: now.duration_since(lead.changed()).as_secs_f64() / 3_600.0,
            due: due.map(|due| due.to_string()),
            overdue: due.is_some_and(|due| due < now),
            by: last.map(|step| step.by().name().to_owned()),
            reason: last.map(reason_of).filter(|reason| !reason.is_empty()),
        }
    }
}

impl LeadRow {
    /// Whether it has a text (in small letters) somewhere, and is overdue where that is asked.
    fn passes(&self, text: &str, overdue: bool) -> bool {
        let named = self.specimens.iter().chain(&self.incidents).chain(&self.firearm).chain([&self.id]);
        (!overdue || self.overdue)
            && (text.is_empty() || named.into_iter().any(|name| name.to_lowercase().contains(text)))
    }
}

/// The lead on a pair of specimens, if there is one.
pub(super) fn lead_of_pair(hall: &Hall, one: &SpecimenRow, other: &SpecimenRow) -> Option<Lead> {
    let side = |row: &SpecimenRow| {
        let evidence = || row.incident.clone().map(|incident| Origin::Evidence { incident });
        let origin = evidence().or_else(|| row.firearm.clone().map(|firearm| Origin::TestFire { firearm }))?;
        Some(Side { specimen: row.id.clone(), exhibit: row.exhibit.clone(), origin })
    };
    let joins = Association::new(side(one)?, side(other)?).ok()?;
    hall.store.lead(&joins.lead_id()).ok()
}

/// A lead as lists and comparisons point to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadMark {
    /// Its identifier.
    pub id: String,
    /// Its state.
    pub state: &'static str,
}

impl LeadMark {
    pub(super) fn of(lead: &Lead) -> Self {
        Self { id: lead.id().to_string(), state: lead.state().word() }
    }
}

/// A lead to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLead {
    /// One specimen.
    pub first: String,
    /// The other.
    pub second: String,
    /// On what grounds.
    pub reason: String,
}

/// What an examiner concluded on the physical specimens.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConclusionWord {
    /// AFTE: identification.
    Identification,
    /// AFTE: inconclusive A.
    InconclusiveA,
    /// AFTE: inconclusive B.
    InconclusiveB,
    /// AFTE: inconclusive C.
    InconclusiveC,
    /// AFTE: elimination.
    Elimination,
    /// AFTE: unsuitable.
    Unsuitable,
}

impl ConclusionWord {
    fn conclusion(self) -> Conclusion {
        match self {
            Self::Identification => Conclusion::Identification,
            Self::InconclusiveA => Conclusion::Inconclusive(InconclusiveGrade::A),
            Self::InconclusiveB => Conclusion::Inconclusive(InconclusiveGrade::B),
            Self::InconclusiveC => Conclusion::Inconclusive(InconclusiveGrade::C),
            Self::Elimination => Conclusion::Elimination,
            Self::Unsuitable => Conclusion::Unsuitable,
        }
    }
}

/// A step that a person takes.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum TakenStep {
    /// Makes a lead of a candidate.
    Judge {
        /// On what grounds.
        reason: String,
    },
    /// Takes the physical specimens; for examiners.
    Examine,
    /// Concludes on them; for examiners. A second examiner reviews every conclusion.
    Conclude {
        /// The verdict.
        conclusion: ConclusionWord,
        /// On what grounds.
        reason: String,
    },
    /// Reviews another's conclusion; for examiners.
    Review {
        /// Whether it stands.
        agrees: bool,
        /// On what grounds.
        reason: String,
    },
    /// Takes the lead back.
    Withdraw {
        /// Why.
        reason: String,
    },
}

fn json(lead: &crate::casework::Lead) -> Json<Value> {
    Json(serde_json::to_value(lead).unwrap_or_default())
}

/// Leads and candidates, the newest first.
///
/// # Errors
/// Those of the store.
#[utoipa::path(get, path = "/api/v1/leads", tag = "leads", params(Which),
    responses((status = 200, body = Vec<LeadRow>), (status = 401, body = Problem)))]
pub async fn list(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Asked(which): Asked<Which>,
) -> Result<Json<Vec<LeadRow>>, Problem> {
    let rows = told(signed.language, move || {
        let now = hall.clock.now();
        let all = hall.leads()?;
        let of_state = |lead: &&Lead| which.state.as_deref().is_none_or(|state| lead.state().word() == state);
        let mut leads: Vec<&Lead> = all.iter().filter(of_state).collect();
        let text = which.contains.as_deref().map(str::to_lowercase).unwrap_or_default();
        leads.retain(|lead| !which.firearm || lead.joins().firearm().is_some());
        if !text.is_empty() || which.overdue {
            leads.retain(|lead| LeadRow::of(lead, now).passes(&text, which.overdue));
        }
        let behind = which.after.as_deref().and_then(|after| leads.iter().position(|lead| lead.id().as_str() == after));
        let wanted = leads.iter().skip(behind.map_or(0, |at| at + 1)).take(which.limit.min(MOST));
        Ok(wanted.map(|lead| LeadRow::of(lead, now)).collect::<Vec<_>>())
    })
    .await?;
    Ok(Json(rows))
}

/// A lead with its history, its row and both sides.
///
/// # Errors
/// `not-found`.
#[utoipa::path(get, path = "/api/v1/leads/{id}", tag = "leads", params(("id" = String, Path, description = "Its identifier.")),
    responses((status = 200, body = Value), (status = 404, body = Problem)))]
pub async fn show(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
) -> Result<Json<Value>, Problem> {
    let view = told(signed.language, move || {
        let lead = hall.store.lead(&LeadId::new(id))?;
        let sides = lead.joins().sides().map(|side| side.specimen.clone());
        let mut view = json(&lead).0;
        view["row"] = serde_json::to_value(LeadRow::of(&lead, hall.clock.now())).unwrap_or_default();
        let rows = hall.store.specimen_rows(SpecimenRows::These(&sides))?;
        view["sides"] = serde_json::to_value(rows).unwrap_or_default();
        Ok(view)
    })
    .await?;
    Ok(Json(view))
}

/// What would go and come if the lead were excluded; nothing is changed.
///
/// # Errors
/// `not-found`.
#[utoipa::path(get, path = "/api/v1/leads/{id}/what-if", tag = "leads", params(("id" = String, Path, description = "Its identifier.")),
    responses((status = 200, body = Value), (status = 404, body = Problem)))]
pub async fn what_if_excluded(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
) -> Result<Json<Value>, Problem> {
    let language = signed.language;
    let view = told(language, move || {
        let lead = hall.store.lead(&LeadId::new(id))?;
        let told = what_if(&hall.store, &Change::Lead { lead: lead.id().clone(), state: BallisticState::Excluded })?;
        let lines: Vec<String> = words(&told, language).lines().map(|line| line.trim().to_owned()).collect();
        Ok(serde_json::json!({ "nothing": told.is_nothing(), "lines": lines }))
    })
    .await?;
    Ok(Json(view))
}

/// Makes a lead of two specimens.
///
/// # Errors
/// `not-allowed` for auditors, `not-found`, `bad-input`.
#[utoipa::path(post, path = "/api/v1/leads", tag = "leads", request_body = NewLead,
    responses((status = 201, body = Value), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn make(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Given(new): Given<NewLead>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    signed.must_be(&[Role::Technician, Role::Examiner, Role::Analyst])?;
    let person = signed.person()?;
    let lead = told(signed.language, move || {
        let pair = [&SpecimenId::new(new.first), &SpecimenId::new(new.second)];
        review::make(&hall.store, &hall.clock, &person, pair, &new.reason, &hall.parameters)
    })
    .await?;
    Ok((StatusCode::CREATED, json(&lead)))
}

/// Takes a step with a lead; the rules are casework's, and only an examiner's record makes a hit.
///
/// # Errors
/// `not-allowed`, `not-found`, `stale`, `bad-input`.
#[utoipa::path(post, path = "/api/v1/leads/{id}/steps", tag = "leads", params(("id" = String, Path, description = "Its identifier.")),
    request_body = TakenStep,
    responses((status = 200, body = Value), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn step(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Named(id): Named<String>,
    Given(taken): Given<TakenStep>,
) -> Result<Json<Value>, Problem> {
    let person = signed.person()?;
    let what = match taken {
        TakenStep::Judge { reason } => Move::Judge { reason },
        TakenStep::Examine => Move::Examine,
        TakenStep::Conclude { conclusion, reason } => {
            Move::Conclude { conclusion: conclusion.conclusion(), reason, policy: ReviewPolicy::ALL }
        }
        TakenStep::Review { agrees, reason } => Move::Review { agrees, reason },
        TakenStep::Withdraw { reason } => Move::Withdraw { reason },
    };
    let lead =
        told(signed.language, move || review::step(&hall.store, &hall.clock, &person, &LeadId::new(id), what)).await?;
    Ok(json(&lead))
}
