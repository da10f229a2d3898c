//! What a record says of a firearm and of its recovery, whichever record it is: a trace, the register, a transaction.
//!
//! The records keep these fields under their own names and in their own order, because that is how they are stored and hashed; whoever
//! compares firearms reads them through here.

use super::record::{FirearmRecord, Place, TraceRecord};
use super::serial::Serial;
use super::transaction::TransactionRecord;
use super::vocabulary::FirearmType;
use crate::date::PartialDate;

/// A firearm as a record describes it; texts as written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Description<'a> {
    /// Serial number of frame or receiver.
    pub serial: &'a Serial,
    /// Serial number of the slide where it differs.
    pub slide_serial: Option<&'a Serial>,
    /// Maker.
    pub maker: Option<&'a str>,
    /// Model.
    pub model: Option<&'a str>,
    /// Calibre.
    pub calibre: Option<&'a str>,
    /// Type of firearm.
    pub firearm_type: Option<&'a FirearmType>,
    /// Importer.
    pub importer: Option<&'a str>,
    /// Country of origin.
    pub country_of_origin: Option<&'a str>,
}

/// A recovery as a record states it; texts as written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seizure<'a> {
    /// When.
    pub on: Option<PartialDate>,
    /// Where.
    pub at: &'a Place,
    /// Agency.
    pub agency: Option<&'a str>,
    /// Originating agency identifier (ORI).
    pub ori: Option<&'a str>,
    /// Case number of the agency.
    pub case_number: Option<&'a str>,
    /// Item within the case.
    pub item: Option<&'a str>,
    /// NCIC entry number of the gun file (NIC).
    pub nic_number: Option<&'a str>,
}

macro_rules! description {
    ($record:expr, $slide_serial:expr) => {
        Description {
            serial: &$record.serial,
            slide_serial: $slide_serial,
            maker: $record.maker.as_deref(),
            model: $record.model.as_deref(),
            calibre: $record.calibre.as_deref(),
            firearm_type: $record.firearm_type.as_ref(),
            importer: $record.importer.as_deref(),
            country_of_origin: $record.country_of_origin.as_deref(),
        }
    };
}

macro_rules! seizure {
    ($record:expr) => {
        Seizure {
            on: $record.recovered_on,
            at: &$record.recovered_at,
            agency: $record.agency.as_deref(),
            ori: $record.ori.as_deref(),
            case_number: $record.case_number.as_deref(),
            item: $record.item.as_deref(),
            nic_number: $record.nic_number.as_deref(),
        }
    };
}

impl TraceRecord {
    /// The firearm.
    #[must_use]
    pub fn description(&self) -> Description<'_> {
        description!(self, self.slide_serial.as_ref())
    }

    /// The recovery.
    #[must_use]
    pub fn seizure(&self) -> Seizure<'_> {
        seizure!(self)
    }
}

impl FirearmRecord {
    /// The firearm.
    #[must_use]
    pub fn description(&self) -> Description<'_> {
        description!(self, self.slide_serial.as_ref())
    }

    /// The recovery.
    #[must_use]
    pub fn seizure(&self) -> Seizure<'_> {
        seizure!(self)
    }
}

impl TransactionRecord {
    /// The firearm; transactions do not state slides.
    #[must_use]
    pub fn description(&self) -> Description<'_> {
        description!(self, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{FirearmId, TraceId};

    #[test]
    fn a_trace_and_the_register_describe_one_firearm_alike() {
        let serial = Serial::read("ABC12345");
        let mut trace = TraceRecord::new(TraceId::new("T"), serial.clone());
        let mut firearm = FirearmRecord::new(FirearmId::new("F"), serial.clone());
        macro_rules! fill {
            ($($record:ident),*) => {$(
                $record.slide_serial = Some(Serial::read("XYZ98765"));
                ($record.maker, $record.model) = (Some("Glock".to_owned()), Some("19".to_owned()));
                ($record.calibre, $record.importer) = (Some("9mm".to_owned()), Some("Glock Inc".to_owned()));
                ($record.firearm_type, $record.country_of_origin) = (Some(FirearmType::Pistol), Some("Austria".to_owned()));
                $record.recovered_on = PartialDate::day(2021, 5, 6);
                $record.recovered_at.state = Some("TX".to_owned());
                ($record.agency, $record.ori) = (Some("Invented PD".to_owned()), Some("TX0000000".to_owned()));
                ($record.case_number, $record.item) = (Some("21-77".to_owned()), Some("3".to_owned()));
                $record.nic_number = Some("G123".to_owned());
            )*};
        }
        fill!(trace, firearm);
        assert_eq!(trace.description(), firearm.description());
        assert_eq!(trace.seizure(), firearm.seizure());
        let all = format!("{:?} {:?}", trace.description(), trace.seizure());
        for said in
            ["XYZ98765", "Glock", "19", "9mm", "Glock Inc", "Pistol", "Austria", "TX0000000", "21-77", "\"3\"", "G123"]
        {
            assert!(all.contains(said), "{said}: {all}");
        }
    }

    /// The order of fields is part of what is hashed: galleries of former releases must read as they were written.
    #[test]
    fn records_are_written_as_they_always_were() {
        let serial = r#""serial":{"raw":"ABC123","normal":"ABC123","state":"full"}"#;
        let place = r#""recovered_at":{"city":null,"state":null,"country":null}"#;
        let case = r#""agency":null,"ori":null,"case_number":null,"item":null,"nic_number":null"#;
        let firearm = FirearmRecord::new(FirearmId::new("F"), Serial::read("ABC123"));
        assert_eq!(
            serde_json::to_string(&firearm).unwrap(),
            format!(
                r#"{{"firearm":"F",{serial},"slide_serial":null,"maker":null,"model":null,"calibre":null,"firearm_type":null,"country_of_origin":null,"importer":null,"recovered_on":null,{place},{case},"trace":null,"extra":{{}},"source":null}}"#
            )
        );
        let trace = serde_json::to_string(&TraceRecord::new(TraceId::new("T"), Serial::read("ABC123"))).unwrap();
        assert!(
            trace.contains(&format!(
                r#""project_code":null,{serial},"slide_serial":null,"markings":null,"maker":null,"model":null,"calibre":null,"firearm_type":null,"importer":null,"country_of_origin":null,"recovered_on":null,{place},"#
            )),
            "{trace}"
        );
    }
}
