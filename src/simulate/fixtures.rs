//! The synthetic files under `fixtures/`, rebuilt bit for bit from one seed.
//!
//! | folder | what |
//! |---|---|
//! | `city/` | a small city (see [`super::city`]): ten pistols, two of each finish, three cases each, at a coarse pitch |
//! | `whole/` | the uncropped scan of one of its cases |
//! | `photograph/` | the ring-light photograph of the same case |
//! | `manifest.json` | file, SHA-256, generator, seed and firearm of each of the above |

use super::city::{CityParameters, simulate_city};
use super::firearm::SimulatedFirearm;
use super::{GENERATOR, SimulateError};
use crate::ids::Digest;
use crate::surface::x3p::{self, SampleType, WriteOptions};
use serde::Serialize;

/// Seed of the fixtures.
pub const SEED: u64 = 20_250_301;
/// Pistols: two of each of the five finishes.
pub const FIREARMS: u32 = 10;
/// Cases of each pistol.
pub const SHOTS: u32 = 3;
/// Pitch of the scans, um: coarse, to keep a clone small, and still two points for the shortest wave that marks keep.
pub const PITCH_UM: f64 = 12.5;
/// Pitch of the whole primer, um.
const WHOLE_PITCH_UM: f64 = 18.0;
/// Pitch of the photograph, um.
const PHOTOGRAPH_PITCH_UM: f64 = 12.0;

/// One line of the manifest.
#[derive(Debug, Serialize)]
struct Entry {
    file: String,
    sha256: Digest,
    generator: &'static str,
    seed: u64,
    /// Number of the pistol; none for tables of the whole city.
    #[serde(skip_serializing_if = "Option::is_none")]
    firearm: Option<u32>,
}

/// Every fixture as (path under `fixtures/`, bytes), `manifest.json` last.
///
/// # Errors
/// [`SimulateError`] where something cannot be encoded, which would be a fault of the generator.
pub fn files() -> Result<Vec<(String, Vec<u8>)>, SimulateError> {
    let parameters = CityParameters { firearms: FIREARMS, shots: SHOTS, seed: SEED, pitch_um: Some(PITCH_UM) };
    let city = simulate_city(&parameters)?;
    let mut files: Vec<(String, Vec<u8>, Option<u32>)> = Vec::new();
    for (specimen, (name, bytes)) in city.specimens.iter().zip(city.scans()?) {
        files.push((format!("city/{name}"), bytes, Some(city.firearms[specimen.firearm].number)));
    }
    files.extend(city.tables().into_iter().map(|(name, bytes)| (format!("city/{name}"), bytes, None)));

    let shown = &city.specimens[0];
    let number = city.firearms[shown.firearm].number;
    let firearm = SimulatedFirearm::new(SEED, number);
    let whole = shown.shot.whole(&firearm, WHOLE_PITCH_UM);
    let whole = x3p::write(&whole, &WriteOptions { samples: Some(SampleType::Short) })?;
    files.push((format!("whole/{}.x3p", shown.id), whole, Some(number)));
    let photograph = shown.shot.photograph(&firearm, PHOTOGRAPH_PITCH_UM);
    files.push((format!("photograph/{}.png", shown.id), super::photograph::png(&photograph)?, Some(number)));

    let entries: Vec<Entry> = files
        .iter()
        .map(|(file, bytes, firearm)| Entry {
            file: file.clone(),
            sha256: Digest::of(bytes),
            generator: GENERATOR,
            seed: SEED,
            firearm: *firearm,
        })
        .collect();
    let mut manifest = serde_json::to_vec_pretty(&entries)?;
    manifest.push(b'\n');
    let mut all: Vec<(String, Vec<u8>)> = files.into_iter().map(|(name, bytes, _)| (name, bytes)).collect();
    all.push(("manifest.json".to_owned(), manifest));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    /// Scans, six tables, one whole primer, one photograph, the manifest.
    const COUNT: usize = (FIREARMS * SHOTS) as usize + 6 + 1 + 1 + 1;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
    }

    fn committed(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { committed(&path, into) } else { into.push(path) }
        }
    }

    #[test]
    fn the_committed_fixtures_are_what_the_generator_makes() {
        let files = files().unwrap();
        assert_eq!(files.len(), COUNT);
        let mut wrong = Vec::new();
        for (name, bytes) in &files {
            match std::fs::read(folder().join(name)) {
                Ok(kept) if kept == *bytes => {}
                Ok(_) => wrong.push(format!("{name} differs")),
                Err(error) => wrong.push(format!("{name}: {error}")),
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
        // Nothing stale lies beside them in the folders that the generator owns.
        let mut seen = Vec::new();
        for own in ["city", "whole", "photograph"] {
            committed(&folder().join(own), &mut seen);
        }
        assert_eq!(seen.len(), COUNT - 1);
    }

    #[test]
    #[ignore = "writes fixtures/; run after a change of the generator that is meant to change its bytes"]
    fn write_the_fixtures() {
        for own in ["city", "whole", "photograph"] {
            let _ = std::fs::remove_dir_all(folder().join(own));
        }
        for (name, bytes) in files().unwrap() {
            let path = folder().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
}
