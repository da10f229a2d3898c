//! The page of an evaluation of record linkage: shares by kind of error, and the bits of true and false pairs.

use super::html::{EvaluationPage, Figure, Measure, Table, TableRow, evaluation_page};
use super::palette::{BLUE, GREEN, INK, MUTED, RULE};
use super::plots::{ScoreHistogram, score_histogram};
use super::svg::{Anchor, Paint, Svg, Type};
use super::view::{Phrase, Provenance, decimal};
use super::{Drawing, ReportError};
use crate::engine::link_evaluation::{LinkEvaluation, Share};
use crate::ids::Digest;
use crate::language::Language;

/// What the page shows.
#[derive(Debug, Clone, Copy)]
pub struct LinkagePage<'a> {
    /// The evaluation.
    pub result: &'a LinkEvaluation,
    /// SHA-256 of the weights.
    pub weights: Digest,
    /// SHA-256 of the catalogues.
    pub catalogues: Digest,
}

fn words(share: &Share) -> String {
    match (share.share, share.interval) {
        (Some(value), Some((low, high))) => format!(
            "{} [{}, {}] ({}/{})",
            decimal(value, 4),
            decimal(low, 4),
            decimal(high, 4),
            share.hits,
            share.of
        ),
        _ => "-".to_owned(),
    }
}

/// The page.
///
/// # Errors
/// No pair to draw.
pub fn linkage_page(view: &LinkagePage<'_>, language: Language) -> Result<String, ReportError> {
    let result = view.result;
    let measure = |en: &str, es: &str, value: String| Measure {
        name: Phrase::new(en, es),
        value: Phrase::same(value),
        note: Phrase::default(),
    };
    let column = |en: &str, es: &str, right| (Phrase::new(en, es), right);
    let rows = result.by_error.iter().map(|kind| TableRow {
        cells: [
            kind.error.clone(),
            kind.links.to_string(),
            words(&kind.joined),
            words(&kind.found),
            words(&kind.precision),
        ]
        .map(Phrase::same)
        .to_vec(),
    });
    let table = Table {
        title: Phrase::new("By kind of error", "Por tipo de error"),
        columns: vec![
            column("error", "error", false),
            column("true links", "vínculos reales", true),
            column("joined by rule", "unidos por regla", true),
            column("joined or queued", "unidos o en espera", true),
            column("precision of rule", "precisión de la regla", true),
        ],
        rows: rows.collect(),
        note: Phrase::new(
            "Shares with the 95 % interval of Wilson (1927).",
            "Proporciones con el intervalo de 95 % de Wilson (1927).",
        ),
    };
    let bits = ScoreHistogram {
        title: Phrase::new("Bits of pairs that were joined or queued", "Bits de los pares unidos o en espera"),
        x_label: Phrase::new("sum of the waterfall, bits", "suma de la cascada, bits"),
        km: result.true_bits.clone(),
        knm: result.false_bits.clone(),
        threshold: Some((0.99f64.log2() - 0.01f64.log2(), Phrase::new("p = 0.99", "p = 0.99"))),
        note: Phrase::new("KM: true pairs; KNM: false pairs.", "KM: pares verdaderos; KNM: pares falsos."),
    };
    let figure = |drawing: Drawing| Figure { heading: Phrase::default(), drawing, caption: Phrase::default() };
    let page = EvaluationPage {
        title: Phrase::new("Record linkage", "Vinculación de registros"),
        subtitle: Phrase::new(
            format!("{} firearms, {} traces", result.firearms, result.traces),
            format!("{} armas, {} rastreos", result.firearms, result.traces),
        ),
        numbers: vec![
            measure("precision of automatic links", "precisión de los vínculos automáticos", words(&result.precision)),
            measure("recall of automatic links", "exhaustividad de los vínculos automáticos", words(&result.recall)),
            measure("recall with the queue", "exhaustividad con la cola", words(&result.recall_with_review)),
            measure("queue: true links", "cola: vínculos reales", words(&result.queue)),
        ],
        plots: vec![figure(shares(result, language)), figure(score_histogram(&bits, language)?)],
        tables: vec![table],
        notes: vec![Phrase::new(
            "The truth is that of the file given; weights must not have been learned on it.",
            "La verdad es la del archivo dado; los pesos no deben haberse aprendido con ella.",
        )],
        provenance: Provenance {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            parameters_hash: view.weights.to_hex(),
            facts: vec![(Phrase::new("catalogues", "catálogos"), view.catalogues.to_hex())],
            ..Provenance::default()
        },
        ..EvaluationPage::default()
    };
    Ok(evaluation_page(&page, language))
}

