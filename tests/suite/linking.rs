//! Linking again after imports: only what changed is compared, and what stands is what a linking from nothing gives. And a site's
//! own catalogues wherever names are resolved.

use brasslink::casework::{Person, Role};
use brasslink::engine::last_linking::LastLinking;
use brasslink::engine::link_review::{Act, act, queue};
use brasslink::engine::ports::{Clock as _, FixedClock, LinkDecision, RecordBatch, Stamp, Store};
use brasslink::engine::record_links::{Linker, link_records};
use brasslink::engine::story::story;
use brasslink::engine::trace_search::{SearchRequest, trace_serial};
use brasslink::ids::{FirearmId, TraceId};
use brasslink::simulate::country::{CountryParameters, simulate_country};
use brasslink::store::SqliteStore;
use brasslink::trace::import::{ImportOptions, import_firearms, import_traces};
use brasslink::trace::indicators::Rule;
use brasslink::trace::linkage::Decision;
use brasslink::trace::{FirearmRecord, Serial, TraceRecord, TraceStatus};
use std::collections::BTreeMap;
use std::time::Instant;

fn clock() -> FixedClock {
    FixedClock::at("2026-03-01T12:00:00Z".parse().unwrap())
}

fn stamp() -> Stamp {
    Stamp::new(clock().now(), "clerk")
}

fn country(firearms: u32, traces: u32, seed: u64) -> (Vec<FirearmRecord>, Vec<TraceRecord>) {
    let country = simulate_country(&CountryParameters { firearms, traces, seed }).unwrap();
    let (mut register, mut all) = (Vec::new(), Vec::new());
    for (name, bytes) in country.tables() {
        let options = ImportOptions::named(name);
        if name == "firearms.csv" {
            register = import_firearms(&bytes, &options).unwrap().records;
        } else if name.starts_with("traces-") {
            all.extend(import_traces(&bytes, &options).unwrap().records);
        }
    }
    (register, all)
}

fn put(store: &SqliteStore, firearms: &[FirearmRecord], traces: &[TraceRecord]) {
    for batch in
        firearms.chunks(10_000).map(RecordBatch::Firearms).chain(traces.chunks(10_000).map(RecordBatch::Traces))
    {
        store.put_records(batch, None, &stamp()).unwrap();
    }
}

/// What stands on every pair and says anything.
fn stands(store: &SqliteStore) -> BTreeMap<(FirearmId, TraceId), LinkDecision> {
    let all = store.link_decisions().unwrap().into_iter();
    all.filter(|d| d.decision["decision"] != "none").map(|d| ((d.firearm.clone(), d.trace.clone()), d)).collect()
}

