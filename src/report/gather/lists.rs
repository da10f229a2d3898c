//! Correlation lists: candidates with the state of their leads, and the receipt of the search.

use crate::casework::{self, Candidate, CorrelationResult};
use crate::compare::{LikelihoodRatio, at_bound};
use crate::engine::correlate::Receipt as Counts;
use crate::engine::filter::Tally;
use crate::engine::recall::{Passed, StageRecall};
use crate::engine::signature_only;
use crate::engine::story::Story;
use crate::ids::SpecimenId;
use crate::language::Language;
use crate::report::html::{CandidateList, CandidateRow, Receipt, ReceiptStage, StoppingAdvice};
use crate::report::view::{LeadState, Phrase, SpecimenKind, Truth, decimal, grouped};

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
        advice: counts.as_ref().and_then(|counts| below(&result.candidates, top, counts)),
        receipt: counts.map(|c| receipt(&c)).unwrap_or_default(),
    })
}

/// What may lie below the last of the first `top` candidates.
fn below(candidates: &[Candidate], top: usize, counts: &Counts) -> Option<StoppingAdvice> {
    let (at, last) = candidates.iter().take(top).enumerate().next_back()?;
    let basis = if counts.compared_all() {
        Phrase::new(
            "From the scores of known mates of the reference population; everything eligible was compared.",
            "Según los puntajes de parejas conocidas de la población de referencia; se comparó todo lo elegible.",
        )
    } else {
        Phrase::new(
            "From the scores of known mates of the reference population and the measured recall of the stages.",
            "Según los puntajes de parejas conocidas de la población de referencia y la recuperación medida de las etapas.",
        )
    };
    Some(StoppingAdvice { rank: at as u32 + 1, mate_below: last.mate_below?, basis })
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
    let measured = |which: fn(&StageRecall) -> Passed, stage: ReceiptStage| match &counts.recall {
        Some(all) => with_recall(stage, all, which(all)),
        None => stage,
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
        .chain((counts.unprepared > 0).then(|| {
            let words = Phrase::new(
                "prepared by another version (resign the gallery from its scans)",
                "preparadas por otra versión (vuelva a firmar la galería desde sus escaneos)",
            );
            (words, counts.unprepared as u64)
        }))
        .chain((counts.other_modality > 0).then(|| {
            let words = Phrase::new(
                "imaged otherwise: photographs and heights are not compared",
                "de otra imagen: fotografías y alturas no se comparan",
            );
            (words, counts.other_modality as u64)
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
            measured(
                |r| r.vectors,
                stage("vectors", "vectores", counts.visited, if counts.quick > 0 { counts.quick } else { passed }),
            ),
            measured(
                |r| r.quick,
                stage(
                    "polar code, quick look",
                    "código polar, ojeada",
                    counts.quick,
                    if counts.quick > 0 { passed } else { 0 },
                ),
            ),
            measured(
                |r| r.codes,
                stage("polar code, all rotations", "código polar, todas las rotaciones", counts.coded, counts.compared),
            ),
            stage("precise comparison", "comparación precisa", counts.compared, counts.compared),
        ],
        // Of marks that could not be compared the page must not say that they were.
        exhaustive: counts.exhaustive && counts.signature_only == 0,
        note: Phrase::new(note(counts, Language::En), note(counts, Language::Es)),
    }
}

/// How the first stage went, how much of it all is known to lose, and what the shortlist passed over.
fn note(counts: &Counts, language: Language) -> String {
    let words = [Some(counts.first_stage.words(language)), Some(counts.recall_words(language))];
    let passed_over = signature_only::words(counts.signature_only, language);
    words.into_iter().chain([passed_over]).flatten().collect::<Vec<_>>().join("; ")
}

/// A stage with the share of mates that were left after it in the measured gallery.
fn with_recall(stage: ReceiptStage, all: &StageRecall, passed: Passed) -> ReceiptStage {
    let (mates, queries, gallery) = (passed.mates, all.queries, grouped(all.gallery as u64));
    let interval = |language| passed.interval_words(language);
    let basis = Phrase::new(
        format!("{mates} of {queries} queries among {gallery} marks [{}]", interval(Language::En)),
        format!("{mates} de {queries} consultas entre {gallery} marcas [{}]", interval(Language::Es)),
    );
    ReceiptStage { recall: Some(mates as f64 / queries.max(1) as f64), basis, ..stage }
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

    fn counts(compared: usize) -> Counts {
        let json = serde_json::json!({
            "gallery": 300, "own": 0, "eligible": 300, "first_stage": { "stage": "not_needed" }, "visited": 300, "quick": 300,
            "coded": 200, "compared": compared, "exhaustive": false,
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_receipt_shows_what_was_measured_and_says_where_nothing_was() {
        let mut counted = counts(16);
        let silent = receipt(&counted);
        assert!(silent.stages.iter().all(|stage| stage.recall.is_none() && stage.basis.is_empty()));
        assert!(silent.note.pick(Language::En).ends_with("was not measured with these parameters"));
        let passed = |mates: usize| Passed { mates, interval: (0.5, 0.99) };
        counted.recall = Some(StageRecall {
            gallery: 1_019,
            distractors: 1_000,
            version: "0.1.0".to_owned(),
            larger_than_measured: false,
            queries: 20,
            vectors: passed(20),
            quick: passed(19),
            codes: passed(18),
        });
        let told = receipt(&counted);
        let shares: Vec<Option<f64>> = told.stages.iter().map(|stage| stage.recall).collect();
        assert_eq!(shares, [None, Some(1.0), Some(0.95), Some(0.9), None]);
        assert_eq!(told.stages[2].basis.pick(Language::En), "19 of 20 queries among 1,019 marks [50.0 to 99.0 %]");
        assert!(told.note.pick(Language::Es).contains("recuperación medida con 20 consultas"));
        let everything = receipt(&counts(300));
        assert!(everything.note.pick(Language::En).ends_with("no stage can have lost a mate"));
    }

    #[test]
    fn what_lies_below_is_told_of_the_last_rank_shown() {
        let candidate = |mate_below: Option<f64>| Candidate {
            mark: crate::ids::MarkId::new("M"),
            specimen: SpecimenId::new("S"),
            exhibit: crate::ids::ExhibitId::new("E"),
            score: 1.0,
            log10_lr: None,
            log10_lr_interval: None,
            log10_lr_of_search: None,
            mate_below,
            cmc: 0,
            cells: 0,
            pose: crate::geometry::Pose::IDENTITY,
        };
        let list = [Some(0.9), Some(0.2), Some(0.1)].map(candidate);
        let told = |top: usize| below(&list, top, &counts(16)).map(|advice| (advice.rank, advice.mate_below));
        assert_eq!((told(2), told(20)), (Some((2, 0.2)), Some((3, 0.1))));
        assert_eq!(below(&[], 20, &counts(16)), None);
        assert_eq!(below(&[candidate(None)], 20, &counts(16)), None, "nothing is made up");
        let all = below(&list, 20, &counts(300)).unwrap().basis;
        assert!(all.pick(Language::En).contains("everything eligible was compared"));
        assert!(!all.pick(Language::En).contains("match"), "no page of casework speaks of one");
        let old = serde_json::json!({
            "mark": "M", "specimen": "S", "exhibit": "E", "score": 1.0, "log10_lr": null, "log10_lr_interval": null, "cmc": 0, "cells": 0,
            "pose": crate::geometry::Pose::IDENTITY,
        });
        let read: Candidate = serde_json::from_value(old).unwrap();
        assert_eq!(read, candidate(None), "lists of earlier versions are read");
        assert!(serde_json::to_value(read).unwrap().get("mate_below").is_none());
    }
}
