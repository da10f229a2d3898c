//! Photographs.

use super::codes;
use crate::surface::{Acquired, DecodeOptions, Limits, Photo, SurfaceError, decode};
use image::{ExtendedColorType, ImageFormat};
use proptest::prelude::*;
use std::io::Cursor;

fn encode(bytes: &[u8], columns: u32, rows: u32, colour: ExtendedColorType, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image::write_buffer_with_format(&mut out, bytes, columns, rows, colour, format).unwrap();
    out.into_inner()
}

/// A small grey picture.
pub(super) fn png(columns: u32, rows: u32) -> Vec<u8> {
    grey(columns, rows, ImageFormat::Png)
}

fn grey(columns: u32, rows: u32, format: ImageFormat) -> Vec<u8> {
    let bytes: Vec<u8> = (0..columns * rows).map(|i| (i * 7 % 251) as u8).collect();
    encode(&bytes, columns, rows, ExtendedColorType::L8, format)
}

fn photo(bytes: &[u8], options: &DecodeOptions) -> Result<Photo, SurfaceError> {
    decode(bytes, "t.png", options).map(|acquired| match acquired {
        Acquired::Photo(photo) => photo,
        Acquired::Surface(_) => panic!("decoded to a surface"),
    })
}

fn plain(bytes: &[u8]) -> Photo {
    photo(bytes, &DecodeOptions::default()).unwrap()
}

/// A PNG with a further chunk before the image data.
fn with_chunk(png: &[u8], name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    const AFTER_IHDR: usize = 8 + 25;
    let mut chunk = name.to_vec();
    chunk.extend(body);
    let mut out = png[..AFTER_IHDR].to_vec();
    out.extend((body.len() as u32).to_be_bytes());
    out.extend(&chunk);
    out.extend(crc32fast::hash(&chunk).to_be_bytes());
    out.extend(&png[AFTER_IHDR..]);
    out
}

fn phys(x: u32, y: u32) -> Vec<u8> {
    let mut body = x.to_be_bytes().to_vec();
    body.extend(y.to_be_bytes());
    body.push(1);
    with_chunk(&png(6, 4), b"pHYs", &body)
}

const FORMATS: [(ImageFormat, &str); 4] =
    [(ImageFormat::Png, "png"), (ImageFormat::Tiff, "tiff"), (ImageFormat::Bmp, "bmp"), (ImageFormat::Jpeg, "jpeg")];

#[test]
fn every_format_gives_its_grey_values() {
    for (format, name) in FORMATS {
        let p = plain(&grey(6, 4, format));
        assert_eq!(p.luminance.dim(), (4, 6), "{name}");
        assert_eq!(p.provenance.format, name);
        let loss = if format == ImageFormat::Jpeg { 0.1 } else { 0.0 };
        for (i, v) in p.luminance.iter().enumerate() {
            assert!((v - (i * 7 % 251) as f32 / 255.0).abs() <= loss + 1e-7, "{name} {i}: {v}");
        }
    }
}

#[test]
fn sixteen_bits_keep_all_their_bits() {
    let values: Vec<u16> = (0..=u16::MAX).step_by(257).chain([1, 2, 65_534, 40_001]).collect();
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_ne_bytes()).collect();
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        let p = plain(&encode(&bytes, values.len() as u32 / 2, 2, ExtendedColorType::L16, format));
        let back: Vec<u16> = p.luminance.iter().map(|v| (v * 65_535.0).round() as u16).collect();
        assert_eq!(back, values);
    }
}

#[test]
fn colour_becomes_luminance_and_opacity_is_not_looked_at() {
    let rgb =
        encode(&[255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255], 4, 1, ExtendedColorType::Rgb8, ImageFormat::Png);
    let p = plain(&rgb);
    for (v, want) in p.luminance.iter().zip([0.2126, 0.7152, 0.0722, 1.0]) {
        assert!((v - want).abs() < 1e-6, "{v} {want}");
    }
    assert!(codes(&p.provenance).contains(&"photo.colour"));
    let rgba = encode(&[255, 255, 255, 0], 1, 1, ExtendedColorType::Rgba8, ImageFormat::Png);
    assert!((plain(&rgba).luminance[(0, 0)] - 1.0).abs() < 1e-6);
}

