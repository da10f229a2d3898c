//! Every number of a lead, computed from the contents of a bundle and nothing else.

use super::contents::{Contents, Scan};
use super::registers::{OfRegisters, RegistersKept};
use crate::compare::{Comparison, Prepared, compare};
use crate::engine::error::EngineError;
use crate::engine::outline::{decoded_map, mark_along, other_marks};
use crate::engine::submit::mark_of;
use crate::ids::{Digest, FirearmId, IncidentId, LeadId, SpecimenId, TraceId};
use crate::mark::outline::Outlines;
use crate::mark::{Mark, Region};
use crate::surface::{Checksums, DecodeOptions};
use crate::trace::catalogue::Catalogues;
use crate::trace::custody::{LinkedShooting, TimeToShooting};
use crate::trace::graph::{EdgeStatus, GraphInput, LinkGraph, RecordLinkInput, Registers};
use crate::trace::linkage::{LinkOptions, Step, explain_among};
use crate::trace::{DaySpan, Serial, TraceRecord};
use crate::workings::Silent;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All numbers of a lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// The two marks, reference first.
    pub marks: Vec<MarkNumbers>,
    /// Score, likelihood ratio, pose, cells and features of the pair.
    pub comparison: Comparison,
    /// Record links with every step of their waterfalls.
    pub links: Vec<LinkNumbers>,
    /// Times of every firearm that is reached.
    pub guns: Vec<GunTimes>,
    /// Traces that the incidents inherit.
    pub inherited: Vec<Inherited>,
    /// What follows from the registers; none in a bundle of a former release, which holds none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registers: Option<OfRegisters>,
}

/// What a scan gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarkNumbers {
    /// The specimen.
    pub specimen: SpecimenId,
    /// SHA-256 of the bytes received.
    pub received: Digest,
    /// SHA-256 of the mark that is cut from them, along the outlines of the bundle where a person drew those, to the last bit of its heights.
    pub cut: Digest,
    /// SHA-256 of the mark that was compared.
    pub compared: Digest,
}

/// What linkage gave for a pair of records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkNumbers {
    /// The firearm.
    pub firearm: FirearmId,
    /// The trace.
    pub trace: TraceId,
    /// Sum of the steps, bits.
    pub bits: f64,
    /// Probability under the weights.
    pub probability: f64,
    /// The steps.
    pub steps: Vec<Step>,
}

/// Times of a firearm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GunTimes {
    /// The firearm.
    pub firearm: FirearmId,
    /// The trace that they rest on.
    pub shown_trace: Option<TraceId>,
    /// Shootings by date, with whether a hit stands behind each.
    pub shootings: Vec<(IncidentId, String, bool)>,
    /// Least and most days from purchase to recovery.
    pub time_to_crime: Option<(i64, i64)>,
    /// Least and most days from purchase to the first shooting over hits alone, and which that is.
    pub to_first_confirmed: Option<(IncidentId, i64, i64)>,
    /// The same for an earlier shooting that only a lead gives.
    pub to_first_unconfirmed: Option<(IncidentId, i64, i64)>,
}

/// A trace that an incident inherits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inherited {
    /// The incident.
    pub incident: IncidentId,
    /// The firearm at the end of the path.
    pub firearm: FirearmId,
    /// The trace.
    pub trace: TraceId,
    /// The weakest status along the path.
    pub status: EdgeStatus,
    /// The leads walked.
    pub leads: Vec<LeadId>,
}

/// Computes the numbers anew.
///
/// # Errors
/// Those of decoding, preparing, linkage and graph.
pub fn recompute(contents: &Contents) -> Result<Numbers, EngineError> {
    let [one, other] = &contents.scans;
    let marks = vec![
        mark_numbers(contents, one, &contents.received[0], &contents.marks[0])?,
        mark_numbers(contents, other, &contents.received[1], &contents.marks[1])?,
    ];
    let (reference, searched) = (Mark::from_bytes(&contents.marks[0])?, Mark::from_bytes(&contents.marks[1])?);
    let parameters = contents.parameters.imaged(reference.modality)?;
    let comparison = compare(
        &Prepared::of(&reference, &parameters.compare),
        &Prepared::of(&searched, &parameters.compare),
        &parameters.compare,
        &parameters.model,
        &mut Silent,
    );
    let newest = newest(contents);
    let graph = LinkGraph::build(&GraphInput {
        incidents: &contents.graph.incidents,
        specimens: &contents.graph.specimens,
        ballistic: &contents.graph.ballistic,
        firearms: &contents.firearms,
        traces: &newest,
        record_links: &contents.links,
        registers: contents.registers.as_ref().map_or_else(Registers::default, RegistersKept::input),
    })?;
    let inherited = graph
        .inherited
        .iter()
        .map(|i| Inherited {
            incident: i.incident.clone(),
            firearm: i.firearm.clone(),
            trace: i.trace.clone(),
            status: i.status,
            leads: i.leads.clone(),
        })
        .collect();
    let guns = graph.guns.iter().map(gun_times).collect();
    let registers = contents.registers.as_ref().map(|_| OfRegisters::of(&graph));
    Ok(Numbers { marks, comparison, links: links(contents, &newest)?, guns, inherited, registers })
}

/// From the bytes received to the mark, as on submission.
fn mark_numbers(contents: &Contents, scan: &Scan, received: &[u8], mark: &[u8]) -> Result<MarkNumbers, EngineError> {
    let acquisition = &scan.acquisition;
    let drawn = scan.outline.as_ref().filter(|outline| outline.by.is_some());
    let cut = Digest::of(&match drawn {
        Some(outline) => cut_along(contents, scan, &outline.outlines, received)?,
        None => cut(contents, scan, received)?,
    });
    Ok(MarkNumbers {
        specimen: acquisition.specimen.clone(),
        received: Digest::of(received),
        cut,
        compared: Digest::of(mark),
    })
}

