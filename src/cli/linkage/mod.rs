//! The commands around record linkage: linking, reviewing, learning, catalogues, a simulated country and its evaluation.

mod beside;
mod catalogue;
mod evaluate;
mod review;
mod weights;

use super::Desk;
use super::failure::Failure;
use super::present::table;
use crate::engine::record_links::{Compared, Linked, Linker, link_records};
use crate::ids::Digest;
use crate::language::Language;
use crate::trace::linkage::{Decision, RecordLink};
use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

/// The commands of `trace` that are about record linkage.
#[derive(Debug, Subcommand)]
pub enum LinkageCommand {
    /// Review the pairs of firearm and trace that wait for a person.
    #[command(
        after_help = "Example: brasslink trace review accept GUN-7 T0012 --reason \"form read again\" --role analyst"
    )]
    Review {
        /// What to do; the list when left out.
        #[command(subcommand)]
        command: Option<ReviewCommand>,
        /// Apply the decisions of a CSV file: firearm, trace, decision (accept, reject, undo), reason.
        #[arg(long, value_name = "FILE")]
        decisions: Option<PathBuf>,
    },
    /// Learn the weights of linkage from decided pairs; shows what would change, and keeps a new version with --keep.
    Learn {
        /// How.
        #[arg(long, value_enum, default_value = "em")]
        by: LearnArg,
        /// Keep the learned weights as a new version and use it.
        #[arg(long)]
        keep: bool,
        /// Learn from these tables and this truth instead of the gallery's records and decisions.
        #[arg(long, value_name = "DIR", requires = "truth")]
        tables: Option<PathBuf>,
        /// Truth of the tables: trace_no, firearm, error.
        #[arg(long, value_name = "CSV", requires = "tables")]
        truth: Option<PathBuf>,
    },
    /// The versions of the weights.
    Weights {
        /// What to do; the list when left out.
        #[command(subcommand)]
        command: Option<WeightsCommand>,
    },
    /// The catalogues of makers, calibres, types and places.
    Catalogue {
        /// What to do.
        #[command(subcommand)]
        command: CatalogueCommand,
    },
    /// Simulate a country: a register, many traces with clerks' errors, and the truth.
    Simulate {
        /// Firearms of the register.
        #[arg(long, default_value_t = 5_000, value_name = "N")]
        firearms: u32,
        /// Trace records.
        #[arg(long, default_value_t = 200_000, value_name = "N")]
        traces: u32,
        /// Seed; the same seed gives the same bytes.
        #[arg(long, default_value_t = 1, value_name = "S")]
        seed: u64,
        /// Folder to write to; must be empty or new.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Measure linkage against a truth.
    Evaluate {
        /// Truth: CSV with columns trace_no, firearm, error.
        #[arg(long, value_name = "CSV")]
        truth: PathBuf,
        /// Read firearms.csv and traces-*.csv from this folder instead of the gallery.
        #[arg(long, value_name = "DIR")]
        tables: Option<PathBuf>,
        /// Write a page with the tables and plots.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        /// Fail where the precision of what is joined by rule is below this.
        #[arg(long, value_name = "SHARE")]
        least_precision: Option<f64>,
        /// Use the weights of this file.
        #[arg(long, value_name = "JSON")]
        weights: Option<PathBuf>,
    },
}

/// What can be done with the queue.
#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    /// The pairs that wait, the most worthwhile first.
    List {
        /// How many.
        #[arg(long, default_value_t = 20, value_name = "N")]
        most: usize,
        /// Only pairs of this firearm.
        #[arg(long, value_name = "ID")]
        firearm: Option<String>,
    },
    /// One pair: waterfall, both records side by side, former decisions.
    Show {
        /// The firearm.
        firearm: String,
        /// The trace.
        trace: String,
        /// Draw the waterfall into this SVG file.
        #[arg(long, value_name = "FILE")]
        picture: Option<PathBuf>,
    },
    /// Both records are one firearm.
    Accept {
        /// The firearm.
        firearm: String,
        /// The trace.
        trace: String,
        /// On what grounds.
        #[arg(long)]
        reason: String,
    },
    /// They are not.
    Reject {
        /// The firearm.
        firearm: String,
        /// The trace.
        trace: String,
        /// On what grounds.
        #[arg(long)]
        reason: String,
    },
    /// Take a person's decision back; the history stays.
    Undo {
        /// The firearm.
        firearm: String,
        /// The trace.
        trace: String,
        /// On what grounds.
        #[arg(long)]
        reason: String,
    },
}

