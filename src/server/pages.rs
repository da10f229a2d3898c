//! The pages: one shell with its modules, style and words, embedded in the program and served without signing in. They hold no data; what they show comes
//! from the API, which asks who is there.
//!
//! A debug build reads the files anew at every request, so that somebody who works on them sees the change at once.

use super::problem::Problem;
use crate::language::Language;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "src/server/pages/"]
struct Files;

/// Where the files lie.
const ASSETS: &str = "/assets/";
/// The first parts of addresses that the shell knows; it shows a view for each.
const VIEWS: &[&str] = &["", "sign-in", "account", "submit", "lists", "bench", "leads", "investigation", "operations"];

/// Whether an address is that of a page or of a file of the pages, which anybody may read.
#[must_use]
pub fn is_page(path: &str) -> bool {
    path.starts_with(ASSETS)
        || path.strip_prefix('/').and_then(|p| p.split('/').next()).is_some_and(|p| VIEWS.contains(&p))
}

/// A file of the pages; the shell for the address of a view.
pub async fn page(request: Request) -> Response {
    let path = request.uri().path();
    let name = path.strip_prefix(ASSETS).unwrap_or("index.html");
    let Some(file) = Files::get(name).filter(|_| is_page(path)) else {
        return Problem::new("not-found", "", Language::En).into_response();
    };
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let mut headers = HeaderMap::new();
    // A browser keeps the file and asks each time whether it is still the same.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind_of(name)));
    if let Ok(value) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, value);
    }
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, file.data.into_owned()).into_response()
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
