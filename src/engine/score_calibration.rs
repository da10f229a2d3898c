//! Calibrate scores: fit likelihood ratios to tables of scores, and measure them on pairs that the fit has not seen.
//!
//! Every table on its own, and all of them together where there are several; each by its scores and, where a table counts cells, by its counts. A
//! model is measured on the validation part of each split, fitted to the training part alone; where there are no splits, or those of several tables
//! disagree, folds of firearms take their place: a pair is validated by the fold that holds both its firearms and trained on by the folds that hold
//! neither. No firearm ever lies on both sides.

use super::best_of::{BestOf, Unseen};
use super::error::EngineError;
use super::parameters::VERSION;
use super::score_table::{Joined, Part, ScoreTable, join};
use crate::compare::bounds::Bounds;
use crate::compare::metrics;
use crate::compare::scores::{Method, Pair, ScoreModel};
use crate::compare::selection::Selection;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Folds of firearms where a table has no splits of its own; also replaces those it has, where given.
    pub folds: Option<usize>,
    /// Also calibrate the first candidate of galleries of this many marks of other firearms.
    pub gallery: Option<usize>,
    /// Share of those galleries that hold a mate.
    pub mate_share: f64,
}

/// Folds of firearms where nothing else is asked for: a third of the firearms validates, as in the published splits.
const FOLDS: usize = 3;

/// What came out.
#[derive(Debug, Clone, Serialize)]
pub struct ScoreCalibration {
    /// Version of brasslink.
    pub version: String,
    /// The tables.
    pub tables: Vec<Source>,
    /// Pairs of firearms that all of several tables have.
    pub joined_pairs: Option<usize>,
    /// Whether the splits of several tables disagree on some pair, so that folds of firearms took their place.
    pub splits_disagree: bool,
    /// The models and how they do.
    pub systems: Vec<System>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Source {
    /// Its name.
    pub table: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Column of its scores.
    pub score_column: String,
    /// Rows.
    pub rows: usize,
    /// Rows left out of the models of several tables together, because another table lacks the pair of firearms.
    pub not_joined: usize,
}

/// One model.
#[derive(Debug, Clone, Serialize)]
pub struct System {
    /// The table, or all tables joined by " + ".
    pub table: String,
    /// What its ratios are computed from.
    pub method: Method,
    /// Its figures on each split or fold.
    pub splits: Vec<Validated>,
    /// The mean of those figures; its counts are sums.
    pub mean: Figures,
    /// The model, fitted to every row.
    pub model: ScoreModel,
    /// log10 LR of known matches, each by a model that has not seen its firearms: as the model has it and bounded.
    #[serde(skip)]
    pub km: Vec<(f64, f64)>,
    /// The same of known non-matches.
    #[serde(skip)]
    pub knm: Vec<(f64, f64)>,
}

/// Figures on one split.
#[derive(Debug, Clone, Serialize)]
pub struct Validated {
    /// Name of the split, or of the fold.
    pub split: String,
    /// Known matches that the model was fitted to.
    pub trained_km: usize,
    /// Known non-matches that it was fitted to.
    pub trained_knm: usize,
    /// What those support.
    pub bounds: Bounds,
    /// Figures on the pairs that it has not seen.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Figures of likelihood ratios on unseen pairs; null where a kind of pair is lacking.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Known matches.
    pub n_km: usize,
    /// Known non-matches.
    pub n_knm: usize,
    /// Area under the ROC curve, before bounds.
    pub auc: Option<f64>,
    /// Equal error rate, before bounds.
    pub eer: Option<f64>,
    /// Cost of the log likelihood ratio, bounded, bits.
    pub cllr: Option<f64>,
    /// The same before bounds.
    pub cllr_unbounded: Option<f64>,
    /// The same after the best monotone recalibration of the unbounded ratios: what discrimination alone leaves.
    pub cllr_min: Option<f64>,
    /// Share of known matches with an LR below 1.
    pub misleading_km: Option<f64>,
    /// Share of known non-matches with an LR above 1.
    pub misleading_knm: Option<f64>,
    /// The first candidates of simulated galleries.
    pub best_of_gallery: Option<BestOf>,
}

/// Fits and measures every model that the tables allow.
///
/// # Errors
/// Too few firearms; tables that cannot be joined; a split that puts a firearm on both sides.
pub fn calibrate_scores(tables: &[(ScoreTable, String)], plan: &Plan) -> Result<ScoreCalibration, EngineError> {
    let mut systems = Vec::new();
    for (table, _) in tables {
        measured(table, plan, &mut systems)?;
    }
    let joined: Option<Joined> = match tables {
        [_, _, ..] => Some(join(&tables.iter().map(|t| t.0.clone()).collect::<Vec<_>>())?),
        _ => None,
    };
    if let Some(joined) = &joined {
        measured(&joined.table, plan, &mut systems)?;
    }
    let sources = tables.iter().enumerate().map(|(at, (table, sha256))| Source {
        table: table.name.clone(),
        sha256: sha256.clone(),
        score_column: table.score_column.clone(),
        rows: table.pairs.len(),
        not_joined: joined.as_ref().and_then(|j| j.left_out.get(at)).copied().unwrap_or(0),
    });
    Ok(ScoreCalibration {
        version: VERSION.to_owned(),
        tables: sources.collect(),
        joined_pairs: joined.as_ref().map(|j| j.table.pairs.len()),
        splits_disagree: joined.as_ref().is_some_and(|j| j.splits_disagree),
        systems,
    })
}

/// One division into training and validation.
struct Split<'a> {
    name: String,
    train: Vec<&'a Pair>,
    validate: Vec<&'a Pair>,
}

