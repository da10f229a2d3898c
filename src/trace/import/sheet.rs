//! A table with its columns mapped: the sheet and header found, what is no record weeded out, the order of dates decided.

use super::dictionary::{Dictionary, header_key};
use super::fields::{Field, TableKind};
use super::header::{alike, find};
use super::profile::Profile;
use super::table::{self, Form, Table, TableRow, Typed};
use super::values::{self, DayOrder, OrderEvidence};
use super::{ColumnMapping, ImportOptions, Note, Received};
use crate::ids::Digest;
use crate::language::Language;
use crate::trace::TraceError;
use crate::trace::text::fold;
use crate::trace::wording::Wording;
use std::collections::HashMap;

/// Rows looked through for the header; titles and dates of printing stand above it in hand-made files.
pub(super) const HEADER_WITHIN_ROWS: usize = 30;
/// Sample values that a preview shows of a column.
const SAMPLES: usize = 3;

/// Headers of the columns that a file of rejects has before the row as it was received.
pub(super) const REASON_HEADERS: [[&str; 3]; 2] = [
    ["brasslink row", "brasslink field", "brasslink reason"],
    ["brasslink fila", "brasslink campo", "brasslink motivo"],
];

/// A mapped table.
pub(super) struct Sheet {
    /// The file, and of a workbook from which several sheets are read also the sheet.
    pub file: String,
    /// Other sheets that have the same header and are still to be read.
    pub alike: Vec<String>,
    pub sha256: Digest,
    pub kind: TableKind,
    pub profile: Option<String>,
    pub dictionary: Dictionary,
    pub mapping: Vec<ColumnMapping>,
    pub notes: Vec<Note>,
    pub rows: Vec<TableRow>,
    column_of: HashMap<Field, usize>,
    spare: HashMap<Field, Vec<usize>>,
    constants: HashMap<Field, String>,
}

impl Sheet {
    /// Reads the bytes, finds sheet and header, maps the columns and decides the order of dates of each.
    pub fn open(bytes: &[u8], options: &ImportOptions, stated: Option<TableKind>) -> Result<Self, TraceError> {
        let base = match &options.dictionary {
            Some(dictionary) => dictionary.clone(),
            None => Dictionary::embedded()?,
        };
        let form = |profile: Option<&Profile>| -> Result<Form, TraceError> {
            let Some(profile) = profile else { return Ok(Form::default()) };
            Ok(Form { encoding: profile.encoding()?, delimiter: profile.delimiter })
        };
        let mut tables = table::read(&options.file, bytes, &form(options.profile.as_ref())?)?;
        let mut profile = options.profile.clone();
        if profile.is_none() {
            let top = |t: &Table| t.rows.iter().take(HEADER_WITHIN_ROWS).map(|r| r.cells.clone()).collect::<Vec<_>>();
            let heads: Vec<_> = tables.iter().flat_map(top).collect();
            profile = options.profiles.iter().find(|p| heads.iter().any(|cells| p.detects(cells.iter()))).cloned();
            if profile.as_ref().is_some_and(|p| p.encoding.is_some() || p.delimiter.is_some()) {
                tables = table::read(&options.file, bytes, &form(profile.as_ref())?)?;
            }
        }
        let mut dictionary = match &profile {
            Some(profile) => base.with(profile)?,
            None => base,
        };
        dictionary.century = options.century.or(dictionary.century);
        let stated = stated.or(options.table).or(profile.as_ref().and_then(|p| p.table));
        let header = find(&tables, &dictionary, options, profile.as_ref(), stated)?;
        let several = tables.len() > 1;
        let alike = if options.sheet.is_none() { alike(&tables, &header) } else { Vec::new() };
        let table = tables.swap_remove(header.table);
        let found = &table.rows[header.row];
        let own = table.sheet.as_deref().filter(|_| several && (options.sheet.is_some() || !alike.is_empty()));
        let mut sheet = Self {
            file: own.map_or_else(|| options.file.clone(), |name| format!("{} [{name}]", options.file)),
            alike,
            sha256: Digest::of(bytes),
            kind: header.kind,
            profile: profile.as_ref().map(|p| p.name.clone()),
            dictionary,
            mapping: Vec::new(),
            notes: vec![Note {
                row: Some(found.number),
                text: Wording::new(
                    format!("header found ({}); read as {}", header.kind.name(Language::En), table.read_as.en),
                    format!(
                        "encabezado encontrado ({}); leído como {}",
                        header.kind.name(Language::Es),
                        table.read_as.es
                    ),
                ),
            }],
            rows: Vec::new(),
            column_of: HashMap::new(),
            spare: HashMap::new(),
            constants: HashMap::new(),
        };
        if !sheet.alike.is_empty() {
            let (en, es) = (sheet.alike.join("\", \""), sheet.alike.join("», «"));
            sheet.note(
                None,
                format!("sheets with the same header, read too: \"{en}\""),
                format!("hojas con el mismo encabezado, también leídas: «{es}»"),
            );
        } else if several && options.sheet.is_none() {
            let name = table.sheet.as_deref().unwrap_or_default();
            sheet.note(
                None,
                format!(
                    "of several sheets, \"{name}\" has the best header and is the one read; --sheet chooses another"
                ),
                format!("de varias hojas, «{name}» tiene el mejor encabezado y es la que se leyó; --sheet elige otra"),
            );
        }
        sheet.notes.extend(table.notes.iter().map(|text| Note { row: None, text: text.clone() }));
        let headers: Vec<String> = found.cells.iter().map(|h| h.trim().to_owned()).collect();
        for (column, field) in header.columns.into_iter().enumerate() {
            sheet.map_column(column, headers.get(column).map_or("", String::as_str), field, profile.as_ref());
        }
        if let Some(profile) = &profile {
            sheet.constants = profile.constants()?.into_iter().filter(|(f, _)| f.belongs_to(header.kind)).collect();
        }
        sheet.drop_empty_columns(&table.rows[header.row + 1..]);
        let header_cells = found.cells.clone();
        sheet.rows = table.rows;
        sheet.rows.drain(..=header.row);
        sheet.weed(&header_cells);
        sheet.pass_over_line_numbers();
        sheet.read_day_numbers();
        sheet.flag_numbers();
        sheet.decide_orders(options.day_order.or(profile.as_ref().and_then(|p| p.day_order)))?;
        sheet.take_samples();
        Ok(sheet)
    }

