//! Files that are cut, changed, or lie.

use super::{Craft, codes, entry, raw_zip, surface};
use crate::surface::{Acquired, DecodeOptions, Limits, SurfaceError, decode};
use proptest::prelude::*;

#[test]
fn every_truncation_is_an_error() {
    let bytes = Craft::doubles(4, 4).bytes();
    assert!(surface(&bytes).is_ok());
    for length in 0..bytes.len() {
        let error = surface(&bytes[..length]).expect_err("a cut file was decoded");
        assert!(error.to_string().starts_with("t.x3p: "), "{error}");
    }
}

#[test]
fn data_cut_inside_an_intact_zip_is_an_error() {
    let whole = Craft::doubles(4, 4).data.len();
    for length in [0, 1, 7, 8, whole / 2, whole - 8, whole - 1, whole + 1, whole + 8] {
        let mut craft = Craft::doubles(4, 4);
        craft.data.resize(length, 0);
        let refusal = craft.refusal();
        assert!(refusal.contains("data.bin: size: expected 128 bytes"), "{length}: {refusal}");
    }
    let xml = Craft::doubles(2, 2).xml;
    for length in (0..xml.len()).step_by(7) {
        let mut craft = Craft::doubles(2, 2);
        craft.xml.truncate(length);
        assert!(craft.decode().is_err(), "main.xml of {length} bytes");
    }
}

#[test]
fn lies_in_the_manifest_are_named() {
    for (from, to, named) in [
        ("<SizeX>4", "<SizeX>5", "data.bin: size"),
        ("<SizeX>4", "<SizeX>0", "SizeX"),
        ("<SizeX>4", "<SizeX>-4", "SizeX"),
        ("<SizeX>4", "<SizeX>4.0", "SizeX"),
        ("<SizeX>4", "<SizeX>99999999999999999999", "SizeX"),
        ("<SizeX>4", "<SizeX>4294967295", "MatrixDimension"),
        ("<SizeX>4", "<SizeX>18446744073709551615", "MatrixDimension"),
        ("<SizeZ>1", "<SizeZ>2", "SizeZ"),
        ("<SizeZ>1</SizeZ>", "", "SizeZ"),
        ("<SizeX>4</SizeX>", "<SizeX>4</SizeX><SizeX>4</SizeX>", "SizeX"),
        ("6.25e-06", "-6.25e-06", "CX/Increment"),
        ("6.25e-06", "0", "CX/Increment"),
        ("6.25e-06", "NaN", "CX/Increment"),
        ("6.25e-06", "inf", "CX/Increment"),
        ("6.25e-06", "six", "CX/Increment"),
        ("6.25e-06", "1e300", "increments along x and y"),
        ("6.25e-06", "1e-7", "one at most 16 times the other"),
        ("<Increment>6.25e-06</Increment>", "", "CX/Increment"),
        ("<Increment>1<", "<Increment>0<", "CZ/Increment"),
        ("<Increment>1<", "<Increment>-1<", "CZ/Increment"),
        ("<Increment>1<", "<Increment>1e30<", "relief"),
        ("<CZ><AxisType>A</AxisType><DataType>D", "<CZ><AxisType>A</AxisType><DataType>Q", "CZ/DataType"),
        ("<CZ><AxisType>A", "<CZ><AxisType>B", "CZ/AxisType"),
        (">SUR<", ">PRF<", "FeatureType"),
        ("bindata/data.bin", "../data.bin", "PointDataLink"),
        ("bindata/data.bin", "/etc/passwd", "PointDataLink"),
        ("bindata/data.bin", "bindata/other.bin", "PointDataLink"),
        ("md5checksum.hex", "..\\md5", "ChecksumFile"),
        ("<DataLink>", "<DataLink><A>&e;</A>", "&e;"),
        ("<p:ISO5436_2", "<!DOCTYPE a><p:ISO5436_2", "DOCTYPE"),
        ("</Axes>", "<Rotation><r11>1</r11></Rotation></Axes>", "r12"),
    ] {
        let refusal = Craft::doubles(4, 4).with(from, to).refusal();
        assert!(refusal.starts_with("t.x3p: ") && refusal.contains(named), "{from} -> {to}: {refusal}");
    }
}

#[test]
fn huge_sizes_are_refused_by_the_limit() {
    let error = Craft::doubles(4, 4).with("<SizeX>4", "<SizeX>400000000").decode().unwrap_err();
    assert!(matches!(error, SurfaceError::Limit { .. }), "{error}");
}

