//! The journeys: a technician submits, an examiner finds and judges, two examiners confirm, an analyst follows the lead to its report.

use super::driver::{PASSWORD, Page, Service, browser};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Two scans of cases of one pistol: raw ones of a published study where they lie beside the repository, simulated ones otherwise.
fn tray() -> [PathBuf; 2] {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let raw = ["fadul-1-1-raw.x3p", "fadul-1-2-raw.x3p"].map(|name| root.join("../shared/scans/raw").join(name));
    if raw.iter().all(|path| path.is_file()) {
        return raw.map(|path| path.canonicalize().unwrap());
    }
    eprintln!("{}: not found; a simulated tray is submitted", raw[0].display());
    ["C1", "C2"].map(|case| root.join(format!("fixtures/city/scans/TIJ-2020-0000101-E1-{case}.x3p")))
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// Submits one file as an exhibit of an incident of its own and waits for the verdict.
async fn submit(page: &Page, file: &Path, n: usize) {
    page.write("#f-exhibit", &format!("EX-{n}")).await;
    page.write("#f-incident", &format!("INC-{n}")).await;
    page.write("#f-incident_date", "2026-02-03").await;
    page.give(".drop input[type=file]", file).await;
    page.click("button.send").await;
    page.says(&format!("EX-{n}")).await;
}

async fn journey(language: &str, accepted: &str, hit: &str) {
    let Some(programs) = browser() else { return };
    let service = Service::start();
    let page = Page::open(&programs, &service, language).await;
    let people = [("T. Ochoa", "technician"), ("R. Vega", "examiner"), ("M. Sanz", "examiner"), ("A. Lara", "analyst")];
    page.people(&service, &people).await;

    // The technician submits a tray of two exhibits and asks for candidates.
    let files = tray();
    let specimens: Vec<String> = files.iter().enumerate().map(|(n, file)| format!("EX-{n}/{}", stem(file))).collect();
    page.sign_in("T. Ochoa", PASSWORD).await;
    page.go("/submit").await;
    for (n, file) in files.iter().enumerate() {
        submit(&page, file, n).await;
        let group = "section.group:nth-of-type(1) li.file:nth-of-type(1) .badge";
        let start = Instant::now();
        loop {
            let badge = page.find(group).await.text().await.unwrap_or_default();
            if badge.contains(accepted) && page.words().await.contains(&format!("EX-{n}")) {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(90), "{badge}\n{}", page.words().await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    page.click(".job button.main").await;
    page.find(".job a.button.main").await;
    page.sign_out().await;

    // The examiner finds the mate at the head of the list, looks at it, and makes a lead.
    page.sign_in("R. Vega", PASSWORD).await;
    page.go(&format!("/lists/{}", specimens[1].replace('/', "%2F"))).await;
    page.find("li.candidate").await;
    let found = page.find("li.candidate:nth-of-type(1) .who strong").await.text().await.unwrap();
    assert_eq!(found, specimens[0]);
    let proposed = page.ask("GET", "/api/v1/leads", Value::Null).await["body"][0]["id"].as_str().map(str::to_owned);
    page.press("l").await;
    // A strong candidate was proposed by the search, and is judged on its own page.
    if proposed.is_some() {
        page.find(".lead-page").await;
        page.press("j").await;
        page.write("#step-reason", "congruent marks at the upper left").await;
        page.click("dialog button.main").await;
    } else {
        page.write("#lead-reason", "congruent marks at the upper left").await;
        page.click("dialog button.main").await;
        page.find("li.candidate .lead-state a").await;
    }
    let lead = page.lead_in("lead").await;
    let (a, b) = (specimens[0].replace('/', "%2F"), specimens[1].replace('/', "%2F"));
    page.go(&format!("/bench?reference={a}&comparison={b}")).await;
    page.find("canvas").await;
    page.go(&format!("/leads/{lead}")).await;
    page.find(".lead-page").await;
    page.press("e").await;
    page.click("dialog button.main").await;
    page.says(if language == "es" { "Concluir sobre" } else { "Conclude on" }).await;
    page.press("c").await;
    page.click("dialog input[value=identification]").await;
    page.write("#step-reason", "seen under the comparison microscope").await;
    page.click("dialog button.main").await;
    // Whoever concluded may not review, and is told so before trying.
    page.says(if language == "es" { "por eso no puede revisarla" } else { "so you cannot review it" }).await;
    page.sign_out().await;

    // A second examiner confirms.
    page.sign_in("M. Sanz", PASSWORD).await;
    page.go(&format!("/leads/{lead}")).await;
    page.says(if language == "es" { "Revisión: de acuerdo" } else { "Review: agree" }).await;
    page.press("a").await;
    page.write("#step-reason", "agreed").await;
    page.click("dialog button.main").await;
    page.says(hit).await;
    let row = page.ask("GET", &format!("/api/v1/leads/{lead}"), Value::Null).await;
    assert_eq!(row["body"]["row"]["state"], "hit", "{row}");
    page.sign_out().await;

    // The analyst follows it to what is known, and takes the report along.
    page.sign_in("A. Lara", PASSWORD).await;
    page.go(&format!("/investigation/{lead}")).await;
    page.says("INC-0").await;
    page.find("main h1, main h2").await;
    page.press("p").await;
    let downloads = service.folder.path().join("downloads");
    let start = Instant::now();
    let report = loop {
        let files = std::fs::read_dir(&downloads).into_iter().flatten().flatten().map(|entry| entry.path());
        if let Some(pdf) = files.into_iter().find(|path| path.extension().is_some_and(|e| e == "pdf")) {
            break std::fs::read(pdf).unwrap();
        }
        assert!(start.elapsed() < Duration::from_secs(90), "no report came\n{}", page.words().await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(report.starts_with(b"%PDF-"));
    let audit = page.ask("GET", "/api/v1/audit", json!(null)).await;
    assert_eq!(audit["status"], 403, "the log is for auditors");
    page.client.clone().close().await.unwrap();
}

#[test]
fn a_tray_becomes_a_hit_and_a_report_in_a_browser_in_english() {
    tokio::runtime::Runtime::new().unwrap().block_on(journey("en", "accepted", "hit"));
}

#[test]
fn a_tray_becomes_a_hit_and_a_report_in_a_browser_in_spanish() {
    tokio::runtime::Runtime::new().unwrap().block_on(journey("es", "aceptado", "coincidencia confirmada"));
}
