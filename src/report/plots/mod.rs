//! Plots of validation: score histograms, ROC, rank curve, Tippett, PAV, cross-entropy, and lines of any kind, as self-contained SVG.
//!
//! Each plot carries a title, axes with units, a legend and a caption that says how many cases stand behind it. Series are
//! told apart by colour, dash and name, so that grey print and colour-blind readers lose nothing.

mod canvas;
mod control;
mod curves;
mod evidence;
mod flows;
mod histogram;

pub use control::{ControlPlot, control_plot};
pub use curves::{Line, LineChart, RankCurve, RankPlot, RocCurve, RocPlot, TippettPlot};
pub use curves::{line_chart, rank_curve, roc, tippett};
pub use evidence::{EvidencePlot, cost, pav};
pub use flows::{FlowPlot, flow_plot};
pub use histogram::{ScoreHistogram, score_histogram};

/// How an axis is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AxisScale {
    /// Evenly.
    #[default]
    Linear,
    /// By powers of ten; values of zero or less are left out.
    Log10,
}
