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
use super::parameters::Parameters;
use super::ports::{MarkFilter, Store, StoreError};
use crate::compare::CompareParameters;
use crate::compare::kinds::MarkModels;
use crate::ids::{ExhibitId, IncidentId, SpecimenId};
use crate::mark::{PrepareParameters, Region};
use crate::signature::SignatureParameters;

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
