//! `trace import`: tables of traces and registers into the gallery.

use super::profile::{named, of_gallery};
use crate::cli::Desk;
use crate::cli::failure::{Failure, read_file, write_file};
use crate::cli::present::table;
use crate::cli::report::disclosure;
use crate::engine::error::{EngineError, Fault};
use crate::engine::ports::Store;
use crate::engine::trace_import::{ImportRequest, Imported, MOST_BYTES, import_file};
use crate::language::Language;
use crate::trace::TraceError;
use crate::trace::import::{DayOrder, Note, TableKind, rejects_csv};
use crate::trace::wording::Wording;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::path::{Path, PathBuf};

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
    /// Tables: CSV with commas, semicolons or tabs, XLSX, JSON, one JSON object a line.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Order of day and month where a column does not tell.
    #[arg(long, value_enum)]
    pub dates: Option<DateOrderArg>,
    /// Century of years written with two digits, such as 20; without it they are refused.
    #[arg(long, value_name = "CENTURY", value_parser = clap::value_parser!(i16).range(18..=21))]
    pub century: Option<i16>,
    /// Mapping profile: english, spanish, or one in the gallery's folder `profiles`; see `trace profile list`.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// What the file holds, where its header does not tell.
    #[arg(long, value_enum)]
    pub table: Option<TableArg>,
    /// Sheet of a workbook, where the one with the best header is not the one meant.
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// Show mapping, sample values, problems, and what would be new, changed or unchanged; import nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Write rejected rows, each with its reason, to this CSV file, to be corrected and imported again; cells that may name
    /// a person are masked unless --reveal is given. Of several tables with rejects each gets a file of its own.
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Write the rejected rows as received, for this purpose; it is logged.
    #[arg(long, requires = "case", requires = "rejects", value_name = "PURPOSE")]
    pub reveal: Option<String>,
    /// Case number of that purpose.
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
}

/// Order of day and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DateOrderArg {
    /// Day, month, year.
    DayFirst,
    /// Month, day, year.
    MonthFirst,
}

/// What a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableArg {
    /// Trace records.
    Traces,
    /// The laboratory's register of firearms.
    Firearms,
    /// Which specimen was fired from which firearm.
    TestFires,
    /// Who handed which item to whom.
    Custody,
    /// Who sold which firearm to whom.
    Transactions,
}

impl TableArg {
    /// The kind of table.
    #[must_use]
    pub const fn kind(self) -> TableKind {
        match self {
            Self::Traces => TableKind::Traces,
            Self::Firearms => TableKind::Firearms,
            Self::TestFires => TableKind::TestFires,
            Self::Custody => TableKind::Custody,
            Self::Transactions => TableKind::Transactions,
        }
    }
}

/// Rows named in a text for people; a file of rejects and JSON have all.
const MOST_LINES: usize = 20;

