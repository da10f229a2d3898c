//! Outlines drawn on the relief that they were found on, for a person to accept or correct.

use super::lettering::{fitted, wrapped};
use super::palette::{BLUE, ColourMap, GREEN, MUTED, ORANGE, PAPER, PURPLE, RULE, SKY, SURFACE, VERMILLION};
use super::shade::{Light, coloured, fit, robust_range, scale_bar, shaded};
use super::svg::{Paint, Svg, Type};
use super::view::{Phrase, decimal};
use super::{Drawing, ReportError};
use crate::geometry::Point;
use crate::grid::HeightMap;
use crate::language::Language;
use crate::mark::outline::{Ellipse, Finding, OutlinedPart, Outlines, PartOutline, Reason, Shape};
use std::f64::consts::TAU;

/// Longer side of the picture, px of the drawing and of the relief.
const SIDE_PX: f64 = 640.0;
/// Width of the column of words beside it, px.
const WORDS_PX: f64 = 250.0;
/// Steps of an ellipse.
const STEPS: u32 = 96;

/// The relief under light with every outline in its own colour and dash, and beside it what each is, how large, how sure and why.
///
/// `map` is the acquisition that the outlines were found on, um, or the luminance of a `photograph`, which is drawn as it is. A finding without outlines is a picture too: it says what was found instead.
///
/// # Errors
/// As [`shaded`].
pub fn outlined(
    map: &HeightMap,
    photograph: bool,
    outlines: &Outlines,
    title: &Phrase,
    language: Language,
) -> Result<Drawing, ReportError> {
    // The cliffs of a raw acquisition outweigh the relief of its breech face: the mean slope is stretched beyond what one region would need.
    let picture = if photograph {
        coloured(map, ColourMap::Grey, robust_range(map, 0.02), SIDE_PX as u32)?
    } else {
        shaded(map, &Light { slope: 1.6, ..Light::default() }, SIDE_PX as u32)?
    };
    let (w, h) = fit(picture.width, picture.height, SIDE_PX);
    let (left, top) = (10.0, 38.0);
    let width = w + WORDS_PX + 30.0;
    let description = language.pick("Relief with outlines.", "Relieve con contornos.");
    let least = 110.0 + 75.0 * outlines.parts.len() as f64;
    let mut svg = Svg::new(width, (h + 50.0).max(least), title.pick(language), description);
    svg.text(left, 24.0, &fitted(title.pick(language), 14.0, width - 20.0), Type::of(14.0).bold());
    svg.rect(left, top, w, h, 0.0, Paint::stroke(RULE, 1.0).filled(SURFACE));
    svg.window(left, top, w, h);
    svg.image(left, top, w, h, &picture.png);
    let um_per_px = picture.pitch_um * f64::from(picture.width) / w;
    let px = |p: &Point| (left + w / 2.0 + p.x_um / um_per_px, top + h / 2.0 + p.y_um / um_per_px);
    for part in &outlines.parts {
        for ring in rings(&part.shape) {
            let points: Vec<(f64, f64)> = ring.iter().map(px).collect();
            // White beneath the colour, so that the line is seen on any grey.
            svg.polygon(&points, Paint::stroke(PAPER, 3.6).faded(0.75));
            svg.polygon(&points, paint(part.part));
        }
    }
    scale_bar(&mut svg, (left, top, w, h), um_per_px);
    svg.close();
    words(&mut svg, left + w + 16.0, top + 12.0, outlines, language);
    Ok(svg.finish())
}

/// The closed lines of a shape.
fn rings(shape: &Shape) -> Vec<Vec<Point>> {
    let around = |e: &Ellipse| {
        let (c, s) = (e.turn_rad.cos(), e.turn_rad.sin());
        let at = |k: u32| {
            let (sin, cos) = (TAU * f64::from(k) / f64::from(STEPS)).sin_cos();
            let (u, v) = (e.half_long_um * cos, e.half_short_um * sin);
            Point::new(e.centre.x_um + c * u - s * v, e.centre.y_um + s * u + c * v)
        };
        (0..STEPS).map(at).collect()
    };
    match shape {
        Shape::Circle(c) => vec![around(&Ellipse {
            centre: c.centre,
            half_long_um: c.radius_um,
            half_short_um: c.radius_um,
            turn_rad: 0.0,
        })],
        Shape::Ellipse(e) => vec![around(e)],
        Shape::Polygons(polygons) => {
            polygons.iter().flat_map(|p| std::iter::once(&p.outer).chain(&p.holes)).cloned().collect()
        }
    }
}

