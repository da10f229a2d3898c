//! The guns of the country: makers with the ranges they number from, towns, seizures, invented people.

use super::Seizure;
use crate::simulate::city::Day;
use crate::simulate::stream::Stream;
use std::collections::HashSet;

/// A maker with one model.
#[derive(Debug, PartialEq, Eq)]
pub struct Make {
    /// Maker.
    pub maker: &'static str,
    /// Model.
    pub model: &'static str,
    /// Calibre, as American clerks write it.
    pub calibre: &'static str,
    /// Type, as a code.
    pub kind: &'static str,
    /// Importer; empty for what is made in the United States.
    pub importer: &'static str,
    /// Country of origin.
    pub origin: &'static str,
    /// Form of the number: A a letter, 9 a digit, anything else itself.
    pub serial: &'static str,
    /// How many of them, relative to the others.
    pub share: u32,
}

macro_rules! make {
    ($maker:literal, $model:literal, $calibre:literal, $kind:literal, $importer:literal, $origin:literal, $serial:literal, $share:literal) => {
        Make {
            maker: $maker,
            model: $model,
            calibre: $calibre,
            kind: $kind,
            importer: $importer,
            origin: $origin,
            serial: $serial,
            share: $share,
        }
    };
}

/// The forms are those of the makers as far as their length and kind; the numbers are drawn.
pub(super) const MAKES: [Make; 24] = [
    make!("Glock", "19", "9mm", "pistol", "Glock Inc", "Austria", "AAAA999", 12),
    make!("Glock", "22", ".40 S&W", "pistol", "Glock Inc", "Austria", "AAA999", 5),
    make!("Smith & Wesson", "SD9VE", "9mm", "pistol", "", "United States", "FAA9999", 9),
    make!("Smith & Wesson", "M&P 40", ".40 S&W", "pistol", "", "United States", "HAA9999", 4),
    make!("Smith & Wesson", "10", ".38 Special", "revolver", "", "United States", "C999999", 4),
    make!("Ruger", "P95", "9mm", "pistol", "", "United States", "31999999", 6),
    make!("Ruger", "LCP", ".380 Auto", "pistol", "", "United States", "37999999", 5),
    make!("Ruger", "10/22", ".22 LR", "rifle", "", "United States", "99999999", 4),
    make!("Taurus", "PT111", "9mm", "pistol", "Taurus International", "Brazil", "TAA99999", 9),
    make!("Taurus", "85", ".38 Special", "revolver", "Taurus International", "Brazil", "AA99999", 4),
    make!("Hi-Point", "C9", "9mm", "pistol", "", "United States", "P1999999", 6),
    make!("Beretta", "92FS", "9mm", "pistol", "Beretta USA", "Italy", "BER999999", 4),
    make!("Colt", "Government", ".38 Super", "pistol", "", "United States", "38S99999", 3),
    make!("Colt", "M4 Carbine", "5.56 NATO", "rifle", "", "United States", "LE999999", 2),
    make!("Romarm/Cugir", "WASR-10", "7.62x39", "rifle", "Century Arms", "Romania", "A1999999", 5),
    make!("Zastava", "M70", "7.62x39", "rifle", "Century Arms", "Serbia", "M70AB999999", 2),
    make!("Norinco", "SKS", "7.62x39", "rifle", "Interarms", "China", "99999999", 2),
    make!("Anderson", "AM-15", ".223 Rem", "rifle", "", "United States", "99999999", 4),
    make!("Lorcin", "L380", ".380 Auto", "pistol", "", "United States", "999999", 3),
    make!("Jimenez", "JA-9", "9mm", "pistol", "", "United States", "999999", 3),
    make!("Bryco", "38", ".380 Auto", "pistol", "", "United States", "999999", 2),
    make!("Raven", "MP-25", ".25 Auto", "pistol", "", "United States", "1999999", 2),
    make!("Mossberg", "500", "12 gauge", "shotgun", "", "United States", "K999999", 4),
    make!("Remington", "870", "12 gauge", "shotgun", "", "United States", "A999999A", 3),
];

