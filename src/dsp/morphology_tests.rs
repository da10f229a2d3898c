//! Tests of the neighbouring module.

use super::*;
use proptest::prelude::*;

fn any_mask() -> impl Strategy<Value = Array2<bool>> {
    (1usize..24, 1usize..24).prop_flat_map(|(rows, columns)| {
        prop::collection::vec(prop::bool::weighted(0.85), rows * columns)
            .prop_map(move |v| Array2::from_shape_vec((rows, columns), v).unwrap())
    })
}

fn disc(side: usize, radius: f64) -> Array2<bool> {
    let middle = (side as f64 - 1.0) / 2.0;
    Array2::from_shape_fn((side, side), |(r, c)| (r as f64 - middle).hypot(c as f64 - middle) < radius)
}

proptest! {
    #[test]
    fn distances_equal_the_search_over_all_missing_points(mask in any_mask()) {
        let (rows, columns) = mask.dim();
        let fast = squared_distance_to_missing(&mask);
        for ((r, c), &d) in fast.indexed_iter() {
            let mut least = i64::MAX;
            for i in -1..=rows as i64 {
                for j in -1..=columns as i64 {
                    let beyond = i < 0 || j < 0 || i == rows as i64 || j == columns as i64;
                    if beyond || !mask[(i as usize, j as usize)] {
                        least = least.min((i - r as i64).pow(2) + (j - c as i64).pow(2));
                    }
                }
            }
            prop_assert_eq!(d, least as f32);
        }
    }

    #[test]
    fn regions_share_a_label_exactly_when_a_path_joins_them(mask in any_mask(), diagonal in any::<bool>()) {
        let found = blobs(&mask, diagonal);
        prop_assert_eq!(found.blobs.iter().map(|b| b.points).sum::<usize>(), mask.iter().filter(|m| **m).count());
        // Labels by repeated minimum over neighbours until nothing changes.
        let (rows, columns) = mask.dim();
        let mut slow = Array2::from_shape_fn((rows, columns), |(r, c)| r * columns + c);
        loop {
            let before = slow.clone();
            for r in 0..rows {
                for c in 0..columns {
                    for i in r.saturating_sub(1)..(r + 2).min(rows) {
                        for j in c.saturating_sub(1)..(c + 2).min(columns) {
                            if mask[(r, c)] && mask[(i, j)] && (diagonal || i == r || j == c) {
                                let least = slow[(r, c)].min(slow[(i, j)]);
                                slow[(r, c)] = least;
                            }
                        }
                    }
                }
            }
            if slow == before { break }
        }
        let mut pairs: Vec<(u32, usize)> =
            found.labels.iter().copied().zip(slow.iter().copied()).filter(|(l, _)| *l > 0).collect();
        pairs.sort_unstable();
        pairs.dedup();
        prop_assert_eq!(pairs.len(), found.blobs.len());
    }
}

#[test]
fn erosion_takes_the_stated_width_at_any_pitch() {
    for pitch_um in [5.0, 12.5] {
        let side = (1_200.0 / pitch_um) as usize | 1;
        let mask = disc(side, 500.0 / pitch_um);
        let area = |m: &Array2<bool>| m.iter().filter(|m| **m).count() as f64 * pitch_um * pitch_um;
        let radius = (area(&erode(&mask, pitch_um, 40.0)) / std::f64::consts::PI).sqrt();
        assert!((radius - 460.0).abs() < pitch_um / 2.0, "{radius}");
    }
    let whole = Array2::from_elem((9, 9), true);
    assert_eq!(erode(&whole, 10.0, 10.0).iter().filter(|m| **m).count(), 49);
}

#[test]
fn small_gaps_are_filled_and_holes_and_bays_are_not() {
    let mut mask = disc(101, 45.0);
    let hole = disc(101, 15.0);
    mask.zip_mut_with(&hole, |m, &h| *m &= !h);
    mask[(20, 50)] = false;
    mask[(21, 51)] = false;
    let filled = fill_gaps(&mask, 10.0, 1_000.0);
    assert!(filled[(20, 50)] && filled[(21, 51)]);
    assert!(!filled[(50, 50)] && !filled[(0, 0)]);
}

#[test]
fn islands_are_dropped_by_area() {
    let mut mask = Array2::from_elem((30, 30), false);
    mask.slice_mut(ndarray::s![5..20, 5..20]).fill(true);
    mask[(25, 25)] = true;
    let kept = drop_islands(&mask, 10.0, 200.0);
    assert!(kept[(10, 10)] && !kept[(25, 25)]);
}

#[test]
fn the_edge_of_a_ring_lies_on_its_circles_and_points_to_the_missing_side() {
    let mut ring = disc(121, 50.0);
    let hole = disc(121, 25.0);
    ring.zip_mut_with(&hole, |m, &h| *m &= !h);
    let edges = edge_points(&ring, 10.0, 3);
    let (mut inner, mut outer) = (0, 0);
    for e in &edges {
        let d = e.at.x_um.hypot(e.at.y_um);
        let along = (e.at.x_um * e.outward[0] + e.at.y_um * e.outward[1]) / d;
        if d < 375.0 {
            assert!((d - 250.0).abs() < 10.0 && along < -0.9, "{d} {along}");
            inner += 1;
        } else {
            assert!((d - 500.0).abs() < 10.0 && along > 0.9, "{d} {along}");
            outer += 1;
        }
    }
    assert!(inner > 150 && outer > 300);
}
