//! A dossier: link chart with its table, timeline, chain of sale, map, measures, indicators, conflicts.

use super::model::Dossier;
use super::parts::{drawing, numbers, records, status};
use crate::language::Language;
use crate::report::ReportError;
use crate::report::chart::{LinkChart, chain_of_sale, link_chart_sheets, place_map, timeline, waterfall};
use crate::report::view::{Disclosure, Phrase};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The summary as a list of sentences.
pub(super) fn summary(sentences: &[Phrase], language: Language) -> Markup {
    html! { @if !sentences.is_empty() { ul class="summary" { @for text in sentences { li { (text.pick(language)) } } } } }
}

/// The link chart and, below it, every edge with its own status, evidence and author.
pub(super) fn links(chart: &LinkChart, disclosure: &Disclosure, language: Language) -> Result<Markup, ReportError> {
    if chart.nodes.is_empty() {
        return Ok(html! {});
    }
    let pictures = link_chart_sheets(chart, disclosure, language)?;
    let names: BTreeMap<&str, String> =
        chart.nodes.iter().map(|node| (node.key.as_str(), node.label.shown(disclosure, language))).collect();
    let name = |key: &str| names.get(key).cloned().unwrap_or_default();
    Ok(html! {
        figure class="wide" {
            @for picture in &pictures { (drawing(picture)) }
            figcaption {
                (language.pick(
                    "Numbers on the lines are those of the table. Every link stands for itself; no figure blends them.",
                    "Los números de las líneas son los de la tabla. Cada enlace vale por sí mismo; ninguna cifra los mezcla.",
                ))
            }
        }
        @if !chart.edges.is_empty() {
            div class="scroll" tabindex="0" role="region" aria-label=(language.pick("Links", "Enlaces")) {
                table {
                    thead { tr {
                        th scope="col" class="num" { (language.pick("No.", "Núm.")) }
                        th scope="col" { (language.pick("Link", "Enlace")) }
                        th scope="col" { (language.pick("Status", "Estado")) }
                        th scope="col" { (language.pick("Rests on", "Se apoya en")) }
                        th scope="col" { (language.pick("Stated by", "Afirmado por")) }
                    } }
                    tbody {
                        @for (i, edge) in chart.edges.iter().enumerate() {
                            tr {
                                td class="num" { (i + 1) }
                                td { (name(&edge.from)) " – " (name(&edge.to)) span class="sub" { (edge.kind.words(language)) } }
                                td { (status(edge.status, language)) }
                                td { (edge.evidence.pick(language)) }
                                td { (edge.author.pick(language)) @if !edge.stated.is_empty() { span class="sub" { (edge.stated) } } }
                            }
                        }
                    }
                }
            }
        }
    })
}

/// Timeline, chain of sale and map, each under its own small heading where there is something to show.
pub(super) fn courses(view: &Dossier, disclosure: &Disclosure, language: Language) -> Result<Markup, ReportError> {
    let timeline = match view.timeline.events.is_empty() && view.timeline.intervals.is_empty() {
        true => None,
        false => Some(timeline(&view.timeline, disclosure, language)?),
    };
    let chain = match view.chain.items.is_empty() {
        true => None,
        false => Some(chain_of_sale(&view.chain, disclosure, language)?),
    };
    let map = match view.map.places.is_empty() {
        true => None,
        false => Some(place_map(&view.map, language)?),
    };
    let block = |heading: &str, picture: Option<crate::report::Drawing>| {
        html! { @if let Some(picture) = picture { h4 { (heading) } figure class="wide" { (drawing(&picture)) } } }
    };
    Ok(html! {
        (block(language.pick("Timeline", "Cronología"), timeline))
        (block(language.pick("Chain of sale", "Cadena de venta"), chain))
        (block(language.pick("Places", "Lugares"), map))
    })
}

/// The waterfalls of the record links, each with its decision.
pub(super) fn waterfalls(view: &Dossier, language: Language) -> Result<Markup, ReportError> {
    let mut drawn = Vec::with_capacity(view.waterfalls.len());
    for one in &view.waterfalls {
        drawn.push((one.title.pick(language), waterfall(one, language)?, one.decision.pick(language)));
    }
    Ok(html! {
        @for (title, picture, decision) in drawn {
            h4 { (title) }
            figure class="wide" { (drawing(&picture)) figcaption { (decision) } }
        }
    })
}

/// Measures, conflicts and indicators.
pub(super) fn findings(view: &Dossier, language: Language) -> Markup {
    html! {
        @if !view.measures.is_empty() { (numbers(&view.measures, language)) }
        @if !view.conflicts.is_empty() {
            h4 { (language.pick("Conflicts between records", "Conflictos entre registros")) }
            @for conflict in &view.conflicts {
                p class="warning" {
                    strong { (if conflict.hard { language.pick("Contradiction. ", "Contradicción. ") } else { language.pick("To be reviewed. ", "Por revisar. ") }) }
                    (conflict.text.pick(language))
                    @if !conflict.records.is_empty() { " (" (records(&conflict.records)) ")" }
                }
            }
        }
        @if !view.indicators.is_empty() {
            h4 { (language.pick("Indicators, not findings", "Indicadores, no hallazgos")) }
            div class="scroll" tabindex="0" role="region" aria-label=(language.pick("Indicators", "Indicadores")) {
                table {
                    thead { tr {
                        th scope="col" { (language.pick("Indicator", "Indicador")) }
                        th scope="col" { (language.pick("Rule", "Regla")) }
                        th scope="col" { (language.pick("Here", "Aquí")) }
                        th scope="col" { (language.pick("Records", "Registros")) }
                        th scope="col" { (language.pick("Tied by links that are", "Unido por enlaces")) }
                    } }
                    tbody { @for indicator in &view.indicators { tr {
                        td { (indicator.name.pick(language)) }
                        td { (indicator.rule.pick(language)) }
                        td { (indicator.value.pick(language)) }
                        td { (records(&indicator.records)) }
                        td { (status(indicator.status, language)) }
                    } } }
                }
            }
        }
    }
}
