//! Raw acquisitions from the command line: outlined, corrected by a person, and found by all their marks.

use brasslink::simulate::{AMMUNITION, SimulatedFirearm, SimulatedShot};
use brasslink::surface::x3p::{WriteOptions, write};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn brasslink(gallery: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_brasslink"))
        .args(args)
        .args(["--quiet", "--actor", "L. Sosa", "--gallery"])
        .arg(gallery)
        .env_remove("BRASSLINK_GALLERY")
        .env_remove("BRASSLINK_LANG")
        .output()
        .unwrap()
}

fn json(gallery: &Path, args: &[&str]) -> Value {
    let output = brasslink(gallery, &[args, &["--json"]].concat());
    let told = [&output.stderr, &output.stdout].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat();
    assert!(output.status.success(), "{args:?}: {told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whole primers of two pistols, two cases each; and one cropped scan.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for number in [2u32, 5] {
        let firearm = SimulatedFirearm::new(31, number);
        for shot in 1..=2u32 {
            let mut shot = SimulatedShot::new(&firearm, shot, AMMUNITION[0]);
            // Weak and partial shots exist on purpose; here the way from file to list is tried.
            shot.pressure_um = shot.pressure_um.max(1.2);
            shot.no_contact = None;
            let path = folder.join(format!("W{number}-{}.x3p", shot.number));
            std::fs::write(&path, write(&shot.whole(&firearm, 6.25), &WriteOptions::default()).unwrap()).unwrap();
            files.push(path);
        }
    }
    files
}

#[test]
fn a_raw_acquisition_is_outlined_corrected_and_found_by_all_its_marks() {
    let folder = tempfile::tempdir().unwrap();
    let gallery = &folder.path().join("gallery");
    let files = files(folder.path());
    let names: Vec<&str> = files.iter().map(|f| f.to_str().unwrap()).collect();
    let done = json(gallery, &[&["submit"], names.as_slice()].concat());
    assert_eq!(done["accepted"], 4, "{done}");

    let shown = json(gallery, &["outline", "show", "W2-1"]);
    assert_eq!(
        (&shown["outlines"]["finding"], shown["versions"].as_array().unwrap().len()),
        (&Value::from("found"), 1)
    );
    let parts: Vec<&str> =
        shown["outlines"]["parts"].as_array().unwrap().iter().map(|p| p["part"].as_str().unwrap()).collect();
    assert!(["breech_face", "firing_pin", "aperture_shear"].iter().all(|p| parts.contains(p)), "{parts:?}");
    let (picture, drawing) = (folder.path().join("p.svg"), folder.path().join("d.json"));
    let (picture, drawing) = (picture.to_str().unwrap(), drawing.to_str().unwrap());
    let words = text(&brasslink(
        gallery,
        &["outline", "show", "W2-1", "--picture", picture, "--drawing", drawing, "--lang", "es"],
    ));
    assert!(words.contains("cara de recámara") && words.contains("el programa"), "{words}");
    assert!(std::fs::read_to_string(picture).unwrap().matches("<polygon").count() >= 4);
    // A file is shown without a gallery's help, and is outlined alike.
    assert_eq!(json(gallery, &["outline", "show", names[0]])["outlines"], shown["outlines"]);

    let found = json(gallery, &["correlate", "W2-1"]);
    assert_eq!(found["results"][0]["candidates"][0]["specimen"], "W2-2", "{found}");
    let all = &found["all_marks"][0];
    assert_eq!(all["candidates"][0]["specimen"], "W2-2", "{all}");
    assert_eq!(all["began"], serde_json::json!(["breech_face", "firing_pin"]), "{all}");
    assert!(all["kinds"].as_array().unwrap().contains(&Value::from("firing_pin")), "{all}");
    let before = found["results"][0]["query"].as_str().unwrap().to_owned();

    // Somebody takes the lower half of the breech face away.
    let mut drawn: Value = serde_json::from_str(&std::fs::read_to_string(drawing).unwrap()).unwrap();
    let point = |x: f64, y: f64| serde_json::json!({ "x_um": x, "y_um": y });
    let corners = [(-2500.0, -2500.0), (2500.0, -2500.0), (2500.0, 0.0), (-2500.0, 0.0)].map(|(x, y)| point(x, y));
    drawn["breech_face"] = serde_json::json!({ "polygons": [{ "outer": corners }] });
    std::fs::write(drawing, drawn.to_string()).unwrap();
    let set = json(gallery, &["outline", "set", "W2-1", "--drawing", drawing, "--reason", "the rest is scratched"]);
    assert_eq!(
        (&set["outline"]["version"], &set["outline"]["by"]),
        (&Value::from(2), &Value::from("L. Sosa")),
        "{set}"
    );
    let found = json(gallery, &["correlate", "W2-1"]);
    // By the breech face and by the firing pin.
    assert_eq!(found["results"].as_array().unwrap().len(), 2, "the earlier marks are searched no more");
    let after = found["results"][0]["query"].as_str().unwrap();
    assert_eq!(after, format!("{before}.2"));
    assert!(json(gallery, &["audit", "list"]).to_string().contains("outline.drawn"));

    // And back to what the program drew.
    let back = json(gallery, &["outline", "set", "W2-1", "--number", "1", "--reason", "it was right"]);
    assert_eq!(back["outline"]["version"], 3);
    assert_eq!(json(gallery, &["outline", "show", "W2-1"])["versions"].as_array().unwrap().len(), 3);
    text(&brasslink(gallery, &["audit", "verify"]));

    for (wrong, says) in [
        (r#"{"firing_pin": {"circle": {"centre": {"x_um": 0, "y_um": 0}, "radius_um": 400}}}"#, "breech_face"),
        (r#"{"breech_face": {"circle": {"centre": {"x_um": 0, "y_um": 0}, "radius_um": -1}}}"#, "radii"),
        (r#"{"nose": {"polygons": []}}"#, "nose"),
        ("dog", "d.json"),
    ] {
        std::fs::write(drawing, wrong).unwrap();
        let output = brasslink(gallery, &["outline", "set", "W2-1", "--drawing", drawing, "--reason", "x"]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(says), "{wrong}: {error}");
    }
    let blank = brasslink(gallery, &["outline", "set", "W2-1", "--number", "1", "--reason", " "]);
    assert!(!blank.status.success());
    assert_eq!(
        json(gallery, &["outline", "show", "W2-1"])["versions"].as_array().unwrap().len(),
        3,
        "nothing was kept"
    );
}
