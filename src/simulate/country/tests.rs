//! Tests of the simulated country: the same seed, all kinds of slips, numbers that run on.

use super::*;
use std::collections::BTreeSet;

fn small(seed: u64) -> Country {
    simulate_country(&CountryParameters { firearms: 100, traces: 4_000, seed }).unwrap()
}

#[test]
fn a_seed_gives_the_same_country_and_another_seed_another() {
    assert_eq!(small(5).tables(), small(5).tables());
    assert_ne!(small(5).tables(), small(6).tables());
}

#[test]
fn the_country_has_what_was_asked_for_and_every_kind_of_slip() {
    let country = small(1);
    assert_eq!(country.traces.len(), 4_000);
    assert_eq!(country.guns.iter().filter(|g| g.number.is_some()).count(), 100);
    let slips: BTreeSet<Slip> = country.traces.iter().map(|t| t.slip).collect();
    assert_eq!(slips.len(), Slip::SHARES.len());
    let names = country.traces.iter().map(|t| &t.possessor);
    assert!(names.clone().count() == 4_000 && names.clone().all(|n| crate::simulate::city::is_invented(n)));
}

#[test]
fn numbers_run_on_within_their_length() {
    assert_eq!(gun::following("AB0999", 1), "AB1000");
    assert_eq!(gun::following("A999999A", 2), "A000001A");
    assert_eq!(gun::following("ABC", 1), "ABC");
}

#[test]
fn parameters_out_of_range_are_refused() {
    for (firearms, traces) in [(0, 100), (100, 100), (100_001, 2_000_000)] {
        assert!(simulate_country(&CountryParameters { firearms, traces, seed: 1 }).is_err());
    }
}
