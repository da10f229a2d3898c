//! Correlation lists: candidates with the state of their leads, and the receipt of the search.

use crate::casework::{self, CorrelationResult};
use crate::compare::{LikelihoodRatio, at_bound};
use crate::engine::correlate::Receipt as Counts;
use crate::engine::filter::Tally;
use crate::engine::signature_only;
use crate::engine::story::Story;
use crate::ids::SpecimenId;
use crate::language::Language;
use crate::report::html::{CandidateList, CandidateRow, Receipt, ReceiptStage};
use crate::report::view::{LeadState, Phrase, SpecimenKind, Truth, decimal};

/// Ground truth of a pair of specimens, for simulated data alone.
pub type TruthOf<'a> = dyn Fn(&SpecimenId, &SpecimenId) -> Option<Truth> + 'a;

/// The state of a lead as pages show it.
#[must_use]
pub fn lead_state(state: casework::LeadState) -> LeadState {
    match state {
        casework::LeadState::Candidate => LeadState::Candidate,
        casework::LeadState::Lead => LeadState::Lead,
        casework::LeadState::UnderExamination | casework::LeadState::UnderReview { .. } => LeadState::UnderExamination,
        casework::LeadState::Hit => LeadState::Hit,
        casework::LeadState::Inconclusive { .. } => LeadState::Inconclusive,
        casework::LeadState::Excluded => LeadState::Excluded,
        casework::LeadState::Withdrawn => LeadState::Withdrawn,
    }
}

/// A bounded likelihood ratio as candidates keep it, with the words of its population.
#[must_use]
fn likelihood_ratio(log10: Option<f64>, interval: Option<(f64, f64)>, population: &str) -> LikelihoodRatio {
    match log10 {
        Some(log10) => {
            let (low, high) = interval.unwrap_or((log10, log10));
            let bounded = at_bound(log10, interval);
            let both = population.to_owned();
            LikelihoodRatio::Calibrated {
                log10,
                low,
                high,
                bounded,
                population_english: both.clone(),
                population_spanish: both,
            }
        }
        None => LikelihoodRatio::Unavailable {
            english: "no likelihood ratio was given".to_owned(),
            spanish: "no se dio un cociente de verosimilitud".to_owned(),
        },
    }
}

/// How software came to propose a lead: its rank, and the weight of the pair and of the pick, as they were kept.
#[must_use]
pub fn basis_words(basis: &casework::Basis) -> Phrase {
    let sign = match basis.log10_lr {
        Some(lr) if at_bound(lr, basis.log10_lr_interval) => {
            if lr < 0.0 {
                "≤ "
            } else {
                "≥ "
            }
        }
        _ => "",
    };
    let say = |language: Language| {
        let score = decimal(basis.score, 2);
        // A pair that a person picked has no place in a search.
        let mut text = match basis.log10_lr_of_search {
            Some(_) => language.pick(
                format!("Rank {} of its search, score {score}", basis.rank),
                format!("Rango {} de su búsqueda, puntaje {score}", basis.rank),
            ),
            None => language.pick(format!("Score {score}"), format!("Puntaje {score}")),
        };
        if let Some(lr) = basis.log10_lr {
            text.push_str(&format!("; log10 LR {sign}{}", decimal(lr, 1)));
        }
        if let Some((low, high)) = basis.log10_lr_interval {
            text.push_str(&format!(" [{}, {}]", decimal(low, 1), decimal(high, 1)));
        }
        if let Some(lr) = basis.log10_lr_of_search {
            let words = language.pick("as picked from the gallery", "al elegirla de la galería");
            text.push_str(&format!("; {words} {sign}{}", decimal(lr, 1)));
        }
        text + "."
    };
    Phrase::new(say(Language::En), say(Language::Es))
}

/// The first `top` candidates of a correlation; `None` where its query is no longer in the gallery.
#[must_use]
pub fn candidate_list(
    story: &Story,
    result: &CorrelationResult,
    query: &SpecimenId,
    top: usize,
    population: &str,
    truth: &TruthOf<'_>,
) -> Option<CandidateList> {
    let own = story.specimens.get(query)?;
    let origin = |specimen: &SpecimenId| {
        story.specimens.get(specimen).and_then(|s| story.exhibits.get(&s.exhibit)).map(|e| &e.origin)
    };
    let state = |other: &SpecimenId| {
        let lead = story.leads.iter().find(|l| l.joins().has(query) && l.joins().has(other));
        lead.map_or(LeadState::Candidate, |l| lead_state(l.state()))
    };
    let candidates = result
        .candidates
        .iter()
        .take(top)
        .enumerate()
        .map(|(at, c)| CandidateRow {
            rank: at as u32 + 1,
            exhibit: c.exhibit.to_string(),
            specimen: c.specimen.to_string(),
            incident: origin(&c.specimen).and_then(|o| o.incident()).map(ToString::to_string).unwrap_or_default(),
            firearm: origin(&c.specimen).and_then(|o| o.firearm()).map(ToString::to_string).unwrap_or_default(),
            kind: match origin(&c.specimen).and_then(|o| o.firearm()) {
                Some(_) => SpecimenKind::TestFire,
                None => SpecimenKind::Evidence,
            },
            score: c.score,
            cmc: c.cmc,
            cells: c.cells,
            of_search: c.log10_lr_of_search,
            likelihood_ratio: likelihood_ratio(c.log10_lr, c.log10_lr_interval, population),
            state: state(&c.specimen),
            truth: truth(query, &c.specimen),
        })
        .collect();
    let counts = serde_json::from_value::<Counts>(result.receipt.clone()).ok();
    Some(CandidateList {
        exhibit: format!("{} · {}", own.exhibit, own.id),
        detail: detail(story, query),
        candidates,
        receipt: counts.map(|c| receipt(&c)).unwrap_or_default(),
        advice: None,
    })
}

