//! Pages, files in pieces, lists, saved views, outlines and investigations.

use super::*;
use crate::ids::Digest;

/// Two submitted cases of the fixture city, each of an incident of its own.
async fn two_cases(bench: &Bench) -> [String; 2] {
    let ochoa = bench.sign_in("T. Ochoa").await;
    for (n, name) in ["TIJ-2020-0000101-E1-C1.x3p", "TIJ-2020-0000101-E1-C2.x3p"].into_iter().enumerate() {
        let (exhibit, incident) = (format!("EX-{n}"), format!("INC-{n}"));
        let fields = [("exhibit", exhibit.as_str()), ("incident", &incident), ("incident_date", "2026-02-03")];
        let answer = ochoa.submit(&fields, &[(name, &fixture(name))], None).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", String::from_utf8_lossy(&answer.body));
    }
    let rows = ochoa.get("/api/v1/specimens").await.json();
    [0, 1].map(|n| rows[n]["id"].as_str().unwrap().to_owned())
}

const HTML: axum::http::HeaderValue = axum::http::HeaderValue::from_static("text/html; charset=utf-8");

fn part(id: &str) -> String {
    id.replace('/', "%2F")
}

async fn lead_of(bench: &Bench, [a, b]: &[String; 2]) -> String {
    let new = json!({ "first": a, "second": b, "reason": "same scratch" });
    let made = bench.sign_in("R. Vega").await.change("POST", "/api/v1/leads", new).await;
    made.json()["id"].as_str().unwrap().to_owned()
}

