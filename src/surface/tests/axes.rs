//! Axes, point lists and validity.

use super::{Craft, codes, md5_hex, surface};
use crate::surface::{MaskLayer, Origin, x3p};
use ndarray::{Array2, array};

const X_ABSOLUTE: (&str, &str) = ("<CX><AxisType>I", "<CX><AxisType>A");
const Y_ABSOLUTE: (&str, &str) = ("<CY><AxisType>I", "<CY><AxisType>A");

/// Interleaved x, y, z of a 2 x 3 grid, pitch 2 um and 3 um; `jolt` moves one point's x by so many um.
fn absolute(jolt: f64) -> Craft {
    let mut data = Vec::new();
    for r in 0..2 {
        for c in 0..3 {
            let x = 1e-6 * (10.0 + 2.0 * f64::from(c) + if (r, c) == (1, 1) { jolt } else { 0.0 });
            for v in [x, 3e-6 * f64::from(r), 1e-6 * f64::from(10 * r + c)] {
                data.extend(v.to_le_bytes());
            }
        }
    }
    Craft::new(2, 3, 'D', "1", data)
        .with("<Increment>6.25e-06</Increment>", "")
        .with("<Increment>6.25e-06</Increment>", "")
        .with(X_ABSOLUTE.0, X_ABSOLUTE.1)
        .with(Y_ABSOLUTE.0, Y_ABSOLUTE.1)
}

#[test]
fn absolute_axes_are_read_where_regular() {
    let s = absolute(0.01).decode().unwrap();
    assert!((s.pitch_x_um - 2.0).abs() < 1e-9 && (s.pitch_y_um - 3.0).abs() < 1e-9);
    assert!((s.heights_um[(1, 2)] - 12.0).abs() < 1e-9);
    assert!((s.stored.unwrap().offsets_xy[0] - 1e-5).abs() < 1e-12);
}

#[test]
fn irregular_absolute_axes_are_refused() {
    let refusal = absolute(0.5).refusal();
    assert!(
        refusal.contains("CX") && refusal.contains("regular grid") && refusal.contains("row 1, column 1"),
        "{refusal}"
    );
    let one_row = Craft::doubles(1, 3).with(Y_ABSOLUTE.0, Y_ABSOLUTE.1);
    assert!(one_row.refusal().contains("data.bin: size"));
}

/// A craft whose points stand in `main.xml`.
fn listed(letter: char, increment: &str, data: &[&str]) -> Craft {
    let list: String = data.iter().map(|d| format!("<Datum>{d}</Datum>")).collect();
    let craft = Craft::new(2, 2, letter, increment, Vec::new());
    let link = craft.xml.find("<DataLink>").unwrap()..craft.xml.find("</DataLink>").unwrap() + "</DataLink>".len();
    let link = craft.xml[link].to_owned();
    craft.with(&link, &format!("<DataList>{list}</DataList>"))
}

#[test]
fn points_written_as_text() {
    let s = listed('D', "1", &["1e-6", " 2e-6 ", "", "NaN"]).decode().unwrap();
    assert!((s.heights_um[(0, 1)] - 2.0).abs() < 1e-9);
    assert!(s.heights_um[(1, 0)].is_nan() && s.heights_um[(1, 1)].is_nan());
    let s = listed('I', "1e-7", &["-32768", "20", "", "0"]).decode().unwrap();
    assert!((s.heights_um[(0, 1)] - 2.0).abs() < 1e-9 && s.heights_um[(1, 0)].is_nan());
    assert_eq!(s.heights_um[(1, 1)], 0.0);
    let s = listed('F', "1", &["0;1e-6", "2e-6;1e-6", "0;1e-6", "2e-6;5e-6"]).with(X_ABSOLUTE.0, X_ABSOLUTE.1).decode();
    let s = s.unwrap();
    assert!((s.pitch_x_um - 2.0).abs() < 1e-9, "no increment scales absolute lengths: {}", s.pitch_x_um);
}

