//! Candidate search against plain loops and against the exact scan.

use super::Race;
use brasslink::index::vectors::hamming;
use brasslink::index::{
    CandidateIndex, ExactIndex, GraphParameters, HnswIndex, PlannedIndex, Planner, Screening, Vectors,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;
use std::sync::Arc;

const WORDS: usize = 128;

/// Vectors in clusters of ten, an eighth of the bits flipped.
fn clustered(count: usize) -> Arc<Vectors> {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut values: Vec<u64> = Vec::with_capacity(count * WORDS);
    let mut centre = vec![0u64; WORDS];
    for i in 0..count {
        if i % 10 == 0 {
            centre.iter_mut().for_each(|v| *v = random.random());
        }
        values.extend(
            centre.iter().map(|c| c ^ (random.random::<u64>() & random.random::<u64>() & random.random::<u64>())),
        );
    }
    Arc::new(Vectors::from_parts(WORDS, (0..count as u64).collect(), values).expect("sound vectors"))
}

/// Counts word by word.
fn plain(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}

/// The keys of the nearest, by sorting all.
fn sorted(vectors: &Vectors, query: &[Vec<u64>], k: usize) -> Vec<u64> {
    let distance = |p: usize| query.iter().map(|q| plain(q, vectors.get(p))).min().unwrap_or(u32::MAX);
    let mut all: Vec<(u32, u64)> = (0..vectors.len()).map(|p| (distance(p), vectors.key(p))).collect();
    all.sort_unstable();
    all.into_iter().take(k).map(|(_, key)| key).collect()
}

fn keys(index: &dyn CandidateIndex, query: &[Vec<u64>], k: usize) -> Vec<u64> {
    index.search(query, k, None).expect("a query that fits").neighbours.iter().map(|n| n.key).collect()
}

/// What the races of this module run on.
pub struct Data {
    few: ExactIndex,
    graph: HnswIndex,
    many: ExactIndex,
    screened: PlannedIndex,
    one: Vec<Vec<u64>>,
    nine: Vec<Vec<u64>>,
}

impl Data {
    pub fn new() -> Self {
        let (few, many) = (clustered(6_000), clustered(60_000));
        let graph =
            HnswIndex::build(few.clone(), GraphParameters { connections: 12, build_width: 40, ..Default::default() });
        let screening = Screening { from: 1_000, ..Screening::default() };
        let planner = Planner { screening, ..Planner::default() };
        let screened = PlannedIndex::build(many.clone(), GraphParameters::default(), planner, 5_000);
        // Members of one cluster, as nine views of a mark.
        let nine = (0..9).map(|i| few.get(500 + i).to_vec()).collect();
        Self {
            one: vec![few.get(501).to_vec()],
            nine,
            few: ExactIndex::new(few),
            graph: graph.expect("sound parameters"),
            many: ExactIndex::new(many),
            screened: screened.expect("sound parameters"),
        }
    }

    pub fn races(&self) -> Vec<Race<'_>> {
        let Self { few, graph, many, screened, one, nine } = self;
        let vectors = few.vectors();
        for p in 0..100 {
            assert_eq!(hamming(&one[0], vectors.get(p)), plain(&one[0], vectors.get(p)));
        }
        assert_eq!(keys(few, nine, 50), sorted(vectors, nine, 50));
        // The ten of the cluster; of others a screening may miss some.
        assert_eq!(keys(screened, nine, 10), keys(many, nine, 10));
        let found = keys(graph, one, 10);
        assert!(keys(few, one, 10).iter().filter(|key| found.contains(key)).count() >= 9, "{found:?}");
        // As many vectors as stay in the second cache.
        let pairs = move |count: fn(&[u64], &[u64]) -> u32| {
            (0..256).map(|p| count(black_box(&one[0]), vectors.get(p))).fold(0, u32::wrapping_add)
        };
        vec![
            Race::new("hamming against counting word by word", move || pairs(hamming), move || pairs(plain)),
            Race::new(
                "exact scan, nine vectors, against sorting",
                || keys(few, nine, 50),
                || sorted(vectors, nine, 50),
            ),
            Race::new(
                "screening against the exact scan, k 100",
                || keys(screened, nine, 100),
                || keys(many, nine, 100),
            ),
            Race::new("graph walk against the exact scan, k 10", || keys(graph, one, 10), || keys(few, one, 10)),
        ]
    }
}
