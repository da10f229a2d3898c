//! The waterfall of a record link: what each field adds for or against, from the prior to the sum.
//!
//! After the waterfall charts of the Splink documentation: every bar begins where the one before it ended, in bits.

use crate::language::Language;
use crate::report::lettering::{fitted, text_width};
use crate::report::palette::{BLUE, INK, MUTED, ORANGE, RULE, SURFACE};
use crate::report::svg::{Anchor, Paint, Svg, Type};
use crate::report::view::{Phrase, decimal, probability};
use crate::report::{Drawing, ReportError};

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct WaterfallStep {
    /// The field, or what stands against any pair.
    pub field: Phrase,
    /// What was found.
    pub text: Phrase,
    /// Bits; negative speaks against.
    pub bits: f64,
}

/// The view model of a waterfall.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Waterfall {
    /// Heading: which firearm and which trace.
    pub title: Phrase,
    /// Steps in order.
    pub steps: Vec<WaterfallStep>,
    /// Sum of the steps, bits.
    pub bits: f64,
    /// Probability under the weights.
    pub probability: f64,
    /// What was decided, by whom and why.
    pub decision: Phrase,
}

/// Most steps of one waterfall.
const STEP_LIMIT: usize = 60;

const WIDTH: f64 = 860.0;
const FIELD: f64 = 186.0;
const LEFT: f64 = 466.0;
const RIGHT: f64 = 66.0;
const ROW: f64 = 25.0;

/// Draws the waterfall, 860 px wide.
///
/// # Errors
/// More than 60 steps; bits that are no number.
pub fn waterfall(view: &Waterfall, language: Language) -> Result<Drawing, ReportError> {
    if view.steps.len() > STEP_LIMIT {
        let what = "waterfall, steps".to_owned();
        return Err(ReportError::TooLarge { what, limit: STEP_LIMIT, got: view.steps.len() });
    }
    if let Some(bad) = view.steps.iter().map(|s| s.bits).chain([view.bits]).find(|b| !b.is_finite()) {
        let what = format!("waterfall \"{}\", bits", view.title.english);
        return Err(ReportError::BadValue { what, expected: "a number".to_owned(), got: bad.to_string() });
    }
    let mut at = 0.0;
    let ends: Vec<(f64, f64)> = view
        .steps
        .iter()
        .map(|step| {
            let from = at;
            at += step.bits;
            (from, at)
        })
        .collect();
    let all = || ends.iter().flat_map(|(a, b)| [*a, *b]).chain([0.0, view.bits]);
    let (low, high) = (all().fold(0.0, f64::min), all().fold(0.0, f64::max));
    let span = (high - low).max(1.0);
    let x = |bits: f64| LEFT + (bits - low) / span * (WIDTH - LEFT - RIGHT);
    let height = 34.0 + (view.steps.len() + 1) as f64 * ROW + 30.0;
    let description = language.pick(
        format!("{} steps that sum to {} bits.", view.steps.len(), decimal(view.bits, 1)),
        format!("{} pasos que suman {} bits.", view.steps.len(), decimal(view.bits, 1)),
    );
    let mut svg = Svg::new(WIDTH, height, view.title.pick(language), &description);
    let floor = 34.0 + (view.steps.len() + 1) as f64 * ROW;
    svg.text(8.0, 20.0, language.pick("field", "campo"), Type::of(11.0).colour(MUTED));
    svg.text(FIELD, 20.0, language.pick("what was found", "lo que se halló"), Type::of(11.0).colour(MUTED));
    svg.text(x(0.0), 20.0, "0 bit", Type::of(11.0).colour(MUTED).anchor(Anchor::Middle));
    svg.line((x(0.0), 26.0), (x(0.0), floor), Paint::stroke(MUTED, 1.0));
    for (i, (step, (from, to))) in view.steps.iter().zip(&ends).enumerate() {
        let y = 34.0 + i as f64 * ROW;
        if i % 2 == 0 {
            svg.rect(0.0, y, WIDTH, ROW, 0.0, Paint::fill(SURFACE));
            svg.line((x(0.0), y), (x(0.0), y + ROW), Paint::stroke(MUTED, 1.0));
        }
        let field = step.field.pick(language);
        svg.text(8.0, y + 16.5, &fitted(field, 12.0, FIELD - 14.0), Type::of(12.0).bold());
        let text = step.text.pick(language);
        let cut = fitted(text, 11.0, LEFT - FIELD - 46.0);
        svg.text_with_title(FIELD, y + 16.5, &cut, Some(text), Type::of(11.0).colour(MUTED));
        let (a, b) = (x(*from).min(x(*to)), x(*from).max(x(*to)));
        let colour = if step.bits < 0.0 { ORANGE } else { BLUE };
        svg.rect(a, y + 6.0, (b - a).max(1.5), ROW - 12.0, 1.5, Paint::stroke(INK, 0.6).filled(colour));
        if i + 1 < view.steps.len() {
            svg.line((x(*to), y + ROW - 6.0), (x(*to), y + ROW + 6.0), Paint::stroke(RULE, 1.0));
        }
        svg.text(b + 5.0, y + 16.5, &signed(step.bits), Type::of(11.5));
    }
    let y = 34.0 + view.steps.len() as f64 * ROW;
    svg.line((0.0, y), (WIDTH, y), Paint::stroke(INK, 1.0));
    svg.text(8.0, y + 17.0, language.pick("sum", "suma"), Type::of(12.0).bold());
    let (a, b) = (x(0.0).min(x(view.bits)), x(0.0).max(x(view.bits)));
    svg.rect(a, y + 6.0, (b - a).max(1.5), ROW - 12.0, 1.5, Paint::fill(INK));
    svg.text(b + 5.0, y + 17.0, &signed(view.bits), Type::of(12.0).bold());
    let words = language.pick(
        format!("probability under the weights {}", probability(view.probability)),
        format!("probabilidad según los pesos {}", probability(view.probability)),
    );
    svg.text(FIELD, y + 17.0, &fitted(&words, 11.0, LEFT - FIELD - 46.0), Type::of(11.0).colour(MUTED));
    let words = language.pick(
        "blue speaks for one firearm, orange against; the bits are of the record link alone and say nothing of marks",
        "azul habla a favor de una misma arma, naranja en contra; los bits son solo del vínculo de registros y nada dicen de las marcas",
    );
    debug_assert!(text_width(words, 10.5) < WIDTH - 16.0);
    svg.text(8.0, height - 8.0, words, Type::of(10.5).colour(MUTED));
    Ok(svg.finish())
}

fn signed(bits: f64) -> String {
    if bits < 0.0 { decimal(bits, 1) } else { format!("+{}", decimal(bits, 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_and_the_sum_are_written_in_both_languages() {
        let step = |field: &str, bits| WaterfallStep { field: field.into(), text: "<found>".into(), bits };
        let view = Waterfall {
            title: "FA-1 · T-1".into(),
            steps: vec![step("prior", -17.6), step("serial", 18.0), step("maker", 3.5), step("calibre", -0.04)],
            bits: 3.86,
            probability: 0.9356,
            decision: Phrase::default(),
        };
        for language in [Language::En, Language::Es] {
            let drawn = waterfall(&view, language).unwrap();
            for words in ["\u{2212}17.6", "+18.0", "+3.5", "+3.9", "0.9356", "&lt;found&gt;"] {
                assert!(drawn.contains(words), "{words}");
            }
        }
        let broken = Waterfall { bits: f64::NAN, ..view };
        assert!(matches!(waterfall(&broken, Language::En), Err(ReportError::BadValue { .. })));
    }
}
