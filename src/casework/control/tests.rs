//! Control charts and the flags that they raise.

use super::*;
use crate::casework::{Person, Role};

fn time(minute: i64) -> Timestamp {
    Timestamp::from_second(1_770_000_000 + 60 * minute).unwrap()
}

/// Ten qualifying runs about .95 with moving ranges of .01128, so that the standard deviation is .01.
fn qualified(later: &[f64]) -> Vec<Option<f64>> {
    let step = 0.01 * D2;
    let first = (0..QUALIFYING_RUNS).map(|k| 0.95 + if k % 2 == 0 { step / 2.0 } else { -step / 2.0 });
    first.chain(later.iter().map(|d| 0.95 + 0.01 * d)).map(Some).collect()
}

fn rules(later: &[f64]) -> Vec<Vec<ControlRule>> {
    let chart = ControlChart::of(&qualified(later));
    let limits = chart.limits.unwrap();
    assert!((limits.centre - 0.95).abs() < 1e-12 && (limits.sd - 0.01).abs() < 1e-12, "{limits:?}");
    assert!(chart.states[..QUALIFYING_RUNS].iter().all(|s| *s == ControlState::Qualifying));
    chart.states[QUALIFYING_RUNS..]
        .iter()
        .map(|state| match state {
            ControlState::OutOfControl { rules } => rules.clone(),
            ControlState::InControl => vec![],
            ControlState::Qualifying => panic!("monitored by now"),
        })
        .collect()
}

/// The rules from their definitions, over every window that ends with the last run.
fn rules_directly(distances: &[f64]) -> Vec<ControlRule> {
    let last = *distances.last().unwrap();
    let window = |n: usize| distances.iter().rev().take(n).copied().collect::<Vec<f64>>();
    let same_side =
        |n: usize, limit: f64| window(n).iter().filter(|d| d.abs() > limit && (**d > 0.0) == (last > 0.0)).count();
    let mut rules = vec![];
    if last.abs() > 3.0 {
        rules.push(ControlRule::BeyondThree);
    }
    if last.abs() > 2.0 && same_side(3, 2.0) >= 2 {
        rules.push(ControlRule::TwoOfThree);
    }
    if last.abs() > 1.0 && same_side(5, 1.0) >= 4 {
        rules.push(ControlRule::FourOfFive);
    }
    if window(8).len() == 8 && same_side(8, 0.0) == 8 {
        rules.push(ControlRule::EightInARow);
    }
    rules
}

#[test]
fn each_rule_is_broken_by_what_it_says_and_not_by_less() {
    use ControlRule::*;
    assert_eq!(rules(&[-3.1])[0], [BeyondThree]);
    assert_eq!(rules(&[2.9])[0], []);
    assert_eq!(rules(&[-2.1, 0.3, -2.2])[2], [TwoOfThree]);
    assert_eq!(rules(&[-2.1, 0.3, 2.2])[2], [], "on two sides");
    assert_eq!(rules(&[-2.1, -0.3, 0.2, -2.2])[3], [], "too far apart");
    assert_eq!(rules(&[1.2, 1.3, 0.5, 1.4, 1.1])[4], [FourOfFive]);
    assert_eq!(rules(&[1.2, 1.3, 0.5, 1.4, 0.1])[4], [], "the last is itself near the centre");
    let mut eight = [0.4; 9];
    assert_eq!(rules(&eight[..8])[7], [EightInARow]);
    eight[8] = -0.2;
    assert_eq!(rules(&eight)[8], [], "one on the other side ends it");
}

#[test]
fn the_rules_agree_with_their_definitions() {
    let mut state = 7u64;
    let mut normal = || {
        (0..12)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f64 / (1u64 << 24) as f64
            })
            .sum::<f64>()
            - 6.0
    };
    let distances: Vec<f64> = (0..4_000).map(|k| normal() + if k % 500 > 400 { 1.5 } else { 0.0 }).collect();
    let mut alarms = 0;
    for end in 1..distances.len() {
        let found = broken(&distances[..end]);
        assert_eq!(found, rules_directly(&distances[..end]), "{end}");
        alarms += usize::from(!found.is_empty());
    }
    assert!(alarms > 100, "{alarms}");
}

