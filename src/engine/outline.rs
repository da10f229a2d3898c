//! Outline: where the parts of a case lie on an acquisition, what is cut along them, and how a person corrects them.
//!
//! ```text
//! surface --outline--> Outlines (version 1) --breech face--> mark
//!                                           \--firing pin, aperture shear--> marks of their own
//! a person's drawing --draw--> Outlines (version 2, ...) --> the same marks again, in place of the earlier ones
//! ```

use super::Context;
use super::error::EngineError;
use super::parameters::{Parameters, version_of};
use super::ports::{Acquisition, MarkRecord, NewMark, NewSignature, OutlineRecord, Stamp, region_word};
use super::submit::signed_mark;
use crate::casework::{Person, must_not_be_auditor};
use crate::geometry::{Circle, Point};
use crate::grid::HeightMap;
use crate::ids::{AcquisitionId, Digest};
use crate::mark::gate::{Findings, WrongRegion};
use crate::mark::outline::{
    Finding, OUTLINE_VERSION, OutlineParameters, OutlinedPart, Outlines, PartOutline, Reason, Shape, outline,
};
use crate::mark::photo::{prepare_drawn, prepare_photo};
use crate::mark::{Mark, Modality, PrepareParameters, Region, prepare, prepare_region, without_region};
use crate::signature::{SignatureParameters, sign};
use crate::surface::{Acquired, Checksums, DecodeOptions, MaskLayer, decode};
use crate::workings::{Silent, Workings};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The outlines of a map of heights (um), the map with all but the breech face missing, and the mark prepared from it. `mask` is what a person drew into the file.
///
/// A scan that is cropped already is its own outline. Where no breech face is found the map comes back whole, and the mark is unsuitable and says what was found
/// instead.
///
/// # Errors
/// Those of outlining and preparing.
pub fn outlined(
    map: &HeightMap,
    mask: Option<&MaskLayer>,
    parameters: &Parameters,
    workings: &mut dyn Workings,
) -> Result<(Outlines, HeightMap, Mark), EngineError> {
    let drawn = mask.map(MaskLayer::annotated);
    let found = outline(map, drawn.as_ref(), &OutlineParameters::default(), workings)?;
    match found.breech_face(map) {
        Some(face) => {
            let mark = prepare(&face, &parameters.prepare, workings)?;
            Ok((found, face, mark))
        }
        None => {
            let mark = without_region(found.finding, &parameters.prepare);
            Ok((found, map.clone(), mark))
        }
    }
}

/// What outlines tell the quality gate. What has no word of its own there is told by the mark's suitability.
#[must_use]
pub fn findings_of(outlines: &Outlines) -> Findings {
    let wrong_region = match outlines.finding {
        Finding::Headstamp => Some(WrongRegion::Headstamp),
        Finding::Mouth => Some(WrongRegion::CaseMouth),
        Finding::Cylinder => Some(WrongRegion::Bullet),
        Finding::Ridges => Some(WrongRegion::Skin),
        Finding::Noise => Some(WrongRegion::Noise),
        Finding::Flat => Some(WrongRegion::Blank),
        Finding::Unfired => Some(WrongRegion::Unfired),
        Finding::Inverted => Some(WrongRegion::Inverted),
        Finding::Unclear => Some(WrongRegion::NoPrimer),
        Finding::Found | Finding::AlreadyOutlined | Finding::Annotated | Finding::Empty => None,
    };
    // An edge that was not seen itself says nothing of the pitch.
    let primer = outlines.part(OutlinedPart::Primer).filter(|primer| !primer.reasons.contains(&Reason::Inferred));
    let primer_radius_um = primer.and_then(|primer| match &primer.shape {
        Shape::Circle(circle) => Some(circle.radius_um),
        _ => None,
    });
    let outline_confidence = outlines.part(OutlinedPart::BreechFace).map(|face| face.confidence);
    Findings { wrong_region, outline_confidence, primer_radius_um, ..Findings::default() }
}

