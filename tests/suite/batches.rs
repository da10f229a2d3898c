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
