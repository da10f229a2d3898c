//! Cases that are found by their firing pins, over a gallery in the store.

use super::*;
use crate::engine::Context;
use crate::engine::all_marks::by_all_marks;
use crate::engine::batch::{Batch, batch};
use crate::engine::correlate::{Receipt, Request};
use crate::engine::gallery::Gallery;
use crate::engine::outline::{other_mark, other_marks, outlined};
use crate::engine::parameters::Parameters;
use crate::engine::ports::{SearchedAs, Store};
use crate::engine::progress::Unwatched;
use crate::engine::resign::resign;
use crate::engine::review::{PROPOSE_FROM_LOG10_LR, make};
use crate::engine::submit::new_mark;
use crate::language::Language;
use crate::mark::{Mark, PrepareParameters, prepare, prepare_region};
use crate::simulate::{AMMUNITION, RawAcquisition, SimulatedFirearm, SimulatedShot};
use crate::store::{SqliteStore, SystemClock};
use crate::workings::Silent;
use Region::{ApertureShear, BreechFace, FiringPin};
use rayon::prelude::*;
use std::collections::BTreeMap;

fn context<'a>(store: &'a SqliteStore, parameters: &'a Parameters) -> Context<'a> {
    Context { store, clock: &SystemClock, actor: "brasslink", parameters, progress: &Unwatched }
}

/// The marks of a simulated case along its true outlines.
fn marks(seed: u64, number: u32, shot: u32) -> Vec<Mark> {
    let firearm = SimulatedFirearm::new(seed, number);
    let shot = SimulatedShot::new(&firearm, shot, AMMUNITION[(number * 7 + shot) as usize % AMMUNITION.len()]);
    let pitch_um = shot.instrument.pitch_um;
    let whole = shot.whole(&firearm, pitch_um).height_map();
    let face = prepare(&shot.cropped(&firearm, 6.25).height_map(), &PrepareParameters::default(), &mut Silent).unwrap();
    let other = |kind: Region| {
        let mask = shot.parts(&firearm).mask(kind, pitch_um);
        prepare_region(&whole, &mask, None, &PrepareParameters::of(kind), &mut Silent).unwrap()
    };
    vec![face, other(FiringPin), other(ApertureShear)]
}

/// Case `n`, of an incident of its own, with these marks.
fn case(n: u64, marks: &[Mark], parameters: &Parameters) -> Submission {
    let mut case = submission(n);
    let id = case.acquisition.id.clone();
    let kept = |mark: &Mark| match mark.region {
        BreechFace => new_mark(&case.acquisition, mark, parameters).unwrap(),
        _ => other_mark(&id, mark, None).unwrap(),
    };
    case.marks = marks.iter().map(kept).collect();
    case
}

fn search(
    store: &SqliteStore,
    parameters: &Parameters,
    name: Option<&str>,
    top: usize,
) -> (Vec<CorrelationResult>, Batch, Gallery) {
    let gallery = Gallery::open(store, parameters, None).unwrap();
    let places = name.map_or_else(|| (0..gallery.members.len()).collect(), |name| gallery.members.places_of(name));
    let request = Request { top, exhaustive: false, filter: None };
    let mut lists = Vec::new();
    let from = Some(PROPOSE_FROM_LOG10_LR);
    let done =
        batch(&context(store, parameters), &gallery, &places, request, from, &mut |list| lists.push(list)).unwrap();
    (lists, done, gallery)
}

