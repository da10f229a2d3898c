//! What is no record, and what a spreadsheet did to cells: left out, mended or flagged, and always named in a note.

use super::Note;
use super::dictionary::header_key;
use super::fields::Field;
use super::sheet::{Sheet, unknown_column};
use super::table::{TableRow, Typed};
use crate::language::Language;
use crate::trace::text::fold;
use crate::trace::wording::Wording;

/// Rows named in one note.
const ROWS_NAMED: usize = 8;

impl Sheet {
    /// Leaves out what is no record: the header again on the next printed page, totals, footnotes. Each is named.
    pub(super) fn weed(&mut self, header: &csv::StringRecord) {
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

    /// A column that only numbers the lines (No., Consecutivo) says nothing: kept, it would make a new version of every record
    /// whenever the list is sorted anew.
    pub(super) fn pass_over_line_numbers(&mut self) {
        let counts = |header: &str| {
            let key = header_key(header);
            matches!(
                key.as_str(),
                "no" | "consecutivo" | "cons" | "prog" | "progresivo" | "row" | "line" | "lineno" | "seq"
            )
        };
        for at in 0..self.mapping.len() {
            let column = &self.mapping[at];
            if column.field.is_some() || column.second_of.is_some() || !counts(&column.header) {
                continue;
            }
            let cells = self.rows.iter().map(|r| r.cells.get(at).unwrap_or_default().trim()).filter(|c| !c.is_empty());
            let numbers: Option<Vec<u64>> = cells.map(|c| c.parse().ok()).collect();
            if numbers.is_some_and(|numbers| numbers.is_sorted()) {
                self.mapping[at].ignored = true;
                let header = self.mapping[at].header.clone();
                let unknown = unknown_column(&header);
                self.notes.retain(|note| *note != unknown);
                self.note(
                    None,
                    format!("column \"{header}\" only numbers the lines and is not read"),
                    format!("la columna «{header}» solo numera los renglones y no se lee"),
                );
            }
        }
    }

    /// Days that a workbook holds as plain numbers since its formatting was lost (43895 for 2020-03-05), in columns of dates.
    pub(super) fn read_day_numbers(&mut self) {
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
    pub(super) fn flag_numbers(&mut self) {
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
