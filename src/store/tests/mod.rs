//! Tests of the gallery, with invented persons and cases.

mod asked;
mod audit;
mod backup;
mod by_pin;
mod cascade;
mod control;
mod crash;
mod entry;
mod event;
mod expunge;
mod grow;
mod killed;
mod killed_import;
mod leads;
mod opening;
mod pairs;
mod reprepare;
mod shelves;
mod traces;

use crate::casework::{Candidate, CorrelationResult, Exhibit, Incident, PartialDate, Person, Role, Specimen};
use crate::engine::ports::{Acquisition, MarkRecord, NewMark, NewSignature, SignatureVersion, Stamp, Submission};
use crate::engine::progress::Progress;
use crate::geometry::Pose;
use crate::ids::{Digest, ExhibitId, FirearmId, IncidentId, MarkId, SpecimenId};
use crate::mark::{Modality, Quality, Region, Suitability};
use crate::surface::Metadata;
use crate::units::LengthUnit;
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Asks to stop after so many looks.
pub(super) struct After(pub(super) AtomicUsize);

impl Progress for After {
    fn begin(&self, _stage: &str, _total: u64) {}

    fn advance(&self) {}

    fn stop_requested(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err()
    }
}

pub(super) fn time(second: i64) -> Timestamp {
    "2026-03-01T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

pub(super) fn stamp(second: i64) -> Stamp {
    Stamp::new(time(second), "Tomás Técnico")
}

pub(super) fn person(role: Role) -> Person {
    Person::new(format!("Invented {role}"), role).unwrap()
}

pub(super) fn version() -> SignatureVersion {
    SignatureVersion("polar/1".to_owned())
}

/// Bytes that no compressor shortens to nothing, different for every seed.
pub(super) fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}

fn quality() -> Quality {
    Quality {
        valid_area_mm2: 8.1,
        rms_fine_um: 0.7,
        rms_coarse_um: 1.9,
        dropout_share: 0.02,
        outlier_share: 0.001,
        tilt_rad: 0.003,
        suitability: Suitability::Suitable,
    }
}

/// One file of one specimen of evidence, with one mark and one signature.
pub(super) fn submission(n: u64) -> Submission {
    let (incident, exhibit) = (IncidentId::new(format!("I-{n}")), ExhibitId::new(format!("E-{n}")));
    let mut submission =
        of(Exhibit::evidence(exhibit, incident.clone()), SpecimenId::new(format!("S-{n}")), bytes(n, 3000));
    submission.incident = Some(Incident {
        date: Some(PartialDate::month(2025, 7).unwrap()),
        place: Some("Calle Ficticia 12".to_owned()),
        country: Some("MX".to_owned()),
        ..Incident::numbered(incident)
    });
    submission
}

/// The same of a test fire.
pub(super) fn test_fire(n: u64, firearm: &str) -> Submission {
    let exhibit = Exhibit::test_fires(ExhibitId::new(format!("TF-{n}")), FirearmId::new(firearm));
    of(exhibit, SpecimenId::new(format!("T-{n}")), bytes(1_000_000 + n, 3000))
}

fn of(exhibit: Exhibit, specimen: SpecimenId, received: Vec<u8>) -> Submission {
    let mut specimen = Specimen::numbered(specimen, exhibit.id.clone());
    specimen.calibre = Some("9mm Luger".to_owned());
    let sha256 = Digest::of(&received);
    let acquisition = Acquisition {
        id: Acquisition::id_for(&specimen.id, &sha256),
        specimen: specimen.id.clone(),
        sha256,
        file_name: "scan 1.x3p".to_owned(),
        format: "x3p".to_owned(),
        unit: LengthUnit::Metre,
        pitch_um: Some(6.25),
        instrument: None,
        objective: None,
        light: None,
        metadata: Metadata::default(),
        notes: Vec::new(),
        operator: Some("Tomás Técnico".to_owned()),
        captured: None,
        received: time(0),
        gate: None,
    };
    let marks = vec![mark(&acquisition, &received)];
    Submission { incident: None, exhibit, specimen, acquisition, outline: None, received, marks }
}

pub(super) fn mark(acquisition: &Acquisition, seed: &[u8]) -> NewMark {
    let parameters = Digest::of(b"prepare 1");
    NewMark {
        record: MarkRecord {
            id: MarkRecord::id_for(&acquisition.id, Region::BreechFace, &parameters),
            acquisition: acquisition.id.clone(),
            region: Region::BreechFace,
            modality: Modality::Heights,
            version: "1".to_owned(),
            parameters,
            outline: None,
            quality: quality(),
        },
        bytes: Some(seed.iter().map(|b| b ^ 0x55).collect()),
        signatures: vec![NewSignature { version: version(), bytes: seed[..256].to_vec() }],
    }
}

/// Another file of the same specimen.
pub(super) fn again(submission: &Submission, seed: u64) -> Submission {
    of_incident(of(submission.exhibit.clone(), submission.specimen.id.clone(), bytes(seed, 3000)), submission)
}

fn of_incident(mut one: Submission, other: &Submission) -> Submission {
    one.incident.clone_from(&other.incident);
    one
}

pub(super) fn mark_of(submission: &Submission) -> MarkId {
    submission.marks[0].record.id.clone()
}

pub(super) fn correlation(query: &Submission, found: &[&Submission], second: i64) -> CorrelationResult {
    CorrelationResult {
        query: mark_of(query),
        at: time(second),
        version: "0.1.0".to_owned(),
        parameters: Digest::of(b"parameters"),
        generation: 3,
        receipt: serde_json::json!({ "eligible": found.len(), "compared": found.len() }),
        candidates: found
            .iter()
            .enumerate()
            .map(|(rank, s)| Candidate {
                mark: mark_of(s),
                specimen: s.specimen.id.clone(),
                exhibit: s.exhibit.id.clone(),
                score: 0.1 + 0.2 / (rank as f64 + 1.0),
                log10_lr: Some(1.0 / 3.0),
                log10_lr_interval: Some((-0.1, 0.7)),
                log10_lr_of_search: Some(-1.5),
                mate_below: Some(0.01 * (rank as f64 + 1.0)),
                cmc: 20,
                cells: 31,
                pose: Pose::new(0.3, 12.5, -7.1),
            })
            .collect(),
    }
}
