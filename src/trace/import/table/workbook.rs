//! XLSX workbooks: one table a sheet, dates told from numbers, leading zeros kept where the cell's format shows them.
//!
//! A workbook is a zip archive and may claim anything: its parts are inflated once against a limit before they are read,
//! and cells are taken as a stream, so that a single cell in the last corner costs nothing.

use super::{MOST_BYTES, Refusal, Table, TableRow, Typed, within_limits};
use crate::trace::TraceError;
use crate::trace::wording::Wording;
use calamine::{DataRef, Reader, SheetType, Xlsx};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};

/// Most parts of a workbook: sheets, styles, pictures.
const MOST_PARTS: usize = 4096;
/// Most sheets that are looked at.
const MOST_SHEETS: usize = 64;
/// Most cells over which merged ranges are filled, in all.
const MOST_MERGED: u64 = 1 << 20;
/// A double holds fifteen decimal digits; of longer numbers Excel has dropped the rest.
const MOST_DIGITS: f64 = 1e15;

const BROKEN: (&str, &str) = ("cannot be read as a workbook", "no se puede leer como libro de Excel");
const EXPECTED: (&str, &str) = ("a whole XLSX file", "un archivo XLSX completo");

/// Cells of one row by column.
type Cells = BTreeMap<u32, (String, Option<Typed>)>;

/// Reads the visible and hidden worksheets of a workbook.
pub(super) fn read(refuse: Refusal<'_>, bytes: &[u8]) -> Result<Vec<Table>, TraceError> {
    let broken = |e: &dyn std::fmt::Display| refuse.of(BROKEN, EXPECTED, e.to_string());
    inflate(refuse, bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    let names: Vec<String> =
        book.sheets_metadata().iter().filter(|s| s.typ == SheetType::WorkSheet).map(|s| s.name.clone()).collect();
    let mut tables = Vec::new();
    for name in names.into_iter().take(MOST_SHEETS) {
        let merged = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        let mut rows: BTreeMap<u32, Cells> = BTreeMap::new();
        let mut reader = book.worksheet_cells_reader(&name).map_err(|e| broken(&e))?;
        let padded: Vec<Option<usize>> = reader
            .styles()
            .iter()
            .map(|style| style.number_format.as_ref().and_then(|f| zeros(&f.format_code)))
            .collect();
        while let Some((cell, style)) = reader.next_cell_with_style_id().map_err(|e| broken(&e))? {
            let (row, column) = cell.get_position();
            let Some((text, typed)) = shown(cell.get_value(), padded.get(style).copied().flatten()) else { continue };
            within_limits(refuse, rows.len(), u64::from(row) + 1, column as usize + 1, text.len())?;
            rows.entry(row).or_default().insert(column, (text, typed));
        }
        let mut notes = Vec::new();
        let filled = fill(&mut rows, &merged);
        if filled > 0 {
            notes.push(Wording::new(
                format!("{filled} cells under merged ones were read as saying the same"),
                format!("{filled} celdas bajo celdas combinadas se leyeron como si dijeran lo mismo"),
            ));
        }
        let width = rows.values().filter_map(|cells| cells.keys().next_back()).max().map_or(0, |c| *c as usize + 1);
        let rows = rows
            .into_iter()
            .filter(|(_, cells)| cells.values().any(|(text, _)| !text.trim().is_empty()))
            .map(|(row, cells)| whole(row, cells, width))
            .collect();
        let read_as = Wording::new(format!("XLSX, sheet \"{name}\""), format!("XLSX, hoja «{name}»"));
        tables.push(Table { sheet: Some(name), rows, read_as, notes });
    }
    if tables.iter().all(|t| t.rows.is_empty()) {
        return Err(refuse.of(
            ("empty", "vacío"),
            ("a header and rows", "un encabezado y filas"),
            "a workbook without cells",
        ));
    }
    Ok(tables)
}

/// Inflates every part once, counting: what a zip archive says of its own size is only a claim.
fn inflate(refuse: Refusal<'_>, bytes: &[u8]) -> Result<(), TraceError> {
    let broken = |e: &dyn std::fmt::Display| refuse.of(BROKEN, EXPECTED, e.to_string());
    let too_large = |got: String| {
        let expected = ("at most 512 MiB inflated", "512 MiB como máximo una vez descomprimido");
        refuse.of(("too large", "demasiado grande"), expected, got)
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    if archive.len() > MOST_PARTS {
        return Err(too_large(format!("{} parts", archive.len())));
    }
    let mut left = MOST_BYTES as u64;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|e| broken(&e))?;
        // Pictures and the like are never read.
        if !part.name().ends_with(".xml") && !part.name().ends_with(".rels") {
            continue;
        }
        let read = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(|e| broken(&e))?;
        match left.checked_sub(read) {
            Some(rest) => left = rest,
            None => return Err(too_large("more than 512 MiB".to_owned())),
        }
    }
    Ok(())
}

