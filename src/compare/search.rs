//! Pose hypotheses: correlation over all rotations and shifts, trusting neither orientation nor centre.
//!
//! The reference mark is turned once through the full circle and transformed; each comparison mark then costs one transform, and one product
//! and inverse transform a rotation. The overlap of the two masks changes slowly, so it is worked out on a grid three times as coarse.

use super::CompareParameters;
use super::level::Level;
use crate::dsp::correlate::{MaskedMap, cross};
use crate::dsp::fft::{Plan, Scratch, Spectrum, fast_size};
use crate::geometry::{Point, Pose, wrap_angle};
use rayon::prelude::*;
use std::f64::consts::TAU;
use std::sync::Arc;

/// Points of the search level along one point of the overlap grid.
const OVERLAP_STEP: usize = 3;
/// Rotations of the search that share one overlap grid: half of 3 degrees moves the rim by a third of a point of that grid.
const OVERLAP_TURNS: usize = 2;
/// Two hypotheses nearer than this in both angle and place are one.
const DISTINCT_RAD: f64 = 4.0 * TAU / 360.0;
/// See [`DISTINCT_RAD`]; half the shortest wave that the search level carries well.
const DISTINCT_UM: f64 = 60.0;
/// Plan sizes are multiples of this, so that nearly equal marks share one plan and one set of turned spectra.
const SIZE_STEP: usize = 10;

/// A pose worth refining.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hypothesis {
    /// `ref_from_cmp`, between the hubs' frames.
    pub pose: Pose,
    /// Correlation sum over the root of the overlap: proportional to standard deviations above chance.
    pub strength: f64,
}

/// The reference mark at every rotation, transformed.
#[derive(Debug)]
pub(super) struct Turned {
    size: usize,
    plan: Arc<Plan>,
    spectra: Vec<Spectrum>,
    small_plan: Arc<Plan>,
    masks: Vec<Spectrum>,
}

/// Points of the square that a level fills when turned to any angle, on the search pitch.
fn extent(level: &Level) -> usize {
    2 * (level.radius_um / level.pitch_um).ceil() as usize + 1
}

/// Largest side of a transform; a mark that needs more is cut to its middle (16 mm at 25 um), beyond any cartridge case.
const MOST_POINTS: usize = 640;

/// The plan size that a pair needs.
pub(super) fn size_for(a: &Level, b: &Level, parameters: &CompareParameters) -> usize {
    let reach = reach_points(a, b, parameters);
    let need = (extent(a).max(extent(b)).min(MOST_POINTS) + reach).max(4 * OVERLAP_STEP);
    let mut size = need.next_multiple_of(SIZE_STEP);
    while fast_size(size) != size {
        size += SIZE_STEP;
    }
    size
}

/// Largest shift between the hubs, points. The smaller mark may be a part of the larger one, anywhere in it.
fn reach_points(a: &Level, b: &Level, parameters: &CompareParameters) -> usize {
    let part_um = (a.radius_um - b.radius_um).abs() + PART_SLACK * parameters.search_reach_um;
    let reach_um = parameters.search_reach_um.max(part_um);
    ((reach_um / a.pitch_um).round() as usize).clamp(1, MOST_POINTS / 2)
}

/// How far a part of a mark may reach beyond the other mark's circle, as a share of the search's reach: for outlines drawn differently.
const PART_SLACK: f64 = 0.4;

impl Turned {
    /// Turns and transforms the reference for comparison marks that need plans of `size`.
    pub fn of(reference: &Level, size: usize, parameters: &CompareParameters) -> Self {
        let plan = Plan::of(size, size);
        let small = fast_size(size.div_ceil(OVERLAP_STEP) + 1);
        let small_plan = Plan::of(small, small);
        let turns =
            ((360.0 / parameters.search_step_deg.clamp(0.25, 30.0)).round() as usize).next_multiple_of(OVERLAP_TURNS);
        let side = extent(reference).min(MOST_POINTS);
        let turned = |turn: f64, every: usize| {
            let (mut map, side) =
                (MaskedMap { rows: 0, columns: 0, values: vec![], mask: vec![] }, side.div_ceil(every));
            let pose = Pose::new(turn * TAU / turns as f64, 0.0, 0.0);
            reference.view(&pose, Point::default(), side, reference.pitch_um * every as f64, &mut map);
            map
        };
        let spectra = (0..turns)
            .into_par_iter()
            .map_init(Scratch::default, |scratch, turn| {
                let map = turned(turn as f64, 1);
                plan.forward(&map.values, map.rows, map.columns, scratch)
            })
            .collect();
        let masks = (0..turns / OVERLAP_TURNS)
            .into_par_iter()
            .map_init(Scratch::default, |scratch, turn| {
                let middle = (turn * OVERLAP_TURNS) as f64 + (OVERLAP_TURNS as f64 - 1.0) / 2.0;
                let map = turned(middle, OVERLAP_STEP);
                small_plan.forward(&map.mask, map.rows, map.columns, scratch)
            })
            .collect();
        Self { size, plan, spectra, small_plan, masks }
    }

