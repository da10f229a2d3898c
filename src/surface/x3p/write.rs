//! Writing an X3P: in metres, with MD5s, the same bytes for the same surface.

use super::samples::{SampleType, Stored};
use super::{CHECKSUM, MAIN, MASK, upright};
use crate::surface::{MaskLayer, Surface, SurfaceError};
use crate::units::{LengthUnit, UM_PER_M};
use md5::Digest as _;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;

const DATA: &str = "bindata/data.bin";
const VALID: &str = "bindata/valid.bin";
const NAMESPACE: &str = "http://www.opengps.eu/2008/ISO5436_2";
const REVISION: &str = "ISO5436 - 2000";

/// How to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteOptions {
    /// Number type of the heights. `None` writes the samples of [`Surface::stored`] back bit for bit where the heights
    /// still are what they say and can stand in metres, else doubles. Integers other than stored ones are rounded to
    /// 1/65534 (`Short`) or 1/(2^32 - 2) (`Long`) of the height range.
    pub samples: Option<SampleType>,
}

/// Writes a surface as X3P (ISO 25178-72), lengths in metres, missing points as NaN or in a validity file.
///
/// Decoding the result gives the same samples where they were stored in metres or as integers, and heights within one unit
/// in the last place of a double otherwise (simulated surfaces, files in micrometres). Dates are not invented: a surface
/// without metadata is written without `Record2`.
///
/// # Errors
/// [`SurfaceError::Write`] where the surface has no points or a pitch that is not above 0.
pub fn write(surface: &Surface, options: &WriteOptions) -> Result<Vec<u8>, SurfaceError> {
    let (rows, columns) = surface.heights_um.dim();
    if rows == 0 || columns == 0 {
        return Err(refuse("heights", "one point or more", "none"));
    }
    for (name, pitch) in [("pitch_x_um", surface.pitch_x_um), ("pitch_y_um", surface.pitch_y_um)] {
        if !(pitch.is_finite() && pitch > 0.0) {
            return Err(refuse(name, "a number above 0", &pitch.to_string()));
        }
    }
    let points = encode(surface, options.samples);
    let mask = surface.mask.as_ref().map(|mask| picture(mask, surface)).transpose()?;
    let main = main_xml(surface, &points).map_err(|e| refuse("main.xml", "to be written", &e.to_string()))?;
    let checksum = format!("{} *{MAIN}\n", digest(&main));
    let mut entries: Vec<(&str, &[u8])> = vec![(MAIN, &main), (DATA, &points.samples), (CHECKSUM, checksum.as_bytes())];
    if let Some(valid) = &points.valid {
        entries.push((VALID, valid));
    }
    if let Some(mask) = &mask {
        entries.push((MASK, mask));
    }
    pack(&entries).map_err(|e| refuse("zip", "to be written", &e.to_string()))
}

