//! Tests of the indexes against naive twins, on clustered vectors.

use super::graph::make_reachable;
use super::*;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// An index file of layout 3.
const FILE: &[u8] = include_bytes!("../../fixtures/index/layout-3.blix");

const SMALL: GraphParameters =
    GraphParameters { segment: 500, tail: 100, connections: 12, build_width: 80, search_width: 64 };
const NEVER_SCREEN: Screening = Screening { from: 1 << 31, keep_percent: 20, keep_per_neighbour: 4 };
const ALWAYS_GRAPH: Planner =
    Planner { exact_below: 0, least_percent: 0, eligible_per_neighbour: 1, screening: NEVER_SCREEN };

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
        let planned = PlannedIndex::build(vectors.clone(), GraphParameters::default(), Planner::default(), 1).unwrap();
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
    let screening = Screening { from: 400, keep_percent: 20, keep_per_neighbour: 4 };
    let planner = Planner { exact_below: 100, least_percent: 25, eligible_per_neighbour: 10, screening };
    let plan = |eligible, k, has_graph| planner.plan(1_000, eligible, k, has_graph);
    assert_eq!(plan(99, 5, true), (Method::Exact, Reason::FewEligible { exact_below: 100 }));
    assert_eq!(plan(399, 5, false), (Method::Exact, Reason::NoGraph));
    assert_eq!(plan(249, 5, true), (Method::Exact, Reason::SelectiveFilter { least_percent: 25 }));
    assert_eq!(plan(399, 40, true), (Method::Exact, Reason::DeepList { eligible_per_neighbour: 10 }));
    assert_eq!(plan(250, 25, true), (Method::Graph, Reason::ManyEligible { exact_below: 100 }));
    let screened = (Method::Screened, Reason::LargeGallery { screened_from: 400 });
    assert_eq!((plan(400, 5, false), plan(1_000, 101, true)), (screened, screened));
    // To keep half of them saves nothing.
    assert_eq!(plan(1_000, 125, true), (Method::Exact, Reason::DeepList { eligible_per_neighbour: 10 }));
    assert!(planner.wants_graphs(1_000, 100) && !planner.wants_graphs(1_000, 101) && !planner.wants_graphs(0, 0));
    for language in [crate::language::Language::En, crate::language::Language::Es] {
        for reason in [Reason::Asked, Reason::NoGraph, plan(99, 5, true).1, plan(399, 40, true).1, screened.1] {
            assert!(!reason.text(language).is_empty());
        }
    }
    let index = PlannedIndex::build(clustered(1_000, 4, 5), SMALL, planner, 5).unwrap();
    let without = PlannedIndex::build(clustered(1_000, 4, 5), SMALL, planner, 101).unwrap();
    assert_eq!((index.segment_count(), without.segment_count()), (2, 0));
    let query = one(index.vectors().get(3));
    assert_eq!(index.search(&query, 5, None).unwrap().receipt.method, Method::Graph);
    let rare = |key: u64| key % 10 == 1;
    let few = index.search(&query, 5, Some(&rare)).unwrap();
    assert_eq!((few.receipt.method, few.receipt.eligible), (Method::Exact, 200));
    assert_eq!(few.neighbours, sorted(index.vectors(), &query, 5, rare));
}

/// What a screening should find, with every bit counted and every list sorted.
fn screened_slowly(
    vectors: &Vectors,
    query: &[Vec<u64>],
    k: usize,
    wanted: usize,
    eligible: impl Fn(u64) -> bool,
) -> (usize, Vec<Neighbour>) {
    let distance = |p: usize| {
        let head = |q: &Vec<u64>| (0..16).map(|w| (q[w] ^ vectors.get(p)[w]).count_ones()).sum::<u32>();
        query.iter().map(head).min().unwrap()
    };
    let mut heads: Vec<(u32, u64)> =
        (0..vectors.len()).map(|p| (distance(p), vectors.key(p))).filter(|(_, key)| eligible(*key)).collect();
    heads.sort_unstable();
    let most = heads[..wanted].last().map_or(0, |(distance, _)| *distance);
    let kept: std::collections::HashSet<u64> = heads.iter().filter(|(d, _)| *d <= most).map(|(_, key)| *key).collect();
    (kept.len(), sorted(vectors, query, k, |key| kept.contains(&key)))
}

