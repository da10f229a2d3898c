//! What linkage keeps beside the gallery: versions of weights, the inputs of the last run.

use super::super::Desk;
use crate::ids::Digest;
use std::path::PathBuf;

/// A file of linkage beside the gallery; none where no gallery was named.
pub(super) fn path(desk: &Desk, name: &str) -> Option<PathBuf> {
    desk.gallery.as_ref().map(|folder| folder.join("linkage").join(name))
}

/// SHA-256 of what the last linking looked at; a file that cannot be read only means that linking runs again.
pub(super) fn last_inputs(desk: &Desk) -> Option<Digest> {
    let text = std::fs::read_to_string(path(desk, "last.json")?).ok()?;
    serde_json::from_str(&text).ok()
}
