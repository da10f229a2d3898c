//! The manifest of a tray: which incident, exhibit and specimen each file belongs to, read from CSV.
//!
//! English and Spanish headers; a bad row is reported with its number and goes, the good ones stay.

use crate::casework::{Exhibit, FiringPinShape, Incident, Origin, PartialDate, Specimen};
use crate::ids::{ExhibitId, FirearmId, IncidentId, SpecimenId};
use crate::trace::text::fold;
use crate::trace::wording::Wording;
use serde::Serialize;
use std::collections::BTreeMap;

/// Largest manifest that is read, bytes: a hundred thousand rows of two hundred bytes.
const MOST_BYTES: usize = 20 << 20;

/// Canonical column and the folded headers under which laboratories write it.
const COLUMNS: &[(&str, &[&str])] = &[
    ("file", &["file", "file name", "filename", "scan", "archivo", "fichero", "nombre de archivo"]),
    ("incident", &["incident", "incident no", "event", "incidente", "evento", "hecho", "no de incidente"]),
    (
        "incident_date",
        &["incident date", "date of incident", "date", "fecha del incidente", "fecha del hecho", "fecha"],
    ),
    ("place", &["place", "city", "location", "lugar", "ciudad", "municipio"]),
    ("state", &["state", "province", "estado", "entidad"]),
    ("country", &["country", "pais"]),
    ("latitude", &["latitude", "lat", "latitud"]),
    ("longitude", &["longitude", "lon", "long", "longitud"]),
    ("agency", &["agency", "agencia", "dependencia", "fiscalia"]),
    ("exhibit", &["exhibit", "item", "exhibit no", "indicio", "elemento"]),
    ("specimen", &["specimen", "case", "cartridge case", "casquillo", "especimen", "muestra"]),
    ("kind", &["kind", "type", "clase", "tipo"]),
    ("firearm", &["firearm", "gun", "weapon", "arma", "arma de fuego"]),
    ("calibre", &["calibre", "caliber"]),
    ("firing_pin_shape", &["firing pin shape", "firing pin", "forma del percutor", "percutor"]),
    (
        "ammunition_maker",
        &["ammunition maker", "ammunition", "maker", "headstamp", "municion", "marca de municion", "cuno"],
    ),
    ("primer_material", &["primer material", "primer", "material del fulminante", "fulminante"]),
    ("case_material", &["case material", "material del casquillo"]),
    ("received", &["received", "date received", "received on", "recibido", "fecha de recepcion"]),
    ("description", &["description", "descripcion"]),
    ("remark", &["remark", "remarks", "note", "notes", "comment", "observacion", "observaciones", "nota", "notas"]),
    ("instrument", &["instrument", "microscope", "scanner", "instrumento", "microscopio", "escaner"]),
    ("objective", &["objective", "lens", "objetivo", "lente"]),
    ("light", &["light", "lighting", "illumination", "luz", "iluminacion"]),
    ("operator", &["operator", "technician", "operador", "operadora", "tecnico", "tecnica", "perito", "perita"]),
];

/// One row: a file and the casework it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Row in the file, the header being row 1; 0 where the entry came from the command line.
    pub row: u64,
    /// File, relative to the manifest's folder.
    pub file: String,
    /// The incident, of evidence.
    pub incident: Option<Incident>,
    /// The exhibit.
    pub exhibit: Exhibit,
    /// The cartridge case.
    pub specimen: Specimen,
    /// How it was imaged, as far as stated; what the file itself says fills in the rest.
    pub imaging: Imaging,
}

/// How a file was imaged, in the laboratory's words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imaging {
    /// The instrument, by the name under which its control chart is kept.
    pub instrument: Option<String>,
    /// Objective, lens or stylus.
    pub objective: Option<String>,
    /// Light: ring, coaxial, side, ...
    pub light: Option<String>,
    /// Who imaged it.
    pub operator: Option<String>,
}

/// A row that could not be used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RejectedRow {
    /// Row in the file, the header being row 1.
    pub row: u64,
    /// File named in the row, where it names one.
    pub file: String,
    /// Field, expected, got.
    pub why: Wording,
}

/// What a manifest holds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Manifest {
    /// Usable rows, in the file's order.
    pub entries: Vec<Entry>,
    /// Rows that could not be used.
    pub rejected: Vec<RejectedRow>,
    /// Headers that mean nothing to brasslink.
    pub unknown_columns: Vec<String>,
}

/// A manifest that cannot be read at all: file, field, expected, got.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.en)]
pub struct ManifestError(pub Wording);

