//! The plots of likelihood ratios, of an evaluation or of tables of scores.

use crate::compare::scores::Method;
use crate::engine::score_calibration::{ScoreCalibration, System};
use crate::engine::score_table::ScoreTable;
use crate::language::Language;
use crate::report::plots::{
    AxisScale, EvidencePlot, RocCurve, RocPlot, ScoreHistogram, TippettPlot, cost, pav, roc, score_histogram, tippett,
};
use crate::report::view::Phrase;
use crate::report::{Drawing, ReportError};
use std::path::Path;

/// Tippett, PAV and cross-entropy plots of log10 LRs of known matches and known non-matches, each as (file name, drawing); `subject` says in the
/// headings whose LRs they are and may be empty.
///
/// # Errors
/// Those of the plots: both sides must have an LR.
pub fn of_ratios(
    km: &[f64],
    knm: &[f64],
    subject: &str,
    note: &Phrase,
    language: Language,
) -> Result<[(&'static str, Drawing); 3], ReportError> {
    let of = if subject.is_empty() { String::new() } else { format!(": {subject}") };
    let title = |english: &str, spanish: &str| Phrase::new(format!("{english}{of}"), format!("{spanish}{of}"));
    let (km, knm, note) = (km.to_vec(), knm.to_vec(), note.clone());
    let shares = TippettPlot {
        title: title("Likelihood ratios (Tippett plot)", "Cocientes de verosimilitud (gráfica de Tippett)"),
        km: km.clone(),
        knm: knm.clone(),
        note: note.clone(),
    };
    let calibrated = EvidencePlot {
        title: title("Calibration of likelihood ratios (PAV plot)", "Calibración de los cocientes (gráfica PAV)"),
        km,
        knm,
        note,
    };
    let costly = EvidencePlot {
        title: title("Cost of likelihood ratios (ECE plot)", "Costo de los cocientes (gráfica ECE)"),
        ..calibrated.clone()
    };
    Ok([
        ("tippett.svg", tippett(&shares, language)?),
        ("pav.svg", pav(&calibrated, language)?),
        ("ece.svg", cost(&costly, language)?),
    ])
}

/// Name of a table for people: its file without folder and ending; of joined tables all names.
#[must_use]
pub fn short_name(table: &str) -> String {
    let stem = |name: &str| Path::new(name).file_stem().map_or(name.to_owned(), |s| s.to_string_lossy().into_owned());
    table.split(" + ").map(stem).collect::<Vec<_>>().join(" + ")
}

/// What a model computes its ratios from, in words.
#[must_use]
pub fn method_words(method: Method, language: Language) -> &'static str {
    match method {
        Method::Score => language.pick("score", "puntuación"),
        Method::Counts => language.pick("cell counts", "conteo de celdas"),
    }
}

fn subject(system: &System, language: Language) -> String {
    format!("{} ({})", short_name(&system.table), method_words(system.method, language))
}

/// Histograms of the scores of each table, one ROC plot of all models, and for each model the three plots of its LRs, as (file name, drawing).
///
/// Every LR is of a pair whose firearms its model has not seen. A model without unseen pairs of both kinds has no plots.
///
/// # Errors
/// Those of the plots.
pub fn score_plots(
    found: &ScoreCalibration,
    tables: &[&ScoreTable],
    language: Language,
) -> Result<Vec<(String, Drawing)>, ReportError> {
    let mut drawn = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let of = |same: bool| -> Vec<f64> {
            table.pairs.iter().filter(|p| p.is_km() == same).flat_map(|p| &p.kinds).map(|m| m.score).collect()
        };
        let name = short_name(&table.name);
        let column = &table.score_column;
        let view = ScoreHistogram {
            title: Phrase::new(format!("Scores of pairs: {name}"), format!("Puntuaciones de los pares: {name}")),
            x_label: Phrase::new(format!("{column} (no unit)"), format!("{column} (sin unidad)")),
            km: of(true),
            knm: of(false),
            ..ScoreHistogram::default()
        };
        drawn.push((format!("{}-scores.svg", at + 1), score_histogram(&view, language)?));
    }
    let note = Phrase::new(
        format!("Every pair by a model that has not seen its firearms; version {}.", found.version),
        format!("Cada par por un modelo que no ha visto sus armas; versión {}.", found.version),
    );
    let measured: Vec<&System> = found.systems.iter().filter(|s| !s.km.is_empty() && !s.knm.is_empty()).collect();
    let column = |side: &[(f64, f64)], bounded: bool| -> Vec<f64> {
        side.iter().map(|p| if bounded { p.1 } else { p.0 }).collect()
    };
    if !measured.is_empty() {
        let curves = measured
            .iter()
            .map(|s| {
                let name = Phrase::same(subject(s, language));
                RocCurve::of_scores(name, &column(&s.km, false), &column(&s.knm, false))
            })
            .collect();
        let title = Phrase::new("Receiver operating characteristic", "Curva ROC");
        let view = RocPlot { title, fpr_scale: AxisScale::Log10, curves, note: note.clone() };
        drawn.push(("roc.svg".to_owned(), roc(&view, language)?));
    }
    for (at, system) in found.systems.iter().enumerate() {
        if !measured.iter().any(|m| std::ptr::eq(*m, system)) {
            continue;
        }
        let (km, knm) = (column(&system.km, true), column(&system.knm, true));
        for (name, drawing) in of_ratios(&km, &knm, &subject(system, language), &note, language)? {
            drawn.push((format!("model-{}-{name}", at + 1), drawing));
        }
    }
    Ok(drawn)
}
