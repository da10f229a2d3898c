//! What clerks do to a trace record.

use super::gun::{Gun, MAKES};
use crate::simulate::stream::Stream;

/// The one thing that went wrong with a record, beside what it leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slip {
    /// Nothing.
    None,
    /// Look-alike characters: O for 0, I for 1, S for 5, B for 8.
    LookAlike,
    /// The beginning or the end of the number is missing.
    Truncated,
    /// Two neighbouring characters swapped.
    Swapped,
    /// One character mistyped, left out or doubled.
    OneEdit,
    /// Two characters mistyped.
    TwoEdits,
    /// Letters inside the number dropped.
    LettersDropped,
    /// One or two characters unread.
    Unread,
    /// The number was obliterated.
    Obliterated,
    /// It was obliterated and restored.
    Restored,
    /// Another maker.
    WrongMaker,
    /// The importer stands for the maker.
    ImporterAsMaker,
    /// A misspelled maker that no catalogue knows.
    MisspelledMaker,
    /// Another calibre.
    WrongCalibre,
    /// No calibre.
    NoCalibre,
    /// The number of the gun bought next to it.
    NeighboursNumber,
}

impl Slip {
    /// All, with how often of a thousand.
    pub const SHARES: [(Self, u32); 16] = [
        (Self::None, 600),
        (Self::LookAlike, 80),
        (Self::Truncated, 30),
        (Self::Swapped, 25),
        (Self::OneEdit, 35),
        (Self::TwoEdits, 10),
        (Self::LettersDropped, 10),
        (Self::Unread, 30),
        (Self::Obliterated, 40),
        (Self::Restored, 20),
        (Self::WrongMaker, 20),
        (Self::ImporterAsMaker, 30),
        (Self::MisspelledMaker, 20),
        (Self::WrongCalibre, 15),
        (Self::NoCalibre, 30),
        (Self::NeighboursNumber, 5),
    ];

    /// Its name in the truth.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::LookAlike => "look_alike",
            Self::Truncated => "truncated",
            Self::Swapped => "swapped",
            Self::OneEdit => "one_edit",
            Self::TwoEdits => "two_edits",
            Self::LettersDropped => "letters_dropped",
            Self::Unread => "unread",
            Self::Obliterated => "obliterated",
            Self::Restored => "restored",
            Self::WrongMaker => "wrong_maker",
            Self::ImporterAsMaker => "importer_as_maker",
            Self::MisspelledMaker => "misspelled_maker",
            Self::WrongCalibre => "wrong_calibre",
            Self::NoCalibre => "no_calibre",
            Self::NeighboursNumber => "neighbours_number",
        }
    }

    pub(super) fn draw(s: &mut Stream) -> Self {
        let all: u32 = Self::SHARES.iter().map(|(_, share)| share).sum();
        let mut place = s.below(all as usize) as u32;
        for (slip, share) in Self::SHARES {
            if place < share {
                return slip;
            }
            place -= share;
        }
        Self::None
    }

    /// What the record then says of the gun.
    pub(super) fn write(self, s: &mut Stream, gun: &Gun) -> Written {
        let mut written = Written {
            serial: gun.serial.clone(),
            serial_state: "full",
            maker: gun.make.maker.to_owned(),
            calibre: gun.make.calibre.to_owned(),
        };
        match self {
            Self::None | Self::Restored => {}
            Self::LookAlike => written.serial = look_alike(s, &gun.serial),
            Self::Truncated => {
                let cut = (1 + s.below(3)).min(gun.serial.len().saturating_sub(4));
                let end = gun.serial.len() - cut;
                written.serial =
                    if s.chance(0.5) { gun.serial[..end].to_owned() } else { gun.serial[cut..].to_owned() };
            }
            Self::Swapped => {
                let mut bytes = gun.serial.clone().into_bytes();
                let at = s.below(bytes.len() - 1);
                bytes.swap(at, at + 1);
                written.serial = String::from_utf8_lossy(&bytes).into_owned();
            }
            Self::OneEdit => written.serial = edited(s, &gun.serial),
            Self::TwoEdits => {
                let once = edited(s, &gun.serial);
                written.serial = edited(s, &once);
            }
            Self::LettersDropped => {
                let first = gun.serial.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
                let (head, tail) = gun.serial.split_at(first);
                written.serial = head.to_owned() + &tail.replace(|c: char| c.is_ascii_alphabetic(), "");
            }
            Self::Unread => {
                let mut bytes = gun.serial.clone().into_bytes();
                for _ in 0..1 + s.below(2) {
                    let at = s.below(bytes.len());
                    bytes[at] = b'?';
                }
                written.serial = String::from_utf8_lossy(&bytes).into_owned();
                written.serial_state = "partial";
            }
            Self::Obliterated => {
                written.serial = String::new();
                written.serial_state = "obliterated";
            }
            Self::WrongMaker => {
                let others: Vec<&str> =
                    MAKES.iter().map(|m| m.maker).filter(|m| *m != gun.make.maker).collect();
                written.maker = (*s.pick(&others)).to_owned();
            }
            Self::ImporterAsMaker if !gun.make.importer.is_empty() => written.maker = gun.make.importer.to_owned(),
            Self::ImporterAsMaker => {}
            Self::MisspelledMaker => written.maker = misspelled(s, gun.make.maker),
            Self::WrongCalibre => {
                let others: Vec<&str> =
                    MAKES.iter().map(|m| m.calibre).filter(|c| *c != gun.make.calibre).collect();
                written.calibre = (*s.pick(&others)).to_owned();
            }
            Self::NoCalibre => written.calibre = String::new(),
            Self::NeighboursNumber => {
                let steps = s.whole(1, 3) as u64;
                written.serial = super::gun::following(&gun.serial, steps);
            }
        }
        if self == Self::Restored {
            written.serial_state = "restored";
        }
        // Clerks write the same number with blanks, hyphens and small letters.
        match s.below(10) {
            0 if written.serial.len() > 4 => written.serial.insert(3, '-'),
            1 => written.serial = written.serial.to_lowercase(),
            _ => {}
        }
        written
    }
}

