"""Other vector indexes on the vectors that `cargo bench --bench peers -- --out DIR` wrote; one thread, processor time.

    python benches/peers/peers.py DIR [--l2 5000]

Writes DIR/peers.json and prints one table of both halves in Markdown. See README.md beside this file.
"""

import argparse
import json
import os
import pathlib
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import faiss
import hnswlib
import numpy as np
import usearch.index

BITS = 8192
WIDTHS = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096]


def resident_mb():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096 / 1e6


def seconds(work, rounds):
    """Processor seconds of one round, the least of several."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def recall(found, truth, k):
    return float(np.mean([len(set(f[:k]) & set(t[:k])) / k for f, t in zip(found, truth)]))


def curve(search, queries, truth, settings):
    """Points of (k, setting, recall, queries a second); queries go one at a time, as ours do."""
    points = []
    for k in (10, 100):
        for setting in settings:
            found = [search(q, k, setting) for q in queries]
            got = recall(found, truth, k)
            spent = seconds(lambda: [search(q, k, setting) for q in queries], 3)
            points.append({"k": k, "width": setting, "recall": got, "per_s": len(queries) / spent})
            if got >= 0.999:
                break
    return points


def built(make):
    before, start = resident_mb(), time.process_time()
    index = make()
    return index, {"build_cpu_s": time.process_time() - start, "memory_mb": resident_mb() - before}


def faiss_hnsw(vectors, queries, truth):
    def make():
        index = faiss.IndexBinaryHNSW(BITS, 16)
        index.hnsw.efConstruction = 128
        index.add(vectors)
        return index

    index, out = built(make)

    def search(q, k, width):
        index.hnsw.efSearch = max(width, k)
        return index.search(q[None], k)[1][0]

    return out | {"points": curve(search, queries, truth, WIDTHS)}


def faiss_ivf(vectors, queries, truth):
    lists = max(16, int(4 * len(vectors) ** 0.5))

    def make():
        quantizer = faiss.IndexBinaryFlat(BITS)
        index = faiss.IndexBinaryIVF(quantizer, BITS, lists)
        index.cp.niter = 4
        index.train(vectors[: 40 * lists])
        index.add(vectors)
        index.keep = quantizer
        return index

    index, out = built(make)

    def search(q, k, probes):
        index.nprobe = probes
        return index.search(q[None], k)[1][0]

    probes = [p for p in (1, 4, 16, 64, 128, 256, 512) if p <= lists]
    return out | {"points": curve(search, queries, truth, probes)}


def usearch_bits(vectors, queries, truth):
    def make():
        index = usearch.index.Index(
            ndim=BITS, metric=usearch.index.MetricKind.Hamming, dtype="b1", connectivity=16, expansion_add=128
        )
        index.add(np.arange(len(vectors)), vectors, threads=1)
        return index

    index, out = built(make)

    def search(q, k, width):
        index.expansion_search = max(width, k)
        return index.search(q, k, threads=1).keys

    return out | {"points": curve(search, queries, truth, WIDTHS)}


def hnswlib_l2(vectors, queries, truth):
    """No Hamming distance there: squared distances of vectors of +-1 have the same order, at 32 KB a vector."""

    def signs(bits):
        return np.unpackbits(bits, axis=-1).astype(np.float32) * 2 - 1

    def make():
        index = hnswlib.Index(space="l2", dim=BITS)
        index.init_index(max_elements=len(vectors), ef_construction=128, M=16)
        index.set_num_threads(1)
        for start in range(0, len(vectors), 1000):
            index.add_items(signs(vectors[start : start + 1000]))
        return index

    index, out = built(make)
    real = signs(queries)

    def search(q, k, width):
        index.set_ef(max(width, k))
        return index.knn_query(q[None], k=k, num_threads=1)[0][0]

    return out | {"points": curve(search, real, truth, WIDTHS)}


def faiss_flat(vectors, queries):
    index = faiss.IndexBinaryFlat(BITS)
    index.add(vectors)
    one = seconds(lambda: index.search(queries[:1], 10), 5)
    return {"one_vector_cpu_s": one, "gb_s": vectors.nbytes / one / 1e9}


def at(points, k, least):
    """Queries a second at the cheapest setting that reaches a recall."""
    good = [p["per_s"] for p in points if p["k"] == k and p["recall"] >= least]
    return f"{max(good):,.0f}" if good else "-"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--l2", type=int, default=5_000, help="most vectors for hnswlib, which takes 32 KB each")
    arguments = parser.parse_args()
    folder = arguments.folder
    faiss.omp_set_num_threads(1)
    ours = json.loads((folder / "brasslink.json").read_text())

    def read(name):
        return np.fromfile(folder / name, dtype=np.uint8).reshape(-1, BITS // 8)

    out = {}
    if "scan" in ours:
        out["scan"] = {"faiss flat": faiss_flat(read("scan.bin"), read("scan-queries.bin"))}
        print(json.dumps(out["scan"]), flush=True)
    if "graph" in ours:
        vectors, queries = read("graph.bin"), read("graph-queries.bin")
        truth = np.fromfile(folder / "graph-truth.bin", dtype=np.uint64).reshape(len(queries), 100).astype(np.int64)
        peers = {"faiss HNSW": faiss_hnsw, "faiss IVF": faiss_ivf, "usearch b1": usearch_bits}
        if len(vectors) <= arguments.l2:
            peers["hnswlib L2 f32"] = hnswlib_l2
        out["graph"] = {}
        for name, measure in peers.items():
            out["graph"][name] = measure(vectors, queries, truth)
            print(name, json.dumps(out["graph"][name]), flush=True)
        rows = {"brasslink": ours["graph"]} | out["graph"]
        print(f"\n| {len(vectors):,} vectors | @10 >= .95 | @10 >= .99 | @100 >= .95 | build, CPU s | memory, MB |\n|---|---|---|---|---|---|")
        for name, row in rows.items():
            memory = row.get("memory_mb", row.get("memory_beside_vectors_mb", 0) + len(vectors) * BITS / 8 / 1e6)
            p = row["points"]
            print(f"| {name} | {at(p, 10, .95)} | {at(p, 10, .99)} | {at(p, 100, .95)} | {row['build_cpu_s']:.0f} | {memory:.0f} |")
    (folder / "peers.json").write_text(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
