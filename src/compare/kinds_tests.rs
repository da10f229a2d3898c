//! Every kind of mark through one entrance.

use super::*;
use crate::compare::fusion::{KnownPair, Told, Words};
use crate::compare::tests::Relief;
use crate::geometry::Pose;
use crate::grid::HeightMap;
use crate::mark::Suitability;
use crate::workings::Silent;
use Region::{ApertureShear, BreechFace, Ejector, FiringPin};

/// A breech face of a made-up relief, seen from a pose.
fn face(seed: u64, pose: Pose) -> Mark {
    Relief::of(seed).mark(pose, |_| true)
}

/// The same as small as a firing pin.
fn pin(seed: u64, pose: Pose) -> Mark {
    let mut mark = face(seed, pose);
    mark.region = FiringPin;
    mark.fine.pitch_um /= 3.6;
    mark.coarse.pitch_um /= 3.6;
    mark.centre.sd_um /= 3.6;
    mark
}

/// Striae of a made-up edge from `from` um on.
fn shear(seed: u64, from: f64) -> Mark {
    let at = |x: f64| -> f64 {
        (1..30u32)
            .map(|k| {
                let phase =
                    (f64::from(k) * (seed as f64 + 0.5) * 0.618_033_988_749_895).fract() * std::f64::consts::TAU;
                (x / (4.0 + f64::from(k)) + phase).sin()
            })
            .sum()
    };
    let strip = HeightMap {
        z: ndarray::Array2::from_shape_fn((41, 181), |(_, column)| at(from + column as f64 * 5.0) as f32),
        pitch_um: 5.0,
    };
    let mut mark = face(1, Pose::IDENTITY);
    mark.region = ApertureShear;
    mark.fine = HeightMap { z: crate::mark::column_means(&strip, 0.0), pitch_um: 5.0 };
    mark.coarse = strip;
    mark
}

fn unfit(mut mark: Mark) -> Mark {
    mark.quality.suitability = Suitability::Unsuitable {
        code: "area.too_small".to_owned(),
        english: "too small".to_owned(),
        spanish: "demasiado pequeña".to_owned(),
    };
    mark
}

/// Models as if they had been fitted: pins judged as breech faces are, and a fusion of made-up scores, mates higher by four in every kind.
fn models(only_ranks: bool) -> MarkModels {
    let face = Model::simulated().unwrap();
    let mut pin = face.clone();
    (pin.region, pin.parameters_hash) = (FiringPin, CompareParameters::of(FiringPin).hash());
    let mut pairs = Vec::new();
    for i in 0..14usize {
        for j in i..14 {
            let score = |k: usize| {
                let noise = ((pairs.len() * k + 5) as f64 * 0.618_033_988_749_895).fract() * 6.0 - 4.0;
                noise + if i == j { 4.0 } else { 0.0 }
            };
            let evidence = Evidence::none().with(BreechFace, score(1)).with(FiringPin, score(7));
            let evidence = evidence.with(ApertureShear, 3.0 + score(11));
            pairs.push(KnownPair { firearms: (format!("{i:02}"), format!("{j:02}")), evidence });
        }
    }
    let told = Told {
        population: Words::new("simulated pistols", "pistolas simuladas"),
        made: MarkModels::made(&face, &pin),
        only_ranks: only_ranks.then(|| Words::new("no reference population", "ninguna población de referencia")),
    };
    let fusion = Fusion::train(&pairs.iter().collect::<Vec<_>>(), told).unwrap();
    MarkModels::new(face, pin, fusion).unwrap()
}

fn pair(models: &MarkModels, a: &Mark, b: &Mark) -> KindComparison {
    models.compare(&Ready::of(a), &Ready::of(b), &mut Silent)
}

/// One pair of each kind of one source.
fn mates(models: &MarkModels) -> [KindComparison; 3] {
    let moved = Pose::new(0.3, 40.0, -20.0);
    [
        pair(models, &face(1, Pose::IDENTITY), &face(1, moved)),
        pair(models, &pin(2, Pose::IDENTITY), &pin(2, moved)),
        pair(models, &shear(3, 0.0), &shear(3, 60.0)),
    ]
}

#[test]
fn every_kind_of_a_simulated_pair_has_a_ratio_and_so_have_all_together() {
    let models = models(false);
    let kinds = mates(&models);
    for one in &kinds {
        let LikelihoodRatio::Calibrated { log10, low, high, population_english, .. } = &one.likelihood_ratio else {
            panic!("{:?}: {:?}", one.kind, one.likelihood_ratio)
        };
        assert!(*log10 > 0.0 && low <= log10 && log10 <= high && one.score.is_some(), "{one:?}");
        assert!(population_english.contains("simulated"), "{population_english}");
    }
    let together = models.together(&kinds);
    let fused = together.fused.unwrap();
    assert_eq!(fused.used, [BreechFace, FiringPin, ApertureShear]);
    let (low, high) = together.likelihood_ratio.interval().unwrap();
    let log10 = together.likelihood_ratio.log10().unwrap();
    assert!(low <= log10 && log10 <= high && log10 <= fused.bounds.high && fused.score >= log10, "{fused:?}");
    // Of others each kind speaks against one source, and so do all.
    let others = [
        pair(&models, &face(1, Pose::IDENTITY), &face(11, Pose::IDENTITY)),
        pair(&models, &pin(2, Pose::IDENTITY), &pin(12, Pose::IDENTITY)),
        pair(&models, &shear(3, 0.0), &shear(13, 0.0)),
    ];
    let against = models.together(&others);
    assert!(against.likelihood_ratio.log10().unwrap() < 0.0 && against.fused.unwrap().score < fused.score);
}

