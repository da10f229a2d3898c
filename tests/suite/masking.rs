//! No name of a person in anything that is written for a role without the right: every command of the tree, every format, searched for marker names.
//!
//! The database of the gallery is the one place that holds names. A command that is new in the tree and has no entry here fails the test.

use brasslink::cli::arguments::Cli;
use clap::CommandFactory as _;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Every name of a person in the input begins with this.
const MARKER: &str = "zzqx";

/// A call: its words, and the exit codes that are in order. `{out}` is the folder it may write to.
struct Call {
    words: Vec<String>,
    codes: &'static [i32],
}

fn call(words: &str, codes: &'static [i32]) -> Call {
    Call { words: words.split(' ').map(str::to_owned).collect(), codes }
}

pub(super) struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn run(&self, words: &[String], more: &[&str]) -> Output {
        let gallery = self.path("gallery");
        let fill = |word: &String| {
            word.replace("{out}", self.path("out").to_str().unwrap()).replace("{in}", self.path("in").to_str().unwrap())
        };
        Command::new(env!("CARGO_BIN_EXE_brasslink"))
            .args(words.iter().map(fill))
            .args(more)
            .args(["--quiet", "--gallery"])
            .arg(gallery)
            .current_dir(self.path("out"))
            .env_remove("BRASSLINK_LANG")
            .env("BRASSLINK_ACTOR", "T. Soto")
            .output()
            .unwrap()
    }

    pub(super) fn done(&self, words: &str) -> serde_json::Value {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        let output = self.run(&words, &["--json"]);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// Traces of the register of the fixture city, with a marker in every place that holds a person.
fn traces() -> String {
    let register = std::fs::read_to_string(fixtures().join("city/firearms.csv")).unwrap();
    let mut out = String::from(
        "trace_no,status,serial,manufacturer,model,caliber,type,recovery_date,recovery_city,recovery_state,recovery_country,agency,case_no,officer,possessor,\
         disposition,disposition_kind,disposition_name,disposition_state,disposition_date,purchaser,purchase_date,associates\n",
    );
    for (i, line) in register.lines().skip(1).enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        for (n, (kind, name, state, day)) in [
            ("manufacturer", "Open Maker", "", "2012-01-05"),
            ("retailer", "Open Dealer", "TX", "2013-03-01"),
            ("first_purchaser", "ZZQX-PURCHASER", "TX", "2013-04-02"),
            ("later_purchaser", "ZZQX-LATER", "TX", "2014-04-02"),
        ]
        .into_iter()
        .enumerate()
        {
            let name = if name.starts_with("ZZQX") { format!("{name}-{i}") } else { name.to_owned() };
            out.push_str(&format!(
                "T-{i},completed,{serial},{maker},{model},9 mm,pistol,{recovered},{city},{state_of},{country},{agency},{case},ZZQX-OFFICER-{i},ZZQX-POSSESSOR-{i},{n},{kind},{name},{state},{day},ZZQX-PURCHASER-{i},2013-04-02,ZZQX-ASSOCIATE-{i}\n",
                n = n + 1,
                serial = cells[1],
                maker = cells[3],
                model = cells[4],
                recovered = cells[9],
                city = cells[10],
                state_of = cells[11],
                country = cells[12],
                agency = cells[13],
                case = cells[14],
            ));
        }
    }
    // Two rows that do not load: no number, and a day that is none.
    out.push_str(",completed,AB1,Open Maker,M,9 mm,pistol,2020-01-01,Laredo,TX,US,A,C,ZZQX-OFFICER-90,ZZQX-POSSESSOR-90,1,first_purchaser,ZZQX-PURCHASER-90,TX,2013-04-02,ZZQX-PURCHASER-90,2013-04-02,ZZQX-ASSOCIATE-90\n");
    out.push_str("T-91,completed,AB2,Open Maker,M,9 mm,pistol,2020-99-99,Laredo,TX,US,A,C,ZZQX-OFFICER-91,ZZQX-POSSESSOR-91,1,first_purchaser,ZZQX-PURCHASER-91,TX,2013-04-02,ZZQX-PURCHASER-91,2013-04-02,ZZQX-ASSOCIATE-91\n");
    out
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The registers of test fires, custody and transactions, with a marker for every person.
const REGISTERS: [(&str, &str); 3] = [
    ("fires.csv", "Specimen,Firearm,Date,Who\nSF-00002-T1,SF-00002,2019-07-30,ZZQX-FIRED-1\n"),
    (
        "hands.csv",
        "Firearm,From,To,Date,Reason,Remark\nSF-00002,ZZQX-AGENT-1,ZZQX-STORE-1,2019-07-25,storage,ZZQX-REMARK\n",
    ),
    (
        "sales.csv",
        "Date,From,To,Kind,Serial Number,Manufacturer,Model,Caliber\n\
         2013-04-02,ZZQX-SELLER-1,ZZQX-BUYER-1,first_purchaser,P1392320,Hi-Point,C9,9 mm Luger\n",
    ),
];

/// A gallery of six cases, two of them test fires, with a lead that joins a shooting to a traced firearm.
pub(super) fn bench() -> (Bench, String) {
    let bench = Bench { folder: tempfile::tempdir().unwrap() };
    for name in ["in", "out"] {
        std::fs::create_dir(bench.path(name)).unwrap();
    }
    let manifest = std::fs::read_to_string(fixtures().join("city/manifest.csv")).unwrap();
    let rows: Vec<&str> = manifest.lines().take(7).collect();
    std::fs::create_dir(bench.path("in/scans")).unwrap();
    for row in rows.iter().skip(1) {
        let file = row.split(',').next().unwrap();
        std::fs::copy(fixtures().join("city").join(file), bench.path("in").join(file)).unwrap();
    }
    std::fs::write(bench.path("in/manifest.csv"), rows.join("\n")).unwrap();
    std::fs::write(bench.path("in/traces.csv"), traces()).unwrap();
    let all = traces();
    let good: Vec<&str> =
        all.lines().filter(|line| !line.contains("OFFICER-90") && !line.contains("OFFICER-91")).collect();
    std::fs::write(bench.path("in/good.csv"), good.join("\n")).unwrap();
    std::fs::copy(fixtures().join("city/firearms.csv"), bench.path("in/firearms.csv")).unwrap();
    for (name, text) in REGISTERS {
        std::fs::write(bench.path("in").join(name), text).unwrap();
    }
    bench.done("submit --manifest {in}/manifest.csv");
    let lead = bench.done("lead make LRD-2019-0000201-E1-C1 SF-00002-T1 --reason same --role examiner");
    let id = lead["id"].as_str().unwrap().to_owned();
    (bench, id)
}

/// The calls of every command, by its path in the tree.
fn calls(lead: &str) -> BTreeMap<&'static str, Vec<Call>> {
    let ok: &[i32] = &[0];
    let bad: &[i32] = &[2, 3];
    let part: &[i32] = &[0, 3];
    let l = |words: &str| words.replace("{lead}", lead);
    BTreeMap::from([
        ("submit", vec![call("submit --manifest {in}/manifest.csv", ok), call("submit {in}/traces.csv", bad)]),
        (
            "correlate",
            vec![call("correlate --all --csv {out}/c.csv --leads-csv {out}/l.csv", ok), call("correlate nothing", bad)],
        ),
        // A copy of the database is one more database: it lies outside what is searched.
        ("backup", vec![call("backup --to {out}/../backup", &[0, 3])]),
        ("restore", vec![call("restore --from nothing", bad)]),
        ("resign", vec![call("resign", ok), call("resign --from-scans", ok)]),
        ("grow", vec![call("grow --marks 10 --seed 1", ok), call("grow --marks 3 --seed 1 --surfaces", ok)]),
        ("expunge", vec![call("expunge nothing --reason because", bad)]),
        ("audit-funnel", vec![call("audit-funnel --sample 2", ok)]),
        (
            "compare",
            vec![call(
                "compare LRD-2019-0000201-E1-C1 SF-00002-T1 --picture {out}/pair.svg --workings {out}/w.zip",
                ok,
            )],
        ),
        ("control reference", vec![call("control reference {in}/traces.csv --standard S", bad)]),
        ("control submit", vec![call("control submit {in}/traces.csv --standard S", bad)]),
        ("control chart", vec![call("control chart", part)]),
        ("control flags", vec![call("control flags", part)]),
        ("control lift", vec![call("control lift 1 --reason because", bad)]),
        ("outline show", vec![call("outline show SF-00002-T1 --picture {out}/o.svg --drawing {out}/o.json", part)]),
        ("outline set", vec![call("outline set SF-00002-T1 --drawing {in}/traces.csv --reason because", bad)]),
        ("serve", vec![call("serve --listen 0.0.0.0:0", bad)]),
        ("status", vec![call("status", ok)]),
        ("lead make", vec![call("lead make nothing SF-00002-T1 --reason because", bad)]),
        ("lead list", vec![call("lead list", ok)]),
        ("lead show", vec![call(&l("lead show {lead}"), ok), call("lead show nothing", bad)]),
        ("lead examine", vec![call(&l("lead examine {lead}"), bad)]),
        ("lead conclude", vec![call(&l("lead conclude {lead} --conclusion identification --reason because"), bad)]),
        ("lead review", vec![call(&l("lead review {lead} --reason because"), bad)]),
        ("lead withdraw", vec![call("lead withdraw nothing --reason because", bad)]),
        (
            "trace import",
            vec![
                call("trace import {in}/firearms.csv {in}/traces.csv --dry-run --rejects {out}/rejects-dry.csv", part),
                call("trace import {in}/firearms.csv {in}/traces.csv --rejects {out}/rejects.csv", part),
                call("trace import {in}/fires.csv {in}/hands.csv {in}/sales.csv --dry-run", part),
                call("trace import {in}/fires.csv {in}/hands.csv {in}/sales.csv", part),
                call("trace import {in}/scans/SF-00002-T1.x3p", bad),
            ],
        ),
        ("trace profile list", vec![call("trace profile list", ok)]),
        ("trace profile show", vec![call("trace profile show spanish", ok)]),
        ("trace profile check", vec![call("trace profile check {in}/traces.csv", bad)]),
        ("trace history", vec![call("trace history T-0", ok), call("trace history nothing", bad)]),
        (
            "trace search",
            vec![call("trace search --firearm SF-00002", part), call("trace search --serial P1392320", part)],
        ),
        ("trace review list", vec![call("trace review list", ok)]),
        ("trace review show", vec![call("trace review show SF-00002 T-0 --picture {out}/r.svg", &[0, 2, 3])]),
        ("trace review accept", vec![call("trace review accept nothing T-0 --reason because", bad)]),
        ("trace review reject", vec![call("trace review reject nothing T-0 --reason because", bad)]),
        ("trace review undo", vec![call("trace review undo nothing T-0 --reason because", bad)]),
        ("trace learn", vec![call("trace learn", part)]),
        ("trace weights list", vec![call("trace weights list", ok)]),
        ("trace weights show", vec![call("trace weights show", ok)]),
        ("trace weights use", vec![call("trace weights use 99 --reason because", bad)]),
        (
            "trace catalogue check",
            vec![call("trace catalogue check", ok), call("trace catalogue check {in}/traces.csv", bad)],
        ),
        ("trace catalogue show", vec![call("trace catalogue show Glock", ok)]),
        ("trace simulate", vec![call("trace simulate --firearms 5 --traces 60 --out {out}/country", part)]),
        ("trace evaluate", vec![call("trace evaluate --truth {in}/traces.csv", bad)]),
        ("trace analyse flows", vec![call("trace analyse flows --picture {out}/flows.svg --csv {out}/flows.csv", ok)]),
        ("trace analyse times", vec![call("trace analyse times --csv {out}/times.csv", ok)]),
        ("trace analyse indicators", vec![call("trace analyse indicators --csv {out}/indicators.csv", ok)]),
        ("trace analyse clusters", vec![call("trace analyse clusters --csv {out}/clusters.csv", ok)]),
        (
            "trace what-if",
            vec![call(&l("trace what-if --exclude {lead}"), ok), call("trace what-if --exclude nothing", bad)],
        ),
        ("trace link", vec![call("trace link", ok)]),
        (
            "trace show",
            vec![
                call("trace show SF-00002", ok),
                call("trace show T-0", ok),
                call("trace show LRD-2019-0000201", ok),
                call("trace show nothing", bad),
                call("trace show SF-00002 --reveal charge --case C-1", bad),
            ],
        ),
        (
            "report",
            vec![
                call(&l("report --lead {lead} --out {out}/lead.html"), ok),
                call(&l("report --lead {lead} --out {out}/lead.pdf"), ok),
                call("report --exhibit LRD-2019-0000201-E1 --out {out}/list.html", ok),
                call("report --exhibit LRD-2019-0000201-E1 --out {out}/list.pdf", bad),
                call("report --lead nothing --out {out}/none.html", bad),
                call(&l("report --lead {lead} --out {out}/refused.pdf --reveal charge --case C-1"), bad),
            ],
        ),
        (
            "export",
            vec![
                call(&l("export --format graphml --lead {lead} --out {out}/a.graphml"), ok),
                call("export --format graphml --all --out {out}/b.graphml", ok),
                call("export --format csv --all --out {out}/c.csv", ok),
                call("export --format geojson --firearm SF-00002 --out {out}/d.geojson", ok),
                call(
                    "export --format json --incident LRD-2019-0000201 --out {out}/e.json --schema {out}/e.schema.json",
                    ok,
                ),
                call("export --format json --all --out {out}/f.json", ok),
                call("export --format svg --all --out {out}/g.svg", ok),
                call("export --format json --firearm nothing --out {out}/h.json", bad),
                call("export --format json --all --out {out}/refused.json --reveal charge --case C-1", bad),
            ],
        ),
        (
            "bundle make",
            vec![
                call(&l("bundle make --lead {lead} --out {out}/bundle.zip"), ok),
                call("bundle make --lead nothing --out {out}/none.zip", bad),
                call(&l("bundle make --lead {lead} --out {out}/refused.zip --reveal charge --case C-1"), bad),
            ],
        ),
        ("bundle replay", vec![call("bundle replay {out}/bundle.zip", ok), call("bundle replay {in}/traces.csv", bad)]),
        ("simulate", vec![call("simulate --firearms 1 --shots 1 --out {out}/city", part)]),
        ("evaluate", vec![call("evaluate --truth {in}/traces.csv --root {in}", bad)]),
        ("calibrate", vec![call("calibrate --scores {in}/traces.csv", bad)]),
        ("demo", vec![call("demo --firearms 2 --shots 2 --out {out}/demo", part)]),
        ("audit verify", vec![call("audit verify", ok)]),
        ("audit list", vec![call("audit list", ok)]),
    ])
}

