//! The truth file of an evaluation: which firearm made which scan.

use super::error::EngineError;
use crate::trace::text::fold;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One labelled scan. Two scans are a known match when study and firearm agree, else a known non-match.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Labelled {
    /// File, relative to the root.
    pub scan: String,
    /// The study, or the simulated city.
    pub study: String,
    /// The firearm within the study.
    pub firearm: String,
}

impl Labelled {
    /// Whether one firearm made both.
    #[must_use]
    pub fn mates(&self, other: &Labelled) -> bool {
        self.study == other.study && self.firearm == other.firearm
    }
}

/// Largest truth file, bytes.
const MOST_BYTES: usize = 64 << 20;

/// Reads a truth file: CSV with columns `scan,study,firearm`; further columns are left aside.
///
/// # Errors
/// [`EngineError::Input`] names file, row and field.
pub fn read(name: &str, bytes: &[u8]) -> Result<Vec<Labelled>, EngineError> {
    let fault = |what: String, expected: &str, got: String| EngineError::Input {
        what: format!("{name}: {what}"),
        expected: expected.to_owned(),
        got,
    };
    if bytes.len() > MOST_BYTES {
        return Err(fault("size".to_owned(), "at most 64 MiB", format!("{} bytes", bytes.len())));
    }
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|e| fault("header".to_owned(), "a CSV table", e.to_string()))?.clone();
    let place = |column: &str| {
        header.iter().position(|h| fold(h) == column).ok_or_else(|| {
            let got = header.iter().collect::<Vec<_>>().join(", ");
            fault("header".to_owned(), &format!("a column \"{column}\""), got)
        })
    };
    let places = [place("scan")?, place("study")?, place("firearm")?];
    let mut labelled = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, record) in reader.records().enumerate() {
        let row = at + 2;
        let record = record.map_err(|e| fault(format!("row {row}"), "a CSV row", e.to_string()))?;
        let field = |which: usize, column: &str| {
            places
                .get(which)
                .and_then(|p| record.get(*p))
                .filter(|t| !t.is_empty())
                .map(str::to_owned)
                .ok_or_else(|| fault(format!("row {row}: {column}"), "a value", "nothing".to_owned()))
        };
        let one = Labelled { scan: field(0, "scan")?, study: field(1, "study")?, firearm: field(2, "firearm")? };
        if !seen.insert(one.scan.clone()) {
            return Err(fault(format!("row {row}: scan"), "each scan once", format!("\"{}\" again", one.scan)));
        }
        labelled.push(one);
    }
    Ok(labelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_columns_are_left_aside_and_faults_are_named() {
        let read_ok = read("t.csv", b"scan,study,firearm,class\na,s,1,granular\nb,s,1,granular\n").unwrap();
        assert!(read_ok[0].mates(&read_ok[1]));
        let missing = read("t.csv", b"scan,firearm\na,1\n").unwrap_err().to_string();
        assert!(missing.contains("t.csv: header: expected a column \"study\""), "{missing}");
        let blank = read("t.csv", b"scan,study,firearm\na,s,\n").unwrap_err().to_string();
        assert!(blank.contains("row 2: firearm: expected a value"), "{blank}");
        let twice = read("t.csv", b"scan,study,firearm\na,s,1\na,s,2\n").unwrap_err().to_string();
        assert!(twice.contains("row 3: scan: expected each scan once"), "{twice}");
    }
}
