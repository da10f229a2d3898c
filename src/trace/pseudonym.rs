//! Pseudonyms: text in place of the names of persons that compares as the names do and tells nothing else of them.
//!
//! What follows from names (a gap where another person hands an item over than took it, purchasers that differ) can then
//! be computed again by somebody who may not see them. A name that is like no other gets one word of its own. Names that
//! are spellings of one another get words that agree where theirs do, because that two of three spellings are alike does
//! not make the third so ([`Personal::same_name`]).

use super::personal::{Personal, Purpose, name_words};
use super::stored::Kept;
use std::collections::BTreeMap;

/// The values that stand in the personal places of one record, by place.
pub type Values = BTreeMap<String, String>;

/// A pseudonym for every name.
#[derive(Clone, Default)]
pub struct Pseudonyms {
    /// Names in the order in which they were met, which says nothing of them.
    met: Vec<String>,
    of_name: BTreeMap<String, String>,
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pseudonyms({} masked)", self.of_name.len())
    }
}

/// Places whose names are compared with others; the rest of what a record holds of persons gets no pseudonym.
fn is_compared(place: &str) -> bool {
    !place.starts_with("extra.") && place != "officer"
}

fn names_of<R: Kept>(record: &R) -> Vec<(String, Personal<String>)> {
    let mut record = record.clone();
    record.personal().into_iter().map(|(place, name)| (place, name.clone())).collect()
}

impl Pseudonyms {
    /// Takes in the names of a record, which is then known to [`Pseudonyms::of`] once [`Pseudonyms::settle`] was called.
    pub fn meet<R: Kept>(&mut self, record: &R) {
        let names = names_of(record).into_iter().filter(|(place, _)| is_compared(place));
        for key in names.filter_map(|(_, name)| name.name_key()) {
            if self.of_name.insert(key.clone(), String::new()).is_none() {
                self.met.push(key);
            }
        }
    }

    /// Gives every name that was met its pseudonym: `P1`, `P2` and so on.
    pub fn settle(&mut self) {
        let person = |key: &String| Personal::new(key.clone());
        let like = |a: &String, b: &String| person(a).same_name(&person(b)) == Some(true);
        // Groups of names that are spellings of one another, over others where need be.
        let mut groups: Vec<Vec<String>> = Vec::new();
        for key in &self.met {
            let (own, others): (Vec<_>, Vec<_>) =
                groups.into_iter().partition(|group| group.iter().any(|other| like(other, key)));
            let mut group: Vec<String> = own.into_iter().flatten().collect();
            group.push(key.clone());
            groups = others;
            groups.push(group);
        }
        let mut words = 0;
        let mut fresh = || {
            words += 1;
            format!("P{words}")
        };
        for group in groups {
            if let [key] = group.as_slice() {
                self.of_name.insert(key.clone(), fresh());
                continue;
            }
            let mut of_word: BTreeMap<String, String> = BTreeMap::new();
            for key in group {
                let own = name_words(&key).into_iter().map(|w| of_word.entry(w).or_insert_with(&mut fresh).clone());
                let own: Vec<String> = own.collect();
                self.of_name.insert(key, own.join(" "));
            }
        }
    }

    /// The pseudonyms of a record's names, by place.
    #[must_use]
    pub fn of<R: Kept>(&self, record: &R) -> Values {
        let names = names_of(record).into_iter().filter(|(place, _)| is_compared(place));
        names.filter_map(|(place, name)| Some((place, self.of_name.get(&name.name_key()?)?.clone()))).collect()
    }
}

/// Puts pseudonyms into the places of a record that was read masked. They are masked there like the names themselves.
pub fn put<R: Kept>(record: &mut R, values: &Values) {
    for (place, slot) in record.personal() {
        if let Some(value) = values.get(&place) {
            *slot = Personal::new(value.clone());
        }
    }
}

/// The names of a record themselves, by place, for a stated purpose. The caller has logged the look.
#[must_use]
pub fn names<R: Kept>(record: &R, purpose: &Purpose) -> Values {
    names_of(record).into_iter().filter_map(|(place, name)| Some((place, name.reveal(purpose)?.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::CustodyRecord;
    use proptest::prelude::*;

    fn handed(from: &str, to: &str) -> CustodyRecord {
        CustodyRecord {
            item: None,
            firearm: None,
            case_number: None,
            from: Some(Personal::new(from.to_owned())),
            to: Personal::new(to.to_owned()),
            date: "2024-01-01".parse().unwrap(),
            time: None,
            reason: None,
            extra: BTreeMap::new(),
            source: None,
        }
    }

    proptest! {
        #[test]
        fn pseudonyms_compare_as_the_names_do_and_hold_none_of_their_words(
            names in proptest::collection::vec(proptest::collection::vec(0usize..5, 0..4), 2..7),
        ) {
            const WORDS: [&str; 5] = ["Ana", "Inventada", "Ruiz", "de", "López"];
            let written = |n: &Vec<usize>| n.iter().map(|w| WORDS[*w]).collect::<Vec<_>>().join(" ");
            let names: Vec<String> = names.iter().map(written).collect();
            let records: Vec<CustodyRecord> = names.iter().map(|n| handed(n, n)).collect();
            let mut pseudonyms = Pseudonyms::default();
            records.iter().for_each(|r| pseudonyms.meet(r));
            pseudonyms.settle();
            let values: Vec<Values> = records.iter().map(|r| pseudonyms.of(r)).collect();
            let masked: Vec<CustodyRecord> = records.iter().zip(&values).map(|(r, values)| {
                let mut read: CustodyRecord = serde_json::from_str(&serde_json::to_string(r).unwrap()).unwrap();
                put(&mut read, values);
                read
            }).collect();
            for (a, x) in records.iter().zip(&masked) {
                for (b, y) in records.iter().zip(&masked) {
                    prop_assert_eq!(a.to.same_name(&b.to), x.to.same_name(&y.to));
                }
            }
            let told = format!("{values:?} {pseudonyms:?}").to_lowercase();
            prop_assert!(!["ana", "inventada", "ruiz", "lopez", "lópez"].iter().any(|w| told.contains(w)), "{}", told);
        }
    }

    #[test]
    fn names_are_given_for_a_purpose_alone() {
        let purpose = Purpose::new("analyst", "2024-1", "court order").unwrap();
        let record = handed("Ana Inventada", "Beto Inventado");
        assert_eq!(names(&record, &purpose)["from"], "Ana Inventada");
        assert!(!format!("{:?}", Pseudonyms::default().of(&record)).contains("Inventada"));
    }
}
