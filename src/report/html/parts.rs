//! Parts of pages: numbers, tables, badges, figures, candidate lists with their receipts.

use super::model::{CandidateList, CandidateRow, Figure, Measure, Receipt, Table};
use crate::compare::LikelihoodRatio;
use crate::language::Language;
use crate::report::Drawing;
use crate::report::palette::{INK, MUTED, RULE};
use crate::report::svg::{Paint, Svg};
use crate::report::view::{EdgeStatus, LeadState, SpecimenKind, Truth, decimal, grouped, percent};
use maud::{Markup, PreEscaped, html};

/// A drawing, embedded. Its writer has escaped every text in it.
pub(super) fn drawing(drawing: &Drawing) -> Markup {
    PreEscaped(drawing.as_str().to_owned())
}

/// A figure over the full width.
pub(super) fn figure(figure: &Figure, wide: bool, language: Language) -> Markup {
    html! {
        @if !figure.heading.is_empty() { h3 { (figure.heading.pick(language)) } }
        figure class=[wide.then_some("wide")] {
            (drawing(&figure.drawing))
            @if !figure.caption.is_empty() { figcaption { (figure.caption.pick(language)) } }
        }
    }
}

/// Large numbers in a row.
pub(super) fn numbers(measures: &[Measure], language: Language) -> Markup {
    html! {
        dl class="numbers" {
            @for measure in measures {
                div {
                    dt { (measure.name.pick(language)) }
                    dd {
                        (measure.value.pick(language))
                        @if !measure.note.is_empty() { span class="remark" { (measure.note.pick(language)) } }
                    }
                }
            }
        }
    }
}

/// A table of any kind.
pub(super) fn table(view: &Table, language: Language) -> Markup {
    let side = |right: bool| right.then_some("num");
    html! {
        div class="scroll" tabindex="0" role="region" aria-label=(view.title.pick(language)) {
            table {
                @if !view.title.is_empty() { caption { (view.title.pick(language)) } }
                thead { tr { @for (name, right) in &view.columns { th scope="col" class=[side(*right)] { (name.pick(language)) } } } }
                tbody {
                    @for row in &view.rows {
                        tr {
                            @for (i, (_, right)) in view.columns.iter().enumerate() {
                                td class=[side(*right)] { (row.cells.get(i).map_or("", |cell| cell.pick(language))) }
                            }
                        }
                    }
                }
            }
        }
        @if !view.note.is_empty() { p class="note" { (view.note.pick(language)) } }
    }
}

/// The state of a lead as a badge whose border tells it apart without colour.
pub(super) fn state(state: LeadState, language: Language) -> Markup {
    let class = match state {
        LeadState::Hit => "badge confirmed",
        LeadState::Candidate | LeadState::Lead | LeadState::UnderExamination => "badge unconfirmed",
        LeadState::Inconclusive => "badge review",
        LeadState::Excluded | LeadState::Withdrawn => "badge closed",
    };
    html! { span class=(class) { (state.words(language)) } }
}

/// The status of an edge as a badge.
pub(super) fn status(status: EdgeStatus, language: Language) -> Markup {
    let class = match status {
        EdgeStatus::Confirmed => "badge confirmed",
        EdgeStatus::Automatic | EdgeStatus::Unconfirmed => "badge unconfirmed",
        EdgeStatus::Review => "badge review",
        EdgeStatus::Withdrawn => "badge closed",
    };
    html! { span class=(class) { (status.words(language)) } }
}

/// Ground truth, with a sign that needs no colour.
pub(super) fn truth(truth: Option<Truth>, language: Language) -> Markup {
    match truth {
        Some(truth) => {
            let class = if truth == Truth::SameFirearm { "truth same" } else { "truth different" };
            html! { span class=(class) { (truth.words(language)) } }
        }
        None => html! { span class="quiet" { "–" } },
    }
}

/// Range of the whiskers, log10 LR: wide enough for what reference populations of thousands of pairs support.
const WHISKER: (f64, f64) = (-4.0, 8.0);

