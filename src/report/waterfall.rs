//! The waterfall of a record link: every field's bits from the prior to the sum, with its sentence.

use super::Drawing;
use super::lettering::wrapped;
use super::palette::{BLUE, INK, MUTED, RULE, SURFACE, VERMILLION};
use super::svg::{Anchor, Paint, Svg, Type};
use super::view::decimal;
use crate::language::Language;
use crate::trace::linkage::RecordLink;

const WIDTH: f64 = 860.0;
/// Where bars begin and end, px; names stand to the left, sentences below.
const LEFT: f64 = 190.0;
const RIGHT: f64 = WIDTH - 90.0;
const ROW: f64 = 44.0;
const TOP: f64 = 64.0;
/// Room for the reasons below.
const LINE: f64 = 18.0;

/// Draws a waterfall, 860 px wide: each bar begins where the one above ended, so that the last end is the sum.
///
/// What speaks for the pair is blue and filled, what speaks against it vermillion and pale, so that grey print keeps both apart.
#[must_use]
pub fn waterfall_drawing(link: &RecordLink, language: Language) -> Drawing {
    let mut ends = Vec::with_capacity(link.waterfall.len());
    let mut sum = 0.0;
    for step in &link.waterfall {
        let from = sum;
        sum += step.bits;
        ends.push((from, sum));
    }
    let low = ends.iter().map(|(a, b)| a.min(*b)).chain([0.0, link.bits]).fold(f64::INFINITY, f64::min);
    let high = ends.iter().map(|(a, b)| a.max(*b)).chain([0.0, link.bits]).fold(f64::NEG_INFINITY, f64::max);
    let span = if high - low > 0.0 { high - low } else { 1.0 };
    let x = |bits: f64| LEFT + (bits - low) / span * (RIGHT - LEFT);
    let reasons: Vec<String> =
        link.reasons.iter().flat_map(|r| wrapped(&format!("- {}", r.pick(language)), 12.0, WIDTH - 40.0)).collect();
    let rows = link.waterfall.len() + 1;
    let height = TOP + rows as f64 * ROW + 24.0 + reasons.len() as f64 * LINE + 12.0;
    let title = language.pick(
        format!("Firearm {} and trace {}", link.firearm, link.trace),
        format!("Arma {} y rastreo {}", link.firearm, link.trace),
    );
    let described = language.pick(
        "Evidence that both records are one firearm, in bits: one bit doubles the odds.",
        "Evidencia de que ambos registros son una misma arma, en bits: cada bit duplica las posibilidades.",
    );
    let mut svg = Svg::new(WIDTH, height, &title, described);
    svg.text(20.0, 26.0, &title, Type::of(16.0).bold());
    svg.text(20.0, 46.0, described, Type::of(12.0).colour(MUTED));
    let foot = TOP + rows as f64 * ROW;
    svg.line((x(0.0), TOP - 8.0), (x(0.0), foot), Paint::stroke(RULE, 1.2));
    for (at, (step, (from, to))) in link.waterfall.iter().zip(&ends).enumerate() {
        let y = TOP + at as f64 * ROW;
        bar(&mut svg, y, (x(*from), x(*to)), step.bits);
        svg.line((x(*to), y + 18.0), (x(*to), y + ROW), Paint::stroke(MUTED, 0.8).dashed("2 3"));
        svg.text(LEFT - 12.0, y + 14.0, step.field.name(language), Type::of(13.0).anchor(Anchor::End));
        svg.text(RIGHT + 76.0, y + 14.0, &signed(step.bits), Type::of(13.0).anchor(Anchor::End));
        let sentence = step.text.pick(language);
        let lines = wrapped(sentence, 11.0, RIGHT - LEFT);
        let (line, full) = match lines.as_slice() {
            [] => (String::new(), None),
            [one] => (one.clone(), None),
            [first, ..] => (format!("{first}..."), Some(sentence)),
        };
        svg.text_with_title(LEFT, y + 31.0, &line, full, Type::of(11.0).colour(MUTED).halo());
    }
    let y = TOP + link.waterfall.len() as f64 * ROW;
    svg.rect(8.0, y - 2.0, WIDTH - 16.0, 30.0, 3.0, Paint::fill(SURFACE));
    bar(&mut svg, y + 4.0, (x(0.0), x(link.bits)), link.bits);
    svg.text(LEFT - 12.0, y + 18.0, language.pick("sum", "suma"), Type::of(13.0).bold().anchor(Anchor::End));
    svg.text(RIGHT + 76.0, y + 18.0, &signed(link.bits), Type::of(13.0).bold().anchor(Anchor::End));
    // Never a probability that reads as certain.
    let shown = if link.probability > 0.9999 { "> 0.9999".to_owned() } else { decimal(link.probability, 4) };
    let chance = language
        .pick(format!("probability {shown} under the weights"), format!("probabilidad {shown} según los pesos"));
    svg.text(20.0, foot + 4.0, &chance, Type::of(12.0).colour(INK));
    for (at, reason) in reasons.iter().enumerate() {
        svg.text(20.0, foot + 24.0 + at as f64 * LINE, reason, Type::of(12.0));
    }
    svg.finish()
}

fn bar(svg: &mut Svg, y: f64, (from, to): (f64, f64), bits: f64) {
    let paint = if bits < 0.0 {
        Paint { fill: "#f3c9ad", stroke: VERMILLION, width: 1.0, dash: "", opacity: 1.0 }
    } else {
        Paint { fill: BLUE, stroke: BLUE, width: 1.0, dash: "", opacity: 0.85 }
    };
    svg.rect(from.min(to), y, (to - from).abs().max(1.0), 18.0, 1.5, paint);
}

fn signed(bits: f64) -> String {
    let text = decimal(bits.abs(), 1);
    if bits < 0.0 { format!("\u{2212}{text}") } else { format!("+{text}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{FirearmId, TraceId};
    use crate::trace::catalogue::Catalogues;
    use crate::trace::linkage::{LinkOptions, explain};
    use crate::trace::{FirearmRecord, Serial, TraceRecord};

    #[test]
    fn every_step_is_drawn_and_hostile_text_stays_text() {
        let mut firearm = FirearmRecord::new(FirearmId::new("<script>F"), Serial::read("ABC12345"));
        let mut trace = TraceRecord::new(TraceId::new("T1"), Serial::read("ABC12346"));
        firearm.maker = Some("Glock <b>".to_owned());
        trace.maker = Some("Taurus".to_owned());
        let link = explain(&firearm, &trace, &Catalogues::embedded().unwrap(), &LinkOptions::default());
        for language in [Language::En, Language::Es] {
            let svg = waterfall_drawing(&link, language);
            assert!(!svg.contains("<script") && !svg.contains("<b>"));
            for step in &link.waterfall {
                assert!(svg.contains(step.field.name(language)), "{}", step.field.name(language));
            }
        }
    }
}
