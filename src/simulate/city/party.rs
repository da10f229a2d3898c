//! The people and businesses of the simulated traces, all of them invented and recognisable as such.

use super::place::Country;
use crate::simulate::aperture::ApertureShape;
use crate::simulate::stream::Stream;

const GIVEN_US: [&str; 16] = [
    "Alex", "Robin", "Casey", "Jordan", "Morgan", "Taylor", "Riley", "Quinn", "Avery", "Rowan", "Emery", "Harper",
    "Dakota", "Reese", "Skyler", "Marlow",
];
const GIVEN_MX: [&str; 16] = [
    "Guadalupe",
    "Trinidad",
    "Refugio",
    "Rosario",
    "Inés",
    "Andrés",
    "Jesús",
    "Belén",
    "Iván",
    "Noé",
    "Sofía",
    "Martín",
    "Lucía",
    "Adrián",
    "Concepción",
    "Ángel",
];
/// Surnames that say that nobody bears them.
const SURNAMES_US: [&str; 6] = ["Invented", "Fictive", "Madeup", "Imaginary", "Notreal", "Placeholder"];
const SURNAMES_MX: [&str; 6] = ["Inventado", "Ficticio", "Imaginario", "Supuesto", "Irreal", "Simulado"];

/// A person who does not exist; the surname says so.
pub(super) fn person(stream: &mut Stream, country: Country) -> String {
    match country {
        Country::UnitedStates => {
            let initial = (b'A' + stream.below(26) as u8) as char;
            format!("{} {initial}. {}", stream.pick(&GIVEN_US), stream.pick(&SURNAMES_US))
        }
        Country::Mexico => {
            let first = stream.below(SURNAMES_MX.len());
            let second = (first + 1 + stream.below(SURNAMES_MX.len() - 1)) % SURNAMES_MX.len();
            format!("{} {} {}", stream.pick(&GIVEN_MX), SURNAMES_MX[first], SURNAMES_MX[second])
        }
    }
}

/// Whether a name is one that this module makes up.
#[must_use]
pub fn is_invented(name: &str) -> bool {
    name.split(' ').any(|word| SURNAMES_US.contains(&word) || SURNAMES_MX.contains(&word))
}

/// A licensed dealer that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dealer {
    /// Name.
    pub name: String,
    /// State.
    pub state: &'static str,
    /// Licence number; region 0 was never issued.
    pub ffl: String,
}

const RETAILERS: [(&str, &str); 10] = [
    ("Lone Mesa Simulated Guns", "TX"),
    ("Copper Basin Simulated Arms", "AZ"),
    ("Playa Seca Simulated Sporting", "CA"),
    ("Three Washes Simulated Outfitters", "NM"),
    ("Cactus Wren Simulated Firearms", "AZ"),
    ("Pecos Bend Simulated Pawn and Gun", "TX"),
    ("Blue Agave Simulated Range", "TX"),
    ("Ocotillo Simulated Supply", "CA"),
    ("Gulf Marsh Simulated Tackle and Arms", "TX"),
    ("High Llano Simulated Trading", "NM"),
];
const WHOLESALERS: [(&str, &str); 4] = [
    ("Meridian Simulated Distribution", "KY"),
    ("Ninth Mile Simulated Wholesale", "SD"),
    ("Old Ferry Simulated Supply", "LA"),
    ("Tin Creek Simulated Jobbers", "OH"),
];

fn dealer((name, state): (&str, &'static str), kind: u32, place: usize) -> Dealer {
    Dealer {
        name: name.to_owned(),
        state,
        ffl: format!("0-00-{kind:03}-0{kind}-0X-{:05}", 100 * kind as usize + place),
    }
}

/// The retailer of a number; some sell more of the guns than others.
pub(super) fn retailer(stream: &mut Stream) -> Dealer {
    let u = stream.uniform();
    let place = ((u * u) * RETAILERS.len() as f64) as usize;
    dealer(RETAILERS[place.min(RETAILERS.len() - 1)], 1, place)
}

/// A wholesaler.
pub(super) fn wholesaler(stream: &mut Stream) -> Dealer {
    let place = stream.below(WHOLESALERS.len());
    dealer(WHOLESALERS[place], 8, place)
}

/// A maker of pistols with one model and the importer where it is not made in the United States.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Make {
    /// Maker.
    pub maker: &'static str,
    /// Model.
    pub model: &'static str,
    /// Country of origin in English.
    pub country: &'static str,
    /// The same in Spanish.
    pub country_es: &'static str,
    /// Importer, empty for what is made in the United States.
    pub importer: &'static str,
    /// Form of the serial number: A a letter, 9 a digit, anything else itself.
    pub serial: &'static str,
}

