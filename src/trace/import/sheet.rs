//! A table with its columns mapped: the sheet and header found, what is no record weeded out, the order of dates decided.

use super::fields::{Dictionary, Field, TableKind, header_key};
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
const HEADER_WITHIN_ROWS: usize = 30;
/// Sample values that a preview shows of a column.
const SAMPLES: usize = 3;
/// Rows named in one note.
const ROWS_NAMED: usize = 8;

/// Headers of the columns that a file of rejects has before the row as it was received.
pub(super) const REASON_HEADERS: [[&str; 3]; 2] = [
    ["brasslink row", "brasslink field", "brasslink reason"],
    ["brasslink fila", "brasslink campo", "brasslink motivo"],
];

/// A mapped table.
pub(super) struct Sheet {
    pub file: String,
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

/// Where a header stands.
struct Header {
    table: usize,
    row: usize,
    kind: TableKind,
    columns: Vec<Option<Field>>,
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
        let dictionary = match &profile {
            Some(profile) => base.with(profile)?,
            None => base,
        };
        let stated = stated.or(options.table).or(profile.as_ref().and_then(|p| p.table));
        let header = find(&tables, &dictionary, options, profile.as_ref(), stated)?;
        let several = tables.len() > 1;
        let table = tables.swap_remove(header.table);
        let found = &table.rows[header.row];
        let mut sheet = Self {
            file: options.file.clone(),
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
        if several {
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
            None => self.note(
                None,
                format!("column \"{header}\" is not known; kept as an extra one"),
                format!("la columna «{header}» no se reconoce; se conserva aparte"),
            ),
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

    /// Leaves out what is no record: the header again on the next printed page, totals, footnotes. Each is named.
    fn weed(&mut self, header: &csv::StringRecord) {
        let fold_all = |cells: &csv::StringRecord| -> Vec<String> {
            let mut all: Vec<String> = cells.iter().map(fold).collect();
            while all.last().is_some_and(String::is_empty) {
                all.pop();
            }
            all
        };
        let header = fold_all(header);
        let first = header.first().cloned().unwrap_or_default();
        // Remarks stand at the left; a lone cell further right is a record that slipped.
        let at_left = |row: &TableRow| row.cells.iter().take(2).any(|cell| !cell.trim().is_empty());
        let (mut again, mut totals, mut feet) = (Vec::new(), Vec::new(), Vec::new());
        let columns = self.mapping.len();
        self.rows.retain(|row| {
            let filled: Vec<&str> = row.cells.iter().map(str::trim).filter(|c| !c.is_empty()).collect();
            let Some(opening) = filled.first() else { return false };
            let begins = row.cells.get(0).map(fold).unwrap_or_default();
            let list = if begins == first && fold_all(&row.cells) == header {
                &mut again
            } else if is_total(opening) && filled.len() <= columns.div_ceil(2) {
                &mut totals
            } else if filled.len() == 1 && columns >= 3 && at_left(row) && is_footnote(opening) {
                &mut feet
            } else {
                return true;
            };
            list.push(row.number);
            false
        });
        for (rows, en, es) in [
            (again, "the header again, left out", "otra vez el encabezado, omitido"),
            (totals, "a line of totals, left out", "un renglón de totales, omitido"),
            (feet, "a remark and no record, left out", "una observación y no un registro, omitida"),
        ] {
            if !rows.is_empty() {
                let named = rows_named(&rows);
                self.notes.push(Note {
                    row: rows.first().copied(),
                    text: Wording::new(format!("{en}{}", named.en), format!("{es}{}", named.es)),
                });
            }
        }
    }

    /// Days that a workbook holds as plain numbers since its formatting was lost (43895 for 2020-03-05), in columns of dates.
    fn read_day_numbers(&mut self) {
        /// 1927 to 2099, as days of the 1900 calendar of spreadsheets; years are smaller, longer numbers no days.
        const DAYS: std::ops::RangeInclusive<i32> = 10_000..=73_050;
        let dates: Vec<usize> = self.columns_of(Field::is_date);
        let mut found = Vec::new();
        for row in &mut self.rows {
            for at in &dates {
                if row.typed(*at) != Some(Typed::Number) {
                    continue;
                }
                let days =
                    row.cells.get(*at).and_then(|c| c.split('.').next()).and_then(|c| c.trim().parse::<i32>().ok());
                let Some(day) = days.filter(|d| DAYS.contains(d)).and_then(day_of) else { continue };
                row.cells =
                    row.cells.iter().enumerate().map(|(n, c)| if n == *at { day.as_str() } else { c }).collect();
                found.push(row.number);
            }
        }
        if !found.is_empty() {
            let named = rows_named(&found);
            self.note(
                found.first().copied(),
                format!("dates stored as day numbers of a spreadsheet, read as days{}", named.en),
                format!("fechas guardadas como números de día de una hoja de cálculo, leídas como días{}", named.es),
            );
        }
    }

    /// Serial numbers that a spreadsheet or JSON held as numbers: leading zeros cannot be seen any more.
    fn flag_numbers(&mut self) {
        for field in [Field::Serial, Field::SlideSerial] {
            let Some(at) = self.column(&field) else { continue };
            let rows: Vec<u64> =
                self.rows.iter().filter(|r| r.typed(at) == Some(Typed::Number)).map(|r| r.number).collect();
            if !rows.is_empty() {
                let named = rows_named(&rows);
                self.note(
                    rows.first().copied(),
                    format!(
                        "{} stored as a number: zeros at its beginning, if the firearm bears any, are lost; format the column as \
                         text{}",
                        field.name(Language::En),
                        named.en
                    ),
                    format!(
                        "{} guardado como número: si el arma lleva ceros al inicio, se perdieron; dé formato de texto a la \
                         columna{}",
                        field.name(Language::Es),
                        named.es
                    ),
                );
            }
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
                evidence.see(row.number, cell);
                if row.typed(at) == Some(Typed::Date) {
                    typed += 1;
                    typed_late |= cell.get(8..10).and_then(|d| d.parse::<u8>().ok()).is_some_and(|d| d > 12);
                }
            }
            let order = match (evidence.day_first, evidence.month_first) {
                (None, None) if evidence.either.is_some() && stated.is_none() => {
                    return Err(TraceError::AmbiguousDates { file: self.file.clone(), column: header });
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
            for row in self.rows.iter().take(HEADER_WITHIN_ROWS) {
                let cell = row.cells.get(at).unwrap_or_default().trim();
                if cell.is_empty() || column.samples.len() >= SAMPLES {
                    continue;
                }
                let sample = if masked { crate::trace::personal::MASK.to_owned() } else { short(cell) };
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

    fn columns_of(&self, which: impl Fn(&Field) -> bool) -> Vec<usize> {
        let chosen = |c: &ColumnMapping| c.field.as_ref().is_some_and(&which);
        self.mapping.iter().enumerate().filter(|(_, c)| chosen(c)).map(|(at, _)| at).collect()
    }
}

/// Finds the header: the row that has what some table needs and the most known columns; of equals the first sheet, the
/// first kind, the first row.
fn find(
    tables: &[Table],
    dictionary: &Dictionary,
    options: &ImportOptions,
    profile: Option<&Profile>,
    stated: Option<TableKind>,
) -> Result<Header, TraceError> {
    let sheet = options.sheet.as_ref().or(profile.and_then(|p| p.sheet.as_ref()));
    let header_row = profile.and_then(|p| p.header_row);
    let kinds: Vec<TableKind> = stated.map_or(TableKind::ALL.to_vec(), |kind| vec![kind]);
    let (mut best, mut best_known): (Option<Header>, usize) = (None, 0);
    let (mut nearest, mut nearest_known): (Option<(TableKind, u64, Vec<Field>)>, usize) = (None, 0);
    for (at, table) in tables.iter().enumerate() {
        if sheet.is_some() && table.sheet.is_some() && sheet != table.sheet.as_ref() {
            continue;
        }
        for (row, cells) in table.rows.iter().enumerate().take(HEADER_WITHIN_ROWS) {
            if header_row.is_some_and(|wanted| wanted != cells.number) {
                continue;
            }
            let above = row.checked_sub(1).and_then(|above| table.rows.get(above));
            for kind in &kinds {
                let columns = columns(cells, above, dictionary, options, *kind);
                let mut known: Vec<Field> = columns.iter().flatten().cloned().collect();
                known.sort();
                known.dedup();
                let count = known.len();
                let missing = kind.needs().iter().any(|group| !group.iter().any(|f| known.contains(f)));
                if missing && count > nearest_known {
                    (nearest, nearest_known) = (Some((*kind, cells.number, known)), count);
                } else if !missing && count > best_known {
                    (best, best_known) = (Some(Header { table: at, row, kind: *kind, columns }), count);
                }
            }
        }
    }
    best.ok_or_else(|| no_header(tables, options, &kinds, nearest.filter(|_| nearest_known > 1)))
}

/// The fields of a row taken as header. A header of two rows, groups above and names below, is read as both words where the
/// lower alone says nothing or too little.
fn columns(
    cells: &TableRow,
    above: Option<&TableRow>,
    dictionary: &Dictionary,
    options: &ImportOptions,
    kind: TableKind,
) -> Vec<Option<Field>> {
    let mut group = "";
    let mut columns = Vec::with_capacity(cells.cells.len());
    for (at, header) in cells.cells.iter().enumerate() {
        let title = above.and_then(|a| a.cells.get(at)).unwrap_or_default().trim();
        if !title.is_empty() {
            group = title;
        }
        let alone = match options.columns.get(header.trim()) {
            Some(stated) => stated.clone(),
            None => dictionary.field(kind, header),
        };
        let in_group = || {
            let both = format!("{header} {group}");
            let turned = format!("{group} {header}");
            dictionary.field(kind, &both).or_else(|| dictionary.field(kind, &turned))
        };
        columns.push(match (group.is_empty() || header.trim().is_empty(), &alone) {
            (true, _) => alone,
            // "fecha" under "aseguramiento" is the date of recovery, whatever a date alone would be.
            (false, _) => in_group().or(alone),
        });
    }
    columns
}

fn no_header(
    tables: &[Table],
    options: &ImportOptions,
    kinds: &[TableKind],
    nearest: Option<(TableKind, u64, Vec<Field>)>,
) -> TraceError {
    let names = |kind: TableKind, language: Language, all: bool, known: &[Field]| -> String {
        let or = language.pick(" or ", " o ");
        kind.needs()
            .iter()
            .filter(|group| all || !group.iter().any(|f| known.contains(f)))
            .map(|group| group.iter().map(|f| f.name(language)).collect::<Vec<_>>().join(or))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (problem, expected) = match &nearest {
        Some((kind, row, known)) => {
            let seen = |l| known.iter().map(|f| f.name(l)).collect::<Vec<_>>().join(", ");
            (
                Wording::new(
                    format!("row {row} looks like a header ({}), but columns are missing", seen(Language::En)),
                    format!("la fila {row} parece un encabezado ({}), pero faltan columnas", seen(Language::Es)),
                ),
                Wording::new(
                    format!("for {} also: {}", kind.name(Language::En), names(*kind, Language::En, false, known)),
                    format!("para {} también: {}", kind.name(Language::Es), names(*kind, Language::Es, false, known)),
                ),
            )
        }
        None => {
            let list = |l: Language| {
                let one = |k: &TableKind| format!("{} ({})", k.name(l), names(*k, l, true, &[]));
                kinds.iter().map(one).collect::<Vec<_>>().join("; ")
            };
            (
                Wording::new("no header found", "no se encontró ningún encabezado"),
                Wording::new(
                    format!("columns of {}", list(Language::En)),
                    format!("columnas de {}", list(Language::Es)),
                ),
            )
        }
    };
    let first = tables.iter().flat_map(|t| &t.rows).next();
    let got = first.map_or_else(String::new, |row| {
        let cells: Vec<String> = row.cells.iter().take(8).map(values::shown).collect();
        format!("\"{}\"", cells.join("\", \""))
    });
    // Headers that were recognised may be repeated; others might be the first record, names and all.
    TraceError::File { file: options.file.clone(), problem, expected, got }
}

/// `1899-12-30` and so many days, in ISO 8601.
fn day_of(days: i32) -> Option<String> {
    let first = jiff::civil::date(1899, 12, 30);
    first.checked_add(jiff::Span::new().try_days(i64::from(days)).ok()?).ok().map(|d| d.to_string())
}

fn is_total(cell: &str) -> bool {
    let folded = fold(cell);
    let first = folded.split(' ').next().unwrap_or_default();
    matches!(first, "total" | "totals" | "totales" | "subtotal" | "suma" | "sum")
        || folded.starts_with("gran total")
        || folded.starts_with("grand total")
}

/// A lone cell that is a sentence, or begins as remarks begin.
fn is_footnote(cell: &str) -> bool {
    let folded = fold(cell);
    let words = folded.split(' ').count();
    let first = folded.split(' ').next().unwrap_or_default();
    cell.starts_with(['*', '(', '¹', '†'])
        || matches!(
            first,
            "nota" | "notas" | "note" | "notes" | "fuente" | "source" | "elaboro" | "reviso" | "page" | "pagina"
        )
        || words >= 3
}

/// Which rows a note is of, where they are several.
fn rows_named(rows: &[u64]) -> Wording {
    if rows.len() < 2 {
        return Wording::default();
    }
    let named: Vec<String> = rows.iter().take(ROWS_NAMED).map(u64::to_string).collect();
    let more = rows.len().saturating_sub(ROWS_NAMED);
    let (en, es) = if more > 0 { (format!(" and {more} more"), format!(" y {more} más")) } else { Default::default() };
    Wording::new(format!(" (rows {}{en})", named.join(", ")), format!(" (filas {}{es})", named.join(", ")))
}

fn short(cell: &str) -> String {
    const MOST: usize = 24;
    if cell.chars().count() <= MOST {
        cell.to_owned()
    } else {
        format!("{}…", cell.chars().take(MOST).collect::<String>())
    }
}
