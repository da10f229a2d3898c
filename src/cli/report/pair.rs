//! Pairs compared anew and explained.

use super::super::failure::Failure;
use super::undrawn;
use crate::compare::Comparison;
use crate::language::Language;
use crate::mark::Mark;
use crate::report::Drawing;
use crate::report::pair::{PairStyle, PairView, explained_pair};

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
