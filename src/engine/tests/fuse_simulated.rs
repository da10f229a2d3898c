//! Every kind of mark of simulated pistols: how far each tells firearms apart, and all together. Minutes of work: run on demand.

use super::*;
use crate::compare::calibrate::{Row, train};
use crate::compare::metrics;
use crate::compare::profile::{ProfileParameters, Striated, compare_profiles};
use crate::compare::{CompareParameters, Model, Prepared, compare_many};
use crate::geometry::{Circle, Point};
use crate::mark::{Mark, Modality, PrepareParameters, cut_out, prepare, prepare_shear};
use crate::simulate::{AMMUNITION, SimulatedFirearm, SimulatedShot};
use crate::workings::Silent;
use Region::{ApertureShear, BreechFace, FiringPin};
use rayon::prelude::*;
use std::path::Path;

const FIREARMS: u32 = 40;
const SHOTS: u32 = 3;

struct Case {
    firearm: u32,
    finish: &'static str,
    face: Mark,
    pin: Mark,
    shear: Mark,
}

fn cases(seed: u64, with_faces: bool) -> Vec<Case> {
    let each = |number: u32| -> Vec<Case> {
        let firearm = SimulatedFirearm::new(seed, number);
        (1..=SHOTS)
            .map(|shot| {
                let ammunition = AMMUNITION[(number * 7 + shot) as usize % AMMUNITION.len()];
                let shot = SimulatedShot::new(&firearm, shot, ammunition);
                let pitch_um = shot.instrument.pitch_um;
                let whole = shot.whole(&firearm, pitch_um).height_map();
                let region =
                    |region: Region| cut_out(&whole, &shot.truth(&firearm, region, pitch_um).unwrap()).unwrap();
                let (pin, shear) = (region(FiringPin), region(ApertureShear));
                // The aperture's centre is the origin of the face's frame.
                let hole = shot.face_from_scan.inverse().apply(Point::default());
                let hole = Circle { centre: shear.place(hole), radius_um: firearm.aperture.half_x_um };
                let parameters = PrepareParameters::of(ApertureShear);
                let face = if with_faces {
                    let map = shot.cropped(&firearm, 6.25).height_map();
                    prepare(&map, &PrepareParameters::default(), &mut Silent).unwrap()
                } else {
                    prepare(&pin.map, &PrepareParameters::of(FiringPin), &mut Silent).unwrap()
                };
                Case {
                    firearm: number,
                    finish: firearm.finish.name(),
                    face,
                    pin: prepare(&pin.map, &PrepareParameters::of(FiringPin), &mut Silent).unwrap(),
                    shear: prepare_shear(&shear.map, Some(hole), &parameters, &mut Silent).unwrap(),
                }
            })
            .collect()
    };
    (1..=FIREARMS).into_par_iter().map(each).collect::<Vec<_>>().into_iter().flatten().collect()
}

/// What pairs of an areal mark give, the later one as reference: places, score, and the row for a calibration.
fn areal(cases: &[Case], of: &dyn Fn(&Case) -> &Mark, model: &Model, region: Region) -> Vec<(usize, usize, f64, Row)> {
    let parameters = CompareParameters::of(region);
    let prepared: Vec<Prepared> = cases.iter().map(|case| Prepared::of(of(case), &parameters)).collect();
    let mut found = Vec::new();
    for (later, reference) in prepared.iter().enumerate() {
        let others: Vec<&Prepared> = prepared[..later].iter().collect();
        for (earlier, one) in compare_many(reference, &others, &parameters, model).into_iter().enumerate() {
            let name = |at: usize| format!("s{:03}", cases[at].firearm);
            let study = |at: usize| cases[at].finish.to_owned();
            let row = Row {
                reference_firearm: name(later),
                comparison_firearm: name(earlier),
                reference_study: study(later),
                comparison_study: study(earlier),
                features: one.features,
            };
            found.push((later, earlier, one.score, row));
        }
    }
    found
}

fn quantiles(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    let at = |q: f64| values.get(((values.len() as f64 - 1.0) * q).round() as usize).copied().unwrap_or(f64::NAN);
    [0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0].map(|q| format!("{:.3}", at(q))).join(" ")
}

