//! Import of trace records and their linkage to firearms: rows a second, firearms against traces.

use brasslink::ids::{FirearmId, TraceId};
use brasslink::trace::catalogue::Catalogues;
use brasslink::trace::import::{ImportOptions, import_traces};
use brasslink::trace::linkage::{Decision, LinkOptions, link};
use brasslink::trace::{FirearmRecord, Serial, TraceRecord};
use criterion::{Criterion, Throughput};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;

const FIREARMS: usize = 2_000;
const TRACES: usize = 20_000;
const MAKERS: [&str; 8] = ["Glock", "Taurus", "S&W", "Ruger", "Beretta", "Colt", "Norinco", "Hi-Point"];
const CALIBRES: [&str; 5] = ["9mm", ".40 S&W", ".45 ACP", ".380", ".38 Special"];

/// Serial number, maker and calibre of gun `n`; the serial number runs, so that every gun has its own.
fn gun(n: usize, rng: &mut ChaCha8Rng) -> (String, &'static str, &'static str) {
    let letters: String = (0..3).map(|_| rng.random_range(b'A'..=b'Z') as char).collect();
    let serial = format!("{letters}{:05}", (n * 7_919) % 100_000);
    (serial, MAKERS[rng.random_range(0..MAKERS.len())], CALIBRES[rng.random_range(0..CALIBRES.len())])
}

/// One trace in ten is of a registered firearm; one of those in five has a slip of one character.
fn records() -> (Vec<FirearmRecord>, Vec<TraceRecord>) {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut firearms = Vec::with_capacity(FIREARMS);
    let mut traces = Vec::with_capacity(TRACES);
    for n in 0..TRACES {
        let (serial, maker, calibre) = gun(n, &mut rng);
        if n < FIREARMS {
            let mut firearm = FirearmRecord::new(FirearmId::new(n.to_string()), Serial::read(&serial));
            firearm.maker = Some(maker.to_owned());
            firearm.calibre = Some(calibre.to_owned());
            firearms.push(firearm);
        }
        let mut written = serial.into_bytes();
        if n % 5 == 0 {
            written.swap(4, 5);
        }
        let mut trace = TraceRecord::new(TraceId::new(n.to_string()), Serial::read(&String::from_utf8_lossy(&written)));
        trace.maker = Some(maker.to_owned());
        trace.calibre = Some(calibre.to_owned());
        traces.push(trace);
    }
    (firearms, traces)
}

/// A file of one row a trace, with the columns most agencies send.
fn file() -> String {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut text = String::from(
        "trace_no,status,serial,manufacturer,caliber,type,recovery_date,recovery_state,agency,case_no,purchaser,purchase_date\n",
    );
    for n in 0..TRACES {
        let (serial, maker, calibre) = gun(n, &mut rng);
        let (day, month) = (1 + n % 28, 1 + n % 12);
        text.push_str(&format!(
            "T{n},completed,{serial},{maker},{calibre},pistol,{month:02}/{day:02}/2021,TX,Laredo PD,21-{n},Ana Invented,2019-01-{day:02}\n"
        ));
    }
    text
}

/// Asserts what is imported and joined, then times both.
pub fn benches(c: &mut Criterion) {
    let text = file();
    let options = ImportOptions::named("bench.csv");
    let Ok(outcome) = import_traces(text.as_bytes(), &options) else { panic!("the file is a table") };
    assert_eq!((outcome.records.len(), outcome.rejects.len()), (TRACES, 0));
    let (firearms, traces) = records();
    let Ok(catalogues) = Catalogues::embedded() else { panic!("the catalogues hold together") };
    let Ok(links) = link(&firearms, &traces, &catalogues, &LinkOptions::default()) else { panic!("few records") };
    let automatic = links.iter().filter(|l| l.decision == Decision::Automatic);
    assert!(automatic.clone().all(|l| l.firearm.as_str() == l.trace.as_str()));
    assert!(automatic.count() >= FIREARMS * 7 / 10);

    let mut group = c.benchmark_group("trace");
    group.sample_size(10);
    group.throughput(Throughput::Elements(TRACES as u64));
    group.bench_function("import 20k rows", |b| {
        b.iter(|| import_traces(black_box(text.as_bytes()), &options).map(|o| o.records.len()));
    });
    group.bench_function("link 2k firearms x 20k traces", |b| {
        b.iter(|| link(black_box(&firearms), &traces, &catalogues, &LinkOptions::default()).map(|l| l.len()));
    });
    group.finish();
}
