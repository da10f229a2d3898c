//! The figures of a comparison in words.

use crate::compare::{Comparison, LikelihoodRatio};
use crate::language::Language;
use crate::report::view::decimal;

/// One figure: what it is, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// Its value, with its unit.
    pub value: String,
}

/// The figures of a comparison, for the picture and for tables beside it.
#[must_use]
pub fn facts(found: &Comparison, language: Language) -> Vec<Fact> {
    let fact =
        |english: &str, spanish: &str, value: String| Fact { name: language.pick(english, spanish).to_owned(), value };
    let searched = found.cells.len();
    let f = &found.features;
    let pose = &found.pose;
    let of = language.pick("of", "de");
    vec![
        fact(
            "Weight of evidence, log10 LR",
            "Peso de la evidencia, log10 LR",
            likelihood_words(&found.likelihood_ratio, language),
        ),
        fact("Score (ranks candidates)", "Puntaje (ordena candidatos)", decimal(found.score, 3)),
        fact("Congruent cells (CMC)", "Celdas congruentes (CMC)", format!("{} {of} {searched}", found.cmc)),
        fact("Correlation (ccf), fine band", "Correlación (ccf), banda fina", decimal(f.ccf_fine, 3)),
        fact("Correlation (ccf), coarse band", "Correlación (ccf), banda gruesa", decimal(f.ccf_coarse, 3)),
        fact(
            "Overlap",
            "Traslape",
            format!("{} mm² ({} %)", decimal(f.overlap_mm2, 2), decimal(f.overlap_share * 100.0, 0)),
        ),
        fact(
            "Pose of the comparison",
            "Pose de la comparación",
            format!(
                "{}°, {} µm, {} µm",
                decimal(pose.theta_rad.to_degrees(), 1),
                decimal(pose.dx_um, 0),
                decimal(pose.dy_um, 0)
            ),
        ),
    ]
}

/// The likelihood ratio in one line: number, 95 % interval, population; or why there is none.
#[must_use]
pub fn likelihood_words(ratio: &LikelihoodRatio, language: Language) -> String {
    match ratio {
        LikelihoodRatio::Calibrated { log10, low, high, bounded, population } => {
            let bound = match (bounded, *log10 < 0.0) {
                (false, _) => "",
                (true, false) => "≥ ",
                (true, true) => "≤ ",
            };
            format!(
                "{bound}{} [{}, {}], {} {population}",
                decimal(*log10, 1),
                decimal(*low, 1),
                decimal(*high, 1),
                language.pick("against", "frente a")
            )
        }
        LikelihoodRatio::Unavailable { english, spanish } => {
            format!("{}: {}", language.pick("none", "ninguno"), language.pick(english, spanish))
        }
    }
}
