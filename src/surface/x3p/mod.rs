//! X3P, ISO 25178-72 (formerly ISO 5436-2): a zip of `main.xml` and `bindata/data.bin`.
//!
//! Read: number types D, F, I, L; heights `offset + increment x sample`; missing points as NaN or by a validity file;
//! points as text in `main.xml` (`DataList/Datum`); absolute x and y axes where they are regular; MD5 of `main.xml`, of the
//! points and of the validity file; `Rotation` and `Origin` kept; the community's `bindata/mask.png` kept beside the heights.
//! Not read: profiles (`PRF`), point clouds (`PCL`), several layers (`SizeZ` above 1).

mod container;
mod grid;
mod manifest;
mod samples;
mod write;

pub use samples::{SampleType, Stored};
pub use write::{WriteOptions, write};

use super::error::Blame;
use super::{Checksums, DecodeOptions, MaskLayer, Metadata, Note, Origin, Provenance, Surface, SurfaceError};
use super::{mask, photo, unit};
use crate::ids::Digest;
use container::Container;
use manifest::Manifest;
use md5::Digest as _;
use ndarray::Array2;

const MAIN: &str = "main.xml";
/// Where `Record4/ChecksumFile` points in every file seen.
const CHECKSUM: &str = "md5checksum.hex";
const MASK: &str = "bindata/mask.png";
/// A checksum file is one line; anything longer is none.
const CHECKSUM_BYTES: u64 = 4096;
const SIZES: &str = "Record3/MatrixDimension/";
const LINK: &str = "Record3/DataLink/";

/// Decodes the bytes of an X3P.
pub(super) fn read(
    bytes: &[u8],
    sha256: Digest,
    blame: &Blame,
    options: &DecodeOptions,
) -> Result<Surface, SurfaceError> {
    let limits = &options.limits;
    let mut notes = Vec::new();
    let mut zip = Container::open(bytes, blame, limits)?;
    let main = zip.read(MAIN, limits.xml_bytes)?;
    let (xml, encoding) = manifest::xml_text(&main);
    if let Some(encoding) = encoding {
        notes.push(Note::new(
            "xml.encoding",
            format!("main.xml is not in UTF-8; read as {encoding}."),
            format!("main.xml no está en UTF-8; se leyó como {encoding}."),
        ));
    }
    let manifest = Manifest::parse(&xml, limits.pixels, blame)?;
    check_main(&main, &manifest, &mut zip, options, &mut notes, blame)?;
    let (rows, columns) = dimensions(&manifest, limits.pixels, blame)?;
    let plan = grid::Plan::read(&manifest, rows, columns, blame)?;
    if plan.scaled_floats() {
        notes.push(Note::new(
            "z.scaled",
            "The floating-point heights carry an increment other than 1 or an offset other than 0; both were applied.",
            "Las alturas en coma flotante llevan un incremento distinto de 1 o un desplazamiento distinto de 0; se aplicaron ambos.",
        ));
    }
    let mut stored = match &manifest.data {
        Some(data) => grid::from_text(data, &plan, blame)?,
        None => {
            let link = linked(&manifest, &zip, "PointDataLink", blame)?
                .ok_or_else(|| blame.field("Record3", "PointDataLink or DataList", "neither"))?;
            let size = zip.stated_size(&link)?;
            if size != plan.bytes() {
                return Err(blame.field(
                    format!("{link}: size"),
                    format!("{} bytes ({columns} x {rows} points of {} bytes)", plan.bytes(), plan.stride()),
                    format!("{size} bytes"),
                ));
            }
            let points = zip.read(&link, size)?;
            let stated = manifest.words(&format!("{LINK}MD5ChecksumPointData"));
            check_md5(&points, stated.as_deref(), &link, "md5.points", options, &mut notes, blame)?;
            grid::from_binary(points, &plan, blame)?
        }
    };
    if let Some(valid) = validity(&manifest, &mut zip, stored.len(), options, &mut notes, blame)? {
        stored.valid = Some(valid);
    }
    let heights = stored.heights();
    choose_units(&mut stored, &heights, (rows, columns), options, &mut notes, blame)?;
    let pitches = stored.increments_xy.map(|inc| inc * stored.unit_xy.um());
    if pitches[0].max(pitches[1]) > limits.anisotropy * pitches[0].min(pitches[1]) {
        return Err(blame.field(
            "Record1/Axes: increments along x and y",
            format!("one at most {} times the other", limits.anisotropy),
            format!("{} and {} um", pitches[0], pitches[1]),
        ));
    }
    let infinite = stored.infinite();
    if infinite > 0 {
        notes.push(Note::new(
            "heights.infinite",
            format!("{infinite} heights are infinite; taken as missing."),
            format!("{infinite} alturas son infinitas; se toman como ausentes."),
        ));
    }
    let heights =
        Array2::from_shape_vec((rows, columns), stored.in_um(heights)).map_err(|e| blame.damaged("data", e))?;
    let origin = origin(&manifest, &mut notes, blame)?;
    let mask = mask_layer(&manifest, &mut zip, (rows, columns), options, &mut notes, blame)?;
    let provenance = Provenance { sha256, format: "x3p".to_owned(), unit: stored.unit_xy, notes };
    Ok(Surface {
        heights_um: upright(heights, origin),
        pitch_x_um: pitches[0],
        pitch_y_um: pitches[1],
        metadata: metadata(&manifest),
        provenance,
        mask: mask.map(|mask| MaskLayer { colours: upright(mask.colours, origin), ..mask }),
        origin,
        rotation: rotation(&manifest, blame)?,
        stored: Some(stored),
    })
}

