//! The country as CSV tables.

use super::gun::{Gun, TOWNS};
use super::{Country, CountryTrace};
use crate::simulate::city::Day;

pub(super) fn tables(country: &Country) -> Vec<(&'static str, Vec<u8>)> {
    let mut us = Table::new(&TRACE_HEADER);
    let mut mx = Table::new(&TRACE_HEADER_ES);
    let mut truth = Table::new(&["trace_no", "firearm", "error"]);
    for trace in &country.traces {
        let gun = &country.guns[trace.gun];
        if TOWNS[trace.seizure.town].mexican {
            mx.row(&trace_cells(trace, gun, true));
        } else {
            us.row(&trace_cells(trace, gun, false));
        }
        truth.row(&[
            trace.number.clone(),
            country.firearm(trace.gun).unwrap_or_default(),
            trace.slip.code().to_owned(),
        ]);
    }
    let mut register = Table::new(&REGISTER_HEADER);
    let mut fires = Table::new(&["firearm", "exhibit", "specimen", "fired_on"]);
    for gun in country.guns.iter().filter(|g| g.number.is_some()) {
        let number = format!("GUN-{:06}", gun.number.unwrap_or_default());
        register.row(&register_cells(gun, &number));
        for shot in 1..=2 {
            let (exhibit, specimen) = (format!("TF-{number}"), format!("TF-{number}-{shot}"));
            fires.row(&[number.clone(), exhibit, specimen, gun.seizure.on.plus(20).iso()]);
        }
    }
    vec![
        ("firearms.csv", register.bytes),
        ("test-fires.csv", fires.bytes),
        ("traces-us.csv", us.bytes),
        ("traces-mx.csv", mx.bytes),
        ("truth.csv", truth.bytes),
    ]
}

const REGISTER_HEADER: [&str; 14] = [
    "firearm", "serial", "serial_state", "maker", "model", "calibre", "type", "importer", "recovered_on",
    "recovery_city", "recovery_state", "agency", "case_no", "item",
];

const TRACE_HEADER: [&str; 19] = [
    "trace_no", "status", "serial", "serial_state", "manufacturer", "model", "caliber", "type", "importer",
    "country_of_origin", "recovery_date", "recovery_city", "recovery_state", "agency", "ori", "case_no", "item",
    "possessor", "purchaser",
];

const TRACE_HEADER_ES: [&str; 19] = [
    "folio de rastreo", "estatus", "número de serie", "estado de serie", "marca", "modelo", "calibre", "tipo de arma",
    "importador", "país de origen", "fecha de aseguramiento", "municipio", "entidad", "autoridad", "ori",
    "carpeta de investigación", "indicio", "poseedor", "comprador",
];

fn register_cells(gun: &Gun, number: &str) -> Vec<String> {
    let town = &TOWNS[gun.seizure.town];
    let serial = match gun.read_as {
        "obliterated" => String::new(),
        "partial" => {
            let mut text = gun.serial.clone();
            text.replace_range(text.len() - 2..text.len() - 1, "?");
            text
        }
        _ => gun.serial.clone(),
    };
    vec![
        number.to_owned(),
        serial,
        gun.read_as.to_owned(),
        gun.make.maker.to_owned(),
        gun.make.model.to_owned(),
        gun.make.calibre.to_owned(),
        gun.make.kind.to_owned(),
        gun.make.importer.to_owned(),
        gun.seizure.on.iso(),
        town.city.to_owned(),
        town.state.to_owned(),
        town.agency.to_owned(),
        gun.seizure.case.clone(),
        gun.seizure.item.to_string(),
    ]
}

fn trace_cells(trace: &CountryTrace, gun: &Gun, spanish: bool) -> Vec<String> {
    let stated = |states: bool, text: &str| if states { text.to_owned() } else { String::new() };
    let day = |on: Day| if spanish { on.day_first() } else { on.iso() };
    let town = &TOWNS[trace.seizure.town];
    let status = match (trace.purchaser.is_some(), spanish) {
        (true, false) => "completed",
        (true, true) => "concluido",
        (false, false) => "closed without result",
        (false, true) => "cerrado sin resultado",
    };
    let state = match (trace.serial_state, spanish) {
        ("full", true) => "completo",
        ("partial", true) => "parcial",
        ("restored", true) => "restaurado",
        ("obliterated", true) => "borrado",
        (code, _) => code,
    };
    let kind = match (gun.make.kind, spanish) {
        ("pistol", true) => "pistola",
        ("revolver", true) => "revólver",
        ("rifle", true) => "fusil",
        ("shotgun", true) => "escopeta",
        (code, _) => code,
    };
    vec![
        trace.number.clone(),
        status.to_owned(),
        trace.serial.clone(),
        state.to_owned(),
        trace.maker.clone(),
        trace.model.clone(),
        trace.calibre.clone(),
        kind.to_owned(),
        gun.make.importer.to_owned(),
        gun.make.origin.to_owned(),
        stated(trace.states_recovery, &day(trace.seizure.on)),
        stated(trace.states_recovery, town.city),
        stated(trace.states_recovery, town.state),
        town.agency.to_owned(),
        town.ori.to_owned(),
        stated(trace.states_case, &trace.seizure.case),
        stated(trace.states_item, &trace.seizure.item.to_string()),
        trace.possessor.clone(),
        trace.purchaser.as_ref().map_or(String::new(), |(name, _)| name.clone()),
    ]
}

/// Rows of CSV (RFC 4180).
struct Table {
    bytes: Vec<u8>,
}

impl Table {
    fn new(header: &[&str]) -> Self {
        let mut table = Self { bytes: Vec::new() };
        table.row(header);
        table
    }

    fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                self.bytes.push(b',');
            }
            let cell = cell.as_ref();
            if cell.contains([',', '"', '\n']) {
                self.bytes.extend(format!("\"{}\"", cell.replace('"', "\"\"")).into_bytes());
            } else {
                self.bytes.extend(cell.as_bytes());
            }
        }
        self.bytes.push(b'\n');
    }
}
