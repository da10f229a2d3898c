//! A map of places drawn offline: outlines of states and countries from public data ([`super::outlines`]), points, ways, a graticule with a scale bar.
//!
//! Equirectangular projection with the scale true along the middle latitude; good for the extent of a few states.

use super::Frame;
use super::outlines::outlines;
use crate::language::Language;
use crate::report::lettering::{fitted, text_width};
use crate::report::palette::{BLUE, GREEN, INK, MUTED, ORANGE, PAPER, RULE, VERMILLION};
use crate::report::svg::{Anchor, Paint, Svg, Type};
use crate::report::view::{EdgeStatus, Phrase};
use crate::report::{Drawing, ReportError};

/// What happened at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlaceKind {
    /// A shooting.
    Incident,
    /// A firearm recovered.
    Recovery,
    /// A firearm sold.
    Sale,
    /// A laboratory.
    Laboratory,
}

impl PlaceKind {
    const ALL: [PlaceKind; 4] = [Self::Incident, Self::Recovery, Self::Sale, Self::Laboratory];

    /// The kind in words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            PlaceKind::Incident => language.pick("incident", "incidente"),
            PlaceKind::Recovery => language.pick("recovery", "aseguramiento"),
            PlaceKind::Sale => language.pick("sale", "venta"),
            PlaceKind::Laboratory => language.pick("laboratory", "laboratorio"),
        }
    }

    fn colour(self) -> &'static str {
        match self {
            PlaceKind::Incident => VERMILLION,
            PlaceKind::Recovery => INK,
            PlaceKind::Sale => ORANGE,
            PlaceKind::Laboratory => GREEN,
        }
    }
}

/// A place.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// What the map says beside it; where several things happened at one spot the names are joined.
    pub name: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// What happened there.
    pub kind: PlaceKind,
}

/// The way of a firearm or of an association between two places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flow {
    /// Index of the place where it starts.
    pub from: usize,
    /// Index of the place where it ends.
    pub to: usize,
    /// How far it is settled.
    pub status: EdgeStatus,
}

/// The view model of a map.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlaceMap {
    /// Heading.
    pub title: Phrase,
    /// Places.
    pub places: Vec<Place>,
    /// Ways between them.
    pub flows: Vec<Flow>,
}

/// Most places on one map.
pub const PLACE_LIMIT: usize = 500;

const WIDTH: f64 = 1160.0;
const HEIGHT: f64 = 560.0;
const PAD: f64 = 46.0;
/// Size of the names of states, px.
const STATE_NAME: f64 = 11.0;
/// Land of the states drawn, land of their neighbours, and lines between them; water is the ground of the map.
const LAND: &str = "#f7f4ec";
const FOREIGN: &str = "#ebe9e3";
const BORDER: &str = "#a9a9a2";
const WATER: &str = "#e8eff4";
/// Kilometres in a degree of latitude (mean meridian of WGS 84).
const KM_PER_DEGREE: f64 = 111.2;

struct Projection {
    west: f64,
    north: f64,
    scale: f64,
    squeeze: f64,
}

impl Projection {
    fn around(places: &[Place]) -> Self {
        let fold = |f: fn(f64, f64) -> f64, start: f64, get: fn(&Place) -> f64| places.iter().map(get).fold(start, f);
        let (south, north) = (fold(f64::min, 90.0, |p| p.latitude), fold(f64::max, -90.0, |p| p.latitude));
        let (west, east) = (fold(f64::min, 180.0, |p| p.longitude), fold(f64::max, -180.0, |p| p.longitude));
        let middle = (south + north) / 2.0;
        let squeeze = middle.to_radians().cos().max(0.1);
        // At least a quarter of a degree, so that one town does not fill a continent's frame.
        let (tall, wide) = ((north - south).max(0.25) * 1.15, ((east - west) * squeeze).max(0.25) * 1.25);
        let scale = ((WIDTH - 2.0 * PAD) / wide).min((HEIGHT - 2.0 * PAD) / tall);
        Self {
            west: (west + east) / 2.0 - WIDTH / 2.0 / scale / squeeze,
            north: middle + HEIGHT / 2.0 / scale,
            scale,
            squeeze,
        }
    }

    fn at(&self, longitude: f64, latitude: f64) -> (f64, f64) {
        ((longitude - self.west) * self.squeeze * self.scale, (self.north - latitude) * self.scale)
    }
}