/// Turns a grid over so that its first sample is at the top left; its own inverse.
fn upright<T: Clone>(mut grid: Array2<T>, origin: Option<Origin>) -> Array2<T> {
    let (up, left) = match origin {
        None | Some(Origin::NW) => return grid,
        Some(Origin::NE) => (false, true),
        Some(Origin::SW) => (true, false),
        Some(Origin::SE) => (true, true),
    };
    if up {
        grid.invert_axis(ndarray::Axis(0));
    }
    if left {
        grid.invert_axis(ndarray::Axis(1));
    }
    grid.as_standard_layout().into_owned()
}

/// Compares `main.xml` with the checksum file, written with or without a file name behind the digits.
fn check_main(
    main: &[u8],
    manifest: &Manifest,
    zip: &mut Container<'_>,
    options: &DecodeOptions,
    notes: &mut Vec<Note>,
    blame: &Blame,
) -> Result<(), SurfaceError> {
    let link = manifest.text("Record4/ChecksumFile", blame)?.unwrap_or(CHECKSUM);
    if !container::plain(link) {
        return Err(blame.field("Record4/ChecksumFile", "a relative path without ..", link));
    }
    let stated = if zip.has(link) { Some(zip.read(link, CHECKSUM_BYTES)?) } else { None };
    let stated = stated.map(|bytes| String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned());
    check_md5(main, stated.as_deref(), MAIN, "md5.main", options, notes, blame)
}

/// Compares the MD5 of a part with what the file states; MD5 shows damage, not forgery (see `Provenance::sha256`).
fn check_md5(
    content: &[u8],
    stated: Option<&str>,
    part: &str,
    code: &str,
    options: &DecodeOptions,
    notes: &mut Vec<Note>,
    blame: &Blame,
) -> Result<(), SurfaceError> {
    let Some(stated) = stated.and_then(|text| text.split_whitespace().next()) else {
        notes.push(Note::new(
            &format!("{code}.missing"),
            format!("No MD5 of {part} is stated, so damage since it was written cannot be excluded."),
            format!("No se indica el MD5 de {part}, por lo que no se puede excluir un daño posterior a su escritura."),
        ));
        return Ok(());
    };
    let found = hex::encode(md5::Md5::digest(content));
    if stated.eq_ignore_ascii_case(&found) {
        return Ok(());
    }
    if options.checksums == Checksums::Required {
        return Err(blame.checksum(part, stated, &found));
    }
    let stated = super::error::quoted(stated);
    notes.push(Note::new(
        &format!("{code}.mismatch"),
        format!("The MD5 of {part} is {found}, the file states {stated}; decoded all the same, as asked for."),
        format!(
            "El MD5 de {part} es {found}, el archivo indica {stated}; se decodificó de todos modos, como se pidió."
        ),
    ));
    Ok(())
}

