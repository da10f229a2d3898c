//! Tests of marks at their true poses, and of the promise that a firearm is the same however it is made.

use super::*;
use crate::geometry::Point;
use crate::grid::HeightMap;
use texture::sample;

/// Pitch of the tests, um: coarse, so that they run in seconds.
const PITCH_UM: f64 = 18.0;

fn shots(firearm: &SimulatedFirearm, count: u32) -> Vec<(SimulatedShot, HeightMap)> {
    (1..=count)
        .map(|number| {
            let ammunition = AMMUNITION[(number as usize) % AMMUNITION.len()];
            let mut shot = SimulatedShot::new(firearm, number, ammunition);
            // Weak shots exist on purpose; here the model itself is judged.
            shot.pressure_um = shot.pressure_um.max(0.8);
            let map = shot.cropped(firearm, PITCH_UM).height_map();
            (shot, high_passed(&map))
        })
        .collect()
}

/// The waves shorter than about 400 um: the map less its mask-aware smooth part (sigma 0.1874 of the cutoff).
fn high_passed(map: &HeightMap) -> HeightMap {
    let (rows, columns) = map.z.dim();
    let mut values = HeightMap::missing(rows, columns, map.pitch_um);
    let mut weights = values.clone();
    for (at, z) in map.z.indexed_iter() {
        values.z[at] = if z.is_finite() { *z } else { 0.0 };
        weights.z[at] = if z.is_finite() { 1.0 } else { 0.0 };
    }
    let sigma = 0.1874 * 400.0;
    let (values, weights) = (texture::smoothed(&values, sigma), texture::smoothed(&weights, sigma));
    let mut out = map.clone();
    for (at, z) in out.z.indexed_iter_mut() {
        // The ridge of flow-back at the edge of the mask is no part of the comparison.
        *z = if weights.z[at] > 0.75 { *z - values.z[at] / weights.z[at] } else { f32::NAN };
        *z = z.clamp(-4.0, 4.0);
    }
    out
}

/// Correlation of two maps where both have values, the second moved by the pose `ref_from_cmp`.
fn ccf(reference: &HeightMap, comparison: &HeightMap, ref_from_cmp: &crate::geometry::Pose) -> f64 {
    let cmp_from_ref = ref_from_cmp.inverse();
    let mut sums = [0.0f64; 6];
    for ((row, column), &a) in reference.z.indexed_iter() {
        let p: Point = cmp_from_ref.apply(reference.point_at(row as f64, column as f64));
        let b = sample(comparison, p.x_um, p.y_um);
        let (r, c) = comparison.index_of(p);
        let inside = r >= 0.0 && c >= 0.0 && r < comparison.rows() as f64 && c < comparison.columns() as f64;
        if inside && a.is_finite() && b.is_finite() {
            let (a, b) = (f64::from(a), f64::from(b));
            for (sum, term) in sums.iter_mut().zip([1.0, a, b, a * a, b * b, a * b]) {
                *sum += term;
            }
        }
    }
    let [n, a, b, aa, bb, ab] = sums;
    assert!(n > 1_000.0, "overlap of {n} points");
    (ab - a * b / n) / ((aa - a * a / n) * (bb - b * b / n)).sqrt()
}

#[test]
fn mates_correlate_at_the_true_pose_and_others_do_not_on_every_finish() {
    for (at, finish) in Finish::ALL.into_iter().enumerate() {
        // Two pistols of different lots: neighbours of one lot share some texture on purpose.
        let mut first = SimulatedFirearm::with_finish(11, 10 * at as u32 + 1, finish);
        let mut second = SimulatedFirearm::with_finish(11, 10 * at as u32 + 5, finish);
        // So do pistols that hardly mark.
        first.rms_um = first.rms_um.max(1.6);
        second.rms_um = second.rms_um.max(1.6);
        let (mine, theirs) = (shots(&first, 3), shots(&second, 1));
        let (mut mates, mut others) = (Vec::new(), Vec::new());
        for i in 0..mine.len() {
            for j in 0..i {
                mates.push(ccf(&mine[j].1, &mine[i].1, &mine[j].0.pose_of(&mine[i].0)));
            }
            for (shot, map) in &theirs {
                others.push(ccf(&mine[i].1, map, &mine[i].0.pose_of(shot)));
            }
        }
        let lowest = mates.iter().copied().fold(f64::INFINITY, f64::min);
        let mean = mates.iter().sum::<f64>() / mates.len() as f64;
        let highest = others.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let name = finish.name();
        assert!((0.3..0.93).contains(&mean), "{name}: mates correlate {mean:.2} on average: {mates:.2?}");
        assert!(lowest > highest + 0.1 && highest < 0.2, "{name}: mates {mates:.2?}, others {others:.2?}");
    }
}

