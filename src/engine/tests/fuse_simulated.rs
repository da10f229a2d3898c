//! Every kind of mark of simulated pistols: how far each tells firearms apart, and all together. Minutes of work: run on demand.

use super::*;
use crate::compare::CompareParameters;
use crate::compare::calibrate::{Row, train};
use crate::compare::fusion::{Told, Words};
use crate::compare::kinds::{Found, KindComparison, MarkModels, Ready};
use crate::compare::{Features, Model, metrics};
use crate::engine::fused_list::rank;
use crate::engine::outline::{other_marks, outlined};
use crate::engine::parameters::Parameters;
use crate::geometry::{Circle, Point};
use crate::ids::SpecimenId;
use crate::mark::{Mark, Modality, PrepareParameters, prepare, prepare_region};
use crate::simulate::{AMMUNITION, RawAcquisition, SimulatedFirearm, SimulatedShot};
use crate::workings::Silent;
use Region::{ApertureShear, BreechFace, FiringPin};
use ndarray::Array2;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The kinds of marks that a simulated case has.
const KINDS: [Region; 3] = [BreechFace, FiringPin, ApertureShear];
const SHOTS: u32 = 3;
/// Pistols that the model of firing pins is fitted to.
const PISTOLS_OF_PINS: u32 = 60;
/// Pistols that the fusions are fitted to: as of two cases in five both the shear is found, so many leave some fifty mates for it.
const PISTOLS_OF_FUSION: u32 = 160;

struct Case {
    firearm: u32,
    finish: &'static str,
    /// One a kind, in the order of [`KINDS`].
    marks: Vec<Mark>,
}

impl Case {
    fn ready(&self) -> Vec<Ready> {
        self.marks.iter().map(Ready::of).collect()
    }
}

/// Cases of `firearms` pistols, fired with ammunition that changes from shot to shot; `kinds` of their marks.
fn cases(seed: u64, firearms: u32, kinds: &[Region]) -> Vec<Case> {
    let each = |(number, shot): (u32, u32)| -> Case {
        let firearm = SimulatedFirearm::new(seed, number);
        let ammunition = AMMUNITION[(number * 7 + shot) as usize % AMMUNITION.len()];
        let shot = SimulatedShot::new(&firearm, shot, ammunition);
        let pitch_um = shot.instrument.pitch_um;
        let whole = shot.whole(&firearm, pitch_um).height_map();
        // The aperture's centre is the origin of the face's frame.
        let centre = shot.face_from_scan.inverse().apply(Point::default());
        let hole = Circle { centre, radius_um: firearm.aperture.half_x_um };
        let mark = |kind: &Region| {
            let parameters = PrepareParameters::of(*kind);
            if *kind == BreechFace {
                return prepare(&shot.cropped(&firearm, 6.25).height_map(), &parameters, &mut Silent).unwrap();
            }
            let mask = shot.parts(&firearm).mask(*kind, pitch_um);
            prepare_region(&whole, &mask, Some(hole), &parameters, &mut Silent).unwrap()
        };
        Case { firearm: number, finish: firearm.finish.name(), marks: kinds.iter().map(mark).collect() }
    };
    let all: Vec<(u32, u32)> = (1..=firearms).flat_map(|number| (1..=SHOTS).map(move |shot| (number, shot))).collect();
    all.into_par_iter().map(each).collect()
}

/// A pair of cases of one finish, as pairs across finishes are too easy, and what each kind of mark says of it.
struct Compared {
    cases: (usize, usize),
    kinds: Vec<KindComparison>,
}

impl Compared {
    fn features(&self, kind: Region) -> Option<Features> {
        self.kinds.iter().find(|one| one.kind == kind && one.score.is_some()).and_then(|one| match &one.found {
            Found::Areal(found) => Some(found.features),
            _ => None,
        })
    }

    fn score(&self, kind: Region) -> Option<f64> {
        self.kinds.iter().find(|one| one.kind == kind)?.score
    }
}

fn compared(cases: &[Case], models: &MarkModels) -> Vec<Compared> {
    let ready: Vec<Vec<Ready>> = cases.par_iter().map(Case::ready).collect();
    let each = |later: usize| -> Vec<Compared> {
        let earlier: Vec<usize> = (0..later).filter(|at| cases[*at].finish == cases[later].finish).collect();
        let mut found: Vec<Compared> =
            earlier.iter().map(|at| Compared { cases: (later, *at), kinds: Vec::new() }).collect();
        for (kind, own) in ready[later].iter().enumerate() {
            let others: Vec<&Ready> = earlier.iter().map(|at| &ready[*at][kind]).collect();
            let kinds = models.compare_many(own, &others);
            found.iter_mut().zip(kinds).for_each(|(pair, one)| pair.kinds.push(one));
        }
        found
    };
    (0..cases.len()).flat_map(each).collect()
}

