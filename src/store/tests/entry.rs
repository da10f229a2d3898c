//! Submitting and reading back.

use super::*;
use crate::casework::ExhibitKind;
use crate::engine::ports::{MarkFilter, Put, Store, StoreError};
use crate::store::SqliteStore;
use std::ops::ControlFlow;

#[test]
fn everything_comes_back_as_it_went_in() {
    let folder = tempfile::tempdir().unwrap();
    for store in [SqliteStore::in_memory().unwrap(), SqliteStore::create(folder.path().join("g")).unwrap()] {
        let (one, two) = (submission(1), test_fire(2, "F-2"));
        let done = store.submit(&one, &stamp(1)).unwrap();
        assert_eq!((done.put, done.new_specimen, done.acquisition), (Put::New, true, one.acquisition.id.clone()));
        store.submit(&two, &stamp(2)).unwrap();

        assert_eq!(Some(store.incident(&IncidentId::new("I-1")).unwrap()), one.incident);
        assert_eq!(store.incidents().unwrap().len(), 1);
        assert_eq!(store.exhibit(&one.exhibit.id).unwrap(), one.exhibit);
        assert_eq!(store.exhibits().unwrap(), [one.exhibit.clone(), two.exhibit.clone()]);
        assert_eq!(store.specimen(&two.specimen.id).unwrap(), two.specimen);
        assert_eq!(store.specimens(None).unwrap().len(), 2);
        assert_eq!(store.specimens(Some(&two.exhibit.id)).unwrap(), std::slice::from_ref(&two.specimen));
        assert_eq!(store.acquisition(&one.acquisition.id).unwrap(), one.acquisition);
        assert_eq!(store.acquisitions(None).unwrap().len(), 2);
        assert_eq!(store.acquisitions(Some(&one.specimen.id)).unwrap(), std::slice::from_ref(&one.acquisition));
        assert_eq!(store.received_bytes(&one.acquisition.id).unwrap(), one.received);
        assert_eq!(Some(store.mark_bytes(&mark_of(&one)).unwrap()), one.marks[0].bytes);
        assert_eq!(store.signature(&mark_of(&two), &version()).unwrap(), two.marks[0].signatures[0].bytes);
        let context = store.mark(&mark_of(&two)).unwrap();
        assert_eq!(context.mark, two.marks[0].record);
        assert_eq!((context.kind, context.sequence), (ExhibitKind::TestFire, 2));
        assert_eq!((context.firearm, context.incident), (Some(FirearmId::new("F-2")), None));
        assert_eq!((context.calibre.as_deref(), context.received), (Some("9mm Luger"), time(0)));
        assert_eq!(store.known(&one.specimen.id, &one.acquisition.sha256).unwrap(), Some(one.acquisition.id.clone()));
        assert_eq!(store.known(&two.specimen.id, &one.acquisition.sha256).unwrap(), None);
        assert_eq!(store.check().unwrap().marks, 2);
    }
}

#[test]
fn the_same_file_again_changes_nothing_and_says_so() {
    let store = SqliteStore::in_memory().unwrap();
    let one = submission(1);
    store.submit(&one, &stamp(1)).unwrap();
    let (generation, head) = (store.generation().unwrap(), store.verify_audit().unwrap());
    let mut second_time = one.clone();
    second_time.acquisition.received = time(500);
    second_time.acquisition.file_name = "renamed.x3p".to_owned();
    let done = store.submit(&second_time, &stamp(500)).unwrap();
    assert_eq!((done.put, done.new_specimen), (Put::Unchanged, false));
    assert_eq!(done.acquisition, one.acquisition.id);
    assert_eq!((store.generation().unwrap(), store.verify_audit().unwrap()), (generation, head));
    assert_eq!(store.acquisition(&one.acquisition.id).unwrap(), one.acquisition, "the first record stays");

    // Without an incident record: what is not said contradicts nothing.
    second_time.incident = None;
    assert_eq!(store.submit(&second_time, &stamp(501)).unwrap().put, Put::Unchanged);
}

#[test]
fn other_bytes_of_a_specimen_are_a_further_acquisition() {
    let store = SqliteStore::in_memory().unwrap();
    let one = submission(1);
    store.submit(&one, &stamp(1)).unwrap();
    let before = store.generation().unwrap();
    let done = store.submit(&again(&one, 77), &stamp(2)).unwrap();
    assert_eq!((done.put, done.new_specimen), (Put::New, false));
    assert_eq!(store.acquisitions(Some(&one.specimen.id)).unwrap().len(), 2);
    assert!(store.generation().unwrap() > before);
}