#[test]
fn a_screening_is_what_its_twin_says_on_any_number_of_threads() {
    let screening = Screening { from: 500, keep_percent: 10, keep_per_neighbour: 4 };
    let planner = Planner { screening, ..Planner::default() };
    let vectors = clustered(5_003, 64, 21);
    let index = PlannedIndex::build(vectors.clone(), GraphParameters::default(), planner, 1).unwrap();
    let query: Vec<Vec<u64>> = (0..9).map(|i| vectors.get(400 + i).to_vec()).collect();
    let filter = |key: u64| key % 3 == 1 && key > 2_000;
    let count = vectors.keys().iter().filter(|key| filter(**key)).count();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (all, some, many) = pool.install(|| {
            let search = |k, f| index.search(&query, k, f).unwrap();
            (search(20, None), search(20, Some(&filter as Filter<'_>)), search(200, None))
        });
        let (kept, truth) = screened_slowly(&vectors, &query, 20, 501, |_| true);
        assert_eq!((all.receipt.method, all.receipt.screened, all.receipt.visited), (Method::Screened, 5_003, kept));
        assert_eq!(all.neighbours, truth);
        let (kept, truth) = screened_slowly(&vectors, &query, 20, count.div_ceil(10), filter);
        assert_eq!((some.receipt.screened, some.receipt.eligible, some.receipt.visited), (count, count, kept));
        assert_eq!(some.neighbours, truth);
        // Four times the list is more than a tenth of all.
        assert_eq!(many.neighbours, screened_slowly(&vectors, &query, 200, 800, |_| true).1);
    }
    // Members of a cluster differ from each other in a third of the bits, others in half of them: none is lost.
    let exact = ExactIndex::new(vectors.clone()).search(&query, 10, None).unwrap();
    assert_eq!(index.search(&query, 10, None).unwrap().neighbours, exact.neighbours);
    // Too short to have heads: compared in full.
    let short = PlannedIndex::build(clustered(600, 4, 1), GraphParameters::default(), planner, 1).unwrap();
    let query = one(short.vectors().get(7));
    assert_eq!(short.search(&query, 9, None).unwrap().neighbours, sorted(short.vectors(), &query, 9, |_| true));
    let empty = PlannedIndex::build(Arc::new(Vectors::new(64)), GraphParameters::default(), planner, 1).unwrap();
    assert!(empty.search(&one(&[0; 64]), 3, None).unwrap().neighbours.is_empty());
}

/// Nine normal deviates on a 3x3 lattice, correlated by `r` for every step along a row or a column.
fn lattice(random: &mut ChaCha8Rng, r: f64) -> [f64; 9] {
    let mut normal = || {
        let (u, v): (f64, f64) = (1.0 - random.random::<f64>(), random.random());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    };
    let mut z: [f64; 9] = std::array::from_fn(|_| normal());
    let fresh = (1.0 - r * r).sqrt();
    for at in 0..9 {
        if at % 3 > 0 {
            z[at] = r * z[at - 1] + fresh * z[at];
        }
    }
    for at in 3..9 {
        z[at] = r * z[at - 3] + fresh * z[at];
    }
    z
}

/// The screening's loss at the strength of the weakest mate measured; see [`Screening::keep_percent`]. Similarities are normal: what two
/// marks have in common by chance (spread 'common', which makes a strength of 6.4 in 8,192 bits one of 3.9 in 1,024, as measured), and the sketch's own noise.
#[test]
fn a_fifth_keeps_weak_mates() {
    for (r, common) in [(0.7, 0.0237), (0.8, 0.0230), (0.9, 0.0207)] {
        let mut random = ChaCha8Rng::seed_from_u64(31);
        let greatest = |z: [f64; 9]| z.into_iter().fold(f64::MIN, f64::max);
        // Noise of a sketch of b bits is 1 / sqrt(b); eight parts of 1,024 make the whole.
        let mut seen = |own: &dyn Fn(usize) -> f64, spread: f64| {
            let (chance, head, rest) = (lattice(&mut random, r), lattice(&mut random, r), lattice(&mut random, r));
            let of = |c: usize| own(c) + spread * chance[c];
            let head_of = |c: usize| of(c) + head[c] / 32.0;
            let all_of = |c: usize| of(c) + (head[c] / 32.0) / 8.0 + (rest[c] / 7_168f64.sqrt()) * 7.0 / 8.0;
            (greatest(std::array::from_fn(head_of)), greatest(std::array::from_fn(all_of)))
        };
        let others: Vec<(f64, f64)> = (0..20_000).map(|_| seen(&|_| 0.0, common)).collect();
        let mean = |f: &dyn Fn(&(f64, f64)) -> f64| others.iter().map(f).sum::<f64>() / 20_000.0;
        let middle = mean(&|o| o.1);
        let sd = mean(&|o| (o.1 - middle).powi(2)).sqrt();
        let mut heads: Vec<f64> = others.iter().map(|o| o.0).collect();
        heads.sort_by(f64::total_cmp);
        let least_kept = heads[20_000 * 80 / 100];
        let (mut met, mut lost) = (0, 0);
        for i in 0..200_000 {
            // A mate that agrees about the middle centre best, of any strength; those are counted that turn out as strong as asked for.
            let strength = 0.08 + 0.10 * f64::from(i) / 200_000.0;
            let step = |c: usize| r.powi((c / 3).abs_diff(1) as i32 + (c % 3).abs_diff(1) as i32);
            let (head, all) = seen(&|c| strength * step(c), 0.0);
            if ((all - middle) / sd - 5.3).abs() < 0.15 {
                met += 1;
                lost += usize::from(head < least_kept);
            }
        }
        assert!(met > 5_000, "{met} mates of that strength");
        let share = lost as f64 / met as f64;
        assert!(share < 0.005, "correlation {r}: {lost} of {met} lost");
        assert!(lost > 0, "correlation {r}: a simulation that loses nothing shows nothing");
    }
}

#[test]
fn vectors_grow_in_place_to_what_they_are_at_once() {
    let all = clustered(1_203, 64, 22);
    let mut grown = Vectors::new(64);
    for position in 0..all.len() {
        grown.append([(all.key(position), all.get(position))]).unwrap();
        if position % 101 == 0 {
            let before = grown.clone();
            // A second vector that does not fit takes back the first; a key that is there is found though keys fall.
            assert!(grown.append([(90_000, all.get(5)), (90_001, &[1, 2][..])]).is_err());
            assert!(matches!(
                grown.append([(90_000, all.get(5)), (all.key(0), all.get(0))]),
                Err(IndexError::KeyTwice { .. })
            ));
            assert_eq!(grown, before);
        }
    }
    assert_eq!(&grown, &*all);
    let first = Vectors::from_parts(64, all.keys()[..900].to_vec(), all.values()[..900 * 64].to_vec()).unwrap();
    let screening = Screening { from: 100, keep_percent: 20, keep_per_neighbour: 4 };
    let planner = Planner { exact_below: 0, screening, ..ALWAYS_GRAPH };
    for list in [1, 2_000] {
        let mut index = PlannedIndex::build(Arc::new(first.clone()), SMALL, planner, list).unwrap();
        for position in 900..all.len() {
            index.append([(all.key(position), all.get(position))]).unwrap();
        }
        assert!(index.append([(all.key(0), all.get(0))]).is_err());
        assert_eq!((index.vectors(), index.segment_count()), (&*all, if list == 1 { 3 } else { 0 }));
        let own = |p: usize| index.search(&one(all.get(p)), 1, None).unwrap().neighbours[0].key == all.key(p);
        assert!((0..all.len()).step_by(40).all(own));
    }
}

#[test]
fn threads_and_growth_do_not_change_a_byte() {
    let vectors = clustered(1_700, 2, 6);
    let build = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let index = PlannedIndex::build(vectors.clone(), SMALL, ALWAYS_GRAPH, 1).unwrap();
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
    let first = PlannedIndex::build(Arc::new(first), SMALL, ALWAYS_GRAPH, 1).unwrap();
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
    PlannedIndex::build(clustered(38, 2, 8), parameters, ALWAYS_GRAPH, 1).unwrap()
}

#[test]
fn a_file_of_this_layout_is_read_and_still_written() {
    let read = PlannedIndex::from_bytes(FILE, 77).unwrap();
    assert_eq!((read.segment_count(), read.vectors().len()), (2, 38));
    let query = one(read.vectors().get(11));
    let found = read.search(&query, 3, None).unwrap();
    assert_eq!(found.receipt.method, Method::Graph);
    assert_eq!(found.neighbours, sorted(read.vectors(), &query, 3, |_| true));
    // As long as layout 3 is the one written, building it anew gives these very bytes, on any machine.
    assert_eq!(little().to_bytes(77), FILE);
    assert_eq!(PlannedIndex::from_bytes(FILE, 78).unwrap_err(), IndexError::Stale { expected: 78, got: 77 });
}

/// Writes the fixture; run by hand when a new layout is born: `cargo test --lib index::tests::write -- --ignored`.
#[test]
#[ignore = "writes fixtures/index"]
fn write_the_fixture() {
    std::fs::write("fixtures/index/layout-3.blix", little().to_bytes(77)).unwrap();
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