/// The same of raw acquisitions with all their defects, along the outlines that are found; what is not found is an unsuitable mark. The models are fitted to
/// these: those fitted along the true outlines gave aperture shear ratios that cost more than none (Cllr 1.08).
fn raw_cases(seed: u64, firearms: u32, kinds: &[Region]) -> Vec<Case> {
    let parameters = Parameters::built_in().unwrap();
    let each = |(number, shot): (u32, u32)| -> Case {
        let raw = RawAcquisition::of(seed, number, shot).unwrap();
        let map = raw.surface.height_map();
        let (outlines, _, face) = outlined(&map, None, &parameters, &mut Silent).unwrap();
        let nowhere = Array2::from_elem(map.z.dim(), false);
        let mut found = vec![face];
        found.extend(other_marks(&map, &outlines).unwrap());
        let mark = |kind: &Region| match found.iter().find(|mark| mark.region == *kind) {
            Some(mark) => mark.clone(),
            None => prepare_region(&map, &nowhere, None, &PrepareParameters::of(*kind), &mut Silent).unwrap(),
        };
        Case { firearm: number, finish: raw.finish.name(), marks: kinds.iter().map(mark).collect() }
    };
    let all: Vec<(u32, u32)> = (1..=firearms).flat_map(|number| (1..=SHOTS).map(move |shot| (number, shot))).collect();
    all.into_par_iter().map(each).collect()
}

fn quantiles(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    let at = |q: f64| values.get(((values.len() as f64 - 1.0) * q).round() as usize).copied().unwrap_or(f64::NAN);
    [0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0].map(|q| format!("{:.3}", at(q))).join(" ")
}

fn name(cases: &[Case], at: usize) -> String {
    format!("s{:03}", cases[at].firearm)
}

/// Share of the cases whose best candidate of their finish is of their own firearm.
fn top_1(cases: &[Case], pairs: &[((usize, usize), f64)]) -> f64 {
    let mut best = vec![(f64::NEG_INFINITY, usize::MAX); cases.len()];
    for &((a, b), score) in pairs {
        for (one, other) in [(a, b), (b, a)] {
            if score > best[one].0 {
                best[one] = (score, other);
            }
        }
    }
    let own = |(at, best): &(usize, &(f64, usize))| cases.get(best.1).is_some_and(|c| c.firearm == cases[*at].firearm);
    best.iter().enumerate().filter(own).count() as f64 / cases.len() as f64
}

fn tell(name: &str, cases: &[Case], pairs: &[((usize, usize), f64)]) {
    let side = |km: bool| -> Vec<f64> {
        let mates = |at: (usize, usize)| cases[at.0].firearm == cases[at.1].firearm;
        pairs.iter().filter(|p| mates(p.0) == km).map(|p| p.1).collect()
    };
    let (km, knm) = (side(true), side(false));
    eprintln!(
        "{name}: pairs {} + {}, AUC {:.5}, EER {:.4}, top-1 {:.4}\n  KM  {}\n  KNM {}",
        km.len(),
        knm.len(),
        metrics::auc(&km, &knm).unwrap(),
        metrics::eer(&km, &knm).unwrap(),
        top_1(cases, pairs),
        quantiles(km),
        quantiles(knm)
    );
}

/// Figures of each kind alone, as it is.
fn tell_kinds(cases: &[Case], pairs: &[Compared]) {
    for (place, kind) in KINDS.into_iter().enumerate() {
        let unfit = cases.iter().filter(|c| !c.marks[place].suitable()).count();
        eprintln!("{kind:?}: {} cases, {unfit} unsuitable", cases.len());
        let scores: Vec<_> = pairs.iter().filter_map(|p| Some((p.cases, p.score(kind)?))).collect();
        tell(&format!("{kind:?}"), cases, &scores);
        for finish in cases.iter().map(|c| c.finish).collect::<BTreeSet<_>>() {
            let side = |km: bool| -> Vec<f64> {
                let of_finish = scores.iter().filter(|(at, _)| cases[at.0].finish == finish);
                of_finish.filter(|(at, _)| (cases[at.0].firearm == cases[at.1].firearm) == km).map(|s| s.1).collect()
            };
            let (km, knm) = (side(true), side(false));
            eprintln!("  {finish}: {} + {}, AUC {:?}", km.len(), knm.len(), metrics::auc(&km, &knm));
        }
    }
}

