//! A simulated country: a register of test-fired firearms and many trace records with the errors clerks make, and the truth.
//!
//! The files of a simulated country:
//!
//! | file | what |
//! |---|---|
//! | `firearms.csv` | the register: every firearm was test-fired |
//! | `test-fires.csv` | `firearm, exhibit, specimen, fired_on`; two test fires a firearm |
//! | `traces-us.csv` | one row a trace, English |
//! | `traces-mx.csv` | the same columns in Spanish, dates day/month/year |
//! | `truth.csv` | `trace_no, firearm, error`; the firearm is empty for guns that no laboratory has seen |
//!
//! Beside the errors of [`Slip`], the country holds what makes linkage hard whatever the clerks do: guns with neighbouring
//! serial numbers from one purchase, makers that number from the same ranges, the same number on another model of one maker,
//! second traces of one gun, guns recovered again elsewhere. All persons and agencies are invented, and their names say so.

mod gun;
mod slip;
mod tables;

pub use gun::{Gun, Make};
pub use slip::Slip;

use super::SimulateError;
use super::city::Day;
use super::error::within;
use super::stream::Stream;
use std::collections::HashSet;

/// What to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountryParameters {
    /// Firearms of the register, 1 to 100,000.
    pub firearms: u32,
    /// Trace records, at least ten times the firearms, at most 5,000,000.
    pub traces: u32,
    /// Seed.
    pub seed: u64,
}

/// One recovery of a gun, as the agency's file states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seizure {
    /// Day.
    pub on: Day,
    /// Index of the town.
    pub town: usize,
    /// Case number.
    pub case: String,
    /// Item within it.
    pub item: u32,
}

/// A trace record of the country, errors included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountryTrace {
    /// Trace number.
    pub number: String,
    /// Index of its gun.
    pub gun: usize,
    /// What the clerk did to it.
    pub slip: Slip,
    /// Serial number as written.
    pub serial: String,
    /// State of the serial number, as a code.
    pub serial_state: &'static str,
    /// Maker as written.
    pub maker: String,
    /// Calibre as written; empty where it is missing.
    pub calibre: String,
    /// Model as written; empty where it is missing.
    pub model: String,
    /// The recovery; parts may be missing in the table.
    pub seizure: Seizure,
    /// Whether the table states the case number.
    pub states_case: bool,
    /// Whether it states the item.
    pub states_item: bool,
    /// Whether it states date and place.
    pub states_recovery: bool,
    /// Purchaser and day of purchase, for the half of the traces that reach one.
    pub purchaser: Option<(String, Day)>,
    /// Possessor.
    pub possessor: String,
}

/// A simulated country.
#[derive(Debug, Clone)]
pub struct Country {
    /// What was asked for.
    pub parameters: CountryParameters,
    /// All guns; those with a number are on the register.
    pub guns: Vec<Gun>,
    /// All traces.
    pub traces: Vec<CountryTrace>,
}

/// Share of registered firearms of which no trace was ever asked for.
const UNTRACED: f64 = 0.12;
/// Share of guns with a second trace: asked for again, or recovered again.
const TRACED_AGAIN: f64 = 0.06;
/// Share of guns bought together with the one before, numbers one to three apart.
const BOUGHT_TOGETHER: f64 = 0.2;
/// Share of guns that bear the number of the registered gun before them under another maker.
const SAME_NUMBER_OTHER_MAKER: f64 = 0.01;
/// The same under the same maker, on another model.
const SAME_NUMBER_OTHER_MODEL: f64 = 0.0015;
/// Share of traces that are about the recovery the register knows; the others are about another one.
const SAME_RECOVERY: f64 = 0.85;

/// Simulates a country; the same parameters give the same country on every machine.
///
/// # Errors
/// [`SimulateError`] for parameters out of their range.
pub fn simulate_country(parameters: &CountryParameters) -> Result<Country, SimulateError> {
    within("firearms", f64::from(parameters.firearms), 1.0, 100_000.0)?;
    within("traces", f64::from(parameters.traces), f64::from(parameters.firearms) * 10.0, 5e6)?;
    let (wanted, seed) = (parameters.traces as usize, parameters.seed);
    // Registered guns lie evenly among all, so that their neighbours are guns that no laboratory has seen.
    let stride = (wanted * 9 / 10 / parameters.firearms as usize).max(1);
    let mut guns: Vec<Gun> = Vec::with_capacity(wanted);
    let mut traces: Vec<CountryTrace> = Vec::with_capacity(wanted);
    let mut given: HashSet<(&'static str, &'static str, String)> = HashSet::with_capacity(wanted);
    while traces.len() < wanted {
        let n = guns.len();
        let mut s = Stream::new(seed, "country.gun", &[n as u64]);
        let number = n.is_multiple_of(stride).then_some(n / stride + 1).filter(|k| *k <= parameters.firearms as usize);
        let registered = guns.last().filter(|g| g.number.is_some());
        let gun = match registered {
            Some(model) if s.chance(SAME_NUMBER_OTHER_MAKER * stride as f64) => Gun::same_number(&mut s, model, false),
            Some(model) if s.chance(SAME_NUMBER_OTHER_MODEL * stride as f64) => Gun::same_number(&mut s, model, true),
            _ => match guns.last().filter(|_| number.is_none() && s.chance(BOUGHT_TOGETHER)) {
                Some(before) => before.neighbour(&mut s),
                None => Gun::new(&mut s),
            },
        };
        let gun = Gun { number, ..gun.unique(&mut s, &mut given) };
        let mut count = usize::from(!(gun.number.is_some() && s.chance(UNTRACED)));
        count += usize::from(count == 1 && s.chance(TRACED_AGAIN));
        guns.push(gun);
        for _ in 0..count.min(wanted - traces.len()) {
            let k = traces.len();
            traces.push(trace(&mut Stream::new(seed, "country.trace", &[k as u64]), k, n, &guns[n]));
        }
    }
    Ok(Country { parameters: *parameters, guns, traces })
}

fn trace(s: &mut Stream, k: usize, at: usize, gun: &Gun) -> CountryTrace {
    let slip = Slip::draw(s);
    let written = slip.write(s, gun);
    let seizure = if s.chance(SAME_RECOVERY) { gun.seizure.clone() } else { gun::seizure(s, gun.sold_on) };
    let reaches_purchaser = s.chance(0.5) && !matches!(written.serial_state, "obliterated");
    CountryTrace {
        number: format!("T{:08}", k + 1),
        gun: at,
        slip,
        serial: written.serial,
        serial_state: written.serial_state,
        maker: written.maker,
        calibre: written.calibre,
        model: if s.chance(0.15) { String::new() } else { gun.make.model.to_owned() },
        seizure,
        states_case: s.chance(0.85),
        states_item: s.chance(0.6),
        states_recovery: s.chance(0.9),
        purchaser: reaches_purchaser.then(|| (gun::person(s), gun.sold_on)),
        possessor: gun::person(s),
    }
}

impl Country {
    /// The tables of the country, by file name.
    #[must_use]
    pub fn tables(&self) -> Vec<(&'static str, Vec<u8>)> {
        tables::tables(self)
    }

    /// The register's number of a gun, where a laboratory has it.
    #[must_use]
    pub fn firearm(&self, gun: usize) -> Option<String> {
        self.guns.get(gun).and_then(|g| g.number).map(|number| format!("GUN-{number:06}"))
    }
}

#[cfg(test)]
mod tests;
