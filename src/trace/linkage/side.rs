//! One side of a pair with everything folded and resolved once: a record is compared with thousands of others.

use crate::date::PartialDate;
use crate::trace::catalogue::{Calibre, Catalogues, Maker, Region};
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
        Self {
            serial: &record.serial,
            slide_serial: record.slide_serial.as_ref().filter(|s| s.is_number()),
            trace: folded(record.trace.as_ref().map(crate::ids::TraceId::as_str)),
            nic: folded(record.nic_number.as_deref()),
            case: folded(record.case_number.as_deref()),
            item: folded(record.item.as_deref()),
            agency: folded(record.agency.as_deref()),
            ori: folded(record.ori.as_deref()),
            maker: record.maker.as_deref().and_then(|m| catalogues.maker(m)),
            calibre: record.calibre.as_deref().and_then(|c| catalogues.calibre(c)),
            firearm_type: record.firearm_type.as_ref().map(|t| catalogues.firearm_type(t)),
            model: folded(record.model.as_deref()),
            recovered_on: record.recovered_on,
            city: folded(record.recovered_at.city.as_deref()),
            region: catalogues.places().region(&record.recovered_at),
            written: Written {
                maker: record.maker.as_deref(),
                model: record.model.as_deref(),
                place: &record.recovered_at,
            },
        }
    }

    pub fn trace(record: &'a TraceRecord, catalogues: &Catalogues) -> Self {
        Self {
            serial: &record.serial,
            slide_serial: record.slide_serial.as_ref().filter(|s| s.is_number()),
            trace: folded(Some(record.trace.as_str())),
            nic: folded(record.nic_number.as_deref()),
            case: folded(record.case_number.as_deref()),
            item: folded(record.item.as_deref()),
            agency: folded(record.agency.as_deref()),
            ori: folded(record.ori.as_deref()),
            maker: record.maker.as_deref().and_then(|m| catalogues.maker(m)),
            calibre: record.calibre.as_deref().and_then(|c| catalogues.calibre(c)),
            firearm_type: record.firearm_type.as_ref().map(|t| catalogues.firearm_type(t)),
            model: folded(record.model.as_deref()),
            recovered_on: record.recovered_on,
            city: folded(record.recovered_at.city.as_deref()),
            region: catalogues.places().region(&record.recovered_at),
            written: Written {
                maker: record.maker.as_deref(),
                model: record.model.as_deref(),
                place: &record.recovered_at,
            },
        }
    }
}
