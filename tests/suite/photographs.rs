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
    let last = json(&["submit", names[5], "--gallery", gallery]);
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
    let one_of_each = json(&["compare", names[0], scan.to_str().unwrap(), "--pitch-um", &pitch]);
    assert!(one_of_each["log10_lr"].is_null() && one_of_each["cmc"] == 0, "{one_of_each}");
    let mates = json(&["compare", names[0], names[1], "--pitch-um", &pitch]);
    assert!(mates["score"].as_f64().unwrap() > one_of_each["score"].as_f64().unwrap());
}
