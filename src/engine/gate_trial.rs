//! The quality gate tried on simulated acquisitions: sound ones, spoiled ones, and things that are no case.

use super::error::EngineError;
use super::outline::{findings_of, outlined};
use super::parameters::Parameters;
use super::twin::{Entered, Twins};
use crate::grid::HeightMap;
use crate::ids::SpecimenId;
use crate::mark::gate::{self, Findings, GateCode, GateVerdict, Judgement};
use crate::signature::sign;
use crate::simulate::{AMMUNITION, Foreign, SimulateError, SimulatedFirearm, SimulatedShot, Spoiled};
use crate::workings::Silent;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

/// Pitches of the foreign things, um.
const FOREIGN_PITCHES_UM: [f64; 3] = [6.25, 9.0, 12.5];

/// What came under the instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tried {
    /// A case, and what went wrong.
    Case(Spoiled),
    /// Something that is no fired primer.
    Thing(Foreign),
}

impl Tried {
    /// Everything that is tried.
    fn all() -> impl Iterator<Item = Tried> {
        Spoiled::ALL.into_iter().map(Tried::Case).chain(Foreign::ALL.into_iter().map(Tried::Thing))
    }
}

/// What the gate said of one kind of acquisitions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// What was wrong with them.
    pub tried: Tried,
    /// Accepted, accepted with reservations, rejected.
    pub verdicts: [usize; 3],
    /// How many were given a reason that names what was wrong; of sound ones, how many were given none that rejects.
    pub named: usize,
    /// How often each reason was given.
    pub codes: BTreeMap<GateCode, usize>,
}

/// The reasons of which one names what was wrong.
#[must_use]
pub fn names(tried: Tried) -> &'static [GateCode] {
    let spoiled = match tried {
        Tried::Case(spoiled) => spoiled,
        // Between the letters nothing but turned metal is in view.
        Tried::Thing(Foreign::Headstamp) => return &[GateCode::Headstamp, GateCode::Blank],
        Tried::Thing(Foreign::Flat) => return &[GateCode::Blank],
        // In a small field of view nothing is seen of it but a level surface.
        Tried::Thing(Foreign::Unfired) => return &[GateCode::Unfired, GateCode::Blank],
        Tried::Thing(Foreign::Mouth) => return &[GateCode::CaseMouth],
        Tried::Thing(Foreign::Bullet) => return &[GateCode::Bullet],
        Tried::Thing(Foreign::Noise) => return &[GateCode::Noise],
        Tried::Thing(Foreign::Thumb) => return &[GateCode::Skin],
    };
    match spoiled {
        Spoiled::Not => &[],
        Spoiled::Noisy => &[GateCode::NoiseHigh, GateCode::NoiseTooHigh, GateCode::Noise],
        Spoiled::Defocused => &[GateCode::FocusSoft],
        Spoiled::Tilted => &[GateCode::TiltHigh],
        Spoiled::Holed => &[GateCode::CoverageLow, GateCode::CoverageTooLow, GateCode::Unsuitable],
        Spoiled::Cut => &[GateCode::AreaSmall, GateCode::Unsuitable],
        Spoiled::Spiked => &[GateCode::SpikesMany, GateCode::CoverageLow, GateCode::CoverageTooLow],
        Spoiled::Coarse => &[GateCode::PitchCoarse],
        Spoiled::HeightsTooLarge | Spoiled::HeightsTooSmall => &[GateCode::UnitSuspected],
        Spoiled::PitchTooLarge | Spoiled::PitchTooSmall => &[GateCode::PitchSuspected, GateCode::UnitSuspected],
        Spoiled::Resaved => &[GateCode::DuplicateAcquisition],
    }
}