fn cut(contents: &Contents, scan: &Scan, received: &[u8]) -> Result<Vec<u8>, EngineError> {
    let acquisition = &scan.acquisition;
    let read = |options: &DecodeOptions| {
        let calibre = scan.calibre.as_deref();
        mark_of(received, &acquisition.file_name, calibre, options, &contents.parameters, &mut Silent)
    };
    // A wrong sum inside the file was noted when it was submitted; what was received is secured by its own digest.
    let options =
        DecodeOptions { pitch_um: acquisition.pitch_um, checksums: Checksums::Noted, ..DecodeOptions::default() };
    let recognised = read(&options)?;
    let read = if recognised.provenance.unit == acquisition.unit {
        recognised
    } else {
        // A person stated the unit.
        read(&DecodeOptions { unit: Some(acquisition.unit), ..options })?
    };
    let marks = std::iter::once(&read.mark).chain(&read.others);
    let own = marks.into_iter().find(|mark| mark.region == scan.record.region);
    Ok(own.ok_or_else(|| no_mark(scan))?.to_bytes()?)
}

/// The mark along outlines that a person drew.
fn cut_along(contents: &Contents, scan: &Scan, outlines: &Outlines, received: &[u8]) -> Result<Vec<u8>, EngineError> {
    let (map, modality) = decoded_map(received, &scan.acquisition, Checksums::Noted)?;
    let parameters = contents.parameters.imaged(modality)?;
    if scan.record.region == Region::BreechFace {
        return Ok(mark_along(&map, modality, outlines, &parameters)?.to_bytes()?);
    }
    let others = other_marks(&map, outlines)?;
    let own = others.into_iter().find(|mark| mark.region == scan.record.region);
    Ok(own.ok_or_else(|| no_mark(scan))?.to_bytes()?)
}

fn no_mark(scan: &Scan) -> EngineError {
    EngineError::Input {
        what: format!("{}: {:?}", scan.acquisition.file_name, scan.record.region),
        expected: "a mark of this region".to_owned(),
        got: "none".to_owned(),
    }
}

/// The newest version of each trace record.
pub(super) fn newest(contents: &Contents) -> Vec<TraceRecord> {
    let mut newest: BTreeMap<&TraceId, (u32, &TraceRecord)> = BTreeMap::new();
    for kept in &contents.traces {
        let known = newest.get(&kept.record.trace).map_or(0, |(version, _)| *version);
        if kept.version > known {
            newest.insert(&kept.record.trace, (kept.version, &kept.record));
        }
    }
    newest.into_values().map(|(_, record)| record.clone()).collect()
}

/// The record links among as many traces as there were, of the makers and calibres that there were.
fn links(contents: &Contents, newest: &[TraceRecord]) -> Result<Vec<LinkNumbers>, EngineError> {
    let mut traces = newest.to_vec();
    let mut here: BTreeMap<(&Option<String>, &Option<String>), u64> = BTreeMap::new();
    for record in newest {
        *here.entry((&record.maker, &record.calibre)).or_default() += 1;
    }
    for (maker, calibre, count) in &contents.population.written {
        let more = count.saturating_sub(here.get(&(maker, calibre)).copied().unwrap_or(0));
        // A record of which only maker and calibre are known is counted and never paired.
        let mut record = TraceRecord::new(TraceId::new(""), Serial::read(""));
        record.maker.clone_from(maker);
        record.calibre.clone_from(calibre);
        traces.extend(std::iter::repeat_n(record, usize::try_from(more).unwrap_or(0).min(MOST_TRACES)));
    }
    let options =
        LinkOptions { weights: contents.weights.clone(), population: usize::try_from(contents.population.traces).ok() };
    let place = |kept: &RecordLinkInput| {
        let firearm = contents.firearms.iter().position(|f| f.firearm == kept.link.firearm)?;
        Some((firearm, newest.iter().position(|t| t.trace == kept.link.trace)?))
    };
    let pairs: Vec<(usize, usize)> = contents.links.iter().filter_map(place).collect();
    let found =
        explain_among(&contents.firearms, &traces, &pairs, &Catalogues::of_tables(&contents.catalogues)?, &options);
    Ok(found
        .into_iter()
        .map(|link| LinkNumbers {
            firearm: link.firearm,
            trace: link.trace,
            bits: link.bits,
            probability: link.probability,
            steps: link.waterfall,
        })
        .collect())
}

/// Most records of one maker and calibre that are counted out; a bundle that claims more is hostile or of another world.
const MOST_TRACES: usize = 20_000_000;

fn gun_times(gun: &crate::trace::graph::GunSummary) -> GunTimes {
    let span = |days: &DaySpan| (days.least, days.most);
    let first = |time: &TimeToShooting| (time.shooting.incident.clone(), time.days.least, time.days.most);
    let shooting = |s: &LinkedShooting| (s.incident.clone(), s.date.to_string(), s.confirmed);
    GunTimes {
        firearm: gun.firearm.clone(),
        shown_trace: gun.shown_trace.clone(),
        shootings: gun.shootings.iter().map(shooting).collect(),
        time_to_crime: gun.time_to_crime.as_ref().map(span),
        to_first_confirmed: gun.to_first_confirmed_shooting.as_ref().map(first),
        to_first_unconfirmed: gun.to_first_unconfirmed_shooting.as_ref().map(first),
    }
}
