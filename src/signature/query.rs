//! The query's side of a code search: its code about every centre of a lattice of offsets.

use super::code::draw_signs;
use super::spectrum::{AngleTransform, blocks};
use super::{CodeParameters, PolarCode};
use crate::dsp::polar::{PolarGrid, Sampler};
use crate::geometry::Point;
use crate::mark::Mark;
use rayon::prelude::*;

/// The codes of one mark about its centre and about all centres of a square lattice around it.
///
/// Polar codes are broken by centre errors of more than about half the shortest wavelength, and the centres of two marks
/// of one pistol differ by some 40 um even when both were fitted to the firing-pin hole: so one side tries them all.
#[derive(Debug, Clone)]
pub struct QueryCode {
    pub(super) grid: PolarGrid,
    pub(super) centre: Point,
    pub(super) centre_sd_um: f64,
    /// Half-width of the lattice, steps; there are (2 half + 1) squared offsets, y slow and x fast.
    pub(super) half: usize,
    pub(super) parameters: CodeParameters,
    pub(super) transform: AngleTransform,
    pub(super) offsets: Vec<OffsetCode>,
}

/// The spectra of the code about one centre.
#[derive(Debug, Clone)]
pub(super) struct OffsetCode {
    pub valid_count: u32,
    pub blocks: Vec<f32>,
}

impl QueryCode {
    /// Draws the codes of a mark, with a lattice wide enough for gallery marks whose centres have a standard deviation of
    /// up to `widest_gallery_sd_um`. Takes about 3 ms of a core and 4 MB for 25 offsets.
    #[must_use]
    pub fn of(mark: &Mark, widest_gallery_sd_um: f64, parameters: &CodeParameters) -> Self {
        let half = parameters.offset_half(mark.centre.sd_um, widest_gallery_sd_um);
        let transform = AngleTransform::of(parameters.grid.angles);
        let mut query = Self {
            grid: parameters.grid,
            centre: mark.centre.at,
            centre_sd_um: mark.centre.sd_um,
            half,
            parameters: parameters.clone(),
            transform,
            offsets: Vec::new(),
        };
        let fine = Sampler::of(&mark.fine, &parameters.grid);
        query.offsets = (0..query.side() * query.side())
            .into_par_iter()
            .map(|index| {
                let offset = query.offset(index);
                let about = Point::new(query.centre.x_um + offset.x_um, query.centre.y_um + offset.y_um);
                let signs = draw_signs(&fine, about);
                OffsetCode {
                    valid_count: signs.iter().filter(|&&sign| sign != 0).count() as u32,
                    blocks: blocks(&signs, &query.grid, &query.transform),
                }
            })
            .collect();
        query
    }

    /// A query from a stored code alone, without offsets: for when the map is not at hand. Its peaks are as good as the
    /// two centres are.
    #[must_use]
    pub fn of_code(code: &PolarCode, parameters: &CodeParameters) -> Self {
        let transform = AngleTransform::of(code.grid.angles);
        let blocks = blocks(&code.signs(), &code.grid, &transform);
        Self {
            grid: code.grid,
            centre: code.centre,
            centre_sd_um: code.centre_sd_um,
            half: 0,
            parameters: parameters.clone(),
            transform,
            offsets: vec![OffsetCode { valid_count: code.valid_count(), blocks }],
        }
    }

    /// Offsets along one side of the lattice.
    pub(super) fn side(&self) -> usize {
        2 * self.half + 1
    }

    /// The offset of a lattice index, um.
    pub(super) fn offset(&self, index: usize) -> Point {
        let step = |i: usize| (i as f64 - self.half as f64) * self.parameters.offset_step_um;
        Point::new(step(index % self.side()), step(index / self.side()))
    }

    /// How many centres the code was drawn about.
    #[must_use]
    pub fn offset_count(&self) -> usize {
        self.offsets.len()
    }
}
