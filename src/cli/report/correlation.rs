//! The page of one correlation list.

use super::super::Desk;
use super::super::failure::Failure;
use super::{pair_figure, provenance};
use crate::casework::CorrelationResult;
use crate::engine::error::EngineError;
use crate::engine::ports::{MarkFilter, Store};
use crate::engine::review::mark_of;
use crate::engine::story::Story;
use crate::ids::SpecimenId;
use crate::mark::Region;
use crate::report::gather::lists;
use crate::report::html::{CorrelationPage, Measure, correlation_page};
use crate::report::view::Phrase;

/// The best correlation of an exhibit or specimen as a page.
///
/// # Errors
/// An unknown name, or one that was not correlated.
pub(super) fn correlation_html(desk: &Desk, store: &dyn Store, story: &Story, name: &str) -> Result<String, Failure> {
    let specimens: Vec<SpecimenId> = story
        .specimens
        .values()
        .filter(|s| s.id.as_str() == name || s.exhibit.as_str() == name)
        .map(|s| s.id.clone())
        .collect();
    let mut found: Option<(SpecimenId, CorrelationResult)> = None;
    for specimen in &specimens {
        let filter = MarkFilter {
            region: Some(Region::BreechFace),
            specimen: Some(specimen.clone()),
            suitable_only: true,
            ..MarkFilter::default()
        };
        for context in store.marks(&filter)? {
            if let Some(result) = store.correlations(&context.mark.id)?.into_iter().next() {
                let better = found.as_ref().is_none_or(|(_, best)| top_score(&result) > top_score(best));
                if better {
                    found = Some((specimen.clone(), result));
                }
            }
        }
    }
    let Some((query, result)) = found else {
        return Err(Failure::Engine(EngineError::Input {
            what: format!("exhibit or specimen \"{name}\""),
            expected: "one that was correlated by its breech face".to_owned(),
            got: if specimens.is_empty() { "an unknown one" } else { "one that was not; correlate it first" }
                .to_owned(),
        }));
    };
    let population = desk.population();
    let Some(list) = lists::candidate_list(story, &result, &query, 20, population, &|_, _| None) else {
        return Err(Failure::Engine(EngineError::Input {
            what: format!("specimen {query}"),
            expected: "one of this gallery".to_owned(),
            got: "an expunged one".to_owned(),
        }));
    };
    let mut pairs = Vec::new();
    for candidate in result.candidates.iter().take(2) {
        pairs.push(pair_figure(desk, store, &query, &candidate.specimen, Phrase::default())?);
    }
    let mark = mark_of(store, &query, &desk.parameters)?.1;
    let page = CorrelationPage {
        subtitle: Phrase::same(result.at.strftime("%Y-%m-%d %H:%M UTC").to_string()),
        exhibit: vec![
            Measure {
                name: Phrase::new("Valid area", "Área válida"),
                value: Phrase::same(format!("{:.2} mm²", mark.quality.valid_area_mm2)),
                note: Phrase::default(),
            },
            Measure {
                name: Phrase::new("Relief in band", "Relieve en banda"),
                value: Phrase::same(format!("{:.2} µm", mark.quality.rms_fine_um)),
                note: Phrase::new("root mean square, 30-150 µm", "valor cuadrático medio, 30-150 µm"),
            },
        ],
        provenance: provenance(desk, store, &[query])?,
        list,
        pairs,
        failures: Vec::new(),
    };
    Ok(correlation_page(&page, desk.output.language))
}

fn top_score(result: &CorrelationResult) -> f64 {
    result.candidates.first().map_or(f64::NEG_INFINITY, |c| c.score)
}
