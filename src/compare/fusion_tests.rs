//! Fusions of made-up firearms whose kinds of marks depend on each other.

use super::*;
use crate::compare::metrics;
use Region::{ApertureShear, BreechFace, Ejector, FiringPin};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = (rng.random_range(1e-12..1.0), rng.random_range(0.0..std::f64::consts::TAU));
    (-2.0 * u.ln()).sqrt() * v.cos()
}

/// `guns` firearms, two known matches each, one pair of any two. How well a firearm marks (`common`) moves the scores of all kinds of its known matches
/// together; a kind is missing with chance `missing`, but not all of them.
fn city(guns: usize, common: f64, missing: f64, seed: u64) -> Vec<KnownPair> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut pairs = Vec::new();
    for i in 0..guns {
        let marks = common * normal(&mut rng);
        for j in i..guns {
            for _ in 0..if i == j { 2 } else { 1 } {
                let mut evidence = Evidence::none();
                let sure = [BreechFace, FiringPin, ApertureShear][rng.random_range(0..3)];
                for (kind, apart) in [(BreechFace, 2.5), (FiringPin, 3.5), (ApertureShear, 3.0)] {
                    let score = normal(&mut rng) + if i == j { apart + marks } else { 0.0 };
                    if rng.random::<f64>() >= missing || kind == sure {
                        evidence = evidence.with(kind, score);
                    }
                }
                pairs.push(KnownPair { firearms: (format!("g{i:03}"), format!("g{j:03}")), evidence });
            }
        }
    }
    pairs
}

fn fitted(pairs: &[KnownPair]) -> Fusion {
    Fusion::fit(&pairs.iter().collect::<Vec<_>>()).unwrap()
}

/// Ratios of known matches and known non-matches by fusions that have not seen them: unbounded, bounded.
fn sides(pairs: &[KnownPair], kinds: &[Region]) -> [(Vec<f64>, Vec<f64>); 2] {
    let seen = |evidence: &Evidence| {
        let of = |e: Evidence, kind: &Region| evidence.score(*kind).map_or(e.clone(), |score| e.with(*kind, score));
        kinds.iter().fold(Evidence::none(), of)
    };
    let judged = unseen(pairs, 3, &seen).unwrap();
    [true, false].map(|km| {
        let side = judged.iter().filter(|u| pairs[u.pair].is_km() == km);
        side.map(|u| (u.fused.score, u.fused.log10_lr)).unzip()
    })
}

fn cost(pairs: &[KnownPair], kinds: &[Region]) -> f64 {
    let [km, knm] = sides(pairs, kinds);
    metrics::cllr(&km.1, &knm.1).unwrap()
}

#[test]
fn kinds_together_beat_each_alone_and_beat_the_product_of_their_ratios() {
    let pairs = city(60, 1.0, 0.0, 5);
    let kinds = [BreechFace, FiringPin, ApertureShear];
    let fused = cost(&pairs, &kinds);
    for kind in kinds {
        assert!(fused < 0.6 * cost(&pairs, &[kind]), "{kind:?}: {fused} {}", cost(&pairs, &[kind]));
    }
    // The product of the single ratios, unbounded on both sides so that only the dependence counts.
    let each: Vec<_> = kinds.iter().map(|kind| sides(&pairs, &[*kind])).collect();
    let product = [0, 1].map(|side| -> Vec<f64> {
        (0..each[0][side].0.len()).map(|at| each.iter().map(|kind| kind[side].0[at]).sum()).collect()
    });
    let [km, knm] = sides(&pairs, &kinds);
    let (joint, multiplied) = (metrics::cllr(&km.0, &knm.0).unwrap(), metrics::cllr(&product[0], &product[1]).unwrap());
    assert!(joint < multiplied, "{joint} {multiplied}");
}

#[test]
fn a_missing_kind_counts_neither_for_nor_against() {
    let pairs = city(40, 0.6, 0.35, 6);
    let fusion = fitted(&pairs);
    assert_eq!(fusion.combinations.len(), 7, "three kinds have seven combinations");
    let alone: Vec<KnownPair> = pairs
        .iter()
        .filter_map(|p| {
            let evidence = Evidence::none().with(FiringPin, p.evidence.score(FiringPin)?);
            Some(KnownPair { firearms: p.firearms.clone(), evidence })
        })
        .collect();
    let single = fitted(&alone);
    for score in [-1.0, 0.5, 2.0, 5.0] {
        let evidence = Evidence::none().with(FiringPin, score);
        let (a, b) = (fusion.judge(&evidence).unwrap(), single.judge(&evidence).unwrap());
        assert_eq!((a.score, a.log10_lr, a.used.clone()), (b.score, b.log10_lr, vec![FiringPin]));
    }
    // What is no score is no evidence.
    let evidence = Evidence::none().with(FiringPin, 2.0);
    for nothing in [f64::NAN, f64::INFINITY, crate::compare::NO_SCORE] {
        assert_eq!(evidence.clone().with(BreechFace, nothing), evidence);
    }
    assert_eq!(fusion.judge(&Evidence::none()), None);
}

