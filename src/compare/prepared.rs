//! What a comparison needs of one mark, worked out once.

use super::CompareParameters;
use super::cells::CellGrid;
use super::chance::Chance;
use super::enlarged::{enlarge, magnification};
use super::level::{self, Level};
use crate::geometry::{Circle, Point};
use crate::mark::Mark;
use crate::signature::{CodeSpectrum, PolarCode};

/// A mark made ready for comparisons: clipped maps at three pitches about the middle of its values.
///
/// Depends on the parameters; both sides of a comparison must be prepared with the same. About 5 MB for a breech face.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Enlarged as its region asks.
    pub(super) mark: Mark,
    /// How many times.
    pub(super) enlarged: f64,
    /// Middle of the circle around the fine band's values, in the mark's frame.
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
        let enlarged = magnification(mark.region);
        let mark = enlarge(mark, enlarged);
        let hub = middle(&mark);
        let fine = Level::of(&mark.fine, hub, parameters.clip_sd);
        Self {
            enlarged,
            code: CodeSpectrum::of(&PolarCode::of(&mark, &parameters.code)),
            hub,
            chance: Chance::of(&fine),
            cells: CellGrid::of(&mark.fine, &fine, hub, parameters),
            fine,
            search: Level::of(&level::resample(&mark.fine, parameters.search_pitch_um), hub, parameters.clip_sd),
            coarse: Level::of(&mark.coarse, hub, parameters.clip_sd),
            mark,
        }
    }

    /// Area with values, mm2.
    #[must_use]
    pub fn area_mm2(&self) -> f64 {
        self.enlarged_area_mm2() / (self.enlarged * self.enlarged)
    }

    /// The same of the mark as it is compared.
    pub(super) fn enlarged_area_mm2(&self) -> f64 {
        self.fine.points.len() as f64 * self.fine.pitch_um * self.fine.pitch_um * 1e-6
    }
}

/// The middle of the smallest circle around the values of the fine band.
///
/// Marks are round: whatever part of one is missing, as long as half of its rim is there the circle is that of the whole, while the middle of a box would
/// move by half a radius.
fn middle(mark: &Mark) -> Point {
    let rows = mark.fine.z.rows();
    let ends = rows.into_iter().enumerate().flat_map(|(row, values)| {
        let first = values.iter().position(|z| z.is_finite());
        let last = values.iter().rposition(|z| z.is_finite());
        [first, last].into_iter().flatten().map(move |column| (row, column))
    });
    let ends: Vec<Point> = ends.map(|(row, column)| mark.fine.point_at(row as f64, column as f64)).collect();
    Circle::around(&ends).map_or(Point::default(), |circle| circle.centre)
}
