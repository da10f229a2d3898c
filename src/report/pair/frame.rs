//! Both marks sampled into one window of the reference mark's frame, and the pictures of that window.

use super::{PairStyle, PairView};
use crate::dsp::resample::{Interpolation, rigid, to_pitch};
use crate::geometry::{Point, Pose};
use crate::grid::HeightMap;
use crate::report::ReportError;
use crate::report::palette::ColourMap;
use crate::report::shade::{Picture, coloured, difference, local_correlation, robust_range, shaded};

/// A square window of the reference mark's frame, um.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub centre: Point,
    pub side_um: f64,
}

/// The pictures of one window; all have its shape.
pub(super) struct Panels {
    pub window: Window,
    pub reference: Picture,
    pub comparison: Picture,
    pub split: Picture,
    /// Where the dividing line of `split` runs.
    pub divide: Divide,
    /// None where the marks do not overlap.
    pub difference: Option<Picture>,
    /// Ends of the difference's scale, in the unit of the maps.
    pub difference_ends: (f64, f64),
    pub correlation: Option<Picture>,
}

/// `map`, whose frame is taken to the reference frame by `ref_from_map`, seen through a window at a pitch; smoothed first
/// where the pitch is coarser than the map's, so that fine texture does not alias.
pub(super) fn seen_through(map: &HeightMap, ref_from_map: &Pose, window: &Window, pitch_um: f64) -> HeightMap {
    let points = (window.side_um / pitch_um).round().max(1.0) as usize;
    let window_from_ref = Pose { theta_rad: 0.0, dx_um: -window.centre.x_um, dy_um: -window.centre.y_um };
    let window_from_map = window_from_ref.after(ref_from_map);
    if pitch_um > map.pitch_um * 1.3 {
        rigid(&to_pitch(map, pitch_um), window_from_map, points, points, pitch_um, Interpolation::Bicubic)
    } else {
        rigid(map, window_from_map, points, points, pitch_um, Interpolation::Bicubic)
    }
}

/// The box around the valid points of a map, taken to the reference frame: first and last valid point of every row decide
/// it, because a straight edge of the box touches only such points.
fn extent(map: &HeightMap, ref_from_map: &Pose, what: &str) -> Result<(Point, Point), ReportError> {
    let (mut low, mut high) =
        (Point::new(f64::INFINITY, f64::INFINITY), Point::new(f64::NEG_INFINITY, f64::NEG_INFINITY));
    for (r, row) in map.z.rows().into_iter().enumerate() {
        let first = row.iter().position(|z| z.is_finite());
        let last = row.iter().rposition(|z| z.is_finite());
        for c in first.into_iter().chain(last) {
            let p = ref_from_map.apply(map.point_at(r as f64, c as f64));
            low = Point::new(low.x_um.min(p.x_um), low.y_um.min(p.y_um));
            high = Point::new(high.x_um.max(p.x_um), high.y_um.max(p.y_um));
        }
    }
    if low.x_um > high.x_um {
        return Err(ReportError::EmptyMap { what: what.into(), rows: map.rows(), columns: map.columns() });
    }
    Ok((low, high))
}

/// The window that holds the reference mark and, as far as a quarter of a mark beyond it, the comparison mark.
fn window(view: &PairView<'_>) -> Result<Window, ReportError> {
    let (a, b) = extent(view.reference, &Pose::IDENTITY, "reference mark")?;
    let (p, q) = extent(view.comparison, &view.found.pose, "comparison mark")?;
    let (reach_x, reach_y) = ((b.x_um - a.x_um) * 0.25, (b.y_um - a.y_um) * 0.25);
    let (west, east) = (a.x_um.min(p.x_um.max(a.x_um - reach_x)), b.x_um.max(q.x_um.min(b.x_um + reach_x)));
    let (north, south) = (a.y_um.min(p.y_um.max(a.y_um - reach_y)), b.y_um.max(q.y_um.min(b.y_um + reach_y)));
    // Square, so that all panels of all pairs have one shape; a little air around.
    let side = (east - west).max(south - north).max(view.reference.pitch_um * 4.0) * 1.05;
    Ok(Window { centre: Point::new((west + east) / 2.0, (north + south) / 2.0), side_um: side })
}

