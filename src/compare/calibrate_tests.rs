//! Calibration on made-up firearms.

use super::*;
use crate::compare::metrics;
use proptest::prelude::*;

fn loss(rows: &[(Vec<f64>, bool, f64)], f: &Fit, ridge: f64) -> f64 {
    let cost = |r: &(Vec<f64>, bool, f64)| {
        let o = f.log_odds(&r.0);
        r.2 * (1.0 + (if r.1 { -o } else { o }).exp()).ln()
    };
    rows.iter().map(cost).sum::<f64>() + ridge / 2.0 * f.coefficients.iter().map(|c| c * c).sum::<f64>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_step_in_any_allowed_direction_lowers_the_loss(
        rows in prop::collection::vec((prop::collection::vec(0.0..1.0f64, 3), any::<bool>()), 6..40),
    ) {
        let rows: Vec<_> = rows.into_iter().map(|(x, y)| (x, y, 0.1)).collect();
        prop_assume!(rows.iter().any(|r| r.1) && rows.iter().any(|r| !r.1));
        let best = fit(&rows, 0.05);
        prop_assert!(best.coefficients.iter().all(|c| *c >= 0.0));
        let least = loss(&rows, &best, 0.05);
        for axis in 0..4 {
            for step in [-0.05, 0.05] {
                let mut other = best.clone();
                if axis == 3 { other.intercept += step } else { other.coefficients[axis] = (other.coefficients[axis] + step).max(0.0) }
                prop_assert!(loss(&rows, &other, 0.05) >= least - 1e-6);
            }
        }
    }
}

/// Firearms `0..guns` of two studies, three marks each; known matches agree better, with overlap.
fn rows(guns: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let mark = |i: usize| (format!("g{}", i / 3), if (i / 3).is_multiple_of(2) { "even" } else { "odd" }.to_owned());
    for i in 0..3 * guns {
        for j in i + 1..3 * guns {
            let (a, b) = (mark(i), mark(j));
            let noise = (scramble((i * 1000 + j) as u64) % 1000) as f64 / 1000.0;
            let z = if a.0 == b.0 { 5.0 + 10.0 * noise } else { 2.0 + 4.5 * noise };
            let features =
                Features { peak_z: z, search_z: z, cmc_share: z / 30.0, ccf_coarse: 0.1, ..Features::default() };
            rows.push(Row {
                reference_firearm: a.0,
                comparison_firearm: b.0,
                reference_study: a.1,
                comparison_study: b.1,
                features,
            });
        }
    }
    rows
}

#[test]
fn a_trained_model_separates_is_calibrated_and_reads_back() {
    let rows = rows(8);
    let parameters = CompareParameters::default();
    let model = train(&rows, &parameters, Region::BreechFace, Modality::Heights, "made up", "inventada").unwrap();
    assert_eq!(
        model,
        train(&rows, &parameters, Region::BreechFace, Modality::Heights, "made up", "inventada").unwrap()
    );
    let scores =
        |km: bool| rows.iter().filter(|r| r.is_km() == km).map(|r| model.score(&r.features)).collect::<Vec<_>>();
    let (km, knm) = (scores(true), scores(false));
    assert!(metrics::auc(&km, &knm).unwrap() > 0.95);
    let cost = metrics::cllr(&km, &knm).unwrap();
    assert!(cost < 0.4 && cost < metrics::cllr_min(&km, &knm).unwrap() + 0.2, "{cost}");
    assert_eq!((model.population.firearms, model.population.known_match_pairs), (8, 24));
    assert_eq!(model.population.known_non_match_firearm_pairs, 6 + 6);
    let back = Model::from_json(&serde_json::to_string(&model).unwrap()).unwrap();
    assert_eq!(back, model);
    for interval in &model.intervals {
        assert!(interval.low <= interval.score && interval.score <= interval.high);
    }
    let scores = &model.scores;
    assert_eq!((scores.known_matches.len(), scores.known_non_matches.len()), (24, 108));
    for fold in firearm_folds(&rows, 3) {
        let (km, knm) = fold.sides(&rows);
        assert!(metrics::auc(&km, &knm).unwrap() > 0.95);
        let firearms = |list: &[(usize, f64)]| -> BTreeSet<String> {
            list.iter()
                .flat_map(|(at, _)| [rows[*at].reference_firearm.clone(), rows[*at].comparison_firearm.clone()])
                .collect()
        };
        assert!(firearms(&fold.held).is_disjoint(&firearms(&fold.trained)));
    }
    let (km, knm) = leave_study_out(&rows, "odd").sides(&rows);
    assert_eq!((km.len(), knm.len()), (12, 54));
}

#[test]
fn many_reference_scores_are_kept_as_quantiles_and_a_search_costs_what_its_size_says() {
    let scores: Vec<f64> = (0..20_000).map(|i| f64::from(i) / 1000.0).collect();
    let kept = ReferenceScores::of(&scores, &scores[..7]);
    assert_eq!((kept.known_matches.len(), kept.known_non_matches.len()), (ReferenceScores::MOST, 7));
    let mean = kept.known_matches.iter().sum::<f64>() / kept.known_matches.len() as f64;
    assert!((mean - 9.9995).abs() < 0.001, "{mean}");
    let model = Model::built_in().unwrap();
    let cost = |gallery: usize| model.picked_from(gallery).log10(5.0, 1.5) - 1.5;
    assert!(cost(1) > -0.5 && cost(100) < -1.4 && cost(10_000) < -3.4, "{} {} {}", cost(1), cost(100), cost(10_000));
}

#[test]
fn too_little_and_broken_data_are_refused() {
    let parameters = CompareParameters::default();
    let tried = |rows: &[Row]| train(rows, &parameters, Region::BreechFace, Modality::Heights, "", "");
    assert!(matches!(tried(&rows(2)), Err(CalibrateError::TooFew { got: 2, .. })));
    let unrelated: Vec<Row> = rows(4).into_iter().filter(Row::is_km).collect();
    assert!(matches!(tried(&unrelated), Err(CalibrateError::TooFew { field: "known non-matches", .. })));
}