#[test]
fn linking_after_each_import_leaves_what_linking_from_nothing_gives_and_decisions_of_people_stand() {
    let (firearms, traces) = country(60, 1_300, 3);
    let (clock, linker) = (clock(), Linker::built_in().unwrap());
    let store = SqliteStore::in_memory().unwrap();
    // Of the 1,300 all but 50, and all but ten of the register.
    put(&store, &firearms[..50], &traces[..1_250]);
    let first = link_records(&store, &clock, &linker, None).unwrap();
    assert!(first.compared.everything.is_some() && first.automatic > 10, "{:?}", first.compared);

    let person = Person::new("analyst 7", Role::Analyst).unwrap();
    let waiting: Vec<(FirearmId, TraceId)> =
        queue(&store).unwrap().iter().map(|w| (w.kept.link.firearm.clone(), w.kept.link.trace.clone())).collect();
    assert!(waiting.len() >= 3, "{}", waiting.len());
    let decide = |n: usize, what: Act| {
        act(&store, &clock, &linker, &person, (&waiting[n].0, &waiting[n].1), what, "form read again").unwrap()
    };
    decide(0, Act::Reject);
    decide(1, Act::Accept);
    let mut last = first.last;
    let mut changed = traces.clone();
    for (step, at) in (1_250..1_300).step_by(10).enumerate() {
        // Ten new traces and two firearms, two former traces corrected, and one of them that a person has decided on.
        let (n, m) = (step * 100, step * 100 + 57);
        let (serial, maker) = (changed[n].serial.clone(), changed[m].maker.clone());
        changed[m].serial = serial;
        changed[n].maker = maker;
        let decided = changed.iter().position(|t| t.trace == waiting[step % 2].1).unwrap();
        changed[decided].model = Some(format!("Modelo {step}"));
        let touched = [changed[n].clone(), changed[m].clone(), changed[decided].clone()];
        put(&store, &firearms[50 + step * 2..52 + step * 2], &changed[at..at + 10]);
        put(&store, &[], &touched);
        if step == 3 {
            decide(0, Act::Undo);
        }
        // As it is read from its file.
        let read = LastLinking::from_bytes(&last.to_bytes().unwrap()).unwrap();
        let linked = link_records(&store, &clock, &linker, Some(&read)).unwrap();
        assert_eq!(linked.compared.everything, None, "step {step}");
        assert_eq!((linked.compared.changed_firearms, linked.compared.firearms < 60), (2, true));
        assert!((12..40).contains(&linked.compared.changed_traces), "{:?}", linked.compared);
        assert!(linked.pairs < first.pairs, "{} of {}", linked.pairs, first.pairs);
        last = linked.last;
        let again = link_records(&store, &clock, &linker, Some(&last)).unwrap();
        assert!(again.unchanged && again.automatic == linked.automatic && again.review == linked.review);
    }
    // Traces alone, corrected and back again: the others are not read, and what was counted stays right.
    for step in 0..4 {
        let some: Vec<TraceRecord> = [3, 400, 700 + step]
            .map(|n| {
                changed[n].maker = Some(if step % 2 == 0 { "Taurus" } else { "Glock" }.to_owned());
                changed[n].item = Some(format!("item {step}"));
                changed[n].clone()
            })
            .into();
        put(&store, &[], &some);
        let linked = link_records(&store, &clock, &linker, Some(&last)).unwrap();
        let compared = &linked.compared;
        assert_eq!((&compared.everything, compared.firearms, compared.traces), (&None, 0, 3), "step {step}");
        last = linked.last;
    }
    assert_eq!(link_records(&store, &clock, &linker, None).unwrap().written, 0, "everything anew finds nothing else");

    let whole = SqliteStore::in_memory().unwrap();
    put(&whole, &firearms, &changed);
    let from_nothing = link_records(&whole, &clock, &linker, None).unwrap();
    let (mut incremental, mut full) = (stands(&store), stands(&whole));
    assert_eq!(incremental[&waiting[1]].by, "analyst 7", "the person's decision stands");
    assert_eq!(from_nothing.judged, 0);
    incremental.remove(&waiting[1]);
    full.remove(&waiting[1]);
    assert_eq!(incremental, full);
    store.check().unwrap();
}

#[test]
fn another_gallery_or_other_weights_are_linked_anew_whatever_is_remembered() {
    let (firearms, traces) = country(30, 400, 5);
    let (clock, mut linker) = (clock(), Linker::built_in().unwrap());
    let store = SqliteStore::in_memory().unwrap();
    put(&store, &firearms, &traces);
    let last = link_records(&store, &clock, &linker, None).unwrap().last;
    let other = SqliteStore::in_memory().unwrap();
    put(&other, &firearms, &traces);
    let linked = link_records(&other, &clock, &linker, Some(&last)).unwrap();
    assert!(linked.compared.everything.unwrap().en.contains("not in the gallery"));
    assert_eq!(stands(&other), stands(&store));
    linker.weights.same_model = 4.0;
    let linked = link_records(&store, &clock, &linker, Some(&last)).unwrap();
    assert!(linked.compared.everything.unwrap().en.contains("weights"));
}

