//! The plots of an evaluation.

use crate::compare::NO_SCORE;
use crate::engine::evaluate::Evaluation;
use crate::language::Language;
use crate::report::plots::{
    AxisScale, RankCurve, RankPlot, RocCurve, RocPlot, ScoreHistogram, rank_curve, roc, score_histogram,
};
use crate::report::view::Phrase;
use crate::report::{Drawing, ReportError};

/// Score histograms, ROC, rank curve and, where there are likelihood ratios, Tippett, PAV and cross-entropy plots; each as (file name, drawing).
///
/// A plot that has nothing to show (no known match among the scans, say) is left out.
///
/// # Errors
/// Those of the plots.
pub fn plots(found: &Evaluation, language: Language) -> Result<Vec<(&'static str, Drawing)>, ReportError> {
    let of = |known_match: bool| -> Vec<f64> {
        found.scores.iter().filter(|p| p.known_match == known_match).map(|p| p.score).collect()
    };
    let (km, knm) = (of(true), of(false));
    let mut drawn = Vec::new();
    let note = note(found);
    if !found.scores.is_empty() {
        // Pairs that could not be compared (no overlap) have the lowest score there is; on the axis they would hide the rest.
        let compared = |scores: &[f64]| -> Vec<f64> { scores.iter().copied().filter(|s| *s > NO_SCORE).collect() };
        let left_out = found.scores.len() - compared(&km).len() - compared(&knm).len();
        let mut note = note.clone();
        if left_out > 0 {
            note.english.push_str(&format!(" {left_out} pairs without enough overlap are not drawn."));
            note.spanish.push_str(&format!(" {left_out} pares sin traslape suficiente no se dibujan."));
        }
        let view = ScoreHistogram {
            title: Phrase::new("Scores of pairs", "Puntuaciones de los pares"),
            x_label: Phrase::new("fused score (no unit)", "puntuación fusionada (sin unidad)"),
            km: compared(&km),
            knm: compared(&knm),
            threshold: None,
            note,
        };
        drawn.push(("scores.svg", score_histogram(&view, language)?));
    }
    if !km.is_empty() && !knm.is_empty() {
        let view = RocPlot {
            title: Phrase::new("Receiver operating characteristic", "Curva ROC"),
            fpr_scale: AxisScale::Log10,
            curves: vec![RocCurve::of_scores(Phrase::new("fused score", "puntuación fusionada"), &km, &knm)],
            note: note.clone(),
        };
        drawn.push(("roc.svg", roc(&view, language)?));
    }
    if !found.first_mate_ranks.is_empty() {
        let gallery = found.retrieval.gallery.max(1);
        let queries = found.first_mate_ranks.len();
        let share = |rank: usize| {
            found.first_mate_ranks.iter().filter(|r| r.is_some_and(|r| r <= rank)).count() as f64 / queries as f64
        };
        let view = RankPlot {
            title: Phrase::new(
                "Queries whose first candidates hold a mate",
                "Consultas cuyos primeros candidatos contienen un compañero",
            ),
            rank_scale: AxisScale::Log10,
            curves: vec![RankCurve {
                name: Phrase::new("whole search", "búsqueda completa"),
                share_at_rank: (1..=gallery).map(share).collect(),
                queries: queries as u64,
                gallery: gallery as u64,
            }],
            note: note.clone(),
        };
        drawn.push(("ranks.svg", rank_curve(&view, language)?));
    }
    let lr = |known_match: bool| -> Vec<f64> {
        found.scores.iter().filter(|p| p.known_match == known_match).filter_map(|p| p.log10_lr).collect()
    };
    let (km, knm) = (lr(true), lr(false));
    if !km.is_empty() && !knm.is_empty() {
        drawn.extend(super::evidence::of_ratios(&km, &knm, "", &note, language)?);
    }
    Ok(drawn)
}

fn note(found: &Evaluation) -> Phrase {
    let hash = found.parameters_hash.get(..12).unwrap_or(&found.parameters_hash);
    let (turned, girado) = if found.rotate.is_some() {
        (", every scan turned by a random angle", ", cada escaneo girado un ángulo al azar")
    } else {
        ("", "")
    };
    Phrase::new(
        format!("{} scans{turned}; version {}, parameters {hash}.", found.scans, found.version),
        format!("{} escaneos{girado}; versión {}, parámetros {hash}.", found.scans, found.version),
    )
}
