//! The shell of every page: head, style, caveats, provenance.

use crate::language::Language;
use crate::report::view::{Failure, Provenance};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// One chapter of a page.
pub(super) struct Section {
    /// Anchor; a constant of the program.
    pub id: &'static str,
    /// Heading.
    pub heading: &'static str,
    /// Contents.
    pub body: Markup,
}

/// What stands above the chapters.
pub(super) struct Head<'a> {
    /// What kind of document this is.
    pub kind: &'a str,
    /// Its title.
    pub title: &'a str,
    /// A line below the title; may be empty.
    pub subtitle: &'a str,
}

/// The whole page.
pub(super) fn page(head: &Head<'_>, sections: Vec<Section>, provenance: &Provenance, language: Language) -> String {
    let contents = language.pick("Contents", "Contenido");
    html! {
        (DOCTYPE)
        html lang=(language.pick("en", "es")) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                title { (head.title) " · brasslink" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#main" { (language.pick("Skip to the contents", "Ir al contenido")) }
                header {
                    div class="brand" { span class="name" { "brasslink" } span class="kind" { (head.kind) } }
                    h1 { (head.title) }
                    @if !head.subtitle.is_empty() { p class="subtitle" { (head.subtitle) } }
                    (notice(language))
                    nav aria-label=(contents) {
                        @for section in &sections { a href=(format!("#{}", section.id)) { (section.heading) } }
                        a href="#provenance" { (language.pick("Provenance", "Procedencia")) }
                    }
                }
                main id="main" {
                    @for section in &sections {
                        section id=(section.id) { h2 { (section.heading) } (section.body) }
                    }
                    section id="provenance" {
                        h2 { (language.pick("Provenance", "Procedencia")) }
                        (provenance_body(provenance, language))
                    }
                }
                footer { (footer_line(provenance, language)) }
            }
        }
    }
    .into_string()
}

/// The sentence that stands on every page.
fn notice(language: Language) -> Markup {
    let (strong, text) = notice_words(language);
    html! { p class="notice" role="note" { strong { (strong) } " " (text) } }
}

/// The same in two parts.
pub(in crate::report) fn notice_words(language: Language) -> (&'static str, &'static str) {
    language.pick(
        (
            "Leads, not identifications.",
            "Ranks, scores and likelihood ratios help people decide what to look at next. Only an examiner, on the physical specimens, confirms a hit.",
        ),
        (
            "Pistas, no identificaciones.",
            "Rangos, puntajes y razones de verosimilitud ayudan a decidir qué mirar primero. Solo un perito, con los casquillos físicos, confirma un hit.",
        ),
    )
}

pub(in crate::report) fn footer_line(provenance: &Provenance, language: Language) -> String {
    let made = language.pick("Made by", "Hecho por");
    let parameters = language.pick("parameters", "parámetros");
    format!("{made} brasslink {} · {parameters} {}", provenance.version, short(&provenance.parameters_hash))
}

/// The first characters of a hash, for running text; the whole stands under provenance.
pub(super) fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}

