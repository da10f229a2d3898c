//! Reflectance photographs: PNG, TIFF, BMP and JPEG, 8 or 16 bits (TIFF also floating point).

mod complete;
mod tags;

use super::error::Blame;
use super::{DecodeOptions, Limits, Metadata, Note, Photo, Provenance, SurfaceError};
use crate::ids::Digest;
use crate::units::LengthUnit;
use image::{DynamicImage, ImageFormat, ImageReader};
use ndarray::Array2;
use std::io::Cursor;

/// Weights of red, green and blue in the luminance (Rec. ITU-R BT.709).
const LUMINANCE: [f32; 3] = [0.2126, 0.7152, 0.0722];

/// Pitches that a resolution tag may give, um per pixel. Ring-light photographs of primers have 1 to 10; tags of 72 to
/// 600 dots per inch (353 to 42 um) are meant for printers and say nothing of the specimen.
const PITCH_OF_TAGS_UM: std::ops::RangeInclusive<f64> = 0.1..=30.0;

/// Most bytes of a decoded pixel: four channels of 32 bits.
const PIXEL_BYTES: u64 = 16;

/// The format of a photograph by its first bytes.
pub(super) fn sniff(bytes: &[u8]) -> Option<ImageFormat> {
    const MAGIC: [(&[u8], ImageFormat); 7] = [
        (b"\x89PNG\r\n\x1a\n", ImageFormat::Png),
        (b"II*\0", ImageFormat::Tiff),
        (b"MM\0*", ImageFormat::Tiff),
        (b"II+\0", ImageFormat::Tiff),
        (b"MM\0+", ImageFormat::Tiff),
        (b"\xff\xd8\xff", ImageFormat::Jpeg),
        (b"BM", ImageFormat::Bmp),
    ];
    MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, format)| *format)
}

/// Decodes a photograph. Luminance is linear in the stored values: a grey value divided by the largest of its type, or
/// the BT.709 mean of red, green and blue so divided; no gamma is taken out (later stages look at local contrast), opacity
/// is not looked at, and 16-bit values keep all their bits.
pub(super) fn read(
    bytes: &[u8],
    sha256: Digest,
    format: ImageFormat,
    blame: &Blame,
    options: &DecodeOptions,
) -> Result<Photo, SurfaceError> {
    let mut notes = Vec::new();
    let image = pixels(bytes, format, "image", &options.limits, blame)?;
    let luminance = luminance(&image, blame)?;
    if image.color().has_color() {
        notes.push(Note::new(
            "photo.colour",
            "A colour photograph; its luminance (BT.709 weights) is used.",
            "Fotografía en color; se usa su luminancia (pesos BT.709).",
        ));
    }
    drop(image);
    let tags = tags::read(bytes, format);
    if tags.pages {
        notes.push(Note::new(
            "photo.pages",
            "The file has more than one page; the first is used.",
            "El archivo tiene más de una página; se usa la primera.",
        ));
    }
    if tags.orientation.is_some_and(|o| o != 1) {
        notes.push(Note::new(
            "photo.orientation",
            "The file asks viewers to turn the picture; the pixels are used as stored.",
            "El archivo pide a los visores girar la imagen; se usan los píxeles tal como están guardados.",
        ));
    }
    let pitch_um = pitch(options.pitch_um, &tags, &mut notes, blame)?;
    let name = match format {
        ImageFormat::Png => "png",
        ImageFormat::Tiff => "tiff",
        ImageFormat::Jpeg => "jpeg",
        _ => "bmp",
    };
    Ok(Photo {
        luminance,
        pitch_um,
        metadata: Metadata { comment: tags.description, ..tags.metadata },
        provenance: Provenance { sha256, format: name.to_owned(), unit: LengthUnit::Micrometre, notes },
    })
}

/// The colours of the annotation picture of an X3P, which must have the shape (rows, columns) of the heights.
pub(super) fn colours(
    png: &[u8],
    shape: (usize, usize),
    limits: &Limits,
    blame: &Blame,
) -> Result<Array2<[u8; 4]>, SurfaceError> {
    const FIELD: &str = "bindata/mask.png";
    if sniff(png) != Some(ImageFormat::Png) {
        return Err(blame.field(FIELD, "a PNG", "something else"));
    }
    let found = size(png, ImageFormat::Png, FIELD, limits, blame)?;
    if found != shape {
        return Err(blame.field(
            FIELD,
            format!("{} x {} pixels, as the heights", shape.1, shape.0),
            format!("{} x {}", found.1, found.0),
        ));
    }
    let colours = pixels(png, ImageFormat::Png, FIELD, limits, blame)?.into_rgba8();
    Array2::from_shape_vec(shape, colours.pixels().map(|p| p.0).collect()).map_err(|e| blame.damaged(FIELD, e))
}

fn reader<'a>(bytes: &'a [u8], format: ImageFormat, limits: &Limits) -> ImageReader<Cursor<&'a [u8]>> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut bounds = image::Limits::no_limits();
    bounds.max_alloc = Some(limits.pixels.saturating_mul(PIXEL_BYTES));
    reader.limits(bounds);
    reader
}

