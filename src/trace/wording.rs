//! A sentence in both languages of the product.

use crate::language::Language;
use serde::{Deserialize, Serialize};

/// The same sentence in English and in Spanish.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Wording {
    /// English.
    pub en: String,
    /// Spanish.
    pub es: String,
}

impl Wording {
    /// A sentence in both languages.
    #[must_use]
    pub fn new(english: impl Into<String>, spanish: impl Into<String>) -> Self {
        Self { en: english.into(), es: spanish.into() }
    }

    /// The sentence in one language.
    #[must_use]
    pub fn pick(&self, language: Language) -> &str {
        language.pick(&self.en, &self.es)
    }
}

/// The same text in both languages: a name, a number, what another program said.
impl From<String> for Wording {
    fn from(text: String) -> Self {
        Self { en: text.clone(), es: text }
    }
}

impl From<(&str, &str)> for Wording {
    fn from((english, spanish): (&str, &str)) -> Self {
        Self::new(english, spanish)
    }
}
