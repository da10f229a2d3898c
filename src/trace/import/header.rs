//! Finding the header of a table: which sheet, which row, which kind of table, and what is missing where there is none.

use super::ImportOptions;
use super::dictionary::Dictionary;
use super::fields::{Field, TableKind};
use super::profile::Profile;
use super::sheet::HEADER_WITHIN_ROWS;
use super::table::{Table, TableRow};
use super::values;
use crate::language::Language;
use crate::trace::text::fold;
use crate::trace::wording::Wording;
use crate::trace::{TraceError, Unreadable};

/// Where a header stands.
pub(super) struct Header {
    /// Which of the tables.
    pub table: usize,
    /// Place of its row in the table.
    pub row: usize,
    /// Which kind of table it heads.
    pub kind: TableKind,
    /// Field of each column.
    pub columns: Vec<Option<Field>>,
}

/// Finds the header: the row that has what some table needs and the most known columns; of equals the first sheet, the
/// first kind, the first row.
pub(super) fn find(
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

/// The other sheets that have the very header that was found: the same list goes on there, month by month or office by office.
pub(super) fn alike(tables: &[Table], found: &Header) -> Vec<String> {
    let said = |row: &TableRow| -> Vec<String> {
        let mut cells: Vec<String> = row.cells.iter().map(fold).collect();
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        cells
    };
    let Some(header) = tables.get(found.table).and_then(|t| t.rows.get(found.row)).map(said) else { return Vec::new() };
    let others = tables.iter().enumerate().filter(|(at, _)| *at != found.table).map(|(_, table)| table);
    let same = others.filter(|t| t.rows.iter().take(HEADER_WITHIN_ROWS).any(|row| said(row) == header));
    same.filter_map(|t| t.sheet.clone()).collect()
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
    let got = Wording::new(got.clone(), got);
    // Headers that were recognised may be repeated; others might be the first record, names and all.
    TraceError::File { file: options.file.clone(), why: Box::new(Unreadable { problem, expected, got }) }
}