/// Draws the map, 1,160 px wide.
///
/// # Errors
/// A coordinate that is not on the globe, a flow to a place that is not listed, more than `PLACE_LIMIT` places.
pub fn place_map(view: &PlaceMap, language: Language) -> Result<Drawing, ReportError> {
    check(view)?;
    let description = language.pick(
        format!("{} places over outlines of states and a graticule of degrees.", view.places.len()),
        format!("{} lugares sobre contornos de estados y una retícula de grados.", view.places.len()),
    );
    let mut svg = Svg::new(WIDTH, HEIGHT + 34.0, view.title.pick(language), &description);
    if view.places.is_empty() {
        let words = language.pick("no place with coordinates", "sin lugares con coordenadas");
        svg.text(WIDTH / 2.0, 40.0, words, Type::of(13.0).colour(MUTED).anchor(Anchor::Middle));
        return Ok(svg.finish());
    }
    let projection = Projection::around(&view.places);
    svg.rect(0.0, 0.0, WIDTH, HEIGHT, 0.0, Paint::fill(WATER));
    svg.window(0.0, 0.0, WIDTH, HEIGHT);
    let names = land(&mut svg, &projection);
    graticule(&mut svg, &projection);
    let points: Vec<(f64, f64)> = view.places.iter().map(|p| projection.at(p.longitude, p.latitude)).collect();
    for flow in &view.flows {
        draw_flow(&mut svg, points[flow.from], points[flow.to], flow.status);
    }
    for (place, &(x, y)) in view.places.iter().zip(&points) {
        symbol(&mut svg, place.kind, x, y);
    }
    let labels = labels(view, &points);
    name_states(&mut svg, names, &labels, &points);
    for (place, label) in view.places.iter().zip(labels) {
        if let Some((frame, text)) = label {
            svg.text_with_title(frame.x, frame.y + 12.0, &text, Some(&place.name), Type::of(12.0).halo());
        }
    }
    scale_bar(&mut svg, &projection);
    svg.close();
    legend(&mut svg, view.places.iter().any(|p| p.name.starts_with('≈')), language);
    Ok(svg.finish())
}

fn check(view: &PlaceMap) -> Result<(), ReportError> {
    if view.places.len() > PLACE_LIMIT {
        return Err(ReportError::TooLarge { what: "map, places".into(), limit: PLACE_LIMIT, got: view.places.len() });
    }
    let bad =
        |what: String, expected: &str, got: String| ReportError::BadValue { what, expected: expected.into(), got };
    for place in &view.places {
        if !(-85.0..=85.0).contains(&place.latitude) {
            let what = format!("map, latitude of \"{}\"", place.name);
            return Err(bad(what, "-85 to 85 degrees", place.latitude.to_string()));
        }
        if !(-180.0..=180.0).contains(&place.longitude) {
            let what = format!("map, longitude of \"{}\"", place.name);
            return Err(bad(what, "-180 to 180 degrees", place.longitude.to_string()));
        }
    }
    for flow in &view.flows {
        let far = flow.from.max(flow.to);
        if far >= view.places.len() {
            return Err(bad("map, flow".into(), &format!("a place below {}", view.places.len()), far.to_string()));
        }
    }
    Ok(())
}

/// Draws land, the borders of states and, stronger, those of countries; gives the names of the states in view with their places.
fn land(svg: &mut Svg, projection: &Projection) -> Vec<(&'static str, Frame)> {
    let mut names = Vec::new();
    for outline in outlines() {
        let mut largest = (0.0, (0.0, 0.0));
        for ring in &outline.rings {
            let points: Vec<(f64, f64)> = ring.iter().map(|&(lon, lat)| projection.at(lon, lat)).collect();
            let inside = in_window(&points);
            if inside.len() < 3 {
                continue;
            }
            let fill = if outline.is_state() { LAND } else { FOREIGN };
            svg.polygon(&inside, Paint::stroke(BORDER, 0.8).filled(fill));
            let (area, centre) = centroid(&inside);
            if area > largest.0 {
                largest = (area, centre);
            }
        }
        let (w, h) = (text_width(outline.name, STATE_NAME), STATE_NAME + 4.0);
        // A name is written only where the visible part of its state has room for it.
        if largest.0 > 3.0 * w * h {
            let (x, y) = largest.1;
            names.push((outline.name, Frame { x: x - w / 2.0, y: y - h / 2.0, w, h }));
        }
    }
    names
}

/// A closed line cut at the window (Sutherland and Hodgman 1974), with a little beyond it so that no edge of the window is drawn as a border.
fn in_window(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let beyond = 4.0;
    let mut kept = points.to_vec();
    type Inside = fn((f64, f64), f64) -> f64;
    let sides: [Inside; 4] = [
        |p, beyond| p.0 + beyond,
        |p, beyond| WIDTH + beyond - p.0,
        |p, beyond| p.1 + beyond,
        |p, beyond| HEIGHT + beyond - p.1,
    ];
    for side in sides {
        let before = std::mem::take(&mut kept);
        for (i, &p) in before.iter().enumerate() {
            let last = before[(i + before.len() - 1) % before.len()];
            let (d, e) = (side(last, beyond), side(p, beyond));
            if (d >= 0.0) != (e >= 0.0) {
                let t = d / (d - e);
                kept.push((last.0 + t * (p.0 - last.0), last.1 + t * (p.1 - last.1)));
            }
            if e >= 0.0 {
                kept.push(p);
            }
        }
    }
    kept
}

