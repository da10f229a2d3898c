//! Instrument control: Shewhart charts of a check standard's score, and the flags that a chart raises.
//!
//! A check standard (SRM 2461, or a case of the laboratory's own) is imaged at intervals and compared with its reference. The first runs qualify the
//! instrument: their mean is the centre line, their moving ranges give the limits, and every later run is held against both. An instrument is out of
//! control from the first run that breaks a rule until the next that breaks none.

use crate::ids::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Runs that qualify an instrument before it is monitored. Ten: limits from fewer moving ranges miss the standard deviation by more than a quarter.
pub const QUALIFYING_RUNS: usize = 10;

/// Mean range of two normal numbers over their standard deviation, the factor d2 for n = 2 (Shewhart 1931; ASTM E2587).
const D2: f64 = std::f64::consts::FRAC_2_SQRT_PI;

/// Least standard deviation that limits are drawn from: a correlation is told to about its third decimal, and runs that happen to agree to more must not
/// make every later run an alarm.
const LEAST_SD: f64 = 0.000_5;

/// What a run says of the instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlRule {
    /// The image could not be compared with the reference at all.
    NotComparable,
    /// One run beyond three standard deviations (Shewhart 1931; Western Electric rule 1).
    BeyondThree,
    /// Two of three successive runs beyond two standard deviations on one side (Western Electric rule 2).
    TwoOfThree,
    /// Four of five successive runs beyond one standard deviation on one side (Western Electric rule 3).
    FourOfFive,
    /// Eight successive runs on one side of the centre line (Western Electric rule 4).
    EightInARow,
}

/// Centre line and spread of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Mean of the qualifying runs.
    pub centre: f64,
    /// Mean moving range of them over d2, never below .0005.
    pub sd: f64,
}

impl Limits {
    /// The limits of an individuals chart (NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2): `None` for fewer than two scores.
    #[must_use]
    pub fn of(scores: &[f64]) -> Option<Self> {
        if scores.len() < 2 {
            return None;
        }
        let centre = scores.iter().sum::<f64>() / scores.len() as f64;
        let moved: f64 = scores.windows(2).map(|w| (w[1] - w[0]).abs()).sum();
        let sd = moved / (scores.len() - 1) as f64 / D2;
        Some(Self { centre, sd: sd.max(LEAST_SD) })
    }

    /// Three standard deviations below the centre line.
    #[must_use]
    pub fn lower(&self) -> f64 {
        self.centre - 3.0 * self.sd
    }

    /// Three standard deviations above the centre line.
    #[must_use]
    pub fn upper(&self) -> f64 {
        self.centre + 3.0 * self.sd
    }
}

/// What the chart makes of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ControlState {
    /// It helps to draw the limits.
    Qualifying,
    /// It breaks no rule.
    InControl,
    /// It breaks these.
    OutOfControl {
        /// The strictest first.
        rules: Vec<ControlRule>,
    },
}

impl ControlState {
    /// Whether a rule is broken.
    #[must_use]
    pub fn is_out(&self) -> bool {
        matches!(self, ControlState::OutOfControl { .. })
    }
}

/// A chart: limits once the instrument is qualified, and the state of every run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ControlChart {
    /// None while too few runs have qualified it.
    pub limits: Option<Limits>,
    /// In the order of the runs.
    pub states: Vec<ControlState>,
}

impl ControlChart {
    /// The chart of successive scores; a run that could not be compared has none, and qualifies nothing.
    ///
    /// A rule on several runs (Western Electric Company 1956, Statistical Quality Control Handbook; NIST/SEMATECH e-Handbook 6.3.2) is broken by a run that is itself
    /// one of those beyond the line, so that one good run ends an alarm. With all four rules a chart in control gives a false alarm once in about 92
    /// runs (Champ and Woodall 1987, Technometrics 29).
    #[must_use]
    pub fn of(scores: &[Option<f64>]) -> Self {
        let mut qualifying: Vec<f64> = Vec::with_capacity(QUALIFYING_RUNS);
        let mut limits: Option<Limits> = None;
        // Distances from the centre line in standard deviations, of monitored runs that could be compared.
        let mut distances: Vec<f64> = Vec::new();
        let mut states = Vec::with_capacity(scores.len());
        for score in scores {
            let Some(score) = score.filter(|score| score.is_finite()) else {
                states.push(ControlState::OutOfControl { rules: vec![ControlRule::NotComparable] });
                continue;
            };
            let Some(limits) = limits else {
                qualifying.push(score);
                if qualifying.len() == QUALIFYING_RUNS {
                    limits = Limits::of(&qualifying);
                }
                states.push(ControlState::Qualifying);
                continue;
            };
            distances.push((score - limits.centre) / limits.sd);
            let rules = broken(&distances);
            states.push(if rules.is_empty() { ControlState::InControl } else { ControlState::OutOfControl { rules } });
        }
        Self { limits, states }
    }
}