/// A town with its agency.
pub(super) struct Town {
    pub city: &'static str,
    pub state: &'static str,
    pub mexican: bool,
    pub agency: &'static str,
    pub ori: &'static str,
}

macro_rules! town {
    ($city:literal, $state:literal, $mexican:literal, $agency:literal, $ori:literal) => {
        Town { city: $city, state: $state, mexican: $mexican, agency: $agency, ori: $ori }
    };
}

/// Towns of two countries; their agencies are invented, region 00 of the ORI was never given.
pub(super) const TOWNS: [Town; 16] = [
    town!("Laredo", "TX", false, "Laredo Simulated PD", "TX0000001"),
    town!("El Paso", "TX", false, "El Paso Simulated PD", "TX0000002"),
    town!("Houston", "TX", false, "Houston Simulated PD", "TX0000003"),
    town!("Tucson", "AZ", false, "Tucson Simulated PD", "AZ0000001"),
    town!("Phoenix", "AZ", false, "Phoenix Simulated PD", "AZ0000002"),
    town!("San Diego", "CA", false, "San Diego Simulated PD", "CA0000001"),
    town!("Fresno", "CA", false, "Fresno Simulated PD", "CA0000002"),
    town!("Las Cruces", "NM", false, "Las Cruces Simulated PD", "NM0000001"),
    town!("Nuevo Laredo", "Tamaulipas", true, "Fiscalía Simulada de Tamaulipas", ""),
    town!("Reynosa", "Tamaulipas", true, "Fiscalía Simulada de Tamaulipas", ""),
    town!("Monterrey", "Nuevo León", true, "Fiscalía Simulada de Nuevo León", ""),
    town!("Tijuana", "Baja California", true, "Fiscalía Simulada de Baja California", ""),
    town!("Ciudad Juárez", "Chihuahua", true, "Fiscalía Simulada de Chihuahua", ""),
    town!("Culiacán", "Sinaloa", true, "Fiscalía Simulada de Sinaloa", ""),
    town!("Guadalajara", "Jalisco", true, "Fiscalía Simulada de Jalisco", ""),
    town!("Morelia", "Michoacán", true, "Fiscalía Simulada de Michoacán", ""),
];

/// A gun of the country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gun {
    /// Number on the register; none for guns that no laboratory has seen.
    pub number: Option<usize>,
    /// Maker and model.
    pub make: &'static Make,
    /// Serial number as it is stamped.
    pub serial: String,
    /// First retail sale.
    pub sold_on: Day,
    /// The recovery that the register knows.
    pub seizure: Seizure,
    /// How the laboratory read the number: `full`, `restored`, `obliterated` or `partial` (one character unread).
    pub read_as: &'static str,
}

impl Gun {
    pub(super) fn new(s: &mut Stream) -> Self {
        let all: u32 = MAKES.iter().map(|m| m.share).sum();
        let mut place = s.below(all as usize) as u32;
        let mut make = &MAKES[0];
        for candidate in &MAKES {
            make = candidate;
            if place < candidate.share {
                break;
            }
            place -= candidate.share;
        }
        let serial = drawn(s, make);
        Self::of(s, make, serial)
    }

    fn of(s: &mut Stream, make: &'static Make, serial: String) -> Self {
        let sold_on = Day::new(2000, 1, 1).plus(s.whole(0, 8_000));
        let seizure = seizure(s, sold_on);
        let u = s.uniform();
        let read_as = if u < 0.03 {
            "obliterated"
        } else if u < 0.06 {
            "restored"
        } else if u < 0.08 {
            "partial"
        } else {
            "full"
        };
        Self { number: None, make, serial, sold_on, seizure, read_as }
    }

