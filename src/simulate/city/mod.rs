//! A simulated city: pistols, the shootings in which they were used in two countries, test fires, traces, and the truth.
//!
//! The files of a simulated folder:
//!
//! | file | what |
//! |---|---|
//! | `scans/<specimen>.x3p` | one scan a cartridge case |
//! | `manifest.csv` | for `submit --manifest`: `file, incident, incident_date, place, state, country, latitude, longitude, agency, exhibit, specimen, kind, firearm, calibre, firing_pin_shape, operator`; `kind` is `evidence` or `test_fire`; `firearm` only for test fires, the incident's columns only for evidence |
//! | `firearms.csv` | register of the recovered firearms: `firearm, serial, serial_state, maker, model, calibre, type, country_of_origin, importer, recovered_on, recovery_place, recovery_state, recovery_country, agency, case_no` |
//! | `traces-us.csv` | UTF-8, one row for each disposition of each trace: `trace_no, status, close_reason, request_date, completion_date, serial, serial_state, manufacturer, model, caliber, type, importer, country_of_origin, recovery_date, recovery_city, recovery_state, recovery_country, agency, case_no, item, possessor, disposition, disposition_kind, disposition_name, disposition_state, ffl, disposition_date, purchaser, purchase_date, multiple_sale` |
//! | `traces-mx.csv` | the same columns with Spanish headers and words, dates day-month-year, Windows-1252 |
//! | `truth.csv` | `scan, study, firearm, class, ammunition, specimen`; `scan` relative to the folder |
//! | `truth-links.csv` | `specimen, incident, firearm, trace_no`; one row for each trace of the specimen's firearm, one with none where there is none |
//!
//! Every fifth trace or so belongs to a pistol of the same lot that was recovered elsewhere and never test-fired: serial
//! numbers one apart, as in bulk purchases. All persons, dealers and laboratories are invented, and their names say so.

mod day;
mod history;
mod party;
mod place;
mod tables;
mod tracing;

pub use day::Day;
pub use history::{CityFirearm, Incident, Recovery, Specimen};
pub use party::{Make, is_invented};
pub use place::{City as Town, Country};
pub use tracing::{CityTrace, CloseCause, Step, StepKind};

use super::{SimulateError, SimulatedFirearm};
use crate::surface::x3p::{self, SampleType, WriteOptions};
use rayon::prelude::*;

/// Pitch of rendered photographs, um per pixel: twice that of published ring-light images (2.5 um), a quarter of their size.
const PHOTOGRAPH_PITCH_UM: f64 = 5.0;

/// What to simulate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CityParameters {
    /// Number of pistols, 1 to [`CityParameters::MOST_FIREARMS`].
    pub firearms: u32,
    /// Cartridge cases of each pistol, evidence and test fires together, 1 to [`CityParameters::MOST_SHOTS`].
    pub shots: u32,
    /// Seed.
    pub seed: u64,
    /// Pitch of all scans, um; `None` gives each scan the pitch of its own instrument.
    pub pitch_um: Option<f64>,
}

impl CityParameters {
    /// Most pistols: the running numbers of incidents have five digits.
    pub const MOST_FIREARMS: u32 = 99_999;
    /// Most shots of one pistol.
    pub const MOST_SHOTS: u32 = 99;

    /// So many pistols and cases at the pitch of the published processed scans, 6.25 um.
    #[must_use]
    pub fn new(firearms: u32, shots: u32, seed: u64) -> Self {
        Self { firearms, shots, seed, pitch_um: Some(6.25) }
    }
}

/// A simulated city: the casework and the truth; scans are rendered on demand.
#[derive(Debug, Clone)]
pub struct City {
    /// What was asked for.
    pub parameters: CityParameters,
    /// The pistols, in the order of their numbers.
    pub firearms: Vec<CityFirearm>,
    /// The incidents, in the order in which the pistols bring them.
    pub incidents: Vec<Incident>,
    /// The cartridge cases, pistol by pistol.
    pub specimens: Vec<Specimen>,
    /// The traces, of registered pistols and of others.
    pub traces: Vec<CityTrace>,
}

