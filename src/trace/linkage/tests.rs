//! Tests of linkage: the gates, the waterfall, and a small country with known truth.

use super::*;
use crate::trace::{FirearmType, PartialDate, Serial, SerialState};
use rand::{Rng, SeedableRng};

fn firearm(id: &str, serial: &str, maker: &str, calibre: &str) -> FirearmRecord {
    let mut record = FirearmRecord::new(FirearmId::new(id), Serial::read(serial));
    record.maker = Some(maker.to_owned());
    record.calibre = Some(calibre.to_owned());
    record
}

fn trace(id: &str, serial: &str, maker: &str, calibre: &str) -> TraceRecord {
    let mut record = TraceRecord::new(TraceId::new(id), Serial::read(serial));
    record.status = crate::trace::TraceStatus::Completed;
    record.maker = Some(maker.to_owned());
    record.calibre = Some(calibre.to_owned());
    record
}

fn decided(f: &FirearmRecord, t: &TraceRecord) -> (Decision, RecordLink) {
    let link = explain(
        f,
        t,
        &Catalogues::embedded().unwrap(),
        &LinkOptions { population: Some(20_000), ..LinkOptions::default() },
    );
    let sum: f64 = link.waterfall.iter().map(|s| s.bits).sum();
    assert!((sum - link.bits).abs() < 1e-9, "the waterfall sums to the bits");
    (link.decision, link)
}

#[test]
fn the_same_serial_maker_and_calibre_join_automatically() {
    let (decision, link) =
        decided(&firearm("F", "ABC12345", "Glock", "9mm"), &trace("T", "abc-12345", "GLOCK GMBH", "9x19"));
    assert_eq!(decision, Decision::Automatic, "{link:?}");
    assert!(link.probability >= 0.99);
    assert!(link.waterfall.iter().any(|s| s.field == StepField::Serial && s.bits == 17.0));
}

#[test]
fn look_alike_characters_join_when_the_number_says_enough() {
    let f = firearm("F", "OB51234I", "Glock", "9mm");
    assert_eq!(decided(&f, &trace("T", "0851Z341", "Glock", "9mm")).0, Decision::Automatic);
    let short = firearm("F", "SO12", "Glock", "9mm");
    assert_ne!(decided(&short, &trace("T", "5012", "Glock", "9mm")).0, Decision::Automatic);
}

#[test]
fn a_neighbouring_serial_number_is_never_joined_automatically() {
    let mut f = firearm("F", "ABC123456", "Glock", "9mm");
    let mut t = trace("T", "ABC123457", "Glock", "9mm");
    for (case, item) in [(None, None), (Some("21-77"), Some("1"))] {
        f.case_number = case.map(str::to_owned);
        f.item = item.map(str::to_owned);
        f.agency = Some("Laredo PD".to_owned());
        (t.case_number, t.item, t.agency) = (f.case_number.clone(), f.item.clone(), f.agency.clone());
        assert_eq!(decided(&f, &t).0, Decision::Review);
    }
}

#[test]
fn a_serial_number_with_unread_characters_is_never_joined_automatically() {
    let (decision, link) = decided(&firearm("F", "ABC12?45", "Glock", "9mm"), &trace("T", "ABC12345", "Glock", "9mm"));
    assert_eq!((decision, link.serial), (Decision::Review, SerialComparison::Wildcard));
}

#[test]
fn the_same_serial_and_caliber_of_another_maker_goes_to_review() {
    let (decision, link) = decided(&firearm("F", "ABC12345", "Glock", "9mm"), &trace("T", "ABC12345", "Taurus", "9mm"));
    assert_eq!(decision, Decision::Review);
    assert!(link.reasons.iter().any(|r| r.en.contains("importers") && r.es.contains("importadores")));
}

#[test]
fn an_importer_named_as_the_maker_is_no_conflict() {
    let (decision, _) =
        decided(&firearm("F", "A123456", "Romarm/Cugir", "7.62x39"), &trace("T", "A123456", "Century Arms", "7.62x39"));
    assert_eq!(decision, Decision::Review, "half a bit of the importer is not enough alone");
    let mut f = firearm("F", "AB1234567", "Romarm", "7.62x39");
    let mut t = trace("T", "AB1234567", "Century Arms", "7.62x39");
    f.firearm_type = Some(FirearmType::Rifle);
    t.firearm_type = Some(FirearmType::Rifle);
    assert_eq!(decided(&f, &t).0, Decision::Automatic);
}

#[test]
fn two_blanks_are_never_joined() {
    for (word, state) in [("NONE", SerialState::NonePrivatelyMade), ("OBLIT", SerialState::Obliterated)] {
        let mut f = firearm("F", word, "Glock", "9mm");
        let mut t = trace("T", word, "Glock", "9mm");
        f.serial = f.serial.in_state(state.clone());
        t.serial = t.serial.in_state(state);
        assert_eq!(decided(&f, &t).0, Decision::None);
        let linked = link(&[f], &[t], &Catalogues::embedded().unwrap(), &LinkOptions::default()).unwrap();
        assert!(linked.is_empty());
    }
}

