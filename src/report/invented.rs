//! Invented marks, people and records for the tests of this room.

use super::chart::*;
use super::html::*;
use super::pair::{PairStyle, PairView, explained_pair};
use super::plots::*;
use super::view::*;
use crate::compare::{Cell, CellState, Comparison, Features, LikelihoodRatio};
use crate::geometry::{Point, Pose};
use crate::grid::HeightMap;
use crate::ids::Digest;
use crate::language::Language;
use crate::mark::Modality;
use jiff::civil::date;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// White noise, no hole.
pub fn noise(seed: u64, rows: usize, columns: usize, pitch_um: f64) -> HeightMap {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut map = HeightMap::missing(rows, columns, pitch_um);
    map.z.iter_mut().for_each(|z| *z = rng.random_range(-1.0..1.0));
    map
}

fn blurred(map: &HeightMap, reach: usize) -> HeightMap {
    let mut map = map.clone();
    for _ in 0..3 {
        for transpose in [false, true] {
            let mut view = if transpose { map.z.view_mut().reversed_axes() } else { map.z.view_mut() };
            for mut row in view.rows_mut() {
                let old: Vec<f32> = row.to_vec();
                for (i, z) in row.iter_mut().enumerate() {
                    let (a, b) = (i.saturating_sub(reach), (i + reach + 1).min(old.len()));
                    *z = old[a..b].iter().sum::<f32>() / (b - a) as f32;
                }
            }
        }
    }
    map
}

/// A ring of granular texture, some um high, with a firing-pin hole off the centre.
pub fn texture(seed: u64, side: usize, pitch_um: f64) -> HeightMap {
    let white = noise(seed, side, side, pitch_um);
    let (fine, coarse) =
        (blurred(&white, (18.0 / pitch_um).ceil() as usize), blurred(&white, (60.0 / pitch_um).ceil() as usize));
    let mut map = HeightMap::missing(side, side, pitch_um);
    let radius = side as f64 * pitch_um * 0.47;
    for r in 0..side {
        for c in 0..side {
            let p = map.point_at(r as f64, c as f64);
            let hole = p.distance_um(Point::new(radius * 0.12, -radius * 0.05));
            if p.distance_um(Point::default()) < radius && hole > radius * 0.38 {
                map.z[[r, c]] = fine.z[[r, c]] * 9.0 + coarse.z[[r, c]] * 22.0;
            }
        }
    }
    map
}

/// A reference mark, a turned and weathered second shot, and what a comparison might have found.
pub fn pair(same: bool) -> (HeightMap, HeightMap, Comparison) {
    let (side, pitch) = (360, 9.0);
    let reference = texture(11, side, pitch);
    let pose = Pose::new(0.62, 85.0, -60.0);
    let source = if same { reference.clone() } else { texture(12, side, pitch) };
    let extra = blurred(&noise(99, side, side, pitch), 2);
    let mut comparison = HeightMap::missing(side, side, pitch);
    for r in 0..side {
        for c in 0..side {
            let (row, column) = source.index_of(pose.apply(comparison.point_at(r as f64, c as f64)));
            let (row, column) = (row.round(), column.round());
            if row >= 0.0 && column >= 0.0 && row < side as f64 && column < side as f64 {
                comparison.z[[r, c]] = source.z[[row as usize, column as usize]] + extra.z[[r, c]] * 1.2;
            }
        }
    }
    let mut cells = Vec::new();
    for i in -3i32..=3 {
        for j in -3i32..=3 {
            let centre = Point::new(f64::from(j) * 440.0, f64::from(i) * 440.0);
            let far = centre.distance_um(Point::default());
            if !(560.0..1480.0).contains(&far) {
                continue;
            }
            let k = (i * 7 + j + 50) as f64;
            let state = match (same, (i + 2 * j).rem_euclid(7)) {
                (true, 0) => CellState::Displaced,
                (true, 3) if far > 1300.0 => CellState::NoOverlap,
                (true, _) => CellState::Congruent,
                (false, 0) => CellState::Displaced,
                (false, _) => CellState::Uncorrelated,
            };
            let off = if state == CellState::Displaced { 190.0 } else { 14.0 };
            cells.push(Cell {
                centre,
                side_um: 440.0,
                ccf: 0.6,
                residual: Point::new(off * (k * 1.7).sin(), off * (k * 2.3).cos()),
                residual_rad: 0.05 * (k * 3.1).sin(),
                state,
            });
        }
    }
    let cmc = cells.iter().filter(|c| c.state == CellState::Congruent).count() as u32;
    let features = Features {
        ccf_fine: if same { 0.612 } else { 0.083 },
        ccf_coarse: if same { 0.701 } else { 0.214 },
        overlap_mm2: 6.41,
        overlap_share: 0.91,
        ..Features::default()
    };
    let likelihood_ratio = if same {
        LikelihoodRatio::Calibrated {
            log10: 4.6,
            low: 3.4,
            high: 5.2,
            bounded: false,
            population: "120 simulated pistols, granular breech faces, 9 mm".into(),
        }
    } else {
        LikelihoodRatio::Unavailable {
            english: "no validated reference population of this instrument and ammunition".into(),
            spanish: "sin población de referencia validada para este instrumento y munición".into(),
        }
    };
    let score = if same { 0.874 } else { 0.112 };
    (reference, comparison, Comparison { score, likelihood_ratio, pose, cmc, cells, features })
}