fn measured(table: &ScoreTable, plan: &Plan, systems: &mut Vec<System>) -> Result<(), EngineError> {
    let splits = if plan.folds.is_none() && !table.splits.is_empty() {
        own_splits(table)?
    } else {
        firearm_folds(table, plan.folds.unwrap_or(FOLDS).max(2))
    };
    let methods: &[Method] = if table.counted { &[Method::Score, Method::Counts] } else { &[Method::Score] };
    for method in methods {
        systems.push(system(table, &splits, *method, plan)?);
    }
    Ok(())
}

fn own_splits(table: &ScoreTable) -> Result<Vec<Split<'_>>, EngineError> {
    let firearms = |pairs: &[&Pair]| -> BTreeSet<String> {
        pairs.iter().flat_map(|p| [p.firearms.0.clone(), p.firearms.1.clone()]).collect()
    };
    let mut splits = Vec::new();
    for (at, name) in table.splits.iter().enumerate() {
        let of = |part: Part| -> Vec<&Pair> {
            let rows = table.pairs.iter().zip(&table.parts);
            rows.filter(|(_, parts)| parts.get(at) == Some(&part)).map(|(p, _)| p).collect()
        };
        let split = Split { name: name.clone(), train: of(Part::Train), validate: of(Part::Validate) };
        let both = firearms(&split.train).intersection(&firearms(&split.validate)).next().cloned();
        if let Some(both) = both {
            return Err(EngineError::Input {
                what: format!("{}: {name}", table.name),
                expected: "every firearm on one side, or the validation would flatter".to_owned(),
                got: format!("\"{both}\" in rows of both"),
            });
        }
        splits.push(split);
    }
    Ok(splits)
}

/// Folds of firearms in the order of their names: neighbours, which often belong to one series, fall into different folds.
fn firearm_folds(table: &ScoreTable, folds: usize) -> Vec<Split<'_>> {
    let names: BTreeSet<&str> = table.pairs.iter().flat_map(|p| <[&str; 2]>::from(p.key())).collect();
    let fold_of: BTreeMap<&str, usize> = names.into_iter().enumerate().map(|(i, name)| (name, i % folds)).collect();
    (0..folds)
        .map(|fold| {
            let inside = |p: &Pair| <[&str; 2]>::from(p.key()).map(|name| fold_of.get(name) == Some(&fold));
            Split {
                name: format!("fold {} / {folds}", fold + 1),
                train: table.pairs.iter().filter(|p| inside(p) == [false, false]).collect(),
                validate: table.pairs.iter().filter(|p| inside(p) == [true, true]).collect(),
            }
        })
        .collect()
}