/// Area in square px and centre of a closed line.
fn centroid(points: &[(f64, f64)]) -> (f64, (f64, f64)) {
    let (mut area, mut x, mut y) = (0.0, 0.0, 0.0);
    for (i, a) in points.iter().enumerate() {
        let b = points[(i + 1) % points.len()];
        let cross = a.0 * b.1 - b.0 * a.1;
        area += cross / 2.0;
        x += (a.0 + b.0) * cross;
        y += (a.1 + b.1) * cross;
    }
    if area.abs() < 1e-9 {
        return (0.0, (0.0, 0.0));
    }
    (area.abs(), (x / (6.0 * area), y / (6.0 * area)))
}

/// Writes the names of states that hide no label and no point of a place.
fn name_states(
    svg: &mut Svg,
    names: Vec<(&'static str, Frame)>,
    labels: &[Option<(Frame, String)>],
    points: &[(f64, f64)],
) {
    for (name, frame) in names {
        let on_label = labels.iter().flatten().any(|(label, _)| label.overlaps(&frame));
        let on_point = points.iter().any(|p| frame.overlaps(&Frame { x: p.0 - 8.0, y: p.1 - 8.0, w: 16.0, h: 16.0 }));
        if !on_label && !on_point && frame.x >= 0.0 && frame.x + frame.w <= WIDTH {
            let middle = Type::of(STATE_NAME).colour(MUTED).anchor(Anchor::Middle);
            svg.text(frame.x + frame.w / 2.0, frame.y + frame.h - 4.0, name, middle);
        }
    }
}

fn graticule(svg: &mut Svg, projection: &Projection) {
    let wide = WIDTH / projection.scale / projection.squeeze;
    let step = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0].into_iter().find(|s| wide / s <= 10.0).unwrap_or(45.0);
    let decimals = if step < 0.1 { 2 } else { usize::from(step < 1.0) + usize::from(step == 0.25) };
    let south = projection.north - HEIGHT / projection.scale;
    let set = Type::of(10.5).colour(MUTED);
    let paint = Paint::stroke(RULE, 1.0);
    let mut k = (projection.west / step).ceil() as i64;
    while k as f64 * step < projection.west + wide {
        let degrees = k as f64 * step;
        let x = projection.at(degrees, 0.0).0;
        svg.line((x, 0.0), (x, HEIGHT), paint);
        let side = if degrees < 0.0 { "W" } else { "E" };
        if x < WIDTH - 60.0 {
            svg.text(x + 3.0, HEIGHT - 6.0, &format!("{:.decimals$}° {side}", degrees.abs()), set);
        }
        k += 1;
    }
    let mut k = (south / step).ceil() as i64;
    while k as f64 * step < projection.north {
        let degrees = k as f64 * step;
        let y = projection.at(0.0, degrees).1;
        svg.line((0.0, y), (WIDTH, y), paint);
        let side = if degrees < 0.0 { "S" } else { "N" };
        svg.text(4.0, y - 3.0, &format!("{:.decimals$}° {side}", degrees.abs()), set);
        k += 1;
    }
}

fn draw_flow(svg: &mut Svg, a: (f64, f64), b: (f64, f64), status: EdgeStatus) {
    let dash = status.dash();
    // Bent to one side, so that two ways between one pair of places stay apart.
    let bend = ((a.1 - b.1) * 0.14, (b.0 - a.0) * 0.14);
    let middle = ((a.0 + b.0) / 2.0 + bend.0, (a.1 + b.1) / 2.0 + bend.1);
    svg.curve(a, middle, middle, b, Paint::stroke(BLUE, 1.7).dashed(dash).faded(0.85));
}

fn symbol(svg: &mut Svg, kind: PlaceKind, x: f64, y: f64) {
    let paint = Paint::stroke(PAPER, 1.2).filled(kind.colour());
    match kind {
        PlaceKind::Incident => svg.polygon(&[(x, y - 7.0), (x + 7.0, y), (x, y + 7.0), (x - 7.0, y)], paint),
        PlaceKind::Recovery => svg.polygon(&[(x - 7.0, y - 5.5), (x + 7.0, y - 5.5), (x, y + 7.0)], paint),
        PlaceKind::Sale => svg.rect(x - 5.5, y - 5.5, 11.0, 11.0, 0.0, paint),
        PlaceKind::Laboratory => svg.circle((x, y), 6.0, paint),
    }
}

