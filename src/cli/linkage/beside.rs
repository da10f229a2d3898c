//! What linkage keeps beside the gallery: versions of weights, and what the last linking looked at.

use super::super::Desk;
use super::super::failure::{Failure, write_file};
use crate::engine::last_linking::LastLinking;
use std::path::PathBuf;

/// Name of the file of the last linking.
const LAST: &str = "last.bin";

/// A file of linkage beside the gallery; none where no gallery was named.
pub(super) fn path(desk: &Desk, name: &str) -> Option<PathBuf> {
    desk.gallery.as_ref().map(|folder| folder.join("linkage").join(name))
}

/// What the last linking looked at; a file that cannot be read only means that everything is compared again.
pub(super) fn last_linking(desk: &Desk) -> Option<LastLinking> {
    LastLinking::from_bytes(&std::fs::read(path(desk, LAST)?).ok()?)
}

/// Keeps it for the next linking.
///
/// # Errors
/// [`Failure::Io`].
pub(super) fn keep_linking(desk: &Desk, last: &LastLinking) -> Result<(), Failure> {
    path(desk, LAST).map_or(Ok(()), |path| write_file(&path, &last.to_bytes()?))
}