/// The marks of the other regions that outlines of a raw acquisition (um) show: firing-pin impression and aperture shear. An acquisition that is its own
/// outline shows none.
///
/// # Errors
/// Those of preparing.
pub fn other_marks(map: &HeightMap, outlines: &Outlines) -> Result<Vec<Mark>, EngineError> {
    let mask =
        |part: OutlinedPart| outlines.part(part).map(|found| found.shape.mask(map.rows(), map.columns(), map.pitch_um));
    let (pin, shear) = (mask(OutlinedPart::FiringPin), mask(OutlinedPart::ApertureShear));
    let aperture = aperture(map, [pin.as_ref(), shear.as_ref()]);
    [(pin, Region::FiringPin), (shear, Region::ApertureShear)]
        .into_iter()
        .filter_map(|(mask, region)| Some((mask?, region)))
        .map(|(mask, region)| Ok(prepare_region(map, &mask, aperture, &PrepareParameters::of(region), &mut Silent)?))
        .collect()
}

/// The circle of the firing-pin aperture: as large as what lies in it, about its middle.
fn aperture(map: &HeightMap, inside: [Option<&Array2<bool>>; 2]) -> Option<Circle> {
    let (mut x, mut y, mut count) = (0.0, 0.0, 0usize);
    for mask in inside.into_iter().flatten() {
        for ((row, column), _) in mask.indexed_iter().filter(|(_, inside)| **inside) {
            let at = map.point_at(row as f64, column as f64);
            (x, y, count) = (x + at.x_um, y + at.y_um, count + 1);
        }
    }
    if count == 0 {
        return None;
    }
    let area_um2 = count as f64 * map.pitch_um * map.pitch_um;
    let centre = Point::new(x / count as f64, y / count as f64);
    Some(Circle { centre, radius_um: (area_um2 / std::f64::consts::PI).sqrt() })
}

/// A mark of another region than the breech face, ready to be stored. A firing pin has a signature, as a search begins with it; aperture shear is a
/// profile, of which two are compared in less time than two polar codes, and has none.
///
/// # Errors
/// A mark that is too large to be kept.
pub fn other_mark(acquisition: &AcquisitionId, mark: &Mark, outline: Option<u32>) -> Result<NewMark, EngineError> {
    let parameters = region_hash(mark.region);
    let record = MarkRecord {
        id: MarkRecord::id_along(acquisition, mark.region, &parameters, outline),
        acquisition: acquisition.clone(),
        region: mark.region,
        modality: mark.modality,
        version: format!("{}/{}", region_word(mark.region), crate::mark::PREPARATION_VERSION),
        parameters,
        outline,
        quality: mark.quality.clone(),
    };
    let bytes = if mark.suitable() { Some(mark.to_bytes()?) } else { None };
    let signatures = if mark.suitable() && mark.region == Region::FiringPin {
        let drawn = SignatureParameters::of(mark.region);
        let version = version_of(&PrepareParameters::of(mark.region), &drawn);
        vec![NewSignature { version, bytes: sign(mark, &drawn).to_bytes() }]
    } else {
        Vec::new()
    };
    Ok(NewMark { record, bytes, signatures })
}

/// The digest that stored marks of another region than the breech face carry: of the parameters that come with the program for it.
#[must_use]
pub fn region_hash(region: Region) -> Digest {
    Digest::of(PrepareParameters::of(region).canonical().as_bytes())
}

/// What a person draws: shapes of parts in um, in the frame of the acquisition (origin in its middle, x along columns, y along rows).
///
/// ```json
/// {"breech_face": {"circle": {"centre": {"x_um": 0, "y_um": 0}, "radius_um": 1750}},
///  "firing_pin": {"polygons": [{"outer": [{"x_um": -400, "y_um": -400}, {"x_um": 400, "y_um": -400}, {"x_um": 0, "y_um": 500}]}]}}
/// ```
///
/// An empty drawing takes corrections back: the outlines are those again that the program found, or none where the scan was cropped already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drawing(pub BTreeMap<OutlinedPart, Shape>);

/// Most points of all rings of a drawing.
const MOST_POINTS: usize = 100_000;

