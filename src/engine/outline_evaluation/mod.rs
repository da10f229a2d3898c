//! Outlines measured: simulated raw acquisitions whose every point is known, and things that are no fired primer.

mod photographs;

pub use photographs::{PhotoScore, evaluate_photographs};

use super::error::EngineError;
use super::progress::Progress;
use crate::mark::outline::{Finding, OutlineParameters, OutlinedPart, Outlines, Reason, outline};
use crate::simulate::{Circumstances, Finish, Foreign, Part, RawAcquisition};
use crate::workings::Silent;
use ndarray::Array2;
use rayon::prelude::*;
use serde::Serialize;

/// Pitches of the foreign things, um.
const FOREIGN_PITCHES_UM: [f64; 3] = [6.25, 9.0, 12.5];
/// Below this intersection over union an outline shows another region.
const WRONG_REGION: f64 = 0.5;

/// What is to be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OutlineTrial {
    /// Seed of the simulated population.
    pub seed: u64,
    /// Raw acquisitions, each of another firearm.
    pub acquisitions: u32,
    /// Foreign things of each kind.
    pub foreign: u32,
}

/// How well one acquisition was outlined.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutlineScore {
    /// Its number, from 0.
    pub number: u32,
    /// Finish of the firearm.
    pub finish: Finish,
    /// How it was made.
    pub circumstances: Circumstances,
    /// What was found.
    pub finding: Finding,
    /// Intersection over union of the breech face with its truth, 0 to 1; places where the face did not touch count neither way.
    pub face: f64,
    /// The same for the firing-pin impression with its drag; `None` where the field of view holds too little of one.
    pub pin: Option<f64>,
    /// The same for the metal in the aperture with what flowed back around it; `None` as above.
    pub shear: Option<f64>,
    /// Confidence in the breech face.
    pub confidence: f64,
    /// Reasons given for the breech face.
    pub reasons: Vec<Reason>,
}

/// What was found on one foreign thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ForeignScore {
    /// What it is.
    pub thing: Foreign,
    /// Its number, from 0.
    pub number: u32,
    /// What was found.
    pub finding: Finding,
}

/// The whole measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutlineEvaluation {
    /// What was measured.
    pub trial: OutlineTrial,
    /// Of each acquisition.
    pub scores: Vec<OutlineScore>,
    /// Of each foreign thing.
    pub foreign: Vec<ForeignScore>,
}

impl OutlineEvaluation {
    /// The value below which `share` (0 to 1) of the breech faces' intersections over union lie; 0 without any.
    #[must_use]
    pub fn quantile(&self, share: f64) -> f64 {
        let mut values: Vec<f64> = self.scores.iter().map(|s| s.face).collect();
        values.sort_by(f64::total_cmp);
        let at = (share * values.len() as f64).floor() as usize;
        values.get(at.min(values.len().saturating_sub(1))).copied().unwrap_or(0.0)
    }

    /// Share of the acquisitions on which another region was outlined, or none.
    #[must_use]
    pub fn wrong_region_rate(&self) -> f64 {
        let wrong = self.scores.iter().filter(|s| s.face < WRONG_REGION).count();
        wrong as f64 / self.scores.len().max(1) as f64
    }

    /// Share of the foreign things that passed for a breech face.
    #[must_use]
    pub fn foreign_rate(&self) -> f64 {
        let passed = self.foreign.iter().filter(|s| s.finding.usable()).count();
        passed as f64 / self.foreign.len().max(1) as f64
    }
}