#[test]
fn slides_of_one_lot_share_some_texture_on_broached_faces_and_none_on_filed_ones() {
    let shared = |finish| {
        let mut sum = 0.0;
        for lot in 0..2 {
            let a = SimulatedFirearm::with_finish(4, 2 * lot + 1, finish);
            let b = SimulatedFirearm::with_finish(4, 2 * lot + 2, finish);
            assert_eq!((a.lot, a.aperture.shape), (b.lot, b.aperture.shape));
            sum += ccf(&high_passed(a.breech_face()), &high_passed(b.breech_face()), &crate::geometry::Pose::IDENTITY);
        }
        sum / 2.0
    };
    let (broached, filed) = (shared(Finish::Broached), shared(Finish::Filed));
    assert!((0.06..0.6).contains(&broached), "broached {broached:.2}");
    assert!(filed < 0.06, "filed {filed:.2}");
}

#[test]
fn five_successive_lots_have_five_finishes() {
    for seed in 0..4 {
        let mut finishes: Vec<Finish> =
            (0..5).map(|lot| SimulatedFirearm::new(seed, LOT_SIZE * lot + 1).finish).collect();
        finishes.sort_unstable();
        assert_eq!(finishes, Finish::ALL);
    }
}

#[test]
fn a_cropped_scan_has_the_size_and_heights_of_published_ones() {
    let firearm = SimulatedFirearm::new(2, 3);
    for number in 1..=3 {
        let shot = SimulatedShot::new(&firearm, number, AMMUNITION[0]);
        let map = shot.cropped(&firearm, PITCH_UM).height_map();
        let area = map.valid_area_mm2();
        assert!((2.0..7.5).contains(&area), "area {area}");
        let half = map.rows() as f64 * map.pitch_um / 2.0;
        assert!((1_600.0..2_000.0).contains(&half), "half width {half}");
        let valid: Vec<f64> = map.z.iter().filter(|z| z.is_finite()).map(|z| f64::from(*z)).collect();
        let rms = (valid.iter().map(|z| z * z).sum::<f64>() / valid.len() as f64).sqrt();
        assert!((0.4..6.0).contains(&rms), "rms {rms}");
        // The centre is the firing-pin hole.
        assert!(map.z[[map.rows() / 2, map.columns() / 2]].is_nan());
    }
}

#[test]
fn the_same_shot_is_the_same_on_one_thread_and_on_four() {
    let render = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let firearm = SimulatedFirearm::new(6, 2);
            let shot = SimulatedShot::new(&firearm, 1, AMMUNITION[1]);
            let bits = |z: &ndarray::Array2<f64>| z.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            let photo = shot.photograph(&firearm, 60.0).luminance.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            (bits(&shot.cropped(&firearm, 30.0).heights_um), bits(&shot.whole(&firearm, 40.0).heights_um), photo)
        })
    };
    assert!(render(1) == render(4));
}

#[test]
fn the_whole_form_has_crater_edge_and_head_where_a_primer_has_them() {
    let firearm = SimulatedFirearm::new(9, 4);
    let mut shot = SimulatedShot::new(&firearm, 1, AMMUNITION[0]);
    shot.instrument = INSTRUMENTS[2];
    let map = shot.whole(&firearm, 30.0).height_map();
    let scan_from_face = shot.face_from_scan.inverse();
    let at = |p: Point| {
        let (r, c) = map.index_of(p);
        map.z[[r.round() as usize, c.round() as usize]]
    };
    let pin = at(scan_from_face.apply(firearm.pin_offset));
    let far = firearm.aperture.radius_towards(1.0, 0.0) + 150.0;
    let plateau = at(scan_from_face.apply(Point::new(far, 0.0)));
    let gap = at(Point::new(0.0, -shot.ammunition.primer_radius_um - 30.0));
    let corner = map.z[[1, 1]];
    assert!(pin < plateau - 120.0, "crater {pin}, plateau {plateau}");
    assert!(gap < plateau - 150.0, "gap {gap}, plateau {plateau}");
    assert!(corner > gap + 100.0, "head {corner}, gap {gap}");
}

#[test]
fn a_photograph_is_neither_black_nor_burnt_out() {
    let firearm = SimulatedFirearm::new(9, 1);
    let photo = SimulatedShot::new(&firearm, 1, AMMUNITION[2]).photograph(&firearm, 20.0);
    let n = photo.luminance.len() as f32;
    let mean = photo.luminance.sum() / n;
    let burnt = photo.luminance.iter().filter(|v| **v >= 1.0).count() as f32 / n;
    assert!((0.05..0.6).contains(&mean) && burnt < 0.2, "mean {mean}, saturated {burnt}");
}
