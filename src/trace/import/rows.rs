//! A table with its columns mapped: the header found, the order of dates decided, cells read as values of fields.

use super::fields::{Dictionary, Field, TableKind};
use super::values::{self, DayOrder, Expected, OrderEvidence};
use super::{ColumnMapping, ImportOptions, Note, Reject, table};
use crate::ids::Digest;
use crate::trace::wording::Wording;
use crate::trace::{PartialDate, Personal, Place, Serial, SerialState, Source, TraceError, serial};
use std::collections::{BTreeMap, HashMap};

/// Rows looked through for the header; titles and dates of printing stand above it in hand-made files.
const HEADER_WITHIN_ROWS: usize = 20;

/// A mapped table.
pub(super) struct Sheet {
    pub file: String,
    pub sha256: Digest,
    pub dictionary: Dictionary,
    pub mapping: Vec<ColumnMapping>,
    pub notes: Vec<Note>,
    pub rows: Vec<(u64, csv::StringRecord)>,
    column_of: HashMap<Field, usize>,
}

impl Sheet {
    /// Reads the bytes, finds the header, maps the columns and decides the order of dates of each.
    pub fn open(bytes: &[u8], options: &ImportOptions, kind: TableKind) -> Result<Self, TraceError> {
        let dictionary = match &options.dictionary {
            Some(dictionary) => dictionary.clone(),
            None => Dictionary::embedded()?,
        };
        let table = table::read(&options.file, bytes)?;
        let field_of = |header: &str| match options.columns.get(header.trim()) {
            Some(stated) => stated.clone(),
            None => dictionary.field(kind, header),
        };
        let key = match kind {
            TableKind::Traces => Field::Trace,
            TableKind::Firearms => Field::Firearm,
        };
        let known = |record: &csv::StringRecord| {
            let fields: Vec<Field> = record.iter().filter_map(&field_of).collect();
            if fields.contains(&key) && fields.contains(&Field::Serial) { fields.len() } else { 0 }
        };
        let header_at = (0..table.rows.len().min(HEADER_WITHIN_ROWS))
            .rev()
            .max_by_key(|at| known(&table.rows[*at].1))
            .filter(|at| known(&table.rows[*at].1) > 0)
            .ok_or_else(|| TraceError::File {
                file: options.file.clone(),
                problem: "no header found".to_owned(),
                expected: format!("columns for {} and {}", key.code(), Field::Serial.code()),
                got: table.rows.first().map_or_else(String::new, |(_, r)| {
                    format!("\"{}\"", r.iter().take(8).map(str::trim).collect::<Vec<_>>().join("\", \""))
                }),
            })?;
        let mut sheet = Self {
            file: options.file.clone(),
            sha256: Digest::of(bytes),
            dictionary: dictionary.clone(),
            mapping: Vec::new(),
            notes: vec![Note {
                row: Some(table.rows[header_at].0),
                text: Wording::new(
                    format!("header found; read as {}, cells parted by {:?}", table.encoding, table.delimiter),
                    format!(
                        "encabezado encontrado; leído como {}, celdas separadas por {:?}",
                        table.encoding, table.delimiter
                    ),
                ),
            }],
            rows: Vec::new(),
            column_of: HashMap::new(),
        };
        if table.unclosed_quote {
            sheet.note(
                None,
                "a quotation mark is never closed: rows may have run together",
                "unas comillas nunca se cierran: puede haber filas unidas",
            );
        }
        for (column, header) in table.rows[header_at].1.iter().enumerate() {
            sheet.map_column(column, header.trim(), field_of(header));
        }
        sheet.rows = table.rows.into_iter().skip(header_at + 1).collect();
        sheet.decide_orders(options.day_order)?;
        Ok(sheet)
    }

    fn map_column(&mut self, column: usize, header: &str, field: Option<Field>) {
        let field = match field {
            Some(field) if self.column_of.contains_key(&field) => {
                self.note(
                    None,
                    format!("column \"{header}\": another column already gives {}; kept as an extra one", field.code()),
                    format!("columna «{header}»: otra columna ya da {}; se conserva aparte", field.code()),
                );
                None
            }
            Some(field) => {
                self.column_of.insert(field.clone(), column);
                Some(field)
            }
            None => {
                self.note(
                    None,
                    format!("column \"{header}\" is not known; kept as an extra one"),
                    format!("la columna «{header}» no se reconoce; se conserva aparte"),
                );
                None
            }
        };
        self.mapping.push(ColumnMapping { header: header.to_owned(), field, day_order: None });
    }

