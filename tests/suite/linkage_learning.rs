//! Learning the weights of linkage on simulated records of which only some fields are filled.

use brasslink::engine::link_evaluation::LinkTruth;
use brasslink::ids::{FirearmId, TraceId};
use brasslink::language::Language;
use brasslink::simulate::country::{CountryParameters, simulate_country};
use brasslink::trace::catalogue::Catalogues;
use brasslink::trace::import::{ImportOptions, import_firearms, import_traces};
use brasslink::trace::linkage::{Labels, Learned, LinkOptions, Method, RecordLink, StepField, learn, link};
use brasslink::trace::{FirearmRecord, Place, TraceRecord};

struct Known {
    firearms: Vec<FirearmRecord>,
    traces: Vec<TraceRecord>,
    truth: Labels,
}

fn known(firearms: u32, traces: u32, seed: u64) -> Known {
    let country = simulate_country(&CountryParameters { firearms, traces, seed }).unwrap();
    let mut known = Known { firearms: Vec::new(), traces: Vec::new(), truth: Labels::new() };
    for (name, bytes) in country.tables() {
        let options = ImportOptions::named(name);
        match name {
            "firearms.csv" => known.firearms = import_firearms(&bytes, &options).unwrap().records,
            "truth.csv" => {
                let truth = LinkTruth::read(name, std::str::from_utf8(&bytes).unwrap()).unwrap();
                let links = truth.traces.into_iter().filter(|(_, (firearm, _))| !firearm.is_empty());
                known.truth = links.map(|(t, (f, _))| ((FirearmId::new(f), TraceId::new(t)), true)).collect();
            }
            name if name.starts_with("traces-") => {
                known.traces.extend(import_traces(&bytes, &options).unwrap().records);
            }
            _ => {}
        }
    }
    known
}

impl Known {
    /// The same records with nothing beside the serial number but these fields.
    fn with(&self, fields: &[&str]) -> Self {
        let states = |field: &str| fields.contains(&field);
        macro_rules! blank {
            ($record:ident) => {{
                let mut record = $record.clone();
                if !states("maker") {
                    record.maker = None;
                }
                if !states("calibre") {
                    record.calibre = None;
                }
                if !states("model") {
                    record.model = None;
                }
                if !states("type") {
                    record.firearm_type = None;
                }
                if !states("date") {
                    record.recovered_on = None;
                }
                if !states("place") {
                    record.recovered_at = Place::default();
                }
                if !states("case") {
                    (record.case_number, record.item) = (None, None);
                    (record.nic_number, record.agency, record.ori) = (None, None, None);
                }
                record
            }};
        }
        Self {
            firearms: self.firearms.iter().map(|f| FirearmRecord { trace: None, ..blank!(f) }).collect(),
            traces: self.traces.iter().map(|t| blank!(t)).collect(),
            truth: self.truth.clone(),
        }
    }
}

#[test]
fn expectation_and_maximisation_counts_no_more_pairs_of_one_firearm_than_there_are() {
    let all = known(400, 8_000, 2);
    let catalogues = Catalogues::embedded().unwrap();
    for fields in [
        &["maker", "calibre", "model", "type", "date", "place", "case"][..],
        &["maker", "calibre", "model", "date"],
        &["maker", "calibre"],
        &["maker", "type"],
        &["maker", "model"],
        &["calibre", "date"],
    ] {
        let part = all.with(fields);
        let run = |labels: &Labels, method| {
            learn(&part.firearms, &part.traces, &catalogues, &LinkOptions::default(), labels, method).unwrap()
        };
        let (truth, found) = (run(&part.truth, Method::Counts), run(&Labels::new(), Method::Em));
        let of = |learned: &Learned, outcome: &str| {
            let level = learned.levels.iter().find(|l| l.field == StepField::Serial && l.outcome == outcome).unwrap();
            (level.m, level.new)
        };
        println!(
            "{fields:?}: {} true pairs of {}, {:.1} found in {} rounds; one edit: m {:.4} (truth {:.4}), {:+.1} bit ({:+.1})",
            truth.accepted,
            truth.pairs,
            found.matched,
            found.rounds,
            of(&found, "one_edit").0,
            of(&truth, "one_edit").0,
            of(&found, "one_edit").1,
            of(&truth, "one_edit").1
        );
        let ratio = found.matched / truth.accepted as f64;
        assert!((0.75..1.25).contains(&ratio), "{fields:?}: {:.1} of {}", found.matched, truth.accepted);
        found.weights.check().unwrap();
    }
}

#[test]
fn records_of_which_both_sides_state_two_fields_teach_nothing_without_decisions() {
    let all = known(400, 8_000, 2);
    let catalogues = Catalogues::embedded().unwrap();
    for field in ["maker", "calibre", "model", "date", "case"] {
        let part = all.with(&[field]);
        let options = LinkOptions::default();
        let run = |labels: &Labels| learn(&part.firearms, &part.traces, &catalogues, &options, labels, Method::Em);
        let refused = run(&Labels::new()).unwrap_err();
        assert!(refused.to_string().contains("fewer than 3 fields"), "{refused}");
        assert!(refused.message(Language::Es).contains("menos de 3 campos"), "{}", refused.message(Language::Es));
        // With decisions of both kinds the classes are known.
        let found = link(&part.firearms, &part.traces, &catalogues, &options).unwrap();
        let pair = |l: &RecordLink| (l.firearm.clone(), l.trace.clone());
        let (mut labels, mut each) = (Labels::new(), [0, 0]);
        for link in &found {
            let same = part.truth.contains_key(&pair(link));
            if each[usize::from(same)] < 60 {
                each[usize::from(same)] += 1;
                labels.insert(pair(link), same);
            }
        }
        assert_eq!(each, [60, 60]);
        assert!(run(&labels).is_ok(), "{field}");
    }
}
