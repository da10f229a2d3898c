//! States and countries under their names and abbreviations, so that "TX" and "Texas" are one place.

use super::{PLACES, problem, rows};
use crate::trace::text::squeeze;
use crate::trace::wording::Wording;
use crate::trace::{Place, TraceError};
use std::collections::HashMap;

/// Names of states and countries, as editable data.
#[derive(Debug, Clone, Default)]
pub struct Places {
    names: HashMap<(String, String), String>,
}

/// State and country of a place, as codes of ISO 3166 where the catalogue knows them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Region {
    /// `US-TX`, or the folded name where it is not known.
    pub state: Option<String>,
    /// `US`, or the folded name where it is not known; taken from the state where only that is stated.
    pub country: Option<String>,
}

impl Places {
    /// The names that come with the program.
    ///
    /// # Errors
    /// [`TraceError::Catalogue`] if they do not hold together, which a test excludes.
    pub fn embedded() -> Result<Self, TraceError> {
        Self::from_csv(PLACES)
    }

    /// Names from a table `kind,code,name,source` (kind is state or country).
    ///
    /// # Errors
    /// [`TraceError::Catalogue`] names the row that gives one name two meanings or has no source.
    pub fn from_csv(text: &str) -> Result<Self, TraceError> {
        let mut names = HashMap::new();
        for (row, [kind, code, name, _]) in rows("places", text)? {
            if !matches!(kind.as_str(), "state" | "country") {
                let said = Wording::new(
                    format!("row {row}: unknown kind \"{kind}\""),
                    format!("fila {row}: clase desconocida «{kind}»"),
                );
                return Err(problem("places", said));
            }
            if let Some(other) = names.insert((kind, squeeze(&name)), code.clone()).filter(|other| *other != code) {
                let said = Wording::new(
                    format!("row {row}: \"{name}\" is {code} and {other}"),
                    format!("fila {row}: «{name}» es {code} y también {other}"),
                );
                return Err(problem("places", said));
            }
        }
        Ok(Self { names })
    }

    /// Gives a name a meaning, over the one it had.
    pub(super) fn insert(&mut self, kind: String, code: String, name: &str) {
        self.names.insert((kind, squeeze(name)), code);
    }

    /// State and country of a place as far as it states them.
    #[must_use]
    pub fn region(&self, place: &Place) -> Region {
        let code = |kind: &str, text: &Option<String>| {
            let key = squeeze(text.as_deref()?);
            let known = self.names.get(&(kind.to_owned(), key.clone())).cloned();
            known.or(Some(key)).filter(|k| !k.is_empty())
        };
        let state = code("state", &place.state);
        let of_state = || state.as_ref().and_then(|s| s.split_once('-')).map(|(country, _)| country.to_owned());
        let country = code("country", &place.country).or_else(of_state);
        Region { state, country }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_abbreviations_of_one_state_are_one_place() {
        let places = Places::embedded().unwrap();
        let region = |state: &str, country: &str| {
            let text = |t: &str| (!t.is_empty()).then(|| t.to_owned());
            places.region(&Place { city: None, state: text(state), country: text(country) })
        };
        assert_eq!(region("TX", "USA"), region("Texas", "EE. UU."));
        assert_eq!(region("Texas", "").country.as_deref(), Some("US"));
        assert_eq!(region("Nuevo Leon", "México"), region("N.L.", "MX"));
        assert_eq!(region("Atlantis", "").state.as_deref(), Some("atlantis"));
        assert_eq!(region("", ""), Region::default());
    }
}
