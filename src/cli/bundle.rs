//! `bundle`: the evidence of a lead in one zip, and its replay without a gallery.

use super::Desk;
use super::failure::{Failure, read_file, write_file};
use super::report::disclosure;
use crate::engine::bundle::{Difference, Limits, Made, Platform, Replay, make, replay};
use crate::ids::LeadId;
use crate::language::Language;
use clap::Subcommand;
use std::path::PathBuf;

/// Largest bundle that is read, bytes.
const MOST_BYTES: u64 = 1 << 32;

/// What can be done with evidence bundles.
#[derive(Debug, Subcommand)]
pub enum BundleCommand {
    /// Pack scans, records, parameters, numbers and audit events of a lead into one zip.
    #[command(
        after_help = "Example: brasslink bundle make --lead L-00aa11bb22cc --out bundle.zip --gallery my-gallery"
    )]
    Make {
        /// The lead.
        #[arg(long, value_name = "ID")]
        lead: String,
        /// Where to write the zip.
        #[arg(long, value_name = "ZIP")]
        out: PathBuf,
        /// Put names of persons into it, for this purpose; the look is logged.
        #[arg(long, requires = "case", value_name = "PURPOSE")]
        reveal: Option<String>,
        /// Case number of that purpose.
        #[arg(long, value_name = "CASE")]
        case: Option<String>,
    },
    /// Check every digest of a bundle and compute every number anew, bit for bit; needs no gallery. Exit code 4 when something differs.
    #[command(after_help = "Example: brasslink bundle replay bundle.zip")]
    Replay {
        /// The zip.
        #[arg(value_name = "ZIP")]
        bundle: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
/// An unknown lead, a file that is no bundle; [`Failure::Differs`] when a replay is not equal.
pub fn run(desk: &Desk, command: &BundleCommand) -> Result<(), Failure> {
    match command {
        BundleCommand::Make { lead, out, reveal, case } => {
            let store = desk.store(false)?;
            let what = format!("bundle of lead {lead}");
            let (purpose, _) = disclosure(desk, &store, reveal.as_deref(), case.as_deref(), &what)?;
            let lead = LeadId::new(lead);
            let weights = super::linkage::linker(desk)?.weights;
            let with = (&desk.parameters, &weights);
            let made = make(&store, &desk.clock, &desk.actor, &lead, with, purpose.as_ref(), &platform())?;
            write_file(out, &made.bytes)?;
            let value = serde_json::json!({
                "written": out, "bytes": made.bytes.len(), "files": made.manifest.files.len(),
                "sha256": crate::ids::Digest::of(&made.bytes), "names_shown": made.manifest.names_shown_for.is_some(),
                "stored_otherwise": made.stored_otherwise,
            });
            desk.output.show(&value, |language| made_words(&made, out, language))?;
            Ok(())
        }
        BundleCommand::Replay { bundle } => {
            let bytes = read_file(bundle, MOST_BYTES)?;
            let done = replay(&bytes, &platform(), &Limits::default())?;
            let value = serde_json::json!({ "equal": done.is_equal(), "replay": done });
            desk.output.show(&value, |language| replay_words(&done, language))?;
            if done.is_equal() { Ok(()) } else { Err(Failure::Differs(done.lead)) }
        }
    }
}

/// The machine that this program was built for.
fn platform() -> Platform {
    Platform { architecture: std::env::consts::ARCH.to_owned(), system: std::env::consts::OS.to_owned() }
}

fn made_words(made: &Made, out: &std::path::Path, language: Language) -> String {
    let mut text = language.pick(
        format!("written {}: {} files, {} kB\n", out.display(), made.manifest.files.len(), made.bytes.len() / 1000),
        format!("escrito {}: {} archivos, {} kB\n", out.display(), made.manifest.files.len(), made.bytes.len() / 1000),
    );
    text.push_str(&format!("SHA-256 {}\n", crate::ids::Digest::of(&made.bytes)));
    if !made.stored_otherwise.is_empty() {
        text.push_str(language.pick(
            "computed otherwise than the gallery has stored it, where parameters or the number of trace records have changed since:\n",
            "calculado de otro modo que lo guardado en la galería, pues cambiaron los parámetros o el número de rastreos:\n",
        ));
        list(&mut text, &made.stored_otherwise, language.pick(("stored", "now"), ("guardado", "ahora")), language);
    }
    text
}

fn replay_words(done: &Replay, language: Language) -> String {
    let mut text = language.pick(
        format!("lead {}: {} files checked, {} values computed anew\n", done.lead, done.files, done.numbers),
        format!(
            "pista {}: {} archivos comprobados, {} valores calculados de nuevo\n",
            done.lead, done.files, done.numbers
        ),
    );
    let words = language.pick(("bundle", "here"), ("paquete", "aquí"));
    for (heading, differences) in [
        (language.pick("files that were touched", "archivos alterados"), &done.tampered),
        (language.pick("audit events that were touched", "eventos de auditoría alterados"), &done.broken_audit),
        (language.pick("numbers that differ", "números que difieren"), &done.different),
        (language.pick("version, parameters or machine", "versión, parámetros o equipo"), &done.surroundings),
    ] {
        if differences.is_empty() {
            text.push_str(&format!("{heading}: {}\n", language.pick("none", "ninguno")));
        } else {
            text.push_str(&format!("{heading}: {}\n", differences.len()));
            list(&mut text, differences, words, language);
        }
    }
    if done.is_equal() {
        text.push_str(language.pick("equal, bit for bit\n", "igual, bit por bit\n"));
    }
    text
}

/// Most differences that are listed for people; `--json` has all.
const LISTED: usize = 20;

fn list(text: &mut String, differences: &[Difference], (there, here): (&str, &str), language: Language) {
    for one in differences.iter().take(LISTED) {
        let [what, then, now] = [&one.what, &one.bundle, &one.here].map(|words| said(words, language));
        text.push_str(&format!("  {what}: {there} {then}, {here} {now}\n"));
    }
    if differences.len() > LISTED {
        text.push_str(&format!("  … +{}\n", differences.len() - LISTED));
    }
}

/// What a replay calls things, which programs read, for people. Names of files and paths of numbers stay as they are.
const CALLED: [(&str, &str); 13] = [
    ("version of brasslink", "versión de brasslink"),
    ("hash of all parameters", "hash de todos los parámetros"),
    ("architecture", "arquitectura"),
    ("system", "sistema"),
    ("missing", "falta"),
    ("not in the manifest", "no está en el manifiesto"),
    ("lead: score", "pista: puntuación"),
    ("lead: log10 LR", "pista: log10 LR"),
    ("lead: congruent cells", "pista: celdas congruentes"),
    ("lead: hash of all parameters", "pista: hash de todos los parámetros"),
    ("mark of ", "marca de "),
    ("record link ", "vínculo de registros "),
    ("audit event ", "evento de auditoría "),
];

fn said(words: &str, language: Language) -> String {
    let open = |english: &str| if english.ends_with(' ') { words.starts_with(english) } else { words == english };
    let known = CALLED.iter().filter(|_| language == Language::Es).find(|(english, _)| open(english));
    known.map_or_else(|| words.to_owned(), |(english, spanish)| words.replacen(english, spanish, 1))
}
