//! The explained pair: both marks in one frame under one light, cells outlined, differences shown, figures in words.

mod compose;
mod facts;
mod frame;

pub use facts::{Fact, facts, likelihood_words};

use crate::compare::Comparison;
use crate::grid::HeightMap;
use crate::language::Language;
use crate::mark::Modality;
use crate::report::shade::Light;
use crate::report::{Drawing, ReportError};

/// The view model of an explained pair.
#[derive(Debug, Clone, Copy)]
pub struct PairView<'a> {
    /// What the reference mark is called: exhibit, specimen, incident.
    pub reference_name: &'a str,
    /// What the comparison mark is called.
    pub comparison_name: &'a str,
    /// The reference mark, which carries the cells.
    pub reference: &'a HeightMap,
    /// The comparison mark, in its own frame.
    pub comparison: &'a HeightMap,
    /// Heights or reflectance; decides the unit of the difference.
    pub modality: Modality,
    /// What the comparison found.
    pub found: &'a Comparison,
}

/// How a pair is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairStyle {
    /// Virtual light, the same on both marks.
    pub light: Light,
    /// Most pixels of the longer side of each embedded picture.
    pub pixels: u32,
    /// Side of the window of local correlation, um.
    pub window_um: f64,
}

impl Default for PairStyle {
    /// 440 pixels a panel (a panel is 372 px wide on screen), correlation over 250 um, about half a cell.
    fn default() -> Self {
        Self { light: Light::default(), pixels: 440, window_um: 250.0 }
    }
}

/// The finished picture: one self-contained SVG of 1,180 px, with five panels, a legend and the figures in words.
///
/// Panels: reference with its cells; comparison turned onto it, cells where they were found; both halves beside one
/// dividing line, as under a comparison microscope; difference; local correlation.
///
/// # Errors
/// A mark without a valid point, a mark with too many points, or a pose or cell that is not finite.
pub fn explained_pair(view: &PairView<'_>, style: &PairStyle, language: Language) -> Result<Drawing, ReportError> {
    let panels = frame::panels(view, style)?;
    compose::compose(view, &panels, language)
}

#[cfg(test)]
mod tests;