/// What a record says of a gun.
pub(super) struct Written {
    pub serial: String,
    pub serial_state: &'static str,
    pub maker: String,
    pub calibre: String,
}

fn look_alike(s: &mut Stream, serial: &str) -> String {
    const PAIRS: [(char, char); 8] =
        [('0', 'O'), ('O', '0'), ('1', 'I'), ('I', '1'), ('5', 'S'), ('S', '5'), ('8', 'B'), ('B', '8')];
    let other = |c: char| PAIRS.iter().find(|(from, _)| *from == c).map(|(_, to)| *to);
    let places: Vec<usize> = serial.char_indices().filter(|(_, c)| other(*c).is_some()).map(|(at, _)| at).collect();
    if places.is_empty() {
        return serial.to_owned();
    }
    let chosen = *s.pick(&places);
    serial.char_indices().map(|(at, c)| if at == chosen { other(c).unwrap_or(c) } else { c }).collect()
}

fn edited(s: &mut Stream, serial: &str) -> String {
    let mut bytes = serial.as_bytes().to_vec();
    let at = s.below(bytes.len());
    let like = |s: &mut Stream, c: u8| {
        let (first, count) = if c.is_ascii_digit() { (b'0', 10) } else { (b'A', 26) };
        first + (c - first + 1 + s.below(count - 1) as u8) % count as u8
    };
    match s.below(4) {
        0 => {
            bytes.remove(at);
        }
        1 => bytes.insert(at, bytes[at]),
        _ => bytes[at] = like(s, bytes[at]),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn misspelled(s: &mut Stream, maker: &str) -> String {
    let letters: Vec<usize> = maker.char_indices().filter(|(_, c)| c.is_ascii_lowercase()).map(|(at, _)| at).collect();
    if letters.is_empty() {
        return maker.to_owned();
    }
    let at = *s.pick(&letters);
    let mut name = maker.to_owned();
    name.remove(at);
    name
}