impl Drawing {
    /// Reads a drawing.
    ///
    /// # Errors
    /// [`EngineError::Input`] names file and field: a part or a shape that is none, numbers that are no lengths, too many points, no breech face.
    pub fn from_json(text: &str, name: &str) -> Result<Self, EngineError> {
        let fault = |expected: &str, got: String| EngineError::Input {
            what: name.to_owned(),
            expected: expected.to_owned(),
            got,
        };
        let drawing: Self = serde_json::from_str(text).map_err(|e| {
            fault(
                "parts (breech_face, firing_pin, aperture_shear, ...), each a circle, an ellipse or polygons in um",
                e.to_string(),
            )
        })?;
        for (part, shape) in &drawing.0 {
            let field = serde_json::to_value(part).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
            let points: usize = match shape {
                Shape::Polygons(areas) => {
                    areas.iter().flat_map(|a| std::iter::once(&a.outer).chain(&a.holes)).map(Vec::len).sum()
                }
                Shape::Circle(_) | Shape::Ellipse(_) => 0,
            };
            if points > MOST_POINTS {
                return Err(fault(&format!("{field}: at most {MOST_POINTS} points"), points.to_string()));
            }
            if !shape.is_sound() {
                let got = "a number that is no length, or a ring of fewer than three points".to_owned();
                return Err(fault(
                    &format!("{field}: finite numbers, positive radii, rings of at least three points"),
                    got,
                ));
            }
        }
        if !drawing.0.is_empty() && !drawing.0.contains_key(&OutlinedPart::BreechFace) {
            return Err(fault("breech_face among the parts", "none".to_owned()));
        }
        Ok(drawing)
    }

    /// The shapes of outlines, for a person to go on with.
    #[must_use]
    pub fn of(outlines: &Outlines) -> Self {
        Self(outlines.parts.iter().rev().map(|found| (found.part, found.shape.clone())).collect())
    }

    /// As outlines that a person is answerable for.
    fn outlines(&self, tilt_rad: f64) -> Outlines {
        let drawn = |(part, shape): (&OutlinedPart, &Shape)| PartOutline {
            part: *part,
            shape: shape.clone(),
            confidence: 1.0,
            reasons: vec![Reason::DrawnByPerson],
        };
        let mut parts: Vec<PartOutline> = self.0.iter().map(drawn).collect();
        parts.sort_by_key(|found| found.part != OutlinedPart::BreechFace);
        Outlines { finding: Finding::Annotated, parts, tilt_rad }
    }
}

/// Whether a person drew the outlines, and did not take an earlier correction back.
fn drawn_by_person(outlines: &Outlines) -> bool {
    outlines.parts.iter().any(|found| found.reasons.contains(&Reason::DrawnByPerson))
}

/// The outlines that the program found, to go back to from corrections.
fn found_by_program(earlier: &[OutlineRecord]) -> Result<Outlines, EngineError> {
    let corrected = earlier.last().is_some_and(|last| drawn_by_person(&last.outlines));
    let found = earlier.iter().rfind(|version| version.by.is_none()).filter(|_| corrected);
    found.map(|version| version.outlines.clone()).ok_or_else(|| EngineError::Input {
        what: "drawing".to_owned(),
        expected: "parts, breech_face among them; an empty one takes corrections back".to_owned(),
        got: "an empty one, where nothing was corrected".to_owned(),
    })
}

/// Points of the breech face that a person drew: inside its shape, and in none of the parts that lie within it.
fn drawn_face(outlines: &Outlines, rows: usize, columns: usize, pitch_um: f64) -> Array2<bool> {
    let mask = |part| outlines.part(part).map(|found: &PartOutline| found.shape.mask(rows, columns, pitch_um));
    let Some(mut face) = mask(OutlinedPart::BreechFace) else { return Array2::from_elem((rows, columns), false) };
    for within in [OutlinedPart::FiringPin, OutlinedPart::ApertureShear, OutlinedPart::Drag] {
        if let Some(within) = mask(within) {
            ndarray::Zip::from(&mut face).and(&within).for_each(|face, within| *face &= !within);
        }
    }
    face
}

/// The map of a stored acquisition, um or luminance, and which of the two it is.
///
/// # Errors
/// Those of the store and of decoding.
pub fn received_map(context: &Context<'_>, acquisition: &Acquisition) -> Result<(HeightMap, Modality), EngineError> {
    decoded_map(&context.store.received_bytes(&acquisition.id)?, acquisition, Checksums::default())
}

