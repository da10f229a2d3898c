//! Resampled signatures: the same from any start, found by their codes, never compared and never a lead.

use super::*;
use crate::engine::Context;
use crate::engine::batch::batch;
use crate::engine::correlate::{Receipt, Request, correlate};
use crate::engine::error::EngineError;
use crate::engine::gallery::Gallery;
use crate::engine::grow::{MOST_MARKS, grow, grow_by, grow_surfaces};
use crate::engine::parameters::Parameters;
use crate::engine::ports::{FixedClock, MarkFilter, Store};
use crate::engine::progress::{Progress, Unwatched};
use crate::engine::resign::resign;
use crate::engine::review::mark_of as stored_mark;
use crate::engine::signature_only::able_to_ask;
use crate::engine::submit::new_mark;
use crate::language::Language;
use crate::mark::prepare;
use crate::signature::Signature;
use crate::simulate::{AMMUNITION, SimulatedFirearm, SimulatedShot};
use crate::store::SqliteStore;
use crate::workings::Silent;
use std::sync::atomic::AtomicUsize;

/// Signatures in these tests, and of a part.
const MARKS: usize = 22;
const PART: usize = 5;

/// A case of a pistol, prepared: two of one pistol, then one of another.
fn shot(n: u64, parameters: &Parameters) -> Submission {
    let (pistol, number) = (n.div_ceil(2) as u32, n as u32);
    let firearm = SimulatedFirearm::new(7, pistol);
    let map = SimulatedShot::new(&firearm, number, AMMUNITION[0]).cropped(&firearm, 6.25).height_map();
    let mark = prepare(&map, &parameters.prepare, &mut Silent).unwrap();
    let mut one = submission(n);
    one.marks = vec![new_mark(&one.acquisition, &mark, parameters).unwrap()];
    assert!(one.marks[0].bytes.is_some(), "a suitable mark");
    one
}

fn with_shots(parameters: &Parameters) -> SqliteStore {
    let store = SqliteStore::in_memory().unwrap();
    let shots: Vec<Submission> = (1..4).map(|n| shot(n, parameters)).collect();
    store.submit_all(&shots, &stamp(1)).unwrap();
    store
}

fn context<'a>(
    store: &'a SqliteStore,
    clock: &'a FixedClock,
    parameters: &'a Parameters,
    progress: &'a dyn Progress,
) -> Context<'a> {
    Context { store, clock, actor: "Tomás Técnico", parameters, progress }
}

/// Every resampled signature: its mark, its case, its bytes.
fn grown(store: &SqliteStore, parameters: &Parameters) -> Vec<(MarkId, Option<String>, Incident, Vec<u8>)> {
    let all = store.marks(&MarkFilter::default()).unwrap();
    let resampled = all.into_iter().filter(|m| m.specimen.as_str().starts_with("RESAMPLED-"));
    resampled
        .map(|m| {
            let signature = store.signature(&m.mark.id, &parameters.signature_version()).unwrap();
            (m.mark.id, m.calibre, store.incident(&m.incident.unwrap()).unwrap(), signature)
        })
        .collect()
}

#[test]
fn a_gallery_grows_to_what_is_asked_for_and_no_further() {
    let (parameters, clock) = (Parameters::built_in().unwrap(), FixedClock::at(time(100)));
    let store = with_shots(&parameters);
    let context = context(&store, &clock, &parameters, &Unwatched);
    let done = grow_by(&context, MARKS, 7, PART).unwrap();
    assert_eq!((done.there, done.added, done.sources, done.stopped), (0, MARKS, 3, false));
    let all = grown(&store, &parameters);
    assert_eq!(all.len(), MARKS);
    for (n, (mark, _, incident, bytes)) in all.iter().enumerate() {
        let name = format!("RESAMPLED-7-{n:08}");
        assert!(mark.as_str().starts_with(&name) && incident.id.as_str() == name, "{mark}");
        let signature = Signature::from_bytes(bytes).unwrap();
        assert!(!signature.is_blank() && signature.vector.len() == parameters.signature.vector.words);
        let specimen = store.specimen(&SpecimenId::new(&name)).unwrap();
        assert_eq!(specimen.exhibit.as_str(), name);
        assert!(store.exhibit(&specimen.exhibit).unwrap().description.unwrap().contains("firma remuestreada"));
        let acquisition = store.acquisitions(Some(&specimen.id)).unwrap().remove(0);
        assert_eq!((acquisition.format.as_str(), acquisition.received), ("resampled", time(100)));
        let received = store.received_bytes(&acquisition.id).unwrap();
        let received: serde_json::Value = serde_json::from_slice(&received).unwrap();
        assert_eq!((received["seed"].as_u64(), received["number"].as_u64()), (Some(7), Some(n as u64)));
        assert!(received["english"].as_str().unwrap().contains("no cartridge case"));
        assert!(received["spanish"].as_str().unwrap().contains("no es ningún casquillo"));
    }
    let signatures: std::collections::BTreeSet<_> = all.iter().map(|(.., bytes)| bytes).collect();
    assert_eq!(signatures.len(), MARKS, "no two alike");
    // Three scans together, then a part an event.
    assert_eq!(store.check().unwrap().audit.sequence, 1 + 1 + MARKS.div_ceil(PART) as u64);

    let again = grow_by(&context, MARKS, 7, PART).unwrap();
    assert_eq!((again.there, again.added, again.sources), (MARKS, 0, 0));
    assert_eq!(grow(&context, 4, 7).unwrap().added, 0, "fewer than there are");
    assert_eq!(grown(&store, &parameters), all);
    let other = grow(&context, 2, 8).unwrap();
    assert_eq!((other.there, other.added, other.sources), (0, 2, 3), "what is resampled is no source");
    let both = grown(&store, &parameters);
    assert_ne!(both[MARKS].3, all[0].3, "another seed");
}

