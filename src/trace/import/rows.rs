//! One row of a mapped table, read by field.

use super::Reject;
use super::fields::Field;
use super::sheet::Sheet;
use super::table::TableRow;
use super::values::{self, Expected};
use crate::trace::personal::MASK;
use crate::trace::wording::Wording;
use crate::trace::{Ffl, PartialDate, Personal, Place, Serial, SerialState, Source, serial};
use std::collections::BTreeMap;

/// One row, read by field.
pub(super) struct Row<'a> {
    sheet: &'a Sheet,
    pub row: u64,
    cells: &'a TableRow,
}

impl<'a> Row<'a> {
    /// The reader of one row. A row with another number of cells than the header is refused, because its cells may stand
    /// in the wrong columns; empty cells at the end are no such thing. So is one that a mask stands in: it came from a
    /// file of rejects that was written without a purpose.
    pub fn new(sheet: &'a Sheet, cells: &'a TableRow) -> Result<Self, Reject> {
        let (row, expected) = (cells.number, sheet.mapping.len());
        let extra = cells.cells.iter().skip(expected).any(|cell| !cell.trim().is_empty());
        if extra || cells.cells.len() < expected {
            return Err(Reject {
                row,
                field: None,
                expected: Wording::new(
                    format!("a row of {expected} cells"),
                    format!("un renglón de {expected} celdas"),
                ),
                got: cells.cells.len().to_string(),
            });
        }
        let view = Self { sheet, row, cells };
        if cells.cells.iter().any(|cell| cell.trim() == MASK) {
            let expected = (
                "the value itself, not its mask; take the row from the file it came from, or write the rejects with --reveal",
                "el valor y no su máscara; tome la fila del archivo original, o escriba los rechazos con --reveal",
            );
            return Err(Reject {
                row,
                field: None,
                expected: Wording::new(expected.0, expected.1),
                got: MASK.to_owned(),
            });
        }
        view.two_serials()?;
        Ok(view)
    }

    /// Refuses a row in which two columns of serial numbers say different things: the number is what everything hangs on.
    fn two_serials(&self) -> Result<(), Reject> {
        let field = Field::Serial;
        let first = Serial::read(self.cell(&field));
        for at in self.sheet.spare(&field) {
            let cell = self.cells.cells.get(*at).unwrap_or_default().trim();
            let other = Serial::read(cell);
            if first.is_number() && other.is_number() && first.normal != other.normal {
                let expected = ("the same number in both columns", "el mismo número en ambas columnas");
                return Err(self.reject(&field, expected, &format!("{} / {cell}", first.raw)));
            }
        }
        Ok(())
    }
}