/// A likelihood ratio as a table cell: number, interval, whisker; or the reason why there is none.
pub(super) fn likelihood(ratio: &LikelihoodRatio, language: Language) -> Markup {
    match ratio {
        LikelihoodRatio::Calibrated { log10, low, high, bounded, population_english, population_spanish } => {
            let bound = bound(*log10, *bounded);
            html! {
                td class="lr" title=(language.pick(population_english, population_spanish)) {
                    strong { (bound) (decimal(*log10, 1)) } " "
                    span class="quiet" { "[" (decimal(*low, 1)) ", " (decimal(*high, 1)) "]" }
                    (drawing(&whisker(*log10, *low, *high, language)))
                }
            }
        }
        LikelihoodRatio::Unavailable { english, spanish } => html! {
            td class="why" { (language.pick("none: ", "ninguna: ")) (language.pick(english, spanish)) }
        },
    }
}

/// What stands before a ratio at its bound.
fn bound(log10: f64, bounded: bool) -> &'static str {
    match (bounded, log10 < 0.0) {
        (false, _) => "",
        (true, true) => "≤ ",
        (true, false) => "≥ ",
    }
}

/// The ratio of a pair that a search picked; at its bound where the pair's own is.
fn picked(row: &CandidateRow) -> String {
    match (row.of_search, &row.likelihood_ratio) {
        (Some(picked), LikelihoodRatio::Calibrated { log10, bounded, .. }) => {
            format!("{}{}", bound(*log10, *bounded), decimal(picked, 1))
        }
        _ => "–".to_owned(),
    }
}

fn whisker(log10: f64, low: f64, high: f64, language: Language) -> Drawing {
    let (w, h) = (112.0, 12.0);
    let x = |v: f64| 4.0 + (v.clamp(WHISKER.0, WHISKER.1) - WHISKER.0) / (WHISKER.1 - WHISKER.0) * (w - 8.0);
    let words = format!("log10 LR {} [{}, {}]", decimal(log10, 1), decimal(low, 1), decimal(high, 1));
    let scale = language.pick("scale from -4 to 8, upright line at 0", "escala de -4 a 8, línea vertical en 0");
    let mut svg = Svg::new(w, h, &words, scale);
    svg.line((4.0, 6.0), (w - 4.0, 6.0), Paint::stroke(RULE, 1.0));
    svg.line((x(0.0), 1.0), (x(0.0), 11.0), Paint::stroke(MUTED, 1.0));
    svg.line((x(low), 6.0), (x(high), 6.0), Paint::stroke(INK, 2.0));
    svg.circle((x(log10), 6.0), 3.2, Paint::fill(INK));
    svg.finish()
}

/// One correlation: what was searched, the candidates, what may lie below them, the receipt.
pub(super) fn candidates(list: &CandidateList, with_truth: bool, language: Language) -> Markup {
    let head = |english: &'static str, spanish: &'static str| language.pick(english, spanish);
    html! {
        h3 { (head("Candidates for ", "Candidatos para ")) (list.exhibit) }
        @if !list.detail.is_empty() { p class="quiet" { (list.detail.pick(language)) } }
        @if list.candidates.is_empty() {
            p { (head("No candidate.", "Ningún candidato.")) }
        } @else {
            div class="scroll" tabindex="0" role="region" aria-label=(format!("{} {}", head("Candidates for", "Candidatos para"), list.exhibit)) {
                table {
                    thead { tr {
                        th scope="col" class="num" { (head("Rank", "Rango")) }
                        th scope="col" { (head("Exhibit", "Indicio")) }
                        th scope="col" { (head("Incident or firearm", "Incidente o arma")) }
                        th scope="col" class="num" { (head("Score", "Puntaje")) }
                        th scope="col" class="num" { (head("Congruent cells", "Celdas congruentes")) }
                        th scope="col" { (head("log10 LR [95 %]", "log10 LR [95 %]")) }
                        th scope="col" class="num" { (head("As picked", "Al elegirla")) }
                        th scope="col" { (head("State", "Estado")) }
                        @if with_truth { th scope="col" { (head("Truth", "Verdad")) } }
                    } }
                    tbody { @for row in &list.candidates { (candidate(row, with_truth, language)) } }
                }
            }
        }
        @if list.candidates.iter().any(|c| c.of_search.is_some()) {
            p class="quiet" { (head(
                "log10 LR weighs the pair alone. As picked: the same weight for a pair that was the best of a search, where chance picks too; it falls as the gallery grows.",
                "log10 LR pondera el par por sí solo. Al elegirla: el mismo peso para un par que fue el mejor de una búsqueda, donde el azar también elige; baja al crecer la galería.",
            )) }
        }
        @if let Some(advice) = &list.advice {
            p class="advice" {
                strong { (language.pick(format!("Below rank {}: ", advice.rank), format!("Por debajo del rango {}: ", advice.rank))) }
                (language.pick(
                    format!("if a mate is among the eligible marks, the estimated chance that it lies there is {}.", percent(advice.mate_below)),
                    format!("si hay una pareja entre las marcas elegibles, la probabilidad estimada de que quede ahí es del {}.", percent(advice.mate_below)),
                ))
                @if !advice.basis.is_empty() { " " (advice.basis.pick(language)) }
            }
        }
        (receipt(&list.receipt, language))
    }
}