fn system(table: &ScoreTable, splits: &[Split<'_>], method: Method, plan: &Plan) -> Result<System, EngineError> {
    let (mut km, mut knm, mut validated) = (Vec::new(), Vec::new(), Vec::new());
    for split in splits {
        let model = ScoreModel::fit(&split.train, method)?;
        let ratios = |same: bool| -> Vec<(f64, f64)> {
            let side = split.validate.iter().filter(|p| p.is_km() == same);
            side.map(|p| (model.unbounded(p), model.log10(p))).collect()
        };
        let sides = (ratios(true), ratios(false));
        let mut figures = figures(&sides.0, &sides.1);
        if let Some(gallery) = plan.gallery {
            figures.best_of_gallery = best_of(&model, split, gallery.max(1), plan.mate_share);
        }
        validated.push(Validated {
            split: split.name.clone(),
            trained_km: model.seen.known_match_pairs,
            trained_knm: model.seen.known_non_match_pairs,
            bounds: model.bounds,
            figures,
        });
        km.extend(sides.0);
        knm.extend(sides.1);
    }
    let all: Vec<&Pair> = table.pairs.iter().collect();
    Ok(System {
        table: table.name.clone(),
        method,
        mean: mean(&validated),
        splits: validated,
        model: ScoreModel::fit(&all, method)?,
        km,
        knm,
    })
}

/// Figures of ratios of known matches and known non-matches, each unbounded and bounded.
pub(super) fn figures(km: &[(f64, f64)], knm: &[(f64, f64)]) -> Figures {
    let part = |side: &[(f64, f64)]| -> (Vec<f64>, Vec<f64>) { side.iter().copied().unzip() };
    let ((km, km_bounded), (knm, knm_bounded)) = (part(km), part(knm));
    let misleading = metrics::misleading(&km_bounded, &knm_bounded);
    Figures {
        n_km: km.len(),
        n_knm: knm.len(),
        auc: metrics::auc(&km, &knm),
        eer: metrics::eer(&km, &knm),
        cllr: metrics::cllr(&km_bounded, &knm_bounded),
        cllr_unbounded: metrics::cllr(&km, &knm),
        cllr_min: metrics::cllr_min(&km, &knm),
        misleading_km: misleading.map(|m| m.0),
        misleading_knm: misleading.map(|m| m.1),
        best_of_gallery: None,
    }
}

/// First candidates of galleries of a split's unseen pairs; none where the split has no pair of a kind.
fn best_of(model: &ScoreModel, split: &Split<'_>, gallery: usize, mate_share: f64) -> Option<BestOf> {
    let of = |same: bool| -> Vec<f64> {
        split.train.iter().filter(|p| p.is_km() == same).map(|p| model.unbounded(p)).collect()
    };
    let selection = Selection::of(&of(true), &of(false), gallery, mate_share);
    let unseen = Unseen::of(split.validate.iter().map(|p| (p.key(), model.unbounded(p))));
    unseen.best_of(&selection, &|score| model.bounds.apply(score))
}

/// The mean over splits of every figure that all of them have.
pub(super) fn mean(splits: &[Validated]) -> Figures {
    let of = |value: &dyn Fn(&Figures) -> Option<f64>| -> Option<f64> {
        let values: Option<Vec<f64>> = splits.iter().map(|s| value(&s.figures)).collect();
        values.filter(|v| !v.is_empty()).map(|v| v.iter().sum::<f64>() / v.len() as f64)
    };
    Figures {
        n_km: splits.iter().map(|s| s.figures.n_km).sum(),
        n_knm: splits.iter().map(|s| s.figures.n_knm).sum(),
        auc: of(&|f| f.auc),
        eer: of(&|f| f.eer),
        cllr: of(&|f| f.cllr),
        cllr_unbounded: of(&|f| f.cllr_unbounded),
        cllr_min: of(&|f| f.cllr_min),
        misleading_km: of(&|f| f.misleading_km),
        misleading_knm: of(&|f| f.misleading_knm),
        best_of_gallery: BestOf::mean(splits.iter().filter_map(|s| s.figures.best_of_gallery.as_ref())),
    }
}

#[cfg(test)]
#[path = "score_calibration_tests.rs"]
mod tests;
