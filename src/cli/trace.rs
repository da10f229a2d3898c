//! `trace`: import tables, link them to the register, show what is known around a firearm.

use super::Desk;
use super::arguments::{DateOrderArg, TraceCommand};
use super::failure::{Failure, read_file, write_file};
use super::present::table;
use crate::engine::error::Fault;
use crate::engine::traces::{Imported, Linked, MOST_BYTES, import, link_records};
use crate::language::Language;
use crate::trace::import::{DayOrder, rejects_csv};
use crate::trace::linkage::{Decision, RecordLink};
use serde::Serialize;
use std::path::PathBuf;

/// What `trace import --json` prints.
#[derive(Debug, Serialize)]
pub struct ImportedAll {
    /// Whether anything was stored.
    pub dry_run: bool,
    /// Tables that could be read.
    pub tables: Vec<Imported>,
    /// Tables that could not, and why.
    pub failed: Vec<(String, String)>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Part`] when tables or rows could not be used; the others were stored.
pub fn run(desk: &Desk, command: TraceCommand) -> Result<(), Failure> {
    match command {
        TraceCommand::Import { files, dates, dry_run, rejects } => {
            let order = dates.map(|d| match d {
                DateOrderArg::DayFirst => DayOrder::DayFirst,
                DateOrderArg::MonthFirst => DayOrder::MonthFirst,
            });
            let done = import_all(desk, &files, order, !dry_run)?;
            if let Some(path) = rejects {
                let all: Vec<_> = done.tables.iter().flat_map(|t| t.rejects.iter().cloned()).collect();
                write_file(&path, rejects_csv(&all, desk.output.language).as_bytes())?;
            }
            desk.output.show(&done, |language| import_words(&done, language))?;
            let rejected: usize = done.tables.iter().map(|t| t.rejects.len()).sum();
            let rows: u64 = done.tables.iter().map(|t| t.rows).sum();
            match (done.failed.len(), rejected) {
                (0, 0) => Ok(()),
                (0, _) => Err(Failure::Part { failed: rejected, all: rows as usize }),
                (failed, _) => Err(Failure::Part { failed, all: files.len() }),
            }
        }
        TraceCommand::Link => {
            let store = desk.store(false)?;
            let linked = link_records(&store, &desk.clock)?;
            desk.output.show(&linked, |language| link_words(&linked, language))?;
            Ok(())
        }
        TraceCommand::Analyse(command) => super::analyse::run(desk, &command),
        TraceCommand::WhatIf(args) => super::what_if::run(desk, &args),
        TraceCommand::Show { subject, reveal, case } => {
            super::report::show_subject(desk, &subject, reveal.as_deref(), case.as_deref())
        }
    }
}

/// Imports tables one after another; a table that cannot be read is reported and the rest goes on.
///
/// # Errors
/// What concerns the gallery as a whole.
pub fn import_all(desk: &Desk, files: &[PathBuf], order: Option<DayOrder>, keep: bool) -> Result<ImportedAll, Failure> {
    let store = desk.store(keep)?;
    let mut done = ImportedAll { dry_run: !keep, tables: Vec::new(), failed: Vec::new() };
    for file in files {
        let name = file.display().to_string();
        let one = read_file(file, MOST_BYTES)
            .and_then(|bytes| Ok(import(&store, &desk.clock, &desk.actor, &name, &bytes, order, keep)?));
        match one {
            Ok(table) => done.tables.push(table),
            Err(Failure::Engine(error)) if error.fault() != Fault::Input => return Err(Failure::Engine(error)),
            Err(failure) => done.failed.push((name, failure.say(desk.output.language))),
        }
    }
    Ok(done)
}

fn import_words(done: &ImportedAll, language: Language) -> String {
    let mut text = String::new();
    for one in &done.tables {
        text.push_str(&format!("{}\n", one.file));
        if done.dry_run {
            let mut drawn = table([language.pick("column", "columna"), language.pick("taken for", "tomada como")]);
            for column in &one.mapping {
                let field = column
                    .field
                    .as_ref()
                    .map_or(language.pick("kept as it is", "se conserva tal cual"), |f| f.name(language));
                drawn.add_row([column.header.as_str(), field]);
            }
            text.push_str(&format!("{drawn}\n"));
        }
        for note in &one.notes {
            let row = note.row.map_or(String::new(), |r| format!("{} {r}: ", language.pick("row", "fila")));
            text.push_str(&format!("  {row}{}\n", note.text.pick(language)));
        }
        for reject in &one.rejects {
            text.push_str(&format!("  {}: {}\n", language.pick("refused", "rechazada"), reject.message(language)));
        }
        text.push_str(&language.pick(
            format!(
                "  {} rows: {} new, {} changed, {} unchanged, {} refused{}\n",
                one.rows,
                one.new,
                one.changed,
                one.unchanged,
                one.rejects.len(),
                if done.dry_run { " (dry run: nothing stored)" } else { "" }
            ),
            format!(
                "  {} filas: {} nuevas, {} cambiadas, {} sin cambio, {} rechazadas{}\n",
                one.rows,
                one.new,
                one.changed,
                one.unchanged,
                one.rejects.len(),
                if done.dry_run { " (ensayo: nada guardado)" } else { "" }
            ),
        ));
    }
    if !done.failed.is_empty() {
        let mut drawn = table([language.pick("not imported", "no importado"), language.pick("why", "por qué")]);
        for (file, why) in &done.failed {
            drawn.add_row([file, why]);
        }
        text.push_str(&format!("{drawn}\n"));
    }
    text
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
