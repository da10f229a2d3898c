//! Outlines of made-up primers; simulated cases are outlined in the engine, which may see the simulator.

use super::*;
use crate::geometry::Point;
use crate::workings::Silent;
use std::f64::consts::TAU;

/// A made-up fired primer: face, plug in the aperture, pit, rounded edge, pocket, head.
#[derive(Clone, Copy)]
struct Case {
    pitch_um: f64,
    half_um: f64,
    /// Centre of the primer in the field of view.
    primer: Point,
    /// Centre of the aperture from there.
    aperture: Point,
    plug_um: f64,
    tilt: (f64, f64),
    /// Whether steep flanks have no values.
    optical: bool,
}

const CASE: Case = Case {
    pitch_um: 10.0,
    half_um: 2_700.0,
    primer: Point { x_um: 90.0, y_um: -60.0 },
    aperture: Point { x_um: 150.0, y_um: 110.0 },
    plug_um: 35.0,
    tilt: (0.01, -0.006),
    optical: true,
};
const APERTURE_UM: f64 = 950.0;
const PIN_UM: f64 = 430.0;
const FLAT_UM: f64 = 1_850.0;
const EDGE_UM: f64 = 2_200.0;

impl Case {
    fn place(&self, p: Point) -> (f64, f64) {
        let on = Point::new(p.x_um - self.primer.x_um, p.y_um - self.primer.y_um);
        (on.x_um.hypot(on.y_um), on.distance_um(self.aperture))
    }

    fn height(&self, p: Point) -> f64 {
        let (r, a) = self.place(p);
        let grain = |waves: f64, k: f64| (TAU * (p.x_um * k.cos() + p.y_um * k.sin()) / waves).sin();
        let texture = 0.8 * grain(130.0, 0.4) + 0.7 * grain(87.0, 1.9) + 0.5 * grain(61.0, 2.8);
        let form = self.tilt.0 * p.x_um + self.tilt.1 * p.y_um;
        let z = if r > EDGE_UM + 80.0 {
            90.0 + texture
        } else if r > EDGE_UM {
            -230.0
        } else {
            let u = ((r - FLAT_UM) / (EDGE_UM - FLAT_UM)).max(0.0);
            let edge = -230.0 * (1.0 - (1.0 - u * u).max(0.0).sqrt()) - 5.0 * r * r / 4e6;
            let plug = if a < APERTURE_UM { self.plug_um + texture } else { texture };
            let pit = if a < PIN_UM { -200.0 * (1.0 - (a / PIN_UM).powi(2)) } else { 0.0 };
            edge + plug + pit
        };
        z + form
    }

    fn map(&self) -> HeightMap {
        let side = 2 * (self.half_um / self.pitch_um) as usize + 1;
        let mut map = HeightMap::missing(side, side, self.pitch_um);
        for row in 0..side {
            for column in 0..side {
                let p = map.point_at(row as f64, column as f64);
                let here = self.height(p);
                let step =
                    |dx: f64, dy: f64| (self.height(Point::new(p.x_um + dx, p.y_um + dy)) - here).abs() / self.pitch_um;
                if !self.optical || step(self.pitch_um, 0.0).max(step(0.0, self.pitch_um)) < 0.6 {
                    map.z[(row, column)] = here as f32;
                }
            }
        }
        map
    }

    /// Intersection over union of the breech face with what was made up.
    fn overlap(&self, found: &Outlines, map: &HeightMap) -> f64 {
        let Some(face) = found.part(OutlinedPart::BreechFace) else { return 0.0 };
        let mask = face.shape.mask(map.rows(), map.columns(), map.pitch_um);
        let (mut both, mut either) = (0usize, 0usize);
        for ((row, column), &m) in mask.indexed_iter() {
            let (r, a) = self.place(map.point_at(row as f64, column as f64));
            // The edge has fallen 4 um where u is .18.
            let wanted = r < FLAT_UM + 0.18 * (EDGE_UM - FLAT_UM) && a > APERTURE_UM;
            both += usize::from(m && wanted);
            either += usize::from(m || wanted);
        }
        both as f64 / either as f64
    }
}