#[test]
fn the_pitch_is_stated_or_read_where_plausible() {
    let p = plain(&png(6, 4));
    assert_eq!((p.pitch_um, codes(&p.provenance)), (None, vec!["photo.pitch.missing"]));
    let p = plain(&phys(395_257, 395_257));
    assert!((p.pitch_um.unwrap() - 2.53).abs() < 1e-4);
    assert_eq!(codes(&p.provenance), ["photo.pitch.tag"]);
    for (x, y) in [(2835, 2835), (395_257, 300_000), (u32::MAX, u32::MAX)] {
        let p = plain(&phys(x, y));
        assert_eq!((p.pitch_um, codes(&p.provenance)), (None, vec!["photo.pitch.implausible"]), "{x} {y}");
    }
    assert_eq!(plain(&phys(0, 0)).pitch_um, None);
    let stated = |pitch| DecodeOptions { pitch_um: Some(pitch), ..DecodeOptions::default() };
    assert_eq!(photo(&phys(395_257, 395_257), &stated(3.0)).unwrap().pitch_um, Some(3.0));
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(photo(&png(6, 4), &stated(bad)).is_err(), "{bad}");
    }
}

#[test]
fn jfif_density_and_bmp_resolution_are_read() {
    let mut jpeg = grey(8, 8, ImageFormat::Jpeg);
    let at = jpeg.windows(5).position(|w| w == b"JFIF\0").unwrap();
    jpeg[at + 7..at + 12].copy_from_slice(&[2, 0x0f, 0xa0, 0x0f, 0xa0]); // 4000 pixels a centimetre
    assert_eq!(plain(&jpeg).pitch_um, Some(2.5));
    let mut bmp = grey(8, 8, ImageFormat::Bmp);
    bmp[38..42].copy_from_slice(&400_000u32.to_le_bytes());
    bmp[42..46].copy_from_slice(&400_000u32.to_le_bytes());
    assert_eq!(plain(&bmp).pitch_um, Some(2.5));
}

#[test]
fn tiff_tags_are_read() {
    // A 2 x 1 grey picture by hand: 10160 pixels an inch = 2.5 um, a maker, and a second page that is not there to read.
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let entries: [(u16, u16, u32, u32); 12] = [
        (256, 3, 1, 2),
        (257, 3, 1, 1),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (271, 2, 5, 200),
        (273, 4, 1, 206),
        (277, 3, 1, 1),
        (278, 3, 1, 1),
        (279, 4, 1, 2),
        (282, 5, 1, 184),
        (283, 5, 1, 192),
    ];
    tiff.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        tiff.extend(tag.to_le_bytes());
        tiff.extend(kind.to_le_bytes());
        tiff.extend(count.to_le_bytes());
        tiff.extend(value.to_le_bytes());
    }
    tiff.extend(184u32.to_le_bytes()); // next page
    tiff.resize(184, 0);
    for _ in 0..2 {
        tiff.extend(10_160u32.to_le_bytes());
        tiff.extend(1u32.to_le_bytes());
    }
    tiff.extend(b"ACME\0\0\x33\xff");
    let p = plain(&tiff);
    assert_eq!(p.luminance.iter().map(|v| (v * 255.0).round() as u8).collect::<Vec<_>>(), [0x33, 0xff]);
    assert_eq!(p.pitch_um, Some(2.5));
    assert_eq!(p.metadata.instrument_maker.as_deref(), Some("ACME"));
    assert_eq!(codes(&p.provenance), ["photo.pages", "photo.pitch.tag"]);
}

#[test]
fn every_truncation_is_an_error() {
    for (format, name) in FORMATS {
        let bytes = grey(20, 15, format);
        for length in 0..bytes.len() {
            assert!(
                photo(&bytes[..length], &DecodeOptions::default()).is_err(),
                "{name} cut to {length}/{}",
                bytes.len()
            );
        }
    }
}

#[test]
fn pictures_above_the_limit_are_refused_by_their_header() {
    let options = DecodeOptions { limits: Limits { pixels: 23, ..Limits::default() }, ..DecodeOptions::default() };
    for (format, name) in FORMATS {
        let error = photo(&grey(6, 4, format), &options).unwrap_err();
        assert!(matches!(error, SurfaceError::Limit { .. }), "{name}: {error}");
    }
    // A header that promises 65535 x 65535 pixels and no data.
    let mut png = png(6, 4);
    png[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let crc = crc32fast::hash(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    assert!(matches!(photo(&png, &DecodeOptions::default()), Err(SurfaceError::Limit { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_bytes_never_panic_nor_pass_the_limits(
        kind in 0usize..4,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = grey(9, 7, FORMATS[kind].0);
        for (at, value) in changes {
            // Most of what matters is in the header.
            let at = at.index(if value % 2 == 0 { bytes.len() } else { bytes.len().min(64) });
            bytes[at] = value;
        }
        let limits = Limits { pixels: 10_000, ..Limits::default() };
        if let Ok(Acquired::Photo(p)) = decode(&bytes, "t", &DecodeOptions { limits, ..DecodeOptions::default() }) {
            prop_assert!(p.luminance.len() <= 10_000);
            prop_assert!(p.luminance.iter().all(|v| (0.0..=1.000_001).contains(v)));
        }
    }
}
