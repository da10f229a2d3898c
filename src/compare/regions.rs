//! Where two aligned marks agree and where they do not: how much of the overlap, and how large in one piece.
//!
//! After ACES (J. Zemmels, H. Hofmann, S. VanderPlas 2023), who count points whose heights agree and the sizes of their connected regions. Here the unit is a
//! square block with its own correlation, because single points of two related marks agree only a little more often than chance.

use super::level::{Level, Motion, Points};
use crate::dsp::correlate::coefficient;
use crate::dsp::lanes::{LANES, Lanes, kernel};
use crate::geometry::Pose;

/// Side of a block, um: some fourteen independent points of the fine band, and a quarter of a cell.
const BLOCK_UM: f64 = 225.0;
/// Least share of a block's points that must be in common.
const LEAST_SHARE: f32 = 0.35;
/// A block agrees from this correlation on: about 1.3 standard deviations of chance.
const AGREES: f32 = 0.35;
/// A block disagrees below this correlation: chance falls below it half the time, related surfaces in contact hardly ever.
const DISAGREES: f32 = 0.0;

/// Agreement by blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Regions {
    /// Share of the common area whose blocks agree, 0 to 1.
    pub agree_share: f64,
    /// Largest connected region of agreeing blocks, mm2.
    pub agree_mm2: f64,
    /// Share of the common area whose blocks disagree.
    pub disagree_share: f64,
    /// Largest connected region of disagreeing blocks, mm2.
    pub disagree_mm2: f64,
}

/// Measures two fine levels at a pose (`ref_from_cmp` between hubs).
pub(super) fn measure(reference: &Level, comparison: &Level, pose: &Pose) -> Regions {
    let each_way = (comparison.radius_um / BLOCK_UM).ceil().clamp(1.0, 256.0);
    let side = 2 * each_way as usize + 1;
    let mut sums = vec![[0f32; 6]; side * side];
    gather(reference, &comparison.points, &Motion::of(pose), side, &mut sums);
    let full = (BLOCK_UM / comparison.pitch_um).powi(2) as f32;
    let known: Vec<Option<(f32, f32)>> = sums
        .iter()
        .map(|t| (t[0] >= LEAST_SHARE * full).then(|| (t[0], coefficient(t[0], t[1], t[2], t[3], t[4], t[5]))))
        .collect();
    let area = f64::from(comparison.pitch_um as f32).powi(2) * 1e-6;
    let all: f64 = known.iter().flatten().map(|k| f64::from(k.0)).sum();
    let of = |which: &dyn Fn(f32) -> bool| -> (f64, f64) {
        let inside: Vec<f64> = known.iter().map(|k| k.filter(|k| which(k.1)).map_or(0.0, |k| f64::from(k.0))).collect();
        let share = if all > 0.0 { (inside.iter().sum::<f64>() / all).min(1.0) } else { 0.0 };
        (share, largest(inside, side) * area)
    };
    let (agree_share, agree_mm2) = of(&|r| r >= AGREES);
    let (disagree_share, disagree_mm2) = of(&|r| r < DISAGREES);
    Regions { agree_share, agree_mm2, disagree_share, disagree_mm2 }
}

kernel! {
    /// Adds up, block by block of the comparison mark: common points, reference and comparison values, their squares and products.
    fn gather = gather_of(reference: &Level, comparison: &Points, motion: &Motion, side: usize, sums: &mut [[f32; 6]])
}

#[inline(always)]
fn gather_of<L: Lanes>(reference: &Level, comparison: &Points, motion: &Motion, side: usize, sums: &mut [[f32; 6]]) {
    let (scale, middle) = ((1.0 / BLOCK_UM) as f32, side as f32 / 2.0);
    let (xs, ys, vs) = comparison.groups();
    for ((x, y), v) in xs.iter().zip(ys).zip(vs) {
        let (there_x, there_y) = motion.apply(L::load(x), L::load(y));
        let found = reference.values_at(there_x, there_y).store();
        for k in 0..LANES {
            let (a, b) = (found[k], v[k]);
            if a.is_nan() {
                continue;
            }
            let (column, row) = ((x[k] * scale + middle) as usize, (y[k] * scale + middle) as usize);
            let Some(t) = sums.get_mut(row.min(side - 1) * side + column.min(side - 1)) else { continue };
            for (sum, v) in t.iter_mut().zip([1.0, a, b, a * a, b * b, a * b]) {
                *sum += v;
            }
        }
    }
}

/// The largest sum over connected (side by side) blocks that are above 0.
fn largest(mut blocks: Vec<f64>, side: usize) -> f64 {
    let mut most: f64 = 0.0;
    let mut stack = Vec::new();
    for start in 0..blocks.len() {
        let mut sum = 0.0;
        stack.push(start);
        while let Some(at) = stack.pop() {
            let Some(block) = blocks.get_mut(at).filter(|b| **b > 0.0) else { continue };
            sum += std::mem::take(block);
            let column = at % side;
            stack.extend((column > 0).then(|| at - 1));
            stack.extend((column + 1 < side).then_some(at + 1));
            stack.extend(at.checked_sub(side));
            stack.push(at + side);
        }
        most = most.max(sum);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;
    use crate::grid::HeightMap;

    #[test]
    fn connected_blocks_are_summed_and_corners_do_not_connect() {
        let blocks = vec![1.0, 2.0, 0.0, 0.0, 3.0, 0.0, 7.0, 0.0, 4.0];
        assert_eq!(largest(blocks, 3), 7.0);
        assert_eq!(largest(vec![1.0, 2.0, 0.0, 0.0, 3.0, 9.0, 0.0, 0.0, 0.0], 3), 15.0);
        assert_eq!(largest(Vec::new(), 3), 0.0);
    }

    #[test]
    fn one_half_that_agrees_and_one_that_does_not_are_told_apart() {
        let mut a = HeightMap::missing(120, 120, 15.0);
        let wave = |row: usize, column: usize| (row as f32 * 0.9).sin() + (column as f32 * 0.7).cos();
        for ((row, column), z) in a.z.indexed_iter_mut() {
            *z = wave(row, column);
        }
        let mut b = a.clone();
        for ((_, column), z) in b.z.indexed_iter_mut() {
            if column >= 60 {
                *z = -*z;
            }
        }
        let level = |map: &HeightMap| Level::of(map, Point::default(), 3.0);
        let found = measure(&level(&a), &level(&b), &Pose::IDENTITY);
        assert!((found.agree_share - 0.5).abs() < 0.1 && (found.disagree_share - 0.5).abs() < 0.1, "{found:?}");
        assert!((found.agree_mm2 - 1.62).abs() < 0.3 && (found.disagree_mm2 - 1.62).abs() < 0.3, "{found:?}");
    }
}