/// The text of a cell as a person reads it, and what it was where it was no text; `None` for an empty one.
fn shown(value: &DataRef<'_>, padded: Option<usize>) -> Option<(String, Option<Typed>)> {
    Some(match value {
        DataRef::Empty => return None,
        DataRef::String(text) => (text.clone(), None),
        DataRef::SharedString(text) => ((*text).to_owned(), None),
        DataRef::Bool(yes) => ((if *yes { "yes" } else { "no" }).to_owned(), None),
        DataRef::Int(number) => padded_number(&number.to_string(), padded),
        DataRef::Float(number) => number_text(*number, padded),
        DataRef::DateTime(date) if date.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
            let text = if (hour, minute, second) == (0, 0, 0) {
                format!("{year:04}-{month:02}-{day:02}")
            } else {
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
            };
            (text, Some(Typed::Date))
        }
        DataRef::DateTime(span) => (span.as_f64().to_string(), Some(Typed::Number)),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => (text.clone(), Some(Typed::Date)),
        // A formula that failed says nothing; the cell shows the failure, so that it is refused and not passed over.
        DataRef::Error(error) => (error.to_string(), None),
    })
}

fn number_text(number: f64, padded: Option<usize>) -> (String, Option<Typed>) {
    if number.fract() == 0.0 && number.abs() < MOST_DIGITS {
        return padded_number(&format!("{number:.0}"), padded);
    }
    if number.abs() >= MOST_DIGITS {
        // The digits behind the fifteenth are gone: written as a spreadsheet writes what it has rounded.
        let text = format!("{number:.5E}");
        return (text.replacen('E', "E+", 1), Some(Typed::Number));
    }
    (number.to_string(), Some(Typed::Number))
}

/// A whole number with the leading zeros that its format shows; then nothing was lost.
fn padded_number(digits: &str, padded: Option<usize>) -> (String, Option<Typed>) {
    match padded {
        Some(width) if digits.bytes().all(|b| b.is_ascii_digit()) => (format!("{digits:0>width$}"), None),
        _ => (digits.to_owned(), Some(Typed::Number)),
    }
}

/// The number of digits that a format of zeros alone (`00000000`) shows.
fn zeros(format: &str) -> Option<usize> {
    (format.len() >= 2 && format.len() <= 32 && format.bytes().all(|b| b == b'0')).then_some(format.len())
}

/// Says the value of a merged range in the rows below its first; columns are left alone, as a title above a table is
/// merged over many. Gives the number of cells filled.
fn fill(rows: &mut BTreeMap<u32, Cells>, merged: &[calamine::Dimensions]) -> u64 {
    let mut filled = 0;
    for range in merged {
        let ((top, left), (bottom, right)) = (range.start, range.end);
        if left != right || bottom <= top || filled + u64::from(bottom - top) > MOST_MERGED {
            continue;
        }
        let Some(value) = rows.get(&top).and_then(|cells| cells.get(&left)).cloned() else { continue };
        for (_, cells) in rows.range_mut(top + 1..=bottom) {
            cells.entry(left).or_insert_with(|| {
                filled += 1;
                value.clone()
            });
        }
    }
    filled
}

fn whole(row: u32, cells: Cells, width: usize) -> TableRow {
    let typed = cells
        .iter()
        .filter_map(|(column, (_, typed))| typed.and_then(|t| u16::try_from(*column).ok().map(|c| (c, t))))
        .collect();
    let mut record = csv::StringRecord::new();
    let mut cells = cells.into_iter().peekable();
    for column in 0..width {
        match cells.next_if(|(at, _)| *at as usize == column) {
            Some((_, (text, _))) => record.push_field(&text),
            None => record.push_field(""),
        }
    }
    TableRow { number: u64::from(row) + 1, cells: record, typed }
}
