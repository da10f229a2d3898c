//! `trace import`: tables of traces and registers into the gallery.

use crate::cli::Desk;
use crate::cli::failure::{Failure, read_file, write_file};
use crate::cli::present::table;
use crate::engine::error::Fault;
use crate::engine::trace_import::{Imported, MOST_BYTES, import};
use crate::language::Language;
use crate::trace::import::{DayOrder, rejects_csv};
use clap::{Args, ValueEnum};
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

/// Arguments of `trace import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Tables: CSV.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Order of day and month where a column does not tell.
    #[arg(long, value_enum)]
    pub dates: Option<DateOrderArg>,
    /// Show mapping, counts and problems; import nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Write rejected rows with their reasons to this CSV file.
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
}

/// Order of day and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DateOrderArg {
    /// Day, month, year.
    DayFirst,
    /// Month, day, year.
    MonthFirst,
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Part`] when tables or rows could not be used; the others were stored.
pub fn run(desk: &Desk, args: &ImportArgs) -> Result<(), Failure> {
    let order = args.dates.map(|d| match d {
        DateOrderArg::DayFirst => DayOrder::DayFirst,
        DateOrderArg::MonthFirst => DayOrder::MonthFirst,
    });
    let done = import_all(desk, &args.files, order, !args.dry_run)?;
    if let Some(path) = &args.rejects {
        let all: Vec<_> = done.tables.iter().flat_map(|t| t.rejects.iter().cloned()).collect();
        write_file(path, rejects_csv(&all, desk.output.language).as_bytes())?;
    }
    desk.output.show(&done, |language| import_words(&done, language))?;
    let rejected: usize = done.tables.iter().map(|t| t.rejects.len()).sum();
    let rows: u64 = done.tables.iter().map(|t| t.rows).sum();
    match (done.failed.len(), rejected) {
        (0, 0) => Ok(()),
        (0, _) => Err(Failure::Part { failed: rejected, all: rows as usize }),
        (failed, _) => Err(Failure::Part { failed, all: args.files.len() }),
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
