//! The truth file of an evaluation: which firearm made which scan.

use super::error::EngineError;
use crate::trace::text::fold;
use crate::trace::wording::Wording;
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
/// [`EngineError::Told`] names file, row and field.
pub fn read(name: &str, bytes: &[u8]) -> Result<Vec<Labelled>, EngineError> {
    let told =
        |what: Wording, expected: Wording, got: Wording| EngineError::Told(Wording::expected(what, expected, got));
    let header_of = || Wording::new(format!("{name}: header"), format!("{name}: encabezado"));
    if bytes.len() > MOST_BYTES {
        let what = Wording::new(format!("{name}: size"), format!("{name}: tamaño"));
        return Err(told(
            what,
            ("at most 64 MiB", "64 MiB como máximo").into(),
            format!("{} bytes", bytes.len()).into(),
        ));
    }
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers();
    let header =
        header.map_err(|e| told(header_of(), ("a CSV table", "una tabla CSV").into(), Wording::otherwise(&e)))?.clone();
    let place = |column: &str| {
        header.iter().position(|h| fold(h) == column).ok_or_else(|| {
            let got = header.iter().collect::<Vec<_>>().join(", ");
            told(header_of(), (format!("a column \"{column}\""), format!("una columna «{column}»")).into(), got.into())
        })
    };
    let places = [place("scan")?, place("study")?, place("firearm")?];
    let mut labelled = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, record) in reader.records().enumerate() {
        let row = at as u64 + 2;
        let record = record.map_err(|e| {
            told(Wording::row(name, row, ""), ("a CSV row", "una fila CSV").into(), Wording::otherwise(&e))
        })?;
        let field = |which: usize, column: &str| {
            places.get(which).and_then(|p| record.get(*p)).filter(|t| !t.is_empty()).map(str::to_owned).ok_or_else(
                || told(Wording::row(name, row, column), ("a value", "un valor").into(), Wording::written("")),
            )
        };
        let one = Labelled { scan: field(0, "scan")?, study: field(1, "study")?, firearm: field(2, "firearm")? };
        if !seen.insert(one.scan.clone()) {
            let scan = &one.scan;
            return Err(told(
                Wording::row(name, row, "scan"),
                ("each scan once", "cada escaneo una sola vez").into(),
                (format!("\"{scan}\" again"), format!("«{scan}» otra vez")).into(),
            ));
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
