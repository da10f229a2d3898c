//! Rows into trace records: rows of one trace number are one record with several steps in its chain of sale.

use super::fields::Field;
use super::rows::Row;
use super::sheet::Sheet;
use super::table::TableRow;
use super::{ImportOutcome, Note, Reject};
use crate::ids::TraceId;
use crate::trace::wording::Wording;
use crate::trace::{
    CloseReason, Disposition, DispositionKind, Ffl, FirearmType, PartyName, Personal, Place, TraceRecord, TraceStatus,
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// One row, read: the record it states with its own step of the chain apart.
struct Part {
    record: TraceRecord,
    step: Option<(Option<i64>, Disposition)>,
}

/// Reads every row and joins those of one trace. A trace of which one row is bad is refused whole: a chain of sale with
/// a step silently missing would be worse than none.
pub(super) fn assemble(mut sheet: Sheet) -> ImportOutcome<TraceRecord> {
    let rows = std::mem::take(&mut sheet.rows);
    let (mut rejects, mut notes) = (Vec::new(), Vec::new());
    let mut order: Vec<TraceId> = Vec::new();
    let mut parts: HashMap<TraceId, Vec<Part>> = HashMap::new();
    let mut spoiled: HashMap<TraceId, u64> = HashMap::new();
    let mut seen: HashSet<Same<'_>> = HashSet::with_capacity(rows.len());
    for cells in &rows {
        let row = &cells.number;
        if !seen.insert(Same(cells)) {
            notes.push(repeated(*row));
            continue;
        }
        let view = match Row::new(&sheet, cells) {
            Ok(view) => view,
            Err(reject) => {
                // Its own rows elsewhere in the file lack a step then.
                if let Some(number) = sheet.column(&Field::Trace).and_then(|at| cells.cells.get(at)) {
                    spoiled.entry(TraceId::new(number)).or_insert(*row);
                }
                rejects.push(reject);
                continue;
            }
        };
        match part(&view) {
            Ok(part) => {
                if view.serial_was_rounded() {
                    notes.push(rounded(*row));
                }
                let group = parts.entry(part.record.trace.clone()).or_default();
                if group.is_empty() {
                    order.push(part.record.trace.clone());
                }
                group.push(part);
            }
            Err(reject) => {
                let trace = TraceId::new(view.cell(&Field::Trace));
                spoiled.entry(trace).or_insert(*row);
                rejects.push(reject);
            }
        }
    }
    let mut records = Vec::with_capacity(order.len());
    for trace in order {
        let group = parts.remove(&trace).unwrap_or_default();
        match spoiled.get(&trace) {
            Some(bad) => rejects.extend(group.iter().flat_map(rows_of).map(|row| sibling(row, *bad, &trace))),
            None => match join(group) {
                Ok(record) => records.push(record),
                Err(refused) => rejects.extend(refused),
            },
        }
    }
    rejects.sort_by_key(|reject| reject.row);
    drop(seen);
    sheet.notes.extend(notes);
    ImportOutcome::of(sheet, &rows, records, rejects)
}

/// A row by what it says, without a copy of it.
struct Same<'a>(&'a TableRow);

impl PartialEq for Same<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.cells == other.0.cells
    }
}

impl Eq for Same<'_> {}

impl std::hash::Hash for Same<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.cells.as_slice().hash(state);
    }
}

/// The note on a row that says again what an earlier one said.
pub(super) fn repeated(row: u64) -> Note {
    Note { row: Some(row), text: Wording::new("the same row again, left out", "la misma fila otra vez, omitida") }
}

/// The note on a serial number that a spreadsheet has rounded away.
pub(super) fn rounded(row: u64) -> Note {
    Note {
        row: Some(row),
        text: Wording::new(
            "a spreadsheet has rounded the serial number, its digits are lost; format the column as text and export again",
            "una hoja de cálculo redondeó el número de serie y se perdieron cifras; dé formato de texto a la columna y \
             exporte de nuevo",
        ),
    }
}

fn rows_of(part: &Part) -> Vec<u64> {
    part.record.source.as_ref().map(|s| s.rows.clone()).unwrap_or_default()
}

fn sibling(row: u64, bad: u64, trace: &TraceId) -> Reject {
    Reject {
        row,
        field: Some(Field::Trace),
        expected: Wording::new(
            format!("all rows of the trace to be good; row {bad} is not"),
            format!("todas las filas del rastreo correctas; la fila {bad} no lo es"),
        ),
        got: super::values::shown(trace.as_str()),
    }
}

