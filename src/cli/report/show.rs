//! `trace show`: what is known around a firearm, in words and as JSON.

use super::super::Desk;
use super::super::failure::Failure;
use super::super::present::table;
use super::disclosure;
use crate::engine::error::EngineError;
use crate::engine::story::story;
use crate::language::Language;
use crate::report::gather::dossier::dossier;
use crate::report::html::Dossier;
use crate::report::view::Disclosure;

/// `trace show`: what is known around a firearm, specimen, incident or trace.
///
/// # Errors
/// An unknown name; a blank purpose.
pub fn show_subject(desk: &Desk, subject: &str, reveal: Option<&str>, case: Option<&str>) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let (purpose, disclosure) = disclosure(desk, &store, reveal, case, subject)?;
    let story = story(&store)?;
    let Some(firearms) = story.firearms_of(subject) else {
        return Err(Failure::Engine(EngineError::Input {
            what: format!("\"{subject}\""),
            expected: "a firearm, specimen, incident or trace of this gallery".to_owned(),
            got: "an unknown name".to_owned(),
        }));
    };
    let dossiers: Vec<Dossier> = firearms.iter().map(|f| dossier(&story, f, purpose.as_ref())).collect();
    let json = dossiers_json(&dossiers, &disclosure, desk.output.language);
    desk.output.show(&json, |language| {
        if dossiers.is_empty() {
            return language
                .pick(
                    "known, but no firearm is joined to it yet",
                    "conocido, pero ninguna arma está unida a él todavía",
                )
                .to_owned();
        }
        dossiers.iter().map(|d| dossier_words(d, &disclosure, language)).collect::<Vec<_>>().join("\n")
    })?;
    Ok(())
}

fn dossiers_json(dossiers: &[Dossier], disclosure: &Disclosure, language: Language) -> serde_json::Value {
    let one = |d: &Dossier| {
        serde_json::json!({
            "firearm": d.heading.pick(language),
            "summary": d.summary.iter().map(|p| p.pick(language)).collect::<Vec<_>>(),
            "edges": d.chart.edges.iter().map(|e| serde_json::json!({
                "from": e.from, "to": e.to, "kind": e.kind.words(language), "status": e.status.words(language),
                "evidence": e.evidence.pick(language), "author": e.author.pick(language), "stated": e.stated,
            })).collect::<Vec<_>>(),
            "chain_of_sale": d.chain.items.iter().map(|i| chain_words(i, disclosure, language)).collect::<Vec<_>>(),
            "measures": d.measures.iter().map(|m| serde_json::json!({
                "name": m.name.pick(language), "value": m.value.pick(language), "note": m.note.pick(language),
            })).collect::<Vec<_>>(),
            "indicators": d.indicators.iter().map(|i| i.value.pick(language)).collect::<Vec<_>>(),
            "conflicts": d.conflicts.iter().map(|c| c.text.pick(language)).collect::<Vec<_>>(),
        })
    };
    serde_json::Value::Array(dossiers.iter().map(one).collect())
}

fn chain_words(item: &crate::report::chart::ChainItem, disclosure: &Disclosure, language: Language) -> String {
    use crate::report::chart::ChainItem;
    match item {
        ChainItem::Gap { reason, .. } => format!("[{}]", reason.pick(language)),
        ChainItem::Step(step) => {
            let when = step.when.map(|w| w.to_string()).unwrap_or_default();
            let words =
                [when, step.kind.words(language).to_owned(), step.name.shown(disclosure, language), step.place.clone()];
            words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join("  ")
        }
    }
}

fn dossier_words(d: &Dossier, disclosure: &Disclosure, language: Language) -> String {
    let mut text = format!("{}\n", d.heading.pick(language));
    for line in &d.summary {
        text.push_str(&format!("  {}\n", line.pick(language)));
    }
    let labels: std::collections::BTreeMap<&str, String> =
        d.chart.nodes.iter().map(|n| (n.key.as_str(), n.label.shown(disclosure, language))).collect();
    let label = |key: &str| labels.get(key).cloned().unwrap_or_else(|| key.to_owned());
    let mut drawn = table([
        language.pick("from", "de"),
        language.pick("to", "a"),
        language.pick("link", "vínculo"),
        language.pick("status", "estado"),
        language.pick("evidence", "evidencia"),
    ]);
    for edge in &d.chart.edges {
        drawn.add_row([
            label(&edge.from),
            label(&edge.to),
            edge.kind.words(language).to_owned(),
            edge.status.words(language).to_owned(),
            edge.evidence.pick(language).to_owned(),
        ]);
    }
    text.push_str(&format!("{drawn}\n"));
    if !d.chain.items.is_empty() {
        text.push_str(&format!("{}\n", d.chain.title.pick(language)));
        for item in &d.chain.items {
            text.push_str(&format!("  {}\n", chain_words(item, disclosure, language)));
        }
    }
    for m in &d.measures {
        text.push_str(&format!("{}: {} ({})\n", m.name.pick(language), m.value.pick(language), m.note.pick(language)));
    }
    for i in &d.indicators {
        text.push_str(&format!(
            "{}: {}\n",
            language.pick("indicator, no finding", "indicador, no conclusión"),
            i.value.pick(language)
        ));
    }
    for c in &d.conflicts {
        text.push_str(&format!("{}: {}\n", language.pick("conflict", "conflicto"), c.text.pick(language)));
    }
    text.push_str(&format!("{}\n", crate::trace::indicators::caveat(language)));
    text
}
