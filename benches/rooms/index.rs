//! Candidate search: building graphs, walking them, and the exact scan.
#![allow(clippy::expect_used, reason = "a bench whose data are unsound has to stop")]

use brasslink::index::{CandidateIndex, ExactIndex, GraphParameters, HnswIndex, PlannedIndex, Planner, Vectors};
use criterion::Criterion;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;
use std::sync::Arc;

const DIMENSIONS: usize = 128;

/// Unit vectors in clusters of ten.
fn clustered(count: usize) -> Arc<Vectors> {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let mut values: Vec<f32> = Vec::with_capacity(count * DIMENSIONS);
    let mut centre = vec![0f32; DIMENSIONS];
    for i in 0..count {
        if i % 10 == 0 {
            centre.iter_mut().for_each(|v| *v = random.random_range(-1.0..1.0));
        }
        let member: Vec<f32> = centre.iter().map(|c| c + 0.8 * random.random_range(-1.0f32..1.0)).collect();
        let length = member.iter().map(|v| v * v).sum::<f32>().sqrt();
        values.extend(member.iter().map(|v| v / length));
    }
    Arc::new(Vectors::from_parts(DIMENSIONS, (0..count as u64).collect(), values).expect("sound vectors"))
}

/// The benches of this room.
pub fn benches(c: &mut Criterion) {
    let vectors = clustered(4_000);
    let parameters = GraphParameters { segment: 2_000, tail: 500, ..GraphParameters::default() };
    let exact = ExactIndex::new(vectors.clone());
    let graph = HnswIndex::build(vectors.clone(), parameters).expect("sound parameters");
    let (mut same, mut asked) = (0, 0);
    for position in (0..vectors.len()).step_by(40) {
        let truth = exact.search(vectors.get(position), 10, None).expect("a query that fits");
        let found = graph.search(vectors.get(position), 10, None).expect("a query that fits");
        same += found.neighbours.iter().filter(|n| truth.neighbours.contains(n)).count();
        asked += truth.neighbours.len();
    }
    assert!(same as f64 >= 0.95 * asked as f64, "{same} of {asked}");
    let query = vectors.get(17).to_vec();
    c.bench_function("index: exact scan of 4,000", |b| b.iter(|| exact.search(black_box(&query), 100, None)));
    c.bench_function("index: walk 2 graphs of 2,000, k 10", |b| b.iter(|| graph.search(black_box(&query), 10, None)));
    let small = clustered(1_000);
    let mut building = c.benchmark_group("index");
    building.sample_size(10);
    building.bench_function("build a graph of 1,000", |b| {
        b.iter(|| HnswIndex::build(black_box(small.clone()), parameters))
    });
    building.finish();
    let planned = PlannedIndex::build(vectors, parameters, Planner { exact_below: 0, ..Planner::default() })
        .expect("sound parameters");
    let bytes = planned.to_bytes(1);
    assert_eq!(PlannedIndex::from_bytes(&bytes, 1).expect("a sound file").to_bytes(1), bytes);
    c.bench_function("index: reopen 4,000", |b| b.iter(|| PlannedIndex::from_bytes(black_box(&bytes), 1)));
}