/// How weights are learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LearnArg {
    /// Counts over decided pairs.
    Counts,
    /// Expectation and maximisation over all pairs, decided ones held fixed.
    Em,
}

/// What can be done with the versions of the weights.
#[derive(Debug, Subcommand)]
pub enum WeightsCommand {
    /// All versions.
    List,
    /// The weights of a version, level by level.
    Show {
        /// The version; the one in use when left out.
        #[arg(value_name = "VERSION")]
        number: Option<u32>,
    },
    /// Use a version from now on; 0 is the proposals that come with the program.
    Use {
        /// The version.
        #[arg(value_name = "VERSION")]
        number: u32,
        /// On what grounds.
        #[arg(long)]
        reason: String,
    },
}

/// What can be done with the catalogues.
#[derive(Debug, Subcommand)]
pub enum CatalogueCommand {
    /// Check the site's own tables (GALLERY/catalogues/*.csv), or given files.
    Check {
        /// Files named makers.csv, calibres.csv, types.csv or places.csv.
        files: Vec<PathBuf>,
    },
    /// What a name is resolved to, or all rows of a code.
    Show {
        /// A maker, calibre or type as somebody wrote it.
        name: Option<String>,
    },
}

/// Runs a command.
///
/// # Errors
/// Those of the command.
pub fn run(desk: &Desk, command: LinkageCommand) -> Result<(), Failure> {
    match command {
        LinkageCommand::Review { command, decisions } => review::run(desk, command, decisions.as_deref()),
        LinkageCommand::Learn { by, keep, tables, truth } => weights::learn(desk, by, keep, tables.zip(truth)),
        LinkageCommand::Weights { command } => weights::run(desk, command),
        LinkageCommand::Catalogue { command } => catalogue::run(desk, command),
        LinkageCommand::Simulate { firearms, traces, seed, out } => {
            evaluate::simulate(desk, crate::simulate::country::CountryParameters { firearms, traces, seed }, &out)
        }
        LinkageCommand::Evaluate { truth, tables, html, least_precision, weights } => {
            evaluate::run(desk, &truth, tables.as_deref(), html.as_deref(), least_precision, weights.as_deref())
        }
    }
}

/// What links are decided with at this desk: the site's catalogues over the program's, the weights in use.
///
/// # Errors
/// A site's file that cannot be used.
pub fn linker(desk: &Desk) -> Result<Linker, Failure> {
    let catalogues = catalogue::load(desk)?;
    let (version, weights) = weights::in_use(desk)?;
    Ok(Linker { catalogues, weights, version })
}

/// Links the records of the gallery: what has changed since the last linking, or everything anew.
///
/// # Errors
/// Those of the gallery, the catalogues and the weights.
pub fn link(desk: &Desk, anew: bool) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let last = if anew { None } else { beside::last_linking(desk) };
    let linked = link_records(&store, &desk.clock, &linker(desk)?, last.as_ref())?;
    if !linked.unchanged {
        beside::keep_linking(desk, &linked.last)?;
    }
    desk.output.show(&linked, |language| link_words(&linked, language))?;
    Ok(())
}

/// The waterfall of a link in one line: where its bits come from.
#[must_use]
pub fn waterfall(link: &RecordLink, language: Language) -> String {
    let steps: Vec<String> =
        link.waterfall.iter().map(|step| format!("{} {:+.1}", step.field.name(language), step.bits)).collect();
    format!("{} = {:.1} bit", steps.join(", "), link.bits)
}