#[test]
fn dishonest_point_lists_are_refused() {
    assert!(listed('D', "1", &["1", "2", "3"]).refusal().contains("expected 4 Datum"));
    assert!(listed('D', "1", &["1", "2", "3", "4", "5"]).refusal().contains("expected 4 Datum"));
    assert!(listed('D', "1", &["1", "2", "x", "4"]).refusal().contains("Datum 3"));
    assert!(listed('I', "1", &["1", "2", "40000", "4"]).refusal().contains("16-bit"));
    assert!(listed('D', "1", &["1;2", "2", "3", "4"]).refusal().contains("Datum 1: expected 1 numbers"));
}

fn with_validity(bits: &[u8]) -> Craft {
    let data = (0..10i16).flat_map(i16::to_le_bytes).collect();
    let link = format!(
        "<ValidPointsLink>bindata/valid.bin</ValidPointsLink><MD5ChecksumValidPoints>{}</MD5ChecksumValidPoints></DataLink>",
        md5_hex(bits)
    );
    Craft::new(2, 5, 'I', "1e-6", data).with("</DataLink>", &link).and("bindata/valid.bin", bits)
}

#[test]
fn validity_is_read_lowest_bit_first() {
    let s = with_validity(&[0b1001_0101, 0b1111_1101]).decode().unwrap();
    let missing: Vec<_> = s.heights_um.indexed_iter().filter(|(_, z)| z.is_nan()).map(|(i, _)| i).collect();
    assert_eq!(missing, [(0, 1), (0, 3), (1, 0), (1, 1), (1, 4)]);
    let back = surface(&x3p::write(&s, &x3p::WriteOptions::default()).unwrap()).unwrap();
    assert_eq!(back.stored, s.stored);
}

#[test]
fn validity_of_the_wrong_size_or_content_is_refused() {
    assert!(with_validity(&[255]).refusal().contains("expected 2 bytes"));
    assert!(with_validity(&[255; 3]).refusal().contains("expected 2 bytes"));
    let mut changed = with_validity(&[255; 2]);
    changed.more[0].body = vec![1, 2];
    assert!(changed.refusal().contains("valid.bin: expected MD5"));
}

#[test]
fn grids_that_begin_at_another_corner_are_turned_over_and_written_back() {
    let data: Vec<u8> = (0..6).flat_map(|i| (1e-6 * f64::from(i)).to_le_bytes()).collect();
    for (corner, origin, want) in [
        ("NW", Origin::NW, array![[0, 1, 2], [3, 4, 5]]),
        ("NE", Origin::NE, array![[2, 1, 0], [5, 4, 3]]),
        ("SW", Origin::SW, array![[3, 4, 5], [0, 1, 2]]),
        ("SE", Origin::SE, array![[5, 4, 3], [2, 1, 0]]),
    ] {
        let craft =
            Craft::new(2, 3, 'D', "1", data.clone()).with("</Axes>", &format!("<Origin>{corner}</Origin></Axes>"));
        let mut s = craft.decode().unwrap();
        assert_eq!(s.heights_um.mapv(|z| z.round() as i32), want, "{corner}");
        assert_eq!(s.origin, Some(origin));
        assert_eq!(codes(&s.provenance).contains(&"origin.turned"), origin != Origin::NW);
        let colours = Array2::from_shape_fn((2, 3), |(r, c)| [r as u8, c as u8, 7, 255]);
        s.mask = Some(MaskLayer { colours, background: Some([0, 1, 7]) });
        let back = surface(&x3p::write(&s, &x3p::WriteOptions::default()).unwrap()).unwrap();
        assert_eq!((back.heights_um, back.origin, back.mask, back.stored), (s.heights_um, s.origin, s.mask, s.stored));
    }
    assert!(Craft::doubles(2, 2).with("</Axes>", "<Origin>up</Origin></Axes>").refusal().contains("Origin"));
}
