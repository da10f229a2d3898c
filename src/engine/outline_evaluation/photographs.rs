//! Outlines of photographs measured: simulated heads of cases under a ring light, whose every point is known.

use super::super::error::EngineError;
use super::{drawn, intersection_over_union};
use crate::grid::HeightMap;
use crate::mark::outline::OutlinedPart;
use crate::mark::photo::{self, PhotoParameters, Reason};
use crate::simulate::{AMMUNITION, ApertureShape, Finish, Part, SimulatedFirearm, SimulatedShot};
use ndarray::Array2;
use rayon::prelude::*;
use serde::Serialize;

/// How well one photograph was outlined.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhotoScore {
    /// Number of the firearm, from 1.
    pub number: u32,
    /// Finish of its breech face.
    pub finish: Finish,
    /// Its firing-pin aperture.
    pub aperture: ApertureShape,
    /// Why no breech face was found; none where one was.
    pub missing: Option<Reason>,
    /// Intersection over union of the flat around the aperture with its truth, 0 to 1; untouched places and what flowed back or was sheared count neither way.
    pub face: f64,
    /// The same for all that lies within the edge of the aperture; what flowed back around it counts neither way.
    pub hole: f64,
    /// Share of the metal that flowed back or was sheared that is kept out of the mark with its margins, 0 to 1.
    pub kept_out: f64,
}

/// Outlines the photographs of `count` pistols, one shot each, at `pitch_um`; in parallel, the result does not depend on the number of threads.
///
/// # Errors
/// None in practice.
pub fn evaluate_photographs(
    seed: u64,
    count: u32,
    pitch_um: f64,
    parameters: &PhotoParameters,
) -> Result<Vec<PhotoScore>, EngineError> {
    (1..=count).into_par_iter().map(|number| score(seed, number, pitch_um, parameters)).collect()
}

fn score(seed: u64, number: u32, pitch_um: f64, parameters: &PhotoParameters) -> Result<PhotoScore, EngineError> {
    let firearm = SimulatedFirearm::new(seed, number);
    let shot = SimulatedShot::new(&firearm, 1, AMMUNITION[number as usize % AMMUNITION.len()]);
    let map = HeightMap { z: shot.photograph(&firearm, pitch_um).luminance, pitch_um };
    let truth = shot.parts(&firearm);
    let parts =
        Array2::from_shape_fn(map.z.dim(), |(row, column)| Some(truth.at(map.point_at(row as f64, column as f64))));
    let mut scored = PhotoScore {
        number,
        finish: firearm.finish,
        aperture: firearm.aperture.shape,
        missing: None,
        face: 0.0,
        hole: 0.0,
        kept_out: 1.0,
    };
    let found = match photo::find(&map, parameters) {
        Ok(found) => found,
        Err(reason) => return Ok(PhotoScore { missing: Some(reason), ..scored }),
    };
    let outlines = found.outlines();
    let covered = |wanted: &[OutlinedPart]| drawn(&outlines, wanted, map.z.dim(), pitch_um);
    scored.face = intersection_over_union(
        &covered(&[OutlinedPart::BreechFace]),
        &parts,
        &[Part::BreechFace],
        &[Part::Untouched, Part::FlowBack, Part::Shear],
    );
    scored.hole = intersection_over_union(
        &covered(&[OutlinedPart::ApertureShear, OutlinedPart::FiringPin]),
        &parts,
        &[Part::Plug, Part::Pin],
        &[Part::FlowBack, Part::Shear],
    );
    let mut cut = map.clone();
    found.cut(&mut cut, parameters);
    let foreign = |part: &Option<Part>| matches!(part, Some(Part::Plug | Part::Pin | Part::FlowBack | Part::Shear));
    let (mut all, mut out) = (0usize, 0usize);
    for (v, _) in cut.z.iter().zip(&parts).filter(|(_, part)| foreign(part)) {
        all += 1;
        out += usize::from(v.is_nan());
    }
    scored.kept_out = out as f64 / all.max(1) as f64;
    Ok(scored)
}
