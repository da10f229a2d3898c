//! Outlines: where on a raw acquisition the breech face lies, and the other parts of the case.
//!
//! ```text
//! a map of the head of a case, any pitch, place and turn
//!    |  medians of cells of 20 um                        coarse
//!    |  planes that hold many cells, one by one          level
//!    |  the level around a firing-pin hole, cleaned      face
//!    |  pin, drag, shear, primer's edge, letters         parts
//!    v
//! Outlines { finding, parts: shape, confidence, reasons }       (or what is there instead: other)
//! ```
//!
//! A breech face is flat. So what it touched is the one level of the primer that surrounds the firing-pin hole, and all that belongs to something
//! else leaves that level: flow-back and plug stand out of it, the pin and the rounded edge of the primer fall away from it, drag and shear
//! plough through it. No circle is assumed for the breech face itself.

mod coarse;
mod face;
mod level;
mod other;
mod parts;
mod shape;
#[cfg(test)]
mod tests;

pub use shape::{Ellipse, Polygon, Shape};

use super::MarkError;
use crate::grid::HeightMap;
use crate::workings::{Item, Workings};
use coarse::Coarse;
use face::Candidate;
use ndarray::{Array2, Zip};
use serde::{Deserialize, Serialize};

/// Version of the method; raised whenever the same parameters would give other outlines.
pub const OUTLINE_VERSION: u32 = 2;

/// Part of a fired case that an outline is drawn around.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutlinedPart {
    /// The primer, to its edge.
    Primer,
    /// What the breech face touched, without all that follows.
    BreechFace,
    /// The impression of the firing pin.
    FiringPin,
    /// The metal between breech face and firing pin: aperture shear and the ring that flowed back.
    ApertureShear,
    /// The drag of the firing pin.
    Drag,
    /// The mark of the ejector.
    Ejector,
    /// Letters on the head.
    Headstamp,
}

/// What an acquisition shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// A breech-face impression, found automatically.
    Found,
    /// The map is cropped already: its missing points are the outline.
    AlreadyOutlined,
    /// A person drew the breech face into the file's mask, and it lies on one level.
    Annotated,
    /// Hardly any values.
    Empty,
    /// A level surface with nothing on it: the stage, a blank.
    Flat,
    /// A primer without a firing-pin impression.
    Unfired,
    /// A level surface with letters: the head of a case beside its primer.
    Headstamp,
    /// The rim of a wide hole: a case upside down.
    Mouth,
    /// A breech face whose heights are the wrong way up: hills where pits should be.
    Inverted,
    /// The side of a cylinder: a bullet.
    Cylinder,
    /// Ridges half a millimetre apart: skin.
    Ridges,
    /// Heights that have nothing to do with their neighbours.
    Noise,
    /// None of the above.
    Unclear,
}

impl Finding {
    /// Whether there is a breech face to work with.
    #[must_use]
    pub fn usable(self) -> bool {
        matches!(self, Finding::Found | Finding::AlreadyOutlined | Finding::Annotated)
    }

    /// Stable code, as in JSON: `already_outlined`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Finding::Found => "found",
            Finding::AlreadyOutlined => "already_outlined",
            Finding::Annotated => "annotated",
            Finding::Empty => "empty",
            Finding::Flat => "flat",
            Finding::Unfired => "unfired",
            Finding::Headstamp => "headstamp",
            Finding::Mouth => "mouth",
            Finding::Inverted => "inverted",
            Finding::Cylinder => "cylinder",
            Finding::Ridges => "ridges",
            Finding::Noise => "noise",
            Finding::Unclear => "unclear",
        }
    }
}

/// Why an outline is where it is, and how far it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its edge was seen nearly all round.
    EdgeSeen,
    /// Its edge was seen on part of the turn only.
    EdgePartlySeen,
    /// One level around a hole.
    Level,
    /// Large parts of the ring between hole and edge are missing or off the level.
    Incomplete,
    /// The relief is so high that level and step are hard to tell apart.
    HighRelief,
    /// It reaches the border of the acquisition.
    CutOff,
    /// Told by its depth.
    Depth,
    /// What lies beyond the circle of the firing pin.
    BeyondCircle,
    /// Not seen itself: follows from another part.
    Inferred,
    /// Drawn by a person.
    DrawnByPerson,
    /// The file carries a mask, but it does not lie on the breech face that was found.
    MaskSetAside,
}

/// One part and its shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartOutline {
    /// Which part.
    pub part: OutlinedPart,
    /// Where, in the frame of the acquisition (origin at its centre), um.
    pub shape: Shape,
    /// How far it can be trusted, 0 to 1.
    pub confidence: f64,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// What was found on an acquisition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outlines {
    /// What it shows.
    pub finding: Finding,
    /// The parts, the breech face first; empty where the finding is not usable or the map is its own outline.
    pub parts: Vec<PartOutline>,
    /// Angle between the breech face and the plane of the scan, radians; 0 where none was found.
    pub tilt_rad: f64,
}