fn provenance_body(provenance: &Provenance, language: Language) -> Markup {
    let rows: Vec<(&str, &str)> = [
        (language.pick("Program and version", "Programa y versión"), provenance.version.as_str()),
        (language.pick("Hash of all parameters", "Hash de todos los parámetros"), provenance.parameters_hash.as_str()),
        (language.pick("Gallery", "Galería"), provenance.gallery.as_str()),
        (language.pick("Made", "Elaborado"), provenance.generated.as_str()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .collect();
    html! {
        dl class="facts" {
            @for (name, value) in rows { div { dt { (name) } dd class="mono" { (value) } } }
            @for (name, value) in &provenance.facts { div { dt { (name.pick(language)) } dd class="mono" { (value) } } }
        }
        @if !provenance.sources.is_empty() {
            details open[provenance.sources.len() <= 12] {
                summary {
                    (language.pick("Files read, with the SHA-256 of the bytes received", "Archivos leídos, con el SHA-256 de los bytes recibidos"))
                    " (" (provenance.sources.len()) ")"
                }
                div class="scroll" tabindex="0" role="region" aria-label=(language.pick("Files read", "Archivos leídos")) {
                    table class="hashes" {
                        thead { tr { th scope="col" { (language.pick("File", "Archivo")) } th scope="col" { "SHA-256" } } }
                        tbody {
                            @for source in &provenance.sources {
                                tr { td { (source.name) } td class="mono" { (source.sha256) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What failed and why; a sentence where nothing did.
pub(super) fn failures(list: &[Failure], language: Language) -> Markup {
    if list.is_empty() {
        return html! { p class="quiet" { (language.pick("Nothing failed.", "Nada falló.")) } };
    }
    html! {
        div class="scroll" tabindex="0" role="region" aria-label=(language.pick("Failures", "Fallas")) {
            table {
                thead { tr {
                    th scope="col" { (language.pick("Item", "Elemento")) }
                    th scope="col" { (language.pick("Stage", "Etapa")) }
                    th scope="col" { (language.pick("Reason", "Razón")) }
                } }
                tbody { @for failure in list { tr {
                    td { (failure.item) }
                    td { (failure.stage.pick(language)) }
                    td { (failure.reason.pick(language)) }
                } } }
            }
        }
    }
}

/// What every reader must know before drawing a conclusion; `traces` adds what concerns firearm traces.
pub(super) fn caveats(traces: bool, language: Language) -> Markup {
    html! { ul class="caveats" { @for text in caveat_sentences(traces, language) { li { (text) } } } }
}

/// The same as sentences.
pub(in crate::report) fn caveat_sentences(traces: bool, language: Language) -> Vec<&'static str> {
    let mut list = vec![
        language.pick(
            "A candidate is a rank in a list. A lead is a person's judgement on screen and unconfirmed. A hit is an examiner's confirmation on the physical specimens; no program writes one.",
            "Un candidato es un lugar en una lista. Una pista es el juicio de una persona en pantalla, sin confirmar. Un hit es la confirmación de un perito con los casquillos físicos; ningún programa lo escribe.",
        ),
        language.pick(
            "A likelihood ratio weighs two propositions, one firearm against two, as far as its reference population reaches. It is not the probability of either. Where no validated population fits, none is given.",
            "Una razón de verosimilitud pesa dos proposiciones, un arma frente a dos, hasta donde alcanza su población de referencia. No es la probabilidad de ninguna. Donde no hay población validada, no se da.",
        ),
        language.pick(
            "A low rank or score does not exclude a common source: some firearms hardly mark, and some ammunition takes marks badly.",
            "Un rango o puntaje bajo no excluye un origen común: algunas armas apenas marcan y alguna munición recibe mal las marcas.",
        ),
        language.pick(
            "This document makes no claim of compliance or accreditation.",
            "Este documento no afirma cumplimiento ni acreditación alguna.",
        ),
    ];
    if traces {
        list.push(language.pick(
            "Traced firearms are not a sample of all firearms, nor of all firearms used in crime. Agencies choose what they trace, many traces end without a purchaser, and a purchaser or dealer named in a trace has not for that reason done anything wrong. Counts from traces therefore support no general conclusion.",
            "Las armas rastreadas no son una muestra de todas las armas ni de las usadas en delitos. Cada autoridad elige qué rastrea, muchos rastreos terminan sin comprador, y quien aparece como comprador o armería no ha hecho por ello nada indebido. Los conteos de rastreos no sostienen conclusiones generales.",
        ));
        list.push(language.pick(
            "A trace is inherited along an unconfirmed lead only as unconfirmed, and falls with it. A cartridge case from a scene carries no serial number.",
            "Un rastreo se hereda por una pista sin confirmar solo como no confirmado, y cae con ella. Un casquillo de una escena no lleva número de serie.",
        ));
    }
    list
}

/// One style for all pages: system fonts, hairlines, figures that do not break across printed pages.
const STYLE: &str = include_str!("page.css");
