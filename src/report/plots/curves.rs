//! Curves: ROC, rank (cumulative match characteristic), Tippett, and lines of any kind.

use super::AxisScale;
use super::canvas::{Axis, Canvas, Swatch, Words};
use crate::language::Language;
use crate::report::palette::{BLUE, DASHES, MUTED, SERIES, VERMILLION};
use crate::report::svg::Paint;
use crate::report::view::{Phrase, decimal, grouped, percent};
use crate::report::{Drawing, ReportError};

/// One line of a chart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// Its name in the legend.
    pub name: Phrase,
    /// Its points from left to right; a NaN breaks the line.
    pub points: Vec<(f64, f64)>,
}

/// The view model of a chart of lines.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LineChart {
    /// Heading.
    pub title: Phrase,
    /// Label of the x axis, with its unit.
    pub x_label: Phrase,
    /// Label of the y axis, with its unit.
    pub y_label: Phrase,
    /// Division of the x axis.
    pub x_scale: AxisScale,
    /// Division of the y axis.
    pub y_scale: AxisScale,
    /// Ends of an evenly divided y axis, where the lines' own would mislead (shares).
    pub y_range: Option<(f64, f64)>,
    /// Lines; the first six keep their own colour and dash.
    pub lines: Vec<Line>,
    /// What stands behind the lines: n, source.
    pub caption: Phrase,
}

/// One ROC curve.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RocCurve {
    /// Its name in the legend.
    pub name: Phrase,
    /// False-positive rate and true-positive rate, both ascending.
    pub points: Vec<(f64, f64)>,
    /// Known matches behind it.
    pub n_km: u64,
    /// Known non-matches behind it.
    pub n_knm: u64,
    /// Area under it.
    pub auc: f64,
}

impl RocCurve {
    /// The curve of a score: one point a distinct score, ties taken together, with the area by trapezoids (which equals
    /// the share of pairs ordered rightly, ties counting half; Hanley and McNeil 1982). Scores that are NaN rank last.
    #[must_use]
    pub fn of_scores(name: Phrase, km: &[f64], knm: &[f64]) -> Self {
        let mut all: Vec<(f64, bool)> = km.iter().map(|s| (*s, true)).chain(knm.iter().map(|s| (*s, false))).collect();
        all.iter_mut().filter(|s| s.0.is_nan()).for_each(|s| s.0 = f64::NEG_INFINITY);
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (positives, negatives) = (km.len().max(1) as f64, knm.len().max(1) as f64);
        let (mut tp, mut fp, mut auc) = (0usize, 0usize, 0.0);
        let mut points = vec![(0.0, 0.0)];
        for group in all.chunk_by(|a, b| a.0 == b.0) {
            let before = (fp as f64 / negatives, tp as f64 / positives);
            tp += group.iter().filter(|s| s.1).count();
            fp += group.iter().filter(|s| !s.1).count();
            let after = (fp as f64 / negatives, tp as f64 / positives);
            auc += (after.0 - before.0) * (after.1 + before.1) / 2.0;
            points.push(after);
        }
        Self { name, points, n_km: km.len() as u64, n_knm: knm.len() as u64, auc }
    }
}

/// The view model of ROC curves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RocPlot {
    /// Heading.
    pub title: Phrase,
    /// Division of the axis of false positives; the logarithmic one shows the end that matters for large galleries.
    pub fpr_scale: AxisScale,
    /// Curves.
    pub curves: Vec<RocCurve>,
    /// Anything to add to the caption, which already states n and area.
    pub note: Phrase,
}

/// One rank curve (cumulative match characteristic).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RankCurve {
    /// Its name in the legend.
    pub name: Phrase,
    /// Share of the queries that have a mate among the first 1, 2, 3, ... candidates.
    pub share_at_rank: Vec<f64>,
    /// Queries that have a mate in the gallery.
    pub queries: u64,
    /// Marks in the gallery.
    pub gallery: u64,
}

/// The view model of rank curves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RankPlot {
    /// Heading.
    pub title: Phrase,
    /// Division of the axis of ranks.
    pub rank_scale: AxisScale,
    /// Curves.
    pub curves: Vec<RankCurve>,
    /// Anything to add to the caption, which already states n.
    pub note: Phrase,
}

