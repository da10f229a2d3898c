//! Writing and reading back.

use super::{Craft, codes, surface};
use crate::surface::x3p::{SampleType, WriteOptions, write};
use crate::surface::{DecodeOptions, LengthUnit, Metadata, Surface, decode};
use ndarray::Array2;
use proptest::prelude::*;

fn same(a: &Array2<f64>, b: &Array2<f64>) -> bool {
    a.dim() == b.dim() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
}

fn round_trip(s: &Surface, samples: Option<SampleType>) -> Surface {
    surface(&write(s, &WriteOptions { samples }).unwrap()).unwrap()
}

fn hilly(rows: usize, columns: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |(r, c)| {
        if (r + 2 * c) % 7 == 0 { f64::NAN } else { 12.3 * (r as f64 * 0.9).sin() + 4.5 * (c as f64 * 0.31).cos() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the bytes, NaN payloads and denormals included, they come back.
    #[test]
    fn stored_samples_come_back_bit_for_bit(
        kind in 0usize..4,
        rows in 1usize..6,
        columns in 1usize..6,
        bytes in prop::collection::vec(any::<u8>(), 200),
        increment in 1e-10f64..1e-9,
    ) {
        let (letter, size, increment) = [('D', 8, 1.0), ('F', 4, 1.0), ('L', 4, increment * 1e-4), ('I', 2, increment)][kind];
        let data = bytes[..rows * columns * size].to_vec();
        let bytes = Craft::new(rows, columns, letter, &format!("{increment:e}"), data.clone()).bytes();
        let options = DecodeOptions { unit: Some(LengthUnit::Metre), ..DecodeOptions::default() };
        let read = |bytes: &[u8]| match decode(bytes, "t", &options).unwrap() {
            crate::surface::Acquired::Surface(s) => s,
            crate::surface::Acquired::Photo(_) => panic!("photograph"),
        };
        let s = read(&bytes);
        prop_assert_eq!(&s.stored.as_ref().unwrap().samples, &data);
        let written = write(&s, &WriteOptions::default()).unwrap();
        let back = read(&written);
        prop_assert_eq!(&back.stored, &s.stored);
        prop_assert!(same(&back.heights_um, &s.heights_um));
        prop_assert_eq!(back.metadata, s.metadata.clone());
        prop_assert_eq!((back.pitch_x_um, back.pitch_y_um), (s.pitch_x_um, s.pitch_y_um));
        prop_assert_eq!(write(&s, &WriteOptions::default()).unwrap(), written, "same bytes each time");
    }

    #[test]
    fn metadata_of_any_text_comes_back(text in "[ -~áéíóúñÑµ€<>&\"'\\]]{1,40}") {
        let text = text.trim().to_owned();
        prop_assume!(!text.is_empty());
        let metadata = Metadata { creator: Some(text.clone()), comment: Some(text), ..Metadata::default() };
        let s = Surface::from_heights(hilly(3, 3), 5.0).with_metadata(metadata.clone());
        prop_assert_eq!(round_trip(&s, None).metadata, metadata);
    }
}

#[test]
fn simulated_surfaces_come_back_within_their_number_type() {
    let s = Surface::from_heights(hilly(20, 31), 4.7);
    let span = 40.0;
    for (samples, within) in [
        (None, 1e-14),
        (Some(SampleType::Double), 1e-14),
        (Some(SampleType::Float), 1e-5),
        (Some(SampleType::Long), span / 4e9),
        (Some(SampleType::Short), span / 6e4),
    ] {
        let back = round_trip(&s, samples);
        assert_eq!(back.pitch_x_um, 4.7);
        for (a, b) in s.heights_um.iter().zip(&back.heights_um) {
            assert!(a.is_nan() == b.is_nan() && (a.is_nan() || (a - b).abs() <= within), "{samples:?}: {a} {b}");
        }
        let again = round_trip(&back, None);
        assert!(same(&again.heights_um, &back.heights_um), "{samples:?}: the second time exactly");
    }
}

#[test]
fn flat_and_all_missing_surfaces_can_be_integers() {
    for z in [3.0, 0.0, f64::NAN] {
        for samples in [SampleType::Short, SampleType::Long] {
            let s = Surface::from_heights(Array2::from_elem((3, 3), z), 5.0);
            let back = round_trip(&s, Some(samples));
            for b in &back.heights_um {
                assert!(b.is_nan() == z.is_nan() && (z.is_nan() || (b - z).abs() < 1e-9), "{z} {b}");
            }
        }
    }
}

#[test]
fn changed_heights_are_written_as_they_now_are() {
    let mut s = Craft::doubles(3, 3).decode().unwrap();
    s.heights_um[(1, 1)] = 5.0;
    assert!(same(&round_trip(&s, None).heights_um, &s.heights_um));
}

#[test]
fn files_in_micrometres_are_written_in_metres() {
    let data: Vec<u8> = (0..400).flat_map(|i| (40.0 * (i as f32 * 0.37).sin()).to_le_bytes()).collect();
    let craft = Craft::new(20, 20, 'F', "1", data).with("6.25e-06", "7.37468").with("6.25e-06", "7.37468");
    let s = craft.decode().unwrap();
    assert!(codes(&s.provenance).contains(&"unit.recognised"));
    let back = round_trip(&s, None);
    assert_eq!(codes(&back.provenance), Vec::<&str>::new());
    assert_eq!(back.height_map().z, s.height_map().z);
    assert_eq!(back.pitch_x_um, s.pitch_x_um);
    assert_eq!(back.stored.unwrap().sample_type, SampleType::Double);
}

#[test]
fn rotation_comes_back() {
    let mut s = Surface::from_heights(hilly(3, 3), 5.0);
    s.rotation = Some([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    assert_eq!(round_trip(&s, None).rotation, s.rotation);
}

#[test]
fn what_is_no_surface_is_not_written() {
    for s in [
        Surface::from_heights(Array2::zeros((0, 3)), 5.0),
        Surface::from_heights(hilly(3, 3), 0.0),
        Surface::from_heights(hilly(3, 3), f64::NAN),
    ] {
        assert!(write(&s, &WriteOptions::default()).is_err());
    }
}
