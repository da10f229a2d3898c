//! Calibrate: a model of the weight of evidence from an evaluation, and how such models do on data that they have not seen.

use super::best_of::{BestOf, Unseen};
use super::error::EngineError;
use super::evaluate::Evaluation;
use super::parameters::Parameters;
use super::truth::Labelled;
use crate::compare::calibrate::{self, Fold, Row};
use crate::compare::selection::Selection;
use crate::compare::{Model, metrics};
use crate::mark::Modality;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A model fitted to the comparisons of an evaluation, and how such models do on data they have not seen.
#[derive(Debug, Clone, Serialize)]
pub struct Calibration {
    /// The model, fitted to everything.
    pub model: Model,
    /// Each study scored by a model that never saw it; within the study alone.
    pub leave_one_study_out: BTreeMap<String, Held>,
    /// Every firearm scored by a model that never saw it (five folds of firearms).
    pub firearm_folds: Held,
    /// The first candidates of galleries drawn from those folds, in the mean; none where it was not asked for or no fold has pairs of both kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_of_gallery: Option<BestOf>,
}

/// Figures of log10 likelihood ratios on data that the model has not seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Held {
    /// Known matches.
    pub n_km: usize,
    /// Known non-matches.
    pub n_knm: usize,
    /// Area under the ROC curve.
    pub auc: Option<f64>,
    /// Lowest log10 LR of a known match.
    pub km_min: Option<f64>,
    /// Highest log10 LR of a known non-match.
    pub knm_max: Option<f64>,
    /// Cost of the log likelihood ratio, bits.
    pub cllr: Option<f64>,
    /// The same after the best monotone recalibration: what discrimination alone leaves.
    pub cllr_min: Option<f64>,
}

/// Galleries whose first candidates are measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Galleries {
    /// Marks of other firearms in each.
    pub size: usize,
    /// Share of them that hold a mate.
    pub mate_share: f64,
}

/// Folds of firearms.
const FOLDS: usize = 5;

/// Fits a model to the comparisons of an evaluation; also measures the first candidates of `galleries`, where given.
///
/// # Errors
/// Too few firearms with known matches.
pub fn calibrate(
    found: &Evaluation,
    galleries: Option<Galleries>,
    parameters: &Parameters,
) -> Result<Calibration, EngineError> {
    let name = |l: &Labelled| format!("{}-{}", l.study, l.firearm);
    let rows: Vec<Row> = found
        .scores
        .iter()
        .filter_map(|p| {
            let (a, b) = (found.labels.get(p.reference)?, found.labels.get(p.comparison)?);
            Some(Row {
                reference_firearm: name(a),
                comparison_firearm: name(b),
                reference_study: a.study.clone(),
                comparison_study: b.study.clone(),
                features: p.features,
            })
        })
        .collect();
    let firearms: BTreeSet<String> = found.labels.iter().map(name).collect();
    let studies: Vec<&str> = found.studies.keys().map(String::as_str).collect();
    let studies = studies.join(", ");
    let modality = parameters.prepare.modality();
    let (english_words, spanish_words) = match modality {
        Modality::Heights => {
            (("breech faces measured as heights", "scans"), ("caras de recámara medidas en altura", "escaneos"))
        }
        Modality::Reflectance => (
            ("breech faces photographed under a ring light", "photographs"),
            ("caras de recámara fotografiadas con luz anular", "fotografías"),
        ),
    };
    let (scans, firearms) = (found.scans, firearms.len());
    let english = format!("{}: {scans} {} of {firearms} firearms ({studies})", english_words.0, english_words.1);
    let spanish = format!("{}: {scans} {} de {firearms} armas ({studies})", spanish_words.0, spanish_words.1);
    let model = calibrate::train(&rows, &parameters.compare, parameters.prepare.region, modality, &english, &spanish)?;
    let held = |folds: &[Fold]| {
        let (mut km, mut knm) = (Vec::new(), Vec::new());
        for fold in folds {
            let sides = fold.sides(&rows);
            km.extend(sides.0);
            knm.extend(sides.1);
        }
        Held {
            n_km: km.len(),
            n_knm: knm.len(),
            auc: metrics::auc(&km, &knm),
            km_min: km.iter().copied().min_by(f64::total_cmp),
            knm_max: knm.iter().copied().max_by(f64::total_cmp),
            cllr: metrics::cllr(&km, &knm),
            cllr_min: metrics::cllr_min(&km, &knm),
        }
    };
    let folds = calibrate::firearm_folds(&rows, FOLDS);
    let best: Vec<BestOf> =
        galleries.map_or(Vec::new(), |wanted| folds.iter().filter_map(|f| best_of(&rows, f, wanted)).collect());
    let without = |study: &String| (study.clone(), held(&[calibrate::leave_study_out(&rows, study)]));
    Ok(Calibration {
        model,
        leave_one_study_out: found.studies.keys().map(without).collect(),
        firearm_folds: held(&folds),
        best_of_gallery: BestOf::mean(best.iter()),
    })
}

/// First candidates of galleries of a fold's unseen pairs of one study, by what its training pairs teach.
fn best_of(rows: &[Row], fold: &Fold, wanted: Galleries) -> Option<BestOf> {
    let of = |list: &[(usize, f64)], km: bool| -> Vec<f64> {
        let one_study = |r: &Row| r.reference_study == r.comparison_study;
        let wanted = |at: usize| rows.get(at).is_some_and(|r| r.is_km() == km && one_study(r));
        list.iter().filter(|(at, _)| wanted(*at)).map(|(_, score)| *score).collect()
    };
    let (km, knm) = (of(&fold.trained, true), of(&fold.trained, false));
    let bound =
        (calibrate::firearm_pairs(fold.trained.iter().filter_map(|(at, _)| rows.get(*at))).max(1) as f64).log10();
    let selection = Selection::of(&km, &knm, wanted.size, wanted.mate_share);
    let unseen = Unseen::of(fold.held.iter().filter_map(|(at, score)| {
        let row = rows.get(*at).filter(|r| r.reference_study == r.comparison_study)?;
        Some(((row.reference_firearm.as_str(), row.comparison_firearm.as_str()), *score))
    }));
    unseen.best_of(&selection, &|score| score.clamp(-bound, bound))
}