/// The view model of a Tippett plot: how often an LR at least this large comes up in each group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TippettPlot {
    /// Heading.
    pub title: Phrase,
    /// log10 LR of known matches.
    pub km: Vec<f64>,
    /// log10 LR of known non-matches.
    pub knm: Vec<f64>,
    /// Anything to add to the caption, which already states n and the misleading shares.
    pub note: Phrase,
}

fn series(i: usize) -> Paint {
    Paint::stroke(SERIES[i % SERIES.len()], 2.0).dashed(DASHES[i % DASHES.len()])
}

fn joined(first: String, note: &Phrase, language: Language) -> String {
    if note.is_empty() { first } else { format!("{first} {}", note.pick(language)) }
}

/// Draws lines, 640 px wide.
///
/// # Errors
/// No line has a point that the axes can show.
pub fn line_chart(view: &LineChart, language: Language) -> Result<Drawing, ReportError> {
    let points = || view.lines.iter().flat_map(|line| &line.points);
    let x = axis(points().map(|p| p.0), view.x_scale, view.x_label.pick(language));
    let y = match view.y_range {
        Some((low, high)) => Some(Axis::linear(low, high, view.y_label.pick(language))),
        None => axis(points().map(|p| p.1), view.y_scale, view.y_label.pick(language)),
    };
    let (Some(x), Some(y)) = (x, y) else {
        return Err(ReportError::BadValue {
            what: format!("line chart \"{}\"", view.title.english),
            expected: "at least one point that its axes can show".into(),
            got: format!("{} points", points().count()),
        });
    };
    let legend: Vec<(Swatch, String)> = view
        .lines
        .iter()
        .enumerate()
        .map(|(i, line)| (Swatch::Line(series(i)), line.name.pick(language).to_owned()))
        .collect();
    let description = language.pick("A chart of lines.", "Una gráfica de líneas.");
    let words = Words { title: view.title.pick(language), caption: view.caption.pick(language), description };
    let mut canvas = Canvas::new(&words, x, y, &legend);
    for (i, line) in view.lines.iter().enumerate() {
        canvas.trace(&line.points, series(i));
    }
    Ok(canvas.finish())
}

/// An axis around values; a linear one gets air of 4 % on both sides.
fn axis(values: impl Iterator<Item = f64>, scale: AxisScale, label: &str) -> Option<Axis> {
    let shown = values.filter(|v| v.is_finite() && (scale == AxisScale::Linear || *v > 0.0));
    let (low, high) = shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    if low > high {
        return None;
    }
    Some(match scale {
        AxisScale::Linear => {
            let air = (high - low) * 0.04;
            // A quantity that starts at zero keeps its zero.
            Axis::linear(if low >= 0.0 && low < air * 3.0 { 0.0 } else { low - air }, high + air, label)
        }
        AxisScale::Log10 => Axis::log10(low, high, label),
    })
}