#[test]
fn a_growth_that_was_stopped_goes_on_as_if_it_had_not_been() {
    let (parameters, clock) = (Parameters::built_in().unwrap(), FixedClock::at(time(100)));
    let whole = with_shots(&parameters);
    grow_by(&context(&whole, &clock, &parameters, &Unwatched), MARKS, 7, MARKS).unwrap();

    let store = with_shots(&parameters);
    let two_parts = After(AtomicUsize::new(2));
    let stopped = grow_by(&context(&store, &clock, &parameters, &two_parts), MARKS, 7, PART).unwrap();
    assert_eq!((stopped.added, stopped.stopped), (2 * PART, true));
    assert_eq!(grown(&store, &parameters).len(), 2 * PART);
    // A scan that comes meanwhile is no source of this seed.
    store.submit(&shot(5, &parameters), &stamp(2)).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let unwatched = context(&store, &clock, &parameters, &Unwatched);
    let rest = pool.install(|| grow_by(&unwatched, MARKS, 7, PART + 1)).unwrap();
    assert_eq!((rest.there, rest.added, rest.sources, rest.stopped), (2 * PART, MARKS - 2 * PART, 3, false));
    assert_eq!(grown(&store, &parameters), grown(&whole, &parameters));
    store.check().unwrap();
}

#[test]
fn what_cannot_be_grown_is_said() {
    let (parameters, clock) = (Parameters::built_in().unwrap(), FixedClock::at(time(100)));
    let store = SqliteStore::in_memory().unwrap();
    let context = context(&store, &clock, &parameters, &Unwatched);
    let refused = |marks: usize| grow(&context, marks, 1).unwrap_err().to_string();
    assert!(refused(MOST_MARKS + 1).contains("at most 10000000, got 10000001"), "{}", refused(MOST_MARKS + 1));
    assert!(refused(1).contains("to draw signatures from, got none"), "{}", refused(1));
    assert_eq!(grow(&context, 0, 1).unwrap().added, 0);
    // A mark of which only a signature is kept is nothing to draw from.
    let mut bare = shot(1, &parameters);
    bare.marks[0].bytes = None;
    store.submit(&bare, &stamp(1)).unwrap();
    assert!(refused(1).contains("got none"));
    assert_eq!(store.count_marks(&MarkFilter::default()).unwrap(), 1);
}

#[test]
fn searches_pass_over_marks_that_hold_only_a_signature() {
    // Lists of one query at one time would be one list.
    let clock = FixedClock::stepping(time(100), SignedDuration::from_millis(1));
    let mut parameters = Parameters::built_in().unwrap();
    // One comparison a query: it must be a real one, however the codes of the others rank.
    parameters.funnel.to_compare = 1;
    let store = with_shots(&parameters);
    let context = context(&store, &clock, &parameters, &Unwatched);
    grow(&context, MARKS, 7).unwrap();
    let gallery = Gallery::open(&store, &parameters, None).unwrap();
    assert_eq!((gallery.members.len(), gallery.unsigned), (3 + MARKS, 0));
    let (able, left_out) = able_to_ask(&store, &gallery, (0..gallery.members.len()).collect()).unwrap();
    assert_eq!((able.as_slice(), left_out), ([0, 1, 2].as_slice(), MARKS));

    for (exhaustive, top) in [(false, 1), (false, 9), (true, 9)] {
        let request = Request { top, exhaustive, filter: None };
        let mut results = Vec::new();
        // Whatever is compared is proposed.
        let from = Some(f64::NEG_INFINITY);
        let done = batch(&context, &gallery, &able, request, from, &mut |result| results.push(result)).unwrap();
        let mut passed_over = 0;
        for result in &results {
            let receipt: Receipt = serde_json::from_value(result.receipt.clone()).unwrap();
            assert_eq!((receipt.gallery, receipt.eligible), (2 + MARKS, 2 + MARKS));
            assert_eq!((receipt.compared, result.candidates.len()), (top.min(2), top.min(2)));
            assert!(result.candidates.iter().all(|c| c.specimen.as_str().starts_with("S-")));
            // All of them are passed over where every real mark is wanted, which are fewer than asked for.
            assert!(receipt.signature_only == MARKS || (top == 1 && receipt.signature_only < MARKS));
            passed_over += receipt.signature_only as u64;
        }
        assert_eq!((results.len(), done.totals.signature_only), (3, passed_over));
    }
    let leads = store.leads().unwrap();
    assert!((1..=3).contains(&leads.len()), "of three pairs of scans, and no other");
    assert!(leads.iter().all(|l| l.joins().sides().iter().all(|s| s.specimen.as_str().starts_with("S-"))));

    // An old receipt knows nothing of it.
    let mut old = store.latest_correlations().unwrap().remove(0).receipt;
    old.as_object_mut().unwrap().remove("signature_only");
    assert_eq!(serde_json::from_value::<Receipt>(old).unwrap().signature_only, 0);
}

