//! The dictionary: what headers and the words in cells stand for.

use super::fields::{Field, TableKind};
use super::profile::Profile;
use crate::language::Language;
use crate::trace::text::fold;
use crate::trace::{CloseReason, DispositionKind, FirearmType, SerialState, TraceError, TraceStatus};
use std::collections::HashMap;

/// Headers and value words in English and Spanish, with those of a profile before them.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    headers: HashMap<TableKind, HashMap<String, Field>>,
    words: HashMap<String, HashMap<String, String>>,
    /// Century of years written with two digits, such as 20; without one they are refused.
    pub(super) century: Option<i16>,
}

impl Dictionary {
    /// The words of the profiles that come with the program, English and Spanish together.
    ///
    /// # Errors
    /// [`TraceError::Profile`] if they do not hold together, which a test excludes.
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
    /// [`TraceError::Profile`] names a header or word that the profile gives two meanings, an unknown field or code.
    pub fn with(mut self, profile: &Profile) -> Result<Self, TraceError> {
        self.add(profile, true)?;
        self.century = profile.century.or(self.century);
        Ok(self)
    }

    /// The field that a header of a table stands for.
    #[must_use]
    pub fn field(&self, table: TableKind, header: &str) -> Option<Field> {
        let headers = self.headers.get(&table)?;
        let known = |text: &str| headers.get(&header_key(text)).cloned();
        // "Matrícula (núm. de serie)" says the same thing twice, or explains itself.
        let apart = || {
            let (before, rest) = header.split_once('(')?;
            known(before).or_else(|| known(rest.split(')').next()?))
        };
        known(header).or_else(apart)
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
                return Err(profile.twice(&header, other.code(), field.code()));
            }
            let kinds: &[TableKind] = tables.as_ref().map_or(&TableKind::ALL, std::slice::from_ref);
            for kind in kinds.iter().filter(|kind| field.belongs_to(**kind)) {
                let headers = self.headers.entry(*kind).or_default();
                match headers.get(&key) {
                    Some(other) if *other != field && !first && tables.is_none() => {
                        return Err(profile.twice(&header, other.code(), field.code()));
                    }
                    _ => drop(headers.insert(key.clone(), field.clone())),
                }
            }
        }
        for (list, codes) in &profile.words {
            let mut said: HashMap<String, &str> = HashMap::new();
            for (code, words) in codes {
                if !is_code(list, code) {
                    return Err(profile.unknown(("list or code", "lista o código"), &format!("{list}.{code}")));
                }
                for word in words {
                    let key = word_key(word);
                    let known = self.words.entry(list.clone()).or_default();
                    let before = said
                        .insert(key.clone(), code)
                        .or_else(|| if first { None } else { known.get(&key).map(String::as_str) });
                    if let Some(other) = before.filter(|other| other != code) {
                        return Err(profile.twice(word, other, code));
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
            "fec" | "fch" => "fecha",
            "f" if words.contains(' ') => "fecha",
            "1er" | "1o" | "1ro" => "primer",
            "1st" => "first",
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
            ("Matrícula\n(núm. de serie)", Field::Serial),
            ("F. de aseguramiento", Field::RecoveredOn),
            ("1er. comprador", Field::Purchaser),
            ("Date Recovered (mm/dd/yyyy)", Field::RecoveredOn),
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
        let own = with("name = \"p\"\n[columns]\ntrace = [\"Serie\"]\n").unwrap();
        assert_eq!(
            own.field(TableKind::Traces, "serie"),
            Some(Field::Trace),
            "a profile goes before the shipped words"
        );
    }

    #[test]
    fn every_header_and_word_that_agencies_use_is_known_in_both_languages() {
        let dictionary = Dictionary::embedded().unwrap();
        for (field, headers) in [
            (Field::Serial, &["serial", "número de serie", "matrícula"][..]),
            (Field::Maker, &["manufacturer", "make", "marca", "fabricante"]),
            (Field::Model, &["model", "modelo"]),
            (Field::Calibre, &["caliber", "calibre"]),
            (Field::FirearmType, &["type", "tipo de arma"]),
            (Field::Importer, &["importer", "importador"]),
            (Field::CountryOfOrigin, &["country of origin", "país de origen"]),
            (Field::RecoveredOn, &["recovery date", "fecha de aseguramiento", "decomiso"]),
            (Field::RecoveryCity, &["city", "municipio"]),
            (Field::RecoveryState, &["state", "entidad"]),
            (Field::CaseNumber, &["case no", "carpeta de investigación", "averiguación previa"]),
            (Field::Item, &["item", "indicio"]),
            (Field::Trace, &["trace no", "folio", "número de rastreo"]),
            (Field::Status, &["status", "estatus"]),
            (Field::PurchasedOn, &["purchase date", "fecha de compra"]),
            (Field::Purchaser, &["purchaser", "comprador"]),
            (Field::Possessor, &["possessor", "poseedor", "portador"]),
            (Field::Dealer, &["dealer", "armería"]),
            (Field::TimeToCrime, &["time to crime", "tiempo al delito"]),
            (Field::MultipleSale, &["multiple sale", "venta múltiple"]),
            (Field::Obliterated, &["obliterated", "borrada", "limada"]),
        ] {
            for header in headers {
                assert_eq!(dictionary.field(TableKind::Traces, header).as_ref(), Some(&field), "{header}");
            }
        }
        for (list, code, words) in [
            ("firearm_type", "pistol", &["pistola", "pistol"][..]),
            ("firearm_type", "revolver", &["revólver", "revolver"]),
            ("firearm_type", "shotgun", &["escopeta"]),
            ("firearm_type", "rifle", &["fusil", "rifle"]),
            ("firearm_type", "submachine_gun", &["subfusil"]),
            ("yes_no", "yes", &["sí", "si", "yes"]),
            ("yes_no", "no", &["no"]),
            ("blank", "blank", &["n/a", "unk", "sin dato"]),
        ] {
            for word in words {
                assert_eq!(dictionary.code(list, word), Some(code), "{word}");
            }
        }
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
