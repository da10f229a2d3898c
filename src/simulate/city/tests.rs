//! Tests of the casework: consistent in time, the same for any number of pistols and threads, only invented persons.

use super::*;
use std::collections::BTreeSet;

fn city(firearms: u32, shots: u32, seed: u64) -> City {
    simulate_city(&CityParameters { firearms, shots, seed, pitch_um: Some(25.0) }).unwrap()
}

#[test]
fn made_before_sold_before_used_before_recovered_before_traced() {
    let mut traced = 0;
    for seed in 0..6 {
        let city = city(40, 7, seed);
        for trace in &city.traces {
            assert!(trace.steps.windows(2).all(|pair| pair[0].on < pair[1].on), "{trace:?}");
            assert!(trace.recovered_on <= trace.requested_on);
            assert!(trace.completed_on.is_none_or(|on| on > trace.requested_on));
            assert!(trace.steps.last().is_none_or(|step| step.on <= trace.recovered_on), "{trace:?}");
            let Some(at) = trace.firearm else { continue };
            traced += 1;
            let owner = &city.firearms[at];
            for specimen in city.specimens.iter().filter(|s| s.firearm == at) {
                if let Some(incident) = specimen.incident {
                    let incident = &city.incidents[incident];
                    assert!(incident.on > owner.sold_on, "{} before its sale", incident.id);
                    assert!(incident.on <= trace.recovered_on, "{} after the recovery", incident.id);
                    assert!(trace.steps.iter().all(|step| step.on <= incident.on), "{trace:?}");
                }
            }
        }
    }
    assert!(traced > 80, "{traced} traces looked at");
}

#[test]
fn a_larger_city_begins_with_the_smaller_one() {
    let (small, large) = (city(9, 5, 3), city(31, 5, 3));
    for (a, b) in small.tables().iter().zip(large.tables()) {
        assert_eq!(a.0, b.0);
        if a.0 != "traces-mx.csv" {
            // Dates of the Spanish table may change their form with the columns.
            assert!(b.1.starts_with(&a.1), "{}", a.0);
        }
    }
}

#[test]
fn every_kind_of_record_occurs_in_a_city_of_the_size_of_the_demo() {
    let city = city(30, 8, 1);
    let counted = |f: &dyn Fn(&CityTrace) -> bool| city.traces.iter().filter(|t| f(t)).count();
    assert!(counted(&|t| t.town.country == Country::Mexico) >= 3);
    assert!(counted(&|t| t.town.country == Country::UnitedStates) >= 3);
    assert!(counted(&|t| t.purchaser.is_none()) >= 3);
    assert!(counted(&|t| t.serial_state == "obliterated") >= 1);
    assert!(counted(&|t| t.steps.iter().any(|s| s.kind == StepKind::LaterPurchaser)) >= 1);
    assert!(counted(&|t| t.firearm.is_none()) >= 1);
    let misread =
        |t: &CityTrace| t.firearm.is_some_and(|f| !t.serial.is_empty() && t.serial != city.firearms[f].serial);
    assert!(counted(&misread) >= 1);
    assert!(city.firearms.iter().any(|f| f.recovery.is_none()));
    let countries: BTreeSet<_> = city.incidents.iter().map(|i| i.town.country).collect();
    assert_eq!(countries.len(), 2);
    let crossing = (0..city.firearms.len()).filter(|&f| {
        let seen: BTreeSet<_> = city
            .specimens
            .iter()
            .filter(|s| s.firearm == f)
            .filter_map(|s| s.incident)
            .map(|i| city.incidents[i].town.country)
            .collect();
        seen.len() == 2
    });
    assert!(crossing.count() >= 1, "a pistol used on both sides of the border");
    assert_eq!(city.specimens.len(), 240);
    let shared = (0..city.incidents.len()).filter(|&i| {
        let guns: BTreeSet<_> = city.specimens.iter().filter(|s| s.incident == Some(i)).map(|s| s.firearm).collect();
        guns.len() > 1
    });
    assert!(shared.count() >= 1, "an incident with two pistols");
    let ids: BTreeSet<_> = city.specimens.iter().map(|s| &s.id).collect();
    assert_eq!(ids.len(), city.specimens.len(), "specimen numbers are unique");
}

#[test]
fn all_persons_are_invented_and_all_licences_invalid() {
    let city = city(60, 4, 2);
    let (mut persons, mut licences) = (0, 0);
    for trace in &city.traces {
        let buyers = trace.steps.iter().filter(|s| s.kind.is_private_person()).map(|s| &s.name);
        let all = buyers.chain(trace.purchaser.iter().map(|p| &p.0)).chain(std::iter::once(&trace.possessor));
        for name in all.filter(|name| !name.is_empty()) {
            assert!(is_invented(name), "{name}");
            persons += 1;
        }
        for step in trace.steps.iter().filter(|s| !s.ffl.is_empty()) {
            assert!(step.ffl.starts_with("0-00-"), "{}", step.ffl);
            licences += 1;
        }
    }
    assert!(persons > 40 && licences > 40, "{persons} persons, {licences} licences");
}

#[test]
fn the_tables_have_the_stated_columns_and_one_row_a_specimen() {
    let city = city(12, 4, 5);
    let tables = city.tables();
    let names: Vec<&str> = tables.iter().map(|t| t.0.as_str()).collect();
    assert_eq!(
        names,
        ["manifest.csv", "firearms.csv", "traces-us.csv", "traces-mx.csv", "truth.csv", "truth-links.csv"]
    );
    for (name, bytes) in &tables {
        let (text, encoding) = if name == "traces-mx.csv" {
            (encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(), "windows-1252")
        } else {
            (String::from_utf8(bytes.clone()).unwrap(), "utf-8")
        };
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let width = reader.headers().unwrap().len();
        let rows = reader.records().map(|row| assert_eq!(row.unwrap().len(), width)).count();
        assert!(rows >= 1, "{name} ({encoding}) is empty");
        if name == "manifest.csv" || name == "truth.csv" {
            assert_eq!(rows, 48, "{name}");
        }
    }
}

#[test]
fn scans_are_the_same_bytes_on_one_thread_and_on_three_and_in_a_larger_city() {
    let small = city(2, 2, 8);
    let run = |threads: usize, city: &City| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| city.scans().unwrap())
    };
    let one = run(1, &small);
    assert_eq!(one.len(), 4);
    assert_eq!(one, run(3, &small));
    let larger = city(3, 2, 8);
    assert_eq!(larger.scans_of(1).unwrap(), one[2..4].to_vec());
    assert_eq!(
        one.iter().map(|s| s.0.clone()).collect::<Vec<_>>(),
        small.specimens.iter().map(Specimen::file).collect::<Vec<_>>()
    );
}

#[test]
fn counts_out_of_bounds_are_refused_by_name() {
    let refuse = |firearms, shots, pitch_um| {
        simulate_city(&CityParameters { firearms, shots, seed: 1, pitch_um }).unwrap_err().to_string()
    };
    assert!(refuse(0, 3, None).contains("firearms"));
    assert!(refuse(3, 0, None).contains("shots"));
    assert!(refuse(3, 3, Some(0.0)).contains("pitch_um"));
}