#[test]
fn a_case_that_lost_its_breech_face_is_found_by_its_firing_pin() {
    let parameters = Parameters::built_in().unwrap();
    let pins = parameters.firing_pins().unwrap();
    let store = SqliteStore::in_memory().unwrap();
    let all: Vec<(u32, u32)> = (1..=4).flat_map(|firearm| [(firearm, 1), (firearm, 2)]).collect();
    let all: Vec<(u64, Vec<Mark>)> = all
        .into_par_iter()
        .map(|(firearm, shot)| {
            let mut marks = marks(401, firearm, shot);
            // The first case of the first pistol: nothing of its breech face is left.
            marks.drain(..usize::from((firearm, shot) == (1, 1)));
            (u64::from(10 * firearm + shot), marks)
        })
        .collect();
    for (n, marks) in &all {
        store.submit(&case(*n, marks, &parameters), &stamp(1)).unwrap();
    }
    let (lost, mate) = (SpecimenId::new("S-11"), SpecimenId::new("S-12"));
    let of = |list: &CorrelationResult| -> Vec<SpecimenId> {
        list.candidates.iter().map(|candidate| candidate.specimen.clone()).collect()
    };

    // It asks, by its pin alone; a pin of simulated pistols ranks, and proposes nothing among real marks.
    assert!(search(&store, &parameters, Some("S-11"), 5).0.is_empty(), "there is no breech face to ask with");
    let (lists, done, gallery) = search(&store, &pins, Some("S-11"), 5);
    assert_eq!(of(&lists[0])[0], mate, "{:?}", lists[0]);
    assert!(lists[0].candidates.iter().all(|one| one.log10_lr.is_none() && one.log10_lr_of_search.is_none()));
    assert_eq!(done.proposed, []);
    let receipt: Receipt = serde_json::from_value(lists[0].receipt.clone()).unwrap();
    assert_eq!((receipt.gallery, receipt.eligible, receipt.coded), (7, 7, 7));
    let how = |parameters: &Parameters| SearchedAs {
        parameters: parameters.hash(),
        generation: gallery.generation,
        exhaustive: false,
        asked: Vec::new(),
    };
    assert_eq!(store.searched(&how(&pins)).unwrap().len(), 1, "a batch leaves it out the next time");
    assert!(store.searched(&how(&parameters)).unwrap().is_empty());

    // And it is found: not by the breech face of its mate, which cannot see it, but by the pin, and so by both.
    let (faces, ..) = search(&store, &parameters, Some("S-12"), 5);
    let (by_pin, ..) = search(&store, &pins, Some("S-12"), 5);
    assert!(!of(&faces[0]).contains(&lost) && of(&by_pin[0])[0] == lost);
    let context_of_faces = context(&store, &parameters);
    let alone = by_all_marks(&context_of_faces, &[&faces[0]], 5).unwrap().unwrap();
    assert!(alone.candidates.iter().all(|one| one.found.specimen != lost));
    assert_eq!((alone.began.as_slice(), alone.kinds.len()), (&[BreechFace][..], 3));
    let both = by_all_marks(&context_of_faces, &[&by_pin[0], &faces[0]], 5).unwrap().unwrap();
    assert_eq!((&both.query, both.began.as_slice()), (&faces[0].query, &[BreechFace, FiringPin][..]));
    assert_eq!(both.kinds, [BreechFace, FiringPin, ApertureShear]);
    let first = &both.candidates[0].found;
    assert_eq!(first.specimen, lost, "{both:?}");
    assert!(first.evidence.score(BreechFace).is_none() && first.evidence.score(ApertureShear).is_some());
    let others = both.candidates.iter().skip(1);
    assert!(others.clone().count() == 4 && others.clone().all(|one| one.found.evidence.score(BreechFace).is_some()));
    assert!(others.clone().all(|one| one.found.evidence.score(FiringPin).is_some()), "what was open was compared");
    assert!(both.words(Language::En).contains("searched by breech face, firing pin; ordered by"));
    assert!(both.words(Language::Es).contains("búsqueda por cara de recámara, percutor; orden por"));

    // The same score whichever of the two asked.
    let mirrored = lists[0].candidates[0].score;
    assert_eq!(by_pin[0].candidates[0].score, mirrored);
    // A person makes a lead of the two, by the marks that both have.
    let examiner = person(crate::casework::Role::Examiner);
    let lead = make(&store, &SystemClock, &examiner, [&lost, &mate], "one pin", &parameters).unwrap();
    assert!(lead.basis().query.as_str().contains("firing_pin") && lead.basis().log10_lr.is_none(), "{lead:?}");

    // Among simulated pistols the ratio of a pin is calibrated, and proposes.
    let simulated = Parameters { model: crate::compare::Model::simulated().unwrap(), ..parameters.clone() };
    let (lists, done, _) = search(&store, &simulated.firing_pins().unwrap(), Some("S-21"), 5);
    assert!(lists[0].candidates[0].log10_lr.is_some_and(|lr| lr > 1.0), "{:?}", lists[0]);
    assert!(done.proposed.iter().any(|lead| lead.joins().has(&SpecimenId::new("S-22"))), "{:?}", done.proposed);
}

#[test]
fn pins_of_an_earlier_version_are_signed_and_shear_is_not() {
    let parameters = Parameters::built_in().unwrap();
    let pins = parameters.firing_pins().unwrap();
    assert_ne!(pins.signature_version(), parameters.signature_version());
    let store = SqliteStore::in_memory().unwrap();
    let mut case = case(1, &marks(401, 1, 1), &parameters);
    let signatures: Vec<usize> = case.marks.iter().map(|mark| mark.signatures.len()).collect();
    assert_eq!(signatures, [1, 1, 0]);
    let drawn = std::mem::take(&mut case.marks[1].signatures);
    store.submit(&case, &stamp(1)).unwrap();
    let opened = || Gallery::open(&store, &pins, None).unwrap();
    assert_eq!((opened().members.len(), opened().unsigned), (0, 1));
    assert_eq!(resign(&context(&store, &parameters)).unwrap().signed, 1);
    assert_eq!((opened().members.len(), opened().unsigned), (1, 0));
    let id = &case.marks[1].record.id;
    assert_eq!(store.signature(id, &pins.signature_version()).unwrap(), drawn[0].bytes, "as on submission");
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(usual)
}

