//! The chapters of a lead report on paper, in the order of the web page.

use super::letters::Letters;
use super::sheet::{Cell, Sheets};
use super::write::{About, written};
use crate::language::Language;
use crate::report::ReportError;
use crate::report::chart::{LinkChart, chain_of_sale, link_chart_sheets, place_map, timeline, waterfall};
use crate::report::html::page::{caveat_sentences, footer_line, notice_words};
use crate::report::html::{Dossier, LeadReport};
use crate::report::view::{Disclosure, Provenance};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The lead report as the bytes of a PDF; `made` goes into its metadata and comes from the caller's clock.
///
/// # Errors
/// A chart that cannot be drawn; a writer that refuses.
pub fn lead_pdf(view: &LeadReport, made: Option<Timestamp>, language: Language) -> Result<Vec<u8>, ReportError> {
    let letters = Letters::embedded()?;
    let mut sheets = Sheets::new(&letters);
    let kind = language.pick("Lead report", "Informe de pista");
    let title = format!("{} {}", language.pick("Lead", "Pista"), view.lead);
    sheets.title(kind, &title, view.subtitle.pick(language));
    let (strong, text) = notice_words(language);
    sheets.notice(strong, text);
    summary(&mut sheets, view, language);
    pairs(&mut sheets, view, language)?;
    links(&mut sheets, &view.dossier.chart, &view.disclosure, language)?;
    waterfalls(&mut sheets, &view.dossier, language)?;
    courses(&mut sheets, &view.dossier, &view.disclosure, language)?;
    custody(&mut sheets, view, language);
    history(&mut sheets, view, language);
    sheets.heading(language.pick("How to read this", "Cómo leer esto"));
    sheets.points(caveat_sentences(true, language));
    provenance(&mut sheets, &view.provenance, language);
    let generated = &view.provenance.generated;
    let header = format!("{title} · {}", view.subtitle.pick(language));
    let footer = format!("{}{}{}", footer_line(&view.provenance, language), dot(generated), generated);
    sheets.frame(&header, &footer, |page, all| {
        language.pick(format!("page {page} of {all}"), format!("página {page} de {all}"))
    });
    let about = About {
        title: &title,
        subject: &format!("{kind}: {}", view.subtitle.pick(language)),
        language: language.pick("en-US", "es-MX"),
        version: &view.provenance.version,
        made,
    };
    written(&sheets, &letters, &about)
}

fn dot(text: &str) -> &'static str {
    if text.is_empty() { "" } else { " · " }
}

fn summary(sheets: &mut Sheets<'_>, view: &LeadReport, language: Language) {
    let pick = |english: &'static str, spanish: &'static str| language.pick(english, spanish);
    let dossier = &view.dossier;
    sheets.heading(pick("Summary", "Resumen"));
    let state = view.state.words(language);
    sheets.paragraph(&format!("{}{state}", pick("State of the lead: ", "Estado de la pista: ")));
    if !dossier.heading.is_empty() {
        sheets.paragraph(dossier.heading.pick(language));
    }
    sheets.points(dossier.summary.iter().map(|p| p.pick(language)));
    if !dossier.measures.is_empty() {
        let rows: Vec<Vec<Cell>> = dossier
            .measures
            .iter()
            .map(|m| {
                vec![
                    Cell::of(m.name.pick(language)),
                    Cell::bold(m.value.pick(language)),
                    Cell::of(m.note.pick(language)),
                ]
            })
            .collect();
        sheets.table(
            &[3.0, 2.0, 4.0],
            &[pick("Measure", "Medida"), pick("Value", "Valor"), pick("Basis", "Base")],
            &rows,
        );
    }
    if !dossier.conflicts.is_empty() {
        sheets.subheading(pick("Conflicts between records", "Conflictos entre registros"));
        for conflict in &dossier.conflicts {
            let strong = if conflict.hard {
                pick("Contradiction", "Contradicción")
            } else {
                pick("To be reviewed", "Por revisar")
            };
            let records = conflict.records.join(", ");
            let records = if records.is_empty() { records } else { format!(" ({records})") };
            sheets.notice(strong, &format!("{}{records}", conflict.text.pick(language)));
        }
    }
    if !dossier.indicators.is_empty() {
        sheets.subheading(pick("Indicators, not findings", "Indicadores, no hallazgos"));
        let rows: Vec<Vec<Cell>> = dossier
            .indicators
            .iter()
            .map(|i| {
                vec![
                    Cell::with(i.name.pick(language), i.rule.pick(language)),
                    Cell::of(i.value.pick(language)),
                    Cell::of(i.records.join(", ")),
                    Cell::of(i.status.words(language)),
                ]
            })
            .collect();
        let heads = [
            pick("Indicator", "Indicador"),
            pick("Here", "Aquí"),
            pick("Records", "Registros"),
            pick("Tied by links that are", "Unido por enlaces"),
        ];
        sheets.table(&[3.0, 4.0, 2.4, 1.6], &heads, &rows);
    }
    disclosure(sheets, &view.disclosure, language);
}

