//! Tests of the neighbouring module.

use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn the_area_is_the_share_of_pairs_in_order(
        km in proptest::collection::vec(0i32..20, 1..30),
        knm in proptest::collection::vec(0i32..20, 1..30),
    ) {
        let (km, knm): (Vec<f64>, Vec<f64>) =
            (km.into_iter().map(f64::from).collect(), knm.into_iter().map(f64::from).collect());
        let curve = RocCurve::of_scores("c".into(), &km, &knm);
        let mut wins = 0.0;
        for a in &km {
            for b in &knm {
                wins += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
            }
        }
        prop_assert!((curve.auc - wins / (km.len() * knm.len()) as f64).abs() < 1e-12);
        prop_assert_eq!(curve.points.last().copied(), Some((1.0, 1.0)));
        prop_assert!(curve.points.windows(2).all(|w| w[0].0 <= w[1].0 && w[0].1 <= w[1].1));
    }

    #[test]
    fn exceedance_agrees_with_counting(values in proptest::collection::vec(-5.0..5.0f64, 1..40), x in -5.0..5.0f64) {
        let stairs = exceedance(&values, (-6.0, 6.0));
        let counted = values.iter().filter(|v| **v >= x).count() as f64 / values.len() as f64;
        let read = stairs.iter().rev().find(|p| p.0 < x).map_or(1.0, |p| p.1);
        prop_assert!((counted - read).abs() < 1e-12);
    }
}

#[test]
fn a_perfect_curve_shows_on_a_logarithmic_axis() {
    let curve = RocCurve::of_scores("perfect".into(), &[5.0, 6.0], &[1.0, 2.0, 3.0]);
    assert_eq!(curve.auc, 1.0);
    assert_eq!(on_axis(&curve.points, AxisScale::Log10, 0.1)[0], (0.1, 1.0));
    let view = RocPlot { curves: vec![curve], fpr_scale: AxisScale::Log10, ..RocPlot::default() };
    assert!(roc(&view, Language::En).unwrap().contains("AUC 1.0000"));
}

#[test]
fn plots_state_their_n_and_refuse_nothing_at_all() {
    let rank = RankCurve { name: "all".into(), share_at_rank: vec![0.9, 1.0], queries: 1234, gallery: 99 };
    let plot = rank_curve(&RankPlot { curves: vec![rank], ..RankPlot::default() }, Language::En).unwrap();
    assert!(plot.contains("n = 1,234 queries in a gallery of 99, 90.0 % at rank 1"), "{plot}");
    let view = TippettPlot { km: vec![3.0, -1.0], knm: vec![-2.0; 5], ..TippettPlot::default() };
    assert!(tippett(&view, Language::Es).unwrap().contains("50.0 % de KM bajo 0"));
    assert!(roc(&RocPlot::default(), Language::En).is_err());
    assert!(rank_curve(&RankPlot::default(), Language::En).is_err());
    assert!(tippett(&TippettPlot::default(), Language::En).is_err());
    assert!(line_chart(&LineChart::default(), Language::En).is_err());
}

#[test]
fn a_line_with_a_hole_is_drawn_in_two() {
    let points = vec![(1.0, 1.0), (2.0, 2.0), (3.0, f64::NAN), (4.0, 4.0), (5.0, 5.0)];
    let view = LineChart { lines: vec![Line { name: "a".into(), points }], ..LineChart::default() };
    assert_eq!(line_chart(&view, Language::En).unwrap().matches("<polyline").count(), 2);
}