fn detail(story: &Story, specimen: &SpecimenId) -> Phrase {
    let Some(exhibit) = story.specimens.get(specimen).and_then(|s| story.exhibits.get(&s.exhibit)) else {
        return Phrase::default();
    };
    if let Some(firearm) = exhibit.origin.firearm() {
        return Phrase::new(format!("Test fire of firearm {firearm}"), format!("Disparo de prueba del arma {firearm}"));
    }
    let Some(incident) = exhibit.origin.incident().and_then(|i| story.incidents.get(i)) else {
        return Phrase::default();
    };
    let place: Vec<&str> =
        [&incident.place, &incident.state, &incident.country].into_iter().flatten().map(String::as_str).collect();
    let date = incident.date.map(|d| d.to_string()).unwrap_or_default();
    let rest = format!("{}, {}, {date}", incident.id, place.join(", "));
    Phrase::new(format!("Evidence of incident {rest}"), format!("Evidencia del incidente {rest}"))
}

fn receipt(counts: &Counts) -> Receipt {
    let stage = |english: &str, spanish: &str, entered: usize, kept: usize| ReceiptStage {
        name: Phrase::new(english, spanish),
        entered: entered as u64,
        kept: kept as u64,
        recall: None,
        basis: Phrase::default(),
    };
    let passed = if counts.exhaustive { counts.compared } else { counts.coded };
    Receipt {
        eligible: counts.eligible as u64,
        filtered: std::iter::once((
            Phrase::new("own incident or test fires", "propio incidente o disparos de prueba"),
            counts.own as u64,
        ))
        .chain((counts.unsigned > 0).then(|| {
            let words = Phrase::new(
                "signature of another version (resign the gallery)",
                "firma de otra versión (vuelva a firmar la galería)",
            );
            (words, counts.unsigned as u64)
        }))
        .chain(counts.filters.iter().map(|tally| (filter_words(tally), tally.left_out as u64)))
        .collect(),
        stages: vec![
            stage(
                "first 1,024 bits of vectors",
                "primeros 1.024 bits de los vectores",
                counts.screened,
                if counts.screened > 0 { counts.visited } else { 0 },
            ),
            stage("vectors", "vectores", counts.visited, if counts.quick > 0 { counts.quick } else { passed }),
            stage(
                "polar code, quick look",
                "código polar, ojeada",
                counts.quick,
                if counts.quick > 0 { passed } else { 0 },
            ),
            stage("polar code, all rotations", "código polar, todas las rotaciones", counts.coded, counts.compared),
            stage("precise comparison", "comparación precisa", counts.compared, counts.compared),
        ],
        // Of marks that could not be compared the page must not say that they were.
        exhaustive: counts.exhaustive && counts.signature_only == 0,
        note: Phrase::new(note(counts, Language::En), note(counts, Language::Es)),
    }
}

/// How the first stage went, and what the shortlist passed over.
fn note(counts: &Counts, language: Language) -> String {
    let first = counts.first_stage.words(language);
    match signature_only::words(counts.signature_only, language) {
        Some(passed_over) => format!("{first}; {passed_over}"),
        None => first,
    }
}

fn filter_words(tally: &Tally) -> Phrase {
    let Tally { field, asked, unknown_kept, .. } = tally;
    Phrase::new(
        format!("{} other than {asked} ({unknown_kept} of unknown {0} kept)", field.words(Language::En)),
        format!("{} distinto de {asked} ({unknown_kept} sin {0} conservadas)", field.words(Language::Es)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_says_what_could_not_be_compared() {
        let of = |signature_only: usize| {
            let counts: Counts = serde_json::from_value(serde_json::json!({
                "gallery": 50, "own": 0, "eligible": 50, "first_stage": { "stage": "exhaustive" }, "visited": 50, "coded": 0,
                "signature_only": signature_only, "compared": 50 - signature_only, "exhaustive": true,
            }))
            .unwrap();
            receipt(&counts)
        };
        let (all, some) = (of(0), of(40));
        assert!(all.exhaustive && !some.exhaustive, "40 of them were not compared");
        assert!(!all.note.english.contains("signature") && some.note.english.contains("40 marks of the shortlist"));
        assert!(some.note.spanish.contains("40 marcas de la lista corta"));
    }

    #[test]
    fn a_ratio_at_the_bound_of_its_data_is_told_from_one_within() {
        let bounded = |log10: f64, interval: Option<(f64, f64)>| {
            matches!(likelihood_ratio(Some(log10), interval, "P"), LikelihoodRatio::Calibrated { bounded: true, .. })
        };
        assert!(bounded(1.8, Some((1.2, 1.8))) && bounded(-1.8, Some((-1.8, -1.5))));
        assert!(!bounded(1.2, Some((0.9, 1.6))) && !bounded(-1.2, Some((-1.6, -0.9))));
        assert!(!bounded(1.2, None), "of a list without intervals nothing is known");
    }
}
