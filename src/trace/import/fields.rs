//! The columns a table may have, and the words that stand for them and for their values, as editable data.

use crate::language::Language;
use crate::trace::text::fold;
use crate::trace::vocabulary::words;
use crate::trace::{CloseReason, DispositionKind, FirearmType, SerialState, TraceError, TraceStatus};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashMap;

words! {
    /// A column that a table of traces or firearms may have.
    Field {
        /// Trace number.
        Trace = "trace", "trace number", "número de rastreo";
        /// Firearm number of the laboratory.
        Firearm = "firearm", "firearm", "arma";
        /// Status of the request.
        Status = "status", "status", "estatus";
        /// Why it was closed.
        CloseReason = "close_reason", "close reason", "motivo de cierre";
        /// When it was asked for.
        RequestedOn = "requested_on", "request date", "fecha de solicitud";
        /// When it was completed.
        CompletedOn = "completed_on", "completion date", "fecha de conclusión";
        /// Priority.
        Priority = "priority", "priority", "prioridad";
        /// NCIC crime code.
        CrimeCode = "crime_code", "crime code", "código de delito";
        /// Project code.
        ProjectCode = "project_code", "project code", "código de proyecto";
        /// Serial number.
        Serial = "serial", "serial number", "número de serie";
        /// What is known of it.
        SerialState = "serial_state", "state of the serial number", "estado del número de serie";
        /// Serial number of the slide.
        SlideSerial = "slide_serial", "slide serial number", "número de serie de la corredera";
        /// Further markings.
        Markings = "markings", "further markings", "otras marcas";
        /// Maker.
        Maker = "maker", "manufacturer", "marca";
        /// Model.
        Model = "model", "model", "modelo";
        /// Calibre.
        Calibre = "calibre", "caliber", "calibre";
        /// Type of firearm.
        FirearmType = "firearm_type", "type", "tipo de arma";
        /// Importer.
        Importer = "importer", "importer", "importador";
        /// Country of origin.
        CountryOfOrigin = "country_of_origin", "country of origin", "país de origen";
        /// Recovery date.
        RecoveredOn = "recovered_on", "recovery date", "fecha de aseguramiento";
        /// City of recovery.
        RecoveryCity = "recovery_city", "recovery city", "municipio";
        /// State of recovery.
        RecoveryState = "recovery_state", "recovery state", "entidad";
        /// Country of recovery.
        RecoveryCountry = "recovery_country", "recovery country", "país";
        /// Agency.
        Agency = "agency", "requesting agency", "autoridad solicitante";
        /// ORI.
        Ori = "ori", "ORI", "ORI";
        /// Officer.
        Officer = "officer", "officer", "agente";
        /// Case number.
        CaseNumber = "case_number", "case number", "carpeta de investigación";
        /// Item.
        Item = "item", "item", "indicio";
        /// NIC number.
        NicNumber = "nic_number", "NIC number", "número NIC";
        /// Obliterated flag.
        Obliterated = "obliterated", "obliterated", "borrada";
        /// Possessor.
        Possessor = "possessor", "possessor", "poseedor";
        /// Place in the chain of sale.
        Disposition = "disposition", "disposition", "disposición";
        /// Kind of party in the chain.
        DispositionKind = "disposition_kind", "disposition kind", "tipo de disposición";
        /// Name of the party.
        DispositionName = "disposition_name", "disposition name", "nombre en la disposición";
        /// City of the party.
        DispositionCity = "disposition_city", "disposition city", "municipio de la disposición";
        /// State of the party.
        DispositionState = "disposition_state", "disposition state", "entidad de la disposición";
        /// Country of the party.
        DispositionCountry = "disposition_country", "disposition country", "país de la disposición";
        /// Licence number of the party.
        Ffl = "ffl", "FFL number", "licencia FFL";
        /// When the firearm came to the party.
        DispositionDate = "disposition_date", "disposition date", "fecha de la disposición";
        /// Dealer, where there are no dispositions.
        Dealer = "dealer", "dealer", "armería";
        /// Purchaser.
        Purchaser = "purchaser", "purchaser", "comprador";
        /// Purchase date.
        PurchasedOn = "purchased_on", "purchase date", "fecha de compra";
        /// Time-to-crime in days.
        TimeToCrime = "time_to_crime", "time to crime", "tiempo al delito";
        /// Multiple sale.
        MultipleSale = "multiple_sale", "multiple sale", "venta múltiple";
        /// Theft from a dealer.
        TheftFromDealer = "theft_from_dealer", "theft from dealer", "robo a armería";
    }
}