fn known(cases: &[Case], pairs: &[Compared], face: &Model) -> Vec<KnownPair> {
    let evidence = |pair: &Compared| {
        KINDS.iter().fold(Evidence::none(), |told, kind| {
            let score = match (kind, pair.features(*kind)) {
                (BreechFace, Some(features)) => Some(face.score(&features)),
                _ => pair.score(*kind),
            };
            told.with(*kind, score.unwrap_or(f64::NAN))
        })
    };
    let firearms = |pair: &Compared| (name(cases, pair.cases.0), name(cases, pair.cases.1));
    pairs.iter().map(|pair| KnownPair { firearms: firearms(pair), evidence: evidence(pair) }).collect()
}

/// A fusion without models of its own, to compare with while there is none.
fn unfitted() -> Fusion {
    let pairs: Vec<KnownPair> = (0..6)
        .flat_map(|i| (i..6).map(move |j| (i, j)))
        .map(|(i, j)| KnownPair {
            firearms: (i.to_string(), j.to_string()),
            evidence: Evidence::none().with(BreechFace, f64::from(u8::from(i == j)) + f64::from(i) * 0.1),
        })
        .collect();
    Fusion::fit(&pairs.iter().collect::<Vec<_>>()).unwrap()
}

fn write(file: &str, text: &str) {
    if let Ok(folder) = std::env::var("BRASSLINK_OUT") {
        std::fs::write(Path::new(&folder).join(file), text).unwrap();
    }
}

#[test]
#[ignore = "minutes of work; fits the models of simulated firing pins and the fusions, and writes them where BRASSLINK_OUT says"]
fn fit_the_models_of_simulated_pistols() {
    let faces = Model::simulated().unwrap();
    // Whatever model scores, the features are the same.
    let plain = MarkModels::new(faces.clone(), faces.clone(), unfitted()).unwrap();
    let shots = raw_cases(183, PISTOLS_OF_PINS, &[FiringPin]);
    let (pistols, count) = (PISTOLS_OF_PINS, shots.len());
    let rows: Vec<Row> = compared(&shots, &plain)
        .iter()
        .filter_map(|pair| {
            let (a, b) = pair.cases;
            Some(Row {
                reference_firearm: name(&shots, a),
                comparison_firearm: name(&shots, b),
                reference_study: shots[a].finish.to_owned(),
                comparison_study: shots[b].finish.to_owned(),
                features: pair.features(FiringPin)?,
            })
        })
        .collect();
    let pin = train(
        &rows,
        &CompareParameters::of(FiringPin),
        FiringPin,
        Modality::Heights,
        &format!(
            "simulated firing-pin impressions: {count} raw acquisitions of {pistols} simulated pistols, ammunition changed from shot to shot, cut along automatic outlines, measured as heights; no real pistols"
        ),
        &format!(
            "impresiones de percutor simuladas: {count} adquisiciones sin tratar de {pistols} pistolas simuladas, munición distinta en cada disparo, recortadas por contornos automáticos, medidas en altura; ninguna pistola real"
        ),
    )
    .unwrap();
    pin.terms.iter().for_each(|term| eprintln!("{} {}", term.name, term.coefficient));
    write("model-simulated-pin.json", &serde_json::to_string(&pin).unwrap());
    let models = MarkModels::new(faces.clone(), pin.clone(), unfitted()).unwrap();
    let shots = raw_cases(184, PISTOLS_OF_FUSION, &KINDS);
    let (pistols, count) = (PISTOLS_OF_FUSION, shots.len());
    let pairs = compared(&shots, &models);
    tell_kinds(&shots, &pairs);
    let population = Words::new(
        &format!(
            "marks of {count} raw acquisitions of {pistols} simulated pistols of five finishes, ammunition changed from shot to shot, cut along automatic outlines, measured as heights; pairs of different pistols of one finish; no real pistols"
        ),
        &format!(
            "marcas de {count} adquisiciones sin tratar de {pistols} pistolas simuladas de cinco acabados, munición distinta en cada disparo, recortadas por contornos automáticos, medidas en altura; pares de pistolas distintas de un mismo acabado; ninguna pistola real"
        ),
    );
    let only_ranks = Words::new(
        "no reference population of real firing-pin impressions or aperture shear has been fitted: a model of simulated pistols orders the list by all marks, and only the breech face has a likelihood ratio",
        "no se ha ajustado ninguna población de referencia de impresiones de percutor ni de cizallamiento de la abertura reales: un modelo de pistolas simuladas ordena la lista por todas las marcas y solo la cara de recámara tiene razón de verosimilitud",
    );
    for (file, face, only_ranks) in [
        ("fusion-simulated.json", &faces, None),
        ("fusion-ranking.json", &Model::built_in().unwrap(), Some(only_ranks)),
    ] {
        let told = Told { population: population.clone(), made: MarkModels::made(face, &pin), only_ranks };
        let known = known(&shots, &pairs, face);
        let fusion = Fusion::train(&known.iter().collect::<Vec<_>>(), told).unwrap();
        for c in &fusion.combinations {
            eprintln!("{file} {:?}: {:?} {:?}", c.kinds, c.model.bounds, c.model.logistic);
        }
        write(file, &serde_json::to_string(&fusion).unwrap());
        if fusion.told.only_ranks.is_none() {
            measure_unseen(&MarkModels::new(face.clone(), pin.clone(), fusion).unwrap(), &raw_cases(185, 50, &KINDS));
        }
    }
}

