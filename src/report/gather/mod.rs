//! From the engine's results to the view models of pages and plots: the one place that knows both sides.

pub mod control;
pub mod custody;
pub mod dossier;
pub mod evidence;
pub mod lead;
pub mod links;
pub mod lists;
pub mod validation;
pub mod what_if;

use crate::language::Language;
use crate::report::view::{Phrase, When};
use crate::trace::{DaySpan, PartialDate, Wording};

/// A sentence of the trace room as the pages take it.
fn phrase(wording: &Wording) -> Phrase {
    Phrase::new(wording.en.clone(), wording.es.clone())
}

/// A partial date as the charts take it.
fn when(date: PartialDate) -> When {
    When::between(date.first(), date.last())
}

/// A span of days in words, a range where dates are partial.
fn days(span: &DaySpan, language: Language) -> String {
    let unit = language.pick("days", "días");
    if span.is_exact() { format!("{} {unit}", span.least) } else { format!("{} – {} {unit}", span.least, span.most) }
}