#[test]
fn of_models_that_only_rank_nothing_is_told_but_the_order_and_the_breech_faces_ratio() {
    let models = models(true);
    let [face_alone, pin_alone, shear_alone] = mates(&models);
    assert!(face_alone.likelihood_ratio.log10().is_some());
    for one in [&pin_alone, &shear_alone] {
        let LikelihoodRatio::Unavailable { english, spanish } = &one.likelihood_ratio else { panic!("{one:?}") };
        assert!(english.contains("no reference population"), "{english}");
        assert!(spanish.contains("población de referencia") && one.score.is_some());
    }
    let all = models.together(&[face_alone.clone(), pin_alone.clone(), shear_alone.clone()]);
    assert!(all.fused.is_some() && all.likelihood_ratio.log10().is_none());
    let alone = models.together(std::slice::from_ref(&face_alone));
    assert_eq!(alone.likelihood_ratio, face_alone.likelihood_ratio, "the breech face keeps its own ratio");
    assert!(alone.fused.unwrap().score < all.fused.unwrap().score);
}

#[test]
fn what_cannot_be_compared_enters_nothing_and_says_why() {
    let models = models(false);
    let good = shear(3, 0.0);
    let english = |one: &KindComparison| match &one.likelihood_ratio {
        LikelihoodRatio::Unavailable { english, .. } => english.clone(),
        LikelihoodRatio::Calibrated { .. } => panic!("{one:?}"),
    };
    let mut photograph = face(1, Pose::IDENTITY);
    photograph.modality = Modality::Reflectance;
    let mut ejector = face(1, Pose::IDENTITY);
    ejector.region = Ejector;
    let cases = [
        (pair(&models, &good, &unfit(shear(3, 0.0))), "too small"),
        (pair(&models, &pin(2, Pose::IDENTITY), &unfit(pin(2, Pose::IDENTITY))), "too small"),
        (pair(&models, &good, &pin(2, Pose::IDENTITY)), "two kinds of marks"),
        (pair(&models, &face(1, Pose::IDENTITY), &photograph), "a photograph"),
        (pair(&models, &ejector, &ejector), "ejector marks are not compared yet"),
    ];
    for (one, says) in &cases {
        assert!(one.score.is_none() && english(one).contains(says), "{says}: {one:?}");
    }
    let all: Vec<KindComparison> = cases.into_iter().map(|(one, _)| one).collect();
    let together = models.together(&all);
    assert!(together.fused.is_none() && together.evidence == Evidence::none());
    assert!(together.likelihood_ratio.log10().is_none());
    // Photographs are compared with each other, but the fusion has not seen any.
    let photographs = pair(&models, &photograph, &photograph);
    assert!(photographs.score.is_some() && models.together(&[photographs]).fused.is_none());
}

#[test]
fn one_against_many_is_each_on_its_own_and_the_best_of_a_kind_counts() {
    let models = models(false);
    let marks = [shear(3, 60.0), shear(14, 0.0), pin(2, Pose::IDENTITY), unfit(shear(3, 0.0))];
    let ready: Vec<Ready> = marks.iter().map(Ready::of).collect();
    for reference in [Ready::of(&shear(3, 0.0)), Ready::of(&pin(2, Pose::new(0.2, 5.0, 8.0)))] {
        let many = models.compare_many(&reference, &ready.iter().collect::<Vec<_>>());
        let each: Vec<KindComparison> =
            ready.iter().map(|other| models.compare(&reference, other, &mut Silent)).collect();
        assert_eq!(many, each);
        let best = each.iter().filter_map(|one| one.score).fold(f64::NEG_INFINITY, f64::max);
        assert_eq!(models.together(&each).evidence.score(reference.kind()), Some(best));
    }
}

#[test]
fn a_fusion_of_scores_made_otherwise_is_refused() {
    let models = models(false);
    let refused = MarkModels::new(Model::built_in().unwrap(), models.pin.clone(), models.fusion.clone()).unwrap_err();
    assert!(refused.to_string().contains("fusion: scores of BreechFace: expected"), "{refused}");
}

#[test]
fn the_models_of_the_program_go_together_and_only_those_of_simulated_pistols_tell_ratios() {
    let (simulated, real) = (MarkModels::simulated().unwrap(), MarkModels::built_in().unwrap());
    assert!(simulated.fusion.told.only_ranks.is_none() && simulated.fusion.combinations.len() == 7);
    assert!(real.fusion.told.only_ranks.is_some() && real.fusion.combinations.len() == 7);
}