/// The rules that the last of these distances breaks.
fn broken(distances: &[f64]) -> Vec<ControlRule> {
    let Some(&last) = distances.last() else { return Vec::new() };
    let side = last.signum();
    let beyond = |of: usize, limit: f64| {
        let from = distances.len().saturating_sub(of);
        distances[from..].iter().filter(|d| *d * side > limit).count()
    };
    let mut rules = Vec::new();
    if last.abs() > 3.0 {
        rules.push(ControlRule::BeyondThree);
    }
    if last.abs() > 2.0 && beyond(3, 2.0) >= 2 {
        rules.push(ControlRule::TwoOfThree);
    }
    if last.abs() > 1.0 && beyond(5, 1.0) >= 4 {
        rules.push(ControlRule::FourOfFive);
    }
    if distances.len() >= 8 && beyond(8, 0.0) == 8 {
        rules.push(ControlRule::EightInARow);
    }
    rules
}

/// A check standard with the reference that its images are compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ControlStandard {
    /// The laboratory's name of it, such as `SRM 2461 no. 12`.
    pub name: String,
    /// File of the reference as received.
    pub file_name: String,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// When it was entered.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// One image of a check standard, compared with its reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ControlRun {
    /// The instrument.
    pub instrument: String,
    /// The check standard.
    pub standard: String,
    /// When it was submitted.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// File as received.
    pub file_name: String,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Correlation of the fine band with the reference, -1 to 1; none where the two could not be compared.
    pub score: Option<f64>,
    /// Congruent cells, and cells that were searched.
    pub cells: (u32, u32),
    /// Digest of all that the comparison depends on; runs compared otherwise are on another chart.
    pub comparison: Digest,
    /// Why the instrument is qualified anew from this run on: after a repair, a calibration, a move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart: Option<String>,
}

/// A person's word that a flag does not hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lifted {
    /// Who.
    pub by: super::Person,
    /// When.
    pub at: Timestamp,
    /// On what grounds.
    pub reason: String,
}

/// What a run out of control raised: every acquisition of the instrument entered in this time is flagged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ControlFlag {
    /// Its number.
    pub number: u64,
    /// The instrument.
    pub instrument: String,
    /// The check standard.
    pub standard: String,
    /// When the run was submitted that raised it.
    pub raised: Timestamp,
    /// The rules that it broke.
    pub rules: Vec<ControlRule>,
    /// The last good run before; none where there was none.
    pub from: Option<Timestamp>,
    /// The next good run; none while the instrument is out of control.
    pub until: Option<Timestamp>,
    /// Who took it back, where somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted: Option<Lifted>,
}

impl ControlFlag {
    /// Whether it holds for what was entered at this time.
    #[must_use]
    pub fn covers(&self, entered: Timestamp) -> bool {
        self.lifted.is_none()
            && self.from.is_none_or(|from| from < entered)
            && self.until.is_none_or(|until| entered < until)
    }

    /// Whether the instrument is out of control by it now.
    #[must_use]
    pub fn open(&self) -> bool {
        self.until.is_none() && self.lifted.is_none()
    }
}

/// What a new run does to the flags of its instrument and standard.
#[derive(Debug, Clone, PartialEq)]
pub enum FlagStep {
    /// Nothing.
    Leave,
    /// Raises one; its number is the store's to give.
    Raise(Box<ControlFlag>),
    /// The instrument is good again: open ones end with this run.
    End,
}

/// The runs of one chart: those after the last that qualified the instrument anew, compared in this way.
#[must_use]
pub fn on_chart<'a>(runs: &'a [ControlRun], comparison: &Digest) -> Vec<&'a ControlRun> {
    let from = runs.iter().rposition(|run| run.restart.is_some()).unwrap_or(0);
    runs[from..].iter().filter(|run| run.comparison == *comparison).collect()
}

/// What the last of these runs (all of one instrument and standard, in their order) does to the flags that are there.
#[must_use]
pub fn flag_step(runs: &[ControlRun], flags: &[ControlFlag]) -> FlagStep {
    let Some(last) = runs.last() else { return FlagStep::Leave };
    let shown = on_chart(runs, &last.comparison);
    let chart = ControlChart::of(&shown.iter().map(|run| run.score).collect::<Vec<_>>());
    match chart.states.last() {
        None => FlagStep::Leave,
        // A new qualification is a person's word that the instrument works again.
        Some(ControlState::Qualifying) if last.restart.is_some() => FlagStep::End,
        Some(ControlState::Qualifying) => FlagStep::Leave,
        Some(ControlState::InControl) => FlagStep::End,
        Some(ControlState::OutOfControl { .. }) if flags.iter().any(ControlFlag::open) => FlagStep::Leave,
        Some(ControlState::OutOfControl { rules }) => {
            let good =
                shown.iter().zip(&chart.states).filter(|(_, state)| !state.is_out()).map(|(run, _)| run.at).max();
            // What a person has taken back is not flagged again by a later run.
            let taken_back = flags.iter().filter_map(|flag| flag.lifted.as_ref()).map(|lifted| lifted.at).max();
            FlagStep::Raise(Box::new(ControlFlag {
                number: 0,
                instrument: last.instrument.clone(),
                standard: last.standard.clone(),
                raised: last.at,
                rules: rules.clone(),
                from: good.max(taken_back),
                until: None,
                lifted: None,
            }))
        }
    }
}

#[cfg(test)]
mod tests;
