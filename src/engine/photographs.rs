//! Photographs: what reaches a mark of them, at what pitch, and how surfaces are photographed for comparison with them.
//!
//! Photographs are marks of their own kind. They have parameters, a model and a gallery of their own ([`Parameters::photographs`]), so that nothing ever
//! compares a photograph with heights: a search says how many marks of the other kind it left out.

use super::error::EngineError;
use super::parameters::Parameters;
use super::submit::{Read, Reading};
use crate::compare::Model;
use crate::grid::HeightMap;
use crate::ids::Digest;
use crate::language::Language;
use crate::mark::gate::{self, Findings, GateCode, WrongRegion, measure_light, measure_photograph};
use crate::mark::outline::{OutlineParameters, outline};
use crate::mark::photo::{Reason, estimate, prepare_photo};
use crate::mark::{Modality, PhotoParameters, PrepareParameters};
use crate::simulate::RingLight;
use crate::surface::{Acquired, MaskLayer, Note, Photo, Surface};
use crate::workings::{Silent, Workings};
use ndarray::Array2;

/// Slope of which half of a rendered surface is steeper, um per um. .14, that is 8 degrees: scans of 6 um a point that were band-passed have lost the finest
/// roughness, and at 8 degrees the flecks of a rendered face fill about the share of it that they fill in photographs.
const RENDERED_SLOPE: f64 = 0.14;
/// Black margin around a rendered surface, um, so that the edge of a scan that was cut close is an edge of the picture too.
const RENDERED_MARGIN_UM: f64 = 400.0;

impl Parameters {
    /// The parameters that photographs are prepared, signed, searched and compared with: the same stages after the light is flattened, and a model of
    /// their own.
    ///
    /// # Errors
    /// None in a program that passed its tests: the model is part of it.
    pub fn photographs(&self) -> Result<Self, EngineError> {
        let prepare = PrepareParameters { photo: Some(PhotoParameters::default()), ..self.prepare.clone() };
        Ok(Self { prepare, model: Model::photographs()?, ..self.clone() })
    }

    /// The parameters for marks of a kind of imaging: these where they are of that kind, else those that come with the program for it.
    ///
    /// # Errors
    /// As [`Parameters::photographs`].
    pub fn imaged(&self, modality: Modality) -> Result<Self, EngineError> {
        match modality {
            _ if modality == self.prepare.modality() => Ok(self.clone()),
            Modality::Reflectance => self.photographs(),
            Modality::Heights => {
                let prepare = PrepareParameters { photo: None, ..self.prepare.clone() };
                Ok(Self { prepare, model: Model::built_in()?, ..self.clone() })
            }
        }
    }
}

/// The luminance of a photograph at its pitch; where nobody stated one and no tag has it, at one estimated from the primer, with a warning among the notes.
///
/// # Errors
/// [`EngineError::Input`] when the pitch is not known and no primer is found to estimate it from.
pub fn luminance_of(photo: &mut Photo, name: &str, calibre: Option<&str>) -> Result<HeightMap, EngineError> {
    sized(photo, calibre).map_err(|why| EngineError::Input {
        what: name.to_owned(),
        expected: "a pitch (um per pixel) stated on submission, or a primer to estimate it from".to_owned(),
        got: why.words(Language::En).to_owned(),
    })
}

/// The same, with the reason why no primer was found.
fn sized(photo: &mut Photo, calibre: Option<&str>) -> Result<HeightMap, Reason> {
    if let Some(pitch_um) = photo.pitch_um {
        return Ok(HeightMap { z: photo.luminance.clone(), pitch_um });
    }
    let found = estimate(&photo.luminance, calibre, &PhotoParameters::default())?;
    let (pitch, primer) = (found.pitch_um, found.primer.diameter_um() / 1_000.0);
    photo.provenance.notes.retain(|note| note.code != "photo.pitch.missing");
    photo.provenance.notes.push(Note {
        code: "photo.pitch.estimated".to_owned(),
        english: format!(
            "Warning: pitch of {pitch:.3} um estimated from the primer, taken to be {primer:.2} mm wide; good to about 5 %. State the pitch."
        ),
        spanish: format!(
            "Advertencia: paso de {pitch:.3} um estimado a partir del fulminante, supuesto de {primer:.2} mm; vale hasta un 5 %. Indique el paso."
        ),
    });
    photo.pitch_um = Some(pitch);
    Ok(HeightMap { z: photo.luminance.clone(), pitch_um: pitch })
}

