//! Tests of the neighbouring module.

use super::*;
use crate::report::invented;
use proptest::prelude::*;

fn kinds() -> impl Strategy<Value = NodeKind> {
    (0usize..6).prop_map(|i| NodeKind::ALL[i])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn boxes_and_tags_never_overlap(
        nodes in proptest::collection::vec(kinds(), 1..31),
        picks in proptest::collection::vec((0usize..31, 0usize..31, 0usize..7), 0..45),
    ) {
        let n = nodes.len();
        let chart = LinkChart {
            title: "t".into(),
            nodes: nodes.iter().enumerate().map(|(i, kind)| invented::node(&format!("n{i}"), *kind, "a label that is long")).collect(),
            edges: picks
                .iter()
                .map(|(a, b, k)| invented::edge(&format!("n{}", a % n), &format!("n{}", b % n), EdgeKind::ALL[*k], EdgeStatus::Review))
                .collect(),
        };
        let plan = plan(&chart).unwrap();
        let mut all: Vec<Frame> = plan.boxes.clone();
        all.extend(plan.tags.iter().flatten());
        for (i, a) in all.iter().enumerate() {
            for b in &all[..i] {
                prop_assert!(!a.overlaps(b), "{:?} {:?}", a, b);
            }
            prop_assert!(a.x >= 0.0 && a.x + a.w <= plan.width && a.y >= 0.0 && a.y + a.h <= plan.height);
        }
    }
}

#[test]
fn every_edge_of_a_chart_of_thirty_nodes_has_its_number() {
    let chart = invented::chart(30);
    assert!(chart.nodes.len() >= 30);
    let plan = plan(&chart).unwrap();
    assert!(plan.tags.iter().all(Option::is_some));
}

#[test]
fn lost_and_doubled_keys_are_refused() {
    let mut chart = invented::chart(6);
    chart.edges[0].to = "nobody".into();
    let error = link_chart(&chart, &Disclosure::Masked, Language::En).unwrap_err();
    assert_eq!(error, ReportError::UnknownNode { key: "nobody".into(), edge: 1 });
    let mut chart = invented::chart(6);
    let again = chart.nodes[0].clone();
    chart.nodes.push(again);
    assert!(matches!(link_chart(&chart, &Disclosure::Masked, Language::En), Err(ReportError::DuplicateNode { .. })));
}

#[test]
fn statuses_have_their_own_strokes() {
    let mut chart = invented::chart(8);
    for edge in &mut chart.edges {
        edge.status = EdgeStatus::Confirmed;
    }
    let count = |chart: &LinkChart, dash: &str| {
        link_chart(chart, &Disclosure::Masked, Language::En)
            .unwrap()
            .matches(&format!("stroke-dasharray=\"{dash}\""))
            .count()
    };
    // The legend alone uses the broken strokes once each.
    assert_eq!((count(&chart, "8 5"), count(&chart, "1.5 4")), (1, 1));
    chart.edges[0].status = EdgeStatus::Unconfirmed;
    chart.edges[1].status = EdgeStatus::Review;
    assert!(count(&chart, "8 5") > 1 && count(&chart, "1.5 4") > 1);
}

/// A chart of several guns: `guns` groups that share one dealer.
fn several(guns: usize, nodes: usize) -> LinkChart {
    let mut whole = LinkChart { title: "Links".into(), ..LinkChart::default() };
    for g in 0..guns {
        let one = invented::chart(nodes / guns);
        let key = |key: &str| if key == "de" { "de".to_owned() } else { format!("{g}/{key}") };
        for node in one.nodes {
            if node.key != "de" || g == 0 {
                let firearm = node.kind == NodeKind::Firearm;
                let label = if firearm { Name::Open(format!("FA-{:04}", 42 + g)) } else { node.label.clone() };
                whole.nodes.push(Node { key: key(&node.key), label, ..node });
            }
        }
        whole.edges.extend(one.edges.into_iter().map(|e| Edge { from: key(&e.from), to: key(&e.to), ..e }));
    }
    whole
}

/// Writes charts of 12, 40 and 150 nodes to `target/report-samples`, to be looked at:
/// `cargo test --lib report::chart::link::tests::samples -- --ignored`.
#[test]
#[ignore = "writes files to look at"]
fn samples() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/report-samples");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, chart) in [
        ("links-12", invented::chart(12)),
        ("links-40", several(2, 40)),
        ("links-150", several(6, 150)),
        ("links-150-one", invented::chart(150)),
    ] {
        let drawn = link_chart(&chart, &Disclosure::Masked, Language::Es).unwrap();
        std::fs::write(folder.join(format!("{name}.svg")), drawn.into_string()).unwrap();
    }
}

#[test]
fn a_chart_of_a_hundred_and_fifty_nodes_overlaps_nowhere_and_numbers_its_lines() {
    for chart in [several(6, 150), invented::chart(150)] {
        assert!(chart.nodes.len() >= 140, "{}", chart.nodes.len());
        let plan = plan(&chart).unwrap();
        let mut all: Vec<Frame> = plan.boxes.clone();
        all.extend(plan.tags.iter().flatten());
        for (i, a) in all.iter().enumerate() {
            assert!(all[..i].iter().all(|b| !a.overlaps(b)));
            assert!(a.x >= 0.0 && a.x + a.w <= plan.width && a.y >= 0.0 && a.y + a.h <= plan.height);
        }
        let numbered = plan.tags.iter().flatten().count();
        assert!(numbered * 100 >= chart.edges.len() * 97, "{numbered} of {} lines bear a number", chart.edges.len());
    }
}
