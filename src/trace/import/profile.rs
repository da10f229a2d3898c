//! Mapping profiles: what the columns, words and dates of a kind of file mean, as TOML that people edit.
//!
//! Two are shipped, English and Spanish; their words hold for every file. A site's own stand beside its gallery and go
//! before them: named by a person, or detected where every header that the profile lists stands in the file.

use super::dictionary::header_key;
use super::fields::{Field, TableKind};
use super::values::DayOrder;
use crate::trace::TraceError;
use crate::trace::wording::Wording;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

const ENGLISH: &str = include_str!("profiles/english.toml");
const SPANISH: &str = include_str!("profiles/spanish.toml");
/// Longest profile that is read, bytes.
pub const MOST_PROFILE_BYTES: u64 = 1 << 20;

/// Headers of a field for every table, or by field for one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Columns {
    Headers(Vec<String>),
    OfTable(BTreeMap<String, Vec<String>>),
}

/// A mapping profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub about: Wording,
    /// Which table such files hold; otherwise their headers tell.
    #[serde(default)]
    pub table: Option<TableKind>,
    /// Order of day and month where a column does not show it.
    #[serde(default)]
    pub day_order: Option<DayOrder>,
    /// Century of years written with two digits, such as 20; without one they are refused.
    #[serde(default)]
    pub century: Option<i16>,
    /// Encoding of text without a byte order mark, by its WHATWG name.
    #[serde(default)]
    pub encoding: Option<String>,
    /// Delimiter of cells.
    #[serde(default)]
    pub delimiter: Option<char>,
    /// Sheet of a workbook.
    #[serde(default)]
    pub sheet: Option<String>,
    /// Row of the header, counted from 1.
    #[serde(default)]
    pub header_row: Option<u64>,
    /// Headers that all stand in a file of this profile.
    #[serde(default)]
    pub detect: Vec<String>,
    /// Headers of columns that are kept as they are.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Headers of columns that are not read.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Value of a field for every row that does not state it.
    #[serde(default)]
    pub constants: BTreeMap<String, String>,
    #[serde(default)]
    columns: BTreeMap<String, Columns>,
    /// Words by list and code.
    #[serde(default)]
    pub words: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Name of the file, for messages.
    #[serde(skip)]
    file: String,
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// [`TraceError::Profile`] names the line that is no TOML, an unknown key, field, list, code or encoding.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, TraceError> {
        let mut profile: Self = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(0, |span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
            let what = e.message().replace('\n', ", ");
            let problem = Wording::new(
                format!("line {line}: no TOML, or a key or value that a profile does not have ({what})"),
                format!("línea {line}: no es TOML, o es una clave o un valor que un perfil no tiene ({what})"),
            );
            TraceError::Profile { file: file.to_owned(), problem }
        })?;
        profile.file = file.to_owned();
        profile.encoding()?;
        profile.constants()?;
        profile.headers()?;
        if profile.delimiter.is_some_and(|d| !d.is_ascii()) {
            return Err(
                profile.fault("delimiter: expected one ASCII character", "delimiter: se esperaba un carácter ASCII")
            );
        }
        if profile.century.is_some_and(|c| !(18..=21).contains(&c)) {
            return Err(profile.fault("century: expected 18 to 21", "century: se esperaba de 18 a 21"));
        }
        Ok(profile)
    }

    /// The profiles that come with the program.
    ///
    /// # Errors
    /// [`TraceError::Profile`] if they do not hold together, which a test excludes.
    pub fn shipped() -> Result<Vec<Self>, TraceError> {
        Ok(vec![Self::from_toml("english.toml", ENGLISH)?, Self::from_toml("spanish.toml", SPANISH)?])
    }

    /// The text of a shipped profile, to be copied and edited.
    #[must_use]
    pub fn shipped_text(name: &str) -> Option<&'static str> {
        match name {
            "english" => Some(ENGLISH),
            "spanish" => Some(SPANISH),
            _ => None,
        }
    }

    fn fault(&self, en: impl Into<String>, es: impl Into<String>) -> TraceError {
        TraceError::Profile { file: self.file.clone(), problem: Wording::new(en, es) }
    }

    pub(super) fn unknown(&self, (en, es): (&str, &str), got: &str) -> TraceError {
        self.fault(format!("unknown {en} \"{got}\""), format!("{es} «{got}» desconocido"))
    }

    pub(super) fn twice(&self, word: &str, first: &str, second: &str) -> TraceError {
        self.fault(
            format!("\"{word}\" stands for {first} and for {second}"),
            format!("«{word}» representa {first} y también {second}"),
        )
    }

    pub(super) fn encoding(&self) -> Result<Option<&'static encoding_rs::Encoding>, TraceError> {
        let Some(label) = &self.encoding else { return Ok(None) };
        match encoding_rs::Encoding::for_label(label.as_bytes()) {
            Some(encoding) => Ok(Some(encoding)),
            None => Err(self.unknown(("encoding", "codificación"), label)),
        }
    }

    pub(super) fn constants(&self) -> Result<Vec<(Field, String)>, TraceError> {
        self.constants.iter().map(|(code, value)| Ok((self.field(code)?, value.trim().to_owned()))).collect()
    }

    /// Every header with its field: those for all tables first.
    pub(super) fn headers(&self) -> Result<Vec<(Option<TableKind>, String, Field)>, TraceError> {
        let mut headers = Vec::new();
        let mut of_tables = Vec::new();
        for (key, columns) in &self.columns {
            match columns {
                Columns::Headers(list) => {
                    let field = self.field(key)?;
                    headers.extend(list.iter().map(|h| (None, h.clone(), field.clone())));
                }
                Columns::OfTable(fields) => {
                    let table = match key.as_str() {
                        "any" => None,
                        other => Some(
                            TableKind::ALL
                                .into_iter()
                                .find(|kind| kind.code() == other)
                                .ok_or_else(|| self.unknown(("table", "tabla"), other))?,
                        ),
                    };
                    let into = if table.is_none() { &mut headers } else { &mut of_tables };
                    for (code, list) in fields {
                        let field = self.field(code)?;
                        into.extend(list.iter().map(|h| (table, h.clone(), field.clone())));
                    }
                }
            }
        }
        headers.extend(of_tables);
        Ok(headers)
    }

    /// Whether every header that it lists stands in this row.
    pub(super) fn detects<'a>(&self, cells: impl Iterator<Item = &'a str>) -> bool {
        let there: HashSet<String> = cells.map(header_key).collect();
        !self.detect.is_empty() && self.detect.iter().all(|header| there.contains(&header_key(header)))
    }

    fn field(&self, code: &str) -> Result<Field, TraceError> {
        Field::from_code(code).ok_or_else(|| self.unknown(("field", "campo"), code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_profiles_hold_together_and_can_be_written_out_and_read_again() {
        for profile in Profile::shipped().unwrap() {
            let text = Profile::shipped_text(&profile.name).unwrap();
            assert_eq!(Profile::from_toml(&format!("{}.toml", profile.name), text).unwrap(), profile);
            assert!(profile.headers().unwrap().len() > 60 && !profile.about.es.is_empty());
        }
        super::super::Dictionary::embedded().unwrap();
    }

    #[test]
    fn what_is_wrong_with_a_profile_is_named_with_its_line() {
        for (text, word) in [
            ("name = \"p\"\nday_order = \"ymd\"\n", "line 2"),
            ("name = \"p\"\nsize = 1\n", "size"),
            ("name = \"p\"\nencoding = \"klingon\"\n", "klingon"),
            ("name = \"p\"\n[constants]\nshoe = \"9\"\n", "shoe"),
            ("name = \"p\"\n[columns.shoes]\nserial = [\"x\"]\n", "shoes"),
            ("name = ", "line 1"),
        ] {
            let err = Profile::from_toml("own.toml", text).unwrap_err().to_string();
            assert!(err.contains(word) && err.contains("own.toml"), "{err}");
        }
    }
}
