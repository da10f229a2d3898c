//! Calibration of a small invented table.

use super::*;
use crate::engine::score_table::{Columns, read};

/// 24 firearms, all pairs, one known match each, logistic scores; `shift` moves the scores of known matches, `salt` their noise.
fn invented(name: &str, shift: f64, salt: usize, splits: bool) -> (ScoreTable, String) {
    let mut text = String::from(if splits {
        "weapon1,weapon2,hypothesis,score,cmc,n,split1\n"
    } else {
        "weapon1,weapon2,hypothesis,score,cmc,n\n"
    });
    let mut row = 0usize;
    for i in 0..24 {
        for j in i..24 {
            row += 1;
            let u = (row as f64 * 0.618_034 * (1 + salt) as f64).fract();
            let noise = 8.0 + (u / (1.0 - u)).ln();
            let score = if i == j { noise + shift } else { noise };
            text += &format!("{i:02},{j:02},{},{score:.4},{},30", u8::from(i == j), score.clamp(0.0, 30.0) as u32);
            if splits {
                text += match (i % 3 == 0, j % 3 == 0) {
                    (true, true) => ",v",
                    (false, false) => ",t",
                    _ => ",n",
                };
            }
            text.push('\n');
        }
    }
    (read(name, text.as_bytes(), &Columns::default()).unwrap(), "00".to_owned())
}

const PLAN: Plan = Plan { folds: None, gallery: Some(8), mate_share: 0.5 };

#[test]
fn a_table_with_splits_is_measured_on_what_the_model_has_not_seen() {
    let table = invented("a.csv", 5.0, 0, true);
    let done = calibrate_scores(std::slice::from_ref(&table), &PLAN).unwrap();
    assert_eq!(done.systems.len(), 2);
    for system in &done.systems {
        let split = &system.splits[0];
        assert_eq!((split.trained_km, split.trained_knm, split.figures.n_km, split.figures.n_knm), (16, 120, 8, 28));
        assert!(system.mean.auc.unwrap() > 0.9, "{:?}", system.mean);
        assert!(system.mean.cllr_min.unwrap() <= system.mean.cllr_unbounded.unwrap() + 1e-12);
        assert!(split.bounds.high <= 120f64.log10() && system.model.seen.known_match_pairs == 24);
        let best = split.figures.best_of_gallery.as_ref().unwrap();
        assert_eq!(best.own_comparisons, 0.0, "seven comparisons a query are fewer than eight");
        assert!(best.misleading_corrected.unwrap() < best.misleading_uncorrected.unwrap(), "{best:?}");
        // Whole counts of a few cells are coarser than the correction; scores show what it gains.
        if system.method == Method::Score {
            assert!(best.cllr_corrected.unwrap() < best.cllr_uncorrected.unwrap(), "{best:?}");
        }
        assert!((best.mate_first - best.mate_first_foreseen).abs() < 0.2, "{best:?}");
    }
    let again = serde_json::to_string(&calibrate_scores(&[table], &PLAN).unwrap()).unwrap();
    assert_eq!(again, serde_json::to_string(&done).unwrap());
}

#[test]
fn tables_together_are_fused_and_folds_keep_firearms_apart() {
    let (one, two) = (invented("a.csv", 5.0, 0, true), invented("b.csv", 6.0, 3, false));
    let done = calibrate_scores(&[one, two], &PLAN).unwrap();
    assert!(done.splits_disagree, "one table has no splits");
    let fused = done.systems.iter().filter(|s| s.table == "a.csv + b.csv").collect::<Vec<_>>();
    assert_eq!(fused.len(), 2);
    let cost = |table: &str| {
        done.systems.iter().find(|s| s.table == table && s.method == Method::Score).unwrap().mean.cllr.unwrap()
    };
    assert!(
        cost("a.csv + b.csv") < cost("a.csv").min(cost("b.csv")),
        "{} {} {}",
        cost("a.csv + b.csv"),
        cost("a.csv"),
        cost("b.csv")
    );
    let table = invented("a.csv", 5.0, 0, false).0;
    for split in firearm_folds(&table, 3) {
        let of = |pairs: &[&Pair]| -> BTreeSet<String> { pairs.iter().map(|p| p.firearms.0.clone()).collect() };
        assert!(of(&split.train).is_disjoint(&of(&split.validate)));
        assert_eq!((split.validate.len(), split.train.len()), (36, 136));
    }
}

#[test]
fn a_firearm_on_both_sides_of_a_split_is_refused() {
    let (mut table, hash) = invented("a.csv", 5.0, 0, true);
    table.parts[1][0] = Part::Train;
    let refused = calibrate_scores(&[(table, hash)], &PLAN).unwrap_err().to_string();
    assert!(refused.contains("a.csv: split1: expected every firearm on one side"), "{refused}");
}
