//! The members of a gallery in columns: what a search asks of a million marks at a time.
//!
//! A mark takes some 150 bytes here, against a kilobyte as records: each different word is kept once and named by its number.

use crate::casework::{Association, ExhibitKind, FiringPinShape, Origin, Side};
use crate::date::PartialDate;
use crate::engine::ports::SignatureRow;
use crate::ids::{ExhibitId, FirearmId, IncidentId, MarkId, SpecimenId};
use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::{BuildHasherDefault, Hash as _, Hasher};
use std::sync::OnceLock;

/// One mark as it is read from the store, or, with words that stay in the bytes read, from a shelf.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Row<S = String> {
    pub sequence: u64,
    pub mark: S,
    pub received_us: i64,
    pub specimen: S,
    pub exhibit: S,
    pub incident: Option<S>,
    pub firearm: Option<S>,
    pub calibre: Option<S>,
    pub country: Option<S>,
    pub state: Option<S>,
    pub agency: Option<S>,
    pub date: Option<S>,
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
struct Numbers {
    by_hash: HashMap<u64, u32, BuildHasherDefault<AsIs>>,
    last: u32,
}

/// A key that is a hash already.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Numbers {
    fn add(&mut self, column: &mut Column, word: Option<&str>) {
        let number = word.map_or(0, |word| self.number(&mut column.words, word));
        column.of.push(number);
    }

    fn number(&mut self, words: &mut Words, word: &str) -> u32 {
        // What was entered together has many words in common.
        let is = |number: u32| (number as usize).checked_sub(1).and_then(|at| words.get(at)) == Some(word);
        if is(self.last) {
            return self.last;
        }
        let mut hasher = DefaultHasher::new();
        word.hash(&mut hasher);
        let mut hash = hasher.finish();
        self.last = loop {
            match self.by_hash.entry(hash) {
                Entry::Vacant(entry) => {
                    words.push(word);
                    break *entry.insert(words.len() as u32);
                }
                Entry::Occupied(entry) if is(*entry.get()) => break *entry.get(),
                Entry::Occupied(_) => hash = hash.wrapping_add(1),
            }
        };
        self.last
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
    /// Adds rows at the end, column beside column.
    pub fn extend<S: AsRef<str> + Sync>(&mut self, rows: &[Row<S>]) {
        /// A word of a row, where it has one.
        type Word<S> = fn(&Row<S>) -> Option<&S>;
        let (members, numbers) = (&mut self.members, &mut self.numbers);
        let columns: [(&mut Column, Word<S>); 9] = [
            (&mut members.specimen, |row| Some(&row.specimen)),
            (&mut members.exhibit, |row| Some(&row.exhibit)),
            (&mut members.incident, |row| row.incident.as_ref()),
            (&mut members.firearm, |row| row.firearm.as_ref()),
            (&mut members.calibre, |row| row.calibre.as_ref()),
            (&mut members.country, |row| row.country.as_ref()),
            (&mut members.state, |row| row.state.as_ref()),
            (&mut members.agency, |row| row.agency.as_ref()),
            (&mut members.date, |row| row.date.as_ref()),
        ];
        members.sequence.extend(rows.iter().map(|row| row.sequence));
        members.received_us.extend(rows.iter().map(|row| row.received_us));
        members.firing_pin.extend(rows.iter().map(|row| row.firing_pin));
        let marks = &mut members.mark;
        rayon::join(
            || rows.iter().for_each(|row| marks.push(row.mark.as_ref())),
            || {
                columns.into_par_iter().zip(numbers).for_each(|((column, word), numbers)| {
                    rows.iter().for_each(|row| numbers.add(column, word(row).map(AsRef::as_ref)));
                });
            },
        );
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
        filling.extend(&(0..20).map(row).collect::<Vec<_>>());
        filling.extend(&(20..50).map(row).collect::<Vec<_>>());
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
        let slot = *numbers.by_hash.keys().next().unwrap();
        let mut hasher = DefaultHasher::new();
        "b".hash(&mut hasher);
        numbers.by_hash.insert(hasher.finish(), numbers.by_hash[&slot]);
        numbers.add(&mut column, Some("b"));
        numbers.add(&mut column, Some("b"));
        assert_eq!(column.of, [1, 2, 2]);
    }
}
