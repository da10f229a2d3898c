//! The life of one pistol: sold, used in shootings in one country or two, perhaps recovered and test-fired.

use super::day::Day;
use super::place::{AMERICAN, City as Town, Country, MEXICAN};
use super::{City, party, tracing};
use crate::simulate::ammunition::AMMUNITION;
use crate::simulate::stream::Stream;
use crate::simulate::{SimulatedFirearm, SimulatedShot};

/// A pistol with what its records say.
#[derive(Debug, Clone)]
pub struct CityFirearm {
    /// Number in the population, from 1.
    pub number: u32,
    /// The laboratory's number of it.
    pub id: String,
    /// Serial number as the maker stamped it.
    pub serial: String,
    /// Maker, model, importer.
    pub make: party::Make,
    /// Finish of its breech face.
    pub finish: crate::simulate::Finish,
    /// Outline of its firing-pin aperture.
    pub aperture: crate::simulate::ApertureShape,
    /// Day of the first retail sale.
    pub sold_on: Day,
    /// Where and when it was recovered; `None` while it is at large.
    pub recovery: Option<Recovery>,
}

/// The recovery of a pistol.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// Day.
    pub on: Day,
    /// Where.
    pub town: Town,
    /// The agency's case number.
    pub case_number: String,
    /// Serial number as the laboratory read it; empty where nothing could be read.
    pub serial_read: String,
    /// What the laboratory says of the serial number: `full`, `obliterated` or `restored`.
    pub serial_state: &'static str,
}

