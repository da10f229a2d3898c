//! From the bytes of a file to rows of cells: format, encoding, delimiter, row numbers, limits.
//!
//! Text (CSV with comma, semicolon, tab or bar), XLSX workbooks and JSON (an array, or one object a line) all become
//! [`Table`]s; limits hold before memory is taken, whatever the file says of its own size.

mod json;
mod text;
mod workbook;

use crate::trace::wording::Wording;
use crate::trace::{TraceError, Unreadable};

/// Largest file read, bytes: a national year of traces (600,000 rows of 500 bytes) fits.
pub const MOST_BYTES: usize = 512 << 20;
/// Most columns of a table.
pub const MOST_COLUMNS: usize = 512;
/// Most rows of a table: as many as a spreadsheet has.
pub const MOST_ROWS: usize = 1 << 20;
/// Longest cell, bytes; longer ones come from a quotation mark that is never closed.
pub const LONGEST_CELL: usize = 32 << 10;

/// A double holds fifteen decimal digits; of longer numbers the rest is gone.
const MOST_DIGITS: f64 = 1e15;

/// What a cell was where the format tells text from numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typed {
    /// A number: leading zeros were lost before it was stored.
    Number,
    /// A date, written here as ISO 8601.
    Date,
}

/// One row with content.
#[derive(Clone)]
pub(super) struct TableRow {
    /// Row number as a spreadsheet counts: the first line of the file is row 1.
    pub number: u64,
    /// The cells as text.
    pub cells: csv::StringRecord,
    /// The columns whose cells were no text, ascending; empty for text files.
    pub typed: Vec<(u16, Typed)>,
}

impl TableRow {
    /// What the cell of a column was, where it was no text.
    pub fn typed(&self, column: usize) -> Option<Typed> {
        self.typed.iter().find(|(at, _)| usize::from(*at) == column).map(|(_, typed)| *typed)
    }
}

/// Rows of a file, and what had to be decided to read them. Rows without any content are left out; they keep their place
/// in the count.
pub(super) struct Table {
    /// Name of the sheet, in a workbook of several.
    pub sheet: Option<String>,
    /// The rows.
    pub rows: Vec<TableRow>,
    /// How it was read: encoding and delimiter, or the format.
    pub read_as: Wording,
    /// What a person should know of how it was read.
    pub notes: Vec<Wording>,
}

/// What a profile states of the form of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Form {
    /// Name of the encoding, where the bytes do not show it.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// The delimiter.
    pub delimiter: Option<char>,
}

/// What refuses a file of this name.
#[derive(Clone, Copy)]
struct Refusal<'a>(&'a str);

impl Refusal<'_> {
    fn of(
        self,
        (en, es): (&str, &str),
        (expected_en, expected_es): (&str, &str),
        got: impl Into<Wording>,
    ) -> TraceError {
        let (problem, expected) = (Wording::new(en, es), Wording::new(expected_en, expected_es));
        let why = Box::new(Unreadable { problem, expected, got: got.into() });
        TraceError::File { file: self.0.to_owned(), why }
    }
}

/// Reads the tables of a file: one of text or JSON, one a sheet of a workbook.
pub(super) fn read(file: &str, bytes: &[u8], form: &Form) -> Result<Vec<Table>, TraceError> {
    let refuse = Refusal(file);
    if bytes.len() > MOST_BYTES {
        let got = format!("{} bytes", bytes.len());
        return Err(refuse.of(("too large", "demasiado grande"), ("at most 512 MiB", "512 MiB como máximo"), got));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return workbook::read(refuse, bytes);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(refuse.of(
            (
                "a workbook of the old XLS format, or one with a password",
                "un libro en el formato antiguo XLS, o con contraseña",
            ),
            ("XLSX without a password, CSV or JSON", "XLSX sin contraseña, CSV o JSON"),
            ("a compound file", "un archivo compuesto"),
        ));
    }
    let decoded = text::decode(bytes, form.encoding);
    if decoded.text.contains('\0') {
        return Err(refuse.of(
            ("not a text file", "no es un archivo de texto"),
            EXPECTED,
            ("zero bytes", "bytes nulos"),
        ));
    }
    let trimmed = decoded.text.trim_start();
    if trimmed.is_empty() {
        return Err(refuse.of(
            ("empty", "vacío"),
            ("a header and rows", "un encabezado y filas"),
            ("no text", "ningún texto"),
        ));
    }
    if trimmed.starts_with(['{', '[']) {
        return Ok(vec![json::read(refuse, &decoded)?]);
    }
    Ok(vec![text::read(refuse, &decoded, form.delimiter)?])
}

/// A number that is none of whole digits: as it stands, or as a spreadsheet writes what it has rounded, so that it is known
/// for that.
fn float_text(number: f64) -> String {
    if number.abs() >= MOST_DIGITS {
        return format!("{number:.5E}").replacen('E', "E+", 1);
    }
    number.to_string()
}

/// What this room reads.
const EXPECTED: (&str, &str) = ("CSV, XLSX or JSON", "CSV, XLSX o JSON");

/// Refuses what is longer than [`LONGEST_CELL`], wider than [`MOST_COLUMNS`] or more than [`MOST_ROWS`].
fn within_limits(refuse: Refusal<'_>, rows: usize, row: u64, columns: usize, longest: usize) -> Result<(), TraceError> {
    if longest > LONGEST_CELL {
        return Err(refuse.of(
            ("a cell is too long", "una celda es demasiado larga"),
            (
                "at most 32 KiB (is a quotation mark never closed?)",
                "32 KiB como máximo (¿unas comillas que nunca se cierran?)",
            ),
            Wording::new(format!("{longest} bytes, row {row}"), format!("{longest} bytes, fila {row}")),
        ));
    }
    if columns > MOST_COLUMNS {
        return Err(refuse.of(
            ("too many columns", "demasiadas columnas"),
            ("at most 512 columns", "512 columnas como máximo"),
            Wording::new(format!("{columns}, row {row}"), format!("{columns}, fila {row}")),
        ));
    }
    if rows > MOST_ROWS {
        return Err(refuse.of(
            ("too many rows", "demasiadas filas"),
            ("at most 1,048,576 rows; part the file", "1 048 576 filas como máximo; divida el archivo"),
            Wording::new(format!("row {row}"), format!("fila {row}")),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
