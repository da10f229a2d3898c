//! Tests of the indexes against naive twins, on clustered vectors.

use super::graph::make_reachable;
use super::vectors::hamming;
use super::*;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// An index file of layout 2.
const FILE: &[u8] = include_bytes!("../../fixtures/index/layout-2.blix");

const SMALL: GraphParameters =
    GraphParameters { segment: 500, tail: 100, connections: 12, build_width: 80, search_width: 64 };
const ALWAYS_GRAPH: Planner = Planner { exact_below: 0, least_percent: 0, eligible_per_neighbour: 1 };

/// Clusters of ten members about random centres, like the marks of pistols, a fifth of the bits flipped; keys are odd and descending.
fn clustered(count: usize, words: usize, seed: u64) -> Arc<Vectors> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut centre: Vec<u64> = Vec::new();
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    for i in 0..count {
        if i % 10 == 0 {
            centre = (0..words).map(|_| random.random()).collect();
        }
        keys.push(2 * (count - i) as u64 + 1);
        values.extend(
            centre
                .iter()
                .map(|word| (0..64).fold(*word, |word, bit| word ^ (u64::from(random.random_bool(0.2)) << bit))),
        );
    }
    Arc::new(Vectors::from_parts(words, keys, values).unwrap())
}

/// A query of one vector.
fn one(vector: &[u64]) -> Vec<Vec<u64>> {
    vec![vector.to_vec()]
}

/// All eligible vectors sorted.
fn sorted(vectors: &Vectors, query: &[Vec<u64>], k: usize, eligible: impl Fn(u64) -> bool) -> Vec<Neighbour> {
    let bits = 64 * vectors.words() as u32;
    let equal =
        |a: &[u64], b: &[u64]| (0..bits as usize).filter(|i| (a[i / 64] ^ b[i / 64]) >> (i % 64) & 1 == 0).count();
    let likeness = |p: usize| {
        let most = query.iter().map(|q| equal(q, vectors.get(p))).max().unwrap_or(0);
        (2.0 * most as f64 / f64::from(bits) - 1.0) as f32
    };
    let mut all: Vec<Neighbour> = (0..vectors.len())
        .filter(|&p| eligible(vectors.key(p)))
        .map(|p| Neighbour { key: vectors.key(p), similarity: likeness(p) })
        .collect();
    all.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.key.cmp(&b.key)));
    all.truncate(k);
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_fast_count_is_the_plain_one(pairs in prop::collection::vec((any::<u64>(), any::<u64>()), 0..300)) {
        let (a, b): (Vec<u64>, Vec<u64>) = pairs.iter().copied().unzip();
        let slow = pairs.iter().map(|&(a, b)| (0..64).filter(|i| (a ^ b) >> i & 1 == 1).count() as u32).sum::<u32>();
        prop_assert_eq!(hamming(&a, &b), slow);
        let shorter = pairs.len() / 2;
        prop_assert_eq!(hamming(&a, &b[..shorter]), hamming(&a[..shorter], &b[..shorter]));
    }

    #[test]
    fn the_exact_scan_is_the_sorted_list(
        seed in any::<u64>(), count in 0usize..60, k in 0usize..80, modulus in 1u64..4, centres in 1usize..4, coarse in any::<bool>()
    ) {
        // Few different bits make ties, which have to fall to the smaller key.
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut value = || random.random::<u64>() & if coarse { 0b111 } else { u64::MAX };
        let values: Vec<u64> = (0..count * 3).map(|_| value()).collect();
        let query: Vec<Vec<u64>> = (0..centres).map(|_| (0..3).map(|_| value()).collect()).collect();
        let keys = (0..count as u64).map(|i| (i * 37) % 101).collect();
        let vectors = Arc::new(Vectors::from_parts(3, keys, values).unwrap());
        let filter = |key: u64| key.is_multiple_of(modulus);
        let found = ExactIndex::new(vectors.clone()).search(&query, k, Some(&filter)).unwrap();
        prop_assert_eq!(&found.neighbours, &sorted(&vectors, &query, k, filter));
        prop_assert_eq!(found.receipt.eligible, vectors.keys().iter().filter(|&&k| filter(k)).count());
        prop_assert_eq!(found.receipt.returned, found.neighbours.len());
        let planned = PlannedIndex::build(vectors.clone(), GraphParameters::default(), Planner::default()).unwrap();
        let planned = planned.search(&query, k, Some(&filter)).unwrap();
        prop_assert_eq!(planned.neighbours, found.neighbours);
        prop_assert_eq!(planned.receipt.method, Method::Exact);
    }

    #[test]
    fn added_links_make_everything_reachable(seed in any::<u64>(), count in 1usize..60) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut lists: Vec<Vec<u32>> = (0..count)
            .map(|i| (0..random.random_range(0..3)).map(|_| random.random_range(0..count as u32)).filter(|&n| n as usize != i).collect())
            .collect();
        let before = lists.clone();
        make_reachable(&mut lists, 0, u32::abs_diff);
        let mut reached = vec![false; count];
        let mut open = vec![0usize];
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut reached[node], true) {
                open.extend(lists[node].iter().map(|&n| n as usize));
            }
        }
        prop_assert!(reached.iter().all(|&r| r));
        prop_assert!(before.iter().zip(&lists).all(|(b, l)| l.starts_with(b)));
    }
}