#[test]
fn a_chart_needs_its_qualification_and_a_lost_image_is_out_of_control() {
    let chart = ControlChart::of(&qualified(&[])[..9]);
    assert_eq!(chart.limits, None);
    let mut scores = qualified(&[0.1, 0.2]);
    scores.insert(4, None);
    scores.push(None);
    let chart = ControlChart::of(&scores);
    assert_eq!(chart.states[4], ControlState::OutOfControl { rules: vec![ControlRule::NotComparable] });
    assert_eq!(chart.states[10], ControlState::Qualifying, "the lost image qualified nothing");
    assert_eq!((chart.states[11].is_out(), chart.states[13].is_out()), (false, true));
    // Runs that agree to the last digit leave room for the third decimal.
    assert_eq!(Limits::of(&[0.97; 10]).unwrap().sd, LEAST_SD);
}

fn run(minute: i64, score: f64, restart: Option<&str>) -> ControlRun {
    ControlRun {
        instrument: "Confocal 1".into(),
        standard: "SRM 2461".into(),
        at: time(minute),
        by: "T. Soto".into(),
        file_name: format!("{minute}.x3p"),
        sha256: Digest::of(&minute.to_le_bytes()),
        score: Some(score),
        cells: (20, 24),
        comparison: Digest::of(b"one"),
        restart: restart.map(str::to_owned),
    }
}

fn runs(later: &[f64]) -> Vec<ControlRun> {
    qualified(later).into_iter().zip(0..).map(|(score, minute)| run(minute, score.unwrap(), None)).collect()
}

#[test]
fn a_flag_reaches_from_the_last_good_run_to_the_next_one() {
    let all = runs(&[0.3, -4.0, -5.0, 0.2]);
    assert_eq!(flag_step(&all[..11], &[]), FlagStep::End);
    let FlagStep::Raise(flag) = flag_step(&all[..12], &[]) else { panic!("out of control") };
    assert_eq!((flag.from, flag.until, flag.raised), (Some(time(10)), None, time(11)));
    assert!(flag.open() && flag.covers(time(100)) && !flag.covers(time(10)) && !flag.covers(time(3)));
    assert_eq!(flag_step(&all[..13], std::slice::from_ref(&*flag)), FlagStep::Leave, "it is flagged already");
    assert_eq!(flag_step(&all, std::slice::from_ref(&*flag)), FlagStep::End);
    // Taken back by a person: what lies before that is not flagged again.
    let by = Person::new("Q. Mora", Role::Auditor).unwrap();
    let lifted =
        ControlFlag { lifted: Some(Lifted { by, at: time(12), reason: "dust on the standard".into() }), ..*flag };
    assert!(!lifted.covers(time(11)));
    let FlagStep::Raise(again) = flag_step(&all[..13], &[lifted]) else { panic!("still out of control") };
    assert_eq!(again.from, Some(time(12)));
}

#[test]
fn a_new_qualification_and_a_new_method_begin_another_chart() {
    let mut all = runs(&[-4.0]);
    all.push(run(20, 0.80, Some("new objective")));
    assert_eq!(flag_step(&all, &[]), FlagStep::End);
    all.push(run(21, 0.81, None));
    assert_eq!(on_chart(&all, &Digest::of(b"one")).len(), 2);
    assert_eq!(flag_step(&all, &[]), FlagStep::Leave);
    let mut other = run(22, 0.5, None);
    other.comparison = Digest::of(b"two");
    all.push(other);
    assert_eq!((on_chart(&all, &Digest::of(b"one")).len(), on_chart(&all, &Digest::of(b"two")).len()), (2, 1));
    assert_eq!(flag_step(&all, &[]), FlagStep::Leave, "compared otherwise, it says nothing against the old limits");
}