/// The order in which calls are made: what fills the gallery first, what looks at it last.
const FIRST: [&str; 4] = ["trace import", "trace link", "correlate", "bundle make"];

/// Commands that work long and read no name: one call each.
const LONG: [&str; 4] = ["audit-funnel", "demo", "simulate", "trace simulate"];

/// Paths of the commands that do something.
fn leaves(command: &clap::Command, above: &str, into: &mut BTreeSet<String>) {
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let path = format!("{above} {}", sub.get_name()).trim().to_owned();
        if sub.has_subcommands() {
            leaves(sub, &path, into);
        } else {
            into.insert(path);
        }
    }
}

/// Whether bytes hold the marker: as they are, inside a zip, or as the text of a PDF.
pub(super) fn holds_marker(name: &str, bytes: &[u8]) -> bool {
    if bytes.starts_with(b"PK") {
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        return (0..zip.len()).any(|at| {
            let mut file = zip.by_index(at).unwrap();
            let mut inside = Vec::new();
            file.read_to_end(&mut inside).unwrap();
            holds_marker(&format!("{name}/{}", file.name()), &inside)
        });
    }
    if bytes.starts_with(b"%PDF") && has_marker(pdf_text(bytes).as_bytes()) {
        return true;
    }
    has_marker(bytes)
}

