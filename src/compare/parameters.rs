//! All parameters of a comparison in one place.

use crate::dsp::polar::PolarGrid;
use crate::mark::Region;
use crate::signature::{CodeParameters, SearchParameters};
use serde::{Deserialize, Serialize};

/// Everything that decides how two marks are compared; hashed into reports and into the [`super::Model`] that belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompareParameters {
    /// How the polar codes are drawn that propose poses beside the search.
    pub code: CodeParameters,
    /// How their peaks are chosen.
    pub code_search: SearchParameters,
    /// Pitch of the level on which all rotations are searched, um.
    pub search_pitch_um: f64,
    /// Step of the rotations searched, degrees.
    pub search_step_deg: f64,
    /// Largest shift searched between the middles of the two marks, um.
    pub search_reach_um: f64,
    /// Least overlap of a pose, as a share of the smaller mark.
    pub overlap_floor: f64,
    /// Distinct pose hypotheses that are refined.
    pub hypotheses: usize,
    /// Hypotheses whose refinement goes on to the fine level.
    pub finalists: usize,
    /// Heights beyond this many robust standard deviations count as this many: one deep pit must not decide.
    pub clip_sd: f64,
    /// Side of a square cell, um.
    pub cell_um: f64,
    /// Least share of a cell that has values.
    pub cell_floor: f64,
    /// How far a cell's own place may lie from the registered one, um along each axis.
    pub cell_reach_um: f64,
    /// How far a cell's own turn may lie from the registered one, degrees.
    pub cell_reach_deg: f64,
    /// Least correlation of a congruent cell that is full; one with the share s of its points must reach this over the root of s.
    pub cell_ccf: f64,
    /// Largest distance of a congruent cell from the consensus, um.
    pub cell_tolerance_um: f64,
    /// Longest over shortest axis of that tolerance, where a cell is free to slide along a groove; its area stays.
    pub cell_anisotropy: f64,
    /// Largest turn of a congruent cell against the consensus, degrees.
    pub cell_tolerance_deg: f64,
}

impl Default for CompareParameters {
    /// The reasons, one a line:
    ///
    /// - search at 60 um and 3 degrees: the search only has to propose, refinement and the fine level decide. On 103 real scans turned at
    ///   random the poses found, and with them the cells, are those of a search at 30 um and 2 degrees, for a tenth of its time; half a step
    ///   moves the rim (1.8 mm) by 47 um, half the dominant wave of 100 um;
    /// - beside it the five best peaks of the polar codes: on weak marks the true pose stands 9 deviations above chance there against 5 in
    ///   the search, as long as the hole's centre is known to some 70 um; where it is not, the search goes on to .7 mm;
    /// - reach .7 mm: the middle of a hand-drawn outline is off by .2 mm at most in nine of ten marks, a partial mark by more;
    /// - cells of 450 um with at least 35 % values as published (Song 2013); window 200 um and 6 degrees, wide enough that agreement is no
    ///   matter of course;
    /// - tolerances: on real mates the median congruent cell lies 6 um off, at most 16 um on any pair, so 40 um lets all but strays in, and chance gets
    ///   less than half of what the 60 um at the lower end of published ranges (60-125 um) give it. A cell's turn is only known to about 2 degrees (place
    ///   error over the 130 um of a cell's mean lever): it is asked to lie within three standard deviations. The least correlation is what the best of the
    ///   130 independent places of a window reaches by chance; the place then decides.
    fn default() -> Self {
        Self {
            code: CodeParameters { offset_half_most: 2, ..CodeParameters::default() },
            code_search: SearchParameters::default(),
            search_pitch_um: 60.0,
            search_step_deg: 3.0,
            search_reach_um: 700.0,
            overlap_floor: 0.35,
            hypotheses: 8,
            finalists: 3,
            clip_sd: 1.5,
            cell_um: 450.0,
            cell_floor: 0.35,
            cell_reach_um: 200.0,
            cell_reach_deg: 6.0,
            cell_ccf: 0.3,
            cell_tolerance_um: 40.0,
            cell_anisotropy: 6.0,
            cell_tolerance_deg: 6.0,
        }
    }
}

impl CompareParameters {
    /// The parameters for marks of a region. Firing pins are compared enlarged 3.6 times (cells of 450 um here are 125 um on the pin); lengths are
    /// those of the enlarged mark.
    ///
    /// They differ in the rings of the polar code only: a pin's mark has no hole in its middle and ends about 450 um from it. All rotations are searched, as
    /// for the breech face: the pin turns freely in many pistols.
    #[must_use]
    pub fn of(region: Region) -> Self {
        let usual = Self::default();
        match region {
            Region::FiringPin => Self {
                code: CodeParameters {
                    grid: PolarGrid { inner_um: 150.0, outer_um: 1_650.0, ..usual.code.grid },
                    ..usual.code
                },
                ..usual
            },
            Region::BreechFace | Region::ApertureShear | Region::Ejector => usual,
        }
    }

    /// SHA-256 of the parameters as JSON (fields in the order of their declaration) with the version of the method.
    #[must_use]
    pub fn hash(&self) -> String {
        let fields = serde_json::to_string(self).unwrap_or_default();
        crate::ids::Digest::of(format!("compare/{METHOD_VERSION} {fields}").as_bytes()).to_hex()
    }
}

/// Version of the method; raised whenever the same parameters would give other figures.
pub const METHOD_VERSION: u32 = 6;
