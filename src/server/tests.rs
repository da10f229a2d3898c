//! The service as its clients meet it, in one process.

mod desk;

use super::*;
use crate::engine::ports::Store as _;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const PASSWORD: &str = "correct horse battery";

struct Bench {
    app: Router,
    hall: Arc<Hall>,
    /// Where files that come in pieces lie.
    _folder: tempfile::TempDir,
}

/// An answer: status, headers, body.
struct Answered {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    body: Vec<u8>,
}

impl Answered {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }
}

impl Bench {
    fn new() -> Self {
        let store = SqliteStore::in_memory().unwrap();
        let service = ServiceStore::in_memory().unwrap();
        let people = [
            ("T. Ochoa", Role::Technician, false),
            ("R. Vega", Role::Examiner, false),
            ("M. Sanz", Role::Examiner, false),
            ("A. Lara", Role::Analyst, false),
            ("Q. Auditor", Role::Auditor, false),
            ("Chief", Role::Auditor, true),
        ];
        for (name, role, administrator) in people {
            let now = SystemClock.now();
            service.make_account(name, (role, administrator), (PASSWORD, false), Language::En, now).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let given = (Parameters::built_in().unwrap(), folder.path());
        let hall = Arc::new(Hall::new(store, service, given, false));
        Self { app: api::router(Arc::clone(&hall)), hall, _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> Answered {
        let answer = self.app.clone().oneshot(request).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        Answered { status, headers, body: answer.into_body().collect().await.unwrap().to_bytes().to_vec() }
    }

    async fn sign_in(&self, name: &str) -> Browser<'_> {
        let given = json!({ "name": name, "password": PASSWORD });
        let answer = self.send(request("POST", "/api/v1/session", Some(&given)).body(body(&given)).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Browser { bench: self, cookie, csrf: answer.json()["csrf"].as_str().unwrap().to_owned() }
    }
}

struct Browser<'a> {
    bench: &'a Bench,
    cookie: String,
    csrf: String,
}

impl Browser<'_> {
    async fn get(&self, path: &str) -> Answered {
        self.bench.send(request("GET", path, None).header("cookie", &self.cookie).body(Body::empty()).unwrap()).await
    }

    async fn change(&self, method: &str, path: &str, given: Value) -> Answered {
        let request =
            request(method, path, Some(&given)).header("cookie", &self.cookie).header("x-csrf-token", &self.csrf);
        self.bench.send(request.body(body(&given)).unwrap()).await
    }

    async fn submit(&self, fields: &[(&str, &str)], files: &[(&str, &[u8])], key: Option<&str>) -> Answered {
        let mut form = Vec::new();
        for (name, value) in fields {
            form.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        for (name, bytes) in files {
            let head = format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
            form.extend(head.bytes().chain(bytes.iter().copied()).chain(*b"\r\n"));
        }
        form.extend(*b"--b--\r\n");
        let mut request = Request::builder()
            .method("POST")
            .uri("/api/v1/submissions")
            .header("content-type", "multipart/form-data; boundary=b")
            .header("cookie", &self.cookie)
            .header("x-csrf-token", &self.csrf);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.bench.send(request.body(Body::from(form)).unwrap()).await
    }
}

fn request(method: &str, path: &str, given: Option<&Value>) -> axum::http::request::Builder {
    let builder = Request::builder().method(method).uri(path);
    if given.is_some() { builder.header("content-type", "application/json") } else { builder }
}

fn body(given: &Value) -> Body {
    Body::from(given.to_string())
}

fn fixture(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/city/scans").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[tokio::test(flavor = "multi_thread")]
async fn without_signing_in_only_health_and_the_document_answer() {
    let bench = Bench::new();
    let get = |path: &str| bench.send(request("GET", path, None).body(Body::empty()).unwrap());
    let health = get("/health").await;
    assert_eq!((health.status, health.json()["status"].as_str()), (StatusCode::OK, Some("ok")));
    let document = get("/api/v1/openapi.json").await.json();
    assert_eq!(document["openapi"].as_str().map(|v| &v[..2]), Some("3."));
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 20, "{}", paths.len());
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let open = [("get", "/health"), ("post", "/api/v1/session")].contains(&(method.as_str(), path.as_str()));
            if open {
                continue;
            }
            let path = path.replace("{id}", "1").replace("{name}", "x").replace("{subject}", "x");
            let answer = bench.send(request(&method.to_uppercase(), &path, None).body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
            assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json", "{method} {path}");
            assert_eq!(answer.json()["type"], "sign-in-required");
        }
    }
    for path in ["/nothing", "/api/v1/nothing", "/metrics", "/api/v1/leads"] {
        assert_eq!(get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let spanish = request("GET", "/api/v1/leads", None).header("accept-language", "es-MX").body(Body::empty()).unwrap();
    assert_eq!(bench.send(spanish).await.json()["title"], "Primero inicie sesión");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_needs_its_password_and_its_csrf_token() {
    let bench = Bench::new();
    for (name, password) in [("R. Vega", "hunter of ghosts"), ("Nobody", PASSWORD)] {
        let given = json!({ "name": name, "password": password });
        let answer = bench.send(request("POST", "/api/v1/session", Some(&given)).body(body(&given)).unwrap()).await;
        assert_eq!(
            (answer.status, answer.json()["type"].clone()),
            (StatusCode::UNAUTHORIZED, json!("sign-in-refused"))
        );
        assert!(!String::from_utf8_lossy(&answer.body).contains(password));
    }
    let vega = bench.sign_in("R. Vega").await;
    let session = vega.get("/api/v1/session").await.json();
    assert_eq!(
        (session["account"]["role"].as_str(), session["csrf"].as_str()),
        (Some("examiner"), Some(vega.csrf.as_str()))
    );
    let forged = request("POST", "/api/v1/leads", Some(&json!({}))).header("cookie", &vega.cookie);
    let answer = bench.send(forged.body(body(&json!({}))).unwrap()).await;
    assert_eq!((answer.status, answer.json()["type"].clone()), (StatusCode::FORBIDDEN, json!("csrf")));
    assert_eq!(vega.change("DELETE", "/api/v1/session", json!({})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(vega.get("/api/v1/session").await.status, StatusCode::UNAUTHORIZED);
    let answer = bench.sign_in("R. Vega").await.get("/api/v1/leads").await;
    for name in ["content-security-policy", "x-content-type-options", "x-frame-options", "cache-control"] {
        assert!(answer.headers.contains_key(name), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_open_what_they_should_and_nothing_else() {
    let bench = Bench::new();
    let expect = [
        // (who, method, path, body, status)
        ("T. Ochoa", "GET", "/api/v1/audit", Value::Null, StatusCode::FORBIDDEN),
        ("Q. Auditor", "GET", "/api/v1/audit", Value::Null, StatusCode::OK),
        ("Q. Auditor", "GET", "/api/v1/audit/verified", Value::Null, StatusCode::OK),
        ("Q. Auditor", "GET", "/metrics", Value::Null, StatusCode::OK),
        ("A. Lara", "GET", "/metrics", Value::Null, StatusCode::FORBIDDEN),
        ("Q. Auditor", "POST", "/api/v1/jobs", json!({}), StatusCode::FORBIDDEN),
        ("Q. Auditor", "GET", "/api/v1/accounts", Value::Null, StatusCode::FORBIDDEN),
        ("Chief", "GET", "/api/v1/accounts", Value::Null, StatusCode::OK),
        (
            "R. Vega",
            "POST",
            "/api/v1/accounts",
            json!({ "name": "X", "role": "examiner", "password": PASSWORD }),
            StatusCode::FORBIDDEN,
        ),
        ("R. Vega", "GET", "/api/v1/leads/none", Value::Null, StatusCode::NOT_FOUND),
        ("R. Vega", "GET", "/api/v1/specimens/none", Value::Null, StatusCode::NOT_FOUND),
        ("R. Vega", "GET", "/api/v1/jobs/abc", Value::Null, StatusCode::NOT_FOUND),
        ("R. Vega", "PUT", "/api/v1/leads", json!({}), StatusCode::NOT_FOUND),
        ("R. Vega", "POST", "/api/v1/leads", json!({ "first": "a" }), StatusCode::UNPROCESSABLE_ENTITY),
    ];
    for (who, method, path, given, status) in expect {
        let browser = bench.sign_in(who).await;
        let answer = if method == "GET" { browser.get(path).await } else { browser.change(method, path, given).await };
        assert_eq!(answer.status, status, "{who} {method} {path}: {}", String::from_utf8_lossy(&answer.body));
        if !status.is_success() {
            assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json", "{who} {method} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_password_opens_nothing_but_its_change() {
    let bench = Bench::new();
    let chief = bench.sign_in("Chief").await;
    let new = json!({ "name": "New One", "role": "technician", "password": PASSWORD });
    assert_eq!(chief.change("POST", "/api/v1/accounts", new.clone()).await.status, StatusCode::CREATED);
    assert_eq!(chief.change("POST", "/api/v1/accounts", new).await.status, StatusCode::CONFLICT);
    let fresh = bench.sign_in("New One").await;
    let refused = fresh.get("/api/v1/leads").await;
    assert_eq!(refused.json()["type"], "password-change-required");
    let change = |current: &str, new: &str| json!({ "current": current, "new": new });
    let path = "/api/v1/session/password";
    assert_eq!(fresh.change("POST", path, change("wrong", "another password")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(fresh.change("POST", path, change(PASSWORD, "short")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(fresh.change("POST", path, change(PASSWORD, "another password")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(fresh.get("/api/v1/session").await.status, StatusCode::UNAUTHORIZED, "all sessions end");
    let closed = chief.change("PUT", "/api/v1/accounts/New%20One/disabled", json!({ "disabled": true })).await;
    assert_eq!(closed.json()["disabled"], true);
    let last = chief.change("PUT", "/api/v1/accounts/Chief/disabled", json!({ "disabled": true })).await;
    assert_eq!(last.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_acts_for_its_account_but_makes_no_tokens() {
    let bench = Bench::new();
    let vega = bench.sign_in("R. Vega").await;
    let made = vega.change("POST", "/api/v1/tokens", json!({ "label": "notebook", "days": 7 })).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let made = made.json();
    let secret = made["secret"].as_str().unwrap();
    let with = |method: &str, path: &str, given: &Value| {
        let request = request(method, path, Some(given)).header("authorization", format!("Bearer {secret}"));
        bench.send(request.body(body(given)).unwrap())
    };
    assert_eq!(with("GET", "/api/v1/session", &Value::Null).await.json()["account"]["name"], "R. Vega");
    let more = with("POST", "/api/v1/tokens", &json!({ "label": "more", "days": 7 })).await;
    assert_eq!(more.status, StatusCode::FORBIDDEN);
    let listed = vega.get("/api/v1/tokens").await;
    assert!(!String::from_utf8_lossy(&listed.body).contains(secret));
    let path = format!("/api/v1/tokens/{}", made["token"]["id"]);
    assert_eq!(vega.change("DELETE", &path, Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(with("GET", "/api/v1/session", &Value::Null).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn from_submission_to_a_lead() {
    let bench = Bench::new();
    let ochoa = bench.sign_in("T. Ochoa").await;
    let scans = ["TIJ-2020-0000101-E1-C1.x3p", "TIJ-2020-0000101-E1-C2.x3p"];
    let bytes = scans.map(fixture);
    for (n, (name, bytes)) in scans.iter().zip(&bytes).enumerate() {
        let (exhibit, incident) = (format!("EX-{n}"), format!("INC-{n}"));
        let fields = [("exhibit", exhibit.as_str()), ("incident", &incident), ("incident_date", "2026-02-03")];
        let files: [(&str, &[u8]); 1] = [(&format!("../../tray/{name}"), bytes)];
        let key = format!("key-{n}");
        let first = ochoa.submit(&fields, &files, Some(&key)).await;
        assert_eq!(first.status, StatusCode::OK, "{}", String::from_utf8_lossy(&first.body));
        assert_eq!(
            (first.json()[0]["status"].clone(), first.json()[0]["file"].clone()),
            (json!("accepted"), json!(name))
        );
        let again = ochoa.submit(&fields, &files, Some(&key)).await;
        assert_eq!(again.body, first.body, "the same request has the same answer");
        let mixed = ochoa.submit(&[("exhibit", "EX-9"), ("incident", "I")], &files, Some(&key)).await;
        assert_eq!(mixed.status, StatusCode::CONFLICT);
    }
    let bad = ochoa.submit(&[("exhibit", "EX-8"), ("incident", "I")], &[("a.x3p", b"no scan at all")], None).await;
    assert_eq!(bad.json()[0]["status"], "failed");
    assert_eq!(
        ochoa.submit(&[("exhibit", "EX-8")], &[("a.x3p", b"x")], None).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(bench.sign_in("A. Lara").await.submit(&[], &[], None).await.status, StatusCode::FORBIDDEN);

    let mut news = bench.hall.news();
    let worker = worker::start(Arc::clone(&bench.hall)).unwrap();
    let queued = ochoa.change("POST", "/api/v1/jobs", json!({ "exhibits": ["EX-1"] })).await;
    assert_eq!(queued.status, StatusCode::ACCEPTED, "{}", String::from_utf8_lossy(&queued.body));
    let id = queued.json()["id"].as_i64().unwrap();
    let wrong =
        ochoa.change("POST", "/api/v1/jobs", json!({ "exhibits": ["EX-77"] })).await.json()["id"].as_i64().unwrap();
    let mut ended = std::collections::BTreeMap::new();
    while ended.len() < 2 {
        let job = tokio::time::timeout(std::time::Duration::from_secs(120), news.recv()).await.unwrap().unwrap();
        if job.state.ended() {
            ended.insert(job.id, job);
        }
    }
    assert_eq!((ended[&id].state.word(), ended[&wrong].state.word()), ("done", "failed"));
    let result = ochoa.get(&format!("/api/v1/jobs/{id}")).await.json()["result"].clone();
    assert_eq!(result["searches"], 1, "{result}");
    let told = |language: &'static str| {
        let request = request("GET", &format!("/api/v1/jobs/{wrong}"), None).header("cookie", &ochoa.cookie);
        bench.send(request.header("accept-language", language).body(Body::empty()).unwrap())
    };
    let (english, spanish) = (told("en").await.json()["result"].clone(), told("es").await.json()["result"].clone());
    assert_eq!((&english["type"], &spanish["type"]), (&json!("bad-input"), &json!("bad-input")));
    assert_eq!(spanish["title"], "Lo enviado no se puede usar");
    assert!(english["spanish"].is_null() && english["detail"] != spanish["detail"], "{english} {spanish}");
    let sample = |n: u64| json!({ "sample": n, "seed": 3 });
    assert_eq!(ochoa.change("POST", "/api/v1/funnel-audits", sample(2)).await.status, StatusCode::FORBIDDEN);
    let examiner = bench.sign_in("R. Vega").await;
    let none = examiner.change("POST", "/api/v1/funnel-audits", sample(0)).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let audit = examiner.change("POST", "/api/v1/funnel-audits", sample(2)).await;
    assert_eq!(audit.status, StatusCode::ACCEPTED, "{}", audit.json());
    let audited = loop {
        let job = tokio::time::timeout(std::time::Duration::from_secs(120), news.recv()).await.unwrap().unwrap();
        if job.id == audit.json()["id"].as_i64().unwrap() && job.state.ended() {
            break job;
        }
    };
    assert_eq!((audited.state.word(), audited.result.unwrap()["sampled"].as_u64()), ("done", Some(1)));
    let seen = examiner.get("/api/v1/operations").await.json()["funnel_audits"][0].clone();
    assert_eq!((&seen["by"], &seen["details"]["seed"]), (&json!("R. Vega"), &json!(3)));
    bench.hall.end();
    worker.join().unwrap();

    let specimens = ochoa.get("/api/v1/specimens").await.json();
    let names: Vec<&str> = specimens.as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 2);
    let encoded = names[1].replace('/', "%2F");
    let list = ochoa.get(&format!("/api/v1/specimens/{encoded}/correlation")).await.json();
    assert_eq!(list["filter"], json!([]));
    assert_eq!(
        (list["candidates"][0]["specimen"].as_str(), list["receipt"]["eligible"].as_u64()),
        (Some(names[0]), Some(1))
    );
    let png = ochoa.get(&format!("/api/v1/specimens/{encoded}/breech-face.png?pixels=64")).await;
    assert_eq!((png.headers[header::CONTENT_TYPE].to_str().unwrap(), &png.body[1..4]), ("image/png", &b"PNG"[..]));
    let acquisition = ochoa.get(&format!("/api/v1/specimens/{encoded}")).await.json()["acquisitions"][0]["id"].clone();
    let path = format!("/api/v1/acquisitions/{}/received", acquisition.as_str().unwrap().replace('/', "%2F"));
    assert_eq!(ochoa.get(&path).await.body, bytes[1]);
    let pair = format!("reference={}&comparison={encoded}", names[0].replace('/', "%2F"));
    assert!(ochoa.get(&format!("/api/v1/comparison?{pair}")).await.json()["cells"].as_u64().unwrap() > 0);
    let svg = ochoa.get(&format!("/api/v1/comparison.svg?{pair}")).await;
    assert!(svg.body.starts_with(b"<svg"), "{}", String::from_utf8_lossy(&svg.body[..40]));

    let new = json!({ "first": names[0], "second": names[1], "reason": "same scratch" });
    let auditor = bench.sign_in("Q. Auditor").await;
    assert_eq!(auditor.change("POST", "/api/v1/leads", new.clone()).await.status, StatusCode::FORBIDDEN);
    let lead = ochoa.change("POST", "/api/v1/leads", new).await;
    assert_eq!(lead.status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&lead.body));
    let steps = format!("/api/v1/leads/{}/steps", lead.json()["id"].as_str().unwrap());
    assert_eq!(ochoa.change("POST", &steps, json!({ "step": "examine" })).await.status, StatusCode::FORBIDDEN);
    let (vega, sanz) = (bench.sign_in("R. Vega").await, bench.sign_in("M. Sanz").await);
    assert_eq!(vega.change("POST", &steps, json!({ "step": "examine" })).await.json()["state"], "under_examination");
    let conclude = json!({ "step": "conclude", "conclusion": "identification", "reason": "seen under the microscope" });
    assert_eq!(vega.change("POST", &steps, conclude).await.json()["state"], "under_review");
    let review = json!({ "step": "review", "agrees": true, "reason": "agreed" });
    assert_eq!(
        vega.change("POST", &steps, review.clone()).await.status,
        StatusCode::FORBIDDEN,
        "a second person reviews"
    );
    assert_eq!(sanz.change("POST", &steps, review).await.json()["state"], "hit");
    assert_eq!(vega.get("/api/v1/leads?state=hit").await.json().as_array().unwrap().len(), 1);
    let events = auditor.get("/api/v1/audit?from=1&limit=1000").await.json();
    let actors: std::collections::BTreeSet<&str> =
        events.as_array().unwrap().iter().filter_map(|e| e["actor"].as_str()).collect();
    assert!(["T. Ochoa", "R. Vega", "M. Sanz"].iter().all(|name| actors.contains(name)), "{actors:?}");
    assert!(bench.hall.store.verify_audit().is_ok());
}

/// A service on a new gallery in a folder, at any free port of this machine.
fn options(folder: &std::path::Path) -> Options {
    Options {
        gallery: folder.join("gallery"),
        listen: "127.0.0.1:0".parse().unwrap(),
        tls: None,
        language: Language::En,
    }
}

#[test]
fn the_first_start_makes_one_administrator_and_no_stranger_is_served_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let open = |options: &Options| Service::open(options, Parameters::built_in().unwrap());
    let service = open(&options).unwrap();
    let first = service.first.clone().unwrap();
    let now = SystemClock.now();
    let account = service.hall.service.verify(&first.name, &first.password, now).unwrap().unwrap();
    assert!(account.administrator && account.must_change);
    drop(service);
    assert_eq!(open(&options).unwrap().first, None);
    let outside = Options { listen: "0.0.0.0:0".parse().unwrap(), ..options };
    assert!(matches!(open(&outside), Err(ServeError::Unprotected(_))));
}

#[test]
fn a_service_ends_when_asked_and_leaves_its_jobs_to_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let service = Service::open(&options, Parameters::built_in().unwrap()).unwrap();
    let at = service.at;
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let running = std::thread::spawn(move || service.run(move || told.load(std::sync::atomic::Ordering::SeqCst)));
    use std::io::{Read as _, Write as _};
    let mut socket = std::net::TcpStream::connect(at).unwrap();
    socket.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200") && text.ends_with('}'), "{text}");
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    running.join().unwrap().unwrap();
    assert!(std::net::TcpStream::connect(at).is_err());
}
