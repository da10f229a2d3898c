//! Tests of the preparation on made-up breech faces.

use super::*;
use crate::geometry::Pose;
use crate::workings::{Item, Recorder, Silent};
use ndarray::Array2;
use proptest::prelude::*;
use std::f64::consts::TAU;

/// A made-up primer: relief at several wavelengths, tilted, with a rim and a firing-pin hole.
#[derive(Clone, Copy)]
struct Face {
    pitch_um: f64,
    side_um: f64,
    hole: Circle,
    rim: Circle,
    tilt: f64,
    /// Relief seen from a turned and shifted camera.
    pose: Pose,
}

const FACE: Face = Face {
    pitch_um: 6.25,
    side_um: 2_600.0,
    hole: Circle { centre: Point { x_um: 60.0, y_um: -40.0 }, radius_um: 600.0 },
    rim: Circle { centre: Point { x_um: -20.0, y_um: 10.0 }, radius_um: 1_220.0 },
    tilt: 0.01,
    pose: Pose::IDENTITY,
};

fn relief(p: Point) -> f64 {
    (0..14)
        .map(|k| {
            let angle = 2.4 * f64::from(k);
            let along = p.x_um * angle.cos() + p.y_um * angle.sin();
            (TAU * along / (50.0 + 17.0 * f64::from(k)) + f64::from(k * k)).sin() * 0.4
        })
        .sum()
}

impl Face {
    fn map(&self) -> HeightMap {
        let side = (self.side_um / self.pitch_um) as usize;
        let mut map = HeightMap::missing(side, side, self.pitch_um);
        for row in 0..side {
            for column in 0..side {
                let p = map.point_at(row as f64, column as f64);
                let q = self.pose.inverse().apply(p);
                if q.distance_um(self.rim.centre) < self.rim.radius_um
                    && q.distance_um(self.hole.centre) > self.hole.radius_um
                {
                    map.z[(row, column)] = (300.0 + self.tilt * p.x_um + relief(q)) as f32;
                }
            }
        }
        map
    }
}

fn ready(map: &HeightMap) -> Mark {
    prepare(map, &PrepareParameters::default(), &mut Silent).unwrap()
}

/// Where the mark's frame has its origin in the frame of the acquisition, um.
fn origin(map: &HeightMap) -> Point {
    let mut recorder = Recorder::default();
    prepare(map, &PrepareParameters::default(), &mut recorder).unwrap();
    let frame = recorder.items.iter().find(|(key, _)| key == "mark.frame").unwrap();
    let Item::Facts(facts) = &frame.1 else { panic!("facts expected") };
    serde_json::from_value(facts["origin_um"].clone()).unwrap()
}

fn correlation(a: impl Iterator<Item = (f32, f32)>) -> f64 {
    let (mut n, mut sa, mut sb, mut saa, mut sbb, mut sab) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in a.filter(|(x, y)| x.is_finite() && y.is_finite()) {
        let (x, y) = (f64::from(x), f64::from(y));
        n += 1.0;
        sa += x;
        sb += y;
        saa += x * x;
        sbb += y * y;
        sab += x * y;
    }
    assert!(n > 500.0, "only {n} points in common");
    (sab - sa * sb / n) / ((saa - sa * sa / n) * (sbb - sb * sb / n)).sqrt()
}

#[test]
fn a_face_becomes_two_levels_in_one_frame() {
    let map = FACE.map();
    let mark = ready(&map);
    assert!(mark.suitable(), "{:?}", mark.quality.suitability);
    assert_eq!((mark.region, mark.modality), (Region::BreechFace, Modality::Heights));
    assert_eq!((mark.fine.pitch_um, mark.coarse.pitch_um), (15.0, 30.0));
    for level in [&mark.fine, &mark.coarse] {
        assert_eq!((level.rows() % 2, level.columns() % 2), (1, 1));
        let side_um = level.rows() as f64 * level.pitch_um;
        assert!((2_440.0..2_560.0).contains(&side_um), "{side_um}");
    }
    assert!((mark.quality.tilt_rad - 0.01).abs() < 5e-4, "{}", mark.quality.tilt_rad);
    let ring_mm2 = std::f64::consts::PI * (1.18f64.powi(2) - 0.64f64.powi(2));
    assert!((mark.quality.valid_area_mm2 / ring_mm2 - 1.0).abs() < 0.03, "{}", mark.quality.valid_area_mm2);
    assert_eq!((mark.quality.dropout_share, mark.quality.outlier_share), (0.0, 0.0));
    assert!((0.3..1.2).contains(&mark.quality.rms_fine_um) && (0.3..1.2).contains(&mark.quality.rms_coarse_um));
    // What both bands carry (75-150 um) lies at the same place in both.
    let at_coarse = |shift: usize| {
        let pairs = mark.coarse.z.indexed_iter().filter_map(|((r, c), &z)| {
            let p = mark.coarse.point_at(r as f64, c as f64);
            let (fr, fc) = mark.fine.index_of(p);
            mark.fine.z.get((fr.round() as usize, fc.round() as usize + shift)).map(|&f| (z, f))
        });
        correlation(pairs)
    };
    assert!(at_coarse(0) > 0.5 && at_coarse(0) > at_coarse(1) + 0.05, "{} {}", at_coarse(0), at_coarse(1));
}

