//! The correlation list of one exhibit.

use super::model::{CandidateList, Figure, Measure};
use super::page::{Head, Section, caveats, failures, page};
use super::parts::{candidates, figure, numbers};
use crate::language::Language;
use crate::report::view::{Failure, Phrase, Provenance};
use maud::html;

/// The view model of a correlation list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CorrelationPage {
    /// A line below the title: laboratory, date; may be empty.
    pub subtitle: Phrase,
    /// Facts about the exhibit and the quality of its mark.
    pub exhibit: Vec<Measure>,
    /// The candidates.
    pub list: CandidateList,
    /// The best pairs explained, made in the language of the page.
    pub pairs: Vec<Figure>,
    /// What failed on the way.
    pub failures: Vec<Failure>,
    /// Version, hashes, sources.
    pub provenance: Provenance,
}

/// The page.
#[must_use]
pub fn correlation_page(view: &CorrelationPage, language: Language) -> String {
    let pick = |english: &'static str, spanish: &'static str| language.pick(english, spanish);
    let with_truth = view.list.candidates.iter().any(|row| row.truth.is_some());
    let mut sections = vec![Section {
        id: "candidates",
        heading: pick("Candidates", "Candidatos"),
        body: html! {
            @if !view.exhibit.is_empty() { (numbers(&view.exhibit, language)) }
            (candidates(&view.list, with_truth, language))
        },
    }];
    if !view.pairs.is_empty() {
        let body = html! { @for pair in &view.pairs { (figure(pair, true, language)) } };
        sections.push(Section { id: "pairs", heading: pick("Best pairs explained", "Mejores pares explicados"), body });
    }
    if !view.failures.is_empty() {
        let body = failures(&view.failures, language);
        sections.push(Section { id: "failures", heading: pick("What failed", "Qué falló"), body });
    }
    sections.push(Section {
        id: "caveats",
        heading: pick("How to read this", "Cómo leer esto"),
        body: caveats(false, language),
    });
    let title = format!("{} {}", pick("Correlation of", "Correlación de"), view.list.exhibit);
    let head = Head {
        kind: pick("Correlation list", "Lista de correlación"),
        title: &title,
        subtitle: view.subtitle.pick(language),
    };
    page(&head, sections, &view.provenance, language)
}
