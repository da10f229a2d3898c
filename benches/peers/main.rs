//! This crate's half of a comparison with other vector indexes: writes vectors that `peers.py` reads, and what was measured on them as JSON.
//! See `README.md` beside this file; no part of CI.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use brasslink::index::{CandidateIndex, ExactIndex, Found, GraphParameters, HnswIndex, PlannedIndex, Planner, Vectors};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Words of a vector: 8,192 bits.
const WORDS: usize = 128;
/// Queries of the graphs.
const QUERIES: usize = 200;

/// A word with about an eighth of its bits set.
fn eighth(random: &mut ChaCha8Rng) -> u64 {
    random.random::<u64>() & random.random::<u64>() & random.random::<u64>()
}

/// Vectors in clusters of ten, an eighth of the bits of each flipped: likenesses of .56, about those of well marked cases of one pistol.
fn clustered(count: usize) -> Vec<u64> {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let mut values = Vec::with_capacity(count * WORDS);
    let mut centre = vec![0u64; WORDS];
    for i in 0..count {
        if i % 10 == 0 {
            centre.iter_mut().for_each(|v| *v = random.random());
        }
        values.extend(centre.iter().map(|c| c ^ eighth(&mut random)));
    }
    values
}

/// Queries: members spread over all clusters, an eighth of the bits flipped.
fn queries(vectors: &Vectors, count: usize) -> Vec<Vec<u64>> {
    let mut random = ChaCha8Rng::seed_from_u64(12);
    let step = vectors.len() / count;
    (0..count).map(|i| vectors.get(i * step).iter().map(|v| v ^ eighth(&mut random)).collect()).collect()
}

/// Seconds of processor time this process has used, in ticks of a hundredth.
fn processor_s() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = text.rsplit(')').next().expect("a name").split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// Resident memory, MB.
fn resident_mb() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    text.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 4096.0 / 1e6
}

/// Least wall-clock seconds of a round, and mean processor seconds of one: as many rounds as a second holds, for the
/// processor's time is told in hundredths only.
fn timed(mut work: impl FnMut()) -> (f64, f64) {
    let (start, wall) = (processor_s(), Instant::now());
    let (mut least, mut rounds) = (f64::MAX, 0u32);
    while rounds < 3 || wall.elapsed().as_secs_f64() < 1.0 {
        let start = Instant::now();
        work();
        least = least.min(start.elapsed().as_secs_f64());
        rounds += 1;
    }
    (least, (processor_s() - start) / f64::from(rounds))
}

fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(work)
}

fn write_words<'a>(path: &Path, words: impl Iterator<Item = &'a u64>) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("a writable folder"));
    words.for_each(|w| file.write_all(&w.to_le_bytes()).expect("room on the disk"));
}

fn recall(found: &Found, truth: &Found) -> f64 {
    let kept = truth.neighbours.iter().filter(|n| found.neighbours.contains(n)).count();
    kept as f64 / truth.neighbours.len().max(1) as f64
}

/// Gigabytes a second that a plain sum over all values reads.
fn bandwidth(values: &[u64], threads: usize) -> f64 {
    use rayon::prelude::*;
    let sum = || values.par_chunks(1 << 17).map(|part| part.iter().fold(0u64, |a, b| a.wrapping_add(*b))).sum::<u64>();
    let (wall, _) = with_threads(threads, || timed(|| _ = black_box(sum())));
    8.0 * values.len() as f64 / wall / 1e9
}

fn scans(vectors: &Arc<Vectors>, folder: &Path) -> Value {
    let asked = queries(vectors, 20);
    write_words(&folder.join("scan-queries.bin"), asked.iter().flatten());
    let bytes = (8 * WORDS * vectors.len()) as f64;
    let exact = ExactIndex::new(vectors.clone());
    let planned = PlannedIndex::build(vectors.clone(), GraphParameters::default(), Planner::default(), 5_000).unwrap();
    let nine: Vec<Vec<u64>> =
        (0..9).map(|i| asked[i % 2].iter().map(|w| w.rotate_left(i as u32 / 2)).collect()).collect();
    let mut out = json!({ "vectors": vectors.len(), "read_gb_s": [bandwidth(vectors.values(), 1), bandwidth(vectors.values(), 2)] });
    for threads in [1, 2] {
        let (wall, cpu) = with_threads(threads, || timed(|| _ = black_box(exact.search(&asked[..1], 10, None))));
        let (wall_nine, cpu_nine) = with_threads(threads, || timed(|| _ = black_box(exact.search(&nine, 5_000, None))));
        let (wall_screened, cpu_screened) =
            with_threads(threads, || timed(|| _ = black_box(planned.search(&nine, 5_000, None))));
        out[format!("threads_{threads}")] = json!({
            "exact_one_vector": { "wall_s": wall, "cpu_s": cpu, "gb_s": bytes / wall / 1e9 },
            "exact_nine_vectors": { "wall_s": wall_nine, "cpu_s": cpu_nine },
            "screened_nine_vectors": { "wall_s": wall_screened, "cpu_s": cpu_screened },
        });
    }
    let (truth, found) = (exact.search(&nine, 5_000, None).unwrap(), planned.search(&nine, 5_000, None).unwrap());
    out["screened"] = json!({
        "method": found.receipt.method, "screened": found.receipt.screened, "visited": found.receipt.visited,
        "recall_10": recall(&planned.search(&nine, 10, None).unwrap(), &exact.search(&nine, 10, None).unwrap()),
        "recall_5000": truth.neighbours.iter().filter(|n| found.neighbours.binary_search_by(|f| {
            n.similarity.total_cmp(&f.similarity).then(f.key.cmp(&n.key))
        }).is_ok()).count() as f64 / 5_000.0,
    });
    out
}

