//! Versions of a record: what a new import says otherwise than the one before.

use super::personal::{MASK, Purpose};
use super::record::TraceRecord;
use super::stored::StoredTrace;
use super::wording::Wording;
use crate::language::Language;
use crate::trace::import::Field;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A field that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Path of the field, such as `recovered_on` or `dispositions.1.date`.
    pub field: String,
    /// Name of the field for people.
    pub name: Wording,
    /// What it said before; masked where personal; `None` where nothing.
    pub old: Option<String>,
    /// What it says now.
    pub new: Option<String>,
    /// Whether the values are personal and masked.
    pub personal: bool,
}

/// What a freshly imported record is beside the stored one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// No record of this number is stored.
    New,
    /// The stored record says the same; nothing is written.
    Unchanged,
    /// A new version, with what changed.
    Changed(Vec<FieldChange>),
}

/// Sets a freshly imported record beside the stored one of the same number.
#[must_use]
pub fn standing(stored: Option<&TraceRecord>, imported: &TraceRecord) -> Standing {
    match stored {
        None => Standing::New,
        Some(old) => {
            let changes = diff(old, imported);
            if changes.is_empty() { Standing::Unchanged } else { Standing::Changed(changes) }
        }
    }
}

/// The fields that differ, ascending by path; where a record came from is not part of what it says.
#[must_use]
pub fn diff(old: &TraceRecord, new: &TraceRecord) -> Vec<FieldChange> {
    let (a, b) = (flat(old), flat(new));
    let paths: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    paths
        .into_iter()
        .filter(|path| a.get(*path) != b.get(*path))
        .map(|path| {
            let personal = [&a, &b].iter().any(|side| side.get(path).is_some_and(|(_, personal)| *personal));
            let shown = |side: &BTreeMap<String, (String, bool)>| {
                side.get(path).map(|(text, personal)| if *personal { MASK.to_owned() } else { text.clone() })
            };
            FieldChange { field: path.clone(), name: name(path), old: shown(&a), new: shown(&b), personal }
        })
        .collect()
}

/// A field that a record states.
#[derive(Clone, PartialEq, Eq)]
pub struct FieldValue {
    /// Path of the field, such as `recovered_on` or `dispositions.1.date`.
    pub path: String,
    /// Its name for people.
    pub name: Wording,
    text: String,
    personal: bool,
}

impl std::fmt::Debug for FieldValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.shown(None))
    }
}

impl FieldValue {
    /// Whether both are the same field with the same value.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.path == other.path && self.text == other.text
    }

    /// The value; masked where it is personal and no purpose is stated.
    #[must_use]
    pub fn shown(&self, purpose: Option<&Purpose>) -> String {
        if self.personal && purpose.is_none() { MASK.to_owned() } else { self.text.clone() }
    }
}

/// Every field that a record states, ascending by path; where the record came from is not part of what it says.
#[must_use]
pub fn fields(record: &TraceRecord) -> Vec<FieldValue> {
    flat(record)
        .into_iter()
        .map(|(path, (text, personal))| FieldValue { name: name(&path), path, text, personal })
        .collect()
}

/// Path to value and whether it is personal.
fn flat(record: &TraceRecord) -> BTreeMap<String, (String, bool)> {
    let mut stored = StoredTrace::from(record);
    stored.record.source = None;
    let mut out = BTreeMap::new();
    let value = serde_json::to_value(&stored).unwrap_or_default();
    let personal = value.get("personal").and_then(|p| p.as_object()).cloned().unwrap_or_default();
    if let Some(record) = value.get("record") {
        flatten("", record, &mut out);
    }
    for (path, value) in personal {
        out.insert(path, (value.as_str().unwrap_or_default().to_owned(), true));
    }
    out
}

fn flatten(path: &str, value: &serde_json::Value, out: &mut BTreeMap<String, (String, bool)>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        serde_json::Value::Null => {}
        serde_json::Value::Object(map) => map.iter().for_each(|(key, value)| flatten(&below(key), value, out)),
        serde_json::Value::Array(list) => {
            list.iter().enumerate().for_each(|(n, value)| flatten(&below(&n.to_string()), value, out));
        }
        // The place of a masked value is told by the personal values themselves.
        serde_json::Value::String(text) if text == MASK => {}
        serde_json::Value::String(text) => drop(out.insert(path.to_owned(), (text.clone(), false))),
        other => drop(out.insert(path.to_owned(), (other.to_string(), false))),
    }
}

/// The name of a path for people: of its first part where that is a column, with the rest as it stands.
fn name(path: &str) -> Wording {
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    let code = match head {
        "dispositions" => "disposition",
        "recovered_at" => "recovery_city",
        other => other,
    };
    let in_language = |language: Language| {
        let word = match (head, rest) {
            ("recovered_at", "state") => Field::RecoveryState.name(language).to_owned(),
            ("recovered_at", "country") => Field::RecoveryCountry.name(language).to_owned(),
            _ => Field::from_code(code).map_or_else(|| head.to_owned(), |f| f.name(language).to_owned()),
        };
        if head == "dispositions" { format!("{word} {rest}") } else { word }
    };
    Wording::new(in_language(Language::En), in_language(Language::Es))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TraceId;
    use crate::trace::{Personal, Serial, TraceStatus};

    #[test]
    fn a_new_version_says_which_fields_changed_and_names_nobody() {
        let mut old = TraceRecord::new(TraceId::new("T"), Serial::read("ABC123"));
        old.purchaser = Some(Personal::new("Ana Inventada".to_owned()));
        let mut new = old.clone();
        assert_eq!(standing(Some(&old), &new), Standing::Unchanged);
        assert_eq!(standing(None, &new), Standing::New);
        new.status = TraceStatus::Completed;
        new.recovered_at.state = Some("TX".to_owned());
        new.purchaser = Some(Personal::new("Otra Inventada".to_owned()));
        let changes = diff(&old, &new);
        let fields: Vec<_> = changes.iter().map(|c| c.field.as_str()).collect();
        assert_eq!(fields, ["purchaser", "recovered_at.state", "status"]);
        assert_eq!(changes[1].name, Wording::new("recovery state", "entidad"));
        assert!(changes[0].personal && !format!("{changes:?}").contains("Inventada"));
    }
}
