//! The link graph of a large laboratory: nodes, edges, clusters, inherited traces and contradictions from 100,000 incidents.

use brasslink::trace::PartialDate;
use brasslink::trace::graph::BallisticState;
use brasslink::trace::graph::trial::City;
use brasslink::trace::linkage::Decision;
use criterion::{Criterion, Throughput};
use std::hint::black_box;

const INCIDENTS: usize = 100_000;
/// A gun for every ten incidents; each is linked to the three first of its ten, one after another.
const EVERY: usize = 10;

fn city(incidents: usize) -> City {
    let case = |n: usize| format!("C{n:06}");
    let mut city = City::default();
    for n in 0..incidents {
        city.scene(&format!("I{n:06}"), PartialDate::year(2015 + (n % 10) as i16), &case(n));
    }
    let mut leads = 0..;
    let mut lead = |city: &mut City, ends: (&str, &str), state, log10_lr| {
        city.lead(&format!("L{:06}", leads.next().unwrap()), ends, state, Some(log10_lr));
    };
    for n in 0..incidents / EVERY {
        let (firearm, fired, trace, serial) =
            (format!("F{n:05}"), format!("TF{n:05}"), format!("T{n:05}"), format!("ABC{n:05}"));
        city.gun(&firearm, &serial);
        city.test_fire(&firearm, &fired);
        city.trace(&trace, &serial);
        city.link(&trace, &firearm, Decision::Automatic);
        let [one, two, three] = [0, 1, 2].map(|more| case(n * EVERY + more));
        lead(&mut city, (&fired, &one), BallisticState::Hit, 6.0);
        lead(&mut city, (&one, &two), BallisticState::Lead, 3.0);
        lead(&mut city, (&two, &three), BallisticState::Lead, 2.0);
        // One wrong lead in a hundred guns joins two of them.
        if n % 100 == 99 {
            lead(&mut city, (&one, &case((n - 1) * EVERY)), BallisticState::Lead, 1.1);
        }
    }
    city
}

/// Asserts what is found, then times a tenth and the whole: near-linear where the second takes about ten times the first.
pub fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("graph");
    group.sample_size(10);
    for incidents in [INCIDENTS / 10, INCIDENTS] {
        let city = city(incidents);
        let graph = city.build().unwrap();
        let guns = incidents / EVERY;
        let wrong = guns / 100;
        assert_eq!(graph.clusters.len(), guns - wrong);
        assert_eq!(graph.separations.len(), wrong);
        assert!(graph.separations.iter().all(|s| s.cut.len() == 1 && s.only_one == Some(true)));
        // Each incident of two joined guns inherits the traces of both.
        assert_eq!(graph.inherited.len(), 3 * guns + 6 * wrong);
        group.throughput(Throughput::Elements(incidents as u64));
        group.bench_function(format!("{incidents} incidents"), |b| {
            b.iter(|| black_box(&city).build().unwrap().inherited.len())
        });
    }
    group.finish();
}
