//! The members of a gallery in columns: what a search asks of a million marks at a time.
//!
//! A mark takes some 150 bytes here, against a kilobyte as records: each different word is kept once and named by its number.

use crate::casework::{Association, ExhibitKind, FiringPinShape, Origin, Side};
use crate::date::PartialDate;
use crate::engine::ports::SignatureRow;
use crate::ids::{ExhibitId, FirearmId, IncidentId, MarkId, SpecimenId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::{Hash as _, Hasher as _};
use std::sync::OnceLock;

/// One mark as it is read from the store or from a shelf.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    pub sequence: u64,
    pub mark: String,
    pub received_us: i64,
    pub specimen: String,
    pub exhibit: String,
    pub incident: Option<String>,
    pub firearm: Option<String>,
    pub calibre: Option<String>,
    pub country: Option<String>,
    pub state: Option<String>,
    pub agency: Option<String>,
    pub date: Option<String>,
    pub firing_pin: Option<FiringPinShape>,
}

impl Row {
    pub fn of(row: &SignatureRow) -> Self {
        let (context, facts) = (&row.context, &row.facts);
        Self {
            sequence: context.sequence,
            mark: context.mark.id.as_str().to_owned(),
            received_us: context.received.as_microsecond(),
            specimen: context.specimen.as_str().to_owned(),
            exhibit: context.exhibit.as_str().to_owned(),
            incident: context.incident.as_ref().map(|id| id.as_str().to_owned()),
            firearm: context.firearm.as_ref().map(|id| id.as_str().to_owned()),
            calibre: context.calibre.clone(),
            country: facts.country.clone(),
            state: facts.state.clone(),
            agency: facts.agency.clone(),
            date: facts.date.map(|date| date.to_string()),
            firing_pin: facts.firing_pin,
        }
    }
}

/// Words one after another.
#[derive(Debug, Default)]
struct Words {
    text: String,
    ends: Vec<u64>,
}

impl Words {
    fn push(&mut self, word: &str) {
        self.text.push_str(word);
        self.ends.push(self.text.len() as u64);
    }

    fn get(&self, at: usize) -> Option<&str> {
        let from = if at == 0 { 0 } else { *self.ends.get(at - 1)? };
        self.text.get(from as usize..*self.ends.get(at)? as usize)
    }

    fn len(&self) -> usize {
        self.ends.len()
    }
}

/// A column of words, each different one kept once.
#[derive(Debug, Default)]
pub(in crate::engine) struct Column {
    words: Words,
    /// Number of the word of each member, from 1; 0 where there is none.
    of: Vec<u32>,
}

impl Column {
    /// The number of a member's word; 0 for none.
    pub fn number(&self, at: usize) -> u32 {
        self.of.get(at).copied().unwrap_or(0)
    }

    fn get(&self, at: usize) -> Option<&str> {
        self.words.get((self.number(at) as usize).checked_sub(1)?)
    }

    /// What `of` makes of each different word, by number; what it makes of none comes first.
    pub fn each<T>(&self, mut of: impl FnMut(Option<&str>) -> T) -> Vec<T> {
        let words = (0..self.words.len()).map(|at| self.words.get(at));
        std::iter::once(None).chain(words).map(&mut of).collect()
    }
}

/// Numbers of the words of a column while it is filled, by a hash of the word; the word itself decides.
#[derive(Default)]
struct Numbers(HashMap<u64, u32>);

impl Numbers {
    fn add(&mut self, column: &mut Column, word: Option<&str>) {
        let number = word.map_or(0, |word| {
            let mut hasher = DefaultHasher::new();
            word.hash(&mut hasher);
            let mut hash = hasher.finish();
            loop {
                match self.0.entry(hash) {
                    Entry::Vacant(entry) => {
                        column.words.push(word);
                        break *entry.insert(column.words.len() as u32);
                    }
                    Entry::Occupied(entry) if column.words.get(*entry.get() as usize - 1) == Some(word) => {
                        break *entry.get();
                    }
                    Entry::Occupied(_) => hash = hash.wrapping_add(1),
                }
            }
        });
        column.of.push(number);
    }
}