    /// The plan size this was made for.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The best distinct hypotheses, best first, and the spread (root mean square) of the strength over all poses searched.
    pub fn search(
        &self,
        reference: &Level,
        comparison: &Level,
        parameters: &CompareParameters,
        scratch: &mut Scratch,
    ) -> (Vec<Hypothesis>, f64) {
        let smaller = reference.points.len().min(comparison.points.len());
        if smaller == 0 {
            return (Vec::new(), 0.0);
        }
        let side = extent(comparison).min(MOST_POINTS);
        let mut map = MaskedMap { rows: 0, columns: 0, values: vec![], mask: vec![] };
        comparison.view(&Pose::IDENTITY, Point::default(), side, comparison.pitch_um, &mut map);
        let spectrum = self.plan.forward(&map.values, map.rows, map.columns, scratch);
        let small_side = side.div_ceil(OVERLAP_STEP);
        comparison.view(
            &Pose::IDENTITY,
            Point::default(),
            small_side,
            comparison.pitch_um * OVERLAP_STEP as f64,
            &mut map,
        );
        let small_mask = self.small_plan.forward(&map.mask, map.rows, map.columns, scratch);
        // The grids of the two sides are centred on their hubs; where one has an odd and the other an even number of points, the middles lie
        // half a point apart.
        let reference_side = extent(reference).min(MOST_POINTS);
        let offset = (reference_side as f64 - side as f64) / 2.0;
        let small_offset = (reference_side.div_ceil(OVERLAP_STEP) as f64 - small_side as f64) / 2.0;
        let floor = (parameters.overlap_floor * smaller as f64).max(8.0) as f32;
        let turns = self.spectra.len();
        let (mut sums, mut weights) = (Vec::new(), Weights::default());
        let mut best: Vec<Hypothesis> = Vec::new();
        let (mut energy, mut count) = (0f64, 0usize);
        let reach = reach_points(reference, comparison, parameters).min(self.plan.max_reach());
        // The raw correlation is indexed by the shift between the maps' first corners; the shift between the middles is that minus `offset`.
        let window = reach + offset.abs().ceil() as usize;
        let window = window.min(self.plan.max_reach());
        for turn in 0..turns {
            if turn.is_multiple_of(OVERLAP_TURNS) {
                let mask = &self.masks[turn / OVERLAP_TURNS];
                weights.fill(&self.small_plan, mask, &small_mask, window, offset, small_offset, floor, scratch);
            }
            cross(&self.plan, &self.spectra[turn], &spectrum, window, &mut sums, scratch);
            let (strongest, squares) = strengths(&sums, &weights.inverse_root);
            energy += f64::from(squares);
            count += weights.known;
            let Some(top) = strongest else { continue };
            let side = 2 * window + 1;
            let (row, column) = (top.1 / side, top.1 % side);
            let at = |r: usize, c: usize| sums[r * side + c] * weights.inverse_root[r * side + c];
            let fine = |below: f32, middle: f32, above: f32| {
                let bend = below - 2.0 * middle + above;
                if bend < 0.0 { f64::from((0.5 * (below - above) / bend).clamp(-0.5, 0.5)) } else { 0.0 }
            };
            let sub_row =
                if row > 0 && row + 1 < side { fine(at(row - 1, column), top.0, at(row + 1, column)) } else { 0.0 };
            let sub_column = if column > 0 && column + 1 < side {
                fine(at(row, column - 1), top.0, at(row, column + 1))
            } else {
                0.0
            };
            let dy = (row as f64 + sub_row - window as f64 - offset) * reference.pitch_um;
            let dx = (column as f64 + sub_column - window as f64 - offset) * reference.pitch_um;
            let theta = turn as f64 * TAU / turns as f64;
            let shift = Pose::new(theta, 0.0, 0.0).apply(Point::new(dx, dy));
            best.push(Hypothesis { pose: Pose::new(theta, shift.x_um, shift.y_um), strength: f64::from(top.0) });
        }
        let spread = if count > 0 { (energy / count as f64).sqrt() } else { 0.0 };
        (distinct(best, parameters.hypotheses), spread)
    }
}

