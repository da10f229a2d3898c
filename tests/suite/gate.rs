//! The quality gate, instrument control and watched folders, as people type them.

use brasslink::grid::HeightMap;
use brasslink::simulate::{Foreign, Spoiled};
use brasslink::surface::x3p::{WriteOptions, write};
use brasslink::surface::{Acquired, DecodeOptions, Surface, decode};
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn scans() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/city/scans");
    let mut scans: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    scans.sort();
    assert_eq!(scans.len(), 30);
    scans
}

fn surface(path: &Path) -> Surface {
    match decode(&std::fs::read(path).unwrap(), "t", &DecodeOptions::default()).unwrap() {
        Acquired::Surface(surface) => surface,
        Acquired::Photo(_) => panic!("a scan"),
    }
}

/// A file of these heights with the metadata of another.
fn file(folder: &Path, name: &str, map: &HeightMap, like: &Surface) -> String {
    let surface = Surface::from_heights(map.z.mapv(f64::from), map.pitch_um).with_metadata(like.metadata.clone());
    let path = folder.join(name);
    std::fs::write(&path, write(&surface, &WriteOptions::default()).unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn command(gallery: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brasslink"));
    command.args(args).arg("--gallery").arg(gallery).arg("--quiet");
    command.env_remove("BRASSLINK_GALLERY").env_remove("BRASSLINK_LANG");
    command
}

fn run(gallery: &Path, args: &[&str]) -> Output {
    command(gallery, args).output().unwrap()
}

fn json(gallery: &Path, code: i32, args: &[&str]) -> Value {
    let output = run(gallery, &[args, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(code), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn codes(file: &Value) -> Vec<&str> {
    file["gate"]["reasons"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap()).collect()
}

#[test]
fn what_the_gate_rejects_is_not_kept_unless_for_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let gallery = folder.path().join("gallery");
    let sound = scans().remove(0);
    let like = surface(&sound);
    let map = like.height_map();
    let made = |name: &str, spoiled: Spoiled| file(folder.path(), name, &spoiled.of(&map, 5, 1), &like);
    let thing =
        |name: &str, thing: Foreign| file(folder.path(), name, &thing.surface(5, 1, 9.0).unwrap().height_map(), &like);
    let copy = folder.path().join("copy.x3p");
    std::fs::copy(&sound, &copy).unwrap();
    let files = [
        sound.to_str().unwrap().to_owned(),
        copy.to_str().unwrap().to_owned(),
        made("resaved.x3p", Spoiled::Resaved),
        thing("blank.x3p", Foreign::Flat),
        thing("noise.x3p", Foreign::Noise),
        thing("bullet.x3p", Foreign::Bullet),
        made("tilted.x3p", Spoiled::Tilted),
    ];
    let mut args = vec!["submit"];
    args.extend(files.iter().map(String::as_str));
    let done = json(&gallery, 3, &args);
    let told = done["files"].as_array().unwrap();
    let verdicts: Vec<&str> = told.iter().map(|f| f["gate"]["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts[1..6], ["rejected"; 5], "{done}");
    assert_ne!(verdicts[0], "rejected", "{done}");
    for (file, code) in told.iter().zip([
        "",
        "duplicate.bytes",
        "duplicate.acquisition",
        "region.blank",
        "region.noise",
        "region.bullet",
        "tilt.high",
    ]) {
        assert!(code.is_empty() || codes(file).contains(&code), "{code}: {file}");
        for reason in file["gate"]["reasons"].as_array().unwrap() {
            let words = ["english", "spanish", "advice_english", "advice_spanish"].map(|w| reason[w].as_str().unwrap());
            assert!(words.iter().all(|w| w.len() > 10), "{reason}");
        }
    }
    let status = json(&gallery, 0, &["status"]);
    let kept = done["accepted"].as_u64().unwrap();
    assert_eq!(status["acquisitions"].as_u64(), Some(kept), "nothing that was rejected is there: {done}");

    let blank = files[3].as_str();
    let spanish = run(&gallery, &["submit", blank, "--lang", "es"]);
    assert_eq!(spanish.status.code(), Some(3));
    let words = text(&spanish);
    assert!(words.contains("rechazado, no guardado") && words.contains("superficie plana"), "{words}");
    assert_eq!(run(&gallery, &["submit", blank, "--force", " "]).status.code(), Some(2));
    let auditor = run(&gallery, &["submit", blank, "--force", "why", "--role", "auditor"]);
    assert_eq!(auditor.status.code(), Some(3));
    let forced = json(&gallery, 0, &["submit", blank, "--force", "the only view there is", "--actor", "R. Vega"]);
    assert_eq!((forced["forced"].as_u64(), forced["rejected"].as_u64()), (Some(1), Some(0)), "{forced}");
    let events = json(&gallery, 0, &["audit", "list"]);
    let last = events.as_array().unwrap().last().unwrap();
    assert!(last.to_string().contains("the only view there is") && last.to_string().contains("R. Vega"), "{last}");
    assert_eq!(json(&gallery, 0, &["status"])["verdicts"]["forced"], 1);
}

/// The same standard imaged again: other noise, and turned by a hair.
fn image(folder: &Path, like: &Surface, n: u32, noise_um: f64) -> String {
    let mut map = like.height_map();
    let mut state = u64::from(n) * 2_654_435_761 + 1;
    for z in &mut map.z {
        let mut sum = -6.0;
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sum += (state >> 40) as f64 / f64::from(1u32 << 24);
        }
        *z += (noise_um * (1.0 + 0.1 * f64::from(n % 3)) * sum) as f32;
    }
    file(folder, &format!("image-{n}.x3p"), &map, like)
}

#[test]
fn an_instrument_out_of_control_flags_what_it_imaged_until_a_good_run_or_a_persons_word() {
    let folder = tempfile::tempdir().unwrap();
    let gallery = folder.path().join("gallery");
    let all = scans();
    let like = surface(&all[0]);
    let here = folder.path();
    let standard = ["--standard", "SRM 2461 nº 12"];
    let reference = all[0].to_str().unwrap();
    let enter = |args: &[&str]| run(&gallery, &[&["control", "reference"], args, &standard].concat());
    assert_eq!(enter(&[reference]).status.code(), Some(0));
    let submit = |file: &str, code: i32| {
        json(&gallery, code, &["control", "submit", file, "--instrument", "Confocal 1", standard[0], standard[1]])
    };
    let own = run(&gallery, &["control", "submit", reference, "--instrument", "X", standard[0], standard[1]]);
    assert_eq!(own.status.code(), Some(3), "the reference itself is no image of it");
    for n in 0..10 {
        let done = submit(&image(here, &like, n, 0.3), 0);
        assert_eq!(done["state"]["state"], "qualifying", "{done}");
        assert!(done["run"]["score"].as_f64().unwrap() > 0.8, "{done}");
    }
    let good = image(here, &like, 12, 0.3);
    let done = submit(&good, 0);
    assert!(done["limits"]["sd"].as_f64().unwrap() > 0.0 && done["put"] == "new", "{done}");
    assert_eq!(submit(&good, 0)["put"], "unchanged", "the same file again");

    // A case entered while all is well, and one while it is not.
    let case = |scan: usize, code: i32| {
        json(
            &gallery,
            code,
            &["submit", all[scan].to_str().unwrap(), "--instrument", "CONFOCAL-1", "--operator", "T. Soto"],
        )
    };
    let before = case(3, 0);
    assert!(!codes(&before["files"][0]).contains(&"instrument.out_of_control"));
    let bad = submit(&image(here, &like, 20, 4.0), 0);
    assert_eq!(bad["state"]["state"], "out_of_control", "{bad}");
    assert_eq!(bad["flagged"].as_array().unwrap().len(), 1, "entered since the last good run: {bad}");
    let after = case(6, 0);
    assert!(codes(&after["files"][0]).contains(&"instrument.out_of_control"), "{after}");
    let status = json(&gallery, 0, &["status"]);
    assert_eq!(status["flagged"].as_array().unwrap().len(), 2, "{status}");
    let specimen = after["files"][0]["specimen"].as_str().unwrap();
    let list = run(&gallery, &["correlate", specimen, "--lang", "es"]);
    assert!(text(&list).contains("captado fuera de control"), "{}", text(&list));

    let page = here.join("control.html");
    let chart = run(&gallery, &["control", "chart", "--out", page.to_str().unwrap(), "--lang", "es"]);
    assert!(text(&chart).contains("fuera de control") && text(&chart).contains("límites"), "{}", text(&chart));
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("<svg") && page.contains("línea central") && page.contains(specimen));
    let svg = here.join("chart.svg");
    let drawn = run(&gallery, &["control", "chart", "--instrument", "confocal 1", "--out", svg.to_str().unwrap()]);
    assert!(drawn.status.success() && std::fs::read_to_string(svg).unwrap().contains("centre line"));

    let lift = |reason: &str| run(&gallery, &["control", "lift", "1", "--reason", reason, "--actor", "Q. Mora"]);
    assert_eq!(lift(" ").status.code(), Some(3));
    assert_eq!(lift("dust on the standard").status.code(), Some(0));
    assert_eq!(lift("again").status.code(), Some(3));
    assert_eq!(json(&gallery, 0, &["status"])["flagged"], serde_json::json!([]));
    // Still bad: flagged anew, but not what a person has vouched for; then good again.
    let worse = submit(&image(here, &like, 21, 4.0), 0);
    assert_eq!(
        (worse["flag"]["number"].as_u64(), worse["flagged"].as_array().map(Vec::len)),
        (Some(2), Some(0)),
        "{worse}"
    );
    let restart = [
        "control",
        "submit",
        &image(here, &like, 22, 0.3),
        "--instrument",
        "Confocal 1",
        standard[0],
        standard[1],
        "--restart",
        "new lamp",
    ];
    let again = json(&gallery, 0, &restart);
    assert_eq!((&again["state"]["state"], &again["flag"]), (&Value::from("qualifying"), &Value::Null), "{again}");
    let actions: Vec<String> = json(&gallery, 0, &["audit", "list"])
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|e| e["action"].as_str().or_else(|| e["entry"]["action"].as_str()).map(str::to_owned))
        .filter(|a| ["control.out_of_control", "control.lifted", "control.restored"].contains(&a.as_str()))
        .collect();
    assert_eq!(
        actions,
        ["control.out_of_control", "control.lifted", "control.out_of_control", "control.restored", "control.restored"]
    );
    assert!(run(&gallery, &["audit", "verify"]).status.success());
}

fn lines(output: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_watched_folder_is_taken_once_and_left_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    let (gallery, folder) = (root.path().join("gallery"), root.path().join("in"));
    std::fs::create_dir(&folder).unwrap();
    let all = scans();
    let put = |scan: usize, name: &str| std::fs::copy(&all[scan], folder.join(name)).unwrap();
    put(0, "a.x3p");
    put(3, "b.x3p");
    put(6, "stray.x3p");
    std::fs::write(folder.join("bad.x3p"), "no scan").unwrap();
    let manifest = "archivo;incidente;indicio;espécimen;instrumento;operadora;luz\na.x3p;I-1;E-1;S-1;Confocal 1;T. Soto;anular\nbad.x3p;I-1;E-9;S-9;;;\n";
    std::fs::write(folder.join("manifest.csv"), manifest).unwrap();
    std::fs::write(folder.join("b.csv"), "file,incident,exhibit,specimen\nb.x3p,I-2,E-2,S-2\n").unwrap();
    let before: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    let watch = ["submit", "--watch", folder.to_str().unwrap(), "--settle", "0.2", "--json"];
    let once = [&watch[..], &["--once"]].concat();
    let output = run(&gallery, &once);
    assert_eq!(output.status.code(), Some(3), "one could not be read: {}", String::from_utf8_lossy(&output.stderr));
    let told = lines(&output.stdout);
    let total = &told.last().unwrap()["total"];
    assert_eq!((total["accepted"].as_u64(), total["failed"].as_u64()), (Some(2), Some(1)), "{told:?}");
    assert!(total["waiting"].to_string().contains("stray.x3p"), "{total}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("stray.x3p: waits"));
    let again = lines(&run(&gallery, &once).stdout);
    assert_eq!(again.last().unwrap()["total"]["already_there"], 2, "{again:?}");
    let after: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(before.len(), after.len(), "nothing is moved or deleted");
    let status = json(&gallery, 0, &["status"]);
    assert_eq!(status["acquisitions"], 2);
    let used = status["instruments"].as_array().unwrap();
    assert!(used.iter().any(|u| u["instrument"] == "Confocal 1" && u["light"] == "anular"), "{status}");

    #[cfg(unix)]
    a_watch_goes_on_until_it_is_stopped(&gallery, &folder, &watch, &all[9]);
}

/// A file that grows while it is watched, then Ctrl-C.
#[cfg(unix)]
fn a_watch_goes_on_until_it_is_stopped(gallery: &Path, folder: &Path, watch: &[&str], scan: &Path) {
    use std::io::{BufRead as _, BufReader};
    let args = [watch, &["--exhibit", "E-5", "--incident", "I-5"]].concat();
    let mut child = command(gallery, &args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let bytes = std::fs::read(scan).unwrap();
    let mut file = std::fs::File::create(folder.join("late.x3p")).unwrap();
    for part in bytes.chunks(bytes.len() / 4 + 1) {
        file.write_all(part).unwrap();
        file.flush().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    drop(file);
    let mut late = Value::Null;
    // The stray file has an exhibit now, and what was there before is told again.
    for _ in 0..5 {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        if told["file"].as_str().unwrap().ends_with("late.x3p") {
            late = told;
        }
    }
    assert_ne!(late["status"], "failed", "never read half-written: {late}");
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut reader, &mut rest).unwrap();
    assert!(child.wait().unwrap().success(), "an end that was asked for is a good end");
    assert!(rest.contains("\"total\""), "{rest}");
}
