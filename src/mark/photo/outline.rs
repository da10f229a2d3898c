//! The breech face in a photograph: where its flat begins to round off, and where the aperture's edge cut into it.

use super::circles::{Bright, Edges, Voted, quantile};
use super::contour::{self, Contour};
use super::{PhotoParameters, coarser};
use crate::dsp::filter::{Order, low_pass};
use crate::geometry::{Circle, Point};
use crate::grid::HeightMap;
use crate::language::Language;
use crate::mark::outline::{self, Finding, OutlinedPart, Outlines, PartOutline, Polygon, Shape};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Longest side of the picture that is searched, pixels: of a primer that fills it a pixel is then 15 to 20 um, and edges are found to a fraction of that.
const SIDE_PX: usize = 400;
/// Standard deviation of the smoothing before edges are sought, pixels: flecks melt together, the groove at the aperture does not close.
const SMOOTHING_PX: f64 = 2.0;
/// The same two of the picture in which dark lines are sought.
const SHARP_SIDE_PX: usize = 700;
const SHARP_SMOOTHING_PX: f64 = 1.2;
/// Share of the directions in which a closed dark line about the pin's impression must be a whole edge deep to be that of the aperture: those of simulated
/// cases are in .92 at least, and paths through the texture of their faces in .3 at most.
const GROOVE_SHARE: f64 = 0.6;
/// How far beyond the edge of the pin's impression a line is sought, as a share of its radius.
const BEYOND_PIT: f64 = 1.1;
/// Least and greatest radius searched, as shares of the shorter side.
const LEAST_SHARE: f64 = 0.06;
const MOST_SHARE: f64 = 0.7;
/// Share of a circle's directions that must show its edge, to be thought of as the flat's, and as the aperture's.
const FACE_SUPPORT: f64 = 0.5;
const APERTURE_SUPPORT: f64 = 0.7;
/// The flat's least radius as a share of the shorter side, where the pitch is not known.
const LEAST_FACE_SHARE: f64 = 0.15;
/// What is wider than this share of the flat is no aperture, as these reach 1.3 mm of a flat of 1.8, but the inner edge of the bright burr around the flat.
const APERTURE_SHARE: f64 = 0.8;
/// Radii of firing-pin impressions, as shares of the flat's: .3 to .7 mm of 1.8.
const PIT_SHARE: std::ops::Range<f64> = 0.12..0.45;
/// Share of the directions in which the edge of a bright ring shows.
const CLEAR_RING: f64 = 0.9;
/// Least log-luminance of a face above the dark around it; a quarter brighter.
const LEAST_FILLING: f64 = 0.22;
/// Circles of either sense that are looked at.
const CANDIDATES: usize = 20;
/// An edge that is clear in fewer directions than this is called weak.
const CLEAR_SHARE: f64 = 0.7;

/// Why an outline is as it is, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The edge is clear in most directions.
    EdgeClear,
    /// The edge is lost in many directions; its path was bridged there.
    EdgeWeak,
    /// Part of it lies outside the picture.
    EdgeOutsidePicture,
    /// Neither aperture nor firing pin was found; nothing inside the flat is left out.
    CentreMissing,
    /// The edge of the pocket was not found, so that nothing of known size is seen.
    PocketMissing,
    /// The picture has no size, or is evenly black or white.
    PictureEmpty,
    /// No bright disc with a dark edge has the size of a primer.
    FaceMissing,
    /// There is something like one, but its edge is not clear enough.
    FaceUnsure,
    /// A narrow bright ring about a dark middle: the mouth of a case, a washer.
    RingOnly,
}