/// The greatest product of sum and weight above 0 with its place, the first of equal ones, and the sum of the squares of all products.
#[multiversion::multiversion(targets("x86_64+avx2"))]
fn strengths(sums: &[f32], weights: &[f32]) -> (Option<(f32, usize)>, f32) {
    const AT_ONCE: usize = 16;
    let (mut most, mut squares) = ([0f32; AT_ONCE], [0f32; AT_ONCE]);
    let ((sums_by, sums_left), (weights_by, weights_left)) = (sums.as_chunks(), weights.as_chunks::<AT_ONCE>());
    let mut add = |sums: &[f32; AT_ONCE], weights: &[f32; AT_ONCE]| {
        for k in 0..AT_ONCE {
            let strength = sums[k] * weights[k];
            squares[k] += strength * strength;
            most[k] = if strength > most[k] { strength } else { most[k] };
        }
    };
    sums_by.iter().zip(weights_by).for_each(|(sums, weights)| add(sums, weights));
    let mut left = [[0f32; AT_ONCE]; 2];
    left[0][..sums_left.len()].copy_from_slice(sums_left);
    left[1][..weights_left.len()].copy_from_slice(weights_left);
    add(&left[0], &left[1]);
    let most = most.into_iter().fold(0.0, f32::max);
    let place = sums.iter().zip(weights).position(|(sum, weight)| most > 0.0 && sum * weight == most);
    (place.map(|place| (most, place)), squares.iter().sum())
}

/// The strongest hypotheses that differ from each other in angle or place.
pub(super) fn distinct(mut all: Vec<Hypothesis>, most: usize) -> Vec<Hypothesis> {
    all.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.pose.theta_rad.total_cmp(&b.pose.theta_rad)));
    let mut kept: Vec<Hypothesis> = Vec::new();
    for h in all {
        let near = |k: &Hypothesis| {
            wrap_angle(k.pose.theta_rad - h.pose.theta_rad).abs() < DISTINCT_RAD
                && (k.pose.dx_um - h.pose.dx_um).hypot(k.pose.dy_um - h.pose.dy_um) < DISTINCT_UM
        };
        if kept.len() < most && !kept.iter().any(near) {
            kept.push(h);
        }
    }
    kept
}

/// One over the root of the overlap for every shift of the search window, 0 below the floor.
#[derive(Default)]
struct Weights {
    inverse_root: Vec<f32>,
    known: usize,
    small: Vec<f32>,
}

impl Weights {
    #[allow(clippy::too_many_arguments, reason = "one caller, all plain numbers of one search")]
    fn fill(
        &mut self,
        plan: &Plan,
        reference: &Spectrum,
        comparison: &Spectrum,
        window: usize,
        offset: f64,
        small_offset: f64,
        floor: f32,
        scratch: &mut Scratch,
    ) {
        let small_reach = (window.div_ceil(OVERLAP_STEP) + 2).min(plan.max_reach());
        cross(plan, reference, comparison, small_reach, &mut self.small, scratch);
        let (side, small_side) = (2 * window + 1, 2 * small_reach + 1);
        let area = (OVERLAP_STEP * OVERLAP_STEP) as f32;
        let place = |i: usize| -> (usize, f32) {
            let shift = i as f64 - window as f64 - offset;
            let at =
                (shift / OVERLAP_STEP as f64 + small_offset + small_reach as f64).clamp(0.0, small_side as f64 - 1.001);
            (at as usize, (at - at.floor()) as f32)
        };
        let places: Vec<_> = (0..side).map(place).collect();
        self.inverse_root.clear();
        self.known = 0;
        for &(row, fy) in &places {
            for &(column, fx) in &places {
                let i = row * small_side + column;
                let above = self.small[i] * (1.0 - fx) + self.small[i + 1] * fx;
                let below = self.small[i + small_side] * (1.0 - fx) + self.small[i + small_side + 1] * fx;
                let overlap = (above * (1.0 - fy) + below * fy) * area;
                let known = overlap >= floor;
                self.known += usize::from(known);
                self.inverse_root.push(if known { 1.0 / overlap.sqrt() } else { 0.0 });
            }
        }
    }
}
