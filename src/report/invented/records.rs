//! Invented links, histories and candidates.

use crate::compare::LikelihoodRatio;
use crate::report::chart::*;
use crate::report::html::*;
use crate::report::view::*;
use jiff::civil::date;

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
        waterfalls: vec![waterfall()],
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
                population_english: "120 simulated pistols".into(),
                population_spanish: "120 pistolas simuladas".into(),
            },
            None => LikelihoodRatio::Unavailable {
                english: "overlap of 0.4 mm² is below the 1 mm² the calibration covers".into(),
                spanish: "el traslape de 0.4 mm² es menor que el 1 mm² que cubre la calibración".into(),
            },
        },
        of_search: log10.map(|lr| lr - 4.1),
        state,
        truth: Some(truth),
    };
    CandidateList {
        exhibit: "EX-2024-0117".into(),
        detail: Phrase::new(
            "Incident INC-2024-031, Laredo, 2024-02-11; breech face, 2 specimens, 7.1 mm² valid.",
            "Incidente INC-2024-031, Laredo, 2024-02-11; cara de recámara, 2 casquillos, 7.1 mm² válidos.",
        ),
        candidates: vec![
            row(1, "TF-0042", 0.874, Some(5.6), LeadState::Hit, Truth::SameFirearm),
            row(2, "EX-2023-0391", 0.701, Some(3.9), LeadState::Lead, Truth::SameFirearm),
            row(3, "EX-2023-0402", 0.342, Some(0.4), LeadState::Candidate, Truth::DifferentFirearms),
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

/// The waterfall of a record link.
pub fn waterfall() -> Waterfall {
    let step = |field: (&str, &str), text: (&str, &str), bits| WaterfallStep {
        field: Phrase::new(field.0, field.1),
        text: Phrase::new(text.0, text.1),
        bits,
    };
    Waterfall {
        title: Phrase::new(
            "Record link of firearm FA-0042 and trace T20240099871",
            "Vínculo de registros del arma FA-0042 y el rastreo T20240099871",
        ),
        steps: vec![
            step(
                ("prior", "punto de partida"),
                ("one of 200,000 traces by chance", "uno de 200,000 rastreos al azar"),
                -17.6,
            ),
            step(
                ("case and item", "carpeta e indicio"),
                ("same case, same office", "misma carpeta, misma oficina"),
                10.0,
            ),
            step(
                ("serial number", "número de serie"),
                (
                    "the same but for look-alike letters: XQ48O17 and XQ48017",
                    "igual salvo letras parecidas: XQ48O17 y XQ48017",
                ),
                14.0,
            ),
            step(("manufacturer", "marca"), ("Harlan Arms on both sides", "Harlan Arms en ambos"), 4.2),
            step(("caliber", "calibre"), ("9 mm on both sides", "9 mm en ambos"), 1.1),
            step(("recovery date", "fecha de aseguramiento"), ("three days apart", "a tres días"), -0.8),
        ],
        bits: 10.9,
        probability: 0.9995,
        decision: Phrase::new(
            "a person has still to decide: look-alike letters",
            "falta que una persona decida: letras parecidas",
        ),
    }
}
