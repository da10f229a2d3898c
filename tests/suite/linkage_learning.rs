//! Learning the weights of linkage on simulated records of which only some fields are filled.

use brasslink::engine::link_evaluation::LinkTruth;
use brasslink::ids::{FirearmId, TraceId};
use brasslink::language::Language;
use brasslink::simulate::country::{CountryParameters, simulate_country};
use brasslink::trace::catalogue::Catalogues;
use brasslink::trace::import::{ImportOptions, import_firearms, import_traces};
use brasslink::trace::linkage::{Labels, LinkOptions, Method, learn};
use brasslink::trace::{FirearmRecord, Place, TraceError, TraceRecord};

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
fn expectation_and_maximisation_counts_the_true_pairs_or_says_that_it_cannot() {
    let all = known(400, 8_000, 2);
    let catalogues = Catalogues::embedded().unwrap();
    for (fields, told) in [
        (&["maker", "calibre", "model", "type", "date", "place", "case"][..], true),
        (&["maker", "calibre", "model", "date"], true),
        (&["maker", "calibre"], false),
    ] {
        let part = all.with(fields);
        let run = |labels: &Labels, method| {
            learn(&part.firearms, &part.traces, &catalogues, &LinkOptions::default(), labels, method)
        };
        let truth = run(&part.truth, Method::Counts).unwrap();
        match run(&Labels::new(), Method::Em) {
            Ok(found) => {
                let ratio = found.matched / truth.accepted as f64;
                assert!(told && (0.8..1.2).contains(&ratio), "{fields:?}: {:.1} of {}", found.matched, truth.accepted);
                found.weights.check().unwrap();
            }
            Err(refused) => {
                assert!(!told && matches!(refused, TraceError::Neighbours { .. }), "{fields:?}: {refused}");
                assert!(refused.message(Language::Es).contains("armas contiguas"));
            }
        }
    }
}

#[test]
fn records_of_which_both_sides_state_two_fields_teach_nothing_but_by_counts() {
    let all = known(400, 8_000, 2);
    let catalogues = Catalogues::embedded().unwrap();
    for field in ["maker", "calibre", "model", "date", "case"] {
        let part = all.with(&[field]);
        let run = |labels: &Labels, method| {
            learn(&part.firearms, &part.traces, &catalogues, &LinkOptions::default(), labels, method)
        };
        let refused = run(&Labels::new(), Method::Em).unwrap_err();
        assert!(matches!(refused, TraceError::Untold { fewest: 3, .. }), "{refused}");
        assert!(refused.message(Language::Es).contains("al menos 3 campos"), "{}", refused.message(Language::Es));
        assert!(run(&part.truth, Method::Counts).is_ok(), "{field}");
    }
}