fn disclosure(sheets: &mut Sheets<'_>, disclosure: &Disclosure, language: Language) {
    match disclosure {
        Disclosure::Revealed { purpose, case_number, person } if disclosure.reveals() => sheets.notice(
            language.pick("Names of persons are shown.", "Se muestran nombres de personas."),
            &language.pick(
                format!("Purpose: {purpose}; case number: {case_number}; requested by: {person}. This look was recorded in the audit log."),
                format!("Finalidad: {purpose}; número de caso: {case_number}; solicitado por: {person}. Esta consulta quedó en el registro de auditoría."),
            ),
        ),
        _ => sheets.remark(language.pick(
            "Names of persons are withheld. They are shown with a case number and a purpose, and every look is recorded.",
            "Los nombres de personas están reservados. Se muestran con número de caso y finalidad, y cada consulta se registra.",
        )),
    }
}

fn pairs(sheets: &mut Sheets<'_>, view: &LeadReport, language: Language) -> Result<(), ReportError> {
    if view.pairs.is_empty() {
        return Ok(());
    }
    sheets.heading_of_figures(language.pick("The marks", "Las marcas"));
    for pair in &view.pairs {
        sheets.figure(pair.heading.pick(language), &pair.drawing, pair.caption.pick(language))?;
    }
    Ok(())
}

fn links(
    sheets: &mut Sheets<'_>,
    chart: &LinkChart,
    disclosure: &Disclosure,
    language: Language,
) -> Result<(), ReportError> {
    if chart.nodes.is_empty() {
        return Ok(());
    }
    let pick = |english: &'static str, spanish: &'static str| language.pick(english, spanish);
    sheets.heading(pick("Links, each with its own status", "Enlaces, cada uno con su estado"));
    let names: BTreeMap<&str, String> =
        chart.nodes.iter().map(|n| (n.key.as_str(), n.label.shown(disclosure, language))).collect();
    let name = |key: &str| names.get(key).cloned().unwrap_or_default();
    let rows: Vec<Vec<Cell>> = chart
        .edges
        .iter()
        .enumerate()
        .map(|(i, edge)| {
            vec![
                Cell::of((i + 1).to_string()),
                Cell::with(format!("{} – {}", name(&edge.from), name(&edge.to)), edge.kind.words(language)),
                Cell::bold(edge.status.words(language)),
                Cell::of(edge.evidence.pick(language)),
                Cell::with(edge.author.pick(language), edge.stated.clone()),
            ]
        })
        .collect();
    let heads = [
        pick("No.", "Núm."),
        pick("Link", "Enlace"),
        pick("Status", "Estado"),
        pick("Rests on", "Se apoya en"),
        pick("Stated by", "Afirmado por"),
    ];
    sheets.table(&[0.9, 4.4, 2.0, 4.2, 2.2], &heads, &rows);
    let caption = pick(
        "Numbers on the lines are those of the table. Every link stands for itself; no figure blends them.",
        "Los números de las líneas son los de la tabla. Cada enlace vale por sí mismo; ninguna cifra los mezcla.",
    );
    let drawn = link_chart_sheets(chart, disclosure, language)?;
    for (at, drawing) in drawn.iter().enumerate() {
        let mut heading = pick("Link chart", "Diagrama de enlaces").to_owned();
        if drawn.len() > 1 {
            heading.push_str(&format!(", {} {} {}", at + 1, pick("of", "de"), drawn.len()));
        }
        sheets.figure(&heading, drawing, caption)?;
    }
    Ok(())
}

fn waterfalls(sheets: &mut Sheets<'_>, dossier: &Dossier, language: Language) -> Result<(), ReportError> {
    if dossier.waterfalls.is_empty() {
        return Ok(());
    }
    sheets.heading_of_figures(language.pick("Why these records are joined", "Por qué se unen estos registros"));
    for one in &dossier.waterfalls {
        sheets.figure(one.title.pick(language), &waterfall(one, language)?, one.decision.pick(language))?;
    }
    Ok(())
}

