//! Tests of the neighbouring module.

use super::*;
use crate::report::ReportError;
use crate::report::chart::Frame;
use crate::report::chart::plan::TAG_H;
use crate::report::{invented, legible};
use proptest::prelude::*;
use std::collections::BTreeSet;

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
        for panel in &plan.panels {
            let all: Vec<Frame> = panel.boxes.iter().chain(&panel.tags).map(|(_, frame)| *frame).collect();
            for (i, a) in all.iter().enumerate() {
                for b in &all[..i] {
                    prop_assert!(!a.overlaps(b), "{:?} {:?}", a, b);
                }
                prop_assert!(a.x >= 0.0 && a.x + a.w <= plan.width);
                prop_assert!(a.y >= -TAG_H && a.y + a.h <= panel.height + TAG_H);
            }
        }
    }
}

#[test]
fn every_edge_of_a_chart_of_thirty_nodes_has_its_number() {
    let chart = invented::chart(30);
    assert!(chart.nodes.len() >= 30);
    let plan = plan(&chart).unwrap();
    let numbered: usize = plan.panels.iter().map(|p| p.tags.len()).sum();
    assert!(numbered >= chart.edges.len(), "{numbered} of {}", chart.edges.len());
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
    // Not even the legend shows what the chart does not have.
    assert_eq!((count(&chart, "8 5"), count(&chart, "1.5 4")), (0, 0));
    chart.edges[0].status = EdgeStatus::Unconfirmed;
    chart.edges[1].status = EdgeStatus::Review;
    assert!(count(&chart, "8 5") > 1 && count(&chart, "1.5 4") > 1);
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
        ("links-40", invented::guns(3, 40)),
        ("links-150", invented::guns(6, 150)),
        ("links-150-one", invented::chart(150)),
    ] {
        for (language, tag) in [(Language::En, "en"), (Language::Es, "es")] {
            let drawn = link_chart(&chart, &Disclosure::Masked, language).unwrap();
            std::fs::write(folder.join(format!("{name}-{tag}.svg")), drawn.into_string()).unwrap();
        }
        for (i, sheet) in link_chart_sheets(&chart, &Disclosure::Masked, Language::En).unwrap().iter().enumerate() {
            std::fs::write(folder.join(format!("{name}-sheet{i}.svg")), sheet.as_str()).unwrap();
        }
    }
}

#[test]
fn a_chart_of_guns_that_wait_for_many_decisions_can_be_read() {
    for (guns, nodes) in [(2, 12), (3, 40), (6, 150), (1, 150)] {
        let chart = if guns == 1 { invented::chart(nodes) } else { invented::guns(guns, nodes) };
        for language in [Language::En, Language::Es] {
            let whole = link_chart(&chart, &Disclosure::Masked, language).unwrap();
            let sheets = link_chart_sheets(&chart, &Disclosure::Masked, language).unwrap();
            for drawing in sheets.iter().chain([&whole]) {
                let page = legible::read(drawing);
                assert!(page.texts.len() > 10, "{guns} guns: {} texts", page.texts.len());
                assert_eq!(page.overlapping_texts(), Vec::<String>::new(), "{guns} guns, {nodes} nodes");
                assert_eq!(page.texts_off_the_page(), Vec::<String>::new());
                let lines = page.lines_through_texts(|text| text.parse::<usize>().is_err());
                assert_eq!(lines, Vec::<String>::new(), "{guns} guns, {nodes} nodes");
                assert!(page.width <= 1370.0, "{} px wide", page.width);
            }
            assert!(sheets.iter().all(|s| legible::read(s).height <= 820.0), "a sheet is higher than its page");
        }
    }
}

#[test]
fn no_line_runs_through_a_box_of_another_node_and_numbers_stand_clear_of_other_lines() {
    for (guns, nodes) in [(2, 12), (3, 40), (6, 150), (1, 150)] {
        let chart = if guns == 1 { invented::chart(nodes) } else { invented::guns(guns, nodes) };
        let plan = plan(&chart).unwrap();
        let (mut numbered, mut crossed) = (0, 0);
        for panel in &plan.panels {
            let points = |segments: &[_]| -> Vec<(f64, f64)> {
                segments.iter().flat_map(|s: &super::super::plan::Segment| s.points()).collect()
            };
            let inside = |f: &Frame, p: &(f64, f64)| {
                p.0 > f.x + 0.5 && p.0 < f.x + f.w - 0.5 && p.1 > f.y + 0.5 && p.1 < f.y + f.h - 0.5
            };
            for (e, segments) in &panel.lines {
                for (node, frame) in &panel.boxes {
                    let hit = points(segments).iter().any(|p| inside(frame, p));
                    assert!(!hit, "link {} runs through {}", e + 1, chart.nodes[*node].key);
                }
            }
            for (e, tag) in &panel.tags {
                numbered += 1;
                let other = panel.lines.iter().filter(|(o, _)| o != e);
                crossed += usize::from(other.flat_map(|(_, s)| points(s)).any(|p| inside(tag, &p)));
            }
        }
        assert!(crossed * 25 <= numbered, "{guns} guns: {crossed} of {numbered} numbers lie on another line");
    }
}

#[test]
fn what_is_not_drawn_is_counted_at_its_group_and_listed_with_its_number() {
    let chart = invented::guns(3, 40);
    let plan = plan(&chart).unwrap();
    assert!(plan.sections.folded.len() > 8, "{} folded", plan.sections.folded.len());
    let standing = plan.sections.folded.iter().filter(|e| super::super::groups::stands(chart.edges[**e].status));
    assert_eq!(standing.count(), 0, "every standing link is drawn");
    let texts = legible::read(&link_chart(&chart, &Disclosure::Masked, Language::En).unwrap()).texts;
    let list: Vec<&str> =
        texts.iter().map(|t| t.text.as_str()).filter(|t| t.starts_with("Groups ") || t.starts_with("Within")).collect();
    let numbers = |t: &&str| -> Vec<usize> { t.split(|c: char| !c.is_ascii_digit()).flat_map(str::parse).collect() };
    let named: BTreeSet<usize> = list.iter().flat_map(numbers).collect();
    assert!(plan.sections.folded.iter().all(|e| named.contains(&(e + 1))), "{list:?}");
    let heads = texts.iter().filter(|t| t.text.starts_with("Group ") && t.text.contains("not drawn: ")).count();
    assert_eq!(heads, plan.panels.len());
    assert!(texts.iter().any(|t| t.text.contains("a person has still to decide, not drawn")), "the legend says so");
}
