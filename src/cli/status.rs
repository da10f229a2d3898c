//! `status`: what the gallery holds, how its acquisitions were judged, and the state of its instruments.

use super::Desk;
use super::control::{flagged_words, state_words};
use super::failure::Failure;
use super::present::table;
use crate::engine::control::{ChartView, Flagged, flagged, views};
use crate::engine::ports::Store as _;
use crate::language::Language;
use crate::mark::gate::GateVerdict;
use serde::Serialize;
use std::collections::BTreeMap;

/// What `status --json` prints.
#[derive(Debug, Serialize)]
struct Status {
    specimens: usize,
    acquisitions: usize,
    verdicts: Verdicts,
    instruments: Vec<Used>,
    charts: Vec<ChartView>,
    flagged: Vec<Flagged>,
}

/// How many acquisitions the gate judged so.
#[derive(Debug, Default, Serialize)]
struct Verdicts {
    accepted: usize,
    reservations: usize,
    forced: usize,
    not_judged: usize,
}

/// An instrument and what it imaged.
#[derive(Debug, Serialize)]
struct Used {
    instrument: Option<String>,
    objective: Option<String>,
    light: Option<String>,
    /// Last calibration as its files state it.
    calibrated: Option<String>,
    acquisitions: usize,
}

/// Runs the command.
///
/// # Errors
/// Those of the store.
pub fn run(desk: &Desk) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let acquisitions = store.acquisitions(None)?;
    let mut verdicts = Verdicts::default();
    let mut used: BTreeMap<[Option<String>; 3], Used> = BTreeMap::new();
    for acquisition in &acquisitions {
        *match acquisition.gate.as_ref().map(|gate| gate.verdict) {
            None => &mut verdicts.not_judged,
            Some(GateVerdict::Accepted) => &mut verdicts.accepted,
            Some(GateVerdict::Reservations) => &mut verdicts.reservations,
            Some(GateVerdict::Rejected) => &mut verdicts.forced,
        } += 1;
        let (instrument, objective, light) =
            (acquisition.imaged_with(), acquisition.objective.clone(), acquisition.light.clone());
        let one = used.entry([instrument.clone(), objective.clone(), light.clone()]).or_insert(Used {
            instrument,
            objective,
            light,
            calibrated: None,
            acquisitions: 0,
        });
        one.acquisitions += 1;
        // Text of dates as ISO 8601 sorts by time.
        one.calibrated = one.calibrated.take().max(acquisition.metadata.calibration_date.clone());
    }
    let status = Status {
        specimens: store.specimens(None)?.len(),
        acquisitions: acquisitions.len(),
        verdicts,
        instruments: used.into_values().collect(),
        charts: views(&store, &desk.parameters)?,
        flagged: flagged(&store)?,
    };
    desk.output.show(&status, |language| words(&status, language))?;
    Ok(())
}

fn words(status: &Status, language: Language) -> String {
    let Verdicts { accepted, reservations, forced, not_judged } = status.verdicts;
    let mut text = language.pick(
        format!(
            "{} specimens, {} acquisitions: {accepted} accepted, {reservations} with reservations, {forced} rejected and kept, {not_judged} not judged\n",
            status.specimens, status.acquisitions
        ),
        format!(
            "{} especímenes, {} adquisiciones: {accepted} aceptadas, {reservations} con reservas, {forced} rechazadas y guardadas, {not_judged} sin dictamen\n",
            status.specimens, status.acquisitions
        ),
    );
    let mut drawn = table([
        language.pick("instrument", "instrumento"),
        language.pick("objective", "objetivo"),
        language.pick("light", "luz"),
        language.pick("calibrated", "calibrado"),
        language.pick("acquisitions", "adquisiciones"),
    ]);
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    for one in &status.instruments {
        drawn.add_row([
            or_dash(&one.instrument),
            or_dash(&one.objective),
            or_dash(&one.light),
            or_dash(&one.calibrated),
            one.acquisitions.to_string(),
        ]);
    }
    text.push_str(&format!("{drawn}\n"));
    for chart in &status.charts {
        text.push_str(&format!("{} · {}: {}\n", chart.instrument, chart.standard, state_words(chart, language)));
    }
    text.push_str(&flagged_words(&status.flagged, language));
    text
}
