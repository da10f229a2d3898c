//! Registration: which rigid pose brings the comparison mark onto the reference mark.

use super::CompareParameters;
use super::level::Level;
use super::prepared::Prepared;
use super::refine::{Agreement, agreement, climb};
use super::search::{Hypothesis, Turned, distinct};
use crate::dsp::fft::Scratch;
use crate::geometry::Pose;
use std::f64::consts::TAU;

/// The outcome of the registration.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Registration {
    /// `ref_from_cmp` between the hubs' frames.
    pub pose: Pose,
    /// Fine band at that pose.
    pub fine: Agreement,
    /// Height of the best search peak in standard deviations of the strength over all poses searched.
    pub search_z: f64,
    /// Strength of the best pose over that of the best other one.
    pub ratio: f64,
    /// What the search proposed, best first.
    pub hypotheses: Vec<Hypothesis>,
    /// What refinement on the search level made of it, best first.
    pub refined: Vec<Hypothesis>,
}

impl Registration {
    /// Strength of the best other pose over that of the best one, 0 to 1.
    pub fn ratio_of_other(&self) -> f64 {
        match self.refined.as_slice() {
            [best, other, ..] if best.strength > 0.0 => (other.strength / best.strength).clamp(0.0, 1.0),
            _ => 0.0,
        }
    }
}

/// Newton steps on the search and on the fine level.
const SEARCH_STEPS: usize = 4;
/// See [`SEARCH_STEPS`].
const FINE_STEPS: usize = 4;
/// A quarter of the points of the fine level (some ten thousand) are plenty to climb by.
pub(super) const FINE_STRIDE: usize = 4;

/// Registers two marks, refining `hints` (between the hubs' frames) beside what the search proposes; `None` where no pose has enough overlap.
pub(super) fn register(
    turned: &Turned,
    reference: &Prepared,
    comparison: &Prepared,
    hints: &[Pose],
    parameters: &CompareParameters,
    scratch: &mut Scratch,
) -> Option<Registration> {
    let (mut hypotheses, spread) = turned.search(&reference.search, &comparison.search, parameters, scratch);
    let search_z = hypotheses.first().map_or(0.0, |h| if spread > 0.0 { h.strength / spread } else { 0.0 });
    // A hint's strength is not that of the search; it only has to be refined.
    let finite = |p: &&Pose| [p.theta_rad, p.dx_um, p.dy_um].iter().all(|v| v.is_finite());
    hypotheses.extend(hints.iter().filter(finite).map(|pose| Hypothesis { pose: *pose, strength: 0.0 }));
    let turn = parameters.search_step_deg / 360.0 * TAU / 3.0;
    let floor = floor_of(&reference.search, &comparison.search, parameters);
    let refined: Vec<Hypothesis> = hypotheses
        .iter()
        .map(|h| {
            let start = [-turn, 0.0, turn]
                .map(|t| Pose::new(h.pose.theta_rad + t, h.pose.dx_um, h.pose.dy_um))
                .map(|pose| (pose, agreement(&reference.search, &comparison.search, &pose)))
                .into_iter()
                .max_by(|a, b| a.1.strength.total_cmp(&b.1.strength))
                .map_or(h.pose, |best| best.0);
            let (pose, found) = climb(&reference.search, &comparison.search, start, floor, SEARCH_STEPS, 1);
            Hypothesis { pose, strength: found.strength }
        })
        .collect();
    let refined = distinct(refined, parameters.hypotheses);
    let floor = floor_of(&reference.fine, &comparison.fine, parameters);
    let mut finals: Vec<(Pose, Agreement)> = refined
        .iter()
        .take(parameters.finalists.max(1))
        .map(|h| climb(&reference.fine, &comparison.fine, h.pose, floor, FINE_STEPS, FINE_STRIDE))
        .filter(|f| f.1.n >= floor)
        .collect();
    finals.sort_by(|a, b| b.1.strength.total_cmp(&a.1.strength));
    let (pose, fine) = *finals.first()?;
    let other = refined.get(1).map_or(0.0, |h| h.strength);
    let best = refined.first().map_or(0.0, |h| h.strength);
    let ratio = if other > 0.0 { best / other } else { 1.0 };
    Some(Registration { pose, fine, search_z, ratio, hypotheses, refined })
}

/// Least common points on a level.
pub(super) fn floor_of(reference: &Level, comparison: &Level, parameters: &CompareParameters) -> f64 {
    (parameters.overlap_floor * reference.points.len().min(comparison.points.len()) as f64).max(8.0)
}
