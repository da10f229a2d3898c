//! Gates: what a program may join alone, whatever the bits say.

use super::Decision;
use super::score::{CalibreComparison, MakerComparison, Scored};
use crate::trace::serial::SerialComparison as C;
use crate::trace::wording::Wording;
use crate::trace::{FirearmRecord, TraceRecord, TraceStatus};

/// Probability from which a program may join alone: one wrong in a hundred is what a reviewer would get wrong too.
const AUTOMATIC_FROM: f64 = 0.99;
/// Probability from which a person should look: below, nine in ten are chance.
const REVIEW_FROM: f64 = 0.10;
/// Bits of a serial number that make it a key of its own.
const STRONG_SERIAL_BITS: f64 = 10.0;

/// Decides a pair and says why.
pub(super) fn decide(firearm: &FirearmRecord, trace: &TraceRecord, scored: &Scored) -> (Decision, Vec<Wording>) {
    let mut reasons = Vec::new();
    let serial = scored.serial;
    let serial_bits = firearm.serial.information_bits().min(trace.serial.information_bits());
    let strong_serial = match serial {
        C::Exact => serial_bits >= STRONG_SERIAL_BITS,
        C::LookAlike => serial_bits - 2.0 >= STRONG_SERIAL_BITS,
        _ => false,
    };
    let named = scored.same_trace || scored.same_nic || scored.same_case_item;
    let strong_key = strong_serial || (named && serial != C::Different && !scored.serial_against_none);
    let mut say = |en: &str, es: &str| reasons.push(Wording::new(en, es));

    let mut closed = false;
    let mut close = |condition: bool, en: &str, es: &str| {
        if condition {
            closed = true;
            say(en, es);
        }
    };
    close(
        serial == C::Different,
        "conflict: both serial numbers are whole and differ",
        "conflicto: ambos números de serie están completos y difieren",
    );
    close(
        scored.calibre == CalibreComparison::Incompatible,
        "conflict: the calibers are incompatible",
        "conflicto: los calibres son incompatibles",
    );
    close(
        scored.serial_against_none,
        "conflict: one firearm never had a serial number, the other has a whole one",
        "conflicto: un arma nunca tuvo número de serie y la otra tiene uno completo",
    );
    close(
        scored.other_item && !strong_serial,
        "the case is the same, the item is another",
        "la carpeta es la misma, el indicio es otro",
    );
    close(
        matches!(serial, C::OneEdit | C::TwoEdits),
        "a serial number that differs by a character is never joined automatically: neighbouring numbers are different guns",
        "un número de serie que difiere en un carácter nunca se une de forma automática: los números contiguos son armas distintas",
    );
    close(
        serial == C::Wildcard,
        "a serial number with unread characters is never joined automatically",
        "un número de serie con caracteres sin leer nunca se une de forma automática",
    );
    close(
        scored.maker == MakerComparison::Different,
        "another manufacturer: importers have shipped the same number for both",
        "otra marca: los importadores han vendido el mismo número de ambas",
    );
    close(
        matches!(trace.status, TraceStatus::Cancelled | TraceStatus::Draft),
        "the trace was cancelled or never sent",
        "el rastreo se canceló o no se envió",
    );
    close(
        !strong_key,
        "no strong key: neither trace, NIC nor case and item number, nor a serial number of ten bits",
        "sin clave fuerte: ni número de rastreo, ni NIC, ni carpeta e indicio, ni un número de serie de diez bits",
    );
    let probability = scored.probability();
    close(
        probability < AUTOMATIC_FROM,
        "the evidence stays below a probability of 0.99",
        "la evidencia queda por debajo de una probabilidad de 0.99",
    );
    if !closed {
        say(
            "a strong key, no conflict and a probability of 0.99 or more",
            "una clave fuerte, sin conflictos y una probabilidad de 0.99 o más",
        );
        return (Decision::Automatic, reasons);
    }
    // The same number and a fitting calibre is for a person to see, however rare the maker's number is.
    let same_number = matches!(serial, C::Exact | C::LookAlike) && scored.calibre != CalibreComparison::Incompatible;
    let decision = if probability >= REVIEW_FROM || same_number || named { Decision::Review } else { Decision::None };
    (decision, reasons)
}
