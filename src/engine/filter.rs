//! Filters of a search by what is known of a case, and what they left out.
//!
//! A filter never loses a mark in silence: one of which the asked value is not known stays in the search, because an unstated calibre
//! is no other calibre; and the receipt counts for every field how many it left out and how many stayed unknown.

use super::gallery::{Column, Gallery};
use crate::casework::{ExhibitKind, FiringPinShape};
use crate::date::PartialDate;
use crate::language::Language;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// What candidates must be. Everything left open passes; words are compared without regard to case and spaces.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// Calibre as entered.
    pub calibre: Option<String>,
    /// Shape of the firing pin.
    pub firing_pin: Option<FiringPinShape>,
    /// ISO 3166-1 alpha-2 code of the incident's country.
    pub country: Option<String>,
    /// Federal state or entity of the incident.
    pub state: Option<String>,
    /// Agency whose case the incident is.
    pub agency: Option<String>,
    /// The incident was not surely before this day ...
    pub from: Option<PartialDate>,
    /// ... and not surely after this one.
    pub to: Option<PartialDate>,
    /// Evidence or test fires.
    pub kind: Option<ExhibitKind>,
}

/// A field that a filter asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Evidence or test fire.
    Kind,
    /// Calibre.
    Calibre,
    /// Firing-pin shape.
    FiringPin,
    /// Country.
    Country,
    /// State.
    State,
    /// Agency.
    Agency,
    /// Date of the incident.
    Date,
}

impl Field {
    /// The word by which receipts and past searches name it.
    #[must_use]
    pub fn word(self) -> String {
        serde_json::to_value(self).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// In a person's language.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        match self {
            Field::Kind => language.pick("kind", "clase"),
            Field::Calibre => language.pick("calibre", "calibre"),
            Field::FiringPin => language.pick("firing pin", "percutor"),
            Field::Country => language.pick("country", "país"),
            Field::State => language.pick("state", "estado"),
            Field::Agency => language.pick("agency", "dependencia"),
            Field::Date => language.pick("date", "fecha"),
        }
    }
}

/// What one field of a filter did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The field.
    pub field: Field,
    /// What was asked.
    pub asked: String,
    /// Eligible marks that it left out; a mark is counted where it failed first.
    pub left_out: usize,
    /// Eligible marks that stay although the value is not known of them.
    pub unknown_kept: usize,
}

/// A filter applied to a gallery.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filtered {
    /// For each member and each field of the filter, in the order of `asked`: what became of it.
    verdicts: Vec<Verdict>,
    asked: Vec<(Field, String)>,
}

/// What a filter says of one mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Verdict {
    /// The first field it failed.
    failed: Option<u8>,
    /// Fields whose value is not known, a bit each.
    unknown: u8,
}

impl Filtered {
    /// Whether a member may be a candidate.
    #[must_use]
    pub fn passes(&self, member: usize) -> bool {
        self.verdicts.get(member).is_none_or(|v| v.failed.is_none())
    }

    /// What each field did to the members that `counted` lets through.
    #[must_use]
    pub fn tallies(&self, counted: impl Fn(usize) -> bool) -> Vec<Tally> {
        let mut tallies: Vec<Tally> = self
            .asked
            .iter()
            .map(|(field, asked)| Tally { field: *field, asked: asked.clone(), left_out: 0, unknown_kept: 0 })
            .collect();
        for (_, verdict) in self.verdicts.iter().enumerate().filter(|(at, _)| counted(*at)) {
            match verdict.failed {
                Some(field) => tallies.iter_mut().skip(usize::from(field)).take(1).for_each(|t| t.left_out += 1),
                None => {
                    for (bit, tally) in tallies.iter_mut().enumerate() {
                        tally.unknown_kept += usize::from(verdict.unknown >> bit & 1);
                    }
                }
            }
        }
        tallies
    }
}