/// Rows and columns, checked before anything of their size is allocated.
fn dimensions(manifest: &Manifest, most: u64, blame: &Blame) -> Result<(usize, usize), SurfaceError> {
    if let Some(kind) = manifest.text("Record1/FeatureType", blame)?
        && kind != "SUR"
    {
        return Err(blame.field("Record1/FeatureType", "SUR (a surface on a grid)", kind));
    }
    if manifest.has("Record3/ListDimension") {
        return Err(blame.field("Record3", "MatrixDimension (a surface on a grid)", "ListDimension (a point cloud)"));
    }
    let size = |name: &str| {
        let field = format!("{SIZES}{name}");
        let text = manifest.text(&field, blame)?.ok_or_else(|| blame.field(&field, "a whole number", "nothing"))?;
        let size = text.parse::<u64>().ok().filter(|&n| n > 0);
        size.ok_or_else(|| blame.field(&field, "a whole number above 0", text))
    };
    let (x, y, z) = (size("SizeX")?, size("SizeY")?, size("SizeZ")?);
    if z != 1 {
        return Err(blame.field(format!("{SIZES}SizeZ"), "1 (one layer)", z));
    }
    match x.checked_mul(y) {
        Some(points) if points <= most => Ok((y as usize, x as usize)),
        _ => Err(blame.limit("Record3/MatrixDimension", format!("{most} points"), format!("{x} x {y} points"))),
    }
}

/// The entry that a link of `Record3/DataLink` names.
fn linked(manifest: &Manifest, zip: &Container<'_>, name: &str, blame: &Blame) -> Result<Option<String>, SurfaceError> {
    let field = format!("{LINK}{name}");
    let Some(link) = manifest.text(&field, blame)? else { return Ok(None) };
    if !container::plain(link) {
        return Err(blame.field(field, "a relative path without ..", link));
    }
    if !zip.has(link) {
        return Err(blame.field(field, "the name of an entry of the zip", link));
    }
    Ok(Some(link.to_owned()))
}

/// The validity file, one bit a point, lowest bit first.
fn validity(
    manifest: &Manifest,
    zip: &mut Container<'_>,
    points: usize,
    options: &DecodeOptions,
    notes: &mut Vec<Note>,
    blame: &Blame,
) -> Result<Option<Vec<u8>>, SurfaceError> {
    let Some(link) = linked(manifest, zip, "ValidPointsLink", blame)? else { return Ok(None) };
    let want = points.div_ceil(8) as u64;
    let size = zip.stated_size(&link)?;
    if size != want {
        return Err(blame.field(
            format!("{link}: size"),
            format!("{want} bytes (one bit for each of {points} points)"),
            format!("{size} bytes"),
        ));
    }
    let valid = zip.read(&link, want)?;
    let stated = manifest.words(&format!("{LINK}MD5ChecksumValidPoints"));
    check_md5(&valid, stated.as_deref(), &link, "md5.validity", options, notes, blame)?;
    Ok(Some(valid))
}

/// Settles the unit of increments and heights: stated by a person, else recognised by size.
fn choose_units(
    stored: &mut Stored,
    heights: &[f64],
    (rows, columns): (usize, usize),
    options: &DecodeOptions,
    notes: &mut Vec<Note>,
    blame: &Blame,
) -> Result<(), SurfaceError> {
    if let Some(stated) = options.unit {
        (stored.unit, stored.unit_xy) = (stated, stated);
        notes.push(unit::stated(stated));
        return Ok(());
    }
    let increments = stored.increments_xy;
    stored.unit_xy = unit::lateral(increments, [columns - 1, rows - 1]).ok_or_else(|| {
        blame.field(
            "Record1/Axes: increments along x and y",
            "metres, or a size that a cartridge case can have in um, mm or nm (else state the unit)",
            format!("{} and {} for {columns} x {rows} points", increments[0], increments[1]),
        )
    })?;
    let relief = unit::relief(heights);
    stored.unit = unit::vertical(relief, stored.unit_xy).ok_or_else(|| {
        blame.field(
            "data: relief",
            "metres, or a depth that a cartridge case can have in um, mm or nm (else state the unit)",
            relief,
        )
    })?;
    let (pitch, relief) = (increments[0] * stored.unit_xy.um(), relief * stored.unit.um());
    notes.extend(unit::note(stored.unit_xy, stored.unit, pitch, relief));
    Ok(())
}