fn has_marker(bytes: &[u8]) -> bool {
    let lower = bytes.to_ascii_lowercase();
    // As UTF-8, and as UTF-16 of either order.
    let wide: Vec<u8> = MARKER.bytes().flat_map(|b| [b, 0]).collect();
    [MARKER.as_bytes(), &wide[..wide.len() - 1]].iter().any(|needle| lower.windows(needle.len()).any(|w| w == *needle))
}

pub(super) fn pdf_text(bytes: &[u8]) -> String {
    let document = lopdf::Document::load_mem(bytes).unwrap();
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    assert!(!pages.is_empty());
    document.extract_text(&pages).unwrap()
}

/// Every file below a folder but the database of the gallery.
fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        let name = entry.file_name().unwrap().to_string_lossy().into_owned();
        if entry.is_dir() {
            files(&entry, into);
        } else if !name.starts_with("gallery.sqlite3") {
            into.push(entry);
        }
    }
}

#[test]
fn no_command_shows_a_name_to_a_role_without_the_right() {
    let (bench, lead) = bench();
    let table = calls(&lead);
    let mut tree = BTreeSet::new();
    leaves(&Cli::command(), "", &mut tree);
    let known: BTreeSet<String> = table.keys().map(|k| (*k).to_owned()).collect();
    assert_eq!(tree, known, "every command of the tree needs an entry in this table, and no other");

    let order = FIRST.iter().copied().chain(table.keys().copied().filter(|k| !FIRST.contains(k)));
    let mut made = 0;
    for path in order {
        for one in &table[path] {
            let ways = [&["--lang", "es"][..], &["--lang", "en"], &["--json"]];
            for more in ways.into_iter().take(if LONG.contains(&path) { 1 } else { 3 }) {
                let output = bench.run(&one.words, more);
                let code = output.status.code().unwrap_or(-1);
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(one.codes.contains(&code), "{:?} {more:?}: exit code {code}: {said}", one.words);
                assert!(!has_marker(&output.stdout), "{:?} {more:?}: a name on standard output", one.words);
                assert!(!has_marker(&output.stderr), "{:?} {more:?}: a name on standard error", one.words);
                made += 1;
            }
        }
    }
    let mut written = Vec::new();
    files(&bench.path("out"), &mut written);
    files(&bench.path("gallery"), &mut written);
    for path in &written {
        let bytes = std::fs::read(path).unwrap();
        assert!(!holds_marker(&path.display().to_string(), &bytes), "a name in {}", path.display());
    }
    assert!(
        made >= 3 * tree.len() && written.len() >= 20,
        "{made} calls, {} files: too few to say anything",
        written.len()
    );
    for name in ["refused.pdf", "refused.json", "refused.zip"] {
        assert!(!bench.path("out").join(name).exists(), "{name} was refused");
    }
    let page = pdf_text(&std::fs::read(bench.path("out/lead.pdf")).unwrap());
    assert!(page.contains(&lead), "the text of a PDF is read: {page}");

    with_purpose_and_case_names_are_shown_where_meant_and_the_look_is_logged(&bench, &lead);
}

