//! The registers of test fires, custody and transactions by the commands: what reports, exports and bundles say of them, and to whom.

use super::bundles::{Files, replayed, signed, unpacked};
use super::masking::{Bench, bench, holds_marker, pdf_text};
use serde_json::Value;

/// Who fired which case: one of them before the firearm was recovered, and a case from a scene under another firearm.
const FIRES: &str = "Specimen,Firearm,Date,Who\n\
    SF-00002-T1,SF-00002,2019-07-10,ZZQX-EXPERT One\n\
    SF-00002-T9,SF-00002,2019-07-30,ZZQX-EXPERT One\n\
    LRD-2019-0000201-E1-C1,SF-00003,2019-07-30,ZZQX-EXPERT Two\n";

/// From hand to hand: over the day of the shooting, and at the end out of hands that never took it.
const HANDS: &str = "Indicio,Arma,De,A,Fecha,Motivo\n\
    ,SF-00002,ZZQX-AGENT One,ZZQX-EXPERT One,2019-05-01,dictamen\n\
    ,SF-00002,ZZQX-EXPERT One,ZZQX-STORE One,2019-07-25,resguardo\n\
    ,SF-00002,ZZQX-OTHER One,ZZQX-JUDGE One,2019-08-01,audiencia\n\
    SF-00002-T1,,ZZQX-EXPERT One,ZZQX-STORE One,2019-07-26,resguardo\n";

/// Who sold it to whom: to another buyer than the trace names, and once more when it was recovered long ago.
const SALES: &str = "Date,From,From FFL,To,Kind,FFL,Serial Number,Manufacturer,Model,Caliber,Invoice\n\
    2013-03-01,Open Maker,,Mesa Open Supply,dealer,9-74-123-01-6B-12345,P1392320,Hi-Point,C9,9 mm Luger,F-17\n\
    2013-04-02,Mesa Open Supply,9-74-123-01-6B-12345,ZZQX-BUYER One,first_purchaser,,P1392320,Hi-Point,C9,9 mm Luger,F-18\n\
    2020-01-03,Mesa Open Supply,9-74-123-01-6B-12345,Verde Open Guns,dealer,9-74-123-01-6B-54321,P1392320,Hi-Point,C9,9 mm Luger,F-19\n";

/// What the registers above say against casework, traces and each other.
const AGAINST: [&str; 6] = [
    "shooting_in_custody",
    "test_fire_before_recovery",
    "test_fire_of_another",
    "custody_gap",
    "purchasers_differ",
    "sold_after_recovery",
];