/// Tries the gate on the cropped scans of `each` simulated cases, spoiled in every way in turn, and on as many of every foreign thing, on the way that submitted
/// files go; every case beside its own sound acquisition, so that twins can be found and, of sound ones, other shots of the same firearm are not taken for twins.
///
/// # Errors
/// Those of outlining, simulating and preparing; none in practice.
pub fn gate_trial(parameters: &Parameters, each: u32, seed: u64) -> Result<Vec<Row>, EngineError> {
    let judged: Vec<Vec<(Tried, Judgement)>> =
        (1..=each).into_par_iter().map(|number| one_case(parameters, seed, number)).collect::<Result<_, _>>()?;
    let mut rows: Vec<Row> =
        Tried::all().map(|tried| Row { tried, verdicts: [0; 3], named: 0, codes: BTreeMap::new() }).collect();
    for (tried, judgement) in judged.into_iter().flatten() {
        let Some(row) = rows.iter_mut().find(|row| row.tried == tried) else { continue };
        row.verdicts[judgement.verdict as usize] += 1;
        let right = names(tried);
        row.named += usize::from(if right.is_empty() {
            judgement.verdict != GateVerdict::Rejected
        } else {
            right.iter().any(|code| judgement.says(*code))
        });
        for reason in &judgement.reasons {
            *row.codes.entry(reason.code).or_default() += 1;
        }
    }
    Ok(rows)
}

fn one_case(parameters: &Parameters, seed: u64, number: u32) -> Result<Vec<(Tried, Judgement)>, EngineError> {
    let firearm = SimulatedFirearm::new(seed, number);
    let shot = |shot: u32| {
        let ammunition = AMMUNITION[(number + shot) as usize % AMMUNITION.len()];
        let shot = SimulatedShot::new(&firearm, shot, ammunition);
        shot.cropped(&firearm, shot.instrument.pitch_um).height_map()
    };
    let (own, other) = (shot(1), shot(2));
    let mut known = Twins::among(None);
    let mut mates = Twins::among(None);
    for (twins, map, name) in [(&mut known, &own, "own"), (&mut mates, &other, "mate")] {
        let (_, _, mark) = outlined(map, None, parameters, &mut Silent)?;
        let signature = sign(&mark, &parameters.signature);
        twins.entered(SpecimenId::new(name), mark.modality, signature, Entered::Here(Box::new(mark)));
    }
    let fault = |error: SimulateError| EngineError::Input {
        what: "simulated thing".to_owned(),
        expected: "a pitch in its range".to_owned(),
        got: error.to_string(),
    };
    Tried::all()
        .map(|tried| {
            let map = match tried {
                Tried::Case(spoiled) => spoiled.of(&own, seed, u64::from(number)),
                Tried::Thing(thing) => {
                    let pitch_um = FOREIGN_PITCHES_UM[number as usize % FOREIGN_PITCHES_UM.len()];
                    thing.surface(seed, number, pitch_um).map_err(fault)?.height_map()
                }
            };
            let twins = if tried == Tried::Case(Spoiled::Resaved) { &known } else { &mates };
            Ok((tried, judged(&map, parameters, twins)?))
        })
        .collect()
}

/// What the gate says of a map, as of one that is submitted.
fn judged(map: &HeightMap, parameters: &Parameters, twins: &Twins<'_>) -> Result<Judgement, EngineError> {
    if let Some(judgement) = gate::off_any_scale(map) {
        return Ok(judgement);
    }
    let (outlines, face, mark) = outlined(map, None, parameters, &mut Silent)?;
    let figures = gate::measure(&face, &mark, &parameters.prepare.fine);
    let twin = if mark.suitable() { twins.of_mark(None, parameters, &SpecimenId::new("new"), &mark)? } else { None };
    let findings = Findings { twin, ..findings_of(&outlines) };
    Ok(gate::judge(&figures, &findings, &mark.quality.suitability, &parameters.gate))
}

/// The table as text.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut text =
        format!("{:<18}{:>9}{:>14}{:>10}{:>8}  codes\n", "tried", "accepted", "reservations", "rejected", "named");
    for row in rows {
        let codes: Vec<String> = row
            .codes
            .iter()
            .map(|(code, count)| {
                format!("{} {count}", serde_json::to_string(code).unwrap_or_default().trim_matches('"'))
            })
            .collect();
        let [accepted, reservations, rejected] = row.verdicts;
        let name = match row.tried {
            Tried::Case(spoiled) => format!("{spoiled:?}"),
            Tried::Thing(thing) => format!("{thing:?}"),
        };
        text.push_str(&format!(
            "{name:<18}{accepted:>9}{reservations:>14}{rejected:>10}{:>8}  {}\n",
            row.named,
            codes.join(", ")
        ));
    }
    text
}

#[cfg(test)]
mod tests;
