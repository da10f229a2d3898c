//! Tests of the neighbouring module.

use super::*;

fn funnel() -> Digest {
    Digest::of(b"funnel")
}

fn run(distractors: usize, codes: usize) -> Run {
    let part =
        |queries: usize, lost: usize| Counts { queries, vectors: queries, quick: queries, codes: queries - lost };
    Run {
        funnel: funnel(),
        version: "0.1.0".to_owned(),
        distractors,
        distractors_are: "resampled signatures".to_owned(),
        seed: 1,
        marks: 21,
        rotate: Some(5),
        all: part(20, 20 - codes),
        studies: [("a".to_owned(), part(15, 0)), ("b".to_owned(), part(5, 20 - codes))].into(),
    }
}

fn table(runs: &[Run]) -> MeasuredRecalls {
    MeasuredRecalls { runs: runs.to_vec() }
}

fn receipt(eligible: usize, compared: usize, exhaustive: bool, recall: Option<StageRecall>) -> Receipt {
    let json = serde_json::json!({
        "gallery": eligible, "own": 0, "eligible": eligible, "first_stage": { "stage": "not_needed" },
        "visited": eligible, "coded": eligible, "compared": compared, "exhaustive": exhaustive,
    });
    // As an earlier version has kept it, without a word of recall.
    let earlier: Receipt = serde_json::from_value(json).unwrap();
    assert!(earlier.recall.is_none() && serde_json::to_value(&earlier).unwrap().get("recall").is_none());
    Receipt { recall, ..earlier }
}

#[test]
fn what_comes_with_the_program_is_of_its_own_funnel() {
    let parameters = Parameters::built_in().unwrap();
    let own = parameters.funnel_hash();
    for run in &parameters.recalls.runs {
        assert_eq!(run.funnel, own, "{} distractors: measure recall.json anew, or take its runs out", run.distractors);
    }
}

#[test]
fn a_table_reads_back_and_a_new_run_takes_the_place_of_its_size() {
    let all = [run(1_000, 20), run(100, 19), run(10_000, 18), run(1_000, 17)];
    let made = all.into_iter().try_fold(MeasuredRecalls::default(), MeasuredRecalls::with).unwrap();
    assert_eq!(made, table(&[run(100, 19), run(1_000, 17), run(10_000, 18)]));
    assert_eq!(MeasuredRecalls::from_json(&serde_json::to_string_pretty(&made).unwrap()).unwrap(), made);
}