/// Samples both marks and draws all pictures.
pub(super) fn panels(view: &PairView<'_>, style: &PairStyle) -> Result<Panels, ReportError> {
    check(view)?;
    let window = window(view)?;
    let pixels = f64::from(style.pixels.clamp(32, 4096));
    let pitch = (window.side_um / pixels).max(view.reference.pitch_um.min(view.comparison.pitch_um));
    let reference = seen_through(view.reference, &Pose::IDENTITY, &window, pitch);
    let comparison = seen_through(view.comparison, &view.found.pose, &window, pitch);
    let divide = Divide::of(&reference, &comparison);
    let mut split = reference.clone();
    for ((r, c), z) in split.z.indexed_iter_mut() {
        if if divide.upright { c >= divide.at } else { r >= divide.at } {
            *z = comparison.z[[r, c]];
        }
    }
    let most = style.pixels.max(32);
    let gap = difference(&reference, &comparison)?;
    let (low, high) = robust_range(&reference, 0.01);
    let ends = symmetric(low, high);
    let local = local_correlation(&reference, &comparison, style.window_um)?;
    let map_of = |map: &HeightMap, colours, ends| {
        if map.valid_count() == 0 { Ok(None) } else { coloured(map, colours, ends, most).map(Some) }
    };
    let blank = |what: &str, error| match error {
        ReportError::EmptyMap { rows, columns, .. } => ReportError::EmptyMap { what: what.into(), rows, columns },
        other => other,
    };
    Ok(Panels {
        window,
        reference: shaded(&reference, &style.light, most).map_err(|e| blank("reference mark in the window", e))?,
        comparison: shaded(&comparison, &style.light, most).map_err(|e| blank("comparison mark in the window", e))?,
        split: shaded(&split, &style.light, most)?,
        divide,
        difference: map_of(&gap, ColourMap::Diverging, ends)?,
        difference_ends: ends,
        correlation: map_of(&local, ColourMap::Sequential, (-1.0, 1.0))?,
    })
}

/// A line that divides the window: on one side the reference mark is shown, on the other the comparison mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Divide {
    /// Runs up and down; else across.
    pub upright: bool,
    /// First column (or row) of the comparison mark.
    pub at: usize,
    /// Where that is, share of the window's side.
    pub share: f64,
}

impl Divide {
    /// The line through the middle of the overlap along which more of both marks meets; the window's middle where the
    /// marks do not overlap.
    fn of(reference: &HeightMap, comparison: &HeightMap) -> Self {
        let (rows, columns) = reference.z.dim();
        let (mut by_row, mut by_column) = (vec![0usize; rows], vec![0usize; columns]);
        for (((r, c), a), b) in reference.z.indexed_iter().zip(&comparison.z) {
            if a.is_finite() && b.is_finite() {
                by_row[r] += 1;
                by_column[c] += 1;
            }
        }
        let (row, column) = (median(&by_row), median(&by_column));
        // What meets along a line is counted over a band, so that one hole on the line does not decide.
        let band = |counts: &[usize], at: usize| {
            let reach = counts.len() / 40 + 1;
            counts[at.saturating_sub(reach)..(at + reach).min(counts.len())].iter().sum::<usize>()
        };
        let upright = band(&by_column, column) >= band(&by_row, row);
        let (at, side) = if upright { (column, columns) } else { (row, rows) };
        Self { upright, at, share: at as f64 / side.max(1) as f64 }
    }
}

/// The place that has half of all counts before it; the middle where there are none.
fn median(counts: &[usize]) -> usize {
    let total: usize = counts.iter().sum();
    let mut seen = 0;
    for (i, n) in counts.iter().enumerate() {
        seen += n;
        if total > 0 && seen * 2 >= total {
            return i;
        }
    }
    counts.len() / 2
}

/// A range around zero that is drawable.
fn symmetric(low: f64, high: f64) -> (f64, f64) {
    let reach = low.abs().max(high.abs()).max(1e-6);
    (-reach, reach)
}

fn check(view: &PairView<'_>) -> Result<(), ReportError> {
    let found = view.found;
    let pose = [found.pose.theta_rad, found.pose.dx_um, found.pose.dy_um];
    let bad = |what: &str, got: String| {
        Err(ReportError::BadValue { what: what.into(), expected: "finite numbers".into(), got })
    };
    if pose.iter().any(|v| !v.is_finite()) {
        return bad("pose of the pair", format!("{pose:?}"));
    }
    for (i, cell) in found.cells.iter().enumerate() {
        let all = [
            cell.centre.x_um,
            cell.centre.y_um,
            cell.side_um,
            cell.residual.x_um,
            cell.residual.y_um,
            cell.residual_rad,
        ];
        if all.iter().any(|v| !v.is_finite()) {
            return bad(&format!("cell {}", i + 1), format!("{all:?}"));
        }
    }
    Ok(())
}
