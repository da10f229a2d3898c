//! The commands as people type them, on the fixtures and on files that lie.

use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn brasslink(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_brasslink"))
        .args(args)
        .arg("--quiet")
        .env_remove("BRASSLINK_GALLERY")
        .env_remove("BRASSLINK_LANG")
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn json(args: &[&str]) -> Value {
    let mut all = args.to_vec();
    all.push("--json");
    let output = brasslink(&all);
    assert_eq!(code(&output), 0, "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The specimen whose mark a search was asked with.
fn query_specimen(gallery: &str, mark: &str) -> String {
    let database = rusqlite::Connection::open(Path::new(gallery).join("gallery.sqlite3")).unwrap();
    let query = "SELECT a.specimen FROM mark m JOIN acquisition a ON a.id = m.acquisition WHERE m.id = ?1";
    database.query_row(query, [mark], |row| row.get(0)).unwrap()
}

/// Filters, their receipts, and the audit of the funnel.
fn searches_say_what_they_left_out(gallery: &str, done: &Value) {
    let first = &done["results"][0];
    let exhibit = first["candidates"][0]["exhibit"].as_str().unwrap();
    let receipt = |args: &[&str]| {
        let all = [&["correlate", exhibit, "--gallery", gallery], args].concat();
        json(&all)["results"][0]["receipt"].clone()
    };
    let open = receipt(&[]);
    assert!(open.get("filters").is_none() && open["milliseconds"]["queries"].as_u64().unwrap() >= 1);
    let fires = receipt(&["--only", "test-fires"]);
    let evidence = receipt(&["--only", "evidence"]);
    let left_out = |receipt: &Value| receipt["filters"][0]["left_out"].as_u64().unwrap();
    let eligible = |receipt: &Value| receipt["eligible"].as_u64().unwrap();
    assert_eq!(eligible(&fires) + left_out(&fires), eligible(&open));
    assert_eq!(eligible(&fires) + eligible(&evidence), eligible(&open), "a case is one or the other");
    let elsewhere = receipt(&["--country", "FR", "--state", "Var"]);
    assert_eq!(elsewhere["filters"][0]["field"], "country");
    assert_eq!(elsewhere["eligible"], elsewhere["filters"][0]["unknown_kept"], "what is not known is kept and counted");
    let name = brasslink(&["correlate", exhibit, "--country", "Mexico", "--gallery", gallery]);
    assert!(code(&name) == 2 && stderr(&name).contains("two letters"), "{}", stderr(&name));
    // A search with a filter is another search: the whole gallery is not done because of it.
    let filtered = json(&["correlate", "--all", "--calibre", "9 MM Luger", "--gallery", gallery]);
    assert_eq!(filtered["skipped"], 0);
    assert_eq!(json(&["correlate", "--all", "--calibre", "9 MM Luger", "--gallery", gallery])["queries"], 0);
    assert!(json(&["correlate", "--all", "--gallery", gallery])["queries"].as_u64().unwrap() > 0);

    // Signatures of an earlier version: searches say how many marks they miss until the gallery is signed anew.
    let database = rusqlite::Connection::open(Path::new(gallery).join("gallery.sqlite3")).unwrap();
    let others = "UPDATE signature SET version = '1-of-an-earlier-release'
                  WHERE mark <> (SELECT sequence FROM mark WHERE id = ?1)";
    let query = first["query"].as_str().unwrap();
    let changed = database.execute(others, [query]).unwrap();
    drop(database);
    let specimen = query_specimen(gallery, query);
    let alone = json(&["correlate", &specimen, "--gallery", gallery])["results"][0]["receipt"].clone();
    assert_eq!((alone["gallery"].as_u64(), alone["unsigned"].as_u64()), (Some(0), Some(changed as u64)));
    assert_eq!(json(&["resign", "--gallery", gallery])["signed"].as_u64(), Some(changed as u64));
    assert_eq!(json(&["resign", "--gallery", gallery])["signed"], 0);
    let whole = json(&["correlate", &specimen, "--gallery", gallery])["results"][0].clone();
    assert_eq!((whole["receipt"]["unsigned"].as_u64(), &whole["candidates"]), (Some(0), &first["candidates"]));
    // The batch is done again: the gallery has changed.
    json(&["correlate", "--all", "--gallery", gallery]);

    let audit = json(&["audit-funnel", "--sample", "4", "--gallery", gallery]);
    assert_eq!((audit["sampled"].as_u64(), audit["missed"].as_array().map(Vec::len)), (Some(4), Some(0)));
    assert!(audit["compared"].as_u64().unwrap() > 4 * 16, "more than the funnel compares");
    let mates = audit["mates"].as_u64().unwrap();
    assert_eq!(audit["interval"].is_array(), mates > 0);
    let again = json(&["audit-funnel", "--sample", "100", "--gallery", gallery]);
    assert_eq!(again["searches"].as_u64().unwrap() + 4, done["results"].as_array().unwrap().len() as u64);
}

#[test]
fn a_tray_goes_from_files_to_leads_traces_and_reports() {
    let folder = tempfile::tempdir().unwrap();
    let gallery = folder.path().join("gallery");
    let gallery = text(&gallery);
    let manifest = fixtures().join("city/manifest.csv");

    let submitted = json(&["submit", "--manifest", text(&manifest), "--gallery", gallery]);
    assert_eq!(submitted["files"].as_array().unwrap().len(), 30);
    assert_eq!(submitted["accepted"].as_u64().unwrap() + submitted["unsuitable"].as_u64().unwrap(), 30);
    let again = json(&["submit", "--manifest", text(&manifest), "--gallery", gallery]);
    assert_eq!(again["already_there"], 30, "the same tray again changes nothing");

    let done = json(&["correlate", "--all", "--gallery", gallery]);
    assert_eq!(done["results"].as_array().unwrap().len() as u64, submitted["accepted"].as_u64().unwrap());
    let proposed = done["proposed"].as_array().unwrap();
    assert!(!proposed.is_empty());
    let resumed = json(&["correlate", "--all", "--gallery", gallery]);
    assert_eq!(resumed["skipped"], submitted["accepted"], "nothing is done twice");

    searches_say_what_they_left_out(gallery, &done);

    let lead = proposed[0]["id"].as_str().unwrap();
    let side = |which: &str| proposed[0]["joins"][which]["specimen"].as_str().unwrap().to_owned();
    let (a, b) = (side("first"), side("second"));
    let made = json(&["lead", "make", &a, &b, "--reason", "same scratch", "--actor", "R. Vega", "--gallery", gallery]);
    assert_eq!(made["state"], "lead");

    // Only an examiner takes the specimens, and software never makes a hit.
    let refused =
        brasslink(&["lead", "examine", lead, "--actor", "T. Soto", "--role", "technician", "--gallery", gallery]);
    assert_eq!(code(&refused), 3, "{}", stderr(&refused));
    json(&["lead", "examine", lead, "--actor", "E. Mora", "--role", "examiner", "--gallery", gallery]);
    let concluded = json(&[
        "lead",
        "conclude",
        lead,
        "--conclusion",
        "identification",
        "--reason",
        "agreement",
        "--actor",
        "E. Mora",
        "--role",
        "examiner",
        "--gallery",
        gallery,
    ]);
    assert_eq!(concluded["state"], "under_review");
    let own = brasslink(&[
        "lead",
        "review",
        lead,
        "--reason",
        "mine",
        "--actor",
        "E. Mora",
        "--role",
        "examiner",
        "--gallery",
        gallery,
    ]);
    assert_eq!(code(&own), 3, "nobody reviews their own conclusion");
    let hit = json(&[
        "lead",
        "review",
        lead,
        "--reason",
        "agreed",
        "--actor",
        "E. Ríos",
        "--role",
        "examiner",
        "--gallery",
        gallery,
    ]);
    assert_eq!(hit["state"], "hit");

    let tables = ["firearms.csv", "traces-us.csv", "traces-mx.csv"].map(|n| fixtures().join("city").join(n));
    let imported =
        json(&["trace", "import", text(&tables[0]), text(&tables[1]), text(&tables[2]), "--gallery", gallery]);
    for table in imported["tables"].as_array().unwrap() {
        assert_eq!(table["rejects"].as_array().unwrap().len(), 0, "{table}");
    }
    let linked = json(&["trace", "link", "--gallery", gallery]);
    assert!(linked["automatic"].as_u64().unwrap() >= 1, "{linked}");
    let firearm = linked["links"][0]["firearm"].as_str().unwrap();
    let shown = json(&["trace", "show", firearm, "--gallery", gallery]);
    assert_eq!(shown.as_array().unwrap().len(), 1);

    let report = folder.path().join("list.html");
    json(&["report", "--exhibit", &a, "--out", text(&report), "--gallery", gallery]);
    let page = std::fs::read_to_string(&report).unwrap();
    assert!(page.contains("<svg") && page.contains(&b), "the list names its candidates and explains the best pair");
    let lead_page = folder.path().join("lead.html");
    let output =
        brasslink(&["report", "--lead", lead, "--out", text(&lead_page), "--lang", "es", "--gallery", gallery]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let page = std::fs::read_to_string(&lead_page).unwrap();
    assert!(page.contains("lang=\"es\""));
    let events = json(&["audit", "list", "--gallery", gallery]);
    let subject = format!("lead {lead}");
    let judged = |e: &&serde_json::Value| e["subject"] == subject.as_str() && e["action"] == "lead.judged";
    let event = events.as_array().unwrap().iter().find(judged).unwrap();
    assert!(page.contains(&event["hash"].as_str().unwrap()[..12]), "the decision names its event in the log");
    assert!(
        page.contains("Cadena de custodia") && page.contains(&format!("{a}.x3p")),
        "the scans' way into the gallery"
    );

    let health = json(&["audit", "verify", "--gallery", gallery]);
    assert_eq!(health["received"], 30);
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let root = fixtures().join("city");
    let truth = root.join("truth.csv");
    let figures = |threads: &str| {
        let folder = tempfile::tempdir().unwrap();
        let scores = folder.path().join("scores.csv");
        let mut found = json(&[
            "evaluate",
            "--truth",
            text(&truth),
            "--root",
            text(&root),
            "--scores",
            text(&scores),
            "--threads",
            threads,
        ]);
        found["pairs"].as_object_mut().unwrap().remove("seconds_per_pair");
        (found, std::fs::read_to_string(scores).unwrap())
    };
    let (one, one_scores) = figures("1");
    let (three, three_scores) = figures("3");
    assert_eq!(one_scores, three_scores);
    assert_eq!(one, three);
    assert_eq!(one_scores.lines().count(), 1 + 30 * 29 / 2);
}

#[test]
fn a_scan_turned_by_any_angle_is_found_at_that_angle() {
    let scans = fixtures().join("city/scans");
    let mut names: Vec<_> = std::fs::read_dir(scans).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    let found = json(&["compare", text(&names[0]), text(&names[0])]);
    assert!(found["pose"]["theta_rad"].as_f64().unwrap().abs() < 0.01);
    let (cmc, cells) = (found["cmc"].as_u64().unwrap(), found["cells_searched"].as_u64().unwrap());
    assert!(cells >= 10 && cmc == cells, "a mark against itself: {cmc} of {cells}");
    for field in ["score", "log10_lr", "cells", "parameters_hash"] {
        assert!(!found[field].is_null(), "{field}");
    }
}

#[test]
fn whole_primers_are_compared_by_all_their_marks() {
    let folder = tempfile::tempdir().unwrap();
    let (city, gallery) = (folder.path().join("city"), folder.path().join("gallery"));
    json(&["simulate", "--raw", "--firearms", "1", "--shots", "2", "--seed", "5", "--out", text(&city)]);
    let mut raw: Vec<_> = std::fs::read_dir(city.join("raw")).unwrap().map(|e| e.unwrap().path()).collect();
    raw.sort();
    let [first, second] = [text(&raw[0]), text(&raw[1])];
    let simulated = concat!(env!("CARGO_MANIFEST_DIR"), "/src/compare/model-simulated.json");
    let found = json(&["compare", first, first, "--model", simulated]);
    let kinds = found["by_all_marks"]["kinds"].as_array().unwrap();
    let names: Vec<&str> = kinds.iter().map(|kind| kind["kind"].as_str().unwrap()).collect();
    assert_eq!(names, ["breech_face", "firing_pin", "aperture_shear"]);
    assert_eq!(kinds[0]["score"], found["score"], "the same comparison as the one that is explained");
    let ratio = |at: &serde_json::Value| at["likelihood_ratio"]["log10"].as_f64().unwrap();
    let together = ratio(&found["by_all_marks"]["together"]);
    assert!(kinds.iter().all(|kind| ratio(kind) > 1.0 && together >= ratio(kind)), "{together} of {kinds:?}");
    // Scores of real cases order and tell no ratio of all marks together.
    let words = brasslink(&["compare", first, second, "--lang", "es"]);
    let words = String::from_utf8_lossy(&words.stdout).into_owned();
    for expected in ["percutor", "cizallamiento", "en conjunto", "sin log10 LR: no se ha ajustado", "correlación 0."] {
        assert!(words.contains(expected), "{expected}: {words}");
    }
    // The marks that were kept of specimens are those of their files.
    json(&["submit", first, second, "--gallery", text(&gallery)]);
    let names = [&raw[0], &raw[1]].map(|path| path.file_stem().unwrap().to_str().unwrap());
    let of_specimens = json(&["compare", names[0], names[1], "--gallery", text(&gallery)]);
    assert_eq!(of_specimens["by_all_marks"], json(&["compare", first, second])["by_all_marks"]);
    // What cannot be compared says why; a cropped scan shows a breech face alone.
    let coarse = fixtures().join("whole/TIJ-2020-0000101-E1-C1.x3p");
    let words = brasslink(&["compare", text(&coarse), first]);
    let words = String::from_utf8_lossy(&words.stdout).into_owned();
    assert!(words.contains("the points lie 18.0 um apart"), "{words}");
    let cropped = fixtures().join("city/scans/CJZ-2022-0000801-E1-C1.x3p");
    assert!(json(&["compare", text(&cropped), first])["by_all_marks"].is_null());
}

#[test]
fn the_workings_of_a_comparison_hold_every_stage() {
    let folder = tempfile::tempdir().unwrap();
    let scan = fixtures().join("city/scans");
    let mut names: Vec<_> = std::fs::read_dir(scan).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    let (zip, svg) = (folder.path().join("w.zip"), folder.path().join("p.svg"));
    json(&["compare", text(&names[0]), text(&names[1]), "--workings", text(&zip), "--picture", text(&svg)]);
    let mut archive = zip::ZipArchive::new(std::fs::File::open(zip).unwrap()).unwrap();
    let stages: Vec<String> = (0..archive.len()).map(|i| archive.by_index(i).unwrap().name().to_owned()).collect();
    for stage in ["mark.levelled", "mark.fine", "compare.aligned", "compare.cells", "pair.svg"] {
        assert!(stages.iter().any(|s| s.contains(stage)), "{stage} in {stages:?}");
    }
    assert!(std::fs::read_to_string(svg).unwrap().starts_with("<svg"));
}

#[test]
fn doses_of_a_treatment_give_a_table_and_a_curve() {
    let folder = tempfile::tempdir().unwrap();
    let all = std::fs::read_to_string(fixtures().join("city/truth.csv")).unwrap();
    let truth = folder.path().join("truth.csv");
    std::fs::write(&truth, all.lines().take(7).collect::<Vec<_>>().join("\n")).unwrap();
    let (root, plots) = (fixtures().join("city"), folder.path().join("plots"));
    let arguments = ["evaluate", "--truth", text(&truth), "--root", text(&root), "--treat", "hide=0.3,0.6"];
    let found = json(&[&arguments[..], &["--plots", text(&plots)]].concat());
    let doses: Vec<_> = found.as_array().unwrap().iter().map(|one| one["treatment"]["dose"].as_f64()).collect();
    assert_eq!(doses, [None, Some(0.3), Some(0.6)], "the untreated scans stand beside the treated ones");
    assert!(found[0]["pairs"]["tpr_at_fpr_0"].is_f64());
    assert!(std::fs::read_to_string(plots.join("treatment-hide.svg")).unwrap().contains("share of the mark hidden"));
    let gated = brasslink(&[&arguments[..], &["--gate", "gate.json"]].concat());
    assert_eq!(code(&gated), 2, "{}", stderr(&gated));
    assert!(stderr(&gated).contains("--gate"));
}

#[test]
fn the_recall_among_distractors_is_kept_beside_that_of_other_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let all = std::fs::read_to_string(fixtures().join("city/truth.csv")).unwrap();
    let (truth, out) = (folder.path().join("truth.csv"), folder.path().join("recall.json"));
    std::fs::write(&truth, all.lines().take(7).collect::<Vec<_>>().join("\n")).unwrap();
    let root = fixtures().join("city");
    let arguments = ["evaluate", "--truth", text(&truth), "--root", text(&root), "--recall-out", text(&out)];
    let mut counts = Value::Null;
    for distractors in ["60", "30", "60"] {
        let found = json(&[&arguments[..], &["--distractors", distractors]].concat());
        counts = found["scale"]["all"]["counts"].clone();
        assert!(counts["queries"].as_u64().unwrap() > 1 && found["scale"]["marks"] == found["scans"], "{counts}");
    }
    let kept: Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    let runs = kept["runs"].as_array().unwrap();
    assert_eq!(runs.iter().map(|run| run["distractors"].as_u64().unwrap()).collect::<Vec<_>>(), [30, 60]);
    assert_eq!(runs[1]["all"], counts);
    assert_eq!(runs[1]["studies"]["simulated"], counts);

    assert_eq!(code(&brasslink(&arguments)), 2, "without distractors nothing is measured");
    std::fs::write(&out, r#"{"runs":1}"#).unwrap();
    let refused = brasslink(&[&arguments[..], &["--distractors", "30"]].concat());
    assert_eq!(code(&refused), 2, "{}", stderr(&refused));
    assert!(stderr(&refused).contains("recall.json: expected measured recalls"), "{}", stderr(&refused));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), r#"{"runs":1}"#, "what is not understood is not overwritten");
}

/// A tray of files that lie beside one that does not.
#[test]
fn a_batch_goes_on_past_bad_files_and_says_what_failed_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut good: Vec<_> =
        std::fs::read_dir(fixtures().join("city/scans")).unwrap().map(|e| e.unwrap().path()).collect();
    good.sort();
    let bytes = std::fs::read(&good[0]).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let bad = [
        write("truncated.x3p", &bytes[..bytes.len() / 2]),
        write("text.x3p", b"this is a letter, not a scan\n"),
        write("empty.x3p", b""),
        write("bomb.x3p", &bomb()),
        folder.path().join("absent.x3p"),
    ];
    let gallery = folder.path().join("gallery");
    let mut args = vec!["submit"];
    args.extend(bad.iter().map(|p| text(p)));
    args.extend([text(&good[0]), "--gallery", text(&gallery), "--json"]);
    let output = brasslink(&args);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let done: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(done["accepted"], 1);
    let why: Vec<&str> = done["files"].as_array().unwrap().iter().filter_map(|f| f["why"].as_str()).collect();
    assert_eq!(why.len(), bad.len(), "{done}");
    for (path, why) in bad.iter().zip(why) {
        assert!(why.contains(path.file_name().unwrap().to_str().unwrap()), "{why}");
        assert!(why.contains("expected") || why.contains("cannot"), "{why}");
    }
}

/// A zip whose one entry inflates to a hundred megabytes of nothing.
fn bomb() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("main.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let block = vec![b' '; 1 << 20];
    for _ in 0..100 {
        archive.write_all(&block).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn wrong_arguments_and_unknown_names_have_their_own_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let none = brasslink(&["correlate", "--all"]);
    assert_eq!(code(&none), 2, "{}", stderr(&none));
    let no_gallery = brasslink(&["correlate", "--all", "--gallery", text(folder.path())]);
    assert_eq!(code(&no_gallery), 5, "{}", stderr(&no_gallery));
    let file = brasslink(&["compare", "no-such.x3p", "neither.x3p"]);
    assert_eq!(code(&file), 3);
    assert!(stderr(&file).contains("no-such.x3p"), "{}", stderr(&file));
    let model = folder.path().join("model.json");
    std::fs::write(&model, r#"{"version":1}"#).unwrap();
    let strange = brasslink(&["compare", "a.x3p", "b.x3p", "--model", text(&model)]);
    assert_eq!(code(&strange), 2, "{}", stderr(&strange));
    assert!(stderr(&strange).contains("model.json") && stderr(&strange).contains("calibrate --truth"));
    let gate = folder.path().join("gate.json");
    std::fs::write(&gate, r#"{"reason":"test","least":{"pairs.auc":1.5}}"#).unwrap();
    let root = fixtures().join("city");
    let failed = brasslink(&[
        "evaluate",
        "--truth",
        text(&root.join("truth.csv")),
        "--root",
        text(&root),
        "--pairs",
        "40",
        "--gate",
        text(&gate),
    ]);
    assert_eq!(code(&failed), 4, "{}", stderr(&failed));
    assert!(stderr(&failed).contains("pairs.auc: expected at least 1.5"), "{}", stderr(&failed));
}

#[test]
fn a_table_of_traces_with_a_wrong_date_loads_its_good_rows() {
    let folder = tempfile::tempdir().unwrap();
    let gallery = folder.path().join("gallery");
    let table = folder.path().join("t.csv");
    let rows = "trace_no,serial,manufacturer,caliber,recovery_date\nT-1,ABC12345,Ruger,9mm,2024-05-06\n\
                T-2,ABD12345,Ruger,9mm,2024-02-31\n";
    std::fs::write(&table, rows).unwrap();
    let output = brasslink(&["trace", "import", text(&table), "--gallery", text(&gallery), "--json"]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let done: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(done["tables"][0]["new"], 1);
    assert_eq!(done["tables"][0]["rejects"][0]["row"], 3, "{done}");
}

#[test]
fn every_help_carries_an_example() {
    for command in [
        "submit",
        "correlate",
        "grow",
        "expunge",
        "compare",
        "lead",
        "trace",
        "report",
        "simulate",
        "evaluate",
        "calibrate",
        "demo",
        "audit",
    ] {
        let output = brasslink(&[command, "--help"]);
        assert!(String::from_utf8_lossy(&output.stdout).contains("Example: brasslink "), "{command}");
    }
}

/// 24 firearms, one known match each and every pair of them; `noise` tells kinds of marks apart.
fn score_table(noise: f64) -> String {
    let mut table = String::from("weapon1,weapon2,hypothesis,accf,cmc,n\n");
    for i in 0..24 {
        for j in i..24 {
            let u = (f64::from(i * 24 + j) * noise).fract();
            let score = if i == j { 6.0 + 10.0 * u } else { 10.0 * u };
            let cmc = (score * 1.5) as u32;
            table += &format!("g{i:02},g{j:02},{},{score:.3},{cmc},30\n", u8::from(i == j));
        }
    }
    table
}

#[test]
fn tables_of_scores_become_models_plots_and_figures_on_unseen_firearms() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two, out] = ["breech.csv", "pin.csv", "models.json"].map(|n| folder.path().join(n));
    std::fs::write(&one, score_table(0.618_034)).unwrap();
    std::fs::write(&two, score_table(0.754_878)).unwrap();
    let plots = folder.path().join("plots");
    let done = json(&[
        "calibrate",
        "--scores",
        text(&one),
        "--scores",
        text(&two),
        "--gallery-size",
        "5",
        "--out",
        text(&out),
        "--plots",
        text(&plots),
    ]);
    assert_eq!(done["systems"].as_array().unwrap().len(), 6, "two tables and both together, by scores and by counts");
    assert_eq!(done["joined_pairs"], 300);
    let fused = &done["systems"][4]["mean"];
    assert!(fused["cllr"].as_f64().unwrap() < done["systems"][0]["mean"]["cllr"].as_f64().unwrap(), "{fused}");
    let written: Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    assert_eq!(written["models"].as_array().unwrap().len(), 6);
    assert_eq!(std::fs::read_dir(&plots).unwrap().count(), 2 + 1 + 3 * 6);
    let spanish = brasslink(&["calibrate", "--scores", text(&one), "--lang", "es"]);
    assert!(String::from_utf8_lossy(&spanish.stdout).contains("conteo de celdas"));
    std::fs::write(&two, "weapon1,weapon2,hypothesis,accf\na,a,1,x\n").unwrap();
    let refused = brasslink(&["calibrate", "--scores", text(&two)]);
    assert_eq!(code(&refused), 3);
    assert!(
        stderr(&refused).contains("pin.csv: row 2: accf: expected a finite number, got \"x\""),
        "{}",
        stderr(&refused)
    );
    assert_eq!(code(&brasslink(&["calibrate"])), 2);
    let mixed = brasslink(&["calibrate", "--truth", "t.csv", "--root", ".", "--scores", text(&one)]);
    assert_eq!(code(&mixed), 2, "{}", stderr(&mixed));
}