fn outlines(map: &HeightMap) -> Outlines {
    outline(map, None, &OutlineParameters::default(), &mut Silent).unwrap()
}

#[test]
fn a_primer_is_outlined_wherever_and_however_it_lies() {
    let cases = [
        CASE,
        Case { pitch_um: 6.25, half_um: 1_950.0, primer: Point::new(-60.0, 20.0), ..CASE },
        Case { pitch_um: 14.0, tilt: (-0.04, 0.03), ..CASE },
        Case { primer: Point::new(-500.0, 420.0), half_um: 2_500.0, ..CASE },
        Case { optical: false, ..CASE },
        Case { plug_um: 18.0, ..CASE },
        Case { plug_um: -30.0, ..CASE },
    ];
    for case in cases {
        let map = case.map();
        let found = outlines(&map);
        assert_eq!(found.finding, Finding::Found);
        let (overlap, face) = (case.overlap(&found, &map), &found.parts[0]);
        assert!(overlap > 0.93, "{overlap} of {:?} {:?}", case.primer, case.tilt);
        assert!(face.confidence > 0.7, "{} {:?}", face.confidence, face.reasons);
        assert!((found.tilt_rad - case.tilt.0.hypot(case.tilt.1)).abs() < 0.004, "{}", found.tilt_rad);
        let pin = found.part(OutlinedPart::FiringPin).expect("a pin");
        let area = std::f64::consts::PI * PIN_UM * PIN_UM * 1e-6;
        assert!((0.6..1.3).contains(&(pin.shape.area_mm2() / area)), "{}", pin.shape.area_mm2());
    }
}

#[test]
fn the_primer_s_edge_is_a_circle_where_the_head_is_seen() {
    let found = outlines(&CASE.map());
    let Shape::Circle(circle) = found.part(OutlinedPart::Primer).unwrap().shape else { panic!("a circle") };
    assert!(circle.centre.distance_um(CASE.primer) < 40.0, "{circle:?}");
    assert!((circle.radius_um - EDGE_UM - 40.0).abs() < 80.0, "{circle:?}");
}

#[test]
fn one_side_may_be_missing() {
    let mut map = CASE.map();
    for row in 0..map.rows() {
        for column in 0..map.columns() {
            if map.point_at(row as f64, column as f64).x_um > 500.0 {
                map.z[(row, column)] = f32::NAN;
            }
        }
    }
    let found = outlines(&map);
    assert_eq!(found.finding, Finding::Found);
    let area = found.parts[0].shape.area_mm2();
    assert!((3.5..7.5).contains(&area), "{area}");
    assert!(found.parts[0].confidence < outlines(&CASE.map()).parts[0].confidence);
}

#[test]
fn a_cropped_map_is_its_own_outline_and_stays_as_it_is() {
    let raw = Case { optical: false, ..CASE }.map();
    let mut cropped = raw.clone();
    for ((row, column), z) in cropped.z.indexed_iter_mut() {
        let (r, a) = CASE.place(raw.point_at(row as f64, column as f64));
        if r > 1_800.0 || a < 1_050.0 {
            *z = f32::NAN;
        }
    }
    let found = outlines(&cropped);
    assert_eq!((found.finding, found.parts.len()), (Finding::AlreadyOutlined, 0));
    let face = found.breech_face(&cropped).unwrap();
    assert!(face.z.iter().zip(&cropped.z).all(|(a, b)| a.to_bits() == b.to_bits()));
}

#[test]
fn a_drawn_mask_wins_where_it_lies_on_the_face_and_is_set_aside_elsewhere() {
    let map = CASE.map();
    let draw = |wanted: &dyn Fn(f64, f64) -> bool| {
        Array2::from_shape_fn(map.z.dim(), |(row, column)| {
            let (r, a) = CASE.place(map.point_at(row as f64, column as f64));
            wanted(r, a)
        })
    };
    let with = |mask: &Array2<bool>| outline(&map, Some(mask), &OutlineParameters::default(), &mut Silent).unwrap();
    let ring = draw(&|r, a| r < 1_500.0 && a > 1_100.0);
    let found = with(&ring);
    assert_eq!(found.finding, Finding::Annotated);
    let drawn = ring.iter().filter(|m| **m).count() as f64 * 1e-4;
    assert!((found.parts[0].shape.area_mm2() / drawn - 1.0).abs() < 0.02);
    let found = with(&draw(&|_, a| a < 500.0));
    assert_eq!(found.finding, Finding::Found);
    assert!(found.parts[0].reasons.contains(&Reason::MaskSetAside));
}