/// Simulates the casework of a city; nothing is rendered yet.
///
/// # Errors
/// [`SimulateError::Parameter`] where a count or the pitch is out of bounds.
pub fn simulate_city(parameters: &CityParameters) -> Result<City, SimulateError> {
    super::within("firearms", parameters.firearms.into(), 1.0, CityParameters::MOST_FIREARMS.into())?;
    super::within("shots", parameters.shots.into(), 1.0, CityParameters::MOST_SHOTS.into())?;
    if let Some(pitch) = parameters.pitch_um {
        super::within("pitch_um", pitch, super::FINEST_PITCH_UM, super::COARSEST_PITCH_UM)?;
    }
    let mut city = City {
        parameters: *parameters,
        firearms: Vec::new(),
        incidents: Vec::new(),
        specimens: Vec::new(),
        traces: Vec::new(),
    };
    for number in 1..=parameters.firearms {
        history::live(&mut city, number);
    }
    Ok(city)
}

impl City {
    /// The scans of one pistol (by its place in [`City::firearms`]), each as (file name, bytes of an X3P).
    ///
    /// # Errors
    /// [`SimulateError::Encode`] where a scan cannot be written, which would be a fault of the generator.
    pub fn scans_of(&self, firearm: usize) -> Result<Vec<(String, Vec<u8>)>, SimulateError> {
        let Some(owner) = self.firearms.get(firearm) else { return Ok(Vec::new()) };
        let simulated = SimulatedFirearm::new(self.parameters.seed, owner.number);
        // Rendered before the shots so that no two threads wait for the same face.
        simulated.face();
        self.specimens
            .par_iter()
            .filter(|specimen| specimen.firearm == firearm)
            .map(|specimen| {
                let shot = &specimen.shot;
                let pitch = self.parameters.pitch_um.unwrap_or(shot.instrument.pitch_um);
                let surface = shot.cropped(&simulated, pitch);
                let bytes = x3p::write(&surface, &WriteOptions { samples: Some(SampleType::Short) })?;
                Ok((specimen.file(), bytes))
            })
            .collect()
    }

    /// The whole primers of one pistol as an instrument delivers them, `raw/SPECIMEN.x3p`, uncropped.
    ///
    /// # Errors
    /// As [`City::scans_of`].
    pub fn raw_scans_of(&self, firearm: usize) -> Result<Vec<(String, Vec<u8>)>, SimulateError> {
        let Some(owner) = self.firearms.get(firearm) else { return Ok(Vec::new()) };
        let simulated = SimulatedFirearm::new(self.parameters.seed, owner.number);
        self.specimens
            .par_iter()
            .filter(|specimen| specimen.firearm == firearm)
            .map(|specimen| {
                let pitch = self.parameters.pitch_um.unwrap_or(specimen.shot.instrument.pitch_um);
                let surface = specimen.shot.whole(&simulated, pitch);
                let bytes = x3p::write(&surface, &WriteOptions { samples: Some(SampleType::Short) })?;
                Ok((specimen.file().replacen("scans/", "raw/", 1), bytes))
            })
            .collect()
    }

    /// Ring-light photographs of one pistol's primers at the pitch of the published ones, `photographs/SPECIMEN.png`.
    ///
    /// # Errors
    /// As [`City::scans_of`].
    pub fn photographs_of(&self, firearm: usize) -> Result<Vec<(String, Vec<u8>)>, SimulateError> {
        let Some(owner) = self.firearms.get(firearm) else { return Ok(Vec::new()) };
        let simulated = SimulatedFirearm::new(self.parameters.seed, owner.number);
        self.specimens
            .par_iter()
            .filter(|specimen| specimen.firearm == firearm)
            .map(|specimen| {
                let file = specimen.file().replacen("scans/", "photographs/", 1).replace(".x3p", ".png");
                Ok((file, specimen.shot.photograph_png(&simulated, PHOTOGRAPH_PITCH_UM)?))
            })
            .collect()
    }

    /// All scans, pistols in parallel; the order is that of [`City::specimens`]. About 0.25 MB a scan at 6.25 um.
    ///
    /// # Errors
    /// As [`City::scans_of`].
    pub fn scans(&self) -> Result<Vec<(String, Vec<u8>)>, SimulateError> {
        let by_firearm: Result<Vec<_>, SimulateError> =
            (0..self.firearms.len()).into_par_iter().map(|firearm| self.scans_of(firearm)).collect();
        Ok(by_firearm?.into_iter().flatten().collect())
    }

    /// The tables of the folder, each as (file name, bytes): manifest, register, traces, truth.
    #[must_use]
    pub fn tables(&self) -> Vec<(String, Vec<u8>)> {
        tables::all(self)
    }
}

#[cfg(test)]
mod tests;