/// A shooting.
#[derive(Debug, Clone)]
pub struct Incident {
    /// Number.
    pub id: String,
    /// Day.
    pub on: Day,
    /// City.
    pub town: Town,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// A cartridge case.
#[derive(Debug, Clone)]
pub struct Specimen {
    /// Number.
    pub id: String,
    /// Exhibit of which it is part.
    pub exhibit: String,
    /// Place of its incident in [`City::incidents`]; `None` for a test fire.
    pub incident: Option<usize>,
    /// Place of its pistol in [`City::firearms`]: the truth.
    pub firearm: usize,
    /// The laboratory that scanned it.
    pub town: Town,
    /// The technician, by number.
    pub operator: usize,
    /// How it was fired and scanned.
    pub shot: SimulatedShot,
}

impl Specimen {
    /// Path of its scan in the folder.
    #[must_use]
    pub fn file(&self) -> String {
        format!("scans/{}.x3p", self.id)
    }
}

/// Share of the pistols that are recovered.
const RECOVERED: f64 = 0.6;
/// Chance that a pistol is used in a shooting in which another one was.
const TWO_SHOOTERS: f64 = 0.35;

/// Adds pistol `number` with its sale, incidents, recovery, test fires and traces to the city.
pub(super) fn live(city: &mut City, number: u32) {
    let seed = city.parameters.seed;
    let shots = city.parameters.shots;
    let simulated = SimulatedFirearm::new(seed, number);
    let make = party::make(&mut Stream::new(seed, "city.makes", &[]), simulated.lot, simulated.aperture.shape);
    let mut s = Stream::new(seed, "city.firearm", &[u64::from(number)]);
    let serial = party::serial(&mut Stream::new(seed, "city.serial", &[u64::from(number)]), make.serial);
    let sold_on = Day::new(2017, 1, 1).plus(s.whole(0, 5 * 365));

    // Half stay in one country; of the others the first shootings are north of the border, the last ones south of it.
    let home = s.below(AMERICAN.len());
    let (north, south) = (AMERICAN[home], MEXICAN[home]);
    let travel = s.uniform();
    let recovered = s.chance(RECOVERED);
    let tests = if recovered { 2.min(shots.saturating_sub(1)).max(u32::from(shots == 1)) } else { 0 };

    let firearm = city.firearms.len();
    let mut shot_number = 0;
    // Every pistol keeps mostly to one product, laboratories test with another or the same.
    let usual = AMMUNITION[s.below(AMMUNITION.len())];
    let mut fire = |s: &mut Stream| {
        shot_number += 1;
        let ammunition = if s.chance(0.65) { usual } else { AMMUNITION[s.below(AMMUNITION.len())] };
        SimulatedShot::new(&simulated, shot_number, ammunition)
    };

    let mut left = shots - tests;
    let total = left.max(1);
    // Time to crime is right-skewed; its median in US traces is a few years.
    let mut day = sold_on.plus((s.log_normal(420.0, 0.8) as i64).clamp(12, 1_100));
    let mut last = (day, if travel < 0.42 { north } else { south });
    let mut running = 0;
    while left > 0 {
        let cases = (1 + s.below(4) as u32).min(left);
        let progress = 1.0 - f64::from(left) / f64::from(total);
        let town = match travel {
            t if t < 0.42 => north,
            t if t < 0.8 => south,
            _ if progress < 0.5 => north,
            _ => south,
        };
        running += 1;
        let joined = s.chance(TWO_SHOOTERS).then(|| meeting(city, firearm, day, town)).flatten();
        let incident = joined.unwrap_or_else(|| {
            city.incidents.push(Incident {
                id: format!("{}-{}-{number:05}{running:02}", town.code, day.civil().0),
                on: day,
                town,
                latitude: town.latitude + 0.05 * s.between(-1.0, 1.0),
                longitude: town.longitude + 0.05 * s.between(-1.0, 1.0),
            });
            city.incidents.len() - 1
        });
        let (id, on) = (city.incidents[incident].id.clone(), city.incidents[incident].on);
        // One exhibit for each pistol that the scene investigators told apart.
        let exhibit = format!("{id}-E{}", 1 + exhibits_of(city, incident));
        let operator = 1 + s.below(4);
        for case in 1..=cases {
            let shot = fire(&mut s);
            let id = format!("{exhibit}-C{case}");
            let incident = Some(incident);
            city.specimens.push(Specimen { id, exhibit: exhibit.clone(), incident, firearm, town, operator, shot });
        }
        left -= cases;
        last = (on.max(day), town);
        day = last.0.plus((s.log_normal(55.0, 0.9) as i64).clamp(2, 400));
    }
    let id = format!("SF-{number:05}");
    let recovery = recovered.then(|| recover(&mut s, city, &serial, last));
    if let Some(recovery) = &recovery {
        let operator = 1 + s.below(4);
        for test in 1..=tests {
            let shot = fire(&mut s);
            city.specimens.push(Specimen {
                id: format!("{id}-T{test}"),
                exhibit: format!("{id}-TF"),
                incident: None,
                firearm,
                town: recovery.town,
                operator,
                shot,
            });
        }
    }
    city.firearms.push(CityFirearm {
        number,
        id,
        serial,
        make,
        finish: simulated.finish,
        aperture: simulated.aperture.shape,
        sold_on,
        recovery,
    });
    tracing::trace(city, firearm);
}

/// An incident of an earlier pistol at the same place within four months after `day`, at which this pistol may have been too.
fn meeting(city: &City, firearm: usize, day: Day, town: Town) -> Option<usize> {
    let mine = |incident: usize| city.specimens.iter().any(|s| s.incident == Some(incident) && s.firearm == firearm);
    (0..city.incidents.len()).find(|&at| {
        let other = &city.incidents[at];
        other.town.code == town.code && (0..=120).contains(&other.on.since(day)) && !mine(at)
    })
}

fn exhibits_of(city: &City, incident: usize) -> usize {
    let mut exhibits: Vec<&str> =
        city.specimens.iter().filter(|s| s.incident == Some(incident)).map(|s| s.exhibit.as_str()).collect();
    exhibits.dedup();
    exhibits.len()
}

/// The recovery after the last shooting; how the serial number was read goes in turn, so that every case occurs in small
/// cities too.
fn recover(s: &mut Stream, city: &City, serial: &str, last: (Day, Town)) -> Recovery {
    let on = last.0.plus((s.log_normal(30.0, 1.0) as i64).clamp(0, 300));
    let town = last.1;
    let turn = city.firearms.iter().filter(|f| f.recovery.is_some()).count();
    let year = on.civil().0;
    let number = s.below(9_000) + 1_000;
    let case_number = match town.country {
        Country::UnitedStates => format!("{}-{}-{number}", town.code, year % 100),
        Country::Mexico => format!("CI-{}-{number}/{year}", town.code),
    };
    let (serial_read, serial_state) = match turn % 9 {
        3 => (String::new(), "obliterated"),
        6 => (serial.to_owned(), "restored"),
        _ => (serial.to_owned(), "full"),
    };
    Recovery { on, town, case_number, serial_read, serial_state }
}