/// The explained pair of [`pair`].
pub fn pair_figure(same: bool, language: Language) -> Figure {
    let (reference, comparison, found) = pair(same);
    let view = PairView {
        reference_name: "EX-2024-0117-A, incident INC-2024-031",
        comparison_name: "TF-0042-1, test fire of FA-0042",
        reference: &reference,
        comparison: &comparison,
        modality: Modality::Heights,
        found: &found,
    };
    Figure {
        heading: Phrase::new("EX-2024-0117 and TF-0042", "EX-2024-0117 y TF-0042"),
        drawing: explained_pair(&view, &PairStyle::default(), language).unwrap(),
        caption: Phrase::new("Breech face, 9 mm.", "Cara de cierre, 9 mm."),
    }
}

/// A node.
pub fn node(key: &str, kind: NodeKind, label: &str) -> Node {
    Node { key: key.into(), kind, label: label.into(), detail: Phrase::new("detail of it", "detalle") }
}

/// An edge.
pub fn edge(from: &str, to: &str, kind: EdgeKind, status: EdgeStatus) -> Edge {
    Edge {
        from: from.into(),
        to: to.into(),
        kind,
        status,
        evidence: Phrase::new("log10 LR 4.6 [3.4, 5.2]", "log10 LR 4.6 [3.4, 5.2]"),
        author: "J. Invented".into(),
        stated: "2024-06-03".into(),
    }
}

