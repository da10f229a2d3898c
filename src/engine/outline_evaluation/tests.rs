//! Outlines of simulated raw acquisitions, a few each time and five hundred on demand.

use super::*;
use crate::engine::progress::Unwatched;
use crate::mark::PhotoParameters;

#[test]
fn raw_acquisitions_are_outlined_and_foreign_things_are_not() {
    let trial = OutlineTrial { seed: 5, acquisitions: 6, foreign: 1 };
    let measured = evaluate_outlines(trial, &OutlineParameters::default(), &Unwatched).unwrap();
    for score in &measured.scores {
        assert_eq!(score.finding, Finding::Found, "{score:?}");
        assert!(score.face > 0.75, "{score:?}");
    }
    assert!(measured.quantile(0.5) > 0.9, "{:?}", measured.scores);
    for foreign in &measured.foreign {
        assert!(!foreign.finding.usable(), "{foreign:?}");
    }
}

/// A number that the environment states, or the usual one.
fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(usual)
}

/// `cargo test --lib five_hundred -- --ignored --nocapture`; the number and the seed from `OUTLINES` and `OUTLINE_SEED`.
#[test]
#[ignore = "takes minutes; prints the distribution"]
fn five_hundred_raw_acquisitions() {
    let trial = OutlineTrial {
        seed: number("OUTLINE_SEED", 1),
        acquisitions: number("OUTLINES", 500) as u32,
        foreign: number("FOREIGN", 20) as u32,
    };
    let measured = evaluate_outlines(trial, &OutlineParameters::default(), &Unwatched).unwrap();
    let mut worst: Vec<&OutlineScore> = measured.scores.iter().collect();
    worst.sort_by(|a, b| a.face.total_cmp(&b.face));
    for score in worst.iter().take(25) {
        println!("{}", serde_json::to_string(score).unwrap());
    }
    let of = |values: Vec<f64>| {
        let mut values = values;
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values.get((share * values.len() as f64) as usize).copied().unwrap_or(f64::NAN);
        format!("5 % {:.3}, 10 % {:.3}, median {:.3}, 90 % {:.3}", at(0.05), at(0.1), at(0.5), at(0.9))
    };
    println!("face:  {}", of(measured.scores.iter().map(|s| s.face).collect()));
    println!("pin:   {}", of(measured.scores.iter().filter_map(|s| s.pin).collect()));
    println!("shear: {}", of(measured.scores.iter().filter_map(|s| s.shear).collect()));
    println!("wrong region: {:.4}; foreign accepted: {:.4}", measured.wrong_region_rate(), measured.foreign_rate());
    for kind in Foreign::ALL {
        let mut found: Vec<&str> =
            measured.foreign.iter().filter(|f| f.thing == kind).map(|f| f.finding.code()).collect();
        found.sort_unstable();
        println!("{kind:?}: {found:?}");
    }
    assert!(measured.quantile(0.5) >= 0.93 && measured.quantile(0.05) >= 0.8);
    assert!(measured.wrong_region_rate() <= 0.01 && measured.foreign_rate() <= 0.02);
}

#[test]
fn photographs_are_outlined_round_apertures_of_every_shape() {
    let scores = evaluate_photographs(31, 8, 10.0, &PhotoParameters::default()).unwrap();
    let shapes: std::collections::BTreeSet<&str> = scores.iter().map(|s| s.aperture.name()).collect();
    assert!(shapes.len() > 1, "{shapes:?}");
    for score in &scores {
        assert!(score.missing.is_none() && score.face > 0.7, "{score:?}");
        assert!(score.hole > 0.8 && score.kept_out > 0.8, "{score:?}");
    }
}

#[test]
#[ignore = "a minute of work; prints how forty photographs are outlined"]
fn forty_photographs() {
    let count = number("OUTLINES", 40) as u32;
    let scores = evaluate_photographs(number("OUTLINE_SEED", 31), count, 10.0, &PhotoParameters::default()).unwrap();
    for score in &scores {
        println!("{}", serde_json::to_string(score).unwrap());
    }
    let of = |value: &dyn Fn(&PhotoScore) -> f64| {
        let mut values: Vec<f64> = scores.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[(share * values.len() as f64) as usize];
        format!("least {:.3}, 5 % {:.3}, 25 % {:.3}, median {:.3}", values[0], at(0.05), at(0.25), at(0.5))
    };
    println!("face: {}", of(&|s| s.face));
    println!("hole: {}", of(&|s| s.hole));
    println!("kept out: {}", of(&|s| s.kept_out));
}
