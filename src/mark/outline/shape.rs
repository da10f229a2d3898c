//! Shapes in the frame of an acquisition, um: circles, ellipses and polygons with holes; from masks and to masks.

use super::coarse::smoothed;
use crate::geometry::{Circle, Point};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Distance by which a polygon may miss the line it stands for, um: a quarter of a cell.
const SIMPLIFIED_UM: f64 = 5.0;
/// Smallest ring that is kept, um2: a few cells.
const LEAST_RING_UM2: f64 = 4_000.0;

/// An ellipse.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ellipse {
    /// Centre.
    pub centre: Point,
    /// Half its length, um.
    pub half_long_um: f64,
    /// Half its width, um.
    pub half_short_um: f64,
    /// Direction of its length from +x towards +y, radians.
    pub turn_rad: f64,
}

/// An area: an outer ring and the holes in it, each ring closed from its last point to its first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polygon {
    /// The outer ring.
    pub outer: Vec<Point>,
    /// Holes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holes: Vec<Vec<Point>>,
}

/// The shape of a part in the frame of the acquisition (origin at its centre, x along columns, y along rows), um.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A circle.
    Circle(Circle),
    /// An ellipse.
    Ellipse(Ellipse),
    /// One or more areas.
    Polygons(Vec<Polygon>),
}

impl Shape {
    /// Which points of a grid lie inside: `rows` x `columns` points `pitch_um` apart about the frame's origin.
    #[must_use]
    pub fn mask(&self, rows: usize, columns: usize, pitch_um: f64) -> Array2<bool> {
        let x_of = |column: usize| (column as f64 - (columns as f64 - 1.0) / 2.0) * pitch_um;
        let y_of = |row: usize| (row as f64 - (rows as f64 - 1.0) / 2.0) * pitch_um;
        match self {
            Shape::Circle(circle) => Array2::from_shape_fn((rows, columns), |(r, c)| {
                Point::new(x_of(c), y_of(r)).distance_um(circle.centre) <= circle.radius_um
            }),
            Shape::Ellipse(e) => {
                let (c, s) = (libm::cos(e.turn_rad), libm::sin(e.turn_rad));
                Array2::from_shape_fn((rows, columns), |(row, column)| {
                    let (x, y) = (x_of(column) - e.centre.x_um, y_of(row) - e.centre.y_um);
                    let (u, v) = ((c * x + s * y) / e.half_long_um, (c * y - s * x) / e.half_short_um);
                    u * u + v * v <= 1.0
                })
            }
            Shape::Polygons(polygons) => {
                let mut mask = Array2::from_elem((rows, columns), false);
                let rings = polygons.iter().flat_map(|p| std::iter::once(&p.outer).chain(&p.holes));
                let edges: Vec<[Point; 2]> = rings.flat_map(|ring| edges(ring)).collect();
                let mut crossings: Vec<f64> = Vec::new();
                for (row, mut line) in mask.rows_mut().into_iter().enumerate() {
                    let y = y_of(row);
                    crossings.clear();
                    crossings.extend(
                        edges
                            .iter()
                            .filter(|[a, b]| (a.y_um <= y) != (b.y_um <= y))
                            .map(|[a, b]| a.x_um + (y - a.y_um) / (b.y_um - a.y_um) * (b.x_um - a.x_um)),
                    );
                    crossings.sort_by(f64::total_cmp);
                    for pair in crossings.chunks_exact(2) {
                        let at =
                            |x: f64| (x / pitch_um + (columns as f64 - 1.0) / 2.0).ceil().clamp(0.0, columns as f64);
                        for column in at(pair[0]) as usize..at(pair[1]) as usize {
                            line[column] = true;
                        }
                    }
                }
                mask
            }
        }
    }

    /// Its area, mm2; overlapping polygons count twice.
    #[must_use]
    pub fn area_mm2(&self) -> f64 {
        let area_um2 = match self {
            Shape::Circle(c) => std::f64::consts::PI * c.radius_um * c.radius_um,
            Shape::Ellipse(e) => std::f64::consts::PI * e.half_long_um * e.half_short_um,
            Shape::Polygons(polygons) => polygons
                .iter()
                .map(|p| ring_area(&p.outer).abs() - p.holes.iter().map(|h| ring_area(h).abs()).sum::<f64>())
                .sum(),
        };
        area_um2 * 1e-6
    }

    /// Whether every number in it is finite, every length positive and every ring has at least three points.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let point = |p: &Point| p.x_um.is_finite() && p.y_um.is_finite();
        let length = |um: f64| um.is_finite() && um > 0.0;
        match self {
            Shape::Circle(c) => point(&c.centre) && length(c.radius_um),
            Shape::Ellipse(e) => {
                point(&e.centre) && length(e.half_long_um) && length(e.half_short_um) && e.turn_rad.is_finite()
            }
            Shape::Polygons(polygons) => {
                let ring = |r: &Vec<Point>| r.len() >= 3 && r.iter().all(point);
                !polygons.is_empty() && polygons.iter().all(|p| ring(&p.outer) && p.holes.iter().all(ring))
            }
        }
    }
}