/// The zip of the entries; no clock and no host in it, so that equal surfaces give equal bytes.
fn pack(entries: &[(&str, &[u8])]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644);
    for (name, bytes) in entries {
        zip.start_file(*name, plain)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

fn refuse(field: &str, expected: &str, got: &str) -> SurfaceError {
    SurfaceError::Write { field: field.to_owned(), expected: expected.to_owned(), got: got.to_owned() }
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(md5::Md5::digest(bytes))
}

/// The points as they go to `data.bin`, in metres.
struct Points {
    sample_type: SampleType,
    samples: Vec<u8>,
    increment: f64,
    offset: f64,
    valid: Option<Vec<u8>>,
}

fn encode(surface: &Surface, wanted: Option<SampleType>) -> Points {
    let stored = surface.stored.as_ref().filter(|stored| tells_truth(stored, surface));
    if let Some(stored) = stored
        && wanted.is_none_or(|wanted| wanted == stored.sample_type)
        && (stored.unit == LengthUnit::Metre || stored.sample_type.is_integer())
    {
        let scale = if stored.unit == LengthUnit::Metre { 1.0 } else { stored.unit.um() / UM_PER_M };
        return Points {
            sample_type: stored.sample_type,
            samples: stored.samples.clone(),
            increment: stored.increment * scale,
            offset: stored.offset * scale,
            valid: stored.valid.clone(),
        };
    }
    let heights = upright(surface.heights_um.clone(), surface.origin);
    let heights: Vec<f64> = heights.into_iter().collect();
    match wanted.unwrap_or(SampleType::Double) {
        SampleType::Double => floats(SampleType::Double, &heights),
        SampleType::Float => floats(SampleType::Float, &heights),
        SampleType::Long => integers(SampleType::Long, &heights),
        SampleType::Short => integers(SampleType::Short, &heights),
    }
}

/// Whether the stored samples still say what the heights are; somebody may have changed the heights since.
fn tells_truth(stored: &Stored, surface: &Surface) -> bool {
    if stored.len() != surface.heights_um.len() {
        return false;
    }
    let heights = upright(surface.heights_um.clone(), surface.origin);
    stored
        .in_um(stored.heights())
        .iter()
        .zip(&heights)
        .all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
}

fn floats(sample_type: SampleType, heights_um: &[f64]) -> Points {
    let mut samples = Vec::with_capacity(heights_um.len() * sample_type.size());
    for &z in heights_um {
        let z = if z.is_finite() { metres(z) } else { f64::NAN };
        if sample_type == SampleType::Float {
            samples.extend((z as f32).to_le_bytes());
        } else {
            samples.extend(z.to_le_bytes());
        }
    }
    Points { sample_type, samples, increment: 1.0, offset: 0.0, valid: None }
}

fn integers(sample_type: SampleType, heights_um: &[f64]) -> Points {
    let finite = || heights_um.iter().copied().filter(|z| z.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min);
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    // Symmetric about zero, so that the middle of the range is the offset; half a step of slack at either end.
    let most = if sample_type == SampleType::Short { f64::from(i16::MAX) } else { f64::from(i32::MAX) };
    let (middle, half) = if low <= high { (low / 2.0 + high / 2.0, (high / 2.0 - low / 2.0)) } else { (0.0, 0.0) };
    let step = if half > 0.0 { half / most } else { 1e-6 };
    let mut samples = Vec::with_capacity(heights_um.len() * sample_type.size());
    let mut valid = vec![0u8; heights_um.len().div_ceil(8)];
    for (i, &z) in heights_um.iter().enumerate() {
        let mut sample = 0.0;
        if z.is_finite() {
            sample = ((z - middle) / step).round().clamp(-most, most);
            valid[i / 8] |= 1 << (i % 8);
        }
        if sample_type == SampleType::Short {
            samples.extend((sample as i16).to_le_bytes());
        } else {
            samples.extend((sample as i32).to_le_bytes());
        }
    }
    let some_missing = heights_um.iter().any(|z| !z.is_finite());
    Points {
        sample_type,
        samples,
        increment: metres(step),
        offset: metres(middle),
        valid: some_missing.then_some(valid),
    }
}

/// Metres that, read back as um, give `um` again where any double does.
fn metres(um: f64) -> f64 {
    let near = um / UM_PER_M;
    let candidates = [near, near.next_up(), near.next_down()];
    candidates.into_iter().find(|m| m * UM_PER_M == um).unwrap_or(near)
}

/// The annotation as PNG, in the file's own orientation.
fn picture(mask: &MaskLayer, surface: &Surface) -> Result<Vec<u8>, SurfaceError> {
    let (rows, columns) = mask.colours.dim();
    if (rows, columns) != surface.heights_um.dim() {
        let (r, c) = surface.heights_um.dim();
        return Err(refuse("mask", &format!("{c} x {r} points"), &format!("{columns} x {rows}")));
    }
    let bytes: Vec<u8> = upright(mask.colours.clone(), surface.origin).into_iter().flatten().collect();
    let mut png = Cursor::new(Vec::new());
    image::write_buffer_with_format(
        &mut png,
        &bytes,
        columns as u32,
        rows as u32,
        image::ExtendedColorType::Rgba8,
        image::ImageFormat::Png,
    )
    .map_err(|e| refuse("mask", "to be written", &e.to_string()))?;
    Ok(png.into_inner())
}

type Xml = Writer<Vec<u8>>;

fn main_xml(surface: &Surface, points: &Points) -> std::io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = "p:ISO5436_2";
    xml.write_event(Event::Start(BytesStart::new(root).with_attributes([("xmlns:p", NAMESPACE)])))?;
    inside(&mut xml, "Record1", |xml| record1(xml, surface, points))?;
    let m = &surface.metadata;
    if *m != crate::surface::Metadata::default() {
        inside(&mut xml, "Record2", |xml| record2(xml, m))?;
    }
    inside(&mut xml, "Record3", |xml| record3(xml, surface, points))?;
    inside(&mut xml, "Record4", |xml| leaf(xml, "ChecksumFile", CHECKSUM))?;
    xml.write_event(Event::End(BytesEnd::new(root)))?;
    let mut out = xml.into_inner();
    out.push(b'\n');
    Ok(out)
}