impl Reason {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Reason::EdgeClear => "outline.edge_clear",
            Reason::EdgeWeak => "outline.edge_weak",
            Reason::EdgeOutsidePicture => "outline.edge_outside_picture",
            Reason::CentreMissing => "outline.centre_missing",
            Reason::PocketMissing => "outline.pocket_missing",
            Reason::PictureEmpty => "outline.picture_empty",
            Reason::FaceMissing => "outline.face_missing",
            Reason::FaceUnsure => "outline.face_unsure",
            Reason::RingOnly => "outline.ring_only",
        }
    }

    /// In a person's language.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        let (english, spanish) = match self {
            Reason::EdgeClear => ("the edge is clear all round", "el borde es claro en todo el contorno"),
            Reason::EdgeWeak => {
                ("the edge is lost in places and was bridged there", "el borde se pierde en partes y ahí se completó")
            }
            Reason::EdgeOutsidePicture => {
                ("part of the edge lies outside the picture", "parte del borde queda fuera de la imagen")
            }
            Reason::CentreMissing => (
                "neither aperture nor firing-pin impression was found; nothing inside the primer is left out",
                "no se encontró ni el orificio ni la huella del percutor; nada se excluye dentro del fulminante",
            ),
            Reason::PocketMissing => (
                "the edge of the primer's pocket is not seen, and nothing else tells the size; state the pitch, or photograph the whole primer",
                "no se ve el borde del alojamiento del fulminante, y nada más indica el tamaño; indique el paso o fotografíe el fulminante entero",
            ),
            Reason::PictureEmpty => {
                ("the picture is evenly dark or bright", "la imagen es uniformemente oscura o clara")
            }
            Reason::FaceMissing => (
                "no primer was found in the photograph: no bright disc with a dark edge has its size; check the pitch and the region",
                "no se encontró el fulminante en la fotografía: ningún disco claro con borde oscuro tiene su tamaño; revise el paso y la región",
            ),
            Reason::FaceUnsure => (
                "the primer's edge is not clear enough in the photograph; light it evenly with the ring and focus on the breech face",
                "el borde del fulminante no es bastante claro en la fotografía; ilumínelo con el anillo y enfoque la cara de recámara",
            ),
            Reason::RingOnly => (
                "a narrow bright ring about a dark middle: no breech face has this form; is this the mouth of the case?",
                "un anillo claro y angosto alrededor de un centro oscuro: ninguna cara de recámara tiene esta forma; ¿es la boca del casquillo?",
            ),
        };
        language.pick(english, spanish)
    }
}

/// One closed edge that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ring {
    /// The circle nearest to it, in the frame of the photograph.
    pub circle: Circle,
    /// The edge itself.
    pub contour: Contour,
    /// 0 to 1: the share of directions in which the edge shows, times how well it shows.
    pub confidence: f64,
    /// Why so.
    pub reasons: Vec<Reason>,
}

/// What was found in a photograph of the head of a case; everything in the frame of the photograph (origin at its middle, um).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhotoOutline {
    /// The outer edge of the flat of the primer, within which the breech face printed.
    pub face: Ring,
    /// The edge of the firing-pin aperture.
    pub aperture: Option<Ring>,
    /// The edge of the firing pin's impression.
    pub pin: Option<Ring>,
    /// Where the head of the case begins outside the primer pocket.
    pub pocket: Option<Ring>,
    /// The primer itself, whose edge lies in the dark between flat and pocket: half way, as roll-off and chamfer are about equally wide.
    pub primer: Option<Circle>,
    /// What holds of the whole.
    pub reasons: Vec<Reason>,
}

impl Ring {
    /// As an outline of a part.
    fn outlined(&self, part: OutlinedPart, hole: Option<&Ring>) -> PartOutline {
        let seen = if self.reasons.contains(&Reason::EdgeWeak) {
            outline::Reason::EdgePartlySeen
        } else {
            outline::Reason::EdgeSeen
        };
        let cut_off = self.reasons.contains(&Reason::EdgeOutsidePicture).then_some(outline::Reason::CutOff);
        let holes = hole.map(|ring| ring.contour.polygon()).into_iter().collect();
        PartOutline {
            part,
            shape: Shape::Polygons(vec![Polygon { outer: self.contour.polygon(), holes }]),
            confidence: self.confidence,
            reasons: std::iter::once(seen).chain(cut_off).collect(),
        }
    }
}

