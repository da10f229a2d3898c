//! Outline: where the parts of the case lie on a submitted surface, and the breech-face mark inside them.

use super::error::EngineError;
use super::parameters::Parameters;
use crate::grid::HeightMap;
use crate::mark::gate::{Findings, WrongRegion};
use crate::mark::outline::{Finding, OutlineParameters, OutlinedPart, Outlines, Reason, Shape, outline};
use crate::mark::{Mark, prepare, without_region};
use crate::surface::MaskLayer;
use crate::workings::Workings;

/// The outlines of a map of heights (um), the map with all but the breech face missing, and the mark prepared from it. `mask` is what a person drew into the file.
///
/// A scan that is cropped already is its own outline. Where no breech face is found the map comes back whole, and the mark is unsuitable and says what was found
/// instead.
///
/// # Errors
/// Those of outlining and preparing.
pub fn outlined(
    map: HeightMap,
    mask: Option<&MaskLayer>,
    parameters: &Parameters,
    workings: &mut dyn Workings,
) -> Result<(Outlines, HeightMap, Mark), EngineError> {
    let drawn = mask.map(MaskLayer::annotated);
    let found = outline(&map, drawn.as_ref(), &OutlineParameters::default(), workings)?;
    match found.breech_face(&map) {
        Some(face) => {
            let mark = prepare(&face, &parameters.prepare, workings)?;
            Ok((found, face, mark))
        }
        None => {
            let mark = without_region(found.finding, &parameters.prepare);
            Ok((found, map, mark))
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
        Finding::Found
        | Finding::AlreadyOutlined
        | Finding::Annotated
        | Finding::Empty
        | Finding::Unfired
        | Finding::Inverted
        | Finding::Unclear => None,
    };
    let primer_radius_um = outlines
        .part(OutlinedPart::Primer)
        .filter(|p| !p.reasons.contains(&Reason::Inferred))
        .and_then(|primer| match &primer.shape {
            Shape::Circle(circle) => Some(circle.radius_um),
            _ => None,
        });
    let outline_confidence = outlines.part(OutlinedPart::BreechFace).map(|face| face.confidence);
    Findings { wrong_region, outline_confidence, primer_radius_um, ..Findings::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mark::Suitability;
    use crate::mark::outline::{Finding, OutlinedPart};
    use crate::simulate::{AMMUNITION, Foreign, RawAcquisition, SimulatedFirearm, SimulatedShot};
    use crate::surface::Surface;
    use crate::workings::Silent;

    fn marked(surface: &Surface) -> (Outlines, Mark) {
        let parameters = Parameters::built_in().unwrap();
        let (found, _, mark) = outlined(surface.height_map(), surface.mask.as_ref(), &parameters, &mut Silent).unwrap();
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
        let raw = RawAcquisition::new(5, 2).unwrap();
        let (found, mark) = marked(&raw.surface);
        assert_eq!((found.finding, &mark.quality.suitability), (Finding::Found, &Suitability::Suitable));
        let drawn = found.part(OutlinedPart::BreechFace).unwrap().shape.area_mm2();
        let used = mark.quality.valid_area_mm2;
        assert!((0.85..1.1).contains(&(used / drawn)), "{used} of {drawn} mm2");
        let bullet = Foreign::Bullet.surface(5, 1, 9.0).unwrap();
        let (found, mark) = marked(&bullet);
        assert_eq!(found.finding, Finding::Cylinder);
        assert!(matches!(&mark.quality.suitability, Suitability::Unsuitable { code, .. } if code == "region.cylinder"));
    }
}
