//! Height maps as pictures: virtual oblique light, colours with a bar, differences, local correlation.
//!
//! Pictures are PNG with missing points transparent; [`figure`] sets one of them into an SVG with a scale bar in mm and,
//! for colours, a bar with its unit. Bytes depend on the map alone.

use super::lettering::fitted;
use super::palette::{ColourMap, INK, MUTED, RULE, SURFACE};
use super::svg::{Anchor, Paint, Svg, Type};
use super::view::{Phrase, decimal};
use super::{Drawing, ReportError};
use crate::dsp::resample::to_pitch;
use crate::grid::HeightMap;
use crate::language::Language;
use crate::units::UM_PER_MM;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _};
use ndarray::Array2;
use std::f64::consts::PI;

/// Most points of a map that is drawn: eight times a raw scan of 3,000 x 3,000.
pub const POINT_LIMIT: usize = 72_000_000;

/// Virtual light on a map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Light {
    /// Where the light comes from, radians from +x (right) towards +y (down).
    pub azimuth_rad: f64,
    /// Height of the light above the surface, radians.
    pub elevation_rad: f64,
    /// Root mean square slope to which the relief is exaggerated or flattened, so that faint and strong marks both show;
    /// heights keep their proportions within one picture.
    pub slope: f64,
}

impl Default for Light {
    /// From the upper left, as readers of maps expect, 40 degrees high, relief stretched to a slope of 0.55.
    fn default() -> Self {
        Self { azimuth_rad: -0.75 * PI, elevation_rad: 40.0 * PI / 180.0, slope: 0.55 }
    }
}

/// A picture of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The file.
    pub png: Vec<u8>,
    /// Columns of the picture.
    pub width: u32,
    /// Rows of the picture.
    pub height: u32,
    /// What one pixel measures, um.
    pub pitch_um: f64,
}

/// The map under virtual light (Lambert's cosine law on central differences), in grey.
///
/// # Errors
/// No valid point, too many points, or a refusal of the encoder.
pub fn shaded(map: &HeightMap, light: &Light, most_pixels: u32) -> Result<Picture, ReportError> {
    let map = reduced(map, most_pixels, "shaded map")?;
    let (rows, columns) = map.z.dim();
    let slopes = slopes(&map);
    let squares: f64 = slopes.iter().flatten().map(|(p, q)| p * p + q * q).sum();
    let count = slopes.iter().flatten().count().max(1);
    let rms = (squares / count as f64).sqrt();
    let stretch = if rms > 0.0 { light.slope / rms } else { 0.0 };
    let (se, ce) = light.elevation_rad.sin_cos();
    let (sa, ca) = light.azimuth_rad.sin_cos();
    // A plane facing upwards reflects sin(elevation); that is set to mid grey.
    let level = se.max(0.05);
    let mut grey = Vec::with_capacity(rows * columns * 2);
    for slope in &slopes {
        match slope {
            None => grey.extend([0, 0]),
            Some((p, q)) => {
                let (p, q) = (p * stretch, q * stretch);
                let cosine = (se - ce * (ca * p + sa * q)) / (1.0 + p * p + q * q).sqrt();
                let value = (0.56 * cosine.max(0.0) / level).powf(0.85);
                grey.extend([(value * 255.0).round().clamp(0.0, 255.0) as u8, 255]);
            }
        }
    }
    encode(&grey, columns, rows, ExtendedColorType::La8, map.pitch_um)
}

/// Slopes along x and y of every valid point; one-sided next to missing points, flat where both neighbours are missing.
fn slopes(map: &HeightMap) -> Vec<Option<(f64, f64)>> {
    let (rows, columns) = map.z.dim();
    let z = |r: usize, c: usize| f64::from(map.z[[r, c]]);
    let along = |before: f64, here: f64, after: f64| {
        let slope = match (before.is_finite(), after.is_finite()) {
            (true, true) => (after - before) / 2.0,
            (true, false) => here - before,
            (false, true) => after - here,
            (false, false) => 0.0,
        };
        slope / map.pitch_um
    };
    let mut out = Vec::with_capacity(rows * columns);
    for r in 0..rows {
        for c in 0..columns {
            let here = z(r, c);
            out.push(here.is_finite().then(|| {
                let left = if c > 0 { z(r, c - 1) } else { f64::NAN };
                let right = if c + 1 < columns { z(r, c + 1) } else { f64::NAN };
                let above = if r > 0 { z(r - 1, c) } else { f64::NAN };
                let below = if r + 1 < rows { z(r + 1, c) } else { f64::NAN };
                (along(left, here, right), along(above, here, below))
            }));
        }
    }
    out
}