#[test]
#[ignore = "minutes of work: measures every kind of mark alone and together on simulated pistols that no model has seen"]
fn simulated_pistols_by_every_kind_of_mark() {
    let seed = std::env::var("BRASSLINK_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(180);
    measure(&MarkModels::simulated().unwrap(), &cases(seed, 30, &KINDS));
}

/// The number of pistols, of three cases each, from `BRASSLINK_PISTOLS`.
#[test]
#[ignore = "minutes of work: the same along automatic outlines of raw acquisitions with all their defects"]
fn raw_acquisitions_by_every_kind_of_mark() {
    let number = |name: &str, usual| std::env::var(name).ok().and_then(|s| s.parse().ok()).unwrap_or(usual);
    let shots = raw_cases(number("BRASSLINK_SEED", 182), number("BRASSLINK_PISTOLS", 60) as u32, &KINDS);
    measure_unseen(&MarkModels::simulated().unwrap(), &shots);
}

/// Every kind alone and together, on pistols of another seed than those of the models: each is worth more than no ratio (Cllr 1), all more than each.
fn measure_unseen(models: &MarkModels, shots: &[Case]) {
    let costs = measure(models, shots);
    for kind in KINDS {
        let alone = costs[&[kind][..]];
        assert!(alone < 1.0 && costs[&KINDS[..]] < alone, "{kind:?}: {costs:?}");
    }
}

/// Prints what every combination of kinds is worth, and gives its cost (Cllr).
fn measure(models: &MarkModels, shots: &[Case]) -> BTreeMap<Vec<Region>, f64> {
    let pairs = compared(shots, models);
    tell_kinds(shots, &pairs);
    let mut costs = BTreeMap::new();
    for kinds in [
        &[BreechFace][..],
        &[FiringPin],
        &[ApertureShear],
        &[BreechFace, FiringPin],
        &[BreechFace, ApertureShear],
        &[FiringPin, ApertureShear],
        &KINDS,
    ] {
        let judged: Vec<_> = pairs
            .iter()
            .filter_map(|pair| {
                let kept: Vec<KindComparison> =
                    pair.kinds.iter().filter(|one| kinds.contains(&one.kind)).cloned().collect();
                let together = models.together(&kept);
                Some((pair.cases, together.fused?.score, together.likelihood_ratio.log10()?))
            })
            .collect();
        tell(&format!("{kinds:?}"), shots, &judged.iter().map(|j| (j.0, j.1)).collect::<Vec<_>>());
        let side = |km: bool| -> Vec<(f64, f64)> {
            let mates = |at: (usize, usize)| shots[at.0].firearm == shots[at.1].firearm;
            judged.iter().filter(|j| mates(j.0) == km).map(|j| (j.1, j.2)).collect()
        };
        let measured = figures(&side(true), &side(false));
        eprintln!(
            "  Cllr {:.4} (unbounded {:.4}, min {:.4}) misleading KM {:.4} KNM {:.4}",
            measured.cllr.unwrap(),
            measured.cllr_unbounded.unwrap(),
            measured.cllr_min.unwrap(),
            measured.misleading_km.unwrap(),
            measured.misleading_knm.unwrap()
        );
        costs.insert(kinds.to_vec(), measured.cllr.unwrap());
    }
    costs
}

/// The same through the list: one query, few specimens.
#[test]
fn a_specimen_is_found_by_all_its_marks() {
    let models = MarkModels::simulated().unwrap();
    let shots = cases(181, 6, &[FiringPin, ApertureShear]);
    let gallery: Vec<(SpecimenId, Vec<Ready>)> = shots
        .iter()
        .enumerate()
        .filter(|(at, _)| at % SHOTS as usize != 0)
        .map(|(at, case)| (SpecimenId::new(format!("{}-{at:02}", name(&shots, at))), case.ready()))
        .collect();
    for case in shots.iter().step_by(SHOTS as usize) {
        let listed = rank(&models, &case.ready(), &gallery, 5);
        let own = format!("s{:03}", case.firearm);
        assert!(listed[0].specimen.as_str().starts_with(&own), "{own}: {listed:?}");
        assert!(listed.len() == 5 && listed.is_sorted_by(|a, b| a.fused.score >= b.fused.score));
    }
}
