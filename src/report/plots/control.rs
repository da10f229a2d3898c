//! Control charts: the score of a check standard run by run, with centre line and limits.

use super::canvas::{Axis, Canvas, Swatch, Words};
use crate::language::Language;
use crate::report::palette::{BLUE, GREEN, MUTED, VERMILLION};
use crate::report::svg::Paint;
use crate::report::view::Phrase;
use crate::report::{Drawing, ReportError};

/// The view model of a control chart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ControlPlot {
    /// Heading.
    pub title: Phrase,
    /// Score of each run in their order, and whether it is out of control; a run without a score has NaN.
    pub runs: Vec<(f64, bool)>,
    /// Centre line and standard deviation, once there are limits.
    pub limits: Option<(f64, f64)>,
    /// How many of the runs qualified the instrument.
    pub qualifying: usize,
    /// What stands behind the chart.
    pub caption: Phrase,
}

/// Draws a control chart, 640 px wide: points joined by a line, those out of control as hollow squares, limits at three standard deviations.
///
/// # Errors
/// No run has a score.
pub fn control_plot(view: &ControlPlot, language: Language) -> Result<Drawing, ReportError> {
    let scores = || view.runs.iter().map(|run| run.0).filter(|score| score.is_finite());
    let (mut low, mut high) = scores().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    if low > high {
        return Err(ReportError::BadValue {
            what: format!("control chart \"{}\"", view.title.english),
            expected: "at least one run with a score".to_owned(),
            got: format!("{} runs without", view.runs.len()),
        });
    }
    if let Some((centre, sd)) = view.limits {
        (low, high) = (low.min(centre - 3.0 * sd), high.max(centre + 3.0 * sd));
    }
    let air = ((high - low) * 0.08).max(1e-4);
    let x = Axis::linear(0.0, view.runs.len() as f64 + 1.0, language.pick("run", "medición"));
    let label = language.pick("correlation with the reference", "correlación con la referencia");
    let y = Axis::linear(low - air, high + air, label);
    let (line, centre, limit) =
        (Paint::stroke(BLUE, 1.6), Paint::stroke(GREEN, 1.6), Paint::stroke(VERMILLION, 1.6).dashed("7 4"));
    let out = Paint::stroke(VERMILLION, 2.0);
    let legend = [
        (Swatch::Line(line), language.pick("runs", "mediciones").to_owned()),
        (Swatch::Line(centre), language.pick("centre line", "línea central").to_owned()),
        (
            Swatch::Line(limit),
            language.pick("limits, 3 standard deviations", "límites, 3 desviaciones estándar").to_owned(),
        ),
        (Swatch::Area(out), language.pick("out of control", "fuera de control").to_owned()),
    ];
    let description = language.pick("A Shewhart control chart.", "Una gráfica de control de Shewhart.");
    let words = Words { title: view.title.pick(language), caption: view.caption.pick(language), description };
    let mut canvas = Canvas::new(&words, x, y, &legend);
    let last = view.runs.len() as f64 + 1.0;
    if let Some((middle, sd)) = view.limits {
        canvas.trace(&[(0.0, middle), (last, middle)], centre);
        for value in [middle - 3.0 * sd, middle + 3.0 * sd] {
            canvas.trace(&[(0.0, value), (last, value)], limit);
        }
        let until = view.qualifying as f64 + 0.5;
        canvas.marker(until, language.pick("qualified", "calificado"));
    }
    let points: Vec<(f64, f64)> = view.runs.iter().zip(1u32..).map(|(run, n)| (f64::from(n), run.0)).collect();
    canvas.trace(&points, line);
    for ((x, y), (_, is_out)) in points.into_iter().zip(&view.runs) {
        let Some(at) = canvas.at(x, y) else { continue };
        if *is_out {
            canvas.svg.rect(at.0 - 5.0, at.1 - 5.0, 10.0, 10.0, 0.0, out);
        }
        canvas.svg.circle(at, 2.6, Paint::fill(if *is_out { VERMILLION } else { MUTED }));
    }
    Ok(canvas.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_runs_out_of_control_are_drawn_and_nothing_is_refused() {
        let mut view = ControlPlot {
            title: Phrase::new("Confocal 1 <b>", "Confocal 1 <b>"),
            runs: vec![(0.95, false), (0.952, false), (f64::NAN, true), (0.90, true)],
            limits: Some((0.951, 0.002)),
            qualifying: 2,
            caption: Phrase::new("n = 4", "n = 4"),
        };
        let drawn = control_plot(&view, Language::Es).unwrap().into_string();
        assert!(drawn.contains("línea central") && drawn.contains("fuera de control") && !drawn.contains("<b>"));
        let squares = |drawn: &str| drawn.matches("width=\"10\" height=\"10\"").count();
        assert_eq!(squares(&drawn), 1, "the run without a score has no place on the axis: {drawn}");
        view.runs.pop();
        assert_eq!(squares(&control_plot(&view, Language::En).unwrap().into_string()), 0);
        view.runs = vec![(f64::NAN, true)];
        assert!(control_plot(&view, Language::En).is_err());
    }
}