/// Widest drawing of a [`photograph`], px.
const PHOTOGRAPH_PX: f64 = 720.0;

/// A picture that somebody took, PNG, as a drawing of its own shape.
///
/// # Errors
/// [`ReportError::Png`] for bytes that are none, or larger than 4,096 x 4,096.
pub fn photograph(png: &[u8], title: &str) -> Result<Drawing, ReportError> {
    let (width, height) = png_size(png)?;
    let (w, h) = fit(width, height, PHOTOGRAPH_PX);
    let mut svg = Svg::new(w, h, title, title);
    svg.image(0.0, 0.0, w, h, png);
    Ok(svg.finish())
}

/// Width and height of a PNG that can be decoded.
///
/// # Errors
/// As [`photograph`].
pub fn png_size(png: &[u8]) -> Result<(u32, u32), ReportError> {
    let refused = |reason: String| ReportError::Png { width: 0, height: 0, reason };
    let mut reader = image::ImageReader::with_format(std::io::Cursor::new(png), image::ImageFormat::Png);
    let mut limits = image::Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(4_096), Some(4_096));
    reader.limits(limits);
    let decoded = reader.decode().map_err(|e| refused(e.to_string()))?;
    Ok((decoded.width(), decoded.height()))
}

/// The map in colours from `low` to `high`; values outside take the end colours.
///
/// # Errors
/// No valid point, too many points, ends that are not ascending, or a refusal of the encoder.
pub fn coloured(
    map: &HeightMap,
    colours: ColourMap,
    (low, high): (f64, f64),
    most_pixels: u32,
) -> Result<Picture, ReportError> {
    if !(low.is_finite() && high.is_finite() && low < high) {
        let (what, expected) = ("ends of a colour scale".to_owned(), "low below high".to_owned());
        return Err(ReportError::BadValue { what, expected, got: format!("{low} and {high}") });
    }
    let map = reduced(map, most_pixels, "coloured map")?;
    let (rows, columns) = map.z.dim();
    let mut rgba = Vec::with_capacity(rows * columns * 4);
    for z in &map.z {
        if z.is_finite() {
            let [r, g, b] = colours.at((f64::from(*z) - low) / (high - low));
            rgba.extend([r, g, b, 255]);
        } else {
            rgba.extend([0; 4]);
        }
    }
    encode(&rgba, columns, rows, ExtendedColorType::Rgba8, map.pitch_um)
}

/// The range between two quantiles of the valid heights, widened to something drawable; for colour scales that one
/// spike must not spoil. `share` is cut off at each end.
#[must_use]
pub fn robust_range(map: &HeightMap, share: f64) -> (f64, f64) {
    let mut values: Vec<f32> = map.z.iter().copied().filter(|z| z.is_finite()).collect();
    if values.is_empty() {
        return (-1.0, 1.0);
    }
    values.sort_by(f32::total_cmp);
    let last = (values.len() - 1) as f64;
    let at = |q: f64| f64::from(values[(q.clamp(0.0, 1.0) * last).round() as usize]);
    let (low, high) = (at(share), at(1.0 - share));
    if high > low { (low, high) } else { (low - 0.5, low + 0.5) }
}

/// First map minus second, where both have a value; the second must lie on the first one's grid.
///
/// # Errors
/// Grids of different shape.
pub fn difference(first: &HeightMap, second: &HeightMap) -> Result<HeightMap, ReportError> {
    same_grid(first, second)?;
    Ok(HeightMap { z: &first.z - &second.z, pitch_um: first.pitch_um })
}