fn part(row: &Row<'_>) -> Result<Part, Reject> {
    let number = row.cell(&Field::Trace);
    if number.is_empty() {
        return Err(row.reject(&Field::Trace, ("a trace number", "un número de rastreo"), number));
    }
    let mut record = TraceRecord::new(TraceId::new(number), row.serial()?);
    if let Some(status) = row.word(&Field::Status, TraceStatus::from_code, TraceStatus::Unknown) {
        record.status = status;
    }
    record.close_reason = row.word(&Field::CloseReason, CloseReason::from_code, CloseReason::Other);
    record.requested_on = row.date(&Field::RequestedOn)?;
    record.completed_on = row.date(&Field::CompletedOn)?;
    record.priority = row.text(&Field::Priority);
    record.crime_code = row.text(&Field::CrimeCode);
    record.project_code = row.text(&Field::ProjectCode);
    record.slide_serial = row.slide_serial();
    record.markings = row.text(&Field::Markings);
    record.maker = row.text(&Field::Maker);
    record.model = row.text(&Field::Model);
    record.calibre = row.text(&Field::Calibre);
    record.firearm_type = row.word(&Field::FirearmType, FirearmType::from_code, FirearmType::Other);
    record.importer = row.text(&Field::Importer);
    record.country_of_origin = row.text(&Field::CountryOfOrigin);
    record.recovered_on = row.date(&Field::RecoveredOn)?;
    record.recovered_at = row.recovery_place();
    record.agency = row.text(&Field::Agency);
    record.ori = row.text(&Field::Ori);
    record.officer = row.personal(&Field::Officer);
    record.case_number = row.text(&Field::CaseNumber);
    record.item = row.text(&Field::Item);
    record.nic_number = row.text(&Field::NicNumber);
    record.obliterated = row.yes_no(&Field::Obliterated)?;
    record.possessor = row.personal(&Field::Possessor);
    record.purchaser = row.personal(&Field::Purchaser);
    record.purchased_on = row.date(&Field::PurchasedOn)?;
    record.stated_time_to_crime_days = row.days(&Field::TimeToCrime)?;
    record.multiple_sale = row.yes_no(&Field::MultipleSale)?;
    record.theft_from_dealer = row.yes_no(&Field::TheftFromDealer)?;
    record.extra = row.extra();
    record.source = Some(row.source());
    Ok(Part { step: step(row)?, record })
}

/// The step of the chain of sale that the row states, with its place in the order.
fn step(row: &Row<'_>) -> Result<Option<(Option<i64>, Disposition)>, Reject> {
    let kind = row.word(&Field::DispositionKind, DispositionKind::from_code, DispositionKind::Other);
    let name = row.text(&Field::DispositionName);
    let date = row.date(&Field::DispositionDate)?;
    let ffl = row.text(&Field::Ffl).map(|text| Ffl::new(&text));
    let place = Place {
        city: row.text(&Field::DispositionCity),
        state: row.text(&Field::DispositionState),
        country: row.text(&Field::DispositionCountry),
    };
    let number = match row.text(&Field::Disposition) {
        None => None,
        Some(text) => match text.trim_end_matches(".0").parse() {
            Ok(number) => Some(number),
            Err(_) => {
                let expected = ("the place in the chain of sale, 1, 2, 3", "el lugar en la cadena de venta, 1, 2, 3");
                return Err(row.reject(&Field::Disposition, expected, &text));
            }
        },
    };
    let dealer = row.text(&Field::Dealer);
    let (kind, name) = match (kind, name, dealer) {
        (None, None, Some(dealer)) => (DispositionKind::Retailer, Some(dealer)),
        (None, name, _) if name.is_some() || date.is_some() || ffl.is_some() || !place.is_empty() => {
            // A licensee without a stated role is a business, anybody else might be a person.
            let kind = if ffl.is_some() { DispositionKind::Retailer } else { DispositionKind::Other(String::new()) };
            (kind, name)
        }
        (None, _, _) => return Ok(None),
        (Some(kind), name, dealer) => {
            let name = name.or_else(|| dealer.filter(|_| kind == DispositionKind::Retailer));
            (kind, name)
        }
    };
    let name = name.map(|name| PartyName::of(&kind, name));
    Ok(Some((number, Disposition { kind, name, place, ffl, date })))
}

