//! Marks smaller than a breech face, compared through a magnifying glass.
//!
//! A firing-pin impression is compared as a breech face is, on a smaller scale: NIST's cells are 450 um on the one and 125 um on the
//! other (Song et al., Forensic Sci. Int. 284 (2018) 15), a factor of 3.6, and the impression, its pattern and the play of its outline are
//! smaller by about as much. Instead of a second set of every length in the search, the cells and the regions, the mark is enlarged so many
//! times before it is prepared, and every length found is divided by it again. Correlations and shares do not know of it.

use super::outcome::{Comparison, Features};
use crate::geometry::{Circle, Point, Pose};
use crate::grid::HeightMap;
use crate::mark::{Centre, Mark, Region};

/// How many times a mark is enlarged for the comparison: cells of 450 um for the breech face, 125 um for the firing pin.
pub(super) fn magnification(region: Region) -> f64 {
    match region {
        Region::FiringPin => 450.0 / 125.0,
        Region::BreechFace | Region::ApertureShear | Region::Ejector => 1.0,
    }
}

/// The mark with all lengths in its plane multiplied.
pub(super) fn enlarge(mark: &Mark, by: f64) -> Mark {
    if by == 1.0 {
        return mark.clone();
    }
    let map = |map: &HeightMap| HeightMap { z: map.z.clone(), pitch_um: by * map.pitch_um };
    let circle = |c: Circle| Circle { centre: times(c.centre, by), radius_um: by * c.radius_um };
    let Centre { at, basis, sd_um, hole, rim } = mark.centre;
    Mark {
        region: mark.region,
        modality: mark.modality,
        coarse: map(&mark.coarse),
        fine: map(&mark.fine),
        centre: Centre { at: times(at, by), basis, sd_um: by * sd_um, hole: hole.map(circle), rim: rim.map(circle) },
        quality: mark.quality.clone(),
    }
}

/// A point so many times further from the origin.
pub(super) fn times(p: Point, by: f64) -> Point {
    Point::new(by * p.x_um, by * p.y_um)
}

/// A pose with its shift so many times as long.
pub(super) fn moved(pose: &Pose, by: f64) -> Pose {
    Pose::new(pose.theta_rad, by * pose.dx_um, by * pose.dy_um)
}

/// What was found on marks enlarged `by` so much, in lengths of the marks as they are.
pub(super) fn as_it_is(mut found: Comparison, by: f64) -> Comparison {
    if by == 1.0 {
        return found;
    }
    let less = 1.0 / by;
    found.pose = moved(&found.pose, less);
    for cell in &mut found.cells {
        cell.centre = times(cell.centre, less);
        cell.residual = times(cell.residual, less);
        cell.side_um *= less;
    }
    let f = found.features;
    found.features = Features {
        overlap_mm2: f.overlap_mm2 * less * less,
        agree_mm2: f.agree_mm2 * less * less,
        disagree_mm2: f.disagree_mm2 * less * less,
        cell_spread_um: f.cell_spread_um * less,
        direction_gap_um: f.direction_gap_um * less,
        ..f
    };
    found
}
