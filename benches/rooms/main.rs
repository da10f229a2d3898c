//! Criterion benches, one module a room. Each asserts the answer of a kernel before it times it.

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    run(&mut criterion);
    criterion.final_summary();
}

fn run(_criterion: &mut Criterion) {}