impl PhotoOutline {
    /// What was found in the words that outlines of heights use, so that people see and correct both alike. The flat is told as far as its edge; what is compared
    /// leaves margins out.
    #[must_use]
    pub fn outlines(&self) -> Outlines {
        let mut parts = vec![self.face.outlined(OutlinedPart::BreechFace, self.aperture.as_ref())];
        parts.extend(self.pin.as_ref().map(|pin| pin.outlined(OutlinedPart::FiringPin, None)));
        parts.extend(
            self.aperture.as_ref().map(|aperture| aperture.outlined(OutlinedPart::ApertureShear, self.pin.as_ref())),
        );
        parts.extend(self.primer.map(|circle| PartOutline {
            part: OutlinedPart::Primer,
            shape: Shape::Circle(circle),
            confidence: self.pocket.as_ref().map_or(0.3, |pocket| pocket.confidence),
            reasons: vec![outline::Reason::Inferred],
        }));
        parts.retain(|found| found.shape.is_sound());
        Outlines { finding: Finding::Found, parts, tilt_rad: 0.0 }
    }

    /// Makes everything missing that is not breech face, margins included.
    pub(crate) fn cut(&self, map: &mut HeightMap, parameters: &PhotoParameters) {
        let hole = self.aperture.as_ref();
        let (rows, columns, pitch) = (map.rows(), map.columns(), map.pitch_um);
        let along = |k: usize, points: usize| (k as f64 - (points as f64 - 1.0) / 2.0) * pitch;
        for ((row, column), v) in map.z.indexed_iter_mut() {
            let p = Point::new(along(column, columns), along(row, rows));
            // The path lies within a fifth of its circle: most of the picture needs no angle.
            let near = p.distance_um(self.face.circle.centre) < 1.3 * self.face.circle.radius_um;
            let kept = near
                && self.face.contour.beyond_um(p) < -parameters.edge_margin_um
                && hole.is_none_or(|ring| ring.contour.beyond_um(p) > parameters.aperture_margin_um);
            if !kept {
                *v = f32::NAN;
            }
        }
    }
}

/// Finds the breech face in the luminance (0 to 1; missing points count as black) of a photograph at a known pitch.
///
/// Neither centring nor orientation matters, and up to half of an edge may be missing or outside the picture.
///
/// # Errors
/// The reason why no breech face was found; a result, not a fault.
pub fn find(luminance: &HeightMap, parameters: &PhotoParameters) -> Result<PhotoOutline, Reason> {
    let sight = Sight::of(luminance).ok_or(Reason::PictureEmpty)?;
    let radius = |um: f64| um / sight.pitch_um;
    let rings = sight.rings((radius(parameters.face_radius_um.0), radius(parameters.face_radius_um.1)))?;
    if rings.face.confidence < parameters.least_confidence {
        return Err(Reason::FaceUnsure);
    }
    Ok(rings)
}

/// The same where the pitch is not known: everything in pixels of the photograph.
pub(super) fn find_without_pitch(
    luminance: &Array2<f32>,
    parameters: &PhotoParameters,
) -> Result<PhotoOutline, Reason> {
    let map = HeightMap { z: luminance.clone(), pitch_um: 1.0 };
    let sight = Sight::of(&map).ok_or(Reason::PictureEmpty)?;
    let rings = sight.rings((LEAST_FACE_SHARE * sight.short_px(), MOST_SHARE * sight.short_px()))?;
    if rings.face.confidence < parameters.least_confidence {
        return Err(Reason::FaceUnsure);
    }
    Ok(rings)
}

/// A small picture of log-luminance, in which texture is smoothed away, and a sharper one.
struct Sight {
    picture: Array2<f32>,
    pitch_um: f64,
    sharp: Array2<f32>,
    sharp_pitch_um: f64,
}

/// Distance of a pixel from the middle of a side, um.
fn from_middle(pixel: f64, side: usize, pitch_um: f64) -> f64 {
    (pixel - (side as f64 - 1.0) / 2.0) * pitch_um
}

/// The luminance averaged down so that its longer side has about `side_px` pixels, and smoothed; with its pitch. `None` for less than 24 pixels.
fn averaged(luminance: &HeightMap, side_px: usize, smoothing_px: f64) -> Option<(Array2<f32>, f64)> {
    let times = luminance.rows().max(luminance.columns()).div_ceil(side_px).max(1);
    let mut small = coarser(luminance, times);
    if small.rows() < 24 || small.columns() < 24 {
        return None;
    }
    let pitch_um = small.pitch_um;
    small.pitch_um = 1.0;
    // The cutoff whose kernel has the wanted standard deviation.
    let cutoff = smoothing_px / Order::Zero.sigma_um(1.0);
    Some((low_pass(&small, cutoff, Order::Zero, 0.0).z, pitch_um))
}