#[test]
fn a_table_that_nobody_can_have_measured_is_refused_with_what_is_wrong() {
    let said = |runs: &[Run]| {
        MeasuredRecalls::from_json(&serde_json::to_string(&table(runs)).unwrap()).unwrap_err().to_string()
    };
    assert!(MeasuredRecalls::from_json("{").unwrap_err().to_string().starts_with("measured recalls: "));
    assert!(MeasuredRecalls::from_json("{}").unwrap_err().to_string().contains("runs"));
    let twice = said(&[run(100, 19), run(100, 19)]);
    assert!(twice.contains("100 distractors: distractors: expected more than the 100"), "{twice}");
    type Change = (fn(&mut Run), &'static str);
    let changes: [Change; 5] = [
        (|r| r.all.queries = 0, "queries: expected 1 to 21"),
        (|r| r.marks = 19, "queries: expected 1 to 19"),
        (|r| r.all.quick = 21, "counts: expected no stage to pass more on than it was given, got queries 20"),
        (|r| r.studies.values_mut().for_each(|c| c.codes = 16), "counts: expected no stage"),
        (
            |r| r.studies.retain(|study, _| study == "a"),
            "studies: expected studies that together make the 20 of all, got 15",
        ),
    ];
    for (change, says) in changes {
        let mut bad = run(100, 19);
        change(&mut bad);
        let read = said(std::slice::from_ref(&bad));
        assert!(read.contains(says), "{read}");
        let kept = MeasuredRecalls::default().with(bad);
        assert!(kept.unwrap_err().to_string().contains(says), "nor is it written");
    }
}

#[test]
fn a_search_is_told_the_smallest_gallery_that_is_large_enough() {
    let measured = table(&[run(100, 19), run(1_000, 18), run(10_000, 17)]);
    // 21 real marks: each was searched among 20 of them beside the distractors.
    for (eligible, gallery, codes, larger) in [
        (17, 120, 19, false),
        (120, 120, 19, false),
        (121, 1_020, 18, false),
        (1_021, 10_020, 17, false),
        (10_020, 10_020, 17, false),
        (10_021, 10_020, 17, true),
    ] {
        let told = measured.among(eligible, &funnel()).unwrap();
        assert_eq!((told.gallery, told.codes.mates, told.larger_than_measured), (gallery, codes, larger), "{eligible}");
        assert_eq!((told.queries, told.vectors.mates, told.quick.mates), (20, 20, 20));
    }
    assert_eq!(measured.among(17, &Digest::of(b"another funnel")), None);
    assert_eq!(MeasuredRecalls::default().among(17, &funnel()), None);
    let mut mixed = measured;
    mixed.runs[0].funnel = Digest::of(b"another funnel");
    assert_eq!(mixed.among(17, &funnel()).unwrap().gallery, 1_020, "a run of another funnel says nothing");
}

#[test]
fn the_share_that_reaches_the_comparison_is_never_certain() {
    let told = table(&[run(100, 20)]).among(17, &funnel()).unwrap();
    assert!((told.reached() - 20.5 / 21.0).abs() < 1e-12);
    // Newcombe 1998, table I, method 3, has 0 of 20; this is its mirror image.
    let (low, high) = told.codes.interval;
    assert!((low - (1.0 - 0.1611)).abs() < 1e-4 && (high - 1.0).abs() < 1e-12, "{low} {high}");
    let larger = table(&[run(100, 20)]).among(1_000, &funnel());
    let measured = table(&[run(100, 20)]).among(100, &funnel());
    assert_eq!(receipt(100, 16, false, measured).reached(), Some(told.reached()));
    assert_eq!(
        receipt(1_000, 16, false, larger).reached(),
        None,
        "smaller galleries say nothing certain of a larger one"
    );
    assert_eq!(receipt(100, 16, false, None).reached(), None);
    assert_eq!(receipt(16, 16, false, None).reached(), Some(1.0));
}

#[test]
fn a_receipt_says_what_was_measured_and_what_was_not() {
    let recall = |eligible: usize| table(&[run(100, 19)]).among(eligible, &funnel());
    let said = |receipt: &Receipt| (receipt.recall_words(Language::En), receipt.recall_words(Language::Es));
    let (english, spanish) = said(&receipt(100, 16, false, recall(100)));
    assert_eq!(
        english,
        "recall measured on 20 queries among 120 marks, with 95 % intervals: a mate left after vectors 100.0 % (83.9 to 100.0 %), \
         quick looks 100.0 % (83.9 to 100.0 %), codes 95.0 % (76.4 to 99.1 %)"
    );
    assert!(spanish.contains("20 consultas entre 120 marcas") && spanish.contains("códigos 95.0 % (76.4 a 99.1 %)"));
    let (english, spanish) = said(&receipt(121, 16, false, recall(121)));
    assert!(english.ends_with("more marks were eligible here, so that more may be lost"), "{english}");
    assert!(spanish.ends_with("así que puede perderse más"), "{spanish}");
    let (english, spanish) = said(&receipt(100, 16, false, None));
    assert!(english.ends_with("was not measured with these parameters") && spanish.ends_with("con estos parámetros"));
    for exhaustive in [false, true] {
        let (english, spanish) = said(&receipt(16, 16, exhaustive, None));
        assert!(english.contains("no stage can have lost") && spanish.contains("ninguna etapa"));
    }
}

#[test]
fn a_receipt_with_recall_reads_back() {
    for eligible in [100, 1_000] {
        let kept = receipt(eligible, 16, false, table(&[run(100, 19)]).among(eligible, &funnel()));
        let json = serde_json::to_value(&kept).unwrap();
        assert_eq!(json["recall"]["codes"]["mates"], 19);
        assert_eq!(json["recall"].get("larger_than_measured").is_some(), eligible > 120, "told only where it is so");
        assert_eq!(serde_json::from_value::<Receipt>(json).unwrap(), kept);
    }
}
