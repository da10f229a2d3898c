//! The languages in which brasslink speaks to people.

use serde::{Deserialize, Serialize};

/// English or Spanish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Language {
    /// The text of this language; both stand side by side in the code so that neither is forgotten.
    #[must_use]
    pub fn pick<T>(self, english: T, spanish: T) -> T {
        match self {
            Language::En => english,
            Language::Es => spanish,
        }
    }
}

impl std::str::FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_lowercase().as_str() {
            "en" => Ok(Language::En),
            "es" => Ok(Language::Es),
            other => Err(format!("language: expected en or es, got \"{other}\"")),
        }
    }
}