#[test]
fn graphs_find_what_the_exact_scan_finds() {
    let vectors = clustered(2_300, 4, 3);
    let graph = HnswIndex::build(vectors.clone(), SMALL).unwrap();
    // Four full segments and one of 300.
    assert_eq!(graph.segment_count(), 5);
    let exact = ExactIndex::new(vectors.clone());
    let (mut found, mut own) = (0, 0);
    for position in (0..vectors.len()).step_by(23) {
        let query = &one(vectors.get(position));
        let walked = graph.search(query, 10, None).unwrap();
        let truth = exact.search(query, 10, None).unwrap();
        found += walked.neighbours.iter().filter(|n| truth.neighbours.contains(n)).count();
        own += usize::from(walked.neighbours[0].key == vectors.key(position));
        assert_eq!(walked.receipt.method, Method::Graph);
        assert!(walked.receipt.visited < 2 * vectors.len() && walked.receipt.returned == 10);
    }
    let recall = found as f64 / 1_000.0;
    assert!(recall >= 0.95, "recall {recall}");
    assert_eq!(own, 100, "every stored vector finds itself");
}

#[test]
fn a_filter_holds_in_graphs_too() {
    let vectors = clustered(1_250, 4, 4);
    let graph = HnswIndex::build(vectors.clone(), SMALL).unwrap();
    // Two full segments; 250 more than the tail has room for make a third.
    assert_eq!((graph.segment_count(), graph.tail_from()), (3, 1_250));
    let filter = |key: u64| key.is_multiple_of(3);
    let mut same = 0;
    for position in (0..vectors.len()).step_by(50) {
        let query = &one(vectors.get(position));
        let walked = graph.search(query, 10, Some(&filter)).unwrap();
        assert!(walked.neighbours.iter().all(|n| filter(n.key)) && walked.neighbours.len() == 10);
        let truth = sorted(&vectors, query, 10, filter);
        same += walked.neighbours.iter().filter(|n| truth.contains(n)).count();
    }
    assert!(same >= 238, "{same} of 250");
}

#[test]
fn the_planner_says_what_it_did_and_why() {
    let planner = Planner { exact_below: 100, least_percent: 25, eligible_per_neighbour: 10 };
    let plan = |eligible, k, has_graph| planner.plan(1_000, eligible, k, has_graph);
    assert_eq!(plan(99, 5, true), (Method::Exact, Reason::FewEligible { exact_below: 100 }));
    assert_eq!(plan(1_000, 5, false), (Method::Exact, Reason::NoGraph));
    assert_eq!(plan(249, 5, true), (Method::Exact, Reason::SelectiveFilter { least_percent: 25 }));
    assert_eq!(plan(1_000, 101, true), (Method::Exact, Reason::DeepList { eligible_per_neighbour: 10 }));
    assert_eq!(plan(250, 25, true), (Method::Graph, Reason::ManyEligible { exact_below: 100 }));
    for language in [crate::language::Language::En, crate::language::Language::Es] {
        for reason in [Reason::Asked, Reason::NoGraph, plan(99, 5, true).1, plan(1_000, 101, true).1] {
            assert!(!reason.text(language).is_empty());
        }
    }
    let index = PlannedIndex::build(clustered(1_000, 4, 5), SMALL, planner).unwrap();
    let query = one(index.vectors().get(3));
    assert_eq!(index.search(&query, 5, None).unwrap().receipt.method, Method::Graph);
    let rare = |key: u64| key % 10 == 1;
    let few = index.search(&query, 5, Some(&rare)).unwrap();
    assert_eq!((few.receipt.method, few.receipt.eligible), (Method::Exact, 200));
    assert_eq!(few.neighbours, sorted(index.vectors(), &query, 5, rare));
}

#[test]
fn threads_and_growth_do_not_change_a_byte() {
    let vectors = clustered(1_700, 2, 6);
    let build = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let index = PlannedIndex::build(vectors.clone(), SMALL, ALWAYS_GRAPH).unwrap();
            let queries: Vec<Vec<Vec<u64>>> = (0..40).map(|i| one(vectors.get(40 * i))).collect();
            let queries: Vec<&[Vec<u64>]> = queries.iter().map(Vec::as_slice).collect();
            let found = index.search_many(&queries, 10, None).unwrap();
            (index.to_bytes(1), found)
        })
    };
    let (one, four) = (build(1), build(4));
    assert_eq!(one.0, four.0);
    assert_eq!(one.1, four.1);
    // The first 1,130, then the rest.
    let first =
        Vectors::from_parts(2, vectors.keys()[..1_130].to_vec(), vectors.values()[..1_130 * 2].to_vec()).unwrap();
    let first = PlannedIndex::build(Arc::new(first), SMALL, ALWAYS_GRAPH).unwrap();
    assert_eq!(first.extended(vectors.clone()).unwrap().to_bytes(1), one.0);
    assert!(first.extended(clustered(1_700, 2, 7)).is_err(), "other vectors are no extension");
}