/// Every member of a gallery, in the order of entry.
#[derive(Debug, Default)]
pub struct Members {
    sequence: Vec<u64>,
    received_us: Vec<i64>,
    mark: Words,
    pub(in crate::engine) specimen: Column,
    pub(in crate::engine) exhibit: Column,
    pub(in crate::engine) incident: Column,
    firearm: Column,
    pub(in crate::engine) calibre: Column,
    pub(in crate::engine) country: Column,
    pub(in crate::engine) state: Column,
    pub(in crate::engine) agency: Column,
    date: Column,
    firing_pin: Vec<Option<FiringPinShape>>,
    /// Places by rising identifier of the mark; made when first asked for.
    by_mark: OnceLock<Vec<u32>>,
}

/// What is known of one member.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member<'a> {
    /// Its place in the order of entry of the store.
    pub sequence: u64,
    /// The mark.
    pub mark: &'a str,
    /// The specimen that carries it.
    pub specimen: &'a str,
    /// The exhibit of the specimen.
    pub exhibit: &'a str,
    /// The incident, of evidence.
    pub incident: Option<&'a str>,
    /// The firearm, of a test fire.
    pub firearm: Option<&'a str>,
    /// When its acquisition was entered.
    pub received: Timestamp,
}

impl Member<'_> {
    /// The mark's identifier.
    #[must_use]
    pub fn mark_id(&self) -> MarkId {
        MarkId::new(self.mark)
    }

    /// The specimen's identifier.
    #[must_use]
    pub fn specimen_id(&self) -> SpecimenId {
        SpecimenId::new(self.specimen)
    }

    /// The exhibit's identifier.
    #[must_use]
    pub fn exhibit_id(&self) -> ExhibitId {
        ExhibitId::new(self.exhibit)
    }

    /// As one side of an association; none where it is neither evidence nor a test fire.
    #[must_use]
    pub fn side(&self) -> Option<Side> {
        let origin = match (self.incident, self.firearm) {
            (Some(incident), None) => Origin::Evidence { incident: IncidentId::new(incident) },
            (None, Some(firearm)) => Origin::TestFire { firearm: FirearmId::new(firearm) },
            _ => return None,
        };
        Some(Side { specimen: self.specimen_id(), exhibit: self.exhibit_id(), origin })
    }

    /// The two as an association; none where they cannot be joined.
    #[must_use]
    pub fn joined(&self, other: &Member<'_>) -> Option<Association> {
        Association::new(self.side()?, other.side()?).ok()
    }
}

impl Members {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sequence.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sequence.is_empty()
    }

    /// The member at a place.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<Member<'_>> {
        Some(Member {
            sequence: *self.sequence.get(at)?,
            mark: self.mark.get(at)?,
            specimen: self.specimen.get(at)?,
            exhibit: self.exhibit.get(at)?,
            incident: self.incident.get(at),
            firearm: self.firearm.get(at),
            received: Timestamp::from_microsecond(*self.received_us.get(at)?).ok()?,
        })
    }

    /// Whether it is evidence or a test fire.
    #[must_use]
    pub fn kind(&self, at: usize) -> ExhibitKind {
        if self.firearm.number(at) > 0 { ExhibitKind::TestFire } else { ExhibitKind::Evidence }
    }

    /// The shape of its firing pin, as far as known.
    #[must_use]
    pub fn firing_pin(&self, at: usize) -> Option<FiringPinShape> {
        self.firing_pin.get(at).copied().flatten()
    }

    /// What `of` makes of each different date of incidents, by [`Members::date_number`]; what it makes of none comes first.
    pub fn each_date<T>(&self, mut of: impl FnMut(Option<PartialDate>) -> T) -> Vec<T> {
        self.date.each(|word| of(word.and_then(|word| word.parse().ok())))
    }

    /// The number of the date of its incident.
    #[must_use]
    pub fn date_number(&self, at: usize) -> u32 {
        self.date.number(at)
    }

    /// The place of a mark.
    #[must_use]
    pub fn place(&self, mark: &MarkId) -> Option<usize> {
        let sorted = self.by_mark.get_or_init(|| {
            let mut places: Vec<u32> = (0..self.len() as u32).collect();
            places.sort_unstable_by_key(|at| self.mark.get(*at as usize));
            places
        });
        let at = sorted.binary_search_by_key(&Some(mark.as_str()), |at| self.mark.get(*at as usize)).ok()?;
        sorted.get(at).map(|at| *at as usize)
    }

    /// Every place whose mark belongs to this exhibit, specimen or incident.
    #[must_use]
    pub fn places_of(&self, name: &str) -> Vec<usize> {
        let columns = [&self.exhibit, &self.specimen, &self.incident];
        let columns = columns.map(|column| (column, column.each(|word| word == Some(name))));
        let has = |at: usize| columns.iter().any(|(column, is)| is.get(column.number(at) as usize) == Some(&true));
        (0..self.len()).filter(|&at| has(at)).collect()
    }
}

