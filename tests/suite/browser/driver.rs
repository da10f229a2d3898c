//! A service of its own and a browser to use it with.

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for something that a person would see at once; the machines of tests are slow and shared.
const PATIENCE: Duration = Duration::from_secs(90);
/// Password of every account of the tests.
pub const PASSWORD: &str = "brass and copper";

/// A program that ends with the value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The path of a program, where the machine has it.
pub fn program(names: &[&str]) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .find_map(|folder| names.iter().map(|name| folder.join(name)).find(|path| path.is_file()))
}

/// Chromium and its driver; without them the caller passes, aloud.
pub fn browser() -> Option<(PathBuf, PathBuf)> {
    let found = program(&["chromedriver"]).zip(program(&["chromium", "chromium-browser", "google-chrome"]));
    if found.is_none() {
        eprintln!("chromedriver and chromium: not found; the pages were not tried in a browser");
        assert_ne!(std::env::var("BRASSLINK_BROWSER").as_deref(), Ok("required"), "a browser is required here");
    }
    found
}

/// A service on a gallery of its own.
pub struct Service {
    _running: Running,
    pub folder: tempfile::TempDir,
    pub at: String,
    pub first: String,
}

impl Service {
    /// Starts one and reads from its first words where it listens and how to sign in.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_brasslink"))
            .args(["serve", "--listen", "127.0.0.1:0", "--gallery"])
            .arg(folder.path().join("gallery"))
            .env_remove("BRASSLINK_LANG")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let at = lines.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned)).unwrap();
        let first = lines.find_map(|line| line.strip_prefix("    ").map(str::to_owned)).unwrap();
        Self { _running: Running(child), folder, at, first }
    }
}

/// A browser with one page.
pub struct Page {
    pub client: Client,
    at: String,
    language: String,
    _driver: Running,
    _profile: tempfile::TempDir,
}

impl Page {
    /// Opens a browser whose downloads go to a folder.
    pub async fn open((driver, chromium): &(PathBuf, PathBuf), service: &Service, language: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut child = Command::new(driver).arg("--port=0").stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let port = lines
            .find_map(|line| {
                line.rsplit_once("successfully on port ")
                    .and_then(|(_, port)| port.trim_end_matches('.').parse::<u16>().ok())
            })
            .unwrap();
        // The driver goes on writing, and would wait for somebody to read.
        std::thread::spawn(move || lines.for_each(drop));
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1440,900",
            &format!("--lang={language}"),
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let downloads = service.folder.path().join("downloads");
        let wanted = json!({
            "goog:chromeOptions": {
                "binary": chromium, "args": arguments,
                "prefs": { "download.default_directory": downloads, "download.prompt_for_download": false, "intl.accept_languages": language },
            }
        });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted.as_object().unwrap().clone());
        let client = builder.connect(&format!("http://127.0.0.1:{port}")).await.unwrap();
        Self {
            client,
            at: service.at.clone(),
            language: language.to_owned(),
            _driver: Running(child),
            _profile: profile,
        }
    }

    /// Goes to an address of the service.
    pub async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.at)).await.unwrap();
    }

    /// The first element that a CSS selector finds, as soon as it is there.
    pub async fn find(&self, css: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE).every(Duration::from_millis(50));
        match wait.for_element(Locator::Css(css)).await {
            Ok(found) => found,
            Err(error) => panic!("{css}: {error}\n{}", self.words().await),
        }
    }

    /// All that the page says.
    pub async fn words(&self) -> String {
        let words = self.client.execute("return document.body.innerText", vec![]).await;
        words.ok().and_then(|words| words.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Waits until the page says something.
    pub async fn says(&self, text: &str) {
        let start = Instant::now();
        loop {
            let words = self.words().await;
            if words.contains(text) {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "\"{text}\" never came; the page says:\n{words}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Clicks what a selector finds.
    pub async fn click(&self, css: &str) {
        let start = Instant::now();
        // A page may draw itself anew between finding and clicking.
        while let Err(error) = self.find(css).await.click().await {
            assert!(start.elapsed() < PATIENCE, "{css}: {error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Writes into a field.
    pub async fn write(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Gives files to a field.
    pub async fn give(&self, css: &str, file: &Path) {
        self.find(css).await.send_keys(file.to_str().unwrap()).await.unwrap();
    }

    /// Presses a key of the page.
    pub async fn press(&self, key: &str) {
        self.find("body").await.send_keys(key).await.unwrap();
    }

    /// Signs in by the form.
    pub async fn sign_in(&self, name: &str, password: &str) {
        self.go("/sign-in").await;
        self.find("#name").await;
        let shown = self.client.execute("return document.documentElement.lang", vec![]).await.unwrap();
        if shown != json!(self.language) {
            self.click("#bar .row button[lang]").await;
            self.find(&format!("html[lang={}] #name", self.language)).await;
        }
        self.write("#name", name).await;
        self.write("#password", password).await;
        self.click("form button.main").await;
        self.find("#bar a[href='/account']").await;
    }

    /// Signs out by the button.
    pub async fn sign_out(&self) {
        self.click("#bar .row button:last-of-type").await;
        self.find("#name").await;
    }

    /// A request of the page's own session, with its CSRF token; gives the answer's JSON.
    pub async fn ask(&self, method: &str, path: &str, given: Value) -> Value {
        let script = "const [method, path, given, done] = arguments;
            fetch('/api/v1/session').then((a) => a.json()).then((session) => fetch(path, { method,
                headers: { 'content-type': 'application/json', 'x-csrf-token': session.csrf },
                body: given === null ? undefined : JSON.stringify(given) }))
              .then(async (a) => done({ status: a.status, body: await a.json().catch(() => null) }), (e) => done({ error: String(e) }));";
        self.client.execute_async(script, vec![json!(method), json!(path), given]).await.unwrap()
    }

    /// The only lead, as soon as it is in a state.
    pub async fn lead_in(&self, state: &str) -> String {
        let start = Instant::now();
        loop {
            let leads = self.ask("GET", &format!("/api/v1/leads?state={state}"), Value::Null).await;
            if let Some(id) = leads["body"][0]["id"].as_str() {
                return id.to_owned();
            }
            assert!(start.elapsed() < PATIENCE, "no lead is {state}: {leads}\n{}", self.words().await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The first administrator changes the printed password by the form, and makes accounts.
    pub async fn people(&self, service: &Service, people: &[(&str, &str)]) {
        self.sign_in("administrator", &service.first).await;
        self.write("#current", &service.first).await;
        self.write("#fresh", PASSWORD).await;
        self.click("form button.main").await;
        self.find("#name").await;
        self.sign_in("administrator", PASSWORD).await;
        for (name, role) in people {
            let new = json!({ "name": name, "role": role, "password": "a first password" });
            let made = self.ask("POST", "/api/v1/accounts", new).await;
            assert_eq!(made["status"], 201, "{made}");
        }
        self.sign_out().await;
        for (name, _) in people {
            self.sign_in(name, "a first password").await;
            self.write("#current", "a first password").await;
            self.write("#fresh", PASSWORD).await;
            self.click("form button.main").await;
            self.find("#name").await;
        }
    }
}