/// A chart of about `n` nodes around one firearm.
pub fn chart(n: usize) -> LinkChart {
    let mut chart = LinkChart { title: Phrase::new("Links of FA-0042", "Enlaces de FA-0042"), ..LinkChart::default() };
    chart.nodes.push(Node { detail: "9 mm, serial XQ48…".into(), ..node("fa", NodeKind::Firearm, "FA-0042") });
    chart.nodes.push(Node { detail: "2024-04-02".into(), ..node("tf1", NodeKind::TestFire, "TF-0042-1") });
    chart.nodes.push(Node { detail: "2024-04-02".into(), ..node("tf2", NodeKind::TestFire, "TF-0042-2") });
    chart.nodes.push(Node {
        detail: Phrase::new("completed 2024-04-20", "completado 2024-04-20"),
        ..node("tr", NodeKind::Trace, "T20240099871")
    });
    chart.nodes.push(Node {
        detail: Phrase::new("retailer, 2019-03-11", "armería, 2019-03-11"),
        ..node("de", NodeKind::Party, "Mesa Verde Outfitters")
    });
    chart.nodes.push(Node {
        key: "pu".into(),
        kind: NodeKind::Party,
        label: Name::Personal {
            name: "Ramona Invented-Person".into(),
            alias: Phrase::new("Purchaser A", "Comprador A"),
        },
        detail: Phrase::new("first purchaser", "primer comprador"),
    });
    let confirmed = EdgeStatus::Confirmed;
    chart.edges = vec![
        edge("tf1", "fa", EdgeKind::TestFireOf, confirmed),
        edge("tf2", "fa", EdgeKind::TestFireOf, confirmed),
        edge("fa", "tr", EdgeKind::RecordLink, EdgeStatus::Review),
        edge("tr", "de", EdgeKind::Sale, confirmed),
        edge("tr", "pu", EdgeKind::Sale, confirmed),
    ];
    let mut i = 0;
    while chart.nodes.len() < n {
        let (incident, case) = (format!("i{}", i / 2), format!("c{i}"));
        if i % 2 == 0 {
            chart.nodes.push(Node {
                detail: "Laredo, 2024-02-11".into(),
                ..node(&incident, NodeKind::Incident, &format!("INC-2024-{:03}", 31 + i))
            });
        }
        chart.nodes.push(Node {
            detail: "CCI, 9 mm".into(),
            ..node(&case, NodeKind::Case, &format!("EX-2024-{:04}-A", 117 + i))
        });
        chart.edges.push(edge(&case, &incident, EdgeKind::FoundAt, confirmed));
        let target = if i % 3 == 0 { "tf2" } else { "tf1" };
        let status = [EdgeStatus::Unconfirmed, EdgeStatus::Confirmed, EdgeStatus::Review][i % 3];
        chart.edges.push(edge(&case, target, EdgeKind::Ballistic, status));
        if i == 3 {
            chart.edges.push(edge("c0", "c3", EdgeKind::Ballistic, EdgeStatus::Unconfirmed));
            chart.edges.push(edge("fa", "i0", EdgeKind::Recovered, confirmed));
        }
        i += 1;
    }
    chart
}

