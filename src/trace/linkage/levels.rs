//! The levels of agreement whose weights can be learned, each with the limits that no learning crosses.

use super::weights::{StepField, Weights};
use crate::ids::Digest;
use crate::trace::TraceError;

/// A level of agreement of one field.
#[derive(Clone)]
pub struct Level {
    /// The field.
    pub field: StepField,
    /// The outcome, as the waterfall writes it.
    pub outcome: &'static str,
    /// Least weight, bits.
    pub least: f64,
    /// Greatest weight, bits.
    pub most: f64,
    /// Whether the bits depend on the value itself (its rarity, its information): what is learned then shifts the whole scale.
    pub scaled: bool,
    read: fn(&Weights) -> f64,
    write: fn(&mut Weights, f64),
}

impl std::fmt::Debug for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} [{}, {}]", self.field.code(), self.outcome, self.least, self.most)
    }
}

impl Level {
    /// Its weight; of a scale its lowest point.
    #[must_use]
    pub fn of(&self, weights: &Weights) -> f64 {
        (self.read)(weights)
    }

    /// Sets it, held within its limits.
    pub fn set(&self, weights: &mut Weights, bits: f64) {
        (self.write)(weights, bits.clamp(self.least, self.most));
    }
}

macro_rules! level {
    ($field:ident, $outcome:literal, $least:literal..$most:literal, $name:ident) => {
        Level {
            field: StepField::$field,
            outcome: $outcome,
            least: $least,
            most: $most,
            scaled: false,
            read: |w| w.$name,
            write: |w, bits| w.$name = bits,
        }
    };
    ($field:ident, $outcome:literal, $least:literal..$most:literal, serial $name:ident) => {
        Level { scaled: true, ..level!($field, $outcome, $least..$most, $name) }
    };
    ($field:ident, $outcome:literal, $least:literal..$most:literal, scale $name:ident) => {
        Level {
            field: StepField::$field,
            outcome: $outcome,
            least: $least,
            most: $most,
            scaled: true,
            read: |w| w.$name.0,
            write: |w, bits| w.$name = (bits, w.$name.1 + bits - w.$name.0),
        }
    };
}

/// All levels that are learned. Trace, NIC and case numbers are not among them: what their agreement is worth lies in how
/// they are given out, not in how often clerks agree. The limits keep a sign from turning and a near miss from weighing what
/// an exact agreement weighs; a learned weight that reaches one is told.
pub const LEVELS: [Level; 27] = [
    level!(Serial, "look_alike", -8.0..-1.0, serial look_alike),
    level!(Serial, "letters_dropped", -10.0..-1.0, serial letters_dropped),
    level!(Serial, "truncated", -12.0..-1.0, serial truncated),
    level!(Serial, "one_edit", -14.0..-2.0, serial one_edit),
    level!(Serial, "two_edits", -18.0..-4.0, serial two_edits),
    level!(Serial, "slide", -14.0..-2.0, serial slide),
    level!(Serial, "different", -14.0..-4.0, serial_differs),
    level!(Serial, "against_none", -12.0..-2.0, serial_against_none),
    level!(Maker, "same", 0.5..2.5, scale same_maker),
    level!(Maker, "importer", -2.0..3.0, importer_for_maker),
    level!(Maker, "different", -10.0..-1.0, other_maker),
    level!(Maker, "unknown", -8.0..-0.5, unknown_maker),
    level!(Calibre, "same", 0.25..1.5, scale same_calibre),
    level!(Calibre, "interchangeable", -3.0..2.0, interchangeable_calibre),
    level!(Calibre, "incompatible", -12.0..-3.0, other_calibre),
    level!(Calibre, "unknown", -8.0..-0.5, unknown_calibre),
    level!(FirearmType, "same", 0.0..2.0, same_type),
    level!(FirearmType, "different", -8.0..-1.0, other_type),
    level!(Model, "same", 0.5..8.0, same_model),
    level!(Model, "within", 0.0..5.0, model_within),
    level!(Model, "different", -8.0..-0.5, other_model),
    level!(RecoveredOn, "same", 2.0..12.0, same_day),
    level!(RecoveredOn, "near", 0.0..8.0, near_day),
    level!(RecoveredOn, "different", -6.0..0.0, other_day),
    level!(RecoveredAt, "city", 0.5..8.0, same_city),
    level!(RecoveredAt, "state", -1.0..4.0, same_state),
    level!(RecoveredAt, "different", -6.0..0.0, other_state),
];

impl Weights {
    /// The level of an outcome of the waterfall, where it can be learned.
    #[must_use]
    pub fn level(field: &StepField, outcome: &str) -> Option<&'static Level> {
        LEVELS.iter().find(|l| l.field == *field && l.outcome == outcome)
    }

    /// SHA-256 of the weights, which every link names.
    #[must_use]
    pub fn hash(&self) -> Digest {
        // Numbers alone cannot fail to serialise.
        Digest::of(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }

    /// Refuses weights out of their limits: a file by hand must not make near misses weigh like agreements.
    ///
    /// # Errors
    /// [`TraceError::Value`] names the level, its limits and what was given.
    pub fn check(&self) -> Result<(), TraceError> {
        let unfit = |bits: f64, least: f64, most: f64| !bits.is_finite() || bits < least || bits > most;
        for level in &LEVELS {
            let bits = level.of(self);
            if unfit(bits, level.least, level.most) {
                return Err(TraceError::Value {
                    field: "weights",
                    expected: format!(
                        "{} {} from {} to {} bits",
                        level.field.code(),
                        level.outcome,
                        level.least,
                        level.most
                    ),
                    got: bits.to_string(),
                });
            }
        }
        // What is not learned has one wide limit: positive what speaks for a pair, and never more than a NIC number.
        const MOST: f64 = 24.0;
        for (name, bits, least, most) in [
            ("same_trace", self.same_trace, 0.0, MOST),
            ("same_nic", self.same_nic, 0.0, MOST),
            ("same_case", self.same_case, 0.0, MOST),
            ("same_case_other_agency", self.same_case_other_agency, 0.0, MOST),
            ("same_item", self.same_item, 0.0, MOST),
            ("other_item", self.other_item, -MOST, 0.0),
            ("same_maker, greatest", self.same_maker.1, self.same_maker.0, 10.0),
            ("same_calibre, greatest", self.same_calibre.1, self.same_calibre.0, 10.0),
        ] {
            if unfit(bits, least, most) {
                return Err(TraceError::Value {
                    field: "weights",
                    expected: format!("{name} from {least} to {most} bits"),
                    got: bits.to_string(),
                });
            }
        }
        Ok(())
    }
}