impl Outlines {
    fn nothing(finding: Finding) -> Self {
        Self { finding, parts: Vec::new(), tilt_rad: 0.0 }
    }

    /// The outline of a part; the first one where there are several.
    #[must_use]
    pub fn part(&self, part: OutlinedPart) -> Option<&PartOutline> {
        self.parts.iter().find(|p| p.part == part)
    }

    /// The map with all that lies outside a part missing; `None` where the part was not found.
    #[must_use]
    pub fn cut(&self, map: &HeightMap, part: OutlinedPart) -> Option<HeightMap> {
        let inside = self.part(part)?.shape.mask(map.rows(), map.columns(), map.pitch_um);
        let mut out = map.clone();
        Zip::from(&mut out.z).and(&inside).for_each(|z, &i| {
            if !i {
                *z = f32::NAN;
            }
        });
        Some(out)
    }

    /// The map with all that is not breech face missing, as [`super::prepare()`] takes it; `None` where there is no breech face. A map that is its
    /// own outline comes back as it is.
    #[must_use]
    pub fn breech_face(&self, map: &HeightMap) -> Option<HeightMap> {
        match self.finding {
            Finding::AlreadyOutlined => Some(map.clone()),
            finding if finding.usable() => self.cut(map, OutlinedPart::BreechFace),
            _ => None,
        }
    }
}

/// Parameters of [`outline`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutlineParameters {
    /// Side of the cells that outlines are looked for in, um. 20: narrower than any part, wide enough for a median of nine points at 6.25 um.
    pub cell_um: f64,
    /// How far cells of one plane may lie off it while planes are looked for, um. 8: the springing back of a primer over its width.
    pub plane_um: f64,
    /// Expected curvature of a breech-face impression, um over 2 mm: the raw scans have 4 to 11.
    pub bend_um: f64,
    /// A cell of the face lies within this many robust deviations of the level.
    pub relief_sd: f64,
    /// But never nearer or farther than these, um. 4: a rounded edge has lost half its contact some 5 um down; 9: coarse slides leave dents that deep.
    pub level_um: (f64, f64),
    /// What is narrower than twice this is cut off, um.
    pub open_um: f64,
    /// And in the end what is narrower than twice this is filled or cut off, um.
    pub close_um: f64,
    /// Enclosed gaps up to this area are filled: deep grains of the face and dropouts, mm2.
    pub gap_mm2: f64,
    /// Least area of a breech face, mm2: half of what the preparation needs would not be worth finding.
    pub least_area_mm2: f64,
    /// Radii of firing-pin holes, um; letters are narrower, the primer's edge is wider.
    pub hole_radius_um: (f64, f64),
    /// Share of the turn on which the edge of the hole must be seen.
    pub least_cover: f64,
    /// Share of a person's mask that must lie on the face's level for the mask to be taken as the face's outline.
    pub mask_on_level: f64,
}

impl Default for OutlineParameters {
    fn default() -> Self {
        Self {
            cell_um: 20.0,
            plane_um: 8.0,
            bend_um: 15.0,
            relief_sd: 3.5,
            level_um: (4.0, 9.0),
            open_um: 45.0,
            close_um: 60.0,
            gap_mm2: 0.04,
            least_area_mm2: 0.5,
            hole_radius_um: (350.0, 1_600.0),
            least_cover: 0.4,
            mask_on_level: 0.6,
        }
    }
}

/// Finds the parts of a case on a raw acquisition, or says what is there instead.
///
/// `map` is the whole acquisition, um, at any pitch up to some 30 um; `annotated` is what a person drew into the file's mask (same shape; see
/// [`crate::surface::MaskLayer::annotated`]), which wins over the automatic outline where it lies on the level of the breech face. A map that is cropped
/// already is recognised and left as it is. Workings: `outline.level`, `outline.facts`.
///
/// # Errors
/// A pitch that is no length, a map larger than 50 mm.
pub fn outline(
    map: &HeightMap,
    annotated: Option<&Array2<bool>>,
    parameters: &OutlineParameters,
    workings: &mut dyn Workings,
) -> Result<Outlines, MarkError> {
    super::prepare::check(map)?;
    let coarse = Coarse::of(map, parameters.cell_um);
    let found = look(map, &coarse, annotated, parameters, workings);
    if workings.listening() {
        workings.take("outline.facts", Item::Facts(serde_json::json!(found)));
    }
    Ok(found)
}

