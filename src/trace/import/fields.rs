//! The columns a table may have, and the dictionary of words that stand for them and for their values.

use super::profile::Profile;
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
        /// Specimen of a test fire.
        Specimen = "specimen", "specimen", "espécimen";
        /// Exhibit of a test fire.
        Exhibit = "exhibit", "exhibit", "indicio de prueba";
        /// When the test fire was.
        FiredOn = "fired_on", "date of the test fire", "fecha del disparo de prueba";
        /// Who fired it.
        FiredBy = "fired_by", "fired by", "disparado por";
        /// Who handed an item over.
        CustodyFrom = "custody_from", "from", "entrega";
        /// Who took it.
        CustodyTo = "custody_to", "to", "recibe";
        /// When.
        MovedOn = "moved_on", "date of transfer", "fecha de entrega";
        /// Why.
        Reason = "reason", "reason", "motivo";
        /// Date of a transaction.
        SoldOn = "sold_on", "date of transaction", "fecha de operación";
        /// Who gave the firearm away.
        Seller = "seller", "from", "vendedor";
        /// What that party is.
        SellerKind = "seller_kind", "kind of seller", "tipo de vendedor";
        /// Licence of that party.
        SellerFfl = "seller_ffl", "FFL of seller", "licencia del vendedor";
        /// Who took the firearm.
        Buyer = "buyer", "to", "comprador o adquirente";
        /// What that party is.
        BuyerKind = "buyer_kind", "kind of buyer", "tipo de adquirente";
        /// Licence of that party.
        BuyerFfl = "buyer_ffl", "FFL of buyer", "licencia del adquirente";
        /// City of that party.
        BuyerCity = "buyer_city", "city of buyer", "municipio del adquirente";
        /// State of that party.
        BuyerState = "buyer_state", "state of buyer", "entidad del adquirente";
        /// Country of that party.
        BuyerCountry = "buyer_country", "country of buyer", "país del adquirente";
        /// Number of the document that records it.
        Invoice = "invoice", "document", "documento";
    }
}

impl Field {
    /// Whether the column holds dates.
    #[must_use]
    pub const fn is_date(&self) -> bool {
        matches!(
            self,
            Self::RequestedOn
                | Self::CompletedOn
                | Self::RecoveredOn
                | Self::DispositionDate
                | Self::PurchasedOn
                | Self::FiredOn
                | Self::MovedOn
                | Self::SoldOn
        )
    }

    /// Whether the column may name a private person; a preview masks it.
    #[must_use]
    pub const fn is_personal(&self) -> bool {
        matches!(
            self,
            Self::Officer
                | Self::Possessor
                | Self::Purchaser
                | Self::DispositionName
                | Self::FiredBy
                | Self::CustodyFrom
                | Self::CustodyTo
                | Self::Seller
                | Self::Buyer
        )
    }

    /// Whether a table of this kind may have the column.
    #[must_use]
    pub const fn belongs_to(&self, table: TableKind) -> bool {
        use Field as F;
        match table {
            TableKind::Traces => !matches!(self, F::Firearm) && !self.is_of_registers(),
            TableKind::Firearms => {
                self.is_of_firearm()
                    || matches!(
                        self,
                        F::Firearm
                            | F::Trace
                            | F::Item
                            | F::NicNumber
                            | F::CaseNumber
                            | F::Agency
                            | F::Ori
                            | F::RecoveredOn
                            | F::RecoveryCity
                            | F::RecoveryState
                            | F::RecoveryCountry
                            | F::Obliterated
                    )
            }
            TableKind::TestFires => {
                matches!(self, F::Specimen | F::Exhibit | F::Firearm | F::FiredOn | F::FiredBy)
            }
            TableKind::Custody => matches!(
                self,
                F::Item | F::Firearm | F::CustodyFrom | F::CustodyTo | F::MovedOn | F::Reason | F::CaseNumber
            ),
            TableKind::Transactions => {
                self.is_of_firearm()
                    || matches!(
                        self,
                        F::SoldOn
                            | F::Seller
                            | F::SellerKind
                            | F::SellerFfl
                            | F::Buyer
                            | F::BuyerKind
                            | F::BuyerFfl
                            | F::BuyerCity
                            | F::BuyerState
                            | F::BuyerCountry
                            | F::Invoice
                    )
            }
        }
    }

    const fn is_of_firearm(&self) -> bool {
        matches!(
            self,
            Self::Serial
                | Self::SerialState
                | Self::SlideSerial
                | Self::Maker
                | Self::Model
                | Self::Calibre
                | Self::FirearmType
                | Self::Importer
                | Self::CountryOfOrigin
        )
    }