#[test]
fn the_same_bytes_under_another_specimen_are_kept_and_told() {
    let store = SqliteStore::in_memory().unwrap();
    let one = submission(1);
    store.submit(&one, &stamp(1)).unwrap();
    let mut two = submission(2);
    two.received.clone_from(&one.received);
    two.acquisition.sha256 = one.acquisition.sha256;
    two.acquisition.id = Acquisition::id_for(&two.specimen.id, &one.acquisition.sha256);
    two.marks = vec![mark(&two.acquisition, &two.received)];
    let done = store.submit(&two, &stamp(2)).unwrap();
    assert_eq!((done.put, done.same_bytes_under), (Put::New, vec![one.specimen.id]));
    assert_eq!(store.check().unwrap().received, 1, "the bytes are kept once");
    assert_eq!(store.received_bytes(&done.acquisition).unwrap(), one.received);
}

#[test]
fn contradictions_are_refused_whole_and_gaps_are_filled() {
    let store = SqliteStore::in_memory().unwrap();
    let one = submission(1);
    store.submit(&one, &stamp(1)).unwrap();
    let refuse = |change: &dyn Fn(&mut Submission), field: &str| {
        let before = (store.generation().unwrap(), store.verify_audit().unwrap());
        let mut other = again(&one, 99);
        change(&mut other);
        match store.submit(&other, &stamp(2)).unwrap_err() {
            StoreError::Conflict { field: found, .. } => assert_eq!(found, field),
            other => panic!("{field}: {other}"),
        }
        assert_eq!((store.generation().unwrap(), store.verify_audit().unwrap()), before);
        assert_eq!(store.acquisitions(None).unwrap().len(), 1, "nothing half-written");
    };
    refuse(&|s| s.incident.as_mut().unwrap().place = Some("Otra calle".into()), "place");
    refuse(&|s| s.incident.as_mut().unwrap().date = Some(PartialDate::year(2024).unwrap()), "date");
    refuse(&|s| s.specimen.calibre = Some(".45 ACP".into()), "calibre");
    refuse(
        &|s| {
            s.exhibit = Exhibit::test_fires(s.exhibit.id.clone(), FirearmId::new("F-9"));
            s.incident = None;
        },
        "origin",
    );

    let mut fuller = one.clone();
    fuller.incident.as_mut().unwrap().latitude = Some(19.4326);
    fuller.incident.as_mut().unwrap().longitude = Some(-99.1332);
    fuller.specimen.ammunition_maker = Some("Águila".to_owned());
    let done = store.submit(&fuller, &stamp(3)).unwrap();
    assert_eq!(done.put, Put::Changed);
    assert_eq!(done.completed, ["incident I-1: latitude", "incident I-1: longitude", "specimen S-1: ammunition_maker"]);
    let incident = store.incident(&IncidentId::new("I-1")).unwrap();
    assert_eq!((incident.latitude, incident.place.as_deref()), (Some(19.4326), Some("Calle Ficticia 12")));
    assert_eq!(store.submit(&fuller, &stamp(4)).unwrap().put, Put::Unchanged);
    let events = store.audit(1, 100).unwrap();
    assert_eq!(events.last().unwrap().entry.action, "acquisition.completed");
    assert!(events.last().unwrap().entry.details.contains("latitude"));
}

#[test]
fn a_submission_that_does_not_hold_together_is_refused() {
    let store = SqliteStore::in_memory().unwrap();
    let refuse = |change: &dyn Fn(&mut Submission), says: &str| {
        let mut bad = submission(1);
        change(&mut bad);
        let error = store.submit(&bad, &stamp(1)).unwrap_err().to_string();
        assert!(error.contains(says), "expected {says:?} in {error:?}");
        assert_eq!(store.generation().unwrap(), 0);
        assert!(store.incidents().unwrap().is_empty() && store.exhibits().unwrap().is_empty());
    };
    refuse(&|s| s.received.push(0), "SHA-256");
    refuse(&|s| s.incident = None, "incident I-1 is not in the gallery");
    refuse(&|s| s.incident = Some(Incident::numbered(IncidentId::new("I-2"))), "expected an exhibit of incident I-2");
    refuse(&|s| s.specimen.exhibit = ExhibitId::new("E-2"), "expected E-1, got E-2");
    refuse(&|s| s.acquisition.specimen = SpecimenId::new("S-2"), "expected S-1, got S-2");
    refuse(&|s| s.marks[0].record.acquisition = crate::ids::AcquisitionId::new("other"), "got other");
    refuse(&|s| s.specimen.id = SpecimenId::new(" "), "specimen: expected text");
    refuse(&|s| s.incident.as_mut().unwrap().country = Some("mexico".into()), "country");
    refuse(&|s| s.marks[0].signatures[0].version.0.clear(), "signature version");
    refuse(&|s| s.marks[0].signatures[0].bytes = vec![0; (16 << 20) + 1], "at most 16777216 bytes");
    // JSON would turn it into null, and the mark could never be read again.
    refuse(&|s| s.marks[0].record.quality.rms_fine_um = f64::NAN, "finite");
}

