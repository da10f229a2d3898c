//! The tables of a simulated city through the import, the linkage and the link graph, against the truth.

use brasslink::simulate::{CityParameters, simulate_city};
use brasslink::trace::catalogue::Catalogues;
use brasslink::trace::import::{ImportOptions, import_firearms, import_traces};
use brasslink::trace::linkage::{Decision, LinkOptions, link};
use std::collections::BTreeSet;

#[test]
fn simulated_tables_import_without_a_reject_and_link_as_the_truth_says() {
    for (firearms, seed) in [(6, 1), (24, 2), (60, 3)] {
        let city = simulate_city(&CityParameters::new(firearms, 3, seed)).unwrap();
        let tables = city.tables();
        let bytes = |name: &str| &tables.iter().find(|(n, _)| n == name).unwrap().1;
        let register = import_firearms(bytes("firearms.csv"), &ImportOptions::named("firearms.csv")).unwrap();
        assert!(register.rejects.is_empty(), "{:?}", register.rejects);
        assert!(register.mapping.iter().all(|c| c.field.is_some()), "{:?}", register.mapping);
        let mut traces = Vec::new();
        for name in ["traces-us.csv", "traces-mx.csv"] {
            let outcome = import_traces(bytes(name), &ImportOptions::named(name)).unwrap();
            assert!(outcome.rejects.is_empty(), "{:?}", outcome.rejects);
            assert!(outcome.mapping.iter().all(|c| c.field.is_some()), "{:?}", outcome.mapping);
            traces.extend(outcome.records);
        }
        let truth: BTreeSet<(String, String)> = String::from_utf8(bytes("truth-links.csv").clone())
            .unwrap()
            .lines()
            .skip(1)
            .map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>())
            .filter(|cells| !cells[3].is_empty())
            .map(|cells| (cells[2].clone(), cells[3].clone()))
            .collect();
        let links =
            link(&register.records, &traces, &Catalogues::embedded().unwrap(), &LinkOptions::default()).unwrap();
        let pairs = |wanted: Decision| -> BTreeSet<(String, String)> {
            links
                .iter()
                .filter(|l| l.decision == wanted)
                .map(|l| (l.firearm.to_string(), l.trace.to_string()))
                .collect()
        };
        let (automatic, review) = (pairs(Decision::Automatic), pairs(Decision::Review));
        let wrong: Vec<_> = automatic.difference(&truth).collect();
        assert!(wrong.is_empty(), "joined automatically against the truth: {wrong:?}");
        let missed: Vec<_> = truth.iter().filter(|t| !automatic.contains(*t) && !review.contains(*t)).collect();
        assert!(missed.is_empty(), "neither joined nor queued: {missed:?}");
    }
}