/// Correlation of two maps in a sliding square window of `side_um`, -1 to 1; missing where less than half of the window
/// has both values. Sums run over integral images in double precision.
///
/// # Errors
/// Grids of different shape.
pub fn local_correlation(first: &HeightMap, second: &HeightMap, side_um: f64) -> Result<HeightMap, ReportError> {
    same_grid(first, second)?;
    let (rows, columns) = first.z.dim();
    let reach = ((side_um / first.pitch_um / 2.0).round().max(1.0) as usize).min(rows.max(columns));
    let integral = |value: &dyn Fn(f64, f64) -> f64| {
        let mut sums = Array2::<f64>::zeros((rows + 1, columns + 1));
        for r in 0..rows {
            let mut row = 0.0;
            for c in 0..columns {
                let (a, b) = (f64::from(first.z[[r, c]]), f64::from(second.z[[r, c]]));
                if a.is_finite() && b.is_finite() {
                    row += value(a, b);
                }
                sums[[r + 1, c + 1]] = sums[[r, c + 1]] + row;
            }
        }
        sums
    };
    let n = integral(&|_, _| 1.0);
    let (sa, sb) = (integral(&|a, _| a), integral(&|_, b| b));
    let (saa, sbb, sab) = (integral(&|a, _| a * a), integral(&|_, b| b * b), integral(&|a, b| a * b));
    let mut out = HeightMap::missing(rows, columns, first.pitch_um);
    for r in 0..rows {
        for c in 0..columns {
            if !(first.z[[r, c]].is_finite() && second.z[[r, c]].is_finite()) {
                continue;
            }
            let (r0, r1) = (r.saturating_sub(reach), (r + reach + 1).min(rows));
            let (c0, c1) = (c.saturating_sub(reach), (c + reach + 1).min(columns));
            let sum = |s: &Array2<f64>| s[[r1, c1]] - s[[r0, c1]] - s[[r1, c0]] + s[[r0, c0]];
            let count = sum(&n);
            let full = ((2 * reach + 1) * (2 * reach + 1)) as f64;
            let (a, b) = (sum(&sa), sum(&sb));
            let (va, vb) = (sum(&saa) - a * a / count, sum(&sbb) - b * b / count);
            if count * 2.0 >= full && va > 1e-12 && vb > 1e-12 {
                let r_value = (sum(&sab) - a * b / count) / (va * vb).sqrt();
                out.z[[r, c]] = r_value.clamp(-1.0, 1.0) as f32;
            }
        }
    }
    Ok(out)
}

fn same_grid(first: &HeightMap, second: &HeightMap) -> Result<(), ReportError> {
    if first.z.dim() == second.z.dim() {
        return Ok(());
    }
    Err(ReportError::BadValue {
        what: "second map".into(),
        expected: format!("{:?} rows and columns", first.z.dim()),
        got: format!("{:?}", second.z.dim()),
    })
}

/// The map at a pitch coarser by a whole number, so that its longer side has about `most_pixels` at most.
fn reduced(map: &HeightMap, most_pixels: u32, what: &str) -> Result<HeightMap, ReportError> {
    let (rows, columns) = map.z.dim();
    if rows * columns > POINT_LIMIT {
        return Err(ReportError::TooLarge { what: what.into(), limit: POINT_LIMIT, got: rows * columns });
    }
    if map.valid_count() == 0 {
        return Err(ReportError::EmptyMap { what: what.into(), rows, columns });
    }
    let by = (rows.max(columns) as f64 / f64::from(most_pixels.max(1))).round().max(1.0) as usize;
    Ok(to_pitch(map, map.pitch_um * by as f64))
}

fn encode(
    bytes: &[u8],
    columns: usize,
    rows: usize,
    colour: ExtendedColorType,
    pitch_um: f64,
) -> Result<Picture, ReportError> {
    let too_large =
        |_| ReportError::TooLarge { what: "PNG side".into(), limit: u32::MAX as usize, got: columns.max(rows) };
    let (width, height) = (u32::try_from(columns).map_err(too_large)?, u32::try_from(rows).map_err(too_large)?);
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Default, FilterType::Adaptive)
        .write_image(bytes, width, height, colour)
        .map_err(|e| ReportError::Png { width, height, reason: e.to_string() })?;
    Ok(Picture { png, width, height, pitch_um })
}

/// What a figure shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rendering {
    /// Under light.
    Shaded(Light),
    /// In colours between two values, with a bar.
    Coloured(ColourMap, (f64, f64)),
}

