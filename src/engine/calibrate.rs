//! Calibrate: a model of the weight of evidence from an evaluation, and how such models do on data that they have not seen.

use super::error::EngineError;
use super::evaluate::Evaluation;
use super::parameters::Parameters;
use super::truth::Labelled;
use crate::compare::calibrate::{self, Row};
use crate::compare::{Model, metrics};
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

/// Fits a model to the comparisons of an evaluation.
///
/// # Errors
/// Too few firearms with known matches.
pub fn calibrate(found: &Evaluation, parameters: &Parameters) -> Result<Calibration, EngineError> {
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
    let english =
        format!("breech faces measured as heights: {} scans of {} firearms ({studies})", found.scans, firearms.len());
    let spanish = format!(
        "caras de recámara medidas en altura: {} escaneos de {} armas ({studies})",
        found.scans,
        firearms.len()
    );
    let model = calibrate::train(
        &rows,
        &parameters.compare,
        parameters.prepare.region,
        crate::mark::Modality::Heights,
        &english,
        &spanish,
    )?;
    let held = |out: calibrate::HeldOut| Held {
        n_km: out.km.len(),
        n_knm: out.knm.len(),
        auc: metrics::auc(&out.km, &out.knm),
        km_min: out.km.iter().copied().min_by(f64::total_cmp),
        knm_max: out.knm.iter().copied().max_by(f64::total_cmp),
        cllr: metrics::cllr(&out.km, &out.knm),
        cllr_min: metrics::cllr_min(&out.km, &out.knm),
    };
    Ok(Calibration {
        model,
        leave_one_study_out: found
            .studies
            .keys()
            .map(|study| (study.clone(), held(calibrate::leave_study_out(&rows, study))))
            .collect(),
        firearm_folds: held(calibrate::firearm_folds(&rows, 5)),
    })
}
