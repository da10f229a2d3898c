//! Both marks sampled into one window of the reference mark's frame, and the pictures of that window.

use super::{PairStyle, PairView};
use crate::geometry::{Point, Pose};
use crate::grid::HeightMap;
use crate::report::ReportError;
use crate::report::palette::ColourMap;
use crate::report::shade::{Picture, coarsened, coloured, difference, local_correlation, robust_range, shaded};

/// A window of the reference mark's frame, um.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub centre: Point,
    pub width_um: f64,
    pub height_um: f64,
}

/// The pictures of one window; all have its shape.
pub(super) struct Panels {
    pub window: Window,
    pub reference: Picture,
    pub comparison: Picture,
    pub split: Picture,
    /// None where the marks do not overlap.
    pub difference: Option<Picture>,
    /// Ends of the difference's scale, in the unit of the maps.
    pub difference_ends: (f64, f64),
    pub correlation: Option<Picture>,
}

/// Value at a fractional row and column by bilinear interpolation; missing where a corner with weight is missing.
pub(super) fn bilinear(map: &HeightMap, row: f64, column: f64) -> f32 {
    let (r0, c0) = (row.floor(), column.floor());
    let (fr, fc) = (row - r0, column - c0);
    let mut sum = 0.0;
    for (dr, wr) in [(0.0, 1.0 - fr), (1.0, fr)] {
        for (dc, wc) in [(0.0, 1.0 - fc), (1.0, fc)] {
            let weight = wr * wc;
            // Weights of rounding size belong to corners the point does not touch.
            if weight < 1e-9 {
                continue;
            }
            let (r, c) = (r0 + dr, c0 + dc);
            if r < 0.0 || c < 0.0 || r >= map.rows() as f64 || c >= map.columns() as f64 {
                return f32::NAN;
            }
            sum += weight * f64::from(map.z[[r as usize, c as usize]]);
        }
    }
    sum as f32
}

/// `map`, whose frame is taken to the reference frame by `ref_from_map`, seen through a window at a pitch.
pub(super) fn seen_through(map: &HeightMap, ref_from_map: &Pose, window: &Window, pitch_um: f64) -> HeightMap {
    let rows = (window.height_um / pitch_um).round().max(1.0) as usize;
    let columns = (window.width_um / pitch_um).round().max(1.0) as usize;
    let mut out = HeightMap::missing(rows, columns, pitch_um);
    let map_from_ref = ref_from_map.inverse();
    for r in 0..rows {
        for c in 0..columns {
            let local = out.point_at(r as f64, c as f64);
            let p = Point::new(local.x_um + window.centre.x_um, local.y_um + window.centre.y_um);
            let (row, column) = map.index_of(map_from_ref.apply(p));
            out.z[[r, c]] = bilinear(map, row, column);
        }
    }
    out
}

/// Corners of the box around the valid points, in the map's own frame.
fn extent(map: &HeightMap, what: &str) -> Result<(Point, Point), ReportError> {
    let (mut low, mut high) = ((usize::MAX, usize::MAX), (0, 0));
    for ((r, c), _) in map.z.indexed_iter().filter(|(_, z)| z.is_finite()) {
        low = (low.0.min(r), low.1.min(c));
        high = (high.0.max(r), high.1.max(c));
    }
    if low.0 == usize::MAX {
        return Err(ReportError::EmptyMap { what: what.into(), rows: map.rows(), columns: map.columns() });
    }
    Ok((map.point_at(low.0 as f64, low.1 as f64), map.point_at(high.0 as f64, high.1 as f64)))
}

/// The window that holds the reference mark and, as far as half a mark beyond it, the comparison mark.
fn window(view: &PairView<'_>) -> Result<Window, ReportError> {
    let (a, b) = extent(view.reference, "reference mark")?;
    let (p, q) = extent(view.comparison, "comparison mark")?;
    let pose = view.found.pose;
    let corners = [p, Point::new(q.x_um, p.y_um), q, Point::new(p.x_um, q.y_um)].map(|corner| pose.apply(corner));
    let (reach_x, reach_y) = ((b.x_um - a.x_um) * 0.25, (b.y_um - a.y_um) * 0.25);
    let fold =
        |get: fn(&Point) -> f64, better: fn(f64, f64) -> f64, start: f64| corners.iter().map(get).fold(start, better);
    let (west, east) = (fold(|p| p.x_um, f64::min, a.x_um), fold(|p| p.x_um, f64::max, b.x_um));
    let (north, south) = (fold(|p| p.y_um, f64::min, a.y_um), fold(|p| p.y_um, f64::max, b.y_um));
    let (west, east) = (west.max(a.x_um - reach_x), east.min(b.x_um + reach_x));
    let (north, south) = (north.max(a.y_um - reach_y), south.min(b.y_um + reach_y));
    // Square, so that all panels of all pairs have one shape; a little air around.
    let side = (east - west).max(south - north).max(view.reference.pitch_um * 4.0) * 1.04;
    let centre = Point::new((west + east) / 2.0, (north + south) / 2.0);
    Ok(Window { centre, width_um: side, height_um: side })
}

/// Samples both marks and draws all pictures.
pub(super) fn panels(view: &PairView<'_>, style: &PairStyle) -> Result<Panels, ReportError> {
    check(view)?;
    let window = window(view)?;
    let pixels = f64::from(style.pixels.clamp(32, 4096));
    let pitch = (window.width_um / pixels).max(view.reference.pitch_um.min(view.comparison.pitch_um));
    // Averaging first keeps fine texture from aliasing when the picture is coarser than the map.
    let near = |map: &HeightMap| coarsened(map, (pitch / map.pitch_um).round().max(1.0) as usize);
    let reference = seen_through(&near(view.reference), &Pose::IDENTITY, &window, pitch);
    let comparison = seen_through(&near(view.comparison), &view.found.pose, &window, pitch);
    let mut split = reference.clone();
    let middle = split.columns() / 2;
    for ((r, c), z) in split.z.indexed_iter_mut() {
        if c >= middle {
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
        difference: map_of(&gap, ColourMap::Diverging, ends)?,
        difference_ends: ends,
        correlation: map_of(&local, ColourMap::Sequential, (-1.0, 1.0))?,
    })
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
