//! The way of records into a store and back: the record masked, and its personal values beside it.

use super::personal::Personal;
use super::record::{FirearmRecord, PartyName, TraceRecord};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A trace record on its way into or out of a store: the record with its personal data masked, and beside it the
/// personal values under the names of their fields, so that a store can keep the two apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredTrace {
    /// The record; personal data serialise as a mask.
    pub record: TraceRecord,
    personal: PersonalValues,
}

/// Field name to value, without a readable `Debug`.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct PersonalValues(BTreeMap<String, String>);

impl std::fmt::Debug for PersonalValues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PersonalValues({} masked)", self.0.len())
    }
}

impl PersonalValues {
    /// Takes the values out of their places, leaving withheld ones behind.
    fn take(slots: Vec<(String, &mut Personal<String>)>) -> Self {
        let mut values = BTreeMap::new();
        for (name, slot) in slots {
            if let Some(value) = slot.for_storage() {
                values.insert(name, value.clone());
            }
            *slot = Personal::withheld();
        }
        Self(values)
    }

    /// Puts the values back.
    fn put(mut self, slots: Vec<(String, &mut Personal<String>)>) {
        for (name, slot) in slots {
            if let Some(value) = self.0.remove(&name) {
                *slot = Personal::new(value);
            }
        }
    }
}

impl From<&TraceRecord> for StoredTrace {
    fn from(record: &TraceRecord) -> Self {
        let mut record = record.clone();
        let personal = PersonalValues::take(trace_personal(&mut record));
        Self { record, personal }
    }
}

impl StoredTrace {
    /// The record with its personal data back in their masked places.
    #[must_use]
    pub fn into_record(self) -> TraceRecord {
        let mut record = self.record;
        self.personal.put(trace_personal(&mut record));
        record
    }
}

/// A firearm record on its way into or out of a store; see [`StoredTrace`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredFirearm {
    /// The record; personal data serialise as a mask.
    pub record: FirearmRecord,
    personal: PersonalValues,
}

impl From<&FirearmRecord> for StoredFirearm {
    fn from(record: &FirearmRecord) -> Self {
        let mut record = record.clone();
        let personal = PersonalValues::take(firearm_personal(&mut record));
        Self { record, personal }
    }
}

impl StoredFirearm {
    /// The record with its personal data back in their masked places.
    #[must_use]
    pub fn into_record(self) -> FirearmRecord {
        let mut record = self.record;
        self.personal.put(firearm_personal(&mut record));
        record
    }
}

fn firearm_personal(record: &mut FirearmRecord) -> Vec<(String, &mut Personal<String>)> {
    record.extra.iter_mut().map(|(column, value)| (format!("extra.{column}"), value)).collect()
}

/// Every place that holds personal data, under the name it is stored by.
fn trace_personal(record: &mut TraceRecord) -> Vec<(String, &mut Personal<String>)> {
    let mut slots = Vec::new();
    for (name, slot) in
        [("officer", &mut record.officer), ("possessor", &mut record.possessor), ("purchaser", &mut record.purchaser)]
    {
        if let Some(value) = slot {
            slots.push((name.to_owned(), value));
        }
    }
    for (at, disposition) in record.dispositions.iter_mut().enumerate() {
        if let Some(PartyName::Person(value)) = &mut disposition.name {
            slots.push((format!("dispositions.{at}.name"), value));
        }
    }
    slots.extend(record.extra.iter_mut().map(|(column, value)| (format!("extra.{column}"), value)));
    slots
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Digest, TraceId};
    use crate::trace::{Disposition, DispositionKind, Ffl, PartialDate, Place, Serial, Source};

    fn sample() -> TraceRecord {
        let mut record = TraceRecord::new(TraceId::new("T-1"), Serial::read("ABC123"));
        record.purchaser = Some(Personal::new("Ana Inventada".to_owned()));
        record.dispositions = vec![
            Disposition {
                kind: DispositionKind::Retailer,
                name: Some(PartyName::of(&DispositionKind::Retailer, "Lone Mesa Guns".to_owned())),
                place: Place { state: Some("TX".to_owned()), ..Place::default() },
                ffl: Some(Ffl::new("5-74-123-01-6B-12345")),
                date: PartialDate::day(2019, 3, 5),
            },
            Disposition {
                kind: DispositionKind::FirstPurchaser,
                name: Some(PartyName::of(&DispositionKind::FirstPurchaser, "Ana Inventada".to_owned())),
                place: Place::default(),
                ffl: None,
                date: PartialDate::year(2019),
            },
        ];
        record.extra.insert("associates".to_owned(), Personal::new("Ana Inventada".to_owned()));
        record
    }

    #[test]
    fn a_record_written_for_people_names_no_person() {
        let record = sample();
        let written =
            format!("{record:?} {} {:?}", serde_json::to_string(&record).unwrap(), StoredTrace::from(&record));
        assert!(!written.contains("Inventada"), "{written}");
        assert!(written.contains("Lone Mesa Guns"));
    }

    #[test]
    fn storage_gives_back_every_name() {
        let record = sample();
        let json = serde_json::to_string(&StoredTrace::from(&record)).unwrap();
        assert!(json.contains("Ana Inventada"));
        let back: StoredTrace = serde_json::from_str(&json).unwrap();
        assert_eq!(back.into_record(), record);
    }

    #[test]
    fn the_same_content_from_another_row_is_the_same_content() {
        let record = sample();
        let mut moved = record.clone();
        moved.source = Some(Source { file: "b.csv".into(), sha256: Digest::of(b"b"), rows: vec![9] });
        assert_eq!(moved.content_hash(), record.content_hash());
        moved.purchaser = Some(Personal::new("Otra Inventada".to_owned()));
        assert_ne!(moved.content_hash(), record.content_hash());
    }

    #[test]
    fn a_renewed_ffl_is_the_same_dealer() {
        let old = Ffl::new("5-74-123-01-6B-12345");
        assert!(old.same_licensee(&Ffl::new("574123019C12345")));
        assert!(!old.same_licensee(&Ffl::new("5-74-123-01-6B-12346")));
        assert!(!Ffl::new("").same_licensee(&Ffl::new("")));
    }
}
