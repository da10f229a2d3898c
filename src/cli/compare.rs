//! `compare`: two marks, explained in words, a picture, and every stage on request; where both cases show other marks too, what these say.

use super::Desk;
use super::all_marks::pair_words;
use super::arguments::{CompareArgs, ReadArgs};
use super::decode_options;
use super::failure::{Failure, read_file, write_file};
use crate::compare::{Comparison, LikelihoodRatio, Prepared, compare};
use crate::engine::all_marks::{PairByAllMarks, other_marks_of, pair_by_all_marks};
use crate::engine::parameters::VERSION;
use crate::engine::review::mark_of as stored_mark;
use crate::engine::submit::{Read, mark_of};
use crate::ids::{Digest, SpecimenId};
use crate::language::Language;
use crate::mark::{Mark, Suitability};
use crate::workings::{Recorder, Silent, Workings};
use serde::Serialize;
use std::path::Path;

/// What `compare --json` prints.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// What the reference mark is.
    pub reference: Side,
    /// What the comparison mark is.
    pub comparison: Side,
    /// log10 of the likelihood ratio; null where no reference population supports one.
    pub log10_lr: Option<f64>,
    /// Cells searched.
    pub cells_searched: usize,
    /// The turn of the pose, degrees.
    pub theta_deg: f64,
    /// The whole comparison.
    #[serde(flatten)]
    pub found: Comparison,
    /// What all marks of the two cases say; null where both show the breech face alone.
    pub by_all_marks: Option<PairByAllMarks>,
    /// Hash of all parameters.
    pub parameters_hash: String,
    /// Version of brasslink.
    pub version: String,
}

/// One side of a comparison.
#[derive(Debug, Serialize)]
pub struct Side {
    /// File or specimen.
    pub name: String,
    /// SHA-256 of the file, where it was one.
    pub sha256: Option<Digest>,
    /// Figures of merit.
    pub quality: crate::mark::Quality,
    /// Oddities of the file.
    pub notes: Vec<crate::surface::Note>,
}

/// Runs the command.
///
/// # Errors
/// A file or specimen that cannot be read.
pub fn run(desk: &Desk, args: &CompareArgs) -> Result<(), Failure> {
    let mut recorder = Recorder::default();
    let mut silent = Silent;
    let explain = args.workings.is_some();
    let workings: &mut dyn Workings = if explain { &mut recorder } else { &mut silent };
    let (reference, a, others_of_a) = side(desk, &args.reference, &args.read, workings)?;
    let (comparison, b, others_of_b) = side(desk, &args.comparison, &args.read, workings)?;
    // Two photographs are judged by the model of photographs; one of each kind is refused by the comparison itself.
    let parameters = &desk.parameters.imaged(a.modality)?;
    let found = compare(
        &Prepared::of(&a, &parameters.compare),
        &Prepared::of(&b, &parameters.compare),
        &parameters.compare,
        &parameters.model,
        workings,
    );
    let drawing =
        || super::report::pair_drawing(&reference.name, &comparison.name, &a, &b, &found, desk.output.language);
    if let Some(path) = &args.workings {
        // Marks that cannot be compared have no picture; their stages still say why.
        write_file(path, &super::report::workings_zip(&recorder, drawing().ok())?)?;
    }
    if let Some(path) = &args.picture {
        write_file(path, drawing()?.as_bytes())?;
    }
    let done = Compared {
        reference,
        comparison,
        log10_lr: found.likelihood_ratio.log10(),
        cells_searched: found.cells.len(),
        theta_deg: found.pose.theta_rad.to_degrees(),
        by_all_marks: pair_by_all_marks(
            &parameters.model,
            &[&a].into_iter().chain(&others_of_a).collect::<Vec<_>>(),
            &[&b].into_iter().chain(&others_of_b).collect::<Vec<_>>(),
        )?,
        found,
        parameters_hash: parameters.hash().to_hex(),
        version: VERSION.to_owned(),
    };
    desk.output.show(&done, |language| words(&done, language))?;
    Ok(())
}

