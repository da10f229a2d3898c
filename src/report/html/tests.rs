//! Tests of the neighbouring module.

use super::*;
use crate::language::Language;
use crate::report::chart::{ChainItem, Node, NodeKind};
use crate::report::invented;
use crate::report::view::{Disclosure, Name, Phrase};

const HOSTILE: &str = "<script>alert(\"x\")</script>'\"><img src=x onerror=alert(1)>";

fn hostile() -> Phrase {
    Phrase::same(HOSTILE)
}

/// Writes one of each page and every drawing to `target/report-samples`, to be looked at in a browser:
/// `cargo test --lib report::html::tests::samples -- --ignored`.
#[test]
#[ignore = "writes files to look at"]
fn samples() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/report-samples");
    std::fs::create_dir_all(&folder).unwrap();
    for (language, tag) in [(Language::En, "en"), (Language::Es, "es")] {
        let revealed = Disclosure::Revealed {
            purpose: "charging decision".into(),
            case_number: "2024-CR-0815".into(),
            person: "A. Invented, prosecutor".into(),
        };
        let disclosure = if language == Language::Es { revealed } else { Disclosure::Masked };
        let pages = [
            ("city", city_report(&invented::city(language), language).unwrap()),
            ("lead", lead_report(&invented::lead(language, disclosure), language).unwrap()),
            ("correlation", correlation_page(&invented::correlation(language), language)),
            ("evaluation", evaluation_page(&invented::evaluation(language), language)),
        ];
        for (name, text) in pages {
            std::fs::write(folder.join(format!("{name}-{tag}.html")), text).unwrap();
        }
    }
}

#[test]
fn pages_are_the_same_bytes_twice_and_load_nothing() {
    for language in [Language::En, Language::Es] {
        let page = city_report(&invented::city(language), language).unwrap();
        assert_eq!(page, city_report(&invented::city(language), language).unwrap());
        let outside = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!outside.contains("http://") && !outside.contains("https://") && !outside.contains("<link"));
        assert!(!page.contains("<script"));
        assert!(page.contains(language.pick("Leads, not identifications.", "Pistas, no identificaciones.")));
    }
}

#[test]
fn no_page_of_casework_speaks_of_a_match() {
    for language in [Language::En, Language::Es] {
        let mut city = invented::city(language);
        city.plots.clear();
        let pages = [
            city_report(&city, language).unwrap(),
            lead_report(&invented::lead(language, Disclosure::Masked), language).unwrap(),
            correlation_page(&invented::correlation(language), language),
        ];
        for page in pages {
            let words = without_pictures(&page).to_lowercase();
            assert!(
                !words.contains("match"),
                "{:?}",
                words.find("match").map(|i| &words[i.saturating_sub(80)..i + 20])
            );
        }
    }
}

/// The page without its base64, in which any word can turn up by chance.
fn without_pictures(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some(start) = rest.find("base64,") {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        rest = &rest[rest.find('"').unwrap_or(rest.len())..];
    }
    out + rest
}

#[test]
fn hostile_text_is_escaped_on_every_page() {
    let language = Language::En;
    let mut city = invented::city(language);
    city.title = hostile();
    city.subtitle = hostile();
    city.summary.push(hostile());
    city.numbers[0].name = hostile();
    city.failures[0].item = HOSTILE.into();
    city.failures[0].reason = hostile();
    city.outcomes[0].reference = HOSTILE.into();
    city.outcomes[0].led_to = hostile();
    city.provenance.gallery = HOSTILE.into();
    city.provenance.version = HOSTILE.into();
    city.provenance.sources[0].name = HOSTILE.into();
    city.pairs[0].caption = hostile();
    let list = &mut city.lists[0];
    list.exhibit = HOSTILE.into();
    list.detail = hostile();
    list.receipt.stages[0].name = hostile();
    list.receipt.filtered[0].0 = hostile();
    for row in &mut list.candidates {
        row.specimen = HOSTILE.into();
        row.incident = HOSTILE.into();
        row.exhibit = HOSTILE.into();
        row.likelihood_ratio = crate::compare::LikelihoodRatio::Calibrated {
            log10: 1.0,
            low: 0.0,
            high: 2.0,
            bounded: false,
            population_english: HOSTILE.into(),
            population_spanish: HOSTILE.into(),
        };
    }
    let dossier = &mut city.dossiers[0];
    dossier.heading = hostile();
    dossier.chart.title = hostile();
    dossier.chart.nodes[0].label = Name::Open(HOSTILE.into());
    dossier.chart.nodes[0].detail = hostile();
    dossier.chart.edges[0].evidence = hostile();
    dossier.chart.edges[0].author = HOSTILE.into();
    dossier.timeline.events[0].label = Name::Open(HOSTILE.into());
    dossier.timeline.intervals[0].label = hostile();
    dossier.map.places[0].name = HOSTILE.into();
    dossier.indicators[0].records[0] = HOSTILE.into();
    dossier.conflicts[0].text = hostile();
    if let ChainItem::Step(step) = &mut dossier.chain.items[0] {
        step.name = Name::Open(HOSTILE.into());
        step.place = HOSTILE.into();
        step.note = hostile();
    }
    let mut lead = invented::lead(
        language,
        Disclosure::Revealed { purpose: HOSTILE.into(), case_number: HOSTILE.into(), person: HOSTILE.into() },
    );
    lead.lead = HOSTILE.into();
    lead.history[0].reason = HOSTILE.into();
    lead.history[0].audit_hash = HOSTILE.into();
    lead.custody[0].action = hostile();
    lead.dossier = city.dossiers[0].clone();
    let mut evaluation = invented::evaluation(language);
    evaluation.tables[0].title = hostile();
    evaluation.tables[0].rows[0].cells[0] = hostile();
    evaluation.notes[0] = hostile();
    let mut correlation = invented::correlation(language);
    correlation.list = city.lists[0].clone();
    let pages = [
        city_report(&city, language).unwrap(),
        lead_report(&lead, language).unwrap(),
        correlation_page(&correlation, language),
        evaluation_page(&evaluation, language),
    ];
    for page in pages {
        assert!(!page.contains("<script") && !page.contains("<img"), "a tag got through");
        assert!(!page.contains("alert(\"x\")"), "a quote got through");
        assert!(page.contains("&lt;script&gt;"), "the text itself is missing");
    }
}

#[test]
fn names_of_persons_appear_only_when_revealed() {
    let language = Language::En;
    let masked = lead_report(&invented::lead(language, Disclosure::Masked), language).unwrap();
    assert!(!masked.contains("Ramona") && masked.contains("Purchaser A") && masked.contains("withheld"));
    let blank = Disclosure::Revealed { purpose: "x".into(), case_number: "  ".into(), person: String::new() };
    assert!(!lead_report(&invented::lead(language, blank), language).unwrap().contains("Ramona"));
    let shown =
        Disclosure::Revealed { purpose: "charge".into(), case_number: "C-7".into(), person: "P. Invented".into() };
    let page = lead_report(&invented::lead(language, shown), language).unwrap();
    assert!(page.contains("Ramona") && page.contains("C-7") && page.contains("charge"));
}

#[test]
fn an_empty_gallery_has_a_page() {
    let page = city_report(&CityReport::default(), Language::Es).unwrap();
    assert!(page.contains("Nada falló.") && page.contains("Cómo leer esto"));
    let unknown = Node { detail: Phrase::default(), ..invented::node("a", NodeKind::Party, "A") };
    let mut view = CityReport::default();
    view.dossiers.push(Dossier::default());
    view.dossiers[0].chart.nodes.push(unknown);
    assert!(city_report(&view, Language::En).is_ok());
}