/// The marks of a raw acquisition with all its defects, along the outlines that are found.
fn raw_marks(seed: u64, firearm: u32, shot: u32, parameters: &Parameters) -> Vec<Mark> {
    let map = RawAcquisition::of(seed, firearm, shot).unwrap().surface.height_map();
    let (outlines, _, face) = outlined(&map, None, parameters, &mut Silent).unwrap();
    std::iter::once(face).chain(other_marks(&map, &outlines).unwrap()).collect()
}

/// `cargo test --lib recall_by -- --ignored --nocapture`; pistols and seed from `PISTOLS` and `PISTOL_SEED`. Along true outlines of good acquisitions or, where
/// `AUTOMATIC` is 1, along those found on raw ones with all their defects.
#[test]
#[ignore = "minutes of work: prints where mates stand in the lists by breech face, by firing pin and by all marks"]
fn recall_by_face_by_pin_and_by_both() {
    let (pistols, seed) = (number("PISTOLS", 60) as u32, number("PISTOL_SEED", 501));
    let automatic = number("AUTOMATIC", 0) > 0;
    let parameters = Parameters::built_in().unwrap();
    let pins = parameters.firing_pins().unwrap();
    let all: Vec<(u32, u32)> = (1..=pistols).flat_map(|firearm| [(firearm, 1), (firearm, 2)]).collect();
    let all: Vec<(u32, u32, Vec<Mark>)> = all
        .into_par_iter()
        .map(|(f, s)| (f, s, if automatic { raw_marks(seed, f, s, &parameters) } else { marks(seed, f, s) }))
        .collect();
    let suitable = |kind: Region| {
        all.iter().filter(|case| case.2.iter().any(|mark| mark.region == kind && mark.suitable())).count()
    };
    eprintln!(
        "{} cases, suitable: {} faces, {} pins, {} shear",
        all.len(),
        suitable(BreechFace),
        suitable(FiringPin),
        suitable(ApertureShear)
    );
    // The second case of every pistol keeps its breech face, or has lost it.
    for spoiled in [false, true] {
        let store = SqliteStore::in_memory().unwrap();
        for (firearm, shot, marks) in &all {
            let kept: Vec<Mark> =
                marks.iter().filter(|m| !(spoiled && *shot == 2 && m.region == BreechFace)).cloned().collect();
            store.submit(&case(u64::from(10 * firearm + shot), &kept, &parameters), &stamp(1)).unwrap();
        }
        let mut by: BTreeMap<String, Vec<CorrelationResult>> = BTreeMap::new();
        for parameters in [&parameters, &pins] {
            let (lists, _, gallery) = search(&store, parameters, None, 100);
            for list in lists {
                let member = gallery.members.get(gallery.place(&list.query).unwrap()).unwrap();
                by.entry(member.specimen.to_owned()).or_default().push(list);
            }
        }
        let mut ranks: BTreeMap<&str, Vec<Option<usize>>> = BTreeMap::new();
        for (firearm, shot, _) in &all {
            let mate = SpecimenId::new(format!("S-{}", 10 * firearm + 3 - shot));
            let lists = by.get(&format!("S-{}", 10 * firearm + shot)).map_or(&[][..], Vec::as_slice);
            let at = |list: &CorrelationResult| list.candidates.iter().position(|one| one.specimen == mate);
            let of = |word: &str| lists.iter().find(|list| list.query.as_str().contains(word)).and_then(at);
            let (face, pin) = (of("breech_face"), of("firing_pin"));
            let lists: Vec<&CorrelationResult> = lists.iter().collect();
            let fused = match by_all_marks(&context(&store, &parameters), &lists, usize::MAX).unwrap() {
                Some(all) => all.candidates.iter().position(|one| one.found.specimen == mate),
                None => face.or(pin),
            };
            for (by, rank) in [("breech face", face), ("firing pin", pin), ("all marks", fused)] {
                ranks.entry(by).or_default().push(rank);
            }
        }
        eprintln!("{}", if spoiled { "second breech faces lost" } else { "all breech faces kept" });
        for (by, ranks) in ranks {
            let within =
                |n: usize| ranks.iter().flatten().filter(|rank| **rank < n).count() as f64 / ranks.len() as f64;
            eprintln!("  by {by:12} within 1: {:.3}, 10: {:.3}, 100: {:.3}", within(1), within(10), within(100));
        }
    }
}
