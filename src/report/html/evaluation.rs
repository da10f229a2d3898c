//! The page of an evaluation: figures of merit, plots, tables.

use super::model::{Figure, Measure, Table};
use super::page::{Head, Section, failures, page};
use super::parts::{figure, numbers, table};
use crate::language::Language;
use crate::report::view::{Failure, Phrase, Provenance};
use maud::html;

/// The view model of an evaluation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EvaluationPage {
    /// Title.
    pub title: Phrase,
    /// A line below it: data set, sampling, rotation.
    pub subtitle: Phrase,
    /// Sentences that put the figures into words.
    pub summary: Vec<Phrase>,
    /// Figures of merit.
    pub numbers: Vec<Measure>,
    /// Plots, made in the language of the page.
    pub plots: Vec<Figure>,
    /// Tables: by study, by firearm, by stratum, worst pairs.
    pub tables: Vec<Table>,
    /// Explained pairs, made in the language of the page: the weakest KM, the strongest KNM.
    pub pairs: Vec<Figure>,
    /// How the figures were made and what they do not say.
    pub notes: Vec<Phrase>,
    /// What failed.
    pub failures: Vec<Failure>,
    /// Version, hashes, sources.
    pub provenance: Provenance,
}

/// The page.
#[must_use]
pub fn evaluation_page(view: &EvaluationPage, language: Language) -> String {
    let pick = |english: &'static str, spanish: &'static str| language.pick(english, spanish);
    let mut sections = vec![Section {
        id: "summary",
        heading: pick("Summary", "Resumen"),
        body: html! {
            (super::dossier::summary(&view.summary, language))
            (numbers(&view.numbers, language))
        },
    }];
    if !view.plots.is_empty() {
        let body =
            html! { div class="gallery" { @for plot in &view.plots { div { (figure(plot, false, language)) } } } };
        sections.push(Section { id: "plots", heading: pick("Plots", "Gráficas"), body });
    }
    if !view.tables.is_empty() {
        let body = html! { @for entry in &view.tables { (table(entry, language)) } };
        sections.push(Section { id: "tables", heading: pick("Tables", "Tablas"), body });
    }
    if !view.pairs.is_empty() {
        let body = html! { @for pair in &view.pairs { (figure(pair, true, language)) } };
        sections.push(Section { id: "pairs", heading: pick("Pairs worth a look", "Pares que conviene ver"), body });
    }
    if !view.notes.is_empty() {
        let body = html! { ul class="list" { @for note in &view.notes { li { (note.pick(language)) } } } };
        sections.push(Section { id: "notes", heading: pick("How this was measured", "Cómo se midió"), body });
    }
    sections.push(Section {
        id: "failures",
        heading: pick("What failed", "Qué falló"),
        body: failures(&view.failures, language),
    });
    let head = Head {
        kind: pick("Evaluation", "Evaluación"),
        title: view.title.pick(language),
        subtitle: view.subtitle.pick(language),
    };
    page(&head, sections, &view.provenance, language)
}
