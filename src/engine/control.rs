//! Instrument control: a check standard is imaged at intervals, and what its charts say of the instruments and of what they imaged.

use super::Context;
use super::error::EngineError;
use super::parameters::Parameters;
use super::ports::{Put, Stamp, Store, StoreError};
use super::submit::{Read, mark_of};
use crate::casework::control::{
    ControlChart, ControlFlag, ControlRun, ControlStandard, ControlState, Lifted, Limits, flag_step, on_chart,
};
use crate::casework::{Person, must_not_be_auditor};
use crate::compare::{Prepared, compare};
use crate::ids::{AcquisitionId, Digest, SpecimenId};
use crate::mark::Suitability;
use crate::surface::DecodeOptions;
use crate::trace::text::fold;
use crate::workings::Silent;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A file as it comes in.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// How it is decoded.
    pub options: &'a DecodeOptions,
}

/// Enters the reference of a check standard: a certified image, or one that the laboratory trusts.
///
/// # Errors
/// An auditor; a file that cannot be decoded, or whose mark cannot be compared; another reference under the name; those of the store.
pub fn enter_standard(
    context: &Context<'_>,
    by: &Person,
    name: &str,
    file: Received<'_>,
) -> Result<(ControlStandard, Put), EngineError> {
    must_not_be_auditor(by, "enter a check standard")?;
    let Read { mark, .. } = mark_of(file.bytes, file.name, None, file.options, context.parameters, &mut Silent)?;
    if let Suitability::Unsuitable { english, .. } = &mark.quality.suitability {
        return Err(EngineError::Input {
            what: file.name.to_owned(),
            expected: "an image of a check standard that can be compared".to_owned(),
            got: english.clone(),
        });
    }
    let at = context.clock.now();
    let standard = ControlStandard {
        name: name.trim().to_owned(),
        file_name: file.name.to_owned(),
        sha256: Digest::of(file.bytes),
        at,
        by: by.name().to_owned(),
    };
    let put = context.store.put_standard(&standard, file.bytes, &Stamp::new(at, by.name()))?;
    Ok((standard, put))
}

/// An acquisition that an instrument made while it was out of control.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flagged {
    /// The acquisition.
    pub acquisition: AcquisitionId,
    /// The specimen that it shows.
    pub specimen: SpecimenId,
    /// When it was entered.
    pub entered: jiff::Timestamp,
    /// The instrument.
    pub instrument: String,
    /// Number of the flag.
    pub flag: u64,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunOutcome {
    /// The run.
    pub run: ControlRun,
    /// Whether it was new: the same file again changes nothing.
    pub put: Put,
    /// What its chart says of it.
    pub state: ControlState,
    /// The limits, once the instrument is qualified.
    pub limits: Option<Limits>,
    /// The flag under which the instrument stands now.
    pub flag: Option<ControlFlag>,
    /// What is flagged by it.
    pub flagged: Vec<Flagged>,
}

/// What a run is of.
#[derive(Debug, Clone, Copy)]
pub struct RunOf<'a> {
    /// The instrument; where none is stated, as the file names it.
    pub instrument: Option<&'a str>,
    /// The check standard.
    pub standard: &'a str,
    /// Why the instrument is qualified anew from this run on.
    pub restart: Option<&'a str>,
}

