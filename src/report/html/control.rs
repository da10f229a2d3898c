//! The page of an instrument's control charts.

use super::model::{Figure, Measure, Table};
use super::page::{Head, Section, page};
use super::parts::{figure, numbers, table};
use crate::language::Language;
use crate::report::view::{Phrase, Provenance};
use maud::html;

/// The view model of control charts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ControlPage {
    /// Title.
    pub title: Phrase,
    /// A line below it.
    pub subtitle: Phrase,
    /// Figures: instruments, runs, flagged acquisitions.
    pub numbers: Vec<Measure>,
    /// One chart for each instrument and check standard, made in the language of the page.
    pub charts: Vec<Figure>,
    /// Tables: runs, flags, flagged acquisitions.
    pub tables: Vec<Table>,
    /// How the charts are made and read.
    pub notes: Vec<Phrase>,
    /// Version, hashes.
    pub provenance: Provenance,
}

/// The page.
#[must_use]
pub fn control_page(view: &ControlPage, language: Language) -> String {
    let pick = |english: &'static str, spanish: &'static str| language.pick(english, spanish);
    let charts = html! { @for chart in &view.charts { (figure(chart, false, language)) } };
    let tables = html! { @for entry in &view.tables { (table(entry, language)) } };
    let notes = html! { ul class="list" { @for note in &view.notes { li { (note.pick(language)) } } } };
    let sections = vec![
        Section { id: "summary", heading: pick("Summary", "Resumen"), body: numbers(&view.numbers, language) },
        Section { id: "charts", heading: pick("Charts", "Gráficas"), body: charts },
        Section { id: "tables", heading: pick("Runs and flags", "Mediciones y avisos"), body: tables },
        Section { id: "notes", heading: pick("How to read the charts", "Cómo leer las gráficas"), body: notes },
    ];
    let head = Head {
        kind: pick("Instrument control", "Control de instrumentos"),
        title: view.title.pick(language),
        subtitle: view.subtitle.pick(language),
    };
    page(&head, sections, &view.provenance, language)
}
