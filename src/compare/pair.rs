//! One pair, and one against many.

use super::ambiguity;
use super::consensus::{self, Placed};
use super::enlarged::as_it_is;
use super::model::Model;
use super::outcome::{Ambiguity, Cell, CellState, Comparison, Features, LikelihoodRatio};
use super::prepared::Prepared;
use super::refine::{Agreement, agreement, climb};
use super::registration::{FINE_STRIDE, Registration, floor_of, register};
use super::search::{Turned, size_for};
use super::{CompareParameters, picture, regions};
use crate::dsp::fft::Scratch;
use crate::geometry::{Point, Pose};
use crate::mark::Suitability;
use crate::signature::QueryCode;
use crate::workings::{Silent, Workings};
use rayon::prelude::*;

/// A reference mark made ready to meet many others: turned through the full circle.
#[derive(Debug)]
pub struct Reference<'a> {
    prepared: &'a Prepared,
    parameters: &'a CompareParameters,
    turned: Vec<Turned>,
    code: QueryCode,
}

impl<'a> Reference<'a> {
    /// Readies `prepared` for the comparison marks given; about 12 MB for a breech face, shared by all of them.
    #[must_use]
    pub fn of<'b>(
        prepared: &'a Prepared,
        comparisons: impl IntoIterator<Item = &'b Prepared>,
        parameters: &'a CompareParameters,
    ) -> Self {
        let mut sizes: Vec<usize> = comparisons
            .into_iter()
            .filter(|c| incomparable(prepared, c).is_none())
            .map(|c| size_for(&prepared.search, &c.search, parameters))
            .collect();
        sizes.sort_unstable();
        sizes.dedup();
        let turned = sizes.into_iter().map(|size| Turned::of(&prepared.search, size, parameters)).collect();
        let code = QueryCode::of(&prepared.mark, 0.0, &parameters.code);
        Self { prepared, parameters, turned, code }
    }

    /// Compares with one mark. A mark of a size that was not announced costs its own turning.
    pub fn compare(&self, comparison: &Prepared, model: &Model, workings: &mut dyn Workings) -> Comparison {
        let (reference, parameters) = (self.prepared, self.parameters);
        if let Some(reason) = incomparable(reference, comparison) {
            return nothing(reason);
        }
        let size = size_for(&reference.search, &comparison.search, parameters);
        let made;
        let turned = match self.turned.iter().find(|t| t.size() == size) {
            Some(turned) => turned,
            None => {
                made = Turned::of(&reference.search, size, parameters);
                &made
            }
        };
        let mut scratch = Scratch::default();
        // Both codes are drawn on the grid of the parameters, the only thing that the search can fail by.
        let peaks = self.code.search(&comparison.code, &parameters.code_search).unwrap_or_default();
        let hints: Vec<Pose> =
            peaks.iter().map(|peak| between_hubs(reference, comparison, &peak.ref_from_cmp)).collect();
        let Some(registration) = register(turned, reference, comparison, &hints, parameters, &mut scratch) else {
            return nothing(no_overlap());
        };
        let registered = &registration.pose;
        let forward = reference.cells.search(&comparison.cells, &comparison.fine, registered, parameters);
        let backward = comparison.cells.search(&reference.cells, &reference.fine, &registered.inverse(), parameters);
        let cells = BothWays::of(forward, &backward, registered, parameters);
        let (pose, fine) = settle(reference, comparison, &registration, &cells, parameters);
        let mut features = features(reference, comparison, &registration, &cells, &pose, &fine, parameters);
        features.code_z = peaks.first().map_or(0.0, |peak| peak.z);
        let score = model.score(&features);
        let likelihood_ratio =
            model.likelihood_ratio(score, reference.mark.region, reference.mark.modality, parameters);
        let found = Comparison {
            score,
            likelihood_ratio,
            pose: between_marks(reference, comparison, &pose),
            cmc: cells.congruent(true).count() as u32,
            cells: cells
                .all
                .iter()
                .take(cells.forward)
                .map(|placed| cell(reference, placed, &cells.pose, parameters))
                .collect(),
            cmc_backward: cells.congruent(false).count() as u32,
            cells_backward: (cells.all.len() - cells.forward) as u32,
            ambiguity: ambiguity::measure(reference, comparison, &pose, registration.ratio_of_other()),
            features,
        };
        let found = as_it_is(found, reference.enlarged);
        if workings.listening() {
            picture::explain(reference, comparison, &registration, &pose, &found, workings);
        }
        found
    }
}