/// Share of the cases whose best candidate is of their own firearm.
fn top_1(cases: &[Case], pairs: &[(usize, usize, f64)]) -> f64 {
    let mut best = vec![(f64::NEG_INFINITY, usize::MAX); cases.len()];
    for &(a, b, score) in pairs {
        for (one, other) in [(a, b), (b, a)] {
            if score > best[one].0 {
                best[one] = (score, other);
            }
        }
    }
    let right = best
        .iter()
        .enumerate()
        .filter(|(at, (_, other))| cases.get(*other).is_some_and(|c| c.firearm == cases[*at].firearm));
    right.count() as f64 / cases.len() as f64
}

fn tell(name: &str, cases: &[Case], pairs: &[(usize, usize, f64)]) {
    let side = |km: bool| -> Vec<f64> {
        pairs.iter().filter(|p| (cases[p.0].firearm == cases[p.1].firearm) == km).map(|p| p.2).collect()
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

fn striated(cases: &[Case]) -> Vec<(usize, usize, f64, f64, f64)> {
    let parameters = ProfileParameters::default();
    let ready: Vec<Option<Striated>> = cases.iter().map(|case| Striated::of(&case.shear, &parameters).ok()).collect();
    let pairs: Vec<(usize, usize)> = (0..cases.len()).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
    let compared = pairs.par_iter().filter_map(|&(a, b)| {
        let found = compare_profiles(ready[a].as_ref()?, ready[b].as_ref()?, &parameters).ok()?;
        Some((a, b, found.score, found.ccf, found.overlap_um))
    });
    compared.collect()
}

#[test]
#[ignore = "minutes of work; fits the model of simulated firing pins to seed 178 and writes it where BRASSLINK_OUT says"]
fn fit_the_model_of_simulated_pins() {
    let cases = cases(178, false);
    let model = Model::simulated().unwrap();
    let rows: Vec<Row> = areal(&cases, &|c| &c.pin, &model, FiringPin).into_iter().map(|r| r.3).collect();
    let english = "simulated pistols of five finishes, firing-pin impressions measured as heights";
    let spanish = "pistolas simuladas de cinco acabados, impresiones del percutor medidas como alturas";
    let fitted =
        train(&rows, &CompareParameters::of(FiringPin), FiringPin, Modality::Heights, english, spanish).unwrap();
    for term in &fitted.terms {
        eprintln!("{} {}", term.name, term.coefficient);
    }
    if let Ok(folder) = std::env::var("BRASSLINK_OUT") {
        let text = serde_json::to_string(&fitted).unwrap();
        std::fs::write(Path::new(&folder).join("model-simulated-pin.json"), text).unwrap();
    }
}

#[test]
#[ignore = "minutes of work: measures every kind of mark of simulated pistols alone and together"]
fn simulated_pistols_by_every_kind_of_mark() {
    let seed = std::env::var("BRASSLINK_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(179);
    let cases = cases(seed, true);
    let unfit = |of: &dyn Fn(&Case) -> &Mark| cases.iter().filter(|c| !of(c).suitable()).count();
    eprintln!(
        "{} cases; unsuitable: breech face {}, pin {}, shear {}",
        cases.len(),
        unfit(&|c| &c.face),
        unfit(&|c| &c.pin),
        unfit(&|c| &c.shear)
    );
    if let Ok(folder) = std::env::var("BRASSLINK_OUT") {
        // A few marks as plain numbers, to be looked at: rows, columns, then f32.
        for (at, case) in cases.iter().enumerate().take(24) {
            for (name, map) in [
                ("pin", &case.pin.fine),
                ("strip", &case.shear.coarse),
                ("profile", &case.shear.fine),
                ("face", &case.face.fine),
            ] {
                let mut bytes: Vec<u8> =
                    [map.rows() as u32, map.columns() as u32].iter().flat_map(|n| n.to_le_bytes()).collect();
                bytes.extend(map.z.iter().flat_map(|z| z.to_le_bytes()));
                std::fs::write(Path::new(&folder).join(format!("{at:02}-{name}.f32")), bytes).unwrap();
            }
        }
    }
    let shears = striated(&cases);
    if let Ok(folder) = std::env::var("BRASSLINK_OUT") {
        let line = |r: &(usize, usize, f64, f64, f64)| {
            format!("{},{},{},{},{},{}\n", r.0, r.1, cases[r.0].firearm == cases[r.1].firearm, r.2, r.3, r.4)
        };
        std::fs::write(Path::new(&folder).join("shear.csv"), shears.iter().map(line).collect::<String>()).unwrap();
    }
    tell("aperture shear, ccf", &cases, &shears.iter().map(|r| (r.0, r.1, r.3)).collect::<Vec<_>>());
    let shears: Vec<(usize, usize, f64)> = shears.iter().map(|r| (r.0, r.1, r.2)).collect();
    tell("aperture shear", &cases, &shears);
    let pin_model = std::env::var("BRASSLINK_PIN_MODEL")
        .ok()
        .map_or_else(Model::simulated, |path| Model::from_json(&std::fs::read_to_string(path).unwrap()));
    let pins = areal(&cases, &|c| &c.pin, &pin_model.unwrap(), FiringPin);
    tell("firing pin, ccf", &cases, &pins.iter().map(|r| (r.0, r.1, r.3.features.ccf_fine)).collect::<Vec<_>>());
    tell("firing pin, cells", &cases, &pins.iter().map(|r| (r.0, r.1, r.3.features.cmc_share)).collect::<Vec<_>>());
    let pins: Vec<(usize, usize, f64)> = pins.iter().map(|r| (r.0, r.1, r.2)).collect();
    tell("firing pin", &cases, &pins);
    let faces = areal(&cases, &|c| &c.face, &Model::simulated().unwrap(), BreechFace);
    let faces: Vec<(usize, usize, f64)> = faces.iter().map(|r| (r.0, r.1, r.2)).collect();
    tell("breech face", &cases, &faces);
    let mut evidence: std::collections::BTreeMap<(usize, usize), Evidence> = std::collections::BTreeMap::new();
    for (kind, pairs) in [(BreechFace, &faces), (FiringPin, &pins), (ApertureShear, &shears)] {
        for &(a, b, score) in pairs {
            let known = evidence.entry((a, b)).or_default();
            *known = std::mem::take(known).with(kind, score);
        }
    }
    let name = |at: usize| format!("s{:03}", cases[at].firearm);
    let pairs: Vec<KnownPair> = evidence
        .iter()
        .map(|((a, b), evidence)| KnownPair { firearms: (name(*a), name(*b)), evidence: evidence.clone() })
        .collect();
    let places: Vec<(usize, usize)> = evidence.keys().copied().collect();
    for kinds in [
        &[BreechFace][..],
        &[FiringPin],
        &[ApertureShear],
        &[BreechFace, FiringPin],
        &[BreechFace, ApertureShear],
        &[FiringPin, ApertureShear],
        &[BreechFace, FiringPin, ApertureShear],
    ] {
        let only = |e: &Evidence| {
            kinds.iter().fold(Evidence::none(), |kept, k| kept.with(*k, e.score(*k).unwrap_or(f64::NAN)))
        };
        let measured = measure(&pairs, &[], kinds, 3).unwrap();
        let mean = &measured.mean;
        eprintln!(
            "{kinds:?}: unseen AUC {:.5} Cllr {:.4} (unbounded {:.4}, min {:.4}) misleading KM {:.4} KNM {:.4}",
            mean.auc.unwrap(),
            mean.cllr.unwrap(),
            mean.cllr_unbounded.unwrap(),
            mean.cllr_min.unwrap(),
            mean.misleading_km.unwrap(),
            mean.misleading_knm.unwrap()
        );
        let fusion = fuse(&pairs).unwrap();
        let scored: Vec<(usize, usize, f64)> = pairs
            .iter()
            .zip(&places)
            .filter_map(|(p, at)| Some((at.0, at.1, fusion.judge(&only(&p.evidence))?.score)))
            .collect();
        tell(&format!("{kinds:?}, fitted to itself"), &cases, &scored);
    }
    if let Ok(folder) = std::env::var("BRASSLINK_OUT") {
        let text = serde_json::to_string(&fuse(&pairs).unwrap()).unwrap();
        std::fs::write(Path::new(&folder).join("fusion-simulated.json"), text).unwrap();
    }
    let fused = measure(&pairs, &[], &[BreechFace, FiringPin, ApertureShear], 3).unwrap().mean;
    let alone = |kind| measure(&pairs, &[], &[kind], 3).unwrap().mean;
    for kind in [BreechFace, FiringPin, ApertureShear] {
        assert!(fused.cllr < alone(kind).cllr, "{kind:?}");
    }
}
