//! Galleries of another preparation: searches say what they miss, and the scans that are kept give it back.

use super::*;
use crate::casework::Role;
use crate::engine::Context;
use crate::engine::correlate::{Receipt, Request, correlate};
use crate::engine::gallery::Gallery;
use crate::engine::grow::grow;
use crate::engine::manifest::{Entry, Imaging};
use crate::engine::outline::{Drawing, draw};
use crate::engine::parameters::Parameters;
use crate::engine::ports::{FixedClock, MarkFilter, Store};
use crate::engine::progress::Unwatched;
use crate::engine::reprepare::{Reprepared, awaits, reprepare};
use crate::engine::submit::{Submitting, submit_with};
use crate::ids::AcquisitionId;
use crate::language::Language;
use crate::mark::Mark;
use crate::store::SqliteStore;
use crate::surface::DecodeOptions;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;

/// Cropped, whole, and a photograph.
const FILES: [&str; 4] = [
    "city/scans/TIJ-2020-0000101-E1-C1.x3p",
    "city/scans/TIJ-2020-0000101-E1-C2.x3p",
    "whole/TIJ-2020-0000101-E1-C1.x3p",
    "photograph/TIJ-2020-0000101-E1-C1.png",
];
/// How many of them are heights.
const HEIGHTS: usize = 3;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn entries() -> Vec<Entry> {
    let entry = |(n, file): (usize, &&str)| {
        let incident = Incident::numbered(IncidentId::new(format!("I-{n}")));
        let exhibit = Exhibit::evidence(ExhibitId::new(format!("E-{n}")), incident.id.clone());
        let mut specimen = Specimen::numbered(SpecimenId::new(format!("S-{n}")), exhibit.id.clone());
        specimen.calibre = Some("9mm Luger".to_owned());
        let incident = Some(incident);
        Entry { row: 0, file: (*file).to_owned(), incident, exhibit, specimen, imaging: Imaging::default() }
    };
    FILES.iter().enumerate().map(entry).collect()
}

/// A mark: its name, the outlines it was cut along, what it and its signature hold.
type Held = (MarkId, Option<u32>, Option<Vec<u8>>, Option<Vec<u8>>);

/// The suitable marks of the present preparation.
fn marks(store: &SqliteStore, parameters: &Parameters) -> Vec<Held> {
    let mut all: Vec<Held> = store
        .marks(&MarkFilter { suitable_only: true, ..MarkFilter::default() })
        .unwrap()
        .into_iter()
        .filter(|found| {
            let of = parameters.imaged(found.mark.modality).unwrap();
            found.mark.region != Region::BreechFace || found.mark.parameters == of.mark_hash()
        })
        .map(|found| {
            let of = parameters.imaged(found.mark.modality).unwrap();
            let id = found.mark.id;
            let signature = store.signature(&id, &of.signature_version()).ok();
            (id.clone(), found.mark.outline, store.mark_bytes(&id).ok(), signature)
        })
        .collect();
    all.sort();
    all
}

/// Corrects the outline of the first whole primer: a smaller breech face.
fn corrected(context: &Context<'_>, acquisition: &AcquisitionId) {
    let newest = context.store.outlines(acquisition).unwrap().pop().unwrap();
    let drawing = Drawing::of(&newest.outlines);
    draw(context, &person(Role::Examiner), acquisition, &drawing, "the roll-off at the rim").unwrap();
}

fn submitted(store: &SqliteStore, parameters: &Parameters) -> Vec<AcquisitionId> {
    let clock = FixedClock::at(time(10));
    let context = Context { store, clock: &clock, actor: "Tomás Técnico", parameters, progress: &Unwatched };
    let options = DecodeOptions { pitch_um: None, ..DecodeOptions::default() };
    let load = |entry: &Entry| Ok(std::fs::read(folder().join(&entry.file)).unwrap());
    let how = Submitting { options: &options, gallery: None, forced: Some("for a test"), together: 2 };
    for outcome in submit_with(&context, &entries(), &load, how).unwrap() {
        assert!(outcome.result.gate().is_some(), "{outcome:?}");
    }
    let all = store.acquisitions(None).unwrap();
    let ids: Vec<AcquisitionId> = all.into_iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), FILES.len());
    corrected(&context, &ids[2]);
    ids
}

/// Parameters whose marks are others.
fn earlier() -> Parameters {
    let mut earlier = Parameters::built_in().unwrap();
    earlier.prepare.erosion_um += 6.0;
    earlier
}