#[test]
fn zips_that_trick_are_refused() {
    let mut twice = Craft::doubles(2, 2).entries();
    twice.push(entry("main.xml", "<other/>"));
    let mut case = Craft::doubles(2, 2).entries();
    case.push(entry("MAIN.xml", "<other/>"));
    let mut out = Craft::doubles(2, 2).entries();
    out.push(entry("../../outside", "x"));
    let mut absolute = Craft::doubles(2, 2).entries();
    absolute.push(entry("/outside", "x"));
    let mut many = Craft::doubles(2, 2).entries();
    many.extend((0..100).map(|i| entry(&format!("v{i}"), "x")));
    let mut short = Craft::doubles(2, 2).entries();
    short[1].stated_size = Some(8);
    let mut long = Craft::doubles(2, 2).entries();
    long[0].stated_size = Some(1 << 20);
    let mut vast = Craft::doubles(2, 2).entries();
    vast[0].stated_size = Some(u32::MAX - 1);
    for (entries, named) in [
        (twice, "zip: entries"),
        (case, "zip: entries"),
        (out, "entry name"),
        (absolute, "entry name"),
        (many, "zip: entries: expected at most 64"),
        (short, "data.bin: size"),
        (long, "main.xml"),
        (vast, "main.xml: inflated size"),
        (vec![entry("readme.txt", "x")], "an entry main.xml"),
        (vec![], "an entry main.xml"),
    ] {
        let refusal = surface(&raw_zip(&entries)).expect_err("tricked").to_string();
        assert!(refusal.contains(named), "{named}: {refusal}");
    }
    // An entry that states the right size and inflates further.
    let mut more = Craft::doubles(2, 2).entries();
    more[1].body.extend([0; 4096]);
    more[1].stated_size = Some(32);
    assert!(surface(&raw_zip(&more)).is_err());
}

#[test]
fn a_zip_bomb_is_refused_before_it_is_inflated() {
    let bomb = Craft::new(2048, 2048, 'D', "1", vec![0; 2048 * 2048 * 8]).bytes();
    assert!(bomb.len() < 100_000, "{} bytes", bomb.len());
    let refusal = surface(&bomb).unwrap_err();
    assert!(refusal.to_string().contains("inflated over deflated"), "{refusal}");
}

#[test]
fn other_formats_are_named() {
    for (bytes, named) in [
        (&b""[..], "an empty file"),
        (b"serial,make\n1,2\n", "text beginning"),
        (b"\x7fELF\x02\x01", "bytes beginning 7f454c46"),
        (b"PK\x03\x04", "central directory"),
    ] {
        let refusal = decode(bytes, "t.x3p", &DecodeOptions::default()).unwrap_err().to_string();
        assert!(refusal.contains(named), "{refusal}");
    }
    let options = DecodeOptions { limits: Limits { bytes: 3, ..Limits::default() }, ..DecodeOptions::default() };
    assert!(matches!(decode(b"1234", "t", &options), Err(SurfaceError::Limit { .. })));
}

#[test]
fn infinite_heights_are_missing_and_noted() {
    let data = [1e-6, f64::INFINITY, f64::NEG_INFINITY, f64::MAX].iter().flat_map(|z| z.to_le_bytes()).collect();
    let s = Craft::new(1, 4, 'D', "1", data);
    let options = DecodeOptions { unit: Some(crate::units::LengthUnit::Metre), ..DecodeOptions::default() };
    let Acquired::Surface(s) = decode(&s.bytes(), "t", &options).unwrap() else { panic!("photograph") };
    assert_eq!(s.heights_um.iter().filter(|z| z.is_nan()).count(), 3);
    assert_eq!(codes(&s.provenance), ["unit.stated", "heights.infinite"]);
}

#[test]
fn a_mask_that_cannot_be_used_does_not_stop_the_file() {
    for body in [&b"no picture"[..], b"\x89PNG\r\n\x1a\n", b""] {
        let s = Craft::doubles(2, 2).and("bindata/mask.png", body).decode().unwrap();
        assert_eq!(codes(&s.provenance), ["mask.unusable"]);
        assert!(s.mask.is_none());
    }
}

fn tight() -> DecodeOptions {
    let limits = Limits { pixels: 10_000, entry_bytes: 1 << 20, xml_bytes: 1 << 16, ..Limits::default() };
    DecodeOptions { limits, checksums: crate::surface::Checksums::Noted, ..DecodeOptions::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn changed_bytes_never_panic_nor_pass_the_limits(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = Craft::doubles(5, 5).and("bindata/mask.png", super::photos::png(5, 5)).bytes();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(Acquired::Surface(s)) = decode(&bytes, "t", &tight()) {
            prop_assert!(s.heights_um.len() <= 10_000);
        }
    }

    /// The zip's own checksum stops most changes above; here the manifest and the points are changed under it.
    #[test]
    fn changed_content_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<char>()), 1..4),
        data in prop::collection::vec(any::<u8>(), 200),
    ) {
        let mut craft = Craft::new(5, 5, 'D', "1", data);
        for (at, c) in changes {
            let mut text: Vec<char> = craft.xml.chars().collect();
            let at = at.index(text.len());
            text[at] = c;
            craft.xml = text.into_iter().collect();
        }
        if let Ok(Acquired::Surface(s)) = decode(&craft.bytes(), "t", &tight()) {
            prop_assert!(s.heights_um.len() <= 10_000);
            prop_assert!(s.pitch_x_um > 0.0 && s.pitch_y_um > 0.0);
            prop_assert!(s.height_map().pitch_um > 0.0);
        }
    }
}