#[test]
fn the_centre_is_that_of_the_hole_whatever_the_rim_does() {
    let cases = [
        ("closed", FACE),
        ("open to the right", Face { hole: Circle { centre: Point::new(350.0, 30.0), radius_um: 900.0 }, ..FACE }),
        ("small", Face { hole: Circle { centre: Point::new(-150.0, 120.0), radius_um: 420.0 }, ..FACE }),
        ("coarser", Face { pitch_um: 11.3, ..FACE }),
    ];
    for (name, face) in cases {
        let map = face.map();
        let mark = ready(&map);
        let at = origin(&map);
        let found = mark.centre.hole.unwrap_or_else(|| panic!("{name}: no hole"));
        assert_eq!(mark.centre.basis, CentreBasis::Hole, "{name}");
        let place = Point::new(found.centre.x_um + at.x_um, found.centre.y_um + at.y_um);
        assert!(place.distance_um(face.hole.centre) < 6.0, "{name}: {place:?}");
        assert!((found.radius_um - face.hole.radius_um).abs() < 8.0, "{name}: {}", found.radius_um);
        assert!((19.0..40.0).contains(&mark.centre.sd_um), "{name}");
        let rim = mark.centre.rim.unwrap();
        assert!((rim.radius_um - face.rim.radius_um).abs() < 8.0, "{name}: {}", rim.radius_um);
    }
}

#[test]
fn drag_notches_and_ragged_edges_do_not_move_the_centre() {
    let mut map = FACE.map();
    let hole = FACE.hole;
    for row in 0..map.rows() {
        for column in 0..map.columns() {
            let p = map.point_at(row as f64, column as f64);
            let (dx, dy) = (p.x_um - hole.centre.x_um, p.y_um - hole.centre.y_um);
            let angle = dy.atan2(dx);
            let ragged = hole.radius_um + 20.0 * (11.0 * angle).sin() + 12.0 * (29.0 * angle).cos();
            let drag = dx > 0.0 && dx < 850.0 && dy.abs() < 180.0;
            let notch = p.x_um < -900.0 && p.y_um.abs() < 120.0;
            let speck = p.distance_um(Point::new(-300.0, 900.0)) < 60.0;
            if dx.hypot(dy) < ragged || drag || notch || speck {
                map.z[(row, column)] = f32::NAN;
            }
        }
    }
    let mark = ready(&map);
    let at = origin(&map);
    let place = Point::new(mark.centre.at.x_um + at.x_um, mark.centre.at.y_um + at.y_um);
    assert_eq!(mark.centre.basis, CentreBasis::Hole);
    assert!(place.distance_um(hole.centre) < 25.0, "{place:?}");
}

#[test]
fn without_a_hole_the_rim_serves_and_without_both_the_centroid() {
    let whole = Face { hole: Circle { centre: Point::default(), radius_um: 0.0 }, ..FACE };
    let map = whole.map();
    let mark = ready(&map);
    assert_eq!((mark.centre.basis, mark.centre.hole), (CentreBasis::Rim, None));
    let at = origin(&map);
    let place = Point::new(mark.centre.at.x_um + at.x_um, mark.centre.at.y_um + at.y_um);
    assert!(place.distance_um(whole.rim.centre) < 10.0, "{place:?}");
    assert!((55.0..90.0).contains(&mark.centre.sd_um));

    let mut strip = whole.map();
    for ((row, column), z) in strip.z.indexed_iter_mut() {
        if !(150..220).contains(&row) || !(60..360).contains(&column) {
            *z = f32::NAN;
        }
    }
    let mark = ready(&strip);
    assert_eq!(mark.centre.basis, CentreBasis::Centroid);
    assert!(mark.centre.at.distance_um(Point::default()) < 20.0 && mark.centre.sd_um > 100.0);
}

