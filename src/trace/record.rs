//! The two records that linkage joins: a trace record as eTrace answers it, and a firearm of the laboratory's register.

use super::personal::Personal;
use super::serial::Serial;
use super::stored::Written;
use super::vocabulary::{CloseReason, DispositionKind, FirearmType, TraceStatus};
use crate::date::PartialDate;
use crate::ids::{Digest, FirearmId, TraceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A trace record: the request of ATF form 3312.1 and what came back.
///
/// Texts such as maker and calibre stay as they were written; catalogues resolve them when records are linked, so that a
/// corrected catalogue needs no new import. Serialising it masks personal data; [`super::stored::Written`] is the way into a store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceRecord {
    /// Trace number.
    pub trace: TraceId,
    /// How far the request has come.
    pub status: TraceStatus,
    /// Why it ended where it did.
    #[serde(default)]
    pub close_reason: Option<CloseReason>,
    /// When the trace was asked for.
    #[serde(default)]
    pub requested_on: Option<PartialDate>,
    /// When it was completed or closed.
    #[serde(default)]
    pub completed_on: Option<PartialDate>,
    /// Priority as written.
    #[serde(default)]
    pub priority: Option<String>,
    /// NCIC crime code.
    #[serde(default)]
    pub crime_code: Option<String>,
    /// Project code.
    #[serde(default)]
    pub project_code: Option<String>,
    /// Serial number of frame or receiver.
    pub serial: Serial,
    /// Serial number of the slide where it differs; the breech face mark follows the slide.
    #[serde(default)]
    pub slide_serial: Option<Serial>,
    /// Further markings.
    #[serde(default)]
    pub markings: Option<String>,
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
    /// When the firearm was recovered; none for a suspect firearm never recovered.
    #[serde(default)]
    pub recovered_on: Option<PartialDate>,
    /// Where it was recovered.
    #[serde(default)]
    pub recovered_at: Place,
    /// Requesting agency.
    #[serde(default)]
    pub agency: Option<String>,
    /// Originating agency identifier (ORI) of the requester.
    #[serde(default)]
    pub ori: Option<String>,
    /// Officer of the requesting agency.
    #[serde(default)]
    pub officer: Option<Personal<String>>,
    /// Case number of the agency.
    #[serde(default)]
    pub case_number: Option<String>,
    /// Item within the case.
    #[serde(default)]
    pub item: Option<String>,
    /// NCIC entry number of the gun file (NIC).
    #[serde(default)]
    pub nic_number: Option<String>,
    /// The obliterated box of the form.
    #[serde(default)]
    pub obliterated: Option<bool>,
    /// Who had the firearm.
    #[serde(default)]
    pub possessor: Option<Personal<String>>,
    /// Chain of sale in order.
    #[serde(default)]
    pub dispositions: Vec<Disposition>,
    /// First retail purchaser.
    #[serde(default)]
    pub purchaser: Option<Personal<String>>,
    /// When that purchase was.
    #[serde(default)]
    pub purchased_on: Option<PartialDate>,
    /// Time-to-crime as the answer states it, days.
    #[serde(default)]
    pub stated_time_to_crime_days: Option<i64>,
    /// Part of a multiple sale (ATF form 3310.4).
    #[serde(default)]
    pub multiple_sale: Option<bool>,
    /// Reported stolen from a dealer.
    #[serde(default)]
    pub theft_from_dealer: Option<bool>,
    /// Columns that no mapping knows, kept under their header; they may hold anything, so they are masked.
    #[serde(default)]
    pub extra: BTreeMap<String, Personal<String>>,
    /// Where the record came from.
    #[serde(default)]
    pub source: Option<Source>,
}

impl TraceRecord {
    /// A record that states nothing but its number and serial.
    #[must_use]
    pub fn new(trace: TraceId, serial: Serial) -> Self {
        Self {
            trace,
            status: TraceStatus::Unknown(String::new()),
            close_reason: None,
            requested_on: None,
            completed_on: None,
            priority: None,
            crime_code: None,
            project_code: None,
            serial,
            slide_serial: None,
            markings: None,
            maker: None,
            model: None,
            calibre: None,
            firearm_type: None,
            importer: None,
            country_of_origin: None,
            recovered_on: None,
            recovered_at: Place::default(),
            agency: None,
            ori: None,
            officer: None,
            case_number: None,
            item: None,
            nic_number: None,
            obliterated: None,
            possessor: None,
            dispositions: Vec::new(),
            purchaser: None,
            purchased_on: None,
            stated_time_to_crime_days: None,
            multiple_sale: None,
            theft_from_dealer: None,
            extra: BTreeMap::new(),
            source: None,
        }
    }

    /// SHA-256 of everything the record states, its personal data included and its source left out: the same content
    /// from another file, or another row, is the same content.
    #[must_use]
    pub fn content_hash(&self) -> Digest {
        Written::of(self).content
    }
}