/// A file where there is one of that name, else a specimen of the gallery: its breech face, and its other marks.
fn side(
    desk: &Desk,
    name: &str,
    read: &ReadArgs,
    workings: &mut dyn Workings,
) -> Result<(Side, Mark, Vec<Mark>), Failure> {
    let path = Path::new(name);
    if !path.is_file() && desk.gallery.is_some() {
        let store = desk.store(false)?;
        let specimen = SpecimenId::new(name);
        let (_, mark) = stored_mark(&store, &specimen, &desk.parameters)?;
        let others = other_marks_of(&store, &specimen, &desk.parameters)?;
        let side = Side { name: name.to_owned(), sha256: None, quality: mark.quality.clone(), notes: Vec::new() };
        return Ok((side, mark, others));
    }
    let options = decode_options(read);
    let bytes = read_file(path, options.limits.bytes)?;
    let Read { mark, others, provenance, .. } = mark_of(&bytes, name, None, &options, &desk.parameters, workings)?;
    let side = Side {
        name: name.to_owned(),
        sha256: Some(provenance.sha256),
        quality: mark.quality.clone(),
        notes: provenance.notes,
    };
    Ok((side, mark, others))
}

fn words(done: &Compared, language: Language) -> String {
    let mut text = String::new();
    for (label, side) in [
        (language.pick("reference", "referencia"), &done.reference),
        (language.pick("comparison", "comparación"), &done.comparison),
    ] {
        text.push_str(&format!(
            "{label:12} {}  {:.2} mm2, {} {:.2} um\n",
            side.name,
            side.quality.valid_area_mm2,
            language.pick("relief in band", "relieve en banda"),
            side.quality.rms_fine_um
        ));
        for note in &side.notes {
            text.push_str(&format!("{:12} {}\n", "", language.pick(&note.english, &note.spanish)));
        }
        if let Suitability::Unsuitable { english, spanish, .. } = &side.quality.suitability {
            text.push_str(&format!(
                "{:12} {}: {}\n",
                "",
                language.pick("unsuitable", "no apto"),
                language.pick(english, spanish)
            ));
        }
    }
    let found = &done.found;
    let pose = &found.pose;
    text.push_str(&format!(
        "{}: {:.2}\n{}: {} / {}\n{}: {:.1} deg, {:.0} um, {:.0} um\n{}: {:.3} ({}), {:.3} ({})\n",
        language.pick("score", "puntuación"),
        found.score,
        language.pick("congruent cells", "celdas congruentes"),
        found.cmc,
        found.cells.len(),
        language.pick("pose (turn, x, y)", "pose (giro, x, y)"),
        done.theta_deg,
        pose.dx_um,
        pose.dy_um,
        "ccf",
        found.features.ccf_fine,
        language.pick("short waves", "ondas cortas"),
        found.features.ccf_coarse,
        language.pick("long waves", "ondas largas"),
    ));
    text.push_str(&match &found.likelihood_ratio {
        LikelihoodRatio::Calibrated { log10, low, high, bounded, population_english, population_spanish } => format!(
            "log10 LR: {log10:.2} [{low:.2}, {high:.2}]{}\n{}: {}\n",
            if *bounded {
                language.pick(" (at the bound of the reference data)", " (en el límite de los datos de referencia)")
            } else {
                ""
            },
            language.pick("reference population", "población de referencia"),
            language.pick(population_english, population_spanish),
        ),
        LikelihoodRatio::Unavailable { english, spanish } => {
            format!("log10 LR: {}: {}\n", language.pick("none", "ninguno"), language.pick(english, spanish))
        }
    });
    if let Some(all) = &done.by_all_marks {
        text.push_str(&pair_words(all, language));
    }
    text.push_str(language.pick(
        "This is a lead for a person to judge, no identification.\n",
        "Esto es una pista para que la juzgue una persona, no una identificación.\n",
    ));
    text
}