fn unusable(
    name: &str,
    (en, es): (&str, &str),
    expected: impl Into<Wording>,
    got: impl Into<Wording>,
) -> ManifestError {
    let part = |word: &str| if word.is_empty() { name.to_owned() } else { format!("{name}: {word}") };
    ManifestError(Wording::expected((part(en), part(es)), expected, got))
}

/// Reads a manifest; `name` is used in messages only. UTF-8 with or without a byte order mark, else Windows-1252.
///
/// # Errors
///
/// When it is too large, no table, or lacks a column that every row needs. Bad rows are no error: see
/// [`Manifest::rejected`].
pub fn read(name: &str, bytes: &[u8]) -> Result<Manifest, ManifestError> {
    if bytes.len() > MOST_BYTES {
        let most = (format!("at most {MOST_BYTES} bytes"), format!("{MOST_BYTES} bytes como máximo"));
        return Err(unusable(name, ("size", "tamaño"), most, bytes.len().to_string()));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => std::borrow::Cow::Borrowed(text.trim_start_matches('\u{feff}')),
        Err(_) => encoding_rs::WINDOWS_1252.decode(bytes).0,
    };
    let first_line = text.lines().next().unwrap_or("");
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|d| (first_line.bytes().filter(|b| b == d).count(), std::cmp::Reverse(*d)))
        .unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers();
    let header =
        header.map_err(|e| unusable(name, ("", ""), ("a CSV table", "una tabla CSV"), Wording::otherwise(&e)))?.clone();
    let (columns, unknown_columns) = columns_of(name, &header)?;

    let mut manifest = Manifest { unknown_columns, ..Manifest::default() };
    let mut record = csv::StringRecord::new();
    loop {
        let row = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(e) => {
                let why = Wording::expected(("row", "fila"), ("a CSV row", "una fila CSV"), Wording::otherwise(&e));
                manifest.rejected.push(RejectedRow { row, file: String::new(), why });
                continue;
            }
        }
        if record.iter().all(str::is_empty) {
            continue;
        }
        let row = record.position().map_or(row, csv::Position::line);
        let field = |column: &str| columns.get(column).and_then(|at| record.get(*at)).filter(|t| !t.is_empty());
        match entry_of(row, field) {
            Ok(entry) => manifest.entries.push(entry),
            Err(why) => {
                manifest.rejected.push(RejectedRow { row, file: field("file").unwrap_or("").to_owned(), why });
            }
        }
    }
    Ok(manifest)
}

