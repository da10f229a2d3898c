//! Shootings.

use super::{CaseworkError, PartialDate};
use crate::ids::IncidentId;
use serde::{Deserialize, Serialize};

/// A shooting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// The laboratory's or agency's number of it.
    pub id: IncidentId,
    /// When it happened, as far as known.
    pub date: Option<PartialDate>,
    /// Where, as people say it: a street, a municipality.
    pub place: Option<String>,
    /// Federal state or entity.
    pub state: Option<String>,
    /// ISO 3166-1 alpha-2 code, such as `US` or `MX`.
    pub country: Option<String>,
    /// Degrees north, WGS 84.
    pub latitude: Option<f64>,
    /// Degrees east, WGS 84.
    pub longitude: Option<f64>,
    /// The agency whose case it is.
    pub agency: Option<String>,
}

impl Incident {
    /// An incident of which only the number is known.
    #[must_use]
    pub fn numbered(id: IncidentId) -> Self {
        Self { id, date: None, place: None, state: None, country: None, latitude: None, longitude: None, agency: None }
    }

    /// Whether the values can be.
    ///
    /// # Errors
    /// A blank identifier, one coordinate without the other, a place that is not on the globe, a country that is not two
    /// capital letters.
    pub fn check(&self) -> Result<(), CaseworkError> {
        super::person::said("incident", self.id.as_str())?;
        if let Some(country) = &self.country
            && !(country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()))
        {
            return Err(CaseworkError::BadValue {
                field: "country",
                expected: "two capital letters (ISO 3166-1), such as US or MX".into(),
                got: country.clone(),
            });
        }
        let on_globe = match (self.latitude, self.longitude) {
            (None, None) => true,
            (Some(lat), Some(lon)) => (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon),
            _ => false,
        };
        if on_globe {
            Ok(())
        } else {
            Err(CaseworkError::BadValue {
                field: "latitude and longitude",
                expected: "both, -90 to 90 and -180 to 180 degrees, or neither".into(),
                got: format!("{:?}, {:?}", self.latitude, self.longitude),
            })
        }
    }
}
