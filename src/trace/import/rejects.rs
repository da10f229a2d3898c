//! Rows that did not load, and the file in which a person corrects them and imports them again.

use super::Field;
use super::sheet::REASON_HEADERS;
use super::values::has_word;
use crate::language::Language;
use crate::trace::personal::{MASK, Purpose};
use crate::trace::wording::Wording;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A row that did not load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// Row as a spreadsheet counts it.
    pub row: u64,
    /// Field at fault, or `None` for the row as a whole.
    #[serde(default)]
    pub field: Option<Field>,
    /// What would have been accepted.
    pub expected: Wording,
    /// What was there; letters are hidden where the cell might name a person.
    pub got: String,
}

impl Reject {
    /// One line for people.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let field = self.field.as_ref().map_or(language.pick("row", "fila"), |f| f.name(language));
        let (row, reason) = (self.row, self.reason(language));
        match language {
            Language::En => format!("row {row}, {field}: {reason}"),
            Language::Es => format!("fila {row}, {field}: {reason}"),
        }
    }

    fn reason(&self, language: Language) -> String {
        let (expected, got) = (self.expected.pick(language), &self.got);
        match language {
            Language::En => format!("expected {expected}, got \"{got}\""),
            Language::Es => format!("se esperaba {expected}, se encontró «{got}»"),
        }
    }
}

/// Rejected rows as they were received. They may name people: `Debug` tells only how many they are, and nothing serialises
/// them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Received {
    pub(super) headers: Vec<String>,
    /// Whether a column may be written without a purpose.
    pub(super) open: Vec<bool>,
    /// The field of a column of dates or numbers, in which a word may be a name that slipped there.
    pub(super) coded: Vec<Option<Field>>,
    pub(super) ignored: Vec<bool>,
    pub(super) rows: BTreeMap<u64, Vec<String>>,
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Received({} rows masked)", self.rows.len())
    }
}

/// The rejects of one table as a CSV file: number, field and reason before each row as it was received. Corrected there
/// and imported again, the columns of reasons are passed over.
///
/// Cells that may name a person are masked, and so is every column that no mapping knows and every word where a date or number belongs, unless a
/// purpose is stated; a row with a mask is refused when it is imported.
#[must_use]
pub fn rejects_csv(rejects: &[Reject], received: &Received, purpose: Option<&Purpose>, language: Language) -> String {
    let [english, spanish] = &REASON_HEADERS;
    let reasons = match language {
        Language::En => english,
        Language::Es => spanish,
    };
    let kept = |at: &usize| !received.ignored.get(*at).copied().unwrap_or(false);
    // Rows keep the number of cells that they came with: one too few or too many is still wrong until it is corrected.
    let mut table = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let headers = (0..received.headers.len()).filter(kept).map(|at| received.headers[at].as_str());
    // Writing into memory cannot fail.
    let _ = table.write_record(reasons.iter().copied().chain(headers));
    let mut faults: BTreeMap<u64, Vec<&Field>> = BTreeMap::new();
    for reject in rejects {
        faults.entry(reject.row).or_default().extend(&reject.field);
    }
    let mut seen = std::collections::BTreeSet::new();
    for reject in rejects.iter().filter(|r| seen.insert(r.row)) {
        let field = reject.field.as_ref().map_or("", |f| f.name(language));
        let cells = received.rows.get(&reject.row).map_or(&[][..], Vec::as_slice);
        let shown = cells.iter().enumerate().filter(|(at, _)| kept(at)).map(|(at, cell)| {
            let is = |columns: &[bool]| columns.get(at).copied().unwrap_or(false);
            let slipped = received.coded.get(at).and_then(Option::as_ref).is_some_and(|field| {
                let at_fault = faults.get(&reject.row).is_some_and(|fields| fields.contains(&field));
                has_word(cell) && (at_fault || !cell.contains(|c: char| c.is_ascii_digit()))
            });
            let open = purpose.is_some() || (is(&received.open) && !slipped);
            if open || cell.trim().is_empty() { cell.as_str() } else { MASK }
        });
        let (row, reason) = (reject.row.to_string(), reject.reason(language));
        let begin = [row.as_str(), field, reason.as_str()];
        let _ = table.write_record(begin.into_iter().chain(shown));
    }
    let bytes = table.into_inner().unwrap_or_default();
    // The mark at the beginning tells a spreadsheet that accents are UTF-8.
    format!("\u{feff}{}", String::from_utf8_lossy(&bytes))
}
