//! Reviewing record links over a real store: decisions of people stand, history stays, linking again changes nothing of theirs.

use brasslink::casework::{Person, Role};
use brasslink::engine::link_review::{Act, act, apply, labels, queue, read_decisions, show};
use brasslink::engine::ports::{FixedClock, Stamp, Store};
use brasslink::engine::record_links::{Linker, link_records};
use brasslink::ids::{FirearmId, TraceId};
use brasslink::store::SqliteStore;
use brasslink::trace::linkage::Decision;
use brasslink::trace::{FirearmRecord, Personal, Serial, TraceRecord, TraceStatus};

const NOW: &str = "2026-03-01T12:00:00Z";

fn clock() -> FixedClock {
    FixedClock::at(NOW.parse().unwrap())
}

fn trace(id: &str, serial: &str) -> TraceRecord {
    let mut record = TraceRecord::new(TraceId::new(id), Serial::read(serial));
    (record.status, record.maker) = (TraceStatus::Completed, Some("Glock".to_owned()));
    record.calibre = Some("9mm".to_owned());
    record.purchaser = Some(Personal::new("Ana Inventada".to_owned()));
    record
}

fn gallery() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open_or_create(folder.path()).unwrap();
    let stamp = Stamp::new(NOW.parse().unwrap(), "clerk");
    let mut gun = FirearmRecord::new(FirearmId::new("F1"), Serial::read("ABC123456"));
    (gun.maker, gun.calibre) = (Some("Glock".to_owned()), Some("9mm".to_owned()));
    store.put_firearm(&gun, &stamp).unwrap();
    for (id, serial) in [("T1", "ABC123456"), ("T2", "ABC123457"), ("T3", "ZZZ987654")] {
        store.put_trace(&trace(id, serial), &stamp).unwrap();
    }
    (folder, store)
}

fn analyst() -> Person {
    Person::new("analyst 7", Role::Analyst).unwrap()
}

fn pair(trace: &str) -> (FirearmId, TraceId) {
    (FirearmId::new("F1"), TraceId::new(trace))
}

#[test]
fn a_persons_decision_survives_linking_again_and_can_be_taken_back() {
    let (_folder, store) = gallery();
    let (clock, linker) = (clock(), Linker::built_in().unwrap());
    let first = link_records(&store, &clock, &linker, None).unwrap();
    assert_eq!((first.automatic, first.review, first.written), (1, 1, 2));
    let (f, t) = pair("T2");
    act(&store, &clock, &linker, &analyst(), (&f, &t), Act::Accept, "form read again").unwrap();
    assert!(queue(&store).unwrap().is_empty());
    let again = link_records(&store, &clock, &linker, None).unwrap();
    assert_eq!((again.judged, again.written), (1, 0), "nothing of the person is overwritten");
    assert_eq!(labels(&store).unwrap().len(), 1);
    let view = show(&store, &linker, &f, &t).unwrap();
    assert_eq!(view.by, "analyst 7");
    assert!(!serde_json::to_string(&view).unwrap().contains("Inventada"), "a purchaser is masked");
    act(&store, &clock, &linker, &analyst(), (&f, &t), Act::Undo, "wrong form").unwrap();
    assert_eq!(queue(&store).unwrap().len(), 1);
    let view = show(&store, &linker, &f, &t).unwrap();
    assert_eq!(view.history.len(), 3, "the history keeps all: linker, person, taken back");
    let audit = store.audit(1, 100).unwrap();
    let said = |action: &str| audit.iter().filter(|e| e.entry.action == action).count();
    assert_eq!((said("link.undone"), said("links.decided")), (1, 1));
    store.check().unwrap();
}

#[test]
fn only_an_analyst_or_examiner_decides_and_never_without_a_reason() {
    let (_folder, store) = gallery();
    let (clock, linker) = (clock(), Linker::built_in().unwrap());
    link_records(&store, &clock, &linker, None).unwrap();
    let (f, t) = pair("T2");
    for role in [Role::Technician, Role::Auditor] {
        let person = Person::new("somebody", role).unwrap();
        assert!(act(&store, &clock, &linker, &person, (&f, &t), Act::Accept, "seen").is_err());
    }
    assert!(act(&store, &clock, &linker, &analyst(), (&f, &t), Act::Accept, "  ").is_err());
    assert!(act(&store, &clock, &linker, &analyst(), (&f, &t), Act::Undo, "nothing there").is_err());
    assert_eq!(queue(&store).unwrap().len(), 1);
}

#[test]
fn nothing_is_done_again_when_nothing_changed_and_a_corrected_record_withdraws_its_link() {
    let (_folder, store) = gallery();
    let (clock, linker) = (clock(), Linker::built_in().unwrap());
    let first = link_records(&store, &clock, &linker, None).unwrap();
    let again = link_records(&store, &clock, &linker, Some(&first.last)).unwrap();
    assert!(again.unchanged);
    assert_eq!((again.automatic, again.review), (1, 1));
    let stamp = Stamp::new(NOW.parse().unwrap(), "clerk");
    store.put_trace(&trace("T1", "QQQ555555"), &stamp).unwrap();
    let after = link_records(&store, &clock, &linker, Some(&first.last)).unwrap();
    assert!(!after.unchanged);
    assert_eq!((after.automatic, after.withdrawn), (0, 1), "the stale link does not stay");
    let (f, t) = pair("T1");
    assert_eq!(show(&store, &linker, &f, &t).unwrap().kept.link.decision, Decision::None);
}

#[test]
fn a_file_of_decisions_is_applied_row_by_row_and_bad_rows_are_named() {
    let (_folder, store) = gallery();
    let (clock, linker) = (clock(), Linker::built_in().unwrap());
    link_records(&store, &clock, &linker, None).unwrap();
    let text =
        "arma,rastreo,decisión,motivo\nF1,T2,rechazar,arma contigua\nF1,T9,aceptar,no existe\nF1,T3,quizá,x\nF1,T3,,\n";
    let (rows, bad) = read_decisions("decisions.csv", text).unwrap();
    assert_eq!((rows.len(), bad.len()), (2, 1));
    let done = apply(&store, &clock, &linker, &analyst(), &rows).unwrap();
    assert_eq!((done.applied, done.refused.len()), (1, 1));
    assert_eq!(done.refused[0].0, 3);
    assert!(read_decisions("x.csv", "a,b\n").is_err());
    assert!(!labels(&store).unwrap()[&pair("T2")]);
}
