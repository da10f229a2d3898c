//! Criterion benches, one module a room. Each asserts the answer of a kernel before it times it.

// A bench that cannot set up its data has nothing to time.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod compare;
mod decode;
mod graph;
mod index;
mod link;
mod prepare;
mod report;
mod signature;
mod simulate;
mod store;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for benches in [
        decode::benches,
        prepare::benches,
        signature::benches,
        index::benches,
        compare::benches,
        link::benches,
        graph::benches,
        store::benches,
        report::benches,
        simulate::benches,
    ] {
        benches(&mut criterion);
    }
    criterion.final_summary();
}
