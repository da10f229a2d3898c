//! `audit-funnel`: past searches done again without leaving anything out.

use super::Desk;
use super::arguments::AuditFunnelArgs;
use super::failure::Failure;
use super::present::{lr_words, table};
use crate::engine::funnel_audit::{FunnelAudit, audit_funnel};
use crate::language::Language;

/// Runs the command.
///
/// # Errors
/// Those of the store; stopped when asked to stop, what was done is kept.
pub fn run(desk: &Desk, args: &AuditFunnelArgs) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let gallery = desk.open_gallery(&store)?;
    let found = audit_funnel(&desk.context(&store), &gallery, args.sample, args.seed)?;
    desk.bar.finish();
    desk.output.show(&found, |language| words(&found, language))?;
    Ok(())
}

fn words(found: &FunnelAudit, language: Language) -> String {
    let mut text = String::new();
    if !found.missed.is_empty() {
        let mut drawn = table([
            language.pick("missed", "perdido"),
            language.pick("asked with", "consulta"),
            language.pick("rank", "rango"),
            language.pick("score", "puntuación"),
            "log10 LR",
        ]);
        for one in &found.missed {
            drawn.add_row([
                one.specimen.to_string(),
                one.query.to_string(),
                one.rank.to_string(),
                format!("{:.2}", one.score),
                lr_words(one.log10_lr, None),
            ]);
        }
        text.push_str(&format!("{drawn}\n"));
    }
    let FunnelAudit { searches, sampled, compared, mates, from_log10_lr, .. } = found;
    let missed = found.missed.len();
    text.push_str(&language.pick(
        format!("{sampled} of {searches} past searches done again, {compared} pairs compared; {} new candidates\n", found.proposed.len()),
        format!("{sampled} de {searches} búsquedas pasadas hechas de nuevo, {compared} pares comparados; {} candidatos nuevos\n", found.proposed.len()),
    ));
    text.push_str(&match found.interval {
        Some((low, high)) => {
            let (share, low, high) = (100.0 * missed as f64 / (*mates).max(1) as f64, 100.0 * low, 100.0 * high);
            language.pick(
                format!("the funnel missed {missed} of {mates} mates (log10 LR from {from_log10_lr}): {share:.1} %, 95 % interval {low:.1} to {high:.1} %\n"),
                format!("el embudo perdió {missed} de {mates} compañeros (log10 LR desde {from_log10_lr}): {share:.1} %, intervalo del 95 % de {low:.1} a {high:.1} %\n"),
            )
        }
        None => language.pick(
            format!("no mate (log10 LR from {from_log10_lr}) among them: nothing can be said of what the funnel misses\n"),
            format!("ningún compañero (log10 LR desde {from_log10_lr}) entre ellas: nada puede decirse de lo que el embudo pierde\n"),
        ),
    });
    text
}
