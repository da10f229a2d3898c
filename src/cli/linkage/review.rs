//! `trace review`: the pairs that wait, one pair in full, what people decide.

use super::super::Desk;
use super::super::failure::{Failure, read_file, write_file};
use super::super::present::table;
use super::{ReviewCommand, decision_words, linker, short};
use crate::engine::link_review::{Act, Applied, PairView, Waiting, act, apply, queue, read_decisions, show};
use crate::ids::{FirearmId, TraceId};
use crate::language::Language;
use crate::report::waterfall::waterfall_drawing;
use crate::trace::linkage::RecordLink;
use serde::Serialize;
use std::path::Path;

/// Largest file of decisions, bytes.
const MOST_BYTES: u64 = 1 << 26;

/// What `review list --json` prints.
#[derive(Debug, Serialize)]
struct Listed {
    waiting: usize,
    pairs: Vec<Waiting>,
}

pub(super) fn run(desk: &Desk, command: Option<ReviewCommand>, decisions: Option<&Path>) -> Result<(), Failure> {
    let store = desk.store(false)?;
    if let Some(file) = decisions {
        let name = file.display().to_string();
        let text = String::from_utf8_lossy(&read_file(file, MOST_BYTES)?).into_owned();
        let (rows, bad) = read_decisions(&name, &text)?;
        let mut done = apply(&store, &desk.clock, &linker(desk)?, &desk.person()?, &rows)?;
        done.refused.extend(bad);
        done.refused.sort_by_key(|(row, _)| *row);
        desk.output.show(&done, |language| applied_words(&done, language))?;
        let all = done.applied + done.refused.len();
        return if done.refused.is_empty() { Ok(()) } else { Err(Failure::Part { failed: done.refused.len(), all }) };
    }
    let decide = |firearm: &str, trace: &str, what: Act, reason: &str| -> Result<(), Failure> {
        let (firearm, trace) = (FirearmId::new(firearm), TraceId::new(trace));
        let linker = linker(desk)?;
        act(&store, &desk.clock, &linker, &desk.person()?, (&firearm, &trace), what, reason)?;
        let view = show(&store, &linker, &firearm, &trace)?;
        desk.output.show(&view, |language| pair_words(&view, language))?;
        Ok(())
    };
    match command.unwrap_or(ReviewCommand::List { most: 20, firearm: None }) {
        ReviewCommand::List { most, firearm } => {
            let mut pairs = queue(&store)?;
            if let Some(firearm) = firearm {
                pairs.retain(|p| p.kept.link.firearm.as_str() == firearm.trim());
            }
            let waiting = pairs.len();
            pairs.truncate(most);
            let listed = Listed { waiting, pairs };
            desk.output.show(&listed, |language| list_words(&listed, language))?;
        }
        ReviewCommand::Show { firearm, trace, picture } => {
            let view = show(&store, &linker(desk)?, &FirearmId::new(firearm), &TraceId::new(trace))?;
            if let Some(path) = picture {
                write_file(&path, waterfall_drawing(&view.kept.link, desk.output.language).as_bytes())?;
            }
            desk.output.show(&view, |language| pair_words(&view, language))?;
        }
        ReviewCommand::Accept { firearm, trace, reason } => decide(&firearm, &trace, Act::Accept, &reason)?,
        ReviewCommand::Reject { firearm, trace, reason } => decide(&firearm, &trace, Act::Reject, &reason)?,
        ReviewCommand::Undo { firearm, trace, reason } => decide(&firearm, &trace, Act::Undo, &reason)?,
    }
    Ok(())
}

fn applied_words(done: &Applied, language: Language) -> String {
    let mut text = language.pick(
        format!("{} decisions applied, {} rows refused\n", done.applied, done.refused.len()),
        format!("{} decisiones aplicadas, {} filas rechazadas\n", done.applied, done.refused.len()),
    );
    for (row, why) in &done.refused {
        text.push_str(&format!("  {} {row}: {}\n", language.pick("row", "fila"), why.pick(language)));
    }
    text
}