/// Measures linking out of a gallery on disk: all, and after a hundred new traces. Run by hand:
/// `cargo test --release --locked --test suite -- --ignored --nocapture linking_after_an_import_is_fast`
#[test]
#[ignore = "measures; run with --release"]
fn linking_after_an_import_is_fast() {
    let (firearms, traces) = country(5_000, 200_000, 1);
    let (clock, linker) = (clock(), Linker::built_in().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open_or_create(folder.path()).unwrap();
    put(&store, &firearms, &traces[..traces.len() - 100]);
    let mut last = None::<LastLinking>;
    for what in ["all", "unchanged", "100 new traces", "one firearm corrected"] {
        match what {
            "100 new traces" => put(&store, &[], &traces[traces.len() - 100..]),
            "one firearm corrected" => {
                let corrected = FirearmRecord { model: Some("Modelo 9".to_owned()), ..firearms[7].clone() };
                put(&store, &[corrected], &[]);
            }
            _ => {}
        }
        let start = Instant::now();
        let linked = link_records(&store, &clock, &linker, last.as_ref()).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{what}: {seconds:.2} s, {} pairs, {} written, {} automatic, {} for review; {:?}; {} bytes remembered",
            linked.pairs,
            linked.written,
            linked.automatic,
            linked.review,
            linked.compared,
            linked.last.to_bytes().unwrap().len()
        );
        last = Some(linked.last);
    }
    let start = Instant::now();
    assert_eq!(link_records(&store, &clock, &linker, None).unwrap().written, 0);
    println!("all again, nothing to write: {:.2} s", start.elapsed().as_secs_f64());
}

const OWN_MAKERS: &str =
    "family,name,relation,source\ntaller_inventado,Taller Inventado,alias,site\ntaller_inventado,TI Armas,alias,site\n";

#[test]
fn a_sites_own_catalogue_holds_for_search_indicators_and_linkage() {
    let clock = clock();
    let at = |own: bool| {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open_or_create(folder.path()).unwrap();
        if own {
            std::fs::create_dir(folder.path().join("catalogues")).unwrap();
            std::fs::write(folder.path().join("catalogues/makers.csv"), OWN_MAKERS).unwrap();
        }
        let trace = |id: &str, serial: &str, maker: &str, day: &str| {
            let mut record = TraceRecord::new(TraceId::new(id), Serial::read(serial));
            (record.status, record.maker) = (TraceStatus::Completed, Some(maker.to_owned()));
            record.recovered_on = Some(day.parse().unwrap());
            record
        };
        let traces = [
            trace("T1", "TI00777", "Taller Inventado", "2021-05-06"),
            trace("T2", "TI00778", "TI Armas", "2021-06-06"),
        ];
        put(&store, &[], &traces);
        let sales = "Date,From,From FFL,To,Serial Number,Manufacturer\n\
                     2018-05-04,Lone Mesa Guns,9-74-123-01-7C-12345,Ann Invented,TI00777,TI Armas\n";
        let request = brasslink::engine::trace_import::ImportRequest::default();
        brasslink::engine::trace_import::import(Some(&store), &clock, "a", "s.csv", sales.as_bytes(), &request, true)
            .unwrap();
        let request = SearchRequest {
            serial: Some("TI00777".to_owned()),
            maker: Some("Taller Inventado".to_owned()),
            ..SearchRequest::default()
        };
        let fitting = trace_serial(&store, &clock, "a", &request, false).unwrap().answer.fitting.len();
        let story = story(&store).unwrap();
        let runs = story.indicators.iter().filter(|i| i.rule == Rule::ConsecutiveSerials).count();
        (folder, store, fitting, runs)
    };
    let (_folder, _store, fitting, runs) = at(false);
    assert_eq!((fitting, runs), (0, 0), "two makers nobody knows");
    let (folder, store, fitting, runs) = at(true);
    assert_eq!((fitting, runs), (1, 1), "one maker under two names of this site");
    std::fs::write(folder.path().join("catalogues/makers.csv"), "family,name\nx,y\n").unwrap();
    let told = story(&store).unwrap_err().to_string();
    assert!(told.contains("makers.csv") && told.contains("header"), "{told}");
    assert!(queue(&store).unwrap().iter().all(|w| w.kept.link.decision == Decision::Review));
}