fn courses(
    sheets: &mut Sheets<'_>,
    dossier: &Dossier,
    disclosure: &Disclosure,
    language: Language,
) -> Result<(), ReportError> {
    let pick = |english: &'static str, spanish: &'static str| language.pick(english, spanish);
    sheets.heading_of_figures(pick("Course of events", "Curso de los hechos"));
    if !dossier.timeline.events.is_empty() || !dossier.timeline.intervals.is_empty() {
        let drawing = timeline(&dossier.timeline, disclosure, language)?;
        sheets.figure(pick("Timeline", "Cronología"), &drawing, "")?;
    }
    if !dossier.chain.items.is_empty() {
        let drawing = chain_of_sale(&dossier.chain, disclosure, language)?;
        sheets.figure(pick("Chain of sale", "Cadena de venta"), &drawing, "")?;
    }
    if !dossier.map.places.is_empty() {
        sheets.figure(pick("Places", "Lugares"), &place_map(&dossier.map, language)?, "")?;
    }
    sheets.no_figure_came();
    Ok(())
}

fn custody(sheets: &mut Sheets<'_>, view: &LeadReport, language: Language) {
    if view.custody.is_empty() {
        return;
    }
    let pick = |english: &'static str, spanish: &'static str| language.pick(english, spanish);
    sheets.heading(pick("Chain of custody", "Cadena de custodia"));
    let rows: Vec<Vec<Cell>> = view
        .custody
        .iter()
        .map(|step| {
            let action = step.action.pick(language);
            let action = if step.gap { format!("[{}] {action}", pick("gap", "hueco")) } else { action.to_owned() };
            vec![
                Cell::of(step.when.map_or_else(|| "–".to_owned(), |when| when.to_string())),
                Cell::of(step.item.clone()),
                Cell { bold: step.gap, ..Cell::of(action) },
                Cell::of(step.holder.shown(&view.disclosure, language)),
                Cell::mono(step.record.clone()),
            ]
        })
        .collect();
    let heads = [
        pick("When", "Cuándo"),
        pick("Item", "Elemento"),
        pick("What", "Qué"),
        pick("Held by", "En poder de"),
        pick("Record", "Registro"),
    ];
    sheets.table(&[1.7, 2.2, 3.6, 2.0, 2.6], &heads, &rows);
}

fn history(sheets: &mut Sheets<'_>, view: &LeadReport, language: Language) {
    if view.history.is_empty() {
        return;
    }
    let pick = |english: &'static str, spanish: &'static str| language.pick(english, spanish);
    sheets.heading(pick("Decisions", "Decisiones"));
    let rows: Vec<Vec<Cell>> = view
        .history
        .iter()
        .map(|change| {
            vec![
                Cell::of(change.when.clone()),
                Cell::bold(change.to.words(language)),
                Cell::of(change.person.clone()),
                Cell::of(change.reason.clone()),
                Cell::mono(change.audit_hash.clone()),
            ]
        })
        .collect();
    let heads = [
        pick("When", "Cuándo"),
        pick("State", "Estado"),
        pick("Person", "Persona"),
        pick("Reason", "Razón"),
        pick("Audit event", "Evento de auditoría"),
    ];
    sheets.table(&[2.0, 2.2, 2.0, 3.4, 2.6], &heads, &rows);
}