fn record1(xml: &mut Xml, surface: &Surface, points: &Points) -> std::io::Result<()> {
    leaf(xml, "Revision", REVISION)?;
    leaf(xml, "FeatureType", "SUR")?;
    inside(xml, "Axes", |xml| {
        let pitches = [surface.pitch_x_um, surface.pitch_y_um];
        for (i, name) in ["CX", "CY"].into_iter().enumerate() {
            let stored = surface.stored.as_ref();
            // The file's own digits where they still hold: metres of um may differ from them in the last place.
            let kept = stored.filter(|s| s.unit_xy == LengthUnit::Metre && s.increments_xy[i] * UM_PER_M == pitches[i]);
            let increment = kept.map_or_else(|| metres(pitches[i]), |s| s.increments_xy[i]);
            let offset = stored.map_or(0.0, |s| match s.unit_xy {
                LengthUnit::Metre => s.offsets_xy[i],
                other => s.offsets_xy[i] * other.um() / UM_PER_M,
            });
            axis(xml, name, "I", SampleType::Double, increment, offset)?;
        }
        axis(xml, "CZ", "A", points.sample_type, points.increment, points.offset)?;
        if let Some(origin) = surface.origin {
            leaf(xml, "Origin", &format!("{origin:?}"))?;
        }
        if let Some(rotation) = surface.rotation {
            inside(xml, "Rotation", |xml| {
                for (r, row) in rotation.iter().enumerate() {
                    for (c, value) in row.iter().enumerate() {
                        leaf(xml, &format!("r{}{}", r + 1, c + 1), &number(*value))?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    })
}

fn axis(
    xml: &mut Xml,
    name: &str,
    kind: &str,
    sample_type: SampleType,
    increment: f64,
    offset: f64,
) -> std::io::Result<()> {
    inside(xml, name, |xml| {
        leaf(xml, "AxisType", kind)?;
        leaf(xml, "DataType", &sample_type.letter().to_string())?;
        leaf(xml, "Increment", &number(increment))?;
        leaf(xml, "Offset", &number(offset))
    })
}

fn record2(xml: &mut Xml, m: &crate::surface::Metadata) -> std::io::Result<()> {
    let some = |xml: &mut Xml, name: &str, text: &Option<String>| match text {
        Some(text) => leaf(xml, name, text),
        None => Ok(()),
    };
    // The schema wants these whether known or not; an empty text says "not known" and is read back as such.
    let always = |xml: &mut Xml, name: &str, text: &Option<String>| leaf(xml, name, text.as_deref().unwrap_or(""));
    some(xml, "Date", &m.date)?;
    some(xml, "Creator", &m.creator)?;
    inside(xml, "Instrument", |xml| {
        always(xml, "Manufacturer", &m.instrument_maker)?;
        always(xml, "Model", &m.instrument_model)?;
        always(xml, "Serial", &m.instrument_serial)?;
        always(xml, "Version", &m.instrument_version)
    })?;
    some(xml, "CalibrationDate", &m.calibration_date)?;
    inside(xml, "ProbingSystem", |xml| {
        some(xml, "Type", &m.probing_type)?;
        always(xml, "Identification", &m.probing_identification)
    })?;
    some(xml, "Comment", &m.comment)
}

fn record3(xml: &mut Xml, surface: &Surface, points: &Points) -> std::io::Result<()> {
    let (rows, columns) = surface.heights_um.dim();
    inside(xml, "MatrixDimension", |xml| {
        leaf(xml, "SizeX", &columns.to_string())?;
        leaf(xml, "SizeY", &rows.to_string())?;
        leaf(xml, "SizeZ", "1")
    })?;
    inside(xml, "DataLink", |xml| {
        leaf(xml, "PointDataLink", DATA)?;
        leaf(xml, "MD5ChecksumPointData", &digest(&points.samples))?;
        if let Some(valid) = &points.valid {
            leaf(xml, "ValidPointsLink", VALID)?;
            leaf(xml, "MD5ChecksumValidPoints", &digest(valid))?;
        }
        Ok(())
    })?;
    if let Some([r, g, b]) = surface.mask.as_ref().and_then(|mask| mask.background) {
        inside(xml, "Mask", |xml| leaf(xml, "Background", &format!("#{r:02x}{g:02x}{b:02x}")))?;
    }
    Ok(())
}

/// The shortest digits that read back as the same double, as `xs:double`.
fn number(value: f64) -> String {
    format!("{value:e}")
}

fn inside(xml: &mut Xml, name: &str, content: impl FnOnce(&mut Xml) -> std::io::Result<()>) -> std::io::Result<()> {
    xml.write_event(Event::Start(BytesStart::new(name)))?;
    content(xml)?;
    xml.write_event(Event::End(BytesEnd::new(name)))
}

fn leaf(xml: &mut Xml, name: &str, text: &str) -> std::io::Result<()> {
    // Characters that XML 1.0 cannot carry, even escaped, become blanks.
    let clean: String = text.chars().map(|c| if c.is_control() && !"\n\t".contains(c) { ' ' } else { c }).collect();
    xml.write_event(Event::Start(BytesStart::new(name)))?;
    xml.write_event(Event::Text(BytesText::new(&clean)))?;
    xml.write_event(Event::End(BytesEnd::new(name)))
}