    fn map_column(&mut self, column: usize, header: &str, field: Option<Field>, profile: Option<&Profile>) {
        let listed = |list: &[String]| list.iter().any(|h| header_key(h) == header_key(header));
        let ignored = REASON_HEADERS.iter().flatten().any(|h| fold(h) == fold(header))
            || profile.is_some_and(|p| listed(&p.ignore));
        let mut mapped = ColumnMapping { ignored, ..ColumnMapping::of(header) };
        match field {
            _ if ignored => {}
            Some(field) if self.column_of.contains_key(&field) => {
                self.note(
                    None,
                    format!(
                        "column \"{header}\": another column already gives {}; read where that one is blank, otherwise kept \
                         as an extra one",
                        field.name(Language::En)
                    ),
                    format!(
                        "columna «{header}»: otra columna ya da {}; se lee donde aquella está vacía, y si no se conserva aparte",
                        field.name(Language::Es)
                    ),
                );
                // Dates of two columns may be written in two orders: they are not mixed.
                if !field.is_date() {
                    self.spare.entry(field.clone()).or_default().push(column);
                }
                mapped.second_of = Some(field);
            }
            Some(field) => {
                self.column_of.insert(field.clone(), column);
                mapped.field = Some(field);
            }
            None if profile.is_some_and(|p| listed(&p.keep)) => {}
            None if header.is_empty() => {}
            None => self.notes.push(unknown_column(header)),
        }
        self.mapping.push(mapped);
    }