/// A dossier with every part.
pub fn dossier(nodes: usize) -> Dossier {
    let event = |when, kind, label: &str, status| Event { when, kind, label: label.into(), status };
    let (sure, open) = (EdgeStatus::Confirmed, EdgeStatus::Unconfirmed);
    let day = |y, m, d| When::day(date(y, m, d));
    let purchaser =
        Name::Personal { name: "Ramona Invented-Person".into(), alias: Phrase::new("Purchaser A", "Comprador A") };
    let step = |kind, name: Name, when, place: &str, note: Phrase| {
        ChainItem::Step(SaleStep { kind, name, when, place: place.into(), note, source: "T20240099871".into() })
    };
    let place = |name: &str, latitude, longitude, kind| Place { name: name.into(), latitude, longitude, kind };
    Dossier {
        heading: Phrase::new("Firearm FA-0042, pistol 9 mm", "Arma FA-0042, pistola 9 mm"),
        summary: vec![
            Phrase::new(
                "Four cases from three incidents resemble test fires of this pistol; one association is a hit.",
                "Cuatro casquillos de tres incidentes se parecen a disparos de prueba de esta pistola; una asociación es un hit.",
            ),
            Phrase::new(
                "The trace ends at the first purchaser in 2019.",
                "El rastreo termina en el primer comprador en 2019.",
            ),
        ],
        chart: chart(nodes),
        timeline: Timeline {
            title: Phrase::new("Timeline of FA-0042", "Cronología de FA-0042"),
            events: vec![
                event(When::year(date(2018, 1, 1)), EventKind::Trade, "made, Harlan Arms", sure),
                event(When::month(date(2019, 1, 1)), EventKind::Trade, "to Mesa Verde Outfitters", sure),
                event(day(2019, 3, 11), EventKind::Purchase, "first purchase", sure),
                event(day(2023, 9, 2), EventKind::Incident, "INC-2023-118 Nuevo Laredo", open),
                event(day(2023, 9, 20), EventKind::Incident, "INC-2023-131 Laredo", open),
                event(day(2024, 2, 11), EventKind::Incident, "INC-2024-031 Laredo", sure),
                event(
                    When::between(date(2024, 2, 1), date(2024, 3, 9)),
                    EventKind::Incident,
                    "INC-2024-044 Zapata",
                    open,
                ),
                event(day(2024, 3, 28), EventKind::Recovery, "recovered, Laredo", sure),
                event(day(2024, 4, 2), EventKind::TestFire, "TF-0042-1, -2", sure),
                event(day(2024, 6, 3), EventKind::Decision, "lead L-0007", sure),
            ],
            intervals: vec![
                Interval {
                    from: date(2019, 3, 11),
                    to: date(2024, 3, 28),
                    label: Phrase::new("time-to-crime 1,844 days", "tiempo al delito 1,844 días"),
                    status: sure,
                },
                Interval {
                    from: date(2019, 3, 11),
                    to: date(2023, 9, 2),
                    label: Phrase::new(
                        "purchase to first linked shooting 1,636 days",
                        "de la compra al primer tiroteo enlazado 1,636 días",
                    ),
                    status: open,
                },
            ],
        },
        chain: ChainOfSale {
            title: Phrase::new("Chain of sale of FA-0042", "Cadena de venta de FA-0042"),
            items: vec![
                step(
                    StepKind::Manufacturer,
                    "Harlan Arms".into(),
                    Some(When::year(date(2018, 1, 1))),
                    "Prescott, AZ",
                    Phrase::default(),
                ),
                step(
                    StepKind::Wholesaler,
                    "Tri-County Supply".into(),
                    Some(day(2018, 11, 20)),
                    "Tulsa, OK",
                    "FFL 1-23-xxx-45678".into(),
                ),
                step(
                    StepKind::Retailer,
                    "Mesa Verde Outfitters".into(),
                    Some(When::month(date(2019, 1, 1))),
                    "San Antonio, TX",
                    "FFL 5-74-xxx-11111".into(),
                ),
                step(
                    StepKind::FirstPurchaser,
                    purchaser,
                    Some(day(2019, 3, 11)),
                    "San Antonio, TX",
                    Phrase::new(
                        "multiple sale: two pistols in five business days",
                        "venta múltiple: dos pistolas en cinco días hábiles",
                    ),
                ),
                ChainItem::Gap {
                    reason: Phrase::new(
                        "no record between the purchase and the recovery",
                        "sin registro entre la compra y el aseguramiento",
                    ),
                    when: Some(When::between(date(2019, 3, 12), date(2024, 3, 27))),
                },
                step(
                    StepKind::Recovery,
                    "Laredo Police".into(),
                    Some(day(2024, 3, 28)),
                    "Laredo, TX",
                    Phrase::default(),
                ),
                step(
                    StepKind::TestFire,
                    "County Laboratory".into(),
                    Some(day(2024, 4, 2)),
                    "Laredo, TX",
                    Phrase::default(),
                ),
            ],
        },
        map: PlaceMap {
            title: Phrase::new("Places of FA-0042", "Lugares de FA-0042"),
            places: vec![
                place("INC-2024-031 Laredo", 27.51, -99.51, PlaceKind::Incident),
                place("INC-2023-118 Nuevo Laredo", 27.47, -99.53, PlaceKind::Incident),
                place("INC-2024-044 Zapata", 26.91, -99.27, PlaceKind::Incident),
                place("recovery, Laredo", 27.56, -99.46, PlaceKind::Recovery),
                place("Mesa Verde Outfitters, San Antonio", 29.42, -98.49, PlaceKind::Sale),
                place("County Laboratory", 27.53, -99.40, PlaceKind::Laboratory),
            ],
            flows: vec![Flow { from: 4, to: 0, status: open }, Flow { from: 0, to: 3, status: sure }],
        },
        measures: vec![
            Measure {
                name: Phrase::new("Time-to-crime", "Tiempo al delito"),
                value: Phrase::new("1,844 days", "1,844 días"),
                note: Phrase::new("purchase to recovery", "de la compra al aseguramiento"),
            },
            Measure {
                name: Phrase::new("First linked shooting", "Primer tiroteo enlazado"),
                value: Phrase::new("1,636 days", "1,636 días"),
                note: Phrase::new(
                    "after the purchase; through an unconfirmed lead",
                    "tras la compra; por una pista sin confirmar",
                ),
            },
        ],
        indicators: vec![Indicator {
            name: Phrase::new("Multiple sale", "Venta múltiple"),
            rule: Phrase::new(
                "two or more handguns to one buyer within five business days",
                "dos o más armas cortas a un comprador en cinco días hábiles",
            ),
            value: Phrase::new("2 handguns, 2019-03-11 and 2019-03-13", "2 armas cortas, 2019-03-11 y 2019-03-13"),
            records: vec!["T20240099871".into(), "T20240101220".into()],
            status: EdgeStatus::Review,
        }],
        conflicts: vec![Conflict {
            text: Phrase::new(
                "The slide bears another serial number than the frame.",
                "La corredera lleva otro número de serie que el armazón.",
            ),
            records: vec!["FA-0042".into()],
            hard: false,
        }],
        truth: Phrase::new(
            "FA-0042 fired the cases of INC-2023-118, INC-2024-031 and INC-2024-044.",
            "FA-0042 disparó los casquillos de INC-2023-118, INC-2024-031 e INC-2024-044.",
        ),
    }
}

