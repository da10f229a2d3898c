//! The gallery: durable submissions, the walk over all signatures, one record.

#![allow(clippy::unwrap_used)] // a bench that cannot go on stops

use brasslink::casework::{Exhibit, Incident, Specimen};
use brasslink::engine::ports::{
    Acquisition, MarkFilter, MarkRecord, NewMark, NewSignature, Put, SignatureVersion, Stamp, Store, Submission,
};
use brasslink::ids::{Digest, ExhibitId, IncidentId, SpecimenId};
use brasslink::mark::{Modality, Quality, Region, Suitability};
use brasslink::store::SqliteStore;
use brasslink::surface::Metadata;
use brasslink::units::LengthUnit;
use criterion::{BatchSize, Criterion, Throughput};
use jiff::Timestamp;
use std::hint::black_box;
use std::ops::ControlFlow;

/// Specimens in the gallery that is read.
const SPECIMENS: u64 = 2_000;
/// Bytes of a received file, of a mark and of a signature: small, so that the cost of the rows shows.
const RECEIVED: usize = 8_800;
const MARK: usize = 4_000;
const SIGNATURE: usize = 1_024;

fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(|_| next()).collect()
}

fn version() -> SignatureVersion {
    SignatureVersion("bench/1".to_owned())
}

fn submission(n: u64) -> Submission {
    let incident = Incident::numbered(IncidentId::new(format!("I-{n}")));
    let exhibit = Exhibit::evidence(ExhibitId::new(format!("E-{n}")), incident.id.clone());
    let specimen = Specimen::numbered(SpecimenId::new(format!("S-{n}")), exhibit.id.clone());
    let received = [b"PK\x03\x04".as_slice(), &bytes(n, RECEIVED)].concat();
    let sha256 = Digest::of(&received);
    let id = Acquisition::id_for(&specimen.id, &sha256);
    let parameters = Digest::of(b"bench");
    let mark = NewMark {
        record: MarkRecord {
            id: MarkRecord::id_for(&id, Region::BreechFace, &parameters),
            acquisition: id.clone(),
            region: Region::BreechFace,
            modality: Modality::Heights,
            version: "1".to_owned(),
            parameters,
            outline: None,
            quality: Quality {
                valid_area_mm2: 8.0,
                rms_fine_um: 0.7,
                rms_coarse_um: 1.9,
                dropout_share: 0.0,
                outlier_share: 0.0,
                tilt_rad: 0.0,
                suitability: Suitability::Suitable,
            },
        },
        bytes: Some(bytes(n ^ 0xFFFF, MARK)),
        signatures: vec![NewSignature { version: version(), bytes: bytes(n ^ 0xAAAA, SIGNATURE) }],
    };
    let acquisition = Acquisition {
        id,
        specimen: specimen.id.clone(),
        sha256,
        file_name: format!("{n}.x3p"),
        format: "x3p".to_owned(),
        unit: LengthUnit::Metre,
        pitch_um: Some(6.25),
        metadata: Metadata::default(),
        instrument: None,
        objective: None,
        light: None,
        gate: None,
        notes: Vec::new(),
        operator: None,
        captured: None,
        received: Timestamp::UNIX_EPOCH,
    };
    Submission { incident: Some(incident), exhibit, specimen, acquisition, outline: None, received, marks: vec![mark] }
}

/// Benches of this room.
pub fn benches(c: &mut Criterion) {
    let stamp = Stamp::new(Timestamp::UNIX_EPOCH, "bench");
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path().join("read")).unwrap();
    for n in 0..SPECIMENS {
        assert_eq!(store.submit(&submission(n), &stamp).unwrap().put, Put::New);
    }
    let mut group = c.benchmark_group("store");

    let filling = SqliteStore::create(folder.path().join("fill")).unwrap();
    let mut n = 0;
    group.throughput(Throughput::Elements(1));
    group.bench_function("submit, durable", |b| {
        b.iter_batched(
            || {
                n += 1;
                submission(n)
            },
            |one| assert_eq!(filling.submit(&one, &stamp).unwrap().put, Put::New),
            BatchSize::SmallInput,
        );
    });
    filling.check().unwrap();

    group.bench_function("submit, known", |b| {
        let one = submission(7);
        b.iter(|| assert_eq!(store.submit(&one, &stamp).unwrap().put, Put::Unchanged));
    });

    let (mut rows, mut volume) = (0u64, 0);
    let all = MarkFilter::default();
    group.throughput(Throughput::Elements(SPECIMENS));
    group.bench_function("visit signatures", |b| {
        b.iter(|| {
            (rows, volume) = (0, 0);
            store
                .visit_signatures(&version(), &all, &mut |row| {
                    rows += 1;
                    volume += row.bytes.len();
                    ControlFlow::Continue(())
                })
                .unwrap()
        });
        assert_eq!((rows, volume), (SPECIMENS, SPECIMENS as usize * SIGNATURE));
    });

    let one = submission(SPECIMENS / 2);
    let mark = one.marks[0].record.id.clone();
    assert_eq!(Some(store.mark_bytes(&mark).unwrap()), one.marks[0].bytes);
    group.throughput(Throughput::Elements(1));
    group.bench_function("read a mark", |b| b.iter(|| black_box(store.mark_bytes(&mark).unwrap())));
    group.bench_function("read received bytes", |b| {
        b.iter(|| black_box(store.received_bytes(&one.acquisition.id).unwrap()));
    });
    group.finish();
}
