//! Batches of searches: in parts, at the same time, again, and what they say of it.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};

fn start(gallery: &Path, args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_brasslink"))
        .args(args)
        .arg("--gallery")
        .arg(gallery)
        .args(["--quiet", "--json"])
        .env_remove("BRASSLINK_GALLERY")
        .env_remove("BRASSLINK_LANG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn end(child: Child) -> Value {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn json(gallery: &Path, args: &[&str]) -> Value {
    end(start(gallery, args))
}

fn refused(gallery: &Path, args: &[&str]) -> String {
    let output = start(gallery, args).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The lists of batches: query and candidates as text, whoever made them in whatever order.
fn lists<'a>(batches: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    let results = batches.into_iter().flat_map(|b| b["results"].as_array().unwrap());
    results.map(|r| format!("{} {}", r["query"], r["candidates"])).collect()
}

fn leads<'a>(batches: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    let leads = batches.into_iter().flat_map(|b| b["proposed"].as_array().unwrap());
    leads.map(|lead| lead["id"].to_string()).collect()
}

fn pairs_kept(gallery: &Path) -> u64 {
    let database = rusqlite::Connection::open(gallery.join("gallery.sqlite3")).unwrap();
    database.query_row("SELECT count(*) FROM pair_score", [], |row| row.get(0)).unwrap()
}

fn total(batch: &Value, of: &str) -> u64 {
    batch["totals"][of].as_u64().unwrap()
}

#[test]
fn a_batch_in_parts_is_the_batch_and_no_pair_is_compared_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/city/manifest.csv");
    json(&whole, &["submit", "--manifest", manifest.to_str().unwrap()]);
    std::fs::create_dir(&parts).unwrap();
    std::fs::copy(whole.join("gallery.sqlite3"), parts.join("gallery.sqlite3")).unwrap();

    let csv = folder.path().join("leads.csv");
    let all = json(&whole, &["correlate", "--all", "--threads", "1", "--leads-csv", csv.to_str().unwrap()]);
    let queries = all["queries"].as_u64().unwrap();
    assert!(queries > 20 && !leads([&all]).is_empty());
    assert_eq!((total(&all, "queries"), total(&all, "known")), (queries, 0));
    // A pair counts twice where both marks asked for it.
    assert!(pairs_kept(&whole) >= total(&all, "compared") / 2 && pairs_kept(&whole) < total(&all, "compared"));
    let mut table = csv::Reader::from_path(&csv).unwrap();
    let rows: BTreeSet<String> = table.records().map(|row| format!("\"{}\"", &row.unwrap()[0])).collect();
    assert_eq!(rows, leads([&all]));

    // Two processes at the same time on one gallery, a third part after them.
    let beside = ["1/3", "2/3"].map(|part| start(&parts, &["correlate", "--all", "--threads", "2", "--block", part]));
    let [one, two] = beside.map(end);
    let three = json(&parts, &["correlate", "--all", "--block", "3/3"]);
    assert_eq!(lists([&one, &two, &three]), lists([&all]), "bit for bit, known or compared");
    assert_eq!(leads([&one, &two, &three]), leads([&all]));
    assert_eq!(pairs_kept(&parts), pairs_kept(&whole));
    assert!(total(&three, "known") > 0, "pairs with the first parts were compared there");
    for part in ["1/3", "2/3", "3/3"] {
        let again = json(&parts, &["correlate", "--all", "--block", part]);
        assert_eq!((again["queries"].as_u64(), again["skipped"].as_u64().map(|s| s > 6)), (Some(0), Some(true)));
    }
    assert_eq!(json(&parts, &["correlate", "--all"])["skipped"], queries);

    // Another search of the same marks knows the pairs, and gives the same numbers for them.
    let query = all["results"][0]["query"].as_str().unwrap();
    let specimen = query.split('/').next().unwrap();
    let again = json(&whole, &["correlate", specimen]);
    let receipt = &again["results"][0]["receipt"];
    assert!(receipt["known"] == receipt["compared"] && receipt["known"].as_u64().unwrap() > 0, "{receipt}");
    assert_eq!(again["results"][0]["candidates"], all["results"][0]["candidates"]);
    let before = pairs_kept(&whole);
    let everything = json(&whole, &["correlate", specimen, "--exhaustive"]);
    let receipt = &everything["results"][0]["receipt"];
    let (compared, known) = (receipt["compared"].as_u64().unwrap(), receipt["known"].as_u64().unwrap());
    assert!(known > 0 && known < compared, "{receipt}");
    // Where nothing was left out, a mate can only lie below a rank by its score.
    assert!(receipt.get("recall").is_none(), "{receipt}");
    let ranks = everything["results"][0]["candidates"].as_array().unwrap();
    let below: Vec<f64> = ranks.iter().map(|candidate| candidate["mate_below"].as_f64().unwrap()).collect();
    assert!(
        below.is_sorted_by(|above, below| above >= below) && below.iter().all(|b| (0.0..=1.0).contains(b)),
        "{below:?}"
    );
    for (language, words) in [
        ("en", ["chance that it lies below rank", "no stage can have lost"]),
        ("es", ["quede por debajo del rango", "ninguna etapa"]),
    ] {
        let arguments = ["correlate", specimen, "--exhaustive", "--lang", language, "--quiet", "--gallery"];
        let output = Command::new(env!("CARGO_BIN_EXE_brasslink")).args(arguments).arg(&whole).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(words.iter().all(|w| shown.contains(w)), "{shown}");
    }
    assert_eq!(pairs_kept(&whole), before + compared - known);
}

