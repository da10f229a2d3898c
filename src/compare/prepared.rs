//! What a comparison needs of one mark, worked out once.

use super::CompareParameters;
use super::cells::CellGrid;
use super::chance::Chance;
use super::level::{self, Level};
use crate::geometry::Point;
use crate::mark::Mark;
use crate::signature::{CodeSpectrum, PolarCode};

/// A mark made ready for comparisons: clipped maps at three pitches about the middle of its values.
///
/// Depends on the parameters; both sides of a comparison must be prepared with the same. About 5 MB for a breech face.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub(super) mark: Mark,
    /// Middle of the box around the fine band's values, in the mark's frame.
    pub(super) hub: Point,
    pub(super) fine: Level,
    pub(super) search: Level,
    pub(super) coarse: Level,
    pub(super) chance: Chance,
    pub(super) cells: CellGrid,
    /// The polar code, transformed, for references to search.
    pub(super) code: CodeSpectrum,
}

impl Prepared {
    /// Works a mark out.
    #[must_use]
    pub fn of(mark: &Mark, parameters: &CompareParameters) -> Self {
        let hub = middle(mark);
        let fine = Level::of(&mark.fine, hub, parameters.clip_sd);
        Self {
            mark: mark.clone(),
            code: CodeSpectrum::of(&PolarCode::of(mark, &parameters.code)),
            hub,
            chance: Chance::of(&fine),
            cells: CellGrid::of(&mark.fine, &fine, hub, parameters),
            fine,
            search: Level::of(&level::resample(&mark.fine, parameters.search_pitch_um), hub, parameters.clip_sd),
            coarse: Level::of(&mark.coarse, hub, parameters.clip_sd),
        }
    }

    /// Area with values, mm2.
    #[must_use]
    pub fn area_mm2(&self) -> f64 {
        self.fine.points.len() as f64 * self.fine.pitch_um * self.fine.pitch_um * 1e-6
    }
}

/// The middle of the box around the values of the fine band.
fn middle(mark: &Mark) -> Point {
    let mut low = (usize::MAX, usize::MAX);
    let mut high = (0, 0);
    for ((row, column), z) in mark.fine.z.indexed_iter() {
        if z.is_finite() {
            low = (low.0.min(row), low.1.min(column));
            high = (high.0.max(row), high.1.max(column));
        }
    }
    if low.0 == usize::MAX {
        return Point::default();
    }
    mark.fine.point_at((low.0 + high.0) as f64 / 2.0, (low.1 + high.1) as f64 / 2.0)
}
