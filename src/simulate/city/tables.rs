//! The tables of a simulated folder, as bytes.

use super::tracing::{CityTrace, Step};
use super::{City, Country};
use crate::language::Language;
use crate::trace::SerialState;

/// Calibre of every simulated pistol.
const CALIBRE: &str = "9 mm Luger";

const TRACES_US: [&str; 30] = [
    "trace_no",
    "status",
    "close_reason",
    "request_date",
    "completion_date",
    "serial",
    "serial_state",
    "manufacturer",
    "model",
    "caliber",
    "type",
    "importer",
    "country_of_origin",
    "recovery_date",
    "recovery_city",
    "recovery_state",
    "recovery_country",
    "agency",
    "case_no",
    "item",
    "possessor",
    "disposition",
    "disposition_kind",
    "disposition_name",
    "disposition_state",
    "ffl",
    "disposition_date",
    "purchaser",
    "purchase_date",
    "multiple_sale",
];

const TRACES_MX: [&str; 30] = [
    "Folio",
    "Estatus",
    "Motivo de cierre",
    "Fecha de solicitud",
    "Fecha de conclusión",
    "Matrícula",
    "Estado de la matrícula",
    "Marca",
    "Modelo",
    "Calibre",
    "Tipo de arma",
    "Importador",
    "País de origen",
    "Fecha de aseguramiento",
    "Municipio",
    "Entidad",
    "País",
    "Dependencia",
    "Carpeta de investigación",
    "Indicio",
    "Poseedor",
    "Disposición",
    "Tipo de disposición",
    "Nombre en la disposición",
    "Estado de disposición",
    "Licencia FFL",
    "Fecha de disposición",
    "Comprador",
    "Fecha de compra",
    "Venta múltiple",
];

/// All tables as (file name, bytes).
pub(super) fn all(city: &City) -> Vec<(String, Vec<u8>)> {
    let spanish = mexican_traces(city);
    let (windows_1252, _, _) = encoding_rs::WINDOWS_1252.encode(&spanish);
    vec![
        ("manifest.csv".to_owned(), manifest(city).into_bytes()),
        ("firearms.csv".to_owned(), register(city).into_bytes()),
        ("traces-us.csv".to_owned(), american_traces(city).into_bytes()),
        ("traces-mx.csv".to_owned(), windows_1252.into_owned()),
        ("truth.csv".to_owned(), truth(city).into_bytes()),
        ("truth-links.csv".to_owned(), links(city).into_bytes()),
    ]
}

/// One line of comma-separated values (RFC 4180 quoting).
fn line<S: AsRef<str>>(out: &mut String, cells: impl IntoIterator<Item = S>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let cell = cell.as_ref();
        if cell.contains([',', '"', '\n', '\r']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(cell);
        }
    }
    out.push('\n');
}

fn manifest(city: &City) -> String {
    let mut out = String::from(
        "file,incident,incident_date,place,state,country,latitude,longitude,agency,exhibit,specimen,kind,firearm,calibre,\
         firing_pin_shape,operator\n",
    );
    for specimen in &city.specimens {
        let owner = &city.firearms[specimen.firearm];
        let scene: [String; 7] = match specimen.incident.map(|at| &city.incidents[at]) {
            Some(incident) => [
                incident.id.clone(),
                incident.on.iso(),
                incident.town.name.to_owned(),
                incident.town.state.to_owned(),
                incident.town.country.code().to_owned(),
                format!("{:.4}", incident.latitude),
                format!("{:.4}", incident.longitude),
            ],
            None => Default::default(),
        };
        let (kind, firearm) =
            if specimen.incident.is_some() { ("evidence", "") } else { ("test_fire", owner.id.as_str()) };
        let mut cells = vec![specimen.file()];
        cells.extend(scene);
        cells.extend([
            specimen.town.agency(),
            specimen.exhibit.clone(),
            specimen.id.clone(),
            kind.to_owned(),
            firearm.to_owned(),
            CALIBRE.to_owned(),
            owner.aperture.name().to_owned(),
            format!("SIM-{}-{}", specimen.town.code, specimen.operator),
        ]);
        line(&mut out, cells);
    }
    out
}

fn register(city: &City) -> String {
    let mut out = String::from(
        "firearm,serial,serial_state,maker,model,calibre,type,country_of_origin,importer,recovered_on,recovery_place,\
         recovery_state,recovery_country,agency,case_no\n",
    );
    for firearm in &city.firearms {
        let Some(recovery) = &firearm.recovery else { continue };
        line(
            &mut out,
            [
                &firearm.id,
                &recovery.serial_read,
                recovery.serial_state,
                firearm.make.maker,
                firearm.make.model,
                CALIBRE,
                "pistol",
                firearm.make.country,
                firearm.make.importer,
                &recovery.on.iso(),
                recovery.town.name,
                recovery.town.state,
                recovery.town.country.code(),
                &recovery.town.agency(),
                &recovery.case_number,
            ],
        );
    }
    out
}

