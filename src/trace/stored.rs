//! The way of records into a store and back: the record masked, and its personal values beside it.

use super::personal::Personal;
use super::record::{FirearmRecord, PartyName, Source, TraceRecord};
use super::register::{CustodyRecord, TestFireRecord};
use super::transaction::TransactionRecord;
use crate::ids::Digest;
use serde::de::DeserializeOwned;
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

/// A record that a store keeps: it knows its personal values and where it came from.
pub trait Kept: Clone + Serialize + DeserializeOwned {
    /// Every place that holds personal data, under the name it is stored by.
    #[doc(hidden)]
    fn personal(&mut self) -> Vec<(String, &mut Personal<String>)>;
    /// Where the record came from.
    fn source(&mut self) -> &mut Option<Source>;
}

/// A record written for a store: the document without personal values, these apart, and the digest of what both state.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// SHA-256 of what the record states, its personal data included and its source left out: the same content from
    /// another file, or another row, is the same content.
    pub content: Digest,
    /// The record as JSON, personal data masked.
    pub document: String,
    /// The personal values as JSON, by field.
    pub personal: String,
}

impl std::fmt::Debug for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Written")
            .field("content", &self.content)
            .field("document", &self.document)
            .finish_non_exhaustive()
    }
}

impl Written {
    /// Writes a record.
    #[must_use]
    pub fn of<R: Kept>(record: &R) -> Self {
        let mut record = record.clone();
        let source = record.source().take();
        let personal = PersonalValues::take(record.personal());
        // Serialising plain owned text cannot fail; an empty text would only make equal records look alike to nobody.
        let json = |value: serde_json::Result<String>| value.unwrap_or_default();
        let bare = json(serde_json::to_string(&record));
        let personal = json(serde_json::to_string(&personal));
        let content = Digest::of(format!("{{\"record\":{bare},\"personal\":{personal}}}").as_bytes());
        // The source is the last field of every record, so that the document is the bare one with its end changed.
        let document = match (&source, bare.strip_suffix("\"source\":null}")) {
            (None, _) => bare,
            (Some(source), Some(head)) => format!("{head}\"source\":{}}}", json(serde_json::to_string(source))),
            (Some(_), None) => {
                *record.source() = source;
                json(serde_json::to_string(&record))
            }
        };
        Self { content, document, personal }
    }

    /// Reads a record back from the two texts.
    ///
    /// # Errors
    /// What serde says of texts that are not what [`Written::of`] wrote.
    pub fn read<R: Kept>(document: &str, personal: &str) -> serde_json::Result<R> {
        let mut record: R = serde_json::from_str(document)?;
        let values: PersonalValues = serde_json::from_str(personal)?;
        values.put(record.personal());
        Ok(record)
    }
}

impl Kept for TraceRecord {
    fn personal(&mut self) -> Vec<(String, &mut Personal<String>)> {
        trace_personal(self)
    }

    fn source(&mut self) -> &mut Option<Source> {
        &mut self.source
    }
}

impl Kept for FirearmRecord {
    fn personal(&mut self) -> Vec<(String, &mut Personal<String>)> {
        extra_personal(&mut self.extra).collect()
    }

    fn source(&mut self) -> &mut Option<Source> {
        &mut self.source
    }
}

impl Kept for TestFireRecord {
    fn personal(&mut self) -> Vec<(String, &mut Personal<String>)> {
        let fired_by = self.fired_by.iter_mut().map(|by| ("fired_by".to_owned(), by));
        fired_by.chain(extra_personal(&mut self.extra)).collect()
    }

    fn source(&mut self) -> &mut Option<Source> {
        &mut self.source
    }
}

impl Kept for CustodyRecord {
    fn personal(&mut self) -> Vec<(String, &mut Personal<String>)> {
        let from = self.from.iter_mut().map(|from| ("from".to_owned(), from));
        from.chain([("to".to_owned(), &mut self.to)]).chain(extra_personal(&mut self.extra)).collect()
    }

    fn source(&mut self) -> &mut Option<Source> {
        &mut self.source
    }
}

impl Kept for TransactionRecord {
    fn personal(&mut self) -> Vec<(String, &mut Personal<String>)> {
        let mut slots = Vec::new();
        for (name, party) in [("from", self.from.as_mut()), ("to", Some(&mut self.to))] {
            if let Some(PartyName::Person(value)) = party {
                slots.push((name.to_owned(), value));
            }
        }
        slots.extend(extra_personal(&mut self.extra));
        slots
    }

    fn source(&mut self) -> &mut Option<Source> {
        &mut self.source
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

fn extra_personal(
    extra: &mut BTreeMap<String, Personal<String>>,
) -> impl Iterator<Item = (String, &mut Personal<String>)> {
    extra.iter_mut().map(|(column, value)| (format!("extra.{column}"), value))
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
    slots.extend(extra_personal(&mut record.extra));
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
        moved.source = Some(Source {
            file: "b.csv".into(),
            sha256: Digest::of(b"b"),
            rows: vec![9],
            other_rows: Default::default(),
        });
        assert_eq!(moved.content_hash(), record.content_hash());
        moved.purchaser = Some(Personal::new("Otra Inventada".to_owned()));
        assert_ne!(moved.content_hash(), record.content_hash());
    }

    #[test]
    fn what_is_written_for_a_store_is_the_masked_form_and_reads_back_whole() {
        let mut record = sample();
        for source in [
            None,
            Some(Source {
                file: "a.csv".into(),
                sha256: Digest::of(b"a"),
                rows: vec![3],
                other_rows: Default::default(),
            }),
        ] {
            record.source = source;
            let written = Written::of(&record);
            assert_eq!(written.document, serde_json::to_string(&StoredTrace::from(&record).record).unwrap());
            let mut bare = StoredTrace::from(&record);
            bare.record.source = None;
            assert_eq!(written.content, Digest::of(serde_json::to_string(&bare).unwrap().as_bytes()), "as ever");
            assert!(!format!("{written:?}").contains("Inventada"));
            assert_eq!(Written::read::<TraceRecord>(&written.document, &written.personal).unwrap(), record);
        }
    }

    #[test]
    fn a_renewed_ffl_is_the_same_dealer() {
        let old = Ffl::new("5-74-123-01-6B-12345");
        assert!(old.same_licensee(&Ffl::new("574123019C12345")));
        assert!(!old.same_licensee(&Ffl::new("5-74-123-01-6B-12346")));
        assert!(!Ffl::new("").same_licensee(&Ffl::new("")));
    }
}
