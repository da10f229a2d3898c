//! `outline`: where the parts of a case lie on an acquisition, shown and corrected.

use super::Desk;
use super::arguments::ReadArgs;
use super::decode_options;
use super::failure::{Failure, read_file, write_file};
use super::present::table;
use super::report::undrawn;
use crate::engine::error::EngineError;
use crate::engine::outline::{Drawing, draw, outlined, received_map};
use crate::engine::photographs::luminance_of;
use crate::engine::ports::{OutlineRecord, Store as _};
use crate::grid::HeightMap;
use crate::ids::{AcquisitionId, SpecimenId};
use crate::language::Language;
use crate::mark::outline::Outlines;
use crate::mark::photo::prepare_photo;
use crate::mark::{Modality, PhotoParameters, Quality, Suitability};
use crate::report::outlined::{finding, name as part_name, outlined as picture_of, reason as reason_words};
use crate::report::view::Phrase;
use crate::store::SqliteStore;
use crate::surface::{Acquired, decode};
use crate::workings::Silent;
use clap::Subcommand;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Largest file of a drawing, bytes.
const MOST_DRAWING_BYTES: u64 = 1 << 24;

/// What can be done with outlines.
#[derive(Debug, Subcommand)]
pub enum OutlineCommand {
    /// Show the outlines of a file, or of a specimen of the gallery, with a picture and as a drawing to be corrected.
    #[command(
        after_help = "Example: brasslink outline show E1-C1 --picture e1-c1.svg --drawing e1-c1.json --gallery my-gallery"
    )]
    Show {
        /// A file (X3P or photograph), a specimen, or an acquisition of the gallery.
        #[arg(value_name = "FILE|SPECIMEN|ACQUISITION")]
        name: String,
        /// The version of this number instead of the latest; 1 is the program's.
        #[arg(long, value_name = "N")]
        number: Option<u32>,
        /// Write the acquisition with the outlines drawn on it: SVG.
        #[arg(long, value_name = "SVG")]
        picture: Option<PathBuf>,
        /// Write the shapes in um as JSON, in the form that `outline set` takes.
        #[arg(long, value_name = "JSON")]
        drawing: Option<PathBuf>,
        /// How to read a file.
        #[command(flatten)]
        read: ReadArgs,
    },
    /// Correct the outlines of a specimen: a new version beside the earlier ones, and its marks cut anew.
    #[command(
        after_help = "Example: brasslink outline set E1-C1 --drawing e1-c1.json --reason \"flow-back taken for breech face\" --actor \"L. Sosa\""
    )]
    Set {
        /// A specimen or an acquisition of the gallery.
        #[arg(value_name = "SPECIMEN|ACQUISITION")]
        name: String,
        /// Shapes of the parts in um about the middle of the acquisition: circles, ellipses, polygons.
        #[arg(long, value_name = "JSON", required_unless_present = "number", conflicts_with = "number")]
        drawing: Option<PathBuf>,
        /// Take the shapes of the earlier version of this number again.
        #[arg(long, value_name = "N")]
        number: Option<u32>,
        /// Why; kept with the version and in the audit chain.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// What `outline show --json` prints.
#[derive(Debug, Serialize)]
struct Shown {
    name: String,
    /// All versions of a stored acquisition; one without a number for a file.
    versions: Vec<OutlineRecord>,
    /// The outlines that are shown.
    outlines: Outlines,
}

/// What `outline set --json` prints.
#[derive(Debug, Serialize)]
struct Drawn {
    outline: OutlineRecord,
    quality: Quality,
}

/// Runs the command.
///
/// # Errors
/// Those of files and store; a drawing that is none.
pub fn run(desk: &Desk, command: &OutlineCommand) -> Result<(), Failure> {
    match command {
        OutlineCommand::Show { name, number, picture, drawing, read } => {
            let path = Path::new(name);
            let (shown, map) =
                if path.is_file() { of_file(desk, path, read)? } else { of_gallery(desk, name, *number)? };
            if let Some(path) = drawing {
                write_file(path, pretty(&Drawing::of(&shown.outlines))?.as_bytes())?;
            }
            if let Some(path) = picture {
                let (map, modality) = &map;
                let title = Phrase::same(name);
                let photograph = *modality == Modality::Reflectance;
                let drawn = picture_of(map, photograph, &shown.outlines, &title, desk.output.language);
                write_file(path, drawn.map_err(undrawn)?.as_bytes())?;
            }
            desk.output.show(&shown, |language| shown_words(&shown, language))?;
        }
        OutlineCommand::Set { name, drawing, number, reason } => {
            let store = desk.store(false)?;
            let acquisition = acquisition_of(&store, name)?;
            let drawing = match (drawing, number) {
                (Some(path), _) => {
                    let text = String::from_utf8_lossy(&read_file(path, MOST_DRAWING_BYTES)?).into_owned();
                    Drawing::from_json(&text, &path.display().to_string())?
                }
                (None, number) => {
                    Drawing::of(&version_of(store.outlines(&acquisition)?, *number, &acquisition)?.outlines)
                }
            };
            let (outline, mark) = draw(&desk.context(&store), &desk.person()?, &acquisition, &drawing, reason)?;
            let drawn = Drawn { outline, quality: mark.quality };
            desk.output.show(&drawn, |language| drawn_words(&drawn, language))?;
        }
    }
    Ok(())
}

fn pretty(drawing: &Drawing) -> Result<String, Failure> {
    serde_json::to_string_pretty(drawing).map_err(|e| {
        Failure::Engine(EngineError::Input {
            what: "drawing".to_owned(),
            expected: "shapes".to_owned(),
            got: e.to_string(),
        })
    })
}

type Pictured = (Shown, (HeightMap, Modality));

fn of_file(desk: &Desk, path: &Path, read: &ReadArgs) -> Result<Pictured, Failure> {
    let name = path.display().to_string();
    let options = decode_options(read);
    let bytes = read_file(path, options.limits.bytes)?;
    let (outlines, map) = match decode(&bytes, &name, &options).map_err(EngineError::from)? {
        Acquired::Surface(surface) => {
            let map = surface.height_map();
            let (outlines, _, _) = outlined(&map, surface.mask.as_ref(), &desk.parameters, &mut Silent)?;
            (outlines, (map, Modality::Heights))
        }
        Acquired::Photo(mut photo) => {
            let map = luminance_of(&mut photo, &name, None)?;
            let parameters = desk.parameters.imaged(Modality::Reflectance)?;
            let (found, _) = prepare_photo(&map, &parameters.prepare, &PhotoParameters::default(), &mut Silent)
                .map_err(EngineError::from)?;
            let found = found.map_err(|why| EngineError::Input {
                what: name.clone(),
                expected: "the breech face of a primer".to_owned(),
                got: why.words(Language::En).to_owned(),
            })?;
            (found.outlines(), (map, Modality::Reflectance))
        }
    };
    Ok((Shown { name, versions: Vec::new(), outlines }, map))
}

fn of_gallery(desk: &Desk, name: &str, version: Option<u32>) -> Result<Pictured, Failure> {
    let store = desk.store(false)?;
    let acquisition = acquisition_of(&store, name)?;
    let versions = store.outlines(&acquisition)?;
    let outlines = version_of(versions.clone(), version, &acquisition)?.outlines;
    let map = received_map(&desk.context(&store), &store.acquisition(&acquisition)?)?;
    Ok((Shown { name: name.to_owned(), versions, outlines }, map))
}

/// The acquisition of that name, or the latest of the specimen of that name.
fn acquisition_of(store: &SqliteStore, name: &str) -> Result<AcquisitionId, Failure> {
    let id = AcquisitionId::new(name);
    if store.acquisition(&id).is_ok() {
        return Ok(id);
    }
    let specimen = SpecimenId::new(name);
    store.specimen(&specimen)?;
    store.acquisitions(Some(&specimen))?.pop().map(|acquisition| acquisition.id).ok_or_else(|| {
        Failure::Engine(EngineError::Input {
            what: format!("specimen {name}"),
            expected: "one with an acquisition".to_owned(),
            got: "none".to_owned(),
        })
    })
}

fn version_of(
    versions: Vec<OutlineRecord>,
    version: Option<u32>,
    acquisition: &AcquisitionId,
) -> Result<OutlineRecord, Failure> {
    let last = versions.len();
    let at = version.map_or(last, |version| version as usize);
    let found = at.checked_sub(1).and_then(|at| versions.into_iter().nth(at));
    found.ok_or_else(|| {
        Failure::Engine(EngineError::Input {
            what: format!("outlines of acquisition {acquisition}"),
            expected: match last {
                0 => "outlines: this one was cropped before it came, or entered before outlines were kept".to_owned(),
                last => format!("a version from 1 to {last}"),
            },
            got: version.map_or_else(|| "none".to_owned(), |version| version.to_string()),
        })
    })
}

fn parts_table(outlines: &Outlines, language: Language) -> String {
    let mut drawn = table([
        language.pick("part", "parte"),
        "mm2",
        language.pick("confidence", "confianza"),
        language.pick("why", "por qué"),
    ]);
    for found in &outlines.parts {
        let why: Vec<&str> = found.reasons.iter().map(|reason| reason_words(*reason, language)).collect();
        drawn.add_row([
            part_name(found.part, language).to_owned(),
            format!("{:.2}", found.shape.area_mm2()),
            format!("{:.0} %", 100.0 * found.confidence),
            why.join(", "),
        ]);
    }
    format!("{}\n{drawn}\n", finding(outlines.finding, language))
}

fn shown_words(shown: &Shown, language: Language) -> String {
    let mut text = format!("{}: {}", shown.name, parts_table(&shown.outlines, language));
    for record in &shown.versions {
        let by = match (&record.by, &record.reason) {
            (Some(by), Some(reason)) => format!("{by}: {reason}"),
            (Some(by), None) => by.clone(),
            (None, _) => language.pick("the program", "el programa").to_owned(),
        };
        text.push_str(&format!(
            "  {} {}, {:.0}, {by}\n",
            language.pick("version", "versión"),
            record.version,
            record.at
        ));
    }
    text
}

fn drawn_words(drawn: &Drawn, language: Language) -> String {
    let Drawn { outline, quality } = drawn;
    let version = outline.version;
    let mut text = language.pick(
        format!("version {version} of the outlines of {} is kept; earlier versions stay\n", outline.acquisition),
        format!(
            "se guardó la versión {version} de los contornos de {}; las anteriores permanecen\n",
            outline.acquisition
        ),
    );
    text.push_str(&parts_table(&outline.outlines, language));
    text.push_str(&match &quality.suitability {
        Suitability::Suitable => language.pick(
            format!("the breech face was cut anew: {:.2} mm2; searches use it from now on\n", quality.valid_area_mm2),
            format!(
                "la cara de recámara se recortó de nuevo: {:.2} mm2; las búsquedas la usan desde ahora\n",
                quality.valid_area_mm2
            ),
        ),
        Suitability::Unsuitable { english, spanish, .. } => language.pick(
            format!("the breech face cannot be compared: {english}\n"),
            format!("la cara de recámara no puede compararse: {spanish}\n"),
        ),
    });
    text
}