/// Compares an image of a check standard with its reference and keeps it on the instrument's chart. An image that cannot be compared is kept too: it says
/// that something is wrong.
///
/// # Errors
/// An auditor; an unknown standard; an instrument that neither a person nor the file names; the reference's own file again; those of decoding and of the
/// store.
pub fn submit_run(
    context: &Context<'_>,
    by: &Person,
    of: RunOf<'_>,
    file: Received<'_>,
) -> Result<RunOutcome, EngineError> {
    let Context { store, clock, parameters, .. } = *context;
    must_not_be_auditor(by, "submit a check standard")?;
    let standard = standard(store, of.standard)?;
    let sha256 = Digest::of(file.bytes);
    if sha256 == standard.sha256 {
        return Err(EngineError::Input {
            what: file.name.to_owned(),
            expected: format!("a new image of check standard {}", standard.name),
            got: "its reference itself".to_owned(),
        });
    }
    let Read { mark, metadata, parameters, .. } =
        mark_of(file.bytes, file.name, None, file.options, parameters, &mut Silent)?;
    let named = of.instrument.map(str::to_owned).or_else(|| metadata.instrument());
    let instrument = named.filter(|name| !fold(name).is_empty()).ok_or_else(|| EngineError::Input {
        what: format!("{}: instrument", file.name),
        expected: "a name (--instrument), or a file that names its instrument".to_owned(),
        got: "nothing".to_owned(),
    })?;
    let bytes = store.standard_bytes(&standard.name)?;
    // The reference is read as its file says: what a person states of this file need not hold for that one.
    let Read { mark: reference, .. } =
        mark_of(&bytes, &standard.file_name, None, &DecodeOptions::default(), &parameters, &mut Silent)?;
    if reference.modality != mark.modality {
        return Err(EngineError::Input {
            what: file.name.to_owned(),
            expected:
                "an image of the kind of the reference: heights and photographs are not compared with one another"
                    .to_owned(),
            got: format!("{:?}, where the reference is {:?}", mark.modality, reference.modality).to_lowercase(),
        });
    }
    let outcome = compare(
        &Prepared::of(&reference, &parameters.compare),
        &Prepared::of(&mark, &parameters.compare),
        &parameters.compare,
        &parameters.model,
        &mut Silent,
    );
    let comparable = outcome.score > crate::compare::NO_SCORE;
    let run = ControlRun {
        instrument,
        standard: standard.name,
        at: clock.now(),
        by: by.name().to_owned(),
        file_name: file.name.to_owned(),
        sha256,
        score: comparable.then_some(outcome.features.ccf_fine),
        cells: (outcome.cmc, outcome.cells.len() as u32),
        comparison: parameters.comparison_hash(),
        restart: of.restart.map(str::trim).filter(|why| !why.is_empty()).map(str::to_owned),
    };
    let put = store.put_control_run(&run, file.bytes, &flag_step, &Stamp::new(run.at, by.name()))?;
    let view = view(store, &parameters, &run.instrument, &run.standard)?;
    let shown = view.points.iter().rev().find(|point| point.run.sha256 == sha256);
    let state = shown.map_or(ControlState::Qualifying, |point| point.state.clone());
    let run = shown.map_or(run, |point| point.run.clone());
    let flag = view.flags.into_iter().find(ControlFlag::open);
    let flagged = match &flag {
        Some(flag) => flagged_by(store, std::slice::from_ref(flag))?,
        None => Vec::new(),
    };
    Ok(RunOutcome { run, put, state, limits: view.limits, flag, flagged })
}

fn standard(store: &dyn Store, name: &str) -> Result<ControlStandard, EngineError> {
    let wanted = fold(name);
    store.standards()?.into_iter().find(|standard| fold(&standard.name) == wanted).ok_or_else(|| {
        StoreError::NotFound { kind: "check standard", id: format!("{name} (enter it with `control reference`)") }
            .into()
    })
}

/// One run on its chart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChartPoint {
    /// The run.
    pub run: ControlRun,
    /// What the chart says of it.
    pub state: ControlState,
}

/// The chart of an instrument and a check standard.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChartView {
    /// The instrument.
    pub instrument: String,
    /// The check standard.
    pub standard: String,
    /// Centre line and spread, once the instrument is qualified.
    pub limits: Option<Limits>,
    /// In the order of the runs.
    pub points: Vec<ChartPoint>,
    /// Runs of earlier charts: before the last new qualification, or compared by another method.
    pub earlier: usize,
    /// All flags that were raised.
    pub flags: Vec<ControlFlag>,
}

impl ChartView {
    /// Whether the instrument is out of control by this chart.
    #[must_use]
    pub fn out(&self) -> bool {
        self.flags.iter().any(ControlFlag::open)
    }
}