    const fn is_of_registers(&self) -> bool {
        matches!(
            self,
            Self::Specimen
                | Self::Exhibit
                | Self::FiredOn
                | Self::FiredBy
                | Self::CustodyFrom
                | Self::CustodyTo
                | Self::MovedOn
                | Self::Reason
                | Self::SoldOn
                | Self::Seller
                | Self::SellerKind
                | Self::SellerFfl
                | Self::Buyer
                | Self::BuyerKind
                | Self::BuyerFfl
                | Self::BuyerCity
                | Self::BuyerState
                | Self::BuyerCountry
                | Self::Invoice
        )
    }
}

/// Which table a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// Trace records.
    Traces,
    /// The laboratory's register of firearms.
    Firearms,
    /// Which specimen was fired from which firearm.
    TestFires,
    /// Who handed which item to whom.
    Custody,
    /// Who sold which firearm to whom.
    Transactions,
}

impl TableKind {
    /// Every kind, in the order in which they are tried.
    pub const ALL: [Self; 5] = [Self::Traces, Self::Firearms, Self::TestFires, Self::Custody, Self::Transactions];

    /// The columns without which it is no such table; of each group one is enough.
    #[must_use]
    pub const fn needs(self) -> &'static [&'static [Field]] {
        match self {
            Self::Traces => &[&[Field::Trace], &[Field::Serial]],
            Self::Firearms => &[&[Field::Firearm], &[Field::Serial]],
            Self::TestFires => &[&[Field::Specimen], &[Field::Firearm]],
            Self::Custody => &[&[Field::Item, Field::Firearm], &[Field::CustodyTo], &[Field::MovedOn]],
            Self::Transactions => &[&[Field::Serial], &[Field::Buyer], &[Field::SoldOn]],
        }
    }

    /// Its name in profiles and options.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Firearms => "firearms",
            Self::TestFires => "test_fires",
            Self::Custody => "custody",
            Self::Transactions => "transactions",
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn name(self, language: Language) -> &'static str {
        let (en, es) = match self {
            Self::Traces => ("trace records", "registros de rastreo"),
            Self::Firearms => ("register of firearms", "registro de armas"),
            Self::TestFires => ("register of test fires", "registro de disparos de prueba"),
            Self::Custody => ("register of custody", "registro de custodia"),
            Self::Transactions => ("transactions", "operaciones de compraventa"),
        };
        match language {
            Language::En => en,
            Language::Es => es,
        }
    }
}

/// Headers and value words in English and Spanish, with those of a profile before them.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    headers: HashMap<TableKind, HashMap<String, Field>>,
    words: HashMap<String, HashMap<String, String>>,
}

