//! Whether a mark can be compared at all, in words for people.

use super::outline::Finding;
use super::{PrepareParameters, Quality, Suitability};
use crate::grid::HeightMap;

fn because(code: &str, english: String, spanish: String) -> Suitability {
    Suitability::Unsuitable { code: code.to_owned(), english, spanish }
}

/// Reasons that show before any work; `None` when the map may go on.
pub(super) fn of_input(map: &HeightMap, valid: usize, parameters: &PrepareParameters) -> Option<Suitability> {
    if valid == 0 {
        return Some(because(
            "points.none",
            format!("none of the {} x {} points has a value", map.rows(), map.columns()),
            format!("ninguno de los {} x {} puntos tiene valor", map.rows(), map.columns()),
        ));
    }
    let area = map.valid_area_mm2();
    if area < parameters.least_area_mm2 {
        return Some(too_small(area, parameters.least_area_mm2));
    }
    // Two points a wave: of a band of 30 to 150 um some 60 to 150 um then remain.
    let most = parameters.fine.short_um;
    (map.pitch_um > most).then(|| {
        because(
            "pitch.too_coarse",
            format!("the points lie {:.1} um apart; the fine band needs at most {most:.1} um", map.pitch_um),
            format!("los puntos distan {:.1} um; la banda fina necesita como máximo {most:.1} um", map.pitch_um),
        )
    })
}

pub(super) fn too_small(found: f64, needed: f64) -> Suitability {
    because(
        "area.too_small",
        format!("{found:.3} mm2 of the mark have values; {needed:.3} mm2 are needed"),
        format!("{found:.3} mm2 de la marca tienen valores; se necesitan {needed:.3} mm2"),
    )
}

/// No breech face was found; what there is instead.
pub(super) fn wrong_region(finding: Finding) -> Suitability {
    let (english, spanish) = match finding {
        Finding::Found | Finding::AlreadyOutlined | Finding::Annotated => {
            ("the breech face was not marked", "la cara de recámara no dejó marca")
        }
        Finding::Empty => ("hardly any point has a value", "casi ningún punto tiene valor"),
        Finding::Flat => ("a level surface with no impression on it", "una superficie plana sin impresión"),
        Finding::Unfired => ("a primer without a firing-pin impression", "un fulminante sin impresión del percutor"),
        Finding::Headstamp => (
            "a level surface with letters: the head of a case beside its primer",
            "una superficie plana con letras: el culote de un casquillo junto al fulminante",
        ),
        Finding::Mouth => (
            "the rim of a wide hole: the case stands upside down",
            "el borde de un hueco ancho: el casquillo está boca abajo",
        ),
        Finding::Inverted => (
            "hills where pits should be: the heights are the wrong way up",
            "relieves donde debería haber hundimientos: las alturas están invertidas",
        ),
        Finding::Cylinder => ("the side of a cylinder, such as a bullet", "el costado de un cilindro, como una bala"),
        Finding::Ridges => {
            ("ridges half a millimetre apart, such as skin", "crestas cada medio milímetro, como la piel")
        }
        Finding::Noise => (
            "noise: heights that have nothing to do with their neighbours",
            "ruido: alturas sin relación con sus vecinas",
        ),
        Finding::Unclear => (
            "no level surface around a firing-pin hole",
            "ninguna superficie plana alrededor de la huella del percutor",
        ),
    };
    because(
        &format!("region.{}", finding.code()),
        format!("no breech face was found; the acquisition shows {english}"),
        format!("no se encontró la cara de recámara; la adquisición muestra {spanish}"),
    )
}

/// The points do not determine a plane.
pub(super) fn undetermined(valid: usize) -> Suitability {
    because(
        "form.undetermined",
        format!("the {valid} points with values do not span an area"),
        format!("los {valid} puntos con valor no abarcan una superficie"),
    )
}

/// Reasons that show in the finished mark.
pub(super) fn of_mark(quality: &Quality, coarse_points: usize, parameters: &PrepareParameters) -> Suitability {
    if quality.valid_area_mm2 < parameters.least_area_mm2 || coarse_points == 0 {
        return too_small(quality.valid_area_mm2, parameters.least_area_mm2);
    }
    if quality.rms_fine_um < parameters.least_relief_um {
        let (found, needed) = (quality.rms_fine_um * 1e3, parameters.least_relief_um * 1e3);
        return because(
            "relief.none",
            format!("the fine band has {found:.2} nm of relief (RMS); at least {needed:.2} nm are needed"),
            format!("la banda fina tiene {found:.2} nm de relieve (RMS); se necesitan al menos {needed:.2} nm"),
        );
    }
    Suitability::Suitable
}

/// Reasons that show in the finished profile of a striated mark.
pub(super) fn of_profile(length_um: f64, least_um: f64, explained: f64, least_explained: f64) -> Suitability {
    if length_um < least_um {
        return because(
            "profile.too_short",
            format!("the profile across the striae is {length_um:.0} um long; at least {least_um:.0} um are needed"),
            format!(
                "el perfil transversal a las estrías mide {length_um:.0} um; se necesitan al menos {least_um:.0} um"
            ),
        );
    }
    if explained < least_explained {
        let (found, needed) = (100.0 * explained, 100.0 * least_explained);
        return because(
            "striae.none",
            format!("parallel striae explain {found:.0} % of the relief; at least {needed:.0} % are needed"),
            format!(
                "las estrías paralelas explican el {found:.0} % del relieve; se necesita al menos el {needed:.0} %"
            ),
        );
    }
    Suitability::Suitable
}