#[test]
fn resampled_surfaces_ask_and_are_compared_and_are_no_source_of_others() {
    let clock = FixedClock::stepping(time(100), SignedDuration::from_millis(1));
    let parameters = Parameters::built_in().unwrap();
    let store = with_shots(&parameters);
    let context = context(&store, &clock, &parameters, &Unwatched);
    let done = grow_surfaces(&context, 4, 7).unwrap();
    assert_eq!((done.there, done.added, done.sources, done.surfaces), (0, 4, 3, true));
    let again = grow_surfaces(&context, 5, 7).unwrap();
    assert_eq!((again.there, again.added, again.sources), (4, 1, 3), "what is resampled is no source");
    assert_eq!(grow(&context, 2, 7).unwrap().sources, 3, "nor of signatures, which are counted apart");

    let gallery = Gallery::open(&store, &parameters, None).unwrap();
    let (able, left_out) = able_to_ask(&store, &gallery, (0..gallery.members.len()).collect()).unwrap();
    assert_eq!((able.len(), left_out), (3 + 5, 2));
    for n in 0..5 {
        let name = SpecimenId::new(format!("RESAMPLED-SURFACE-7-{n:08}"));
        let (_, mark) = stored_mark(&store, &name, &parameters).unwrap();
        assert!(
            store
                .exhibit(&ExhibitId::new(name.as_str()))
                .unwrap()
                .description
                .unwrap()
                .contains("superficie remuestreada")
        );
        // The signature is that of the surface, so that codes and comparisons see the same.
        let own = crate::signature::sign(&mark, &parameters.signature).to_bytes();
        let id = &store.marks(&MarkFilter { specimen: Some(name), ..MarkFilter::default() }).unwrap()[0].mark.id;
        assert_eq!(store.signature(id, &parameters.signature_version()).unwrap(), own);
    }
    let request = Request { top: 9, exhaustive: false, filter: None };
    let found = correlate(&context, &gallery, &able[3..4], request).unwrap().remove(0);
    let receipt: Receipt = serde_json::from_value(found.receipt).unwrap();
    assert_eq!((receipt.eligible, receipt.compared, receipt.signature_only), (9, 7, 2));
    assert!(found.candidates.iter().all(|c| c.log10_lr.is_some_and(|lr| lr < 1.0)), "{:?}", found.candidates);
}

#[test]
fn a_mark_that_holds_only_a_signature_can_neither_ask_nor_be_signed_anew() {
    let (parameters, clock) = (Parameters::built_in().unwrap(), FixedClock::at(time(100)));
    let store = with_shots(&parameters);
    let context = context(&store, &clock, &parameters, &Unwatched);
    grow(&context, 2, 7).unwrap();
    let gallery = Gallery::open(&store, &parameters, None).unwrap();
    let request = Request { top: 5, exhaustive: false, filter: None };
    let asked = correlate(&context, &gallery, &[3], request).unwrap_err();
    let name = "RESAMPLED-7-00000000";
    assert!(matches!(&asked, EngineError::SignatureOnly { what } if what.contains(name)), "{asked}");
    assert!(asked.say(Language::Es).contains("solo guarda una firma"));
    let compared = stored_mark(&store, &SpecimenId::new(name), &parameters).unwrap_err();
    assert!(matches!(&compared, EngineError::SignatureOnly { what } if what.contains(name)), "{compared}");
    assert!(stored_mark(&store, &SpecimenId::new("S-1"), &parameters).is_ok());
    assert!(matches!(stored_mark(&store, &SpecimenId::new("S-9"), &parameters), Err(EngineError::Store(_))));

    // Another version of signatures: the scans are signed anew, the others cannot be.
    let mut other = parameters.clone();
    other.signature.code.offset_step_um += 1.0;
    let context = Context { parameters: &other, ..context };
    let done = resign(&context).unwrap();
    assert_eq!((done.signed, done.signature_only, done.failed.len()), (3, 2, 0));
    assert_eq!(resign(&context).unwrap().signature_only, 2);
    assert_eq!(Gallery::open(&store, &other, None).unwrap().unsigned, 2);
}
