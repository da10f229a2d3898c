//! What lies around a found breech face: pin, shear and flow-back, drag, the primer's edge, and on the head letters and ejector mark.

use super::coarse::{self, Coarse};
use super::face::{self, Candidate};
use super::shape::{Shape, polygons};
use super::{OutlineParameters, OutlinedPart, PartOutline, Reason};
use crate::dsp::morphology;
use crate::geometry::{Circle, Point};
use crate::mark::centre;
use ndarray::{Array2, Zip};

/// How far below the plug, the metal in the aperture, the firing-pin impression begins, um: clear of shear and lip, well above the pin's tip.
const PIT_DEPTH_UM: f32 = 25.0;
/// Beyond this share of the aperture's radius its metal is looked for: pins are narrower.
const PLUG_SHARE: f64 = 0.7;
/// Radius by which a pit is opened: missing points along the wall of the plug are narrower, um.
const PIT_OPEN_UM: f64 = 70.0;
/// Smallest firing-pin impression, mm2: a radius of .18 mm.
const LEAST_PIT_MM2: f64 = 0.1;
/// What lies beyond this share of the pin's radius is drag.
const DRAG_SHARE: f64 = 1.1;
/// Smallest drag, mm2.
const LEAST_DRAG_MM2: f64 = 0.01;
/// Rays along which the primer's edge is looked for.
const RAYS: usize = 72;
/// How far beyond the face the pocket is looked for, um.
const POCKET_REACH_UM: f64 = 1_300.0;
/// Depth below the face from which a cell may belong to the gap, um.
const GAP_DEPTH_UM: f32 = 40.0;
/// The head begins this far outside the primer's edge, um: gap and chamfer of the pocket.
const HEAD_BEYOND_UM: f64 = 450.0;
/// Depth of letters and ejector marks, um.
const STAMP_DEPTH_UM: f32 = 15.0;
/// Least area of all letters, mm2.
const LEAST_STAMP_MM2: f64 = 0.03;
/// Radius that letters are narrower and ejector marks wider than, um.
const STROKE_UM: f64 = 170.0;
/// Least area of an ejector mark, mm2.
const LEAST_EJECTOR_MM2: f64 = 0.2;

/// Everything that is found around a face.
pub(super) fn around(
    coarse: &Coarse,
    face: &Candidate,
    all: &[Candidate],
    cells: &Array2<bool>,
    hole: &Circle,
    parameters: &OutlineParameters,
) -> Vec<PartOutline> {
    let mut parts = Vec::new();
    let inside = inside(coarse, cells, hole);
    let pit = pit(coarse, face, &inside, hole);
    if let Some(pit) = &pit {
        let (pin, drag, cover) = without_drag(coarse, pit);
        parts.push(outlined(coarse, OutlinedPart::FiringPin, &pin, 0.4 + 0.6 * cover, vec![Reason::Depth]));
        if let Some(drag) = drag {
            parts.push(outlined(coarse, OutlinedPart::Drag, &drag, 0.6, vec![Reason::BeyondCircle]));
        }
    }
    let plug = Zip::from(&inside).and(pit.as_ref().unwrap_or(&inside.mapv(|_| false))).map_collect(|&i, &p| i && !p);
    let plug = coarse::opened(&plug, coarse.cell_um(), 20.0);
    if coarse::count(&plug) > 0 {
        let cover = face.hole.map_or(0.0, |h| h.cover);
        let reason = if cover > 0.8 { Reason::EdgeSeen } else { Reason::EdgePartlySeen };
        parts.push(outlined(coarse, OutlinedPart::ApertureShear, &plug, cover, vec![reason]));
    }
    let rim = face.rim.map(|r| r.circle);
    let edge = rim.and_then(|rim| primer_edge(coarse, face, &rim));
    if let Some((circle, cover)) = edge {
        let reasons = vec![if cover > 0.8 { Reason::EdgeSeen } else { Reason::EdgePartlySeen }];
        let shape = Shape::Circle(moved(&circle, coarse));
        parts.push(PartOutline { part: OutlinedPart::Primer, shape, confidence: cover, reasons });
    } else if let Some(rim) = rim {
        // The edge itself is not seen: the face ends some way inside it.
        let shape = Shape::Circle(moved(&rim, coarse));
        parts.push(PartOutline { part: OutlinedPart::Primer, shape, confidence: 0.3, reasons: vec![Reason::Inferred] });
    }
    if let Some((circle, _)) = edge {
        parts.extend(on_the_head(coarse, all, &circle, parameters));
    }
    parts
}