const ROUND: [Make; 6] = [
    Make {
        maker: "Ruger",
        model: "P95",
        country: "United States",
        country_es: "Estados Unidos",
        importer: "",
        serial: "319-99999",
    },
    Make {
        maker: "Hi-Point",
        model: "C9",
        country: "United States",
        country_es: "Estados Unidos",
        importer: "",
        serial: "P9999999",
    },
    Make {
        maker: "Taurus",
        model: "PT92",
        country: "Brazil",
        country_es: "Brasil",
        importer: "Taurus International",
        serial: "TAA99999",
    },
    Make {
        maker: "Beretta",
        model: "92FS",
        country: "Italy",
        country_es: "Italia",
        importer: "Beretta USA",
        serial: "A99999Z",
    },
    Make {
        maker: "CZ",
        model: "75 B",
        country: "Czech Republic",
        country_es: "República Checa",
        importer: "CZ-USA",
        serial: "A999999",
    },
    Make {
        maker: "SCCY",
        model: "CPX-2",
        country: "United States",
        country_es: "Estados Unidos",
        importer: "",
        serial: "999999",
    },
];
const ELLIPTICAL: [Make; 2] = [
    Make {
        maker: "Smith & Wesson",
        model: "SD9 VE",
        country: "United States",
        country_es: "Estados Unidos",
        importer: "",
        serial: "FAA9999",
    },
    Make {
        maker: "Canik",
        model: "TP9",
        country: "Turkey",
        country_es: "Turquía",
        importer: "Century Arms",
        serial: "99AA99999",
    },
];
const RECTANGULAR: [Make; 2] = [
    Make {
        maker: "Glock",
        model: "19",
        country: "Austria",
        country_es: "Austria",
        importer: "Glock Inc.",
        serial: "AAAA999",
    },
    Make {
        maker: "Glock",
        model: "17",
        country: "Austria",
        country_es: "Austria",
        importer: "Glock Inc.",
        serial: "AAAA999",
    },
];

/// A make whose pistols have such an aperture; lots go through the makes in turn, each seed from another one.
pub(super) fn make(stream: &mut Stream, lot: u32, shape: ApertureShape) -> Make {
    let makes: &[Make] = match shape {
        ApertureShape::Round => &ROUND,
        ApertureShape::Elliptical => &ELLIPTICAL,
        ApertureShape::Rectangular => &RECTANGULAR,
    };
    makes[(stream.below(makes.len()) + lot as usize) % makes.len()]
}

/// A serial number in the form of the make.
pub(super) fn serial(stream: &mut Stream, form: &str) -> String {
    // Letters that are never mistaken for digits are left out now and then: look-alikes are what linking must survive.
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNOPRSTUVWXYZBOS";
    form.chars()
        .map(|c| match c {
            'A' => *stream.pick(LETTERS) as char,
            '9' => (b'0' + stream.below(10) as u8) as char,
            other => other,
        })
        .collect()
}

/// The serial number as a clerk misread it: the first character that has a look-alike, exchanged.
pub(super) fn misread(serial: &str) -> String {
    let mut done = false;
    serial
        .chars()
        .map(|c| {
            let twin = match c {
                'O' => '0',
                '0' => 'O',
                'B' => '8',
                '8' => 'B',
                'S' => '5',
                '5' => 'S',
                'Z' => '2',
                '2' => 'Z',
                'I' => '1',
                '1' => 'I',
                _ => return c,
            };
            if done {
                c
            } else {
                done = true;
                twin
            }
        })
        .collect()
}

/// The serial number of the next pistol made.
pub(super) fn next(serial: &str) -> String {
    let mut characters: Vec<char> = serial.chars().collect();
    for c in characters.iter_mut().rev() {
        match *c {
            '9' => *c = '0',
            digit @ '0'..='8' => {
                *c = (digit as u8 + 1) as char;
                break;
            }
            _ => {}
        }
    }
    characters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_have_the_form_of_their_make_and_neighbours_differ() {
        let mut stream = Stream::new(1, "serials", &[]);
        for make in ROUND.iter().chain(&ELLIPTICAL).chain(&RECTANGULAR) {
            let text = serial(&mut stream, make.serial);
            assert_eq!(text.len(), make.serial.len());
            assert_ne!(next(&text), text);
        }
        assert_eq!((next("AB199"), misread("XBO12"), misread("XYW")), ("AB200".into(), "X8O12".into(), "XYW".into()));
    }

    #[test]
    fn every_drawn_person_is_recognisably_invented() {
        let mut stream = Stream::new(1, "people", &[]);
        for _ in 0..200 {
            assert!(is_invented(&person(&mut stream, Country::UnitedStates)));
            assert!(is_invented(&person(&mut stream, Country::Mexico)));
        }
        assert!(!is_invented("Robin A. Smith"));
    }
}
