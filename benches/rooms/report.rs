//! Benches of the report room: shading, local correlation, an explained pair, link charts, a PDF.
#![allow(clippy::expect_used, reason = "a bench that cannot be set up has nothing to time")]

use brasslink::compare::{Ambiguity, Cell, CellState, Comparison, Features, LikelihoodRatio};
use brasslink::geometry::{Point, Pose};
use brasslink::grid::HeightMap;
use brasslink::language::Language;
use brasslink::mark::Modality;
use brasslink::report::chart::{Edge, EdgeKind, LinkChart, Node, NodeKind, link_chart};
use brasslink::report::html::{Dossier, LeadReport};
use brasslink::report::pair::{PairStyle, PairView, explained_pair};
use brasslink::report::pdf::lead_pdf;
use brasslink::report::shade::{Light, local_correlation, shaded};
use brasslink::report::view::{Disclosure, EdgeStatus, LeadState, Phrase, Provenance};
use criterion::Criterion;

/// A wavy disc of 240 x 240 points, 15 um apart, 3.5 mm across: the size of a prepared breech face.
fn disc() -> HeightMap {
    let mut map = HeightMap::missing(240, 240, 15.0);
    for r in 0..240 {
        for c in 0..240 {
            let p = map.point_at(r as f64, c as f64);
            if p.distance_um(Point::default()) < 1_750.0 {
                map.z[[r, c]] = ((p.x_um / 31.0).sin() + (p.y_um / 47.0).cos() * (p.x_um / 211.0).sin()) as f32;
            }
        }
    }
    map
}

fn comparison() -> Comparison {
    let cells = (0..36)
        .map(|i| Cell {
            centre: Point::new(f64::from(i % 6 - 3) * 450.0, f64::from(i / 6 - 3) * 450.0),
            side_um: 440.0,
            ccf: 0.5,
            residual: Point::new(12.0, -7.0),
            residual_rad: 0.01,
            state: CellState::Congruent,
        })
        .collect();
    Comparison {
        score: 1.0,
        likelihood_ratio: LikelihoodRatio::Unavailable { english: "bench".into(), spanish: "prueba".into() },
        pose: Pose::new(0.4, 60.0, -30.0),
        cmc: 36,
        cells,
        cmc_backward: 36,
        cells_backward: 36,
        ambiguity: Ambiguity::default(),
        features: Features::default(),
    }
}

fn chart(nodes: usize) -> LinkChart {
    let kinds = [NodeKind::Incident, NodeKind::Case, NodeKind::TestFire, NodeKind::Firearm, NodeKind::Trace];
    let node = |i: usize| Node {
        key: i.to_string(),
        kind: kinds[i % 5],
        label: "EX-2024-0117-A".into(),
        detail: Phrase::same("9 mm"),
    };
    let edge = |i: usize| Edge {
        from: i.to_string(),
        to: ((i * 7 + 1) % nodes).to_string(),
        kind: EdgeKind::Ballistic,
        status: EdgeStatus::Unconfirmed,
        evidence: Phrase::same("log10 LR 4.2"),
        author: "bench".into(),
        stated: String::new(),
    };
    LinkChart { title: "bench".into(), nodes: (0..nodes).map(node).collect(), edges: (0..nodes).map(edge).collect() }
}

/// The benches.
pub fn benches(c: &mut Criterion) {
    let map = disc();
    let light = Light::default();
    let picture = shaded(&map, &light, 480).expect("a picture");
    assert_eq!((picture.width, picture.height), (240, 240));
    c.bench_function("report/shade 240x240", |b| b.iter(|| shaded(&map, &light, 480)));

    let local = local_correlation(&map, &map, 250.0).expect("one grid");
    assert!(local.z.iter().all(|r| r.is_nan() || (*r - 1.0).abs() < 1e-5));
    c.bench_function("report/local correlation 240x240", |b| b.iter(|| local_correlation(&map, &map, 250.0)));

    let found = comparison();
    let view = PairView {
        reference_name: "A",
        comparison_name: "B",
        reference: &map,
        comparison: &map,
        modality: Modality::Heights,
        found: &found,
    };
    let drawn = explained_pair(&view, &PairStyle::default(), Language::En).expect("a drawing");
    assert_eq!(drawn.matches("<image").count(), 7);
    c.bench_function("report/explained pair", |b| {
        b.iter(|| explained_pair(&view, &PairStyle::default(), Language::En))
    });

    let links = chart(30);
    let drawn = link_chart(&links, &Disclosure::Masked, Language::En).expect("a drawing");
    assert!(drawn.contains("EX-2024-0117-A"));
    c.bench_function("report/link chart of 30", |b| b.iter(|| link_chart(&links, &Disclosure::Masked, Language::En)));
    let links = chart(150);
    let drawn = link_chart(&links, &Disclosure::Masked, Language::En).expect("a drawing");
    assert!(drawn.contains("EX-2024-0117-A"));
    c.bench_function("report/link chart of 150", |b| b.iter(|| link_chart(&links, &Disclosure::Masked, Language::En)));

    let dossier = Dossier { chart: chart(30), ..Dossier::default() };
    let lead = LeadReport {
        lead: "L-1".to_owned(),
        subtitle: "I-1 · I-2".into(),
        state: LeadState::Lead,
        dossier,
        history: Vec::new(),
        custody: Vec::new(),
        pairs: Vec::new(),
        provenance: Provenance::default(),
        disclosure: Disclosure::Masked,
    };
    let page = lead_pdf(&lead, None, Language::En).expect("a document");
    assert!(page.starts_with(b"%PDF") && page == lead_pdf(&lead, None, Language::En).expect("a document"));
    c.bench_function("report/lead as PDF", |b| b.iter(|| lead_pdf(&lead, None, Language::En)));
}