/// An outline from a mask of cells.
pub(super) fn outlined(
    coarse: &Coarse,
    part: OutlinedPart,
    mask: &Array2<bool>,
    confidence: f64,
    reasons: Vec<Reason>,
) -> PartOutline {
    let shape = Shape::Polygons(polygons(mask, coarse.cell_um(), coarse.origin));
    PartOutline { part, shape, confidence: confidence.clamp(0.0, 1.0), reasons }
}

fn moved(circle: &Circle, coarse: &Coarse) -> Circle {
    let Circle { centre, radius_um } = *circle;
    Circle { centre: Point::new(centre.x_um + coarse.origin.x_um, centre.y_um + coarse.origin.y_um), radius_um }
}

/// The cells inside the aperture: those that the face encloses, and those of its circle that are not face.
fn inside(coarse: &Coarse, cells: &Array2<bool>, hole: &Circle) -> Array2<bool> {
    let enclosed = morphology::fill_gaps(cells, coarse.cell_um(), f64::INFINITY);
    let mut inside = cells.clone();
    for ((row, column), i) in inside.indexed_iter_mut() {
        let at = coarse.map.point_at(row as f64, column as f64);
        let near = at.distance_um(hole.centre) < hole.radius_um;
        let enclosed = enclosed[(row, column)] && at.distance_um(hole.centre) < 1.3 * hole.radius_um;
        *i = !*i && (near || enclosed);
    }
    inside
}

/// The pit that the firing pin left: deep or, on its walls, without values.
fn pit(coarse: &Coarse, face: &Candidate, inside: &Array2<bool>, hole: &Circle) -> Option<Array2<bool>> {
    let mut plug: Vec<f32> = Vec::new();
    for ((row, column), &a) in face.above.indexed_iter().filter(|(at, a)| inside[*at] && a.is_finite()) {
        let at = coarse.map.point_at(row as f64, column as f64);
        plug.extend((at.distance_um(hole.centre) > PLUG_SHARE * hole.radius_um).then_some(a));
    }
    let begins = if plug.len() < 20 { 0.0 } else { coarse::upper_third(&mut plug) } - PIT_DEPTH_UM;
    let deep = Zip::from(inside).and(&face.above).map_collect(|&i, &a| i && (a < begins || a.is_nan()));
    let deep = coarse::opened(&deep, coarse.cell_um(), PIT_OPEN_UM);
    let blobs = morphology::blobs(&deep, false);
    // The largest of those that reach into the inner half of the hole.
    let mut central = vec![false; blobs.blobs.len()];
    for ((row, column), &label) in blobs.labels.indexed_iter().filter(|(_, l)| **l > 0) {
        let at = coarse.map.point_at(row as f64, column as f64);
        central[label as usize - 1] |= at.distance_um(hole.centre) < 0.5 * hole.radius_um;
    }
    let best = (0..central.len()).filter(|&k| central[k]).max_by_key(|&k| blobs.blobs[k].points)?;
    (coarse.area_mm2(blobs.blobs[best].points) >= LEAST_PIT_MM2).then(|| blobs.labels.mapv(|l| l as usize == best + 1))
}

/// The pit without its drag, the drag, and the share of the pin's turn that was seen.
fn without_drag(coarse: &Coarse, pit: &Array2<bool>) -> (Array2<bool>, Option<Array2<bool>>, f64) {
    let cell_um = coarse.cell_um();
    let whole = morphology::fill_gaps(pit, cell_um, f64::INFINITY);
    let rim = centre::circles(&whole, cell_um, (100.0, 2_000.0)).and_then(|c| c.rim);
    let Some(rim) = rim.filter(|r| r.cover > 0.5) else { return (whole, None, 0.3) };
    let mut beyond = whole.clone();
    for ((row, column), b) in beyond.indexed_iter_mut() {
        let at = coarse.map.point_at(row as f64, column as f64);
        *b &= at.distance_um(rim.circle.centre) > DRAG_SHARE * rim.circle.radius_um;
    }
    let drag = face::largest(&coarse::opened(&beyond, cell_um, 25.0))
        .filter(|d| coarse.area_mm2(coarse::count(d)) >= LEAST_DRAG_MM2);
    let pin = match &drag {
        Some(drag) => Zip::from(&whole).and(drag).map_collect(|&w, &d| w && !d),
        None => whole,
    };
    (pin, drag, rim.cover)
}