impl Field {
    /// Whether the column holds dates.
    #[must_use]
    pub const fn is_date(&self) -> bool {
        matches!(
            self,
            Self::RequestedOn | Self::CompletedOn | Self::RecoveredOn | Self::DispositionDate | Self::PurchasedOn
        )
    }
}

/// Which table a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// Trace records.
    Traces,
    /// The laboratory's register of firearms.
    Firearms,
}

/// Headers and value words in English and Spanish, read from editable tables.
#[derive(Debug, Clone)]
pub struct Dictionary {
    headers: HashMap<(TableKind, String), Field>,
    words: HashMap<(String, String), String>,
}

const HEADERS: &str = include_str!("headers.csv");
const WORDS: &str = include_str!("words.csv");

impl Dictionary {
    /// The tables that come with the program.
    ///
    /// # Errors
    /// [`TraceError::Catalogue`] if they do not hold together, which a test excludes.
    pub fn embedded() -> Result<Self, TraceError> {
        Self::from_csv(HEADERS, WORDS)
    }

    /// A dictionary from two tables: `table,field,header` (table is traces, firearms or both) and `list,code,word`.
    ///
    /// # Errors
    /// [`TraceError::Catalogue`] names the row that states an unknown field or code, or one word twice.
    pub fn from_csv(headers: &str, words: &str) -> Result<Self, TraceError> {
        let mut dictionary = Self { headers: HashMap::new(), words: HashMap::new() };
        for (row, [table, code, header]) in rows_of("headers", headers)? {
            let field = Field::from_code(&code)
                .ok_or_else(|| catalogue("headers", format!("row {row}: unknown field \"{code}\"")))?;
            let kinds: &[TableKind] = match table.as_str() {
                "both" => &[TableKind::Traces, TableKind::Firearms],
                "traces" => &[TableKind::Traces],
                "firearms" => &[TableKind::Firearms],
                other => return Err(catalogue("headers", format!("row {row}: unknown table \"{other}\""))),
            };
            for kind in kinds {
                dictionary.add_header(*kind, &header, &field, row)?;
            }
        }
        for kind in [TableKind::Traces, TableKind::Firearms] {
            for field in Field::ALL.iter().filter(|f| (kind == TableKind::Firearms) || **f != Field::Firearm) {
                // A field's own code always names it.
                dictionary.headers.entry((kind, header_key(field.code()))).or_insert_with(|| field.clone());
            }
        }
        for (row, [list, code, word]) in rows_of("words", words)? {
            let known = match list.as_str() {
                "firearm_type" => FirearmType::from_code(&code).is_some(),
                "serial_state" => SerialState::from_code(&code).is_some(),
                "status" => TraceStatus::from_code(&code).is_some(),
                "close_reason" => CloseReason::from_code(&code).is_some(),
                "disposition_kind" => DispositionKind::from_code(&code).is_some(),
                "yes_no" => matches!(code.as_str(), "yes" | "no"),
                "blank" => code == "blank",
                "month" => code.parse().is_ok_and(|m: i8| (1..=12).contains(&m)),
                _ => false,
            };
            if !known {
                return Err(catalogue("words", format!("row {row}: unknown list or code \"{list}\", \"{code}\"")));
            }
            dictionary.add_word(&list, &code, &word, row)?;
        }
        dictionary.add_own_names("firearm_type", FirearmType::ALL, FirearmType::code, FirearmType::name);
        dictionary.add_own_names("serial_state", SerialState::ALL, SerialState::code, SerialState::name);
        dictionary.add_own_names("status", TraceStatus::ALL, TraceStatus::code, TraceStatus::name);
        dictionary.add_own_names("close_reason", CloseReason::ALL, CloseReason::code, CloseReason::name);
        dictionary.add_own_names(
            "disposition_kind",
            DispositionKind::ALL,
            DispositionKind::code,
            DispositionKind::name,
        );
        Ok(dictionary)
    }

    /// The field that a header of a table stands for.
    #[must_use]
    pub fn field(&self, table: TableKind, header: &str) -> Option<Field> {
        self.headers.get(&(table, header_key(header))).cloned()
    }

    /// The code that a word of a list stands for.
    pub(super) fn code(&self, list: &str, word: &str) -> Option<&str> {
        self.words.get(&(list.to_owned(), word_key(word))).map(String::as_str)
    }

