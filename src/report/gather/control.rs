//! Control charts of instruments, from the engine's runs to the drawing.

use crate::casework::control::{ControlState, QUALIFYING_RUNS};
use crate::engine::control::ChartView;
use crate::language::Language;
use crate::report::plots::{ControlPlot, control_plot};
use crate::report::view::Phrase;
use crate::report::{Drawing, ReportError};

/// The control chart of an instrument by a check standard.
///
/// # Errors
/// A chart without a point that can be drawn.
pub fn control_chart(chart: &ChartView, language: Language) -> Result<Drawing, ReportError> {
    let title = format!("{} · {}", chart.instrument, chart.standard);
    let n = chart.points.len();
    let view = ControlPlot {
        title: Phrase::same(title),
        runs: chart.points.iter().map(|p| (p.run.score.unwrap_or(f64::NAN), p.state.is_out())).collect(),
        limits: chart.limits.map(|limits| (limits.centre, limits.sd)),
        qualifying: chart.points.iter().rposition(|p| p.state == ControlState::Qualifying).map_or(0, |at| at + 1),
        caption: Phrase::new(
            format!(
                "{n} runs; correlation of the fine band with the reference. Individuals chart: limits from the moving range of the first {QUALIFYING_RUNS} runs."
            ),
            format!(
                "{n} mediciones; correlación de la banda fina con la referencia. Gráfica de valores individuales: límites del rango móvil de las primeras {QUALIFYING_RUNS} mediciones."
            ),
        ),
    };
    control_plot(&view, language)
}