#[test]
fn filters_and_visits_agree_and_come_in_the_order_of_entry() {
    let store = SqliteStore::in_memory().unwrap();
    for n in [5, 3, 9] {
        store.submit(&submission(n), &stamp(1)).unwrap();
    }
    let mut late = test_fire(1, "F-1");
    late.acquisition.received = time(1000);
    late.marks[0].record.modality = Modality::Reflectance;
    late.marks[0].record.quality.suitability = Suitability::Unsuitable {
        code: "area.too_small".into(),
        english: "too small".into(),
        spanish: "demasiado pequeña".into(),
    };
    store.submit(&late, &stamp(2)).unwrap();
    let all = MarkFilter::default();
    let cases: Vec<(MarkFilter, Vec<&str>)> = vec![
        (all.clone(), vec!["S-5", "S-3", "S-9", "T-1"]),
        (MarkFilter { region: Some(Region::FiringPin), ..all.clone() }, vec![]),
        (MarkFilter { region: Some(Region::BreechFace), ..all.clone() }, vec!["S-5", "S-3", "S-9", "T-1"]),
        (MarkFilter { modality: Some(Modality::Heights), ..all.clone() }, vec!["S-5", "S-3", "S-9"]),
        (MarkFilter { kind: Some(ExhibitKind::TestFire), ..all.clone() }, vec!["T-1"]),
        (MarkFilter { suitable_only: true, ..all.clone() }, vec!["S-5", "S-3", "S-9"]),
        (MarkFilter { exhibit: Some(ExhibitId::new("E-3")), ..all.clone() }, vec!["S-3"]),
        (MarkFilter { specimen: Some(SpecimenId::new("S-9")), ..all.clone() }, vec!["S-9"]),
        (MarkFilter { since: Some(time(1000)), ..all.clone() }, vec!["T-1"]),
        (MarkFilter { since: Some(time(1001)), ..all.clone() }, vec![]),
        (MarkFilter { after: Some(2), ..all.clone() }, vec!["S-9", "T-1"]),
        (MarkFilter { parameters: Some(Digest::of(b"other")), ..all.clone() }, vec![]),
        (MarkFilter { kind: Some(ExhibitKind::Evidence), after: Some(1), ..all.clone() }, vec!["S-3", "S-9"]),
    ];
    for (filter, expected) in cases {
        let listed = store.marks(&filter).unwrap();
        assert_eq!(listed.iter().map(|m| m.specimen.as_str()).collect::<Vec<_>>(), expected, "{filter:?}");
        let mut visited = Vec::new();
        let generation = store
            .visit_signatures(&version(), &filter, &mut |row| {
                assert_eq!(row.bytes.len(), 256);
                visited.push(row.context);
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!((visited, generation), (listed, 4));
    }
    let mut first = 0;
    store
        .visit_signatures(&version(), &all, &mut |_| {
            first += 1;
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!(first, 1);
}

#[test]
fn the_walk_over_signatures_sorts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    drop(SqliteStore::create(folder.path()).unwrap());
    let database = rusqlite::Connection::open(folder.path().join("gallery.sqlite3")).unwrap();
    let all = MarkFilter::default();
    for filter in [
        all.clone(),
        MarkFilter { region: Some(Region::BreechFace), suitable_only: true, after: Some(5), ..all.clone() },
        MarkFilter { kind: Some(ExhibitKind::TestFire), since: Some(time(0)), ..all },
    ] {
        let (query, values) = crate::store::marks::visit_query(&version(), &filter);
        let mut statement = database.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        let values = rusqlite::params_from_iter(values.iter().map(AsRef::as_ref));
        let plan: Vec<String> = statement.query_map(values, |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        assert!(plan.len() >= 5 && !plan.join(" ").contains("TEMP"), "{plan:#?}");
    }
}

#[test]
fn signature_versions_live_side_by_side() {
    let store = SqliteStore::in_memory().unwrap();
    let one = submission(1);
    store.submit(&one, &stamp(1)).unwrap();
    let next = NewSignature { version: SignatureVersion("polar/2".into()), bytes: vec![9; 64] };
    let before = store.generation().unwrap();
    let unsigned = |filter: &MarkFilter| store.unsigned_marks(&next.version, filter).unwrap();
    assert_eq!(unsigned(&MarkFilter::default()), [mark_of(&one)]);
    assert_eq!(unsigned(&MarkFilter { region: Some(Region::FiringPin), ..MarkFilter::default() }), []);
    assert_eq!(store.put_signature(&mark_of(&one), &next, &stamp(2)).unwrap(), Put::New);
    assert_eq!(unsigned(&MarkFilter::default()), []);
    assert_eq!(store.put_signature(&mark_of(&one), &next, &stamp(3)).unwrap(), Put::Unchanged);
    assert_eq!(store.generation().unwrap(), before + 1);
    assert_eq!(store.signature(&mark_of(&one), &next.version).unwrap(), next.bytes);
    assert_eq!(store.signature(&mark_of(&one), &version()).unwrap(), one.marks[0].signatures[0].bytes);
    let changed = NewSignature { bytes: vec![8; 64], ..next.clone() };
    assert_eq!(store.put_signature(&mark_of(&one), &changed, &stamp(4)).unwrap(), Put::Changed);
    assert!(matches!(
        store.put_signature(&MarkId::new("none"), &next, &stamp(5)),
        Err(StoreError::NotFound { kind: "mark", .. })
    ));

    let mut firing_pin = one.marks[0].clone();
    firing_pin.record.region = Region::FiringPin;
    firing_pin.record.id = MarkRecord::id_for(&one.acquisition.id, Region::FiringPin, &firing_pin.record.parameters);
    let marks = [firing_pin];
    assert_eq!(store.put_marks(&one.acquisition.id, &marks, &stamp(6)).unwrap(), Put::New);
    assert_eq!(store.put_marks(&one.acquisition.id, &marks, &stamp(7)).unwrap(), Put::Unchanged);
    let mut other = marks[0].clone();
    other.record.parameters = Digest::of(b"prepare 2");
    assert!(matches!(
        store.put_marks(&one.acquisition.id, &[other], &stamp(8)),
        Err(StoreError::Conflict { kind: "mark", .. })
    ));
    assert_eq!(store.marks(&MarkFilter::default()).unwrap().len(), 2);
    store.verify_audit().unwrap();
}

#[test]
fn what_is_not_there_is_named_in_both_languages() {
    use crate::language::Language;
    let store = SqliteStore::in_memory().unwrap();
    let error = store.exhibit(&ExhibitId::new("E-404")).unwrap_err();
    assert_eq!(error.say(Language::En), "exhibit E-404 is not in the gallery");
    assert_eq!(error.say(Language::Es), "indicio E-404 no está en la galería");
}

#[test]
fn several_submissions_together_are_each_of_them_in_turn() {
    let mut all: Vec<Submission> = (1..8).map(|n| if n == 4 { test_fire(n, "F-4") } else { submission(n) }).collect();
    all[2].marks[0].bytes = None;
    // A further file of the first specimen, one that is given twice, and one that completes what an earlier one left open.
    all.push(again(&all[0], 77));
    all.push(all[1].clone());
    let mut fuller = all[4].clone();
    fuller.incident.as_mut().unwrap().state = Some("Sonora".to_owned());
    all.push(fuller);
    let folder = tempfile::tempdir().unwrap();
    let [one, many] = ["one", "many"].map(|name| SqliteStore::create(folder.path().join(name)).unwrap());
    let singly: Vec<_> = all.iter().map(|s| one.submit(s, &stamp(1)).unwrap()).collect();
    assert_eq!(many.submit_all(&all, &stamp(1)).unwrap(), singly);

    let filter = MarkFilter::default();
    assert_eq!(many.marks(&filter).unwrap(), one.marks(&filter).unwrap());
    assert_eq!(many.incidents().unwrap(), one.incidents().unwrap());
    assert_eq!(many.exhibits().unwrap(), one.exhibits().unwrap());
    assert_eq!(many.specimens(None).unwrap(), one.specimens(None).unwrap());
    assert_eq!(many.acquisitions(None).unwrap(), one.acquisitions(None).unwrap());
    for submitted in &singly {
        let id = &submitted.acquisition;
        assert_eq!(many.received_bytes(id).unwrap(), one.received_bytes(id).unwrap());
    }
    for context in one.marks(&filter).unwrap() {
        let id = &context.mark.id;
        assert_eq!(many.signature(id, &version()).unwrap(), one.signature(id, &version()).unwrap());
        assert_eq!(many.mark_bytes(id).ok(), one.mark_bytes(id).ok());
    }
    let [single, together] = [&one, &many].map(|store| store.check().unwrap());
    assert_eq!((together.marks, together.received), (single.marks, single.received));
    assert_eq!(
        (many.generation().unwrap(), many.rewritten().unwrap()),
        (1, 1),
        "one step, which completed a stored case"
    );

    // One event for all of them, and none where nothing is new.
    let events = many.audit(1, 100).unwrap();
    let event = events.last().unwrap();
    assert_eq!((events.len(), event.entry.action.as_str()), (2, "acquisitions.submitted"));
    let details: serde_json::Value = serde_json::from_str(&event.entry.details).unwrap();
    assert_eq!((details["new_acquisitions"].as_u64(), details["new_marks"].as_u64()), (Some(8), Some(8)));
    assert_eq!(details["new_specimens"], 7);
    assert_eq!(details["completed"], serde_json::json!(["incident I-5: state"]));
    assert_eq!(details["first"], all[0].acquisition.id.as_str());
    assert_eq!(details["content"].as_str().map(str::len), Some(64));
    assert!(many.submit_all(&all, &stamp(2)).unwrap().iter().all(|done| done.put == Put::Unchanged));
    assert!(many.submit_all(&[], &stamp(2)).unwrap().is_empty());
    assert_eq!(many.audit(1, 100).unwrap().len(), 2);
    assert_eq!(many.generation().unwrap(), 1);
}

#[test]
fn one_bad_submission_among_several_refuses_them_all() {
    let store = SqliteStore::in_memory().unwrap();
    store.submit(&submission(1), &stamp(1)).unwrap();
    let before = (store.generation().unwrap(), store.verify_audit().unwrap());
    let mut unfit = submission(3);
    unfit.received.push(0);
    let mut contradicts = again(&submission(1), 99);
    contradicts.specimen.calibre = Some(".45 ACP".to_owned());
    for (bad, says) in [(unfit, "SHA-256"), (contradicts, "calibre")] {
        let error = store.submit_all(&[submission(2), bad, submission(4)], &stamp(2)).unwrap_err().to_string();
        assert!(error.contains(says), "expected {says:?} in {error:?}");
        assert_eq!((store.generation().unwrap(), store.verify_audit().unwrap()), before);
        assert_eq!(store.acquisitions(None).unwrap().len(), 1, "nothing half-written");
    }
}

#[test]
fn marks_that_hold_only_a_signature_are_told_apart() {
    let store = SqliteStore::in_memory().unwrap();
    let mut bare = submission(2);
    bare.marks[0].bytes = None;
    store.submit_all(&[submission(1), bare.clone(), submission(3)], &stamp(1)).unwrap();
    // The fourth is not there; who reads it is told so.
    assert_eq!(store.have_bytes(&[3, 2, 1, 4]).unwrap(), [true, false, true, true]);
    assert_eq!(store.have_bytes(&[]).unwrap(), [false; 0]);
    let with_bytes = MarkFilter { with_bytes: true, after: Some(1), ..MarkFilter::default() };
    let found: Vec<u64> = store.marks(&with_bytes).unwrap().iter().map(|m| m.sequence).collect();
    assert_eq!((found, store.count_marks(&with_bytes).unwrap()), (vec![3], 1));
    assert!(matches!(store.mark_bytes(&mark_of(&bare)), Err(StoreError::NotFound { .. })));
    assert_eq!(store.signature(&mark_of(&bare), &version()).unwrap(), bare.marks[0].signatures[0].bytes);

    assert_eq!(store.last_specimen("S-").unwrap(), Some(SpecimenId::new("S-3")));
    assert_eq!(store.last_specimen("S-2").unwrap(), Some(SpecimenId::new("S-2")));
    assert_eq!(store.last_specimen("T-").unwrap(), None);
}