#[test]
fn a_turned_acquisition_gives_the_turned_mark() {
    let still = ready(&FACE.map());
    let face = Face { pose: Pose::new(1.1, 35.0, -50.0), pitch_um: 7.37, tilt: -0.004, side_um: 2_900.0, ..FACE };
    let (map, first) = (face.map(), FACE.map());
    let turned = ready(&map);
    let (still_at, turned_at) = (origin(&first), origin(&map));
    // still frame -> acquisition -> turned acquisition -> turned frame
    let pose = Pose::new(0.0, -turned_at.x_um, -turned_at.y_um).after(&face.pose).after(&Pose::new(
        0.0,
        still_at.x_um,
        still_at.y_um,
    ));
    let moved = crate::dsp::resample::rigid(
        &still.fine,
        pose,
        turned.fine.rows(),
        turned.fine.columns(),
        15.0,
        crate::dsp::resample::Interpolation::Bicubic,
    );
    let r = correlation(moved.z.iter().copied().zip(turned.fine.z.iter().copied()));
    assert!(r > 0.98, "{r}");
    assert!(pose.apply(still.centre.at).distance_um(turned.centre.at) < 6.0);
}

#[test]
fn spikes_and_dropouts_are_counted_and_leave_the_rest_alone() {
    let clean = ready(&FACE.map());
    let mut map = FACE.map();
    let (mut spikes, mut gaps) = (0, 0);
    for ((row, column), z) in map.z.indexed_iter_mut().filter(|(_, z)| z.is_finite()) {
        match (row * 131 + column * 257 + row * column) % 1_009 {
            0 => {
                *z += 40.0;
                spikes += 1;
            }
            500 => {
                *z = f32::NAN;
                gaps += 1;
            }
            _ => {}
        }
    }
    assert!(spikes > 50 && gaps > 50);
    let mark = ready(&map);
    assert!((mark.quality.outlier_share - 1e-3).abs() < 2e-4, "{}", mark.quality.outlier_share);
    assert!((mark.quality.dropout_share - 1e-3).abs() < 3e-4, "{}", mark.quality.dropout_share);
    assert_eq!(mark.fine.z.dim(), clean.fine.z.dim());
    let r = correlation(mark.fine.z.iter().copied().zip(clean.fine.z.iter().copied()));
    assert!(r > 0.999, "{r}");
    assert!((mark.quality.valid_area_mm2 / clean.quality.valid_area_mm2 - 1.0).abs() < 0.01);
}

fn code_of(mark: &Mark) -> &str {
    match &mark.quality.suitability {
        Suitability::Suitable => "suitable",
        Suitability::Unsuitable { code, english, spanish } => {
            assert!(!english.is_empty() && !spanish.is_empty() && english != spanish);
            code
        }
    }
}

#[test]
fn what_cannot_be_compared_is_a_result_with_a_reason() {
    let constant = HeightMap { z: Array2::from_elem((300, 300), 4.0), pitch_um: 6.25 };
    let line = {
        let mut map = HeightMap::missing(4_000, 4_000, 12.5);
        map.z.row_mut(9).fill(1.0);
        map.z.row_mut(10).fill(1.0);
        map
    };
    let cases = [
        ("points.none", HeightMap::missing(50, 60, 6.25)),
        ("points.none", HeightMap::missing(0, 0, 6.25)),
        ("area.too_small", HeightMap { z: Array2::from_elem((1, 1), 2.0), pitch_um: 6.25 }),
        ("area.too_small", HeightMap { z: Array2::from_elem((20, 20), 2.0), pitch_um: 6.25 }),
        ("area.too_small", line),
        ("pitch.too_coarse", HeightMap { z: Array2::from_elem((200, 200), 2.0), pitch_um: 50.0 }),
        ("relief.none", constant),
    ];
    for (code, map) in cases {
        let mark = ready(&map);
        assert_eq!(code_of(&mark), code);
        assert!(!mark.suitable());
        let back = Mark::from_bytes(&mark.to_bytes().unwrap()).unwrap();
        assert_eq!(code_of(&back), code);
    }
}

#[test]
fn impossible_maps_and_parameters_are_errors_that_name_the_field() {
    let fails = |map: &HeightMap, parameters: &PrepareParameters| {
        prepare(map, parameters, &mut Silent).unwrap_err().to_string()
    };
    let ok = PrepareParameters::default();
    for pitch_um in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(fails(&HeightMap::missing(5, 5, pitch_um), &ok).contains("pitch_um"));
    }
    assert!(fails(&HeightMap::missing(5, 50_000, 6.25), &ok).contains("50000"));
    let bad = PrepareParameters { erosion_um: f64::NAN, ..ok.clone() };
    assert!(fails(&FACE.map(), &bad).contains("erosion_um"));
    let bad = PrepareParameters { fine: Band { short_um: 30.0, long_um: 20.0, pitch_um: 15.0 }, ..ok };
    assert!(fails(&FACE.map(), &bad).contains("fine.long_um"));
}