/// One map as a figure: title, picture, scale bar, and a colour bar whose unit is `unit` (`um`, `r`, or nothing).
///
/// # Errors
/// As [`shaded`] and [`coloured`].
pub fn figure(
    map: &HeightMap,
    rendering: Rendering,
    unit: &str,
    title: &Phrase,
    language: Language,
) -> Result<Drawing, ReportError> {
    let picture = match rendering {
        Rendering::Shaded(light) => shaded(map, &light, 640)?,
        Rendering::Coloured(colours, ends) => coloured(map, colours, ends, 640)?,
    };
    let (w, h) = fit(picture.width, picture.height, 480.0);
    let bar = matches!(rendering, Rendering::Coloured(..));
    let width = (w + 20.0 + if bar { 96.0 } else { 0.0 }).max(240.0);
    let mut svg = Svg::new(width, h + 50.0, title.pick(language), language.pick("Map of heights.", "Mapa de alturas."));
    svg.text(10.0, 24.0, &fitted(title.pick(language), 14.0, width - 20.0), Type::of(14.0).bold());
    svg.rect(10.0, 38.0, w, h, 0.0, Paint::stroke(RULE, 1.0).filled(SURFACE));
    svg.image(10.0, 38.0, w, h, &picture.png);
    scale_bar(&mut svg, (10.0, 38.0, w, h), picture.pitch_um * f64::from(picture.width) / w);
    if let Rendering::Coloured(colours, ends) = rendering {
        colour_bar(&mut svg, (w + 24.0, 46.0, h - 30.0), colours, ends, unit);
    }
    Ok(svg.finish())
}

/// Width and height on a drawing for a picture whose longer side shall measure `side` px.
pub(super) fn fit(width: u32, height: u32, side: f64) -> (f64, f64) {
    let scale = side / f64::from(width.max(height).max(1));
    (f64::from(width) * scale, f64::from(height) * scale)
}

/// A scale bar in mm at the lower left of a panel `(x, y, w, h)` in which one px measures `um_per_px`.
pub(super) fn scale_bar(svg: &mut Svg, (x, y, w, h): (f64, f64, f64, f64), um_per_px: f64) {
    let lengths = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
    let Some(mm) = lengths.into_iter().rev().find(|mm| mm * UM_PER_MM / um_per_px <= w * 0.34) else { return };
    let long = mm * UM_PER_MM / um_per_px;
    let (left, base) = (x + 10.0, y + h - 12.0);
    svg.rect(left - 5.0, base - 19.0, long + 10.0, 26.0, 3.0, Paint::fill("#ffffff").faded(0.82));
    svg.rect(left, base - 2.0, long, 4.0, 0.0, Paint::fill(INK));
    svg.text(left + long / 2.0, base - 6.0, &format!("{mm} mm"), Type::of(11.0).anchor(Anchor::Middle));
}

/// A colour bar at `(x, y)` of height `h` with its ends, middle and unit.
pub(super) fn colour_bar(
    svg: &mut Svg,
    (x, y, h): (f64, f64, f64),
    colours: ColourMap,
    (low, high): (f64, f64),
    unit: &str,
) {
    const STEPS: u32 = 64;
    let rgb: Vec<u8> = (0..STEPS).flat_map(|i| colours.at(1.0 - f64::from(i) / f64::from(STEPS - 1))).collect();
    if let Ok(strip) = encode(&rgb, 1, STEPS as usize, ExtendedColorType::Rgb8, 1.0) {
        svg.image(x, y, 12.0, h, &strip.png);
    }
    svg.rect(x, y, 12.0, h, 0.0, Paint::stroke(MUTED, 0.8));
    let decimals = if high - low >= 20.0 { 0 } else { 1 + usize::from(high - low < 2.0) };
    for (value, at) in [(high, y), ((low + high) / 2.0, y + h / 2.0), (low, y + h)] {
        svg.text(x + 17.0, at + 4.0, &decimal(value, decimals), Type::of(11.0));
    }
    if !unit.is_empty() {
        svg.text(x, y + h + 20.0, unit, Type::of(11.0).colour(MUTED));
    }
}

#[cfg(test)]
#[path = "shade_tests.rs"]
mod tests;