/// Joins the rows of one trace: what one leaves blank another may state, what two state must agree.
fn join(group: Vec<Part>) -> Result<TraceRecord, Vec<Reject>> {
    let all_rows: Vec<u64> = group.iter().flat_map(rows_of).collect();
    let mut other_rows = BTreeMap::new();
    let row_of = |part: &Part| rows_of(part).first().copied().unwrap_or_default();
    let mut parts = group.into_iter();
    let Some(first) = parts.next() else { return Err(Vec::new()) };
    let first_row = row_of(&first);
    let mut record = first.record;
    let mut steps: Vec<_> = first.step.into_iter().map(|(n, step)| (n, step, first_row)).collect();
    for part in parts {
        let row = row_of(&part);
        let blank = blanks(&record);
        if let Err((field, got)) = merge(&mut record, part.record) {
            let clash = Reject {
                row,
                expected: Wording::new(
                    format!(
                        "the same {} as in the other rows of this trace",
                        field.name(crate::language::Language::En)
                    ),
                    format!(
                        "el mismo valor de {} que en las demás filas del rastreo",
                        field.name(crate::language::Language::Es)
                    ),
                ),
                field: Some(field),
                got: super::values::shown(&got),
            };
            return Err(all_rows
                .iter()
                .map(|r| if *r == row { clash.clone() } else { sibling(*r, row, &record.trace) })
                .collect());
        }
        let still = blanks(&record);
        other_rows.extend(blank.into_iter().filter(|f| !still.contains(f)).map(|f| (f.to_owned(), row)));
        steps.extend(part.step.map(|(n, step)| (n, step, row)));
    }
    let numbers: Vec<i64> = steps.iter().filter_map(|(n, _, _)| *n).collect();
    if numbers.iter().collect::<HashSet<_>>().len() != numbers.len() {
        return Err(all_rows
            .iter()
            .map(|row| Reject {
                row: *row,
                field: Some(Field::Disposition),
                expected: Wording::new(
                    "each place in the chain of sale once",
                    "cada lugar de la cadena de venta una sola vez",
                ),
                got: numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", "),
            })
            .collect());
    }
    // Steps without a number keep the order of their rows after the numbered ones; the sort is stable.
    steps.sort_by_key(|(number, _, _)| number.unwrap_or(i64::MAX));
    for (at, (_, _, row)) in steps.iter().enumerate().filter(|(_, (_, _, row))| *row != first_row) {
        other_rows.insert(format!("dispositions.{at}"), *row);
    }
    record.dispositions = steps.into_iter().map(|(_, step, _)| step).collect();
    if let Some(source) = &mut record.source {
        source.rows = all_rows;
        source.other_rows = other_rows;
    }
    Ok(record)
}

/// The fields that a record leaves blank, by their path: what a further row fills in comes from that row.
fn blanks(record: &TraceRecord) -> Vec<&'static str> {
    let Place { city, state, country } = &record.recovered_at;
    [
        ("status", record.status == TraceStatus::Unknown(String::new())),
        ("serial", record.serial.raw.is_empty()),
        ("close_reason", record.close_reason.is_none()),
        ("requested_on", record.requested_on.is_none()),
        ("completed_on", record.completed_on.is_none()),
        ("priority", record.priority.is_none()),
        ("crime_code", record.crime_code.is_none()),
        ("project_code", record.project_code.is_none()),
        ("slide_serial", record.slide_serial.is_none()),
        ("markings", record.markings.is_none()),
        ("maker", record.maker.is_none()),
        ("model", record.model.is_none()),
        ("calibre", record.calibre.is_none()),
        ("firearm_type", record.firearm_type.is_none()),
        ("importer", record.importer.is_none()),
        ("country_of_origin", record.country_of_origin.is_none()),
        ("recovered_on", record.recovered_on.is_none()),
        ("agency", record.agency.is_none()),
        ("ori", record.ori.is_none()),
        ("officer", record.officer.is_none()),
        ("case_number", record.case_number.is_none()),
        ("item", record.item.is_none()),
        ("nic_number", record.nic_number.is_none()),
        ("obliterated", record.obliterated.is_none()),
        ("possessor", record.possessor.is_none()),
        ("purchaser", record.purchaser.is_none()),
        ("purchased_on", record.purchased_on.is_none()),
        ("stated_time_to_crime_days", record.stated_time_to_crime_days.is_none()),
        ("multiple_sale", record.multiple_sale.is_none()),
        ("theft_from_dealer", record.theft_from_dealer.is_none()),
        ("recovered_at.city", city.is_none()),
        ("recovered_at.state", state.is_none()),
        ("recovered_at.country", country.is_none()),
    ]
    .into_iter()
    .filter(|(_, blank)| *blank)
    .map(|(field, _)| field)
    .collect()
}