/// Draws ROC curves, 640 px wide. On a logarithmic axis each curve starts at the smallest rate its known non-matches can
/// resolve; a curve that reaches 1 at rate 0 runs along the top.
///
/// # Errors
/// No curve.
pub fn roc(view: &RocPlot, language: Language) -> Result<Drawing, ReportError> {
    if view.curves.is_empty() {
        return Err(ReportError::BadValue { what: "ROC".into(), expected: "a curve".into(), got: "none".into() });
    }
    let label = language.pick("false-positive rate", "tasa de falsos positivos");
    let finest = view.curves.iter().map(|c| 1.0 / c.n_knm.max(10) as f64).fold(0.1, f64::min);
    let x = match view.fpr_scale {
        AxisScale::Linear => Axis::linear(0.0, 1.0, label),
        AxisScale::Log10 => Axis::log10(finest, 1.0, label),
    };
    let floor = x.low;
    let y = Axis::linear(0.0, 1.02, language.pick("true-positive rate", "tasa de verdaderos positivos"));
    let mut legend: Vec<(Swatch, String)> = view
        .curves
        .iter()
        .enumerate()
        .map(|(i, c)| (Swatch::Line(series(i)), format!("{} (AUC {})", c.name.pick(language), decimal(c.auc, 4))))
        .collect();
    legend.push((Swatch::Line(CHANCE), language.pick("chance", "azar").to_owned()));
    let counts: Vec<String> = view
        .curves
        .iter()
        .map(|c| format!("{}: n = {} KM, {} KNM", c.name.pick(language), grouped(c.n_km), grouped(c.n_knm)))
        .collect();
    let caption = joined(format!("{}.", counts.join("; ")), &view.note, language);
    let description = language.pick("Receiver operating characteristic.", "Curva característica operativa (ROC).");
    let words = Words { title: view.title.pick(language), caption: &caption, description };
    let mut canvas = Canvas::new(&words, x, y, &legend);
    let chance: Vec<(f64, f64)> = (0..=200)
        .map(|i| f64::from(i) / 200.0)
        .map(|t| if view.fpr_scale == AxisScale::Linear { t } else { floor.powf(1.0 - t) })
        .map(|rate| (rate, rate))
        .collect();
    canvas.trace(&chance, CHANCE);
    for (i, curve) in view.curves.iter().enumerate() {
        // One false positive in all known non-matches is the least rate a curve can show.
        let least = 1.0 / curve.n_knm.max(1) as f64;
        canvas.trace(&on_axis(&curve.points, view.fpr_scale, least), series(i));
    }
    Ok(canvas.finish())
}

const CHANCE: Paint = Paint { fill: "none", stroke: MUTED, width: 1.2, dash: "2 4", opacity: 1.0 };

/// On a logarithmic axis a curve begins at the least rate it can show, at the height it has without a false positive.
fn on_axis(points: &[(f64, f64)], scale: AxisScale, least: f64) -> Vec<(f64, f64)> {
    match scale {
        AxisScale::Linear => points.to_vec(),
        AxisScale::Log10 => {
            let below = least * 0.999;
            let start = points.iter().filter(|p| p.0 < below).map(|p| p.1).fold(0.0, f64::max);
            std::iter::once((least, start)).chain(points.iter().copied().filter(|p| p.0 >= below)).collect()
        }
    }
}

/// Draws rank curves, 640 px wide.
///
/// # Errors
/// No curve with at least one rank.
pub fn rank_curve(view: &RankPlot, language: Language) -> Result<Drawing, ReportError> {
    let longest = view.curves.iter().map(|c| c.share_at_rank.len()).max().unwrap_or(0);
    if longest == 0 {
        return Err(ReportError::BadValue { what: "rank curve".into(), expected: "a rank".into(), got: "none".into() });
    }
    let label = language.pick("rank in the list of candidates", "rango en la lista de candidatos");
    let x = match view.rank_scale {
        AxisScale::Linear => Axis::linear(1.0, longest as f64, label),
        AxisScale::Log10 => Axis::log10(1.0, longest as f64, label),
    };
    let least = view.curves.iter().flat_map(|c| c.share_at_rank.first()).copied().fold(1.0, f64::min);
    // The axis starts at zero unless all curves live in the top half, where the difference would vanish.
    let low = if least > 0.5 { ((least - 0.02) * 10.0).floor().max(0.0) / 10.0 } else { 0.0 };
    let y = Axis::linear(
        low,
        1.0 + (1.0 - low) * 0.02,
        language.pick("queries with a mate so far", "consultas con pareja hasta aquí"),
    );
    let legend: Vec<(Swatch, String)> = view
        .curves
        .iter()
        .enumerate()
        .map(|(i, c)| (Swatch::Line(series(i)), c.name.pick(language).to_owned()))
        .collect();
    let counts: Vec<String> = view
        .curves
        .iter()
        .map(|c| {
            let (name, n, g) = (c.name.pick(language), grouped(c.queries), grouped(c.gallery));
            let first = percent(c.share_at_rank.first().copied().unwrap_or(f64::NAN));
            language.pick(
                format!("{name}: n = {n} queries in a gallery of {g}, {first} at rank 1"),
                format!("{name}: n = {n} consultas en una galería de {g}, {first} en el rango 1"),
            )
        })
        .collect();
    let mut caption = joined(format!("{}.", counts.join("; ")), &view.note, language);
    if low > 0.0 {
        caption += &language.pick(format!(" The y axis starts at {low}."), format!(" El eje y comienza en {low}."));
    }
    let description = language.pick("Cumulative match characteristic.", "Característica acumulada por rango.");
    let words = Words { title: view.title.pick(language), caption: &caption, description };
    let mut canvas = Canvas::new(&words, x, y, &legend);
    for (i, curve) in view.curves.iter().enumerate() {
        canvas.trace(&steps(curve.share_at_rank.iter().enumerate().map(|(r, s)| (r as f64 + 1.0, *s))), series(i));
    }
    Ok(canvas.finish())
}