impl Sight {
    fn of(luminance: &HeightMap) -> Option<Self> {
        let (mut picture, pitch_um) = averaged(luminance, SIDE_PX, SMOOTHING_PX)?;
        let (mut sharp, sharp_pitch_um) = averaged(luminance, SHARP_SIDE_PX, SHARP_SMOOTHING_PX)?;
        let mut values: Vec<f32> = picture.iter().copied().collect();
        let (median, low) = (quantile(&mut values, 0.5), quantile(&mut values, 0.02));
        let high = quantile(&mut values, 0.98);
        // A picture whose bright places are not half as bright again as its dark ones shows nothing.
        if high <= 1.5 * low + 0.005 {
            return None;
        }
        let floor = 0.15 * median.max(1e-3) + 0.01;
        for picture in [&mut picture, &mut sharp] {
            picture.mapv_inplace(|v| libm::logf(v.max(0.0) + floor));
        }
        Some(Self { picture, pitch_um, sharp, sharp_pitch_um })
    }

    fn short_px(&self) -> f64 {
        self.picture.nrows().min(self.picture.ncols()) as f64
    }

    fn rings(&self, face_px: (f64, f64)) -> Result<PhotoOutline, Reason> {
        let short = self.short_px();
        let edges = Edges::of(&self.picture);
        let range = (face_px.0.max(LEAST_SHARE * short), face_px.1.min(MOST_SHARE * short));
        if range.0 >= range.1 {
            return Err(Reason::FaceMissing);
        }
        let face = self.face(&edges.circles(Bright::Inside, range, CANDIDATES)).ok_or(Reason::FaceMissing)?;
        if contour::filling(&self.picture, &face) < LEAST_FILLING {
            // Shapes in a landscape have such edges too, but not all round.
            let clear = contour::support(&self.picture, &face, Bright::Inside) > CLEAR_RING;
            return Err(if clear { Reason::RingOnly } else { Reason::FaceUnsure });
        }
        let dark: Vec<(Voted, f64)> = edges
            .circles(Bright::Outside, (LEAST_SHARE * short, MOST_SHARE * short), 2 * CANDIDATES)
            .into_iter()
            .map(|c| (c, contour::support(&self.picture, &c, Bright::Outside)))
            .collect();
        let off = |c: &Voted, from: &Voted| (c.x - from.x).hypot(c.y - from.y);
        // Clear dark circles of a size that lie within a share of the flat.
        let within = |room: f64, sizes: std::ops::Range<f64>| {
            dark.iter().filter(move |(c, s)| {
                *s > APERTURE_SUPPORT && off(c, &face) + c.r < room * face.r && sizes.contains(&(c.r / face.r))
            })
        };
        let aperture = within(0.95, 0.12..APERTURE_SHARE).max_by(|a, b| a.0.r.total_cmp(&b.0.r));
        let pin = aperture.and_then(|(outer, _)| {
            dark.iter()
                .filter(|(c, s)| *s > APERTURE_SUPPORT && c.r < 0.8 * outer.r && off(c, outer) + c.r < outer.r)
                .max_by(|a, b| a.0.votes.total_cmp(&b.0.votes))
        });
        let pocket = dark
            .iter()
            .filter(|(c, s)| {
                *s > FACE_SUPPORT && (1.16..1.75).contains(&(c.r / face.r)) && off(c, &face) < 0.15 * face.r
            })
            .max_by(|a, b| a.0.votes.total_cmp(&b.0.votes));
        let contrast = contour::contrast(&self.picture, &face);
        let mut flat = self.ring(&face, Bright::Inside, (0.85, 1.12), (contrast / 0.6).clamp(0.0, 1.0));
        let sharp = |(c, s): &(Voted, f64), reach| self.ring(c, Bright::Outside, reach, *s);
        let pit = within(0.8, PIT_SHARE)
            .max_by(|a, b| a.0.votes.total_cmp(&b.0.votes))
            .map(|found| (&found.0, sharp(found, (0.75, 1.35))));
        let groove = pit.and_then(|(circle, pit)| Some((self.groove(&face, circle, &pit)?, pit)));
        let (aperture, pin) = match groove {
            Some((groove, pit)) => (Some(groove), Some(pit)),
            None => (aperture.map(|found| sharp(found, (0.75, 1.3))), pin.map(|found| sharp(found, (0.75, 1.35)))),
        };
        let pocket = pocket.map(|found| sharp(found, (0.93, 1.07)));
        let mut reasons = Vec::new();
        if aperture.is_none() {
            reasons.push(Reason::CentreMissing);
        }
        if flat.reasons.is_empty() {
            flat.reasons.push(Reason::EdgeClear);
        }
        let primer = pocket.as_ref().map(|pocket| Circle {
            centre: pocket.circle.centre,
            radius_um: (pocket.circle.radius_um + flat.circle.radius_um) / 2.0,
        });
        Ok(PhotoOutline { face: flat, aperture, pin, pocket, primer, reasons })
    }

