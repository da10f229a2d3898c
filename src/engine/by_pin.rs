//! The search by firing pins: parameters of their own, which make a gallery of their own with the same funnel.
//!
//! ```text
//! query's breech face --Gallery of breech faces--> list \
//! query's firing pin  --Gallery of firing pins-->  list  } all_marks: union, what is open compared, one order
//! ```
//!
//! Aperture shear begins no search: it is one profile a case, compared directly with whatever the others found. A first stage of its own would need a code of
//! profiles, and the cases it alone could find are those of which neither breech face nor firing pin is left, where the shear of the same edge seldom is.

use super::error::EngineError;
use super::gallery::Gallery;
use super::parameters::{Funnel, Parameters};
use super::ports::{MarkFilter, Store, StoreError};
use crate::compare::CompareParameters;
use crate::compare::kinds::MarkModels;
use crate::ids::{ExhibitId, IncidentId, SpecimenId};
use crate::mark::{PrepareParameters, Region};
use crate::signature::{QuickParameters, SignatureParameters};

/// How many times as many pins as breech faces pass the first stages: the centre of an impression is known less surely beside its size than that of a hole, and
/// vector and code find fewer mates first (`lengths_of_pin_signatures`).
const PINS_FROM_HERE: usize = 4;

/// A gallery of one kind of marks with the parameters it is searched with.
pub struct Searched {
    /// Of that kind.
    pub parameters: Parameters,
    /// Opened with them.
    pub gallery: Gallery,
}

impl Parameters {
    /// The parameters that firing pins, imaged as heights, are signed, searched and compared with beside these of breech faces.
    ///
    /// # Errors
    /// None in a program that passed its tests: the models are part of it.
    pub fn firing_pins(&self) -> Result<Self, EngineError> {
        Ok(Self {
            prepare: PrepareParameters::of(Region::FiringPin),
            signature: SignatureParameters::of(Region::FiringPin),
            quick: QuickParameters { offset_half_least: 3, offset_half_most: 3 },
            funnel: Funnel {
                to_quick: PINS_FROM_HERE * self.funnel.to_quick,
                to_code: PINS_FROM_HERE * self.funnel.to_code,
                to_compare: 2 * self.funnel.to_compare,
            },
            compare: CompareParameters::of(Region::FiringPin),
            model: MarkModels::pin_beside(&self.model)?,
            ..self.clone()
        })
    }
}

/// Whether there are firing pins that a search may begin with, of this exhibit, specimen or incident, or of any; `pins` are the parameters of firing pins.
/// Nothing is opened for it.
///
/// # Errors
/// Those of the store.
pub fn has_pins(store: &dyn Store, pins: &Parameters, name: Option<&str>) -> Result<bool, EngineError> {
    let all = Gallery::filter(pins);
    let any = |filter: MarkFilter| Ok::<bool, EngineError>(store.count_marks(&filter)? > 0);
    let Some(name) = name else { return any(all) };
    let specimen = MarkFilter { specimen: Some(SpecimenId::new(name)), ..all.clone() };
    let exhibit = MarkFilter { exhibit: Some(ExhibitId::new(name)), ..all.clone() };
    if any(specimen)? || any(exhibit)? {
        return Ok(true);
    }
    match store.incident(&IncidentId::new(name)) {
        Ok(_) => any(all),
        Err(StoreError::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
#[path = "tests/pin_signature.rs"]
mod tests;
