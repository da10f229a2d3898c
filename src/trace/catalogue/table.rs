//! Reading a catalogue's table: four columns, every row with a source, every problem named.

use super::{calibre_key, maker_key, problem};
use crate::trace::text::squeeze;
use crate::trace::wording::Wording;
use crate::trace::{FirearmType, TraceError};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Which catalogue a table belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// `family,name,relation,source`; relation is alias, brand or importer.
    Makers,
    /// `calibre,name,interchangeable,source`; calibres of one group fire in one another's chambers.
    Calibres,
    /// `type,name,relation,source`; relation is alias, or confusable where name is another type.
    Types,
    /// `kind,code,name,source`; kind is state or country.
    Places,
}

impl TableKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Makers, Self::Calibres, Self::Types, Self::Places];

    /// The name of its file without `.csv`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Makers => "makers",
            Self::Calibres => "calibres",
            Self::Types => "types",
            Self::Places => "places",
        }
    }

    const fn header(self) -> [&'static str; 4] {
        match self {
            Self::Makers => ["family", "name", "relation", "source"],
            Self::Calibres => ["calibre", "name", "interchangeable", "source"],
            Self::Types => ["type", "name", "relation", "source"],
            Self::Places => ["kind", "code", "name", "source"],
        }
    }
}

/// A table of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Name of a site's file; empty for what comes with the program.
    pub file: String,
    /// Which catalogue it is for.
    pub kind: TableKind,
    /// Its text.
    pub text: String,
}

/// One row of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The file; empty for what comes with the program.
    pub file: String,
    /// The catalogue.
    pub table: TableKind,
    /// Family, calibre, type or place.
    pub code: String,
    /// The name that stands for it.
    pub name: String,
    /// Relation, group of interchangeable calibres, or kind of place.
    pub relation: String,
    /// Where it is known from.
    pub source: String,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Row, counted as a spreadsheet does.
    pub row: u64,
    /// Column, or `header`.
    pub field: String,
    /// What would do.
    pub expected: Wording,
    /// What stands there.
    pub got: String,
}

impl Problem {
    /// One line for people.
    #[must_use]
    pub fn said(&self) -> Wording {
        let Self { row, field, expected, got } = self;
        let (column, columna) = match field.as_str() {
            "header" => ("header", "encabezado"),
            "row" => ("the whole row", "toda la fila"),
            name => (name, name),
        };
        let what = (format!("row {row}, {column}"), format!("fila {row}, {columna}"));
        Wording::expected(what, expected.clone(), (format!("\"{got}\""), format!("«{got}»")))
    }
}

/// A row with its cells: code, name, relation, source.
pub(super) type Row = (u64, [String; 4]);

/// All problems of a table; none when it can be used.
#[must_use]
pub fn check(kind: TableKind, text: &str) -> Vec<Problem> {
    read(kind, text).1
}

/// Rows as code, name, relation and source, and what is wrong with the others.
pub(super) fn read(kind: TableKind, text: &str) -> (Vec<Row>, Vec<Problem>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = kind.header();
    fn tell(row: u64, field: &str, expected: impl Into<Wording>, got: &str) -> Problem {
        Problem { row, field: field.to_owned(), expected: expected.into(), got: got.to_owned() }
    }
    let stated: Vec<String> =
        reader.headers().map(|h| h.iter().map(|c| c.trim().to_lowercase()).collect()).unwrap_or_default();
    if stated != header {
        problems.push(tell(1, "header", header.join(","), &stated.join(",")));
        return (found, problems);
    }
    let mut meanings: HashMap<String, String> = HashMap::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let row = error.position().map_or(0, csv::Position::line);
                let got = format!("({error})");
                problems.push(tell(row, "row", ("text in UTF-8", "texto en UTF-8"), &got));
                continue;
            }
        };
        let row = record.position().map_or(0, csv::Position::line);
        let cell = |at: usize| record.get(at).unwrap_or_default().trim().to_owned();
        let cells: [String; 4] = std::array::from_fn(cell);
        let before = problems.len();
        if record.len() != header.len() {
            problems.push(tell(row, "row", ("four columns", "cuatro columnas"), &record.len().to_string()));
        }
        for at in [0, 1, 3].into_iter().chain((kind == TableKind::Places).then_some(2)) {
            if cells[at].is_empty() {
                problems.push(tell(row, header[at], ("text", "texto"), ""));
            }
        }
        let [first, second, third, source] = cells;
        let ([code, name, relation], key, means) = match kind {
            TableKind::Makers => {
                if !matches!(third.as_str(), "alias" | "brand" | "importer") {
                    problems.push(tell(
                        row,
                        header[2],
                        ("alias, brand or importer", "alias, brand o importer"),
                        &third,
                    ));
                }
                let key = (third != "importer").then(|| maker_key(&second));
                let means = first.clone();
                ([first, second, third], key, means)
            }
            TableKind::Calibres => {
                let (key, means) = (Some(calibre_key(&second)), first.clone());
                ([first, second, third], key, means)
            }
            TableKind::Types => {
                let other = third == "confusable";
                if !matches!(third.as_str(), "alias" | "confusable") {
                    problems.push(tell(row, header[2], ("alias or confusable", "alias o confusable"), &third));
                }
                for (field, code) in [(0, Some(&first)), (1, other.then_some(&second))] {
                    if code.is_some_and(|c| FirearmType::from_code(c).is_none()) {
                        let known: Vec<&str> = FirearmType::ALL.iter().map(FirearmType::code).collect();
                        problems.push(tell(row, header[field], known.join(", "), code.map_or("", |c| c.as_str())));
                    }
                }
                let key = (!other).then(|| squeeze(&second));
                let means = first.clone();
                ([first, second, third], key, means)
            }
            TableKind::Places => {
                if !matches!(first.as_str(), "state" | "country") {
                    problems.push(tell(row, header[0], ("state or country", "state o country"), &first));
                }
                let (key, means) = (Some(format!("{first} {}", squeeze(&third))), second.clone());
                ([second, third, first], key, means)
            }
        };
        if let Some(key) = key.filter(|_| problems.len() == before) {
            let other = meanings.entry(key).or_insert_with(|| means.clone());
            if *other != means {
                let field = if kind == TableKind::Places { header[2] } else { header[1] };
                let expected = Wording::new(
                    format!("one meaning, it is {other} above"),
                    format!("un solo significado, arriba es {other}"),
                );
                problems.push(tell(row, field, expected, &name));
            }
        }
        if problems.len() == before {
            found.push((row, [code, name, relation, source]));
        }
    }
    (found, problems)
}

/// Rows of four cells of which the third may be empty.
pub(super) fn rows(name: &str, text: &str) -> Result<Vec<Row>, TraceError> {
    let mut rows = Vec::new();
    for record in csv::Reader::from_reader(text.as_bytes()).records() {
        let record = record.map_err(|e| {
            problem(name, Wording::new(format!("not a table of CSV ({e})"), format!("no es una tabla CSV ({e})")))
        })?;
        let row = record.position().map_or(0, csv::Position::line);
        let cells: [String; 4] = std::array::from_fn(|at| record.get(at).unwrap_or_default().trim().to_owned());
        if cells[0].is_empty() || cells[1].is_empty() || cells[3].is_empty() {
            let said = Wording::new(
                format!("row {row}: expected a code, a name and a source"),
                format!("fila {row}: se esperaba una clave, un nombre y una fuente"),
            );
            return Err(problem(name, said));
        }
        rows.push((row, cells));
    }
    Ok(rows)
}