/// The breech face of a stored acquisition along the newest version of its outlines: its map with all else missing, the whole map where it is its own
/// outline or nothing was found.
///
/// # Errors
/// Those of the store.
pub(super) fn stored_face(
    context: &Context<'_>,
    acquisition: &Acquisition,
    map: &HeightMap,
) -> Result<HeightMap, EngineError> {
    let Some(newest) = context.store.outlines(&acquisition.id)?.pop() else { return Ok(map.clone()) };
    if !drawn_by_person(&newest.outlines) {
        return Ok(newest.outlines.breech_face(map).unwrap_or_else(|| map.clone()));
    }
    let inside = drawn_face(&newest.outlines, map.rows(), map.columns(), map.pitch_um);
    Ok(kept_inside(map, &inside))
}

fn kept_inside(map: &HeightMap, inside: &Array2<bool>) -> HeightMap {
    let mut face = map.clone();
    ndarray::Zip::from(&mut face.z).and(inside).for_each(|z, inside| {
        if !inside {
            *z = f32::NAN;
        }
    });
    face
}

/// The map of an acquisition from bytes that are at hand, as [`received_map`].
pub(super) fn decoded_map(
    bytes: &[u8],
    acquisition: &Acquisition,
    checksums: Checksums,
) -> Result<(HeightMap, Modality), EngineError> {
    let options = DecodeOptions { pitch_um: acquisition.pitch_um, checksums, ..DecodeOptions::default() };
    let understood = |options: &DecodeOptions| decode(bytes, &acquisition.file_name, options);
    let acquired = match understood(&options)? {
        // A person stated the unit when it was submitted.
        Acquired::Surface(surface) if surface.provenance.unit != acquisition.unit => {
            understood(&DecodeOptions { unit: Some(acquisition.unit), ..options })?
        }
        as_recognised => as_recognised,
    };
    match acquired {
        Acquired::Surface(surface) => Ok((surface.height_map(), Modality::Heights)),
        Acquired::Photo(photo) => {
            let pitch_um = photo.pitch_um.or(acquisition.pitch_um).ok_or_else(|| EngineError::Input {
                what: acquisition.file_name.clone(),
                expected: "a pitch (um per pixel)".to_owned(),
                got: "none".to_owned(),
            })?;
            Ok((HeightMap { z: photo.luminance, pitch_um }, Modality::Reflectance))
        }
    }
}

/// The breech-face mark along outlines that a person drew, or went back to; parameters are those of the kind of imaging.
///
/// # Errors
/// Those of preparing.
pub(super) fn mark_along(
    map: &HeightMap,
    modality: Modality,
    outlines: &Outlines,
    parameters: &Parameters,
) -> Result<Mark, EngineError> {
    let drawn = drawn_by_person(outlines);
    match (&parameters.prepare.photo, modality) {
        (Some(photo), Modality::Reflectance) if !drawn => {
            Ok(prepare_photo(map, &parameters.prepare, photo, &mut Silent)?.1)
        }
        _ if !drawn => Ok(match outlines.breech_face(map) {
            Some(face) => prepare(&face, &parameters.prepare, &mut Silent)?,
            None => without_region(outlines.finding, &parameters.prepare),
        }),
        (Some(photo), Modality::Reflectance) => {
            let face = |rows, columns, pitch_um| drawn_face(outlines, rows, columns, pitch_um);
            Ok(prepare_drawn(map, &face, &parameters.prepare, photo, &mut Silent)?)
        }
        _ => {
            let face = kept_inside(map, &drawn_face(outlines, map.rows(), map.columns(), map.pitch_um));
            Ok(prepare(&face, &parameters.prepare, &mut Silent)?)
        }
    }
}

