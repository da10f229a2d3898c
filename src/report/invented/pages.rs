//! Invented pages with every part.

use super::marks::pair;
use super::records::{candidates, dossier};
use crate::ids::Digest;
use crate::language::Language;
use crate::mark::Modality;
use crate::report::html::*;
use crate::report::pair::{PairStyle, PairView, explained_pair};
use crate::report::plots::*;
use crate::report::view::*;
use jiff::civil::date;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

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
        y_range: None,
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
