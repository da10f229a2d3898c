//! What records say against each other, named so that a lawyer understands it.

use super::vocabulary::words;
use super::wording::Wording;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::language::Language;

words! {
    /// A contradiction, or something that must not be overlooked.
    ConflictKind {
        /// A step of the chain of sale lies before the step it follows.
        StepsOutOfOrder = "steps_out_of_order", "chain of sale runs backwards", "la cadena de venta retrocede en el tiempo";
        /// Purchased after it was recovered.
        NegativeTimeToCrime = "negative_time_to_crime", "recovered before it was purchased", "asegurada antes de su compra";
        /// The stated time-to-crime is not the one the dates give.
        StatedTimeDiffers = "stated_time_differs", "stated time-to-crime differs from the dates", "el tiempo al delito indicado difiere de las fechas";
        /// The record names two first purchasers.
        PurchaserWithinRecord = "purchaser_within_record", "one record names two first purchasers", "un registro nombra a dos primeros compradores";
        /// A shooting after the firearm was in custody.
        ShootingAfterRecovery = "shooting_after_recovery", "custody alert: shooting after recovery", "alerta de custodia: disparo posterior al aseguramiento";
        /// A shooting before the firearm was first sold.
        ShootingBeforePurchase = "shooting_before_purchase", "shooting before the first purchase", "disparo anterior a la primera compra";
        /// Two firearms where one gun is claimed to have fired.
        TwoGunsOneCluster = "two_guns_one_cluster", "two firearms in one ballistic cluster", "dos armas en un mismo grupo balístico";
        /// Two cases that a person excluded are joined over others.
        ExcludedWithinCluster = "excluded_within_cluster", "an excluded pair is joined over other leads", "un par excluido queda unido por otras pistas";
        /// One trace joined to several firearms.
        TraceClaimedTwice = "trace_claimed_twice", "one trace claimed by several firearms", "un rastreo reclamado por varias armas";
        /// Traces of one firearm name different purchasers.
        PurchasersDiffer = "purchasers_differ", "traces name different purchasers", "los rastreos nombran a compradores distintos";
        /// The slide is not the frame's.
        SlideSerialDiffers = "slide_serial_differs", "slide and frame bear different serial numbers", "la corredera y el armazón llevan números de serie distintos";
        /// A shooting while the register of custody accounts for the firearm.
        ShootingInCustody = "shooting_in_custody", "the firearm was in custody at the time of the shooting", "el arma estaba en custodia en el momento del disparo";
        /// A shooting after a transfer of custody that no return is recorded for.
        ShootingAfterCustody = "shooting_after_custody", "custody alert: shooting after it was taken into custody", "alerta de custodia: disparo posterior a su recepción en custodia";
        /// Somebody hands over what somebody else took.
        CustodyGap = "custody_gap", "gap in the chain of custody: another person hands it over than took it", "hueco en la cadena de custodia: la entrega otra persona que la que la recibió";
        /// Sold when it was already recovered.
        SoldAfterRecovery = "sold_after_recovery", "sold after it was recovered", "vendida después de su aseguramiento";
        /// Test-fired before anybody had it.
        TestFireBeforeRecovery = "test_fire_before_recovery", "test-fired before it was recovered", "disparo de prueba anterior al aseguramiento";
        /// Two records say that one case came from two things.
        TestFireOfAnother = "test_fire_of_another", "the register of test fires and casework disagree on a case", "el registro de disparos de prueba y el expediente discrepan sobre un casquillo";
        /// Recovered more than once.
        RecoveredAgain = "recovered_again", "recovered, returned and recovered again", "asegurada, devuelta y asegurada de nuevo";
    }
}

/// How much a conflict weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// To be known.
    Flag,
    /// To be looked into.
    Alert,
    /// Both cannot be true.
    Hard,
}

impl ConflictKind {
    /// How much it weighs.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::NegativeTimeToCrime
            | Self::ShootingBeforePurchase
            | Self::ShootingInCustody
            | Self::TestFireBeforeRecovery
            | Self::TestFireOfAnother
            | Self::TwoGunsOneCluster
            | Self::TraceClaimedTwice => Severity::Hard,
            Self::SlideSerialDiffers | Self::RecoveredAgain => Severity::Flag,
            _ => Severity::Alert,
        }
    }
}

/// One contradiction with the records it concerns.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Conflict {
    /// What it is.
    pub kind: ConflictKind,
    /// How much it weighs.
    pub severity: Severity,
    /// Identifiers of what it concerns: traces, firearms, incidents, specimens.
    pub subjects: Vec<String>,
    /// The sentence for people.
    pub text: Wording,
}

impl Conflict {
    /// A conflict of a kind, with its details after the kind's own words.
    #[must_use]
    pub fn new(kind: ConflictKind, subjects: Vec<String>, detail_en: &str, detail_es: &str) -> Self {
        let sentence = |language: Language, detail: &str| {
            if detail.is_empty() {
                kind.name(language).to_owned()
            } else {
                format!("{}: {detail}", kind.name(language))
            }
        };
        let text = Wording::new(sentence(Language::En, detail_en), sentence(Language::Es, detail_es));
        Self { severity: kind.severity(), kind, subjects, text }
    }
}