const WIDTH: f64 = 640.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 560.0;
const ROW: f64 = 30.0;
const TOP: f64 = 66.0;

/// Bars by kind of error: joined by rule, and joined or queued, with the interval of each.
fn shares(result: &LinkEvaluation, language: Language) -> Drawing {
    let kinds: Vec<_> = result.by_error.iter().filter(|k| k.links > 0).collect();
    let title = language.pick("True links that are found, by kind of error", "Vínculos reales encontrados, por tipo de error");
    let height = TOP + kinds.len() as f64 * ROW + 34.0;
    let described = language.pick(
        "Share of the true links joined by rule, and joined or queued; lines are 95 % intervals.",
        "Proporción de los vínculos reales unidos por regla, y unidos o en espera; las líneas son intervalos de 95 %.",
    );
    let mut svg = Svg::new(WIDTH, height, title, described);
    svg.text(12.0, 24.0, title, Type::of(15.0).bold());
    for (at, (paint, name)) in [
        (RULE_BAR, language.pick("joined by rule", "unidos por regla")),
        (FOUND_BAR, language.pick("joined or queued", "unidos o en espera")),
    ]
    .into_iter()
    .enumerate()
    {
        let x = LEFT + at as f64 * 170.0;
        svg.rect(x, 38.0, 14.0, 10.0, 0.0, paint);
        svg.text(x + 20.0, 47.0, name, Type::of(12.0));
    }
    let x = |share: f64| LEFT + share * (RIGHT - LEFT);
    let foot = TOP + kinds.len() as f64 * ROW;
    for tick in 0..=5 {
        let share = f64::from(tick) / 5.0;
        svg.line((x(share), TOP - 6.0), (x(share), foot), Paint::stroke(RULE, 0.8));
        let set = Type::of(11.0).colour(MUTED).anchor(Anchor::Middle);
        svg.text(x(share), foot + 16.0, &decimal(share, 1), set);
    }
    for (at, kind) in kinds.iter().enumerate() {
        let y = TOP + at as f64 * ROW;
        svg.text(LEFT - 10.0, y + 15.0, &kind.error.replace('_', " "), Type::of(12.0).anchor(Anchor::End));
        for (offset, share, paint) in [(0.0, &kind.joined, RULE_BAR), (11.0, &kind.found, FOUND_BAR)] {
            let (Some(value), Some((low, high))) = (share.share, share.interval) else { continue };
            svg.rect(LEFT, y + offset, x(value) - LEFT, 9.0, 0.0, paint);
            svg.line((x(low), y + offset + 4.5), (x(high), y + offset + 4.5), Paint::stroke(INK, 1.2));
        }
        let count = format!("n = {}", kind.links);
        svg.text(WIDTH - 12.0, y + 15.0, &count, Type::of(11.0).colour(MUTED).anchor(Anchor::End));
    }
    svg.finish()
}

const RULE_BAR: Paint = Paint { fill: BLUE, stroke: BLUE, width: 0.6, dash: "", opacity: 0.85 };
const FOUND_BAR: Paint = Paint { fill: "#bfe3d6", stroke: GREEN, width: 0.8, dash: "", opacity: 1.0 };