/// A list of candidates.
pub fn candidates() -> CandidateList {
    let row = |rank: u32, exhibit: &str, score: f64, log10: Option<f64>, state, truth| CandidateRow {
        rank,
        exhibit: exhibit.into(),
        specimen: format!("{exhibit}-1"),
        incident: if exhibit.starts_with("TF") { String::new() } else { "INC-2023-118".into() },
        firearm: if exhibit.starts_with("TF") { "FA-0042".into() } else { String::new() },
        kind: if exhibit.starts_with("TF") { SpecimenKind::TestFire } else { SpecimenKind::Evidence },
        score,
        cmc: (score * 30.0) as u32,
        cells: 31,
        likelihood_ratio: match log10 {
            Some(log10) => LikelihoodRatio::Calibrated {
                log10,
                low: log10 - 1.1,
                high: log10 + 0.8,
                bounded: log10 > 5.0,
                population: "120 simulated pistols".into(),
            },
            None => LikelihoodRatio::Unavailable {
                english: "overlap of 0.4 mm² is below the 1 mm² the calibration covers".into(),
                spanish: "el traslape de 0.4 mm² es menor que el 1 mm² que cubre la calibración".into(),
            },
        },
        state,
        truth: Some(truth),
    };
    CandidateList {
        exhibit: "EX-2024-0117".into(),
        detail: Phrase::new(
            "Incident INC-2024-031, Laredo, 2024-02-11; breech face, 2 specimens, 7.1 mm² valid.",
            "Incidente INC-2024-031, Laredo, 2024-02-11; cara de cierre, 2 casquillos, 7.1 mm² válidos.",
        ),
        candidates: vec![
            row(1, "TF-0042", 0.874, Some(5.6), LeadState::Hit, Truth::SameFirearm),
            row(2, "EX-2023-0391", 0.701, Some(3.9), LeadState::Lead, Truth::SameFirearm),
            row(3, "EX-2023-0402", 0.318, Some(0.4), LeadState::Candidate, Truth::DifferentFirearms),
            row(4, "EX-2022-0077", 0.204, Some(-1.3), LeadState::Excluded, Truth::DifferentFirearms),
            row(5, "EX-2024-0008", 0.190, None, LeadState::Candidate, Truth::DifferentFirearms),
        ],
        receipt: Receipt {
            eligible: 12_353,
            filtered: vec![
                (Phrase::new("other calibre", "otro calibre"), 4_120),
                (Phrase::new("unsuitable", "no apta"), 87),
            ],
            stages: vec![
                ReceiptStage {
                    name: Phrase::new("vector index", "índice de vectores"),
                    entered: 8_146,
                    kept: 2_000,
                    recall: Some(0.998),
                    basis: Phrase::new("exhaustive re-run of 50 queries", "repetición exhaustiva de 50 consultas"),
                },
                ReceiptStage {
                    name: Phrase::new("polar code, all rotations", "código polar, todas las rotaciones"),
                    entered: 2_000,
                    kept: 50,
                    recall: Some(0.991),
                    basis: Phrase::new("the same", "lo mismo"),
                },
                ReceiptStage {
                    name: Phrase::new("precise comparison", "comparación precisa"),
                    entered: 50,
                    kept: 5,
                    recall: None,
                    basis: Phrase::default(),
                },
            ],
            exhaustive: false,
            note: Phrase::default(),
        },
        advice: Some(StoppingAdvice {
            rank: 3,
            mate_below: 0.031,
            basis: Phrase::new("Estimated on 600 simulated queries.", "Estimado con 600 consultas simuladas."),
        }),
    }
}

