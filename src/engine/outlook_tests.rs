//! Tests of the neighbouring module.

use super::*;
use crate::compare::NO_SCORE;
use crate::engine::recall::{MeasuredRecalls, Run};
use crate::engine::scale::Counts;
use crate::geometry::Pose;
use crate::ids::{Digest, ExhibitId, MarkId, SpecimenId};
use proptest::prelude::*;

const KNOWN: [f64; 4] = [1.0, 2.0, 2.0, 5.0];

#[test]
fn the_chance_is_that_of_being_lost_or_scoring_lower() {
    // Three of four known matches lie below 2.5; half of one is added on either side.
    let below = 3.5 / 5.0;
    assert!((mate_below(1.0, &KNOWN, 2.5) - below).abs() < 1e-12);
    assert!((mate_below(0.9, &KNOWN, 2.5) - (0.1 + 0.9 * below)).abs() < 1e-12, "lost, or not lost and lower");
    assert!(
        (mate_below(1.0, &KNOWN, 2.0) - 1.5 / 5.0).abs() < 1e-12,
        "a mate with the score of the rank is not below it"
    );
    assert!((mate_below(1.0, &KNOWN, NO_SCORE) - 0.1).abs() < 1e-12, "small, and never nothing");
    assert!((mate_below(1.0, &KNOWN, 9.0) - 0.9).abs() < 1e-12, "near 1, and never all");
    assert!((mate_below(0.0, &KNOWN, NO_SCORE) - 1.0).abs() < 1e-12, "who loses every mate finds none");
    assert!((mate_below(1.0, &[], 3.0) - 0.5).abs() < 1e-12, "without known matches nothing is known");
}

#[test]
fn with_the_built_in_model_the_ends_are_near_0_and_1() {
    let known = Model::built_in().unwrap().scores.known_matches;
    assert!(mate_below(1.0, &known, NO_SCORE) < 0.01);
    assert!(mate_below(1.0, &known, 1e3) > 0.99);
}

proptest! {
    #[test]
    fn the_chance_never_rises_down_a_list(
        reached in 0.0..=1.0f64,
        mut known in proptest::collection::vec(-3.0..9.0f64, 0..40),
        high in -100.0..100.0f64,
        less in 0.0..100.0f64,
    ) {
        known.sort_by(f64::total_cmp);
        let (upper, lower) = (mate_below(reached, &known, high), mate_below(reached, &known, high - less));
        prop_assert!(lower <= upper && (0.0..=1.0).contains(&lower) && upper <= 1.0);
        prop_assert!(mate_below(reached / 2.0, &known, high) >= upper, "what is lost lies below every rank");
    }
}

fn receipt(eligible: usize, compared: usize) -> Receipt {
    let json = serde_json::json!({
        "gallery": eligible, "own": 0, "eligible": eligible, "first_stage": { "stage": "not_needed" },
        "visited": eligible, "coded": eligible, "compared": compared, "exhaustive": false,
    });
    serde_json::from_value(json).unwrap()
}

fn candidates(scores: &[f64]) -> Vec<Candidate> {
    let one = |(at, score): (usize, &f64)| Candidate {
        mark: MarkId::new(format!("S-{at}/breech-face/1")),
        specimen: SpecimenId::new(format!("S-{at}")),
        exhibit: ExhibitId::new(format!("E-{at}")),
        score: *score,
        log10_lr: (*score > NO_SCORE).then_some(score.clamp(-1.8, 1.8)),
        log10_lr_interval: None,
        log10_lr_of_search: None,
        mate_below: None,
        cmc: 0,
        cells: 0,
        pose: Pose::IDENTITY,
    };
    scores.iter().enumerate().map(one).collect()
}

fn told(receipt: &Receipt, scores: &[f64]) -> Vec<Option<f64>> {
    let model = Model::built_in().unwrap();
    let mut list = candidates(scores);
    Outlook::of(receipt, &model).tell(&mut list);
    assert!(list.iter().all(|c| c.log10_lr_of_search.is_some() == c.log10_lr.is_some()));
    list.into_iter().map(|c| c.mate_below).collect()
}

#[test]
fn a_list_is_told_its_chances_where_the_recall_is_known() {
    let scores = [6.0, 0.5, -2.0, NO_SCORE];
    let all: Vec<f64> = told(&receipt(4, 4), &scores).into_iter().map(Option::unwrap).collect();
    assert!(all.is_sorted_by(|above, below| above >= below) && all[3] < 0.01, "{all:?}");
    assert_eq!(told(&receipt(100, 4), &scores), [None; 4], "of 96 that were left out nothing is known");
    assert_eq!(told(&receipt(2, 2), &[NO_SCORE; 2]), [None; 2], "the model does not know such marks");

    let mut measured = receipt(100, 4);
    let counts = Counts { queries: 9, vectors: 9, quick: 9, codes: 8 };
    let run = Run {
        funnel: Digest::of(b"funnel"),
        version: "0.1.0".to_owned(),
        distractors: 100,
        distractors_are: String::new(),
        seed: 1,
        marks: 9,
        rotate: None,
        all: counts,
        studies: [("s".to_owned(), counts)].into(),
    };
    measured.recall = MeasuredRecalls { runs: vec![run] }.among(100, &Digest::of(b"funnel"));
    let some: Vec<f64> = told(&measured, &scores).into_iter().map(Option::unwrap).collect();
    assert!(some.is_sorted_by(|above, below| above >= below));
    assert!((some[3] - (1.0 - 0.85 * (1.0 - all[3]))).abs() < 1e-12, "a mate lost before lies below every rank");
}