fn paint(part: OutlinedPart) -> Paint {
    match part {
        OutlinedPart::BreechFace => Paint::stroke(GREEN, 1.8),
        OutlinedPart::FiringPin => Paint::stroke(VERMILLION, 1.8).dashed("7 3"),
        OutlinedPart::ApertureShear => Paint::stroke(ORANGE, 1.8).dashed("3 3"),
        OutlinedPart::Drag => Paint::stroke(PURPLE, 1.8).dashed("9 3 2 3"),
        OutlinedPart::Primer => Paint::stroke(BLUE, 1.8).dashed("12 4"),
        OutlinedPart::Ejector => Paint::stroke(SKY, 1.8).dashed("5 2"),
        OutlinedPart::Headstamp => Paint::stroke(MUTED, 1.8).dashed("2 4"),
    }
}

/// What was found, line by line.
fn words(svg: &mut Svg, x: f64, mut y: f64, outlines: &Outlines, language: Language) {
    for line in wrapped(finding(outlines.finding, language), 13.0, WORDS_PX) {
        svg.text(x, y, &line, Type::of(13.0).bold());
        y += 18.0;
    }
    y += 8.0;
    for part in &outlines.parts {
        svg.line((x, y - 4.0), (x + 26.0, y - 4.0), paint(part.part));
        svg.text(x + 34.0, y, name(part.part, language), Type::of(12.5).bold());
        y += 16.0;
        for line in wrapped(&facts(part, language), 11.5, WORDS_PX - 34.0) {
            svg.text(x + 34.0, y, &line, Type::of(11.5).colour(MUTED));
            y += 14.5;
        }
        y += 9.0;
    }
}

/// Area, confidence and reasons of a part.
fn facts(part: &PartOutline, language: Language) -> String {
    let sure = (100.0 * part.confidence).round();
    let why: Vec<&str> = part.reasons.iter().map(|r| reason(*r, language)).collect();
    let area = decimal(part.shape.area_mm2(), 2);
    let confidence = language.pick("confidence", "confianza");
    format!("{area} mm²; {confidence} {sure} %: {}", why.join(", "))
}

/// A part in words.
#[must_use]
pub fn name(part: OutlinedPart, language: Language) -> &'static str {
    match part {
        OutlinedPart::Primer => language.pick("primer", "fulminante"),
        OutlinedPart::BreechFace => language.pick("breech face", "cara de recámara"),
        OutlinedPart::FiringPin => language.pick("firing-pin impression", "impresión del percutor"),
        OutlinedPart::ApertureShear => {
            language.pick("aperture shear and flow-back", "cizallamiento y reflujo en la abertura")
        }
        OutlinedPart::Drag => language.pick("firing-pin drag", "arrastre del percutor"),
        OutlinedPart::Ejector => language.pick("ejector mark", "marca del eyector"),
        OutlinedPart::Headstamp => language.pick("headstamp", "marcaje del culote"),
    }
}

/// A finding in words.
#[must_use]
pub fn finding(finding: Finding, language: Language) -> &'static str {
    match finding {
        Finding::Found => language.pick("Breech face found", "Cara de recámara encontrada"),
        Finding::AlreadyOutlined => language.pick("Cropped already: used as it is", "Ya recortado: se usa como está"),
        Finding::Annotated => {
            language.pick("Breech face as a person drew it", "Cara de recámara según la dibujó una persona")
        }
        Finding::Empty => language.pick("Hardly any values", "Casi sin valores"),
        Finding::Flat => language.pick("A level surface without an impression", "Superficie plana sin impresión"),
        Finding::Unfired => language.pick("A primer that was not struck", "Fulminante sin percutir"),
        Finding::Headstamp => {
            language.pick("Head of a case beside its primer", "Culote de un casquillo, junto al fulminante")
        }
        Finding::Mouth => language.pick("A case upside down", "Casquillo boca abajo"),
        Finding::Inverted => language.pick("Heights the wrong way up", "Alturas invertidas"),
        Finding::Cylinder => {
            language.pick("Side of a cylinder, such as a bullet", "Costado de un cilindro, como una bala")
        }
        Finding::Ridges => language.pick("Ridges, such as skin", "Crestas, como la piel"),
        Finding::Noise => language.pick("Noise", "Ruido"),
        Finding::Unclear => language.pick("No breech face found", "No se encontró la cara de recámara"),
    }
}