fn candidate(row: &CandidateRow, with_truth: bool, language: Language) -> Markup {
    let place = if row.incident.is_empty() { &row.firearm } else { &row.incident };
    html! {
        tr {
            td class="num" { (row.rank) }
            td class="id" { (row.exhibit) span class="sub" { (row.specimen) } }
            td {
                span class="id" { (place) }
                span class="sub" {
                    (row.kind.words(language))
                    @if row.kind == SpecimenKind::TestFire && !row.incident.is_empty() && !row.firearm.is_empty() { " · " (row.firearm) }
                }
            }
            td class="num" { (decimal(row.score, 3)) }
            td class="num" { (row.cmc) " / " (row.cells) }
            (likelihood(&row.likelihood_ratio, language))
            td class="num" { (picked(row)) }
            td { (state(row.state, language)) }
            @if with_truth { td { (truth(row.truth, language)) } }
        }
    }
}

/// What a correlation looked at.
pub(super) fn receipt(receipt: &Receipt, language: Language) -> Markup {
    let searched = language.pick("Receipt: ", "Recibo: ");
    html! {
        details open {
            summary {
                (searched)
                (language.pick(
                    format!("{} marks eligible", grouped(receipt.eligible)),
                    format!("{} marcas elegibles", grouped(receipt.eligible)),
                ))
                @if receipt.exhaustive {
                    (language.pick(", all of them compared precisely", ", todas comparadas con precisión"))
                }
            }
            @if !receipt.filtered.is_empty() {
                p class="note" {
                    (language.pick("Left out by filters: ", "Fuera por filtros: "))
                    @for (i, (name, count)) in receipt.filtered.iter().enumerate() {
                        @if i > 0 { "; " } (name.pick(language)) " " (grouped(*count))
                    }
                }
            }
            @if !receipt.stages.is_empty() {
                table {
                    thead { tr {
                        th scope="col" { (language.pick("Stage", "Etapa")) }
                        th scope="col" class="num" { (language.pick("looked at", "miró")) }
                        th scope="col" class="num" { (language.pick("passed on", "pasó")) }
                        th scope="col" class="num" { (language.pick("mates left, measured", "parejas que quedan, medido")) }
                        th scope="col" { (language.pick("measured on", "medido en")) }
                    } }
                    tbody { @for stage in &receipt.stages { tr {
                        td { (stage.name.pick(language)) }
                        td class="num" { (grouped(stage.entered)) }
                        td class="num" { (grouped(stage.kept)) }
                        td class="num" { (stage.recall.map_or_else(|| language.pick("not measured", "sin medir").to_owned(), percent)) }
                        td { (stage.basis.pick(language)) }
                    } } }
                }
            }
            @if !receipt.note.is_empty() { p class="note" { (receipt.note.pick(language)) } }
        }
    }
}

/// Identifiers of records, joined.
pub(super) fn records(list: &[String]) -> Markup {
    html! { @for (i, record) in list.iter().enumerate() { @if i > 0 { ", " } span class="mono" { (record) } } }
}