    /// Decides day-month order for each column of dates, or says which column needs it stated.
    fn decide_orders(&mut self, stated: Option<DayOrder>) -> Result<(), TraceError> {
        let mut decided = Vec::new();
        for (at, column) in self.mapping.iter_mut().enumerate() {
            if !column.field.as_ref().is_some_and(Field::is_date) {
                continue;
            }
            let mut evidence = OrderEvidence::default();
            for (row, cells) in &self.rows {
                evidence.see(*row, cells.get(at).unwrap_or_default());
            }
            column.day_order = match (evidence.day_first, evidence.month_first) {
                (None, None) if evidence.either.is_some() => match stated {
                    Some(order) => Some(order),
                    None => {
                        return Err(TraceError::AmbiguousDates {
                            file: self.file.clone(),
                            column: column.header.clone(),
                        });
                    }
                },
                (None, None) => stated,
                (Some(_), None) => Some(stated.unwrap_or(DayOrder::DayFirst)),
                (None, Some(_)) => Some(stated.unwrap_or(DayOrder::MonthFirst)),
                (Some(day_row), Some(month_row)) => match stated {
                    Some(order) => Some(order),
                    None => {
                        return Err(TraceError::MixedDates {
                            file: self.file.clone(),
                            column: column.header.clone(),
                            day_row,
                            month_row,
                        });
                    }
                },
            };
            if let Some(order) = column.day_order {
                decided.push((column.header.clone(), order));
            }
        }
        for (header, order) in decided {
            let (en, es) = match order {
                DayOrder::DayFirst => ("day/month/year", "día/mes/año"),
                DayOrder::MonthFirst => ("month/day/year", "mes/día/año"),
            };
            self.note(
                None,
                format!("column \"{header}\": dates read as {en}"),
                format!("columna «{header}»: fechas leídas como {es}"),
            );
        }
        Ok(())
    }

    pub fn note(&mut self, row: Option<u64>, en: impl Into<String>, es: impl Into<String>) {
        self.notes.push(Note { row, text: Wording::new(en, es) });
    }

    /// The reader of one row; a row with another number of cells than the header is refused, because its cells may stand
    /// in the wrong columns. Empty cells at the end are no such thing.
    pub fn row<'a>(&'a self, row: u64, cells: &'a csv::StringRecord) -> Result<Row<'a>, Reject> {
        let extra = cells.iter().skip(self.mapping.len()).any(|cell| !cell.trim().is_empty());
        if extra || cells.len() < self.mapping.len() {
            let expected = self.mapping.len();
            return Err(Reject {
                row,
                field: None,
                expected: Wording::new(format!("{expected} cells"), format!("{expected} celdas")),
                got: cells.len().to_string(),
            });
        }
        Ok(Row { sheet: self, row, cells })
    }
}

/// One row, read by field.
pub(super) struct Row<'a> {
    sheet: &'a Sheet,
    pub row: u64,
    cells: &'a csv::StringRecord,
}

impl Row<'_> {
    /// The cell as it stands, trimmed; empty where there is no such column.
    pub fn cell(&self, field: &Field) -> &str {
        self.sheet.column_of.get(field).and_then(|at| self.cells.get(*at)).unwrap_or_default().trim()
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
        let order = self.sheet.column_of.get(field).and_then(|at| self.sheet.mapping[*at].day_order);
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
        let known = self.sheet.dictionary.code(field.code(), cell).and_then(from_code);
        Some(known.unwrap_or_else(|| other(cell.to_owned())))
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

    /// Columns that no mapping knows, under their headers.
    pub fn extra(&self) -> BTreeMap<String, Personal<String>> {
        self.sheet
            .mapping
            .iter()
            .zip(self.cells)
            .filter(|(column, cell)| column.field.is_none() && !cell.trim().is_empty())
            .map(|(column, cell)| (column.header.clone(), Personal::new(cell.trim().to_owned())))
            .collect()
    }

    pub fn source(&self) -> Source {
        Source { file: self.sheet.file.clone(), sha256: self.sheet.sha256, rows: vec![self.row] }
    }
}
