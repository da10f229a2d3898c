//! What a comparison shows of itself.

use super::enlarged::moved;
use super::outcome::Comparison;
use super::prepared::Prepared;
use super::registration::Registration;
use super::search::Hypothesis;
use crate::geometry::Pose;
use crate::grid::HeightMap;
use crate::workings::{Item, Workings};
use serde_json::json;

/// Hands the stages of a comparison over: `compare.hypotheses`, `compare.registration`, `compare.reference`, `compare.aligned`,
/// `compare.difference`, `compare.cells`, `compare.features`.
///
/// The maps lie on the reference mark's fine grid about its hub, clipped and in units of each mark's own spread.
pub(super) fn explain(
    reference: &Prepared,
    comparison: &Prepared,
    registration: &Registration,
    pose: &Pose,
    found: &Comparison,
    workings: &mut dyn Workings,
) {
    let list = |all: &[Hypothesis]| -> Vec<serde_json::Value> {
        all.iter()
            .map(|h| {
                let pose = moved(&h.pose, 1.0 / reference.enlarged);
                json!({
                    "theta_deg": pose.theta_rad.to_degrees(), "dx_um": pose.dx_um, "dy_um": pose.dy_um,
                    "strength": h.strength,
                })
            })
            .collect()
    };
    workings.take(
        "compare.hypotheses",
        Item::Facts(json!({ "searched": list(&registration.hypotheses), "refined": list(&registration.refined) })),
    );
    workings.take(
        "compare.registration",
        Item::Facts(json!({
            "theta_deg": found.pose.theta_rad.to_degrees(), "dx_um": found.pose.dx_um, "dy_um": found.pose.dy_um,
            "ccf_fine": registration.fine.ccf, "search_z": registration.search_z, "ratio": registration.ratio,
        })),
    );
    let grid = &reference.fine;
    let mut shown = HeightMap::missing(grid.rows, grid.columns, grid.pitch_um / reference.enlarged);
    let mut aligned = shown.clone();
    let mut difference = shown.clone();
    let cmp_from_ref = pose.inverse();
    for row in 0..grid.rows {
        for column in 0..grid.columns {
            let there = cmp_from_ref.apply(grid.place(row, column));
            let (a, b) = (grid.value(row, column), comparison.fine.at(there));
            shown.z[[row, column]] = a;
            aligned.z[[row, column]] = b;
            difference.z[[row, column]] = a - b;
        }
    }
    workings.take("compare.reference", Item::Map(shown));
    workings.take("compare.aligned", Item::Map(aligned));
    workings.take("compare.difference", Item::Map(difference));
    workings.take("compare.cells", Item::Facts(serde_json::to_value(&found.cells).unwrap_or_default()));
    workings.take("compare.features", Item::Facts(serde_json::to_value(found.features).unwrap_or_default()));
}