/// Rows and columns by the header alone.
fn size(
    bytes: &[u8],
    format: ImageFormat,
    field: &str,
    limits: &Limits,
    blame: &Blame,
) -> Result<(usize, usize), SurfaceError> {
    let (width, height) =
        reader(bytes, format, limits).into_dimensions().map_err(|e| blame.damaged(format!("{field}: header"), e))?;
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(blame.limit(field, format!("{} pixels", limits.pixels), format!("{width} x {height} pixels")));
    }
    if width == 0 || height == 0 {
        return Err(blame.field(field, "one pixel or more", format!("{width} x {height}")));
    }
    Ok((height as usize, width as usize))
}

fn pixels(
    bytes: &[u8],
    format: ImageFormat,
    field: &str,
    limits: &Limits,
    blame: &Blame,
) -> Result<DynamicImage, SurfaceError> {
    size(bytes, format, field, limits, blame)?;
    complete::check(bytes, format).map_err(|got| blame.damaged(field, got))?;
    reader(bytes, format, limits).decode().map_err(|e| blame.damaged(field, e))
}

fn luminance(image: &DynamicImage, blame: &Blame) -> Result<Array2<f32>, SurfaceError> {
    /// Grey of pixels of `channels` values, of which one or two are grey (and opacity), three or four colour.
    fn grey<T: Copy>(values: &[T], channels: usize, unit: impl Fn(T) -> f32) -> Vec<f32> {
        let of = |pixel: &[T]| match *pixel {
            [r, g, b, ..] => LUMINANCE[0] * unit(r) + LUMINANCE[1] * unit(g) + LUMINANCE[2] * unit(b),
            [grey, ..] => unit(grey),
            [] => 0.0,
        };
        values.chunks_exact(channels).map(of).collect()
    }
    let eight = |v: u8| f32::from(v) / f32::from(u8::MAX);
    let sixteen = |v: u16| f32::from(v) / f32::from(u16::MAX);
    // A NaN has no order and becomes black.
    let float = |v: f32| if v > 0.0 { v.min(1.0) } else { 0.0 };
    let values = match image {
        DynamicImage::ImageLuma8(i) => grey(i, 1, eight),
        DynamicImage::ImageLumaA8(i) => grey(i, 2, eight),
        DynamicImage::ImageRgb8(i) => grey(i, 3, eight),
        DynamicImage::ImageRgba8(i) => grey(i, 4, eight),
        DynamicImage::ImageLuma16(i) => grey(i, 1, sixteen),
        DynamicImage::ImageLumaA16(i) => grey(i, 2, sixteen),
        DynamicImage::ImageRgb16(i) => grey(i, 3, sixteen),
        DynamicImage::ImageRgba16(i) => grey(i, 4, sixteen),
        DynamicImage::ImageRgb32F(i) => grey(i, 3, float),
        DynamicImage::ImageRgba32F(i) => grey(i, 4, float),
        other => {
            return Err(blame.field("image: pixels", "8, 16 or 32 bits a channel", format!("{:?}", other.color())));
        }
    };
    Array2::from_shape_vec((image.height() as usize, image.width() as usize), values)
        .map_err(|e| blame.damaged("image", e))
}

/// The pitch: as stated on submission, else from a resolution tag that can be one of a microscope, else unknown.
fn pitch(
    stated: Option<f64>,
    tags: &tags::Tags,
    notes: &mut Vec<Note>,
    blame: &Blame,
) -> Result<Option<f64>, SurfaceError> {
    if let Some(pitch) = stated {
        if pitch.is_finite() && pitch > 0.0 {
            return Ok(Some(pitch));
        }
        return Err(blame.field("pitch", "um per pixel above 0", pitch));
    }
    let Some([x, y]) = tags.pitch_um else {
        notes.push(Note::new(
            "photo.pitch.missing",
            "The file does not say how large a pixel is; state the pitch in um to compare this photograph.",
            "El archivo no dice el tamaño de un píxel; indique el paso en um para comparar esta fotografía.",
        ));
        return Ok(None);
    };
    let usable = PITCH_OF_TAGS_UM.contains(&x) && (x - y).abs() <= super::SQUARE_WITHIN * x;
    if usable {
        notes.push(Note::new(
            "photo.pitch.tag",
            format!("Pitch of {x:.4} um taken from the file's resolution tag; state the pitch to override it."),
            format!(
                "Paso de {x:.4} um tomado de la etiqueta de resolución del archivo; indique el paso para corregirlo."
            ),
        ));
        return Ok(Some(x));
    }
    notes.push(Note::new(
        "photo.pitch.implausible",
        format!(
            "The file's resolution tag gives pixels of {x:.4} x {y:.4} um, which no microscope has; it was not used. State the \
             pitch in um to compare this photograph."
        ),
        format!(
            "La etiqueta de resolución da píxeles de {x:.4} x {y:.4} um, impropios de un microscopio; no se usó. Indique el \
             paso en um para comparar esta fotografía."
        ),
    ));
    Ok(None)
}
