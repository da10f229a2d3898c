//! `resign`: signatures of the present version for the whole gallery.

use super::Desk;
use super::failure::Failure;
use super::present::table;
use crate::engine::resign::{Resigned, resign};
use crate::language::Language;

/// Runs the command.
///
/// # Errors
/// [`Failure::Part`] when some marks could not be read; the others were signed.
pub fn run(desk: &Desk) -> Result<(), Failure> {
    let store = desk.store(false)?;
    let done = resign(&desk.context(&store))?;
    desk.bar.finish();
    desk.output.show(&done, |language| words(&done, language))?;
    match done.failed.len() {
        0 => Ok(()),
        failed => Err(Failure::Part { failed, all: failed + done.signed }),
    }
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
