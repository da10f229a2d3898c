//! The closed lists of words a trace record uses, each with its code and its name in English and Spanish.

use crate::language::Language;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! words {
    (
        $(#[$doc:meta])* $name:ident {
            $($(#[$vdoc:meta])* $variant:ident = $code:literal, $en:literal, $es:literal;)+
        }
        $(else $(#[$odoc:meta])* $other:ident = $ocode:literal, $oen:literal, $oes:literal;)?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            $($(#[$odoc])* $other(String),)?
        }

        impl $name {
            /// Every value that needs no further text.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The code under which it is stored and exchanged.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self {
                    $($name::$variant => $code,)+
                    $($name::$other(_) => $ocode,)?
                }
            }

            /// Its name for people; text that no list knows is not repeated here.
            #[must_use]
            pub fn name(&self, language: Language) -> &'static str {
                match self {
                    $($name::$variant => language.pick($en, $es),)+
                    $($name::$other(_) => language.pick($oen, $oes),)?
                }
            }

            /// The value with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code {
                    $($code => Some($name::$variant),)+
                    _ => None $(.or_else(|| {
                        let rest = code.strip_prefix($ocode)?;
                        if rest.is_empty() { return Some($name::$other(String::new())); }
                        rest.strip_prefix(':').map(|raw| $name::$other(raw.to_owned()))
                    }))?,
                }
            }

            fn stored(&self) -> String {
                match self {
                    $($name::$variant => $code.to_owned(),)+
                    $($name::$other(raw) if raw.is_empty() => $ocode.to_owned(),
                    $name::$other(raw) => format!("{}:{raw}", $ocode),)?
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.stored())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.stored())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let code = String::deserialize(deserializer)?;
                Self::from_code(&code).ok_or_else(|| {
                    serde::de::Error::custom(format!(
                        concat!(stringify!($name), ": expected one of {}, got \"{}\""),
                        Self::ALL.iter().map(Self::code).collect::<Vec<_>>().join(", "),
                        code
                    ))
                })
            }
        }
    };
}

pub(super) use words;

words! {
    /// What is known of a serial number.
    SerialState {
        /// Read whole from frame or receiver.
        Full = "full", "read in full", "leído completo";
        /// Some characters cannot be read.
        Partial = "partial", "partly read", "leído en parte";
        /// Obliterated, then restored in the laboratory.
        Restored = "restored", "restored", "restaurado";
        /// Removed and not restored.
        Obliterated = "obliterated", "obliterated", "borrado";
        /// A privately made firearm never had one.
        NonePrivatelyMade = "none_privately_made", "none, privately made", "sin serie, de fabricación privada";
        /// Made before the Gun Control Act of 1968 required one.
        NonePre1968 = "none_pre1968", "none, made before 1968", "sin serie, anterior a 1968";
        /// A number given later by an agency, not by the maker.
        Surrogate = "surrogate", "given by an agency", "asignado por una autoridad";
        /// Nothing is recorded.
        Unknown = "unknown", "not known", "se desconoce";
    }
}

words! {
    /// How far a trace request has come.
    TraceStatus {
        /// Not sent yet.
        Draft = "draft", "draft", "borrador";
        /// Sent.
        Submitted = "submitted", "submitted", "enviado";
        /// Being worked on.
        InProcess = "in_process", "in process", "en proceso";
        /// Finished with a result.
        Completed = "completed", "completed", "concluido";
        /// Finished without one.
        ClosedNoResult = "closed_no_result", "closed without result", "cerrado sin resultado";
        /// Withdrawn by the requester.
        Cancelled = "cancelled", "cancelled", "cancelado";
        /// Repeats another request.
        Duplicate = "duplicate", "duplicate", "duplicado";
    }
    else
    /// A word that no list knows, kept as it was written.
    Unknown = "unknown", "not known", "se desconoce";
}

