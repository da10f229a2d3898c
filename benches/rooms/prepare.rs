//! Preparation of one breech-face scan: the whole of it, and its dearest kernels.

use brasslink::dsp::filter::{self, Order};
use brasslink::dsp::level;
use brasslink::geometry::Point;
use brasslink::grid::HeightMap;
use brasslink::mark::{CentreBasis, Mark, PrepareParameters, prepare};
use brasslink::workings::Silent;
use criterion::Criterion;
use std::hint::black_box;

/// A made-up face of the size of a real scan: 545 x 545 points 6.25 um apart, a ring of 40 % of them valid.
fn face() -> HeightMap {
    let mut map = HeightMap::missing(545, 545, 6.25);
    for row in 0..545 {
        for column in 0..545 {
            let p = map.point_at(row as f64, column as f64);
            if p.distance_um(Point::default()) < 1_680.0 && p.distance_um(Point::new(120.0, 80.0)) > 1_050.0 {
                let z = (p.x_um / 9.0).sin() + (p.y_um / 13.0 + p.x_um / 31.0).cos() + 0.01 * p.x_um;
                map.z[(row, column)] = z as f32;
            }
        }
    }
    map
}

/// Benches of the room.
pub fn benches(c: &mut Criterion) {
    let map = face();
    let parameters = PrepareParameters::default();
    let ready = || prepare(black_box(&map), &parameters, &mut Silent);
    let Ok(mark) = ready() else { panic!("the face should prepare") };
    assert!(mark.suitable() && mark.centre.basis == CentreBasis::Hole);
    c.bench_function("prepare/545x545", |b| b.iter(ready));

    let low = filter::low_pass(&mark.fine, 150.0, Order::Two, 0.15);
    assert!(low.valid_count() > mark.fine.valid_count() / 2);
    c.bench_function("prepare/low_pass_order_2", |b| {
        b.iter(|| filter::low_pass(black_box(&mark.fine), 150.0, Order::Two, 0.15))
    });

    assert!(level::local_deviation(&map).iter().all(|d| d.is_nan() || d.abs() < 1.0));
    c.bench_function("prepare/local_deviation", |b| b.iter(|| level::local_deviation(black_box(&map))));

    let Ok(bytes) = mark.to_bytes() else { panic!("the mark should serialise") };
    assert!(Mark::from_bytes(&bytes).is_ok_and(|back| back.fine.valid_count() == mark.fine.valid_count()));
    c.bench_function("prepare/from_bytes", |b| b.iter(|| Mark::from_bytes(black_box(&bytes))));
}