fn look(
    map: &HeightMap,
    coarse: &Coarse,
    annotated: Option<&Array2<bool>>,
    parameters: &OutlineParameters,
    workings: &mut dyn Workings,
) -> Outlines {
    if other::is_empty(coarse) {
        return Outlines::nothing(Finding::Empty);
    }
    if other::is_mouth(coarse) {
        return Outlines::nothing(Finding::Mouth);
    }
    if other::is_outlined(coarse, parameters) {
        return Outlines::nothing(Finding::AlreadyOutlined);
    }
    let mut candidates = face::candidates(coarse, parameters);
    let best = (0..candidates.len())
        .filter(|&k| face::is_face(coarse, &candidates[k], parameters))
        .max_by_key(|&k| (coarse::count(&candidates[k].piece), usize::MAX - k));
    let Some(best) = best else {
        return Outlines::nothing(other::what(coarse, &candidates, parameters));
    };
    if other::is_inverted(coarse, &candidates[best]) {
        return Outlines::nothing(Finding::Inverted);
    }
    // The level again, from the face alone: the plane that was met first also saw what happened to lie near it.
    let first = &candidates[best];
    if let Some(again) = face::candidate(coarse, first.level, &first.piece, parameters)
        && face::is_face(coarse, &again, parameters)
    {
        candidates[best] = again;
    }
    let face = &candidates[best];
    let Some(hole) = face.hole.map(|h| h.circle) else { return Outlines::nothing(Finding::Unclear) };
    if workings.listening() {
        workings.take("outline.level", Item::Map(HeightMap { z: face.above.clone(), pitch_um: coarse.cell_um() }));
    }
    let cells = face::cells_of(coarse, face, &hole, parameters);
    let mut parts = vec![breech_face(coarse, face, &cells, &hole, parameters)];
    let mut finding = Finding::Found;
    if let Some(drawn) = annotated.filter(|a| a.dim() == map.z.dim() && a.iter().any(|m| *m)) {
        if lies_on(map, coarse, drawn, &cells) >= parameters.mask_on_level {
            finding = Finding::Annotated;
            let shape = Shape::Polygons(shape::polygons(drawn, map.pitch_um, crate::geometry::Point::default()));
            let reasons = vec![Reason::DrawnByPerson];
            parts[0] = PartOutline { part: OutlinedPart::BreechFace, shape, confidence: 1.0, reasons };
        } else {
            parts[0].reasons.push(Reason::MaskSetAside);
        }
    }
    parts.extend(parts::around(coarse, face, &candidates, &cells, &hole, parameters));
    parts.retain(|p| p.shape.is_sound());
    Outlines { finding, parts, tilt_rad: libm::atan(face.level.slope()) }
}

fn breech_face(
    coarse: &Coarse,
    face: &Candidate,
    cells: &Array2<bool>,
    hole: &crate::geometry::Circle,
    parameters: &OutlineParameters,
) -> PartOutline {
    let rim = face.rim.filter(|r| r.cover > parameters.least_cover).map(|r| r.circle);
    let complete = face::completeness(coarse, cells, hole, rim.as_ref());
    let cover = face.hole.map_or(0.0, |h| h.cover);
    let area = coarse.area_mm2(coarse::count(cells));
    let (rows, columns) = cells.dim();
    let cut_off = cells
        .indexed_iter()
        .filter(|((r, c), m)| **m && (*r == 0 || *c == 0 || *r + 1 == rows || *c + 1 == columns))
        .count()
        > 10;
    let high = face.tolerance_um >= parameters.level_um.1;
    let mut reasons = vec![Reason::Level];
    reasons.push(if cover > 0.8 { Reason::EdgeSeen } else { Reason::EdgePartlySeen });
    if complete < 0.6 {
        reasons.push(Reason::Incomplete);
    }
    if cut_off {
        reasons.push(Reason::CutOff);
    }
    if high {
        reasons.push(Reason::HighRelief);
    }
    let confidence = (0.3 + 0.7 * cover)
        * (0.4 + complete).min(1.0)
        * (area / 1.5).min(1.0)
        * if rim.is_some() { 1.0 } else { 0.8 }
        * if high { 0.9 } else { 1.0 };
    parts::outlined(coarse, OutlinedPart::BreechFace, cells, confidence, reasons)
}

/// Share of the drawn points with values whose cells belong to the face.
fn lies_on(map: &HeightMap, coarse: &Coarse, drawn: &Array2<bool>, cells: &Array2<bool>) -> f64 {
    let (mut on, mut all) = (0usize, 0usize);
    for ((row, column), _) in drawn.indexed_iter().filter(|(at, d)| **d && map.z[*at].is_finite()) {
        let mut at = map.point_at(row as f64, column as f64);
        at.x_um -= coarse.origin.x_um;
        at.y_um -= coarse.origin.y_um;
        let (r, c) = coarse.map.index_of(at);
        all += 1;
        let (r, c) = (r.round().max(0.0) as usize, c.round().max(0.0) as usize);
        on += usize::from(cells.get((r, c)).is_some_and(|m| *m));
    }
    if all == 0 { 0.0 } else { on as f64 / all as f64 }
}