/// Longest table of links that people read; the rest is in the queue and in `--json`.
const MOST_SHOWN: usize = 40;

fn link_words(linked: &Linked, language: Language) -> String {
    let mut text = String::new();
    if linked.unchanged {
        text.push_str(language.pick(
            "nothing has changed since the last linking; the links stand\n",
            "nada ha cambiado desde la última vinculación; los vínculos se mantienen\n",
        ));
    } else {
        let mut drawn = table([
            language.pick("firearm", "arma"),
            language.pick("trace", "rastreo"),
            language.pick("decision", "decisión"),
            language.pick("evidence", "evidencia"),
        ]);
        for link in linked.links.iter().take(MOST_SHOWN) {
            let decision = decision_words(link.decision, language).to_owned();
            let (firearm, trace) = (link.firearm.to_string(), link.trace.to_string());
            drawn.add_row([firearm, trace, decision, waterfall(link, language)]);
        }
        text.push_str(&format!("{drawn}\n"));
        if linked.links.len() > MOST_SHOWN {
            let more = linked.links.len() - MOST_SHOWN;
            text.push_str(&language.pick(
                format!("... and {more} more (--json shows all, trace review list those that wait)\n"),
                format!("... y {more} más (--json los muestra todos, trace review list los que esperan)\n"),
            ));
        }
    }
    for block in &linked.skipped {
        text.push_str(&language.pick(
            format!(
                "skipped: the key {} is shared by {} firearms (such as {}) and {} traces\n",
                block.key, block.firearms, block.example, block.traces
            ),
            format!(
                "omitido: la clave {} la comparten {} armas (como {}) y {} rastreos\n",
                block.key, block.firearms, block.example, block.traces
            ),
        ));
    }
    if !linked.unchanged {
        text.push_str(&compared_words(&linked.compared, language));
    }
    text.push_str(&language.pick(
        format!(
            "{} firearms, {} traces: {} linked by rule, {} for a person to decide\n{} pairs compared, {} decisions written, {} withdrawn, {} of people left as they are; weights {} ({})\n",
            linked.firearms, linked.traces, linked.automatic, linked.review, linked.pairs, linked.written,
            linked.withdrawn, linked.judged, linked.weights.version, short(&linked.weights.sha256)
        ),
        format!(
            "{} armas, {} rastreos: {} vinculados por regla, {} por decidir una persona\n{} pares comparados, {} decisiones escritas, {} retiradas, {} de personas sin tocar; pesos {} ({})\n",
            linked.firearms, linked.traces, linked.automatic, linked.review, linked.pairs, linked.written,
            linked.withdrawn, linked.judged, linked.weights.version, short(&linked.weights.sha256)
        ),
    ));
    text
}

/// What was compared, and what for.
fn compared_words(compared: &Compared, language: Language) -> String {
    let Compared { everything, changed_firearms, changed_traces, firearms, traces } = compared;
    match everything {
        Some(why) => language.pick(
            format!("everything was compared: {}\n", why.en),
            format!("se comparó todo: {}\n", why.es),
        ),
        None => language.pick(
            format!(
                "since the last linking {changed_firearms} firearms and {changed_traces} traces are new or changed; compared were all \
                 pairs of {firearms} firearms and {traces} traces that this can reach\n"
            ),
            format!(
                "desde la última vinculación hay {changed_firearms} armas y {changed_traces} rastreos nuevos o cambiados; se compararon \
                 todos los pares de las {firearms} armas y los {traces} rastreos a los que esto puede alcanzar\n"
            ),
        ),
    }
}

/// A decision in words.
fn decision_words(decision: Decision, language: Language) -> &'static str {
    match decision {
        Decision::Automatic => language.pick("linked by rule", "vinculado por regla"),
        Decision::Review => language.pick("for a person to decide", "por decidir una persona"),
        Decision::None => language.pick("not linked", "no vinculado"),
    }
}

fn short(digest: &Digest) -> String {
    digest.to_hex().chars().take(12).collect()
}
