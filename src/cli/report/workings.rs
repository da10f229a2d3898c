//! Plots of an evaluation, and the archive of a comparison's stages.

use super::super::failure::Failure;
use super::undrawn;
use crate::engine::evaluate::Evaluation;
use crate::language::Language;
use crate::report::Drawing;
use crate::report::gather::validation;
use crate::report::shade::{Light, shaded};
use crate::workings::{Item, Recorder};
use std::io::Write as _;

/// The plots of an evaluation as files; a plot that cannot be drawn is reported on standard error.
#[must_use]
pub fn evaluation_plots(found: &Evaluation, language: Language) -> Vec<(&'static str, String)> {
    match validation::plots(found, language) {
        Ok(plots) => plots.into_iter().map(|(name, drawing)| (name, drawing.into_string())).collect(),
        Err(error) => {
            eprintln!("{error}");
            Vec::new()
        }
    }
}

/// Every stage of a comparison as pictures and numbers in one zip archive, in the order of the stages, with the explained pair at the end.
///
/// # Errors
/// A map that cannot be drawn.
pub fn workings_zip(recorder: &Recorder, pair: Option<Drawing>) -> Result<Vec<u8>, Failure> {
    let fault = |e: zip::result::ZipError| Failure::Io {
        place: "workings".to_owned(),
        doing: "write",
        source: std::io::Error::other(e),
    };
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    let mut files = Vec::new();
    for (at, (key, item)) in recorder.items.iter().enumerate() {
        files.push(match item {
            Item::Facts(facts) => {
                (format!("{:03}-{key}.json", at + 1), serde_json::to_vec_pretty(facts).unwrap_or_default())
            }
            // A map without a point has no picture: its place in the order stays visible.
            Item::Map(map) if map.valid_count() == 0 => (format!("{:03}-{key}.empty", at + 1), Vec::new()),
            Item::Map(map) => {
                (format!("{:03}-{key}.png", at + 1), shaded(map, &Light::default(), 800).map_err(undrawn)?.png)
            }
        });
    }
    if let Some(drawing) = pair {
        files.push((format!("{:03}-pair.svg", files.len() + 1), drawing.into_string().into_bytes()));
    }
    for (name, bytes) in files {
        archive.start_file(name, options).map_err(fault)?;
        archive.write_all(&bytes).map_err(|source| Failure::Io {
            place: "workings".to_owned(),
            doing: "write",
            source,
        })?;
    }
    Ok(archive.finish().map_err(fault)?.into_inner())
}