words! {
    /// Why a trace ended where it did.
    CloseReason {
        /// It reached a purchaser.
        PurchaserIdentified = "purchaser_identified", "purchaser identified", "comprador identificado";
        /// It reached a dealer and no purchaser.
        DealerOnly = "dealer_only", "ended at the dealer", "hasta la armería";
        /// Too old for records to exist.
        TooOld = "too_old", "too old", "demasiado antigua";
        /// The serial number does not exist with this maker.
        SerialInvalid = "serial_invalid", "serial number invalid", "número de serie inválido";
        /// The serial number was obliterated.
        SerialObliterated = "serial_obliterated", "serial number obliterated", "número de serie borrado";
        /// The maker or importer stated is wrong.
        MakeOrImporterError = "make_or_importer_error", "maker or importer wrong", "error de marca o importador";
        /// The dealer's records are missing.
        FflRecordsUnavailable = "ffl_records_unavailable", "dealer's records unavailable", "registros de la armería no disponibles";
        /// Never in US commerce.
        ForeignNotUs = "foreign_not_us", "foreign, not of US commerce", "extranjera, fuera del comercio de EE. UU.";
        /// Sold to a government or military.
        GovernmentOrMilitary = "government_or_military", "government or military", "gobierno o fuerzas armadas";
        /// Stolen from a licensed dealer.
        StolenFromFfl = "stolen_from_ffl", "stolen from a dealer", "robada a una armería";
        /// Privately made.
        PrivatelyMade = "privately_made", "privately made", "de fabricación privada";
        /// The request says too little.
        InsufficientInfo = "insufficient_info", "insufficient information", "información insuficiente";
    }
    else
    /// Another reason, kept as it was written.
    Other = "other", "another reason", "otro motivo";
}

words! {
    /// What a party did in the chain of sale.
    DispositionKind {
        /// Made it.
        Manufacturer = "manufacturer", "manufacturer", "fabricante";
        /// Brought it into the country.
        Importer = "importer", "importer", "importador";
        /// Sold it to dealers.
        Wholesaler = "wholesaler", "wholesaler", "mayorista";
        /// Sold it over the counter.
        Retailer = "retailer", "retail dealer", "armería";
        /// Took it in pawn.
        Pawnbroker = "pawnbroker", "pawnbroker", "casa de empeño";
        /// A government or its forces.
        Government = "government", "government", "gobierno";
        /// The first retail purchaser.
        FirstPurchaser = "first_purchaser", "first purchaser", "primer comprador";
        /// A later purchaser.
        LaterPurchaser = "later_purchaser", "later purchaser", "comprador posterior";
    }
    else
    /// A role that no list knows, kept as it was written.
    Other = "other", "another party", "otra parte";
}

impl DispositionKind {
    /// Whether the party is a private person, whose name is personal. A role that no list knows may be one.
    #[must_use]
    pub const fn is_private_person(&self) -> bool {
        matches!(self, Self::FirstPurchaser | Self::LaterPurchaser | Self::Other(_))
    }
}

words! {
    /// Type of firearm.
    FirearmType {
        /// Semi-automatic pistol.
        Pistol = "pistol", "pistol", "pistola";
        /// Revolver.
        Revolver = "revolver", "revolver", "revólver";
        /// Derringer.
        Derringer = "derringer", "derringer", "derringer";
        /// Rifle or carbine.
        Rifle = "rifle", "rifle", "fusil o rifle";
        /// Shotgun.
        Shotgun = "shotgun", "shotgun", "escopeta";
        /// Submachine gun.
        SubmachineGun = "submachine_gun", "submachine gun", "subfusil";
        /// Machine gun.
        MachineGun = "machine_gun", "machine gun", "ametralladora";
        /// Rifled and smooth barrels together.
        Combination = "combination", "combination gun", "arma combinada";
        /// Frame or receiver alone.
        Receiver = "receiver", "frame or receiver", "armazón o cajón de mecanismos";
        /// Silencer.
        Silencer = "silencer", "silencer", "silenciador";
    }
    else
    /// A type that no list knows, kept as it was written.
    Other = "other", "another type", "otro tipo";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_survives_storage() {
        for status in TraceStatus::ALL.iter().cloned().chain([TraceStatus::Unknown("en pausa: 3".into())]) {
            let json = serde_json::to_string(&status).unwrap();
            assert_eq!(serde_json::from_str::<TraceStatus>(&json).unwrap(), status);
        }
        assert_eq!(CloseReason::from_code("other"), Some(CloseReason::Other(String::new())));
        assert!(serde_json::from_str::<SerialState>("\"whole\"").is_err());
    }

    #[test]
    fn both_languages_say_something() {
        for kind in DispositionKind::ALL {
            assert!(!kind.name(Language::En).is_empty() && !kind.name(Language::Es).is_empty());
        }
    }
}
