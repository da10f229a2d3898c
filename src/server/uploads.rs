//! The bytes of files that come in pieces, in a folder beside the gallery until they are submitted.

use crate::engine::error::EngineError;
use crate::engine::ports::StoreError;
use crate::ids::Digest;
use crate::store::service::Upload;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Name of the folder in the gallery's.
const FOLDER: &str = "uploads";

/// The folder.
#[derive(Debug)]
pub struct Uploads {
    folder: PathBuf,
    /// One piece is written at a time: two of one file must not mix.
    writing: Mutex<()>,
}

impl Uploads {
    /// The folder beside a gallery; it is made with the first file.
    pub(super) fn beside(gallery: &std::path::Path) -> Self {
        Self { folder: gallery.join(FOLDER), writing: Mutex::default() }
    }

    /// Identifiers are of the service's own making: hexadecimal digits, no path.
    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.part"))
    }

    fn fault(&self, doing: &'static str) -> impl Fn(std::io::Error) -> EngineError {
        let place = self.folder.display().to_string();
        move |source| StoreError::Io { place: place.clone(), doing, source }.into()
    }

    /// Makes an empty file.
    pub(super) fn begin(&self, id: &str) -> Result<(), EngineError> {
        std::fs::create_dir_all(&self.folder).map_err(self.fault("make it"))?;
        let made = OpenOptions::new().write(true).create_new(true).open(self.path(id));
        made.map(|_| ()).map_err(self.fault("begin an upload"))
    }

    /// How much of a file is there, bytes.
    pub(super) fn offset(&self, id: &str) -> Result<u64, EngineError> {
        std::fs::metadata(self.path(id)).map(|found| found.len()).map_err(self.fault("read an upload"))
    }

    /// Adds a piece at the end that a file has; gives the new end, or the present one where the piece begins elsewhere or goes beyond.
    pub(super) fn append(&self, upload: &Upload, at: u64, piece: &[u8]) -> Result<Result<u64, u64>, EngineError> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let there = self.offset(&upload.id)?;
        let end = there.saturating_add(piece.len() as u64);
        if at != there || end > upload.bytes {
            return Ok(Err(there));
        }
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new().append(true).open(self.path(&upload.id))?;
            file.write_all(piece)?;
            file.sync_data()
        };
        if let Err(error) = write() {
            // Half a piece is none: the client sends it again from where it began.
            let _ = File::options().write(true).open(self.path(&upload.id)).and_then(|file| file.set_len(there));
            return Err(self.fault("write an upload")(error));
        }
        Ok(Ok(end))
    }

    /// The bytes of a file that is whole.
    pub(super) fn whole(&self, upload: &Upload) -> Result<Vec<u8>, EngineError> {
        let input =
            |expected: String, got: String| EngineError::Input { what: format!("upload {}", upload.id), expected, got };
        let there = self.offset(&upload.id)?;
        if there != upload.bytes {
            return Err(input(format!("{} bytes", upload.bytes), format!("{there} so far")));
        }
        let bytes = std::fs::read(self.path(&upload.id)).map_err(self.fault("read an upload"))?;
        let found = Digest::of(&bytes);
        match upload.sha256 {
            Some(stated) if stated != found => Err(input(format!("SHA-256 {stated}"), found.to_string())),
            _ => Ok(bytes),
        }
    }

    /// Removes a file.
    pub(super) fn end(&self, id: &str) {
        // One that is gone already is what was wanted.
        let _ = std::fs::remove_file(self.path(id));
    }

    /// Removes files that nobody knows any more.
    pub(super) fn sweep(&self, known: &[String]) {
        let Ok(files) = std::fs::read_dir(&self.folder) else { return };
        for file in files.flatten() {
            let name = file.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".part"));
            if id.is_some_and(|id| !known.iter().any(|known| known == id)) {
                let _ = std::fs::remove_file(file.path());
            }
        }
    }
}