    /// Whether a cell says nothing: empty, a dash, N/A and the like.
    pub(super) fn is_blank(&self, cell: &str) -> bool {
        let cell = cell.trim();
        cell.chars().all(|c| !c.is_alphanumeric()) || (cell.len() <= 16 && self.code("blank", cell).is_some())
    }

    fn add_header(&mut self, kind: TableKind, header: &str, field: &Field, row: u64) -> Result<(), TraceError> {
        let key = (kind, header_key(header));
        match self.headers.insert(key, field.clone()) {
            Some(other) if other != *field => {
                Err(catalogue("headers", format!("row {row}: \"{header}\" stands for {other} and for {field}")))
            }
            _ => Ok(()),
        }
    }

    fn add_word(&mut self, list: &str, code: &str, word: &str, row: u64) -> Result<(), TraceError> {
        match self.words.insert((list.to_owned(), word_key(word)), code.to_owned()) {
            Some(other) if other != code => {
                Err(catalogue("words", format!("row {row}: \"{word}\" of {list} stands for {other} and for {code}")))
            }
            _ => Ok(()),
        }
    }

    fn add_own_names<T>(
        &mut self,
        list: &str,
        all: &[T],
        code: fn(&T) -> &'static str,
        name: fn(&T, Language) -> &'static str,
    ) {
        for value in all {
            for word in [code(value), name(value, Language::En), name(value, Language::Es)] {
                self.words.entry((list.to_owned(), word_key(word))).or_insert_with(|| code(value).to_owned());
            }
        }
    }
}

fn catalogue(name: &str, problem: String) -> TraceError {
    TraceError::Catalogue { catalogue: name.to_owned(), problem }
}

/// Rows of three cells of an editable table, with their number.
fn rows_of(name: &str, text: &str) -> Result<Vec<(u64, [String; 3])>, TraceError> {
    let mut rows = Vec::new();
    for record in csv::Reader::from_reader(text.as_bytes()).records() {
        let record = record.map_err(|e| catalogue(name, e.to_string()))?;
        let row = record.position().map_or(0, csv::Position::line);
        let [Some(a), Some(b), Some(c)] = [0, 1, 2].map(|at| record.get(at).map(|cell| cell.trim().to_owned())) else {
            return Err(catalogue(name, format!("row {row}: expected three cells")));
        };
        rows.push((row, [a, b, c]));
    }
    Ok(rows)
}

/// Header without case, accents, punctuation, articles and the many ways to write "number".
fn header_key(header: &str) -> String {
    // "N°" and "Nº" decompose to "no".
    let words = header.replace('#', " no ").replace('°', "o");
    fold(&words)
        .split(' ')
        .filter(|w| !matches!(*w, "de" | "del" | "la" | "el" | "of" | "the"))
        .map(|w| match w {
            "numero" | "number" | "num" | "nro" | "nbr" => "no",
            other => other,
        })
        .collect()
}

fn word_key(word: &str) -> String {
    crate::trace::text::squeeze(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_match_without_accents_case_or_punctuation() {
        let dictionary = Dictionary::embedded().unwrap();
        for (header, field) in [
            ("Serial Number", Field::Serial),
            ("NÚMERO DE SERIE", Field::Serial),
            ("Numero_Serie", Field::Serial),
            ("No. de serie", Field::Serial),
            ("Matri\u{301}cula", Field::Serial),
            ("trace_no", Field::Trace),
            ("Folio", Field::Trace),
            ("case #", Field::CaseNumber),
            ("Carpeta de Investigación", Field::CaseNumber),
            ("averiguacion previa", Field::CaseNumber),
            ("Fecha de compra", Field::PurchasedOn),
            ("fecha del decomiso", Field::RecoveredOn),
            ("País de origen", Field::CountryOfOrigin),
            ("¿Venta múltiple?", Field::MultipleSale),
            ("Tipo de arma", Field::FirearmType),
            ("N° de serie", Field::Serial),
        ] {
            assert_eq!(dictionary.field(TableKind::Traces, header), Some(field), "{header}");
        }
        assert_eq!(dictionary.field(TableKind::Traces, "shoe size"), None);
        assert_eq!(dictionary.field(TableKind::Firearms, "arma"), Some(Field::Firearm));
    }

    #[test]
    fn a_word_with_two_meanings_is_refused() {
        let err = Dictionary::from_csv("table,field,header\nboth,serial,x\nboth,model,X\n", "list,code,word\n");
        assert!(err.unwrap_err().to_string().contains("stands for"));
        assert!(Dictionary::from_csv("table,field,header\n", "list,code,word\nstatus,whole,x\n").is_err());
    }
}
