//! Two specimens compared and explained.

use super::leads::{LeadMark, lead_of_pair};
use super::specimens::row_of;
use super::{Hall, Problem, told};
use crate::compare::{Cell, CellState, Comparison, Features, Prepared, at_bound, compare as compare_marks};
use crate::engine::error::EngineError;
use crate::engine::parameters::VERSION;
use crate::engine::review::mark_of;
use crate::geometry::Pose;
use crate::ids::SpecimenId;
use crate::mark::Mark;
use crate::report::pair::{PairStyle, PairView, explained_pair};
use crate::server::given::Asked;
use crate::server::guard::Signed;
use crate::workings::Silent;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which two.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Pair {
    /// The specimen that carries the cells.
    reference: String,
    /// The specimen that is searched.
    comparison: String,
}

/// What a comparison gave.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparisonView {
    /// The specimen that carries the cells.
    pub reference: String,
    /// The specimen that was searched.
    pub comparison: String,
    /// The fused score; larger speaks for one source.
    pub score: f64,
    /// log10 of the likelihood ratio, bounded by its reference data; none where no population supports one.
    pub log10_lr: Option<f64>,
    /// Its 95 % interval.
    pub log10_lr_interval: Option<(f64, f64)>,
    /// Whether it stands at the bound of its reference data: the ratio is at least this, or at most where it is negative.
    pub log10_lr_at_bound: bool,
    /// The lead or candidate on the pair, where there is one.
    pub lead: Option<LeadMark>,
    /// Congruent matching cells.
    pub congruent_cells: u32,
    /// Cells searched.
    pub cells: usize,
    /// Rotation of the comparison onto the reference, degrees.
    pub rotation_deg: f64,
    /// Shift after the rotation, um.
    pub shift_um: (f64, f64),
    /// The same pose: a place of the comparison is turned and then shifted.
    #[schema(value_type = serde_json::Value)]
    pub pose: Pose,
    /// Every cell of the reference with where it was found.
    pub cell_list: Vec<CellView>,
    /// The figures behind the score.
    #[schema(value_type = serde_json::Value)]
    pub features: Features,
    /// Whom the likelihood ratio speaks of.
    pub population: String,
    /// Version of brasslink.
    pub version: String,
    /// Hash of the parameters.
    pub parameters: String,
}

/// One cell of the reference and where it was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct CellView {
    /// Its middle in the reference's frame, um along x.
    pub x_um: f64,
    /// The same along y.
    pub y_um: f64,
    /// Its side, um.
    pub side_um: f64,
    /// Correlation at its best place, -1 to 1.
    pub ccf: f64,
    /// How far that place lies off the pose of all, um along x.
    pub residual_x_um: f64,
    /// The same along y.
    pub residual_y_um: f64,
    /// And how much it is turned against it, radians.
    pub residual_rad: f64,
    /// `congruent`, `displaced`, `uncorrelated` or `no_overlap`.
    #[schema(value_type = String)]
    pub state: CellState,
}

impl From<&Cell> for CellView {
    fn from(cell: &Cell) -> Self {
        Self {
            x_um: cell.centre.x_um,
            y_um: cell.centre.y_um,
            side_um: cell.side_um,
            ccf: cell.ccf,
            residual_x_um: cell.residual.x_um,
            residual_y_um: cell.residual.y_um,
            residual_rad: cell.residual_rad,
            state: cell.state,
        }
    }
}

fn compared(hall: &Hall, pair: &Pair) -> Result<(Mark, Mark, Comparison), EngineError> {
    let of = |name: &str| Ok::<Mark, EngineError>(mark_of(&hall.store, &SpecimenId::new(name), &hall.parameters)?.1);
    let (reference, comparison) = (of(&pair.reference)?, of(&pair.comparison)?);
    let parameters = &hall.parameters.compare;
    let (a, b) = (Prepared::of(&reference, parameters), Prepared::of(&comparison, parameters));
    let found = compare_marks(&a, &b, parameters, &hall.parameters.model, &mut Silent);
    Ok((reference, comparison, found))
}

/// Compares two specimens.
///
/// # Errors
/// `not-found`, `bad-input` where one has no suitable mark.
#[utoipa::path(get, path = "/api/v1/comparison", tag = "comparison", params(Pair),
    responses((status = 200, body = ComparisonView), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn compare(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Asked(pair): Asked<Pair>,
) -> Result<Json<ComparisonView>, Problem> {
    let language = signed.language;
    let view = told(language, move || {
        let (_, _, found) = compared(&hall, &pair)?;
        let row = |name: &str| row_of(&hall, &SpecimenId::new(name));
        let lead = lead_of_pair(&hall, &row(&pair.reference)?, &row(&pair.comparison)?).map(|lead| LeadMark::of(&lead));
        let population = &hall.parameters.model.population;
        Ok(ComparisonView {
            reference: pair.reference,
            comparison: pair.comparison,
            score: found.score,
            log10_lr: found.likelihood_ratio.log10(),
            log10_lr_interval: found.likelihood_ratio.interval(),
            log10_lr_at_bound: found
                .likelihood_ratio
                .log10()
                .is_some_and(|lr| at_bound(lr, found.likelihood_ratio.interval())),
            lead,
            congruent_cells: found.cmc,
            cells: found.cells.len(),
            rotation_deg: found.pose.theta_rad.to_degrees(),
            shift_um: (found.pose.dx_um, found.pose.dy_um),
            pose: found.pose,
            cell_list: found.cells.iter().map(CellView::from).collect(),
            features: found.features,
            population: language.pick(&population.english, &population.spanish).clone(),
            version: VERSION.to_owned(),
            parameters: hall.parameters.hash().to_hex(),
        })
    })
    .await?;
    Ok(Json(view))
}

/// The pair explained as a picture: both marks aligned, congruent cells, differences.
///
/// # Errors
/// `not-found`, `bad-input`.
#[utoipa::path(get, path = "/api/v1/comparison.svg", tag = "comparison", params(Pair),
    responses((status = 200, body = String, content_type = "image/svg+xml"), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn picture(
    State(hall): State<Arc<Hall>>,
    Extension(signed): Extension<Signed>,
    Asked(pair): Asked<Pair>,
) -> Result<Response, Problem> {
    let language = signed.language;
    let svg = told(language, move || {
        let (reference, comparison, found) = compared(&hall, &pair)?;
        let view = PairView {
            reference_name: &pair.reference,
            comparison_name: &pair.comparison,
            reference: &reference.coarse,
            comparison: &comparison.coarse,
            modality: reference.modality,
            found: &found,
        };
        explained_pair(&view, &PairStyle::default(), language).map(crate::report::Drawing::into_string).map_err(
            |error| EngineError::Input {
                what: "picture".to_owned(),
                expected: "two marks with values".to_owned(),
                got: error.to_string(),
            },
        )
    })
    .await?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response())
}
