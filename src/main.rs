//! The `brasslink` command.

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(brasslink::cli::run(brasslink::cli::arguments::Cli::parse()))
}
