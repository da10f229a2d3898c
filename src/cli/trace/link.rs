//! `trace link`: trace records joined to the register of firearms.

use crate::cli::Desk;
use crate::cli::failure::Failure;
use crate::cli::present::table;
use crate::engine::traces::{Linked, link_records};
use crate::language::Language;
use crate::trace::linkage::{Decision, RecordLink};

/// Runs the command.
///
/// # Errors
/// Those of linkage and of the store.
pub fn run(desk: &Desk) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let linked = link_records(&store, &desk.clock)?;
    desk.output.show(&linked, |language| link_words(&linked, language))?;
    Ok(())
}

/// The waterfall of a link: where its bits come from.
#[must_use]
pub fn waterfall(link: &RecordLink, language: Language) -> String {
    let steps: Vec<String> =
        link.waterfall.iter().map(|step| format!("{} {:+.1}", step.field.name(language), step.bits)).collect();
    format!("{} = {:.1} bit", steps.join(", "), link.bits)
}

fn link_words(linked: &Linked, language: Language) -> String {
    let mut drawn = table([
        language.pick("firearm", "arma"),
        language.pick("trace", "rastreo"),
        language.pick("decision", "decisión"),
        language.pick("evidence", "evidencia"),
    ]);
    for link in &linked.links {
        let decision = match link.decision {
            Decision::Automatic => language.pick("linked by rule", "vinculado por regla"),
            Decision::Review => language.pick("for a person to decide", "por decidir una persona"),
            Decision::None => language.pick("not linked", "no vinculado"),
        };
        drawn.add_row([
            link.firearm.to_string(),
            link.trace.to_string(),
            decision.to_owned(),
            waterfall(link, language),
        ]);
    }
    let summary = language.pick(
        format!(
            "{} firearms, {} traces: {} linked by rule, {} for a person to decide\n",
            linked.firearms, linked.traces, linked.automatic, linked.review
        ),
        format!(
            "{} armas, {} rastreos: {} vinculados por regla, {} por decidir una persona\n",
            linked.firearms, linked.traces, linked.automatic, linked.review
        ),
    );
    format!("{drawn}\n{summary}")
}
