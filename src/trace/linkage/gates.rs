//! Gates: what a program may join alone, whatever the bits say.

use super::Decision;
use super::score::{CalibreComparison, MakerComparison, Scored};
use super::side::Side;
use crate::trace::serial::SerialComparison as C;
use crate::trace::wording::Wording;
use crate::trace::TraceStatus;

/// Probability from which a program may join alone: one wrong in a hundred is what a reviewer would get wrong too.
const AUTOMATIC_FROM: f64 = 0.99;
/// Probability from which a person should look: below, nine in ten are chance.
const REVIEW_FROM: f64 = 0.10;
/// Bits of a serial number that make it a key of its own.
const STRONG_SERIAL_BITS: f64 = 10.0;

/// Decides a pair and says why.
///
/// None of this depends on the weights but the probability: whatever is learned, the gates stay as they are.
pub(super) fn decide(
    firearm: &Side<'_>,
    trace: &Side<'_>,
    status: &TraceStatus,
    scored: &Scored,
) -> (Decision, Vec<Wording>) {
    let mut reasons: Vec<(&str, &str)> = Vec::new();
    let serial = scored.serial;
    let serial_bits = firearm.serial.information_bits().min(trace.serial.information_bits());
    let strong_serial = match serial {
        C::Exact => serial_bits >= STRONG_SERIAL_BITS,
        C::LookAlike => serial_bits - 2.0 >= STRONG_SERIAL_BITS,
        _ => false,
    };
    let whole = |reasons: Vec<(&str, &str)>| reasons.into_iter().map(|(en, es)| Wording::new(en, es)).collect();
    let named = scored.same_trace || scored.same_nic || scored.same_case_item;
    let strong_key = strong_serial || (named && serial != C::Different && !scored.serial_against_none);
    let mut say = |en: &'static str, es: &'static str| reasons.push((en, es));

    let mut closed = false;
    let mut close = |condition: bool, en: &'static str, es: &'static str| {
        if condition {
            closed = true;
            say(en, es);
        }
    };
    close(
        serial == C::Different && !scored.slide_for_frame,
        "conflict: both serial numbers are whole and differ",
        "conflicto: ambos números de serie están completos y difieren",
    );
    close(
        scored.slide_for_frame,
        "the number of a slide stands where a frame's is expected: the breech face mark follows the slide, the trace follows the frame",
        "el número de una corredera figura donde se espera el del armazón: la marca de recámara sigue a la corredera, el rastreo sigue al armazón",
    );
    close(
        scored.parts_do_not_fit,
        "the characters that were read of both serial numbers do not fit",
        "los caracteres leídos de ambos números de serie no concuerdan",
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
        matches!(status, TraceStatus::Cancelled | TraceStatus::Draft),
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
    if scored.other_slide && !scored.slide_for_frame {
        say(
            "the slide bears another number than the frame: the breech face mark follows the slide, the trace follows the frame",
            "la corredera lleva otro número que el armazón: la marca de recámara sigue a la corredera, el rastreo sigue al armazón",
        );
    }
    if !closed {
        say(
            "a strong key, no conflict and a probability of 0.99 or more",
            "una clave fuerte, sin conflictos y una probabilidad de 0.99 o más",
        );
        return (Decision::Automatic, whole(reasons));
    }
    // The same number and a fitting calibre is for a person to see, however rare the maker's number is.
    let same_number = matches!(serial, C::Exact | C::LookAlike) && scored.calibre != CalibreComparison::Incompatible;
    if probability >= REVIEW_FROM || same_number || named {
        (Decision::Review, whole(reasons))
    } else {
        (Decision::None, whole(reasons))
    }
}