fn with_registers() -> (Bench, String) {
    let (bench, lead) = bench();
    for (name, text) in [("fires.csv", FIRES), ("hands.csv", HANDS), ("sales.csv", SALES)] {
        std::fs::write(bench.path("in").join(name), text).unwrap();
    }
    bench.done("trace import {in}/firearms.csv {in}/good.csv {in}/fires.csv {in}/hands.csv {in}/sales.csv");
    bench.done("trace link");
    (bench, lead)
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn read(bench: &Bench, name: &str) -> Vec<u8> {
    std::fs::read(bench.path("out").join(name)).unwrap()
}

#[test]
fn reports_and_exports_tell_the_registers_and_name_nobody_without_a_purpose() {
    let (bench, lead) = with_registers();
    let right = ["--reveal", "charging decision", "--case", "2026-CR-1", "--role", "analyst"];
    let calls = [
        format!("report --lead {lead} --out {{out}}/lead-{{way}}.html"),
        format!("report --lead {lead} --out {{out}}/lead-{{way}}.pdf"),
        "export --format json --all --out {out}/all-{way}.json".to_owned(),
        "export --format graphml --all --out {out}/all-{way}.graphml".to_owned(),
        "export --format csv --all --out {out}/all-{way}.csv".to_owned(),
        "export --format svg --all --out {out}/all-{way}.svg".to_owned(),
    ];
    for (way, more) in [("en", &["--lang", "en"][..]), ("es", &["--lang", "es"]), ("named", &right)] {
        for call in &calls {
            let output = bench.run(&words(&call.replace("{way}", way)), more);
            assert!(output.status.success(), "{call} {more:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    // A person reads the hands, the shots and the sales in the report, and what speaks against them.
    for (way, told) in [
        ("en", ["Chain of custody", "handed over", "test-fired from SF-00002", "gap", "in custody at the time"]),
        (
            "es",
            ["Cadena de custodia", "entrega", "disparo de prueba de SF-00002", "hueco", "en custodia en el momento"],
        ),
    ] {
        let page = String::from_utf8(read(&bench, &format!("lead-{way}.html"))).unwrap();
        let pdf = pdf_text(&read(&bench, &format!("lead-{way}.pdf")));
        let pdf = pdf.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in told {
            assert!(page.contains(word), "{way}: the page says {word:?}");
            assert!(pdf.contains(word), "{way}: the PDF says {word:?}: {pdf}");
        }
        for word in ["hands.csv 3", "fires.csv 2", "SF-00002-T9", "Mesa Open Supply", "2019-08-01"] {
            assert!(page.contains(word), "{way}: the page says {word:?}");
        }
        let lane = if way == "en" { ">Custody<" } else { ">Custodia<" };
        assert!(page.contains(lane), "{way}: transfers have a lane of their own on the timeline");
    }
    // A program reads the same.
    let json: Value = serde_json::from_slice(&read(&bench, "all-en.json")).unwrap();
    let edges = json["edges"].as_array().unwrap();
    let of_kind = |kind: &str| edges.iter().filter(|e| e["kind"] == kind).collect::<Vec<_>>();
    let count = |kind: &str| of_kind(kind).len();
    assert_eq!((count("custody_given"), count("custody_taken")), (4, 4));
    assert_eq!((count("transferred_by"), count("acquired_by")), (3, 3));
    let fired = of_kind("test_fire_custody");
    assert!(fired.iter().any(|e| e["from"] == "test_fire:SF-00002-T9" && e["first_day"] == "2019-07-30"), "{fired:?}");
    assert!(of_kind("custody_taken").iter().any(|e| e["from"] == "test_fire:SF-00002-T1"), "a case has hands too");
    assert!(of_kind("acquired_by").iter().all(|e| e["status"] == "automatic" && e["first_day"].is_string()));
    let conflicts: Vec<&str> =
        json["conflicts"].as_array().unwrap().iter().map(|c| c["kind"].as_str().unwrap()).collect();
    for kind in AGAINST {
        assert!(conflicts.contains(&kind), "{kind} is told: {conflicts:?}");
    }
    let graphml = String::from_utf8(read(&bench, "all-en.graphml")).unwrap();
    let table = String::from_utf8(read(&bench, "all-en-edges.csv")).unwrap();
    for kind in ["custody_given", "custody_taken", "transferred_by", "acquired_by", "test_fire_custody"] {
        let all = count(kind);
        assert_eq!(graphml.matches(&format!(">{kind}<")).count(), all, "GraphML: {kind}");
        assert_eq!(table.matches(&format!(",{kind},")).count(), all, "CSV: {kind}");
    }
    // Names are there for a purpose alone.
    for name in
        ["lead-@.html", "lead-@.pdf", "all-@.json", "all-@.graphml", "all-@-nodes.csv", "all-@-edges.csv", "all-@.svg"]
    {
        for way in ["en", "es"] {
            let name = name.replace('@', way);
            assert!(!holds_marker(&name, &read(&bench, &name)), "a name in {name}");
        }
    }
    let told = String::from_utf8(read(&bench, "all-named.json")).unwrap();
    let page = String::from_utf8(read(&bench, "lead-named.html")).unwrap();
    for person in ["ZZQX-EXPERT One", "ZZQX-STORE One", "ZZQX-JUDGE One", "ZZQX-BUYER One"] {
        assert!(told.contains(person), "{person} is in the export for whoever may see it");
        assert!(page.contains(person), "{person} is in the report for whoever may see it");
    }
    let named: Value = serde_json::from_str(&told).unwrap();
    let labels: Vec<&str> = named["nodes"].as_array().unwrap().iter().filter_map(|n| n["label"].as_str()).collect();
    assert_eq!(labels.iter().filter(|l| **l == "ZZQX-EXPERT One").count(), 1, "one person is one node: {labels:?}");
}

/// The files with one value of a JSON file changed, digests mended as a forger would.
fn forged(files: &Files, name: &str, change: impl Fn(&mut Value)) -> Files {
    let mut files = files.clone();
    let mut value: Value = serde_json::from_slice(&files[name]).unwrap();
    change(&mut value);
    files.insert(name.to_owned(), serde_json::to_vec(&value).unwrap());
    signed(&files)
}

#[test]
fn a_bundle_carries_the_registers_and_a_row_that_was_touched_is_named() {
    let (bench, lead) = with_registers();
    let made = bench.done(&format!("bundle make --lead {lead} --out {{out}}/bundle.zip"));
    assert_eq!(made["names_shown"], false);
    let bytes = read(&bench, "bundle.zip");
    assert!(!holds_marker("bundle.zip", &bytes), "no name without a purpose");
    let files = unpacked(&bytes);
    let (code, found) = replayed(&bench, &files);
    assert_eq!((code, &found["equal"]), (0, &Value::Bool(true)), "{found}");
    let results: Value = serde_json::from_slice(&files["results.json"]).unwrap();
    let told = results["registers"]["contradictions"].to_string();
    for kind in AGAINST {
        assert!(told.contains(kind), "{kind} is computed from pseudonyms: {told}");
    }
    assert_eq!(results["registers"]["edges"].as_array().unwrap().len(), 4 * 2 + 3 * 2 + 3);

    // A row that was touched is named by its file, whatever was done to it.
    let mut touched = files.clone();
    touched.get_mut("trace/registers.json").unwrap().push(b'\n');
    let (code, found) = replayed(&bench, &touched);
    assert_eq!((code, &found["replay"]["tampered"][0]["what"]), (4, &Value::from("trace/registers.json")), "{found}");
    // A forger who mends the digests is found by what follows from the row.
    let what = |files: &Files| {
        let (code, found) = replayed(&bench, files);
        assert_eq!(code, 4, "{found}");
        found["replay"]["different"].to_string()
    };
    let registers = "trace/registers.json";
    for (table, at, field, value) in [
        ("custody", 0, "date", "2019-06-30"),
        ("custody", 1, "reason", "otro"),
        ("test_fires", 0, "fired_on", "2019-07-29"),
        ("test_fires", 1, "specimen", "SF-00002-T8"),
    ] {
        let told = what(&forged(&files, registers, |v| v[table][at][field] = value.into()));
        assert!(told.contains("registers."), "{table} {at} {field}: {told}");
    }
    let sold = forged(&files, registers, |v| v["transactions"][0]["record"]["date"] = "2012-01-01".into());
    assert!(what(&sold).contains("registers.edges"));
    let gone = forged(&files, registers, |v| {
        v["custody"].as_array_mut().unwrap().remove(0);
    });
    assert!(what(&gone).contains("registers."));
    // Two persons made one closes the gap in custody, and that is told.
    let merged = forged(&files, "trace/pseudonyms.json", |v| {
        for at in 0..4 {
            v["custody"][at]["from"] = "P1".into();
            v["custody"][at]["to"] = "P1".into();
        }
    });
    assert!(what(&merged).contains("registers.contradictions"));

    // A bundle of a former release held no registers, and gives its numbers as it did.
    let mut former = files.clone();
    let dropped = ["trace/registers.json", "trace/pseudonyms.json"];
    dropped.iter().for_each(|name| assert!(former.remove(*name).is_some()));
    for (name, change) in [
        ("results.json", (|v: &mut Value| drop(v.as_object_mut().unwrap().remove("registers"))) as fn(&mut Value)),
        ("manifest.json", |v| {
            v["files"].as_array_mut().unwrap().retain(|f| !f["name"].to_string().contains("trace/registers.json"));
            v["files"].as_array_mut().unwrap().retain(|f| !f["name"].to_string().contains("pseudonyms"));
        }),
    ] {
        let mut value: Value = serde_json::from_slice(&former[name]).unwrap();
        change(&mut value);
        former.insert(name.to_owned(), serde_json::to_vec(&value).unwrap());
    }
    let (code, found) = replayed(&bench, &signed(&former));
    assert_eq!((code, &found["equal"]), (0, &Value::Bool(true)), "{found}");

    // For a purpose the names lie beside the masked rows, and the replay does not need them.
    let right = ["--reveal", "charging decision", "--case", "2026-CR-1", "--role", "analyst"];
    let output = bench.run(&words(&format!("bundle make --lead {lead} --out {{out}}/named.zip")), &right);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let named = unpacked(&read(&bench, "named.zip"));
    let names = std::str::from_utf8(&named["trace/register-names.json"]).unwrap();
    assert!(names.contains("ZZQX-JUDGE One") && names.contains("ZZQX-BUYER One"), "{names}");
    for name in [registers, "trace/pseudonyms.json", "results.json"] {
        assert!(!holds_marker(name, &named[name]), "{name} is masked there too");
    }
    let (code, found) = replayed(&bench, &named);
    assert_eq!((code, &found["equal"]), (0, &Value::Bool(true)), "{found}");
}
