//! How likelihood ratios are calibrated: against the best monotone calibration (PAV), and what they cost at every prior (ECE).

use super::canvas::{Axis, Canvas, Swatch, Words};
use super::curves::steps;
use crate::compare::metrics;
use crate::language::Language;
use crate::report::palette::{BLUE, DASHES, GREEN, INK, MUTED, VERMILLION};
use crate::report::svg::Paint;
use crate::report::view::{Phrase, decimal, grouped};
use crate::report::{Drawing, ReportError};

/// The view model of both plots.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EvidencePlot {
    /// Heading.
    pub title: Phrase,
    /// log10 LR of known matches.
    pub km: Vec<f64>,
    /// log10 LR of known non-matches.
    pub knm: Vec<f64>,
    /// Anything to add to the caption, which already states n and what to look for.
    pub note: Phrase,
}

impl EvidencePlot {
    fn check(&self, what: &str) -> Result<(), ReportError> {
        let finite = |values: &[f64]| values.iter().any(|v| v.is_finite());
        if finite(&self.km) && finite(&self.knm) {
            return Ok(());
        }
        Err(ReportError::BadValue {
            what: what.to_owned(),
            expected: "an LR of a known match and one of a known non-match".to_owned(),
            got: format!("{} and {}", self.km.len(), self.knm.len()),
        })
    }

    fn caption(&self, first: &str, language: Language) -> String {
        let (n_km, n_knm) = (grouped(self.km.len() as u64), grouped(self.knm.len() as u64));
        format!("n = {n_km} KM, {n_knm} KNM. {first} {}", self.note.pick(language)).trim_end().to_owned()
    }
}

/// Draws the LRs against those of the best monotone calibration of the same pairs (pooling adjacent violators), 640 px wide. Where the line
/// lies on the diagonal the LRs mean what they say; nearer to 0 than the diagonal they exaggerate.
///
/// # Errors
/// No LR on either side.
pub fn pav(view: &EvidencePlot, language: Language) -> Result<Drawing, ReportError> {
    view.check("PAV plot")?;
    let (best_km, best_knm) = metrics::pooled_log10(&view.km, &view.knm);
    let mut points: Vec<(f64, f64)> =
        view.km.iter().chain(&view.knm).copied().zip(best_km.into_iter().chain(best_knm)).collect();
    points.retain(|p| p.0.is_finite() && !p.1.is_nan());
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    points.dedup();
    let values = || points.iter().flat_map(|p| [p.0, p.1]).filter(|v| v.is_finite());
    let (low, high) = (values().fold(-1.0, f64::min), values().fold(1.0, f64::max));
    let air = (high - low) * 0.08;
    let x = Axis::linear(low - air, high + air, language.pick("log10 LR of the model", "log10 LR del modelo"));
    let label = language.pick("log10 LR after the best calibration", "log10 LR con la mejor calibración");
    let y = Axis::linear(low - air, high + air, label);
    let ends = (x.low, x.high);
    // A block of one kind only has an infinite ratio: it is drawn on the edge.
    let edge = air * 0.4;
    let unbounded = points.iter().filter(|p| p.1.is_infinite()).count();
    let shown: Vec<(f64, f64)> = points.iter().map(|p| (p.0, p.1.clamp(ends.0 + edge, ends.1 - edge))).collect();
    let line = Paint::stroke(BLUE, 2.0);
    let ideal = Paint::stroke(MUTED, 1.2).dashed(DASHES[1]);
    let dot = Paint::fill(BLUE);
    let legend = [
        (Swatch::Line(line), language.pick("pairs by rising LR", "pares por LR creciente").to_owned()),
        (Swatch::Line(ideal), language.pick("perfectly calibrated", "calibración perfecta").to_owned()),
    ];
    let mut first = language
        .pick(
            "On the diagonal an LR means what it says; nearer to 0 than the diagonal, LRs exaggerate.",
            "Sobre la diagonal un LR significa lo que dice; más cerca de 0 que la diagonal, los LR exageran.",
        )
        .to_owned();
    if unbounded > 0 {
        first += language.pick(
            " Points at the upper or lower edge: blocks of one kind of pair only, whose ratio has no bound.",
            " Puntos en el borde superior o inferior: bloques de un solo tipo de par, cuyo cociente no tiene cota.",
        );
    }
    let caption = view.caption(&first, language);
    let description =
        language.pick("Pool-adjacent-violators plot.", "Gráfica PAV (agrupación de violadores adyacentes).");
    let words = Words { title: view.title.pick(language), caption: &caption, description };
    let mut canvas = Canvas::new(&words, x, y, &legend);
    canvas.trace(&[(ends.0, ends.0), (ends.1, ends.1)], ideal);
    canvas.trace(&steps(shown.iter().copied()), line);
    canvas.open();
    let mut last: Option<(f64, f64)> = None;
    let places: Vec<(f64, f64)> = shown.iter().filter_map(|p| canvas.at(p.0, p.1)).collect();
    for at in places {
        // Dots that would lie on one another are drawn once.
        if last.is_none_or(|l| (l.0 - at.0).hypot(l.1 - at.1) > 4.0) {
            canvas.svg.circle(at, 2.2, dot);
            last = Some(at);
        }
    }
    canvas.close();
    Ok(canvas.finish())
}