/// A reason in words.
#[must_use]
pub fn reason(reason: Reason, language: Language) -> &'static str {
    match reason {
        Reason::EdgeSeen => language.pick("edge seen nearly all round", "borde visible casi en toda la vuelta"),
        Reason::EdgePartlySeen => language.pick("edge seen in part", "borde visible en parte"),
        Reason::Level => language.pick("one level around a hole", "un solo nivel alrededor de un hueco"),
        Reason::Incomplete => language.pick("large parts are missing", "faltan partes grandes"),
        Reason::HighRelief => language.pick("high relief", "relieve alto"),
        Reason::CutOff => language.pick("cut off by the border", "cortado por el borde"),
        Reason::Depth => language.pick("told by its depth", "reconocido por su profundidad"),
        Reason::BeyondCircle => language.pick("beyond the circle of the pin", "fuera del círculo del percutor"),
        Reason::Inferred => language.pick("inferred from another part", "deducido de otra parte"),
        Reason::DrawnByPerson => language.pick("drawn by a person", "dibujado por una persona"),
        Reason::MaskSetAside => language.pick(
            "the file's mask lies elsewhere and was set aside",
            "la máscara del archivo está en otra parte y no se usó",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Circle;
    use crate::mark::outline::Polygon;
    use crate::report::invented;

    fn some() -> Outlines {
        let square = |half: f64| {
            [(-half, -half), (half, -half), (half, half), (-half, half)].map(|(x, y)| Point::new(x, y)).to_vec()
        };
        let part = |part, shape| PartOutline { part, shape, confidence: 0.83, reasons: vec![Reason::Level] };
        Outlines {
            finding: Finding::Found,
            parts: vec![
                part(
                    OutlinedPart::BreechFace,
                    Shape::Polygons(vec![Polygon { outer: square(400.0), holes: vec![square(100.0)] }]),
                ),
                part(OutlinedPart::Primer, Shape::Circle(Circle { centre: Point::new(50.0, 0.0), radius_um: 500.0 })),
            ],
            tilt_rad: 0.0,
        }
    }

    #[test]
    fn every_ring_is_drawn_where_it_lies_and_named_in_both_languages() {
        let map = invented::texture(4, 128, 10.0);
        let title = Phrase::new("Outlines", "Contornos");
        let svg = outlined(&map, false, &some(), &title, Language::En).unwrap();
        assert_eq!(svg.matches("<polygon").count(), 6, "two lines for each of three rings");
        // 1,280 um on 640 px: 400 um from the middle are 200 px.
        assert!(svg.contains("130,158 530,158 530,558 130,558"), "{}", svg.as_str());
        assert!(svg.contains("breech face") && svg.contains("0.60 mm²; confidence 83 %"));
        let spanish = outlined(&map, false, &some(), &title, Language::Es).unwrap();
        assert!(spanish.contains("cara de recámara") && !spanish.contains("breech face"));
        assert_eq!(svg, outlined(&map, false, &some(), &title, Language::En).unwrap());
    }

    #[test]
    fn a_finding_without_outlines_says_what_there_is_and_no_map_has_no_picture() {
        let map = invented::texture(4, 40, 10.0);
        let none = Outlines { finding: Finding::Cylinder, parts: Vec::new(), tilt_rad: 0.0 };
        let svg = outlined(&map, false, &none, &Phrase::same("x"), Language::Es).unwrap();
        assert!(svg.contains("cilindro") && !svg.contains("<polygon"));
        let empty = HeightMap::missing(4, 4, 10.0);
        assert!(outlined(&empty, false, &none, &Phrase::same("x"), Language::En).is_err());
    }
}
