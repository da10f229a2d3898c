//! The quality gate tried on simulated acquisitions: sound ones, spoiled ones, and things that are no case.

use super::error::EngineError;
use super::parameters::Parameters;
use super::twin::{Entered, Twins};
use crate::ids::SpecimenId;
use crate::mark::gate::{self, Findings, GateCode, GateVerdict, Judgement};
use crate::mark::prepare;
use crate::signature::sign;
use crate::simulate::{AMMUNITION, SimulatedFirearm, SimulatedShot, Spoiled};
use crate::workings::Silent;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

/// What the gate said of one kind of acquisitions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// What was wrong with them.
    pub spoiled: Spoiled,
    /// Accepted, accepted with reservations, rejected.
    pub verdicts: [usize; 3],
    /// How many were given a reason that names what was wrong; of sound ones, how many were given none that rejects.
    pub named: usize,
    /// How often each reason was given.
    pub codes: BTreeMap<GateCode, usize>,
}

/// The reasons of which one names what was wrong.
#[must_use]
pub fn names(spoiled: Spoiled) -> &'static [GateCode] {
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
        Spoiled::Blank => &[GateCode::Blank],
        Spoiled::NoiseAlone => &[GateCode::Noise],
        Spoiled::Bullet => &[GateCode::Bullet],
        Spoiled::Fingertip => &[GateCode::Skin],
        Spoiled::Resaved => &[GateCode::DuplicateAcquisition],
    }
}

/// Tries the gate on the cropped scans of `each` simulated cases, spoiled in every way in turn; every case beside its own sound acquisition, so that
/// twins can be found and, of sound ones, other shots of the same firearm are not taken for twins.
///
/// # Errors
/// Those of preparing; none in practice.
pub fn gate_trial(parameters: &Parameters, each: u32, seed: u64) -> Result<Vec<Row>, EngineError> {
    let judged: Vec<Vec<(Spoiled, Judgement)>> =
        (1..=each).into_par_iter().map(|number| one_case(parameters, seed, number)).collect::<Result<_, _>>()?;
    let mut rows: Vec<Row> = Spoiled::ALL
        .into_iter()
        .map(|spoiled| Row { spoiled, verdicts: [0; 3], named: 0, codes: BTreeMap::new() })
        .collect();
    for (spoiled, judgement) in judged.into_iter().flatten() {
        let Some(row) = rows.iter_mut().find(|row| row.spoiled == spoiled) else { continue };
        row.verdicts[judgement.verdict as usize] += 1;
        let right = names(spoiled);
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

fn one_case(parameters: &Parameters, seed: u64, number: u32) -> Result<Vec<(Spoiled, Judgement)>, EngineError> {
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
        let mark = prepare(map, &parameters.prepare, &mut Silent)?;
        let signature = sign(&mark, &parameters.signature);
        twins.entered(SpecimenId::new(name), mark.modality, signature, Entered::Here(Box::new(mark)));
    }
    Spoiled::ALL
        .into_iter()
        .map(|spoiled| {
            let map = spoiled.of(&own, seed, u64::from(number));
            if let Some(judgement) = gate::off_any_scale(&map) {
                return Ok((spoiled, judgement));
            }
            let mark = prepare(&map, &parameters.prepare, &mut Silent)?;
            let figures = gate::measure(&map, &mark, &parameters.prepare.fine);
            let twins = if spoiled == Spoiled::Resaved { &known } else { &mates };
            let twin =
                if mark.suitable() { twins.of_mark(None, parameters, &SpecimenId::new("new"), &mark)? } else { None };
            let findings = Findings { twin, ..Findings::default() };
            Ok((spoiled, gate::judge(&figures, &findings, &mark.quality.suitability, &parameters.gate)))
        })
        .collect()
}

/// The table as text.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut text =
        format!("{:<18}{:>9}{:>14}{:>10}{:>8}  codes\n", "spoiled", "accepted", "reservations", "rejected", "named");
    for row in rows {
        let codes: Vec<String> = row
            .codes
            .iter()
            .map(|(code, count)| {
                format!("{} {count}", serde_json::to_string(code).unwrap_or_default().trim_matches('"'))
            })
            .collect();
        let [accepted, reservations, rejected] = row.verdicts;
        let name = format!("{:?}", row.spoiled);
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
