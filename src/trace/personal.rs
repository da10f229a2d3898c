//! Data about a person: masked wherever people read it, shown only for a stated purpose.
//!
//! Purchaser data are personal and, by US law (the Tiahrt riders on ATF's appropriations), for law enforcement only. The
//! type makes the careless path the safe one: `Display`, `Debug` and `Serialize` all write the mask.

use super::TraceError;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What stands in place of a masked value.
pub const MASK: &str = "***";

/// A value about a person.
///
/// Formatting and serialising it writes [`MASK`]. People see it through [`Personal::reveal`]; storage goes through
/// [`super::StoredTrace`], which takes the values out of the record under their field names. Deserialising always gives a
/// withheld value, so that masked text can never be taken for a name.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Personal<T> {
    value: Option<T>,
}

impl<T> Personal<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self { value: Some(value) }
    }

    /// A value that exists but was not handed over to this reader.
    #[must_use]
    pub const fn withheld() -> Self {
        Self { value: None }
    }

    /// Whether the value is absent from memory, not only masked.
    #[must_use]
    pub const fn is_withheld(&self) -> bool {
        self.value.is_none()
    }

    /// The value, for a stated purpose; `None` when it was withheld. The caller logs the purpose as one audited look.
    #[must_use]
    pub const fn reveal(&self, _purpose: &Purpose) -> Option<&T> {
        self.value.as_ref()
    }

    /// The value on its way into the store, never to a person.
    pub(super) const fn for_storage(&self) -> Option<&T> {
        self.value.as_ref()
    }
}

impl<T: AsRef<str>> Personal<T> {
    /// Whether both values name the same person as far as spelling goes, without showing either.
    ///
    /// Case, accents, composed or decomposed letters, punctuation and the order of words ("García López, Ana" and "Ana
    /// Garcia Lopez") do not matter. A second surname that only one side states is allowed when at least two words agree.
    /// `None` when either side is withheld or blank: nothing is known then.
    #[must_use]
    pub fn same_name(&self, other: &Self) -> Option<bool> {
        let (a, b) = (name_words(self.value.as_ref()?.as_ref()), name_words(other.value.as_ref()?.as_ref()));
        if a.is_empty() || b.is_empty() {
            return None;
        }
        let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
        let mut rest = long.clone();
        for word in short {
            match rest.iter().position(|w| w == word) {
                Some(at) => {
                    rest.remove(at);
                }
                None => return Some(false),
            }
        }
        Some(rest.is_empty() || (short.len() >= 2 && rest.len() == 1))
    }

    /// A key under which equal spellings of a name fall together; stays inside this room because it is readable.
    pub(super) fn name_key(&self) -> Option<String> {
        let mut words = name_words(self.value.as_ref()?.as_ref());
        if words.is_empty() {
            return None;
        }
        words.sort();
        Some(words.join(" "))
    }
}

/// Lower-case words of a name without accents or punctuation.
pub(super) fn name_words(name: &str) -> Vec<String> {
    super::text::fold(name)
        .split(' ')
        .filter(|w| !w.is_empty() && !matches!(*w, "de" | "la" | "del" | "los" | "las" | "y"))
        .map(str::to_owned)
        .collect()
}

impl<T> std::fmt::Display for Personal<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(MASK)
    }
}

impl<T> std::fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Personal(***)")
    }
}

impl<T> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl<'de, T> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer)?;
        Ok(Self::withheld())
    }
}

/// Why a person looks at personal data: who, under which case, for what reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purpose {
    person: String,
    case_number: String,
    reason: String,
}

impl Purpose {
    /// A purpose; none of its three parts may be blank.
    ///
    /// # Errors
    /// [`TraceError::Value`] names the blank part.
    pub fn new(person: &str, case_number: &str, reason: &str) -> Result<Self, TraceError> {
        let stated = |field: &'static str, text: &str| {
            let text = text.trim();
            if text.is_empty() {
                Err(TraceError::Value { field, expected: "a few words".to_owned(), got: String::new() })
            } else {
                Ok(text.to_owned())
            }
        };
        Ok(Self {
            person: stated("person", person)?,
            case_number: stated("case number", case_number)?,
            reason: stated("reason", reason)?,
        })
    }

    /// Who looks.
    #[must_use]
    pub fn person(&self) -> &str {
        &self.person
    }

    /// The case under which the look is taken.
    #[must_use]
    pub fn case_number(&self) -> &str {
        &self.case_number
    }

    /// The reason given.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Personal<String> {
        Personal::new(text.to_owned())
    }

    #[test]
    fn a_name_never_shows_itself_unasked() {
        let secret = name("Ana Inventada");
        let written =
            format!("{secret} {secret:?} {:>20} {}", secret, serde_json::to_string(&secret).unwrap_or_default());
        assert!(!written.contains("Ana") && !written.contains("Inventada"), "{written}");
        let purpose = Purpose::new("analyst 7", "2024-001", "court order").unwrap();
        assert_eq!(secret.reveal(&purpose).map(String::as_str), Some("Ana Inventada"));
    }

    #[test]
    fn masked_text_is_never_taken_for_a_name() {
        let back: Personal<String> = serde_json::from_str("\"***\"").unwrap();
        assert!(back.is_withheld());
        assert_eq!(back.same_name(&back), None);
    }

    #[test]
    fn accents_word_order_and_a_missing_second_surname_do_not_make_another_person() {
        let full = name("José Pérez Ñúñez");
        assert_eq!(full.same_name(&name("PEREZ NUNEZ, JOSE")), Some(true));
        assert_eq!(full.same_name(&name("Jose\u{301} Pe\u{301}rez")), Some(true));
        assert_eq!(full.same_name(&name("José Núñez Pérez Inventado")), Some(true));
        assert_eq!(full.same_name(&name("José")), Some(false));
        assert_eq!(full.same_name(&name("José Pérez Gómez")), Some(false));
        assert_eq!(full.same_name(&name("  ")), None);
    }

    #[test]
    fn a_purpose_without_a_case_number_is_refused() {
        assert!(Purpose::new("analyst", " ", "curious").is_err());
    }
}
