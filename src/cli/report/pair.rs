//! Pairs compared anew and explained.

use super::super::Desk;
use super::super::failure::Failure;
use super::undrawn;
use crate::compare::{Comparison, Prepared, compare};
use crate::engine::ports::Store;
use crate::engine::review::mark_of;
use crate::ids::SpecimenId;
use crate::language::Language;
use crate::mark::Mark;
use crate::report::Drawing;
use crate::report::html::Figure;
use crate::report::pair::{PairStyle, PairView, explained_pair};
use crate::report::view::Phrase;
use crate::workings::Silent;

/// A pair compared anew and explained.
///
/// # Errors
/// A specimen without a suitable mark.
pub fn pair_figure(
    desk: &Desk,
    store: &dyn Store,
    a: &SpecimenId,
    b: &SpecimenId,
    caption: Phrase,
) -> Result<Figure, Failure> {
    let parameters = &desk.parameters;
    let ((_, reference), (_, comparison)) = (mark_of(store, a, parameters)?, mark_of(store, b, parameters)?);
    let found = compare(
        &Prepared::of(&reference, &parameters.compare),
        &Prepared::of(&comparison, &parameters.compare),
        &parameters.compare,
        &parameters.model,
        &mut Silent,
    );
    let drawing = pair_drawing(a.as_str(), b.as_str(), &reference, &comparison, &found, desk.output.language)?;
    Ok(Figure { heading: Phrase::same(format!("{a} · {b}")), drawing, caption })
}

/// The explained pair.
///
/// # Errors
/// A mark without a valid point.
pub fn pair_drawing(
    reference_name: &str,
    comparison_name: &str,
    reference: &Mark,
    comparison: &Mark,
    found: &Comparison,
    language: Language,
) -> Result<Drawing, Failure> {
    let view = PairView {
        reference_name,
        comparison_name,
        reference: &reference.coarse,
        comparison: &comparison.coarse,
        modality: reference.modality,
        found,
    };
    explained_pair(&view, &PairStyle::default(), language).map_err(undrawn)
}
