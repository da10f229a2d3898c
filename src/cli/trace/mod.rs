//! `trace`: import tables, link them to the register, show what is known around a firearm.

pub mod history;
pub mod import;
pub mod profile;
pub mod search;

pub use import::import_all;

use super::Desk;
use super::failure::Failure;
use clap::Subcommand;

/// What can be done with trace records.
#[derive(Debug, Subcommand)]
pub enum TraceCommand {
    /// Import a table of traces, firearms, test fires, custody or transactions; the headers tell which.
    #[command(after_help = "Example: brasslink trace import traces-mx.csv --dry-run --gallery my-gallery")]
    Import(import::ImportArgs),
    /// Mapping profiles of imports: list, print, check.
    Profile {
        /// What to do with profiles.
        #[command(subcommand)]
        command: profile::ProfileCommand,
    },
    /// Show the versions of a trace, what each changed, and file, row and column of each field.
    History(history::HistoryArgs),
    /// Trace a serial number in the site's own transactions: recovery, serial, search, chain of custody, purchaser.
    #[command(after_help = "Example: brasslink trace search --serial ABC12345 --maker Glock --gallery my-gallery")]
    Search(search::SearchArgs),
    /// Link trace records to the register of firearms; after the first time only what new or changed records can reach.
    Link {
        /// Compare everything anew.
        #[arg(long)]
        anew: bool,
    },
    /// Reviewing, learning, catalogues, evaluation of links.
    #[command(flatten)]
    Linkage(super::linkage::LinkageCommand),
    /// Flows, times, indicators, clusters over time.
    #[command(subcommand)]
    Analyse(super::analyse::AnalyseCommand),
    /// What a change of a lead or record link would take away or bring; nothing is changed.
    WhatIf(super::what_if::WhatIfArgs),
    /// Show what is known around a firearm, a specimen or an incident.
    Show {
        /// Firearm, specimen or incident.
        subject: String,
        /// Show purchaser data, for this purpose; the look is logged.
        #[arg(long, requires = "case", value_name = "PURPOSE")]
        reveal: Option<String>,
        /// Case number of that purpose.
        #[arg(long, value_name = "CASE")]
        case: Option<String>,
    },
}

/// Runs the command.
///
/// # Errors
/// Those of its part; [`Failure::Part`] when tables or rows could not be used and the others were stored.
pub fn run(desk: &Desk, command: TraceCommand) -> Result<(), Failure> {
    match command {
        TraceCommand::Import(args) => import::run(desk, &args),
        TraceCommand::Profile { command } => profile::run(desk, &command),
        TraceCommand::History(args) => history::run(desk, &args),
        TraceCommand::Search(args) => search::run(desk, &args),
        TraceCommand::Link { anew } => super::linkage::link(desk, anew),
        TraceCommand::Linkage(command) => super::linkage::run(desk, command),
        TraceCommand::Analyse(command) => super::analyse::run(desk, &command),
        TraceCommand::WhatIf(args) => super::what_if::run(desk, &args),
        TraceCommand::Show { subject, reveal, case } => {
            super::report::show_subject(desk, &subject, reveal.as_deref(), case.as_deref())
        }
    }
}