#[test]
fn a_part_that_cannot_be_is_refused_with_what_would_do() {
    let nowhere = Path::new("nowhere");
    for (part, says) in [
        ("0/4", "from 1 to 4"),
        ("5/4", "got 5"),
        ("1/0", "at least one part"),
        ("2", "such as 2/4"),
        ("a/b", "such as 2/4"),
        ("-1/2", "such as 2/4"),
    ] {
        let part = format!("--block={part}");
        let said = refused(nowhere, &["correlate", "--all", &part]);
        assert!(said.contains(says), "{part}: {said}");
    }
    assert!(refused(nowhere, &["correlate", "E-1", "--block", "1/2"]).contains("cannot be used with"));
}

#[test]
fn a_gallery_that_was_grown_finds_what_it_found_and_says_what_it_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let gallery = folder.path().join("gallery");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/city/manifest.csv");
    json(&gallery, &["submit", "--manifest", manifest.to_str().unwrap()]);
    let plain = json(&gallery, &["correlate", "--all"]);
    let grown = json(&gallery, &["grow", "--marks", "40", "--seed", "7"]);
    assert_eq!((grown["added"].as_u64(), grown["stopped"].as_bool()), (Some(40), Some(false)));
    assert!(grown["sources"].as_u64() == plain["queries"].as_u64() && grown["per_second"].as_f64().unwrap() > 0.0);
    assert_eq!(json(&gallery, &["grow", "--marks", "40", "--seed", "7"])["added"], 0);

    let all = json(&gallery, &["correlate", "--all"]);
    assert_eq!((&all["queries"], total(&all, "signature_only_queries")), (&plain["queries"], 40));
    assert_eq!(total(&all, "compared"), total(&plain, "compared"), "as many comparisons as without them");
    assert!(leads([&all]).is_empty(), "every lead was proposed before");
    for result in all["results"].as_array().unwrap() {
        let named = result["candidates"].to_string();
        assert!(!named.contains("RESAMPLED"), "{named}");
    }
    let evidence = json(&gallery, &["correlate", "--all", "--exhaustive", "--only", "evidence"]);
    let receipt = &evidence["results"][0]["receipt"];
    assert_eq!(receipt["signature_only"], 40, "{receipt}");
    assert_eq!(receipt["compared"].as_u64().map(|n| n + 40), receipt["eligible"].as_u64());
    assert_eq!(json(&gallery, &["audit", "verify"])["received"], 70);

    // It can neither ask nor be compared, and who tries is told so in either language.
    let said = |args: &[&str], code: i32| {
        let output = start(&gallery, args).wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let name = "RESAMPLED-7-00000003";
    assert!(said(&["correlate", name], 3).contains("holds only a signature"));
    assert!(said(&["correlate", name, "--lang", "es"], 3).contains("solo guarda una firma"));
    assert!(said(&["compare", name, name], 3).contains("holds only a signature"));
    assert!(said(&["grow", "--marks", "10000001"], 3).contains("at most 10000000"));
    let text = Command::new(env!("CARGO_BIN_EXE_brasslink"))
        .args(["correlate", "--all", "--exhaustive", "--quiet", "--lang", "es", "--gallery"])
        .arg(&gallery)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("40 marcas solo guardan una firma"), "{text}");

    // Taken out again, by a person who may, for a reason.
    assert!(said(&["expunge", name, "--reason", " "], 3).contains("reason"));
    assert!(said(&["expunge", name, "--reason", "court order", "--role", "auditor"], 3).contains("auditor"));
    let gone = json(&gallery, &["expunge", name, "--reason", "court order 12"]);
    assert_eq!((&gone["specimen"], &gone["removed"]["marks"]), (&Value::from(name), &Value::from(1)));
    assert!(said(&["expunge", name, "--reason", "court order 12"], 3).contains(name));
    let searched = json(&gallery, &["correlate", "--all", "--exhaustive", "--only", "evidence"]);
    assert_eq!(searched["results"][0]["receipt"]["signature_only"], 39);
}
