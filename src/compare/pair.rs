//! One pair, and one against many.

use super::cells::CellGrid;
use super::consensus::{self, Consensus, Placed};
use super::model::Model;
use super::outcome::{Cell, CellState, Comparison, Features, LikelihoodRatio};
use super::prepared::Prepared;
use super::refine::{Agreement, agreement, climb};
use super::registration::{FINE_STRIDE, Registration, floor_of, register};
use super::search::{Turned, size_for};
use super::{CompareParameters, picture};
use crate::dsp::fft::Scratch;
use crate::geometry::{Point, Pose};
use crate::mark::Suitability;
use crate::workings::{Silent, Workings};
use rayon::prelude::*;

/// A reference mark made ready to meet many others: turned through the full circle, cut into cells.
#[derive(Debug)]
pub struct Reference<'a> {
    prepared: &'a Prepared,
    parameters: &'a CompareParameters,
    cells: CellGrid,
    turned: Vec<Turned>,
}

impl<'a> Reference<'a> {
    /// Readies `prepared` for the comparison marks given; about 8 MB for a breech face, shared by all of them.
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
        let cells = CellGrid::of(&prepared.fine, parameters);
        Self { prepared, parameters, cells, turned }
    }

    /// Compares with one mark. A mark of a size that was not announced costs its own turning.
    pub fn compare(&self, comparison: &Prepared, model: &Model, workings: &mut dyn Workings) -> Comparison {
        self.compare_hinted(comparison, &[], model, workings)
    }

    /// Like [`Reference::compare`], with further poses (`ref_from_cmp` between the marks' own frames) to refine beside those of the own search, such
    /// as the peaks of a polar code. Hints can only add hypotheses; a wrong one costs time, nothing else.
    pub fn compare_hinted(
        &self,
        comparison: &Prepared,
        hints: &[Pose],
        model: &Model,
        workings: &mut dyn Workings,
    ) -> Comparison {
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
        let hints: Vec<Pose> = hints.iter().map(|pose| between_hubs(reference, comparison, pose)).collect();
        let Some(registration) = register(turned, reference, comparison, &hints, parameters, &mut scratch) else {
            return nothing(no_overlap());
        };
        let placed = self.cells.search(&comparison.fine, &registration.pose, parameters, &mut scratch);
        let consensus = consensus::find(&placed, &registration.pose, parameters);
        let (pose, fine) = settle(reference, comparison, &registration, &consensus, parameters);
        let features = features(reference, comparison, &registration, &placed, &consensus, &pose, &fine);
        let score = model.score(&features);
        let likelihood_ratio = model.likelihood_ratio(score, reference.region, reference.modality, parameters);
        let found = Comparison {
            score,
            likelihood_ratio,
            pose: between_marks(reference, comparison, &pose),
            cmc: consensus.count() as u32,
            cells: placed
                .iter()
                .zip(&consensus.congruent)
                .map(|(p, congruent)| cell(reference, p, *congruent, &consensus.pose, parameters))
                .collect(),
            features,
        };
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

/// The pose that counts: that of the consensus, climbed on the fine level, unless the registered one agrees better or there is no consensus.
fn settle(
    reference: &Prepared,
    comparison: &Prepared,
    registration: &Registration,
    consensus: &Consensus,
    parameters: &CompareParameters,
) -> (Pose, Agreement) {
    let floor = floor_of(&reference.fine, &comparison.fine, parameters);
    if consensus.count() < 3 {
        return (registration.pose, registration.fine);
    }
    let (pose, fine) = climb(&reference.fine, &comparison.fine, consensus.pose, floor, 3, FINE_STRIDE);
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
    placed: &[Placed],
    consensus: &Consensus,
    pose: &Pose,
    fine: &Agreement,
) -> Features {
    let area = |points: f64| points * (comparison.fine.pitch_um * comparison.fine.pitch_um * 1e-6);
    let overlap_mm2 = area(fine.n);
    let smaller = reference.area_mm2().min(comparison.area_mm2());
    let met: Vec<&Placed> = placed.iter().filter(|p| p.meets).collect();
    let share = |count: f64| if met.is_empty() { 0.0 } else { count / met.len() as f64 };
    let mut off: Vec<f64> = placed
        .iter()
        .zip(&consensus.congruent)
        .filter(|(_, c)| **c)
        .map(|(p, _)| p.residual(&consensus.pose).0)
        .map(|r| r.x_um.hypot(r.y_um))
        .collect();
    off.sort_by(f64::total_cmp);
    let chance = reference.chance.independent_points(&comparison.chance, pose, fine.n);
    Features {
        ccf_fine: fine.ccf,
        ccf_coarse: agreement(&reference.coarse, &comparison.coarse, pose).ccf,
        sign_fine: fine.sign,
        overlap_mm2,
        overlap_share: if smaller > 0.0 { (overlap_mm2 / smaller).min(1.0) } else { 0.0 },
        peak_z: fine.ccf * chance.sqrt(),
        peak_ratio: registration.ratio,
        cmc_share: share(consensus.count() as f64),
        cell_ccf_mean: share(met.iter().map(|p| p.ccf).sum()),
        cell_spread_um: off.get(off.len() / 2).copied().unwrap_or(0.0),
        search_z: registration.search_z,
    }
}

fn cell(reference: &Prepared, placed: &Placed, congruent: bool, pose: &Pose, parameters: &CompareParameters) -> Cell {
    let (residual, residual_rad) = placed.residual(pose);
    Cell {
        centre: Point::new(placed.centre.x_um + reference.hub.x_um, placed.centre.y_um + reference.hub.y_um),
        side_um: parameters.cell_um,
        ccf: placed.ccf,
        residual,
        residual_rad,
        state: match (placed.meets, congruent, placed.correlated()) {
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
        if let Suitability::Unsuitable { english, spanish, .. } = &side.suitability {
            return Some((format!("unsuitable mark: {english}"), format!("marca no apta: {spanish}")));
        }
    }
    if reference.region != comparison.region {
        return Some((
            "the marks are of different regions of the cartridge case".to_owned(),
            "las marcas son de regiones distintas de la vaina".to_owned(),
        ));
    }
    if reference.modality != comparison.modality {
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
        features: Features::default(),
    }
}