/// Runs the command.
///
/// # Errors
/// [`Failure::Part`] when tables or rows could not be used; the others were stored.
pub fn run(desk: &Desk, args: &ImportArgs) -> Result<(), Failure> {
    let day_order = args.dates.map(|d| match d {
        DateOrderArg::DayFirst => DayOrder::DayFirst,
        DateOrderArg::MonthFirst => DayOrder::MonthFirst,
    });
    let request = ImportRequest {
        day_order,
        century: args.century,
        profile: args.profile.as_deref().map(|name| named(desk, name)).transpose()?,
        profiles: of_gallery(desk)?,
        table: args.table.map(TableArg::kind),
        sheet: args.sheet.clone(),
        ..ImportRequest::default()
    };
    let done = import_requested(desk, &args.files, &request, !args.dry_run)?;
    if let Some(path) = &args.rejects {
        write_rejects(desk, args, &done, path)?;
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
    import_requested(desk, files, &ImportRequest { day_order: order, ..ImportRequest::default() }, keep)
}

fn import_requested(
    desk: &Desk,
    files: &[PathBuf],
    request: &ImportRequest,
    keep: bool,
) -> Result<ImportedAll, Failure> {
    // A preview needs no gallery: without one everything would be new.
    let there = desk.gallery.as_ref().is_some_and(|folder| folder.exists());
    let store = if keep || there { Some(desk.store(keep)?) } else { None };
    let store = store.as_ref().map(|store| store as &dyn Store);
    let mut done = ImportedAll { dry_run: !keep, tables: Vec::new(), failed: Vec::new() };
    for file in files {
        let name = file.display().to_string();
        let import = |bytes: &[u8], request: &ImportRequest| -> Result<Vec<Imported>, Failure> {
            Ok(import_file(store, &desk.clock, &desk.actor, &name, bytes, request, keep)?)
        };
        let one = read_file(file, MOST_BYTES).and_then(|bytes| {
            let one = import(&bytes, request);
            if !keep && matches!(one, Err(Failure::Engine(EngineError::Trace(TraceError::AmbiguousDates { .. })))) {
                let assumed = ImportRequest { day_order: Some(DayOrder::DayFirst), ..request.clone() };
                done.tables.extend(import(&bytes, &assumed)?.into_iter().map(as_if_day_first));
            }
            one
        });
        match one {
            Ok(tables) => done.tables.extend(tables),
            Err(Failure::Engine(error)) if error.fault() != Fault::Input => return Err(Failure::Engine(error)),
            Err(failure) => done.failed.push((name, failure.say(desk.output.language))),
        }
    }
    Ok(done)
}

/// A preview of a table whose order of day and month has still to be stated: what its columns are taken for is seen all the same.
fn as_if_day_first(mut one: Imported) -> Imported {
    let text = Wording::new(
        "shown as if --dates day-first were given; without an order it is not imported",
        "se muestra como si se hubiera dado --dates day-first; sin un orden no se importa",
    );
    one.notes.insert(0, Note { row: None, text });
    one
}

/// Writes the rejects of each table that has some: to the path itself where it is one, else numbered beside it.
fn write_rejects(desk: &Desk, args: &ImportArgs, done: &ImportedAll, path: &Path) -> Result<(), Failure> {
    let some: Vec<&Imported> = done.tables.iter().filter(|t| !t.rejects.is_empty()).collect();
    let purpose = match (&args.reveal, some.is_empty()) {
        (Some(_), false) => {
            let store = desk.store(false)?;
            let files: Vec<String> = some.iter().map(|t| format!("rejects of file {}", t.sha256)).collect();
            disclosure(desk, &store, args.reveal.as_deref(), args.case.as_deref(), &files.join(", "))?.0
        }
        _ => None,
    };
    for (number, one) in some.iter().enumerate() {
        let text = rejects_csv(&one.rejects, &one.received, purpose.as_ref(), desk.output.language);
        let beside = match number {
            0 => path.to_owned(),
            n => {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                path.with_file_name(format!("{stem}-{}.csv", n + 1))
            }
        };
        write_file(&beside, text.as_bytes())?;
    }
    Ok(())
}

fn import_words(done: &ImportedAll, language: Language) -> String {
    let mut text = String::new();
    for one in &done.tables {
        text.push_str(&format!("{}: {}\n", one.file, one.kind.name(language)));
        if let Some(profile) = &one.profile {
            text.push_str(&format!("  {}: {profile}\n", language.pick("profile", "perfil")));
        }
        if done.dry_run {
            text.push_str(&mapping_words(one, language));
        }
        let note = |(row, words): (Option<u64>, &Wording)| {
            let row = row.map_or(String::new(), |r| format!("{} {r}: ", language.pick("row", "fila")));
            format!("  {row}{}\n", words.pick(language))
        };
        text.push_str(&listed(one.notes.iter().map(|n| note((n.row, &n.text))), one.notes.len(), language));
        let refused = |r: &crate::trace::import::Reject| {
            format!("  {}: {}\n", language.pick("refused", "rechazada"), r.message(language))
        };
        text.push_str(&listed(one.rejects.iter().map(refused), one.rejects.len(), language));
        for change in one.changes.iter().take(MOST_LINES) {
            text.push_str(&format!("  {} {}:\n", language.pick("changed:", "cambió:"), change.trace));
            text.push_str(&super::history::change_words(&change.fields, "    ", language));
        }
        text.push_str(&counts_words(one, done.dry_run, language));
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

/// The first lines of a list, and how many more there are.
fn listed(lines: impl Iterator<Item = String>, all: usize, language: Language) -> String {
    let mut text: String = lines.take(MOST_LINES).collect();
    if all > MOST_LINES {
        let more = all - MOST_LINES;
        text.push_str(&language.pick(
            format!("  and {more} more (--json and --rejects list all)\n"),
            format!("  y {more} más (--json y --rejects listan todas)\n"),
        ));
    }
    text
}

fn mapping_words(one: &Imported, language: Language) -> String {
    let mut drawn = table([
        language.pick("column", "columna"),
        language.pick("taken for", "tomada como"),
        language.pick("values", "valores"),
    ]);
    for column in &one.mapping {
        let field = match (&column.field, &column.second_of, column.ignored) {
            (_, _, true) => language.pick("not read", "no se lee").to_owned(),
            (Some(field), _, _) => field.name(language).to_owned(),
            (None, Some(field), _) => {
                format!("{} ({})", field.name(language), language.pick("second column", "segunda columna"))
            }
            (None, None, _) => language.pick("kept as it is", "se conserva tal cual").to_owned(),
        };
        drawn.add_row([column.header.clone(), field, column.samples.join(", ")]);
    }
    format!("{drawn}\n")
}

fn counts_words(one: &Imported, dry_run: bool, language: Language) -> String {
    language.pick(
        format!(
            "  {} rows: {} new, {} changed, {} unchanged, {} refused{}\n",
            one.rows,
            one.new,
            one.changed,
            one.unchanged,
            one.rejects.len(),
            if dry_run { " (dry run: nothing stored)" } else { "" }
        ),
        format!(
            "  {} filas: {} registros nuevos, {} cambiados, {} sin cambio; {} filas rechazadas{}\n",
            one.rows,
            one.new,
            one.changed,
            one.unchanged,
            one.rejects.len(),
            if dry_run { " (ensayo: nada guardado)" } else { "" }
        ),
    )
}
