//! `report`, `trace show`, and what other commands draw: pages, plots and the workings archive.

mod correlation;
mod pair;
mod show;
mod workings;

pub use pair::pair_drawing;
pub use show::show_subject;
pub use workings::{evaluation_plots, workings_zip};

use super::Desk;
use super::arguments::ReportArgs;
use super::failure::{Failure, write_file};
use crate::engine::ports::{Clock as _, Store};
use crate::engine::purpose::stated_purpose;
use crate::engine::story::story;
use crate::ids::{LeadId, SpecimenId};
use crate::report::ReportError;
use crate::report::gather::lead as gather;
use crate::report::gather::lead::disclosed;
use crate::report::html::{Figure, lead_report};
use crate::report::pdf::lead_pdf;
use crate::report::view::{Disclosure, Phrase, Provenance};
use crate::trace::Purpose;

/// Runs the command. A name that ends in `.pdf` gives a PDF, every other a page (HTML).
///
/// # Errors
/// An unknown exhibit or lead; a correlation list as PDF; a file that cannot be written.
pub fn run(desk: &Desk, args: &ReportArgs) -> Result<(), Failure> {
    let pdf = args.out.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf"));
    if pdf && args.exhibit.is_some() {
        return Err(Failure::Usage {
            what: "--out".to_owned(),
            expected: "a name that ends in .html for a correlation list; lead reports alone are made as PDF".to_owned(),
            got: args.out.display().to_string(),
        });
    }
    let store = desk.store(false)?;
    let story = story(&store)?;
    let (purpose, disclosure) = disclosure(desk, &store, args.reveal.as_deref(), args.case.as_deref(), "report")?;
    let bytes = match (&args.exhibit, &args.lead) {
        (Some(exhibit), _) => correlation::correlation_html(desk, &store, &story, exhibit)?.into_bytes(),
        (None, Some(lead)) => {
            let names = (purpose.as_ref(), disclosure);
            let view = gather::lead_view(&desk.sources(&store), &story, &LeadId::new(lead), names)?;
            let language = desk.output.language;
            if pdf {
                lead_pdf(&view, Some(desk.clock.now()), language).map_err(undrawn)?
            } else {
                lead_report(&view, language).map_err(undrawn)?.into_bytes()
            }
        }
        (None, None) => return Ok(()),
    };
    write_file(&args.out, &bytes)?;
    desk.output.show(&serde_json::json!({ "written": args.out, "bytes": bytes.len() }), |language| {
        format!("{} {} ({} kB)", language.pick("written", "escrito"), args.out.display(), bytes.len() / 1000)
    })?;
    Ok(())
}

/// The purpose for which names are shown, logged before anything is; nothing without one.
///
/// # Errors
/// A blank purpose or case number; a person who is neither analyst nor examiner.
pub fn disclosure(
    desk: &Desk,
    store: &dyn Store,
    reveal: Option<&str>,
    case: Option<&str>,
    what: &str,
) -> Result<(Option<Purpose>, Disclosure), Failure> {
    let purpose = stated_purpose(store, &desk.clock, (&desk.actor, desk.role), (reveal, case), what)?;
    let shown = disclosed(purpose.as_ref());
    Ok((purpose, shown))
}

/// A pair compared anew and explained.
///
/// # Errors
/// A specimen without a suitable mark.
pub fn pair_figure(
    desk: &Desk,
    store: &dyn Store,
    a: &SpecimenId,
    b: &SpecimenId,
    caption: Phrase,
) -> Result<Figure, Failure> {
    Ok(gather::pair_figure(&desk.sources(store), [a, b], caption)?)
}

/// Version, parameters and sources, as every page states them.
///
/// # Errors
/// Those of the store.
pub fn provenance(desk: &Desk, store: &dyn Store, specimens: &[SpecimenId]) -> Result<Provenance, Failure> {
    Ok(gather::provenance(&desk.sources(store), specimens)?)
}

/// A drawing that could not be made, as a failure.
#[must_use]
pub fn undrawn(error: ReportError) -> Failure {
    Failure::Engine(gather::undrawn(error))
}
