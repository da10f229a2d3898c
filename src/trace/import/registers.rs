//! Rows of the registers of test fires, custody and transactions into records.

use super::fields::Field;
use super::rows::Row;
use super::sheet::Sheet;
use super::{ImportOutcome, Reject};
use crate::ids::{Digest, ExhibitId, FirearmId, SpecimenId};
use crate::trace::stored::Kept;
use crate::trace::text::fold;
use crate::trace::wording::Wording;
use crate::trace::{
    CustodyRecord, DispositionKind, Ffl, FirearmType, PartyName, Personal, Place, TestFireRecord, TransactionRecord,
    Written,
};
use std::collections::HashMap;

/// One record a row. A row that says the same as an earlier one is left out with a note; where records have a `key`, a
/// second row of it that says something else is refused.
fn assemble<R: Kept>(
    mut sheet: Sheet,
    read: impl Fn(&Row<'_>) -> Result<R, Reject>,
    key: impl Fn(&R) -> Option<(Field, String)>,
) -> ImportOutcome<R> {
    let rows = std::mem::take(&mut sheet.rows);
    let (mut records, mut rejects, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    let mut contents: HashMap<Digest, u64> = HashMap::new();
    let mut keys: HashMap<String, u64> = HashMap::new();
    for cells in &rows {
        let row = cells.number;
        let made = Row::new(&sheet, cells).and_then(|view| read(&view).map(|r| (r, view.serial_was_rounded())));
        let (record, rounded) = match made {
            Ok(made) => made,
            Err(reject) => {
                rejects.push(reject);
                continue;
            }
        };
        if contents.insert(Written::of(&record).content, row).is_some() {
            notes.push(super::traces::repeated(row));
            continue;
        }
        if let Some((field, key)) = key(&record) {
            if let Some(first) = keys.get(&key) {
                let expected =
                    Wording::new(format!("what row {first} says of it"), format!("lo que dice de él la fila {first}"));
                rejects.push(Reject { row, field: Some(field), expected, got: super::values::shown(&key) });
                continue;
            }
            keys.insert(key, row);
        }
        if rounded {
            notes.push(super::traces::rounded(row));
        }
        records.push(record);
    }
    sheet.notes.extend(notes);
    ImportOutcome::of(sheet, &rows, records, rejects)
}

pub(super) fn test_fires(sheet: Sheet) -> ImportOutcome<TestFireRecord> {
    assemble(sheet, test_fire, |r| Some((Field::Specimen, r.specimen.to_string())))
}

pub(super) fn custody(sheet: Sheet) -> ImportOutcome<CustodyRecord> {
    assemble(sheet, transfer, |_| None)
}

pub(super) fn transactions(sheet: Sheet) -> ImportOutcome<TransactionRecord> {
    assemble(sheet, transaction, |_| None)
}

fn required(row: &Row<'_>, field: &Field, expected: (&str, &str)) -> Result<String, Reject> {
    row.text(field).ok_or_else(|| row.reject(field, expected, row.cell(field)))
}

fn test_fire(row: &Row<'_>) -> Result<TestFireRecord, Reject> {
    let specimen = required(row, &Field::Specimen, ("a specimen", "un espécimen"))?;
    let firearm = required(row, &Field::Firearm, ("a firearm number", "un número de arma"))?;
    Ok(TestFireRecord {
        specimen: SpecimenId::new(specimen),
        exhibit: row.text(&Field::Exhibit).map(ExhibitId::new),
        firearm: FirearmId::new(firearm),
        fired_on: row.date(&Field::FiredOn)?,
        fired_by: row.personal(&Field::FiredBy),
        extra: row.extra(),
        source: Some(row.source()),
    })
}

fn transfer(row: &Row<'_>) -> Result<CustodyRecord, Reject> {
    let (item, firearm) = (row.text(&Field::Item), row.text(&Field::Firearm).map(FirearmId::new));
    if item.is_none() && firearm.is_none() {
        return Err(row.reject(&Field::Item, ("an item or a firearm", "un indicio o un arma"), ""));
    }
    let to = required(row, &Field::CustodyTo, ("who took it", "quién lo recibió"))?;
    let date = row.date(&Field::MovedOn)?;
    let date = date.ok_or_else(|| row.reject(&Field::MovedOn, ("a date", "una fecha"), ""))?;
    Ok(CustodyRecord {
        item,
        firearm,
        case_number: row.text(&Field::CaseNumber),
        from: row.personal(&Field::CustodyFrom),
        to: Personal::new(to),
        date,
        time: row.time(&Field::MovedOn),
        reason: row.text(&Field::Reason),
        extra: row.extra(),
        source: Some(row.source()),
    })
}

fn transaction(row: &Row<'_>) -> Result<TransactionRecord, Reject> {
    let serial = row.serial()?;
    if !serial.is_number() {
        let expected = (
            "a serial number; a transaction without one traces nothing",
            "un número de serie; sin él la operación no rastrea nada",
        );
        return Err(row.reject(&Field::Serial, expected, row.cell(&Field::Serial)));
    }
    let date = row.date(&Field::SoldOn)?;
    let date = date.ok_or_else(|| row.reject(&Field::SoldOn, ("a date", "una fecha"), ""))?;
    let buyer = required(row, &Field::Buyer, ("who took the firearm", "quién adquirió el arma"))?;
    let (seller, maker) = (row.text(&Field::Seller), row.text(&Field::Maker));
    let kind = |field: &Field| {
        row.word_of(field, "disposition_kind", DispositionKind::from_code)
            .map(|word| word.unwrap_or_else(DispositionKind::Other))
    };
    let (from_ffl, to_ffl) = (row.ffl(&Field::SellerFfl), row.ffl(&Field::BuyerFfl));
    // A licensee without a stated role is a business, and the maker sells what it made; anybody else might be a person.
    let licensed = |ffl: &Option<Ffl>| ffl.as_ref().map(|_| DispositionKind::Retailer);
    let is_maker = seller.as_ref().zip(maker.as_ref()).is_some_and(|(s, m)| fold(s).starts_with(&fold(m)));
    let from_kind = kind(&Field::SellerKind)
        .or_else(|| is_maker.then_some(DispositionKind::Manufacturer))
        .or_else(|| licensed(&from_ffl));
    let unknown = DispositionKind::Other(String::new());
    let to_kind = kind(&Field::BuyerKind).or_else(|| licensed(&to_ffl)).unwrap_or_else(|| unknown.clone());
    Ok(TransactionRecord {
        serial,
        maker,
        model: row.text(&Field::Model),
        calibre: row.text(&Field::Calibre),
        firearm_type: row.word(&Field::FirearmType, FirearmType::from_code, FirearmType::Other),
        importer: row.text(&Field::Importer),
        country_of_origin: row.text(&Field::CountryOfOrigin),
        date,
        from: seller.map(|name| PartyName::of(from_kind.as_ref().unwrap_or(&unknown), name)),
        from_kind,
        from_ffl,
        to: PartyName::of(&to_kind, buyer),
        to_kind,
        to_ffl,
        to_at: Place {
            city: row.text(&Field::BuyerCity),
            state: row.text(&Field::BuyerState),
            country: row.text(&Field::BuyerCountry),
        },
        document: row.text(&Field::Invoice),
        extra: row.extra(),
        source: Some(row.source()),
    })
}