/// Compares two marks.
///
/// Marks of different region or modality, unsuitable marks and marks without enough overlap give a [`Comparison`] with the lowest score and
/// no likelihood ratio, with the reason.
pub fn compare(
    reference: &Prepared,
    comparison: &Prepared,
    parameters: &CompareParameters,
    model: &Model,
    workings: &mut dyn Workings,
) -> Comparison {
    Reference::of(reference, [comparison], parameters).compare(comparison, model, workings)
}

/// Compares one mark with many, in parallel; the order of results is that of `comparisons`, and each is what [`compare`] gives.
#[must_use]
pub fn compare_many(
    reference: &Prepared,
    comparisons: &[&Prepared],
    parameters: &CompareParameters,
    model: &Model,
) -> Vec<Comparison> {
    let ready = Reference::of(reference, comparisons.iter().copied(), parameters);
    comparisons.par_iter().map(|c| ready.compare(c, model, &mut Silent)).collect()
}

/// The cells of both marks, each sought in the other, and the one pose on which they agree best.
struct BothWays<'a> {
    /// Those of the reference mark first, then those of the comparison mark told the other way round.
    all: Vec<Placed>,
    /// How many are of the reference mark.
    forward: usize,
    pose: Pose,
    parameters: &'a CompareParameters,
}

impl<'a> BothWays<'a> {
    fn of(forward: Vec<Placed>, backward: &[Placed], registered: &Pose, parameters: &'a CompareParameters) -> Self {
        let count = forward.len();
        let mut all = forward;
        all.extend(backward.iter().map(Placed::reversed));
        let pose = consensus::find(&all, registered, parameters);
        Self { all, forward: count, pose, parameters }
    }

    /// The congruent cells of one direction.
    fn congruent(&self, forward: bool) -> impl Iterator<Item = &Placed> {
        let (ours, theirs) = self.all.split_at(self.forward);
        if forward { ours } else { theirs }.iter().filter(|c| c.congruent(&self.pose, self.parameters))
    }

    fn count(&self) -> usize {
        self.congruent(true).count() + self.congruent(false).count()
    }

    /// See [`Features::direction_gap_um`].
    fn direction_gap_um(&self, radius_um: f64) -> f64 {
        let one = |forward: bool| {
            consensus::of_some(&self.congruent(forward).collect::<Vec<_>>(), &self.pose, self.parameters)
        };
        let (Some(a), Some(b)) = (one(true), one(false)) else { return 0.0 };
        // The two differ most at two opposite points of the edge.
        let gap = |x: f64, y: f64| a.apply(Point::new(x, y)).distance_um(b.apply(Point::new(x, y)));
        let edge = [(radius_um, 0.0), (-radius_um, 0.0), (0.0, radius_um), (0.0, -radius_um)];
        edge.iter().map(|&(x, y)| gap(x, y)).fold(0.0, f64::max)
    }
}

/// The pose that counts: that of the consensus, climbed on the fine level, unless the registered one agrees better or there is no consensus.
fn settle(
    reference: &Prepared,
    comparison: &Prepared,
    registration: &Registration,
    cells: &BothWays<'_>,
    parameters: &CompareParameters,
) -> (Pose, Agreement) {
    let floor = floor_of(&reference.fine, &comparison.fine, parameters);
    if cells.count() < 4 {
        return (registration.pose, registration.fine);
    }
    let (pose, fine) = climb(&reference.fine, &comparison.fine, cells.pose, floor, 3, FINE_STRIDE);
    if fine.n >= floor && fine.strength >= registration.fine.strength {
        (pose, fine)
    } else {
        (registration.pose, registration.fine)
    }
}

