//! One side of a pair with everything folded and resolved once: a record is compared with thousands of others.

use crate::date::PartialDate;
use crate::trace::catalogue::{Calibre, Catalogues, Maker, Region};
use crate::trace::description::{Description, Seizure};
use crate::trace::serial::Serial;
use crate::trace::text::squeeze;
use crate::trace::{FirearmRecord, FirearmType, Place, TraceRecord};

/// What of a record takes part in linkage.
pub(super) struct Side<'a> {
    pub serial: &'a Serial,
    pub slide_serial: Option<&'a Serial>,
    /// Trace number: of the trace itself, or as the laboratory noted it.
    pub trace: Option<String>,
    pub nic: Option<String>,
    pub case: Option<String>,
    pub item: Option<String>,
    pub agency: Option<String>,
    pub ori: Option<String>,
    pub maker: Option<Maker>,
    pub calibre: Option<Calibre>,
    pub firearm_type: Option<FirearmType>,
    pub model: Option<String>,
    pub recovered_on: Option<PartialDate>,
    pub city: Option<String>,
    pub region: Region,
    pub written: Written<'a>,
}

/// The same values as they were written, for the sentences of the waterfall.
pub(super) struct Written<'a> {
    pub maker: Option<&'a str>,
    pub model: Option<&'a str>,
    pub place: &'a Place,
}

/// Folded text, where there is any.
fn folded(text: Option<&str>) -> Option<String> {
    text.map(squeeze).filter(|t| !t.is_empty())
}

impl<'a> Side<'a> {
    pub fn firearm(record: &'a FirearmRecord, catalogues: &Catalogues) -> Self {
        let noted = record.trace.as_ref().map(crate::ids::TraceId::as_str);
        Self::of(record.description(), record.seizure(), noted, catalogues)
    }

    pub fn trace(record: &'a TraceRecord, catalogues: &Catalogues) -> Self {
        Self::of(record.description(), record.seizure(), Some(record.trace.as_str()), catalogues)
    }

    fn of(gun: Description<'a>, seized: Seizure<'a>, trace: Option<&str>, catalogues: &Catalogues) -> Self {
        Self {
            serial: gun.serial,
            slide_serial: gun.slide_serial.filter(|s| s.is_number()),
            trace: folded(trace),
            nic: folded(seized.nic_number),
            case: folded(seized.case_number),
            item: folded(seized.item),
            agency: folded(seized.agency),
            ori: folded(seized.ori),
            maker: gun.maker.and_then(|m| catalogues.maker(m)),
            calibre: gun.calibre.and_then(|c| catalogues.calibre(c)),
            firearm_type: gun.firearm_type.map(|t| catalogues.firearm_type(t)),
            model: folded(gun.model),
            recovered_on: seized.on,
            city: folded(seized.at.city.as_deref()),
            region: catalogues.places().region(seized.at),
            written: Written { maker: gun.maker, model: gun.model, place: seized.at },
        }
    }
}
