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

    /// What was expected of something and what was found there: a file with its row and field, an identifier.
    #[must_use]
    pub fn expected(what: impl Into<Self>, expected: impl Into<Self>, got: impl Into<Self>) -> Self {
        let (what, expected, got) = (what.into(), expected.into(), got.into());
        Self {
            en: format!("{}: expected {}, got {}", what.en, expected.en, got.en),
            es: format!("{}: se esperaba {}, se encontró {}", what.es, expected.es, got.es),
        }
    }

    /// What a person wrote, in the quotation marks of each language, or the word for nothing.
    #[must_use]
    pub fn written(text: &str) -> Self {
        if text.is_empty() {
            return Self::new("nothing", "nada");
        }
        Self::new(format!("\"{text}\""), format!("«{text}»"))
    }

    /// What a library said of something, behind words of our own.
    #[must_use]
    pub fn otherwise(error: &dyn std::fmt::Display) -> Self {
        Self::new(format!("something else ({error})"), format!("otra cosa ({error})"))
    }

    /// A row of a file, and a field of it where one is meant.
    #[must_use]
    pub fn row(file: &str, row: u64, field: &str) -> Self {
        let field = if field.is_empty() { String::new() } else { format!(": {field}") };
        Self::new(format!("{file}: row {row}{field}"), format!("{file}: fila {row}{field}"))
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

/// The same text in both languages, as a constant.
impl From<&str> for Wording {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

/// English, then Spanish.
impl From<(String, String)> for Wording {
    fn from((english, spanish): (String, String)) -> Self {
        Self::new(english, spanish)
    }
}

impl From<(&str, &str)> for Wording {
    fn from((english, spanish): (&str, &str)) -> Self {
        Self::new(english, spanish)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_expected_is_said_in_the_order_and_marks_of_each_language() {
        let said =
            Wording::expected(Wording::row("t.csv", 3, "score"), ("a number", "un número"), Wording::written("x"));
        assert_eq!(said.en, "t.csv: row 3: score: expected a number, got \"x\"");
        assert_eq!(said.es, "t.csv: fila 3: score: se esperaba un número, se encontró «x»");
        assert_eq!(Wording::written("").es, "nada");
    }
}