/// `Axes/Origin`, which some instruments write beside the standard's elements.
fn origin(manifest: &Manifest, notes: &mut Vec<Note>, blame: &Blame) -> Result<Option<Origin>, SurfaceError> {
    const FIELD: &str = "Record1/Axes/Origin";
    let origin = match manifest.text(FIELD, blame)? {
        None => return Ok(None),
        Some("NW") => Origin::NW,
        Some("NE") => Origin::NE,
        Some("SW") => Origin::SW,
        Some("SE") => Origin::SE,
        Some(other) => return Err(blame.field(FIELD, "NW, NE, SW or SE", other)),
    };
    if origin != Origin::NW {
        notes.push(Note::new(
            "origin.turned",
            format!("The first sample lies at the {origin:?} corner; the grid was turned over to begin at NW."),
            format!("La primera muestra está en la esquina {origin:?}; la cuadrícula se volteó para empezar en NW."),
        ));
    }
    Ok(Some(origin))
}

fn rotation(manifest: &Manifest, blame: &Blame) -> Result<Option<[[f64; 3]; 3]>, SurfaceError> {
    let mut matrix = [[0.0; 3]; 3];
    if !manifest.has("Record1/Axes/Rotation") {
        return Ok(None);
    }
    for (r, row) in matrix.iter_mut().enumerate() {
        for (c, value) in row.iter_mut().enumerate() {
            let field = format!("Record1/Axes/Rotation/r{}{}", r + 1, c + 1);
            *value = manifest.number(&field, blame)?.ok_or_else(|| blame.field(&field, "a number", "nothing"))?;
        }
    }
    Ok(Some(matrix))
}

fn metadata(manifest: &Manifest) -> Metadata {
    let words = |name: &str| manifest.words(&format!("Record2/{name}"));
    Metadata {
        date: words("Date"),
        creator: words("Creator"),
        instrument_maker: words("Instrument/Manufacturer"),
        instrument_model: words("Instrument/Model"),
        instrument_serial: words("Instrument/Serial"),
        instrument_version: words("Instrument/Version"),
        calibration_date: words("CalibrationDate"),
        probing_type: words("ProbingSystem/Type"),
        probing_identification: words("ProbingSystem/Identification"),
        comment: words("Comment"),
    }
}

/// The annotation picture. It is outside the standard and no height hangs on it, so one that cannot be used leaves a
/// note instead of stopping the file.
fn mask_layer(
    manifest: &Manifest,
    zip: &mut Container<'_>,
    shape: (usize, usize),
    options: &DecodeOptions,
    notes: &mut Vec<Note>,
    blame: &Blame,
) -> Result<Option<MaskLayer>, SurfaceError> {
    if !zip.has(MASK) {
        return Ok(None);
    }
    let background = manifest.text("Record3/Mask/Background", blame)?.and_then(mask::parse_colour);
    let picture = zip.read(MASK, options.limits.entry_bytes)?;
    match photo::colours(&picture, shape, &options.limits, blame) {
        Ok(colours) => {
            notes.push(Note::new(
                "mask.kept",
                "The file carries an annotation picture (bindata/mask.png); it is kept beside the heights, and outlines follow it where it lies on the breech face.",
                "El archivo lleva una imagen de anotación (bindata/mask.png); se conserva junto a las alturas, y los contornos la siguen donde cae sobre la cara de recámara.",
            ));
            Ok(Some(MaskLayer { colours, background }))
        }
        Err(error) => {
            notes.push(Note::new(
                "mask.unusable",
                format!("The annotation picture bindata/mask.png was left out: {error}"),
                format!("Se omitió la imagen de anotación bindata/mask.png: {error}"),
            ));
            Ok(None)
        }
    }
}