impl Dictionary {
    /// The words of the profiles that come with the program, English and Spanish together.
    ///
    /// # Errors
    /// [`TraceError::Catalogue`] if they do not hold together, which a test excludes.
    pub fn embedded() -> Result<Self, TraceError> {
        let mut dictionary = Self::default();
        for profile in Profile::shipped()? {
            dictionary.add(&profile, false)?;
        }
        for kind in TableKind::ALL {
            let headers = dictionary.headers.entry(kind).or_default();
            for field in Field::ALL.iter().filter(|f| f.belongs_to(kind)) {
                // A field's own code and names always stand for it.
                for name in [field.code(), field.name(Language::En), field.name(Language::Es)] {
                    headers.entry(header_key(name)).or_insert_with(|| field.clone());
                }
            }
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

    /// The dictionary with a profile's headers and words, which go before its own.
    ///
    /// # Errors
    /// [`TraceError::Catalogue`] names a header or word that the profile gives two meanings, an unknown field or code.
    pub fn with(mut self, profile: &Profile) -> Result<Self, TraceError> {
        self.add(profile, true)?;
        Ok(self)
    }

    /// The field that a header of a table stands for.
    #[must_use]
    pub fn field(&self, table: TableKind, header: &str) -> Option<Field> {
        self.headers.get(&table)?.get(&header_key(header)).cloned()
    }

    /// The code that a word of a list stands for.
    pub(super) fn code(&self, list: &str, word: &str) -> Option<&str> {
        self.words.get(list)?.get(&word_key(word)).map(String::as_str)
    }

    /// Whether a cell says nothing: empty, a dash, N/A and the like.
    pub(super) fn is_blank(&self, cell: &str) -> bool {
        let cell = cell.trim();
        cell.chars().all(|c| !c.is_alphanumeric()) || (cell.len() <= 16 && self.code("blank", cell).is_some())
    }

    fn add(&mut self, profile: &Profile, first: bool) -> Result<(), TraceError> {
        let mut seen: HashMap<(Option<TableKind>, String), Field> = HashMap::new();
        // What stands for every table first, what stands for one table over it.
        for (tables, header, field) in profile.headers()? {
            let key = header_key(&header);
            if let Some(other) = seen.insert((tables, key.clone()), field.clone())
                && other != field
            {
                return Err(profile.fault(format!("\"{header}\" stands for {other} and for {field}")));
            }
            let kinds: &[TableKind] = tables.as_ref().map_or(&TableKind::ALL, std::slice::from_ref);
            for kind in kinds.iter().filter(|kind| field.belongs_to(**kind)) {
                let headers = self.headers.entry(*kind).or_default();
                match headers.get(&key) {
                    Some(other) if *other != field && !first && tables.is_none() => {
                        return Err(profile.fault(format!("\"{header}\" stands for {other} and for {field}")));
                    }
                    _ => drop(headers.insert(key.clone(), field.clone())),
                }
            }
        }
        for (list, codes) in &profile.words {
            let mut said: HashMap<String, &str> = HashMap::new();
            for (code, words) in codes {
                if !is_code(list, code) {
                    return Err(profile.fault(format!("unknown list or code \"{list}\", \"{code}\"")));
                }
                for word in words {
                    let key = word_key(word);
                    let known = self.words.entry(list.clone()).or_default();
                    let before = said
                        .insert(key.clone(), code)
                        .or_else(|| if first { None } else { known.get(&key).map(String::as_str) });
                    if let Some(other) = before.filter(|other| other != code) {
                        let problem = format!("\"{word}\" of {list} stands for {other} and for {code}");
                        return Err(profile.fault(problem));
                    }
                    known.insert(key, code.clone());
                }
            }
        }
        Ok(())
    }

    fn add_own_names<T>(
        &mut self,
        list: &str,
        all: &[T],
        code: fn(&T) -> &'static str,
        name: fn(&T, Language) -> &'static str,
    ) {
        let words = self.words.entry(list.to_owned()).or_default();
        for value in all {
            for word in [code(value), name(value, Language::En), name(value, Language::Es)] {
                words.entry(word_key(word)).or_insert_with(|| code(value).to_owned());
            }
        }
    }
}

fn is_code(list: &str, code: &str) -> bool {
    match list {
        "firearm_type" => FirearmType::from_code(code).is_some(),
        "serial_state" => SerialState::from_code(code).is_some(),
        "status" => TraceStatus::from_code(code).is_some(),
        "close_reason" => CloseReason::from_code(code).is_some(),
        "disposition_kind" => DispositionKind::from_code(code).is_some(),
        "yes_no" => matches!(code, "yes" | "no"),
        "blank" => code == "blank",
        "month" => code.parse().is_ok_and(|m: i8| (1..=12).contains(&m)),
        _ => false,
    }
}

/// Header without case, accents, punctuation, articles and the many ways to write "number".
pub(super) fn header_key(header: &str) -> String {
    // "N°" and "Nº" decompose to "no".
    let words = fold(&header.replace('#', " no ").replace('°', "o"));
    let key: String = words
        .split(' ')
        .filter(|w| !matches!(*w, "de" | "del" | "la" | "el" | "of" | "the"))
        .map(|w| match w {
            "numero" | "number" | "num" | "nro" | "nbr" | "nr" => "no",
            other => other,
        })
        .collect();
    // A header of nothing but an article ("De", from whom) is that article.
    if key.is_empty() { words } else { key }
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
        let base = Dictionary::embedded().unwrap();
        let with = |text: &str| base.clone().with(&Profile::from_toml("p.toml", text).unwrap());
        let err = with("name = \"p\"\n[columns]\nserial = [\"x\"]\nmodel = [\"X\"]\n").unwrap_err();
        assert!(err.to_string().contains("stands for") && err.to_string().contains("p.toml"), "{err}");
        assert!(with("name = \"p\"\n[words.status]\nwhole = [\"x\"]\n").is_err());
        assert!(with("name = \"p\"\n[columns]\nshoe = [\"x\"]\n").is_err());
        let own = with("name = \"p\"\n[columns]\ntrace = [\"Serie\"]\n").unwrap();
        assert_eq!(
            own.field(TableKind::Traces, "serie"),
            Some(Field::Trace),
            "a profile goes before the shipped words"
        );
    }

    #[test]
    fn what_a_header_says_depends_on_the_table() {
        let dictionary = Dictionary::embedded().unwrap();
        assert_eq!(dictionary.field(TableKind::Custody, "De"), Some(Field::CustodyFrom));
        assert_eq!(dictionary.field(TableKind::Transactions, "Comprador"), Some(Field::Buyer));
        assert_eq!(dictionary.field(TableKind::Traces, "Comprador"), Some(Field::Purchaser));
        assert_eq!(dictionary.field(TableKind::TestFires, "Casquillo"), Some(Field::Specimen));
        assert_eq!(dictionary.field(TableKind::Transactions, "Folio"), Some(Field::Invoice));
    }
}
