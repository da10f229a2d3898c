//! `trace profile`: the mapping profiles of imports, shipped and of the gallery.

use crate::cli::Desk;
use crate::cli::failure::{Failure, read_file};
use crate::cli::present::table;
use crate::trace::import::{Dictionary, MOST_PROFILE_BYTES, Profile};
use clap::Subcommand;
use serde_json::json;
use std::path::{Path, PathBuf};

/// The folder of profiles within a gallery.
const FOLDER: &str = "profiles";

/// What can be done with profiles.
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// List the profiles that `trace import --profile` knows.
    List,
    /// Print a profile, to be saved in the gallery's folder `profiles` and edited.
    #[command(after_help = "Example: brasslink trace profile show spanish > my-gallery/profiles/fiscalia.toml")]
    Show {
        /// Name of the profile.
        name: String,
    },
    /// Check a profile file: whether it reads, and which words it gives two meanings.
    Check {
        /// The TOML file.
        file: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
/// An unknown name; a profile that does not hold together.
pub fn run(desk: &Desk, command: &ProfileCommand) -> Result<(), Failure> {
    match command {
        ProfileCommand::List => {
            let shipped = Profile::shipped().map_err(|e| Failure::Engine(e.into()))?;
            let own = of_gallery(desk)?;
            let all: Vec<(&Profile, bool)> =
                shipped.iter().map(|p| (p, false)).chain(own.iter().map(|p| (p, true))).collect();
            let value: Vec<_> = all
                .iter()
                .map(|(p, own)| json!({ "name": p.name, "about": p.about, "of_gallery": own, "detect": p.detect }))
                .collect();
            desk.output.show(&value, |language| {
                let mut drawn = table([
                    language.pick("profile", "perfil"),
                    language.pick("from", "de"),
                    language.pick("for", "para"),
                    language.pick("detected by", "se detecta por"),
                ]);
                for (profile, own) in &all {
                    let from = if *own { language.pick("the gallery", "la galería") } else { "brasslink" };
                    drawn.add_row([&profile.name, from, profile.about.pick(language), &profile.detect.join(", ")]);
                }
                drawn.to_string()
            })?;
            Ok(())
        }
        ProfileCommand::Show { name } => {
            let text = match Profile::shipped_text(name) {
                Some(text) => text.to_owned(),
                None => String::from_utf8_lossy(&read_file(&place(desk, name)?, MOST_PROFILE_BYTES)?).into_owned(),
            };
            desk.output.show(&json!({ "name": name, "toml": text }), |_| text.clone())?;
            Ok(())
        }
        ProfileCommand::Check { file } => {
            let profile = read(file)?;
            Dictionary::embedded().and_then(|d| d.with(&profile)).map_err(|e| Failure::Engine(e.into()))?;
            desk.output.show(&profile, |language| {
                let words = language.pick("holds together", "está en orden");
                format!("{}: {words}\n", profile.name)
            })?;
            Ok(())
        }
    }
}

/// The profile of this name: one of the gallery before a shipped one.
///
/// # Errors
/// [`Failure::Usage`] where there is none; a profile that does not hold together.
pub fn named(desk: &Desk, name: &str) -> Result<Profile, Failure> {
    if desk.gallery.is_some() && place(desk, name).is_ok_and(|path| path.is_file()) {
        return read(&place(desk, name)?);
    }
    let shipped = Profile::shipped().map_err(|e| Failure::Engine(e.into()))?;
    let known: Vec<String> = shipped.iter().chain(&of_gallery(desk)?).map(|p| p.name.clone()).collect();
    let found = shipped.into_iter().chain(of_gallery(desk)?).find(|p| p.name == name);
    found.ok_or_else(|| Failure::Usage {
        what: "--profile".to_owned(),
        expected: known.join(", "),
        got: name.to_owned(),
    })
}

/// The profiles of the gallery, in the order of their files.
///
/// # Errors
/// One that cannot be read: an import must not go on as if it were not there.
pub fn of_gallery(desk: &Desk) -> Result<Vec<Profile>, Failure> {
    let Some(folder) = desk.gallery.as_ref().map(|g| g.join(FOLDER)).filter(|f| f.is_dir()) else {
        return Ok(Vec::new());
    };
    let fault = |source| Failure::Io { place: folder.display().to_string(), doing: "read", source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
    files.sort();
    files.iter().map(|path| read(path)).collect()
}

fn place(desk: &Desk, name: &str) -> Result<PathBuf, Failure> {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' '));
    match desk.gallery.as_ref().filter(|_| plain) {
        Some(gallery) => Ok(gallery.join(FOLDER).join(format!("{name}.toml"))),
        None => Err(Failure::Usage {
            what: "profile".to_owned(),
            expected: "english, spanish, or one of the gallery".to_owned(),
            got: name.to_owned(),
        }),
    }
}

fn read(path: &Path) -> Result<Profile, Failure> {
    let bytes = read_file(path, MOST_PROFILE_BYTES)?;
    Profile::from_toml(&path.display().to_string(), &String::from_utf8_lossy(&bytes))
        .map_err(|e| Failure::Engine(e.into()))
}