fn edges(ring: &[Point]) -> impl Iterator<Item = [Point; 2]> + '_ {
    ring.iter().zip(ring.iter().cycle().skip(1)).map(|(a, b)| [*a, *b])
}

/// Signed area, um2; positive where the ring turns from +x towards +y.
fn ring_area(ring: &[Point]) -> f64 {
    edges(ring).map(|[a, b]| a.x_um * b.y_um - b.x_um * a.y_um).sum::<f64>() / 2.0
}

/// The areas of a mask as polygons; the mask's grid is centred on `origin`.
pub(super) fn polygons(mask: &Array2<bool>, cell_um: f64, origin: Point) -> Vec<Polygon> {
    let rings = rings(mask);
    let (rows, columns) = mask.dim();
    let place = |(x, y): (f64, f64)| {
        Point::new(
            (x - (columns as f64 - 1.0) / 2.0) * cell_um + origin.x_um,
            (y - (rows as f64 - 1.0) / 2.0) * cell_um + origin.y_um,
        )
    };
    let mut outers: Vec<Polygon> = Vec::new();
    let mut holes: Vec<Vec<Point>> = Vec::new();
    for ring in rings {
        let ring = simplified(&ring.into_iter().map(place).collect::<Vec<_>>());
        let area = ring_area(&ring);
        if ring.len() < 3 || area.abs() < LEAST_RING_UM2 {
            continue;
        }
        // Rings keep the mask on one side, so that holes turn the other way.
        if area > 0.0 {
            outers.push(Polygon { outer: ring, holes: Vec::new() });
        } else {
            holes.push(ring);
        }
    }
    for hole in holes {
        let around = outers
            .iter_mut()
            .filter(|p| inside(&p.outer, hole[0]))
            .min_by(|a, b| ring_area(&a.outer).total_cmp(&ring_area(&b.outer)));
        if let Some(polygon) = around {
            polygon.holes.push(hole);
        }
    }
    outers
}

fn inside(ring: &[Point], p: Point) -> bool {
    edges(ring)
        .filter(|[a, b]| {
            (a.y_um <= p.y_um) != (b.y_um <= p.y_um)
                && a.x_um + (p.y_um - a.y_um) / (b.y_um - a.y_um) * (b.x_um - a.x_um) > p.x_um
        })
        .count()
        % 2
        == 1
}

/// Lines of level one half through the smoothed mask (marching squares), in cells, the mask on the right hand of a person who walks on a screen
/// from +x towards +y; every ring is closed, since beyond the grid there is no mask.
fn rings(mask: &Array2<bool>) -> Vec<Vec<(f64, f64)>> {
    let (rows, columns) = mask.dim();
    let margin = 3;
    let mut wide = Array2::<f32>::zeros((rows + 2 * margin, columns + 2 * margin));
    for ((r, c), &m) in mask.indexed_iter() {
        wide[(r + margin, c + margin)] = f32::from(u8::from(m));
    }
    let field = smoothed(&wide);
    let (height, width) = field.dim();
    let high = |r: usize, c: usize| field[(r, c)] > 0.5;
    // An edge of the grid is named by its upper or left end and whether it runs down.
    let name = |r: usize, c: usize, down: bool| (r * width + c) * 2 + usize::from(down);
    let mut next = vec![usize::MAX; height * width * 2];
    for r in 0..height - 1 {
        for c in 0..width - 1 {
            let corners = [high(r, c), high(r, c + 1), high(r + 1, c + 1), high(r + 1, c)];
            let sides = [name(r, c, false), name(r, c + 1, true), name(r + 1, c, false), name(r, c, true)];
            // Corner k and k + 1 enclose side k. A line enters where it goes from high to low along the round and leaves at the next change.
            for k in 0..4 {
                if corners[k] && !corners[(k + 1) % 4] {
                    let mut out = (k + 3) % 4;
                    while corners[out] || !corners[(out + 1) % 4] {
                        out = (out + 3) % 4;
                    }
                    next[sides[k]] = sides[out];
                }
            }
        }
    }
    let crossing = |edge: usize| {
        let (r, c, down) = (edge / 2 / width, edge / 2 % width, edge % 2 == 1);
        let (a, b) = (field[(r, c)], if down { field[(r + 1, c)] } else { field[(r, c + 1)] });
        let t = f64::from((0.5 - a) / (b - a));
        let (x, y) = if down { (c as f64, r as f64 + t) } else { (c as f64 + t, r as f64) };
        (x - margin as f64, y - margin as f64)
    };
    let mut found = Vec::new();
    for start in 0..next.len() {
        let mut ring = Vec::new();
        let mut at = start;
        while next[at] != usize::MAX {
            ring.push(crossing(at));
            at = std::mem::replace(&mut next[at], usize::MAX);
        }
        if ring.len() >= 3 {
            found.push(ring);
        }
    }
    found
}

