//! The clients for other programs, tried against a service: the Python module, and every block of the curl examples.
//!
//! What a machine lacks of `python3`, `curl` and `jq` is told and skipped; with `BRASSLINK_BROWSER=required` it fails instead.

use super::browser::driver::{PASSWORD, Service, program};
use std::path::Path;
use std::process::{Command, Output};

const JOURNEY: &str = r#"
import json, sys
sys.path.insert(0, sys.argv[1])
from brasslink_client import BadInput, Client, NotAllowed
base, first, password, scans = sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:]
chief = Client(base)
chief.sign_in("administrator", first)
chief._json("POST", "/api/v1/session/password", {"current": first, "new": password})
chief.sign_in("administrator", password)
people = {}
for name, role in [("T. Ochoa", "technician"), ("R. Vega", "examiner"), ("M. Sanz", "examiner")]:
    chief._json("POST", "/api/v1/accounts", {"name": name, "role": role, "password": "a first password"})
    one = Client(base)
    one.sign_in(name, "a first password")
    one._json("POST", "/api/v1/session/password", {"current": "a first password", "new": password})
    one.sign_in(name, password)
    people[name] = Client(base, token=one.make_token("test", 1))
ochoa, vega, sanz = people["T. Ochoa"], people["R. Vega"], people["M. Sanz"]
specimens = []
for n, scan in enumerate(scans):
    [told] = ochoa.submit(f"EX-{n}", [scan], incident=f"INC-{n}", incident_date="2026-02-03")
    assert told.status == "accepted", told
    specimens.append(told.specimen)
assert [one.id for one in ochoa.specimens()] == specimens
job = ochoa.wait(ochoa.correlate([specimens[1]]))
assert job.state == "done", job
best = ochoa.correlation(specimens[1]).candidates[0]
assert best.specimen == specimens[0], best
pair = ochoa.compare(*specimens)
assert pair.congruent_cells > 0, pair
heights = ochoa.heights(specimens[0], "coarse", 128)
lead = vega.make_lead(*specimens, "congruent marks").row.id
try:
    ochoa.examine(lead)
    raise SystemExit("a technician examined")
except NotAllowed:
    pass
try:
    vega.conclude(lead, "identification", "")
    raise SystemExit("concluded without examining")
except BadInput:
    pass
vega.examine(lead)
vega.conclude(lead, "identification", "seen under the comparison microscope")
try:
    vega.review(lead, True, "mine")
    raise SystemExit("reviewed one's own conclusion")
except NotAllowed:
    pass
sanz.review(lead, True, "agreed")
assert sanz.lead(lead).row.state == "hit"
assert sanz.report(lead, "pdf")[:5] == b"%PDF-"
assert not sanz.investigation(lead).names_shown
print(json.dumps({"lead": lead, "tokens": [ochoa._token, vega._token, sanz._token]}))
"#;

fn done(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_python_client_goes_from_a_scan_to_a_hit_and_every_curl_example_runs() {
    let missing: Vec<&str> = ["python3", "curl", "jq"].into_iter().filter(|name| program(&[name]).is_none()).collect();
    if !missing.is_empty() {
        eprintln!("{}: not found; the clients were not tried", missing.join(", "));
        assert_ne!(std::env::var("BRASSLINK_BROWSER").as_deref(), Ok("required"), "the clients are tried here");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let service = Service::start();
    let scans = ["C1", "C2"].map(|case| root.join(format!("fixtures/city/scans/TIJ-2020-0000101-E1-{case}.x3p")));
    let run = Command::new("python3")
        .args(["-c", JOURNEY])
        .arg(root.join("src/server/clients/python"))
        .args([&service.at, &service.first, PASSWORD])
        .args(&scans)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_str(done(&run).lines().last().unwrap()).unwrap();
    let token = |n: usize| told["tokens"][n].as_str().unwrap().to_owned();

    let examples = std::fs::read_to_string(root.join("src/server/clients/curl.md")).unwrap();
    let blocks: Vec<&str> = examples.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 10, "{}", blocks.len());
    let folder = tempfile::tempdir().unwrap();
    for block in blocks {
        let run = Command::new("sh")
            .args(["-eu", "-c", block])
            .current_dir(folder.path())
            .env("BRASSLINK", &service.at)
            .env("TOKEN", token(1))
            .env("SECOND_TOKEN", token(2))
            .env("NAME", "R. Vega")
            .env("PASSWORD", PASSWORD)
            .env("SCAN", &scans[0])
            .output()
            .unwrap();
        assert!(!done(&run).contains("\"type\": \"fault\""), "{block}");
    }
}