#[test]
fn equal_vectors_are_all_found() {
    let values = [[6u64, 8], [8, !6]].concat().repeat(150);
    let vectors = Arc::new(Vectors::from_parts(2, (0..300).collect(), values).unwrap());
    let graph = HnswIndex::build(vectors, SMALL).unwrap();
    let found = graph.search(&one(&[6, 8]), 150, None).unwrap();
    assert_eq!(found.neighbours.iter().map(|n| n.key).collect::<Vec<_>>(), (0..300).step_by(2).collect::<Vec<u64>>());
}

#[test]
fn vectors_that_do_not_fit_are_refused() {
    assert!(matches!(Vectors::from_parts(2, vec![1, 2], vec![0; 3]), Err(IndexError::Words { .. })));
    assert!(matches!(Vectors::from_parts(1, vec![1, 1], vec![0; 2]), Err(IndexError::KeyTwice { key: 1 })));
    assert!(matches!(Vectors::from_parts(1, vec![2, 1, 2], vec![0; 3]), Err(IndexError::KeyTwice { key: 2 })));
    let vectors = Vectors::new(2).with([(5, [1, 0].as_slice())]).unwrap();
    assert!(vectors.with([(5, [1, 0].as_slice())]).is_err() && vectors.with([(6, [1].as_slice())]).is_err());
    let index = ExactIndex::new(Arc::new(vectors));
    assert!(matches!(index.search(&one(&[1]), 1, None), Err(IndexError::Words { .. })));
    assert!(matches!(index.search(&[], 1, None), Err(IndexError::Words { got: 0, .. })));
    assert!(index.search_many(&[&one(&[1, 0]), &one(&[1])], 1, None).is_err());
    let wrong = GraphParameters { connections: 1, ..SMALL };
    assert!(matches!(HnswIndex::build(clustered(5, 2, 1), wrong), Err(IndexError::Parameter { .. })));
}

/// A small index with two segments and a tail.
fn little() -> PlannedIndex {
    let parameters = GraphParameters { segment: 16, tail: 8, connections: 4, build_width: 16, search_width: 16 };
    PlannedIndex::build(clustered(38, 2, 8), parameters, ALWAYS_GRAPH).unwrap()
}

#[test]
fn a_file_of_this_layout_is_read_and_still_written() {
    let read = PlannedIndex::from_bytes(FILE, 77).unwrap();
    assert_eq!((read.segment_count(), read.vectors().len()), (2, 38));
    let query = one(read.vectors().get(11));
    let found = read.search(&query, 3, None).unwrap();
    assert_eq!(found.receipt.method, Method::Graph);
    assert_eq!(found.neighbours, sorted(read.vectors(), &query, 3, |_| true));
    // As long as layout 2 is the one written, building it anew gives these very bytes, on any machine.
    assert_eq!(little().to_bytes(77), FILE);
    assert_eq!(PlannedIndex::from_bytes(FILE, 78).unwrap_err(), IndexError::Stale { expected: 78, got: 77 });
}

/// Writes the fixture; run by hand when a new layout is born: `cargo test --lib index::tests::write -- --ignored`.
#[test]
#[ignore = "writes fixtures/index"]
fn write_the_fixture() {
    std::fs::write("fixtures/index/layout-2.blix", little().to_bytes(77)).unwrap();
}

#[test]
fn a_truncated_file_or_a_flipped_bit_is_noticed() {
    for length in 0..FILE.len() {
        assert!(PlannedIndex::from_bytes(&FILE[..length], 77).is_err(), "{length} bytes");
    }
    for bit in 0..8 * FILE.len() {
        let mut flipped = FILE.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(PlannedIndex::from_bytes(&flipped, 77).is_err(), "bit {bit}");
    }
}

proptest! {
    #[test]
    fn hostile_files_with_a_right_checksum_are_refused_or_searchable(
        changes in prop::collection::vec((24usize..FILE.len() - 4, any::<u8>()), 1..5),
        header in prop::option::of((24usize..80, prop::sample::select(vec![0u8, 1, 127, 255]))),
    ) {
        let mut bytes = FILE.to_vec();
        for (at, value) in changes.into_iter().chain(header) {
            bytes[at] = value;
        }
        let end = bytes.len() - 4;
        let crc = crc32fast::hash(&bytes[..end]);
        bytes[end..].copy_from_slice(&crc.to_le_bytes());
        if let Ok(index) = PlannedIndex::from_bytes(&bytes, 77) {
            prop_assert_eq!(index.to_bytes(77), bytes);
            let query = one(&vec![5; index.vectors().words()]);
            let found = index.search(&query, 5, None).unwrap();
            prop_assert!(found.neighbours.len() <= 5);
        }
    }

    #[test]
    fn garbage_is_no_index(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(PlannedIndex::from_bytes(&bytes, 0).is_err());
    }
}