#[test]
fn ratios_of_different_combinations_stand_in_one_list() {
    let pairs = city(60, 0.6, 0.35, 7);
    let [km, knm] = sides(&pairs, &[BreechFace, FiringPin, ApertureShear]);
    let (cost, least) = (metrics::cllr(&km.1, &knm.1).unwrap(), metrics::cllr_min(&km.0, &knm.0).unwrap());
    assert!(cost < least + 0.12, "{cost} {least}");
    // Raw scores of whatever kind a pair has, in one list, are a worse order.
    let mean = |km: bool| -> Vec<f64> {
        let side = pairs.iter().filter(|p| p.is_km() == km);
        side.map(|p| p.evidence.kinds().filter_map(|k| p.evidence.score(k)).sum::<f64>()).collect()
    };
    let (fused, raw) = (metrics::auc(&km.0, &knm.0).unwrap(), metrics::auc(&mean(true), &mean(false)).unwrap());
    assert!(fused > raw, "{fused} {raw}");
}

#[test]
fn ratios_stay_within_what_each_combination_supports_and_rise_with_every_score() {
    let fusion = fitted(&city(30, 0.6, 0.3, 8));
    for c in &fusion.combinations {
        let evidence = |value: f64| c.kinds.iter().fold(Evidence::none(), |e, kind| e.with(*kind, value));
        let (low, high) = (fusion.judge(&evidence(-50.0)).unwrap(), fusion.judge(&evidence(50.0)).unwrap());
        assert_eq!((low.log10_lr, high.log10_lr), (c.model.bounds.low, c.model.bounds.high));
        assert!(high.bounds.high <= 435f64.log10() && high.score > high.log10_lr && high.used == c.kinds);
        let steps: Vec<f64> = (-5..9).map(|x| fusion.judge(&evidence(f64::from(x))).unwrap().score).collect();
        assert!(steps.is_sorted(), "{steps:?}");
    }
}

#[test]
fn a_combination_that_no_model_knows_is_judged_by_what_one_knows_and_says_so() {
    let mut pairs = city(30, 0.6, 0.0, 9);
    // Aperture shear is only ever there alone.
    for (at, pair) in pairs.iter_mut().enumerate() {
        let kept: &[Region] = if at % 2 == 0 { &[ApertureShear] } else { &[BreechFace, FiringPin] };
        pair.evidence =
            kept.iter().fold(Evidence::none(), |e, kind| e.with(*kind, pair.evidence.score(*kind).unwrap()));
    }
    let fusion = fitted(&pairs);
    let kinds: Vec<&[Region]> = fusion.combinations.iter().map(|c| c.kinds.as_slice()).collect();
    assert_eq!(kinds, [&[BreechFace][..], &[FiringPin], &[ApertureShear], &[BreechFace, FiringPin]]);
    let all = Evidence::none().with(BreechFace, 2.0).with(FiringPin, 2.0).with(ApertureShear, 2.0);
    let fused = fusion.judge(&all.clone().with(Ejector, 1.0)).unwrap();
    assert_eq!((fused.used, fused.unused), (vec![BreechFace, FiringPin], vec![ApertureShear, Ejector]));
    assert_eq!(fusion.judge(&Evidence::none().with(Ejector, 9.0)), None);
    assert!(fusion.picked_from(&all, 1000).is_some());
}

#[test]
fn folds_judge_no_firearm_that_they_have_seen() {
    let pairs = city(21, 0.6, 0.2, 10);
    let judged = unseen(&pairs, 3, &Evidence::clone).unwrap();
    let fold = |name: &str| name[1..].parse::<usize>().unwrap() % 3;
    let within = pairs.iter().filter(|p| fold(&p.firearms.0) == fold(&p.firearms.1)).count();
    assert_eq!(judged.len(), within);
    for one in &judged {
        let (a, b) = &pairs[one.pair].firearms;
        assert!(fold(a) == one.fold && fold(b) == one.fold, "{a} {b} {}", one.fold);
    }
    // A wild score of one firearm moves the ratios of the other folds only.
    let mut wild = pairs.clone();
    let moved = wild.iter().position(|p| p.firearms.0 == "g000" && p.firearms.1 == "g000").unwrap();
    wild[moved].evidence = Evidence::none().with(FiringPin, -40.0);
    let again = unseen(&wild, 3, &Evidence::clone).unwrap();
    for (a, b) in judged.iter().zip(&again) {
        assert!(a.pair == b.pair && (a.fold != 0 || a.pair == moved || a.fused == b.fused));
    }
    assert!(judged.iter().zip(&again).any(|(a, b)| a.fold != 0 && a.fused.score != b.fused.score));
    assert!(unseen(&pairs[..4], 3, &Evidence::clone).is_err(), "too few firearms");
}