#[test]
fn an_obliterated_gun_is_joined_by_case_and_item() {
    let mut f = firearm("F", "OBLIT", "Glock", "9mm");
    let mut t = trace("T", "BORRADO", "Glock", "9mm");
    for (agency, case, item) in
        [(&mut f.agency, &mut f.case_number, &mut f.item), (&mut t.agency, &mut t.case_number, &mut t.item)]
    {
        *agency = Some("Laredo PD".to_owned());
        *case = Some("21-77".to_owned());
        *item = Some("1".to_owned());
    }
    f.recovered_on = PartialDate::day(2021, 3, 25);
    t.recovered_on = f.recovered_on;
    assert_eq!(decided(&f, &t).0, Decision::Automatic);
    t.item = Some("2".to_owned());
    assert_ne!(decided(&f, &t).0, Decision::Automatic);
}

#[test]
fn a_hard_conflict_is_never_joined_automatically_whatever_else_agrees() {
    let mut f = firearm("F", "ABC12345", "Glock", "9mm");
    let t = trace("T-9", "XYZ98765", "Glock", "9mm");
    f.trace = Some(TraceId::new("T-9"));
    let (decision, link) = decided(&f, &t);
    assert_eq!(decision, Decision::Review);
    assert!(link.reasons.iter().any(|r| r.en.starts_with("conflict")));
    let (decision, _) = decided(&firearm("F", "ABC12345", "Glock", "9mm"), &trace("T", "ABC12345", "Glock", "45 ACP"));
    assert_ne!(decision, Decision::Automatic);
}

#[test]
fn one_trace_claimed_by_several_firearms_goes_to_a_person() {
    let firearms = [firearm("F1", "ABC12345", "Glock", "9mm"), firearm("F2", "ABC12345", "Glock", "9mm")];
    let traces = [trace("T", "ABC12345", "Glock", "9mm")];
    let links = link(&firearms, &traces, &Catalogues::embedded().unwrap(), &LinkOptions::default()).unwrap();
    assert_eq!(links.len(), 2);
    assert!(links.iter().all(|l| l.decision == Decision::Review), "{links:?}");
    assert!(links[0].reasons.iter().any(|r| r.en.contains("F2")));
}

#[test]
fn one_gun_with_many_traces_keeps_them_all() {
    let firearms = [firearm("F1", "ABC12345", "Glock", "9mm")];
    let traces = [trace("T1", "ABC12345", "Glock", "9mm"), trace("T2", "ABC12345", "Glock", "9mm")];
    let links = link(&firearms, &traces, &Catalogues::embedded().unwrap(), &LinkOptions::default()).unwrap();
    assert_eq!(links.iter().filter(|l| l.decision == Decision::Automatic).count(), 2);
}

/// A small country: firearms, their traces with a clerk's slips, and strangers made the same day as neighbours.
fn country(firearms: usize, strangers: usize, seed: u64) -> (Vec<FirearmRecord>, Vec<TraceRecord>) {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let makers = ["Glock", "Taurus", "Smith & Wesson", "Ruger", "Beretta", "Colt"];
    let calibres = ["9mm", ".40 S&W", ".45 ACP", ".380"];
    let mut guns = Vec::new();
    let mut traces = Vec::new();
    let mut serials = std::collections::HashSet::new();
    for n in 0..firearms + strangers {
        let serial = loop {
            let letters: String = (0..3).map(|_| rng.random_range(b'A'..=b'Z') as char).collect();
            let serial = format!("{letters}{:05}", rng.random_range(0..100_000));
            if serials.insert(serial.clone()) {
                break serial;
            }
        };
        let (maker, calibre) =
            (makers[rng.random_range(0..makers.len())], calibres[rng.random_range(0..calibres.len())]);
        if n < firearms {
            guns.push(firearm(&format!("F{n}"), &serial, maker, calibre));
        }
        let written = match rng.random_range(0..20) {
            0 => serial.replace('0', "O").replace('5', "S"),
            1 => {
                let mut bytes = serial.clone().into_bytes();
                let at = rng.random_range(0..bytes.len() - 1);
                bytes.swap(at, at + 1);
                String::from_utf8(bytes).unwrap()
            }
            2 => serial[..6].to_owned(),
            3 => format!("{}?{}", &serial[..4], &serial[5..]),
            _ => serial,
        };
        traces.push(trace(&format!("T{n}"), &written, maker, calibre));
    }
    (guns, traces)
}

#[test]
fn automatic_links_of_a_small_country_are_right_and_most_are_found() {
    let (guns, traces) = country(300, 1_700, 7);
    let links = link(&guns, &traces, &Catalogues::embedded().unwrap(), &LinkOptions::default()).unwrap();
    let automatic: Vec<_> = links.iter().filter(|l| l.decision == Decision::Automatic).collect();
    let wrong = automatic.iter().filter(|l| l.firearm.as_str()[1..] != l.trace.as_str()[1..]).count();
    assert_eq!(wrong, 0, "no automatic link is wrong");
    assert!(automatic.len() >= 240, "{} of 300 joined automatically", automatic.len());
    let found: std::collections::HashSet<_> =
        links.iter().filter(|l| l.firearm.as_str()[1..] == l.trace.as_str()[1..]).map(|l| &l.firearm).collect();
    assert!(found.len() >= 297, "{} of 300 joined or queued", found.len());
    assert!(links.len() <= 450, "the queue stays short: {}", links.len());
}

#[test]
fn links_are_the_same_for_any_number_of_threads() {
    let (guns, traces) = country(60, 240, 11);
    let catalogues = Catalogues::embedded().unwrap();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let links = pool.install(|| link(&guns, &traces, &catalogues, &LinkOptions::default()).unwrap());
        serde_json::to_string(&links).unwrap()
    };
    assert_eq!(run(1), run(4));
}