fn graphs(vectors: &Arc<Vectors>, folder: &Path) -> Value {
    let asked: Vec<Vec<Vec<u64>>> = queries(vectors, QUERIES).into_iter().map(|q| vec![q]).collect();
    write_words(&folder.join("graph-queries.bin"), asked.iter().flatten().flatten());
    let exact = ExactIndex::new(vectors.clone());
    let truth: Vec<[Found; 2]> = asked.iter().map(|q| [10, 100].map(|k| exact.search(q, k, None).unwrap())).collect();
    let keys: Vec<u64> = truth.iter().flat_map(|[_, hundred]| hundred.neighbours.iter().map(|n| n.key)).collect();
    write_words(&folder.join("graph-truth.bin"), keys.iter());
    let before = (resident_mb(), processor_s(), Instant::now());
    let mut graph = HnswIndex::build(vectors.clone(), GraphParameters::default()).unwrap();
    let (build_cpu_s, build_wall_s) = (processor_s() - before.1, before.2.elapsed().as_secs_f64());
    let memory_mb = resident_mb() - before.0;
    let mut points = Vec::new();
    for k in [10usize, 100] {
        for width in [10usize, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1_024, 2_048, 4_096] {
            graph.set_search_width(width).unwrap();
            let found: Vec<Found> = asked.iter().map(|q| graph.search(q, k, None).unwrap()).collect();
            let hit: f64 = found.iter().zip(&truth).map(|(f, t)| recall(f, &t[usize::from(k == 100)])).sum();
            let (_, cpu) =
                with_threads(1, || timed(|| asked.iter().for_each(|q| _ = black_box(graph.search(q, k, None)))));
            let visited = found.iter().map(|f| f.receipt.visited).sum::<usize>() / QUERIES;
            let point = json!({ "k": k, "width": width, "recall": hit / QUERIES as f64, "per_s": QUERIES as f64 / cpu, "visited": visited });
            eprintln!("{point}");
            points.push(point);
        }
    }
    let (_, cpu) = with_threads(1, || timed(|| asked.iter().for_each(|q| _ = black_box(exact.search(q, 10, None)))));
    json!({
        "vectors": vectors.len(), "segments": graph.segment_count(), "build_cpu_s": build_cpu_s, "build_wall_s": build_wall_s,
        "memory_beside_vectors_mb": memory_mb, "points": points, "exact_per_s": QUERIES as f64 / cpu,
    })
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let number = |name: &str, usual: usize| {
        let at = arguments.iter().position(|a| a == name);
        at.and_then(|at| arguments.get(at + 1)).map_or(usual, |text| text.parse().expect("a number"))
    };
    let folder = arguments.iter().position(|a| a == "--out").and_then(|at| arguments.get(at + 1));
    let Some(folder) = folder.map(PathBuf::from) else {
        eprintln!("peers: expected --out DIR [--scan 1000000] [--graph 100000], got {arguments:?}");
        return;
    };
    std::fs::create_dir_all(&folder).expect("a writable folder");
    let (scan, graph) = (number("--scan", 1_000_000), number("--graph", 100_000));
    let mut out = json!({});
    for (name, count) in [("graph", graph), ("scan", scan)].into_iter().filter(|(_, count)| *count > 0) {
        let values = clustered(count);
        write_words(&folder.join(format!("{name}.bin")), values.iter());
        let vectors = Arc::new(Vectors::from_parts(WORDS, (0..count as u64).collect(), values).unwrap());
        out[name] = if name == "scan" { scans(&vectors, &folder) } else { graphs(&vectors, &folder) };
    }
    let text = serde_json::to_string_pretty(&out).unwrap();
    std::fs::write(folder.join("brasslink.json"), &text).expect("a writable folder");
    println!("{text}");
}
