//! Evidence bundles by the commands: equal when replayed without a gallery, and what is named when something was touched.

use super::masking::{Bench, bench};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};

pub(super) type Files = BTreeMap<String, Vec<u8>>;

pub(super) fn unpacked(bytes: &[u8]) -> Files {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut file = zip.by_index(at).unwrap();
            let mut inside = Vec::new();
            file.read_to_end(&mut inside).unwrap();
            (file.name().to_owned(), inside)
        })
        .collect()
}

fn packed(files: &Files) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Replays a bundle of these files: the exit code and what was found.
pub(super) fn replayed(bench: &Bench, files: &Files) -> (i32, Value) {
    let path = bench.path("out/touched.zip");
    std::fs::write(&path, packed(files)).unwrap();
    let words = ["bundle".to_owned(), "replay".to_owned(), path.display().to_string()];
    let output = bench.run(&words, &["--json"]);
    let value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap_or(-1), value)
}

/// The manifest made to agree with the files, as a forger would.
pub(super) fn signed(files: &Files) -> Files {
    let mut files = files.clone();
    let mut manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    for entry in manifest["files"].as_array_mut().unwrap() {
        let bytes = &files[entry["name"].as_str().unwrap()];
        entry["sha256"] = brasslink::ids::Digest::of(bytes).to_hex().into();
        entry["bytes"] = bytes.len().into();
    }
    files.insert("manifest.json".to_owned(), serde_json::to_vec(&manifest).unwrap());
    files
}

#[test]
fn a_bundle_gives_every_number_again_and_names_what_was_touched() {
    let (bench, lead) = bench();
    // The site's own table is in the bundle, and a replay resolves names by the bundle's tables and no others.
    let own = bench.path("gallery/catalogues/makers.csv");
    std::fs::create_dir_all(own.parent().unwrap()).unwrap();
    std::fs::write(&own, "family,name,relation,source\ntaller,Taller Inventado,alias,site\n").unwrap();
    bench.done("trace import {in}/firearms.csv {in}/good.csv");
    bench.done("trace link");
    let made = bench.done(&format!("bundle make --lead {lead} --out {{out}}/bundle.zip"));
    assert_eq!(
        made["stored_otherwise"].as_array().unwrap().len(),
        0,
        "the lead's own figures are those computed: {made}"
    );
    let bytes = std::fs::read(bench.path("out/bundle.zip")).unwrap();
    let files = unpacked(&bytes);
    let received = std::fs::read(bench.path("in/scans/SF-00002-T1.x3p")).unwrap();
    assert!(files.values().any(|file| *file == received), "the scan as received, byte for byte");

    assert!(std::str::from_utf8(&files["trace/catalogues.json"]).unwrap().contains("Taller Inventado"));
    std::fs::remove_file(&own).unwrap();
    let (code, found) = replayed(&bench, &files);
    assert_eq!((code, &found["equal"]), (0, &Value::Bool(true)), "{found}");
    assert!(found["replay"]["numbers"].as_u64().unwrap() > 100, "score, pose, every cell, every step of the waterfall");
    let results: Value = serde_json::from_slice(&files["results.json"]).unwrap();
    assert!(!results["links"].as_array().unwrap().is_empty() && !results["guns"].as_array().unwrap().is_empty());
    assert!(results["links"][0]["bits"].is_f64() && results["guns"][0]["time_to_crime"].is_array(), "{results}");

    // A file that was touched is named, whatever it is.
    for name in ["scans/reference.x3p", "marks/searched.mark", "trace/traces.json", "case/lead.json", "results.json"] {
        let mut touched = files.clone();
        touched.get_mut(name).unwrap().push(b'\n');
        let (code, found) = replayed(&bench, &touched);
        assert_eq!(code, 4, "{name}: {found}");
        assert_eq!(found["replay"]["tampered"][0]["what"], name);
    }
    let mut missing = files.clone();
    missing.remove("trace/links.json");
    let mut added = files.clone();
    added.insert("extra.txt".to_owned(), b"more".to_vec());
    for (touched, name) in [(missing, "trace/links.json"), (added, "extra.txt")] {
        let (code, found) = replayed(&bench, &touched);
        assert_eq!((code, &found["replay"]["tampered"][0]["what"]), (4, &Value::from(name)), "{found}");
    }

    // A forger who also mends the digests is found by the numbers, the records and the chain.
    let forged = |name: &str, from: &str, to: &str| {
        let mut files = files.clone();
        let text = String::from_utf8(files[name].clone()).unwrap();
        assert!(text.contains(from), "{name} has {from:?}");
        files.insert(name.to_owned(), text.replacen(from, to, 1).into_bytes());
        replayed(&bench, &signed(&files))
    };
    let score = results["comparison"]["score"].to_string();
    let (code, found) = forged("results.json", &score, "9.5");
    assert_eq!((code, &found["replay"]["different"][0]["what"]), (4, &Value::from("comparison.score")), "{found}");
    let (code, found) = forged("trace/catalogues.json", "9mm_luger,9mm,", "other,9mm,");
    let told = found["replay"]["different"].to_string();
    assert!(code == 4 && told.contains("links.1"), "calibers that were one are two by these tables: {found}");
    let (code, found) = forged("audit/events.json", "T. Soto", "X. Otro");
    assert_eq!((code, found["replay"]["broken_audit"].as_array().unwrap().len()), (4, 1), "{found}");
    let (code, found) = forged("manifest.json", "\"version\": \"", "\"version\": \"0.0.");
    assert_eq!(code, 4);
    assert_eq!(found["replay"]["surroundings"][0]["what"], "version of brasslink", "{found}");
    let (code, found) = forged("parameters.json", "\"to_compare\": 20", "\"to_compare\": 21");
    assert_eq!(code, 4);
    assert!(found["replay"]["surroundings"].to_string().contains("hash of all parameters"), "{found}");

    // A mark that was cut anew along an outline that a person drew is cut again along it.
    let corner = |x: i32, y: i32| format!("{{\"x_um\": {x}, \"y_um\": {y}}}");
    let ring = [corner(-1500, -1500), corner(1500, -1500), corner(1500, 1500), corner(-1500, 1500)].join(", ");
    let shape = format!("{{\"breech_face\": {{\"polygons\": [{{\"outer\": [{ring}]}}]}}}}");
    std::fs::write(bench.path("out/drawn.json"), shape).unwrap();
    bench.done("outline set SF-00002-T1 --drawing {out}/drawn.json --reason seen --role examiner");
    bench.done(&format!("bundle make --lead {lead} --out {{out}}/drawn.zip"));
    let drawn = unpacked(&std::fs::read(bench.path("out/drawn.zip")).unwrap());
    let (code, found) = replayed(&bench, &drawn);
    assert_eq!((code, &found["equal"]), (0, &Value::Bool(true)), "{found}");
    let scans: Value = serde_json::from_slice(&drawn["scans/scans.json"]).unwrap();
    assert!(scans.as_array().unwrap().iter().any(|scan| scan["outline"]["version"] == 2), "{scans}");

    // What is no bundle is refused as input.
    let output = bench.run(&["bundle".into(), "replay".into(), "{in}/traces.csv".into()], &[]);
    assert_eq!(output.status.code(), Some(3));
}