/// Points as stairs: a level holds until the next point.
pub(super) fn steps(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut out: Vec<(f64, f64)> = Vec::new();
    for p in points {
        if let Some(&last) = out.last()
            && last.1 != p.1
        {
            out.push((p.0, last.1));
        }
        out.push(p);
    }
    out
}

/// Draws a Tippett plot, 640 px wide: for both groups the share with at least this log10 LR.
///
/// # Errors
/// Both groups empty.
pub fn tippett(view: &TippettPlot, language: Language) -> Result<Drawing, ReportError> {
    let all = || view.km.iter().chain(&view.knm).copied().filter(|v| v.is_finite());
    if all().next().is_none() {
        return Err(ReportError::BadValue {
            what: "Tippett plot".into(),
            expected: "an LR".into(),
            got: "none".into(),
        });
    }
    let (low, high) = (all().fold(-1.0, f64::min), all().fold(1.0, f64::max));
    let air = (high - low) * 0.04;
    let label = language.pick("log10 LR is at least", "log10 LR es al menos");
    let x = Axis::linear(low - air, high + air, label);
    let ends = (x.low, x.high);
    let y = Axis::linear(0.0, 1.02, language.pick("share of the group", "proporción del grupo"));
    let (blue, red) = (Paint::stroke(BLUE, 2.0), Paint::stroke(VERMILLION, 2.0).dashed(DASHES[1]));
    let legend = [
        (Swatch::Line(blue), language.pick("known matches (KM)", "misma arma, conocido (KM)").to_owned()),
        (Swatch::Line(red), language.pick("known non-matches (KNM)", "distinta arma, conocido (KNM)").to_owned()),
    ];
    let share = |values: &[f64], wrong: fn(&f64) -> bool| {
        percent(values.iter().filter(|v| wrong(v)).count() as f64 / values.len() as f64)
    };
    let (bad_km, bad_knm) = (share(&view.km, |v| *v < 0.0), share(&view.knm, |v| *v > 0.0));
    let (n_km, n_knm) = (grouped(view.km.len() as u64), grouped(view.knm.len() as u64));
    let first = language.pick(
        format!("n = {n_km} KM, {n_knm} KNM. Misleading: {bad_km} of KM below 0, {bad_knm} of KNM above 0."),
        format!("n = {n_km} KM, {n_knm} KNM. Engañosos: {bad_km} de KM bajo 0, {bad_knm} de KNM sobre 0."),
    );
    let caption = joined(first, &view.note, language);
    let description = language.pick("Tippett plot.", "Gráfica de Tippett.");
    let words = Words { title: view.title.pick(language), caption: &caption, description };
    let mut canvas = Canvas::new(&words, x, y, &legend);
    canvas.marker(0.0, "LR = 1");
    for (values, paint) in [(&view.km, blue), (&view.knm, red)] {
        canvas.trace(&exceedance(values, ends), paint);
    }
    Ok(canvas.finish())
}

/// Share of values at or above x, as stairs over the axis.
fn exceedance(values: &[f64], ends: (f64, f64)) -> Vec<(f64, f64)> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if sorted.is_empty() {
        return Vec::new();
    }
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let mut out = vec![(ends.0, 1.0)];
    for (i, value) in sorted.iter().enumerate() {
        out.push((*value, 1.0 - i as f64 / n));
        out.push((*value, 1.0 - (i + 1) as f64 / n));
    }
    out.push((ends.1, 0.0));
    out
}

#[cfg(test)]
#[path = "curves_tests.rs"]
mod tests;