#[test]
fn marks_made_from_kept_scans_are_those_that_submission_would_make() {
    let now = Parameters::built_in().unwrap();
    let fresh = SqliteStore::in_memory().unwrap();
    submitted(&fresh, &now);
    let store = SqliteStore::in_memory().unwrap();
    let ids = submitted(&store, &earlier());
    let clock = FixedClock::stepping(time(100), SignedDuration::from_millis(1));
    let context =
        Context { store: &store, clock: &clock, actor: "Tomás Técnico", parameters: &now, progress: &Unwatched };

    // A new case is searched for in the old gallery: the list says what it cannot see.
    let gallery = Gallery::open(&store, &now, None).unwrap();
    assert_eq!((gallery.members.len(), gallery.unprepared, gallery.unsigned), (0, HEIGHTS, 0));

    let waiting = |name: &str| awaits(&store, &now, name).unwrap();
    assert!(waiting("E-0") && waiting("S-2") && !waiting("S-3") && !waiting("S-9"), "a photograph is no heights");

    let done = reprepare(&context).unwrap();
    assert!(!waiting("E-0") && !waiting("S-2"));
    let expected = Reprepared { prepared: FILES.len(), ..Reprepared::default() };
    assert_eq!(Reprepared { unsuitable: 0, ..done.clone() }, expected);
    assert_eq!(marks(&store, &now), marks(&fresh, &now));
    assert_eq!(store.outlines(&ids[2]).unwrap().len(), 2, "a correction stays the newest");
    let gallery = Gallery::open(&store, &now, None).unwrap();
    assert_eq!((gallery.members.len(), gallery.unprepared), (HEIGHTS - done.unsuitable, 0));
    store.check().unwrap();

    // Nothing is done twice, and the marks of the earlier preparation are still there to be read.
    let before = store.count_marks(&MarkFilter::default()).unwrap();
    let again = reprepare(&context).unwrap();
    assert_eq!((again.prepared, again.there), (0, FILES.len()));
    assert_eq!(store.count_marks(&MarkFilter::default()).unwrap(), before);
    assert_eq!(Gallery::open(&store, &earlier(), None).unwrap().unprepared, 0);
}

#[test]
fn a_search_says_how_many_acquisitions_it_cannot_see() {
    let now = Parameters::built_in().unwrap();
    let store = SqliteStore::in_memory().unwrap();
    submitted(&store, &earlier());
    let clock = FixedClock::stepping(time(100), SignedDuration::from_millis(1));
    let stop = After(AtomicUsize::new(0));
    let context = Context { store: &store, clock: &clock, actor: "Tomás Técnico", parameters: &now, progress: &stop };
    assert!(matches!(reprepare(&context), Err(crate::engine::error::EngineError::Stopped)));
    assert_eq!(Gallery::open(&store, &now, None).unwrap().unprepared, HEIGHTS, "stopped before the first");

    // One that was prepared already, and one whose scan is damaged beyond reading.
    let context = Context { progress: &Unwatched, ..context };
    grow(&Context { parameters: &earlier(), ..context }, 3, 1).unwrap();
    let done = reprepare(&context).unwrap();
    assert_eq!((done.prepared, done.without_scan, done.failed.len()), (FILES.len(), 3, 0));
    let gallery = Gallery::open(&store, &now, None).unwrap();
    assert_eq!(gallery.unprepared, 3, "what is resampled cannot be prepared");
    let request = Request { top: 5, exhaustive: false, filter: None };
    let found = correlate(&context, &gallery, &[0], request).unwrap().remove(0);
    let receipt: Receipt = serde_json::from_value(found.receipt).unwrap();
    assert_eq!(receipt.unprepared, 3);
    assert!(receipt.words(Language::En).contains("3 acquisitions left out: prepared by another version"));
    assert!(receipt.words(Language::Es).contains("3 adquisiciones fuera"));
}

#[test]
fn what_cannot_be_prepared_is_named_and_the_rest_goes_on() {
    let now = Parameters::built_in().unwrap();
    let store = SqliteStore::in_memory().unwrap();
    // No scan at all: bytes that no decoder knows.
    store.submit(&submission(9), &stamp(1)).unwrap();
    submitted_beside(&store);
    let clock = FixedClock::stepping(time(100), SignedDuration::from_millis(1));
    let context =
        Context { store: &store, clock: &clock, actor: "Tomás Técnico", parameters: &now, progress: &Unwatched };
    let done = reprepare(&context).unwrap();
    assert_eq!((done.prepared, done.failed.len()), (1, 1));
    assert!(done.failed[0].acquisition.as_str().starts_with("S-9/") && done.failed[0].why.contains("scan 1.x3p"));
    let mark = store.marks(&MarkFilter { parameters: Some(now.mark_hash()), ..MarkFilter::default() }).unwrap();
    assert!(mark.len() == 1 && Mark::from_bytes(&store.mark_bytes(&mark[0].mark.id).unwrap()).unwrap().suitable());
}

/// One real scan of the earlier preparation.
fn submitted_beside(store: &SqliteStore) {
    let (clock, parameters, options) = (FixedClock::at(time(10)), earlier(), DecodeOptions::default());
    let context =
        Context { store, clock: &clock, actor: "Tomás Técnico", parameters: &parameters, progress: &Unwatched };
    let load = |entry: &Entry| Ok(std::fs::read(folder().join(&entry.file)).unwrap());
    let how = Submitting { options: &options, gallery: None, forced: None, together: 2 };
    assert_eq!(submit_with(&context, &entries()[..1], &load, how).unwrap().len(), 1);
}
