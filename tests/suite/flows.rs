//! Flows by the commands: what each role is told, and that the level of countries holds what is true and tells no more than the states.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// Guns from here to there, of a dealer with this licence.
const GUNS: [(&str, &str, usize); 9] = [
    ("TX", "Sonora", 31),
    ("TX", "Chihuahua", 22),
    ("TX", "TX", 17),
    ("AZ", "Sonora", 28),
    ("AZ", "Chihuahua", 3),
    ("AZ", "TX", 9),
    ("", "Sonora", 6),
    ("Jalisco", "Chihuahua", 7),
    ("Jalisco", "TX", 6),
];

fn traces() -> String {
    let mut out = String::from(
        "trace_no,status,serial,manufacturer,model,caliber,type,recovery_date,recovery_state,dealer,disposition_state,ffl\n",
    );
    let mut n = 0;
    for (from, to, guns) in GUNS {
        for _ in 0..guns {
            n += 1;
            let (dealer, ffl) = match from {
                "" => (String::new(), String::new()),
                from => (
                    format!("Open Invented Guns {from}"),
                    format!("9-74-123-01-6B-1234{}", from.len() + usize::from(from == "AZ")),
                ),
            };
            out.push_str(&format!(
                "T{n:03},completed,ABC{n:05},Glock,19,9 mm,pistol,2020-03-0{},{to},{dealer},{from},{ffl}\n",
                n % 9 + 1
            ));
        }
    }
    out
}

pub(super) fn run(folder: &Path, words: &str) -> Output {
    let words = words.split(' ').map(|w| w.replace("{in}", folder.to_str().unwrap()));
    Command::new(env!("CARGO_BIN_EXE_brasslink"))
        .args(words)
        .args(["--json", "--quiet", "--gallery"])
        .arg(folder.join("gallery"))
        .env_remove("BRASSLINK_LANG")
        .env_remove("BRASSLINK_ROLE")
        .output()
        .unwrap()
}

pub(super) fn done(folder: &Path, words: &str) -> Value {
    let output = run(folder, words);
    assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn countries_are_told_as_far_as_their_states_are_and_dealers_to_those_who_may_see_the_records() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("traces.csv"), traces()).unwrap();
    done(folder, "trace import {in}/traces.csv");
    let truth = done(folder, "trace analyse flows --level country --fewest 1 --role analyst");
    let told = done(folder, "trace analyse flows --level country");
    assert_eq!(told["flows"]["recoveries"], serde_json::json!(["MX", "US"]));
    let (mut ranges, mut numbers) = (0, 0);
    for (told, truth) in
        told["flows"]["counts"].as_array().unwrap().iter().zip(truth["flows"]["counts"].as_array().unwrap())
    {
        for (told, truth) in told.as_array().unwrap().iter().zip(truth.as_array().unwrap()) {
            let n = truth.as_u64().unwrap();
            if let Some(exact) = told.as_u64() {
                numbers += 1;
                assert_eq!(exact, n);
                continue;
            }
            ranges += 1;
            assert!(
                told["least"].as_u64().unwrap() <= n && told["most"].as_u64().is_none_or(|most| n <= most),
                "{told}"
            );
        }
    }
    assert!(ranges > 0 && numbers > 0, "{told}");
    let states = done(folder, "trace analyse flows --level state");
    let withheld = |v: &Value| v["flows"]["counts"].to_string().matches("null").count();
    assert!(withheld(&states) >= 4, "{states}");
    assert!(withheld(&done(folder, "trace analyse flows --fewest 9")) > withheld(&states));
    // Dealers are a part of a row: beside the table they would tell what it withholds.
    assert_eq!(states["dealers"], serde_json::json!([]));
    let seen = done(folder, "trace analyse flows --role analyst");
    assert!(!seen["dealers"].as_array().unwrap().is_empty(), "{seen}");
    assert_eq!(run(folder, "trace analyse flows --fewest 4").status.code(), Some(2));
}
