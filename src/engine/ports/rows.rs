//! Specimens as lists show them: one row each, with what is known of their exhibit and incident.

use crate::casework::{Exhibit, ExhibitKind, Incident, Specimen};
use crate::date::PartialDate;
use crate::ids::{ExhibitId, FirearmId, IncidentId, SpecimenId};
use crate::mark::Modality;
use jiff::Timestamp;
use serde::Serialize;

/// Which specimens.
#[derive(Debug, Clone, Copy)]
pub enum SpecimenRows<'a> {
    /// A page in the order of identifiers.
    Page {
        /// Only identifiers behind this one.
        after: &'a str,
        /// Only those with this text in specimen, exhibit or incident, whatever the case; empty for all.
        containing: &'a str,
        /// How many at most.
        limit: usize,
    },
    /// These, in the order of their identifiers; what is not there is left out.
    These(&'a [SpecimenId]),
}

/// A specimen in one row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpecimenRow {
    /// The specimen.
    pub id: SpecimenId,
    /// Its exhibit.
    pub exhibit: ExhibitId,
    /// Evidence or test fire.
    pub kind: ExhibitKind,
    /// The incident, of evidence.
    pub incident: Option<IncidentId>,
    /// The firearm, of test fires.
    pub firearm: Option<FirearmId>,
    /// Date of the incident, as far as known.
    pub date: Option<PartialDate>,
    /// Its country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Its federal state or entity.
    pub state: Option<String>,
    /// Its place, as people say it.
    pub place: Option<String>,
    /// Calibre as entered.
    pub calibre: Option<String>,
    /// How often it was imaged.
    pub acquisitions: u64,
    /// Its suitable breech-face marks.
    pub marks: u64,
    /// Whether the gallery was searched with one of them.
    pub correlated: bool,
    /// How its newest mark was imaged: heights or light. Those of one kind are never compared with those of the other.
    pub modality: Option<Modality>,
    /// When its last acquisition was entered.
    pub entered: Option<Timestamp>,
}

/// Records of casework that belong together, each list in the order of its identifiers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cases {
    /// Shootings.
    pub incidents: Vec<Incident>,
    /// Exhibits.
    pub exhibits: Vec<Exhibit>,
    /// Cartridge cases.
    pub specimens: Vec<Specimen>,
}
