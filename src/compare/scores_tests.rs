//! Models of scores on made-up firearms.

use super::*;
use crate::compare::metrics;

/// Well spread numbers from 0 to 1 (Weyl's sequence).
fn spread(i: usize) -> f64 {
    (i as f64 * 0.618_033_988_749_895).fract()
}

/// `guns` firearms with one known match each and every pair of them, in two kinds of marks.
pub(super) fn pairs(guns: usize) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for i in 0..guns {
        for j in i..guns {
            let (u, v) = (spread(pairs.len() + 1), spread(7 * pairs.len() + 3));
            let share = |low: f64, wide: f64, u: f64| Measure {
                score: 100.0 * (low + wide * u),
                count: Some(Count { cmc: (40.0 * (low + wide * u)) as u32, cells: 40 }),
            };
            let kinds = if i == j {
                vec![share(0.25, 0.7, u), share(0.3, 0.6, v)]
            } else {
                vec![share(0.0, 0.35, u), share(0.0, 0.4, v)]
            };
            pairs.push(Pair { firearms: (format!("g{i}"), format!("g{j}")), kinds });
        }
    }
    pairs
}

fn ratios(model: &ScoreModel, pairs: &[Pair], km: bool) -> Vec<f64> {
    pairs.iter().filter(|p| p.is_km() == km).map(|p| model.log10(p)).collect()
}

fn only(kind: usize, pairs: &[Pair]) -> Vec<Pair> {
    pairs.iter().map(|p| Pair { kinds: vec![p.kinds[kind]], ..p.clone() }).collect()
}

#[test]
fn both_methods_are_calibrated_bounded_and_read_back_and_kinds_together_beat_each_alone() {
    let all = pairs(20);
    for method in [Method::Score, Method::Counts] {
        let mut costs = Vec::new();
        for set in [only(0, &all), only(1, &all), all.clone()] {
            let list: Vec<&Pair> = set.iter().collect();
            let model = ScoreModel::fit(&list, method).unwrap();
            assert_eq!(model, ScoreModel::fit(&list, method).unwrap());
            let (km, knm) = (ratios(&model, &set, true), ratios(&model, &set, false));
            let cost = metrics::cllr(&km, &knm).unwrap();
            assert!(cost < metrics::cllr_min(&km, &knm).unwrap() + 0.25, "{method:?} {cost}");
            assert!(model.bounds.high <= 190f64.log10() && model.bounds.low >= -190f64.log10());
            assert!(km.iter().chain(&knm).all(|x| *x <= model.bounds.high && *x >= model.bounds.low));
            let text = serde_json::to_string(&model).unwrap();
            assert_eq!(serde_json::from_str::<ScoreModel>(&text).unwrap(), model);
            costs.push(cost);
        }
        assert!(costs[2] < costs[0] && costs[2] < costs[1], "{method:?} {costs:?}");
    }
}

#[test]
fn the_ratio_never_falls_as_a_score_rises_even_where_the_data_say_so() {
    let mut all = pairs(10);
    // A second kind whose scores are upside down gets no weight instead of a negative one.
    all.iter_mut().for_each(|p| p.kinds[1].score = -p.kinds[1].score);
    let model = ScoreModel::fit(&all.iter().collect::<Vec<_>>(), Method::Score).unwrap();
    let slopes = &model.logistic.as_ref().unwrap().slopes;
    assert!(slopes[0] > 0.0 && slopes[1] == 0.0, "{slopes:?}");
}

#[test]
fn the_scale_and_origin_of_a_score_do_not_matter() {
    let all = only(0, &pairs(12));
    let mut other = all.clone();
    other.iter_mut().for_each(|p| p.kinds[0].score = 3e-4 * p.kinds[0].score - 17.0);
    let fitted = |set: &[Pair]| ScoreModel::fit(&set.iter().collect::<Vec<_>>(), Method::Score).unwrap();
    let (a, b) = (fitted(&all), fitted(&other));
    for (p, q) in all.iter().zip(&other) {
        assert!((a.unbounded(p) - b.unbounded(q)).abs() < 1e-6);
    }
}

#[test]
fn repeated_pairs_of_one_firearm_weigh_as_one() {
    let all = only(0, &pairs(8));
    let mut repeated = all.clone();
    for _ in 0..5 {
        repeated.extend(all.iter().filter(|p| p.firearms.0 == "g1" && p.is_km()).cloned());
    }
    let fitted = |set: &[Pair]| ScoreModel::fit(&set.iter().collect::<Vec<_>>(), Method::Score).unwrap();
    assert!((fitted(&all).unbounded(&all[0]) - fitted(&repeated).unbounded(&all[0])).abs() < 1e-9);
}

#[test]
fn too_little_is_refused_by_name() {
    let all = pairs(8);
    let fitted = |keep: &dyn Fn(&Pair) -> bool, method| {
        ScoreModel::fit(&all.iter().filter(|p| keep(p)).collect::<Vec<_>>(), method).unwrap_err().to_string()
    };
    assert!(fitted(&|p| !p.is_km(), Method::Score).contains("firearms with known matches: expected at least 3, got 0"));
    assert!(fitted(&Pair::is_km, Method::Score).contains("pairs of different firearms"));
    let bare: Vec<Pair> =
        all.iter().map(|p| Pair { kinds: vec![Measure { score: 1.0, count: None }], ..p.clone() }).collect();
    let refused = ScoreModel::fit(&bare.iter().collect::<Vec<_>>(), Method::Counts).unwrap_err().to_string();
    assert!(refused.contains("counts of cells"), "{refused}");
    // A score that tells nothing apart: the ratio is 1, not a fault.
    let flat = ScoreModel::fit(&bare.iter().collect::<Vec<_>>(), Method::Score).unwrap();
    assert!(flat.log10(&bare[0]).abs() < 1e-6);
}
