//! The registers beside the traces: which specimen was fired from which firearm, and who handed which item to whom.

use super::personal::Personal;
use super::record::Source;
use crate::date::PartialDate;
use crate::ids::{ExhibitId, FirearmId, SpecimenId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A test fire: the edge from a specimen to the firearm that a laboratory fired it from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestFireRecord {
    /// The cartridge case.
    pub specimen: SpecimenId,
    /// The set of test fires it belongs to.
    #[serde(default)]
    pub exhibit: Option<ExhibitId>,
    /// The firearm.
    pub firearm: FirearmId,
    /// When it was fired.
    #[serde(default)]
    pub fired_on: Option<PartialDate>,
    /// Who fired it.
    #[serde(default)]
    pub fired_by: Option<Personal<String>>,
    /// Columns that no mapping knows, kept under their header and masked.
    #[serde(default)]
    pub extra: BTreeMap<String, Personal<String>>,
    /// Where the record came from.
    #[serde(default)]
    pub source: Option<Source>,
}

/// One transfer of an item of evidence from hand to hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustodyRecord {
    /// The item, as the laboratory or the agency numbers it.
    #[serde(default)]
    pub item: Option<String>,
    /// The firearm, where the item is one.
    #[serde(default)]
    pub firearm: Option<FirearmId>,
    /// Case number of the agency.
    #[serde(default)]
    pub case_number: Option<String>,
    /// Who handed it over.
    #[serde(default)]
    pub from: Option<Personal<String>>,
    /// Who took it.
    pub to: Personal<String>,
    /// When.
    pub date: PartialDate,
    /// Time of day as written, where the date came with one.
    #[serde(default)]
    pub time: Option<String>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// Columns that no mapping knows, kept under their header and masked.
    #[serde(default)]
    pub extra: BTreeMap<String, Personal<String>>,
    /// Where the record came from.
    #[serde(default)]
    pub source: Option<Source>,
}