#[test]
fn what_is_no_breech_face_is_called_by_its_name() {
    let made = |height: &dyn Fn(Point) -> f64| {
        let mut map = HeightMap::missing(301, 301, 12.0);
        for row in 0..301 {
            for column in 0..301 {
                map.z[(row, column)] = height(map.point_at(row as f64, column as f64)) as f32;
            }
        }
        outlines(&map).finding
    };
    let waves = |p: Point| 0.6 * (p.x_um / 21.0).sin() + 0.5 * (p.y_um / 17.0).sin();
    assert_eq!(made(&|_| f64::NAN), Finding::Empty);
    assert_eq!(made(&waves), Finding::Flat);
    assert_eq!(made(&|p| waves(p) + (4_500.0f64.powi(2) - p.x_um * p.x_um).sqrt()), Finding::Cylinder);
    let skin = |p: Point| 40.0 * ((p.x_um + 0.3 * p.y_um) * TAU / 480.0).cos() - p.y_um * p.y_um / 16_000.0;
    assert_eq!(made(&skin), Finding::Ridges);
    let scattered = |p: Point| (((p.x_um * 12.9898 + p.y_um * 78.233).sin() * 43_758.545).fract() - 0.5) * 60.0;
    let noise = Case { pitch_um: 5.0, ..CASE };
    let mut map = noise.map();
    let places: Vec<Point> = map.z.indexed_iter().map(|((r, c), _)| map.point_at(r as f64, c as f64)).collect();
    map.z.iter_mut().zip(places).for_each(|(z, p)| *z = scattered(p) as f32);
    assert_eq!(outlines(&map).finding, Finding::Noise);
    let mut upturned = Case { optical: false, ..CASE }.map();
    upturned.z.mapv_inplace(|z| -z);
    assert_eq!(outlines(&upturned).finding, Finding::Inverted);
    // Metal that flowed back as high as it can: the floor of its pit lies above the face, and still this is a pit.
    let high = outlines(&Case { optical: false, plug_um: 260.0, ..CASE }.map());
    assert_eq!(high.finding, Finding::Found);
    // A primer that no pin struck, seen with the step to its pocket and the head around it.
    let unfired = |p: Point| {
        let r = p.x_um.hypot(p.y_um);
        let edge = ((r - 1_450.0) / 300.0).clamp(0.0, 1.0);
        let primer = waves(p) - 230.0 * (1.0 - (1.0 - edge * edge).max(0.0).sqrt());
        if r < 1_750.0 { primer } else { waves(p) + 60.0 }
    };
    assert_eq!(made(&unfired), Finding::Unfired);
    let nothing = outlines(&upturned);
    assert!(!nothing.finding.usable() && nothing.breech_face(&upturned).is_none());
}

#[test]
fn outlines_survive_json_and_refuse_what_is_no_length() {
    let map = CASE.map();
    let found = outlines(&map);
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Outlines>(&text).unwrap(), found);
    assert!(text.contains("\"part\":\"breech_face\"") && text.contains("\"finding\":\"found\""), "{text:.200}");
    let bad = HeightMap { pitch_um: f64::NAN, ..map };
    assert!(outline(&bad, None, &OutlineParameters::default(), &mut Silent).is_err());
}

#[test]
fn any_map_gives_an_answer() {
    for (rows, columns, pitch) in [(0, 0, 5.0), (1, 1, 5.0), (3, 400, 25.0), (90, 7, 30.0), (40, 40, 90.0)] {
        let z = Array2::from_shape_fn((rows, columns), |(r, c)| ((r * 31 + c * 17) % 23) as f32);
        let found = outlines(&HeightMap { z, pitch_um: pitch });
        assert!(!found.finding.usable(), "{rows} x {columns}: {:?}", found.finding);
    }
}
