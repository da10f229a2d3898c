//! `resign`: signatures of the present version for the whole gallery.

use super::Desk;
use super::failure::Failure;
use super::present::table;
use crate::engine::reprepare::{Reprepared, reprepare};
use crate::engine::resign::{Resigned, resign};
use crate::language::Language;
use clap::Args;
use serde::Serialize;

/// Arguments of `resign`.
#[derive(Debug, Args)]
pub struct ResignArgs {
    /// Also prepare anew, from the scans that the gallery keeps, what was prepared by another version; corrected outlines stay.
    #[arg(long)]
    pub from_scans: bool,
}

/// What `resign --json` prints.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten)]
    signed: Resigned,
    /// What was prepared anew; none where that was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    from_scans: Option<Reprepared>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Part`] when some marks could not be read or prepared; the others were signed.
pub fn run(desk: &Desk, args: &ResignArgs) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let context = desk.context(&store);
    let from_scans = if args.from_scans { Some(reprepare(&context)?) } else { None };
    let signed = resign(&context)?;
    desk.bar.finish();
    let told = Told { signed, from_scans };
    desk.output.show(&told, |language| {
        let prepared = told.from_scans.as_ref().map(|done| prepared_words(done, language)).unwrap_or_default();
        prepared + &words(&told.signed, language)
    })?;
    let unprepared = told.from_scans.as_ref().map_or(0, |done| done.failed.len());
    let prepared = told.from_scans.as_ref().map_or(0, |done| done.prepared);
    match told.signed.failed.len() + unprepared {
        0 => Ok(()),
        failed => Err(Failure::Part { failed, all: failed + told.signed.signed + prepared }),
    }
}

fn prepared_words(done: &Reprepared, language: Language) -> String {
    let mut text = String::new();
    if !done.failed.is_empty() {
        let mut drawn = table([language.pick("acquisition", "adquisición"), language.pick("why", "por qué")]);
        done.failed.iter().for_each(|one| {
            drawn.add_row([one.acquisition.as_str(), &one.why]);
        });
        text.push_str(&format!("{drawn}\n"));
    }
    let Reprepared { prepared, unsuitable, outlined_anew, there, without_scan, failed } = done;
    let failed = failed.len();
    text.push_str(&language.pick(
        format!(
            "{prepared} acquisitions prepared anew and signed ({unsuitable} of them unsuitable, {outlined_anew} outlined otherwise than before), {there} were up to date, {failed} could not be prepared\n"
        ),
        format!(
            "{prepared} adquisiciones preparadas de nuevo y firmadas ({unsuitable} de ellas no aptas, {outlined_anew} con otro contorno que antes), {there} estaban al día, {failed} no se pudieron preparar\n"
        ),
    ));
    if *without_scan > 0 {
        text.push_str(&language.pick(
            format!("{without_scan} are resampled and keep no scan\n"),
            format!("{without_scan} son remuestreadas y no guardan escaneo\n"),
        ));
    }
    text
}

fn words(done: &Resigned, language: Language) -> String {
    let mut text = String::new();
    if !done.failed.is_empty() {
        let mut drawn = table([language.pick("mark", "marca"), language.pick("why", "por qué")]);
        done.failed.iter().for_each(|one| {
            drawn.add_row([one.mark.as_str(), &one.why]);
        });
        text.push_str(&format!("{drawn}\n"));
    }
    let (signed, failed) = (done.signed, done.failed.len());
    text.push_str(&language.pick(
        format!("{signed} marks signed, {failed} could not be read\n"),
        format!("{signed} marcas firmadas, {failed} no se pudieron leer\n"),
    ));
    if done.signature_only > 0 {
        let left = done.signature_only;
        text.push_str(&language.pick(
            format!("{left} marks hold only a signature of another version and cannot be signed\n"),
            format!("{left} marcas solo guardan una firma de otra versión y no se pueden firmar\n"),
        ));
    }
    text
}
