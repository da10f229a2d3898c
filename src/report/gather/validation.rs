//! The plots of an evaluation.

use crate::compare::NO_SCORE;
use crate::engine::evaluate::Evaluation;
use crate::engine::scale::Scale;
use crate::engine::treatment::TreatmentKind;
use crate::language::Language;
use crate::report::plots::{
    AxisScale, Line, LineChart, RankCurve, RankPlot, RocCurve, RocPlot, ScoreHistogram, line_chart, rank_curve, roc,
    score_histogram,
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
    if let Some(scale) = &found.scale {
        drawn.push(("scale.svg", scale_curves(scale, &note, language)?));
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

/// Recall of the first stage against the depth of its list: a line a study in the largest gallery, and over all studies a line a gallery.
fn scale_curves(scale: &Scale, note: &Phrase, language: Language) -> Result<Drawing, ReportError> {
    let line = |name: Phrase, shares: &[f64]| Line {
        name,
        points: scale.depths.iter().zip(shares).map(|(depth, share)| (*depth as f64, *share)).collect(),
    };
    let largest = scale.studies.iter().filter_map(|(study, recall)| {
        Some(line(Phrase::same(format!("{study}, {}", scale.distractors)), recall.first_stage.last()?))
    });
    let all = scale.sizes.iter().zip(&scale.all.first_stage).map(|(size, shares)| {
        line(Phrase::new(format!("all studies, {size}"), format!("todos los estudios, {size}")), shares)
    });
    let view = LineChart {
        title: Phrase::new(
            "First stage: queries with a mate among the first n of the gallery",
            "Primera etapa: consultas con un compañero entre los primeros n de la galería",
        ),
        x_label: Phrase::new("n, marks passed on", "n, marcas que pasan"),
        y_label: Phrase::new("share of queries", "proporción de las consultas"),
        x_scale: AxisScale::Log10,
        y_range: Some((0.0, 1.02)),
        y_scale: AxisScale::Linear,
        lines: largest.chain(all).collect(),
        caption: Phrase::new(
            format!(
                "{} queries among resampled signatures, as many as the lines say. {}",
                scale.all.queries, note.english
            ),
            format!(
                "{} consultas entre firmas remuestreadas, tantas como dicen las líneas. {}",
                scale.all.queries, note.spanish
            ),
        ),
    };
    line_chart(&view, language)
}

/// Accuracy over the doses of one kind of treatment; an untreated evaluation counts as the dose that changes nothing.
///
/// # Errors
/// No evaluation with this treatment.
pub fn dose_curve(found: &[Evaluation], kind: TreatmentKind, language: Language) -> Result<Drawing, ReportError> {
    let dose = |one: &Evaluation| match one.treatment {
        None => Some(kind.no_dose()),
        Some(treatment) => (treatment.kind == kind).then_some(treatment.dose),
    };
    let mut shown: Vec<(f64, &Evaluation)> = found.iter().filter_map(|one| Some((dose(one)?, one))).collect();
    shown.sort_by(|a, b| a.0.total_cmp(&b.0));
    let line = |name: Phrase, value: &dyn Fn(&Evaluation) -> Option<f64>| Line {
        name,
        points: shown.iter().filter_map(|(dose, one)| Some((*dose, value(one)?))).collect(),
    };
    let lines = vec![
        line(Phrase::new("known matches above all non-matches", "compañeros sobre todos los no compañeros"), &|one| {
            one.pairs.tpr_at_fpr_0
        }),
        line(Phrase::new("area under the ROC curve", "área bajo la curva ROC"), &|one| one.pairs.auc),
        line(Phrase::new("queries with a mate first", "consultas con un compañero primero"), &|one| {
            Some(one.retrieval.top1)
        }),
        line(Phrase::new("congruent cells of known matches", "celdas congruentes de compañeros"), &|one| {
            one.pairs.cmc_share_km_mean
        }),
    ];
    let (label, about) = match kind {
        TreatmentKind::Hide => {
            (Phrase::new("share of the mark hidden", "parte oculta de la marca"), Phrase::new("Hidden", "Ocultas"))
        }
        TreatmentKind::Noise => (
            Phrase::new("noise over relief in the fine band (RMS)", "ruido sobre relieve en la banda fina (RMS)"),
            Phrase::new("Noise", "Ruido"),
        ),
        TreatmentKind::Coarse => (
            Phrase::new("pitch over the scan's own", "paso sobre el propio del escaneo"),
            Phrase::new("Coarse scans", "Escaneos gruesos"),
        ),
        TreatmentKind::Tilt => {
            (Phrase::new("tilt, degrees", "inclinación, grados"), Phrase::new("Tilt", "Inclinación"))
        }
        TreatmentKind::Outliers => (
            Phrase::new("share of points that are spikes", "parte de los puntos que son picos"),
            Phrase::new("Spikes", "Picos"),
        ),
    };
    let pairs = shown.first().map(|(_, one)| (one.pairs.n_km, one.pairs.n_knm)).unwrap_or_default();
    let note = found.first().map(note).unwrap_or_default();
    let view = LineChart {
        title: Phrase::new(
            format!("{}: what is left of the comparison", about.english),
            format!("{}: lo que queda de la comparación", about.spanish),
        ),
        x_label: label,
        y_label: Phrase::new("share", "proporción"),
        y_range: Some((0.0, 1.02)),
        lines,
        caption: Phrase::new(
            format!(
                "{} known matches, {} known non-matches; the second mark of each pair is treated. {}",
                pairs.0, pairs.1, note.english
            ),
            format!(
                "{} compañeros, {} no compañeros; se trata la segunda marca de cada par. {}",
                pairs.0, pairs.1, note.spanish
            ),
        ),
        ..LineChart::default()
    };
    line_chart(&view, language)
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
