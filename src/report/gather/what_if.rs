//! What a change of a lead or record link takes away or brings, in words.

use crate::engine::what_if::WhatIf;
use crate::language::Language;
use crate::trace::analysis::times::days_text;
use crate::trace::custody::TimeToShooting;
use crate::trace::graph::{Cluster, ClusterChange, InheritedTrace};

fn inherited(i: &InheritedTrace, language: Language) -> String {
    let (incident, trace, firearm, status) = (&i.incident, &i.trace, &i.firearm, i.status.name(language));
    language.pick(
        format!("incident {incident}: trace {trace} of firearm {firearm} ({status})"),
        format!("hecho {incident}: rastreo {trace} del arma {firearm} ({status})"),
    )
}

fn part(cluster: &Cluster, language: Language) -> String {
    let incidents = cluster.incidents.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let firearms = cluster.firearms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut said = Vec::new();
    if !incidents.is_empty() {
        said.push(format!("{} {incidents}", language.pick("incidents", "hechos")));
    }
    if !firearms.is_empty() {
        said.push(format!("{} {firearms}", language.pick("firearms", "armas")));
    }
    let cases = cluster.specimens.len();
    let word = if cases == 1 { language.pick("case", "casquillo") } else { language.pick("cases", "casquillos") };
    said.push(format!("{cases} {word}"));
    said.join(", ")
}

fn apart(change: &ClusterChange, language: Language) -> String {
    change.parts.iter().map(|p| format!("[{}]", part(p, language))).collect::<Vec<_>>().join(" ")
}

fn first(time: Option<&TimeToShooting>, language: Language) -> String {
    time.map_or_else(
        || language.pick("none", "ninguno").to_owned(),
        |t| format!("{} {}", t.shooting.incident, days_text(t.days).pick(language)),
    )
}

/// The change for people, one line a consequence.
#[must_use]
pub fn words(told: &WhatIf, language: Language) -> String {
    if told.is_nothing() {
        return language.pick("Nothing else would change.\n", "No cambiaría nada más.\n").to_owned();
    }
    let mut text = String::new();
    let mut line = |label: &str, what: &str| text.push_str(&format!("  {label}: {what}\n"));
    for i in &told.lost {
        line(language.pick("inherited trace lost", "rastreo heredado que se pierde"), &inherited(i, language));
    }
    for w in &told.changed {
        let what = format!("{} -> {}", inherited(&w.before, language), w.after.status.name(language));
        line(language.pick("inherited trace changed", "rastreo heredado que cambia"), &what);
    }
    for i in &told.gained {
        line(language.pick("inherited trace gained", "rastreo heredado que aparece"), &inherited(i, language));
    }
    for change in &told.split {
        line(language.pick("cluster comes apart", "grupo que se separa"), &apart(change, language));
    }
    for change in &told.merged {
        line(language.pick("clusters grow together", "grupos que se unen"), &apart(change, language));
    }
    for gun in &told.guns {
        let times = |g: &crate::trace::graph::GunSummary| {
            let time = g.to_first_unconfirmed_shooting.as_ref().or(g.to_first_confirmed_shooting.as_ref());
            language.pick(
                format!("{} linked shootings, first after purchase: {}", g.shootings.len(), first(time, language)),
                format!("{} disparos vinculados, primero tras la compra: {}", g.shootings.len(), first(time, language)),
            )
        };
        let what = format!("{}: {} -> {}", gun.before.firearm, times(&gun.before), times(&gun.after));
        line(language.pick("firearm", "arma"), &what);
    }
    for i in &told.indicators_gone {
        line(language.pick("indicator gone", "indicador que desaparece"), i.text.pick(language));
    }
    for i in &told.indicators_changed {
        let (before, after) = (i.before.text.pick(language), i.after.text.pick(language));
        let what = if before == after {
            let (old, new) = (i.before.incidents.len(), i.after.incidents.len());
            let incidents = language.pick("linked incidents", "hechos vinculados");
            format!("{before} ({incidents}: {old} -> {new})")
        } else {
            format!("{before} -> {after}")
        };
        line(language.pick("indicator changed", "indicador que cambia"), &what);
    }
    for i in &told.indicators_new {
        line(language.pick("indicator new", "indicador nuevo"), i.text.pick(language));
    }
    for c in &told.settled {
        line(language.pick("contradiction settled", "contradicción resuelta"), c.text.pick(language));
    }
    for c in &told.raised {
        line(language.pick("contradiction raised", "contradicción que surge"), c.text.pick(language));
    }
    text
}
