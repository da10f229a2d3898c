//! Leads: what people decide about candidates.

use super::{Hall, Problem, told};
use crate::casework::{Conclusion, InconclusiveGrade, ReviewPolicy};
use crate::engine::ports::Store as _;
use crate::engine::review::{self, Move};
use crate::ids::{LeadId, SpecimenId};
use crate::server::given::{Asked, Given, Named};
use crate::server::guard::Signed;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which leads.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only those in this state: `candidate`, `lead`, `under_examination`, `under_review`, `hit`, `inconclusive`, `excluded`, `withdrawn`.
    state: Option<String>,
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

/// Leads and candidates.
///
/// # Errors
/// Those of the store.
#[utoipa::path(get, path = "/api/v1/leads", tag = "leads", params(Which),
    responses((status = 200, body = Vec<Value>), (status = 401, body = Problem)))]
pub async fn list(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Asked(which): Asked<Which>,
) -> Result<Json<Vec<Value>>, Problem> {
    let leads = told(signed.language, move || Ok(hall.store.leads()?)).await?;
    let wanted = leads.iter().filter(|lead| which.state.as_deref().is_none_or(|state| lead.state().word() == state));
    Ok(Json(wanted.map(|lead| json(lead).0).collect()))
}

/// A lead with its history.
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
    let lead = told(signed.language, move || Ok(hall.store.lead(&LeadId::new(id))?)).await?;
    Ok(json(&lead))
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
