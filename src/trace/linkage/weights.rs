//! Weights: the bits that each field may add to the sum, and the steps of the waterfall that shows them.

use crate::language::Language;
use crate::trace::vocabulary::words;
use crate::trace::wording::Wording;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

words! {
    /// A step of the waterfall.
    StepField {
        /// What stands against any pair before a field is looked at.
        Prior = "prior", "prior", "punto de partida";
        /// Trace number noted by the laboratory.
        Trace = "trace", "trace number", "número de rastreo";
        /// NIC number.
        Nic = "nic_number", "NIC number", "número NIC";
        /// Case and item number.
        Case = "case", "case and item", "carpeta e indicio";
        /// Serial number.
        Serial = "serial", "serial number", "número de serie";
        /// Maker.
        Maker = "maker", "manufacturer", "marca";
        /// Calibre.
        Calibre = "calibre", "caliber", "calibre";
        /// Type.
        FirearmType = "firearm_type", "type", "tipo de arma";
        /// Model.
        Model = "model", "model", "modelo";
        /// Recovery date.
        RecoveredOn = "recovered_on", "recovery date", "fecha de aseguramiento";
        /// Recovery place.
        RecoveredAt = "recovered_at", "recovery place", "lugar de aseguramiento";
    }
}

/// One step of the waterfall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The field.
    pub field: StepField,
    /// What was found, as a stable code.
    pub outcome: String,
    /// Bits it adds; negative speaks against.
    pub bits: f64,
    /// The sentence for people.
    pub text: Wording,
}

/// The weights in bits. Proposals after the field's practice, to be replaced by counts over pairs that people decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Taken from the information of a serial number that agrees only after look-alikes fall together.
    pub look_alike: f64,
    /// The same for letters dropped inside the number (NCIC).
    pub letters_dropped: f64,
    /// The same for a truncated number.
    pub truncated: f64,
    /// The same for one edit.
    pub one_edit: f64,
    /// The same for two.
    pub two_edits: f64,
    /// The same where the number of one's slide is the number of the other: slides are exchanged, and clerks read them.
    pub slide: f64,
    /// Two whole numbers that differ.
    pub serial_differs: f64,
    /// A whole number against a firearm that never had one.
    pub serial_against_none: f64,
    /// Least and most for the same maker, by rarity among the traces.
    pub same_maker: (f64, f64),
    /// One side names a business that has imported for the other.
    pub importer_for_maker: f64,
    /// Different makers.
    pub other_maker: f64,
    /// Different makers of which the catalogue does not know one: it may be a spelling.
    pub unknown_maker: f64,
    /// Least and most for the same calibre, by rarity among the traces.
    pub same_calibre: (f64, f64),
    /// Calibres that fire in one another's chambers.
    pub interchangeable_calibre: f64,
    /// Calibres that do not.
    pub other_calibre: f64,
    /// Different calibres of which the catalogue does not know one.
    pub unknown_calibre: f64,
    /// The same type.
    pub same_type: f64,
    /// Different types.
    pub other_type: f64,
    /// The same model.
    pub same_model: f64,
    /// One model's text within the other's.
    pub model_within: f64,
    /// Different models.
    pub other_model: f64,
    /// The laboratory noted this trace number.
    pub same_trace: f64,
    /// The same NIC number.
    pub same_nic: f64,
    /// The same case number with the same agency.
    pub same_case: f64,
    /// The same case number, the agency unstated or another: agencies number alike.
    pub same_case_other_agency: f64,
    /// The same item of the same case, in addition.
    pub same_item: f64,
    /// Another item of the same case: usually another gun.
    pub other_item: f64,
    /// Recovered on the same day.
    pub same_day: f64,
    /// Recovery dates that may be the same, or lie a week apart as entry and seizure do.
    pub near_day: f64,
    /// Recovery dates that differ: guns are returned and recovered again.
    pub other_day: f64,
    /// The same city and state.
    pub same_city: f64,
    /// The same state.
    pub same_state: f64,
    /// Different states.
    pub other_state: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            look_alike: -2.0,
            letters_dropped: -3.0,
            truncated: -4.0,
            one_edit: -5.0,
            two_edits: -9.0,
            slide: -5.0,
            serial_differs: -6.0,
            serial_against_none: -4.0,
            same_maker: (2.0, 6.0),
            importer_for_maker: 0.5,
            other_maker: -4.0,
            unknown_maker: -2.0,
            same_calibre: (1.0, 5.0),
            interchangeable_calibre: 0.5,
            other_calibre: -6.0,
            unknown_calibre: -2.0,
            same_type: 0.5,
            other_type: -3.0,
            same_model: 3.0,
            model_within: 1.5,
            other_model: -1.5,
            same_trace: 18.0,
            same_nic: 15.0,
            same_case: 10.0,
            same_case_other_agency: 4.0,
            same_item: 4.0,
            other_item: -4.0,
            same_day: 5.0,
            near_day: 1.5,
            other_day: -1.0,
            same_city: 2.0,
            same_state: 0.5,
            other_state: -1.0,
        }
    }
}