/// Where the samples come from.
pub fn provenance() -> Provenance {
    Provenance {
        version: "0.1.0".into(),
        parameters_hash: Digest::of(b"parameters").to_hex(),
        generated: String::new(),
        gallery: "city-1".into(),
        sources: (0..4)
            .map(|i| SourceFile { name: format!("cases/EX-2024-{:04}.x3p", 117 + i), sha256: Digest::of(&[i]) })
            .collect(),
        facts: vec![(Phrase::new("Seed of the simulation", "Semilla de la simulación"), "1".into())],
    }
}

fn scores(seed: u64, n: usize, mean: f64, spread: f64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n).map(|_| mean + spread * (0..6).map(|_| rng.random_range(-1.0..1.0)).sum::<f64>()).collect()
}

/// One plot of every kind.
pub fn plots(language: Language) -> Vec<Figure> {
    let (km, knm) = (scores(1, 400, 0.6, 0.1), scores(2, 12_000, 0.12, 0.07));
    let curve = RocCurve::of_scores(Phrase::new("all marks", "todas las marcas"), &km, &knm);
    let weak = RocCurve::of_scores(Phrase::new("weak marks", "marcas débiles"), &scores(3, 90, 0.35, 0.1), &knm);
    let histogram = ScoreHistogram {
        title: Phrase::new("Scores of known pairs", "Puntajes de pares conocidos"),
        x_label: Phrase::new("fused score, no unit", "puntaje, sin unidad"),
        km: km.clone(),
        knm: knm.clone(),
        threshold: Some((0.33, Phrase::new("advice", "consejo"))),
        note: Phrase::default(),
    };
    let roc_of = |scale| RocPlot {
        title: Phrase::new("ROC of pairs", "ROC de pares"),
        fpr_scale: scale,
        curves: vec![curve.clone(), weak.clone()],
        note: Phrase::default(),
    };
    let rank = |name: Phrase, first: f64| RankCurve {
        name,
        share_at_rank: (0..100).map(|i| 1.0 - (1.0 - first) * (-(i as f64) / 8.0).exp()).collect(),
        queries: 360,
        gallery: 1_024,
    };
    let ranks = RankPlot {
        title: Phrase::new("Rank of the first mate", "Rango de la primera pareja"),
        rank_scale: AxisScale::Log10,
        curves: vec![rank(Phrase::new("all marks", "todas"), 0.97), rank(Phrase::new("weak marks", "débiles"), 0.71)],
        note: Phrase::default(),
    };
    let tippett_view = TippettPlot {
        title: "Tippett".into(),
        km: km.iter().map(|s| (s - 0.33) * 14.0).collect(),
        knm: knm.iter().map(|s| (s - 0.33) * 12.0).collect(),
        note: Phrase::default(),
    };
    let line = |name: &str, slope: f64| Line {
        name: name.into(),
        points: (3..8).map(|p| (10f64.powi(p), slope * 10f64.powi(p).powf(0.31))).collect(),
    };
    let lines = LineChart {
        title: Phrase::new("Time of a query", "Tiempo de una consulta"),
        x_label: Phrase::new("marks in the gallery", "marcas en la galería"),
        y_label: Phrase::new("median time, ms", "mediana, ms"),
        x_scale: AxisScale::Log10,
        y_scale: AxisScale::Log10,
        lines: vec![line("HNSW", 0.05), line("exact scan", 0.4)],
        caption: Phrase::new("n = 200 queries each.", "n = 200 consultas cada uno."),
    };
    let figure = |drawing| Figure { heading: Phrase::default(), drawing, caption: Phrase::default() };
    vec![
        figure(score_histogram(&histogram, language).unwrap()),
        figure(roc(&roc_of(AxisScale::Linear), language).unwrap()),
        figure(roc(&roc_of(AxisScale::Log10), language).unwrap()),
        figure(rank_curve(&ranks, language).unwrap()),
        figure(tippett(&tippett_view, language).unwrap()),
        figure(line_chart(&lines, language).unwrap()),
    ]
}