/// Takes over what `record` leaves blank; the first field on which both differ is the error.
fn merge(record: &mut TraceRecord, other: TraceRecord) -> Result<(), (Field, String)> {
    fn fill<T: PartialEq + ToString>(
        mine: &mut Option<T>,
        other: Option<T>,
        field: Field,
    ) -> Result<(), (Field, String)> {
        match (&*mine, other) {
            (_, None) => Ok(()),
            (Some(a), Some(b)) if *a == b => Ok(()),
            (Some(_), Some(b)) => Err((field, b.to_string())),
            (None, other) => {
                *mine = other;
                Ok(())
            }
        }
    }
    match (record.status == TraceStatus::Unknown(String::new()), &other.status) {
        (_, TraceStatus::Unknown(text)) if text.is_empty() => {}
        (true, _) => record.status = other.status,
        (false, status) if *status != record.status => return Err((Field::Status, other.status.to_string())),
        (false, _) => {}
    }
    if record.serial.raw.is_empty() && record.serial.state == crate::trace::SerialState::Unknown {
        record.serial = other.serial;
    } else if !other.serial.raw.is_empty() && other.serial != record.serial {
        return Err((Field::Serial, other.serial.raw));
    }
    fill(&mut record.close_reason, other.close_reason, Field::CloseReason)?;
    fill(&mut record.requested_on, other.requested_on, Field::RequestedOn)?;
    fill(&mut record.completed_on, other.completed_on, Field::CompletedOn)?;
    fill(&mut record.priority, other.priority, Field::Priority)?;
    fill(&mut record.crime_code, other.crime_code, Field::CrimeCode)?;
    fill(&mut record.project_code, other.project_code, Field::ProjectCode)?;
    fill(&mut record.slide_serial, other.slide_serial, Field::SlideSerial)?;
    fill(&mut record.markings, other.markings, Field::Markings)?;
    fill(&mut record.maker, other.maker, Field::Maker)?;
    fill(&mut record.model, other.model, Field::Model)?;
    fill(&mut record.calibre, other.calibre, Field::Calibre)?;
    fill(&mut record.firearm_type, other.firearm_type, Field::FirearmType)?;
    fill(&mut record.importer, other.importer, Field::Importer)?;
    fill(&mut record.country_of_origin, other.country_of_origin, Field::CountryOfOrigin)?;
    fill(&mut record.recovered_on, other.recovered_on, Field::RecoveredOn)?;
    fill(&mut record.recovered_at.city, other.recovered_at.city, Field::RecoveryCity)?;
    fill(&mut record.recovered_at.state, other.recovered_at.state, Field::RecoveryState)?;
    fill(&mut record.recovered_at.country, other.recovered_at.country, Field::RecoveryCountry)?;
    fill(&mut record.agency, other.agency, Field::Agency)?;
    fill(&mut record.ori, other.ori, Field::Ori)?;
    fill(&mut record.officer, other.officer, Field::Officer)?;
    fill(&mut record.case_number, other.case_number, Field::CaseNumber)?;
    fill(&mut record.item, other.item, Field::Item)?;
    fill(&mut record.nic_number, other.nic_number, Field::NicNumber)?;
    fill(&mut record.obliterated, other.obliterated, Field::Obliterated)?;
    fill(&mut record.possessor, other.possessor, Field::Possessor)?;
    fill(&mut record.purchaser, other.purchaser, Field::Purchaser)?;
    fill(&mut record.purchased_on, other.purchased_on, Field::PurchasedOn)?;
    fill(&mut record.stated_time_to_crime_days, other.stated_time_to_crime_days, Field::TimeToCrime)?;
    fill(&mut record.multiple_sale, other.multiple_sale, Field::MultipleSale)?;
    fill(&mut record.theft_from_dealer, other.theft_from_dealer, Field::TheftFromDealer)?;
    for (column, value) in other.extra {
        // An extra column may belong to a step of the chain: every value it takes is kept, in the order of the rows.
        match record.extra.get_mut(&column) {
            Some(mine) if *mine == value => {}
            Some(mine) => *mine = both(mine, &value),
            None => {
                record.extra.insert(column, value);
            }
        }
    }
    Ok(())
}

fn both(a: &Personal<String>, b: &Personal<String>) -> Personal<String> {
    let texts: Vec<&str> = [a, b].into_iter().filter_map(|p| p.for_storage().map(String::as_str)).collect();
    Personal::new(texts.join(" | "))
}
