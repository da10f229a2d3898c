//! `trace history`: the versions of a trace, what each changed, and where each field came from.

use crate::cli::Desk;
use crate::cli::failure::Failure;
use crate::cli::present::table;
use crate::cli::report::disclosure;
use crate::engine::trace_history::{History, history};
use crate::ids::TraceId;
use crate::language::Language;
use crate::trace::version::FieldChange;
use clap::Args;

/// Arguments of `trace history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// Trace number.
    pub trace: String,
    /// Show personal data, for this purpose; the look is logged.
    #[arg(long, requires = "case", value_name = "PURPOSE")]
    pub reveal: Option<String>,
    /// Case number of that purpose.
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// An unknown trace; a blank purpose; those of the store.
pub fn run(desk: &Desk, args: &HistoryArgs) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let trace = TraceId::new(&args.trace);
    let subject = format!("trace {trace}");
    store_knows(&store, &trace)?;
    let (purpose, _) = disclosure(desk, &store, args.reveal.as_deref(), args.case.as_deref(), &subject)?;
    let told = history(&store, &trace, purpose.as_ref())?;
    desk.output.show(&told, |language| words(&told, language))?;
    Ok(())
}

/// An unknown trace is no look.
fn store_knows(store: &dyn crate::engine::ports::Store, trace: &TraceId) -> Result<(), Failure> {
    store.trace(trace)?;
    Ok(())
}

fn words(told: &History, language: Language) -> String {
    let mut text = format!("{} {}\n", language.pick("trace", "rastreo"), told.trace);
    for version in &told.versions {
        let from = version.source.as_ref().map_or(String::new(), |s| {
            let rows: Vec<String> = s.rows.iter().map(u64::to_string).collect();
            format!(", {} ({} {}), SHA-256 {}", s.file, language.pick("rows", "filas"), rows.join(", "), s.sha256)
        });
        let imported = version.imported.strftime("%Y-%m-%d %H:%M UTC");
        text.push_str(&format!("{} {}: {imported}{from}\n", language.pick("version", "versión"), version.version));
        text.push_str(&change_words(&version.changes, "  ", language));
    }
    let mut drawn = table([
        language.pick("field", "campo"),
        language.pick("value", "valor"),
        language.pick("version", "versión"),
        language.pick("file", "archivo"),
        language.pick("row", "fila"),
        language.pick("column", "columna"),
    ]);
    for field in &told.fields {
        drawn.add_row([
            field.name.pick(language).to_owned(),
            field.value.clone(),
            field.version.to_string(),
            field.file.clone().unwrap_or_default(),
            field.row.map_or(String::new(), |r| r.to_string()),
            field.column.clone().unwrap_or_default(),
        ]);
    }
    text.push_str(&format!("{drawn}\n"));
    text
}

/// The changed fields, one a line.
#[must_use]
pub fn change_words(changes: &[FieldChange], indent: &str, language: Language) -> String {
    let nothing = language.pick("nothing", "nada");
    let line = |c: &FieldChange| {
        let (old, new) = (c.old.as_deref().unwrap_or(nothing), c.new.as_deref().unwrap_or(nothing));
        format!("{indent}{}: {old} -> {new}\n", c.name.pick(language))
    };
    changes.iter().map(line).collect()
}
