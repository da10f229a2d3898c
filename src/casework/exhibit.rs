//! Items of evidence, sets of test fires, and the single cartridge case.

use super::CaseworkError;
use super::person::said;
use crate::ids::{ExhibitId, FirearmId, IncidentId, SpecimenId};
use serde::{Deserialize, Serialize};

/// Found at a scene, or fired by a laboratory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExhibitKind {
    /// Found at a scene.
    Evidence,
    /// Fired by a laboratory from a known firearm.
    TestFire,
}

impl std::fmt::Display for ExhibitKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            ExhibitKind::Evidence => "evidence",
            ExhibitKind::TestFire => "test fire",
        })
    }
}

/// Where an exhibit comes from. Only a test fire names a firearm: a case from a scene has no serial number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Origin {
    /// Found at the scene of an incident.
    Evidence {
        /// The incident.
        incident: IncidentId,
    },
    /// Fired by a laboratory from a known firearm.
    TestFire {
        /// The firearm.
        firearm: FirearmId,
    },
}

impl Origin {
    /// Evidence or test fire.
    #[must_use]
    pub fn kind(&self) -> ExhibitKind {
        match self {
            Origin::Evidence { .. } => ExhibitKind::Evidence,
            Origin::TestFire { .. } => ExhibitKind::TestFire,
        }
    }

    /// The incident, of evidence.
    #[must_use]
    pub fn incident(&self) -> Option<&IncidentId> {
        match self {
            Origin::Evidence { incident } => Some(incident),
            Origin::TestFire { .. } => None,
        }
    }

    /// The firearm, of a test fire.
    #[must_use]
    pub fn firearm(&self) -> Option<&FirearmId> {
        match self {
            Origin::Evidence { .. } => None,
            Origin::TestFire { firearm } => Some(firearm),
        }
    }
}

/// An item of evidence from an incident, or a set of test fires of one firearm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exhibit {
    /// The laboratory's number of it.
    pub id: ExhibitId,
    /// Where it comes from.
    pub origin: Origin,
    /// When the laboratory received it: the clock of entry and of the first lead starts here.
    pub received: Option<jiff::Timestamp>,
    /// What it is, in the laboratory's words.
    pub description: Option<String>,
}

impl Exhibit {
    /// Evidence of an incident, nothing further known.
    #[must_use]
    pub fn evidence(id: ExhibitId, incident: IncidentId) -> Self {
        Self { id, origin: Origin::Evidence { incident }, received: None, description: None }
    }

    /// Test fires of a firearm, nothing further known.
    #[must_use]
    pub fn test_fires(id: ExhibitId, firearm: FirearmId) -> Self {
        Self { id, origin: Origin::TestFire { firearm }, received: None, description: None }
    }

    /// Whether the values can be.
    ///
    /// # Errors
    /// A blank identifier.
    pub fn check(&self) -> Result<(), CaseworkError> {
        said("exhibit", self.id.as_str())?;
        match &self.origin {
            Origin::Evidence { incident } => said("incident", incident.as_str()),
            Origin::TestFire { firearm } => said("firearm", firearm.as_str()),
        }
        .map(|_| ())
    }
}

/// The shape of the firing pin as its impression shows it: a class characteristic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FiringPinShape {
    /// Hemispherical.
    Circular,
    /// Elliptical, as of Glock.
    Elliptical,
    /// Rectangular, as of rimfire and some others.
    Rectangular,
    /// Any other.
    Other,
}

impl std::str::FromStr for FiringPinShape {
    type Err = CaseworkError;

    /// Reads the English and the Spanish words.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_lowercase().as_str() {
            "circular" | "round" | "hemispherical" | "redonda" | "hemisférica" => Ok(FiringPinShape::Circular),
            "elliptical" | "elíptica" | "eliptica" => Ok(FiringPinShape::Elliptical),
            "rectangular" => Ok(FiringPinShape::Rectangular),
            "other" | "otra" => Ok(FiringPinShape::Other),
            other => Err(CaseworkError::BadValue {
                field: "firing pin shape",
                expected: "circular, elliptical, rectangular or other".into(),
                got: other.to_owned(),
            }),
        }
    }
}

/// One cartridge case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Specimen {
    /// The laboratory's number of it.
    pub id: SpecimenId,
    /// The exhibit of which it is part.
    pub exhibit: ExhibitId,
    /// Calibre as stamped or measured, such as `9mm Luger`.
    pub calibre: Option<String>,
    /// Shape of the firing pin.
    pub firing_pin_shape: Option<FiringPinShape>,
    /// Maker of the ammunition, as on the head stamp.
    pub ammunition_maker: Option<String>,
    /// Metal of the primer cup: `brass`, `nickel`, ...
    pub primer_material: Option<String>,
    /// Metal of the case.
    pub case_material: Option<String>,
    /// Anything a person wants to remember of it.
    pub remark: Option<String>,
}

impl Specimen {
    /// A specimen of which only the number is known.
    #[must_use]
    pub fn numbered(id: SpecimenId, exhibit: ExhibitId) -> Self {
        Self {
            id,
            exhibit,
            calibre: None,
            firing_pin_shape: None,
            ammunition_maker: None,
            primer_material: None,
            case_material: None,
            remark: None,
        }
    }

    /// Whether the values can be.
    ///
    /// # Errors
    /// A blank identifier.
    pub fn check(&self) -> Result<(), CaseworkError> {
        said("specimen", self.id.as_str())?;
        said("exhibit", self.exhibit.as_str()).map(|_| ())
    }
}
