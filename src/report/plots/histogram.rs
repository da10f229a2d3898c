//! Score histograms of known matches and known non-matches over one axis.

use super::canvas::{Axis, Canvas, Swatch, Words};
use crate::language::Language;
use crate::report::palette::{BLUE, VERMILLION};
use crate::report::svg::Paint;
use crate::report::view::{Phrase, decimal, grouped, percent};
use crate::report::{Drawing, ReportError};

/// The view model of a score histogram.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScoreHistogram {
    /// Heading.
    pub title: Phrase,
    /// What the score is, with its unit or "no unit".
    pub x_label: Phrase,
    /// Scores of known matches (KM).
    pub km: Vec<f64>,
    /// Scores of known non-matches (KNM).
    pub knm: Vec<f64>,
    /// A threshold to mark, and its name.
    pub threshold: Option<(f64, Phrase)>,
    /// Anything to add to the caption, which already states n and the extremes.
    pub note: Phrase,
}

/// Bins over the whole range of both groups: enough to see two modes, few enough to keep bars apart at 640 px.
const BINS: usize = 48;

/// Draws both histograms as shares of their own group, 640 px wide. Scores that are not finite are left out and counted
/// in the caption.
///
/// # Errors
/// Both groups empty.
pub fn score_histogram(view: &ScoreHistogram, language: Language) -> Result<Drawing, ReportError> {
    let finite = |values: &[f64]| values.iter().copied().filter(|v| v.is_finite()).collect::<Vec<_>>();
    let (km, knm) = (finite(&view.km), finite(&view.knm));
    let all = km.iter().chain(&knm);
    let (low, high) =
        (all.clone().copied().fold(f64::INFINITY, f64::min), all.copied().fold(f64::NEG_INFINITY, f64::max));
    if low > high {
        return Err(ReportError::BadValue {
            what: "score histogram".into(),
            expected: "at least one finite score".into(),
            got: format!("{} scores, none finite", view.km.len() + view.knm.len()),
        });
    }
    let x = Axis::linear(low, high, view.x_label.pick(language));
    let (km_bins, knm_bins) = (shares(&km, &x), shares(&knm, &x));
    let peak = km_bins.iter().chain(&knm_bins).copied().fold(0.0, f64::max);
    let y = Axis::linear(0.0, peak * 1.06, language.pick("share of the group", "proporción del grupo"));
    let lost = view.km.len() + view.knm.len() - km.len() - knm.len();
    let legend = [
        (Swatch::Area(BAR_KM), language.pick("known matches (KM)", "misma arma, conocido (KM)").to_owned()),
        (Swatch::Area(BAR_KNM), language.pick("known non-matches (KNM)", "distinta arma, conocido (KNM)").to_owned()),
    ];
    let caption = caption(view, &km, &knm, lost, language);
    let description = language.pick("Two histograms over one axis.", "Dos histogramas sobre un eje.");
    let words = Words { title: view.title.pick(language), caption: &caption, description };
    let mut canvas = Canvas::new(&words, x, y, &legend);
    let step = (canvas.x.high - canvas.x.low) / BINS as f64;
    canvas.open();
    for (bins, paint) in [(&knm_bins, BAR_KNM), (&km_bins, BAR_KM)] {
        for (i, share) in bins.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            let left = canvas.x.low + i as f64 * step;
            if let (Some(a), Some(b)) = (canvas.at(left, *share), canvas.at(left + step, 0.0)) {
                canvas.svg.rect(a.0 + 0.4, a.1, b.0 - a.0 - 0.8, b.1 - a.1, 0.0, paint);
            }
        }
    }
    canvas.close();
    if let Some((value, name)) = &view.threshold {
        canvas.marker(*value, name.pick(language));
    }
    Ok(canvas.finish())
}

const BAR_KM: Paint = Paint { fill: BLUE, stroke: BLUE, width: 0.8, dash: "", opacity: 0.72 };
const BAR_KNM: Paint = Paint { fill: "#f3c9ad", stroke: VERMILLION, width: 0.8, dash: "", opacity: 0.9 };

fn shares(values: &[f64], axis: &Axis) -> Vec<f64> {
    let mut bins = vec![0usize; BINS];
    for share in values.iter().filter_map(|v| axis.share(*v)) {
        bins[((share * BINS as f64) as usize).min(BINS - 1)] += 1;
    }
    bins.iter().map(|&n| n as f64 / values.len().max(1) as f64).collect()
}

fn caption(view: &ScoreHistogram, km: &[f64], knm: &[f64], lost: usize, language: Language) -> String {
    let least = km.iter().copied().fold(f64::INFINITY, f64::min);
    let most = knm.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let above = knm.iter().filter(|v| **v >= least).count() as f64 / knm.len().max(1) as f64;
    let mut text = format!("n = {} KM, {} KNM.", grouped(km.len() as u64), grouped(knm.len() as u64));
    if !km.is_empty() && !knm.is_empty() {
        let (least, most) = (decimal(least, 3), decimal(most, 3));
        text += &language.pick(
            format!(" Least KM {least}, greatest KNM {most}; {} of KNM reach the least KM.", percent(above)),
            format!(" KM mínimo {least}, KNM máximo {most}; {} de los KNM alcanzan el KM mínimo.", percent(above)),
        );
    }
    if lost > 0 {
        text +=
            &language.pick(format!(" {lost} without a score are left out."), format!(" Se omiten {lost} sin puntaje."));
    }
    if !view.note.is_empty() {
        text.push(' ');
        text += view.note.pick(language);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_falls_into_one_bin() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i) / 999.0).collect();
        let axis = Axis::linear(0.0, 1.0, "x");
        assert!((shares(&values, &axis).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_caption_counts_and_nothing_finite_is_an_error() {
        let view =
            ScoreHistogram { km: vec![2.0, 3.0, f64::NAN], knm: vec![0.0, 1.0, 2.5, 0.5], ..ScoreHistogram::default() };
        let svg = score_histogram(&view, Language::En).unwrap();
        assert!(svg.contains("n = 2 KM, 4 KNM."), "{svg}");
        assert!(svg.contains("25.0 % of KNM"), "{svg}");
        assert!(svg.contains("1 without a score"), "{svg}");
        let empty = ScoreHistogram { km: vec![f64::NAN], ..ScoreHistogram::default() };
        assert!(matches!(score_histogram(&empty, Language::En), Err(ReportError::BadValue { .. })));
    }

    #[test]
    fn one_value_alone_is_drawn() {
        let view = ScoreHistogram { km: vec![7.0], ..ScoreHistogram::default() };
        assert!(score_histogram(&view, Language::Es).unwrap().contains("n = 1 KM, 0 KNM."));
    }
}
