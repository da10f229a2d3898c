//! Tests on drawn heads of cases.

use super::*;
use crate::geometry::Point;
use crate::mark::{CentreBasis, PrepareParameters, Suitability, prepare};
use crate::workings::Silent;

/// A head drawn as luminance: head, dark pocket, flat with texture, dark groove, bright flow-back, dark pin wall, grey pin.
struct Head {
    pitch_um: f64,
    rows: usize,
    columns: usize,
    primer: Point,
    aperture: Point,
    turn: f64,
}

const HEAD: Head = Head {
    pitch_um: 10.0,
    rows: 480,
    columns: 600,
    primer: Point { x_um: 60.0, y_um: -90.0 },
    aperture: Point { x_um: -40.0, y_um: 60.0 },
    turn: 0.0,
};

impl Head {
    fn picture(&self) -> HeightMap {
        let mut map = HeightMap::missing(self.rows, self.columns, self.pitch_um);
        let (s, c) = self.turn.sin_cos();
        for row in 0..self.rows {
            for column in 0..self.columns {
                let p = map.point_at(row as f64, column as f64);
                let (out, hole) = (p.distance_um(self.primer), p.distance_um(self.aperture));
                let (x, y) = (p.x_um - self.aperture.x_um, p.y_um - self.aperture.y_um);
                let (x, y) = (c * x + s * y, c * y - s * x);
                let texture: f64 = (0..12)
                    .map(|k| {
                        let angle = 2.4 * f64::from(k);
                        ((x * angle.cos() + y * angle.sin()) / (9.0 + 3.0 * f64::from(k)) + f64::from(k * k)).sin()
                    })
                    .sum();
                let lit = 0.25 * (1.0 + 0.25 * texture / 2.5);
                map.z[[row, column]] = (match (out, hole) {
                    (_, h) if h < 500.0 => 0.12,
                    (_, h) if h < 650.0 => 0.02,
                    (_, h) if h < 950.0 => 0.6,
                    (_, h) if h < 1_050.0 => 0.03,
                    (o, _) if o < 1_840.0 => lit,
                    (o, _) if o < 2_620.0 => 0.03,
                    _ => 0.18,
                }) as f32;
            }
        }
        map
    }
}

#[test]
fn rings_are_found_where_they_were_drawn() {
    let moved = Head { primer: Point::new(-500.0, 350.0), aperture: Point::new(-620.0, 420.0), ..HEAD };
    for head in [HEAD, moved] {
        let found = find(&head.picture(), &PhotoParameters::default()).unwrap();
        let near = |ring: &Ring, at: Point, radius: f64, within: f64| {
            assert!(ring.circle.centre.distance_um(at) < within, "{:?}", ring.circle);
            assert!((ring.circle.radius_um - radius).abs() < within, "{:?}", ring.circle);
            assert!(ring.confidence > 0.7, "{}", ring.confidence);
        };
        near(&found.face, head.primer, 1_840.0, 25.0);
        near(found.aperture.as_ref().unwrap(), head.aperture, 1_050.0, 25.0);
        // Steps are taken over 80 um of a picture smoothed over 40 um, and the dark ring within the pin's edge draws it inwards.
        near(found.pin.as_ref().unwrap(), head.aperture, 650.0, 80.0);
        assert!((found.primer.unwrap().radius_um - 2_230.0).abs() < 40.0);
    }
}

#[test]
fn an_unknown_pitch_follows_from_the_primer() {
    let parameters = PhotoParameters::default();
    let picture = HEAD.picture().z;
    let small = estimate(&picture, Some("9 mm Luger"), &parameters).unwrap();
    assert!((small.pitch_um / 10.0 - 1.0).abs() < 0.03, "{small:?}");
    let large = estimate(&picture, Some(".45 ACP"), &parameters).unwrap();
    assert!((large.pitch_um / small.pitch_um - 5_330.0 / 4_450.0).abs() < 1e-9);
    assert_eq!(Primer::of_calibre(None), Primer::Small);
}

#[test]
fn a_photograph_becomes_a_mark_of_reflectance_about_the_aperture() {
    let parameters = PrepareParameters::photographs();
    let mark = prepare(&HEAD.picture(), &parameters, &mut Silent).unwrap();
    assert_eq!(mark.quality.suitability, Suitability::Suitable);
    assert_eq!((mark.modality, mark.centre.basis), (Modality::Reflectance, CentreBasis::Hole));
    assert_eq!((mark.fine.pitch_um, mark.coarse.pitch_um), (15.0, 30.0));
    let hole = mark.centre.hole.unwrap();
    assert!((hole.radius_um - 1_140.0).abs() < 40.0, "{hole:?}");
    let area = std::f64::consts::PI * (1.74f64.powi(2) - 1.18f64.powi(2));
    assert!((mark.quality.valid_area_mm2 / area - 1.0).abs() < 0.08, "{} for {area}", mark.quality.valid_area_mm2);
}

#[test]
fn what_is_no_primer_is_a_result_with_the_reason() {
    let code = |z: Array2<f32>| {
        let map = HeightMap { z, pitch_um: 10.0 };
        match prepare(&map, &PrepareParameters::photographs(), &mut Silent).unwrap().quality.suitability {
            Suitability::Suitable => "suitable".to_owned(),
            Suitability::Unsuitable { code, english, spanish } => {
                assert_ne!(english, spanish);
                code
            }
        }
    };
    assert_eq!(code(Array2::from_elem((400, 500), 0.4)), "outline.picture_empty");
    assert_eq!(code(Array2::zeros((4, 5))), "outline.picture_empty");
    let stripes = Array2::from_shape_fn((400, 500), |(r, _)| if r / 40 % 2 == 0 { 0.1 } else { 0.6 });
    assert!(code(stripes).starts_with("outline.face"), "stripes");
    let noise = Array2::from_shape_fn((400, 500), |(r, c)| ((r * 7_919 + c * 104_729 + r * c) % 251) as f32 / 251.0);
    assert!(code(noise).starts_with("outline."), "noise");
    let disc = |least: f64, most: f64| {
        Array2::from_shape_fn((400, 500), |(r, c)| {
            let away = 10.0 * (r as f64 - 200.0).hypot(c as f64 - 250.0);
            let grain = 0.05 * ((r * 7 + c * 13) % 11) as f32 / 11.0;
            if (least..most).contains(&away) { 0.5 + grain } else { 0.03 }
        })
    };
    assert_eq!(code(disc(1_650.0, 1_850.0)), "outline.ring_only");
    // A disc of the right size may be a primer whose pocket is cut off; of a size that nobody stated it may be anything.
    let size = estimate(&disc(600.0, 1_850.0), None, &PhotoParameters::default());
    assert_eq!(size.unwrap_err(), Reason::PocketMissing);
}

#[test]
fn a_coarser_picture_keeps_its_middle() {
    let map = HeightMap { z: Array2::from_shape_fn((7, 11), |(r, c)| (r * 11 + c) as f32), pitch_um: 2.0 };
    let half = coarser(&map, 3);
    assert_eq!((half.rows(), half.columns(), half.pitch_um), (2, 3, 6.0));
    let gap = HeightMap { z: Array2::from_elem((4, 4), f32::NAN), pitch_um: 2.0 };
    assert!(coarser(&gap, 2).z.iter().all(|v| *v == 0.0));
}