    /// A maker gives a number to a model once: one that is given already counts on, and after a thousand steps is drawn anew.
    pub(super) fn unique(mut self, s: &mut Stream, given: &mut HashSet<(&'static str, &'static str, String)>) -> Self {
        const MOST_STEPS: u32 = 1_000;
        loop {
            for _ in 0..MOST_STEPS {
                if given.insert((self.make.maker, self.make.model, self.serial.clone())) {
                    return self;
                }
                self.serial = following(&self.serial, 1);
            }
            self.serial = drawn(s, self.make);
        }
    }

    /// The next number of the same model, bought the same day and recovered elsewhere.
    pub(super) fn neighbour(&self, s: &mut Stream) -> Self {
        let serial = following(&self.serial, s.whole(1, 3) as u64);
        let mut gun = Self::of(s, self.make, serial);
        gun.sold_on = self.sold_on;
        gun.seizure = seizure(s, self.sold_on);
        gun
    }

    /// A gun with the number of another: of another maker, or another model of the same.
    pub(super) fn same_number(s: &mut Stream, of: &Self, same_maker: bool) -> Self {
        let others: Vec<&'static Make> =
            MAKES.iter().filter(|m| (m.maker == of.make.maker) == same_maker && **m != *of.make).collect();
        match others.is_empty() {
            true => Self::new(s),
            false => {
                let make = *s.pick(&others);
                Self::of(s, make, of.serial.clone())
            }
        }
    }
}

/// A recovery after a sale.
pub(super) fn seizure(s: &mut Stream, sold_on: Day) -> Seizure {
    let town = s.below(TOWNS.len());
    let on = sold_on.plus(s.whole(30, 4_000));
    let year = on.civil().0;
    let case = if TOWNS[town].mexican {
        format!("CI-{}/{year}", 1_000 + s.below(60_000))
    } else {
        format!("{:02}-{:06}", year % 100, s.below(400_000))
    };
    Seizure { on, town, case, item: 1 + s.below(4) as u32 }
}

/// A number of a maker's form.
fn drawn(s: &mut Stream, make: &Make) -> String {
    make.serial
        .chars()
        .map(|c| match c {
            'A' => char::from(b'A' + s.below(26) as u8),
            '9' => char::from(b'0' + s.below(10) as u8),
            other => other,
        })
        .collect()
}

/// The number `steps` after this one: its last run of digits counts on, and turns over within its length.
pub(super) fn following(serial: &str, steps: u64) -> String {
    counted(serial, |number, all| (number + steps) % all)
}

/// The number `steps` before this one.
pub(super) fn preceding(serial: &str, steps: u64) -> String {
    counted(serial, |number, all| (number + all - steps % all) % all)
}

fn counted(serial: &str, count: impl Fn(u64, u64) -> u64) -> String {
    let Some(end) = serial.rfind(|c: char| c.is_ascii_digit()).map(|at| at + 1) else { return serial.to_owned() };
    let start = serial[..end].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    let digits = &serial[start..end];
    let number: u64 = digits.parse().unwrap_or(0);
    let turned = count(number, 10u64.pow(digits.len() as u32));
    format!("{}{turned:0width$}{}", &serial[..start], &serial[end..], width = digits.len())
}

/// A person who does not exist; the surnames say so.
pub(super) fn person(s: &mut Stream) -> String {
    const GIVEN: [&str; 12] = [
        "Alex",
        "Robin",
        "Casey",
        "Jordan",
        "Guadalupe",
        "Trinidad",
        "Refugio",
        "Rosario",
        "Inés",
        "Andrés",
        "Noé",
        "Sofía",
    ];
    const SURNAMES: [&str; 6] = ["Invented", "Fictive", "Inventado", "Ficticio", "Imaginario", "Supuesto"];
    let first = s.below(SURNAMES.len());
    format!("{} {} {}", s.pick(&GIVEN), SURNAMES[first], SURNAMES[(first + 1 + s.below(5)) % 6])
}