#[test]
fn parameters_have_one_canonical_form() {
    let parameters = PrepareParameters::default();
    let text = parameters.canonical();
    assert!(text.starts_with("mark.prepare/3 {\"region\":\"breech_face\",\"fine\":{\"short_um\":30.0"), "{text}");
    let json = text.split_once(' ').unwrap().1;
    let back: PrepareParameters = serde_json::from_str(json).unwrap();
    assert_eq!(back.canonical(), text);
    assert_ne!(PrepareParameters { spike_sd: 9.0, ..parameters }.canonical(), text);
}

fn same_bits(a: &HeightMap, b: &HeightMap) -> bool {
    a.pitch_um == b.pitch_um && a.z.mapv(f32::to_bits) == b.z.mapv(f32::to_bits)
}

#[test]
fn a_stored_mark_is_the_fresh_one_bit_for_bit() {
    let mark = ready(&FACE.map());
    let bytes = mark.to_bytes().unwrap();
    assert!(bytes.len() < 2 * mark.fine.z.len(), "{} bytes", bytes.len());
    let back = Mark::from_bytes(&bytes).unwrap();
    assert!(same_bits(&back.fine, &mark.fine) && same_bits(&back.coarse, &mark.coarse));
    assert_eq!((back.centre, &back.quality), (mark.centre, &mark.quality));
    assert_eq!((back.region, back.modality), (mark.region, mark.modality));
    assert_eq!(back.to_bytes().unwrap(), bytes);
}

#[test]
fn every_truncation_and_every_changed_byte_is_noticed() {
    let face = Face { pitch_um: 15.0, side_um: 1_300.0, ..FACE };
    let face = Face { rim: Circle { centre: Point::default(), radius_um: 620.0 }, ..face };
    let face = Face { hole: Circle { centre: Point::default(), radius_um: 310.0 }, ..face };
    let bytes = ready(&face.map()).to_bytes().unwrap();
    for length in 0..bytes.len() {
        assert!(matches!(Mark::from_bytes(&bytes[..length]), Err(MarkError::Format { .. })), "cut at {length}");
    }
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x41;
        assert!(matches!(Mark::from_bytes(&changed), Err(MarkError::Format { .. })), "changed at {at}");
    }
}

proptest! {
    #[test]
    fn hostile_bodies_with_a_right_checksum_never_panic(mut body in prop::collection::vec(any::<u8>(), 0..400), splice in any::<bool>()) {
        if splice {
            // A whole centre and quality before the noise, so that it reaches the levels.
            let mut head = vec![0u8; 24];
            head.extend([2, 0, 0]);
            head.extend([0u8; 48]);
            head.push(0);
            head.extend(body);
            body = head;
        }
        let mut bytes = b"BLMK\x01\x00\x00\x00".to_vec();
        bytes.extend((body.len() as u32).to_le_bytes());
        bytes.extend(&body);
        let crc = crc32fast::hash(&bytes);
        bytes.extend(crc.to_le_bytes());
        let _ = Mark::from_bytes(&bytes);
    }
}

#[test]
fn a_level_that_promises_too_much_is_refused_before_it_is_unpacked() {
    let mut body = vec![0u8; 24];
    body.extend([2, 0, 0]);
    body.extend([0u8; 48]);
    body.push(0);
    body.extend(u32::MAX.to_le_bytes());
    body.extend(u32::MAX.to_le_bytes());
    let mut bytes = b"BLMK\x01\x00\x00\x00".to_vec();
    bytes.extend((body.len() as u32).to_le_bytes());
    bytes.extend(&body);
    let crc = crc32fast::hash(&bytes);
    bytes.extend(crc.to_le_bytes());
    assert!(Mark::from_bytes(&bytes).unwrap_err().to_string().contains("points"));
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let map = FACE.map();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| ready(&map).to_bytes().unwrap())
    };
    assert_eq!(with(1), with(4));
}

#[test]
fn the_stages_explain_themselves_in_order() {
    let mut recorder = Recorder::default();
    prepare(&FACE.map(), &PrepareParameters::default(), &mut recorder).unwrap();
    let keys: Vec<&str> = recorder.items.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        keys,
        ["mark.input", "mark.levelled", "mark.frame", "mark.fine", "mark.coarse", "mark.centre", "mark.quality"]
    );
}
