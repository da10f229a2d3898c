//! The link graph of a large laboratory: nodes, edges, clusters, inherited traces and contradictions from 100,000 incidents.

use brasslink::ids::{FirearmId, IncidentId, LeadId, SpecimenId, TraceId};
use brasslink::trace::graph::{
    BallisticEdge, BallisticState, GraphInput, IncidentInput, LinkGraph, RecordLinkInput, Registers, SpecimenInput,
    TestFireInput,
};
use brasslink::trace::linkage::{Decision, RecordLink};
use brasslink::trace::serial::SerialComparison;
use brasslink::trace::{FirearmRecord, PartialDate, Serial, TraceRecord};
use criterion::{Criterion, Throughput};
use std::hint::black_box;

const INCIDENTS: usize = 100_000;
/// A gun for every ten incidents; each is linked to the three first of its ten, one after another.
const EVERY: usize = 10;

struct City {
    incidents: Vec<IncidentInput>,
    specimens: Vec<SpecimenInput>,
    ballistic: Vec<BallisticEdge>,
    firearms: Vec<FirearmRecord>,
    traces: Vec<TraceRecord>,
    record_links: Vec<RecordLinkInput>,
}

impl City {
    fn of(incidents: usize) -> Self {
        let guns = incidents / EVERY;
        let case = |n: usize| SpecimenId::new(format!("C{n:06}"));
        let fired = |n: usize| SpecimenId::new(format!("TF{n:05}"));
        let firearm = |n: usize| FirearmId::new(format!("F{n:05}"));
        let incident = |n: usize| IncidentId::new(format!("I{n:06}"));
        let mut specimens: Vec<SpecimenInput> = (0..incidents)
            .map(|n| SpecimenInput { specimen: case(n), incident: Some(incident(n)), test_fire: None })
            .collect();
        specimens.extend((0..guns).map(|n| SpecimenInput {
            specimen: fired(n),
            incident: None,
            test_fire: Some(TestFireInput { firearm: firearm(n), author: None, at: None }),
        }));
        let mut ballistic = Vec::new();
        let mut lead = |a: SpecimenId, b: SpecimenId, state, log10_lr| {
            let lead = LeadId::new(format!("L{:06}", ballistic.len()));
            ballistic.push(BallisticEdge {
                lead,
                a,
                b,
                state,
                log10_lr: Some(log10_lr),
                author: None,
                at: None,
                evidence: vec![],
            });
        };
        for n in 0..guns {
            lead(fired(n), case(n * EVERY), BallisticState::Hit, 6.0);
            lead(case(n * EVERY), case(n * EVERY + 1), BallisticState::Lead, 3.0);
            lead(case(n * EVERY + 1), case(n * EVERY + 2), BallisticState::Lead, 2.0);
            // One wrong lead in a hundred guns joins two of them.
            if n % 100 == 99 {
                lead(case(n * EVERY), case((n - 1) * EVERY), BallisticState::Lead, 1.1);
            }
        }
        let traces = (0..guns)
            .map(|n| TraceRecord::new(TraceId::new(format!("T{n:05}")), Serial::read(&format!("ABC{n:05}"))))
            .collect();
        let record_links = (0..guns)
            .map(|n| RecordLinkInput {
                link: RecordLink {
                    firearm: firearm(n),
                    trace: TraceId::new(format!("T{n:05}")),
                    decision: Decision::Automatic,
                    bits: 9.0,
                    probability: 0.998,
                    serial: SerialComparison::Exact,
                    waterfall: Vec::new(),
                    reasons: Vec::new(),
                },
                verdict: None,
            })
            .collect();
        Self {
            incidents: (0..incidents)
                .map(|n| IncidentInput {
                    incident: incident(n),
                    date: PartialDate::year(2015 + (n % 10) as i16),
                    place: Default::default(),
                })
                .collect(),
            specimens,
            ballistic,
            firearms: (0..guns).map(|n| FirearmRecord::new(firearm(n), Serial::read(&format!("ABC{n:05}")))).collect(),
            traces,
            record_links,
        }
    }

    fn graph(&self) -> LinkGraph {
        LinkGraph::build(&GraphInput {
            incidents: &self.incidents,
            specimens: &self.specimens,
            ballistic: &self.ballistic,
            firearms: &self.firearms,
            traces: &self.traces,
            record_links: &self.record_links,
            registers: Registers::default(),
        })
        .unwrap()
    }
}

/// Asserts what is found, then times a tenth and the whole: near-linear where the second takes about ten times the first.
pub fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("graph");
    group.sample_size(10);
    for incidents in [INCIDENTS / 10, INCIDENTS] {
        let city = City::of(incidents);
        let graph = city.graph();
        let guns = incidents / EVERY;
        let wrong = guns / 100;
        assert_eq!(graph.clusters.len(), guns - wrong);
        assert_eq!(graph.separations.len(), wrong);
        assert!(graph.separations.iter().all(|s| s.cut.len() == 1 && s.only_one == Some(true)));
        // Each incident of two joined guns inherits the traces of both.
        assert_eq!(graph.inherited.len(), 3 * guns + 6 * wrong);
        group.throughput(Throughput::Elements(incidents as u64));
        group.bench_function(format!("{incidents} incidents"), |b| b.iter(|| black_box(&city).graph().inherited.len()));
    }
    group.finish();
}