#[test]
fn a_fusion_is_read_back_and_a_damaged_one_is_refused_with_the_field_that_is_wrong() {
    let pairs = city(12, 0.6, 0.3, 11);
    let fusion = fitted(&pairs);
    assert_eq!(fusion, fitted(&pairs));
    let text = serde_json::to_string(&fusion).unwrap();
    assert_eq!(Fusion::from_json(&text).unwrap(), fusion);
    let spoilt = |spoil: &dyn Fn(&mut Fusion)| {
        let mut other = fusion.clone();
        spoil(&mut other);
        Fusion::from_json(&serde_json::to_string(&other).unwrap()).unwrap_err().to_string()
    };
    let says = [
        (spoilt(&|f| f.version = 9), "version: expected 1, got 9"),
        (spoilt(&|f| f.combinations[1].kinds = vec![BreechFace]), "kinds: expected different kinds"),
        (spoilt(&|f| f.combinations[3].kinds = vec![FiringPin, BreechFace]), "kinds: expected different kinds"),
        (spoilt(&|f| f.combinations[0].model.method = Method::Counts), "model.method"),
        (spoilt(&|f| f.combinations[0].model.logistic.as_mut().unwrap().slopes[0] = -1.0), "slopes not below 0"),
        (spoilt(&|f| f.combinations[0].model.logistic.as_mut().unwrap().centres.clear()), "a finite number a kind"),
        (spoilt(&|f| f.combinations[0].model.bounds.high = -1.0), "model.bounds"),
        (spoilt(&|f| f.combinations[0].scores.known_matches.clear()), "scores"),
        (spoilt(&|f| f.combinations.clear()), "combinations: expected at least one"),
    ];
    for (got, wanted) in says {
        assert!(got.contains(wanted), "{wanted}: {got}");
    }
    assert!(Fusion::from_json("{").is_err());
}

#[test]
fn a_kept_fusion_tells_the_interval_of_each_ratio_and_few_firearms_make_it_wide() {
    let told = Told { population: Words::new("made-up firearms", "armas inventadas"), ..Told::default() };
    let of = |guns: usize| {
        let pairs = city(guns, 0.6, 0.2, 12);
        Fusion::train(&pairs.iter().collect::<Vec<_>>(), told.clone()).unwrap()
    };
    let (few, many) = (of(8), of(40));
    let evidence = Evidence::none().with(FiringPin, 1.0).with(ApertureShear, 1.0);
    let width = |fusion: &Fusion| {
        let fused = fusion.judge(&evidence).unwrap();
        let ratio = fusion.likelihood_ratio(&fused);
        let (LikelihoodRatio::Calibrated { population_spanish, .. }, Some((low, high))) = (&ratio, ratio.interval())
        else {
            panic!("{ratio:?}")
        };
        assert_eq!((population_spanish.as_str(), fused.interval), ("armas inventadas", Some((low, high))));
        let log10 = ratio.log10().unwrap();
        assert!(low <= log10 && log10 <= high && low >= fused.bounds.low && high <= fused.bounds.high, "{ratio:?}");
        high - low
    };
    assert!(width(&few) > width(&many), "{} {}", width(&few), width(&many));
    // What it was fitted to is not moved by keeping it.
    let plain = fitted(&city(40, 0.6, 0.2, 12));
    assert_eq!(plain.judge(&evidence).unwrap().score, many.judge(&evidence).unwrap().score);
    let fused = plain.judge(&evidence).unwrap();
    assert_eq!(fused.interval, None);
    assert_eq!(plain.likelihood_ratio(&fused).interval(), Some((fused.bounds.low, fused.bounds.high)));
    assert_eq!(Fusion::from_json(&serde_json::to_string(&many).unwrap()).unwrap(), many);
    let mut spoilt = many.clone();
    spoilt.combinations[0].intervals[3].low = 9e9;
    let says = Fusion::from_json(&serde_json::to_string(&spoilt).unwrap()).unwrap_err().to_string();
    assert!(says.contains("intervals"), "{says}");
    let ranks = Fusion { told: Told { only_ranks: Some(Words::new("only ranks", "solo ordena")), ..told }, ..many };
    let ratio = ranks.likelihood_ratio(&ranks.judge(&evidence).unwrap());
    assert!(matches!(ratio, LikelihoodRatio::Unavailable { spanish, .. } if spanish == "solo ordena"));
}
