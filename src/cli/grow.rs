//! `grow`: resampled signatures, so that a gallery can be searched at a size that nobody has scanned.

use super::Desk;
use super::failure::Failure;
use crate::engine::error::EngineError;
use crate::engine::grow::{Grown, grow, grow_surfaces};
use crate::language::Language;
use clap::Args;
use serde::Serialize;
use std::time::Instant;

/// Arguments of `grow`.
#[derive(Debug, Args)]
pub struct GrowArgs {
    /// How many signatures of the seed the gallery shall hold, at most 10,000,000; those that are there are not added again.
    #[arg(long, value_name = "N")]
    pub marks: usize,
    /// Seed of the signatures; the same seed and the same gallery give the same signatures.
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    pub seed: u64,
    /// Whole marks with surfaces, some 100 KB each: they ask and are compared in batches. They may stand in lists and among proposed leads, each a false one:
    /// for galleries that serve to measure, never beside casework.
    #[arg(long)]
    pub surfaces: bool,
}

/// What `grow --json` prints.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten)]
    grown: Grown,
    /// Wall-clock seconds.
    seconds: f64,
    /// Marks added per second.
    per_second: f64,
}

/// Runs the command.
///
/// # Errors
/// A gallery without marks, too many marks; [`EngineError::Stopped`] when asked to stop, what was added is kept and shown.
pub fn run(desk: &Desk, args: &GrowArgs) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let start = Instant::now();
    let context = desk.context(&store);
    let grown = if args.surfaces { grow_surfaces } else { grow }(&context, args.marks, args.seed)?;
    let seconds = start.elapsed().as_secs_f64();
    desk.bar.finish();
    let per_second = grown.added as f64 / seconds.max(1e-3);
    let told = Told { grown, seconds, per_second };
    desk.output.show(&told, |language| words(&told, language))?;
    if told.grown.stopped { Err(EngineError::Stopped.into()) } else { Ok(()) }
}

fn words(told: &Told, language: Language) -> String {
    let Told { grown: Grown { seed, marks, there, added, sources, surfaces, .. }, per_second, .. } = told;
    let [what, cosas] = if *surfaces {
        ["resampled surfaces", "superficies remuestreadas"]
    } else {
        ["resampled signatures", "firmas remuestreadas"]
    };
    let mut text = language.pick(
        format!("{added} {what} of seed {seed} added, {there} there before, of {marks} asked for\n"),
        format!("{added} {cosas} de la semilla {seed} añadidas, {there} ya estaban, de {marks} pedidas\n"),
    );
    if *added > 0 {
        text.push_str(&language.pick(
            format!("drawn from {sources} marks, {per_second:.0} marks/s\n"),
            format!("tomadas de {sources} marcas, {per_second:.0} marcas/s\n"),
        ));
    }
    text.push_str(if *surfaces {
        language.pick(
            "They are no cartridge cases: every candidate or lead among them is a false one.\n",
            "No son casquillos: todo candidato o pista entre ellas es falso.\n",
        )
    } else {
        language.pick(
            "They are no cartridge cases: searches count them, and pass over them where marks are compared.\n",
            "No son casquillos: las búsquedas las cuentan y las pasan por alto donde se comparan marcas.\n",
        )
    });
    text
}