/// A report of a city with every part.
pub fn city(language: Language) -> CityReport {
    let number = |english: &str, spanish: &str, value: &str| Measure {
        name: Phrase::new(english, spanish),
        value: value.into(),
        note: Phrase::default(),
    };
    let list = candidates();
    CityReport {
        title: Phrase::new("A simulated city", "Una ciudad simulada"),
        subtitle: Phrase::new(
            "Simulated data, seed 1: every firearm, incident and person in this report is invented.",
            "Datos simulados, semilla 1: toda arma, incidente y persona de este informe es inventada.",
        ),
        numbers: vec![
            number("cartridge cases", "casquillos", "240"),
            number("incidents", "incidentes", "96"),
            number("firearms", "armas", "36"),
            number("test fires", "disparos de prueba", "48"),
            number("traces", "rastreos", "22"),
            number("countries", "países", "2"),
        ],
        tally: Some(LinkTally {
            in_truth: 61,
            found: 58,
            missed: 3,
            false_links: 1,
            basis: Phrase::new(
                "A link joins two exhibits of one firearm; it counts as found when it became a lead.",
                "Un enlace une dos indicios de un arma; cuenta como hallado cuando llegó a ser pista.",
            ),
        }),
        summary: vec![Phrase::new(
            "58 of 61 links were found, 3 were missed and 1 lead joins cases of two different firearms.",
            "Se hallaron 58 de 61 enlaces, se perdieron 3 y 1 pista une casquillos de dos armas distintas.",
        )],
        outcomes: list
            .candidates
            .iter()
            .map(|row| LeadOutcome {
                reference: list.exhibit.clone(),
                comparison: row.exhibit.clone(),
                score: row.score,
                likelihood_ratio: row.likelihood_ratio.clone(),
                state: row.state,
                truth: row.truth,
                led_to: if row.rank == 1 {
                    Phrase::new("FA-0042, trace T20240099871", "FA-0042, rastreo T20240099871")
                } else {
                    Phrase::default()
                },
            })
            .collect(),
        lists: vec![list],
        pairs: vec![pair_figure(true, language), pair_figure(false, language)],
        dossiers: vec![dossier(14), dossier(30)],
        plots: plots(language),
        failures: vec![Failure {
            item: "cases/EX-2024-0199.x3p".into(),
            stage: Phrase::new("decode", "lectura"),
            reason: Phrase::new(
                "data.bin: expected 1,048,576 bytes, got 4,096",
                "data.bin: se esperaban 1,048,576 bytes, hay 4,096",
            ),
        }],
        provenance: provenance(),
        disclosure: Disclosure::Masked,
    }
}

