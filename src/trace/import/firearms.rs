//! Rows of the laboratory's register into firearm records.

use super::fields::Field;
use super::rows::Row;
use super::sheet::Sheet;
use super::{ImportOutcome, Reject};
use crate::ids::{FirearmId, TraceId};
use crate::trace::wording::Wording;
use crate::trace::{FirearmRecord, FirearmType};
use std::collections::HashMap;

/// One record a row; a firearm number given twice with other content is refused, with the same content it is left out.
pub(super) fn assemble(mut sheet: Sheet) -> ImportOutcome<FirearmRecord> {
    let mut records: Vec<FirearmRecord> = Vec::new();
    let mut at: HashMap<FirearmId, usize> = HashMap::new();
    let (mut rejects, mut notes) = (Vec::new(), Vec::new());
    let rows = std::mem::take(&mut sheet.rows);
    for cells in &rows {
        let row = &cells.number;
        let read = Row::new(&sheet, cells).and_then(|view| record(&view).map(|r| (r, view.serial_was_rounded())));
        match read {
            Err(reject) => rejects.push(reject),
            Ok((record, rounded)) => {
                if rounded {
                    notes.push(super::traces::rounded(*row));
                }
                match at.get(&record.firearm) {
                    None => {
                        at.insert(record.firearm.clone(), records.len());
                        records.push(record);
                    }
                    Some(first) if records[*first].content_hash() == record.content_hash() => {
                        notes.push(super::traces::repeated(*row));
                    }
                    Some(first) => rejects.push(Reject {
                        row: *row,
                        field: Some(Field::Firearm),
                        expected: Wording::new(
                            format!("a firearm not yet stated otherwise in {}", first_row(&records[*first])),
                            format!("un arma no descrita de otro modo en {}", first_row(&records[*first])),
                        ),
                        got: super::values::shown(record.firearm.as_str()),
                    }),
                }
            }
        }
    }
    sheet.notes.extend(notes);
    ImportOutcome::of(sheet, &rows, records, rejects)
}

fn first_row(record: &FirearmRecord) -> String {
    record.source.iter().flat_map(|s| &s.rows).map(u64::to_string).collect::<Vec<_>>().join(", ")
}

fn record(row: &Row<'_>) -> Result<FirearmRecord, Reject> {
    let number = row.cell(&Field::Firearm);
    if number.is_empty() {
        return Err(row.reject(&Field::Firearm, ("a firearm number", "un número de arma"), number));
    }
    let mut record = FirearmRecord::new(FirearmId::new(number), row.serial()?);
    record.slide_serial = row.slide_serial();
    record.maker = row.text(&Field::Maker);
    record.model = row.text(&Field::Model);
    record.calibre = row.text(&Field::Calibre);
    record.firearm_type = row.word(&Field::FirearmType, FirearmType::from_code, FirearmType::Other);
    record.country_of_origin = row.text(&Field::CountryOfOrigin);
    record.importer = row.text(&Field::Importer);
    record.recovered_on = row.date(&Field::RecoveredOn)?;
    record.recovered_at = row.recovery_place();
    record.agency = row.text(&Field::Agency);
    record.ori = row.text(&Field::Ori);
    record.case_number = row.text(&Field::CaseNumber);
    record.item = row.text(&Field::Item);
    record.nic_number = row.text(&Field::NicNumber);
    record.trace = row.text(&Field::Trace).map(TraceId::new);
    record.extra = row.extra();
    record.source = Some(row.source());
    Ok(record)
}