impl Row<'_> {
    /// The cell as it stands, trimmed: of the first column of the field that says something, else the constant of the
    /// profile; empty where there is none.
    pub fn cell(&self, field: &Field) -> &str {
        let at = |at: &usize| self.cells.cells.get(*at).unwrap_or_default().trim();
        let first = self.sheet.column(field).map(|c| at(&c)).filter(|cell| !cell.is_empty());
        first
            .or_else(|| self.sheet.spare(field).iter().map(at).find(|cell| !cell.is_empty()))
            .or_else(|| self.sheet.constant(field))
            .unwrap_or_default()
    }

    /// The cell unless it says nothing (empty, N/A, a dash).
    fn stated(&self, field: &Field) -> Option<&str> {
        Some(self.cell(field)).filter(|cell| !self.sheet.dictionary.is_blank(cell))
    }

    pub fn text(&self, field: &Field) -> Option<String> {
        self.stated(field).map(str::to_owned)
    }

    pub fn personal(&self, field: &Field) -> Option<Personal<String>> {
        self.text(field).map(Personal::new)
    }

    pub fn date(&self, field: &Field) -> Result<Option<PartialDate>, Reject> {
        let order = self.sheet.column(field).and_then(|at| self.sheet.mapping[at].day_order);
        self.read(field, |cell| values::date(cell, order, &self.sheet.dictionary))
    }

    pub fn yes_no(&self, field: &Field) -> Result<Option<bool>, Reject> {
        self.read(field, |cell| values::yes_no(cell, &self.sheet.dictionary))
    }

    pub fn days(&self, field: &Field) -> Result<Option<i64>, Reject> {
        self.read(field, values::days)
    }

    /// A word of a list, or the word itself where the list does not know it.
    pub fn word<T>(&self, field: &Field, from_code: fn(&str) -> Option<T>, other: fn(String) -> T) -> Option<T> {
        let cell = self.stated(field)?;
        Some(self.known(field.code(), cell, from_code).unwrap_or_else(|| other(cell.to_owned())))
    }

    /// A word of a list that is named otherwise than the field.
    pub fn word_of<T>(&self, field: &Field, list: &str, from_code: fn(&str) -> Option<T>) -> Option<Result<T, String>> {
        let cell = self.stated(field)?;
        Some(self.known(list, cell, from_code).ok_or_else(|| cell.to_owned()))
    }

    fn known<T>(&self, list: &str, cell: &str, from_code: fn(&str) -> Option<T>) -> Option<T> {
        self.sheet.dictionary.code(list, cell).and_then(from_code)
    }

    pub fn ffl(&self, field: &Field) -> Option<Ffl> {
        self.text(field).map(|text| Ffl::new(&text))
    }

    /// The time of day behind a date, as written.
    pub fn time(&self, field: &Field) -> Option<String> {
        let (_, time) = self.cell(field).split_once([' ', 'T'])?;
        let time = time.trim();
        (time.contains(':') && time.len() <= 16 && time.starts_with(|c: char| c.is_ascii_digit()))
            .then(|| time.to_owned())
    }

    fn read<T>(
        &self,
        field: &Field,
        read: impl FnOnce(&str) -> Result<Option<T>, Expected>,
    ) -> Result<Option<T>, Reject> {
        match self.stated(field) {
            None => Ok(None),
            Some(cell) => read(cell).map_err(|expected| self.reject(field, expected, cell)),
        }
    }

    pub fn reject(&self, field: &Field, (en, es): (&str, &str), got: &str) -> Reject {
        Reject { row: self.row, field: Some(field.clone()), expected: Wording::new(en, es), got: values::shown(got) }
    }

    /// The serial number with the state that its own column, or the obliterated box, gives it.
    pub fn serial(&self) -> Result<Serial, Reject> {
        let serial = Serial::read(self.cell(&Field::Serial));
        let cell = self.cell(&Field::SerialState);
        if cell.chars().any(char::is_alphanumeric) {
            let state = self
                .sheet
                .dictionary
                .code(Field::SerialState.code(), cell)
                .or_else(|| self.sheet.dictionary.code("blank", cell).map(|_| SerialState::Unknown.code()))
                .and_then(SerialState::from_code);
            let Some(state) = state else {
                let expected = (
                    "full, partial, restored, obliterated, privately made, pre 1968, agency assigned or unknown",
                    "completo, parcial, restaurado, borrado, fabricación privada, anterior a 1968, asignado o desconocido",
                );
                return Err(self.reject(&Field::SerialState, expected, cell));
            };
            return Ok(serial.in_state(state));
        }
        match self.yes_no(&Field::Obliterated)? {
            Some(true) => Ok(serial.in_state(SerialState::Obliterated)),
            _ => Ok(serial),
        }
    }

    /// Whether a spreadsheet has rounded the serial number away.
    pub fn serial_was_rounded(&self) -> bool {
        serial::is_spreadsheet_number(self.cell(&Field::Serial))
    }

    pub fn slide_serial(&self) -> Option<Serial> {
        Some(Serial::read(self.cell(&Field::SlideSerial))).filter(Serial::is_number)
    }

    pub fn recovery_place(&self) -> Place {
        Place {
            city: self.text(&Field::RecoveryCity),
            state: self.text(&Field::RecoveryState),
            country: self.text(&Field::RecoveryCountry),
        }
    }

    /// Columns that no mapping knows, under their headers; and second columns of a field where they say something else.
    pub fn extra(&self) -> BTreeMap<String, Personal<String>> {
        let mut extra = BTreeMap::new();
        for (at, column) in self.sheet.mapping.iter().enumerate() {
            if column.field.is_some() || column.ignored {
                continue;
            }
            let cell = self.cells.cells.get(at).unwrap_or_default().trim();
            let said = column.second_of.as_ref().is_some_and(|field| self.cell(field) == cell);
            if !cell.is_empty() && !said {
                extra.insert(self.sheet.extra_name(at), Personal::new(cell.to_owned()));
            }
        }
        extra
    }

    pub fn source(&self) -> Source {
        Source {
            file: self.sheet.file.clone(),
            sha256: self.sheet.sha256,
            rows: vec![self.row],
            other_rows: BTreeMap::new(),
        }
    }
}