/// Keeps what a person drew as the next version of the outlines of an acquisition, and cuts its marks anew along it; earlier versions and their marks stay as
/// records, and are searched no more. Gives the new version and the breech-face mark.
///
/// # Errors
/// An auditor, a blank reason; those of the store, of decoding and preparing.
pub fn draw(
    context: &Context<'_>,
    by: &Person,
    acquisition: &AcquisitionId,
    drawing: &Drawing,
    reason: &str,
) -> Result<(OutlineRecord, Mark), EngineError> {
    let Context { store, clock, .. } = *context;
    must_not_be_auditor(by, "correct an outline")?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(EngineError::Input {
            what: "reason".to_owned(),
            expected: "why the outline is corrected".to_owned(),
            got: "nothing".to_owned(),
        });
    }
    let acquisition = store.acquisition(acquisition)?;
    let earlier = store.outlines(&acquisition.id)?;
    let (map, modality) = received_map(context, &acquisition)?;
    let outlines = if drawing.0.is_empty() {
        found_by_program(&earlier)?
    } else {
        drawing.outlines(earlier.last().map_or(0.0, |last| last.outlines.tilt_rad))
    };
    let version = earlier.last().map_or(1, |last| last.version) + 1;
    let parameters = context.parameters.imaged(modality)?;
    let mark = mark_along(&map, modality, &outlines, &parameters)?;
    let signature = mark.suitable().then(|| sign(&mark, &parameters.signature));
    let mut marks = vec![signed_mark(&acquisition.id, &mark, signature.as_ref(), &parameters, Some(version))?];
    if modality == Modality::Heights {
        for other in other_marks(&map, &outlines)? {
            marks.push(other_mark(&acquisition.id, &other, Some(version))?);
        }
    }
    let at = clock.now();
    let first = || OutlineRecord {
        acquisition: acquisition.id.clone(),
        version: 1,
        by: None,
        reason: None,
        method: OUTLINE_VERSION,
        at,
        outlines: Outlines { finding: Finding::AlreadyOutlined, parts: Vec::new(), tilt_rad: 0.0 },
    };
    let record =
        OutlineRecord { version, by: Some(by.name().to_owned()), reason: Some(reason.to_owned()), outlines, ..first() };
    // An acquisition that was its own outline, or entered before outlines were kept: that it had none is its first version.
    let stamp = Stamp::new(at, by.name());
    if earlier.is_empty() {
        store.put_outlines(&[first(), record.clone()], &marks, &stamp)?;
    } else {
        store.put_outlines(std::slice::from_ref(&record), &marks, &stamp)?;
    }
    Ok((record, mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mark::Suitability;
    use crate::simulate::{AMMUNITION, Foreign, RawAcquisition, SimulatedFirearm, SimulatedShot};
    use crate::surface::Surface;

    fn marked(surface: &Surface) -> (Outlines, Mark) {
        let parameters = Parameters::built_in().unwrap();
        let (found, _, mark) =
            outlined(&surface.height_map(), surface.mask.as_ref(), &parameters, &mut Silent).unwrap();
        (found, mark)
    }

    #[test]
    fn cropped_scans_of_every_finish_give_the_mark_that_they_gave_without_outlines() {
        for number in 1..=15 {
            let firearm = SimulatedFirearm::new(31, number);
            let shot = SimulatedShot::new(&firearm, 1, AMMUNITION[number as usize % AMMUNITION.len()]);
            let surface = shot.cropped(&firearm, [6.25, 9.0, 12.5][number as usize % 3]);
            let (found, mark) = marked(&surface);
            assert_eq!(found.finding, Finding::AlreadyOutlined, "{number} {:?}", firearm.finish);
            let before = prepare(&surface.height_map(), &Parameters::built_in().unwrap().prepare, &mut Silent).unwrap();
            assert!(mark.to_bytes().unwrap() == before.to_bytes().unwrap(), "{number}");
        }
    }

    #[test]
    fn a_raw_acquisition_gives_a_mark_of_its_breech_face_and_a_foreign_thing_says_what_it_is() {
        // Where points are missing in blotches the preparation leaves out a margin around each.
        let whole = |raw: &RawAcquisition| raw.circumstances.blotches == 0.0 && raw.circumstances.cut.is_none();
        let all = (0..20).map(|number| RawAcquisition::new(5, number).unwrap());
        let mut marks = all.filter(whole).map(|raw| marked(&raw.surface));
        let (found, mark) = marks.find(|(found, _)| found.finding == Finding::Found).unwrap();
        assert_eq!(mark.quality.suitability, Suitability::Suitable);
        let drawn = found.part(OutlinedPart::BreechFace).unwrap().shape.area_mm2();
        let used = mark.quality.valid_area_mm2;
        assert!((0.8..1.1).contains(&(used / drawn)), "{used} of {drawn} mm2");
        let bullet = Foreign::Bullet.surface(5, 1, 9.0).unwrap();
        let (found, mark) = marked(&bullet);
        assert_eq!(found.finding, Finding::Cylinder);
        assert!(matches!(&mark.quality.suitability, Suitability::Unsuitable { code, .. } if code == "region.cylinder"));
    }
}