/// The circle of the deepest places (or of the middle of what is missing) between the face and the head, and the share of the turn on
/// which it was seen.
fn primer_edge(coarse: &Coarse, face: &Candidate, rim: &Circle) -> Option<(Circle, f64)> {
    let cell_um = coarse.cell_um();
    let steps = (POCKET_REACH_UM / cell_um) as usize;
    let mut seen = Array2::from_elem(face.above.dim(), false);
    let mut rays = 0usize;
    for ray in 0..RAYS {
        let turn = std::f64::consts::TAU * ray as f64 / RAYS as f64;
        let (c, s) = (libm::cos(turn), libm::sin(turn));
        let at = |step: usize| {
            let r = rim.radius_um + step as f64 * cell_um;
            coarse.map.index_of(Point::new(rim.centre.x_um + r * c, rim.centre.y_um + r * s))
        };
        let cell = |step: usize| {
            let (row, column) = at(step);
            let (row, column) = (row.round(), column.round());
            (row >= 0.0 && column >= 0.0).then_some((row as usize, column as usize))
        };
        let heights: Vec<((usize, usize), f32)> =
            (0..steps).map_while(|k| cell(k).and_then(|at| face.above.get(at).map(|a| (at, *a)))).collect();
        // The pocket ends where the head rises again: three cells with values in a row that are higher than the gap and level.
        let deep = |a: f32| a < -GAP_DEPTH_UM || a.is_nan();
        let Some(begin) = heights.iter().position(|h| deep(h.1)) else { continue };
        let risen = |k: usize| heights.get(k..k + 3).is_some_and(|w| w.iter().all(|h| !deep(h.1)));
        let Some(end) = (begin..heights.len()).find(|&k| risen(k)) else { continue };
        let gap = &heights[begin..end];
        let lowest = gap.iter().filter(|h| h.1.is_finite()).min_by(|a, b| a.1.total_cmp(&b.1));
        let place = lowest.filter(|h| h.1 < -2.0 * GAP_DEPTH_UM).map_or(gap[gap.len() / 2].0, |h| h.0);
        seen[place] = true;
        rays += 1;
    }
    if rays < RAYS / 4 {
        return None;
    }
    let points: Vec<Point> = seen
        .indexed_iter()
        .filter(|(_, s)| **s)
        .map(|((row, column), _)| coarse.map.point_at(row as f64, column as f64))
        .collect();
    let circle = centre::through_most(&points, 1.5 * cell_um)?;
    let near = points.iter().filter(|p| (p.distance_um(circle.centre) - circle.radius_um).abs() < 60.0).count();
    let cover = near as f64 / RAYS as f64;
    (circle.radius_um > rim.radius_um && cover > 0.25).then_some((circle, cover.min(1.0)))
}

/// Letters and ejector marks on the level outside the primer.
fn on_the_head(
    coarse: &Coarse,
    all: &[Candidate],
    primer: &Circle,
    parameters: &OutlineParameters,
) -> Vec<PartOutline> {
    let cell_um = coarse.cell_um();
    let mut outside = Array2::from_elem(coarse.map.z.dim(), false);
    for ((row, column), o) in outside.indexed_iter_mut() {
        let at = coarse.map.point_at(row as f64, column as f64);
        *o = at.distance_um(primer.centre) > primer.radius_um + HEAD_BEYOND_UM;
    }
    let on_head = |c: &&Candidate| {
        let beyond = Zip::from(&c.on).and(&outside).fold(0usize, |n, &on, &o| n + usize::from(on && o));
        (2 * beyond > coarse::count(&c.on), beyond)
    };
    let Some(head) = all.iter().filter(|c| on_head(c).0).max_by_key(|c| on_head(c).1) else { return Vec::new() };
    let low = Zip::from(&outside)
        .and(&head.above)
        .and(&head.on)
        .map_collect(|&o, &a, &on| o && !on && (a < -STAMP_DEPTH_UM || a.is_nan()));
    let low = coarse::opened(&low, cell_um, parameters.open_um.min(30.0));
    let wide = coarse::opened(&low, cell_um, STROKE_UM);
    let wide = Zip::from(&coarse::dilate(&wide, cell_um, 60.0)).and(&low).map_collect(|&w, &l| w && l);
    let ejector = morphology::drop_islands(&wide, cell_um, LEAST_EJECTOR_MM2 * 1e6);
    let letters = Zip::from(&low).and(&ejector).map_collect(|&l, &e| l && !e);
    let letters = morphology::drop_islands(&letters, cell_um, 10_000.0);
    let mut parts = Vec::new();
    if coarse.area_mm2(coarse::count(&letters)) >= LEAST_STAMP_MM2 {
        parts.push(outlined(coarse, OutlinedPart::Headstamp, &letters, 0.6, vec![Reason::Depth]));
    }
    if coarse::count(&ejector) > 0 {
        // A broad depression beside the primer may also be a dent: a person looks.
        parts.push(outlined(coarse, OutlinedPart::Ejector, &ejector, 0.4, vec![Reason::Depth]));
    }
    parts.retain(|p| p.shape.is_sound());
    parts
}
