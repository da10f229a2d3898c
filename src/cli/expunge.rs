//! `expunge`: a specimen taken out of the gallery for good.

use super::Desk;
use super::failure::Failure;
use crate::engine::ports::Expunged;
use crate::engine::review::expunge;
use crate::ids::SpecimenId;
use crate::language::Language;
use clap::Args;
use serde::Serialize;

/// Arguments of `expunge`.
#[derive(Debug, Args)]
pub struct ExpungeArgs {
    /// Specimen to remove with its scans, marks, signatures and searches; nothing brings it back.
    pub specimen: String,
    /// Why: the order or rule that asks for it. Stays in the audit chain.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// What `expunge --json` prints.
#[derive(Debug, Serialize)]
struct Told {
    specimen: SpecimenId,
    removed: Expunged,
}

/// Runs the command.
///
/// # Errors
/// An unknown specimen, no reason, an auditor, a gallery that another program is reading: it is removed then, and the same command again, or the next
/// opening, removes its last traces from the file.
pub fn run(desk: &Desk, args: &ExpungeArgs) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let specimen = SpecimenId::new(&args.specimen);
    let removed = expunge(&store, &desk.clock, &desk.person()?, &specimen, &args.reason)?;
    let told = Told { specimen, removed };
    desk.output.show(&told, |language| words(&told, language))?;
    Ok(())
}

fn words(told: &Told, language: Language) -> String {
    let Told { specimen, removed: Expunged { acquisitions, marks, correlations, redacted, leads } } = told;
    let withdrawn = leads.len();
    language.pick(
        format!(
            "{specimen} expunged: {acquisitions} acquisitions, {marks} marks and {correlations} searches removed; \
             taken out of {redacted} lists of others; {withdrawn} leads withdrawn\n\
             The database was written anew, so that no trace of it is left there. Copies and backups are not reached.\n"
        ),
        format!(
            "{specimen} eliminado: {acquisitions} adquisiciones, {marks} marcas y {correlations} búsquedas borradas; \
             retirado de {redacted} listas de otros; {withdrawn} pistas retiradas\n\
             La base de datos se escribió de nuevo y no guarda rastro de él. No alcanza copias ni respaldos.\n"
        ),
    )
}
