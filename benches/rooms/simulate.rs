//! Benches of the generator: one breech face, one cropped scan, one small city.

use brasslink::simulate::{AMMUNITION, CityParameters, SimulatedFirearm, SimulatedShot, simulate_city};
use criterion::Criterion;
use std::hint::black_box;

/// Benches of the room `simulate`.
pub fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("simulate");
    group.sample_size(10);

    group.bench_function("breech face, 705 x 705 points", |b| {
        b.iter(|| black_box(SimulatedFirearm::new(1, 3)).breech_face().z[[352, 600]]);
    });

    let firearm = SimulatedFirearm::new(1, 3);
    let shot = SimulatedShot::new(&firearm, 1, AMMUNITION[0]);
    let surface = shot.cropped(&firearm, 6.25);
    let area = surface.height_map().valid_area_mm2();
    assert!((2.0..7.5).contains(&area), "valid area {area} mm2");
    group.bench_function("cropped scan, 6.25 um", |b| b.iter(|| shot.cropped(black_box(&firearm), 6.25)));

    let parameters = CityParameters { pitch_um: Some(25.0), ..CityParameters::new(4, 3, 1) };
    let city = simulate_city(&parameters).expect("the parameters are within their bounds");
    assert_eq!(city.scans().expect("simulated scans can be written").len(), 12);
    group.bench_function("city of 12 cases, 25 um", |b| b.iter(|| black_box(&city).scans()));
    group.finish();
}