/// The ring with fewer points (Douglas and Peucker 1973), split first at the point farthest from its first.
fn simplified(ring: &[Point]) -> Vec<Point> {
    if ring.len() < 4 {
        return ring.to_vec();
    }
    let far = (0..ring.len())
        .max_by(|&a, &b| ring[a].distance_um(ring[0]).total_cmp(&ring[b].distance_um(ring[0])))
        .unwrap_or(0);
    let mut keep = vec![false; ring.len() + 1];
    keep[0] = true;
    keep[far] = true;
    let at = |k: usize| ring[k % ring.len()];
    let mut open = vec![(0, far), (far, ring.len())];
    while let Some((from, to)) = open.pop() {
        let (a, b) = (at(from), at(to));
        let (dx, dy) = (b.x_um - a.x_um, b.y_um - a.y_um);
        let length = dx.hypot(dy);
        let off = |k: usize| {
            let p = at(k);
            if length > 0.0 {
                ((p.x_um - a.x_um) * dy - (p.y_um - a.y_um) * dx).abs() / length
            } else {
                p.distance_um(a)
            }
        };
        let Some(worst) = (from + 1..to).max_by(|&i, &j| off(i).total_cmp(&off(j))) else { continue };
        if off(worst) > SIMPLIFIED_UM {
            keep[worst] = true;
            open.push((from, worst));
            open.push((worst, to));
        }
    }
    ring.iter().zip(&keep).filter(|(_, k)| **k).map(|(p, _)| *p).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL_UM: f64 = 20.0;

    fn annulus(side: usize) -> Array2<bool> {
        let circle = |r: usize, c: usize| (r as f64 - 60.0).hypot(c as f64 - 55.0);
        Array2::from_shape_fn((side, side + 7), |(r, c)| (20.0..50.0).contains(&circle(r, c)))
    }

    #[test]
    fn a_ring_becomes_a_polygon_with_a_hole_and_back() {
        let mask = annulus(121);
        let found = polygons(&mask, CELL_UM, Point::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].holes.len(), 1);
        assert!(found[0].outer.len() < 120, "{}", found[0].outer.len());
        let shape = Shape::Polygons(found);
        let area = std::f64::consts::PI * (50.0f64.powi(2) - 20.0f64.powi(2)) * CELL_UM * CELL_UM * 1e-6;
        assert!((shape.area_mm2() / area - 1.0).abs() < 0.02, "{} {area}", shape.area_mm2());
        let back = shape.mask(121, 128, CELL_UM);
        let differing = back.iter().zip(&mask).filter(|(a, b)| a != b).count();
        assert!(differing < 120, "{differing}");
        assert!(shape.is_sound());
    }

    #[test]
    fn the_filling_of_polygons_agrees_with_its_plain_twin_on_any_grid() {
        let shape = Shape::Polygons(polygons(&annulus(121), CELL_UM, Point::new(33.0, -8.0)));
        let Shape::Polygons(areas) = &shape else { panic!() };
        for pitch in [7.0, 31.0] {
            let (rows, columns) = (90, 75);
            let mask = shape.mask(rows, columns, pitch);
            for ((r, c), &m) in mask.indexed_iter() {
                let p = Point::new((c as f64 - 37.0) * pitch, (r as f64 - 44.5) * pitch);
                let plain = areas.iter().any(|a| inside(&a.outer, p) && !a.holes.iter().any(|h| inside(h, p)));
                assert_eq!(m, plain, "{p:?}");
            }
        }
    }

    #[test]
    fn masks_at_the_edge_of_the_grid_and_diagonal_neighbours_close_their_rings() {
        let full = Array2::from_elem((40, 50), true);
        let found = polygons(&full, CELL_UM, Point::default());
        assert_eq!((found.len(), found[0].holes.len()), (1, 0));
        let area = Shape::Polygons(found).area_mm2();
        assert!((area / (40.0 * 50.0 * 4e-4) - 1.0).abs() < 0.03, "{area}");
        let board = Array2::from_shape_fn((60, 60), |(r, c)| (r / 20 + c / 20) % 2 == 0);
        let area = Shape::Polygons(polygons(&board, CELL_UM, Point::default())).area_mm2();
        assert!((area / (5.0 * 400.0 * 4e-4) - 1.0).abs() < 0.05, "{area}");
    }

    #[test]
    fn circles_and_ellipses_fill_what_they_measure() {
        let circle = Shape::Circle(Circle { centre: Point::new(100.0, -50.0), radius_um: 600.0 });
        let at = Point::new(0.0, 0.0);
        let ellipse = Shape::Ellipse(Ellipse { centre: at, half_long_um: 700.0, half_short_um: 300.0, turn_rad: 0.6 });
        for shape in [circle, ellipse] {
            let filled = shape.mask(200, 200, 10.0).iter().filter(|m| **m).count() as f64 * 1e-4;
            assert!((filled / shape.area_mm2() - 1.0).abs() < 0.01, "{shape:?}: {filled}");
        }
        let empty = Shape::Circle(Circle { centre: at, radius_um: f64::NAN });
        assert!(!empty.is_sound() && !Shape::Polygons(Vec::new()).is_sound());
    }
}