fn actions(bench: &Bench) -> Vec<String> {
    bench.hall.store.audit(0, 10_000).unwrap().into_iter().map(|event| event.entry.action).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_open_and_hold_nothing_while_all_else_asks_who_is_there() {
    let bench = Bench::new();
    let plain = |path: &'static str| bench.send(request("GET", path, None).body(Body::empty()).unwrap());
    for path in ["/", "/sign-in", "/lists/EX-1%2Fa", "/investigation", "/operations"] {
        let page = plain(path).await;
        assert_eq!((page.status, &page.headers[header::CONTENT_TYPE]), (StatusCode::OK, &HTML), "{path}");
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    }
    let script = plain("/assets/app.js").await;
    assert_eq!(script.headers[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
    let tag = script.headers[header::ETAG].clone();
    let again = request("GET", "/assets/app.js", None).header("if-none-match", tag).body(Body::empty()).unwrap();
    assert_eq!(bench.send(again).await.status, StatusCode::NOT_MODIFIED);
    for path in ["/assets/nothing.js", "/assets/../guard.rs", "/assets/%2e%2e/guard.rs", "/assets/"] {
        assert_eq!(plain(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/api/v1/leads", "/api/v1/specimens/x/heights", "/api/v1/operations", "/elsewhere", "/assetsx/app.js"]
    {
        let refused = plain(path).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(refused.headers[header::CONTENT_TYPE], "application/problem+json");
    }
    // Every module that a page asks for is there.
    let mut files = vec!["app.js".to_owned()];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(file) = files.pop() {
        if !seen.insert(file.clone()) {
            continue;
        }
        let path = format!("/assets/{file}");
        let module = bench.send(request("GET", &path, None).body(Body::empty()).unwrap()).await;
        assert_eq!(module.status, StatusCode::OK, "{file}");
        let text = String::from_utf8(module.body).unwrap();
        for quoted in text.split('"').skip(1).step_by(2).filter(|q| q.starts_with('.') && q.ends_with(".js")) {
            let mut parts: Vec<&str> = file.split('/').collect();
            parts.pop();
            for step in quoted.split('/') {
                match step {
                    "." => {}
                    ".." => drop(parts.pop()),
                    step => parts.push(step),
                }
            }
            files.push(parts.join("/"));
        }
    }
    assert!(seen.len() > 10, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_pieces_goes_on_after_a_break_and_is_submitted_whole() {
    let bench = Bench::new();
    let (ochoa, vega) = (bench.sign_in("T. Ochoa").await, bench.sign_in("R. Vega").await);
    let bytes = fixture("TIJ-2020-0000101-E1-C1.x3p");
    let begin = |sha256: Digest| json!({ "name": "../tray/one.x3p", "bytes": bytes.len(), "sha256": sha256 });
    let begun = ochoa.change("POST", "/api/v1/uploads", begin(Digest::of(&bytes))).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.json());
    let path = format!("/api/v1/uploads/{}", begun.json()["id"].as_str().unwrap());
    let piece = |browser: &Browser<'_>, path: &str, at: usize, piece: &[u8]| {
        let request =
            request("PATCH", path, None).header("cookie", &browser.cookie).header("x-csrf-token", &browser.csrf);
        bench.send(request.header("upload-offset", at.to_string()).body(Body::from(piece.to_vec())).unwrap())
    };
    let half = bytes.len() / 2;
    assert_eq!(piece(&ochoa, &path, 0, &bytes[..half]).await.json()["offset"], half);
    assert_eq!(piece(&ochoa, &path, 0, &bytes[..half]).await.status, StatusCode::CONFLICT, "the same piece twice");
    assert_eq!(piece(&ochoa, &path, half, &[&bytes[half..], b"more"].concat()).await.status, StatusCode::CONFLICT);
    assert_eq!(piece(&vega, &path, half, &bytes[half..]).await.status, StatusCode::NOT_FOUND, "another's file");
    let fields = [("exhibit", "EX-1"), ("incident", "INC-1"), ("upload", path.rsplit('/').next().unwrap())];
    let early = ochoa.submit(&fields, &[], None).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", early.json());
    assert_eq!(ochoa.get(&path).await.json()["offset"], half, "it is asked where to go on");
    assert_eq!(piece(&ochoa, &path, half, &bytes[half..]).await.json()["offset"], bytes.len());
    let done = ochoa.submit(&fields, &[], None).await.json();
    assert_eq!((&done[0]["status"], &done[0]["file"]), (&json!("accepted"), &json!("one.x3p")));
    assert_eq!(ochoa.get(&path).await.status, StatusCode::NOT_FOUND, "what is submitted is gone from the pieces");

    let wrong = ochoa.change("POST", "/api/v1/uploads", begin(Digest::of(b"other"))).await.json();
    let path = format!("/api/v1/uploads/{}", wrong["id"].as_str().unwrap());
    piece(&ochoa, &path, 0, &bytes).await;
    let fields = [("exhibit", "EX-2"), ("incident", "INC-1"), ("upload", wrong["id"].as_str().unwrap())];
    assert!(ochoa.submit(&fields, &[], None).await.json()["detail"].as_str().unwrap().contains("SHA-256"));
    assert_eq!(ochoa.change("DELETE", &path, Value::Null).await.status, StatusCode::NO_CONTENT);
    let large = json!({ "name": "a", "bytes": 1u64 << 40 });
    assert_eq!(ochoa.change("POST", "/api/v1/uploads", large).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let analyst = bench.sign_in("A. Lara").await;
    assert_eq!(analyst.change("POST", "/api/v1/uploads", begin(Digest::of(b"x"))).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_that_was_looked_at_is_recorded_once_and_its_saved_view_stands_in_the_report() {
    let bench = Bench::new();
    let pair = two_cases(&bench).await;
    let vega = bench.sign_in("R. Vega").await;
    let looked = json!({ "reference": pair[0], "comparison": pair[1] });
    for _ in 0..2 {
        assert_eq!(vega.change("POST", "/api/v1/views", looked.clone()).await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(actions(&bench).iter().filter(|action| *action == "pair.viewed").count(), 1);
    let nowhere = json!({ "reference": pair[0], "comparison": "nothing" });
    assert_eq!(vega.change("POST", "/api/v1/views", nowhere).await.status, StatusCode::NOT_FOUND);

    let between = format!("/api/v1/comparison?reference={}&comparison={}", part(&pair[0]), part(&pair[1]));
    assert_eq!(vega.get(&between).await.json()["lead"], Value::Null);
    let lead = lead_of(&bench, &pair).await;
    let compared = vega.get(&between).await.json();
    assert_eq!(compared["lead"], json!({ "id": lead, "state": "lead" }));
    let row = vega.get("/api/v1/leads?state=lead").await.json()[0].clone();
    assert_eq!((&row["id"], row["log10_lr_at_bound"].is_boolean()), (&json!(lead), true));
    assert_eq!(row["log10_lr_at_bound"], compared["log10_lr_at_bound"]);
    assert_eq!(vega.get("/api/v1/leads?state=candidate").await.json(), json!([]));
    let picture = vega.get(&format!("/api/v1/specimens/{}/breech-face.png?pixels=64", part(&pair[0]))).await.body;
    use base64::Engine as _;
    let coded = format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(&picture));
    let views = format!("/api/v1/leads/{lead}/views");
    let view = json!({ "picture": coded, "caption": "<b>scratch</b> at four o'clock" });
    let saved = vega.change("POST", &views, view.clone()).await;
    assert_eq!(saved.status, StatusCode::CREATED, "{}", saved.json());
    let kept = vega.get(&format!("{views}/{}.png", saved.json()["digest"].as_str().unwrap())).await;
    assert_eq!(kept.body, picture);
    let no_picture = json!({ "picture": "data:image/png;base64,AAAA", "caption": "" });
    assert_eq!(vega.change("POST", &views, no_picture).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let auditor = bench.sign_in("Q. Auditor").await;
    assert_eq!(auditor.change("POST", &views, view).await.status, StatusCode::FORBIDDEN);
    let report = vega.get(&format!("/api/v1/leads/{lead}/report.html")).await;
    assert!(report.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("sandbox"));
    let text = String::from_utf8(report.body).unwrap();
    assert!(text.contains("&lt;b&gt;scratch&lt;/b&gt; at four o'clock (R. Vega"), "words of people are never markup");
    let pdf = vega.get(&format!("/api/v1/leads/{lead}/report.pdf")).await;
    assert_eq!(&pdf.body[..5], b"%PDF-");
    // The view goes with an expunged specimen.
    let person = crate::casework::Person::new("M. Sanz", Role::Examiner).unwrap();
    let specimen = crate::ids::SpecimenId::new(&pair[0]);
    crate::engine::review::expunge(&bench.hall.store, &SystemClock, &person, &specimen, "order").unwrap();
    assert!(bench.hall.store.lead_views(&crate::ids::LeadId::new(lead)).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_persons_need_role_purpose_and_case_number_and_every_look_is_logged() {
    let bench = Bench::new();
    let lead = lead_of(&bench, &two_cases(&bench).await).await;
    let path = format!("/api/v1/leads/{lead}/investigation");
    let ask = |browser: &Browser<'_>, headers: &[(&'static str, &'static str)]| {
        let mut request = request("GET", &path, None).header("cookie", &browser.cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        bench.send(request.body(Body::empty()).unwrap())
    };
    let both = [("x-purpose", "prosecution%20of%20a%20coacci%C3%B3n"), ("x-case-number", "C-12%2F2026")];
    let (lara, ochoa) = (bench.sign_in("A. Lara").await, bench.sign_in("T. Ochoa").await);
    let masked = ask(&lara, &[]).await.json();
    assert_eq!(masked["names_shown"], false);
    for list in ["links", "events", "intervals", "places", "waterfalls", "chain", "custody"] {
        assert!(masked[list].is_array(), "{list}: {masked}");
    }
    let step = masked["history"][0].clone();
    let event = bench.hall.store.audit_on(&format!("lead {lead}")).unwrap().remove(1);
    assert_eq!((&step["audit_hash"], &event.entry.action), (&json!(event.hash.to_hex()), &"lead.judged".to_owned()));
    assert!(!actions(&bench).iter().any(|action| action.starts_with("personal data")));
    assert_eq!(ask(&lara, &both).await.json()["names_shown"], true);
    assert_eq!(ask(&ochoa, &both).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ask(&lara, &both[..1]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ask(&lara, &[("x-purpose", "%20"), both[1]]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ask(&lara, &[("x-purpose", "%FF"), both[1]]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let log = bench.hall.store.audit(0, 10_000).unwrap();
    let of = |action: &str| log.iter().filter(|event| event.entry.action == action).count();
    assert_eq!((of("personal data shown"), of("personal data refused")), (1, 1));
    assert!(log.iter().any(|event| event.entry.details.contains("coacción")));
    for (file, kind) in
        [("graphml", "application/graphml+xml"), ("nodes.csv", "text/csv; charset=utf-8"), ("json", "application/json")]
    {
        let export = lara.get(&format!("/api/v1/leads/{lead}/export/{file}")).await;
        assert_eq!(
            (export.status, &export.headers[header::CONTENT_TYPE]),
            (StatusCode::OK, &axum::http::HeaderValue::from_static(kind))
        );
    }
    let drawn = lara.get(&format!("/api/v1/leads/{lead}/drawings/pair.svg")).await;
    assert!(drawn.body.starts_with(b"<svg"));
    for missing in ["drawings/nothing.svg", "export/nothing", "drawings/waterfall-99.svg"] {
        assert_eq!(lara.get(&format!("/api/v1/leads/{lead}/{missing}")).await.status, StatusCode::NOT_FOUND);
    }
    let what_if = lara.get(&format!("/api/v1/leads/{lead}/what-if")).await.json();
    assert!(what_if["lines"].is_array(), "{what_if}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outline_is_corrected_with_a_reason_and_heights_lie_in_the_frame_of_the_mark() {
    let bench = Bench::new();
    let [id, _] = two_cases(&bench).await;
    let ochoa = bench.sign_in("T. Ochoa").await;
    let path = format!("/api/v1/specimens/{}/outline", part(&id));
    let before = ochoa.get(&path).await.json();
    assert_eq!(before["versions"], json!([]));
    let circle = json!({ "circle": { "centre": { "x_um": 0.0, "y_um": 0.0 }, "radius_um": 1_500.0 } });
    let give = |drawing: Value, reason: &str| json!({ "drawing": drawing, "reason": reason });
    let good = json!({ "breech_face": circle });
    for (drawing, reason) in
        [(json!({ "firing_pin": circle }), "why"), (good.clone(), " "), (json!({ "breech_face": 3 }), "why")]
    {
        let refused = ochoa.change("PUT", &path, give(drawing, reason)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.json());
    }
    let auditor = bench.sign_in("Q. Auditor").await;
    assert_eq!(auditor.change("PUT", &path, give(good.clone(), "why")).await.status, StatusCode::FORBIDDEN);
    let drawn = ochoa.change("PUT", &path, give(good, "flow-back taken for breech face")).await;
    assert_eq!(drawn.status, StatusCode::OK, "{}", drawn.json());
    assert_eq!((&drawn.json()["number"], &drawn.json()["by"]), (&json!(2), &json!("T. Ochoa")));
    assert_eq!(ochoa.get(&path).await.json()["versions"].as_array().unwrap().len(), 2);
    // An empty drawing takes the correction back: the scan was cropped already, and is its own outline again.
    let face = format!("/api/v1/specimens/{}/breech-face.png?pixels=64", part(&id));
    let corrected = ochoa.get(&face).await.body;
    // A cropped scan has no firing pin to be drawn in place of the breech face.
    assert_eq!(ochoa.get(&format!("{face}&kind=breech_face")).await.body, corrected);
    for kind in ["firing_pin", "nose"] {
        let refused = ochoa.get(&format!("{face}&kind={kind}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind}");
    }
    let back = ochoa.change("PUT", &path, give(json!({}), "the crop was right")).await;
    assert_eq!(back.status, StatusCode::OK, "{}", back.json());
    assert_eq!((&back.json()["number"], &back.json()["drawing"]), (&json!(3), &json!({})));
    assert_eq!(back.json()["suitable"], true);
    assert_ne!(ochoa.get(&face).await.body, corrected);
    let nothing = ochoa.change("PUT", &path, give(json!({}), "again")).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", nothing.json());
    let again =
        json!({ "breech_face": { "circle": { "centre": { "x_um": 0.0, "y_um": 0.0 }, "radius_um": 1_500.0 } } });
    assert_eq!(ochoa.change("PUT", &path, give(again, "and corrected again")).await.json()["number"], 4);

    let heights = |layer: &str| format!("/api/v1/specimens/{}/heights?layer={layer}&most=128", part(&id));
    let number = |bytes: &[u8], at: usize| f64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    let (surface, coarse) = (ochoa.get(&heights("surface")).await.body, ochoa.get(&heights("coarse")).await.body);
    assert_eq!((&surface[..4], &coarse[..4]), (&b"BLH1"[..], &b"BLH1"[..]));
    // The circle was drawn about the middle of the acquisition, so both frames have one middle.
    let middle = |bytes: &[u8]| {
        let columns = u32::from_le_bytes(bytes[4..8].try_into().unwrap());
        number(bytes, 20) + (f64::from(columns) - 1.0) / 2.0 * number(bytes, 12)
    };
    assert!(
        (middle(&surface) - middle(&coarse)).abs() < 2.0 * number(&surface, 12),
        "{} {}",
        middle(&surface),
        middle(&coarse)
    );
    assert_eq!(
        ochoa.get(&format!("/api/v1/specimens/{}/surface.png?pixels=99999", part(&id))).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(ochoa.get(&heights("nothing")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_tell_the_imaging_operations_the_incidents_and_a_duplicate_its_twin() {
    let bench = Bench::new();
    let [id, _] = two_cases(&bench).await;
    let ochoa = bench.sign_in("T. Ochoa").await;
    assert_eq!(ochoa.get("/api/v1/specimens").await.json()[0]["modality"], "heights");
    let numbers = ochoa.get("/api/v1/operations").await.json()["gallery"].clone();
    assert_eq!((&numbers["incidents"], &numbers["specimens"]), (&json!(2), &json!(2)));
    let name = "TIJ-2020-0000101-E1-C1.x3p";
    let bytes = fixture(name);
    let once_more = [("exhibit", "EX-0"), ("incident", "INC-0")];
    let same = ochoa.submit(&once_more, &[(name, &bytes)], None).await.json()[0].clone();
    assert_eq!((&same["status"], &same["twin"]["specimen"]), (&json!("already_there"), &json!(id)));
    let other = [("exhibit", "EX-7"), ("incident", "INC-7")];
    let twin = ochoa.submit(&other, &[(name, &bytes)], None).await.json()[0].clone();
    assert_eq!((&twin["twin"]["specimen"], &twin["twin"]["kind"]), (&json!(id), &json!("bytes")), "{twin}");
    let broken = ochoa.submit(&other, &[("a.x3p", b"no scan")], None).await.json()[0].clone();
    assert!(broken["why"].is_string() && broken["twin"].is_null(), "{broken}");
}