/// The chart of one instrument and standard by the present method; without points where there are no such runs.
///
/// # Errors
/// Those of the store.
pub fn view(
    store: &dyn Store,
    parameters: &Parameters,
    instrument: &str,
    standard: &str,
) -> Result<ChartView, EngineError> {
    let (wanted, of) = (fold(instrument), fold(standard));
    let mut runs = store.control_runs()?;
    runs.retain(|run| fold(&run.instrument) == wanted && fold(&run.standard) == of);
    let shown = on_chart(&runs, &parameters.comparison_hash());
    let chart = ControlChart::of(&shown.iter().map(|run| run.score).collect::<Vec<_>>());
    let points: Vec<ChartPoint> =
        shown.iter().zip(chart.states).map(|(run, state)| ChartPoint { run: (*run).clone(), state }).collect();
    let mut flags = store.control_flags()?;
    flags.retain(|flag| fold(&flag.instrument) == wanted && fold(&flag.standard) == of);
    Ok(ChartView {
        instrument: runs.last().map_or(instrument, |run| &run.instrument).to_owned(),
        standard: runs.last().map_or(standard, |run| &run.standard).to_owned(),
        limits: chart.limits,
        earlier: runs.len() - points.len(),
        points,
        flags,
    })
}

/// The charts of all instruments and standards, in the order of their names.
///
/// # Errors
/// Those of the store.
pub fn views(store: &dyn Store, parameters: &Parameters) -> Result<Vec<ChartView>, EngineError> {
    let names: BTreeMap<(String, String), ControlRun> =
        store.control_runs()?.into_iter().map(|run| ((fold(&run.instrument), fold(&run.standard)), run)).collect();
    names.values().map(|run| view(store, parameters, &run.instrument, &run.standard)).collect()
}

/// Instruments that are out of control now, by their folded names.
///
/// # Errors
/// Those of the store.
pub fn out_of_control(store: &dyn Store) -> Result<BTreeSet<String>, EngineError> {
    Ok(store.control_flags()?.iter().filter(|flag| flag.open()).map(|flag| fold(&flag.instrument)).collect())
}

/// Every acquisition that a flag covers, by the order in which they were received.
///
/// # Errors
/// Those of the store.
pub fn flagged(store: &dyn Store) -> Result<Vec<Flagged>, EngineError> {
    flagged_by(store, &store.control_flags()?)
}

fn flagged_by(store: &dyn Store, flags: &[ControlFlag]) -> Result<Vec<Flagged>, EngineError> {
    let holding: Vec<(&ControlFlag, String)> =
        flags.iter().filter(|flag| flag.lifted.is_none()).map(|flag| (flag, fold(&flag.instrument))).collect();
    let mut found: BTreeMap<(jiff::Timestamp, AcquisitionId), Flagged> = BTreeMap::new();
    for (flag, instrument) in holding {
        for acquisition in store.acquisitions_between(flag.from, flag.until)? {
            let Some(own) = acquisition.imaged_with().filter(|own| fold(own) == instrument) else { continue };
            let place = (acquisition.received, acquisition.id.clone());
            found.entry(place).or_insert(Flagged {
                acquisition: acquisition.id,
                specimen: acquisition.specimen,
                entered: acquisition.received,
                instrument: own,
                flag: flag.number,
            });
        }
    }
    Ok(found.into_values().collect())
}

/// Takes a flag back: a person says why what was imaged in its time may be trusted.
///
/// # Errors
/// An unknown flag, one that was lifted before, a blank reason, an auditor.
pub fn lift(context: &Context<'_>, by: &Person, number: u64, reason: &str) -> Result<ControlFlag, EngineError> {
    must_not_be_auditor(by, "lift a control flag")?;
    let at = context.clock.now();
    let lifted = Lifted { by: by.clone(), at, reason: reason.trim().to_owned() };
    Ok(context.store.lift_flag(number, &lifted, &Stamp::new(at, by.name()))?)
}