/// Fills columns row by row.
#[derive(Default)]
pub(super) struct Filling {
    members: Members,
    numbers: [Numbers; 9],
}

impl Filling {
    pub fn push(&mut self, row: &Row) {
        let (members, numbers) = (&mut self.members, &mut self.numbers);
        members.sequence.push(row.sequence);
        members.received_us.push(row.received_us);
        members.mark.push(&row.mark);
        members.firing_pin.push(row.firing_pin);
        let columns = [
            (&mut members.specimen, Some(row.specimen.as_str())),
            (&mut members.exhibit, Some(row.exhibit.as_str())),
            (&mut members.incident, row.incident.as_deref()),
            (&mut members.firearm, row.firearm.as_deref()),
            (&mut members.calibre, row.calibre.as_deref()),
            (&mut members.country, row.country.as_deref()),
            (&mut members.state, row.state.as_deref()),
            (&mut members.agency, row.agency.as_deref()),
            (&mut members.date, row.date.as_deref()),
        ];
        for ((column, word), numbers) in columns.into_iter().zip(numbers) {
            numbers.add(column, word);
        }
    }

    /// The last place in the order of entry so far.
    pub fn last_sequence(&self) -> Option<u64> {
        self.members.sequence.last().copied()
    }

    pub fn done(self) -> Members {
        self.members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: u64) -> Row {
        Row {
            sequence: 10 + n,
            mark: format!("S-{n}/m"),
            received_us: n as i64 * 1_000_000,
            specimen: format!("S-{n}"),
            exhibit: format!("E-{}", n / 3),
            incident: (!n.is_multiple_of(4)).then(|| format!("I-{}", n / 2)),
            firearm: n.is_multiple_of(4).then(|| "F-1".to_owned()),
            calibre: (!n.is_multiple_of(5)).then(|| "9 mm Luger".to_owned()),
            country: None,
            state: Some("Jalisco".to_owned()),
            agency: None,
            date: Some("2026-03".to_owned()),
            firing_pin: (n == 2).then_some(FiringPinShape::Elliptical),
        }
    }

    #[test]
    fn columns_give_back_what_was_put_in() {
        let mut filling = Filling::default();
        (0..50).for_each(|n| filling.push(&row(n)));
        assert_eq!(filling.last_sequence(), Some(59));
        let members = filling.done();
        for n in 0..50 {
            let (expected, at) = (row(n), n as usize);
            let got = members.get(at).unwrap();
            assert_eq!(
                (got.mark, got.specimen, got.exhibit),
                (&*expected.mark, &*expected.specimen, &*expected.exhibit)
            );
            assert_eq!((got.incident, got.firearm), (expected.incident.as_deref(), expected.firearm.as_deref()));
            assert_eq!(got.sequence, expected.sequence);
            assert_eq!(members.place(&MarkId::new(expected.mark)), Some(at));
            assert_eq!(members.kind(at) == ExhibitKind::TestFire, n.is_multiple_of(4));
            assert_eq!(members.calibre.get(at), expected.calibre.as_deref());
        }
        assert_eq!(members.place(&MarkId::new("S-50/m")), None);
        assert_eq!(members.places_of("E-2"), [6, 7, 8]);
        assert_eq!(members.places_of("S-9"), [9]);
        assert_eq!(members.places_of("I-3"), [6, 7]);
        assert_eq!(members.places_of("nothing"), [] as [usize; 0]);
        assert_eq!(members.calibre.each(|w| w.map(str::to_owned)), [None, Some("9 mm Luger".to_owned())]);
        assert_eq!(members.firing_pin(2), Some(FiringPinShape::Elliptical));
        assert!(members.get(50).is_none());
    }

    #[test]
    fn words_of_one_hash_keep_apart() {
        // Two words that claim one slot: the second finds the next.
        let (mut column, mut numbers) = (Column::default(), Numbers::default());
        numbers.add(&mut column, Some("a"));
        let slot = *numbers.0.keys().next().unwrap();
        let mut hasher = DefaultHasher::new();
        "b".hash(&mut hasher);
        numbers.0.insert(hasher.finish(), numbers.0[&slot]);
        numbers.add(&mut column, Some("b"));
        numbers.add(&mut column, Some("b"));
        assert_eq!(column.of, [1, 2, 2]);
    }
}