/// Outlines simulated raw acquisitions and foreign things, in parallel; the result does not depend on the number of threads.
///
/// # Errors
/// [`EngineError::Stopped`]; those of the simulator, which would be a fault of this trial.
pub fn evaluate_outlines(
    trial: OutlineTrial,
    parameters: &OutlineParameters,
    progress: &dyn Progress,
) -> Result<OutlineEvaluation, EngineError> {
    let things: Vec<(Foreign, u32)> =
        Foreign::ALL.into_iter().flat_map(|kind| (0..trial.foreign).map(move |number| (kind, number))).collect();
    progress.begin("outlines", u64::from(trial.acquisitions) + things.len() as u64);
    let fault = |error: crate::simulate::SimulateError| EngineError::Input {
        what: "simulated acquisition".to_owned(),
        expected: "parameters in their range".to_owned(),
        got: error.to_string(),
    };
    let step = || {
        progress.advance();
        if progress.stop_requested() { Err(EngineError::Stopped) } else { Ok(()) }
    };
    let scores = (0..trial.acquisitions)
        .into_par_iter()
        .map(|number| {
            let raw = RawAcquisition::new(trial.seed, number).map_err(fault)?;
            let score = score(number, &raw, parameters)?;
            step().map(|()| score)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let foreign = things
        .into_par_iter()
        .map(|(thing, number)| {
            let pitch = FOREIGN_PITCHES_UM[number as usize % FOREIGN_PITCHES_UM.len()];
            let surface = thing.surface(trial.seed, number, pitch).map_err(fault)?;
            let found = outline(&surface.height_map(), None, parameters, &mut Silent)?;
            step().map(|()| ForeignScore { thing, number, finding: found.finding })
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(OutlineEvaluation { trial, scores, foreign })
}

/// Outlines one acquisition and compares the parts with their truth.
///
/// # Errors
/// Those of [`outline`].
pub fn score(number: u32, raw: &RawAcquisition, parameters: &OutlineParameters) -> Result<OutlineScore, EngineError> {
    let map = raw.surface.height_map();
    let found = outline(&map, None, parameters, &mut Silent)?;
    let overlap = |parts: &[OutlinedPart], truth: &[Part], neither: &[Part]| {
        let drawn = drawn(&found, parts, map.z.dim(), map.pitch_um);
        intersection_over_union(&drawn, &raw.parts, truth, neither)
    };
    let enough = |part: Part| {
        let points = raw.parts.iter().filter(|p| **p == Some(part)).count();
        points as f64 * map.pitch_um * map.pitch_um > 100_000.0
    };
    let face = found.part(OutlinedPart::BreechFace);
    Ok(OutlineScore {
        number,
        finish: raw.finish,
        circumstances: raw.circumstances,
        finding: found.finding,
        face: overlap(&[OutlinedPart::BreechFace], &[Part::BreechFace], &[Part::Untouched]),
        pin: enough(Part::Pin).then(|| overlap(&[OutlinedPart::FiringPin, OutlinedPart::Drag], &[Part::Pin], &[])),
        shear: enough(Part::Plug)
            .then(|| overlap(&[OutlinedPart::ApertureShear], &[Part::Plug, Part::FlowBack], &[Part::Shear])),
        confidence: face.map_or(0.0, |f| f.confidence),
        reasons: face.map_or(Vec::new(), |f| f.reasons.clone()),
    })
}

fn drawn(found: &Outlines, parts: &[OutlinedPart], dim: (usize, usize), pitch_um: f64) -> Array2<bool> {
    let mut mask = Array2::from_elem(dim, false);
    for part in found.parts.iter().filter(|p| parts.contains(&p.part)) {
        mask.zip_mut_with(&part.shape.mask(dim.0, dim.1, pitch_um), |m, d| *m |= d);
    }
    mask
}

fn intersection_over_union(
    drawn: &Array2<bool>,
    parts: &Array2<Option<Part>>,
    truth: &[Part],
    neither: &[Part],
) -> f64 {
    let (mut both, mut either) = (0usize, 0usize);
    for (&drawn, part) in drawn.iter().zip(parts) {
        let Some(part) = part.filter(|p| !neither.contains(p)) else { continue };
        let wanted = truth.contains(&part);
        both += usize::from(drawn && wanted);
        either += usize::from(drawn || wanted);
    }
    if either == 0 { 0.0 } else { both as f64 / either as f64 }
}

#[cfg(test)]
mod tests;