    /// Columns without header or content at the right end are no columns.
    fn drop_empty_columns(&mut self, rows: &[TableRow]) {
        let used = rows
            .iter()
            .filter_map(|row| {
                row.cells.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty()).map(|(at, _)| at).last()
            })
            .max()
            .map_or(0, |last| last + 1);
        while self.mapping.len() > used && self.mapping.last().is_some_and(|c| c.header.is_empty()) {
            self.mapping.pop();
        }
    }

    /// Decides day-month order for each column of dates, or says which column needs it stated.
    fn decide_orders(&mut self, stated: Option<DayOrder>) -> Result<(), TraceError> {
        for at in self.columns_of(Field::is_date) {
            let header = self.mapping[at].header.clone();
            let mut evidence = OrderEvidence::default();
            let (mut typed, mut typed_late) = (0, false);
            for row in &self.rows {
                let cell = row.cells.get(at).unwrap_or_default();
                evidence.see(row.number, cell, self.dictionary.century);
                if row.typed(at) == Some(Typed::Date) {
                    typed += 1;
                    typed_late |= cell.get(8..10).and_then(|d| d.parse::<u8>().ok()).is_some_and(|d| d > 12);
                }
            }
            let order = match (evidence.day_first, evidence.month_first) {
                (None, None)
                    if stated.is_none()
                        && let Some(row) = evidence.either =>
                {
                    return Err(TraceError::AmbiguousDates { file: self.file.clone(), column: header, row });
                }
                (Some(day_row), Some(month_row)) if stated.is_none() => {
                    return Err(TraceError::MixedDates { file: self.file.clone(), column: header, day_row, month_row });
                }
                (Some(_), None) => Some(stated.unwrap_or(DayOrder::DayFirst)),
                (None, Some(_)) => Some(stated.unwrap_or(DayOrder::MonthFirst)),
                _ => stated,
            };
            self.mapping[at].day_order = order;
            let told = evidence.day_first.or(evidence.month_first).or(evidence.either);
            if let (Some(order), Some(_)) = (order, told) {
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
            // A spreadsheet of the other country turns 03/04/2020 into a day with both swapped, and leaves 25/04/2020 text.
            if typed >= 3 && !typed_late && (evidence.day_first.is_some() || evidence.month_first.is_some()) {
                self.note(
                    told,
                    format!(
                        "column \"{header}\": all of its real dates have a day up to 12 and those with later days are text: a \
                         spreadsheet may have swapped day and month; check them against the original"
                    ),
                    format!(
                        "columna «{header}»: todas sus fechas reales tienen día hasta 12 y las de días posteriores son texto: una \
                         hoja de cálculo pudo invertir día y mes; compárelas con el original"
                    ),
                );
            }
        }
        Ok(())
    }

    /// A few values of each column for a preview; what may name a person is masked.
    fn take_samples(&mut self) {
        for (at, column) in self.mapping.iter_mut().enumerate() {
            let masked = column.field.as_ref().is_none_or(Field::is_personal);
            let coded = column.field.as_ref().is_some_and(|f| f.is_date() || f.is_code());
            for row in self.rows.iter().take(HEADER_WITHIN_ROWS) {
                let cell = row.cells.get(at).unwrap_or_default().trim();
                if cell.is_empty() || column.samples.len() >= SAMPLES {
                    continue;
                }
                // Where digits belong and none are, a row may have slipped and a name stand there.
                let slipped = coded && !cell.contains(|c: char| c.is_ascii_digit());
                let sample = match (masked, slipped) {
                    (true, _) => crate::trace::personal::MASK.to_owned(),
                    (false, true) => values::shown(cell),
                    (false, false) => short(cell),
                };
                if !column.samples.contains(&sample) {
                    column.samples.push(sample);
                }
            }
        }
    }

    /// The rows with these numbers as they were received, for a file of rejects.
    pub fn received(&self, rejected: impl Iterator<Item = u64>, rows: &[TableRow]) -> Received {
        let wanted: std::collections::BTreeSet<u64> = rejected.collect();
        Received {
            headers: self.mapping.iter().map(|c| c.header.clone()).collect(),
            open: self.mapping.iter().map(|c| c.field.as_ref().is_some_and(|f| !f.is_personal())).collect(),
            coded: self.mapping.iter().map(|c| c.field.clone().filter(|f| f.is_date() || f.is_code())).collect(),
            ignored: self.mapping.iter().map(|c| c.ignored).collect(),
            rows: rows
                .iter()
                .filter(|r| wanted.contains(&r.number))
                .map(|r| (r.number, r.cells.iter().map(str::to_owned).collect()))
                .collect(),
        }
    }

    pub fn note(&mut self, row: Option<u64>, en: impl Into<String>, es: impl Into<String>) {
        self.notes.push(Note { row, text: Wording::new(en, es) });
    }

    /// The column of a field.
    pub fn column(&self, field: &Field) -> Option<usize> {
        self.column_of.get(field).copied()
    }

    /// Further columns of a field.
    pub fn spare(&self, field: &Field) -> &[usize] {
        self.spare.get(field).map_or(&[], Vec::as_slice)
    }

    /// What the profile says of a field for every row.
    pub fn constant(&self, field: &Field) -> Option<&str> {
        self.constants.get(field).map(String::as_str)
    }

    /// The name under which a column without a field is kept.
    pub fn extra_name(&self, at: usize) -> String {
        let header = &self.mapping[at].header;
        let before = self.mapping[..at].iter().filter(|c| c.header == *header).count();
        match (header.is_empty(), before) {
            (true, _) => format!("column {}", at + 1),
            (false, 0) => header.clone(),
            (false, n) => format!("{header} ({})", n + 1),
        }
    }

    pub fn columns_of(&self, which: impl Fn(&Field) -> bool) -> Vec<usize> {
        let chosen = |c: &ColumnMapping| c.field.as_ref().is_some_and(&which);
        self.mapping.iter().enumerate().filter(|(_, c)| chosen(c)).map(|(at, _)| at).collect()
    }
}

/// The note on a column that no mapping knows.
pub(super) fn unknown_column(header: &str) -> Note {
    let text = Wording::new(
        format!("column \"{header}\" is not known; kept as an extra one"),
        format!("la columna «{header}» no se reconoce; se conserva aparte"),
    );
    Note { row: None, text }
}

fn short(cell: &str) -> String {
    const MOST: usize = 24;
    if cell.chars().count() <= MOST {
        cell.to_owned()
    } else {
        format!("{}…", cell.chars().take(MOST).collect::<String>())
    }
}