    /// The circle that is most like the edge of the flat: seen all round, bright inside and dark outside, and large.
    fn face(&self, candidates: &[Voted]) -> Option<Voted> {
        let likeness = |c: &Voted| {
            let support = contour::support(&self.picture, c, Bright::Inside);
            let contrast = contour::contrast(&self.picture, c).clamp(0.0, 1.0);
            (support > FACE_SUPPORT).then(|| support * contrast * c.r.sqrt())
        };
        let judged = candidates.iter().filter_map(|c| likeness(c).map(|l| (l, *c))).filter(|(l, _)| *l > 0.0);
        judged.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, c)| c)
    }

    /// The edge of the aperture as the dark line that closes about the impression of the pin, where there is one.
    fn groove(&self, face: &Voted, circle: &Voted, pit: &Ring) -> Option<Ring> {
        let (rows, columns) = self.sharp.dim();
        let place = |um: f64, side: usize| um / self.sharp_pitch_um + (side as f64 - 1.0) / 2.0;
        let centre = pit.contour.centre;
        let floor: Vec<f64> = pit.contour.radii_um.iter().map(|r| BEYOND_PIT * r / self.sharp_pitch_um).collect();
        let room = 0.9 * face.r - (circle.x - face.x).hypot(circle.y - face.y);
        let most = room * self.pitch_um / self.sharp_pitch_um;
        let path = contour::groove(&self.sharp, (place(centre.x_um, columns), place(centre.y_um, rows)), &floor, most);
        let radii_um = path.smoothed().into_iter().map(|r| r * self.sharp_pitch_um).collect();
        let share = path.share_of(contour::WHOLE_EDGE);
        let reasons = if share < CLEAR_SHARE { vec![Reason::EdgeWeak] } else { Vec::new() };
        let contour = Contour { centre, radii_um };
        (share >= GROOVE_SHARE).then(|| Ring { circle: contour.circle(), contour, confidence: share, reasons })
    }

    /// The edge near a circle, followed all round.
    fn ring(&self, circle: &Voted, bright: Bright, (least, most): (f64, f64), clarity: f64) -> Ring {
        let path = contour::path(&self.picture, (circle.x, circle.y), (least * circle.r, most * circle.r), bright);
        let (rows, columns) = self.picture.dim();
        let place = |k: f64, side: usize| from_middle(k, side, self.pitch_um);
        let centre = Point::new(place(circle.x, columns), place(circle.y, rows));
        let radii_um = path.smoothed().into_iter().map(|r| r * self.pitch_um).collect();
        let contour = Contour { centre, radii_um };
        let share = path.share();
        let mut reasons = Vec::new();
        let half = (place(columns as f64 - 1.0, columns), place(rows as f64 - 1.0, rows));
        if contour.polygon().iter().any(|p| p.x_um.abs() > half.0 || p.y_um.abs() > half.1) {
            reasons.push(Reason::EdgeOutsidePicture);
        }
        if share < CLEAR_SHARE {
            reasons.push(Reason::EdgeWeak);
        }
        Ring { circle: contour.circle(), contour, confidence: share * clarity, reasons }
    }
}