fn list_words(listed: &Listed, language: Language) -> String {
    let mut drawn = table([
        language.pick("firearm", "arma"),
        language.pick("trace", "rastreo"),
        language.pick("worth", "valor"),
        language.pick("probability", "probabilidad"),
        "bit",
        language.pick("why it waits", "por qué espera"),
    ]);
    for waiting in &listed.pairs {
        let link = &waiting.kept.link;
        let reasons: Vec<&str> = link.reasons.iter().map(|r| r.pick(language)).collect();
        drawn.add_row([
            link.firearm.to_string(),
            link.trace.to_string(),
            format!("{:.3}", waiting.worth),
            chance(link.probability),
            format!("{:.1}", link.bits),
            reasons.join("; "),
        ]);
    }
    let shown = listed.pairs.len();
    format!(
        "{drawn}\n{}",
        language.pick(
            format!("{shown} of {} pairs that wait, the most worthwhile first\n", listed.waiting),
            format!("{shown} de {} pares que esperan, primero los que más aportan\n", listed.waiting),
        )
    )
}

/// A probability that never reads as certain.
fn chance(probability: f64) -> String {
    match probability {
        p if p > 0.9999 => "> 0.9999".to_owned(),
        p if p < 0.0001 => "< 0.0001".to_owned(),
        p => format!("{p:.4}"),
    }
}

/// Characters of the longest bar of a waterfall.
const BAR: f64 = 24.0;

/// The waterfall as bars of text: what speaks against grows to the left, what speaks for it to the right.
pub(super) fn bars(link: &RecordLink, language: Language) -> String {
    let most = link.waterfall.iter().map(|s| s.bits.abs()).chain([link.bits.abs(), 1.0]).fold(0.0, f64::max);
    let width = link.waterfall.iter().map(|s| s.field.name(language).chars().count()).max().unwrap_or(0).max(8);
    let row = |name: &str, bits: f64, text: &str| {
        let length = (bits.abs() / most * BAR).round() as usize;
        let (left, right) = if bits < 0.0 {
            ("\u{2592}".repeat(length), String::new())
        } else {
            (String::new(), "\u{2588}".repeat(length))
        };
        let wide = BAR as usize;
        format!("  {name:<width$} {bits:>7.1}  {left:>wide$}|{right:<wide$}  {text}\n")
    };
    let mut text: String =
        link.waterfall.iter().map(|s| row(s.field.name(language), s.bits, s.text.pick(language))).collect();
    let shown = chance(link.probability);
    let said = language
        .pick(format!("probability {shown} under the weights"), format!("probabilidad {shown} según los pesos"));
    text.push_str(&row(language.pick("sum", "suma"), link.bits, &said));
    text
}

fn pair_words(view: &PairView, language: Language) -> String {
    let link = &view.kept.link;
    let mut text = format!(
        "{} {}, {} {}: ",
        language.pick("firearm", "arma"),
        link.firearm,
        language.pick("trace", "rastreo"),
        link.trace
    );
    text.push_str(&match &view.kept.judged {
        Some(judged) => {
            let word = if judged.accepted {
                language.pick("accepted", "aceptado")
            } else {
                language.pick("rejected", "rechazado")
            };
            let by = language.pick("by", "por");
            format!("{word} {by} {} ({}): {}\n", view.by, judged.role, judged.reason)
        }
        None => format!("{}\n", decision_words(link.decision, language)),
    });
    text.push_str(&bars(link, language));
    for reason in &link.reasons {
        text.push_str(&format!("  - {}\n", reason.pick(language)));
    }
    if view.records_changed {
        text.push_str(language.pick(
            "  ! a record has changed since this was decided\n",
            "  ! un registro ha cambiado desde esta decisión\n",
        ));
    }
    let mut drawn = table([
        language.pick("field", "campo"),
        language.pick("register", "registro de armas"),
        language.pick("trace", "rastreo"),
    ]);
    for field in &view.fields {
        let cell = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        drawn.add_row([field.field.pick(language).to_owned(), cell(&field.firearm), cell(&field.trace)]);
    }
    text.push_str(&format!("{drawn}\n"));
    if let Some(weights) = &view.kept.weights {
        let word = language.pick("weights: version", "pesos: versión");
        text.push_str(&format!("{word} {}, SHA-256 {}\n", weights.version, short(&weights.sha256)));
    }
    for past in &view.history {
        let reason = past.reason.as_deref().map_or(String::new(), |r| format!(": {r}"));
        let decision = match (&past.reason, past.decision) {
            (Some(_), crate::trace::linkage::Decision::Automatic) => language.pick("accepted", "aceptado"),
            (Some(_), _) => language.pick("rejected", "rechazado"),
            (None, decision) => decision_words(decision, language),
        };
        text.push_str(&format!("  {}  {}  {decision}{reason}\n", past.at.strftime("%Y-%m-%d %H:%M UTC"), past.by));
    }
    text
}