/// What a photograph shows where no breech face was found in it.
fn wrong_region(why: Reason) -> WrongRegion {
    if why == Reason::RingOnly { WrongRegion::CaseMouth } else { WrongRegion::NoPrimer }
}

/// From a decoded photograph to its mark, prepared with the parameters of photographs that go with `parameters`; a photograph without a stated pitch in which no
/// primer is found to estimate it from is rejected with the reason.
///
/// # Errors
/// Those of preparing.
pub(super) fn read_photo(
    mut photo: Photo,
    calibre: Option<&str>,
    parameters: &Parameters,
    workings: &mut dyn Workings,
) -> Result<Reading, EngineError> {
    let parameters = parameters.imaged(Modality::Reflectance)?;
    let luminance = match sized(&mut photo, calibre) {
        Ok(luminance) => luminance,
        Err(why) => {
            let code = if why == Reason::PocketMissing { GateCode::PitchUnknown } else { wrong_region(why).into() };
            let judgement = gate::of_photograph(code, why.words(Language::En), why.words(Language::Es));
            return Ok(Reading::OffScale(Box::new(judgement), photo.provenance.notes));
        }
    };
    let photograph = parameters.prepare.photo.clone().unwrap_or_default();
    let (found, mark) = prepare_photo(&luminance, &parameters.prepare, &photograph, workings)?;
    let figures = measure_photograph(&luminance, &mark);
    let wrong_region = found.as_ref().err().map(|why| wrong_region(*why));
    let outlines = found.ok().map(|found| found.outlines());
    let findings = Findings { light: measure_light(&luminance), wrong_region, ..Findings::default() };
    let Photo { metadata, provenance, .. } = photo;
    Ok(Reading::Read(Box::new(Read {
        mark,
        others: Vec::new(),
        outlines,
        figures,
        findings,
        parameters,
        pitch_um: luminance.pitch_um,
        metadata,
        provenance,
    })))
}

/// The photograph that a camera under a ring light takes of a surface whose pitch has lost the finest roughness, such as a cropped scan: luminance 0 to 1.
#[must_use]
pub fn rendered(map: &HeightMap, seed: u64) -> HeightMap {
    let margin = (RENDERED_MARGIN_UM / map.pitch_um).ceil() as usize;
    let mut z = Array2::from_elem((map.rows() + 2 * margin, map.columns() + 2 * margin), f32::NAN);
    z.slice_mut(ndarray::s![margin..margin + map.rows(), margin..margin + map.columns()]).assign(&map.z);
    let wide = HeightMap { z, pitch_um: map.pitch_um };
    RingLight::default().on_smooth(map, RENDERED_SLOPE).photograph(&wide, seed)
}

/// What an evaluation of marks of a kind of imaging prepares: of heights the breech face, photographs as they are, and for photographs surfaces as a ring light shows
/// them.
///
/// # Errors
/// [`EngineError::Input`] for a photograph among heights; those of [`luminance_of`].
pub fn map_of(acquired: Acquired, name: &str, modality: Modality) -> Result<HeightMap, EngineError> {
    match (acquired, modality) {
        (Acquired::Surface(surface), Modality::Heights) => face_of(&surface),
        (Acquired::Surface(surface), Modality::Reflectance) => {
            Ok(rendered(&face_of(&surface)?, seed_of(&surface.provenance.sha256)))
        }
        (Acquired::Photo(mut photo), Modality::Reflectance) => luminance_of(&mut photo, name, None),
        (Acquired::Photo(photo), Modality::Heights) => Err(EngineError::Input {
            what: name.to_owned(),
            expected: "a measured surface: heights and photographs are not compared with one another".to_owned(),
            got: format!(
                "a {} photograph of {} x {} pixels",
                photo.provenance.format,
                photo.luminance.ncols(),
                photo.luminance.nrows()
            ),
        }),
    }
}

/// The breech face of a surface, um: of a scan that is cropped already the whole map, and nothing where none is found.
fn face_of(surface: &Surface) -> Result<HeightMap, EngineError> {
    let map = surface.height_map();
    let drawn = surface.mask.as_ref().map(MaskLayer::annotated);
    let found = outline(&map, drawn.as_ref(), &OutlineParameters::default(), &mut Silent)?;
    Ok(found.breech_face(&map).unwrap_or_else(|| HeightMap::missing(1, 1, map.pitch_um)))
}

/// The seed of the light on a surface: its own bytes, so that the same scan is always photographed alike.
fn seed_of(digest: &Digest) -> u64 {
    let hex = digest.to_hex();
    u64::from_str_radix(hex.get(..16).unwrap_or("0"), 16).unwrap_or(0)
}