/// Index of each known column, and the headers that are unknown.
type Columns = (BTreeMap<&'static str, usize>, Vec<String>);

fn columns_of(name: &str, header: &csv::StringRecord) -> Result<Columns, ManifestError> {
    let mut found: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut unknown = Vec::new();
    for (at, title) in header.iter().enumerate() {
        let folded = fold(title);
        match COLUMNS.iter().find(|(_, names)| names.contains(&folded.as_str())) {
            Some((column, _)) => {
                if let Some(first) = found.insert(column, at) {
                    let first = header.get(first).unwrap_or("");
                    let once = (format!("one column \"{column}\""), format!("una sola columna «{column}»"));
                    let twice = (format!("two: \"{first}\" and \"{title}\""), format!("dos: «{first}» y «{title}»"));
                    return Err(unusable(name, ("header", "encabezado"), once, twice));
                }
            }
            None => unknown.push(title.to_owned()),
        }
    }
    for column in ["file", "exhibit"] {
        if !found.contains_key(column) {
            let wanted = (
                format!("a column \"{column}\" (English or Spanish)"),
                format!("una columna «{column}» (en inglés o español)"),
            );
            let got = header.iter().collect::<Vec<_>>().join(", ");
            return Err(unusable(name, ("header", "encabezado"), wanted, got));
        }
    }
    Ok((found, unknown))
}

fn entry_of<'a>(row: u64, field: impl Fn(&str) -> Option<&'a str>) -> Result<Entry, Wording> {
    let need = |column: &str| {
        field(column).ok_or_else(|| Wording::expected(column, ("a value", "un valor"), Wording::written("")))
    };
    let file = need("file")?.to_owned();
    let exhibit_id = ExhibitId::new(need("exhibit")?);
    // A tray of single cases often has no number for the case itself: the exhibit and the file then name it.
    let specimen_id = match field("specimen") {
        Some(text) => SpecimenId::new(text),
        None => specimen_from(&exhibit_id, &file),
    };
    let test_fire = match field("kind").map(fold).as_deref() {
        None => field("firearm").is_some() && field("incident").is_none(),
        Some("evidence" | "evidencia" | "indicio" | "scene" | "escena") => false,
        Some("test fire" | "test" | "testfire" | "prueba" | "disparo de prueba" | "testigo") => true,
        Some(other) => {
            let kinds = ("evidence or test_fire", "evidencia o prueba");
            return Err(Wording::expected("kind", kinds, Wording::written(other)));
        }
    };
    let (incident, exhibit) = if test_fire {
        if let Some(incident) = field("incident") {
            let none = ("nothing for a test fire", "nada para un disparo de prueba");
            return Err(Wording::expected("incident", none, Wording::written(incident)));
        }
        let firearm = field("firearm").ok_or_else(|| {
            Wording::new(
                "firearm: a test fire needs its firearm, got nothing",
                "firearm: un disparo de prueba necesita su arma, se encontró nada",
            )
        })?;
        (None, Exhibit::test_fires(exhibit_id, FirearmId::new(firearm)))
    } else {
        if let Some(firearm) = field("firearm") {
            return Err(Wording::new(
                format!("firearm: only a test fire ties a case to a firearm; expected nothing, got \"{firearm}\""),
                format!("firearm: solo un disparo de prueba une un casquillo a un arma; se encontró «{firearm}»"),
            ));
        }
        let incident = incident_of(need("incident")?, &field)?;
        let id = incident.id.clone();
        (Some(incident), Exhibit::evidence(exhibit_id, id))
    };
    debug_assert!(matches!(exhibit.origin, Origin::TestFire { .. }) == test_fire);
    let mut specimen = Specimen::numbered(specimen_id, exhibit.id.clone());
    specimen.calibre = field("calibre").map(str::to_owned);
    specimen.firing_pin_shape =
        field("firing_pin_shape").map(str::parse::<FiringPinShape>).transpose().map_err(|e| refused(&e))?;
    let said = |column: &str| field(column).map(str::to_owned);
    specimen.ammunition_maker = said("ammunition_maker");
    specimen.primer_material = said("primer_material");
    specimen.case_material = said("case_material");
    specimen.remark = said("remark");
    let mut exhibit = exhibit;
    exhibit.description = said("description");
    exhibit.received = field("received").map(received).transpose()?;
    exhibit.check().map_err(|e| refused(&e))?;
    specimen.check().map_err(|e| refused(&e))?;
    let imaging = Imaging {
        instrument: said("instrument"),
        objective: said("objective"),
        light: said("light"),
        operator: said("operator"),
    };
    Ok(Entry { row, file, incident, exhibit, specimen, imaging })
}

/// What a rule of casework says of a row, behind words of our own where it speaks one language.
fn refused(error: &dyn std::fmt::Display) -> Wording {
    Wording::new(error.to_string(), format!("lo que indica la fila no puede ser ({error})"))
}

/// When the laboratory received an exhibit: a time with its zone, or a day, which begins at midnight UTC.
fn received(text: &str) -> Result<jiff::Timestamp, Wording> {
    let day = || {
        let day = text.parse::<jiff::civil::Date>().ok()?;
        Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    };
    text.parse().ok().or_else(day).ok_or_else(|| {
        let expected = (
            "YYYY-MM-DD or a time with its zone such as 2026-03-01T08:00:00Z",
            "AAAA-MM-DD o una hora con su zona, como 2026-03-01T08:00:00Z",
        );
        Wording::expected("received", expected, Wording::written(text))
    })
}

fn incident_of<'a>(id: &str, field: &impl Fn(&str) -> Option<&'a str>) -> Result<Incident, Wording> {
    let number = |column: &str| {
        field(column)
            .map(|t| {
                let degrees = ("degrees such as 19.43", "grados como 19.43");
                t.parse::<f64>().map_err(|_| Wording::expected(column, degrees, Wording::written(t)))
            })
            .transpose()
    };
    let mut incident = Incident::numbered(IncidentId::new(id));
    incident.date = field("incident_date")
        .map(|t| {
            let date = ("YYYY-MM-DD, YYYY-MM or YYYY", "AAAA-MM-DD, AAAA-MM o AAAA");
            t.parse::<PartialDate>().map_err(|_| Wording::expected("incident_date", date, Wording::written(t)))
        })
        .transpose()?;
    incident.place = field("place").map(str::to_owned);
    incident.state = field("state").map(str::to_owned);
    incident.country = field("country").map(country_code).transpose()?;
    incident.latitude = number("latitude")?;
    incident.longitude = number("longitude")?;
    incident.agency = field("agency").map(str::to_owned);
    incident.check().map_err(|e| refused(&e))?;
    Ok(incident)
}

