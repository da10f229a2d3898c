//! The report of a city or gallery: numbers, what the truth says, candidates, pairs, dossiers, failures.

use super::dossier::{courses, findings, links, summary};
use super::model::{CandidateList, Dossier, Figure, Measure};
use super::page::{Head, Section, caveats, failures, page};
use super::parts::{candidates, figure, likelihood, numbers, state, truth};
use crate::compare::LikelihoodRatio;
use crate::language::Language;
use crate::report::ReportError;
use crate::report::view::{Disclosure, Failure, LeadState, Phrase, Provenance, Truth, decimal, grouped};
use maud::{Markup, html};

/// How the links that were found compare with the truth.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkTally {
    /// Links that the truth contains.
    pub in_truth: u64,
    /// Of these, found.
    pub found: u64,
    /// Of these, missed.
    pub missed: u64,
    /// Links that were proposed and that the truth does not contain.
    pub false_links: u64,
    /// What counts as a link here, and when it counts as found.
    pub basis: Phrase,
}

/// One lead beside the truth.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadOutcome {
    /// One exhibit.
    pub reference: String,
    /// The other.
    pub comparison: String,
    /// The fused score.
    pub score: f64,
    /// Weight of evidence.
    pub likelihood_ratio: LikelihoodRatio,
    /// What people (in a demonstration: the script) made of it.
    pub state: LeadState,
    /// Ground truth, where there is one.
    pub truth: Option<Truth>,
    /// What the lead led to: a firearm, a trace; may be empty.
    pub led_to: Phrase,
}

/// The view model of a city's or gallery's report.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CityReport {
    /// Title.
    pub title: Phrase,
    /// A line below it: what the data are, and whether they are simulated.
    pub subtitle: Phrase,
    /// Counts of cases, incidents, firearms, test fires, traces, countries.
    pub numbers: Vec<Measure>,
    /// Comparison with the truth; none for a gallery without truth.
    pub tally: Option<LinkTally>,
    /// Sentences that put the numbers into words.
    pub summary: Vec<Phrase>,
    /// All leads.
    pub outcomes: Vec<LeadOutcome>,
    /// Correlations worth showing.
    pub lists: Vec<CandidateList>,
    /// Explained pairs, made in the language of the page.
    pub pairs: Vec<Figure>,
    /// One for each firearm worth showing.
    pub dossiers: Vec<Dossier>,
    /// Plots, made in the language of the page.
    pub plots: Vec<Figure>,
    /// What failed.
    pub failures: Vec<Failure>,
    /// Version, hashes, sources.
    pub provenance: Provenance,
    /// Whether names of persons are shown.
    pub disclosure: Disclosure,
}

/// The page.
///
/// # Errors
/// A chart that cannot be drawn (see [`crate::report::chart`]).
pub fn city_report(view: &CityReport, language: Language) -> Result<String, ReportError> {
    let pick = |english: &'static str, spanish: &'static str| language.pick(english, spanish);
    let with_truth = view.tally.is_some();
    let mut sections = vec![Section {
        id: "summary",
        heading: pick("Summary", "Resumen"),
        body: html! {
            @if let Some(tally) = &view.tally { (verdict(tally, language)) }
            (summary(&view.summary, language))
            (numbers(&view.numbers, language))
        },
    }];
    if !view.outcomes.is_empty() {
        let heading = if with_truth {
            pick("Leads beside the truth", "Pistas frente a la verdad")
        } else {
            pick("Leads", "Pistas")
        };
        sections.push(Section { id: "leads", heading, body: outcomes(&view.outcomes, with_truth, language) });
    }
    if !view.pairs.is_empty() {
        let body = html! { @for pair in &view.pairs { (figure(pair, true, language)) } };
        sections.push(Section { id: "pairs", heading: pick("Pairs explained", "Pares explicados"), body });
    }
    if !view.lists.is_empty() {
        let body = html! { @for list in &view.lists { (candidates(list, with_truth, language)) } };
        sections.push(Section { id: "candidates", heading: pick("Ranked candidates", "Candidatos ordenados"), body });
    }
    if !view.dossiers.is_empty() {
        let mut parts = Vec::new();
        for dossier in &view.dossiers {
            parts.push(dossier_body(dossier, &view.disclosure, language)?);
        }
        let body = html! { @for part in parts { (part) } };
        sections.push(Section {
            id: "firearms",
            heading: pick("Firearms and their traces", "Armas y sus rastreos"),
            body,
        });
    }
    if !view.plots.is_empty() {
        let body =
            html! { div class="gallery" { @for plot in &view.plots { div { (figure(plot, false, language)) } } } };
        sections.push(Section { id: "plots", heading: pick("Accuracy", "Exactitud"), body });
    }
    sections.push(Section {
        id: "failures",
        heading: pick("What failed", "Qué falló"),
        body: failures(&view.failures, language),
    });
    sections.push(Section {
        id: "caveats",
        heading: pick("How to read this", "Cómo leer esto"),
        body: caveats(true, language),
    });
    let head = Head {
        kind: pick("Gallery report", "Informe de galería"),
        title: view.title.pick(language),
        subtitle: view.subtitle.pick(language),
    };
    Ok(page(&head, sections, &view.provenance, language))
}

fn verdict(tally: &LinkTally, language: Language) -> Markup {
    let cell = |english: &str, spanish: &str, value: u64| html! { div { dt { (language.pick(english, spanish)) } dd { (grouped(value)) } } };
    html! {
        dl class="verdict" {
            (cell("links in the truth", "enlaces en la verdad", tally.in_truth))
            (cell("found", "hallados", tally.found))
            (cell("missed", "perdidos", tally.missed))
            (cell("false", "falsos", tally.false_links))
        }
        @if !tally.basis.is_empty() { p class="note" { (tally.basis.pick(language)) } }
    }
}

fn outcomes(list: &[LeadOutcome], with_truth: bool, language: Language) -> Markup {
    let label = language.pick("Leads", "Pistas");
    html! {
        div class="scroll" tabindex="0" role="region" aria-label=(label) {
            table {
                thead { tr {
                    th scope="col" { (language.pick("Between", "Entre")) }
                    th scope="col" { (language.pick("and", "y")) }
                    th scope="col" class="num" { (language.pick("Score", "Puntaje")) }
                    th scope="col" { "log10 LR [95 %]" }
                    th scope="col" { (language.pick("State", "Estado")) }
                    th scope="col" { (language.pick("Led to", "Llevó a")) }
                    @if with_truth { th scope="col" { (language.pick("Truth", "Verdad")) } }
                } }
                tbody { @for lead in list { tr {
                    td class="id" { (lead.reference) }
                    td class="id" { (lead.comparison) }
                    td class="num" { (decimal(lead.score, 3)) }
                    (likelihood(&lead.likelihood_ratio, language))
                    td { (state(lead.state, language)) }
                    td { (lead.led_to.pick(language)) }
                    @if with_truth { td { (truth(lead.truth, language)) } }
                } } }
            }
        }
    }
}

fn dossier_body(view: &Dossier, disclosure: &Disclosure, language: Language) -> Result<Markup, ReportError> {
    Ok(html! {
        div class="dossier" {
            h3 { (view.heading.pick(language)) }
            (summary(&view.summary, language))
            (findings(view, language))
            h4 { (language.pick("Link chart", "Diagrama de enlaces")) }
            (links(&view.chart, disclosure, language)?)
            (courses(view, disclosure, language)?)
            @if !view.truth.is_empty() {
                p class="advice" { strong { (language.pick("What the truth says: ", "Lo que dice la verdad: ")) } (view.truth.pick(language)) }
            }
        }
    })
}