/// A place for every name beside its point where one is free; a name without a free place is left to the tooltip.
fn labels(view: &PlaceMap, points: &[(f64, f64)]) -> Vec<Option<(Frame, String)>> {
    let mut taken: Vec<Frame> = points.iter().map(|p| Frame { x: p.0 - 7.0, y: p.1 - 7.0, w: 14.0, h: 14.0 }).collect();
    view.places
        .iter()
        .zip(points)
        .map(|(place, &(x, y))| {
            let text = fitted(&place.name, 12.0, 230.0);
            let (w, h) = (text_width(&text, 12.0), 16.0);
            let corners = [
                (x + 10.0, y - 8.0),
                (x - 10.0 - w, y - 8.0),
                (x - w / 2.0, y - 26.0),
                (x - w / 2.0, y + 10.0),
                (x + 8.0, y - 22.0),
                (x + 8.0, y + 7.0),
                (x - 8.0 - w, y - 22.0),
                (x - 8.0 - w, y + 7.0),
            ];
            let frame = corners
                .into_iter()
                .map(|(x, y)| Frame { x, y, w, h })
                .filter(|f| f.x >= 2.0 && f.x + f.w <= WIDTH - 2.0 && f.y >= 2.0 && f.y + f.h <= HEIGHT - 2.0)
                .find(|f| !taken.iter().any(|t| t.overlaps(f)))?;
            taken.push(frame);
            Some((frame, text))
        })
        .collect()
}

fn scale_bar(svg: &mut Svg, projection: &Projection) {
    let km_per_px = KM_PER_DEGREE / projection.scale;
    let most = 200.0 * km_per_px;
    let km = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0]
        .into_iter()
        .rev()
        .find(|km| *km <= most)
        .unwrap_or(0.5);
    let (x, y, long) = (WIDTH - 24.0, HEIGHT - 30.0, km / km_per_px);
    svg.rect(x - long - 10.0, y - 22.0, long + 20.0, 32.0, 3.0, Paint::fill(PAPER).faded(0.85));
    svg.line((x - long, y), (x, y), Paint::stroke(INK, 2.0));
    for end in [x - long, x] {
        svg.line((end, y - 5.0), (end, y + 5.0), Paint::stroke(INK, 2.0));
    }
    svg.text(x - long / 2.0, y - 7.0, &format!("{km} km"), Type::of(11.5).anchor(Anchor::Middle));
}

fn legend(svg: &mut Svg, near: bool, language: Language) {
    let set = Type::of(11.5).colour(MUTED);
    let (mut x, y) = (10.0, HEIGHT + 20.0);
    for kind in PlaceKind::ALL {
        symbol(svg, kind, x + 8.0, y - 4.0);
        svg.text(x + 21.0, y, kind.words(language), set);
        x += 21.0 + text_width(kind.words(language), 11.5) + 24.0;
    }
    if near {
        svg.text(x, y, language.pick("≈ in the middle of its state", "≈ en el centro de su estado"), set);
    }
    let words =
        language.pick("outlines: Natural Earth, U.S. Census Bureau", "contornos: Natural Earth, U.S. Census Bureau");
    svg.text(WIDTH - 10.0, y, words, Type::of(10.5).colour(MUTED).anchor(Anchor::End));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str, latitude: f64, longitude: f64) -> Place {
        Place { name: name.into(), latitude, longitude, kind: PlaceKind::Incident }
    }

    #[test]
    fn coordinates_off_the_globe_and_lost_flows_are_refused() {
        let mut view = PlaceMap { places: vec![place("a", 91.0, 0.0)], ..PlaceMap::default() };
        assert!(matches!(place_map(&view, Language::En), Err(ReportError::BadValue { .. })));
        view.places = vec![place("a", f64::NAN, 0.0)];
        assert!(matches!(place_map(&view, Language::En), Err(ReportError::BadValue { .. })));
        view.places = vec![place("a", 30.0, -100.0)];
        view.flows = vec![Flow { from: 0, to: 1, status: EdgeStatus::Review }];
        assert!(matches!(place_map(&view, Language::En), Err(ReportError::BadValue { .. })));
    }

    #[test]
    fn labels_keep_apart() {
        let places: Vec<Place> = (0..30)
            .map(|i| place(&format!("Place number {i}"), 29.0 + f64::from(i % 6) * 0.4, -101.0 + f64::from(i / 6)))
            .collect();
        let view = PlaceMap { places, ..PlaceMap::default() };
        let projection = Projection::around(&view.places);
        let points: Vec<_> = view.places.iter().map(|p| projection.at(p.longitude, p.latitude)).collect();
        let placed: Vec<Frame> = labels(&view, &points).into_iter().flatten().map(|l| l.0).collect();
        assert!(placed.len() >= 25, "only {} of 30 names found a place", placed.len());
        for (i, a) in placed.iter().enumerate() {
            assert!(placed[..i].iter().all(|b| !a.overlaps(b)));
        }
    }
}