impl Filter {
    /// Whether nothing is asked.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// What is asked, field by field.
    #[must_use]
    pub fn asked(&self) -> Vec<(Field, String)> {
        let shape = self.firing_pin.map(|shape| format!("{shape:?}").to_lowercase());
        let date = match (self.from, self.to) {
            (None, None) => None,
            (from, to) => {
                let word = |day: Option<PartialDate>| day.map_or(String::new(), |d| d.to_string());
                Some(format!("{}..{}", word(from), word(to)))
            }
        };
        [
            (Field::Kind, self.kind.map(|kind| kind.to_string())),
            (Field::Calibre, self.calibre.clone()),
            (Field::FiringPin, shape),
            (Field::Country, self.country.clone()),
            (Field::State, self.state.clone()),
            (Field::Agency, self.agency.clone()),
            (Field::Date, date),
        ]
        .into_iter()
        .filter_map(|(field, asked)| Some((field, asked?)))
        .collect()
    }

    /// Applies the filter to every member of a gallery. Each different word is asked once, whatever number of marks has it.
    #[must_use]
    pub fn apply(&self, gallery: &Gallery) -> Filtered {
        let (asked, members) = (self.asked(), &gallery.members);
        let dates = |date: Option<PartialDate>| {
            let date = date?;
            let early = self.from.is_some_and(|from| date.surely_before(from));
            let late = self.to.is_some_and(|to| to.surely_before(date));
            Some(!early && !late)
        };
        let holds: Vec<Holds<'_>> = asked
            .iter()
            .map(|(field, _)| match field {
                Field::Kind => Box::new(|at| Some(Some(members.kind(at)) == self.kind)) as Holds<'_>,
                Field::FiringPin => Box::new(|at| Some(members.firing_pin(at)? == self.firing_pin?)),
                Field::Calibre => of_column(&members.calibre, &self.calibre),
                Field::Country => of_column(&members.country, &self.country),
                Field::State => of_column(&members.state, &self.state),
                Field::Agency => of_column(&members.agency, &self.agency),
                Field::Date => {
                    let verdicts = members.each_date(dates);
                    Box::new(move |at| verdicts.get(members.date_number(at) as usize).copied().flatten())
                }
            })
            .collect();
        let verdict = |at: usize| {
            let mut verdict = Verdict { failed: None, unknown: 0 };
            for (field, holds) in holds.iter().enumerate() {
                match holds(at) {
                    Some(true) => {}
                    Some(false) => {
                        verdict.failed = Some(field as u8);
                        break;
                    }
                    None => verdict.unknown |= 1 << field,
                }
            }
            verdict
        };
        Filtered { verdicts: (0..members.len()).into_par_iter().map(verdict).collect(), asked }
    }
}

/// What holds of a mark; none where that is not known.
type Holds<'a> = Box<dyn Fn(usize) -> Option<bool> + Sync + 'a>;

/// Whether a member has the word asked for.
fn of_column<'a>(column: &'a Column, asked: &Option<String>) -> Holds<'a> {
    let asked = asked.as_deref().map(plain);
    let verdicts = column.each(|word| Some(plain(word?) == *asked.as_ref()?));
    Box::new(move |at| verdicts.get(column.number(at) as usize).copied().flatten())
}

/// A word as it is compared: small letters, without spaces and points.
fn plain(word: &str) -> String {
    word.chars().filter(|c| !c.is_whitespace() && *c != '.').flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_as_people_mean_them() {
        assert_eq!(plain("9 mm Luger"), plain("9MM LUGER"));
        assert_eq!(plain(".45 ACP"), plain("45 acp"));
        assert_ne!(plain("9mm Luger"), plain("9mm Makarov"));
    }

    #[test]
    fn a_mark_is_counted_where_it_failed_first_and_unknown_values_stay() {
        let asked = vec![(Field::Calibre, "9mm".to_owned()), (Field::State, "Sonora".to_owned())];
        let verdicts = [(None, 0b00), (Some(0), 0b00), (Some(1), 0b01), (None, 0b10), (None, 0b11)];
        let verdicts = verdicts.map(|(failed, unknown)| Verdict { failed, unknown }).to_vec();
        let filtered = Filtered { verdicts, asked };
        assert_eq!((0..5).filter(|at| filtered.passes(*at)).collect::<Vec<_>>(), [0, 3, 4]);
        let tally = |counted: &dyn Fn(usize) -> bool| -> Vec<(usize, usize)> {
            filtered.tallies(counted).iter().map(|t| (t.left_out, t.unknown_kept)).collect()
        };
        assert_eq!(tally(&|_| true), [(1, 1), (1, 2)]);
        assert_eq!(tally(&|at| at != 4), [(1, 0), (1, 1)]);
    }
}