/// Ends of the axis of prior odds, log10: from one mate in a thousand to the reverse.
const PRIORS: f64 = 3.0;
/// Points on each line of the plot of costs.
const STEPS: u32 = 240;

/// Draws the empirical cross-entropy at every prior (Ramos and others 2013), 640 px wide: of the LRs, of their best monotone calibration, and of no
/// evidence at all. The space between the first two is lost to calibration, above the third the LRs do harm.
///
/// # Errors
/// No LR on either side.
pub fn cost(view: &EvidencePlot, language: Language) -> Result<Drawing, ReportError> {
    view.check("ECE plot")?;
    let (best_km, best_knm) = metrics::pooled_log10(&view.km, &view.knm);
    let curve = |km: &[f64], knm: &[f64]| -> Vec<(f64, f64)> {
        (0..=STEPS)
            .map(|i| PRIORS * (2.0 * f64::from(i) / f64::from(STEPS) - 1.0))
            .map(|prior| (prior, metrics::cross_entropy(km, knm, prior).unwrap_or(f64::NAN)))
            .collect()
    };
    let (own, best, none) = (curve(&view.km, &view.knm), curve(&best_km, &best_knm), curve(&[0.0], &[0.0]));
    let most = own.iter().map(|p| p.1).filter(|v| v.is_finite()).fold(1.0, f64::max).min(1.5);
    let label = language.pick("prior odds of one firearm, log10", "razón previa de una misma arma, log10");
    let x = Axis::linear(-PRIORS, PRIORS, label);
    let y = Axis::linear(0.0, most * 1.04, language.pick("cross-entropy, bits", "entropía cruzada, bits"));
    let paints = [
        Paint::stroke(VERMILLION, 2.0),
        Paint::stroke(GREEN, 2.0).dashed(DASHES[1]),
        Paint::stroke(INK, 1.4).dashed(DASHES[2]),
    ];
    let names = [
        language.pick("likelihood ratios", "cocientes de verosimilitud"),
        language.pick("after the best calibration", "con la mejor calibración"),
        language.pick("no evidence", "sin evidencia"),
    ];
    let legend: Vec<(Swatch, String)> =
        paints.iter().zip(names).map(|(paint, name)| (Swatch::Line(*paint), name.to_owned())).collect();
    let cost = metrics::cllr(&view.km, &view.knm).unwrap_or(f64::NAN);
    let least = metrics::cllr_min(&view.km, &view.knm).unwrap_or(f64::NAN);
    let first = language.pick(
        format!("At even odds (0): Cllr {}, Cllr min {}.", decimal(cost, 3), decimal(least, 3)),
        format!("Con razón previa 1 (0): Cllr {}, Cllr mín. {}.", decimal(cost, 3), decimal(least, 3)),
    );
    let caption = view.caption(&first, language);
    let description = language.pick("Empirical cross-entropy.", "Entropía cruzada empírica.");
    let words = Words { title: view.title.pick(language), caption: &caption, description };
    let mut canvas = Canvas::new(&words, x, y, &legend);
    for (points, paint) in [(&none, paints[2]), (&best, paints[1]), (&own, paints[0])] {
        canvas.trace(points, paint);
    }
    Ok(canvas.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> EvidencePlot {
        let km = (0..40).map(|i| f64::from(i) / 10.0 - 0.6).collect();
        let knm = (0..90).map(|i| 0.9 - f64::from(i) / 20.0).collect();
        EvidencePlot { km, knm, ..EvidencePlot::default() }
    }

    #[test]
    fn both_plots_state_their_n_in_both_languages_and_refuse_a_lacking_side() {
        for language in [Language::En, Language::Es] {
            let drawn = [pav(&view(), language).unwrap(), cost(&view(), language).unwrap()];
            assert!(drawn.iter().all(|d| d.contains("n = 40 KM, 90 KNM.")));
            assert!(drawn[1].contains("Cllr"));
        }
        assert!(pav(&view(), Language::En).unwrap().contains("edge"), "separated ends have no finite ratio");
        let lacking = EvidencePlot { knm: Vec::new(), ..view() };
        assert!(pav(&lacking, Language::En).is_err() && cost(&lacking, Language::En).is_err());
        let broken = EvidencePlot { knm: vec![f64::NAN, -1.0], ..view() };
        assert!(pav(&broken, Language::En).is_ok() && cost(&broken, Language::En).is_ok());
    }
}