/// A firearm of the laboratory's register: the end of the custody edge that starts at a test fire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FirearmRecord {
    /// The laboratory's number.
    pub firearm: FirearmId,
    /// Serial number of frame or receiver.
    pub serial: Serial,
    /// Serial number of the slide where it differs; the breech face mark follows the slide.
    #[serde(default)]
    pub slide_serial: Option<Serial>,
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
    /// Country of origin as written.
    #[serde(default)]
    pub country_of_origin: Option<String>,
    /// Importer as written.
    #[serde(default)]
    pub importer: Option<String>,
    /// When it was recovered.
    #[serde(default)]
    pub recovered_on: Option<PartialDate>,
    /// Where it was recovered.
    #[serde(default)]
    pub recovered_at: Place,
    /// Agency that recovered it.
    #[serde(default)]
    pub agency: Option<String>,
    /// Originating agency identifier (ORI).
    #[serde(default)]
    pub ori: Option<String>,
    /// Case number of the agency.
    #[serde(default)]
    pub case_number: Option<String>,
    /// Item within the case.
    #[serde(default)]
    pub item: Option<String>,
    /// NCIC entry number of the gun file (NIC).
    #[serde(default)]
    pub nic_number: Option<String>,
    /// Trace number the laboratory itself noted for it.
    #[serde(default)]
    pub trace: Option<TraceId>,
    /// Columns that no mapping knows, kept under their header and masked.
    #[serde(default)]
    pub extra: BTreeMap<String, Personal<String>>,
    /// Where the record came from.
    #[serde(default)]
    pub source: Option<Source>,
}

impl FirearmRecord {
    /// A record that states nothing but its number and serial.
    #[must_use]
    pub fn new(firearm: FirearmId, serial: Serial) -> Self {
        Self {
            firearm,
            serial,
            slide_serial: None,
            maker: None,
            model: None,
            calibre: None,
            firearm_type: None,
            country_of_origin: None,
            importer: None,
            recovered_on: None,
            recovered_at: Place::default(),
            agency: None,
            ori: None,
            case_number: None,
            item: None,
            nic_number: None,
            trace: None,
            extra: BTreeMap::new(),
            source: None,
        }
    }

    /// SHA-256 of everything the record states, its source left out.
    #[must_use]
    pub fn content_hash(&self) -> Digest {
        Written::of(self).content
    }
}

/// One step of the chain of sale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Disposition {
    /// What the party did.
    pub kind: DispositionKind,
    /// Who it was.
    #[serde(default)]
    pub name: Option<PartyName>,
    /// City, state and country of the party.
    #[serde(default)]
    pub place: Place,
    /// Federal firearms licence number.
    #[serde(default)]
    pub ffl: Option<Ffl>,
    /// When the firearm came to the party.
    #[serde(default)]
    pub date: Option<PartialDate>,
}

/// A party in the chain of sale: the name of a business is public, that of a person is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyName {
    /// A licensed business or a government body.
    Business(String),
    /// A private person.
    Person(Personal<String>),
}

impl PartyName {
    /// The name of a party that did `kind`: of a person wherever it may be one.
    #[must_use]
    pub fn of(kind: &DispositionKind, name: String) -> Self {
        if kind.is_private_person() { Self::Person(Personal::new(name)) } else { Self::Business(name) }
    }
}

impl std::fmt::Display for PartyName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Business(name) => f.pad(name),
            Self::Person(name) => name.fmt(f),
        }
    }
}

/// Where something happened, as far as a record says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// City or municipality.
    #[serde(default)]
    pub city: Option<String>,
    /// State or federal entity.
    #[serde(default)]
    pub state: Option<String>,
    /// Country.
    #[serde(default)]
    pub country: Option<String>,
}

impl Place {
    /// Whether nothing is said.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.city.is_none() && self.state.is_none() && self.country.is_none()
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<&str> =
            [&self.city, &self.state, &self.country].into_iter().filter_map(|p| p.as_deref()).collect();
        f.pad(&parts.join(", "))
    }
}

/// A federal firearms licence number, such as `1-23-456-07-8A-12345`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ffl(String);

impl Ffl {
    /// A licence number as written, trimmed.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part that survives a renewal: the first three digits (region and district) and the last five (sequence), as
    /// ATF's eZ Check asks for them. `None` when there are fewer than eight characters.
    #[must_use]
    pub fn lasting(&self) -> Option<String> {
        let bare: Vec<char> =
            self.0.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
        let cut = bare.len().checked_sub(5).filter(|_| bare.len() >= 8)?;
        Some(format!("{}-{}", bare[..3].iter().collect::<String>(), bare[cut..].iter().collect::<String>()))
    }

    /// Whether both are the same licensee; a renewed licence has another expiry and stays the same licensee.
    #[must_use]
    pub fn same_licensee(&self, other: &Self) -> bool {
        self.lasting().is_some_and(|mine| other.lasting() == Some(mine))
    }
}

impl std::fmt::Display for Ffl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// Where a record came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Name of the file as the person knew it.
    pub file: String,
    /// Digest of its bytes as received.
    pub sha256: Digest,
    /// Rows of the file, counted as a spreadsheet does: the header is row 1.
    pub rows: Vec<u64>,
    /// Row of each field that did not come from the first of these rows, by its path such as `dispositions.1`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other_rows: BTreeMap<String, u64>,
}

impl Source {
    /// The row that stated a field, by its path such as `maker` or `dispositions.1.date`.
    #[must_use]
    pub fn row_of(&self, field: &str) -> Option<u64> {
        let mut path = field;
        loop {
            if let Some(row) = self.other_rows.get(path) {
                return Some(*row);
            }
            match path.rsplit_once('.') {
                Some((above, _)) => path = above,
                None => return self.rows.first().copied(),
            }
        }
    }
}
