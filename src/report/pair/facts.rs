//! The figures of a comparison in words.

use crate::compare::{Ambiguity, Comparison, LikelihoodRatio};
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
        fact(
            "The other direction",
            "En el otro sentido",
            format!("{} {of} {}", found.cmc_backward, found.cells_backward),
        ),
        fact("Congruent area (NCMA)", "Superficie congruente (NCMA)", format!("{} %", decimal(f.ncma * 100.0, 0))),
        fact(
            "Blocks that agree / disagree",
            "Bloques que concuerdan / discrepan",
            format!("{} % / {} %", decimal(f.agree_share * 100.0, 0), decimal(f.disagree_share * 100.0, 0)),
        ),
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
        fact("Certainty of the pose", "Certeza de la pose", ambiguity_words(&found.ambiguity, language)),
    ]
}

/// What makes the pose of a pair uncertain, in words: a groove along which the mark slides, a face that turns, another pose nearly as good.
#[must_use]
pub fn ambiguity_words(ambiguity: &Ambiguity, language: Language) -> String {
    let percent = |share: f64| decimal(share * 100.0, 0);
    let mut words = Vec::new();
    if ambiguity.slide_left >= Ambiguity::WORTH_A_WORD {
        let (way, left) = (decimal(ambiguity.slide_rad.to_degrees(), 0), percent(ambiguity.slide_left));
        words.push(match language {
            Language::En => format!("slides along {way}° ({left} % left after 100 µm)"),
            Language::Es => format!("se desliza a lo largo de {way}° (queda {left} % tras 100 µm)"),
        });
    }
    if ambiguity.turn_left >= Ambiguity::WORTH_A_WORD {
        let left = percent(ambiguity.turn_left);
        words.push(match language {
            Language::En => format!("turns ({left} % left after 8° or 16°)"),
            Language::Es => format!("gira (queda {left} % tras 8° o 16°)"),
        });
    }
    if ambiguity.other_left >= Ambiguity::WORTH_A_WORD {
        let left = percent(ambiguity.other_left);
        words.push(match language {
            Language::En => format!("another pose reaches {left} %"),
            Language::Es => format!("otra pose alcanza {left} %"),
        });
    }
    if words.is_empty() { language.pick("sharp", "nítida").to_owned() } else { words.join("; ") }
}

/// The likelihood ratio in one line: number, 95 % interval, population; or why there is none.
#[must_use]
pub fn likelihood_words(ratio: &LikelihoodRatio, language: Language) -> String {
    match ratio {
        LikelihoodRatio::Calibrated { log10, low, high, bounded, population_english, population_spanish } => {
            let bound = match (bounded, *log10 < 0.0) {
                (false, _) => "",
                (true, false) => "≥ ",
                (true, true) => "≤ ",
            };
            format!(
                "{bound}{} [{}, {}], {} {}",
                decimal(*log10, 1),
                decimal(*low, 1),
                decimal(*high, 1),
                language.pick("against", "frente a"),
                language.pick(population_english, population_spanish)
            )
        }
        LikelihoodRatio::Unavailable { english, spanish } => {
            format!("{}: {}", language.pick("none", "ninguno"), language.pick(english, spanish))
        }
    }
}
