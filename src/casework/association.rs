//! What a lead joins.

use super::{CaseworkError, Exhibit, Origin, Specimen, Unjoinable};
use crate::ids::{ExhibitId, FirearmId, IncidentId, LeadId, SpecimenId};
use serde::{Deserialize, Serialize};

/// One side of an association.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Side {
    /// The cartridge case.
    pub specimen: SpecimenId,
    /// The exhibit of which it is part.
    pub exhibit: ExhibitId,
    /// Where the exhibit comes from.
    pub origin: Origin,
}

/// Two specimens of two incidents, or of an incident and a test-fired firearm.
///
/// The side with the smaller specimen identifier stands first, so that a pair has one form whichever of the two was the query.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Sides")]
pub struct Association {
    first: Side,
    second: Side,
}

#[derive(Deserialize)]
struct Sides {
    first: Side,
    second: Side,
}

impl TryFrom<Sides> for Association {
    type Error = CaseworkError;

    fn try_from(sides: Sides) -> Result<Self, Self::Error> {
        Association::new(sides.first, sides.second)
    }
}

impl Association {
    /// Joins two specimens, each given with its exhibit.
    ///
    /// # Errors
    /// When a specimen is not of the exhibit given with it, and as [`Association::new`].
    pub fn between(one: (&Specimen, &Exhibit), other: (&Specimen, &Exhibit)) -> Result<Self, CaseworkError> {
        let side = |(specimen, exhibit): (&Specimen, &Exhibit)| {
            if specimen.exhibit == exhibit.id {
                Ok(Side { specimen: specimen.id.clone(), exhibit: exhibit.id.clone(), origin: exhibit.origin.clone() })
            } else {
                Err(CaseworkError::BadValue {
                    field: "exhibit",
                    expected: specimen.exhibit.to_string(),
                    got: exhibit.id.to_string(),
                })
            }
        };
        Self::new(side(one)?, side(other)?)
    }

    /// Joins two sides.
    ///
    /// # Errors
    /// When both come from one incident, or both are test fires: a lead joins two incidents, or an incident and a firearm.
    pub fn new(one: Side, other: Side) -> Result<Self, CaseworkError> {
        let why = match (&one.origin, &other.origin) {
            (Origin::Evidence { incident: a }, Origin::Evidence { incident: b }) if a == b => {
                Some(Unjoinable::OneIncident(a.to_string()))
            }
            (Origin::TestFire { firearm: a }, Origin::TestFire { firearm: b }) => {
                Some(Unjoinable::TestFires(a.to_string(), b.to_string()))
            }
            _ if one.specimen == other.specimen => Some(Unjoinable::OneSpecimen),
            _ => None,
        };
        if let Some(why) = why {
            return Err(CaseworkError::NotJoinable {
                first: one.specimen.to_string(),
                second: other.specimen.to_string(),
                why,
            });
        }
        let (first, second) = if one.specimen <= other.specimen { (one, other) } else { (other, one) };
        Ok(Self { first, second })
    }

    /// The side with the smaller specimen identifier.
    #[must_use]
    pub fn first(&self) -> &Side {
        &self.first
    }

    /// The other side.
    #[must_use]
    pub fn second(&self) -> &Side {
        &self.second
    }

    /// Both sides.
    #[must_use]
    pub fn sides(&self) -> [&Side; 2] {
        [&self.first, &self.second]
    }

    /// The incidents that are joined: one or two.
    #[must_use]
    pub fn incidents(&self) -> Vec<&IncidentId> {
        self.sides().into_iter().filter_map(|side| side.origin.incident()).collect()
    }

    /// The test-fired firearm, where one side is a test fire.
    #[must_use]
    pub fn firearm(&self) -> Option<&FirearmId> {
        self.sides().into_iter().find_map(|side| side.origin.firearm())
    }

    /// Whether one of the sides is this specimen.
    #[must_use]
    pub fn has(&self, specimen: &SpecimenId) -> bool {
        self.sides().into_iter().any(|side| side.specimen == *specimen)
    }

    /// The identifier under which a lead on this pair is kept: the same for the same two specimens, whichever was the query.
    #[must_use]
    pub fn lead_id(&self) -> LeadId {
        // A length before the text, so that no two pairs run together.
        let text = format!("{}:{}{}", self.first.specimen.as_str().len(), self.first.specimen, self.second.specimen);
        let mut hex = crate::ids::Digest::of(text.as_bytes()).to_hex();
        hex.truncate(12);
        LeadId::new(format!("L-{hex}"))
    }
}