fn provenance(sheets: &mut Sheets<'_>, provenance: &Provenance, language: Language) {
    let pick = |english: &'static str, spanish: &'static str| language.pick(english, spanish);
    sheets.heading(pick("Provenance", "Procedencia"));
    let own = [
        (pick("Program and version", "Programa y versión"), &provenance.version),
        (pick("Hash of all parameters", "Hash de todos los parámetros"), &provenance.parameters_hash),
        (pick("Gallery", "Galería"), &provenance.gallery),
        (pick("Made", "Elaborado"), &provenance.generated),
    ];
    let facts = provenance.facts.iter().map(|(name, value)| (name.pick(language), value));
    let rows: Vec<Vec<Cell>> = own
        .into_iter()
        .chain(facts)
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| vec![Cell::of(name), Cell::mono(value.clone())])
        .collect();
    sheets.table(&[3.0, 7.0], &[pick("What", "Qué"), pick("Value", "Valor")], &rows);
    if provenance.sources.is_empty() {
        return;
    }
    sheets.subheading(pick(
        "Files read, with the SHA-256 of the bytes received",
        "Archivos leídos, con el SHA-256 de los bytes recibidos",
    ));
    let rows: Vec<Vec<Cell>> = provenance
        .sources
        .iter()
        .map(|source| vec![Cell::of(source.name.clone()), Cell::mono(source.sha256.to_string())])
        .collect();
    sheets.table(&[4.0, 6.0], &[pick("File", "Archivo"), "SHA-256"], &rows);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::invented;

    /// Writes one lead report in each language to `target/report-samples`, to be looked at page by page:
    /// `cargo test --lib report::pdf::lead::tests::samples -- --ignored`.
    #[test]
    #[ignore = "writes files to look at"]
    fn samples() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/report-samples");
        std::fs::create_dir_all(&folder).unwrap();
        for (language, tag) in [(Language::En, "en"), (Language::Es, "es")] {
            let bytes = lead_pdf(&invented::lead(language, Disclosure::Masked), None, language).unwrap();
            std::fs::write(folder.join(format!("lead-{tag}.pdf")), bytes).unwrap();
        }
    }

    #[test]
    fn the_same_view_gives_the_same_bytes_and_another_time_other_ones() {
        let view = invented::lead(Language::Es, Disclosure::Masked);
        let at = |text: &str| Some(text.parse().unwrap());
        let one = lead_pdf(&view, at("2026-05-01T10:00:00Z"), Language::Es).unwrap();
        assert!(one.starts_with(b"%PDF-"));
        assert_eq!(one, lead_pdf(&view, at("2026-05-01T10:00:00Z"), Language::Es).unwrap());
        assert_ne!(one, lead_pdf(&view, at("2026-05-01T10:00:01Z"), Language::Es).unwrap());
    }

    #[test]
    fn the_three_fonts_are_embedded_and_the_pages_are_labelled() {
        let view = invented::lead(Language::En, Disclosure::Masked);
        let bytes = lead_pdf(&view, None, Language::En).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("LiberationSans") && text.contains("LiberationMono"));
        assert!(text.contains("/FontFile") && text.contains("/ToUnicode"), "embedded, and can be read back as text");
        assert!(text.contains("/Outlines"));
    }

    #[test]
    fn the_document_says_its_structure_language_and_title_to_a_screen_reader() {
        for (language, tag, title) in [(Language::En, "en-US", "Lead "), (Language::Es, "es-MX", "Pista ")] {
            let bytes = lead_pdf(&invented::lead(language, Disclosure::Masked), None, language).unwrap();
            let pdf = lopdf::Document::load_mem(&bytes).unwrap();
            let catalog = pdf.catalog().unwrap();
            assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), tag.as_bytes());
            assert!(catalog.get(b"StructTreeRoot").is_ok());
            let marked = pdf.dereference(catalog.get(b"MarkInfo").unwrap()).unwrap().1.as_dict().unwrap();
            assert!(marked.get(b"Marked").unwrap().as_bool().unwrap());
            let info = pdf.trailer.get(b"Info").and_then(|info| pdf.dereference(info)).unwrap().1.as_dict().unwrap();
            let named = lopdf::decode_text_string(info.get(b"Title").unwrap()).unwrap();
            assert!(named.starts_with(title), "{named}");
            let mut count: BTreeMap<String, usize> = BTreeMap::new();
            let mut silent = 0;
            for element in pdf.objects.values().filter_map(|o| o.as_dict().ok()) {
                let Ok(role) = element.get(b"S").and_then(lopdf::Object::as_name) else { continue };
                if !element.has(b"P") {
                    continue;
                }
                *count.entry(String::from_utf8_lossy(role).into_owned()).or_default() += 1;
                silent += usize::from(role == b"Figure" && !element.has(b"Alt"));
            }
            let least = [("H1", 1), ("H2", 6), ("H3", 4), ("P", 5), ("L", 2), ("LI", 5), ("Table", 4), ("TR", 20)];
            for (role, n) in least.into_iter().chain([("TH", 15), ("TD", 60), ("Figure", 5)]) {
                assert!(count.get(role).is_some_and(|got| *got >= n), "{role}: {count:?}");
            }
            assert_eq!(silent, 0, "every figure has words");
        }
    }
}