/// ISO 3166-1 alpha-2 of what agencies on both sides of the border write.
fn country_code(text: &str) -> Result<String, Wording> {
    match fold(text).as_str() {
        "us"
        | "usa"
        | "u s"
        | "u s a"
        | "united states"
        | "united states of america"
        | "eua"
        | "eeuu"
        | "ee uu"
        | "estados unidos"
        | "estados unidos de america" => Ok("US".to_owned()),
        "mx" | "mex" | "mexico" | "estados unidos mexicanos" => Ok("MX".to_owned()),
        code if code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase()) => Ok(code.to_uppercase()),
        _ => {
            let country = (
                "a two-letter code or a name of the United States or Mexico",
                "un código de dos letras o un nombre de Estados Unidos o México",
            );
            Err(Wording::expected("country", country, Wording::written(text)))
        }
    }
}

/// A specimen named after its exhibit and file, where nobody numbered it.
#[must_use]
pub fn specimen_from(exhibit: &ExhibitId, file: &str) -> SpecimenId {
    let stem = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    SpecimenId::new(format!("{exhibit}/{stem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "file,incident,incident_date,place,country,latitude,longitude,exhibit,specimen,kind,firearm\n";

    #[test]
    fn evidence_and_test_fires_are_read_apart() {
        let text = format!(
            "{HEADER}a.x3p,I-1,2024-05-06,Laredo,US,27.5,-99.5,E-1,S-1,evidence,\nb.x3p,,,,,,,T-1,S-2,test_fire,F-9\n"
        );
        let manifest = read("m.csv", text.as_bytes()).unwrap();
        assert!(manifest.rejected.is_empty(), "{:?}", manifest.rejected);
        assert_eq!(manifest.entries[0].incident.as_ref().unwrap().country.as_deref(), Some("US"));
        assert_eq!(manifest.entries[1].exhibit.origin.firearm().unwrap().as_str(), "F-9");
    }

    #[test]
    fn spanish_headers_semicolons_and_windows_1252_are_read() {
        let text = "Archivo;Incidente;Fecha del hecho;Municipio;Pa\u{ed}s;Indicio\na.x3p;I-1;2024-05;Le\u{f3}n;M\u{e9}xico;E-1\n";
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        let manifest = read("m.csv", &bytes).unwrap();
        assert!(manifest.rejected.is_empty(), "{:?}", manifest.rejected);
        let incident = manifest.entries[0].incident.as_ref().unwrap();
        assert_eq!(incident.place.as_deref(), Some("Le\u{f3}n"));
        assert_eq!(incident.country.as_deref(), Some("MX"));
        assert_eq!(manifest.entries[0].specimen.id.as_str(), "E-1/a");
    }

    #[test]
    fn a_bad_row_is_reported_and_the_good_ones_stay() {
        let text = format!(
            "{HEADER}a.x3p,I-1,06/05/2024,Laredo,US,27.5,-99.5,E-1,S-1,evidence,\nb.x3p,I-1,2024-05-06,,,,,E-2,S-2,,\n\
             c.x3p,I-2,,,,,,E-3,S-3,evidence,F-1\nd.x3p,,,,,,,E-4,S-4,test_fire,\n"
        );
        let manifest = read("m.csv", text.as_bytes()).unwrap();
        assert_eq!(manifest.entries.iter().map(|e| e.file.as_str()).collect::<Vec<_>>(), ["b.x3p"]);
        let why: Vec<_> = manifest.rejected.iter().map(|r| (r.row, r.why.en.as_str())).collect();
        assert_eq!(why.len(), 3);
        assert!(why[0].0 == 2 && why[0].1.contains("incident_date: expected YYYY-MM-DD"), "{why:?}");
        assert!(why[1].0 == 4 && why[1].1.contains("only a test fire"), "{why:?}");
        assert!(why[2].0 == 5 && why[2].1.contains("needs its firearm"), "{why:?}");
    }

    #[test]
    fn a_missing_or_doubled_column_is_named() {
        let missing = read("m.csv", b"file,place\na,b\n").unwrap_err().to_string();
        assert!(missing.contains("m.csv: header: expected a column \"exhibit\""), "{missing}");
        let spanish = read("m.csv", b"file,place\na,b\n").unwrap_err().0.es;
        assert!(spanish.contains("m.csv: encabezado: se esperaba una columna «exhibit»"), "{spanish}");
        let twice = read("m.csv", b"file,exhibit,indicio\na,b,c\n").unwrap_err().to_string();
        assert!(twice.contains("got two: \"exhibit\" and \"indicio\""), "{twice}");
    }
}
