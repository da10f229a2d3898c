//! `simulate`: a synthetic city into a folder.

use super::Desk;
use super::arguments::SimulateArgs;
use super::failure::{Failure, write_file};
use crate::engine::progress::Progress;
use crate::simulate::{CityParameters, simulate_city};
use rayon::prelude::*;
use serde::Serialize;
use std::path::Path;

/// What `simulate --json` prints.
#[derive(Debug, Serialize)]
pub struct Simulated {
    /// Folder written to.
    pub folder: String,
    /// Pistols.
    pub firearms: usize,
    /// Scans.
    pub scans: usize,
    /// Other files.
    pub tables: usize,
    /// Seed.
    pub seed: u64,
}

/// Runs the command.
///
/// # Errors
/// A folder that holds other things; parameters out of their range.
pub fn run(desk: &Desk, args: &SimulateArgs) -> Result<(), Failure> {
    if args.out.exists() && std::fs::read_dir(&args.out).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::Usage {
            what: "--out".to_owned(),
            expected: "a new or empty folder".to_owned(),
            got: format!("{}, which holds files", args.out.display()),
        });
    }
    if args.fixtures {
        let files = crate::simulate::fixtures::files().map_err(refused)?;
        for (name, bytes) in &files {
            write_file(&args.out.join(name), bytes)?;
        }
        let written = serde_json::json!({ "folder": args.out, "files": files.len() });
        desk.output.show(&written, |language| {
            format!("{} {} {}", files.len(), language.pick("files in", "archivos en"), args.out.display())
        })?;
        return Ok(());
    }
    let done = write_city(desk, args, &args.out)?;
    desk.output.show(&done, |language| {
        language.pick(
            format!("{} pistols, {} scans and {} tables in {}", done.firearms, done.scans, done.tables, done.folder),
            format!("{} pistolas, {} escaneos y {} tablas en {}", done.firearms, done.scans, done.tables, done.folder),
        )
    })?;
    Ok(())
}

/// Simulates the casework and renders the scans pistol by pistol, so that memory stays bounded.
///
/// # Errors
/// Parameters out of their range; a folder that cannot be written.
pub fn write_city(desk: &Desk, args: &SimulateArgs, folder: &Path) -> Result<Simulated, Failure> {
    let count = |value: usize, what: &str| {
        u32::try_from(value).map_err(|_| Failure::Usage {
            what: what.to_owned(),
            expected: "a smaller number".to_owned(),
            got: value.to_string(),
        })
    };
    let parameters = CityParameters::new(count(args.firearms, "--firearms")?, count(args.shots, "--shots")?, args.seed);
    let city = simulate_city(&parameters).map_err(refused)?;
    let tables = city.tables();
    for (name, bytes) in &tables {
        write_file(&folder.join(name), bytes)?;
    }
    desk.bar.begin("simulate", city.firearms.len() as u64);
    let written: Vec<usize> = (0..city.firearms.len())
        .into_par_iter()
        .map(|firearm| {
            if desk.bar.stop_requested() {
                return Err(Failure::Engine(crate::engine::error::EngineError::Stopped));
            }
            let mut files = city.scans_of(firearm).map_err(refused)?;
            if args.raw {
                files.extend(city.raw_scans_of(firearm).map_err(refused)?);
            }
            if args.photos {
                files.extend(city.photographs_of(firearm).map_err(refused)?);
            }
            for (name, bytes) in &files {
                write_file(&folder.join(name), bytes)?;
            }
            desk.bar.advance();
            Ok(files.len())
        })
        .collect::<Result<_, Failure>>()?;
    desk.bar.finish();
    Ok(Simulated {
        folder: folder.display().to_string(),
        firearms: city.firearms.len(),
        scans: written.iter().sum(),
        tables: tables.len(),
        seed: args.seed,
    })
}

fn refused(error: crate::simulate::SimulateError) -> Failure {
    Failure::Usage {
        what: "simulate".to_owned(),
        expected: "parameters in their range".to_owned(),
        got: error.to_string(),
    }
}
