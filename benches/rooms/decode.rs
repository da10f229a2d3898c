//! Decoding and writing of a scan the size of a cropped breech-face impression, and of a grid with two pitches.

use brasslink::surface::x3p::{SampleType, WriteOptions, write};
use brasslink::surface::{Acquired, DecodeOptions, Surface, decode};
use criterion::Criterion;
use ndarray::Array2;
use std::hint::black_box;

/// Rows and columns of a breech-face impression at 6.25 um.
const SIDE: usize = 560;

/// A rough disc, missing outside; no random numbers are needed to keep deflate busy.
fn disc() -> Surface {
    let heights = Array2::from_shape_fn((SIDE, SIDE), |(r, c)| {
        let (x, y) = (c as f64 - SIDE as f64 / 2.0, r as f64 - SIDE as f64 / 2.0);
        if x.hypot(y) > 0.45 * SIDE as f64 {
            return f64::NAN;
        }
        let fine = (x * 12.9898 + y * 78.233).sin() * 43_758.545_3;
        5.0 * (x * 0.021).sin() + 3.0 * (y * 0.047).cos() + 0.3 * (fine - fine.floor())
    });
    Surface::from_heights(heights, 6.25)
}

fn surface(bytes: &[u8]) -> Surface {
    match decode(bytes, "bench.x3p", &DecodeOptions::default()) {
        Ok(Acquired::Surface(surface)) => surface,
        other => panic!("expected a surface, got {other:?}"),
    }
}

fn written(scan: &Surface, samples: Option<SampleType>) -> Vec<u8> {
    write(scan, &WriteOptions { samples }).unwrap_or_else(|error| panic!("{error}"))
}

/// Decoding, writing, and bringing to a square grid.
pub fn benches(c: &mut Criterion) {
    let scan = disc();
    for samples in [SampleType::Double, SampleType::Short] {
        let bytes = written(&scan, Some(samples));
        let back = surface(&bytes);
        let step = if samples == SampleType::Double { 1e-12 } else { 1e-3 };
        let same = |(a, b): (&f64, &f64)| a.is_nan() == b.is_nan() && (a.is_nan() || (a - b).abs() < step);
        assert!(scan.heights_um.iter().zip(&back.heights_um).all(same), "{samples:?} came back changed");
        let name = format!("decode/x3p_{SIDE}x{SIDE}_{samples:?}").to_lowercase();
        c.bench_function(&name, |b| b.iter(|| surface(black_box(&bytes))));
    }
    let stored = surface(&written(&scan, None));
    let bytes = written(&stored, None);
    assert_eq!(bytes, written(&surface(&bytes), None), "not the same bytes");
    c.bench_function("decode/write_stored", |b| b.iter(|| written(black_box(&stored), None)));

    let mut stretched = scan;
    stretched.pitch_y_um = 12.5;
    assert_eq!(stretched.height_map().z.dim(), (2 * SIDE - 1, SIDE));
    c.bench_function("decode/square_grid", |b| b.iter(|| black_box(&stretched).height_map()));
}