/// How a table writes words and dates.
struct Style {
    language: Language,
    date: fn(super::Day) -> String,
}

fn american_traces(city: &City) -> String {
    let mut out = String::new();
    line(&mut out, TRACES_US);
    let style = Style { language: Language::En, date: super::Day::iso };
    for trace in city.traces.iter().filter(|t| t.town.country == Country::UnitedStates) {
        trace_rows(&mut out, trace, &style);
    }
    out
}

/// Dates stand as day/month/year, and with the month as a word where a column would not show which is which.
fn mexican_traces(city: &City) -> String {
    let traces: Vec<&CityTrace> = city.traces.iter().filter(|t| t.town.country == Country::Mexico).collect();
    let clear = |days: Vec<super::Day>| days.is_empty() || days.iter().any(|day| day.civil().2 > 12);
    let columns: [Vec<super::Day>; 5] = [
        traces.iter().map(|t| t.requested_on).collect(),
        traces.iter().filter_map(|t| t.completed_on).collect(),
        traces.iter().map(|t| t.recovered_on).collect(),
        traces.iter().flat_map(|t| t.steps.iter().map(|step| step.on)).collect(),
        traces.iter().filter_map(|t| t.purchaser.as_ref().map(|p| p.1)).collect(),
    ];
    let numbers = columns.into_iter().all(clear);
    let date = if numbers { super::Day::day_first } else { super::Day::spanish };
    let style = Style { language: Language::Es, date };
    let mut out = String::new();
    line(&mut out, TRACES_MX);
    for trace in traces {
        trace_rows(&mut out, trace, &style);
    }
    out
}

/// The rows of one trace: one for each disposition, one where there is none.
fn trace_rows(out: &mut String, trace: &CityTrace, style: &Style) {
    let language = style.language;
    let date = |day: Option<super::Day>| day.map(style.date).unwrap_or_default();
    let state = SerialState::from_code(trace.serial_state).unwrap_or(SerialState::Unknown);
    let american = language == Language::En;
    let yes_no = if trace.multiple_sale { language.pick("yes", "sí") } else { "no" };
    let count = trace.steps.len().max(1);
    for at in 0..count {
        let step: Option<&Step> = trace.steps.get(at);
        let word = |english: &str, spanish: &str| if american { english.to_owned() } else { spanish.to_owned() };
        let reason = trace.close_reason.as_ref();
        line(
            out,
            [
                trace.number.clone(),
                word(trace.status.code(), trace.status.name(language)),
                reason.map(|r| word(r.code(), r.name(language))).unwrap_or_default(),
                date(Some(trace.requested_on)),
                date(trace.completed_on),
                trace.serial.clone(),
                word(state.code(), state.name(language)),
                trace.make.maker.to_owned(),
                trace.make.model.to_owned(),
                word("9mm", "9 mm"),
                word("pistol", "pistola"),
                trace.make.importer.to_owned(),
                word(trace.make.country, trace.make.country_es),
                date(Some(trace.recovered_on)),
                trace.town.name.to_owned(),
                trace.town.state.to_owned(),
                word(trace.town.country.code(), "México"),
                trace.town.agency(),
                trace.case_number.clone(),
                "1".to_owned(),
                trace.possessor.clone(),
                step.map(|_| (at + 1).to_string()).unwrap_or_default(),
                step.map(|s| word(s.kind.code(), s.kind.name(language))).unwrap_or_default(),
                step.map(|s| s.name.clone()).unwrap_or_default(),
                step.map(|s| s.state.clone()).unwrap_or_default(),
                step.map(|s| s.ffl.clone()).unwrap_or_default(),
                date(step.map(|s| s.on)),
                trace.purchaser.as_ref().map(|p| p.0.clone()).unwrap_or_default(),
                date(trace.purchaser.as_ref().map(|p| p.1)),
                yes_no.to_owned(),
            ],
        );
    }
}

fn truth(city: &City) -> String {
    let mut out = String::from("scan,study,firearm,class,ammunition,specimen\n");
    for specimen in &city.specimens {
        let owner = &city.firearms[specimen.firearm];
        line(
            &mut out,
            [
                &specimen.file(),
                "simulated",
                &owner.id,
                owner.finish.name(),
                specimen.shot.ammunition.name,
                &specimen.id,
            ],
        );
    }
    out
}

fn links(city: &City) -> String {
    let mut out = String::from("specimen,incident,firearm,trace_no\n");
    for specimen in &city.specimens {
        let owner = &city.firearms[specimen.firearm];
        let incident = specimen.incident.map(|at| city.incidents[at].id.as_str()).unwrap_or_default();
        let mut numbers: Vec<&str> =
            city.traces.iter().filter(|t| t.firearm == Some(specimen.firearm)).map(|t| t.number.as_str()).collect();
        if numbers.is_empty() {
            numbers.push("");
        }
        for number in numbers {
            line(&mut out, [specimen.id.as_str(), incident, &owner.id, number]);
        }
    }
    out
}