/// A lead report with every part.
pub fn lead(language: Language, disclosure: Disclosure) -> LeadReport {
    let change = |when: &str, to, reason: &str| StateChange {
        when: when.into(),
        to,
        person: "J. Invented".into(),
        reason: reason.into(),
        audit_hash: Digest::of(when.as_bytes()).to_hex(),
    };
    let custody = |when, item: &str, action: Phrase, holder: &str, gap| Custody {
        when,
        item: item.into(),
        action,
        holder: holder.into(),
        record: "CC-1187".into(),
        gap,
    };
    LeadReport {
        lead: "L-0007".into(),
        subtitle: Phrase::new("Incidents INC-2024-031 and INC-2023-118", "Incidentes INC-2024-031 e INC-2023-118"),
        state: LeadState::UnderExamination,
        dossier: Dossier { truth: Phrase::default(), ..dossier(12) },
        history: vec![
            change("2024-06-03 09:12", LeadState::Lead, "clear agreement of the granular texture"),
            change("2024-06-10 14:30", LeadState::UnderExamination, "specimens requested"),
        ],
        custody: vec![
            custody(
                Some(When::day(date(2024, 2, 11))),
                "EX-2024-0117",
                Phrase::new("collected at the scene", "recogido en la escena"),
                "Laredo Police",
                false,
            ),
            custody(
                None,
                "EX-2024-0117",
                Phrase::new(
                    "no receipt between collection and laboratory",
                    "sin recibo entre la escena y el laboratorio",
                ),
                "–",
                true,
            ),
            custody(
                Some(When::day(date(2024, 2, 19))),
                "EX-2024-0117",
                Phrase::new("imaged", "escaneado"),
                "County Laboratory",
                false,
            ),
        ],
        pairs: vec![pair_figure(true, language)],
        provenance: provenance(),
        disclosure,
    }
}

/// A correlation list with every part.
pub fn correlation(language: Language) -> CorrelationPage {
    CorrelationPage {
        subtitle: Phrase::new("County Laboratory", "Laboratorio del condado"),
        exhibit: vec![Measure {
            name: Phrase::new("valid area", "área válida"),
            value: "7.1 mm²".into(),
            note: Phrase::new("suitable", "apta"),
        }],
        list: candidates(),
        pairs: vec![pair_figure(true, language)],
        failures: Vec::new(),
        provenance: provenance(),
    }
}

/// An evaluation with every part.
pub fn evaluation(language: Language) -> EvaluationPage {
    let number = |name: &str, value: &str| Measure { name: name.into(), value: value.into(), note: Phrase::default() };
    let row = |cells: [&str; 4]| TableRow { cells: cells.into_iter().map(Phrase::from).collect() };
    EvaluationPage {
        title: Phrase::new("Evaluation on simulated marks", "Evaluación con marcas simuladas"),
        subtitle: Phrase::new("All pairs, turned by random angles.", "Todos los pares, girados al azar."),
        summary: vec![Phrase::new(
            "Every query that has a mate ranks one first.",
            "Toda consulta con pareja la tiene primero.",
        )],
        numbers: vec![
            number("AUC", "0.9991"),
            number("EER", "0.8 %"),
            number("top-1", "1.000"),
            number("recall@10", "1.000"),
        ],
        plots: plots(language),
        tables: vec![Table {
            title: Phrase::new("By study", "Por estudio"),
            columns: vec![
                (Phrase::new("Study", "Estudio"), false),
                ("n KM".into(), true),
                ("n KNM".into(), true),
                ("AUC".into(), true),
            ],
            rows: vec![row(["granular", "210", "8,003", "1.0000"]), row(["striated", "190", "7,411", "0.9974"])],
            note: Phrase::new("Ties count half.", "Los empates cuentan la mitad."),
        }],
        pairs: vec![pair_figure(false, language)],
        notes: vec![Phrase::new(
            "Pairs of one specimen with itself are left out.",
            "Se omiten los pares de un casquillo consigo mismo.",
        )],
        failures: Vec::new(),
        provenance: provenance(),
    }
}