fn features(
    reference: &Prepared,
    comparison: &Prepared,
    registration: &Registration,
    cells: &BothWays<'_>,
    pose: &Pose,
    fine: &Agreement,
    parameters: &CompareParameters,
) -> Features {
    let area = |points: f64| points * (comparison.fine.pitch_um * comparison.fine.pitch_um * 1e-6);
    let overlap_mm2 = area(fine.n);
    let smaller = reference.enlarged_area_mm2().min(comparison.enlarged_area_mm2());
    let met: Vec<&Placed> = cells.all.iter().filter(|p| p.meets).collect();
    let congruent: Vec<&Placed> = met.iter().copied().filter(|p| p.congruent(&cells.pose, parameters)).collect();
    let share = |part: f64, whole: f64| if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 };
    let sum = |list: &[&Placed], value: &dyn Fn(&Placed) -> f64| list.iter().map(|p| value(p)).sum::<f64>();
    let mut off: Vec<f64> = congruent.iter().map(|p| p.residual(&cells.pose).0).map(|r| r.x_um.hypot(r.y_um)).collect();
    off.sort_by(f64::total_cmp);
    let chance = reference.chance.independent_points(&comparison.chance, pose, fine.n);
    let regions = regions::measure(&reference.fine, &comparison.fine, pose);
    Features {
        ccf_fine: fine.ccf,
        ccf_coarse: agreement(&reference.coarse, &comparison.coarse, pose).ccf,
        sign_fine: fine.sign,
        overlap_mm2,
        overlap_share: share(overlap_mm2, smaller),
        peak_z: fine.ccf * chance.sqrt(),
        peak_ratio: registration.ratio,
        cmc_share: share(congruent.len() as f64, met.len() as f64),
        ncma: share(sum(&congruent, &|p| p.area), sum(&met, &|p| p.area)),
        cell_ccf_mean: if met.is_empty() { 0.0 } else { sum(&met, &|p| p.ccf) / met.len() as f64 },
        cell_spread_um: off.get(off.len() / 2).copied().unwrap_or(0.0),
        search_z: registration.search_z,
        code_z: 0.0,
        agree_share: regions.agree_share,
        agree_mm2: regions.agree_mm2,
        disagree_share: regions.disagree_share,
        disagree_mm2: regions.disagree_mm2,
        direction_gap_um: cells.direction_gap_um(comparison.fine.radius_um),
    }
}

fn cell(reference: &Prepared, placed: &Placed, pose: &Pose, parameters: &CompareParameters) -> Cell {
    let (residual, residual_rad) = placed.residual(pose);
    Cell {
        centre: Point::new(placed.centre.x_um + reference.hub.x_um, placed.centre.y_um + reference.hub.y_um),
        side_um: parameters.cell_um,
        ccf: placed.ccf,
        residual,
        residual_rad,
        state: match (placed.meets, placed.congruent(pose, parameters), placed.correlated()) {
            (false, ..) => CellState::NoOverlap,
            (_, true, _) => CellState::Congruent,
            (_, _, true) => CellState::Displaced,
            _ => CellState::Uncorrelated,
        },
    }
}

/// A pose between hubs as one between the marks' own frames.
fn between_marks(reference: &Prepared, comparison: &Prepared, pose: &Pose) -> Pose {
    let to_hub = Pose::new(0.0, -comparison.hub.x_um, -comparison.hub.y_um);
    Pose::new(0.0, reference.hub.x_um, reference.hub.y_um).after(&pose.after(&to_hub))
}

/// The inverse of [`between_marks`].
fn between_hubs(reference: &Prepared, comparison: &Prepared, pose: &Pose) -> Pose {
    let from_hub = Pose::new(0.0, comparison.hub.x_um, comparison.hub.y_um);
    Pose::new(0.0, -reference.hub.x_um, -reference.hub.y_um).after(&pose.after(&from_hub))
}

/// Why two marks cannot be compared, in English and Spanish.
fn incomparable(reference: &Prepared, comparison: &Prepared) -> Option<(String, String)> {
    for side in [reference, comparison] {
        if let Suitability::Unsuitable { english, spanish, .. } = &side.mark.quality.suitability {
            return Some((format!("unsuitable mark: {english}"), format!("marca no apta: {spanish}")));
        }
    }
    if reference.mark.region != comparison.mark.region {
        return Some((
            "the marks are of different regions of the cartridge case".to_owned(),
            "las marcas son de regiones distintas de la vaina".to_owned(),
        ));
    }
    if reference.mark.modality != comparison.mark.modality {
        return Some((
            "one mark is a height map and the other a photograph".to_owned(),
            "una marca es un mapa de alturas y la otra una fotografía".to_owned(),
        ));
    }
    None
}

fn no_overlap() -> (String, String) {
    (
        "no pose gives the two marks enough area in common".to_owned(),
        "ninguna posición da a las dos marcas suficiente superficie en común".to_owned(),
    )
}

/// The score of a pair that says nothing: below every score of a comparison.
pub const NO_SCORE: f64 = -99.0;

fn nothing((english, spanish): (String, String)) -> Comparison {
    Comparison {
        score: NO_SCORE,
        likelihood_ratio: LikelihoodRatio::Unavailable { english, spanish },
        pose: Pose::IDENTITY,
        cmc: 0,
        cells: Vec::new(),
        cmc_backward: 0,
        cells_backward: 0,
        ambiguity: Ambiguity::default(),
        features: Features::default(),
    }
}