/// The other way round: who may see names sees them, so that the search above finds them where they are.
fn with_purpose_and_case_names_are_shown_where_meant_and_the_look_is_logged(bench: &Bench, lead: &str) {
    let events = || bench.done("audit list").as_array().unwrap().clone();
    let count = |action: &str| events().iter().filter(|e| e["action"] == action).count();
    let (shown, refused) = (count("personal data shown"), count("personal data refused"));
    assert_eq!(shown, 0, "nobody has seen a name yet");
    assert_eq!(refused, 4 * 3, "every refusal is logged");
    let right = ["--reveal", "charging decision", "--case", "2026-CR-1", "--role", "analyst"];
    let mut looks = 0;
    for words in [
        "trace show SF-00002".to_owned(),
        format!("report --lead {lead} --out {{out}}/seen.html"),
        format!("report --lead {lead} --out {{out}}/seen.pdf"),
        "export --format json --firearm SF-00002 --out {out}/seen.json".to_owned(),
        "export --format graphml --firearm SF-00002 --out {out}/seen.graphml".to_owned(),
        "export --format csv --firearm SF-00002 --out {out}/seen.csv".to_owned(),
        "export --format svg --firearm SF-00002 --out {out}/seen.svg".to_owned(),
        format!("bundle make --lead {lead} --out {{out}}/seen.zip"),
    ] {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        let output = bench.run(&words, &right);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        looks += 1;
        if words[0] == "trace" {
            assert!(has_marker(&output.stdout), "{words:?} shows what it was asked for");
        } else {
            assert!(!has_marker(&output.stdout), "{words:?}: names belong into the file alone");
        }
        assert!(!has_marker(&output.stderr));
    }
    for name in ["seen.html", "seen.pdf", "seen.json", "seen.graphml", "seen-nodes.csv", "seen.svg", "seen.zip"] {
        let bytes = std::fs::read(bench.path("out").join(name)).unwrap();
        assert!(holds_marker(name, &bytes), "{name} shows what it was asked for");
    }
    assert_eq!(count("personal data shown"), shown + looks, "every look is in the log");
    let log = serde_json::to_string(&events()).unwrap();
    assert!(log.contains("2026-CR-1") && log.contains("charging decision") && !has_marker(log.as_bytes()));
    // A purpose without a case number is no purpose.
    for more in
        [&["--reveal", "charge", "--role", "analyst"][..], &["--reveal", " ", "--case", " ", "--role", "analyst"]]
    {
        let words: Vec<String> = "trace show SF-00002".split(' ').map(str::to_owned).collect();
        let output = bench.run(&words, more);
        assert!(!output.status.success() && !has_marker(&output.stdout));
    }
    assert_eq!(count("personal data shown"), shown + looks);
}
