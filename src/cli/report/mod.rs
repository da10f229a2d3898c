//! `report`, `trace show`, and what other commands draw: pages, plots and the workings archive.

mod correlation;
mod lead;
mod pair;
mod show;
mod workings;

pub use pair::{pair_drawing, pair_figure};
pub use show::show_subject;
pub use workings::{evaluation_plots, workings_zip};

use super::Desk;
use super::arguments::ReportArgs;
use super::failure::{Failure, write_file};
use crate::casework::{CaseworkError, Role};
use crate::engine::error::EngineError;
use crate::engine::parameters::VERSION;
use crate::engine::ports::{Clock as _, Stamp, Store};
use crate::engine::story::story;
use crate::ids::{LeadId, SpecimenId};
use crate::report::ReportError;
use crate::report::html::lead_report;
use crate::report::pdf::lead_pdf;
use crate::report::view::{Disclosure, Phrase, Provenance, SourceFile};
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
            let view = lead::lead_view(desk, &store, &story, &LeadId::new(lead), purpose.as_ref(), disclosure)?;
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
    let (Some(reason), Some(case)) = (reveal, case) else { return Ok((None, Disclosure::Masked)) };
    let stamp = || Stamp::new(desk.clock.now(), &desk.actor);
    if !matches!(desk.role, Role::Analyst | Role::Examiner) {
        // A look that was refused is logged too: who asked matters as much as who saw.
        let details = serde_json::json!({ "case": case, "role": desk.role });
        store.log("personal data refused", what, &details, &stamp())?;
        return Err(CaseworkError::WrongRole {
            person: desk.actor.clone(),
            step: "see names of persons",
            expected: "an analyst or an examiner",
            got: desk.role,
        }
        .into());
    }
    let purpose = Purpose::new(&desk.actor, case, reason).map_err(|e| Failure::Engine(e.into()))?;
    let details = serde_json::json!({ "case": case, "purpose": reason });
    store.log("personal data shown", what, &details, &stamp())?;
    let shown =
        Disclosure::Revealed { purpose: reason.to_owned(), case_number: case.to_owned(), person: desk.actor.clone() };
    Ok((Some(purpose), shown))
}

/// Version, parameters and sources, as every page states them.
///
/// # Errors
/// Those of the store.
pub fn provenance(desk: &Desk, store: &dyn Store, specimens: &[SpecimenId]) -> Result<Provenance, Failure> {
    let mut sources = Vec::new();
    for specimen in specimens {
        for acquisition in store.acquisitions(Some(specimen))? {
            sources.push(SourceFile { name: acquisition.file_name, sha256: acquisition.sha256 });
        }
    }
    let head = store.verify_audit()?;
    Ok(Provenance {
        version: VERSION.to_owned(),
        parameters_hash: desk.parameters.hash().to_hex(),
        generated: desk.clock.now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
        gallery: desk.gallery.as_ref().map(|g| g.display().to_string()).unwrap_or_default(),
        sources,
        facts: vec![
            (Phrase::new("reference population", "población de referencia"), desk.population().to_owned()),
            (
                Phrase::new("head of the audit chain", "extremo de la cadena de auditoría"),
                format!("{} ({})", head.hash, head.sequence),
            ),
        ],
    })
}

/// A drawing that could not be made, as a failure.
#[must_use]
pub fn undrawn(error: ReportError) -> Failure {
    Failure::Engine(EngineError::Input {
        what: "picture".to_owned(),
        expected: "something that can be drawn".to_owned(),
        got: error.to_string(),
    })
}
