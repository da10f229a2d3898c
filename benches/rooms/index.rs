//! Candidate search: building graphs, walking them, and the exact scan.
#![allow(clippy::expect_used, reason = "a bench whose data are unsound has to stop")]

use brasslink::index::{CandidateIndex, ExactIndex, GraphParameters, HnswIndex, PlannedIndex, Planner, Vectors};
use criterion::Criterion;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;
use std::sync::Arc;

const WORDS: usize = 128;

/// Vectors in clusters of ten, a third of the bits flipped.
fn clustered(count: usize) -> Arc<Vectors> {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let mut values: Vec<u64> = Vec::with_capacity(count * WORDS);
    let mut centre = vec![0u64; WORDS];
    for i in 0..count {
        if i % 10 == 0 {
            centre.iter_mut().for_each(|v| *v = random.random());
        }
        // Where two of three random words agree that way: about a third of the bits, give or take.
        values.extend(
            centre.iter().map(|c| c ^ (random.random::<u64>() & (random.random::<u64>() | random.random::<u64>()))),
        );
    }
    Arc::new(Vectors::from_parts(WORDS, (0..count as u64).collect(), values).expect("sound vectors"))
}

/// The benches of this room.
pub fn benches(c: &mut Criterion) {
    let vectors = clustered(4_000);
    let parameters = GraphParameters { segment: 2_000, tail: 500, ..GraphParameters::default() };
    let exact = ExactIndex::new(vectors.clone());
    let graph = HnswIndex::build(vectors.clone(), parameters).expect("sound parameters");
    let (mut same, mut asked) = (0, 0);
    for position in (0..vectors.len()).step_by(40) {
        let truth = exact.search(&[vectors.get(position).to_vec()], 10, None).expect("a query that fits");
        let found = graph.search(&[vectors.get(position).to_vec()], 10, None).expect("a query that fits");
        same += found.neighbours.iter().filter(|n| truth.neighbours.contains(n)).count();
        asked += truth.neighbours.len();
    }
    assert!(same as f64 >= 0.95 * asked as f64, "{same} of {asked}");
    let query = vec![vectors.get(17).to_vec()];
    c.bench_function("index: exact scan of 4,000", |b| b.iter(|| exact.search(black_box(&query), 100, None)));
    c.bench_function("index: walk 2 graphs of 2,000, k 10", |b| b.iter(|| graph.search(black_box(&query), 10, None)));
    let small = clustered(1_000);
    let mut building = c.benchmark_group("index");
    building.sample_size(10);
    building.bench_function("build a graph of 1,000", |b| {
        b.iter(|| HnswIndex::build(black_box(small.clone()), parameters))
    });
    building.finish();
    let planned = PlannedIndex::build(vectors, parameters, Planner { exact_below: 0, ..Planner::default() }, 1)
        .expect("sound parameters");
    let bytes = planned.to_bytes(1);
    assert_eq!(PlannedIndex::from_bytes(&bytes, 1).expect("a sound file").to_bytes(1), bytes);
    c.bench_function("index: reopen 4,000", |b| b.iter(|| PlannedIndex::from_bytes(black_box(&bytes), 1)));
}
