//! Photographs from the command line: submitted as files, found among photographs, and never compared with heights.

use brasslink::simulate::{AMMUNITION, Finish, SimulatedFirearm, SimulatedShot};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn brasslink(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_brasslink"))
        .args(args)
        .args(["--quiet", "--json"])
        .env_remove("BRASSLINK_GALLERY")
        .env_remove("BRASSLINK_LANG")
        .output()
        .unwrap()
}

fn json(args: &[&str]) -> Value {
    let output = brasslink(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Pitch of the pictures, um: coarser than a laboratory's, so that the test runs in seconds.
const PITCH_UM: f64 = 8.0;

/// Two photographs of each of three pistols.
fn photographs(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for number in 1..=3u32 {
        let mut firearm = SimulatedFirearm::with_finish(31, 3 * number, Finish::Filed);
        firearm.rms_um = firearm.rms_um.max(1.8);
        for shot in 1..=2u32 {
            let mut shot = SimulatedShot::new(&firearm, shot, AMMUNITION[0]);
            // Weak and partial shots exist on purpose; here the way from file to list is tried.
            shot.pressure_um = shot.pressure_um.max(1.2);
            shot.no_contact = None;
            let path = folder.join(format!("P{number}-{}.png", shot.number));
            std::fs::write(&path, shot.photograph_png(&firearm, PITCH_UM).unwrap()).unwrap();
            files.push(path);
        }
    }
    files
}

#[test]
fn a_photograph_is_submitted_found_and_never_compared_with_heights() {
    let folder = tempfile::tempdir().unwrap();
    let gallery = folder.path().join("gallery");
    let gallery = gallery.to_str().unwrap();
    let files = photographs(folder.path());
    let scans = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/city/scans");
    let scan = std::fs::read_dir(&scans).unwrap().map(|e| e.unwrap().path()).min().unwrap();
    let names: Vec<&str> = files.iter().map(|f| f.to_str().unwrap()).collect();

    let pitch = PITCH_UM.to_string();
    let done = json(&[&["submit"], &names[..5], &["--pitch-um", &pitch, "--gallery", gallery]].concat());
    assert_eq!((&done["accepted"], &done["failed"]), (&Value::from(5), &Value::from(0)), "{done}");
    // The last one comes without a pitch: it is estimated, and the submission warns of it.
    let last = json(&["submit", names[5], "--incident", "INC-P3", "--gallery", gallery]);
    assert_eq!(last["files"][0]["status"], "accepted", "{last}");
    let notes = last["files"][0]["notes"].to_string();
    assert!(notes.contains("photo.pitch.estimated"), "{notes}");
    json(&["submit", scan.to_str().unwrap(), "--gallery", gallery]);

    for specimen in ["P1-1", "P2-2"] {
        let found = json(&["correlate", specimen, "--gallery", gallery]);
        let (first, receipt) = (&found["results"][0]["candidates"][0], &found["results"][0]["receipt"]);
        assert_eq!(first["specimen"].as_str().unwrap()[..2], specimen[..2], "{found}");
        assert_eq!((&receipt["eligible"], &receipt["other_modality"]), (&Value::from(5), &Value::from(1)), "{receipt}");
    }
    // A firing pin that is no part of an incident does not keep that incident from being searched among photographs.
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/whole/TIJ-2020-0000101-E1-C1.x3p");
    json(&["submit", whole.to_str().unwrap(), "--gallery", gallery]);
    let of_incident = json(&["correlate", "INC-P3", "--gallery", gallery]);
    assert!(of_incident["results"][0]["query"].as_str().unwrap().contains("P3-2"), "{of_incident}");
    let one_of_each = json(&["compare", names[0], scan.to_str().unwrap(), "--pitch-um", &pitch]);
    assert!(one_of_each["log10_lr"].is_null() && one_of_each["cmc"] == 0, "{one_of_each}");
    let mates = json(&["compare", names[0], names[1], "--pitch-um", &pitch]);
    assert!(mates["score"].as_f64().unwrap() > one_of_each["score"].as_f64().unwrap());
}

/// What a camera may show that is no primer: the corner of a head with its stamp, clouds, noise, a blank, the mouth of a case.
fn foreign(folder: &Path) -> Vec<PathBuf> {
    let firearm = SimulatedFirearm::with_finish(31, 3, Finish::Filed);
    let head = SimulatedShot::new(&firearm, 1, AMMUNITION[0]).photograph(&firearm, PITCH_UM).luminance;
    let (rows, columns) = (600usize, 800usize);
    // Waves of all lengths and directions, the longer the stronger, as in pictures of animals and landscapes.
    let cloud = |row: usize, column: usize| {
        let waves = (1..40u32).map(|k| {
            let (turn, long) = (2.4 * f64::from(k), 700.0 / f64::from(k));
            (long / 700.0).sqrt()
                * ((row as f64 * turn.sin() + column as f64 * turn.cos()) / long * 6.0 + f64::from(k * k)).sin()
        });
        0.4 + 0.1 * waves.sum::<f64>()
    };
    let noise = |row: usize, column: usize| ((row * 7_919 + column * 104_729 + row * column) % 251) as f64 / 251.0;
    let mouth = |row: usize, column: usize| {
        let away = (row as f64 - 300.0).hypot(column as f64 - 400.0);
        if (200.0..228.0).contains(&away) { 0.6 } else { 0.03 + 0.01 * noise(row, column) }
    };
    let (down, right) = (head.nrows() * 3 / 4, head.ncols() * 4 / 5);
    let stamp = |row: usize, column: usize| {
        let place = [down + row * (head.nrows() - down) / rows, right + column * (head.ncols() - right) / columns];
        f64::from(head[place])
    };
    type Picture<'a> = (&'a str, &'a dyn Fn(usize, usize) -> f64);
    let pictures: [Picture<'_>; 5] =
        [("stamp", &stamp), ("cloud", &cloud), ("noise", &noise), ("blank", &|_, _| 0.4), ("mouth", &mouth)];
    let save = |(name, light): Picture<'_>| {
        let path = folder.join(format!("{name}.png"));
        let pixel =
            |column: u32, row: u32| image::Luma([(light(row as usize, column as usize).clamp(0.0, 1.0) * 255.0) as u8]);
        image::GrayImage::from_fn(columns as u32, rows as u32, pixel).save(&path).unwrap();
        path
    };
    pictures.into_iter().map(save).collect()
}

#[test]
fn what_is_no_primer_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let files = foreign(folder.path());
    let names: Vec<&str> = files.iter().map(|f| f.to_str().unwrap()).collect();
    let submitted = |name: &str, more: &[&str]| {
        let gallery = folder.path().join(name);
        let output = brasslink(&[&["submit"], &names[..], &["--gallery", gallery.to_str().unwrap()], more].concat());
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let done = submitted("stated", &["--pitch-um", &PITCH_UM.to_string()]);
    assert_eq!((&done["accepted"], &done["rejected"]), (&Value::from(0), &Value::from(5)), "{done}");
    let mouth = done["files"].as_array().unwrap().iter().find(|f| f["file"].as_str().unwrap().ends_with("mouth.png"));
    assert!(mouth.unwrap().to_string().contains("mouth of the case"), "{done}");
    // Nothing of known size is in them either: no pitch is made up for them.
    let done = submitted("unstated", &[]);
    assert_eq!((&done["accepted"], &done["rejected"]), (&Value::from(0), &Value::from(5)), "{done}");
    for file in done["files"].as_array().unwrap() {
        let reason = &file["gate"]["reasons"][0];
        let code = reason["code"].as_str().unwrap();
        assert!(code == "pitch.unknown" || code.starts_with("region."), "{file}");
        assert_ne!(reason["english"], reason["spanish"], "{file}");
    }
}
