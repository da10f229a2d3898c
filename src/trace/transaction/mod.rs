//! A site's own records of who passed which firearm to whom, from the maker to the purchaser.

pub mod search;

use super::personal::Personal;
use super::record::{Ffl, PartyName, Place, Source};
use super::serial::Serial;
use super::vocabulary::{DispositionKind, FirearmType};
use crate::date::PartialDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One firearm passing from one party to another: a line of a bound book, an invoice, a form 4473.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransactionRecord {
    /// Serial number of the firearm.
    pub serial: Serial,
    /// Maker as written.
    #[serde(default)]
    pub maker: Option<String>,
    /// Model as written.
    #[serde(default)]
    pub model: Option<String>,
    /// Calibre as written.
    #[serde(default)]
    pub calibre: Option<String>,
    /// Type of firearm.
    #[serde(default)]
    pub firearm_type: Option<FirearmType>,
    /// Importer as written.
    #[serde(default)]
    pub importer: Option<String>,
    /// Country of origin as written.
    #[serde(default)]
    pub country_of_origin: Option<String>,
    /// When it passed.
    pub date: PartialDate,
    /// Who gave it away.
    #[serde(default)]
    pub from: Option<PartyName>,
    /// What that party is.
    #[serde(default)]
    pub from_kind: Option<DispositionKind>,
    /// Licence of that party.
    #[serde(default)]
    pub from_ffl: Option<Ffl>,
    /// Who took it.
    pub to: PartyName,
    /// What that party is.
    pub to_kind: DispositionKind,
    /// Licence of that party.
    #[serde(default)]
    pub to_ffl: Option<Ffl>,
    /// Place of that party.
    #[serde(default)]
    pub to_at: Place,
    /// Number of the document.
    #[serde(default)]
    pub document: Option<String>,
    /// Columns that no mapping knows, kept under their header and masked.
    #[serde(default)]
    pub extra: BTreeMap<String, Personal<String>>,
    /// Where the record came from.
    #[serde(default)]
    pub source: Option<Source>,
}

impl TransactionRecord {
    /// Whether both ends of two records are the same party, so that one follows the other: the same licensee, or the same
    /// name as far as spelling goes. `None` where nothing says so either way.
    #[must_use]
    pub fn leads_to(&self, next: &Self) -> Option<bool> {
        if let (Some(a), Some(b)) = (&self.to_ffl, &next.from_ffl)
            && a.lasting().is_some()
            && b.lasting().is_some()
        {
            return Some(a.same_licensee(b));
        }
        let person = |name: &PartyName| match name {
            PartyName::Business(text) => Personal::new(text.clone()),
            PartyName::Person(name) => name.clone(),
        };
        person(&self.to).same_name(&person(next.from.as_ref()?))
    }
}
